/* SPDX-License-Identifier: ISC */
/*
 * Pages of rows: limit and offset from the query, and a Link header to the
 * pages before and after (RFC 8288).  One row more than the page is asked for,
 * which says whether there is a next page without counting them all.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/db.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/urlencoded.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

#define ARGS_MAX	32
#define LINK_MAX	8192

/* The query as it was, but for the two. */
static struct stile_buf *
other_params(struct stile_req *r)
{
	const struct stile_table	*t = stile_query_table(r);
	struct stile_str		 name, value;
	struct stile_buf		*b;
	size_t				 i;

	if ((b = stile_buf_new(r->arena, LINK_MAX)) == NULL)
		return NULL;
	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++)
		if (!stile_str_eq(name, STR("limit")) &&
		    !stile_str_eq(name, STR("offset")))
			stile_urlencoded_add(b, name, value);
	return b;
}

static void
put_link(struct stile_buf *b, struct stile_req *r, const char *path,
    const char *rel, int64_t limit, int64_t offset)
{
	struct stile_buf	*query = other_params(r);
	char			 num[24];

	if (query == NULL) {
		stile__fail_nomem(r);
		return;
	}
	snprintf(num, sizeof(num), "%" PRId64, limit);
	stile_urlencoded_add(query, STR("limit"), stile_str(num));
	snprintf(num, sizeof(num), "%" PRId64, offset);
	stile_urlencoded_add(query, STR("offset"), stile_str(num));
	stile_buf_printf(b, "%s<%s?", stile_buf_view(b).len > 0 ? ", " : "",
	    path);
	stile_buf_str(b, stile_buf_view(query));
	stile_buf_printf(b, ">; rel=\"%s\"", rel);
}

static void
put_links(struct stile_req *r, int64_t limit, int64_t offset, bool more)
{
	const char		*path = stile__req_encoded_path(r);
	struct stile_buf	*b;

	if (path == NULL || (b = stile_buf_new(r->arena, LINK_MAX)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	if (offset > 0)
		put_link(b, r, path, "prev", limit,
		    offset > limit ? offset - limit : 0);
	if (more && offset <= INT64_MAX - limit)
		put_link(b, r, path, "next", limit, offset + limit);
	if (stile_buf_view(b).len > 0 && stile_buf_err(b) == STILE_OK)
		stile_header_set(r, "Link", stile_buf_view(b).p);
}

int
stile_send_page(struct stile_req *r, int status, const char *sql,
    struct stile_args args, int64_t limit, int64_t limit_max)
{
	struct stile_value	 v[ARGS_MAX];
	struct stile_buf	*b;
	int64_t			 offset;
	bool			 more = false;

	limit = stile_query_int(r, "limit", 1, limit_max, limit);
	offset = stile_query_int(r, "offset", 0, INT64_MAX, 0);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (args.n > ARGS_MAX - 2)
		return stile_fail(r, 500, "more than %d arguments",
		    ARGS_MAX - 2);
	if (args.n > 0)
		memcpy(v, args.v, args.n * sizeof(*v));
	v[args.n] = stile_int(limit < INT64_MAX ? limit + 1 : limit);
	v[args.n + 1] = stile_int(offset);
	b = stile__rows_json(r, sql, (struct stile_args){ args.n + 2, v },
	    limit, &more);
	if (b == NULL)
		return STILE_EFAILED;
	put_links(r, limit, offset, more);
	return stile_send_buf(r, status, "application/json", b);
}
