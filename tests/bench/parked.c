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
#include "base/priv.h"

#include <err.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT		5
#define MAX		10000000
#define PATH_LEN_MAX	100

enum { FCGI_END = 3, FCGI_STDOUT = 6 };

static const char *const vars[][2] = {
	{ "REQUEST_METHOD", "GET" },
	{ "SCRIPT_NAME", "" },
	{ "QUERY_STRING", "" },
	{ "CONTENT_LENGTH", "" },
	{ "SERVER_PROTOCOL", "HTTP/1.1" },
	{ "GATEWAY_INTERFACE", "CGI/1.1" },
	{ "REMOTE_ADDR", "127.0.0.1" },
	{ "HTTP_HOST", "localhost" },
};

static unsigned char	request[1024];
static size_t		request_len;
static int		*fds;

static void
put(const void *p, size_t n)
{
	memcpy(request + request_len, p, n);
	request_len += n;
}

/* FastCGI specification, section 3.3 */
static void
put_head(unsigned char type, size_t n)
{
	put((unsigned char[]){ 1, type, 0, 1, (unsigned char)(n >> 8),
	    (unsigned char)n, 0, 0 }, 8);
}

static void
put_pair(const char *name, const char *value)
{
	put((unsigned char[]){ (unsigned char)strlen(name),
	    (unsigned char)strlen(value) }, 2);
	put(name, strlen(name));
	put(value, strlen(value));
}

static void
make_request(const char *path)
{
	size_t	i, n, head;

	put_head(1, 8);
	put((unsigned char[]){ 0, 1, 1, 0, 0, 0, 0, 0 }, 8);
	head = request_len;
	put_head(4, 0);
	for (i = 0; i < NELEM(vars); i++)
		put_pair(vars[i][0], vars[i][1]);
	put_pair("PATH_INFO", path);
	put_pair("REQUEST_URI", path);
	n = request_len - head - 8;
	request[head + 4] = (unsigned char)(n >> 8);
	request[head + 5] = (unsigned char)n;
	put_head(4, 0);
	put_head(5, 0);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct timeval		limit = { .tv_sec = TIMEOUT };
	int			fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		err(1, "%s", path);
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

static int64_t
now_us(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
ask(struct input *in, size_t n, size_t requests, size_t window)
{
	size_t	i, k, end;

	for (i = 0; i < requests; i = end) {
		end = i + window < requests ? i + window : requests;
		for (k = i; k < end; k++)
			if (send(fds[k % n], request, request_len,
			    MSG_NOSIGNAL) != (ssize_t)request_len)
				err(1, "a request could not be sent");
		for (k = i; k < end; k++)
			read_answer(in, fds[k % n]);
	}
}

static size_t
number(const char *s)
{
	long	n = strtol(s, NULL, 10);

	if (n < 1 || n > MAX)
		errx(64, "%s: a number from 1 to %d is expected", s, MAX);
	return (size_t)n;
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
	n = number(argv[2]);
	requests = number(argv[3]);
	window = number(argv[4]);
	if (window > n)
		errx(64, "a window larger than the number of connections");
	if (argc == 6 && strlen(argv[5]) > PATH_LEN_MAX)
		errx(64, "%s: too long", argv[5]);
	make_request(argc == 6 ? argv[5] : "/");
	if ((fds = calloc(n, sizeof(*fds))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++)
		fds[i] = connect_to(argv[1]);
	start = now_us();
	ask(&in, n, requests, window);
	printf("us=%" PRId64 " bytes=%" PRIu64 "\n", now_us() - start,
	    in.bytes);
	return 0;
}
