/* SPDX-License-Identifier: ISC */
/*
 * Passwords for requests: each hash takes much memory on purpose, so that only
 * so many are made at a time.  Who waits keeps a thread of the worker, which is
 * why one thread is left for all other requests: who would take that one is
 * told to come back at once, and who has to wait too long is told so later.
 */
#include "base/priv.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>

#include "stile/conf.h"
#include "stile/arena.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/str.h"
#include "guard/password.h"
#include "http/req.h"
#include "base/banned.h"

#define WAIT_MS	2000

static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t	left = PTHREAD_COND_INITIALIZER;
static int64_t		here;		/* those inside and those who wait */
static int64_t		inside;

static struct timespec
time_in(int64_t ms)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += (time_t)(ms / 1000);
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

/* The threads that passwords may have: all but one, if there is another. */
static int64_t
room(struct stile_req *r)
{
	int64_t	threads = stile_conf_int(r, "threads");

	return threads > 1 ? threads - 1 : 1;
}

static bool
refuse(struct stile_req *r)
{
	const char	*policy = stile_arena_printf(r->arena,
			    "\"passwords\";q=%" PRId64
			    ";qu=\"concurrent-requests\"", room(r));

	if (policy == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	stile_fail(r, 429, "too many passwords are being looked at");
	stile_fail_header(r, "Retry-After", "2");
	stile_fail_header(r, "RateLimit-Policy", policy);
	stile_fail_header(r, "RateLimit", "\"passwords\";r=0");
	return false;
}

bool
stile__password_idle(struct stile_req *r)
{
	int64_t	most = room(r);
	bool	ok;

	pthread_mutex_lock(&lock);
	ok = here < most;
	pthread_mutex_unlock(&lock);
	return ok;
}

bool
stile__password_room(struct stile_req *r)
{
	return stile_failed(r) == STILE_OK &&
	    (stile__password_idle(r) || refuse(r));
}

/* The lock is held. */
static bool
wait_inside(int64_t most, const struct timespec *until)
{
	int	rc = 0;

	while (inside >= most && rc == 0)
		rc = pthread_cond_clockwait(&left, &lock, CLOCK_MONOTONIC,
		    until);
	return inside < most;
}

bool
stile__password_enter(struct stile_req *r)
{
	int64_t		most = stile_conf_int(r, "password_parallel");
	int64_t		left_ms = stile_deadline(r), all = room(r);
	struct timespec	until = time_in(left_ms < WAIT_MS ? left_ms : WAIT_MS);
	bool		ok;

	if (stile_failed(r) != STILE_OK)
		return false;
	pthread_mutex_lock(&lock);
	if ((ok = here < all)) {
		here++;
		if ((ok = wait_inside(most, &until)))
			inside++;
		else
			here--;
	}
	pthread_mutex_unlock(&lock);
	return ok || refuse(r);
}

void
stile__password_leave(void)
{
	pthread_mutex_lock(&lock);
	here--;
	inside--;
	pthread_cond_signal(&left);
	pthread_mutex_unlock(&lock);
}

static struct stile_pwhash_cost
cost_of(struct stile_req *r)
{
	return (struct stile_pwhash_cost){
		.passes = stile_conf_int(r, "password_passes"),
		.memory = stile_conf_int(r, "password_memory"),
	};
}

const char *
stile_password_hash(struct stile_req *r, const char *password)
{
	const struct stile_pwhash_cost	 cost = cost_of(r);
	struct stile_error			 e = { 0 };
	char					*hash;

	hash = stile_arena_alloc(r->arena, STILE_PWHASH_SIZE, 1);
	if (hash == NULL) {
		stile__fail_nomem(r);
		return "";
	}
	if (!stile__password_enter(r))
		return "";
	if (stile_pwhash_make(stile_str(password), &cost, hash, &e) !=
	    STILE_OK)
		stile_fail_error(r, &e);
	stile__password_leave();
	return hash;
}

bool
stile_password_verify(struct stile_req *r, const char *hash,
    const char *password)
{
	const struct stile_pwhash_cost	cost = cost_of(r);
	struct stile_error			e = { 0 };
	bool					same;

	if (!stile__password_enter(r))
		return false;
	same = stile_pwhash_verify(hash, stile_str(password), &cost, &e);
	stile__password_leave();
	/* What nobody's password can be is just wrong; what is ours is said. */
	if (!same && e.status >= 500)
		stile_fail_error(r, &e);
	return same && stile_failed(r) == STILE_OK;
}

bool
stile_password_outdated(struct stile_req *r, const char *hash)
{
	const struct stile_pwhash_cost	cost = cost_of(r);

	return stile_failed(r) == STILE_OK &&
	    stile_pwhash_outdated(hash, &cost);
}
