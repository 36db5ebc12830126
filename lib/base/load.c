/* SPDX-License-Identifier: ISC */
/* Shared libraries that are opened when they are needed. */
#include "base/priv.h"

#include <dlfcn.h>
#include <pthread.h>

#include "base/load.h"
#include "base/banned.h"

#ifndef MODULE_DIR
# define MODULE_DIR	"/usr/lib/stile"
#endif

static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;

static enum stile_err
load(struct stile__library *l, struct stile_error *e)
{
	const struct stile__symbol	*s;
	void				*h, *p;

	if ((h = dlopen(l->file, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return stile_error_set(e, STILE_ENOSYS, 500, "%s%s%s",
		    l->what != NULL ? l->what : "",
		    l->what != NULL ? ": " : "", dlerror());
	for (s = l->symbols; s->name != NULL; s++) {
		if ((p = dlsym(h, s->name)) == NULL) {
			stile_error_set(e, STILE_ENOSYS, 500, "%s has no %s",
			    l->file, s->name);
			dlclose(h);
			return STILE_ENOSYS;
		}
		/* POSIX lets a void * hold a function, where C does not. */
		memcpy(s->to, &p, sizeof(p));
	}
	atomic_store(&l->loaded, true);
	return STILE_OK;
}

enum stile_err
stile__load(struct stile__library *l, struct stile_error *e)
{
	enum stile_err	rc = STILE_OK;

	if (atomic_load(&l->loaded))
		return STILE_OK;
	pthread_mutex_lock(&lock);
	if (!atomic_load(&l->loaded))
		rc = load(l, e);
	pthread_mutex_unlock(&lock);
	return rc;
}

enum stile_err
stile__load_module(const char *name, const char *symbol, unsigned version,
    const void **ret, struct stile_error *e)
{
	const char	*dir = getenv("STILE_MODULES");
	const unsigned	*p;
	char		 path[PATH_MAX];
	void		*h;

	snprintf(path, sizeof(path), "%s/%s.so",
	    dir != NULL && *dir == '/' ? dir : MODULE_DIR, name);
	if ((h = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "the module for %s: %s", name, dlerror());
	if ((p = dlsym(h, symbol)) == NULL || *p != version) {
		dlclose(h);
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s is not a module of this version", path);
	}
	*ret = p;
	return STILE_OK;
}
