/* SPDX-License-Identifier: ISC */
/*
 * The JSON Schema Test Suite, draft 2020-12: every group of the files whose
 * keywords we have is run, or is in tests/conf/json-schema-skipped.txt with why
 * it cannot be said in our tables.
 *
 * A schema of JSON Schema that says no type accepts any value that its keywords
 * are not about.  Ours always say one: so cases in which such a value is right
 * are counted and not compared.
 */
#include "json_schema.h"

static const char *const	files[] = {
	"additionalProperties", "const", "date", "date-time", "duration",
	"email", "enum", "exclusiveMaximum", "exclusiveMinimum", "items",
	"maxItems", "maxLength", "maxProperties", "maximum", "minItems",
	"minLength", "minProperties", "minimum", "multipleOf", "oneOf",
	"pattern", "properties", "required", "time", "type", "uniqueItems",
	"uri", "uuid",
};

/* What we say otherwise, and why. */
static const struct difference {
	const char	*file, *test, *why;
} differences[] = {
	{ "date-time", "a second fraction of fifteen nines is valid",
	  "a time is read to nine digits of a second" },
	{ "duration", "a component with many digits is valid",
	  "a duration has to fit 64 bits of milliseconds" },
};

struct totals {
	size_t	files, groups, skipped, cases, of_other_types, different;
	bool	met[NELEM(differences)];
};

static const char *
text_of(struct json_object *j, const char *name)
{
	return json_object_get_string(keyword(j, name));
}

static bool
is_different(struct totals *t, const char *file, const char *test)
{
	size_t	i;

	for (i = 0; i < NELEM(differences); i++)
		if (strcmp(differences[i].file, file) == 0 &&
		    strcmp(differences[i].test, test) == 0) {
			t->met[i] = true;
			t->different++;
			return true;
		}
	return false;
}

/* Whether nothing is wrong but that a value is of another type. */
static bool
is_of_other_type(const struct stile_violations *wrong)
{
	size_t	i;

	for (i = 0; i < wrong->n; i++)
		if (strcmp(wrong->v[i].code, "type") != 0 &&
		    strcmp(wrong->v[i].code, "null") != 0)
			return false;
	return wrong->n > 0;
}

static void
run_case(struct totals *t, const char *file, const char *group,
    const struct stile_schema *s, bool typed, struct json_object *test)
{
	struct stile_violations	 wrong;
	struct stile_arena	*a = stile_arena_new(0);
	struct json_object	*j = NULL;
	enum stile_err		 rc;
	bool			 valid;

	valid = json_object_get_boolean(keyword(test, "valid"));
	if (keyword(test, "data") != NULL)
		cr_assert_eq(json_object_deep_copy(keyword(test, "data"), &j,
		    NULL), 0);
	rc = stile_validate(a, s, j, STILE_VALIDATE_WHOLE, NULL, &wrong, NULL);
	if (valid && !typed && is_of_other_type(&wrong))
		t->of_other_types++;
	else if ((rc == STILE_OK) == valid)
		t->cases++;
	else if (!is_different(t, file, text_of(test, "description")))
		cr_expect(false, "%s: %s: %s: %s is %s, and should be %s",
		    file, group, text_of(test, "description"),
		    json_object_to_json_string(j),
		    rc == STILE_OK ? "right" : wrong.n > 0 ?
		    wrong.v[0].code : "wrong", valid ? "right" : "wrong");
	json_object_put(j);
	stile_arena_free(a);
}

/* Whether each schema in it says its type. */
static bool
says_types(struct json_object *schema)
{
	static const char *const	inside[] = {
		"properties", "$defs"
	};
	struct json_object		*m;
	size_t				 i;

	if (!json_object_is_type(schema, json_type_object))
		return true;
	if (json_object_object_length(schema) > 1 &&
	    keyword(schema, "type") == NULL)
		return false;
	if (!says_types(keyword(schema, "items")) ||
	    !says_types(keyword(schema, "additionalProperties")))
		return false;
	for (i = 0; i < NELEM(inside); i++) {
		if ((m = keyword(schema, inside[i])) == NULL)
			continue;
		json_object_object_foreach(m, name, value) {
			(void)name;
			if (!says_types(value))
				return false;
		}
	}
	return true;
}

/* "file: description: why" */
static bool
is_listed(const char *file, const char *group, const char *why)
{
	const char	*top = getenv("top_srcdir");
	char		 line[1000], want[1000];
	bool		 found = false;
	FILE		*f;

	snprintf(want, sizeof(want), "%s: %s: %s\n", file, group, why);
	snprintf(line, sizeof(line), "%s/tests/conf/json-schema-skipped.txt",
	    top != NULL ? top : ".");
	f = fopen(line, "r");
	cr_assert(f != NULL, "%s cannot be read", line);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strcmp(line, want) == 0;
	fclose(f);
	return found;
}

static size_t
count_listed(void)
{
	const char	*top = getenv("top_srcdir");
	char		 line[1000];
	size_t		 n = 0;
	FILE		*f;

	snprintf(line, sizeof(line), "%s/tests/conf/json-schema-skipped.txt",
	    top != NULL ? top : ".");
	f = fopen(line, "r");
	cr_assert(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		n += *line != '#' && *line != '\n';
	fclose(f);
	return n;
}

static void
run_group(struct totals *t, const char *file, struct json_object *group)
{
	const char			*name = text_of(group, "description");
	struct json_object		*schema = keyword(group, "schema");
	struct json_object		*tests = keyword(group, "tests");
	const struct stile_schema	*s;
	struct loader			 l = { .root = schema };
	size_t				 i;

	t->groups++;
	l.a = stile_arena_new(0);
	if ((s = load(&l, schema)) == NULL) {
		t->skipped++;
		cr_expect(is_listed(file, name, l.why),
		    "not run and not listed:\n%s: %s: %s", file, name, l.why);
	} else
		for (i = 0; i < json_object_array_length(tests); i++)
			run_case(t, file, name, s, says_types(schema),
			    json_object_array_get_idx(tests, i));
	stile_arena_free(l.a);
}

Test(schema_suite, draft_2020_12, .timeout = 60)
{
	struct totals		 t = { .files = 0 };
	struct json_object	*j;
	char			 name[100];
	size_t			 i, k;

	for (i = 0; i < NELEM(files); i++) {
		snprintf(name, sizeof(name), "json-schema/%s.json", files[i]);
		j = vectors(name);
		for (k = 0; k < json_object_array_length(j); k++)
			run_group(&t, files[i],
			    json_object_array_get_idx(j, k));
		json_object_put(j);
		t.files++;
	}
	cr_log_info("%zu files: %zu of %zu groups, %zu cases as they say, "
	    "%zu of values of other types, %zu on purpose otherwise", t.files,
	    t.groups - t.skipped, t.groups, t.cases, t.of_other_types,
	    t.different);
	cr_expect_gt(t.cases, 400);
	cr_expect_eq(count_listed(), t.skipped, "%zu groups are listed, %zu "
	    "cannot be run", count_listed(), t.skipped);
	for (i = 0; i < NELEM(differences); i++)
		cr_expect(t.met[i],
		    "%s: %s is no difference", differences[i].file,
		    differences[i].test);
}
