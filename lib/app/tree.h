/* SPDX-License-Identifier: ISC */
/* The router inside: router.c makes it, match.c searches it. */
#ifndef APP_TREE_H
#define APP_TREE_H

#include "stile/str.h"
#include "app/router.h"

struct edge {
	struct edge		*next;
	const struct part	*part;
	size_t			 to;	/* node */
};

struct node {
	struct edge	*edges;		/* parameters, in the order of trial */
	struct route	*routes[2];	/* ending here; [1] with a slash */
};

/* A literal child: from a node by a segment to a node. */
struct literal {
	struct stile_str	seg;	/* .p NULL: a free place */
	size_t			from, to;
};

struct named {
	const char		*name;	/* "blog:post" */
	const struct route	*route;
	size_t			 i;	/* the route's place in the tables */
};

struct router {
	struct stile_arena	*arena;
	struct convs		 convs;
	struct scope		**scopes;
	size_t			 nscopes;
	struct route		**routes;
	size_t			 nroutes;
	struct named		*names;		/* sorted */
	size_t			 nnames;
	struct node		*nodes;
	size_t			 nnodes;
	struct literal		*literals;	/* open addressing */
	size_t			 nliterals;
	size_t			 mask;		/* places - 1 */
};

/* Where it is, or the free place where it would be. */
static inline struct literal *
literal_place(const struct router *rt, size_t from, struct stile_str seg)
{
	uint64_t	h = 14695981039346656037u ^ from;
	size_t		i;

	for (i = 0; i < seg.len; i++)
		h = (h ^ (unsigned char)seg.p[i]) * 1099511628211u;
	for (i = (size_t)(h ^ h >> 29) & rt->mask;; i = (i + 1) & rt->mask)
		if (rt->literals[i].seg.p == NULL ||
		    (rt->literals[i].from == from &&
		    stile_str_eq(rt->literals[i].seg, seg)))
			return &rt->literals[i];
}
#endif
