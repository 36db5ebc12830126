/* SPDX-License-Identifier: ISC */
/*
 * Sessions: what is remembered of a browser between its requests.  The browser
 * has a random name for it in a cookie, and nothing else.
 */
#ifndef STILE_SESSION_H
#define STILE_SESSION_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;
struct stile_req;

/* The tables that sessions are kept in, for STILE_USES(). */
STILE_API extern const struct stile_app stile_sessions;

/* A value by its name, STILE_ABSENT where there is none; and put one there, or
 * take it away with STILE_ABSENT. */
STILE_API struct stile_value stile_session_get(struct stile_req *,
		    const char *name);
STILE_API int	stile_session_set(struct stile_req *, const char *name,
		    struct stile_value);

/* Whose it is, 0 for nobody's; make it somebody's under a new name; end it. */
STILE_API int64_t stile_session_user(struct stile_req *);
STILE_API int	stile_session_login(struct stile_req *, int64_t user);
STILE_API int	stile_session_logout(struct stile_req *);

/* A new name for it, for when it may do more than before. */
STILE_API int	stile_session_rotate(struct stile_req *);

/* Seconds that it lasts from now on at the most; 0: until the browser ends. */
STILE_API int	stile_session_last(struct stile_req *, int64_t seconds);

/* One of a user's sessions, for a list of them. */
struct stile_session {
	const char	*id;		/* for stile_session_end() */
	int64_t		 created, seen, expires;	/* ms since 1970 */
	const char	*address, *agent;
	bool		 current;
};

/* All of them, newest first, in the request's memory. */
STILE_API const struct stile_session *stile_session_list(struct stile_req *,
		    int64_t user, size_t *n);

/* End one of a user's sessions, or all, or all but the one at hand; how many
 * that were. */
STILE_API int64_t stile_session_end(struct stile_req *, int64_t user,
		    const char *id);
STILE_API int64_t stile_session_end_all(struct stile_req *, int64_t user);
STILE_API int64_t stile_session_end_others(struct stile_req *, int64_t user);

/* A message for the next answer that shows messages; and all so far, as an
 * array of objects with kind and text, which are gone then. */
STILE_API int	stile_flash(struct stile_req *, const char *kind,
		    const char *text);
STILE_API struct stile_value stile_flashes(struct stile_req *);

/* The token that proves a form to be ours, for a hidden field csrf_token or a
 * header X-CSRF-Token; another text each time. */
STILE_API const char	*stile_csrf_token(struct stile_req *);

/* Refuse with 403 what another site has made the browser send. */
STILE_API int	stile_csrf_check(struct stile_req *);

#ifdef __cplusplus
}
#endif
#endif
