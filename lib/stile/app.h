/* SPDX-License-Identifier: ISC */
/* The shape of an application: const tables, each ending with { 0 }. */
#ifndef STILE_APP_H
#define STILE_APP_H

#include <stile/conf.h>
#include <stile/cors.h>
#include <stile/db.h>
#include <stile/limits.h>
#include <stile/input.h>
#include <stile/migrate.h>
#include <stile/schema.h>
#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_app;
struct stile_req;

/* Answer, and return what the sender or stile_fail() returned. */
typedef int (*stile_handler)(struct stile_req *);

enum stile_phase {
	STILE_BEFORE,		/* the handler; may answer in its place */
	STILE_AFTER,		/* the answer is made and can be changed */
	STILE_DONE		/* it is sent; always called */
};

struct stile_hook {
	enum stile_phase phase;
	stile_handler	 fn;
};

/* An answer that a route can give, for its document and its test. */
struct stile_response {
	int				 status;
	const struct stile_schema	*schema;	/* NULL: no JSON */
	const char			*description;
	const char			*type;	/* NULL: application/json */
	const char			*example;
};

struct stile_route {
	const char		*method;	/* "GET", or "*" for any */
	const char		*path;		/* "/notes/{id:int}" */
	stile_handler		 handler;
	const char		*name;		/* for stile_url(); optional */
	const char		*summary;	/* one line; optional */
	const struct stile_hook	*hooks;
	struct stile_limits	 limits;	/* in place of settings */
	enum stile_tx		 tx;		/* of the database */

	/* Who may ask: a permission, or STILE_ANY_USER; or anyone. */
	const char		*need;
	bool			 anyone;

	/* What is declared is checked before the handler runs. */
	const struct stile_schema	*params;	/* each with its .in */
	const struct stile_schema	*body;
	enum stile_body			 body_type;
	const struct stile_page		*page;		/* that it answers with */
	const struct stile_response	*responses;	/* STILE_RESPONSES() */

	/* For its document alone. */
	const char		*description;	/* Markdown */
	const char		*tags;		/* "notes admin" */
	const char		*operation;	/* its id; NULL: made of the name */
	const char		*security;	/* "token session": any of them */
	bool			 deprecated;
	bool			 hidden;	/* has none */
};

#define STILE_RESPONSES(...)						\
	((const struct stile_response[]){ __VA_ARGS__, { 0 } })

/* Called in place of the problem for 404, or for 400 all of 4xx. */
struct stile_error_handler {
	int		status;
	bool		whole_class;	/* 4xx or 5xx, whichever status is in */
	stile_handler	fn;
	/* What it answers with, as JSON, for documents and tests; or NULL. */
	const struct stile_schema	*schema;
};

/* Another application's routes, hooks, error handlers and migrations. */
struct stile_mount {
	const char		*prefix;	/* "/blog" */
	const struct stile_app	*app;
};

/* A kind of path segment: whether it is one, and its value. */
struct stile_converter {
	const char	*name;		/* "hex", for {id:hex} */
	bool		(*parse)(struct stile_str segment,
			    struct stile_value *ret);
};

/* A way to say who one is, for documents (OpenAPI 3.1, section 4.8.27). */
struct stile_security {
	const char	*name;		/* that routes name */
	const char	*type;		/* "http", "apiKey", "openIdConnect" */
	const char	*scheme;	/* "bearer"; a name; or a URL */
	enum stile_in	 in;		/* of an apiKey */
	const char	*description;
};

/* What those who have a role may do: "notes.read notes.write", or "*". */
struct stile_role {
	const char	*name, *permissions;
};

struct stile_tag {
	const char	*name, *description;
};

/* Applications of whose tables and settings it makes use, which come first. */
#define STILE_USES(...)							\
	((const struct stile_app *const[]){ __VA_ARGS__, NULL })

struct stile_app {
	const char				*name;	/* [a-z][a-z0-9_]* */
	const char				*version;
	const char				*summary;	/* one line */
	const struct stile_route		*routes;
	const struct stile_mount		*mounts;
	const struct stile_app *const		*uses;	/* STILE_USES() */
	const struct stile_hook			*hooks;
	const struct stile_error_handler	*errors;
	const struct stile_converter		*converters;
	const struct stile_setting		*settings;
	const struct stile_migration		*migrations;
	const struct stile_cors			*cors;

	const struct stile_role			*roles;
	/* Who asks, by id, 0 for nobody; NULL: stile_identify(). */
	int64_t		(*identify)(struct stile_req *);
	/* Whether they have a permission; NULL: by roles, stile_may(). */
	bool		(*may)(struct stile_req *, const char *permission);

	const char				*description;	/* Markdown */
	const struct stile_tag			*tags;
	const struct stile_security		*security;
};

/* The path of a route by its name, from its parameters in order; percent-
 * encoded, with all prefixes; NULL with the request failed. */
STILE_API const char *stile_url(struct stile_req *, const char *name,
		    struct stile_args);

/* A title as a part of a path, "How to…" as "how-to": at most max bytes of a-z,
 * 0-9 and '-', or ""; NULL with the request failed. */
STILE_API const char *stile_slug(struct stile_req *, const char *title,
		    size_t max);

/* The pattern of the route that matched, or "". */
STILE_API const char *stile_req_route(const struct stile_req *);

/* main() of an application: serves, or runs a command.  Never returns early. */
STILE_API int	stile_main(const struct stile_app *, int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
