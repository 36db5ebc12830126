/* SPDX-License-Identifier: ISC */
/*
 * All request headers as a table, under the names that people know: CGI has
 * HTTP_USER_AGENT for User-Agent.  And the URL that was asked for.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "stile/table.h"
#include "http/req.h"
#include "base/banned.h"

/* "If-Match" of "IF_MATCH" */
static char *
title(struct stile_req *r, struct stile_str name)
{
	bool	 first = true;
	char	*s, *c;

	if ((s = stile_arena_dup(r->arena, name)) == NULL)
		return NULL;
	for (c = s; *c != '\0'; c++) {
		if (*c == '_')
			*c = '-';
		else if (!first)
			*c = (char)ascii_lower(*c);
		first = *c == '-';
	}
	return s;
}

static void
add(struct stile_req *r, struct stile_table *t, struct stile_str var)
{
	const char	*value;
	char		*name;

	if ((name = title(r, var)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	/* Joined, the second time it is there already. */
	if (stile_table_get(t, name) == NULL &&
	    (value = stile_header(r, name)) != NULL &&
	    stile_table_add(t, stile_str(name), stile_str(value)) != STILE_OK)
		stile__fail_nomem(r);
}

const struct stile_table *
stile_header_table(struct stile_req *r)
{
	static const struct stile_str	unprefixed[] = {
		STILE_STR_INIT("CONTENT_TYPE"),
		STILE_STR_INIT("CONTENT_LENGTH"),
	};
	struct stile_str		name;
	struct stile_table		*t;
	size_t				 i;

	if (r->header_table != NULL || stile_failed(r) != STILE_OK)
		return r->header_table;
	if ((t = stile_table_new(r->arena, STILE_NOCASE,
	    r->nvars + NELEM(unprefixed))) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (i = 0; i < NELEM(unprefixed); i++)
		add(r, t, unprefixed[i]);
	for (i = 0; i < r->nvars; i++) {
		name = r->vars[i].name;
		if (name.len > 5 && memcmp(name.p, "HTTP_", 5) == 0)
			add(r, t, (struct stile_str){ name.p + 5,
			    name.len - 5 });
	}
	return r->header_table = t;
}

const char *
stile_req_url(struct stile_req *r)
{
	const char	*uri = r->known[V_REQUEST_URI], *query, *url;

	query = stile_req_query(r);
	if (uri != NULL && *uri == '/')
		url = stile_arena_printf(r->arena, "%s://%s%s",
		    stile_req_scheme(r), stile_req_host(r), uri);
	else
		url = stile_arena_printf(r->arena, "%s://%s%s%s%s%s",
		    stile_req_scheme(r), stile_req_host(r), r->prefix, r->path,
		    *query != '\0' ? "?" : "", query);
	if (url == NULL)
		stile__fail_nomem(r);
	return url != NULL ? url : "";
}
