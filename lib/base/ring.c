/* SPDX-License-Identifier: ISC */
/*
 * Lines lie in one piece each: one that finds no room before the end of the
 * memory goes to its beginning, and leaves a gap.
 *
 * The process may die at any instruction, and what is in the ring then has to
 * be whole lines.  So each step ends with one store that makes it true.
 */
#include "base/priv.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "base/ring.h"
#include "base/banned.h"

#define GATHER_NS	(50 * 1000 * 1000)	/* for lines to leave together */

struct ring {
	pthread_mutex_t	 lock;
	pthread_cond_t	 more;
	size_t		 size;
	size_t		 head, tail;	/* lines are from head to tail; if */
	size_t		 end;		/* that is less, to end and from 0 */
	uint64_t	 dropped;
	bool		 asleep;	/* the taker, until there is a line */
	bool		 closed;
	char		 data[];
};

void
ring_reset(struct ring *r)
{
	pthread_condattr_t	attr;
	size_t			size = r->size;

	memset(r, 0, sizeof(*r));
	r->size = size;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->more, &attr);
	pthread_condattr_destroy(&attr);
}

struct ring *
ring_new(size_t size)
{
	struct ring	*r;

	r = mmap(NULL, sizeof(*r) + size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return NULL;
	r->size = size;
	ring_reset(r);
	return r;
}

void
ring_free(struct ring *r)
{
	if (r != NULL)
		munmap(r, sizeof(*r) + r->size);
}

/* After all that was written before it. */
static void
commit(size_t *field, size_t value)
{
	atomic_signal_fence(memory_order_release);
	*field = value;
}

static bool
is_wrapped(const struct ring *r)
{
	return r->tail < r->head;
}

/* Bytes in one piece from head on. */
static size_t
ready(const struct ring *r)
{
	return (is_wrapped(r) ? r->end : r->tail) - r->head;
}

static bool
crowded(const struct ring *r)
{
	return ready(r) + (is_wrapped(r) ? r->tail : 0) > r->size / 2;
}

/* Where n bytes fit; false if nowhere. */
static bool
room(struct ring *r, size_t n, size_t *at)
{
	size_t	limit = is_wrapped(r) ? r->head - 1 : r->size;

	*at = r->tail;
	if (n <= limit - r->tail)
		return true;
	if (is_wrapped(r) || n >= r->head)
		return false;
	r->end = r->tail;
	*at = 0;
	return true;
}

void
ring_put(struct ring *r, const char *line, size_t n)
{
	size_t	at;

	pthread_mutex_lock(&r->lock);
	if (room(r, n, &at)) {
		memcpy(r->data + at, line, n);
		commit(&r->tail, at + n);
	} else
		r->dropped++;
	/* It wakes for the first line, or early when there are many. */
	if (r->asleep || crowded(r)) {
		r->asleep = false;
		pthread_cond_signal(&r->more);
	}
	pthread_mutex_unlock(&r->lock);
}

/* A moment for more lines, unless there are many already. */
static void
gather(struct ring *r)
{
	struct timespec	until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += GATHER_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!crowded(r) && !r->closed)
		if (pthread_cond_timedwait(&r->more, &r->lock, &until) != 0)
			break;
}

size_t
ring_wait(struct ring *r, const char **ret)
{
	size_t	n;

	pthread_mutex_lock(&r->lock);
	while (ready(r) == 0 && !r->closed) {
		r->asleep = true;
		pthread_cond_wait(&r->more, &r->lock);
	}
	r->asleep = false;
	gather(r);
	*ret = r->data + r->head;
	n = ready(r);
	pthread_mutex_unlock(&r->lock);
	return n;
}

static void
took(struct ring *r, size_t n)
{
	if (n < ready(r))
		commit(&r->head, r->head + n);
	else if (is_wrapped(r))
		commit(&r->head, 0);
	else {
		/* From the start, so that a quiet server needs little of it. */
		r->end = r->head;
		commit(&r->tail, 0);
		commit(&r->head, 0);
	}
}

void
ring_took(struct ring *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	took(r, n);
	pthread_mutex_unlock(&r->lock);
}

/* Without the lock, and without trust in what a crash has left. */
size_t
ring_rest(struct ring *r, const char **ret)
{
	size_t	n = ready(r);

	if (r->head > r->size || n == 0 || n > r->size - r->head)
		return 0;
	*ret = r->data + r->head;
	took(r, n);
	return n;
}

void
ring_close(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
}

uint64_t
ring_dropped(struct ring *r)
{
	uint64_t	n;

	pthread_mutex_lock(&r->lock);
	n = r->dropped;
	pthread_mutex_unlock(&r->lock);
	return n;
}
