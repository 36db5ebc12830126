/* SPDX-License-Identifier: ISC */
/*
 * Whether the tables of an application can be meant: what router_new() lets
 * pass, because it harms no other route, but no request will ever be served
 * by, or no document can say.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "app/router.h"
#include "app/who.h"
#include "codec/field.h"
#include "codec/json.h"
#include "gate/check.h"
#include "schema/check.h"
#include "schema/schema.h"
#include "base/banned.h"

/* The route at hand, or NULL, and where in it. */
struct at {
	struct check		*c;
	const struct route	*route;
	const char		*where;		/* "body"; NULL: the route */
};

static void	found(const struct at *, const char *fmt, ...)
		    STILE_PRINTF(2, 3);

static void
found(const struct at *at, const char *fmt, ...)
{
	struct check	*c = at->c;
	const char	*line, *app = c->site->app->name;
	char		 what[600];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	line = at->route == NULL ?
	    stile_arena_printf(c->arena, "%s: %s", app, what) :
	    stile_arena_printf(c->arena, "%s: %s %s: %s%s%s", app,
	    at->route->row->method, at->route->pattern.text,
	    at->where != NULL ? at->where : "", at->where != NULL ? ": " : "",
	    what);
	c->nfound++;
	if (line != NULL)
		c->found(c->arg, line);
	else
		c->nomem = true;
}

/* ---- schemas ---------------------------------------------------------------- */

static void
schema_found(void *arg, bool harmful, const char *path, const char *what)
{
	const struct at	*at = arg;

	if (harmful || !at->c->harm_only)
		found(at, "%s: %s", path, what);
}

static void
check_schema(struct schema_check *sc, struct at *at, const char *where,
    const struct stile_schema *s)
{
	if (s == NULL)
		return;
	at->where = where;
	sc->arg = at;
	stile__schema_check(sc, s);
	at->where = NULL;
}

static void
check_route_schemas(struct schema_check *sc, struct at *at)
{
	const struct stile_route	*row = at->route->row;
	const struct stile_response	*p;

	if (row->params != NULL && (row->params->type != STILE_OBJECT ||
	    row->params->properties == NULL))
		found(at, "params: an object with .properties is expected");
	else
		check_schema(sc, at, "params", row->params);
	check_schema(sc, at, "body", row->body);
	if (row->page != NULL)
		check_schema(sc, at, "page", row->page->as);
	for (p = row->responses; p != NULL && p->status != 0; p++)
		check_schema(sc, at, "responses", p->schema);
}

/* In a document, a name is one schema. */
static void
check_names(const struct schema_check *sc, const struct at *at)
{
	const struct schema_seen	*a, *b;
	size_t				 i, k;

	for (i = 0; i < sc->nseen; i++) {
		a = &sc->seen[i];
		if (!a->named || a->schema->name == NULL)
			continue;
		for (k = 0; k < i; k++) {
			b = &sc->seen[k];
			if (b->named && b->schema->name != NULL && strcmp(
			    a->schema->name, b->schema->name) == 0) {
				found(at, "two schemas have the name %s",
				    a->schema->name);
				break;
			}
		}
	}
}

void
check_schemas(struct check *c)
{
	struct schema_check	sc = { .arena = c->arena,
				    .found = schema_found };
	struct at		at = { c, NULL, NULL };
	size_t			i;

	for (i = 0; (at.route = router_at(c->site->router, i)) != NULL; i++)
		check_route_schemas(&sc, &at);
	for (i = 0; i < sc.nseen; i++)
		c->nschemas += sc.seen[i].named &&
		    sc.seen[i].schema->name != NULL;
	c->nroutes = router_count(c->site->router);
	if (!c->harm_only)
		check_names(&sc, &at);
	c->nomem = c->nomem || sc.nomem;
}

/* ---- whether a request gets there --------------------------------------------- */

/* Texts of which each converter of the library takes one, and few takes all. */
static const char *const	samples[] = {
	"7", "f81d4fae-7dec-41d0-a765-00a0c91e6bf6", "zq-7", "z~q", "7.5",
	"c0ffee", "2026-11-22", "Zq",
};

/* A path of the pattern with these texts in it; 0: they do not fit. */
static size_t
make_path(struct stile_arena *a, const struct pattern *p, const char *sample,
    struct stile_str *segs)
{
	struct stile_str	inner;
	struct stile_value	v;
	const char		*text;
	size_t			i;

	for (i = 0; i < p->n; i++) {
		if (p->parts[i].conv == NULL) {
			segs[i] = p->parts[i].prefix;
			continue;
		}
		text = stile_arena_printf(a, "%.*s%s%.*s",
		    STILE_STR_ARG(p->parts[i].prefix), sample,
		    STILE_STR_ARG(p->parts[i].suffix));
		segs[i] = stile_str(text);
		if (text == NULL ||
		    !part_match(&p->parts[i], segs[i], &inner, &v))
			return 0;
	}
	return p->n;
}

static void
check_reach(struct at *at)
{
	const struct pattern	*p = &at->route->pattern;
	struct stile_arena	*a = at->c->arena;
	struct stile_str	 segs[PARTS_MAX];
	struct match		 m = { .kind = MATCH_NONE };
	const struct route	*other = NULL;
	const char		*method = at->route->row->method;
	size_t			 i;

	if (strcmp(method, "*") == 0)
		method = "REPORT";
	for (i = 0; i < NELEM(samples); i++) {
		if (make_path(a, p, samples[i], segs) != p->n)
			continue;
		router_match(at->c->site->router, a, method, segs, p->n,
		    p->slash, &m);
		if (m.kind == MATCH_ROUTE && m.route == at->route)
			return;
		if (m.kind == MATCH_ROUTE)
			other = m.route;
	}
	if (other != NULL)
		found(at, "no request gets here: %s %s takes them",
		    other->row->method, other->pattern.text);
}

/* What is resolved before a path is looked at: RFC 3986, section 5.2.4. */
static void
check_segments(const struct at *at)
{
	const struct pattern	*p = &at->route->pattern;
	size_t			 i;

	for (i = 0; i < p->n; i++)
		if (p->parts[i].conv == NULL &&
		    (stile_str_eq(p->parts[i].prefix, STR(".")) ||
		    stile_str_eq(p->parts[i].prefix, STR(".."))))
			found(at, "no request has the segment %.*s",
			    STILE_STR_ARG(p->parts[i].prefix));
}

/* Methods tell upper from lower case: RFC 9110, section 9.1. */
static void
check_method(const struct at *at)
{
	static const char *const	known[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
	};
	const char			*method = at->route->row->method;
	size_t				i;

	for (i = 0; i < NELEM(known); i++)
		if (strcmp(known[i], method) != 0 &&
		    strcasecmp(known[i], method) == 0)
			found(at, "the method is written %s", known[i]);
}

/* ---- parameters ------------------------------------------------------------------ */

static const struct part *
find_part(const struct pattern *p, const char *name)
{
	size_t	i;

	for (i = 0; i < p->n; i++)
		if (p->parts[i].conv != NULL &&
		    stile_str_eq(p->parts[i].name, stile_str(name)))
			return &p->parts[i];
	return NULL;
}

static bool
is_scalar(const struct stile_schema *s)
{
	return stile__schema_is_text(s->type) ||
	    stile__schema_type(s->type)->parse != NULL;
}

/* What a converter lets through, where not all of it is of any type. */
static bool
agrees(const char *conv, enum stile_schema_type type)
{
	if (strcmp(conv, "int") == 0)
		return type == STILE_INTEGER || type == STILE_NUMBER;
	if (strcmp(conv, "uuid") == 0)
		return type == STILE_UUID || type == STILE_STRING ||
		    type == STILE_SLUG;
	return true;
}

static void
check_path_param(const struct at *at, const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);
	const struct part		*part;

	if ((part = find_part(&at->route->pattern, p->name)) == NULL)
		found(at, "the path has no {%s}", p->name);
	else if (!is_scalar(s))
		found(at, "%s: %s cannot be a part of a path", p->name,
		    stile__schema_type(s->type)->a);
	else if (!agrees(part->conv->public.name, s->type))
		found(at, "%s: {%s:%s} is not %s", p->name, p->name,
		    part->conv->public.name, stile__schema_type(s->type)->a);
}

/* A list is several texts; a structure is none. */
static void
check_text_param(const struct at *at, const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);

	if (p->in == STILE_IN_HEADER && !stile__is_token(stile_str(p->name)))
		found(at, "%s cannot be the name of a header", p->name);
	if (s->type == STILE_ARRAY && s->items != NULL)
		s = stile__schema_of(s->items);
	if (!is_scalar(s) && s->type != STILE_FILE)
		found(at, "%s: %s cannot be sent as text", p->name,
		    stile__schema_type(s->type)->a);
}

static bool
is_of_page(const struct stile_page *page, const struct stile_schema *p)
{
	static const char *const	names[] = {
		"limit", "offset", "after", "before"
	};
	size_t				i;

	for (i = 0; page != NULL && p->in == STILE_IN_QUERY &&
	    i < NELEM(names); i++)
		if (strcmp(names[i], p->name) == 0)
			return true;
	return false;
}

static void
check_params(struct at *at)
{
	const struct stile_route	*row = at->route->row;
	const struct stile_schema	*p = row->params;

	if (p == NULL)
		return;
	at->where = "params";
	for (p = p->properties; p != NULL && p->name != NULL; p++) {
		if (is_of_page(row->page, p))
			found(at, "%s is a parameter of the page", p->name);
		if (p->read_only)
			found(at, "%s can be set by nobody", p->name);
		if (p->in == STILE_IN_BODY || p->in == STILE_IN_NONE)
			found(at, "%s: a body is no parameter", p->name);
		else if (p->in == STILE_IN_PATH)
			check_path_param(at, p);
		else
			check_text_param(at, p);
	}
	at->where = NULL;
}

/* ---- the body ---------------------------------------------------------------------- */

static bool
has_file(const struct stile_schema *s)
{
	const struct stile_schema	*p = s->properties, *q;

	for (; p != NULL && p->name != NULL; p++) {
		q = stile__schema_of(p);
		if (q->type == STILE_FILE || (q->items != NULL &&
		    stile__schema_of(q->items)->type == STILE_FILE))
			return true;
	}
	return false;
}

static void
check_body(struct at *at)
{
	const struct stile_route	*row = at->route->row;
	const struct stile_schema	*s, *p;

	if (row->body == NULL)
		return;
	if (strcmp(row->method, "GET") == 0 || strcmp(row->method, "HEAD") == 0)
		found(at, "a body has no meaning for %s", row->method);
	s = stile__schema_of(row->body);
	at->where = "body";
	if (row->body_type != STILE_BODY_FORM && has_file(s))
		found(at, "a file can only be in a form");
	if (row->body_type != STILE_BODY_JSON && s->type != STILE_OBJECT)
		found(at, "a form is an object");
	else if (row->body_type != STILE_BODY_JSON)
		for (p = s->properties; p != NULL && p->name != NULL; p++)
			if (!p->read_only)
				check_text_param(at, p);
	at->where = NULL;
}

/* ---- what its document says ----------------------------------------------------------- */

static bool
has_scheme(const struct scope *s, struct stile_str name)
{
	const struct stile_security	*p;

	for (; s != NULL; s = s->parent)
		for (p = s->app->security; p != NULL && p->name != NULL; p++)
			if (stile_str_eq(stile_str(p->name), name))
				return true;
	return false;
}

static void
check_security(const struct at *at)
{
	struct stile_str	rest = stile_str(at->route->row->security);
	struct stile_str	name;

	while (stile_str_cut(&rest, ' ', &name))
		if (name.len > 0 && !has_scheme(at->route->scope, name))
			found(at, "security: there is no scheme %.*s",
			    STILE_STR_ARG(name));
}

/* The same row is there again where its application is mounted twice. */
static void
check_operation(const struct at *at, size_t n)
{
	const struct stile_route	*row = at->route->row;
	const struct route		*other;
	size_t				 i;

	for (i = 0; row->operation != NULL && i < n; i++) {
		other = router_at(at->c->site->router, i);
		if (other->row == row || other->row->operation == NULL ||
		    strcmp(other->row->operation, row->operation) != 0)
			continue;
		found(at, "the operation %s is %s %s already", row->operation,
		    other->row->method, other->pattern.text);
		return;
	}
}

/* An answer as a client would get it. */
static void
check_example(const struct at *at, const struct stile_response *p)
{
	struct stile_violations	 wrong = { 0, NULL };
	struct stile_error	 e = { .code = STILE_OK };
	struct json_object	*j = NULL;

	if (stile_json_parse(stile_str(p->example), 0, &j, &e) != STILE_OK)
		found(at, "the example of %d: %s", p->status,
		    e.detail);
	else if (stile__validate_output(at->c->arena, p->schema, NULL, j,
	    &wrong) != STILE_OK && wrong.n > 0)
		found(at, "the example of %d: %s%s%s", p->status,
		    wrong.v[0].where, *wrong.v[0].where != '\0' ? ": " : "",
		    wrong.v[0].detail);
	stile__json_put(j);
}

static void
check_responses(struct at *at)
{
	const struct stile_response	*p = at->route->row->responses;

	at->where = "responses";
	for (; p != NULL && p->status != 0; p++) {
		if (p->status < 200 || p->status > 599)
			found(at, "%d is no status of an answer", p->status);
		/* RFC 9110, sections 15.3.5 and 15.4.5 */
		if (p->schema != NULL &&
		    (p->status == 204 || p->status == 304))
			found(at, "an answer of %d has no body", p->status);
		if (p->schema != NULL && p->example != NULL)
			check_example(at, p);
	}
	at->where = NULL;
}

static void
check_who(const struct at *at)
{
	if (who_is_missing(at->c->site, at->route))
		found(at, "it can change something and does not say who may: "
		    ".need or .anyone is expected");
}

void
check_site(struct check *c)
{
	struct at	at = { c, NULL, NULL };
	size_t		i;

	check_schemas(c);
	for (i = 0; (at.route = router_at(c->site->router, i)) != NULL; i++) {
		check_method(&at);
		check_segments(&at);
		check_reach(&at);
		check_params(&at);
		check_body(&at);
		check_security(&at);
		check_operation(&at, i);
		check_responses(&at);
		check_who(&at);
	}
}
