/* SPDX-License-Identifier: ISC */
/* lib/base/table.c: order, repeated names, folding, the maximum. */
#include "unit.h"

#include "stile/table.h"

static struct stile_arena	*arena;

static void
setup(void)
{
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
}

TestSuite(table, .init = setup, .fini = teardown);

static enum stile_err
add(struct stile_table *t, const char *name, const char *value)
{
	return stile_table_add(t, stile_str(name), stile_str(value));
}

static enum stile_err
set(struct stile_table *t, const char *name, const char *value)
{
	return stile_table_set(t, stile_str(name), stile_str(value));
}

/* "a=1 b=2", in order */
static const char *
dump(const struct stile_table *t)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);
	struct stile_str	 name, value;
	size_t			 i;

	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		cr_expect_eq(name.p[name.len], '\0');
		cr_expect_eq(value.p[value.len], '\0');
		stile_buf_printf(b, "%s%s=%s", i > 0 ? " " : "", name.p,
		    value.p);
	}
	cr_expect_eq(i, stile_table_count(t));
	return stile_buf_view(b).p;
}

Test(table, keeps_order_and_repeated_names)
{
	struct stile_table	*t = stile_table_new(arena, STILE_CASE, 10);

	EXPECT_STR(dump(t), "", "empty");
	cr_expect(stile_table_get(t, "a") == NULL);
	cr_expect_eq(add(t, "b", "1"), STILE_OK);
	cr_expect_eq(add(t, "a", "2"), STILE_OK);
	cr_expect_eq(add(t, "b", "3"), STILE_OK);
	cr_expect_eq(add(t, "", ""), STILE_OK);
	EXPECT_STR(dump(t), "b=1 a=2 b=3 =", "four");
	EXPECT_STR(stile_table_get(t, "b"), "1", "the first");
	EXPECT_STR(stile_table_get(t, ""), "", "the empty name");
	cr_expect(stile_table_get(t, "B") == NULL);
	cr_expect(!stile_table_at(t, 4, NULL, NULL));
	cr_expect(stile_table_at(t, 3, NULL, NULL));
}

Test(table, copies_what_it_is_given)
{
	struct stile_table	*t = stile_table_new(arena, STILE_CASE, 10);
	char			 name[] = "name", value[] = "value";

	cr_expect_eq(add(t, name, value), STILE_OK);
	name[0] = value[0] = 'X';
	EXPECT_STR(dump(t), "name=value", "its own copies");
}

Test(table, set_takes_the_first_place)
{
	struct stile_table	*t = stile_table_new(arena, STILE_CASE, 4);

	add(t, "a", "1");
	add(t, "b", "2");
	add(t, "a", "3");
	add(t, "c", "4");
	cr_expect_eq(set(t, "a", "9"), STILE_OK, "at the maximum");
	EXPECT_STR(dump(t), "a=9 b=2 c=4", "in place");
	cr_expect_eq(set(t, "d", "5"), STILE_OK);
	EXPECT_STR(dump(t), "a=9 b=2 c=4 d=5", "appended");
	cr_expect_eq(set(t, "e", "6"), STILE_ETOOBIG);
	/* A value of the table itself */
	cr_expect_eq(set(t, "a", stile_table_get(t, "a")), STILE_OK);
	EXPECT_STR(dump(t), "a=9 b=2 c=4 d=5", "unchanged");
}

Test(table, remove_takes_all_of_a_name)
{
	struct stile_table	*t = stile_table_new(arena, STILE_CASE, 10);

	add(t, "a", "1");
	add(t, "b", "2");
	add(t, "a", "3");
	cr_expect_eq(stile_table_remove(t, "x"), 0);
	cr_expect_eq(stile_table_remove(t, "a"), 2);
	EXPECT_STR(dump(t), "b=2", "the other one");
	cr_expect_eq(stile_table_remove(t, "b"), 1);
	cr_expect_eq(stile_table_remove(t, "b"), 0);
	cr_expect_eq(stile_table_count(t), 0);
}

Test(table, names_fold_ascii_only)
{
	struct stile_table	*t = stile_table_new(arena, STILE_NOCASE, 10);

	add(t, "Content-Type", "1");
	add(t, "X_y", "2");
	add(t, "[", "3");
	add(t, "\xC3\xA4", "4");
	EXPECT_STR(stile_table_get(t, "content-TYPE"), "1", "folded");
	EXPECT_STR(stile_table_get(t, "x_Y"), "2", "folded");
	/* One bit apart, as letters are, but no letters. */
	cr_expect(stile_table_get(t, "{") == NULL);
	cr_expect(stile_table_get(t, "\xC3\x84") == NULL);
	cr_expect(stile_table_get(t, "x\x7Fy") == NULL);
	cr_expect(stile_table_get(t, "Content\rType") == NULL);
	cr_expect_eq(set(t, "CONTENT-TYPE", "9"), STILE_OK);
	EXPECT_STR(stile_table_get(t, "content-type"), "9", "set");
	cr_expect_eq(stile_table_count(t), 4);
	cr_expect_eq(stile_table_remove(t, "CONTENT-type"), 1);
}

Test(table, no_more_than_the_maximum)
{
	size_t			 max, i;
	struct stile_table	*t;

	for (max = 0; max < 40; max++) {
		t = stile_table_new(arena, STILE_CASE, max);
		for (i = 0; i < max; i++)
			cr_assert_eq(add(t, "n", "v"), STILE_OK, "%zu of %zu",
			    i, max);
		cr_assert_eq(add(t, "n", "v"), STILE_ETOOBIG, "%zu", max);
		cr_assert_eq(stile_table_count(t), max);
	}
}

/* Equal hashes are no equal names: many names, each found. */
Test(table, many_names)
{
	struct stile_table	*t = stile_table_new(arena, STILE_CASE, 3000);
	char			 name[16];
	int			 i;

	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		cr_assert_eq(add(t, name, name + 1), STILE_OK);
	}
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		cr_assert_str_eq(stile_table_get(t, name), name + 1);
	}
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_table	*t;
	enum stile_err		 rc = STILE_ENOMEM;
	char			 long_value[3000];
	int			 i;

	memset(long_value, 'x', sizeof(long_value));
	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if ((t = stile_table_new(a, STILE_CASE, 100)) == NULL)
		goto out;
	for (i = 0; i < 40; i++) {
		rc = i % 3 == 0 ? set(t, "set", "value") : stile_table_add(t,
		    STR("name"), (struct stile_str){ long_value,
		    sizeof(long_value) });
		if (rc != STILE_OK)
			goto out;
	}
	cr_expect_eq(stile_table_count(t), 27);
	cr_expect_eq(stile_table_remove(t, "name"), 26);
out:
	stile_arena_free(a);
	return rc;
}

Test(table, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 5);
}
