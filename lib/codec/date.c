/* SPDX-License-Identifier: ISC */
/*
 * Dates: HTTP's three forms (RFC 9110, section 5.6.7) and RFC 3339.  Both
 * directions follow one template, so what is written can be read again.
 *
 * The calendar is the Gregorian one from year 0 to 9999, computed here: no
 * locale, no time zone of the machine, no timegm(3).
 */
#include "base/priv.h"

#include "stile/date.h"
#include "base/banned.h"

#define DAY_SECS	86400
#define EPOCH_DAY	719528		/* 1970-01-01, from 0000-01-01 */
#define DAY_MIN		(-(int64_t)EPOCH_DAY)
#define DAY_MAX		INT64_C(2932896)	/* 9999-12-31 */
#define SEC_MIN		(DAY_MIN * DAY_SECS)
#define SEC_MAX		(DAY_MAX * DAY_SECS + DAY_SECS - 1)

/* A date's numbers; the month counts from 1, the week from Sunday, 0. */
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, WEEKDAY, PARTS };

/*
 * Templates: %Y and %y are years of four and two digits, %m %d %h %i %s two
 * digits each, %e a day of two digits or a space and one, %b %w %W names, %t
 * the letter between date and time.  All else stands for itself.
 */
static const char	imf_fixdate[] = "%w, %d %b %Y %h:%i:%s GMT";
static const char	rfc850[] = "%W, %d-%b-%y %h:%i:%s GMT";
static const char	asctime_date[] = "%w %b %e %h:%i:%s %Y";
static const char	full_date[] = "%Y-%m-%d";
static const char	date_time[] = "%Y-%m-%d%t%h:%i:%s";

static const struct number {
	char	code;
	int	part;
	int	width;
} numbers[] = {
	{ 'Y', YEAR, 4 }, { 'y', YEAR, 2 }, { 'm', MONTH, 2 }, { 'd', DAY, 2 },
	{ 'h', HOUR, 2 }, { 'i', MINUTE, 2 }, { 's', SECOND, 2 },
};

static const char *const	months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static const char *const	weekdays[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday",
};

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 0000-01-01 to the first of a month, which is 1 to 13. */
static int
days_before(int year, int month)
{
	static const int	before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
	};
	int	leaps = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;

	return year * 365 + leaps + before[month - 1] +
	    (month > 2 && is_leap(year));
}

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

/* The numbers of an instant; one without a year of four digits is moved. */
static void
split(int64_t sec, int t[PARTS])
{
	int64_t	since = clamp(sec, SEC_MIN, SEC_MAX) - SEC_MIN;
	int	days = (int)(since / DAY_SECS), s = (int)(since % DAY_SECS);
	int	y = days / 366, m = 1;

	while (days_before(y + 1, 1) <= days)
		y += (days - days_before(y, 1)) / 366 + 1;
	while (days_before(y, 1) > days)
		y--;
	while (days_before(y, m + 1) <= days)
		m++;
	t[YEAR] = y;
	t[MONTH] = m;
	t[DAY] = days - days_before(y, m) + 1;
	t[HOUR] = s / 3600;
	t[MINUTE] = s / 60 % 60;
	t[SECOND] = s % 60;
	t[WEEKDAY] = (days + 6) % 7;
}

/* Back again; false where the calendar or the clock has no such thing. */
static bool
join(const int t[PARTS], int64_t *sec)
{
	int	days;

	if (t[YEAR] < 0 || t[YEAR] > 9999 || t[MONTH] < 1 || t[MONTH] > 12 ||
	    t[DAY] < 1 || t[HOUR] > 23 || t[MINUTE] > 59 || t[SECOND] > 60)
		return false;
	days = days_before(t[YEAR], t[MONTH]) + t[DAY] - 1;
	if (days >= days_before(t[YEAR], t[MONTH] + 1))
		return false;
	*sec = SEC_MIN + (int64_t)days * DAY_SECS + t[HOUR] * 3600 +
	    t[MINUTE] * 60 + t[SECOND];
	return true;
}

/*
 * Second 60 exists at the end of a month in UTC and counts as the last instant
 * before it: a clock that knows no leap second still does not run backwards.
 */
static bool
leap_second(const int t[PARTS], int64_t *sec)
{
	int	next[PARTS];

	if (t[SECOND] < 60)
		return true;
	split(*sec, next);
	--*sec;
	return *sec == SEC_MAX || (next[DAY] == 1 && next[HOUR] == 0 &&
	    next[MINUTE] == 0);
}

static const struct number *
number_of(char code)
{
	size_t	i;

	for (i = 0; i < NELEM(numbers); i++)
		if (numbers[i].code == code)
			return &numbers[i];
	return NULL;
}

static void
write_form(const char *form, const int t[PARTS], char *out)
{
	const struct number	*n;
	int			 i, v;

	for (; *form != '\0'; form++) {
		if (*form != '%') {
			*out++ = *form;
		} else if ((n = number_of(*++form)) != NULL) {
			for (i = n->width, v = t[n->part]; i > 0; v /= 10)
				out[--i] = (char)('0' + v % 10);
			out += n->width;
		} else if (*form == 't') {
			*out++ = 'T';
		} else {
			memcpy(out, *form == 'b' ? months[t[MONTH] - 1] :
			    weekdays[t[WEEKDAY]], 3);
			out += 3;
		}
	}
	*out = '\0';
}

static bool
read_digits(struct stile_str *s, int width, int *ret)
{
	int	i, v = 0;

	if (s->len < (size_t)width)
		return false;
	for (i = 0; i < width; i++) {
		if (!ascii_digit(s->p[i]))
			return false;
		v = v * 10 + s->p[i] - '0';
	}
	s->p += width;
	s->len -= (size_t)width;
	*ret = v;
	return true;
}

static bool
read_char(struct stile_str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

/* One of n names, of which letters count, 0 for all; its place in *ret. */
static bool
read_name(struct stile_str *s, const char *const *names, int n, size_t letters,
    int *ret)
{
	size_t	len;
	int	i;

	for (i = 0; i < n; i++) {
		len = letters != 0 ? letters : strlen(names[i]);
		if (s->len >= len && memcmp(s->p, names[i], len) == 0) {
			s->p += len;
			s->len -= len;
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool
read_code(char code, struct stile_str *s, int t[PARTS])
{
	const struct number	*n;

	if ((n = number_of(code)) != NULL)
		return read_digits(s, n->width, &t[n->part]);
	switch (code) {
	case 'b':
		if (!read_name(s, months, NELEM(months), 3, &t[MONTH]))
			return false;
		t[MONTH]++;
		return true;
	case 'e':
		return read_digits(s, read_char(s, ' ') ? 1 : 2, &t[DAY]);
	case 't':
		return read_char(s, 'T') || read_char(s, 't');
	default:
		return read_name(s, weekdays, NELEM(weekdays),
		    code == 'w' ? 3 : 0, &t[WEEKDAY]);
	}
}

/* Take the template off s. */
static bool
read_form(const char *form, struct stile_str *s, int t[PARTS])
{
	for (; *form != '\0'; form++)
		if (*form == '%' ? !read_code(*++form, s, t) :
		    !read_char(s, *form))
			return false;
	return true;
}

static bool
read_all(const char *form, struct stile_str s, int t[PARTS])
{
	return read_form(form, &s, t) && s.len == 0;
}

void
stile_http_date(int64_t sec, char out[STILE_HTTP_DATE_SIZE])
{
	int	t[PARTS];

	split(sec, t);
	write_form(imf_fixdate, t, out);
}

/* The last year with these two digits that is no more than 50 years ahead. */
static void
place_year(int t[PARTS], int64_t now_sec)
{
	int	now[PARTS], i, ahead;

	split(now_sec, now);
	now[YEAR] += 50;
	t[YEAR] += now[YEAR] / 100 * 100;
	for (i = YEAR, ahead = 0; i <= SECOND && ahead == 0; i++)
		ahead = t[i] - now[i];
	if (ahead > 0)
		t[YEAR] -= 100;
}

enum stile_err
stile_http_date_parse(struct stile_str s, int64_t now_sec, int64_t *ret)
{
	int	t[PARTS];
	int64_t	sec;

	if (read_all(rfc850, s, t))
		place_year(t, now_sec);
	else if (!read_all(imf_fixdate, s, t) && !read_all(asctime_date, s, t))
		return STILE_ESYNTAX;
	if (!join(t, &sec) || !leap_second(t, &sec))
		return STILE_ERANGE;
	*ret = sec;
	return STILE_OK;
}

void
stile_timestamp(int64_t ms, char out[STILE_TIMESTAMP_SIZE])
{
	int	t[PARTS], frac;

	ms = clamp(ms, SEC_MIN * 1000, SEC_MAX * 1000 + 999) - SEC_MIN * 1000;
	split(ms / 1000 + SEC_MIN, t);
	write_form(date_time, t, out);
	frac = (int)(ms % 1000);
	out[19] = '.';
	out[20] = (char)('0' + frac / 100);
	out[21] = (char)('0' + frac / 10 % 10);
	out[22] = (char)('0' + frac % 10);
	out[23] = 'Z';
	out[24] = '\0';
}

/* Up to nine digits; what is below a millisecond goes. */
static bool
read_fraction(struct stile_str *s, int *ms)
{
	int	i, scale = 100;

	*ms = 0;
	if (!read_char(s, '.'))
		return true;
	for (i = 0; s->len > 0 && ascii_digit(s->p[0]); i++) {
		*ms += (s->p[0] - '0') * scale;
		scale /= 10;
		s->p++;
		s->len--;
	}
	return i >= 1 && i <= 9;
}

/* Minutes east of UTC: "Z" or "+hh:mm". */
static bool
read_offset(struct stile_str *s, int t[PARTS], int *minutes)
{
	int	sign;

	*minutes = 0;
	if (read_char(s, 'Z') || read_char(s, 'z'))
		return true;
	sign = read_char(s, '-') ? -1 : 1;
	if ((sign == 1 && !read_char(s, '+')) || !read_form("%h:%i", s, t))
		return false;
	*minutes = sign * (t[HOUR] * 60 + t[MINUTE]);
	return true;
}

enum stile_err
stile_timestamp_parse(struct stile_str s, int64_t *ret_ms)
{
	int	t[PARTS], off[PARTS] = { 0 }, frac, minutes;
	int64_t	sec;

	if (!read_form(date_time, &s, t) || !read_fraction(&s, &frac) ||
	    !read_offset(&s, off, &minutes) || s.len != 0)
		return STILE_ESYNTAX;
	if (off[HOUR] > 23 || off[MINUTE] > 59 || !join(t, &sec))
		return STILE_ERANGE;
	sec -= minutes * 60;
	if (!leap_second(t, &sec) || sec < SEC_MIN || sec > SEC_MAX)
		return STILE_ERANGE;
	*ret_ms = sec * 1000 + (t[SECOND] < 60 ? frac : 999);
	return STILE_OK;
}

void
stile_day(int64_t days, char out[STILE_DAY_SIZE])
{
	int	t[PARTS];

	split(clamp(days, DAY_MIN, DAY_MAX) * DAY_SECS, t);
	write_form(full_date, t, out);
}

enum stile_err
stile_day_parse(struct stile_str s, int64_t *ret_days)
{
	int	t[PARTS] = { 0 };
	int64_t	sec;

	if (!read_all(full_date, s, t))
		return STILE_ESYNTAX;
	if (!join(t, &sec))
		return STILE_ERANGE;
	*ret_days = (sec - SEC_MIN) / DAY_SECS + DAY_MIN;
	return STILE_OK;
}
