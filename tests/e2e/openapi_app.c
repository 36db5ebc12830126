/* SPDX-License-Identifier: ISC */
/*
 * Every construct that a document can be made of, for openapi.py.  Whatever is
 * sent to /check/... is answered with 204 if it is as declared.
 */
#include <stile.h>

static int
done(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

/* ---- schemas ---------------------------------------------------------- */

static const struct stile_schema scalar_properties[] = {
	{ "any", STILE_ANY, .example = "[1,null]" },
	{ "text", STILE_STRING, .min = 2, .max = 5, .required = true,
	    .title = "A text", .description = "Of some letters.",
	    .example = "abc" },
	{ "longer", STILE_STRING, .min = 3 },
	{ "color", STILE_STRING, .nullable = true,
	    .choices = STILE_CHOICES("red", "green"), .absent = "red" },
	{ "code", STILE_STRING, .pattern = "^[A-Z]{3}\\d$" },
	{ "count", STILE_INTEGER, .min = 1, .max = 10,
	    .exclusive_max = true, .multiple_of = 3, .absent = "3" },
	{ "big", STILE_INTEGER, .max = INT64_MAX },
	{ "below", STILE_INTEGER, .min = -5, .exclusive_min = true },
	{ "ratio", STILE_NUMBER, .low = 0.5, .high = 2,
	    .exclusive_min = true, .absent = "1.5" },
	{ "tenth", STILE_NUMBER, .multiple_of = 0.1, .nullable = true },
	{ "on", STILE_BOOLEAN, .absent = "true" },
	{ "day", STILE_DATE, .example = "2026-11-22" },
	{ "at", STILE_DATE_TIME, .example = "2026-11-22T10:00:00Z" },
	{ "time", STILE_TIME_OF_DAY, .example = "10:00:00Z" },
	{ "length", STILE_DURATION, .example = "PT1H30M" },
	{ "mail", STILE_EMAIL, .example = "a@example.org" },
	{ "link", STILE_URI, .example = "https://example.org/" },
	{ "uuid", STILE_UUID,
	    .example = "6ba7b810-9dad-11d1-80b4-00c04fd430c8" },
	{ "slug", STILE_SLUG, .pattern = "^[a-z]", .example = "a-slug" },
	{ "bytes", STILE_BINARY, .min = 1, .max = 4, .example = "aGk=" },
	{ "id", STILE_INTEGER, .read_only = true, .required = true },
	{ "secret", STILE_STRING, .write_only = true },
	{ "hidden", STILE_STRING, .need = "admin", .required = true },
	{ "old", STILE_STRING, .deprecated = true },
	{ 0 }
};
static const struct stile_schema scalars = {
	"Scalars", STILE_OBJECT, .title = "Scalars",
	.properties = scalar_properties,
};

static const struct stile_schema word = {
	"Word", STILE_STRING, .min = 1, .max = 3,
};
static const struct stile_schema number = { .type = STILE_INTEGER };
static const struct stile_schema list_properties[] = {
	{ "words", STILE_ARRAY, .items = &word, .min = 1, .max = 3,
	    .unique = true, .required = true, .example = "[\"a\",\"b\"]" },
	{ "numbers", STILE_ARRAY, .items = &number, .absent = "[1,2]" },
	{ "map", STILE_MAP, .items = &number, .min = 1, .max = 2 },
	{ "free", .type = STILE_MAP },
	{ 0 }
};
static const struct stile_schema lists = {
	"Lists", STILE_OBJECT, .properties = list_properties,
	.unknown = STILE_UNKNOWN_IGNORED,
};

/* It refers to itself, and so does one without a name. */
extern const struct stile_schema node, chain;
static const struct stile_schema node_properties[] = {
	{ "value", .ref = &word, .required = true,
	    .description = "What is here." },
	{ "left", .ref = &node, .nullable = true },
	{ "more", STILE_ARRAY, .items = &node },
	{ "chain", .ref = &chain },
	{ 0 }
};
const struct stile_schema node = {
	"Node", STILE_OBJECT, .properties = node_properties,
	.unknown = STILE_UNKNOWN_KEPT,
};
static const struct stile_schema chain_properties[] = {
	{ "next", .ref = &chain },
	{ 0 }
};
const struct stile_schema chain = {
	.type = STILE_OBJECT, .properties = chain_properties,
};

static const struct stile_schema cat_properties[] = {
	{ "lives", STILE_INTEGER, .min = 0, .max = 9, .required = true },
	{ 0 }
};
static const struct stile_schema cat = {
	"Cat", STILE_OBJECT, .properties = cat_properties,
};
static const struct stile_schema dog_properties[] = {
	{ "kind", STILE_STRING, .required = true,
	    .description = "Which of them it is." },
	{ "barks", .type = STILE_BOOLEAN },
	{ 0 }
};
static const struct stile_schema pet = {
	"Pet", STILE_ONE_OF, .discriminator = "kind",
	.one_of = STILE_SCHEMAS(
	    &(const struct stile_schema){ "cat", .ref = &cat },
	    &(const struct stile_schema){ "dog", STILE_OBJECT,
		.properties = dog_properties }),
};
static const struct stile_schema home_properties[] = {
	{ "pet", .ref = &pet, .required = true },
	{ "guest", .ref = &pet, .nullable = true },
	{ "cats", STILE_ARRAY, .items = &cat },
	{ "place", STILE_OBJECT, .properties = cat_properties },
	{ 0 }
};
static const struct stile_schema home = {
	"Home", STILE_OBJECT, .properties = home_properties,
};

static const struct stile_schema upload_properties[] = {
	{ "title", STILE_STRING, .required = true },
	{ "file", STILE_FILE, .max = 1000, .required = true },
	{ "more", STILE_ARRAY, .items =
	    &(const struct stile_schema){ .type = STILE_FILE } },
	{ 0 }
};
static const struct stile_schema upload = {
	"Upload", STILE_OBJECT, .properties = upload_properties,
};

/* ---- parameters --------------------------------------------------------- */

static const struct stile_schema filter_rows[] = {
	{ "id", STILE_INTEGER, .in = STILE_IN_PATH, .min = 1, .max = 99,
	    .description = "Its number." },
	{ "tag", STILE_ARRAY, .in = STILE_IN_QUERY, .items = &word },
	{ "order", STILE_STRING, .in = STILE_IN_QUERY, .absent = "up",
	    .choices = STILE_CHOICES("up", "down") },
	{ "since", STILE_DATE, .in = STILE_IN_QUERY, .required = true,
	    .deprecated = true, .example = "2026-11-22" },
	{ "X-Trace", STILE_UUID, .in = STILE_IN_HEADER },
	{ "theme", STILE_STRING, .in = STILE_IN_COOKIE },
	{ 0 }
};
static const struct stile_schema filter = {
	.type = STILE_OBJECT, .properties = filter_rows,
};
static const struct stile_schema field_rows[] = {
	{ "name", STILE_STRING, .in = STILE_IN_FORM, .required = true },
	{ 0 }
};
static const struct stile_schema fields = {
	.type = STILE_OBJECT, .properties = field_rows,
};

static const struct stile_page pages[] = {
	{ .sql = "SELECT 1 AS lives", .key = "lives", .total = true,
	    .as = &cat },
	{ .sql = "SELECT 1 AS one", .limit = 5, .limit_max = 7,
	    .bare = true },
};

/* ---- applications ------------------------------------------------------- */

/* Its schema has a name that is taken. */
static const struct stile_schema other_cat = {
	"Cat", STILE_OBJECT, .properties = dog_properties,
};
static const struct stile_route inner_routes[] = {
	{ "GET", "/{id:int}", done, .name = "cat", .responses =
	    STILE_RESPONSES({ 200, &other_cat, NULL, NULL, NULL }),
	    .tags = "inner things", .summary = "A cat" },
	{ "*", "/any/{rest:path}", done, .operation = "take any",
	    .summary = "Anything" },
	{ "POST", "/any/{of_it:str}", done, .summary = "A part of it" },
	{ 0 }
};
static const struct stile_app inner = {
	.name = "inner", .routes = inner_routes,
	.tags = (const struct stile_tag[]){
	    { "inner", "What is inside." }, { "things", "Not this one." },
	    { 0 } },
};

#define CHECK(path, schema)						\
	{ "POST", path, done, .body = (schema), .summary = "Check it",	\
	    .responses = STILE_RESPONSES({ 204, NULL, "It is right.",	\
	    NULL, NULL }) }

static const struct stile_route routes[] = {
	{ "GET", "/openapi.json", stile_openapi, .name = "openapi" },
	{ "GET", "/docs", stile_docs, .name = "docs" },
	{ "GET", "/secret", done, .hidden = true },
	{ "PROPFIND", "/secret", done, .name = NULL },
	CHECK("/check/Scalars", &scalars),
	CHECK("/check/Lists", &lists),
	CHECK("/check/Node", &node),
	CHECK("/check/Home", &home),
	CHECK("/check/Pet", &pet),
	{ "PATCH", "/check/Home", done, .body = &home,
	    .summary = "Check a patch" },
	{ "PATCH", "/check/Scalars", done, .body = &scalars,
	    .summary = "Check a patch" },
	{ "PATCH", "/check/Lists", done, .body = &lists,
	    .summary = "Check a patch" },
	{ "GET", "/things/{id:int}", done, .params = &filter,
	    .tags = "things", .operation = "findThing",
	    .summary = "Find one", .description = "By *all* of it.",
	    .deprecated = true, .security = "token session",
	    .responses = STILE_RESPONSES(
	    { 200, &cat, "The cat.", NULL, "{\"lives\":7}" },
	    { 200, NULL, NULL, "text/plain", "Seven lives." },
	    { 200, NULL, NULL, "image/png", NULL },
	    { 410, NULL, "It was there.", NULL, NULL }) },
	{ "PUT", "/things/{key:uuid}", done, .security = "key",
	    .summary = "Put one" },
	{ "GET", "/things/{slug:slug}", done, .security = "id",
	    .summary = "Another one" },
	{ "GET", "/list", done, .page = &pages[0], .summary = "Pages" },
	{ "GET", "/bare", done, .page = &pages[1], .responses =
	    STILE_RESPONSES({ 200, NULL, "Some.", NULL, NULL }),
	    .summary = "Bare pages" },
	{ "POST", "/upload", done, .body = &upload, .summary = "Send a file",
	    .body_type = STILE_BODY_FORM },
	{ "POST", "/both", done, .body = &lists, .name = "both",
	    .summary = "Either",
	    .body_type = STILE_BODY_JSON_OR_FORM },
	{ "POST", "/fields", done, .params = &fields, .summary = "A form" },
	{ "GET", "/a b/{x}.json", done, .summary = "Odd characters" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "everything", .version = "2.0-rc1",
	.summary = "all that there is", .description = "With *Markdown*.",
	.routes = routes,
	.mounts = (const struct stile_mount[]){
	    { "/inner", &inner }, { "/again", &inner }, { 0 } },
	.tags = (const struct stile_tag[]){
	    { "things", "What is here." }, { 0 } },
	.security = (const struct stile_security[]){
	    { "token", "http", "bearer", 0, "From the office." },
	    { "session", "apiKey", "session", STILE_IN_COOKIE, NULL },
	    { "key", "apiKey", "X-Key", STILE_IN_HEADER, NULL },
	    { "id", "openIdConnect", "https://example.org/id", 0, NULL },
	    { 0 } },
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
