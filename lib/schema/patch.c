/* SPDX-License-Identifier: ISC */
/* Merge patches: RFC 7396, section 2. */
#include "base/priv.h"

#include <json-c/json.h>

#include "schema/schema.h"
#include "base/banned.h"

static bool	merge(struct json_object **target, struct json_object *patch);

static bool
put(struct json_object *target, const char *name, struct json_object *value)
{
	if (json_object_object_add(target, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

/* The member of that name, changed, taken away or added. */
static bool
merge_member(struct json_object *target, const char *name,
    struct json_object *patch)
{
	struct json_object	*member = NULL;

	if (patch == NULL) {
		json_object_object_del(target, name);
		return true;
	}
	if (!json_object_is_type(patch, json_type_object))
		return put(target, name, json_object_get(patch));
	json_object_get(member = json_object_object_get(target, name));
	if (!merge(&member, patch)) {
		json_object_put(member);
		return false;
	}
	return put(target, name, member);
}

/* *target is the caller's one reference, and gets another value here. */
static bool
merge(struct json_object **target, struct json_object *patch)
{
	struct json_object	*fresh;

	if (!json_object_is_type(patch, json_type_object)) {
		json_object_put(*target);
		*target = json_object_get(patch);
		return true;
	}
	if (!json_object_is_type(*target, json_type_object)) {
		if ((fresh = json_object_new_object()) == NULL)
			return false;
		json_object_put(*target);
		*target = fresh;
	}
	json_object_object_foreach(patch, name, value)
		if (!merge_member(*target, name, value))
			return false;
	return true;
}

enum stile_err
stile_merge_patch(struct json_object **target, struct json_object *patch,
    struct stile_error *e)
{
	if (merge(target, patch))
		return STILE_OK;
	return stile__error_nomem(e);
}
