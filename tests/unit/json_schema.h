/* SPDX-License-Identifier: ISC */
/*
 * A JSON Schema document as a table of ours, for tests only: the keywords that
 * we have, of the shapes that our types are.  What cannot be said with them has
 * a reason.
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include "schema.h"

#include <math.h>

struct loader {
	struct stile_arena	*a;
	struct json_object	*root;
	char			 why[100];	/* or "" */
	struct loaded {
		struct json_object	*from;
		struct stile_schema	*s;
	}			 seen[100];
	size_t			 nseen;
};

static const struct stile_schema *load(struct loader *, struct json_object *);

static inline const struct stile_schema *
refuse(struct loader *l, const char *why, const char *name)
{
	if (*l->why == '\0')
		snprintf(l->why, sizeof(l->why), "%s %s", why, name);
	return NULL;
}

/* Which type a keyword is of, where the document does not say. */
static const struct keyword {
	const char		*name;
	enum stile_schema_type	 of;	/* ANY: of all */
} keywords[] = {
	{ "$schema", STILE_ANY }, { "$defs", STILE_ANY },
	{ "$comment", STILE_ANY }, { "$ref", STILE_ANY },
	{ "default", STILE_ANY }, { "description", STILE_ANY },
	{ "title", STILE_ANY }, { "type", STILE_ANY },
	{ "minimum", STILE_NUMBER }, { "maximum", STILE_NUMBER },
	{ "exclusiveMinimum", STILE_NUMBER },
	{ "exclusiveMaximum", STILE_NUMBER }, { "multipleOf", STILE_NUMBER },
	{ "minLength", STILE_STRING }, { "maxLength", STILE_STRING },
	{ "pattern", STILE_STRING }, { "format", STILE_STRING },
	{ "enum", STILE_STRING }, { "const", STILE_STRING },
	{ "items", STILE_ARRAY }, { "minItems", STILE_ARRAY },
	{ "maxItems", STILE_ARRAY }, { "uniqueItems", STILE_ARRAY },
	{ "properties", STILE_OBJECT }, { "required", STILE_OBJECT },
	{ "additionalProperties", STILE_OBJECT },
	{ "minProperties", STILE_OBJECT }, { "maxProperties", STILE_OBJECT },
};

static const struct {
	const char		*name;
	enum stile_schema_type	 type;
} types_of[] = {
	{ "string", STILE_STRING }, { "integer", STILE_INTEGER },
	{ "number", STILE_NUMBER }, { "boolean", STILE_BOOLEAN },
	{ "object", STILE_OBJECT }, { "array", STILE_ARRAY },
}, formats_of[] = {
	{ "date", STILE_DATE }, { "date-time", STILE_DATE_TIME },
	{ "time", STILE_TIME_OF_DAY }, { "duration", STILE_DURATION },
	{ "email", STILE_EMAIL }, { "uri", STILE_URI }, { "uuid", STILE_UUID },
};

static inline struct json_object *
keyword(struct json_object *j, const char *name)
{
	struct json_object	*m = NULL;

	json_object_object_get_ex(j, name, &m);
	return m;
}

static inline bool
load_type_name(struct loader *l, const char *name, struct stile_schema *s)
{
	size_t	i;

	for (i = 0; i < NELEM(types_of); i++)
		if (strcmp(types_of[i].name, name) == 0) {
			s->type = types_of[i].type;
			return true;
		}
	refuse(l, "the type", name);
	return false;
}

/* One type, or that and null. */
static inline bool
load_type(struct loader *l, struct json_object *t, struct stile_schema *s)
{
	const char	*name;
	size_t		 i, n = 0;

	if (json_object_is_type(t, json_type_string))
		return load_type_name(l, json_object_get_string(t), s);
	for (i = 0; i < json_object_array_length(t); i++) {
		name = json_object_get_string(json_object_array_get_idx(t, i));
		if (strcmp(name, "null") == 0)
			s->nullable = true;
		else if (n++ > 0) {
			refuse(l, "several", "types");
			return false;
		} else if (!load_type_name(l, name, s))
			return false;
	}
	return true;
}

/* What only keywords say. */
static inline bool
guess_type(struct loader *l, struct json_object *j, struct stile_schema *s)
{
	size_t	i;

	json_object_object_foreach(j, name, value) {
		(void)value;
		for (i = 0; i < NELEM(keywords); i++)
			if (strcmp(keywords[i].name, name) == 0)
				break;
		if (i == NELEM(keywords)) {
			refuse(l, "the keyword", name);
			return false;
		}
		if (keywords[i].of == STILE_ANY || keywords[i].of == s->type)
			continue;
		if (s->type == STILE_INTEGER && keywords[i].of == STILE_NUMBER)
			continue;
		if (keyword(j, "type") != NULL || s->type != STILE_ANY) {
			refuse(l, "keywords of", "several types");
			return false;
		}
		s->type = keywords[i].of;
	}
	return true;
}

/* Our rule: 0 and 0 are none. */
static inline void
load_counts(struct json_object *j, const char *min, const char *max,
    struct stile_schema *s)
{
	struct json_object	*low = keyword(j, min), *high = keyword(j, max);

	if (low == NULL && high == NULL)
		return;
	s->min = low != NULL ? json_object_get_int64(low) : 0;
	s->max = high != NULL ? json_object_get_int64(high) : INT64_MAX;
	if (s->max == 0)
		s->min = -1;
}

static inline void
load_bounds(struct json_object *j, struct stile_schema *s)
{
	static const struct {
		const char	*name;
		bool		 low, exclusive;
	} v[] = {
		{ "minimum", true, false }, { "exclusiveMinimum", true, true },
		{ "maximum", false, false },
		{ "exclusiveMaximum", false, true },
	};
	struct json_object	*m;
	size_t			 i;
	bool			 any = false;

	s->low = -INFINITY;
	s->high = INFINITY;
	for (i = 0; i < NELEM(v); i++) {
		if ((m = keyword(j, v[i].name)) == NULL)
			continue;
		any = true;
		*(v[i].low ? &s->low : &s->high) = json_object_get_double(m);
		*(v[i].low ? &s->exclusive_min : &s->exclusive_max) =
		    v[i].exclusive;
	}
	if (!any)
		s->low = s->high = 0;
	if (s->type == STILE_INTEGER && any) {
		s->min = isfinite(s->low) ? (int64_t)s->low : INT64_MIN;
		s->max = isfinite(s->high) ? (int64_t)s->high : INT64_MAX;
	}
	if ((m = keyword(j, "multipleOf")) != NULL)
		s->multiple_of = json_object_get_double(m);
}

static inline bool
load_string(struct loader *l, struct json_object *j, struct stile_schema *s)
{
	struct json_object	*m, *one;
	const char		**v;
	size_t			 i, n;
	bool			 single;

	load_counts(j, "minLength", "maxLength", s);
	s->pattern = json_object_get_string(keyword(j, "pattern"));
	if ((m = keyword(j, "format")) != NULL) {
		for (i = 0; i < NELEM(formats_of); i++)
			if (strcmp(formats_of[i].name,
			    json_object_get_string(m)) == 0)
				s->type = formats_of[i].type;
		if (s->type == STILE_STRING) {
			refuse(l, "the format", json_object_get_string(m));
			return false;
		}
	}
	m = keyword(j, "enum");
	n = m != NULL ? json_object_array_length(m) : 0;
	/* Null is a value, too. */
	single = json_object_object_get_ex(j, "const", &one);
	if (m == NULL && !single)
		return true;
	v = stile_arena_alloc(l->a, n + 2, sizeof(*v));
	for (i = 0; i < n || (single && i < 1); i++) {
		if (m != NULL)
			one = json_object_array_get_idx(m, i);
		if (!json_object_is_type(one, json_type_string) ||
		    strlen(json_object_get_string(one)) !=
		    (size_t)json_object_get_string_len(one)) {
			refuse(l, "values that", "are no C strings");
			return false;
		}
		v[i] = json_object_get_string(one);
	}
	s->choices = v;
	return true;
}

static inline bool
load_array(struct loader *l, struct json_object *j, struct stile_schema *s)
{
	struct json_object	*items = keyword(j, "items");

	load_counts(j, "minItems", "maxItems", s);
	s->unique = json_object_get_boolean(keyword(j, "uniqueItems"));
	return items == NULL || (s->items = load(l, items)) != NULL;
}

static inline bool
add_property(struct loader *l, struct stile_schema *p, const char *name,
    struct json_object *j)
{
	static const struct stile_schema	any = { .type = STILE_ANY };

	p->name = name;
	return (p->ref = j != NULL ? load(l, j) : &any) != NULL;
}

static inline bool
load_properties(struct loader *l, struct json_object *properties,
    struct json_object *required, struct stile_schema *s)
{
	struct stile_schema	*p;
	const char		*name;
	size_t			 i, k, n, m;

	n = properties != NULL ? (size_t)json_object_object_length(properties) :
	    0;
	m = required != NULL ? json_object_array_length(required) : 0;
	p = stile_arena_alloc(l->a, n + m + 1, sizeof(*p));
	s->properties = p;
	n = 0;
	if (properties != NULL) {
		json_object_object_foreach(properties, key, value)
			if (!add_property(l, &p[n++], key, value))
				return false;
	}
	for (i = 0; i < m; i++) {
		name = json_object_get_string(
		    json_object_array_get_idx(required, i));
		for (k = 0; k < n && strcmp(p[k].name, name) != 0; k++)
			continue;
		if (k == n && !add_property(l, &p[n++], name, NULL))
			return false;
		p[k].required = true;
	}
	return true;
}

static inline bool
load_object(struct loader *l, struct json_object *j, struct stile_schema *s)
{
	struct json_object	*properties = keyword(j, "properties");
	struct json_object	*required = keyword(j, "required");
	struct json_object	*more = keyword(j, "additionalProperties");
	bool			 count, typed, rows;

	count = keyword(j, "minProperties") != NULL ||
	    keyword(j, "maxProperties") != NULL;
	typed = json_object_is_type(more, json_type_object);
	rows = properties != NULL || required != NULL;
	if (rows && (count || typed)) {
		refuse(l, "a map", "with properties");
		return false;
	}
	if (count || typed) {
		s->type = STILE_MAP;
		load_counts(j, "minProperties", "maxProperties", s);
		return !typed || (s->items = load(l, more)) != NULL;
	}
	s->unknown = more != NULL && !json_object_get_boolean(more) ?
	    STILE_UNKNOWN_REFUSED : STILE_UNKNOWN_KEPT;
	return load_properties(l, properties, required, s);
}

/* "#" and "#/$defs/x" */
static inline const struct stile_schema *
load_ref(struct loader *l, const char *ref)
{
	static const char	defs[] = "#/$defs/";
	struct json_object	*j = NULL;

	if (strcmp(ref, "#") == 0)
		j = l->root;
	else if (strncmp(ref, defs, sizeof(defs) - 1) == 0)
		j = keyword(keyword(l->root, "$defs"),
		    ref + sizeof(defs) - 1);
	return j != NULL ? load(l, j) : refuse(l, "the reference", ref);
}

/* Seen before, it is the same table: so they may be in circles. */
static inline struct stile_schema *
make(struct loader *l, struct json_object *j, bool *is_new)
{
	size_t	i;

	for (i = 0; i < l->nseen; i++)
		if (l->seen[i].from == j)
			break;
	cr_assert_lt(i, NELEM(l->seen));
	if ((*is_new = i == l->nseen)) {
		l->seen[i].from = j;
		l->seen[i].s = stile_arena_alloc(l->a, 1,
		    sizeof(*l->seen[i].s));
		l->nseen++;
	}
	return l->seen[i].s;
}

static const struct stile_schema *
load(struct loader *l, struct json_object *j)
{
	struct stile_schema	*s;
	struct json_object	*m;
	bool			 is_new, ok = true;

	if (json_object_is_type(j, json_type_boolean) &&
	    !json_object_get_boolean(j))
		return refuse(l, "the schema", "false");
	s = make(l, j, &is_new);
	if (!is_new || json_object_is_type(j, json_type_boolean))
		return s;
	if ((m = keyword(j, "type")) != NULL && !load_type(l, m, s))
		return NULL;
	if (!guess_type(l, j, s))
		return NULL;
	if ((m = keyword(j, "$ref")) != NULL) {
		if (s->type != STILE_ANY)
			return refuse(l, "keywords beside", "$ref");
		return (s->ref = load_ref(l, json_object_get_string(m))) !=
		    NULL ? s : NULL;
	}
	if (s->type == STILE_STRING)
		ok = load_string(l, j, s);
	else if (s->type == STILE_ARRAY)
		ok = load_array(l, j, s);
	else if (s->type == STILE_OBJECT)
		ok = load_object(l, j, s);
	else if (s->type == STILE_NUMBER || s->type == STILE_INTEGER)
		load_bounds(j, s);
	return ok ? s : NULL;
}
#endif
