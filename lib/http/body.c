/* SPDX-License-Identifier: ISC */
/*
 * The body: read once, whole, and never more than the limit.  A length over
 * the limit is refused before a byte is read; a body that ends before its
 * length is an error and never a shorter body.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/num.h"
#include "stile/str.h"
#include "stile/urlencoded.h"
#include "codec/field.h"
#include "codec/json.h"
#include "http/req.h"
#include "base/banned.h"

#define CHUNK	(16 * 1024)
#define UNKNOWN	(-1)

/*
 * What CONTENT_LENGTH says.  Servers that pass on a chunked body leave it out,
 * or say nothing, or -1 (RFC 3875, section 4.1.2, knows only the first two).
 */
static bool
declared(struct stile_req *r, int64_t *ret)
{
	const char	*s = r->known[V_CONTENT_LENGTH];
	enum stile_err	 rc;
	bool		 chunked;

	*ret = UNKNOWN;
	if (s == NULL || *s == '\0' || strcmp(s, "-1") == 0) {
		chunked = stile_header(r, "Transfer-Encoding") != NULL;
		if (!r->io->body_ends && !chunked)
			*ret = 0;
		return true;
	}
	rc = stile_num_int(stile_str(s), 0, INT64_MAX, ret);
	if (rc == STILE_ERANGE && *s != '-')
		*ret = INT64_MAX;
	else if (rc != STILE_OK) {
		stile_fail(r, 400, "Content-Length is not a length");
		return false;
	}
	if ((uint64_t)*ret <= r->body_max)
		return true;
	stile_fail(r, 413, "a body of at most %zu bytes is accepted",
	    r->body_max);
	return false;
}

/* Up to n bytes; fewer only at the end. */
static long
read_full(struct stile_req *r, char *p, size_t n)
{
	size_t	got = 0;
	long	k;

	while (got < n) {
		if ((k = r->io->read(r->io_arg, p + got, n - got)) < 0)
			return k;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (long)got;
}

static void
read_declared(struct stile_req *r, size_t n)
{
	char	*p;
	long	 got;

	if ((p = stile_arena_alloc(r->arena, n + 1, 1)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	got = read_full(r, p, n);
	if (got < 0 || (size_t)got < n) {
		stile_fail(r, 400, "the body ended after %ld of %zu bytes",
		    got > 0 ? got : 0, n);
		return;
	}
	r->body = (struct stile_str){ p, n };
}

static void
read_to_end(struct stile_req *r)
{
	struct stile_buf	*b;
	char			 chunk[CHUNK];
	long			 n;

	if ((b = stile_buf_new(r->arena, r->body_max)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	while ((n = r->io->read(r->io_arg, chunk, sizeof(chunk))) > 0) {
		stile_buf_write(b, chunk, (size_t)n);
		if (stile_buf_err(b) != STILE_OK)
			break;
	}
	if (stile_buf_err(b) == STILE_ETOOBIG)
		stile_fail(r, 413, "a body of at most %zu bytes is accepted",
		    r->body_max);
	else if (stile_buf_err(b) != STILE_OK)
		stile__fail_nomem(r);
	else if (n < 0)
		stile_fail(r, 400, "the body did not arrive whole");
	else
		r->body = stile_buf_view(b);
}

struct stile_str
stile_body(struct stile_req *r)
{
	int64_t	n;

	if (r->body_read || stile_failed(r) != STILE_OK)
		return r->body;
	r->body_read = true;
	r->body = STR("");
	if (!declared(r, &n))
		return r->body;
	if (n == UNKNOWN)
		read_to_end(r);
	else if (n > 0)
		read_declared(r, (size_t)n);
	return r->body;
}

static bool
is_json(struct stile_str type)
{
	static const struct stile_str	suffix = STILE_STR_INIT("+json");

	return stile_str_caseeq(type, STR("application/json")) ||
	    (type.len > suffix.len && stile_str_caseeq((struct stile_str){
	    type.p + type.len - suffix.len, suffix.len }, suffix));
}

static bool
is_form(struct stile_str type)
{
	return stile_str_caseeq(type, STR("application/x-www-form-urlencoded"));
}

/* The type, in UTF-8 and not compressed; else 415. */
static bool
check_type(struct stile_req *r, bool (*is)(struct stile_str),
    const char *expected)
{
	struct stile_str	type, charset;
	const char		*coding;

	if (stile_failed(r) != STILE_OK)
		return false;
	type = stile_str(r->known[V_CONTENT_TYPE]);
	if (!is(stile__media_type(type))) {
		stile_fail(r, 415, "a body of type %s is expected", expected);
		return false;
	}
	if (stile__media_param(type, "charset", &charset) &&
	    !stile_str_caseeq(charset, STR("utf-8"))) {
		stile_fail(r, 415, "only the charset UTF-8 is accepted");
		return false;
	}
	coding = stile_header(r, "Content-Encoding");
	if (coding != NULL && strcasecmp(coding, "identity") != 0) {
		stile_fail(r, 415, "no Content-Encoding is accepted");
		return false;
	}
	return true;
}

const struct stile_table *
stile_form_table(struct stile_req *r)
{
	struct stile_error	e = { STILE_OK, 0, "" };
	struct stile_str	body;

	if (r->form != NULL ||
	    !check_type(r, is_form, "application/x-www-form-urlencoded"))
		return r->form;
	body = stile_body(r);
	if (stile_failed(r) == STILE_OK && stile_urlencoded_parse(r->arena,
	    body, r->limits->params, &r->form, &e) != STILE_OK)
		stile_fail_error(r, &e);
	return r->form;
}

struct json_object *
stile_json(struct stile_req *r)
{
	struct stile_error	 e = { STILE_OK, 0, "" };
	struct json_object	*j;
	struct stile_str	 body;

	if (r->json_read || !check_type(r, is_json, "application/json"))
		return r->json;
	r->json_read = true;
	body = stile_body(r);
	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (stile_json_parse(body, r->limits->json_depth, &j, &e) != STILE_OK) {
		stile_fail_error(r, &e);
		return NULL;
	}
	if (stile_arena_defer(r->arena, stile__json_put, j) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return r->json = j;
}
