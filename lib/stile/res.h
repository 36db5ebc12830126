/* SPDX-License-Identifier: ISC */
/* The answer.  Each sender returns what the handler returns. */
#ifndef STILE_RES_H
#define STILE_RES_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;
struct stile_buf;
struct stile_req;

/* A header of the answer: in place of its name, beside it, or away. */
STILE_API int	stile_header_set(struct stile_req *, const char *name,
		    const char *value);
STILE_API int	stile_header_add(struct stile_req *, const char *name,
		    const char *value);
STILE_API void	stile_header_remove(struct stile_req *, const char *name);

/* Another type for the answer that is made, in a hook after it; borrowed
 * until it is sent. */
STILE_API int	stile_type_set(struct stile_req *, const char *type);

/* Answer with bytes, which are copied. */
STILE_API int	stile_send(struct stile_req *, int status, const char *type,
		    const void *p, size_t n);
STILE_API int	stile_send_text(struct stile_req *, int status, const char *);
STILE_API int	stile_send_html(struct stile_req *, int status, const char *);
STILE_API int	stile_send_empty(struct stile_req *, int status);

/* Answer with bytes that outlive the request unchanged, without a copy. */
STILE_API int	stile_send_static(struct stile_req *, int status,
		    const char *type, const void *p, size_t n);

/* Answer with what is in a buffer of the request's arena, without a copy. */
STILE_API int	stile_send_buf(struct stile_req *, int status,
		    const char *type, const struct stile_buf *);

/* Answer with a JSON value, which is released even on failure. */
STILE_API int	stile_send_json(struct stile_req *, int status,
		    struct json_object *);

/* Answer with a JSON object of names and values in turn. */
STILE_API int	stile_send_object(struct stile_req *, int status,
		    struct stile_args);

/* Send the client to a path on this host: 301, 302, 303, 307 or 308. */
STILE_API int	stile_redirect(struct stile_req *, int status,
		    const char *location);

/* To anywhere: only where a stranger cannot choose the place. */
STILE_API int	stile_redirect_insecure_anywhere(struct stile_req *,
		    int status, const char *location);

/* A place that was asked for, if it is a path on this host, or the fallback. */
STILE_API const char *stile_next(struct stile_req *, const char *asked,
		    const char *fallback);

/* What has been answered so far, 0 before; "Not Found" for 404. */
STILE_API int	stile_status(const struct stile_req *);
STILE_API const char *stile_status_phrase(int status);

#ifdef __cplusplus
}
#endif
#endif
