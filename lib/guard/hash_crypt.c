/* SPDX-License-Identifier: ISC */
/*
 * Hashes of crypt(3): what is in shadow(5), and Django's bcrypt.  libcrypt is
 * opened with the first of them.  It takes any cost that a hash asks for, up to
 * days and gigabytes, so that the cost is read here first, see crypt(5).
 */
#include "base/priv.h"

#include <crypt.h>
#include <sodium.h>

#include "stile/num.h"
#include "stile/str.h"
#include "base/load.h"
#include "guard/hash.h"
#include "base/banned.h"

#define BCRYPT_MAX	15	/* power of two of its rounds */

static __typeof__(crypt_r)	*crypt_string;

static struct stile__library	libcrypt = {
	.file = "libcrypt.so.1",
	.symbols = (const struct stile__symbol[]){
		{ "crypt_r", &crypt_string }, { 0 }
	},
};

static bool
any_cost(struct stile_str rest)
{
	(void)rest;
	return true;
}

/* "10$SALT..." */
static bool
bcrypt_cost(struct stile_str rest)
{
	struct stile_str	cost;
	int64_t			n;

	return stile_str_cut(&rest, '$', &cost) && cost.len == 2 &&
	    stile_num_int(cost, 4, BCRYPT_MAX, &n) == STILE_OK;
}

/* "rounds=N$SALT..." or "SALT..." */
static bool
sha_cost(struct stile_str rest)
{
	static const struct stile_str	start = STILE_STR_INIT("rounds=");
	struct stile_str		cost;
	int64_t				n;

	if (!stile_str_cut(&rest, '$', &cost) || cost.len < start.len ||
	    memcmp(cost.p, start.p, start.len) != 0)
		return true;
	cost.p += start.len;
	cost.len -= start.len;
	return stile_num_int(cost, 1, HASH_ROUNDS_MAX, &n) == STILE_OK;
}

/*
 * "j9T$SALT...": a flavour, then the power of two of the rounds and the size of
 * a block less one, as digits of "./0-9A-Za-z", whose order is ASCII's.  'D'
 * and 'T' are 2^16 blocks of 32 * 128 bytes.
 */
static bool
yescrypt_cost(struct stile_str rest)
{
	struct stile_str	cost;

	return stile_str_cut(&rest, '$', &cost) && cost.len == 3 &&
	    cost.p[0] == 'j' && cost.p[1] <= 'D' && cost.p[2] <= 'T';
}

/* "C6..../....SALT$...": the same, without the flavour, the others longer. */
static bool
scrypt_cost(struct stile_str rest)
{
	return rest.len > 11 && rest.p[0] <= 'D' && rest.p[1] <= 'U' &&
	    memcmp(rest.p + 2, "....", 4) == 0 && rest.p[6] <= 'E' &&
	    memcmp(rest.p + 7, "....", 4) == 0;
}

static const struct {
	struct stile_str	start;
	bool			(*cost)(struct stile_str rest);
} kinds[] = {
	{ STILE_STR_INIT("$y$"), yescrypt_cost },
	{ STILE_STR_INIT("$gy$"), yescrypt_cost },
	{ STILE_STR_INIT("$7$"), scrypt_cost },
	{ STILE_STR_INIT("$2a$"), bcrypt_cost },
	{ STILE_STR_INIT("$2b$"), bcrypt_cost },
	{ STILE_STR_INIT("$2y$"), bcrypt_cost },
	{ STILE_STR_INIT("$6$"), sha_cost },
	{ STILE_STR_INIT("$5$"), sha_cost },
	{ STILE_STR_INIT("$1$"), any_cost },
};

static enum stile_err
check(struct stile_str hash, struct stile_error *e)
{
	struct stile_str	start;
	size_t			i;

	for (i = 0; i < NELEM(kinds); i++) {
		start = kinds[i].start;
		if (hash.len < start.len ||
		    memcmp(hash.p, start.p, start.len) != 0)
			continue;
		hash.p += start.len;
		hash.len -= start.len;
		return kinds[i].cost(hash) ? STILE_OK :
		    stile__hash_malformed(e);
	}
	return stile_error_set(e, STILE_ENOSYS, 500,
	    "a stored hash of a password is of an unknown kind");
}

/* The hash of the text with the hash's parameters is the hash. */
static enum stile_err
hold_against(struct stile_str hash, const char *text, struct crypt_data *data,
    struct stile_error *e)
{
	const char	*got = crypt_string(text, hash.p, data);

	/* What it cannot do begins with an asterisk. */
	if (got == NULL || *got == '*')
		return stile__hash_malformed(e);
	return stile__hash_answer(strlen(got) == hash.len &&
	    sodium_memcmp(got, hash.p, hash.len) == 0);
}

enum stile_err
stile__crypt_verify(struct stile_str hash, struct stile_str password,
    struct stile_error *e)
{
	struct crypt_data	*data;
	char			*text;
	enum stile_err		 rc;

	if ((rc = check(hash, e)) != STILE_OK ||
	    (rc = stile__load(&libcrypt, e)) != STILE_OK)
		return rc;
	/* None of these has a hash. */
	if (password.len >= CRYPT_MAX_PASSPHRASE_SIZE)
		return STILE_ENOTFOUND;
	data = stile__malloc(sizeof(*data));
	text = stile__malloc(password.len + 1);
	if (data != NULL && text != NULL) {
		memset(data, 0, sizeof(*data));
		if (password.len > 0)
			memcpy(text, password.p, password.len);
		text[password.len] = '\0';
		rc = hold_against(hash, text, data, e);
		sodium_memzero(data, sizeof(*data));
		sodium_memzero(text, password.len);
	} else
		rc = stile__error_nomem(e);
	free(data);
	free(text);
	return rc;
}
