/* SPDX-License-Identifier: ISC */
/* A page for people who use an API: a handler for a route table. */
#ifndef STILE_DOCS_H
#define STILE_DOCS_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* The page that shows an OpenAPI document and lets people try its calls. */
STILE_API int	stile_docs(struct stile_req *);

#ifdef __cplusplus
}
#endif
#endif
