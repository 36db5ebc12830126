/* SPDX-License-Identifier: ISC */
/*
 * The OpenAPI document of a site: openapi.c has its outline, openapi_list.c
 * which operations there are and what they are called, openapi_operation.c
 * what is said of each, openapi_answer.c what it answers with.
 */
#ifndef APP_OPENAPI_H
#define APP_OPENAPI_H

#include "stile/buf.h"
#include "stile/openapi.h"
#include "app/router.h"
#include "codec/json.h"
#include "schema/document.h"

struct stile_site;

/* ---- for commands and site.c ---------------------------------------- */

struct openapi {
	struct stile_str	 text;
	size_t			 server;	/* where its URL belongs */
	const struct schema_use	*schemas;	/* that have a name */
	size_t			 nschemas;
};

/* Make the document in the arena. */
enum stile_err	openapi_make(struct stile_arena *, const struct stile_site *,
		    struct openapi *ret, struct stile_error *);

/* Append it, with the URL of its server. */
void	openapi_write(struct stile_buf *, const struct openapi *,
	    struct stile_str server);

/* Where a site keeps its document; NULL without memory. */
struct openapi_kept;
struct openapi_kept *openapi_keep(struct stile_arena *);

/* ---- between the files ---------------------------------------------- */

struct operation {
	const struct route	*route;
	const char		*method;	/* "get" */
	const char		*id;
	size_t			 path;		/* the first of its path */
};

struct api {
	struct stile_arena	*arena;
	struct stile_buf	*b;
	const struct router	*router;
	struct schema_doc	 d;
	struct operation	*ops;
	size_t			 n;
	unsigned		 usual;		/* answers, by bits */
};

/* Fill ops, each with its id. */
enum stile_err	openapi_list(struct api *);

/* "/notes/{id}" */
void	openapi_put_path(struct api *, const struct pattern *);

void	openapi_put_operation(struct api *, const struct operation *);
void	openapi_put_responses(struct api *, const struct operation *);

/* Those of the usual answers that operations refer to. */
void	openapi_put_usual(struct api *);

/* The next word of "notes admin"; .p NULL: there is none. */
struct stile_str openapi_word(const char **);

/* Members and items of what is written, opened and shut. */
static inline void
open_key(struct api *api, const char *name, char c)
{
	stile__json_key(api->b, name);
	stile_buf_putc(api->b, c);
}

static inline void
open_item(struct api *api)
{
	stile__json_next(api->b);
	stile_buf_putc(api->b, '{');
}

static inline void
shut(struct api *api, const char *brackets)
{
	stile_buf_puts(api->b, brackets);
}
#endif
