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
#include "schema/schema.h"
#include "base/banned.h"

#define MEMBERS_MAX	64
#define DEPTH_MAX	4	/* structs inside one another */

/* A member of the struct, or of one inside, and the column that fills it. */
struct member {
	const char		*name;
	struct stile_place	 at;
	size_t			 column;
};

struct filler {
	struct stile_req		*r;
	const struct stile_schema	*columns;
	size_t				 n;
	struct member			*v;
};

/* Text and bytes as the request's own, with a NUL behind them. */
static bool
has_text(struct stile_value v)
{
	return v.type == STILE_TEXT || v.type == STILE_BLOB ||
	    v.type == STILE_JSON_TEXT;
}

bool
stile__row_keep(struct stile_req *r, struct stile_value *v)
{
	if (!has_text(*v) ||
	    (v->u.s.p = stile_arena_dup(r->arena, v->u.s)) != NULL)
		return true;
	stile__fail_nomem(r);
	return false;
}

static bool
is_whole_number(struct stile_value v)
{
	return v.type == STILE_INT || v.type == STILE_TIME;
}

static bool
as_bool(struct stile_value v, void *to)
{
	/* SQLite's own words for true and false are 1 and 0. */
	if (v.type == STILE_INT && (v.u.i == 0 || v.u.i == 1))
		v = stile_bool(v.u.i == 1);
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
find_column(struct filler *f, struct stile_stmt *st, struct member *m)
{
	size_t	k, n = stile_stmt_columns(st);

	for (k = 0; k < n; k++)
		if (strcmp(stile_stmt_column(st, k), m->name) == 0) {
			m->column = k;
			return true;
		}
	stile_fail(f->r, 500, "there is no column %s in: %s", m->name,
	    st->key);
	return false;
}

/* What is in a struct inside has a column such as "author.name". */
static const char *
full_name(struct filler *f, const char *before, const char *name)
{
	const char	*full;

	if (*before == '\0')
		return name;
	if ((full = stile_arena_printf(f->r->arena, "%s.%s", before, name)) ==
	    NULL)
		stile__fail_nomem(f->r);
	return full;
}

static bool
add_members(struct filler *f, struct stile_stmt *st,
    const struct stile_schema *columns, const char *before, size_t offset,
    int depth)
{
	const struct stile_schema	*c;
	struct member			*m;
	const char			*name;

	for (c = columns; c != NULL && c->name != NULL; c++) {
		if (c->at.kind != STILE_KIND_STRUCT && !is_fillable(c->at))
			continue;
		if ((name = full_name(f, before, c->name)) == NULL)
			return false;
		if (c->at.kind == STILE_KIND_STRUCT && depth == DEPTH_MAX) {
			stile_fail(f->r, 500, "column %s: structs inside one "
			    "another, more than %d", name, DEPTH_MAX);
			return false;
		}
		if (c->at.kind == STILE_KIND_STRUCT) {
			if (!add_members(f, st, stile__schema_of(c)->properties,
			    name, offset + c->at.offset, depth + 1))
				return false;
			continue;
		}
		if (f->n == MEMBERS_MAX) {
			stile_fail(f->r, 500, "more than %d members in a row",
			    MEMBERS_MAX);
			return false;
		}
		m = &f->v[f->n++];
		m->name = name;
		m->at = c->at;
		m->at.offset += offset;
		if (!find_column(f, st, m))
			return false;
	}
	return true;
}

static bool
filler_init(struct filler *f, struct stile_req *r,
    const struct stile_schema *columns, struct stile_stmt *st)
{
	*f = (struct filler){ .r = r, .columns = columns };
	f->v = stile_arena_alloc(r->arena, MEMBERS_MAX, sizeof(*f->v));
	if (f->v == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	return add_members(f, st, columns, "", 0, 0);
}

/* The row at hand; false with the request failed. */
static bool
fill(const struct filler *f, struct stile_stmt *st, void *row)
{
	const struct member	*m;
	struct stile_value	 v;
	size_t			 i;

	for (i = 0; i < f->n; i++) {
		m = &f->v[i];
		v = stile_stmt_value(st, m->column);
		if (!stile__row_keep(f->r, &v))
			return false;
		if (!fillers[m->at.kind](v, (char *)row + m->at.offset)) {
			stile_fail(f->r, 500, "column %s: its %s does not fit "
			    "the struct's member", m->name,
			    stile_type_name(v.type));
			return false;
		}
	}
	return true;
}

/* Its first row, if it has one; the others are let go. */
static bool
select_one(struct stile_req *r, const struct stile_schema *columns, void *ret,
    const char *sql, struct stile_args args)
{
	struct filler		 f;
	struct stile_stmt	*st;
	int			 row = stile__rows_start(r, sql, args, &st);
	bool			 found = row > 0;

	if (found && filler_init(&f, r, columns, st))
		fill(&f, st, ret);
	while (row > 0)
		row = stile__rows_next(r, st);
	stile_stmt_done(st);
	return found;
}

int
stile_select(struct stile_req *r, const struct stile_schema *columns, void *ret,
    const char *sql, struct stile_args args)
{
	if (!select_one(r, columns, ret, sql, args))
		stile__fail_not_found(r);
	return stile_failed(r);
}

void *
stile_select_first(struct stile_req *r, const struct stile_schema *columns,
    size_t size, const char *sql, struct stile_args args)
{
	void	*first = stile_arena_alloc(r->arena, 1, size);

	if (first == NULL)
		stile__fail_nomem(r);
	return select_one(r, columns, first, sql, args) &&
	    stile_failed(r) == STILE_OK ? first : NULL;
}

void *
stile__rows_grow(struct stile_req *r, void *rows, size_t n, size_t *room,
    size_t size)
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
		    (rows = stile__rows_grow(r, rows, k, &room, size)) == NULL)
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
		rows = stile__rows_grow(r, NULL, 0, &room, size);
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
		stile__fail_not_found(m->f.r);
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
	return m.next < n ? stile__fail_not_found(r) : STILE_OK;
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
