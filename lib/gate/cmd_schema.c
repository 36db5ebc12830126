/* SPDX-License-Identifier: ISC */
/* schema: the JSON Schema of one that the routes refer to by a name. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "codec/json.h"
#include "gate/cmd.h"
#include "base/banned.h"

/* Patches and alternatives are made of others, and not asked for by name. */
static bool
is_listed(const struct schema_use *u)
{
	return !u->patch && u->one_of == NULL;
}

static const struct stile_schema *
find(const struct openapi *doc, const char *name)
{
	size_t	i;

	for (i = 0; i < doc->nschemas; i++)
		if (is_listed(&doc->schemas[i]) &&
		    strcmp(doc->schemas[i].name, name) == 0)
			return doc->schemas[i].s;
	return NULL;
}

static void
put_names(struct stile_buf *b, const struct openapi *doc, const char *sep)
{
	size_t	i;

	for (i = 0; i < doc->nschemas; i++)
		if (is_listed(&doc->schemas[i]))
			stile_buf_printf(b, "%s%s", stile_buf_view(b).len > 0 ?
			    sep : "", doc->schemas[i].name);
}

static int
print(struct cmd_line *l, struct stile_buf *b)
{
	if (stile_buf_err(b) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	printf("%s", stile_buf_view(b).p);
	return 0;
}

static int
run(struct cmd_line *l)
{
	struct stile_arena		*a = l->site->arena;
	const struct stile_schema	*s;
	struct stile_error		 e = { 0 };
	struct stile_buf		*b, *text;
	struct openapi			 doc;

	if (openapi_make(a, l->site, &doc, &e) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "%s", e.detail);
	b = stile_buf_new(a, SIZE_MAX);
	text = stile_buf_new(a, SIZE_MAX);
	if (b == NULL || text == NULL)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	if (l->nargs == 0) {
		put_names(b, &doc, "\n");
		stile_buf_putc(b, '\n');
		return print(l, b);
	}
	if ((s = find(&doc, l->args[0])) == NULL) {
		put_names(b, &doc, ", ");
		return cmd_fail(l, EXIT_USAGE, "%s: no such schema; there are "
		    "%s", l->args[0], stile_buf_view(b).p);
	}
	stile_schema_json(text, s);
	if (stile_buf_err(text) != STILE_OK)
		return print(l, text);
	stile__json_indent(b, stile_buf_view(text));
	return print(l, b);
}

const struct cmd cmd_schema = {
	.name = "schema", .args = "[NAME]", .nmore = 1, .run = run,
	.help = "print a schema as JSON Schema, or the names of all",
};
