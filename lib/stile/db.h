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
struct stile_stmt;

/* Run a statement; rows changed, 0 also when the request has failed. */
STILE_API int64_t stile_exec(struct stile_req *, const char *sql,
		    struct stile_args);

/* The first column of the first row; the request fails with 404 without one. */
STILE_API int64_t stile_select_int(struct stile_req *, const char *sql,
		    struct stile_args);

/* Answer with the first row as a JSON object (404 without one), or with all
 * rows as a JSON array. */
STILE_API int	stile_send_row(struct stile_req *, int status, const char *sql,
		    struct stile_args);
STILE_API int	stile_send_rows(struct stile_req *, int status,
		    const char *sql, struct stile_args);

/* A page of rows: limit and offset are read from the query and bound to the
 * statement's last two places; Link says where the pages beside it are. */
STILE_API int	stile_send_page(struct stile_req *, int status,
		    const char *sql, struct stile_args, int64_t limit,
		    int64_t limit_max);

/* The request's connection; NULL with the request failed. */
STILE_API struct stile_db *stile_db(struct stile_req *);

enum stile_db_mode {
	STILE_DB_READWRITE,	/* it has to be there */
	STILE_DB_READONLY,
	STILE_DB_CREATE		/* make it where it is not */
};

/* A connection of your own, for one thread: "sqlite:PATH". */
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
STILE_API void	stile_stmt_done(struct stile_stmt *);

#ifdef __cplusplus
}
#endif
#endif
