/* SPDX-License-Identifier: ISC */
#ifndef APP_ACCESS_H
#define APP_ACCESS_H

#include "http/req.h"

enum access_format { ACCESS_LINES, ACCESS_COMBINED };

/* One line for the request that has been answered. */
void	 access_write(struct stile_req *r, int64_t us);
#endif
