/* SPDX-License-Identifier: ISC */
/*
 * One operation: parameters and body as its route declares them (OpenAPI 3.1,
 * section 4.8.10).
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "codec/json.h"
#include "data/page.h"
#include "base/banned.h"

/* ---- lists of words ------------------------------------------------- */

static void
put_words(struct api *api, const char *name, const char *words)
{
	struct stile_str	word;

	if (words == NULL)
		return;
	open_key(api, name, '[');
	while ((word = openapi_word(&words)).p != NULL) {
		stile__json_next(api->b);
		stile_json_write_str(api->b, word);
	}
	shut(api, "]");
}

/* Where a route says nothing and has a need: what there is around it. */
static const struct stile_security *
usual_security(const struct route *route)
{
	const struct scope	*s;

	for (s = route->scope; s != NULL && route->row->need != NULL;
	    s = s->parent)
		if (s->app->security != NULL && s->app->security->name != NULL)
			return s->app->security;
	return NULL;
}

/* One of them is enough. */
static void
put_security(struct api *api, const struct route *route)
{
	const struct stile_security	*s = usual_security(route);
	const char			*words = route->row->security;
	struct stile_str		 word;

	if (words == NULL && s == NULL)
		return;
	open_key(api, "security", '[');
	for (; words == NULL && s->name != NULL; s++) {
		open_item(api);
		stile_json_write_str(api->b, stile_str(s->name));
		shut(api, ":[]}");
	}
	while (words != NULL && (word = openapi_word(&words)).p != NULL) {
		open_item(api);
		stile_json_write_str(api->b, word);
		shut(api, ":[]}");
	}
	shut(api, "]");
}

/* ---- parameters ----------------------------------------------------- */

static const char *const	places[] = {
	[STILE_IN_QUERY] = "query", [STILE_IN_PATH] = "path",
	[STILE_IN_HEADER] = "header", [STILE_IN_COOKIE] = "cookie",
	[STILE_IN_FORM] = NULL, [STILE_IN_BODY] = NULL, [STILE_IN_NONE] = NULL,
};

static bool
is_file(const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);

	return s->type == STILE_FILE || (s->type == STILE_ARRAY &&
	    s->items != NULL &&
	    stile__schema_of(s->items)->type == STILE_FILE);
}

static bool
is_parameter(const struct stile_schema *p)
{
	return (size_t)p->in < NELEM(places) && places[p->in] != NULL &&
	    !is_file(p);
}

static void
put_parameter(struct api *api, struct stile_str name, const char *in,
    bool required, const struct stile_schema *p)
{
	const char	*text = p->description;

	if (text == NULL)
		text = stile__schema_of(p)->description;
	open_item(api);
	stile__json_key(api->b, "name");
	stile_json_write_str(api->b, name);
	stile__key_text(api->b, "in", in);
	stile__key_text(api->b, "description", text);
	stile__key_true(api->b, "required", required);
	stile__key_true(api->b, "deprecated", p->deprecated);
	stile__json_key(api->b, "schema");
	stile__schema_put_value(&api->d, p);
	shut(api, "}");
}

/* What the converters of paths stand for. */
static const struct stile_schema	converted[] = {
	{ "int",  STILE_INTEGER, .max = INT64_MAX },
	{ "uuid", .type = STILE_UUID },
	{ "slug", .type = STILE_SLUG },
	{ "str",  .type = STILE_STRING },	/* and all others */
};

static const struct stile_schema *
path_schema(const struct operation *op, const struct part *part)
{
	const struct stile_schema	*s = op->route->row->params, *p;
	size_t				 i;

	for (p = s != NULL ? s->properties : NULL; p != NULL &&
	    p->name != NULL; p++)
		if (p->in == STILE_IN_PATH &&
		    stile_str_eq(stile_str(p->name), part->name))
			return p;
	for (i = 0; i < NELEM(converted) - 1; i++)
		if (strcmp(converted[i].name, part->conv->public.name) == 0)
			break;
	return &converted[i];
}

/* Called as they are in the path that the operation is listed under. */
static void
put_path_parameters(struct api *api, const struct operation *op)
{
	const struct pattern	*p = &op->route->pattern;
	const struct pattern	*as = &api->ops[op->path].route->pattern;
	size_t			 i;

	for (i = 0; i < p->n; i++)
		if (p->parts[i].conv != NULL)
			put_parameter(api, as->parts[i].name, "path", true,
			    path_schema(op, &p->parts[i]));
}

static bool
is_declared(const struct stile_route *row, const char *name)
{
	const struct stile_schema	*p;

	for (p = row->params != NULL ? row->params->properties : NULL;
	    p != NULL && p->name != NULL; p++)
		if (p->in == STILE_IN_QUERY && strcmp(p->name, name) == 0)
			return true;
	return false;
}

static void
put_page_parameters(struct api *api, const struct stile_route *row)
{
	const struct stile_page		*page = row->page;
	char				 limit[24];
	const struct stile_schema	 p[] = {
		{ "limit", STILE_INTEGER, .min = 1,
		    .max = page->limit_max > 0 ? page->limit_max :
		    PAGE_LIMIT_MAX, .absent = limit,
		    .description = "How many items a page has." },
		{ "offset", STILE_INTEGER, .max = INT64_MAX, .absent = "0",
		    .description = "How many items are before the page." },
		{ "after", STILE_STRING, .description =
		    "The cursor of the link to the next page." },
		{ "before", STILE_STRING, .description =
		    "The cursor of the link to the previous page." },
	};
	size_t				 i;

	snprintf(limit, sizeof(limit), "%" PRId64,
	    page->limit > 0 ? page->limit : PAGE_LIMIT);
	for (i = 0; i < NELEM(p); i++)
		if ((i == 0 || (i == 1) == (page->key == NULL)) &&
		    !is_declared(row, p[i].name))
			put_parameter(api, stile_str(p[i].name), "query",
			    false, &p[i]);
}

static void
put_parameters(struct api *api, const struct operation *op)
{
	const struct stile_route	*row = op->route->row;
	const struct stile_schema	*p;

	if (op->route->pattern.nparams == 0 && row->params == NULL &&
	    row->page == NULL)
		return;
	open_key(api, "parameters", '[');
	put_path_parameters(api, op);
	for (p = row->params != NULL ? row->params->properties : NULL;
	    p != NULL && p->name != NULL; p++)
		if (is_parameter(p) && p->in != STILE_IN_PATH &&
		    !p->read_only)
			put_parameter(api, stile_str(p->name), places[p->in],
			    p->required && p->absent == NULL &&
			    p->need == NULL, p);
	if (row->page != NULL)
		put_page_parameters(api, row);
	shut(api, "]");
}

/* ---- the body of a request ------------------------------------------ */

static bool
any_file(const struct stile_schema *s)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (is_file(p))
			return true;
	return false;
}

static void
put_body_as(struct api *api, const char *type, const struct stile_schema *s,
    bool patch)
{
	open_key(api, type, '{');
	stile__json_key(api->b, "schema");
	stile__schema_put(&api->d, s, patch);
	shut(api, "}");
}

static void
put_form(struct api *api, const struct stile_schema *s)
{
	put_body_as(api, any_file(stile__schema_of(s)) ?
	    "multipart/form-data" : "application/x-www-form-urlencoded", s,
	    false);
}

/* The fields among the parameters, as the form that they come in. */
static const struct stile_schema *
form_of_params(struct api *api, const struct stile_schema *params)
{
	const struct stile_schema	*p;
	struct stile_schema		*s, *rows;
	size_t				 n = 0;

	s = stile_arena_alloc(api->arena, 1, sizeof(*s));
	rows = stile_arena_alloc(api->arena, stile__properties(params) + 1,
	    sizeof(*rows));
	if (s == NULL || rows == NULL) {
		stile__buf_fail(api->b, STILE_ENOMEM);
		return NULL;
	}
	for (p = params->properties; p != NULL && p->name != NULL; p++)
		if (!is_parameter(p))
			rows[n++] = *p;
	*s = (struct stile_schema){ .type = STILE_OBJECT,
	    .properties = rows, .unknown = STILE_UNKNOWN_IGNORED };
	return n > 0 ? s : NULL;
}

static void
put_request_body(struct api *api, const struct operation *op)
{
	const struct stile_route	*row = op->route->row;
	const struct stile_schema	*form = row->body;
	bool				 json, patch;

	json = row->body != NULL && row->body_type != STILE_BODY_FORM;
	patch = strcmp(op->method, "patch") == 0;
	if (row->body == NULL && row->params != NULL)
		form = form_of_params(api, row->params);
	else if (row->body_type == STILE_BODY_JSON)
		form = NULL;
	if (!json && form == NULL)
		return;
	open_key(api, "requestBody", '{');
	stile__key_true(api->b, "required", true);
	open_key(api, "content", '{');
	if (json)
		put_body_as(api, "application/json", row->body, patch);
	if (json && patch)
		put_body_as(api, "application/merge-patch+json", row->body,
		    true);
	if (form != NULL)
		put_form(api, form);
	shut(api, "}}");
}

/* ---- all of it ------------------------------------------------------ */

void
openapi_put_operation(struct api *api, const struct operation *op)
{
	const struct stile_route	*row = op->route->row;

	open_key(api, op->method, '{');
	put_words(api, "tags", row->tags != NULL ||
	    op->route->scope->parent == NULL ? row->tags :
	    op->route->scope->app->name);
	stile__key_text(api->b, "summary", row->summary);
	stile__key_text(api->b, "description", row->description);
	stile__key_text(api->b, "operationId", op->id);
	put_parameters(api, op);
	put_request_body(api, op);
	openapi_put_responses(api, op);
	stile__key_true(api->b, "deprecated", row->deprecated);
	put_security(api, op->route);
	shut(api, "}");
}
