/* SPDX-License-Identifier: ISC */
/* hello: the smallest application. */
#include <stile.h>

static int
hello(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("message", "Hello, World!"));
}

static const struct stile_route routes[] = {
	{ "GET", "/", hello, .name = "hello" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "hello", .version = "1.0",
	.summary = "says hello, in JSON", .routes = routes,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
