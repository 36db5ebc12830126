/* SPDX-License-Identifier: ISC */
/*
 * An input made smaller while its answer stays as wrong: members and items that
 * need not be there are left out, texts become short.  An input that fits goes
 * on to fit, and what is broken in another one stays as it is.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "base/banned.h"

#define SENDS_MAX	150
#define NODES_MAX	400

struct shrinker {
	struct contract		*c;
	const struct plan	*plan;
	struct input		*in;
	const char		*wrong;
	size_t			 sends;
};

/* Whether it is as wrong as it was. */
static bool
is_as_wrong(struct shrinker *s)
{
	const struct stile_answer	*a;
	struct sent			 sent;
	const char			*wrong;

	s->sends++;
	if (!contract_encode(s->c, s->plan, s->in, &sent) ||
	    (a = contract_send(s->c, &sent)) == NULL)
		return false;
	wrong = contract_judge(s->c, s->plan, s->in, a);
	if (wrong == NULL || !contract_same(wrong, s->wrong))
		return false;
	s->wrong = wrong;
	return true;
}

static bool
has_to_be(const struct input *in, const struct node *n)
{
	if (n->tag || n->fixed)
		return true;
	if (n->row == NULL)
		return false;
	if (n->up == in->params && n->row->in == STILE_IN_PATH)
		return true;
	return n->row->required && n->row->absent == NULL && !n->up->patch;
}

/* Whether one less is still enough. */
static bool
may_go(const struct input *in, const struct node *n)
{
	const struct stile_schema	*s;

	if (n->up == NULL)
		return false;
	s = n->up->row != NULL ? stile__schema_of(n->up->row) : NULL;
	if (s != NULL && (s->type == STILE_ARRAY || s->type == STILE_MAP))
		return !n->up->fixed && s->min < (int64_t)contract_count(n->up);
	return !has_to_be(in, n);
}

static void
leave_out(struct shrinker *s, struct node *n)
{
	struct node	*up = n->up, *next = n->next, **at;

	for (at = &up->first; *at != n; at = &(*at)->next)
		continue;
	*at = next;
	n->up = NULL;
	if (is_as_wrong(s))
		return;
	*at = n;
	n->next = next;
	n->up = up;
}

/* Another one for each item, which may have to differ. */
static int
letter_of(const struct node *n)
{
	const struct node	*p;
	int			 i = 0;

	if (n->up == NULL || n->up->kind != NODE_ARRAY)
		return 'a';
	for (p = n->up->first; p != n; p = p->next)
		i++;
	return 'a' + i % 26;
}

/* So many characters as there have to be. */
static void
shorten(struct shrinker *s, struct node *n)
{
	const struct stile_schema	*schema;
	const struct stile_value	 old = n->v;
	size_t				 len;
	char				*p;

	schema = n->row != NULL ? stile__schema_of(n->row) : NULL;
	if (n->fixed || n->kind != NODE_SCALAR || n->v.type != STILE_TEXT ||
	    schema == NULL || schema->type != STILE_STRING ||
	    schema->pattern != NULL || schema->choices != NULL ||
	    (n->up == s->in->params && n->row->in == STILE_IN_PATH))
		return;
	len = schema->min > 0 ? (size_t)schema->min : 1;
	if (n->v.u.s.len < len ||
	    (p = stile_arena_alloc(s->c->arena, len + 1, 1)) == NULL)
		return;
	memset(p, letter_of(n), len);
	n->v = stile_text(p);
	if (stile_str_eq(n->v.u.s, old.u.s))
		return;
	if (!is_as_wrong(s))
		n->v = old;
}

/* Not in what was left out. */
static bool
is_there(const struct input *in, const struct node *n)
{
	while (n->up != NULL)
		n = n->up;
	return n == in->params || n == in->body;
}

static void
collect(struct node *n, struct node **v, size_t *count)
{
	struct node	*p;

	if (*count < NODES_MAX)
		v[(*count)++] = n;
	for (p = n->first; p != NULL; p = p->next)
		collect(p, v, count);
}

const char *
contract_shrink(struct contract *c, const struct plan *plan, struct input *in,
    const char *wrong)
{
	struct shrinker	 s = { c, plan, in, wrong, 0 };
	struct node	*v[NODES_MAX];
	size_t		 n = 0, i;

	/* What cannot be seen again cannot be made smaller. */
	if (!is_as_wrong(&s))
		return wrong;
	collect(in->params, v, &n);
	if (in->body != NULL && in->raw == NULL)
		collect(in->body, v, &n);
	for (i = 0; i < n && s.sends < SENDS_MAX; i++)
		if (is_there(in, v[i]) && may_go(in, v[i]))
			leave_out(&s, v[i]);
	for (i = 0; i < n && s.sends < SENDS_MAX; i++)
		if (is_there(in, v[i]))
			shorten(&s, v[i]);
	return s.wrong;
}
