/* SPDX-License-Identifier: ISC */
/* lib/http/send.c: an answer from each kind of thing. */
#include "unit.h"

#include "stile/value.h"

/* The answer up to its empty line, or after it. */
static bool
head_is(struct unit *u, const char *want)
{
	const char	*s = unit_answer(u), *end = strstr(s, "\r\n\r\n");

	if (end == NULL || (size_t)(end + 2 - s) != strlen(want))
		return false;
	return strncmp(s, want, strlen(want)) == 0;
}

static const char *
body(struct unit *u)
{
	const char	*end = strstr(unit_answer(u), "\r\n\r\n");

	return end != NULL ? end + 4 : NULL;
}

#define EXPECT_ANSWER(u, want)	EXPECT_STR(unit_answer(u), want, "answer")

Test(send, senders)
{
	struct stile_buf	*b;
	struct unit		 u;

	BEGIN(&u, "X=");
	cr_expect_eq(stile_status(&u.r), 0);
	cr_expect_eq(stile_send(&u.r, 201, "a/b", "x\0y", 3), STILE_OK);
	cr_expect_eq(stile_status(&u.r), 201);
	cr_expect(head_is(&u, "Status: 201 Created\r\nContent-Type: a/b\r\n"
	    "Content-Length: 3\r\n"));
	cr_expect_arr_eq(body(&u), "x\0y", 4);
	unit_end(&u);

	BEGIN(&u, "X=");
	stile_send_text(&u.r, 200, "hi");
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Type: text/plain; "
	    "charset=utf-8\r\nContent-Length: 2\r\n\r\nhi");
	unit_end(&u);

	BEGIN(&u, "X=");
	stile_send_html(&u.r, 200, "<p>");
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Type: text/html; "
	    "charset=utf-8\r\nContent-Length: 3\r\n\r\n<p>");
	unit_end(&u);

	BEGIN(&u, "X=");
	b = stile_buf_new(u.r.arena, 100);
	stile_buf_puts(b, "buffered");
	cr_expect_eq(stile_send_buf(&u.r, 200, "a/b", b), STILE_OK);
	EXPECT_STR(body(&u), "buffered", "buf");
	unit_end(&u);

	BEGIN(&u, "X=");
	cr_expect_eq(stile_send_object(&u.r, 200, STILE_ARGS("a", 1)),
	    STILE_OK);
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Type: application/json"
	    "\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
	unit_end(&u);
}

/* As of a function that has failed the request; else it is an empty one. */
Test(send, no_text)
{
	struct unit	u;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 422, "no");
	cr_expect_eq(stile_send_text(&u.r, 200, NULL), STILE_EFAILED);
	cr_expect_eq(stile_send_html(&u.r, 200, NULL), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 422);
	unit_end(&u);

	BEGIN(&u, "X=");
	stile_send_text(&u.r, 200, NULL);
	EXPECT_ANSWER(&u, "Status: 200 OK\r\nContent-Type: text/plain; "
	    "charset=utf-8\r\nContent-Length: 0\r\n\r\n");
	unit_end(&u);
}

Test(send, what_was_sent_is_a_copy)
{
	struct unit	u;
	char		text[] = "text";

	BEGIN(&u, "X=");
	stile_send_text(&u.r, 200, text);
	text[0] = 'X';
	EXPECT_STR(body(&u), "text", "copy");
	unit_end(&u);
}

Test(send, what_is_static_is_no_copy)
{
	struct unit	u;
	char		text[] = "x\0yz";

	BEGIN(&u, "X=");
	cr_expect_eq(stile_send_static(&u.r, 201, "a/b", text, 4), STILE_OK);
	cr_expect_eq(stile_status(&u.r), 201);
	text[0] = 'X';
	cr_expect(head_is(&u, "Status: 201 Created\r\nContent-Type: a/b\r\n"
	    "Content-Length: 4\r\n"));
	cr_expect_arr_eq(body(&u), "X\0yz", 5);
	unit_end(&u);

	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "x");
	cr_expect_eq(stile_send_static(&u.r, 200, "a/b", text, 4),
	    STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 404);
	unit_end(&u);
}

Test(send, json)
{
	static const char *const cases[] = { "{\"a\":[1,2.5,\"x/\"]}", "[]",
	    "\"s\"", "5", "null" };
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		cr_expect_eq(stile_send_json(&u.r, 200,
		    json_tokener_parse(cases[i])), STILE_OK);
		EXPECT_STR(body(&u), cases[i], "json");
		unit_end(&u);
	}
	/* It is released even when it is not sent. */
	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "x");
	cr_expect_eq(stile_send_json(&u.r, 200, json_object_new_int(1)),
	    STILE_EFAILED);
	unit_end(&u);
	BEGIN(&u, "X=");
	stile_send_json(&u.r, 200, json_object_new_int(1));
	stile_send_json(&u.r, 200, json_object_new_int(2));
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);
	BEGIN(&u, "X=");
	stile_send_json(&u.r, 999, json_object_new_int(1));
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);
}

Test(send, a_buffer_with_an_error_is_a_failure)
{
	struct stile_buf	*b;
	struct unit		 u;

	BEGIN(&u, "X=");
	b = stile_buf_new(u.r.arena, 3);
	stile_buf_puts(b, "much");
	cr_expect_eq(stile_send_buf(&u.r, 200, "a/b", b), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);
}
