/* SPDX-License-Identifier: ISC */
/*
 * Ready routes for accounts: register, log in and out, who asks, the password.
 * An application that wants them otherwise writes its own with the same
 * functions.
 */
#include "base/priv.h"

#include "stile/accounts.h"
#include "stile/app.h"
#include "stile/conf.h"
#include "stile/db.h"
#include "stile/input.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/mail.h"
#include "stile/session.h"
#include "stile/user.h"
#include "guard/accounts.h"
#include "guard/user.h"
#include "base/banned.h"

/* ---- what a user looks like ------------------------------------------- */

static const struct stile_schema	user_properties[] = {
	{ "id", STILE_INTEGER, STILE_AT(struct stile_user, id),
	    .example = "7" },
	{ "name", STILE_STRING, STILE_AT(struct stile_user, name),
	    .example = "ann" },
	{ "email", STILE_EMAIL, STILE_AT(struct stile_user, email),
	    .nullable = true, .example = "ann@example.org" },
	{ "verified", STILE_BOOLEAN, STILE_AT(struct stile_user, verified),
	    .description = "Whether the address is known to be the user's." },
	{ "created", STILE_DATE_TIME, STILE_AT(struct stile_user, created) },
	{ "roles", STILE_STRING, STILE_AT(struct stile_user, roles),
	    .description = "With blanks between.", .example = "editor" },
	{ 0 }
};

const struct stile_schema	account_user = {
	"User", STILE_OBJECT, .properties = user_properties,
	.size = sizeof(struct stile_user),
};

/* ---- registering --------------------------------------------------------- */

static const struct stile_schema	register_properties[] = {
	{ "name", STILE_STRING, STILE_AT(struct stile_user_new, name),
	    .required = true, .min = 1, .max = STILE_USER_NAME_MAX,
	    .trim = true, .example = "ann" },
	{ "email", STILE_EMAIL, STILE_AT(struct stile_user_new, email),
	    .required = true, .trim = true, .example = "ann@example.org" },
	{ "password", STILE_STRING, STILE_AT(struct stile_user_new, password),
	    .required = true, .write_only = true, .min = STILE_PASSWORD_MIN,
	    .max = STILE_PASSWORD_MAX },
	{ 0 }
};

static const struct stile_schema	register_in = {
	"Registration", STILE_OBJECT, .properties = register_properties,
	.size = sizeof(struct stile_user_new),
};

/* The address's owner learns of it, and whoever asks does not. */
static int
tell_owner(struct stile_req *r, const char *email)
{
	return stile_mail_send(r, &(struct stile_mail){
	    .to = email, .subject = "Somebody wanted to register",
	    .text = "Somebody wanted to register with this address, which has "
	    "an account already.\n\nIf it was you, log in, or ask for a new "
	    "password. If not, there is nothing to do.\n" });
}

static int
register_user(struct stile_req *r)
{
	const struct stile_user_new	*in = stile_input(r);
	struct stile_user_new		 u = *in;
	int64_t				 id;

	if (!stile_conf_bool(r, "account_register"))
		return stile_fail(r, 403, "nobody can register here");
	/* As much work, and the same answer. */
	if (stile_user_find(r, in->email) != NULL) {
		stile_password_hash(r, in->password);
		tell_owner(r, in->email);
		return stile_send_empty(r, 202);
	}
	if ((id = stile_user_create(r, &u)) != 0)
		account_send_verify(r, id, in->email);
	return stile_send_empty(r, 202);
}

/* ---- logging in and out ----------------------------------------------------- */

struct login {
	const char	*login, *password, *code, *next;
	bool		 remember;
};

static const struct stile_schema	login_properties[] = {
	{ "login", STILE_STRING, STILE_AT(struct login, login),
	    .required = true, .max = 254, .trim = true, .example = "ann",
	    .description = "The name or the address." },
	{ "password", STILE_STRING, STILE_AT(struct login, password),
	    .required = true, .write_only = true,
	    .max = STILE_PASSWORD_MAX },
	{ "code", STILE_STRING, STILE_AT(struct login, code), .max = 20,
	    .trim = true, .write_only = true, .description =
	    "Of the authenticator, or a recovery code: with a second "
	    "factor." },
	{ "next", STILE_STRING, STILE_AT(struct login, next), .max = 2000,
	    .write_only = true, .description =
	    "A path on this host to be sent to, for a page's form." },
	{ "remember", STILE_BOOLEAN, STILE_AT(struct login, remember),
	    .absent = "true", .description =
	    "Otherwise the session ends when the browser is closed." },
	{ 0 }
};

static const struct stile_schema	login_in = {
	"Login", STILE_OBJECT, .properties = login_properties,
	.size = sizeof(struct login),
};

static int
send_user(struct stile_req *r, int64_t id)
{
	const struct stile_user	*u = stile_user_get(r, id);

	if (u == NULL)
		return stile_fail(r, 404, "there is no such user");
	return stile_send_struct(r, 200, &account_user, u);
}

/* Another site must not log its own user in for somebody. */
static int
log_in(struct stile_req *r)
{
	const struct login	*in = stile_input(r);
	int64_t			 id;

	if (stile_header(r, "Origin") != NULL ||
	    stile_header(r, "Sec-Fetch-Site") != NULL)
		stile_csrf_check(r);
	id = stile_login(r, in->login, in->password, in->code);
	if (!in->remember)
		stile_session_last(r, 0);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	/* Another host's pages are nowhere to go on to. */
	return in->next == NULL ? send_user(r, id) :
	    stile_redirect(r, 303, stile_next(r, in->next, "/"));
}

static int
log_out(struct stile_req *r)
{
	stile_session_logout(r);
	return stile_send_empty(r, 204);
}

static int
show_me(struct stile_req *r)
{
	return stile_send_struct(r, 200, &account_user, stile_user(r));
}

/* ---- the password -------------------------------------------------------------- */

struct passwords {
	const char	*old, *new;
};

static const struct stile_schema	password_properties[] = {
	{ "old", STILE_STRING, STILE_AT(struct passwords, old),
	    .required = true, .write_only = true,
	    .max = STILE_PASSWORD_MAX },
	{ "new", STILE_STRING, STILE_AT(struct passwords, new),
	    .required = true, .write_only = true, .min = STILE_PASSWORD_MIN,
	    .max = STILE_PASSWORD_MAX },
	{ 0 }
};

static const struct stile_schema	password_in = {
	"PasswordChange", STILE_OBJECT, .properties = password_properties,
	.size = sizeof(struct passwords),
};

static int
change_password(struct stile_req *r)
{
	const struct passwords	*in = stile_input(r);
	const struct stile_user	*u = stile_user(r);

	/* Who found an open browser does not know it. */
	if (!stile__user_has_password(r, u, in->old))
		return stile_fail(r, 422, "old: this is not the password");
	stile_user_password(r, u->id, in->new);
	return stile_send_empty(r, 204);
}

/* ---- the application --------------------------------------------------------------- */

#define GONE	STILE_RESPONSES({ 204, .description = "It is done." })
#define QUEUED	STILE_RESPONSES({ 202,					\
	.description = "If it can be done, a mail is under way." })
#define GIVES(schema, text)						\
	STILE_RESPONSES({ 200, (schema), .description = (text) })

static const struct stile_schema	session_params = {
	.type = STILE_OBJECT,
	.properties = (const struct stile_schema[]){
		{ "id", STILE_STRING, .in = STILE_IN_PATH, .required = true,
		    .max = 64 },
		{ 0 }
	},
};

static const struct stile_route	routes[] = {
	{ "POST", "/register", register_user, .name = "register",
	    .summary = "Register", .anyone = true, .body = &register_in,
	    .body_type = STILE_BODY_JSON_OR_FORM, .tx = STILE_TX_NONE,
	    .responses = QUEUED, .tags = "account" },
	{ "POST", "/login", log_in, .name = "login", .summary = "Log in",
	    .anyone = true, .body = &login_in, .tx = STILE_TX_NONE,
	    .body_type = STILE_BODY_JSON_OR_FORM, .tags = "account",
	    .responses = STILE_RESPONSES(
	    { 200, &account_user, .description = "Who is logged in." },
	    { 303, .description = "The same, with next." }) },
	{ "POST", "/logout", log_out, .name = "logout", .summary = "Log out",
	    .anyone = true, .responses = GONE, .tags = "account" },
	{ "GET", "/me", show_me, .name = "me", .summary = "Show who asks",
	    .need = STILE_ANY_USER, .tags = "account",
	    .responses = GIVES(&account_user, "Who asks.") },
	{ "POST", "/password", change_password, .name = "password",
	    .summary = "Change the password", .need = STILE_ACCOUNT,
	    .body = &password_in, .tx = STILE_TX_NONE, .responses = GONE,
	    .tags = "account" },
	{ "POST", "/reset", account_ask_reset, .name = "reset",
	    .summary = "Ask for a link to set a new password",
	    .anyone = true, .body = &account_reset_in, .responses = QUEUED,
	    .tags = "account" },
	{ "POST", "/reset/confirm", account_reset, .name = "reset-confirm",
	    .summary = "Set a new password by such a link", .anyone = true,
	    .body = &account_confirm_in, .tx = STILE_TX_NONE,
	    .responses = GONE, .tags = "account" },
	{ "POST", "/verify", account_ask_verify, .name = "verify",
	    .summary = "Ask for a link to verify the address",
	    .need = STILE_ACCOUNT, .responses = QUEUED, .tags = "account" },
	{ "POST", "/verify/confirm", account_verify,
	    .name = "verify-confirm", .summary = "Verify by such a link",
	    .anyone = true, .body = &account_verify_in, .responses = GONE,
	    .tags = "account" },
	{ "GET", "/sessions", account_list_sessions, .name = "sessions",
	    .summary = "List own sessions", .need = STILE_ACCOUNT,
	    .responses = GIVES(&account_sessions, "All of them."),
	    .tags = "account" },
	{ "DELETE", "/sessions", account_end_sessions, .name = "sessions",
	    .summary = "Log out everywhere else", .need = STILE_ACCOUNT,
	    .responses = GONE, .tags = "account" },
	{ "DELETE", "/sessions/{id}", account_end_session, .name = "session",
	    .summary = "End a session", .need = STILE_ACCOUNT,
	    .params = &session_params, .responses = GONE, .tags = "account" },
	{ "GET", "/tokens", account_list_tokens, .name = "tokens",
	    .summary = "List own tokens", .need = STILE_ACCOUNT,
	    .responses = GIVES(&account_tokens, "All of them."),
	    .tags = "account" },
	{ "POST", "/tokens", account_make_token, .name = "tokens",
	    .summary = "Make a token", .need = STILE_ACCOUNT,
	    .body = &account_token_in, .tags = "account",
	    .responses = STILE_RESPONSES({ 201, &account_token_out,
	    .description = "With its text, which is not shown again." }) },
	{ "POST", "/totp", account_begin_second, .name = "totp",
	    .summary = "Begin to use a second factor",
	    .need = STILE_ACCOUNT, .tags = "account",
	    .responses = GIVES(&account_second, "What to tell the "
	    "authenticator.") },
	{ "POST", "/totp/confirm", account_confirm_second,
	    .name = "totp-confirm", .need = STILE_ACCOUNT,
	    .summary = "Show that the authenticator has it",
	    .body = &account_code_in, .tags = "account",
	    .responses = GIVES(&account_recovery, "It is needed from now "
	    "on.") },
	{ "POST", "/totp/off", account_end_second, .name = "totp-off",
	    .summary = "Use no second factor any more",
	    .need = STILE_ACCOUNT, .body = &account_off_in,
	    .tx = STILE_TX_NONE, .responses = GONE, .tags = "account" },
	{ "DELETE", "/tokens/{id:int}", account_revoke_token,
	    .name = "token", .summary = "Revoke a token",
	    .need = STILE_ACCOUNT, .responses = GONE, .tags = "account" },
	{ 0 }
};

const struct stile_app	stile_accounts = {
	.name = "accounts", .summary = "users and their accounts",
	.routes = routes, .uses = STILE_USES(&stile_users),
};
