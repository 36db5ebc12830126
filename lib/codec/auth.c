/* SPDX-License-Identifier: ISC */
/*
 * Credentials of an Authorization field: Basic (RFC 7617, in UTF-8) and tokens
 * as those of Bearer (RFC 6750, section 2.1; RFC 9110, section 11.2), whatever
 * their scheme is called.  Nothing is checked here but the form.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "base/base64.h"
#include "codec/auth.h"
#include "base/banned.h"

/* What follows the scheme: credentials = auth-scheme 1*SP ... */
static enum stile_err
credentials(struct stile_str field, struct stile_str scheme,
    struct stile_str *ret)
{
	struct stile_str	name, rest = stile_str_trim(field);

	if (!stile_str_cut(&rest, ' ', &name) ||
	    !stile_str_caseeq(name, scheme))
		return STILE_ENOTFOUND;
	while (rest.len > 0 && rest.p[0] == ' ')
		rest = (struct stile_str){ rest.p + 1, rest.len - 1 };
	*ret = rest;
	return rest.len > 0 ? STILE_OK : STILE_ESYNTAX;
}

static bool
has_control(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			return true;
	return false;
}

enum stile_err
stile__auth_basic(struct stile_arena *a, struct stile_str field,
    struct stile_str *ret_user, struct stile_str *ret_password)
{
	struct stile_str	s, user;
	enum stile_err		rc;
	char			*p;
	size_t			 len;

	if ((rc = credentials(field, STR("Basic"), &s)) != STILE_OK ||
	    (rc = stile__base64_decode(a, s, STILE_BASE64_STD, &p, &len)) !=
	    STILE_OK)
		return rc;
	s = (struct stile_str){ p, len };
	if (has_control(s) || !stile_utf8_valid(s))
		return STILE_ESYNTAX;
	/* The first colon: there is none in a name, but maybe in a password. */
	if (!stile_str_cut(&s, ':', &user) || s.p == NULL)
		return STILE_ESYNTAX;
	*ret_user = user;
	*ret_password = s;
	return STILE_OK;
}

static bool
is_token_char(char c)
{
	return ascii_digit(c) || (ascii_lower(c) >= 'a' &&
	    ascii_lower(c) <= 'z') || (c != '\0' &&
	    strchr("-._~+/", c) != NULL);
}

enum stile_err
stile__auth_token(struct stile_str field, struct stile_str scheme,
    struct stile_str *ret_token)
{
	struct stile_str	s;
	enum stile_err		rc;
	size_t			i;

	if ((rc = credentials(field, scheme, &s)) != STILE_OK)
		return rc;
	for (i = 0; i < s.len && is_token_char(s.p[i]); i++)
		;
	if (i == 0)
		return STILE_ESYNTAX;
	for (; i < s.len && s.p[i] == '='; i++)
		;
	if (i < s.len)
		return STILE_ESYNTAX;
	*ret_token = s;
	return STILE_OK;
}
