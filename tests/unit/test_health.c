/* SPDX-License-Identifier: ISC */
/* lib/app/health.c: what a server says of itself, here without one. */
#include "answer.h"

#include "stile/health.h"
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
