/* SPDX-License-Identifier: ISC */
/*
 * Logging in.  Whether there is no such user, the user is disabled or the
 * password is wrong: it takes the same time and the answer is the same.
 */
#include "base/priv.h"

#include "stile/db.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/session.h"
#include "stile/str.h"
#include "stile/user.h"
#include "base/clock.h"
#include "data/db.h"
#include "guard/password.h"
#include "guard/second.h"
#include "guard/session.h"
#include "guard/slow.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

struct stored {
	int64_t		 id, disabled;
	const char	*password;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct stored, id),
	STILE_COLUMN(struct stored, disabled),
	STILE_COLUMN(struct stored, password),
	{ 0 }
};

#define SELECT	"SELECT id, disabled, password FROM stile_user WHERE "

/* NULL for nobody, or with it failed. */
static const struct stored *
find(struct stile_req *r, const char *sql, struct stile_args args)
{
	const struct stored	*s;
	size_t			 n;
	bool			 was;

	/* No other writer has to wait while the password is looked at. */
	was = stile__db_aside(r, true);
	s = stile_select_all(r, columns, sizeof(*s), &n, sql, args);
	stile__db_aside(r, was);
	return n > 0 ? s : NULL;
}

/* One question, whoever it is. */
static const struct stored *
find_login(struct stile_req *r, const char *login)
{
	const char	*key = stile__login_key(r, login);

	if (key == NULL)
		return NULL;
	return find(r, strchr(login, '@') != NULL ? SELECT "email_key = ?" :
	    SELECT "name_key = ?", STILE_ARGS(key));
}

/* NULL where nobody can come in. */
static const char *
hash_of(const struct stored *s)
{
	return s != NULL && s->disabled == 0 && *s->password != '\0' ?
	    s->password : NULL;
}

/* What costs less than is asked for now, or is of another kind; not where the
 * login would fail for it. */
static void
renew(struct stile_req *r, int64_t id, const char *hash, const char *password)
{
	if (!stile_password_outdated(r, hash) || !stile__password_idle(r))
		return;
	hash = stile_password_hash(r, password);
	stile_exec(r, "UPDATE stile_user SET password = ? WHERE id = ?",
	    STILE_ARGS(hash, id));
}

bool
stile__user_has_password(struct stile_req *r, const struct stile_user *u,
    const char *password)
{
	const char	*hash;
	bool		 same;

	if (!stile__password_room(r))
		return false;
	hash = hash_of(find(r, SELECT "id = ?", STILE_ARGS(u->id)));
	if (stile__login_attempt(r, u->name, u->id) != STILE_OK)
		return false;
	if ((same = stile_password_verify(r, hash, password)))
		stile__login_success(r, u->name, u->id);
	return same;
}

/* The user of a name or address and a password, with the code if one is needed;
 * *ret has what is stored of them. */
static bool
prove(struct stile_req *r, const char *login, const char *password,
    const char *code, const struct stored **ret)
{
	const struct stored	*u;
	const char		*key;
	int64_t			 id;

	/* What is not looked at does not count as an attempt. */
	if (!stile__password_room(r))
		return false;
	u = *ret = find_login(r, login);
	key = stile__login_key(r, login);
	id = u != NULL ? u->id : 0;
	/* The same for known and unknown ones. */
	if (key == NULL)
		key = "";
	if (stile_failed(r) != STILE_OK ||
	    stile__login_attempt(r, key, id) != STILE_OK)
		return false;
	if (!stile_password_verify(r, hash_of(u), password)) {
		if (stile_failed(r) != STILE_OK)
			return false;
		stile__audit_now(r, "login failed", id);
		stile__refuse_401(r, "credentials",
		    "the name or the password is wrong");
		return false;
	}
	if (!stile__second_check(r, id, code))
		return false;
	stile__login_success(r, key, id);
	return stile_failed(r) == STILE_OK;
}

int64_t
stile__login_basic(struct stile_req *r, const char *login,
    const char *password)
{
	const struct stored	*u;

	return prove(r, login, password, NULL, &u) ? u->id : 0;
}

int64_t
stile_login_check(struct stile_req *r, const char *login,
    const char *password, const char *code)
{
	const struct stored	*u;

	if (!prove(r, login, password, code, &u))
		return 0;
	renew(r, u->id, u->password, password);
	stile_exec(r, "UPDATE stile_user SET last_login = ? WHERE id = ?",
	    STILE_ARGS(stile_now_ms(), u->id));
	if (stile_failed(r) != STILE_OK)
		return 0;
	stile__audit(r, "login", u->id);
	return u->id;
}

int64_t
stile_login(struct stile_req *r, const char *login, const char *password,
    const char *code)
{
	int64_t	id;

	if ((id = stile_login_check(r, login, password, code)) != 0 &&
	    stile_session_login(r, id) == STILE_OK)
		r->session->device = id;
	return stile_failed(r) == STILE_OK ? id : 0;
}
