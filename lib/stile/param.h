/* SPDX-License-Identifier: ISC */
/* Typed parameters, wherever they come from. */
#ifndef STILE_PARAM_H
#define STILE_PARAM_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

enum stile_in {
	STILE_IN_QUERY, STILE_IN_PATH, STILE_IN_FORM, STILE_IN_HEADER,
	STILE_IN_COOKIE,
	/* Of what is wrong, not of a parameter: */
	STILE_IN_BODY,
	STILE_IN_NONE		/* a field that no input has */
};

/* The first value as text, or NULL. */
STILE_API const char	*stile_param(struct stile_req *, enum stile_in,
			    const char *name);

/* A value in its bounds, or the one for when it is absent; what is there and
 * is not a value fails the request with 400 and names the parameter. */
STILE_API int64_t	 stile_param_int(struct stile_req *, enum stile_in,
			    const char *name, int64_t min, int64_t max,
			    int64_t absent);
STILE_API double	 stile_param_double(struct stile_req *, enum stile_in,
			    const char *name, double min, double max,
			    double absent);
STILE_API bool		 stile_param_bool(struct stile_req *, enum stile_in,
			    const char *name, bool absent);

/* "YYYY-MM-DD" in days, and RFC 3339 in milliseconds, since 1970 in UTC. */
STILE_API int64_t	 stile_param_day(struct stile_req *, enum stile_in,
			    const char *name, int64_t absent);
STILE_API int64_t	 stile_param_time(struct stile_req *, enum stile_in,
			    const char *name, int64_t absent);

/* In lower case; NULL where it is absent. */
STILE_API const char	*stile_param_uuid(struct stile_req *, enum stile_in,
			    const char *name);

/* The position of the value in a list such as "red green blue". */
STILE_API int		 stile_param_choice(struct stile_req *, enum stile_in,
			    const char *name, const char *choices, int absent);

#ifdef __cplusplus
}
#endif
#endif
