/* SPDX-License-Identifier: ISC */
/*
 * One-time passwords by the time: RFC 6238 with what all authenticators do,
 * SHA-1, 6 digits and steps of 30 seconds.  liboath computes them and is opened
 * with the first one.
 */
#include "base/priv.h"

#include <liboath/oath.h>
#include <sodium.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "stile/totp.h"
#include "base/load.h"
#include "base/rand.h"
#include "base/banned.h"

#define DIGITS		6
#define STEP		OATH_TOTP_DEFAULT_TIME_STEP_SIZE
#define DRIFT		1		/* steps to both sides */
#define TIME_MAX	(1LL << 40)	/* s */
#define SECRET		20		/* bytes of ours */
#define SECRET_MIN	10		/* of those of others */
#define SECRET_TEXT_MAX	256		/* characters */
#define URI_MAX		8192

_Static_assert(STILE_TOTP_SECRET_SIZE == SECRET * 8 / 5 + 1, "base32");

static __typeof__(oath_init)		*init;
static __typeof__(oath_base32_encode)	*encode;
static __typeof__(oath_base32_decode)	*decode;
static __typeof__(oath_totp_generate)	*generate;

static struct stile__library	liboath = {
	.file = "liboath.so.0",
	.symbols = (const struct stile__symbol[]){
		{ "oath_init", &init }, { "oath_base32_encode", &encode },
		{ "oath_base32_decode", &decode },
		{ "oath_totp_generate", &generate }, { 0 }
	},
};

static enum stile_err
start(struct stile_error *e)
{
	enum stile_err	rc;

	if ((rc = stile__load(&liboath, e)) != STILE_OK)
		return rc;
	if (sodium_init() < 0 || init() != OATH_OK)
		return stile_error_set(e, STILE_EIO, 500,
		    "liboath cannot be used here");
	return STILE_OK;
}

enum stile_err
stile_totp_secret(char out[STILE_TOTP_SECRET_SIZE], struct stile_error *e)
{
	unsigned char	 key[SECRET];
	char		*text;
	size_t		 n;
	enum stile_err	 rc;

	memset(out, 0, STILE_TOTP_SECRET_SIZE);
	if ((rc = start(e)) != STILE_OK)
		return rc;
	if (stile__random(key, sizeof(key)) != STILE_OK)
		return stile_error_set(e, STILE_EIO, 500,
		    "no random bytes can be had");
	if (encode((const char *)key, sizeof(key), &text, &n) != OATH_OK)
		return stile__error_nomem(e);
	memcpy(out, text, STILE_TOTP_SECRET_SIZE - 1);
	sodium_memzero(text, n);
	sodium_memzero(key, sizeof(key));
	free(text);
	return STILE_OK;
}

/* https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
const char *
stile_totp_uri(struct stile_arena *a, const char *secret, const char *issuer,
    const char *account, struct stile_error *e)
{
	struct stile_buf	*b;

	/* It separates the two, also where it is escaped. */
	if (*issuer == '\0' || strchr(issuer, ':') != NULL ||
	    *account == '\0' || strchr(account, ':') != NULL) {
		stile_error_set(e, STILE_EINVAL, 422,
		    "the name of an account is expected, without a colon");
		return NULL;
	}
	if ((b = stile_buf_new(a, URI_MAX)) == NULL) {
		stile__error_nomem(e);
		return NULL;
	}
	stile_buf_puts(b, "otpauth://totp/");
	stile_enc_percent(b, stile_str(issuer));
	stile_buf_puts(b, ":");
	stile_enc_percent(b, stile_str(account));
	stile_buf_puts(b, "?secret=");
	stile_enc_percent(b, stile_str(secret));
	stile_buf_puts(b, "&issuer=");
	stile_enc_percent(b, stile_str(issuer));
	stile_buf_puts(b, "&algorithm=SHA1&digits=6&period=30");
	if (stile_buf_err(b) != STILE_OK) {
		stile_error_set(e, stile_buf_err(b), 0,
		    "the address of an account does not fit into %d bytes",
		    URI_MAX);
		return NULL;
	}
	return stile_buf_view(b).p;
}

/* What people type: groups of digits; NULL where they typed nothing. */
static bool
read_code(const char *s, char out[DIGITS])
{
	size_t	n = 0;

	for (; s != NULL && *s != '\0'; s++) {
		if (*s == ' ')
			continue;
		if (!ascii_digit(*s) || n == DIGITS)
			return false;
		out[n++] = *s;
	}
	return n == DIGITS;
}

/* All steps are tried: which one it was does not show. */
static int64_t
find_step(const char *key, size_t n, const char code[DIGITS], int64_t now,
    int64_t after)
{
	char	otp[DIGITS + 1];
	int64_t	i, step, found = -1;

	for (i = -DRIFT; i <= DRIFT; i++) {
		step = now / STEP + i;
		if (step <= after || step < 0)
			continue;
		if (generate(key, n, (time_t)(step * STEP), STEP,
		    OATH_TOTP_DEFAULT_START_TIME, DIGITS, otp) == OATH_OK &&
		    sodium_memcmp(otp, code, DIGITS) == 0)
			found = step;
	}
	sodium_memzero(otp, sizeof(otp));
	return found;
}

bool
stile_totp_verify(const char *secret, const char *code, int64_t now,
    int64_t after_step, int64_t *step, struct stile_error *e)
{
	char	 digits[DIGITS], *key = NULL;
	size_t	 n = 0;
	int64_t	 found;
	int	 rc;

	if (start(e) != STILE_OK)
		return false;
	rc = secret == NULL || strlen(secret) > SECRET_TEXT_MAX ?
	    OATH_INVALID_BASE32 : decode(secret, strlen(secret), &key, &n);
	if (rc == OATH_MALLOC_ERROR) {
		stile__error_nomem(e);
		return false;
	}
	if (rc != OATH_OK || n < SECRET_MIN) {
		free(key);
		stile_error_set(e, STILE_ESYNTAX, 500,
		    "a stored secret of an authenticator is malformed");
		return false;
	}
	found = read_code(code, digits) && now >= 0 && now < TIME_MAX ?
	    find_step(key, n, digits, now, after_step) : -1;
	sodium_memzero(key, n);
	free(key);
	if (found >= 0)
		*step = found;
	return found >= 0;
}
