/* SPDX-License-Identifier: ISC */
/*
 * FastCGI on one connection: requests one after the other, records in and out.
 *
 * The request's body is read to its end record on every path before the answer
 * ends.  What stayed unread on a kept connection would be taken for the next
 * record, and a crafted body for a request of its own.
 */
#include "base/priv.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "gate/fcgi_head.h"
#include "gate/peer.h"
#include "gate/serve.h"
#include "base/banned.h"

#define DRAIN_MAX	(8 * 1024 * 1024)	/* then the connection ends */
#define LINGER_MS	2000	/* for the peer to read an answer first */
#define BODY_ROOM	1024	/* for records of a body */
#define TAKEN_MS	100	/* for the peer to read what it has */
#define OUT_MAX		8192	/* of an answer, gathered into one record */
#define RECORD_MAX	65528	/* a multiple of 8, no padding */
#define BATCH		16	/* records a sendmsg */
#define STATUS_MAX	(60 * 1024)	/* 512 workers, in one record */

/* One request, for the functions of struct stile_io. */
struct call {
	struct runner	*w;
	struct fcgi_in	*in;
	struct peer	*peer;
	unsigned	 id;
	bool		 in_ended, in_broken;
	enum { UNREAD, DRAINED, TOO_LONG } body;
	size_t		 in_left, in_pad;	/* of the present record */
	size_t		 nout;
	unsigned char	*out;		/* OUT_MAX bytes */
};

static void
set_phase(struct runner *w, enum req_phase phase)
{
	atomic_store_explicit(&w->clock.phase, phase, memory_order_relaxed);
}

/* ---- bytes ------------------------------------------------------------------ */

static bool
set_size(struct fcgi_in *in, size_t size)
{
	unsigned char	*p;

	if ((p = stile__realloc(in->p, size)) == NULL)
		return false;
	in->p = p;
	in->size = size;
	return true;
}

static bool
grow(struct fcgi_in *in)
{
	return in->size < in->max && set_size(in, in->size * 4 < in->max ?
	    in->size * 4 : in->max);
}

/* More bytes behind those that are there: how many; 0 at the end. */
static ssize_t
fill(struct fcgi_in *in, struct peer *peer, bool wait)
{
	unsigned char	*to;
	size_t		 room;
	ssize_t		 n;

	if (in->at > in->base) {
		memmove(in->p + in->base, in->p + in->at, in->n - in->at);
		in->n -= in->at - in->base;
		in->at = in->base;
	}
	to = in->p + in->n;
	room = in->size - in->n;
	n = wait ? peer_read(peer, to, room) :
	    recv(peer->fd, to, room, MSG_DONTWAIT);
	if (n > 0)
		in->n += (size_t)n;
	return n;
}

/* ---- the body: a stream of STDIN records --------------------------------------- */

/* The header of the next record is there, in c->in. */
static bool
need_header(struct call *c)
{
	while (c->in->n - c->in->at < FCGI_HEADER_LEN)
		if (fill(c->in, c->peer, true) <= 0)
			return false;
	return true;
}

static size_t
buffered(const struct call *c, size_t n)
{
	size_t	there = c->in->n - c->in->at;

	return n < there ? n : there;
}

static bool
skip_padding(struct call *c)
{
	size_t	n;

	while (c->in_pad > 0) {
		if (c->in->at == c->in->n &&
		    fill(c->in, c->peer, true) <= 0)
			return false;
		n = buffered(c, c->in_pad);
		c->in->at += n;
		c->in_pad -= n;
	}
	return true;
}

/* To the content of the next one, or to the end of the stream. */
static bool
next_record(struct call *c)
{
	struct fcgi_record	rec;

	if (!skip_padding(c) || !need_header(c) ||
	    fcgi_record_parse(c->in->p + c->in->at, FCGI_HEADER_LEN, &rec) !=
	    FCGI_REQUEST || rec.type != FCGI_STDIN || rec.id != c->id)
		return false;
	c->in->at += FCGI_HEADER_LEN;
	c->in_left = rec.len;
	c->in_pad = rec.whole - FCGI_HEADER_LEN - rec.len;
	if (rec.len == 0)
		c->in_ended = true;
	return rec.len > 0 || skip_padding(c);
}

/* Of what is there already, else straight from the socket. */
static ssize_t
read_content(struct call *c, void *p, size_t n)
{
	if (n > c->in_left)
		n = c->in_left;
	if (c->in->at < c->in->n) {
		n = buffered(c, n);
		memcpy(p, c->in->p + c->in->at, n);
		c->in->at += n;
		return (ssize_t)n;
	}
	return peer_read(c->peer, p, n);
}

/* Bytes of the body, 0 at its end, -1 where it breaks off. */
static long
read_body(struct call *c, void *p, size_t n)
{
	ssize_t	k;

	while (!c->in_broken && !c->in_ended && c->in_left == 0)
		c->in_broken = !next_record(c);
	if (c->in_broken || c->in_ended)
		return c->in_broken ? -1 : 0;
	if ((k = read_content(c, p, n)) <= 0) {
		c->in_broken = true;
		return -1;
	}
	c->in_left -= (size_t)k;
	return k;
}

/* ---- the answer: a stream of STDOUT records ----------------------------------- */

/* The header of a record that goes with what follows it. */
static size_t
put_record(struct iovec *v, unsigned char head[FCGI_HEADER_LEN], unsigned id,
    const void *p, size_t n)
{
	fcgi_header(head, FCGI_STDOUT, id, n);
	v[0] = (struct iovec){ head, FCGI_HEADER_LEN };
	v[1] = (struct iovec){ (void *)(uintptr_t)p, n };
	return 2;
}

/* Half a record may be out, behind which nothing can follow. */
static enum stile_err
gone(int fd)
{
	shutdown(fd, SHUT_RDWR);
	return STILE_EGONE;
}

/* What is gathered, and n bytes after it. */
static enum stile_err
send_out(struct call *c, const char *p, size_t n)
{
	unsigned char	head[BATCH][FCGI_HEADER_LEN];
	struct iovec	v[2 * BATCH];
	size_t		k, nv = 0;
	int		i = 0;

	if (c->nout > 0)
		nv = put_record(v, head[i++], c->id, c->out, c->nout);
	c->nout = 0;
	do {
		for (; i < BATCH && n > 0; p += k, n -= k) {
			k = n < RECORD_MAX ? n : RECORD_MAX;
			nv += put_record(v + nv, head[i++], c->id, p, k);
		}
		if (peer_write(c->peer, v, nv) != STILE_OK)
			return gone(c->peer->fd);
		i = 0;
		nv = 0;
	} while (n > 0);
	return STILE_OK;
}

/* All that is left, and the end of the stream and of the request. */
static enum stile_err
send_end(struct call *c)
{
	unsigned char	head[FCGI_HEADER_LEN], end[3 * FCGI_HEADER_LEN] = "";
	struct iovec	v[3];
	size_t		n = 0;

	if (c->nout > 0)
		n = put_record(v, head, c->id, c->out, c->nout);
	fcgi_header(end, FCGI_STDOUT, c->id, 0);
	fcgi_header(end + FCGI_HEADER_LEN, FCGI_END_REQUEST, c->id,
	    FCGI_HEADER_LEN);
	v[n++] = (struct iovec){ end, sizeof(end) };
	return peer_write(c->peer, v, n);
}

/* ---- struct stile_io --------------------------------------------------------- */

static long
fcgi_read(void *arg, void *p, size_t n)
{
	struct call	*c = arg;
	long		 k;

	set_phase(c->w, REQ_READING);
	errno = 0;
	k = read_body(c, p, n);
	set_phase(c->w, REQ_HANDLING);
	if (k >= 0)
		return k;
	return errno == ETIMEDOUT ? STILE_ETIME : STILE_EGONE;
}

static enum stile_err
fcgi_write(void *arg, const void *p, size_t n)
{
	struct call	*c = arg;
	enum stile_err	 rc;

	if (n <= OUT_MAX - c->nout) {
		memcpy(c->out + c->nout, p, n);
		c->nout += n;
		return STILE_OK;
	}
	set_phase(c->w, REQ_WRITING);
	rc = send_out(c, p, n);
	set_phase(c->w, REQ_HANDLING);
	return rc;
}

static enum stile_err
fcgi_flush(void *arg)
{
	struct call	*c = arg;
	enum stile_err	 rc;

	set_phase(c->w, REQ_WRITING);
	rc = send_out(c, NULL, 0);
	set_phase(c->w, REQ_HANDLING);
	return rc;
}

/* The peer sends no more, whatever is unread. */
static bool
is_half_closed(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

/* Where a record would begin. */
static bool
is_aborted(struct call *c)
{
	unsigned char		p[FCGI_HEADER_LEN];
	struct fcgi_record	rec;

	return c->in_ended && c->in->at == c->in->n &&
	    recv(c->peer->fd, p, sizeof(p), MSG_PEEK | MSG_DONTWAIT) ==
	    (ssize_t)sizeof(p) &&
	    fcgi_record_parse(p, sizeof(p), &rec) == FCGI_REQUEST &&
	    rec.type == FCGI_ABORT_REQUEST && rec.id == c->id;
}

/* A web server whose client is gone closes its end, or says so. */
static bool
fcgi_gone(void *arg)
{
	struct call	*c = arg;

	return is_half_closed(c->peer->fd) || is_aborted(c);
}

/* To the end record; false if that is too far or the stream is broken. */
static bool
drain(struct call *c)
{
	char	waste[8192];
	size_t	n;
	long	k;

	for (n = 0; n < DRAIN_MAX; n += (size_t)k)
		if ((k = read_body(c, waste, sizeof(waste))) <= 0)
			return k == 0;
	return false;
}

/*
 * Once nginx has some of an answer it sends no more of the body, and the end
 * record would never come: so first the body, then the answer.
 */
static void
fcgi_body_done(void *arg)
{
	struct call	*c = arg;

	if (c->body != UNREAD)
		return;
	set_phase(c->w, REQ_READING);
	c->body = drain(c) ? DRAINED : TOO_LONG;
	set_phase(c->w, REQ_HANDLING);
}

static const struct stile_io fcgi_io = {
	.name = "fastcgi",
	.body_ends = true,
	.read = fcgi_read,
	.body_done = fcgi_body_done,
	.write = fcgi_write,
	.flush = fcgi_flush,
	.gone = fcgi_gone,
};

static long
read_nothing(void *arg, void *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

/* The body goes elsewhere, once it may: section 6.3. */
static const struct stile_io authorizer_io = {
	.name = "fastcgi",
	.authorizes = true,
	.read = read_nothing,
	.write = fcgi_write,
	.flush = fcgi_flush,
	.gone = fcgi_gone,
};

/* ---- what comes before and beside requests -------------------------------- */

static enum served
end(int fd)
{
	close(fd);
	return SERVED_CLOSED;
}

static bool
say(struct peer *peer, unsigned type, unsigned id, const void *content,
    size_t n)
{
	unsigned char	head[FCGI_HEADER_LEN];
	struct iovec	v[2] = { { head, sizeof(head) },
	    { (void *)(uintptr_t)content, n } };

	fcgi_header(head, type, id, n);
	return peer_write(peer, v, 2) == STILE_OK;
}

static void
put_length(struct stile_buf *b, size_t n)
{
	if (n >= 128) {
		stile_buf_putc(b, (char)(0x80 | (n >> 24)));
		stile_buf_putc(b, (char)(n >> 16));
		stile_buf_putc(b, (char)(n >> 8));
	}
	stile_buf_putc(b, (char)n);
}

static void
put_pair(struct stile_buf *b, struct stile_str name, struct stile_str value)
{
	put_length(b, name.len);
	put_length(b, value.len);
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
tell(struct runner *w, struct peer *peer, struct stile_str names)
{
	struct stile_buf	*b;
	struct stile_str	 name, value;
	bool			 bad = false, said;

	if ((b = stile_buf_new(w->arena, FCGI_MAX_LENGTH)) == NULL)
		return false;
	while (fcgi_pair(&names, &name, &value, &bad))
		put_value(w, name, b);
	said = !bad && stile_buf_err(b) == STILE_OK &&
	    say(peer, FCGI_GET_VALUES_RESULT, 0, stile_buf_view(b).p,
	    stile_buf_view(b).len);
	stile_arena_reset(w->arena);
	return said;
}

/* A record that belongs to no request. */
static bool
manage(struct runner *w, struct peer *peer, const struct fcgi_head *h)
{
	unsigned char	unknown[8] = { (unsigned char)h->type };

	if (h->type == FCGI_GET_VALUES)
		return tell(w, peer, h->content);
	return say(peer, FCGI_UNKNOWN_TYPE, 0, unknown, sizeof(unknown));
}

/* Section 5.5: a role that is not ours. */
static enum served
unknown_role(struct peer *peer, const struct fcgi_head *h)
{
	static const unsigned char	body[8] = {
		0, 0, 0, 0, FCGI_UNKNOWN_ROLE
	};

	say(peer, FCGI_END_REQUEST, h->id, body, sizeof(body));
	return end(peer->fd);
}

/*
 * What is there, and all that can be had without waiting, as long as it is no
 * more than a part of something.
 */
static enum fcgi_state
look_at(struct runner *w, struct fcgi_in *in, struct peer *peer,
    struct fcgi_head *h)
{
	enum fcgi_state	state;
	ssize_t		n;

	for (;;) {
		state = fcgi_head_parse(in->p + in->at, in->n - in->at, h);
		if (state != FCGI_PART)
			return state;
		if (in->at == 0 && in->n == in->size && !grow(in))
			break;
		n = fill(in, peer, false);
		if (n < 0 && errno == EAGAIN)
			return FCGI_PART;
		if (n <= 0)
			return FCGI_BAD;
	}
	stile_log(w->site->log, STILE_WARN, "a connection is closed: too many "
	    "bytes of parameters", STILE_ARGS("max", (int64_t)in->max));
	return FCGI_BAD;
}

/* ---- a request -------------------------------------------------------------- */

/*
 * What is unread when a socket is closed makes the peer lose the answer as
 * well, so it gets a while to take that and to close its own end.
 */
static void
linger(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		waste[8192];
	int		i;

	shutdown(fd, SHUT_WR);
	for (i = 0; i < LINGER_MS / 10; i++)
		if (poll(&p, 1, 10) > 0 &&
		    recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return;
}

static enum served
finish(struct call *c, bool keep)
{
	fcgi_body_done(c);
	set_phase(c->w, REQ_WRITING);
	if (send_end(c) != STILE_OK)
		keep = false;
	else if (c->body == TOO_LONG && !c->peer->hurry)
		linger(c->peer->fd);
	set_phase(c->w, REQ_IDLE);
	if (!keep || c->body == TOO_LONG)
		return end(c->peer->fd);
	return c->in->at < c->in->n ? SERVED_MORE : SERVED_KEPT;
}

/* What has been sent, or the end would take it along. */
static void
wait_taken(int fd)
{
	static const struct timespec	moment = { 0, 1000000 };
	int				i, left = 0;

	for (i = 0; i < TAKEN_MS && ioctl(fd, SIOCOUTQ, &left) == 0 &&
	    left > 0; i++)
		nanosleep(&moment, NULL);
}

/*
 * The answer was cut: no end record.  That alone is not enough, for nginx takes
 * the end of a connection for the end of an answer that it does not buffer.
 * Where a record would begin, version 0 makes it, and others, break off too.
 */
static enum served
break_off(struct peer *peer)
{
	char		version_0[FCGI_HEADER_LEN] = "";
	struct iovec	v = { version_0, sizeof(version_0) };

	wait_taken(peer->fd);
	peer_write(peer, &v, 1);
	return end(peer->fd);
}

/* Behind the head, which must not move while the request lasts. */
static bool
make_room(struct fcgi_in *in, size_t head)
{
	size_t	size = in->at + head + BODY_ROOM;

	return in->size >= size || set_size(in, size);
}

static enum served
serve_request(struct runner *w, struct fcgi_in *in, struct peer *peer,
    const struct fcgi_head *h)
{
	unsigned char	 out[OUT_MAX];
	struct call	 c = { .w = w, .in = in, .peer = peer, .id = h->id,
	    .out = out };
	const struct stile_io *io = &fcgi_io;
	char		**vars;
	bool		 whole;

	if (!make_room(in, h->len))
		return end(peer->fd);
	if (h->role == FCGI_AUTHORIZER) {
		io = &authorizer_io;
		c.in_ended = true;
	}
	if ((vars = fcgi_vars(w->arena, in->p + in->at, h)) == NULL)
		return end(peer->fd);
	in->base = in->at += h->len;
	whole = (peer->hurry ? runner_refuse : runner_run)(w, vars, io, &c);
	return whole ? finish(&c, h->keep) : break_off(peer);
}

/* What has arrived of the next one waits with the connection. */
static enum served
put_aside(struct fcgi_in *in, struct fcgi_rest *rest, int fd, enum served how)
{
	size_t	n = in->n - in->at;

	if (how == SERVED_CLOSED || n == 0)
		return how;
	if ((rest->p = stile__malloc(n)) == NULL)
		return end(fd);
	memcpy(rest->p, in->p + in->at, n);
	rest->n = n;
	return how;
}

static bool
take_up(struct fcgi_in *in, struct fcgi_rest *rest)
{
	in->at = in->n = in->base = 0;
	while (in->size < rest->n)
		if (!grow(in))
			return false;
	if (rest->n > 0)
		memcpy(in->p, rest->p, rest->n);
	in->n = rest->n;
	free(rest->p);
	*rest = (struct fcgi_rest){ NULL, 0 };
	return true;
}

enum served
fcgi_serve(struct runner *w, int fd, struct fcgi_in *in,
    struct fcgi_rest *rest, bool refuse)
{
	struct peer		peer = { .fd = fd, .conf = w->site->conf,
	    .hurry = refuse };
	struct fcgi_head	h;

	if (!take_up(in, rest))
		return end(fd);
	for (;;)
		switch (look_at(w, in, &peer, &h)) {
		case FCGI_PART:
			return put_aside(in, rest, fd, SERVED_PART);
		case FCGI_BAD:
			return end(fd);
		case FCGI_MANAGEMENT:
			if (!manage(w, &peer, &h))
				return end(fd);
			in->at += h.len;
			break;
		case FCGI_STRAY:
			in->at += h.len;
			break;
		case FCGI_REQUEST:
			if (h.role != FCGI_RESPONDER &&
			    h.role != FCGI_AUTHORIZER)
				return unknown_role(&peer, &h);
			return put_aside(in, rest, fd,
			    serve_request(w, in, &peer, &h));
		}
}
