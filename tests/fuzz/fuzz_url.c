/* SPDX-License-Identifier: ISC */
/*
 * lib/app/url.c, there and back through lib/http/path.c and lib/app/router.c: a
 * URL that is made from values has nothing in it that a server or a browser
 * could read otherwise, and leads to its own route with the same values.
 *
 * The first line of the input is the name of a route, and may have a "p" before
 * it for a prefix of the web server's; the others are the values.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "app/router.h"
#include "app/site.h"
#include "http/req.h"
#include "fuzz.h"

#define VALUES_MAX	3

static int
nothing(struct stile_req *r)
{
	(void)r;
	return STILE_OK;
}

/* No two of them match the same path. */
static const struct stile_route	inner_routes[] = {
	{ "GET", "/", nothing, .name = "inner" },
	{ "GET", "/{slug:slug}/", nothing, .name = "slug" },
	{ 0 }
};
static const struct stile_app	inner = { .name = "inner",
    .routes = inner_routes };
static const struct stile_mount	mounts[] = {
	{ "/caf\xC3\xA9", &inner }, { 0 }
};
static const struct stile_route	routes[] = {
	{ "GET", "/", nothing, .name = "index" },
	{ "GET", "/i/{i:int}", nothing, .name = "int" },
	{ "GET", "/s/{s}", nothing, .name = "str" },
	{ "GET", "/u/{u:uuid}", nothing, .name = "uuid" },
	{ "GET", "/path/{p:path}", nothing, .name = "path" },
	{ "GET", "/by/{p:path}/by/{who}", nothing, .name = "by" },
	{ "GET", "/v{v:int}/{f}.txt", nothing, .name = "around" },
	{ "GET", "/d/.{d}", nothing, .name = "hidden" },
	{ "GET", "/f/{f:path}/", nothing, .name = "folder" },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .mounts = mounts };

static const struct req_limits	limits = { .url = 64 * 1024, .headers = 100,
    .header_bytes = 32 * 1024, .max = { .params = 100, .body = 1024 } };

static struct stile_req
request(struct stile_arena *a, const struct stile_io *io, const char *prefix)
{
	return (struct stile_req){ .arena = a, .limits = &limits, .io = io,
	    .id = "test-id", .mounted_at = prefix };
}

/* The same route and the same values, from the URL alone. */
static void
check_back(struct stile_arena *a, const struct router *rt, const char *prefix,
    const char *url, const char *name, struct stile_args args)
{
	struct stile_io		io = { .name = "memory" };
	struct stile_req	r = request(a, &io, prefix);
	struct match		m;
	char			*vars[5], *path;
	size_t			 i, n;

	path = stile_dec_percent(a, stile_str(url), &n);
	require(path != NULL && strlen(path) == n);
	vars[0] = stile_arena_printf(a, "REQUEST_METHOD=GET");
	vars[1] = stile_arena_printf(a, "REQUEST_URI=%s?a=b", url);
	vars[2] = stile_arena_printf(a, "PATH_INFO=%s", path);
	vars[3] = stile_arena_printf(a, "SCRIPT_NAME=");
	vars[4] = NULL;
	stile__req_init(&r, vars);
	require(stile_failed(&r) == STILE_OK);
	router_match(rt, a, "GET", r.segs, r.nsegs, r.slash, &m);
	require(m.kind == MATCH_ROUTE);
	require(strcmp(m.route->row->name, name) == 0);
	require(m.nparams == args.n);
	/* A UUID comes back in lower case. */
	for (i = 0; i < args.n; i++)
		require((strcmp(name, "uuid") == 0 ? stile_str_caseeq :
		    stile_str_eq)(stile_str(m.params[i].text), args.v[i].u.s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	 rest = { (const char *)data, size }, line;
	struct stile_value	 v[VALUES_MAX];
	struct stile_args	 args = { .n = 0, .v = v };
	struct stile_io		 io = { .name = "memory" };
	struct stile_site	 site = { .app = &app };
	struct stile_req	 r;
	struct stile_arena	*a;
	const char		*url, *prefix = NULL;
	char			*name;

	if (size == 0 || !stile_str_cut(&rest, '\n', &line))
		return 0;
	require((a = stile_arena_new(0)) != NULL);
	require(router_new(a, &app, &site.router, NULL) == STILE_OK);
	require((name = stile_arena_dup(a, line)) != NULL);
	if (name[0] == 'p' && strcmp(name, "path") != 0) {
		prefix = "/a b/\xC3\xA9";
		name++;
	}
	while (args.n < VALUES_MAX && stile_str_cut(&rest, '\n', &line))
		v[args.n++] = stile_text_str(line);
	r = request(a, &io, prefix);
	r.site = &site;
	r.prefix = prefix != NULL ? prefix : "";
	if ((url = stile_url(&r, name, args)) != NULL) {
		require(url[0] == '/' && strstr(url, "//") == NULL);
		require(url[strspn(url, "/%-._~0123456789"
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] ==
		    '\0');
		check_back(a, site.router, prefix, url, strncmp(name, "inner:",
		    6) == 0 ? name + 6 : name, args);
	} else
		require(stile_failed_status(&r) == 500);
	stile_arena_free(a);
	return 0;
}
