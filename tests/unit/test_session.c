/* SPDX-License-Identifier: ISC */
/* lib/guard/session*.c, csrf.c: sessions through requests, in both stores. */
#include "app.h"
#include "browser.h"

#include "stile/req.h"
#include "stile/res.h"
#include "stile/session.h"
#include "stile/str.h"

#define SECRETS	"secrets=0123456789abcdef0123456789abcdef"

/* ---- an application that does as the query says ------------------------- */

static int
get_value(struct stile_req *r)
{
	struct stile_value	v = stile_session_get(r, "v");

	return stile_send_object(r, 200, STILE_ARGS("v", v, "user",
	    stile_session_user(r)));
}

static int
set_value(struct stile_req *r)
{
	stile_session_set(r, "v", stile_text(stile_query(r, "v")));
	return stile_send_text(r, 200, "set");
}

static int
unset_value(struct stile_req *r)
{
	stile_session_set(r, "v",
	    (struct stile_value){ .type = STILE_ABSENT });
	return stile_send_text(r, 200, "unset");
}

static int
set_and_fail(struct stile_req *r)
{
	stile_session_set(r, "v", stile_text("lost"));
	return stile_fail(r, 500, "broken");
}

static int
log_in(struct stile_req *r)
{
	stile_session_login(r, stile_query_int(r, "user", 1, 100, 1));
	return stile_send_text(r, 200, "in");
}

static int
log_in_until_closed(struct stile_req *r)
{
	stile_session_login(r, 1);
	stile_session_last(r, 0);
	return stile_send_text(r, 200, "in");
}

static int
log_out(struct stile_req *r)
{
	stile_session_logout(r);
	return stile_send_text(r, 200, "out");
}

static int
flash(struct stile_req *r)
{
	stile_flash(r, "info", stile_query(r, "text"));
	return stile_send_text(r, 200, "kept");
}

static int
flashes(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("flashes", stile_flashes(r)));
}

static int
list(struct stile_req *r)
{
	const struct stile_session	*s;
	struct stile_buf		*b;
	size_t				 i, n;

	s = stile_session_list(r, stile_session_user(r), &n);
	b = stile_buf_new(stile_req_arena(r), 10000);
	for (i = 0; i < n; i++)
		stile_buf_printf(b, "%s %s %d\n", s[i].id, s[i].agent,
		    s[i].current);
	return stile_send_buf(r, 200, "text/plain", b);
}

static int
end_one(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("ended",
	    stile_session_end(r, stile_session_user(r),
	    stile_query(r, "id"))));
}

static int
end_all(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("ended",
	    stile_session_end_all(r, stile_session_user(r))));
}

static int
end_others(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("ended",
	    stile_session_end_others(r, stile_session_user(r))));
}

static int
token(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_csrf_token(r));
}

static const struct stile_route	routes[] = {
	{ "GET", "/get", get_value, .name = "get" },
	{ "*", "/set", set_value, .name = "set" },
	{ "*", "/unset", unset_value, .name = "unset" },
	{ "*", "/fail", set_and_fail, .name = "fail" },
	{ "*", "/in", log_in, .name = "in" },
	{ "*", "/in-until-closed", log_in_until_closed, .name = "in2" },
	{ "*", "/out", log_out, .name = "out" },
	{ "*", "/flash", flash, .name = "flash" },
	{ "GET", "/flashes", flashes, .name = "flashes" },
	{ "GET", "/list", list, .name = "list" },
	{ "*", "/end", end_one, .name = "end" },
	{ "*", "/end-all", end_all, .name = "end-all" },
	{ "*", "/end-others", end_others, .name = "end-others" },
	{ "GET", "/token", token, .name = "token" },
	{ 0 }
};

static const struct stile_app	app = {
	.name = "sessions", .routes = routes,
	.uses = STILE_USES(&stile_sessions),
};

/* ---- a browser -------------------------------------------------------------- */

static struct browser
browser(const char *store)
{
	char	setting[64];

	snprintf(setting, sizeof(setting), "session_store=%s", store);
	return (struct browser){ .c = CLIENT(&app, "db=sqlite::memory:",
	    setting, SECRETS,) };
}

#define NOBODY	"{\"user\":0}"

static const char *const	stores[] = { "db", "cookie" };

#define EACH_STORE(i)	for (size_t i = 0; i < NELEM(stores); i++)

/* ---- values ------------------------------------------------------------------ */

Test(session, value_is_kept)
{
	EACH_STORE(i) {
		struct browser	b = browser(stores[i]);

		EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
		EXPECT_STR(b.set, "", "%s: read only", stores[i]);
		EXPECT_ASK(&b, "GET", "/set?v=a%22b", 200, "set");
		cr_expect(strncmp(b.cookie, "session=", 8) == 0, "%s",
		    b.cookie);
		cr_expect(strstr(b.set, "; HttpOnly; SameSite=Lax") != NULL &&
		    lasts(b.set, 2592000), "%s", b.set);
		EXPECT_ASK(&b, "GET", "/get", 200,
		    "{\"v\":\"a\\\"b\",\"user\":0}");
		EXPECT_STR(b.set, "", "%s: read again", stores[i]);
		EXPECT_ASK(&b, "GET", "/unset", 200, "unset");
		EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
		stile_client_free(b.c);
	}
}

Test(session, failed_request_keeps_nothing)
{
	EACH_STORE(i) {
		struct browser	b = browser(stores[i]);

		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		EXPECT_ASK(&b, "GET", "/fail", 500, NULL);
		EXPECT_STR(b.set, "", "%s", stores[i]);
		EXPECT_ASK(&b, "GET", "/get", 200,
		    "{\"v\":\"1\",\"user\":0}");
		stile_client_free(b.c);
	}
}

Test(session, answers_are_for_one_browser)
{
	struct browser			 b = browser("db");
	const struct stile_answer	*a;

	a = ask(&b, "GET", "/get");
	EXPECT_STR(stile_answer_header(a, "Vary"), "Cookie", "read");
	a = ask(&b, "GET", "/set?v=1");
	EXPECT_STR(stile_answer_header(a, "Cache-Control"), "no-store",
	    "set");
	stile_client_free(b.c);
}

/* ---- names from outside --------------------------------------------------------- */

Test(session, foreign_name_is_not_taken_over)
{
	static const char *const	names[] = {
		"x", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"%00%01",
	};

	EACH_STORE(i) {
		for (size_t k = 0; k < NELEM(names); k++) {
			struct browser	b = browser(stores[i]);
			char		fixed[200];

			snprintf(fixed, sizeof(fixed), "session=%s", names[k]);
			snprintf(b.cookie, sizeof(b.cookie), "%s", fixed);
			EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
			EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
			cr_expect(strcmp(b.cookie, fixed) != 0 &&
			    *b.cookie != '\0', "%s %s", stores[i], names[k]);
			stile_client_free(b.c);
		}
	}
}

Test(session, each_changed_byte_voids_the_cookie)
{
	EACH_STORE(i) {
		struct browser	b = browser(stores[i]);
		char		good[4096];

		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		memcpy(good, b.cookie, sizeof(good));
		for (size_t k = strlen("session="); k < strlen(good) - 1;
		    k++) {
			memcpy(b.cookie, good, sizeof(good));
			b.cookie[k] = b.cookie[k] == 'A' ? 'B' : 'A';
			EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
			memcpy(b.cookie, good, sizeof(good));
			b.cookie[k] = '\0';
			EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
		}
		memcpy(b.cookie, good, sizeof(good));
		EXPECT_ASK(&b, "GET", "/get", 200,
		    "{\"v\":\"1\",\"user\":0}");
		stile_client_free(b.c);
	}
}

/* ---- whose it is ------------------------------------------------------------------ */

Test(session, login_renames_and_keeps_the_data)
{
	struct browser	b = browser("db");
	char		before[4096];

	EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
	memcpy(before, b.cookie, sizeof(before));
	EXPECT_ASK(&b, "GET", "/in?user=7", 200, "in");
	cr_expect(strcmp(b.cookie, before) != 0);
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"v\":\"1\",\"user\":7}");
	memcpy(b.cookie, before, sizeof(before));
	EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
	stile_client_free(b.c);
}

Test(session, other_user_gets_no_data)
{
	EACH_STORE(i) {
		struct browser	b = browser(stores[i]);

		EXPECT_ASK(&b, "GET", "/in?user=7", 200, "in");
		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		EXPECT_ASK(&b, "GET", "/in?user=7", 200, "in");
		EXPECT_ASK(&b, "GET", "/get", 200,
		    "{\"v\":\"1\",\"user\":7}");
		EXPECT_ASK(&b, "GET", "/in?user=8", 200, "in");
		EXPECT_ASK(&b, "GET", "/get", 200, "{\"user\":8}");
		stile_client_free(b.c);
	}
}

Test(session, logout_voids_the_cookie)
{
	struct browser	b = browser("db");
	char		stolen[4096];

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	memcpy(stolen, b.cookie, sizeof(stolen));
	EXPECT_ASK(&b, "GET", "/out", 200, "out");
	cr_expect(strstr(b.set, "session=; ") != NULL &&
	    strstr(b.set, "Max-Age=0") != NULL, "%s", b.set);
	memcpy(b.cookie, stolen, sizeof(stolen));
	EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
	stile_client_free(b.c);
}

Test(session, until_the_browser_is_closed)
{
	struct browser	b = browser("db");

	EXPECT_ASK(&b, "GET", "/in-until-closed", 200, "in");
	cr_expect(strstr(b.set, "Max-Age") == NULL &&
	    strstr(b.set, "Expires") == NULL, "%s", b.set);
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"user\":1}");
	stile_client_free(b.c);
}

Test(session, over_tls_the_cookie_is_for_this_host_alone)
{
	struct browser	b = { .c = CLIENT(&app, "db=sqlite::memory:", SECRETS,
			    "proxies=127.0.0.1",) };
	char		plain[sizeof(b.cookie)];

	stile_client_header(b.c, "X-Forwarded-Proto", "https");
	EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
	cr_expect(strncmp(b.set, "__Host-session=", 15) == 0 &&
	    strstr(b.set, "; Secure") != NULL &&
	    strstr(b.set, "Domain") == NULL, "%s", b.set);
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"v\":\"1\",\"user\":0}");
	/* What was set without TLS counts for nothing there. */
	memcpy(plain, b.cookie, sizeof(plain));
	snprintf(b.cookie, sizeof(b.cookie), "%.1000s",
	    plain + strlen("__Host-"));
	EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
	stile_client_free(b.c);
}

/* ---- messages ------------------------------------------------------------------------ */

Test(session, message_is_shown_once)
{
	EACH_STORE(i) {
		struct browser	b = browser(stores[i]);

		EXPECT_ASK(&b, "GET", "/flashes", 200, "{\"flashes\":[]}");
		EXPECT_ASK(&b, "GET", "/flash?text=one", 200, "kept");
		EXPECT_ASK(&b, "GET", "/flash?text=two", 200, "kept");
		EXPECT_ASK(&b, "GET", "/flashes", 200, "{\"flashes\":"
		    "[{\"kind\":\"info\",\"text\":\"one\"},"
		    "{\"kind\":\"info\",\"text\":\"two\"}]}");
		EXPECT_ASK(&b, "GET", "/flashes", 200, "{\"flashes\":[]}");
		stile_client_free(b.c);
	}
}

/* ---- lists ----------------------------------------------------------------------------- */

/* Three browsers of one user, with the same application. */
static void
three(struct browser b[3])
{
	char	name[16];

	b[0] = browser("db");
	b[1] = b[2] = b[0];
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		stile_client_header(b[i].c, "User-Agent", name);
		EXPECT_ASK(&b[i], "GET", "/in?user=7", 200, "in");
	}
}

Test(session, list_and_end_one)
{
	struct browser	b[3];
	char		target[80], id[17] = "";
	const char	*line;

	three(b);
	EXPECT_ASK(&b[1], "GET", "/list", 200, NULL);
	line = strstr(body_of(ask(&b[1], "GET", "/list")), " b2 0\n");
	cr_assert(line != NULL);
	memcpy(id, line - 16, 16);
	snprintf(target, sizeof(target), "/end?id=%s", id);
	stile_client_header(b[1].c, "Origin", "http://localhost");
	EXPECT_ASK(&b[1], "POST", target, 200, "{\"ended\":1}");
	EXPECT_ASK(&b[1], "POST", target, 200, "{\"ended\":0}");
	EXPECT_ASK(&b[2], "GET", "/get", 200, NOBODY);
	EXPECT_ASK(&b[1], "GET", "/get", 200, "{\"user\":7}");
	stile_client_free(b[0].c);
}

Test(session, end_all_and_others)
{
	struct browser	b[3];

	three(b);
	stile_client_header(b[0].c, "Origin", "http://localhost");
	EXPECT_ASK(&b[1], "POST", "/end-others", 200, "{\"ended\":2}");
	EXPECT_ASK(&b[0], "GET", "/get", 200, NOBODY);
	EXPECT_ASK(&b[2], "GET", "/get", 200, NOBODY);
	EXPECT_ASK(&b[1], "GET", "/get", 200, "{\"user\":7}");
	EXPECT_ASK(&b[0], "GET", "/in?user=7", 200, "in");
	EXPECT_ASK(&b[1], "POST", "/end-all", 200, "{\"ended\":2}");
	EXPECT_ASK(&b[1], "GET", "/get", 200, NOBODY);
	EXPECT_ASK(&b[0], "GET", "/get", 200, NOBODY);
	stile_client_free(b[0].c);
}

/* ---- from other sites ------------------------------------------------------------------- */

static const struct {
	const char	*site, *origin;
	int		status;
} origins[] = {
	{ "same-origin", NULL, 200 },
	{ "none", NULL, 200 },
	{ "same-site", NULL, 403 },
	{ "cross-site", NULL, 403 },
	{ "cross-site", "http://localhost", 403 },
	{ NULL, "http://localhost", 200 },
	{ NULL, "https://localhost", 403 },
	{ NULL, "http://localhost:81", 403 },
	{ NULL, "http://sub.localhost", 403 },
	{ NULL, "null", 403 },
	{ NULL, "", 403 },
	{ NULL, "http://localhost.evil.example", 403 },
	{ NULL, "https://friend.example", 200 },
	{ "cross-site", "https://friend.example", 200 },
	{ NULL, NULL, 403 },
};

Test(session, another_site_changes_nothing)
{
	size_t	i;

	for (i = 0; i < NELEM(origins); i++) {
		struct browser	b = { .c = CLIENT(&app, "db=sqlite::memory:",
				    "trusted_origins=https://friend.example",
				    SECRETS,) };

		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		stile_client_header(b.c, "Sec-Fetch-Site", origins[i].site);
		stile_client_header(b.c, "Origin", origins[i].origin);
		EXPECT_ANSWER(ask(&b, "POST", "/set?v=2"), origins[i].status,
		    NULL, "%zu", i);
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200,
		    origins[i].status == 200 ? "{\"v\":\"2\",\"user\":0}" :
		    "{\"v\":\"1\",\"user\":0}", "%zu", i);
		stile_client_free(b.c);
	}
}

Test(session, token_of_a_form)
{
	struct browser	b = browser("db"), other = browser("db");
	char		first[200], second[200], strange[200];

	snprintf(first, sizeof(first), "%s", body_of(ask(&b, "GET",
	    "/token")));
	snprintf(second, sizeof(second), "%s", body_of(ask(&b, "GET",
	    "/token")));
	snprintf(strange, sizeof(strange), "%s", body_of(ask(&other, "GET",
	    "/token")));
	cr_expect(strlen(first) == 86 && strcmp(first, second) != 0, "%s %s",
	    first, second);
	EXPECT_ASK(&b, "POST", "/set?v=0", 403, NULL);
	stile_client_header(b.c, "X-CSRF-Token", first);
	EXPECT_ASK(&b, "POST", "/set?v=1", 200, "set");
	stile_client_header(b.c, "X-CSRF-Token", second);
	EXPECT_ASK(&b, "POST", "/set?v=2", 200, "set");
	stile_client_header(b.c, "X-CSRF-Token", strange);
	EXPECT_ASK(&b, "POST", "/set?v=3", 403, NULL);
	first[40] = first[40] == 'A' ? 'B' : 'A';
	stile_client_header(b.c, "X-CSRF-Token", first);
	EXPECT_ASK(&b, "POST", "/set?v=4", 403, NULL);
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"v\":\"2\",\"user\":0}");
	stile_client_free(b.c);
	stile_client_free(other.c);
}

Test(session, token_does_not_outlive_a_login)
{
	struct browser	b = browser("db");
	char		before[200];

	snprintf(before, sizeof(before), "%s", body_of(ask(&b, "GET",
	    "/token")));
	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	stile_client_header(b.c, "X-CSRF-Token", before);
	EXPECT_ASK(&b, "POST", "/set?v=1", 403, NULL);
	stile_client_free(b.c);
}
