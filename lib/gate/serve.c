/* SPDX-License-Identifier: ISC */
/*
 * A worker process: threads that serve connections, and the main thread as
 * their usher.  It takes signals, sees to it that as many threads are awake as
 * are needed, refuses what has waited too long when all are busy, and keeps
 * the time limits.
 */
#include "base/priv.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/conns.h"
#include "gate/watch.h"
#include "base/banned.h"

#define IN_FIRST	4096	/* bytes of a head; most have fewer */
#define IN_SLACK	131072	/* of variables that are not headers */

struct thread {
	struct process		*process;
	pthread_t		 id;
	struct runner		 runner;
	struct fcgi_in		 in;
};

struct process {
	const struct stile_site	*site;
	const struct serve_set	*set;
	struct conns		 conns;
	struct logger		*logger;	/* NULL: nothing to log */
	struct thread		*threads;
	size_t			 nthreads;	/* that were started */
	struct thread		 usher;
	sigset_t		 signals;	/* that the usher takes */
	uint64_t		 served;	/* when it last looked */
	int64_t			 watched, swept;	/* us, when it did */
	bool			 retiring;	/* has been asked for */
};

static enum stile_err
thread_init(struct thread *t, struct process *p)
{
	const struct conf	*c = p->site->conf;

	t->process = p;
	t->in.max = (size_t)conf_int(c, "header_bytes_max") +
	    4 * (size_t)conf_int(c, "url_max") + IN_SLACK;
	t->in.size = IN_FIRST;
	if ((t->in.p = stile__malloc(t->in.size)) == NULL)
		return STILE_ENOMEM;
	if (runner_init(&t->runner, p->site) != STILE_OK) {
		free(t->in.p);
		return STILE_ENOMEM;
	}
	return STILE_OK;
}

static void
thread_release(struct thread *t)
{
	runner_release(&t->runner);
	free(t->in.p);
}

static enum served
serve_peer(struct thread *t, struct conn *c, bool refuse)
{
	struct board_thread	*slot = t->runner.slot;
	enum served		 how;

	atomic_store_explicit(&slot->since, c->stamp, memory_order_relaxed);
	how = fcgi_serve(&t->runner, c->fd, &t->in, &c->rest, refuse);
	atomic_store_explicit(&slot->since, 0, memory_order_relaxed);
	return how;
}

static void
serve_one(struct thread *t, struct conn *c, bool refuse)
{
	struct conns	*cs = &t->process->conns;

	conns_done(cs, c, c->kind == CONN_PEER ? serve_peer(t, c, refuse) :
	    conns_accept(cs, c));
}

static void *
thread_main(void *arg)
{
	struct thread	*t = arg;
	struct conn	*c;
	sigset_t	 kick;
	bool		 overdue;

	/* The one signal that may end a handler's call: watch.c sends it. */
	sigemptyset(&kick);
	sigaddset(&kick, SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	while ((c = conns_next(&t->process->conns, &overdue)) != NULL)
		serve_one(t, c, overdue);
	return NULL;
}

static enum stile_err
start_threads(struct process *p)
{
	size_t		 n = (size_t)conf_int(p->site->conf, "threads");
	struct thread	*t;

	if ((p->threads = stile__malloc(n * sizeof(*t))) == NULL ||
	    thread_init(&p->usher, p) != STILE_OK)
		return STILE_ENOMEM;
	p->usher.runner.slot = board_thread(p->site->board, p->set->nproc, n);
	memset(p->threads, 0, n * sizeof(*t));
	for (; p->nthreads < n; p->nthreads++) {
		t = &p->threads[p->nthreads];
		if (thread_init(t, p) != STILE_OK)
			return STILE_ENOMEM;
		t->runner.slot = board_thread(p->site->board, p->set->nproc,
		    p->nthreads);
		if (pthread_create(&t->id, NULL, thread_main, t) != 0) {
			thread_release(t);
			return STILE_EIO;
		}
	}
	return STILE_OK;
}

static void
report(const struct process *p, char what)
{
	while (write(p->set->report, &what, 1) < 0 && errno == EINTR)
		;
}

/* Its successor comes first, and then the supervisor sends SIGHUP. */
static void
ask_to_retire(struct process *p, const char *why, int64_t number)
{
	if (p->retiring)
		return;
	p->retiring = true;
	stile_log(p->site->log, STILE_WARN, "a worker is to be replaced",
	    STILE_ARGS("pid", (int64_t)getpid(), "reason", why,
	    "number", number));
	report(p, REPORT_RETIRE);
}

static void
watch_threads(struct process *p, int64_t us)
{
	size_t	i;

	for (i = 0; i < p->nthreads; i++)
		if (watch_look(&p->threads[i].runner.clock, p->threads[i].id,
		    us))
			ask_to_retire(p, "a request hangs", conf_int(
			    p->site->conf, "handler_timeout"));
}

static int64_t
resident_bytes(void)
{
	char	text[128];
	FILE	*f;
	int64_t	pages = 0;

	if ((f = fopen("/proc/self/statm", "re")) == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) != NULL)
		pages = strtoll(text + strcspn(text, " "), NULL, 10);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static int64_t
count_requests(const struct process *p)
{
	int64_t	n = 0;
	size_t	i;

	for (i = 0; i < p->nthreads; i++)
		n += p->threads[i].runner.clock.turn;
	return n;
}

/* What goes on for longer than a second may be seen a second late. */
static void
look_after_itself(struct process *p)
{
	const struct conf	*c = p->site->conf;
	int64_t			 bytes = resident_bytes();
	int64_t			 max = conf_int(c, "worker_memory_max");
	int64_t			 requests = conf_int(c, "max_requests");

	p->set->proc->memory = (uint64_t)bytes;
	logger_look(p->logger);
	conns_sweep(&p->conns, conf_int(c, "read_timeout") * 1000000);
	if (max > 0 && bytes > max)
		ask_to_retire(p, "worker_memory_max", bytes);
	if (requests > 0 && count_requests(p) >= requests)
		ask_to_retire(p, "max_requests", requests);
}

/* One look at everything; returns when the next one is due, in us. */
static int64_t
usher(struct process *p)
{
	int64_t		 now = stile__mono_us();
	int64_t		 again;
	struct conn	*c;

	again = conns_usher(&p->conns, p->nthreads, &p->served);
	while ((c = conns_overdue(&p->conns)) != NULL)
		serve_one(&p->usher, c, c->kind == CONN_PEER);
	if (now - p->watched >= WATCH_US) {
		watch_threads(p, now - p->watched);
		p->watched = now;
	}
	if (now - p->swept >= SWEEP_US) {
		look_after_itself(p);
		p->swept = now;
	}
	return again;
}

/* The next signal, or 0 when the usher has to look again.  A fault is none, also
 * if it was sent: waiting for it would take it away. */
static int
next_signal(const struct process *p, int64_t us)
{
	struct timespec	wait = { us / 1000000, us % 1000000 * 1000 };
	int		sig;

	sig = sigtimedwait(&p->signals, NULL, &wait);
	return sig > 0 && sig != SIGUSR2 ? sig : 0;
}

static enum leave
wait_for_end(struct process *p)
{
	for (;;)
		switch (next_signal(p, usher(p))) {
		case SIGTERM:
			return LEAVE_STOP;
		case SIGHUP:
			return LEAVE_RETIRE;
		case SIGUSR1:
			/* Its own copy: the supervisor's is another. */
			logs_open((struct stile_site *)(uintptr_t)p->site,
			    NULL);
			break;
		default:
			break;
		}
}

/* Let them finish what they are at, until the time is up. */
static bool
join_threads(struct process *p)
{
	static const struct timespec	moment = { 0, WATCH_US * 1000 };
	int64_t				until, now;
	struct timespec			t;
	size_t				i;

	until = stile__mono_us() + conf_int(p->site->conf, "stop_timeout") *
	    1000000;
	for (i = 0; i < p->nthreads; i++)
		for (;;) {
			clock_gettime(CLOCK_REALTIME, &t);
			t.tv_nsec += moment.tv_nsec;
			if (t.tv_nsec >= 1000000000) {
				t.tv_sec++;
				t.tv_nsec -= 1000000000;
			}
			if (pthread_timedjoin_np(p->threads[i].id, NULL,
			    &t) == 0)
				break;
			if ((now = stile__mono_us()) > until)
				return false;
			/* Limits go on; those that have ended are idle. */
			watch_threads(p, now - p->watched);
			p->watched = now;
		}
	return true;
}

static void
nothing(int sig)
{
	(void)sig;
}

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

/*
 * Who has just asked is often about to ask more.  A thread that takes the
 * processor from it as soon as it is woken gets one request each time, and the
 * switches to and fro take longer than that; one that lets it finish first gets
 * several.
 */
static void
be_patient(void)
{
	struct sched_param	param;
	int			policy;

	/* What an administrator has chosen stays. */
	if (pthread_getschedparam(pthread_self(), &policy, &param) == 0 &&
	    policy == SCHED_OTHER)
		pthread_setschedparam(pthread_self(), SCHED_BATCH, &param);
}

static bool
set_up(struct process *p)
{
	struct sigaction	sa = { .sa_handler = nothing };

	be_patient();
	serve_block_signals(&p->signals);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGUSR2, &sa, NULL);
	if (conns_init(&p->conns, p->site, p->set) != 0)
		return false;
	p->watched = p->swept = stile__mono_us();
	if (p->set->ring != NULL && (p->logger = logger_start(p->site,
	    p->set->proc, p->set->ring)) == NULL)
		return false;
	return start_threads(p) == STILE_OK;
}

int
serve_worker(const struct stile_site *site, const struct serve_set *set)
{
	struct process	p = { .site = site, .set = set };
	enum leave	how;
	size_t		i;

	if (!set_up(&p)) {
		stile_log(site->log, STILE_ERROR, "a worker cannot start",
		    STILE_ARGS("error", (const char *)strerror(errno)));
		return EXIT_SOFTWARE;
	}
	set->proc->state = BOARD_SERVING;
	report(&p, REPORT_READY);
	how = wait_for_end(&p);
	set->proc->state = BOARD_LEAVING;
	conns_leave(&p.conns, how);
	if (!join_threads(&p)) {
		stile_log(site->log, STILE_ERROR,
		    "requests in flight were given up", STILE_NOARGS);
		logger_stop(p.logger);
		/* They still run, on what exit(3) would take apart. */
		_exit(EXIT_SOFTWARE);
	}
	conns_release(&p.conns);
	for (i = 0; i < p.nthreads; i++)
		thread_release(&p.threads[i]);
	thread_release(&p.usher);
	free(p.threads);
	if (!logger_stop(p.logger))
		_exit(0);	/* the supervisor sees to the rest */
	return 0;
}
