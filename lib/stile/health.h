/* SPDX-License-Identifier: ISC */
/* What a server says of itself: handlers for a route table. */
#ifndef STILE_HEALTH_H
#define STILE_HEALTH_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* 200 whenever a request is served at all. */
STILE_API int	stile_health(struct stile_req *);

/* 200 if the database can be read, too; 503 if it cannot. */
STILE_API int	stile_ready(struct stile_req *);

/* Counters of all workers, in Prometheus's text format. */
STILE_API int	stile_metrics(struct stile_req *);

#ifdef __cplusplus
}
#endif
#endif
