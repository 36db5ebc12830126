/* SPDX-License-Identifier: ISC */
/* name=value&name=value, as query strings and forms have it. */
#ifndef STILE_URLENCODED_H
#define STILE_URLENCODED_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;
struct stile_table;

/* A table of at most max pairs, by the URL standard's rules; %00 is refused. */
STILE_API enum stile_err stile_urlencoded_parse(struct stile_arena *,
		    struct stile_str text, size_t max,
		    struct stile_table **ret, struct stile_error *)
		    STILE_MUSTUSE;

/* Append one pair, with '&' before it unless the buffer is empty. */
STILE_API void	stile_urlencoded_add(struct stile_buf *,
		    struct stile_str name, struct stile_str value);

#ifdef __cplusplus
}
#endif
#endif
