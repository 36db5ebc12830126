/* SPDX-License-Identifier: ISC */
/* check: what is wrong with the application's tables, without a request. */
#include "base/priv.h"

#include "stile/arena.h"
#include "gate/check.h"
#include "gate/cmd.h"
#include "base/banned.h"

static void
print(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static int
run(struct cmd_line *l)
{
	struct check	c = { .site = l->site, .arena = l->site->arena,
			    .found = print };

	check_site(&c);
	if (c.nomem)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	if (c.nfound > 0)
		return 1;
	printf("%zu route%s, %zu schema%s: ok\n", c.nroutes,
	    c.nroutes == 1 ? "" : "s", c.nschemas, c.nschemas == 1 ? "" : "s");
	return 0;
}

const struct cmd cmd_check = {
	.name = "check", .args = "", .run = run,
	.help = "look for mistakes in the routes and schemas",
};

static void
keep_first(void *arg, const char *line)
{
	const char	**first = arg;

	if (*first == NULL)
		*first = line;
}

int
cmd_check_schemas(struct cmd_line *l)
{
	const char	*first = NULL;
	struct check	 c = { .site = l->site, .arena = l->site->arena,
			    .found = keep_first, .arg = &first,
			    .harm_only = true };

	check_schemas(&c);
	if (c.nomem)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	if (first == NULL)
		return 0;
	/* It starts with our own name. */
	fprintf(stderr, "%s\n", first);
	if (c.nfound > 1)
		cmd_fail(l, 0, "and %zu more; '%s check' prints them",
		    c.nfound - 1, l->program);
	return EXIT_CONFIG;
}
