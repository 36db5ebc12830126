/* SPDX-License-Identifier: ISC */
/* What the files of the tests over every engine share. */
#ifndef ENGINES_H
#define ENGINES_H

#include "base/priv.h"

#include "stile.h"
#include "stile/client.h"
#include "stile/sys/engine.h"
#include "data/db.h"

#define BUSY_MS		200

extern const char	*dsn;
extern bool		 is_pg, is_memory, is_pooled;
extern struct stile_db	*db;	/* of the test at hand */

/* The text behind the condition is what is known of it. */
#define CHECK(cond, ...)	do {					\
	if (!(cond)) {							\
		complain(__LINE__, #cond, __VA_ARGS__);			\
		return;							\
	}								\
} while (0)
void		 complain(int line, const char *cond, const char *fmt, ...)
		    STILE_PRINTF(3, 4);

struct stile_db	*open_one(enum stile_db_mode);

/* The one integer that a query has, or -99. */
int64_t		 number_in(struct stile_db *, const char *sql,
		    struct stile_args);
int64_t		 number(const char *sql, struct stile_args);

/* The connections of this name to PostgreSQL are no more when it returns. */
void		 kill_named(const char *name);

/* ---- engines_requests.c, engines_faults.c ------------------------------------ */

void		 requests(void);
void		 pages(void);
void		 requests_gone(void);
int		 restart(const char *to);
void		 faults(void);
#endif
