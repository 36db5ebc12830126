/* SPDX-License-Identifier: ISC */
/* lib/gate/peer.c: what arrives whole, whatever comes in between. */
#include "app.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "gate/peer.h"

#define SIZE	(4 * 1024 * 1024)	/* more than any socket's buffer */
#define KICKS	5

static struct stile_arena	*arena;
static struct peer		 peer;
static int			 other;		/* the peer's own end */
static char			 x[] = "x";

static void
set(struct conf *c, const char *name, const char *value)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(conf_set(c, name, value, CONF_FLAG, "x", &e), STILE_OK,
	    "%s", e.detail);
}

static void
setup(void)
{
	static const struct stile_app	app = { .name = "demo" };
	struct stile_error		e = { 0 };
	struct conf			*c;
	int				fd[2];

	cr_assert_not_null(arena = stile_arena_new(0));
	cr_assert_eq(conf_new(arena, &app, &c, &e), STILE_OK);
	/* Nothing here waits for that long. */
	set(c, "io_timeout", "3600");
	set(c, "read_timeout", "7200");
	set(c, "write_timeout", "7200");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	peer = (struct peer){ .fd = fd[0], .conf = c };
	other = fd[1];
}

static void
teardown(void)
{
	close(peer.fd);
	if (other >= 0)
		close(other);
	stile_arena_free(arena);
}

TestSuite(peer, .init = setup, .fini = teardown, .timeout = 120);

/* ---- reading --------------------------------------------------------------- */

Test(peer, what_is_there_is_read)
{
	char	buf[10];

	cr_assert_eq(send(other, "hello", 5, 0), 5);
	cr_expect_eq(peer_read(&peer, buf, 3), 3);
	cr_expect_eq(peer_read(&peer, buf + 3, sizeof(buf) - 3), 2);
	cr_expect(memcmp(buf, "hello", 5) == 0);
	cr_expect_eq(peer.waited[PEER_READ], 0, "it was there");
	shutdown(other, SHUT_WR);
	cr_expect_eq(peer_read(&peer, buf, sizeof(buf)), 0);
}

Test(peer, who_sends_nothing)
{
	char	c;

	peer.hurry = true;
	cr_expect_eq(peer_read(&peer, &c, 1), -1);
	cr_expect_eq(errno, ETIMEDOUT);
	cr_expect_gt(peer.waited[PEER_READ], 0);
	cr_expect_eq(peer.waited[PEER_WRITE], 0);
}

/* However little it was each time.  What is there is not waited for. */
Test(peer, who_has_taken_too_long_in_all)
{
	char	c;

	peer.waited[PEER_READ] = INT64_C(7200) * 1000000;
	cr_assert_eq(send(other, "x", 1, 0), 1);
	cr_expect_eq(peer_read(&peer, &c, 1), 1);
	cr_expect_eq(peer_read(&peer, &c, 1), -1);
	cr_expect_eq(errno, ETIMEDOUT);
}

Test(peer, a_connection_that_is_no_more)
{
	char	c;

	shutdown(peer.fd, SHUT_RDWR);
	cr_expect_eq(peer_read(&peer, &c, 1), 0);
	close(other);
	other = -1;
	cr_expect_leq(peer_read(&peer, &c, 1), 0);
	cr_expect_eq(peer_write(&peer, &(struct iovec){ x, 1 }, 1),
	    STILE_EGONE);
}

/* ---- writing --------------------------------------------------------------- */

/* Never what was sent before, whatever part of it is repeated or left out. */
static unsigned char *
content(void)
{
	unsigned char	*p = stile_arena_alloc(arena, SIZE, 1);
	uint32_t	 v = 1;
	size_t		 i;

	cr_assert_not_null(p);
	for (i = 0; i < SIZE; i++) {
		v = v * 1664525 + 1013904223;
		p[i] = (unsigned char)(v >> 24);
	}
	return p;
}

Test(peer, who_takes_nothing)
{
	struct iovec	v = { content(), SIZE };

	peer.hurry = true;
	cr_expect_eq(peer_write(&peer, &v, 1), STILE_EGONE);
	cr_expect_gt(peer.waited[PEER_WRITE], 0);
	cr_expect_eq(peer.waited[PEER_READ], 0);
}

Test(peer, no_bytes_at_all)
{
	struct iovec	v[3] = { { x, 0 }, { x, 0 }, { x, 1 } };
	char		c[2];

	cr_expect_eq(peer_write(&peer, v, 3), STILE_OK);
	cr_expect_eq(recv(other, c, 2, MSG_DONTWAIT), 1);
	cr_expect_eq(*c, 'x');
	v[0] = (struct iovec){ x, 0 };
	cr_expect_eq(peer_write(&peer, v, 1), STILE_OK);
	cr_expect_eq(recv(other, c, 2, MSG_DONTWAIT), -1);
}

/* ---- a thread that waits ----------------------------------------------------- */

static struct {
	pthread_t	 id;
	pid_t		 tid;
	sem_t		 ready, kicked;
	const unsigned char *bytes;	/* to write */
	char		 got;
	ssize_t		 n;
	enum stile_err	 rc;
} waiter;

static void
kick(int sig)
{
	(void)sig;
	sem_post(&waiter.kicked);
}

static void
start(void *(*run)(void *))
{
	/* As the server has it: without SA_RESTART. */
	struct sigaction	sa = { .sa_handler = kick };

	cr_assert_eq(sigaction(SIGUSR2, &sa, NULL), 0);
	cr_assert_eq(sem_init(&waiter.ready, 0, 0), 0);
	cr_assert_eq(sem_init(&waiter.kicked, 0, 0), 0);
	cr_assert_eq(pthread_create(&waiter.id, NULL, run, NULL), 0);
	cr_assert_eq(sem_wait(&waiter.ready), 0);
}

/* From here to its end it sleeps nowhere but where it waits for the peer. */
static void
begin(void)
{
	waiter.tid = (pid_t)syscall(SYS_gettid);
	sem_post(&waiter.ready);
}

static char
state(void)
{
	char	path[64], text[512] = "";
	FILE	*f;
	char	*p;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
	    (int)waiter.tid);
	if ((f = fopen(path, "re")) == NULL)
		return '\0';
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	return (p = strrchr(text, ')')) != NULL ? p[2] : '\0';
}

/* While it waits; false if it waits no more. */
static bool
interrupt(void)
{
	static const struct timespec	moment = { 0, 1000000 };
	char				s;

	while ((s = state()) != 'S') {
		if (s == '\0' || s == 'Z')
			return false;
		nanosleep(&moment, NULL);
	}
	if (pthread_kill(waiter.id, SIGUSR2) != 0)
		return false;
	while (sem_wait(&waiter.kicked) != 0)
		;
	return true;
}

static void
interrupt_often(void)
{
	int	i;

	for (i = 0; i < KICKS; i++)
		if (!interrupt())
			break;
	cr_expect_eq(i, KICKS, "a signal has ended the wait");
}

static void *
read_one(void *arg)
{
	begin();
	waiter.n = peer_read(&peer, &waiter.got, 1);
	return arg;
}

/* It was meant for a handler, and the next request has begun. */
Test(peer, a_signal_ends_no_read)
{
	start(read_one);
	interrupt_often();
	cr_assert_eq(send(other, "x", 1, MSG_NOSIGNAL), 1);
	pthread_join(waiter.id, NULL);
	cr_expect_eq(waiter.n, 1);
	cr_expect_eq(waiter.got, 'x');
	cr_expect_gt(peer.waited[PEER_READ], 0);
}

static void *
write_all(void *arg)
{
	unsigned char	*p = (unsigned char *)(uintptr_t)waiter.bytes;
	struct iovec	 v[4] = { { p, 1 }, { p + 1, 0 }, { p + 1, 99999 },
	    { p + 100000, SIZE - 100000 } };

	begin();
	waiter.rc = peer_write(&peer, v, 4);
	shutdown(peer.fd, SHUT_WR);
	return arg;
}

/* In many parts, as much as fits in each time. */
Test(peer, a_signal_ends_no_write)
{
	unsigned char	*p = stile_arena_alloc(arena, SIZE, 1);
	size_t		 n = 0;
	ssize_t		 k;

	cr_assert_not_null(p);
	waiter.bytes = content();
	start(write_all);
	interrupt_often();
	while ((k = recv(other, p + n, SIZE - n, 0)) > 0)
		n += (size_t)k;
	pthread_join(waiter.id, NULL);
	cr_expect_eq(waiter.rc, STILE_OK);
	cr_expect_eq(n, SIZE);
	cr_expect(memcmp(p, waiter.bytes, SIZE) == 0);
	cr_expect_gt(peer.waited[PEER_WRITE], 0);
}
