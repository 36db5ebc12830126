/* SPDX-License-Identifier: ISC */
/*
 * SQL on a request, and rows that go straight into the JSON of the answer,
 * without a tree between.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/input.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "data/db.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

/* What a client may know of it; the engine's text is for the log. */
static const struct {
	enum stile_err	 code;
	const char	*word, *detail;
} details[] = {
	{ STILE_EUNIQUE,	"taken", "another one has this value" },
	{ STILE_EFOREIGN,	"reference",
	    "what this refers to does not exist, or is referred to still" },
	{ STILE_ENOTNULL,	"required", "a value is missing" },
	{ STILE_ECHECK,		"not_allowed", "a value is not allowed" },
	{ STILE_ECONSTRAINT,	"conflict",
	    "this conflicts with what is stored" },
};

int
stile__db_fail(struct stile_req *r, struct stile_error *e)
{
	size_t	i;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	stile_fail_error(r, e);
	r->failure.detail = "this cannot be stored";
	for (i = 0; i < NELEM(details); i++) {
		if (details[i].code != e->code)
			continue;
		r->failure.detail = details[i].detail;
		if (*e->column != '\0')
			stile__fail_field(r, e->column, details[i].word,
			    details[i].detail);
	}
	if (r->failure.status == 503)
		stile_fail_header(r, "Retry-After", "1");
	return STILE_EFAILED;
}

int
stile__rows_start(struct stile_req *r, const char *sql, struct stile_args args,
    struct stile_stmt **st)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	int			 row;

	*st = NULL;
	if ((db = stile_db(r)) == NULL)
		return STILE_EFAILED;
	if (stile_db_query(db, sql, args, st, &e) != STILE_OK)
		return stile__db_fail(r, &e);
	if ((row = stile_stmt_step(*st, &e)) < 0)
		stile__db_fail(r, &e);
	return row;
}

int
stile__rows_next(struct stile_req *r, struct stile_stmt *st)
{
	struct stile_error	e = { 0 };
	int			row;

	if ((row = stile_stmt_step(st, &e)) < 0)
		stile__db_fail(r, &e);
	return row;
}

int64_t
stile_exec(struct stile_req *r, const char *sql, struct stile_args args)
{
	return stile_exec_many(r, sql, &args, 1);
}

int64_t
stile_exec_many(struct stile_req *r, const char *sql,
    const struct stile_args *args, size_t n)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	int64_t			 changed = 0;

	if ((db = stile_db(r)) == NULL)
		return 0;
	if (stile_db_many(db, sql, args, n, NULL, NULL, &changed, &e) !=
	    STILE_OK)
		stile__db_fail(r, &e);
	return changed;
}

int64_t
stile_select_int(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct stile_stmt	*st;
	struct stile_value	 v = stile_null();
	int			 row;

	row = stile__rows_start(r, sql, args, &st);
	if (row > 0)
		v = stile_stmt_value(st, 0);
	/* RETURNING is complete only once the statement has ended. */
	while (row > 0)
		row = stile__rows_next(r, st);
	stile_stmt_done(st);
	if (row < 0)
		return 0;
	switch (v.type) {
	case STILE_INT:
		return v.u.i;
	case STILE_BOOL:
		return v.u.b;
	case STILE_NULL:
		stile__fail_not_found(r);
		return 0;
	default:
		stile_fail(r, 500, "an integer is expected from: %s", sql);
		return 0;
	}
}

struct stile_buf *
stile__first_json(struct stile_req *r, const struct stile_schema *s,
    const char *sql, struct stile_args args)
{
	struct row_heads	 heads;
	struct stile_buf	*b;
	struct stile_stmt	*st;
	int			 row;

	if ((b = stile_buf_new(r->arena, ROWS_BYTES_MAX)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	row = stile__rows_start(r, sql, args, &st);
	if (row > 0 && stile__row_heads(r, st, s, &heads))
		stile__row_write(b, &heads);
	else if (row == 0)
		stile__fail_not_found(r);
	/* RETURNING is complete only once the statement has ended. */
	while (row > 0)
		row = stile__rows_next(r, st);
	stile_stmt_done(st);
	return stile_failed(r) == STILE_OK ? b : NULL;
}

int
stile_send_row_as(struct stile_req *r, int status,
    const struct stile_schema *s, const char *sql, struct stile_args args)
{
	struct stile_buf	*b;

	if ((b = stile__first_json(r, s, sql, args)) == NULL)
		return STILE_EFAILED;
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_row(struct stile_req *r, int status, const char *sql,
    struct stile_args args)
{
	return stile_send_row_as(r, status, NULL, sql, args);
}

struct stile_buf *
stile__rows_json(struct stile_req *r, const struct stile_schema *s,
    const char *sql, struct stile_args args)
{
	struct row_heads	 heads;
	struct stile_buf	*b;
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;
	int			 row;
	bool			 first = true;

	if ((b = stile_buf_new(r->arena, ROWS_BYTES_MAX)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	row = stile__rows_start(r, sql, args, &st);
	if (row > 0 && !stile__row_heads(r, st, s, &heads))
		row = STILE_EFAILED;
	stile_buf_putc(b, '[');
	for (; row > 0 && stile_buf_err(b) == STILE_OK; first = false) {
		if (!first)
			stile_buf_putc(b, ',');
		stile__row_write(b, &heads);
		/* With one cause for all: to clear it takes time, too. */
		if ((row = stile_stmt_step(st, &e)) < 0)
			stile__db_fail(r, &e);
	}
	stile_stmt_done(st);
	stile_buf_putc(b, ']');
	return stile_failed(r) == STILE_OK ? b : NULL;
}

int
stile_send_rows_as(struct stile_req *r, int status,
    const struct stile_schema *s, const char *sql, struct stile_args args)
{
	struct stile_buf	*b;

	if ((b = stile__rows_json(r, s, sql, args)) == NULL)
		return STILE_EFAILED;
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_rows(struct stile_req *r, int status, const char *sql,
    struct stile_args args)
{
	return stile_send_rows_as(r, status, NULL, sql, args);
}
