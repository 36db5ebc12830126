/* SPDX-License-Identifier: ISC */
/*
 * Sessions in the database.  The key is stored as its SHA-256: who reads the
 * table cannot be anybody with it.  A plain hash will do, for the key is random
 * and long.
 */
#include "base/priv.h"

#include <json-c/json.h>
#include <sodium.h>

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/db.h"
#include "stile/json.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "data/db.h"
#include "guard/session.h"
#include "http/req.h"
#include "base/banned.h"

#define AGENT_MAX	200		/* bytes kept of User-Agent */
#define CLEAR_EVERY	64		/* new sessions */
#define CLEAR_ROWS	100		/* at a time */

static const struct stile_migration	migrations[] = {
	{ 1, "0001_session",
	    "CREATE TABLE stile_session (\n"
	    "	id BLOB PRIMARY KEY,\n"
	    "	user_id INTEGER,\n"
	    "	created INTEGER NOT NULL,\n"
	    "	seen INTEGER NOT NULL,\n"
	    "	expires INTEGER NOT NULL,\n"
	    "	data TEXT NOT NULL,\n"
	    "	address TEXT NOT NULL,\n"
	    "	agent TEXT NOT NULL\n"
	    ") WITHOUT ROWID;\n"
	    "CREATE INDEX stile_session_user ON stile_session"
	    " (user_id, seen);\n"
	    "CREATE INDEX stile_session_expires ON stile_session (expires);\n",
	    "CREATE TABLE stile_session (\n"
	    "	id BYTEA PRIMARY KEY,\n"
	    "	user_id BIGINT,\n"
	    "	created BIGINT NOT NULL,\n"
	    "	seen BIGINT NOT NULL,\n"
	    "	expires BIGINT NOT NULL,\n"
	    "	data TEXT NOT NULL,\n"
	    "	address TEXT NOT NULL,\n"
	    "	agent TEXT NOT NULL\n"
	    ");\n"
	    "CREATE INDEX stile_session_user ON stile_session"
	    " (user_id, seen);\n"
	    "CREATE INDEX stile_session_expires ON stile_session (expires);\n",
	    "DROP TABLE stile_session;\n", NULL },
	{ 0 }
};

const struct stile_app	stile_sessions = {
	.name = "stile_sessions", .migrations = migrations,
};

struct row {
	int64_t			user, created, seen, expires;
	struct stile_str	data;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, user),
	STILE_COLUMN(struct row, created),
	STILE_COLUMN(struct row, seen),
	STILE_COLUMN(struct row, expires),
	STILE_COLUMN(struct row, data),
	{ 0 }
};

/* The hash of a cookie's value; false if it is not one of ours. */
static bool
hash_of(const char *text, unsigned char hash[SESSION_KEY])
{
	unsigned char	key[SESSION_KEY];
	size_t		n = 0;
	bool		ok;

	ok = sodium_base642bin(key, sizeof(key), text, strlen(text), NULL, &n,
	    NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    n == sizeof(key);
	if (ok)
		crypto_hash_sha256(hash, key, sizeof(key));
	sodium_memzero(key, sizeof(key));
	return ok;
}

static bool
load(struct stile_req *r, const char *cookie, struct session *s)
{
	const struct row	*row;
	unsigned char		 hash[SESSION_KEY];
	size_t			 n;

	if (!hash_of(cookie, hash))
		return true;
	row = stile_select_all(r, columns, sizeof(*row), &n,
	    "SELECT coalesce(user_id, 0) AS user, created, seen, expires, data"
	    " FROM stile_session WHERE id = ?",
	    STILE_ARGS(stile_blob(hash, sizeof(hash))));
	if (row == NULL)
		return false;
	if (n == 0)
		return true;
	s->found = true;
	s->renamed = false;
	memcpy(s->hash, hash, sizeof(hash));
	s->user = row->user;
	s->created = row->created;
	s->seen = row->seen;
	s->expires = row->expires;
	return session_read_data(r, s, row->data);
}

/* ---- saving --------------------------------------------------------- */

struct job {
	struct stile_req	*r;
	struct session		*s;
	struct stile_str	 data;
	unsigned char		 hash[SESSION_KEY];	/* of the new key */
};

static struct stile_value
user_of(const struct session *s)
{
	return s->user != 0 ? stile_int(s->user) : stile_null();
}

static enum stile_err
run(struct stile_db *db, const char *sql, struct stile_args args,
    int64_t *changed, struct stile_error *e)
{
	return stile_db_many(db, sql, &args, 1, NULL, NULL, changed, e);
}

/*
 * In small steps, by those who come new: what is over, and what nobody came
 * back to that had no user, of which a robot makes many.
 */
static enum stile_err
clear_expired(struct stile_db *db, const struct job *job,
    struct stile_error *e)
{
	const int64_t	now = job->s->seen;
	enum stile_err	rc;
	int64_t		changed;

	if (job->hash[0] % CLEAR_EVERY != 0)
		return STILE_OK;
	rc = run(db, "DELETE FROM stile_session WHERE id IN"
	    " (SELECT id FROM stile_session WHERE expires <= ? LIMIT ?)",
	    STILE_ARGS(now, CLEAR_ROWS), &changed, e);
	if (rc != STILE_OK)
		return rc;
	return run(db, "DELETE FROM stile_session WHERE id IN"
	    " (SELECT id FROM stile_session WHERE user_id IS NULL"
	    " AND seen <= ? LIMIT ?)",
	    STILE_ARGS(now - session_idle(job->r), CLEAR_ROWS), &changed, e);
}

static const char *
agent_of(struct stile_req *r)
{
	const char		*agent = stile_header(r, "User-Agent");
	struct stile_str	 s;

	s = stile__utf8_cut(stile_str(agent != NULL ? agent : ""), AGENT_MAX);
	return stile_utf8_valid(s) ? stile_arena_dup(r->arena, s) : "";
}

static enum stile_err
insert(struct stile_db *db, struct job *job, struct stile_error *e)
{
	const struct session	*s = job->s;
	const char		*agent = agent_of(job->r);
	enum stile_err		 rc;
	int64_t			 changed;

	if (agent == NULL)
		return stile__error_nomem(e);
	rc = run(db, "INSERT INTO stile_session (id, user_id, created, seen,"
	    " expires, data, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	    STILE_ARGS(stile_blob(job->hash, SESSION_KEY), user_of(s),
	    s->created, s->seen, s->expires, job->data, stile_req_peer(job->r),
	    agent), &changed, e);
	return rc == STILE_OK ? clear_expired(db, job, e) : rc;
}

/*
 * The old name is gone before the new one is there.  If it was gone already,
 * somebody has ended the session meanwhile, and what a user was allowed to do
 * in it ends, too.
 */
static enum stile_err
keep(struct stile_db *db, void *arg, struct stile_error *e)
{
	struct job		*job = arg;
	struct session		*s = job->s;
	const struct stile_value id = stile_blob(s->hash, SESSION_KEY);
	enum stile_err		 rc;
	int64_t			 changed = 1;

	if (s->found && !s->renamed && !s->ended)
		return run(db, "UPDATE stile_session SET user_id = ?,"
		    " seen = ?, expires = ?, data = ? WHERE id = ?",
		    STILE_ARGS(user_of(s), s->seen, s->expires, job->data, id),
		    &changed, e);
	if (s->found && (rc = run(db, "DELETE FROM stile_session WHERE id = ?",
	    STILE_ARGS(id), &changed, e)) != STILE_OK)
		return rc;
	if (s->ended)
		return STILE_OK;
	if (changed == 0 && !s->logged_in)
		s->ended = true;
	return s->ended ? STILE_OK : insert(db, job, e);
}

static bool
write_data(struct stile_req *r, struct job *job)
{
	struct stile_buf	*b = stile_buf_new(r->arena, SESSION_MAX);

	if (b != NULL && job->s->data != NULL)
		stile_json_write(b, stile_json_value(job->s->data));
	else if (b != NULL)
		stile_buf_puts(b, "{}");
	if (b != NULL && stile_buf_err(b) == STILE_ETOOBIG) {
		stile_fail(r, 500, "a session has %d bytes at most",
		    SESSION_MAX);
		return false;
	}
	if (b == NULL || stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return false;
	}
	job->data = stile_buf_view(b);
	return true;
}

/* Random bits as text for the cookie, and their hash for the table. */
static void
make_key(struct job *job)
{
	unsigned char	key[SESSION_KEY];

	randombytes_buf(key, sizeof(key));
	sodium_bin2base64(job->s->text, sizeof(job->s->text), key, sizeof(key),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	crypto_hash_sha256(job->hash, key, sizeof(key));
	sodium_memzero(key, sizeof(key));
}

/* After the handler's transaction, in one of its own: also with GET. */
static bool
save(struct stile_req *r, struct session *s, const char **cookie)
{
	struct stile_error	 e = { 0 };
	struct job		 job = { .r = r, .s = s };
	struct stile_db		*db;

	if (!write_data(r, &job))
		return false;
	if (s->renamed)
		make_key(&job);
	stile__db_request(r->db, STILE_TX_NONE);
	if ((db = stile_db(r)) == NULL)
		return false;
	if (stile_db_transaction(db, STILE_TX_WRITE, keep, &job, &e) !=
	    STILE_OK) {
		stile__db_fail(r, &e);
		return false;
	}
	*cookie = s->renamed && !s->ended ? s->text : NULL;
	return true;
}

const struct session_store	session_db = { load, save };
