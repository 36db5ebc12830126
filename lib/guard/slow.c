/* SPDX-License-Identifier: ISC */
/*
 * Logins that are tried too often.  A browser in which a user has logged in
 * before is known by a cookie and counted by itself; all strangers together
 * share the count of an account.  So strangers can try little, from however
 * many addresses, and cannot lock out its user with it.
 *
 * And tokens.  They are 256 random bits, which nobody finds by trying: what is
 * held back is a program that goes on with one that is not valid any more.
 */
#include "base/priv.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "stile/arena.h"
#include "stile/conf.h"
#include "stile/cookie.h"
#include "stile/num.h"
#include "stile/req.h"
#include "stile/sign.h"
#include "stile/str.h"
#include "stile/throttle.h"
#include "guard/slow.h"
#include "http/req.h"
#include "base/banned.h"

#define SECONDS		600
#define PER_ADDRESS	10		/* times what one account may */
#define DEVICE_SECONDS	(365 * 86400)
#define PURPOSE		"stile device"

#define TOKEN_SECONDS	60

struct counts {
	struct stile_throttle_rule	account, address;
};

/* By the setting; false where it counts nothing. */
static bool
read_rules(struct stile_req *r, struct counts *c)
{
	int64_t	limit = stile_conf_int(r, "login_limit");

	c->account = (struct stile_throttle_rule){
		.name = "login", .limit = limit, .seconds = SECONDS,
		.kind = STILE_BUCKET,
	};
	c->address = (struct stile_throttle_rule){
		.name = "login-address", .limit = limit * PER_ADDRESS,
		.seconds = SECONDS, .kind = STILE_BUCKET,
	};
	return limit > 0;
}

/* Who has one address of IPv6 has 2 to the power of 64. */
static const char *
network_of(struct stile_req *r)
{
	const char	*peer = stile_req_peer(r);
	struct in6_addr	 a;
	char		*text;

	if (inet_pton(AF_INET6, peer, &a) != 1)
		return peer;
	memset(a.s6_addr + 8, 0, 8);
	if ((text = stile_arena_alloc(r->arena, INET6_ADDRSTRLEN, 1)) == NULL ||
	    inet_ntop(AF_INET6, &a, text, INET6_ADDRSTRLEN) == NULL)
		return peer;
	return text;
}

static const char *
cookie_name(struct stile_req *r)
{
	return strcmp(stile_req_scheme(r), "https") == 0 ? "__Host-device" :
	    "device";
}

/* "USER NUMBER" of a browser where this user has been, or NULL. */
static const char *
known_device(struct stile_req *r, int64_t user)
{
	const char		*cookie = stile_cookie(r, cookie_name(r));
	struct stile_str	 payload, rest, whose;
	int64_t			 id;

	if (user == 0 || cookie == NULL || *stile_conf(r, "secrets") == '\0')
		return NULL;
	payload = rest = stile_unsign(r, PURPOSE, NULL, cookie);
	if (payload.p == NULL || !stile_str_cut(&rest, ' ', &whose) ||
	    stile_num_int(whose, 1, INT64_MAX, &id) != STILE_OK || id != user)
		return NULL;
	return payload.p;
}

static const char *
account_key(struct stile_req *r, const char *key, int64_t user)
{
	const char	*device = known_device(r, user);

	return device != NULL ? device : key;
}

int
stile__login_attempt(struct stile_req *r, const char *key,
    int64_t user)
{
	struct counts	c;

	if (!read_rules(r, &c))
		return stile_failed(r);
	stile_throttle(r, &c.address, network_of(r));
	return stile_throttle(r, &c.account, account_key(r, key, user));
}

void
stile__login_success(struct stile_req *r, const char *key,
    int64_t user)
{
	struct counts	c;

	if (read_rules(r, &c))
		stile_throttle_forget(r, &c.account, account_key(r, key, user));
}

void
stile__login_device(struct stile_req *r, int64_t user)
{
	const char	*payload;

	if (*stile_conf(r, "secrets") == '\0' || known_device(r, user) != NULL)
		return;
	payload = stile_arena_printf(r->arena, "%" PRId64 " %s", user,
	    stile_req_id(r));
	if (payload == NULL) {
		stile__fail_nomem(r);
		return;
	}
	stile_cookie_set(r, &(struct stile_cookie){
	    .name = cookie_name(r), .max_age = DEVICE_SECONDS,
	    .value = stile_sign(r, PURPOSE, NULL, stile_str(payload),
	    DEVICE_SECONDS) });
}

/*
 * Once it has been looked up, so that a valid one of the same address is none
 * of this.  In memory alone: nobody writes to the database without a login.
 */
int
stile__token_wrong(struct stile_req *r)
{
	const struct stile_throttle_rule	rule = {
		.name = "token", .limit = stile_conf_int(r, "token_limit"),
		.seconds = TOKEN_SECONDS, .kind = STILE_BUCKET,
	};

	if (rule.limit == 0 || r->throttle == NULL)
		return stile_failed(r);
	return stile_throttle(r, &rule, network_of(r));
}
