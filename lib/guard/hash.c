/* SPDX-License-Identifier: ISC */
/*
 * Hashes of passwords: ours, Django's and Werkzeug's.  Each kind is known by
 * how it begins; the fields after that are separated by '$'.  What a hash says
 * it costs is checked before it is paid: it may have come from anywhere.
 */
#include "base/priv.h"

#include <errno.h>
#include <sodium.h>

#include "stile/num.h"
#include "stile/str.h"
#include "guard/hash.h"
#include "base/banned.h"

#define FIELD_MAX	256		/* bytes of a digest */
#define LANES_MAX	64
#define DIGEST		crypto_auth_hmacsha256_BYTES

enum stile_err
stile__hash_malformed(struct stile_error *e)
{
	return stile_error_set(e, STILE_ESYNTAX, 500,
	    "a stored hash of a password is malformed, or costs too much");
}

enum stile_err
stile__hash_answer(bool same)
{
	return same ? STILE_OK : STILE_ENOTFOUND;
}

/* ---- PBKDF2 ------------------------------------------------------------- */

/* RFC 8018, section 5.2, for as many bytes as HMAC-SHA-256 gives at once. */
static void
pbkdf2(struct stile_str password, struct stile_str salt, int64_t rounds,
    unsigned char out[DIGEST])
{
	static const unsigned char	one[4] = { 0, 0, 0, 1 };
	crypto_auth_hmacsha256_state	keyed, state;
	unsigned char			u[DIGEST];
	size_t				i;

	crypto_auth_hmacsha256_init(&keyed, (const unsigned char *)password.p,
	    password.len);
	state = keyed;
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)salt.p,
	    salt.len);
	crypto_auth_hmacsha256_update(&state, one, sizeof(one));
	crypto_auth_hmacsha256_final(&state, u);
	memcpy(out, u, DIGEST);
	while (--rounds > 0) {
		state = keyed;
		crypto_auth_hmacsha256_update(&state, u, DIGEST);
		crypto_auth_hmacsha256_final(&state, u);
		for (i = 0; i < DIGEST; i++)
			out[i] ^= u[i];
	}
	sodium_memzero(&keyed, sizeof(keyed));
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(u, sizeof(u));
}

static bool
read_hex(struct stile_str s, unsigned char *out, size_t want)
{
	size_t	n = 0;

	return sodium_hex2bin(out, FIELD_MAX, s.p, s.len, NULL, &n, NULL) ==
	    0 && n == want;
}

static bool
read_base64(struct stile_str s, unsigned char *out, size_t want)
{
	size_t	n = 0;

	return sodium_base642bin(out, FIELD_MAX, s.p, s.len, NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) == 0 && n == want;
}

/* "ROUNDS$SALT$DIGEST" */
static enum stile_err
verify_pbkdf2(struct stile_str rest, struct stile_str password,
    bool (*read)(struct stile_str, unsigned char *, size_t),
    struct stile_error *e)
{
	struct stile_str	rounds, salt;
	unsigned char		want[FIELD_MAX], got[DIGEST];
	int64_t			n;

	if (!stile_str_cut(&rest, '$', &rounds) ||
	    !stile_str_cut(&rest, '$', &salt) || rest.p == NULL ||
	    stile_num_int(rounds, 1, HASH_ROUNDS_MAX, &n) != STILE_OK ||
	    !read(rest, want, DIGEST))
		return stile__hash_malformed(e);
	pbkdf2(password, salt, n, got);
	return stile__hash_answer(sodium_memcmp(want, got, DIGEST) == 0);
}

static enum stile_err
verify_django_pbkdf2(struct stile_str rest, struct stile_str password,
    struct stile_error *e)
{
	return verify_pbkdf2(rest, password, read_base64, e);
}

static enum stile_err
verify_werkzeug_pbkdf2(struct stile_str rest, struct stile_str password,
    struct stile_error *e)
{
	return verify_pbkdf2(rest, password, read_hex, e);
}

/* ---- scrypt, RFC 7914 --------------------------------------------------- */

/* "N:R:P" within bounds: 128 * N * R bytes, P times. */
static bool
read_scrypt_cost(struct stile_str cost, int64_t n[3])
{
	static const int64_t	most[] = { 1 << 21, 64, 16 };
	struct stile_str	part;
	size_t			i;

	for (i = 0; i < NELEM(most); i++)
		if (!stile_str_cut(&cost, ':', &part) ||
		    stile_num_int(part, 1, most[i], &n[i]) != STILE_OK)
			return false;
	return cost.p == NULL && 128 * n[0] * n[1] <= HASH_MEMORY_MAX;
}

/* "N:R:P$SALT$DIGEST" */
static enum stile_err
verify_werkzeug_scrypt(struct stile_str rest, struct stile_str password,
    struct stile_error *e)
{
	struct stile_str	cost, salt;
	unsigned char		want[FIELD_MAX], got[64];
	int64_t			n[3];

	if (!stile_str_cut(&rest, '$', &cost) ||
	    !stile_str_cut(&rest, '$', &salt) || rest.p == NULL ||
	    !read_scrypt_cost(cost, n) || !read_hex(rest, want, sizeof(got)))
		return stile__hash_malformed(e);
	errno = 0;
	if (crypto_pwhash_scryptsalsa208sha256_ll(
	    (const uint8_t *)password.p, password.len,
	    (const uint8_t *)salt.p, salt.len, (uint64_t)n[0], (uint32_t)n[1],
	    (uint32_t)n[2], got, sizeof(got)) != 0)
		return errno == ENOMEM ? stile__error_nomem(e) :
		    stile__hash_malformed(e);
	return stile__hash_answer(sodium_memcmp(want, got, sizeof(got)) == 0);
}

/* ---- argon2, RFC 9106 --------------------------------------------------- */

/* "m=19456,t=2,p=1" within bounds. */
static bool
is_argon2_cost(struct stile_str cost)
{
	static const struct {
		const char	*name;
		int64_t		 most;
	} parts[] = {
		{ "m", HASH_MEMORY_MAX / 1024 }, { "t", HASH_PASSES_MAX },
		{ "p", LANES_MAX },
	};
	struct stile_str	part, name;
	int64_t			n;
	size_t			i;

	for (i = 0; i < NELEM(parts); i++)
		if (!stile_str_cut(&cost, ',', &part) ||
		    !stile_str_cut(&part, '=', &name) ||
		    !stile_str_eq(name, stile_str(parts[i].name)) ||
		    part.p == NULL ||
		    stile_num_int(part, 1, parts[i].most, &n) != STILE_OK)
			return false;
	return cost.p == NULL;
}

/* "$argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST" */
static enum stile_err
verify_argon2(struct stile_str hash, struct stile_str password,
    struct stile_error *e)
{
	struct stile_str	rest = hash, field;
	size_t			i;

	for (i = 0; i < 4; i++)
		if (!stile_str_cut(&rest, '$', &field))
			return stile__hash_malformed(e);
	if (hash.len >= crypto_pwhash_STRBYTES || !is_argon2_cost(field))
		return stile__hash_malformed(e);
	errno = 0;
	if (crypto_pwhash_str_verify(hash.p, password.p, password.len) == 0)
		return STILE_OK;
	/* This is how libsodium tells another password from what it cannot. */
	if (errno == EINVAL)
		return STILE_ENOTFOUND;
	return errno == ENOMEM ? stile__error_nomem(e) :
	    stile__hash_malformed(e);
}

/* ---- all kinds ---------------------------------------------------------- */

/* Django's bcrypt_sha256: the digest in hex is the password. */
static enum stile_err
verify_bcrypt_sha256(struct stile_str rest, struct stile_str password,
    struct stile_error *e)
{
	unsigned char	sum[crypto_hash_sha256_BYTES];
	char		hex[2 * sizeof(sum) + 1];

	crypto_hash_sha256(sum, (const unsigned char *)password.p,
	    password.len);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	return stile__crypt_verify(rest, stile_str(hex), e);
}

static const struct {
	struct stile_str	start;
	size_t			skip;	/* bytes in front of the hash itself */
	enum stile_err		(*verify)(struct stile_str rest,
				    struct stile_str password,
				    struct stile_error *);
} kinds[] = {
	{ STILE_STR_INIT("$argon2id$"), 0, verify_argon2 },
	{ STILE_STR_INIT("$argon2i$"), 0, verify_argon2 },
	{ STILE_STR_INIT("argon2$argon2id$"), 6, verify_argon2 },
	{ STILE_STR_INIT("argon2$argon2i$"), 6, verify_argon2 },
	{ STILE_STR_INIT("pbkdf2_sha256$"), 14, verify_django_pbkdf2 },
	{ STILE_STR_INIT("bcrypt_sha256$"), 14, verify_bcrypt_sha256 },
	{ STILE_STR_INIT("bcrypt$"), 7, stile__crypt_verify },
	{ STILE_STR_INIT("pbkdf2:sha256:"), 14, verify_werkzeug_pbkdf2 },
	{ STILE_STR_INIT("scrypt:"), 7, verify_werkzeug_scrypt },
	{ STILE_STR_INIT("$"), 0, stile__crypt_verify },
};

enum stile_err
stile__hash_verify(const char *hash, struct stile_str password,
    struct stile_error *e)
{
	size_t	i;

	for (i = 0; i < NELEM(kinds); i++)
		if (strncmp(hash, kinds[i].start.p, kinds[i].start.len) == 0)
			return kinds[i].verify(stile_str(hash + kinds[i].skip),
			    password, e);
	return stile_error_set(e, STILE_ENOSYS, 500,
	    "a stored hash of a password is of an unknown kind");
}
