/* SPDX-License-Identifier: ISC */
/*
 * Dump: all rows as lines of JSON, in one snapshot, a row at a time.  load.c
 * reads them, into a database of either engine.
 *
 *	{"stile":1,"app":"notes","engine":"sqlite","migrations":[...]}
 *	{"table":"note","columns":["id","title"],"last":{"id":7}}
 *	[1,"milk"]
 *	{"rows":1}
 *
 * A value is what JSON says it is, or an object with one member where JSON has
 * no such thing: blob (base64), time (RFC 3339), json (the text of it, so that
 * no space or digit is lost), number (one that is not finite).
 */
#include "base/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#include "stile/admin.h"
#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/str.h"
#include "data/dump.h"
#include "base/banned.h"

#define WRITE_BYTES	(64 * 1024)
#define ROW_BYTES_MAX	DUMP_LINE_MAX
#define FETCH_ROWS	100

static const struct {
	const char	*begin;		/* of the snapshot */
	const char	*last;		/* number of a sequence */
	const char	*unkeyed;	/* order of a table without a key */
	bool		 cursor;	/* a result would be in memory whole */
	/* Virtual tables whose rows are nowhere else. */
	const char	*unsaved;
} dump_sql[] = {
	[STILE_SQLITE] = {
		.begin = "SELECT 1 FROM sqlite_schema",
		.last = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?",
		.unkeyed = " ORDER BY rowid",
		.unsaved = DUMP_SQLITE_VIRTUAL
		    "SELECT name FROM kinds WHERE NOT derived",
	},
	[STILE_POSTGRESQL] = {
		.begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
		    "SET LOCAL synchronize_seqscans = off",
		.last = "SELECT pg_catalog.pg_sequence_last_value("
		    "?::text::regclass)",
		.unkeyed = "",	/* as they lie there */
		.cursor = true,
	},
};

struct dump {
	struct stile_db		*db;
	struct stile_arena	*arena;		/* of the schema */
	struct stile_arena	*out_arena;
	struct stile_buf	*out;
	int			 fd;
	uint64_t		 rows;
	stile_progress_fn	 fn;
	void			*arg;
	const struct data_table	*table;
};

static enum stile_err
flush(struct dump *d, struct stile_error *e)
{
	struct stile_str	s = stile_buf_view(d->out);
	enum stile_err		rc;
	ssize_t			n;

	if ((rc = stile_buf_err(d->out)) != STILE_OK)
		return stile_error_set(e, rc, 0, "%s: a row is too large",
		    d->table != NULL ? d->table->name : "header");
	for (; s.len > 0; s.p += n, s.len -= (size_t)n) {
		n = write(d->fd, s.p, s.len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return stile_error_set(e, STILE_EIO, 0,
			    "the dump cannot be written: %s", strerror(errno));
	}
	stile_buf_clear(d->out);
	return STILE_OK;
}

/* The first column of the only row; 0 for NULL. */
static enum stile_err
keep_int(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct stile_value	v = stile_stmt_value(st, 0);

	(void)e;
	*(int64_t *)arg = v.type == STILE_INT ? v.u.i : 0;
	return STILE_OK;
}

/* ---- one value ----------------------------------------------------------- */

static void
put_object(struct stile_buf *b, const char *name, struct stile_str text)
{
	stile_buf_printf(b, "{\"%s\":", name);
	stile_json_write_str(b, text);
	stile_buf_putc(b, '}');
}

static void
put_blob(struct stile_buf *b, struct stile_str bytes)
{
	stile_buf_puts(b, "{\"blob\":");
	stile_json_write(b, stile_blob(bytes.p, bytes.len));
	stile_buf_putc(b, '}');
}

static void
put_double(struct stile_buf *b, double d)
{
	if (isfinite(d))
		stile_json_write(b, stile_double(d));
	else
		put_object(b, "number", isnan(d) ? STR("NaN") :
		    d > 0 ? STR("Infinity") : STR("-Infinity"));
}

static bool
has_year(int64_t ms)
{
	return ms >= DUMP_MS_MIN && ms <= DUMP_MS_MAX;
}

/*
 * In SQLite a column's type is a wish: a number is a number where it cannot be
 * what it should.
 */
static enum stile_err
put_int(struct dump *d, const struct data_column *c, int64_t i,
    struct stile_error *e)
{
	char	stamp[STILE_TIMESTAMP_SIZE];

	if (c->kind == KIND_BOOL && (i == 0 || i == 1)) {
		stile_json_write(d->out, stile_bool(i == 1));
	} else if (c->kind == KIND_TIME && has_year(i)) {
		stile_timestamp(i, stamp);
		put_object(d->out, "time", stile_str(stamp));
	} else if (c->kind == KIND_TIME &&
	    d->db->engine->dialect != STILE_SQLITE) {
		return stile_error_set(e, STILE_ERANGE, 0, "table %s, column "
		    "%s: a time that is not in whole milliseconds of the years "
		    "0 to 9999", d->table->name, c->name);
	} else {
		stile_json_write(d->out, stile_int(i));
	}
	return STILE_OK;
}

static enum stile_err
put_value(struct dump *d, const struct data_column *c, struct stile_value v,
    struct stile_error *e)
{
	switch (v.type) {
	case STILE_INT:
	case STILE_TIME:
		return put_int(d, c, v.u.i, e);
	case STILE_DOUBLE:
		put_double(d->out, v.u.d);
		return STILE_OK;
	case STILE_BLOB:
		put_blob(d->out, v.u.s);
		return STILE_OK;
	case STILE_TEXT:
	case STILE_JSON_TEXT:
		if (!stile_utf8_valid(v.u.s))
			return stile_error_set(e, STILE_ESYNTAX, 0,
			    "table %s, column %s: a text that is not UTF-8",
			    d->table->name, c->name);
		if (c->kind == KIND_JSON)
			put_object(d->out, "json", v.u.s);
		else
			stile_json_write_str(d->out, v.u.s);
		return STILE_OK;
	default:	/* NULL, true and false */
		stile_json_write(d->out, v);
		return STILE_OK;
	}
}

static enum stile_err
put_row(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct dump	*d = arg;
	enum stile_err	 rc;
	size_t		 i;

	stile_buf_putc(d->out, '[');
	for (i = 0; i < d->table->ncolumns; i++) {
		if (i > 0)
			stile_buf_putc(d->out, ',');
		if ((rc = put_value(d, &d->table->columns[i],
		    stile_stmt_value(st, i), e)) != STILE_OK)
			return rc;
	}
	stile_buf_puts(d->out, "]\n");
	if (d->fn != NULL && d->rows % 1000 == 0)
		d->fn(d->arg, d->rows, 0);
	d->rows++;
	if (stile_buf_view(d->out).len < WRITE_BYTES &&
	    stile_buf_err(d->out) == STILE_OK)
		return STILE_OK;
	return flush(d, e);
}

/* ---- a table ------------------------------------------------------------- */

static enum stile_err
put_lasts(struct dump *d, struct stile_error *e)
{
	const struct data_table	*t = d->table;
	const char		*sep = ",\"last\":{";
	enum stile_err		 rc;
	int64_t			 last;
	size_t			 i;

	for (i = 0; i < t->ncolumns; i++) {
		if (t->columns[i].sequence == NULL)
			continue;
		last = 0;
		rc = stile__each_row(d->db,
		    dump_sql[d->db->engine->dialect].last,
		    STILE_ARGS(t->columns[i].sequence), keep_int, &last, e);
		if (rc != STILE_OK)
			return rc;
		if (last == 0)
			continue;
		stile_buf_puts(d->out, sep);
		stile_json_write_str(d->out, stile_str(t->columns[i].name));
		stile_buf_printf(d->out, ":%" PRId64, last);
		sep = ",";
	}
	if (*sep == ',' && sep[1] == '\0')
		stile_buf_putc(d->out, '}');
	return STILE_OK;
}

static enum stile_err
put_table_line(struct dump *d, struct stile_error *e)
{
	const struct data_table	*t = d->table;
	enum stile_err		 rc;
	size_t			 i;

	stile_buf_puts(d->out, "{\"table\":");
	stile_json_write_str(d->out, stile_str(t->name));
	stile_buf_puts(d->out, ",\"columns\":[");
	for (i = 0; i < t->ncolumns; i++) {
		if (i > 0)
			stile_buf_putc(d->out, ',');
		stile_json_write_str(d->out, stile_str(t->columns[i].name));
	}
	stile_buf_putc(d->out, ']');
	if ((rc = put_lasts(d, e)) != STILE_OK)
		return rc;
	stile_buf_puts(d->out, "}\n");
	return STILE_OK;
}

/* The key's columns in their order; the same in all languages. */
static void
add_order(struct dump *d, struct stile_buf *sql)
{
	const struct data_table		*t = d->table;
	const struct data_column	*c;
	const char			*sep = " ORDER BY ";
	int64_t				 place;
	size_t				 i;
	bool				 found = true;

	for (place = 1; found; place++) {
		found = false;
		for (i = 0; i < t->ncolumns; i++) {
			c = &t->columns[i];
			if (c->key != place)
				continue;
			found = true;
			stile_buf_printf(sql, "%s%s%s", sep, c->quoted,
			    c->collate);
			sep = ", ";
		}
	}
	if (place == 2)
		stile_buf_puts(sql, dump_sql[d->db->engine->dialect].unkeyed);
}

/* By a cursor, a few rows at a time. */
static enum stile_err
put_fetched(struct dump *d, const char *fetch, struct stile_error *e)
{
	uint64_t	before;
	enum stile_err	rc;

	do {
		before = d->rows;
		rc = stile__each_row(d->db, fetch, STILE_NOARGS, put_row, d, e);
	} while (rc == STILE_OK && d->rows > before);
	return rc;
}

static enum stile_err
put_table(struct dump *d, size_t number, struct stile_error *e)
{
	const struct data_table	*t = d->table;
	bool			 cursor;
	struct stile_buf	*sql;
	char			 fetch[64];
	enum stile_err		 rc;
	size_t			 i;

	cursor = dump_sql[d->db->engine->dialect].cursor;
	if ((rc = put_table_line(d, e)) != STILE_OK)
		return rc;
	if ((sql = stile_buf_new(d->arena, DUMP_SQL_MAX)) == NULL)
		return stile__error_nomem(e);
	/* A name for each: what is prepared for one does not fit another. */
	if (cursor)
		stile_buf_printf(sql, "DECLARE stile_%zu NO SCROLL CURSOR FOR ",
		    number);
	stile_buf_puts(sql, "SELECT ");
	for (i = 0; i < t->ncolumns; i++) {
		if (i > 0)
			stile_buf_puts(sql, ", ");
		stile_buf_puts(sql, t->columns[i].select);
	}
	stile_buf_printf(sql, " FROM %s", t->quoted);
	add_order(d, sql);
	if (stile_buf_err(sql) != STILE_OK)
		return stile__error_nomem(e);
	if (!cursor)
		return stile__each_row(d->db, stile_buf_view(sql).p,
		    STILE_NOARGS, put_row, d, e);
	snprintf(fetch, sizeof(fetch), "FETCH %d FROM stile_%zu", FETCH_ROWS,
	    number);
	rc = stile_db_script(d->db, stile_buf_view(sql).p, e);
	return rc == STILE_OK ? put_fetched(d, fetch, e) : rc;
}

/* ---- all of it ----------------------------------------------------------- */

static enum stile_err
check_virtual(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct dump		*d = arg;
	struct stile_stmt	*rows;
	const char		*name, *sql;
	enum stile_err		 rc;
	int			 row;

	if ((name = stile__row_text(st, 0, d->arena)) == NULL ||
	    (sql = stile__quote_name(d->arena, name)) == NULL ||
	    (sql = stile_arena_printf(d->arena, "SELECT 1 FROM %s LIMIT 1",
	    sql)) == NULL)
		return stile__error_nomem(e);
	if ((rc = stile_db_query(d->db, sql, STILE_NOARGS, &rows, e)) !=
	    STILE_OK)
		return rc;
	row = stile_stmt_step(rows, e);
	stile_stmt_done(rows);
	if (row == 1)
		return stile_error_set(e, STILE_ENOSYS, 0, "table %s is a "
		    "virtual one with rows of its own, which a dump does not "
		    "have", name);
	return (enum stile_err)row;
}

static enum stile_err
put_header(struct dump *d, const char *app, struct stile_error *e)
{
	enum stile_err	rc;

	stile_buf_printf(d->out, "{\"stile\":%d,\"app\":", DUMP_VERSION);
	stile_json_write_str(d->out, stile_str(app));
	stile_buf_printf(d->out, ",\"engine\":\"%s\",\"migrations\":",
	    d->db->engine->name);
	if ((rc = stile__migrations_json(d->db, d->out, e)) != STILE_OK)
		return rc;
	stile_buf_puts(d->out, "}\n");
	return STILE_OK;
}

static enum stile_err
put_all(struct dump *d, const char *app, struct stile_error *e)
{
	const char		*unsaved;
	struct data_tables	 tables;
	enum stile_err		 rc;
	size_t			 i;

	unsaved = dump_sql[d->db->engine->dialect].unsaved;
	if ((rc = stile_db_script(d->db,
	    dump_sql[d->db->engine->dialect].begin, e)) != STILE_OK)
		return rc;
	if (unsaved != NULL && (rc = stile__each_row(d->db, unsaved,
	    STILE_NOARGS, check_virtual, d, e)) != STILE_OK)
		return rc;
	rc = stile__tables_read(d->db, d->arena, &tables, e);
	if (rc == STILE_OK)
		rc = put_header(d, app, e);
	for (i = 0; rc == STILE_OK && i < tables.n; i++) {
		d->table = tables.v[i];
		rc = put_table(d, i, e);
	}
	if (rc != STILE_OK)
		return rc;
	stile_buf_printf(d->out, "{\"rows\":%" PRIu64 "}\n", d->rows);
	return flush(d, e);
}

enum stile_err
stile_db_dump(struct stile_db *db, const char *app, int fd,
    stile_progress_fn fn, void *arg, struct stile_error *e)
{
	struct dump	d = { .db = db, .fd = fd, .fn = fn, .arg = arg };
	enum stile_err	rc;

	if (stile__db_in_transaction(db))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "a dump begins a transaction of its own");
	d.arena = stile_arena_new(0);
	d.out_arena = stile_arena_new(0);
	if (d.arena == NULL || d.out_arena == NULL || (d.out =
	    stile_buf_new(d.out_arena, ROW_BYTES_MAX)) == NULL)
		rc = stile__error_nomem(e);
	else if ((rc = db->engine->begin(db->h, STILE_TX_READ, e)) ==
	    STILE_OK) {
		rc = put_all(&d, app, e);
		db->engine->rollback(db->h);
	}
	stile_arena_free(d.out_arena);
	stile_arena_free(d.arena);
	return rc;
}
