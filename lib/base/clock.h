/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "stile/date.h"
#include "stile/types.h"

int64_t	 stile__mono_us(void);	/* for differences */

/* "2026-11-22T16:41:30.123Z" */
#define STILE_STAMP_SIZE	32
void	 stile__stamp(int64_t ms, char out[STILE_STAMP_SIZE]);
#endif
