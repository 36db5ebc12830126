/* SPDX-License-Identifier: ISC */
/* lib/gate/handover.c: connections and sockets that change hands. */
#include "app.h"

#include "gate/handover.h"

static int
give_one(int give_fd, int fd)
{
	static const struct fcgi_rest	none;

	return handover_give(give_fd, fd, &none);
}

/* A connection of which nothing has been read. */
static int
take_one(int take_fd)
{
	struct fcgi_rest	rest;
	int			fd = handover_take(take_fd, &rest);

	cr_expect(rest.p == NULL && rest.n == 0);
	return fd;
}


#define VARIABLE	"STILE_HANDOVER"

TestSuite(handover, .timeout = 120);

/* ---- connections -------------------------------------------------------------- */

/* A pipe's end to give away, and the other one to see what it is. */
static int
giveable(int *other)
{
	int	fds[2];

	cr_assert_eq(pipe(fds), 0);
	*other = fds[0];
	return fds[1];
}

static void
expect_same(int given, int other, char c)
{
	char	got = 0;

	cr_assert_eq(write(given, &c, 1), 1);
	cr_expect(read(other, &got, 1) == 1 && got == c);
	cr_expect((fcntl(given, F_GETFD) & FD_CLOEXEC) != 0);
}

Test(handover, give_and_take)
{
	int	give, take, others[20], fd, i;

	cr_assert_eq(handover_pair(&give, &take), 0);
	cr_expect((fcntl(give, F_GETFD) & FD_CLOEXEC) != 0);
	cr_expect((fcntl(take, F_GETFD) & FD_CLOEXEC) != 0);
	cr_expect_eq(take_one(take), -1, "nothing, and no waiting");
	for (i = 0; i < 20; i++) {
		fd = giveable(&others[i]);
		cr_assert_eq(give_one(give, fd), 0);
		close(fd);
	}
	/* In order, and each one once. */
	for (i = 0; i < 20; i++) {
		cr_assert_geq(fd = take_one(take), 0);
		expect_same(fd, others[i], (char)('a' + i));
		close(fd);
		close(others[i]);
	}
	cr_expect_eq(take_one(take), -1);
	cr_expect_eq(give_one(give, -1), -1, "none to give");
	cr_expect_eq(take_one(take), -1, "and none came");
	close(give);
	cr_expect_eq(take_one(take), -1, "nobody gives");
	close(take);
}

/* What is left in it lives on with the pair, not with who gave it. */
Test(handover, several_takers)
{
	int	give, take, other, fd, st, i, n = 0;
	pid_t	pids[4];
	char	c;

	cr_assert_eq(handover_pair(&give, &take), 0);
	fd = giveable(&other);
	for (i = 0; i < 40; i++)
		cr_assert_eq(give_one(give, fd), 0, "%d", i);
	close(fd);
	for (i = 0; i < 4; i++)
		if ((pids[i] = fork()) == 0) {
			while ((fd = take_one(take)) >= 0)
				if (write(fd, "x", 1) != 1)
					_exit(1);
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		cr_assert_eq(waitpid(pids[i], &st, 0), pids[i]);
		cr_expect_eq(st, 0);
	}
	while (read(other, &c, 1) == 1)
		n++;
	cr_expect_eq(n, 40);
	close(give);
	close(take);
	close(other);
}

Test(handover, nobody_takes)
{
	int	give, take, other, fd = giveable(&other), n = 0;

	cr_assert_eq(handover_pair(&give, &take), 0);
	while (give_one(give, fd) == 0)
		cr_assert_lt(++n, 100000);
	cr_expect_gt(n, 9, "room for some: %d", n);
	cr_assert_geq(other = take_one(take), 0);
	cr_expect_eq(give_one(give, fd), 0, "room again");
	close(take);
	cr_expect_eq(give_one(give, fd), -1, "the other end is closed");
}

/* ---- across an exec ------------------------------------------------------------- */

static struct handover	a, b;

/* Some descriptors for it, which are open. */
static void
fill(size_t nlisteners, size_t nold, bool trial)
{
	size_t	i;

	memset(&a, 0, sizeof(a));
	for (i = 0; i < nlisteners; i++)
		cr_assert_geq(a.listeners.fd[i] = open("/dev/null",
		    O_RDONLY | O_CLOEXEC), 0);
	a.listeners.n = nlisteners;
	cr_assert_eq(handover_pair(&a.give, &a.take), 0);
	for (i = 0; i < nold; i++)
		a.old[i] = INT_MAX - (pid_t)i;
	a.nold = nold;
	a.trial = trial;
	a.listen = nold > 1 ? "unix:/a  tcp:b:1" : NULL;
}

static bool
stays_open(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
}

static void
expect_kept(bool kept)
{
	size_t	i;

	for (i = 0; i < a.listeners.n; i++)
		cr_expect_eq(stays_open(a.listeners.fd[i]), kept);
	cr_expect_eq(stays_open(a.give), kept);
	cr_expect_eq(stays_open(a.take), kept);
}

Test(handover, put_and_get)
{
	static const struct { size_t nlisteners, nold; bool trial; } cases[] = {
		{ 1, 0, false }, { 1, 1, true }, { 2, 7, false },
		{ LISTEN_MAX, HANDOVER_MAX, true },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		fill(cases[i].nlisteners, cases[i].nold, cases[i].trial);
		setenv("LISTEN_PID", "1", 1);
		setenv("LISTEN_FDS", "1", 1);
		cr_expect(!handover_is());
		expect_kept(false);
		handover_keep(&a, true);
		cr_assert_eq(handover_put(&a), 0);
		cr_expect(getenv("LISTEN_PID") == NULL &&
		    getenv("LISTEN_FDS") == NULL);
		expect_kept(true);
		cr_expect(handover_is());
		cr_assert(handover_get(&b), "%zu", i);
		cr_expect(!handover_is() && getenv(VARIABLE) == NULL);
		expect_kept(false);
		cr_expect_eq(b.listeners.n, a.listeners.n);
		cr_expect_arr_eq(b.listeners.fd, a.listeners.fd,
		    a.listeners.n * sizeof(int));
		cr_expect(b.give == a.give && b.take == a.take);
		cr_expect_eq(b.nold, a.nold);
		cr_expect_arr_eq(b.old, a.old, a.nold * sizeof(pid_t));
		cr_expect_eq(b.trial, a.trial);
		EXPECT_STR(b.listen != NULL ? b.listen : "none",
		    a.listen != NULL ? a.listen : "none", "the setting");
		cr_expect(getenv("STILE_HANDOVER_TEXT") == NULL);
		cr_expect(!handover_get(&b), "only once");
	}
}

/* An exec that did not take place leaves nothing for a later one. */
Test(handover, taken_back)
{
	fill(1, 1, false);
	handover_keep(&a, true);
	cr_assert_eq(handover_put(&a), 0);
	handover_keep(&a, false);
	expect_kept(false);
	cr_expect(!handover_is());
}

/* The descriptors are there in what is executed. */
Test(handover, executed)
{
	int	st, kept;
	pid_t	pid;
	char	text[200];

	fill(1, 0, false);
	for (kept = 0; kept < 2; kept++) {
		if ((pid = fork()) == 0) {
			handover_keep(&a, kept != 0);
			if (kept != 0 && handover_put(&a) != 0)
				_exit(99);
			snprintf(text, sizeof(text), "test -e /proc/self/fd/%d"
			    " && test -e /proc/self/fd/%d && test "
			    "\"${" VARIABLE "#listen %d give %d }\" != "
			    "\"$" VARIABLE "\"", a.listeners.fd[0], a.take,
			    a.listeners.fd[0], a.give);
			execl("/bin/sh", "sh", "-c", text, NULL);
			_exit(99);
		}
		cr_assert_eq(waitpid(pid, &st, 0), pid);
		cr_expect_eq(WEXITSTATUS(st), kept != 0 ? 0 : 1, "%d", st);
	}
}

Test(handover, none)
{
	unsetenv(VARIABLE);
	cr_expect(!handover_is());
	cr_expect(!handover_get(&b));
	cr_expect(b.give == -1 && b.take == -1 && b.listeners.n == 0);
}

/* Whoever sets the environment can do much, but nothing by a mistake. */
Test(handover, what_the_variable_may_have)
{
	static const struct {
		const char	*text;
		bool		 good;
		size_t		 nlisteners, nold;
	} cases[] = {
		{ "listen 900 give 901 take 902 ", true, 1, 0 },
		{ "listen 900 give 901 take 902", true, 1, 0 },
		{ "take 902 give 901 listen 900 listen 900", true, 2, 0 },
		{ "listen 900 give 901 take 902 old 5 old 6 trial 1", true, 1,
		    2 },
		{ "listen 900 give 901 take 902 later 5 old 6", true, 1, 1 },
		{ "", false, 0, 0 },
		{ " ", false, 0, 0 },
		{ "listen", false, 0, 0 },
		{ "listen ", false, 0, 0 },
		{ "listen 900", false, 1, 0 },
		{ "give 901 take 902", false, 0, 0 },
		{ "listen 900 give 901", false, 1, 0 },
		{ "listen x give 901 take 902", false, 0, 0 },
		{ "listen -1 give 901 take 902", false, 0, 0 },
		{ "listen 900 give -1 take 902", false, 1, 0 },
		{ "listen 2147483648 give 901 take 902", false, 0, 0 },
		{ "listen 99999999999999999999 give 901", false, 0, 0 },
		{ "listen 900  give 901 take 902", false, 1, 0 },
		{ "listen 900\tgive 901\ttake 902", false, 0, 0 },
		{ "listen 900\ngive 901\ntake 902", false, 0, 0 },
		{ "LISTEN 900 GIVE 901 TAKE 902", false, 0, 0 },
		/* To kill(2) these are more than one process. */
		{ "listen 900 give 901 take 902 old 0 old 7", true, 1, 1 },
		{ "listen 900 give 901 take 902 old -1 old 7", true, 1, 0 },
	};
	size_t	i, k;

	for (i = 0; i < NELEM(cases); i++) {
		setenv(VARIABLE, cases[i].text, 1);
		cr_expect_eq(handover_get(&b), cases[i].good, "'%s'",
		    cases[i].text);
		cr_expect_eq(b.listeners.n, cases[i].nlisteners, "'%s'",
		    cases[i].text);
		cr_expect_eq(b.nold, cases[i].nold, "'%s'", cases[i].text);
		for (k = 0; k < b.nold; k++)
			cr_expect_gt(b.old[k], 0, "'%s'", cases[i].text);
		cr_expect(getenv(VARIABLE) == NULL);
	}
}

/* More than there is room for. */
Test(handover, too_much)
{
	static char	text[64 * 1024];
	size_t		i, n = 0;

	n += (size_t)snprintf(text, sizeof(text), "give 901 take 902 ");
	for (i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "listen 900 ");
	for (i = 0; i < 2000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "old 5 ");
	setenv(VARIABLE, text, 1);
	cr_expect(handover_get(&b));
	cr_expect_eq(b.listeners.n, LISTEN_MAX);
	cr_expect_eq(b.nold, HANDOVER_MAX);
}

/* Bytes of a request that is not whole go with their connection. */
Test(handover, what_has_been_read)
{
	unsigned char		bytes[1000], *p;
	struct fcgi_rest	rest = { bytes, sizeof(bytes) };
	int			give, take, fd, got;

	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = 1;
	cr_assert_eq(handover_pair(&give, &take), 0);
	cr_assert((fd = dup(give)) >= 0);
	cr_assert_eq(handover_give(give, fd, &rest), 0);
	cr_assert((got = handover_take(take, &rest)) >= 0);
	p = rest.p;
	cr_expect_eq(rest.n, sizeof(bytes));
	cr_expect(p != NULL && memcmp(p, bytes, sizeof(bytes)) == 0);
	free(p);
	close(got);
	close(fd);
	close(give);
	close(take);
}
