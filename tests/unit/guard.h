/* SPDX-License-Identifier: ISC */
/* What tests of lib/guard share: a request of an application's settings. */
#ifndef GUARD_H
#define GUARD_H

#include "app.h"

#include "app/conf.h"
#include "app/site.h"

struct guard {
	struct unit		 u;
	struct stile_arena	*arena;
	struct conf		*conf;
	struct stile_site	 site;
	struct req_clock	 clock;
};

static inline void
guard_set(struct guard *g, const char *name, const char *value)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(conf_set(g->conf, name, value, CONF_FLAG, "test", &e),
	    STILE_OK, "%s", e.detail);
}

/* Hashes cost as little as they can. */
static inline void
guard_begin(struct guard *g)
{
	static const struct stile_app	app = { .name = "demo" };

	memset(g, 0, sizeof(*g));
	BEGIN(&g->u, "SERVER_NAME=x");
	g->arena = stile_arena_new(0);
	cr_assert_eq(conf_new(g->arena, &app, &g->conf, NULL), STILE_OK);
	g->site.conf = g->conf;
	g->u.r.site = &g->site;
	guard_set(g, "password_passes", "1");
	guard_set(g, "password_memory", "8192");
}

static inline void
guard_end(struct guard *g)
{
	unit_end(&g->u);
	stile_arena_free(g->arena);
}

/* The failure, which is then forgotten; "" for none. */
static inline const char *
guard_failure(struct guard *g, int *status)
{
	static char	detail[sizeof(g->u.r.failure.cause.detail)];

	snprintf(detail, sizeof(detail), "%s", g->u.r.failure.cause.detail);
	*status = g->u.r.failure.status;
	g->u.r.failure = (struct req_failure){ 0 };
	return detail;
}
#endif
