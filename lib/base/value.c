/* SPDX-License-Identifier: ISC */
/* Typed values: what a statement binds and an object is made of. */
#include "base/priv.h"

#include "stile/str.h"
#include "stile/value.h"
#include "base/banned.h"

struct stile_value
stile_null(void)
{
	return (struct stile_value){ .type = STILE_NULL };
}

struct stile_value
stile_bool(bool b)
{
	return (struct stile_value){ .type = STILE_BOOL, .u.b = b };
}

struct stile_value
stile_int(int64_t i)
{
	return (struct stile_value){ .type = STILE_INT, .u.i = i };
}

/* Past int64_t it becomes the nearest double rather than another number. */
struct stile_value
stile_uint(uint64_t u)
{
	return u <= INT64_MAX ? stile_int((int64_t)u) : stile_double((double)u);
}

struct stile_value
stile_double(double d)
{
	return (struct stile_value){ .type = STILE_DOUBLE, .u.d = d };
}

struct stile_value
stile_text(const char *s)
{
	return stile_text_str(stile_str(s));
}

struct stile_value
stile_text_str(struct stile_str s)
{
	if (s.p == NULL)
		return stile_null();
	return (struct stile_value){ .type = STILE_TEXT, .u.s = s };
}

struct stile_value
stile_blob(const void *p, size_t n)
{
	if (p == NULL)
		return stile_null();
	return (struct stile_value){ .type = STILE_BLOB,
	    .u.s = { .p = p, .len = n } };
}

struct stile_value
stile_json_value(struct json_object *j)
{
	if (j == NULL)
		return stile_null();
	return (struct stile_value){ .type = STILE_JSON, .u.j = j };
}

struct stile_value
stile_time(int64_t ms)
{
	return (struct stile_value){ .type = STILE_TIME, .u.i = ms };
}

struct stile_value
stile_json_text(struct stile_str s)
{
	if (s.p == NULL)
		return stile_null();
	return (struct stile_value){ .type = STILE_JSON_TEXT, .u.s = s };
}

struct stile_value
stile_list(const struct stile_value *v, size_t n)
{
	return (struct stile_value){ .type = STILE_LIST, .u.list = { v, n } };
}

struct stile_value
stile_list_args(struct stile_args args)
{
	return stile_list(args.v, args.n);
}

struct stile_value
stile_same(struct stile_value v)
{
	return v;
}

const char *
stile_type_name(enum stile_type t)
{
	static const char *const names[] = {
		[STILE_NULL] = "null", [STILE_BOOL] = "boolean",
		[STILE_INT] = "integer", [STILE_DOUBLE] = "number",
		[STILE_TEXT] = "text", [STILE_BLOB] = "blob",
		[STILE_JSON] = "json", [STILE_TIME] = "time",
		[STILE_JSON_TEXT] = "json", [STILE_LIST] = "list",
		[STILE_ABSENT] = "absent",
	};

	return (size_t)t < NELEM(names) ? names[t] : "unknown";
}
