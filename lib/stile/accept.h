/* SPDX-License-Identifier: ISC */
/* Content negotiation: which of our offers a client likes best. */
#ifndef STILE_ACCEPT_H
#define STILE_ACCEPT_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

enum stile_accept_kind {
	STILE_ACCEPT_TYPE,		/* Accept: media types */
	STILE_ACCEPT_CHARSET,		/* Accept-Charset */
	STILE_ACCEPT_ENCODING,		/* Accept-Encoding */
	STILE_ACCEPT_LANGUAGE		/* Accept-Language */
};

/* The index of the best of n offers, or -1; without a field p is NULL. */
STILE_API int	stile_accept_best(enum stile_accept_kind,
		    struct stile_str field, const struct stile_str *offers,
		    size_t n) STILE_MUSTUSE;

/* The same by the request's field, which goes into Vary; where none will do,
 * the request fails with 406 and it is 0. */
STILE_API size_t stile_accept(struct stile_req *, enum stile_accept_kind,
		    const struct stile_str *offers, size_t n);

#ifdef __cplusplus
}
#endif
#endif
