/* SPDX-License-Identifier: ISC */
/* lib/guard/user.c, login.c, identity.c, token.c: who asks, and for what. */
#include "app.h"

#include "stile/req.h"
#include "stile/res.h"
#include "stile/session.h"
#include "stile/str.h"
#include "stile/user.h"

#define SECRETS	"secrets=0123456789abcdef0123456789abcdef"
#define CHEAP	"password_memory=8192", "password_passes=1"

#define GOOD	"zufällig gewählt 7"
#define BETTER	"auch nicht schlecht 9"

/* ---- an application ------------------------------------------------------ */

static int	(*act)(struct stile_req *);	/* what POST /act does */

static int
do_act(struct stile_req *r)
{
	return act(r);
}

static int
who(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	if (u == NULL)
		return stile_send_text(r, 200, "nobody");
	return stile_send_object(r, 200, STILE_ARGS("id", u->id,
	    "name", u->name, "roles", u->roles));
}

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

static int
log_in(struct stile_req *r)
{
	stile_login(r, stile_query(r, "name"), stile_query(r, "password"),
	    NULL);
	return stile_send_text(r, 200, "in");
}

static const struct stile_role	roles[] = {
	{ "editor", "notes.read notes.write" },
	{ "reader", "notes.read" },
	{ "admin", "*" },
	{ 0 }
};

static const struct stile_route	routes[] = {
	{ "GET", "/who", who, .name = "who" },
	{ "POST", "/act", do_act, .name = "act" },
	{ "POST", "/in", log_in, .name = "in", .tx = STILE_TX_NONE },
	{ "GET", "/read", hello, .need = "notes.read" },
	{ "GET", "/write", hello, .need = "notes.write" },
	{ "GET", "/manage", hello, .need = "users.manage" },
	{ "GET", "/any", hello, .need = STILE_ANY_USER },
	{ 0 }
};

static const struct stile_app	app = {
	.name = "users", .routes = routes, .roles = roles,
	.uses = STILE_USES(&stile_users),
};

static struct stile_client *
client(void)
{
	struct stile_client	*c = CLIENT(&app, "db=sqlite::memory:", SECRETS,
				    CHEAP,);

	stile_client_header(c, "Origin", "http://localhost");
	return c;
}

static const struct stile_answer *
run(struct stile_client *c, int (*fn)(struct stile_req *))
{
	act = fn;
	return send_to(c, "POST", "/act");
}

static int
make_ann(struct stile_req *r)
{
	int64_t	id;

	id = stile_user_create(r, &(struct stile_user_new){
	    .name = "Ann", .email = "Ann@Example.org", .password = GOOD });
	return stile_send_object(r, 201, STILE_ARGS("id", id));
}

static void
keep_cookie(struct stile_client *c, const struct stile_answer *a)
{
	const char	*field = session_field(a);
	char		 cookie[4096];

	cr_assert(field != NULL, "no cookie: %s", body_of(a));
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(field, ";"),
	    field);
	stile_client_header(c, "Cookie", cookie);
}

#define IN(name)	"/in?name=" name "&password=zuf%C3%A4llig+"	\
			"gew%C3%A4hlt+7"

/* ---- creating ---------------------------------------------------------------- */

static struct stile_user_new	wanted;

static int
make_wanted(struct stile_req *r)
{
	stile_user_create(r, &wanted);
	return stile_send_text(r, 201, "made");
}

static const struct {
	struct stile_user_new	u;
	int			status;
	const char		*detail;
} news[] = {
	{ { "ben", "ben@example.org", GOOD }, 201, NULL },
	{ { "ben", NULL, NULL }, 201, NULL },
	{ { "Ärger", NULL, GOOD }, 201, NULL },
	{ { "ann", "other@example.org", GOOD }, 409,
	    "another one has this value" },
	{ { "\xef\xbc\xa1nn", NULL, GOOD }, 409,	/* a wide A */
	    "another one has this value" },
	{ { "cid", "ANN@example.ORG", GOOD }, 409,
	    "another one has this value" },
	{ { "", NULL, GOOD }, 422,
	    "name: 1 to 64 characters on one line without @ are expected" },
	{ { " x", NULL, GOOD }, 422,
	    "name: 1 to 64 characters on one line without @ are expected" },
	{ { "a@b", NULL, GOOD }, 422,
	    "name: 1 to 64 characters on one line without @ are expected" },
	{ { "a\r\nX: y", NULL, GOOD }, 422,
	    "name: 1 to 64 characters on one line without @ are expected" },
	{ { "\xff", NULL, GOOD }, 422,
	    "name: 1 to 64 characters on one line without @ are expected" },
	{ { "\xe2\x80\x8b", NULL, GOOD }, 422,		/* no width at all */
	    "name: characters that can be seen are expected" },
	{ { "dora", "dora", GOOD }, 422,
	    "email: an e-mail address is expected" },
	{ { "emil", NULL, "short" }, 422,
	    "password: this is too short: 8 characters are the least" },
	{ { "friederike", NULL, "Friederike1" }, 422,
	    "password: this is too much like the name or the address" },
	{ { "gustav", "gustav.mahler@example.org", "gustav.mahler9" }, 422,
	    "password: this is too much like the name or the address" },
};

Test(user, create)
{
	size_t	i;

	for (i = 0; i < NELEM(news); i++) {
		struct stile_client		*c = client();
		const struct stile_answer	*a;

		EXPECT_ANSWER(run(c, make_ann), 201, "{\"id\":1}", "ann");
		wanted = news[i].u;
		a = run(c, make_wanted);
		EXPECT_ANSWER(a, news[i].status, NULL, "%zu", i);
		if (news[i].detail != NULL)
			EXPECT_STR(detail_of(a), news[i].detail, "%zu", i);
		stile_client_free(c);
	}
}

static const struct {
	const char	*password;
	int		 status;
} lengths[] = {
	{ "1234567", 422 },
	{ "12345678", 201 },
	{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 422 },	/* 4, in 8 bytes */
	{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" "1234", 201 },
};

/* By its length alone, which is in characters. */
Test(user, password_by_length)
{
	size_t	i;

	for (i = 0; i < NELEM(lengths); i++) {
		struct stile_client	*c = CLIENT(&app,
					    "db=sqlite::memory:", SECRETS,
					    CHEAP, "password_check=length",);

		stile_client_header(c, "Origin", "http://localhost");
		wanted = (struct stile_user_new){ "x", NULL,
		    lengths[i].password };
		EXPECT_ANSWER(run(c, make_wanted), lengths[i].status, NULL,
		    "%zu", i);
		stile_client_free(c);
	}
}

Test(user, taken_field_is_named)
{
	struct stile_client		*c = client();
	const struct stile_answer	*a;

	run(c, make_ann);
	wanted = (struct stile_user_new){ "x", "ann@example.org", NULL };
	a = run(c, make_wanted);
	cr_expect(strstr(body_of(a), "[{\"field\":\"email\","
	    "\"code\":\"taken\",") != NULL, "%s",
	    body_of(a));
	stile_client_free(c);
}

/* ---- logging in ----------------------------------------------------------------- */

Test(user, login_by_name_or_address)
{
	static const char *const	targets[] = {
		IN("Ann"), IN("ANN"), IN("ann@example.org"),
		IN("ANN%40EXAMPLE.ORG"),
	};
	size_t				 i;

	for (i = 0; i < NELEM(targets); i++) {
		struct stile_client		*c = client();
		const struct stile_answer	*a;

		run(c, make_ann);
		a = send_to(c, "POST", targets[i]);
		EXPECT_ANSWER(a, 200, "in", "%s", targets[i]);
		keep_cookie(c, a);
		EXPECT_ANSWER(stile_client_get(c, "/who"), 200,
		    "{\"id\":1,\"name\":\"Ann\",\"roles\":\"\"}", "who");
		stile_client_free(c);
	}
}

static int
disable_ann(struct stile_req *r)
{
	stile_user_disable(r, 1, true);
	return stile_send_text(r, 200, "done");
}

/* The same answer, whatever was wrong. */
Test(user, login_tells_nothing)
{
	static const char *const	targets[] = {
		"/in?name=ann&password=wrong+password",
		"/in?name=nobody&password=wrong+password",
		"/in?name=nobody%40example.org&password=x",
		"/in?name=&password=",
		"/in?name=%FF&password=x",
		"/in?name=ann&password=",
	};
	struct stile_client		*c = client();
	const char			*first = NULL;
	size_t				 i;

	run(c, make_ann);
	for (i = 0; i < NELEM(targets); i++) {
		const struct stile_answer	*a;

		a = send_to(c, "POST", targets[i]);
		EXPECT_ANSWER(a, 401, first, "%s", targets[i]);
		EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
		    "Bearer", "%s", targets[i]);
		cr_expect_null(stile_answer_header(a, "Set-Cookie"));
		if (first == NULL)
			first = body_of(a);
	}
	EXPECT_ANSWER(run(c, disable_ann), 200, "done", "disable");
	EXPECT_ANSWER(send_to(c, "POST", IN("ann")), 401, first, "disabled");
	stile_client_free(c);
}

Test(user, disabled_one_is_out_at_once)
{
	struct stile_client	*c = client();

	run(c, make_ann);
	keep_cookie(c, send_to(c, "POST", IN("ann")));
	EXPECT_ANSWER(stile_client_get(c, "/any"), 200, "hello", "in");
	EXPECT_ANSWER(run(c, disable_ann), 200, "done", "disable");
	EXPECT_ANSWER(stile_client_get(c, "/any"), 401, NULL, "out");
	stile_client_free(c);
}

static int
change_password(struct stile_req *r)
{
	stile_user_password(r, 1, BETTER);
	return stile_send_text(r, 200, "done");
}

/* One's own session goes on under another name; the others end. */
Test(user, new_password_ends_other_sessions)
{
	struct stile_client		*c = client();
	const struct stile_answer	*a, *other;

	run(c, make_ann);
	other = send_to(c, "POST", IN("ann"));
	keep_cookie(c, send_to(c, "POST", IN("ann")));
	a = run(c, change_password);
	EXPECT_ANSWER(a, 200, "done", "change");
	keep_cookie(c, a);
	EXPECT_ANSWER(stile_client_get(c, "/any"), 200, "hello", "own");
	keep_cookie(c, other);
	EXPECT_ANSWER(stile_client_get(c, "/any"), 401, NULL, "other");
	stile_client_header(c, "Cookie", NULL);
	EXPECT_ANSWER(send_to(c, "POST", IN("ann")), 401, NULL, "old");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=ann&password="
	    "auch+nicht+schlecht+9"), 200, "in", "new");
	stile_client_free(c);
}

/* ---- permissions ------------------------------------------------------------------ */

static const char	*granted;

static int
grant(struct stile_req *r)
{
	stile_user_grant(r, 1, granted, true);
	return stile_send_text(r, 200, "done");
}

static int
take_away(struct stile_req *r)
{
	stile_user_grant(r, 1, granted, false);
	return stile_send_text(r, 200, "done");
}

static const struct {
	const char	*role;
	int		read, write, manage;
} rights[] = {
	{ NULL, 403, 403, 403 },
	{ "reader", 200, 403, 403 },
	{ "editor", 200, 200, 403 },
	{ "admin", 200, 200, 200 },
};

Test(user, roles_and_needs)
{
	size_t	i;

	for (i = 0; i < NELEM(rights); i++) {
		struct stile_client	*c = client();

		run(c, make_ann);
		EXPECT_ANSWER(stile_client_get(c, "/any"), 401, NULL, "any");
		EXPECT_ANSWER(stile_client_get(c, "/read"), 401, NULL, "read");
		EXPECT_STR(stile_answer_header(stile_client_get(c, "/read"),
		    "WWW-Authenticate"), "Bearer", "401");
		keep_cookie(c, send_to(c, "POST", IN("ann")));
		if ((granted = rights[i].role) != NULL)
			EXPECT_ANSWER(run(c, grant), 200, "done", "grant");
		EXPECT_ANSWER(stile_client_get(c, "/any"), 200, "hello",
		    "%zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/read"), rights[i].read,
		    NULL, "read %zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/write"), rights[i].write,
		    NULL, "write %zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/manage"),
		    rights[i].manage, NULL, "manage %zu", i);
		if (granted != NULL)
			EXPECT_ANSWER(run(c, take_away), 200, "done", "revoke");
		EXPECT_ANSWER(stile_client_get(c, "/read"), 403, NULL,
		    "revoked %zu", i);
		stile_client_free(c);
	}
}

Test(user, unknown_role)
{
	struct stile_client		*c = client();
	const struct stile_answer	*a;

	run(c, make_ann);
	granted = "root";
	a = run(c, grant);
	EXPECT_ANSWER(a, 422, NULL, "root");
	EXPECT_STR(detail_of(a), "there is no role root", "root");
	stile_client_free(c);
}

/* ---- tokens --------------------------------------------------------------------------- */

static const char	*scopes;
static int64_t		 seconds;

static int
make_token(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_token_create(r, 1, "test", scopes,
	    seconds));
}

static void
bring_token(struct stile_client *c, const char *text)
{
	char	field[200];

	snprintf(field, sizeof(field), "Bearer %s", text);
	stile_client_header(c, "Authorization", field);
}

static int
revoke_token(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("revoked",
	    stile_token_revoke(r, 1, 1)));
}

static const struct {
	const char	*scopes;
	int		read, write, any;
} scoped[] = {
	{ "*", 200, 200, 200 },
	{ "notes.read", 200, 403, 200 },
	{ "notes.read notes.write users.manage", 200, 200, 200 },
	{ "", 403, 403, 200 },
};

Test(user, token_has_no_more_than_its_scopes)
{
	size_t	i;

	for (i = 0; i < NELEM(scoped); i++) {
		struct stile_client		*c = client();
		const struct stile_answer	*a;

		run(c, make_ann);
		granted = "editor";
		run(c, grant);
		scopes = scoped[i].scopes;
		seconds = 100;
		a = run(c, make_token);
		cr_expect(strncmp(body_of(a), "stile_", 6) == 0 &&
		    strlen(body_of(a)) == 6 + 43, "%s", body_of(a));
		bring_token(c, body_of(a));
		EXPECT_ANSWER(stile_client_get(c, "/any"), scoped[i].any, NULL,
		    "any %zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/read"), scoped[i].read,
		    NULL, "read %zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/write"), scoped[i].write,
		    NULL, "write %zu", i);
		EXPECT_ANSWER(stile_client_get(c, "/manage"), 403, NULL,
		    "manage %zu", i);
		stile_client_free(c);
	}
}

Test(user, wrong_token_is_nobody)
{
	struct stile_client		*c = client();
	const struct stile_answer	*a;
	char				 text[100];

	run(c, make_ann);
	scopes = "*";
	seconds = 0;
	snprintf(text, sizeof(text), "%s", body_of(run(c, make_token)));
	keep_cookie(c, send_to(c, "POST", IN("ann")));
	bring_token(c, text);
	EXPECT_ANSWER(stile_client_get(c, "/any"), 200, "hello", "good");
	text[20] = text[20] == 'A' ? 'B' : 'A';
	bring_token(c, text);
	/* And not who the cookie says. */
	a = stile_client_get(c, "/any");
	EXPECT_ANSWER(a, 401, NULL, "bad");
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
	    "Bearer error=\"invalid_token\"", "bad");
	stile_client_free(c);
}

/* What is asked for is what is taken. */
Test(user, token_of_another_scheme)
{
	static const struct {
		const char	*scheme, *more;
		int		 status;
		const char	*challenge;
	} cases[] = {
		{ "Token ", "", 200, NULL },
		{ "tOKEN  ", "", 200, NULL },
		{ "Bearer ", "", 401, "Token" },
		{ "", "", 401, "Token" },
		{ "Token ", "x", 401, "Token error=\"invalid_token\"" },
		{ "Token ", " x", 401, "Token error=\"invalid_token\"" },
	};
	struct stile_client		*c = CLIENT(&app, "db=sqlite::memory:",
					    SECRETS, CHEAP,
					    "token_scheme=Token",);
	const struct stile_answer	*a;
	char				 text[100], field[200];
	size_t				 i;

	run(c, make_ann);
	scopes = "notes.read";
	seconds = 0;
	snprintf(text, sizeof(text), "%s", body_of(run(c, make_token)));
	for (i = 0; i < NELEM(cases); i++) {
		snprintf(field, sizeof(field), "%s%s%s", cases[i].scheme, text,
		    cases[i].more);
		stile_client_header(c, "Authorization", field);
		a = stile_client_get(c, "/any");
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s", field);
		EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
		    cases[i].challenge, "%s", field);
	}
	snprintf(field, sizeof(field), "Token %s", text);
	stile_client_header(c, "Authorization", field);
	a = stile_client_get(c, "/write");
	EXPECT_ANSWER(a, 403, NULL, "out of scope");
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
	    "Token error=\"insufficient_scope\"", "out of scope");
	stile_client_header(c, "Authorization", NULL);
	a = send_to(c, "POST", IN("nobody"));
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"), "Token",
	    "login");
	stile_client_free(c);
}

static int
list_tokens(struct stile_req *r)
{
	const struct stile_token	*t;
	size_t				 n;

	stile_token_create(r, 1, "second", "", 0);
	t = stile_token_list(r, 1, &n);
	cr_assert_eq(n, 2);
	EXPECT_STR(t[0].scopes, "notes.read", "scopes");
	EXPECT_STR(t[1].name, "second", "name");
	cr_expect(t[0].id < t[1].id && t[0].created > 0);
	cr_expect_eq(t[0].expires, t[0].created + 100 * 1000);
	cr_expect(t[1].expires == 0 && t[1].used == 0);
	stile_token_list(r, 2, &n);
	cr_expect_eq(n, 0, "of another user");
	return stile_send_text(r, 200, "listed");
}

Test(user, list_of_tokens)
{
	struct stile_client	*c = client();

	run(c, make_ann);
	scopes = "notes.read";
	seconds = 100;
	run(c, make_token);
	EXPECT_ANSWER(run(c, list_tokens), 200, "listed", "list");
	stile_client_free(c);
}

static int
show_id(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("id", stile_user_id(r)));
}

Test(user, id_of_who_asks)
{
	struct stile_client	*c = client();

	run(c, make_ann);
	EXPECT_ANSWER(run(c, show_id), 200, "{\"id\":0}", "nobody");
	keep_cookie(c, send_to(c, "POST", IN("ann")));
	EXPECT_ANSWER(run(c, show_id), 200, "{\"id\":1}", "Ann");
	stile_client_free(c);
}

Test(user, revoked_token)
{
	struct stile_client	*c = client();
	char			 text[100];

	run(c, make_ann);
	scopes = "*";
	seconds = 100;
	snprintf(text, sizeof(text), "%s", body_of(run(c, make_token)));
	EXPECT_ANSWER(run(c, revoke_token), 200, "{\"revoked\":1}", "once");
	EXPECT_ANSWER(run(c, revoke_token), 200, "{\"revoked\":0}", "twice");
	bring_token(c, text);
	EXPECT_ANSWER(stile_client_get(c, "/any"), 401, NULL, "revoked");
	stile_client_free(c);
}

/* ---- per object ------------------------------------------------------------------------ */

static const struct stile_ace	page[] = {
	{ STILE_DENY, "user:2", "*" },
	{ STILE_ALLOW, STILE_OWNER, "*" },
	{ STILE_ALLOW, "role:editor", "edit" },
	{ STILE_ALLOW, STILE_ANY_USER, "comment" },
	{ 0 }
};

static const struct stile_ace	site[] = {
	{ STILE_ALLOW, STILE_EVERYONE, "view" },
	{ STILE_DENY, STILE_EVERYONE, "*" },
	{ STILE_ALLOW, STILE_ANY_USER, "delete" },
	{ 0 }
};

static int
acl(struct stile_req *r)
{
	const struct stile_ace *const	lists[] = { page, site, NULL };
	static const char *const	permissions[] = {
		"view", "comment", "edit", "delete",
	};
	struct stile_buf		*b;
	size_t				 i;

	b = stile_buf_new(stile_req_arena(r), 1000);
	for (i = 0; i < NELEM(permissions); i++)
		stile_buf_puts(b, stile_acl(r, lists, 3, permissions[i]) ?
		    "y" : "n");
	return stile_send_buf(r, 200, "text/plain", b);
}

static int64_t	asking;

static int64_t
identify_asking(struct stile_req *r)
{
	(void)r;
	return asking;
}

static const struct stile_app	acl_app = {
	.name = "acl", .routes = routes, .roles = roles,
	.uses = STILE_USES(&stile_users), .identify = identify_asking,
};

static int
make_three(struct stile_req *r)
{
	stile_user_create(r, &(struct stile_user_new){ .name = "one" });
	stile_user_create(r, &(struct stile_user_new){ .name = "two" });
	stile_user_create(r, &(struct stile_user_new){ .name = "three" });
	return stile_send_text(r, 200, "made");
}

Test(user, acl_first_that_fits_decides)
{
	struct stile_client	*c = CLIENT(&acl_app, "db=sqlite::memory:",
				    SECRETS, CHEAP,);

	asking = 0;
	EXPECT_ANSWER(run(c, make_three), 200, "made", "three");
	EXPECT_ANSWER(run(c, acl), 200, "ynnn", "nobody");
	asking = 1;
	EXPECT_ANSWER(run(c, acl), 200, "yynn", "one");
	granted = "editor";
	EXPECT_ANSWER(run(c, grant), 200, "done", "grant");
	EXPECT_ANSWER(run(c, acl), 200, "yyyn", "an editor");
	asking = 2;
	EXPECT_ANSWER(run(c, acl), 200, "nnnn", "two");
	asking = 3;
	EXPECT_ANSWER(run(c, acl), 200, "yyyy", "the owner");
	asking = 4;
	EXPECT_ANSWER(run(c, acl), 200, "ynnn", "nobody there");
	stile_client_free(c);
}

/* A row that is one's own, another's, or not there. */
static const struct stile_ace	note[] = {
	{ STILE_ALLOW, STILE_OWNER, "*" },
	{ STILE_ALLOW, "role:editor", "view" },
	{ 0 }
};

static bool		there;
static const char	*see;

static int
delete_note(struct stile_req *r)
{
	const struct stile_ace *const	lists[] = { note, NULL };
	int64_t				owner;

	owner = stile_select_int(r, there ? "SELECT 3" :
	    "SELECT id FROM stile_user WHERE id = 99", STILE_NOARGS);
	stile_require_acl(r, lists, owner, "delete", see);
	return stile_send_empty(r, 204);
}

Test(user, acl_hides_what_one_may_not_see)
{
	struct stile_client		*c = CLIENT(&acl_app,
					    "db=sqlite::memory:", SECRETS,
					    CHEAP,);
	const struct stile_answer	*a;
	char				 missing[500];

	asking = 0;
	run(c, make_three);
	see = NULL;
	there = false;
	a = run(c, delete_note);
	EXPECT_ANSWER(a, 404, NULL, "missing");
	snprintf(missing, sizeof(missing), "%s", body_of(a));
	there = true;
	EXPECT_ANSWER(run(c, delete_note), 404, missing, "nobody");
	asking = 1;
	EXPECT_ANSWER(run(c, delete_note), 404, missing, "not the owner");
	see = "view";
	EXPECT_ANSWER(run(c, delete_note), 404, missing, "cannot view");
	granted = "editor";
	EXPECT_ANSWER(run(c, grant), 200, "done", "grant");
	EXPECT_ANSWER(run(c, delete_note), 403, NULL, "can view");
	see = NULL;
	EXPECT_ANSWER(run(c, delete_note), 404, missing, "not said");
	asking = 3;
	EXPECT_ANSWER(run(c, delete_note), 204, "", "the owner");
	stile_client_free(c);
}

static const struct stile_ace	open_note[] = {
	{ STILE_ALLOW, STILE_EVERYONE, "view" },
	{ 0 }
};

static int
edit_open(struct stile_req *r)
{
	const struct stile_ace *const	lists[] = { open_note, NULL };

	stile_require_acl(r, lists, 3, "edit", "view");
	return stile_send_empty(r, 204);
}

Test(user, acl_asks_for_a_login_where_all_may_see)
{
	struct stile_client		*c = CLIENT(&acl_app,
					    "db=sqlite::memory:", SECRETS,
					    CHEAP,);
	const struct stile_answer	*a;

	asking = 0;
	run(c, make_three);
	a = run(c, edit_open);
	EXPECT_ANSWER(a, 401, NULL, "nobody");
	EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"), "Bearer",
	    "nobody");
	asking = 3;
	EXPECT_ANSWER(run(c, edit_open), 403, NULL, "somebody");
	stile_client_free(c);
}

/* ---- the web server's word ---------------------------------------------------------------- */

Test(user, remote_user_only_where_asked_for)
{
	struct stile_client	*c = client();

	run(c, make_ann);
	/* A header is not the variable. */
	stile_client_header(c, "Remote-User", "ann");
	EXPECT_ANSWER(stile_client_get(c, "/who"), 200, "nobody", "header");
	stile_client_free(c);
}

/* ---- too many tries ----------------------------------------------------------------------- */

#define WRONG	"/in?name=ann&password=wrong+password"

static struct stile_client *
limited(void)
{
	struct stile_client	*c = CLIENT(&app, "db=sqlite::memory:", SECRETS,
				    CHEAP, "login_limit=3",);

	stile_client_header(c, "Origin", "http://localhost");
	run(c, make_ann);
	return c;
}

Test(user, strangers_are_slowed_down)
{
	struct stile_client		*c = limited();
	const struct stile_answer	*a;
	int				 i;

	for (i = 0; i < 3; i++)
		EXPECT_ANSWER(send_to(c, "POST", WRONG), 401, NULL, "%d", i);
	a = send_to(c, "POST", WRONG);
	EXPECT_ANSWER(a, 429, NULL, "too many");
	cr_expect_not_null(stile_answer_header(a, "Retry-After"));
	/* Whoever knows the password is a stranger, too, without a cookie. */
	EXPECT_ANSWER(send_to(c, "POST", IN("ANN")), 429, NULL, "right");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=ben&password=x"), 401,
	    NULL, "another account");
	stile_client_free(c);
}

/* The same for a name that is not there: it tells nothing. */
Test(user, unknown_names_are_slowed_down)
{
	struct stile_client	*c = limited();
	int			 i;

	for (i = 0; i < 4; i++)
		EXPECT_ANSWER(send_to(c, "POST", "/in?name=ben&password=x"),
		    i < 3 ? 401 : 429, NULL, "%d", i);
	stile_client_free(c);
}

/* A browser where she has been is counted by itself. */
Test(user, strangers_lock_nobody_out)
{
	struct stile_client		*c = limited();
	const struct stile_answer	*a;
	struct stile_str		 name, value;
	char				 cookie[4096] = "";
	size_t				 i;

	a = send_to(c, "POST", IN("ann"));
	EXPECT_ANSWER(a, 200, "in", "first");
	for (i = 0; stile_answer_header_at(a, i, &name, &value); i++)
		if (stile_str_caseeq(name, stile_str("Set-Cookie")) &&
		    strncmp(value.p, "device=", 7) == 0)
			snprintf(cookie, sizeof(cookie), "%.*s",
			    (int)strcspn(value.p, ";"), value.p);
	cr_assert(*cookie != '\0');
	for (i = 0; i < 4; i++)
		EXPECT_ANSWER(send_to(c, "POST", WRONG), i < 3 ? 401 : 429,
		    NULL, "%zu", i);
	stile_client_header(c, "Cookie", cookie);
	EXPECT_ANSWER(send_to(c, "POST", IN("ann")), 200, "in", "her own");
	EXPECT_ANSWER(send_to(c, "POST", "/in?name=ben&password=x"), 401, NULL,
	    "not for others");
	stile_client_free(c);
}

Test(user, success_counts_for_nothing)
{
	struct stile_client	*c = limited();
	int			 i;

	for (i = 0; i < 10; i++)
		EXPECT_ANSWER(send_to(c, "POST", IN("ann")), 200, "in", "%d",
		    i);
	stile_client_free(c);
}
