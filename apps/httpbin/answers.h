/* SPDX-License-Identifier: ISC */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stile.h>

extern const struct stile_schema
			any_schema, request_schema,
			whole_schema, anything_schema,
			headers_schema, cookies_schema,
			pairs_schema, origin_schema,
			user_agent_schema, user_schema,
			token_schema, uuid_schema,
			part_schema, parts_schema;

#endif
