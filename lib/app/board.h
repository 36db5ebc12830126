/* SPDX-License-Identifier: ISC */
/*
 * What a server's processes know of one another, in memory that they share.
 * Each counter has one writer: its thread, or its process; anybody reads.
 */
#ifndef APP_BOARD_H
#define APP_BOARD_H

#include <stdatomic.h>

#include "stile/types.h"

#define BOARD_BUCKETS	112	/* of latencies, four for each power of two */
#define BOARD_CLASSES	6	/* 1xx to 5xx; 0: cut before its end */

struct board_thread {
	_Alignas(64) atomic_int_fast64_t since;	/* of its request, or 0 */
	atomic_uint_fast64_t	classes[BOARD_CLASSES];
	atomic_uint_fast64_t	us;		/* all requests together */
	atomic_uint_fast64_t	refused;	/* for lack of a thread */
	atomic_uint_fast64_t	left_open;	/* transactions, rolled back */
	atomic_uint_fast64_t	latency[BOARD_BUCKETS];
};

enum board_state { BOARD_FREE, BOARD_STARTING, BOARD_SERVING, BOARD_LEAVING };

struct board_proc {
	_Alignas(64) atomic_int	state;
	atomic_int		pid;
	atomic_int_fast64_t	started;	/* ms since 1970 */
	atomic_uint_fast64_t	connections;	/* held now */
	atomic_uint_fast64_t	dropped;	/* lines of the access log */
	atomic_uint_fast64_t	memory;		/* bytes resident */
};

struct board {
	size_t			nprocs, nthreads;	/* places; of each */
	size_t			nslots;		/* one more, of the usher */
	int64_t			started;	/* ms since 1970 */
	atomic_uint_fast64_t	crashes;
	struct board_proc	procs[];	/* then all threads, ushers */
};

/* Everything added up. */
struct board_sum {
	uint64_t	procs, threads, busy, connections, refused, dropped;
	uint64_t	crashes, memory, requests, us, left_open;
	uint64_t	classes[BOARD_CLASSES];
	uint64_t	latency[BOARD_BUCKETS];
};

/* Shared with all children; NULL for lack of memory. */
struct board	*board_new(size_t nprocs, size_t nthreads);
void		 board_free(struct board *);

/* A process begins in this place, of which only the counts stay. */
void		 board_begin(struct board *, size_t proc);

/* The usher's has the number after the last thread's. */
struct board_thread *board_thread(const struct board *, size_t proc,
		    size_t thread);

/* A request has ended; one was refused. */
void		 board_count(struct board_thread *, int status, bool cut,
		    int64_t us);
void		 board_count_refused(struct board_thread *);
void		 board_count_left_open(struct board_thread *);

/* Whether another process has a thread without a request. */
bool		 board_idle_elsewhere(const struct board *,
		    const struct board_proc *self);

void		 board_sum(const struct board *, struct board_sum *ret);

/* The first bucket above this share of all requests, as microseconds. */
uint64_t	 board_quantile(const struct board_sum *, double share);

/* Requests that took less than so many microseconds, a power of two. */
uint64_t	 board_below(const struct board_sum *, uint64_t us);

/* A table for people, and Prometheus's text format. */
struct stile_buf;
void		 board_text(const struct board *, const char *app,
		    struct stile_buf *);
void		 board_prometheus(const struct board *, const char *app,
		    const char *version, struct stile_buf *);
#endif
