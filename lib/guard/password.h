/* SPDX-License-Identifier: ISC */
#ifndef GUARD_PASSWORD_H
#define GUARD_PASSWORD_H

#include "stile/password.h"

/* Whether there is a place to hash or to wait for it. */
bool	stile__password_idle(struct stile_req *);

/* The same, or the request fails with 429: to be asked before anything is
 * counted or looked up. */
bool	stile__password_room(struct stile_req *);

/* A place among those that hash, or the request fails with 429; and give it
 * back. */
bool	stile__password_enter(struct stile_req *);
void	stile__password_leave(void);
#endif
