/* SPDX-License-Identifier: ISC */
/* lib/http/redirect.c: nowhere that a stranger chose. */
#include "unit.h"

#define EXPECT_ANSWER(u, want)	EXPECT_STR(unit_answer(u), want, "answer")

Test(redirect, next_stays_on_this_host)
{
	static const struct {
		const char	*asked, *want;
	} cases[] = {
		{ NULL, "/home" },
		{ "", "/home" },
		{ "/", "/" },
		{ "/notes/7?a=b&c=%20d#e", "/notes/7?a=b&c=%20d#e" },
		{ "/notes/a b", "/notes/a%20b" },
		{ "/caf\xc3\xa9?q=\"x\"", "/caf%C3%A9?q=%22x%22" },
		{ "/a//b", "/a//b" },
		{ "/https://evil.example/", "/https://evil.example/" },
		{ "/?next=//evil.example", "/?next=//evil.example" },
		/* Another host, or what a browser could take for one. */
		{ "//evil.example/", "/home" },
		{ "///evil.example/", "/home" },
		{ "https://evil.example/", "/home" },
		{ "https:evil.example", "/home" },
		{ "HTTP://evil.example", "/home" },
		{ "javascript:alert(1)", "/home" },
		{ "data:text/html,x", "/home" },
		{ "evil.example", "/home" },
		{ "notes", "/home" },
		{ "?a=b", "/home" },
		{ "\\\\evil.example", "/home" },
		{ " //evil.example", "/home" },
		{ "\t//evil.example", "/home" },
		{ "\r\n//evil.example", "/home" },
		{ "@evil.example", "/home" },
		{ "/\\evil.example", "/%5Cevil.example" },
		{ "/\t/evil.example", "/%09/evil.example" },
		{ "/\n/evil.example", "/%0A/evil.example" },
		{ "/\r\nSet-Cookie: a=b", "/%0D%0ASet-Cookie:%20a=b" },
		{ "/ /evil.example", "/%20/evil.example" },
		{ "/\x7f", "/%7F" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		EXPECT_STR(stile_next(&u.r, cases[i].asked, "/home"),
		    cases[i].want, "%zu: next", i);
		stile_redirect(&u.r, 303, stile_next(&u.r, cases[i].asked,
		    "/home"));
		cr_expect_eq(stile_failed(&u.r), STILE_OK,
		    "%zu: a redirect takes what next returns", i);
		unit_end(&u);
	}
}

Test(redirect, to_a_path_on_this_host)
{
	static const struct {
		int		 status;
		const char	*to;
		bool		 ok;
	} cases[] = {
		{ 303, "/",		true },
		{ 301, "/a/b?c=d#e",	true },
		{ 302, "/a", true }, { 307, "/a", true }, { 308, "/a", true },
		{ 303, "/a//b",		true },
		{ 303, "/a?next=//b",	true },
		{ 200, "/a", false }, { 300, "/a", false },
		{ 304, "/a", false },
		{ 303, NULL,		false },
		{ 303, "",		false },
		{ 303, "a",		false },
		{ 303, "?a",		false },
		{ 303, "//evil",	false },
		{ 303, "/\\evil",	false },
		{ 303, "\\\\evil",	false },
		{ 303, "http://evil/",	false },
		{ 303, "javascript:x",	false },
		/* Browsers take tabs and line ends out first. */
		{ 303, "/\t/evil",	false },
		{ 303, "/\n/evil",	false },
		{ 303, "/\r/evil",	false },
		{ 303, "/\t\\evil",	false },
		{ 303, "/a\r\nX: y",	false },
		{ 303, "/a b",		false },
	};
	struct unit	u;
	char		want[200];
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		cr_expect_eq(stile_redirect(&u.r, cases[i].status,
		    cases[i].to), cases[i].ok ? STILE_OK : STILE_EFAILED,
		    "%zu: %d %s", i, cases[i].status, cases[i].to);
		snprintf(want, sizeof(want), "Status: %d %s\r\n"
		    "Content-Length: 0\r\nLocation: %s\r\n\r\n",
		    cases[i].status, stile_status_phrase(cases[i].status),
		    cases[i].to);
		if (cases[i].ok)
			EXPECT_ANSWER(&u, want);
		else
			cr_expect_eq(stile_failed_status(&u.r), 500);
		unit_end(&u);
	}
}

/* The name says that it is not looked at; a header stays one all the same. */
Test(redirect, to_anywhere_by_name_only)
{
	static const struct {
		int		 status;
		const char	*to;
		bool		 ok;
	} cases[] = {
		{ 302, "https://example.org/a?b#c", true },
		{ 307, "//example.org/",	true },
		{ 303, "a/b",			true },
		{ 303, "https://a/\r\nX: y",	false },
		{ 303, NULL,			false },
		{ 200, "https://example.org/",	false },
	};
	struct unit	u;
	char		want[200];
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		cr_expect_eq(stile_redirect_insecure_anywhere(&u.r,
		    cases[i].status, cases[i].to), cases[i].ok ? STILE_OK :
		    STILE_EFAILED, "%zu", i);
		snprintf(want, sizeof(want), "Status: %d %s\r\n"
		    "Content-Length: 0\r\nLocation: %s\r\n\r\n",
		    cases[i].status, stile_status_phrase(cases[i].status),
		    cases[i].to != NULL ? cases[i].to : "");
		if (cases[i].ok)
			EXPECT_ANSWER(&u, want);
		else
			cr_expect_eq(stile_failed_status(&u.r), 500);
		unit_end(&u);
	}
}
