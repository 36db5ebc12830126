/* SPDX-License-Identifier: ISC */
/* lib/gate/watch.c: what is late is told so, and nothing else. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "base/clock.h"
#include "gate/watch.h"

#define HOUR	INT64_C(3600000000)
#define LOOK	INT64_C(200000)		/* us between two looks */

/* How many signals came.  They are taken by whoever is asked to look at it. */
static volatile sig_atomic_t	kicks;

/* At that moment its request is done, and another begins. */
static struct req_clock		*done;

static void
kick(int sig)
{
	(void)sig;
	kicks++;
	if (done != NULL) {
		done->turn++;
		stile__clock_in_time(done);
	}
}

static void
setup(void)
{
	struct sigaction	sa = { .sa_handler = kick };

	sigaction(SIGUSR2, &sa, NULL);
	kicks = 0;
}

TestSuite(watch, .init = setup, .timeout = 120);

/* A request that has a second left, and an hour as its limit. */
static struct req_clock
clock_in(enum req_phase phase)
{
	struct req_clock	c = { .limit_us = HOUR, .turn = 1 };

	c.deadline = stile__mono_us() + HOUR;
	c.phase = phase;
	return c;
}

static bool
look(struct req_clock *c)
{
	return watch_look(c, pthread_self(), LOOK);
}

Test(watch, a_handler_in_time)
{
	struct req_clock	c = clock_in(REQ_HANDLING);
	int64_t			until = c.deadline;
	int			i;

	for (i = 0; i < 100; i++)
		cr_expect(!look(&c));
	cr_expect(!stile__clock_late(&c));
	cr_expect_eq(kicks, 0);
	cr_expect_eq(c.deadline, until, "its time runs");
}

/* Told once; given up another whole limit later. */
Test(watch, a_handler_that_is_late)
{
	struct req_clock	c = clock_in(REQ_HANDLING);

	c.deadline = stile__mono_us() - 1;
	cr_expect(!look(&c));
	cr_expect(stile__clock_late(&c));
	cr_expect_eq(kicks, 1);
	cr_expect(!look(&c));
	cr_expect_eq(kicks, 1, "it knows");
	c.deadline = stile__mono_us() - HOUR + LOOK;
	cr_expect(!look(&c));
	c.deadline = stile__mono_us() - HOUR - 1;
	cr_expect(look(&c), "it is not to be had back");
	cr_expect_eq(kicks, 1);
}

/* What it is told too late is not said of the next request. */
Test(watch, a_request_that_is_done_meanwhile)
{
	struct req_clock	c = clock_in(REQ_HANDLING);

	done = &c;
	c.deadline = stile__mono_us() - 1;
	look(&c);
	cr_expect_eq(kicks, 1);
	cr_expect(!stile__clock_late(&c));
	done = NULL;
}

/* A handler that has asked for more time has it, also when it was late. */
Test(watch, a_handler_with_a_new_deadline)
{
	struct req_clock	c = clock_in(REQ_HANDLING);

	c.deadline = stile__mono_us() - 1;
	look(&c);
	cr_expect(stile__clock_late(&c));
	c.deadline = stile__mono_us() + HOUR;
	stile__clock_in_time(&c);
	cr_expect(!look(&c) && !stile__clock_late(&c));
	c.deadline = stile__mono_us() - 1;
	cr_expect(!look(&c) && stile__clock_late(&c));
	cr_expect_eq(kicks, 2);
}

/* Its own limits are elsewhere (peer.c), and a signal would disturb it. */
static void
check_waiting(enum req_phase phase)
{
	struct req_clock	c = clock_in(phase);
	int64_t			until;
	int			i;

	until = c.deadline = stile__mono_us() - 1;
	for (i = 1; i <= 100; i++)
		cr_expect(!look(&c) && !stile__clock_late(&c));
	cr_expect_eq(kicks, 0);
	cr_expect_eq(c.deadline, until + 100 * LOOK,
	    "the handler's time stands still meanwhile");
}

Test(watch, reading_and_writing)
{
	check_waiting(REQ_READING);
	check_waiting(REQ_WRITING);
}

Test(watch, the_next_request_starts_anew)
{
	struct req_clock	c = clock_in(REQ_HANDLING);

	c.deadline = stile__mono_us() - 1;
	look(&c);
	cr_expect(stile__clock_late(&c));
	c.deadline = stile__mono_us() + HOUR;
	/* UINT_MAX is followed by 0. */
	c.turn = UINT_MAX;
	stile__clock_in_time(&c);
	look(&c);
	c.turn++;
	cr_expect(!look(&c) && !stile__clock_late(&c));
	cr_expect_eq(kicks, 1);
}

Test(watch, idle)
{
	struct req_clock	c = clock_in(REQ_IDLE);
	int			i;

	c.deadline = 0;
	for (i = 0; i < 20; i++)
		cr_expect(!look(&c));
	cr_expect(!stile__clock_late(&c) && c.deadline == 0);
	cr_expect_eq(kicks, 0);
}

/* ---- a call that waits --------------------------------------------------------- */

static struct waiter {
	int			fds[2];
	sem_t			ready;
	ssize_t			n;
	int			err;
	struct req_clock	clock;
} waiter;

static void *
wait_for_ever(void *arg)
{
	struct waiter	*w = arg;
	char		 c;

	w->clock.phase = REQ_HANDLING;
	sem_post(&w->ready);
	w->n = read(w->fds[0], &c, 1);
	w->err = errno;
	w->clock.phase = REQ_IDLE;
	return NULL;
}

/* However late it gets to the call: it is asked for more than once here. */
Test(watch, a_call_ends)
{
	pthread_t	id;

	waiter.clock = clock_in(REQ_HANDLING);
	waiter.clock.deadline = stile__mono_us() - 1;
	cr_assert_eq(pipe(waiter.fds), 0);
	cr_assert_eq(sem_init(&waiter.ready, 0, 0), 0);
	cr_assert_eq(pthread_create(&id, NULL, wait_for_ever, &waiter), 0);
	while (sem_wait(&waiter.ready) != 0)
		;
	while (waiter.clock.phase == REQ_HANDLING) {
		stile__clock_in_time(&waiter.clock);
		cr_assert(!watch_look(&waiter.clock, id, LOOK));
	}
	pthread_join(id, NULL);
	cr_expect_eq(waiter.n, -1);
	cr_expect_eq(waiter.err, EINTR);
	cr_expect(stile__clock_late(&waiter.clock));
}
