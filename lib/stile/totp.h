/* SPDX-License-Identifier: ISC */
/* A second factor: one-time passwords of an authenticator, recovery codes. */
#ifndef STILE_TOTP_H
#define STILE_TOTP_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_arena;

/* ---- one-time passwords of 6 digits, a new one every 30 s --------------- */

#define STILE_TOTP_SECRET_SIZE	33

/* A fresh secret of 160 bits in base32, to be stored and shown once. */
STILE_API enum stile_err stile_totp_secret(char out[STILE_TOTP_SECRET_SIZE],
		    struct stile_error *) STILE_MUSTUSE;

/* What an authenticator reads off a QR code; NULL with an error. */
STILE_API const char	*stile_totp_uri(struct stile_arena *,
		    const char *secret, const char *issuer,
		    const char *account, struct stile_error *);

/* Whether it is the code of now (s since 1970) or 30 s around, and of a step
 * after the one that was used last, 0 for none; *step is the one to store. */
STILE_API bool	stile_totp_verify(const char *secret, const char *code,
		    int64_t now, int64_t after_step, int64_t *step,
		    struct stile_error *) STILE_MUSTUSE;

/* ---- recovery codes, each good for once --------------------------------- */

#define STILE_RECOVERY_CODE_SIZE	12
#define STILE_RECOVERY_HASH_SIZE	65

/* A fresh one, "4T7KQ-9XW2M". */
STILE_API enum stile_err stile_recovery_code(
		    char out[STILE_RECOVERY_CODE_SIZE], struct stile_error *)
		    STILE_MUSTUSE;

/* What is stored of it for its owner; false if what was typed is no code. */
STILE_API bool	stile_recovery_hash(const char *owner, const char *code,
		    char out[STILE_RECOVERY_HASH_SIZE]);

/* Whether a code is the one that was stored. */
STILE_API bool	stile_recovery_verify(const char *owner, const char *code,
		    const char *hash) STILE_MUSTUSE;

#ifdef __cplusplus
}
#endif
#endif
