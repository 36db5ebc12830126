/* SPDX-License-Identifier: ISC */
/* lib/app/url.c: paths from names, with what they are made of. */
#include "rules.h"

#include "stile/enc.h"

/* What the next request asks for: a name and its arguments. */
static const char		*name;
static struct stile_args	 args;

/* The URL, or the failure. */
static int
link_to(struct stile_req *r)
{
	const char	*url = stile_url(r, name, args);

	cr_expect_eq(url == NULL, stile_failed(r) != STILE_OK);
	return stile_send_text(r, 200, url != NULL ? url : "none");
}

static int
nothing(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

static bool
parse_hex(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return s.len > 0 && strspn(s.p, "0123456789abcdef") >= s.len;
}

static const struct stile_converter	converters[] = {
	{ "hex", parse_hex }, { 0 }
};
static const struct stile_route	blog_routes[] = {
	{ "GET", "/", link_to, .name = "index" },
	{ "GET", "/{slug:slug}", nothing, .name = "post" },
	{ "GET", "/go", .handler = link_to },
	{ 0 }
};
static const struct stile_app	blog = { .name = "blog",
    .routes = blog_routes };
static const struct stile_mount	mounts[] = {
	{ "/blog", &blog }, { "/caf\xC3\xA9/b", &blog }, { 0 }
};
static const struct stile_route	routes[] = {
	{ "GET", "/", link_to, .name = "index" },
	{ "GET", "/go", .handler = link_to },
	{ "GET", "/n/{id:int}", nothing, .name = "int" },
	{ "PUT", "/n/{id:int}", nothing, .name = "int" },
	{ "GET", "/s/{s}", nothing, .name = "str" },
	{ "GET", "/slug/{s:slug}/", nothing, .name = "slug" },
	{ "GET", "/u/{u:uuid}", nothing, .name = "uuid" },
	{ "GET", "/p/{p:path}", nothing, .name = "path" },
	{ "GET", "/p/{p:path}/by/{who}", nothing, .name = "by" },
	{ "GET", "/f/{f:path}/", nothing, .name = "folder" },
	{ "GET", "/h/{h:hex}", nothing, .name = "hex" },
	{ "GET", "/d/.{d}", nothing, .name = "hidden" },
	{ "GET", "/v{v:int}/{f}.txt", nothing, .name = "around" },
	{ "GET", "/a b/\xC3\xA9?", nothing, .name = "odd" },
	{ "GET", "/b", nothing, .name = "blog:fake" },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .mounts = mounts, .converters = converters };

#define CASE(name, url, ...)						\
	{ name, { sizeof((struct stile_value[]){ __VA_ARGS__ }) /	\
	    sizeof(struct stile_value),					\
	    (const struct stile_value[]){ __VA_ARGS__ }, false }, url }
#define NONE(name, url)	{ name, STILE_NOARGS_INIT, url }

struct url_case {
	const char		*name;
	struct stile_args	 args;
	const char		*url;		/* NULL: the request fails */
};

static void
check(struct stile_client *c, const char *from, const struct url_case *v,
    size_t n)
{
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < n; i++) {
		name = v[i].name;
		args = v[i].args;
		a = stile_client_get(c, from);
		EXPECT_ANSWER(a, v[i].url != NULL ? 200 : 500, v[i].url,
		    "%zu: %s from %s", i, name, from);
	}
}

Test(url, values)
{
	const struct url_case	cases[] = {
		NONE("index", "/"),
		CASE("int", "/n/0", stile_int(0)),
		CASE("int", "/n/9223372036854775807", stile_int(INT64_MAX)),
		CASE("int", "/n/7", stile_text("7")),
		CASE("str", "/s/a", stile_text("a")),
		CASE("str", "/s/7", stile_int(7)),
		CASE("str", "/s/-7", stile_int(-7)),
		CASE("str", "/s/a%20b%3Fc%23d%25", stile_text("a b?c#d%")),
		CASE("str", "/s/%C3%A9", stile_text("\xC3\xA9")),
		CASE("str", "/s/%3Cscript%3E", stile_text("<script>")),
		CASE("str", "/s/...", stile_text("...")),
		CASE("slug", "/slug/a-b_C/", stile_text("a-b_C")),
		CASE("uuid", "/u/f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		    stile_text("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
		CASE("path", "/p/a", stile_text("a")),
		CASE("path", "/p/a/b/c", stile_text("a/b/c")),
		CASE("path", "/p/a/b/", stile_text("a/b/")),
		CASE("path", "/p/a%20b/%3F/%25", stile_text("a b/?/%")),
		CASE("by", "/p/a/b/by/me", stile_text("a/b"),
		    stile_text("me")),
		CASE("folder", "/f/a/b/", stile_text("a/b")),
		CASE("hex", "/h/ff", stile_text("ff")),
		CASE("hidden", "/d/.a", stile_text("a")),
		CASE("hidden", "/d/...", stile_text("..")),
		CASE("around", "/v3/a%20b.txt", stile_int(3),
		    stile_text("a b")),
		NONE("odd", "/a%20b/%C3%A9%3F"),
		NONE("blog:fake", "/b"),
	};
	struct stile_client	*c = CLIENT(&app);

	check(c, "/go", cases, NELEM(cases));
	stile_client_free(c);
}

/* What its own route would not match must not become a link. */
Test(url, what_is_wrong)
{
	const struct url_case	cases[] = {
		NONE("nothing", NULL), NONE("", NULL), NONE("blog", NULL),
		NONE("int", NULL),
		CASE("int", NULL, stile_int(1), stile_int(2)),
		CASE("index", NULL, stile_int(1)),
		CASE("by", NULL, stile_text("a")),
		CASE("int", NULL, stile_int(-1)),
		CASE("int", NULL, stile_int(INT64_MIN)),
		CASE("int", NULL, stile_text("x")),
		CASE("int", NULL, stile_text("")),
		CASE("int", NULL, stile_null()),
		CASE("int", NULL, stile_bool(true)),
		CASE("int", NULL, stile_double(1)),
		CASE("str", NULL, stile_text("")),
		CASE("str", NULL, stile_text("a/b")),
		CASE("str", NULL, stile_blob("a", 1)),
		CASE("str", NULL, stile_null()),
		CASE("slug", NULL, stile_text("a b")),
		CASE("uuid", NULL, stile_text("f81d4fae")),
		CASE("path", NULL, stile_text("")),
		/* Two slashes in a row would come back as one. */
		CASE("path", NULL, stile_text("a//b")),
		CASE("path", NULL, stile_text("a//")),
		CASE("by", NULL, stile_text("a/"), stile_text("me")),
		CASE("folder", NULL, stile_text("a/")),
		CASE("hex", NULL, stile_text("xyz")),
		CASE("around", NULL, stile_text("v"), stile_text("f")),
		CASE("around", NULL, stile_int(1), stile_text_str(STR("a\0b"))),
		CASE("around", NULL, stile_int(1), stile_text("\xFF")),
		/* With what is around it, "..": the folder above. */
		CASE("hidden", NULL, stile_text(".")),
	};
	struct stile_client	*c = CLIENT(&app);

	check(c, "/go", cases, NELEM(cases));
	stile_client_free(c);
}

Test(url, a_long_one)
{
	static char		 text[9000];
	struct stile_client	*c = CLIENT(&app);
	struct url_case		 v[1];
	struct stile_value	 value;

	memset(text, 'a', sizeof(text) - 1);
	value = stile_text(text);
	v[0] = (struct url_case){ "str", { .n = 1, .v = &value }, NULL };
	check(c, "/go", v, 1);
	stile_client_free(c);
}

Test(url, mounts_and_names)
{
	const struct url_case	outside[] = {
		NONE("index", "/"), NONE("blog:index", "/blog/"),
		CASE("blog:post", "/blog/x", stile_text("x")),
		CASE("post", NULL, stile_text("x")),
	}, inside[] = {
		NONE("index", "/blog/"),
		CASE("post", "/blog/x", stile_text("x")),
		CASE("blog:post", "/blog/x", stile_text("x")),
		CASE("int", "/n/1", stile_int(1)),
	}, second[] = {
		NONE("index", "/caf%C3%A9/b/"),
		CASE("post", "/caf%C3%A9/b/x", stile_text("x")),
		CASE("blog:post", "/blog/x", stile_text("x")),
		CASE("int", "/n/1", stile_int(1)),
	};
	struct stile_client	*c = CLIENT(&app);

	check(c, "/go", outside, NELEM(outside));
	check(c, "/blog/go", inside, NELEM(inside));
	check(c, "/caf%C3%A9/b/go", second, NELEM(second));
	stile_client_free(c);
}

Test(url, below_a_prefix)
{
	const struct url_case	cases[] = {
		NONE("index", "/api/v1/"),
		CASE("int", "/api/v1/n/1", stile_int(1)),
		NONE("blog:index", "/api/v1/blog/"),
	}, plain[] = {
		NONE("index", "/"), NONE("blog:index", "/blog/"),
	};
	struct stile_client	*c = CLIENT(&app, "prefix=/api/v1",);

	check(c, "/api/v1/go", cases, NELEM(cases));
	check(c, "/go", plain, NELEM(plain));
	stile_client_free(c);
}

/* In a request that has failed it does nothing; the first failure stands. */
static int
fail_first(struct stile_req *r)
{
	stile_fail(r, 409, "first");
	cr_expect(stile_url(r, "index", STILE_NOARGS) == NULL);
	cr_expect(stile_url(r, "nothing", STILE_NOARGS) == NULL);
	return STILE_EFAILED;
}

/* Where no route matched, names are the outermost application's. */
static int
in_a_handler_of_errors(struct stile_req *r)
{
	return stile_send_text(r, 404, stile_url(r, "index", STILE_NOARGS));
}

Test(url, after_a_failure)
{
	static const struct stile_route	own[] = {
		{ "GET", "/fail", .handler = fail_first },
		{ "GET", "/", nothing, .name = "index" }, { 0 }
	};
	static const struct stile_error_handler	errors[] = {
		{ 404, .fn = in_a_handler_of_errors }, { 0 }
	};
	static const struct stile_app	demo = { .name = "demo",
	    .routes = own, .errors = errors };
	struct stile_client		*c = CLIENT(&demo);

	EXPECT_ANSWER(stile_client_get(c, "/fail"), 409, NULL, "fail");
	EXPECT_ANSWER(stile_client_get(c, "/none"), 404, "/", "no route");
	stile_client_free(c);
}

/* There and back: a URL leads to its own route with the same values. */
static char	came_back[200];

static int
keep(struct stile_req *r)
{
	snprintf(came_back, sizeof(came_back), "%s", stile_path(r, "x"));
	return stile_send_empty(r, 204);
}

Test(url, there_and_back)
{
	static const struct stile_route	own[] = {
		{ "GET", "/go", .handler = link_to },
		{ "GET", "/x/{x}", keep, .name = "str" },
		{ "GET", "/p/{x:path}", keep, .name = "path" },
		{ 0 }
	};
	static const struct stile_app	demo = { .name = "demo",
	    .routes = own };
	static const struct {
		const char	*name, *value;
	} cases[] = {
		{ "str", "a" }, { "str", "a b" }, { "str", "100%" },
		{ "str", "%2F" }, { "str", "a+b&c=d;e" }, { "str", "?#[]@!$" },
		{ "str", "\xE2\x82\xAC\xF0\x9F\x98\x80" }, { "str", "\"<>'" },
		{ "str", "\x01\x7F" }, { "str", "a\\b" }, { "str", ":" },
		{ "path", "a/b c/\xC3\xA9" }, { "path", "a/b/" },
		{ "path", "%2F/x" }, { "path", "a?b/#c" },
	};
	struct stile_client	*c = CLIENT(&demo);
	struct stile_value	 v;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		v = stile_text(cases[i].value);
		name = cases[i].name;
		args = (struct stile_args){ .n = 1, .v = &v };
		*came_back = '\0';
		EXPECT_ANSWER(stile_client_get(c, body_of(stile_client_get(c,
		    "/go"))), 204, NULL, "%s", cases[i].value);
		EXPECT_STR(came_back, cases[i].value, "%s", cases[i].name);
	}
	stile_client_free(c);
}

/* ---- vectors ------------------------------------------------------------- */

/* A rule that a pattern of ours can be. */
static bool
is_plain(struct json_object *rule, char *pattern, size_t size)
{
	static const char *const	none[] = {
		"alias", "build_only", "defaults", "host", "redirect_to",
		"subdomain", "websocket",
	};
	const char		*text = text_of(rule, "rule");
	struct json_object	*m;
	size_t			 i;

	for (i = 0; i < NELEM(none); i++) {
		m = json_object_object_get(rule, none[i]);
		if (json_object_is_type(m, json_type_object) ||
		    json_object_get_boolean(m))
			return false;
	}
	return strstr(text, "//") == NULL && strchr(text, '(') == NULL &&
	    convert(text, pattern, size) && one_each(pattern);
}

/* The values in the order of the pattern; false if they are not for it. */
static bool
values_for(const char *pattern, struct json_object *all,
    struct stile_value *v, size_t *n)
{
	struct json_object	*m;
	struct stile_str	 rest = stile_str(pattern), piece;
	char			 key[100];

	*n = 0;
	stile_str_cut(&rest, '{', &piece);
	while (stile_str_cut(&rest, '{', &piece)) {
		snprintf(key, sizeof(key), "%.*s",
		    (int)strcspn(piece.p, ":}"), piece.p);
		m = json_object_object_get(all, key);
		if (json_object_is_type(m, json_type_int))
			v[(*n)++] = stile_int(json_object_get_int64(m));
		else if (json_object_is_type(m, json_type_string))
			v[(*n)++] = stile_text(json_object_get_string(m));
		else
			return false;
	}
	/* What is null is not there; what else is left over, is a query. */
	json_object_object_foreach(all, word, value) {
		snprintf(key, sizeof(key), "{%s", word);
		if (value != NULL && strstr(pattern, key) == NULL)
			return false;
	}
	return true;
}

/*
 * The one rule of an endpoint with these values: NULL without an endpoint.  Not
 * found where there are more, or where it is more than a pattern.
 */
static bool
find_rule(struct json_object *map, struct json_object *c, char *pattern,
    size_t size, struct stile_value *v, size_t *n)
{
	struct json_object	*rules = json_object_object_get(map, "rules");
	struct json_object	*rule;
	char			 one[1000];
	size_t			 i, fit = 0;

	pattern[0] = '\0';
	for (i = 0; i < json_object_array_length(rules); i++) {
		rule = json_object_array_get_idx(rules, i);
		if (strcmp(text_of(rule, "endpoint"),
		    text_of(c, "endpoint")) != 0)
			continue;
		fit++;
		if (!is_plain(rule, one, sizeof(one)))
			return false;
		if (!values_for(one, json_object_object_get(c, "values"), v,
		    n))
			continue;
		if (*pattern != '\0')
			return false;
		snprintf(pattern, size, "%s", one);
	}
	return fit == 0 || *pattern != '\0';
}

/* "/a b" of "http://example.org/a%20b", which is as good as "/a+b" is. */
static const char *
decoded_path(struct stile_arena *a, const char *url)
{
	const char	*p = strstr(url, "//");
	size_t		 n;

	if (p != NULL && (p = strchr(p + 2, '/')) != NULL)
		url = p;
	return stile_dec_percent(a, stile_str(url), &n);
}

static void
play_build(struct stile_arena *a, struct json_object *c, const char *pattern)
{
	const struct stile_route	own[] = {
		{ "GET", "/go", .handler = link_to },
		{ "GET", *pattern != '\0' ? pattern : "/none", nothing,
		    .name = *pattern != '\0' ? "rule" : "none" }, { 0 }
	};
	const struct stile_app		demo = { .name = "demo",
	    .routes = own };
	const struct stile_answer	*answer;
	struct stile_client		*client;
	char				 prefix[100], go[100];

	snprintf(prefix, sizeof(prefix), "prefix=%s", text_of(
	    json_object_object_get(c, "adapter"), "script_name"));
	prefix[strlen(prefix) - 1] = '\0';	/* its slash */
	snprintf(go, sizeof(go), "%s/go", prefix + strlen("prefix="));
	client = CLIENT(&demo, prefix,);
	name = "rule";
	answer = stile_client_get(client, go);
	if (text_of(c, "result") == NULL)
		EXPECT_ANSWER(answer, 500, NULL, "%.100s", pattern);
	else
		EXPECT_STR(decoded_path(a, body_of(answer)), decoded_path(a,
		    text_of(c, "result")), "%.100s", pattern);
	stile_client_free(client);
}

/*
 * Played: URLs of one rule that is a pattern, with its values and nothing else,
 * and endpoints that are not there.  Ours are paths, without a query.
 */
Test(url, vectors_werkzeug)
{
	struct json_object	*file = vectors("werkzeug_routing.json");
	struct json_object	*all, *maps, *cases, *c, *map;
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_value	 v[10];
	char			 pattern[1000];
	size_t			 i, k, n = 0, played = 0;

	all = json_object_object_get(file, "cases");
	maps = json_object_object_get(all, "maps");
	cases = json_object_object_get(all, "route.build");
	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		for (k = 0, map = NULL; map == NULL; k++) {
			map = json_object_array_get_idx(maps, k);
			if (strcmp(text_of(map, "id"), text_of(c, "map")) != 0)
				map = NULL;
		}
		/* Of errors only the one for "no such endpoint" is ours. */
		if (!find_rule(json_object_object_get(map, "map"), c, pattern,
		    sizeof(pattern), v, &n) || (*pattern != '\0' &&
		    text_of(c, "result") == NULL))
			continue;
		args = (struct stile_args){ .n = n, .v = v };
		play_build(a, c, pattern);
		played++;
	}
	vectors_played("werkzeug_routing.json", "route.build", played);
	stile_arena_free(a);
	json_object_put(file);
}
