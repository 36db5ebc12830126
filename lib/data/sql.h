/* SPDX-License-Identifier: ISC */
/* What the library has to know of a statement's text, whatever the engine. */
#ifndef DATA_SQL_H
#define DATA_SQL_H

#include "stile/sys/engine.h"

#define SQL_PLACES_MAX	100	/* '?', or different names */

struct sql_place {
	struct stile_str	name;	/* empty: a '?' */
	bool			list;	/* behind IN */
};

struct sql {
	size_t			 nplaces;
	struct sql_place	*places;	/* names are views into text */
	char			*text;		/* with places as engines have them */
	bool			 writes;	/* it is not known to only read */
};

/*
 * Take one statement apart.  With places as numbers, "IN ?" as the dialect
 * has it, and "??" as "?".  free() by sql_free().
 */
enum stile_err	 sql_parse(const char *text, enum stile_dialect, struct sql *ret,
		    struct stile_error *);
void		 sql_free(struct sql *);

/*
 * The next statement of several, without what is around it; *text goes on to
 * the next.  False at the end.
 */
bool		 sql_next(const char **text, enum stile_dialect,
		    struct stile_str *ret);

/* Whether it begins or ends a transaction. */
bool		 sql_is_control(struct stile_str);
#endif
