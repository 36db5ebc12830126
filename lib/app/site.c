/* SPDX-License-Identifier: ISC */
/* Sites and runners: made before the first request, taken apart last. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "app/site.h"
#include "guard/jwt.h"
#include "guard/mail.h"
#include "base/rand.h"
#include "guard/throttle.h"
#include "base/banned.h"

static enum stile_level
level_of(const char *name)
{
	static const char *const names[] = {
		[STILE_DEBUG] = "debug", [STILE_INFO] = "info",
		[STILE_WARN] = "warn", [STILE_ERROR] = "error",
	};
	size_t	i;

	for (i = 0; i < NELEM(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum stile_level)i;
	return STILE_QUIET;
}

/* It is part of variables' names; and HTTP_DB would be a header's. */
static enum stile_err
check_name(const char *name, struct stile_error *e)
{
	if (name == NULL || name[0] < 'a' || name[0] > 'z' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		return stile_error_set(e, STILE_EINVAL, 0,
		    "the application's name '%s' is not [a-z][a-z0-9_]*",
		    name != NULL ? name : "");
	if (strcmp(name, "http") == 0 || strncmp(name, "http_", 5) == 0)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "an application cannot be called %s: request headers "
		    "would look like its settings", name);
	return STILE_OK;
}

static bool
any_migrations(const struct stile_site *s)
{
	const struct scope	*scope;
	size_t			 i;

	for (i = 0; (scope = router_scope_at(s->router, i)) != NULL; i++)
		if (scope->app->migrations != NULL)
			return true;
	return false;
}

static enum stile_err
choose_db(struct stile_site *s, struct stile_error *e)
{
	s->db_how = (struct stile_engine_open){
		.mode = STILE_DB_READWRITE,
		.busy_ms = (int)conf_int(s->conf, "db_busy_ms"),
		.durable = strcmp(conf_text(s->conf, "db_synchronous"),
		    "full") == 0,
	};
	s->dsn = conf_text(s->conf, "db");
	if (*s->dsn != '\0')
		return STILE_OK;
	s->dsn = NULL;
	if (!any_migrations(s))
		return STILE_OK;
	s->dsn = stile_arena_printf(s->arena, "sqlite:%s.db", s->app->name);
	if (s->dsn == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	return conf_set(s->conf, "db", s->dsn, CONF_DEFAULT, "default", e);
}

static enum stile_err
check_prefix(const char *prefix, struct stile_error *e)
{
	size_t	n = strlen(prefix);

	if (n == 0 || (prefix[0] == '/' && n > 1 && prefix[n - 1] != '/'))
		return STILE_OK;
	return stile_error_set(e, STILE_EINVAL, 0,
	    "prefix: a path such as /api is expected, not '%s'", prefix);
}

static void
set_limits(struct stile_site *s)
{
	const struct conf	*c = s->conf;

	s->limits = (struct req_limits){
		.url = (size_t)conf_int(c, "url_max"),
		.headers = (size_t)conf_int(c, "headers_max"),
		.header_bytes = (size_t)conf_int(c, "header_bytes_max"),
		.json_depth = (unsigned)conf_int(c, "json_depth"),
		.upload_dir = conf_text(c, "upload_dir"),
	};
	s->limits.max = (struct stile_limits){
		.body = (size_t)conf_int(c, "body_max"),
		.params = (size_t)conf_int(c, "params_max"),
		.field_bytes = (size_t)conf_int(c, "field_bytes_max"),
		.parts = (size_t)conf_int(c, "parts_max"),
		.part_header = (size_t)conf_int(c, "part_header_max"),
		.part_name = (size_t)conf_int(c, "part_name_max"),
		.files = (size_t)conf_int(c, "files_max"),
		.file = (size_t)conf_int(c, "file_max"),
	};
}

static enum stile_err
set_jwt(struct stile_site *s, struct stile_error *e)
{
	const struct conf	*c = s->conf;

	return stile__jwt_new(s->arena, &(struct jwt_how){
	    .keys = conf_text(c, "jwt_keys"),
	    .algorithms = conf_text(c, "jwt_algorithms"),
	    .user = conf_text(c, "jwt_user"),
	    .scope = conf_text(c, "jwt_scope"),
	    .rules = { .issuer = conf_text(c, "jwt_issuer"),
	    .audience = conf_text(c, "jwt_audience"),
	    .skew = conf_int(c, "jwt_skew") } }, &s->jwt, e);
}

static void
set_files(struct stile_site *s)
{
	const char	*how = conf_text(s->conf, "send_file");

	s->files.how = strcmp(how, "x-accel-redirect") == 0 ? FILES_ACCEL :
	    strcmp(how, "x-sendfile") == 0 ? FILES_XSENDFILE : FILES_SELF;
	s->files.map = conf_text(s->conf, "send_file_map");
}

enum stile_err
site_new(struct stile_arena *a, const struct stile_app *app, struct conf *conf,
    int log_fd, struct stile_site **ret, struct stile_error *e)
{
	struct stile_site	*s;
	enum stile_err		 rc;

	if ((rc = check_name(app->name, e)) != STILE_OK)
		return rc;
	if ((s = stile_arena_alloc(a, 1, sizeof(*s))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	s->app = app;
	s->arena = a;
	s->conf = conf;
	if ((s->openapi = openapi_keep(a)) == NULL)
		return stile__error_nomem(e);
	if ((rc = router_new(a, app, &s->router, e)) != STILE_OK ||
	    (rc = choose_db(s, e)) != STILE_OK ||
	    (rc = check_prefix(conf_text(conf, "prefix"), e)) != STILE_OK ||
	    (rc = set_jwt(s, e)) != STILE_OK)
		return rc;
	set_limits(s);
	set_files(s);
	s->trust.proxies = conf_text(conf, "proxies");
	s->trust.hosts = conf_text(conf, "hosts");
	if (*conf_text(conf, "prefix") != '\0')
		s->prefix = conf_text(conf, "prefix");
	s->security_headers = conf_int(conf, "security_headers") != 0;
	s->level = level_of(conf_text(conf, "log_level"));
	s->log_fd = s->access_fd = -1;
	s->log = stile_log_new(log_fd, s->level,
	    strcmp(conf_text(conf, "log_format"), "json") == 0 ?
	    STILE_LOG_JSON : STILE_LOG_TEXT);
	if (s->log == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	s->access = s->log;
	*ret = s;
	return STILE_OK;
}

void
site_free(struct stile_site *s)
{
	if (s == NULL)
		return;
	stile_log_free(s->log);
	stile__group_free(s->db_how.group);
	stile__throttle_free(s->throttle);
	stile_arena_free(s->arena);
}

enum stile_err
runner_init(struct runner *w, const struct stile_site *site)
{
	*w = (struct runner){ .site = site };
	w->db.dsn = site->dsn;
	w->db.how = site->db_how;
	w->db.clock = &w->clock;
	w->clock.limit_us = conf_int(site->conf, "handler_timeout") * 1000000;
	if (stile__random(&w->ids, sizeof(w->ids)) != STILE_OK)
		return STILE_EIO;
	w->arena = stile_arena_new((size_t)conf_int(site->conf, "memory_max"));
	return w->arena != NULL ? STILE_OK : STILE_ENOMEM;
}

void
runner_release(struct runner *w)
{
	stile__mail_drain();
	stile_db_close(w->db.db);
	stile_arena_free(w->arena);
}

bool
site_has(const struct stile_site *s, const struct stile_app *app)
{
	const struct scope	*scope;
	size_t			 i;

	for (i = 0; (scope = router_scope_at(s->router, i)) != NULL; i++)
		if (scope->app == app)
			return true;
	return false;
}

/* Whether some application makes use of that one's tables. */
static bool
is_used(const struct router *rt, const struct stile_app *app)
{
	const struct stile_app *const	*used;
	const struct scope		*scope;
	size_t				 i;

	for (i = 0; (scope = router_scope_at(rt, i)) != NULL; i++)
		for (used = scope->app->uses; used != NULL && *used != NULL;
		    used++)
			if (*used == app)
				return true;
	return false;
}

/* An application that is there twice has one schema. */
static bool
is_first(const struct router *rt, size_t i)
{
	size_t	k;

	for (k = 0; k < i; k++)
		if (router_scope_at(rt, k)->app ==
		    router_scope_at(rt, i)->app)
			return false;
	return true;
}

/* Tables that others refer to come before them. */
enum stile_err
site_migrations(const struct stile_site *s, site_migrations_fn fn, void *arg,
    struct stile_error *e)
{
	const struct scope	*scope;
	enum stile_err		 rc;
	size_t			 i;
	int			 used;

	for (used = 1; used >= 0; used--)
		for (i = 0; (scope = router_scope_at(s->router, i)) != NULL;
		    i++)
			if (scope->app->migrations != NULL &&
			    is_used(s->router, scope->app) == (used == 1) &&
			    is_first(s->router, i) &&
			    (rc = fn(arg, scope->app, e)) != STILE_OK)
				return rc;
	return STILE_OK;
}
