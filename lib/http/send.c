/* SPDX-License-Identifier: ISC */
/* The senders: each makes the answer from one kind of thing. */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

#define JSON_MAX	(64 * 1024 * 1024)

/* Bytes that stay until it is written, as the answer. */
static int
answer(struct stile_req *r, int status, const char *type, struct stile_str s)
{
	struct req_body	body = { .kind = BODY_MEMORY, .mem = s };

	body.length = (int64_t)s.len;
	return stile__answer(r, status, type, &body);
}

int
stile_send(struct stile_req *r, int status, const char *type, const void *p,
    size_t n)
{
	struct stile_str	body = { p, n };

	if ((body.p = stile_arena_dup(r->arena, body)) == NULL)
		return stile__fail_nomem(r);
	return answer(r, status, type, body);
}

int
stile_send_static(struct stile_req *r, int status, const char *type,
    const void *p, size_t n)
{
	return answer(r, status, type, (struct stile_str){ p, n });
}

/* NULL is what functions that make a text return with the request failed. */
static int
send_text(struct stile_req *r, int status, const char *type, const char *s)
{
	if (s == NULL)
		s = "";
	return stile_send(r, status, type, s, strlen(s));
}

int
stile_send_text(struct stile_req *r, int status, const char *s)
{
	return send_text(r, status, "text/plain; charset=utf-8", s);
}

int
stile_send_html(struct stile_req *r, int status, const char *s)
{
	return send_text(r, status, "text/html; charset=utf-8", s);
}

int
stile_send_empty(struct stile_req *r, int status)
{
	return answer(r, status, NULL, STR(""));
}

int
stile_send_buf(struct stile_req *r, int status, const char *type,
    const struct stile_buf *b)
{
	switch (stile_buf_err(b)) {
	case STILE_OK:
		return answer(r, status, type, stile_buf_view(b));
	case STILE_ETOOBIG:
		return stile_fail(r, 500, "the answer is over its "
		    "buffer's limit");
	default:
		return stile__fail_nomem(r);
	}
}

int
stile_send_json(struct stile_req *r, int status, struct json_object *j)
{
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK) {
		json_object_put(j);
		return STILE_EFAILED;
	}
	if ((b = stile_buf_new(r->arena, JSON_MAX)) != NULL)
		stile_json_write(b, stile_json_value(j));
	json_object_put(j);
	if (b == NULL)
		return stile__fail_nomem(r);
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_object(struct stile_req *r, int status, struct stile_args args)
{
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((b = stile_buf_new(r->arena, JSON_MAX)) == NULL)
		return stile__fail_nomem(r);
	stile_json_write_object(b, args);
	return stile_send_buf(r, status, "application/json", b);
}
