/* SPDX-License-Identifier: ISC */
/* Cookies of the answer: each a Set-Cookie of its own (RFC 6265, 4.1). */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/cookie.h"
#include "http/req.h"
#include "base/banned.h"

int
stile_cookie_set(struct stile_req *r, const struct stile_cookie *c)
{
	struct stile_error	 e = { 0 };
	struct stile_cookie	 safe = *c;
	struct stile_buf	*b;

	/* What was set over TLS is not for anyone on the way to read. */
	if (strcmp(stile_req_scheme(r), "https") == 0)
		safe.secure = true;
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((b = stile_buf_new(r->arena, STILE_COOKIE_MAX)) == NULL)
		return stile__fail_nomem(r);
	if (stile_cookie_write(b, &safe, &e) != STILE_OK)
		return stile_fail_error(r, &e);
	return stile_header_add(r, "Set-Cookie", stile_buf_view(b).p);
}

int
stile_cookie_remove(struct stile_req *r, const struct stile_cookie *c)
{
	struct stile_cookie	gone = *c;

	gone.value = "";
	gone.max_age = -1;
	return stile_cookie_set(r, &gone);
}
