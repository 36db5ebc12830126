/* SPDX-License-Identifier: ISC */
#ifndef GATE_SECRET_H
#define GATE_SECRET_H

#include "stile/types.h"

/*
 * Read a line that nobody should see: from a terminal without echo, else from
 * standard input as it is.  prompt is for the terminal alone.
 */
enum stile_err	secret_read(const char *prompt, char *p, size_t size,
		    struct stile_error *);

/* Whether somebody types it. */
bool		secret_typed(void);
#endif
