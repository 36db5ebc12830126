/* SPDX-License-Identifier: ISC */
/* Regular expressions of ECMA-262 in the words of PCRE2. */
#ifndef SCHEMA_ECMA_H
#define SCHEMA_ECMA_H

#include "stile/types.h"

struct stile_buf;

struct ecma {
	size_t	stop;		/* in: a byte of the translation, or SIZE_MAX */
	size_t	at;		/* what it stands for: a byte of the pattern */
	size_t	repeat;		/* most repeats that have to be */
	bool	backrefs;	/* some of what matched is to match again */
};

/* Append the translation; what PCRE2 refuses anyway may be let through. */
enum stile_err	 stile__ecma(const char *pattern, struct stile_buf *,
		    struct ecma *, struct stile_error *);
#endif
