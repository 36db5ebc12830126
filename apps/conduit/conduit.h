/* SPDX-License-Identifier: ISC */
#ifndef CONDUIT_H
#define CONDUIT_H

#include <stile.h>

/* Somebody, as who asks sees them. */
struct profile {
	const char	*username, *bio, *image;
	bool		 following;
};
extern const struct stile_schema	profile_schema;

/* Columns of a profile for a row of a join with stile_user u, by the name of
 * the place they go to; :me is who asks. */
#define PROFILE_COLUMNS(place)						\
	"u.name AS \"" place "username\","				\
	" p.bio AS \"" place "bio\", p.image AS \"" place "image\","	\
	" EXISTS (SELECT 1 FROM follow w WHERE w.followed_id = u.id"	\
	"  AND w.follower_id = :me) AS \"" place "following\""
#define PROFILE_JOIN(id)						\
	" JOIN stile_user u ON u.id = " id				\
	" LEFT JOIN profile p ON p.user_id = u.id"

/* Who asks, 0 for nobody. */
int64_t	me(struct stile_req *);

/* Fail with {"errors": {field: [what]}}. */
int	refuse(struct stile_req *, int status, const char *field,
	    const char *what);

/* A row and whose it is, by a statement for both: 404 without one, as what it
 * is called.  And 403 where it is another's. */
struct owned {
	int64_t	id, author_id;
};
int	find_owned(struct stile_req *, const char *what, struct owned *,
	    const char *sql, struct stile_args);
int	must_own(struct stile_req *, const char *what, const struct owned *);

/* The article of the path's slug. */
int	find_article(struct stile_req *, struct owned *);

int64_t	now_ms(void);

extern const struct stile_route	user_routes[], article_routes[],
				comment_routes[];
#endif
