/* SPDX-License-Identifier: ISC */
/*
 * A JSON document with schemas in it.  Those that have a name stand once, all
 * in one place, and are referred to from everywhere else; so they can be
 * recursive.  document.c keeps them, json_schema.c and keyword.c
 * write them.
 */
#ifndef SCHEMA_DOCUMENT_H
#define SCHEMA_DOCUMENT_H

#include "schema/schema.h"

/* A schema as it is, as a merge patch of it, or as one of several. */
struct schema_use {
	const struct stile_schema	*s;
	const struct stile_schema	*one_of;	/* NULL: by itself */
	const char			*tag;		/* its name in there */
	bool				 patch;
	const char			*name;		/* in the document */
};

struct schema_doc {
	struct stile_buf		*b;
	const char			*refs;	/* "#/$defs/" */
	bool				 openapi;
	const struct stile_schema	*root;	/* is "#", or NULL */
	struct schema_use		*v;	/* in the order of first use */
	size_t				 n;
};

/* The value of a row of a table, without what OpenAPI says beside it. */
void	stile__schema_put_value(struct schema_doc *,
	    const struct stile_schema *row);

/* A schema in its own right: a reference if it has a name. */
void	stile__schema_put(struct schema_doc *, const struct stile_schema *,
	    bool patch);

/* Everything that is referred to, as members of an object. */
void	stile__schema_put_named(struct schema_doc *);

/* ---- members, where they are not NULL or false ---------------------- */

void	stile__key_text(struct stile_buf *, const char *name, const char *text);
void	stile__key_true(struct stile_buf *, const char *name, bool is);
void	stile__key_int(struct stile_buf *, const char *name, int64_t);

/* ---- between the files ---------------------------------------------- */

/* "type" and "format"; bounds of what is counted; all of a scalar. */
void	stile__schema_put_type(struct stile_buf *, const struct stile_schema *,
	    bool null);
void	stile__schema_put_count(struct stile_buf *,
	    const struct stile_schema *);
void	stile__schema_put_scalar(struct schema_doc *,
	    const struct stile_schema *, bool null);


/* The one in the document that is used like this; NULL with b failed. */
const struct schema_use *stile__schema_use(struct schema_doc *,
	    const struct schema_use *);

/* All of a named one; and the members of the outermost object. */
void	stile__schema_put_use(struct schema_doc *, const struct schema_use *);
void	stile__schema_put_root(struct schema_doc *,
	    const struct stile_schema *);
#endif
