/* SPDX-License-Identifier: ISC */
/* lib/app/secure.c: headers that guard pages, and the nonce in their policy. */
#include "answer.h"

#include "stile/page.h"
#include "stile/stream.h"

#define CSP	"Content-Security-Policy"
#define HSTS	"Strict-Transport-Security"
#define POLICY	"base-uri 'self'; form-action 'self'; " \
		"frame-ancestors 'self'; object-src 'none'"

/* ---- an application with pages ------------------------------------------ */

static int
typed(struct stile_req *r)
{
	const char	*type = stile_header(r, "X-Type");

	return stile_send(r, (int)stile_query_int(r, "status", 200, 599, 200),
	    type, "<p>", 3);
}

static int
own(struct stile_req *r)
{
	stile_header_set(r, "content-security-policy", "default-src 'none'");
	stile_header_set(r, "X-Content-Type-Options", "own");
	stile_header_set(r, "Referrer-Policy", "no-referrer");
	stile_header_set(r, HSTS, "max-age=0");
	return stile_send_html(r, 200, "<p>");
}

static int
with_nonce(struct stile_req *r)
{
	const char	*one = stile_csp_nonce(r), *two = stile_csp_nonce(r);

	if (one != two)
		return stile_fail(r, 500, "two nonces of one page");
	if (stile_query(r, "fail") != NULL)
		return stile_fail(r, 404, "after the nonce");
	return stile_send_html(r, 200, one);
}

static int
late(struct stile_req *r)
{
	stile_begin_stream(r, 200, "text/html; charset=utf-8");
	stile_write(r, "<p>", 3);
	return stile_write(r, stile_csp_nonce(r), 0);
}

static int
streamed(struct stile_req *r)
{
	const char	*nonce = stile_csp_nonce(r);

	stile_begin_stream(r, 200, "text/html; charset=utf-8");
	stile_write(r, nonce, strlen(nonce));
	cr_expect(stile_csp_nonce(r) == nonce, "the one there is");
	return STILE_OK;
}

static int
failed(struct stile_req *r)
{
	stile_fail(r, 403, "no");
	EXPECT_STR(stile_csp_nonce(r), "", "failed");
	return STILE_EFAILED;
}

static const struct stile_route routes[] = {
	ROUTE("GET", "/typed", typed),
	ROUTE("GET", "/own", own),
	ROUTE("GET", "/nonce", with_nonce),
	ROUTE("GET", "/late", late),
	ROUTE("GET", "/streamed", streamed),
	ROUTE("GET", "/failed", failed),
	{ 0 }
};
static const struct stile_app app = { .name = "pages", .routes = routes };

static void
expect_guarded(const struct stile_answer *a, bool guarded, bool https,
    const char *name)
{
	EXPECT_HEADER(a, "X-Content-Type-Options", guarded ? "nosniff" : NULL,
	    "%s", name);
	EXPECT_HEADER(a, "Referrer-Policy", guarded ?
	    "strict-origin-when-cross-origin" : NULL, "%s", name);
	EXPECT_HEADER(a, CSP, guarded ? POLICY : NULL, "%s", name);
	EXPECT_HEADER(a, HSTS, guarded && https ? "max-age=31536000" : NULL,
	    "%s", name);
}

Test(secure, html_only)
{
	static const struct {
		const char	*type;
		bool		 guarded;
	} cases[] = {
		{ "text/html", true },
		{ "text/html; charset=utf-8", true },
		{ "text/html;charset=utf-8", true },
		{ "Text/HTML", true },
		{ "text/htmlx", false },
		{ "text/plain; charset=utf-8", false },
		{ "application/json", false },
		{ NULL, false },
	};
	static const char *const	 statuses[] = { "/typed",
		"/typed?status=404", "/typed?status=500" };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(statuses); k++) {
			a = get_with(c, statuses[k], "X-Type", cases[i].type);
			EXPECT_HEADER(a, "Content-Type", cases[i].type, "%zu",
			    i);
			expect_guarded(a, cases[i].guarded, false,
			    cases[i].type);
		}
	/* A failure as a page, and as a problem. */
	stile_client_header(c, "Accept", "text/html");
	a = stile_client_get(c, "/nowhere");
	EXPECT_HEADER(a, "Content-Type", "text/html; charset=utf-8", "404");
	expect_guarded(a, true, false, "404");
	stile_client_header(c, "Accept", NULL);
	expect_guarded(stile_client_get(c, "/nowhere"), false, false, "404");
	stile_client_free(c);

	c = CLIENT(&app, "security_headers=no",);
	expect_guarded(get_with(c, "/typed", "X-Type", "text/html"), false,
	    false, "switched off");
	stile_client_free(c);
}

Test(secure, https_for_good_once_it_was_used)
{
	struct stile_client	*c = CLIENT(&app, "proxies=127.0.0.1",);

	stile_client_header(c, "X-Type", "text/html");
	expect_guarded(get_with(c, "/typed", "X-Forwarded-Proto", "https"),
	    true, true, "https");
	expect_guarded(get_with(c, "/typed", "X-Forwarded-Proto", "http"),
	    true, false, "http");
	stile_client_header(c, "X-Type", "application/json");
	expect_guarded(get_with(c, "/typed", "X-Forwarded-Proto", "https"),
	    false, true, "JSON");
	stile_client_free(c);
}

Test(secure, what_is_there_stays)
{
	struct stile_client		*c = CLIENT(&app, "proxies=127.0.0.1",);
	const struct stile_answer	*a;

	a = get_with(c, "/own", "X-Forwarded-Proto", "https");
	EXPECT_HEADER(a, CSP, "default-src 'none'", "own");
	EXPECT_HEADER(a, "X-Content-Type-Options", "own", "own");
	EXPECT_HEADER(a, "Referrer-Policy", "no-referrer", "own");
	EXPECT_HEADER(a, HSTS, "max-age=0", "own");
	cr_expect_eq(count_headers(a, CSP), 1);
	stile_client_free(c);
}

static void
expect_policy_with(const struct stile_answer *a, const char *nonce)
{
	char	want[400];

	snprintf(want, sizeof(want), POLICY "; script-src 'nonce-%s'; "
	    "style-src 'self' 'nonce-%s'", nonce, nonce);
	EXPECT_HEADER(a, CSP, want, "nonce");
}

Test(secure, nonces)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a, *b;

	a = stile_client_get(c, "/nonce");
	b = stile_client_get(c, "/nonce");
	EXPECT_ANSWER(a, 200, NULL, "nonce");
	cr_expect_eq(strlen(body_of(a)), 32);
	cr_expect_eq(strspn(body_of(a), "0123456789abcdef"), 32);
	cr_expect(strcmp(body_of(a), body_of(b)) != 0, "never twice");
	expect_policy_with(a, body_of(a));
	expect_policy_with(b, body_of(b));

	a = stile_client_get(c, "/streamed");
	EXPECT_ANSWER(a, 200, NULL, "streamed");
	expect_policy_with(a, body_of(a));
	cr_expect(!stile_answer_cut(a));

	/* A page whose policy has gone would run any script. */
	a = stile_client_get(c, "/late");
	EXPECT_ANSWER(a, 200, "<p>", "late");
	cr_expect(stile_answer_cut(a));
	EXPECT_ANSWER(stile_client_get(c, "/failed"), 403, NULL, "failed");
	a = get_with(c, "/nonce?fail", "Accept", "text/html");
	EXPECT_ANSWER(a, 404, NULL, "the page of a failure");
	cr_expect(stile_answer_header(a, CSP) != NULL);
	stile_client_free(c);
}

Test(secure, survives_every_allocation_failure)
{
	struct stile_client	*c = CLIENT(&app);

	stile_client_header(c, "X-Type", "text/html");
	torture_get(c, "/typed");
	torture_get(c, "/nonce");
	stile_client_free(c);
}
