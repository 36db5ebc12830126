/* SPDX-License-Identifier: ISC */
/* login: logins, and a page for everybody; for tests/bench/run. */
#include <stile.h>

static int
hello(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("message",
	    "Hello, World!"));
}

static int
log_in(struct stile_req *r)
{
	stile_login(r, stile_form(r, "name"), stile_form(r, "password"), NULL);
	return stile_send_empty(r, 204);
}

static const struct stile_route routes[] = {
	{ "GET", "/", hello, .name = "hello" },
	{ "POST", "/login", log_in, .name = "login", .anyone = true,
	    .tx = STILE_TX_NONE },
	{ 0 }
};

static const struct stile_app app = {
	.name = "login", .routes = routes, .uses = STILE_USES(&stile_users),
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
