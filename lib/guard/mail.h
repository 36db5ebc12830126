/* SPDX-License-Identifier: ISC */
#ifndef GUARD_MAIL_H
#define GUARD_MAIL_H

#include "stile/mail.h"

/* What has been written goes to the one who sends, or is forgotten. */
struct mail;
void	 stile__mail_release(struct stile_req *, bool send);

/* Wait until all has been sent: before the process ends. */
void	 stile__mail_drain(void);
#endif
