/* SPDX-License-Identifier: ISC */
/*
 * What an operation answers with: what its route says, and what the library
 * answers in front of its handler (OpenAPI 3.1, section 4.8.16).
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "codec/json.h"
#include "base/banned.h"

/* ---- problems: RFC 9457 --------------------------------------------- */

#define PROBLEM_PROPERTIES						\
	{ "type",       STILE_STRING, .required = true,			\
	    .description = "What kind of problem this is, as a URI." },	\
	{ "title",      STILE_STRING, .required = true },		\
	{ "status",     STILE_INTEGER, .required = true,		\
	    .min = 400, .max = 599 },					\
	{ "detail",     STILE_STRING,					\
	    .description = "What is wrong with this request." },	\
	{ "request_id", STILE_STRING,					\
	    .description = "What the log has about it." }

static const struct stile_schema	problem_properties[] = {
	PROBLEM_PROPERTIES, { 0 }
};
static const struct stile_schema	problem = {
	"Problem", STILE_OBJECT, .description = "RFC 9457.",
	.properties = problem_properties, .unknown = STILE_UNKNOWN_KEPT,
};

static const struct stile_schema	error_properties[] = {
	{ "in",        STILE_STRING, .choices = STILE_CHOICES("query", "path",
	    "form", "header", "cookie", "body"),
	    .description = "Not there for what is in no input." },
	{ "pointer",   STILE_STRING, .description =
	    "Where in the body, as a JSON Pointer (RFC 6901)." },
	{ "parameter", STILE_STRING, .description =
	    "Its name, where it is not in the body." },
	{ "field",     STILE_STRING, .description =
	    "Its name, where it is in no input." },
	{ "code",      STILE_STRING, .required = true },
	{ "detail",    STILE_STRING, .required = true },
	{ 0 }
};
static const struct stile_schema	error_schema = {
	.type = STILE_OBJECT, .properties = error_properties,
	.unknown = STILE_UNKNOWN_KEPT,
};
static const struct stile_schema	invalid_properties[] = {
	PROBLEM_PROPERTIES,
	{ "errors",     STILE_ARRAY, .required = true,
	    .items = &error_schema, .description = "All that is wrong." },
	{ 0 }
};
static const struct stile_schema	invalid = {
	"ValidationProblem", STILE_OBJECT,
	.description = "RFC 9457, and each thing that is wrong.",
	.properties = invalid_properties, .unknown = STILE_UNKNOWN_KEPT,
};

/* ---- what is usual -------------------------------------------------- */

static bool
has_body(const struct operation *op)
{
	return op->route->row->body != NULL;
}

static bool
has_input(const struct operation *op)
{
	return has_body(op) || op->route->row->params != NULL;
}

static bool
has_query(const struct operation *op)
{
	return has_input(op) || op->route->row->page != NULL;
}

static bool
has_path(const struct operation *op)
{
	return op->route->pattern.nparams > 0;
}

static bool
is_secured(const struct operation *op)
{
	return op->route->row->security != NULL ||
	    op->route->row->need != NULL;
}

static bool
always(const struct operation *op)
{
	(void)op;
	return true;
}

static const struct usual {
	const char	*status;
	bool		(*applies)(const struct operation *);
	const char	*name, *description;
	bool		 invalid;
} usual[] = {
	{ "400", has_query, "BadRequest", "The request cannot be read.",
	    false },
	{ "401", is_secured, "Unauthorized", "Who asks is not known.", false },
	{ "404", has_path, "NotFound", "There is nothing of this path.",
	    false },
	{ "413", has_body, "ContentTooLarge", "The body is too large.", false },
	{ "415", has_body, "UnsupportedMediaType",
	    "The body is of another type than it has to be.", false },
	{ "422", has_input, "UnprocessableContent",
	    "What was sent is not as declared.", true },
	{ "default", always, "Failure", "It has failed.", false },
};

/* ---- answers -------------------------------------------------------- */

static void
put_header(struct api *api, const char *name, const char *description,
    const char *schema)
{
	open_key(api, name, '{');
	stile__key_text(api->b, "description", description);
	stile__json_key(api->b, "schema");
	stile_buf_printf(api->b, "%s}", schema);
}

/* Those that the library sets, or that belong to the status. */
static void
put_headers(struct api *api, int status, const struct stile_page *page)
{
	if (status != 201 && page == NULL)
		return;
	open_key(api, "headers", '{');
	if (status == 201)
		put_header(api, "Location", "Where it is now.",
		    "{\"type\":\"string\",\"format\":\"uri-reference\"}");
	if (page != NULL)
		put_header(api, "Link", "The pages beside it (RFC 8288).",
		    "{\"type\":\"string\"}");
	if (page != NULL && page->total)
		put_header(api, "X-Total-Count", "How many items there are.",
		    "{\"type\":\"integer\",\"minimum\":0}");
	shut(api, "}");
}

static void
put_items(struct api *api, const struct stile_schema *item)
{
	static const struct stile_schema	any = { .type = STILE_OBJECT,
					    .unknown = STILE_UNKNOWN_IGNORED };

	shut(api, "{\"type\":\"array\",\"items\":");
	stile__schema_put(&api->d, item != NULL ? item : &any, false);
	shut(api, "}");
}

static void
put_page(struct api *api, const struct stile_page *page)
{
	static const char	link[] = "{\"type\":[\"string\",\"null\"],"
				    "\"format\":\"uri-reference\"}";

	if (page->bare) {
		put_items(api, page->as);
		return;
	}
	shut(api, "{\"type\":\"object\",\"properties\":{\"items\":");
	put_items(api, page->as);
	if (page->total)
		shut(api, ",\"total\":{\"type\":\"integer\",\"minimum\":0}");
	stile_buf_printf(api->b, ",\"previous\":%s,\"next\":%s}", link, link);
	stile_buf_printf(api->b, ",\"required\":[\"items\",%s"
	    "\"previous\",\"next\"]}", page->total ? "\"total\"," : "");
}

/* The application's own shape of a failure, where that is said. */
static const struct stile_schema *
own_failure(const struct api *api, int status)
{
	const struct stile_error_handler	*h;

	h = app_error_handler(router_scope_at(api->router, 0)->app, status);
	return h != NULL ? h->schema : NULL;
}

static const struct stile_schema *
schema_of(const struct api *api, const struct stile_response *row)
{
	if (row->schema != NULL || row->type != NULL || row->status < 400)
		return row->schema;
	return own_failure(api, row->status);
}

/* What one row of a route's table says of the content. */
static const char *
type_of(const struct api *api, const struct stile_response *row)
{
	if (row->type != NULL)
		return row->type;
	if (schema_of(api, row) != NULL)
		return "application/json";
	return row->status >= 400 ? "application/problem+json" : NULL;
}

static bool
starts_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

static void
put_content(struct api *api, const struct stile_response *row)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	static const struct stile_schema	text = { .type = STILE_STRING };
	const char				*type = type_of(api, row);
	const struct stile_schema		*s = schema_of(api, row);
	bool					 is_text;

	is_text = starts_with(type, "text/");
	open_key(api, type, '{');
	if (s != NULL || is_text ||
	    starts_with(type, "application/problem+json")) {
		stile__json_key(api->b, "schema");
		stile__schema_put(&api->d, s != NULL ? s : is_text ? &text :
		    row->status == 422 ? &invalid : &problem, false);
	}
	if (row->example != NULL) {
		stile__json_key(api->b, "example");
		stile__schema_write_text(api->b, is_text ? &text : &any,
		    row->example);
	}
	shut(api, "}");
}

/* All rows of a status: one answer of several types. */
static void
put_contents(struct api *api, const struct stile_response *rows, int status,
    const struct stile_page *page)
{
	bool	any = page != NULL;

	if (page != NULL) {
		open_key(api, "content", '{');
		open_key(api, "application/json", '{');
		stile__json_key(api->b, "schema");
		put_page(api, page);
		shut(api, "}");
	}
	for (; rows != NULL && rows->status != 0; rows++) {
		if (rows->status != status || type_of(api, rows) == NULL)
			continue;
		if (!any)
			open_key(api, "content", '{');
		any = true;
		put_content(api, rows);
	}
	shut(api, any ? "}" : "");
}

static void
put_answer(struct api *api, const struct stile_response *rows, int status,
    const char *description, const struct stile_page *page)
{
	char	key[16];

	snprintf(key, sizeof(key), "%d", status);
	open_key(api, key, '{');
	stile__key_text(api->b, "description", description != NULL ?
	    description : stile_status_phrase(status));
	put_headers(api, status, page);
	put_contents(api, rows, status, page);
	shut(api, "}");
}

static bool
has_status(const struct stile_response *rows, int status,
    const struct stile_response *end)
{
	for (; rows != NULL && rows != end && rows->status != 0; rows++)
		if (rows->status == status)
			return true;
	return false;
}

static bool
has_schema(const struct stile_response *rows, int status)
{
	for (; rows != NULL && rows->status != 0; rows++)
		if (rows->status == status && rows->schema != NULL)
			return true;
	return false;
}

static void
put_usual(struct api *api, const struct operation *op)
{
	const struct stile_response	*rows = op->route->row->responses;
	const struct usual		*u;

	for (u = usual; u < usual + NELEM(usual); u++) {
		if (!u->applies(op) || has_status(rows,
		    (int)strtol(u->status, NULL, 10), NULL))
			continue;
		api->usual |= 1u << (u - usual);
		open_key(api, u->status, '{');
		stile__json_key(api->b, "$ref");
		stile_buf_printf(api->b, "\"#/components/responses/%s\"}",
		    u->name);
	}
}

void
openapi_put_responses(struct api *api, const struct operation *op)
{
	const struct stile_response	*rows = op->route->row->responses, *r;
	const struct stile_page		*page = op->route->row->page;
	bool				 good = false;

	/* Whoever says it otherwise knows better. */
	if (has_schema(rows, 200))
		page = NULL;
	open_key(api, "responses", '{');
	for (r = rows; r != NULL && r->status != 0; r++) {
		if (has_status(rows, r->status, r))
			continue;
		good |= r->status < 400;
		put_answer(api, rows, r->status, r->description,
		    r->status == 200 ? page : NULL);
	}
	if (page != NULL && !has_status(rows, 200, NULL))
		put_answer(api, NULL, 200, "A page of the list.", page);
	else if (!good) {
		open_key(api, "2XX", '{');
		stile__key_text(api->b, "description", "It has worked.");
		shut(api, "}");
	}
	put_usual(api, op);
	shut(api, "}");
}

void
openapi_put_usual(struct api *api)
{
	const struct stile_schema	*own;
	const struct usual		*u;
	int				 status;

	for (u = usual; u < usual + NELEM(usual); u++) {
		if ((api->usual & 1u << (u - usual)) == 0)
			continue;
		open_key(api, u->name, '{');
		stile__key_text(api->b, "description", u->description);
		status = (int)strtol(u->status, NULL, 10);
		own = own_failure(api, status != 0 ? status : 500);
		stile_buf_printf(api->b, ",\"content\":{\"application/%s\":"
		    "{\"schema\":", own != NULL ? "json" : "problem+json");
		stile__schema_put(&api->d, own != NULL ? own :
		    u->invalid ? &invalid : &problem, false);
		shut(api, "}}}");
	}
}
