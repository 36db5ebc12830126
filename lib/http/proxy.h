/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "stile/types.h"

struct stile_req;

/* Whose word counts, as settings say it: addresses or networks, names. */
struct req_trust {
	const char	*proxies;	/* "127.0.0.1 10.0.0.0/8" */
	const char	*hosts;		/* "example.org .example.org", "*" */
};

/* What is wrong with a list of proxies, or NULL. */
const char	*stile__proxies_wrong(const char *list);

/* Scheme, host and peer of the request; an unknown host fails it. */
void	 stile__req_origin(struct stile_req *);
#endif
