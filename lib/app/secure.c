/* SPDX-License-Identifier: ISC */
/*
 * Security headers for HTML: no sniffing, no framing by others, no full
 * referrer to others, HTTPS for good once it was used, and a content security
 * policy.  What a handler has set itself stays.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/page.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/str.h"
#include "stile/table.h"
#include "app/secure.h"
#include "app/site.h"
#include "base/rand.h"
#include "codec/field.h"
#include "base/banned.h"

#define NONCE_BYTES	16

static const struct {
	const char	*name, *value;
} headers[] = {
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "strict-origin-when-cross-origin" },
};

static const char	policy[] = "base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'; object-src 'none'";
static const char	hsts[] = "max-age=31536000";

static void
put_absent(struct stile_req *r, const char *name, const char *value)
{
	if (r->res.headers == NULL ||
	    stile_table_get(r->res.headers, name) == NULL)
		stile_header_set(r, name, value);
}

/* A page that asked for a nonce runs only what bears it. */
static const char *
page_policy(struct stile_req *r)
{
	if (r->nonce == NULL)
		return policy;
	return stile_arena_printf(r->arena, "%s; script-src 'nonce-%s'; "
	    "style-src 'self' 'nonce-%s'", policy, r->nonce, r->nonce);
}

const char *
stile_csp_nonce(struct stile_req *r)
{
	static const char	hex[] = "0123456789abcdef";
	unsigned char		raw[NONCE_BYTES];
	char			*s;
	size_t			 i;

	if (r->nonce != NULL || stile_failed(r) != STILE_OK)
		return r->nonce != NULL ? r->nonce : "";
	if (r->res.head_sent) {
		stile_fail(r, 500, "stile_csp_nonce: the policy is sent");
		return "";
	}
	if ((s = stile_arena_alloc(r->arena, 2 * NONCE_BYTES + 1, 1)) == NULL ||
	    stile__random(raw, sizeof(raw)) != STILE_OK) {
		stile__fail_nomem(r);
		return "";
	}
	for (i = 0; i < NONCE_BYTES; i++) {
		s[2 * i] = hex[raw[i] >> 4];
		s[2 * i + 1] = hex[raw[i] & 15];
	}
	return r->nonce = s;
}

void
secure_answer(struct stile_req *r)
{
	size_t	i;

	if (r->res.type == NULL || !stile_str_caseeq(stile__media_type(
	    stile_str(r->res.type)), STR("text/html")))
		return;
	for (i = 0; i < NELEM(headers); i++)
		put_absent(r, headers[i].name, headers[i].value);
	put_absent(r, "Content-Security-Policy", page_policy(r));
	if (strcmp(stile_req_scheme(r), "https") == 0)
		put_absent(r, "Strict-Transport-Security", hsts);
}
