/* SPDX-License-Identifier: ISC */
/*
 * A FastCGI client that asks at a fixed rate, whether there are answers or not
 * (an open loop), as people do who know nothing of each other.
 *
 *	offer SOCKET CONNECTIONS RATE SECONDS
 *
 * A request goes out on a free connection, or on a new one, as web servers do
 * it, and KEPT free ones stay.  Its latency counts from when it was due, also
 * where it could not be sent by then.  RATE 0 is a closed loop: as many requests
 * at a time as CONNECTIONS, each behind an answer.
 *
 * It prints how many a second were accepted (200) and refused (503), and how
 * many microseconds half of the accepted ones took at most, and 99 of 100.  Any
 * other answer ends it, and so does one later than PATIENCE seconds.
 */
#include "ask.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define CONNECTIONS_MAX	100000
#define RATE_MAX	100000
#define SECONDS_MAX	600
#define REQUESTS_MAX	10000000
#define KEPT		32
#define PATIENCE	60
#define ANSWER_MAX	4096
#define EVENTS		64

enum { FCGI_END = 3 };

struct conn {
	int		 fd;
	int64_t		 due;
	size_t		 have;
	unsigned char	 answer[ANSWER_MAX];
	struct conn	*next;		/* the next free one */
};

static const char	*path;
static int		 epoll_fd, timer_fd;
static struct conn	*idle;		/* connected, nothing asked */
static size_t		 nidle, nconns, conns_max;

static size_t		 rate;
static int64_t		 start, end;
static size_t		 due, sent, answered;
static size_t		 accepted, refused;	/* before the end */
static uint32_t		*latency;	/* of all that were accepted */
static size_t		 nlatency;

/* ---- asking ----------------------------------------------------------------- */

static struct conn *
connect_new(void)
{
	struct epoll_event	 ev = { .events = EPOLLIN };
	struct conn		*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	if ((c->fd = ask_connect(path, SOCK_NONBLOCK)) < 0) {
		if (errno != EAGAIN)
			err(1, "%s", path);
		/* The backlog is full: later, and what is due waits. */
		free(c);
		return NULL;
	}
	ev.data.ptr = c;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		err(1, "epoll_ctl");
	nconns++;
	return c;
}

static struct conn *
free_conn(void)
{
	struct conn	*c = idle;

	if (c == NULL)
		return nconns < conns_max ? connect_new() : NULL;
	idle = c->next;
	nidle--;
	return c;
}

static void
ask(struct conn *c, int64_t when)
{
	c->due = when;
	c->have = 0;
	if (send(c->fd, ask_bytes, ask_len, MSG_NOSIGNAL) != (ssize_t)ask_len)
		err(1, "a request could not be sent");
	sent++;
}

/* All that is due and for which there is a connection. */
static void
ask_due(void)
{
	struct conn	*c;

	while (sent < due && (c = free_conn()) != NULL)
		ask(c, start + (int64_t)(sent * 1000000 / rate));
}

/* ---- answers ---------------------------------------------------------------- */

static bool
is_whole(const struct conn *c)
{
	const unsigned char	*p = c->answer, *last = p + c->have;

	for (; last - p >= 8; p += 8 + (p[4] << 8 | p[5]) + p[6])
		if (p[1] == FCGI_END)
			return last - p >= 16;
	return false;
}

static bool
says(const struct conn *c, const char *what)
{
	return memmem(c->answer, c->have, what, strlen(what)) != NULL;
}

static void
count(const struct conn *c, int64_t now)
{
	bool	in_time = now < end;

	answered++;
	if (says(c, "Status: 200 ")) {
		if (nlatency == REQUESTS_MAX)
			errx(1, "too many answers");
		latency[nlatency++] = (uint32_t)(now - c->due);
		accepted += in_time;
	} else if (says(c, "Status: 503 ") && says(c, "\r\nRetry-After: "))
		refused += in_time;
	else
		errx(1, "neither 200 nor 503 with Retry-After: %.*s",
		    (int)c->have, (const char *)c->answer);
}

static void
let_go(struct conn *c)
{
	if (nidle < KEPT) {
		c->next = idle;
		idle = c;
		nidle++;
		return;
	}
	close(c->fd);
	free(c);
	nconns--;
}

static void
read_some(struct conn *c)
{
	ssize_t	n;

	n = recv(c->fd, c->answer + c->have, sizeof(c->answer) - c->have,
	    MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		errx(1, "a connection was closed, or an answer too long");
	c->have += (size_t)n;
	if (!is_whole(c))
		return;
	count(c, ask_now());
	if (rate == 0 && ask_now() < end)
		ask(c, ask_now());
	else
		let_go(c);
}

/* ---- the loop --------------------------------------------------------------- */

/* As many as should have been asked by now. */
static void
set_due(void)
{
	int64_t		now = ask_now();
	uint64_t	ticks;

	if (read(timer_fd, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		err(1, "timer");
	due = (size_t)((now < end ? now : end) - start) * rate / 1000000;
}

static void
set_timer(void)
{
	struct itimerspec	every = { { 0, 0 }, { 0, 0 } };

	every.it_interval.tv_nsec = every.it_value.tv_nsec =
	    rate > 1 ? (long)(1000000000 / rate) : 999999999;
	if (timerfd_settime(timer_fd, 0, &every, NULL) != 0)
		err(1, "timer");
}

static void
begin(size_t seconds)
{
	struct epoll_event	 ev = { .events = EPOLLIN };
	struct rlimit		 files;
	struct conn		*c;
	size_t			 i;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (epoll_fd < 0 || timer_fd < 0 || (latency = calloc(REQUESTS_MAX,
	    sizeof(*latency))) == NULL)
		err(1, NULL);
	start = ask_now();
	end = start + (int64_t)seconds * 1000000;
	if (rate == 0) {
		for (i = 0; i < conns_max; i++) {
			if ((c = connect_new()) == NULL)
				err(1, "%s", path);
			ask(c, ask_now());
		}
		return;
	}
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &ev) != 0)
		err(1, "epoll_ctl");
	set_timer();
}

static void
loop(void)
{
	struct epoll_event	ev[EVENTS];
	int			i, n;

	while (ask_now() < end || answered < sent || sent < due) {
		if (ask_now() > end + PATIENCE * 1000000LL)
			errx(1, "%zu of %zu without an answer after %d s",
			    sent - answered, sent, PATIENCE);
		n = epoll_wait(epoll_fd, ev, EVENTS, 100);
		for (i = 0; i < n; i++)
			if (ev[i].data.ptr != NULL)
				read_some(ev[i].data.ptr);
		if (rate > 0) {
			set_due();
			ask_due();
		}
	}
}

static int
compare(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
percentile(size_t percent)
{
	return nlatency > 0 ? latency[(nlatency - 1) * percent / 100] : 0;
}

int
main(int argc, char **argv)
{
	size_t	seconds;

	if (argc != 5)
		errx(64, "usage: offer SOCKET CONNECTIONS RATE SECONDS");
	path = argv[1];
	conns_max = ask_number(argv[2], 1, CONNECTIONS_MAX);
	rate = ask_number(argv[3], 0, RATE_MAX);
	seconds = ask_number(argv[4], 1, SECONDS_MAX);
	ask_make("/");
	begin(seconds);
	loop();
	qsort(latency, nlatency, sizeof(*latency), compare);
	printf("accepted=%zu refused=%zu p50=%" PRIu32 " p99=%" PRIu32 "\n",
	    accepted / seconds, refused / seconds, percentile(50),
	    percentile(99));
	return 0;
}
