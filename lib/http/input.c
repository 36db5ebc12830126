/* SPDX-License-Identifier: ISC */
/*
 * Input as the route declares it: parameters and body are checked together
 * before the handler runs, so that a client learns of all that is wrong at
 * once, and a handler sees nothing else than what was declared.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cookie.h"
#include "stile/input.h"
#include "stile/json.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/upload.h"
#include "http/req.h"
#include "schema/schema.h"
#include "base/banned.h"

#define ERRORS_MAX	(128 * 1024)	/* bytes, of a problem's list */

/* What is checked, and kept for the handler. */
struct req_input {
	struct stile_validation	 v;
	struct members		 params, body;
	void			*params_struct, *body_struct;
	struct json_object	*json;
};

/* ---- the texts of a parameter ---------------------------------------- */

struct texts {
	struct stile_str	*v;
	size_t			 n;
};

static bool
add_text(struct stile_req *r, struct texts *t, size_t room,
    struct stile_str text)
{
	if (t->v == NULL && (t->v = stile_arena_alloc(r->arena, room,
	    sizeof(*t->v))) == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	t->v[t->n++] = text;
	return true;
}

static bool
find_in_table(struct stile_req *r, const struct stile_table *table,
    const char *name, struct texts *t)
{
	struct stile_str	n, value;
	size_t			i;

	for (i = 0; table != NULL && stile_table_at(table, i, &n, &value); i++)
		if (stile_str_eq(n, stile_str(name)) && !add_text(r, t,
		    stile_table_count(table), value))
			return false;
	return true;
}

/* A list of them is one field with commas (RFC 9110, section 5.6.1). */
static bool
find_in_header(struct stile_req *r, const struct stile_schema *p,
    struct texts *t)
{
	const char		*field = stile_header(r, p->name);
	struct stile_str	 rest = stile_str(field), item;
	const char		*copy;

	if (field == NULL)
		return true;
	if (stile__schema_of(p)->type != STILE_ARRAY)
		return add_text(r, t, 1, rest);
	while (stile_str_cut(&rest, ',', &item)) {
		copy = stile_arena_dup(r->arena, stile_str_trim(item));
		if (copy == NULL) {
			stile__fail_nomem(r);
			return false;
		}
		if (!add_text(r, t, strlen(field) + 1, stile_str(copy)))
			return false;
	}
	return true;
}

static bool
find_in_path(struct stile_req *r, const char *name, struct texts *t)
{
	size_t	i;

	for (i = 0; i < r->nparams; i++)
		if (stile_str_eq(r->params[i].name, stile_str(name)))
			return add_text(r, t, 1,
			    stile_str(r->params[i].text));
	stile_fail(r, 500, "the route has no {%s}", name);
	return false;
}

/* Each value of a parameter; false with the request failed. */
static bool
find_texts(struct stile_req *r, const struct stile_schema *p, struct texts *t)
{
	*t = (struct texts){ NULL, 0 };
	switch (p->in) {
	case STILE_IN_PATH:
		return find_in_path(r, p->name, t);
	case STILE_IN_HEADER:
		return find_in_header(r, p, t);
	case STILE_IN_COOKIE:
		return find_in_table(r, stile_cookie_table(r), p->name, t);
	case STILE_IN_FORM:
		return find_in_table(r, stile_form_table(r), p->name, t);
	default:
		return find_in_table(r, stile_query_table(r), p->name, t);
	}
}

/* ---- tables of texts ---------------------------------------------------- */

static bool
is_file(const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);

	return s->type == STILE_FILE || (s->type == STILE_ARRAY &&
	    s->items != NULL && s->items->type == STILE_FILE);
}

/* A file's value is its size; what is in it stays where it is. */
static void
check_file(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *p, struct stile_value *ret)
{
	struct stile_upload	*u = stile_upload(r, p->name);

	if (stile_failed(r) != STILE_OK)
		return;
	if (u == NULL) {
		stile__check_absent(v, p, STILE_VALIDATE_WHOLE, NULL, ret);
		return;
	}
	*ret = stile_int(stile_upload_size(u));
	if (stile__schema_of(p)->type == STILE_FILE)
		stile__limit_count(v, stile__schema_of(p),
		    (size_t)stile_upload_size(u));
}

static void
check_param(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *p, void *base, struct stile_value *ret)
{
	struct texts	t;

	if (is_file(p))
		check_file(r, v, p, ret);
	else if (!find_texts(r, p, &t))
		return;
	else if (t.n == 0 || !stile__may_set(v, p))
		stile__check_absent(v, p, STILE_VALIDATE_WHOLE, base, ret);
	else
		stile__check_texts(v, p, t.v, t.n, base, ret);
}

static const struct stile_schema *
find_row(const struct stile_schema *s, enum stile_in in, struct stile_str name)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (p->in == in && stile_str_eq(stile_str(p->name), name))
			return p;
	return NULL;
}

static bool
is_paging(const struct stile_route *row, struct stile_str name)
{
	static const char *const	names[] = {
		"limit", "offset", "after", "before"
	};
	size_t				i;

	for (i = 0; row->page != NULL && i < NELEM(names); i++)
		if (stile_str_eq(stile_str(names[i]), name))
			return true;
	return false;
}

/* Names that the declaration does not have. */
static void
refuse_names(struct stile_validation *v, const struct stile_route *row,
    const struct stile_schema *s, const struct stile_table *t,
    enum stile_in in)
{
	const struct stile_schema	*p;
	struct where			 inside = { .up = NULL };
	struct stile_str		 name;
	size_t				 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, NULL); i++) {
		p = find_row(s, in, name);
		if ((p != NULL && stile__may_set(v, p)) ||
		    (in == STILE_IN_QUERY && is_paging(row, name)))
			continue;
		inside.name = name.p;
		v->where = &inside;
		v->in = in;
		if (p != NULL && p->read_only)
			stile__wrong(v, "read_only", "this cannot be set");
		else
			stile__wrong(v, "unknown",
			    "there is no such parameter");
		v->where = NULL;
	}
}

static bool
alloc_members(struct stile_req *r, const struct stile_schema *s,
    struct members *m, void **ret)
{
	m->properties = s->properties;
	m->v = stile_arena_alloc(r->arena, stile__properties(s) + 1,
	    sizeof(*m->v));
	*ret = stile_arena_alloc(r->arena, 1, s->size > 0 ? s->size : 1);
	if (m->v != NULL && *ret != NULL)
		return true;
	stile__fail_nomem(r);
	return false;
}

/* The rows of a table of texts, all in one place or each in its own. */
static void
check_rows(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *s, const enum stile_in *in, struct members *m,
    void *base)
{
	struct where		where = { .up = NULL };
	struct stile_schema	row;
	size_t			i, before = v->nwrong;

	for (i = 0; s->properties[i].name != NULL; i++) {
		row = s->properties[i];
		if (in != NULL)
			row.in = *in;
		where.name = row.name;
		v->where = &where;
		v->in = row.in;
		check_param(r, v, &row, base, &m->v[i]);
		v->where = NULL;
		if (stile_failed(r) != STILE_OK)
			return;
	}
	if (v->nwrong == before)
		stile__check_whole(v, s, m, &(struct stile_value){
		    .type = STILE_ABSENT });
}

static void
check_params(struct stile_req *r, struct req_input *in,
    const struct stile_route *row)
{
	const struct stile_schema	*s = row->params;

	if (!alloc_members(r, s, &in->params, &in->params_struct))
		return;
	check_rows(r, &in->v, s, NULL, &in->params, in->params_struct);
	if (stile_failed(r) == STILE_OK &&
	    s->unknown == STILE_UNKNOWN_REFUSED)
		refuse_names(&in->v, row, s, stile_query_table(r),
		    STILE_IN_QUERY);
}

/* ---- the body -------------------------------------------------------------- */

/* What each field of a form is, which its table does not say again. */
static void
refuse_fields(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *s)
{
	struct stile_schema	 form = *s;
	struct stile_schema	*rows;
	size_t			 i, n = stile__properties(s);

	rows = stile_arena_alloc(r->arena, n + 1, sizeof(*rows));
	if (rows == NULL) {
		stile__fail_nomem(r);
		return;
	}
	for (i = 0; i < n; i++) {
		rows[i] = s->properties[i];
		rows[i].in = STILE_IN_FORM;
	}
	form.properties = rows;
	refuse_names(v, r->route_row, &form, stile_form_table(r),
	    STILE_IN_FORM);
}

static void
check_form(struct stile_req *r, struct req_input *in,
    const struct stile_schema *s)
{
	static const enum stile_in	form = STILE_IN_FORM;

	/* Read first: its failure stands, whatever is declared. */
	stile_form_table(r);
	if (stile_failed(r) != STILE_OK ||
	    !alloc_members(r, s, &in->body, &in->body_struct))
		return;
	check_rows(r, &in->v, s, &form, &in->body, in->body_struct);
	if (stile_failed(r) == STILE_OK &&
	    s->unknown == STILE_UNKNOWN_REFUSED)
		refuse_fields(r, &in->v, s);
}

static enum stile_validate
mode_of(const struct stile_req *r)
{
	return strcmp(stile_req_method(r), "PATCH") == 0 ?
	    STILE_VALIDATE_PATCH : STILE_VALIDATE_WHOLE;
}

/* An object's members by their names, too; another value as it is. */
static void
check_json(struct stile_req *r, struct req_input *in,
    const struct stile_schema *body)
{
	const struct stile_schema	*s = stile__schema_of(body);
	struct stile_schema		 row = *s;
	struct stile_value		 value;

	in->json = stile_json(r);
	if (stile_failed(r) != STILE_OK ||
	    !alloc_members(r, s, &in->body, &in->body_struct))
		return;
	in->v.in = STILE_IN_BODY;
	if (s->type == STILE_OBJECT &&
	    json_object_is_type(in->json, json_type_object)) {
		if (stile__check_members(&in->v, s, in->json, mode_of(r),
		    in->body_struct, &in->body)) {
			value = stile_json_value(in->json);
			stile__check_whole(&in->v, s, &in->body, &value);
		}
		return;
	}
	if (s->type == STILE_ONE_OF)
		row.at.kind = STILE_KIND_STRUCT;
	if (s->type == STILE_ARRAY) {
		row.at.kind = STILE_KIND_ITEMS;
		in->body_struct = stile_arena_alloc(r->arena, 1,
		    sizeof(struct stile_items));
		if (in->body_struct == NULL) {
			stile__fail_nomem(r);
			return;
		}
	}
	/* A patch of null would take all of it away. */
	stile__check_json(&in->v, &row, in->json, in->json != NULL ?
	    mode_of(r) : STILE_VALIDATE_WHOLE, in->body_struct, &value);
}

static void
check_body(struct stile_req *r, struct req_input *in,
    const struct stile_route *row)
{
	if (row->body_type == STILE_BODY_FORM ||
	    (row->body_type == STILE_BODY_JSON_OR_FORM &&
	    stile__is_form_body(r)))
		check_form(r, in, stile__schema_of(row->body));
	else
		check_json(r, in, row->body);
}

/* ---- what is wrong ----------------------------------------------------------- */

static const char *const	places[] = {
	[STILE_IN_QUERY] = "query", [STILE_IN_PATH] = "path",
	[STILE_IN_FORM] = "form", [STILE_IN_HEADER] = "header",
	[STILE_IN_COOKIE] = "cookie", [STILE_IN_BODY] = "body",
};

/* RFC 9457, section 3: a list of what the client can put right. */
static const char *
errors_json(struct stile_req *r, const struct stile_validation *v)
{
	struct stile_buf		*b = stile_buf_new(r->arena, ERRORS_MAX);
	const struct stile_violation	*w;
	size_t				 i;

	if (b == NULL)
		return NULL;
	for (i = 0; i < v->nwrong; i++) {
		w = &v->wrong[i];
		stile_buf_putc(b, i > 0 ? ',' : '[');
		stile_json_write_object(b, STILE_ARGS("in", places[w->in],
		    w->in == STILE_IN_BODY ? "pointer" : "parameter", w->where,
		    "code", w->code, "detail", w->detail));
	}
	stile_buf_putc(b, ']');
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

static void
fail(struct stile_req *r, const struct stile_validation *v)
{
	const char		*errors = errors_json(r, v);
	struct stile_error	 e = { .code = STILE_EFAILED, .status = 422 };
	int			 n;

	if (errors == NULL) {
		stile__fail_nomem(r);
		return;
	}
	n = snprintf(e.detail, sizeof(e.detail), "%s%s%s",
	    v->wrong->where, *v->wrong->where != '\0' ? ": " : "",
	    v->wrong->detail);
	if (v->nwrong > 1 && n > 0 && (size_t)n < sizeof(e.detail) - 20)
		snprintf(e.detail + n, sizeof(e.detail) - (size_t)n,
		    "; and %zu more", v->nwrong - 1);
	stile_fail_error(r, &e);
	stile_fail_member(r, "errors", stile_json_text(stile_str(errors)));
}

static bool
may(void *arg, const char *need)
{
	struct stile_req	*r = arg;

	return r->may != NULL && r->may(r, need);
}

void
stile__input_check(struct stile_req *r, const struct stile_route *row)
{
	struct req_input	*in;

	if ((in = stile_arena_alloc(r->arena, 1, sizeof(*in))) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	in->v = (struct stile_validation){
		.arena = r->arena, .may = may, .may_arg = r };
	r->input = in;
	r->route_row = row;
	if (row->params != NULL)
		check_params(r, in, row);
	if (row->body != NULL && stile_failed(r) == STILE_OK)
		check_body(r, in, row);
	if (in->v.nomem)
		stile__fail_nomem(r);
	else if (in->v.nwrong > 0 && stile_failed(r) == STILE_OK)
		fail(r, &in->v);
}

/* ---- for handlers --------------------------------------------------------------- */

/* What a handler gets that asks for what its route does not declare. */
static const void *
nothing(struct stile_req *r, const char *what)
{
	static const char	zeros[4096];

	stile_fail(r, 500, "the route declares no %s", what);
	return zeros;
}

const void *
stile_params(struct stile_req *r)
{
	if (r->input == NULL || r->input->params_struct == NULL)
		return nothing(r, "params");
	return r->input->params_struct;
}

const void *
stile_input(struct stile_req *r)
{
	if (r->input == NULL || r->input->body_struct == NULL)
		return nothing(r, "body");
	return r->input->body_struct;
}

static struct stile_value
find_value(struct stile_req *r, const struct members *m, const char *name)
{
	size_t	i;

	for (i = 0; m != NULL && m->v != NULL &&
	    m->properties[i].name != NULL; i++)
		if (strcmp(m->properties[i].name, name) == 0)
			return m->v[i];
	stile_fail(r, 500, "the route declares no %s", name);
	return (struct stile_value){ .type = STILE_ABSENT };
}

struct stile_value
stile_params_value(struct stile_req *r, const char *name)
{
	return find_value(r, r->input != NULL ? &r->input->params : NULL,
	    name);
}

struct stile_value
stile_input_value(struct stile_req *r, const char *name)
{
	return find_value(r, r->input != NULL ? &r->input->body : NULL, name);
}

struct json_object *
stile_input_json(struct stile_req *r)
{
	if (r->input == NULL || r->input->body_struct == NULL)
		stile_fail(r, 500, "the route declares no body");
	return r->input != NULL ? r->input->json : NULL;
}

struct stile_violations
stile_violations(const struct stile_req *r)
{
	if (r->input == NULL)
		return (struct stile_violations){ 0, NULL };
	return (struct stile_violations){ r->input->v.nwrong,
	    r->input->v.wrong };
}

/* ---- answers ----------------------------------------------------------------------- */

struct viewer
stile__viewer(struct stile_req *r)
{
	return (struct viewer){ may, r };
}

static int
send_structs(struct stile_req *r, int status, const struct stile_schema *s,
    const void *p, size_t n, bool many)
{
	const struct viewer	 viewer = stile__viewer(r);
	struct stile_buf	*b;
	const char		*at = p;
	size_t			 i;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (n > 1 && stile__schema_of(s)->size == 0)
		return stile_fail(r, 500, "the schema %s has no size",
		    s->name != NULL ? s->name : "");
	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL)
		return stile__fail_nomem(r);
	if (many)
		stile_buf_putc(b, '[');
	for (i = 0; i < n; i++, at += stile__schema_of(s)->size) {
		if (i > 0)
			stile_buf_putc(b, ',');
		stile__schema_write_struct(b, s, &viewer, at);
	}
	if (many)
		stile_buf_putc(b, ']');
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_struct(struct stile_req *r, int status, const struct stile_schema *s,
    const void *p)
{
	return send_structs(r, status, s, p, 1, false);
}

int
stile_send_structs(struct stile_req *r, int status,
    const struct stile_schema *s, const void *p, size_t n)
{
	return send_structs(r, status, s, p, n, true);
}
