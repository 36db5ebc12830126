/* SPDX-License-Identifier: ISC */
/*
 * Validators, and what a client's conditions come to.  A GET is checked when
 * its answer is ready, by the ETag and Last-Modified that it has; a change is
 * checked by its handler, before it is made (RFC 9110, section 13).
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/date.h"
#include "stile/str.h"
#include "stile/table.h"
#include "base/clock.h"
#include "codec/etag.h"
#include "http/req.h"
#include "base/banned.h"

static int
put_etag(struct stile_req *r, const char *prefix, const char *opaque)
{
	char	*tag;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((tag = stile_arena_printf(r->arena, "%s\"%s\"", prefix,
	    opaque)) == NULL)
		return stile__fail_nomem(r);
	if (!stile__etag_valid(stile_str(tag)))
		return stile_fail(r, 500, "%s is not an entity tag", tag);
	return stile_header_set(r, "ETag", tag);
}

int
stile_etag(struct stile_req *r, const char *opaque)
{
	return put_etag(r, "", opaque);
}

int
stile_etag_weak(struct stile_req *r, const char *opaque)
{
	return put_etag(r, "W/", opaque);
}

int
stile_etag_int(struct stile_req *r, int64_t version)
{
	char	s[24];

	snprintf(s, sizeof(s), "%" PRId64, version);
	return put_etag(r, "", s);
}

static const char *
answer_header(const struct stile_req *r, const char *name)
{
	return r->res.headers != NULL ?
	    stile_table_get(r->res.headers, name) : NULL;
}

/*
 * Two runs of FNV-1a from different starts: 128 bits.  Content that was made
 * to collide only makes its author's own copies look alike.
 */
int
stile_etag_content(struct stile_req *r)
{
	const struct req_body	*body = &r->res.body;
	uint64_t		 a = 14695981039346656037u;
	uint64_t		 b = 0x9E3779B97F4A7C15u;
	unsigned char		 c;
	char			 s[40];
	int64_t			 i;

	/* In place of an empty one, the web server may send a file. */
	if (r->res.status != 200 || body->kind != BODY_MEMORY ||
	    body->length == 0 || answer_header(r, "ETag") != NULL)
		return STILE_OK;
	for (i = 0; i < body->length; i++) {
		c = (unsigned char)body->mem.p[i];
		a = (a ^ c) * 1099511628211u;
		b = (b ^ c) * 0x00000100000001B3u + (b >> 29);
	}
	snprintf(s, sizeof(s), "%016" PRIx64 "%016" PRIx64, a, b);
	return put_etag(r, "", s);
}

int
stile_last_modified(struct stile_req *r, int64_t sec)
{
	char	date[STILE_HTTP_DATE_SIZE];

	stile_http_date(sec, date);
	return stile_header_set(r, "Last-Modified", date);
}

int
stile_cache_control(struct stile_req *r, const char *directives)
{
	return stile_header_set(r, "Cache-Control", directives);
}

static bool
lists(const char *value, const char *name)
{
	struct stile_str	rest = stile_str(value), item;

	while (stile_str_cut(&rest, ',', &item)) {
		item = stile_str_trim(item);
		if (stile_str_eq(item, STR("*")) ||
		    stile_str_caseeq(item, stile_str(name)))
			return true;
	}
	return false;
}

/* One line of all that there are, and the name. */
int
stile_vary(struct stile_req *r, const char *name)
{
	struct stile_str	header, value;
	const char		*all = "";
	size_t			 i;

	for (i = 0; r->res.headers != NULL &&
	    stile_table_at(r->res.headers, i, &header, &value); i++) {
		if (!stile_str_caseeq(header, STR("Vary")) || value.len == 0)
			continue;
		if (lists(value.p, name))
			return stile_failed(r);
		all = stile_arena_printf(r->arena, "%s%.*s, ", all,
		    STILE_STR_ARG(value));
		if (all == NULL)
			return stile__fail_nomem(r);
	}
	if ((all = stile_arena_printf(r->arena, "%s%s", all, name)) == NULL)
		return stile__fail_nomem(r);
	return stile_header_set(r, "Vary", all);
}

static struct stile_str
field(struct stile_req *r, const char *name)
{
	return stile_str(stile_header(r, name));
}

static bool
is_read(const struct stile_req *r)
{
	return strcmp(stile_req_method(r), "GET") == 0 ||
	    strcmp(stile_req_method(r), "HEAD") == 0;
}

static enum stile__cond
evaluate(struct stile_req *r, bool *range)
{
	struct stile__cond_in	 in;
	const char		*modified = answer_header(r, "Last-Modified");

	in = (struct stile__cond_in){
		.read = is_read(r),
		.range = strcmp(stile_req_method(r), "GET") == 0 &&
		    stile_header(r, "Range") != NULL,
		.etag = stile_str(answer_header(r, "ETag")),
		.last_modified = -1,
		.now = stile_now_ms() / 1000,
		.if_match = field(r, "If-Match"),
		.if_none_match = field(r, "If-None-Match"),
		.if_modified_since = field(r, "If-Modified-Since"),
		.if_unmodified_since = field(r, "If-Unmodified-Since"),
		.if_range = field(r, "If-Range"),
	};
	if (modified != NULL && stile_http_date_parse(stile_str(modified),
	    in.now, &in.last_modified) != STILE_OK)
		in.last_modified = -1;
	in.exists = in.etag.p != NULL || modified != NULL;
	return stile__conditions(&in, range);
}

static int
refuse(struct stile_req *r)
{
	return stile_fail(r, 412, "it has changed, or does not exist as the "
	    "condition expects");
}

int
stile_preconditions(struct stile_req *r)
{
	bool	range;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	/* What is not modified is told when the answer is there. */
	return evaluate(r, &range) != STILE__COND_FAILED ? STILE_OK :
	    refuse(r);
}

/* Section 15.4.5: what describes the content stays away with it. */
static void
not_modified(struct stile_req *r)
{
	r->res.status = 304;
	r->res.type = NULL;
	r->res.body = (struct req_body){ .kind = BODY_MEMORY };
	stile_header_remove(r, "Content-Disposition");
	stile_header_remove(r, "Accept-Ranges");
}

void
stile__res_conditions(struct stile_req *r)
{
	bool	range = false, validated;

	if (r->res.status != 200 || !is_read(r) || r->io->authorizes)
		return;
	validated = answer_header(r, "ETag") != NULL ||
	    answer_header(r, "Last-Modified") != NULL;
	if (validated)
		switch (evaluate(r, &range)) {
		case STILE__COND_NOT_MODIFIED:
			not_modified(r);
			return;
		case STILE__COND_FAILED:
			refuse(r);
			return;
		case STILE__COND_PROCEED:
			break;
		}
	else
		range = strcmp(stile_req_method(r), "GET") == 0 &&
		    stile_header(r, "If-Range") == NULL;
	if (range && answer_header(r, "Accept-Ranges") != NULL)
		stile__res_ranges(r, stile_header(r, "Range"));
}
