/* SPDX-License-Identifier: ISC */
/* lib/app/docs.c: the reference page, its policy, and where its document is. */
#include "answer.h"

#include <sodium.h>

#include "stile/docs.h"

#define CSP	"Content-Security-Policy"
#define SIZE	(60 * 1024)	/* that it does not grow by and by */

static int
nothing(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

static const struct stile_route inner_routes[] = {
	ROUTE("GET", "/docs", stile_docs),
	{ 0 }
};
static const struct stile_app inner = { .name = "inner",
	.routes = inner_routes };
static const struct stile_mount inner_mounts[] = { { "/in", &inner }, { 0 } };

static const struct stile_route named_routes[] = {
	ROUTE("GET", "/docs", stile_docs),
	{ .method = "GET", .path = "/it's <this> & \"that\"",
	  .handler = nothing, .name = "openapi" },
	{ 0 }
};
static const struct stile_app named = { .name = "named",
	.routes = named_routes, .mounts = inner_mounts };

static const struct stile_route wrong_routes[] = {
	ROUTE("GET", "/docs", stile_docs),
	{ .method = "GET", .path = "/{any}.json", .handler = nothing,
	  .name = "openapi" },
	{ 0 }
};
static const struct stile_app wrong = { .name = "wrong",
	.routes = wrong_routes };

static const struct stile_mount mounts[] = {
	{ "/named", &named }, { "/wrong", &wrong }, { 0 }
};
static const struct stile_app app = { .name = "app", .routes = inner_routes,
	.mounts = mounts };

/* What stands between two texts, each of which is there once. */
static struct stile_str
between(const char *s, const char *begin, const char *end)
{
	struct stile_str	found;

	found.p = strstr(s, begin);
	cr_assert(found.p != NULL && strstr(found.p + 1, begin) == NULL, "%s",
	    begin);
	found.p += strlen(begin);
	s = strstr(found.p, end);
	cr_assert(s != NULL && strstr(s + 1, end) == NULL, "%s", end);
	found.len = (size_t)(s - found.p);
	return found;
}

static const char *
hash(struct stile_str s, char out[64])
{
	unsigned char	sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const unsigned char *)s.p, s.len);
	return sodium_bin2base64(out, 64, sum, sizeof(sum),
	    sodium_base64_VARIANT_ORIGINAL);
}

Test(docs, page)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = stile_client_get(c, "/docs");

	EXPECT_ANSWER(a, 200, NULL, "the page");
	EXPECT_HEADER(a, "Content-Type", "text/html; charset=utf-8", "type");
	EXPECT_HEADER(a, "Cache-Control", "no-cache", "caches ask again");
	EXPECT_HEADER(a, "X-Content-Type-Options", "nosniff", "as all pages");
	cr_expect(length_is_true(a));
	cr_expect_leq(stile_answer_body(a).len, SIZE);
	cr_expect(strncmp(body_of(a), "<!DOCTYPE html>\n<html lang=\"en\">\n",
	    32) == 0);
	cr_expect(strstr(body_of(a), "@style@") == NULL &&
	    strstr(body_of(a), "@script@") == NULL &&
	    strstr(body_of(a), "@document@") == NULL, "a mark that stayed");
	a = send_to(c, "HEAD", "/docs");
	EXPECT_ANSWER(a, 200, "", "its head");
	cr_expect(stile_answer_header(a, "ETag") != NULL);
	EXPECT_ANSWER(send_to(c, "POST", "/docs"), 405, NULL, "no form");
	stile_client_free(c);
}

/* Exactly what stands there may run, and nothing gets out. */
Test(docs, policy)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = stile_client_get(c, "/docs");
	struct stile_str		 script, style;
	char				 one[64], two[64], want[600];

	style = between(body_of(a), "<style>", "</style>");
	script = between(body_of(a), "<script type=\"module\">", "</script>");
	cr_expect_gt(style.len, 1000);
	cr_expect_gt(script.len, 10000);
	snprintf(want, sizeof(want), "default-src 'none'; base-uri 'none'; "
	    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; "
	    "img-src blob: data:; require-trusted-types-for 'script'; "
	    "script-src 'sha256-%s'; style-src 'sha256-%s'; "
	    "trusted-types 'none'", hash(script, one), hash(style, two));
	EXPECT_HEADER(a, CSP, want, "policy");
	cr_expect_eq(count_headers(a, CSP), 1);
	stile_client_free(c);

	/* It is the page's own, and no setting's. */
	c = CLIENT(&app, "security_headers=no",);
	EXPECT_HEADER(stile_client_get(c, "/docs"), CSP, want, "no others");
	stile_client_free(c);
}

/* The browser would take these for something else within the elements. */
Test(docs, script_is_whole)
{
	struct stile_client	*c = CLIENT(&app);
	const char		*body;

	body = body_of(stile_client_get(c, "/docs"));
	cr_expect(strstr(body, "<!--") == NULL);
	cr_expect(strstr(strstr(body, "<script ") + 1, "<script") == NULL);
	cr_expect(strstr(body, "\n\t") == NULL, "indentation");
	cr_expect(strstr(body, "innerHTML") == NULL);
	stile_client_free(c);
}

Test(docs, is_fetched_once)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = stile_client_get(c, "/docs");
	char				 etag[64];

	cr_assert(stile_answer_header(a, "ETag") != NULL);
	snprintf(etag, sizeof(etag), "%s", stile_answer_header(a, "ETag"));
	cr_expect_eq(etag[0], '"', "%s", etag);
	a = get_with(c, "/docs", "If-None-Match", etag);
	EXPECT_ANSWER(a, 304, "", "the same page");
	EXPECT_HEADER(a, "ETag", etag, "the same page");
	cr_expect(stile_answer_header(a, CSP) != NULL, "RFC 9110, 15.4.5");
	EXPECT_ANSWER(get_with(c, "/docs", "If-None-Match", "\"other\""), 200,
	    NULL, "another one");
	EXPECT_ANSWER(get_with(c, "/named/docs", "If-None-Match", etag), 200,
	    NULL, "a page of another document");
	stile_client_free(c);
}

/* Both places in the page say so. */
static void
expect_document(struct stile_client *c, const char *path, const char *url)
{
	const struct stile_answer	*a = stile_client_get(c, path);
	char				 want[200];

	EXPECT_ANSWER(a, 200, NULL, "%s", path);
	snprintf(want, sizeof(want),
	    "<meta name=\"openapi\" content=\"%s\">\n", url);
	cr_expect(strstr(body_of(a), want) != NULL, "%s: %s", path, want);
	snprintf(want, sizeof(want), "<a href=\"%s\">the OpenAPI", url);
	cr_expect(strstr(body_of(a), want) != NULL, "%s: %s", path, want);
}

Test(docs, document)
{
	static const char	url[] = "it%27s%20%3Cthis%3E%20%26%20%22that%22";
	struct stile_client	*c = CLIENT(&app);
	char			 want[200];

	expect_document(c, "/docs", "openapi.json");
	snprintf(want, sizeof(want), "/named/%s", url);
	expect_document(c, "/named/docs", want);
	expect_document(c, "/named/in/docs", want);
	EXPECT_ANSWER(stile_client_get(c, "/wrong/docs"), 500, NULL,
	    "there is no one document");
	stile_client_free(c);

	c = CLIENT(&app, "prefix=/p&q",);
	snprintf(want, sizeof(want), "/p%%26q/named/%s", url);
	expect_document(c, "/p&q/named/docs", want);
	stile_client_free(c);
}

Test(docs, without_memory)
{
	struct stile_client	*c = CLIENT(&app);

	torture_get(c, "/docs");
	torture_get(c, "/named/docs");
	stile_client_free(c);
}
