/* SPDX-License-Identifier: ISC */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "stile/json.h"

/* What a tree is as a value: a scalar by its type, the rest as a tree. */
struct stile_value stile__json_value(struct json_object *);

/* json_object_put() as a defer of an arena wants it. */
void	stile__json_put(void *j);

/* stile_json_write(), for where many are written: without a copy. */
void	stile__json_write(struct stile_buf *, const struct stile_value *);

/* The name of a member, or the place of an item: behind a comma, unless it is
 * the first. */
void	stile__json_key(struct stile_buf *, const char *name);
void	stile__json_next(struct stile_buf *);

/* The same JSON for people: each member and item on a line of its own. */
void	stile__json_indent(struct stile_buf *, struct stile_str json);
#endif
