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

/* RFC 9110, section 9.2.1; "*" takes the others as well. */
static bool
is_safe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	    strcmp(method, "OPTIONS") == 0;
}

bool
who_is_missing(const struct stile_site *s, const struct route *r)
{
	return r->row->need == NULL && !r->row->anyone &&
	    !is_safe(r->row->method) && site_has(s, &stile_users);
}
