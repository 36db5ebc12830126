/* SPDX-License-Identifier: ISC */
/*
 * multipart/form-data: RFC 7578 over RFC 2046, section 5.1, as a push parser.
 *
 * Of a part's data nothing is kept: what could be the start of a delimiter is
 * the delimiter's own text, so only its length is remembered.  A delimiter has
 * its one CR in front, so after a mismatch only a later CR can start another:
 * memchr() looks at each byte once and the comparison at most once more, plus
 * one delimiter's length a feed.  Time is linear however the body is cut.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/multipart.h"
#include "stile/str.h"
#include "codec/disposition.h"
#include "codec/field.h"
#include "base/banned.h"

#define BOUNDARY_MAX	70

enum state {
	PREAMBLE,
	PART,			/* the data of one */
	DELIM,			/* behind a delimiter */
	DELIM_DASH,
	DELIM_BLANK,
	DELIM_CR,
	LINE_START,		/* of a header line */
	LINE,
	LINE_CR,
	HEADER_CR,		/* of the empty line */
	CLOSED,			/* behind the last delimiter */
	CLOSED_CR,
	EPILOGUE
};

/* What may come where not much may. */
static const struct {
	enum state	from;
	char		byte;
	enum state	to;
} moves[] = {
	{ DELIM,	'-',	DELIM_DASH },
	{ DELIM,	' ',	DELIM_BLANK },
	{ DELIM,	'\t',	DELIM_BLANK },
	{ DELIM,	'\r',	DELIM_CR },
	{ DELIM_BLANK,	' ',	DELIM_BLANK },
	{ DELIM_BLANK,	'\t',	DELIM_BLANK },
	{ DELIM_BLANK,	'\r',	DELIM_CR },
	{ DELIM_CR,	'\n',	LINE_START },
	{ DELIM_DASH,	'-',	CLOSED },
	{ LINE_CR,	'\n',	LINE_START },
	{ HEADER_CR,	'\n',	PART },
	{ CLOSED,	' ',	CLOSED },
	{ CLOSED,	'\t',	CLOSED },
	{ CLOSED,	'\r',	CLOSED_CR },
	{ CLOSED_CR,	'\n',	EPILOGUE },
};

/* A Content-Transfer-Encoding is passed over, as all receivers do. */
enum { DISPOSITION, TYPE, N_FIELDS };

static const char *const fields[N_FIELDS] = {
	[DISPOSITION] = "Content-Disposition",
	[TYPE] = "Content-Type",
};

struct stile_multipart {
	struct stile_multipart_sink	 sink;
	void				*arg;
	struct stile_multipart_limits	 limits;
	enum state			 state;
	size_t				 parts;		/* begun so far */
	char				 delim[4 + BOUNDARY_MAX];
	size_t				 delim_len;
	size_t				 held;		/* bytes of delim */
	size_t				 not_data;	/* of these */
	struct stile_buf		*header;	/* \n between lines */
	struct stile_buf		*name;
	struct stile_buf		*filename;
	enum stile_err			 rc;		/* sticks */
	struct stile_error		 cause;
};

static enum stile_err
bad(struct stile_multipart *m, const char *why)
{
	return stile_error_set(&m->cause, STILE_ESYNTAX, 400,
	    "multipart: part %zu: %s", m->parts, why);
}

/* What the sink said.  Where it gave no cause, one goes with it. */
static enum stile_err
sunk(struct stile_multipart *m, enum stile_err rc)
{
	if (rc != STILE_OK)
		stile_error_set(&m->cause, rc, 500,
		    "multipart: part %zu: not taken", m->parts);
	return rc;
}

/* ---- a part's header ---------------------------------------------------- */

static bool
all(struct stile_str s, bool (*is)(int))
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (!is((unsigned char)s.p[i]))
			return false;
	return true;
}

static bool
is_visible(int c)
{
	return c > 0x20 && c < 0x7F;
}

static enum stile_err
split_header(struct stile_multipart *m, struct stile_str values[N_FIELDS])
{
	struct stile_str	rest = stile_buf_view(m->header), line, name;
	size_t			i;

	while (rest.len > 0 && stile_str_cut(&rest, '\n', &line)) {
		stile_str_cut(&line, ':', &name);
		if (line.p == NULL || name.len == 0 ||
		    !all(name, stile__is_tchar))
			return bad(m, "a malformed header line");
		for (i = 0; i < N_FIELDS; i++) {
			if (!stile_str_caseeq(name, stile_str(fields[i])))
				continue;
			if (values[i].p != NULL)
				return bad(m, "a header field twice");
			values[i] = stile_str_trim(line);
		}
	}
	return STILE_OK;
}

static enum stile_err
take_type(struct stile_multipart *m, struct stile_str value,
    struct stile_part *part)
{
	part->type = part->charset = STR("");
	if (value.p == NULL)
		return STILE_OK;
	part->type = stile__media_type(value);
	stile__media_param(value, "charset", &part->charset);
	if (!all(part->type, is_visible) ||
	    !all(part->charset, stile__is_tchar))
		return bad(m, "a malformed Content-Type");
	return STILE_OK;
}

static enum stile_err
begin_part(struct stile_multipart *m)
{
	struct stile_str	values[N_FIELDS] = { 0 };
	struct stile_part	part = { 0 };
	enum stile_err		rc;
	bool			is_file;

	/* Where there is no data, the last CRLF is the delimiter's. */
	m->held = m->not_data = 2;
	stile_buf_clear(m->name);
	stile_buf_clear(m->filename);
	if ((rc = split_header(m, values)) != STILE_OK)
		return rc;
	if (values[DISPOSITION].p == NULL)
		return bad(m, "no Content-Disposition");
	rc = stile__disposition(values[DISPOSITION], m->name, m->filename,
	    &is_file, &m->cause);
	if (rc == STILE_ETOOBIG)
		return stile_error_set(&m->cause, rc, 413,
		    "part_name_max: a part's name of at most %zu bytes is "
		    "accepted", m->limits.name_bytes);
	if (rc != STILE_OK ||
	    (rc = take_type(m, values[TYPE], &part)) != STILE_OK)
		return rc;
	part.name = stile_buf_view(m->name);
	if (is_file)
		part.filename = stile_buf_view(m->filename);
	return sunk(m, m->sink.begin(m->arg, &part, &m->cause));
}

static enum stile_err
put_header(struct stile_multipart *m, char c)
{
	enum stile_err	rc;

	stile_buf_putc(m->header, c);
	if ((rc = stile_buf_err(m->header)) == STILE_ETOOBIG)
		return stile_error_set(&m->cause, rc, 413,
		    "part_header_max: a part's header of at most %zu bytes is "
		    "accepted", m->limits.header_bytes);
	if (rc != STILE_OK)
		return stile_error_set(&m->cause, rc, 503, "no memory");
	return STILE_OK;
}

/*
 * Lines are put together without their ends, and a folded one without the
 * break (RFC 5322, section 2.2.3), so that no value has a CR or LF in it.
 */
static enum stile_err
header_byte(struct stile_multipart *m, char c)
{
	enum stile_err	rc;

	if (c == '\r') {
		m->state = m->state == LINE ? LINE_CR : HEADER_CR;
		return STILE_OK;
	}
	if (c == '\n' || c == '\0')
		return bad(m, "a bare LF or a NUL in the header");
	if (m->state == LINE_START && c != ' ' && c != '\t' &&
	    stile_buf_view(m->header).len > 0 &&
	    (rc = put_header(m, '\n')) != STILE_OK)
		return rc;
	m->state = LINE;
	return put_header(m, c);
}

/* ---- between the parts -------------------------------------------------- */

static enum stile_err
begin_header(struct stile_multipart *m)
{
	if (m->parts == m->limits.parts)
		return stile_error_set(&m->cause, STILE_ETOOBIG, 413,
		    "parts_max: at most %zu parts are accepted",
		    m->limits.parts);
	m->parts++;
	stile_buf_clear(m->header);
	return STILE_OK;
}

static enum stile_err
move(struct stile_multipart *m, char c)
{
	enum state	from = m->state;
	size_t		i;

	for (i = 0; i < NELEM(moves); i++)
		if (moves[i].from == from && moves[i].byte == c)
			break;
	if (i == NELEM(moves))
		return bad(m, from == LINE_CR || from == HEADER_CR ?
		    "a bare CR in the header" : "something after a boundary");
	m->state = moves[i].to;
	if (m->state == PART)
		return begin_part(m);
	if (from == DELIM_CR)
		return begin_header(m);
	return STILE_OK;
}

/* ---- data --------------------------------------------------------------- */

static enum stile_err
give(struct stile_multipart *m, const char *p, size_t n)
{
	if (m->state != PART || n == 0)
		return STILE_OK;
	return sunk(m, m->sink.data(m->arg, p, n, &m->cause));
}

/* The delimiter is complete. */
static enum stile_err
leave_data(struct stile_multipart *m)
{
	enum state	from = m->state;

	m->held = m->not_data = 0;
	m->state = DELIM;
	if (from == PART)
		return sunk(m, m->sink.end(m->arg, &m->cause));
	return STILE_OK;
}

/* How many bytes at p go on with the delimiter after its first at. */
static size_t
match(const struct stile_multipart *m, size_t at, const char *p, size_t n)
{
	size_t	k = 0;

	while (k < n && at + k < m->delim_len && p[k] == m->delim[at + k])
		k++;
	return k;
}

/* Look for the delimiter in bytes with none of it in front of them. */
static enum stile_err
search(struct stile_multipart *m, const char *p, size_t n, size_t *used)
{
	const char	*q = p, *end = p + n;
	enum stile_err	 rc;
	size_t		 k = 0;

	while ((q = memchr(q, '\r', (size_t)(end - q))) != NULL) {
		k = match(m, 0, q, (size_t)(end - q));
		if (k == m->delim_len || q + k == end)
			break;
		q += k;
	}
	if (q == NULL) {
		q = end;
		k = 0;
	}
	*used = (size_t)(q - p) + k;
	if ((rc = give(m, p, (size_t)(q - p))) != STILE_OK)
		return rc;
	m->held = k;
	return k == m->delim_len ? leave_data(m) : STILE_OK;
}

static enum stile_err
feed_data(struct stile_multipart *m, const char *p, size_t n, size_t *used)
{
	enum stile_err	rc;
	size_t		k;

	if (m->held > 0) {
		k = match(m, m->held, p, n);
		*used = k;
		if (m->held + k == m->delim_len)
			return leave_data(m);
		if (k == n) {
			m->held += k;
			return STILE_OK;
		}
		/* It was data, and so are the k bytes, which have no CR. */
		if ((rc = give(m, m->delim + m->not_data,
		    m->held - m->not_data)) != STILE_OK)
			return rc;
		m->held = m->not_data = 0;
	}
	return search(m, p, n, used);
}

/* ---- the parser --------------------------------------------------------- */

/* RFC 2046, section 5.1.1. */
static bool
is_boundary(struct stile_str s)
{
	size_t	i;
	int	c;

	if (s.len == 0 || s.len > BOUNDARY_MAX || s.p[s.len - 1] == ' ')
		return false;
	for (i = 0; i < s.len; i++) {
		c = ascii_lower((unsigned char)s.p[i]);
		if (!ascii_digit(c) && (c < 'a' || c > 'z') &&
		    (c == '\0' || strchr("'()+_,-./:=? ", c) == NULL))
			return false;
	}
	return true;
}

static void
set_limits(struct stile_multipart *m, const struct stile_multipart_limits *l)
{
	if (l != NULL)
		m->limits = *l;
	if (m->limits.parts == 0)
		m->limits.parts = 1000;
	if (m->limits.header_bytes == 0)
		m->limits.header_bytes = 16 * 1024;
	if (m->limits.name_bytes == 0)
		m->limits.name_bytes = 256;
}

static bool
make_buffers(struct stile_multipart *m, struct stile_arena *a)
{
	size_t	n = m->limits.header_bytes;

	/* U+FFFD has three bytes. */
	return (m->header = stile_buf_new(a, n)) != NULL &&
	    (m->name = stile_buf_new(a, m->limits.name_bytes)) != NULL &&
	    (m->filename = stile_buf_new(a,
	    n < SIZE_MAX / 3 ? 3 * n : SIZE_MAX)) != NULL;
}

enum stile_err
stile_multipart_new(struct stile_arena *a, struct stile_str content_type,
    const struct stile_multipart_limits *limits,
    const struct stile_multipart_sink *sink, void *arg,
    struct stile_multipart **ret, struct stile_error *e)
{
	struct stile_multipart	*m;
	struct stile_str	 boundary;

	if (!stile_str_caseeq(stile__media_type(content_type),
	    STR("multipart/form-data")))
		return stile_error_set(e, STILE_ERANGE, 415,
		    "multipart: the type is not multipart/form-data");
	if (!stile__media_param(content_type, "boundary", &boundary) ||
	    !is_boundary(boundary))
		return stile_error_set(e, STILE_ESYNTAX, 400,
		    "multipart: no boundary, or not one of 1 to %d characters "
		    "that RFC 2046 allows", BOUNDARY_MAX);
	if ((m = stile_arena_alloc(a, 1, sizeof(*m))) == NULL)
		return stile__error_nomem(e);
	set_limits(m, limits);
	if (!make_buffers(m, a))
		return stile__error_nomem(e);
	m->sink = *sink;
	m->arg = arg;
	memcpy(m->delim, "\r\n--", 4);
	memcpy(m->delim + 4, boundary.p, boundary.len);
	m->delim_len = 4 + boundary.len;
	/* The first line has no CRLF in front of it. */
	m->held = m->not_data = 2;
	*ret = m;
	return STILE_OK;
}

static enum stile_err
report(const struct stile_multipart *m, struct stile_error *e)
{
	if (m->rc != STILE_OK && e != NULL && e->code == STILE_OK)
		*e = m->cause;
	return m->rc;
}

enum stile_err
stile_multipart_feed(struct stile_multipart *m, const void *p, size_t n,
    struct stile_error *e)
{
	const char	*c = p;
	size_t		 used;

	for (; n > 0 && m->rc == STILE_OK; c += used, n -= used) {
		used = 1;
		switch (m->state) {
		case PREAMBLE:
		case PART:
			m->rc = feed_data(m, c, n, &used);
			break;
		case LINE_START:
		case LINE:
			m->rc = header_byte(m, *c);
			break;
		case EPILOGUE:
			used = n;
			break;
		default:
			m->rc = move(m, *c);
		}
	}
	return report(m, e);
}

enum stile_err
stile_multipart_end(struct stile_multipart *m, struct stile_error *e)
{
	if (m->rc == STILE_OK && m->state != CLOSED && m->state != EPILOGUE)
		m->rc = bad(m, "the body ends without its last boundary");
	return report(m, e);
}
