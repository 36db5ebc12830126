/* SPDX-License-Identifier: ISC */
#ifndef DATA_DB_H
#define DATA_DB_H

#include "stile/db.h"
#include "stile/log.h"
#include "stile/sys/engine.h"
#include "data/group.h"
#include "data/sql.h"

#define STMT_CACHE	64

struct req_clock;

struct stile_stmt {
	struct stile_db		*db;
	void			*h;
	char			*key;	/* as the caller wrote it */
	struct sql		 sql;
	uint64_t		 used;	/* the cache's clock at the last use */
	bool			 busy;	/* it is in the list of the open ones */
	bool			 cached;
	struct stile_stmt	*next, **prev;
};

struct stile_db {
	const struct stile_engine	*engine;
	void				*h;
	bool				 read_only;	/* refuse to write */
	unsigned			 savepoints;
	uint64_t			 clock;
	struct stile_stmt		*open;
	size_t				 ncached;
	struct stile_stmt		*cache[STMT_CACHE];
};

/* A thread's connection, opened when a request first asks for it. */
struct stile_db_pool {
	const char		*dsn;	/* NULL: the application has none */
	struct stile_engine_open how;
	const struct req_clock	*clock;	/* statements end once it is late */
	struct stile_db		*db;
	/* Of the request at hand. */
	enum stile_tx		 tx;
	bool			 used;
	bool			 begun;	/* its transaction */
	bool			 aside;	/* what is read now does not begin it */
};

extern const struct stile_engine stile__sqlite;

/* The engine of a DSN, and what stands behind its name. */
enum stile_err	 stile__engine_find(const char *dsn,
		    const struct stile_engine **ret, const char **where,
		    struct stile_error *);

/* For tests: one more engine, before any of its data sources is opened. */
void	 stile__engine_add(const struct stile_engine *);

enum stile_err	 stile__db_open(const char *dsn,
		    const struct stile_engine_open *, struct stile_db **ret,
		    struct stile_error *);

/* A statement that runs while this is late ends with STILE_ETIME. */
void	 stile__db_watch(struct stile_db *, const struct req_clock *);

bool	 stile__db_in_transaction(struct stile_db *);

/* Whether it can be read, and is what others would open now. */
enum stile_err	 stile__db_probe(struct stile_db *, struct stile_error *);

/* A script that must stay inside the transaction that is open. */
enum stile_err	 stile__db_script_inside(struct stile_db *, const char *sql,
		    struct stile_error *);

/* As stile_db_transaction(), outside of any, and without trying again. */
enum stile_err	 stile__db_once(struct stile_db *, enum stile_tx,
		    enum stile_err (*fn)(struct stile_db *, void *arg,
		    struct stile_error *), void *arg, struct stile_error *);

/* Fail with a database's cause: names are for the log, and for our fields. */
int	 stile__db_fail(struct stile_req *, struct stile_error *);

/*
 * A request begins, with what its route says; its transaction, if it has
 * begun one, ends; and nothing stays open.  The last is false if something was.
 */
void	 stile__db_request(struct stile_db_pool *, enum stile_tx);
int	 stile__db_end(struct stile_req *, bool commit);
bool	 stile__db_settle(struct stile_db_pool *);

/*
 * While it is on, stile_db() does not begin the request's transaction, so that
 * who asks can be looked up without a lock that others wait for; for reading
 * alone.  Returns what it was, to be put back.
 */
bool	 stile__db_aside(struct stile_req *, bool on);
#endif
