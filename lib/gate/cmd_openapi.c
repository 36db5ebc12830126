/* SPDX-License-Identifier: ISC */
/* openapi: the document of the application, as stile_openapi() answers it. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "app/openapi.h"
#include "codec/json.h"
#include "gate/cmd.h"
#include "base/banned.h"

static const struct cmd_opt	opts[] = {
	{ "server", '\0', "URL", "where the application is to be found" },
	{ 0 }
};

static int
run(struct cmd_line *l)
{
	struct stile_arena	*a = l->site->arena;
	struct stile_error	 e = { 0 };
	struct stile_buf	*b, *pretty;
	struct openapi		 doc;
	const char		*server = cmd_value(l, "server");

	if (server == NULL)
		server = l->site->prefix != NULL ? l->site->prefix : "";
	if (openapi_make(a, l->site, &doc, &e) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "%s", e.detail);
	b = stile_buf_new(a, SIZE_MAX);
	pretty = stile_buf_new(a, SIZE_MAX);
	if (b == NULL || pretty == NULL)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	openapi_write(b, &doc, stile_str(server));
	stile__json_indent(pretty, stile_buf_view(b));
	if (stile_buf_err(b) != STILE_OK || stile_buf_err(pretty) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	printf("%s", stile_buf_view(pretty).p);
	return 0;
}

const struct cmd cmd_openapi = {
	.name = "openapi", .args = "", .opts = opts, .run = run,
	.help = "print the OpenAPI document",
};
