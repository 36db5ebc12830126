/* SPDX-License-Identifier: ISC */
/* What is done to a database as a whole: copies, checks, moves. */
#ifndef STILE_ADMIN_H
#define STILE_ADMIN_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_db;

/* How far it is, now and then; total 0: nobody knows. */
typedef void (*stile_progress_fn)(void *arg, uint64_t done, uint64_t total);

#define STILE_BACKUP_REPLACE	1	/* a file of that name */
#define STILE_BACKUP_COMPACT	2	/* leave out what was deleted */

/* A copy as of now in one file, whole or not at all, while others write. */
STILE_API enum stile_err stile_db_backup(struct stile_db *, const char *path,
		    unsigned flags, stile_progress_fn, void *arg,
		    struct stile_error *);

/* Look for what is wrong with the file or the rows; fn for each problem. */
STILE_API enum stile_err stile_db_check(struct stile_db *,
		    void (*fn)(void *arg, const char *problem), void *arg,
		    size_t *problems, struct stile_error *);

/* All rows as lines of JSON to a file descriptor; app is written down. */
STILE_API enum stile_err stile_db_dump(struct stile_db *, const char *app,
		    int fd, stile_progress_fn, void *arg,
		    struct stile_error *);

/* The same lines into empty tables, all or nothing; replace empties them. */
STILE_API enum stile_err stile_db_load(struct stile_db *, int fd, bool replace,
		    stile_progress_fn, void *arg, struct stile_error *);

#ifdef __cplusplus
}
#endif
#endif
