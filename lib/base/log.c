/* SPDX-License-Identifier: ISC */
/*
 * Structured log.  A line is put together on the stack and leaves in one
 * write(2), so that lines of several threads do not mix.  Control characters
 * are escaped: no request can forge a line.
 */
#include "base/priv.h"

#include <math.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include "stile/log.h"
#include "stile/str.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/utf8.h"
#include "base/banned.h"

#define LINE_SIZE	8192
#define VALUE_MAX	2048	/* bytes of a text value before it is cut */
#define PATIENCE	100	/* ms for a pipe that nobody reads */

struct stile_log {
	int			 fd;		/* -1: syslog(3) */
	struct ring		*ring;		/* in place of fd; or NULL */
	enum stile_level	 level;
	enum stile_log_format	 format;
};

struct line {
	enum stile_log_format	 format;
	size_t			 n;
	bool			 full;
	char			 p[LINE_SIZE];
};

static const char *const level_names[] = {
	[STILE_DEBUG] = "debug", [STILE_INFO] = "info",
	[STILE_WARN] = "warn", [STILE_ERROR] = "error",
};

/* Left free for the mark of a cut line and its end. */
static const char	cut_text[] = " cut=true\n";
static const char	cut_json[] = ",\"cut\":true}\n";
#define ROOM		(LINE_SIZE - sizeof(cut_json))

struct stile_log *
stile_log_new(int fd, enum stile_level level, enum stile_log_format format)
{
	struct stile_log	*log;

	if ((log = stile__malloc(sizeof(*log))) == NULL)
		return NULL;
	*log = (struct stile_log){ .fd = fd, .level = level,
	    .format = format };
	return log;
}

void
stile_log_free(struct stile_log *log)
{
	free(log);
}

int
stile__log_fd(const struct stile_log *log)
{
	return log->fd;
}

void
stile__log_to_fd(struct stile_log *log, int fd)
{
	log->fd = fd;
}

void
stile__log_to_syslog(struct stile_log *log)
{
	log->fd = -1;
}

void
stile__log_to_ring(struct stile_log *log, struct ring *ring)
{
	log->ring = ring;
}

void
stile__log_line(struct stile_log *log, enum stile_level level, const char *p,
    size_t n)
{
	static const int	priority[] = {
		[STILE_DEBUG] = LOG_DEBUG, [STILE_INFO] = LOG_INFO,
		[STILE_WARN] = LOG_WARNING, [STILE_ERROR] = LOG_ERR,
		[STILE_QUIET] = LOG_DEBUG,
	};

	if (log->ring != NULL)
		ring_put(log->ring, p, n);
	else if (log->fd < 0)
		syslog(priority[level], "%.*s", (int)(n - 1), p);
	/* Nobody is left to tell when the log cannot be written. */
	else if (!stile__log_can_write(log->fd) || write(log->fd, p, n) < 0)
		return;
}

/* A line less is better than a server that waits for its log. */
bool
stile__log_can_write(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, PATIENCE) != 0;
}

size_t
stile__log_escape(struct stile_str s, char *out, size_t size)
{
	static const char	hex[] = "0123456789abcdef";
	size_t			i, n = 0;
	unsigned char		c;

	for (i = 0; i < s.len && n + 4 <= size; i++) {
		c = (unsigned char)s.p[i];
		if (c < ' ' || c >= 0x7F || c == '"' || c == '\\') {
			memcpy(out + n, (char[]){ '\\', 'x', hex[c >> 4],
			    hex[c & 15] }, 4);
			n += 4;
		} else
			out[n++] = (char)c;
	}
	return n;
}

bool
stile_log_on(const struct stile_log *log, enum stile_level level)
{
	return log != NULL && level >= log->level && level < STILE_QUIET;
}

static void
put(struct line *l, const char *p, size_t n)
{
	if (l->full || n > ROOM - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static void
puts_line(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* A text value stays bare where no reader could misread it. */
static bool
is_bare(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '"' ||
		    s.p[i] == '=' || s.p[i] == '\\' ||
		    (unsigned char)s.p[i] >= 0x7F)
			return false;
	return s.len > 0;
}

static void
put_text(struct line *l, struct stile_str s)
{
	struct stile_str	piece;
	char			esc[6];
	bool			cut = s.len > VALUE_MAX;
	size_t			n;

	if (l->format == STILE_LOG_TEXT && !cut && is_bare(s)) {
		put(l, s.p, s.len);
		return;
	}
	s = stile__utf8_cut(s, VALUE_MAX);
	put(l, "\"", 1);
	for (; s.len > 0; s.p += n, s.len -= n) {
		n = stile__json_piece(s, &piece, esc);
		put(l, piece.p, piece.len);
	}
	puts_line(l, cut ? "...\"" : "\"");
}

/* As JSON has it: no infinity. */
static void
put_double(struct line *l, double d)
{
	char	num[STILE__DOUBLE_SIZE] = "null";

	if (isfinite(d))
		stile__print_double(d, 9, num);
	puts_line(l, num);
}

static void
put_int(struct line *l, int64_t v)
{
	char	num[1 + DIGITS_MAX], *end = num + sizeof(num), *p;

	p = stile__digits(end, v < 0 ? -(uint64_t)v : (uint64_t)v);
	if (v < 0)
		*--p = '-';
	put(l, p, (size_t)(end - p));
}

static void
put_value(struct line *l, const struct stile_value *v)
{
	char	stamp[STILE_STAMP_SIZE];

	switch (v->type) {
	case STILE_BOOL:
		puts_line(l, v->u.b ? "true" : "false");
		break;
	case STILE_INT:
		put_int(l, v->u.i);
		break;
	case STILE_DOUBLE:
		put_double(l, v->u.d);
		break;
	case STILE_TEXT:
		put_text(l, v->u.s);
		break;
	case STILE_NULL:
	case STILE_ABSENT:
		puts_line(l, "null");
		break;
	case STILE_TIME:
		stile__stamp(v->u.i, stamp);
		put_text(l, stile_str(stamp));
		break;
	case STILE_BLOB:
	case STILE_JSON:
	case STILE_JSON_TEXT:
	case STILE_LIST:
		put_text(l, stile_str(stile_type_name(v->type)));
		break;
	}
}

static void
put_pair(struct line *l, struct stile_str name, const struct stile_value *v)
{
	size_t	start = l->n;

	if (l->format == STILE_LOG_JSON) {
		put(l, l->n == 0 ? "{\"" : ",\"", 2);
		put(l, name.p, name.len);
		put(l, "\":", 2);
	} else {
		if (l->n > 0)
			put(l, " ", 1);
		put(l, name.p, name.len);
		put(l, "=", 1);
	}
	put_value(l, v);
	if (l->full)
		l->n = start;	/* a whole pair or none */
}

static void
finish(struct line *l)
{
	const char	*end;

	if (l->format == STILE_LOG_JSON)
		end = l->full ? cut_json : "}\n";
	else
		end = l->full ? cut_text : "\n";
	memcpy(l->p + l->n, end, strlen(end));
	l->n += strlen(end);
}

void
stile_log(struct stile_log *log, enum stile_level level, const char *msg,
    struct stile_args args)
{
	char			stamp[STILE_STAMP_SIZE];
	struct stile_value	v;
	struct line		l;
	size_t			i;

	if (!stile_log_on(log, level))
		return;
	l.format = log->format;
	l.n = 0;
	l.full = false;
	stile__stamp(stile_now_ms(), stamp);
	v = stile_text(stamp);
	put_pair(&l, STR("time"), &v);
	v = stile_text(level_names[level]);
	put_pair(&l, STR("level"), &v);
	v = stile_text(msg);
	put_pair(&l, STR("msg"), &v);
	for (i = 0; i + 1 < args.n; i += 2)
		if (args.v[i].type == STILE_TEXT)
			put_pair(&l, args.v[i].u.s, &args.v[i + 1]);
	finish(&l);
	stile__log_line(log, level, l.p, l.n);
}
