/* SPDX-License-Identifier: ISC */
/* What tables a database has, and how their values travel. */
#ifndef DATA_TABLES_H
#define DATA_TABLES_H

#include "stile/arena.h"
#include "data/db.h"

/* What a column's values are, beyond what each value says by itself. */
enum column_kind { KIND_ANY, KIND_BOOL, KIND_TIME, KIND_JSON };

struct data_column {
	const char		*name;
	const char		*quoted;	/* as SQL has it */
	const char		*select;	/* what reads it */
	const char		*insert;	/* what writes it: a '?' */
	const char		*sequence;	/* that numbers it; or NULL */
	enum column_kind	 kind;
	int64_t			 key;		/* its place in the key, or 0 */
	int64_t			 last;		/* number, of a load */
	const char		*collate;	/* to sort by bytes; or "" */
};

struct data_table {
	const char		*name;
	const char		*quoted;
	struct data_column	*columns;	/* not the generated ones */
	size_t			 ncolumns;
	bool			 placed;	/* in the order */
	bool			 loaded;
};

/* Those of an application, each after the ones it refers to, if it can be. */
struct data_tables {
	struct data_table	**v;
	size_t			  n;
};

enum stile_err	 stile__tables_read(struct stile_db *, struct stile_arena *,
		    struct data_tables *ret, struct stile_error *);

/* "a" in double quotes; NULL without memory. */
const char	*stile__quote_name(struct stile_arena *, const char *);

/* Call fn for each row; its columns are text, or what they are. */
typedef enum stile_err (*each_row_fn)(void *arg, struct stile_stmt *,
		    struct stile_error *);
enum stile_err	 stile__each_row(struct stile_db *, const char *sql,
		    struct stile_args, each_row_fn, void *arg,
		    struct stile_error *);

/* A text of the row at hand, in the arena; NULL for NULL. */
const char	*stile__row_text(struct stile_stmt *, size_t i,
		    struct stile_arena *);
#endif
