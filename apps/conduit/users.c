/* SPDX-License-Identifier: ISC */
/* Users, who log in, and their profiles, which others see and follow. */
#include <stddef.h>
#include <string.h>

#include "conduit.h"

#define TOKEN_SECONDS	(60 * 86400)

/* ---- the user who asks -------------------------------------------------- */

static const struct stile_schema	account_schema = {
	"User", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "email", STILE_EMAIL, .example = "jake@example.org" },
	    { .name = "token", .type = STILE_STRING },
	    { "username", STILE_STRING, .example = "jake" },
	    { "bio", STILE_STRING, .nullable = true },
	    { "image", STILE_STRING, .nullable = true }),
};

/* An object of one member, as all bodies are here. */
static const struct stile_schema	account_answer =
    STILE_WRAPPED_ROW("UserAnswer", "user", &account_schema);

static int
send_account(struct stile_req *r, int status, int64_t id, const char *token)
{
	return stile_send_row_as(r, status, &account_answer,
	    "SELECT u.email, CAST(:token AS TEXT) AS token,"
	    " u.name AS username, p.bio, p.image FROM stile_user u"
	    " LEFT JOIN profile p ON p.user_id = u.id WHERE u.id = :id",
	    STILE_NAMED("token", token, "id", id));
}

static int
send_new_account(struct stile_req *r, int status, int64_t id)
{
	return send_account(r, status, id, stile_token_create(r, id, "login",
	    "*", TOKEN_SECONDS));
}

/* The token that has come with the request. */
static int
send_own_account(struct stile_req *r)
{
	return send_account(r, 200, stile_user_id(r),
	    stile_auth_token(r, "Token"));
}

/* ---- registering and logging in ----------------------------------------- */

#define LOGIN_PROPERTIES						\
	STILE_PROPERTY(struct stile_user_new, email, STILE_STRING,	\
	    .required = true, .trim = true, .min = 1, .max = 254,	\
	    .example = "jake@example.org"),				\
	STILE_PROPERTY(struct stile_user_new, password, STILE_STRING,	\
	    .required = true, .write_only = true, .min = 1,		\
	    .max = STILE_PASSWORD_MAX)

static const struct stile_schema	registration = {
	"Registration", STILE_OBJECT, .size = sizeof(struct stile_user_new),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(
	    { "username", STILE_STRING, STILE_AT(struct stile_user_new, name),
	        .required = true, .trim = true, .min = 1,
	        .max = STILE_USER_NAME_MAX, .example = "jake" },
	    LOGIN_PROPERTIES),
};

static const struct stile_schema	registration_body = STILE_WRAPPED(
    "RegistrationBody", "user", &registration, struct stile_user_new);

static int
register_user(struct stile_req *r)
{
	int64_t	id = stile_user_create(r, stile_input(r));

	return send_new_account(r, 201, id);
}

static const struct stile_schema	login = {
	"Login", STILE_OBJECT, .size = sizeof(struct stile_user_new),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(LOGIN_PROPERTIES),
};

static const struct stile_schema	login_body =
    STILE_WRAPPED("LoginBody", "user", &login, struct stile_user_new);

static int
log_in(struct stile_req *r)
{
	const struct stile_user_new	*in = stile_input(r);
	int64_t				 id;

	id = stile_login_check(r, in->email, in->password, NULL);
	return send_new_account(r, 200, id);
}

/* ---- changing ----------------------------------------------------------- */

/* Absent, null and "" differ. */
struct change {
	struct stile_value	username, email, password, bio, image;
};

static const struct stile_schema	change = {
	"UserChange", STILE_OBJECT, .size = sizeof(struct change),
	.unknown = STILE_UNKNOWN_IGNORED,
	.properties = STILE_PROPERTIES(
	    STILE_PROPERTY(struct change, username, STILE_STRING,
	        .trim = true, .min = 1, .max = STILE_USER_NAME_MAX),
	    STILE_PROPERTY(struct change, email, STILE_STRING,
	        .trim = true, .min = 1, .max = 254),
	    STILE_PROPERTY(struct change, password, STILE_STRING,
	        .write_only = true, .min = 1, .max = STILE_PASSWORD_MAX),
	    STILE_PROPERTY(struct change, bio, STILE_STRING,
	        .nullable = true, .max = 10000),
	    STILE_PROPERTY(struct change, image, STILE_STRING,
	        .nullable = true, .max = 2000)),
};

static const struct stile_schema	change_body =
    STILE_WRAPPED("UserChangeBody", "user", &change, struct change);

static struct stile_value
null_if_empty(struct stile_value v)
{
	return v.type == STILE_TEXT && v.u.s.len == 0 ? stile_null() : v;
}

static int
change_user(struct stile_req *r)
{
	const struct change	*in = stile_input(r);
	int64_t			 id = stile_user_id(r);

	if (in->password.type == STILE_TEXT)
		stile_user_password(r, id, in->password.u.s.p);
	if (in->username.type == STILE_TEXT)
		stile_user_rename(r, id, in->username.u.s.p);
	if (in->email.type == STILE_TEXT)
		stile_user_email(r, id, in->email.u.s.p);
	stile_exec(r, "INSERT INTO profile (user_id) VALUES (?)"
	    " ON CONFLICT DO NOTHING", STILE_ARGS(id));
	if (in->bio.type != STILE_ABSENT)
		stile_exec(r, "UPDATE profile SET bio = ? WHERE user_id = ?",
		    STILE_ARGS(null_if_empty(in->bio), id));
	if (in->image.type != STILE_ABSENT)
		stile_exec(r, "UPDATE profile SET image = ?"
		    " WHERE user_id = ?",
		    STILE_ARGS(null_if_empty(in->image), id));
	return send_own_account(r);
}

/* ---- profiles ----------------------------------------------------------- */

const struct stile_schema	profile_schema = {
	"Profile", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "username", STILE_STRING, .example = "jake" },
	    { "bio", STILE_STRING, .nullable = true },
	    { "image", STILE_STRING, .nullable = true },
	    { "following", STILE_BOOLEAN,
	        .description = "Whether who asks follows them." }),
};

static const struct stile_schema	profile_answer =
    STILE_WRAPPED_ROW("ProfileAnswer", "profile", &profile_schema);

/* By name alone: whose an address is, is not for others to ask. */
int64_t
user_of_name(struct stile_req *r, const char *name)
{
	const struct stile_user	*u;

	u = strchr(name, '@') == NULL ? stile_user_find(r, name) : NULL;
	return u != NULL ? u->id : 0;
}

static int64_t
find_profile(struct stile_req *r)
{
	int64_t	id = user_of_name(r, stile_path(r, "username"));

	if (id == 0)
		stile_fail_field(r, 404, "profile", "not_found", "not found");
	return id;
}

static int
send_profile(struct stile_req *r, int64_t id)
{
	return stile_send_row_as(r, 200, &profile_answer,
	    "SELECT " PROFILE_COLUMNS("") " FROM stile_user u"
	    " LEFT JOIN profile p ON p.user_id = u.id WHERE u.id = :id",
	    STILE_NAMED("me", stile_user_id(r), "id", id));
}

static int
show_profile(struct stile_req *r)
{
	return send_profile(r, find_profile(r));
}

static int
follow(struct stile_req *r)
{
	int64_t	id = find_profile(r);

	stile_exec(r, "INSERT INTO follow (follower_id, followed_id)"
	    " VALUES (?, ?) ON CONFLICT DO NOTHING",
	    STILE_ARGS(stile_user_id(r), id));
	return send_profile(r, id);
}

static int
unfollow(struct stile_req *r)
{
	int64_t	id = find_profile(r);

	stile_exec(r, "DELETE FROM follow WHERE follower_id = ?"
	    " AND followed_id = ?", STILE_ARGS(stile_user_id(r), id));
	return send_profile(r, id);
}

/* ---- routes ------------------------------------------------------------- */

#define ACCOUNT		{ 200, &account_answer, .description = "The user." }
#define REFUSED		{ 422, .description = "Not that name, address or " \
			    "password." }

static const struct stile_response	gives_profile[] = {
	{ 200, &profile_answer, .description = "The profile." }, { 0 }
};

const struct stile_route	user_routes[] = {
	{ "POST", "/users", register_user, .name = "users",
	    .summary = "Register", .anyone = true,
	    .body = &registration_body, .responses = STILE_RESPONSES({ 201,
	    &account_answer, .description = "The user." }, REFUSED) },
	{ "POST", "/users/login", log_in, .name = "login",
	    .summary = "Log in", .anyone = true, .tx = STILE_TX_NONE,
	    .body = &login_body, .responses = STILE_RESPONSES(ACCOUNT,
	    { .status = 401 }, { .status = 429 }) },
	{ "GET", "/user", send_own_account, .name = "user",
	    .summary = "Show who asks", .need = STILE_ANY_USER,
	    .responses = STILE_RESPONSES(ACCOUNT) },
	{ "PUT", "/user", change_user, .name = "user",
	    .summary = "Change who asks", .need = STILE_ANY_USER,
	    .body = &change_body,
	    .responses = STILE_RESPONSES(ACCOUNT, REFUSED) },
	{ "GET", "/profiles/{username}", show_profile, .name = "profile",
	    .summary = "Show somebody", .tags = "profiles",
	    .responses = gives_profile },
	{ "POST", "/profiles/{username}/follow", follow, .name = "follow",
	    .summary = "Follow somebody", .need = STILE_ANY_USER,
	    .tags = "profiles", .responses = gives_profile },
	{ "DELETE", "/profiles/{username}/follow", unfollow,
	    .name = "follow", .summary = "Follow somebody no more",
	    .need = STILE_ANY_USER, .tags = "profiles",
	    .responses = gives_profile },
	{ 0 }
};
