/* SPDX-License-Identifier: ISC */
/* Whether what a schema puts into a struct fits there. */
#include "base/priv.h"

#include "stile/str.h"
#include "schema/check.h"
#include "schema/schema.h"
#include "base/banned.h"

#define BIT(kind)	(1u << (kind))
#define WHOLE		(BIT(STILE_KIND_INT) | BIT(STILE_KIND_INT64))
#define TEXT		(BIT(STILE_KIND_CHARS) | BIT(STILE_KIND_STR))

/* What each type can be put into, beside a struct stile_value. */
static const unsigned	kinds[] = {
	[STILE_ANY] = 0,
	[STILE_STRING] = TEXT,
	[STILE_INTEGER] = WHOLE | BIT(STILE_KIND_DOUBLE),
	[STILE_NUMBER] = BIT(STILE_KIND_DOUBLE),
	[STILE_BOOLEAN] = BIT(STILE_KIND_BOOL),
	[STILE_OBJECT] = BIT(STILE_KIND_STRUCT),
	[STILE_ARRAY] = BIT(STILE_KIND_ITEMS),
	[STILE_MAP] = 0,
	[STILE_ONE_OF] = BIT(STILE_KIND_STRUCT),
	[STILE_DATE] = TEXT | WHOLE,
	[STILE_DATE_TIME] = BIT(STILE_KIND_CHARS) | BIT(STILE_KIND_INT64),
	[STILE_TIME_OF_DAY] = TEXT | WHOLE,
	[STILE_DURATION] = TEXT | WHOLE,
	[STILE_EMAIL] = TEXT,
	[STILE_URI] = TEXT,
	[STILE_UUID] = TEXT,
	[STILE_SLUG] = TEXT,
	[STILE_BINARY] = BIT(STILE_KIND_STR),
	[STILE_FILE] = 0,
};

static const struct {
	const char	*name;
	size_t		 size;		/* 0: as its schema says */
} places[] = {
	[STILE_KIND_BOOL] = { "a bool", sizeof(bool) },
	[STILE_KIND_INT] = { "an int", sizeof(int) },
	[STILE_KIND_INT64] = { "an int64_t", sizeof(int64_t) },
	[STILE_KIND_DOUBLE] = { "a double", sizeof(double) },
	[STILE_KIND_CHARS] = { "a const char *", sizeof(const char *) },
	[STILE_KIND_STR] = { "a struct stile_str", sizeof(struct stile_str) },
	[STILE_KIND_VALUE] = { "a struct stile_value",
	    sizeof(struct stile_value) },
	[STILE_KIND_ITEMS] = { "a struct stile_items",
	    sizeof(struct stile_items) },
	[STILE_KIND_STRUCT] = { "a struct", 0 },
};

/* A choice also as its position. */
static bool
fits(const struct stile_schema *s, int kind)
{
	unsigned	ok = kinds[s->type] | BIT(STILE_KIND_VALUE);

	if (s->choices != NULL && s->type == STILE_STRING)
		ok |= WHOLE;
	return s->type != STILE_FILE && (ok & BIT(kind)) != 0;
}

static void
check_kind(struct schema_check *c, const struct stile_schema *s, int kind)
{
	if (kind < 0 || (size_t)kind >= NELEM(places)) {
		stile__schema_harm(c, "there is no place of the kind %d",
		    kind);
		return;
	}
	if (!fits(s, kind))
		stile__schema_harm(c, "%s does not fit into %s",
		    stile__schema_type(s->type)->a, places[kind].name);
	else if (kind == STILE_KIND_STRUCT && s->size == 0)
		stile__schema_harm(c, "put into a struct without a .size");
}

static size_t
end_of(const struct stile_schema *p)
{
	if (p->at.kind <= 0 || (size_t)p->at.kind >= NELEM(places))
		return 0;
	return p->at.offset + (p->at.kind == STILE_KIND_STRUCT ?
	    stile__schema_of(p)->size : places[p->at.kind].size);
}

/* What is written into the struct of an object must be inside. */
static void
check_size(struct schema_check *c, const struct stile_schema *s)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (end_of(p) > s->size) {
			stile__schema_harm(c, s->size == 0 ? "%s has a place, "
			    "and the object no .size" : "%s lies outside of "
			    "the .size", p->name);
			return;
		}
}

/* Each alternative is in the same memory. */
static void
check_union(struct schema_check *c, const struct stile_schema *s)
{
	size_t	i;

	for (i = 0; s->one_of != NULL && s->one_of[i] != NULL; i++)
		if (stile__schema_of(s->one_of[i])->size > s->size)
			stile__schema_harm(c, "the alternative %s has a "
			    "larger .size", s->one_of[i]->name != NULL ?
			    s->one_of[i]->name : "without a name");
}

void
stile__schema_check_place(struct schema_check *c,
    const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if ((size_t)s->type >= NELEM(kinds))
		return;
	if (row->at.kind != 0)
		check_kind(c, s, row->at.kind);
	if (row->ref != NULL)
		return;
	if (s->type == STILE_OBJECT)
		check_size(c, s);
	else if (s->type == STILE_ONE_OF)
		check_union(c, s);
}
