/* SPDX-License-Identifier: ISC */
/*
 * lib/schema: any JSON against a table of each type and keyword.  What is right
 * fills a struct, can be written, and is right again; what is wrong has places
 * and sentences that are short and UTF-8.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/schema.h"
#include "stile/str.h"
#include "schema/schema.h"
#include "fuzz.h"

struct thing {
	int			 i;
	int64_t			 big, day, moment, clock, length;
	double			 d;
	bool			 b;
	const char		*text, *email;
	struct stile_str	 bytes;
	struct stile_value	 any;
	struct stile_items	 words, things;
	int			 colour;
};

static const struct stile_schema	thing;
static const struct stile_schema	word = { .type = STILE_STRING,
	    .lower = true, .trim = true, .min = 1, .max = 9 };
static const struct stile_schema	number_in_map = { .type = STILE_NUMBER,
	    .low = -1e9, .high = 1e9, .nullable = true };
static const struct stile_schema	circle_properties[] = {
	{ "r", STILE_NUMBER, .required = true, .exclusive_min = true,
	    .high = 1e9 },
	{ 0 }
};
static const struct stile_schema	circle = { "c", STILE_OBJECT,
	    .properties = circle_properties };
static const struct stile_schema	square = { "s", STILE_OBJECT,
	    .unknown = STILE_UNKNOWN_KEPT };
static const struct stile_schema	shape = { .type = STILE_ONE_OF,
	    .one_of = STILE_SCHEMAS(&circle, &square), .discriminator = "k" };

#define IN(member)	STILE_AT(struct thing, member)

static const struct stile_schema	thing_properties[] = {
	{ "i", STILE_INTEGER, IN(i), .min = -5, .max = 1000000 },
	{ "g", STILE_INTEGER, IN(big), .multiple_of = 3, .nullable = true },
	{ "d", STILE_NUMBER, IN(d), .low = -1e300, .multiple_of = 0.01 },
	{ "b", STILE_BOOLEAN, IN(b), .absent = "true" },
	{ "t", STILE_STRING, IN(text), .trim = true, .upper = true, .max = 20,
	    .pattern = "^[^A]*$" },
	{ "e", STILE_EMAIL, IN(email), .lower = true },
	{ "y", STILE_DATE, IN(day) },
	{ "m", STILE_DATE_TIME, IN(moment) },
	{ "c", STILE_TIME_OF_DAY, IN(clock) },
	{ "l", STILE_DURATION, IN(length) },
	{ "x", STILE_BINARY, IN(bytes), .max = 50 },
	{ "a", STILE_ANY, IN(any) },
	{ "w", STILE_ARRAY, IN(words), .items = &word, .unique = true,
	    .max = 20 },
	{ "o", STILE_STRING, IN(colour), .choices = STILE_CHOICES("p", "q"),
	    .absent = "q" },
	{ "n", STILE_ARRAY, IN(things), .items = &thing, .unique = true },
	{ "p", STILE_MAP, .items = &number_in_map, .min = 1, .max = 5 },
	{ "s", .ref = &shape },
	{ "f", STILE_ARRAY, .items = &shape, .absent = "[{\"k\":\"s\"}]" },
	{ "h", STILE_STRING, .read_only = true },
	{ 0 }
};
static const struct stile_schema	thing = { "Thing", STILE_OBJECT,
	    .properties = thing_properties, .unknown = STILE_UNKNOWN_IGNORED,
	    .size = sizeof(struct thing) };

static void
check_wrong(const struct stile_violations *wrong)
{
	size_t	i;

	require(wrong->n > 0 && wrong->n <= VIOLATIONS_MAX);
	for (i = 0; i < wrong->n; i++) {
		require(strlen(wrong->v[i].where) <= 256);
		require(stile_utf8_valid(stile_str(wrong->v[i].where)));
		require(stile_utf8_valid(stile_str(wrong->v[i].detail)));
		require(*wrong->v[i].detail != '\0');
		require(strcmp(wrong->v[i].code, "default") != 0);
	}
}

/* Once it is right and has its defaults, nothing changes any more. */
static void
check_again(struct stile_arena *a, struct json_object *j)
{
	struct stile_violations	 wrong;
	struct thing		 t;
	char			*before;

	before = stile_arena_strdup(a, json_object_to_json_string_ext(j,
	    JSON_C_TO_STRING_PLAIN));
	require(before != NULL);
	require(stile_validate(a, &thing, j, STILE_VALIDATE_WHOLE, &t, &wrong,
	    NULL) == STILE_OK);
	require(strcmp(before, json_object_to_json_string_ext(j,
	    JSON_C_TO_STRING_PLAIN)) == 0);
}

/* What a struct is written as is JSON, whatever was in it. */
static void
check_written(struct stile_arena *a, const struct thing *t)
{
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	struct json_object	*j;

	stile_schema_write(b, &thing, t);
	require(stile_buf_err(b) == STILE_OK);
	require(stile_json_parse(stile_buf_view(b), 256, &j, NULL) == STILE_OK);
	json_object_put(j);
}

static void
check(struct json_object *j, enum stile_validate mode)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_violations	 wrong;
	struct thing		 t;
	enum stile_err		 rc;

	memset(&t, 0xA5, sizeof(t));
	rc = stile_validate(a, &thing, j, mode, &t, &wrong, NULL);
	require(rc == STILE_OK || rc == STILE_ERANGE);
	if (rc != STILE_OK)
		check_wrong(&wrong);
	else {
		require(wrong.n == 0);
		check_written(a, &t);
		if (mode == STILE_VALIDATE_WHOLE)
			check_again(a, j);
	}
	stile_arena_free(a);
}

/* A patch of nothing is what is not null in it. */
static void
merge(struct json_object *patch)
{
	struct json_object	*target = json_object_new_object();

	require(stile_merge_patch(&target, patch, NULL) == STILE_OK);
	json_object_put(target);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct stile_str	 text = { (const char *)p, n };
	struct json_object	*j;

	if (stile_json_parse(text, 0, &j, NULL) != STILE_OK)
		return 0;
	merge(j);
	check(j, STILE_VALIDATE_WHOLE);
	json_object_put(j);
	require(stile_json_parse(text, 0, &j, NULL) == STILE_OK);
	check(j, STILE_VALIDATE_PATCH);
	json_object_put(j);
	return 0;
}
