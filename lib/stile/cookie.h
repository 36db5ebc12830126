/* SPDX-License-Identifier: ISC */
/* Cookies: the Cookie field read, the Set-Cookie field written. */
#ifndef STILE_COOKIE_H
#define STILE_COOKIE_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;
struct stile_buf;
struct stile_req;
struct stile_table;

#define STILE_COOKIE_MAX	4096	/* bytes of a Set-Cookie field */

enum stile_same_site {
	STILE_SAME_SITE_LAX,
	STILE_SAME_SITE_STRICT,
	STILE_SAME_SITE_NONE		/* needs secure */
};

/* What is left out is the safe choice: HttpOnly, SameSite=Lax, this host. */
struct stile_cookie {
	const char	*name;
	const char	*value;		/* NULL: empty */
	const char	*path;		/* NULL: "/" */
	const char	*domain;	/* NULL: this host and no other */
	int64_t		 max_age;	/* seconds; 0: none, below 0: remove */
	int64_t		 expires;	/* seconds since 1970; 0: none */
	enum stile_same_site same_site;
	bool		 secure;	/* over TLS only */
	bool		 partitioned;	/* needs secure */
	bool		 insecure_script_access;	/* no HttpOnly */
};

/* A table of at most max cookies, values as they came, in their order. */
STILE_API enum stile_err stile_cookie_parse(struct stile_arena *,
		    struct stile_str field, size_t max,
		    struct stile_table **ret, struct stile_error *)
		    STILE_MUSTUSE;

/* Append a Set-Cookie field's value; nothing at all when it is refused. */
STILE_API enum stile_err stile_cookie_write(struct stile_buf *,
		    const struct stile_cookie *, struct stile_error *)
		    STILE_MUSTUSE;

/* The request's cookies: the first value of a name, or NULL; all of them. */
STILE_API const char	*stile_cookie(struct stile_req *, const char *name);
STILE_API const struct stile_table *stile_cookie_table(struct stile_req *);

/* Set one with the answer, or have the browser remove it. */
STILE_API int	stile_cookie_set(struct stile_req *,
		    const struct stile_cookie *);
STILE_API int	stile_cookie_remove(struct stile_req *,
		    const struct stile_cookie *);

#ifdef __cplusplus
}
#endif
#endif
