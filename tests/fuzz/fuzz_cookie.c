/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/cookie.c under libFuzzer.  The input is a Cookie field; then each
 * cookie that was in it, with the next ones for path and domain, is written,
 * and if that succeeds it has to come back as it was.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_cookie -max_total_time=60 tests/fuzz/corpus/cookie
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cookie.h"
#include "stile/str.h"
#include "stile/table.h"
#include "fuzz.h"

#define COOKIES_MAX	20

/* One line, of which the first pair is the cookie. */
static void
check_written(struct stile_arena *a, const struct stile_cookie *c,
    struct stile_str line)
{
	struct stile_table	*t;
	struct stile_str	 pair;
	const char		*value;
	size_t			 i;

	require(line.len <= STILE_COOKIE_MAX);
	for (i = 0; i < line.len; i++)
		require(line.p[i] >= 0x20 && line.p[i] < 0x7F);
	require(stile_str_cut(&line, ';', &pair));
	require(stile_cookie_parse(a, pair, 1, &t, NULL) == STILE_OK);
	require((value = stile_table_get(t, c->name)) != NULL);
	require(strcmp(value, c->value) == 0);
	require(c->secure || (strncmp(c->name, "__Host-", 7) != 0 &&
	    strncmp(c->name, "__Secure-", 9) != 0));
}

static void
write_one(struct stile_arena *a, const struct stile_table *t, size_t i)
{
	struct stile_cookie	 c;
	struct stile_error	 e = { .code = STILE_OK };
	struct stile_str	 name, value, other = { NULL, 0 };
	struct stile_buf	*b;
	enum stile_err		 rc;

	require(stile_table_at(t, i, &name, &value));
	require(name.len > 0);
	stile_table_at(t, i + 1, NULL, &other);
	require((b = stile_buf_new(a, STILE_COOKIE_MAX)) != NULL);
	c = (struct stile_cookie){ .name = name.p, .value = value.p,
	    .path = i % 2 == 0 ? other.p : NULL,
	    .domain = i % 2 == 1 ? other.p : NULL,
	    .max_age = (int64_t)name.len - 3, .secure = value.len % 2 == 0,
	    .partitioned = name.len % 5 == 0,
	    .same_site = (enum stile_same_site)(name.len % 3) };
	rc = stile_cookie_write(b, &c, &e);
	require(rc == e.code);
	if (rc == STILE_OK)
		check_written(a, &c, stile_buf_view(b));
	else
		require(stile_buf_view(b).len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_arena	*a;
	struct stile_table	*t;
	struct stile_error	 e = { .code = STILE_OK };
	enum stile_err		 rc;
	size_t			 i;

	require((a = stile_arena_new(0)) != NULL);
	rc = stile_cookie_parse(a, (struct stile_str){ (const char *)data,
	    size }, COOKIES_MAX, &t, &e);
	require(rc == e.code);
	if (rc == STILE_OK)
		for (i = 0; i < stile_table_count(t); i++)
			write_one(a, t, i);
	stile_arena_free(a);
	return 0;
}
