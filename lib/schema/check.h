/* SPDX-License-Identifier: ISC */
/* Whether the tables of a schema can be meant: for developers, not requests. */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include "stile/schema.h"

/* A schema that was looked at; with a name of its own where it is not a row. */
struct schema_seen {
	const struct stile_schema	*schema;
	bool				 named;
};

/* One look at any number of schemas; what several share is looked at once. */
struct schema_check {
	struct stile_arena	*arena;
	void			(*found)(void *arg, bool harmful,
				    const char *path, const char *what);
	void			*arg;

	/* Inside, and to be read afterwards. */
	const struct spot	*at;
	struct schema_seen	*seen;
	size_t			 nseen;
	bool			 endless;	/* one was found */
	bool			 nomem;
};

void	stile__schema_check(struct schema_check *, const struct stile_schema *);

/* "Note.tags.items: what" of the place at hand. */
void	stile__schema_found(struct schema_check *, const char *fmt, ...)
	    STILE_PRINTF(2, 3);

/* The same of what lets requests fail, or write where they must not. */
void	stile__schema_harm(struct schema_check *, const char *fmt, ...)
	    STILE_PRINTF(2, 3);

/* The keywords of a row, but those that lead to others. */
void	stile__schema_check_keywords(struct schema_check *,
	    const struct stile_schema *row);

/* Where its value goes. */
void	stile__schema_check_place(struct schema_check *,
	    const struct stile_schema *row);
#endif
