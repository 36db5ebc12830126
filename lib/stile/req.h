/* SPDX-License-Identifier: ISC */
/* The request: what was asked, its parameters and its body, and its failure. */
#ifndef STILE_REQ_H
#define STILE_REQ_H

#include <stile/log.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;
struct stile_arena;
struct stile_req;
struct stile_table;

/* Memory that lives as long as the request. */
STILE_API struct stile_arena *stile_req_arena(struct stile_req *);

/* What was asked.  Never NULL, but for the last, which may not be there. */
STILE_API const char	*stile_req_id(const struct stile_req *);
STILE_API const char	*stile_req_method(const struct stile_req *);
STILE_API const char	*stile_req_path(const struct stile_req *);
STILE_API const char	*stile_req_prefix(const struct stile_req *);
STILE_API const char	*stile_req_query(const struct stile_req *);
STILE_API const char	*stile_req_scheme(const struct stile_req *);
STILE_API const char	*stile_req_host(const struct stile_req *);
STILE_API const char	*stile_req_peer(const struct stile_req *);
STILE_API const char	*stile_req_url(struct stile_req *);
STILE_API const char	*stile_req_var(const struct stile_req *,
			    const char *name);

/* Milliseconds that the handler has left, 0 when its time is up; and give it
 * so many from now on. */
STILE_API int64_t	 stile_deadline(const struct stile_req *);
STILE_API void	stile_deadline_set(struct stile_req *, int64_t ms);

/* A request header, repeated ones joined; NULL where there is none. */
STILE_API const char	*stile_header(struct stile_req *, const char *name);

/* All of them, as "User-Agent", repeated ones joined. */
STILE_API const struct stile_table *stile_header_table(struct stile_req *);

/* A part of the path by its name in the route's pattern. */
STILE_API const char	*stile_path(struct stile_req *, const char *name);
STILE_API int64_t	 stile_path_int(struct stile_req *, const char *name);

/* A parameter of the query; the typed one fails the request with 400. */
STILE_API const char	*stile_query(struct stile_req *, const char *name);
STILE_API int64_t	 stile_query_int(struct stile_req *, const char *name,
			    int64_t min, int64_t max, int64_t absent);
STILE_API const struct stile_table *stile_query_table(struct stile_req *);

/* A field of a form, urlencoded or multipart. */
STILE_API const char	*stile_form(struct stile_req *, const char *name);
STILE_API const struct stile_table *stile_form_table(struct stile_req *);

/* Some of the body as it arrives: bytes, 0 at its end, below 0 a failure. */
STILE_API long	stile_read(struct stile_req *, void *p, size_t n);

/* The whole body, empty with a failure; and as JSON, NULL with a failure and
 * for null. */
STILE_API struct stile_str	 stile_body(struct stile_req *);
STILE_API struct json_object	*stile_json(struct stile_req *);

/* A member of a JSON object, checked; the request fails with 422. */
STILE_API bool		 stile_member(struct stile_req *, struct json_object *,
			    const char *name);
STILE_API const char	*stile_member_text(struct stile_req *,
			    struct json_object *, const char *name,
			    size_t min, size_t max);
STILE_API int64_t	 stile_member_int(struct stile_req *,
			    struct json_object *, const char *name,
			    int64_t min, int64_t max);
STILE_API bool		 stile_member_bool(struct stile_req *,
			    struct json_object *, const char *name);

/* Fail with a status and a sentence; the first failure of a request stands. */
STILE_API int	stile_fail(struct stile_req *, int status, const char *fmt, ...)
		    STILE_PRINTF(3, 4);
STILE_API int	stile_fail_error(struct stile_req *,
		    const struct stile_error *);
/* The same because of a field, which the problem's errors name with a code that
 * stays the same, such as "taken". */
STILE_API int	stile_fail_field(struct stile_req *, int status,
		    const char *field, const char *code, const char *fmt, ...)
		    STILE_PRINTF(5, 6);
/* Add a member to the problem that will be sent, or a header to its answer. */
STILE_API int	stile_fail_member(struct stile_req *, const char *name,
		    struct stile_value);
STILE_API int	stile_fail_header(struct stile_req *, const char *name,
		    const char *value);
/* STILE_EFAILED if it has failed, else STILE_OK; and what it failed with. */
STILE_API int	stile_failed(const struct stile_req *);
STILE_API int	stile_failed_status(const struct stile_req *);
STILE_API const char *stile_failed_detail(const struct stile_req *);
STILE_API struct stile_value stile_failed_member(const struct stile_req *,
		    const char *name);

/* A pointer of yours under a key; free is called with it at the end. */
STILE_API enum stile_err stile_req_set(struct stile_req *, const void *key,
		    void *value, void (*free)(void *));
STILE_API void	*stile_req_get(const struct stile_req *, const void *key);

/* A log line with the request's id. */
STILE_API void	stile_req_log(struct stile_req *, enum stile_level,
		    const char *msg, struct stile_args);

#ifdef __cplusplus
}
#endif
#endif
