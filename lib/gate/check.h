/* SPDX-License-Identifier: ISC */
/* Whether the tables of an application can be meant, mounts included. */
#ifndef GATE_CHECK_H
#define GATE_CHECK_H

#include "app/site.h"

struct check {
	const struct stile_site	*site;
	struct stile_arena	*arena;
	/* Each thing that is wrong, as a line. */
	void			(*found)(void *arg, const char *line);
	void			*arg;
	bool			 harm_only;	/* and no mere lint */
	size_t			 nfound;
	size_t			 nroutes, nschemas;
	bool			 nomem;
};

/* All of it. */
void	check_site(struct check *);

/* The schemas alone. */
void	check_schemas(struct check *);
#endif
