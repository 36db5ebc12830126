/* SPDX-License-Identifier: ISC */
/*
 * A site is an application compiled and configured: what never changes while
 * it serves.  A runner is what one thread needs to run requests on it.
 */
#ifndef APP_SITE_H
#define APP_SITE_H

#include "stile/app.h"
#include "app/access.h"
#include "app/board.h"
#include "app/conf.h"
#include "app/openapi.h"
#include "app/router.h"
#include "data/db.h"
#include "http/proxy.h"
#include "http/req.h"

struct stile_site {
	const struct stile_app	*app;
	struct stile_arena	*arena;
	struct conf		*conf;
	struct stile_log	*log;
	enum stile_level	 level;
	struct stile_log	*access;	/* NULL: none; may be log */
	int			 log_fd, access_fd;	/* of files; or -1 */
	enum access_format	 access_format;
	bool			 access_apart;	/* causes go to log as well */
	struct board		*board;		/* NULL: nobody counts */
	struct router		*router;
	struct req_limits	 limits;
	struct req_files	 files;
	struct req_trust	 trust;
	const char		*prefix;	/* NULL: none */
	struct openapi_kept	*openapi;
	bool			 security_headers;
	const char		*dsn;		/* NULL: no database */
	struct stile_engine_open db_how;	/* as requests use it */
	struct throttle_table	*throttle;	/* NULL: nothing is shared */
	struct jwt		*jwt;		/* NULL: no provider's tokens */
};

struct runner {
	const struct stile_site	*site;
	struct stile_arena	*arena;		/* reset after each request */
	struct stile_db_pool	 db;
	struct board_thread	*slot;		/* where it counts, or NULL */
	struct req_clock	 clock;
	uint64_t		 ids;		/* the next request id */
};

/* The configuration is complete and in the same arena, which becomes ours. */
enum stile_err	site_new(struct stile_arena *, const struct stile_app *,
		    struct conf *, int log_fd, struct stile_site **ret,
		    struct stile_error *);
void		site_free(struct stile_site *);

enum stile_err	runner_init(struct runner *, const struct stile_site *);
void		runner_release(struct runner *);

/*
 * One request: read it, answer it, log it, and leave nothing behind.  False if
 * the answer was cut, so that the peer must not take it for a whole one.
 */
bool	runner_run(struct runner *, char *const *vars, const struct stile_io *,
	    void *io_arg);

/*
 * The same with 503, for one that has waited too long.  Neither hooks nor error
 * handlers are called: whoever refuses has no time to wait for them.
 */
bool	runner_refuse(struct runner *, char *const *vars,
	    const struct stile_io *, void *io_arg);

/*
 * A function of ours on a request that nobody has sent, in a transaction that
 * may write: what it fails with is *e.  It has no answer, and no log line.
 */
enum stile_err	runner_call(struct runner *, int (*fn)(struct stile_req *,
		    void *), void *arg, struct stile_error *);

/* Whether an application is mounted or used somewhere. */
bool	site_has(const struct stile_site *, const struct stile_app *);

/* For each application of the site that has migrations, in mount order. */
typedef enum stile_err (*site_migrations_fn)(void *arg,
		    const struct stile_app *, struct stile_error *);
enum stile_err	site_migrations(const struct stile_site *, site_migrations_fn,
		    void *arg, struct stile_error *);
#endif
