/* SPDX-License-Identifier: ISC */
/*
 * Users in the database.  Names and addresses are stored as they were typed,
 * and beside that as they are compared: without case, in one form.
 */
#include "base/priv.h"

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/conf.h"
#include "stile/db.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/session.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/db.h"
#include "guard/nfc.h"
#include "guard/user.h"
#include "http/req.h"
#include "schema/format.h"
#include "base/banned.h"

const char *
stile__fold(struct stile_req *r, const char *text)
{
	struct stile_error	 e = { 0 };
	const char		*folded;

	if (stile__casefold(r->arena, stile_str(text), &folded, &e) ==
	    STILE_OK)
		return folded;
	stile_fail_error(r, &e);
	return NULL;
}

/* ---- reading ---------------------------------------------------------- */

#define SELECT								\
	"SELECT id, name, email, verified, disabled, created, last_login"	\
	" FROM stile_user WHERE "

struct row {
	struct stile_user	user;
	int64_t			verified, disabled;
};

static const struct stile_schema	columns[] = {
	{ "id", STILE_AT(struct row, user.id) },
	{ "name", STILE_AT(struct row, user.name) },
	{ "email", STILE_AT(struct row, user.email) },
	{ "created", STILE_AT(struct row, user.created) },
	{ "last_login", STILE_AT(struct row, user.last_login) },
	STILE_COLUMN(struct row, verified),
	STILE_COLUMN(struct row, disabled),
	{ 0 }
};

struct role {
	const char	*role;
};

static const struct stile_schema	role_columns[] = {
	STILE_COLUMN(struct role, role),
	{ 0 }
};

static const char *
read_roles(struct stile_req *r, int64_t id)
{
	struct stile_buf	*b = stile_buf_new(r->arena, SIZE_MAX);
	const struct role	*roles;
	size_t			 i, n;

	roles = stile_select_all(r, role_columns, sizeof(*roles), &n,
	    "SELECT role FROM stile_user_role WHERE user_id = ? ORDER BY role",
	    STILE_ARGS(id));
	if (b == NULL) {
		stile__fail_nomem(r);
		return "";
	}
	stile_buf_puts(b, "");
	for (i = 0; i < n; i++) {
		stile_buf_puts(b, i > 0 ? " " : "");
		stile_buf_puts(b, roles[i].role);
	}
	if (stile_buf_err(b) != STILE_OK)
		stile__fail_nomem(r);
	return stile_buf_view(b).p != NULL ? stile_buf_view(b).p : "";
}

static const struct stile_user *
read_user(struct stile_req *r, const char *sql, struct stile_args args)
{
	struct row	*row;
	size_t		 n;

	row = stile_select_all(r, columns, sizeof(*row), &n, sql, args);
	if (row == NULL || n == 0)
		return NULL;
	row->user.verified = row->verified != 0;
	row->user.disabled = row->disabled != 0;
	row->user.roles = read_roles(r, row->user.id);
	return stile_failed(r) == STILE_OK ? &row->user : NULL;
}

const struct stile_user *
stile_user_get(struct stile_req *r, int64_t id)
{
	return read_user(r, SELECT "id = ?", STILE_ARGS(id));
}

int64_t
stile_user_id(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	return u != NULL ? u->id : 0;
}

const char *
stile__login_key(struct stile_req *r, const char *login)
{
	if (login == NULL || strlen(login) > LOGIN_MAX ||
	    !stile_utf8_valid(stile_str(login)))
		return NULL;
	return stile__fold(r, login);
}

/* A name has no '@', so that none can be taken for somebody's address. */
const struct stile_user *
stile_user_find(struct stile_req *r, const char *login)
{
	const char	*key;

	if ((key = stile__login_key(r, login)) == NULL)
		return NULL;
	return read_user(r, strchr(login, '@') != NULL ?
	    SELECT "email_key = ?" : SELECT "name_key = ?", STILE_ARGS(key));
}

/* ---- what may be stored ------------------------------------------------- */

/* One line that shows as it is, and is nobody's address. */
static bool
is_name(const char *name)
{
	/* C1, line ends and what turns the direction of others (UAX 9). */
	static const char *const	hidden[] = {
		"\xC2\x80", "\xC2\x9F", "\xE2\x80\xA8", "\xE2\x80\xAE",
		"\xE2\x81\xA6", "\xE2\x81\xA9",
	};
	struct stile_str	s = stile_str(name);
	size_t			i, k, n;

	if (s.len == 0 || !stile_utf8_valid(s) ||
	    stile_utf8_length(s) > STILE_USER_NAME_MAX ||
	    s.p[0] == ' ' || s.p[s.len - 1] == ' ')
		return false;
	for (i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F ||
		    s.p[i] == '@')
			return false;
		/* UTF-8 sorts as what it stands for. */
		for (k = 0; k < NELEM(hidden); k += 2)
			if ((n = strlen(hidden[k])) <= s.len - i &&
			    memcmp(s.p + i, hidden[k], n) >= 0 &&
			    memcmp(s.p + i, hidden[k + 1], n) <= 0)
				return false;
	}
	return true;
}

/* What compares as nothing is nothing: marks alone, for example. */
static const char *
name_key(struct stile_req *r, const char *name)
{
	const char	*key = NULL;

	if (name == NULL || !is_name(name)) {
		stile_fail_field(r, 422, "name", "format", "1 to 64 characters "
		    "on one line without @ are expected");
		return NULL;
	}
	if ((key = stile__fold(r, name)) != NULL && *key == '\0') {
		stile_fail_field(r, 422, "name", "format",
		    "characters that can be seen are expected");
		return NULL;
	}
	return key;
}

static const char *
email_key(struct stile_req *r, const char *email)
{
	if (email != NULL && stile__is_email(stile_str(email)))
		return stile__fold(r, email);
	stile_fail_field(r, 422, "email", "format",
	    "an e-mail address is expected");
	return NULL;
}

static const char *
wrong_length(struct stile_str password)
{
	if (stile_utf8_length(password) < STILE_PASSWORD_MIN)
		return "this is too short: 8 characters are the least";
	return password.len > STILE_PASSWORD_MAX ?
	    "this is too long: 1024 bytes are the most" : NULL;
}

/* The hash of one that is not weak, "" of none; NULL with a failure. */
static const char *
new_password(struct stile_req *r, const char *password, const char *name,
    const char *email)
{
	const char *const	 personal[] = {
		name != NULL ? name : "", email, NULL
	};
	struct stile_error	 e = { 0 };
	const char		*why, *hash;

	if (password == NULL)
		return "";
	if (strcmp(stile_conf(r, "password_check"), "length") == 0)
		why = wrong_length(stile_str(password));
	else
		why = stile_password_weak(stile_str(password), personal, &e);
	if (e.code != STILE_OK) {
		stile_fail_error(r, &e);
		return NULL;
	}
	if (why != NULL) {
		stile_fail_field(r, 422, "password", "weak", "%s", why);
		return NULL;
	}
	hash = stile_password_hash(r, password);
	return stile_failed(r) == STILE_OK ? hash : NULL;
}

/* The columns that are compared are called as those that are seen. */
static void
rename_field(struct stile_req *r)
{
	static const char *const	names[][2] = {
		{ "name_key", "name" }, { "email_key", "email" },
	};
	struct req_failure		*f = &r->failure;
	size_t				 i;

	if (f->cause.code != STILE_EUNIQUE)
		return;
	f->nmembers = 0;
	f->wrong = NULL;
	for (i = 0; i < NELEM(names); i++)
		if (strcmp(f->cause.column, names[i][0]) == 0)
			stile__fail_field(r, names[i][1], "taken", f->detail);
}

/* ---- changing --------------------------------------------------------------- */

int64_t
stile_user_create(struct stile_req *r, const struct stile_user_new *u)
{
	const char	*name, *email = NULL, *hash;
	int64_t		 id;

	if (stile_failed(r) != STILE_OK ||
	    (name = name_key(r, u->name)) == NULL ||
	    (u->email != NULL && (email = email_key(r, u->email)) == NULL))
		return 0;
	/* Before the transaction begins, which nobody should wait for. */
	if ((hash = new_password(r, u->password, u->name, u->email)) == NULL)
		return 0;
	id = stile_select_int(r, "INSERT INTO stile_user (name, name_key,"
	    " email, email_key, password, created) VALUES (?, ?, ?, ?, ?, ?)"
	    " RETURNING id", STILE_ARGS(u->name, name, u->email, email, hash,
	    stile_now_ms()));
	if (stile_failed(r) != STILE_OK) {
		rename_field(r);
		return 0;
	}
	stile__audit(r, "create", id);
	return id;
}

/* Nothing there to change is 404. */
static int
changed(struct stile_req *r, int64_t n, const char *event, int64_t id)
{
	if (stile_failed(r) != STILE_OK) {
		rename_field(r);
		return STILE_EFAILED;
	}
	if (n == 0)
		return stile_fail(r, 404, "there is no such user");
	stile__audit(r, event, id);
	return STILE_OK;
}

int
stile_user_rename(struct stile_req *r, int64_t id, const char *name)
{
	const char	*key;

	if (stile_failed(r) != STILE_OK || (key = name_key(r, name)) == NULL)
		return STILE_EFAILED;
	return changed(r, stile_exec(r, "UPDATE stile_user SET name = ?,"
	    " name_key = ? WHERE id = ?", STILE_ARGS(name, key, id)),
	    "rename", id);
}

int
stile_user_email(struct stile_req *r, int64_t id, const char *email)
{
	const char	*key;

	if (stile_failed(r) != STILE_OK || (key = email_key(r, email)) == NULL)
		return STILE_EFAILED;
	return changed(r, stile_exec(r, "UPDATE stile_user SET email = ?,"
	    " email_key = ?, verified = 0 WHERE id = ?",
	    STILE_ARGS(email, key, id)), "email", id);
}

/* Whoever had the old one has no session left with it.  Tokens go on: they are
 * for programs, which do not know the password. */
int
stile_user_password(struct stile_req *r, int64_t id, const char *password)
{
	const struct stile_user	*u;
	const char		*hash;
	bool			 was;

	/* Hashing takes its time, which no other writer should wait for. */
	was = stile__db_aside(r, true);
	u = stile_user_get(r, id);
	stile__db_aside(r, was);
	if (u == NULL)
		return changed(r, 0, "", id);
	hash = new_password(r, password, u->name, u->email);
	if (hash == NULL || changed(r, stile_exec(r,
	    "UPDATE stile_user SET password = ? WHERE id = ?",
	    STILE_ARGS(hash, id)), "password", id) != STILE_OK)
		return STILE_EFAILED;
	stile_session_end_others(r, id);
	if (stile_session_user(r) == id)
		stile_session_rotate(r);
	return stile_failed(r);
}

int
stile_user_disable(struct stile_req *r, int64_t id, bool disable)
{
	if (changed(r, stile_exec(r, "UPDATE stile_user SET disabled = ?"
	    " WHERE id = ?", STILE_ARGS(disable ? 1 : 0, id)),
	    disable ? "disable" : "enable", id) != STILE_OK)
		return STILE_EFAILED;
	if (disable)
		stile_session_end_all(r, id);
	return stile_failed(r);
}

int
stile_user_delete(struct stile_req *r, int64_t id)
{
	stile_session_end_all(r, id);
	return changed(r, stile_exec(r, "DELETE FROM stile_user WHERE id = ?",
	    STILE_ARGS(id)), "delete", id);
}

static bool
is_role(const struct stile_req *r, const char *role)
{
	const struct stile_role	*row;

	for (row = r->roles; row != NULL && row->name != NULL; row++)
		if (strcmp(row->name, role) == 0)
			return true;
	return false;
}

int
stile_user_grant(struct stile_req *r, int64_t id, const char *role, bool grant)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (role == NULL || !is_role(r, role))
		return stile_fail(r, 422, "there is no role %s",
		    role != NULL ? role : "");
	if (stile_user_get(r, id) == NULL)
		return changed(r, 0, "", id);
	stile_exec(r, grant ? "INSERT INTO stile_user_role (user_id, role)"
	    " VALUES (?, ?) ON CONFLICT DO NOTHING" :
	    "DELETE FROM stile_user_role WHERE user_id = ? AND role = ?",
	    STILE_ARGS(id, role));
	return changed(r, 1, grant ? "grant" : "revoke", id);
}
