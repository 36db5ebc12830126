/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/login.c, identity.c, token.c, user.c: what must not be got round,
 * and what happens while others write or there is no memory.
 */
#include "app.h"

#include <sodium.h>

#include "stile/enc.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/session.h"
#include "stile/str.h"
#include "stile/user.h"

#define SECRETS	"secrets=0123456789abcdef0123456789abcdef"
#define GOOD	"zufällig gewählt 7"
#define LONG	"a_role_that_has_a_name_of_more_than_sixty_three_characters_in_it"

static struct tmp	 t;
static struct stile_db	*db;

static int	(*act)(struct stile_req *);	/* what POST /act does */

static int
do_act(struct stile_req *r)
{
	return act(r);
}

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

/* With what a transaction of the route's would do. */
static int
log_in(struct stile_req *r)
{
	stile_user(r);
	stile_login(r, stile_query(r, "name"), stile_query(r, "password"),
	    stile_query(r, "code"));
	return stile_send_text(r, 200, stile_user(r) != NULL ?
	    stile_user(r)->name : "nobody");
}

static int
log_out(struct stile_req *r)
{
	stile_user(r);
	stile_session_logout(r);
	return stile_send_text(r, 200, stile_user(r) != NULL ?
	    stile_user(r)->name : "nobody");
}

static const struct stile_role	roles[] = {
	{ "editor", "notes.read notes.write" },
	{ LONG "_a", "notes.read" },
	{ LONG "_b", "notes.write" },
	{ 0 }
};

static const struct stile_route	routes[] = {
	{ "POST", "/act", .handler = do_act },
	{ "POST", "/in", .handler = log_in },
	{ "POST", "/out", .handler = log_out },
	{ "GET", "/read", .handler = hello, .need = "notes.read" },
	{ "GET", "/write", .handler = hello, .need = "notes.write" },
	{ "POST", "/any", .handler = hello, .need = STILE_ANY_USER },
	{ 0 }
};

static int
not_found(struct stile_req *r)
{
	return stile_send_text(r, 404, stile_user(r) != NULL ?
	    stile_user(r)->name : "nobody");
}

static const struct stile_error_handler	errors[] = {
	{ 404, .fn = not_found }, { 0 }
};

static const struct stile_app	app = {
	.name = "users", .routes = routes, .roles = roles, .errors = errors,
	.uses = STILE_USES(&stile_users),
};

static struct stile_client *
client_for(const struct stile_app *which)
{
	struct stile_client	*c;
	char			 dsn[160];

	snprintf(dsn, sizeof(dsn), "db=%s", tmp_path(&t, "sqlite:", "u.db"));
	c = CLIENT(which, dsn, SECRETS, "db_busy_ms=0", "password_memory=8192",
	    "password_passes=1",);
	stile_client_header(c, "Origin", "http://localhost");
	if (db == NULL)
		cr_assert_eq(stile_db_open(tmp_path(&t, "sqlite:", "u.db"),
		    STILE_DB_READWRITE, 1000, &db, NULL), STILE_OK);
	return c;
}

static void
setup(void)
{
	tmp_make(&t);
	db = NULL;
}

static void
teardown(void)
{
	stile_db_close(db);
	tmp_remove(&t);
}

TestSuite(user_guard, .init = setup, .fini = teardown, .timeout = 120);

static void
sql(const char *text)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_db_script(db, text, &e), STILE_OK, "%s: %s", text,
	    e.detail);
}

static const struct stile_answer *
run(struct stile_client *c, int (*fn)(struct stile_req *))
{
	act = fn;
	return send_to(c, "POST", "/act");
}

static struct stile_user_new	wanted = { "Ann", "ann@example.org", GOOD };

static int
make_wanted(struct stile_req *r)
{
	stile_user_create(r, &wanted);
	return stile_send_text(r, 201, "made");
}

static struct stile_client *
with_ann(void)
{
	struct stile_client	*c = client_for(&app);

	wanted = (struct stile_user_new){ "Ann", "ann@example.org", GOOD };
	EXPECT_ANSWER(run(c, make_wanted), 201, "made", "ann");
	return c;
}

static bool
keep_cookie(struct stile_client *c, const struct stile_answer *a)
{
	const char	*field = stile_answer_header(a, "Set-Cookie");
	char		 cookie[200];

	if (field == NULL)
		return false;
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(field, ";"),
	    field);
	stile_client_header(c, "Cookie", cookie);
	return true;
}

#define PASSWORD	"&password=zuf%C3%A4llig+gew%C3%A4hlt+7"
#define IN_ANN		"/in?name=ann" PASSWORD

/* ---- logging in ------------------------------------------------------------ */

Test(user_guard, who_asks_changes_with_a_login)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;

	a = send_to(c, "POST", IN_ANN);
	EXPECT_ANSWER(a, 200, "Ann", "in");
	cr_assert(keep_cookie(c, a));
	EXPECT_ANSWER(send_to(c, "POST", "/out"), 200, "nobody", "out");
	stile_client_free(c);
}

/* A wrong password is tried without a lock that others have to wait for. */
Test(user_guard, wrong_login_holds_nobody_up)
{
	struct stile_client	*c = with_ann();

	sql("BEGIN IMMEDIATE");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=ann&password=wrong"), 401,
	    NULL, "wrong");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=ben&password=wrong"), 401,
	    NULL, "nobody");
	EXPECT_ANSWER(send_to(c, "POST", IN_ANN), 503, NULL, "right");
	sql("ROLLBACK");
	EXPECT_ANSWER(send_to(c, "POST", IN_ANN), 200, "Ann", "right");
	stile_client_free(c);
}

/* 64 characters of four bytes each. */
#define FOUR	"\xf0\x9f\x90\x8e"
#define SIXTEEN	FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR \
		FOUR FOUR FOUR FOUR
#define PERCENT	"%F0%9F%90%8E"
#define P16	PERCENT PERCENT PERCENT PERCENT PERCENT PERCENT PERCENT	\
		PERCENT PERCENT PERCENT PERCENT PERCENT PERCENT PERCENT	\
		PERCENT PERCENT

Test(user_guard, longest_name_can_log_in)
{
	struct stile_client	*c = with_ann();

	wanted.name = SIXTEEN SIXTEEN SIXTEEN SIXTEEN;
	wanted.email = NULL;
	EXPECT_ANSWER(run(c, make_wanted), 201, "made", "64");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=" P16 P16 P16 P16 PASSWORD),
	    200, wanted.name, "64");
	wanted.name = SIXTEEN SIXTEEN SIXTEEN SIXTEEN "x";
	EXPECT_ANSWER(run(c, make_wanted), 422, NULL, "65");
	stile_client_free(c);
}

Test(user_guard, name_shows_as_it_is)
{
	static const struct {
		const char	*name;
		int		 status;
	} cases[] = {
		{ "a\xc2\x80", 422 }, { "a\xc2\x9f" "b", 422 },
		{ "a\xe2\x80\xa8" "b", 422 },	/* line separator */
		{ "a\xe2\x80\xae" "b", 422 },	/* right to left */
		{ "a\xe2\x81\xa6" "b", 422 }, { "a\xe2\x81\xa9", 422 },
		{ "a\tb", 422 }, { "a\x7f" "b", 422 },
		{ "a\xc2\xa1", 201 }, { "\xc3\xa9mile", 201 },
		{ "o\xe2\x80\x99neil", 201 }, { "\xd7\x90\xd7\x91", 201 },
	};
	struct stile_client	*c = client_for(&app);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		wanted = (struct stile_user_new){ .name = cases[i].name };
		EXPECT_ANSWER(run(c, make_wanted), cases[i].status, NULL,
		    "%zu", i);
	}
	stile_client_free(c);
}

/* ---- roles ------------------------------------------------------------------- */

static int
grant_long(struct stile_req *r)
{
	stile_user_grant(r, 1, LONG "_b", true);
	return stile_send_text(r, 200, "done");
}

Test(user_guard, long_role_is_not_another_one)
{
	struct stile_client	*c = with_ann();

	EXPECT_ANSWER(run(c, grant_long), 200, "done", "grant");
	cr_assert(keep_cookie(c, send_to(c, "POST", IN_ANN)));
	EXPECT_ANSWER(stile_client_get(c, "/write"), 200, "hello", "b");
	EXPECT_ANSWER(stile_client_get(c, "/read"), 403, NULL, "a");
	stile_client_free(c);
}

/* ---- tokens ------------------------------------------------------------------ */

static char	narrow[100], wide[100];

static int
make_tokens(struct stile_req *r)
{
	stile_user_grant(r, 1, "editor", true);
	snprintf(narrow, sizeof(narrow), "%s", stile_token_create(r, 1, "n",
	    "notes.read", 0));
	snprintf(wide, sizeof(wide), "%s", stile_token_create(r, 1, "w", "*",
	    0));
	return stile_send_text(r, 200, "done");
}

static void
bring(struct stile_client *c, const char *text)
{
	char	field[200];

	snprintf(field, sizeof(field), "Bearer %s", text);
	stile_client_header(c, "Authorization", field);
}

/* Looking at another token gives whoever asks nothing of it. */
static int
look_at_wide(struct stile_req *r)
{
	bool	before = stile_may(r, "notes.write");
	int64_t	user = stile_token_user(r, wide);

	return stile_send_object(r, 200, STILE_ARGS("before", before, "user",
	    user, "after", stile_may(r, "notes.write")));
}

Test(user_guard, token_looked_at_gives_nothing)
{
	struct stile_client	*c = with_ann();

	EXPECT_ANSWER(run(c, make_tokens), 200, "done", "tokens");
	bring(c, narrow);
	EXPECT_ANSWER(run(c, look_at_wide), 200,
	    "{\"before\":false,\"user\":1,\"after\":false}", "look");
	stile_client_free(c);
}

Test(user_guard, token_of_one_locked_out_is_not_valid)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;

	EXPECT_ANSWER(run(c, make_tokens), 200, "done", "tokens");
	bring(c, wide);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "in");
	sql("UPDATE stile_user SET disabled = 1");
	a = stile_client_get(c, "/read");
	EXPECT_ANSWER(a, 401, NULL, "out");
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
	    "Bearer error=\"invalid_token\"", "out");
	stile_client_free(c);
}

static int64_t
number(const char *text)
{
	struct stile_stmt	*st;
	int64_t			 n;

	cr_assert_eq(stile_db_query(db, text, STILE_NOARGS, &st, NULL),
	    STILE_OK, "%s", text);
	cr_assert_eq(stile_stmt_step(st, NULL), 1, "%s", text);
	n = stile_stmt_value(st, 0).u.i;
	stile_stmt_done(st);
	return n;
}

/* Its use is noted once a minute; where it cannot be, the answer is given. */
Test(user_guard, token_is_noted_or_not)
{
	struct stile_client	*c = with_ann();
	int64_t			 used;

	EXPECT_ANSWER(run(c, make_tokens), 200, "done", "tokens");
	bring(c, wide);
	sql("BEGIN IMMEDIATE");
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "locked");
	sql("ROLLBACK");
	cr_expect_eq(number("SELECT max(used) FROM stile_token"), 0);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "free");
	used = number("SELECT max(used) FROM stile_token");
	cr_expect_gt(used, 0);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "again");
	cr_expect_eq(number("SELECT max(used) FROM stile_token"), used);
	sql("UPDATE stile_token SET expires = 1");
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "expired");
	stile_client_free(c);
}

/* ---- applications inside one another ------------------------------------------- */

static int64_t
always_ann(struct stile_req *r)
{
	(void)r;
	return 1;
}

static const struct stile_app	inner = {
	.name = "inner", .routes = routes, .identify = always_ann,
};
static const struct stile_app	outer = {
	.name = "outer", .roles = roles, .errors = errors,
	.uses = STILE_USES(&stile_users),
	.mounts = (const struct stile_mount[]){ { "/in", &inner }, { 0 } },
};

/* Also where there is nothing. */
Test(user_guard, mounted_application_says_who_asks)
{
	struct stile_client	*c = client_for(&outer);

	act = make_wanted;
	wanted = (struct stile_user_new){ .name = "Ann" };
	EXPECT_ANSWER(send_to(c, "POST", "/in/act"), 201, "made", "ann");
	EXPECT_ANSWER(send_to(c, "POST", "/in/any"), 200, "hello", "inner");
	EXPECT_ANSWER(stile_client_get(c, "/in/nothing"), 404, "Ann", "inner");
	EXPECT_ANSWER(stile_client_get(c, "/nothing"), 404, "nobody", "outer");
	stile_client_free(c);
}

/* ---- pages ------------------------------------------------------------------------ */

static int
ask_to_log_in(struct stile_req *r)
{
	struct stile_buf	*b = stile_buf_new(stile_req_arena(r), 8192);

	stile_buf_puts(b, "/login?next=");
	stile_enc_percent(b, stile_str(stile_req_path(r)));
	return stile_redirect(r, 303, stile_buf_view(b).p);
}

static int
log_in_and_go_on(struct stile_req *r)
{
	stile_login(r, stile_query(r, "name"), stile_query(r, "password"),
	    NULL);
	return stile_redirect(r, 303, stile_next(r, stile_query(r, "next"),
	    "/"));
}

Test(user_guard, pages_send_to_the_login_and_back)
{
	static const struct stile_error_handler	to_login[] = {
		{ 401, .fn = ask_to_log_in }, { 0 }
	};
	static const struct stile_route		pages[] = {
		{ "GET", "/my/<notes>", .handler = hello,
		    .need = STILE_ANY_USER },
		{ "POST", "/login", .handler = log_in_and_go_on },
		{ 0 }
	};
	static const struct stile_app *const	users[] = {
		&stile_users, NULL
	};
	static const struct stile_app		site = {
		.name = "users", .routes = pages, .errors = to_login,
		.uses = users,
	};
	struct stile_client			*c = with_ann();
	const struct stile_answer		*a;
	char					 target[200];

	stile_client_free(c);
	c = client_for(&site);
	a = stile_client_get(c, "/my/%3Cnotes%3E");
	EXPECT_ANSWER(a, 303, "", "to the login");
	EXPECT_STR(stile_answer_header(a, "Location"),
	    "/login?next=%2Fmy%2F%3Cnotes%3E", "to the login");
	snprintf(target, sizeof(target), "%s%s",
	    stile_answer_header(a, "Location"), "&name=ann" PASSWORD);
	a = send_to(c, "POST", target);
	EXPECT_ANSWER(a, 303, "", "and back");
	EXPECT_STR(stile_answer_header(a, "Location"), "/my/%3Cnotes%3E",
	    "and back");
	cr_assert(keep_cookie(c, a));
	EXPECT_ANSWER(stile_client_get(c, "/my/%3Cnotes%3E"), 200, "hello",
	    "there");
	stile_client_free(c);
}

/* ---- the log ---------------------------------------------------------------------- */

static int
make_and_fail(struct stile_req *r)
{
	stile_user_create(r, &wanted);
	return stile_fail(r, 409, "no");
}

/* The client's log is standard error, which goes into a file here. */
static char *
logged(int (*fn)(struct stile_req *), const char *target)
{
	static char		 text[4000];
	struct stile_client	*c;
	char			 dsn[160];
	const char		*path = tmp_path(&t, "", "log");
	int			 was = dup(2), fd;
	ssize_t			 n;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	cr_assert_geq(dup2(fd, 2), 0);
	snprintf(dsn, sizeof(dsn), "db=%s", tmp_path(&t, "sqlite:", "u.db"));
	c = CLIENT(&app, dsn, SECRETS, "password_memory=8192",
	    "password_passes=1", "log_level=info", "access_log=off",);
	act = fn;
	send_to(c, "POST", target);
	stile_client_free(c);
	dup2(was, 2);
	close(was);
	n = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

Test(user_guard, what_was_done_is_logged)
{
	const char	*text;

	wanted = (struct stile_user_new){ "Ann", NULL, GOOD };
	text = logged(make_and_fail, "/act");
	cr_expect(strstr(text, "event=create") == NULL, "undone: %s", text);
	text = logged(make_wanted, "/act");
	cr_expect(strstr(text, "event=create user=") != NULL &&
	    strstr(text, " peer=127.0.0.1") != NULL, "done: %s", text);
	text = logged(NULL, "/in?name=ann&password=not+this+one");
	cr_expect(strstr(text, "event=\"login failed\" user=") != NULL,
	    "failed: %s", text);
	cr_expect(strstr(text, "not this one") == NULL, "%s", text);
	text = logged(NULL, IN_ANN);
	cr_expect(strstr(text, "event=login user=") != NULL, "%s", text);
}

/* ---- HTTP Basic ----------------------------------------------------------------- */

#define REALM	"basic_realm=The notes"

static struct stile_client *
basic_client(const char *realm)
{
	struct stile_client	*c;
	char			 dsn[160];

	snprintf(dsn, sizeof(dsn), "db=%s", tmp_path(&t, "sqlite:", "u.db"));
	c = CLIENT(&app, dsn, SECRETS, "password_memory=8192",
	    "password_passes=1", realm,);
	return c;
}

static void
say_basic(struct stile_client *c, const char *name, const char *password)
{
	char	plain[200], text[300], field[320];

	snprintf(plain, sizeof(plain), "%s:%s", name, password);
	sodium_bin2base64(text, sizeof(text), (const unsigned char *)plain,
	    strlen(plain), sodium_base64_VARIANT_ORIGINAL);
	snprintf(field, sizeof(field), "Basic %s", text);
	stile_client_header(c, "Authorization", field);
}

Test(user_guard, basic_by_password)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;

	run(c, make_tokens);
	stile_client_free(c);
	c = basic_client(REALM);
	a = stile_client_get(c, "/read");
	EXPECT_ANSWER(a, 401, NULL, "nobody");
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
	    "Basic realm=\"The notes\", charset=\"UTF-8\", Bearer", "nobody");
	say_basic(c, "ann", GOOD);
	a = stile_client_get(c, "/read");
	EXPECT_ANSWER(a, 200, "hello", "in");
	cr_expect(stile_answer_header(a, "Set-Cookie") == NULL, "a session");
	say_basic(c, "ann@EXAMPLE.org", GOOD);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "address");
	say_basic(c, "ann", GOOD "x");
	a = stile_client_get(c, "/read");
	EXPECT_ANSWER(a, 401, NULL, "wrong");
	cr_expect(strstr(body_of(a), "\"credentials\"") != NULL, "%s",
	    body_of(a));
	say_basic(c, "ben", GOOD);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "unknown");
	say_basic(c, "ann", GOOD);
	EXPECT_ANSWER(send_to(c, "POST", "/any"), 200, "hello", "a program");
	stile_client_header(c, "Origin", "https://evil.example");
	EXPECT_ANSWER(send_to(c, "POST", "/any"), 403, NULL, "other site");
	sql("UPDATE stile_user SET disabled = 1");
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "disabled");
	stile_client_free(c);
	c = basic_client("basic_realm=");
	sql("UPDATE stile_user SET disabled = 0");
	say_basic(c, "ann", GOOD);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "turned off");
	stile_client_free(c);
}

Test(user_guard, basic_by_token)
{
	struct stile_client	*c = with_ann();

	run(c, make_tokens);
	wanted = (struct stile_user_new){ "Ben", NULL, GOOD };
	run(c, make_wanted);
	stile_client_free(c);
	c = basic_client(REALM);
	say_basic(c, "ann", narrow);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "in scope");
	EXPECT_ANSWER(stile_client_get(c, "/write"), 403, NULL, "out of it");
	say_basic(c, "ben", wide);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "another's");
	say_basic(c, "", wide);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "nobody's");
	wide[strlen(wide) - 1] ^= 1;
	say_basic(c, "ann", wide);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "none");
	stile_client_free(c);
}

/* Who needs a code has none to bring with each request. */
Test(user_guard, basic_is_no_way_round_the_second_factor)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;

	run(c, make_tokens);
	sql("UPDATE stile_user SET totp = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'");
	stile_client_free(c);
	c = basic_client(REALM);
	say_basic(c, "ann", GOOD);
	a = stile_client_get(c, "/read");
	EXPECT_ANSWER(a, 401, NULL, "password");
	cr_expect(strstr(body_of(a), "\"code_needed\"") != NULL, "%s",
	    body_of(a));
	say_basic(c, "ann", wide);
	EXPECT_ANSWER(stile_client_get(c, "/read"), 200, "hello", "token");
	stile_client_free(c);
}

Test(user_guard, realm_has_no_quote)
{
	static const char *const	realms[] = {
		"basic_realm=a\"b", "basic_realm=a\\b", "basic_realm=a\nb",
		"basic_realm=\xc3\xa4",
	};
	struct stile_error		e;
	size_t				i;

	for (i = 0; i < NELEM(realms); i++) {
		e = (struct stile_error){ 0 };
		cr_expect(stile_client_new(&app, (const char *const []){
		    realms[i], NULL }, &e) == NULL, "%zu", i);
		cr_expect(strstr(e.detail, "basic_realm") != NULL, "%s",
		    e.detail);
	}
}

Test(user_guard, refused_code_is_logged)
{
	struct stile_client	*c = with_ann();
	const char		*text;

	sql("UPDATE stile_user SET totp = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'");
	text = logged(NULL, IN_ANN "&code=000000");
	cr_expect(strstr(text, "event=\"code refused\" user=1") != NULL, "%s",
	    text);
	stile_client_free(c);
}

/* ---- what a form did not have ------------------------------------------------------ */

static int
null_login(struct stile_req *r)
{
	return (int)stile_login(r, NULL, "x", NULL);
}

static int
null_email(struct stile_req *r)
{
	return stile_user_email(r, 1, NULL);
}

static int
null_name(struct stile_req *r)
{
	return stile_user_rename(r, 1, NULL);
}

static int
null_role(struct stile_req *r)
{
	return stile_user_grant(r, 1, NULL, true);
}

static int
null_scopes(struct stile_req *r)
{
	stile_token_create(r, 1, "t", NULL, 0);
	return stile_send_text(r, 200, "made");
}

static int
null_looks(struct stile_req *r)
{
	stile_flash(r, NULL, NULL);
	return stile_send_object(r, 200, STILE_ARGS(
	    "found", stile_user_find(r, NULL) != NULL,
	    "ended", stile_session_end(r, 1, NULL),
	    "token", stile_token_user(r, NULL)));
}

static const struct {
	int	(*fn)(struct stile_req *);
	int	status;
} nulls[] = {
	{ null_login, 401 }, { null_email, 422 }, { null_name, 422 },
	{ null_role, 422 }, { null_scopes, 422 }, { null_looks, 200 },
};

Test(user_guard, nothing_is_no_crash)
{
	struct stile_client	*c = with_ann();
	size_t			 i;

	for (i = 0; i < NELEM(nulls); i++)
		EXPECT_ANSWER(run(c, nulls[i].fn), nulls[i].status, NULL,
		    "%zu", i);
	stile_client_free(c);
}

/* ---- memory ------------------------------------------------------------------------ */

static int
everything(struct stile_req *r)
{
	int64_t	id;

	wanted = (struct stile_user_new){ "Ben", "ben@example.org", GOOD };
	id = stile_user_create(r, &wanted);
	stile_user_rename(r, id, "Benno");
	stile_user_email(r, id, "benno@example.org");
	stile_user_password(r, id, GOOD " und");
	stile_user_grant(r, id, "editor", true);
	stile_login(r, "benno", GOOD " und", NULL);
	stile_may(r, "notes.write");
	stile_token_create(r, id, "t", "*", 10);
	stile_user_disable(r, id, true);
	stile_user_delete(r, id);
	return stile_send_text(r, 200, "done");
}

Test(user_guard, no_memory)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;
	long				 n;
	bool				 failed = true;

	act = everything;
	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		stile__fail_after = n;
		a = send_to(c, "POST", "/act");
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		cr_expect(is_honest(a, failed), "%ld: %d %s", n,
		    a != NULL ? stile_answer_status(a) : 0,
		    a != NULL ? body_of(a) : "");
		cr_assert_eq(number("SELECT count(*) FROM stile_user"), 1,
		    "%ld", n);
	}
	cr_expect_gt(n, ALLOCATIONS(50), "%ld", n);
	stile_client_free(c);
}

/* Who cannot be looked up is told so, and not that they may not. */
Test(user_guard, no_memory_refuses_nobody)
{
	struct stile_client		*c = with_ann();
	const struct stile_answer	*a;
	long				 n;
	bool				 failed = true;

	EXPECT_ANSWER(run(c, make_tokens), 200, "done", "tokens");
	bring(c, wide);
	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		stile__fail_after = n;
		a = stile_client_get(c, "/write");
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		cr_expect(is_honest(a, failed), "%ld: %d %s", n,
		    a != NULL ? stile_answer_status(a) : 0,
		    a != NULL ? body_of(a) : "");
	}
	cr_expect_gt(n, ALLOCATIONS(20), "%ld", n);
	stile_client_free(c);
}
