/* SPDX-License-Identifier: ISC */
/*
 * SQL on a request: the thread's connection, and rows that go straight into
 * the JSON of the answer, without a tree between.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "data/db.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

#define ROWS_MAX	(64 * 1024 * 1024)

struct stile_db *
stile_db(struct stile_req *r)
{
	struct stile_error	e = { STILE_OK, 0, "" };
	bool			opened;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (r->db == NULL || r->db->dsn == NULL) {
		stile_fail(r, 500, "no database is configured");
		return NULL;
	}
	opened = r->db->db == NULL;
	if (opened && stile_db_open(r->db->dsn, STILE_DB_READWRITE,
	    r->db->busy_ms, &r->db->db, &e) != STILE_OK) {
		stile_fail_error(r, &e);
		return NULL;
	}
	if (opened && r->db->late != NULL)
		stile__db_watch(r->db->db, r->db->late);
	return r->db->db;
}

/* An engine's text names files, tables and columns: it is for the log. */
static void
db_fails(struct stile_req *r, struct stile_error *e)
{
	stile_fail_error(r, e);
	r->failure.detail = e->code == STILE_ECONSTRAINT ?
	    "this conflicts with what is stored" : "this cannot be stored";
	if (e->code == STILE_EBUSY)
		stile_fail_header(r, "Retry-After", "1");
}

/* The statement at its first row: 1, 0 without one, below 0 with a failure. */
static int
start(struct stile_req *r, const char *sql, struct stile_args args,
    struct stile_stmt **st)
{
	struct stile_error	 e = { STILE_OK, 0, "" };
	struct stile_db		*db;
	int			 row;

	*st = NULL;
	if ((db = stile_db(r)) == NULL)
		return STILE_EFAILED;
	if (stile_db_query(db, sql, args, st, &e) != STILE_OK) {
		db_fails(r, &e);
		return STILE_EFAILED;
	}
	if ((row = stile_stmt_step(*st, &e)) < 0)
		db_fails(r, &e);
	return row;
}

static int
next(struct stile_req *r, struct stile_stmt *st)
{
	struct stile_error	e = { STILE_OK, 0, "" };
	int			row;

	if ((row = stile_stmt_step(st, &e)) < 0)
		db_fails(r, &e);
	return row;
}

int64_t
stile_exec(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct stile_error	 e = { STILE_OK, 0, "" };
	struct stile_db		*db;
	int64_t			 changed = 0;

	if ((db = stile_db(r)) == NULL)
		return 0;
	if (stile_db_exec(db, sql, args, &changed, &e) != STILE_OK)
		db_fails(r, &e);
	return changed;
}

int64_t
stile_select_int(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct stile_stmt	*st;
	struct stile_value	 v = stile_null();
	int			 row;

	row = start(r, sql, args, &st);
	if (row > 0)
		v = stile_stmt_value(st, 0);
	/* RETURNING is complete only once the statement has ended. */
	while (row > 0)
		row = next(r, st);
	stile_stmt_done(st);
	if (row < 0)
		return 0;
	switch (v.type) {
	case STILE_INT:
		return v.u.i;
	case STILE_BOOL:
		return v.u.b;
	case STILE_NULL:
		stile_fail(r, 404, "not found");
		return 0;
	default:
		stile_fail(r, 500, "an integer is expected from: %s", sql);
		return 0;
	}
}

static void
write_row(struct stile_buf *b, struct stile_stmt *st)
{
	size_t	i, n = stile_stmt_columns(st);

	stile_buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			stile_buf_putc(b, ',');
		stile_json_write_str(b, stile_str(stile_stmt_column(st, i)));
		stile_buf_putc(b, ':');
		stile_json_write(b, stile_stmt_value(st, i));
	}
	stile_buf_putc(b, '}');
}

int
stile_send_row(struct stile_req *r, int status, const char *sql,
    struct stile_args args)
{
	struct stile_buf	*b;
	struct stile_stmt	*st;
	int			 row;

	if ((b = stile_buf_new(r->arena, ROWS_MAX)) == NULL)
		return stile__fail_nomem(r);
	if ((row = start(r, sql, args, &st)) > 0)
		write_row(b, st);
	else if (row == 0)
		stile_fail(r, 404, "not found");
	while (row > 0)
		row = next(r, st);
	stile_stmt_done(st);
	return stile_send_buf(r, status, "application/json", b);
}

struct stile_buf *
stile__rows_json(struct stile_req *r, const char *sql, struct stile_args args,
    int64_t max, bool *more)
{
	struct stile_buf	*b;
	struct stile_stmt	*st;
	const char		*sep = "[";
	int64_t			 n = 0;
	int			 row;

	if ((b = stile_buf_new(r->arena, ROWS_MAX)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (row = start(r, sql, args, &st); row > 0 && n < max;
	    row = next(r, st), n++) {
		stile_buf_puts(b, sep);
		write_row(b, st);
		sep = ",";
		if (stile_buf_err(b) != STILE_OK)
			break;
	}
	*more = row > 0;
	stile_stmt_done(st);
	stile_buf_puts(b, *sep == '[' ? "[]" : "]");
	return stile_failed(r) == STILE_OK ? b : NULL;
}

int
stile_send_rows(struct stile_req *r, int status, const char *sql,
    struct stile_args args)
{
	struct stile_buf	*b;
	bool			 more;

	b = stile__rows_json(r, sql, args, INT64_MAX, &more);
	if (b == NULL)
		return STILE_EFAILED;
	return stile_send_buf(r, status, "application/json", b);
}
