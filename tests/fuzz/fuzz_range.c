/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/range.c under libFuzzer: whatever is asked for, the answer lies
 * within the content, and no byte is in it twice.
 *
 * The first line of the input is the size, the rest the Range field.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_range -max_total_time=60 tests/fuzz/corpus/range
 */
#include "base/priv.h"

#include "stile/num.h"
#include "stile/str.h"
#include "codec/range.h"
#include "fuzz.h"

static void
check(const struct stile__ranges *l, int64_t size)
{
	const struct stile__range	*a, *b;
	char				 out[STILE__CONTENT_RANGE_SIZE];
	size_t				 i, k;

	require(l->n >= 1 && l->n <= STILE__RANGES_MAX);
	for (i = 0; i < l->n; i++) {
		a = &l->v[i];
		require(a->first >= 0 && a->first <= a->last &&
		    a->last < size);
		for (k = 0; k < i; k++) {
			b = &l->v[k];
			require(a->first > b->last + 1 ||
			    b->first > a->last + 1);
		}
		stile__content_range(a, size, out);
		require(strncmp(out, "bytes ", 6) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	field = { (const char *)data, size }, line;
	struct stile__ranges	l;
	int64_t			n;

	if (size == 0 || !stile_str_cut(&field, '\n', &line) ||
	    stile_num_int(line, -1, INT64_MAX, &n) != STILE_OK)
		return 0;
	switch (stile__range_parse(field, n, &l)) {
	case STILE__RANGE_SEND:
		check(&l, n);
		break;
	case STILE__RANGE_IGNORE:
	case STILE__RANGE_UNSATISFIABLE:
		break;
	}
	return 0;
}
