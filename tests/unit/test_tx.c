/* SPDX-License-Identifier: ISC */
/* lib/data/tx.c: transactions of a request, and by hand. */
#include "app.h"

#include "stile/migrate.h"
#include "data/db.h"

static const struct stile_migration	migrations[] = {
	{ .version = 1, .name = "one", .sql =
	    "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT UNIQUE);"
	    "CREATE TABLE c (t INTEGER REFERENCES t (id)"
	    " DEFERRABLE INITIALLY DEFERRED)" },
	{ 0 }
};

static struct stile_db	*other;		/* another connection, or NULL */
static int		 calls;

static int
insert(struct stile_req *r, int64_t id)
{
	stile_exec(r, "INSERT INTO t (id) VALUES (?)", STILE_ARGS(id));
	return stile_failed(r);
}

static int
count(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("n",
	    stile_select_int(r, "SELECT count(*) FROM t", STILE_NOARGS)));
}

static int
insert_and(struct stile_req *r)
{
	int64_t	status = stile_query_int(r, "status", 100, 599, 200);

	insert(r, 1);
	insert(r, 2);
	if (status >= 400 && stile_query(r, "fail") != NULL)
		return stile_fail(r, (int)status, "as it was asked");
	return stile_send_object(r, (int)status, STILE_ARGS("x", 1));
}

/* In a GET, it is refused. */
static int
write_in_get(struct stile_req *r)
{
	insert(r, 1);
	return stile_send_empty(r, 204);
}

/* What a commit finds first: a row that refers to none. */
static int
dangle(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO c VALUES (99)", STILE_NOARGS);
	stile_header_set(r, "X-Answer", "made");
	return stile_send_object(r, 201, STILE_ARGS("x", 1));
}

/* An error handler has no transaction of the failed request. */
static int
on_conflict(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO t (id, s) VALUES (70, 'noted')",
	    STILE_NOARGS);
	return stile_send_object(r, 409, STILE_ARGS("n",
	    stile_select_int(r, "SELECT count(*) FROM t", STILE_NOARGS)));
}

static int
conflict(struct stile_req *r)
{
	insert(r, 5);
	return stile_fail(r, 409, "no");
}

static int
after_write(struct stile_req *r)
{
	if (stile_query(r, "hook") != NULL)
		insert(r, 80);
	return STILE_OK;
}

/* ---- by hand ------------------------------------------------------------- */

static int
add_three(struct stile_req *r, void *arg)
{
	insert(r, 10);
	insert(r, 11);
	if (arg != NULL)
		return stile_fail(r, 409, "the third is not wanted");
	return insert(r, 12);
}

static int
by_hand(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_WRITE, add_three,
	    stile_query(r, "fail") != NULL ? r : NULL);
	return stile_send_empty(r, 204);
}

static enum stile_err
db_insert(struct stile_db *db, void *arg, struct stile_error *e)
{
	return stile_db_exec(db, "INSERT INTO t (id) VALUES (?)",
	    STILE_ARGS(*(int *)arg), NULL, e);
}

static enum stile_err
db_two(struct stile_db *db, void *arg, struct stile_error *e)
{
	int		id = 20, same = 20;
	enum stile_err	rc;

	(void)arg;
	if ((rc = db_insert(db, &id, e)) != STILE_OK)
		return rc;
	return db_insert(db, &same, e);
}

/* A savepoint that fails leaves the rest, for whoever looks at the error. */
static int
savepoints(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db = stile_db(r);
	int			 id = 30;

	insert(r, 1);
	cr_expect_eq(stile_db_transaction(db, STILE_TX_WRITE, db_two, NULL,
	    &e), STILE_EUNIQUE);
	EXPECT_STR(e.column, "id", "the cause");
	cr_expect_eq(stile_db_transaction(db, STILE_TX_WRITE, db_insert, &id,
	    NULL), STILE_OK);
	return count(r);
}

/* The first time, another one has the lock until the function has run. */
static int
busy_once(struct stile_req *r, void *arg)
{
	(void)arg;
	if (++calls == 1)
		return stile_fail_error(r, &(struct stile_error){
		    .code = STILE_ECONFLICT, .detail = "in the way" });
	return insert(r, 40);
}

static int
again(struct stile_req *r)
{
	calls = 0;
	stile_transaction(r, STILE_TX_WRITE, busy_once, NULL);
	return stile_send_object(r, 200, STILE_ARGS("calls", calls));
}

static int
always_busy(struct stile_req *r, void *arg)
{
	(void)arg;
	calls++;
	return stile_fail_error(r, &(struct stile_error){
	    .code = STILE_EBUSY, .detail = "in the way" });
}

static int
again_and_again(struct stile_req *r)
{
	calls = 0;
	stile_transaction(r, STILE_TX_WRITE, always_busy, NULL);
	cr_expect_gt(calls, 2);
	cr_expect_lt(calls, 20);
	return stile_send_empty(r, 204);
}

static int
no_cause(struct stile_req *r, void *arg)
{
	(void)arg;
	insert(r, 50);
	return -1;
}

static int
without_cause(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_WRITE, no_cause, NULL);
	return stile_send_empty(r, 204);
}

/* Commits what is the request's own, behind its back. */
static int
own_commit(struct stile_req *r)
{
	insert(r, 60);
	stile_exec(r, "COMMIT", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

/* While the transaction waits, others still get in; then it has begun. */
static int
lazy(struct stile_req *r)
{
	if (other != NULL)
		cr_expect_eq(stile_db_exec(other,
		    "INSERT INTO t (id) VALUES (90)", STILE_NOARGS, NULL,
		    NULL), STILE_OK);
	insert(r, 91);
	if (other != NULL)
		cr_expect_eq(stile_db_exec(other,
		    "INSERT INTO t (id) VALUES (92)", STILE_NOARGS, NULL,
		    NULL), STILE_EBUSY);
	return stile_send_empty(r, 204);
}

static const struct stile_route		routes[] = {
	{ "GET", "/", .handler = count },
	{ "POST", "/", .handler = insert_and },
	{ "PUT", "/", .handler = insert_and, .tx = STILE_TX_NONE },
	{ "GET", "/write", .handler = write_in_get },
	{ "POST", "/read", .handler = write_in_get, .tx = STILE_TX_READ },
	{ "GET", "/allowed", .handler = insert_and, .tx = STILE_TX_WRITE },
	{ "POST", "/dangle", .handler = dangle },
	{ "POST", "/conflict", .handler = conflict },
	{ "POST", "/hand", .handler = by_hand },
	{ "PUT", "/hand", .handler = by_hand, .tx = STILE_TX_NONE },
	{ "POST", "/savepoints", .handler = savepoints },
	{ "POST", "/again", .handler = again, .tx = STILE_TX_NONE },
	{ "POST", "/always", .handler = again_and_again,
	  .tx = STILE_TX_NONE },
	{ "POST", "/cause", .handler = without_cause, .tx = STILE_TX_NONE },
	{ "POST", "/own", .handler = own_commit },
	{ "POST", "/lazy", .handler = lazy },
	{ 0 }
};
static const struct stile_hook		hooks[] = {
	{ STILE_AFTER, after_write },
	{ 0 }
};
static const struct stile_error_handler	errors[] = {
	{ 409, .fn = on_conflict },
	{ 0 }
};
static const struct stile_app		app = { .name = "demo",
    .routes = routes, .migrations = migrations, .hooks = hooks };
static const struct stile_app		noting_app = { .name = "demo",
    .routes = routes, .migrations = migrations, .errors = errors };

/* Each on a database of its own: what it answers, and the rows after it. */
Test(tx, requests)
{
	static const struct {
		const char	*method, *path;
		int		 status;
		const char	*body;		/* NULL: any */
		int		 rows;
	} cases[] = {
		{ "POST", "/", 200, "{\"x\":1}", 2 },
		{ "POST", "/?status=201", 201, NULL, 2 },
		{ "POST", "/?status=303", 303, NULL, 2 },
		{ "POST", "/?status=400", 400, "{\"x\":1}", 0 },
		{ "POST", "/?status=500", 500, "{\"x\":1}", 0 },
		{ "POST", "/?status=404&fail=1", 404, NULL, 0 },
		{ "POST", "/?hook=1", 200, NULL, 3 },
		{ "PUT", "/?status=400", 400, NULL, 2 },
		{ "GET", "/allowed", 200, NULL, 2 },
		{ "GET", "/write", 500, NULL, 0 },
		{ "HEAD", "/write", 500, NULL, 0 },
		{ "POST", "/read", 500, NULL, 0 },
		{ "POST", "/dangle", 409, NULL, 0 },
		{ "POST", "/hand", 204, NULL, 3 },
		{ "POST", "/hand?fail=1", 409, NULL, 0 },
		{ "PUT", "/hand", 204, NULL, 3 },
		{ "PUT", "/hand?fail=1", 409, NULL, 0 },
		{ "POST", "/savepoints", 200, "{\"n\":2}", 2 },
		{ "POST", "/again", 200, "{\"calls\":2}", 1 },
		{ "POST", "/always", 503, NULL, 0 },
		{ "POST", "/cause", 500, NULL, 0 },
		{ "POST", "/own", 204, NULL, 1 },
	};
	char			 want[32];
	struct stile_client	*c;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		c = CLIENT(&app);
		EXPECT_ANSWER(send_to(c, cases[i].method, cases[i].path),
		    cases[i].status, cases[i].body, "%s %s", cases[i].method,
		    cases[i].path);
		snprintf(want, sizeof(want), "{\"n\":%d}", cases[i].rows);
		EXPECT_ANSWER(stile_client_get(c, "/"), 200, want,
		    "after %s %s", cases[i].method, cases[i].path);
		stile_client_free(c);
	}
}

/* A commit that fails takes the answer back, with all its headers. */
Test(tx, a_failed_commit)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;

	a = send_to(c, "POST", "/dangle");
	EXPECT_ANSWER(a, 409, NULL, "it refers to nothing");
	cr_expect(stile_answer_header(a, "X-Answer") == NULL);
	EXPECT_STR(stile_answer_header(a, "Content-Type"),
	    "application/problem+json", "a problem");
	EXPECT_STR(detail_of(a), "what this refers to does not exist, or is "
	    "referred to still", "its detail");
	stile_client_free(c);
}

Test(tx, error_handlers_have_their_own)
{
	struct stile_client	*c = CLIENT(&noting_app);

	EXPECT_ANSWER(send_to(c, "POST", "/conflict"), 409, "{\"n\":1}",
	    "without the failed one's row");
	EXPECT_ANSWER(stile_client_get(c, "/"), 200, "{\"n\":1}", "it stays");
	stile_client_free(c);
}

Test(tx, begins_when_it_is_needed)
{
	struct tmp		 t;
	struct stile_client	*c;
	char			 setting[200];

	tmp_make(&t);
	snprintf(setting, sizeof(setting), "db=sqlite:%s/x.db", t.dir);
	c = CLIENT(&app, setting, "db_busy_ms=0",);
	cr_assert_eq(stile_db_open(setting + 3, STILE_DB_READWRITE, 0, &other,
	    NULL), STILE_OK);
	EXPECT_ANSWER(send_to(c, "POST", "/lazy"), 204, NULL, "lazy");
	EXPECT_ANSWER(stile_client_get(c, "/"), 200, "{\"n\":2}", "both");
	stile_db_close(other);
	other = NULL;
	stile_client_free(c);
	tmp_remove(&t);
}

Test(tx, unique_names_the_field)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	struct json_object		*m = NULL;

	EXPECT_ANSWER(send_to(c, "POST", "/"), 200, NULL, "first");
	a = send_to(c, "POST", "/");
	EXPECT_ANSWER(a, 409, NULL, "second");
	cr_assert(json_object_object_get_ex(stile_answer_json(a), "errors",
	    &m));
	EXPECT_STR(json_object_to_json_string_ext(m, JSON_C_TO_STRING_PLAIN),
	    "[{\"field\":\"id\",\"code\":\"taken\","
	    "\"detail\":\"another one has this value\"}]", "errors");
	EXPECT_STR(detail_of(a), "another one has this value", "detail");
	stile_client_free(c);
}
