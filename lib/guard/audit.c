/* SPDX-License-Identifier: ISC */
/*
 * What is done with accounts, by whom and from where, as lines of the log.
 * What a transaction does is done when it is committed, and logged then.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/req.h"
#include "data/db.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

struct audit {
	struct audit	*next;
	const char	*event;
	int64_t		 user, by;
};

static struct stile_value
id_or_null(int64_t id)
{
	return id != 0 ? stile_int(id) : stile_null();
}

static void
write_line(struct stile_req *r, const struct audit *a)
{
	stile_req_log(r, STILE_INFO, "account", STILE_ARGS("event", a->event,
	    "user", id_or_null(a->user), "by", id_or_null(a->by),
	    "peer", stile_req_peer(r)));
}

static struct audit
of_event(const struct stile_req *r, const char *event, int64_t user)
{
	const struct identity	*who = r->identity;

	return (struct audit){ .event = event, .user = user,
	    .by = who != NULL && who->user != NULL ? who->user->id : 0 };
}

void
stile__audit_now(struct stile_req *r, const char *event, int64_t user)
{
	const struct audit	a = of_event(r, event, user);

	write_line(r, &a);
}

void
stile__audit(struct stile_req *r, const char *event, int64_t user)
{
	struct audit	*a, **last;

	/* Better a line too many than none. */
	if (r->db == NULL || !r->db->begun ||
	    (a = stile_arena_alloc(r->arena, 1, sizeof(*a))) == NULL) {
		stile__audit_now(r, event, user);
		return;
	}
	*a = of_event(r, event, user);
	for (last = &r->audit; *last != NULL; last = &(*last)->next)
		continue;
	*last = a;
}

void
stile__audit_end(struct stile_req *r, bool committed)
{
	const struct audit	*a;

	for (a = r->audit; a != NULL && committed; a = a->next)
		write_line(r, a);
	r->audit = NULL;
}
