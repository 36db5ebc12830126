/* SPDX-License-Identifier: ISC */
/*
 * Passwords: argon2id by libsodium (RFC 9106).  A password is taken in
 * Unicode's normal form, so that it does not depend on the keyboard; each hash
 * says what it cost, so that the cost can grow later.
 */
#include "base/priv.h"

#include <sodium.h>

#include "stile/password.h"
#include "stile/str.h"
#include "guard/hash.h"
#include "guard/nfc.h"
#include "base/banned.h"

_Static_assert(STILE_PWHASH_SIZE >= crypto_pwhash_STRBYTES,
    "libsodium's hashes are longer");

/* A password as it was typed and as it is hashed. */
struct password {
	struct stile_str	 typed, normal;
	char			*mine;		/* NULL, or what normal is in */
};

static enum stile_err
start(struct stile_error *e)
{
	if (sodium_init() >= 0)
		return STILE_OK;
	return stile_error_set(e, STILE_EIO, 500,
	    "libsodium cannot be used here");
}

/* What it says holds for any other length as well: nothing was hashed. */
static enum stile_err
prepare(struct stile_str typed, struct password *p, struct stile_error *e)
{
	enum stile_err	rc;

	*p = (struct password){ .typed = typed };
	if (typed.len > STILE_PASSWORD_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 422,
		    "a password has %d bytes at most", STILE_PASSWORD_MAX);
	/* crypt(3) would not see what is behind a NUL. */
	if (typed.p == NULL || memchr(typed.p, '\0', typed.len) != NULL ||
	    !stile_utf8_valid(typed))
		return stile_error_set(e, STILE_ESYNTAX, 422,
		    "a password is text in UTF-8");
	if ((rc = start(e)) != STILE_OK)
		return rc;
	return stile__nfc(typed, &p->normal, &p->mine, e);
}

static void
forget(struct password *p)
{
	if (p->mine != NULL)
		sodium_memzero(p->mine, p->normal.len);
	free(p->mine);
}

static enum stile_err
check_cost(const struct stile_pwhash_cost *c, struct stile_error *e)
{
	if (c->passes >= 1 && c->passes <= HASH_PASSES_MAX &&
	    c->memory >= (int64_t)crypto_pwhash_MEMLIMIT_MIN &&
	    c->memory <= HASH_MEMORY_MAX)
		return STILE_OK;
	return stile_error_set(e, STILE_EINVAL, 500,
	    "a hash cannot cost this: 1 to %d passes over 8 KiB to 256 MiB",
	    HASH_PASSES_MAX);
}

enum stile_err
stile_pwhash_make(struct stile_str password,
    const struct stile_pwhash_cost *cost, char out[STILE_PWHASH_SIZE],
    struct stile_error *e)
{
	struct password	p;
	enum stile_err	rc;

	memset(out, 0, STILE_PWHASH_SIZE);
	if ((rc = check_cost(cost, e)) != STILE_OK ||
	    (rc = prepare(password, &p, e)) != STILE_OK)
		return rc;
	if (stile_utf8_length(p.typed) < STILE_PASSWORD_MIN)
		rc = stile_error_set(e, STILE_EINVAL, 422,
		    "a password has %d characters at least",
		    STILE_PASSWORD_MIN);
	else if (crypto_pwhash_str(out, p.normal.p, p.normal.len,
	    (unsigned long long)cost->passes, (size_t)cost->memory) != 0) {
		*out = '\0';
		rc = stile__error_nomem(e);
	}
	forget(&p);
	return rc;
}

static bool
is_ours(const char *hash)
{
	return strncmp(hash, crypto_pwhash_STRPREFIX,
	    strlen(crypto_pwhash_STRPREFIX)) == 0;
}

/* Who made it may have hashed what was typed, in whichever form. */
static enum stile_err
verify(const char *hash, const struct password *p, struct stile_error *e)
{
	enum stile_err	rc = STILE_ENOTFOUND;

	if (!is_ours(hash))
		rc = stile__hash_verify(hash, p->typed, e);
	if (rc == STILE_ENOTFOUND && (is_ours(hash) || p->mine != NULL))
		rc = stile__hash_verify(hash, p->normal, e);
	return rc;
}

/* A hash of nobody's password, which takes as long as any. */
static void
make_dummy(const struct stile_pwhash_cost *cost, char out[STILE_PWHASH_SIZE])
{
	snprintf(out, STILE_PWHASH_SIZE,
	    "$argon2id$v=19$m=%lld,t=%lld,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    (long long)(cost->memory / 1024), (long long)cost->passes);
}

bool
stile_pwhash_verify(const char *hash, struct stile_str password,
    const struct stile_pwhash_cost *cost, struct stile_error *e)
{
	struct password	p;
	char		dummy[STILE_PWHASH_SIZE];
	bool		none = hash == NULL || *hash == '\0';
	bool		same;

	if (prepare(password, &p, e) != STILE_OK)
		return false;
	make_dummy(cost, dummy);
	same = verify(none ? dummy : hash, &p, e) == STILE_OK;
	forget(&p);
	return same && !none;
}

bool
stile_pwhash_outdated(const char *hash, const struct stile_pwhash_cost *cost)
{
	return hash == NULL || strlen(hash) >= crypto_pwhash_STRBYTES ||
	    !is_ours(hash) ||
	    crypto_pwhash_str_needs_rehash(hash,
	    (unsigned long long)cost->passes, (size_t)cost->memory) != 0;
}
