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

static const struct watch_limits	limits = {
	.reading = 3 * LOOK, .writing = 5 * LOOK,
};

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
look(struct watch *w, struct req_clock *c)
{
	return watch_look(w, c, pthread_self(), &limits, LOOK);
}

Test(watch, a_handler_in_time)
{
	struct req_clock	c = clock_in(REQ_HANDLING);
	int64_t			until = c.deadline;
	struct watch		w = { .turn = 0 };
	int			i;

	for (i = 0; i < 100; i++)
		cr_expect(!look(&w, &c));
	cr_expect(!stile__clock_late(&c));
	cr_expect_eq(kicks, 0);
	cr_expect_eq(c.deadline, until, "its time runs");
}

/* Told once; given up another whole limit later. */
Test(watch, a_handler_that_is_late)
{
	struct req_clock	c = clock_in(REQ_HANDLING);
	struct watch		w = { .turn = 0 };

	c.deadline = stile__mono_us() - 1;
	cr_expect(!look(&w, &c));
	cr_expect(stile__clock_late(&c));
	cr_expect_eq(kicks, 1);
	cr_expect(!look(&w, &c));
	cr_expect_eq(kicks, 1, "it knows");
	c.deadline = stile__mono_us() - HOUR + LOOK;
	cr_expect(!look(&w, &c));
	c.deadline = stile__mono_us() - HOUR - 1;
	cr_expect(look(&w, &c), "it is not to be had back");
	cr_expect_eq(kicks, 1);
}

/* What it is told too late is not said of the next request. */
Test(watch, a_request_that_is_done_meanwhile)
{
	struct req_clock	c = clock_in(REQ_HANDLING);
	struct watch		w = { .turn = 0 };
	int			i;

	done = &c;
	c.deadline = stile__mono_us() - 1;
	look(&w, &c);
	cr_expect_eq(kicks, 1);
	cr_expect(!stile__clock_late(&c), "a handler");
	c.phase = REQ_READING;
	for (i = 0; i < 4; i++)
		look(&w, &c);
	cr_expect_eq(kicks, 2);
	cr_expect(!stile__clock_late(&c), "a body");
	done = NULL;
}

/* A handler that has asked for more time has it, also when it was late. */
Test(watch, a_handler_with_a_new_deadline)
{
	struct req_clock	c = clock_in(REQ_HANDLING);
	struct watch		w = { .turn = 0 };

	c.deadline = stile__mono_us() - 1;
	look(&w, &c);
	cr_expect(stile__clock_late(&c));
	c.deadline = stile__mono_us() + HOUR;
	stile__clock_in_time(&c);
	cr_expect(!look(&w, &c) && !stile__clock_late(&c));
	c.deadline = stile__mono_us() - 1;
	cr_expect(!look(&w, &c) && stile__clock_late(&c));
	cr_expect_eq(kicks, 2);
}

/* Each limit by itself; told again and again, as a call may come after it. */
static void
check_waiting(enum req_phase phase, int64_t limit)
{
	struct req_clock	c = clock_in(phase);
	int64_t			until = c.deadline;
	struct watch		w = { .turn = 0 };
	int			i, n = (int)(limit / LOOK);

	kicks = 0;
	for (i = 0; i < n; i++)
		cr_expect(!look(&w, &c) && !stile__clock_late(&c), "%d looks", i + 1);
	cr_expect_eq(kicks, 0);
	for (i = 1; i <= 3; i++) {
		cr_expect(!look(&w, &c) && stile__clock_late(&c));
		cr_expect_eq(kicks, i);
	}
	cr_expect_eq(c.deadline, until + (n + 3) * LOOK,
	    "the handler's time stands still meanwhile");
}

Test(watch, reading_and_writing)
{
	check_waiting(REQ_READING, limits.reading);
	check_waiting(REQ_WRITING, limits.writing);
}

/* The times in one phase are added up, whatever is in between. */
Test(watch, phases_in_turn)
{
	struct req_clock	c = clock_in(REQ_READING);
	struct watch		w = { .turn = 0 };
	int			i;

	for (i = 0; i < 3; i++) {
		c.phase = REQ_READING;
		cr_expect(!look(&w, &c));
		c.phase = REQ_HANDLING;
		cr_expect(!look(&w, &c));
		c.phase = REQ_WRITING;
		cr_expect(!look(&w, &c));
	}
	cr_expect(!stile__clock_late(&c));
	c.phase = REQ_WRITING;
	cr_expect(!look(&w, &c) && !stile__clock_late(&c), "4 of 5");
	c.phase = REQ_READING;
	cr_expect(!look(&w, &c) && stile__clock_late(&c), "4 of 3");
}

Test(watch, the_next_request_starts_anew)
{
	struct req_clock	c = clock_in(REQ_READING);
	struct watch		w = { .turn = 0 };
	int			i;

	for (i = 0; i < 20; i++) {
		cr_expect(!look(&w, &c) && !look(&w, &c) && !look(&w, &c));
		cr_expect(!stile__clock_late(&c), "request %d", i);
		c.turn++;
	}
	for (i = 0; i < 3; i++)
		look(&w, &c);
	look(&w, &c);
	cr_expect(stile__clock_late(&c));
	/* UINT_MAX is followed by 0. */
	c.turn = UINT_MAX;
	stile__clock_in_time(&c);
	look(&w, &c);
	c.turn++;
	cr_expect(!look(&w, &c) && !stile__clock_late(&c));
	cr_expect_eq(w.turn, 0);
}

Test(watch, idle)
{
	struct req_clock	c = clock_in(REQ_IDLE);
	struct watch		w = { .turn = 0 };
	int			i;

	c.deadline = 0;
	for (i = 0; i < 20; i++)
		cr_expect(!look(&w, &c));
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

	w->clock.phase = REQ_READING;
	sem_post(&w->ready);
	w->n = read(w->fds[0], &c, 1);
	w->err = errno;
	w->clock.phase = REQ_IDLE;
	return NULL;
}

/* However late it gets to the call: it is looked at until it is out of it. */
Test(watch, a_call_ends)
{
	struct watch	w = { .turn = 0 };
	pthread_t	id;

	waiter.clock = clock_in(REQ_READING);
	cr_assert_eq(pipe(waiter.fds), 0);
	cr_assert_eq(sem_init(&waiter.ready, 0, 0), 0);
	cr_assert_eq(pthread_create(&id, NULL, wait_for_ever, &waiter), 0);
	while (sem_wait(&waiter.ready) != 0)
		;
	while (waiter.clock.phase == REQ_READING)
		cr_assert(!watch_look(&w, &waiter.clock, id, &limits, LOOK));
	pthread_join(id, NULL);
	cr_expect_eq(waiter.n, -1);
	cr_expect_eq(waiter.err, EINTR);
	cr_expect(stile__clock_late(&waiter.clock));
}
