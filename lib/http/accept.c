/* SPDX-License-Identifier: ISC */
/*
 * Negotiation for an answer: the best of the offers, Vary to say that others
 * may get another one, and 406 where none will do.
 */
#include "base/priv.h"

#include "stile/accept.h"
#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/str.h"
#include "stile/table.h"
#include "http/req.h"
#include "base/banned.h"

static const char *const	fields[] = {
	[STILE_ACCEPT_TYPE] = "Accept",
	[STILE_ACCEPT_CHARSET] = "Accept-Charset",
	[STILE_ACCEPT_ENCODING] = "Accept-Encoding",
	[STILE_ACCEPT_LANGUAGE] = "Accept-Language",
};

/* RFC 9110, section 15.5.7: the client is told what there is. */
static void
fail(struct stile_req *r, const char *field, const struct stile_str *offers,
    size_t n)
{
	struct stile_buf	*b;
	size_t			 i;

	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	stile_buf_printf(b, "%s: one of ", field);
	for (i = 0; i < n; i++) {
		stile_buf_puts(b, i > 0 ? ", " : "");
		stile_buf_str(b, offers[i]);
	}
	stile_buf_puts(b, " is offered");
	if (stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return;
	}
	stile_fail(r, 406, "%s", stile_buf_view(b).p);
	/* The log's line may be cut, but not what is sent. */
	r->failure.detail = stile_buf_view(b).p;
	stile_fail_header(r, "Vary", stile_table_get(r->res.headers, "Vary"));
}

size_t
stile_accept(struct stile_req *r, enum stile_accept_kind kind,
    const struct stile_str *offers, size_t n)
{
	const char	*field = fields[kind];
	int		 best;

	if (stile_failed(r) != STILE_OK || stile_vary(r, field) != STILE_OK)
		return 0;
	best = stile_accept_best(kind, stile_str(stile_header(r, field)),
	    offers, n);
	if (best >= 0)
		return (size_t)best;
	fail(r, field, offers, n);
	return 0;
}
