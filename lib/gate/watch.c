/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include <signal.h>

#include "base/clock.h"
#include "gate/watch.h"
#include "base/banned.h"

/*
 * Whatever call the thread is in ends with EINTR.  It may know why only after
 * that, or the signal could come when it is writing what it makes of that.
 */
static void
interrupt(struct req_clock *c, unsigned turn, pthread_t thread)
{
	pthread_kill(thread, SIGUSR2);
	c->late = turn;
}

/* Another whole time limit later it has not come back. */
static bool
look_handler(struct req_clock *c, unsigned turn, pthread_t thread)
{
	int64_t	over = stile__mono_us() - c->deadline;

	if (over > 0 && c->late != turn)
		interrupt(c, turn, thread);
	return over > c->limit_us;
}

bool
watch_look(struct req_clock *c, pthread_t thread, int64_t us)
{
	unsigned	turn = c->turn;

	switch (c->phase) {
	case REQ_HANDLING:
		return look_handler(c, turn, thread);
	case REQ_READING:
	case REQ_WRITING:
		/* Its time stands still while it waits for the peer. */
		c->deadline += us;
	}
	return false;
}
