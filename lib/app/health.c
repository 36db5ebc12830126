/* SPDX-License-Identifier: ISC */
/* Handlers for those who watch over a server. */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/health.h"
#include "app/site.h"
#include "base/banned.h"

#define METRICS_MAX	(64 * 1024)

static int
say(struct stile_req *r, const char *status)
{
	stile_header_set(r, "Cache-Control", "no-store");
	return stile_send_object(r, 200, STILE_ARGS("status", status));
}

int
stile_health(struct stile_req *r)
{
	return say(r, "ok");
}

int
stile_ready(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	if (r->db == NULL || r->db->dsn == NULL)
		return say(r, "ready");
	if ((db = stile_db(r)) == NULL) {
		r->failure.status = 503;
		return STILE_EFAILED;
	}
	if (stile__db_probe(db, &e) != STILE_OK)
		return stile_fail(r, 503, "the database does not answer: %s",
		    e.detail);
	return say(r, "ready");
}

int
stile_metrics(struct stile_req *r)
{
	const struct stile_app	*app = r->site->app;
	struct stile_buf	*b;

	if ((b = stile_buf_new(r->arena, METRICS_MAX)) == NULL)
		return stile__fail_nomem(r);
	board_prometheus(r->site->board, app->name,
	    app->version != NULL ? app->version : "0", b);
	if (stile_buf_err(b) != STILE_OK)
		return stile__fail_nomem(r);
	stile_header_set(r, "Cache-Control", "no-store");
	return stile_send_buf(r, 200,
	    "text/plain; version=0.0.4; charset=utf-8", b);
}
