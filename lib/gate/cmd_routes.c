/* SPDX-License-Identifier: ISC */
/* routes: the routing table, mounts included. */
#include "base/priv.h"

#include "gate/cmd.h"
#include "base/banned.h"

static int
run(struct cmd_line *l)
{
	const struct router	*rt = l->site->router;
	const struct route	*r;
	size_t			 i, width = 1;

	for (i = 0; (r = router_at(rt, i)) != NULL; i++)
		if (strlen(r->pattern.text) > width)
			width = strlen(r->pattern.text);
	for (i = 0; (r = router_at(rt, i)) != NULL; i++)
		printf("%-7s %-*s %s%s%s%s\n", r->row->method, (int)width,
		    r->pattern.text, r->scope->names,
		    r->row->name != NULL ? r->row->name : "-",
		    r->row->summary != NULL ? "  " : "",
		    r->row->summary != NULL ? r->row->summary : "");
	return 0;
}

const struct cmd cmd_routes = {
	.name = "routes", .args = "", .run = run,
	.help = "print the routes: method, path, name",
};
