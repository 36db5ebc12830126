/* SPDX-License-Identifier: ISC */
/*
 * Checking whole values by their schema.  Everything that is wrong is said,
 * not only the first; so most functions go on after a complaint, and what is
 * half filled by then is never handed out.
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
	if (v->side != SIDE_INPUT)
		return v->side == SIDE_BOTH || !p->write_only;
	if (p->read_only)
		return false;
	return p->need == NULL ||
	    (v->may != NULL && v->may(v->may_arg, p->need));
}

static bool
own_check(struct stile_validation *v, const struct stile_schema *s,
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
	const struct members	*outer = v->members;
	bool			 ok;

	v->members = members;
	ok = own_check(v, s, value);
	v->members = outer;
	return ok;
}

/* ---- what is not there ----------------------------------------------- */

/* A default as JSON, for where it is more than text can say. */
static struct json_object *
default_tree(struct stile_validation *v, const struct stile_schema *s,
    const char *text)
{
	struct json_object	*j = NULL;

	if (stile__schema_is_text(s->type)) {
		j = json_object_new_string(text);
		if (j == NULL)
			v->nomem = true;
	} else if (stile_json_parse(stile_str(text), 0, &j, NULL) != STILE_OK)
		stile__wrong(v, "default", "the default %s is not JSON", text);
	return j;
}

/* The parts of an array or object get theirs as if they had been sent. */
static bool
check_default_tree(struct stile_validation *v, const struct stile_schema *row,
    void *base, struct stile_value *ret)
{
	struct json_object	*j;

	j = default_tree(v, stile__schema_of(row), row->absent);
	if (j == NULL)
		return false;
	if (stile_arena_defer(v->arena, stile__json_put, j) != STILE_OK) {
		v->nomem = true;
		return false;
	}
	return stile__check_json(v, row, j, STILE_VALIDATE_WHOLE, base, ret);
}

static bool
is_scalar(const struct stile_schema *s)
{
	const struct schema_type	*t = stile__schema_type(s->type);

	return t->is != NULL || t->parse != NULL;
}

/* Structs and arrays inside are emptied, too. */
static bool
place_absent(struct stile_validation *v, const struct stile_schema *row,
    void *base)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (base != NULL && row->at.kind == STILE_KIND_STRUCT)
		memset((char *)base + row->at.offset, 0, s->size);
	return stile__place(v, row, row->at, &absent, base);
}

bool
stile__check_absent(struct stile_validation *v, const struct stile_schema *row,
    enum stile_validate mode, void *base, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);

	*ret = absent;
	if (mode == STILE_VALIDATE_PATCH)
		return place_absent(v, row, base);
	if (v->side == SIDE_OUTPUT)
		return !row->required || row->need != NULL ||
		    row->write_only ||
		    stile__wrong(v, "required", "this is required");
	if (row->absent != NULL && stile__may_set(v, row))
		return is_scalar(s) ? stile__decode_text(v, s,
		    stile_str(row->absent), ret) &&
		    stile__place(v, row, row->at, ret, base) :
		    check_default_tree(v, row, base, ret);
	if (row->required && stile__may_set(v, row))
		return stile__wrong(v, "required", "this is required");
	return place_absent(v, row, base);
}

/* ---- objects ------------------------------------------------------------ */

/* What an unset property becomes in the tree: its default. */
static bool
put_default(struct stile_validation *v, const struct stile_schema *p,
    struct json_object *j)
{
	const struct stile_schema	*s = stile__schema_of(p);
	struct json_object		*value;

	if ((value = default_tree(v, s, p->absent)) == NULL)
		return false;
	if (json_object_object_add(j, p->name, value) == 0)
		return true;
	json_object_put(value);
	v->nomem = true;
	return false;
}

static bool
check_member(struct stile_validation *v, const struct stile_schema *p,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct stile_value *value, int *seen)
{
	struct json_object	*m;

	if (stile__may_set(v, p) && json_object_object_get_ex(j, p->name, &m)) {
		(*seen)++;
		return stile__check_json(v, p, m, mode, ret, value);
	}
	if (!stile__check_absent(v, p, mode, ret, value))
		return false;
	return value->type == STILE_ABSENT || put_default(v, p, j);
}

static const struct stile_schema *
find_property(const struct stile_schema *s, const char *name)
{
	const struct stile_schema	*p;

	for (p = s->properties; p != NULL && p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool
wrong_name(struct stile_validation *v, const struct stile_schema *p)
{
	if (p != NULL && v->side == SIDE_OUTPUT)
		return stile__wrong(v, "write_only", "this is not sent");
	if (p != NULL && p->read_only)
		return stile__wrong(v, "read_only", "this cannot be set");
	return stile__wrong(v, "unknown", "there is no such property");
}

/* There are names left that no property took. */
static bool
refuse_unknown(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, const char *tag)
{
	const struct stile_schema	*p;
	struct where			 inside = { .up = v->where };
	size_t				 before = v->nwrong;

	json_object_object_foreach(j, name, value) {
		(void)value;
		p = find_property(s, name);
		if ((p != NULL && stile__may_set(v, p)) ||
		    (tag != NULL && strcmp(tag, name) == 0))
			continue;
		inside.name = name;
		v->where = &inside;
		wrong_name(v, p);
		v->where = inside.up;
		if (v->nwrong == VIOLATIONS_MAX)
			break;
	}
	return v->nwrong == before;
}

/* What is ignored does not stay in the tree either. */
static void
drop_unknown(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, const char *tag)
{
	const struct stile_schema	*p;

	json_object_object_foreach(j, name, value) {
		(void)value;
		p = find_property(s, name);
		if ((p == NULL && s->unknown == STILE_UNKNOWN_KEPT) ||
		    (p != NULL && stile__may_set(v, p)) ||
		    (tag != NULL && strcmp(tag, name) == 0))
			continue;
		json_object_object_del(j, name);
	}
}

static bool
check_members(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct members *members, const char *tag)
{
	const struct stile_schema	*p;
	struct where			 inside = { .up = v->where };
	struct stile_value		 unused;
	size_t				 i;
	bool				 ok = true;
	int				 seen = 0;

	/* A tag that is no property has been looked at before. */
	if (tag != NULL && find_property(s, tag) == NULL)
		seen++;
	/* Counted first: defaults are added on the way. */
	const int	sent = json_object_object_length(j);

	for (i = 0, p = s->properties; p != NULL && p->name != NULL; i++, p++) {
		inside.name = p->name;
		v->where = &inside;
		ok = check_member(v, p, j, mode, ret, members != NULL ?
		    &members->v[i] : &unused, &seen) && ok;
		v->where = inside.up;
	}
	if (seen == sent)
		return ok;
	if (s->unknown == STILE_UNKNOWN_REFUSED || (v->side == SIDE_OUTPUT &&
	    s->unknown != STILE_UNKNOWN_KEPT))
		return refuse_unknown(v, s, j, tag) && ok;
	drop_unknown(v, s, j, tag);
	return ok;
}

bool
stile__check_members(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct members *members)
{
	members->properties = s->properties;
	members->v = stile_arena_alloc(v->arena, stile__properties(s) + 1,
	    sizeof(*members->v));
	if (members->v == NULL) {
		v->nomem = true;
		return false;
	}
	return check_members(v, s, j, mode, ret, members, NULL);
}

/* Where the members of an object go: into the struct that is there. */
static void *
struct_at(const struct stile_schema *row, void *base)
{
	return base != NULL && row->at.kind == STILE_KIND_STRUCT ?
	    (char *)base + row->at.offset : NULL;
}

static bool
check_object(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    const char *tag)
{
	struct members			 members = { s->properties, NULL };
	const struct stile_value	 value = stile_json_value(j);

	if (s->check == NULL)
		return check_members(v, s, j, mode, ret, NULL, tag);
	members.v = stile_arena_alloc(v->arena, stile__properties(s) + 1,
	    sizeof(*members.v));
	if (members.v == NULL) {
		v->nomem = true;
		return false;
	}
	return check_members(v, s, j, mode, ret, &members, tag) &&
	    stile__check_whole(v, s, &members, &value);
}

static bool
wrong_tag(struct stile_validation *v, const struct stile_schema *s)
{
	struct where	 inside = { v->where, s->discriminator, 0 };
	char		 list[200] = "";
	size_t		 i, n = 0;

	for (i = 0; s->one_of[i] != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i > 0 ? ", " : "", s->one_of[i]->name);
	v->where = &inside;
	stile__wrong(v, "discriminator", "one of %s is expected", list);
	v->where = inside.up;
	return false;
}

static bool
check_one_of(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret)
{
	struct json_object	*tag;
	struct stile_str	 name = { NULL, 0 };
	size_t			 i;

	if (json_object_object_get_ex(j, s->discriminator, &tag) &&
	    json_object_is_type(tag, json_type_string))
		name = (struct stile_str){ json_object_get_string(tag),
		    (size_t)json_object_get_string_len(tag) };
	for (i = 0; name.p != NULL && s->one_of[i] != NULL; i++)
		if (stile_str_eq(stile_str(s->one_of[i]->name), name))
			return check_object(v, stile__schema_of(s->one_of[i]),
			    j, mode, ret, s->discriminator);
	return wrong_tag(v, s);
}

/* RFC 7396, section 2: in a patch, null takes a member away. */
static bool
check_map(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode)
{
	struct where		inside = { .up = v->where };
	struct stile_value	unused;
	bool			ok;

	ok = stile__limit_count(v, s, (size_t)json_object_object_length(j));
	json_object_object_foreach(j, name, value) {
		if (s->items == NULL ||
		    (value == NULL && mode == STILE_VALIDATE_PATCH))
			continue;
		inside.name = name;
		v->where = &inside;
		ok = stile__check_json(v, s->items, value, mode, NULL,
		    &unused) && ok;
		v->where = inside.up;
	}
	return ok;
}

/* ---- arrays -------------------------------------------------------------- */

/* Room for the items of an array, typed and as the struct has them. */
struct list {
	size_t				 n, size;
	struct stile_value		*values;
	char				*items;		/* NULL: no struct */
	const struct stile_schema	*item;
	struct stile_schema		 row;		/* of an item here */
};

static bool
list_init(struct stile_validation *v, struct list *l,
    const struct stile_schema *row, void *base, size_t n)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	const struct stile_schema		*s = stile__schema_of(row);

	l->n = n;
	l->item = s->items != NULL ? s->items : &any;
	l->size = stile__item_size(l->item);
	l->row = *l->item;
	l->row.at = stile__item_place(l->item);
	l->values = stile_arena_alloc(v->arena, n + 1, sizeof(*l->values));
	if (base != NULL && row->at.kind == STILE_KIND_ITEMS)
		l->items = stile_arena_alloc(v->arena, n + 1, l->size);
	if (l->values != NULL && (l->items != NULL || base == NULL ||
	    row->at.kind != STILE_KIND_ITEMS))
		return true;
	v->nomem = true;
	return false;
}

static void *
list_base(struct list *l, size_t i)
{
	return l->items != NULL ? l->items + i * l->size : NULL;
}

static bool
list_done(struct stile_validation *v, struct list *l,
    const struct stile_schema *row, void *base, struct stile_value *ret)
{
	const struct stile_items	items = { l->items, l->n };

	if (is_scalar(stile__schema_of(l->item)))
		*ret = stile_list(l->values, l->n);
	if (l->items != NULL)
		memcpy((char *)base + row->at.offset, &items, sizeof(items));
	return stile__place(v, row, row->at, ret, base);
}

static bool
check_array(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j, void *base, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct where			 inside = { .up = v->where };
	struct list			 l = { .n = 0 };
	size_t				 i, n = json_object_array_length(j);
	bool				 ok;

	ok = stile__limit_count(v, s, n);
	if (!ok || !list_init(v, &l, row, base, n))
		return false;
	for (i = 0; i < n && v->nwrong < VIOLATIONS_MAX; i++) {
		inside.index = i;
		v->where = &inside;
		ok = stile__check_json(v, &l.row,
		    json_object_array_get_idx(j, i), STILE_VALIDATE_WHOLE,
		    list_base(&l, i), &l.values[i]) && ok;
		v->where = inside.up;
	}
	if (s->unique && ok)
		ok = stile__unique(v, j);
	*ret = stile_json_value(j);
	return ok && own_check(v, s, ret) &&
	    list_done(v, &l, row, base, ret);
}

/* ---- any value ------------------------------------------------------------ */

static bool
check_null(struct stile_validation *v, const struct stile_schema *row,
    enum stile_validate mode, void *base, struct stile_value *ret)
{
	*ret = stile_null();
	/* In a patch it takes away what need not be there, and what has a
	 * default has that again. */
	if (mode == STILE_VALIDATE_PATCH && !stile__schema_nullable(row) &&
	    row->absent != NULL)
		return stile__check_absent(v, row, STILE_VALIDATE_WHOLE, base,
		    ret);
	if (stile__schema_nullable(row) ||
	    (mode == STILE_VALIDATE_PATCH && !row->required))
		return place_absent(v, row, base) &&
		    stile__place(v, row, row->at, ret, base);
	if (mode == STILE_VALIDATE_PATCH)
		return stile__wrong(v, "null", "this cannot be taken away");
	return stile__wrong(v, "null", "%s is expected, not null",
	    stile__schema_type(stile__schema_of(row)->type)->a);
}

/* What JSON says of itself. */
static struct stile_value
any_value(struct json_object *j)
{
	switch (json_object_get_type(j)) {
	case json_type_boolean:
		return stile_bool(json_object_get_boolean(j));
	case json_type_int:
		return stile_int(json_object_get_int64(j));
	case json_type_double:
		return stile_double(json_object_get_double(j));
	case json_type_string:
		return stile_text_str((struct stile_str){
		    json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) });
	default:
		return stile_json_value(j);
	}
}

bool
stile__check_json(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j, enum stile_validate mode, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	bool				 is_object;

	if (j == NULL)
		return check_null(v, row, mode, base, ret);
	is_object = json_object_is_type(j, json_type_object);
	*ret = stile_json_value(j);
	switch (s->type) {
	case STILE_OBJECT:
		return (is_object ? check_object(v, s, j, mode,
		    struct_at(row, base), NULL) : stile__wrong_type(v, s)) &&
		    stile__place(v, row, row->at, ret, base);
	case STILE_ONE_OF:
		return (is_object ? check_one_of(v, s, j, mode,
		    struct_at(row, base)) : stile__wrong_type(v, s)) &&
		    stile__place(v, row, row->at, ret, base);
	case STILE_MAP:
		return (is_object ? check_map(v, s, j, mode) &&
		    own_check(v, s, ret) : stile__wrong_type(v, s)) &&
		    stile__place(v, row, row->at, ret, base);
	case STILE_ARRAY:
		if (!json_object_is_type(j, json_type_array))
			return stile__wrong_type(v, s);
		return check_array(v, row, j, base, ret);
	case STILE_ANY:
		*ret = any_value(j);
		break;
	default:
		if (!stile__decode_json(v, s, j, ret) ||
		    !stile__limit(v, s, ret))
			return false;
		break;
	}
	return own_check(v, s, ret) &&
	    stile__place(v, row, row->at, ret, base);
}

/* ---- texts ------------------------------------------------------------------ */

static bool
check_text(struct stile_validation *v, const struct stile_schema *row,
    struct stile_str text, void *base, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);

	return stile__decode_text(v, s, text, ret) &&
	    stile__limit(v, s, ret) && own_check(v, s, ret) &&
	    stile__place(v, row, row->at, ret, base);
}

/* The texts as the JSON array that they stand for. */
static bool
unique_texts(struct stile_validation *v, const struct stile_value *values,
    size_t n)
{
	struct json_object	*j = json_object_new_array();
	size_t			 i;
	bool			 ok = j != NULL;

	for (i = 0; ok && i < n; i++)
		ok = json_object_array_add(j, values[i].type == STILE_TEXT ?
		    json_object_new_string_len(values[i].u.s.p,
		    (int)values[i].u.s.len) :
		    json_object_new_double(values[i].type == STILE_INT ?
		    (double)values[i].u.i : values[i].u.d)) == 0;
	if (!ok)
		v->nomem = true;
	ok = ok && stile__unique(v, j);
	json_object_put(j);
	return ok;
}

static bool
check_list(struct stile_validation *v, const struct stile_schema *row,
    const struct stile_str *texts, size_t n, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct list			 l = { .n = 0 };
	size_t				 i;
	bool				 ok;

	ok = stile__limit_count(v, s, n);
	if (!ok || !list_init(v, &l, row, base, n))
		return false;
	for (i = 0; i < n && v->nwrong < VIOLATIONS_MAX; i++)
		ok = check_text(v, &l.row, texts[i], list_base(&l, i),
		    &l.values[i]) && ok;
	if (s->unique && ok)
		ok = unique_texts(v, l.values, n);
	*ret = stile_list(l.values, n);
	return ok && own_check(v, s, ret) &&
	    list_done(v, &l, row, base, ret);
}

bool
stile__check_texts(struct stile_validation *v, const struct stile_schema *row,
    const struct stile_str *texts, size_t n, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (s->type == STILE_ARRAY)
		return check_list(v, row, texts, n, base, ret);
	if (n > 1)
		return stile__wrong(v, "repeated",
		    "this is given more than once");
	/* An input that nobody filled in: a form sends it as "". */
	if (texts[0].len == 0 && s->type != STILE_STRING)
		return stile__check_absent(v, row, STILE_VALIDATE_WHOLE, base,
		    ret);
	return check_text(v, row, texts[0], base, ret);
}

/* ---- for everyone ------------------------------------------------------------ */

enum stile_err
stile_validate(struct stile_arena *a, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct stile_violations *wrong, struct stile_error *e)
{
	struct stile_validation	v = { .arena = a, .in = STILE_IN_BODY };
	struct stile_schema	row = *s;
	struct stile_value	value;
	bool			ok;

	/* The whole is a struct that starts at its start. */
	if (s->type == STILE_OBJECT || s->type == STILE_ONE_OF)
		row.at = (struct stile_place){ STILE_KIND_STRUCT, 0 };
	ok = stile__check_json(&v, &row, j, mode, ret, &value);
	if (wrong != NULL)
		*wrong = (struct stile_violations){ v.nwrong, v.wrong };
	if (v.nomem)
		return stile__error_nomem(e);
	if (ok && v.nwrong == 0)
		return STILE_OK;
	return stile_error_set(e, STILE_ERANGE, 422, "%s: %s",
	    v.nwrong > 0 && *v.wrong->where != '\0' ? v.wrong->where :
	    s->name != NULL ? s->name : "value",
	    v.nwrong > 0 ? v.wrong->detail : "not as declared");
}
