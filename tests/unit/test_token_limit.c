/* SPDX-License-Identifier: ISC */
/* lib/guard/token.c, slow.c: who tries tokens learns nothing, and not often. */
#include "answer.h"

#include <ctype.h>

#include "stile/req.h"
#include "stile/res.h"
#include "stile/user.h"
#include "guard/user.h"

#define LIMITED	"token_limit=3"
#define PROXY	"proxies=127.0.0.1"

static int
who(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	return stile_send_text(r, 200, u != NULL ? u->name : "nobody");
}

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

static int
make(struct stile_req *r)
{
	int64_t	id = stile_user_create(r, &(struct stile_user_new){
		    .name = "Ann", .password = "not so bad 9" });

	return stile_send_text(r, 200, stile_token_create(r, id, "test", "*",
	    0));
}

/* What the database would read to find a token. */
static int
plan(struct stile_req *r)
{
	char	sql[500];

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", stile__token_find);
	return stile_send_rows(r, 200, sql, STILE_ARGS(
	    stile_blob("0123456789abcdef0123456789abcdef", 32)));
}

static const struct stile_route	routes[] = {
	ROUTE("POST", "/make", make), ROUTE("GET", "/plan", plan),
	ROUTE("GET", "/who", who),
	{ "GET", "/mine", hello, .need = STILE_ANY_USER },
	{ 0 }
};

static const struct stile_app	app = {
	.name = "tokens", .routes = routes, .uses = STILE_USES(&stile_users),
};

static struct stile_client	*c;
static char			 good[100];

static void
begin(const char *limit)
{
	c = CLIENT(&app, "db=sqlite::memory:", "password_memory=8192",
	    "password_passes=1", PROXY, limit,);
	snprintf(good, sizeof(good), "%s", body_of(send_to(c, "POST",
	    "/make")));
	cr_assert_eq(strlen(good), strlen("stile_") + 43, "%s", good);
}

static void
end(void)
{
	stile_client_free(c);
}

TestSuite(token_limit, .fini = end);

static const struct stile_answer *
bring(const char *token, const char *address, const char *target)
{
	char	field[200];

	snprintf(field, sizeof(field), "Bearer %s", token);
	stile_client_header(c, "Authorization", field);
	stile_client_header(c, "X-Forwarded-For", address);
	return stile_client_get(c, target);
}

static void
expect_too_often(const struct stile_answer *a, const char *name)
{
	const char	*h = stile_answer_header(a, "Retry-After");

	EXPECT_ANSWER(a, 429, NULL, "%s", name);
	cr_expect(h != NULL && atol(h) >= 1 && atol(h) <= 20, "%s: %s", name,
	    h);
	EXPECT_HEADER(a, "RateLimit-Policy", "\"token\";q=3;w=60", "%s", name);
	h = stile_answer_header(a, "RateLimit");
	cr_expect(h != NULL && strncmp(h, "\"token\";r=0;t=", 14) == 0,
	    "%s: %s", name, h);
	EXPECT_HEADER(a, "WWW-Authenticate", NULL, "%s", name);
}

Test(token_limit, wrong_ones_are_slowed_down)
{
	int	i;

	begin(LIMITED);
	for (i = 0; i < 3; i++)
		EXPECT_ANSWER(bring("wrong", "192.0.2.1", "/mine"), 401, NULL,
		    "%d", i);
	expect_too_often(bring("wrong", "192.0.2.1", "/mine"), "the same");
	expect_too_often(bring("another", "192.0.2.1", "/mine"), "another");
	EXPECT_ANSWER(bring("wrong", "192.0.2.2", "/mine"), 401, NULL,
	    "another address");
	/* Behind one address there may be many. */
	EXPECT_ANSWER(bring(good, "192.0.2.1", "/mine"), 200, "hello", "good");
	EXPECT_HEADER(bring(good, "192.0.2.1", "/mine"), "RateLimit", NULL,
	    "nothing counts it");
	expect_too_often(bring("wrong", "192.0.2.1", "/mine"), "and after it");
}

/* A token that is none is not taken for nobody, whatever is needed. */
Test(token_limit, on_a_page_for_everybody)
{
	int	i;

	begin(LIMITED);
	for (i = 0; i < 3; i++)
		EXPECT_ANSWER(bring("wrong", "192.0.2.1", "/who"), 401,
		    NULL, "%d", i);
	expect_too_often(bring("wrong", "192.0.2.1", "/who"), "who");
	EXPECT_ANSWER(bring(good, "192.0.2.1", "/who"), 200, "Ann", "good");
}

/* Who has one address of IPv6 has all of its network. */
Test(token_limit, by_the_network)
{
	begin(LIMITED);
	bring("wrong", "2001:db8::1", "/mine");
	bring("wrong", "2001:db8::2", "/mine");
	bring("wrong", "2001:db8::ffff:3", "/mine");
	expect_too_often(bring("wrong", "2001:db8::4", "/mine"), "network");
	EXPECT_ANSWER(bring("wrong", "2001:db8:0:1::1", "/mine"), 401, NULL,
	    "another network");
}

Test(token_limit, none)
{
	int	i;

	begin("token_limit=0");
	for (i = 0; i < 100; i++)
		EXPECT_ANSWER(bring("wrong", "192.0.2.1", "/mine"), 401, NULL,
		    "%d", i);
	EXPECT_HEADER(bring("wrong", "192.0.2.1", "/who"), "RateLimit", NULL,
	    "nothing is said");
}

static void
expect_wrong(const char *text, const char *body)
{
	EXPECT_ANSWER(bring(text, "192.0.2.1", "/mine"), 401, body, "%s",
	    text);
}

/* However much of it is right, the answer is the same. */
Test(token_limit, nearly_right)
{
	char	text[200], body[1000];
	size_t	i, n;

	begin("token_limit=0");
	n = strlen(good);
	snprintf(body, sizeof(body), "%s", body_of(bring("wrong",
	    "192.0.2.1", "/mine")));
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s", good);
		text[i] = text[i] == 'x' ? 'y' : 'x';
		expect_wrong(text, body);
	}
	snprintf(text, sizeof(text), "%sA", good);
	expect_wrong(text, body);
	expect_wrong(good + 1, body);
	expect_wrong(good + strlen("stile_"), body);
	snprintf(text, sizeof(text), "%.*s", (int)n - 1, good);
	expect_wrong(text, body);
	snprintf(text, sizeof(text), "%s", good);
	for (i = strlen("stile_"); i < n; i++)
		text[i] = (char)toupper((unsigned char)text[i]);
	expect_wrong(text, body);
	EXPECT_ANSWER(bring(good, "192.0.2.1", "/mine"), 200, "hello", "good");
}

Test(token_limit, reads_an_index)
{
	const struct stile_answer	*a;

	begin(LIMITED);
	a = stile_client_get(c, "/plan");
	cr_expect(strstr(body_of(a), "SEARCH stile_token USING INDEX ") !=
	    NULL && strstr(body_of(a), "(hash=?)") != NULL, "%s", body_of(a));
	cr_expect(strstr(body_of(a), "SCAN") == NULL, "%s", body_of(a));
}

Test(token_limit, no_memory)
{
	begin("token_limit=1000000");
	stile_client_header(c, "Authorization", "Bearer wrong");
	torture_get(c, "/who");
}
