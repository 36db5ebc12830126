/* SPDX-License-Identifier: ISC */
/* lib/guard/password.c, password_req.c, nfc.c: passwords made and tried. */
#include "guard.h"

#include <pthread.h>
#include <semaphore.h>

#include "guard/password.h"
#include "base/clock.h"

#define GOOD	"correct horse"

static const struct stile_pwhash_cost	cheap = { 1, 8192 };
static struct guard			g;

static void
setup(void)
{
	guard_begin(&g);
}

static void
teardown(void)
{
	guard_end(&g);
}

TestSuite(password, .init = setup, .fini = teardown);

static const char *
make(const char *password)
{
	static char		hash[8][STILE_PWHASH_SIZE];
	static size_t		n;
	char			*out = hash[n++ % NELEM(hash)];
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_pwhash_make(stile_str(password), &cheap, out, &e),
	    STILE_OK, "%s: %s", password, e.detail);
	return out;
}

static bool
verify(const char *hash, const char *password)
{
	return stile_pwhash_verify(hash, stile_str(password), &cheap, NULL);
}

Test(password, round_trip)
{
	const char	*a = make(GOOD), *b = make(GOOD);

	cr_expect(strncmp(a, "$argon2id$v=19$m=8,t=1,p=1$", 27) == 0, "%s", a);
	cr_expect(strcmp(a, b) != 0, "each has a salt of its own");
	cr_expect(verify(a, GOOD) && verify(b, GOOD));
	cr_expect(!verify(a, "Correct horse"));
	cr_expect(!verify(a, GOOD " "));
	cr_expect(!verify(a, "correct hors"));
	cr_expect(!verify(a, ""));
}

/* The same word from two keyboards, and a ligature that is another word. */
Test(password, normal_form)
{
	static const char	composed[] = "p\303\244ssw\303\266rter",
	    decomposed[] = "pa\314\210sswo\314\210rter";

	cr_expect(verify(make(composed), decomposed));
	cr_expect(verify(make(decomposed), composed));
	cr_expect(!verify(make(composed), "passworter"));
	cr_expect(!verify(make("\357\254\201ligree1"), "filigree1"),
	    "NFC, not NFKC");
}

/* Django took what was typed: the other form, there. */
Test(password, normal_form_of_others)
{
	static const char	composed[] = "correct horse b\303\244ttery",
	    decomposed[] = "correct horse ba\314\210ttery",
	    of_composed[] = "pbkdf2_sha256$1000$somesalt$"
	    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=",
	    of_decomposed[] = "pbkdf2_sha256$1000$somesalt$"
	    "URHaGtxBLDO5Hbep8zHXUKHfY7eWqXIzPcQvtHB550w=";

	cr_expect(verify(of_composed, composed));
	cr_expect(verify(of_composed, decomposed));
	cr_expect(verify(of_decomposed, decomposed));
	cr_expect(!verify(of_decomposed, composed), "nobody can know");
}

static void
expect_refused(struct stile_str password, enum stile_err code, const char *name)
{
	char			out[STILE_PWHASH_SIZE];
	const char		*hash = make(GOOD);
	struct stile_error	e = { 0 };

	cr_expect_eq(stile_pwhash_make(password, &cheap, out, &e), code,
	    "%s: %s", name, stile_err_name(e.code));
	cr_expect_eq(e.status, 422, "%s: %d", name, e.status);
	EXPECT_STR(out, "", "%s", name);
	cr_expect(!stile_pwhash_verify(hash, password, &cheap, NULL), "%s",
	    name);
	cr_expect(!stile_pwhash_verify(NULL, password, &cheap, NULL), "%s",
	    name);
}

Test(password, refused)
{
	static char	large[1024 * 1024], long_one[STILE_PASSWORD_MAX + 1];

	memset(large, 'x', sizeof(large));
	memset(long_one, 'x', sizeof(long_one));
	expect_refused((struct stile_str){ large, sizeof(large) },
	    STILE_ETOOBIG, "1 MiB");
	expect_refused((struct stile_str){ long_one, sizeof(long_one) },
	    STILE_ETOOBIG, "a byte too long");
	expect_refused((struct stile_str){ GOOD "\0more", 18 }, STILE_ESYNTAX,
	    "a NUL");
	expect_refused(stile_str("latin \344 one"), STILE_ESYNTAX,
	    "not UTF-8");
	expect_refused(stile_str("surrogate \355\240\200"), STILE_ESYNTAX,
	    "a surrogate");
	expect_refused(stile_str("seven 7"), STILE_EINVAL, "too short");
	expect_refused(stile_str("\303\244\303\244\303\244\303\244\303\244"),
	    STILE_EINVAL, "10 bytes, 5 characters");
	expect_refused(stile_str(""), STILE_EINVAL, "empty");
	expect_refused((struct stile_str){ NULL, 0 }, STILE_ESYNTAX, "none");
}

Test(password, longest)
{
	static char	text[STILE_PASSWORD_MAX + 1];
	const char	*hash;

	memset(text, 'x', STILE_PASSWORD_MAX);
	hash = make(text);
	cr_expect(verify(hash, text));
	text[STILE_PASSWORD_MAX - 1] = 'y';
	cr_expect(!verify(hash, text), "its last byte counts");
	make("12345678");
}

/* crypt(3) ends at a NUL: what is before it is the password of this hash. */
Test(password, nul_and_crypt)
{
	static const char	hash[] = "$1$salt$IH6I25tTaVDf6TlEVAZ/L1";
	static const char	text[] = "correct horse b\303\244ttery\0more";
	struct stile_error	e = { 0 };

	cr_expect(verify(hash, text));
	cr_expect(!stile_pwhash_verify(hash, (struct stile_str){ text,
	    sizeof(text) - 1 }, &cheap, &e));
	cr_expect_eq(e.code, STILE_ESYNTAX);
}

Test(password, outdated)
{
	const struct stile_pwhash_cost	more = { 2, 8192 }, wide = { 1, 16384 };
	const char			*hash = make(GOOD);
	static const char *const	others[] = {
		"", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1",
		"pbkdf2_sha256$1000$somesalt$"
		    "dvBX/Vx/7OSTXkUaebBue9XayLnr0u5cAQ9QIqkgIMs=",
		"argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$"
		    "95tF+uRWm4mq6cHqDUh2Ag",
		"bcrypt$$2b$04$AqzLBQCJeclJv0.WDRpiTOEB0Xzc.8sfv7ppJrGcgdLseDB"
		    "Kq3G32", "scrypt:4096:8:1$Zk2Lr0vQpX7sT9aB$b7",
		"$y$j75$salt1234$zWL32jc3dR2NtOes3rLrgWoeA4nMKEbiOBFZrxPlxxA",
		"$1$salt$IH6I25tTaVDf6TlEVAZ/L1",
	};
	static char			text[1000];
	size_t				i;

	cr_expect(!stile_pwhash_outdated(hash, &cheap));
	cr_expect(stile_pwhash_outdated(hash, &more));
	cr_expect(stile_pwhash_outdated(hash, &wide));
	for (i = 0; i < NELEM(others); i++)
		cr_expect(stile_pwhash_outdated(others[i], &cheap), "%s",
		    others[i]);
	memset(text, 'A', sizeof(text) - 1);
	memcpy(text, "$argon2id$", 10);
	cr_expect(stile_pwhash_outdated(text, &cheap));
	cr_expect(stile_pwhash_outdated(NULL, &cheap));
}

/*
 * For a user who is not there a hash of the same cost is tried: what is wrong
 * with the cost is found on both ways.
 */
Test(password, nobody)
{
	const struct stile_pwhash_cost	dear = { 1, 1LL << 40 };
	struct stile_error		e = { 0 };

	cr_expect(!stile_pwhash_verify(NULL, stile_str(GOOD), &cheap, &e));
	cr_expect_eq(e.code, STILE_OK, "%s", e.detail);
	cr_expect(!stile_pwhash_verify("", stile_str(GOOD), &cheap, &e));
	cr_expect_eq(e.code, STILE_OK, "%s", e.detail);
	cr_expect(!stile_pwhash_verify(NULL, stile_str(GOOD), &dear, &e));
	cr_expect_eq(e.code, STILE_ESYNTAX, "%s", e.detail);
}

Test(password, cost_out_of_bounds)
{
	static const struct stile_pwhash_cost	wrong[] = {
		{ 0, 8192 }, { 33, 8192 }, { -1, 8192 }, { 1, 8191 },
		{ 1, 0 }, { 1, -8192 }, { 1, 256 * 1024 * 1024 + 1 },
	};
	char					out[STILE_PWHASH_SIZE];
	struct stile_error			e;
	size_t					i;

	for (i = 0; i < NELEM(wrong); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_pwhash_make(stile_str(GOOD), &wrong[i], out,
		    &e), STILE_EINVAL, "%zu", i);
		cr_expect_eq(e.status, 500);
		EXPECT_STR(out, "", "%zu", i);
	}
}

/* ---- of requests --------------------------------------------------------- */

Test(password, of_a_request)
{
	const char	*hash = stile_password_hash(&g.u.r, GOOD);

	cr_expect(strncmp(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27) == 0, "%s",
	    hash);
	cr_expect(stile_password_verify(&g.u.r, hash, GOOD));
	cr_expect(!stile_password_verify(&g.u.r, hash, "Correct horse"));
	cr_expect(!stile_password_verify(&g.u.r, NULL, GOOD));
	cr_expect(!stile_password_outdated(&g.u.r, hash));
	guard_set(&g, "password_passes", "3");
	cr_expect(stile_password_outdated(&g.u.r, hash));
	cr_expect(stile_password_verify(&g.u.r, hash, GOOD));
	cr_expect_eq(stile_failed(&g.u.r), STILE_OK);
}

Test(password, default_cost)
{
	struct guard	usual;

	guard_begin(&usual);
	guard_set(&usual, "password_passes", "2");
	guard_set(&usual, "password_memory", "19922944");
	cr_expect(strncmp(stile_password_hash(&usual.u.r, GOOD),
	    "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
	guard_end(&usual);
	guard_begin(&usual);
	cr_expect_eq(conf_new(usual.arena, &(const struct stile_app){
	    .name = "demo" }, &usual.conf, NULL), STILE_OK);
	cr_expect_eq(conf_int(usual.conf, "password_passes"), 2);
	cr_expect_eq(conf_int(usual.conf, "password_memory"), 19456 * 1024);
	cr_expect_eq(conf_int(usual.conf, "password_parallel"), 2);
	guard_end(&usual);
}

Test(password, request_fails)
{
	int	status;

	EXPECT_STR(stile_password_hash(&g.u.r, "short"), "", "hash");
	EXPECT_STR(guard_failure(&g, &status),
	    "a password has 8 characters at least", "detail");
	cr_expect_eq(status, 422);

	EXPECT_STR(stile_password_hash(&g.u.r, NULL), "", "none was typed");
	guard_failure(&g, &status);
	cr_expect_eq(status, 422);

	/* Whoever tries to log in learns nothing of what he typed. */
	cr_expect(!stile_password_verify(&g.u.r, make(GOOD), NULL));
	cr_expect(!stile_password_verify(&g.u.r, make(GOOD), "\377"));
	cr_expect_eq(stile_failed(&g.u.r), STILE_OK);

	cr_expect(!stile_password_verify(&g.u.r, "md5$broken", GOOD));
	EXPECT_STR(guard_failure(&g, &status),
	    "a stored hash of a password is of an unknown kind", "detail");
	cr_expect_eq(status, 500);
}

Test(password, failed_before)
{
	const char	*hash = stile_password_hash(&g.u.r, GOOD);

	stile_fail(&g.u.r, 403, "no");
	EXPECT_STR(stile_password_hash(&g.u.r, GOOD), "", "hash");
	cr_expect(!stile_password_verify(&g.u.r, hash, GOOD));
	cr_expect(!stile_password_outdated(&g.u.r, "x"));
	cr_expect_eq(stile_failed_status(&g.u.r), 403);
}

/* Who has no time to wait is told to come back. */
Test(password, too_many_at_a_time)
{
	struct guard	 other;
	const char	*hash = make(GOOD), *answer;

	guard_set(&g, "password_parallel", "1");
	cr_assert(stile__password_enter(&g.u.r));
	guard_begin(&other);
	guard_set(&other, "password_parallel", "1");
	other.u.r.clock = &other.clock;
	cr_expect(!stile_password_verify(&other.u.r, hash, GOOD));
	cr_expect_eq(stile_failed_status(&other.u.r), 429);
	answer = unit_answer(&other.u);
	cr_expect(strstr(answer, "Retry-After: 2\r\n") != NULL, "%s", answer);
	cr_expect(strstr(answer, "RateLimit-Policy: \"passwords\";q=3;"
	    "qu=\"concurrent-requests\"\r\n") != NULL, "%s", answer);
	cr_expect(strstr(answer, "RateLimit: \"passwords\";r=0\r\n") != NULL,
	    "%s", answer);
	guard_end(&other);
	stile__password_leave();

	cr_expect(stile_password_verify(&g.u.r, hash, GOOD));
}

static sem_t	refused;

static void *
try_it(void *arg)
{
	struct guard	*o = arg;

	if (stile_password_verify(&o->u.r, o->u.r.id, GOOD))
		return arg;
	sem_post(&refused);
	return NULL;
}

/* So many at a time, of which only so many come in while one is inside. */
static void
all_at_a_time(const char *threads, size_t all, size_t in)
{
	struct guard	 others[8];
	pthread_t	 t[NELEM(others)];
	const char	*hash = make(GOOD);
	void		*ok;
	size_t		 i, n = 0;

	guard_set(&g, "password_parallel", "1");
	cr_assert_eq(sem_init(&refused, 0, 0), 0);
	cr_assert(stile__password_enter(&g.u.r));
	for (i = 0; i < all; i++) {
		guard_begin(&others[i]);
		guard_set(&others[i], "password_parallel", "1");
		guard_set(&others[i], "threads", threads);
		others[i].u.r.id = hash;
		cr_assert_eq(pthread_create(&t[i], NULL, try_it, &others[i]),
		    0);
	}
	/* They are told while that one is inside, or this waits for ever. */
	for (i = 0; i < all - in; i++)
		cr_assert_eq(sem_wait(&refused), 0);
	stile__password_leave();
	for (i = 0; i < all; i++) {
		cr_assert_eq(pthread_join(t[i], &ok), 0);
		n += ok != NULL;
		if (ok == NULL)
			cr_expect_eq(stile_failed_status(&others[i].u.r), 429);
		guard_end(&others[i]);
	}
	cr_expect_eq(n, in, "%zu", n);
	sem_destroy(&refused);
}

Test(password, one_after_the_other)
{
	all_at_a_time("8", 4, 4);
}

/* One thread of the worker is left for what is no password. */
Test(password, one_thread_is_left)
{
	all_at_a_time("3", 6, 1);
	all_at_a_time("2", 2, 0);
	all_at_a_time("1", 2, 0);
}

/* It is asked before anything is looked up, and takes no place. */
Test(password, room)
{
	int	status, i;

	guard_set(&g, "threads", "2");
	for (i = 0; i < 3; i++)
		cr_expect(stile__password_room(&g.u.r));
	cr_assert(stile__password_enter(&g.u.r));
	cr_expect(!stile__password_room(&g.u.r));
	EXPECT_STR(guard_failure(&g, &status),
	    "too many passwords are being looked at", "detail");
	cr_expect_eq(status, 429);
	stile__password_leave();
	cr_expect(stile__password_room(&g.u.r));
	stile_fail(&g.u.r, 403, "no");
	cr_expect(!stile__password_room(&g.u.r));
	cr_expect_eq(stile_failed_status(&g.u.r), 403);
}

/* As many may hash as settings say; a thread is left before that. */
Test(password, more_places_than_threads)
{
	struct guard	other;

	guard_set(&g, "password_parallel", "2");
	guard_set(&g, "threads", "2");
	cr_assert(stile__password_enter(&g.u.r));
	guard_begin(&other);
	guard_set(&other, "password_parallel", "2");
	guard_set(&other, "threads", "2");
	cr_expect(!stile__password_enter(&other.u.r));
	cr_expect_eq(stile_failed_status(&other.u.r), 429);
	guard_end(&other);
	stile__password_leave();
}

static enum stile_err
hash_once(void)
{
	struct guard	 o;
	enum stile_err	 rc;
	long		 after = stile__fail_after;

	stile__fail_after = 0;
	guard_begin(&o);
	stile__fail_after = after;
	rc = *stile_password_hash(&o.u.r, GOOD) != '\0' ? STILE_OK :
	    o.u.r.failure.cause.code;
	guard_end(&o);
	return rc;
}

Test(password, no_memory)
{
	cr_expect_geq(torture(hash_once), ALLOCATIONS(1));
}
