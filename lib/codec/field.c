/* SPDX-License-Identifier: ISC */
/*
 * Header field values: tokens, media types with parameters, and quality
 * values.  RFC 9110, sections 5.6, 8.3.1, 12.4.2 and 12.5.1.
 */
#include "base/priv.h"

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

struct stile_str
stile__media_type(struct stile_str s)
{
	struct stile_str	type = { NULL, 0 };

	stile_str_cut(&s, ';', &type);
	return stile_str_trim(type);
}

bool
stile__cut_unquoted(struct stile_str *rest, char sep, struct stile_str *piece)
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
	*piece = (struct stile_str){ rest->p, i };
	if (i == rest->len)
		*rest = (struct stile_str){ NULL, 0 };
	else
		*rest = (struct stile_str){ rest->p + i + 1, rest->len - i - 1 };
	return true;
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

/* "0.5" is 500; what is not a quality value counts as 1000. */
static int
quality(struct stile_str s)
{
	struct stile_str	q;
	int			v, scale = 100;
	size_t			i;

	if (!stile__media_param(s, "q", &q) || q.len == 0 ||
	    (q.p[0] != '0' && q.p[0] != '1') || (q.len > 1 && q.p[1] != '.'))
		return 1000;
	v = (q.p[0] - '0') * 1000;
	for (i = 2; i < q.len && i < 5 && ascii_digit(q.p[i]); i++) {
		v += (q.p[i] - '0') * scale;
		scale /= 10;
	}
	return v < 1000 ? v : 1000;
}

/* 3 for the very type, 2 for its family, 1 for any, 0 for another one. */
static int
specificity(struct stile_str range, struct stile_str type)
{
	const char	*slash;
	size_t		 n;

	if (stile_str_caseeq(range, type))
		return 3;
	if (stile_str_eq(range, STR("*/*")))
		return 1;
	if ((slash = memchr(type.p, '/', type.len)) == NULL)
		return 0;
	n = (size_t)(slash - type.p) + 1;
	if (range.len == n + 1 && range.p[n] == '*' &&
	    stile_str_caseeq((struct stile_str){ range.p, n },
	    (struct stile_str){ type.p, n }))
		return 2;
	return 0;
}

int
stile__accept_quality(struct stile_str accept, struct stile_str type)
{
	struct stile_str	item;
	int			q = 0, best = 0, s;

	while (stile__cut_unquoted(&accept, ',', &item)) {
		s = specificity(stile__media_type(item), type);
		if (s > best) {
			best = s;
			q = quality(item);
		}
	}
	return q;
}
