/* SPDX-License-Identifier: ISC */
/* An application holds what its routes declare: tested with made-up requests. */
#ifndef STILE_CONTRACT_H
#define STILE_CONTRACT_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;
struct stile_client;

/* How it is tested; each may be 0. */
struct stile_contract {
	uint64_t		 seed;		/* the same makes the same */
	unsigned		 cases;		/* of each route; 0: 200 */
	const char		*const *settings;	/* of the client */
	const char		*const *headers;	/* "Authorization: x" */
	const char		*const *values;	/* of a path: "id=1" */
	const char		*const *skip;	/* names of routes */

	/* Make what the requests are about; below 0 gives up. */
	int			(*prepare)(struct stile_client *);
	/* The header of one who has these permissions and no others, such as
	 * "Authorization: Bearer x"; NULL: there cannot be one. */
	const char		*(*who)(struct stile_client *,
				    const char *permissions);

	/* A line of the report; NULL: on standard error. */
	void			(*say)(void *arg, const char *line);
	void			*say_arg;
};

/* Run requests that fit and requests that do not on every route; how many
 * answers were wrong, or -1 where nothing could be run. */
STILE_API int	stile_test_contract(const struct stile_app *,
		    const struct stile_contract *);

#ifdef __cplusplus
}
#endif
#endif
