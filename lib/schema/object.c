/* SPDX-License-Identifier: ISC */
/*
 * Objects: their properties, what is not there and what should not be, and
 * the two types that are objects in JSON too, maps and one of several.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/schema.h"
#include "base/banned.h"

static const struct stile_value	absent = { .type = STILE_ABSENT };

bool
stile__may_set(const struct stile_validation *v, const struct stile_schema *p)
{
	if (v->side == SIDE_BOTH)
		return true;
	if (v->side == SIDE_INPUT ? p->read_only : p->write_only)
		return false;
	if (p->need == NULL)
		return true;
	/* An answer without somebody who reads it may have anything. */
	return v->may != NULL ? v->may(v->may_arg, p->need) :
	    v->side == SIDE_OUTPUT;
}

bool
stile__check_own(struct stile_validation *v, const struct stile_schema *s,
    const struct stile_value *value)
{
	size_t	before = v->nwrong;

	if (s->check != NULL && v->side == SIDE_INPUT)
		s->check(v, value);
	return v->nwrong == before && !v->nomem;
}

bool
stile__check_whole(struct stile_validation *v, const struct stile_schema *s,
    const struct members *members, const struct stile_value *value)
{
	bool	ok;

	v->members = members;
	ok = stile__check_own(v, s, value);
	v->members = NULL;
	return ok;
}

bool
stile__members_init(struct stile_validation *v, const struct stile_schema *s,
    struct members *ret)
{
	ret->n = stile__properties(s);
	ret->properties = s->properties;
	ret->v = stile_arena_alloc(v->arena, ret->n + 1, sizeof(*ret->v));
	if (ret->v == NULL)
		v->nomem = true;
	return ret->v != NULL;
}

/* ---- what is not there ----------------------------------------------- */

bool
stile__place_none(struct stile_validation *v, const struct stile_schema *row,
    const struct stile_value *none, void *base)
{
	const struct stile_schema	*s = stile__schema_of(row), *p;
	char				*at;

	if (base == NULL || row->at.kind != STILE_KIND_STRUCT)
		return stile__place(v, row, row->at, none, base);
	at = (char *)base + row->at.offset;
	memset(at, 0, s->size);
	for (p = s->properties; p != NULL && p->name != NULL; p++)
		stile__place_none(v, p, &absent, at);
	return true;
}

/* A value as JSON has it, or NULL. */
static struct json_object *
value_json(const struct stile_value *value)
{
	switch (value->type) {
	case STILE_BOOL:
		return json_object_new_boolean(value->u.b);
	case STILE_INT:
		return json_object_new_int64(value->u.i);
	default:
		return json_object_new_double(value->u.d);
	}
}

/* A default as if it had been sent; *ret is NULL for null. */
static bool
default_json(struct stile_validation *v, const struct stile_schema *row,
    struct json_object **ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct stile_value		 value;

	*ret = NULL;
	if (stile__schema_is_text(s->type))
		*ret = json_object_new_string(row->absent);
	else if (strcmp(row->absent, "null") == 0)
		return true;
	else if (!stile__is_scalar(s)) {
		if (stile_json_parse(stile_str(row->absent), 0, ret, NULL) !=
		    STILE_OK)
			return stile__wrong(v, "default",
			    "the default %s is not JSON", row->absent);
		return true;
	} else if (stile__decode_text(v, s, stile_str(row->absent), &value))
		*ret = value_json(&value);
	else
		return false;
	if (*ret == NULL)
		v->nomem = true;
	return *ret != NULL;
}

/* It stays where it is looked at: in the tree, or with the arena. */
static bool
keep_default(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j)
{
	if (v->parent == NULL) {
		if (stile_arena_defer(v->arena, stile__json_put, j) ==
		    STILE_OK)
			return true;
	} else {
		/* What is there is taken out: null, in a patch. */
		if (json_object_object_add(v->parent, row->name, j) == 0)
			return true;
		json_object_put(j);
	}
	v->nomem = true;
	return false;
}

bool
stile__check_absent(struct stile_validation *v, const struct stile_schema *row,
    enum stile_validate mode, void *base, struct stile_value *ret)
{
	struct json_object	*j;

	*ret = absent;
	if (mode == STILE_VALIDATE_PATCH || !stile__may_set(v, row))
		return stile__place_none(v, row, ret, base);
	if (v->side == SIDE_OUTPUT)
		return !row->required || row->need != NULL ||
		    stile__wrong(v, "required", "this is required");
	if (row->absent != NULL)
		return default_json(v, row, &j) && keep_default(v, row, j) &&
		    stile__check_json(v, row, j, STILE_VALIDATE_WHOLE, base,
		    ret);
	if (row->required)
		return stile__wrong(v, "required", "this is required");
	return stile__place_none(v, row, ret, base);
}

/* ---- names that are no property's ------------------------------------- */

const struct stile_schema *
stile__property(const struct stile_schema *s, struct stile_str name)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (stile_str_eq(stile_str(p->name), name))
			return p;
	return NULL;
}

bool
stile__wrong_name(struct stile_validation *v, const struct stile_schema *p,
    const char *name, const char *what)
{
	struct where	inside = { v->where, name, 0 };

	v->where = &inside;
	if (p != NULL && v->side == SIDE_OUTPUT)
		stile__wrong(v, "write_only", p->write_only ?
		    "this is not sent" : "this is not sent to who asks");
	else if (p != NULL && p->read_only)
		stile__wrong(v, "read_only", "this cannot be set");
	else
		stile__wrong(v, "unknown", "there is no such %s", what);
	v->where = inside.up;
	return false;
}

/* There are names left that no property took: they are refused or go. */
static bool
check_unknown(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, const char *tag)
{
	/* Who reads a document is promised no more than it says. */
	const bool			 output = v->side == SIDE_OUTPUT &&
					    s->unknown != STILE_UNKNOWN_KEPT;
	const struct stile_schema	*p;
	bool				 ok = true;

	json_object_object_foreach(j, name, value) {
		(void)value;
		p = stile__property(s, stile_str(name));
		if ((p != NULL && stile__may_set(v, p)) ||
		    (tag != NULL && strcmp(tag, name) == 0))
			continue;
		if (s->unknown == STILE_UNKNOWN_REFUSED || output)
			ok = stile__wrong_name(v, p, name, "property");
		else if (p != NULL || s->unknown == STILE_UNKNOWN_IGNORED)
			json_object_object_del(j, name);
		if (stile__is_full(v))
			return false;
	}
	return ok;
}

/* ---- objects ---------------------------------------------------------- */

static bool
check_member(struct stile_validation *v, const struct stile_schema *p,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct stile_value *value, int *seen)
{
	struct where		 inside = { v->where, p->name, 0 };
	struct json_object	*m;
	bool			 ok;

	v->where = &inside;
	v->parent = j;
	if (stile__may_set(v, p) && json_object_object_get_ex(j, p->name, &m)) {
		(*seen)++;
		ok = stile__check_json(v, p, m, mode, ret, value);
	} else
		ok = stile__check_absent(v, p, mode, ret, value);
	v->where = inside.up;
	return ok;
}

/* The tag is the discriminator, or NULL. */
static bool
check_members(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct stile_value *values, const char *tag)
{
	/* Counted first: defaults are added on the way. */
	const int			 sent = json_object_object_length(j);
	const struct stile_schema	*p;
	struct stile_value		 unused;
	size_t				 i;
	bool				 ok = true;
	int				 seen;

	/* A tag that is no property has been looked at before. */
	seen = tag != NULL && stile__property(s, stile_str(tag)) == NULL;
	for (i = 0, p = s->properties; p != NULL && p->name != NULL; i++, p++)
		ok = check_member(v, p, j, mode, ret,
		    values != NULL ? &values[i] : &unused, &seen) && ok;
	return (seen == sent || check_unknown(v, s, j, tag)) && ok;
}

static bool
check_tagged(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct members *m, const char *tag)
{
	struct members			 own;
	const struct stile_value	 value = stile_json_value(j);

	if (m == NULL && s->check == NULL)
		return check_members(v, s, j, mode, ret, NULL, tag);
	if (m == NULL)
		m = &own;
	return stile__members_init(v, s, m) &&
	    check_members(v, s, j, mode, ret, m->v, tag) &&
	    stile__check_whole(v, s, m, &value);
}

bool
stile__check_object(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct members *m)
{
	return check_tagged(v, s, j, mode, ret, m, NULL);
}

/* ---- one of several --------------------------------------------------- */

static bool
wrong_tag(struct stile_validation *v, const struct stile_schema *s)
{
	struct where	inside = { v->where, s->discriminator, 0 };
	struct choices	list = { .n = 0 };
	size_t		i;

	for (i = 0; s->one_of[i] != NULL; i++)
		stile__list_choice(&list, s->one_of[i]->name);
	v->where = &inside;
	stile__wrong(v, "discriminator", "one of %s is expected", list.text);
	v->where = inside.up;
	return false;
}

const struct stile_schema *
stile__one_of(const struct stile_schema *s, struct stile_str name)
{
	size_t	i;

	for (i = 0; name.p != NULL && s->one_of[i] != NULL; i++)
		if (stile_str_eq(stile_str(s->one_of[i]->name), name))
			return s->one_of[i];
	return NULL;
}

bool
stile__check_one_of(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct members *m)
{
	const struct stile_schema	*one;
	const struct stile_value	 value = stile_json_value(j);
	struct json_object		*tag;
	struct stile_str		 name = { NULL, 0 };

	if (json_object_object_get_ex(j, s->discriminator, &tag) &&
	    json_object_is_type(tag, json_type_string))
		name = (struct stile_str){ json_object_get_string(tag),
		    (size_t)json_object_get_string_len(tag) };
	if ((one = stile__one_of(s, name)) == NULL)
		return wrong_tag(v, s);
	one = stile__schema_of(one);
	/* There is no more room than the largest of them has said. */
	return check_tagged(v, one, j, mode, one->size <= s->size ? ret : NULL,
	    m, s->discriminator) && stile__check_own(v, s, &value);
}

/* ---- maps ------------------------------------------------------------- */

/* RFC 7396, section 2: in a patch, null takes a member away. */
bool
stile__check_map(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode)
{
	struct where			inside = { .up = v->where };
	const struct stile_value	whole = stile_json_value(j);
	struct stile_value		unused;
	bool				ok;

	ok = stile__limit_count(v, s, (size_t)json_object_object_length(j));
	json_object_object_foreach(j, name, value) {
		if (s->items == NULL || stile__is_full(v) ||
		    (value == NULL && mode == STILE_VALIDATE_PATCH))
			continue;
		inside.name = name;
		v->where = &inside;
		v->parent = NULL;
		ok = stile__check_json(v, s->items, value, mode, NULL,
		    &unused) && ok;
		v->where = inside.up;
	}
	return ok && stile__check_own(v, s, &whole);
}
