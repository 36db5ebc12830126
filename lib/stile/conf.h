/* SPDX-License-Identifier: ISC */
/* Settings: a flag over the environment over a file over a default. */
#ifndef STILE_CONF_H
#define STILE_CONF_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* A row of a table that ends with { 0 }.  With a name and a default alone it
 * gives a setting of the library that default. */
struct stile_setting {
	const char	*name;		/* "page_size" is --page-size */
	enum stile_type	 type;		/* STILE_TEXT, _INT or _BOOL */
	const char	*absent;	/* the default, as text */
	int64_t		 min, max;	/* of STILE_INT; both 0: no bounds */
	const char	*choices;	/* of STILE_TEXT: "red green" */
	bool		 secret;	/* hidden by the config command */
	const char	*help;		/* one line */
};

/* The effective value; an unknown name or another type fails the request. */
STILE_API const char *stile_conf(struct stile_req *, const char *name);
STILE_API int64_t stile_conf_int(struct stile_req *, const char *name);
STILE_API bool	stile_conf_bool(struct stile_req *, const char *name);

#ifdef __cplusplus
}
#endif
#endif
