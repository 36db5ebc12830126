/* SPDX-License-Identifier: ISC */
/* probe: shows what a server handed over; only the tests use it. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <stile.h>
#include <time.h>

#define PATIENCE_MS	60000	/* for what takes milliseconds */
#define BIG_MAX		(16 * 1024 * 1024)

static int
show_var(struct stile_req *r)
{
	const char	*value = stile_req_var(r, stile_path(r, "name"));

	if (value == NULL)
		return stile_fail(r, 404, "there is no such variable");
	return stile_send_text(r, 200, value);
}

static int
echo(struct stile_req *r)
{
	struct stile_str	body = stile_body(r);

	return stile_send(r, 200, "application/octet-stream", body.p, body.len);
}

/* The bytes 0, 1 ... 250, 0, 1 ...: a period that no record's size has. */
static int
send_big(struct stile_req *r)
{
	int64_t			 i, n;
	struct stile_buf	*b;

	n = stile_query_int(r, "n", 0, BIG_MAX, 0);
	if ((b = stile_buf_new(stile_req_arena(r), BIG_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < n; i++)
		stile_buf_putc(b, (char)(i % 251));
	return stile_send_buf(r, 200, "application/octet-stream", b);
}

/* A line now and then, while anyone is there. */
static int
drip(struct stile_req *r)
{
	static const struct timespec	moment = { 0, 10 * 1000 * 1000 };
	int64_t				i, n;

	n = stile_query_int(r, "n", 1, 1000, 1000);
	if (stile_begin_stream(r, 200, "text/plain") != STILE_OK)
		return STILE_EFAILED;
	for (i = 0; i < n && !stile_client_gone(r); i++) {
		if (stile_write(r, "drip\n", 5) != STILE_OK ||
		    stile_flush(r) != STILE_OK)
			return STILE_EFAILED;
		nanosleep(&moment, NULL);
	}
	return stile_write(r, i < n ? "gone\n" : "last\n", 5);
}

static int
show_folder(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_url(r, "folder", STILE_NOARGS));
}

/* What a handler can tell of how it was asked, and a link to itself. */
static int
show_seen(struct stile_req *r)
{
	const char	*user = stile_req_var(r, "REMOTE_USER");

	return stile_send_object(r, 200, STILE_ARGS(
	    "method", stile_req_method(r),
	    "rest", stile_path(r, "rest"),
	    "link", stile_url(r, "seen", STILE_ARGS(stile_path(r, "rest"))),
	    "query", stile_req_query(r),
	    "scheme", stile_req_scheme(r),
	    "peer", stile_req_peer(r),
	    "user", user != NULL ? user : "",
	    "length", (int64_t)stile_body(r).len));
}

static int
show_header(struct stile_req *r)
{
	const char	*value = stile_header(r, stile_path(r, "name"));

	return value != NULL ? stile_send_text(r, 200, value) :
	    stile_fail(r, 404, "there is no such header");
}

/* Who is asking, by each way of saying so. */
static int
show_login(struct stile_req *r)
{
	const char	*user, *password, *token;

	if (stile_auth_basic(r, &user, &password))
		return stile_send_object(r, 200, STILE_ARGS("user", user,
		    "password", password));
	if ((token = stile_auth_bearer(r)) != NULL)
		return stile_send_object(r, 200, STILE_ARGS("token", token));
	stile_fail_header(r, "WWW-Authenticate", "Basic realm=\"probe\"");
	return stile_fail(r, 401, "who are you?");
}

static int
show_segment(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_path(r, "segment"));
}

/* As an authorizer: who has the token may have the file. */
static int
authorize(struct stile_req *r)
{
	const char	*token = stile_auth_bearer(r);

	if (token == NULL) {
		stile_fail_header(r, "WWW-Authenticate", "Bearer");
		return stile_fail(r, 401, "a token is needed");
	}
	if (strcmp(token, "sesame") != 0)
		return stile_fail(r, 403, "not with this token");
	stile_header_set(r, "Variable-REMOTE_USER", "ali");
	stile_header_set(r, "Variable-REST", stile_path(r, "rest"));
	stile_header_set(r, "Accept-Ranges", "bytes");
	stile_etag(r, "permission");
	return stile_send_text(r, 200, "let through");
}

static int
show_root(struct stile_req *r)
{
	return stile_send_text(r, 200, "the root");
}

static int
send_status(struct stile_req *r)
{
	return stile_send_text(r, (int)stile_path_int(r, "status"),
	    "as asked for");
}

static int
send_empty(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

static int
send_page(struct stile_req *r)
{
	stile_etag(r, "one");
	return stile_send_text(r, 200, "a page");
}

static int
send_twice(struct stile_req *r)
{
	stile_header_add(r, "Set-Cookie", "a=1");
	stile_header_add(r, "Set-Cookie", "b=2");
	stile_header_add(r, "X-Twice", "one");
	stile_header_add(r, "X-Twice", "two");
	return stile_send_text(r, 200, "twice");
}

static int
redirect(struct stile_req *r)
{
	return stile_redirect(r, (int)stile_path_int(r, "status"),
	    stile_url(r, "folder", STILE_NOARGS));
}

static int
created(struct stile_req *r)
{
	stile_header_set(r, "Location", stile_url(r, "folder", STILE_NOARGS));
	return stile_send_text(r, 201, "created");
}

/* A first line, and the rest once the client has made a file. */
static void
write_first(struct stile_req *r)
{
	static const struct timespec	ms = { 0, 1000000 };
	const char			*path = stile_query(r, "until");
	int				 i;

	stile_begin_stream(r, 200, "text/plain");
	stile_write(r, "first\n", 6);
	stile_flush(r);
	for (i = 0; i < PATIENCE_MS && access(path, F_OK) != 0; i++)
		nanosleep(&ms, NULL);
}

static int
stream(struct stile_req *r)
{
	write_first(r);
	stile_write(r, "second\n", 7);
	return stile_failed(r);
}

/* A stream that ends too early. */
static int
cut(struct stile_req *r)
{
	write_first(r);
	return stile_fail(r, 500, "as asked for");
}

static int
send_file(struct stile_req *r)
{
	return stile_send_file(r, stile_query(r, "path"), NULL);
}

/* One segment, whatever is in it. */
static bool
parse_any(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return true;
}

static const struct stile_converter converters[] = {
	{ .name = "any", .parse = parse_any },
	{ 0 }
};

static const struct stile_route routes[] = {
	{ "GET",  "/",		   show_root,    .name = "root" },
	{ "*",    "/seen/{rest:path}", show_seen, .name = "seen" },
	{ "GET",  "/header/{name}", show_header, .name = "header" },
	{ "GET",  "/segment/{segment:any}", show_segment, .name = "segment" },
	{ "GET",  "/login",	   show_login,   .name = "login" },
	{ "*",    "/private/{rest:path}", authorize, .name = "private" },
	{ "GET",  "/status/{status:int}", send_status, .name = "status" },
	{ "GET",  "/empty",	   send_empty,   .name = "empty" },
	{ "GET",  "/page",	   send_page,    .name = "page" },
	{ "GET",  "/twice",	   send_twice,   .name = "twice" },
	{ "*",    "/redirect/{status:int}", redirect, .name = "redirect" },
	{ "POST", "/created",	   created,      .name = "created" },
	{ "GET",  "/stream",	   stream,       .name = "stream" },
	{ "GET",  "/cut",	   cut,          .name = "cut" },
	{ "GET",  "/file",	   send_file,    .name = "file" },
	{ "GET",  "/var/{name}",   show_var,     .name = "var" },
	{ "POST", "/echo",	   echo,         .name = "echo" },
	{ "*",    "/big",	   send_big,     .name = "big" },
	{ "*",    "/drip",       drip,        .name = "drip" },
	{ "*",    "/folder/",	   show_folder,  .name = "folder" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "probe", .version = "1.0", .routes = routes,
	.converters = converters,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
