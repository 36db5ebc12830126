/* SPDX-License-Identifier: ISC */
/* Routes that turn the second factor on and off. */
#include "base/priv.h"

#include "stile/input.h"
#include "stile/password.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/schema.h"
#include "stile/session.h"
#include "stile/user.h"
#include "guard/accounts.h"
#include "guard/second.h"
#include "guard/user.h"
#include "base/banned.h"

struct second {
	const char		*secret, *uri, *code, *password;
	struct stile_items	 recovery;
};

const struct stile_schema	account_second = {
	"SecondFactor", STILE_OBJECT, .size = sizeof(struct second),
	.properties = (const struct stile_schema[]){
		{ "secret", STILE_STRING, STILE_AT(struct second, secret),
		    .description = "In base32, to be typed." },
		{ "uri", STILE_STRING, STILE_AT(struct second, uri),
		    .description = "For a QR code that an authenticator "
		    "reads." },
		{ 0 }
	},
};

const struct stile_schema	account_code_in = {
	"Code", STILE_OBJECT, .size = sizeof(struct second),
	.properties = (const struct stile_schema[]){
		{ "code", STILE_STRING, STILE_AT(struct second, code),
		    .required = true, .max = 20, .trim = true,
		    .example = "123456" },
		{ 0 }
	},
};

const struct stile_schema	account_recovery = {
	"RecoveryCodes", STILE_OBJECT, .size = sizeof(struct second),
	.properties = (const struct stile_schema[]){
		{ "recovery", STILE_ARRAY, STILE_AT(struct second, recovery),
		    .items = &(const struct stile_schema){
		    .type = STILE_STRING }, .description =
		    "Each is good for one login without the authenticator." },
		{ 0 }
	},
};

const struct stile_schema	account_off_in = {
	"Password", STILE_OBJECT, .size = sizeof(struct second),
	.properties = (const struct stile_schema[]){
		{ "password", STILE_STRING,
		    STILE_AT(struct second, password), .required = true,
		    .write_only = true, .max = STILE_PASSWORD_MAX },
		{ 0 }
	},
};

int
account_begin_second(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);
	struct second		 out = { .code = NULL };

	if (stile__second_on(r, u->id))
		return stile_fail(r, 409, "there is a second factor already");
	stile__second_begin(r, u, &out.secret, &out.uri);
	return stile_send_struct(r, 200, &account_second, &out);
}

int
account_confirm_second(struct stile_req *r)
{
	const struct second	*in = stile_input(r);
	const char		*codes[RECOVERY_CODES] = { NULL };
	struct second		 out = {
		.recovery = { codes, RECOVERY_CODES }
	};

	stile__second_confirm(r, stile_user_id(r), in->code, codes);
	stile_session_rotate(r);
	return stile_send_struct(r, 200, &account_recovery, &out);
}

int
account_end_second(struct stile_req *r)
{
	const struct second	*in = stile_input(r);
	const struct stile_user	*u = stile_user(r);

	if (!stile__user_has_password(r, u, in->password))
		return stile_fail(r, 422, "password: this is not the "
		    "password");
	stile__second_off(r, u->id);
	stile_session_rotate(r);
	return stile_send_empty(r, 204);
}
