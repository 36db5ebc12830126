/* SPDX-License-Identifier: ISC */
/* lib/guard/accounts*.c, mail.c: the ready routes, and what they write. */
#include "app.h"

#include <dirent.h>
#include <dlfcn.h>

#include "stile/accounts.h"
#include "stile/base64.h"
#include "stile/str.h"
#include "stile/user.h"

#define SECRETS	"secrets=0123456789abcdef0123456789abcdef"
#define CHEAP	"password_memory=8192", "password_passes=1"
#define GOOD	"gewählt und lang 7"
#define BETTER	"auch nicht schlecht 9"

static const struct stile_app	app = {
	.name = "site",
	.mounts = (const struct stile_mount[]){
		{ "/account", &stile_accounts }, { 0 }
	},
};

/* ---- a site and its mail -------------------------------------------------- */

struct site {
	struct stile_client	*c;
	char			 dir[64];
	char			 setting[80];
};

static struct site
open_site(void)
{
	struct site	s = { .dir = "/tmp/stile-mail-XXXXXX" };

	cr_assert(mkdtemp(s.dir) != NULL);
	snprintf(s.setting, sizeof(s.setting), "mail_dir=%s", s.dir);
	s.c = CLIENT(&app, "db=sqlite::memory:", SECRETS, CHEAP,
	    "mail_from=site@example.org", s.setting,);
	stile_client_header(s.c, "Origin", "http://localhost");
	return s;
}

static void
close_site(struct site *s)
{
	char	command[100];

	stile_client_free(s->c);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	cr_expect(system(command) == 0);
}

/* So many mails have to be there, at the latest after a while. */
static size_t
count_mails(const struct site *s)
{
	struct dirent	*d;
	size_t		 n = 0;
	DIR		*dir = opendir(s->dir);

	while ((d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* The newest mail's headers and its text, decoded. */
static char	mail_head[8192], mail_text[8192];

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
read_mail(const struct site *s, size_t want)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct dirent		**names;
	char			 path[400], raw[8192], *end, *text;
	char			 joined[8192];
	size_t			 n, k = 0, len;
	int			 i, count;
	FILE			*f;

	for (i = 0; i < PATIENCE * 100 && count_mails(s) < want; i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	count = scandir(s->dir, &names, visible, alphasort);
	cr_assert_eq((size_t)count, want);
	snprintf(path, sizeof(path), "%s/%s", s->dir,
	    names[count - 1]->d_name);
	f = fopen(path, "r");
	n = fread(raw, 1, sizeof(raw) - 1, f);
	fclose(f);
	raw[n] = '\0';
	end = strstr(raw, "\n\n");
	cr_assert(end != NULL);
	*end = '\0';
	snprintf(mail_head, sizeof(mail_head), "%s", raw);
	for (text = end + 2; *text != '\0'; text++)
		if (*text != '\n')
			joined[k++] = *text;
	joined[k] = '\0';
	text = stile_base64_decode(a, stile_str(joined), STILE_BASE64_STD,
	    &len);
	cr_assert(text != NULL);
	snprintf(mail_text, sizeof(mail_text), "%s", text);
	while (count-- > 0)
		free(names[count]);
	free(names);
	stile_arena_free(a);
}

/* The link's token in it. */
static const char *
token_of_mail(void)
{
	static char	token[1000];
	const char	*p = strstr(mail_text, "?token=");

	cr_assert(p != NULL, "%s", mail_text);
	p += strlen("?token=");
	snprintf(token, sizeof(token), "%.*s", (int)strcspn(p, "\n"), p);
	return token;
}

static const struct stile_answer *
post(const struct site *s, const char *path, const char *fmt, ...)
{
	char	json[2000];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(json, sizeof(json), fmt, ap);
	va_end(ap);
	return stile_client_json(s->c, "POST", path, json);
}

static void
keep_cookie(const struct site *s, const struct stile_answer *a)
{
	const char	*field = session_field(a);
	char		 cookie[4096];

	cr_assert(field != NULL, "no cookie: %s", body_of(a));
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(field, ";"),
	    field);
	stile_client_header(s->c, "Cookie", cookie);
}

static void
make_ann(const struct site *s)
{
	EXPECT_ANSWER(post(s, "/account/register", "{\"name\":\"Ann\","
	    "\"email\":\"ann@example.org\",\"password\":\"" GOOD "\"}"), 202,
	    "", "register");
	read_mail(s, 1);
}

static const struct stile_answer *
log_in(const struct site *s, const char *password)
{
	return post(s, "/account/login",
	    "{\"login\":\"ann\",\"password\":\"%s\"}", password);
}

/* ---- registering ------------------------------------------------------------ */

Test(accounts, register_log_in_and_out)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;

	make_ann(&s);
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 401, NULL,
	    "before");
	a = log_in(&s, GOOD);
	cr_expect(strstr(body_of(a), "\"name\":\"Ann\",\"email\":"
	    "\"ann@example.org\",\"verified\":false") != NULL, "%s",
	    body_of(a));
	keep_cookie(&s, a);
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 200, NULL, "me");
	EXPECT_ANSWER(post(&s, "/account/logout", ""), 204, "", "logout");
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 401, NULL,
	    "after");
	close_site(&s);
}

/* Nobody learns by it who has an account; who has one does. */
Test(accounts, register_with_a_known_address)
{
	struct site	s = open_site();

	make_ann(&s);
	EXPECT_ANSWER(post(&s, "/account/register", "{\"name\":\"Eve\","
	    "\"email\":\"ANN@example.org\",\"password\":\"" GOOD "\"}"), 202,
	    "", "again");
	read_mail(&s, 2);
	cr_expect(strstr(mail_head, "To: ANN@example.org\n") != NULL &&
	    strstr(mail_head, "Subject: Somebody wanted to register\n") !=
	    NULL, "%s", mail_head);
	cr_expect(strstr(mail_text, "?token=") == NULL, "%s", mail_text);
	EXPECT_ANSWER(post(&s, "/account/login",
	    "{\"login\":\"eve\",\"password\":\"" GOOD "\"}"), 401, NULL,
	    "no Eve");
	close_site(&s);
}

static const struct {
	const char	*json;
	int		status;
	const char	*part;
} registrations[] = {
	{ "{\"name\":\"b\",\"email\":\"b@example.org\",\"password\":\"" GOOD
	    "\",\"roles\":\"admin\"}", 422, "\"pointer\":\"/roles\"" },
	{ "{\"name\":\"b\",\"email\":\"b@example.org\",\"password\":\"" GOOD
	    "\",\"id\":1}", 422, "\"pointer\":\"/id\"" },
	{ "{\"name\":\"b\",\"email\":\"b@example.org\",\"password\":\"" GOOD
	    "\",\"verified\":true}", 422, "\"pointer\":\"/verified\"" },
	{ "{\"name\":\"b\",\"email\":\"b\",\"password\":\"" GOOD "\"}", 422,
	    "\"pointer\":\"/email\"" },
	{ "{\"name\":\"b\",\"email\":\"b@example.org\",\"password\":"
	    "\"password1\"}", 422, "common" },
	{ "{\"name\":\"b\",\"email\":\"b@example.org\",\"password\":"
	    "\"short\"}", 422, "too_short" },
	{ "{\"name\":\"b\\r\\nX: y\",\"email\":\"b@example.org\","
	    "\"password\":\"" GOOD "\"}", 422, "name" },
	{ "{\"name\":\"ANN\",\"email\":\"b@example.org\",\"password\":\""
	    GOOD "\"}", 409, "\"pointer\":\"/name\",\"code\":\"taken\"" },
};

Test(accounts, wrong_registrations)
{
	struct site	s = open_site();
	size_t		i;

	make_ann(&s);
	for (i = 0; i < NELEM(registrations); i++) {
		const struct stile_answer	*a;

		a = post(&s, "/account/register", "%s",
		    registrations[i].json);
		EXPECT_ANSWER(a, registrations[i].status, NULL, "%zu", i);
		cr_expect(strstr(body_of(a), registrations[i].part) != NULL,
		    "%zu: %s", i, body_of(a));
	}
	close_site(&s);
}

/* ---- links ----------------------------------------------------------------------- */

Test(accounts, verify_the_address)
{
	struct site	s = open_site();
	char		token[1000];

	make_ann(&s);
	cr_expect(strstr(mail_head, "To: ann@example.org\n") != NULL, "%s",
	    mail_head);
	snprintf(token, sizeof(token), "%s", token_of_mail());
	EXPECT_ANSWER(post(&s, "/account/verify/confirm",
	    "{\"token\":\"%s\"}", token), 204, "", "verify");
	EXPECT_ANSWER(post(&s, "/account/verify/confirm",
	    "{\"token\":\"%s\"}", token), 422, NULL, "used");
	cr_expect(strstr(body_of(log_in(&s, GOOD)), "\"verified\":true") !=
	    NULL);
	close_site(&s);
}

Test(accounts, reset_the_password)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;
	char				 token[1000];

	make_ann(&s);
	keep_cookie(&s, log_in(&s, GOOD));
	EXPECT_ANSWER(post(&s, "/account/reset",
	    "{\"email\":\"ann@example.org\"}"), 202, "", "ask");
	read_mail(&s, 2);
	snprintf(token, sizeof(token), "%s", token_of_mail());
	a = post(&s, "/account/reset/confirm",
	    "{\"token\":\"%s\",\"password\":\"12345678\"}", token);
	EXPECT_ANSWER(a, 422, NULL, "weak");
	EXPECT_ANSWER(post(&s, "/account/reset/confirm",
	    "{\"token\":\"%s\",\"password\":\"" BETTER "\"}", token), 204, "",
	    "set");
	/* All sessions are over, and the link is. */
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 401, NULL, "me");
	stile_client_header(s.c, "Cookie", NULL);
	EXPECT_ANSWER(post(&s, "/account/reset/confirm",
	    "{\"token\":\"%s\",\"password\":\"" GOOD "\"}", token), 422, NULL,
	    "used");
	EXPECT_ANSWER(log_in(&s, GOOD), 401, NULL, "old");
	EXPECT_ANSWER(log_in(&s, BETTER), 200, NULL, "new");
	close_site(&s);
}

/* The same answer, and no mail. */
Test(accounts, reset_tells_nothing)
{
	struct site	s = open_site();

	make_ann(&s);
	EXPECT_ANSWER(post(&s, "/account/reset",
	    "{\"email\":\"nobody@example.org\"}"), 202, "", "ask");
	EXPECT_ANSWER(post(&s, "/account/reset",
	    "{\"email\":\"ann@example.org\"}"), 202, "", "ask");
	read_mail(&s, 2);
	cr_expect(strstr(mail_head, "To: ann@example.org\n") != NULL);
	close_site(&s);
}

Test(accounts, link_is_for_one_thing)
{
	struct site	s = open_site();

	make_ann(&s);
	EXPECT_ANSWER(post(&s, "/account/reset/confirm",
	    "{\"token\":\"%s\",\"password\":\"" BETTER "\"}",
	    token_of_mail()), 422, NULL, "a verification's");
	close_site(&s);
}

/* ---- the password ------------------------------------------------------------------ */

Test(accounts, change_the_password)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;

	make_ann(&s);
	keep_cookie(&s, log_in(&s, GOOD));
	EXPECT_ANSWER(post(&s, "/account/password", "{\"old\":\"wrong\","
	    "\"new\":\"" BETTER "\"}"), 422, NULL, "wrong");
	a = post(&s, "/account/password", "{\"old\":\"" GOOD "\","
	    "\"new\":\"" BETTER "\"}");
	EXPECT_ANSWER(a, 204, "", "change");
	keep_cookie(&s, a);
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 200, NULL, "me");
	close_site(&s);
}

/* ---- sessions and tokens --------------------------------------------------------------- */

Test(accounts, sessions)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;
	char				 path[100];
	const char			*p;

	make_ann(&s);
	stile_client_header(s.c, "User-Agent", "first");
	log_in(&s, GOOD);
	stile_client_header(s.c, "User-Agent", "second");
	keep_cookie(&s, log_in(&s, GOOD));
	a = stile_client_get(s.c, "/account/sessions");
	EXPECT_ANSWER(a, 200, NULL, "list");
	p = strstr(body_of(a), "\"agent\":\"first\",\"current\":false");
	cr_assert(p != NULL && strstr(body_of(a),
	    "\"agent\":\"second\",\"current\":true") != NULL, "%s",
	    body_of(a));
	while (strncmp(p, "{\"id\":\"", 7) != 0)
		p--;
	snprintf(path, sizeof(path), "/account/sessions/%.16s", p + 7);
	EXPECT_ANSWER(send_to(s.c, "DELETE", path), 204, "", "end");
	EXPECT_ANSWER(send_to(s.c, "DELETE", path), 404, NULL, "again");
	EXPECT_ANSWER(send_to(s.c, "DELETE", "/account/sessions"), 204, "",
	    "others");
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 200, NULL, "own");
	close_site(&s);
}

Test(accounts, token_makes_no_tokens)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;
	struct json_object		*m;
	char				 field[200];

	make_ann(&s);
	keep_cookie(&s, log_in(&s, GOOD));
	a = post(&s, "/account/tokens",
	    "{\"name\":\"t\",\"scopes\":\"notes.read\"}");
	EXPECT_ANSWER(a, 201, NULL, "make");
	cr_assert(json_object_object_get_ex(stile_answer_json(a), "token",
	    &m));
	snprintf(field, sizeof(field), "Bearer %s",
	    json_object_get_string(m));
	a = stile_client_get(s.c, "/account/tokens");
	cr_expect(strstr(body_of(a), "\"name\":\"t\",\"scopes\":"
	    "\"notes.read\"") != NULL && strstr(body_of(a),
	    "\"used\":null") != NULL, "%s", body_of(a));
	stile_client_header(s.c, "Cookie", NULL);
	stile_client_header(s.c, "Authorization", field);
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 200, NULL, "me");
	EXPECT_ANSWER(post(&s, "/account/tokens",
	    "{\"name\":\"t\",\"scopes\":\"*\"}"), 403, NULL, "no more");
	EXPECT_ANSWER(post(&s, "/account/password", "{\"old\":\"" GOOD
	    "\",\"new\":\"" BETTER "\"}"), 403, NULL, "nor this");
	close_site(&s);
}

/* ---- the second factor ------------------------------------------------------------------- */

static const char *
member_text(const struct stile_answer *a, const char *name)
{
	struct json_object	*m = NULL;

	cr_assert(json_object_object_get_ex(stile_answer_json(a), name, &m),
	    "%s: %s", name, body_of(a));
	return json_object_get_string(m);
}

/* The code of a secret so many steps from now, by liboath itself. */
static const char *
code_of(const char *secret, int steps)
{
	static char	code[16];
	int		(*decode)(const char *, size_t, char **, size_t *);
	int		(*generate)(const char *, size_t, time_t, unsigned,
			    time_t, unsigned, char *);
	void		*h = dlopen("liboath.so.0", RTLD_NOW), *p, *q;
	char		*key;
	size_t		 n;

	cr_assert(h != NULL);
	p = dlsym(h, "oath_base32_decode");
	q = dlsym(h, "oath_totp_generate");
	memcpy(&decode, &p, sizeof(p));
	memcpy(&generate, &q, sizeof(q));
	cr_assert_eq(decode(secret, strlen(secret), &key, &n), 0);
	cr_assert_eq(generate(key, n, time(NULL) + 30 * steps, 30, 0, 6,
	    code), 0);
	free(key);
	dlclose(h);
	return code;
}

static const struct stile_answer *
log_in_with(const struct site *s, const char *code)
{
	return post(s, "/account/login", "{\"login\":\"ann\","
	    "\"password\":\"" GOOD "\",\"code\":\"%s\"}", code);
}

/* Begun, but not confirmed, it is not asked for. */
Test(accounts, second_factor)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;
	struct json_object		*list;
	char				 secret[64], recovery[20], code[16];

	make_ann(&s);
	keep_cookie(&s, log_in(&s, GOOD));
	a = post(&s, "/account/totp", "");
	EXPECT_ANSWER(a, 200, NULL, "begin");
	snprintf(secret, sizeof(secret), "%s", member_text(a, "secret"));
	cr_expect(strstr(member_text(a, "uri"), secret) != NULL);
	EXPECT_ANSWER(post(&s, "/account/totp/confirm",
	    "{\"code\":\"000000\"}"), 422, NULL, "not the code");
	a = post(&s, "/account/totp/confirm", "{\"code\":\"%s\"}",
	    code_of(secret, -1));
	EXPECT_ANSWER(a, 200, NULL, "confirm");
	cr_assert(json_object_object_get_ex(stile_answer_json(a), "recovery",
	    &list));
	cr_expect_eq(json_object_array_length(list), 10);
	snprintf(recovery, sizeof(recovery), "%s", json_object_get_string(
	    json_object_array_get_idx(list, 3)));
	keep_cookie(&s, a);
	EXPECT_ANSWER(stile_client_get(s.c, "/account/me"), 200, NULL, "me");
	stile_client_header(s.c, "Cookie", NULL);

	a = log_in(&s, GOOD);
	EXPECT_ANSWER(a, 401, NULL, "no code");
	EXPECT_STR(member_text(a, "code"), "code_needed", "no code");
	cr_expect_null(stile_answer_header(a, "Set-Cookie"));
	EXPECT_ANSWER(log_in(&s, "wrong password"), 401, NULL, "wrong");
	/* A step that was used is used. */
	EXPECT_ANSWER(log_in_with(&s, code_of(secret, -1)), 401, NULL,
	    "the one that confirmed");
	snprintf(code, sizeof(code), "%s", code_of(secret, 0));
	EXPECT_ANSWER(log_in_with(&s, code), 200, NULL, "a fresh one");
	EXPECT_ANSWER(log_in_with(&s, code), 401, NULL, "the same again");
	EXPECT_ANSWER(log_in_with(&s, recovery), 200, NULL, "recovery");
	EXPECT_ANSWER(log_in_with(&s, recovery), 401, NULL, "once");
	close_site(&s);
}

Test(accounts, second_factor_goes_with_the_password)
{
	struct site			 s = open_site();
	const struct stile_answer	*a;
	char				 secret[64];

	make_ann(&s);
	keep_cookie(&s, log_in(&s, GOOD));
	a = post(&s, "/account/totp", "");
	snprintf(secret, sizeof(secret), "%s", member_text(a, "secret"));
	a = post(&s, "/account/totp/confirm", "{\"code\":\"%s\"}",
	    code_of(secret, 0));
	keep_cookie(&s, a);
	EXPECT_ANSWER(post(&s, "/account/totp", ""), 409, NULL, "twice");
	EXPECT_ANSWER(post(&s, "/account/totp/off",
	    "{\"password\":\"wrong\"}"), 422, NULL, "wrong");
	a = post(&s, "/account/totp/off", "{\"password\":\"" GOOD "\"}");
	EXPECT_ANSWER(a, 204, "", "off");
	stile_client_header(s.c, "Cookie", NULL);
	EXPECT_ANSWER(log_in(&s, GOOD), 200, NULL, "without");
	close_site(&s);
}
