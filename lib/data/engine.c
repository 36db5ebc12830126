/* SPDX-License-Identifier: ISC */
/*
 * The choice of an engine by a DSN.  SQLite is always there; another one is a
 * module, loaded when a DSN first asks for it, so that a program that does not
 * use it does not pay for its libraries.
 */
#include "base/priv.h"

#include <pthread.h>

#include "base/load.h"
#include "data/db.h"
#include "base/banned.h"

struct module {
	const char			*name;
	const struct stile_engine	*engine;	/* NULL: not loaded */
};

static struct module	modules[] = {
	{ "postgresql", NULL },
};
static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;
static const struct stile_engine *added;	/* by a test, or NULL */

void
stile__engine_add(const struct stile_engine *engine)
{
	added = engine;
}

static bool
is_of(const char *dsn, size_t n, const struct stile_engine *engine)
{
	return dsn[n] == ':' && n == strlen(engine->name) &&
	    strncmp(dsn, engine->name, n) == 0;
}

/* It starts threads of its own, and ends with us. */
static enum stile_err
load(struct module *m, struct stile_error *e)
{
	enum stile_err	 rc;
	const void	*p;

	rc = stile__load_module(m->name, STILE_ENGINE_SYMBOL,
	    STILE_ENGINE_VERSION, &p, e);
	if (rc == STILE_OK)
		m->engine = p;
	return rc;
}

static enum stile_err
find_module(const char *dsn, size_t n, const struct stile_engine **ret,
    struct stile_error *e)
{
	enum stile_err	rc = STILE_OK;
	size_t		i;

	for (i = 0; i < NELEM(modules); i++)
		if (strlen(modules[i].name) == n &&
		    strncmp(modules[i].name, dsn, n) == 0)
			break;
	if (i == NELEM(modules))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s: not a data source; sqlite:PATH is one, and "
		    "postgresql:NAME=VALUE...", dsn);
	pthread_mutex_lock(&lock);
	if (modules[i].engine == NULL)
		rc = load(&modules[i], e);
	*ret = modules[i].engine;
	pthread_mutex_unlock(&lock);
	return rc;
}

enum stile_err
stile__engine_find(const char *dsn, const struct stile_engine **ret,
    const char **where, struct stile_error *e)
{
	size_t	n = strcspn(dsn, ":");

	*where = dsn + n + 1;
	*ret = added != NULL && is_of(dsn, n, added) ? added : &stile__sqlite;
	if (is_of(dsn, n, *ret))
		return STILE_OK;
	/* libpq's own form, postgresql://HOST/NAME, is passed on whole. */
	if (dsn[n] == ':' && strncmp(dsn + n, "://", 3) == 0)
		*where = dsn;
	return find_module(dsn, dsn[n] == ':' ? n : 0, ret, e);
}
