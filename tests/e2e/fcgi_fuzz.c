/* SPDX-License-Identifier: ISC */
/*
 * Streams of FastCGI records for a server of tests/e2e/probe, right and wrong
 * ones, from a seed: the same seed and number make the same stream.
 *
 *   fcgi_fuzz SOCKET SEED FIRST COUNT PARALLEL
 *
 * One in four is right, however odd, and its answers have to be.  The others
 * are changed: records that are missing, there twice, elsewhere, or new ones,
 * fields of headers, bits, an end anywhere.  What the server says to those has
 * to be records, and in the end it has to close the connection.  After each
 * thousand one that is right has to be answered right once more, alone.
 *
 * A right one is sent once more if the connection ends before its answer, for
 * a worker may have crashed; how often that was, and how often a record was
 * cut, is in the line that sums up.
 *
 * Exit status 1, and the number of the stream, when something is wrong.
 */
#include "config.h"

#include <errno.h>
#include <fastcgi.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BATCH		1000
#define PARALLEL_MAX	256
#define PATIENCE	60		/* seconds for one stream */
#define RECORDS_MAX	4096
#define CONTENT_MAX	(768 * 1024)	/* of all records of a stream */
#define STREAM_MAX	(CONTENT_MAX + RECORDS_MAX * (8 + 255))
#define TURNS_MAX	3
#define BODY_MAX	100000
#define ANSWER_MAX	(BODY_MAX + 16384)
#define RECORD_MAX	(8 + 65535 + 255)
#define CHANCE(n)	(below(n) == 0)
#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

struct record {
	unsigned char	 head[8];
	unsigned char	*content;
	size_t		 n, pad;
};

/* A request of a right stream, and what it shall be answered. */
struct turn {
	size_t	end;		/* of its bytes; the next one waits */
	size_t	asides;		/* answers to management records before it */
	size_t	body;
	unsigned id;
};

struct conn {
	int		 fd;		/* -1: free */
	uint64_t	 number;
	time_t		 until;
	unsigned char	*out;
	size_t		 n, at;
	size_t		 piece;		/* the next send ends here */
	bool		 right;
	bool		 again;		/* it was cut once */
	bool		 vanishes;	/* once all is sent */
	bool		 ended;		/* nothing more will be sent */
	struct turn	 turns[TURNS_MAX];
	size_t		 nturns, turn;
	unsigned char	 in[RECORD_MAX];
	size_t		 nin;
	char		 answer[ANSWER_MAX];
	size_t		 nanswer;
};

static struct conn	 conns[PARALLEL_MAX];
static const char	*path;
static uint64_t		 seed, sent, received, right_ones, cut;

/* The stream that is being made. */
static uint64_t		 state;
static struct record	 records[RECORDS_MAX];
static size_t		 nrecords;
static unsigned char	 content[CONTENT_MAX];
static size_t		 ncontent;

static _Noreturn void
wrong(uint64_t number, const char *what)
{
	printf("seed %" PRIu64 ", stream %" PRIu64 ": %s\n", seed, number,
	    what);
	exit(1);
}

static _Noreturn void
die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- chance ------------------------------------------------------------- */

/* splitmix64 */
static uint64_t
next(void)
{
	uint64_t	z = state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static size_t
below(size_t n)
{
	return (size_t)(next() % n);
}

/* Small ones more often. */
static size_t
up_to(size_t n)
{
	return below(below(below(n + 1) + 1) + 1);
}

static unsigned
some_id(void)
{
	static const unsigned	ids[] = { 0, 1, 1, 1, 2, 255, 256, 65535 };

	return ids[below(NELEM(ids))];
}

/* ---- making records ----------------------------------------------------- */

static unsigned char *
room(size_t n)
{
	if (n > sizeof(content) - ncontent)
		die("too much content");
	ncontent += n;
	return content + ncontent - n;
}

static void
put(unsigned type, unsigned id, const void *p, size_t n, size_t pad)
{
	struct record	*r = &records[nrecords];

	if (nrecords == RECORDS_MAX)
		die("too many records");
	nrecords++;
	*r = (struct record){ .head = { 1, (unsigned char)type,
	    (unsigned char)(id >> 8), (unsigned char)id,
	    (unsigned char)(n >> 8), (unsigned char)n, (unsigned char)pad },
	    .content = room(n), .n = n, .pad = pad };
	if (n > 0)
		memcpy(r->content, p, n);
}

static size_t
some_pad(void)
{
	return CHANCE(3) ? below(256) : 0;
}

/*
 * Content in records of different sizes, and the empty one, without padding:
 * libfcgi does not count it there, nor behind BEGIN_REQUEST.
 */
static void
put_stream(unsigned type, unsigned id, const unsigned char *p, size_t n)
{
	size_t	k, max = CHANCE(2) ? 65535 : 1 + n / 200 + up_to(3000);

	for (; n > 0; p += k, n -= k) {
		k = 1 + below(max);
		if (k > n)
			k = n;
		put(type, id, p, k, some_pad());
	}
	put(type, id, NULL, 0, 0);
}

static size_t
length(unsigned char *p, size_t n)
{
	if (n < 128 && !CHANCE(8)) {
		*p = (unsigned char)n;
		return 1;
	}
	memcpy(p, (unsigned char[]){ (unsigned char)(n >> 24 | 0x80),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n }, 4);
	return 4;
}

static size_t
pair(unsigned char *p, const char *name, const char *value, size_t n)
{
	size_t	k, len = strlen(name);

	k = length(p, len);
	k += length(p + k, n);
	memcpy(p + k, name, len);
	memcpy(p + k + len, value, n);
	return k + len + n;
}

static size_t
text_pair(unsigned char *p, const char *name, const char *value)
{
	return pair(p, name, value, strlen(value));
}

/* Few of the known names: libfcgi has room for three where it answers. */
static void
put_management(unsigned id)
{
	static const char *const	names[] = {
		"FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS",
		"X", "", "FCGI_STATUS", "STILE_STATUS",
	};
	unsigned char			p[1000];
	size_t				i, n = 0;

	if (CHANCE(4)) {
		put(10 + (unsigned)below(246), id, "content", below(8),
		    some_pad());
		return;
	}
	for (i = below(4); i > 0; i--)
		n += text_pair(p + n, names[below(NELEM(names))],
		    CHANCE(4) ? "value" : "");
	put(FCGI_GET_VALUES, id, p, n, some_pad());
}

/* Of a request that is over, or never was. */
static void
put_stray(void)
{
	static const unsigned	types[] = { FCGI_ABORT_REQUEST, FCGI_PARAMS,
	    FCGI_STDIN, FCGI_DATA };

	put(types[below(NELEM(types))], 1 + (unsigned)below(65535), "stray",
	    below(6), some_pad());
}

/* Bytes that show where one was lost: no period fits a record's size. */
static unsigned char
body_byte(uint64_t number, size_t i)
{
	return (unsigned char)((i + number) % 251);
}

static void
put_request(uint64_t number, const struct turn *t, const char *method,
    const char *target, const char *said, unsigned role, bool keep)
{
	static unsigned char	p[RECORD_MAX], body[BODY_MAX];
	static char		value[65535];
	unsigned char		b[8] = { (unsigned char)(role >> 8),
	    (unsigned char)role, keep };
	size_t			i, n = 0;

	put(FCGI_BEGIN_REQUEST, t->id, b, sizeof(b), 0);
	n += text_pair(p + n, "REQUEST_METHOD", method);
	n += text_pair(p + n, "REQUEST_URI", target);
	n += text_pair(p + n, "PATH_INFO", target);
	n += text_pair(p + n, "SCRIPT_NAME", "");
	n += text_pair(p + n, "CONTENT_LENGTH", said);
	n += text_pair(p + n, "HTTP_HOST", "localhost");
	for (i = up_to(8); i > 0; i--)
		n += pair(p + n, CHANCE(5) ? "" : "X", value, up_to(300));
	if (CHANCE(50))
		n += pair(p + n, "X", value, below(sizeof(value) - n - 100));
	put_stream(FCGI_PARAMS, t->id, p, n);
	for (i = 0; i < t->body; i++)
		body[i] = body_byte(number, i);
	put_stream(FCGI_STDIN, t->id, body, t->body);
}

static size_t
some_body(void)
{
	return CHANCE(30) ? below(BODY_MAX) : up_to(3000);
}

/* ---- right streams ------------------------------------------------------ */

static size_t
write_records(unsigned char *out)
{
	const struct record	*r;
	size_t			 n = 0;

	for (r = records; r < records + nrecords; r++) {
		memcpy(out + n, r->head, 8);
		n += 8;
		if (r->n > 0)
			memcpy(out + n, r->content, r->n);
		n += r->n;
		memset(out + n, 0, r->pad);
		n += r->pad;
	}
	nrecords = ncontent = 0;
	return n;
}

static void
make_right(struct conn *c)
{
	struct turn	*t;
	char		 said[24];
	size_t		 i;
	bool		 last;

	c->nturns = 1 + up_to(TURNS_MAX - 1);
	for (t = c->turns; t < c->turns + c->nturns; t++) {
		*t = (struct turn){ .id = 1 + (unsigned)below(65535),
		    .body = some_body() };
		for (i = up_to(3); i > 0; i--)
			if (CHANCE(2)) {
				put_management(0);
				t->asides++;
			} else
				put_stray();
		snprintf(said, sizeof(said), "%zu", t->body);
		last = t == c->turns + c->nturns - 1;
		put_request(c->number, t, "POST", "/echo", CHANCE(4) ? "" :
		    said, FCGI_RESPONDER, !last || CHANCE(2));
		c->n += write_records(c->out + c->n);
		t->end = c->n;
	}
}

/* ---- wrong ones --------------------------------------------------------- */

static void
put_some_request(uint64_t number)
{
	static const char *const	methods[] = { "GET", "POST", "POST",
	    "HEAD", "PUT", "OPTIONS", "" };
	static const char *const	targets[] = { "/echo", "/echo",
	    "/big?n=100000", "/var/X", "/folder/", "/nothing", "", "*" };
	static const unsigned		roles[] = { 1, 1, 1, 1, 1, 1, 2, 3, 0,
	    65535 };
	struct turn			t = { .id = some_id(),
	    .body = some_body() };
	char				said[24];

	snprintf(said, sizeof(said), "%zu", CHANCE(2) ? t.body : some_body());
	put_request(number, &t, methods[below(NELEM(methods))],
	    targets[below(NELEM(targets))], CHANCE(8) ? "-1" : said,
	    roles[below(NELEM(roles))], !CHANCE(4));
}

static void
insert(size_t at, struct record r)
{
	if (nrecords == RECORDS_MAX)
		return;
	memmove(records + at + 1, records + at,
	    (nrecords - at) * sizeof(*records));
	records[at] = r;
	nrecords++;
}

/* One that is new, in the place of a random one. */
static void
insert_new(void)
{
	size_t		at = below(nrecords);
	struct record	r;

	if (nrecords == RECORDS_MAX)
		return;
	switch (below(4)) {
	case 0:
		put_management(CHANCE(4) ? some_id() : 0);
		break;
	case 1:
		put_stray();
		break;
	case 2:
		put(FCGI_ABORT_REQUEST, some_id(), NULL, 0, some_pad());
		break;
	default:
		put((unsigned)below(256), some_id(), "\0\1\1\0\0\0\0\0",
		    CHANCE(2) ? 8 : below(9), some_pad());
		break;
	}
	r = records[--nrecords];
	insert(at, r);
}

static void
change_records(void)
{
	size_t		i = below(nrecords), k = below(nrecords);
	struct record	r = records[i];

	switch (below(6)) {
	case 0:
		insert(k, r);
		break;
	case 1:
		records[i] = records[k];
		records[k] = r;
		break;
	case 2:
		if (nrecords > 1)
			records[i] = records[--nrecords];
		break;
	case 3:
		insert_new();
		break;
	case 4:		/* version, type, id, length or padding */
		records[i].head[below(7)] = (unsigned char)(CHANCE(2) ?
		    below(256) : below(12));
		break;
	default:	/* one of them says it is another's */
		memcpy(records[i].head + 2, records[k].head + 2, 2);
		break;
	}
}

static void
change_bytes(unsigned char *p, size_t *n)
{
	size_t	at = below(*n), k;

	switch (below(4)) {
	case 0:
		p[at] ^= (unsigned char)(1 << below(8));
		break;
	case 1:
		p[at] = (unsigned char)below(256);
		break;
	case 2:		/* some are missing */
		k = 1 + up_to(*n - at - 1);
		memmove(p + at, p + at + k, *n - at - k);
		*n -= k;
		break;
	default:	/* some are there twice */
		k = 1 + up_to(*n - at - 1);
		if (k > STREAM_MAX - *n)
			return;
		memmove(p + at + k, p + at, *n - at);
		*n += k;
		break;
	}
}

static void
make_wrong(struct conn *c)
{
	size_t	i;

	for (i = 1 + up_to(2); i > 0; i--) {
		if (CHANCE(4))
			put_management(0);
		if (CHANCE(4))
			put_stray();
		put_some_request(c->number);
	}
	if (!CHANCE(4))
		for (i = 1 + up_to(5); i > 0; i--)
			change_records();
	c->n = write_records(c->out);
	if (CHANCE(2))
		for (i = 1 + up_to(8); i > 0 && c->n > 1; i--)
			change_bytes(c->out, &c->n);
	if (CHANCE(4))
		c->n = below(c->n + 1);
	c->vanishes = CHANCE(8);
}

/* ---- one connection ----------------------------------------------------- */

static int
dial(void)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		die(path);
	return fd;
}

static bool
is_answered(const struct conn *c)
{
	return c->turn == c->nturns;
}

/* A right request waits for the answer to the one before it. */
static size_t
limit(const struct conn *c)
{
	return is_answered(c) ? c->n : c->turns[c->turn].end;
}

/* Mostly in one piece, sometimes in two or many. */
static void
next_piece(struct conn *c)
{
	size_t	left = limit(c) - c->at;

	if (left > 1 && CHANCE(3))
		left = 1 + below(CHANCE(2) || left < 50 ? left : 50);
	c->piece = c->at + left;
}

static void
open_stream(struct conn *c, uint64_t number)
{
	unsigned char	*out = c->out;

	if (out == NULL && (out = malloc(STREAM_MAX)) == NULL)
		die("malloc");
	state = seed * 0x9E3779B97F4A7C15u ^ number * 0xD1B54A32D192ED03u;
	c->out = out;
	c->number = number;
	c->n = c->at = c->nin = c->nanswer = c->turn = c->nturns = 0;
	c->vanishes = c->ended = false;
	c->until = time(NULL) + PATIENCE;
	if ((c->right = number % 4 == 0))
		make_right(c);
	else
		make_wrong(c);
	c->fd = dial();
	next_piece(c);
}

static void
close_stream(struct conn *c)
{
	close(c->fd);
	c->fd = -1;
	if (!is_answered(c)) {
		if (c->again)
			wrong(c->number, "closed before its answer, twice");
		c->again = true;
		cut++;
		open_stream(c, c->number);
		return;
	}
	c->again = false;
	right_ones += c->right;
}

/* Its body is the request's. */
static void
check_answer(struct conn *c, const struct turn *t)
{
	const char	*body;
	size_t		 i, n;

	body = memmem(c->answer, c->nanswer, "\r\n\r\n", 4);
	if (body == NULL)
		wrong(c->number, "an answer without an end of its head");
	if (memmem(c->answer, (size_t)(body - c->answer), "Status: 200", 11) ==
	    NULL)
		wrong(c->number, "a right request was not answered with 200");
	body += 4;
	n = c->nanswer - (size_t)(body - c->answer);
	if (n != t->body)
		wrong(c->number, "an answer of another length");
	for (i = 0; i < n; i++)
		if ((unsigned char)body[i] != body_byte(c->number, i))
			wrong(c->number, "an answer with other bytes");
	c->nanswer = 0;
}

static void
take_right(struct conn *c, unsigned type, unsigned id, const unsigned char *p,
    size_t n)
{
	struct turn	*t = &c->turns[c->turn];

	if (c->turn == c->nturns)
		wrong(c->number, "a record after the last answer");
	if (type == FCGI_GET_VALUES_RESULT || type == FCGI_UNKNOWN_TYPE) {
		if (t->asides-- == 0 || c->nanswer > 0)
			wrong(c->number, "an answer to nothing");
		return;
	}
	if (id != t->id || type == FCGI_STDERR)
		wrong(c->number, "a record of another request");
	if (type == FCGI_STDOUT) {
		if (n > sizeof(c->answer) - c->nanswer)
			wrong(c->number, "too long an answer");
		memcpy(c->answer + c->nanswer, p, n);
		c->nanswer += n;
		return;
	}
	if (t->asides != 0 || n != 8 || p[4] != FCGI_REQUEST_COMPLETE)
		wrong(c->number, "an end that is none");
	check_answer(c, t);
	if (++c->turn < c->nturns)
		next_piece(c);
}

static bool
is_an_answer(unsigned type, unsigned id)
{
	if (type == FCGI_GET_VALUES_RESULT || type == FCGI_UNKNOWN_TYPE)
		return id == 0;
	return type == FCGI_STDOUT || type == FCGI_END_REQUEST ||
	    type == FCGI_STDERR;
}

/* All whole records that are there. */
static void
take_records(struct conn *c)
{
	const unsigned char	*p = c->in;
	size_t			 left = c->nin, n, whole;
	unsigned		 id;

	while (left >= 8) {
		n = p[4] * 256u + p[5];
		id = p[2] * 256u + p[3];
		whole = 8 + n + p[6];
		if (p[0] != 1 || !is_an_answer(p[1], id))
			wrong(c->number, "what it says is no record");
		if (whole > left)
			break;
		if (c->right)
			take_right(c, p[1], id, p + 8, n);
		p += whole;
		left -= whole;
	}
	memmove(c->in, p, left);
	c->nin = left;
}

/* False at the end of the connection. */
static bool
receive(struct conn *c)
{
	ssize_t	k;

	k = recv(c->fd, c->in + c->nin, sizeof(c->in) - c->nin, MSG_DONTWAIT);
	if (k < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (k <= 0) {
		cut += !c->right && c->nin > 0;
		return false;
	}
	received += (uint64_t)k;
	c->nin += (size_t)k;
	take_records(c);
	return true;
}

static void
transmit(struct conn *c)
{
	ssize_t	k;

	k = send(c->fd, c->out + c->at, c->piece - c->at,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (k >= 0) {
		c->at += (size_t)k;
		sent += (uint64_t)k;
		if (c->at == c->piece)
			next_piece(c);
	} else if (errno != EAGAIN && errno != EINTR)
		c->ended = true;	/* the server has closed */
}

/* Bytes, or the end. */
static bool
has_to_send(const struct conn *c)
{
	return !c->ended && (c->at < limit(c) || is_answered(c));
}

/* ---- all of them -------------------------------------------------------- */

static void
serve(struct conn *c, short events)
{
	if ((events & ~POLLOUT) != 0 && !receive(c)) {
		close_stream(c);
		return;
	}
	if (time(NULL) > c->until)
		wrong(c->number, "neither an answer nor an end");
	if (!has_to_send(c))
		return;
	if (c->at < c->n) {
		transmit(c);
		return;
	}
	c->ended = true;
	shutdown(c->fd, SHUT_WR);
	if (c->vanishes)
		close_stream(c);
}

static void
run(uint64_t first, uint64_t count, size_t parallel)
{
	struct pollfd	fds[PARALLEL_MAX];
	uint64_t	number = first;
	size_t		i, busy;

	for (;;) {
		busy = 0;
		for (i = 0; i < parallel; i++) {
			if (conns[i].fd < 0 && number < first + count)
				open_stream(&conns[i], number++);
			busy += conns[i].fd >= 0;
			fds[i] = (struct pollfd){ .fd = conns[i].fd,
			    .events = POLLIN };
			if (conns[i].fd >= 0 && has_to_send(&conns[i]))
				fds[i].events |= POLLOUT;
		}
		if (busy == 0)
			return;
		if (poll(fds, parallel, 1000) < 0)
			die("poll");
		for (i = 0; i < parallel; i++)
			if (conns[i].fd >= 0)
				serve(&conns[i], fds[i].revents);
	}
}

int
main(int argc, char **argv)
{
	uint64_t	first, count, n;
	size_t		i, parallel;

	if (argc != 6) {
		printf("usage: fcgi_fuzz SOCKET SEED FIRST COUNT PARALLEL\n");
		return 2;
	}
	path = argv[1];
	seed = strtoull(argv[2], NULL, 10);
	first = strtoull(argv[3], NULL, 10);
	count = strtoull(argv[4], NULL, 10);
	parallel = strtoull(argv[5], NULL, 10);
	if (parallel < 1 || parallel > PARALLEL_MAX)
		parallel = 1;
	for (i = 0; i < parallel; i++)
		conns[i].fd = -1;
	for (; count > 0; first += n, count -= n) {
		n = count < BATCH ? count : BATCH;
		run(first, n, parallel);
		run(first / 4 * 4, 1, 1);
	}
	printf("right %" PRIu64 " cut %" PRIu64 " sent %" PRIu64 " received %"
	    PRIu64 "\n", right_ones, cut, sent, received);
	return 0;
}
