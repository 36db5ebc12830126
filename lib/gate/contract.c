/* SPDX-License-Identifier: ISC */
/*
 * Contract tests: every route of an application, with inputs that fit what it
 * declares and inputs that do not.  Each case has its own dice, so that the same
 * seed makes the same requests, whatever was answered before; but for the values
 * of paths, which are those that answers had in Location.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "base/banned.h"

#define SEED		1
#define CASES		200
#define CASES_BARE	8	/* where nothing is declared to be varied */
#define SHOWN_MAX	20	/* failures with their requests, in all */
#define SHOWN_ROUTE	3	/* and of one route */
#define SEGMENTS_MAX	64
#define LIMIT_MAX	100	/* rows of a page, as stile_send_page() has it */

/* ---- what is said -------------------------------------------------------------- */

static void	say(struct contract *, const char *fmt, ...)
		    STILE_PRINTF(2, 3);

static void
say(struct contract *c, const char *fmt, ...)
{
	char		 line[1000];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (c->how->say != NULL)
		c->how->say(c->how->say_arg, line);
	else
		fprintf(stderr, "# %s\n", line);
}

/* A request may be longer than a line. */
static void
say_request(struct contract *c, const char *curl)
{
	const char	*line = stile_arena_printf(c->arena, "    %s", curl);

	if (line == NULL)
		c->nomem = true;
	else if (c->how->say != NULL)
		c->how->say(c->how->say_arg, line);
	else
		fprintf(stderr, "# %s\n", line);
}

/* ---- what paths are known ---------------------------------------------------------- */

static char *
copy(struct stile_str s)
{
	char	*p = stile__malloc(s.len + 1);

	if (p == NULL)
		return NULL;
	memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return p;
}

/* The newest take the place of the oldest. */
static void
know(struct contract *c, struct stile_str name, struct stile_str text)
{
	struct known	*k = c->known;
	char		**at;

	while (k < c->known + c->nknown &&
	    !stile_str_eq(stile_str(k->name), name))
		k++;
	if (k == c->known + CONTRACT_NAMES)
		return;
	if (k == c->known + c->nknown) {
		if ((k->name = copy(name)) == NULL)
			return;
		c->nknown++;
	}
	at = &k->text[k->n % CONTRACT_KNOWN];
	free(*at);
	if ((*at = copy(text)) == NULL)
		*at = copy(STR(""));
	k->n++;
}

/* What a Location has where the pattern of a route has its parameters. */
static void
learn(struct contract *c, const char *location)
{
	struct stile_str	segs[SEGMENTS_MAX], rest, seg;
	struct match		m;
	char			*text;
	size_t			i, n = 0, len;

	rest = (struct stile_str){ location, strcspn(location, "?#") };
	while (stile_str_cut(&rest, '/', &seg)) {
		if (seg.len == 0)
			continue;
		text = stile_dec_percent(c->arena, seg, &len);
		if (n == SEGMENTS_MAX || text == NULL)
			return;
		segs[n++] = (struct stile_str){ text, len };
	}
	router_match(c->site->router, c->arena, "GET", segs, n, false, &m);
	for (i = 0; m.kind == MATCH_ROUTE && i < m.nparams; i++)
		know(c, m.params[i].name, stile_str(m.params[i].text));
}

static void
watch(void *arg, const struct stile_answer *a)
{
	const char	*location = stile_answer_header(a, "Location");

	if (stile_answer_status(a) == 201 && location != NULL &&
	    location[0] == '/')
		learn(arg, location);
}

static void
know_values(struct contract *c)
{
	const char *const	*p = c->how->values;
	struct stile_str	 rest, name;

	for (; p != NULL && *p != NULL; p++) {
		rest = stile_str(*p);
		if (stile_str_cut(&rest, '=', &name) && rest.p != NULL)
			know(c, name, rest);
	}
}

/* ---- plans ----------------------------------------------------------------------------- */

/* Whether a rule that no keyword says, or a right, may refuse what fits. */
static bool
is_lenient(const struct stile_schema *row, unsigned depth)
{
	const struct stile_schema	*s = stile__schema_of(row), *p;
	size_t				 i;

	if (s->check != NULL || (row->need != NULL && row->required))
		return true;
	if (depth > 16)
		return false;
	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (is_lenient(p, depth + 1))
			return true;
	for (i = 0; s->one_of != NULL && s->one_of[i] != NULL; i++)
		if (is_lenient(s->one_of[i], depth + 1))
			return true;
	return s->items != NULL && is_lenient(s->items, depth + 1);
}

static bool
has_row(const struct plan *plan, size_t n, struct stile_str name)
{
	const struct stile_schema	*rows = plan->params.properties;
	size_t				 i;

	for (i = 0; i < n; i++)
		if (rows[i].in == STILE_IN_PATH &&
		    stile_str_eq(stile_str(rows[i].name), name))
			return true;
	return false;
}

/* A parameter of the path that the route says no more of. */
static struct stile_schema
path_row(struct contract *c, const struct part *part)
{
	struct stile_schema	row = { .in = STILE_IN_PATH, .required = true };

	row.name = stile_arena_dup(c->keep, part->name);
	if (strcmp(part->conv->public.name, "int") == 0)
		row.type = STILE_INTEGER;
	else if (strcmp(part->conv->public.name, "uuid") == 0)
		row.type = STILE_UUID;
	else if (strcmp(part->conv->public.name, "slug") == 0)
		row.type = STILE_SLUG;
	else
		row.type = STILE_STRING;
	if (row.name == NULL)
		c->nomem = true;
	return row;
}

static void
add_page(const struct stile_page *page, struct stile_schema *rows, size_t *n)
{
	rows[(*n)++] = (struct stile_schema){ .name = "limit",
	    .type = STILE_INTEGER, .min = 1,
	    .max = page->limit_max > 0 ? page->limit_max : LIMIT_MAX };
	if (page->key == NULL)
		rows[(*n)++] = (struct stile_schema){ .name = "offset",
		    .type = STILE_INTEGER, .max = INT64_MAX };
}

static bool
make_plan(struct contract *c, const struct route *route, size_t index,
    struct plan *plan)
{
	const struct stile_route	*row = route->row;
	const struct pattern		*p = &route->pattern;
	const size_t			 declared = row->params != NULL ?
					    stile__properties(row->params) : 0;
	struct stile_schema		*rows;
	size_t				 i, n = declared;

	*plan = (struct plan){ .route = route, .index = index,
	    .ndeclared = declared, .body = row->body };
	rows = stile_arena_alloc(c->keep, declared + p->n + 3, sizeof(*rows));
	if (rows == NULL)
		return false;
	plan->params = (struct stile_schema){ .type = STILE_OBJECT,
	    .properties = rows, .unknown = STILE_UNKNOWN_IGNORED };
	if (row->params != NULL) {
		memcpy(rows, row->params->properties,
		    declared * sizeof(*rows));
		plan->params.unknown = row->params->unknown;
		plan->lenient = is_lenient(row->params, 0);
	}
	for (i = 0; i < p->n; i++)
		if (p->parts[i].conv != NULL &&
		    !has_row(plan, declared, p->parts[i].name))
			rows[n++] = path_row(c, &p->parts[i]);
	plan->npath = n - declared;
	if (row->page != NULL)
		add_page(row->page, rows, &n);
	if (row->body != NULL)
		plan->lenient = plan->lenient || is_lenient(row->body, 0);
	contract_plan_who(c, plan);
	return !c->nomem;
}

/* ---- cases -------------------------------------------------------------------------------- */

/* What a route has shown so far. */
struct shown {
	const char	*wrong[SHOWN_ROUTE];
	size_t		 n;
};

static void
report(struct contract *c, const struct plan *plan, struct input *in,
    const char *wrong, struct shown *shown)
{
	struct sent	sent;
	size_t		i;

	c->nfailed++;
	for (i = 0; i < shown->n; i++)
		if (contract_same(shown->wrong[i], wrong))
			return;
	if (shown->n == SHOWN_ROUTE || c->nshown == SHOWN_MAX)
		return;
	wrong = contract_shrink(c, plan, in, wrong);
	if ((shown->wrong[shown->n] = stile_arena_strdup(c->keep, wrong)) !=
	    NULL)
		shown->n++;
	c->nshown++;
	say(c, "%s %s: %s", in->method, plan->route->pattern.text, wrong);
	if (contract_encode(c, plan, in, &sent))
		say_request(c, contract_curl(c, &sent));
}

static void
run_method(struct contract *c, const struct plan *plan, struct input *in,
    const char *method, struct shown *shown)
{
	const struct stile_answer	*a;
	struct sent			 sent;
	const char			*wrong;

	in->method = method;
	if (!contract_encode(c, plan, in, &sent) ||
	    (a = contract_send(c, &sent)) == NULL)
		return;
	wrong = strcmp(method, "HEAD") == 0 ? contract_judge_head(c, a) :
	    contract_judge_options(c, plan, a);
	if (wrong == NULL)
		return;
	c->nfailed++;
	if (c->nshown == SHOWN_MAX || shown->n == SHOWN_ROUTE)
		return;
	c->nshown++;
	say(c, "%s %s: %s", method, plan->route->pattern.text, wrong);
	say_request(c, contract_curl(c, &sent));
}

/* Whether the library answers OPTIONS at this path. */
static bool
is_options_ours(const struct contract *c, const struct plan *plan)
{
	const struct route	*r;
	size_t			 i;

	for (i = 0; (r = router_at(c->site->router, i)) != NULL; i++)
		if (strcmp(r->pattern.text, plan->route->pattern.text) == 0 &&
		    (strcmp(r->row->method, "*") == 0 ||
		    strcmp(r->row->method, "OPTIONS") == 0))
			return false;
	return true;
}

static const char *
method_of(const struct plan *plan, size_t n)
{
	static const char *const	any[] = {
		"GET", "POST", "PUT", "PATCH", "DELETE"
	};

	if (strcmp(plan->route->row->method, "*") != 0)
		return plan->route->row->method;
	return any[n % NELEM(any)];
}

/* False where no input could be made. */
static bool
run_case(struct contract *c, struct plan *plan, size_t n, struct shown *shown)
{
	const uint64_t			 seed = c->how->seed != 0 ?
					    c->how->seed : SEED;
	struct dice			 dice = { seed * 0x9E3779B97F4A7C15u ^
					    ((uint64_t)plan->index << 32 | n) };
	const struct stile_answer	*a;
	struct input			 in;
	struct sent			 sent;
	const char			*wrong;

	contract_roll(&dice);
	plan->patch = strcmp(method_of(plan, n / 2), "PATCH") == 0;
	in = (struct input){ .params = NULL };
	contract_choose_who(c, plan, n, &dice, &in);
	if (!contract_input(c, plan, &dice, &in))
		return false;
	in.method = method_of(plan, n / 2);
	if (n % 2 == 1 && !contract_break(c, plan, &dice, &in))
		return true;
	if (!contract_encode(c, plan, &in, &sent) ||
	    (a = contract_send(c, &sent)) == NULL)
		return false;
	if ((wrong = contract_judge(c, plan, &in, a)) != NULL)
		report(c, plan, &in, wrong, shown);
	if (n == 0 && wrong == NULL && strcmp(in.method, "GET") == 0)
		run_method(c, plan, &in, "HEAD", shown);
	if (n == 0 && is_options_ours(c, plan))
		run_method(c, plan, &in, "OPTIONS", shown);
	return true;
}

static void
run_route(struct contract *c, struct plan *plan)
{
	const struct stile_route	*row = plan->route->row;
	const bool			 bare = row->params == NULL &&
					    row->body == NULL &&
					    row->page == NULL;
	size_t				 i, n, unmade = 0;
	struct shown			 shown = { .n = 0 };

	n = c->how->cases != 0 ? c->how->cases : CASES;
	if (bare && n > CASES_BARE)
		n = CASES_BARE;
	for (i = 0; i < n && !c->nomem; i++) {
		unmade += !run_case(c, plan, i, &shown);
		stile_arena_reset(c->arena);
		if (client_forget(c->client) != STILE_OK)
			c->nomem = true;
	}
	c->nunmade += unmade;
	if (unmade == n && n > 0)
		say(c, "%s %s: no input could be made that fits; an .example "
		    "helps", row->method, plan->route->pattern.text);
}

static bool
is_skipped(const struct contract *c, const struct stile_route *row)
{
	const char *const	*p = c->how->skip;

	for (; row->name != NULL && p != NULL && *p != NULL; p++)
		if (strcmp(*p, row->name) == 0)
			return true;
	return false;
}

static size_t
run(struct contract *c)
{
	const struct route	*r;
	struct plan		 plan;
	size_t			 i, n = 0;

	for (i = 0; (r = router_at(c->site->router, i)) != NULL &&
	    !c->nomem; i++) {
		if (is_skipped(c, r->row))
			continue;
		if (!make_plan(c, r, i, &plan)) {
			c->nomem = true;
			break;
		}
		run_route(c, &plan);
		n++;
	}
	return n;
}

static bool
start(struct contract *c, const struct stile_app *app)
{
	struct stile_error	e = { .code = STILE_OK };

	c->keep = stile_arena_new(0);
	c->arena = stile_arena_new(0);
	if (c->keep == NULL || c->arena == NULL) {
		say(c, "no memory");
		return false;
	}
	c->client = stile_client_new(app, c->how->settings, &e);
	if (c->client == NULL) {
		say(c, "%s", e.detail);
		return false;
	}
	c->site = client_site(c->client);
	client_watch(c->client, watch, c);
	know_values(c);
	if (c->how->prepare != NULL && c->how->prepare(c->client) < 0) {
		say(c, "%s: it could not be prepared", app->name);
		return false;
	}
	if (client_forget(c->client) != STILE_OK)
		return false;
	return true;
}

static void
end(struct contract *c)
{
	size_t	i, k;

	stile_client_free(c->client);
	if (c->arena != NULL)
		stile_arena_free(c->arena);
	if (c->keep != NULL)
		stile_arena_free(c->keep);
	for (i = 0; i < c->nknown; i++) {
		free(c->known[i].name);
		for (k = 0; k < CONTRACT_KNOWN; k++)
			free(c->known[i].text[k]);
	}
}

int
stile_test_contract(const struct stile_app *app,
    const struct stile_contract *how)
{
	static const struct stile_contract	plain;
	struct contract				c = { .how = how != NULL ? how :
	    &plain };
	size_t					n;
	int					rc = -1;

	if (start(&c, app)) {
		n = run(&c);
		if (c.nomem)
			say(&c, "no memory");
		else
			rc = c.nfailed < INT_MAX ? (int)c.nfailed : INT_MAX;
		say(&c, "%s: %zu requests to %zu routes, seed %" PRIu64
		    ": %zu wrong, %zu inputs not made", app->name, c.nsent, n,
		    c.how->seed != 0 ? c.how->seed : SEED, c.nfailed,
		    c.nunmade);
	}
	end(&c);
	return rc;
}
