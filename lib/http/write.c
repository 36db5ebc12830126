/* SPDX-License-Identifier: ISC */
/*
 * The answer on its way out, in CGI's format (RFC 3875, section 6): the head,
 * then a body from memory, from a file, or from a function that writes it.
 */
#include "base/priv.h"

#include <errno.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "stile/table.h"
#include "http/req.h"
#include "base/banned.h"

#define HEAD_MAX	(64 * 1024)
#define CHUNK		(64 * 1024)

static bool
status_has_body(int status)
{
	return status != 204 && status != 304;
}

bool
stile__res_has_body(const struct stile_req *r)
{
	return status_has_body(r->res.status) &&
	    strcmp(stile_req_method(r), "HEAD") != 0;
}

int
stile__res_cut(struct stile_req *r, enum stile_err rc)
{
	r->res.cut = true;
	r->res.gone = rc == STILE_EGONE;
	return stile_fail(r, 500, "the answer was cut: %s",
	    stile_err_name(rc));
}

static void
put_line(struct stile_buf *b, struct stile_str name, struct stile_str value)
{
	stile_buf_str(b, name);
	stile_buf_write(b, ": ", 2);
	stile_buf_str(b, value);
	stile_buf_write(b, "\r\n", 2);
}

static struct stile_str
digits(char p[DIGITS_MAX], int64_t v)
{
	char	*end = p + DIGITS_MAX, *from = stile__digits(end, (uint64_t)v);

	return (struct stile_str){ from, (size_t)(end - from) };
}

static void
put_head(struct stile_req *r, struct stile_buf *b)
{
	struct stile_str	name, value;
	char			num[DIGITS_MAX];
	size_t			i;

	stile_buf_puts(b, "Status: ");
	stile_buf_str(b, digits(num, r->res.status));
	stile_buf_putc(b, ' ');
	stile_buf_puts(b, stile_status_phrase(r->res.status));
	stile_buf_write(b, "\r\n", 2);
	if (r->res.type != NULL)
		put_line(b, STR("Content-Type"), stile_str(r->res.type));
	if (r->res.body.kind != BODY_STREAM && status_has_body(r->res.status))
		put_line(b, STR("Content-Length"),
		    digits(num, r->res.body.length));
	for (i = 0; r->res.headers != NULL &&
	    stile_table_at(r->res.headers, i, &name, &value); i++)
		put_line(b, name, value);
	stile_buf_write(b, "\r\n", 2);
}

/* What is left to say without memory for a head, or with too large a one. */
static void
write_bare(struct stile_req *r)
{
	static const char	bare[] = "Status: 503 Service Unavailable\r\n"
	    "Content-Length: 0\r\n\r\n";
	enum stile_err		rc;

	stile_fail(r, 503, "no memory for the head, or it is over %d bytes",
	    HEAD_MAX);
	r->res.status = 503;
	r->res.body = (struct req_body){ .mem = STR("") };
	rc = r->io->write(r->io_arg, bare, sizeof(bare) - 1);
	if (rc != STILE_OK)
		stile__res_cut(r, rc);
}

void
stile__res_write_head(struct stile_req *r)
{
	struct stile_buf	*b;
	struct stile_str	 head;
	enum stile_err		 rc;

	r->res.head_sent = true;
	/* A stream may be made from the rest of a body. */
	if (r->io->body_done != NULL &&
	    (r->res.body.kind != BODY_STREAM || !r->body_begun))
		r->io->body_done(r->io_arg);
	if ((b = stile_buf_new(r->arena, HEAD_MAX)) != NULL)
		put_head(r, b);
	if (b == NULL || stile_buf_err(b) != STILE_OK) {
		write_bare(r);
		return;
	}
	head = stile_buf_view(b);
	if ((rc = r->io->write(r->io_arg, head.p, head.len)) != STILE_OK)
		stile__res_cut(r, rc);
}

static bool
write_bytes(struct stile_req *r, const char *p, size_t n)
{
	enum stile_err	rc = STILE_OK;

	if (n > 0)
		rc = r->io->write(r->io_arg, p, n);
	if (rc != STILE_OK) {
		stile__res_cut(r, rc);
		return false;
	}
	r->res.sent += n;
	return true;
}

static bool
write_memory(struct stile_req *r, int64_t offset, int64_t length)
{
	return write_bytes(r, r->res.body.mem.p + offset, (size_t)length);
}

/* A file that got shorter cannot keep the length that its head says. */
static bool
write_file(struct stile_req *r, int64_t offset, int64_t length)
{
	ssize_t	 n;
	char	*chunk;

	if ((chunk = stile_arena_alloc(r->arena, CHUNK, 1)) == NULL) {
		stile__res_cut(r, STILE_ENOMEM);
		return false;
	}
	for (; length > 0; offset += n, length -= n) {
		do
			n = pread(r->res.body.fd, chunk, length < CHUNK ?
			    (size_t)length : CHUNK, (off_t)offset);
		while (n < 0 && errno == EINTR);
		if (n <= 0) {
			stile__res_cut(r, STILE_EIO);
			return false;
		}
		if (!write_bytes(r, chunk, (size_t)n))
			return false;
	}
	return true;
}

/* The whole body, or its ranges one after the other. */
static void
write_pieces(struct stile_req *r,
    bool (*write_part)(struct stile_req *, int64_t, int64_t))
{
	const struct req_body	*body = &r->res.body;
	const struct req_piece	*p;

	if (body->pieces == NULL) {
		write_part(r, body->offset, body->length);
		return;
	}
	for (p = body->pieces; p < body->pieces + body->npieces; p++)
		if (!write_bytes(r, p->head.p, p->head.len) ||
		    !write_part(r, p->offset, p->length))
			return;
}

static void
write_stream(struct stile_req *r)
{
	const struct req_body	*body = &r->res.body;

	if (body->fn(r, body->arg) < 0 && stile_failed(r) == STILE_OK)
		stile__res_cut(r, STILE_EFAILED);
}

static void
write_answer(struct stile_req *r)
{
	stile__res_write_head(r);
	if (r->res.cut || !stile__res_has_body(r))
		return;
	switch (r->res.body.kind) {
	case BODY_MEMORY:
		write_pieces(r, write_memory);
		break;
	case BODY_FILE:
		write_pieces(r, write_file);
		break;
	case BODY_STREAM:
		write_stream(r);
		break;
	}
}

void
stile__res_write(struct stile_req *r)
{
	/* A stream that the handler wrote itself is all but over. */
	if (!r->res.head_sent)
		write_answer(r);
	/* Whatever it failed with, the end is not where it should be. */
	if (r->res.body.kind == BODY_STREAM && stile_failed(r) != STILE_OK)
		r->res.cut = true;
}
