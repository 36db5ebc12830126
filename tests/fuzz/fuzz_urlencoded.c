/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/urlencoded.c: what is read is text, and is the same again after it
 * was written.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/urlencoded.h"
#include "fuzz.h"

#define PARAMS_MAX	50

static void
check_text(struct stile_str s)
{
	require(s.p != NULL && s.p[s.len] == '\0' && strlen(s.p) == s.len);
	require(stile_utf8_valid(s));
}

static void
check_same(const struct stile_table *t, const struct stile_table *u)
{
	struct stile_str	name, value, name2, value2;
	size_t			i;

	require(stile_table_count(t) == stile_table_count(u));
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		require(stile_table_at(u, i, &name2, &value2));
		require(stile_str_eq(name, name2));
		require(stile_str_eq(value, value2));
	}
}

static void
check_table(struct stile_arena *a, const struct stile_table *t)
{
	struct stile_table	*again;
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	struct stile_str	 name, value;
	size_t			 i;

	require(b != NULL && stile_table_count(t) <= PARAMS_MAX);
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		check_text(name);
		check_text(value);
		stile_urlencoded_add(b, name, value);
	}
	require(stile_buf_err(b) == STILE_OK);
	require(stile_urlencoded_parse(a, stile_buf_view(b), PARAMS_MAX,
	    &again, NULL) == STILE_OK);
	check_same(t, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_arena	*a;
	struct stile_table	*t;
	struct stile_error	 e = { .code = STILE_OK };
	enum stile_err		 rc;

	require((a = stile_arena_new(0)) != NULL);
	rc = stile_urlencoded_parse(a, (struct stile_str){
	    (const char *)data, size }, PARAMS_MAX, &t, &e);
	require(rc == e.code);
	if (rc == STILE_OK)
		check_table(a, t);
	else
		require(e.status == 400 || e.status == 413);
	stile_arena_free(a);
	return 0;
}
