/* SPDX-License-Identifier: ISC */
/* lib/guard/sign.c: what comes back unchanged, and what does not. */
#include "guard.h"

#include "stile/base64.h"
#include "guard/sign.h"

#define OLD	"an-old-key-of-some-32-characters"
#define NEW	"a-newer-key-that-is-even-longer-than-that"
#define PAYLOAD	"user 7"

typedef const char	*(*make_fn)(struct stile_req *, const char *,
			    const char *, struct stile_str, int64_t);
typedef struct stile_str (*take_fn)(struct stile_req *, const char *,
			    const char *, const char *);

/* Both kinds are tested alike. */
static const struct kind {
	const char	*name;
	make_fn		 make;
	take_fn		 take;
} kinds[] = {
	{ "sign", stile_sign, stile_unsign },
	{ "seal", stile_seal, stile_unseal },
};

static struct guard	g;

static void
setup(void)
{
	guard_begin(&g);
	guard_set(&g, "secrets", OLD);
}

static void
teardown(void)
{
	guard_end(&g);
}

TestSuite(sign, .init = setup, .fini = teardown);

static const char *
make(const struct kind *k, const char *payload)
{
	const char	*text;

	text = k->make(&g.u.r, "reset", "state", stile_str(payload), 3600);
	cr_assert(text != NULL, "%s: %s", k->name,
	    g.u.r.failure.cause.detail);
	return text;
}

/* NULL for "no string". */
static void
expect(const struct kind *k, const char *text, const char *want,
    const char *name)
{
	struct stile_str	s = k->take(&g.u.r, "reset", "state", text);

	cr_expect(view_is(s, want), "%s: %s: %.*s", k->name, name,
	    STILE_STR_ARG(s));
	cr_expect(s.p == NULL || s.p[s.len] == '\0', "%s: %s: no NUL", k->name,
	    name);
	cr_expect_eq(stile_failed(&g.u.r), STILE_OK, "%s: %s: %s", k->name,
	    name, g.u.r.failure.cause.detail);
}

Test(sign, round_trip)
{
	static const char	url[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char		*text;
	size_t			 i;

	for (i = 0; i < NELEM(kinds); i++) {
		text = make(&kinds[i], PAYLOAD);
		cr_expect_eq(strspn(text, url), strlen(text), "%s", text);
		expect(&kinds[i], text, PAYLOAD, "it is ours");
		expect(&kinds[i], make(&kinds[i], ""), "", "an empty one");
	}
}

Test(sign, payload_with_a_nul)
{
	static const char	bytes[] = { 'a', '\0', 'b', '\0' };
	struct stile_str	s;
	size_t			i;

	for (i = 0; i < NELEM(kinds); i++) {
		s = kinds[i].take(&g.u.r, "p", NULL, kinds[i].make(&g.u.r, "p",
		    NULL, (struct stile_str){ bytes, sizeof(bytes) }, 60));
		cr_expect(stile_str_eq(s, (struct stile_str){ bytes,
		    sizeof(bytes) }), "%s", kinds[i].name);
	}
}

Test(sign, readable_or_not)
{
	const char	*sealed = make(&kinds[1], PAYLOAD);
	char		*p;
	size_t		 n, i;

	cr_expect(view_is(stile_sign_peek(&g.u.r, make(&kinds[0], PAYLOAD)),
	    PAYLOAD));
	p = stile_base64_decode(g.u.r.arena, stile_str(sealed),
	    STILE_BASE64_URL, &n);
	cr_assert(p != NULL && n > strlen(PAYLOAD));
	for (i = 0; i + strlen(PAYLOAD) <= n; i++)
		cr_expect(memcmp(p + i, PAYLOAD, strlen(PAYLOAD)) != 0);
	cr_expect(strcmp(sealed, make(&kinds[1], PAYLOAD)) != 0,
	    "each has a nonce of its own");
}

Test(sign, for_something_else)
{
	struct stile_req	*r = &g.u.r;
	const struct kind	*k;
	const char		*text;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		text = make(k, PAYLOAD);
		cr_expect(k->take(r, "rese", "state", text).p == NULL);
		cr_expect(k->take(r, "Reset", "state", text).p == NULL);
		cr_expect(k->take(r, "reset", "State", text).p == NULL);
		cr_expect(k->take(r, "reset", "", text).p == NULL);
		cr_expect(k->take(r, "reset", NULL, text).p == NULL);
		/* Where the one ends and the other begins counts. */
		cr_expect(k->take(r, "resets", "tate", text).p == NULL);
		cr_expect(k->take(r, "resetstate", "", text).p == NULL);
		cr_expect(k->take(r, "", "resetstate", text).p == NULL);
		text = k->make(r, "p", NULL, stile_str(PAYLOAD), 60);
		cr_expect(view_is(k->take(r, "p", "", text), PAYLOAD),
		    "none and an empty one are the same");
	}
	cr_expect(stile_unseal(r, "reset", "state", make(&kinds[0],
	    PAYLOAD)).p == NULL);
	cr_expect(stile_unsign(r, "reset", "state", make(&kinds[1],
	    PAYLOAD)).p == NULL);
}

Test(sign, time)
{
	static const int64_t	over[] = { -1, -3600, -4000000000 },
	    holds[] = { 60, 4000000000, INT64_MAX };
	const struct kind	*k;
	size_t			 i;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		for (i = 0; i < NELEM(over); i++)
			expect(k, k->make(&g.u.r, "reset", "state",
			    stile_str(PAYLOAD), over[i]), NULL, "over");
		for (i = 0; i < NELEM(holds); i++)
			expect(k, k->make(&g.u.r, "reset", "state",
			    stile_str(PAYLOAD), holds[i]), PAYLOAD, "holds");
	}
}

/* All bits count: those of the time, which would be longer, too. */
Test(sign, any_change)
{
	const struct kind	*k;
	const char		*text;
	char			*copy;
	size_t			 n, i;
	unsigned		 bit;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		text = make(k, PAYLOAD);
		n = strlen(text);
		copy = stile_arena_dup(g.u.r.arena, stile_str(text));
		for (i = 0; i < n; i++)
			for (bit = 0; bit < 8; bit++) {
				copy[i] = (char)(text[i] ^ 1 << bit);
				expect(k, copy, NULL, "a bit");
				copy[i] = text[i];
			}
		expect(k, copy, PAYLOAD, "unchanged");
		for (i = n; i-- > 0;) {
			copy[i] = '\0';
			expect(k, copy, NULL, "cut");
		}
		copy = stile_arena_printf(g.u.r.arena, "%sA", text);
		expect(k, copy, NULL, "longer");
		copy = stile_arena_printf(g.u.r.arena, "%s=", text);
		expect(k, copy, NULL, "filled up");
		expect(k, NULL, NULL, "none");
		expect(k, "?", NULL, "no base64");
	}
}

Test(sign, keys_are_replaced)
{
	const struct kind	*k;
	const char		*text, *newer;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		guard_set(&g, "secrets", OLD);
		text = make(k, PAYLOAD);
		guard_set(&g, "secrets", NEW "  " OLD);
		expect(k, text, PAYLOAD, "by the old key");
		newer = make(k, PAYLOAD);
		guard_set(&g, "secrets", NEW);
		expect(k, newer, PAYLOAD, "the newest one makes it");
		expect(k, text, NULL, "its key is gone");
	}
}

/* Also what is behind the 64 bytes that the hash's own key has at most. */
Test(sign, all_of_a_key_counts)
{
	static const char	half[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	const struct kind	*k;
	const char		*text;
	char			 one[80], two[80];

	snprintf(one, sizeof(one), "%s1", half);
	snprintf(two, sizeof(two), "%s2", half);
	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		guard_set(&g, "secrets", one);
		text = make(k, PAYLOAD);
		guard_set(&g, "secrets", two);
		expect(k, text, NULL, "another end");
		guard_set(&g, "secrets", half);
		expect(k, text, NULL, "without it");
	}
}

Test(sign, size)
{
	static char		large[64 * 1024 + 1];
	const struct kind	*k;
	const char		*detail;
	int			 status;

	memset(large, 'x', sizeof(large));
	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		struct stile_str	most = { large, sizeof(large) - 1 },
		    more = { large, sizeof(large) }, s;

		s = k->take(&g.u.r, "p", NULL, k->make(&g.u.r, "p", NULL, most,
		    60));
		cr_expect(stile_str_eq(s, most), "%s", k->name);
		cr_expect(k->make(&g.u.r, "p", NULL, more, 60) == NULL);
		detail = guard_failure(&g, &status);
		cr_expect(status == 500 && strstr(detail, "65536 bytes") !=
		    NULL, "%s", detail);
	}
}

Test(sign, no_key)
{
	const struct kind	*k;
	const char		*text, *detail;
	int			 status;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		guard_set(&g, "secrets", OLD);
		text = make(k, PAYLOAD);
		guard_set(&g, "secrets", "");
		cr_expect(k->take(&g.u.r, "reset", "state", text).p == NULL);
		detail = guard_failure(&g, &status);
		cr_expect(status == 500 && strstr(detail, "secrets") != NULL,
		    "%d %s", status, detail);
		cr_expect(k->make(&g.u.r, "reset", NULL, stile_str(PAYLOAD),
		    60) == NULL);
		detail = guard_failure(&g, &status);
		cr_expect(status == 500 && strstr(detail, "secrets") != NULL,
		    "%d %s", status, detail);
	}
}

/* A key that is too short keeps the program from starting, and is not told. */
Test(sign, short_key)
{
	static const char *const	wrong[] = {
		"tiny", OLD " tiny", "tiny " OLD,
		"an-old-key-of-some-31-character",
	};
	struct stile_error		e;
	size_t				i;

	for (i = 0; i < NELEM(wrong); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(conf_set(g.conf, "secrets", wrong[i], CONF_FILE,
		    "demo.conf:1", &e), STILE_EINVAL, "%s", wrong[i]);
		EXPECT_STR(e.detail, "demo.conf:1: secrets: a key of 32 "
		    "characters or more is expected, not '(hidden)'", "%s",
		    wrong[i]);
	}
	cr_expect(conf_find(g.conf, "secrets")->setting->secret);
}

Test(sign, failed_before)
{
	const struct kind	*k;
	const char		*text;

	for (k = kinds; k < kinds + NELEM(kinds); k++) {
		text = make(k, PAYLOAD);
		stile_fail(&g.u.r, 403, "no");
		cr_expect(k->take(&g.u.r, "reset", "state", text).p == NULL);
		cr_expect(k->make(&g.u.r, "reset", "state",
		    stile_str(PAYLOAD), 60) == NULL);
		g.u.r.failure = (struct req_failure){ 0 };
	}
	stile_fail(&g.u.r, 403, "no");
	cr_expect(stile_sign_peek(&g.u.r, "AAAA").p == NULL);
}

/* A link that a change of the password makes void. */
Test(sign, peek_then_check)
{
	const char	*text = make(&kinds[0], PAYLOAD);
	size_t		 i;

	cr_expect(view_is(stile_sign_peek(&g.u.r, text), PAYLOAD));
	cr_expect(view_is(stile_unsign(&g.u.r, "reset", "state", text),
	    PAYLOAD));
	cr_expect(stile_unsign(&g.u.r, "reset", "changed", text).p == NULL);
	for (i = 0; i < 53; i++)
		cr_expect(stile_sign_peek(&g.u.r, stile_arena_dup(
		    g.u.r.arena, (struct stile_str){ text, i })).p == NULL,
		    "%zu", i);
}

static const struct kind	*tortured;

static enum stile_err
there_and_back(void)
{
	struct guard		 o;
	enum stile_err		 rc = STILE_OK;
	const char		*text;
	long			 after = stile__fail_after;

	stile__fail_after = 0;
	guard_begin(&o);
	guard_set(&o, "secrets", OLD);
	stile__fail_after = after;
	text = tortured->make(&o.u.r, "p", NULL, stile_str(PAYLOAD), 60);
	if (text == NULL || tortured->take(&o.u.r, "p", NULL, text).p == NULL)
		rc = o.u.r.failure.cause.code;
	guard_end(&o);
	return rc;
}

Test(sign, no_memory)
{
	for (tortured = kinds; tortured < kinds + NELEM(kinds); tortured++)
		cr_expect_geq(torture(there_and_back), ALLOCATIONS(3));
}
