/* SPDX-License-Identifier: ISC */
/*
 * A bare handler on libfcgi under an epoll loop of our own: processes, each
 * with threads that share one epoll set.  An idle connection is parked in it;
 * a readable one is handed to libfcgi for one request.  There is nothing here
 * of what a toolkit adds, and so it is what a toolkit is measured against.
 *
 *	fcgi_epoll PROCESSES THREADS [linger] <LISTENING-SOCKET
 *
 * With "linger", a connection that is not kept ends as libfcgi ends it by
 * itself: it waits for the peer to close its end first.
 */
#include "base/priv.h"

#include <err.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_FD	0
#define PROCESSES_MAX	64
#define THREADS_MAX	256

static const char	answer[] = "Status: 200 OK\r\n"
    "Content-Type: application/json\r\nContent-Length: 27\r\n\r\n"
    "{\"message\":\"Hello, World!\"}";

static int	epoll_fd;
static bool	lingers;

static void
arm(int op, int fd)
{
	struct epoll_event	ev = { .events = EPOLLIN | EPOLLONESHOT };

	ev.data.fd = fd;
	epoll_ctl(epoll_fd, op, fd, &ev);
}

static void
accept_all(void)
{
	int	fd;

	while ((fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		arm(EPOLL_CTL_ADD, fd);
	arm(EPOLL_CTL_MOD, LISTEN_FD);
}

/* To the end record of the body, or it would be taken for the next request. */
static void
drain(FCGX_Request *q)
{
	char	waste[8192];

	while (FCGX_GetStr(waste, sizeof(waste), q->in) == sizeof(waste))
		;
}

/* Whether the connection is still ours after one request. */
static bool
serve(int fd)
{
	FCGX_Request	q;

	/* Without a listening socket it never waits in accept(2). */
	if (FCGX_InitRequest(&q, -1, 0) != 0)
		errx(1, "FCGX_InitRequest");
	q.ipcFd = fd;
	q.keepConnection = 1;
	if (FCGX_Accept_r(&q) != 0)
		return false;
	FCGX_PutStr(answer, sizeof(answer) - 1, q.out);
	drain(&q);
	if (!q.keepConnection && !lingers)
		FCGX_Detach(&q);
	FCGX_Finish_r(&q);
	return q.ipcFd >= 0;
}

static void *
loop(void *arg)
{
	struct epoll_event	ev;

	(void)arg;
	for (;;) {
		if (epoll_wait(epoll_fd, &ev, 1, -1) != 1)
			continue;
		if (ev.data.fd == LISTEN_FD)
			accept_all();
		else if (serve(ev.data.fd))
			arm(EPOLL_CTL_MOD, ev.data.fd);
	}
	return NULL;
}

static void
run_process(long threads)
{
	pthread_t	t;
	long		i;

	if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll_create1");
	arm(EPOLL_CTL_ADD, LISTEN_FD);
	if (FCGX_Init() != 0)
		errx(1, "FCGX_Init");
	signal(SIGPIPE, SIG_IGN);
	for (i = 1; i < threads; i++)
		if (pthread_create(&t, NULL, loop, NULL) != 0)
			errx(1, "pthread_create");
	loop(NULL);
}

int
main(int argc, char **argv)
{
	long	processes = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	long	threads = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	long	i;

	lingers = argc == 4 && strcmp(argv[3], "linger") == 0;
	if (processes < 1 || processes > PROCESSES_MAX ||
	    threads < 1 || threads > THREADS_MAX || argc != 3 + lingers)
		errx(64, "usage: fcgi_epoll PROCESSES THREADS [linger] "
		    "<LISTENING-SOCKET");
	if (fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) != 0)
		err(1, "listening socket");
	for (i = 1; i < processes; i++)
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			run_process(threads);
		}
	run_process(threads);
}
