/* SPDX-License-Identifier: ISC */
/* Between the files of the PostgreSQL module. */
#ifndef DATA_POSTGRESQL_H
#define DATA_POSTGRESQL_H

#include <libpq-fe.h>

#include "stile/sys/engine.h"
#include "data/sql.h"

#define DROP_MAX	64

struct conn {
	PGconn		*pg;
	bool		 lost;		/* nothing can be said on it any more */
	bool		 prepares;	/* statements stay, by their names */
	unsigned long	 names;		/* given so far */
	unsigned long	 drop[DROP_MAX];	/* names that are not used */
	size_t		 ndrop;
	const char	*owed;		/* a BEGIN that is not sent yet, or NULL */
	bool		 begun;		/* begin(), and neither of its ends */
	char		 local[128];	/* settings of each transaction, or "" */
	bool		 alone;		/* what is sent is not in a transaction */
	bool		(*stop)(const void *);	/* NULL: statements never */
	const void	*stop_arg;
	PGnotify	*note;		/* the last one that was given out */
};

/* An argument in its statement's memory; a text there ends with a NUL. */
struct pg_place {
	size_t	at;
	int	len;
	bool	null, binary;
};

/* What was sent together, and has come back. */
struct batch {
	PGresult	**v;
	size_t		 n, size;
	size_t		 ahead;		/* those before the first of a statement */
};

struct pg_stmt {
	struct conn	*conn;
	char		*sql;
	unsigned long	 name;		/* on the server; 0: it has none */
	struct pg_place	*places;
	size_t		 nplaces;
	char		*data;		/* of the arguments */
	size_t		 len, size;
	bool		 sent;		/* the next argument begins anew */
	bool		 queued;	/* sent, and its end is not */
	struct batch	 batch;
	size_t		 collected;	/* of those that were sent */
	enum stile_err	 rc;		/* why there are no rows, */
	struct stile_error cause;	/* for step() to tell */
	PGresult	*rows;		/* one of the batch's, or NULL */
	int		 row, next;
	unsigned char	**bytes;	/* this row's, by column, or NULL */
	size_t		*bytes_len;
};

/* ---- postgresql_open.c: a connection and what it is set to ------------------- */

enum stile_err	 pg_open(const char *where, const struct stile_engine_open *,
		    void **ret, struct stile_error *);
void		 pg_close(void *conn);
bool		 pg_alive(void *conn);

/* ---- postgresql_wire.c: what goes over it, and waiting ----------------------- */

bool		 pg_must_stop(const struct conn *);

/*
 * To send several commands together: begin, add each with PQsend...() in front
 * of batch_add(), and batch_end(), which waits for all results.
 */
bool		 batch_begin(struct conn *, struct batch *);
bool		 batch_add(struct batch *);
void		 batch_end(struct conn *, struct batch *, bool stops);
void		 batch_clear(struct batch *);
void		 batch_free(struct batch *);

/* The first of its results that is an error; NULL: none, or it was lost. */
const PGresult	*batch_error(const struct batch *);

/* One command, and its result's tag. */
enum stile_err	 pg_command(struct conn *, const char *sql, size_t nargs,
		    const char *const *args, bool stops, char *tag, size_t n,
		    struct stile_error *);

/* The simple protocol: several statements. */
enum stile_err	 pg_simple(struct conn *, const char *sql, struct stile_error *);

/* Wait for the socket: 1 there is something, 0 not in time, below 0 lost. */
int		 pg_wait_readable(struct conn *, int ms);

/* ---- postgresql_value.c: types, both ways ------------------------------------ */

enum stile_err	 pg_bind(void *stmt, size_t place, struct stile_value,
		    struct stile_error *);
void		 pg_unbind(struct pg_stmt *);
struct stile_value pg_value(void *stmt, size_t i);

/* What cannot be a view into the result, for the row at hand. */
enum stile_err	 pg_decode_row(struct pg_stmt *, struct stile_error *);
void		 pg_decoded_free(struct pg_stmt *);

/* ---- postgresql_error.c: SQLSTATE -------------------------------------------- */

enum stile_err	 pg_error(struct conn *, const PGresult *,
		    struct stile_error *);
/* By the SQLSTATE in the message of a connection that could not be made. */
enum stile_err	 pg_error_open(PGconn *, struct stile_error *);
#endif
