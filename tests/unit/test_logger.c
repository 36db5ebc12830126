/* SPDX-License-Identifier: ISC */
/* lib/gate/logger.c: where lines go, and what becomes of them on the way. */
#include "app.h"

#include <pthread.h>

#include "base/log.h"
#include "base/ring.h"
#include "gate/serve.h"

#define RING_SIZE	(64 * 1024)

void	syslog(int, const char *, ...);
void	__syslog_chk(int, int, const char *, ...);

static struct tmp		 t;
static struct stile_site	*site;
static struct stile_error	 e;
static struct board		*board;
static struct ring		*ring;

static void
setup(void)
{
	tmp_make(&t);
	cr_assert((board = board_new(1, 1)) != NULL);
	cr_assert((ring = ring_new(RING_SIZE)) != NULL);
}

static void
drop_site(void)
{
	if (site == NULL)
		return;
	if (site->access != site->log)
		stile_log_free(site->access);
	if (site->log_fd >= 0)
		close(site->log_fd);
	if (site->access_fd >= 0)
		close(site->access_fd);
	site_free(site);
	site = NULL;
}

static void
teardown(void)
{
	drop_site();
	board_free(board);
	ring_free(ring);
	tmp_remove(&t);
}

TestSuite(logger, .init = setup, .fini = teardown, .timeout = 120);

/* A site whose logs are not open yet; these settings may be NULL. */
static void
make_site(const char *log, const char *access, const char *format,
    const char *log_format)
{
	static const struct stile_app	app = { .name = "demo" };
	const struct { const char *name, *value; } settings[] = {
		{ "log", log }, { "access_log", access },
		{ "access_format", format }, { "log_format", log_format },
	};
	struct stile_arena		*a = stile_arena_new(0);
	struct conf			*conf;
	size_t				 i;

	drop_site();
	e = (struct stile_error){ 0 };
	cr_assert_eq(conf_new(a, &app, &conf, &e), STILE_OK);
	for (i = 0; i < NELEM(settings); i++)
		if (settings[i].value != NULL)
			cr_assert_eq(conf_set(conf, settings[i].name,
			    settings[i].value, CONF_FLAG, "x", &e), STILE_OK);
	cr_assert_eq(site_new(a, &app, conf, 2, &site, &e), STILE_OK);
}

static void
open_logs(void)
{
	cr_assert_eq(logs_open(site, &e), STILE_OK, "%s", e.detail);
}

static void
say(struct stile_log *log, const char *text)
{
	stile_log(log, STILE_INFO, text, STILE_NOARGS);
}

/* All that is in a file now; the last two stay valid. */
static const char *
file(const char *path)
{
	static char	text[2][1 << 20];
	static size_t	i;
	FILE		*f = fopen(path, "r");
	size_t		 n = 0;

	i = !i;
	if (f != NULL) {
		n = fread(text[i], 1, sizeof(text[0]) - 1, f);
		fclose(f);
	}
	text[i][n] = '\0';
	return text[i];
}

/* ---- destinations ------------------------ */

Test(logger, destinations)
{
	static const struct {
		const char	*access;	/* '/' stands for the file */
		const char	*format;
		bool		 off, apart, in_log, in_access;
	} cases[] = {
		{ NULL, NULL, false, false, true, false },
		{ "same", "same", false, false, true, false },
		{ "same", "json", false, false, true, false },
		{ "same", "combined", false, true, true, false },
		{ "off", NULL, true, true, false, false },
		{ "off", "combined", true, true, false, false },
		{ "/", NULL, false, true, false, true },
		{ "/", "combined", false, true, false, true },
		{ "/", "json", false, true, false, true },
	};
	const char	*log = tmp_path(&t, "", "log");
	const char	*access = tmp_path(&t, "", "access");
	struct stat	 st;
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++) {
		make_site(log, cases[i].access != NULL &&
		    cases[i].access[0] == '/' ? access : cases[i].access,
		    cases[i].format, NULL);
		open_logs();
		cr_expect_eq(site->access == NULL, cases[i].off, "%zu", i);
		cr_expect_eq(site->access_apart, cases[i].apart, "%zu", i);
		say(site->log, "event");
		if (site->access != NULL)
			say(site->access, "asked");
		cr_expect(strstr(file(log), "msg=event\n") != NULL, "%zu", i);
		cr_expect_eq(strstr(file(log), "asked") != NULL,
		    cases[i].in_log, "%zu", i);
		cr_expect_eq(strstr(file(access), "asked") != NULL,
		    cases[i].in_access, "%zu", i);
		cr_expect_eq(strstr(file(access), "\"msg\":") != NULL,
		    cases[i].in_access && cases[i].format != NULL &&
		    strcmp(cases[i].format, "json") == 0, "%zu", i);
		cr_expect(stat(log, &st) == 0 && (st.st_mode & 0777 & ~0640)
		    == 0, "%o", (unsigned)st.st_mode);
		unlink(log);
		unlink(access);
	}
}

Test(logger, formats)
{
	const char	*log = tmp_path(&t, "", "log");

	make_site(log, NULL, NULL, "json");
	open_logs();
	say(site->log, "event");
	say(site->access, "asked");
	cr_expect(strstr(file(log), "\"msg\":\"event\"") != NULL);
	cr_expect(strstr(file(log), "\"msg\":\"asked\"") != NULL);
	make_site(log, NULL, "text", "json");
	open_logs();
	say(site->access, "again");
	cr_expect(strstr(file(log), "msg=again\n") != NULL,
	    "a format of its own");
}

Test(logger, what_cannot_be_opened)
{
	const char	*missing = tmp_path(&t, "", "none/log");
	const char	*log = tmp_path(&t, "", "log");

	make_site(missing, NULL, NULL, NULL);
	cr_expect_eq(logs_open(site, &e), STILE_EIO);
	cr_expect(strstr(e.detail, missing) == e.detail &&
	    strstr(e.detail, strerror(ENOENT)) != NULL, "%s", e.detail);
	make_site(log, t.dir, NULL, NULL);
	cr_expect_eq(logs_open(site, &e), STILE_EIO);
	cr_expect(strstr(e.detail, strerror(EISDIR)) != NULL, "%s", e.detail);
	make_site(log, NULL, NULL, NULL);
	stile__fail_after = 1;
	cr_expect_eq(logs_open(site, &e), STILE_ENOMEM);
	stile__fail_after = 0;
}

/* As logrotate(8) has it: the file is moved, then opened again. */
Test(logger, opened_again)
{
	const char	*log = tmp_path(&t, "", "log");
	const char	*access = tmp_path(&t, "", "access");
	const char	*old_log = tmp_path(&t, "", "log.1");
	const char	*old_access = tmp_path(&t, "", "access.1");
	int		 fd, access_fd;

	make_site(log, access, NULL, NULL);
	open_logs();
	fd = site->log_fd;
	access_fd = site->access_fd;
	say(site->log, "one");
	say(site->access, "two");
	cr_assert_eq(rename(log, old_log), 0);
	cr_assert_eq(rename(access, old_access), 0);
	say(site->log, "three");
	open_logs();
	cr_expect(site->log_fd == fd && site->access_fd == access_fd,
	    "threads have the same numbers");
	cr_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	say(site->log, "four");
	say(site->access, "five");
	cr_expect(strstr(file(old_log), "one") != NULL &&
	    strstr(file(old_log), "three") != NULL &&
	    strstr(file(old_log), "four") == NULL);
	cr_expect(strstr(file(log), "four") != NULL);
	cr_expect(strstr(file(access), "five") != NULL);
	cr_expect(strstr(file(old_access), "two") != NULL);

	/* Where that fails, the one before stays. */
	cr_assert_eq(unlink(log), 0);
	cr_assert_eq(mkdir(log, 0700), 0);
	cr_expect_eq(logs_open(site, &e), STILE_EIO);
	cr_expect_eq(site->log_fd, fd);
	cr_expect_geq(write(fd, "x", 1), 1);
	cr_expect_eq(logs_open(site, NULL), STILE_EIO, "nobody asks why");
}

/* ---- the thread ------------------------ */

static struct logger *
start(void)
{
	struct logger	*l = logger_start(site, &board->procs[0], ring);

	cr_assert(l != NULL);
	return l;
}

/* "msg=line producer=P number=N": all of them, in the order of each one. */
static size_t
check_numbers(const char *text, size_t nproducers)
{
	int64_t		 next[8] = { 0 };
	const char	*end;
	long		 producer, number;
	size_t		 lines = 0;

	for (; *text != '\0'; text = end + 1, lines++) {
		cr_assert((end = strchr(text, '\n')) != NULL, "a cut line");
		cr_assert_eq(sscanf(text, "time=%*s level=info msg=line "
		    "producer=%ld number=%ld", &producer, &number), 2, "%.*s",
		    (int)(end - text), text);
		cr_assert((size_t)producer < nproducers);
		cr_assert_geq(number, next[producer]);
		next[producer] = number + 1;
	}
	return lines;
}

static size_t
count_lines(const char *p)
{
	size_t	n = 0;

	while ((p = strchr(p, '\n')) != NULL) {
		p++;
		n++;
	}
	return n;
}

#define LINES	2000

static void *
write_lines(void *arg)
{
	int64_t	i;

	for (i = 0; i < LINES; i++)
		stile_log(site->access, STILE_INFO, "line", STILE_ARGS(
		    "producer", *(int64_t *)arg, "number", i));
	return NULL;
}

static void
write_with(size_t nthreads)
{
	static int64_t	numbers[8];
	pthread_t	ids[8];
	size_t		i;

	for (i = 0; i < nthreads; i++) {
		numbers[i] = (int64_t)i;
		cr_assert_eq(pthread_create(&ids[i], NULL, write_lines,
		    &numbers[i]), 0);
	}
	for (i = 0; i < nthreads; i++)
		pthread_join(ids[i], NULL);
}

Test(logger, all_lines_arrive)
{
	const char	*access = tmp_path(&t, "", "access");
	struct logger	*l;
	int		 i;

	ring_free(ring);
	cr_assert((ring = ring_new(1 << 20)) != NULL);
	make_site("stderr", access, NULL, NULL);
	open_logs();
	l = start();
	write_with(4);
	for (i = 0; i < 10000 && count_lines(file(access)) < 4 * LINES; i++)
		poll(NULL, 0, 5);
	cr_expect(logger_stop(l));
	cr_expect_eq(check_numbers(file(access), 4), 4 * LINES);
	cr_expect_eq(board->procs[0].dropped, 0);
	/* Once it has stopped, lines go there at once. */
	say(site->access, "afterwards");
	cr_expect(strstr(file(access), "msg=afterwards\n") != NULL);
	cr_expect(logger_stop(NULL));
}

Test(logger, without_memory)
{
	const char	*access = tmp_path(&t, "", "access");

	make_site("stderr", access, NULL, NULL);
	open_logs();
	stile__fail_after = 1;
	cr_expect(logger_start(site, &board->procs[0], ring) == NULL);
	stile__fail_after = 0;
	say(site->access, "still");
	cr_expect(strstr(file(access), "msg=still\n") != NULL, "not held back");
}

/* A named pipe that is read when the test says so. */
static int
make_fifo(const char *path)
{
	int	fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_geq(fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), 0);
	return fd;
}

static size_t
read_some(int fd, char *p, size_t n, size_t size)
{
	ssize_t	k = read(fd, p + n, size - 1 - n);

	if (k > 0)
		n += (size_t)k;
	p[n] = '\0';
	return n;
}

/* All of so many lines that were not dropped; then it has nothing left. */
static void
read_all(struct logger *l, int fd, char *text, size_t size, size_t lines)
{
	struct pollfd	pfd = { .fd = fd, .events = POLLIN };
	size_t		n = 0;

	text[0] = '\0';
	while (count_lines(text) + ring_dropped(ring) < lines) {
		cr_assert_eq(poll(&pfd, 1, 60000), 1, "%zu bytes", n);
		n = read_some(fd, text, n, size);
	}
	cr_assert(logger_stop(l));
}

/* Nobody reads for a while: what finds no room is counted and reported. */
Test(logger, a_slow_reader)
{
	static char	 text[1 << 20];
	const char	*access = tmp_path(&t, "", "access");
	const char	*log = tmp_path(&t, "", "log");
	struct logger	*l;
	const char	*s;
	size_t		 lines;
	long		 dropped, reported = 0;
	int		 fd = make_fifo(access);

	make_site(log, access, NULL, NULL);
	open_logs();
	l = start();
	write_with(4);
	read_all(l, fd, text, sizeof(text), 4 * LINES);
	lines = check_numbers(text, 4);
	dropped = (long)board->procs[0].dropped;
	cr_expect_gt(lines, 0);
	cr_expect_gt(dropped, 0, "it was not slow enough");
	cr_expect_eq(lines + (size_t)dropped, 4 * LINES, "%zu and %ld", lines,
	    dropped);
	for (s = file(log); (s = strstr(s, "dropped\" lines=")) != NULL; s++)
		reported += strtol(s + 15, NULL, 10);
	cr_expect_eq(reported, dropped, "%ld in %s", reported, file(log));
	close(fd);
}

/* A worker that writes its lines, and stays until it is told to go. */
static void
be_a_worker(int64_t who, int go)
{
	struct logger	*l;
	char		 c;

	if ((ring = ring_new(1 << 20)) == NULL)
		_exit(1);
	make_site("stderr", tmp_path(&t, "", "access"), NULL, NULL);
	if (logs_open(site, &e) != STILE_OK)
		_exit(2);
	l = start();
	write_lines(&who);
	if (read(go, &c, 1) != 0 || ring_dropped(ring) != 0)
		_exit(3);
	_exit(logger_stop(l) ? 0 : 4);
}

/* Two workers and one pipe: the lines of one do not cut those of the other. */
Test(logger, two_of_them_and_one_pipe)
{
	static char	 text[1 << 20];
	const char	*access = tmp_path(&t, "", "access");
	struct pollfd	 pfd;
	pid_t		 pids[2];
	int64_t		 who;
	size_t		 n = 0;
	int		 fd = make_fifo(access), go[2], st;

	cr_assert_eq(pipe(go), 0);
	for (who = 0; who < 2; who++)
		if ((pids[who] = fork()) == 0) {
			close(go[1]);
			be_a_worker(who, go[0]);
		}
	pfd = (struct pollfd){ .fd = fd, .events = POLLIN };
	while (count_lines(text) < 2 * LINES) {
		cr_assert_eq(poll(&pfd, 1, 60000), 1);
		n = read_some(fd, text, n, sizeof(text));
	}
	close(go[1]);
	for (who = 0; who < 2; who++) {
		cr_assert_eq(waitpid(pids[who], &st, 0), pids[who]);
		cr_expect_eq(WEXITSTATUS(st), 0, "%d", WEXITSTATUS(st));
	}
	cr_expect_eq(check_numbers(text, 2), 2 * LINES);
	close(go[0]);
	close(fd);
}

/* Standard error may be a pipe that does not block. */
Test(logger, a_descriptor_that_does_not_block)
{
	static char	 text[1 << 20];
	struct logger	*l;
	int		 fds[2], old = dup(2);

	cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
	dup2(fds[1], 2);
	ring_free(ring);
	cr_assert((ring = ring_new(1 << 20)) != NULL);
	make_site("stderr", "stderr", NULL, NULL);
	open_logs();
	l = start();
	write_with(1);
	read_all(l, fds[0], text, sizeof(text), LINES);
	dup2(old, 2);
	cr_expect_eq(check_numbers(text, 1), LINES);
	close(old);
	close(fds[0]);
	close(fds[1]);
}

/* ---- after a crash ------------------------ */

Test(logger, rest)
{
	const char	*access = tmp_path(&t, "", "access");
	int		 st;
	pid_t		 pid;

	make_site("stderr", access, NULL, NULL);
	open_logs();
	logs_rest(site, &board->procs[0], ring);
	EXPECT_STR(file(access), "", "nothing");
	if ((pid = fork()) == 0) {
		stile__log_to_ring(site->access, ring);
		say(site->access, "one");
		say(site->access, "two");
		abort();
	}
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	EXPECT_STR(file(access), "", "not yet");
	logs_rest(site, &board->procs[0], ring);
	cr_expect(strstr(file(access), "msg=one\n") != NULL &&
	    strstr(file(access), "msg=two\n") != NULL, "%s", file(access));
	logs_rest(site, &board->procs[0], ring);
	cr_expect_eq(strstr(strstr(file(access), "msg=two\n") + 1, "msg="),
	    NULL, "only once");
}

/* More than goes through a pipe at once, in pieces of whole lines. */
Test(logger, rest_through_a_pipe)
{
	static char	 text[1 << 20];
	const char	*access = tmp_path(&t, "", "access");
	int64_t		 who = 0;
	size_t		 n = 0, k;
	int		 fd = make_fifo(access);

	/* No more than a pipe holds: nobody reads it meanwhile. */
	ring_free(ring);
	cr_assert((ring = ring_new(RING_SIZE / 4)) != NULL);
	make_site("stderr", access, NULL, NULL);
	open_logs();
	stile__log_to_ring(site->access, ring);
	write_lines(&who);
	stile__log_to_ring(site->access, NULL);
	logs_rest(site, &board->procs[0], ring);
	while ((k = read_some(fd, text, n, sizeof(text))) > n)
		n = k;
	cr_expect_eq(check_numbers(text, 1) + ring_dropped(ring), LINES);
	close(fd);
}

/* Nobody reads, and the supervisor cannot wait: the rest is counted. */
Test(logger, rest_through_a_full_pipe)
{
	static char	 text[1 << 20];
	const char	*access = tmp_path(&t, "", "access");
	const char	*log = tmp_path(&t, "", "log");
	int64_t		 who = 0;
	size_t		 n = 0, k;
	int		 fd = make_fifo(access);

	ring_free(ring);
	cr_assert((ring = ring_new(1 << 20)) != NULL);
	make_site(log, access, NULL, NULL);
	open_logs();
	stile__log_to_ring(site->access, ring);
	write_lines(&who);
	stile__log_to_ring(site->access, NULL);
	logs_rest(site, &board->procs[0], ring);
	cr_expect_gt(board->procs[0].dropped, 0);
	cr_expect(strstr(file(log), "dropped\" lines=") != NULL, "%s",
	    file(log));
	while ((k = read_some(fd, text, n, sizeof(text))) > n)
		n = k;
	cr_expect_eq(check_numbers(text, 1) + board->procs[0].dropped, LINES);
	close(fd);
}

/* ---- syslog(3), which is a test's own here ------------------------ */

static char	logged[1000];
static int	priorities;

static void
take_line(int priority, const char *format, va_list ap)
{
	size_t	n = strlen(logged);

	priorities = priorities * 10 + priority;
	vsnprintf(logged + n, sizeof(logged) - n, format, ap);
	n = strlen(logged);
	snprintf(logged + n, sizeof(logged) - n, "|");
}

void
syslog(int priority, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	take_line(priority, format, ap);
	va_end(ap);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list	ap;

	(void)flag;
	va_start(ap, format);
	take_line(priority, format, ap);
	va_end(ap);
}

Test(logger, syslog)
{
	static const char	text[] = "1.2.3.4 %s %n\nsecond\n";
	struct logger		*l;

	make_site("syslog", "syslog", "combined", NULL);
	open_logs();
	stile__log_line(site->log, STILE_ERROR, "error\n", 6);
	stile__log_line(site->log, STILE_WARN, "%d\n", 3);
	stile__log_line(site->log, STILE_INFO, "info\n", 5);
	stile__log_line(site->log, STILE_DEBUG, "debug\n", 6);
	EXPECT_STR(logged, "error|%d|info|debug|", "each a line of its own");
	cr_expect_eq(priorities, 3467);
	logged[0] = '\0';
	priorities = 0;
	l = start();
	stile__log_line(site->access, STILE_INFO, text, sizeof(text) - 1);
	cr_expect(logger_stop(l));
	EXPECT_STR(logged, "1.2.3.4 %s %n|second|", "through the thread");
	cr_expect_eq(priorities, 66);
}
