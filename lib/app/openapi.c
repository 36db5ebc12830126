/* SPDX-License-Identifier: ISC */
/*
 * The OpenAPI 3.1 document of an application and of all that is mounted in it,
 * made of their tables: see stile-openapi(7) for what becomes what.
 *
 * It is made once, at the first request for it, and kept; all but its server,
 * which is where the request has found it.
 */
#include "base/priv.h"

#include <inttypes.h>
#include <pthread.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/json.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "app/site.h"
#include "codec/json.h"
#include "base/banned.h"

#define DOCUMENT_MAX	(16 * 1024 * 1024)

struct openapi_kept {
	pthread_mutex_t		 lock;
	struct stile_arena	*arena;		/* NULL: not made yet */
	struct openapi		 doc;
};

struct stile_str
openapi_word(const char **s)
{
	struct stile_str	word;

	if (*s == NULL || *(*s += strspn(*s, " ")) == '\0')
		return (struct stile_str){ NULL, 0 };
	word = (struct stile_str){ *s, strcspn(*s, " ") };
	*s += word.len;
	return word;
}

/* ---- the outline ---------------------------------------------------- */

static void
put_info(struct api *api, const struct stile_app *app)
{
	struct stile_buf	*b = api->b;

	stile__json_key(b, "info");
	stile_buf_putc(b, '{');
	stile__key_text(b, "title", app->name);
	stile__key_text(b, "summary", app->summary);
	stile__key_text(b, "description", app->description);
	stile__key_text(b, "version", app->version != NULL ? app->version :
	    "0");
	stile_buf_putc(b, '}');
}

/* Whether an application further up has a tag or scheme of this name. */
static bool
is_above(const struct api *api, const struct scope *scope, const char *name,
    bool (*has)(const struct stile_app *, const char *))
{
	const struct scope	*s;
	size_t			 i;

	for (i = 0; (s = router_scope_at(api->router, i)) != scope; i++)
		if (has(s->app, name))
			return true;
	return false;
}

static bool
has_tag(const struct stile_app *app, const char *name)
{
	const struct stile_tag	*t;

	for (t = app->tags; t != NULL && t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return true;
	return false;
}

static void
put_scope_tags(struct api *api, const struct scope *scope)
{
	const struct stile_tag	*t;

	for (t = scope->app->tags; t != NULL && t->name != NULL; t++) {
		if (is_above(api, scope, t->name, has_tag))
			continue;
		stile__json_next(api->b);
		stile_buf_putc(api->b, '{');
		stile__key_text(api->b, "name", t->name);
		stile__key_text(api->b, "description", t->description);
		stile_buf_putc(api->b, '}');
	}
}

static void
put_tags(struct api *api)
{
	const struct scope	*s;
	size_t			 i;

	stile__json_key(api->b, "tags");
	stile_buf_putc(api->b, '[');
	for (i = 0; (s = router_scope_at(api->router, i)) != NULL; i++)
		put_scope_tags(api, s);
	stile_buf_putc(api->b, ']');
}

static void
put_paths(struct api *api)
{
	size_t	i, k;

	stile__json_key(api->b, "paths");
	stile_buf_putc(api->b, '{');
	for (i = 0; i < api->n; i++) {
		if (api->ops[i].path != i)
			continue;
		stile__json_next(api->b);
		stile_buf_putc(api->b, '"');
		openapi_put_path(api, &api->ops[i].route->pattern);
		stile_buf_puts(api->b, "\":{");
		for (k = i; k < api->n; k++)
			if (api->ops[k].path == i)
				openapi_put_operation(api, &api->ops[k]);
		stile_buf_putc(api->b, '}');
	}
	stile_buf_putc(api->b, '}');
}

/* ---- security ------------------------------------------------------- */

static bool
has_scheme(const struct stile_app *app, const char *name)
{
	const struct stile_security	*s;

	for (s = app->security; s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return true;
	return false;
}

static void
put_scheme(struct stile_buf *b, const struct stile_security *s)
{
	static const char *const	in[] = {
		[STILE_IN_QUERY] = "query", [STILE_IN_HEADER] = "header",
		[STILE_IN_COOKIE] = "cookie",
	};
	bool				key = strcmp(s->type, "apiKey") == 0;

	stile__json_key(b, s->name);
	stile_buf_putc(b, '{');
	stile__key_text(b, "type", s->type);
	stile__key_text(b, "description", s->description);
	stile__key_text(b, key ? "name" :
	    strcmp(s->type, "openIdConnect") == 0 ? "openIdConnectUrl" :
	    "scheme", s->scheme);
	if (key)
		stile__key_text(b, "in", (size_t)s->in < NELEM(in) &&
		    in[s->in] != NULL ? in[s->in] : "header");
	stile_buf_putc(b, '}');
}

static void
put_schemes(struct api *api)
{
	const struct stile_security	*s;
	const struct scope		*scope;
	size_t				 i;

	stile__json_key(api->b, "securitySchemes");
	stile_buf_putc(api->b, '{');
	for (i = 0; (scope = router_scope_at(api->router, i)) != NULL; i++)
		for (s = scope->app->security; s != NULL && s->name != NULL;
		    s++)
			if (!is_above(api, scope, s->name, has_scheme))
				put_scheme(api->b, s);
	stile_buf_putc(api->b, '}');
}

/* ---- all of it ------------------------------------------------------ */

/* Operations say what components there are, so they come first. */
static void
put_document(struct api *api, const struct stile_app *app, size_t *server)
{
	struct stile_buf	*b = api->b;

	stile_buf_puts(b, "{\"openapi\":\"3.1.1\"");
	put_info(api, app);
	stile_buf_puts(b, ",\"servers\":[{\"url\":");
	*server = stile_buf_view(b).len;
	stile_buf_puts(b, "}]");
	put_tags(api);
	/* What needs nobody to be known does not say so itself. */
	stile_buf_puts(b, ",\"security\":[]");
	put_paths(api);
	stile__json_key(b, "components");
	stile_buf_putc(b, '{');
	stile__json_key(b, "responses");
	stile_buf_putc(b, '{');
	openapi_put_usual(api);
	stile_buf_putc(b, '}');
	put_schemes(api);
	stile__json_key(b, "schemas");
	stile_buf_putc(b, '{');
	stile__schema_put_named(&api->d);
	stile_buf_puts(b, "}}}");
}

enum stile_err
openapi_make(struct stile_arena *a, const struct stile_site *site,
    struct openapi *ret, struct stile_error *e)
{
	struct api	api = { .arena = a, .router = site->router };

	if ((api.b = stile_buf_new(a, DOCUMENT_MAX)) == NULL ||
	    openapi_list(&api) != STILE_OK)
		return stile__error_nomem(e);
	api.d = (struct schema_doc){ .b = api.b, .openapi = true,
	    .refs = "#/components/schemas/" };
	put_document(&api, site->app, &ret->server);
	if (stile_buf_err(api.b) == STILE_ENOMEM)
		return stile__error_nomem(e);
	if (stile_buf_err(api.b) != STILE_OK)
		return stile_error_set(e, stile_buf_err(api.b), 500,
		    "the document would have more than %d bytes",
		    DOCUMENT_MAX);
	ret->text = stile_buf_view(api.b);
	ret->schemas = api.d.v;
	ret->nschemas = api.d.n;
	return STILE_OK;
}

void
openapi_write(struct stile_buf *b, const struct openapi *doc,
    struct stile_str server)
{
	stile_buf_write(b, doc->text.p, doc->server);
	stile_json_write_str(b, server.len > 0 ? server : STR("/"));
	stile_buf_write(b, doc->text.p + doc->server,
	    doc->text.len - doc->server);
}

/* ---- kept ----------------------------------------------------------- */

static void
drop(void *arg)
{
	struct openapi_kept	*k = arg;

	stile_arena_free(k->arena);
	pthread_mutex_destroy(&k->lock);
}

struct openapi_kept *
openapi_keep(struct stile_arena *a)
{
	struct openapi_kept	*k;

	if ((k = stile_arena_alloc(a, 1, sizeof(*k))) == NULL ||
	    pthread_mutex_init(&k->lock, NULL) != 0)
		return NULL;
	return stile_arena_defer(a, drop, k) == STILE_OK ? k : NULL;
}

/* Requests that come meanwhile wait for it. */
static enum stile_err
make_once(const struct stile_site *site, struct stile_error *e)
{
	struct openapi_kept	*k = site->openapi;
	struct stile_arena	*a;
	enum stile_err		 rc = STILE_OK;

	pthread_mutex_lock(&k->lock);
	if (k->arena == NULL) {
		a = stile_arena_new(0);
		rc = a != NULL ? openapi_make(a, site, &k->doc, e) :
		    stile__error_nomem(e);
		if (rc == STILE_OK)
			k->arena = a;
		else
			stile_arena_free(a);
	}
	pthread_mutex_unlock(&k->lock);
	return rc;
}

static uint64_t
fnv1a(struct stile_str s)
{
	uint64_t	h = 14695981039346656037u;
	size_t		i;

	for (i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h;
}

int
stile_openapi(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	struct stile_buf	*b, *prefix;
	char			 tag[20];

	if (make_once(r->site, &e) != STILE_OK)
		return stile_fail_error(r, &e);
	b = stile_buf_new(r->arena, DOCUMENT_MAX);
	prefix = stile_buf_new(r->arena, DOCUMENT_MAX);
	if (b == NULL || prefix == NULL)
		return stile__fail_nomem(r);
	stile__put_prefix(r, prefix);
	openapi_write(b, &r->site->openapi->doc, stile_buf_view(prefix));
	if (stile_buf_err(b) != STILE_OK ||
	    stile_buf_err(prefix) != STILE_OK)
		return stile__fail_nomem(r);
	snprintf(tag, sizeof(tag), "%016" PRIx64, fnv1a(stile_buf_view(b)));
	stile_etag(r, tag);
	stile_cache_control(r, "no-cache");
	return stile_send_buf(r, 200, "application/json", b);
}
