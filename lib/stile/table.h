/* SPDX-License-Identifier: ISC */
/* An ordered list of names and values in which a name may come twice. */
#ifndef STILE_TABLE_H
#define STILE_TABLE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_table;

enum stile_case { STILE_CASE, STILE_NOCASE };

/* An empty table of at most max entries; NOCASE folds ASCII in names. */
STILE_API struct stile_table *stile_table_new(struct stile_arena *,
		    enum stile_case, size_t max) STILE_MUSTUSE;

/* Append an entry, or put it in place of all of its name; both copy. */
STILE_API enum stile_err stile_table_add(struct stile_table *,
		    struct stile_str name, struct stile_str value);
STILE_API enum stile_err stile_table_set(struct stile_table *,
		    struct stile_str name, struct stile_str value);

/* Take all entries of a name out; how many there were. */
STILE_API size_t stile_table_remove(struct stile_table *, const char *name);

/* The first value of a name, or NULL. */
STILE_API const char *stile_table_get(const struct stile_table *,
		    const char *name);

/* The i-th entry in order; false past the end.  Both outputs may be NULL. */
STILE_API size_t stile_table_count(const struct stile_table *);
STILE_API bool	stile_table_at(const struct stile_table *, size_t i,
		    struct stile_str *name, struct stile_str *value);

#ifdef __cplusplus
}
#endif
#endif
