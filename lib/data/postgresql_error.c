/* SPDX-License-Identifier: ISC */
/*
 * Errors of PostgreSQL: by their SQLSTATE and fields, never by their words,
 * which are in the server's language.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "data/postgresql.h"
#include "base/banned.h"

/* The first that is at the start of the SQLSTATE stands. */
static const struct {
	const char	*state;
	enum stile_err	 code;
} codes[] = {
	{ "23505", STILE_EUNIQUE },
	{ "23503", STILE_EFOREIGN },
	{ "23502", STILE_ENOTNULL },
	{ "23514", STILE_ECHECK },
	{ "23",	   STILE_ECONSTRAINT },
	/* Values: well formed and out of bounds, or malformed. */
	{ "22001", STILE_ERANGE },	/* too long for varchar(n) */
	{ "22003", STILE_ERANGE },	/* a number */
	{ "22008", STILE_ERANGE },	/* a time */
	{ "22007", STILE_ESYNTAX },	/* a time */
	{ "22021", STILE_ESYNTAX },	/* UTF-8 */
	{ "22030", STILE_ESYNTAX },	/* JSON: a name twice */
	{ "22032", STILE_ESYNTAX },	/* JSON */
	{ "22P02", STILE_ESYNTAX },	/* a text that is none of the type */
	{ "22P03", STILE_ESYNTAX },	/* the same for bytes */
	{ "22P05", STILE_ESYNTAX },	/* U+0000 in jsonb */
	{ "25006", STILE_EREADONLY },
	{ "40001", STILE_ECONFLICT },
	{ "40P01", STILE_ECONFLICT },
	{ "42501", STILE_EDB },		/* no rights, of right SQL */
	{ "42",	   STILE_ESQL },
	{ "53100", STILE_EFULL },
	{ "53200", STILE_ENOMEM },
	{ "53300", STILE_EBUSY },	/* too many connections */
	{ "54",	   STILE_ETOOBIG },
	{ "55P03", STILE_EBUSY },
	{ "57014", STILE_ETIME },
	{ "57P",   STILE_EGONE },	/* shut down, crashed, starting up */
	{ "08",	   STILE_EGONE },
	{ "58",	   STILE_EIO },
	{ "3D000", STILE_ENOTFOUND },
};

static enum stile_err
code_of(const char *state)
{
	size_t	i;

	for (i = 0; i < NELEM(codes); i++)
		if (strncmp(state, codes[i].state,
		    strlen(codes[i].state)) == 0)
			return codes[i].code;
	return STILE_EDB;
}

/* In one line. */
static enum stile_err
say(enum stile_err code, const char *msg, size_t n, const char *hint,
    struct stile_error *e)
{
	char	*c;

	while (n > 0 && msg[n - 1] == '\n')
		n--;
	if (e == NULL || e->code != STILE_OK)
		return code;
	stile_error_set(e, code, 0, "postgresql: %.*s%s", (int)n, msg, hint);
	for (c = e->detail; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return code;
}

static const char *
field(const PGresult *r, int which)
{
	const char	*s = PQresultErrorField(r, which);

	return s != NULL ? s : "";
}

/*
 * "Key (a, b)=(1, 2)" in whatever language: what is in front of ")=(", back to
 * the parenthesis that belongs to it.
 */
static void
name_key(const char *detail, struct stile_error *e)
{
	const char	*end = strstr(detail, ")=("), *p;
	int		 depth = 1;

	for (p = end; p != NULL && p > detail && depth > 0;) {
		p--;
		depth += *p == ')' ? 1 : *p == '(' ? -1 : 0;
	}
	if (p != NULL && depth == 0)
		snprintf(e->column, sizeof(e->column), "%.*s",
		    (int)(end - p - 1), p + 1);
}

static void
name_rule(const PGresult *r, struct stile_error *e)
{
	snprintf(e->constraint, sizeof(e->constraint), "%s",
	    field(r, PG_DIAG_CONSTRAINT_NAME));
	snprintf(e->column, sizeof(e->column), "%s",
	    field(r, PG_DIAG_COLUMN_NAME));
	if (e->code == STILE_EUNIQUE || e->code == STILE_EFOREIGN)
		name_key(field(r, PG_DIAG_MESSAGE_DETAIL), e);
}

/* A name that another connection has, or has not, prepared. */
static const char *
hint_of(const char *state)
{
	if (strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0)
		return " (behind a pooler of transactions, the data source "
		    "has to say prepare=no)";
	return "";
}

enum stile_err
pg_error(struct conn *c, const PGresult *r, struct stile_error *e)
{
	const char	*state, *msg;
	bool		 fresh = e != NULL && e->code == STILE_OK;
	enum stile_err	 code;

	if (r == NULL && pg_must_stop(c))
		return stile_error_set(e, STILE_ETIME, 503,
		    "postgresql: the time was up");
	if (r == NULL) {
		msg = PQerrorMessage(c->pg);
		if (*msg == '\0')
			msg = "the connection was lost";
		return say(STILE_EGONE, msg, strlen(msg), "", e);
	}
	state = field(r, PG_DIAG_SQLSTATE);
	msg = field(r, PG_DIAG_MESSAGE_PRIMARY);
	if (*msg == '\0')
		msg = PQresultErrorMessage(r);
	/* libpq's own errors have no SQLSTATE. */
	code = *state != '\0' ? code_of(state) :
	    PQstatus(c->pg) == CONNECTION_BAD ? STILE_EGONE : STILE_EDB;
	if (strcmp(state, "26000") == 0 || code == STILE_EGONE)
		c->lost = true;
	say(code, msg, strlen(msg), hint_of(state), e);
	if (fresh && strncmp(state, "23", 2) == 0)
		name_rule(r, e);
	return code;
}

/* "...FATAL:  3D000: the text\nLOCATION: ..." */
enum stile_err
pg_error_open(PGconn *pg, struct stile_error *e)
{
	const char	*all = PQerrorMessage(pg), *p = all, *hint = "";
	char		 name[100] = "";
	enum stile_err	 code = STILE_EGONE;
	size_t		 n = strlen(all);

	while ((p = strstr(p, ":  ")) != NULL) {
		p += 3;
		if (strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 ||
		    p[5] != ':')
			continue;
		code = code_of(p);
		all = p + strlen("3D000: ");
		n = strcspn(all, "\n");
		break;
	}
	if (code == STILE_ENOTFOUND) {
		snprintf(name, sizeof(name), "; \"createdb %.60s\" makes it",
		    PQdb(pg));
		hint = name;
	}
	if (e != NULL && e->code == STILE_OK) {
		say(code, all, n, hint, e);
		e->status = code == STILE_ENOTFOUND ? 500 : 0;
	}
	return code;
}
