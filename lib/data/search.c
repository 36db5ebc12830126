/* SPDX-License-Identifier: ISC */
/*
 * Full-text search: FTS5 in SQLite, tsvector in PostgreSQL.  What a client
 * types is words to both, never their own language of queries.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/db.h"
#include "stile/search.h"
#include "stile/str.h"
#include "data/db.h"
#include "http/req.h"
#include "base/banned.h"

#define WORDS_MAX	(8 * 1024)	/* bytes, quoted */
#define SQL_BYTES_MAX	(16 * 1024)

struct dialect {
	const char	*sql;		/* with $COLUMNS, $NAME, $TABLE */
	const char	*and;
	char		 quote;		/* around a word; twice inside */
	const char	*escaped;	/* twice inside as well */
	const char	*prefix;	/* behind it */
};

static const struct dialect	dialects[] = {
	[STILE_SQLITE] = {
		"SELECT $COLUMNS FROM (SELECT t.*, s.rank AS stile_rank"
		" FROM $NAME AS s JOIN $TABLE AS t ON t.rowid = s.rowid"
		" WHERE $NAME MATCH ?) ORDER BY stile_rank LIMIT ?",
		" ", '"', "\"", "*",
	},
	[STILE_POSTGRESQL] = {
		"SELECT $COLUMNS FROM (SELECT t.*,"
		" ts_rank(t.$NAME, q.q) AS stile_rank FROM $TABLE AS t,"
		" (SELECT to_tsquery('simple', ?) AS q) AS q"
		" WHERE t.$NAME @@ q.q) AS found ORDER BY stile_rank DESC LIMIT ?",
		" & ", '\'', "'\\", ":*",
	},
};

static void
put_word(struct stile_buf *b, const struct dialect *d, struct stile_str word)
{
	bool	prefix = word.len > 1 && word.p[word.len - 1] == '*';
	size_t	i;

	word.len -= prefix;
	if (stile_buf_view(b).len > 0)
		stile_buf_puts(b, d->and);
	stile_buf_putc(b, d->quote);
	for (i = 0; i < word.len; i++) {
		if (strchr(d->escaped, word.p[i]) != NULL)
			stile_buf_putc(b, word.p[i]);
		stile_buf_putc(b, word.p[i]);
	}
	stile_buf_putc(b, d->quote);
	if (prefix)
		stile_buf_puts(b, d->prefix);
}

static void
put_words(struct stile_buf *b, const struct dialect *d, const char *words)
{
	static const char	space[] = " \t\r\n\f\v";
	struct stile_str	word;

	for (; *words != '\0'; words += word.len) {
		words += strspn(words, space);
		word = (struct stile_str){ words, strcspn(words, space) };
		if (word.len > 0)
			put_word(b, d, word);
	}
}

static void
put_sql(struct stile_buf *b, const char *sql, const struct stile_search *s)
{
	const struct { const char *name, *value; } parts[] = {
		{ "$COLUMNS", s->columns }, { "$NAME", s->name },
		{ "$TABLE", s->table },
	};
	size_t	i, n;

	for (; *sql != '\0'; sql += n) {
		n = 1 + strcspn(sql + 1, "$");
		for (i = 0; i < NELEM(parts); i++)
			if (strncmp(sql, parts[i].name,
			    strlen(parts[i].name)) == 0)
				break;
		if (i < NELEM(parts)) {
			stile_buf_puts(b, parts[i].value);
			n = strlen(parts[i].name);
		} else
			stile_buf_write(b, sql, n);
	}
}

int
stile_send_search(struct stile_req *r, int status, const struct stile_search *s,
    const char *words, int64_t limit)
{
	struct stile_db		*db = stile_db(r);
	const struct dialect	*d;
	struct stile_buf	*sql, *query;

	if (db == NULL)
		return STILE_EFAILED;
	d = &dialects[db->engine->dialect];
	sql = stile_buf_new(r->arena, SQL_BYTES_MAX);
	query = stile_buf_new(r->arena, WORDS_MAX);
	if (sql == NULL || query == NULL)
		return stile__fail_nomem(r);
	put_words(query, d, words != NULL ? words : "");
	if (stile_buf_err(query) != STILE_OK)
		return stile_fail(r, 400, "too many words");
	if (stile_buf_view(query).len == 0)
		return stile_send(r, status, "application/json",
		    STR("[]").p, 2);
	put_sql(sql, d->sql, s);
	if (stile_buf_err(sql) != STILE_OK)
		return stile__fail_nomem(r);
	return stile_send_rows(r, status, stile_buf_view(sql).p,
	    STILE_ARGS(stile_buf_view(query), limit));
}
