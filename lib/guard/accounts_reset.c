/* SPDX-License-Identifier: ISC */
/*
 * Links in mails: for a new password, and to show that an address is read by
 * its user.  A link is signed and not stored; what it depends on is signed with
 * it, so that it is void once it was used, the password or the address has
 * changed, or its time is up.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/conf.h"
#include "stile/db.h"
#include "stile/input.h"
#include "stile/mail.h"
#include "stile/num.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/schema.h"
#include "stile/session.h"
#include "stile/sign.h"
#include "stile/str.h"
#include "stile/user.h"
#include "guard/accounts.h"
#include "http/req.h"
#include "base/banned.h"

#define RESET_SECONDS	3600
#define VERIFY_SECONDS	(3 * 86400)

struct reset_in {
	const char	*email;
};

static const struct stile_schema	reset_properties[] = {
	{ "email", STILE_EMAIL, STILE_AT(struct reset_in, email),
	    .required = true, .trim = true, .example = "ann@example.org" },
	{ 0 }
};

const struct stile_schema	account_reset_in = {
	"ResetRequest", STILE_OBJECT, .properties = reset_properties,
	.size = sizeof(struct reset_in),
};

struct confirm_in {
	const char	*token, *password;
};

static const struct stile_schema	confirm_properties[] = {
	{ "token", STILE_STRING, STILE_AT(struct confirm_in, token),
	    .required = true, .max = 1000 },
	{ "password", STILE_STRING, STILE_AT(struct confirm_in, password),
	    .required = true, .write_only = true, .min = STILE_PASSWORD_MIN,
	    .max = STILE_PASSWORD_MAX },
	{ 0 }
};

const struct stile_schema	account_confirm_in = {
	"Reset", STILE_OBJECT, .properties = confirm_properties,
	.size = sizeof(struct confirm_in),
};

const struct stile_schema	account_verify_in = {
	"Verification", STILE_OBJECT,
	.properties = (const struct stile_schema[]){
		{ "token", STILE_STRING, STILE_AT(struct confirm_in, token),
		    .required = true, .max = 1000 },
		{ 0 }
	},
	.size = sizeof(struct confirm_in),
};

/* ---- links ------------------------------------------------------------- */

struct state {
	const char	*password, *email;
	int64_t		 last_login, verified;
};

static const struct stile_schema	state_columns[] = {
	STILE_COLUMN(struct state, password),
	STILE_COLUMN(struct state, email),
	STILE_COLUMN(struct state, last_login),
	STILE_COLUMN(struct state, verified),
	{ 0 }
};

/* What has to be as it was; NULL if there is no such user. */
static const char *
state_of(struct stile_req *r, int64_t id)
{
	const struct state	*s;
	size_t			 n;

	s = stile_select_all(r, state_columns, sizeof(*s), &n,
	    "SELECT password, coalesce(email, '') AS email, last_login,"
	    " verified FROM stile_user WHERE id = ? AND disabled = 0",
	    STILE_ARGS(id));
	if (s == NULL || n == 0)
		return NULL;
	return stile_arena_printf(r->arena, "%s %s %" PRId64 " %" PRId64,
	    s->password, s->email, s->last_login, s->verified);
}

static const char *
link_to(struct stile_req *r, const char *page, const char *token)
{
	const char	*url = stile_conf(r, "account_url");

	if (*url != '\0')
		return stile_arena_printf(r->arena, "%s/%s?token=%s", url,
		    page, token);
	return stile_arena_printf(r->arena, "%s://%s%s/%s?token=%s",
	    stile_req_scheme(r), stile_req_host(r), stile_req_prefix(r), page,
	    token);
}

/* A mail that leads back here. */
struct letter {
	const char	*page, *subject, *before, *after;
	int64_t		 seconds;	/* that its link holds */
};

static int
send_link(struct stile_req *r, int64_t id, const char *email,
    const struct letter *l)
{
	const char	*state = state_of(r, id), *token = NULL, *link = NULL;
	const char	*text = NULL;
	char		 payload[24];

	snprintf(payload, sizeof(payload), "%" PRId64, id);
	if (state != NULL)
		token = stile_sign(r, l->page, state, stile_str(payload),
		    l->seconds);
	if (token != NULL)
		link = link_to(r, l->page, token);
	if (link != NULL)
		text = stile_arena_printf(r->arena, "%s\n\n%s\n%s", l->before,
		    link, l->after);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (text == NULL)
		return stile__fail_nomem(r);
	return stile_mail_send(r, &(struct stile_mail){ email, l->subject,
	    text });
}

/* Whose link it is; 0 with the request failed. */
static int64_t
follow_link(struct stile_req *r, const char *purpose, const char *token)
{
	struct stile_str	 claimed = stile_sign_peek(r, token), held;
	const char		*state;
	int64_t			 id = 0;

	held.p = NULL;
	if (claimed.p != NULL &&
	    stile_num_int(claimed, 1, INT64_MAX, &id) == STILE_OK &&
	    (state = state_of(r, id)) != NULL)
		held = stile_unsign(r, purpose, state, token);
	if (stile_failed(r) == STILE_OK && held.p == NULL)
		stile_fail(r, 422, "token: this link is not valid, or not any "
		    "more");
	return stile_failed(r) == STILE_OK ? id : 0;
}

/* ---- the password --------------------------------------------------------- */

static const struct letter	reset_letter = {
	.page = "reset", .seconds = RESET_SECONDS,
	.subject = "A new password",
	.before = "Somebody, you perhaps, wants a new password for your "
	"account.\nIt can be set here in the next hour:",
	.after = "\nIf it was not you, there is nothing to do.\n",
};

/* The same answer, whether there is somebody or not. */
int
account_ask_reset(struct stile_req *r)
{
	const struct reset_in	*in = stile_input(r);
	const struct stile_user	*u = stile_user_find(r, in->email);

	if (u != NULL && !u->disabled)
		send_link(r, u->id, u->email, &reset_letter);
	return stile_send_empty(r, 202);
}

int
account_reset(struct stile_req *r)
{
	const struct confirm_in	*in = stile_input(r);
	int64_t			 id;

	if ((id = follow_link(r, "reset", in->token)) == 0)
		return STILE_EFAILED;
	stile_user_password(r, id, in->password);
	stile_session_end_all(r, id);
	return stile_send_empty(r, 204);
}

/* ---- the address ------------------------------------------------------------- */

int
account_send_verify(struct stile_req *r, int64_t id, const char *email)
{
	static const struct letter	letter = {
		.page = "verify", .seconds = VERIFY_SECONDS,
		.subject = "Is this your address?",
		.before = "Somebody, you perhaps, has registered with this "
		"address.\nIf it was you, please follow this link:",
		.after = "",
	};

	return send_link(r, id, email, &letter);
}

int
account_ask_verify(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	if (u->email != NULL && !u->verified)
		account_send_verify(r, u->id, u->email);
	return stile_send_empty(r, 202);
}

int
account_verify(struct stile_req *r)
{
	const struct confirm_in	*in = stile_input(r);
	int64_t			 id;

	if ((id = follow_link(r, "verify", in->token)) == 0)
		return STILE_EFAILED;
	stile_exec(r, "UPDATE stile_user SET verified = 1 WHERE id = ?",
	    STILE_ARGS(id));
	return stile_send_empty(r, 204);
}
