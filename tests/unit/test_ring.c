/* SPDX-License-Identifier: ISC */
/* lib/base/ring.c: no line is lost that is not counted, none cut or mixed. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/ring.h"

TestSuite(ring, .timeout = 120);

static struct ring *
make(size_t size)
{
	struct ring	*r = ring_new(size);

	cr_assert(r != NULL);
	return r;
}

static void
put_text(struct ring *r, const char *line)
{
	ring_put(r, line, strlen(line));
}

/* What lies in one piece now, of a ring that is closed and so never waits. */
static const char *
take(struct ring *r)
{
	static char	text[4096];
	const char	*p = NULL;
	size_t		 n = ring_wait(r, &p);

	cr_assert_lt(n, sizeof(text));
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	ring_took(r, n);
	return text;
}

/* ---- one after the other --------------------------------------------------- */

Test(ring, lines_in_order)
{
	struct ring	*r = make(64);

	ring_close(r);
	EXPECT_STR(take(r), "", "closed and empty");
	put_text(r, "one\n");
	put_text(r, "two\n");
	EXPECT_STR(take(r), "one\ntwo\n", "as many as there are");
	EXPECT_STR(take(r), "", "and then none");
	put_text(r, "");
	EXPECT_STR(take(r), "", "an empty one is none");
	cr_expect_eq(ring_dropped(r), 0);
	ring_free(r);
	ring_free(NULL);
}

Test(ring, a_part_can_be_taken)
{
	struct ring	*r = make(64);
	const char	*p;

	ring_close(r);
	put_text(r, "one\ntwo\n");
	cr_expect_eq(ring_wait(r, &p), 8);
	ring_took(r, 4);
	EXPECT_STR(take(r), "two\n", "the rest stays");
	put_text(r, "three\n");
	cr_expect_eq(ring_wait(r, &p), 6);
	ring_took(r, 0);
	EXPECT_STR(take(r), "three\n", "nothing was taken");
	ring_free(r);
}

/* A full one, a line that never fits, and room again. */
Test(ring, what_finds_no_room_is_counted)
{
	static const char	all[64] = "x";
	struct ring		*r = make(64);

	ring_close(r);
	ring_put(r, all, sizeof(all));
	cr_expect_eq(ring_dropped(r), 0, "exactly its size");
	put_text(r, "y");
	cr_expect_eq(ring_dropped(r), 1, "full");
	cr_expect_eq(strlen(take(r)), 1);
	put_text(r, "z");
	EXPECT_STR(take(r), "z", "room again");
	ring_put(r, take(r), 65);
	cr_expect_eq(ring_dropped(r), 2, "more than its size");
	EXPECT_STR(take(r), "", "nothing of it");
	ring_reset(r);
	cr_expect_eq(ring_dropped(r), 0, "as new");
	ring_free(r);
}

Test(ring, no_memory)
{
	cr_expect(ring_new(SIZE_MAX / 2) == NULL);
}

/* ---- each size, against a plain queue ----------------------------------------- */

struct queue {
	char	p[1 << 16];
	size_t	head, tail;
};

static uint32_t	random_state = 1;

static size_t
below(size_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return n == 0 ? 0 : (random_state >> 8) % n;
}

/* A line of n bytes that no other is like. */
static void
make_line(char *line, size_t n, size_t number)
{
	size_t	i;

	for (i = 0; i + 1 < n; i++)
		line[i] = (char)('a' + (number + i * i) % 26);
	if (n > 0)
		line[n - 1] = '\n';
}

/* Take some whole lines of what is there, and compare. */
static void
take_some(struct ring *r, struct queue *q, bool all)
{
	const char	*p = NULL, *end;
	size_t		 n = ring_wait(r, &p), k = n;

	cr_assert_leq(n, q->tail - q->head);
	cr_assert(n > 0 || q->head == q->tail);
	if (n > 0 && !all && (end = memchr(p + below(n), '\n', n)) != NULL &&
	    end < p + n)
		k = (size_t)(end + 1 - p);
	cr_assert(n == 0 || p[n - 1] == '\n', "it ends in a line's end");
	cr_assert(k == 0 || memcmp(p, q->p + q->head, k) == 0);
	q->head += k;
	ring_took(r, k);
}

static void
run_queue(size_t size, size_t longest)
{
	static struct queue	 q;
	char			 line[256];
	struct ring		*r = make(size);
	uint64_t		 dropped = 0;
	size_t			 i, n;

	ring_close(r);
	q.head = q.tail = 0;
	for (i = 0; i < 400; i++) {
		n = 1 + below(longest);
		make_line(line, n, i);
		ring_put(r, line, n);
		if (ring_dropped(r) == dropped) {
			memcpy(q.p + q.tail, line, n);
			q.tail += n;
		} else {
			dropped++;
			/* Half of it may be lost to the gap and to order. */
			cr_assert(q.tail - q.head + n > size / 2 ||
			    n > size / 2, "%zu in %zu of %zu", n,
			    q.tail - q.head, size);
		}
		cr_assert_eq(ring_dropped(r), dropped);
		if (below(3) == 0)
			take_some(r, &q, below(2) == 0);
		if (q.head == q.tail && n <= size) {
			/* Where there is nothing, everything fits. */
			ring_put(r, line, n);
			cr_assert_eq(ring_dropped(r), dropped);
			memcpy(q.p + q.tail, line, n);
			q.tail += n;
		}
	}
	while (q.head < q.tail)
		take_some(r, &q, true);
	take_some(r, &q, true);
	ring_free(r);
}

Test(ring, each_size)
{
	size_t	size, longest;

	for (size = 1; size < 130; size++)
		for (longest = 1; longest <= size + 2; longest += 1 + size / 7)
			run_queue(size, longest);
}

/* A line of each length at each distance from the end. */
Test(ring, each_place_at_which_it_wraps)
{
	struct ring	*r = make(32);
	char		 a[33], b[33], c[33], want[100];
	const char	*p;
	size_t		 i, k, n;

	ring_close(r);
	for (i = 2; i <= 32; i++)
		for (k = 1; k < i; k++)
			for (n = 1; n <= 32; n++) {
				/* i bytes, of which k have been taken. */
				make_line(a, i - k, 1);
				make_line(b, n, 2);
				make_line(c, k, 3);
				ring_put(r, c, k);
				ring_put(r, a, i - k);
				cr_assert_eq(ring_wait(r, &p), i);
				ring_took(r, k);
				ring_put(r, b, n);
				a[i - k] = b[n] = '\0';
				snprintf(want, sizeof(want), "%s%s", a,
				    n <= 32 - i || n < k ? b : "");
				cr_assert_eq(ring_dropped(r) > 0,
				    strlen(want) == i - k);
				if (n <= 32 - i)
					EXPECT_STR(take(r), want, "behind it");
				else {
					EXPECT_STR(take(r), a, "before it");
					EXPECT_STR(take(r), want + (i - k),
					    "from the start");
				}
				EXPECT_STR(take(r), "", "empty");
				ring_reset(r);
				ring_close(r);
			}
	ring_free(r);
}

/* ---- several at a time ------------------------------------------------------------ */

#define PRODUCERS	4
#define LINES		20000

static struct ring	*shared;

/* "PRODUCER NUMBER xxx...\n", as long as the number says. */
static size_t
numbered(char *line, size_t size, size_t producer, size_t i)
{
	size_t	n = (size_t)snprintf(line, size, "%zu %zu ", producer, i);

	memset(line + n, (int)('a' + (i + producer) % 26), i % 97);
	n += i % 97;
	line[n] = '\n';
	return n + 1;
}

static void *
produce(void *arg)
{
	size_t	producer = *(size_t *)arg, i;
	char	line[200];

	for (i = 0; i < LINES; i++) {
		ring_put(shared, line, numbered(line, sizeof(line), producer,
		    i));
		if (i % 64 == 0)
			sched_yield();
	}
	return NULL;
}

/* Each line has to be one of a producer's, after its last one. */
static size_t
check_lines(const char *p, size_t n, size_t next[PRODUCERS])
{
	char		 want[200];
	const char	*end = p + n;
	char		*rest;
	size_t		 producer, i, len, lines = 0;

	for (; p < end; p += len, lines++) {
		producer = strtoull(p, &rest, 10);
		cr_assert_lt(producer, PRODUCERS);
		i = strtoull(rest, NULL, 10);
		cr_assert(i >= next[producer] && i < LINES);
		next[producer] = i + 1;
		len = numbered(want, sizeof(want), producer, i);
		cr_assert(len <= (size_t)(end - p) &&
		    memcmp(p, want, len) == 0, "line %zu of %zu", i, producer);
	}
	return lines;
}

Test(ring, several_producers_and_a_slow_taker)
{
	static const struct timespec	moment = { 0, 200 * 1000 };
	pthread_t			threads[PRODUCERS];
	size_t				numbers[PRODUCERS];
	size_t				next[PRODUCERS] = { 0 };
	size_t				i, n, lines = 0, pieces = 0;
	const char			*p;

	shared = make(16 * 1024);
	for (i = 0; i < PRODUCERS; i++) {
		numbers[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, produce,
		    &numbers[i]), 0);
	}
	while (pieces < 20) {
		n = ring_wait(shared, &p);
		nanosleep(&moment, NULL);
		lines += check_lines(p, n, next);
		ring_took(shared, n);
		pieces++;
	}
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	ring_close(shared);
	while ((n = ring_wait(shared, &p)) > 0) {
		lines += check_lines(p, n, next);
		ring_took(shared, n);
	}
	cr_expect_eq(lines + ring_dropped(shared), PRODUCERS * LINES,
	    "%zu and %zu", lines, (size_t)ring_dropped(shared));
	cr_expect_gt(lines, 0);
	cr_expect_gt(ring_dropped(shared), 0, "it was not slow enough");
	ring_free(shared);
}

/* With a taker that keeps up nothing is lost at all. */
static void *
take_all(void *arg)
{
	size_t		 next[PRODUCERS] = { 0 };
	const char	*p;
	size_t		 n, lines = 0;

	while ((n = ring_wait(shared, &p)) > 0) {
		lines += check_lines(p, n, next);
		ring_took(shared, n);
	}
	*(size_t *)arg = lines;
	return NULL;
}

Test(ring, several_producers_and_room)
{
	pthread_t	threads[PRODUCERS], taker;
	size_t		numbers[PRODUCERS], i, lines = 0;

	shared = make(PRODUCERS * LINES * 120);
	cr_assert_eq(pthread_create(&taker, NULL, take_all, &lines), 0);
	for (i = 0; i < PRODUCERS; i++) {
		numbers[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, produce,
		    &numbers[i]), 0);
	}
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	ring_close(shared);
	pthread_join(taker, NULL);
	cr_expect_eq(lines, PRODUCERS * LINES);
	cr_expect_eq(ring_dropped(shared), 0);
	ring_free(shared);
}

/* One line wakes the taker, and so does the end. */
Test(ring, waiting)
{
	pthread_t	taker;
	size_t		zero = 0, lines = 0;
	char		line[200];
	uint64_t	i;

	for (i = 0; i < 5; i++) {
		shared = make(1024);
		cr_assert_eq(pthread_create(&taker, NULL, take_all, &lines),
		    0);
		if (i > 0) {
			sched_yield();
			ring_put(shared, line, numbered(line, sizeof(line),
			    zero, 5));
		}
		ring_close(shared);
		pthread_join(taker, NULL);
		cr_expect_eq(lines, i > 0);
		ring_free(shared);
	}
}

/* ---- after a crash -------------------------------------------------------------- */

#define BIG	(200 * 1000)	/* so long that a crash falls into the copy */

static void
put_for_ever(void)
{
	static char	line[BIG];
	size_t		i;

	for (i = 0;; i++) {
		memset(line, (int)('a' + i % 26), BIG - 1);
		line[BIG - 1] = '\n';
		ring_put(shared, line, BIG);
	}
}

static void *
take_for_ever(void *arg)
{
	const char	*p;

	(void)arg;
	for (;;)
		ring_took(shared, ring_wait(shared, &p));
	return NULL;
}

/* A child that dies at any moment. */
static void
crash(long ns)
{
	struct timespec	life = { 0, ns };
	pthread_t	taker;
	char		one = 0;
	int		fds[2], st;
	pid_t		pid;

	cr_assert_eq(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		if (pthread_create(&taker, NULL, take_for_ever, NULL) != 0 ||
		    write(fds[1], &one, 1) != 1)
			_exit(1);
		put_for_ever();
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(read(fds[0], &one, 1), 1);
	nanosleep(&life, NULL);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	close(fds[0]);
	close(fds[1]);
}

/* Whole lines, of one letter each. */
static size_t
check_letters(const char *p, size_t n)
{
	size_t	lines = 0;

	cr_assert_eq(n % BIG, 0, "%zu", n);
	for (; n > 0; p += BIG, n -= BIG, lines++) {
		cr_assert(memcmp(p, p + 1, BIG - 2) == 0, "a cut line");
		cr_assert_eq(p[BIG - 1], '\n');
	}
	return lines;
}

Test(ring, rest)
{
	const char	*p;
	size_t		 n, i, pieces, lines = 0;

	shared = make(5 * BIG + 1000);
	for (i = 0; i < 200; i++) {
		crash((long)(i % 40) * 50 * 1000);
		for (pieces = 0; (n = ring_rest(shared, &p)) > 0; pieces++)
			lines += check_letters(p, n);
		cr_assert_leq(pieces, 2);
		ring_reset(shared);
	}
	cr_expect_gt(lines, 0);
	/* As new, whoever had its lock. */
	put_text(shared, "x\n");
	ring_close(shared);
	EXPECT_STR(take(shared), "x\n", "afterwards");
	ring_free(shared);
}

Test(ring, rest_in_order)
{
	struct ring	*r = make(10);
	const char	*p;
	size_t		 n;

	cr_expect_eq(ring_rest(r, &p), 0, "nothing");
	put_text(r, "1234\n");
	put_text(r, "678\n");
	cr_expect_eq(ring_wait(r, &p), 9);
	ring_took(r, 5);
	put_text(r, "abc\n");
	n = ring_rest(r, &p);
	cr_expect(n == 4 && memcmp(p, "678\n", n) == 0);
	n = ring_rest(r, &p);
	cr_expect(n == 4 && memcmp(p, "abc\n", n) == 0);
	cr_expect_eq(ring_rest(r, &p), 0);
	ring_free(r);
}
