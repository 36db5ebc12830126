/* SPDX-License-Identifier: ISC */
/* version: of the application and of the library. */
#include "base/priv.h"

#include "gate/cmd.h"
#include "base/banned.h"

static int
run(struct cmd_line *l)
{
	const struct stile_app	*app = l->site->app;

	printf("%s %s (stile %s)\n", app->name,
	    app->version != NULL ? app->version : "0", PACKAGE_VERSION);
	return 0;
}

const struct cmd cmd_version = {
	.name = "version", .args = "", .run = run,
	.help = "print the versions of the program and of the library",
};
