/* SPDX-License-Identifier: ISC */
/*
 * Load: what dump.c has written into the tables of a migrated database, in one
 * transaction.  Rows come as they were, so no trigger fires, and rows may refer
 * to later ones: who refers to nothing is looked for at the end.
 */
#include "base/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#include <json-c/json.h>

#include "stile/admin.h"
#include "stile/base64.h"
#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/str.h"
#include "data/dump.h"
#include "base/banned.h"

#define READ_BYTES	(64 * 1024)
#define DEPTH		8

static const struct {
	const char	*before, *after;	/* outside the transaction */
	/* Rows of two statements: to run before the rows, and after them. */
	const char	*changes;
	const char	*truncate;	/* all tables at once; NULL: each */
	const char	*truncated;	/* once, after that */
	const char	*lost;		/* rows that refer to nothing */
	const char	*settle;	/* what was put off; or NULL */
	const char	*last;		/* a sequence's number */
	const char	*last_new;	/* ... where it has none yet; or NULL */
	const char	*last_gone;	/* ... where all rows are; or NULL */
	const char	*rebuild;	/* statements for what is derived */
} load_sql[] = {
	[STILE_SQLITE] = {
		.before = "PRAGMA foreign_keys = OFF",
		.after = "PRAGMA foreign_keys = ON",
		.lost = "SELECT \"table\", parent FROM"
		    " pragma_foreign_key_check LIMIT 1",
		.last = "UPDATE sqlite_sequence SET seq = max(seq, :last)"
		    " WHERE name = :name",
		.last_new = "INSERT INTO sqlite_sequence (name, seq)"
		    " SELECT :name, :last WHERE NOT EXISTS"
		    " (SELECT 1 FROM sqlite_sequence WHERE name = :name)",
		.last_gone = "DELETE FROM sqlite_sequence WHERE name = ?",
		.rebuild = DUMP_SQLITE_VIRTUAL "SELECT format('INSERT INTO"
		    " \"%w\"(\"%w\") VALUES (''rebuild'')', name, name)"
		    " FROM kinds WHERE indexes ORDER BY name",
	},
	[STILE_POSTGRESQL] = {
		.changes =
		    "SELECT format('ALTER TABLE %s DISABLE TRIGGER %I',"
		    "  t.tgrelid::regclass, t.tgname),"
		    " format('ALTER TABLE %s ENABLE %s TRIGGER %I',"
		    "  t.tgrelid::regclass,"
		    "  CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' END, t.tgname)"
		    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c"
		    "  ON c.oid = t.tgrelid"
		    " WHERE c.relnamespace = current_schema()::regnamespace"
		    "  AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
		    " UNION ALL"
		    " SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I"
		    "  DEFERRABLE INITIALLY DEFERRED',"
		    "  k.conrelid::regclass, k.conname),"
		    " format('ALTER TABLE %s ALTER CONSTRAINT %I %s',"
		    "  k.conrelid::regclass, k.conname,"
		    "  CASE WHEN k.condeferrable THEN"
		    "   'DEFERRABLE INITIALLY IMMEDIATE'"
		    "   ELSE 'NOT DEFERRABLE' END)"
		    " FROM pg_catalog.pg_constraint k"
		    " WHERE k.connamespace = current_schema()::regnamespace"
		    "  AND k.contype = 'f' AND NOT k.condeferred"
		    "  AND k.conparentid = 0",
		.truncate = "TRUNCATE ",
		.truncated = " RESTART IDENTITY",
		.settle = "SET CONSTRAINTS ALL IMMEDIATE",
		.last = "SELECT pg_catalog.setval(:name::text::regclass,"
		    " :last::int8)",
	},
};

/* A file descriptor's lines. */
struct lines {
	int		 fd;
	char		*p;
	size_t		 size, from, to;
	uint64_t	 number;
	bool		 ended;
};

struct load {
	struct stile_db		*db;
	struct stile_arena	*arena;		/* of the schema */
	struct stile_arena	*row_arena;	/* of a line */
	struct data_tables	 tables;
	struct data_table	*table;		/* whose rows come; or NULL */
	struct data_column	**columns;	/* of a row, in its order */
	size_t			 ncolumns;
	struct stile_value	*values;
	const char		*insert;
	struct lines		 lines;
	bool			 replace;
	bool			 begun, ended;	/* by the first and last line */
	uint64_t		 rows;
	stile_progress_fn	 fn;
	void			*arg;
};

/* ---- lines --------------------------------------------------------------- */

static enum stile_err
read_more(struct lines *l, struct stile_error *e)
{
	size_t	size = l->size < READ_BYTES ? READ_BYTES : l->size;
	ssize_t	n;
	char	*p;

	if (l->from > 0) {
		memmove(l->p, l->p + l->from, l->to - l->from);
		l->to -= l->from;
		l->from = 0;
	}
	if (l->to == l->size) {
		if (l->size >= DUMP_LINE_MAX)
			return stile_error_set(e, STILE_ETOOBIG, 0,
			    "more than %d bytes", DUMP_LINE_MAX);
		if (l->size > 0)
			size *= 2;
		if ((p = stile__realloc(l->p, size)) == NULL)
			return stile__error_nomem(e);
		l->p = p;
		l->size = size;
	}
	do
		n = read(l->fd, l->p + l->to, l->size - l->to);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return stile_error_set(e, STILE_EIO, 0, "%s", strerror(errno));
	l->to += (size_t)n;
	l->ended = n == 0;
	return STILE_OK;
}

/* The next line without its end; .p is NULL after the last. */
static enum stile_err
next_line(struct lines *l, struct stile_str *ret, struct stile_error *e)
{
	enum stile_err	rc;
	size_t		seen = 0;
	char		*end = NULL;

	l->number++;
	for (;;) {
		if (l->to - l->from > seen)
			end = memchr(l->p + l->from + seen, '\n',
			    l->to - l->from - seen);
		seen = l->to - l->from;
		if (end != NULL || l->ended)
			break;
		if ((rc = read_more(l, e)) != STILE_OK)
			return rc;
	}
	if (end == NULL && seen == 0) {
		*ret = (struct stile_str){ NULL, 0 };
		return STILE_OK;
	}
	*ret = (struct stile_str){ l->p + l->from,
	    end != NULL ? (size_t)(end - l->p) - l->from : seen };
	l->from += ret->len + (end != NULL);
	return STILE_OK;
}

/* ---- one value ----------------------------------------------------------- */

static struct stile_str
text_of(struct json_object *j)
{
	return (struct stile_str){ json_object_get_string(j),
	    (size_t)json_object_get_string_len(j) };
}

static bool
read_number(struct stile_str s, struct stile_value *ret)
{
	static const struct { const char *name; double d; } numbers[] = {
		{ "NaN", NAN }, { "Infinity", INFINITY },
		{ "-Infinity", -INFINITY },
	};
	size_t	i;

	for (i = 0; i < NELEM(numbers); i++)
		if (stile_str_eq(s, stile_str(numbers[i].name))) {
			*ret = stile_double(numbers[i].d);
			return true;
		}
	return false;
}

/* {"blob":"..."} and its like */
static bool
read_object(struct load *ld, struct json_object *j, struct stile_value *ret)
{
	struct json_object_iterator	it = json_object_iter_begin(j);
	struct json_object		*v;
	const char			*name;
	int64_t				 ms;
	char				*p;
	size_t				 n;

	if (json_object_object_length(j) != 1)
		return false;
	name = json_object_iter_peek_name(&it);
	v = json_object_iter_peek_value(&it);
	if (!json_object_is_type(v, json_type_string))
		return false;
	if (strcmp(name, "number") == 0)
		return read_number(text_of(v), ret);
	if (strcmp(name, "json") == 0) {
		*ret = stile_text_str(text_of(v));
		return true;
	}
	if (strcmp(name, "time") == 0 &&
	    stile_timestamp_parse(text_of(v), &ms) == STILE_OK) {
		*ret = stile_time(ms);
		return true;
	}
	if (strcmp(name, "blob") == 0 && (p = stile_base64_decode(
	    ld->row_arena, text_of(v), STILE_BASE64_STD, &n)) != NULL) {
		*ret = stile_blob(p, n);
		return true;
	}
	return false;
}

static bool
read_value(struct load *ld, struct json_object *j, struct stile_value *ret)
{
	switch (json_object_get_type(j)) {
	case json_type_null:
		*ret = stile_null();
		return true;
	case json_type_boolean:
		*ret = stile_bool(json_object_get_boolean(j));
		return true;
	case json_type_int:
		*ret = stile_int(json_object_get_int64(j));
		return true;
	case json_type_double:
		*ret = stile_double(json_object_get_double(j));
		return true;
	case json_type_string:
		*ret = stile_text_str(text_of(j));
		return true;
	case json_type_object:
		return read_object(ld, j, ret);
	default:
		return false;
	}
}

/* PostgreSQL's types read text; see tables.c. */
static bool
as_text(struct load *ld, struct stile_value *v)
{
	char	num[STILE__DOUBLE_SIZE];
	char	*p = NULL;

	switch (v->type) {
	case STILE_BOOL:
		*v = stile_text(v->u.b ? "true" : "false");
		return true;
	case STILE_INT:
		p = stile_arena_printf(ld->row_arena, "%" PRId64, v->u.i);
		break;
	case STILE_TIME:
		p = stile_arena_alloc(ld->row_arena, 1, STILE_TIMESTAMP_SIZE);
		if (p != NULL)
			stile_timestamp(v->u.i, p);
		break;
	case STILE_DOUBLE:
		if (isfinite(v->u.d))
			stile__print_exact(v->u.d, num);
		else
			snprintf(num, sizeof(num), "%s", isnan(v->u.d) ?
			    "NaN" : v->u.d > 0 ? "Infinity" : "-Infinity");
		p = stile_arena_strdup(ld->row_arena, num);
		break;
	default:
		return true;
	}
	*v = stile_text(p);
	return p != NULL;
}

/* ---- a line -------------------------------------------------------------- */

static enum stile_err
take_value(struct load *ld, struct json_object *j, size_t i,
    struct stile_error *e)
{
	struct stile_value	*v = &ld->values[i];

	if (!read_value(ld, j, v))
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "column %s: not a value of a dump", ld->columns[i]->name);
	if (ld->db->engine->dialect == STILE_SQLITE)
		return STILE_OK;
	if (v->type == STILE_TEXT && memchr(v->u.s.p, 0, v->u.s.len) != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0, "column %s: a text "
		    "with a NUL, which %s cannot have", ld->columns[i]->name,
		    ld->db->engine->name);
	return as_text(ld, v) ? STILE_OK : stile__error_nomem(e);
}

static enum stile_err
take_row(struct load *ld, struct json_object *j, struct stile_error *e)
{
	struct stile_args	args = { ld->ncolumns, ld->values, false };
	enum stile_err		rc;
	size_t			i;

	if (ld->table == NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "a row before the first table");
	if (json_object_array_length(j) != ld->ncolumns)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%zu values for %zu columns", json_object_array_length(j),
		    ld->ncolumns);
	for (i = 0; i < ld->ncolumns; i++)
		if ((rc = take_value(ld, json_object_array_get_idx(j, i), i,
		    e)) != STILE_OK)
			return rc;
	if (ld->fn != NULL && ld->rows % 1000 == 0)
		ld->fn(ld->arg, ld->rows, 0);
	ld->rows++;
	return stile_db_exec(ld->db, ld->insert, args, NULL, e);
}

static struct data_column *
find_column(struct data_table *t, const char *name)
{
	size_t	i;

	for (i = 0; i < t->ncolumns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

/* Each column once, and all that the table has. */
static enum stile_err
take_columns(struct load *ld, struct json_object *names, struct stile_error *e)
{
	struct data_column	*c;
	const char		*name;
	size_t			 i, k;

	ld->ncolumns = json_object_array_length(names);
	if (ld->ncolumns > SQL_PLACES_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 0,
		    "more than %d columns", SQL_PLACES_MAX);
	ld->columns = stile_arena_alloc(ld->arena, ld->ncolumns + 1,
	    sizeof(*ld->columns));
	ld->values = stile_arena_alloc(ld->arena, ld->ncolumns + 1,
	    sizeof(*ld->values));
	if (ld->columns == NULL || ld->values == NULL)
		return stile__error_nomem(e);
	for (i = 0; i < ld->ncolumns; i++) {
		name = json_object_get_string(
		    json_object_array_get_idx(names, i));
		c = name != NULL ? find_column(ld->table, name) : NULL;
		if (c == NULL)
			return stile_error_set(e, STILE_ENOTFOUND, 0,
			    "the table has no column %s that can be written",
			    name != NULL ? name : "null");
		for (k = 0; k < i; k++)
			if (ld->columns[k] == c)
				return stile_error_set(e, STILE_ESYNTAX, 0,
				    "column %s comes twice", name);
		ld->columns[i] = c;
	}
	return STILE_OK;
}

static enum stile_err
make_insert(struct load *ld, struct stile_error *e)
{
	struct stile_buf	*sql;
	size_t			 i;

	if ((sql = stile_buf_new(ld->arena, DUMP_SQL_MAX)) == NULL)
		return stile__error_nomem(e);
	stile_buf_printf(sql, "INSERT INTO %s", ld->table->quoted);
	for (i = 0; i < ld->ncolumns; i++)
		stile_buf_printf(sql, "%s%s", i == 0 ? " (" : ", ",
		    ld->columns[i]->quoted);
	stile_buf_puts(sql, ld->ncolumns == 0 ? " DEFAULT VALUES" :
	    ld->db->engine->dialect == STILE_POSTGRESQL ?
	    ") OVERRIDING SYSTEM VALUE VALUES (" : ") VALUES (");
	for (i = 0; i < ld->ncolumns; i++)
		stile_buf_printf(sql, "%s%s", i == 0 ? "" : ", ",
		    ld->columns[i]->insert);
	if (ld->ncolumns > 0)
		stile_buf_putc(sql, ')');
	ld->insert = stile_buf_view(sql).p;
	return stile_buf_err(sql) == STILE_OK ? STILE_OK : stile__error_nomem(e);
}

/* A sequence goes on behind its last number, and behind what is there. */
static enum stile_err
set_last(struct load *ld, struct data_column *c, int64_t last,
    struct stile_error *e)
{
	enum stile_dialect	 d = ld->db->engine->dialect;
	enum stile_err		 rc;

	if (last <= 0)
		return STILE_OK;
	rc = stile_db_exec(ld->db, load_sql[d].last, STILE_NAMED("last", last,
	    "name", c->sequence), NULL, e);
	if (rc == STILE_OK && load_sql[d].last_new != NULL)
		rc = stile_db_exec(ld->db, load_sql[d].last_new, STILE_NAMED(
		    "last", last, "name", c->sequence), NULL, e);
	return rc;
}

static enum stile_err
keep_highest(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	int64_t			*highest = arg;
	struct stile_value	 v = stile_stmt_value(st, 0);

	(void)e;
	if (v.type == STILE_INT && v.u.i > *highest)
		*highest = v.u.i;
	return STILE_OK;
}

/* At the end of its rows. */
static enum stile_err
finish_table(struct load *ld, struct stile_error *e)
{
	struct data_column	*c;
	const char		*sql;
	enum stile_err		 rc = STILE_OK;
	int64_t			 last;
	size_t			 i;

	for (i = 0; ld->table != NULL && i < ld->table->ncolumns &&
	    rc == STILE_OK; i++) {
		c = &ld->table->columns[i];
		if (c->sequence == NULL)
			continue;
		last = c->last;
		sql = stile_arena_printf(ld->arena, "SELECT max(%s) FROM %s",
		    c->select, ld->table->quoted);
		if (sql == NULL)
			return stile__error_nomem(e);
		rc = stile__each_row(ld->db, sql, STILE_NOARGS, keep_highest,
		    &last, e);
		if (rc == STILE_OK)
			rc = set_last(ld, c, last, e);
	}
	return rc;
}

/* The member, if it has this type; NULL: it is not there. */
static struct json_object *
member(struct json_object *j, const char *name, enum json_type type)
{
	struct json_object	*v;

	if (!json_object_object_get_ex(j, name, &v) ||
	    !json_object_is_type(v, type))
		return NULL;
	return v;
}

static enum stile_err
take_lasts(struct load *ld, struct json_object *lasts, struct stile_error *e)
{
	struct data_column	*c;

	json_object_object_foreach(lasts, name, value) {
		if (!json_object_is_type(value, json_type_int) ||
		    (c = find_column(ld->table, name)) == NULL)
			return stile_error_set(e, STILE_ESYNTAX, 0,
			    "last: %s is no column with numbers", name);
		c->last = json_object_get_int64(value);
	}
	return STILE_OK;
}

static enum stile_err
take_table(struct load *ld, struct json_object *j, struct stile_error *e)
{
	struct json_object	*columns, *lasts;
	const char		*name;
	enum stile_err		 rc;
	size_t			 i;

	if ((rc = finish_table(ld, e)) != STILE_OK)
		return rc;
	ld->table = NULL;
	name = json_object_get_string(member(j, "table", json_type_string));
	columns = member(j, "columns", json_type_array);
	if (name == NULL || columns == NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "a table with its columns is expected");
	for (i = 0; i < ld->tables.n; i++)
		if (strcmp(ld->tables.v[i]->name, name) == 0)
			ld->table = ld->tables.v[i];
	if (ld->table == NULL)
		return stile_error_set(e, STILE_ENOTFOUND, 0,
		    "there is no table %s here", name);
	if (ld->table->loaded)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "the table comes twice");
	ld->table->loaded = true;
	lasts = member(j, "last", json_type_object);
	if ((rc = take_columns(ld, columns, e)) != STILE_OK ||
	    (lasts != NULL && (rc = take_lasts(ld, lasts, e)) != STILE_OK))
		return rc;
	return make_insert(ld, e);
}

static enum stile_err
take_end(struct load *ld, struct json_object *rows, struct stile_error *e)
{
	enum stile_err	rc;
	uint64_t	n = (uint64_t)json_object_get_int64(rows);

	if ((rc = finish_table(ld, e)) != STILE_OK)
		return rc;
	ld->table = NULL;
	ld->ended = true;
	if (n != ld->rows)
		return stile_error_set(e, STILE_ESYNTAX, 0, "the dump had %"
		    PRIu64 " rows, and %" PRIu64 " have come", n, ld->rows);
	return STILE_OK;
}

/* ---- the header ---------------------------------------------------------- */

/* "none" where there is none, or something else. */
static const char *
migration_name(struct json_object *list, size_t i, const char **owner)
{
	struct json_object	*m = json_object_array_get_idx(list, i);
	const char		*name;

	*owner = "";
	if (!json_object_is_type(m, json_type_array) ||
	    json_object_array_length(m) != 3)
		return "none";
	name = json_object_get_string(json_object_array_get_idx(m, 2));
	if (name == NULL || json_object_array_get_idx(m, 0) == NULL)
		return "none";
	*owner = json_object_get_string(json_object_array_get_idx(m, 0));
	return name;
}

/* The first one that is not the same tells most. */
static enum stile_err
compare_migrations(struct json_object *theirs, struct json_object *ours,
    struct stile_error *e)
{
	const char	*a, *b, *a_owner, *b_owner;
	size_t		 i = 0;

	while (i < json_object_array_length(theirs) &&
	    i < json_object_array_length(ours) &&
	    json_object_equal(json_object_array_get_idx(theirs, i),
	    json_object_array_get_idx(ours, i)))
		i++;
	if (i == json_object_array_length(theirs) &&
	    i == json_object_array_length(ours))
		return STILE_OK;
	a = migration_name(theirs, i, &a_owner);
	b = migration_name(ours, i, &b_owner);
	return stile_error_set(e, STILE_EINVAL, 0, "other migrations are "
	    "applied here: the dump has %s%s%s next, the database %s%s%s",
	    a_owner, *a_owner != '\0' ? " " : "", a, b_owner,
	    *b_owner != '\0' ? " " : "", b);
}

static enum stile_err
take_header(struct load *ld, struct json_object *j, struct stile_error *e)
{
	struct json_object	*version, *theirs, *ours;
	struct stile_buf	*b;
	enum stile_err		 rc;

	version = member(j, "stile", json_type_int);
	theirs = member(j, "migrations", json_type_array);
	if (version == NULL || theirs == NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "this is not the beginning of a dump");
	if (json_object_get_int64(version) != DUMP_VERSION)
		return stile_error_set(e, STILE_ENOSYS, 0, "a dump of version "
		    "%" PRId64 "; this program knows version %d",
		    json_object_get_int64(version), DUMP_VERSION);
	ld->begun = true;
	if ((b = stile_buf_new(ld->arena, DUMP_LINE_MAX)) == NULL)
		return stile__error_nomem(e);
	if ((rc = stile__migrations_json(ld->db, b, e)) != STILE_OK ||
	    (rc = stile_json_parse(stile_buf_view(b), DEPTH, &ours, e)) !=
	    STILE_OK)
		return rc;
	rc = compare_migrations(theirs, ours, e);
	json_object_put(ours);
	return rc;
}

static enum stile_err
take_object(struct load *ld, struct json_object *j, struct stile_error *e)
{
	struct json_object	*rows;

	if (!ld->begun)
		return take_header(ld, j, e);
	if ((rows = member(j, "rows", json_type_int)) != NULL)
		return take_end(ld, rows, e);
	return take_table(ld, j, e);
}

static enum stile_err
take_line(struct load *ld, struct stile_str line, struct stile_error *e)
{
	struct json_object	*j;
	enum stile_err		 rc;

	if (ld->ended)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "something behind the end of the dump");
	if ((rc = stile_json_parse(line, DEPTH, &j, e)) != STILE_OK)
		return rc;
	if (json_object_is_type(j, json_type_object))
		rc = take_object(ld, j, e);
	else if (json_object_is_type(j, json_type_array) && ld->begun)
		rc = take_row(ld, j, e);
	else
		rc = stile_error_set(e, STILE_ESYNTAX, 0, ld->begun ?
		    "a table or a row is expected" :
		    "this is not the beginning of a dump");
	json_object_put(j);
	stile_arena_reset(ld->row_arena);
	return rc;
}

/* The next line; *more is false after the last. */
static enum stile_err
take_next(struct load *ld, bool *more, struct stile_error *e)
{
	struct stile_str	line;
	enum stile_err		rc;

	if ((rc = next_line(&ld->lines, &line, e)) != STILE_OK)
		return rc;
	if ((*more = line.p != NULL))
		return take_line(ld, line, e);
	if (!ld->ended)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "the dump ends before its last line");
	return STILE_OK;
}

static enum stile_err
take_lines(struct load *ld, struct stile_error *e)
{
	struct stile_error	cause = { 0 };
	const char		*table;
	enum stile_err		rc;
	bool			more = true;

	while (more)
		if ((rc = take_next(ld, &more, &cause)) != STILE_OK) {
			table = ld->table != NULL ? ld->table->name : NULL;
			return stile_error_set(e, rc, 0, "line %" PRIu64
			    ": %s%s%s%s", ld->lines.number,
			    table != NULL ? "table " : "",
			    table != NULL ? table : "",
			    table != NULL ? ": " : "", cause.detail);
		}
	return STILE_OK;
}

/* ---- around the lines ---------------------------------------------------- */

/* Statements in a row's columns: the first now, the second at the end. */
struct later {
	struct load	*ld;
	const char	*sql[2];
	struct later	*next;
};

struct laters {
	struct load	*ld;
	struct later	*first;
};

static enum stile_err
add_later(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct laters	*all = arg;
	struct later	*one;

	one = stile_arena_alloc(all->ld->arena, 1, sizeof(*one));
	if (one == NULL || (one->sql[0] = stile__row_text(st, 0,
	    all->ld->arena)) == NULL)
		return stile__error_nomem(e);
	one->sql[1] = stile__row_text(st, 1, all->ld->arena);
	one->next = all->first;
	all->first = one;
	return STILE_OK;
}

static enum stile_err
run_laters(struct laters *all, size_t which, struct stile_error *e)
{
	const struct later	*one;
	enum stile_err		 rc = STILE_OK;

	for (one = all->first; one != NULL && rc == STILE_OK; one = one->next)
		rc = stile_db_script(all->ld->db, one->sql[which], e);
	return rc;
}

static enum stile_err
is_row(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	(void)st;
	(void)e;
	*(bool *)arg = true;
	return STILE_OK;
}

static enum stile_err
check_empty(struct load *ld, struct stile_error *e)
{
	const char	*sql;
	enum stile_err	 rc;
	size_t		 i;
	bool		 found = false;

	for (i = 0; i < ld->tables.n; i++) {
		sql = stile_arena_printf(ld->arena, "SELECT 1 FROM %s LIMIT 1",
		    ld->tables.v[i]->quoted);
		if (sql == NULL)
			return stile__error_nomem(e);
		rc = stile__each_row(ld->db, sql, STILE_NOARGS, is_row, &found,
		    e);
		if (rc != STILE_OK)
			return rc;
		if (found)
			return stile_error_set(e, STILE_EEXIST, 0,
			    "table %s has rows already",
			    ld->tables.v[i]->name);
	}
	return STILE_OK;
}

static enum stile_err
forget_lasts(struct load *ld, const char *sql, struct stile_error *e)
{
	struct data_table	*t;
	enum stile_err		 rc = STILE_OK;
	size_t			 i, k;

	for (i = 0; sql != NULL && i < ld->tables.n; i++) {
		t = ld->tables.v[i];
		for (k = 0; k < t->ncolumns && rc == STILE_OK; k++)
			if (t->columns[k].sequence != NULL)
				rc = stile_db_exec(ld->db, sql, STILE_ARGS(
				    t->columns[k].sequence), NULL, e);
	}
	return rc;
}

static enum stile_err
make_empty(struct load *ld, struct stile_error *e)
{
	enum stile_dialect	 d = ld->db->engine->dialect;
	struct stile_buf	*sql;
	enum stile_err		 rc;
	size_t			 i;

	if (ld->tables.n == 0)
		return STILE_OK;
	if ((sql = stile_buf_new(ld->arena, DUMP_SQL_MAX)) == NULL)
		return stile__error_nomem(e);
	for (i = 0; i < ld->tables.n; i++)
		stile_buf_printf(sql, "%s%s", load_sql[d].truncate == NULL ?
		    "; DELETE FROM " : i == 0 ? load_sql[d].truncate : ", ",
		    ld->tables.v[i]->quoted);
	if (load_sql[d].truncated != NULL)
		stile_buf_puts(sql, load_sql[d].truncated);
	if (stile_buf_err(sql) != STILE_OK)
		return stile__error_nomem(e);
	rc = stile_db_script(ld->db, stile_buf_view(sql).p, e);
	return rc == STILE_OK ? forget_lasts(ld, load_sql[d].last_gone, e) : rc;
}

static enum stile_err
tell_lost(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct load	*ld = arg;
	const char	*from = stile__row_text(st, 0, ld->arena);
	const char	*to = stile__row_text(st, 1, ld->arena);

	return stile_error_set(e, STILE_EFOREIGN, 0, "a row of table %s refers "
	    "to a row of table %s that is not there", from != NULL ? from : "",
	    to != NULL ? to : "");
}

static enum stile_err
finish(struct load *ld, struct laters *changes, struct stile_error *e)
{
	enum stile_dialect	d = ld->db->engine->dialect;
	struct laters		rebuild = { .ld = ld };
	enum stile_err		rc = STILE_OK;

	if (load_sql[d].lost != NULL)
		rc = stile__each_row(ld->db, load_sql[d].lost, STILE_NOARGS,
		    tell_lost, ld, e);
	if (rc == STILE_OK && load_sql[d].settle != NULL)
		rc = stile_db_script(ld->db, load_sql[d].settle, e);
	if (rc == STILE_OK && load_sql[d].rebuild != NULL)
		rc = stile__each_row(ld->db, load_sql[d].rebuild, STILE_NOARGS,
		    add_later, &rebuild, e);
	if (rc == STILE_OK)
		rc = run_laters(&rebuild, 0, e);
	return rc == STILE_OK ? run_laters(changes, 1, e) : rc;
}

static enum stile_err
load_all(struct stile_db *db, void *arg, struct stile_error *e)
{
	struct load		*ld = arg;
	enum stile_dialect	d = db->engine->dialect;
	struct laters		changes = { .ld = ld };
	enum stile_err		rc;

	rc = stile__tables_read(ld->db, ld->arena, &ld->tables, e);
	if (rc == STILE_OK && load_sql[d].changes != NULL)
		rc = stile__each_row(ld->db, load_sql[d].changes, STILE_NOARGS,
		    add_later, &changes, e);
	if (rc == STILE_OK)
		rc = run_laters(&changes, 0, e);
	if (rc == STILE_OK)
		rc = ld->replace ? make_empty(ld, e) : check_empty(ld, e);
	if (rc == STILE_OK)
		rc = take_lines(ld, e);
	return rc == STILE_OK ? finish(ld, &changes, e) : rc;
}

enum stile_err
stile_db_load(struct stile_db *db, int fd, bool replace, stile_progress_fn fn,
    void *arg, struct stile_error *e)
{
	struct load		 ld = { .db = db, .replace = replace, .fn = fn,
				    .arg = arg, .lines = { .fd = fd } };
	const struct stile_engine *engine = db->engine;
	enum stile_dialect	 d = engine->dialect;
	enum stile_err		 rc = STILE_OK;

	if (stile__db_in_transaction(db))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "a load begins a transaction of its own");
	ld.arena = stile_arena_new(0);
	ld.row_arena = stile_arena_new(0);
	if (ld.arena == NULL || ld.row_arena == NULL)
		rc = stile__error_nomem(e);
	if (rc == STILE_OK && load_sql[d].before != NULL)
		rc = stile_db_script(db, load_sql[d].before, e);
	if (rc == STILE_OK) {
		if (engine->triggers != NULL)
			engine->triggers(db->h, false);
		/* Not again where others were in the way: lines come once. */
		rc = stile__db_once(db, STILE_TX_WRITE, load_all, &ld, e);
		if (engine->triggers != NULL)
			engine->triggers(db->h, true);
		if (load_sql[d].after != NULL)
			(void)stile_db_script(db, load_sql[d].after,
			    rc == STILE_OK ? e : NULL);
	}
	free(ld.lines.p);
	stile_arena_free(ld.row_arena);
	stile_arena_free(ld.arena);
	return rc;
}
