/* SPDX-License-Identifier: ISC */
/*
 * Which operations a document has, and their ids.
 *
 * To OpenAPI, paths that differ in the names of their parameters only are the
 * same one (3.1, section 4.8.8), and so are {id:int} and {id:uuid}.  Such
 * routes come under the first one's path; where they have a method in common,
 * the first one has it.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/docs.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "base/banned.h"

#define ID_MAX	1024	/* bytes */

/* Section 4.8.9: what there are fields for.  "*" is the first five. */
static const struct {
	const char	*name, *field;
} methods[] = {
	{ "GET", "get" }, { "PUT", "put" }, { "POST", "post" },
	{ "DELETE", "delete" }, { "PATCH", "patch" },
	{ "OPTIONS", "options" }, { "HEAD", "head" }, { "TRACE", "trace" },
};
#define ANY_METHODS	5

/* ---- paths ---------------------------------------------------------- */

static bool
same_part(const struct part *a, const struct part *b)
{
	return (a->conv == NULL) == (b->conv == NULL) &&
	    stile_str_eq(a->prefix, b->prefix) &&
	    (a->conv == NULL || stile_str_eq(a->suffix, b->suffix));
}

static bool
same_path(const struct pattern *a, const struct pattern *b)
{
	size_t	i;

	if (a->n != b->n || a->slash != b->slash)
		return false;
	for (i = 0; i < a->n; i++)
		if (!same_part(&a->parts[i], &b->parts[i]))
			return false;
	return true;
}

static size_t
find_path(const struct api *api, const struct route *route)
{
	size_t	i;

	for (i = 0; i < api->n; i++)
		if (same_path(&api->ops[i].route->pattern, &route->pattern))
			return api->ops[i].path;
	return api->n;
}

void
openapi_put_path(struct api *api, const struct pattern *p)
{
	const struct part	*part;

	for (part = p->parts; part < p->parts + p->n; part++) {
		stile_buf_putc(api->b, '/');
		stile_enc_percent(api->b, part->prefix);
		if (part->conv == NULL)
			continue;
		stile_buf_printf(api->b, "{%.*s}", STILE_STR_ARG(part->name));
		stile_enc_percent(api->b, part->suffix);
	}
	if (p->n == 0 || p->slash)
		stile_buf_putc(api->b, '/');
}

/* ---- operations ----------------------------------------------------- */

static bool
has_operation(const struct api *api, size_t path, const char *field)
{
	size_t	i;

	for (i = 0; i < api->n; i++)
		if (api->ops[i].path == path &&
		    strcmp(api->ops[i].method, field) == 0)
			return true;
	return false;
}

static enum stile_err
add(struct api *api, const struct route *route, const char *field)
{
	struct operation	*v;
	size_t			 path = find_path(api, route);

	if (has_operation(api, path, field))
		return STILE_OK;
	v = stile__arena_grow(api->arena, api->ops, api->n * sizeof(*v),
	    (api->n + 1) * sizeof(*v));
	if (v == NULL)
		return STILE_ENOMEM;
	v[api->n++] = (struct operation){ route, field, NULL, path };
	api->ops = v;
	return STILE_OK;
}

/* The document is not part of itself, nor is the page that shows it. */
static bool
is_shown(const struct stile_route *row)
{
	return !row->hidden && row->handler != stile_openapi &&
	    row->handler != stile_docs;
}

/* A route for any method has those that no other route of the path has. */
static enum stile_err
add_routes(struct api *api, bool any)
{
	const struct route	*r;
	enum stile_err		 rc;
	size_t			 i, k, n = any ? ANY_METHODS : NELEM(methods);

	for (i = 0; (r = router_at(api->router, i)) != NULL; i++)
		for (k = 0; k < n && is_shown(r->row); k++)
			if (strcmp(r->row->method, any ? "*" :
			    methods[k].name) == 0 &&
			    (rc = add(api, r, methods[k].field)) != STILE_OK)
				return rc;
	return STILE_OK;
}

/* ---- ids ------------------------------------------------------------ */

static bool
is_letter(char c)
{
	return ascii_digit(c) || (ascii_lower(c) >= 'a' &&
	    ascii_lower(c) <= 'z');
}

/* "blog:post" as "BlogPost" */
static void
put_camel(struct stile_buf *b, struct stile_str s)
{
	bool	start = true;
	size_t	i;
	char	c;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if (is_letter(c))
			stile_buf_putc(b, start && c >= 'a' && c <= 'z' ?
			    (char)(c - 'a' + 'A') : c);
		start = !is_letter(c);
	}
}

static void
put_path_words(struct stile_buf *b, const struct pattern *p)
{
	size_t	i;

	for (i = 0; i < p->n; i++) {
		put_camel(b, p->parts[i].prefix);
		if (p->parts[i].conv == NULL)
			continue;
		put_camel(b, p->parts[i].name);
		put_camel(b, p->parts[i].suffix);
	}
}

/* What a route says itself; for any method, each has to say it its own way. */
static const char *
given_id(const struct operation *op)
{
	return strcmp(op->route->row->method, "*") != 0 ?
	    op->route->row->operation : NULL;
}

static const char *
make_id(struct api *api, const struct operation *op)
{
	const struct stile_route	*row = op->route->row;
	const char			*name;
	struct stile_buf		*b;

	if (given_id(op) != NULL)
		return given_id(op);
	if ((b = stile_buf_new(api->arena, ID_MAX)) == NULL)
		return NULL;
	name = row->operation != NULL ? row->operation : row->name;
	stile_buf_puts(b, op->method);
	if (name != NULL) {
		put_camel(b, stile_str(op->route->scope->names));
		put_camel(b, stile_str(name));
	} else
		put_path_words(b, &op->route->pattern);
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

static bool
is_taken(const struct api *api, const char *id)
{
	size_t	i;

	for (i = 0; i < api->n; i++)
		if (api->ops[i].id != NULL && strcmp(api->ops[i].id, id) == 0)
			return true;
	return false;
}

/* What was given stands; what is made gives way to it. */
static enum stile_err
name_all(struct api *api, bool given)
{
	struct operation	*op;
	const char		*base, *id;
	unsigned		 k;

	for (op = api->ops; op < api->ops + api->n; op++) {
		if ((given_id(op) != NULL) != given)
			continue;
		id = base = make_id(api, op);
		for (k = 2; id != NULL && is_taken(api, id); k++)
			id = stile_arena_printf(api->arena, "%s%u", base, k);
		if ((op->id = id) == NULL)
			return STILE_ENOMEM;
	}
	return STILE_OK;
}

enum stile_err
openapi_list(struct api *api)
{
	enum stile_err	rc;

	if ((rc = add_routes(api, false)) != STILE_OK ||
	    (rc = add_routes(api, true)) != STILE_OK ||
	    (rc = name_all(api, true)) != STILE_OK)
		return rc;
	return name_all(api, false);
}
