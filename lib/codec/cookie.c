/* SPDX-License-Identifier: ISC */
/*
 * Cookies: RFC 6265, sections 4.1.1 and 5.4, with SameSite, Partitioned and
 * the prefixes of its successors (draft-ietf-httpbis-rfc6265bis and
 * -layered-cookies).
 *
 * What a browser sends is read as it is, for a cookie may be another
 * program's; what is sent to it has to obey the grammar.  Nothing is encoded
 * or decoded here, and nothing is signed.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cookie.h"
#include "stile/date.h"
#include "stile/str.h"
#include "stile/table.h"
#include "codec/field.h"
#include "base/banned.h"

#define PATH_BYTES_MAX	1024

enum stile_err
stile_cookie_parse(struct stile_arena *a, struct stile_str field, size_t max,
    struct stile_table **ret, struct stile_error *e)
{
	struct stile_table	*t;
	struct stile_str	 pair, name;
	enum stile_err		 rc;

	if (field.len > 0 && memchr(field.p, '\0', field.len) != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 400,
		    "a NUL in the Cookie field");
	if ((t = stile_table_new(a, STILE_CASE, max)) == NULL)
		return stile__error_nomem(e);
	while (stile_str_cut(&field, ';', &pair)) {
		/* Without a name there is nothing to find it by. */
		if (!stile_str_cut(&pair, '=', &name) || pair.p == NULL ||
		    (name = stile_str_trim(name)).len == 0)
			continue;
		rc = stile_table_add(t, name, stile_str_trim(pair));
		if (rc == STILE_ETOOBIG)
			return stile_error_set(e, rc, 431,
			    "params_max: at most %zu cookies are accepted",
			    max);
		if (rc != STILE_OK)
			return stile_error_set(e, rc, 503, "no memory");
	}
	*ret = t;
	return STILE_OK;
}

/* cookie-octet: US-ASCII without CTLs, blanks, and these. */
static bool
is_cookie_octet(unsigned char c)
{
	return c > 0x20 && c < 0x7F && strchr("\",;\\", c) == NULL;
}

static bool
bad_value(const struct stile_cookie *c)
{
	const char	*p;

	for (p = c->value; p != NULL && *p != '\0'; p++)
		if (!is_cookie_octet((unsigned char)*p))
			return true;
	return false;
}

static bool
bad_path(const struct stile_cookie *c)
{
	const char	*p;

	if (c->path == NULL)
		return false;
	for (p = c->path; *p > ' ' && *p <= '~' && *p != ';'; p++)
		;
	/* Browsers ignore a longer attribute (rfc6265bis, section 5.6). */
	return c->path[0] != '/' || *p != '\0' || p - c->path > PATH_BYTES_MAX;
}

/* Labels of letters, digits and hyphens, with a dot between each two. */
static bool
bad_domain(const struct stile_cookie *c)
{
	struct stile_str	rest = stile_str(c->domain), label;
	size_t			i;

	while (stile_str_cut(&rest, '.', &label)) {
		if (label.len == 0)
			return true;
		for (i = 0; i < label.len; i++)
			if (label.p[i] != '-' && !ascii_digit(label.p[i]) &&
			    (ascii_lower(label.p[i]) < 'a' ||
			    ascii_lower(label.p[i]) > 'z'))
				return true;
	}
	return false;
}

static bool
bad_expires(const struct stile_cookie *c)
{
	return c->expires < 0;
}

static bool
bad_same_site(const struct stile_cookie *c)
{
	return (unsigned)c->same_site > STILE_SAME_SITE_NONE;
}

/* Browsers compare the prefixes without regard to case. */
static bool
starts(const struct stile_cookie *c, struct stile_str prefix)
{
	return strlen(c->name) >= prefix.len && stile_str_caseeq(
	    (struct stile_str){ c->name, prefix.len }, prefix);
}

static bool
needs_host(const struct stile_cookie *c)
{
	return starts(c, STR("__Host-")) && (c->domain != NULL ||
	    (c->path != NULL && strcmp(c->path, "/") != 0));
}

static bool
needs_secure(const struct stile_cookie *c)
{
	return !c->secure && (c->same_site == STILE_SAME_SITE_NONE ||
	    c->partitioned || starts(c, STR("__Host-")) ||
	    starts(c, STR("__Http-")) || starts(c, STR("__Secure-")));
}

static bool
needs_http_only(const struct stile_cookie *c)
{
	return c->insecure_script_access && (starts(c, STR("__Http-")) ||
	    starts(c, STR("__Host-Http-")));
}

static const struct {
	bool		(*broken)(const struct stile_cookie *);
	const char	*why;
} rules[] = {
	{ bad_value,	 "the value has a character that no cookie has" },
	{ bad_path,	 "the path is not one" },
	{ bad_domain,	 "the domain is not a host name" },
	{ bad_expires,	 "expires is before 1970" },
	{ bad_same_site, "same_site is none of the three" },
	{ needs_host,	 "__Host- goes with the path \"/\" and no domain" },
	{ needs_secure,	 "__Host-, __Http-, __Secure-, SameSite=None and "
	    "Partitioned need secure" },
	{ needs_http_only, "__Http- and __Host-Http- are not for scripts" },
};

static enum stile_err
check(const struct stile_cookie *c, struct stile_error *e)
{
	const char	*p;
	size_t		 i;

	for (p = c->name; p != NULL && stile__is_tchar((unsigned char)*p); p++)
		;
	if (p == NULL || p == c->name || *p != '\0')
		return stile_error_set(e, STILE_EINVAL, 500,
		    "cookie: the name is not a token");
	for (i = 0; i < NELEM(rules); i++)
		if (rules[i].broken(c))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "cookie %.60s: %s", c->name, rules[i].why);
	return STILE_OK;
}

/* The field, put together here first: a refused one leaves no trace. */
struct line {
	char	p[STILE_COOKIE_MAX];
	size_t	n;
	bool	over;
};

static void
put(struct line *l, const char *s)
{
	size_t	n = strlen(s);

	if (l->over || n > sizeof(l->p) - l->n) {
		l->over = true;
		return;
	}
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

static void
put_life(struct line *l, const struct stile_cookie *c)
{
	char	num[40], date[STILE_HTTP_DATE_SIZE];

	if (c->max_age != 0) {
		snprintf(num, sizeof(num), "; Max-Age=%" PRId64,
		    c->max_age > 0 ? c->max_age : 0);
		put(l, num);
	}
	if (c->expires != 0 || c->max_age < 0) {
		stile_http_date(c->max_age < 0 ? 0 : c->expires, date);
		put(l, "; Expires=");
		put(l, date);
	}
}

enum stile_err
stile_cookie_write(struct stile_buf *b, const struct stile_cookie *c,
    struct stile_error *e)
{
	static const char *const same_site[] = { "Lax", "Strict", "None" };
	struct line	l;
	enum stile_err	rc;

	if ((rc = check(c, e)) != STILE_OK)
		return rc;
	l.n = 0;
	l.over = false;
	put(&l, c->name);
	put(&l, "=");
	put(&l, c->value != NULL ? c->value : "");
	put(&l, "; Path=");
	put(&l, c->path != NULL ? c->path : "/");
	if (c->domain != NULL) {
		put(&l, "; Domain=");
		put(&l, c->domain);
	}
	put_life(&l, c);
	put(&l, c->secure ? "; Secure" : "");
	put(&l, c->insecure_script_access ? "" : "; HttpOnly");
	put(&l, "; SameSite=");
	put(&l, same_site[c->same_site]);
	put(&l, c->partitioned ? "; Partitioned" : "");
	if (l.over)
		return stile_error_set(e, STILE_ETOOBIG, 500,
		    "cookie %.60s: more than %d bytes", c->name,
		    STILE_COOKIE_MAX);
	stile_buf_write(b, l.p, l.n);
	if ((rc = stile_buf_err(b)) != STILE_OK)
		return stile_error_set(e, rc, 503, "cookie %.60s: no room",
		    c->name);
	return STILE_OK;
}
