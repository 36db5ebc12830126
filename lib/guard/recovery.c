/* SPDX-License-Identifier: ISC */
/*
 * Recovery codes: 50 random bits in Crockford's base32, which has no I, L, O
 * and U.  They are not chosen by people, so that a fast hash will do; the owner
 * is in it, so that one search is not for the codes of everybody.
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/totp.h"
#include "base/rand.h"
#include "base/banned.h"

#define LENGTH	10

_Static_assert(STILE_RECOVERY_CODE_SIZE == LENGTH + 2, "a dash and a NUL");
_Static_assert(STILE_RECOVERY_HASH_SIZE == 2 * crypto_hash_sha256_BYTES + 1,
    "in hexadecimal digits");

static const char	alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum stile_err
stile_recovery_code(char out[STILE_RECOVERY_CODE_SIZE], struct stile_error *e)
{
	unsigned char	bits[LENGTH];
	size_t		i;

	memset(out, 0, STILE_RECOVERY_CODE_SIZE);
	if (stile__random(bits, sizeof(bits)) != STILE_OK)
		return stile_error_set(e, STILE_EIO, 500,
		    "no random bytes can be had");
	for (i = 0; i < LENGTH; i++)
		out[i + (i >= LENGTH / 2)] = alphabet[bits[i] % 32];
	out[LENGTH / 2] = '-';
	sodium_memzero(bits, sizeof(bits));
	return STILE_OK;
}

/* The letter that is meant, or '\0'. */
static char
letter_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

static bool
read_code(const char *s, char out[LENGTH])
{
	size_t	n = 0;

	for (; s != NULL && *s != '\0'; s++) {
		if (*s == ' ' || *s == '-')
			continue;
		if (n == LENGTH || (out[n] = letter_of(*s)) == '\0')
			return false;
		n++;
	}
	return n == LENGTH;
}

bool
stile_recovery_hash(const char *owner, const char *code,
    char out[STILE_RECOVERY_HASH_SIZE])
{
	crypto_hash_sha256_state	h;
	unsigned char			sum[crypto_hash_sha256_BYTES];
	char				text[LENGTH];

	*out = '\0';
	if (!read_code(code, text))
		return false;
	crypto_hash_sha256_init(&h);
	/* With its NUL: where the one ends is where the other begins. */
	crypto_hash_sha256_update(&h, (const unsigned char *)owner,
	    strlen(owner) + 1);
	crypto_hash_sha256_update(&h, (const unsigned char *)text,
	    sizeof(text));
	crypto_hash_sha256_final(&h, sum);
	sodium_bin2hex(out, STILE_RECOVERY_HASH_SIZE, sum, sizeof(sum));
	sodium_memzero(text, sizeof(text));
	return true;
}

bool
stile_recovery_verify(const char *owner, const char *code, const char *hash)
{
	char	got[STILE_RECOVERY_HASH_SIZE];

	return stile_recovery_hash(owner, code, got) &&
	    strlen(hash) == sizeof(got) - 1 &&
	    sodium_memcmp(got, hash, sizeof(got) - 1) == 0;
}
