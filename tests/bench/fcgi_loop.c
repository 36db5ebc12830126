/* SPDX-License-Identifier: ISC */
/*
 * libfcgi's own loop: each thread accepts a connection and serves it until it
 * ends, as in the library's example threaded.c.  A kept connection has its
 * thread to itself, so there have to be as many threads as connections.
 *
 *	fcgi_loop THREADS <LISTENING-SOCKET
 */
#include <err.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LISTEN_FD	0
#define THREADS_MAX	1024

static const char	answer[] = "Status: 200 OK\r\n"
    "Content-Type: application/json\r\nContent-Length: 27\r\n\r\n"
    "{\"message\":\"Hello, World!\"}";

static void *
loop(void *arg)
{
	FCGX_Request	q;

	(void)arg;
	if (FCGX_InitRequest(&q, LISTEN_FD, 0) != 0)
		errx(1, "FCGX_InitRequest");
	while (FCGX_Accept_r(&q) == 0) {
		FCGX_PutStr(answer, sizeof(answer) - 1, q.out);
		FCGX_Finish_r(&q);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t	t;
	long		i, threads = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

	if (threads < 1 || threads > THREADS_MAX)
		errx(64, "usage: fcgi_loop THREADS <LISTENING-SOCKET");
	if (FCGX_Init() != 0)
		errx(1, "FCGX_Init");
	for (i = 1; i < threads; i++)
		if (pthread_create(&t, NULL, loop, NULL) != 0)
			errx(1, "pthread_create");
	loop(NULL);
}
