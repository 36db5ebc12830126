/* SPDX-License-Identifier: ISC */
/* A checked value into the member of a struct. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/date.h"
#include "stile/str.h"
#include "schema/schema.h"
#include "base/banned.h"

/* What is absent or null leaves zeros behind it. */
static const struct {
	int	kind;
	size_t	size;
} sizes[] = {
	{ STILE_KIND_BOOL,	sizeof(bool) },
	{ STILE_KIND_INT,	sizeof(int) },
	{ STILE_KIND_INT64,	sizeof(int64_t) },
	{ STILE_KIND_DOUBLE,	sizeof(double) },
	{ STILE_KIND_CHARS,	sizeof(const char *) },
	{ STILE_KIND_STR,	sizeof(struct stile_str) },
	{ STILE_KIND_ITEMS,	sizeof(struct stile_items) },
};

static void
clear(struct stile_place at, char *p)
{
	size_t	i;

	for (i = 0; i < NELEM(sizes); i++)
		if (sizes[i].kind == at.kind)
			memset(p, 0, sizes[i].size);
}

static bool
unplaceable(struct stile_validation *v, const struct stile_schema *s)
{
	return stile__wrong(v, "type", "%s cannot be put into the struct here",
	    stile__schema_type(s->type)->a);
}

/* The whole number that a value stands for: a day, a position, and so on. */
static bool
whole_number(const struct stile_schema *s, const struct stile_value *value,
    int64_t *ret)
{
	const struct schema_type	*t = stile__schema_type(s->type);

	switch (value->type) {
	case STILE_INT:
	case STILE_TIME:
		*ret = value->u.i;
		return true;
	case STILE_TEXT:
		if (t->number != NULL)
			return t->number(value->u.s, ret);
		*ret = stile__schema_choice(s, value->u.s);
		return *ret >= 0;
	default:
		return false;
	}
}

static bool
place_number(struct stile_validation *v, const struct stile_schema *s,
    int kind, const struct stile_value *value, char *p)
{
	int64_t	i;
	int	n;

	if (!whole_number(s, value, &i)) {
		if (s->type == STILE_DURATION)
			return stile__wrong(v, "format",
			    "a duration without years and months is expected");
		return unplaceable(v, s);
	}
	if (kind == STILE_KIND_INT64) {
		memcpy(p, &i, sizeof(i));
		return true;
	}
	if (i < INT_MIN || i > INT_MAX)
		return stile__wrong(v, i < 0 ? "too_small" : "too_large",
		    "an integer of 32 bits is expected");
	n = (int)i;
	memcpy(p, &n, sizeof(n));
	return true;
}

static bool
place_text(struct stile_validation *v, const struct stile_schema *s,
    int kind, const struct stile_value *value, char *p)
{
	char			stamp[STILE_TIMESTAMP_SIZE];
	struct stile_str	text = value->u.s;

	if (value->type == STILE_TIME) {
		stile_timestamp(value->u.i, stamp);
		text = stile_str(stile_arena_strdup(v->arena, stamp));
		if (text.p == NULL) {
			v->nomem = true;
			return false;
		}
	} else if (value->type != STILE_TEXT &&
	    (value->type != STILE_BLOB || kind != STILE_KIND_STR))
		return unplaceable(v, s);
	if (kind == STILE_KIND_STR)
		memcpy(p, &text, sizeof(text));
	else
		memcpy(p, &text.p, sizeof(text.p));
	return true;
}

static bool
place_double(struct stile_validation *v, const struct stile_schema *s,
    const struct stile_value *value, char *p)
{
	double	d = value->u.d;

	if (value->type == STILE_INT)
		d = (double)value->u.i;
	else if (value->type != STILE_DOUBLE)
		return unplaceable(v, s);
	memcpy(p, &d, sizeof(d));
	return true;
}

bool
stile__place(struct stile_validation *v, const struct stile_schema *row,
    struct stile_place at, const struct stile_value *value, void *base)
{
	const struct stile_schema	*s = stile__schema_of(row);
	char				*p;

	/* Arrays and structs fill theirs as they go. */
	if (base == NULL || at.kind == 0)
		return true;
	p = (char *)base + at.offset;
	if (at.kind == STILE_KIND_VALUE) {
		memcpy(p, value, sizeof(*value));
		return true;
	}
	if (value->type == STILE_NULL || value->type == STILE_ABSENT) {
		clear(at, p);
		return true;
	}
	switch (at.kind) {
	case STILE_KIND_BOOL:
		if (value->type != STILE_BOOL)
			return unplaceable(v, s);
		memcpy(p, &value->u.b, sizeof(value->u.b));
		return true;
	case STILE_KIND_INT:
	case STILE_KIND_INT64:
		return place_number(v, s, at.kind, value, p);
	case STILE_KIND_DOUBLE:
		return place_double(v, s, value, p);
	case STILE_KIND_CHARS:
	case STILE_KIND_STR:
		return place_text(v, s, at.kind, value, p);
	default:
		return true;
	}
}
