/* SPDX-License-Identifier: ISC */
/* dump: tables that are hard to move; only the tests use it. */
#include <stile.h>

static const struct stile_migration migrations[] = {
	{ 1, "0001_shelf", .sql =
	    /* In a circle, with itself, and before their parents by name. */
	    "CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " name TEXT NOT NULL, best INTEGER REFERENCES book (id));"
	    "CREATE TABLE book (id INTEGER PRIMARY KEY,"
	    " author INTEGER NOT NULL REFERENCES author (id),"
	    " part_of INTEGER REFERENCES book (id), title TEXT NOT NULL,"
	    " cover BLOB, extra JSON, bought TIMESTAMP, is_read BOOLEAN,"
	    " weight DOUBLE PRECISION, pages BIGINT,"
	    " next_page BIGINT GENERATED ALWAYS AS (pages + 1) STORED);"
	    "CREATE TABLE alias (author INTEGER REFERENCES author (id),"
	    " name TEXT, PRIMARY KEY (name, author)) WITHOUT ROWID;"
	    "CREATE TABLE change (book INTEGER);"
	    "CREATE VIRTUAL TABLE word USING fts5(title, content = 'book',"
	    " content_rowid = 'id');"
	    "CREATE TRIGGER book_word AFTER INSERT ON book BEGIN"
	    " INSERT INTO word (rowid, title) VALUES (new.id, new.title);"
	    " INSERT INTO change VALUES (new.id); END",
	  .pgsql =
	    "CREATE TABLE author (id BIGINT GENERATED ALWAYS AS IDENTITY"
	    " PRIMARY KEY, name TEXT NOT NULL, best BIGINT);"
	    "CREATE TABLE book (id BIGINT PRIMARY KEY,"
	    " author BIGINT NOT NULL REFERENCES author (id) ON DELETE RESTRICT,"
	    " part_of BIGINT REFERENCES book (id), title TEXT NOT NULL,"
	    " cover BYTEA, extra JSON, bought TIMESTAMPTZ, is_read BOOLEAN,"
	    " weight DOUBLE PRECISION, pages BIGINT,"
	    " next_page BIGINT GENERATED ALWAYS AS (pages + 1) STORED);"
	    "ALTER TABLE author ADD FOREIGN KEY (best) REFERENCES book (id);"
	    "CREATE TABLE alias (author BIGINT REFERENCES author (id),"
	    " name TEXT, PRIMARY KEY (name, author));"
	    "CREATE TABLE change (book BIGINT);"
	    "CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql"
	    " AS $$ BEGIN INSERT INTO change VALUES (new.id); RETURN new; END"
	    " $$;"
	    "CREATE TRIGGER book_change AFTER INSERT ON book FOR EACH ROW"
	    " EXECUTE FUNCTION note_change()",
	  .down =
	    "DROP TABLE word; DROP TABLE change; DROP TABLE alias;"
	    "DROP TABLE book; DROP TABLE author",
	  .pgsql_down =
	    "DROP TABLE change, alias, book, author; DROP FUNCTION note_change"
	},
	/* Some seconds. */
	{ 2, "0002_slow", .sql = "CREATE TABLE slow AS WITH RECURSIVE c(i) AS"
	    " (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 15000000)"
	    " SELECT count(*) AS n FROM c",
	  .pgsql = "CREATE TABLE slow AS SELECT pg_sleep(3)::text",
	  .down = "DROP TABLE slow" },
	{ 0 }
}, library_migrations[] = {
	{ 1, "0001_card", .sql = "CREATE TABLE card (n INTEGER)",
	  .down = "DROP TABLE card" },
	{ 0 }
};

static int
show(struct stile_req *r)
{
	return stile_send_row(r, 200, "SELECT count(*) AS n FROM card",
	    STILE_NOARGS);
}

static const struct stile_route library_routes[] = {
	{ "GET", "/", show, .name = "cards" },
	{ 0 }
};
static const struct stile_app library = {
	.name = "library", .routes = library_routes,
	.migrations = library_migrations,
};

static const struct stile_route routes[] = {
	{ "GET", "/", show, .name = "home" },
	{ 0 }
};

static const struct stile_mount mounts[] = {
	{ "/library", &library },
	{ 0 }
};

static const struct stile_app app = {
	.name = "shelf", .routes = routes, .mounts = mounts,
	.migrations = migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
