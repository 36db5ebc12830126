/* SPDX-License-Identifier: ISC */
/* life: crashes, hangs, grows and waits on request; only the tests use it. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <stile.h>

#define BIG_MAX		(16 * 1024 * 1024)
#define CHUNK		65536

/* A test makes another program of a copy: it writes over what follows "=". */
static const char *volatile	version = "life-version=1.............";

static const char *
this_version(void)
{
	return strchr(version, '=') + 1;
}

static int
show_self(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("pid", (int64_t)getpid(),
	    "version", this_version()));
}

/* ---- data --------------------------------------------------------------- */

static int
add_item(struct stile_req *r)
{
	const char	*key;

	key = stile_member_text(r, stile_json(r), "key", 1, 100);
	return stile_send_row(r, 201,
	    "INSERT INTO item (key) VALUES (?) RETURNING key",
	    STILE_ARGS(key));
}

static int
leave_open(struct stile_req *r)
{
	stile_exec(r, "BEGIN", STILE_NOARGS);
	stile_exec(r, "INSERT INTO item (key) VALUES ('left')", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

/* As many steps of SQLite's machine as wanted, in one statement. */
static int
count_in_sql(struct stile_req *r)
{
	return stile_send_row(r, 200, "WITH RECURSIVE c(i) AS (SELECT 1 "
	    "UNION ALL SELECT i + 1 FROM c WHERE i < ?) "
	    "SELECT count(*) AS n FROM c", STILE_ARGS(
	    stile_query_int(r, "n", 1, INT64_MAX, 1)));
}

/* ---- time --------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False if something ended it early. */
static bool
sleep_ms(int64_t ms)
{
	struct timespec	t = { (time_t)(ms / 1000),
	    (long)(ms % 1000 * 1000000) };

	return nanosleep(&t, NULL) == 0;
}

static int
sleep_some(struct stile_req *r)
{
	int64_t	ms = stile_query_int(r, "ms", 0, 1000000, 0);

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (!sleep_ms(ms))
		return stile_fail(r, 503, "woken");
	return show_self(r);
}

static int
burn(struct stile_req *r)
{
	int64_t	until = now_ms() + stile_query_int(r, "ms", 0, 1000000, 0);

	while (now_ms() < until)
		;
	return show_self(r);
}

/* What a handler is told at its start, and whether its end comes. */
static int
wait_for_deadline(struct stile_req *r)
{
	int64_t	set = stile_query_int(r, "set", 0, 1000000, 0);
	int64_t	first;

	if (set > 0)
		stile_deadline_set(r, set);
	first = stile_deadline(r);
	while (stile_deadline(r) > 0)
		sleep_ms(1);
	return stile_send_object(r, 200, STILE_ARGS("first", first));
}

/* ---- harm --------------------------------------------------------------- */

static int
__attribute__((no_sanitize_undefined))
crash(struct stile_req *r)
{
	static int *volatile	nowhere;

	*nowhere = 1;
	return show_self(r);
}

static int
give_up(struct stile_req *r)
{
	(void)r;
	abort();
}

static int
hang_in_read(struct stile_req *r)
{
	char	c;
	int	fds[2];
	ssize_t	n;

	if (pipe(fds) != 0)
		return stile_fail(r, 500, "pipe");
	n = read(fds[0], &c, 1);
	close(fds[0]);
	close(fds[1]);
	return stile_fail(r, 503, n < 0 && errno == EINTR ? "woken" : "read");
}

/* In a loop; in one that sleeps, whatever wakes it; or in one system call. */
static int
hang(struct stile_req *r)
{
	const char	*how = stile_path(r, "how");

	if (strcmp(how, "read") == 0)
		return hang_in_read(r);
	for (;;)
		if (strcmp(how, "sleep") == 0)
			sleep_ms(1000);
}

static int
grow(struct stile_req *r)
{
	static void	*volatile kept;
	size_t		 n = (size_t)stile_query_int(r, "bytes", 8, 1 << 30, 8);
	void		**p;

	if ((p = malloc(n)) == NULL)
		return stile_fail(r, 503, "no memory");
	memset(p, 1, n);
	*p = kept;
	kept = p;
	return show_self(r);
}

/* ---- bodies and large answers ------------------------------------------- */

static int
echo(struct stile_req *r)
{
	struct stile_str	body = stile_body(r);

	return stile_send(r, 200, "application/octet-stream", body.p, body.len);
}

static int
measure(struct stile_req *r)
{
	char	p[CHUNK];
	int64_t	n = 0;
	long	k;

	while ((k = stile_read(r, p, sizeof(p))) > 0)
		n += k;
	return stile_send_object(r, 200, STILE_ARGS("bytes", n));
}

static int
send_big(struct stile_req *r)
{
	struct stile_buf	*b;
	int64_t			 i, n;

	n = stile_query_int(r, "n", 0, BIG_MAX, 0);
	if ((b = stile_buf_new(stile_req_arena(r), BIG_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < n; i++)
		stile_buf_putc(b, (char)('a' + i % 26));
	return stile_send_buf(r, 200, "text/plain", b);
}

/* Without end, unless nobody takes it. */
static int
send_for_ever(struct stile_req *r)
{
	static const char	zeros[CHUNK];

	if (stile_begin_stream(r, 200, "application/octet-stream") != STILE_OK)
		return STILE_EFAILED;
	while (stile_write(r, zeros, sizeof(zeros)) == STILE_OK)
		;
	return STILE_EFAILED;
}

/* Ten times an hour for each key. */
static int
do_often(struct stile_req *r)
{
	static const struct stile_throttle_rule	rule = {
		"often", .limit = 10, .seconds = 3600,
	};

	stile_throttle(r, &rule, stile_path(r, "key"));
	return stile_send_empty(r, 204);
}

/* Whoever is in a hurry must not call it. */
static int
take_long(struct stile_req *r)
{
	if (strcmp(stile_req_path(r), "/slow-hook") == 0)
		sleep_ms(600000);
	return STILE_OK;
}

static const struct stile_hook hooks[] = {
	{ STILE_BEFORE, take_long },
	{ STILE_AFTER, take_long },
	{ STILE_DONE, take_long },
	{ 0 }
};

static const struct stile_route routes[] = {
	{ "GET",  "/self",	 show_self,	    .name = "self" },
	{ "POST", "/items",	 add_item,	    .name = "items" },
	{ "POST", "/left",	 leave_open,	    .name = "left",
	  .tx = STILE_TX_NONE },
	{ "GET",  "/sql",	 count_in_sql,	    .name = "sql" },
	{ "GET",  "/sleep",	 sleep_some,	    .name = "sleep" },
	{ "GET",  "/burn",	 burn,		    .name = "burn" },
	{ "GET",  "/deadline",	 wait_for_deadline, .name = "deadline" },
	{ "GET",  "/crash",	 crash,		    .name = "crash" },
	{ "GET",  "/abort",	 give_up,	    .name = "abort" },
	{ "GET",  "/hang/{how}", hang,		    .name = "hang" },
	{ "GET",  "/grow",	 grow,		    .name = "grow" },
	{ "POST", "/echo",	 echo,		    .name = "echo" },
	{ "POST", "/measure",	 measure,	    .name = "measure" },
	{ "GET",  "/big",	 send_big,	    .name = "big" },
	{ "GET",  "/stream",	 send_for_ever,	    .name = "stream" },
	{ "GET",  "/often/{key}", do_often,	    .name = "often" },
	{ "GET",  "/health",	 stile_health,	    .name = "health" },
	{ "GET",  "/ready",	 stile_ready,	    .name = "ready" },
	{ "GET",  "/metrics",	 stile_metrics,	    .name = "metrics" },
	{ 0 }
};

static const struct stile_migration migrations[] = {
	{ 1, "0001_item", .sql = "CREATE TABLE item (key TEXT NOT NULL)" },
	{ 0 }
}, more_migrations[] = {
	{ 1, "0001_item", .sql = "CREATE TABLE item (key TEXT NOT NULL)" },
	{ 2, "0002_more", .sql = "CREATE TABLE more (key TEXT NOT NULL)" },
	{ 0 }
};

static struct stile_app app = {
	.name = "life", .version = "1.0", .routes = routes,
	.hooks = hooks, .migrations = migrations,
	.uses = STILE_USES(&stile_throttles),
};

static void
talk(void)
{
	int	i;

	fprintf(stderr, "life: not today\n");
	for (i = 0; i < 10000; i++)
		fprintf(stderr, "nor on another day\n");
	exit(3);
}

/* While it starts, somebody installs the next one. */
static void
make_room(void)
{
	char	path[1024], next[1100];
	ssize_t	n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		exit(4);
	path[n] = '\0';
	snprintf(next, sizeof(next), "%s.next", path);
	rename(next, path);
}

static char	held_by[1100];

/* In a worker, which does not come up while the file is there. */
static void
hold(void)
{
	int	i;

	for (i = 0; i < 12000 && access(held_by, F_OK) == 0; i++)
		sleep_ms(5);
}

/* By the name that the program has now. */
static void
hold_workers(void)
{
	ssize_t	n = readlink("/proc/self/exe", held_by, 1024);

	if (n <= 0)
		exit(4);
	snprintf(held_by + n, sizeof(held_by) - (size_t)n, ".hold");
	pthread_atfork(NULL, NULL, hold);
}

/* Some versions one would rather not have installed. */
static void
begin(void)
{
	const char	*v = this_version();

	if (strcmp(v, "crashes") == 0)
		raise(SIGSEGV);
	else if (strcmp(v, "ends") == 0)
		talk();
	else if (strcmp(v, "waits") == 0)
		for (;;)
			pause();
	else if (strcmp(v, "goes") == 0)
		make_room();
	else if (strcmp(v, "holds") == 0)
		hold_workers();
	else if (strcmp(v, "migrates") == 0)
		app.migrations = more_migrations;
}

int
main(int argc, char **argv)
{
	begin();
	return stile_main(&app, argc, argv);
}
