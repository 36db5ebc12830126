/* SPDX-License-Identifier: ISC */
/* probe: shows what a server handed over; only the tests use it. */
#include <stile.h>

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

static int
show_folder(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_url(r, "folder", STILE_NOARGS));
}

static const struct stile_route routes[] = {
	{ "GET",  "/var/{name}", show_var,    .name = "var" },
	{ "POST", "/echo",       echo,        .name = "echo" },
	{ "GET",  "/big",        send_big,    .name = "big" },
	{ "*",    "/folder/",    show_folder, .name = "folder" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "probe", .version = "1.0", .routes = routes,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
