/* SPDX-License-Identifier: ISC */
#ifndef APP_WHO_H
#define APP_WHO_H

#include "app/site.h"

/* Who may call a route, in a word: its need, "anyone", or "-". */
const char	*who_may(const struct route *);

/*
 * Whether a route should say who may call it and does not: it can change
 * something, and the site has users.
 */
bool		 who_is_missing(const struct stile_site *, const struct route *);
#endif
