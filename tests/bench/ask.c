/* SPDX-License-Identifier: ISC */
#include "ask.h"

#include <err.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

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

unsigned char	ask_bytes[1024];
size_t		ask_len;

static void
put(const void *p, size_t n)
{
	memcpy(ask_bytes + ask_len, p, n);
	ask_len += n;
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

void
ask_make(const char *path)
{
	size_t	i, n, head;

	if (strlen(path) > ASK_PATH_MAX)
		errx(64, "%s: too long", path);
	put_head(1, 8);
	put((unsigned char[]){ 0, 1, 1, 0, 0, 0, 0, 0 }, 8);
	head = ask_len;
	put_head(4, 0);
	for (i = 0; i < NELEM(vars); i++)
		put_pair(vars[i][0], vars[i][1]);
	put_pair("PATH_INFO", path);
	put_pair("REQUEST_URI", path);
	n = ask_len - head - 8;
	ask_bytes[head + 4] = (unsigned char)(n >> 8);
	ask_bytes[head + 5] = (unsigned char)n;
	put_head(4, 0);
	put_head(5, 0);
}

int
ask_connect(const char *path, int type)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd, cause;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | type, 0)) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	cause = errno;
	close(fd);
	errno = cause;
	return -1;
}

size_t
ask_number(const char *s, size_t min, size_t max)
{
	char		*end;
	unsigned long	 n = strtoul(s, &end, 10);

	if (*s == '\0' || *end != '\0' || n < min || n > max)
		errx(64, "%s: a number from %zu to %zu is expected", s, min,
		    max);
	return n;
}

int64_t
ask_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
