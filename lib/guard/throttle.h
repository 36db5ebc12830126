/* SPDX-License-Identifier: ISC */
#ifndef GUARD_THROTTLE_H
#define GUARD_THROTTLE_H

#include "stile/throttle.h"

/* What is known of a key: at until it is as if there were nothing. */
struct throttle_count {
	int64_t	until;		/* us */
	int64_t	used;		/* of a window */
};

/* What a client is told. */
struct throttle_answer {
	int64_t	left;		/* times, now */
	int64_t	wait_us;	/* for the next one; 0: none */
	int64_t	reset_us;	/* until all of them are there again */
};

/* ---- rules -------------------------------------------------------------- */

/* What is wrong with a rule, or NULL. */
const char	*stile__throttle_wrong(const struct stile_throttle_rule *);

/* Of a bucket: the time that one costs, and how much can be owed. */
int64_t		 stile__throttle_each(const struct stile_throttle_rule *);
int64_t		 stile__throttle_most(const struct stile_throttle_rule *);

/* Count once more; false, and no change, if that is too often. */
bool		 stile__throttle_count(const struct stile_throttle_rule *,
		    struct throttle_count *, int64_t now);

/* What is to be said after it. */
struct throttle_answer
		 stile__throttle_say(const struct stile_throttle_rule *,
		    const struct throttle_count *, int64_t now);

/* How much of it is used up, 0 to 1000. */
unsigned	 stile__throttle_load(const struct stile_throttle_rule *,
		    const struct throttle_count *, int64_t now);

/* ---- a table of counts, shared with all children ------------------------ */

struct throttle_table;

struct throttle_table	*stile__throttle_new(void);
void			 stile__throttle_free(struct throttle_table *);

/* Count in it.  *c is what is known afterwards. */
bool	 stile__throttle_in_table(struct throttle_table *,
	    const struct stile_throttle_rule *, const char *key, int64_t now,
	    struct throttle_count *c);
void	 stile__throttle_drop(struct throttle_table *,
	    const struct stile_throttle_rule *, const char *key);

/* ---- a table of the database -------------------------------------------- */

/* The same; false as well with the request failed. */
bool	 stile__throttle_in_db(struct stile_req *,
	    const struct stile_throttle_rule *, const char *key, int64_t now,
	    struct throttle_count *c);
void	 stile__throttle_drop_in_db(struct stile_req *,
	    const struct stile_throttle_rule *, const char *key);
#endif
