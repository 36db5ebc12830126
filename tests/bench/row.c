/* SPDX-License-Identifier: ISC */
/* row: one row of SQLite as JSON, and nothing else; for tests/bench/run. */
#include <stile.h>

static int
show_note(struct stile_req *r)
{
	return stile_send_row(r, 200, "SELECT id, text FROM note WHERE id = ?",
	    STILE_ARGS(stile_path_int(r, "id")));
}

static const struct stile_migration migrations[] = {
	{ 1, "0001_note", .sql = "CREATE TABLE note ("
	    "id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
	    "INSERT INTO note WITH RECURSIVE n(i) AS ("
	    "SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
	    "SELECT i, 'note number ' || i FROM n" },
	{ 0 }
};

static const struct stile_route routes[] = {
	{ "GET", "/note/{id:int}", show_note, .name = "note" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "row", .routes = routes, .migrations = migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
