/* SPDX-License-Identifier: ISC */
/*
 * Where the logs of a server go.  Events are written at once; the list of
 * requests goes through a ring, and a thread of its own waits for the disk.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/ring.h"
#include "gate/serve.h"
#include "base/banned.h"

#define PIPE_MAX	4096	/* leaves in one piece, pipe(7) */
#define STOP_SECONDS	1	/* for what is still to be written */

struct logger {
	const struct stile_site	*site;
	struct board_proc	*proc;
	struct ring		*ring;
	uint64_t		 dropped;	/* that were reported */
	pthread_t		 id;
};

/* ---- destinations ----------------------------------------------------------- */

/* The file takes the place of the one before, which threads may be writing. */
static enum stile_err
open_file(struct stile_log *log, const char *path, int *fd,
    struct stile_error *e)
{
	int	new;

	/* A FIFO is not waited for, but then written like all others. */
	new = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK, 0640);
	if (new < 0)
		return stile_error_set(e, STILE_EIO, 0, "%s: %s", path,
		    strerror(errno));
	fcntl(new, F_SETFL, O_APPEND);
	if (*fd < 0)
		*fd = new;
	else {
		dup3(new, *fd, O_CLOEXEC);
		close(new);
	}
	stile__log_to_fd(log, *fd);
	return STILE_OK;
}

static enum stile_err
open_log(struct stile_log *log, const char *where, int *fd,
    struct stile_error *e)
{
	if (strcmp(where, "stderr") == 0)
		stile__log_to_fd(log, STDERR_FILENO);
	else if (strcmp(where, "syslog") == 0)
		stile__log_to_syslog(log);
	else
		return open_file(log, where, fd, e);
	return STILE_OK;
}

/* One for the requests: made at the first time. */
static struct stile_log *
access_log(const struct stile_site *site, const char *format)
{
	if (strcmp(format, "same") == 0)
		format = conf_text(site->conf, "log_format");
	return stile_log_new(STDERR_FILENO, site->access_apart ? STILE_INFO :
	    site->level, strcmp(format, "json") == 0 ? STILE_LOG_JSON :
	    STILE_LOG_TEXT);
}

enum stile_err
logs_open(struct stile_site *site, struct stile_error *e)
{
	const struct conf	*c = site->conf;
	const char		*log = conf_text(c, "log");
	const char		*access = conf_text(c, "access_log");
	const char		*format = conf_text(c, "access_format");
	enum stile_err		 rc;

	if (strcmp(log, "syslog") == 0 || strcmp(access, "syslog") == 0)
		openlog(site->app->name, LOG_PID, LOG_DAEMON);
	if ((rc = open_log(site->log, log, &site->log_fd, e)) != STILE_OK)
		return rc;
	if (strcmp(access, "off") == 0) {
		site->access = NULL;
		site->access_apart = true;
		return STILE_OK;
	}
	site->access_format = strcmp(format, "combined") == 0 ?
	    ACCESS_COMBINED : ACCESS_LINES;
	site->access_apart = strcmp(access, "same") != 0 ||
	    site->access_format == ACCESS_COMBINED;
	if (site->access == site->log &&
	    (site->access = access_log(site, format)) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	return open_log(site->access, strcmp(access, "same") == 0 ? log :
	    access, &site->access_fd, e);
}

/* ---- the thread ------------------------------------------------------------ */

/* As many whole lines as leave in one piece. */
static size_t
whole_lines(const char *p, size_t n, size_t max)
{
	const char	*end;

	if (n <= max)
		return n;
	if ((end = memrchr(p, '\n', max)) == NULL)
		end = memchr(p, '\n', n);
	return end != NULL ? (size_t)(end - p) + 1 : n;
}

static bool
is_file(int fd)
{
	struct stat	st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void
write_fd(int fd, const char *p, size_t n)
{
	struct pollfd	pfd = { .fd = fd, .events = POLLOUT };
	ssize_t		k;

	while (n > 0) {
		if ((k = write(fd, p, n)) >= 0) {
			p += k;
			n -= (size_t)k;
		} else if (errno == EAGAIN)
			poll(&pfd, 1, -1);
		else if (errno != EINTR)
			return;
	}
}

static void
write_syslog(const char *p, size_t n)
{
	const char	*end;

	while (n > 0 && (end = memchr(p, '\n', n)) != NULL) {
		syslog(LOG_INFO, "%.*s", (int)(end - p), p);
		n -= (size_t)(end + 1 - p);
		p = end + 1;
	}
}

/* Some of it: several processes write to one pipe, and lines stay whole. */
static size_t
write_lines(const struct stile_site *site, const char *p, size_t n)
{
	int	fd = stile__log_fd(site->access);

	if (fd < 0)
		write_syslog(p, n);
	else {
		if (!is_file(fd))
			n = whole_lines(p, n, PIPE_MAX);
		write_fd(fd, p, n);
	}
	return n;
}

static void
say_dropped(const struct stile_site *site, struct board_proc *proc, uint64_t n)
{
	if (n == 0)
		return;
	proc->dropped += n;
	stile_log(site->log, STILE_WARN, "lines of the access log dropped",
	    STILE_ARGS("lines", (int64_t)n));
}

void
logger_look(struct logger *l)
{
	uint64_t	n;

	if (l == NULL)
		return;
	n = ring_dropped(l->ring) - l->dropped;
	l->dropped += n;
	say_dropped(l->site, l->proc, n);
}

static void *
logger_main(void *arg)
{
	struct logger	*l = arg;
	const char	*p;
	size_t		 n;

	while ((n = ring_wait(l->ring, &p)) > 0)
		ring_took(l->ring, write_lines(l->site, p, n));
	return NULL;
}

struct logger *
logger_start(const struct stile_site *site, struct board_proc *proc,
    struct ring *ring)
{
	struct logger	*l;

	if ((l = stile__malloc(sizeof(*l))) == NULL)
		return NULL;
	*l = (struct logger){ .site = site, .proc = proc, .ring = ring };
	if (pthread_create(&l->id, NULL, logger_main, l) != 0) {
		free(l);
		return NULL;
	}
	stile__log_to_ring(site->access, ring);
	return l;
}

bool
logger_stop(struct logger *l)
{
	struct timespec	until;

	if (l == NULL)
		return true;
	ring_close(l->ring);
	logger_look(l);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	if (pthread_timedjoin_np(l->id, NULL, &until) != 0)
		return false;
	stile__log_to_ring(l->site->access, NULL);
	free(l);
	return true;
}

static uint64_t
count_lines(const char *p, size_t n)
{
	uint64_t	lines = 0;

	while (n-- > 0)
		lines += *p++ == '\n';
	return lines;
}

/* Bytes from p on that can be written without waiting for a reader. */
static size_t
writable(const struct stile_site *site, const char *p, size_t n)
{
	int	fd = stile__log_fd(site->access);

	if (fd < 0 || is_file(fd))
		return n;
	n = whole_lines(p, n, PIPE_MAX);
	return n <= PIPE_MAX && stile__log_can_write(fd) ? n : 0;
}

/* This is the supervisor, which must not wait. */
void
logs_rest(const struct stile_site *site, struct board_proc *proc,
    struct ring *ring)
{
	const char	*p;
	size_t		 n, k;
	uint64_t	 lost = 0;

	while ((n = ring_rest(ring, &p)) > 0) {
		while (lost == 0 && (k = writable(site, p, n)) > 0) {
			k = write_lines(site, p, k);
			p += k;
			n -= k;
		}
		lost += count_lines(p, n);
	}
	say_dropped(site, proc, lost);
}
