/* SPDX-License-Identifier: ISC */
/* apps/hello: the whole of it. */
#include "app.h"

#include "stile/contract.h"

int	hello_main(int argc, char **argv);
#define main	hello_main
#include "../../apps/hello/hello.c"
#undef main

Test(hello, answers)
{
	static const struct {
		const char	*method, *target;
		int		 status;
		const char	*body, *allow;
	} cases[] = {
		{ "GET", "/", 200, "{\"message\":\"Hello, World!\"}", NULL },
		{ "GET", "/?x=1", 200, "{\"message\":\"Hello, World!\"}",
		    NULL },
		{ "HEAD", "/", 200, "", NULL },
		{ "OPTIONS", "/", 204, "", "GET, HEAD, OPTIONS" },
		{ "POST", "/", 405, NULL, "GET, HEAD, OPTIONS" },
		{ "GET", "/hello", 404, NULL, NULL },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = send_to(c, cases[i].method, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%s %s",
		    cases[i].method, cases[i].target);
		EXPECT_STR(stile_answer_header(a, "Allow"), cases[i].allow,
		    "%s %s", cases[i].method, cases[i].target);
	}
	EXPECT_STR(stile_answer_header(stile_client_get(c, "/"),
	    "Content-Type"), "application/json", "type");
	EXPECT_STR(stile_answer_header(send_to(c, "HEAD", "/"),
	    "Content-Length"), "27", "length");
	stile_client_free(c);
}

Test(hello, contract)
{
	cr_expect_eq(stile_test_contract(&app, NULL), 0);
}

Test(hello, its_main_is_stile_main)
{
	static char	name[] = "hello", wrong[] = "no-such-command";
	char		*argv[] = { name, wrong, NULL };

	unsetenv("GATEWAY_INTERFACE");
	cr_expect_eq(hello_main(2, argv), 64);
}
