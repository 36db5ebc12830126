/* SPDX-License-Identifier: ISC */
/* What a route declares of its request, which is checked before its handler
 * runs; and answers by a schema. */
#ifndef STILE_INPUT_H
#define STILE_INPUT_H

#include <stile/schema.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;
struct stile_req;

/* What a body may be; a form has no objects inside. */
enum stile_body {
	STILE_BODY_JSON, STILE_BODY_FORM, STILE_BODY_JSON_OR_FORM
};

/* The struct that the route's params or body have filled. */
STILE_API const void	*stile_params(struct stile_req *);
STILE_API const void	*stile_input(struct stile_req *);

/* A value by the name of its property. */
STILE_API struct stile_value stile_params_value(struct stile_req *,
		    const char *name);
STILE_API struct stile_value stile_input_value(struct stile_req *,
		    const char *name);

/* The body as JSON, made as declared; the request's own. */
STILE_API struct json_object *stile_input_json(struct stile_req *);

/* All that was wrong where, for an error handler: input, and a failed field. */
STILE_API struct stile_violations stile_violations(const struct stile_req *);

/* Answer with a struct, or with n of them as an array. */
STILE_API int	stile_send_struct(struct stile_req *, int status,
		    const struct stile_schema *, const void *);
STILE_API int	stile_send_structs(struct stile_req *, int status,
		    const struct stile_schema *, const void *, size_t n);

/* stile_send_row() and stile_send_rows() of the columns that are properties
 * of a schema, each as it says. */
STILE_API int	stile_send_row_as(struct stile_req *, int status,
		    const struct stile_schema *, const char *sql,
		    struct stile_args);
STILE_API int	stile_send_rows_as(struct stile_req *, int status,
		    const struct stile_schema *, const char *sql,
		    struct stile_args);

#ifdef __cplusplus
}
#endif
#endif
