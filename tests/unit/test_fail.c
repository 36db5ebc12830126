/* SPDX-License-Identifier: ISC */
/* lib/http/fail.c: the first cause stands; what of it a client may see. */
#include "unit.h"

#include "stile/json.h"

#define PROBLEM	"application/problem+json"
#define PAGE	"text/html; charset=utf-8"

static void
expect_answer(struct unit *u, const char *status, const char *type,
    const char *body)
{
	char	want[1000];

	snprintf(want, sizeof(want), "Status: %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s", status, type, strlen(body), body);
	EXPECT_STR(unit_answer(u), want, "%s", status);
}

Test(fail, the_first_stands)
{
	struct stile_error	later = { .code = STILE_EIO,
				    .detail = "later" };
	struct unit		u;

	BEGIN(&u, "X=");
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	cr_expect_eq(stile_failed_status(&u.r), 0);
	EXPECT_STR(stile_failed_detail(&u.r), "", "none so far");
	cr_expect_eq(stile_fail(&u.r, 404, "no note %d", 5), STILE_EFAILED);
	cr_expect_eq(stile_fail(&u.r, 500, "later"), STILE_EFAILED);
	cr_expect_eq(stile_fail_error(&u.r, &later), STILE_EFAILED);
	cr_expect_eq(stile__fail_nomem(&u.r), STILE_EFAILED);
	cr_expect_eq(stile_failed(&u.r), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 404);
	EXPECT_STR(stile_failed_detail(&u.r), "no note 5", "the first");
	unit_end(&u);
}

Test(fail, statuses)
{
	static const struct {
		enum stile_err	code;
		int		status, want;
	} cases[] = {
		{ STILE_ENOMEM,		0,	503 },
		{ STILE_ETOOBIG,	0,	413 },
		{ STILE_EINVAL,		0,	500 },
		{ STILE_ESYNTAX,	0,	400 },
		{ STILE_ERANGE,		0,	400 },
		{ STILE_ENOTFOUND,	0,	404 },
		{ STILE_EEXIST,		0,	500 },
		{ STILE_EIO,		0,	500 },
		{ STILE_EGONE,		0,	503 },
		{ STILE_EBUSY,		0,	503 },
		{ STILE_ECONSTRAINT,	0,	409 },
		{ STILE_EREADONLY,	0,	500 },
		{ STILE_EFULL,		0,	507 },
		{ STILE_EDB,		0,	500 },
		{ STILE_EFAILED,	0,	500 },
		{ STILE_OK,		0,	500 },
		{ STILE_ENOMEM,		422,	422 },
		{ STILE_EIO,		599,	599 },
		{ STILE_EIO,		600,	500 },
		{ STILE_EIO,		399,	500 },
		{ STILE_EIO,		200,	500 },
		{ STILE_EIO,		-1,	500 },
	};
	struct stile_error	e = { .detail = "why" };
	struct unit		u;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		e.code = cases[i].code;
		e.status = cases[i].status;
		stile_fail_error(&u.r, &e);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].want,
		    "%s, %d", stile_err_name(e.code), e.status);
		EXPECT_STR(stile_failed_detail(&u.r),
		    cases[i].want < 500 ? "why" : "", "%zu", i);
		unit_end(&u);
	}
}

Test(fail, problems)
{
	struct unit	u;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "no note \"%d\"", 5);
	expect_answer(&u, "404 Not Found", PROBLEM,
	    "{\"type\":\"about:blank\",\"title\":\"Not Found\","
	    "\"status\":404,\"detail\":\"no note \\\"5\\\"\"}");
	cr_expect_eq(stile_failed(&u.r), STILE_OK, "shown");
	cr_expect_eq(stile_failed_status(&u.r), 404, "and still known");
	unit_end(&u);

	BEGIN(&u, "X=");
	stile_fail(&u.r, 422, "title: too long");
	stile_fail_member(&u.r, "member", stile_text("title"));
	stile_fail_member(&u.r, "max", stile_int(5));
	expect_answer(&u, "422 Unprocessable Content", PROBLEM,
	    "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
	    "\"status\":422,\"detail\":\"title: too long\",\"member\":\"title\""
	    ",\"max\":5}");
	unit_end(&u);

	/* About us: the id, and no word of the cause */
	BEGIN(&u, "REQUEST_ID=abc");
	stile_fail(&u.r, 500, "password is hunter2");
	expect_answer(&u, "500 Internal Server Error", PROBLEM,
	    "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
	    "\"status\":500,\"request_id\":\"abc\"}");
	unit_end(&u);
}

Test(fail, pages)
{
	struct unit	u;

	BEGIN(&u, "HTTP_ACCEPT=text/html");
	stile_fail(&u.r, 404, "no <b>'note'</b> & more");
	expect_answer(&u, "404 Not Found", PAGE,
	    "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>404 Not Found</title>\n<h1>404 Not Found</h1>\n"
	    "<p>no &lt;b&gt;&#39;note&#39;&lt;/b&gt; &amp; more</p>\n"
	    "</html>\n");
	unit_end(&u);

	BEGIN(&u, "HTTP_ACCEPT=text/html", "REQUEST_ID=abc");
	stile_fail(&u.r, 503, "secret");
	expect_answer(&u, "503 Service Unavailable", PAGE,
	    "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>503 Service Unavailable</title>\n"
	    "<h1>503 Service Unavailable</h1>\n<p>Request abc</p>\n"
	    "</html>\n");
	unit_end(&u);
}

/* What a handler had prepared is gone; the failure's own headers are not. */
Test(fail, headers)
{
	struct unit	u;

	BEGIN(&u, "REQUEST_METHOD=HEAD");
	stile_header_set(&u.r, "X-Handler", "1");
	stile_send_text(&u.r, 200, "text");
	stile_fail(&u.r, 405, "not this way");
	cr_expect_eq(stile_fail_header(&u.r, "Allow", "GET"), STILE_EFAILED);
	stile_fail_header(&u.r, "X-Evil", "a\r\nb");
	EXPECT_STR(unit_answer(&u), "Status: 405 Method Not Allowed\r\n"
	    "Content-Type: application/problem+json\r\nContent-Length: 88\r\n"
	    "Allow: GET\r\n\r\n", "HEAD");
	unit_end(&u);
}

/* However long and whatever bytes: JSON that can be read again. */
Test(fail, any_detail_is_json)
{
	static char		 wide[1000];
	struct json_object	*j;
	struct stile_error	 e;
	struct unit		 u;
	const char		*s;
	size_t			 n;

	for (n = 0; n < sizeof(wide) - 3; n += 3)
		memcpy(wide + n, "\xE2\x82\xAC", 3);
	for (n = 0; n < 4; n++) {
		memset(&e, 0, sizeof(e));
		BEGIN(&u, "X=");
		stile_fail(&u.r, 400, "%.*s%s\n\"\xFF", (int)n, "xxx", wide);
		s = strstr(unit_answer(&u), "\r\n\r\n");
		cr_assert(s != NULL);
		cr_assert_eq(stile_json_parse(stile_str(s + 4), 0, &j, &e),
		    STILE_OK, "%s", e.detail);
		json_object_put(j);
		unit_end(&u);
	}
}

Test(fail, no_more_members_than_there_is_room)
{
	struct unit	u;
	int		i;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 500, "x");
	for (i = 0; i < 10; i++)
		stile_fail_member(&u.r, "n", stile_int(i));
	cr_expect(strstr(unit_answer(&u), "\"status\":500,\"n\":0,\"n\":1,"
	    "\"n\":2,\"n\":3,\"request_id\":\"test-id\"}") != NULL);
	unit_end(&u);
}

/* An error handler asks for them, while the failure is shown. */
Test(fail, members_can_be_read)
{
	struct stile_value	v;
	struct unit		u;
	int			shown;

	BEGIN(&u, "X=");
	cr_expect_eq(stile_failed_member(&u.r, "field").type, STILE_ABSENT,
	    "there is no failure");
	stile_fail(&u.r, 422, "x");
	stile_fail_member(&u.r, "field", stile_text("title"));
	stile_fail_member(&u.r, "n", stile_int(7));
	stile_fail_member(&u.r, "n", stile_int(8));
	for (shown = 0; shown < 2; shown++) {
		v = stile_failed_member(&u.r, "field");
		cr_assert_eq(v.type, STILE_TEXT);
		EXPECT_STR(v.u.s.p, "title", "shown %d", shown);
		v = stile_failed_member(&u.r, "n");
		cr_expect_eq(v.type, STILE_INT);
		cr_expect_eq(v.u.i, 7, "the first of a name");
		cr_expect_eq(stile_failed_member(&u.r, "fiel").type,
		    STILE_ABSENT);
		cr_expect_eq(stile_failed_member(&u.r, "title").type,
		    STILE_ABSENT, "a value is no name");
		cr_expect_eq(stile_failed_member(&u.r, "").type, STILE_ABSENT);
		stile__show_failure(&u.r);
		cr_expect_eq(stile_failed(&u.r), STILE_OK);
	}
	unit_end(&u);
}

/* Without any memory the status still arrives, and its phrase. */
Test(fail, lack_of_memory_says_as_much_as_it_can)
{
	struct stile_arena	*first;
	struct unit		 u;
	const char		*s;
	long			 n;

	for (n = 0; n < 5; n++) {
		BEGIN(&u, "X=");
		stile_fail(&u.r, 404, "no such note");
		first = u.r.arena;
		u.r.arena = stile_arena_new(0);
		stile__fail_after = n;
		s = unit_answer(&u);
		stile__fail_after = 0;
		/* 0 is none; the first is the page's buffer. */
		if (n < 2)
			cr_expect_eq(strstr(s, "\r\n\r\nNot Found") != NULL,
			    n == 1, "%ld: %s", n, s);
		if (n < 2 || strncmp(s, "Status: 503 ", 12) != 0)
			cr_expect(strncmp(s, "Status: 404 Not Found\r\n",
			    23) == 0, "%ld: %s", n, s);
		unit_end(&u);
		stile_arena_free(first);
	}
}

Test(fail, an_arena_that_is_full)
{
	struct stile_arena	*first;
	struct unit		 u;

	BEGIN(&u, "X=");
	first = u.r.arena;
	u.r.arena = stile_arena_new(1);
	cr_expect_eq(stile_send_text(&u.r, 200, "x"), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 503);
	EXPECT_STR(unit_answer(&u), "Status: 503 Service Unavailable\r\n"
	    "Content-Length: 0\r\n\r\n", "bare");
	unit_end(&u);
	stile_arena_free(first);
}
