/* SPDX-License-Identifier: ISC */
/*
 * Lines on their way to a slow disk.  Threads put whole lines in without ever
 * waiting; one thread takes them out.  What finds no room is counted.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "stile/types.h"

struct ring;

/* In memory that is shared with children, as all of size bytes. */
struct ring	*ring_new(size_t size);
void		 ring_free(struct ring *);

void		 ring_put(struct ring *, const char *line, size_t n);

/*
 * Wait until there are lines and a moment more, so that they leave together:
 * as many as lie in one piece, which stays until ring_took().  0: the ring is
 * closed, and empty.
 */
size_t	 ring_wait(struct ring *, const char **ret);
void	 ring_took(struct ring *, size_t n);

/* Nobody will put a line any more. */
void	 ring_close(struct ring *);

/*
 * For after a crash, when a lock may be held for ever: the same without any,
 * then a ring as new.
 */
size_t	 ring_rest(struct ring *, const char **ret);
void	 ring_reset(struct ring *);

uint64_t	 ring_dropped(struct ring *);
#endif
