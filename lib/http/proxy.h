/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "stile/types.h"

struct stile_req;

/* Whose word counts, as settings say it: addresses or networks, names. */
struct req_trust {
	const char	*proxies;	/* "127.0.0.1 10.0.0.0/8 unix:" */
	const char	*hosts;		/* "example.org .example.org", "*" */
};

/* The first entry of such a list that is none; a NULL string if all are. */
struct stile_str	stile__proxies_wrong(const char *list);
struct stile_str	stile__hosts_wrong(const char *list);

/* The same for addresses and networks alone; and whether one has who in it. */
struct stile_str	stile__networks_wrong(const char *list);
bool	 stile__in_networks(const char *list, struct stile_str who);

/* Scheme, host and peer of the request; an unknown host fails it. */
void	 stile__req_origin(struct stile_req *);
#endif
