/* SPDX-License-Identifier: ISC */
#ifndef GUARD_SIGN_H
#define GUARD_SIGN_H

#include "stile/sign.h"

#define SECRET_MIN	32	/* characters of a key */

/* The next key of the setting secrets; false at its end. */
bool	stile__secret_next(struct stile_str *rest, struct stile_str *key);

/* The first key that is too short, or "no string". */
struct stile_str	stile__secrets_wrong(const char *secrets);
#endif
