/* SPDX-License-Identifier: ISC */
/* Percent-encoding and HTML escaping, written into a buffer. */
#ifndef STILE_ENC_H
#define STILE_ENC_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;

/* RFC 3986: all but the unreserved characters as %XX. */
STILE_API void	stile_enc_percent(struct stile_buf *, struct stile_str);

/* Undo it once.  NULL where a '%' has no two hex digits, or without memory. */
STILE_API char	*stile_dec_percent(struct stile_arena *, struct stile_str,
		    size_t *len) STILE_MUSTUSE;

/* For text and quoted attributes: & < > " ' as entities. */
STILE_API void	stile_enc_html(struct stile_buf *, struct stile_str);

#ifdef __cplusplus
}
#endif
#endif
