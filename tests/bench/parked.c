/* SPDX-License-Identifier: ISC */
/*
 * A FastCGI client that keeps many connections open: each one has a request in
 * turn, as many at a time as WINDOW says.
 *
 *	parked SOCKET CONNECTIONS REQUESTS WINDOW [PATH]
 *
 * It prints how long they took, and how many bytes of answers came; the first
 * answer that is wrong, or later than TIMEOUT seconds, ends it.
 */
#include "ask.h"

#include <err.h>
#include <inttypes.h>
#include <sys/socket.h>

#define TIMEOUT		5
#define MAX		10000000

enum { FCGI_END = 3, FCGI_STDOUT = 6 };

static int	*fds;

static int
connect_to(const char *path)
{
	struct timeval	limit = { .tv_sec = TIMEOUT };
	int		fd;

	if ((fd = ask_connect(path, 0)) < 0)
		err(1, "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

/* What has been read of the answer and not yet looked at. */
struct input {
	int		fd;
	unsigned char	buf[1 << 18];
	size_t		off, len;
	uint64_t	bytes;
};

static void
fill(struct input *in)
{
	ssize_t	n;

	if ((n = recv(in->fd, in->buf, sizeof(in->buf), 0)) < 0)
		err(1, "no answer within %d seconds", TIMEOUT);
	if (n == 0)
		errx(1, "the connection was closed");
	in->off = 0;
	in->len = (size_t)n;
	in->bytes += (size_t)n;
}

/* The next n bytes, into p unless that is NULL. */
static void
take(struct input *in, unsigned char *p, size_t n)
{
	size_t	k;

	for (; n > 0; n -= k, in->off += k) {
		if (in->off == in->len)
			fill(in);
		k = in->len - in->off < n ? in->len - in->off : n;
		if (p != NULL) {
			memcpy(p, in->buf + in->off, k);
			p += k;
		}
	}
}

static void
read_answer(struct input *in, int fd)
{
	static const char	good[] = "Status: 200 OK\r\n";
	unsigned char		head[8], start[sizeof(good) - 1];
	size_t			n;
	bool			first = true;

	in->fd = fd;
	do {
		take(in, head, sizeof(head));
		n = (size_t)(head[4] << 8 | head[5]) + head[6];
		if (first && (head[1] != FCGI_STDOUT || n < sizeof(start)))
			errx(1, "an answer without its beginning");
		if (first) {
			take(in, start, sizeof(start));
			n -= sizeof(start);
			if (memcmp(start, good, sizeof(start)) != 0)
				errx(1, "an answer other than 200");
		}
		take(in, NULL, n);
		first = false;
	} while (head[1] != FCGI_END);
}

static void
ask(struct input *in, size_t n, size_t requests, size_t window)
{
	size_t	i, k, end;

	for (i = 0; i < requests; i = end) {
		end = i + window < requests ? i + window : requests;
		for (k = i; k < end; k++)
			if (send(fds[k % n], ask_bytes, ask_len,
			    MSG_NOSIGNAL) != (ssize_t)ask_len)
				err(1, "a request could not be sent");
		for (k = i; k < end; k++)
			read_answer(in, fds[k % n]);
	}
}

int
main(int argc, char **argv)
{
	static struct input	in;
	size_t			i, n, requests, window;
	int64_t			start;

	if (argc < 5 || argc > 6)
		errx(64, "usage: parked SOCKET CONNECTIONS REQUESTS WINDOW "
		    "[PATH]");
	n = ask_number(argv[2], 1, MAX);
	requests = ask_number(argv[3], 1, MAX);
	window = ask_number(argv[4], 1, MAX);
	if (window > n)
		errx(64, "a window larger than the number of connections");
	ask_make(argc == 6 ? argv[5] : "/");
	if ((fds = calloc(n, sizeof(*fds))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++)
		fds[i] = connect_to(argv[1]);
	start = ask_now();
	ask(&in, n, requests, window);
	printf("us=%" PRId64 " bytes=%" PRIu64 "\n", ask_now() - start,
	    in.bytes);
	return 0;
}
