/* SPDX-License-Identifier: ISC */
/* lib/codec/field.c: tokens, media types, parameters, lists, quotes. */
#include "unit.h"

#include "stile/field.h"
#include "codec/field.h"

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

TestSuite(field, .init = setup, .fini = teardown);

Test(field, token_characters)
{
	static const char	other[] = "!#$%&'*+-.^_`|~";
	int			c;

	for (c = 0; c < 256; c++)
		cr_expect_eq(stile__is_tchar(c), (c >= '0' && c <= '9') ||
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c != 0 && strchr(other, c) != NULL), "%d", c);
}

Test(field, media_type)
{
	static const char *const cases[][2] = {
		{ "text/html", "text/html" },
		{ "text/html; charset=utf-8", "text/html" },
		{ " text/html ;x", "text/html" },
		{ "text/html;", "text/html" },
		{ ";x", "" }, { "", "" }, { " ", "" }, { NULL, NULL },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect(view_is(stile__media_type(stile_str(cases[i][0])),
		    cases[i][1]), "%zu", i);
}

Test(field, media_parameters)
{
	static const struct {
		const char	*field, *want;
	} cases[] = {
		{ "a/b; charset=utf-8",			"utf-8" },
		{ "a/b;charset=utf-8",			"utf-8" },
		{ "a/b; CharSet=UTF-8",			"UTF-8" },
		{ "a/b; charset=\"utf-8\"",		"utf-8" },
		{ "a/b ;\t charset = utf-8 ; x=1",	"utf-8" },
		{ "a/b; x=1; charset=y",		"y" },
		{ "a/b; charset=1; charset=2",		"1" },
		{ "a/b; charset=",			"" },
		{ "a/b; charset=\"\"",			"" },
		{ "a/b; x=\"; charset=no\"; charset=yes", "yes" },
		{ "a/b; x=\"\\\"; charset=no\"; charset=yes", "yes" },
		{ "a/b; x=\"; charset=no",		NULL },
		{ "a/b; charset=\"",			"\"" },
		{ "a/b; charset",			NULL },
		{ "a/b; xcharset=1",			NULL },
		{ "charset=1",				NULL },
		{ "a/b;;;charset=1",			"1" },
		{ "a/b",				NULL },
		{ "",					NULL },
		{ NULL,					NULL },
	};
	struct stile_str	v;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		v = STR("untouched");
		cr_expect_eq(stile__media_param(stile_str(cases[i].field),
		    "charset", &v), cases[i].want != NULL, "%s",
		    cases[i].field);
		cr_expect(view_is(v, cases[i].want != NULL ? cases[i].want :
		    "untouched"), "%s: %.*s", cases[i].field,
		    STILE_STR_ARG(v));
	}
}

Test(field, parameters_alone)
{
	struct stile_str	list = STR("for=\"[::1]:80\" ;x; Proto = https;"
	    "a=\"b;c=d\";e=;f=\""), name, value;
	static const char *const want[][2] = {
		{ "for", "[::1]:80" }, { "Proto", "https" }, { "a", "b;c=d" },
		{ "e", "" }, { "f", "\"" },
	};
	size_t			i;

	cr_expect(stile__param(list, "PROTO", &value));
	cr_expect(view_is(value, "https"));
	cr_expect_not(stile__param(list, "x", &value));
	cr_expect(view_is(value, "https"), "untouched");
	for (i = 0; i < NELEM(want); i++) {
		cr_assert(stile__next_param(&list, &name, &value), "%zu", i);
		cr_expect(view_is(name, want[i][0]), "%s", want[i][0]);
		cr_expect(view_is(value, want[i][1]), "%s", want[i][1]);
	}
	cr_expect_not(stile__next_param(&list, &name, &value));
}

Test(field, cut_unquoted)
{
	static const char *const want[] = {
		"a", "", "\"b,\\\",c\"d", "e\"f,g",
	};
	struct stile_str	rest = STR("a,,\"b,\\\",c\"d,e\"f,g"), piece;
	size_t			i;

	for (i = 0; i < NELEM(want); i++) {
		cr_assert(stile__cut_unquoted(&rest, ',', &piece), "%zu", i);
		cr_expect(view_is(piece, want[i]), "%s: %.*s", want[i],
		    STILE_STR_ARG(piece));
	}
	cr_expect_not(stile__cut_unquoted(&rest, ',', &piece));
}

Test(field, pieces)
{
	static const struct {
		const char	*field;
		char		 sep;
		const char	*want;		/* a bar behind each */
	} cases[] = {
		{ "a, b", ',', "a|b|" },
		{ " \ta\t,\t b c ", ',', "a|b c|" },
		{ ",, a,, ,b, ", ',', "a|b|" },
		{ "a;b, c;d", ',', "a;b|c;d|" },
		{ "a;b, c;d", ';', "a|b, c|d|" },
		{ "\"a, b\", c", ',', "\"a, b\"|c|" },
		{ "x=\"\\\",\",y", ',', "x=\"\\\",\"|y|" },
		{ "a, \"b, c", ',', "a|" },
		{ "a, b\", c", ',', "a|" },
		{ "a, \"b\\\", c", ',', "a|" },
		{ "a\\,b", ',', "a\\|b|" },
		{ "\"", ',', "" },
		{ " , ", ',', "" },
		{ "", ',', "" },
		{ NULL, ',', "" },
	};
	struct stile_str	 rest, piece;
	struct stile_buf	*b = stile_buf_new(arena, 1000);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_buf_clear(b);
		rest = stile_str(cases[i].field);
		while (stile_field_cut(&rest, cases[i].sep, &piece))
			stile_buf_printf(b, "%.*s|", STILE_STR_ARG(piece));
		EXPECT_STR(stile_buf_view(b).p, cases[i].want, "%s",
		    cases[i].field);
		piece = STR("untouched");
		cr_expect(!stile_field_cut(&rest, cases[i].sep, &piece) &&
		    view_is(piece, "untouched"), "%s", cases[i].field);
	}
}

Test(field, gets_the_one_of_a_name)
{
	static const struct {
		const char	*field;
		char		 sep;
		const char	*want;		/* of "a" */
	} cases[] = {
		{ "b=1, a=2", ',', "2" },
		{ "A=2", ',', "2" },
		{ "a = 2", ',', "2" },
		{ "a=\"x, \\\"y\\\"\"", ',', "x, \"y\"" },
		{ "a=\"\"", ',', "" },
		{ "a", ',', "" },
		{ "b, a, c", ',', "" },
		{ "a=1, a=2", ',', "1" },
		{ "a=, a=2", ',', "2" },
		{ "a=x y, a=2", ',', "2" },
		{ "a=\"x\"y, a=2", ',', "2" },
		{ "a=\"x\" \"y\", a=2", ',', "2" },
		{ "a=\"x\" y\", a=2", ',', NULL },
		{ "a=1, b=\"", ',', "1" },
		{ "b=\", a=1", ',', NULL },
		{ "ab=1", ',', NULL },
		{ "b=a", ',', NULL },
		{ "=a", ',', NULL },
		{ "a/b; a=1", ';', "1" },
		{ "a=1; b=2", ';', "1" },
		{ "a*=UTF-8''x; a=y", ';', "y" },
		{ "a=\xC3\xA4", ';', NULL },
		{ "a=\"\xC3\xA4\"", ';', "\xC3\xA4" },
		{ "", ',', NULL },
		{ NULL, ',', NULL },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(stile_field_get(arena, stile_str(cases[i].field),
		    cases[i].sep, "a"), cases[i].want, "%s", cases[i].field);
}

Test(field, unquotes)
{
	static const char *const cases[][2] = {
		{ "a", "a" }, { "a b", "a b" }, { "", "" },
		{ "a\"b", "a\"b" }, { "\"\"", "" }, { "\"a b\"", "a b" },
		{ "\"\\\"\\\\\\a\"", "\"\\a" }, { "\"\\\"", NULL },
		{ "\"", NULL }, { "\"a", NULL }, { "\"a\"b", NULL },
		{ "\"a\" ", NULL }, { "\"a\\", NULL }, { NULL, NULL },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(stile_field_unquote(arena, stile_str(cases[i][0])),
		    cases[i][1], "%s", cases[i][0]);
	cr_expect(stile_field_unquote(arena, STR("a\0b")) == NULL);
	cr_expect(stile_field_unquote(arena, STR("\"\0\"")) == NULL);
}

Test(field, quotes)
{
	static const char *const cases[][2] = {
		{ "a", "a" }, { "", "\"\"" }, { "a b", "\"a b\"" },
		{ "a,b", "\"a,b\"" }, { "!#$%&'*+-.^_`|~", "!#$%&'*+-.^_`|~" },
		{ "\"\\", "\"\\\"\\\\\"" }, { "\t", "\"\t\"" },
		{ "\xC3\xA4\xFF", "\"\xC3\xA4\xFF\"" },
	};
	struct stile_buf	*b = stile_buf_new(arena, 100);
	char			 one;
	int			 i;

	for (i = 0; i < (int)NELEM(cases); i++) {
		stile_buf_clear(b);
		cr_expect_eq(stile_field_quote(b, stile_str(cases[i][0])),
		    STILE_OK);
		EXPECT_STR(stile_buf_view(b).p, cases[i][1], "%s",
		    cases[i][0]);
	}
	stile_buf_clear(b);
	for (i = 0; i < 256; i++) {
		one = (char)i;
		if ((i < 0x20 && i != '\t') || i == 0x7F)
			cr_expect_eq(stile_field_quote(b, (struct stile_str){
			    &one, 1 }), STILE_ESYNTAX, "%d", i);
	}
	cr_expect_eq(stile_field_quote(b, STR("a\r\nSet-Cookie: b")),
	    STILE_ESYNTAX);
	EXPECT_STR(stile_buf_view(b).p, "", "nothing of it");
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	b = stile_buf_new(arena, 3);
	cr_expect_eq(stile_field_quote(b, STR("a b")), STILE_ETOOBIG);
}

static void
read_as_all(struct stile_str s)
{
	struct stile_str	 v = { NULL, 0 }, t = stile__media_type(s), n;
	const char		*p;

	cr_assert(t.len <= s.len);
	if (stile__media_param(s, "q", &v))
		cr_assert(v.p >= s.p && v.p + v.len <= s.p + s.len);
	for (t = s; stile__next_param(&t, &n, &v);)
		cr_assert(n.p >= s.p && v.p + v.len <= s.p + s.len);
	for (t = s; stile_field_cut(&t, ',', &v);) {
		cr_assert(v.p >= s.p && v.p + v.len <= s.p + s.len);
		if ((p = stile_field_unquote(arena, v)) != NULL)
			cr_assert(strlen(p) <= v.len);
	}
	if ((p = stile_field_get(arena, s, ';', "q")) != NULL)
		cr_assert(strlen(p) < s.len);
	stile_arena_reset(arena);
}

Test(field, prefixes)
{
	each_prefix(STR("text/html; x=\"a\\\"b;,\" ;q=0.123, text/*;q=0.5,"
	    " */*;q=0"), read_as_all);
	each_prefix(STR("a/b;q=\"\\"), read_as_all);
	each_prefix(STR("a;q=1.000"), read_as_all);
}

Test(field, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), read_as_all);
	each_text(vectors("negotiate.json"), read_as_all);
}

static enum stile_err
scenario(void)
{
	struct stile_str	 list = STR("a=\"1\", a=2");
	struct stile_arena	*a;
	const char		*s;
	enum stile_err		 rc = STILE_ENOMEM;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	/* Without memory for the first, the second is not taken for it. */
	if ((s = stile_field_get(a, list, ',', "a")) != NULL &&
	    stile_field_unquote(a, STR("\"b\"")) != NULL &&
	    stile_field_unquote(a, STR("b")) != NULL)
		rc = STILE_OK;
	if (s != NULL)
		EXPECT_STR(s, "1", "the first");
	stile_arena_free(a);
	return rc;
}

Test(field, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 1);
}

/* ---- vectors ------------------------------------------------------------- */

/* What Werkzeug has otherwise, and why we do not. */
static const struct {
	const char	*field, *why;
} others[] = {
	{ "foo\nbar", "a header has no control characters" },
	{ "foo\rbar", "a header has no control characters" },
	{ "foo\r\nbar", "a header has no control characters" },
	{ "a, \"b, c\", \"d, e", "an open quote spoils what follows only" },
	{ "a=1, b=\"2, 3\", c=\"4, d=5", "an open quote spoils what follows" },
	{ "foo, bar=", "bar= is malformed, no empty value" },
	{ ";a=b", "parameters are there without a first piece, too" },
	{ "v;a=\"b%22c\"", "%22 is a quote in forms only" },
	{ "v;a*=b", "a name with * says how to read the value: left alone" },
	{ "v;a*=ASCII'en'b", "a name with * is left alone" },
	{ "v;a*=US-ASCII''%62", "a name with * is left alone" },
	{ "v;a*=UTF-8''%C2%B5", "a name with * is left alone" },
	{ "v;a*=US-ASCII''%C2%B5", "a name with * is left alone" },
	{ "v;a*=BAD''%62", "a name with * is left alone" },
	{ "v;a*=UTF-8'''%F0%9F%90%8D'.txt", "a name with * is left alone" },
	{ "v;a*0=b;a*1=c;d=e", "HTTP has no values in pieces" },
	{ "v;a*0*=b", "HTTP has no values in pieces" },
	{ "v;a*0*=UTF-8''b;a*1=c;a*2*=%C2%B5", "HTTP has no values in pieces" },
};

static size_t	others_met;

/* It is as Werkzeug has it, unless it is one of the others. */
static void
expect(const char *field, bool same)
{
	size_t	i;

	for (i = 0; i < NELEM(others) && field != NULL; i++)
		if (strcmp(field, others[i].field) == 0) {
			cr_expect(!same, "%s: %s", field, others[i].why);
			others_met++;
			return;
		}
	cr_expect(same, "%s", field);
}

/* The first argument of a case, and what came of it. */
static const char *
field_of(struct json_object *c, struct json_object **result)
{
	struct json_object	*arg;

	arg = json_object_array_get_idx(json_object_object_get(c, "args"), 0);
	*result = json_object_object_get(c, "result");
	return json_object_is_type(arg, json_type_string) ?
	    json_object_get_string(arg) : NULL;
}

static const char *
member(struct json_object *j, const char *name)
{
	return json_object_get_string(json_object_object_get(j, name));
}

static bool
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
put_quoted(struct stile_buf *b, struct json_object *v)
{
	cr_expect_eq(stile_field_quote(b, stile_str(json_object_get_string(
	    v))), STILE_OK);
}

/* A list, as it is written. */
static const char *
written_list(struct json_object *list)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);
	size_t			 i;

	for (i = 0; i < json_object_array_length(list); i++) {
		stile_buf_puts(b, i > 0 ? ", " : "");
		put_quoted(b, json_object_array_get_idx(list, i));
	}
	return stile_buf_view(b).p;
}

/* A first piece or "", then names and values; null is a name alone. */
static const char *
written_pairs(const char *first, struct json_object *pairs, const char *sep)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);
	const char		*before = *first != '\0' ? sep : "";

	stile_buf_puts(b, first);
	json_object_object_foreach(pairs, name, v) {
		stile_buf_printf(b, "%s%s", before, name);
		before = sep;
		if (v != NULL) {
			stile_buf_putc(b, '=');
			put_quoted(b, v);
		}
	}
	return stile_buf_view(b).p;
}

/* ["a b", "c"] */
static bool
is_list(struct stile_str field, struct json_object *want)
{
	struct stile_str	piece;
	size_t			i;

	for (i = 0; stile_field_cut(&field, ',', &piece); i++)
		if (i == json_object_array_length(want) ||
		    !same_text(stile_field_unquote(arena, piece),
		    json_object_get_string(json_object_array_get_idx(want,
		    i))))
			return false;
	return i == json_object_array_length(want);
}

/* {"a": "b", "c": null}; null is a name alone, which Werkzeug has in lists. */
static bool
are_pairs(struct stile_str field, char sep, struct json_object *want)
{
	struct stile_str	 rest = field, piece, key;
	struct json_object	*v;
	const char		*got;
	char			*name, *p;
	size_t			 n = 0;

	while (stile_field_cut(&rest, sep, &piece)) {
		stile_str_cut(&piece, '=', &key);
		name = stile_arena_dup(arena, stile_str_trim(key));
		got = stile_field_get(arena, field, sep, name);
		if (*name == '\0' || got == NULL ||
		    (piece.p == NULL && sep == ';'))
			continue;
		for (p = name; *p != '\0'; p++)
			*p = (char)ascii_lower(*p);
		if (!json_object_object_get_ex(want, name, &v) ||
		    !same_text(got, v != NULL ? json_object_get_string(v) : ""))
			return false;
		n++;
	}
	return n == (size_t)json_object_object_length(want);
}

static void
play_quote(struct json_object *c)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);
	struct json_object	*want;
	const char		*s = field_of(c, &want);

	expect(s, stile_field_quote(b, stile_str(s)) == STILE_OK &&
	    same_text(stile_buf_view(b).p, json_object_get_string(want)));
}

static void
play_unquote(struct json_object *c)
{
	struct json_object	*want;
	const char		*s = field_of(c, &want);

	expect(s, same_text(stile_field_unquote(arena, stile_str(s)),
	    json_object_get_string(want)));
}

static void
play_list(struct json_object *c)
{
	struct json_object	*want;
	const char		*s = field_of(c, &want);

	expect(s, is_list(stile_str(s), want));
}

static void
play_set(struct json_object *c)
{
	struct json_object	*want, *values;
	const char		*s = field_of(c, &want);

	values = json_object_object_get(want, "values");
	expect(s, is_list(stile_str(s), values) &&
	    same_text(written_list(values), member(want, "to_header")));
}

static void
play_dict(struct json_object *c)
{
	struct json_object	*want;
	const char		*s = field_of(c, &want);

	expect(s, are_pairs(stile_str(s), ',', want));
}

static void
play_cache_control(struct json_object *c)
{
	struct json_object	*want, *items;
	const char		*s = field_of(c, &want);

	items = json_object_object_get(want, "items");
	expect(s, are_pairs(stile_str(s), ',', items) &&
	    same_text(written_pairs("", items, ", "), member(want,
	    "to_header")));
}

/* Directives with a value: what follows the name. */
static void
play_csp(struct json_object *c)
{
	struct json_object	*want, *items, *v;
	const char		*s = field_of(c, &want);
	struct stile_str	 rest = stile_str(s), piece, name;
	size_t			 n = 0;
	bool			 same = true;

	items = json_object_object_get(want, "items");
	while (stile_field_cut(&rest, ';', &piece)) {
		stile_str_cut(&piece, ' ', &name);
		if (piece.p == NULL)
			continue;
		same = same && json_object_object_get_ex(items,
		    stile_arena_dup(arena, name), &v) &&
		    view_is(piece, json_object_get_string(v));
		n++;
	}
	expect(s, same && n == (size_t)json_object_object_length(items));
}

/* A scheme, then a token of its own kind, or parameters. */
static void
play_challenge(struct json_object *c)
{
	struct json_object	*want;
	const char		*s = field_of(c, &want), *token;
	struct stile_str	 rest = stile_str(s), scheme;

	if (want == NULL) {
		expect(s, !stile_field_cut(&rest, ',', &scheme));
		return;
	}
	stile_str_cut(&rest, ' ', &scheme);
	token = member(want, "token");
	expect(s, stile_str_caseeq(scheme, stile_str(member(want, "type"))) &&
	    (token != NULL ? stile_str_eq(rest, stile_str(token)) :
	    are_pairs(rest, ',', json_object_object_get(want,
	    "parameters"))));
}

static void
play_options(struct json_object *c)
{
	struct json_object	*want;
	const char		*s = field_of(c, &want);
	struct stile_str	 rest = stile_str(s), first = STR("");

	stile_str_cut(&rest, ';', &first);
	expect(s, stile_str_eq(stile_str_trim(first),
	    stile_str(json_object_get_string(json_object_array_get_idx(want,
	    0)))) && are_pairs(rest, ';', json_object_array_get_idx(want, 1)));
}

/* A name, and an object in which null is left out. */
static void
play_dump_options(struct json_object *c)
{
	struct json_object	*want, *pairs;
	const char		*s = field_of(c, &want);

	pairs = json_object_array_get_idx(json_object_object_get(c, "args"), 1);
	json_object_object_foreach(pairs, name, v)
		if (v == NULL)
			json_object_object_del(pairs, name);
	expect(s, same_text(written_pairs(s, pairs, "; "),
	    json_object_get_string(want)));
}

static void
play_dump(struct json_object *c)
{
	struct json_object	*want, *arg;

	field_of(c, &want);
	arg = json_object_array_get_idx(json_object_object_get(c, "args"), 0);
	expect(NULL, same_text(json_object_is_type(arg, json_type_array) ?
	    written_list(arg) : written_pairs("", arg, ", "),
	    json_object_get_string(want)));
}

Test(field, vectors_werkzeug)
{
	static const struct {
		const char	*name;
		void		(*play)(struct json_object *);
	} groups[] = {
		{ "http.quote_header_value", play_quote },
		{ "http.unquote_header_value", play_unquote },
		{ "http.parse_list_header", play_list },
		{ "ds.HeaderSet.from_header", play_set },
		{ "http.parse_dict_header", play_dict },
		{ "ds.RequestCacheControl.from_header", play_cache_control },
		{ "ds.ResponseCacheControl.from_header", play_cache_control },
		{ "ds.ContentSecurityPolicy.from_header", play_csp },
		{ "ds.WWWAuthenticate.from_header", play_challenge },
		{ "http.parse_options_header", play_options },
		{ "http.dump_options_header", play_dump_options },
		{ "http.dump_header", play_dump },
	};
	struct json_object	*j = vectors("werkzeug_http_headers.json");
	struct json_object	*v;
	size_t			 i, k;

	for (k = 0; k < NELEM(groups); k++) {
		v = json_object_object_get(json_object_object_get(j, "cases"),
		    groups[k].name);
		for (i = 0; i < json_object_array_length(v); i++)
			groups[k].play(json_object_array_get_idx(v, i));
		vectors_played("werkzeug_http_headers.json", groups[k].name,
		    i);
	}
	cr_expect_eq(others_met, NELEM(others));
	json_object_put(j);
}
