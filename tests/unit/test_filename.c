/* SPDX-License-Identifier: ISC */
/* lib/codec/filename.c: a name that is safe to show. */
#include "unit.h"

#include "stile/multipart.h"

static struct stile_arena	*arena;

static void
begin(void)
{
	arena = stile_arena_new(0);
	cr_assert(arena != NULL);
}

static void
finish(void)
{
	stile_arena_free(arena);
}

TestSuite(filename, .init = begin, .fini = finish);

Test(filename, shown)
{
	static const char *const cases[][2] = {
		{ "a.txt",			"a.txt" },
		{ "C:\\Documents and Settings\\a b.txt", "a b.txt" },
		{ "/etc/passwd",		"passwd" },
		{ "../../a",			"a" },
		{ "a/b\\c",			"c" },
		{ "a\\b/c",			"c" },
		{ "\\\\server\\share\\c",	"c" },
		{ ".profile",			".profile" },
		{ "...",			"..." },
		{ "a:b?<>|*\"'&.txt",		"a:b?<>|*\"'&.txt" },
		{ " a ",			"a" },
		{ "\xC3\xA4\xF0\x9F\x98\x80",	"\xC3\xA4\xF0\x9F\x98\x80" },
		/* invisible: C0, DEL, C1, separators, direction */
		{ "a\r\n\t\x1B\x7F.b",		"a.b" },
		{ "\xC2\x80""a\xC2\x9F\xC2\xA0", "a\xC2\xA0" },
		{ "a\xE2\x80\xA8\xE2\x80\xA9""b", "ab" },
		{ "a\xE2\x80\xAEgpj.exe\xE2\x80\xAC", "agpj.exe" },
		{ "\xE2\x81\xA6""a\xE2\x81\xA9\xE2\x80\x8F", "a" },
		{ "\xE2\x80\x94\xE2\x81\xA5\xE2\x81\xAA",
		    "\xE2\x80\x94\xE2\x81\xA5\xE2\x81\xAA" },
		/* not UTF-8 */
		{ "a\xFF.b",			"a\xEF\xBF\xBD.b" },
		{ "\xE2\x80",			"\xEF\xBF\xBD" },
		/* nothing left */
		{ "",				"unnamed" },
		{ NULL,				"unnamed" },
		{ ".",				"unnamed" },
		{ "..",				"unnamed" },
		{ "a/",				"unnamed" },
		{ "a\\..",			"unnamed" },
		{ ".\x01.",			"unnamed" },
		{ " . ",			"unnamed" },
		{ "\x01\t ",			"unnamed" },
	};
	struct stile_str	s;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		s = stile_filename_display(arena, stile_str(cases[i][0]));
		cr_expect(view_is(s, cases[i][1]), "%s: \"%.*s\"",
		    cases[i][0], STILE_STR_ARG(s));
	}
}

Test(filename, a_nul_is_a_control_character)
{
	cr_expect(view_is(stile_filename_display(arena, STR("a\0b")), "ab"));
}

/* At most 255 bytes, and no character in part. */
Test(filename, cut)
{
	struct stile_str	s;
	char			name[600];
	size_t			i;

	memset(name, 'a', sizeof(name));
	s = stile_filename_display(arena, (struct stile_str){ name, 255 });
	cr_expect_eq(s.len, 255);
	s = stile_filename_display(arena, (struct stile_str){ name, 256 });
	cr_expect_eq(s.len, 255);
	for (i = 0; i < sizeof(name); i += 2)
		memcpy(name + i, "\xC3\xA4", 2);
	s = stile_filename_display(arena, (struct stile_str){ name, 600 });
	cr_expect_eq(s.len, 254);
	cr_expect(stile_utf8_valid(s));
	/* What is not UTF-8 grows. */
	memset(name, '\xFF', sizeof(name));
	s = stile_filename_display(arena, (struct stile_str){ name, 600 });
	cr_expect_eq(s.len, 255);
	cr_expect(stile_utf8_valid(s));
}

static void
show_any(struct stile_str s)
{
	stile_filename_display(arena, s);
	stile_arena_reset(arena);
}

Test(filename, prefixes)
{
	each_prefix(STR("a/\xE2\x80\xAE\xC2\x80\xC3\xA4\xFF\xF0\x9F\x98\x80"),
	    show_any);
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_str	 s;
	enum stile_err		 rc = STILE_OK;
	char			 name[300];

	memset(name, 'a', sizeof(name));
	if ((a = stile_arena_new(0)) == NULL)
		return STILE_ENOMEM;
	s = stile_filename_display(a, (struct stile_str){ name, 300 });
	if (s.p == NULL)
		rc = STILE_ENOMEM;
	else
		cr_expect_eq(s.len, 255);
	stile_arena_free(a);
	return rc;
}

Test(filename, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 1);
}
