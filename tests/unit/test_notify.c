/* SPDX-License-Identifier: ISC */
/* lib/gate/notify.c: what systemd hears, and how often it wants to. */
#include "app.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "gate/notify.h"

static struct tmp	t;

static void
setup(void)
{
	tmp_make(&t);
}

static void
teardown(void)
{
	tmp_remove(&t);
}

TestSuite(notify, .init = setup, .fini = teardown);

/* A socket as systemd has it; a path that begins with '@' is an abstract one. */
static int
listener(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	size_t			n = strlen(path);
	int			fd;

	memcpy(sun.sun_path, path, n);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + n)), 0);
	return fd;
}

/* What has arrived, or "". */
static const char *
heard(int fd)
{
	static char	line[100];
	ssize_t		n = recv(fd, line, sizeof(line) - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

Test(notify, is_heard)
{
	char		abstract[100];
	const char	*paths[] = { tmp_path(&t, "", "notify"), abstract };
	size_t		i;
	int		fd;

	snprintf(abstract, sizeof(abstract), "@%s", t.dir);
	for (i = 0; i < NELEM(paths); i++) {
		fd = listener(paths[i]);
		setenv("NOTIFY_SOCKET", paths[i], 1);
		notify("READY=1");
		EXPECT_STR(heard(fd), "READY=1", "%s", paths[i]);
		notify("WATCHDOG=1");
		EXPECT_STR(heard(fd), "WATCHDOG=1", "%s", paths[i]);
		unsetenv("NOTIFY_SOCKET");
		notify("STOPPING=1");
		EXPECT_STR(heard(fd), "", "%s: not asked for", paths[i]);
		close(fd);
	}
}

/* Where nobody listens it goes on, and leaves no descriptor behind. */
Test(notify, nobody_listens)
{
	const char	*paths[] = { "", "/", "@", "/nowhere/notify", t.dir };
	char		 lengthy[200];
	size_t		 i;
	int		 before = dup(0), after;

	close(before);
	for (i = 0; i < NELEM(paths); i++) {
		setenv("NOTIFY_SOCKET", paths[i], 1);
		notify("READY=1");
	}
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	setenv("NOTIFY_SOCKET", lengthy, 1);
	notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	after = dup(0);
	close(after);
	cr_expect_eq(after, before);
}

Test(notify, interval)
{
	static const struct {
		const char	*usec, *pid;	/* NULL: not set; "": ours */
		int64_t		 want;
	} cases[] = {
		{ NULL, NULL, 0 }, { "30000000", NULL, 15000000 },
		{ "30000000", "", 15000000 }, { "30000000", "1", 0 },
		{ "2", "", 1 }, { "1", "", 0 }, { "0", "", 0 },
		{ "-5", "", 0 }, { "", "", 0 }, { "x", "", 0 },
		{ "30000000", "x", 0 }, { NULL, "", 0 },
	};
	char	pid[20];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", *cases[i].pid != '\0' ?
			    cases[i].pid : pid, 1);
		cr_expect_eq(notify_interval_us(), cases[i].want, "%zu", i);
	}
}
