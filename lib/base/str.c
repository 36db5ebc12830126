/* SPDX-License-Identifier: ISC */
/* Counted strings. */
#include "base/priv.h"

#include "stile/str.h"
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

bool
stile__has_word(const char *list, const char *word)
{
	struct stile_str	rest = stile_str(list), w;

	while (stile_str_cut(&rest, ' ', &w))
		if (stile_str_eq(w, stile_str(word)))
			return true;
	return false;
}
