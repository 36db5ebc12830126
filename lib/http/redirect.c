/* SPDX-License-Identifier: ISC */
/* Sending the client elsewhere, and not where a stranger wants it to go. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/res.h"
#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

/*
 * A path on this host: "//host" and "/\host" would lead elsewhere, and so would
 * "/<tab>/host", since browsers take tabs out.
 */
static bool
is_local(const char *s)
{
	return s[0] == '/' && s[1] != '/' && s[1] != '\\' &&
	    strpbrk(s, "\t\n\r ") == NULL;
}

static int
redirect(struct stile_req *r, int status, const char *location)
{
	if (status != 301 && status != 302 && status != 303 && status != 307 &&
	    status != 308)
		return stile_fail(r, 500, "%d is not a redirect", status);
	if (stile_header_set(r, "Location", location) != STILE_OK)
		return STILE_EFAILED;
	return stile_send_empty(r, status);
}

int
stile_redirect(struct stile_req *r, int status, const char *location)
{
	if (location == NULL || !is_local(location))
		return stile_fail(r, 500, "a redirect that leaves this host");
	return redirect(r, status, location);
}

int
stile_redirect_insecure_anywhere(struct stile_req *r, int status,
    const char *location)
{
	return redirect(r, status, location);
}

/* ---- where to go on, as a stranger says it ------------------------------- */

/* RFC 3986: what it has no place for is percent-encoded, '%' is not again; so a
 * tab or a backslash, which browsers take out or turn round, are just bytes. */
static const char *
as_reference(struct stile_req *r, const char *s)
{
	struct stile_buf	*b = stile_buf_new(r->arena, 3 * strlen(s) + 1);

	if (b == NULL)
		return NULL;
	for (; *s != '\0'; s++)
		if (*s > ' ' && *s < 0x7f && strchr("\"<>\\^`{|}", *s) == NULL)
			stile_buf_putc(b, *s);
		else
			stile_enc_percent(b, (struct stile_str){ s, 1 });
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

const char *
stile_next(struct stile_req *r, const char *asked, const char *fallback)
{
	const char	*place;

	if (asked == NULL)
		return fallback;
	if ((place = as_reference(r, asked)) == NULL) {
		stile__fail_nomem(r);
		return fallback;
	}
	return is_local(place) ? place : fallback;
}
