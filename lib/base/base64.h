/* SPDX-License-Identifier: ISC */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "stile/base64.h"

/* stile_base64_decode() with a reason: STILE_ESYNTAX or STILE_ENOMEM. */
enum stile_err stile__base64_decode(struct stile_arena *, struct stile_str,
	    enum stile_base64, char **ret, size_t *len);
#endif
