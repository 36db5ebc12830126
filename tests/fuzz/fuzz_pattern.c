/* SPDX-License-Identifier: ISC */
/*
 * lib/schema/pattern.c and ecma.c under libFuzzer: a pattern, NUL, and a text.
 * PCRE2 itself does not end badly, and a check says the same as a match.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_pattern -max_total_time=60 tests/fuzz/corpus/pattern
 */
#include "base/priv.h"

#include "schema/pattern.h"
#include "fuzz.h"

#define PATTERN_MAX	512

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char			 pattern[PATTERN_MAX];
	struct stile_error	 e = { .code = STILE_OK };
	struct stile_str	 text;
	size_t			 n = strnlen((const char *)data, size);
	enum stile_err		 rc;
	int			 got;

	if (n >= sizeof(pattern))
		return 0;
	memcpy(pattern, data, n);
	pattern[n] = '\0';
	text = (struct stile_str){ (const char *)data + n, size - n };
	rc = stile__pattern_check(pattern, &e);
	require(rc == STILE_OK || rc == STILE_ESYNTAX || rc == STILE_ETOOBIG);
	require(e.code == rc && (rc == STILE_OK) == (e.detail[0] == '\0'));
	got = stile__pattern_match(pattern, text);
	if (rc == STILE_OK)
		require(got == 0 || got == 1 || got == STILE_ETIME);
	else
		require(got == (int)rc);
	return 0;
}
