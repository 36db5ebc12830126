/* SPDX-License-Identifier: ISC */
/*
 * Counts of throttling in memory that is shared by the processes of a server,
 * of a fixed size.
 *
 * A key is a hash by a secret of this table's own, so that nobody can choose
 * keys that meet in one set.  Where a set is full, the count that is used up
 * the least makes room.  So many new keys, each seen once, push out one another
 * and not who is being held back: to push out that one it takes as many that
 * are used up as well.  What is lost then is a count: somebody is let in more
 * often than the rule says, and nobody less often.
 *
 * Any process may be killed at any moment, so that the locks are robust.  What
 * they guard are numbers of which each alone makes sense.
 */
#include "base/priv.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>

#include "base/rand.h"
#include "guard/throttle.h"
#include "base/banned.h"

#define SETS	4096
#define WAYS	16
#define LOCKS	64

struct entry {
	uint64_t	key;		/* 0: none */
	int64_t		until;		/* us, on the monotonic clock */
	uint32_t	used;
	uint32_t	load;		/* when it was counted last */
};

struct throttle_table {
	unsigned char	secret[crypto_generichash_KEYBYTES];
	pthread_mutex_t	locks[LOCKS];
	struct entry	sets[SETS][WAYS];
};

static bool
init_locks(struct throttle_table *t)
{
	pthread_mutexattr_t	a;
	bool			ok;
	size_t			i;

	if (pthread_mutexattr_init(&a) != 0)
		return false;
	ok = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0 &&
	    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0;
	for (i = 0; ok && i < LOCKS; i++)
		ok = pthread_mutex_init(&t->locks[i], &a) == 0;
	pthread_mutexattr_destroy(&a);
	return ok;
}

struct throttle_table *
stile__throttle_new(void)
{
	struct throttle_table	*t;

	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return NULL;
	if (stile__random(t->secret, sizeof(t->secret)) == STILE_OK &&
	    init_locks(t))
		return t;
	munmap(t, sizeof(*t));
	return NULL;
}

void
stile__throttle_free(struct throttle_table *t)
{
	if (t != NULL)
		munmap(t, sizeof(*t));
}

/* BLAKE2b with the secret as its key. */
static uint64_t
hash(const struct throttle_table *t, const struct stile_throttle_rule *r,
    const char *key)
{
	crypto_generichash_state	h;
	unsigned char			sum[crypto_generichash_BYTES];
	uint64_t			v;

	crypto_generichash_init(&h, t->secret, sizeof(t->secret), sizeof(sum));
	/* With its NUL: "ab" and "c" are not "a" and "bc". */
	crypto_generichash_update(&h, (const unsigned char *)r->name,
	    strlen(r->name) + 1);
	crypto_generichash_update(&h, (const unsigned char *)key, strlen(key));
	crypto_generichash_final(&h, sum, sizeof(sum));
	memcpy(&v, sum, sizeof(v));
	return v != 0 ? v : 1;
}

/* False where it cannot be had; after the death of its owner it can. */
static bool
lock(struct throttle_table *t, uint64_t h)
{
	pthread_mutex_t	*m = &t->locks[h % LOCKS];
	int		 rc = pthread_mutex_lock(m);

	if (rc == EOWNERDEAD)
		rc = pthread_mutex_consistent(m);
	return rc == 0;
}

static void
unlock(struct throttle_table *t, uint64_t h)
{
	pthread_mutex_unlock(&t->locks[h % LOCKS]);
}

static struct entry *
find(struct throttle_table *t, uint64_t h)
{
	struct entry	*set = t->sets[h % SETS];
	size_t		 i;

	for (i = 0; i < WAYS; i++)
		if (set[i].key == h)
			return &set[i];
	return NULL;
}

/* Whether a is the better one to lose. */
static bool
goes_first(const struct entry *a, const struct entry *b)
{
	return a->load != b->load ? a->load < b->load : a->until < b->until;
}

static struct entry *
make_room(struct throttle_table *t, uint64_t h, int64_t now)
{
	struct entry	*set = t->sets[h % SETS], *e = set;
	size_t		 i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].key == 0 || set[i].until <= now) {
			e = &set[i];
			break;
		}
		if (goes_first(&set[i], e))
			e = &set[i];
	}
	*e = (struct entry){ .key = h };
	return e;
}

bool
stile__throttle_in_table(struct throttle_table *t,
    const struct stile_throttle_rule *r, const char *key, int64_t now,
    struct throttle_count *c)
{
	uint64_t	 h = hash(t, r, key);
	struct entry	*e;
	bool		 ok;

	*c = (struct throttle_count){ 0 };
	if (!lock(t, h))
		return true;
	if ((e = find(t, h)) == NULL)
		e = make_room(t, h, now);
	*c = (struct throttle_count){ e->until, e->used };
	ok = stile__throttle_count(r, c, now);
	e->until = c->until;
	e->used = (uint32_t)c->used;
	e->load = stile__throttle_load(r, c, now);
	unlock(t, h);
	return ok;
}

void
stile__throttle_drop(struct throttle_table *t,
    const struct stile_throttle_rule *r, const char *key)
{
	uint64_t	 h = hash(t, r, key);
	struct entry	*e;

	if (!lock(t, h))
		return;
	if ((e = find(t, h)) != NULL)
		*e = (struct entry){ 0 };
	unlock(t, h);
}
