/* SPDX-License-Identifier: ISC */
/*
 * Formats of strings (JSON Schema 2020-12 Validation, section 7.3): mailboxes,
 * URIs and slugs, each in one pass from left to right.
 *
 * What is checked is the grammar: whether a mailbox, host or scheme exists is
 * not asked.  Times are in schema/format_time.c, days and timestamps in
 * codec/date.c, UUIDs in base/num.c.
 */
#include "base/priv.h"

#include <arpa/inet.h>

#include "stile/str.h"
#include "schema/format.h"
#include "base/banned.h"

#define EMAIL_MAX	254	/* RFC 5321, 4.5.3.1.3, without "<" and ">" */
#define LOCAL_MAX	64	/* 4.5.3.1.1 */
#define LABEL_MAX	63	/* RFC 1035, section 2.3.4 */

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

/* ---- addresses, which mailboxes and URIs share ------------------------ */

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

/* ---- mailboxes -------------------------------------------------------- */

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

/* ---- URIs ------------------------------------------------------------- */

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

/* ---- slugs ------------------------------------------------------------ */

bool
stile__is_slug(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len && (is_alnum(s.p[i]) ||
	    one_of(s.p[i], "_-")); i++)
		;
	return s.len > 0 && i == s.len;
}
