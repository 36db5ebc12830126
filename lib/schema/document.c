/* SPDX-License-Identifier: ISC */
/* The schemas that a document refers to, and what they are called there. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/document.h"
#include "base/banned.h"

static bool
is_taken(const struct schema_doc *d, const char *name)
{
	size_t	i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->v[i].name, name) == 0)
			return true;
	return false;
}

/* OpenAPI 3.1, section 4.8.7: letters, digits, '.', '-' and '_'. */
static char *
clean(struct stile_arena *a, const char *name)
{
	char	*p, *c;

	if ((p = stile_arena_strdup(a, name)) == NULL)
		return NULL;
	for (c = p; *c != '\0'; c++)
		if (!ascii_digit(*c) && *c != '.' && *c != '-' &&
		    !(ascii_lower(*c) >= 'a' && ascii_lower(*c) <= 'z'))
			*c = '_';
	return p;
}

/* Two that have the same name are told apart by a number. */
static const char *
choose_name(const struct schema_doc *d, const struct schema_use *u)
{
	struct stile_arena	*a = stile__buf_arena(d->b);
	const char		*base, *name;
	unsigned		 i;

	base = u->s->name != NULL ? u->s->name :
	    u->tag != NULL ? u->tag : "Schema";
	if ((base = clean(a, base)) == NULL)
		return NULL;
	name = base = stile_arena_printf(a, "%s%s", base,
	    u->patch ? "Patch" : "");
	for (i = 2; name != NULL && is_taken(d, name); i++)
		name = stile_arena_printf(a, "%s%u", base, i);
	return name;
}

const struct schema_use *
stile__schema_use(struct schema_doc *d, const struct schema_use *want)
{
	struct schema_use	*v, u = *want;
	size_t			 i;

	for (i = 0; i < d->n; i++) {
		v = &d->v[i];
		if (v->s == u.s && v->one_of == u.one_of &&
		    v->patch == u.patch && (u.tag == NULL ||
		    strcmp(v->tag, u.tag) == 0))
			return v;
	}
	v = stile__arena_grow(stile__buf_arena(d->b), d->v,
	    d->n * sizeof(*v), (d->n + 1) * sizeof(*v));
	if (v != NULL)
		d->v = v;
	if (v == NULL || (u.name = choose_name(d, &u)) == NULL) {
		stile__buf_fail(d->b, STILE_ENOMEM);
		return NULL;
	}
	d->v[d->n] = u;
	return &d->v[d->n++];
}

void
stile__schema_put_named(struct schema_doc *d)
{
	struct schema_use	u;
	size_t			i;

	/* What is written may refer to others, which come behind it. */
	for (i = 0; i < d->n && stile_buf_err(d->b) == STILE_OK; i++) {
		u = d->v[i];
		stile__json_key(d->b, u.name);
		stile__schema_put_use(d, &u);
	}
}

void
stile_schema_json(struct stile_buf *b, const struct stile_schema *s)
{
	struct schema_doc	d = { .b = b, .refs = "#/$defs/" };

	d.root = stile__schema_of(s);
	stile_buf_puts(b, "{\"$schema\":"
	    "\"https://json-schema.org/draft/2020-12/schema\"");
	stile__schema_put_root(&d, s);
	if (d.n > 0) {
		stile__json_key(b, "$defs");
		stile_buf_putc(b, '{');
		stile__schema_put_named(&d);
		stile_buf_putc(b, '}');
	}
	stile_buf_putc(b, '}');
}
