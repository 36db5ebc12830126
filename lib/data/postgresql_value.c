/* SPDX-License-Identifier: ISC */
/*
 * Values to PostgreSQL and back.  Arguments have the types that the statement
 * gives their places; so they go over as text, which each type reads, and only
 * bytes as they are.
 *
 * Results come as text too.  With binary ones, rows of integers and text took
 * as long (17.3 us against 17.8 us a row of two, 24.2 against 23.8 for twenty,
 * 34.7 against 32.3 for twenty of eight integers), and there would be two forms
 * of everything; only for doubles were they faster, 31 us against 40 us for
 * twenty rows of three.
 */
#include "base/priv.h"

#include <math.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/num.h"
#include "stile/str.h"
#include "data/postgresql.h"
#include "base/banned.h"

#define ARGUMENTS_MAX	(128 * 1024 * 1024)	/* bytes of a statement's */

/* From the server's catalog; these never change. */
enum oid {
	OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21,
	OID_INT4 = 23, OID_OID = 26, OID_JSON = 114, OID_FLOAT4 = 700,
	OID_FLOAT8 = 701, OID_TIMESTAMP = 1114, OID_TIMESTAMPTZ = 1184,
	OID_JSONB = 3802
};

/* ---- arguments --------------------------------------------------------------- */

static enum stile_err
room_for(struct pg_stmt *s, size_t n, struct stile_error *e)
{
	size_t	 size = s->size > 0 ? s->size : 256;
	char	*p;

	if (n > ARGUMENTS_MAX - s->len)
		return stile_error_set(e, STILE_ETOOBIG, 0,
		    "postgresql: arguments of more than %d bytes",
		    ARGUMENTS_MAX);
	while (size < s->len + n)
		size *= 2;
	if (size == s->size)
		return STILE_OK;
	if ((p = stile__realloc(s->data, size)) == NULL)
		return stile__error_nomem(e);
	s->data = p;
	s->size = size;
	return STILE_OK;
}

static enum stile_err
put(struct pg_stmt *s, struct pg_place *to, const char *p, size_t n,
    bool binary, struct stile_error *e)
{
	enum stile_err	rc;

	if (n >= ARGUMENTS_MAX)
		n = ARGUMENTS_MAX;	/* refused by the next line */
	if ((rc = room_for(s, n + 1, e)) != STILE_OK)
		return rc;
	*to = (struct pg_place){ .at = s->len, .len = (int)n,
	    .binary = binary };
	if (n > 0)
		memcpy(s->data + s->len, p, n);
	s->len += n;
	s->data[s->len++] = '\0';
	return STILE_OK;
}

static enum stile_err
put_text(struct pg_stmt *s, struct pg_place *to, size_t place,
    struct stile_str text, struct stile_error *e)
{
	if (text.len > 0 && memchr(text.p, '\0', text.len) != NULL)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "argument %zu: a text with a NUL byte", place + 1);
	return put(s, to, text.p, text.len, false, e);
}

/* NaN would be a value like others there, and is none in SQLite. */
static bool
print_double(double d, char out[STILE__DOUBLE_SIZE])
{
	if (isnan(d))
		return false;
	if (isinf(d))
		snprintf(out, STILE__DOUBLE_SIZE, "%sInfinity",
		    d < 0 ? "-" : "");
	else
		stile__print_exact(d, out);
	return true;
}

static enum stile_err
put_time(struct pg_stmt *s, struct pg_place *to, size_t place, int64_t ms,
    struct stile_error *e)
{
	char	out[STILE_TIMESTAMP_SIZE];
	int64_t	back;

	stile_timestamp(ms, out);
	if (stile_timestamp_parse(stile_str(out), &back) != STILE_OK ||
	    back != ms)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "argument %zu: a time outside of the years 0 to 9999",
		    place + 1);
	return put(s, to, out, strlen(out), false, e);
}

static void
write_item(struct stile_buf *b, struct stile_str s)
{
	size_t	i;

	stile_buf_putc(b, '"');
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			stile_buf_putc(b, '\\');
		stile_buf_putc(b, s.p[i]);
	}
	stile_buf_putc(b, '"');
}

/* Those that SQLite takes in a list; false for another. */
static bool
write_list(struct stile_buf *b, struct stile_value v)
{
	struct stile_value	 item;
	char			 num[STILE__DOUBLE_SIZE];
	size_t			 i;

	stile_buf_putc(b, '{');
	for (i = 0; i < v.u.list.n; i++) {
		item = v.u.list.v[i];
		if (i > 0)
			stile_buf_putc(b, ',');
		if (item.type == STILE_INT)
			stile_buf_printf(b, "%lld", (long long)item.u.i);
		else if (item.type == STILE_TEXT)
			write_item(b, item.u.s);
		else if (item.type == STILE_DOUBLE && isfinite(item.u.d) &&
		    print_double(item.u.d, num))
			stile_buf_puts(b, num);
		else
			return false;
	}
	stile_buf_putc(b, '}');
	return true;
}

static enum stile_err
put_written(struct pg_stmt *s, struct pg_place *to, size_t place,
    struct stile_value v, struct stile_error *e)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;
	bool			 good = true;

	if (a != NULL && (b = stile_buf_new(a, ARGUMENTS_MAX)) != NULL) {
		if (v.type == STILE_LIST)
			good = write_list(b, v);
		else
			stile_json_write(b, v);
		rc = stile_buf_err(b);
	}
	if (!good)
		rc = stile_error_set(e, STILE_EINVAL, 500, "argument %zu: a "
		    "list has numbers and text", place + 1);
	else if (rc != STILE_OK)
		stile_error_set(e, rc, 0, "argument %zu is too large",
		    place + 1);
	else
		rc = put_text(s, to, place, stile_buf_view(b), e);
	stile_arena_free(a);
	return rc;
}

enum stile_err
pg_bind(void *stmt, size_t place, struct stile_value v, struct stile_error *e)
{
	struct pg_stmt	*s = stmt;
	struct pg_place	*to = &s->places[place];
	char		 num[STILE__DOUBLE_SIZE];

	if (s->sent)
		pg_unbind(s);
	switch (v.type) {
	case STILE_NULL:
	case STILE_ABSENT:
		*to = (struct pg_place){ .null = true };
		return STILE_OK;
	case STILE_BOOL:
		return put(s, to, v.u.b ? "t" : "f", 1, false, e);
	case STILE_INT:
		snprintf(num, sizeof(num), "%lld", (long long)v.u.i);
		return put(s, to, num, strlen(num), false, e);
	case STILE_DOUBLE:
		if (!print_double(v.u.d, num))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "argument %zu is not a number", place + 1);
		return put(s, to, num, strlen(num), false, e);
	case STILE_TEXT:
	case STILE_JSON_TEXT:
		return put_text(s, to, place, v.u.s, e);
	case STILE_BLOB:
		return put(s, to, v.u.s.p, v.u.s.len, true, e);
	case STILE_TIME:
		return put_time(s, to, place, v.u.i, e);
	case STILE_JSON:
	case STILE_LIST:
		return put_written(s, to, place, v, e);
	}
	return stile_error_set(e, STILE_EINVAL, 500,
	    "argument %zu has no type", place + 1);
}

void
pg_unbind(struct pg_stmt *s)
{
	size_t	i;

	for (i = 0; i < s->nplaces; i++)
		s->places[i] = (struct pg_place){ .null = true };
	s->len = 0;
	s->sent = false;
}

/* ---- results ------------------------------------------------------------------ */

void
pg_decoded_free(struct pg_stmt *s)
{
	int	i, n;

	if (s->bytes != NULL)
		for (n = PQnfields(s->rows), i = 0; i < n; i++)
			PQfreemem(s->bytes[i]);
	free(s->bytes);
	free(s->bytes_len);
	s->bytes = NULL;
	s->bytes_len = NULL;
}

static bool
has_bytes(const PGresult *r)
{
	int	i;

	for (i = 0; i < PQnfields(r); i++)
		if (PQftype(r, i) == OID_BYTEA)
			return true;
	return false;
}

/* Bytes come in hexadecimal. */
enum stile_err
pg_decode_row(struct pg_stmt *s, struct stile_error *e)
{
	size_t	i, n = (size_t)PQnfields(s->rows);
	char	*text;

	if (!has_bytes(s->rows))
		return STILE_OK;
	pg_decoded_free(s);
	if ((s->bytes = stile__malloc(n * sizeof(*s->bytes))) == NULL)
		return stile__error_nomem(e);
	memset(s->bytes, 0, n * sizeof(*s->bytes));
	if ((s->bytes_len = stile__malloc(n * sizeof(*s->bytes_len))) == NULL)
		return stile__error_nomem(e);
	for (i = 0; i < n; i++) {
		text = PQgetvalue(s->rows, s->row, (int)i);
		if (PQftype(s->rows, (int)i) != OID_BYTEA ||
		    PQgetisnull(s->rows, s->row, (int)i))
			continue;
		s->bytes[i] = PQunescapeBytea((unsigned char *)text,
		    &s->bytes_len[i]);
		if (s->bytes[i] == NULL)
			return stile__error_nomem(e);
	}
	return STILE_OK;
}

/* "1969-12-31 23:59:59.999+00", or an infinity, or a year that we have not. */
static struct stile_value
read_time(struct stile_str s)
{
	char	out[48];
	int64_t	ms;
	size_t	n = s.len;

	if (n < 19 || n > sizeof(out) - 4 || s.p[10] != ' ')
		return stile_text_str(s);
	memcpy(out, s.p, n);
	out[10] = 'T';
	if (out[n - 3] == '+' || out[n - 3] == '-') {
		memcpy(out + n, ":00", 3);
		n += 3;
	} else if (memchr(out + 19, '+', n - 19) == NULL &&
	    memchr(out + 19, '-', n - 19) == NULL)
		out[n++] = 'Z';		/* a timestamp without a zone */
	if (stile_timestamp_parse((struct stile_str){ out, n }, &ms) !=
	    STILE_OK)
		return stile_text_str(s);
	return stile_time(ms);
}

static struct stile_value
read_double(struct stile_str s)
{
	double	d = NAN;

	if (stile_num_double(s, &d) != STILE_OK && s.len > 3)
		d = *s.p == '-' ? -INFINITY : INFINITY;
	return stile_double(d);
}

static struct stile_value
read_int(struct stile_str s)
{
	int64_t	i = 0;

	if (stile_num_int(s, INT64_MIN, INT64_MAX, &i) != STILE_OK)
		return stile_text_str(s);
	return stile_int(i);
}

struct stile_value
pg_value(void *stmt, size_t i)
{
	struct pg_stmt		*s = stmt;
	struct stile_str	 v;
	int			 k = (int)i;

	if (s->rows == NULL || s->row < 0 || PQgetisnull(s->rows, s->row, k))
		return stile_null();
	v.p = PQgetvalue(s->rows, s->row, k);
	v.len = (size_t)PQgetlength(s->rows, s->row, k);
	switch (PQftype(s->rows, k)) {
	case OID_BOOL:
		return stile_bool(*v.p == 't');
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_OID:
		return read_int(v);
	case OID_FLOAT4:
	case OID_FLOAT8:
		return read_double(v);
	case OID_BYTEA:
		return stile_blob(s->bytes[i], s->bytes_len[i]);
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
		return read_time(v);
	case OID_JSON:
	case OID_JSONB:
		return stile_json_text(v);
	default:
		return stile_text_str(v);
	}
}
