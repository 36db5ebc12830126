/* SPDX-License-Identifier: ISC */
#ifndef CODEC_AUTH_H
#define CODEC_AUTH_H

#include "stile/types.h"

struct stile_arena;

/*
 * What an Authorization field carries.  STILE_ENOTFOUND: no field, or another
 * scheme; STILE_ESYNTAX: malformed; STILE_ENOMEM.
 */
enum stile_err stile__auth_basic(struct stile_arena *, struct stile_str field,
	    struct stile_str *ret_user, struct stile_str *ret_password);
enum stile_err stile__auth_token(struct stile_str field,
	    struct stile_str scheme, struct stile_str *ret_token);
#endif
