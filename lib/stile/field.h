/* SPDX-License-Identifier: ISC */
/* Header fields: lists, parameters and quoted strings (RFC 9110, 5.6). */
#ifndef STILE_FIELD_H
#define STILE_FIELD_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;

/* Take the next piece off *rest, without the blanks around it; sep may be
 * inside quotes, and what is empty is passed over.  False at the end. */
STILE_API bool	stile_field_cut(struct stile_str *rest, char sep,
		    struct stile_str *piece);

/* The text of the first piece name=text or name="text", "" of a name alone;
 * NULL without one or without memory. */
STILE_API const char *stile_field_get(struct stile_arena *,
		    struct stile_str field, char sep, const char *name);

/* What a quoted string says, or other text as it is; NULL if the quotes are
 * not right, or without memory. */
STILE_API char	*stile_field_unquote(struct stile_arena *, struct stile_str)
		    STILE_MUSTUSE;

/* Append a token as it is, other text as a quoted string. */
STILE_API enum stile_err stile_field_quote(struct stile_buf *,
		    struct stile_str) STILE_MUSTUSE;

#ifdef __cplusplus
}
#endif
#endif
