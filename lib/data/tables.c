/* SPDX-License-Identifier: ISC */
/*
 * What tables a database has: their columns, in which order they refer to each
 * other, and how each type is read and written without loss.  Left out are the
 * library's and the engine's own tables, and virtual ones with what is behind
 * them.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/str.h"
#include "data/tables.h"
#include "base/banned.h"

#define TABLES_MAX	4096
#define SQL_BYTES_MAX	(1024 * 1024)

/*
 * All in one column; or in five: name, type, place in the key, sequence, and
 * whether it has an order of its own language.
 */
static const struct {
	const char	*tables, *columns, *parents;
} schema_sql[] = {
	[STILE_SQLITE] = {
		.tables =
		    "SELECT name FROM pragma_table_list"
		    " WHERE schema = 'main' AND type = 'table'"
		    " AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
		    " AND name <> 'stile_migration' ORDER BY name",
		.columns =
		    "SELECT name, type, pk, CASE WHEN pk = 1 AND (SELECT sql"
		    " FROM sqlite_schema WHERE type = 'table' AND name = :name)"
		    " LIKE '%AUTOINCREMENT%' AND EXISTS (SELECT 1 FROM"
		    " sqlite_schema WHERE name = 'sqlite_sequence')"
		    " THEN :name END, NULL"
		    " FROM pragma_table_xinfo(:name) WHERE hidden = 0"
		    " ORDER BY cid",
		.parents =
		    "SELECT DISTINCT \"table\" FROM"
		    " pragma_foreign_key_list(:name) ORDER BY 1",
	},
	[STILE_POSTGRESQL] = {
		.tables =
		    "SELECT c.relname::text FROM pg_catalog.pg_class c"
		    " WHERE c.relnamespace = current_schema()::regnamespace"
		    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
		    " AND c.relname <> 'stile_migration' AND NOT EXISTS"
		    " (SELECT FROM pg_catalog.pg_depend d"
		    "  WHERE d.classid = 'pg_catalog.pg_class'::regclass"
		    "  AND d.objid = c.oid AND d.deptype = 'e')"
		    " ORDER BY c.relname::text COLLATE \"C\"",
		.columns =
		    "SELECT a.attname::text, format('%I.%I', n.nspname,"
		    " t.typname), coalesce(array_position("
		    " i.indkey::int2[], a.attnum) + 1, 0)::int8,"
		    " pg_catalog.pg_get_serial_sequence(format('%I.%I',"
		    " current_schema(), :name::text), a.attname::text),"
		    " CASE WHEN a.attcollation <> 0 THEN 1 END"
		    " FROM pg_catalog.pg_attribute a"
		    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
		    " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
		    " LEFT JOIN pg_catalog.pg_index i"
		    "  ON i.indrelid = a.attrelid AND i.indisprimary"
		    " WHERE a.attrelid = format('%I.%I', current_schema(),"
		    "  :name::text)::regclass AND a.attnum > 0"
		    " AND NOT a.attisdropped AND a.attgenerated = ''"
		    " ORDER BY a.attnum",
		.parents =
		    "SELECT DISTINCT p.relname::text COLLATE \"C\""
		    " FROM pg_catalog.pg_constraint k"
		    " JOIN pg_catalog.pg_class p ON p.oid = k.confrelid"
		    " WHERE k.contype = 'f' AND k.conrelid = format('%I.%I',"
		    "  current_schema(), :name::text)::regclass ORDER BY 1",
	},
};

/* Milliseconds; what is not a whole number of them is INT64_MIN. */
#define PG_TIME	"CASE WHEN @ IS NULL THEN NULL WHEN isfinite(@)"	\
		" AND extract(epoch FROM @) * 1000 ="			\
		"  trunc(extract(epoch FROM @) * 1000)"			\
		" THEN (extract(epoch FROM @) * 1000)::int8"		\
		" ELSE -9223372036854775808 END"

/*
 * @ is the column's name, # its type.  SQLite's values say what they are when
 * no column's type stands behind them: hence the plus, which does nothing else.
 * PostgreSQL gets text, which its types read exactly, and without the type's
 * length, by which a cast would cut.  The last of each is for all others.
 */
static const struct type {
	enum stile_dialect	 dialect;
	const char		*name;
	enum column_kind	 kind;
	const char		*select, *insert;
} types[] = {
	{ STILE_SQLITE, "BOOLEAN", KIND_BOOL, "+@", "?" },
	{ STILE_SQLITE, "TIMESTAMP", KIND_TIME, "+@", "?" },
	{ STILE_SQLITE, "TIMESTAMPTZ", KIND_TIME, "+@", "?" },
	{ STILE_SQLITE, "JSON", KIND_JSON, "+@", "?" },
	{ STILE_SQLITE, "JSONB", KIND_JSON, "+@", "?" },
	{ STILE_SQLITE, NULL, KIND_ANY, "+@", "?" },
	{ STILE_POSTGRESQL, "pg_catalog.bool", KIND_BOOL, "@", "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.int2", KIND_ANY, "@::int8",
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.int4", KIND_ANY, "@::int8",
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.int8", KIND_ANY, "@", "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.float4", KIND_ANY, "@::float8",
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.float8", KIND_ANY, "@", "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.bytea", KIND_ANY, "@", "?::#" },
	{ STILE_POSTGRESQL, "pg_catalog.json", KIND_JSON, "@::text",
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.jsonb", KIND_JSON, "@::text",
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.timestamptz", KIND_TIME, PG_TIME,
	    "?::text::#" },
	{ STILE_POSTGRESQL, "pg_catalog.\"timestamp\"", KIND_TIME, PG_TIME,
	    "(?::text::timestamptz AT TIME ZONE 'UTC')" },
	{ STILE_POSTGRESQL, NULL, KIND_ANY, "@::text", "?::text::#" },
};

enum stile_err
stile__each_row(struct stile_db *db, const char *sql, struct stile_args args,
    each_row_fn fn, void *arg, struct stile_error *e)
{
	struct stile_stmt	*st;
	enum stile_err		 rc;
	int			 row = 0;

	if ((rc = stile_db_query(db, sql, args, &st, e)) != STILE_OK)
		return rc;
	while (rc == STILE_OK && (row = stile_stmt_step(st, e)) > 0)
		rc = fn(arg, st, e);
	stile_stmt_done(st);
	return row < 0 ? (enum stile_err)row : rc;
}

const char *
stile__row_text(struct stile_stmt *st, size_t i, struct stile_arena *a)
{
	struct stile_value	v = stile_stmt_value(st, i);

	return v.type == STILE_TEXT ? stile_arena_dup(a, v.u.s) : NULL;
}

const char *
stile__quote_name(struct stile_arena *a, const char *name)
{
	char	*quoted, *q;

	quoted = q = stile_arena_alloc(a, 2 * strlen(name) + 3, 1);
	if (quoted == NULL)
		return NULL;
	*q++ = '"';
	for (; *name != '\0'; name++) {
		if (*name == '"')
			*q++ = '"';
		*q++ = *name;
	}
	*q = '"';
	return quoted;
}

static const char *
fill_in(struct stile_arena *a, const char *form, const char *name,
    const char *type)
{
	struct stile_buf	*b;

	if ((b = stile_buf_new(a, SQL_BYTES_MAX)) == NULL)
		return NULL;
	for (; *form != '\0'; form++) {
		if (*form == '@')
			stile_buf_puts(b, name);
		else if (*form == '#')
			stile_buf_puts(b, type);
		else
			stile_buf_putc(b, *form);
	}
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

static const struct type *
find_type(enum stile_dialect dialect, const char *name)
{
	const struct type	*t = types;

	while (t->dialect != dialect ||
	    (t->name != NULL && strcasecmp(t->name, name) != 0))
		t++;
	return t;
}

struct reader {
	struct stile_db		*db;
	struct stile_arena	*arena;
	struct data_table	*tables;
	size_t			 n, size;
	struct data_table	*at;		/* whose columns are read */
	struct data_tables	*order;
};

static enum stile_err
add_column(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct reader		*rd = arg;
	struct data_table	*t = rd->at;
	struct data_column	*c;
	const struct type	*type;
	const char		*type_name;

	c = stile__arena_grow(rd->arena, t->columns, t->ncolumns * sizeof(*c),
	    (t->ncolumns + 1) * sizeof(*c));
	if (c == NULL)
		return stile__error_nomem(e);
	t->columns = c;
	c += t->ncolumns++;
	*c = (struct data_column){ .name = stile__row_text(st, 0, rd->arena) };
	if ((type_name = stile__row_text(st, 1, rd->arena)) == NULL ||
	    c->name == NULL)
		return stile__error_nomem(e);
	type = find_type(rd->db->engine->dialect, type_name);
	c->kind = type->kind;
	c->key = stile_stmt_value(st, 2).u.i;
	c->collate = stile_stmt_value(st, 4).type == STILE_NULL ? "" :
	    " COLLATE \"C\"";
	c->sequence = stile__row_text(st, 3, rd->arena);
	c->quoted = stile__quote_name(rd->arena, c->name);
	if (c->quoted == NULL || (c->select = fill_in(rd->arena, type->select,
	    c->quoted, type_name)) == NULL || (c->insert = fill_in(rd->arena,
	    type->insert, c->quoted, type_name)) == NULL)
		return stile__error_nomem(e);
	return STILE_OK;
}

static enum stile_err
add_table(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct reader		*rd = arg;
	struct data_table	*t;

	if (rd->n == TABLES_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 0,
		    "more than %d tables", TABLES_MAX);
	t = &rd->tables[rd->n++];
	if ((t->name = stile__row_text(st, 0, rd->arena)) == NULL ||
	    (t->quoted = stile__quote_name(rd->arena, t->name)) == NULL)
		return stile__error_nomem(e);
	return STILE_OK;
}

static enum stile_err	place(struct reader *, struct data_table *,
			    struct stile_error *);

struct parents {
	struct stile_arena	*arena;
	const char		**v;
	size_t			  n;
};

static enum stile_err
add_parent(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct parents	*p = arg;
	const char	**v;

	v = stile__arena_grow(p->arena, p->v, p->n * sizeof(*v),
	    (p->n + 1) * sizeof(*v));
	if (v == NULL || (v[p->n] = stile__row_text(st, 0, p->arena)) == NULL)
		return stile__error_nomem(e);
	p->v = v;
	p->n++;
	return STILE_OK;
}

static enum stile_err
place_parent(struct reader *rd, const char *name, struct stile_error *e)
{
	size_t	i;

	/* SQLite's names are the same in either case. */
	for (i = 0; i < rd->n; i++)
		if (strcasecmp(rd->tables[i].name, name) == 0 &&
		    (rd->db->engine->dialect == STILE_SQLITE ||
		    strcmp(rd->tables[i].name, name) == 0))
			return place(rd, &rd->tables[i], e);
	return STILE_OK;
}

/* A table after its parents; where they go in a circle, somewhere in it. */
static enum stile_err
place(struct reader *rd, struct data_table *t, struct stile_error *e)
{
	struct parents	p = { .arena = rd->arena };
	enum stile_err	rc;
	size_t		i;

	if (t->placed)
		return STILE_OK;
	t->placed = true;
	rc = stile__each_row(rd->db,
	    schema_sql[rd->db->engine->dialect].parents,
	    STILE_NAMED("name", t->name), add_parent, &p, e);
	for (i = 0; rc == STILE_OK && i < p.n; i++)
		rc = place_parent(rd, p.v[i], e);
	rd->order->v[rd->order->n++] = t;
	return rc;
}

enum stile_err
stile__tables_read(struct stile_db *db, struct stile_arena *a,
    struct data_tables *ret, struct stile_error *e)
{
	struct reader	 rd = { .db = db, .arena = a, .order = ret };
	enum stile_err	 rc;
	size_t		 i;

	*ret = (struct data_tables){ .n = 0 };
	rd.tables = stile_arena_alloc(a, TABLES_MAX, sizeof(*rd.tables));
	ret->v = stile_arena_alloc(a, TABLES_MAX, sizeof(*ret->v));
	if (rd.tables == NULL || ret->v == NULL)
		return stile__error_nomem(e);
	rc = stile__each_row(db, schema_sql[db->engine->dialect].tables,
	    STILE_NOARGS, add_table, &rd, e);
	for (i = 0; rc == STILE_OK && i < rd.n; i++) {
		rd.at = &rd.tables[i];
		rc = stile__each_row(db,
		    schema_sql[db->engine->dialect].columns,
		    STILE_NAMED("name", rd.at->name), add_column, &rd, e);
	}
	for (i = 0; rc == STILE_OK && i < rd.n; i++)
		rc = place(&rd, &rd.tables[i], e);
	return rc;
}
