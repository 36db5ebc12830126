/* SPDX-License-Identifier: ISC */
/*
 * docs_app: an API for the reference page to show and to call; only the tests
 * use it.  What the documents say comes from the folder in DOCS_DIR: the page
 * below /big shows big.json, and so on.
 */
#include <stdlib.h>
#include <string.h>

#include <stile.h>

static const char	*documents;

/* "/big/openapi.json" is big.json, "/openapi.json" is openapi.json. */
static int
send_document(struct stile_req *r)
{
	const char	*route = stile_req_route(r) + 1;
	size_t		 n = strcspn(route, "/.");

	return stile_send_file(r, stile_arena_printf(stile_req_arena(r),
	    "%s/%.*s.json", documents, (int)n, route), NULL);
}

/* ---- notes -------------------------------------------------------------- */

static int
list_notes(struct stile_req *r)
{
	static const char	notes[] = "[{\"id\":9007199254740993,"
	    "\"title\":\"<script>ran = true</script>\",\"tags\":[],\"more\":{}},"
	    "{\"id\":2,\"title\":\"say \\\"a, b: [c]\\\"\",\"size\":1.50}]";

	stile_header_set(r, "X-Total", "2");
	return stile_send_static(r, 200, "application/json", notes,
	    sizeof(notes) - 1);
}

/* Said back as it came. */
static int
add_note(struct stile_req *r)
{
	struct stile_str	body = stile_body(r);

	if (stile_member_text(r, stile_json(r), "title", 1, 50) == NULL)
		return STILE_EFAILED;
	stile_header_set(r, "Location", "/api/notes/3");
	return stile_send(r, 201, "application/json", body.p, body.len);
}

static int
remove_note(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

/* ---- what was asked ----------------------------------------------------- */

static int
echo(struct stile_req *r)
{
	struct stile_str	body = stile_body(r);

	return stile_send_object(r, 200, STILE_ARGS(
	    "method", stile_req_method(r),
	    "path", stile_req_path(r),
	    "query", stile_req_query(r),
	    "accept", stile_header(r, "Accept"),
	    "type", stile_header(r, "Content-Type"),
	    "authorization", stile_header(r, "Authorization"),
	    "cookie", stile_header(r, "Cookie"),
	    "token", stile_header(r, "X-Token"),
	    "list", stile_header(r, "X-List"),
	    "body", body.p != NULL ? stile_arena_dup(stile_req_arena(r),
	    body) : NULL));
}

static int
show_form(struct stile_req *r)
{
	struct stile_upload		*u = stile_upload(r, "file");
	const struct stile_table	*t = stile_form_table(r);
	struct stile_str		 name, value;
	const char			*all = "";
	size_t				 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++)
		all = stile_arena_printf(stile_req_arena(r), "%s%.*s=%.*s;",
		    all, STILE_STR_ARG(name), STILE_STR_ARG(value));
	return stile_send_object(r, 200, STILE_ARGS(
	    "fields", all,
	    "file", u != NULL ? stile_upload_filename(u) : NULL,
	    "type", u != NULL ? stile_upload_type(u) : NULL,
	    "content", stile_upload_bytes(r, u, 1000)));
}

/* ---- other answers ------------------------------------------------------ */

static int
send_picture(struct stile_req *r)
{
	static const unsigned char	png[] = {
		0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00,
		0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01,
		0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90,
		0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41,
		0x54, 0x78, 0x9c, 0x63, 0xe0, 0x8e, 0x59, 0x0b, 0x00, 0x01,
		0x8a, 0x01, 0x15, 0x01, 0xf2, 0xab, 0xd8, 0x00, 0x00, 0x00,
		0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
	};

	return stile_send_static(r, 200, "image/png", png, sizeof(png));
}

static int
send_events(struct stile_req *r)
{
	struct stile_event	ev = { .data = "one" };

	stile_begin_events(r);
	stile_event(r, &ev);
	ev.data = "two";
	stile_event(r, &ev);
	return stile_failed(r);
}

static int
fail(struct stile_req *r)
{
	return stile_fail(r, 409, "it is another one by now");
}

/* ---- the program -------------------------------------------------------- */

static const struct stile_route api_routes[] = {
	{ "GET",    "/notes",            list_notes,   .name = "list" },
	{ "POST",   "/notes",            add_note,     .name = "add" },
	{ "DELETE", "/notes/{id:int}",   remove_note,  .name = "remove" },
	{ "POST",   "/forms",            show_form,    .name = "form" },
	{ "GET",    "/picture",          send_picture, .name = "picture" },
	{ "GET",    "/events",           send_events,  .name = "events" },
	{ "PUT",    "/conflict",         fail,         .name = "conflict" },
	{ "*",      "/echo/{rest:path}", echo,         .name = "echo" },
	{ 0 }
};

static const struct stile_app api = { .name = "api", .routes = api_routes };

/* The document is beside the page. */
static const struct stile_route beside_routes[] = {
	{ "GET", "/docs",         stile_docs,    .name = "docs" },
	{ "GET", "/openapi.json", send_document, .name = "document" },
	{ 0 }
};

static const struct stile_app big = { .name = "big", .routes = beside_routes };
static const struct stile_app text = { .name = "text",
	.routes = beside_routes };
static const struct stile_app other = { .name = "other",
	.routes = beside_routes };
static const struct stile_app odd = { .name = "odd", .routes = beside_routes };
static const struct stile_app styles = { .name = "styles",
	.routes = beside_routes };

/* It is anywhere, by its name; also for what is mounted. */
static const struct stile_route page_routes[] = {
	{ "GET", "/docs", stile_docs, .name = "docs" },
	{ 0 }
};

static const struct stile_app inner = { .name = "inner",
	.routes = page_routes };

static const struct stile_mount inner_mounts[] = { { "/in", &inner }, { 0 } };

static const struct stile_route named_routes[] = {
	{ "GET", "/about/docs",   stile_docs,    .name = "docs" },
	{ "GET", "/api document", send_document, .name = "openapi" },
	{ 0 }
};

static const struct stile_app named = { .name = "named",
	.routes = named_routes, .mounts = inner_mounts };

/* And here is none. */
static const struct stile_app alone = { .name = "alone",
	.routes = page_routes };

static const struct stile_mount mounts[] = {
	{ "/api", &api }, { "/big", &big }, { "/text", &text },
	{ "/other", &other }, { "/odd", &odd }, { "/styles", &styles },
	{ "/named", &named }, { "/alone", &alone }, { 0 }
};

static const struct stile_app app = { .name = "docs", .routes = beside_routes,
	.mounts = mounts };

int
main(int argc, char **argv)
{
	documents = getenv("DOCS_DIR");
	return stile_main(&app, argc, argv);
}
