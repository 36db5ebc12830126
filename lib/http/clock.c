/* SPDX-License-Identifier: ISC */
/* The time that a handler has.  Whoever watches over it says when it is late. */
#include "base/priv.h"

#include "base/clock.h"
#include "http/req.h"
#include "base/banned.h"

bool
stile__clock_late(const struct req_clock *c)
{
	return c->late == c->turn;
}

void
stile__clock_in_time(struct req_clock *c)
{
	c->late = c->turn - 1;
}

int64_t
stile_deadline(const struct stile_req *r)
{
	int64_t	left;

	if (r->clock == NULL)
		return INT64_MAX;
	left = r->clock->deadline - stile__mono_us();
	return left > 0 && !stile__clock_late(r->clock) ? left / 1000 : 0;
}

void
stile_deadline_set(struct stile_req *r, int64_t ms)
{
	static const int64_t	year = 366LL * 86400 * 1000;

	if (r->clock == NULL)
		return;
	if (ms > year)
		ms = year;
	r->clock->deadline = stile__mono_us() + (ms > 0 ? ms * 1000 : 0);
	stile__clock_in_time(r->clock);
}

void
stile__clock_renew(struct stile_req *r)
{
	int64_t	now;

	if (r->clock == NULL)
		return;
	now = stile__mono_us();
	if (r->clock->deadline < now + r->clock->limit_us)
		r->clock->deadline = now + r->clock->limit_us;
	stile__clock_in_time(r->clock);
}
