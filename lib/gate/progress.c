/* SPDX-License-Identifier: ISC */
/*
 * How far a long command is.  A thread of its own writes it, since what takes
 * long may be one statement of the database, which calls nobody.
 */
#include "base/priv.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/progress.h"
#include "base/banned.h"

static void
show(struct progress *p)
{
	fprintf(stderr, "\r%s: ", p->what);
	if (p->total > 0)
		fprintf(stderr, "%" PRIu64 " of %" PRIu64 " %s, ", p->done,
		    p->total, p->unit);
	else if (p->done > 0)
		fprintf(stderr, "%" PRIu64 " %s, ", p->done, p->unit);
	fprintf(stderr, "%" PRId64 " s\033[K",
	    (stile__mono_us() - p->since_us) / 1000000);
	p->shown = true;
}

static void *
tick(void *arg)
{
	struct progress	*p = arg;
	struct timespec	 next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		next.tv_sec++;
		while (!p->stop && pthread_cond_clockwait(&p->wake, &p->lock,
		    CLOCK_MONOTONIC, &next) == 0)
			;
		if (!p->stop)
			show(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

void
progress_start(struct progress *p, const char *what, const char *unit)
{
	sigset_t	all, old;

	*p = (struct progress){ .what = what, .unit = unit,
	    .on = isatty(STDERR_FILENO) == 1 };
	if (!p->on)
		return;
	p->since_us = stile__mono_us();
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	/* Signals are for the thread that works. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	p->running = pthread_create(&p->thread, NULL, tick, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void
progress_count(struct progress *p, uint64_t done, uint64_t total)
{
	if (!p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->done = done;
	p->total = total;
	pthread_mutex_unlock(&p->lock);
}

void
progress_stop(struct progress *p)
{
	if (!p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	p->running = false;
	if (p->shown)
		fprintf(stderr, "\r\033[K");
}
