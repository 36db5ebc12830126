/* SPDX-License-Identifier: ISC */
/* Regular expressions of a schema: the keyword "pattern". */
#ifndef SCHEMA_PATTERN_H
#define SCHEMA_PATTERN_H

#include "stile/types.h"

/*
 * Whether some of the text, which is UTF-8, matches: 1 or 0.  Below 0: ESYNTAX,
 * the pattern is wrong; ETIME, it would take too long or too much memory to
 * say; ENOSYS, there is no PCRE2; ENOMEM.
 */
int	 stile__pattern_match(const char *pattern, struct stile_str text);

/* Whether it is one, and what is wrong with it.  It stays compiled. */
enum stile_err	 stile__pattern_check(const char *pattern,
		    struct stile_error *);

/* The library that is loaded for the first pattern; tests take another one. */
extern const char	*stile__pcre2;
#endif
