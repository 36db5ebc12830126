/* SPDX-License-Identifier: ISC */
/*
 * The supervisor: it holds the listening sockets, forks the workers and puts
 * others in their places.  It serves nothing itself, so that whatever a request
 * does to a worker, there is someone left to start another.
 *
 * To reload, it has the new program try whether it would start, and then
 * executes it in its own place: same process, same sockets, and the workers of
 * before as its children until their successors are ready.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ring.h"
#include "guard/throttle.h"
#include "gate/handover.h"
#include "gate/notify.h"
#include "gate/serve.h"
#include "base/banned.h"

#define SECOND		1000000		/* us */
#define GRACE		(2 * SECOND)	/* before a process is killed */
#define TRIAL_MAX	(30 * SECOND)
#define STEADY		(10 * SECOND)	/* a life after which all is well */
#define DELAY_MIN	(SECOND / 10)	/* between crashes, doubled each time */
#define DELAY_MAX	(10 * SECOND)
#define KILLED		INT64_MAX	/* in place of when */
#define RING_SIZE	(256 * 1024)

enum child_state { CHILD_STARTING, CHILD_SERVING, CHILD_LEAVING };

struct child {
	pid_t			 pid;		/* 0: a free place */
	enum child_state	 state;
	bool			 replaced;	/* once there is another */
	int			 report;
	int64_t			 born;
	int64_t			 kill_at;	/* 0: never */
	struct ring		*ring;		/* stays with the place */
};

struct super {
	struct stile_site	*site;
	struct listeners	*listeners;
	char			**argv;
	char			 program[PATH_MAX];
	int			 give, take, signals;
	struct child		*children;
	size_t			 nchildren;	/* places */
	size_t			 want;		/* workers */
	pid_t			 old[HANDOVER_MAX];
	size_t			 nold;
	int64_t			 old_kill_at;
	int64_t			 delay, start_at;
	pid_t			 trial;		/* 0: none */
	int64_t			 trial_until;
	int			 trial_says;	/* a file in memory */
	bool			 reload_asked;
	bool			 ready, stopping;
	int			 status;
	int64_t			 watchdog, ping_at;	/* us; 0: none */
};

static void
say(const struct super *s, enum stile_level level, const char *msg,
    struct stile_args args)
{
	stile_log(s->site->log, level, msg, args);
}

/* ---- workers ------------------------------------------------------------- */

/* In the child: nothing of the supervisor's is needed but the sockets. */
static void
become_worker(struct super *s, struct child *c, int report, pid_t parent)
{
	struct serve_set	set = {
		.listeners = s->listeners, .give = s->give, .take = s->take,
		.report = report, .nproc = (size_t)(c - s->children),
		.ring = c->ring,
	};
	size_t			i;

	/* No supervisor, no worker: nobody would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_SOFTWARE);
	close(s->signals);
	for (i = 0; i < s->nchildren; i++)
		if (s->children[i].pid != 0)
			close(s->children[i].report);
	if (s->trial != 0)
		close(s->trial_says);
	set.proc = &s->site->board->procs[set.nproc];
	set.proc->pid = getpid();
	set.proc->started = stile_now_ms();
	exit(serve_worker(s->site, &set));
}

static struct child *
free_place(struct super *s)
{
	size_t	i;

	for (i = 0; i < s->nchildren; i++)
		if (s->children[i].pid == 0)
			return &s->children[i];
	return NULL;
}

static void
back_off(struct super *s)
{
	s->delay = s->delay == 0 ? DELAY_MIN : s->delay * 2;
	if (s->delay > DELAY_MAX)
		s->delay = DELAY_MAX;
	s->start_at = stile__mono_us() + s->delay;
}

static void
cannot_start(struct super *s)
{
	say(s, STILE_ERROR, "a worker cannot be started", STILE_ARGS("error",
	    (const char *)strerror(errno)));
	back_off(s);
}

static void
start_worker(struct super *s)
{
	struct child	*c = free_place(s);
	pid_t		 pid, parent = getpid();
	int		 fds[2];

	if (c == NULL) {
		back_off(s);
		return;
	}
	if (pipe2(fds, O_CLOEXEC) != 0) {
		cannot_start(s);
		return;
	}
	if (c->ring != NULL)
		ring_reset(c->ring);
	board_begin(s->site->board, (size_t)(c - s->children));
	if ((pid = fork()) == 0) {
		close(fds[0]);
		become_worker(s, c, fds[1], parent);
	}
	close(fds[1]);
	if (pid < 0) {
		cannot_start(s);
		close(fds[0]);
		s->site->board->procs[c - s->children].state = BOARD_FREE;
		return;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*c = (struct child){ .pid = pid, .report = fds[0],
	    .born = stile__mono_us(), .ring = c->ring };
}

/* Those that are there to stay, in this state or a later one. */
static size_t
count(const struct super *s, enum child_state state)
{
	const struct child	*c;
	size_t			 n = 0;

	for (c = s->children; c < s->children + s->nchildren; c++)
		n += c->pid != 0 && !c->replaced && c->state >= state &&
		    c->state != CHILD_LEAVING;
	return n;
}

static int64_t
leave_time(const struct super *s)
{
	return conf_int(s->site->conf, "stop_timeout") * SECOND + GRACE;
}

static void
dismiss(struct super *s, struct child *c, int sig)
{
	kill(c->pid, sig);
	c->state = CHILD_LEAVING;
	c->kill_at = stile__mono_us() + leave_time(s);
}

static void
dismiss_old(struct super *s, int sig)
{
	size_t	i;

	for (i = 0; i < s->nold; i++)
		kill(s->old[i], sig);
	s->old_kill_at = stile__mono_us() + leave_time(s);
}

static void
read_reports(struct super *s)
{
	struct child	*c;
	char		 what;

	for (c = s->children; c < s->children + s->nchildren; c++)
		while (c->pid != 0 && read(c->report, &what, 1) == 1) {
			if (what == REPORT_RETIRE)
				c->replaced = true;
			else if (c->state == CHILD_STARTING)
				c->state = CHILD_SERVING;
		}
}

static void
stop(struct super *s)
{
	struct child	*c;

	if (s->stopping)
		return;
	s->stopping = true;
	notify("STOPPING=1");
	say(s, STILE_INFO, "stopping", STILE_NOARGS);
	for (c = s->children; c < s->children + s->nchildren; c++)
		if (c->pid != 0)
			dismiss(s, c, SIGTERM);
	dismiss_old(s, SIGTERM);
}

static void
say_crash(struct super *s, pid_t pid, int wstatus)
{
	s->site->board->crashes++;
	if (WIFSIGNALED(wstatus))
		say(s, STILE_ERROR, "a worker crashed", STILE_ARGS(
		    "pid", (int64_t)pid,
		    "signal", (int64_t)WTERMSIG(wstatus),
		    "name", (const char *)strsignal(WTERMSIG(wstatus))));
	else
		say(s, STILE_ERROR, "a worker ended", STILE_ARGS(
		    "pid", (int64_t)pid,
		    "status", (int64_t)WEXITSTATUS(wstatus)));
}

/* It was not asked to end. */
static void
crashed(struct super *s, const struct child *c, int wstatus)
{
	int64_t	lived = stile__mono_us() - c->born;

	say_crash(s, c->pid, wstatus);
	/* One that never came up at the first start will not do so later. */
	if (!s->ready && s->nold == 0) {
		s->status = WIFEXITED(wstatus) && WEXITSTATUS(wstatus) != 0 ?
		    WEXITSTATUS(wstatus) : EXIT_SOFTWARE;
		stop(s);
	} else if (lived < STEADY)
		back_off(s);
	else
		s->delay = 0;
}

/* It was; what it was at may have made it crash all the same. */
static void
left(struct super *s, pid_t pid, int wstatus, bool killed)
{
	if (WIFSIGNALED(wstatus) && !killed)
		say_crash(s, pid, wstatus);
	if (s->stopping && s->status == 0 && wstatus != 0)
		s->status = EXIT_SOFTWARE;
}

static void
ended(struct super *s, struct child *c, int wstatus)
{
	struct ring	*ring = c->ring;

	if (ring != NULL)
		logs_rest(s->site, &s->site->board->procs[c - s->children],
		    ring);
	if (c->state != CHILD_LEAVING)
		crashed(s, c, wstatus);
	else
		left(s, c->pid, wstatus, c->kill_at == KILLED);
	close(c->report);
	s->site->board->procs[c - s->children].state = BOARD_FREE;
	*c = (struct child){ .ring = ring };
}

static void
kill_one(struct super *s, pid_t pid)
{
	say(s, STILE_ERROR, "a worker is killed", STILE_ARGS(
	    "pid", (int64_t)pid));
	kill(pid, SIGKILL);
}

static void
kill_overdue(struct super *s)
{
	int64_t		 now = stile__mono_us();
	struct child	*c;
	size_t		 i;

	for (c = s->children; c < s->children + s->nchildren; c++)
		if (c->pid != 0 && c->kill_at != 0 && now >= c->kill_at) {
			kill_one(s, c->pid);
			c->kill_at = KILLED;
		}
	if (s->nold > 0 && s->old_kill_at != 0 && now >= s->old_kill_at) {
		for (i = 0; i < s->nold; i++)
			kill_one(s, s->old[i]);
		s->old_kill_at = KILLED;
	}
}

/* ---- reload ---------------------------------------------------------------- */

static void
fill_handover(const struct super *s, struct handover *h, bool trial)
{
	size_t	i;

	*h = (struct handover){ .listeners = *s->listeners, .give = s->give,
	    .take = s->take, .trial = trial,
	    .listen = conf_text(s->site->conf, "listen") };
	for (i = 0; i < s->nold; i++)
		h->old[h->nold++] = s->old[i];
	for (i = 0; i < s->nchildren && h->nold < HANDOVER_MAX; i++)
		if (s->children[i].pid != 0)
			h->old[h->nold++] = s->children[i].pid;
}

static void
refuse_reload(struct super *s, const char *why)
{
	say(s, STILE_ERROR, "not reloaded: the server goes on as it was",
	    STILE_ARGS("reason", why));
	notify("READY=1");
}

/* In a child: the new program with all that it would get. */
static void
become_trial(struct super *s)
{
	struct handover	h;

	dup2(s->trial_says, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fill_handover(s, &h, true);
	handover_keep(&h, true);
	if (handover_put(&h) == 0)
		execv(s->program, s->argv);
	dprintf(STDERR_FILENO, "%s: %s\n", s->program, strerror(errno));
	_exit(EXIT_SOFTWARE);
}

static size_t
count_all(const struct super *s)
{
	size_t	i, n = s->nold;

	for (i = 0; i < s->nchildren; i++)
		n += s->children[i].pid != 0;
	return n;
}

/*
 * One after the other, so that those of before are not many; but where workers
 * do not come up, what is there now may be what helps.
 */
static bool
can_reload(const struct super *s)
{
	return s->trial == 0 && (s->ready || s->delay > 0);
}

static void
ask_to_reload(struct super *s)
{
	if (s->stopping)
		return;
	if (!can_reload(s) && !s->reload_asked)
		say(s, STILE_INFO, "to be reloaded once more after this",
		    STILE_NOARGS);
	s->reload_asked = true;
}

static void
reload(struct super *s)
{
	if (s->stopping || !s->reload_asked || !can_reload(s))
		return;
	s->reload_asked = false;
	if (count_all(s) > HANDOVER_MAX) {
		refuse_reload(s, "too many workers of before are there still");
		return;
	}
	say(s, STILE_INFO, "reloading", STILE_NOARGS);
	notify_reloading();
	/* However much it says, nobody has to wait for that. */
	if ((s->trial_says = memfd_create("trial", MFD_CLOEXEC)) < 0) {
		refuse_reload(s, strerror(errno));
		return;
	}
	if ((s->trial = fork()) == 0)
		become_trial(s);
	s->trial_until = stile__mono_us() + TRIAL_MAX;
	if (s->trial < 0) {
		refuse_reload(s, strerror(errno));
		close(s->trial_says);
		s->trial = 0;
	}
}

/* Does not return, unless the program has gone in the meantime. */
static void
execute(struct super *s)
{
	struct handover	h;

	fill_handover(s, &h, false);
	handover_keep(&h, true);
	if (handover_put(&h) == 0)
		execv(s->program, s->argv);
	handover_keep(&h, false);
	refuse_reload(s, strerror(errno));
}

/* The first line that it said, or how it ended. */
static void
trial_ended(struct super *s, int wstatus)
{
	char	text[512];
	ssize_t	n;

	s->trial = 0;
	n = pread(s->trial_says, text, sizeof(text) - 1, 0);
	close(s->trial_says);
	if (!s->stopping && WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 0)
		execute(s);
	else if (!s->stopping) {
		text[n > 0 ? n : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		refuse_reload(s, text[0] != '\0' ? text :
		    WIFSIGNALED(wstatus) ? strsignal(WTERMSIG(wstatus)) :
		    "the new program ended at once");
	}
}

/* ---- the loop --------------------------------------------------------------- */

static void
now_ready(struct super *s)
{
	const char	*listen = conf_text(s->site->conf, "listen");

	if (s->ready)
		return;
	s->ready = true;
	say(s, STILE_INFO, "serving", STILE_ARGS("app", s->site->app->name,
	    "listen", *listen != '\0' ? listen : "inherited",
	    "workers", (int64_t)s->want,
	    "threads", conf_int(s->site->conf, "threads")));
	notify("READY=1");
	s->ping_at = s->watchdog > 0 ? stile__mono_us() + s->watchdog : 0;
	dismiss_old(s, SIGHUP);
}

/* As many as there shall be; the leaving ones only after that. */
static void
keep_number(struct super *s)
{
	struct child	*c;

	if (s->stopping)
		return;
	while (count(s, CHILD_STARTING) < s->want &&
	    stile__mono_us() >= s->start_at)
		start_worker(s);
	if (count(s, CHILD_SERVING) < s->want)
		return;
	now_ready(s);
	for (c = s->children; c < s->children + s->nchildren; c++)
		if (c->pid != 0 && c->replaced && c->state != CHILD_LEAVING)
			dismiss(s, c, SIGHUP);
}

static void
reap(struct super *s)
{
	pid_t	pid;
	int	wstatus;
	size_t	i;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		if (pid == s->trial)
			trial_ended(s, wstatus);
		for (i = 0; i < s->nold; i++)
			if (s->old[i] == pid) {
				left(s, pid, wstatus, s->old_kill_at == KILLED);
				s->old[i--] = s->old[--s->nold];
			}
		for (i = 0; i < s->nchildren; i++)
			if (s->children[i].pid == pid)
				ended(s, &s->children[i], wstatus);
	}
}

static void
reopen_logs(struct super *s)
{
	struct stile_error	 e = { 0 };
	struct child		*c;
	size_t			 i;

	if (logs_open(s->site, &e) != STILE_OK)
		say(s, STILE_ERROR, "a log cannot be opened again",
		    STILE_ARGS("error", (const char *)e.detail));
	for (c = s->children; c < s->children + s->nchildren; c++)
		if (c->pid != 0)
			kill(c->pid, SIGUSR1);
	for (i = 0; i < s->nold; i++)
		kill(s->old[i], SIGUSR1);
}

static void
take_signals(struct super *s)
{
	struct signalfd_siginfo	si;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		switch (si.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop(s);
			break;
		case SIGHUP:
			ask_to_reload(s);
			break;
		case SIGUSR1:
			reopen_logs(s);
			break;
		default:
			break;	/* SIGCHLD: reap() is next */
		}
}

static void
earlier(int64_t *until, int64_t at)
{
	if (at != 0 && at < *until)
		*until = at;
}

/* Milliseconds until there is something to do without being told. */
static int
wait_ms(const struct super *s)
{
	const struct child	*c;
	int64_t			 now = stile__mono_us(), until = INT64_MAX;

	if (!s->stopping && count(s, CHILD_STARTING) < s->want)
		earlier(&until, s->start_at);
	for (c = s->children; c < s->children + s->nchildren; c++)
		if (c->pid != 0)
			earlier(&until, c->kill_at);
	if (s->nold > 0)
		earlier(&until, s->old_kill_at);
	if (s->trial != 0)
		earlier(&until, s->trial_until);
	earlier(&until, s->ping_at);
	if (until == INT64_MAX)
		return -1;
	return until > now ? (int)((until - now) / 1000) + 1 : 0;
}

static void
sleep_until_told(struct super *s)
{
	struct pollfd	fds[1 + 2 * 256];
	size_t		i;
	nfds_t		n = 0;

	fds[n++] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	for (i = 0; i < s->nchildren; i++)
		if (s->children[i].pid != 0 &&
		    s->children[i].state != CHILD_LEAVING)
			fds[n++] = (struct pollfd){
			    .fd = s->children[i].report, .events = POLLIN };
	poll(fds, n, wait_ms(s));
}

static void
ping(struct super *s)
{
	int64_t	now = stile__mono_us();

	if (s->ping_at == 0 || now < s->ping_at)
		return;
	notify("WATCHDOG=1");
	s->ping_at = now + s->watchdog;
}

static bool
any_left(const struct super *s)
{
	size_t	i;

	for (i = 0; i < s->nchildren; i++)
		if (s->children[i].pid != 0)
			return true;
	return s->nold > 0;
}

static void
run(struct super *s)
{
	while (!s->stopping || any_left(s)) {
		keep_number(s);
		reload(s);
		sleep_until_told(s);
		take_signals(s);
		read_reports(s);
		reap(s);
		kill_overdue(s);
		if (s->trial != 0 && stile__mono_us() > s->trial_until)
			kill(s->trial, SIGKILL);
		ping(s);
	}
}

static size_t
cpus(void)
{
	cpu_set_t	set;
	int		n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 256 ? 256 : n > 0 ? (size_t)n : 1;
}

/* Where it was started from: what is there when a reload comes is next. */
static bool
find_program(struct super *s)
{
	static const char	gone[] = " (deleted)";
	ssize_t			n;
	char			*end;

	n = readlink("/proc/self/exe", s->program, sizeof(s->program) - 1);
	if (n <= 0)
		return false;
	s->program[n] = '\0';
	end = s->program + n - (sizeof(gone) - 1);
	if (end > s->program && strcmp(end, gone) == 0 &&
	    access(s->program, F_OK) != 0)
		*end = '\0';
	return true;
}

/* Each connection is one, and those who start services leave few. */
static void
raise_descriptors(void)
{
	struct rlimit	rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

static bool
set_up(struct super *s, const struct handover *from)
{
	const struct conf	*c = s->site->conf;
	sigset_t		 signals;
	size_t			 i;

	s->want = (size_t)conf_int(c, "workers");
	if (s->want == 0)
		s->want = cpus();
	/* Each may have a successor before it is gone. */
	s->nchildren = 2 * s->want;
	if (!find_program(s))
		return false;
	if (from != NULL) {
		s->give = from->give;
		s->take = from->take;
		s->nold = from->nold;
		memcpy(s->old, from->old, sizeof(s->old));
	} else if (handover_pair(&s->give, &s->take) != 0)
		return false;
	raise_descriptors();
	serve_block_signals(&signals);
	s->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	s->children = stile__malloc(s->nchildren * sizeof(*s->children));
	s->site->board = board_new(s->nchildren,
	    (size_t)conf_int(c, "threads"));
	if (s->signals < 0 || s->children == NULL || s->site->board == NULL)
		return false;
	if (s->site->dsn != NULL &&
	    (!s->site->db_how.durable || conf_int(c, "db_group_commit") != 0) &&
	    (s->site->db_how.group = stile__group_new()) == NULL)
		return false;
	if ((s->site->throttle = stile__throttle_new()) == NULL)
		return false;
	memset(s->children, 0, s->nchildren * sizeof(*s->children));
	for (i = 0; i < s->nchildren && s->site->access != NULL; i++)
		if ((s->children[i].ring = ring_new(RING_SIZE)) == NULL)
			return false;
	s->watchdog = notify_interval_us();
	return true;
}

static void
tear_down(struct super *s)
{
	size_t	i;

	for (i = 0; i < s->nchildren && s->children != NULL; i++)
		ring_free(s->children[i].ring);
	free(s->children);
	board_free(s->site->board);
	s->site->board = NULL;
	close(s->give);
	close(s->take);
	close(s->signals);
}

int
supervise(struct stile_site *site, struct listeners *l, char **argv,
    const struct handover *from)
{
	struct super	s = { .site = site, .listeners = l, .argv = argv,
	    .give = -1, .take = -1, .signals = -1 };
	bool		up = set_up(&s, from);

	if (!up)
		say(&s, STILE_ERROR, "the server cannot start",
		    STILE_ARGS("error", (const char *)strerror(errno)));
	else
		run(&s);
	tear_down(&s);
	if (up && s.status == 0)
		say(&s, STILE_INFO, "stopped", STILE_NOARGS);
	return up ? s.status : EXIT_SOFTWARE;
}
