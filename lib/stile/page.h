/* SPDX-License-Identifier: ISC */
/* For pages of HTML. */
#ifndef STILE_PAGE_H
#define STILE_PAGE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* For <script nonce="...">: the page's policy then runs no other script. */
STILE_API const char	*stile_csp_nonce(struct stile_req *);

#ifdef __cplusplus
}
#endif
#endif
