/* SPDX-License-Identifier: ISC */
/* lib/data/select.c: one statement many times, where some have no row. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/res.h"

struct row {
	int64_t	n;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, n),
	{ 0 }
};
static const struct stile_migration	migrations[] = {
	{ 1, "one", .sql = "CREATE TABLE t (n INTEGER);"
	    "INSERT INTO t VALUES (1), (2), (2), (3)" },
	{ 0 }
};

static int64_t	asked[3];

static int
get(struct stile_req *r)
{
	struct row		rows[3] = { { 0 } };
	struct stile_args	args[] = {
		STILE_ARGS(asked[0]), STILE_ARGS(asked[1]),
		STILE_ARGS(asked[2]),
	};

	stile_select_many(r, columns, sizeof(rows[0]), rows,
	    "SELECT n FROM t WHERE n = ?", args, 3);
	return stile_send_object(r, 200, STILE_ARGS("a", rows[0].n,
	    "b", rows[1].n, "c", rows[2].n));
}

static const struct stile_route	routes[] = {
	{ "GET", "/", .handler = get },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

TestSuite(select_many, .timeout = 120);

Test(select_many, rows_for_all_or_404)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;
	size_t				 i;

	asked[0] = 3;
	asked[1] = 2;
	asked[2] = 1;
	EXPECT_ANSWER(send_to(c, "GET", "/"), 200,
	    "{\"a\":3,\"b\":2,\"c\":1}", "all are there");
	for (i = 0; i < 3; i++) {
		asked[i] += 10;
		a = send_to(c, "GET", "/");
		EXPECT_ANSWER(a, 404, NULL, "without number %zu", i);
		EXPECT_STR(detail_of(a), "not found", "number %zu", i);
		asked[i] -= 10;
	}
	stile_client_free(c);
}
