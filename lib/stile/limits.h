/* SPDX-License-Identifier: ISC */
/* What a request may bring; what is over it is refused and not kept. */
#ifndef STILE_LIMITS_H
#define STILE_LIMITS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of a route.  0: what the setting of this name and "_max" says. */
struct stile_limits {
	size_t	body;		/* bytes, whatever is in it */
	size_t	params;		/* of the query, fields of a form, cookies */

	/* Of a form with files. */
	size_t	field_bytes;	/* of all fields together */
	size_t	parts;		/* fields and files */
	size_t	part_header;	/* bytes */
	size_t	part_name;	/* bytes */
	size_t	files;
	size_t	file;		/* bytes of each */
};

#ifdef __cplusplus
}
#endif
#endif
