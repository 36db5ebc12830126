/* SPDX-License-Identifier: ISC */
/* Sessions and tokens of who asks: seen, made and ended. */
#include "base/priv.h"

#include "stile/db.h"
#include "stile/input.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/schema.h"
#include "stile/session.h"
#include "stile/user.h"
#include "guard/accounts.h"
#include "base/banned.h"

/* ---- sessions ----------------------------------------------------------- */

static const struct stile_schema	session_properties[] = {
	{ "id", STILE_STRING, STILE_AT(struct stile_session, id) },
	{ "created", STILE_DATE_TIME,
	    STILE_AT(struct stile_session, created) },
	{ "seen", STILE_DATE_TIME, STILE_AT(struct stile_session, seen) },
	{ "expires", STILE_DATE_TIME,
	    STILE_AT(struct stile_session, expires) },
	{ "address", STILE_STRING, STILE_AT(struct stile_session, address) },
	{ "agent", STILE_STRING, STILE_AT(struct stile_session, agent) },
	{ "current", STILE_BOOLEAN, STILE_AT(struct stile_session, current),
	    .description = "Whether it is the one that asks." },
	{ 0 }
};

static const struct stile_schema	session_out = {
	"Session", STILE_OBJECT, .properties = session_properties,
	.size = sizeof(struct stile_session),
};

const struct stile_schema	account_sessions = {
	.type = STILE_ARRAY, .items = &session_out,
};

int
account_list_sessions(struct stile_req *r)
{
	const struct stile_session	*list;
	size_t				 n;

	list = stile_session_list(r, stile_user(r)->id, &n);
	return stile_send_structs(r, 200, &session_out, list, n);
}

int
account_end_session(struct stile_req *r)
{
	if (stile_session_end(r, stile_user(r)->id, stile_path(r, "id")) == 0)
		return stile_fail(r, 404, "there is no such session");
	return stile_send_empty(r, 204);
}

int
account_end_sessions(struct stile_req *r)
{
	stile_session_end_others(r, stile_user(r)->id);
	return stile_send_empty(r, 204);
}

/* ---- tokens --------------------------------------------------------------- */

struct token {
	const char	*name, *scopes, *token;
	int64_t		 days;
};

static const struct stile_schema	token_in_properties[] = {
	{ "name", STILE_STRING, STILE_AT(struct token, name),
	    .required = true, .min = 1, .max = 100, .trim = true,
	    .example = "backup" },
	{ "scopes", STILE_STRING, STILE_AT(struct token, scopes),
	    .required = true, .max = 1000, .example = "notes.read",
	    .description = "Permissions with blanks between, or *." },
	{ "days", STILE_INTEGER, STILE_AT(struct token, days), .min = 1,
	    .max = 3650, .absent = "90" },
	{ 0 }
};

const struct stile_schema	account_token_in = {
	"NewToken", STILE_OBJECT, .properties = token_in_properties,
	.size = sizeof(struct token),
};

static const struct stile_schema	token_out_properties[] = {
	{ "token", STILE_STRING, STILE_AT(struct token, token) },
	{ 0 }
};

const struct stile_schema	account_token_out = {
	"TokenText", STILE_OBJECT, .properties = token_out_properties,
	.size = sizeof(struct token),
};

static const struct stile_schema	token_properties[] = {
	{ "id", STILE_INTEGER, .example = "3" },
	{ "name", STILE_STRING, .example = "backup" },
	{ "scopes", STILE_STRING, .example = "notes.read" },
	{ "created", STILE_DATE_TIME, .nullable = false },
	{ "expires", STILE_DATE_TIME, .nullable = true },
	{ "used", STILE_DATE_TIME, .nullable = true },
	{ 0 }
};

static const struct stile_schema	token_row = {
	"Token", STILE_OBJECT, .properties = token_properties,
};

const struct stile_schema	account_tokens = {
	.type = STILE_ARRAY, .items = &token_row,
};

int
account_list_tokens(struct stile_req *r)
{
	return stile_send_rows_as(r, 200, &token_row, "SELECT id, name,"
	    " scopes, created, nullif(expires, 0) AS expires,"
	    " nullif(used, 0) AS used FROM stile_token WHERE user_id = ?"
	    " ORDER BY id", STILE_ARGS(stile_user(r)->id));
}

int
account_make_token(struct stile_req *r)
{
	const struct token	*in = stile_input(r);
	struct token		 out = *in;

	out.token = stile_token_create(r, stile_user(r)->id, in->name,
	    in->scopes, in->days * 86400);
	return stile_send_struct(r, 201, &account_token_out, &out);
}

int
account_revoke_token(struct stile_req *r)
{
	if (stile_token_revoke(r, stile_user(r)->id,
	    stile_path_int(r, "id")) == 0)
		return stile_fail(r, 404, "there is no such token");
	return stile_send_empty(r, 204);
}
