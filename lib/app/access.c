/* SPDX-License-Identifier: ISC */
/*
 * The access log: one line a request, like every other line of the log, or in
 * the combined format that web servers write and statistics programs read.
 */
#include "base/priv.h"

#include "stile/date.h"
#include "stile/str.h"
#include "app/access.h"
#include "app/site.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/banned.h"

#define LINE_SIZE	4096
#define FIELD_MAX	1024
#define FIXED_MAX	128	/* all that is between the fields */

static const struct req_failure *
failure(const struct stile_req *r)
{
	return r->failure.status != 0 ? &r->failure : &r->shown;
}

static void
write_pairs(struct stile_req *r, struct stile_log *log, enum stile_level level,
    int64_t us)
{
	const struct req_failure	*f = failure(r);
	struct stile_value		 v[24];
	size_t				 n = 0;

	v[n++] = stile_text("id");
	v[n++] = stile_text(r->id);
	v[n++] = stile_text("method");
	v[n++] = stile_text(stile_req_method(r));
	v[n++] = stile_text("path");
	v[n++] = stile_text(r->path);
	v[n++] = stile_text("status");
	v[n++] = stile_int(r->res.status);
	v[n++] = stile_text("bytes");
	v[n++] = stile_uint(r->res.sent);
	v[n++] = stile_text("us");
	v[n++] = stile_int(us);
	v[n++] = stile_text("peer");
	v[n++] = stile_text(stile_req_peer(r));
	if (r->route != NULL) {
		v[n++] = stile_text("route");
		v[n++] = stile_text(r->route->pattern.text);
	}
	if (f->status != 0) {
		v[n++] = stile_text("cause");
		v[n++] = stile_text(f->cause.detail);
	}
	stile_log(log, level, "request", (struct stile_args){ .n = n, .v = v });
}

/* A field, or "-", as far as it fits. */
static size_t
put(char *out, size_t n, const char *s)
{
	size_t	room = n < LINE_SIZE - FIXED_MAX ? LINE_SIZE - FIXED_MAX - n : 0;

	if (s == NULL || *s == '\0')
		s = "-";
	return n + stile__log_escape(stile_str(s), out + n,
	    room < FIELD_MAX ? room : FIELD_MAX);
}

static size_t
put_str(char *out, size_t n, const char *s)
{
	size_t	len = strlen(s);

	memcpy(out + n, s, len);
	return n + len;
}

static void
write_combined(struct stile_req *r, struct stile_log *log)
{
	char	l[LINE_SIZE], date[STILE_HTTP_DATE_SIZE], text[64];
	size_t	n = 0;

	/* "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale is. */
	stile_http_date(stile_now_ms() / 1000, date);
	snprintf(text, sizeof(text), " [%.2s/%.3s/%.4s:%.8s +0000] \"",
	    date + 5, date + 8, date + 12, date + 17);
	n = put(l, n, stile_req_peer(r));
	n = put_str(l, n, " - ");
	n = put(l, n, stile_req_var(r, "REMOTE_USER"));
	n = put_str(l, n, text);
	n = put(l, n, stile_req_method(r));
	n = put_str(l, n, " ");
	n = put(l, n, stile_req_var(r, "REQUEST_URI"));
	n = put_str(l, n, " ");
	n = put(l, n, stile_req_var(r, "SERVER_PROTOCOL"));
	snprintf(text, sizeof(text), "\" %d %zu \"", r->res.status,
	    r->res.sent);
	n = put_str(l, n, text);
	n = put(l, n, stile_header(r, "Referer"));
	n = put_str(l, n, "\" \"");
	n = put(l, n, stile_header(r, "User-Agent"));
	n = put_str(l, n, "\"\n");
	stile__log_line(log, STILE_INFO, l, n);
}

/* A client that leaves early is nobody's error. */
static enum stile_level
level_of(const struct req_response *res)
{
	return res->status >= 500 || (res->cut && !res->gone) ? STILE_ERROR :
	    STILE_INFO;
}

void
access_write(struct stile_req *r, int64_t us)
{
	const struct stile_site	*site = r->site;
	enum stile_level	 level = level_of(&r->res);

	if (site->access != NULL && stile_log_on(site->access, level)) {
		if (site->access_format == ACCESS_COMBINED)
			write_combined(r, site->access);
		else
			write_pairs(r, site->access, level, us);
	}
	/* Causes belong to the log, wherever the requests are listed. */
	if (level == STILE_ERROR && site->access_apart)
		write_pairs(r, site->log, level, us);
}
