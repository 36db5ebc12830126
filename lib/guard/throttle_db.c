/* SPDX-License-Identifier: ISC */
/*
 * Counts of throttling in the database: for rules that hold for several hosts,
 * and for CGI programs, which have nothing else to remember anything in.
 *
 * Each count is one statement outside of the request's transaction, which a
 * failure of the request would undo: so it has to come first.
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/app.h"
#include "stile/db.h"
#include "stile/log.h"
#include "stile/req.h"
#include "data/db.h"
#include "guard/throttle.h"
#include "http/req.h"
#include "base/rand.h"
#include "base/banned.h"

#define KEY_SIZE	33	/* 128 bits in hexadecimal digits */
#define CLEAN_EACH	256	/* counts, on average */

/* Before there was a migration, the first count made it. */
static const struct stile_migration	migrations[] = {
	{ 1, "0001_throttle",
	    "CREATE TABLE IF NOT EXISTS stile_throttle (\n"
	    "	key TEXT PRIMARY KEY,\n"
	    "	until_us BIGINT NOT NULL,\n"
	    "	used BIGINT NOT NULL\n"
	    ");\n",
	    NULL,
	    "DROP TABLE stile_throttle;\n", NULL },
	{ 0 }
};

const struct stile_app	stile_throttles = {
	.name = "stile_throttles", .migrations = migrations,
};

/* Of a window, used counts on where it is too often. */
static const char	window_sql[] =
    "INSERT INTO stile_throttle AS t (key, until_us, used)"
    " VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET"
    " until_us = CASE WHEN t.until_us <= ? THEN excluded.until_us"
    " ELSE t.until_us END,"
    " used = CASE WHEN t.until_us <= ? THEN 1 ELSE t.used + 1 END"
    " RETURNING until_us, used";

/* Of a bucket, used is 1 where it is not too often, and 0 where it is. */
static const char	bucket_sql[] =
    "INSERT INTO stile_throttle AS t (key, until_us, used)"
    " VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET"
    " until_us = CASE WHEN t.until_us <= ? THEN excluded.until_us"
    " WHEN t.until_us > ? THEN t.until_us ELSE t.until_us + ? END,"
    " used = CASE WHEN t.until_us > ? THEN 0 ELSE 1 END"
    " RETURNING until_us, used";

/* The key as it is stored: addresses and names do not stay there as text. */
static void
name_of(const struct stile_throttle_rule *r, const char *key,
    char out[KEY_SIZE])
{
	crypto_generichash_state	h;
	unsigned char			sum[KEY_SIZE / 2];

	crypto_generichash_init(&h, NULL, 0, sizeof(sum));
	crypto_generichash_update(&h, (const unsigned char *)r->name,
	    strlen(r->name) + 1);
	crypto_generichash_update(&h, (const unsigned char *)key, strlen(key));
	crypto_generichash_final(&h, sum, sizeof(sum));
	sodium_bin2hex(out, KEY_SIZE, sum, sizeof(sum));
}

/* Its connection, without a transaction and free to write; or NULL. */
static struct stile_db *
connection(struct stile_req *r)
{
	struct stile_db	*db;
	enum stile_tx	 tx;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (r->db != NULL && r->db->begun) {
		stile_fail(r, 500, "stile_throttle() with the database has to "
		    "come before the first statement of a request");
		return NULL;
	}
	if (r->db == NULL)
		return stile_db(r);	/* fails */
	tx = r->db->tx;
	r->db->tx = STILE_TX_NONE;
	db = stile_db(r);
	r->db->tx = tx;
	return db;
}

static enum stile_err
ask(struct stile_db *db, const char *sql, struct stile_args args,
    struct throttle_count *c, struct stile_error *e)
{
	struct stile_stmt	*st;
	enum stile_err		 rc;
	int			 n;

	if ((rc = stile_db_query(db, sql, args, &st, e)) != STILE_OK)
		return rc;
	if ((n = stile_stmt_step(st, e)) == 1) {
		c->until = stile_stmt_value(st, 0).u.i;
		c->used = stile_stmt_value(st, 1).u.i;
		n = stile_stmt_step(st, e);
	}
	stile_stmt_done(st);
	return n < 0 ? (enum stile_err)n : STILE_OK;
}

/* What is over goes now and then. */
static void
clean(struct stile_db *db, int64_t now)
{
	unsigned char	chance;

	if (stile__random(&chance, sizeof(chance)) == STILE_OK &&
	    chance % CLEAN_EACH == 0)
		stile_db_exec(db, "DELETE FROM stile_throttle WHERE "
		    "until_us < ?", STILE_ARGS(now), NULL, NULL);
}

static enum stile_err
count(struct stile_db *db, const struct stile_throttle_rule *rule,
    const char *name, int64_t now, struct throttle_count *c,
    struct stile_error *e)
{
	int64_t	each = stile__throttle_each(rule);
	int64_t	last = now + stile__throttle_most(rule) - each;

	if (rule->kind == STILE_WINDOW)
		return ask(db, window_sql, STILE_ARGS(name,
		    now + rule->seconds * 1000000, now, now), c, e);
	return ask(db, bucket_sql, STILE_ARGS(name, now + each, now,
	    last, each, last), c, e);
}

bool
stile__throttle_in_db(struct stile_req *r,
    const struct stile_throttle_rule *rule, const char *key, int64_t now,
    struct throttle_count *c)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	char			 name[KEY_SIZE];
	bool			 read_only, ok;

	*c = (struct throttle_count){ 0 };
	if ((db = connection(r)) == NULL)
		return false;
	name_of(rule, key, name);
	read_only = db->read_only;
	db->read_only = false;
	ok = count(db, rule, name, now, c, &e) == STILE_OK;
	if (ok)
		clean(db, now);
	db->read_only = read_only;
	if (!ok)
		stile__db_fail(r, &e);
	return ok && (rule->kind == STILE_WINDOW ? c->used <= rule->limit :
	    c->used == 1);
}

static enum stile_err
drop(struct stile_db *db, void *arg, struct stile_error *e)
{
	return stile_db_exec(db, "DELETE FROM stile_throttle WHERE key = ?",
	    STILE_ARGS((const char *)arg), NULL, e);
}

/*
 * In the request's transaction, if there is one: who fails does not forget.
 * Inside of a savepoint, for a count that stays is no reason to fail.
 */
void
stile__throttle_drop_in_db(struct stile_req *r,
    const struct stile_throttle_rule *rule, const char *key)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	char			 name[KEY_SIZE];
	bool			 read_only;

	if ((db = stile_db(r)) == NULL)
		return;
	name_of(rule, key, name);
	read_only = db->read_only;
	db->read_only = false;
	if (stile_db_transaction(db, STILE_TX_WRITE, drop, name, &e) !=
	    STILE_OK)
		stile_req_log(r, STILE_WARN, "a count of throttling stays",
		    STILE_ARGS("cause", e.detail));
	db->read_only = read_only;
}
