/* SPDX-License-Identifier: ISC */
/* Validators, conditions and caching (RFC 9110, section 13; RFC 9111). */
#ifndef STILE_CACHE_H
#define STILE_CACHE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* The answer's ETag: from a version number, or from a text of yours. */
STILE_API int	stile_etag_int(struct stile_req *, int64_t version);
STILE_API int	stile_etag(struct stile_req *, const char *opaque);
STILE_API int	stile_etag_weak(struct stile_req *, const char *opaque);

/* As a hook after: an ETag from the content, where the answer has none. */
STILE_API int	stile_etag_content(struct stile_req *);

/* The answer's Last-Modified, in seconds since 1970. */
STILE_API int	stile_last_modified(struct stile_req *, int64_t sec);

/* Before a change: 412 if the client's conditions do not hold for what is
 * there, as the ETag and Last-Modified that have been set describe it. */
STILE_API int	stile_preconditions(struct stile_req *);

/* Cache-Control, and one more name in Vary. */
STILE_API int	stile_cache_control(struct stile_req *, const char *);
STILE_API int	stile_vary(struct stile_req *, const char *name);

#ifdef __cplusplus
}
#endif
#endif
