/* SPDX-License-Identifier: ISC */
/*
 * How a server is put together: a supervisor (super.c) forks workers
 * (serve.c), each of which runs threads over its connections (conns.c).
 */
#ifndef GATE_SERVE_H
#define GATE_SERVE_H

#include <signal.h>

#include "gate/gate.h"

/* How often a worker looks after its requests, and after itself. */
#define WATCH_US	200000
#define SWEEP_US	1000000

struct ring;

/* What a worker gets from its supervisor. */
struct serve_set {
	const struct listeners	*listeners;
	int			 give, take;	/* handover.h */
	int			 report;	/* where to write these: */
	struct board_proc	*proc;
	size_t			 nproc;		/* its number on the board */
	struct ring		*ring;		/* of the access log, or NULL */
};

#define REPORT_READY	'r'
#define REPORT_RETIRE	'q'	/* another one shall take over */

/* A worker's life; an exit status. */
int	 serve_worker(const struct stile_site *, const struct serve_set *);

/* What one connection has come to. */
enum served {
	SERVED_KEPT,		/* at the start of the next request */
	SERVED_MORE,		/* of which some may be there already */
	SERVED_PART,		/* the rest of a request has to arrive first */
	SERVED_CLOSED
};

/* What a thread has read: bytes from at to n; it grows up to max. */
struct fcgi_in {
	unsigned char	*p;
	size_t		 size, max;
	size_t		 at, n;
	size_t		 base;		/* what is before it stays there */
};

/* What of it belongs to a connection that is parked; malloc(3). */
struct fcgi_rest {
	unsigned char	*p;
	size_t		 n;
};

/*
 * Read a request from a connected socket and answer it, or refuse it, and
 * leave the socket at the start of the next one.
 */
enum served	 fcgi_serve(struct runner *, int fd, struct fcgi_in *,
		    struct fcgi_rest *, bool refuse);

/* All but faults are blocked; main threads wait for them. */
void	 serve_block_signals(sigset_t *);

/* The access log of a worker: a thread that writes what is in the ring. */
struct logger;
struct logger	*logger_start(const struct stile_site *, struct board_proc *,
		    struct ring *);
void		 logger_look(struct logger *);	/* for what was dropped */
bool		 logger_stop(struct logger *);	/* false: it is stuck */

/* Where log and access_log say; again after SIGUSR1. */
enum stile_err	 logs_open(struct stile_site *, struct stile_error *);

/* What a worker that crashed had still to say, as far as that can be written. */
void		 logs_rest(const struct stile_site *, struct board_proc *,
		    struct ring *);
#endif
