/* SPDX-License-Identifier: ISC */
/* A user's sessions: to be seen, and to be ended one by one or all. */
#include "base/priv.h"

#include <sodium.h>

#include "stile/arena.h"
#include "stile/db.h"
#include "stile/req.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "guard/session.h"
#include "http/req.h"
#include "base/banned.h"

#define ID_BYTES	8	/* of the hash: it tells nobody the rest */
#define ID_TEXT		(2 * ID_BYTES + 1)

struct row {
	struct stile_str	hash;
	int64_t			created, seen, expires;
	const char		*address, *agent;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, hash),
	STILE_COLUMN(struct row, created),
	STILE_COLUMN(struct row, seen),
	STILE_COLUMN(struct row, expires),
	STILE_COLUMN(struct row, address),
	STILE_COLUMN(struct row, agent),
	{ 0 }
};

static const struct row *
read_rows(struct stile_req *r, int64_t user, size_t *n)
{
	return stile_select_all(r, columns, sizeof(struct row), n,
	    "SELECT id AS hash, created, seen, expires, address, agent"
	    " FROM stile_session WHERE user_id = ? AND expires > ?"
	    " AND seen > ? ORDER BY seen DESC, id",
	    STILE_ARGS(user, session_now(), session_now() - session_idle(r)));
}

static void
name_row(const struct row *row, char id[ID_TEXT])
{
	sodium_bin2hex(id, ID_TEXT, (const unsigned char *)row->hash.p,
	    row->hash.len < ID_BYTES ? row->hash.len : ID_BYTES);
}

static bool
is_current(const struct session *s, const struct row *row)
{
	return s->found && row->hash.len == sizeof(s->hash) &&
	    memcmp(row->hash.p, s->hash, sizeof(s->hash)) == 0;
}

const struct stile_session *
stile_session_list(struct stile_req *r, int64_t user, size_t *n)
{
	const struct session	*s = session_of(r);
	const struct row	*rows;
	struct stile_session	*list;
	char			*ids;
	size_t			 i;

	*n = 0;
	if (s == NULL || (rows = read_rows(r, user, n)) == NULL)
		return NULL;
	list = stile_arena_alloc(r->arena, *n + 1, sizeof(*list));
	ids = stile_arena_alloc(r->arena, *n + 1, ID_TEXT);
	if (list == NULL || ids == NULL) {
		*n = 0;
		stile__fail_nomem(r);
		return NULL;
	}
	for (i = 0; i < *n; i++) {
		name_row(&rows[i], ids + i * ID_TEXT);
		list[i] = (struct stile_session){
			.id = ids + i * ID_TEXT,
			.created = rows[i].created * 1000,
			.seen = rows[i].seen * 1000,
			.expires = rows[i].expires * 1000,
			.address = rows[i].address, .agent = rows[i].agent,
			.current = is_current(s, &rows[i]),
		};
	}
	return list;
}

int64_t
stile_session_end(struct stile_req *r, int64_t user, const char *id)
{
	const struct session	*s = session_of(r);
	const struct row	*rows;
	char			 name[ID_TEXT];
	size_t			 i, n;
	int64_t			 ended = 0;

	if (id == NULL || s == NULL ||
	    (rows = read_rows(r, user, &n)) == NULL)
		return 0;
	for (i = 0; i < n; i++) {
		name_row(&rows[i], name);
		if (strcmp(name, id) != 0)
			continue;
		if (is_current(s, &rows[i]))
			stile_session_logout(r);
		ended += stile_exec(r, "DELETE FROM stile_session"
		    " WHERE id = ?", STILE_ARGS(stile_blob(rows[i].hash.p,
		    rows[i].hash.len)));
	}
	return ended;
}

int64_t
stile_session_end_all(struct stile_req *r, int64_t user)
{
	if (session_of(r) == NULL)
		return 0;
	if (stile_session_user(r) == user)
		stile_session_logout(r);
	return stile_exec(r, "DELETE FROM stile_session WHERE user_id = ?",
	    STILE_ARGS(user));
}

int64_t
stile_session_end_others(struct stile_req *r, int64_t user)
{
	const struct session	*s = session_of(r);

	if (s == NULL)
		return 0;
	return stile_exec(r, "DELETE FROM stile_session WHERE user_id = ?"
	    " AND id <> ?", STILE_ARGS(user,
	    stile_blob(s->hash, sizeof(s->hash))));
}
