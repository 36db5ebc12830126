/* SPDX-License-Identifier: ISC */
/* lib/guard/throttle.c, throttle_db.c: what requests are told. */
#include "answer.h"

#include "stile/throttle.h"
#include "app/site.h"

static struct stile_throttle_rule	rule;
static struct stile_client		*c;
static bool				 no_table;

static int
once(struct stile_req *r)
{
	if (no_table)
		r->throttle = NULL;
	stile_throttle(r, &rule, stile_query(r, "key"));
	return stile_send_text(r, 200, "in\n");
}

/* The first statement has begun the transaction. */
static int
late(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO t VALUES (1)", STILE_NOARGS);
	stile_throttle(r, &rule, "key");
	return stile_send_text(r, 200, "in\n");
}

/* What the request has changed is undone, and what was counted is not. */
static int
refused(struct stile_req *r)
{
	stile_throttle(r, &rule, "key");
	stile_exec(r, "INSERT INTO t VALUES (1)", STILE_NOARGS);
	return stile_fail(r, 403, "no");
}

static int
forget(struct stile_req *r)
{
	if (no_table)
		r->throttle = NULL;
	stile_throttle_forget(r, &rule, stile_query(r, "key"));
	return stile_send_text(r, 200, "gone\n");
}

static int
two_rules(struct stile_req *r)
{
	static const struct stile_throttle_rule	second = { "day", 100, 86400,
	    STILE_BUCKET, 10, false };

	stile_throttle(r, &rule, "key");
	stile_throttle(r, &second, "key");
	return stile_send_text(r, 200, "in\n");
}

static const struct stile_route		routes[] = {
	ROUTE("GET", "/once", once), ROUTE("POST", "/once", once),
	ROUTE("POST", "/late", late), ROUTE("POST", "/refused", refused),
	ROUTE("POST", "/forget", forget), ROUTE("GET", "/two", two_rules),
	{ 0 }
};
static const struct stile_migration	migrations[] = {
	{ .version = 1, .name = "one", .sql = "CREATE TABLE t (i INTEGER)" },
	{ 0 }
};
static const struct stile_app		app = { .name = "demo",
    .routes = routes, .migrations = migrations,
    .uses = STILE_USES(&stile_throttles) };

static void
setup(void)
{
	c = CLIENT(&app,);
	rule = (struct stile_throttle_rule){ "login", 2, 3600, STILE_WINDOW,
	    0, false };
	no_table = false;
}

static void
teardown(void)
{
	stile_client_free(c);
}

TestSuite(throttle, .init = setup, .fini = teardown);

/* A number after the last of these letters, seconds that go by included. */
static bool
ends_near(const char *s, const char *start, long most)
{
	char	*end;
	long	 n;

	if (s == NULL || strncmp(s, start, strlen(start)) != 0)
		return false;
	n = strtol(s + strlen(start), &end, 10);
	return *end == '\0' && n <= most && n >= most - PATIENCE;
}

/* Two are let in, and the third one is told to come back; of any kind. */
static void
expect_two(const char *method, const char *target, long most, const char *name)
{
	const struct stile_answer	*a = NULL;
	const char			*h;
	int				 i;

	for (i = 1; i <= 2; i++) {
		a = send_to(c, method, target);
		EXPECT_ANSWER(a, 200, "in\n", "%s %d", name, i);
		EXPECT_HEADER(a, "RateLimit-Policy", "\"login\";q=2;w=3600",
		    "%s %d", name, i);
		EXPECT_HEADER(a, "Retry-After", NULL, "%s %d", name, i);
		h = stile_answer_header(a, "RateLimit");
		cr_expect(h != NULL && strncmp(h, i == 1 ? "\"login\";r=1;t="
		    : "\"login\";r=0;t=", 14) == 0, "%s %d: %s", name, i, h);
	}
	a = send_to(c, method, target);
	EXPECT_ANSWER(a, 429, NULL, "%s 3", name);
	EXPECT_HEADER(a, "RateLimit-Policy", "\"login\";q=2;w=3600", "%s",
	    name);
	cr_expect(ends_near(stile_answer_header(a, "RateLimit"),
	    "\"login\";r=0;t=", 3600), "%s: %s", name,
	    stile_answer_header(a, "RateLimit"));
	cr_expect(ends_near(stile_answer_header(a, "Retry-After"), "", most),
	    "%s: %s", name, stile_answer_header(a, "Retry-After"));
	cr_expect(detail_of(a) != NULL && strncmp(detail_of(a),
	    "this was done too often; try again in ", 38) == 0, "%s",
	    detail_of(a));
}

Test(throttle, in_memory)
{
	expect_two("GET", "/once?key=a", 3600, "window");
	EXPECT_ANSWER(stile_client_get(c, "/once?key=b"), 200, NULL, "other");
	rule.kind = STILE_BUCKET;
	expect_two("GET", "/once?key=c", 1800, "bucket");
}

/* What a form did not have is a key like another. */
Test(throttle, no_key)
{
	expect_two("GET", "/once", 3600, "none");
	EXPECT_ANSWER(stile_client_get(c, "/once?key="), 429, NULL, "empty");
	EXPECT_ANSWER(send_to(c, "POST", "/forget"), 200, NULL, "forget");
	expect_two("GET", "/once", 3600, "again");
	rule.shared = true;
	expect_two("GET", "/once", 3600, "in the database");
}

/* A rule that says so, or a program that has nothing else. */
Test(throttle, in_the_database)
{
	rule.shared = true;
	expect_two("GET", "/once?key=a", 3600, "in a GET");
	expect_two("POST", "/once?key=b", 3600, "in a POST");
	rule.kind = STILE_BUCKET;
	expect_two("POST", "/once?key=c", 1800, "bucket");
	rule.shared = false;
	no_table = true;
	expect_two("GET", "/once?key=d", 1800, "no table");
}

Test(throttle, it_comes_first)
{
	rule.shared = true;
	EXPECT_ANSWER(send_to(c, "POST", "/late"), 500, NULL, "late");
	rule.shared = false;
	EXPECT_ANSWER(send_to(c, "POST", "/late"), 200, NULL, "in memory");
}

Test(throttle, a_failure_counts)
{
	int	i;

	for (i = 0; i < 2; i++) {
		rule.shared = i == 1;
		EXPECT_ANSWER(send_to(c, "POST", "/refused"), 403, NULL, "1");
		EXPECT_ANSWER(send_to(c, "POST", "/refused"), 403, NULL, "2");
		EXPECT_ANSWER(send_to(c, "POST", "/refused"), 429, NULL, "3");
	}
}

Test(throttle, forgotten)
{
	int	i;

	for (i = 0; i < 2; i++) {
		rule.shared = i == 1;
		EXPECT_ANSWER(send_to(c, "POST", "/forget?key=a"), 200,
		    "gone\n", "nothing is there yet");
		expect_two("GET", "/once?key=a", 3600, "before");
		EXPECT_ANSWER(send_to(c, "POST", "/forget?key=a"), 200,
		    "gone\n", "forget");
		expect_two("GET", "/once?key=a", 3600, "after");
	}
}

Test(throttle, two_rules)
{
	const struct stile_answer	*a = stile_client_get(c, "/two");

	EXPECT_ANSWER(a, 200, NULL, "two");
	cr_expect_eq(count_headers(a, "RateLimit-Policy"), 2);
	cr_expect_eq(count_headers(a, "RateLimit"), 2);
	stile_client_get(c, "/two");
	a = stile_client_get(c, "/two");
	EXPECT_ANSWER(a, 429, NULL, "the first one refuses");
	cr_expect_eq(count_headers(a, "RateLimit"), 1);
}

Test(throttle, wrong_rule)
{
	rule.limit = 0;
	EXPECT_ANSWER(stile_client_get(c, "/once?key=a"), 500, NULL, "limit");
	rule.limit = 1;
	rule.name = "a b";
	EXPECT_ANSWER(send_to(c, "POST", "/forget?key=a"), 500, NULL, "name");
}

Test(throttle, no_database)
{
	static const struct stile_app	without = { .name = "demo",
	    .routes = routes };
	struct stile_client		*other = CLIENT(&without, "db=",);

	rule.shared = true;
	EXPECT_ANSWER(stile_client_get(other, "/once?key=a"), 500, NULL,
	    "shared with whom");
	rule.shared = false;
	no_table = true;
	EXPECT_ANSWER(stile_client_get(other, "/once?key=a"), 200, "in\n",
	    "nothing counts");
	EXPECT_HEADER(stile_client_get(other, "/once?key=a"), "RateLimit",
	    NULL, "and nothing is said");
	stile_client_free(other);
}

/* Who has not said that the table is needed has none. */
Test(throttle, table_is_missing)
{
	static const struct stile_app	without = { .name = "demo",
	    .routes = routes, .migrations = migrations };
	struct stile_client		*other = CLIENT(&without,);

	rule.shared = true;
	EXPECT_ANSWER(stile_client_get(other, "/once?key=a"), 500, NULL,
	    "it is not let in");
	EXPECT_ANSWER(send_to(other, "POST", "/forget?key=a"), 200, "gone\n",
	    "there is nothing to forget");
	rule.shared = false;
	EXPECT_ANSWER(stile_client_get(other, "/once?key=a"), 200, "in\n",
	    "in memory");
	stile_client_free(other);
}

Test(throttle, no_memory)
{
	rule.limit = 1000;
	rule.kind = STILE_BUCKET;
	torture_get(c, "/once?key=a");
	rule.shared = true;
	torture_get(c, "/once?key=a");
}
