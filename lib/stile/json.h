/* SPDX-License-Identifier: ISC */
/* JSON: read strictly into json-c's values, written with or without a tree. */
#ifndef STILE_JSON_H
#define STILE_JSON_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;

/* RFC 8259 without duplicate names; *ret is yours (json_object_put). */
STILE_API enum stile_err stile_json_parse(struct stile_str text,
		    unsigned max_depth, struct json_object **ret,
		    struct stile_error *) STILE_MUSTUSE;

/* Append a value, a quoted string, or an object of names and values in turn. */
STILE_API void	stile_json_write(struct stile_buf *, struct stile_value);
STILE_API void	stile_json_write_str(struct stile_buf *, struct stile_str);
STILE_API void	stile_json_write_object(struct stile_buf *, struct stile_args);

#ifdef __cplusplus
}
#endif
#endif
