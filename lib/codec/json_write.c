/* SPDX-License-Identifier: ISC */
/*
 * JSON out, straight into a buffer: no tree for rows and flat objects.
 * What is written is always valid: text that is not UTF-8 gets U+FFFD, a
 * number that JSON does not have becomes null.
 */
#include "base/priv.h"

#include <inttypes.h>
#include <math.h>

#include <json-c/json.h>

#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/str.h"
#include "base/enc.h"
#include "codec/json.h"
#include "base/banned.h"

/* Most texts are one piece, with nothing to escape. */
static bool
write_plain(struct stile_buf *b, struct stile_str s)
{
	struct stile_str	piece;
	char			esc[6], *p;

	if (s.len > 0 && (stile__json_piece(s, &piece, esc) < s.len ||
	    piece.p != s.p))
		return false;
	if ((p = stile__buf_add(b, s.len + 2)) == NULL)
		return true;
	*p++ = '"';
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '"';
	return true;
}

void
stile_json_write_str(struct stile_buf *b, struct stile_str s)
{
	struct stile_str	piece;
	char			esc[6];
	size_t			n;

	if (write_plain(b, s))
		return;
	stile_buf_putc(b, '"');
	for (; s.len > 0; s.p += n, s.len -= n) {
		n = stile__json_piece(s, &piece, esc);
		stile_buf_write(b, piece.p, piece.len);
	}
	stile_buf_putc(b, '"');
}

static void
write_int(struct stile_buf *b, int64_t v)
{
	char		 num[24], *p = num + sizeof(num);
	uint64_t	 u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		*--p = '-';
	stile_buf_write(b, p, (size_t)(num + sizeof(num) - p));
}

static void
write_double(struct stile_buf *b, double d)
{
	char	num[STILE__DOUBLE_SIZE];

	if (!isfinite(d)) {
		stile_buf_puts(b, "null");
		return;
	}
	stile__print_exact(d, num);
	stile_buf_puts(b, num);
	/* Still a number with a fraction when it is read again. */
	if (strpbrk(num, ".e") == NULL)
		stile_buf_puts(b, ".0");
}

/* Bytes that are not text: base64 (RFC 4648, section 4). */
static void
write_blob(struct stile_buf *b, struct stile_str s)
{
	stile_buf_putc(b, '"');
	stile_base64_encode(b, s, STILE_BASE64_STD);
	stile_buf_putc(b, '"');
}

static void	write_tree(struct stile_buf *, struct json_object *);

static void
write_tree_array(struct stile_buf *b, struct json_object *j)
{
	size_t	i, n = json_object_array_length(j);

	stile_buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			stile_buf_putc(b, ',');
		write_tree(b, json_object_array_get_idx(j, i));
	}
	stile_buf_putc(b, ']');
}

static void
write_tree_object(struct stile_buf *b, struct json_object *j)
{
	const char	*sep = "";

	stile_buf_putc(b, '{');
	json_object_object_foreach(j, name, value) {
		stile_buf_puts(b, sep);
		stile_json_write_str(b, stile_str(name));
		stile_buf_putc(b, ':');
		write_tree(b, value);
		sep = ",";
	}
	stile_buf_putc(b, '}');
}

/* Not by json-c, which writes NaN, and text as it is. */
static void
write_tree(struct stile_buf *b, struct json_object *j)
{
	switch (json_object_get_type(j)) {
	case json_type_null:
		stile_buf_puts(b, "null");
		break;
	case json_type_boolean:
		stile_buf_puts(b, json_object_get_boolean(j) ? "true" :
		    "false");
		break;
	case json_type_double:
		write_double(b, json_object_get_double(j));
		break;
	case json_type_int:
		/* This one may stand for any larger, unsigned one. */
		if (json_object_get_int64(j) == INT64_MAX)
			stile_buf_puts(b, json_object_get_string(j));
		else
			write_int(b, json_object_get_int64(j));
		break;
	case json_type_string:
		stile_json_write_str(b, (struct stile_str){
		    json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) });
		break;
	case json_type_array:
		write_tree_array(b, j);
		break;
	case json_type_object:
		write_tree_object(b, j);
		break;
	}
}

/* RFC 3339, section 5.6 */
static void
write_time(struct stile_buf *b, int64_t ms)
{
	char	out[STILE_TIMESTAMP_SIZE];

	stile_timestamp(ms, out);
	stile_buf_printf(b, "\"%s\"", out);
}

static void
write_list(struct stile_buf *b, const struct stile_value *v)
{
	size_t	i;

	stile_buf_putc(b, '[');
	for (i = 0; i < v->u.list.n; i++) {
		if (i > 0)
			stile_buf_putc(b, ',');
		stile__json_write(b, &v->u.list.v[i]);
	}
	stile_buf_putc(b, ']');
}

void
stile__json_write(struct stile_buf *b, const struct stile_value *v)
{
	switch (v->type) {
	case STILE_NULL:
	case STILE_ABSENT:
		stile_buf_puts(b, "null");
		break;
	case STILE_BOOL:
		stile_buf_puts(b, v->u.b ? "true" : "false");
		break;
	case STILE_INT:
		write_int(b, v->u.i);
		break;
	case STILE_DOUBLE:
		write_double(b, v->u.d);
		break;
	case STILE_TEXT:
		stile_json_write_str(b, v->u.s);
		break;
	case STILE_BLOB:
		write_blob(b, v->u.s);
		break;
	case STILE_JSON:
		write_tree(b, v->u.j);
		break;
	case STILE_TIME:
		write_time(b, v->u.i);
		break;
	case STILE_JSON_TEXT:
		stile_buf_str(b, v->u.s);
		break;
	case STILE_LIST:
		write_list(b, v);
		break;
	}
}

void
stile_json_write(struct stile_buf *b, struct stile_value v)
{
	stile__json_write(b, &v);
}

void
stile_json_write_object(struct stile_buf *b, struct stile_args args)
{
	const char	*sep = "";
	size_t		 i;

	stile_buf_putc(b, '{');
	for (i = 0; i + 1 < args.n; i += 2) {
		if (args.v[i + 1].type == STILE_ABSENT)
			continue;
		stile_buf_puts(b, sep);
		sep = ",";
		stile__json_write(b, &args.v[i]);
		stile_buf_putc(b, ':');
		stile__json_write(b, &args.v[i + 1]);
	}
	stile_buf_putc(b, '}');
}
