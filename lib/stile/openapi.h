/* SPDX-License-Identifier: ISC */
/* What an application offers, for other programs: OpenAPI 3.1. */
#ifndef STILE_OPENAPI_H
#define STILE_OPENAPI_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* A handler: the document of the whole application. */
STILE_API int	stile_openapi(struct stile_req *);

#ifdef __cplusplus
}
#endif
#endif
