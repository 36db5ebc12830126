/* SPDX-License-Identifier: ISC */
/*
 * Counted strings, and UTF-8 as RFC 3629 has it: no overlong forms, no
 * surrogates, nothing past U+10FFFF.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "base/utf8.h"
#include "base/banned.h"

struct stile_str
stile_str(const char *s)
{
	return (struct stile_str){ s, s != NULL ? strlen(s) : 0 };
}

bool
stile_str_eq(struct stile_str a, struct stile_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
stile_str_caseeq(struct stile_str a, struct stile_str b)
{
	size_t	i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct stile_str
stile_str_trim(struct stile_str s)
{
	while (s.len > 0 && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
stile_str_cut(struct stile_str *rest, char sep, struct stile_str *piece)
{
	const char	*p;

	if (rest->p == NULL)
		return false;
	p = rest->len != 0 ? memchr(rest->p, sep, rest->len) : NULL;
	if (p == NULL) {
		*piece = *rest;
		*rest = (struct stile_str){ NULL, 0 };
	} else {
		piece->p = rest->p;
		piece->len = (size_t)(p - rest->p);
		rest->p = p + 1;
		rest->len -= piece->len + 1;
	}
	return true;
}

/*
 * Each lead byte allows one range of second bytes; all further ones are
 * 0x80 to 0xBF (Unicode 15, table 3-7).
 */
size_t
stile__utf8_step(struct stile_str s, bool *ok)
{
	const unsigned char	*p = (const unsigned char *)s.p;
	unsigned char		 lo = 0x80, hi = 0xBF;
	size_t			 i, n;

	if (p[0] < 0x80) {
		*ok = true;
		return 1;
	}
	*ok = false;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		n = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		n = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		n = 4;
	else
		return 1;
	if (p[0] == 0xE0)
		lo = 0xA0;
	else if (p[0] == 0xED)
		hi = 0x9F;
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	for (i = 1; i < n; i++) {
		if (i >= s.len || p[i] < lo || p[i] > hi)
			return i;
		lo = 0x80;
		hi = 0xBF;
	}
	*ok = true;
	return n;
}

bool
stile_utf8_valid(struct stile_str s)
{
	bool	ok;
	size_t	n;

	for (; s.len > 0; s.p += n, s.len -= n) {
		n = stile__utf8_step(s, &ok);
		if (!ok)
			return false;
	}
	return true;
}

size_t
stile_utf8_length(struct stile_str s)
{
	size_t	i, n = 0;

	for (i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] & 0xC0) != 0x80)
			n++;
	return n;
}
