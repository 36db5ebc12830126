/* SPDX-License-Identifier: ISC */
/*
 * The other end of a connection, and for how long it is waited for.
 *
 * Nothing is set up for that before it keeps us waiting, which few ever do.
 * What counts is the time in which we wait, added up: a peer that sends or
 * takes a little now and then comes to the same end.  Signals end no wait, for
 * they are meant for a handler, and may come when the next one's has begun.
 */
#ifndef GATE_PEER_H
#define GATE_PEER_H

#include <sys/types.h>
#include <sys/uio.h>

#include "app/conf.h"

enum peer_way { PEER_READ, PEER_WRITE };

struct peer {
	int			 fd;
	const struct conf	*conf;		/* io_timeout and the like */
	bool			 hurry;		/* no time for a slow one */
	int64_t			 waited[2];	/* us so far, either way */
};

/* As recv(2); errno is ETIMEDOUT once its time is over. */
ssize_t		 peer_read(struct peer *, void *p, size_t n);

/* All n pieces, or STILE_EGONE; v is used up. */
enum stile_err	 peer_write(struct peer *, struct iovec *v, size_t n);
#endif
