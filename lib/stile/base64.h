/* SPDX-License-Identifier: ISC */
/* Base64: bytes as text, in the common alphabet and in the one for URLs. */
#ifndef STILE_BASE64_H
#define STILE_BASE64_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;

enum stile_base64 {
	STILE_BASE64_STD,	/* '+' and '/', filled up with '=' */
	STILE_BASE64_URL	/* '-' and '_', never filled up */
};

/* Append the bytes of s as base64. */
STILE_API void	stile_base64_encode(struct stile_buf *, struct stile_str s,
		    enum stile_base64);

/* Its bytes, and a NUL after them; NULL if malformed or without memory. */
STILE_API char	*stile_base64_decode(struct stile_arena *, struct stile_str,
		    enum stile_base64, size_t *len) STILE_MUSTUSE;

#ifdef __cplusplus
}
#endif
#endif
