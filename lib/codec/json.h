/* SPDX-License-Identifier: ISC */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "stile/json.h"

/* json_object_put() as a defer of an arena wants it. */
void	stile__json_put(void *j);
#endif
