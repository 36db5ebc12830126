/* SPDX-License-Identifier: ISC */
/* The two clocks and RFC 3339 time stamps in UTC. */
#include "base/priv.h"

#include <time.h>

#include "base/clock.h"
#include "base/banned.h"

int64_t
stile__now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
stile__mono_us(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
stile__stamp(int64_t ms, char out[STILE_STAMP_SIZE])
{
	int		frac = (int)(ms % 1000);
	time_t		sec = (time_t)(ms / 1000);
	struct tm	tm;
	size_t		n;

	if (frac < 0) {		/* before 1970 */
		frac += 1000;
		sec--;
	}
	gmtime_r(&sec, &tm);
	n = strftime(out, STILE_STAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, STILE_STAMP_SIZE - n, ".%03dZ", frac);
}
