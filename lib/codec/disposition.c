/* SPDX-License-Identifier: ISC */
/*
 * Content-Disposition of a form's part: RFC 7578, section 4.2, as browsers and
 * other senders write it, not as RFC 2045 has it.
 *
 * In quotes, \" and \\ stand for the second character; any other backslash is
 * one, for some senders put whole Windows paths there.  %22 is how browsers
 * write a quote.  They also write %0D and %0A; those stay, so that no name has
 * a line end.  The bytes are UTF-8; what is not becomes U+FFFD.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "codec/disposition.h"
#include "codec/field.h"
#include "base/banned.h"

struct param {
	struct stile_str	key;
	struct stile_str	value;	/* without its quotes; p NULL: absent */
	bool			quoted;
};

enum { NAME, FILENAME, FILENAME_EXT, N_PARAMS };

static const char *const keys[N_PARAMS] = {
	[NAME] = "name",
	[FILENAME] = "filename",
	[FILENAME_EXT] = "filename*",
};

static enum stile_err
bad(struct stile_error *e, const char *why)
{
	return stile_error_set(e, STILE_ESYNTAX, 400,
	    "a part's Content-Disposition: %s", why);
}

/* ---- cutting the value into parameters ---------------------------------- */

static void
skip(struct stile_str *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

static void
skip_blanks(struct stile_str *s)
{
	while (s->len > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		skip(s, 1);
}

/* Whether s is at its end or at a ';', after blanks. */
static bool
at_end_of_param(struct stile_str *s)
{
	skip_blanks(s);
	return s->len == 0 || s->p[0] == ';';
}

static struct stile_str
cut_token(struct stile_str *s)
{
	struct stile_str	t = { s->p, 0 };

	while (t.len < s->len && stile__is_tchar((unsigned char)s->p[t.len]))
		t.len++;
	skip(s, t.len);
	return t;
}

/* Whether s.p[i] is a backslash that only protects the byte behind it. */
static bool
is_escape(struct stile_str s, size_t i)
{
	return s.p[i] == '\\' && s.len - i >= 2 &&
	    (s.p[i + 1] == '"' || s.p[i + 1] == '\\');
}

/* What is in front of the closing quote; the opening one is gone. */
static bool
cut_quoted(struct stile_str *s, struct stile_str *ret)
{
	size_t	i;

	for (i = 0; i < s->len && s->p[i] != '"'; i++)
		if (is_escape(*s, i))
			i++;
	if (i == s->len)
		return false;
	*ret = (struct stile_str){ s->p, i };
	skip(s, i + 1);
	return true;
}

/* More than a token: senders leave the quotes of "a[b]" away as well. */
static bool
cut_bare(struct stile_str *s, struct stile_str *ret)
{
	size_t	i;

	for (i = 0; i < s->len; i++)
		if (strchr(" \t;\"", s->p[i]) != NULL)
			break;
	*ret = (struct stile_str){ s->p, i };
	skip(s, i);
	return i > 0;
}

static bool
cut_param(struct stile_str *s, struct param *p)
{
	bool	ok;

	p->key = cut_token(s);
	if (p->key.len == 0 || s->len == 0 || s->p[0] != '=')
		return false;
	skip(s, 1);
	p->quoted = s->len > 0 && s->p[0] == '"';
	if (p->quoted) {
		skip(s, 1);
		ok = cut_quoted(s, &p->value);
	} else
		ok = cut_bare(s, &p->value);
	return ok && at_end_of_param(s);
}

/* Keep a parameter that we know; NULL, or what is wrong with it. */
static const char *
keep_param(const struct param *p, struct param found[N_PARAMS])
{
	size_t	i;

	for (i = 0; i < N_PARAMS; i++) {
		if (!stile_str_caseeq(p->key, stile_str(keys[i])))
			continue;
		if (found[i].value.p != NULL)
			return "a parameter twice";
		found[i] = *p;
		return NULL;
	}
	/* filename*0 and so on: to pass over it makes a field of a file. */
	if (p->key.len > 9 && strncasecmp(p->key.p, "filename*", 9) == 0)
		return "a file name in pieces";
	return NULL;
}

/* ---- decoding ----------------------------------------------------------- */

/* Run by run: an escape is ASCII, so it cuts no good sequence in two. */
static void
write_quoted(struct stile_buf *b, struct stile_str s)
{
	size_t	i = 0, skipped;

	while (i < s.len) {
		if (is_escape(s, i))
			skipped = 1;
		else if (s.len - i >= 3 && memcmp(s.p + i, "%22", 3) == 0)
			skipped = 3;
		else {
			i++;
			continue;
		}
		stile__utf8_write(b, (struct stile_str){ s.p, i });
		skip(&s, i + skipped);
		if (skipped == 3)
			stile_buf_putc(b, '"');
		/* The escaped byte opens the next run, whatever it is. */
		i = skipped == 1;
	}
	stile__utf8_write(b, s);
}

static void
write_value(struct stile_buf *b, const struct param *p)
{
	if (p->quoted)
		write_quoted(b, p->value);
	else
		stile__utf8_write(b, p->value);
}

/* UTF-8'en'a%20b, of RFC 8187. */
static bool
write_ext(struct stile_buf *b, const struct param *p)
{
	struct stile_str	s = p->value, charset, language;
	int			hi, lo;

	if (p->quoted || !stile_str_cut(&s, '\'', &charset) ||
	    !stile_str_cut(&s, '\'', &language) || s.p == NULL ||
	    !stile_str_caseeq(charset, STR("UTF-8")))
		return false;
	for (; s.len > 0; skip(&s, 1)) {
		if (s.p[0] == '%' && s.len >= 3 &&
		    (hi = ascii_hex(s.p[1])) >= 0 &&
		    (lo = ascii_hex(s.p[2])) >= 0) {
			stile_buf_putc(b, (char)(hi << 4 | lo));
			skip(&s, 2);
		} else if (stile__is_tchar((unsigned char)s.p[0]) &&
		    strchr("*'%", s.p[0]) == NULL)
			stile_buf_putc(b, s.p[0]);
		else
			return false;
	}
	s = stile_buf_view(b);
	return stile_utf8_valid(s) && memchr(s.p, '\0', s.len) == NULL &&
	    memchr(s.p, '\r', s.len) == NULL &&
	    memchr(s.p, '\n', s.len) == NULL;
}

/* Of a limit, the caller knows more. */
static enum stile_err
check(const struct stile_buf *b, struct stile_error *e)
{
	enum stile_err	rc = stile_buf_err(b);

	return rc != STILE_ENOMEM ? rc :
	    stile_error_set(e, rc, 503, "no memory");
}

enum stile_err
stile__disposition(struct stile_str value, struct stile_buf *name,
    struct stile_buf *filename, bool *is_file, struct stile_error *e)
{
	struct param	 found[N_PARAMS] = { 0 }, p = { 0 };
	const char	*why;
	enum stile_err	 rc;

	if (!stile_str_caseeq(cut_token(&value), STR("form-data")) ||
	    !at_end_of_param(&value))
		return bad(e, "not form-data");
	while (value.len > 0) {
		skip(&value, 1);
		if (at_end_of_param(&value))
			continue;
		if (!cut_param(&value, &p))
			return bad(e, "malformed");
		if ((why = keep_param(&p, found)) != NULL)
			return bad(e, why);
	}
	if (found[NAME].value.p == NULL)
		return bad(e, "no name");
	write_value(name, &found[NAME]);
	if ((rc = check(name, e)) != STILE_OK)
		return rc;
	*is_file = true;
	if (found[FILENAME].value.p != NULL)
		write_value(filename, &found[FILENAME]);
	else if (found[FILENAME_EXT].value.p == NULL)
		*is_file = false;
	else if (!write_ext(filename, &found[FILENAME_EXT]))
		return bad(e, "filename* is malformed");
	return check(filename, e);
}
