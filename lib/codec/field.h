/* SPDX-License-Identifier: ISC */
#ifndef CODEC_FIELD_H
#define CODEC_FIELD_H

#include "stile/types.h"

/* A tchar of RFC 9110, section 5.6.2. */
bool	stile__is_tchar(int c);

/* token = 1*tchar */
bool	stile__is_token(struct stile_str s);

/* "text/html" of "text/html; charset=utf-8". */
struct stile_str stile__media_type(struct stile_str s);

/* A parameter's value, unquoted where it is quoted; false if absent. */
bool	stile__media_param(struct stile_str s, const char *name,
	    struct stile_str *ret);

/* The same of a list that is parameters only: "for=a; proto=https". */
bool	stile__param(struct stile_str s, const char *name,
	    struct stile_str *ret);

/* Take the next parameter off such a list; what has no '=' is skipped. */
bool	stile__next_param(struct stile_str *list, struct stile_str *name,
	    struct stile_str *value);

/* Take the piece before the first sep outside of quotes off *rest. */
bool	stile__cut_unquoted(struct stile_str *rest, char sep,
	    struct stile_str *piece);

/* How well an Accept field likes a type, 0 to 1000; see accept.c. */
int	stile__accept_quality(struct stile_str accept, struct stile_str type);
#endif
