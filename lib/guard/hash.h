/* SPDX-License-Identifier: ISC */
#ifndef GUARD_HASH_H
#define GUARD_HASH_H

#include "stile/types.h"

/* What one hash may cost, whoever has made it. */
#define HASH_MEMORY_MAX	(256LL * 1024 * 1024)	/* bytes */
#define HASH_PASSES_MAX	32			/* of argon2 */
#define HASH_ROUNDS_MAX	10000000		/* of PBKDF2 and SHA-crypt */

/*
 * Hold a password, which has no NUL in it, against a hash: ours, or one that
 * others have made, for people who bring their users with them.  ENOTFOUND
 * where it is another one; ENOSYS for a kind that is not known; ESYNTAX for
 * what is malformed or would cost too much.
 */
enum stile_err	stile__hash_verify(const char *hash, struct stile_str,
		    struct stile_error *);

/* Those of crypt(3), from their first '$' on. */
enum stile_err	stile__crypt_verify(struct stile_str hash, struct stile_str,
		    struct stile_error *);

/* The errors, in one wording. */
enum stile_err	stile__hash_malformed(struct stile_error *);
enum stile_err	stile__hash_answer(bool same);
#endif
