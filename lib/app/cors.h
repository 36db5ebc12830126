/* SPDX-License-Identifier: ISC */
#ifndef APP_CORS_H
#define APP_CORS_H

#include "stile/cors.h"

struct stile_req;

/* What is wrong with the declaration, or NULL. */
const char	*cors_wrong(const struct stile_cors *);

/* Answer a preflight; false if the request is none. */
bool	 cors_preflight(struct stile_req *, const struct stile_cors *);

/* Let the page read the answer. */
void	 cors_answer(struct stile_req *, const struct stile_cors *);
#endif
