/* SPDX-License-Identifier: ISC */
/* Messages for the next page that shows messages, kept in the session. */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/req.h"
#include "codec/json.h"
#include "guard/session.h"
#include "http/req.h"
#include "base/banned.h"

#define FLASH		"_flash"
#define FLASHES_MAX	16		/* the newest of them */

int
stile_flash(struct stile_req *r, const char *kind, const char *text)
{
	struct session		*s = session_to_change(r);
	struct json_object	*data, *list, *j;

	if (s == NULL || (data = session_data(r, s)) == NULL)
		return STILE_EFAILED;
	s->changed = true;
	if (!json_object_object_get_ex(data, FLASH, &list)) {
		if ((list = json_object_new_array()) == NULL)
			return stile__fail_nomem(r);
		if (json_object_object_add(data, FLASH, list) != 0) {
			json_object_put(list);
			return stile__fail_nomem(r);
		}
	}
	if ((j = json_object_new_object()) == NULL)
		return stile__fail_nomem(r);
	if (json_object_object_add(j, "kind",
	    json_object_new_string(kind != NULL ? kind : "")) != 0 ||
	    json_object_object_add(j, "text",
	    json_object_new_string(text != NULL ? text : "")) != 0 ||
	    json_object_array_add(list, j) != 0) {
		json_object_put(j);
		return stile__fail_nomem(r);
	}
	/* Nobody may be showing them. */
	if (json_object_array_length(list) > FLASHES_MAX)
		json_object_array_del_idx(list, 0, 1);
	return STILE_OK;
}

struct stile_value
stile_flashes(struct stile_req *r)
{
	struct session		*s = session_of(r);
	struct json_object	*list = NULL;

	if (s == NULL || s->data == NULL ||
	    !json_object_object_get_ex(s->data, FLASH, &list) ||
	    session_to_change(r) == NULL)
		return stile_list(NULL, 0);
	/* They outlive their place by this reference. */
	if (stile_arena_defer(r->arena, stile__json_put,
	    json_object_get(list)) != STILE_OK) {
		stile__fail_nomem(r);
		return stile_list(NULL, 0);
	}
	json_object_object_del(s->data, FLASH);
	s->changed = true;
	return stile_json_value(list);
}
