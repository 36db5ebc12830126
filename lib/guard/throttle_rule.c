/* SPDX-License-Identifier: ISC */
/*
 * Rules of throttling, as arithmetic.
 *
 * A window begins with the first time of a key and not by the clock, so that
 * not everybody begins anew at the same moment.  A bucket is kept as the time
 * at which all that was done would be paid for at the rule's pace: one number,
 * in place of a level and the time it was looked at (the "generic cell rate
 * algorithm").
 */
#include "base/priv.h"

#include "guard/throttle.h"
#include "base/banned.h"

#define SECOND		1000000LL	/* us */
#define LIMIT_MAX	1000000
#define SECONDS_MAX	(31 * 86400)
#define NAME_MAX_BYTES	64
#define FULL		1000

const char *
stile__throttle_wrong(const struct stile_throttle_rule *r)
{
	size_t	n;

	if (r->name == NULL)
		return "no name";
	n = strspn(r->name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (n == 0 || n > NAME_MAX_BYTES || r->name[n] != '\0')
		return "a name that is not [a-z0-9_-]";
	if (r->limit < 1 || r->limit > LIMIT_MAX)
		return "a limit that is not 1 to 1000000";
	if (r->seconds < 1 || r->seconds > SECONDS_MAX)
		return "seconds that are not 1 to 2678400";
	if (r->burst < 0 || r->burst > LIMIT_MAX ||
	    (r->kind == STILE_WINDOW && r->burst != 0))
		return "a burst that is not 0 to 1000000, or not of a bucket";
	return NULL;
}

int64_t
stile__throttle_each(const struct stile_throttle_rule *r)
{
	return r->seconds * SECOND / r->limit;
}

static int64_t
burst(const struct stile_throttle_rule *r)
{
	return r->burst != 0 ? r->burst : r->limit;
}

int64_t
stile__throttle_most(const struct stile_throttle_rule *r)
{
	return burst(r) * stile__throttle_each(r);
}

static int64_t
owed(const struct throttle_count *c, int64_t now)
{
	return c->until > now ? c->until - now : 0;
}

static bool
count_window(const struct stile_throttle_rule *r, struct throttle_count *c,
    int64_t now)
{
	if (c->until <= now)
		*c = (struct throttle_count){ now + r->seconds * SECOND, 0 };
	if (c->used >= r->limit)
		return false;
	c->used++;
	return true;
}

static bool
count_bucket(const struct stile_throttle_rule *r, struct throttle_count *c,
    int64_t now)
{
	int64_t	each = stile__throttle_each(r);

	if (owed(c, now) + each > stile__throttle_most(r))
		return false;
	c->until = now + owed(c, now) + each;
	return true;
}

bool
stile__throttle_count(const struct stile_throttle_rule *r,
    struct throttle_count *c, int64_t now)
{
	return r->kind == STILE_WINDOW ? count_window(r, c, now) :
	    count_bucket(r, c, now);
}

struct throttle_answer
stile__throttle_say(const struct stile_throttle_rule *r,
    const struct throttle_count *c, int64_t now)
{
	struct throttle_answer	a = { .reset_us = owed(c, now) };
	int64_t			each = stile__throttle_each(r);
	int64_t			room = stile__throttle_most(r) - a.reset_us;

	if (r->kind == STILE_BUCKET) {
		a.left = room > 0 ? room / each : 0;
		a.wait_us = room < each ? each - room : 0;
	} else if (a.reset_us == 0)
		a.left = r->limit;
	else if (c->used < r->limit)
		a.left = r->limit - c->used;
	else
		a.wait_us = a.reset_us;
	return a;
}

unsigned
stile__throttle_load(const struct stile_throttle_rule *r,
    const struct throttle_count *c, int64_t now)
{
	struct throttle_answer	a = stile__throttle_say(r, c, now);
	int64_t			all = r->kind == STILE_BUCKET ? burst(r) :
				    r->limit;

	return (unsigned)((all - a.left) * FULL / all);
}
