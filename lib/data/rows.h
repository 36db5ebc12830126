/* SPDX-License-Identifier: ISC */
#ifndef DATA_ROWS_H
#define DATA_ROWS_H

#include "stile/db.h"

struct stile_buf;

/*
 * At most max rows as a JSON array, and whether there was one more; NULL with
 * the request failed.
 */
struct stile_buf *stile__rows_json(struct stile_req *, const char *sql,
	    struct stile_args, int64_t max, bool *more);
#endif
