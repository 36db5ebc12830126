/* SPDX-License-Identifier: ISC */
/*
 * Time limits of the requests of a worker.  Threads only say what they are at;
 * a look at them now and then adds up the time, so that no request pays for it.
 */
#ifndef GATE_WATCH_H
#define GATE_WATCH_H

#include <pthread.h>

#include "app/site.h"

/* What one thread was at when it was last looked at. */
struct watch {
	unsigned	turn;
	int64_t		used[4];	/* us in each phase of this turn */
};

struct watch_limits {
	int64_t		reading, writing;	/* us */
};

/* Enforce; true if the thread is not to be had back. */
bool	 watch_look(struct watch *, struct req_clock *, pthread_t,
	    const struct watch_limits *, int64_t us);
#endif
