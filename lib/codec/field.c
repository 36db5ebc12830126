/* SPDX-License-Identifier: ISC */
/*
 * Header field values: tokens, quoted strings, lists, and media types with
 * parameters.  RFC 9110, sections 5.6 and 8.3.1.  Quality values are in
 * accept.c.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/field.h"
#include "stile/str.h"
#include "codec/field.h"
#include "base/banned.h"

bool
stile__is_tchar(int c)
{
	if (ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool
stile__is_token(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (!stile__is_tchar((unsigned char)s.p[i]))
			return false;
	return s.len > 0;
}

struct stile_str
stile__media_type(struct stile_str s)
{
	struct stile_str	type = { NULL, 0 };

	stile_str_cut(&s, ';', &type);
	return stile_str_trim(type);
}

/* *open: its quotes do not end; then it is the last one. */
static bool
cut(struct stile_str *rest, char sep, struct stile_str *piece, bool *open)
{
	bool	quoted = false;
	size_t	i;

	if (rest->p == NULL)
		return false;
	for (i = 0; i < rest->len; i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->len)
			i++;
		else if (!quoted && rest->p[i] == sep)
			break;
	}
	*open = quoted;
	*piece = (struct stile_str){ rest->p, i };
	if (i == rest->len)
		*rest = (struct stile_str){ NULL, 0 };
	else
		*rest = (struct stile_str){ rest->p + i + 1,
		    rest->len - i - 1 };
	return true;
}

bool
stile__cut_unquoted(struct stile_str *rest, char sep, struct stile_str *piece)
{
	bool	open;

	return cut(rest, sep, piece, &open);
}

bool
stile__media_param(struct stile_str s, const char *name, struct stile_str *ret)
{
	struct stile_str	type;

	return stile__cut_unquoted(&s, ';', &type) &&
	    stile__param(s, name, ret);
}

bool
stile__next_param(struct stile_str *list, struct stile_str *name,
    struct stile_str *value)
{
	struct stile_str	v;

	while (stile__cut_unquoted(list, ';', &v)) {
		if (!stile_str_cut(&v, '=', name) || v.p == NULL)
			continue;
		*name = stile_str_trim(*name);
		v = stile_str_trim(v);
		if (v.len >= 2 && v.p[0] == '"' && v.p[v.len - 1] == '"')
			v = (struct stile_str){ v.p + 1, v.len - 2 };
		*value = v;
		return true;
	}
	return false;
}

bool
stile__param(struct stile_str s, const char *name, struct stile_str *ret)
{
	struct stile_str	key, value;

	while (stile__next_param(&s, &key, &value))
		if (stile_str_caseeq(key, stile_str(name))) {
			*ret = value;
			return true;
		}
	return false;
}

/* ---- for applications: strict -------------------------------------------- */

bool
stile_field_cut(struct stile_str *rest, char sep, struct stile_str *piece)
{
	struct stile_str	s;
	bool			open;

	while (cut(rest, sep, &s, &open) && !open) {
		s = stile_str_trim(s);
		if (s.len > 0) {
			*piece = s;
			return true;
		}
	}
	return false;
}

/* quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE */
static bool
is_quoted(struct stile_str s)
{
	size_t	i;

	if (s.len < 2 || s.p[0] != '"')
		return false;
	for (i = 1; i < s.len && s.p[i] != '"'; i++)
		i += s.p[i] == '\\';
	return i + 1 == s.len;
}

char *
stile_field_unquote(struct stile_arena *a, struct stile_str s)
{
	char	*text, *to;
	size_t	 i;

	if (s.p == NULL || (s.len > 0 && memchr(s.p, '\0', s.len) != NULL))
		return NULL;
	if (s.len == 0 || s.p[0] != '"')
		return stile_arena_dup(a, s);
	if (!is_quoted(s) ||
	    (to = text = stile_arena_alloc(a, s.len, 1)) == NULL)
		return NULL;
	for (i = 1; i < s.len - 1; i++) {
		i += s.p[i] == '\\';
		*to++ = s.p[i];
	}
	*to = '\0';
	return text;
}

const char *
stile_field_get(struct stile_arena *a, struct stile_str field, char sep,
    const char *name)
{
	struct stile_str	value, key;

	while (stile_field_cut(&field, sep, &value)) {
		stile_str_cut(&value, '=', &key);
		if (!stile_str_caseeq(stile_str_trim(key), stile_str(name)))
			continue;
		if (value.p == NULL)
			return "";
		value = stile_str_trim(value);
		if (stile__is_token(value) || is_quoted(value))
			return stile_field_unquote(a, value);
	}
	return NULL;
}

enum stile_err
stile_field_quote(struct stile_buf *b, struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') ||
		    s.p[i] == 0x7F)
			return STILE_ESYNTAX;
	if (stile__is_token(s)) {
		stile_buf_str(b, s);
		return stile_buf_err(b);
	}
	stile_buf_putc(b, '"');
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			stile_buf_putc(b, '\\');
		stile_buf_putc(b, s.p[i]);
	}
	stile_buf_putc(b, '"');
	return stile_buf_err(b);
}
