/* SPDX-License-Identifier: ISC */
/* request: one request in memory, the fastest way to try a handler. */
#include "base/priv.h"

#include "stile/client.h"
#include "stile/str.h"
#include "gate/cmd.h"
#include "base/banned.h"

static const struct cmd_opt opts[] = {
	{ "header", 'H', "NAME: VALUE", "send a header; may be repeated" },
	{ "data",   'd', "BODY", "send a body, as JSON unless -H says else" },
	{ 0 }
};

struct job {
	struct stile_client	*c;
	const char		*type;
	const char		*data;
};

static bool
add_header(struct job *job, const char *field)
{
	struct stile_str	rest = stile_str(field), name;
	char			key[256];

	if (!stile_str_cut(&rest, ':', &name) || rest.p == NULL ||
	    name.len == 0 || name.len >= sizeof(key))
		return false;
	rest = stile_str_trim(rest);
	memcpy(key, name.p, name.len);
	key[name.len] = '\0';
	/* rest is the end of field, so it ends in NUL. */
	if (strcasecmp(key, "Content-Type") == 0)
		job->type = rest.p;
	return strcasecmp(key, "Content-Type") == 0 ||
	    stile_client_header(job->c, key, rest.p) == STILE_OK;
}

static void
print(const struct stile_answer *a, bool head)
{
	struct stile_str	name, value, body = stile_answer_body(a);
	size_t			i;

	printf("%d %s\n", stile_answer_status(a),
	    stile_status_phrase(stile_answer_status(a)));
	for (i = 0; stile_answer_header_at(a, i, &name, &value); i++)
		printf("%.*s: %.*s\n", STILE_STR_ARG(name),
		    STILE_STR_ARG(value));
	if (head || body.len == 0)
		return;
	printf("\n");
	fwrite(body.p, 1, body.len, stdout);
	if (body.p[body.len - 1] != '\n')
		printf("\n");
}

static int
run(struct cmd_line *l)
{
	struct stile_error		 e = { 0 };
	struct job			 job = { .c = NULL };
	const struct stile_answer	*a;
	size_t				 i;
	int				 rc = 0;

	if ((job.c = client_on(l->site, &e)) == NULL)
		return cmd_fail(l, EXIT_SOFTWARE, "%s", e.detail);
	for (i = 0; i < l->ngiven; i++) {
		if (l->given[i].opt->letter == 'd')
			job.data = l->given[i].value;
		else if (!add_header(&job, l->given[i].value)) {
			rc = cmd_fail(l, EXIT_USAGE, "-H '%s': NAME: VALUE is "
			    "expected", l->given[i].value);
			goto out;
		}
	}
	if (job.data != NULL && job.type == NULL)
		job.type = "application/json";
	a = stile_client_send(job.c, l->args[0], l->args[1], job.type, job.data,
	    job.data != NULL ? strlen(job.data) : 0);
	if (a == NULL)
		rc = cmd_fail(l, EXIT_SOFTWARE, "no memory");
	else
		print(a, strcmp(l->args[0], "HEAD") == 0);
out:
	stile_client_free(job.c);
	return rc;
}

const struct cmd cmd_request = {
	.name = "request", .args = "METHOD PATH", .nargs = 2, .opts = opts,
	.log_level = "warn", .run = run,
	.help = "run one request in memory and print the answer",
};
