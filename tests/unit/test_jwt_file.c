/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/jwt_file.c, jwt.c: the file of the keys, by a given clock, while it
 * is changed, damaged and used by several threads.
 */
#include "jwt.h"

#include <pthread.h>
#include <sys/stat.h>

#define CLAIMS	"{\"iss\":\"us\",\"aud\":\"notes\",\"exp\":2000000000}"
#define HEADER	"{\"alg\":\"EdDSA\",\"kid\":\"%s\"}"

static struct tmp		t;
static struct stile_arena	*arena;
static struct stile_log		*log_;
static FILE			*log_file;
static struct jwt		*jwt;
static struct signer		 a, b;

static struct jwt_how
how(void)
{
	static char	path[128];

	snprintf(path, sizeof(path), "%s", tmp_path(&t, "", "keys"));
	return (struct jwt_how){
		.keys = path,
		.algorithms = "RS256 ES256 EdDSA", .user = "sub",
		.scope = "scope",
		.rules = { .issuer = "us", .audience = "notes", .skew = 60 },
	};
}

static void
put_keys(const char *json)
{
	write_file(tmp_path(&t, "", "keys"), json, strlen(json));
}

/* As a careful administrator does it. */
static void
replace_keys(const char *json)
{
	write_file(tmp_path(&t, "", "new"), json, strlen(json));
	cr_assert_eq(rename(tmp_path(&t, "", "new"), tmp_path(&t, "", "keys")),
	    0);
}

static const char *
one(const struct signer *s)
{
	static char	json[400];

	snprintf(json, sizeof(json), KEYS("%s"), s->jwk);
	return json;
}

static void
begin(void)
{
	struct jwt_how	h;

	tmp_make(&t);
	signer_make(&a, 1, "a");
	signer_make(&b, 2, "b");
	arena = stile_arena_new(0);
	log_file = tmpfile();
	log_ = stile_log_new(fileno(log_file), STILE_DEBUG, STILE_LOG_TEXT);
	h = how();
	cr_assert_eq(stile__jwt_new(arena, &h, &jwt, NULL), STILE_OK);
}

static void
end(void)
{
	stile_arena_free(arena);
	stile_log_free(log_);
	fclose(log_file);
	tmp_remove(&t);
}

TestSuite(jwt_file, .init = begin, .fini = end, .timeout = 300);

/* How often the log says something. */
static size_t
logged(const char *text)
{
	static char	all[65536];
	const char	*p = all;
	size_t		 n = 0;
	ssize_t		 k;

	k = pread(fileno(log_file), all, sizeof(all) - 1, 0);
	all[k > 0 ? k : 0] = '\0';
	for (; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* Whether this one's token is valid then, at so many ms. */
static enum stile_err
ask(const struct signer *s, const char *kid, int64_t now, struct stile_error *e)
{
	struct stile_arena	*mine = stile_arena_new(0);
	struct json_object	*claims;
	enum stile_err		 rc;
	char			 header[100];

	snprintf(header, sizeof(header), HEADER, kid);
	rc = stile__jwt_check(jwt, log_, mine, stile_str(signer_token(s,
	    header, CLAIMS)), now, &claims, e);
	stile_arena_free(mine);
	return rc;
}

#define EXPECT_ASK(s, kid, now, why)	do {				\
	struct stile_error	e_ = { 0 };				\
									\
	ask((s), (kid), (now), &e_);					\
	EXPECT_STR(e_.detail, (why), "line %d", __LINE__);		\
} while (0)

static void
need_module(void)
{
	the_module();
}

/* ---- the settings -------------------------------------------------------------------------- */

Test(jwt_file, settings)
{
	struct stile_error	 e = { 0 };
	struct jwt_how		 h = how();
	struct jwt		*j = jwt;

	h.keys = "";
	h.rules.issuer = "";
	cr_expect_eq(stile__jwt_new(arena, &h, &j, &e), STILE_OK);
	cr_expect_eq(j, NULL);
	h = how();
	h.rules.issuer = "";
	cr_expect_eq(stile__jwt_new(arena, &h, &j, &e), STILE_EINVAL);
	EXPECT_STR(e.detail, "jwt_issuer is needed where jwt_keys is set: the "
	    "address of the provider, as its tokens have it in iss", "issuer");
	h = how();
	h.rules.audience = "";
	e = (struct stile_error){ 0 };
	cr_expect_eq(stile__jwt_new(arena, &h, &j, &e), STILE_EINVAL);
	EXPECT_STR(e.detail, "jwt_audience is needed where jwt_keys is set: "
	    "the name of this service, as tokens for it have it in aud",
	    "audience");
	h = how();
	h.algorithms = "";
	cr_expect_eq(stile__jwt_new(arena, &h, &j, NULL), STILE_EINVAL);
	h = how();
	h.user = "";
	cr_expect_eq(stile__jwt_new(arena, &h, &j, NULL), STILE_EINVAL);
	cr_expect_eq(stile__jwt_ready(NULL, NULL, NULL), STILE_OK);
}

/* ---- at the start --------------------------------------------------------------------------- */

static void
expect_start(const char *why, const char *name)
{
	struct stile_error	e = { 0 };
	char			want[300];

	cr_expect_lt(stile__jwt_ready(jwt, log_, &e), 0, "%s", name);
	snprintf(want, sizeof(want), "jwt_keys: %s: %s",
	    tmp_path(&t, "", "keys"), why);
	EXPECT_STR(e.detail, want, "%s", name);
	cr_expect_eq(e.status, 500, "%s", name);
}

Test(jwt_file, start)
{
	const char		*path = how().keys;
	struct stile_error	 e = { 0 };
	static char		 large[JWT_FILE_MAX + 2];

	need_module();
	expect_start("No such file or directory", "none");
	cr_assert_eq(mkdir(path, 0700), 0);
	expect_start("not a file", "a folder");
	cr_assert_eq(rmdir(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	expect_start("not a file", "a FIFO");
	cr_assert_eq(unlink(path), 0);
	put_keys("");
	expect_start("json: byte 1: a value is expected", "empty");
	put_keys(KEYS());
	expect_start("no key can be used", "no keys");
	memset(large, ' ', sizeof(large) - 1);
	put_keys(large);
	expect_start("more than 262144 bytes", "large");
	put_keys(one(&a));
	cr_expect_eq(stile__jwt_ready(jwt, log_, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(logged("\n"), 0, "nothing is said");
	EXPECT_ASK(&a, "a", 1000, "");
}

Test(jwt_file, left_out_is_said)
{
	char	json[600];

	need_module();
	snprintf(json, sizeof(json), KEYS("%s,{\"kty\":\"RSA\",\"kid\":\"w\","
	    "\"n\":\"_w\",\"e\":\"AQAB\"}"), a.jwk);
	put_keys(json);
	cr_expect_eq(stile__jwt_ready(jwt, log_, NULL), STILE_OK);
	cr_expect_eq(logged("keys for tokens are left out"), 1);
	cr_expect_eq(logged("key 2 (kid 'w'): n has 8 bits"), 1);
}

/* ---- while it is used ------------------------------------------------------------------------ */

#define UNKNOWN	"no key for its alg has its kid 'b'"

/* Every five seconds, whatever comes. */
Test(jwt_file, a_key_is_taken_away)
{
	need_module();
	put_keys(one(&a));
	EXPECT_ASK(&a, "a", 10000, "");
	replace_keys(one(&b));
	EXPECT_ASK(&a, "a", 14999, "");
	EXPECT_ASK(&a, "a", 15000, "no key for its alg has its kid 'a'");
	EXPECT_ASK(&b, "b", 15000, "");
	cr_expect_eq(logged("there are new keys for tokens"), 1);
	cr_expect_eq(logged("keys=1"), 1);
}

/* One that none of the keys has signed makes it look, once in a second. */
Test(jwt_file, a_key_is_new)
{
	need_module();
	put_keys(one(&a));
	EXPECT_ASK(&a, "a", 10000, "");
	EXPECT_ASK(&b, "b", 11000, UNKNOWN);
	replace_keys(one(&b));
	EXPECT_ASK(&b, "b", 11999, UNKNOWN);
	EXPECT_ASK(&b, "b", 12000, "");
	EXPECT_ASK(&a, "a", 12000, "no key for its alg has its kid 'a'");
	/* Under an id that there is already. */
	signer_make(&a, 3, "b");
	replace_keys(one(&a));
	EXPECT_ASK(&a, "b", 12999, "its signature is wrong");
	EXPECT_ASK(&a, "b", 13000, "");
}

/* In place and with the same size: its time says that it is another one. */
Test(jwt_file, written_in_place)
{
	struct timespec	times[2] = { { 0, UTIME_OMIT }, { 1000, 0 } };

	need_module();
	put_keys(one(&a));
	cr_assert_eq(utimensat(AT_FDCWD, tmp_path(&t, "", "keys"), times, 0),
	    0);
	EXPECT_ASK(&a, "a", 10000, "");
	put_keys(one(&b));
	times[1].tv_nsec = 1;
	cr_assert_eq(utimensat(AT_FDCWD, tmp_path(&t, "", "keys"), times, 0),
	    0);
	EXPECT_ASK(&b, "b", 20000, "");
}

Test(jwt_file, damaged_later)
{
	need_module();
	put_keys(one(&a));
	EXPECT_ASK(&a, "a", 10000, "");
	replace_keys("{\"keys\":[");
	EXPECT_ASK(&a, "a", 20000, "");
	EXPECT_ASK(&b, "b", 20000, UNKNOWN);
	EXPECT_ASK(&a, "a", 30000, "");
	cr_expect_eq(logged("of before stay in use"), 1, "once");
	cr_assert_eq(unlink(tmp_path(&t, "", "keys")), 0);
	EXPECT_ASK(&a, "a", 40000, "");
	EXPECT_ASK(&a, "a", 50000, "");
	cr_expect_eq(logged("of before stay in use"), 2, "another cause");
	cr_expect_eq(logged("No such file"), 1);
	replace_keys(one(&b));
	EXPECT_ASK(&b, "b", 60000, "");
	EXPECT_ASK(&a, "a", 60000, "no key for its alg has its kid 'a'");
	cr_expect_eq(logged("there are new keys for tokens"), 1);
}

/* It is written while it is read: whoever comes next reads it again. */
Test(jwt_file, half_written)
{
	char	why[300];

	need_module();
	put_keys("{\"keys\":[");
	snprintf(why, sizeof(why), "jwt_keys: %s: json: byte 10: a value is "
	    "expected", how().keys);
	EXPECT_ASK(&a, "a", 10000, why);
	put_keys(one(&a));
	EXPECT_ASK(&a, "a", 14999, why);
	EXPECT_ASK(&a, "a", 15000, "");
}

/* It goes on where the clock was put back. */
Test(jwt_file, clock_goes_back)
{
	need_module();
	put_keys(one(&a));
	EXPECT_ASK(&a, "a", 1000000, "");
	replace_keys(one(&b));
	EXPECT_ASK(&b, "b", 500000, "");
}

Test(jwt_file, no_module)
{
	struct stile_error	e = { 0 };

	put_keys(one(&a));
	setenv("STILE_MODULES", t.dir, 1);
	cr_expect_eq(stile__jwt_ready(jwt, log_, &e), STILE_EINVAL);
	cr_expect(strstr(e.detail, "the module for jwt: ") != NULL, "%s",
	    e.detail);
}

/* ---- threads ------------------------------------------------------------------------------------- */

#define THREADS	4
#define ROUNDS	100

static atomic_int	wrong;
static atomic_int	rounds_left;

/* The clock of all is the same, and goes on with each token. */
static atomic_int	clock_s = 100;

static void *
ask_always(void *arg)
{
	struct stile_error	 e;
	struct stile_arena	*mine = stile_arena_new(0);
	struct json_object	*claims;
	const char		*text = arg;

	while (atomic_load(&rounds_left) > 0) {
		e = (struct stile_error){ 0 };
		if (stile__jwt_check(jwt, log_, mine, stile_str(text),
		    atomic_fetch_add(&clock_s, 1) * 1000, &claims, &e) !=
		    STILE_OK)
			atomic_fetch_add(&wrong, 1);
		stile_arena_reset(mine);
	}
	stile_arena_free(mine);
	return NULL;
}

/* The key of theirs is in each of the files that come and go. */
Test(jwt_file, threads)
{
	static char	with_b[700], token[1000];
	pthread_t	ids[THREADS];
	size_t		i;

	need_module();
	snprintf(with_b, sizeof(with_b), KEYS("%s,%s"), b.jwk, a.jwk);
	snprintf(token, sizeof(token), "%s", signer_token(&a,
	    "{\"alg\":\"EdDSA\",\"kid\":\"a\"}", CLAIMS));
	put_keys(one(&a));
	atomic_store(&rounds_left, ROUNDS);
	for (i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&ids[i], NULL, ask_always, token),
		    0);
	for (i = 0; i < ROUNDS; i++) {
		replace_keys(i % 2 == 0 ? with_b : i % 4 == 1 ? "{" : one(&a));
		atomic_fetch_sub(&rounds_left, 1);
	}
	for (i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(ids[i], NULL), 0);
	cr_expect_eq(atomic_load(&wrong), 0, "%d", atomic_load(&wrong));
}

/* ---- no memory ------------------------------------------------------------------------------------ */

static enum stile_err
make_and_ask(void)
{
	struct stile_arena	*mine = stile_arena_new(0);
	struct json_object	*claims;
	struct jwt_how		 h = how();
	struct jwt		*j;
	enum stile_err		 rc;

	if (mine == NULL)
		return STILE_ENOMEM;
	if ((rc = stile__jwt_new(mine, &h, &j, NULL)) == STILE_OK)
		rc = stile__jwt_check(j, NULL, mine, stile_str(signer_token(&a,
		    "{\"alg\":\"EdDSA\"}", CLAIMS)), 1000, &claims, NULL);
	stile_arena_free(mine);
	return rc;
}

Test(jwt_file, no_memory)
{
	need_module();
	put_keys(one(&a));
	cr_expect_gt(torture(make_and_ask), ALLOCATIONS(10));
}
