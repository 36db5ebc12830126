/* SPDX-License-Identifier: ISC */
/* lib/http/cache.c: validators, and what conditions make of an answer. */
#include "answer.h"

#include "stile/cache.h"
#include "stile/date.h"

#define LM	"Sun, 06 Nov 1994 08:49:37 GMT"
#define LM_SEC	784111777
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER	"Sun, 06 Nov 1994 08:49:38 GMT"

/* ---- an application with a document ------------------------------------- */

static unsigned	changes;		/* PUTs that went through */
static bool	is_there;

/* Whatever validators the query asks for, or a header. */
static int
document(struct stile_req *r)
{
	const char	*etag = stile_query(r, "etag");
	const char	*modified = stile_query(r, "lm");

	if (etag == NULL)
		etag = stile_header(r, "X-ETag");
	if (modified == NULL)
		modified = stile_header(r, "X-LM");
	if (etag != NULL)
		stile_header_set(r, "ETag", etag);
	if (modified != NULL)
		stile_header_set(r, "Last-Modified", modified);
	stile_header_set(r, "Content-Disposition", "inline");
	stile_header_set(r, "X-Other", "1");
	stile_cache_control(r, "max-age=60");
	stile_vary(r, "Accept");
	return stile_send_text(r, (int)stile_query_int(r, "status", 200, 599,
	    200), "content");
}

static int
change(struct stile_req *r)
{
	if (is_there) {
		stile_etag_int(r, 7);
		stile_last_modified(r, LM_SEC);
	}
	if (stile_preconditions(r) != STILE_OK)
		return STILE_EFAILED;
	changes++;
	return stile_send_empty(r, is_there ? 204 : 201);
}

static int
etag_of(struct stile_req *r)
{
	const char	*opaque = stile_header(r, "X-Opaque");

	if (strcmp(stile_path(r, "kind"), "strong") == 0)
		stile_etag(r, opaque);
	else if (strcmp(stile_path(r, "kind"), "weak") == 0)
		stile_etag_weak(r, opaque);
	else
		stile_etag_int(r, INT64_MIN);
	return stile_send_text(r, 200, "x");
}

/* What stands in the header X-Text, by its hook with an ETag. */
static int
content(struct stile_req *r)
{
	const char	*text = stile_header(r, "X-Text");

	if (stile_query(r, "own") != NULL)
		stile_etag(r, "own");
	return stile_send_text(r, (int)stile_query_int(r, "status", 200, 599,
	    200), text != NULL ? text : "");
}

static int
vary(struct stile_req *r)
{
	const char		*how = stile_path(r, "how");
	struct stile_str	 rest = stile_str(how), word;
	char			*name;

	while (stile_str_cut(&rest, ' ', &word)) {
		if ((name = stile_arena_dup(r->arena, word)) == NULL)
			return stile_fail(r, 503, "no memory");
		if (name[0] == '+')
			stile_header_add(r, "vary", name + 1);
		else
			stile_vary(r, name);
	}
	return stile_send_empty(r, 204);
}

static int
after_a_failure(struct stile_req *r)
{
	stile_fail(r, 403, "no");
	cr_expect_eq(stile_etag(r, "x"), STILE_EFAILED);
	cr_expect_eq(stile_etag_int(r, 1), STILE_EFAILED);
	cr_expect_eq(stile_last_modified(r, 0), STILE_EFAILED);
	cr_expect_eq(stile_cache_control(r, "no-store"), STILE_EFAILED);
	cr_expect_eq(stile_vary(r, "Accept"), STILE_EFAILED);
	return stile_preconditions(r);
}

static const struct stile_hook by_content[] = {
	{ STILE_AFTER, stile_etag_content },
	{ 0 }
};
static const struct stile_route routes[] = {
	ROUTE("GET", "/doc", document),
	ROUTE("POST", "/doc", document),
	ROUTE("PUT", "/doc", change),
	ROUTE("DELETE", "/doc", change),
	ROUTE("GET", "/etag/{kind}", etag_of),
	{ "GET", "/content", content, .hooks = by_content },
	ROUTE("GET", "/vary/{how}", vary),
	ROUTE("GET", "/failed", after_a_failure),
	{ 0 }
};
static const struct stile_app app = { .name = "caches", .routes = routes };

/* Up to three headers, then the request without them again. */
static const struct stile_answer *
send_with(struct stile_client *c, const char *method, const char *target,
    const char *const *headers)
{
	const struct stile_answer	*a;
	const char *const		*h;

	for (h = headers; *h != NULL; h += 2)
		stile_client_header(c, h[0], h[1]);
	a = send_to(c, method, target);
	for (h = headers; *h != NULL; h += 2)
		stile_client_header(c, h[0], NULL);
	return a;
}

#define STRONG	"/doc?etag=%22a%22"
#define WEAK	"/doc?etag=W/%22a%22"
#define DATED	"/doc?lm=Sun,+06+Nov+1994+08:49:37+GMT"
#define BOTH	"/doc?etag=%22a%22&lm=Sun,+06+Nov+1994+08:49:37+GMT"

#define INM	"If-None-Match"
#define IM	"If-Match"
#define IMS	"If-Modified-Since"
#define IUS	"If-Unmodified-Since"

Test(cache, conditions_of_a_get)
{
	static const struct {
		const char	*target;
		const char	*headers[7];
		int		 status;
	} cases[] = {
		{ "/doc", { INM, "\"a\"" }, 200 },
		{ "/doc", { IM, "\"a\"" }, 200 },
		{ "/doc", { IMS, LM }, 200 },
		{ STRONG, { NULL }, 200 },
		{ STRONG, { INM, "\"a\"" }, 304 },
		{ STRONG, { INM, "W/\"a\"" }, 304 },
		{ STRONG, { INM, "\"b\"" }, 200 },
		{ STRONG, { INM, "\"b\", \"a\"" }, 304 },
		{ STRONG, { INM, "\"b\",,W/\"a\"" }, 304 },
		{ STRONG, { INM, "*" }, 304 },
		{ STRONG, { INM, "a" }, 200 },
		{ STRONG, { INM, "\"a" }, 200 },
		{ STRONG, { INM, "" }, 200 },
		{ WEAK, { INM, "\"a\"" }, 304 },
		{ WEAK, { INM, "W/\"a\"" }, 304 },
		{ STRONG, { IM, "\"a\"" }, 200 },
		{ STRONG, { IM, "*" }, 200 },
		{ STRONG, { IM, "\"b\", \"a\"" }, 200 },
		{ STRONG, { IM, "\"b\"" }, 412 },
		{ STRONG, { IM, "W/\"a\"" }, 412 },
		{ WEAK, { IM, "W/\"a\"" }, 412 },
		{ STRONG, { IM, "nonsense" }, 412 },
		{ DATED, { IMS, LM }, 304 },
		{ DATED, { IMS, AFTER }, 304 },
		{ DATED, { IMS, BEFORE }, 200 },
		{ DATED, { IMS, "nonsense" }, 200 },
		{ DATED, { IMS, "Sunday, 06-Nov-94 08:49:37 GMT" }, 304 },
		{ DATED, { IMS, "Sun Nov  6 08:49:37 1994" }, 304 },
		{ DATED, { IUS, LM }, 200 },
		{ DATED, { IUS, AFTER }, 200 },
		{ DATED, { IUS, BEFORE }, 412 },
		{ DATED, { IUS, "nonsense" }, 200 },
		{ DATED, { INM, "*" }, 304 },
		{ DATED, { INM, "\"a\"" }, 200 },
		/* The tag before the date, section 13.2.2. */
		{ BOTH, { INM, "\"b\"", IMS, AFTER }, 200 },
		{ BOTH, { INM, "\"a\"", IMS, BEFORE }, 304 },
		{ BOTH, { IM, "\"a\"", IUS, BEFORE }, 200 },
		{ BOTH, { IM, "\"b\"", IUS, AFTER }, 412 },
		{ BOTH, { IM, "\"b\"", INM, "\"a\"" }, 412 },
		{ BOTH, { IM, "\"a\"", INM, "\"a\"" }, 304 },
		{ BOTH, { IUS, LM, IMS, LM, INM, "\"a\"" }, 304 },
		/* Only what would be 200 is asked about. */
		{ BOTH "&status=404", { INM, "\"a\"" }, 404 },
		{ BOTH "&status=500", { IM, "\"b\"" }, 500 },
		{ BOTH "&status=201", { INM, "\"a\"" }, 201 },
		{ "/doc?lm=nonsense", { IMS, AFTER }, 200 },
	};
	static const char *const	 methods[] = { "GET", "HEAD" };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(methods); k++) {
			a = send_with(c, methods[k], cases[i].target,
			    cases[i].headers);
			EXPECT_ANSWER(a, cases[i].status, k == 1 ||
			    cases[i].status == 304 ? "" : NULL, "%zu %s", i,
			    methods[k]);
		}
	/* A POST is its handler's affair. */
	a = send_with(c, "POST", BOTH, (const char *const []){ IM, "\"b\"",
	    NULL });
	EXPECT_ANSWER(a, 200, "content", "POST");
	a = send_with(c, "POST", BOTH, (const char *const []){ INM, "\"a\"",
	    NULL });
	EXPECT_ANSWER(a, 200, "content", "POST");
	stile_client_free(c);
}

/* What section 15.4.5 wants in a 304, and what it does not. */
Test(cache, headers_of_not_modified)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;

	a = get_with(c, BOTH, INM, "\"a\"");
	EXPECT_ANSWER(a, 304, "", "304");
	EXPECT_HEADER(a, "ETag", "\"a\"", "304");
	EXPECT_HEADER(a, "Last-Modified", LM, "304");
	EXPECT_HEADER(a, "Cache-Control", "max-age=60", "304");
	EXPECT_HEADER(a, "Vary", "Accept", "304");
	EXPECT_HEADER(a, "X-Other", "1", "304");
	EXPECT_HEADER(a, "Content-Type", NULL, "304");
	EXPECT_HEADER(a, "Content-Length", NULL, "304");
	EXPECT_HEADER(a, "Content-Disposition", NULL, "304");
	cr_expect(!stile_answer_cut(a));

	a = get_with(c, BOTH, IM, "\"b\"");
	EXPECT_ANSWER(a, 412, NULL, "412");
	EXPECT_HEADER(a, "Content-Type", "application/problem+json", "412");
	EXPECT_HEADER(a, "ETag", NULL, "412");
	EXPECT_HEADER(a, "X-Other", NULL, "412");
	cr_expect(detail_of(a) != NULL && length_is_true(a));
	stile_client_free(c);
}

Test(cache, preconditions_of_a_change)
{
	static const struct {
		bool		 is_there;
		const char	*headers[5];
		bool		 changes;
	} cases[] = {
		{ true, { NULL }, true },
		{ true, { IM, "\"7\"" }, true },
		{ true, { IM, "\"1\", \"7\"" }, true },
		{ true, { IM, "*" }, true },
		{ true, { IM, "\"8\"" }, false },
		{ true, { IM, "W/\"7\"" }, false },
		{ true, { IM, "7" }, false },
		{ true, { IM, "" }, false },
		{ true, { INM, "*" }, false },
		{ true, { INM, "\"7\"" }, false },
		{ true, { INM, "W/\"7\"" }, false },
		{ true, { INM, "\"8\"" }, true },
		{ true, { INM, "nonsense" }, false },
		{ true, { IUS, LM }, true },
		{ true, { IUS, AFTER }, true },
		{ true, { IUS, BEFORE }, false },
		{ true, { IUS, "nonsense" }, true },
		{ true, { IM, "\"7\"", IUS, BEFORE }, true },
		{ true, { IMS, LM }, true },
		/* Only to create it. */
		{ false, { INM, "*" }, true },
		{ false, { INM, "\"7\"" }, true },
		{ false, { NULL }, true },
		{ false, { IM, "*" }, false },
		{ false, { IM, "\"7\"" }, false },
		{ false, { IUS, BEFORE }, true },
	};
	static const char *const	 methods[] = { "PUT", "DELETE" };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(methods); k++) {
			changes = 0;
			is_there = cases[i].is_there;
			a = send_with(c, methods[k], "/doc", cases[i].headers);
			EXPECT_ANSWER(a, !cases[i].changes ? 412 : is_there ?
			    204 : 201, NULL, "%zu %s", i, methods[k]);
			cr_expect_eq(changes, cases[i].changes, "%zu", i);
			if (!cases[i].changes)
				EXPECT_HEADER(a, "Content-Type",
				    "application/problem+json", "%zu", i);
		}
	stile_client_free(c);
}

Test(cache, entity_tags)
{
	static const struct {
		const char	*target, *opaque, *want;	/* NULL: 500 */
	} cases[] = {
		{ "/etag/strong", "a", "\"a\"" },
		{ "/etag/strong", "", "\"\"" },
		{ "/etag/strong", "a-1.2:3/4", "\"a-1.2:3/4\"" },
		{ "/etag/weak", "a", "W/\"a\"" },
		{ "/etag/int", "", "\"-9223372036854775808\"" },
		{ "/etag/strong", "a\"b", NULL },
		{ "/etag/strong", "a b", NULL },
		{ "/etag/strong", "\t", NULL },
		{ "/etag/weak", "\"", NULL },
		{ "/etag/strong", "a\r\nX: y", NULL },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = get_with(c, cases[i].target, "X-Opaque", cases[i].opaque);
		EXPECT_ANSWER(a, cases[i].want != NULL ? 200 : 500, NULL,
		    "%zu", i);
		EXPECT_HEADER(a, "ETag", cases[i].want, "%zu", i);
	}
	EXPECT_ANSWER(stile_client_get(c, "/failed"), 403, NULL, "failed");
	stile_client_free(c);
}

Test(cache, last_modified)
{
	static const struct {
		int64_t		 sec;
		const char	*want;
	} cases[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ LM_SEC, LM },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		cr_expect_eq(stile_last_modified(&u.r, cases[i].sec),
		    STILE_OK);
		stile_send_empty(&u.r, 200);
		cr_expect(strstr(unit_answer(&u), cases[i].want) != NULL,
		    "%s", unit_answer(&u));
		unit_end(&u);
	}
}

/* The ETag of a text, copied, for the next one is of another answer. */
static const char *
content_etag(struct stile_client *c, const char *text)
{
	return stile_answer_header(get_with(c, "/content", "X-Text", text),
	    "ETag");
}

Test(cache, an_etag_from_the_content)
{
	static const char *const texts[] = {
		"a", "b", "aa", "ab", "ba", "a ", "A", "aaa",
		"The quick brown fox", "The quick brown fix",
	};
	struct stile_client		*c = CLIENT(&app), *c2 = CLIENT(&app);
	const struct stile_answer	*a;
	const char			*etags[NELEM(texts)];
	size_t				 i, k;

	for (i = 0; i < NELEM(texts); i++) {
		etags[i] = content_etag(c, texts[i]);
		cr_assert(etags[i] != NULL && strlen(etags[i]) == 34, "%zu", i);
		EXPECT_STR(content_etag(c2, texts[i]), etags[i], "%zu", i);
		for (k = 0; k < i; k++)
			cr_expect(strcmp(etags[i], etags[k]) != 0, "%s, %s",
			    texts[i], texts[k]);
	}
	stile_client_header(c, INM, etags[0]);
	EXPECT_ANSWER(get_with(c, "/content", "X-Text", "a"), 304, "", "same");
	EXPECT_ANSWER(get_with(c, "/content", "X-Text", "b"), 200, "b",
	    "other");
	a = get_with(c, "/content?own", "X-Text", "a");
	EXPECT_ANSWER(a, 200, "a", "its own");
	EXPECT_HEADER(a, "ETag", "\"own\"", "its own");
	a = get_with(c, "/content?status=404", "X-Text", "a");
	EXPECT_ANSWER(a, 404, "a", "404");
	EXPECT_HEADER(a, "ETag", NULL, "404");
	/* A file may come in its place. */
	EXPECT_HEADER(stile_client_get(c, "/content"), "ETag", NULL, "empty");
	stile_client_free(c);
	stile_client_free(c2);
}

Test(cache, vary_is_one_list)
{
	static const char *const cases[][2] = {
		{ "Accept", "Accept" },
		{ "Accept%20Cookie", "Accept, Cookie" },
		{ "Accept%20accept%20ACCEPT", "Accept" },
		{ "Accept%20Accept-Encoding%20Accept",
		    "Accept, Accept-Encoding" },
		{ "Accept-Encoding%20Accept", "Accept-Encoding, Accept" },
		{ "*%20Accept", "*" },
		{ "+Accept%20+Cookie%20Origin", "Accept, Cookie, Origin" },
		{ "+Accept%20+Cookie,Origin%20Origin", "Accept" },
		{ "+%20Accept", "Accept" },
		{ "+Accept,%20Cookie%20Origin", "Accept,, Cookie, Origin" },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	char				 target[100];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "/vary/%s", cases[i][0]);
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, 204, "", "%s", target);
		EXPECT_HEADER(a, "Vary", cases[i][1], "%s", target);
	}
	cr_expect_eq(count_headers(stile_client_get(c,
	    "/vary/+Accept%20+Cookie%20Origin"), "Vary"), 1);
	stile_client_free(c);
}

/* ---- what the library fresh tests with ---------------------------------- */

static const char *
member(struct json_object *o, const char *name)
{
	struct json_object	*v;

	return json_object_object_get_ex(o, name, &v) ?
	    json_object_get_string(v) : NULL;
}

/* Where it has reasons of its own, and is not followed. */
static const struct {
	const char	*name, *value;
	const char	*why;
} fresh_differences[] = {
	{ "cache-control", " no-cache", "a request's Cache-Control is for "
	    "caches on the way; the conditions still stand (RFC 9111, "
	    "section 5.2.1.4)" },
};

static bool
differs(struct json_object *req)
{
	size_t	i;

	for (i = 0; i < NELEM(fresh_differences); i++)
		if (member(req, fresh_differences[i].name) != NULL &&
		    strcmp(member(req, fresh_differences[i].name),
		    fresh_differences[i].value) == 0)
			return true;
	return false;
}

static void
put_headers(struct stile_client *c, struct json_object *headers, bool put)
{
	struct json_object_iterator	it, end;

	it = json_object_iter_begin(headers);
	end = json_object_iter_end(headers);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		stile_client_header(c, json_object_iter_peek_name(&it), put ?
		    json_object_get_string(json_object_iter_peek_value(&it)) :
		    NULL);
}

Test(cache, vectors)
{
	struct json_object		*all = vectors("fresh.json");
	struct json_object		*one, *req, *res;
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i, skipped = 0;
	bool				 fresh;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		req = json_object_object_get(one, "req");
		res = json_object_object_get(one, "res");
		fresh = json_object_get_boolean(json_object_object_get(one,
		    "fresh"));
		stile_client_header(c, "X-ETag", member(res, "etag"));
		stile_client_header(c, "X-LM", member(res, "last-modified"));
		put_headers(c, req, true);
		a = stile_client_get(c, "/doc");
		put_headers(c, req, false);
		if (differs(req)) {
			skipped++;
			EXPECT_ANSWER(a, member(res, "etag") != NULL ||
			    member(res, "last-modified") != NULL ? 304 : 200,
			    NULL, "%zu differs", i);
			continue;
		}
		EXPECT_ANSWER(a, fresh ? 304 : 200, fresh ? "" : "content",
		    "%zu %s", i, member(one, "test"));
		if (fresh)
			EXPECT_HEADER(a, "ETag", member(res, "etag"), "%zu",
			    i);
	}
	cr_log_info("fresh: %zu vectors, %zu differ on purpose", i, skipped);
	cr_expect_eq(i, 24);
	cr_expect_eq(skipped, 3);
	stile_client_free(c);
	json_object_put(all);
}

Test(cache, survives_every_allocation_failure)
{
	static const char *const targets[] = { BOTH, "/content",
		"/vary/+Accept%20+Cookie%20Origin", "/etag/int" };
	struct stile_client	*c = CLIENT(&app);
	size_t			 i;

	stile_client_header(c, "X-Text", "text");
	for (i = 0; i < NELEM(targets); i++)
		torture_get(c, targets[i]);
	stile_client_header(c, INM, "\"a\"");
	torture_get(c, BOTH);
	stile_client_header(c, INM, NULL);
	stile_client_header(c, IM, "\"b\"");
	torture_get(c, BOTH);
	stile_client_free(c);
}
