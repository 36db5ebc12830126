/* SPDX-License-Identifier: ISC */
/* How far a long command is: on a terminal only, and only when it is long. */
#ifndef GATE_PROGRESS_H
#define GATE_PROGRESS_H

#include <pthread.h>

#include "stile/types.h"

struct progress {
	bool		on;		/* standard error is a terminal */
	bool		running;
	bool		shown;
	bool		stop;
	const char	*what;
	const char	*unit;		/* "rows" */
	uint64_t	done, total;	/* total 0: nobody knows */
	int64_t		since_us;
	pthread_t	thread;
	pthread_mutex_t	lock;
	pthread_cond_t	wake;
};

/* From now on "what: 12 s" is written each second; what is borrowed. */
void	 progress_start(struct progress *, const char *what, const char *unit);
void	 progress_count(struct progress *, uint64_t done, uint64_t total);
/* The line is gone when this returns; fine where nothing was started. */
void	 progress_stop(struct progress *);
#endif
