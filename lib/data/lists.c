/* SPDX-License-Identifier: ISC */
/*
 * Lists of values: into a statement for each, out of a column, and as JSON for
 * a column that holds all of it.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/db.h"
#include "stile/json.h"
#include "stile/req.h"
#include "data/db.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

static bool
is_usable(struct stile_req *r, struct stile_args args, struct stile_value list)
{
	if (list.type != STILE_LIST && list.type != STILE_ABSENT &&
	    list.type != STILE_NULL)
		stile_fail(r, 500, "a list is expected, not a %s",
		    stile_type_name(list.type));
	else if (args.named)
		stile_fail(r, 500, "places with names have none for the items "
		    "of a list");
	return stile_failed(r) == STILE_OK;
}

int64_t
stile_exec_each(struct stile_req *r, const char *sql, struct stile_args args,
    struct stile_value list)
{
	struct stile_args	*all;
	struct stile_value	*v;
	size_t			 i, n;

	if (!is_usable(r, args, list) || list.type != STILE_LIST)
		return 0;
	n = list.u.list.n;
	all = stile_arena_alloc(r->arena, n + 1, sizeof(*all));
	v = stile_arena_alloc(r->arena, n + 1, (args.n + 1) * sizeof(*v));
	if (all == NULL || v == NULL) {
		stile__fail_nomem(r);
		return 0;
	}
	for (i = 0; i < n; i++, v += args.n + 1) {
		if (args.n > 0)
			memcpy(v, args.v, args.n * sizeof(*v));
		v[args.n] = list.u.list.v[i];
		all[i] = (struct stile_args){ .n = args.n + 1, .v = v };
	}
	return stile_exec_many(r, sql, all, n);
}

struct stile_value
stile_select_list(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct stile_stmt	*st;
	struct stile_value	*v = NULL;
	size_t			 n = 0, room = 0;
	int			 row;

	for (row = stile__rows_start(r, sql, args, &st); row > 0;
	    row = stile__rows_next(r, st)) {
		if (n == room && (v = stile__rows_grow(r, v, n, &room,
		    sizeof(*v))) == NULL)
			break;
		v[n] = stile_stmt_value(st, 0);
		if (!stile__row_keep(r, &v[n++]))
			break;
	}
	stile_stmt_done(st);
	return stile_list(v, stile_failed(r) == STILE_OK ? n : 0);
}

/* What was written, or null with the request failed, if it had not before. */
static struct stile_value
written(struct stile_req *r, const struct stile_buf *b)
{
	if (b != NULL && stile_buf_err(b) == STILE_OK)
		return stile_json_text(stile_buf_view(b));
	stile__fail_nomem(r);
	return stile_null();
}

struct stile_value
stile_select_json(struct stile_req *r, const struct stile_schema *s,
    const char *sql, struct stile_args args)
{
	return written(r, stile__rows_json(r, s, sql, args));
}

struct stile_value
stile_as_json(struct stile_req *r, struct stile_value v)
{
	struct stile_buf	*b;

	if (v.type == STILE_ABSENT || v.type == STILE_NULL)
		return v;
	if ((b = stile_buf_new(r->arena, ROWS_BYTES_MAX)) != NULL)
		stile_json_write(b, v);
	return written(r, b);
}
