/* SPDX-License-Identifier: ISC */
/* Who may call a route, as its row says it; guard/identity.c holds to it. */
#include "base/priv.h"

#include "stile/user.h"
#include "app/who.h"
#include "base/banned.h"

const char *
who_may(const struct route *r)
{
	if (r->row->need != NULL)
		return r->row->need;
	return r->row->anyone ? "anyone" : "-";
}

/* A method of "*" takes those that are not safe as well. */
bool
who_is_missing(const struct stile_site *s, const struct route *r)
{
	return r->row->need == NULL && !r->row->anyone &&
	    !stile__is_safe(r->row->method) && site_has(s, &stile_users);
}
