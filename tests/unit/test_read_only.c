/* SPDX-License-Identifier: ISC */
/* lib/data/tx.c: where only reads may be done, by a route or by hand. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/req.h"
#include "stile/res.h"

static const struct stile_migration	migrations[] = {
	{ 1, "one", .sql = "CREATE TABLE t (n INTEGER)" },
	{ 0 }
};

static int
count(struct stile_req *r, void *arg)
{
	*(int64_t *)arg = stile_select_int(r, "SELECT count(*) FROM t",
	    STILE_NOARGS);
	return stile_failed(r);
}

static int
count_inside(struct stile_req *r, void *arg)
{
	return stile_transaction(r, STILE_TX_READ, count, arg);
}

static int
add(struct stile_req *r, void *arg)
{
	(void)arg;
	stile_exec(r, "INSERT INTO t VALUES (1)", STILE_NOARGS);
	return stile_failed(r);
}

static int
add_inside(struct stile_req *r, void *arg)
{
	return stile_transaction(r, STILE_TX_WRITE, add, arg);
}

static int
nested_reads(struct stile_req *r)
{
	int64_t	n = -1;

	stile_transaction(r, STILE_TX_READ, count_inside, &n);
	return stile_send_object(r, 200, STILE_ARGS("n", n));
}

static int
write_in_read(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_READ, add, NULL);
	return stile_send_empty(r, 204);
}

static int
nested_write_in_read(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_READ, add_inside, NULL);
	return stile_send_empty(r, 204);
}

static int
write_by_hand(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_WRITE, add, NULL);
	return stile_send_empty(r, 204);
}

static int
write_after_read(struct stile_req *r)
{
	int64_t	n = -1;

	stile_transaction(r, STILE_TX_READ, count, &n);
	add(r, NULL);
	return stile_send_empty(r, 204);
}

static const struct stile_route	routes[] = {
	{ "GET", "/reads", .handler = nested_reads },
	{ "GET", "/write", .handler = write_by_hand },
	{ "POST", "/write-in-read", .handler = write_in_read,
	    .tx = STILE_TX_NONE },
	{ "POST", "/nested", .handler = nested_write_in_read,
	    .tx = STILE_TX_NONE },
	{ "POST", "/after", .handler = write_after_read,
	    .tx = STILE_TX_NONE },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

TestSuite(read_only, .timeout = 120);

Test(read_only, transactions_that_only_read)
{
	struct stile_client	*c = CLIENT(&app,);

	EXPECT_ANSWER(send_to(c, "GET", "/reads"), 200, "{\"n\":0}",
	    "one inside another");
	EXPECT_ANSWER(send_to(c, "GET", "/write"), 500, NULL, "a GET");
	EXPECT_ANSWER(send_to(c, "POST", "/write-in-read"), 500, NULL,
	    "a write in one that reads");
	EXPECT_ANSWER(send_to(c, "POST", "/nested"), 500, NULL,
	    "a transaction that writes in one that reads");
	EXPECT_ANSWER(send_to(c, "GET", "/reads"), 200, "{\"n\":0}",
	    "nothing was written");
	EXPECT_ANSWER(send_to(c, "POST", "/after"), 204, "",
	    "a write behind one that reads");
	EXPECT_ANSWER(send_to(c, "GET", "/reads"), 200, "{\"n\":1}",
	    "it was written");
	stile_client_free(c);
}
