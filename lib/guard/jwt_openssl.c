/* SPDX-License-Identifier: ISC */
/*
 * Keys and signatures of JSON Web Tokens by OpenSSL's libcrypto, a module of its
 * own: RFC 7518, sections 3.2 to 3.4, and RFC 8037, section 3.1.
 */
#include "base/priv.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include "guard/jwt.h"
#include "base/banned.h"

#define P256		32	/* bytes of a coordinate, or of r or s */
#define DER_MAX		80	/* of two such numbers */

struct key {
	EVP_PKEY	*public;	/* or, of HS256: */
	unsigned char	*secret;
	size_t		 len;
};

static void
key_free(void *key)
{
	struct key	*k = key;

	EVP_PKEY_free(k->public);
	OPENSSL_clear_free(k->secret, k->len);
	OPENSSL_free(k);
}

/* ---- making keys ---------------------------------------------------------------- */

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY	*k = NULL;

	if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY, params) != 1)
		k = NULL;
	EVP_PKEY_CTX_free(ctx);
	return k;
}

static EVP_PKEY *
rsa_new(struct stile_str n, struct stile_str e)
{
	OSSL_PARAM_BLD	*b = OSSL_PARAM_BLD_new();
	BIGNUM		*modulus, *exponent;
	OSSL_PARAM	*params = NULL;
	EVP_PKEY	*k;

	modulus = BN_bin2bn((const unsigned char *)n.p, (int)n.len, NULL);
	exponent = BN_bin2bn((const unsigned char *)e.p, (int)e.len, NULL);
	if (b != NULL && modulus != NULL && exponent != NULL &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		params = OSSL_PARAM_BLD_to_param(b);
	k = from_params("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(modulus);
	BN_free(exponent);
	return k;
}

/* SEC 1, section 2.3.3: a point as it is, not compressed. */
static EVP_PKEY *
p256_new(struct stile_str x, struct stile_str y)
{
	unsigned char	point[1 + 2 * P256] = { 4 };
	char		group[] = "prime256v1";
	OSSL_PARAM	params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};

	if (x.len != P256 || y.len != P256)
		return NULL;
	memcpy(point + 1, x.p, P256);
	memcpy(point + 1 + P256, y.p, P256);
	return from_params("EC", params);
}

static EVP_PKEY *
ed25519_new(struct stile_str x, struct stile_str unused)
{
	(void)unused;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)x.p, x.len);
}

/* On the curve, or of the form that a modulus and an exponent have. */
static bool
is_sound(EVP_PKEY *public)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_pkey(NULL, public, NULL);
	bool		 ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool
fill(struct key *k, enum jwt_alg alg, struct stile_str a, struct stile_str b)
{
	static EVP_PKEY	*(*const make[])(struct stile_str,
	    struct stile_str) = {
		[JWT_RS256] = rsa_new, [JWT_ES256] = p256_new,
		[JWT_EDDSA] = ed25519_new,
	};

	if (alg == JWT_HS256) {
		k->secret = OPENSSL_memdup(a.p, a.len);
		k->len = a.len;
		return k->secret != NULL;
	}
	k->public = make[alg](a, b);
	return k->public != NULL && is_sound(k->public);
}

static enum stile_err
key_new(enum jwt_alg alg, struct stile_str a, struct stile_str b, void **ret,
    struct stile_error *e)
{
	struct key	*k = OPENSSL_zalloc(sizeof(*k));

	if (k == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	if (!fill(k, alg, a, b)) {
		key_free(k);
		ERR_clear_error();
		return stile_error_set(e, STILE_EINVAL, 500,
		    "its numbers are no key");
	}
	*ret = k;
	return STILE_OK;
}

/* ---- verifying ---------------------------------------------------------------------- */

static enum stile_err
hmac_verify(const struct key *k, struct stile_str text,
    struct stile_str signature)
{
	unsigned char	mac[EVP_MAX_MD_SIZE];
	unsigned	n;

	if (HMAC(EVP_sha256(), k->secret, (int)k->len,
	    (const unsigned char *)text.p, text.len, mac, &n) == NULL)
		return STILE_ENOSYS;
	return signature.len == n &&
	    CRYPTO_memcmp(mac, signature.p, n) == 0 ? STILE_OK : STILE_ESYNTAX;
}

static enum stile_err
key_verify(EVP_PKEY *public, const EVP_MD *hash, struct stile_str text,
    struct stile_str signature)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	enum stile_err	 rc;

	if (ctx == NULL)
		rc = STILE_ENOMEM;
	else if (EVP_DigestVerifyInit(ctx, NULL, hash, NULL, public) != 1)
		rc = STILE_ENOSYS;
	else
		rc = EVP_DigestVerify(ctx, (const unsigned char *)signature.p,
		    signature.len, (const unsigned char *)text.p,
		    text.len) == 1 ? STILE_OK : STILE_ESYNTAX;
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* RFC 7518, section 3.4: r and s side by side, which OpenSSL wants in DER. */
static enum stile_err
p256_verify(EVP_PKEY *public, struct stile_str text, struct stile_str signature)
{
	const unsigned char	*p = (const unsigned char *)signature.p;
	unsigned char		 der[DER_MAX], *end = der;
	ECDSA_SIG		*sig = ECDSA_SIG_new();
	BIGNUM			*r, *s;
	int			 n = -1;

	if (signature.len != (size_t)2 * P256) {
		ECDSA_SIG_free(sig);
		return STILE_ESYNTAX;
	}
	r = BN_bin2bn(p, P256, NULL);
	s = BN_bin2bn(p + P256, P256, NULL);
	if (sig != NULL && r != NULL && s != NULL &&
	    ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(sig, &end);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return n < 0 ? STILE_ENOMEM : key_verify(public, EVP_sha256(), text,
	    (struct stile_str){ (const char *)der, (size_t)n });
}

static enum stile_err
verify(void *key, enum jwt_alg alg, struct stile_str text,
    struct stile_str signature)
{
	const struct key	*k = key;
	enum stile_err		 rc;

	if (alg == JWT_HS256)
		rc = hmac_verify(k, text, signature);
	else if (alg == JWT_ES256)
		rc = p256_verify(k->public, text, signature);
	else
		rc = key_verify(k->public, alg == JWT_RS256 ? EVP_sha256() :
		    NULL, text, signature);
	ERR_clear_error();
	return rc;
}

extern STILE_API const struct jwt_module	stile_jwt_module;

const struct jwt_module stile_jwt_module = {
	.version = JWT_MODULE_VERSION, .key_new = key_new,
	.key_free = key_free, .verify = verify,
};
