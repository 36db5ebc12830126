/* SPDX-License-Identifier: ISC */
/*
 * Extension point: a database engine behind a table of functions.  Callers go
 * through <stile/db.h>, which checks arguments and keeps statements.  May
 * change in a minor release.
 */
#ifndef STILE_SYS_ENGINE_H
#define STILE_SYS_ENGINE_H

#include <stile/db.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STILE_ENGINE_VERSION	1

struct stile_engine {
	unsigned	  version;
	const char	 *name;		/* the DSN's scheme */

	enum stile_err	(*open)(const char *where, enum stile_db_mode,
			    int busy_ms, void **ret, struct stile_error *);
	void		(*close)(void *conn);

	/* One statement with '?' for each argument. */
	enum stile_err	(*prepare)(void *conn, struct stile_str sql, void **ret,
			    struct stile_error *);
	enum stile_err	(*bind)(void *stmt, size_t pos, struct stile_value,
			    struct stile_error *);
	size_t		(*arguments)(void *stmt);
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

	/* Several statements without arguments.  Inside a transaction they
	 * must not begin or end one: STILE_EINVAL, before such a one is run. */
	enum stile_err	(*script)(void *conn, const char *sql, bool inside,
			    struct stile_error *);
	bool		(*in_transaction)(void *conn);

	/* End statements with STILE_ETIME while stop() of arg is true. */
	void		(*watch)(void *conn, bool (*stop)(const void *arg),
			    const void *arg);
};

#ifdef __cplusplus
}
#endif
#endif
