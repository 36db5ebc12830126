/* SPDX-License-Identifier: ISC */
#ifndef APP_ROUTER_H
#define APP_ROUTER_H

#include "stile/app.h"
#include "app/pattern.h"
#include "http/req.h"

/* An application in its place: mounted below a prefix, or at the top. */
struct scope {
	const struct stile_app	*app;
	const struct scope	*parent;	/* NULL at the top */
	const char		*prefix;	/* whole; "" at the top */
	const char		*names;		/* "blog:", for stile_url() */
};

struct route {
	const struct stile_route	*row;
	const struct scope		*scope;
	struct pattern			 pattern;	/* with all prefixes */
	struct route			*next;		/* of the same path */
};

/* What an application answers a status with: the status itself before its class;
 * or NULL.  And the innermost one that does. */
const struct stile_error_handler *app_error_handler(const struct stile_app *,
	    int status);
const struct stile_error_handler *scope_error_handler(const struct scope *,
	    int status);

#define MOUNTS_MAX	8	/* applications inside one another */

struct router;

/* What there is at a path. */
enum match_kind {
	MATCH_ROUTE,		/* a handler, in match.route */
	MATCH_METHODS,		/* others for this path, in match.allow */
	MATCH_SLASH,		/* the path with a slash at its end */
	MATCH_NONE,
	MATCH_NOMEM
};

#define ALLOW_MAX	16

struct match {
	enum match_kind		 kind;
	const struct route	*route;
	const char		*allow[ALLOW_MAX];	/* methods, in order */
	size_t			 nallow;
	struct req_param	 params[PARTS_MAX];
	size_t			 nparams;
};

/* Compile the tables of an application and of all that is mounted in it. */
enum stile_err	router_new(struct stile_arena *, const struct stile_app *,
		    struct router **ret, struct stile_error *);

/* Find the route for a method and the segments of a path. */
void	router_match(const struct router *, struct stile_arena *,
	    const char *method, const struct stile_str *segs, size_t nsegs,
	    bool slash, struct match *ret);

/* The innermost scope whose prefix the path is below. */
const struct scope *router_scope(const struct router *,
		    const struct stile_str *segs, size_t nsegs);

const struct route *router_named(const struct router *,
		    const struct scope *from, const char *name);
const struct route *router_at(const struct router *, size_t i);
size_t	router_count(const struct router *);
const struct scope *router_scope_at(const struct router *, size_t i);
#endif
