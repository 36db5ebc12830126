/* SPDX-License-Identifier: ISC */
/* lib/codec/auth.c: Basic credentials, and tokens. */
#include "unit.h"

#include "codec/auth.h"

#define BEARER	STR("Bearer")

static struct stile_arena	*arena;

static void
setup(void)
{
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
}

TestSuite(auth, .init = setup, .fini = teardown);

Test(auth, basic)
{
	static const struct {
		const char	*field;
		enum stile_err	 rc;
		const char	*user, *password;
	} cases[] = {
		/* RFC 7617, sections 2 and 2.1 */
		{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", STILE_OK, "Aladdin",
		    "open sesame" },
		{ "Basic dGVzdDoxMjPCow==", STILE_OK, "test", "123\xC2\xA3" },
		{ "basic dTpw", STILE_OK, "u", "p" },
		{ "BASIC   dTpw", STILE_OK, "u", "p" },
		{ " Basic dTpw ", STILE_OK, "u", "p" },
		{ "Basic Og==", STILE_OK, "", "" },
		{ "Basic dTo=", STILE_OK, "u", "" },
		{ "Basic OnA=", STILE_OK, "", "p" },
		{ "Basic dTpwOnE=", STILE_OK, "u", "p:q" },
		/* Something else. */
		{ NULL, STILE_ENOTFOUND, NULL, NULL },
		{ "", STILE_ENOTFOUND, NULL, NULL },
		{ "Bearer abc", STILE_ENOTFOUND, NULL, NULL },
		{ "Digest username=\"u\"", STILE_ENOTFOUND, NULL, NULL },
		{ "Basicx dTpw", STILE_ENOTFOUND, NULL, NULL },
		{ "Basi dTpw", STILE_ENOTFOUND, NULL, NULL },
		{ "Basic\tdTpw", STILE_ENOTFOUND, NULL, NULL },
		{ "dTpw", STILE_ENOTFOUND, NULL, NULL },
		/* Malformed. */
		{ "Basic", STILE_ESYNTAX, NULL, NULL },
		{ "Basic ", STILE_ESYNTAX, NULL, NULL },
		{ "Basic =", STILE_ESYNTAX, NULL, NULL },
		{ "Basic foo", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dTpw dTpw", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dTpw,", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dTo", STILE_ESYNTAX, NULL, NULL },	/* no '=' */
		{ "Basic dTp=", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dXA=", STILE_ESYNTAX, NULL, NULL },	/* no colon */
		{ "Basic /3NlcjpwYXNz", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dTr/", STILE_ESYNTAX, NULL, NULL },	/* Latin-1 */
		{ "Basic dToA", STILE_ESYNTAX, NULL, NULL },	/* NUL */
		{ "Basic ADpw", STILE_ESYNTAX, NULL, NULL },
		{ "Basic dToK", STILE_ESYNTAX, NULL, NULL },	/* newline */
		{ "Basic dTp/", STILE_ESYNTAX, NULL, NULL },	/* DEL */
	};
	struct stile_str	user, password;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		user = password = stile_str(NULL);
		cr_expect_eq(stile__auth_basic(arena, stile_str(
		    cases[i].field), &user, &password), cases[i].rc, "%s",
		    cases[i].field);
		cr_expect(view_is(user, cases[i].user), "%s: %.*s",
		    cases[i].field, STILE_STR_ARG(user));
		cr_expect(view_is(password, cases[i].password), "%s: %.*s",
		    cases[i].field, STILE_STR_ARG(password));
	}
}

Test(auth, bearer)
{
	static const struct {
		const char	*field;
		enum stile_err	 rc;
		const char	*token;
	} cases[] = {
		{ "Bearer mF_9.B5f-4.1JqM", STILE_OK, "mF_9.B5f-4.1JqM" },
		{ "bearer abc", STILE_OK, "abc" },
		{ "Bearer  a~+/b==", STILE_OK, "a~+/b==" },
		{ "Bearer x", STILE_OK, "x" },
		{ "Bearer azAZ09-._~+/", STILE_OK, "azAZ09-._~+/" },
		{ NULL, STILE_ENOTFOUND, NULL },
		{ "", STILE_ENOTFOUND, NULL },
		{ "Basic dTpw", STILE_ENOTFOUND, NULL },
		{ "Token x", STILE_ENOTFOUND, NULL },
		{ "Bearer", STILE_ESYNTAX, NULL },
		{ "Bearer ", STILE_ESYNTAX, NULL },
		{ "Bearer =", STILE_ESYNTAX, NULL },
		{ "Bearer a=b", STILE_ESYNTAX, NULL },
		{ "Bearer a b", STILE_ESYNTAX, NULL },
		{ "Bearer a,b", STILE_ESYNTAX, NULL },
		{ "Bearer \"a\"", STILE_ESYNTAX, NULL },
		{ "Bearer a\xC3\xA4", STILE_ESYNTAX, NULL },
	};
	struct stile_str	token;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		token = stile_str(NULL);
		cr_expect_eq(stile__auth_token(stile_str(cases[i].field),
		    BEARER, &token), cases[i].rc, "%s", cases[i].field);
		cr_expect(view_is(token, cases[i].token), "%s: %.*s",
		    cases[i].field, STILE_STR_ARG(token));
	}
	cr_expect_eq(stile__auth_token(STR("Bearer a\0b"), BEARER, &token),
	    STILE_ESYNTAX, "NUL");
}

Test(auth, token_of_another_scheme)
{
	struct stile_str	token = stile_str(NULL);

	cr_expect_eq(stile__auth_token(STR("tOKEN abc"), STR("Token"), &token),
	    STILE_OK);
	cr_expect(view_is(token, "abc"), "%.*s", STILE_STR_ARG(token));
	cr_expect_eq(stile__auth_token(STR("Bearer abc"), STR("Token"),
	    &token), STILE_ENOTFOUND);
	cr_expect_eq(stile__auth_token(STR("Tokens abc"), STR("Token"),
	    &token), STILE_ENOTFOUND);
	cr_expect_eq(stile__auth_token(STR("Token a b"), STR("Token"), &token),
	    STILE_ESYNTAX);
}

static void
read_any(struct stile_str s)
{
	struct stile_str	a, b;

	if (stile__auth_basic(arena, s, &a, &b) == STILE_OK) {
		cr_assert_eq(strlen(b.p), b.len);
		cr_assert(a.len + 1 + b.len <= s.len);
	}
	if (stile__auth_token(s, BEARER, &a) == STILE_OK)
		cr_assert(a.p >= s.p && a.p + a.len <= s.p + s.len);
	stile_arena_reset(arena);
}

Test(auth, prefixes)
{
	each_prefix(STR("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), read_any);
	each_prefix(STR("bEARER  mF_9.B5f-4.1JqM=="), read_any);
}

Test(auth, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), read_any);
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_str	 user, password;
	enum stile_err		 rc = STILE_ENOMEM;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	rc = stile__auth_basic(a, STR("Basic dTpw"), &user, &password);
	stile_arena_free(a);
	return rc;
}

Test(auth, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 1);
}

/* ---- vectors ------------------------------------------------------------- */

static struct stile_str
member(struct json_object *j, const char *name)
{
	return stile_str(json_object_get_string(json_object_object_get(j,
	    name)));
}

Test(auth, vectors_werkzeug)
{
	struct json_object	*j, *v, *c, *r, *param;
	struct stile_str	 field, type, user, password;
	size_t			 i, others = 0;

	j = vectors("werkzeug_http_headers.json");
	v = json_object_object_get(json_object_object_get(j, "cases"),
	    "ds.Authorization.from_header");
	for (i = 0; i < json_object_array_length(v); i++) {
		c = json_object_array_get_idx(v, i);
		field = stile_str(json_object_get_string(
		    json_object_array_get_idx(json_object_object_get(c,
		    "args"), 0)));
		r = json_object_object_get(c, "result");
		type = member(r, "type");
		param = json_object_object_get(r, "parameters");
		if (stile_str_eq(type, STR("basic"))) {
			cr_expect_eq(stile__auth_basic(arena, field, &user,
			    &password), STILE_OK, "%s", field.p);
			cr_expect(stile_str_eq(user, member(param,
			    "username")), "%s", field.p);
			cr_expect(stile_str_eq(password, member(param,
			    "password")), "%s", field.p);
		} else if (stile_str_eq(type, STR("bearer"))) {
			cr_expect_eq(stile__auth_token(field, BEARER, &user),
			    STILE_OK, "%s", field.p);
			cr_expect(stile_str_eq(user, member(r, "token")));
		} else {
			/* Refused, or a scheme that we do not have. */
			cr_expect_neq(stile__auth_basic(arena, field, &user,
			    &password), STILE_OK, "%s", field.p);
			cr_expect_eq(stile__auth_token(field, BEARER, &user),
			    STILE_ENOTFOUND, "%s", field.p);
			others += r != NULL;
		}
	}
	cr_expect_eq(others, 7);
	vectors_played("werkzeug_http_headers.json",
	    "ds.Authorization.from_header", i);
	json_object_put(j);
}
