/* SPDX-License-Identifier: ISC */
/* lib/app/openapi*.c: what becomes of the tables of an application. */
#include "answer.h"

#include "stile/docs.h"
#include "stile/openapi.h"
#include "app/openapi.h"
#include "app/site.h"

static int
done(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

/* ---- documents ----------------------------------------------------------- */

static struct json_object *
document(const struct stile_app *app)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct stile_site	 site = { .app = app };
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	struct json_object	*j;
	struct openapi		 doc;

	cr_assert_eq(router_new(a, app, &site.router, &e), STILE_OK, "%s",
	    e.detail);
	cr_assert_eq(openapi_make(a, &site, &doc, &e), STILE_OK, "%s",
	    e.detail);
	openapi_write(b, &doc, STR(""));
	j = json_tokener_parse(stile_buf_view(b).p);
	cr_assert(j != NULL, "%s", stile_buf_view(b).p);
	stile_arena_free(a);
	return j;
}

/* A document of some routes alone; the array lives as long as the block. */
#define DOCUMENT(...)							\
	document(&(const struct stile_app){ .name = "shop",		\
	    .routes = (const struct stile_route[]){ __VA_ARGS__, { 0 } } })

/* What is at a JSON Pointer, as JSON; NULL for nothing. */
static void
expect_at(struct json_object *doc, const char *pointer, const char *want)
{
	struct json_object	*j = NULL;
	const char		*got = NULL;

	if (json_pointer_get(doc, pointer, &j) == 0)
		got = json_object_to_json_string_ext(j,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	EXPECT_STR(got, want, "%s", pointer);
}

/* The names of the members there, with blanks between them. */
static void
expect_keys(struct json_object *doc, const char *pointer, const char *want)
{
	struct json_object	*j = NULL;
	char			 got[1024] = "";

	if (json_pointer_get(doc, pointer, &j) == 0) {
		json_object_object_foreach(j, name, value) {
			(void)value;
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s%s", *got != '\0' ? " " : "", name);
		}
	}
	EXPECT_STR(got, want, "%s", pointer);
}

static const struct stile_app	outlined = {
	.name = "shop", .version = "2", .summary = "sells",
	.description = "All of *it*.",
	.routes = (const struct stile_route[]){
	    { "GET", "/", done, .name = NULL }, { 0 } },
	.tags = (const struct stile_tag[]){ { "a", "b" }, { 0 } },
};

Test(openapi, outline)
{
	struct json_object	*j = document(&outlined);

	expect_keys(j, "", "openapi info servers tags security paths "
	    "components");
	expect_at(j, "/openapi", "\"3.1.1\"");
	expect_at(j, "/info", "{\"title\":\"shop\",\"summary\":\"sells\","
	    "\"description\":\"All of *it*.\",\"version\":\"2\"}");
	expect_at(j, "/servers", "[{\"url\":\"/\"}]");
	expect_at(j, "/tags", "[{\"name\":\"a\",\"description\":\"b\"}]");
	expect_at(j, "/paths", "{\"/\":{\"get\":{\"operationId\":\"get\","
	    "\"responses\":{\"2XX\":{\"description\":\"It has worked.\"},"
	    "\"default\":{\"$ref\":\"#/components/responses/Failure\"}}}}}");
	expect_keys(j, "/components/schemas", "Problem");
	json_object_put(j);
}

Test(openapi, paths)
{
	struct json_object	*j = DOCUMENT(
	    { "GET", "/a b/{id:int}.json", done, .name = NULL },
	    { "GET", "/{x:int}", done, .name = "one" },
	    { "GET", "/{y:uuid}", done, .name = "two" },
	    { "PUT", "/{y:uuid}", done, .name = "two" },
	    { "GET", "/{x:int}/", done, .name = "slash" },
	    { "GET", "/files/{p:path}", done, .name = NULL },
	    { "GET", "/hidden", done, .hidden = true },
	    { "LINK", "/", done, .name = NULL },
	    { "GET", "/openapi.json", stile_openapi, .name = NULL },
	    { "GET", "/docs", stile_docs, .name = NULL });

	expect_keys(j, "/paths", "/a%20b/{id}.json /{x} /{x}/ /files/{p}");
	expect_keys(j, "/paths/~1{x}", "get put");
	expect_at(j, "/paths/~1{x}/get/operationId", "\"getOne\"");
	expect_at(j, "/paths/~1{x}/put/parameters", "[{\"name\":\"x\","
	    "\"in\":\"path\",\"required\":true,"
	    "\"schema\":{\"type\":\"string\",\"format\":\"uuid\"}}]");
	expect_at(j, "/paths/~1{x}/get/parameters/0/schema",
	    "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0}");
	expect_at(j, "/paths/~1files~1{p}/get/parameters/0/schema",
	    "{\"type\":\"string\"}");
	json_object_put(j);
}

Test(openapi, ids)
{
	struct json_object	*j = DOCUMENT(
	    { "GET", "/a", done, .name = "thing" },
	    { "GET", "/b", done, .operation = "getThing" },
	    { "GET", "/c", done, .name = "thing-" },
	    { "GET", "/d-e/{id}/x", done, .name = NULL },
	    { "*", "/any", done, .name = "any" },
	    { "POST", "/any", done, .operation = "add" });

	expect_at(j, "/paths/~1a/get/operationId", "\"getThing2\"");
	expect_at(j, "/paths/~1b/get/operationId", "\"getThing\"");
	expect_at(j, "/paths/~1c/get/operationId", "\"getThing3\"");
	expect_at(j, "/paths/~1d-e~1{id}~1x/get/operationId",
	    "\"getDEIdX\"");
	expect_keys(j, "/paths/~1any", "post get put delete patch");
	expect_at(j, "/paths/~1any/post/operationId", "\"add\"");
	expect_at(j, "/paths/~1any/delete/operationId", "\"deleteAny\"");
	json_object_put(j);
}

static const struct stile_app	blog = {
	.name = "blog", .routes = (const struct stile_route[]){
	    { "GET", "/{id}", done, .name = "post" }, { 0 } },
	.tags = (const struct stile_tag[]){ { "a", "no" },
	    { "c", NULL }, { 0 } },
	.security = (const struct stile_security[]){
	    { "key", "apiKey", "X-Key", STILE_IN_HEADER, NULL },
	    { "token", "http", "basic", 0, NULL }, { 0 } },
};
static const struct stile_app	mounting = {
	.name = "shop",
	.mounts = (const struct stile_mount[]){ { "/blog", &blog },
	    { 0 } },
	.tags = (const struct stile_tag[]){ { "a", "b" }, { 0 } },
	.security = (const struct stile_security[]){
	    { "token", "http", "bearer", 0, "By post." }, { 0 } },
};

Test(openapi, mounts)
{
	struct json_object	*j = document(&mounting);

	expect_at(j, "/paths/~1blog~1{id}/get/operationId",
	    "\"getBlogPost\"");
	expect_at(j, "/tags", "[{\"name\":\"a\",\"description\":\"b\"},"
	    "{\"name\":\"c\"}]");
	expect_at(j, "/components/securitySchemes", "{\"token\":{"
	    "\"type\":\"http\",\"description\":\"By post.\","
	    "\"scheme\":\"bearer\"},\"key\":{\"type\":\"apiKey\","
	    "\"name\":\"X-Key\",\"in\":\"header\"}}");
	json_object_put(j);
}

/* ---- operations --------------------------------------------------------------- */

static const struct stile_schema	rows[] = {
	{ "id", STILE_INTEGER, .in = STILE_IN_PATH, .max = 9,
	    .description = "Its number." },
	{ "q", STILE_STRING, .in = STILE_IN_QUERY, .required = true,
	    .deprecated = true, .description = "Words." },
	{ "n", STILE_INTEGER, .in = STILE_IN_QUERY, .required = true,
	    .absent = "5" },
	{ "X-A", STILE_STRING, .in = STILE_IN_HEADER },
	{ "c", STILE_STRING, .in = STILE_IN_COOKIE },
	{ "f", STILE_STRING, .in = STILE_IN_FORM },
	{ 0 }
};
static const struct stile_schema	params = { .properties = rows };

Test(openapi, parameters)
{
	struct json_object	*j = DOCUMENT({ "POST", "/{id:int}", done,
				    .params = &params });

	expect_at(j, "/paths/~1{id}/post/parameters", "["
	    "{\"name\":\"id\",\"in\":\"path\",\"description\":\"Its number."
	    "\",\"required\":true,\"schema\":{\"type\":\"integer\","
	    "\"format\":\"int64\",\"minimum\":0,\"maximum\":9}},"
	    "{\"name\":\"q\",\"in\":\"query\",\"description\":\"Words.\","
	    "\"required\":true,\"deprecated\":true,"
	    "\"schema\":{\"type\":\"string\"}},"
	    "{\"name\":\"n\",\"in\":\"query\",\"schema\":{\"type\":"
	    "\"integer\",\"format\":\"int64\",\"default\":5}},"
	    "{\"name\":\"X-A\",\"in\":\"header\",\"schema\":"
	    "{\"type\":\"string\"}},"
	    "{\"name\":\"c\",\"in\":\"cookie\",\"schema\":"
	    "{\"type\":\"string\"}}]");
	expect_at(j, "/paths/~1{id}/post/requestBody/content", "{"
	    "\"application/x-www-form-urlencoded\":{\"schema\":{\"type\":"
	    "\"object\",\"properties\":{\"f\":{\"type\":\"string\"}}}}}");
	expect_keys(j, "/paths/~1{id}/post/responses",
	    "2XX 400 404 422 default");
	json_object_put(j);
}

static const struct stile_schema	item_rows[] = {
	{ "id", STILE_INTEGER, .read_only = true, .required = true },
	{ "name", STILE_STRING, .required = true },
	{ "note", STILE_STRING, .absent = "none" },
	{ 0 }
};
static const struct stile_schema	item = {
	"Item", STILE_OBJECT, .properties = item_rows,
};
static const struct stile_schema	file_rows[] = {
	{ "file", STILE_FILE, .max = 10 }, { 0 }
};
static const struct stile_schema	with_file = {
	.type = STILE_OBJECT, .properties = file_rows,
};

#define REF(name)	"{\"$ref\":\"#/components/" name "\"}"

Test(openapi, bodies)
{
	struct json_object	*j = DOCUMENT(
	    { "PATCH", "/", done, .body = &item },
	    { "POST", "/", done, .body = &item,
		.body_type = STILE_BODY_JSON_OR_FORM },
	    { "PUT", "/", done, .body = &with_file,
		.body_type = STILE_BODY_FORM });

	expect_at(j, "/paths/~1/patch/requestBody", "{\"required\":true,"
	    "\"content\":{\"application/json\":{\"schema\":"
	    REF("schemas/ItemPatch") "},\"application/merge-patch+json\":"
	    "{\"schema\":" REF("schemas/ItemPatch") "}}}");
	expect_keys(j, "/paths/~1/post/requestBody/content",
	    "application/json application/x-www-form-urlencoded");
	expect_at(j, "/paths/~1/put/requestBody/content", "{"
	    "\"multipart/form-data\":{\"schema\":{\"type\":\"object\","
	    "\"properties\":{\"file\":{\"contentMediaType\":"
	    "\"application/octet-stream\",\"maxLength\":10}},"
	    "\"additionalProperties\":false}}}");
	expect_keys(j, "/paths/~1/patch/responses",
	    "2XX 400 413 415 422 default");
	expect_at(j, "/components/schemas/ItemPatch", "{\"type\":\"object\","
	    "\"properties\":{\"id\":{\"type\":\"integer\",\"format\":"
	    "\"int64\",\"readOnly\":true},\"name\":{\"type\":\"string\"},"
	    "\"note\":{\"type\":[\"string\",\"null\"]}},"
	    "\"additionalProperties\":false}");
	expect_at(j, "/components/schemas/Item/required",
	    "[\"id\",\"name\"]");
	expect_at(j, "/components/responses/UnprocessableContent/content/"
	    "application~1problem+json/schema",
	    REF("schemas/ValidationProblem"));
	json_object_put(j);
}

Test(openapi, answers)
{
	struct json_object	*j = DOCUMENT({ "GET", "/", done,
	    .tags = " a  b ", .security = "token key", .deprecated = true,
	    .responses = STILE_RESPONSES(
		{ 200, &item, "It.", NULL, "{\"id\":1,\"name\":\"x\"}" },
		{ 200, NULL, "Not said.", "text/plain", "it" },
		{ 201, NULL, NULL, "image/png", NULL },
		{ 401, NULL, "Who?", NULL, NULL },
		{ 422, NULL, NULL, NULL, NULL }) });

	expect_at(j, "/paths/~1/get/responses/200", "{\"description\":"
	    "\"It.\",\"content\":{\"application/json\":{\"schema\":"
	    REF("schemas/Item") ",\"example\":{\"id\":1,\"name\":\"x\"}},"
	    "\"text/plain\":{\"schema\":{\"type\":\"string\"},"
	    "\"example\":\"it\"}}}");
	expect_at(j, "/paths/~1/get/responses/201", "{\"description\":"
	    "\"Created\",\"headers\":{\"Location\":{\"description\":"
	    "\"Where it is now.\",\"schema\":{\"type\":\"string\","
	    "\"format\":\"uri-reference\"}}},\"content\":"
	    "{\"image/png\":{}}}");
	expect_at(j, "/paths/~1/get/responses/401", "{\"description\":"
	    "\"Who?\",\"content\":{\"application/problem+json\":{\"schema\":"
	    REF("schemas/Problem") "}}}");
	expect_at(j, "/paths/~1/get/responses/422/content/"
	    "application~1problem+json/schema",
	    REF("schemas/ValidationProblem"));
	expect_at(j, "/paths/~1/get/tags", "[\"a\",\"b\"]");
	expect_at(j, "/paths/~1/get/security",
	    "[{\"token\":[]},{\"key\":[]}]");
	expect_at(j, "/paths/~1/get/deprecated", "true");
	json_object_put(j);
}

Test(openapi, pages)
{
	static const struct stile_page	by_key = {
		.sql = "", .key = "id", .total = true, .as = &item,
		.limit = 3, .limit_max = 4,
	}, bare = { .sql = "", .bare = true };
	struct json_object	*j = DOCUMENT(
	    { "GET", "/a", done, .page = &by_key },
	    { "GET", "/b", done, .page = &bare, .responses =
		STILE_RESPONSES({ 200, NULL, "Some.", NULL, NULL }) });

	expect_at(j, "/paths/~1a/get/parameters/0/schema",
	    "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,"
	    "\"maximum\":4,\"default\":3}");
	expect_at(j, "/paths/~1a/get/parameters/1/name", "\"after\"");
	expect_at(j, "/paths/~1a/get/parameters/2/name", "\"before\"");
	expect_keys(j, "/paths/~1a/get/responses/200/headers",
	    "Link X-Total-Count");
	expect_at(j, "/paths/~1a/get/responses/200/content/"
	    "application~1json/schema/properties/items",
	    "{\"type\":\"array\",\"items\":" REF("schemas/Item") "}");
	expect_at(j, "/paths/~1a/get/responses/200/content/"
	    "application~1json/schema/required",
	    "[\"items\",\"total\",\"previous\",\"next\"]");
	expect_at(j, "/paths/~1b/get/parameters/0/schema/maximum", "100");
	expect_at(j, "/paths/~1b/get/parameters/1/name", "\"offset\"");
	expect_at(j, "/paths/~1b/get/parameters/2", NULL);
	expect_at(j, "/paths/~1b/get/responses/200", "{\"description\":"
	    "\"Some.\",\"headers\":{\"Link\":{\"description\":"
	    "\"The pages beside it (RFC 8288).\",\"schema\":{\"type\":"
	    "\"string\"}}},\"content\":{\"application/json\":{\"schema\":"
	    "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}}");
	json_object_put(j);
}

/* ---- the handler ----------------------------------------------------------------- */

static const struct stile_route	served_routes[] = {
	ROUTE("GET", "/openapi.json", stile_openapi),
	{ "PATCH", "/{id}", done, .body = &item, .params = &params },
	{ 0 }
};
static const struct stile_app	served = {
	.name = "shop", .routes = served_routes,
};

Test(openapi, answer)
{
	struct stile_client		*c = CLIENT(&served);
	const struct stile_answer	*a;
	struct json_object		*j;
	char				*tag;

	a = stile_client_get(c, "/openapi.json");
	cr_assert_eq(stile_answer_status(a), 200);
	EXPECT_HEADER(a, "Content-Type", "application/json", "type");
	EXPECT_HEADER(a, "Cache-Control", "no-cache", "caching");
	j = json_tokener_parse(body_of(a));
	expect_at(j, "/servers", "[{\"url\":\"/\"}]");
	expect_keys(j, "/paths", "/{id}");
	json_object_put(j);
	tag = strdup(stile_answer_header(a, "ETag"));
	a = get_with(c, "/openapi.json", "If-None-Match", tag);
	EXPECT_ANSWER(a, 304, "", "known");
	free(tag);
	a = send_to(c, "HEAD", "/openapi.json");
	EXPECT_ANSWER(a, 200, "", "HEAD");
	stile_client_free(c);
}

Test(openapi, prefix)
{
	struct stile_client		*c = CLIENT(&served, "prefix=/api",);
	const struct stile_answer	*a;
	struct json_object		*j;

	a = stile_client_get(c, "/api/openapi.json");
	cr_assert_eq(stile_answer_status(a), 200);
	j = json_tokener_parse(body_of(a));
	expect_at(j, "/servers", "[{\"url\":\"/api\"}]");
	expect_keys(j, "/paths", "/{id}");
	json_object_put(j);
	stile_client_free(c);
}

static const struct stile_site	*torn;

static enum stile_err
make(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct openapi		 doc;
	enum stile_err		 rc = STILE_ENOMEM;

	if (a != NULL)
		rc = openapi_make(a, torn, &doc, &e);
	stile_arena_free(a);
	return rc;
}

Test(openapi, memory)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_site	 site = { .app = &served };
	struct stile_error	 e = { 0 };

	cr_assert_eq(router_new(a, &served, &site.router, &e), STILE_OK);
	torn = &site;
	cr_expect_gt(torture(make), ALLOCATIONS(10));
	stile_arena_free(a);
}

/* A document that could not be made is made by the next request. */
Test(openapi, memory_of_requests)
{
	struct stile_client		*c;
	const struct stile_answer	*a;
	long				 n;

	for (n = 1; n < 60; n++) {
		c = CLIENT(&served);
		stile__fail_after = n;
		a = stile_client_get(c, "/openapi.json");
		stile__fail_after = 0;
		cr_expect(a == NULL || stile_answer_status(a) == 200 ||
		    stile_answer_status(a) == 0 ||	/* not even that */
		    stile_answer_status(a) >= 500, "%ld: %d", n,
		    stile_answer_status(a));
		a = stile_client_get(c, "/openapi.json");
		cr_expect_eq(stile_answer_status(a), 200, "%ld", n);
		stile_client_free(c);
	}
}
