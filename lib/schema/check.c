/* SPDX-License-Identifier: ISC */
/*
 * Whether the tables of a schema can be meant: the walk through all that it
 * leads to, and what is wrong with how one leads to another.  The keywords of
 * each are in check_keyword.c, the places in check_place.c.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "schema/check.h"
#include "schema/schema.h"
#include "base/banned.h"

#define PATH_MAX_BYTES	1000
#define DEPTH_MAX	64	/* of schemas that are inside one another */

/* Where the walk is, from the inside out. */
struct spot {
	const struct spot	*up;
	const char		*name;
	unsigned		 depth;
};

static void	check_row(struct schema_check *, const struct stile_schema *,
		    bool named);

/* ---- what is found ------------------------------------------------------ */

static void
put_spot(struct stile_buf *b, const struct spot *at)
{
	if (at->up != NULL) {
		put_spot(b, at->up);
		stile_buf_putc(b, '.');
	}
	stile_buf_puts(b, at->name);
}

static void
report(struct schema_check *c, bool harmful, const char *fmt, va_list ap)
{
	struct stile_buf	*path;
	char			 what[400];

	vsnprintf(what, sizeof(what), fmt, ap);
	if ((path = stile_buf_new(c->arena, PATH_MAX_BYTES)) == NULL) {
		c->nomem = true;
		return;
	}
	put_spot(path, c->at);
	if (stile_buf_err(path) == STILE_ENOMEM)
		c->nomem = true;
	else
		c->found(c->arg, harmful, stile_buf_view(path).p, what);
}

void
stile__schema_found(struct schema_check *c, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	report(c, false, fmt, ap);
	va_end(ap);
}

void
stile__schema_harm(struct schema_check *c, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	report(c, true, fmt, ap);
	va_end(ap);
}

/* ---- ends ----------------------------------------------------------------- */

/* The schemas that have to be there for the first one to be. */
struct needed {
	const struct needed		*up;
	const struct stile_schema	*schema;
	unsigned			 depth;
};

static bool	can_end(const struct stile_schema *, const struct needed *);

static bool
has_to_be(const struct stile_schema *p)
{
	return p->required && p->absent == NULL && !p->read_only &&
	    !stile__schema_nullable(p);
}

static bool
properties_end(const struct stile_schema *s, const struct needed *up)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (has_to_be(p) && !can_end(p, up))
			return false;
	return true;
}

static bool
alternative_ends(const struct stile_schema *s, const struct needed *up)
{
	size_t	i;

	for (i = 0; s->one_of != NULL && s->one_of[i] != NULL; i++)
		if (can_end(s->one_of[i], up))
			return true;
	return s->one_of == NULL || s->one_of[0] == NULL;
}

/* Whether there is a value of it that does not have one more inside forever. */
static bool
can_end(const struct stile_schema *row, const struct needed *up)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const struct needed		*n;
	const struct needed		 here = { up, s,
					    up != NULL ? up->depth + 1 : 0 };

	for (n = up; n != NULL; n = n->up)
		if (n->schema == s)
			return false;
	if (here.depth > DEPTH_MAX)
		return true;
	switch (s->type) {
	case STILE_OBJECT:
		return properties_end(s, &here);
	case STILE_ONE_OF:
		return alternative_ends(s, &here);
	case STILE_ARRAY:
	case STILE_MAP:
		return s->items == NULL || s->min <= 0 ||
		    stile__schema_nullable(s->items) ||
		    can_end(s->items, &here);
	default:
		return true;
	}
}

/* ---- what leads to others --------------------------------------------------- */

static void
go_to(struct schema_check *c, const char *name, const struct stile_schema *row,
    bool named)
{
	const struct spot	here = { c->at, name, c->at->depth + 1 };

	if (here.depth > DEPTH_MAX) {
		stile__schema_found(c, "schemas are more than %d deep",
		    DEPTH_MAX);
		return;
	}
	c->at = &here;
	check_row(c, row, named);
	c->at = here.up;
}

static void
check_properties(struct schema_check *c, const struct stile_schema *s)
{
	const struct stile_schema	*p, *q;

	if (s->properties == NULL && s->unknown == STILE_UNKNOWN_REFUSED)
		stile__schema_found(c, "an object without .properties");
	for (p = s->properties; p != NULL && p->name != NULL; p++) {
		for (q = s->properties; q != p; q++)
			if (q->in == p->in && strcmp(q->name, p->name) == 0) {
				stile__schema_found(c, "the property %s is "
				    "there twice", p->name);
				break;
			}
		go_to(c, p->name, p, false);
	}
}

/* The member that tells, where an alternative declares it too. */
static void
check_tag(struct schema_check *c, const struct stile_schema *s,
    const struct stile_schema *alternative)
{
	const struct stile_schema	*p = alternative->properties, *tag;

	for (; p != NULL && p->name != NULL; p++) {
		if (strcmp(p->name, s->discriminator) != 0)
			continue;
		tag = stile__schema_of(p);
		if (!stile__schema_is_text(tag->type) || p->read_only)
			stile__schema_found(c, "the discriminator %s has to "
			    "be a string that can be sent", s->discriminator);
		else if (tag->choices != NULL && stile__schema_choice(tag,
		    stile_str(alternative->name)) < 0)
			stile__schema_found(c, "the discriminator %s cannot "
			    "be %s", s->discriminator, alternative->name);
	}
}

static void
check_alternative(struct schema_check *c, const struct stile_schema *s,
    size_t i)
{
	const struct stile_schema	*alternative = s->one_of[i];
	const struct stile_schema	*to = stile__schema_of(alternative);
	size_t				 k;

	if (alternative->name == NULL) {
		stile__schema_harm(c, "alternative %zu has no name", i + 1);
		return;
	}
	for (k = 0; k < i; k++)
		if (s->one_of[k]->name != NULL && strcmp(s->one_of[k]->name,
		    alternative->name) == 0)
			stile__schema_found(c, "two alternatives have the "
			    "name %s", alternative->name);
	if (to->type != STILE_OBJECT)
		stile__schema_found(c, "the alternative %s is not an object",
		    alternative->name);
	else if (s->discriminator != NULL && to == alternative)
		check_tag(c, s, alternative);
	go_to(c, alternative->name, alternative, true);
}

static void
check_one_of(struct schema_check *c, const struct stile_schema *s)
{
	size_t	i;

	if (s->discriminator == NULL)
		stile__schema_harm(c, "alternatives without a "
		    ".discriminator");
	if (s->one_of == NULL || s->one_of[0] == NULL) {
		stile__schema_harm(c, "one of no alternatives");
		return;
	}
	for (i = 0; s->one_of[i] != NULL; i++)
		check_alternative(c, s, i);
}

static void
check_inside(struct schema_check *c, const struct stile_schema *s)
{
	switch (s->type) {
	case STILE_OBJECT:
		check_properties(c, s);
		break;
	case STILE_ONE_OF:
		check_one_of(c, s);
		break;
	case STILE_ARRAY:
	case STILE_MAP:
		if (s->items == NULL)
			stile__schema_found(c, "%s without .items",
			    s->type == STILE_ARRAY ? "an array" : "a map");
		else
			go_to(c, "items", s->items, true);
		break;
	default:
		break;
	}
}

/* ---- the walk --------------------------------------------------------------- */

/* Whether it is met for the first time. */
static bool
see(struct schema_check *c, const struct stile_schema *s, bool named)
{
	struct schema_seen	*v;
	size_t			 i;

	for (i = 0; i < c->nseen; i++)
		if (c->seen[i].schema == s) {
			c->seen[i].named = c->seen[i].named || named;
			return false;
		}
	v = c->seen;
	if ((c->nseen & (c->nseen - 1)) == 0)
		v = stile__arena_grow(c->arena, v, c->nseen * sizeof(*v),
		    (c->nseen == 0 ? 1 : c->nseen * 2) * sizeof(*v));
	if (v == NULL) {
		c->nomem = true;
		return false;
	}
	c->seen = v;
	v[c->nseen++] = (struct schema_seen){ s, named };
	return true;
}

static void
check_row(struct schema_check *c, const struct stile_schema *row, bool named)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (s->ref != NULL) {
		stile__schema_harm(c, ".ref leads in a circle, or over more "
		    "than %d others", REF_DEPTH_MAX);
		return;
	}
	if (!see(c, row, named && row == s))
		return;
	stile__schema_check_keywords(c, row);
	stile__schema_check_place(c, row);
	if (row != s) {
		if (!see(c, s, true))
			return;
		stile__schema_check_keywords(c, s);
		stile__schema_check_place(c, s);
	}
	if (!c->endless && !can_end(s, NULL)) {
		c->endless = true;
		stile__schema_harm(c, "it has to have itself inside, "
		    "without an end");
	}
	check_inside(c, s);
}

void
stile__schema_check(struct schema_check *c, const struct stile_schema *s)
{
	const struct spot	top = { NULL,
				    s->name != NULL ? s->name : "schema", 0 };

	c->at = &top;
	check_row(c, s, true);
	c->at = NULL;
}

static void
keep_first(void *arg, bool harmful, const char *path, const char *what)
{
	(void)harmful;
	stile_error_set(arg, STILE_EINVAL, 0, "%s: %s", path, what);
}

enum stile_err
stile_schema_check(const struct stile_schema *s, struct stile_error *e)
{
	struct stile_error	first = { .code = STILE_OK };
	struct schema_check	c = { .found = keep_first, .arg = &first };

	if ((c.arena = stile_arena_new(0)) == NULL)
		return stile__error_nomem(e);
	stile__schema_check(&c, s);
	stile_arena_free(c.arena);
	if (c.nomem)
		return stile__error_nomem(e);
	if (first.code == STILE_OK)
		return STILE_OK;
	return stile_error_set(e, STILE_EINVAL, 0, "%s", first.detail);
}
