/* SPDX-License-Identifier: ISC */
/* hello: the smallest application. */
#include <stile.h>

static int
hello(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("message", "Hello, World!"));
}

static const struct stile_schema message[] = {
	{ .name = "message", .type = STILE_STRING, .required = true,
	    .example = "Hello, World!" },
	{ 0 }
};

static const struct stile_schema message_schema = {
	"Message", STILE_OBJECT, .properties = message,
};

static const struct stile_route routes[] = {
	{ "GET", "/", hello, .name = "hello", .summary = "Say hello",
	    .responses = STILE_RESPONSES({ 200, &message_schema,
	    .description = "Hello." }) },
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
