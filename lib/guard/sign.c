/* SPDX-License-Identifier: ISC */
/*
 * Signed and sealed texts.  The first key of the setting makes them, all keys
 * are tried on what comes back, so that a key can be replaced while what the
 * old one made still holds.
 *
 * A text is base64url of: 8 bytes of the time it ends, then the payload, then
 * an HMAC; or 24 bytes of a nonce, then both of these encrypted.  Purpose and
 * state are in the key, and never in the text.
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/conf.h"
#include "stile/str.h"
#include "base/base64.h"
#include "base/clock.h"
#include "guard/sign.h"
#include "http/req.h"
#include "base/banned.h"

#define TIME_SIZE	8
#define MAC		crypto_auth_hmacsha256_BYTES
#define NONCE		crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG		crypto_aead_xchacha20poly1305_ietf_ABYTES
#define TEXT_MAX	(64 * 1024)

_Static_assert(crypto_auth_hmacsha256_KEYBYTES ==
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key for both");

struct key {
	unsigned char	v[crypto_auth_hmacsha256_KEYBYTES];
};

/*
 * A key of its own for each purpose and state: one cannot pass for another.
 * All of a long secret counts, where the hash's own key has 64 bytes at most.
 */
static void
derive(struct stile_str secret, const char *kind, const char *purpose,
    const char *state, struct key *ret)
{
	crypto_generichash_state	h;
	unsigned char			whole[crypto_generichash_KEYBYTES_MAX];
	size_t				i;
	const char *const		parts[] = {
		kind, purpose, state != NULL ? state : ""
	};

	crypto_generichash(whole, sizeof(whole),
	    (const unsigned char *)secret.p, secret.len, NULL, 0);
	crypto_generichash_init(&h, whole, sizeof(whole), sizeof(ret->v));
	/* With their NUL: "ab" and "c" are not "a" and "bc". */
	for (i = 0; i < NELEM(parts); i++)
		crypto_generichash_update(&h, (const unsigned char *)parts[i],
		    strlen(parts[i]) + 1);
	crypto_generichash_final(&h, ret->v, sizeof(ret->v));
	sodium_memzero(whole, sizeof(whole));
	sodium_memzero(&h, sizeof(h));
}

bool
stile__secret_next(struct stile_str *rest, struct stile_str *key)
{
	while (stile_str_cut(rest, ' ', key))
		if (key->len > 0)
			return true;
	return false;
}

struct stile_str
stile__secrets_wrong(const char *secrets)
{
	struct stile_str	rest = stile_str(secrets), key;

	while (stile__secret_next(&rest, &key))
		if (key.len < SECRET_MIN)
			return key;
	return (struct stile_str){ NULL, 0 };
}

static bool
first_secret(struct stile_req *r, struct stile_str *ret)
{
	struct stile_str	rest = stile_str(stile_conf(r, "secrets"));

	if (stile_failed(r) != STILE_OK)
		return false;
	if (sodium_init() < 0) {
		stile_fail(r, 500, "libsodium cannot be used here");
		return false;
	}
	if (stile__secret_next(&rest, ret))
		return true;
	stile_fail(r, 500, "the setting secrets is empty: it needs a key, such "
	    "as the command secret prints");
	return false;
}

static void
put_time(unsigned char *p, int64_t sec)
{
	int	i;

	for (i = TIME_SIZE; i-- > 0; sec >>= 8)
		p[i] = (unsigned char)sec;
}

static int64_t
get_time(const unsigned char *p)
{
	uint64_t	v = 0;
	int		i;

	for (i = 0; i < TIME_SIZE; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static int64_t
now(void)
{
	return stile_now_ms() / 1000;
}

/* Beyond what the clock can say, it holds for ever. */
static int64_t
time_in(int64_t seconds)
{
	int64_t	t = now();

	return seconds > INT64_MAX - t ? INT64_MAX : t + seconds;
}

/* As text; NULL with the request failed. */
static const char *
encode(struct stile_req *r, const unsigned char *p, size_t n)
{
	struct stile_buf	*b = stile_buf_new(r->arena, 2 * TEXT_MAX);

	if (b != NULL)
		stile_base64_encode(b, (struct stile_str){ (const char *)p, n },
		    STILE_BASE64_URL);
	if (b == NULL || stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return stile_buf_view(b).p;
}

/* Room for a payload with what goes around it; NULL with the request failed. */
static unsigned char *
room(struct stile_req *r, struct stile_str payload, size_t around)
{
	unsigned char	*p;

	if (payload.len > TEXT_MAX) {
		stile_fail(r, 500, "a signed value has %d bytes at most",
		    TEXT_MAX);
		return NULL;
	}
	if ((p = stile_arena_alloc(r->arena, payload.len + around + 1, 1)) ==
	    NULL)
		stile__fail_nomem(r);
	return p;
}

const char *
stile_sign(struct stile_req *r, const char *purpose, const char *state,
    struct stile_str payload, int64_t seconds)
{
	struct stile_str	 secret;
	struct key		 key;
	unsigned char		*p;
	size_t			 n = TIME_SIZE + payload.len;

	if (!first_secret(r, &secret) ||
	    (p = room(r, payload, TIME_SIZE + MAC)) == NULL)
		return NULL;
	derive(secret, "sign", purpose, state, &key);
	put_time(p, time_in(seconds));
	if (payload.len > 0)
		memcpy(p + TIME_SIZE, payload.p, payload.len);
	crypto_auth_hmacsha256(p + n, p, n, key.v);
	sodium_memzero(&key, sizeof(key));
	return encode(r, p, n + MAC);
}

const char *
stile_seal(struct stile_req *r, const char *purpose, const char *state,
    struct stile_str payload, int64_t seconds)
{
	struct stile_str	 secret;
	struct key		 key;
	unsigned char		*plain, *p;
	size_t			 n = TIME_SIZE + payload.len;

	if (!first_secret(r, &secret) ||
	    (plain = room(r, payload, TIME_SIZE)) == NULL ||
	    (p = room(r, payload, NONCE + TIME_SIZE + TAG)) == NULL)
		return NULL;
	derive(secret, "seal", purpose, state, &key);
	put_time(plain, time_in(seconds));
	if (payload.len > 0)
		memcpy(plain + TIME_SIZE, payload.p, payload.len);
	randombytes_buf(p, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + NONCE, NULL, plain, n,
	    NULL, 0, NULL, p, key.v);
	sodium_memzero(plain, n);
	sodium_memzero(&key, sizeof(key));
	return encode(r, p, NONCE + n + TAG);
}

/* The bytes of a text that is long enough; NULL for any other. */
static unsigned char *
decode(struct stile_req *r, const char *text, size_t min, size_t *n)
{
	enum stile_err	 rc;
	char		*p;

	if (stile_failed(r) != STILE_OK || text == NULL ||
	    strlen(text) > 2 * TEXT_MAX)
		return NULL;
	rc = stile__base64_decode(r->arena, stile_str(text), STILE_BASE64_URL,
	    &p, n);
	if (rc == STILE_ENOMEM)
		stile__fail_nomem(r);
	return rc == STILE_OK && *n >= min ? (unsigned char *)p : NULL;
}

static const struct stile_str	none = { NULL, 0 };

static struct stile_str
payload_of(unsigned char *plain, size_t n)
{
	if (get_time(plain) < now())
		return none;
	plain[n] = '\0';
	return (struct stile_str){ (char *)plain + TIME_SIZE, n - TIME_SIZE };
}

struct stile_str
stile_unsign(struct stile_req *r, const char *purpose, const char *state,
    const char *text)
{
	struct stile_str	 rest, secret;
	struct key		 key;
	unsigned char		*p;
	size_t			 n;
	bool			 ours = false;

	if (!first_secret(r, &secret) ||
	    (p = decode(r, text, TIME_SIZE + MAC, &n)) == NULL)
		return none;
	rest = stile_str(stile_conf(r, "secrets"));
	n -= MAC;
	while (!ours && stile__secret_next(&rest, &secret)) {
		derive(secret, "sign", purpose, state, &key);
		ours = crypto_auth_hmacsha256_verify(p + n, p, n, key.v) == 0;
	}
	sodium_memzero(&key, sizeof(key));
	return ours ? payload_of(p, n) : none;
}

struct stile_str
stile_unseal(struct stile_req *r, const char *purpose, const char *state,
    const char *text)
{
	struct stile_str	 rest, secret;
	struct key		 key;
	unsigned char		*p, *plain;
	unsigned long long	 n;
	size_t			 len;
	bool			 ours = false;

	if (!first_secret(r, &secret) ||
	    (p = decode(r, text, NONCE + TIME_SIZE + TAG, &len)) == NULL)
		return none;
	if ((plain = stile_arena_alloc(r->arena, len, 1)) == NULL) {
		stile__fail_nomem(r);
		return none;
	}
	rest = stile_str(stile_conf(r, "secrets"));
	while (!ours && stile__secret_next(&rest, &secret)) {
		derive(secret, "seal", purpose, state, &key);
		ours = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &n,
		    NULL, p + NONCE, len - NONCE, NULL, 0, p, key.v) == 0;
	}
	sodium_memzero(&key, sizeof(key));
	return ours ? payload_of(plain, (size_t)n) : none;
}

struct stile_str
stile_sign_peek(struct stile_req *r, const char *text)
{
	unsigned char	*p;
	size_t		 n;

	if ((p = decode(r, text, TIME_SIZE + MAC, &n)) == NULL)
		return none;
	n -= MAC;
	p[n] = '\0';
	return (struct stile_str){ (char *)p + TIME_SIZE, n - TIME_SIZE };
}
