/* SPDX-License-Identifier: ISC */
/* Between the files that check JSON Web Tokens, and to the module for them. */
#ifndef GUARD_JWT_H
#define GUARD_JWT_H

#include "stile/jwt.h"
#include "stile/log.h"

struct json_object;
struct stile_arena;

#define JWT_TOKEN_MAX	8192		/* bytes */
#define JWT_FILE_MAX	(256 * 1024)	/* of the keys */
#define JWT_KEYS_MAX	64
#define JWT_TRIES	8		/* keys for one token */

/* A key is for one of these and no other: RFC 8725, section 3.1. */
enum jwt_alg { JWT_RS256, JWT_ES256, JWT_EDDSA, JWT_HS256, JWT_ALGS };

/* ---- what the module exports ---------------------------------------------- */

#define JWT_MODULE_SYMBOL	"stile_jwt_module"
#define JWT_MODULE_VERSION	1

struct jwt_module {
	unsigned	  version;

	/* Of its numbers, big-endian: modulus and exponent, x and y, x, or a
	 * secret; STILE_EINVAL for one that is not sound. */
	enum stile_err	(*key_new)(enum jwt_alg, struct stile_str a,
			    struct stile_str b, void **ret,
			    struct stile_error *);
	void		(*key_free)(void *key);

	/* STILE_ESYNTAX: another key's, or another text's, signature;
	 * STILE_ENOSYS: what it takes is not there, or no memory for it. */
	enum stile_err	(*verify)(void *key, enum jwt_alg,
			    struct stile_str text, struct stile_str signature);
};

/* ---- jwt_keys.c: a set of keys ---------------------------------------------- */

struct jwt_key {
	struct stile_str id;		/* p is NULL: it has none */
	enum jwt_alg	 alg;
	void		*key;		/* the module's */
};

struct jwt_set {
	struct stile_arena	*arena;		/* of all that is in it */
	const struct jwt_module	*module;
	unsigned		 refs;
	struct jwt_key		*keys;
	size_t			 n;
	size_t			 nleft;		/* out, that should be in it */
	struct stile_error	 left;		/* the first one's reason */
};

/* Of a JWK Set; keys for algorithms that are not in algs, as bits, and those
 * that are not for signatures are no part of it. */
enum stile_err	 stile__jwt_set_new(const struct jwt_module *, unsigned algs,
		    struct stile_str json, struct jwt_set **ret,
		    struct stile_error *);
void		 stile__jwt_set_free(struct jwt_set *);

/* By a name of RFC 7518 and RFC 8037; JWT_ALGS: by none that we know. */
enum jwt_alg	 stile__jwt_alg(struct stile_str name);

/* A member of an object that is a text; false where it is not or is absent. */
bool		 stile__jwt_text(struct json_object *, const char *name,
		    struct stile_str *ret);

/* The setting jwt_algorithms: as bits, and its first wrong word. */
unsigned	 stile__jwt_algs(const char *list);
struct stile_str stile__jwt_algorithms_wrong(const char *list);

/* ---- jwt_token.c: one token --------------------------------------------------- */

struct jwt_token {
	struct stile_str	 text;		/* that is signed */
	struct stile_str	 payload;	/* in base64url */
	struct stile_str	 signature;
	struct stile_str	 key_id;	/* p is NULL: it has none */
	enum jwt_alg		 alg;
};

/* Take it apart and look at its header; nothing in it is true so far. */
enum stile_err	 stile__jwt_read(struct stile_arena *, struct stile_str,
		    unsigned algs, struct jwt_token *, struct stile_error *);
enum stile_err	 stile__jwt_verify(const struct jwt_set *,
		    const struct jwt_token *, struct stile_error *);
/* What it claims, an object that ends with the arena. */
enum stile_err	 stile__jwt_payload(struct stile_arena *,
		    const struct jwt_token *, struct json_object **ret,
		    struct stile_error *);

/* ---- jwt_claims.c: whether it is for us and for now --------------------------- */

struct jwt_rules {
	const char	*issuer, *audience;
	int64_t		 skew;		/* seconds */
};

enum stile_err	 stile__jwt_claims(struct json_object *,
		    const struct jwt_rules *, int64_t now_ms,
		    struct stile_error *);

/* The scopes that are in a claim, as words with blanks between, "" where it is
 * absent; STILE_ESYNTAX if it is of another form. */
enum stile_err	 stile__jwt_scopes(struct stile_arena *, struct json_object *,
		    const char *name, const char **ret, struct stile_error *);

/* ---- jwt_file.c: the keys of a site ---------------------------------------------- */

struct jwt_how {
	const char	*keys;		/* path; "": there are no tokens */
	const char	*algorithms;
	const char	*user, *scope;	/* claims */
	struct jwt_rules rules;
	unsigned	 algs;		/* as bits, filled in */
};

struct jwt;

/* From the settings, in an arena that frees it; *ret is NULL where it is off. */
enum stile_err	 stile__jwt_new(struct stile_arena *, const struct jwt_how *,
		    struct jwt **ret, struct stile_error *);

/* Before the first token: the module and the keys.  NULL is fine. */
enum stile_err	 stile__jwt_ready(struct jwt *, struct stile_log *,
		    struct stile_error *);

/*
 * The keys, after a look whether the file is another one now, unless the last
 * look is less than so many milliseconds ago.
 */
enum stile_err	 stile__jwt_take(struct jwt *, struct stile_log *,
		    int64_t now_ms, int64_t every_ms, struct jwt_set **ret,
		    struct stile_error *);
void		 stile__jwt_put(struct jwt *, struct jwt_set *);

const struct jwt_how	*stile__jwt_how(const struct jwt *);

/* ---- jwt.c ------------------------------------------------------------------------ */

/* All of it: a token's claims, or why it is not valid. */
enum stile_err	 stile__jwt_check(struct jwt *, struct stile_log *,
		    struct stile_arena *, struct stile_str text,
		    int64_t now_ms, struct json_object **ret,
		    struct stile_error *);
#endif
