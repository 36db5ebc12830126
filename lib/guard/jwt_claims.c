/* SPDX-License-Identifier: ISC */
/*
 * Whether what a token claims makes it one for us and for now: RFC 7519,
 * section 4.1, and RFC 8725, sections 3.8 and 3.9.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "codec/json.h"
#include "guard/jwt.h"
#include "base/banned.h"

/* 9999-12-31: what is later was meant as milliseconds, or is a mistake. */
#define SECONDS_MAX	253402300799.0

/* ---- time -------------------------------------------------------------------------- */

static const struct moment {
	const char	*name;
	bool		 needed;
	bool		 end;		/* else a beginning */
	const char	*why;
} moments[] = {
	{ "exp", true, true, "it is over" },
	{ "nbf", false, false, "its time has not come" },
	{ "iat", false, false, "it was made in the future" },
};

/* A NumericDate may have a fraction: RFC 7519, section 2. */
static bool
read_seconds(struct json_object *m, double *ret)
{
	if (!json_object_is_type(m, json_type_int) &&
	    !json_object_is_type(m, json_type_double))
		return false;
	*ret = json_object_get_double(m);
	return *ret >= 0 && *ret <= SECONDS_MAX;
}

static enum stile_err
check_moment(struct json_object *claims, const struct moment *row, double now,
    double skew, struct stile_error *e)
{
	struct json_object	*m;
	double			 at;

	if (!json_object_object_get_ex(claims, row->name, &m)) {
		if (!row->needed)
			return STILE_OK;
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "it has no %s", row->name);
	}
	if (!read_seconds(m, &at))
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its %s is not a time in seconds", row->name);
	/* At its end it is over: "on or after". */
	if (row->end ? now >= at + skew : now < at - skew)
		return stile_error_set(e, STILE_ERANGE, 401, "%s (%s)",
		    row->why, row->name);
	return STILE_OK;
}

/* ---- from whom and for whom ---------------------------------------------------------- */

static bool
has_audience(struct json_object *claims, struct stile_str ours)
{
	struct json_object	*list, *one;
	struct stile_str	 s;
	bool			 found = false;
	size_t			 i;

	if (stile__jwt_text(claims, "aud", &s))
		return stile_str_eq(s, ours);
	if (!json_object_object_get_ex(claims, "aud", &list) ||
	    !json_object_is_type(list, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		if (!json_object_is_type(one, json_type_string))
			return false;
		found = found || stile_str_eq(stile__json_value(one).u.s, ours);
	}
	return found;
}

enum stile_err
stile__jwt_claims(struct json_object *claims, const struct jwt_rules *rules,
    int64_t now_ms, struct stile_error *e)
{
	struct stile_str	issuer;
	enum stile_err		rc;
	size_t			i;

	if (!stile__jwt_text(claims, "iss", &issuer) ||
	    !stile_str_eq(issuer, stile_str(rules->issuer)))
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its iss is not jwt_issuer");
	if (!has_audience(claims, stile_str(rules->audience)))
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "jwt_audience is not in its aud");
	for (i = 0; i < NELEM(moments); i++)
		if ((rc = check_moment(claims, &moments[i],
		    (double)now_ms / 1000, (double)rules->skew, e)) != STILE_OK)
			return rc;
	return STILE_OK;
}

/* ---- what for ------------------------------------------------------------------------ */

static bool
is_plain(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ')
			return false;
	return true;
}

/* One with a blank inside would be two. */
static bool
put_scope(struct stile_buf *b, struct json_object *one)
{
	struct stile_str	s;

	if (!json_object_is_type(one, json_type_string))
		return false;
	s = stile__json_value(one).u.s;
	if (s.len == 0 || !is_plain(s) || memchr(s.p, ' ', s.len) != NULL)
		return false;
	if (stile_buf_view(b).len > 0)
		stile_buf_puts(b, " ");
	stile_buf_write(b, s.p, s.len);
	return true;
}

static enum stile_err
join_scopes(struct stile_arena *a, struct json_object *list, const char **ret,
    bool *ok)
{
	struct stile_buf	*b = stile_buf_new(a, JWT_TOKEN_MAX);
	size_t			 i;

	if (b == NULL)
		return STILE_ENOMEM;
	for (i = 0; *ok && i < json_object_array_length(list); i++)
		*ok = put_scope(b, json_object_array_get_idx(list, i));
	*ret = stile_buf_view(b).p;
	return stile_buf_err(b);
}

enum stile_err
stile__jwt_scopes(struct stile_arena *a, struct json_object *claims,
    const char *name, const char **ret, struct stile_error *e)
{
	struct json_object	*m;
	struct stile_str	 s;
	enum stile_err		 rc = STILE_OK;
	bool			 ok = true;

	/* RFC 8693, section 4.2 */
	if (stile__jwt_text(claims, name, &s)) {
		if ((ok = is_plain(s)) &&
		    (*ret = stile_arena_dup(a, s)) == NULL)
			rc = STILE_ENOMEM;
	} else if (!json_object_object_get_ex(claims, name, &m))
		*ret = "";
	else if (json_object_is_type(m, json_type_array))
		rc = join_scopes(a, m, ret, &ok);
	else
		ok = false;
	if (rc != STILE_OK)
		return stile__error_nomem(e);
	if (!ok)
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its %s is not a text or a list of words", name);
	return STILE_OK;
}
