/* SPDX-License-Identifier: ISC */
/* Who asks, and what they may do: looked at when it is first asked for. */
#include "base/priv.h"

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/auth.h"
#include "stile/conf.h"
#include "stile/jwt.h"
#include "stile/req.h"
#include "stile/session.h"
#include "stile/str.h"
#include "data/db.h"
#include "guard/session.h"
#include "guard/slow.h"
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

/* An API token of the user, for programs that know no other scheme. */
static int64_t
basic_token(struct stile_req *r, const char *name, const char *token)
{
	int64_t			 id = stile_token_user(r, token);
	const struct stile_user	*u = stile_user_find(r, name);

	return u != NULL && u->id == id ? id : 0;
}

static bool
begins_as_token(struct stile_req *r, const char *text)
{
	const char	*prefix = stile_conf(r, "token_prefix");
	size_t		 n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 && text[n] == '_';
}

static bool
basic_is_on(struct stile_req *r)
{
	return *stile_conf(r, "basic_realm") != '\0';
}

/* Who brings a token or a password is who that says, or nobody: not who the
 * cookie says. */
int64_t
stile_identify(struct stile_req *r)
{
	const char	*name, *password, *token;
	int64_t		 id;

	/* Tokens of a provider have dots, and ours have none. */
	if (r->jwt != NULL && (token = stile_auth_bearer(r)) != NULL &&
	    strchr(token, '.') != NULL)
		return stile_jwt_user(r, token);
	token = stile_auth_token(r, stile_conf(r, "token_scheme"));
	if (token != NULL)
		return stile_token_user(r, token);
	if (basic_is_on(r) && stile_auth_basic(r, &name, &password)) {
		/* A browser repeats it by itself, as it does a cookie. */
		stile__csrf_guard_login(r);
		return begins_as_token(r, password) ?
		    basic_token(r, name, password) :
		    stile__login_basic(r, name, password);
	}
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
	/* RFC 6750, section 3.1: not taken for nobody where nobody may ask. */
	if (who->bad_token && stile__token_wrong(r) == STILE_OK)
		stile__refuse_401(r, "invalid_token",
		    "the token is not valid, or not any more");
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

/* RFC 6750, section 3; of tokens by another name, the same.  And RFC 7617,
 * section 2, where it is turned on, for who has not come yet. */
static int
challenge(struct stile_req *r, bool basic, const char *parameters)
{
	const char	*first = "", *field = NULL;

	if (basic && basic_is_on(r))
		first = stile_arena_printf(r->arena,
		    "Basic realm=\"%s\", charset=\"UTF-8\", ",
		    stile_conf(r, "basic_realm"));
	if (first != NULL)
		field = stile_arena_printf(r->arena, "%s%s%s%s", first,
		    stile_conf(r, "token_scheme"),
		    *parameters != '\0' ? " " : "", parameters);
	if (field == NULL)
		return stile__fail_nomem(r);
	return stile_fail_header(r, "WWW-Authenticate", field);
}

int
stile__refuse_401(struct stile_req *r, const char *code, const char *detail)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	stile_fail(r, 401, "%s", detail);
	stile_fail_member(r, "code", stile_text(code));
	return challenge(r, true, strcmp(code, "invalid_token") == 0 ?
	    "error=\"invalid_token\"" : "");
}

/* The characters of a quoted string that stand for themselves. */
struct stile_str
stile__realm_wrong(const char *realm)
{
	const char	*s;

	for (s = realm; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return stile_str(realm);
	return (struct stile_str){ NULL, 0 };
}

static int
refuse(struct stile_req *r, const char *permission)
{
	const struct identity	*who = stile__identity(r);

	if (who->user == NULL)
		return stile__refuse_401(r, "login_needed",
		    "a login is needed");
	stile_fail(r, 403, "this needs the permission %s", permission);
	if (!in_scope(who, permission))
		challenge(r, false, "error=\"insufficient_scope\"");
	return STILE_EFAILED;
}

int
stile_require(struct stile_req *r, const char *permission)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (stile_may(r, permission))
		return stile_failed(r);
	return stile_failed(r) != STILE_OK ? STILE_EFAILED :
	    refuse(r, permission);
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

/* What a missing row fails with: the one is not told from the other. */
int
stile_require_acl(struct stile_req *r, const struct stile_ace *const *lists,
    int64_t owner, const char *permission, const char *see)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (stile_acl(r, lists, owner, permission))
		return STILE_OK;
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (see == NULL || !stile_acl(r, lists, owner, see))
		return stile__fail_not_found(r);
	return refuse(r, permission);
}
