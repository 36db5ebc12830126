/* SPDX-License-Identifier: ISC */
/* Shared libraries that are opened when they are needed. */
#include "base/priv.h"

#include <dlfcn.h>
#include <pthread.h>

#include "base/load.h"
#include "base/banned.h"

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
