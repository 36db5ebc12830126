/* SPDX-License-Identifier: ISC */
/* lib/guard/totp.c: RFC 6238's vectors, the clocks of others, replays. */
#include "app.h"

#include "stile/totp.h"

/* "12345678901234567890" */
#define SECRET	"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static bool
verify(const char *code, int64_t now, int64_t after, int64_t *step)
{
	struct stile_error	e = { 0 };
	bool			ok;

	ok = stile_totp_verify(SECRET, code, now, after, step, &e);
	cr_expect_eq(e.code, STILE_OK, "%s: %s", code, e.detail);
	return ok;
}

/* Appendix B, the last six of the eight digits. */
Test(totp, rfc_6238)
{
	static const struct {
		int64_t		 now;
		const char	*code;
		int64_t		 step;
	} cases[] = {
		{ 59, "287082", 0x1 },
		{ 1111111109, "081804", 0x23523EC },
		{ 1111111111, "050471", 0x23523ED },
		{ 1234567890, "005924", 0x273EF07 },
		{ 2000000000, "279037", 0x3F940AA },
		{ 20000000000, "353130", 0x27BC86AA },
	};
	int64_t	step;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		step = -1;
		cr_expect(verify(cases[i].code, cases[i].now, 0, &step), "%s",
		    cases[i].code);
		cr_expect_eq(step, cases[i].step, "%s: %lld", cases[i].code,
		    (long long)step);
	}
}

/* 30 seconds before and after, and not a second more. */
Test(totp, drift)
{
	/* Of step 41152263, 1234567890 to 1234567919. */
	static const struct {
		int64_t	now;
		bool	ok;
	} cases[] = {
		{ 1234567859, false }, { 1234567860, true },
		{ 1234567890, true }, { 1234567919, true },
		{ 1234567949, true }, { 1234567950, false },
	};
	int64_t	step;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		step = -1;
		cr_expect_eq(verify("005924", cases[i].now, 0, &step),
		    cases[i].ok, "%lld", (long long)cases[i].now);
		cr_expect_eq(step, cases[i].ok ? 41152263 : -1);
	}
}

Test(totp, replay)
{
	int64_t	step = 0;

	cr_expect(verify("005924", 1234567890, step, &step));
	cr_expect(!verify("005924", 1234567890, step, &step));
	cr_expect(!verify("005924", 1234567919, step, &step));
	cr_expect_eq(step, 41152263);
	/* The one before it, which was not used, is over with it. */
	cr_expect(verify("005924", 1234567890, 41152262, &step));
	cr_expect(!verify("005924", 1234567890, 41152264, &step));
	cr_expect(!verify("005924", 1234567890, INT64_MAX, &step));
}

Test(totp, as_typed)
{
	static const char *const	good[] = {
		"005924", "005 924", " 005924 ", "00 59 24",
	}, *const			bad[] = {
		"", " ", "5924", "00592", "0059244", "005925", "O05924",
		"005924x", "005-924", "+05924", "\n005924", "005\t924",
		"005924005924005924005924005924005924005924",
	};
	int64_t				step;
	size_t				i;

	for (i = 0; i < NELEM(good); i++)
		cr_expect(verify(good[i], 1234567890, 0, &step), "%s",
		    good[i]);
	for (i = 0; i < NELEM(bad); i++)
		cr_expect(!verify(bad[i], 1234567890, 0, &step), "%s", bad[i]);
	cr_expect(!stile_totp_verify(SECRET, NULL, 1234567890, 0, &step,
	    NULL));
	cr_expect(!stile_totp_verify(NULL, "005924", 1234567890, 0, &step,
	    NULL));
}

Test(totp, strange_clocks)
{
	int64_t	step;

	cr_expect(!verify("005924", -1, 0, &step));
	cr_expect(!verify("005924", INT64_MIN, 0, &step));
	cr_expect(!verify("005924", INT64_MAX, 0, &step));
	cr_expect(!verify("755224", 0, 0, &step), "step 0 is never used");
	cr_expect(verify("755224", 0, -1, &step), "unless one asks for it");
}

Test(totp, malformed_secret)
{
	static const char *const	cases[] = {
		"", "GEZDGNBV", "GEZDGNBVGY3TQOJ!", "0189018901890189", "=",
		"\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377",
	};
	static char			text[10000];
	struct stile_error		e;
	int64_t				step;
	size_t				i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect(!stile_totp_verify(cases[i], "005924", 1234567890, 0,
		    &step, &e));
		cr_expect_eq(e.code, STILE_ESYNTAX, "%s", cases[i]);
		cr_expect_eq(e.status, 500);
	}
	memset(text, 'A', sizeof(text) - 1);
	e = (struct stile_error){ 0 };
	cr_expect(!stile_totp_verify(text, "005924", 1234567890, 0, &step,
	    &e));
	cr_expect_eq(e.code, STILE_ESYNTAX);
	/* Of others: 80 bits, small letters, groups. */
	e = (struct stile_error){ 0 };
	cr_expect(!stile_totp_verify("gezd gnbv gy3t qojq", "000000", 59, 0,
	    &step, &e));
	cr_expect_eq(e.code, STILE_OK, "%s", e.detail);
	cr_expect(stile_totp_verify("gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
	    "287082", 59, 0, &step, &e));
}

Test(totp, secret)
{
	char			one[STILE_TOTP_SECRET_SIZE];
	char			two[STILE_TOTP_SECRET_SIZE];
	struct stile_error	e = { 0 };
	int64_t			step;

	cr_assert_eq(stile_totp_secret(one, &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(stile_totp_secret(two, &e), STILE_OK, "%s", e.detail);
	cr_expect_eq(strlen(one), 32);
	cr_expect_eq(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32, "%s",
	    one);
	cr_expect(strcmp(one, two) != 0);
	(void)!stile_totp_verify(one, "123456", 1234567890, 0, &step, &e);
	cr_expect_eq(e.code, STILE_OK, "it is a secret: %s", e.detail);
}

/* https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
Test(totp, uri)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	static const char *const wrong[][2] = {
		{ "", "a" }, { "a", "" }, { "a:b", "c" }, { "a", "b:c" },
	};
	static char		 text[10000];
	size_t			 i;

	EXPECT_STR(stile_totp_uri(a, SECRET, "Notes", "alice@example.org", &e),
	    "otpauth://totp/Notes:alice%40example.org?secret=" SECRET
	    "&issuer=Notes&algorithm=SHA1&digits=6&period=30", "plain");
	EXPECT_STR(stile_totp_uri(a, SECRET, "B&B caf\303\251?", "a/b #1", &e),
	    "otpauth://totp/B%26B%20caf%C3%A9%3F:a%2Fb%20%231?secret=" SECRET
	    "&issuer=B%26B%20caf%C3%A9%3F&algorithm=SHA1&digits=6&period=30",
	    "escaped");
	for (i = 0; i < NELEM(wrong); i++) {
		e = (struct stile_error){ 0 };
		cr_expect(stile_totp_uri(a, SECRET, wrong[i][0], wrong[i][1],
		    &e) == NULL);
		cr_expect_eq(e.code, STILE_EINVAL);
		cr_expect_eq(e.status, 422);
	}
	memset(text, 'a', sizeof(text) - 1);
	e = (struct stile_error){ 0 };
	cr_expect(stile_totp_uri(a, SECRET, "Notes", text, &e) == NULL);
	cr_expect_eq(e.code, STILE_ETOOBIG);
	stile_arena_free(a);
}

static enum stile_err
uri_once(void)
{
	struct stile_error	 e = { 0 };
	struct stile_arena	*a = stile_arena_new(0);

	if (a == NULL)
		return STILE_ENOMEM;
	(void)stile_totp_uri(a, SECRET, "Notes", "alice", &e);
	stile_arena_free(a);
	return e.code;
}

Test(totp, no_memory)
{
	cr_expect_geq(torture(uri_once), ALLOCATIONS(2));
}
