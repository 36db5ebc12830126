/* SPDX-License-Identifier: ISC */
/*
 * lib/schema/format.c under libFuzzer: any bytes, and values in their range.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_format -max_total_time=60 tests/fuzz/corpus/format
 */
#include "base/priv.h"

#include "schema/format.h"
#include "fuzz.h"

#define UNTOUCHED	INT64_C(-4242)

static bool
is_ascii(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len && s.p[i] >= ' ' && s.p[i] <= '~'; i++)
		;
	return i == s.len && s.len > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	s = { (const char *)data, size };
	int64_t			ms = UNTOUCHED;
	bool			calendar = false;

	if (stile__is_email(s))
		require(is_ascii(s) && s.len <= 254 &&
		    memchr(s.p, '@', s.len) != NULL);
	if (stile__is_uri(s))
		require(is_ascii(s) && memchr(s.p, ':', s.len) != NULL &&
		    memchr(s.p, ' ', s.len) == NULL);
	if (stile__is_slug(s))
		require(is_ascii(s));
	if (stile__is_time(s, &ms))
		require(is_ascii(s) && ms >= 0 && ms < 86400000);
	else
		require(ms == UNTOUCHED);
	ms = UNTOUCHED;
	if (stile__is_duration(s, &calendar, &ms))
		require(is_ascii(s) && s.p[0] == 'P' &&
		    (calendar ? ms == UNTOUCHED : ms >= 0));
	else
		require(ms == UNTOUCHED && !calendar);
	return 0;
}
