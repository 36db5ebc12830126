/* SPDX-License-Identifier: ISC */
/*
 * browser_app: what a browser is to be seen with; only the tests use it.
 *
 * Pages and cookies are for the origin itself; /api is for the origins that the
 * variable BROWSER_ORIGINS lists, and /any for all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <stile.h>

#define PAGE_MAX	65536

/* ---- pages -------------------------------------------------------------- */

/* What came as text is put in as it is, which no page should do. */
static int
show_page(struct stile_req *r)
{
	const char		*nonce = stile_csp_nonce(r);
	const char		*text = stile_query(r, "text");
	struct stile_buf	*b;

	if ((b = stile_buf_new(stile_req_arena(r), PAGE_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	stile_buf_printf(b, "<!DOCTYPE html>\n<html lang=\"en\">"
	    "<meta charset=\"utf-8\"><title>A page</title>\n"
	    "<link rel=\"icon\" href=\"data:,\">\n"
	    "<style nonce=\"%s\">p { color: rgb(1, 2, 3) }</style>\n"
	    "<script nonce=\"%s\">\n"
	    "var ran = [], refused = [];\n"
	    "addEventListener('securitypolicyviolation',\n"
	    "    e => refused.push(e.effectiveDirective));\n"
	    "ran.push('own');\n"
	    "if (parent != window)\n"
	    "    parent.postMessage(location.pathname, '*');\n"
	    "</script>\n<p>A paragraph.</p>\n", nonce, nonce);
	stile_buf_puts(b, text != NULL ? text : "");
	stile_buf_puts(b, "\n</html>\n");
	return stile_send_buf(r, 200, "text/html; charset=utf-8", b);
}

/* The same without the policy that it would have. */
static int
show_bare_page(struct stile_req *r)
{
	stile_header_set(r, "Content-Security-Policy", "frame-ancestors *");
	return show_page(r);
}

static int
show_blank(struct stile_req *r)
{
	return stile_send_html(r, 200, "<!DOCTYPE html><html lang=\"en\">"
	    "<title>Blank</title><link rel=\"icon\" href=\"data:,\">");
}

static int
show_number(struct stile_req *r)
{
	return stile_fail(r, 422, "n: a number is expected, not '%s'",
	    stile_query(r, "n"));
}

/* A script by its content, and by its type only where that is asked for. */
static int
send_script(struct stile_req *r)
{
	static const char	script[] = "var sniffed = true;";
	const char		*type = stile_query(r, "type");

	return stile_send(r, 200, type, script, sizeof(script) - 1);
}

/* ---- cookies ------------------------------------------------------------ */

static const struct stile_cookie cookies[] = {
	{ .name = "plain", .value = "1" },
	{ .name = "script", .value = "1", .insecure_script_access = true },
	{ .name = "strict", .value = "1",
	  .same_site = STILE_SAME_SITE_STRICT },
	{ .name = "none", .value = "1", .same_site = STILE_SAME_SITE_NONE,
	  .secure = true },
	{ .name = "below", .value = "1", .path = "/api" },
	{ .name = "kept", .value = "1", .max_age = 3600 },
	{ .name = "__Host-id", .value = "1", .secure = true },
	{ .name = "__Secure-id", .value = "1", .secure = true },
	{ .name = "__Http-id", .value = "1", .secure = true },
	{ .name = "__Host-Http-id", .value = "1", .secure = true },
};

static int
set_cookies(struct stile_req *r)
{
	size_t	i;

	for (i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++)
		stile_cookie_set(r, &cookies[i]);
	return stile_send_empty(r, 204);
}

static int
remove_cookies(struct stile_req *r)
{
	size_t	i;

	for (i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++)
		stile_cookie_remove(r, &cookies[i]);
	return stile_send_empty(r, 204);
}

/* The names of those that came, as the body's text. */
static int
show_cookies(struct stile_req *r)
{
	const struct stile_table	*t = stile_cookie_table(r);
	struct stile_buf		*b;
	struct stile_str		 name, value;
	size_t				 i;

	if ((b = stile_buf_new(stile_req_arena(r), PAGE_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++)
		stile_buf_printf(b, "%.*s ", STILE_STR_ARG(name));
	return stile_send_buf(r, 200, "text/plain", b);
}

/* ---- for other origins -------------------------------------------------- */

static int
show_thing(struct stile_req *r)
{
	stile_header_set(r, "X-Total", "42");
	stile_header_set(r, "X-Hidden", "7");
	return stile_send_object(r, 200, STILE_ARGS(
	    "method", stile_req_method(r),
	    "origin", stile_header(r, "Origin"),
	    "token", stile_header(r, "X-Token"),
	    "cookie", stile_cookie(r, "plain")));
}

static int
show_cached(struct stile_req *r)
{
	stile_header_set(r, "Cache-Control", "max-age=600");
	return stile_send_text(r, 200, "cached");
}

static int
refuse_thing(struct stile_req *r)
{
	return stile_fail(r, 409, "the thing is another one by now");
}

/*
 * Three events, and the end; from where the browser says it was.  The fifth is
 * where the stream breaks, once, and after six there are no more.
 */
static int
send_events(struct stile_req *r)
{
	struct stile_event	 ev = { .retry_ms = 1 };
	const char		*last = stile_header(r, "Last-Event-ID");
	char			 id[32], data[100];
	long			 n = last != NULL ? strtol(last, NULL, 10) : 0;
	long			 end = n + 3;

	if (n >= 6)
		return stile_send_empty(r, 204);
	stile_begin_events(r);
	stile_event_comment(r, "not for\nthe page");
	while (++n <= end) {
		if (n == 5 && end == 6)
			return stile_fail(r, 500, "the stream breaks");
		snprintf(id, sizeof(id), "%ld", n);
		snprintf(data, sizeof(data), "%ld\r\nafter \xC2\xAB%s\xC2\xBB",
		    n, last != NULL ? last : "");
		ev.id = id;
		ev.event = n == 2 ? "second" : NULL;
		ev.data = data;
		stile_event(r, &ev);
	}
	return stile_failed(r);
}

/* ---- the program -------------------------------------------------------- */

static const struct stile_route api_routes[] = {
	{ "*",   "/thing",   show_thing,   .name = "thing" },
	{ "*",   "/refused", refuse_thing, .name = "refused" },
	{ "GET", "/cached",  show_cached,  .name = "cached" },
	{ "GET", "/cookies", show_cookies, .name = "cookies" },
	{ "GET", "/events",  send_events,  .name = "events" },
	{ 0 }
};

static char origins[400];

static const struct stile_cors api_cors = {
	.origins = origins, .methods = "PUT DELETE", .headers = "X-Token",
	.expose = "X-Total", .credentials = true, .max_age_secs = 600,
};

static const struct stile_app api = {
	.name = "api", .routes = api_routes, .cors = &api_cors,
};

static const struct stile_route any_routes[] = {
	{ "*", "/thing", show_thing, .name = "thing" },
	{ 0 }
};

static const struct stile_cors any_cors = {
	.origins = "*", .methods = "PUT", .headers = "*",
};

static const struct stile_app any = {
	.name = "any", .routes = any_routes, .cors = &any_cors,
};

static const struct stile_route routes[] = {
	{ "GET",  "/page",           show_page,      .name = "page" },
	{ "GET",  "/bare",           show_bare_page, .name = "bare" },
	{ "GET",  "/blank",          show_blank,     .name = "blank" },
	{ "GET",  "/number",         show_number,    .name = "number" },
	{ "GET",  "/script",         send_script,    .name = "script" },
	{ "*",    "/cookies",        show_cookies,   .name = "cookies" },
	{ "POST", "/cookies/set",    set_cookies,    .name = "set" },
	{ "POST", "/cookies/remove", remove_cookies, .name = "remove" },
	{ 0 }
};

static const struct stile_mount mounts[] = {
	{ "/api", &api }, { "/any", &any }, { 0 }
};

static const struct stile_app app = {
	.name = "browser", .routes = routes, .mounts = mounts,
};

int
main(int argc, char **argv)
{
	const char	*listed = getenv("BROWSER_ORIGINS");

	snprintf(origins, sizeof(origins), "%s", listed != NULL ? listed :
	    "https://app.example");
	return stile_main(&app, argc, argv);
}
