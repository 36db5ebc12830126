/* SPDX-License-Identifier: ISC */
/* Sessions and tokens of who asks: seen, made and ended. */
#include "base/priv.h"

#include "stile/arena.h"
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

	list = stile_session_list(r, stile_user_id(r), &n);
	return stile_send_structs(r, 200, &session_out, list, n);
}

int
account_end_session(struct stile_req *r)
{
	if (stile_session_end(r, stile_user_id(r), stile_path(r, "id")) == 0)
		return stile_fail(r, 404, "there is no such session");
	return stile_send_empty(r, 204);
}

int
account_end_sessions(struct stile_req *r)
{
	stile_session_end_others(r, stile_user_id(r));
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

/* What is never is null here. */
struct listed {
	struct stile_token	t;
	struct stile_value	expires, used;
};

static const struct stile_schema	token_properties[] = {
	{ "id", STILE_INTEGER, STILE_AT(struct listed, t.id),
	    .example = "3" },
	{ "name", STILE_STRING, STILE_AT(struct listed, t.name),
	    .example = "backup" },
	{ "scopes", STILE_STRING, STILE_AT(struct listed, t.scopes),
	    .example = "notes.read" },
	{ "created", STILE_DATE_TIME, STILE_AT(struct listed, t.created) },
	{ "expires", STILE_DATE_TIME, STILE_AT(struct listed, expires),
	    .nullable = true },
	{ "used", STILE_DATE_TIME, STILE_AT(struct listed, used),
	    .nullable = true },
	{ 0 }
};

static const struct stile_schema	token_row = {
	"Token", STILE_OBJECT, .properties = token_properties,
	.size = sizeof(struct listed),
};

const struct stile_schema	account_tokens = {
	.type = STILE_ARRAY, .items = &token_row,
};

static struct stile_value
time_or_null(int64_t ms)
{
	return ms != 0 ? stile_time(ms) : stile_null();
}

int
account_list_tokens(struct stile_req *r)
{
	const struct stile_token	*t;
	struct listed			*list;
	size_t				 i, n;

	t = stile_token_list(r, stile_user_id(r), &n);
	list = stile_arena_alloc(stile_req_arena(r), n + 1, sizeof(*list));
	if (list == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < n; i++)
		list[i] = (struct listed){ t[i], time_or_null(t[i].expires),
		    time_or_null(t[i].used) };
	return stile_send_structs(r, 200, &token_row, list, n);
}

int
account_make_token(struct stile_req *r)
{
	const struct token	*in = stile_input(r);
	struct token		 out = *in;

	out.token = stile_token_create(r, stile_user_id(r), in->name,
	    in->scopes, in->days * 86400);
	return stile_send_struct(r, 201, &account_token_out, &out);
}

int
account_revoke_token(struct stile_req *r)
{
	if (stile_token_revoke(r, stile_user_id(r),
	    stile_path_int(r, "id")) == 0)
		return stile_fail(r, 404, "there is no such token");
	return stile_send_empty(r, 204);
}
