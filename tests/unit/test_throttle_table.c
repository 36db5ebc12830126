/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/throttle_rule.c, throttle_table.c: how often is too often, in a
 * table that others fill.
 */
#include "app.h"

#include <sodium.h>

#include "guard/throttle.h"

#define S	1000000LL

static const struct stile_throttle_rule	window = { "login", 3, 60,
    STILE_WINDOW, 0, false };
static const struct stile_throttle_rule	bucket = { "api", 6, 60,
    STILE_BUCKET, 2, false };
static struct throttle_table		*table;

static void
setup(void)
{
	cr_assert_geq(sodium_init(), 0);
	table = stile__throttle_new();
	cr_assert(table != NULL);
}

static void
teardown(void)
{
	stile__throttle_free(table);
}

TestSuite(throttle_table, .init = setup, .fini = teardown);

static void
expect_say(const struct stile_throttle_rule *r, const struct throttle_count *c,
    int64_t now, int64_t left, int64_t wait, int64_t reset)
{
	struct throttle_answer	a = stile__throttle_say(r, c, now);

	cr_expect(a.left == left && a.wait_us == wait && a.reset_us == reset,
	    "%s at %lld: left %lld, wait %lld, reset %lld", r->name,
	    (long long)now, (long long)a.left, (long long)a.wait_us,
	    (long long)a.reset_us);
}

Test(throttle_table, window)
{
	struct throttle_count	c = { 0 };
	int64_t			t = 1000 * S;

	expect_say(&window, &c, t, 3, 0, 0);
	cr_expect(stile__throttle_count(&window, &c, t));
	expect_say(&window, &c, t, 2, 0, 60 * S);
	cr_expect(stile__throttle_count(&window, &c, t + 10 * S));
	cr_expect(stile__throttle_count(&window, &c, t + 20 * S));
	expect_say(&window, &c, t + 20 * S, 0, 40 * S, 40 * S);
	cr_expect(!stile__throttle_count(&window, &c, t + 20 * S));
	cr_expect(!stile__throttle_count(&window, &c, t + 60 * S - 1));
	expect_say(&window, &c, t + 60 * S - 1, 0, 1, 1);
	cr_expect(stile__throttle_count(&window, &c, t + 60 * S));
	expect_say(&window, &c, t + 60 * S, 2, 0, 60 * S);
}

/* Two at once, then one every ten seconds. */
Test(throttle_table, bucket)
{
	struct throttle_count	c = { 0 };
	int64_t			t = 1000 * S, i, n;

	expect_say(&bucket, &c, t, 2, 0, 0);
	cr_expect(stile__throttle_count(&bucket, &c, t));
	expect_say(&bucket, &c, t, 1, 0, 10 * S);
	cr_expect(stile__throttle_count(&bucket, &c, t));
	expect_say(&bucket, &c, t, 0, 10 * S, 20 * S);
	cr_expect(!stile__throttle_count(&bucket, &c, t));
	cr_expect(!stile__throttle_count(&bucket, &c, t + 10 * S - 1));
	expect_say(&bucket, &c, t + 10 * S - 1, 0, 1, 10 * S + 1);
	cr_expect(stile__throttle_count(&bucket, &c, t + 10 * S));
	cr_expect(!stile__throttle_count(&bucket, &c, t + 10 * S));
	/* Asked every second for an hour, it is the pace and the burst. */
	c = (struct throttle_count){ 0 };
	for (i = n = 0; i < 3600; i++)
		n += stile__throttle_count(&bucket, &c, t + i * S);
	cr_expect_eq(n, 361, "%lld", (long long)n);
}

Test(throttle_table, extremes)
{
	static const struct stile_throttle_rule	rules[] = {
		{ "a", 1, 1, STILE_WINDOW, 0, false },
		{ "a", 1, 1, STILE_BUCKET, 0, false },
		{ "a", 1000000, 1, STILE_BUCKET, 0, false },
		{ "a", 1, 2678400, STILE_BUCKET, 1000000, false },
		{ "a", 1000000, 2678400, STILE_WINDOW, 0, false },
	};
	struct throttle_count			c;
	struct throttle_answer			a;
	const int64_t				now = 4000000000LL * S;
	int64_t					burst;
	size_t					i;

	for (i = 0; i < NELEM(rules); i++) {
		cr_assert(stile__throttle_wrong(&rules[i]) == NULL, "%s",
		    stile__throttle_wrong(&rules[i]));
		burst = rules[i].burst != 0 ? rules[i].burst : rules[i].limit;
		c = (struct throttle_count){ 0 };
		cr_expect_eq(stile__throttle_load(&rules[i], &c, now), 0);
		while (burst-- > 0)
			cr_assert(stile__throttle_count(&rules[i], &c, now),
			    "%zu: %lld", i, (long long)burst);
		cr_expect(!stile__throttle_count(&rules[i], &c, now), "%zu",
		    i);
		cr_expect_eq(stile__throttle_load(&rules[i], &c, now), 1000);
		a = stile__throttle_say(&rules[i], &c, now);
		cr_expect(a.wait_us > 0 && a.left == 0);
		cr_expect(stile__throttle_count(&rules[i], &c,
		    now + a.wait_us), "%zu: what was said holds", i);
	}
}

Test(throttle_table, wrong_rules)
{
	static const struct stile_throttle_rule	wrong[] = {
		{ .limit = 1, .seconds = 1 },
		{ .name = "", .limit = 1, .seconds = 1 },
		{ .name = "a b", .limit = 1, .seconds = 1 },
		{ .name = "a\"b", .limit = 1, .seconds = 1 },
		{ .name = "a", .seconds = 1 }, { .name = "a", .limit = 1 },
		{ .name = "a", .limit = 1000001, .seconds = 1 },
		{ .name = "a", .limit = -1, .seconds = 1 },
		{ .name = "a", .limit = 1, .seconds = 2678401 },
		{ .name = "a", .limit = 1, .seconds = 1, .burst = 1 },
		{ .name = "a", .limit = 1, .seconds = 1, .burst = -1,
		  .kind = STILE_BUCKET },
		{ .name = "a", .limit = 1, .seconds = 1, .burst = 1000001,
		  .kind = STILE_BUCKET },
	};
	size_t					i;

	for (i = 0; i < NELEM(wrong); i++)
		cr_expect(stile__throttle_wrong(&wrong[i]) != NULL, "%zu", i);
	cr_expect(stile__throttle_wrong(&window) == NULL);
}

static bool
count(const struct stile_throttle_rule *r, const char *key, int64_t now)
{
	struct throttle_count	c;

	return stile__throttle_in_table(table, r, key, now, &c);
}

Test(throttle_table, keys_and_rules_apart)
{
	struct stile_throttle_rule	other = window;
	int				i;

	other.name = "log";
	for (i = 0; i < 3; i++)
		cr_expect(count(&window, "alice", S));
	cr_expect(!count(&window, "alice", S));
	cr_expect(count(&window, "bob", S));
	cr_expect(count(&window, "", S));
	cr_expect(count(&other, "alice", S));
	cr_expect(count(&other, "inalice", S), "where the name ends counts");
	cr_expect(count(&window, "alice", 61 * S));
	stile__throttle_drop(table, &window, "nobody");
	for (i = 0; i < 3; i++)
		count(&window, "alice", 61 * S);
	cr_expect(!count(&window, "alice", 61 * S));
	stile__throttle_drop(table, &window, "alice");
	cr_expect(count(&window, "alice", 61 * S));
}

/*
 * A million keys, each seen once, are sixteen times what there is room for: who
 * is held back stays so, and who has used up some of it is lost.
 */
Test(throttle_table, flood)
{
	char	key[32];
	int	i, held = 0;

	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "victim %d", i);
		count(&window, key, S);
		count(&window, key, S);
		count(&window, key, S);
		cr_assert(!count(&window, key, S));
	}
	for (i = 0; i < 1000000; i++) {
		snprintf(key, sizeof(key), "flood %d", i);
		cr_assert(count(&window, key, S + i), "%d", i);
	}
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "victim %d", i);
		held += !count(&window, key, 3 * S);
	}
	cr_expect_eq(held, 100, "%d", held);
}

/* What is over makes room first, also where it is used up. */
Test(throttle_table, old_ones_go)
{
	char	key[32];
	int	i, k, let_in = 0;

	for (i = 0; i < 200000; i++) {
		snprintf(key, sizeof(key), "old %d", i);
		for (k = 0; k < 3; k++)
			count(&window, key, S);
	}
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "new %d", i);
		for (k = 0; k < 4; k++)
			let_in += count(&window, key, 62 * S);
	}
	cr_expect_eq(let_in, 3000, "%d", let_in);
}

/* Four processes count a hundred times each: together it is the limit. */
Test(throttle_table, processes)
{
	const struct stile_throttle_rule	r = { "many", 150, 60,
	    STILE_WINDOW, 0, false };
	pid_t					pid[4];
	int					st, n, i, sum = 0;

	for (i = 0; i < 4; i++)
		if ((pid[i] = fork()) == 0) {
			for (st = n = 0; st < 100; st++)
				n += count(&r, "key", S);
			_exit(n);
		}
	for (i = 0; i < 4; i++) {
		cr_assert_eq(waitpid(pid[i], &st, 0), pid[i]);
		cr_assert(WIFEXITED(st));
		sum += WEXITSTATUS(st);
	}
	cr_expect_eq(sum, 150, "%d", sum);
}
