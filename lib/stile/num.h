/* SPDX-License-Identifier: ISC */
/* Numbers from text, strictly: all of it, in bounds, or an error. */
#ifndef STILE_NUM_H
#define STILE_NUM_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Decimal digits with an optional minus.  *ret is written on success only. */
STILE_API enum stile_err stile_num_int(struct stile_str, int64_t min,
		    int64_t max, int64_t *ret) STILE_MUSTUSE;

/* A number as JSON writes it.  *ret is finite; written on success only. */
STILE_API enum stile_err stile_num_double(struct stile_str, double *ret)
		    STILE_MUSTUSE;

#ifdef __cplusplus
}
#endif
#endif
