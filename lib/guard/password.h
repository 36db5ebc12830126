/* SPDX-License-Identifier: ISC */
#ifndef GUARD_PASSWORD_H
#define GUARD_PASSWORD_H

#include "stile/password.h"

/* A place among those that hash, or the request fails with 429; and give it
 * back. */
bool	stile__password_enter(struct stile_req *);
void	stile__password_leave(void);
#endif
