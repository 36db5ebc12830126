/* SPDX-License-Identifier: ISC */
/*
 * large: 8 MiB from memory, as they are, in two ways, and as a copy; for tests/bench/run.
 */
#include <stile.h>

#define BYTES	(8 * 1024 * 1024)

static struct stile_buf	*zeros;

static int
send_zeros(struct stile_req *r)
{
	return stile_send_buf(r, 200, "application/octet-stream", zeros);
}

static int
send_static(struct stile_req *r)
{
	struct stile_str	s = stile_buf_view(zeros);

	return stile_send_static(r, 200, "application/octet-stream", s.p,
	    s.len);
}

static int
send_copy(struct stile_req *r)
{
	struct stile_str	s = stile_buf_view(zeros);

	return stile_send(r, 200, "application/octet-stream", s.p, s.len);
}

static const struct stile_route routes[] = {
	{ "GET", "/", send_zeros, .name = "zeros" },
	{ "GET", "/static", send_static, .name = "static" },
	{ "GET", "/copy", send_copy, .name = "copy" },
	{ 0 }
};

static const struct stile_app app = { .name = "large", .routes = routes };

int
main(int argc, char **argv)
{
	struct stile_arena	*a = stile_arena_new(0);
	int			 i, rc;

	if (a == NULL || (zeros = stile_buf_new(a, BYTES + 1)) == NULL)
		return 1;
	for (i = 0; i < BYTES; i++)
		stile_buf_putc(zeros, '\0');
	rc = stile_main(&app, argc, argv);
	stile_arena_free(a);
	return rc;
}
