/* SPDX-License-Identifier: ISC */
/*
 * The connections of one worker process, over one epoll set.  An idle one costs
 * no thread; those that became readable wait in a queue for one.
 *
 * One thread at a time waits in epoll_wait(2), the others asleep behind it: a
 * thread that is done with a request takes the next one, and only when that
 * does not go fast enough does the usher wake another.  Threads that wake each
 * other for every request cost more than the requests do.
 */
#ifndef GATE_CONNS_H
#define GATE_CONNS_H

#include <pthread.h>

#include "gate/serve.h"

enum conn_kind { CONN_PEER, CONN_LISTENER, CONN_TAKER };
enum conn_state { CONN_IDLE, CONN_QUEUED, CONN_SERVED, CONN_AGAIN, CONN_DEAD };

struct conn {
	enum conn_kind	 kind;
	enum conn_state	 state;
	bool		 half_closed;	/* by the peer */
	bool		 watched;	/* in the epoll set */
	int		 fd;
	int64_t		 stamp;		/* when it was found readable */
	int64_t		 part_since;	/* of part of a request; or 0 */
	struct fcgi_rest rest;		/* read, and not served yet */
	struct conn	*queued;	/* the next one in the queue */
	struct conn	*next, **prev;	/* all of them; the dead ones */
};

/* How a worker comes to its end. */
enum leave {
	LEAVE_NOT,
	LEAVE_STOP,		/* answer what has arrived, close the rest */
	LEAVE_RETIRE		/* give the connections to other workers */
};

struct conns {
	const struct stile_site	*site;
	struct board_proc	*proc;
	int			 epoll_fd;
	int			 wake_fd;	/* readable once it leaves */
	int			 nudge_fd;	/* ends one epoll_wait() */
	int			 give_fd;
	size_t			 max;
	int64_t			 wait_max;	/* us in the queue */
	pthread_t		 usher;		/* gets SIGUSR2 to look again */

	pthread_mutex_t		 lock;		/* of what follows */
	pthread_cond_t		 go;
	struct conn		 listeners[LISTEN_MAX];
	size_t			 nlisteners;
	struct conn		 taker;
	struct conn		*all;
	size_t			 n;
	struct conn		*first, **last;	/* the queue */
	int64_t			 waiting_since;	/* it was empty last */
	struct conn		*dead;		/* while events may name them */
	size_t			 asleep;	/* threads */
	bool			 usher_asleep;
	bool			 polling;	/* a thread is in epoll_wait() */
	bool			 full;		/* no accept until one ends */
	enum leave		 leaving;
	uint64_t		 served;
};

int	 conns_init(struct conns *, const struct stile_site *,
	    const struct serve_set *);
void	 conns_release(struct conns *);

/*
 * The next that has something to do, in state CONN_SERVED; NULL to leave.
 * *overdue: it has waited for too long.
 */
struct conn *conns_next(struct conns *, bool *overdue);

/* For the usher: an overdue one or a listener, without waiting; or NULL. */
struct conn *conns_overdue(struct conns *);

/* Accept, or take from other workers: SERVED_MORE if there may be more. */
enum served	 conns_accept(struct conns *, struct conn *);

/* After CONN_SERVED. */
void	 conns_done(struct conns *, struct conn *, enum served);

/*
 * What the usher does about all that waits: wake a thread if one is needed.
 * Returns for how many microseconds it need not be called again.
 */
int64_t	 conns_usher(struct conns *, size_t threads, uint64_t *served);

/*
 * Close those of which a part of a request came, and then nothing; and accept
 * what no event told of.
 */
void	 conns_sweep(struct conns *, int64_t part_max);

void	 conns_leave(struct conns *, enum leave);
#endif
