/* SPDX-License-Identifier: ISC */
/* Formats of strings, as JSON Schema 2020-12 names them; any bytes may come. */
#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H

#include "stile/types.h"

/* RFC 5321, section 4.1.2: a mailbox, with an ASCII local part. */
bool	 stile__is_email(struct stile_str);

/* RFC 3986, section 3: a URI, which has a scheme. */
bool	 stile__is_uri(struct stile_str);

/* One or more ASCII letters, digits, "_" and "-". */
bool	 stile__is_slug(struct stile_str);

/* RFC 3339, section 5.6: full-time; its milliseconds since midnight in UTC. */
bool	 stile__is_time(struct stile_str, int64_t *ret_ms);

/*
 * RFC 3339, appendix A.  One with years or months has no fixed length: then
 * *calendar is set and *ret_ms left alone.
 */
bool	 stile__is_duration(struct stile_str, bool *calendar, int64_t *ret_ms);
#endif
