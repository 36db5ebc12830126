/* SPDX-License-Identifier: ISC */
/* apps/httpbin: the answers are what the routes declare.  The rest is tested
 * behind a web server. */
#include "app.h"

#include "stile/contract.h"

#undef _GNU_SOURCE
int	httpbin_main(int argc, char **argv);
#define main	httpbin_main
#include "../../apps/httpbin/httpbin.c"
#undef main

/* Those that wait, and the one that answers with any status. */
Test(httpbin, contract)
{
	const struct stile_contract	how = {
		.cases = 60,
		.skip = (const char *const[]){ "delay", "drip", "status", NULL },
	};

	cr_expect_eq(stile_test_contract(&app, &how), 0);
}

/* What it refuses, and where it says that is. */
Test(httpbin, refusals)
{
	static const struct {
		const char	*target, *in, *name;
	} cases[] = {
		{ "/redirect/0", "path", "n" },
		{ "/redirect/101", "path", "n" },
		{ "/redirect-to", "query", "url" },
		{ "/redirect-to?url=/&status_code=300", "query",
		  "status_code" },
		{ "/bytes/9?seed=x", "query", "seed" },
		{ "/stream-bytes/9?chunk_size=0", "query", "chunk_size" },
		{ "/drip?numbytes=0", "query", "numbytes" },
		{ "/drip?code=99", "query", "code" },
		{ "/status/99", "path", "codes" },
		{ "/status/200,", "path", "codes" },
		{ "/etag/a%22b", "path", "etag" },
		{ "/cookies/set/a%20b/1", "path", "name" },
		{ "/cookies/set/a/1%3B2", "path", "value" },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	char				 want[200];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_client_get(c, cases[i].target);
		snprintf(want, sizeof(want),
		    "\"errors\":[{\"in\":\"%s\",\"parameter\":\"%s\"",
		    cases[i].in, cases[i].name);
		cr_expect_eq(stile_answer_status(a), 422, "%s: %d",
		    cases[i].target, stile_answer_status(a));
		cr_expect(strstr(body_of(a), want) != NULL, "%s: %s",
		    cases[i].target, body_of(a));
	}
	stile_client_free(c);
}
