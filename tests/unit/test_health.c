/* SPDX-License-Identifier: ISC */
/* lib/app/health.c: what a server says of itself, here without one. */
#include "answer.h"

#include "stile/health.h"
#include "app/site.h"
#include "gate/gate.h"

static const struct stile_route routes[] = {
	ROUTE("GET", "/health", stile_health),
	ROUTE("GET", "/ready", stile_ready),
	ROUTE("GET", "/metrics", stile_metrics),
	{ 0 }
};

static const struct stile_app app = {
	.name = "shop", .version = "1.2", .routes = routes,
};

static void
expect(struct stile_client *c, const char *path, int status, const char *body)
{
	const struct stile_answer	*a = send_to(c, "GET", path);

	EXPECT_ANSWER(a, status, body, "%s", path);
	if (status == 200)
		EXPECT_HEADER(a, "Cache-Control", "no-store",
		    "%s", path);
}

Test(health, without_a_database)
{
	struct stile_client	*c = CLIENT(&app);

	expect(c, "/health", 200, "{\"status\":\"ok\"}");
	expect(c, "/ready", 200, "{\"status\":\"ready\"}");
	stile_client_free(c);
}

/* Nobody counts where there is no server. */
Test(health, metrics)
{
	struct stile_client	*c = CLIENT(&app);

	expect(c, "/metrics", 200, "# HELP stile_info The application.\n"
	    "# TYPE stile_info gauge\n"
	    "stile_info{app=\"shop\",version=\"1.2\"} 1\n");
	stile_client_free(c);
}

/* On the database as it is, which is opened when a request asks for it. */
struct on_site {
	struct stile_site	*site;
	struct stile_client	*c;
};

static struct on_site
begin_on(const char *dsn)
{
	struct stile_error	 e = { 0 };
	struct stile_arena	*a = stile_arena_new(0);
	struct conf		*conf;
	struct on_site		 s;

	cr_assert_eq(conf_new(a, &app, &conf, &e), STILE_OK);
	cr_assert_eq(conf_set(conf, "db", dsn, CONF_FLAG, "", &e), STILE_OK);
	cr_assert_eq(conf_set(conf, "db_busy_ms", "0", CONF_FLAG, "", &e),
	    STILE_OK);
	cr_assert_eq(conf_set(conf, "log_level", "quiet", CONF_FLAG, "", &e),
	    STILE_OK);
	cr_assert_eq(site_new(a, &app, conf, 2, &s.site, &e), STILE_OK);
	cr_assert((s.c = client_on(s.site, &e)) != NULL);
	return s;
}

static void
end_on(struct on_site *s)
{
	stile_client_free(s->c);
	site_free(s->site);
}

Test(health, not_ready)
{
	static const char	text[] = "no database, and long enough to see";
	struct tmp		t;
	struct on_site		s;

	tmp_make(&t);
	s = begin_on(tmp_path(&t, "sqlite:", "db"));
	expect(s.c, "/ready", 503, NULL);
	expect(s.c, "/health", 200, NULL);
	write_file(tmp_path(&t, "", "db"), text, sizeof(text) - 1);
	expect(s.c, "/ready", 503, NULL);
	end_on(&s);
	tmp_remove(&t);
}

/* On a connection that is there the file is looked into, too. */
Test(health, ready_again)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	struct on_site		 s;
	struct tmp		 t;
	const char		*dsn;

	tmp_make(&t);
	dsn = tmp_path(&t, "sqlite:", "db");
	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, 0, &db, &e), STILE_OK,
	    "%s", e.detail);
	/* With a write-ahead log nobody could lock readers out. */
	cr_assert_eq(stile_db_script(db, "PRAGMA journal_mode = DELETE;"
	    "CREATE TABLE t (a)", &e), STILE_OK, "%s", e.detail);
	s = begin_on(dsn);
	expect(s.c, "/ready", 200, "{\"status\":\"ready\"}");
	cr_assert_eq(stile_db_script(db, "BEGIN EXCLUSIVE", &e), STILE_OK,
	    "%s", e.detail);
	expect(s.c, "/ready", 503, NULL);
	cr_assert_eq(stile_db_script(db, "COMMIT", &e), STILE_OK);
	expect(s.c, "/ready", 200, NULL);
	end_on(&s);
	stile_db_close(db);
	tmp_remove(&t);
}

static void
make_db(const char *dsn)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, 0, &db, &e), STILE_OK,
	    "%s", e.detail);
	cr_assert_eq(stile_db_script(db, "PRAGMA journal_mode = DELETE;"
	    "CREATE TABLE t (a)", &e), STILE_OK, "%s", e.detail);
	stile_db_close(db);
}

/* A connection goes on with a file that is somewhere else, and is alone then. */
Test(health, not_ready_without_its_file)
{
	static const char	text[] = "no database, and long enough to see";
	struct on_site		s;
	struct tmp		t;
	const char		*path, *aside;

	tmp_make(&t);
	path = tmp_path(&t, "", "db");
	aside = tmp_path(&t, "", "aside");
	make_db(tmp_path(&t, "sqlite:", "db"));
	s = begin_on(tmp_path(&t, "sqlite:", "db"));
	expect(s.c, "/ready", 200, NULL);
	cr_assert_eq(rename(path, aside), 0);
	expect(s.c, "/ready", 503, NULL);
	cr_expect(strstr(body_of(send_to(s.c, "GET", "/ready")), t.dir) ==
	    NULL, "where it is, is nobody's business");
	make_db(tmp_path(&t, "sqlite:", "db"));
	expect(s.c, "/ready", 503, NULL);
	expect(s.c, "/health", 200, NULL);
	cr_assert_eq(rename(aside, path), 0);
	expect(s.c, "/ready", 200, NULL);
	write_file(path, text, sizeof(text) - 1);
	expect(s.c, "/ready", 503, NULL);
	cr_assert_eq(unlink(path), 0);
	expect(s.c, "/ready", 503, NULL);
	end_on(&s);
	tmp_remove(&t);
}

/* There is no file that could go. */
Test(health, ready_in_memory)
{
	struct on_site	s = begin_on("sqlite::memory:");

	expect(s.c, "/ready", 200, "{\"status\":\"ready\"}");
	expect(s.c, "/ready", 200, "{\"status\":\"ready\"}");
	end_on(&s);
}

Test(health, metrics_of_a_board)
{
	struct board			*board = board_new(1, 1);
	struct on_site			 s = begin_on("sqlite::memory:");
	const struct stile_answer	*a;

	cr_assert(board != NULL);
	s.site->board = board;
	board_count(board_thread(board, 0, 0), 404, false, 5);
	a = send_to(s.c, "GET", "/metrics");
	EXPECT_ANSWER(a, 200, NULL, "metrics");
	cr_expect(strstr(body_of(a), "_total{class=\"4xx\"} 1\n") != NULL, "%s",
	    body_of(a));
	end_on(&s);
	board_free(board);
}

/* Let each allocation fail in turn: 503, none, a cut answer, or a whole one. */
static void
tear(struct stile_client *c, const char *path, const char *beginning)
{
	const struct stile_answer	*a;
	int				 status;
	long				 n;
	bool				 failed = true;

	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		stile__fail_after = n;
		a = send_to(c, "GET", path);
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		/* 0: none, as the client's own memory was missing. */
		status = a != NULL ? stile_answer_status(a) : 0;
		cr_assert(status == 200 || (failed && (status == 503 ||
		    status == 0)), "%s, allocation %ld: %d", path, n, status);
		if (status == 200 && !stile_answer_cut(a))
			cr_assert(strncmp(body_of(a), beginning,
			    strlen(beginning)) == 0, "%s", body_of(a));
	}
	cr_expect_geq(n, 2 + ALLOCATIONS(1), "%s", path);
}

Test(health, without_memory)
{
	struct board	*board = board_new(1, 1);
	struct on_site	 s = begin_on("sqlite::memory:");

	s.site->board = board;
	tear(s.c, "/health", "{\"status\":\"ok\"}");
	tear(s.c, "/ready", "{\"status\":\"ready\"}");
	tear(s.c, "/metrics", "# HELP stile_info ");
	end_on(&s);
	board_free(board);
}
