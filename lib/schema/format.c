/* SPDX-License-Identifier: ISC */
/*
 * Formats of strings (JSON Schema 2020-12 Validation, section 7.3): mailboxes,
 * URIs, slugs, times and durations, each in one pass from left to right.
 *
 * What is checked is the grammar: whether a mailbox, host or scheme exists is
 * not asked.  Days and timestamps are in codec/date.c, UUIDs in base/num.c.
 */
#include "base/priv.h"

#include <arpa/inet.h>

#include "stile/str.h"
#include "schema/format.h"
#include "base/banned.h"

#define EMAIL_MAX	254	/* RFC 5321, 4.5.3.1.3, without "<" and ">" */
#define LOCAL_MAX	64	/* 4.5.3.1.1 */
#define LABEL_MAX	63	/* RFC 1035, section 2.3.4 */
#define DAY_MS		INT64_C(86400000)

static bool
is_alpha(int c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

static bool
is_alnum(int c)
{
	return is_alpha(c) || ascii_digit(c);
}

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static struct stile_str
from(struct stile_str s, size_t i)
{
	return (struct stile_str){ s.p + i, s.len - i };
}

static struct stile_str
head(struct stile_str s, size_t n)
{
	return (struct stile_str){ s.p, n };
}

/* Where the first of some characters is, or the length. */
static size_t
find(struct stile_str s, const char *set)
{
	size_t	i;

	for (i = 0; i < s.len && !one_of(s.p[i], set); i++)
		;
	return i;
}

/* ---- addresses, which mailboxes and URIs share ----------------------------- */

/* RFC 3986, section 3.2.2, which has no leading zeros either. */
static bool
is_address(int family, struct stile_str s)
{
	char		z[INET6_ADDRSTRLEN];
	unsigned char	b[sizeof(struct in6_addr)];

	if (s.len >= sizeof(z) || memchr(s.p, '\0', s.len) != NULL)
		return false;
	memcpy(z, s.p, s.len);
	z[s.len] = '\0';
	return inet_pton(family, z, b) == 1;
}

/* ---- mailboxes -------------------------------------------------------------- */

static bool
is_dot_string(struct stile_str s)
{
	size_t	i;
	bool	dot = true;	/* or the beginning */

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '.' ? dot : !is_alnum(s.p[i]) &&
		    !one_of(s.p[i], "!#$%&'*+-/=?^_`{|}~"))
			return false;
		dot = s.p[i] == '.';
	}
	return !dot;
}

/* The length of a quoted string with its quotes, or 0. */
static size_t
quoted_len(struct stile_str s)
{
	size_t	i;

	for (i = 1; i < s.len && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\' && ++i == s.len)
			return 0;
		if (s.p[i] < ' ' || s.p[i] > '~')
			return 0;
	}
	return i < s.len ? i + 1 : 0;
}

/*
 * RFC 1123, section 2.1: labels of letters, digits and inner hyphens.  The last
 * one is more than a number, so that no address is a name.
 */
static bool
is_domain(struct stile_str s)
{
	size_t	i, n = 0;
	bool	digits = true;	/* nothing else in this label */

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '.') {
			if (n == 0 || s.p[i - 1] == '-')
				return false;
			n = 0;
			digits = true;
			continue;
		}
		if (++n > LABEL_MAX || (!is_alnum(s.p[i]) &&
		    (s.p[i] != '-' || n == 1)))
			return false;
		digits = digits && ascii_digit(s.p[i]);
	}
	return n > 0 && !digits && s.p[s.len - 1] != '-';
}

/* No tag but IPv6 is registered for RFC 5321's general literals. */
static bool
is_literal(struct stile_str s)
{
	static const struct stile_str	tag = STILE_STR_INIT("IPv6:");

	if (s.len < 2 || s.p[0] != '[' || s.p[s.len - 1] != ']')
		return false;
	s = (struct stile_str){ s.p + 1, s.len - 2 };
	if (s.len > tag.len && stile_str_caseeq(head(s, tag.len), tag))
		return is_address(AF_INET6, from(s, tag.len));
	return is_address(AF_INET, s);
}

bool
stile__is_email(struct stile_str s)
{
	struct stile_str	domain;
	size_t			local;

	if (s.len == 0 || s.len > EMAIL_MAX)
		return false;
	local = s.p[0] == '"' ? quoted_len(s) : find(s, "@");
	if (local == 0 || local > LOCAL_MAX || local == s.len ||
	    s.p[local] != '@' ||
	    (s.p[0] != '"' && !is_dot_string(head(s, local))))
		return false;
	domain = from(s, local + 1);
	return is_domain(domain) || is_literal(domain);
}

/* ---- URIs ------------------------------------------------------------------- */

/* Only unreserved and sub-delims, escapes, and the characters in more. */
static bool
is_made_of(struct stile_str s, const char *more)
{
	size_t	i;

	for (i = 0; i < s.len; i++) {
		if (is_alnum(s.p[i]) || one_of(s.p[i], "-._~!$&'()*+,;=") ||
		    one_of(s.p[i], more))
			continue;
		if (s.p[i] != '%' || s.len - i < 3 ||
		    ascii_hex(s.p[i + 1]) < 0 || ascii_hex(s.p[i + 2]) < 0)
			return false;
		i += 2;
	}
	return true;
}

/* "v1F.something": a form of address that is still to come. */
static bool
is_future(struct stile_str s)
{
	size_t	i;

	if (s.len == 0 || ascii_lower(s.p[0]) != 'v')
		return false;
	for (i = 1; i < s.len && ascii_hex(s.p[i]) >= 0; i++)
		;
	if (i == 1 || i + 1 >= s.len || s.p[i] != '.')
		return false;
	s = from(s, i + 1);
	return find(s, "%") == s.len && is_made_of(s, ":");
}

static bool
is_port(struct stile_str s)
{
	size_t	i;

	for (i = 1; i < s.len && ascii_digit(s.p[i]); i++)
		;
	return s.len == 0 || (s.p[0] == ':' && i >= s.len);
}

static bool
is_authority(struct stile_str s)
{
	size_t	n;

	if ((n = find(s, "@")) < s.len) {
		if (!is_made_of(head(s, n), ":"))
			return false;
		s = from(s, n + 1);
	}
	if (s.len == 0 || s.p[0] != '[') {
		n = find(s, ":");
		return is_made_of(head(s, n), "") && is_port(from(s, n));
	}
	if ((n = find(s, "]")) == s.len || !is_port(from(s, n + 1)))
		return false;
	s = (struct stile_str){ s.p + 1, n - 1 };
	return is_address(AF_INET6, s) || is_future(s);
}

/* The length of a scheme with its colon, or 0. */
static size_t
scheme_len(struct stile_str s)
{
	size_t	i;

	if (s.len == 0 || !is_alpha(s.p[0]))
		return 0;
	for (i = 1; i < s.len && (is_alnum(s.p[i]) ||
	    one_of(s.p[i], "+-.")); i++)
		;
	return i < s.len && s.p[i] == ':' ? i + 1 : 0;
}

bool
stile__is_uri(struct stile_str s)
{
	size_t	n;

	if ((n = scheme_len(s)) == 0)
		return false;
	s = from(s, n);
	if (s.len >= 2 && s.p[0] == '/' && s.p[1] == '/') {
		s = from(s, 2);
		n = find(s, "/?#");
		if (!is_authority(head(s, n)))
			return false;
		s = from(s, n);
	}
	/* The path; a query and a fragment may have "?" as well. */
	n = find(s, "?#");
	if (!is_made_of(head(s, n), ":@/"))
		return false;
	s = from(s, n);
	if ((n = find(s, "#")) < s.len &&
	    !is_made_of(from(s, n + 1), ":@/?"))
		return false;
	return is_made_of(head(s, n), ":@/?");
}

/* ---- slugs ------------------------------------------------------------------ */

bool
stile__is_slug(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len && (is_alnum(s.p[i]) ||
	    one_of(s.p[i], "_-")); i++)
		;
	return s.len > 0 && i == s.len;
}

/* ---- times ------------------------------------------------------------------ */

static bool
take(struct stile_str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = from(*s, 1);
	return true;
}

/* Two digits, at most max. */
static bool
take_two(struct stile_str *s, int max, int *ret)
{
	if (s->len < 2 || !ascii_digit(s->p[0]) || !ascii_digit(s->p[1]))
		return false;
	*ret = (s->p[0] - '0') * 10 + s->p[1] - '0';
	*s = from(*s, 2);
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
	*s = from(*s, i);
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

/* ---- durations -------------------------------------------------------------- */

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
	*s = from(*s, i);
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
