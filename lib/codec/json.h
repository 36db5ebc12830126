/* SPDX-License-Identifier: ISC */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "stile/json.h"

/* json_object_put() as a defer of an arena wants it. */
void	stile__json_put(void *j);

/* stile_json_write(), for where many are written: without a copy. */
void	stile__json_write(struct stile_buf *, const struct stile_value *);
#endif
