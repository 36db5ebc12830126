/* SPDX-License-Identifier: ISC */
/* lib/schema/pattern.c and ecma.c: what ECMA-262 means, and never for long. */
#include "unit.h"

#include <pthread.h>

#include "schema/pattern.h"

#define MIB	(1024 * 1024)

struct match {
	const char	*pattern;
	struct stile_str text;
	int		 want;
};

#define YES(pattern, text)	{ pattern, STILE_STR_INIT(text), 1 }
#define NO(pattern, text)	{ pattern, STILE_STR_INIT(text), 0 }

static void
check(const struct match *c, size_t n)
{
	size_t	i;
	int	got;

	for (i = 0; i < n; i++) {
		got = stile__pattern_match(c[i].pattern, c[i].text);
		cr_expect_eq(got, c[i].want, "%s: \"%.*s\" gives %d",
		    c[i].pattern, STILE_STR_ARG(c[i].text), got);
	}
}

Test(schema_pattern, basics)
{
	static const struct match	cases[] = {
		YES("", ""), YES("", "a"), YES("a+", "xxaayy"),
		NO("^a+$", "xxaayy"), YES("^(?:a|b)*$", ""),
		YES("^[a-z]{2,3}$", "abc"), NO("^[a-z]{2,3}$", "abcd"),
		YES("^a{2}$", "aa"), YES("^a{2,}?$", "aaa"),
		YES("^(a)(?=b)", "ab"), NO("a(?!b)", "ab"),
		YES("(?<=a)b", "ab"), NO("(?<!a)b", "ab"),
		YES("^(a|b)\\1$", "bb"), NO("^(a|b)\\1$", "ab"),
		YES("^(?<x>a|b)\\k<x>$", "bb"), NO("^(?<x>a|b)\\k<x>$", "ab"),
		YES("^\\d{4}-\\d\\d$", "2026-11"), NO("[]", "a"),
		YES("^[^]$", "\n"), YES("^[^]$", "\xc3\xa9"),
		NO("^a$", "b"), YES("\\/", "/"), YES("^[\\b]$", "\b"),
		YES("a#b c", "xa#b cx"),
	};

	check(cases, NELEM(cases));
	cr_expect_eq(stile__pattern_match("^$", (struct stile_str){ NULL, 0 }),
	    1);
}

/* Where Perl's expressions, as PCRE2 has them, mean something else. */
Test(schema_pattern, as_ecma)
{
	static const struct match	cases[] = {
		/* The end is the end. */
		NO("^a$", "a\n"),
		/* ASCII, but for white space. */
		NO("\\d", "\xe0\xa7\xa8"), NO("\\w", "\xc3\xa9"),
		YES("^\\W$", "\xc3\xa9"), YES("\xc3\xa9\\b", "\xc3\xa9""a"),
		YES("^\\s$", "\xc2\xa0"), YES("^\\s$", "\xef\xbb\xbf"),
		YES("^\\s$", "\xe2\x80\xa8"), YES("^\\s$", "\v"),
		YES("^[\\s]$", "\xe3\x80\x80"), NO("\\s", "\xc2\x85"),
		NO("\\s", "\xe2\x80\x8b"), NO("[^\\s]", "\xe2\x80\x83"),
		YES("^\\S$", "\xc2\x85"), NO("\\S", "\xc2\xa0"),
		YES("^[\\S]$", "\xf0\x9f\x98\x80"), NO("[\\S]", " \xc2\xa0"),
		YES("^[\\s\\S]{3}$", "a\n\xc2\xa0"),
		/* Any but four. */
		YES("^.$", "\xf0\x9f\x98\x80"), YES("^.$", "\xc2\x85"),
		YES("^.$", "\v"), NO(".", "\n\r\xe2\x80\xa8\xe2\x80\xa9"),
		YES("^.$", "\0"), NO("^.$", "ab"),
		/* One character, not two halves. */
		YES("^\\ud83d\\ude00$", "\xf0\x9f\x98\x80"),
		YES("^\\u{1f600}$", "\xf0\x9f\x98\x80"),
		YES("^\\u{0000041}\\u0042\\x43\\cA$", "ABC\x01"),
		YES("^[\\u{1f600}-\\u{1f602}]$", "\xf0\x9f\x98\x81"),
		YES("^\\u{0}\\0$", "\0\0"),
		/* One vertical tab. */
		YES("^\\t\\n\\v\\f\\r$", "\t\n\v\f\r"), NO("\\v", "\n"),
		YES("^[\\v-\\r]$", "\f"),
		/* A class has no classes in it. */
		YES("^[[:a]$", "["), YES("^[[:a]$", ":"), NO("^[[:alpha:\\]]$",
		    "b"),
		YES("^[a\\-c]$", "-"), YES("^[-a]$", "-"), YES("^[a-]$", "-"),
		NO("^[a\\-c]$", "b"), YES("^[a^]$", "^"), YES("^[&&a]$", "&"),
		/* A group that took no part is as good as an empty one. */
		YES("^(?:(a)|b)\\1$", "b"),
		/* A tenth group, and a digit after a reference. */
		YES("^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10$", "abcdefghijj"),
		YES("^(a)\\1(?:1)$", "aa1"),
		/* Properties by their long names as well. */
		YES("^\\p{Letter}+$", "\xcf\x80""a"), NO("\\p{Letter}", "1"),
		YES("^\\P{Letter}$", "1"), YES("^\\p{L}\\p{Lu}$", "aB"),
		YES("^\\p{General_Category=Decimal_Number}$", "1"),
		YES("^\\p{gc=Lu}$", "A"), YES("^[\\p{Lu}\\d]+$", "A1"),
		YES("^\\p{Script=Greek}$", "\xcf\x80"),
		YES("^\\p{sc=Greek}\\p{scx=Grek}$", "\xcf\x80\xcf\x80"),
		YES("^\\p{Cased_Letter}\\p{LC}$", "aB"),
		YES("^\\p{Assigned}$", "a"), NO("\\P{Assigned}", "a"),
		NO("\\p{Assigned}", "\xcd\xb8"),
		YES("^\\p{Any}\\p{ASCII}\\p{Alphabetic}$", "\n1a"),
		YES("^\\p{White_Space}\\p{Emoji}$", " \xf0\x9f\x98\x80"),
	};

	check(cases, NELEM(cases));
}

/* Where PCRE2 shows: ecma.c says so as well. */
Test(schema_pattern, differences)
{
	static const struct match	cases[] = {
		/* ECMA-262 forgets a group when a round begins. */
		NO("^(?:(a)|b)*\\1$", "ab"), YES("^(?:(a)|b)*\\1$", "aba"),
		YES("^\\p{Greek}$", "\xcf\x80"), YES("^(?=a)*a$", "a"),
	};

	check(cases, NELEM(cases));
}

Test(schema_pattern, refused)
{
	static const struct {
		const char	*pattern;
		const char	*why;
	} cases[] = {
		{ "(",		"at byte 1: missing closing parenthesis" },
		{ "ab)",	"at byte 2: unmatched closing parenthesis" },
		{ "\\s\\s)",	"at byte 4: unmatched closing parenthesis" },
		{ "[a",		"at byte 2: the end of a class is missing" },
		{ "[z-a]",	"range out of order" },
		{ "[a-\\d]",	"at byte 5: a range is between two" },
		{ "[\\s-z]",	"at byte 5: a range is between two" },
		{ "]",		"at byte 0: needs a backslash" },
		{ "a}",		"at byte 1: needs a backslash" },
		{ "a{",		"at byte 2: not a number of repeats" },
		{ "a{,2}",	"at byte 2: not a number of repeats" },
		{ "a{1,x}",	"not a number of repeats" },
		{ "a{2,1}",	"numbers out of order" },
		{ "a{65536}",	"number too big" },
		{ "*",		"at byte 0: nothing to repeat" },
		{ "a|+",	"at byte 2: nothing to repeat" },
		{ "^*",		"at byte 1: nothing to repeat" },
		{ "a++",	"at byte 2: nothing to repeat" },
		{ "a???",	"at byte 3: nothing to repeat" },
		{ "(?i)a",	"at byte 0: no such kind of group" },
		{ "(?>a)",	"no such kind of group" },
		{ "(?#a)",	"no such kind of group" },
		{ "(?P<a>b)",	"no such kind of group" },
		{ "(?R)",	"no such kind of group" },
		{ "(?C1)",	"no such kind of group" },
		{ "(*UCP)a",	"at byte 1: nothing to repeat" },
		{ "(?<a",	"the end of a group's name is missing" },
		{ "(?<>a)",	"subpattern name expected" },
		{ "(?<a>b)(?<a>c)", "two named" },
		{ "\\",		"no such escape" },
		{ "\\A",	"at byte 1: no such escape" },
		{ "\\z",	"no such escape" }, { "\\h", "no such escape" },
		{ "\\R",	"no such escape" }, { "\\X", "no such escape" },
		{ "\\C",	"no such escape" }, { "\\K", "no such escape" },
		{ "\\Qa\\E",	"no such escape" }, { "\\a", "no such escape" },
		{ "\\e",	"no such escape" }, { "\\-", "no such escape" },
		{ "\\G",	"no such escape" }, { "\\N", "no such escape" },
		{ "\\00",	"no such escape" },
		{ "\\x4",	"no such escape" },
		{ "\\c1",	"no such escape" },
		{ "[\\B]",	"no such escape" },
		{ "[\\1]",	"no such escape" },
		{ "\\u12",	"four hexadecimal digits" },
		{ "\\u{110000}", "not a code point" },
		{ "\\u{}",	"not a code point" },
		{ "\\u{1f600",	"not a code point" },
		{ "\\ud83d",	"half a character" },
		{ "\\ude00\\ud83d", "half a character" },
		{ "\\u{d800}",	"half a character" },
		{ "\\pL",	"a property's name in braces" },
		{ "\\p{^L}",	"a property's name in braces" },
		{ "\\p{L",	"a property's name in braces" },
		{ "\\p{}",	"a property's name in braces" },
		{ "\\p{Nonsense}", "unknown property" },
		{ "\\k",	"a group's name is missing" },
		{ "\\k<a",	"a group's name is missing" },
		{ "\\k<a>",	"non-existent" },
		{ "(a)\\2",	"non-existent" },
		{ "\\99999999999999999999", "number is too big" },
		{ "(?<=a*)b",	"not fixed length" },
		{ "\xff",	"UTF-8" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ .code = STILE_OK };
		cr_expect_eq(stile__pattern_check(cases[i].pattern, &e),
		    STILE_ESYNTAX, "%s", cases[i].pattern);
		cr_expect(e.code == STILE_ESYNTAX && e.status == 500 &&
		    strncmp(e.detail, "a pattern, at byte ", 19) == 0 &&
		    strstr(e.detail, cases[i].why) != NULL, "%s: %s",
		    cases[i].pattern, e.detail);
		cr_expect_eq(stile__pattern_match(cases[i].pattern, STR("a")),
		    STILE_ESYNTAX, "%s", cases[i].pattern);
	}
}

/* ---- work, memory, threads -------------------------------------------- */

/* c as often as it says, between two texts. */
static struct stile_str
long_text(const char *first, char c, size_t many, const char *last)
{
	size_t	n = strlen(first), m = strlen(last);
	char	*p = malloc(n + many + m);

	if (p == NULL)
		cr_assert(false, "no memory");
	memcpy(p, first, n);
	memset(p + n, c, many);
	memcpy(p + n + many, last, m);
	return (struct stile_str){ p, n + many + m };
}

/*
 * Tried step by step, the first ones end in no lifetime: that is what the
 * timeout is for.
 */
Test(schema_pattern, bounded, .timeout = 120)
{
	static const struct {
		const char	*pattern;
		const char	*first;
		char		 c;
		size_t		 many;
		const char	*last;
		int		 want;
	} cases[] = {
		{ "(a+)+$",		"", 'a', 30, "b",	STILE_ETIME },
		{ "^(a+)+$",		"", 'a', 30, "b",	STILE_ETIME },
		{ "^(a|a)*$",		"", 'a', 40, "b",	STILE_ETIME },
		{ "^(?:a|aa)+$",	"", 'a', 60, "b",	STILE_ETIME },
		{ "^(\\w+\\s?)*$",	"", 'a', 40, "!",	STILE_ETIME },
		{ "(?=(a+)+$)[ab]",	"", 'a', 40, "b",	STILE_ETIME },
		{ "^(?!(a+)+$)",	"", 'a', 40, "b",	STILE_ETIME },
		/* Each start looks at all that follows. */
		{ "a*[bc]",		"", 'a', MIB, "",	STILE_ETIME },
		{ "[^bc]*[bc]",		"", 'a', MIB, "",	STILE_ETIME },
		{ "\\s+$",		"", ' ', MIB, "x",	STILE_ETIME },
		{ "^a*[^b]*b",		"", 'a', MIB, "",	STILE_ETIME },
		{ "^(a*)\\1b",	"", 'a', MIB, "",	STILE_ETIME },
		{ "[ab]{1000}[cd]",	"", 'a', MIB, "",	STILE_ETIME },
		/* More memory than a match may have. */
		{ "^(?:a|b)*$",		"", 'a', MIB, "",	STILE_ETIME },
		/* Long, but no trouble. */
		{ "^a*$",		"", 'a', MIB, "",	1 },
		{ "^a*$",		"", 'a', MIB, "b",	0 },
		{ "^[\\s\\S]*b$",	"", 'a', MIB, "b",	1 },
		{ "b",			"", 'a', MIB, "",	0 },
		{ "b\\d",		"", 'a', MIB, "b1",	1 },
		{ "^(?!.*b)",		"", 'a', MIB, "",	1 },
		{ "^[a-z]+(?:-[a-z]+)*$", "", 'a', MIB, "-a",	1 },
		{ "^a{1,3}$",		"", 'a', MIB, "",	0 },
		{ "^\\0*$",		"", '\0', MIB, "",	1 },
		{ "^(?:a|b)*$",		"", 'a', 1000, "",	1 },
	};
	struct stile_str	s;
	size_t			i;
	int			got;

	for (i = 0; i < NELEM(cases); i++) {
		s = long_text(cases[i].first, cases[i].c, cases[i].many,
		    cases[i].last);
		got = stile__pattern_match(cases[i].pattern, s);
		cr_expect_eq(got, cases[i].want, "%s, case %zu, gives %d",
		    cases[i].pattern, i, got);
		free((char *)s.p);
	}
}

/* What is no UTF-8 matches nothing, and is not read beyond its end. */
static void
bytes(struct stile_str s)
{
	cr_expect_geq(stile__pattern_match("^[^]*$", s), 0);
	cr_expect_eq(stile__pattern_match("never", s), 0);
}

Test(schema_pattern, any_bytes)
{
	cr_expect_eq(stile__pattern_match("^", STR("\xff")), 0);
	cr_expect_eq(stile__pattern_match("^", STR("\xed\xa0\x80")), 0);
	cr_expect_eq(stile__pattern_match("^", STR("a\xc3")), 0);
	each_prefix(STR("a\0\xc3\xa9\xf0\x9f\x98\x80"), bytes);
}

#define SPACE_WITH_NAME	"^(?<a>\\s|[\\S-])\\k<a>\\u{1f600}\\p{Letter}$"

static enum stile_err
compile_and_match(void)
{
	int	rc;

	rc = stile__pattern_match(SPACE_WITH_NAME, STR(" "));
	return rc > 0 ? STILE_EINVAL : (enum stile_err)rc;
}

static enum stile_err
check_only(void)
{
	return stile__pattern_check("^[a-z]+$", NULL);
}

Test(schema_pattern, without_memory)
{
	cr_expect_gt(torture(compile_and_match), 5);
	/* What is compiled is not compiled again. */
	cr_expect_leq(torture(compile_and_match), 3);
	cr_expect_gt(torture(check_only), 3);
	cr_expect_eq(torture(check_only), 0);
}

/* Another text at an address is another pattern. */
Test(schema_pattern, address_again)
{
	char	pattern[] = "^a$";

	cr_expect_eq(stile__pattern_match(pattern, STR("a")), 1);
	pattern[1] = 'b';
	cr_expect_eq(stile__pattern_match(pattern, STR("a")), 0);
	cr_expect_eq(stile__pattern_match(pattern, STR("b")), 1);
	pattern[1] = 'a';
	cr_expect_eq(stile__pattern_match(pattern, STR("a")), 1);
}

#define MANY	2000
#define THREADS	4

static char	patterns[MANY][8];

static void *
match_all(void *arg)
{
	static const struct stile_str	yes = STILE_STR_INIT("a0a");
	size_t				i, wrong = 0;

	(void)arg;
	for (i = 0; i < MANY; i++) {
		wrong += stile__pattern_match(patterns[i], yes) !=
		    (i % 10 == 0);
		wrong += stile__pattern_match(patterns[i], STR("b")) != 0;
	}
	return wrong == 0 ? NULL : (void *)patterns;
}

/* More patterns than stay compiled, from several threads at once. */
Test(schema_pattern, many)
{
	pthread_t	t[THREADS];
	void		*wrong;
	size_t		i;

	for (i = 0; i < MANY; i++)
		snprintf(patterns[i], sizeof(patterns[i]), "a%zua", i % 10);
	for (i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, match_all, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		cr_assert_eq(pthread_join(t[i], &wrong), 0);
		cr_expect_eq(wrong, NULL);
	}
}

Test(schema_pattern, no_library)
{
	struct stile_error	e = { .code = STILE_OK };

	stile__pcre2 = "libnothing-such.so.0";
	cr_expect_eq(stile__pattern_match("a", STR("a")), STILE_ENOSYS);
	cr_expect_eq(stile__pattern_check("a", &e), STILE_ENOSYS);
	cr_expect(strncmp(e.detail, "PCRE2, which patterns need: "
	    "libnothing-such.so.0: ", 50) == 0, "%s", e.detail);
	/* One that is there, but another one. */
	stile__pcre2 = "libc.so.6";
	e.code = STILE_OK;
	cr_expect_eq(stile__pattern_check("a", &e), STILE_ENOSYS);
	EXPECT_STR(e.detail, "libc.so.6 has no pcre2_general_context_create_8",
	    "another library");
}

/* ---- JSON Schema's own cases ------------------------------------------ */

Test(schema_pattern, suite)
{
	struct json_object	*file = vectors("json-schema/pattern.json");
	struct json_object	*group, *tests, *t, *data;
	const char		*pattern;
	size_t			 i, j, n = 0;

	for (i = 0; i < json_object_array_length(file); i++) {
		group = json_object_array_get_idx(file, i);
		tests = json_object_object_get(group, "tests");
		pattern = json_object_get_string(json_object_object_get(
		    json_object_object_get(group, "schema"), "pattern"));
		for (j = 0; j < json_object_array_length(tests); j++) {
			t = json_object_array_get_idx(tests, j);
			data = json_object_object_get(t, "data");
			if (!json_object_is_type(data, json_type_string))
				continue;
			cr_expect_eq(stile__pattern_match(pattern,
			    stile_str(json_object_get_string(data))),
			    json_object_get_boolean(
			    json_object_object_get(t, "valid")),
			    "%s: %s", pattern, json_object_get_string(data));
			n++;
		}
	}
	/* A case that is lost is seen. */
	cr_expect_eq(n, 6);
	json_object_put(file);
}
