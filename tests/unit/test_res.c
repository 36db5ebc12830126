/* SPDX-License-Identifier: ISC */
/* lib/http/res.c: one answer, and headers that nothing can break. */
#include "unit.h"

#define EXPECT_ANSWER(u, want)	EXPECT_STR(unit_answer(u), want, "answer")

Test(res, headers)
{
	struct unit	u;

	BEGIN(&u, "X=");
	stile_header_remove(&u.r, "X-A");
	cr_expect_eq(stile_header_set(&u.r, "X-A", "1"), STILE_OK);
	stile_header_add(&u.r, "Set-Cookie", "a=1");
	stile_header_add(&u.r, "Set-Cookie", "b=2");
	stile_header_set(&u.r, "x-a", "2");
	stile_header_set(&u.r, "X-Gone", "");
	stile_header_remove(&u.r, "x-gone");
	stile_header_set(&u.r, "X-Text", "t\t\xC3\xA4");
	stile_header_set(&u.r, "X-Empty", "");
	stile_send_empty(&u.r, 200);
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Length: 0\r\nX-A: 2\r\n"
	    "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Text: t\t\xC3\xA4\r\n"
	    "X-Empty: \r\n\r\n");
	unit_end(&u);
}

Test(res, no_header_breaks_out)
{
	static const char *const cases[][2] = {
		{ "X-A", "a\r\nSet-Cookie: evil=1" }, { "X-A", "a\nb" },
		{ "X-A", "a\rb" }, { "X-A", "a\x01" }, { "X-A", "a\x7F" },
		{ "X-A", NULL }, { "X A", "1" }, { "X-A:", "1" },
		{ "X-A\r\nY", "1" }, { "", "1" }, { "X-\xC3\xA4", "1" },
		{ "Status", "200 OK" }, { "content-length", "5" },
		{ "Content-Type", "a/b" }, { "Transfer-Encoding", "chunked" },
		{ "connection", "close" },
	};
	struct unit	u;
	size_t		i;
	int		add;

	for (i = 0; i < NELEM(cases); i++)
		for (add = 0; add < 2; add++) {
			BEGIN(&u, "X=");
			cr_expect_eq((add ? stile_header_add :
			    stile_header_set)(&u.r, cases[i][0], cases[i][1]),
			    STILE_EFAILED, "%zu", i);
			cr_expect_eq(stile_failed_status(&u.r), 500, "%zu", i);
			cr_expect(u.r.res.headers == NULL, "%zu", i);
			unit_end(&u);
		}
	BEGIN(&u, "X=");
	stile_send(&u.r, 200, "a/b\r\nX-Evil: 1", "", 0);
	cr_expect_eq(stile_failed_status(&u.r), 500, "the type");
	unit_end(&u);
}

Test(res, too_many_headers)
{
	struct unit	u;
	int		i;

	BEGIN(&u, "X=");
	for (i = 0; i < 128; i++)
		cr_assert_eq(stile_header_add(&u.r, "X-A", "1"), STILE_OK);
	cr_expect_eq(stile_header_add(&u.r, "X-A", "1"), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);
}

Test(res, a_second_answer_is_a_failure)
{
	struct unit	u;

	BEGIN(&u, "X=");
	cr_expect_eq(stile_send_text(&u.r, 200, "one"), STILE_OK);
	cr_expect_eq(stile_send_text(&u.r, 201, "two"), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	EXPECT_STR(u.r.failure.cause.detail, "answered twice: 200, then 201",
	    "log");
	cr_expect(strncmp(unit_answer(&u), "Status: 500 ", 12) == 0);
	unit_end(&u);
}

Test(res, statuses)
{
	static const struct {
		int	status;
		bool	ok;
	} cases[] = {
		{ -1, false }, { 0, false }, { 100, false }, { 199, false },
		{ 200, true }, { 299, true }, { 404, true }, { 599, true },
		{ 600, false }, { INT_MAX, false },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		cr_expect_eq(stile_send_empty(&u.r, cases[i].status),
		    cases[i].ok ? STILE_OK : STILE_EFAILED, "%d",
		    cases[i].status);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].ok ? 0 : 500);
		unit_end(&u);
	}
}

Test(res, another_type)
{
	static const char *const	bad[] = {
		"a/b\r\nX-Evil: 1", "a/b\n", "a\x01", NULL,
	};
	struct unit			u;
	size_t				i;

	BEGIN(&u, "X=");
	stile_send(&u.r, 200, "application/json", "{}", 2);
	cr_expect_eq(stile_type_set(&u.r, "application/hal+json"), STILE_OK);
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Type: "
	    "application/hal+json\r\nContent-Length: 2\r\n\r\n{}");
	unit_end(&u);
	for (i = 0; i < NELEM(bad); i++) {
		BEGIN(&u, "X=");
		stile_send(&u.r, 200, "a/b", "{}", 2);
		cr_expect_eq(stile_type_set(&u.r, bad[i]), STILE_EFAILED,
		    "%zu", i);
		cr_expect_eq(stile_failed_status(&u.r), 500, "%zu", i);
		unit_end(&u);
	}
	BEGIN(&u, "X=");
	cr_expect_eq(stile_type_set(&u.r, "a/b"), STILE_EFAILED,
	    "before there is an answer");
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);
	BEGIN(&u, "X=");
	stile_send_empty(&u.r, 204);
	cr_expect_eq(stile_type_set(&u.r, "a/b"), STILE_OK);
	EXPECT_ANSWER(&u, "Status: 204 No Content\r\n\r\n");
	unit_end(&u);
	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "no such note");
	cr_expect_eq(stile_type_set(&u.r, "a/b"), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 404, "the first failure");
	unit_end(&u);
}

Test(res, nothing_is_sent_after_a_failure)
{
	struct unit	u;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "no such note");
	cr_expect_eq(stile_send_text(&u.r, 200, "x"), STILE_EFAILED);
	cr_expect_eq(stile_send_empty(&u.r, 200), STILE_EFAILED);
	cr_expect_eq(stile_send_object(&u.r, 200, STILE_NOARGS),
	    STILE_EFAILED);
	cr_expect_eq(stile_redirect(&u.r, 303, "/x"), STILE_EFAILED);
	cr_expect_eq(stile_header_set(&u.r, "X-A", "1"), STILE_EFAILED);
	cr_expect_eq(stile_status(&u.r), 0);
	cr_expect_eq(stile_failed_status(&u.r), 404);
	unit_end(&u);
}
