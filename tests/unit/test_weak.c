/* SPDX-License-Identifier: ISC */
/* lib/guard/weak.c: passwords that are guessed first, and others. */
#include "unit.h"

#include "stile/password.h"

#define COMMON		"this is a common password, or close to one"
#define PERSONAL	"this is too much like the name or the address"
#define SHORT		"this is too short: 8 characters are the least"

static void
expect(const char *password, const char *const *personal, const char *want)
{
	struct stile_error	e = { 0 };

	EXPECT_STR(stile_password_weak(stile_str(password), personal, &e),
	    want, "%s", password);
	cr_expect_eq(e.code, STILE_OK, "%s: %s", password, e.detail);
}

Test(weak, common)
{
	static const char *const	cases[] = {
		"password", "password1", "Password", "PASSWORD1", "12345678",
		"qwertyuiop", "iloveyou", "letmein1", "aaaaaaaa", "abcdefgh",
		"passw0rd", "P@ssw0rd", "p4$$w0rd", "1q2w3e4r", "sunshine",
		"drowssap", "football99",
	};
	size_t				i;

	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i], NULL, COMMON);
}

/* There are no rules of what has to be in one. */
Test(weak, good)
{
	static const char *const	cases[] = {
		"correct horse battery staple", "xK9#mq2L", "g7pQz0wMn4",
		"vier kleine gr\303\274ne Hasen", "\320\277\320\260\321\200"
		    "\320\276\320\273\321\214\320\275\320\260\321\217",
		"        x9  y7",
	};
	size_t				i;

	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i], NULL, NULL);
}

Test(weak, personal)
{
	static const char *const	who[] = {
		"Marlenka Skrypczak", "mskrypczak@example.org", "Zyx", "", NULL
	};

	expect("mskrypczak", who, PERSONAL);
	expect("MSKRYPCZAK", who, PERSONAL);
	expect("mskrypczak@example.org", who, PERSONAL);
	expect("marlenka skrypczak7", who, PERSONAL);
	expect("skrypczak", who, PERSONAL);
	expect("mskrypczak and three blue whales", who, NULL);
	expect("zyx9 qRt7 wlp", who, NULL);
	expect("g7pQz0wMn4", (const char *const []){ NULL }, NULL);
}

Test(weak, length)
{
	static char	text[STILE_PASSWORD_MAX + 2];
	size_t		i;

	expect("", NULL, SHORT);
	expect("xK9#mq2", NULL, SHORT);
	expect("\303\244\303\266\303\274\303\237", NULL, SHORT);
	for (i = 0; i <= STILE_PASSWORD_MAX; i++)
		text[i] = (char)('a' + i * i % 23);
	expect(text, NULL, "this is too long: 1024 bytes are the most");
	text[STILE_PASSWORD_MAX] = '\0';
	EXPECT_STR(stile_password_weak(stile_str(text), NULL, NULL), NULL,
	    "the longest");
}

Test(weak, no_text)
{
	EXPECT_STR(stile_password_weak((struct stile_str){ "g7pQz0\0Mn4", 10 },
	    NULL, NULL), "text in UTF-8 is expected", "a NUL");
	expect("g7pQz0\377wMn4", NULL, "text in UTF-8 is expected");
	expect(NULL, NULL, "text in UTF-8 is expected");
}
