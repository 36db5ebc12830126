/* SPDX-License-Identifier: ISC */
/*
 * The time limit of handlers.  Threads only say what they are at; a look at
 * them now and then is enough, so that no request pays for it.
 */
#ifndef GATE_WATCH_H
#define GATE_WATCH_H

#include <pthread.h>

#include "app/site.h"

/* Enforce it, us after the last look; true if it is not to be had back. */
bool	 watch_look(struct req_clock *, pthread_t, int64_t us);
#endif
