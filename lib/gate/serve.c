/* SPDX-License-Identifier: ISC */
/*
 * Serving: threads that share one epoll set.  An idle connection is parked
 * there and costs no thread; a readable one is handed to one thread, which
 * serves one request from it and parks it again.
 *
 * EPOLLONESHOT makes a connection one thread's at a time, so that nothing else
 * guards it.  The list of connections exists to close the idle ones at the end.
 */
#include "base/priv.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "stile/log.h"
#include "gate/gate.h"
#include "base/banned.h"

#define ACCEPT_BATCH	64	/* then other events have their turn */

struct conn {
	struct conn	*next, **prev;
	int		 fd;
};

struct server {
	const struct stile_site	*site;
	int			 listen_fd;
	int			 epoll_fd;
	int			 wake_fd;	/* readable once it stops */
	atomic_bool		 stopping;
	struct timeval		 io_timeout;
	size_t			 max;
	pthread_mutex_t		 lock;		/* of what follows */
	struct conn		*conns;
	size_t			 nconns;
	bool			 full;		/* no accept until one ends */
};

struct thread {
	struct server	*s;
	pthread_t	 id;
	struct worker	 w;
};

/* Tells the two from connections in epoll's data. */
static char	listen_tag, wake_tag;

static void
arm(struct server *s, int op, int fd, void *tag)
{
	struct epoll_event	ev = { .events = EPOLLIN | EPOLLONESHOT };

	ev.data.ptr = tag;
	epoll_ctl(s->epoll_fd, op, fd, &ev);
}

/* Take the connection into the list, unless there are too many. */
static struct conn *
conn_new(struct server *s, int fd)
{
	struct conn	*c;

	if ((c = stile__malloc(sizeof(*c))) == NULL)
		return NULL;
	c->fd = fd;
	pthread_mutex_lock(&s->lock);
	if ((c->next = s->conns) != NULL)
		c->next->prev = &c->next;
	c->prev = &s->conns;
	s->conns = c;
	s->nconns++;
	pthread_mutex_unlock(&s->lock);
	return c;
}

/* The socket is closed already, or will be by the caller. */
static void
conn_free(struct server *s, struct conn *c)
{
	bool	resume;

	pthread_mutex_lock(&s->lock);
	if ((*c->prev = c->next) != NULL)
		c->next->prev = c->prev;
	s->nconns--;
	resume = s->full;
	s->full = false;
	pthread_mutex_unlock(&s->lock);
	free(c);
	if (resume && !s->stopping)
		arm(s, EPOLL_CTL_MOD, s->listen_fd, &listen_tag);
}

static bool
is_full(struct server *s)
{
	bool	full;

	pthread_mutex_lock(&s->lock);
	full = s->full = s->nconns >= s->max;
	pthread_mutex_unlock(&s->lock);
	return full;
}

static void
add_connection(struct server *s, int fd)
{
	struct conn	*c;

	if (!listen_allows(s->site->conf, fd)) {
		stile_log(s->site->log, STILE_WARN,
		    "connection refused: the peer is not in peers",
		    STILE_NOARGS);
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &s->io_timeout,
	    sizeof(s->io_timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &s->io_timeout,
	    sizeof(s->io_timeout));
	if ((c = conn_new(s, fd)) == NULL) {
		close(fd);
		return;
	}
	arm(s, EPOLL_CTL_ADD, fd, c);
}

/* Out of descriptors or memory: wait a moment rather than spin. */
static void
pause_accept(struct server *s, int err)
{
	static const struct timespec	moment = { 0, 50 * 1000 * 1000 };

	stile_log(s->site->log, STILE_ERROR, "accept",
	    STILE_ARGS("error", (const char *)strerror(err)));
	nanosleep(&moment, NULL);
}

static void
accept_some(struct server *s)
{
	int	fd, i;

	for (i = 0; i < ACCEPT_BATCH; i++) {
		/* The one who closes a connection arms the listener again. */
		if (is_full(s))
			return;
		fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			add_connection(s, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accept(s, errno);
		break;
	}
	if (!s->stopping)
		arm(s, EPOLL_CTL_MOD, s->listen_fd, &listen_tag);
}

static void
serve_one(struct thread *t, struct conn *c)
{
	bool	kept = fcgi_serve(&t->w, c->fd);

	if (kept && !t->s->stopping) {
		arm(t->s, EPOLL_CTL_MOD, c->fd, c);
		return;
	}
	if (kept)
		close(c->fd);
	conn_free(t->s, c);
}

/* False if there was nothing to do but to stop. */
static bool
handle(struct thread *t, void *tag)
{
	if (tag == &wake_tag)
		return false;
	if (tag == &listen_tag)
		accept_some(t->s);
	else
		serve_one(t, tag);
	return true;
}

/* What has arrived before the end is still answered. */
static void
finish(struct thread *t)
{
	struct epoll_event	ev[2];
	int			i, n;
	bool			more = true;

	/* wake_tag is always among the events: two are one more than that. */
	while (more) {
		n = epoll_wait(t->s->epoll_fd, ev, 2, 0);
		for (more = false, i = 0; i < n; i++)
			more = handle(t, ev[i].data.ptr) || more;
	}
}

static void *
thread_main(void *arg)
{
	struct thread		*t = arg;
	struct epoll_event	 ev;

	while (!t->s->stopping)
		if (epoll_wait(t->s->epoll_fd, &ev, 1, -1) == 1)
			handle(t, ev.data.ptr);
	finish(t);
	return NULL;
}

static void
server_release(struct server *s)
{
	struct conn	*c;

	while ((c = s->conns) != NULL) {
		close(c->fd);
		conn_free(s, c);
	}
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	pthread_mutex_destroy(&s->lock);
}

static int
server_init(struct server *s, const struct stile_site *site, int listen_fd)
{
	struct epoll_event	ev = { .events = EPOLLIN };

	*s = (struct server){ .site = site, .listen_fd = listen_fd };
	s->io_timeout.tv_sec = (time_t)conf_int(site->conf, "io_timeout");
	s->max = (size_t)conf_int(site->conf, "connections");
	pthread_mutex_init(&s->lock, NULL);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (s->epoll_fd < 0 || s->wake_fd < 0) {
		server_release(s);
		return -1;
	}
	/* Not one-shot: it wakes every thread. */
	ev.data.ptr = &wake_tag;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &ev);
	arm(s, EPOLL_CTL_ADD, listen_fd, &listen_tag);
	return 0;
}

static size_t
start_threads(struct server *s, struct thread *v, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		v[i].s = s;
		if (worker_init(&v[i].w, s->site) != STILE_OK)
			break;
		if (pthread_create(&v[i].id, NULL, thread_main, &v[i]) != 0) {
			worker_release(&v[i].w);
			break;
		}
	}
	return i;
}

/* Let them finish what they are at, until the time is up. */
static bool
stop_threads(struct server *s, struct thread *v, size_t n)
{
	struct timespec	until;
	uint64_t	one = 1;
	size_t		i;

	s->stopping = true;
	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)conf_int(s->site->conf, "stop_timeout");
	for (i = 0; i < n; i++) {
		if (pthread_timedjoin_np(v[i].id, NULL, &until) != 0)
			return false;
		worker_release(&v[i].w);
	}
	return true;
}

/*
 * All signals wait for sigwait(): one that interrupts a thread's read would cut
 * a body short, for libfcgi takes EINTR for its end.  Faults stay as they are.
 */
void
serve_block_signals(sigset_t *set)
{
	static const int	faults[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS,
	};
	size_t			i;

	sigfillset(set);
	for (i = 0; i < NELEM(faults); i++)
		sigdelset(set, faults[i]);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void
wait_for_stop(const sigset_t *signals)
{
	int	sig = 0;

	while (sig != SIGTERM && sig != SIGINT)
		if (sigwait(signals, &sig) != 0)
			sig = 0;
}

int
serve(const struct stile_site *site, int listen_fd, bool *running)
{
	struct stile_log	*log = site->log;
	struct server		*s;
	struct thread		*v;
	sigset_t		 signals;
	size_t			 n, want;

	*running = false;
	serve_block_signals(&signals);
	if (fcgi_init() != STILE_OK)
		return EXIT_SOFTWARE;
	signal(SIGPIPE, SIG_IGN);
	want = (size_t)conf_int(site->conf, "threads");
	s = stile__malloc(sizeof(*s));
	v = stile__malloc(want * sizeof(*v));
	if (s == NULL || v == NULL || server_init(s, site, listen_fd) != 0) {
		free(s);
		free(v);
		return EXIT_SOFTWARE;
	}
	if ((n = start_threads(s, v, want)) == want) {
		stile_log(log, STILE_INFO, "serving", STILE_ARGS("app",
		    site->app->name, "listen", conf_text(site->conf, "listen"),
		    "threads", (int64_t)n));
		wait_for_stop(&signals);
		stile_log(log, STILE_INFO, "stopping", STILE_NOARGS);
	} else
		stile_log(log, STILE_ERROR, "a thread could not be started",
		    STILE_NOARGS);
	if (!stop_threads(s, v, n)) {
		stile_log(log, STILE_ERROR, "requests in flight were given up",
		    STILE_NOARGS);
		*running = true;
		return EXIT_SOFTWARE;
	}
	server_release(s);
	free(s);
	free(v);
	stile_log(log, STILE_INFO, "stopped", STILE_NOARGS);
	return n == want ? 0 : EXIT_SOFTWARE;
}
