/* SPDX-License-Identifier: ISC */
/*
 * The limit: the smallest FastCGI responder there can be.  One thread, one
 * epoll set; it looks at the records of a request only to see where they end,
 * and then writes one answer that was made beforehand.
 *
 *	canned [BYTES] <LISTENING-SOCKET
 *
 * With BYTES, the body is that long, in the records that a body from memory
 * has, written with writev(2).  Sockets block, and that is right here:
 * who asks also reads.
 */
#include "base/priv.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define LISTEN_FD	0
#define RECORD_MAX	65528		/* a multiple of 8, no padding */
#define BATCH		16		/* records a writev */
#define BYTES_MAX	(1 << 30)

enum { FCGI_BEGIN = 1, FCGI_END = 3, FCGI_STDIN = 5, FCGI_STDOUT = 6 };

struct conn {
	int		fd;
	bool		keep;
	unsigned char	head[16];	/* FCGI_BEGIN with its body, else 8 */
	size_t		have;
	size_t		skip;		/* of the record's content and padding */
};

static struct iovec	*answer;	/* all of it, as pieces for writev */
static size_t		 npieces;

/* ---- the answer, once ------------------------------------------------------ */

static void
add_piece(void *p, size_t n)
{
	answer[npieces].iov_base = p;
	answer[npieces++].iov_len = n;
}

/* nginx gives each request the id 1. */
static void
add_record(int type, void *p, size_t n)
{
	unsigned char	*head;

	if ((head = calloc(1, 8)) == NULL)
		err(1, NULL);
	head[0] = 1;
	head[1] = (unsigned char)type;
	head[3] = 1;
	head[4] = (unsigned char)(n >> 8);
	head[5] = (unsigned char)n;
	add_piece(head, 8);
	if (n > 0)
		add_piece(p, n);
}

/* Small answers leave in one piece. */
static void
join_pieces(void)
{
	unsigned char	*all;
	size_t		 i, n = 0;

	if ((all = malloc(RECORD_MAX)) == NULL)
		err(1, NULL);
	for (i = 0; i < npieces; n += answer[i++].iov_len)
		memcpy(all + n, answer[i].iov_base, answer[i].iov_len);
	npieces = 0;
	add_piece(all, n);
}

static void
make_answer(size_t bytes)
{
	static char		 text[256];
	static unsigned char	 end[8];
	char			*body;
	size_t			 n, off;

	answer = calloc(2 * (bytes / RECORD_MAX + 1) + 6, sizeof(*answer));
	if (answer == NULL || (body = malloc(bytes + 1)) == NULL)
		err(1, NULL);
	memset(body, 'x', bytes);	/* memory of its own for each page */
	snprintf(text, sizeof(text), "Status: 200 OK\r\n"
	    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
	    bytes > 0 ? "application/octet-stream" : "application/json",
	    bytes > 0 ? bytes : 27,
	    bytes > 0 ? "" : "{\"message\":\"Hello, World!\"}");
	add_record(FCGI_STDOUT, text, strlen(text));
	for (off = 0; off < bytes; off += n) {
		n = bytes - off < RECORD_MAX ? bytes - off : RECORD_MAX;
		add_record(FCGI_STDOUT, body + off, n);
	}
	add_record(FCGI_STDOUT, NULL, 0);
	add_record(FCGI_END, end, sizeof(end));
	if (bytes == 0)
		join_pieces();
}

/* ---- a request ------------------------------------------------------------- */

static bool
write_answer(int fd)
{
	struct iovec	 copy[2 * BATCH], *v;
	size_t		 done, n;
	ssize_t		 k;

	for (done = 0; done < npieces; done += n) {
		n = npieces - done < 2 * BATCH ? npieces - done : 2 * BATCH;
		memcpy(copy, answer + done, n * sizeof(*copy));
		for (v = copy; v < copy + n;) {
			k = writev(fd, v, (int)(copy + n - v));
			if (k < 0)
				return false;
			for (; v < copy + n && (size_t)k >= v->iov_len; v++)
				k -= (ssize_t)v->iov_len;
			if (v < copy + n) {
				v->iov_base = (char *)v->iov_base + k;
				v->iov_len -= (size_t)k;
			}
		}
	}
	return true;
}

/* Go over what arrived; true at the empty record that ends a request. */
static bool
ends_request(struct conn *c, const unsigned char *p, size_t n)
{
	size_t	k, want;
	bool	end = false;

	while (n > 0) {
		if (c->skip > 0) {
			k = n < c->skip ? n : c->skip;
			c->skip -= k;
			p += k;
			n -= k;
			continue;
		}
		c->head[c->have++] = *p++;
		n--;
		want = c->have > 1 && c->head[1] == FCGI_BEGIN ? 16 : 8;
		if (c->have < want)
			continue;
		c->have = 0;
		if (want == 16)
			c->keep = c->head[10] & 1;
		else
			c->skip = (size_t)(c->head[4] << 8 | c->head[5]) +
			    c->head[6];
		end = c->head[1] == FCGI_STDIN && c->skip == 0;
	}
	return end;
}

/* False: the connection is over. */
static bool
serve(struct conn *c)
{
	static unsigned char	buf[65536];
	ssize_t			n;

	if ((n = read(c->fd, buf, sizeof(buf))) <= 0)
		return false;
	if (!ends_request(c, buf, (size_t)n))
		return true;
	return write_answer(c->fd) && c->keep;
}

/* ---- the loop -------------------------------------------------------------- */

static void
add_connection(int epoll_fd)
{
	struct epoll_event	 ev = { .events = EPOLLIN };
	struct conn		*c;
	int			 fd;

	if ((fd = accept(LISTEN_FD, NULL, NULL)) < 0) {
		if (errno != ECONNABORTED && errno != EAGAIN)
			err(1, "accept");
		return;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	c->fd = fd;
	ev.data.ptr = c;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		err(1, "epoll_ctl");
}

int
main(int argc, char **argv)
{
	struct epoll_event	 ev[64] = { { .events = EPOLLIN } };
	struct conn		*c;
	long			 bytes = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	int			 epoll_fd, i, n;

	if (argc > 2 || bytes < 0 || bytes > BYTES_MAX)
		errx(64, "usage: canned [BYTES] <LISTENING-SOCKET");
	signal(SIGPIPE, SIG_IGN);
	make_answer((size_t)bytes);
	if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, LISTEN_FD, ev) != 0)
		err(1, "epoll");
	for (;;) {
		n = epoll_wait(epoll_fd, ev, 64, -1);
		for (i = 0; i < n; i++) {
			if ((c = ev[i].data.ptr) == NULL)
				add_connection(epoll_fd);
			else if (!serve(c)) {
				close(c->fd);
				free(c);
			}
		}
	}
}
