/* SPDX-License-Identifier: ISC */
/* The types of schemas: a table, and what follows from it. */
#include "base/priv.h"

#include <math.h>

#include "stile/date.h"
#include "stile/num.h"
#include "stile/str.h"
#include "base/base64.h"
#include "schema/format.h"
#include "schema/schema.h"
#include "base/banned.h"

static enum stile_err
parse_int(struct stile_arena *a, struct stile_str s, struct stile_value *ret)
{
	int64_t		v;
	enum stile_err	rc;

	(void)a;
	if ((rc = stile_num_int(s, INT64_MIN, INT64_MAX, &v)) == STILE_OK)
		*ret = stile_int(v);
	return rc;
}

static enum stile_err
parse_double(struct stile_arena *a, struct stile_str s,
    struct stile_value *ret)
{
	double		v;
	enum stile_err	rc;

	(void)a;
	if ((rc = stile_num_double(s, &v)) == STILE_OK)
		*ret = stile_double(v);
	return rc;
}

static enum stile_err
parse_bool(struct stile_arena *a, struct stile_str s, struct stile_value *ret)
{
	bool		v;
	enum stile_err	rc;

	(void)a;
	if ((rc = stile__parse_bool(s.p, &v)) == STILE_OK)
		*ret = stile_bool(v);
	return rc;
}

static enum stile_err
parse_time(struct stile_arena *a, struct stile_str s, struct stile_value *ret)
{
	int64_t		ms;
	enum stile_err	rc;

	(void)a;
	if ((rc = stile_timestamp_parse(s, &ms)) == STILE_OK)
		*ret = stile_time(ms);
	return rc;
}

static enum stile_err
parse_base64(struct stile_arena *a, struct stile_str s,
    struct stile_value *ret)
{
	size_t		 len;
	char		*p;
	enum stile_err	 rc;

	if ((rc = stile__base64_decode(a, s, STILE_BASE64_STD, &p, &len)) ==
	    STILE_OK)
		*ret = stile_blob(p, len);
	return rc;
}

static bool
day_number(struct stile_str s, int64_t *ret)
{
	return stile_day_parse(s, ret) == STILE_OK;
}

/* A month has no length of its own. */
static bool
duration_number(struct stile_str s, int64_t *ret)
{
	bool	calendar;

	return stile__is_duration(s, &calendar, ret) && !calendar;
}

static bool
is_day(struct stile_str s)
{
	int64_t	day;

	return stile_day_parse(s, &day) == STILE_OK;
}

static bool
is_time(struct stile_str s)
{
	int64_t	ms;

	return stile__is_time(s, &ms);
}

static bool
is_duration(struct stile_str s)
{
	int64_t	ms;
	bool	calendar;

	return stile__is_duration(s, &calendar, &ms);
}

static bool
is_any_text(struct stile_str s)
{
	(void)s;
	return true;
}

static const struct schema_type	types[] = {
	[STILE_ANY] = { .a = "a value" },
	[STILE_STRING] = { "a string", "string", .is = is_any_text },
	[STILE_INTEGER] = { "an integer", "integer", "int64",
	    .parse = parse_int },
	[STILE_NUMBER] = { "a number", "number", .parse = parse_double },
	[STILE_BOOLEAN] = { "true or false", "boolean", .parse = parse_bool },
	[STILE_OBJECT] = { .a = "an object", .json = "object" },
	[STILE_ARRAY] = { .a = "an array", .json = "array" },
	[STILE_MAP] = { .a = "an object", .json = "object" },
	[STILE_ONE_OF] = { .a = "an object", .json = "object" },
	[STILE_DATE] = { "a date such as 2026-11-22", "string", "date",
	    .is = is_day, .number = day_number },
	[STILE_DATE_TIME] = { "a time such as 2026-11-22T10:00:00Z", "string",
	    "date-time", .text = true, .parse = parse_time },
	[STILE_TIME_OF_DAY] = { "a time of day such as 10:00:00Z", "string",
	    "time", .is = is_time, .number = stile__is_time },
	[STILE_DURATION] = { "a duration such as PT1H30M", "string",
	    "duration", .is = is_duration, .number = duration_number },
	[STILE_EMAIL] = { "an e-mail address", "string", "email",
	    .is = stile__is_email },
	[STILE_URI] = { "a URI with a scheme", "string", "uri",
	    .is = stile__is_uri },
	[STILE_UUID] = { "a UUID", "string", "uuid", .is = stile__is_uuid },
	[STILE_SLUG] = { "a word of letters, digits, '-' and '_'", "string",
	    .is = stile__is_slug },
	[STILE_BINARY] = { "bytes in base64", "string", .text = true,
	    .parse = parse_base64 },
	[STILE_FILE] = { .a = "a file", .json = "string" },
};
const struct schema_type *
stile__schema_type(enum stile_schema_type type)
{
	return &types[(size_t)type < NELEM(types) ? type : STILE_ANY];
}

bool
stile__schema_is_text(enum stile_schema_type type)
{
	const struct schema_type	*t = stile__schema_type(type);

	return t->is != NULL || t->text;
}

bool
stile__is_scalar(const struct stile_schema *s)
{
	const struct schema_type	*t = stile__schema_type(s->type);

	return t->is != NULL || t->parse != NULL;
}

const struct stile_schema *
stile__schema_of(const struct stile_schema *row)
{
	int	i;

	for (i = 0; row->ref != NULL && i < REF_DEPTH_MAX; i++)
		row = row->ref;
	return row;
}

bool
stile__schema_nullable(const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);

	return row->nullable || s->nullable || s->type == STILE_ANY;
}

int
stile__schema_choice(const struct stile_schema *s, struct stile_str text)
{
	int	i;

	for (i = 0; s->choices != NULL && s->choices[i] != NULL; i++)
		if (stile_str_eq(stile_str(s->choices[i]), text))
			return i;
	return -1;
}

bool
stile__has_min(int64_t min, int64_t max)
{
	return (min != 0 || max != 0) && min != INT64_MIN;
}

bool
stile__has_max(int64_t min, int64_t max)
{
	return (max != 0 || min < 0) && max != INT64_MAX;
}

bool
stile__has_low(double low, double high)
{
	return (low != 0 || high != 0) && isfinite(low);
}

bool
stile__has_high(double low, double high)
{
	return (high != 0 || low < 0) && isfinite(high);
}

size_t
stile__properties(const struct stile_schema *s)
{
	size_t	n = 0;

	while (s->properties != NULL && s->properties[n].name != NULL)
		n++;
	return n;
}

const struct stile_schema *
stile__items_of(const struct stile_schema *array)
{
	static const struct stile_schema	any = { .type = STILE_ANY };

	return array->items != NULL ? array->items : &any;
}

static bool
has_struct(const struct stile_schema *s)
{
	return s->type == STILE_OBJECT || s->type == STILE_ONE_OF;
}

struct stile_schema
stile__whole_row(const struct stile_schema *s)
{
	struct stile_schema	row = *stile__schema_of(s);

	row.required = true;
	row.at.offset = 0;
	row.at.kind = row.type == STILE_ARRAY ? STILE_KIND_ITEMS :
	    !has_struct(&row) ? STILE_KIND_VALUE :
	    row.size > 0 ? STILE_KIND_STRUCT : 0;
	return row;
}

size_t
stile__whole_size(const struct stile_schema *s)
{
	s = stile__schema_of(s);
	return s->type == STILE_ARRAY ? sizeof(struct stile_items) :
	    has_struct(s) ? s->size : sizeof(struct stile_value);
}

/* What an item is in C, where its table does not say. */
static const struct {
	enum stile_schema_type	type;
	int			kind;
	size_t			size;
} items[] = {
	{ STILE_INTEGER,	STILE_KIND_INT64,	sizeof(int64_t) },
	{ STILE_DATE_TIME,	STILE_KIND_INT64,	sizeof(int64_t) },
	{ STILE_NUMBER,		STILE_KIND_DOUBLE,	sizeof(double) },
	{ STILE_BOOLEAN,	STILE_KIND_BOOL,	sizeof(bool) },
	{ STILE_BINARY,		STILE_KIND_STR,		sizeof(struct stile_str) },
};

struct stile_place
stile__item_place(const struct stile_schema *item)
{
	const struct stile_schema	*s = stile__schema_of(item);
	size_t				 i;

	if (s->size > 0)
		return (struct stile_place){ STILE_KIND_STRUCT, 0 };
	for (i = 0; i < NELEM(items); i++)
		if (items[i].type == s->type)
			return (struct stile_place){ items[i].kind, 0 };
	if (stile__schema_is_text(s->type))
		return (struct stile_place){ STILE_KIND_CHARS, 0 };
	return (struct stile_place){ STILE_KIND_VALUE, 0 };
}

size_t
stile__item_size(const struct stile_schema *item)
{
	const struct stile_schema	*s = stile__schema_of(item);
	size_t				 i;

	if (s->size > 0)
		return s->size;
	for (i = 0; i < NELEM(items); i++)
		if (items[i].type == s->type)
			return items[i].size;
	if (stile__schema_is_text(s->type))
		return sizeof(const char *);
	return sizeof(struct stile_value);
}
