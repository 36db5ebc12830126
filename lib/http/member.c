/* SPDX-License-Identifier: ISC */
/* Members of a JSON object, checked: the wrong one fails the request. */
#include "base/priv.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

static bool
is_object(struct stile_req *r, struct json_object *j)
{
	if (stile_failed(r) != STILE_OK)
		return false;
	if (json_object_is_type(j, json_type_object))
		return true;
	stile_fail(r, 422, "a JSON object is expected");
	return false;
}

bool
stile_member(struct stile_req *r, struct json_object *j, const char *name)
{
	return is_object(r, j) && json_object_object_get_ex(j, name, NULL);
}

/* Every way in which a member can be wrong ends here. */
static void
member_fails(struct stile_req *r, const char *name, const char *expected)
{
	if (stile_failed(r) != STILE_OK)
		return;
	stile_fail(r, 422, "%s: %s is expected", name, expected);
	stile_fail_member(r, "member", stile_text(name));
}

static struct json_object *
find_member(struct stile_req *r, struct json_object *j, const char *name,
    json_type type, const char *expected)
{
	struct json_object	*m = NULL;

	if (!is_object(r, j))
		return NULL;
	if (json_object_object_get_ex(j, name, &m) &&
	    json_object_is_type(m, type))
		return m;
	member_fails(r, name, expected);
	return NULL;
}

const char *
stile_member_text(struct stile_req *r, struct json_object *j, const char *name,
    size_t min, size_t max)
{
	struct json_object	*m;
	struct stile_str	 s;
	size_t			 n;

	m = find_member(r, j, name, json_type_string, "a string");
	if (m == NULL)
		return "";
	s.p = json_object_get_string(m);
	s.len = (size_t)json_object_get_string_len(m);
	if (memchr(s.p, '\0', s.len) != NULL) {
		member_fails(r, name, "a string without NUL");
		return "";
	}
	n = stile_utf8_length(s);
	if (n >= min && n <= max)
		return s.p;
	stile_fail(r, 422, "%s: %zu to %zu characters are expected, not %zu",
	    name, min, max, n);
	stile_fail_member(r, "member", stile_text(name));
	return "";
}

int64_t
stile_member_int(struct stile_req *r, struct json_object *j, const char *name,
    int64_t min, int64_t max)
{
	struct json_object	*m;
	int64_t			 v;

	m = find_member(r, j, name, json_type_int, "an integer");
	if (m == NULL)
		return min;
	v = json_object_get_int64(m);
	if (v >= min && v <= max)
		return v;
	stile_fail(r, 422, "%s: an integer from %" PRId64 " to %" PRId64
	    " is expected", name, min, max);
	stile_fail_member(r, "member", stile_text(name));
	return min;
}

bool
stile_member_bool(struct stile_req *r, struct json_object *j, const char *name)
{
	struct json_object	*m;

	m = find_member(r, j, name, json_type_boolean, "true or false");
	return m != NULL && json_object_get_boolean(m);
}
