/* SPDX-License-Identifier: ISC */
/*
 * Commits that arrive together and go to the disk together, of all threads and
 * processes that share one.
 */
#ifndef DATA_GROUP_H
#define DATA_GROUP_H

#include "stile/types.h"

struct stile_group;

/* In memory shared with all children; NULL for lack of it. */
struct stile_group	*stile__group_new(void);
void			 stile__group_free(struct stile_group *);

/* The turn to write, of one at a time; STILE_EBUSY where it does not come. */
enum stile_err	 stile__group_enter(struct stile_group *, int ms);
void		 stile__group_leave(struct stile_group *);

/*
 * Return once a sync has begun after this was called and has ended well.  Only
 * one of those who wait calls it.
 */
enum stile_err	 stile__group_sync(struct stile_group *, bool (*sync)(void *),
		    void *arg);
#endif
