/* SPDX-License-Identifier: ISC */
/*
 * Failure of a request: the first cause stands, and every sender and getter
 * after it does nothing.  So a handler may go straight on and return at the
 * end.  What is said with a status under 500 is about the request and is sent;
 * from 500 up it is about us and goes to the log only.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/input.h"
#include "stile/json.h"
#include "stile/str.h"
#include "stile/table.h"
#include "http/req.h"
#include "base/banned.h"

#define PAGE_MAX	(1024 * 1024)	/* a list of errors is long */

static const struct {
	enum stile_err	code;
	int		status;
} statuses[] = {
	{ STILE_ENOMEM,		503 },
	{ STILE_ETOOBIG,	413 },
	{ STILE_ESYNTAX,	400 },
	{ STILE_ERANGE,		400 },
	{ STILE_ENOTFOUND,	404 },
	{ STILE_ECONSTRAINT,	409 },
	{ STILE_EUNIQUE,	409 },
	{ STILE_EFOREIGN,	409 },
	{ STILE_ENOTNULL,	422 },
	{ STILE_ECHECK,		422 },
	{ STILE_ECONFLICT,	503 },
	{ STILE_EBUSY,		503 },
	{ STILE_EGONE,		503 },
	{ STILE_ETIME,		503 },
	{ STILE_EFULL,		507 },
};

int
stile__err_status(enum stile_err code)
{
	size_t	i;

	for (i = 0; i < NELEM(statuses); i++)
		if (statuses[i].code == code)
			return statuses[i].status;
	return 500;
}

int
stile__fail_nomem(struct stile_req *r)
{
	static const struct stile_error	nomem = {
		.code = STILE_ENOMEM, .status = 503, .detail = "no memory"
	};

	return stile_fail_error(r, &nomem);
}

int
stile__fail_not_found(struct stile_req *r)
{
	return stile_fail(r, 404, "not found");
}

int
stile_fail(struct stile_req *r, int status, const char *fmt, ...)
{
	struct stile_error	e = { 0 };
	va_list			ap;

	if (r->failure.status != 0)
		return STILE_EFAILED;
	va_start(ap, fmt);
	vsnprintf(e.detail, sizeof(e.detail), fmt, ap);
	va_end(ap);
	e.code = STILE_EFAILED;
	e.status = status;
	return stile_fail_error(r, &e);
}

int
stile_fail_error(struct stile_req *r, const struct stile_error *e)
{
	if (r->failure.status != 0)
		return STILE_EFAILED;
	r->failure.status = e->status != 0 ? e->status :
	    stile__err_status(e->code);
	if (r->failure.status < 400 || r->failure.status > 599)
		r->failure.status = 500;
	r->failure.cause = *e;
	return STILE_EFAILED;
}

const char *
stile__public_detail(const struct req_failure *f)
{
	if (f->status >= 500)
		return "";
	return f->detail != NULL ? f->detail : f->cause.detail;
}

int
stile_fail_member(struct stile_req *r, const char *name, struct stile_value v)
{
	struct req_failure	*f = &r->failure;

	if (f->nmembers + 2 <= NELEM(f->members)) {
		f->members[f->nmembers++] = stile_text(name);
		f->members[f->nmembers++] = v;
	}
	return STILE_EFAILED;
}

int
stile_fail_header(struct stile_req *r, const char *name, const char *value)
{
	stile__put_header(r, &r->failure.headers, name, value, true);
	return STILE_EFAILED;
}

int
stile_failed(const struct stile_req *r)
{
	return r->failure.status != 0 ? STILE_EFAILED : STILE_OK;
}

int
stile_failed_status(const struct stile_req *r)
{
	return r->failure.status != 0 ? r->failure.status : r->shown.status;
}

const char *
stile_failed_detail(const struct stile_req *r)
{
	const struct req_failure	*f;

	f = r->failure.status != 0 ? &r->failure : &r->shown;
	return stile__public_detail(f);
}

struct stile_value
stile_failed_member(const struct stile_req *r, const char *name)
{
	const struct req_failure	*f;
	size_t				 i;

	f = r->failure.status != 0 ? &r->failure : &r->shown;
	for (i = 0; i + 1 < f->nmembers; i += 2)
		if (stile_str_eq(f->members[i].u.s, stile_str(name)))
			return f->members[i + 1];
	return (struct stile_value){ .type = STILE_ABSENT };
}

void
stile__show_failure(struct stile_req *r)
{
	struct stile_str	name, value;
	size_t			i;

	r->shown = r->failure;
	r->failure = (struct req_failure){ .status = 0 };
	r->res = (struct req_response){ .headers = NULL };
	/* Copied: an error handler that fails itself must leave none behind. */
	for (i = 0; r->shown.headers != NULL &&
	    stile_table_at(r->shown.headers, i, &name, &value); i++)
		stile__put_header(r, &r->res.headers, name.p, value.p, false);
}

/* RFC 9457, section 3.1 */
static void
write_json(struct stile_req *r, struct stile_buf *b)
{
	const struct req_failure	*f = &r->shown;
	struct stile_value		 v[6 + 4 + NELEM(f->members)];
	size_t				 n = 0;

	v[n++] = stile_text("type");
	v[n++] = stile_text("about:blank");
	v[n++] = stile_text("title");
	v[n++] = stile_text(stile_status_phrase(f->status));
	v[n++] = stile_text("status");
	v[n++] = stile_int(f->status);
	if (*stile__public_detail(f) != '\0') {
		v[n++] = stile_text("detail");
		v[n++] = stile_text(stile__public_detail(f));
	}
	memcpy(v + n, f->members, f->nmembers * sizeof(*v));
	n += f->nmembers;
	if (f->status >= 500) {
		v[n++] = stile_text("request_id");
		v[n++] = stile_text(r->id);
	}
	stile_json_write_object(b, (struct stile_args){ .n = n, .v = v });
}

/* What each thing that is wrong is, where there is more than one. */
static void
write_violations(struct stile_req *r, struct stile_buf *b)
{
	const struct stile_violations	 all = stile_violations(r);
	size_t				 i;

	if (r->shown.status != 422 || all.n < 2)
		return;
	stile_buf_puts(b, "<ul>\n");
	for (i = 0; i < all.n; i++) {
		stile_buf_puts(b, "<li>");
		stile_enc_html(b, stile_str(all.v[i].where));
		stile_buf_puts(b, *all.v[i].where != '\0' ? ": " : "");
		stile_enc_html(b, stile_str(all.v[i].detail));
		stile_buf_puts(b, "</li>\n");
	}
	stile_buf_puts(b, "</ul>\n");
}

static void
write_html(struct stile_req *r, struct stile_buf *b)
{
	const char	*phrase = stile_status_phrase(r->shown.status);
	const char	*detail = stile__public_detail(&r->shown);

	stile_buf_printf(b, "<!DOCTYPE html>\n<html lang=\"en\">"
	    "<meta charset=\"utf-8\"><title>%d %s</title>\n<h1>%d %s</h1>\n",
	    r->shown.status, phrase, r->shown.status, phrase);
	if (*detail != '\0') {
		stile_buf_puts(b, "<p>");
		stile_enc_html(b, stile_str(detail));
		stile_buf_puts(b, "</p>\n");
	}
	write_violations(r, b);
	if (r->shown.status >= 500) {
		stile_buf_puts(b, "<p>Request ");
		stile_enc_html(b, stile_str(r->id));
		stile_buf_puts(b, "</p>\n");
	}
	stile_buf_puts(b, "</html>\n");
}

static void
set_body(struct stile_req *r, struct stile_str s)
{
	r->res.body = (struct req_body){ .kind = BODY_MEMORY, .mem = s,
	    .length = (int64_t)s.len };
}

/* The last resort, for when there is no memory to say more. */
static void
plain(struct stile_req *r)
{
	r->res.status = r->shown.status;
	r->res.type = "text/plain; charset=utf-8";
	set_body(r, stile_str(stile_status_phrase(r->shown.status)));
}

void
stile__problem(struct stile_req *r)
{
	bool			 html = stile__req_wants_html(r);
	struct stile_buf	*b;

	if ((b = stile_buf_new(r->arena, PAGE_MAX)) == NULL) {
		plain(r);
		return;
	}
	if (html)
		write_html(r, b);
	else
		write_json(r, b);
	if (stile_buf_err(b) != STILE_OK) {
		plain(r);
		return;
	}
	r->res.status = r->shown.status;
	r->res.type = html ? "text/html; charset=utf-8" :
	    "application/problem+json";
	set_body(r, stile_buf_view(b));
}
