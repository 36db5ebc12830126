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
#include "stile/input.h"
#include "stile/str.h"
#include "http/input.h"
#include "base/banned.h"

/* ---- checking --------------------------------------------------------- */

/* NULL with the request failed; a byte where there is no struct. */
static void *
alloc_struct(struct stile_req *r, size_t size)
{
	void	*p;

	p = stile_arena_alloc(r->arena, 1, size > 0 ? size : 1);
	if (p == NULL)
		stile__fail_nomem(r);
	return p;
}

static void
check_table(struct stile_req *r, struct req_input *in,
    const struct texts_of *of, struct members *m, void **ret)
{
	if ((*ret = alloc_struct(r, of->s->size)) != NULL)
		stile__check_table(r, &in->v, of, m,
		    of->s->size > 0 ? *ret : NULL);
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
	const struct stile_schema	row = stile__whole_row(body);
	struct stile_value		value;
	void				*base;

	in->json = stile_json(r);
	if (stile_failed(r) != STILE_OK ||
	    (in->body_struct = alloc_struct(r,
	    stile__whole_size(&row))) == NULL)
		return;
	in->v.in = STILE_IN_BODY;
	base = row.at.kind == STILE_KIND_STRUCT ? in->body_struct : NULL;
	if (!json_object_is_type(in->json, json_type_object))
		stile__check_json(&in->v, &row, in->json, mode_of(r),
		    in->body_struct, &value);
	else if (row.type == STILE_OBJECT)
		stile__check_object(&in->v, stile__schema_of(body), in->json,
		    mode_of(r), base, &in->body);
	else if (row.type == STILE_ONE_OF)
		stile__check_one_of(&in->v, stile__schema_of(body), in->json,
		    mode_of(r), base, &in->body);
	else
		stile__check_json(&in->v, &row, in->json, mode_of(r),
		    in->body_struct, &value);
}

static void
check_body(struct stile_req *r, struct req_input *in,
    const struct stile_route *row)
{
	const struct texts_of	of = { stile__schema_of(row->body),
				    .form = true };

	if (row->body_type != STILE_BODY_FORM &&
	    (row->body_type != STILE_BODY_JSON_OR_FORM ||
	    !stile__is_form_body(r))) {
		check_json(r, in, row->body);
		return;
	}
	/* Read first: its failure stands, whatever is declared. */
	stile_form_table(r);
	if (stile_failed(r) == STILE_OK)
		check_table(r, in, &of, &in->body, &in->body_struct);
}

/* ---- what is wrong ---------------------------------------------------- */

static void
fail(struct stile_req *r, const struct stile_validation *v)
{
	const struct stile_violation	*w = v->wrong;
	const char			*errors;
	char				 more[40] = "";

	if ((errors = stile__errors_json(r, w, v->nwrong)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	if (v->nwrong > 1)
		snprintf(more, sizeof(more), "; and %zu more", v->nwrong - 1);
	stile_fail(r, 422, "%s%s%s%s", w->where, *w->where != '\0' ? ": " : "",
	    w->detail, more);
	stile_fail_member(r, "errors", stile_json_text(stile_str(errors)));
}

void
stile__input_check(struct stile_req *r, const struct stile_route *row)
{
	const struct viewer	 viewer = stile__viewer(r);
	struct req_input	*in;

	if ((in = stile_arena_alloc(r->arena, 1, sizeof(*in))) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	in->v = (struct stile_validation){
		.arena = r->arena, .may = viewer.may, .may_arg = viewer.arg };
	r->input = in;
	if (row->params != NULL)
		check_table(r, in, &(struct texts_of){
		    stile__schema_of(row->params),
		    .paging = row->page != NULL },
		    &in->params, &in->params_struct);
	if (row->body != NULL && stile_failed(r) == STILE_OK)
		check_body(r, in, row);
	if (in->v.nomem)
		stile__fail_nomem(r);
	else if (in->v.nwrong > 0 && stile_failed(r) == STILE_OK)
		fail(r, &in->v);
}

/* ---- for handlers ----------------------------------------------------- */

/* What a handler gets that asks for what its route does not declare. */
static const void *
nothing(struct stile_req *r, const char *what)
{
	static char	zeros[64 * 1024];

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

	for (i = 0; m != NULL && i < m->n; i++)
		if (strcmp(m->properties[i].name, name) == 0)
			return m->v[i];
	stile_fail(r, 500, "the route declares no %s", name);
	return (struct stile_value){ .type = STILE_ABSENT };
}

struct stile_value
stile_params_value(struct stile_req *r, const char *name)
{
	return find_value(r, r->input != NULL ? &r->input->params : NULL, name);
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
