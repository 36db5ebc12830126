/* SPDX-License-Identifier: ISC */
/* lib/schema/format*.c: mailboxes, URIs, slugs, times, durations. */
#include "unit.h"

#include "stile/date.h"
#include "schema/format.h"

#define MIB	(1024 * 1024)
#define A10	"aaaaaaaaaa"
#define A60	A10 A10 A10 A10 A10 A10
#define A63	A60 "aaa"

/* A literal, which may have NUL inside. */
#define CASE(valid, literal)	{ STILE_STR_INIT(literal), valid }

struct yes_no {
	struct stile_str	text;
	bool			valid;
};

static void
check(bool (*is)(struct stile_str), const struct yes_no *c, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		cr_expect_eq(is(c[i].text), c[i].valid, "%.*s: not %svalid",
		    STILE_STR_ARG(c[i].text), c[i].valid ? "" : "in");
	cr_expect_not(is((struct stile_str){ NULL, 0 }));
}

Test(format, email)
{
	static const struct yes_no	cases[] = {
		CASE(true, "a@b"),
		CASE(true, "a.b+c@example.com"),
		CASE(true, "!#$%&'*+-/=?^_`{|}~@example.com"),
		CASE(true, "\"\"@example.com"),
		CASE(true, "\"a\\\"b\\\\\"@example.com"),
		CASE(true, "a@1.2b"),
		CASE(true, "a@1.2.3.4.b"),
		CASE(true, "a@xn--bcher-kva.example"),
		CASE(true, A60 "aaaa@b"),
		CASE(true, "a@" A63 "." A63 "." A63 "." A60),
		CASE(true, "a@[192.0.2.1]"),
		CASE(true, "a@[ipv6:2001:db8::7]"),
		CASE(false, A60 "aaaaa@b"),
		CASE(false, "a@" A63 "a"),
		CASE(false, "a@" A63 "." A63 "." A63 "." A60 "a"),
		CASE(false, ""),
		CASE(false, "@"),
		CASE(false, "a"),
		CASE(false, "a@"),
		CASE(false, "@b"),
		CASE(false, "a@b@c"),
		CASE(false, "a@.b"),
		CASE(false, "a@b."),
		CASE(false, "a@b..c"),
		CASE(false, "a@-b"),
		CASE(false, "a@b-"),
		CASE(false, "a@b-.c"),
		CASE(false, "a@b_c"),
		CASE(false, "a@192.0.2.1"),
		CASE(false, "a@b.1"),
		CASE(false, "a@1"),
		CASE(false, "a@b\0"),
		CASE(false, "a\0@b"),
		CASE(false, "\"a\0\"@b"),
		CASE(false, "a@b\n"),
		CASE(false, "\""),
		CASE(false, "\"a"),
		CASE(false, "\"a\""),
		CASE(false, "\"a\\"),
		CASE(false, "\"a\\\"@b"),
		CASE(false, "\"a\"b@c"),
		CASE(false, "\"a\"b\"@c"),
		CASE(false, "\"\xc3\xa9\"@b"),
		CASE(false, "\xc3\xa9@b"),
		CASE(false, "a@\xc3\xa9"),
		CASE(false, "a@["),
		CASE(false, "a@[]"),
		CASE(false, "a@[192.0.2.1"),
		CASE(false, "a@[192.0.2.1]x"),
		CASE(false, "a@[192.0.2]"),
		CASE(false, "a@[IPv6:]"),
		CASE(false, "a@[IPv6:192.0.2.1]"),
		CASE(false, "a@[IPv6:::1%1]"),
		CASE(false, "a@[::1]"),
		CASE(false, "a@[x:y]"),
	};

	check(stile__is_email, cases, NELEM(cases));
}

Test(format, uri)
{
	static const struct yes_no	cases[] = {
		CASE(true, "a:"),
		CASE(true, "a+-.1:b"),
		CASE(true, "a:/"),
		CASE(true, "a:/b//c"),
		CASE(true, "a:b?c?d/e#f?g/h"),
		CASE(true, "a:#"),
		CASE(true, "a:?"),
		CASE(true, "a://"),
		CASE(true, "a:///b"),
		CASE(true, "a://:80"),
		CASE(true, "a://b:"),
		CASE(true, "a://b:80808080808080808080"),
		CASE(true, "a://@b"),
		CASE(true, "a://u:p@b"),
		CASE(true, "a://%41b"),
		CASE(true, "a://[::]"),
		CASE(true, "a://u@[::1]:80/x"),
		CASE(true, "a://[::ffff:192.0.2.1]"),
		CASE(true, "a://[v1F.a:b]"),
		CASE(true, "A://[V1.-]?x"),
		CASE(true, "a:%00"),
		CASE(false, ""),
		CASE(false, ":"),
		CASE(false, "a"),
		CASE(false, "1a:b"),
		CASE(false, "a/b:c"),
		CASE(false, "\xc3\xa9:b"),
		CASE(false, "a:\xc3\xa9"),
		CASE(false, "a:b\0"),
		CASE(false, "a\0:b"),
		CASE(false, "a:b#c#d"),
		CASE(false, "a:b?\\"),
		CASE(false, "a:[b"),
		CASE(false, "a:%"),
		CASE(false, "a:%4"),
		CASE(false, "a:%4g"),
		CASE(false, "a:?%"),
		CASE(false, "a:#%1"),
		CASE(false, "a://b:8x"),
		CASE(false, "a://b:80:80"),
		CASE(false, "a://b@c@d"),
		CASE(false, "a://["),
		CASE(false, "a://[]"),
		CASE(false, "a://[::1"),
		CASE(false, "a://[::1]b"),
		CASE(false, "a://[::1]:x"),
		CASE(false, "a://[1::2::3]"),
		CASE(false, "a://[1:2:3:4:5:6:7:8:9]"),
		CASE(false, "a://[12345::]"),
		CASE(false, "a://[::1%25en0]"),
		CASE(false, "a://[::1\0]"),
		CASE(false, "a://[192.0.2.1]"),
		CASE(false, "a://[v.a]"),
		CASE(false, "a://[v1.]"),
		CASE(false, "a://[v1]"),
		CASE(false, "a://[v1.%41]"),
		CASE(false, "a://[v1.a"),
	};

	check(stile__is_uri, cases, NELEM(cases));
}

Test(format, slug)
{
	static const struct yes_no	cases[] = {
		CASE(true, "a"),
		CASE(true, "-"),
		CASE(true, "A_z-09"),
		CASE(false, ""),
		CASE(false, "a b"),
		CASE(false, "a\n"),
		CASE(false, "a\0"),
		CASE(false, "\xc3\xa9"),
		CASE(false, "a.b"),
	};

	check(stile__is_slug, cases, NELEM(cases));
}

#define UNTOUCHED	INT64_C(-4242)

Test(format, time_value)
{
	static const struct {
		const char	*text;
		int64_t		 want;	/* UNTOUCHED: not valid */
	} cases[] = {
		{ "00:00:00Z",			0 },
		{ "08:30:06z",			30606000 },
		{ "23:59:59.999Z",		86399999 },
		{ "12:00:00.5Z",		43200500 },
		{ "12:00:00.05Z",		43200050 },
		{ "12:00:00.0009Z",		43200000 },
		{ "12:00:00.999999999999999Z",	43200999 },
		{ "01:00:00+01:00",		0 },
		{ "00:00:00+01:00",		82800000 },
		{ "23:00:00-01:00",		0 },
		{ "00:00:00+23:59",		60000 },
		{ "23:59:00-23:59",		86280000 },
		{ "23:59:60Z",			86399999 },
		{ "23:59:60.5Z",		86399999 },
		{ "00:29:60+00:30",		86399999 },
		{ "00:00:60+00:00",		UNTOUCHED },
		{ "23:59:60+00:01",		UNTOUCHED },
		{ "12:00:00.Z",			UNTOUCHED },
		{ "12:00:00,5Z",		UNTOUCHED },
		{ "12:00:00Zx",			UNTOUCHED },
		{ "12:00:00+01",		UNTOUCHED },
		{ "12:00:00+0100",		UNTOUCHED },
		{ "12:00:00 01:00",		UNTOUCHED },
		{ "12:00Z",			UNTOUCHED },
		{ "T12:00:00Z",			UNTOUCHED },
		{ "12-00-00Z",			UNTOUCHED },
		{ "",				UNTOUCHED },
	};
	int64_t	got;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		got = UNTOUCHED;
		cr_expect_eq(stile__is_time(stile_str(cases[i].text), &got),
		    cases[i].want != UNTOUCHED, "%s", cases[i].text);
		cr_expect_eq(got, cases[i].want, "%s: %lld", cases[i].text,
		    (long long)got);
	}
	cr_expect_not(stile__is_time(STR("12:00:00Z\0"), &got));
}

Test(format, duration_value)
{
	static const struct {
		const char	*text;
		int64_t		 ms;	/* UNTOUCHED: none, or not valid */
		bool		 valid;
		bool		 calendar;
	} cases[] = {
		{ "P0D",		0,		true, false },
		{ "P2W",		1209600000,	true, false },
		{ "P1DT2H3M4S",		93784000,	true, false },
		{ "PT36H",		129600000,	true, false },
		{ "PT1M2S",		62000,		true, false },
		{ "P0009D",		777600000,	true, false },
		{ "PT9223372036854775S", INT64_C(9223372036854775000),
		    true, false },
		{ "P106751991167DT7H12M55S", INT64_C(9223372036854775000),
		    true, false },
		{ "P106751991167DT25975S", INT64_C(9223372036854775000),
		    true, false },
		{ "P106751991167DT7H12M56S", UNTOUCHED, false, false },
		{ "PT9223372036854776S", UNTOUCHED,	false, false },
		{ "P15250284453W",	UNTOUCHED,	false, false },
		{ "P99999999999999999999D", UNTOUCHED,	false, false },
		{ "P99999999999999999999Y", UNTOUCHED,	false, false },
		{ "P0Y",		UNTOUCHED,	true, true },
		{ "P1Y2M3DT4H5M6S",	UNTOUCHED,	true, true },
		{ "P1M",		UNTOUCHED,	true, true },
		{ "P1MT1M",		UNTOUCHED,	true, true },
		{ "P1Y2D",		UNTOUCHED,	false, false },
		{ "P1D2M",		UNTOUCHED,	false, false },
		{ "P1D1D",		UNTOUCHED,	false, false },
		{ "P1W1W",		UNTOUCHED,	false, false },
		{ "P1D1W",		UNTOUCHED,	false, false },
		{ "PT1W",		UNTOUCHED,	false, false },
		{ "P1DT",		UNTOUCHED,	false, false },
		{ "P1DTT1H",		UNTOUCHED,	false, false },
		{ "PT1HT1M",		UNTOUCHED,	false, false },
		{ "P1DT1H1D",		UNTOUCHED,	false, false },
		{ "PW",			UNTOUCHED,	false, false },
		{ "PD",			UNTOUCHED,	false, false },
		{ "PT",			UNTOUCHED,	false, false },
		{ "P",			UNTOUCHED,	false, false },
		{ "",			UNTOUCHED,	false, false },
		{ "p1d",		UNTOUCHED,	false, false },
		{ "P1d",		UNTOUCHED,	false, false },
		{ "P+1D",		UNTOUCHED,	false, false },
	};
	bool	calendar;
	int64_t	got;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		got = UNTOUCHED;
		calendar = false;
		cr_expect_eq(stile__is_duration(stile_str(cases[i].text),
		    &calendar, &got), cases[i].valid, "%s", cases[i].text);
		cr_expect_eq(calendar, cases[i].calendar, "%s", cases[i].text);
		cr_expect_eq(got, cases[i].valid ? cases[i].ms : UNTOUCHED,
		    "%s: %lld", cases[i].text, (long long)got);
	}
	cr_expect_not(stile__is_duration(STR("P1D\0"), &calendar, &got));
}

/* ---- all of them ------------------------------------------------------ */

static bool
is_time(struct stile_str s)
{
	int64_t	ms;

	return stile__is_time(s, &ms);
}

static bool
is_duration(struct stile_str s)
{
	int64_t	ms;
	bool	calendar;

	return stile__is_duration(s, &calendar, &ms);
}

static bool
is_date(struct stile_str s)
{
	int64_t	days;

	return stile_day_parse(s, &days) == STILE_OK;
}

static bool
is_date_time(struct stile_str s)
{
	int64_t	ms;

	return stile_timestamp_parse(s, &ms) == STILE_OK;
}

static const struct {
	const char	*name;
	bool		(*is)(struct stile_str);
} formats[] = {
	{ "email",	stile__is_email },
	{ "uri",	stile__is_uri },
	{ "uuid",	stile__is_uuid },
	{ "time",	is_time },
	{ "duration",	is_duration },
	{ "date",	is_date },
	{ "date-time",	is_date_time },
	{ "slug",	stile__is_slug },
};

/* head, as often as it takes, then tail: one allocation, to its last byte. */
static bool
is_long(bool (*is)(struct stile_str), const char *first, char c,
    const char *last)
{
	size_t	n = strlen(first), m = strlen(last);
	char	*p;
	bool	valid;

	if ((p = malloc(n + MIB + m)) == NULL)
		cr_assert(false, "no memory");
	memcpy(p, first, n);
	memset(p + n, c, MIB);
	memcpy(p + n + MIB, last, m);
	valid = is((struct stile_str){ p, n + MIB + m });
	free(p);
	return valid;
}

Test(format, long_texts, .timeout = 60)
{
	static const char	bytes[] = "a1-./:@%\"[P\0 \x7f";
	size_t			i, j;

	for (i = 0; i < NELEM(formats); i++)
		for (j = 0; j < sizeof(bytes); j++)
			cr_expect_eq(is_long(formats[i].is, "", bytes[j], ""),
			    formats[i].is == stile__is_slug &&
			    strchr("a1-P", bytes[j]) != NULL &&
			    bytes[j] != '\0', "%s: %d", formats[i].name,
			    bytes[j]);
	cr_expect(is_long(stile__is_uri, "a:", 'b', "?c"));
	cr_expect(is_long(stile__is_uri, "a://", 'b', ":80/"));
	cr_expect(is_long(stile__is_uri, "a://b:", '8', ""));
	cr_expect_not(is_long(stile__is_uri, "a:", '%', ""));
	cr_expect_not(is_long(stile__is_uri, "a://[", ':', "]"));
	cr_expect(is_long(is_time, "12:00:00.", '9', "Z"));
	cr_expect(is_long(is_duration, "PT", '0', "1S"));
	cr_expect_not(is_long(stile__is_email, "a@", 'b', ""));
}

static void
all_formats(struct stile_str s)
{
	size_t	i;

	/* The answers are not of interest: ASan sees a step too far. */
	for (i = 0; i < NELEM(formats); i++)
		(void)formats[i].is(s);
}

Test(format, every_prefix)
{
	static const char *const	texts[] = {
		"\"a\\\"b\"@example.com", "a.b@[IPv6:2001:db8::7]",
		"a://u:p@[v1F.a:b]:80/%41?%42#%43",
		"23:59:60.123+23:59", "P1Y2M3DT4H5M6S", "P12W",
	};
	size_t	i;

	for (i = 0; i < NELEM(texts); i++)
		each_prefix(stile_str(texts[i]), all_formats);
}

/* ---- JSON Schema's own cases ------------------------------------------ */

/* Where the answer is another one on purpose. */
static const struct {
	const char	*format;
	const char	*text;
	bool		 valid;		/* here */
	const char	*why;
} differences[] = {
	{ "duration", "P99999999999999999999999999999999999999999999999999999"
	    "9999999999999999999999999D", false,
	    "a length that no int64_t holds is of no use" },
	{ "date-time", "1985-04-12T00:59:59.999999999999999Z", false,
	    "stile_timestamp_parse() takes nine digits of a second" },
};

static bool	differs[NELEM(differences)];	/* the case has been played */

static bool
expected(const char *format, struct stile_str s, bool valid)
{
	size_t	i;

	for (i = 0; i < NELEM(differences); i++)
		if (strcmp(differences[i].format, format) == 0 &&
		    view_is(s, differences[i].text)) {
			differs[i] = differences[i].valid != valid;
			return differences[i].valid;
		}
	return valid;
}

/* The texts among the cases of a format; returns how many there are. */
static size_t
play(const char *format, bool (*is)(struct stile_str), struct json_object *file)
{
	struct json_object	*group, *tests, *t, *data;
	struct stile_str	 s;
	const char		*text;
	size_t			 i, j, n = 0;
	bool			 valid;

	for (i = 0; i < json_object_array_length(file); i++) {
		group = json_object_array_get_idx(file, i);
		tests = json_object_object_get(group, "tests");
		EXPECT_STR(json_object_get_string(json_object_object_get(
		    json_object_object_get(group, "schema"), "format")), format,
		    "%s", format);
		for (j = 0; j < json_object_array_length(tests); j++) {
			t = json_object_array_get_idx(tests, j);
			data = json_object_object_get(t, "data");
			if (!json_object_is_type(data, json_type_string))
				continue;
			text = json_object_get_string(data);
			s = (struct stile_str){ text,
			    (size_t)json_object_get_string_len(data) };
			valid = json_object_get_boolean(
			    json_object_object_get(t, "valid"));
			cr_expect_eq(is(s), expected(format, s, valid),
			    "%s: \"%s\" (%s)", format, text,
			    json_object_get_string(json_object_object_get(t,
			    "description")));
			n++;
		}
	}
	return n;
}

Test(format, suite)
{
	/* How many texts each file has: a case that is lost is seen. */
	static const size_t	texts[] = { 21, 40, 22, 41, 46, 75, 27 };
	struct json_object	*file;
	char			 name[100];
	size_t			 i;

	for (i = 0; i < NELEM(texts); i++) {
		snprintf(name, sizeof(name), "json-schema/%s.json",
		    formats[i].name);
		file = vectors(name);
		cr_expect_eq(play(formats[i].name, formats[i].is, file),
		    texts[i], "%s", name);
		json_object_put(file);
	}
	for (i = 0; i < NELEM(differences); i++)
		cr_expect(differs[i], "%s: there is no difference",
		    differences[i].text);
}

/* ---- Django's mailboxes ----------------------------------------------- */

#define DJANGO	"django_validators.json"

/* Where RFC 5321 says otherwise; valid here or not. */
static const struct {
	const char	*text;
	bool		 valid;
} django_differences[] = {
	/* The tag "IPv6:" is missing. */
	{ "email@[2001:dB8::1]", false },
	{ "email@[2001:dB8:0:0:0:0:0:1]", false },
	{ "email@[::fffF:127.0.0.1]", false },
	/* Not ASCII: that would be JSON Schema's "idn-email". */
	{ "test@domain.with.idn.tld.\u0909\u0926\u093e\u0939\u0930\u0923."
	    "\u092a\u0930\u0940\u0915\u094d\u0937\u093e", false },
	/* quoted-pairSMTP has no tab. */
	{ "\"\\\t\"@here.com", false },
	/* Django's own list of such names has "localhost" only. */
	{ "abc@bar", true },
};

Test(format, django)
{
	struct json_object	*file = vectors(DJANGO), *cases, *c;
	const char		*text;
	size_t			 i, j, n = 0, used = 0;
	bool			 valid;

	cases = json_object_object_get(json_object_object_get(file, "cases"),
	    "validators");
	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		if (strcmp(json_object_get_string(json_object_object_get(c,
		    "validator")), "EmailValidator") != 0)
			continue;
		text = json_object_get_string(json_object_object_get(c,
		    "value"));
		valid = json_object_get_boolean(json_object_object_get(c,
		    "valid"));
		for (j = 0; text != NULL && j < NELEM(django_differences); j++)
			if (strcmp(text, django_differences[j].text) == 0) {
				cr_expect_neq(valid,
				    django_differences[j].valid, "%s", text);
				valid = django_differences[j].valid;
				used++;
			}
		cr_expect_eq(stile__is_email(stile_str(text)), valid, "%s",
		    text != NULL ? text : "(none)");
		n++;
	}
	cr_expect_eq(used, NELEM(django_differences));
	vectors_played(DJANGO, "EmailValidator", n);
	json_object_put(file);
}
