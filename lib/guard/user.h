/* SPDX-License-Identifier: ISC */
#ifndef GUARD_USER_H
#define GUARD_USER_H

#include "stile/user.h"

/* Who asks, once it has been looked at. */
struct identity {
	const struct stile_user	*user;		/* NULL: nobody */
	const char		*scopes;	/* of a token; NULL: no limit */
	int64_t			 token;		/* its id, to note its use */
	bool			 bad_token;	/* one came, and is none of ours */
	bool			 asking;	/* it is being looked at now */
};

/* The same, found out; never NULL. */
const struct identity	*stile__identity(struct stile_req *);

/* Before the answer goes out: when a token was used last. */
void	 stile__token_save(struct stile_req *);

/* The statement that finds a token, for a test of what it reads. */
extern const char	stile__token_find[];

/* Whether it is the user's; false with the request failed, too. */
bool	 stile__user_has_password(struct stile_req *, const struct stile_user *,
	    const char *password);

/* The user of a name or address and a password, without a second factor and
 * without a trace: 0 with the request failed. */
int64_t	 stile__login_basic(struct stile_req *, const char *login,
	    const char *password);

/* Fail with 401 and all schemes by which one may come; code goes along. */
int	 stile__refuse_401(struct stile_req *, const char *code,
	    const char *detail);

/* The setting's value if it cannot be a realm, or "no string". */
struct stile_str stile__realm_wrong(const char *realm);

/* Text as it is compared: the same for all ways to write it; NULL with the
 * request failed. */
const char	*stile__fold(struct stile_req *, const char *);

/* A name or an address as it is compared; NULL if it is nobody's. */
#define LOGIN_MAX	(4 * STILE_USER_NAME_MAX)	/* bytes */
const char	*stile__login_key(struct stile_req *, const char *login);

/*
 * A line of what was done with accounts, by whom and from where: now, or once
 * the request's transaction is committed.
 */
void	 stile__audit_now(struct stile_req *, const char *event, int64_t user);
void	 stile__audit(struct stile_req *, const char *event, int64_t user);
void	 stile__audit_end(struct stile_req *, bool committed);
#endif
