/* SPDX-License-Identifier: ISC */
/* Requests in memory: an application tests itself without a server. */
#ifndef STILE_CLIENT_H
#define STILE_CLIENT_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;
struct stile_answer;
struct stile_app;
struct stile_client;

/* A client of an application with settings such as "db=sqlite::memory:",
 * NULL-ended or NULL; its database is made and migrated. */
STILE_API struct stile_client *stile_client_new(const struct stile_app *,
		    const char *const *settings, struct stile_error *)
		    STILE_MUSTUSE;
STILE_API void	stile_client_free(struct stile_client *);

/* A header of every further request; NULL takes it away. */
STILE_API enum stile_err stile_client_header(struct stile_client *,
		    const char *name, const char *value);

/* Run one request.  NULL only without memory. */
STILE_API const struct stile_answer *stile_client_send(struct stile_client *,
		    const char *method, const char *target, const char *type,
		    const void *body, size_t n);
STILE_API const struct stile_answer *stile_client_get(struct stile_client *,
		    const char *target);
STILE_API const struct stile_answer *stile_client_json(struct stile_client *,
		    const char *method, const char *target, const char *json);

/* What came back; all of it lives until the client is freed. */
STILE_API int	stile_answer_status(const struct stile_answer *);
STILE_API const char *stile_answer_header(const struct stile_answer *,
		    const char *name);
STILE_API bool	stile_answer_header_at(const struct stile_answer *, size_t i,
		    struct stile_str *name, struct stile_str *value);
STILE_API struct stile_str stile_answer_body(const struct stile_answer *);
/* Whether it ended before its end. */
STILE_API bool	stile_answer_cut(const struct stile_answer *);
/* Borrowed; NULL where the body is not JSON. */
STILE_API struct json_object *stile_answer_json(const struct stile_answer *);

#ifdef __cplusplus
}
#endif
#endif
