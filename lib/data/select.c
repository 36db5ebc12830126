/* SPDX-License-Identifier: ISC */
/*
 * Rows into C: a struct by a table of its members, or a value of json-c.  All
 * of it is the request's memory.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "codec/json.h"
#include "data/db.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

#define NOWHERE	SIZE_MAX

/* Where each member's value is in a row, or NOWHERE. */
struct filler {
	struct stile_req		*r;
	const struct stile_schema	*columns;
	size_t				 n;
	size_t				*at;
};

/* Text and bytes as the request's own, with a NUL behind them. */
static bool
keep_str(struct stile_req *r, struct stile_str *s)
{
	if ((s->p = stile_arena_dup(r->arena, *s)) != NULL)
		return true;
	stile__fail_nomem(r);
	return false;
}

static bool
has_text(struct stile_value v)
{
	return v.type == STILE_TEXT || v.type == STILE_BLOB ||
	    v.type == STILE_JSON_TEXT;
}

static bool
is_whole_number(struct stile_value v)
{
	return v.type == STILE_INT || v.type == STILE_TIME;
}

static bool
as_bool(struct stile_value v, void *to)
{
	if (v.type == STILE_BOOL)
		*(bool *)to = v.u.b;
	return v.type == STILE_BOOL;
}

static bool
as_int(struct stile_value v, void *to)
{
	if (!is_whole_number(v) || v.u.i < INT_MIN || v.u.i > INT_MAX)
		return false;
	*(int *)to = (int)v.u.i;
	return true;
}

static bool
as_int64(struct stile_value v, void *to)
{
	if (is_whole_number(v))
		*(int64_t *)to = v.u.i;
	return is_whole_number(v);
}

static bool
as_double(struct stile_value v, void *to)
{
	if (v.type != STILE_DOUBLE && v.type != STILE_INT)
		return false;
	*(double *)to = v.type == STILE_INT ? (double)v.u.i : v.u.d;
	return true;
}

/* A NUL inside would end it early, so it is refused. */
static bool
as_chars(struct stile_value v, void *to)
{
	if (v.type != STILE_NULL && (!has_text(v) ||
	    memchr(v.u.s.p, '\0', v.u.s.len) != NULL))
		return false;
	*(const char **)to = v.type == STILE_NULL ? NULL : v.u.s.p;
	return true;
}

static bool
as_str(struct stile_value v, void *to)
{
	static const struct stile_str	none = { NULL, 0 };

	if (v.type != STILE_NULL && !has_text(v))
		return false;
	*(struct stile_str *)to = v.type == STILE_NULL ? none : v.u.s;
	return true;
}

static bool
as_value(struct stile_value v, void *to)
{
	*(struct stile_value *)to = v;
	return true;
}

static bool	(*const fillers[])(struct stile_value, void *) = {
	[STILE_KIND_BOOL] = as_bool, [STILE_KIND_INT] = as_int,
	[STILE_KIND_INT64] = as_int64, [STILE_KIND_DOUBLE] = as_double,
	[STILE_KIND_CHARS] = as_chars, [STILE_KIND_STR] = as_str,
	[STILE_KIND_VALUE] = as_value,
};

/* Arrays and structs inside are not made of one column. */
static bool
is_fillable(struct stile_place at)
{
	return at.kind > 0 && (size_t)at.kind < NELEM(fillers);
}

static bool
filler_init(struct filler *f, struct stile_req *r,
    const struct stile_schema *columns, struct stile_stmt *st)
{
	size_t	i, k, n = stile_stmt_columns(st);

	*f = (struct filler){ .r = r, .columns = columns };
	while (columns[f->n].name != NULL)
		f->n++;
	f->at = stile_arena_alloc(r->arena, f->n + 1, sizeof(*f->at));
	if (f->at == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	for (i = 0; i < f->n; i++) {
		f->at[i] = NOWHERE;
		if (!is_fillable(columns[i].at))
			continue;
		for (k = 0; k < n; k++)
			if (strcmp(stile_stmt_column(st, k),
			    columns[i].name) == 0)
				break;
		if (k == n) {
			stile_fail(r, 500, "there is no column %s in: %s",
			    columns[i].name, st->key);
			return false;
		}
		f->at[i] = k;
	}
	return true;
}

/* The row at hand; false with the request failed. */
static bool
fill(const struct filler *f, struct stile_stmt *st, void *row)
{
	const struct stile_schema	*c;
	struct stile_value		 v;
	size_t				 i;

	for (i = 0; i < f->n; i++) {
		if (f->at[i] == NOWHERE)
			continue;
		c = &f->columns[i];
		v = stile_stmt_value(st, f->at[i]);
		if (has_text(v) && !keep_str(f->r, &v.u.s))
			return false;
		if (!fillers[c->at.kind](v, (char *)row + c->at.offset)) {
			stile_fail(f->r, 500, "column %s: its %s does not fit "
			    "the struct's member", c->name,
			    stile_type_name(v.type));
			return false;
		}
	}
	return true;
}

int
stile_select(struct stile_req *r, const struct stile_schema *columns, void *ret,
    const char *sql, struct stile_args args)
{
	struct filler		 f;
	struct stile_stmt	*st;
	int			 row;

	row = stile__rows_start(r, sql, args, &st);
	if (row == 0)
		stile_fail(r, 404, "not found");
	if (row > 0 && filler_init(&f, r, columns, st))
		fill(&f, st, ret);
	while (row > 0)
		row = stile__rows_next(r, st);
	stile_stmt_done(st);
	return stile_failed(r);
}

/* Twice the memory for the array, of which n rows are in use. */
static void *
grow(struct stile_req *r, void *rows, size_t n, size_t *room, size_t size)
{
	size_t	 old = *room;
	void	*p;

	*room = old > 0 ? old * 2 : 16;
	if ((p = stile_arena_alloc(r->arena, *room, size)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	if (n > 0)
		memcpy(p, rows, n * size);
	return p;
}

void *
stile_select_all(struct stile_req *r, const struct stile_schema *columns,
    size_t size, size_t *n, const char *sql, struct stile_args args)
{
	struct filler		 f;
	struct stile_stmt	*st;
	void			*rows = NULL;
	size_t			 room = 0, k = 0;
	int			 row;

	*n = 0;
	row = stile__rows_start(r, sql, args, &st);
	if (row > 0 && !filler_init(&f, r, columns, st))
		row = STILE_EFAILED;
	while (row > 0) {
		if (k == room &&
		    (rows = grow(r, rows, k, &room, size)) == NULL)
			break;
		memset((char *)rows + k * size, 0, size);
		if (!fill(&f, st, (char *)rows + k * size))
			break;
		k++;
		row = stile__rows_next(r, st);
	}
	stile_stmt_done(st);
	/* Without rows, there is an array still. */
	if (rows == NULL && stile_failed(r) == STILE_OK)
		rows = grow(r, NULL, 0, &room, size);
	if (stile_failed(r) != STILE_OK)
		return NULL;
	*n = k;
	return rows;
}

struct many {
	struct filler	 f;
	bool		 ready;
	char		*rows;
	size_t		 size, next;	/* the first that has none yet */
};

static enum stile_err
fill_one(void *arg, size_t i, struct stile_stmt *st, struct stile_error *e)
{
	struct many	*m = arg;

	(void)e;
	if (i < m->next)
		return STILE_OK;	/* a second row of the same */
	if (!m->ready && !filler_init(&m->f, m->f.r, m->f.columns, st))
		return STILE_EFAILED;
	m->ready = true;
	if (i > m->next) {
		stile_fail(m->f.r, 404, "not found");
		return STILE_EFAILED;
	}
	m->next++;
	return fill(&m->f, st, m->rows + i * m->size) ? STILE_OK :
	    STILE_EFAILED;
}

int
stile_select_many(struct stile_req *r, const struct stile_schema *columns,
    size_t size, void *ret, const char *sql, const struct stile_args *args,
    size_t n)
{
	struct many		 m = { .f = { .r = r, .columns = columns },
				    .rows = ret, .size = size };
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	if ((db = stile_db(r)) == NULL)
		return STILE_EFAILED;
	if (stile_db_many(db, sql, args, n, fill_one, &m, NULL, &e) !=
	    STILE_OK)
		return stile__db_fail(r, &e);
	return m.next < n ? stile_fail(r, 404, "not found") : STILE_OK;
}

/* ---- json-c ------------------------------------------------------- */

/* The JSON that would be sent, read again: its rules are in one place. */
static struct json_object *
parse(struct stile_req *r, struct stile_buf *b)
{
	struct stile_error	 e = { 0 };
	struct json_object	*j;

	if (stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	if (stile_json_parse(stile_buf_view(b), 256, &j, &e) != STILE_OK) {
		e.status = 500;
		stile_fail_error(r, &e);
		return NULL;
	}
	if (stile_arena_defer(r->arena, stile__json_put, j) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return j;
}

struct json_object *
stile_select_object(struct stile_req *r, const char *sql,
    struct stile_args args)
{
	struct stile_buf	*b;

	if ((b = stile__first_json(r, NULL, sql, args)) == NULL)
		return NULL;
	return parse(r, b);
}

struct json_object *
stile_select_array(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct stile_buf	*b;

	if ((b = stile__rows_json(r, NULL, sql, args)) == NULL)
		return NULL;
	return parse(r, b);
}
