/* SPDX-License-Identifier: ISC */
/* How often somebody may do something; who does it more often gets 429. */
#ifndef STILE_THROTTLE_H
#define STILE_THROTTLE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;
struct stile_req;

/* The table of what is counted in the database, for STILE_USES(). */
STILE_API extern const struct stile_app stile_throttles;

enum stile_throttle {
	STILE_WINDOW,		/* so often from the first time on, then anew */
	STILE_BUCKET		/* so often on average, one after the other */
};

struct stile_throttle_rule {
	const char		*name;		/* [a-z0-9_-], up to 64 */
	int64_t			 limit;		/* 1 to 1000000 times */
	int64_t			 seconds;	/* in 1 to 2678400 s (31 days) */
	enum stile_throttle	 kind;
	int64_t			 burst;		/* of a bucket; 0: limit */
	bool			 shared;	/* in the database, by all hosts */
};

/* Count once more for this key; STILE_OK, or the request fails with 429. */
STILE_API int	stile_throttle(struct stile_req *,
		    const struct stile_throttle_rule *, const char *key);

/* As if the key had never been counted. */
STILE_API int	stile_throttle_forget(struct stile_req *,
		    const struct stile_throttle_rule *, const char *key);

#ifdef __cplusplus
}
#endif
#endif
