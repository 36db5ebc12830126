/* SPDX-License-Identifier: ISC */
/* config: every setting, its effective value, and where that comes from. */
#include "base/priv.h"

#include "gate/cmd.h"
#include "base/banned.h"

static int
run(struct cmd_line *l)
{
	const struct conf	*c = l->site->conf;
	const struct conf_value	*v;
	size_t			 i;

	for (i = 0; i < c->n; i++) {
		v = &c->v[i];
		printf("%s = %s\t# %s\n", v->setting->name,
		    v->setting->secret && *v->text != '\0' ? "(hidden)" :
		    v->text, v->where);
	}
	return 0;
}

const struct cmd cmd_config = {
	.name = "config", .args = "", .run = run,
	.help = "print the effective settings and where each comes from",
};
