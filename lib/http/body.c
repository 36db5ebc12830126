/* SPDX-License-Identifier: ISC */
/*
 * The body: read piece by piece, or once and whole, and never more than the
 * limit.  A length over the limit is refused before a byte is read; a body
 * that ends before its length, or stops coming, is an error and never a shorter
 * body.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/num.h"
#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

#define CHUNK	(16 * 1024)
#define UNKNOWN	(-1)

static void
too_big(struct stile_req *r)
{
	stile_fail(r, 413, "body_max: a body of at most %zu bytes is accepted",
	    r->max.body);
}

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
	if ((uint64_t)*ret <= r->max.body)
		return true;
	too_big(r);
	return false;
}

bool
stile__check_coding(struct stile_req *r)
{
	const char	*coding = stile_header(r, "Content-Encoding");

	if (coding == NULL || *coding == '\0' ||
	    strcasecmp(coding, "identity") == 0)
		return true;
	stile_fail(r, 415, "no Content-Encoding is accepted");
	return false;
}

static long
read_some(struct stile_req *r, void *p, size_t n)
{
	int64_t	left = r->body_length - (int64_t)r->body_seen;
	long	k;

	if (r->body_length != UNKNOWN && (uint64_t)left < n)
		n = (size_t)left;
	if (n == 0)
		return 0;
	k = r->io->read(r->io_arg, p, n);
	if (k > 0)
		r->body_seen += (size_t)k;
	if (k == STILE_ETIME)
		stile_fail(r, 408, "the body did not arrive in time");
	else if (k < 0 && r->body_length == UNKNOWN)
		stile_fail(r, 400, "the body did not arrive whole");
	else if (k <= 0 && r->body_length != UNKNOWN)
		stile_fail(r, 400, "the body ended after %zu of %" PRId64
		    " bytes", r->body_seen, r->body_length);
	else if (r->body_seen > r->max.body)
		too_big(r);
	return stile_failed(r) == STILE_OK ? k : STILE_EFAILED;
}

/* With the answer under way, what nobody has begun to read is thrown away. */
static int
too_late(struct stile_req *r)
{
	return stile_fail(r, 500, "the body is read too late: the answer has "
	    "begun");
}

long
stile_read(struct stile_req *r, void *p, size_t n)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (r->body_whole)
		return stile_fail(r, 500, "stile_read after stile_body");
	if (!r->body_begun && r->res.head_sent)
		return too_late(r);
	if (!r->body_begun && !declared(r, &r->body_length))
		return STILE_EFAILED;
	r->body_begun = true;
	return read_some(r, p, n);
}

static void
read_declared(struct stile_req *r, size_t size)
{
	size_t	n = 0;
	long	k;
	char	*p;

	if ((p = stile_arena_alloc(r->arena, size + 1, 1)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	while ((k = read_some(r, p + n, size - n)) > 0)
		n += (size_t)k;
	if (k == 0)
		r->body = (struct stile_str){ p, n };
}

static void
read_to_end(struct stile_req *r)
{
	struct stile_buf	*b;
	char			 chunk[CHUNK];
	long			 k = 0;

	if ((b = stile_buf_new(r->arena, r->max.body)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	while (stile_buf_err(b) == STILE_OK &&
	    (k = read_some(r, chunk, sizeof(chunk))) > 0)
		stile_buf_write(b, chunk, (size_t)k);
	if (stile_buf_err(b) != STILE_OK)
		stile__fail_nomem(r);
	else if (k == 0)
		r->body = stile_buf_view(b);
}

struct stile_str
stile_body(struct stile_req *r)
{
	if (r->body_whole || stile_failed(r) != STILE_OK)
		return r->body;
	if (r->body_begun) {
		stile_fail(r, 500, "stile_body after stile_read");
		return r->body;
	}
	if (r->res.head_sent) {
		too_late(r);
		return r->body;
	}
	r->body_whole = true;
	r->body = STR("");
	if (!stile__check_coding(r) || !declared(r, &r->body_length))
		return r->body;
	if (r->body_length == UNKNOWN)
		read_to_end(r);
	else if (r->body_length > 0)
		read_declared(r, (size_t)r->body_length);
	return r->body;
}
