/* SPDX-License-Identifier: ISC */
/*
 * The keys of a site: read from their file when they are first needed, and again
 * when it is another one than before.  A file that cannot be used leaves the
 * keys of before in use.
 *
 * Threads share them.  One of them reads while the others go on with the old
 * set, which ends with the last one that uses it.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/str.h"
#include "base/load.h"
#include "guard/jwt.h"
#include "base/banned.h"

/* What tells one content of a path from another. */
struct version {
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec	mtime, ctime;
};

struct jwt {
	struct jwt_how		 how;
	const struct jwt_module	*module;	/* NULL: not loaded */

	/* Whoever looks holds the first one; the second is for what is shared. */
	pthread_mutex_t		 looking, lock;
	struct version		 version;	/* of what was read last */
	bool			 failed;	/* to read it */
	struct stile_error	 logged;	/* why, once it is in the log */
	bool			 looked;	/* ever */
	int64_t			 looked_ms;
	struct jwt_set		*set;		/* NULL: none so far, */
	struct stile_error	 why;		/* and why */
};

/* ---- the file ------------------------------------------------------------------------ */

static struct version
version_of(const struct stat *st)
{
	return (struct version){ st->st_dev, st->st_ino, st->st_size,
	    st->st_mtim, st->st_ctim };
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_version(const struct version *a, const struct version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

/* At most max bytes, until its end; below 0 with errno. */
static ssize_t
read_whole(int fd, char *p, size_t max)
{
	size_t	n = 0;
	ssize_t	k = 1;

	while (n < max && k != 0) {
		if ((k = read(fd, p + n, max - n)) < 0 && errno != EINTR)
			return -1;
		n += k > 0 ? (size_t)k : 0;
	}
	return (ssize_t)n;
}

/* A FIFO would keep us waiting: it is opened without, and not read. */
static enum stile_err
read_file(const char *path, char *p, size_t *n, struct version *v,
    struct stile_error *e)
{
	struct stat	st;
	ssize_t		k = -1;
	int		fd, cause = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) != 0)
		cause = errno;
	else if (!S_ISREG(st.st_mode))
		cause = EINVAL;
	else if ((k = read_whole(fd, p, JWT_FILE_MAX + 1)) < 0)
		cause = errno;
	if (fd != -1)
		close(fd);
	if (cause == EINVAL)
		return stile_error_set(e, STILE_EINVAL, 500, "not a file");
	if (cause != 0)
		return stile_error_set(e, STILE_EIO, 500, "%s",
		    strerror(cause));
	if (k > JWT_FILE_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 500,
		    "more than %d bytes", JWT_FILE_MAX);
	*n = (size_t)k;
	*v = version_of(&st);
	return STILE_OK;
}

static enum stile_err
load_set(struct jwt *j, struct jwt_set **ret, struct stile_error *e)
{
	enum stile_err	 rc = STILE_OK;
	const void	*module;
	char		*p;
	size_t		 n = 0;

	if (j->module == NULL) {
		rc = stile__load_module("jwt", JWT_MODULE_SYMBOL,
		    JWT_MODULE_VERSION, &module, e);
		if (rc != STILE_OK)
			return rc;
		j->module = module;
	}
	if ((p = stile__malloc(JWT_FILE_MAX + 1)) == NULL)
		return stile__error_nomem(e);
	rc = read_file(j->how.keys, p, &n, &j->version, e);
	if (rc == STILE_OK)
		rc = stile__jwt_set_new(j->module, j->how.algs,
		    (struct stile_str){ p, n }, ret, e);
	free(p);
	return rc;
}

/* ---- what is said of it ----------------------------------------------------------------- */

/* Once for each reason; and nothing at all where it is an error of the caller. */
static void
log_failure(struct jwt *j, struct stile_log *log, const struct stile_error *e)
{
	if (log == NULL || strcmp(j->logged.detail, e->detail) == 0)
		return;
	j->logged = *e;
	stile_log(log, STILE_ERROR, "the keys for tokens cannot be read, those "
	    "of before stay in use", STILE_ARGS("file", j->how.keys,
	    "cause", (const char *)e->detail));
}

static void
log_success(struct jwt *j, struct stile_log *log, const struct jwt_set *set,
    bool first)
{
	j->logged = (struct stile_error){ .code = STILE_OK };
	if (log == NULL)
		return;
	if (!first)
		stile_log(log, STILE_INFO, "there are new keys for tokens",
		    STILE_ARGS("file", j->how.keys, "keys", set->n));
	if (set->nleft > 0)
		stile_log(log, STILE_WARN, "keys for tokens are left out",
		    STILE_ARGS("file", j->how.keys, "keys", set->nleft,
		    "cause", (const char *)set->left.detail));
}

/* ---- looking ------------------------------------------------------------------------------ */

static bool
is_new(const struct jwt *j)
{
	struct version	v;
	struct stat	st;

	if (j->failed || !j->looked || stat(j->how.keys, &st) != 0)
		return true;
	v = version_of(&st);
	return !same_version(&v, &j->version);
}

/* Another set in place of the one there is, which others may be using. */
static void
exchange(struct jwt *j, struct jwt_set *set)
{
	struct jwt_set	*old;

	pthread_mutex_lock(&j->lock);
	old = j->set;
	j->set = set;
	pthread_mutex_unlock(&j->lock);
	stile__jwt_put(j, old);
}

static void
renew(struct jwt *j, struct stile_log *log)
{
	struct stile_error	 e = { .code = STILE_OK };
	struct jwt_set		*set = NULL;
	bool			 first = j->set == NULL;

	if (!is_new(j))
		return;
	j->failed = load_set(j, &set, &e) != STILE_OK;
	if (!j->failed) {
		log_success(j, log, set, first);
		exchange(j, set);
	} else if (!first)
		log_failure(j, log, &e);
	pthread_mutex_lock(&j->lock);
	j->why = e;
	pthread_mutex_unlock(&j->lock);
}

static bool
is_due(const struct jwt *j, int64_t now, int64_t every)
{
	/* A clock that was put back does not keep us from looking. */
	return !j->looked || now - j->looked_ms >= every || now < j->looked_ms;
}

static void
look(struct jwt *j, struct stile_log *log, int64_t now, int64_t every)
{
	bool	any, due;

	pthread_mutex_lock(&j->lock);
	any = j->set != NULL;
	due = is_due(j, now, every);
	pthread_mutex_unlock(&j->lock);
	if (any && !due)
		return;
	/* Without keys there is nothing to do but to wait for them. */
	if (!any)
		pthread_mutex_lock(&j->looking);
	else if (pthread_mutex_trylock(&j->looking) != 0)
		return;
	pthread_mutex_lock(&j->lock);
	due = is_due(j, now, every);
	pthread_mutex_unlock(&j->lock);
	if (due)
		renew(j, log);
	pthread_mutex_lock(&j->lock);
	if (due) {
		j->looked = true;
		j->looked_ms = now;
	}
	pthread_mutex_unlock(&j->lock);
	pthread_mutex_unlock(&j->looking);
}

enum stile_err
stile__jwt_take(struct jwt *j, struct stile_log *log, int64_t now,
    int64_t every, struct jwt_set **ret, struct stile_error *e)
{
	struct stile_error	why;
	struct jwt_set		*set;

	look(j, log, now, every);
	pthread_mutex_lock(&j->lock);
	if ((set = j->set) != NULL)
		set->refs++;
	why = j->why;
	pthread_mutex_unlock(&j->lock);
	if (set == NULL)
		return stile_error_set(e, why.code, why.code == STILE_ENOMEM ?
		    503 : 500, "jwt_keys: %s: %s", j->how.keys, why.detail);
	*ret = set;
	return STILE_OK;
}

void
stile__jwt_put(struct jwt *j, struct jwt_set *set)
{
	bool	last;

	if (set == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	last = --set->refs == 0;
	pthread_mutex_unlock(&j->lock);
	if (last)
		stile__jwt_set_free(set);
}

enum stile_err
stile__jwt_ready(struct jwt *j, struct stile_log *log, struct stile_error *e)
{
	struct jwt_set	*set;
	enum stile_err	 rc;

	if (j == NULL)
		return STILE_OK;
	rc = stile__jwt_take(j, log, 0, 0, &set, e);
	if (rc == STILE_OK)
		stile__jwt_put(j, set);
	return rc;
}

/* ---- a site's ----------------------------------------------------------------------------- */

static void
free_jwt(void *arg)
{
	struct jwt	*j = arg;

	stile__jwt_set_free(j->set);
	pthread_mutex_destroy(&j->looking);
	pthread_mutex_destroy(&j->lock);
}

static enum stile_err
check_how(const struct jwt_how *how, struct stile_error *e)
{
	const struct {
		const char	*name, *value, *what;
	} needed[] = {
		{ "jwt_issuer", how->rules.issuer,
		  "the address of the provider, as its tokens have it in iss" },
		{ "jwt_audience", how->rules.audience,
		  "the name of this service, as tokens for it have it in aud" },
		{ "jwt_algorithms", how->algorithms, "RS256, for example" },
		{ "jwt_user", how->user, "the claim that names a user" },
	};
	size_t	i;

	for (i = 0; i < NELEM(needed); i++)
		if (*needed[i].value == '\0')
			return stile_error_set(e, STILE_EINVAL, 0,
			    "%s is needed where jwt_keys is set: %s",
			    needed[i].name, needed[i].what);
	return STILE_OK;
}

enum stile_err
stile__jwt_new(struct stile_arena *a, const struct jwt_how *how,
    struct jwt **ret, struct stile_error *e)
{
	struct jwt	*j;
	enum stile_err	 rc;

	*ret = NULL;
	if (*how->keys == '\0')
		return STILE_OK;
	if ((rc = check_how(how, e)) != STILE_OK)
		return rc;
	if ((j = stile_arena_alloc(a, 1, sizeof(*j))) == NULL)
		return stile__error_nomem(e);
	j->how = *how;
	j->how.algs = stile__jwt_algs(how->algorithms);
	pthread_mutex_init(&j->looking, NULL);
	pthread_mutex_init(&j->lock, NULL);
	if (stile_arena_defer(a, free_jwt, j) != STILE_OK)
		return stile__error_nomem(e);
	*ret = j;
	return STILE_OK;
}

const struct jwt_how *
stile__jwt_how(const struct jwt *j)
{
	return &j->how;
}
