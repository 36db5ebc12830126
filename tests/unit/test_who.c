/* SPDX-License-Identifier: ISC */
/* lib/app/who.c: which routes have to say who may call them. */
#include "app.h"

#include "stile/res.h"
#include "stile/user.h"
#include "app/who.h"

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

static const struct stile_route	routes[] = {
	{ "GET", "/0", .handler = hello },
	{ "HEAD", "/1", .handler = hello },
	{ "OPTIONS", "/2", .handler = hello },
	{ "POST", "/3", .handler = hello },
	{ "DELETE", "/4", .handler = hello },
	{ "*", "/5", .handler = hello },
	{ "POST", "/6", .handler = hello, .anyone = true },
	{ "POST", "/7", .handler = hello, .need = "notes.write" },
	{ "GET", "/8", .handler = hello, .need = STILE_ANY_USER },
	{ 0 }
};

static const struct {
	const char	*who;
	bool		 missing;
} wanted[] = {
	{ "-", false }, { "-", false }, { "-", false }, { "-", true },
	{ "-", true }, { "-", true }, { "anyone", false },
	{ "notes.write", false }, { "user", false },
};

static const struct stile_app	plain = { .name = "plain", .routes = routes };
static const struct stile_app	guarded = {
	.name = "guarded", .routes = routes, .uses = STILE_USES(&stile_users),
};
/* It is the site that has users, not each of its applications. */
static const struct stile_app	outer = {
	.name = "outer", .uses = STILE_USES(&stile_users),
	.mounts = (const struct stile_mount[]){ { "/in", &plain }, { 0 } },
};

static void
expect(const struct stile_app *app, bool users)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct stile_site	*site;
	struct conf		*conf;
	size_t			 i;

	cr_assert_eq(conf_new(a, app, &conf, &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(site_new(a, app, conf, 2, &site, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(site_has(site, &stile_users), users, "%s", app->name);
	for (i = 0; i < NELEM(wanted); i++) {
		const struct route	*r = router_at(site->router, i);

		EXPECT_STR(who_may(r), wanted[i].who, "%s %zu", app->name, i);
		cr_expect_eq(who_is_missing(site, r),
		    users && wanted[i].missing, "%s %zu", app->name, i);
	}
	cr_expect_null(router_at(site->router, i));
	site_free(site);
}

Test(who, is_missing_where_users_are)
{
	expect(&plain, false);
	expect(&guarded, true);
	expect(&outer, true);
}
