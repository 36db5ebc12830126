/* SPDX-License-Identifier: ISC */
/*
 * The second factor of users: an authenticator's codes, each good for once, and
 * recovery codes for when it is lost.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/db.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/totp.h"
#include "base/clock.h"
#include "guard/second.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

struct row {
	const char	*totp, *totp_new;	/* secrets, or NULL */
	int64_t		 totp_step;		/* used last */
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, totp),
	STILE_COLUMN(struct row, totp_new),
	STILE_COLUMN(struct row, totp_step),
	{ 0 }
};

static bool
read_row(struct stile_req *r, int64_t user, struct row *row)
{
	*row = (struct row){ .totp = NULL };
	return stile_select(r, columns, row, "SELECT totp, totp_new, totp_step"
	    " FROM stile_user WHERE id = ?", STILE_ARGS(user)) == STILE_OK;
}

bool
stile__second_on(struct stile_req *r, int64_t user)
{
	struct row	row;

	return read_row(r, user, &row) && row.totp != NULL;
}

/* Recovery codes belong to a user by this name. */
static const char *
owner_of(struct stile_req *r, int64_t user)
{
	const char	*owner;

	owner = stile_arena_printf(r->arena, "%lld", (long long)user);
	if (owner == NULL)
		stile__fail_nomem(r);
	return owner;
}

static bool
use_recovery(struct stile_req *r, int64_t user, const char *code)
{
	const char	*owner = owner_of(r, user);
	char		 hash[STILE_RECOVERY_HASH_SIZE];

	return owner != NULL && stile_recovery_hash(owner, code, hash) &&
	    stile_exec(r, "DELETE FROM stile_recovery WHERE user_id = ?"
	    " AND hash = ?", STILE_ARGS(user, (const char *)hash)) == 1;
}

/* Of two who bring the same code at once, the second one finds it used. */
static bool
use_totp(struct stile_req *r, int64_t user, const struct row *row,
    const char *code)
{
	struct stile_error	e = { 0 };
	int64_t			step;

	if (!stile_totp_verify(row->totp, code, stile_now_ms() / 1000,
	    row->totp_step, &step, &e)) {
		if (e.code != STILE_OK && e.status >= 500)
			stile_fail_error(r, &e);
		return false;
	}
	return stile_exec(r, "UPDATE stile_user SET totp_step = ?"
	    " WHERE id = ? AND totp_step < ?",
	    STILE_ARGS(step, user, step)) == 1;
}

bool
stile__second_check(struct stile_req *r, int64_t user, const char *code)
{
	struct row	row;

	if (!read_row(r, user, &row))
		return false;
	if (row.totp == NULL)
		return true;
	if (code == NULL || *code == '\0') {
		stile__refuse_401(r, "code_needed",
		    "a code of the authenticator is needed");
		return false;
	}
	if (use_totp(r, user, &row, code) || use_recovery(r, user, code))
		return stile_failed(r) == STILE_OK;
	if (stile_failed(r) == STILE_OK)
		stile__audit_now(r, "code refused", user);
	stile__refuse_401(r, "code", "the code is wrong, or was used before");
	return false;
}

/* ---- turning it on and off -------------------------------------------------- */

int
stile__second_begin(struct stile_req *r, const struct stile_user *u,
    const char **secret, const char **uri)
{
	struct stile_error	 e = { 0 };
	char			*text;

	*secret = *uri = "";
	if ((text = stile_arena_alloc(r->arena, STILE_TOTP_SECRET_SIZE, 1)) ==
	    NULL)
		return stile__fail_nomem(r);
	if (stile_totp_secret(text, &e) != STILE_OK ||
	    (*uri = stile_totp_uri(r->arena, text, stile_req_host(r), u->name,
	    &e)) == NULL) {
		*uri = "";
		return stile_fail_error(r, &e);
	}
	*secret = text;
	stile_exec(r, "UPDATE stile_user SET totp_new = ? WHERE id = ?",
	    STILE_ARGS(*secret, u->id));
	return stile_failed(r);
}

static int
make_codes(struct stile_req *r, int64_t user,
    const char *codes[RECOVERY_CODES])
{
	struct stile_error	 e = { 0 };
	const char		*owner = owner_of(r, user);
	char			 hash[STILE_RECOVERY_HASH_SIZE], *code;
	int			 i;

	stile_exec(r, "DELETE FROM stile_recovery WHERE user_id = ?",
	    STILE_ARGS(user));
	for (i = 0; i < RECOVERY_CODES && stile_failed(r) == STILE_OK; i++) {
		codes[i] = code = stile_arena_alloc(r->arena,
		    STILE_RECOVERY_CODE_SIZE, 1);
		if (code == NULL)
			return stile__fail_nomem(r);
		if (stile_recovery_code(code, &e) != STILE_OK)
			return stile_fail_error(r, &e);
		if (!stile_recovery_hash(owner, code, hash))
			return stile_fail(r, 500, "a fresh recovery code is "
			    "none");
		stile_exec(r, "INSERT INTO stile_recovery (user_id, hash)"
		    " VALUES (?, ?)", STILE_ARGS(user, (const char *)hash));
	}
	return stile_failed(r);
}

int
stile__second_confirm(struct stile_req *r, int64_t user, const char *code,
    const char *codes[RECOVERY_CODES])
{
	struct stile_error	e = { 0 };
	struct row		row;
	int64_t			step;

	if (!read_row(r, user, &row))
		return STILE_EFAILED;
	if (row.totp_new == NULL)
		return stile_fail(r, 409, "a second factor has not been asked "
		    "for");
	if (!stile_totp_verify(row.totp_new, code, stile_now_ms() / 1000, 0,
	    &step, &e))
		return e.status >= 500 ? stile_fail_error(r, &e) :
		    stile_fail(r, 422, "code: this is not the code of now");
	stile_exec(r, "UPDATE stile_user SET totp = totp_new, totp_new = NULL,"
	    " totp_step = ? WHERE id = ?", STILE_ARGS(step, user));
	stile__audit(r, "second factor on", user);
	return make_codes(r, user, codes);
}

int
stile__second_off(struct stile_req *r, int64_t user)
{
	stile_exec(r, "UPDATE stile_user SET totp = NULL, totp_new = NULL"
	    " WHERE id = ?", STILE_ARGS(user));
	stile_exec(r, "DELETE FROM stile_recovery WHERE user_id = ?",
	    STILE_ARGS(user));
	stile__audit(r, "second factor off", user);
	return stile_failed(r);
}
