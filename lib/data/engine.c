/* SPDX-License-Identifier: ISC */
/*
 * The choice of an engine by a DSN.  SQLite is always there; another one is a
 * module, loaded when a DSN first asks for it, so that a program that does not
 * use it does not pay for its libraries.
 */
#include "base/priv.h"

#include <dlfcn.h>
#include <pthread.h>

#include "data/db.h"
#include "base/banned.h"

#ifndef MODULE_DIR
# define MODULE_DIR	"/usr/lib/stile"
#endif

struct module {
	const char			*name;
	const struct stile_engine	*engine;	/* NULL: not loaded */
};

static struct module	modules[] = {
	{ "postgresql", NULL },
};
static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;

/* Modules stay loaded: they start threads of their own, and end with us. */
static enum stile_err
load(struct module *m, struct stile_error *e)
{
	const struct stile_engine	*engine;
	const char			*dir = getenv("STILE_MODULES");
	char				 path[PATH_MAX];
	void				*h;

	snprintf(path, sizeof(path), "%s/%s.so",
	    dir != NULL && *dir == '/' ? dir : MODULE_DIR, m->name);
	if ((h = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "the module for %s: %s", m->name, dlerror());
	engine = dlsym(h, STILE_ENGINE_SYMBOL);
	if (engine == NULL || engine->version != STILE_ENGINE_VERSION) {
		dlclose(h);
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s is not a module of this version", path);
	}
	m->engine = engine;
	return STILE_OK;
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
	if (dsn[n] == ':' && n == strlen(stile__sqlite.name) &&
	    strncmp(dsn, stile__sqlite.name, n) == 0) {
		*ret = &stile__sqlite;
		return STILE_OK;
	}
	/* libpq's own form, postgresql://HOST/NAME, is passed on whole. */
	if (dsn[n] == ':' && strncmp(dsn + n, "://", 3) == 0)
		*where = dsn;
	return find_module(dsn, dsn[n] == ':' ? n : 0, ret, e);
}
