/* SPDX-License-Identifier: ISC */
#ifndef DATA_ROWS_H
#define DATA_ROWS_H

#include "stile/db.h"

#define ROWS_BYTES_MAX	(64 * 1024 * 1024)	/* of an answer made of rows */

struct stile_buf;

/* The statement at its first row: 1, 0 without one, below 0 with a failure;
 * and at the next.  *st is NULL or to be ended by stile_stmt_done(). */
int	stile__rows_start(struct stile_req *, const char *sql,
	    struct stile_args, struct stile_stmt **st);
int	stile__rows_next(struct stile_req *, struct stile_stmt *);

/* What a value of the row at hand points to, as the request's own. */
bool	stile__row_keep(struct stile_req *, struct stile_value *);

/* An array with twice the room, and the n items that are in use; NULL with the
 * request failed. */
void	*stile__rows_grow(struct stile_req *, void *rows, size_t n, size_t *room,
	    size_t size);

/* A column that is written: what stands before its value, '{"id":' or
 * ',"author":{"name":', and what its schema makes of it, if there is one. */
struct row_head {
	size_t				 column;
	struct stile_str		 text;
	const struct stile_schema	*as;
};

struct row_heads {
	struct stile_stmt	*st;
	size_t			 n;
	struct row_head		*v;
	struct stile_str	 end;	/* behind the last one: '}' */
};

/* Of a statement at its first row, with a schema or NULL; false with the
 * request failed. */
bool	stile__row_heads(struct stile_req *, struct stile_stmt *,
	    const struct stile_schema *, struct row_heads *ret);

/* The row at hand as a JSON object. */
void	stile__row_write(struct stile_buf *, const struct row_heads *);

/* The first one, or 404; NULL with the request failed. */
struct stile_buf *stile__first_json(struct stile_req *,
	    const struct stile_schema *, const char *sql, struct stile_args);

/* All of them as an array; NULL with the request failed. */
struct stile_buf *stile__rows_json(struct stile_req *,
	    const struct stile_schema *, const char *sql, struct stile_args);
#endif
