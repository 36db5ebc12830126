/* SPDX-License-Identifier: ISC */
/*
 * Formats of strings: times and durations, as RFC 3339 has them, each in one
 * pass.  Days and timestamps are in codec/date.c.
 */
#include "base/priv.h"

#include "schema/format.h"
#include "base/banned.h"

#define DAY_MS		INT64_C(86400000)

static void
skip(struct stile_str *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

static bool
take(struct stile_str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	skip(s, 1);
	return true;
}

/* Two digits, at most max. */
static bool
take_two(struct stile_str *s, int max, int *ret)
{
	if (s->len < 2 || !ascii_digit(s->p[0]) || !ascii_digit(s->p[1]))
		return false;
	*ret = (s->p[0] - '0') * 10 + s->p[1] - '0';
	skip(s, 2);
	return *ret <= max;
}

/* As many digits as there are; what is below a millisecond goes. */
static bool
take_fraction(struct stile_str *s, int *ms)
{
	int	scale = 100;
	size_t	i;

	*ms = 0;
	if (!take(s, '.'))
		return true;
	for (i = 0; i < s->len && ascii_digit(s->p[i]); i++, scale /= 10)
		*ms += (s->p[i] - '0') * scale;
	skip(s, i);
	return i > 0;
}

/* Minutes east of UTC. */
static bool
take_offset(struct stile_str *s, int *minutes)
{
	int	h, m, sign;

	*minutes = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	sign = take(s, '-') ? -1 : 1;
	if ((sign == 1 && !take(s, '+')) || !take_two(s, 23, &h) ||
	    !take(s, ':') || !take_two(s, 59, &m))
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

bool
stile__is_time(struct stile_str s, int64_t *ret_ms)
{
	int	h, m, sec, frac, east, utc;

	if (!take_two(&s, 23, &h) || !take(&s, ':') ||
	    !take_two(&s, 59, &m) || !take(&s, ':') ||
	    !take_two(&s, 60, &sec) || !take_fraction(&s, &frac) ||
	    !take_offset(&s, &east) || s.len != 0)
		return false;
	utc = (h * 60 + m - east + 2 * 1440) % 1440;
	if (sec == 60) {
		/* The last instant before it, as in codec/date.c. */
		if (utc != 1439)
			return false;
		*ret_ms = DAY_MS - 1;
		return true;
	}
	*ret_ms = ((int64_t)utc * 60 + sec) * 1000 + frac;
	return true;
}

/* ---- durations -------------------------------------------------------- */

#define CALENDAR	0	/* a unit without a length */

struct unit {
	char	code;
	int64_t	ms;
};

static const struct unit	week_unit[] = { { 'W', 7 * DAY_MS } };
static const struct unit	date_units[] = {
	{ 'Y', CALENDAR }, { 'M', CALENDAR }, { 'D', DAY_MS },
};
static const struct unit	time_units[] = {
	{ 'H', 3600000 }, { 'M', 60000 }, { 'S', 1000 },
};

struct length {
	int64_t	ms;
	bool	calendar;
};

static bool
take_number(struct stile_str *s, int64_t *ret)
{
	int64_t	v = 0;
	size_t	i;

	for (i = 0; i < s->len && ascii_digit(s->p[i]); i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s->p[i] - '0', &v))
			return false;
	skip(s, i);
	*ret = v;
	return i > 0;
}

/*
 * Numbers with units, in their order and without a gap: RFC 3339 has "P1M2D",
 * but no "P1Y2D".  They end with the text, or where a "T" may come.
 */
static bool
take_units(struct stile_str *s, const struct unit *u, size_t n,
    struct length *sum)
{
	int64_t	v;
	size_t	i;
	bool	any = false;

	for (i = 0; s->len > 0 && s->p[0] != 'T'; i++, any = true) {
		if (!take_number(s, &v))
			return false;
		while (!any && i < n && (s->len == 0 || s->p[0] != u[i].code))
			i++;
		if (i >= n || !take(s, u[i].code) ||
		    __builtin_mul_overflow(v, u[i].ms, &v) ||
		    __builtin_add_overflow(sum->ms, v, &sum->ms))
			return false;
		sum->calendar |= u[i].ms == CALENDAR;
	}
	return any;
}

bool
stile__is_duration(struct stile_str s, bool *calendar, int64_t *ret_ms)
{
	struct length	sum = { 0, false };

	if (!take(&s, 'P') || s.len == 0)
		return false;
	if (s.p[s.len - 1] == 'W') {
		if (!take_units(&s, week_unit, NELEM(week_unit), &sum))
			return false;
	} else if (s.p[0] != 'T' &&
	    !take_units(&s, date_units, NELEM(date_units), &sum))
		return false;
	if (take(&s, 'T') &&
	    !take_units(&s, time_units, NELEM(time_units), &sum))
		return false;
	if (s.len != 0)
		return false;
	*calendar = sum.calendar;
	if (!sum.calendar)
		*ret_ms = sum.ms;
	return true;
}
