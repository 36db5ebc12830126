/* SPDX-License-Identifier: ISC */
#ifndef CODEC_ETAG_H
#define CODEC_ETAG_H

#include "stile/types.h"

enum stile__etag_compare { STILE__ETAG_STRONG, STILE__ETAG_WEAK };

enum stile__etag_found {
	STILE__ETAG_ABSENT,
	STILE__ETAG_FOUND,
	STILE__ETAG_MALFORMED	/* the list; nothing is said about the tag */
};

/* Whether it is an entity-tag as on the wire: "x" or W/"x". */
bool	stile__etag_valid(struct stile_str etag);

/* Look for a tag in a list; "*" is found in none. */
enum stile__etag_found stile__etag_find(struct stile_str list,
	    struct stile_str etag, enum stile__etag_compare how);

/* A request's preconditions and what they are about; no field: p is NULL. */
struct stile__cond_in {
	bool			read;		/* GET or HEAD */
	bool			range;		/* GET with a Range field */
	bool			exists;		/* the resource has content */
	struct stile_str	etag;		/* its ETag field */
	int64_t			last_modified;	/* seconds since 1970, or -1 */
	int64_t			now;		/* seconds since 1970 */
	struct stile_str	if_match;
	struct stile_str	if_none_match;
	struct stile_str	if_modified_since;
	struct stile_str	if_unmodified_since;
	struct stile_str	if_range;
};

enum stile__cond {
	STILE__COND_PROCEED,
	STILE__COND_NOT_MODIFIED,	/* 304 */
	STILE__COND_FAILED		/* 412 */
};

/* What they come to (RFC 9110, 13.2.2), and whether Range applies. */
enum stile__cond stile__conditions(const struct stile__cond_in *in,
	    bool *ret_range);
#endif
