/* SPDX-License-Identifier: ISC */
/*
 * Base64: RFC 4648, sections 4 and 5.  Decoding takes exactly what encoding
 * gives: no white space, no other alphabet, no bits left over, so that each
 * text stands for bytes that no other text stands for.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "base/base64.h"
#include "base/banned.h"

static const char	alphabet[][65] = {
	[STILE_BASE64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/",
	[STILE_BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_",
};

void
stile_base64_encode(struct stile_buf *b, struct stile_str s,
    enum stile_base64 kind)
{
	const unsigned char	*p = (const unsigned char *)s.p;
	const char		*set = alphabet[kind];
	size_t			 i, left;
	uint32_t		 v;
	char			 out[4];

	for (i = 0; i < s.len; i += 3) {
		left = s.len - i;
		v = (uint32_t)p[i] << 16;
		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		out[0] = set[v >> 18];
		out[1] = set[v >> 12 & 63];
		out[2] = left > 1 ? set[v >> 6 & 63] : '=';
		out[3] = left > 2 ? set[v & 63] : '=';
		stile_buf_write(b, out, left > 2 || kind == STILE_BASE64_STD ?
		    4 : left + 1);
	}
}

static int
value(char c, enum stile_base64 kind)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_digit(c))
		return c - '0' + 52;
	return c == alphabet[kind][62] ? 62 : c == alphabet[kind][63] ? 63 : -1;
}

/* Without what fills it up; false where that is not as it has to be. */
static bool
unpad(struct stile_str *s, enum stile_base64 kind)
{
	size_t	pad = 0;

	if (kind == STILE_BASE64_STD) {
		if (s->len % 4 != 0)
			return false;
		while (pad < 2 && pad < s->len && s->p[s->len - 1 - pad] == '=')
			pad++;
	}
	s->len -= pad;
	return s->len % 4 != 1;
}

enum stile_err
stile__base64_decode(struct stile_arena *a, struct stile_str s,
    enum stile_base64 kind, char **ret, size_t *len)
{
	char		*out;
	size_t		 i, n = 0;
	uint32_t	 v = 0;
	int		 d;

	if (!unpad(&s, kind))
		return STILE_ESYNTAX;
	if ((out = stile_arena_alloc(a, s.len / 4 * 3 + 3, 1)) == NULL)
		return STILE_ENOMEM;
	for (i = 0; i < s.len; i++) {
		if ((d = value(s.p[i], kind)) < 0)
			return STILE_ESYNTAX;
		v = v << 6 | (uint32_t)d;
		if (i % 4 != 0)
			out[n++] = (char)(v >> (6 - i % 4 * 2) & 0xFF);
	}
	/* What is left of the last group is no byte and has to be 0. */
	if ((s.len % 4 == 2 && (v & 15) != 0) ||
	    (s.len % 4 == 3 && (v & 3) != 0))
		return STILE_ESYNTAX;
	*ret = out;
	*len = n;
	return STILE_OK;
}

char *
stile_base64_decode(struct stile_arena *a, struct stile_str s,
    enum stile_base64 kind, size_t *len)
{
	char	*p;

	return stile__base64_decode(a, s, kind, &p, len) == STILE_OK ? p :
	    NULL;
}
