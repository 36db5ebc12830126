/* SPDX-License-Identifier: ISC */
/*
 * What one generation of a server leaves to the next: connections from worker
 * to worker, and the sockets across an exec of the supervisor.
 */
#ifndef GATE_HANDOVER_H
#define GATE_HANDOVER_H

#include <sys/types.h>

#include "gate/serve.h"

/*
 * A pair of sockets: who leaves puts connections in, who stays takes them;
 * -1: nobody takes any, or there is none.
 */
int	 handover_pair(int *give, int *take);
int	 handover_give(int give_fd, int fd, const struct fcgi_rest *);
int	 handover_take(int take_fd, struct fcgi_rest *);

#define HANDOVER_MAX	512

/* In the environment across an exec. */
struct handover {
	struct listeners	listeners;
	int			give, take;
	pid_t			old[HANDOVER_MAX];	/* workers */
	size_t			nold;
	bool			trial;	/* only see whether it would start */
	const char		*listen;	/* what the setting was, or NULL */
};

/*
 * Everything in it stays open in what is executed next; or not, and then it is
 * in the environment no more.
 */
int	 handover_put(const struct handover *);
void	 handover_keep(const struct handover *, bool keep);

bool	 handover_is(void);

/* False where there is none; it is taken out of the environment. */
bool	 handover_get(struct handover *);
#endif
