/* SPDX-License-Identifier: ISC */
/* What accounts.py logs in to: users, sessions, roles and tokens. */
#include <stile/accounts.h>
#include <stile/app.h>
#include <stile/param.h>
#include <stile/req.h>
#include <stile/res.h>
#include <stile/session.h>
#include <stile/user.h>

static int
who(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	return stile_send_object(r, 200, STILE_ARGS(
	    "name", u != NULL ? u->name : NULL,
	    "roles", u != NULL ? u->roles : NULL,
	    "count", stile_session_get(r, "count")));
}

static int
register_user(struct stile_req *r)
{
	const struct stile_user_new	u = {
		.name = stile_form(r, "name"),
		.email = stile_form(r, "email"),
		.password = stile_form(r, "password"),
	};

	stile_user_create(r, &u);
	return stile_send_empty(r, 201);
}

static int
log_in(struct stile_req *r)
{
	const char	*name = stile_form(r, "name");
	const char	*password = stile_form(r, "password");

	if (name == NULL || password == NULL)
		return stile_fail(r, 422, "a name and a password");
	stile_login(r, name, password, NULL);
	return stile_send_empty(r, 204);
}

static int
log_out(struct stile_req *r)
{
	stile_session_logout(r);
	return stile_send_empty(r, 204);
}

static int
count(struct stile_req *r)
{
	struct stile_value	v = stile_session_get(r, "count");
	int64_t			n = v.type == STILE_INT ? v.u.i : 0;

	stile_session_set(r, "count", stile_int(n + 1));
	return stile_send_object(r, 200, STILE_ARGS("count", n + 1));
}

static int
rename_user(struct stile_req *r)
{
	stile_user_rename(r, stile_user(r)->id, stile_form(r, "name"));
	return stile_send_empty(r, 204);
}

/* A name where it could do harm. */
static int
name_header(struct stile_req *r)
{
	stile_header_set(r, "X-Name", stile_user(r)->name);
	return stile_send_empty(r, 204);
}

static int
make_token(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_token_create(r,
	    stile_user(r)->id, "test", stile_form(r, "scopes"), 0));
}

static int
csrf(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_csrf_token(r));
}

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

static int
end_all(struct stile_req *r)
{
	stile_session_end_all(r, stile_user(r)->id);
	return stile_send_empty(r, 204);
}

static const struct stile_role	roles[] = {
	{ "editor", "notes.read notes.write" },
	{ "reader", "notes.read" },
	{ 0 }
};

static const struct stile_route	routes[] = {
	{ "GET", "/who", .handler = who },
	{ "POST", "/who", .handler = who, .anyone = true },
	{ "POST", "/register", .handler = register_user, .anyone = true },
	{ "POST", "/in", .handler = log_in, .anyone = true },
	{ "POST", "/out", .handler = log_out, .anyone = true },
	{ "POST", "/count", .handler = count },
	{ "POST", "/rename", .handler = rename_user, .need = STILE_ANY_USER },
	{ "GET", "/name", .handler = name_header, .need = STILE_ANY_USER },
	{ "POST", "/token", .handler = make_token, .need = STILE_ANY_USER },
	{ "POST", "/end-all", .handler = end_all, .need = STILE_ANY_USER },
	{ "GET", "/csrf", .handler = csrf },
	{ "GET", "/read", .handler = hello, .need = "notes.read" },
	{ "POST", "/write", .handler = hello, .need = "notes.write" },
	{ 0 }
};

static const struct stile_mount	mounts[] = {
	{ "/account", &stile_accounts }, { 0 }
};

static const struct stile_app	app = {
	.name = "accounts", .version = "1", .routes = routes, .mounts = mounts,
	.roles = roles,
	.uses = STILE_USES(&stile_users),
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
