/* SPDX-License-Identifier: ISC */
#ifndef APP_PATTERN_H
#define APP_PATTERN_H

#include "stile/app.h"

struct stile_arena;

/* A kind of segment; the smaller its rank, the earlier it is tried. */
struct conv {
	struct stile_converter	public;
	int			rank;
	bool			spans;	/* may hold slashes */
};

/* A segment: a literal, or prefix{name:conv}suffix. */
struct part {
	struct stile_str	 prefix;	/* the literal, without conv */
	struct stile_str	 suffix;
	struct stile_str	 name;
	const struct conv	*conv;		/* NULL: a literal */
};

#define PARTS_MAX	32	/* segments of a pattern */

struct pattern {
	const char	*text;
	struct part	*parts;
	size_t		 n;
	size_t		 nparams;
	bool		 slash;		/* it ends in one */
};

/* The converters there are: the library's and the application's own. */
struct convs {
	struct conv	*v;
	size_t		 n;
};

enum stile_err	 convs_new(struct stile_arena *, struct convs *,
		    struct stile_error *);
enum stile_err	 convs_add(struct stile_arena *, struct convs *,
		    const struct stile_converter *, struct stile_error *);

enum stile_err	 pattern_parse(struct stile_arena *, const struct convs *,
		    const char *text, struct pattern *ret,
		    struct stile_error *);

/* Whether a segment is one of this part, and its value. */
bool	 part_match(const struct part *, struct stile_str seg,
	    struct stile_str *inner, struct stile_value *);
#endif
