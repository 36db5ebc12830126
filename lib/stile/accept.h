/* SPDX-License-Identifier: ISC */
/* Content negotiation: which of our offers a client likes best. */
#ifndef STILE_ACCEPT_H
#define STILE_ACCEPT_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
