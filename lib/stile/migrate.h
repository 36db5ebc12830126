/* SPDX-License-Identifier: ISC */
/* Numbered changes of the schema, each applied once. */
#ifndef STILE_MIGRATE_H
#define STILE_MIGRATE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_db;

/* A row of a table that ends with { 0 }; stile-embed(1) writes such a table. */
struct stile_migration {
	int		 version;	/* 1 or more, ascending */
	const char	*name;		/* "0001_note" */
	const char	*sql;
	const char	*pgsql;		/* for PostgreSQL; NULL: the same */
	const char	*down;		/* what undoes it; NULL: nothing does */
	const char	*pgsql_down;
};

enum stile_migration_state {
	STILE_MIGRATION_APPLIED,
	STILE_MIGRATION_PENDING,
	STILE_MIGRATION_CHANGED,	/* applied with another text */
	STILE_MIGRATION_MISSING,	/* applied, and not in the program */
	STILE_MIGRATION_APPLYING,	/* it begins to be applied */
	STILE_MIGRATION_UNDOING,	/* it begins to be undone */
	STILE_MIGRATION_UNDONE
};

/* Called for each migration in order; at is in ms since 1970, or 0. */
typedef void (*stile_migration_fn)(void *arg, const char *owner,
		    const char *name, enum stile_migration_state, int64_t at);

/* Report each one's state and count the pending ones; changes nothing. */
STILE_API enum stile_err stile_migrate_status(struct stile_db *,
		    const char *owner, const struct stile_migration *,
		    stile_migration_fn, void *arg, size_t *pending,
		    struct stile_error *);

/* Apply the pending ones, each in a transaction; report each one twice. */
STILE_API enum stile_err stile_migrate(struct stile_db *, const char *owner,
		    const struct stile_migration *, stile_migration_fn,
		    void *arg, struct stile_error *);

/* The same up to a version, or undo all later ones; 0 undoes all of them. */
STILE_API enum stile_err stile_migrate_to(struct stile_db *, const char *owner,
		    const struct stile_migration *, int version,
		    stile_migration_fn, void *arg, struct stile_error *);

/* Report what that would begin, without doing it. */
STILE_API enum stile_err stile_migrate_plan(struct stile_db *,
		    const char *owner, const struct stile_migration *,
		    int version, stile_migration_fn, void *arg,
		    struct stile_error *);

#ifdef __cplusplus
}
#endif
#endif
