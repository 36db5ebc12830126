/* SPDX-License-Identifier: ISC */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past
 * U+10FFFF.  What is ill-formed can become U+FFFD, one for each longest
 * ill-formed start, as browsers do it.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "base/banned.h"

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

void
stile__utf8_write(struct stile_buf *b, struct stile_str s)
{
	size_t	n;
	bool	ok;

	if (stile_utf8_valid(s)) {
		stile_buf_str(b, s);
		return;
	}
	for (; s.len > 0; s.p += n, s.len -= n) {
		n = stile__utf8_step(s, &ok);
		if (ok)
			stile_buf_write(b, s.p, n);
		else
			stile_buf_puts(b, "\xEF\xBF\xBD");
	}
}

enum stile_err
stile__utf8_repair(struct stile_arena *a, struct stile_str *s)
{
	struct stile_buf	*b;

	if (stile_utf8_valid(*s))
		return STILE_OK;
	if ((b = stile_buf_new(a, s->len * 3)) == NULL)
		return STILE_ENOMEM;
	stile__utf8_write(b, *s);
	*s = stile_buf_view(b);
	return stile_buf_err(b);
}

struct stile_str
stile__utf8_cut(struct stile_str s, size_t max)
{
	if (s.len <= max)
		return s;
	for (s.len = max; s.len > 0 &&
	    ((unsigned char)s.p[s.len] & 0xC0) == 0x80; s.len--)
		continue;
	return s;
}
