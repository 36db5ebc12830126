/* SPDX-License-Identifier: ISC */
/*
 * A session inside: read when it is first asked for, written once before the
 * answer is sent, and only if it has changed.  Where it is kept is a store's
 * business: session_db.c and session_cookie.c.
 */
#ifndef GUARD_SESSION_H
#define GUARD_SESSION_H

#include "stile/session.h"

#define SESSION_KEY	32		/* bytes: 256 bits */
#define SESSION_MAX	(64 * 1024)	/* bytes of its data, as JSON */
#define SESSION_CSRF	"_csrf"		/* the secret of its tokens */
#define SESSION_TEXT	44		/* of them in base64url, with a NUL */

struct json_object;

struct session {
	bool			 found;		/* it was there before */
	bool			 changed;	/* data, user or end */
	bool			 renamed;	/* under a new key from now on */
	bool			 logged_in;	/* in this request */
	int64_t			 device;	/* user that it is known for from now on */
	bool			 ended;
	bool			 forgotten;	/* to be read anew if asked for */
	char			 text[SESSION_TEXT];	/* of a new key */
	unsigned char		 hash[SESSION_KEY];	/* of the key found */
	int64_t			 user;		/* 0: nobody */
	int64_t			 created, seen, expires;	/* seconds */
	struct json_object	*data;		/* NULL: empty */
};

struct session_store {
	/* Find what the cookie names: true and found, or not found; false with
	 * the request failed. */
	bool	(*load)(struct stile_req *, const char *cookie,
		    struct session *);
	/* Keep it, and give the cookie's new value in *cookie, or NULL for the
	 * one that is there. */
	bool	(*save)(struct stile_req *, struct session *,
		    const char **cookie);
};
extern const struct session_store	session_db, session_cookie;

/* The request's own; and to change it, which is too late once the answer has
 * begun.  NULL with the request failed. */
struct session	*session_of(struct stile_req *);
struct session	*session_to_change(struct stile_req *);

/* Its data as an object, made if there is none; NULL with it failed. */
struct json_object *session_data(struct stile_req *, struct session *);

/* Seconds since 1970, and what the settings say. */
int64_t	 session_now(void);
int64_t	 session_idle(struct stile_req *);
int64_t	 session_max(struct stile_req *);

/* Read its data, which is ours; false with the request failed. */
bool	 session_read_data(struct stile_req *, struct session *,
	    struct stile_str json);

/* Before the answer goes out: keep what has changed. */
void	 stile__session_save(struct stile_req *);

/* What a request that has failed did to it is as if it had not been. */
void	 stile__session_forget(struct stile_req *);

/* With a session that was found: what is not safe has to be shown to be ours. */
void	 stile__csrf_guard(struct stile_req *);

/* The first entry of a setting that is not one; or "no string". */
struct stile_str stile__origins_wrong(const char *list);
struct stile_str stile__cookie_name_wrong(const char *name);

/* Without one: only what the browser says to be another site's is refused. */
void	 stile__csrf_guard_login(struct stile_req *);
#endif
