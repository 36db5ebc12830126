/* SPDX-License-Identifier: ISC */
/* lib/http/cookie.c: cookies of the answer, each a Set-Cookie of its own. */
#include "form.h"

#include "stile/cookie.h"
#include "stile/res.h"

static const struct stile_cookie	*cookies;	/* no name: the end */

static int
set_all(struct stile_req *r)
{
	const struct stile_cookie	*c;

	for (c = cookies; c->name != NULL; c++)
		stile_cookie_set(r, c);
	return stile_send_text(r, 200, "set");
}

static int
remove_all(struct stile_req *r)
{
	const struct stile_cookie	*c;

	for (c = cookies; c->name != NULL; c++)
		stile_cookie_remove(r, c);
	return stile_send_text(r, 200, "removed");
}

/* The answer's cookies in their order, a line each. */
static const char *
cookies_of(const struct stile_answer *a)
{
	static char		s[8192];
	struct stile_str	name, value;
	size_t			i, n = 0;

	s[0] = '\0';
	for (i = 0; stile_answer_header_at(a, i, &name, &value); i++)
		if (stile_str_caseeq(name, STR("Set-Cookie")))
			n += (size_t)snprintf(s + n, sizeof(s) - n, "%.*s\n",
			    STILE_STR_ARG(value));
	return s;
}

static void
check(int (*fn)(struct stile_req *), const struct stile_cookie *list,
    int status, const char *want)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;

	act = fn;
	cookies = list;
	a = stile_client_get(c, "/");
	EXPECT_ANSWER(a, status, NULL, "%s", want);
	EXPECT_STR(cookies_of(a), want, "cookies");
	stile_client_free(c);
}

Test(cookie_answer, set)
{
	check(set_all, (const struct stile_cookie[]){
	    { "a", .value = "1" },
	    { .name = "b" },
	    { "c", .value = "x", .path = "/p", .domain = "example.org",
	    .max_age = 60, .same_site = STILE_SAME_SITE_STRICT },
	    { "d", .secure = true, .same_site = STILE_SAME_SITE_NONE,
	    .partitioned = true, .insecure_script_access = true },
	    { "e", .expires = 784111777 },
	    { 0 } }, 200,
	    "a=1; Path=/; HttpOnly; SameSite=Lax\n"
	    "b=; Path=/; HttpOnly; SameSite=Lax\n"
	    "c=x; Path=/p; Domain=example.org; Max-Age=60; HttpOnly; "
	    "SameSite=Strict\n"
	    "d=; Path=/; Secure; SameSite=None; Partitioned\n"
	    "e=; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; "
	    "SameSite=Lax\n");
}

/* A browser takes the last one of a name, path and domain. */
Test(cookie_answer, the_same_name_twice)
{
	check(set_all, (const struct stile_cookie[]){
	    { "a", .value = "1" },
	    { "a", .value = "2" },
	    { "a", .value = "3", .path = "/p" },
	    { 0 } }, 200,
	    "a=1; Path=/; HttpOnly; SameSite=Lax\n"
	    "a=2; Path=/; HttpOnly; SameSite=Lax\n"
	    "a=3; Path=/p; HttpOnly; SameSite=Lax\n");
}

#define GONE	"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"

/* As it was set, or the browser would keep it. */
Test(cookie_answer, remove)
{
	check(remove_all, (const struct stile_cookie[]){
	    { "a", .value = "what it was", .max_age = 60,
	    .expires = 784111777 },
	    { "b", .path = "/p", .domain = "example.org" },
	    { "__Host-c", .secure = true },
	    { "__Secure-d", .secure = true, .path = "/p" },
	    { 0 } }, 200,
	    "a=; Path=/" GONE "; HttpOnly; SameSite=Lax\n"
	    "b=; Path=/p; Domain=example.org" GONE
	    "; HttpOnly; SameSite=Lax\n"
	    "__Host-c=; Path=/" GONE "; Secure; HttpOnly; SameSite=Lax\n"
	    "__Secure-d=; Path=/p" GONE
	    "; Secure; HttpOnly; SameSite=Lax\n");
}

Test(cookie_answer, prefixes)
{
	check(set_all, (const struct stile_cookie[]){
	    { "__Host-a", .value = "1", .secure = true },
	    { "__Secure-b", .value = "2", .secure = true, .path = "/p",
	    .domain = "example.org" },
	    { 0 } }, 200,
	    "__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax\n"
	    "__Secure-b=2; Path=/p; Domain=example.org; Secure; HttpOnly; "
	    "SameSite=Lax\n");
}

/* A browser would drop these without a word; the handler hears of it. */
static const struct {
	const char		*name;
	struct stile_cookie	 c;
} refused[] = {
	{ "no name", { .name = "" } },
	{ "a space in the name", { .name = "a b" } },
	{ "an equals sign in the name", { .name = "a=b" } },
	{ "a line end in the value", { "a", .value = "x\r\nEvil: 1" } },
	{ "a semicolon in the value", { "a", .value = "x; Domain=evil" } },
	{ "a space in the value", { "a", .value = "x y" } },
	{ "not ASCII", { "a", .value = "\xC3\xA4" } },
	{ "a path that is none", { "a", .path = "p" } },
	{ "an attribute in the path", { "a", .path = "/;Secure" } },
	{ "an attribute in the domain", { "a", .domain = "x;Secure" } },
	{ "__Host- without secure", { .name = "__Host-a" } },
	{ "__host- without secure", { .name = "__host-a" } },
	{ "__Host- with a path", { "__Host-a", .secure = true,
	    .path = "/p" } },
	{ "__Host- with a domain", { "__Host-a", .secure = true,
	    .domain = "example.org" } },
	{ "__Secure- without secure", { .name = "__Secure-a" } },
	{ "SameSite=None without secure", { "a",
	    .same_site = STILE_SAME_SITE_NONE } },
	{ "Partitioned without secure", { "a", .partitioned = true } },
	{ "a SameSite that is none", { "a",
	    .same_site = (enum stile_same_site)7 } },
	{ "expires before 1970", { "a", .expires = -1 } },
};

Test(cookie_answer, refused)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	struct stile_cookie		 list[3] = { { .name = "before" } };
	size_t				 i;
	int				 gone;

	cookies = list;
	for (gone = 0; gone < 2; gone++)
		for (i = 0; i < NELEM(refused); i++) {
			/* The value of one that is removed does not count. */
			if (gone && refused[i].c.value != NULL)
				continue;
			act = gone ? remove_all : set_all;
			list[1] = refused[i].c;
			a = stile_client_get(c, "/");
			EXPECT_ANSWER(a, 500, NULL, "%s", refused[i].name);
			EXPECT_STR(detail_of(a), NULL, "it is our fault");
			EXPECT_STR(cookies_of(a), "", "%s: nothing is set",
			    refused[i].name);
		}
	stile_client_free(c);
}

/* What came over TLS is answered over TLS. */
Test(cookie_answer, secure_by_itself)
{
	static const struct stile_cookie	some[] = {
		{ .name = "a" },
		{ .name = "__Host-b" },
		{ .name = "c", .same_site = STILE_SAME_SITE_NONE },
	};
	struct unit	u;
	size_t		i;
	int		gone;

	for (gone = 0; gone < 2; gone++)
		for (i = 0; i < NELEM(some); i++) {
			BEGIN(&u, "REQUEST_SCHEME=https");
			cr_expect_eq((gone ? stile_cookie_remove :
			    stile_cookie_set)(&u.r, &some[i]), STILE_OK);
			stile_send_empty(&u.r, 200);
			cr_expect(strstr(unit_answer(&u), "; Secure;") != NULL,
			    "%s: %s", some[i].name, u.fake.out);
			unit_end(&u);
		}
}

/* To its last byte, and one more. */
Test(cookie_answer, the_longest)
{
	char			 value[STILE_COOKIE_MAX + 2];
	struct stile_cookie	 list[2] = { { "a", .value = value } };
	struct unit		 u;
	size_t			 n = STILE_COOKIE_MAX - strlen("a=; Path=/; "
				    "HttpOnly; SameSite=Lax");
	int			 over;

	for (over = 0; over < 2; over++) {
		memset(value, 'v', sizeof(value));
		value[n + (size_t)over] = '\0';
		BEGIN(&u, "X=");
		cr_expect_eq(stile_cookie_set(&u.r, list), over ?
		    STILE_EFAILED : STILE_OK);
		cr_expect_eq(stile_failed_status(&u.r), over ? 500 : 0);
		stile_send_empty(&u.r, 200);
		cr_expect_eq(strstr(unit_answer(&u), "Set-Cookie: a=v") != NULL,
		    !over);
		unit_end(&u);
	}
}

Test(cookie_answer, not_after_a_failure)
{
	static const struct stile_cookie	a = { .name = "a" };
	struct unit				u;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 403, "no");
	cr_expect_eq(stile_cookie_set(&u.r, &a), STILE_EFAILED);
	cr_expect_eq(stile_cookie_remove(&u.r, &a), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 403);
	cr_expect(strstr(unit_answer(&u), "Set-Cookie") == NULL);
	unit_end(&u);
}

/* What was set before a failure goes with the answer that is not sent. */
static int
set_and_fail(struct stile_req *r)
{
	stile_cookie_set(r, &(struct stile_cookie){ .name = "a" });
	return stile_fail(r, 422, "no");
}

Test(cookie_answer, goes_with_a_failure)
{
	check(set_and_fail, NULL, 422, "");
}

static enum stile_err
set_one(void)
{
	struct unit	u;
	enum stile_err	rc = STILE_ENOMEM;

	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "PATH_INFO=/"));
	stile_cookie_set(&u.r, &(struct stile_cookie){ "a", .value = "1" });
	stile_cookie_remove(&u.r, &(struct stile_cookie){ .name = "b" });
	rc = stile_failed(&u.r) == STILE_OK ? STILE_OK : STILE_ENOMEM;
	if (rc != STILE_OK)
		cr_expect_eq(stile_failed_status(&u.r), 503, "%d: %s",
		    stile_failed_status(&u.r), u.r.failure.cause.detail);
out:
	unit_end(&u);
	return rc;
}

Test(cookie_answer, survives_every_allocation_failure)
{
	cr_expect_gt(torture(set_one), 1);
}
