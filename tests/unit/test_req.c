/* SPDX-License-Identifier: ISC */
/* lib/http/req.c: variables, headers, limits, slots. */
#include "unit.h"

Test(req, what_was_asked)
{
	struct unit	u;

	BEGIN(&u, "REQUEST_METHOD=PATCH", "SCRIPT_NAME=", "PATH_INFO=/a/b",
	    "QUERY_STRING=x=1", "REMOTE_ADDR=192.0.2.1", "HTTP_HOST=h:8080",
	    "SERVER_NAME=s", "HTTPS=on", "SERVER_PORT=443", "ODD", "=odd",
	    "AUTH_TYPE=");
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	EXPECT_STR(stile_req_method(&u.r), "PATCH", "the last one");
	EXPECT_STR(stile_req_path(&u.r), "/a/b", "path");
	EXPECT_STR(stile_req_prefix(&u.r), "", "prefix");
	EXPECT_STR(stile_req_query(&u.r), "x=1", "query");
	EXPECT_STR(stile_req_peer(&u.r), "192.0.2.1", "peer");
	EXPECT_STR(stile_req_host(&u.r), "h:8080", "host");
	EXPECT_STR(stile_req_scheme(&u.r), "https", "scheme");
	EXPECT_STR(stile_req_var(&u.r, "SERVER_PORT"), "443", "a variable");
	EXPECT_STR(stile_req_var(&u.r, "REQUEST_METHOD"), "PATCH", "the last");
	EXPECT_STR(stile_req_var(&u.r, "AUTH_TYPE"), "", "an empty one");
	EXPECT_STR(stile_req_var(&u.r, "REMOTE_USER"), NULL, "none");
	EXPECT_STR(stile_req_var(&u.r, "HTTP_HOST"), NULL, "a header");
	EXPECT_STR(stile_req_var(&u.r, "ODD"), NULL, "no variable");
	cr_expect(stile_req_arena(&u.r) == u.r.arena);
	unit_end(&u);
}

Test(req, what_is_absent_is_empty)
{
	struct unit	u;

	BEGIN(&u, "SERVER_NAME=s");
	EXPECT_STR(stile_req_query(&u.r), "", "query");
	EXPECT_STR(stile_req_peer(&u.r), "", "peer");
	EXPECT_STR(stile_req_host(&u.r), "s", "host");
	EXPECT_STR(stile_req_scheme(&u.r), "http", "scheme");
	EXPECT_STR(stile_req_id(&u.r), "test-id", "id");
	EXPECT_STR(stile_header(&u.r, "Accept"), NULL, "header");
	unit_end(&u);
}

Test(req, scheme)
{
	static const char *const cases[][3] = {
		{ "HTTPS=on", "X=", "https" }, { "HTTPS=ON", "X=", "https" },
		{ "HTTPS=1", "X=", "https" }, { "HTTPS=off", "X=", "http" },
		{ "HTTPS=", "X=", "http" },
		{ "HTTPS=on", "REQUEST_SCHEME=http", "http" },
		{ "HTTPS=", "REQUEST_SCHEME=https", "https" },
		{ "HTTPS=", "REQUEST_SCHEME=javascript", "http" },
		{ "HTTP_HTTPS=on", "HTTP_X_FORWARDED_PROTO=https", "http" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, (char *)cases[i][0], (char *)cases[i][1]);
		EXPECT_STR(stile_req_scheme(&u.r), cases[i][2], "%s %s",
		    cases[i][0], cases[i][1]);
		unit_end(&u);
	}
}

Test(req, methods)
{
	static const struct {
		const char	*var;
		int		 status;
	} cases[] = {
		{ "REQUEST_METHOD=GET", 0 },
		{ "REQUEST_METHOD=x-Y~1", 0 },
		{ "REQUEST_METHOD=", 400 },
		{ "REQUEST_METHOD=G T", 400 },
		{ "REQUEST_METHOD=GET\n", 400 },
		{ "REQUEST_METHOD=G\xC3\xA4T", 400 },
		{ "REQUEST_METHOD=AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDD", 0 },
		{ "REQUEST_METHOD=AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDE", 400 },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].var);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].status, "%s",
		    cases[i].var);
		unit_end(&u);
	}
	unit_begin(&u);
	stile__req_init(&u.r, VARS("PATH_INFO=/"));
	cr_expect_eq(stile_failed_status(&u.r), 400, "no method at all");
	EXPECT_STR(stile_req_path(&u.r), "", "no path after a failure");
	unit_end(&u);
}

Test(req, headers)
{
	struct unit	u;

	BEGIN(&u, "CONTENT_TYPE=a/b", "CONTENT_LENGTH=5",
	    "HTTP_CONTENT_TYPE=no/no", "HTTP_CONTENT_LENGTH=99",
	    "HTTP_X_ONE=1", "HTTP_X=short", "HTTP_EMPTY=", "HTTP_=none",
	    "HTTP_IF_MATCH=\"e\"", "XHTTP_Y=no");
	EXPECT_STR(stile_header(&u.r, "Content-Type"), "a/b", "type");
	EXPECT_STR(stile_header(&u.r, "content-length"), "5", "length");
	EXPECT_STR(stile_header(&u.r, "If-Match"), "\"e\"", "a dash");
	EXPECT_STR(stile_header(&u.r, "IF-MATCH"), "\"e\"", "letters");
	EXPECT_STR(stile_header(&u.r, "x-one"), "1", "longer");
	EXPECT_STR(stile_header(&u.r, "X"), "short", "shorter");
	EXPECT_STR(stile_header(&u.r, "X-On"), NULL, "a prefix");
	EXPECT_STR(stile_header(&u.r, "X-One-"), NULL, "one more");
	EXPECT_STR(stile_header(&u.r, "Empty"), "", "empty is there");
	EXPECT_STR(stile_header(&u.r, ""), NULL, "no name");
	EXPECT_STR(stile_header(&u.r, "Y"), NULL, "another variable");
	EXPECT_STR(u.r.known[V_CONTENT_TYPE], "a/b", "not from a header");
	unit_end(&u);
}

Test(req, repeated_headers_are_joined)
{
	struct unit	u;

	BEGIN(&u, "HTTP_COOKIE=a=1", "HTTP_X_A=1", "HTTP_COOKIE=b=2",
	    "HTTP_X_B=y", "HTTP_X_A=", "HTTP_X_A=3", "HTTP_HOST=first",
	    "HTTP_HOST=second");
	EXPECT_STR(stile_header(&u.r, "Cookie"), "a=1; b=2", "cookies");
	EXPECT_STR(stile_header(&u.r, "cookie"), "a=1; b=2", "cookies again");
	EXPECT_STR(stile_header(&u.r, "X-A"), "1, , 3", "a list");
	EXPECT_STR(stile_header(&u.r, "X-B"), "y", "single");
	/* Not a host, and refused where hosts are checked (RFC 9112, 3.2). */
	EXPECT_STR(stile_req_host(&u.r), "first, second", "two hosts");
	unit_end(&u);
}

Test(req, a_proxy_header_is_not_there)
{
	struct unit	u;

	BEGIN(&u, "HTTP_PROXY=http://evil", "HTTP_PROXY_X=ok");
	EXPECT_STR(stile_header(&u.r, "Proxy"), NULL, "Proxy");
	EXPECT_STR(stile_req_var(&u.r, "HTTP_PROXY"), NULL, "HTTP_PROXY");
	EXPECT_STR(stile_header(&u.r, "Proxy-X"), "ok", "Proxy-X");
	unit_end(&u);
}

Test(req, ids)
{
	static const struct {
		const char	*var, *want;
	} cases[] = {
		{ "REQUEST_ID=0123456789abcdefABCDEFxyz-", NULL },
		{ "REQUEST_ID=", "test-id" },
		{ "REQUEST_ID=a b", "test-id" },
		{ "REQUEST_ID=a\nlevel=error", "test-id" },
		{ "REQUEST_ID=a\"", "test-id" },
		{ "REQUEST_ID=0123456789012345678901234567890123456789"
		    "012345678901234567890123", NULL },
		{ "REQUEST_ID=0123456789012345678901234567890123456789"
		    "0123456789012345678901234", "test-id" },
		{ "HTTP_REQUEST_ID=mine", "test-id" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].var);
		EXPECT_STR(stile_req_id(&u.r), cases[i].want != NULL ?
		    cases[i].want : strchr(cases[i].var, '=') + 1, "%s",
		    cases[i].var);
		unit_end(&u);
	}
}

/* Each limit, where it is just met and where it is just passed. */
Test(req, limits)
{
	static const struct {
		size_t		 at;		/* of the limit */
		size_t		 max;
		const char	*vars[4];
		int		 status;
		const char	*detail;
	} cases[] = {
#define L(m)	offsetof(struct req_limits, m)
		{ L(headers), 2, { "HTTP_A=1", "HTTP_B=2", "CONTENT_TYPE=x" },
		    0, "" },
		{ L(headers), 2, { "HTTP_A=1", "HTTP_B=2", "HTTP_C=3" }, 431,
		    "headers_max: at most 2 headers are accepted" },
		{ L(header_bytes), 14, { "HTTP_A=1", "HTTP_B=", "X=12" }, 0,
		    "" },
		{ L(header_bytes), 13, { "HTTP_A=1", "HTTP_B=2", "X=" }, 431,
		    "header_bytes_max: headers of at most 13 bytes together "
		    "are accepted" },
		{ L(url), 6, { "REQUEST_URI=/?abcd" }, 0, "" },
		{ L(url), 5, { "REQUEST_URI=/?abcd" }, 414,
		    "url_max: a URL of at most 5 bytes is accepted" },
		{ L(url), 6, { "QUERY_STRING=abcdef" }, 0, "" },
		{ L(url), 5, { "QUERY_STRING=abcdef" }, 414,
		    "url_max: a URL of at most 5 bytes is accepted" },
#undef L
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		unit_begin(&u);
		*(size_t *)((char *)&u.limits + cases[i].at) = cases[i].max;
		stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
		    cases[i].vars[0], cases[i].vars[1], cases[i].vars[2]));
		cr_expect_eq(stile_failed_status(&u.r), cases[i].status, "%zu",
		    i);
		EXPECT_STR(stile_failed_detail(&u.r), cases[i].detail, "%zu",
		    i);
		unit_end(&u);
	}
}

Test(req, wants_html)
{
	static const struct {
		const char	*accept;
		bool		 html;
	} cases[] = {
		{ "HTTP_ACCEPT=", false },
		{ "HTTP_ACCEPT=*/*", false },
		{ "HTTP_ACCEPT=text/html", true },
		{ "HTTP_ACCEPT=text/html,application/xhtml+xml,*/*;q=0.8",
		    true },
		{ "HTTP_ACCEPT=application/json, text/html;q=0.9", false },
		{ "HTTP_ACCEPT=application/problem+json, text/html;q=0.9",
		    false },
		{ "HTTP_ACCEPT=text/html;q=0", false },
		{ "HTTP_X=", false },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].accept);
		cr_expect_eq(stile__req_wants_html(&u.r), cases[i].html, "%s",
		    cases[i].accept);
		unit_end(&u);
	}
}

static void
count(void *arg)
{
	++*(int *)arg;
}

Test(req, slots)
{
	static const char	key1, key2;
	struct unit		u;
	int			n1 = 0, n2 = 0, n3 = 0;

	BEGIN(&u, "X=");
	cr_expect(stile_req_get(&u.r, &key1) == NULL);
	cr_expect_eq(stile_req_set(&u.r, &key1, &n1, count), STILE_OK);
	cr_expect_eq(stile_req_set(&u.r, &key2, &n2, NULL), STILE_OK);
	cr_expect(stile_req_get(&u.r, &key1) == &n1);
	cr_expect(stile_req_get(&u.r, &key2) == &n2);
	cr_expect_eq(stile_req_set(&u.r, &key1, &n3, count), STILE_OK);
	cr_expect(stile_req_get(&u.r, &key1) == &n3, "the newest");
	cr_expect_eq(n1 + n2 + n3, 0);
	unit_end(&u);
	cr_expect(n1 == 1 && n2 == 0 && n3 == 1, "released once each");
}

Test(req, slots_without_memory)
{
	static const char	key;
	struct unit		u;
	int			n = 0;

	BEGIN(&u, "X=");
	stile_arena_free(u.r.arena);
	u.r.arena = stile_arena_new(1);
	cr_expect_eq(stile_req_set(&u.r, &key, &n, count), STILE_ENOMEM);
	cr_expect_eq(n, 1, "released at once");
	cr_expect_eq(stile_failed_status(&u.r), 503);
	cr_expect(stile_req_get(&u.r, &key) == NULL);
	unit_end(&u);
	cr_expect_eq(n, 1);
}

Test(req, log_lines_have_the_id)
{
	struct unit	u;
	char		out[500];
	ssize_t		n;
	int		fds[2];

	cr_assert_eq(pipe(fds), 0);
	BEGIN(&u, "REQUEST_ID=abc");
	stile_req_log(&u.r, STILE_INFO, "no log", STILE_NOARGS);
	u.r.log = stile_log_new(fds[1], STILE_INFO, STILE_LOG_TEXT);
	stile_req_log(&u.r, STILE_DEBUG, "not this", STILE_NOARGS);
	stile_req_log(&u.r, STILE_INFO, "m", STILE_ARGS("n", 5));
	n = read(fds[0], out, sizeof(out) - 1);
	out[n > 0 ? n : 0] = '\0';
	cr_expect(strstr(out, " level=info msg=m id=abc n=5\n") != NULL, "%s",
	    out);
	stile_log_free(u.r.log);
	unit_end(&u);
	close(fds[0]);
	close(fds[1]);
}

/* The work of a request up to its answer; ENOMEM where that is a 503. */
static enum stile_err
scenario(void)
{
	static char	 cookie[8000], body[] = "[1,2]";
	struct unit	 u;
	const char	*s, *joined;
	enum stile_err	 rc = STILE_ENOMEM;

	if (cookie[0] == '\0')
		snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=%0*d", 7900, 1);
	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	unit_body(&u, body, strlen(body), 2);
	stile__req_init(&u.r, VARS("REQUEST_METHOD=POST",
	    "REQUEST_URI=/a/b/x%2Fy", "SCRIPT_NAME=/a",
	    "PATH_INFO=/b/x/y", "CONTENT_TYPE=application/json",
	    "CONTENT_LENGTH=5", "QUERY_STRING=q=%41&r=%FF", cookie, cookie,
	    cookie));
	joined = stile_header(&u.r, "Cookie");
	s = stile_query(&u.r, "q");
	stile_json(&u.r);
	stile_header_set(&u.r, "X-Q", s != NULL ? s : "none");
	stile_send_object(&u.r, 200, STILE_ARGS("q", s));
	if (stile_failed(&u.r) != STILE_OK)
		cr_expect_eq(stile_failed_status(&u.r), 503);
	s = unit_answer(&u);
	if (strncmp(s, "Status: 503 Service Unavailable\r\n", 33) == 0)
		goto out;
	rc = STILE_OK;
	cr_expect_eq(u.r.nsegs, 2);
	EXPECT_STR(u.r.prefix, "/a", "prefix");
	cr_expect(joined != NULL && strlen(joined) == 3 * 7900 + 4);
	EXPECT_STR(s, "Status: 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: 9\r\nX-Q: A\r\n\r\n{\"q\":\"A\"}", "answer");
out:
	unit_end(&u);
	return rc;
}

Test(req, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 3);
}
