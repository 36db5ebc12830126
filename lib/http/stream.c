/* SPDX-License-Identifier: ISC */
/*
 * Streams: answers of which the head is gone before the body is made.  From
 * then on a failure cannot become an answer; it cuts the stream, and the gate
 * ends the connection so that the client can tell.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/buf.h"
#include "stile/stream.h"
#include "stile/table.h"
#include "http/req.h"
#include "base/banned.h"

#define EVENT_MAX	(1024 * 1024)

/* Without a function, the handler writes it. */
static int
answer(struct stile_req *r, int status, const char *type, stile_stream_fn fn,
    void *arg)
{
	struct req_body	body = { .kind = BODY_STREAM, .fn = fn, .arg = arg };

	if (r->res.headers == NULL ||
	    stile_table_get(r->res.headers, "X-Accel-Buffering") == NULL)
		stile_header_set(r, "X-Accel-Buffering", "no");
	return stile__answer(r, status, type, &body);
}

int
stile_send_stream(struct stile_req *r, int status, const char *type,
    stile_stream_fn fn, void *arg)
{
	if (fn == NULL)
		return stile_fail(r, 500, "a stream without a function");
	return answer(r, status, type, fn, arg);
}

int
stile_begin_stream(struct stile_req *r, int status, const char *type)
{
	if (answer(r, status, type, NULL, NULL) != STILE_OK)
		return STILE_EFAILED;
	if (r->before_send != NULL)
		r->before_send(r);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	/* It may have become a 304, for which what is written goes nowhere. */
	stile__res_write_head(r);
	return stile_failed(r);
}

int
stile_write(struct stile_req *r, const void *p, size_t n)
{
	enum stile_err	rc;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (!r->res.head_sent)
		return stile_fail(r, 500, "stile_write: no stream has begun");
	if (n == 0 || !stile__res_has_body(r))
		return STILE_OK;
	if (r->res.body.kind != BODY_STREAM)
		return stile_fail(r, 500, "stile_write: the answer is whole");
	if ((rc = r->io->write(r->io_arg, p, n)) != STILE_OK)
		return stile__res_cut(r, rc);
	r->res.sent += n;
	stile__clock_renew(r);
	return STILE_OK;
}

int
stile_flush(struct stile_req *r)
{
	enum stile_err	rc;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (r->io->flush == NULL || !r->res.head_sent)
		return STILE_OK;
	rc = r->io->flush(r->io_arg);
	return rc == STILE_OK ? STILE_OK : stile__res_cut(r, rc);
}

bool
stile_client_gone(struct stile_req *r)
{
	return r->res.cut || (r->io->gone != NULL && r->io->gone(r->io_arg));
}

/* A field a line; what would end the line early is refused (HTML, 9.2.5). */
static bool
put_field(struct stile_buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return true;
	if (strpbrk(value, "\r\n") != NULL)
		return false;
	stile_buf_printf(b, "%s: ", name);
	stile_buf_puts(b, value);
	stile_buf_putc(b, '\n');
	return true;
}

static void
put_lines(struct stile_buf *b, const char *prefix, const char *text)
{
	size_t	n;

	/* CR, LF and both together end a line, section 9.2.6. */
	for (;; text += n) {
		n = strcspn(text, "\r\n");
		stile_buf_puts(b, prefix);
		stile_buf_write(b, text, n);
		stile_buf_putc(b, '\n');
		if (text[n] == '\0')
			break;
		n += text[n] == '\r' && text[n + 1] == '\n' ? 2 : 1;
	}
}

/* One buffer for all events of a stream, however many there are. */
static struct stile_buf *
event_buf(struct stile_req *r)
{
	if (r->scratch == NULL)
		r->scratch = stile_buf_new(r->arena, EVENT_MAX);
	else
		stile_buf_clear(r->scratch);
	return r->scratch;
}

static int
write_event(struct stile_req *r, struct stile_buf *b)
{
	struct stile_str	s = stile_buf_view(b);

	if (stile_buf_err(b) == STILE_ETOOBIG)
		return stile_fail(r, 500, "an event of more than %d bytes",
		    EVENT_MAX);
	if (stile_buf_err(b) != STILE_OK)
		return stile__fail_nomem(r);
	if (stile_write(r, s.p, s.len) != STILE_OK)
		return STILE_EFAILED;
	return stile_flush(r);
}

int
stile_event(struct stile_req *r, const struct stile_event *ev)
{
	struct stile_buf	*b;

	if ((b = event_buf(r)) == NULL)
		return stile__fail_nomem(r);
	if (!put_field(b, "id", ev->id) || !put_field(b, "event", ev->event))
		return stile_fail(r, 500, "an event's field has a line end");
	if (ev->retry_ms > 0)
		stile_buf_printf(b, "retry: %" PRId64 "\n", ev->retry_ms);
	if (ev->data != NULL)
		put_lines(b, "data: ", ev->data);
	stile_buf_putc(b, '\n');
	return write_event(r, b);
}

int
stile_event_comment(struct stile_req *r, const char *text)
{
	struct stile_buf	*b;

	if ((b = event_buf(r)) == NULL)
		return stile__fail_nomem(r);
	put_lines(b, ": ", text);
	stile_buf_putc(b, '\n');
	return write_event(r, b);
}

int
stile_begin_events(struct stile_req *r)
{
	/* A cache would keep events, and a proxy hold them back. */
	stile_header_set(r, "Cache-Control", "no-store");
	if (stile_begin_stream(r, 200, "text/event-stream") != STILE_OK)
		return STILE_EFAILED;
	/* nginx may keep back a head that nothing follows. */
	return stile_event_comment(r, "");
}
