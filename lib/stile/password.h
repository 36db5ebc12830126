/* SPDX-License-Identifier: ISC */
/* Passwords: hashed to be stored, held against a hash, refused when weak. */
#ifndef STILE_PASSWORD_H
#define STILE_PASSWORD_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

#define STILE_PASSWORD_MIN	8	/* code points */
#define STILE_PASSWORD_MAX	1024	/* bytes */

/* A hash to store, by the settings; "" with the request failed. */
STILE_API const char *stile_password_hash(struct stile_req *,
		    const char *password);

/* Whether it is the password of a hash; for NULL, false in the same time. */
STILE_API bool	stile_password_verify(struct stile_req *, const char *hash,
		    const char *password);

/* Whether a hash is of another kind or cost than a new one would be. */
STILE_API bool	stile_password_outdated(struct stile_req *, const char *hash);

/* Why a password should not be chosen, as a sentence; NULL if it may be.
 * personal: name, e-mail address and so on of whom it is for, NULL-ended. */
STILE_API const char *stile_password_weak(struct stile_str password,
		    const char *const *personal, struct stile_error *);

/* ---- without a request ------------------------------------------------- */

#define STILE_PWHASH_SIZE	128

/* What a hash costs to make, and to try: argon2id's parameters. */
struct stile_pwhash_cost {
	int64_t	passes;		/* 1 to 32 */
	int64_t	memory;		/* bytes, 8 KiB to 256 MiB */
};

/* The hash of a password, with its cost and a salt of its own in it. */
STILE_API enum stile_err stile_pwhash_make(struct stile_str password,
		    const struct stile_pwhash_cost *,
		    char out[STILE_PWHASH_SIZE], struct stile_error *)
		    STILE_MUSTUSE;
STILE_API bool	stile_pwhash_verify(const char *hash,
		    struct stile_str password,
		    const struct stile_pwhash_cost *, struct stile_error *)
		    STILE_MUSTUSE;
STILE_API bool	stile_pwhash_outdated(const char *hash,
		    const struct stile_pwhash_cost *);

#ifdef __cplusplus
}
#endif
#endif
