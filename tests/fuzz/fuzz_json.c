/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/json.c and json_write.c: what is read can be written, and is the
 * same when it is read again; any bytes can be written as a string.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "fuzz.h"

#define LOW	3

static unsigned
depth(struct json_object *j)
{
	unsigned	d, max = 0;
	size_t		i;

	if (json_object_is_type(j, json_type_array)) {
		for (i = 0; i < json_object_array_length(j); i++)
			if ((d = depth(json_object_array_get_idx(j, i))) > max)
				max = d;
		return max + 1;
	}
	if (!json_object_is_type(j, json_type_object))
		return 0;
	json_object_object_foreach(j, key, value) {
		require(stile_utf8_valid(stile_str(key)));
		if ((d = depth(value)) > max)
			max = d;
	}
	return max + 1;
}

static struct stile_str
written(struct stile_arena *a, struct json_object *j)
{
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);

	require(b != NULL);
	stile_json_write(b, stile_json_value(j));
	require(stile_buf_err(b) == STILE_OK);
	return stile_buf_view(b);
}

static void
check_value(struct stile_arena *a, struct json_object *j)
{
	struct stile_str	 s = j != NULL ? written(a, j) : STR("null");
	struct json_object	*again;

	require(stile_utf8_valid(s));
	require(stile_json_parse(s, 0, &again, NULL) == STILE_OK);
	require(json_object_equal(j, again));
	require(again == NULL || stile_str_eq(written(a, again), s));
	json_object_put(again);
}

static void
check_string(struct stile_arena *a, struct stile_str s)
{
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	struct json_object	*j;

	require(b != NULL);
	stile_json_write_str(b, s);
	require(stile_buf_err(b) == STILE_OK);
	require(stile_json_parse(stile_buf_view(b), 0, &j, NULL) == STILE_OK);
	require(json_object_is_type(j, json_type_string));
	if (stile_utf8_valid(s))
		require(stile_str_eq(s, (struct stile_str){
		    json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) }));
	json_object_put(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stile_str	 s = { (const char *)data, size };
	struct stile_arena	*a;
	struct json_object	*j, *low;
	struct stile_error	 e = { .code = STILE_OK };
	enum stile_err		 rc;

	require((a = stile_arena_new(0)) != NULL);
	rc = stile_json_parse(s, 0, &j, &e);
	require(rc == e.code);
	if (rc == STILE_OK) {
		check_value(a, j);
		/* A lower limit refuses what is deeper, and nothing else. */
		rc = stile_json_parse(s, LOW, &low, NULL);
		require((rc == STILE_OK) == (depth(j) <= LOW));
		if (rc == STILE_OK) {
			require(json_object_equal(j, low));
			json_object_put(low);
		}
		json_object_put(j);
	} else
		require(e.status == 400);
	check_string(a, s);
	stile_arena_free(a);
	return 0;
}
