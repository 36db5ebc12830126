/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/date.c under libFuzzer: what is read can be written, and what is
 * written reads as the same.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_date -max_total_time=60 tests/fuzz/corpus/date
 */
#include "base/priv.h"

#include "stile/date.h"
#include "stile/str.h"
#include "fuzz.h"

#define NOW	INT64_C(1795361434)	/* 2026-11-22T15:30:34Z */

static void
check_code(enum stile_err rc)
{
	require(rc == STILE_OK || rc == STILE_ESYNTAX || rc == STILE_ERANGE);
}

static void
there_and_back(int64_t v)
{
	char	date[STILE_HTTP_DATE_SIZE], ts[STILE_TIMESTAMP_SIZE];
	char	day[STILE_DAY_SIZE], again[STILE_TIMESTAMP_SIZE];
	int64_t	back;

	stile_http_date(v, date);
	require(strlen(date) == sizeof(date) - 1);
	require(stile_http_date_parse(stile_str(date), v, &back) == STILE_OK);
	stile_timestamp(v, ts);
	require(strlen(ts) == sizeof(ts) - 1);
	require(stile_timestamp_parse(stile_str(ts), &back) == STILE_OK);
	stile_timestamp(back, again);
	require(strcmp(ts, again) == 0);
	stile_day(v, day);
	require(strlen(day) == sizeof(day) - 1);
	require(stile_day_parse(stile_str(day), &back) == STILE_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	s = { (const char *)data, size };
	enum stile_err		rc;
	int64_t			v, back, now = NOW;
	char			date[STILE_HTTP_DATE_SIZE];
	char			ts[STILE_TIMESTAMP_SIZE], day[STILE_DAY_SIZE];

	if (size >= sizeof(now)) {
		memcpy(&now, data, sizeof(now));
		there_and_back(now);
	}
	check_code(rc = stile_http_date_parse(s, now, &v));
	if (rc == STILE_OK) {
		stile_http_date(v, date);
		require(stile_http_date_parse(stile_str(date), now, &back) ==
		    STILE_OK && back == v);
	}
	check_code(rc = stile_timestamp_parse(s, &v));
	if (rc == STILE_OK) {
		stile_timestamp(v, ts);
		require(stile_timestamp_parse(stile_str(ts), &back) ==
		    STILE_OK && back == v);
	}
	check_code(rc = stile_day_parse(s, &v));
	if (rc == STILE_OK) {
		stile_day(v, day);
		require(stile_str_eq(s, stile_str(day)));
	}
	return 0;
}
