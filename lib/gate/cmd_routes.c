/* SPDX-License-Identifier: ISC */
/* routes: the routing table, mounts included, and who may call what. */
#include "base/priv.h"

#include "stile/user.h"
#include "app/who.h"
#include "gate/cmd.h"
#include "base/banned.h"

static int
run(struct cmd_line *l)
{
	const struct router	*rt = l->site->router;
	const struct route	*r;
	size_t			 i, width = 1, who = 1;
	bool			 said = site_has(l->site, &stile_users);

	for (i = 0; (r = router_at(rt, i)) != NULL; i++) {
		if (strlen(r->pattern.text) > width)
			width = strlen(r->pattern.text);
		if (strlen(who_may(r)) > who)
			who = strlen(who_may(r));
		said = said || r->row->need != NULL || r->row->anyone;
	}
	for (i = 0; (r = router_at(rt, i)) != NULL; i++)
		printf("%-7s %-*s %-*s%s%s%s%s%s\n", r->row->method,
		    (int)width, r->pattern.text, said ? (int)who : 0,
		    said ? who_may(r) : "", said ? " " : "", r->scope->names,
		    r->row->name != NULL ? r->row->name : "-",
		    r->row->summary != NULL ? "  " : "",
		    r->row->summary != NULL ? r->row->summary : "");
	return 0;
}

const struct cmd cmd_routes = {
	.name = "routes", .args = "", .run = run,
	.help = "print the routes: method, path, who may, name",
};
