/* SPDX-License-Identifier: ISC */
/* Percent-encoding (RFC 3986, section 2), HTML and JSON escaping. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "base/enc.h"
#include "base/utf8.h"
#include "base/banned.h"

static bool
is_unreserved(unsigned char c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	    ascii_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void
stile_enc_percent(struct stile_buf *b, struct stile_str s)
{
	static const char	hex[] = "0123456789ABCDEF";
	char			esc[3] = { '%' };
	unsigned char		c;
	size_t			i;

	for (i = 0; i < s.len; i++) {
		c = (unsigned char)s.p[i];
		if (is_unreserved(c)) {
			stile_buf_putc(b, s.p[i]);
			continue;
		}
		esc[1] = hex[c >> 4];
		esc[2] = hex[c & 15];
		stile_buf_write(b, esc, sizeof(esc));
	}
}

char *
stile_dec_percent(struct stile_arena *a, struct stile_str s, size_t *len)
{
	char	*out;
	size_t	 i, n = 0;
	int	 hi, lo;

	if ((out = stile_arena_dup(a, s)) == NULL)
		return NULL;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] != '%') {
			out[n++] = s.p[i];
			continue;
		}
		if (s.len - i < 3 || (hi = ascii_hex(s.p[i + 1])) < 0 ||
		    (lo = ascii_hex(s.p[i + 2])) < 0)
			return NULL;
		out[n++] = (char)(hi << 4 | lo);
		i += 2;
	}
	out[n] = '\0';
	*len = n;
	return out;
}

void
stile_enc_html(struct stile_buf *b, struct stile_str s)
{
	static const char *const entity[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;",
		['"'] = "&quot;", ['\''] = "&#39;",
	};
	size_t	i, from = 0;
	const char *e;

	for (i = 0; i < s.len; i++) {
		if ((e = entity[(unsigned char)s.p[i]]) == NULL)
			continue;
		stile_buf_write(b, s.p + from, i - from);
		stile_buf_puts(b, e);
		from = i + 1;
	}
	if (from < s.len)
		stile_buf_write(b, s.p + from, s.len - from);
}

/* Two characters where JSON has a short form, else \u00XX. */
static void
escape_byte(unsigned char c, char out[6], size_t *n)
{
	static const char	hex[] = "0123456789abcdef";
	static const char	shorts[256] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
		['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};

	out[0] = '\\';
	if (shorts[c] != '\0') {
		out[1] = shorts[c];
		*n = 2;
		return;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	*n = 6;
}

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/*
 * Whether eight bytes, taken as one number, are ASCII and stand for themselves
 * in a JSON string.  A byte's highest bit is set by the subtractions if it was
 * too small, or if it was the one that is looked for; only then do they borrow
 * from the next byte.
 */
static bool
is_plain(const char *p)
{
	uint64_t	v, quote, backslash;

	memcpy(&v, p, sizeof(v));
	quote = v ^ EACH('"');
	backslash = v ^ EACH('\\');
	return ((v | (v - EACH(0x20)) | (quote - EACH(1)) |
	    (backslash - EACH(1))) & EACH(0x80)) == 0;
}

size_t
stile__json_piece(struct stile_str s, struct stile_str *out, char esc[6])
{
	static const char	replacement[] = "\xEF\xBF\xBD";
	unsigned char		c;
	size_t			at, i = 0, n;
	bool			ok;

	while (i < s.len) {
		/* The last eight begin before i, where fewer are left. */
		at = s.len < 8 || s.len - i >= 8 ? i : s.len - 8;
		if (s.len - at >= 8 && is_plain(s.p + at)) {
			i = at + 8;
			continue;
		}
		c = (unsigned char)s.p[i];
		if (c < 0x20 || c == '"' || c == '\\')
			break;
		n = stile__utf8_step((struct stile_str){ s.p + i, s.len - i },
		    &ok);
		if (!ok)
			break;
		i += n;
	}
	if (i > 0) {
		*out = (struct stile_str){ s.p, i };
		return i;
	}
	c = (unsigned char)s.p[0];
	if (c < 0x80) {
		escape_byte(c, esc, &out->len);
		out->p = esc;
		return 1;
	}
	*out = (struct stile_str){ replacement, sizeof(replacement) - 1 };
	return stile__utf8_step(s, &ok);
}
