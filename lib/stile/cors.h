/* SPDX-License-Identifier: ISC */
/* Cross-origin requests: which other sites' pages may read the answers. */
#ifndef STILE_CORS_H
#define STILE_CORS_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of an application and of all that is mounted in it. */
struct stile_cors {
	const char	*origins;	/* "https://a.example", with spaces
					 * between several; "*" for any */
	const char	*methods;	/* "PUT"; beside GET, HEAD, POST */
	const char	*headers;	/* "X-Token"; "*" for any; beside the
					 * ones that are always allowed */
	const char	*expose;	/* headers that the page may read */
	bool		 credentials;	/* cookies too; not with any origin */
	int64_t		 max_age_secs;	/* how long a preflight is kept */
};

#ifdef __cplusplus
}
#endif
#endif
