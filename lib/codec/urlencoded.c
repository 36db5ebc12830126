/* SPDX-License-Identifier: ISC */
/*
 * application/x-www-form-urlencoded, by the WHATWG URL standard, section 5:
 * '+' is a space, a '%' without two hex digits stands for itself, ';' is data,
 * and what is not UTF-8 becomes U+FFFD.  One rule is ours: no NUL.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/urlencoded.h"
#include "base/utf8.h"
#include "base/banned.h"

static size_t
decode(struct stile_str s, char *out)
{
	size_t	i, n = 0;
	int	hi, lo;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '%' && s.len - i >= 3 &&
		    (hi = ascii_hex(s.p[i + 1])) >= 0 &&
		    (lo = ascii_hex(s.p[i + 2])) >= 0) {
			out[n++] = (char)(hi << 4 | lo);
			i += 2;
		} else
			out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
	}
	return n;
}

static enum stile_err
decode_text(struct stile_arena *a, struct stile_str in, struct stile_str *out,
    struct stile_error *e)
{
	char	*p;

	if ((p = stile_arena_dup(a, in)) == NULL)
		return stile__error_nomem(e);
	out->p = p;
	out->len = decode(in, p);
	if (memchr(p, '\0', out->len) != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 400,
		    "a NUL in a parameter");
	if (stile__utf8_repair(a, out) != STILE_OK)
		return stile__error_nomem(e);
	return STILE_OK;
}

enum stile_err
stile_urlencoded_parse(struct stile_arena *a, struct stile_str text,
    size_t max, struct stile_table **ret, struct stile_error *e)
{
	struct stile_table	*t;
	struct stile_str	 pair, name, value;
	enum stile_err		 rc;

	if ((t = stile_table_new(a, STILE_CASE, max)) == NULL)
		return stile__error_nomem(e);
	while (stile_str_cut(&text, '&', &pair)) {
		if (pair.len == 0)
			continue;
		stile_str_cut(&pair, '=', &name);
		if (pair.p == NULL)
			pair = STR("");
		if (stile_table_count(t) == max)
			return stile_error_set(e, STILE_ETOOBIG, 413,
			    "params_max: at most %zu parameters are accepted",
			    max);
		if ((rc = decode_text(a, name, &name, e)) != STILE_OK ||
		    (rc = decode_text(a, pair, &value, e)) != STILE_OK)
			return rc;
		if ((rc = stile_table_add(t, name, value)) != STILE_OK)
			return stile_error_set(e, rc, 503, "no memory");
	}
	*ret = t;
	return STILE_OK;
}

void
stile_urlencoded_add(struct stile_buf *b, struct stile_str name,
    struct stile_str value)
{
	if (stile_buf_view(b).len > 0)
		stile_buf_putc(b, '&');
	stile_enc_percent(b, name);
	stile_buf_putc(b, '=');
	stile_enc_percent(b, value);
}
