/* SPDX-License-Identifier: ISC */
/* The two clocks and RFC 3339 time stamps in UTC. */
#include "base/priv.h"

#include <time.h>

#include "base/clock.h"
#include "base/banned.h"

int64_t
stile_now_ms(void)
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

static char *
put_digits(char *p, int v, int n)
{
	int	i;

	for (i = n; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

/* Without strftime(3): each line of a log has one. */
void
stile__stamp(int64_t ms, char out[STILE_STAMP_SIZE])
{
	int		frac = (int)(ms % 1000);
	time_t		sec = (time_t)(ms / 1000);
	struct tm	tm;
	char		*p = out;

	if (frac < 0) {		/* before 1970 */
		frac += 1000;
		sec--;
	}
	gmtime_r(&sec, &tm);
	p = put_digits(p, tm.tm_year + 1900, 4);
	*p++ = '-';
	p = put_digits(p, tm.tm_mon + 1, 2);
	*p++ = '-';
	p = put_digits(p, tm.tm_mday, 2);
	*p++ = 'T';
	p = put_digits(p, tm.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_sec, 2);
	*p++ = '.';
	p = put_digits(p, frac, 3);
	memcpy(p, "Z", 2);
}
