/* SPDX-License-Identifier: ISC */
/* lib/codec/accept.c: what a client likes best, in four fields. */
#include "unit.h"

#include "codec/accept.h"
#include "codec/field.h"

#define TYPE		STILE_ACCEPT_TYPE
#define CHARSET		STILE_ACCEPT_CHARSET
#define ENCODING	STILE_ACCEPT_ENCODING
#define LANGUAGE	STILE_ACCEPT_LANGUAGE
#define OFFERS_MAX	20

/* The best of "a b c", or NULL. */
static const char *
best(enum stile_accept_kind kind, const char *field, const char *list,
    char out[200])
{
	struct stile_str	offers[OFFERS_MAX], rest = stile_str(list);
	size_t			n = 0;
	int			i;

	while (rest.len > 0 && n < OFFERS_MAX)
		stile_str_cut(&rest, ' ', &offers[n++]);
	i = stile_accept_best(kind, stile_str(field), offers, n);
	cr_assert(i >= -1 && i < (int)n);
	if (i == -1)
		return NULL;
	snprintf(out, 200, "%.*s", STILE_STR_ARG(offers[i]));
	return out;
}

Test(accept, best)
{
	static const struct {
		enum stile_accept_kind	 kind;
		const char		*field, *offers, *want;
	} cases[] = {
		{ TYPE, NULL, "a/b c/d", "a/b" },
		{ TYPE, "c/d", "a/b c/d", "c/d" },
		{ TYPE, "C/D", "a/b c/D", "c/D" },
		{ TYPE, "e/f", "a/b c/d", NULL },
		{ TYPE, "a/b;q=0.5, c/d", "a/b c/d", "c/d" },
		{ TYPE, "a/b;q=0", "a/b", NULL },
		{ TYPE, "*/*, a/b;q=0", "a/b c/d", "c/d" },
		{ TYPE, "*/*", "", NULL },
		{ TYPE, NULL, "", NULL },
		/* As good as no field. */
		{ TYPE, "", "a/b c/d", "a/b" },
		{ TYPE, " , ,", "a/b c/d", "a/b" },
		{ TYPE, "nonsense, a/, /b, */b, *", "a/b c/d", "a/b" },
		/* What is readable of one. */
		{ TYPE, "nonsense, c/d", "a/b c/d", "c/d" },
		/* Equal weights: more precise, then earlier, then ours. */
		{ TYPE, "*/*, c/*, e/f", "a/b c/d e/f", "e/f" },
		{ TYPE, "*/*, c/*", "a/b c/d", "c/d" },
		{ TYPE, "c/d, a/b", "a/b c/d", "c/d" },
		{ TYPE, "*/*", "c/d a/b", "c/d" },
		{ TYPE, "a/b, a/b;x=1", "a/b a/b;x=1", "a/b;x=1" },
		/* Parameters. */
		{ TYPE, "a/b", "a/b;x=1", "a/b;x=1" },
		{ TYPE, "a/b;x=1", "a/b", NULL },
		{ TYPE, "a/b;x=1", "a/b;x=2 a/b;X=1", "a/b;X=1" },
		{ TYPE, "a/b;x=1", "a/b;y=1", NULL },
		{ TYPE, "a/b;x=1", "a/b;x=12 a/b;x=", NULL },
		{ TYPE, "a/*;q=0.1, a/*;x=1", "a/c a/b;x=1", "a/b;x=1" },
		{ TYPE, "*/*;q=0.1, */*;x=1", "a/c a/b;x=1", "a/b;x=1" },
		{ TYPE, "a/b;x=\"1\"", "a/b;x=1", "a/b;x=1" },
		{ TYPE, "a/b;x=1;q=0.5;y=2", "a/b;x=1", "a/b;x=1" },
		{ TYPE, "a/*;x=1", "a/b a/c;x=1", "a/c;x=1" },
		{ TYPE, "a/b;x=1;q=0, a/b", "a/b;x=1 a/b", "a/b" },
		/* Not offers. */
		{ TYPE, "*/*", "a */* a/* a/b;q=1 c/d", "c/d" },
		{ TYPE, NULL, "a */* a/* a/b;q=1", NULL },

		{ CHARSET, NULL, "utf-8 latin1", "utf-8" },
		{ CHARSET, "Latin1, UTF-8;q=0.5", "utf-8 latin1", "latin1" },
		{ CHARSET, "*, utf-8;q=0", "utf-8 latin1", "latin1" },
		{ CHARSET, "koi8-r", "utf-8", NULL },
		{ CHARSET, "*", "* utf-8", "utf-8" },

		/* Without a field nothing is compressed. */
		{ ENCODING, NULL, "gzip identity", "identity" },
		{ ENCODING, NULL, "gzip", NULL },
		{ ENCODING, "", "gzip identity", "identity" },
		{ ENCODING, "gzip", "identity gzip", "gzip" },
		{ ENCODING, "GZip", "gzip identity", "gzip" },
		{ ENCODING, "x-gzip", "gzip identity", "gzip" },
		{ ENCODING, "gzip", "x-gzip", "x-gzip" },
		{ ENCODING, "br", "gzip identity", "identity" },
		{ ENCODING, "br", "gzip", NULL },
		{ ENCODING, "gzip;q=0", "gzip identity", "identity" },
		{ ENCODING, "identity;q=0", "gzip identity", NULL },
		{ ENCODING, "*;q=0", "gzip identity", NULL },
		{ ENCODING, "*;q=0, identity;q=0.1", "identity", "identity" },
		{ ENCODING, "gzip;q=0.5, *;q=0", "gzip identity", "gzip" },
		{ ENCODING, "gzip;q=0.1", "identity gzip", "gzip" },
		{ ENCODING, "gzip;q=0.1, identity;q=0.2", "gzip identity",
		    "identity" },
		{ ENCODING, "gzip, deflate, br", "br gzip", "gzip" },

		{ LANGUAGE, NULL, "de en", "de" },
		{ LANGUAGE, "en", "de en", "en" },
		{ LANGUAGE, "EN-us", "de en-US", "en-US" },
		/* Filtering, and lookup. */
		{ LANGUAGE, "en", "de en-US", "en-US" },
		{ LANGUAGE, "en-US", "de en", "en" },
		{ LANGUAGE, "zh-Hant-TW", "zh zh-Hant", "zh-Hant" },
		{ LANGUAGE, "zh-Hant", "zh-Hans zh-Hant-TW", "zh-Hant-TW" },
		{ LANGUAGE, "en-US", "en-GB", NULL },
		{ LANGUAGE, "en", "english", NULL },
		{ LANGUAGE, "en-US, en", "en-GB en-US", "en-US" },
		{ LANGUAGE, "de-CH", "de-CH-1996 de", "de" },
		{ LANGUAGE, "de-x-a", "de-x de", "de" },
		/* The order of the field goes before how close it is. */
		{ LANGUAGE, "fr-FR, de", "de fr", "fr" },
		{ LANGUAGE, "*, de", "en de", "de" },
		{ LANGUAGE, "en-US;q=0, en", "en-US en", "en" },
		{ LANGUAGE, "en-US;q=0, *", "en-US en", "en" },
		{ LANGUAGE, "en;q=0, *", "en-US de", "de" },
		{ LANGUAGE, "de_AT, 1x, en", "de en", "en" },
		{ LANGUAGE, "de_AT", "en", "en" },
	};
	char	out[200];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(best(cases[i].kind, cases[i].field, cases[i].offers,
		    out), cases[i].want, "%d: %s of %s", (int)cases[i].kind,
		    cases[i].field != NULL ? cases[i].field : "no field",
		    cases[i].offers);
}

Test(accept, quality_of_a_type)
{
	static const struct {
		const char	*accept, *type;
		int		 q;
	} cases[] = {
		{ NULL,				"a/b",	0 },
		{ "",				"a/b",	0 },
		{ "a/b",			"a/b",	1000 },
		{ "A/B",			"a/b",	1000 },
		{ "a/*",			"a/b",	1000 },
		{ "*/*",			"a/b",	1000 },
		{ "a/c",			"a/b",	0 },
		{ "aa/*",			"a/b",	0 },
		{ "a*",				"a/b",	0 },
		{ "*",				"a/b",	0 },
		{ "*/b",			"a/b",	0 },
		{ "*/*",			"a",	0 },
		{ "a/b;q=0.5",			"a/b",	500 },
		{ "a/b; Q=0.5",			"a/b",	500 },
		{ "a/b;q=0",			"a/b",	0 },
		{ "a/b;q=0.001",		"a/b",	1 },
		{ "a/b;q=0.0019",		"a/b",	1 },
		{ "a/b;q=0.75",			"a/b",	750 },
		{ "a/b;q=1.000",		"a/b",	1000 },
		{ "a/b;q=1.9",			"a/b",	1000 },
		{ "a/b;q=0.",			"a/b",	0 },
		{ "a/b;q=x",			"a/b",	1000 },
		{ "a/b;q=",			"a/b",	1000 },
		{ "a/b;q=-1",			"a/b",	1000 },
		{ "a/b;q=0x5",			"a/b",	1000 },
		{ "a/b;q=05",			"a/b",	1000 },
		{ "a/b;q=\"0.5\"",		"a/b",	500 },
		/* The more specific range counts, wherever it stands. */
		{ "*/*;q=0.9, a/b;q=0.1",	"a/b",	100 },
		{ "a/b;q=0.1, */*;q=0.9",	"a/b",	100 },
		{ "a/*;q=0.2, */*;q=0.9",	"a/b",	200 },
		{ "a/b;q=0, a/*",		"a/b",	0 },
		{ "a/b;q=0, a/*",		"a/c",	1000 },
		{ "a/b;q=0.3, a/b;q=0.4",	"a/b",	300 },
		{ "c/d , a/b ;q=0.3",		"a/b",	300 },
		{ ",,a/b;q=0.3,,",		"a/b",	300 },
		/* A range with a parameter is about that alone. */
		{ "a/b;x=\",c/d\";q=0.3",	"a/b",	0 },
		{ "a/b;x=\",c/d\";q=0.3, a/b;q=0.2", "a/b", 200 },
		{ "a/b;x=\",c/d\";q=0.3",	"c/d",	0 },
		/* A browser's */
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,"
		    "image/avif,*/*;q=0.8", "application/json", 800 },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect_eq(stile__accept_quality(stile_str(cases[i].accept),
		    stile_str(cases[i].type)), cases[i].q, "%s for %s: %d",
		    cases[i].accept, cases[i].type, stile__accept_quality(
		    stile_str(cases[i].accept), stile_str(cases[i].type)));
}

static void
read_any(struct stile_str s)
{
	struct stile_str	offers[3] = { STR("text/html;level=1"), s,
	    STR("en") };
	enum stile_accept_kind	kind;
	int			q;

	for (kind = TYPE; kind <= LANGUAGE; kind++) {
		q = stile_accept_best(kind, s, offers, 3);
		cr_assert(q >= -1 && q < 3);
		q = stile_accept_best(kind, STR("text/*;level=12, en-US, *"),
		    offers, 3);
		cr_assert(q >= -1 && q < 3);
		q = stile__accept_weight(kind, s, s);
		cr_assert(q >= 0 && q <= 1000);
	}
	q = stile__accept_quality(STR("text/*;q=0.5"), s);
	cr_assert(q == 0 || q == 500);
}

Test(accept, prefixes)
{
	each_prefix(STR("text/html; x=\"a\\\"b;,\" ;q=0.123, text/*;q=0.5,"
	    " */*;q=0"), read_any);
	each_prefix(STR("a/b;q=\"\\"), read_any);
	each_prefix(STR("text/a;level=123"), read_any);
	each_prefix(STR("a;q=1.000"), read_any);
	each_prefix(STR("en-US-x-1,en;q=0.5 , *;q=0.1,, de_AT"), read_any);
	each_prefix(STR("x-gzip,identity;q=0,x-"), read_any);
}

Test(accept, vectors_byte_by_byte)
{
	each_text(vectors("negotiate.json"), read_any);
	each_text(vectors("webob_accept.json"), read_any);
	each_text(vectors("werkzeug_http_headers.json"), read_any);
}

/* ---- vectors ------------------------------------------------------------- */

/* What others do and we do not, by the field and the (first) offer. */
enum why {
	ORDER,		/* both are liked as much: their order before ours */
	ABSENT,		/* without Accept-Encoding nothing is compressed */
	EMPTY,		/* an empty Accept is as good as none */
	LOOKUP,		/* we fall back from en-US to en as well */
	FILTER,		/* we go on from en to en-US as well, and to any */
	LONGEST,	/* the longest range counts, not the best */
	FIRST,		/* of two alike the first counts */
	UNDERSCORE,	/* "de_AT" is not a language tag; alone it is none */
	NO_TYPE,	/* nor is "foo=" a type */
	INNER		/* a step of another call, whose answer is ours */
};

static const struct {
	const char	*field, *offer;
	enum why	 why;
} others[] = {
	/* WebOb */
	{ "text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c",
	    "text/x-dvi", ORDER },
	{ "*/*, text/*", "application/x-foo", ORDER },
	{ "text/plain, message/*", "message/x-foo", ORDER },
	{ "text/html, foo/bar", "foo/bar", ORDER },
	{ "UTF-7, *", "UTF-8", ORDER },
	{ "utf-8, iso-8859-5", "iso-8859-5", ORDER },
	{ "compress, deflate, gzip", "identity", ORDER },
	{ "gzip, iso-8859-5", "iso-8859-5", ORDER },
	{ "a", "a-b", ORDER },
	{ "a;q=0.5, *;q=0.9, b;q=0.9, *;q=0.9", "a", ORDER },
	{ "en-gb, sr-Cyrl", "sr-Cyrl", ORDER },
	{ "", "text/html", EMPTY },
	{ "", "text/html;level=1", EMPTY },
	{ "", "text/*", EMPTY },
	{ "", "application/json", EMPTY },
	{ NULL, "a", ABSENT },
	{ NULL, "b", ABSENT },
	{ NULL, "c", ABSENT },
	{ NULL, "gzip", ABSENT },
	{ NULL, "content-coding", ABSENT },
	{ ", ", "a", ABSENT },
	{ ", ", "b", ABSENT },
	{ ", ", "c", ABSENT },
	{ ", ", "gzip", ABSENT },
	{ ", ", "content-coding", ABSENT },
	{ "de-de", "de", LOOKUP },
	{ "a-b;q=0.9, c-d;q=0.5, e-f", "a", LOOKUP },
	{ "a-b;q=0.9, c-d;q=0.5, e-f", "c", LOOKUP },
	{ "a-b;q=0.9, c-d;q=0.5, e-f", "e", LOOKUP },
	{ "b-c, a, b;q=0, d;q=0", "b-c", LONGEST },
	{ "b-c, a, b;q=0, d;q=0", "b-c-d", LONGEST },
	{ "a-b-c;q=0.7, a;q=0.9, a-b;q=0.8", "a-b-c", LONGEST },
	{ "a-b-c;q=0.7, a;q=0.9, b;q=0.9, a-b;q=0.9", "a-b-c", LONGEST },
	{ "*", "bb", FILTER },
	{ "dd, cc, *", "bb", FILTER },
	{ "aa, bB-Cc-DD;q=0.9, cc, Bb-cC-dD;q=0", "bb", FIRST },
	{ "aa-bb, cc-dd, *;q=0, ee-ff;q=0.001", "ee-ff", LONGEST },
	/* Werkzeug */
	{ "alice,bob", "bob", ORDER },
	{ "text/xml,application/xml,application/xhtml+xml,image/png,"
	    "text/html;q=0.9,text/plain;q=0.8", "application/xml", ORDER },
	{ "text/html; level=1,text/html,text/*,*/*", "text/html; version=1",
	    ORDER },
	{ "en-us", "en", INNER },
	{ "en-GB", "en", INNER },
	{ "en-GB", "en-US", INNER },
	{ "en-US,de_AT;q=0.9", "en", INNER },
	{ "aus-EN", "aus", INNER },
	{ "aus", "aus-EN", INNER },
	{ "en", "en_US", UNDERSCORE },
	{ "de_AT", "en-US", UNDERSCORE },
	{ "de_AT", "en", UNDERSCORE },
	{ "foo=,application/xml,application/xhtml+xml,text/html;q=0.9,"
	    "text/plain;q=0.8,image/png,*/*;q=0.5", "foo=", NO_TYPE },
};

static struct {
	size_t	otherwise;	/* entries of the table that came up */
	/* Not played: an error there, weights of the server's, of Python. */
	size_t	malformed, weighted, python;
} replay;

static bool
is_other(struct stile_str field, struct stile_str offer)
{
	size_t	i;

	for (i = 0; i < NELEM(others); i++)
		if ((others[i].field == NULL) == (field.p == NULL) &&
		    stile_str_eq(field, stile_str(others[i].field)) &&
		    stile_str_eq(offer, stile_str(others[i].offer))) {
			replay.otherwise++;
			return true;
		}
	return false;
}

static struct stile_str
text(struct json_object *j)
{
	return stile_str(json_object_is_type(j, json_type_string) ?
	    json_object_get_string(j) : NULL);
}

static struct stile_str
member(struct json_object *j, const char *name)
{
	return text(json_object_object_get(j, name));
}

/* The offers of a list; 0 where one is not a string. */
static size_t
read_offers(struct json_object *v, struct stile_str offers[OFFERS_MAX])
{
	size_t	i, n = json_object_array_length(v);

	cr_assert_leq(n, OFFERS_MAX);
	for (i = 0; i < n; i++)
		if ((offers[i] = text(json_object_array_get_idx(v, i))).p ==
		    NULL)
			return 0;
	return n;
}

static void
expect_best(enum stile_accept_kind kind, struct stile_str field,
    const struct stile_str *offers, size_t n, struct stile_str want)
{
	struct stile_str	got = { NULL, 0 };
	int			i;

	if ((i = stile_accept_best(kind, field, offers, n)) >= 0)
		got = offers[i];
	if (got.p == NULL ? want.p == NULL : want.p != NULL &&
	    stile_str_eq(got, want))
		return;
	if (!is_other(field, n > 0 ? offers[0] : got))
		cr_expect(false, "best %d: %.*s of %.*s...: %.*s, not %.*s",
		    (int)kind, STILE_STR_ARG(field),
		    STILE_STR_ARG(n > 0 ? offers[0] : got),
		    STILE_STR_ARG(got), STILE_STR_ARG(want));
}

/* A weight as the vectors have it, 0.5, or nothing for 0. */
static void
expect_weight(enum stile_accept_kind kind, struct stile_str field,
    struct stile_str offer, struct json_object *q)
{
	int	want = (int)(json_object_get_double(q) * 1000 + 0.5);
	int	got = stile__accept_weight(kind, field, offer);

	if (got != want && !is_other(field, offer))
		cr_expect(false, "weight %d: %.*s for %.*s: %d, not %d",
		    (int)kind, STILE_STR_ARG(field), STILE_STR_ARG(offer),
		    got, want);
}

/* A type as an offer: with the parameters that the client asks for. */
static struct stile_str
offer_of(struct stile_str field, struct stile_str name)
{
	struct stile_str	item, q;

	while (stile__cut_unquoted(&field, ',', &item))
		if (stile_str_caseeq(stile__media_type(item), name) &&
		    !stile__media_param(item, "q", &q))
			return item;
	return name;
}

/*
 * Without offers it is what a client would like, the best first, a list or the
 * best alone.  As offers of ours they come in that order, and what is not among
 * them is not liked.  Whether there was anything to ask: "*" is no offer.
 */
static bool
replay_preferred(enum stile_accept_kind kind, struct stile_str field,
    struct json_object *result)
{
	struct stile_str	offers[OFFERS_MAX], rest = field, item, name;
	bool			is_list, asked = false;
	size_t			i, n = 0, len;

	is_list = json_object_is_type(result, json_type_array);
	len = is_list ? json_object_array_length(result) : result != NULL;
	cr_assert_leq(len, OFFERS_MAX);
	for (i = 0; i < len; i++) {
		name = text(is_list ? json_object_array_get_idx(result, i) :
		    result);
		if (memchr(name.p, '*', name.len) == NULL)
			offers[n++] = kind == TYPE ? offer_of(field, name) :
			    name;
	}
	for (i = 0; i < n; i++, asked = true)
		expect_best(kind, field, offers + i, n - i, offers[i]);
	while ((is_list || len == 0) &&
	    stile__cut_unquoted(&rest, ',', &item)) {
		name = stile__media_type(item);
		for (i = 0; i < n && !stile_str_caseeq(name,
		    stile__media_type(offers[i])); i++)
			;
		if (i < n || memchr(name.p, '*', name.len) != NULL)
			continue;
		cr_expect_eq(stile__accept_weight(kind, field, name), 0,
		    "%.*s in %.*s", STILE_STR_ARG(name), STILE_STR_ARG(field));
		asked = true;
	}
	return asked;
}

Test(accept, vectors_negotiator)
{
	static const struct {
		const char		*fn, *field;
		enum stile_accept_kind	 kind;
	} kinds[] = {
		{ "mediaType", "accept", TYPE },
		{ "charset", "accept-charset", CHARSET },
		{ "encoding", "accept-encoding", ENCODING },
		{ "language", "accept-language", LANGUAGE },
	};
	struct json_object	*j, *c, *r;
	struct stile_str	 offers[OFFERS_MAX], field, want;
	const char		*fn;
	size_t			 i, k, n, played = 0;

	j = vectors("negotiate.json");
	for (i = 0; i < json_object_array_length(j); i++) {
		c = json_object_array_get_idx(j, i);
		if (json_object_object_get(c, "opts") != NULL)
			continue;	/* what the server likes */
		fn = json_object_get_string(json_object_object_get(c, "fn"));
		for (k = 0; strncmp(fn, kinds[k].fn, strlen(kinds[k].fn)) != 0;
		    k++)
			cr_assert_lt(k, NELEM(kinds) - 1);
		field = member(json_object_object_get(c, "headers"),
		    kinds[k].field);
		r = json_object_object_get(c, "result");
		if (json_object_object_get(c, "available") == NULL) {
			played += replay_preferred(kinds[k].kind, field, r);
			continue;
		}
		n = read_offers(json_object_object_get(c, "available"),
		    offers);
		if (json_object_is_type(r, json_type_array))
			r = json_object_array_length(r) > 0 ?
			    json_object_array_get_idx(r, 0) : NULL;
		want = text(r);
		expect_best(kinds[k].kind, field, offers, n, want);
		played++;
	}
	cr_expect_eq(replay.otherwise, 0);
	vectors_played("negotiate.json", "-", played);
	json_object_put(j);
}

/* What a field comes to: [[name, weight, ...], ...], or an error. */
static void
replay_parse(enum stile_accept_kind kind, struct json_object *c)
{
	struct json_object	*r = json_object_object_get(c, "result"), *v;
	struct stile_str	 name, field = member(c, "header");
	size_t			 i, k;

	if (r == NULL) {
		replay.malformed++;
		return;
	}
	for (i = 0; i < json_object_array_length(r); i++) {
		v = json_object_array_get_idx(r, i);
		name = text(json_object_array_get_idx(v, 0));
		if (memchr(name.p, '*', name.len) != NULL)
			continue;
		for (k = 0; k < i; k++)		/* the first counts */
			if (stile_str_caseeq(name, text(
			    json_object_array_get_idx(
			    json_object_array_get_idx(r, k), 0))))
				break;
		if (k == i)
			expect_weight(kind, field, name,
			    json_object_array_get_idx(v, 1));
	}
}

/* [[offer, weight], ...], the best one first. */
static void
replay_offers(enum stile_accept_kind kind, struct json_object *c,
    const struct stile_str *offers, size_t n)
{
	struct json_object	*r = json_object_object_get(c, "result"), *q;
	struct stile_str	 field = member(c, "header");
	size_t			 i, k;

	for (i = 0; i < n; i++) {
		q = NULL;
		for (k = 0; k < json_object_array_length(r); k++)
			if (stile_str_eq(offers[i], text(
			    json_object_array_get_idx(
			    json_object_array_get_idx(r, k), 0))))
				q = json_object_array_get_idx(
				    json_object_array_get_idx(r, k), 1);
		expect_weight(kind, field, offers[i], q);
	}
	expect_best(kind, field, offers, n, json_object_array_length(r) == 0 ?
	    stile_str(NULL) : text(json_object_array_get_idx(
	    json_object_array_get_idx(r, 0), 0)));
}

/* The answer, where it is one of the offers. */
static void
replay_best(enum stile_accept_kind kind, struct json_object *c,
    const struct stile_str *offers, size_t n)
{
	struct stile_str	want = member(c, "result");
	struct stile_str	range, field = member(c, "header");
	char			more[300];
	size_t			i;

	for (i = 0; i < n; i++)
		if (stile_str_eq(want, offers[i]))
			break;
	/* A language to fall back to is one that is liked a little. */
	range = member(json_object_object_get(c, "kwargs"), "default_range");
	if (range.len > 0) {
		snprintf(more, sizeof(more), "%.*s, %.*s;q=0.001",
		    STILE_STR_ARG(field), STILE_STR_ARG(range));
		field = stile_str(more);
	}
	expect_best(kind, field, offers, n, i < n ? want : stile_str(NULL));
}

static void
replay_webob(enum stile_accept_kind kind, const char *fn,
    struct json_object *c)
{
	struct json_object	*kw = json_object_object_get(c, "kwargs");
	struct json_object	*arg, *list;
	struct stile_str	 offers[OFFERS_MAX], offer;
	size_t			 n;

	if (strcmp(fn, "parse") == 0) {
		replay_parse(kind, c);
		return;
	}
	arg = json_object_array_get_idx(json_object_object_get(c, "args"), 0);
	if (strcmp(fn, "quality") == 0) {
		offer = arg != NULL ? text(arg) : member(kw, "offer");
		expect_weight(kind, member(c, "header"), offer,
		    json_object_object_get(c, "result"));
		return;
	}
	if ((list = arg) == NULL && (list = json_object_object_get(kw,
	    "offers")) == NULL)
		list = json_object_object_get(kw, "language_tags");
	if (json_object_object_get(c, "raises") != NULL || list == NULL) {
		replay.python++;
		return;
	}
	n = read_offers(list, offers);
	if (n == 0 && json_object_array_length(list) > 0)
		replay.weighted++;
	else if (strcmp(fn, "best_match") == 0 || strcmp(fn, "lookup") == 0)
		replay_best(kind, c, offers, n);
	else
		replay_offers(kind, c, offers, n);
}

Test(accept, vectors_webob)
{
	static const struct {
		const char		*name;
		enum stile_accept_kind	 kind;
	} groups[] = {
		{ "Accept.parse", TYPE },
		{ "Accept.acceptable_offers", TYPE },
		{ "Accept.best_match", TYPE },
		{ "Accept.quality", TYPE },
		{ "AcceptCharset.parse", CHARSET },
		{ "AcceptCharset.acceptable_offers", CHARSET },
		{ "AcceptCharset.best_match", CHARSET },
		{ "AcceptCharset.quality", CHARSET },
		{ "AcceptEncoding.parse", ENCODING },
		{ "AcceptEncoding.acceptable_offers", ENCODING },
		{ "AcceptEncoding.best_match", ENCODING },
		{ "AcceptEncoding.quality", ENCODING },
		{ "AcceptLanguage.parse", LANGUAGE },
		{ "AcceptLanguage.basic_filtering", LANGUAGE },
		{ "AcceptLanguage.best_match", LANGUAGE },
		{ "AcceptLanguage.lookup", LANGUAGE },
		{ "AcceptLanguage.quality", LANGUAGE },
	};
	struct json_object	*j = vectors("webob_accept.json"), *v;
	size_t			 k, i;

	for (k = 0; k < NELEM(groups); k++) {
		v = json_object_object_get(json_object_object_get(j, "cases"),
		    groups[k].name);
		replay.malformed = replay.weighted = replay.python = 0;
		for (i = 0; i < json_object_array_length(v); i++)
			replay_webob(groups[k].kind,
			    strchr(groups[k].name, '.') + 1,
			    json_object_array_get_idx(v, i));
		vectors_played("webob_accept.json", groups[k].name,
		    i - replay.malformed - replay.weighted - replay.python);
	}
	cr_expect_eq(replay.otherwise, 47);
	json_object_put(j);
}

static void
replay_values(struct json_object *all, const char *group)
{
	struct json_object	*cases = json_object_object_get(all, group);
	struct json_object	*c, *v, *values;
	struct stile_str	 field;
	enum stile_accept_kind	 kind;
	size_t			 i, k;

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		field = text(json_object_array_get_idx(json_object_object_get(
		    c, "args"), 0));
		values = json_object_object_get(json_object_object_get(c,
		    "result"), "values");
		kind = strstr(field.p, "/") != NULL ? TYPE : CHARSET;
		for (k = 0; k < json_object_array_length(values); k++) {
			v = json_object_array_get_idx(values, k);
			if (strchr(json_object_get_string(
			    json_object_array_get_idx(v, 0)), '*') == NULL)
				expect_weight(kind, field, text(
				    json_object_array_get_idx(v, 0)),
				    json_object_array_get_idx(v, 1));
		}
	}
	vectors_played("werkzeug_http_headers.json", group, i);
}

Test(accept, vectors_werkzeug)
{
	struct json_object	*j, *all, *v, *c;
	struct stile_str	 offers[OFFERS_MAX], class, want, none;
	enum stile_accept_kind	 kind;
	size_t			 i, k, n;

	none = stile_str(NULL);
	j = vectors("werkzeug_http_headers.json");
	all = json_object_object_get(j, "cases");
	v = json_object_object_get(all, "ds.accept.best_match");
	for (i = 0; i < json_object_array_length(v); i++) {
		c = json_object_array_get_idx(v, i);
		class = member(c, "class");
		kind = stile_str_eq(class, STR("MIMEAccept")) ? TYPE :
		    stile_str_eq(class, STR("LanguageAccept")) ? LANGUAGE :
		    CHARSET;
		n = read_offers(json_object_object_get(c, "offers"), offers);
		want = member(c, "result");
		for (k = 0; k < n && !stile_str_eq(want, offers[k]); k++)
			;
		if (stile_str_eq(want, member(c, "default")))
			k = n;
		expect_best(kind, member(c, "header"), offers, n, k < n ?
		    want : none);
	}
	vectors_played("werkzeug_http_headers.json", "ds.accept.best_match", i);
	replay_values(all, "ds.Accept.from_header");
	replay_values(all, "ds.MIMEAccept.from_header");
	replay_values(all, "ds.LanguageAccept.from_header");
	cr_expect_eq(replay.otherwise, 15);
	json_object_put(j);
}
