/* SPDX-License-Identifier: ISC */
/* lib/codec/cookie.c: Cookie as browsers send it, Set-Cookie as it must be. */
#include "unit.h"

#include "stile/cookie.h"
#include "stile/table.h"

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

TestSuite(cookie, .init = setup, .fini = teardown);

/* "[a][b]..." for a=b, or NULL with *e filled. */
static const char *
pairs(struct stile_str field, size_t max, struct stile_error *e)
{
	struct stile_buf	*b = stile_buf_new(arena, 1 << 20);
	struct stile_table	*t = NULL;
	struct stile_str	 name, value;
	size_t			 i;

	memset(e, 0, sizeof(*e));
	if (stile_cookie_parse(arena, field, max, &t, e) != STILE_OK) {
		cr_assert(t == NULL && e->code != STILE_OK);
		return NULL;
	}
	cr_assert(t != NULL && e->code == STILE_OK);
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		cr_assert_eq(strlen(name.p), name.len);
		cr_assert_eq(strlen(value.p), value.len);
		stile_buf_printf(b, "[%s][%s]", name.p, value.p);
	}
	return stile_buf_view(b).p;
}

Test(cookie, parse)
{
	static const char *const cases[][2] = {
		{ "",			"" },
		{ "a=b",		"[a][b]" },
		{ "a=b; c=d",		"[a][b][c][d]" },
		{ "a=b;c=d",		"[a][b][c][d]" },
		{ " a = b ;\tc=d ; ",	"[a][b][c][d]" },
		{ "a=b;;; c=d",		"[a][b][c][d]" },
		{ "a=",			"[a][]" },
		{ "a=b=c",		"[a][b=c]" },
		{ "a=\"b c\"",		"[a][\"b c\"]" },
		{ "a=\"b;c=d\"",	"[a][\"b][c][d\"]" },
		{ "a=b, c=d",		"[a][b, c=d]" },
		{ "a=%41+b",		"[a][%41+b]" },
		{ "a=1; a=2; A=3",	"[a][1][a][2][A][3]" },
		{ "\xC3\xA4=\xFF",	"[\xC3\xA4][\xFF]" },
		/* Without a name. */
		{ "a",			"" },
		{ "=b",			"" },
		{ " =b; c=d",		"[c][d]" },
		{ "a; b; c=d",		"[c][d]" },
		{ "=",			"" },
		{ ";",			"" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(pairs(stile_str(cases[i][0]), 100, &e), cases[i][1],
		    "%s", cases[i][0]);
	EXPECT_STR(pairs(stile_str(NULL), 100, &e), "", "no field");
}

Test(cookie, first_of_a_name)
{
	struct stile_table	*t = NULL;

	cr_assert_eq(stile_cookie_parse(arena, STR("a=1; A=2; a=3"), 9, &t,
	    NULL), STILE_OK);
	EXPECT_STR(stile_table_get(t, "a"), "1", "the first");
	EXPECT_STR(stile_table_get(t, "A"), "2", "case counts");
}

Test(cookie, parse_limits)
{
	struct stile_error	e;

	EXPECT_STR(pairs(STR("a=1; b=2; x; c=3"), 3, &e), "[a][1][b][2][c][3]",
	    "exactly");
	cr_expect(pairs(STR("a=1; b=2; c=3; d=4"), 3, &e) == NULL);
	cr_expect_eq(e.code, STILE_ETOOBIG);
	cr_expect_eq(e.status, 431);
	EXPECT_STR(e.detail, "params_max: at most 3 cookies are accepted",
	    "detail");
	cr_expect(pairs(STR("a=1\0b; c=2"), 9, &e) == NULL);
	cr_expect_eq(e.code, STILE_ESYNTAX);
	cr_expect_eq(e.status, 400);
}

static const char *
written(const struct stile_cookie *c, struct stile_error *e)
{
	struct stile_buf	*b = stile_buf_new(arena, 8192);
	enum stile_err		 rc;

	memset(e, 0, sizeof(*e));
	rc = stile_cookie_write(b, c, e);
	cr_expect_eq(e->code, rc);
	cr_expect_eq(e->status, rc == STILE_OK ? 0 : 500);
	if (rc == STILE_OK)
		return stile_buf_view(b).p;
	cr_expect_eq(stile_buf_view(b).len, 0, "a refused cookie leaves"
	    " nothing");
	return NULL;
}

#define COOKIE	.name = "a", .value = "b"

Test(cookie, write)
{
	static const struct {
		struct stile_cookie	 c;
		const char		*want;
	} cases[] = {
		{ { COOKIE }, "a=b; Path=/; HttpOnly; SameSite=Lax" },
		{ { .name = "a" }, "a=; Path=/; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .path = "/x%20y" },
		    "a=b; Path=/x%20y; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .domain = "Example-1.org" },
		    "a=b; Path=/; Domain=Example-1.org; HttpOnly;"
		    " SameSite=Lax" },
		{ { COOKIE, .domain = "az-AZ.09" },
		    "a=b; Path=/; Domain=az-AZ.09; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .max_age = 3600 },
		    "a=b; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .max_age = INT64_MAX },
		    "a=b; Path=/; Max-Age=9223372036854775807; HttpOnly;"
		    " SameSite=Lax" },
		{ { COOKIE, .max_age = -1, .expires = 5 },
		    "a=b; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00"
		    " GMT; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .expires = 784111777 },
		    "a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT;"
		    " HttpOnly; SameSite=Lax" },
		{ { COOKIE, .max_age = 1, .expires = 784111777 },
		    "a=b; Path=/; Max-Age=1; Expires=Sun, 06 Nov 1994 08:49:37"
		    " GMT; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .secure = true },
		    "a=b; Path=/; Secure; HttpOnly; SameSite=Lax" },
		{ { COOKIE, .insecure_script_access = true },
		    "a=b; Path=/; SameSite=Lax" },
		{ { COOKIE, .same_site = STILE_SAME_SITE_STRICT },
		    "a=b; Path=/; HttpOnly; SameSite=Strict" },
		{ { COOKIE, .same_site = STILE_SAME_SITE_NONE,
		    .secure = true },
		    "a=b; Path=/; Secure; HttpOnly; SameSite=None" },
		{ { COOKIE, .partitioned = true, .secure = true },
		    "a=b; Path=/; Secure; HttpOnly; SameSite=Lax;"
		    " Partitioned" },
		{ { .name = "__Host-a", .value = "b", .secure = true },
		    "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax" },
		{ { .name = "__Host-a", .value = "b", .secure = true,
		    .path = "/" },
		    "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax" },
		{ { .name = "__Secure-a", .secure = true, .path = "/x",
		    .domain = "x.org" },
		    "__Secure-a=; Path=/x; Domain=x.org; Secure; HttpOnly;"
		    " SameSite=Lax" },
		{ { .name = "__Host-a", .value = "b", .secure = true,
		    .insecure_script_access = true },
		    "__Host-a=b; Path=/; Secure; SameSite=Lax" },
		{ { .name = "__Http-a", .value = "b", .secure = true,
		    .path = "/x" },
		    "__Http-a=b; Path=/x; Secure; HttpOnly; SameSite=Lax" },
		{ { .name = "__Host-Http-a", .value = "b", .secure = true },
		    "__Host-Http-a=b; Path=/; Secure; HttpOnly; SameSite=Lax" },
		{ { .name = "__Host", .value = "b" },
		    "__Host=b; Path=/; HttpOnly; SameSite=Lax" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(written(&cases[i].c, &e), cases[i].want,
		    "case %zu: %.100s", i, e.detail);
}

Test(cookie, write_refuses)
{
	static const struct {
		struct stile_cookie	 c;
		const char		*why;	/* within the detail */
	} cases[] = {
		{ { .value = "b" },			"name" },
		{ { .name = "", .value = "b" },		"name" },
		{ { .name = "a b" },			"name" },
		{ { .name = "a=b" },			"name" },
		{ { .name = "a;b" },			"name" },
		{ { .name = "\xC3\xA4" },		"name" },
		{ { .name = "a\n" },			"name" },
		{ { .name = "a", .value = "b c" },	"value" },
		{ { .name = "a", .value = "b;c" },	"value" },
		{ { .name = "a", .value = "b,c" },	"value" },
		{ { .name = "a", .value = "\"b\"" },	"value" },
		{ { .name = "a", .value = "b\\c" },	"value" },
		{ { .name = "a", .value = "b\r\nc" },	"value" },
		{ { .name = "a", .value = "b\x7F" },	"value" },
		{ { .name = "a", .value = "\xC3\xA4" },	"value" },
		{ { COOKIE, .path = "" },		"path" },
		{ { COOKIE, .path = "x" },		"path" },
		{ { COOKIE, .path = "/a;b" },		"path" },
		{ { COOKIE, .path = "/a b" },		"path" },
		{ { COOKIE, .path = "/a\n" },		"path" },
		{ { COOKIE, .path = "/\xC3\xA4" },	"path" },
		{ { COOKIE, .domain = "" },		"domain" },
		{ { COOKIE, .domain = ".x.org" },	"domain" },
		{ { COOKIE, .domain = "x..org" },	"domain" },
		{ { COOKIE, .domain = "x.org." },	"domain" },
		{ { COOKIE, .domain = "x.org:80" },	"domain" },
		{ { COOKIE, .domain = "x.org; a" },	"domain" },
		{ { COOKIE, .domain = "*.x.org" },	"domain" },
		{ { COOKIE, .domain = "x_y.org" },	"domain" },
		{ { COOKIE, .domain = "x{.org" },	"domain" },
		{ { COOKIE, .domain = "\xC3\xA4.org" },	"domain" },
		{ { COOKIE, .expires = -1 },		"expires" },
		{ { COOKIE, .same_site = (enum stile_same_site)3 },
		    "same_site" },
		{ { COOKIE, .same_site = STILE_SAME_SITE_NONE }, "secure" },
		{ { COOKIE, .partitioned = true },	"secure" },
		{ { .name = "__Secure-a" },		"secure" },
		{ { .name = "__secure-a" },		"secure" },
		{ { .name = "__Host-a" },		"secure" },
		{ { .name = "__HOST-a" },		"secure" },
		{ { .name = "__Host-a", .secure = true, .path = "/x" },
		    "__Host-" },
		{ { .name = "__Host-a", .secure = true, .domain = "x.org" },
		    "__Host-" },
		{ { .name = "__Http-a" },		"secure" },
		{ { .name = "__Http-a", .secure = true,
		    .insecure_script_access = true }, "script" },
		{ { .name = "__http-a", .secure = true,
		    .insecure_script_access = true }, "script" },
		{ { .name = "__Host-Http-a" },		"secure" },
		{ { .name = "__Host-Http-a", .secure = true, .path = "/x" },
		    "__Host-" },
		{ { .name = "__Host-Http-a", .secure = true,
		    .insecure_script_access = true }, "script" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect(written(&cases[i].c, &e) == NULL, "case %zu", i);
		cr_expect_eq(e.code, STILE_EINVAL, "case %zu", i);
		cr_expect(strstr(e.detail, cases[i].why) != NULL,
		    "case %zu: %.100s", i, e.detail);
	}
}

/* A browser ignores a longer one, and sends the cookie to other paths. */
Test(cookie, long_paths)
{
	struct stile_error	e;
	char			path[1026] = "/";
	struct stile_cookie	c = { .name = "a", .path = path };

	memset(path + 1, 'x', 1023);
	cr_expect(written(&c, &e) != NULL, "1024 bytes: %.100s", e.detail);
	path[1024] = 'x';
	cr_expect(written(&c, &e) == NULL, "1025 bytes");
	cr_expect(strstr(e.detail, "path") != NULL, "%.100s", e.detail);
}

Test(cookie, write_every_octet)
{
	/* RFC 6265, section 4.1.1 */
	static const char	octets[] = "!#$%&'()*+-./0123456789:<=>?@ABCDEF"
	    "GHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
	struct stile_error	e;
	char			value[] = "x";
	int			c;

	for (c = 1; c < 256; c++) {
		value[0] = (char)c;
		cr_expect_eq(written(&(struct stile_cookie){ .name = "a",
		    .value = value }, &e) != NULL, strchr(octets, c) != NULL,
		    "%d", c);
	}
}

Test(cookie, write_limits)
{
	static char		value[STILE_COOKIE_MAX];
	struct stile_error	e = { 0 };
	struct stile_buf	*b;
	const char		*p;
	size_t			n = STILE_COOKIE_MAX -
	    strlen("a=; Path=/; HttpOnly; SameSite=Lax");

	memset(value, 'x', sizeof(value) - 1);
	value[n] = '\0';
	p = written(&(struct stile_cookie){ .name = "a", .value = value }, &e);
	cr_assert(p != NULL);
	cr_expect_eq(strlen(p), STILE_COOKIE_MAX);
	value[n] = 'x';
	value[n + 1] = '\0';
	cr_expect(written(&(struct stile_cookie){ .name = "a",
	    .value = value }, &e) == NULL);
	cr_expect_eq(e.code, STILE_ETOOBIG);
	b = stile_buf_new(arena, 10);
	memset(&e, 0, sizeof(e));
	cr_expect_eq(stile_cookie_write(b, &(struct stile_cookie){ COOKIE },
	    &e), STILE_ETOOBIG);
	cr_expect_eq(e.status, 503);
}

Test(cookie, write_appends)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);

	stile_buf_puts(b, "Set-Cookie: ");
	cr_expect_eq(stile_cookie_write(b, &(struct stile_cookie){ .name =
	    "a b" }, NULL), STILE_EINVAL);
	cr_expect_eq(stile_cookie_write(b, &(struct stile_cookie){ COOKIE },
	    NULL), STILE_OK);
	EXPECT_STR(stile_buf_view(b).p,
	    "Set-Cookie: a=b; Path=/; HttpOnly; SameSite=Lax", "after it");
}

static void
parse_any(struct stile_str s)
{
	struct stile_error	e;

	pairs(s, 4, &e);
	stile_arena_reset(arena);
}

Test(cookie, prefixes)
{
	each_prefix(STR(" a = b ;\tc=\"d; =e;f; g=h=i; \xC3\xA4=1; j=2"),
	    parse_any);
}

Test(cookie, vectors_byte_by_byte)
{
	each_text(vectors("cookie_header.json"), parse_any);
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_table	*t;
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if ((b = stile_buf_new(a, 10000)) != NULL &&
	    (rc = stile_cookie_parse(a, STR("a=b; c=d; e=f; g=h; i=j; k=l;"
	    " m=n; o=p; q=r; s=t"), 100, &t, NULL)) == STILE_OK)
		rc = stile_cookie_write(b, &(struct stile_cookie){ COOKIE },
		    NULL);
	stile_arena_free(a);
	return rc;
}

Test(cookie, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 1);
}

/* ---- vectors ------------------------------------------------------------- */

/* JSON's U+0080 to U+00FF stand for bytes. */
static struct stile_str
latin1(struct json_object *j)
{
	const unsigned char	*p;
	char			*out;
	size_t			 n = 0;

	p = (const unsigned char *)json_object_get_string(j);
	out = stile_arena_alloc(arena, strlen((const char *)p) + 1, 1);
	cr_assert(out != NULL);
	for (; *p != '\0'; p++) {
		if (*p >= 0x80) {
			cr_assert(*p == 0xC2 || *p == 0xC3);
			out[n++] = (char)((*p & 3) << 6 | (p[1] & 0x3F));
			p++;
		} else
			out[n++] = (char)*p;
	}
	return (struct stile_str){ out, n };
}

Test(cookie, vectors)
{
	struct json_object	*j, *c, *v, *pair;
	struct stile_error	 e;
	struct stile_buf	*want;
	size_t			 i, k;

	j = vectors("cookie_header.json");
	for (i = 0; i < json_object_array_length(j); i++) {
		c = json_object_array_get_idx(j, i);
		v = json_object_object_get(c, "expect");
		want = stile_buf_new(arena, 1 << 20);
		for (k = 0; k < json_object_array_length(v); k++) {
			pair = json_object_array_get_idx(v, k);
			stile_buf_printf(want, "[%s][%s]",
			    latin1(json_object_array_get_idx(pair, 0)).p,
			    latin1(json_object_array_get_idx(pair, 1)).p);
		}
		EXPECT_STR(pairs(latin1(json_object_object_get(c,
		    "header_latin1")), 100, &e), stile_buf_view(want).p, "%s",
		    json_object_get_string(json_object_object_get(c, "id")));
	}
	vectors_played("cookie_header.json", "-", i);
	json_object_put(j);
}
