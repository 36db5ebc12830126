/* SPDX-License-Identifier: ISC */
/* SQL on the request's connection, and on one of your own. */
#ifndef STILE_DB_H
#define STILE_DB_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_db;
struct stile_req;
struct stile_schema;
struct stile_stmt;

/* ---- on a request: a failure is the request's --------------------- */

/* Run a statement; rows changed, 0 also when the request has failed. */
STILE_API int64_t stile_exec(struct stile_req *, const char *sql,
		    struct stile_args);

/* The same statement n times, sent together; rows changed by all. */
STILE_API int64_t stile_exec_many(struct stile_req *, const char *sql,
		    const struct stile_args *, size_t n);

/* The same once for each item of a list, which is its last argument; an absent
 * list has none.  And the first column of all rows, as a list. */
STILE_API int64_t stile_exec_each(struct stile_req *, const char *sql,
		    struct stile_args, struct stile_value list);
STILE_API struct stile_value stile_select_list(struct stile_req *,
		    const char *sql, struct stile_args);

/* A value as JSON, for a column of it; absent and null stay what they are. */
STILE_API struct stile_value stile_as_json(struct stile_req *,
		    struct stile_value);

/* The first column of the first row; the request fails with 404 without one. */
STILE_API int64_t stile_select_int(struct stile_req *, const char *sql,
		    struct stile_args);

/* The first row into a struct, 404 without one; or all rows, as an array in
 * the request's memory with *n of them, each size bytes.  Each property that
 * has a place is filled from the column of its name. */
STILE_API int	stile_select(struct stile_req *, const struct stile_schema *,
		    void *ret, const char *sql, struct stile_args);
STILE_API void	*stile_select_all(struct stile_req *,
		    const struct stile_schema *, size_t size, size_t *n,
		    const char *sql, struct stile_args);

/* The first row in the request's memory; NULL, without a failure, if there is
 * none, and with the request failed. */
STILE_API void	*stile_select_first(struct stile_req *,
		    const struct stile_schema *, size_t size,
		    const char *sql, struct stile_args);

/* The same statement n times; ret[i] gets the first row of args[i]. */
STILE_API int	stile_select_many(struct stile_req *,
		    const struct stile_schema *, size_t size, void *ret,
		    const char *sql, const struct stile_args *, size_t n);

/* All rows as an array of objects by a schema or NULL, as stile_send_rows_as()
 * sends them, for a member of an answer. */
STILE_API struct stile_value stile_select_json(struct stile_req *,
		    const struct stile_schema *, const char *sql,
		    struct stile_args);

/* The first row as an object, or all as an array; the request's own. */
STILE_API struct json_object *stile_select_object(struct stile_req *,
		    const char *sql, struct stile_args);
STILE_API struct json_object *stile_select_array(struct stile_req *,
		    const char *sql, struct stile_args);

/* Answer with the first row as a JSON object (404 without one), or with all
 * rows as a JSON array. */
STILE_API int	stile_send_row(struct stile_req *, int status, const char *sql,
		    struct stile_args);
STILE_API int	stile_send_rows(struct stile_req *, int status,
		    const char *sql, struct stile_args);

/* How a list is cut into pages. */
struct stile_page {
	const char	*sql;		/* without LIMIT */
	const char	*key;		/* "id", "created, id"; NULL: by offset */
	bool		 descending;	/* the key */
	int64_t		 limit;		/* rows, unless asked for; 0: 20 */
	int64_t		 limit_max;	/* 0: 100 */
	bool		 total;		/* count all rows too */
	bool		 bare;		/* an array, and the rest in headers */
	const struct stile_schema *as;	/* each row; NULL: as it is */
};

/* A page of rows, with the places of the pages beside it. */
STILE_API int	stile_send_page(struct stile_req *, int status,
		    const struct stile_page *, struct stile_args);

/* What a route, or a transaction by hand, wants of the database. */
enum stile_tx {
	STILE_TX_AUTO,		/* GET, HEAD: READ; others: WRITE */
	STILE_TX_NONE,		/* each statement by itself */
	STILE_TX_READ,		/* the same, and none that writes */
	STILE_TX_WRITE,		/* one transaction */
	STILE_TX_SERIALIZABLE	/* as if it were alone */
};

/* Run fn in a transaction, or in a savepoint of the one that is open; again
 * where others were in its way.  It is undone if the request fails. */
STILE_API int	stile_transaction(struct stile_req *, enum stile_tx,
		    int (*fn)(struct stile_req *, void *arg), void *arg);

/* The request's connection; NULL with the request failed. */
STILE_API struct stile_db *stile_db(struct stile_req *);

/* ---- on a connection of your own, for one thread ------------------ */

enum stile_db_mode {
	STILE_DB_READWRITE,	/* it has to be there */
	STILE_DB_READONLY,
	STILE_DB_CREATE		/* make it where it is not */
};

/* "sqlite:PATH" or "postgresql:host=/run/postgresql dbname=notes". */
STILE_API enum stile_err stile_db_open(const char *dsn, enum stile_db_mode,
		    int busy_ms, struct stile_db **ret, struct stile_error *)
		    STILE_MUSTUSE;
STILE_API void	stile_db_close(struct stile_db *);

/* One statement; *changed may be NULL.  Or several without arguments. */
STILE_API enum stile_err stile_db_exec(struct stile_db *, const char *sql,
		    struct stile_args, int64_t *changed, struct stile_error *);
STILE_API enum stile_err stile_db_script(struct stile_db *, const char *sql,
		    struct stile_error *);

/* A statement whose rows you step through, until stile_stmt_done(). */
STILE_API enum stile_err stile_db_query(struct stile_db *, const char *sql,
		    struct stile_args, struct stile_stmt **ret,
		    struct stile_error *) STILE_MUSTUSE;
/* 1 for a row, 0 at the end, below 0 an enum stile_err. */
STILE_API int	stile_stmt_step(struct stile_stmt *, struct stile_error *);
STILE_API size_t stile_stmt_columns(struct stile_stmt *);
STILE_API const char *stile_stmt_column(struct stile_stmt *, size_t i);
STILE_API struct stile_value stile_stmt_value(struct stile_stmt *, size_t i);
/* By the column's name; NULL also where there is none of it. */
STILE_API struct stile_value stile_stmt_named(struct stile_stmt *,
		    const char *name);
STILE_API void	stile_stmt_done(struct stile_stmt *);

/* The same statement n times, sent together; fn, or NULL, gets each row of
 * args[i] and returns below 0 to stop. */
typedef enum stile_err (*stile_row_fn)(void *arg, size_t i,
		    struct stile_stmt *, struct stile_error *);
STILE_API enum stile_err stile_db_many(struct stile_db *, const char *sql,
		    const struct stile_args *, size_t n, stile_row_fn fn,
		    void *arg, int64_t *changed, struct stile_error *);

/* As stile_transaction(), by what fn returns. */
STILE_API enum stile_err stile_db_transaction(struct stile_db *, enum stile_tx,
		    enum stile_err (*fn)(struct stile_db *, void *arg,
		    struct stile_error *), void *arg, struct stile_error *);

/* "sqlite" or "postgresql". */
STILE_API const char *stile_db_engine(const struct stile_db *);

/* A message to all who listen; STILE_ENOSYS where the engine has none. */
struct stile_note {
	const char	*channel, *payload;
};
STILE_API enum stile_err stile_db_notify(struct stile_db *, const char *channel,
		    const char *payload, struct stile_error *);
STILE_API enum stile_err stile_db_listen(struct stile_db *, const char *channel,
		    struct stile_error *);
STILE_API int	stile_db_wait(struct stile_db *, int ms, struct stile_note *,
		    struct stile_error *);

#ifdef __cplusplus
}
#endif
#endif
