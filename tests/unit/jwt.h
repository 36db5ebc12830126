/* SPDX-License-Identifier: ISC */
/* What tests of lib/guard/jwt*.c share: keys, tokens and who makes them. */
#ifndef JWT_H
#define JWT_H

#include "app.h"

#include <sodium.h>

#include "stile/base64.h"
#include "base/load.h"
#include "guard/jwt.h"

#define ALL_ALGS	(1u << JWT_RS256 | 1u << JWT_ES256 |		\
			1u << JWT_EDDSA | 1u << JWT_HS256)

/* ---- the examples of the RFCs, as their members have them ----------------------- */

/* RFC 7515, appendix A.1 */
#define HS_KEY	"\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\""
#define HS_HEAD	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
#define PAYLOAD	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define HS_SIG	"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* A.2 */
#define RS_N	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RS_KEY	"\"kty\":\"RSA\",\"n\":\"" RS_N "\",\"e\":\"AQAB\""
#define RS_HEAD	"eyJhbGciOiJSUzI1NiJ9"
#define RS_SIG	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

/* A.3 */
#define ES_KEY	"\"kty\":\"EC\",\"crv\":\"P-256\","			\
		"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","	\
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define ES_HEAD	"eyJhbGciOiJFUzI1NiJ9"
#define ES_SIG	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

/* RFC 8037, appendix A.4; its payload is a sentence */
#define ED_KEY	"\"kty\":\"OKP\",\"crv\":\"Ed25519\","			\
		"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_HEAD	"eyJhbGciOiJFZERTQSJ9"
#define ED_PAYLOAD "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define ED_SIG	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

#define HS_TOKEN	HS_HEAD "." PAYLOAD "." HS_SIG
#define RS_TOKEN	RS_HEAD "." PAYLOAD "." RS_SIG
#define ES_TOKEN	ES_HEAD "." PAYLOAD "." ES_SIG
#define ED_TOKEN	ED_HEAD "." ED_PAYLOAD "." ED_SIG

#define KEYS(...)	"{\"keys\":[" __VA_ARGS__ "]}"
#define EXAMPLES	KEYS("{" HS_KEY "},{" RS_KEY "},{" ES_KEY "},{"	\
			ED_KEY "}")

/* ---- the module ---------------------------------------------------------------------- */

static inline const struct jwt_module *
the_module(void)
{
	const char	*dir = getenv("STILE_MODULES");
	char		 path[4096];
	const void	*p = NULL;

	snprintf(path, sizeof(path), "%s/jwt.so", dir != NULL ? dir : ".");
	if (access(path, R_OK) == -1)
		cr_skip_test("the module is not built");
	if (stile__load_module("jwt", JWT_MODULE_SYMBOL, JWT_MODULE_VERSION,
	    &p, NULL) != STILE_OK)
		cr_assert(false, "%s cannot be loaded", path);
	return p;
}

static inline struct jwt_set *
set_of(const char *json)
{
	struct stile_error	 e = { 0 };
	struct jwt_set		*set = NULL;

	cr_assert_eq(stile__jwt_set_new(the_module(), ALL_ALGS, stile_str(json),
	    &set, &e), STILE_OK, "%s", e.detail);
	return set;
}

/* ---- a provider, who signs by Ed25519 ---------------------------------------------------- */

struct signer {
	unsigned char	public[crypto_sign_PUBLICKEYBYTES];
	unsigned char	secret[crypto_sign_SECRETKEYBYTES];
	char		jwk[300];
};

static inline const char *
base64url(const void *p, size_t n)
{
	static char	text[8][16384];
	static size_t	i;

	i = (i + 1) % NELEM(text);
	return sodium_bin2base64(text[i], sizeof(text[i]), p, n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* The key with this number, always the same; kid may be NULL. */
static inline void
signer_make(struct signer *s, unsigned char number, const char *kid)
{
	unsigned char	seed[crypto_sign_SEEDBYTES] = { number };

	cr_assert_geq(sodium_init(), 0);
	crypto_sign_seed_keypair(s->public, s->secret, seed);
	snprintf(s->jwk, sizeof(s->jwk), "{\"kty\":\"OKP\","
	    "\"crv\":\"Ed25519\",\"x\":\"%s\"%s%s%s}",
	    base64url(s->public, sizeof(s->public)),
	    kid != NULL ? ",\"kid\":\"" : "", kid != NULL ? kid : "",
	    kid != NULL ? "\"" : "");
}

/* Header and claims as they are given, signed. */
static inline const char *
signer_token(const struct signer *s, const char *header, const char *claims)
{
	static char	text[4][40000];
	static size_t	i;
	unsigned char	signature[crypto_sign_BYTES];
	char		*t = text[i = (i + 1) % NELEM(text)];
	size_t		n;

	n = (size_t)snprintf(t, sizeof(text[0]), "%s.%s",
	    base64url(header, strlen(header)),
	    base64url(claims, strlen(claims)));
	crypto_sign_detached(signature, NULL, (const unsigned char *)t, n,
	    s->secret);
	snprintf(t + n, sizeof(text[0]) - n, ".%s",
	    base64url(signature, sizeof(signature)));
	return t;
}
#endif
