/* SPDX-License-Identifier: ISC */
/*
 * Lines lie in one piece each: one that finds no room before the end of the
 * memory goes to its beginning, and leaves a gap.
 */
#include "base/priv.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "base/ring.h"
#include "base/banned.h"

#define GATHER_NS	(50 * 1000 * 1000)	/* for lines to leave together */

struct ring {
	pthread_mutex_t	 lock;
	pthread_cond_t	 more;
	size_t		 size;
	size_t		 head, tail;	/* lines are from head to tail, or */
	size_t		 end;		/* to end, and from 0 to tail */
	uint64_t	 dropped;
	bool		 wrapped;
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

/* Bytes in one piece from head on. */
static size_t
ready(const struct ring *r)
{
	return (r->wrapped ? r->end : r->tail) - r->head;
}

static bool
crowded(const struct ring *r)
{
	return ready(r) + (r->wrapped ? r->tail : 0) > r->size / 2;
}

/* Where n bytes fit, or NULL. */
static char *
room(struct ring *r, size_t n)
{
	if (!r->wrapped && n > r->size - r->tail && n <= r->head) {
		r->wrapped = true;
		r->end = r->tail;
		r->tail = 0;
	}
	if (n > (r->wrapped ? r->head : r->size) - r->tail)
		return NULL;
	r->tail += n;
	return r->data + r->tail - n;
}

void
ring_put(struct ring *r, const char *line, size_t n)
{
	char	*p;

	pthread_mutex_lock(&r->lock);
	if ((p = room(r, n)) != NULL)
		memcpy(p, line, n);
	else
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
	r->head += n;
	if (ready(r) > 0)
		return;
	/* From the start again, so that a quiet server needs little of it. */
	r->head = 0;
	if (!r->wrapped)
		r->tail = 0;
	r->wrapped = false;
}

void
ring_took(struct ring *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	took(r, n);
	pthread_mutex_unlock(&r->lock);
}

/* The process may have died between any two of its steps. */
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
