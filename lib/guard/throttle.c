/* SPDX-License-Identifier: ISC */
/*
 * Throttling of requests: where it is counted, and what is said of it, in the
 * fields of draft-ietf-httpapi-ratelimit-headers-09.
 */
#include "base/priv.h"

#include <inttypes.h>
#include <sodium.h>

#include "stile/arena.h"
#include "stile/log.h"
#include "stile/req.h"
#include "stile/res.h"
#include "base/clock.h"
#include "data/db.h"
#include "guard/throttle.h"
#include "http/req.h"
#include "base/banned.h"

#define SECOND	1000000

static bool
is_sound(struct stile_req *r, const struct stile_throttle_rule *rule)
{
	const char	*wrong = stile__throttle_wrong(rule);

	if (stile_failed(r) != STILE_OK)
		return false;
	if (wrong != NULL)
		stile_fail(r, 500, "a rule of throttling has %s", wrong);
	else if (sodium_init() < 0)
		stile_fail(r, 500, "libsodium cannot be used here");
	return stile_failed(r) == STILE_OK;
}

static bool
has_db(const struct stile_req *r)
{
	return r->db != NULL && r->db->dsn != NULL;
}

static bool
counts_in_db(const struct stile_req *r, const struct stile_throttle_rule *rule)
{
	return rule->shared || (r->throttle == NULL && has_db(r));
}

/* Seconds are rounded up: who comes then is not too early. */
static int64_t
seconds(int64_t us)
{
	return (us + SECOND - 1) / SECOND;
}

static void
say(struct stile_req *r, const struct stile_throttle_rule *rule,
    const struct throttle_answer *a, bool ok)
{
	const char	*policy, *left, *wait;

	policy = stile_arena_printf(r->arena, "\"%s\";q=%" PRId64 ";w=%" PRId64,
	    rule->name, rule->limit, rule->seconds);
	left = stile_arena_printf(r->arena, "\"%s\";r=%" PRId64 ";t=%" PRId64,
	    rule->name, a->left, seconds(a->reset_us));
	wait = stile_arena_printf(r->arena, "%" PRId64, seconds(a->wait_us));
	if (policy == NULL || left == NULL || wait == NULL) {
		stile__fail_nomem(r);
		return;
	}
	if (ok) {
		stile_header_add(r, "RateLimit-Policy", policy);
		stile_header_add(r, "RateLimit", left);
		return;
	}
	stile_fail(r, 429, "this was done too often; try again in %s s", wait);
	stile_fail_header(r, "Retry-After", wait);
	stile_fail_header(r, "RateLimit-Policy", policy);
	stile_fail_header(r, "RateLimit", left);
}

int
stile_throttle(struct stile_req *r, const struct stile_throttle_rule *rule,
    const char *key)
{
	struct throttle_count	c;
	struct throttle_answer	a;
	int64_t			now;
	bool			ok;

	if (!is_sound(r, rule))
		return STILE_EFAILED;
	if (key == NULL)
		key = "";
	if (counts_in_db(r, rule)) {
		/* The clock that hosts have in common. */
		now = stile_now_ms() * 1000;
		ok = stile__throttle_in_db(r, rule, key, now, &c);
	} else if (r->throttle != NULL) {
		now = stile__mono_us();
		ok = stile__throttle_in_table(r->throttle, rule, key, now, &c);
	} else {
		stile_req_log(r, STILE_WARN, "nothing counts for throttling: "
		    "there is neither a server nor a database", STILE_NOARGS);
		return STILE_OK;
	}
	if (stile_failed(r) == STILE_OK) {
		a = stile__throttle_say(rule, &c, now);
		say(r, rule, &a, ok);
	}
	return stile_failed(r);
}

int
stile_throttle_forget(struct stile_req *r,
    const struct stile_throttle_rule *rule, const char *key)
{
	if (!is_sound(r, rule))
		return STILE_EFAILED;
	if (key == NULL)
		key = "";
	if (counts_in_db(r, rule))
		stile__throttle_drop_in_db(r, rule, key);
	else if (r->throttle != NULL)
		stile__throttle_drop(r->throttle, rule, key);
	return stile_failed(r);
}
