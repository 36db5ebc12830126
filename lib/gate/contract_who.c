/* SPDX-License-Identifier: ISC */
/*
 * Who sends what: somebody with all that a route and its properties need,
 * somebody without the latter, and nobody.  The test of the application makes
 * them; each is made once for all routes.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "stile/user.h"
#include "gate/contract.h"
#include "base/banned.h"

#define DEPTH_MAX	16	/* of schemas, which may be in circles */

/* "notes.write notes.pin", each once. */
static const char *
with_word(struct contract *c, const char *words, const char *word)
{
	const char	*all;

	if (word == NULL || stile__has_word(words, word))
		return words;
	all = stile_arena_printf(c->keep, "%s%s%s", words,
	    *words != '\0' ? " " : "", word);
	if (all == NULL)
		c->nomem = true;
	return all != NULL ? all : words;
}

static const char *
with_needs(struct contract *c, const char *words,
    const struct stile_schema *row, unsigned depth)
{
	const struct stile_schema	*s, *p;
	size_t				 i;

	if (row == NULL || depth > DEPTH_MAX)
		return words;
	s = stile__schema_of(row);
	words = with_word(c, words, row->need);
	for (p = s->properties; p != NULL && p->name != NULL; p++)
		words = with_needs(c, words, p, depth + 1);
	for (i = 0; s->one_of != NULL && s->one_of[i] != NULL; i++)
		words = with_needs(c, words, s->one_of[i], depth + 1);
	return with_needs(c, words, s->items, depth + 1);
}

/* Their header, made where it is not known yet; NULL: there is nobody. */
static const char *
somebody(struct contract *c, const char *permissions)
{
	struct somebody	*who;
	const char	*header;

	for (who = c->everybody; who != NULL; who = who->next)
		if (strcmp(who->permissions, permissions) == 0)
			return who->header;
	if ((who = stile_arena_alloc(c->keep, 1, sizeof(*who))) == NULL) {
		c->nomem = true;
		return NULL;
	}
	header = c->how->who(c->client, permissions);
	*who = (struct somebody){ .permissions = permissions,
	    .next = c->everybody };
	if (header != NULL && (who->header = stile_arena_strdup(c->keep,
	    header)) == NULL)
		c->nomem = true;
	c->everybody = who;
	if (client_forget(c->client) != STILE_OK)
		c->nomem = true;
	return who->header;
}

void
contract_plan_who(struct contract *c, struct plan *plan)
{
	const struct stile_route	*row = plan->route->row;
	const struct stile_response	*p;
	const char			*words;

	if (c->how->who == NULL)
		return;
	plan->permissions = row->need != NULL ? row->need : STILE_ANY_USER;
	words = with_needs(c, plan->permissions, row->params, 0);
	words = with_needs(c, words, row->body, 0);
	words = with_needs(c, words, row->page != NULL ? row->page->as : NULL,
	    0);
	for (p = row->responses; p != NULL && p->status != 0; p++)
		words = with_needs(c, words, p->schema, 0);
	plan->who = somebody(c, plan->permissions);
	if (words == plan->permissions)
		return;
	plan->all_permissions = words;
	plan->who_may = somebody(c, words);
}

/* Nobody has a turn on each route, however few its cases are: of those that need
 * somebody, to be refused. */
static bool
is_nobodys(const struct plan *plan, size_t n)
{
	return plan->route->row->need != NULL ? n % 8 == 6 || n % 32 == 7 :
	    n % 4 >= 2;
}

void
contract_choose_who(struct contract *c, const struct plan *plan, size_t n,
    struct dice *d, struct input *in)
{
	in->permissions = "";
	in->refused = false;
	in->who = NULL;
	if (c->how->who == NULL)
		return;
	if (is_nobodys(plan, n))
		in->refused = plan->route->row->need != NULL;
	else if (plan->who_may != NULL && contract_one_in(d, 2)) {
		in->who = plan->who_may;
		in->permissions = plan->all_permissions;
	} else if (plan->who != NULL) {
		in->who = plan->who;
		in->permissions = plan->permissions;
	}
}

bool
contract_may(void *arg, const char *need)
{
	const struct input	*in = arg;

	return stile__has_word(in->permissions, need);
}
