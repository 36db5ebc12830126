/* SPDX-License-Identifier: ISC */
/*
 * FastCGI through libfcgi, one request at a time on a socket that we accepted
 * and keep.  Nothing else includes <fcgiapp.h>.
 *
 * The request's body is read to its end record on every path before the answer
 * ends.  What stayed unread on a kept connection would be taken for the next
 * record, and a crafted body for a request of its own.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcgiapp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "gate/gate.h"
#include "base/banned.h"

#define DRAIN_MAX	(8 * 1024 * 1024)	/* then the connection ends */
#define DIRECT_MIN	(64 * 1024)	/* from here on past libfcgi's buffer */
#define RECORD_MAX	65528		/* a multiple of 8, no padding */
#define BATCH		16		/* records a writev */

/* The fields of libfcgi's struct that are used here, as 2.4.1 to 2.4.7 have. */
_Static_assert(sizeof(((FCGX_Request *)0)->ipcFd) == sizeof(int), "ipcFd");
_Static_assert(sizeof(((FCGX_Request *)0)->keepConnection) == sizeof(int),
    "keepConnection");
_Static_assert(sizeof(((FCGX_Request *)0)->requestId) == sizeof(int),
    "requestId");

enum stile_err
fcgi_init(void)
{
	return FCGX_Init() == 0 ? STILE_OK : STILE_EIO;
}

static long
fcgi_read(void *arg, void *p, size_t n)
{
	FCGX_Request	*q = arg;
	int		 k;

	k = FCGX_GetStr(p, n < INT_MAX ? (int)n : INT_MAX, q->in);
	if (k == 0 && FCGX_GetError(q->in) != 0)
		return STILE_EGONE;
	return k;
}

static enum stile_err
write_all(int fd, struct iovec *v, int n)
{
	ssize_t	k;

	while (n > 0) {
		if ((k = writev(fd, v, n)) < 0) {
			if (errno == EINTR)
				continue;
			return STILE_EGONE;
		}
		for (; n > 0 && (size_t)k >= v->iov_len; v++, n--)
			k -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + k;
			v->iov_len -= (size_t)k;
		}
	}
	return STILE_OK;
}

/* FCGI_STDOUT records, FastCGI specification 3.3 */
static enum stile_err
write_records(FCGX_Request *q, const char *p, size_t n)
{
	unsigned char	 head[BATCH][8];
	struct iovec	 v[2 * BATCH];
	size_t		 k;
	int		 i;

	while (n > 0) {
		for (i = 0; i < BATCH && n > 0; i++, p += k, n -= k) {
			k = n < RECORD_MAX ? n : RECORD_MAX;
			memcpy(head[i], (unsigned char[]){ 1, 6,
			    (unsigned char)(q->requestId >> 8),
			    (unsigned char)q->requestId,
			    (unsigned char)(k >> 8), (unsigned char)k,
			    0, 0 }, 8);
			v[2 * i] = (struct iovec){ head[i], 8 };
			v[2 * i + 1] = (struct iovec){
			    (void *)(uintptr_t)p, k };
		}
		if (write_all(q->ipcFd, v, 2 * i) != STILE_OK)
			return STILE_EGONE;
	}
	return STILE_OK;
}

static enum stile_err
fcgi_write(void *arg, const void *p, size_t n)
{
	FCGX_Request	*q = arg;

	if (n >= DIRECT_MIN) {
		if (FCGX_FFlush(q->out) != 0)
			return STILE_EGONE;
		return write_records(q, p, n);
	}
	return FCGX_PutStr(p, (int)n, q->out) == (int)n ? STILE_OK :
	    STILE_EGONE;
}

static enum stile_err
fcgi_flush(void *arg)
{
	FCGX_Request	*q = arg;

	return FCGX_FFlush(q->out) == 0 ? STILE_OK : STILE_EGONE;
}

/* A web server closes its end when the client is gone. */
static bool
fcgi_gone(void *arg)
{
	FCGX_Request	*q = arg;
	ssize_t		 n;
	char		 c;

	n = recv(q->ipcFd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static const struct stile_io fcgi_io = {
	.name = "fastcgi",
	.body_ends = true,
	.read = fcgi_read,
	.write = fcgi_write,
	.flush = fcgi_flush,
	.gone = fcgi_gone,
};

/* To the end record; false if that is too far or the stream is broken. */
static bool
drain(FCGX_Request *q)
{
	char	waste[8192];
	size_t	n;
	int	k;

	for (n = 0; n < DRAIN_MAX; n += (size_t)k)
		if ((k = FCGX_GetStr(waste, sizeof(waste), q->in)) <
		    (int)sizeof(waste))
			return FCGX_GetError(q->in) == 0;
	return false;
}

bool
fcgi_serve(struct worker *w, int fd)
{
	FCGX_Request	q;
	bool		drained;

	/* Without a listening socket it never waits in accept(2). */
	if (FCGX_InitRequest(&q, -1, 0) != 0) {
		close(fd);
		return false;
	}
	q.ipcFd = fd;
	q.keepConnection = 1;
	if (FCGX_Accept_r(&q) < 0)
		return false;	/* fd is closed, and may be another's by now */
	if (!worker_run(w, q.envp, &fcgi_io, &q)) {
		/* No end record: the web server sees that more was to come. */
		FCGX_Detach(&q);
		FCGX_Free(&q, 1);
		return false;
	}
	/* First the body, then the answer: once nginx has an answer it sends
	 * no more of the body, and the end record would never come. */
	drained = drain(&q);
	if (!drained)
		q.keepConnection = 0;
	else if (!q.keepConnection)
		FCGX_Detach(&q);	/* nothing to linger for */
	FCGX_Finish_r(&q);
	return q.ipcFd >= 0;
}
