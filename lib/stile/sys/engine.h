/* SPDX-License-Identifier: ISC */
/*
 * Extension point: a database engine behind a table of functions.  Callers go
 * through <stile/db.h>, which takes statements apart, keeps them, and counts
 * transactions.  May change in a minor release.
 */
#ifndef STILE_SYS_ENGINE_H
#define STILE_SYS_ENGINE_H

#include <stile/admin.h>
#include <stile/db.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STILE_ENGINE_VERSION	2

/* How an engine's SQL differs where the library writes some itself. */
enum stile_dialect { STILE_SQLITE, STILE_POSTGRESQL };

struct stile_engine_open {
	enum stile_db_mode	 mode;
	int			 busy_ms;	/* to wait for a lock */
	bool			 durable;	/* a COMMIT waits for the disk */
	struct stile_group	*group;		/* of commits, or NULL */
};

struct stile_engine {
	unsigned	   version;
	const char	  *name;	/* the DSN's scheme */
	enum stile_dialect dialect;

	/* What stands behind "NAME:" in the DSN. */
	enum stile_err	(*open)(const char *where,
			    const struct stile_engine_open *, void **ret,
			    struct stile_error *);
	void		(*close)(void *conn);
	/* Whether it can be used still; without a round trip. */
	bool		(*alive)(void *conn);
	/* End statements with STILE_ETIME while stop() of arg is true. */
	void		(*watch)(void *conn, bool (*stop)(const void *arg),
			    const void *arg);

	/* One statement; its places are ?1, ?2 in SQLite and $1, $2 in
	 * PostgreSQL.  A cause has its constraint and columns. */
	enum stile_err	(*prepare)(void *conn, struct stile_str sql,
			    size_t nplaces, void **ret, struct stile_error *);
	enum stile_err	(*bind)(void *stmt, size_t place, struct stile_value,
			    struct stile_error *);
	/* 1 a row, 0 the end, below 0 an enum stile_err. */
	int		(*step)(void *stmt, struct stile_error *);
	size_t		(*columns)(void *stmt);
	const char	*(*column)(void *stmt, size_t i);
	/* Borrowed until the next step or reset. */
	struct stile_value (*value)(void *stmt, size_t i);
	/* Rows that it has changed since its last reset. */
	int64_t		(*changed)(void *stmt);
	void		(*reset)(void *stmt);
	void		(*finish)(void *stmt);
	/* Whether it writes; NULL: as its first words say. */
	bool		(*writes)(void *stmt);

	/* Several statements without arguments.  Inside a transaction they
	 * must not begin or end one: STILE_EINVAL, before such a one is run. */
	enum stile_err	(*script)(void *conn, const char *sql, bool inside,
			    struct stile_error *);
	enum stile_err	(*begin)(void *conn, enum stile_tx,
			    struct stile_error *);
	enum stile_err	(*commit)(void *conn, struct stile_error *);
	void		(*rollback)(void *conn);
	bool		(*in_transaction)(void *conn);

	/* Send it as it is bound, without waiting; then, once for each that
	 * was sent, make its rows those that step() has.  NULL: it cannot. */
	enum stile_err	(*queue)(void *stmt, struct stile_error *);
	enum stile_err	(*collect)(void *stmt, struct stile_error *);

	/* Messages between connections; NULL: it has none. */
	enum stile_err	(*notify)(void *conn, const char *channel,
			    const char *payload, struct stile_error *);
	enum stile_err	(*listen)(void *conn, const char *channel,
			    struct stile_error *);
	/* 1 with a message, borrowed until the next call; 0 without one in
	 * time, below 0 an enum stile_err. */
	int		(*wait)(void *conn, int ms, struct stile_note *,
			    struct stile_error *);

	/* One at a time may migrate: run in its transaction first. */
	const char	 *lock_sql;

	/* All of it as of now into an empty file; NULL: it cannot. */
	enum stile_err	(*backup)(void *conn, const char *path,
			    stile_progress_fn, void *arg,
			    struct stile_error *);
	/* Whether triggers fire on this connection; NULL: by SQL. */
	void		(*triggers)(void *conn, bool on);

	/* Whether it can be read: to run; and whether whoever opens it now has
	 * another one, or none; NULL: that cannot be. */
	const char	 *probe_sql;
	bool		(*moved)(void *conn);
};

/* What a module has to export, by this name, if it is to be loaded. */
#define STILE_ENGINE_SYMBOL	"stile_engine"

#ifdef __cplusplus
}
#endif
#endif
