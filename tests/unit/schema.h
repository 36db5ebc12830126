/* SPDX-License-Identifier: ISC */
/* What tests of schemas share: a validation, and its complaints as one text. */
#ifndef TEST_SCHEMA_H
#define TEST_SCHEMA_H

#include "unit.h"

#include "stile/json.h"
#include "stile/schema.h"
#include "schema/schema.h"

/* A validation, whole or of a patch, and what is left behind it. */
struct checked {
	struct stile_arena		*a;
	struct json_object		*j;
	struct stile_violations		 wrong;
	enum stile_err			 rc;
	struct stile_error		 e;
	char				 text[30000];	/* "/a code, /b code" */
};

static inline struct json_object *
parsed(const char *json)
{
	struct stile_error	 e = { 0 };
	struct json_object	*j = NULL;

	if (stile_json_parse(stile_str(json), 256, &j, &e) != STILE_OK)
		cr_assert(false, "%s: %s", json, e.detail);
	return j;
}

static inline void
check_begin(struct checked *c, const struct stile_schema *s,
    const char *json, enum stile_validate mode, void *ret)
{
	size_t	i, n = 0;

	memset(c, 0, sizeof(*c));
	if ((c->a = stile_arena_new(0)) == NULL)
		cr_assert(false, "no memory");
	c->j = parsed(json);
	c->rc = stile_validate(c->a, s, c->j, mode, ret, &c->wrong, &c->e);
	for (i = 0; i < c->wrong.n; i++) {
		cr_expect_eq(c->wrong.v[i].in, STILE_IN_BODY);
		n += (size_t)snprintf(c->text + n, sizeof(c->text) - n,
		    "%s%s %s", i > 0 ? ", " : "", c->wrong.v[i].where,
		    c->wrong.v[i].code);
	}
	cr_expect_eq(c->rc, n > 0 ? STILE_ERANGE : STILE_OK, "%s: %s", json,
	    stile_err_name(c->rc));
}

static inline void
check_end(struct checked *c)
{
	json_object_put(c->j);
	stile_arena_free(c->a);
}

/* All complaints are those; "" for none. */
static inline void
expect_wrong(const struct stile_schema *s, enum stile_validate mode,
    const char *json, const char *want)
{
	struct checked	c;

	check_begin(&c, s, json, mode, NULL);
	EXPECT_STR(c.text, want, "%.150s", json);
	check_end(&c);
}

#define WHOLE(s, json, want)	expect_wrong((s), STILE_VALIDATE_WHOLE,	\
				    (json), (want))
#define PATCH(s, json, want)	expect_wrong((s), STILE_VALIDATE_PATCH,	\
				    (json), (want))

/* The sentence of the only complaint. */
static inline void
expect_detail(const struct stile_schema *s, const char *json, const char *want)
{
	struct checked	c;

	check_begin(&c, s, json, STILE_VALIDATE_WHOLE, NULL);
	cr_expect_eq(c.wrong.n, 1, "%s: %s", json, c.text);
	EXPECT_STR(c.wrong.n > 0 ? c.wrong.v[0].detail : NULL, want, "%s",
	    json);
	check_end(&c);
}

/* What is right, and the tree that it has become. */
static inline void
expect_tree(const struct stile_schema *s, enum stile_validate mode,
    const char *json, const char *want)
{
	struct checked	c;

	check_begin(&c, s, json, mode, NULL);
	EXPECT_STR(c.text, "", "%s", json);
	EXPECT_STR(json_object_to_json_string_ext(c.j, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE), want, "%s", json);
	check_end(&c);
}
#endif
