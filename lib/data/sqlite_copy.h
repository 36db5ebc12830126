/* SPDX-License-Identifier: ISC */
/* The parts of SQLite's engine that copy a database and that move rows. */
#ifndef DATA_SQLITE_COPY_H
#define DATA_SQLITE_COPY_H

#include <sqlite3.h>

#include "stile/sys/engine.h"

sqlite3		*stile__sqlite_handle(void *conn);

/* The class of one of SQLite's codes. */
enum stile_err	 stile__sqlite_class(int rc);

enum stile_err	 stile__sqlite_backup(void *conn, const char *path,
		    stile_progress_fn, void *arg, struct stile_error *);
void		 stile__sqlite_triggers(void *conn, bool on);
#endif
