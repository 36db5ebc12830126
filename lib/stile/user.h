/* SPDX-License-Identifier: ISC */
/*
 * Users: who they are, who asks, and what they may do.  The functions on a
 * request fail it, as others do; those on a connection are for commands.
 */
#ifndef STILE_USER_H
#define STILE_USER_H

#include <stile/password.h>
#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;
struct stile_arena;
struct stile_db;
struct stile_req;

/* The tables of users, roles and tokens, for STILE_USES(). */
STILE_API extern const struct stile_app stile_users;

#define STILE_USER_NAME_MAX	64	/* characters */

struct stile_user {
	int64_t		 id;
	const char	*name;
	const char	*email;		/* or NULL */
	bool		 verified;	/* the address */
	bool		 disabled;
	int64_t		 created;	/* ms since 1970 */
	int64_t		 last_login;	/* the same; 0: never */
	const char	*roles;		/* "admin editor", or "" */
};

/* ---- who asks ---------------------------------------------------------- */

/* The user who asks, or NULL: in the request's memory. */
STILE_API const struct stile_user *stile_user(struct stile_req *);

/* Their id, 0 for nobody. */
STILE_API int64_t stile_user_id(struct stile_req *);

/* How it is known by default: an API token, the session, the web server. */
STILE_API int64_t stile_identify(struct stile_req *);

/* Whether who asks has a permission; and fail with 401 or 403 if not. */
STILE_API bool	stile_may(struct stile_req *, const char *permission);
STILE_API int	stile_require(struct stile_req *, const char *permission);

/* Name or address, password, and a code of the second factor or NULL: the
 * user's id, with a session begun; 0 with the request failed with 401, whichever
 * of the first two was wrong. */
STILE_API int64_t stile_login(struct stile_req *, const char *login,
		    const char *password, const char *code);
/* The same without a session, for those who come with a token later. */
STILE_API int64_t stile_login_check(struct stile_req *, const char *login,
		    const char *password, const char *code);

/* ---- the users ----------------------------------------------------------- */

/* What a new one has; a NULL password lets nobody in by one. */
struct stile_user_new {
	const char	*name, *email, *password;
};

STILE_API int64_t stile_user_create(struct stile_req *,
		    const struct stile_user_new *);
/* By id, or by name or address; NULL, without a failure, if there is none. */
STILE_API const struct stile_user *stile_user_get(struct stile_req *,
		    int64_t id);
STILE_API const struct stile_user *stile_user_find(struct stile_req *,
		    const char *login);
STILE_API int	stile_user_rename(struct stile_req *, int64_t id,
		    const char *name);
STILE_API int	stile_user_email(struct stile_req *, int64_t id,
		    const char *email);
/* Ends all of the user's other sessions. */
STILE_API int	stile_user_password(struct stile_req *, int64_t id,
		    const char *password);
STILE_API int	stile_user_disable(struct stile_req *, int64_t id, bool);
STILE_API int	stile_user_delete(struct stile_req *, int64_t id);
STILE_API int	stile_user_grant(struct stile_req *, int64_t id,
		    const char *role, bool);

/* ---- per object ------------------------------------------------------------ */

enum stile_rule { STILE_ALLOW = 1, STILE_DENY };

#define STILE_EVERYONE	"everyone"
#define STILE_ANY_USER	"user"
#define STILE_OWNER	"owner"

/* A need of any user, and of a token that has it among its scopes. */
#define STILE_ACCOUNT	"account"

/* A row of a list that ends with { 0 }; the first that fits decides. */
struct stile_ace {
	enum stile_rule	 rule;
	const char	*who;		/* those above, "role:editor", "user:7" */
	const char	*permission;	/* or "*" */
};

/* By the object's list, then its parent's and so on, NULL-ended; denied where
 * no row fits.  owner: the id of the object's owner, or 0. */
STILE_API bool	stile_acl(struct stile_req *, const struct stile_ace *const *,
		    int64_t owner, const char *permission);

/* Fail if it is denied: with 404, as without the row, for who has not even the
 * permission see (NULL: nobody has); else with 401 or 403. */
STILE_API int	stile_require_acl(struct stile_req *,
		    const struct stile_ace *const *, int64_t owner,
		    const char *permission, const char *see);

/* ---- API tokens ------------------------------------------------------------- */

/* A new one with scopes such as "notes.read notes.write" ("*": all that its
 * user may), for so many seconds (0: no end); its text is shown once only. */
STILE_API const char	*stile_token_create(struct stile_req *, int64_t user,
		    const char *name, const char *scopes, int64_t seconds);
/* Whose token a text is; 0 if it is none, or too old. */
STILE_API int64_t stile_token_user(struct stile_req *, const char *text);
STILE_API int64_t stile_token_revoke(struct stile_req *, int64_t user,
		    int64_t id);

/* One of a user's tokens, without its text, for a list of them. */
struct stile_token {
	int64_t		 id;		/* for stile_token_revoke() */
	const char	*name, *scopes;
	int64_t		 created;	/* ms since 1970 */
	int64_t		 expires, used;	/* the same; 0: never */
};

/* All of them, oldest first, in the request's memory. */
STILE_API const struct stile_token *stile_token_list(struct stile_req *,
		    int64_t user, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
