/* SPDX-License-Identifier: ISC */
/* lib/gate/listen.c: who may listen where, and who may connect. */
#include "app.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "app/conf.h"
#include "gate/gate.h"

static struct tmp		 t;
static struct stile_arena	*arena;

static void
setup(void)
{
	tmp_make(&t);
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
	tmp_remove(&t);
}

TestSuite(listen, .init = setup, .fini = teardown);

/* A configuration with these settings; a NULL name ends them. */
static struct conf *
configure(const char *listen_on, const char *name, const char *value)
{
	static const struct stile_app	app = { .name = "demo" };
	struct stile_error		e = { 0 };
	struct conf			*c;

	cr_assert_eq(conf_new(arena, &app, &c, &e), STILE_OK);
	cr_assert_eq(conf_set(c, "listen", listen_on, CONF_FLAG, "x", &e),
	    STILE_OK, "%s", e.detail);
	if (name != NULL)
		cr_assert_eq(conf_set(c, name, value, CONF_FLAG, "x", &e),
		    STILE_OK, "%s", e.detail);
	return c;
}

static enum stile_err
open_at(const char *listen_on, const char *name, const char *value, int *fd,
    struct stile_error *e)
{
	struct listeners	l;
	enum stile_err		rc;

	*e = (struct stile_error){ 0 };
	*fd = -1;
	rc = listen_open(configure(listen_on, name, value), &l, e);
	if (rc == STILE_OK)
		*fd = l.fd[0];
	return rc;
}

static void
close_as(const struct conf *c, int fd)
{
	struct listeners	l = { .fd = { fd }, .n = 1 };

	listen_close(c, &l);
}

static unsigned
mode_of(const char *path)
{
	struct stat	st;

	return lstat(path, &st) == 0 ? (unsigned)st.st_mode & 0777 : 0;
}

/* Connect to a Unix socket; -1 if nobody answers. */
static int
dial(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
	    0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd);
	return -1;
}

Test(listen, modes)
{
	static const struct {
		const char	*mode;
		unsigned	 want;
		const char	*says;		/* NULL: fine */
	} cases[] = {
		{ "0660", 0660, NULL }, { "660", 0660, NULL },
		{ "0600", 0600, NULL }, { "0770", 0770, NULL },
		{ "0640", 0640, NULL }, { "0", 0, NULL },
		{ "0666", 0, "lets everyone" }, { "0662", 0, "lets everyone" },
		{ "0661", 0, "lets everyone" }, { "777", 0, "lets everyone" },
		{ "1660", 0, "octal permissions" },
		{ "0680", 0, "octal permissions" },
		{ "", 0, "octal permissions" }, { "rw", 0, "octal" },
		{ "0660 ", 0, "octal permissions" },
		{ " 0660", 0, "octal permissions" },
		{ "+660", 0, "octal permissions" },
		{ "-660", 0, "octal permissions" },
		{ "0x1b0", 0, "octal permissions" },
	};
	static const mode_t	masks[] = { 0, 022, 077, 0777 };
	struct stile_error	e;
	const char		*dsn = tmp_path(&t, "unix:", "sock");
	size_t			i, k;
	mode_t			old;
	int			fd;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(masks); k++) {
			old = umask(masks[k]);
			if (open_at(dsn, "socket_mode", cases[i].mode, &fd,
			    &e) == STILE_OK) {
				cr_expect(cases[i].says == NULL, "'%s'",
				    cases[i].mode);
				cr_expect_eq(mode_of(dsn + 5), cases[i].want,
				    "'%s' with umask %o: %o", cases[i].mode,
				    (unsigned)masks[k], mode_of(dsn + 5));
				close_as(configure(dsn, NULL, NULL), fd);
			} else {
				cr_expect(cases[i].says != NULL &&
				    strstr(e.detail, cases[i].says) != NULL,
				    "'%s': %s", cases[i].mode, e.detail);
				cr_expect_eq(e.code, STILE_EINVAL);
			}
			cr_expect_eq(umask(old), masks[k], "it was changed");
			cr_expect_eq(access(dsn + 5, F_OK), -1, "'%s'",
			    cases[i].mode);
		}
}

Test(listen, a_socket_that_works)
{
	struct stile_error	e;
	const char		*dsn = tmp_path(&t, "unix:", "sock");
	struct sockaddr		peer;
	socklen_t		len = sizeof(peer);
	int			fd, client, server;

	cr_assert_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(mode_of(dsn + 5), 0660);
	cr_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	cr_expect((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	cr_expect_eq(accept(fd, NULL, NULL), -1, "nobody is there");
	cr_assert_geq(client = dial(dsn + 5), 0);
	cr_assert_geq(server = accept(fd, &peer, &len), 0);
	cr_expect(listen_allows(configure(dsn, "peers", ""), &peer),
	    "peers are for TCP");
	close(server);
	close(client);
	close_as(configure(dsn, NULL, NULL), fd);
	cr_expect_eq(access(dsn + 5, F_OK), -1);
}

/* A live server's socket stays; a dead one's makes room. */
Test(listen, what_is_there_already)
{
	struct stile_error	e;
	const char		*dsn = tmp_path(&t, "unix:", "sock");
	int			first, second, client;

	cr_assert_eq(open_at(dsn, NULL, NULL, &first, &e), STILE_OK);
	cr_expect_eq(open_at(dsn, NULL, NULL, &second, &e), STILE_EEXIST);
	cr_expect(strstr(e.detail, "a server is listening there") != NULL,
	    "%s", e.detail);
	cr_expect_eq(second, -1);
	client = dial(dsn + 5);
	cr_expect_geq(client, 0, "the first still answers");
	close(client);
	close(first);		/* it died and left its socket */
	cr_expect_eq(access(dsn + 5, F_OK), 0);
	cr_assert_eq(open_at(dsn, NULL, NULL, &second, &e), STILE_OK, "%s",
	    e.detail);
	client = dial(dsn + 5);
	cr_expect_geq(client, 0, "the second answers");
	close(client);
	close_as(configure(dsn, NULL, NULL), second);
}

/* A server that is too busy to accept is alive. */
Test(listen, a_full_backlog)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct stile_error	e;
	const char		*dsn = tmp_path(&t, "unix:", "sock");
	int			busy, fd, clients[8], i;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", dsn + 5);
	busy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(busy, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(busy, 0), 0);
	for (i = 0; i < 8; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		if (connect(clients[i], (struct sockaddr *)&sun,
		    sizeof(sun)) != 0)
			break;
	}
	cr_assert_lt(i, 8, "the backlog never filled up");
	cr_expect_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_EEXIST);
	cr_expect_eq(access(dsn + 5, F_OK), 0);
	for (; i >= 0; i--)
		close(clients[i]);
	close(busy);
}

Test(listen, what_is_no_socket)
{
	const char		*dsn = tmp_path(&t, "unix:", "file");
	struct stile_error	e;
	char			text[8] = "";
	int			fd, in;

	write_file(dsn + 5, "keep", 4);
	cr_expect_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_EEXIST);
	cr_expect(strstr(e.detail, "not a socket") != NULL, "%s", e.detail);
	in = open(dsn + 5, O_RDONLY | O_CLOEXEC);
	cr_expect_eq(read(in, text, sizeof(text)), 4);
	EXPECT_STR(text, "keep", "the file");
	close(in);
	cr_assert_eq(unlink(dsn + 5), 0);
	cr_assert_eq(mkdir(dsn + 5, 0700), 0);
	cr_expect_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_EEXIST);
	cr_assert_eq(rmdir(dsn + 5), 0);
	/* A link is not followed, wherever it leads. */
	cr_assert_eq(symlink("/dev/null", dsn + 5), 0);
	cr_expect_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_EEXIST);
	cr_assert_eq(unlink(dsn + 5), 0);
}

Test(listen, addresses_that_are_none)
{
	static char	too_long[200], longest[200];
	static const struct {
		const char	*listen_on;
		enum stile_err	 code;
		const char	*says;
	} cases[] = {
		{ "nonsense", STILE_EINVAL, "unix:PATH or tcp:HOST:PORT is "
		    "expected, not 'nonsense'" },
		{ "/run/x.sock", STILE_EINVAL, "unix:PATH or tcp:HOST:PORT" },
		{ "UNIX:/x", STILE_EINVAL, "unix:PATH or tcp:HOST:PORT" },
		{ "unix:", STILE_EINVAL, "path of 1 to 107 bytes" },
		{ too_long, STILE_EINVAL, "path of 1 to 107 bytes" },
		{ "unix:/nowhere/x.sock", STILE_EIO, "No such file" },
		{ "tcp:", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:9000", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp::9000", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:127.0.0.1:http", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:127.0.0.1:", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:127.0.0.1:65536", STILE_EINVAL,
		    "HOST:PORT is expected" },
		{ "tcp:127.0.0.1:-1", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:127.0.0.1: 80", STILE_EINVAL, "HOST:PORT is expected" },
		{ "tcp:[::1:9", STILE_EINVAL, "tcp:[::1:9: " },
	};
	struct stile_error	e;
	size_t			i;
	int			fd;

	memcpy(too_long, "unix:", 5);
	memset(too_long + 5, 'x', 108);
	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(open_at(cases[i].listen_on, NULL, NULL, &fd, &e),
		    cases[i].code, "%s: %s", cases[i].listen_on, e.detail);
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].listen_on, e.detail);
		cr_expect_eq(fd, -1);
	}
	/* The longest that there can be. */
	i = (size_t)snprintf(longest, sizeof(longest), "unix:%s/", t.dir);
	memset(longest + i, 'x', 5 + 107 - i);
	cr_expect_eq(open_at(longest, NULL, NULL, &fd, &e), STILE_OK, "%s",
	    e.detail);
	close_as(configure(longest, NULL, NULL), fd);
}

/* Port 0: one that is free. */
static int
listen_tcp(const char *address, struct sockaddr_in *sin)
{
	struct stile_error	e;
	socklen_t		len = sizeof(*sin);
	int			fd;

	cr_assert_eq(open_at(address, NULL, NULL, &fd, &e), STILE_OK, "%s",
	    e.detail);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)sin, &len), 0);
	return fd;
}

Test(listen, tcp_and_its_peers)
{
	static const struct {
		const char	*peers;
		bool		 allowed;
	} cases[] = {
		{ "127.0.0.1 ::1", true }, { "127.0.0.1", true },
		{ "10.0.0.1 127.0.0.1", true }, { " 127.0.0.1 ", true },
		{ "127.0.0.0/8", true }, { "127.0.0.0/31", true },
		{ "::ffff:127.0.0.1", true }, { "0.0.0.0/0", true },
		{ "", false }, { "::1", false }, { "127.0.0.2", false },
		{ "127.0.0.10", false }, { "127.0.0.2/31", false },
		{ "10.0.0.0/8", false }, { "::/0", false },
	};
	struct sockaddr_in	sin, peer;
	struct sockaddr_in6	mapped = { .sin6_family = AF_INET6 };
	socklen_t		len = sizeof(peer);
	struct stile_error	e;
	struct pollfd		p;
	struct conf		*c;
	char			again[40];
	size_t			i;
	int			fd, client, server, other;

	fd = listen_tcp("tcp:127.0.0.1:0", &sin);
	cr_expect_eq(sin.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	cr_assert_eq(inet_pton(AF_INET6, "::ffff:127.0.0.1",
	    &mapped.sin6_addr), 1);
	cr_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	cr_expect((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&sin, sizeof(sin)), 0);
	p = (struct pollfd){ fd, POLLIN, 0 };
	cr_assert_eq(poll(&p, 1, PATIENCE * 1000), 1);
	cr_assert_geq(server = accept(fd, (struct sockaddr *)&peer, &len), 0);
	for (i = 0; i < NELEM(cases); i++) {
		c = configure("tcp:127.0.0.1:0", "peers", cases[i].peers);
		cr_expect_eq(listen_allows(c, (struct sockaddr *)&peer),
		    cases[i].allowed, "'%s'", cases[i].peers);
		cr_expect_eq(listen_allows(c, (struct sockaddr *)&mapped),
		    cases[i].allowed, "::ffff:127.0.0.1, '%s'",
		    cases[i].peers);
	}
	peer.sin_family = AF_UNSPEC;
	cr_expect_not(listen_allows(configure("tcp:127.0.0.1:0", NULL, NULL),
	    (struct sockaddr *)&peer), "no address at all");
	/* The same port again. */
	snprintf(again, sizeof(again), "tcp:127.0.0.1:%d",
	    ntohs(sin.sin_port));
	cr_expect_eq(open_at(again, NULL, NULL, &other, &e), STILE_EIO);
	cr_expect(strstr(e.detail, "in use") != NULL, "%s", e.detail);
	close(client);
	close(server);
	close_as(configure("tcp:127.0.0.1:0", NULL, NULL), fd);
}

/* ---- inherited sockets ------------------------------------------------- */

/* A Unix socket as another program would make it. */
static int
make_socket(const char *path, mode_t mode)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(fd, 5), 0);
	cr_assert_eq(chmod(path, mode), 0);
	return fd;
}

static enum stile_err
check(int fd, struct stile_error *e)
{
	struct listeners	l = { .fd = { fd }, .n = 1 };

	return listen_check(configure("", NULL, NULL), &l, e);
}

Test(listen, inherited_sockets_are_checked)
{
	static const struct {
		mode_t	mode;
		bool	fine;
	} cases[] = {
		{ 0660, true }, { 0600, true }, { 0664, true },
		{ 0666, false }, { 0777, false }, { 0662, false },
	};
	struct stile_error	e;
	const char		*path = tmp_path(&t, "", "sock");
	size_t			i;
	int			fd;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		fd = make_socket(path, cases[i].mode);
		cr_expect_eq(check(fd, &e), cases[i].fine ? STILE_OK :
		    STILE_EINVAL, "%o", (unsigned)cases[i].mode);
		if (!cases[i].fine)
			cr_expect(strstr(e.detail, "everyone") != NULL &&
			    strstr(e.detail, path) != NULL, "%s", e.detail);
		cr_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		cr_expect((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
		close(fd);
		cr_assert_eq(unlink(path), 0);
	}
}

/* What inherits: descriptor 3 of systemd, or 0; only one that listens. */
Test(listen, inherited)
{
	static const struct {
		const char	*name;
		const char	*pid, *fds;	/* NULL: not set; "own": ours */
		bool		 on_0, on_3;
		int		 want;		/* -1: none */
	} cases[] = {
		{ "nothing", NULL, NULL, false, false, -1 },
		{ "on 0", NULL, NULL, true, false, 0 },
		{ "systemd", "own", "1", false, true, 3 },
		{ "systemd, two", "own", "2", false, true, 3 },
		{ "both", "own", "1", true, true, 3 },
		{ "another's", "1", "1", false, true, -1 },
		{ "no number of sockets", "own", NULL, false, true, -1 },
		{ "none of them", "own", "0", false, true, -1 },
		{ "nonsense", "own", "x", false, true, -1 },
		{ "no process", NULL, "1", false, true, -1 },
		{ "promised and not there", "own", "1", false, false, -1 },
		{ "promised, and on 0", "own", "1", true, false, 0 },
	};
	char	own[20];
	size_t	i;
	pid_t	pid;
	int	st, s;
	struct listeners	l;

	for (i = 0; i < NELEM(cases); i++) {
		s = make_socket(tmp_path(&t, "", "sock"), 0660);
		if ((pid = fork()) == 0) {
			int	null = open("/dev/null", O_RDWR | O_CLOEXEC);

			snprintf(own, sizeof(own), "%d", (int)getpid());
			unsetenv("LISTEN_PID");
			unsetenv("LISTEN_FDS");
			if (cases[i].pid != NULL)
				setenv("LISTEN_PID", strcmp(cases[i].pid,
				    "own") == 0 ? own : cases[i].pid, 1);
			if (cases[i].fds != NULL)
				setenv("LISTEN_FDS", cases[i].fds, 1);
			/* From high numbers, as 3 may be either of them. */
			s = fcntl(s, F_DUPFD_CLOEXEC, 100);
			null = fcntl(null, F_DUPFD_CLOEXEC, 100);
			dup2(cases[i].on_0 ? s : null, 0);
			dup2(cases[i].on_3 ? s : null, 3);
			_exit(listen_inherited(&l) ? l.fd[0] : 99);
		}
		cr_assert_eq(waitpid(pid, &st, 0), pid);
		cr_expect_eq(WEXITSTATUS(st), cases[i].want >= 0 ?
		    cases[i].want : 99, "%s: %d", cases[i].name,
		    WEXITSTATUS(st));
		close(s);
		cr_assert_eq(unlink(tmp_path(&t, "", "sock")), 0);
	}
}

/* Closing removes only what this socket was bound to. */
Test(listen, closing)
{
	struct stile_error	e;
	const char		*dsn = tmp_path(&t, "unix:", "sock");
	const char		*other = tmp_path(&t, "unix:", "other");
	int			fd;

	cr_assert_eq(open_at(dsn, NULL, NULL, &fd, &e), STILE_OK);
	write_file(other + 5, "", 0);
	close_as(configure(other, NULL, NULL), fd);
	cr_expect_eq(access(other + 5, F_OK), 0, "not ours");
	cr_expect_eq(access(dsn + 5, F_OK), 0, "not what was configured");
	cr_assert_eq(unlink(dsn + 5), 0);
}
