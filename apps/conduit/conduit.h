/* SPDX-License-Identifier: ISC */
#ifndef CONDUIT_H
#define CONDUIT_H

#include <stile.h>

extern const struct stile_schema	profile_schema;

/* Columns of somebody's profile, as :me sees it, in a row of a join with
 * stile_user u; the place is "author." where they are inside of an author. */
#define PROFILE_COLUMNS(place)						\
	"u.name AS \"" place "username\","				\
	" p.bio AS \"" place "bio\", p.image AS \"" place "image\","	\
	" EXISTS (SELECT 1 FROM follow w WHERE w.followed_id = u.id"	\
	"  AND w.follower_id = :me) AS \"" place "following\""
#define PROFILE_JOIN(id)						\
	" JOIN stile_user u ON u.id = " id				\
	" LEFT JOIN profile p ON p.user_id = u.id"

/* The id of who has the name, 0 for nobody. */
int64_t	user_of_name(struct stile_req *, const char *name);

/* A row and whose it is, by a statement for both: 404 without one, as what it
 * is called.  And 403 where it is another's. */
struct owned {
	int64_t	id, author_id;
};
struct owned	find_owned(struct stile_req *, const char *what,
		    const char *sql, struct stile_args);
int64_t		own(struct stile_req *, const char *what, struct owned);

/* The article of the path's slug. */
struct owned	find_article(struct stile_req *);

extern const struct stile_route	user_routes[], article_routes[],
				comment_routes[];
#endif
