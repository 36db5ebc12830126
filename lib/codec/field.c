/* SPDX-License-Identifier: ISC */
/*
 * Header field values: tokens, and media types with parameters.  RFC 9110,
 * sections 5.6 and 8.3.1.  Quality values are in accept.c.
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
		*rest = (struct stile_str){ rest->p + i + 1,
		    rest->len - i - 1 };
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
