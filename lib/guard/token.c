/* SPDX-License-Identifier: ISC */
/*
 * API tokens: random, stored as their SHA-256, with what they may be used for.
 * They begin with a word, so that one that got into a repository is found.
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/arena.h"
#include "stile/conf.h"
#include "stile/db.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/db.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

#define KEY		32		/* bytes */
#define KEY_TEXT	44		/* in base64url, with a NUL */
#define USED_EVERY	60000		/* ms: not noted with each request */

static void
hash_text(const char *text, unsigned char hash[crypto_hash_sha256_BYTES])
{
	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
}

const char *
stile_token_create(struct stile_req *r, int64_t user, const char *name,
    const char *scopes, int64_t seconds)
{
	unsigned char	 key[KEY], hash[crypto_hash_sha256_BYTES];
	char		 text[KEY_TEXT];
	const char	*token;
	int64_t		 now = stile_now_ms();

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (name == NULL || scopes == NULL) {
		stile_fail(r, 422, "a token needs a name and scopes");
		return NULL;
	}
	randombytes_buf(key, sizeof(key));
	sodium_bin2base64(text, sizeof(text), key, sizeof(key),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	token = stile_arena_printf(r->arena, "%s_%s",
	    stile_conf(r, "token_prefix"), text);
	if (token == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	hash_text(token, hash);
	stile_exec(r, "INSERT INTO stile_token (user_id, hash, name, scopes,"
	    " created, expires) VALUES (?, ?, ?, ?, ?, ?)",
	    STILE_ARGS(user, stile_blob(hash, sizeof(hash)), name, scopes, now,
	    seconds > 0 ? now + seconds * 1000 : 0));
	stile__audit(r, "token", user);
	return stile_failed(r) == STILE_OK ? token : NULL;
}

struct row {
	int64_t		 id, user, expires, used;
	const char	*scopes;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, id),
	STILE_COLUMN(struct row, user),
	STILE_COLUMN(struct row, expires),
	STILE_COLUMN(struct row, used),
	STILE_COLUMN(struct row, scopes),
	{ 0 }
};

/* By the index that "UNIQUE" has made, and nothing else. */
const char	stile__token_find[] =
    "SELECT id, user_id AS user, expires, used, scopes FROM stile_token"
    " WHERE hash = ?";

/* A token that is just looked at says nothing of who asks. */
int64_t
stile_token_user(struct stile_req *r, const char *text)
{
	struct identity		*who = r->identity != NULL &&
				    r->identity->asking ? r->identity : NULL;
	unsigned char		 hash[crypto_hash_sha256_BYTES];
	const struct row	*row;
	int64_t			 now = stile_now_ms();

	if (text == NULL)
		return 0;
	hash_text(text, hash);
	row = stile_select_first(r, columns, sizeof(*row), stile__token_find,
	    STILE_ARGS(stile_blob(hash, sizeof(hash))));
	if (row == NULL || (row->expires != 0 && row->expires <= now)) {
		if (who != NULL)
			who->bad_token = true;
		return 0;
	}
	if (who != NULL) {
		who->scopes = row->scopes;
		if (now - row->used > USED_EVERY)
			who->token = row->id;
	}
	return row->user;
}

int64_t
stile_token_revoke(struct stile_req *r, int64_t user, int64_t id)
{
	int64_t	n;

	n = stile_exec(r, "DELETE FROM stile_token WHERE id = ?"
	    " AND user_id = ?", STILE_ARGS(id, user));
	if (n > 0)
		stile__audit(r, "token revoked", user);
	return n;
}

const struct stile_token *
stile_token_list(struct stile_req *r, int64_t user, size_t *n)
{
	static const struct stile_schema	members[] = {
		STILE_COLUMN(struct stile_token, id),
		STILE_COLUMN(struct stile_token, name),
		STILE_COLUMN(struct stile_token, scopes),
		STILE_COLUMN(struct stile_token, created),
		STILE_COLUMN(struct stile_token, expires),
		STILE_COLUMN(struct stile_token, used),
		{ 0 }
	};

	return stile_select_all(r, members, sizeof(struct stile_token), n,
	    "SELECT id, name, scopes, created, expires, used FROM stile_token"
	    " WHERE user_id = ? ORDER BY id", STILE_ARGS(user));
}

static enum stile_err
note(struct stile_db *db, void *arg, struct stile_error *e)
{
	const struct stile_args	args = STILE_ARGS(stile_now_ms(),
				    *(const int64_t *)arg);
	int64_t			changed;

	return stile_db_many(db, "UPDATE stile_token SET used = ?"
	    " WHERE id = ?", &args, 1, NULL, NULL, &changed, e);
}

/* Of no importance to the answer: a failure is logged, and that is all. */
void
stile__token_save(struct stile_req *r)
{
	struct stile_error	 e = { 0 };

	if (r->identity == NULL || r->identity->token == 0 ||
	    r->db->db == NULL)
		return;
	r->db->db->read_only = false;
	if (stile_db_transaction(r->db->db, STILE_TX_WRITE, note,
	    &r->identity->token, &e) != STILE_OK)
		stile_req_log(r, STILE_WARN, "a token's use is not noted",
		    STILE_ARGS("cause", (const char *)e.detail));
}
