/* SPDX-License-Identifier: ISC */
/* Counted strings and UTF-8. */
#ifndef STILE_STR_H
#define STILE_STR_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A view of a C string; NULL gives "no string". */
STILE_API struct stile_str stile_str(const char *);

/* Equality to the byte, and with ASCII letters folded. */
STILE_API bool	stile_str_eq(struct stile_str, struct stile_str);
STILE_API bool	stile_str_caseeq(struct stile_str, struct stile_str);

/* Without the spaces and tabs at both ends. */
STILE_API struct stile_str stile_str_trim(struct stile_str);

/* Take the piece before the first sep off *rest; false once nothing is left. */
STILE_API bool	stile_str_cut(struct stile_str *rest, char sep,
		    struct stile_str *piece);

/* Whether it is well-formed UTF-8, and how many code points that is. */
STILE_API bool	stile_utf8_valid(struct stile_str);
STILE_API size_t stile_utf8_length(struct stile_str);

#ifdef __cplusplus
}
#endif
#endif
