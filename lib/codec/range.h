/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RANGE_H
#define CODEC_RANGE_H

#include "stile/types.h"

#define STILE__RANGES_MAX		16
#define STILE__CONTENT_RANGE_SIZE	70	/* three numbers of 19 digits */

/* Positions of the first and the last byte. */
struct stile__range {
	int64_t	first;
	int64_t	last;
};

struct stile__ranges {
	size_t			n;
	struct stile__range	v[STILE__RANGES_MAX];
};

enum stile__range_verdict {
	STILE__RANGE_IGNORE,		/* send everything: 200 */
	STILE__RANGE_SEND,		/* these ranges: 206 */
	STILE__RANGE_UNSATISFIABLE	/* 416 */
};

/*
 * What a Range field asks of size bytes, or of an unknown number below 0.
 * *ret is written for SEND only.
 */
enum stile__range_verdict stile__range_parse(struct stile_str field,
	    int64_t size, struct stile__ranges *ret);

/* A Content-Range for a part of size bytes, or with NULL for a 416. */
void	stile__content_range(const struct stile__range *, int64_t size,
	    char out[STILE__CONTENT_RANGE_SIZE]);
#endif
