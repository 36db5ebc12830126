/* SPDX-License-Identifier: ISC */
#ifndef APP_CONF_H
#define APP_CONF_H

#include "stile/conf.h"

struct stile_app;
struct stile_arena;

enum conf_source { CONF_DEFAULT, CONF_FILE, CONF_ENV, CONF_FLAG };

struct conf_value {
	const struct stile_setting	*setting;
	enum conf_source		 source;
	const char			*where;	/* "flag --db" */
	const char			*text;
	int64_t				 num;	/* INT, and BOOL as 0 or 1 */
};

/* Everything in the arena; lives as long as that. */
struct conf {
	struct stile_arena	*arena;
	const char		*app;
	struct conf_value	*v;
	size_t			 n;
};

/* The library's settings and the application's, at their defaults. */
enum stile_err	conf_new(struct stile_arena *, const struct stile_app *,
		    struct conf **ret, struct stile_error *);

/* Set one by its name; '-' in it counts as '_'. */
enum stile_err	conf_set(struct conf *, const char *name, const char *value,
		    enum conf_source, const char *where, struct stile_error *);

/* "name = value" lines; and APP_NAME variables of an environment. */
enum stile_err	conf_file(struct conf *, const char *path,
		    struct stile_error *);
enum stile_err	conf_environ(struct conf *, char *const *env,
		    struct stile_error *);

const struct conf_value *conf_find(const struct conf *, const char *name);

/* Of a setting of the library's own, which is there. */
const char	*conf_text(const struct conf *, const char *name);
int64_t		 conf_int(const struct conf *, const char *name);
#endif
