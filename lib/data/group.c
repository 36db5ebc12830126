/* SPDX-License-Identifier: ISC */
/*
 * Group commit.  A transaction is committed first, which makes it visible and
 * lets the next one begin, and is then waited for until it is on the disk.  All
 * that were committed while one sync ran share the next.
 *
 * It is shared by processes, any of which may be killed at any moment: locks
 * are robust, and nobody waits for a wake-up without a bound.
 */
#include "base/priv.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "data/group.h"
#include "base/banned.h"

#define LOOK_AGAIN_MS	100	/* whether who syncs is still there */

struct stile_group {
	pthread_mutex_t	turn;		/* of the one that writes */
	pthread_mutex_t	syncing;	/* of the one that syncs */
	_Atomic uint32_t arrived;	/* commits so far */
	_Atomic uint32_t synced;	/* those of them on the disk */
};

static bool
init_mutex(pthread_mutex_t *m)
{
	pthread_mutexattr_t	a;
	bool			ok;

	if (pthread_mutexattr_init(&a) != 0)
		return false;
	ok = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0 &&
	    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0 &&
	    pthread_mutex_init(m, &a) == 0;
	pthread_mutexattr_destroy(&a);
	return ok;
}

struct stile_group *
stile__group_new(void)
{
	struct stile_group	*g;

	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g == MAP_FAILED)
		return NULL;
	if (!init_mutex(&g->turn) || !init_mutex(&g->syncing)) {
		munmap(g, sizeof(*g));
		return NULL;
	}
	return g;
}

void
stile__group_free(struct stile_group *g)
{
	if (g != NULL)
		munmap(g, sizeof(*g));
}

/* Whether it is ours, also after its owner has died: it guards no data. */
static bool
is_ours(pthread_mutex_t *m, int rc)
{
	if (rc == EOWNERDEAD)
		rc = pthread_mutex_consistent(m);
	return rc == 0;
}

enum stile_err
stile__group_enter(struct stile_group *g, int ms)
{
	struct timespec	until;

	if (is_ours(&g->turn, pthread_mutex_trylock(&g->turn)))
		return STILE_OK;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return is_ours(&g->turn, pthread_mutex_clocklock(&g->turn,
	    CLOCK_MONOTONIC, &until)) ? STILE_OK : STILE_EBUSY;
}

void
stile__group_leave(struct stile_group *g)
{
	pthread_mutex_unlock(&g->turn);
}

static void
wait_change(_Atomic uint32_t *word, uint32_t seen)
{
	static const struct timespec	t = { 0, LOOK_AGAIN_MS * 1000000L };

	syscall(SYS_futex, word, FUTEX_WAIT, seen, &t, NULL, 0);
}

static void
wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* It counts round, so it is the difference that tells. */
static bool
is_synced(const struct stile_group *g, uint32_t mine)
{
	return (int32_t)(atomic_load(&g->synced) - mine) >= 0;
}

/* Under the lock: for all that have arrived until now. */
static enum stile_err
sync_all(struct stile_group *g, bool (*sync)(void *), void *arg)
{
	uint32_t	target = atomic_load(&g->arrived);

	if (!sync(arg))
		return STILE_EIO;
	atomic_store(&g->synced, target);
	return STILE_OK;
}

enum stile_err
stile__group_sync(struct stile_group *g, bool (*sync)(void *), void *arg)
{
	uint32_t	mine = atomic_fetch_add(&g->arrived, 1) + 1, seen;
	enum stile_err	rc = STILE_OK;

	for (;;) {
		seen = atomic_load(&g->synced);
		if (is_synced(g, mine))
			return STILE_OK;
		if (is_ours(&g->syncing, pthread_mutex_trylock(&g->syncing))) {
			if (!is_synced(g, mine))
				rc = sync_all(g, sync, arg);
			pthread_mutex_unlock(&g->syncing);
			wake_all(&g->synced);
			return rc;
		}
		wait_change(&g->synced, seen);
	}
}
