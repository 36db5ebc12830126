/* SPDX-License-Identifier: ISC */
/*
 * The board: counters of all processes in one shared mapping.
 *
 * Latencies are counted in buckets of which each power of two of microseconds
 * has four, so that a quantile is right within a quarter.
 */
#include "base/priv.h"

#include <sys/mman.h>

#include "app/board.h"
#include "base/clock.h"
#include "base/banned.h"

#define RELAXED	memory_order_relaxed

static size_t
size_of(size_t nprocs, size_t nslots)
{
	return sizeof(struct board) + nprocs * sizeof(struct board_proc) +
	    nprocs * nslots * sizeof(struct board_thread);
}

struct board *
board_new(size_t nprocs, size_t nthreads)
{
	struct board	*b;

	b = mmap(NULL, size_of(nprocs, nthreads + 1), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		return NULL;
	b->nprocs = nprocs;
	b->nthreads = nthreads;
	b->nslots = nthreads + 1;
	b->started = stile_now_ms();
	return b;
}

void
board_free(struct board *b)
{
	if (b != NULL)
		munmap(b, size_of(b->nprocs, b->nslots));
}

void
board_begin(struct board *b, size_t proc)
{
	struct board_proc	*p = &b->procs[proc];
	size_t			 i;

	p->state = BOARD_STARTING;
	p->connections = p->memory = 0;
	for (i = 0; i < b->nslots; i++)
		board_thread(b, proc, i)->since = 0;
}

struct board_thread *
board_thread(const struct board *b, size_t proc, size_t thread)
{
	struct board_thread	*first;

	first = (struct board_thread *)(uintptr_t)(b->procs + b->nprocs);
	return first + proc * b->nslots + thread;
}

/* One writer: no locked instruction is needed. */
static void
add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, RELAXED) + n, RELAXED);
}

static uint64_t
get(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, RELAXED);
}

/* 0 to 3 have their own; then four for each power of two. */
static size_t
bucket_of(uint64_t us)
{
	unsigned	e;
	size_t		i;

	if (us < 4)
		return (size_t)us;
	e = 63 - (unsigned)__builtin_clzll(us);
	i = (size_t)(e - 1) * 4 + (us >> (e - 2) & 3);
	return i < BOARD_BUCKETS ? i : BOARD_BUCKETS - 1;
}

/* What the bucket is below. */
static uint64_t
bucket_end(size_t i)
{
	if (i < 4)
		return i + 1;
	return (uint64_t)(4 + i % 4 + 1) << (i / 4 - 1);
}

void
board_count(struct board_thread *t, int status, bool cut, int64_t us)
{
	size_t	class = (size_t)status / 100;

	add(&t->classes[cut || class >= BOARD_CLASSES ? 0 : class], 1);
	add(&t->us, (uint64_t)us);
	add(&t->latency[bucket_of((uint64_t)us)], 1);
}

void
board_count_refused(struct board_thread *t)
{
	add(&t->refused, 1);
}

void
board_count_left_open(struct board_thread *t)
{
	add(&t->left_open, 1);
}

static void
sum_thread(const struct board_thread *t, struct board_sum *s)
{
	size_t	i;

	s->us += get(&t->us);
	s->refused += get(&t->refused);
	s->left_open += get(&t->left_open);
	for (i = 0; i < BOARD_CLASSES; i++) {
		s->classes[i] += get(&t->classes[i]);
		s->requests += get(&t->classes[i]);
	}
	for (i = 0; i < BOARD_BUCKETS; i++)
		s->latency[i] += get(&t->latency[i]);
}

static bool
has_idle_thread(const struct board *b, size_t proc)
{
	size_t	k;

	for (k = 0; k < b->nthreads; k++)
		if (board_thread(b, proc, k)->since == 0)
			return true;
	return false;
}

bool
board_idle_elsewhere(const struct board *b, const struct board_proc *self)
{
	size_t	i;

	for (i = 0; i < b->nprocs; i++)
		if (&b->procs[i] != self &&
		    b->procs[i].state == BOARD_SERVING && has_idle_thread(b, i))
			return true;
	return false;
}

void
board_sum(const struct board *b, struct board_sum *s)
{
	const struct board_thread	*t;
	const struct board_proc		*p;
	size_t				 i, k;
	bool				 here;

	*s = (struct board_sum){ .crashes = get(&b->crashes) };
	for (i = 0; i < b->nprocs; i++) {
		p = &b->procs[i];
		here = p->state != BOARD_FREE;
		s->dropped += get(&p->dropped);
		/* What an ended process had counted still counts. */
		if (here) {
			s->procs++;
			s->threads += b->nthreads;
			s->connections += get(&p->connections);
			s->memory += get(&p->memory);
		}
		for (k = 0; k < b->nslots; k++) {
			t = board_thread(b, i, k);
			sum_thread(t, s);
			s->busy += here && k < b->nthreads && t->since != 0;
		}
	}
}

uint64_t
board_quantile(const struct board_sum *s, double share)
{
	uint64_t	n = 0, all = 0;
	size_t		i;

	for (i = 0; i < BOARD_BUCKETS; i++)
		all += s->latency[i];
	for (i = 0; i < BOARD_BUCKETS; i++)
		if ((n += s->latency[i]) > 0 &&
		    (double)n >= share * (double)all)
			return bucket_end(i);
	return 0;
}

uint64_t
board_below(const struct board_sum *s, uint64_t us)
{
	uint64_t	n = 0;
	size_t		i;

	for (i = 0; i < BOARD_BUCKETS && bucket_end(i) <= us; i++)
		n += s->latency[i];
	return n;
}
