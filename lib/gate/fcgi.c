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
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "gate/fcgi_head.h"
#include "gate/serve.h"
#include "base/banned.h"

#define DRAIN_MAX	(8 * 1024 * 1024)	/* then the connection ends */
#define DIRECT_MIN	(64 * 1024)	/* from here on past libfcgi's buffer */
#define RECORD_MAX	65528		/* a multiple of 8, no padding */
#define BATCH		16		/* records a writev */
#define STATUS_MAX	32768

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

/* One request, for the functions of struct stile_io. */
struct call {
	FCGX_Request	 q;
	struct runner	*w;
};

static void
set_phase(struct runner *w, enum req_phase phase)
{
	atomic_store_explicit(&w->clock.phase, phase, memory_order_relaxed);
}

static long
fcgi_read(void *arg, void *p, size_t n)
{
	struct call	*c = arg;
	int		 k;

	set_phase(c->w, REQ_READING);
	k = FCGX_GetStr(p, n < INT_MAX ? (int)n : INT_MAX, c->q.in);
	set_phase(c->w, REQ_HANDLING);
	if (k == 0 && FCGX_GetError(c->q.in) != 0)
		return c->w->clock.late ? STILE_ETIME : STILE_EGONE;
	return k;
}

static enum stile_err
write_all(int fd, struct iovec *v, int n)
{
	ssize_t	k;

	while (n > 0) {
		/* EINTR: its time is up. */
		if ((k = writev(fd, v, n)) < 0)
			return STILE_EGONE;
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
put(FCGX_Request *q, const void *p, size_t n)
{
	if (n >= DIRECT_MIN) {
		if (FCGX_FFlush(q->out) != 0)
			return STILE_EGONE;
		return write_records(q, p, n);
	}
	return FCGX_PutStr(p, (int)n, q->out) == (int)n ? STILE_OK :
	    STILE_EGONE;
}

static enum stile_err
fcgi_write(void *arg, const void *p, size_t n)
{
	struct call	*c = arg;
	enum stile_err	 rc;

	set_phase(c->w, REQ_WRITING);
	rc = put(&c->q, p, n);
	set_phase(c->w, REQ_HANDLING);
	return rc;
}

static enum stile_err
fcgi_flush(void *arg)
{
	struct call	*c = arg;
	int		 rc;

	set_phase(c->w, REQ_WRITING);
	rc = FCGX_FFlush(c->q.out);
	set_phase(c->w, REQ_HANDLING);
	return rc == 0 ? STILE_OK : STILE_EGONE;
}

/* A web server closes its end when the client is gone. */
static bool
fcgi_gone(void *arg)
{
	struct call	*c = arg;
	ssize_t		 n;
	char		 next;

	n = recv(c->q.ipcFd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
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

/* ---- what comes before and beside requests -------------------------------- */

static enum served
end(int fd)
{
	close(fd);
	return SERVED_CLOSED;
}

/* Small enough to leave in one piece; the peer may be gone. */
static bool
say(int fd, unsigned type, unsigned id, const void *content, size_t n)
{
	unsigned char	head[FCGI_HEADER_LEN];
	struct iovec	v[2] = { { head, sizeof(head) },
	    { (void *)(uintptr_t)content, n } };

	fcgi_header(head, type, id, n);
	return write_all(fd, v, n > 0 ? 2 : 1) == STILE_OK;
}

static void
put_pair(struct stile_buf *b, struct stile_str name, struct stile_str value)
{
	size_t	i, n[2] = { name.len, value.len };
	int	shift;

	for (i = 0; i < 2; i++) {
		if (n[i] < 128)
			stile_buf_putc(b, (char)n[i]);
		else
			for (shift = 24; shift >= 0; shift -= 8)
				stile_buf_putc(b, (char)((n[i] >> shift |
				    (shift == 24 ? 0x80 : 0)) & 0xFF));
	}
	stile_buf_str(b, name);
	stile_buf_str(b, value);
}

/* Section 4.1; and the status, for whoever may send requests. */
static void
put_value(struct runner *w, struct stile_str name, struct stile_buf *out)
{
	const struct stile_site	*site = w->site;
	struct stile_buf	*text;

	if (stile_str_eq(name, STR(FCGI_MPXS_CONNS)))
		put_pair(out, name, STR("0"));
	else if (stile_str_eq(name, STR(FCGI_MAX_CONNS)) ||
	    stile_str_eq(name, STR(FCGI_MAX_REQS)))
		put_pair(out, name, stile_str(conf_text(site->conf,
		    "connections")));
	else if (stile_str_eq(name, STR(FCGI_STATUS)) && site->board != NULL &&
	    (text = stile_buf_new(w->arena, STATUS_MAX)) != NULL) {
		board_text(site->board, site->app->name, text);
		put_pair(out, name, stile_buf_view(text));
	}
}

static bool
tell(struct runner *w, int fd, struct stile_str names)
{
	struct stile_buf	*b;
	struct stile_str	 name, value;
	bool			 bad = false, said;

	if ((b = stile_buf_new(w->arena, UINT16_MAX)) == NULL)
		return false;
	while (fcgi_pair(&names, &name, &value, &bad))
		put_value(w, name, b);
	said = !bad && stile_buf_err(b) == STILE_OK && say(fd, FCGI_GET_VALUES_RESULT, 0,
	    stile_buf_view(b).p, stile_buf_view(b).len);
	stile_arena_reset(w->arena);
	return said;
}

/* A record that belongs to no request: take it, and answer it. */
static bool
manage(struct runner *w, int fd, const struct fcgi_head *h,
    const struct fcgi_look *look)
{
	unsigned char	unknown[8] = { (unsigned char)h->type };

	if (recv(fd, look->p, h->len, MSG_WAITALL) != (ssize_t)h->len)
		return false;
	if (h->id != 0)
		return true;
	if (h->type == FCGI_GET_VALUES)
		return tell(w, fd, h->content);
	return say(fd, FCGI_UNKNOWN_TYPE, 0, unknown, sizeof(unknown));
}

/* Section 5.5: a role that is not ours. */
static enum served
unknown_role(int fd, const struct fcgi_head *h)
{
	static const unsigned char	body[8] = {
		0, 0, 0, 0, FCGI_UNKNOWN_ROLE
	};

	say(fd, FCGI_END_REQUEST, h->id, body, sizeof(body));
	return end(fd);
}

static bool
grow(struct fcgi_look *look)
{
	size_t		 size = look->size * 4 < look->max ? look->size * 4 :
	    look->max;
	unsigned char	*p;

	if (look->size == look->max ||
	    (p = stile__realloc(look->p, size)) == NULL)
		return false;
	look->p = p;
	look->size = size;
	return true;
}

/* What is missing will not come any more. */
static bool
is_half_closed(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

/* What is there, without taking it. */
static enum fcgi_state
look_at(struct runner *w, int fd, struct fcgi_look *look, struct fcgi_head *h)
{
	enum fcgi_state	state;
	ssize_t		n;

	do {
		n = recv(fd, look->p, look->size, MSG_PEEK | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return FCGI_PART;
		if (n <= 0)
			return FCGI_BAD;
		state = fcgi_head_parse(look->p, (size_t)n, h);
	} while (state == FCGI_PART && (size_t)n == look->size && grow(look));
	look->n = (size_t)n;
	if (state == FCGI_PART && is_half_closed(fd))
		return FCGI_BAD;
	if (state != FCGI_PART || (size_t)n < look->max)
		return state;
	stile_log(w->site->log, STILE_WARN, "a connection is closed: too many "
	    "bytes of parameters", STILE_ARGS("max", (int64_t)look->max));
	return FCGI_BAD;
}

/* ---- a request -------------------------------------------------------------- */

/* Libfcgi reads it, now that it can be read without waiting. */
static enum served
serve_request(struct runner *w, int fd, bool refuse)
{
	struct call	c = { .w = w };
	bool		whole, drained;

	/* Without a listening socket it never waits in accept(2). */
	if (FCGX_InitRequest(&c.q, -1, 0) != 0)
		return end(fd);
	c.q.ipcFd = fd;
	c.q.keepConnection = 1;
	if (FCGX_Accept_r(&c.q) < 0)
		return SERVED_CLOSED;	/* and fd may be another's by now */
	whole = refuse ? runner_refuse(w, c.q.envp, &fcgi_io, &c) :
	    runner_run(w, c.q.envp, &fcgi_io, &c);
	if (!whole) {
		/* No end record: the web server sees that more was to come. */
		FCGX_Detach(&c.q);
		FCGX_Free(&c.q, 1);
		return SERVED_CLOSED;
	}
	/* First the body, then the answer: once nginx has an answer it sends
	 * no more of the body, and the end record would never come. */
	set_phase(w, REQ_READING);
	drained = drain(&c.q);
	set_phase(w, REQ_WRITING);
	if (!drained)
		c.q.keepConnection = 0;
	else if (!c.q.keepConnection)
		FCGX_Detach(&c.q);	/* nothing to linger for */
	FCGX_Finish_r(&c.q);
	set_phase(w, REQ_IDLE);
	return c.q.ipcFd >= 0 ? SERVED_KEPT : SERVED_CLOSED;
}

enum served
fcgi_serve(struct runner *w, int fd, struct fcgi_look *look, bool refuse)
{
	struct fcgi_head	h;
	enum served		how;
	bool			all;

	for (;;)
		switch (look_at(w, fd, look, &h)) {
		case FCGI_PART:
			return SERVED_PART;
		case FCGI_BAD:
			return end(fd);
		case FCGI_MANAGEMENT:
		case FCGI_STRAY:
			if (!manage(w, fd, &h, look))
				return end(fd);
			break;
		case FCGI_REQUEST:
			if (h.role != FCGI_RESPONDER &&
			    h.role != FCGI_AUTHORIZER)
				return unknown_role(fd, &h);
			all = fcgi_is_all(look->p, look->n, &h);
			how = serve_request(w, fd, refuse);
			/* What came with it has no event of its own. */
			return how == SERVED_KEPT && !all ? SERVED_MORE : how;
		}
}
