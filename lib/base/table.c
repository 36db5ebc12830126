/* SPDX-License-Identifier: ISC */
/*
 * Ordered multimap for headers, parameters and cookies.  Look-up is a scan
 * that compares a hash first: tables are short, and capped.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "stile/table.h"
#include "base/banned.h"

struct entry {
	uint32_t		hash;
	struct stile_str	name;	/* both NUL-terminated */
	struct stile_str	value;
};

struct stile_table {
	struct stile_arena	*arena;
	enum stile_case		 fold;
	size_t			 max;
	size_t			 n;
	size_t			 cap;
	struct entry		*v;
};

struct stile_table *
stile_table_new(struct stile_arena *a, enum stile_case fold, size_t max)
{
	struct stile_table	*t;

	if ((t = stile_arena_alloc(a, 1, sizeof(*t))) == NULL)
		return NULL;
	t->arena = a;
	t->fold = fold;
	t->max = max;
	return t;
}

/* FNV-1a; with the case bit dropped where names are folded. */
static uint32_t
hash(const struct stile_table *t, struct stile_str s)
{
	unsigned char	mask = t->fold == STILE_NOCASE ? 0xDF : 0xFF;
	uint32_t	h = 2166136261u;
	size_t		i;

	for (i = 0; i < s.len; i++)
		h = (h ^ ((unsigned char)s.p[i] & mask)) * 16777619u;
	return h;
}

static bool
same_name(const struct stile_table *t, const struct entry *e, uint32_t h,
    struct stile_str name)
{
	if (e->hash != h)
		return false;
	return t->fold == STILE_NOCASE ? stile_str_caseeq(e->name, name) :
	    stile_str_eq(e->name, name);
}

enum stile_err
stile_table_add(struct stile_table *t, struct stile_str name,
    struct stile_str value)
{
	struct entry	*v;
	struct entry	 e;
	size_t		 cap;

	if (t->n >= t->max)
		return STILE_ETOOBIG;
	if (t->n == t->cap) {
		cap = t->cap != 0 ? t->cap * 2 : 8;
		v = stile__arena_grow(t->arena, t->v, t->cap * sizeof(*v),
		    cap * sizeof(*v));
		if (v == NULL)
			return STILE_ENOMEM;
		t->v = v;
		t->cap = cap;
	}
	e.hash = hash(t, name);
	e.name.len = name.len;
	e.value.len = value.len;
	if ((e.name.p = stile_arena_dup(t->arena, name)) == NULL ||
	    (e.value.p = stile_arena_dup(t->arena, value)) == NULL)
		return STILE_ENOMEM;
	t->v[t->n++] = e;
	return STILE_OK;
}

static size_t
remove_from(struct stile_table *t, size_t from, struct stile_str name)
{
	uint32_t	h = hash(t, name);
	size_t		i, kept = from, gone;

	for (i = from; i < t->n; i++)
		if (!same_name(t, &t->v[i], h, name))
			t->v[kept++] = t->v[i];
	gone = t->n - kept;
	t->n = kept;
	return gone;
}

enum stile_err
stile_table_set(struct stile_table *t, struct stile_str name,
    struct stile_str value)
{
	uint32_t	h = hash(t, name);
	size_t		i;
	char		*p;

	for (i = 0; i < t->n; i++)
		if (same_name(t, &t->v[i], h, name))
			break;
	if (i == t->n)
		return stile_table_add(t, name, value);
	if ((p = stile_arena_dup(t->arena, value)) == NULL)
		return STILE_ENOMEM;
	t->v[i].value = (struct stile_str){ p, value.len };
	remove_from(t, i + 1, name);
	return STILE_OK;
}

size_t
stile_table_remove(struct stile_table *t, const char *name)
{
	return remove_from(t, 0, stile_str(name));
}

const char *
stile_table_get(const struct stile_table *t, const char *name)
{
	struct stile_str	s = stile_str(name);
	uint32_t		h = hash(t, s);
	size_t			i;

	for (i = 0; i < t->n; i++)
		if (same_name(t, &t->v[i], h, s))
			return t->v[i].value.p;
	return NULL;
}

size_t
stile_table_count(const struct stile_table *t)
{
	return t->n;
}

bool
stile_table_at(const struct stile_table *t, size_t i, struct stile_str *name,
    struct stile_str *value)
{
	if (i >= t->n)
		return false;
	if (name != NULL)
		*name = t->v[i].name;
	if (value != NULL)
		*value = t->v[i].value;
	return true;
}
