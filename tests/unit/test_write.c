/* SPDX-License-Identifier: ISC */
/* lib/http/write.c: the answer in CGI's format, whole or cut. */
#include "unit.h"

#include "stile/stream.h"

/* The answer after its empty line. */
static const char *
body(struct unit *u)
{
	const char	*end = strstr(unit_answer(u), "\r\n\r\n");

	return end != NULL ? end + 4 : NULL;
}

#define EXPECT_ANSWER(u, want)	EXPECT_STR(unit_answer(u), want, "answer")

/* Which statuses and methods have a body, and which a length. */
Test(write, no_body_where_there_is_none)
{
	static const struct {
		const char	*method;
		int		 status;
		bool		 length, body;
	} cases[] = {
		{ "REQUEST_METHOD=GET",		200,	true,	true },
		{ "REQUEST_METHOD=HEAD",	200,	true,	false },
		{ "REQUEST_METHOD=head",	200,	true,	true },
		{ "REQUEST_METHOD=GET",		204,	false,	false },
		{ "REQUEST_METHOD=GET",		304,	false,	false },
		{ "REQUEST_METHOD=GET",		404,	true,	true },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].method);
		stile_send_text(&u.r, cases[i].status, "hello");
		EXPECT_STR(body(&u), cases[i].body ? "hello" : "", "%zu", i);
		cr_expect_eq(strstr(unit_answer(&u), "Content-Length: 5\r\n")
		    != NULL, cases[i].length, "%zu", i);
		unit_end(&u);
	}
	BEGIN(&u, "X=");
	stile_send_empty(&u.r, 200);
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
	unit_end(&u);
}

/* More than a head may have: the bare answer and no part of the other. */
Test(write, a_head_that_is_too_large)
{
	static char	big[40000];
	struct unit	u;

	memset(big, 'x', sizeof(big) - 1);
	BEGIN(&u, "X=");
	stile_header_add(&u.r, "X-A", big);
	stile_header_add(&u.r, "X-B", big);
	stile_send_text(&u.r, 200, "secret");
	EXPECT_ANSWER(&u, "Status: 503 Service Unavailable\r\n"
	    "Content-Length: 0\r\n\r\n");
	cr_expect_eq(stile_status(&u.r), 503);
	unit_end(&u);
}

/* The gate takes n bytes: an error for each n that is too few. */
Test(write, writing_fails)
{
	struct unit	u;
	size_t		whole, n;

	BEGIN(&u, "X=");
	stile_header_set(&u.r, "X-A", "1");
	stile_send_text(&u.r, 200, "hello");
	whole = strlen(unit_answer(&u));
	unit_end(&u);
	for (n = 0; n <= whole; n++) {
		BEGIN(&u, "X=");
		stile_header_set(&u.r, "X-A", "1");
		stile_send_text(&u.r, 200, "hello");
		u.fake.room = n;
		stile__res_write(&u.r);
		cr_expect_eq(u.r.res.cut, n < whole, "%zu of %zu", n, whole);
		cr_expect_eq(stile_failed_status(&u.r), n < whole ? 500 : 0);
		cr_expect_eq(u.r.res.sent, n < whole ? 0 : 5);
		unit_end(&u);
	}
}

/* An answer that needs blocks of its own; ENOMEM where it is a 503. */
static enum stile_err
scenario(void)
{
	static char	 big[20000];
	struct unit	 u;
	const char	*s;
	enum stile_err	 rc = STILE_ENOMEM;

	memset(big, 'x', sizeof(big) - 1);
	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "PATH_INFO=/"));
	stile_header_set(&u.r, "X-Big", big);
	stile_header_add(&u.r, "X-Big", big);
	stile_send_json(&u.r, 200, json_object_new_string(big));
	if (stile_failed(&u.r) != STILE_OK)
		cr_expect_eq(stile_failed_status(&u.r), 503);
	s = unit_answer(&u);
	if (strncmp(s, "Status: 503 Service Unavailable\r\n", 33) != 0) {
		rc = STILE_OK;
		cr_expect(strncmp(s, "Status: 200 OK\r\n", 16) == 0);
		s = strstr(s, "\r\n\r\n");
		cr_assert(s != NULL && strlen(s) == 4 + 20001);
	}
out:
	unit_end(&u);
	return rc;
}

Test(write, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 5);
}
