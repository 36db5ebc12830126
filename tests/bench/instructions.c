/* SPDX-License-Identifier: ISC */
/*
 * apps/hello through the FastCGI gate, N requests one after the other, without
 * a server or a socket of anyone else: for valgrind to count instructions.
 * tests/check_instructions.sh counts N and 2N, and takes the difference.
 *
 *	instructions N
 */
#include "base/priv.h"

#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stile/arena.h"
#include "base/log.h"
#include "base/ring.h"
#include "gate/serve.h"

/* The application, without its main(). */
int	hello_main(int argc, char **argv);
#define main	hello_main
#include "../../apps/hello/hello.c"
#undef main

#define REQUESTS_MAX	1000000
#define IN_SIZE		8192
#define RING_SIZE	65536

/* What nginx sends of a small request with nginx-conf/stile_params. */
static const char *const vars[][2] = {
	{ "QUERY_STRING", "" },
	{ "REQUEST_METHOD", "GET" },
	{ "CONTENT_TYPE", "" },
	{ "CONTENT_LENGTH", "" },
	{ "REQUEST_URI", "/" },
	{ "DOCUMENT_URI", "/" },
	{ "SERVER_PROTOCOL", "HTTP/1.1" },
	{ "REQUEST_SCHEME", "http" },
	{ "GATEWAY_INTERFACE", "CGI/1.1" },
	{ "SERVER_SOFTWARE", "nginx/1.22.1" },
	{ "REMOTE_ADDR", "127.0.0.1" },
	{ "REMOTE_PORT", "54321" },
	{ "SERVER_ADDR", "127.0.0.1" },
	{ "SERVER_PORT", "8080" },
	{ "SERVER_NAME", "localhost" },
	{ "HTTP_HOST", "localhost:8080" },
	{ "HTTP_PROXY", "" },
	{ "REQUEST_ID", "0123456789abcdef0123456789abcdef" },
	{ "SCRIPT_NAME", "" },
	{ "PATH_INFO", "/" },
};

static unsigned char	request[2048];
static size_t		request_len;

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
make_request(void)
{
	size_t	i, n;

	put_head(1, 8);
	put((unsigned char[]){ 0, 1, 1, 0, 0, 0, 0, 0 }, 8);
	for (i = n = 0; i < NELEM(vars); i++)
		n += 2 + strlen(vars[i][0]) + strlen(vars[i][1]);
	put_head(4, n);
	for (i = 0; i < NELEM(vars); i++) {
		put((unsigned char[]){ (unsigned char)strlen(vars[i][0]),
		    (unsigned char)strlen(vars[i][1]) }, 2);
		put(vars[i][0], strlen(vars[i][0]));
		put(vars[i][1], strlen(vars[i][1]));
	}
	put_head(4, 0);
	put_head(5, 0);
}

static const struct stile_site *
make_site(void)
{
	struct stile_error	 e = { 0 };
	struct stile_arena	*a;
	struct stile_site	*site;
	struct conf		*conf;

	if ((a = stile_arena_new(0)) == NULL)
		errx(1, "no memory");
	if (conf_new(a, &app, &conf, &e) != STILE_OK ||
	    site_new(a, &app, conf, STDERR_FILENO, &site, &e) !=
	    STILE_OK)
		errx(1, "%s", e.detail);
	return site;
}

/* Only the right answer is worth counting. */
static void
read_answer(int fd)
{
	static char	buf[4096];
	ssize_t		n;

	if ((n = recv(fd, buf, sizeof(buf), 0)) <= 0)
		err(1, "no answer");
	if (memmem(buf, (size_t)n, "{\"message\":\"Hello, World!\"}", 27) == NULL)
		errx(1, "a wrong answer");
}

/* Its lines go where those of a server go, and are thrown away there. */
static void
forget_lines(struct ring *ring)
{
	const char	*lines;

	while (ring_rest(ring, &lines) > 0)
		;
}

int
main(int argc, char **argv)
{
	static unsigned char		 bytes[IN_SIZE];
	static struct board_thread	 slot;
	struct fcgi_in			 in = { .p = bytes,
	    .size = sizeof(bytes), .max = sizeof(bytes) };
	struct fcgi_rest		 rest = { NULL, 0 };
	long				 i, n;
	struct ring			*ring = ring_new(RING_SIZE);
	struct runner			 w;
	int				 fd[2];

	n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	if (n < 1 || n > REQUESTS_MAX)
		errx(64, "usage: instructions N");
	make_request();
	if (ring == NULL || runner_init(&w, make_site()) != STILE_OK)
		errx(1, "no memory");
	stile__log_to_ring(w.site->access, ring);
	w.slot = &slot;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		err(1, "socketpair");
	w.ids = 0;	/* not a random start: the same count each time */
	for (i = 0; i < n; i++) {
		if (send(fd[1], request, request_len, 0) < 0)
			err(1, "send");
		if (fcgi_serve(&w, fd[0], &in, &rest, false) != SERVED_KEPT)
			errx(1, "the connection was closed");
		read_answer(fd[1]);
		forget_lines(ring);
	}
	return 0;
}
