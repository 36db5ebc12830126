/* SPDX-License-Identifier: ISC */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include "stile/types.h"

/* Fill p from the kernel; STILE_EIO where that cannot be had. */
enum stile_err	stile__random(void *p, size_t n);
#endif
