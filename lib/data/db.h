/* SPDX-License-Identifier: ISC */
#ifndef DATA_DB_H
#define DATA_DB_H

#include <stdatomic.h>

#include "stile/db.h"
#include "stile/log.h"
#include "stile/sys/engine.h"

extern const struct stile_engine stile__sqlite;

/* A thread's connection, opened when a request first asks for it. */
struct stile_db_pool {
	const char	*dsn;		/* NULL: the application has none */
	int		 busy_ms;
	const atomic_bool *late;	/* statements end once it is set */
	struct stile_db	*db;
};

/* A statement that runs while this is true ends with STILE_ETIME. */
void	 stile__db_watch(struct stile_db *, const atomic_bool *late);

bool	 stile__db_in_transaction(struct stile_db *);

/* A script that must stay inside the transaction that is open. */
enum stile_err	 stile__db_script_inside(struct stile_db *, const char *sql,
		    struct stile_error *);

/* After a request: nothing stays open.  False if a transaction had to go. */
bool	 stile__db_settle(struct stile_db_pool *);
#endif
