/* SPDX-License-Identifier: ISC */
/* Who asks, and what they may do: looked at when it is first asked for. */
#include "base/priv.h"

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/auth.h"
#include "stile/conf.h"
#include "stile/req.h"
#include "stile/session.h"
#include "stile/str.h"
#include "data/db.h"
#include "guard/session.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

static const struct identity	nobody = { .user = NULL };

/* What the web server has found out; a header cannot pass for it. */
static int64_t
remote_user(struct stile_req *r)
{
	const char		*name;
	const struct stile_user	*u;

	if (!stile_conf_bool(r, "remote_user"))
		return 0;
	name = stile_req_var(r, "REMOTE_USER");
	if (name == NULL || *name == '\0')
		return 0;
	if ((u = stile_user_find(r, name)) == NULL)
		return 0;
	/* The browser sends what the server asked for by itself, as a cookie. */
	stile__csrf_guard(r);
	return stile_failed(r) == STILE_OK ? u->id : 0;
}

/* Who brings a token is who it says, or nobody: not who the cookie says. */
int64_t
stile_identify(struct stile_req *r)
{
	const char	*token = stile_auth_token(r, stile_conf(r,
			    "token_scheme"));
	int64_t		 id;

	if (token != NULL)
		return stile_token_user(r, token);
	if ((id = stile_session_user(r)) == 0)
		id = remote_user(r);
	return id;
}

const struct identity *
stile__identity(struct stile_req *r)
{
	struct identity		*who;
	const struct stile_user	*u;
	int64_t			 id;
	bool			 was;

	if (r->identity != NULL)
		return r->identity;
	if (stile_failed(r) != STILE_OK)
		return &nobody;
	if ((who = stile_arena_alloc(r->arena, 1, sizeof(*who))) == NULL) {
		stile__fail_nomem(r);
		return &nobody;
	}
	/* Known from here on: whoever identifies must not ask again. */
	r->identity = who;
	who->asking = true;
	/* Who is refused does not wait for a lock that others hold. */
	was = stile__db_aside(r, true);
	id = r->identify != NULL ? r->identify(r) : stile_identify(r);
	if (id != 0 && (u = stile_user_get(r, id)) != NULL && !u->disabled)
		who->user = u;
	stile__db_aside(r, was);
	/* The token of one who is not there any more, or locked out. */
	if (who->scopes != NULL && who->user == NULL)
		who->bad_token = true;
	who->asking = false;
	r->identity = who;
	return who;
}

const struct stile_user *
stile_user(struct stile_req *r)
{
	return stile__identity(r)->user;
}

static bool
role_has(const struct stile_req *r, struct stile_str role,
    const char *permission)
{
	const struct stile_role	*row;

	for (row = r->roles; row != NULL && row->name != NULL; row++)
		if (stile_str_eq(role, stile_str(row->name)) &&
		    (stile__has_word(row->permissions, permission) ||
		    stile__has_word(row->permissions, "*")))
			return true;
	return false;
}

static bool
roles_have(const struct stile_req *r, const char *roles,
    const char *permission)
{
	struct stile_str	rest = stile_str(roles), role;

	while (stile_str_cut(&rest, ' ', &role))
		if (role_has(r, role, permission))
			return true;
	return false;
}

static bool
in_scope(const struct identity *who, const char *permission)
{
	return who->scopes == NULL || stile__has_word(who->scopes, "*") ||
	    stile__has_word(who->scopes, permission);
}

static bool
ask_application(struct stile_req *r, const char *permission)
{
	bool	was = stile__db_aside(r, true);
	bool	may = r->may(r, permission);

	stile__db_aside(r, was);
	return may;
}

bool
stile_may(struct stile_req *r, const char *permission)
{
	const struct identity	*who;

	if (r->may != NULL)
		return ask_application(r, permission);
	who = stile__identity(r);
	if (who->user == NULL)
		return false;
	if (strcmp(permission, STILE_ANY_USER) == 0)
		return true;
	if (!in_scope(who, permission))
		return false;
	return strcmp(permission, STILE_ACCOUNT) == 0 ||
	    roles_have(r, who->user->roles, permission);
}

/* RFC 6750, section 3; of tokens by another name, the same. */
int
stile__fail_challenge(struct stile_req *r, const char *parameters)
{
	const char	*field;

	field = stile_arena_printf(r->arena, "%s%s%s",
	    stile_conf(r, "token_scheme"), *parameters != '\0' ? " " : "",
	    parameters);
	if (field == NULL)
		return STILE_EFAILED;
	return stile_fail_header(r, "WWW-Authenticate", field);
}

static int
refuse_nobody(struct stile_req *r, const struct identity *who)
{
	stile_fail(r, 401, who->bad_token ?
	    "the token is not valid, or not any more" : "a login is needed");
	stile_fail_member(r, "code", stile_text(who->bad_token ?
	    "invalid_token" : "login_needed"));
	return stile__fail_challenge(r, who->bad_token ?
	    "error=\"invalid_token\"" : "");
}

int
stile_require(struct stile_req *r, const char *permission)
{
	const struct identity	*who;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (stile_may(r, permission))
		return stile_failed(r);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	who = stile__identity(r);
	if (who->user == NULL)
		return refuse_nobody(r, who);
	stile_fail(r, 403, "this needs the permission %s", permission);
	if (!in_scope(who, permission))
		stile__fail_challenge(r, "error=\"insufficient_scope\"");
	return STILE_EFAILED;
}

/* ---- per object --------------------------------------------------------- */

static bool
fits_who(struct stile_req *r, const char *principal, int64_t owner)
{
	const struct stile_user	*u;
	char			 id[32];

	if (strcmp(principal, STILE_EVERYONE) == 0)
		return true;
	if ((u = stile_user(r)) == NULL)
		return false;
	if (strcmp(principal, STILE_ANY_USER) == 0)
		return true;
	if (strcmp(principal, STILE_OWNER) == 0)
		return owner != 0 && u->id == owner;
	if (strncmp(principal, "role:", 5) == 0)
		return stile__has_word(u->roles, principal + 5);
	snprintf(id, sizeof(id), "user:%lld", (long long)u->id);
	return strcmp(principal, id) == 0;
}

bool
stile_acl(struct stile_req *r, const struct stile_ace *const *lists,
    int64_t owner, const char *permission)
{
	const struct stile_ace	*row;

	if (!in_scope(stile__identity(r), permission))
		return false;
	for (; *lists != NULL; lists++)
		for (row = *lists; row->rule != 0; row++)
			if ((strcmp(row->permission, "*") == 0 ||
			    strcmp(row->permission, permission) == 0) &&
			    fits_who(r, row->who, owner))
				return row->rule == STILE_ALLOW &&
				    stile_failed(r) == STILE_OK;
	return false;
}
