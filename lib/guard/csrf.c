/* SPDX-License-Identifier: ISC */
/*
 * Requests that another site makes a browser send.  What the browser itself
 * says of where they come from is asked first (Fetch Metadata, RFC 6454's
 * Origin); where it says nothing, a form has to bring a token that only our own
 * pages know.
 *
 * The token is a secret of the session, masked anew each time: its text in a
 * compressed answer gives nothing away (BREACH).
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/arena.h"
#include "stile/conf.h"
#include "stile/json.h"
#include "stile/req.h"
#include "stile/session.h"
#include "stile/str.h"
#include "guard/session.h"
#include "http/req.h"
#include "base/banned.h"

#define SECRET		32		/* bytes */
#define HEX		(2 * SECRET + 1)
#define TOKEN_TEXT	88		/* base64url of two of them, and a NUL */

/* The session's secret, made with the first token; false without one. */
static bool
read_secret(struct stile_req *r, unsigned char secret[SECRET])
{
	struct stile_value	v = stile_session_get(r, SESSION_CSRF);
	size_t			n = 0;

	return v.type == STILE_TEXT && sodium_hex2bin(secret, SECRET, v.u.s.p,
	    v.u.s.len, NULL, &n, NULL) == 0 && n == SECRET;
}

static bool
make_secret(struct stile_req *r, unsigned char secret[SECRET])
{
	char	hex[HEX];

	if (session_of(r) == NULL)
		return false;
	randombytes_buf(secret, SECRET);
	sodium_bin2hex(hex, sizeof(hex), secret, SECRET);
	return stile_session_set(r, SESSION_CSRF, stile_text(hex)) == STILE_OK;
}

const char *
stile_csrf_token(struct stile_req *r)
{
	unsigned char	secret[SECRET], both[2 * SECRET];
	char		*text;
	size_t		 i;

	if (!read_secret(r, secret) && !make_secret(r, secret))
		return "";
	if ((text = stile_arena_alloc(r->arena, TOKEN_TEXT, 1)) == NULL) {
		stile__fail_nomem(r);
		return "";
	}
	randombytes_buf(both, SECRET);
	for (i = 0; i < SECRET; i++)
		both[SECRET + i] = both[i] ^ secret[i];
	sodium_bin2base64(text, TOKEN_TEXT, both, sizeof(both),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return text;
}

static bool
is_token(struct stile_req *r, const char *text)
{
	unsigned char	secret[SECRET], both[2 * SECRET];
	size_t		i, n = 0;

	if (text == NULL || !read_secret(r, secret) ||
	    sodium_base642bin(both, sizeof(both), text, strlen(text), NULL, &n,
	    NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    n != sizeof(both))
		return false;
	for (i = 0; i < SECRET; i++)
		both[SECRET + i] ^= both[i];
	return sodium_memcmp(both + SECRET, secret, SECRET) == 0;
}

/* RFC 6454, section 6.2: the scheme and the host that it was asked of. */
static bool
is_own_origin(struct stile_req *r, const char *origin)
{
	const char	*own = stile_arena_printf(r->arena, "%s://%s",
			    stile_req_scheme(r), stile_req_host(r));

	if (own == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	return strcasecmp(origin, own) == 0;
}

/* RFC 6454, section 6.2: nothing behind the host, which no browser sends. */
static bool
is_origin(struct stile_str s)
{
	static const char *const	schemes[] = { "http://", "https://" };
	size_t				i, n;

	for (i = 0; i < NELEM(schemes); i++) {
		n = strlen(schemes[i]);
		if (s.len > n && memcmp(s.p, schemes[i], n) == 0)
			return memchr(s.p + n, '/', s.len - n) == NULL &&
			    memchr(s.p + n, '*', s.len - n) == NULL;
	}
	return false;
}

struct stile_str
stile__origins_wrong(const char *list)
{
	struct stile_str	rest = stile_str(list), word;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 0 && !is_origin(word))
			return word;
	return (struct stile_str){ NULL, 0 };
}

static bool
is_trusted(struct stile_req *r, const char *origin)
{
	struct stile_str	rest = stile_str(stile_conf(r,
				    "trusted_origins")), word;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 0 && stile_str_caseeq(word, stile_str(origin)))
			return true;
	return false;
}

static int
refuse(struct stile_req *r, const char *why)
{
	return stile_fail(r, 403, "this request does not come from a page of "
	    "this site: %s", why);
}

static const char *
sent_token(struct stile_req *r)
{
	const char	*token = stile_header(r, "X-CSRF-Token");

	if (token == NULL && stile__is_form_body(r))
		token = stile_form(r, "csrf_token");
	return token;
}

/* What the browser says of where it comes from; false if it says nothing. */
static bool
browser_says(struct stile_req *r)
{
	const char	*site = stile_header(r, "Sec-Fetch-Site");
	const char	*origin = stile_header(r, "Origin");

	if (site == NULL && origin == NULL)
		return false;
	if (origin != NULL && is_trusted(r, origin))
		return true;
	/* A neighbour's host is another site's hands, too. */
	if (site != NULL && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		refuse(r, "Sec-Fetch-Site");
	else if (site == NULL && !is_own_origin(r, origin))
		refuse(r, "Origin");
	return true;
}

int
stile_csrf_check(struct stile_req *r)
{
	if (stile_failed(r) == STILE_OK && !browser_says(r) &&
	    !is_token(r, sent_token(r)))
		refuse(r, "it has neither Origin nor the token");
	return stile_failed(r);
}

/* What a cookie speaks for; a token in Authorization no other site has. */
void
stile__csrf_guard(struct stile_req *r)
{
	if (!stile__is_safe(stile_req_method(r)))
		stile_csrf_check(r);
}

/* A program without a browser has neither field and nothing to steal. */
void
stile__csrf_guard_login(struct stile_req *r)
{
	if (!stile__is_safe(stile_req_method(r)))
		browser_says(r);
}
