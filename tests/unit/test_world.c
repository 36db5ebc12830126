/* SPDX-License-Identifier: ISC */
/* apps/world: the answers are what the routes declare.  The rest is tested
 * behind a web server. */
#include "app.h"

#include "stile/contract.h"

int	world_main(int argc, char **argv);
#define main	world_main
#include "../../apps/world/world.c"
#undef main

Test(world, contract)
{
	cr_expect_eq(stile_test_contract(&app, NULL), 0);
}

/* The counts that nothing is refused of. */
Test(world, counts)
{
	static const struct {
		const char	*query;
		size_t		 n;
	} cases[] = {
		{ "", 1 }, { "?queries=", 1 }, { "?queries=foo", 1 },
		{ "?queries=0", 1 }, { "?queries=2", 2 },
		{ "?queries=500", 500 }, { "?queries=501", 500 },
		{ "?queries=-501", 1 }, { "?queries=3&queries=7", 3 },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	char				 target[100];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "/queries%s", cases[i].query);
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, 200, NULL, "%s", target);
		cr_expect_eq(json_object_array_length(stile_answer_json(a)),
		    cases[i].n, "%s", target);
	}
	stile_client_free(c);
}
