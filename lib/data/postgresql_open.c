/* SPDX-License-Identifier: ISC */
/*
 * A connection to PostgreSQL and what it is set to, which is sent with its
 * first message and costs no round trip of its own.
 *
 * A pooler that gives a server's connection to each transaction knows neither
 * our settings nor our prepared statements: with "prepare=no" in the data
 * source there are none, and each transaction brings its settings along.
 */
#include "base/priv.h"

#include <poll.h>

#include "stile/num.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/postgresql.h"
#include "base/banned.h"

#define CONNECT_SECS	5
#define OPTIONS_MAX	1024
#define KEYWORDS_MAX	100	/* that libpq knows; it has 40 */

/* ---- our own setting, which libpq does not know -------------------------------- */

#define SPACE	" \t\r\n"

struct setting {
	char			*at, *end;
	struct stile_str	 value;
};

/* Behind a value, which may be in quotes and have backslashes. */
static char *
skip_value(char *p)
{
	bool	quoted = *p == '\'';

	for (p += quoted; *p != '\0'; p++) {
		if (quoted ? *p == '\'' : strchr(SPACE, *p) != NULL)
			break;
		if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return *p == '\'' ? p + 1 : p;
}

/* "prepare=no" among NAME=VALUE, where libpq lets spaces be around the "=". */
static bool
find_in_words(char *p, struct setting *ret)
{
	for (;;) {
		ret->at = p += strspn(p, SPACE);
		p += strcspn(p, "=");
		if (*p == '\0')
			return false;
		ret->value.p = p + 1 + strspn(p + 1, SPACE);
		ret->end = p = skip_value(p + 1 + strspn(p + 1, SPACE));
		ret->value.len = (size_t)(p - ret->value.p);
		if (strncmp(ret->at, "prepare", 7) == 0 &&
		    ret->at[7 + strspn(ret->at + 7, SPACE)] == '=')
			return true;
	}
}

/* "?prepare=no&" in a URI. */
static bool
find_in_uri(char *p, struct setting *ret)
{
	for (p += strcspn(p, "?"); *p != '\0';) {
		ret->at = ++p;
		p += strcspn(p, "&");
		ret->end = p + (*p == '&');
		if (strncmp(ret->at, "prepare=", 8) == 0) {
			ret->value.p = ret->at + 8;
			ret->value.len = (size_t)(p - ret->value.p);
			return true;
		}
	}
	return false;
}

/* Take it out of where. */
static enum stile_err
take_prepare(char *where, bool *ret, struct stile_error *e)
{
	struct setting	s;

	*ret = true;
	if (!(strstr(where, "://") != NULL ? find_in_uri(where, &s) :
	    find_in_words(where, &s)))
		return STILE_OK;
	*ret = stile_str_eq(s.value, STR("yes"));
	if (!*ret && !stile_str_eq(s.value, STR("no")))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "postgresql: prepare is \"yes\" or \"no\"");
	memmove(s.at, s.end, strlen(s.end) + 1);
	return STILE_OK;
}

/* ---- settings ------------------------------------------------------------------ */

static const char *
given(const PQconninfoOption *all, const char *name)
{
	for (; all->keyword != NULL; all++)
		if (strcmp(all->keyword, name) == 0)
			return all->val;
	return NULL;
}

/* In front of what the data source says, which stands where both do. */
static bool
set_options(const struct stile_engine_open *how, const char *more,
    char out[OPTIONS_MAX])
{
	return snprintf(out, OPTIONS_MAX, "-c DateStyle=ISO -c TimeZone=UTC "
	    "-c lock_timeout=%d%s %s",
	    how->busy_ms > 0 ? how->busy_ms : 1,
	    how->mode == STILE_DB_READONLY ?
	    " -c default_transaction_read_only=on" : "",
	    more != NULL ? more : "") < OPTIONS_MAX;
}

static void
set_local(struct conn *c, const struct stile_engine_open *how)
{
	snprintf(c->local, sizeof(c->local),
	    how->mode == STILE_DB_READONLY ?
	    "SELECT set_config('lock_timeout', '%d', true),"
	    " set_config('transaction_read_only', 'on', true)" :
	    "SET LOCAL lock_timeout = %d", how->busy_ms > 0 ? how->busy_ms : 1);
}

/* Notices go nowhere, but the last words of a server that goes. */
static void
on_notice(void *conn, const PGresult *r)
{
	const char	*severity;

	severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (severity != NULL && (strcmp(severity, "FATAL") == 0 ||
	    strcmp(severity, "PANIC") == 0))
		((struct conn *)conn)->lost = true;
}

/* As PQconnectdb(), but with an SQLSTATE in the message of a failure. */
static enum stile_err
connect_by(struct conn *c, const char *const *names, const char *const *values,
    int64_t secs, struct stile_error *e)
{
	PostgresPollingStatusType	state = PGRES_POLLING_WRITING;
	struct pollfd			fd = { .fd = -1 };
	int64_t				left, until;

	if ((c->pg = PQconnectStartParams(names, values, 0)) == NULL)
		return stile__error_nomem(e);
	PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(c->pg, on_notice, c);
	until = stile__mono_us() / 1000 + secs * 1000;
	while (PQstatus(c->pg) != CONNECTION_BAD &&
	    state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		left = until - stile__mono_us() / 1000;
		if (secs > 0 && left <= 0)
			return stile_error_set(e, STILE_EGONE, 0,
			    "postgresql: no connection in %d s", (int)secs);
		fd.fd = PQsocket(c->pg);
		fd.events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (poll(&fd, 1, secs > 0 ? (int)left : -1) > 0)
			state = PQconnectPoll(c->pg);
	}
	if (PQstatus(c->pg) != CONNECTION_OK)
		return pg_error_open(c->pg, e);
	if (PQsetnonblocking(c->pg, 1) != 0)
		return stile__error_nomem(e);
	return STILE_OK;
}

/* What libpq made of the data source, with what we add. */
static enum stile_err
connect_with(struct conn *c, const PQconninfoOption *all,
    const struct stile_engine_open *how, struct stile_error *e)
{
	const PQconninfoOption	*o;
	const char		*names[KEYWORDS_MAX], *values[KEYWORDS_MAX];
	char			 options[OPTIONS_MAX];
	int64_t			 secs = CONNECT_SECS;
	size_t			 n = 0;

	names[n] = "fallback_application_name";
	values[n++] = "stile";
	for (o = all; o->keyword != NULL && n < KEYWORDS_MAX - 3; o++) {
		names[n] = o->keyword;
		values[n++] = o->val;
	}
	/* Of two with one name, the last one stands. */
	names[n] = "client_encoding";
	values[n++] = "UTF8";
	if (c->prepares) {
		if (!set_options(how, given(all, "options"), options))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "postgresql: options is too long");
		names[n] = "options";
		values[n++] = options;
	} else
		set_local(c, how);
	names[n] = values[n] = NULL;
	if (given(all, "connect_timeout") != NULL &&
	    stile_num_int(stile_str(given(all, "connect_timeout")), 0, 1000000,
	    &secs) != STILE_OK)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "postgresql: connect_timeout is no number of seconds");
	return connect_by(c, names, values, secs, e);
}

static enum stile_err
connect_to(struct conn *c, char *where, const struct stile_engine_open *how,
    struct stile_error *e)
{
	PQconninfoOption	*all;
	char			*why = NULL;
	enum stile_err		 rc;

	if ((rc = take_prepare(where, &c->prepares, e)) != STILE_OK)
		return rc;
	if ((all = PQconninfoParse(where, &why)) == NULL) {
		rc = stile_error_set(e, STILE_EINVAL, 500, "postgresql: %.*s",
		    why != NULL ? (int)strcspn(why, "\n") : 0, why);
		PQfreemem(why);
		return rc;
	}
	rc = connect_with(c, all, how, e);
	PQconninfoFree(all);
	return rc;
}

enum stile_err
pg_open(const char *where, const struct stile_engine_open *how, void **ret,
    struct stile_error *e)
{
	struct conn	*c = stile__malloc(sizeof(*c));
	size_t		 n = strlen(where) + 1;
	char		*copy = stile__malloc(n);
	enum stile_err	 rc;

	if (c == NULL || copy == NULL) {
		free(c);
		free(copy);
		return stile__error_nomem(e);
	}
	*c = (struct conn){ .pg = NULL };
	memcpy(copy, where, n);
	rc = connect_to(c, copy, how, e);
	free(copy);
	if (rc != STILE_OK) {
		pg_close(c);
		return rc;
	}
	*ret = c;
	return STILE_OK;
}

void
pg_close(void *conn)
{
	struct conn	*c = conn;

	PQfreemem(c->note);
	PQfinish(c->pg);
	free(c);
}

/* An idle connection has nothing to say but its end, and a message. */
bool
pg_alive(void *conn)
{
	struct conn	*c = conn;
	struct pollfd	 fd = { .fd = -1, .events = POLLIN };

	if (c->lost || PQstatus(c->pg) != CONNECTION_OK)
		return false;
	fd.fd = PQsocket(c->pg);
	while (!c->lost && poll(&fd, 1, 0) == 1) {
		if (PQconsumeInput(c->pg) != 1)
			return false;
		/* Reads what came, and calls on_notice(). */
		PQisBusy(c->pg);
	}
	return !c->lost;
}
