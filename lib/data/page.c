/* SPDX-License-Identifier: ISC */
/*
 * Pages: a part of the rows, and links to the parts beside it (RFC 8288).
 *
 * By offset, a page is found by counting, so that rows which come or go shift
 * it, and a late one costs all before it.  By key, it begins behind the last
 * row that the client has: the values of its key travel in the link as a
 * cursor.
 */
#include "base/priv.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/db.h"
#include "stile/json.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/urlencoded.h"
#include "base/base64.h"
#include "codec/json.h"
#include "data/page.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

#define ARGS_MAX	64
#define KEYS_MAX	8	/* columns of a key */
#define TEXT_MAX	(64 * 1024)	/* bytes of a statement or link */

struct paging {
	struct stile_req	*r;
	const struct stile_page	*page;
	struct stile_args	 args;		/* of the caller */
	int64_t			 limit, offset;
	bool			 back;		/* towards the first page */
	const char		*cursor;	/* NULL: from the first, or last */
	size_t			 nkeys;
	const char		*keys[KEYS_MAX];

	/* What was found. */
	struct stile_buf	*rows;		/* without the brackets */
	bool			 more;		/* in the same direction */
	const char		*first, *last;	/* cursors */
	int64_t			 total;
};

/* ---- the cursor: an array of JSON, in base64url ------------------- */

/* A time is inside an array, so that it does not come back as a number. */
static const char *
make_cursor(struct stile_req *r, const struct paging *p, struct stile_stmt *st)
{
	struct stile_buf	*json = stile_buf_new(r->arena, TEXT_MAX);
	struct stile_buf	*b = stile_buf_new(r->arena, TEXT_MAX);
	struct stile_value	 v;
	size_t			 i;

	if (json == NULL || b == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (i = 0; i < p->nkeys; i++) {
		stile_buf_putc(json, i == 0 ? '[' : ',');
		v = stile_stmt_named(st, p->keys[i]);
		if (v.type == STILE_NULL || v.type == STILE_BLOB) {
			stile_fail(r, 500, "a page's key %s is %s",
			    p->keys[i], stile_type_name(v.type));
			return NULL;
		}
		if (v.type == STILE_TIME)
			stile_buf_printf(json, "[%" PRId64 "]", v.u.i);
		else
			stile_json_write(json, v);
	}
	stile_buf_putc(json, ']');
	stile_base64_encode(b, stile_buf_view(json), STILE_BASE64_URL);
	if (stile_buf_err(json) == STILE_ENOMEM ||
	    stile_buf_err(b) == STILE_ENOMEM) {
		stile__fail_nomem(r);
		return NULL;
	}
	if (stile_buf_err(json) != STILE_OK || stile_buf_err(b) != STILE_OK) {
		stile_fail(r, 500, "a page's key is too long");
		return NULL;
	}
	return stile_buf_view(b).p;
}

static bool
key_value(struct json_object *j, struct stile_value *ret)
{
	switch (json_object_get_type(j)) {
	case json_type_int:
		*ret = stile_int(json_object_get_int64(j));
		return true;
	case json_type_double:
		*ret = stile_double(json_object_get_double(j));
		return true;
	case json_type_boolean:
		*ret = stile_bool(json_object_get_boolean(j));
		return true;
	case json_type_string:
		*ret = stile_text_str((struct stile_str){
		    json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) });
		return true;
	case json_type_array:
		if (json_object_array_length(j) != 1)
			return false;
		j = json_object_array_get_idx(j, 0);
		*ret = stile_time(json_object_get_int64(j));
		return json_object_is_type(j, json_type_int);
	default:
		return false;
	}
}

/* Its values, which stay with the request; what came may be anything. */
static int
read_cursor(const struct paging *p, struct stile_value *v)
{
	struct stile_req	*r = p->r;
	struct json_object	*j;
	enum stile_err		 rc;
	char			*text;
	size_t			 i, n;

	rc = stile__base64_decode(r->arena, stile_str(p->cursor),
	    STILE_BASE64_URL, &text, &n);
	if (rc == STILE_OK)
		rc = stile_json_parse((struct stile_str){ text, n }, 3, &j,
		    NULL);
	if (rc == STILE_ENOMEM)
		return stile__fail_nomem(r);
	if (rc != STILE_OK)
		return stile_fail(r, 400, "%s: not a place in this list",
		    p->back ? "before" : "after");
	if (stile_arena_defer(r->arena, stile__json_put, j) != STILE_OK)
		return stile__fail_nomem(r);
	for (i = 0; i < p->nkeys; i++)
		if (!json_object_is_type(j, json_type_array) ||
		    json_object_array_length(j) != p->nkeys ||
		    !key_value(json_object_array_get_idx(j, i), &v[i]))
			return stile_fail(r, 400,
			    "%s: not a place in this list",
			    p->back ? "before" : "after");
	return STILE_OK;
}

/* ---- the statement ------------------------------------------------ */

/* The caller's arguments and ours, all with names if theirs have them. */
struct all_args {
	struct stile_value	v[ARGS_MAX];
	size_t			n;
	bool			named;
};

/* ":name" or "?", and its value. */
static void
put_arg(struct stile_buf *sql, struct all_args *all, const char *name,
    struct stile_value v)
{
	if (all->named) {
		stile_buf_printf(sql, ":%s", name);
		all->v[all->n++] = stile_text(name);
	} else {
		stile_buf_putc(sql, '?');
	}
	all->v[all->n++] = v;
}

static void
put_keys(struct stile_buf *sql, const struct paging *p, const char *behind)
{
	size_t	i;

	for (i = 0; i < p->nkeys; i++) {
		stile_buf_puts(sql, i > 0 ? ", " : "");
		stile_buf_puts(sql, p->keys[i]);
		stile_buf_puts(sql, behind);
	}
}

static void
put_by_key(struct stile_buf *sql, struct all_args *all,
    const struct paging *p)
{
	static const char *const	names[KEYS_MAX] = {
		"stile_key1", "stile_key2", "stile_key3", "stile_key4",
		"stile_key5", "stile_key6", "stile_key7", "stile_key8",
	};
	struct stile_value		v[KEYS_MAX];
	bool				down = p->page->descending != p->back;
	size_t				i;

	stile_buf_printf(sql, "SELECT * FROM (%s) AS stile_page",
	    p->page->sql);
	if (p->cursor != NULL && read_cursor(p, v) == STILE_OK) {
		stile_buf_puts(sql, " WHERE (");
		put_keys(sql, p, "");
		stile_buf_puts(sql, down ? ") < (" : ") > (");
		for (i = 0; i < p->nkeys; i++) {
			stile_buf_puts(sql, i > 0 ? ", " : "");
			put_arg(sql, all, names[i], v[i]);
		}
		stile_buf_putc(sql, ')');
	}
	stile_buf_puts(sql, " ORDER BY ");
	put_keys(sql, p, down ? " DESC" : "");
	stile_buf_puts(sql, " LIMIT ");
	put_arg(sql, all, "stile_limit", stile_int(p->limit + 1));
}

static void
put_by_offset(struct stile_buf *sql, struct all_args *all,
    const struct paging *p)
{
	stile_buf_printf(sql, "%s LIMIT ", p->page->sql);
	put_arg(sql, all, "stile_limit", stile_int(p->limit + 1));
	stile_buf_puts(sql, " OFFSET ");
	put_arg(sql, all, "stile_offset", stile_int(p->offset));
}

/* ---- the rows ----------------------------------------------------- */

/* Backwards they come the wrong way round. */
static void
put_rows(struct paging *p, struct stile_buf *b, const size_t *ends, int64_t n)
{
	struct stile_str	all = stile_buf_view(b);
	int64_t			i, k;
	size_t			from;

	for (i = 0; i < n; i++) {
		k = p->back ? n - 1 - i : i;
		from = k > 0 ? ends[k - 1] : 0;
		if (i > 0)
			stile_buf_putc(p->rows, ',');
		stile_buf_write(p->rows, all.p + from, ends[k] - from);
	}
}

static void
read_rows(struct paging *p, const char *sql, struct stile_args args)
{
	struct stile_req	*r = p->r;
	struct row_heads	 heads;
	struct stile_buf	*b = stile_buf_new(r->arena, ROWS_BYTES_MAX);
	struct stile_stmt	*st;
	size_t			*ends;
	int64_t			 i;
	int			 row;

	ends = stile_arena_alloc(r->arena, (size_t)p->limit, sizeof(*ends));
	if (b == NULL || ends == NULL) {
		stile__fail_nomem(r);
		return;
	}
	row = stile__rows_start(r, sql, args, &st);
	if (row > 0 && !stile__row_heads(r, st, p->page->as,
	    &heads))
		row = STILE_EFAILED;
	for (i = 0; row > 0 && i < p->limit; i++) {
		stile__row_write(b, &heads);
		ends[i] = stile_buf_view(b).len;
		if (p->nkeys > 0 && i == 0)
			p->first = make_cursor(r, p, st);
		if (p->nkeys > 0 && i == p->limit - 1)
			p->last = make_cursor(r, p, st);
		row = stile__rows_next(r, st);
	}
	p->more = row > 0;
	stile_stmt_done(st);
	if (stile_buf_err(b) != STILE_OK)
		stile__fail_nomem(r);
	else if (stile_failed(r) == STILE_OK)
		put_rows(p, b, ends, i);
}

static void
count_rows(struct paging *p)
{
	const char	*sql;

	sql = stile_arena_printf(p->r->arena,
	    "SELECT count(*) FROM (%s) AS stile_page", p->page->sql);
	if (sql == NULL)
		stile__fail_nomem(p->r);
	else
		p->total = stile_select_int(p->r, sql, p->args);
}

/* ---- links -------------------------------------------------------- */

static bool
is_ours(struct stile_str name)
{
	return stile_str_eq(name, STR("limit")) ||
	    stile_str_eq(name, STR("offset")) ||
	    stile_str_eq(name, STR("after")) ||
	    stile_str_eq(name, STR("before"));
}

/* The same URL, but for where the page is; NULL with the request failed. */
static const char *
make_link(struct paging *p, const char *name, const char *value)
{
	struct stile_req		*r = p->r;
	const struct stile_table	*t = stile_query_table(r);
	const char			*path = stile__req_encoded_path(r);
	struct stile_buf		*query, *b;
	struct stile_str		 n, v;
	char				 num[24];
	size_t				 i;

	query = stile_buf_new(r->arena, TEXT_MAX);
	b = stile_buf_new(r->arena, TEXT_MAX);
	if (path == NULL || query == NULL || b == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (i = 0; t != NULL && stile_table_at(t, i, &n, &v); i++)
		if (!is_ours(n))
			stile_urlencoded_add(query, n, v);
	snprintf(num, sizeof(num), "%" PRId64, p->limit);
	stile_urlencoded_add(query, STR("limit"), stile_str(num));
	stile_urlencoded_add(query, stile_str(name), stile_str(value));
	stile_buf_printf(b, "%s?", path);
	stile_buf_str(b, stile_buf_view(query));
	if (stile_buf_err(b) != STILE_OK || stile_buf_err(query) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return stile_buf_view(b).p;
}

static const char *
offset_link(struct paging *p, int64_t offset)
{
	char	num[24];

	snprintf(num, sizeof(num), "%" PRId64, offset);
	return make_link(p, "offset", num);
}

static void
find_links(struct paging *p, const char **previous, const char **next)
{
	*previous = *next = NULL;
	if (p->nkeys == 0) {
		if (p->offset > 0)
			*previous = offset_link(p, p->offset > p->limit ?
			    p->offset - p->limit : 0);
		if (p->more && p->offset <= INT64_MAX - p->limit)
			*next = offset_link(p, p->offset + p->limit);
		return;
	}
	/* Whoever comes from somewhere can go back there. */
	if (p->more)
		*(p->back ? previous : next) = make_link(p,
		    p->back ? "before" : "after", p->last);
	if (p->cursor != NULL && p->first != NULL)
		*(p->back ? next : previous) = make_link(p,
		    p->back ? "after" : "before", p->first);
}

static void
put_headers(struct paging *p, const char *previous, const char *next)
{
	struct stile_req	*r = p->r;
	const char		*link = NULL, *total;

	if (previous != NULL && next != NULL)
		link = stile_arena_printf(r->arena,
		    "<%s>; rel=\"prev\", <%s>; rel=\"next\"", previous, next);
	else if (previous != NULL || next != NULL)
		link = stile_arena_printf(r->arena, "<%s>; rel=\"%s\"",
		    previous != NULL ? previous : next,
		    previous != NULL ? "prev" : "next");
	if (link != NULL)
		stile_header_set(r, "Link", link);
	else if (previous != NULL || next != NULL)
		stile__fail_nomem(r);
	if (!p->page->total)
		return;
	total = stile_arena_printf(r->arena, "%" PRId64, p->total);
	if (total != NULL)
		stile_header_set(r, "X-Total-Count", total);
	else
		stile__fail_nomem(r);
}

static void
put_body(struct paging *p, struct stile_buf *b, const char *previous,
    const char *next)
{
	stile_buf_puts(b, p->page->bare ? "[" : "{\"items\":[");
	stile_buf_str(b, stile_buf_view(p->rows));
	stile_buf_putc(b, ']');
	if (p->page->bare)
		return;
	if (p->page->total)
		stile_buf_printf(b, ",\"total\":%" PRId64, p->total);
	stile_buf_puts(b, ",\"previous\":");
	stile_json_write(b, stile_text(previous));
	stile_buf_puts(b, ",\"next\":");
	stile_json_write(b, stile_text(next));
	stile_buf_putc(b, '}');
}

/* ---- the whole ---------------------------------------------------- */

/* What the client asks for. */
static int
read_query(struct paging *p)
{
	struct stile_req	*r = p->r;
	const struct stile_page	*page = p->page;
	const char		*before;

	p->limit = stile_query_int(r, "limit", 1,
	    page->limit_max > 0 ? page->limit_max : PAGE_LIMIT_MAX,
	    page->limit > 0 ? page->limit : PAGE_LIMIT);
	if (page->key == NULL) {
		p->offset = stile_query_int(r, "offset", 0, INT64_MAX, 0);
		return stile_failed(r);
	}
	p->cursor = stile_query(r, "after");
	if ((before = stile_query(r, "before")) == NULL)
		return stile_failed(r);
	if (p->cursor != NULL)
		return stile_fail(r, 400, "after and before: one of them");
	p->cursor = before;
	p->back = true;
	return stile_failed(r);
}

/* "created, id" */
static int
split_key(struct paging *p)
{
	const char	*k = p->page->key;
	size_t		 n;

	for (; k != NULL && *k != '\0'; k += strspn(k, ", ")) {
		n = strcspn(k, ", ");
		if (p->nkeys == KEYS_MAX)
			return stile_fail(p->r, 500,
			    "a page's key has more than %d columns", KEYS_MAX);
		p->keys[p->nkeys] = stile_arena_dup(p->r->arena,
		    (struct stile_str){ k, n });
		if (p->keys[p->nkeys++] == NULL)
			return stile__fail_nomem(p->r);
		k += n;
	}
	return STILE_OK;
}

int
stile_send_page(struct stile_req *r, int status, const struct stile_page *page,
    struct stile_args args)
{
	struct paging		 p = { .r = r, .page = page, .args = args };
	struct all_args		 all = { .n = args.n, .named = args.named };
	struct stile_buf	*sql = stile_buf_new(r->arena, TEXT_MAX);
	struct stile_buf	*b = stile_buf_new(r->arena, ROWS_BYTES_MAX);
	const char		*previous = NULL, *next = NULL;

	p.rows = stile_buf_new(r->arena, ROWS_BYTES_MAX);
	if (sql == NULL || b == NULL || p.rows == NULL)
		return stile__fail_nomem(r);
	if (args.n > ARGS_MAX - 2 * (KEYS_MAX + 1))
		return stile_fail(r, 500, "more than %d arguments",
		    ARGS_MAX - 2 * (KEYS_MAX + 1));
	if (split_key(&p) != STILE_OK || read_query(&p) != STILE_OK)
		return STILE_EFAILED;
	if (args.n > 0)
		memcpy(all.v, args.v, args.n * sizeof(*all.v));
	if (p.nkeys > 0)
		put_by_key(sql, &all, &p);
	else
		put_by_offset(sql, &all, &p);
	if (stile_buf_err(sql) != STILE_OK)
		return stile__fail_nomem(r);
	read_rows(&p, stile_buf_view(sql).p,
	    (struct stile_args){ all.n, all.v, all.named });
	if (page->total)
		count_rows(&p);
	if (stile_failed(r) == STILE_OK)
		find_links(&p, &previous, &next);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	put_headers(&p, previous, next);
	put_body(&p, b, previous, next);
	return stile_send_buf(r, status, "application/json", b);
}
