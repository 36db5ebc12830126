/* SPDX-License-Identifier: ISC */
/* lib/http/wrong.c: a failure that is about a field, as the client and an error
 * handler see it. */
#include "app.h"

#include "stile/input.h"
#include "stile/json.h"
#include "stile/param.h"

static const struct stile_schema	note = {
	.type = STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "title", STILE_STRING, .required = true },
	    { "count", .type = STILE_INTEGER }),
};

static const struct stile_schema	wrapped =
    STILE_WRAPPED("Wrapped", "note", &note, char);

static const struct stile_schema	params = {
	.type = STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "day", .type = STILE_DATE },
	    { "X-Id", STILE_STRING, .in = STILE_IN_HEADER }),
};

static const char	*field;
static int		 status;

static int
fail_field(struct stile_req *r)
{
	const char	*name = field;
	char		 here[50];

	/* Nothing of it has to stay. */
	snprintf(here, sizeof(here), "%s", name);
	stile_fail_field(r, status, here, "taken", "there is one of %d", 7);
	memset(here, 'x', sizeof(here) - 1);
	return stile_send_text(r, 200, "not sent");
}

static int
fail_twice(struct stile_req *r)
{
	stile_fail(r, 400, "the first stands");
	stile_fail_field(r, 409, "title", "taken", "the second does not");
	return STILE_EFAILED;
}

static const struct stile_route	routes[] = {
	{ "POST", "/json", fail_field, .body = &note, .params = &params },
	{ "POST", "/wrapped", fail_field, .body = &wrapped },
	{ "POST", "/form", fail_field, .body = &note,
	    .body_type = STILE_BODY_FORM },
	{ "POST", "/none", .handler = fail_field },
	{ "POST", "/twice", .handler = fail_twice },
	{ 0 }
};

static const struct stile_app	app = { .name = "t", .routes = routes };

/* The problem's list of errors, "" without one. */
static const char *
errors_of(const struct stile_answer *a)
{
	struct json_object	*list = NULL;

	if (!json_object_object_get_ex(stile_answer_json(a), "errors", &list))
		return "";
	return json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE);
}

#define REST	"\"code\":\"taken\",\"detail\":\"there is one of 7\"}]"

static const struct {
	const char	*target, *body, *field, *errors;
} cases[] = {
	{ "/json", "{\"title\":\"x\"}", "title",
	    "[{\"in\":\"body\",\"pointer\":\"/title\"," REST },
	{ "/json", "{\"title\":\"x\"}", "count",
	    "[{\"in\":\"body\",\"pointer\":\"/count\"," REST },
	{ "/json?day=2026-11-22", "{\"title\":\"x\"}", "day",
	    "[{\"in\":\"query\",\"parameter\":\"day\"," REST },
	{ "/json", "{\"title\":\"x\"}", "X-Id",
	    "[{\"in\":\"header\",\"parameter\":\"X-Id\"," REST },
	{ "/json", "{\"title\":\"x\"}", "owner",
	    "[{\"field\":\"owner\"," REST },
	{ "/wrapped", "{\"note\":{\"title\":\"x\"}}", "title",
	    "[{\"in\":\"body\",\"pointer\":\"/note/title\"," REST },
	{ "/wrapped", "{\"note\":{\"title\":\"x\"}}", "note",
	    "[{\"in\":\"body\",\"pointer\":\"/note\"," REST },
	{ "/wrapped", "{\"note\":{\"title\":\"x\"}}", "owner",
	    "[{\"field\":\"owner\"," REST },
	{ "/form", "title=x", "title",
	    "[{\"in\":\"form\",\"parameter\":\"title\"," REST },
	{ "/none", "", "title", "[{\"field\":\"title\"," REST },
	{ "/none", "", "a\"b", "[{\"field\":\"a\\\"b\"," REST },
};

Test(wrong, where_the_field_is)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;
	char				 detail[100];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		field = cases[i].field;
		status = 409;
		a = stile_client_send(c, "POST", cases[i].target,
		    strcmp(cases[i].target, "/form") == 0 ?
		    "application/x-www-form-urlencoded" : "application/json",
		    cases[i].body, strlen(cases[i].body));
		EXPECT_ANSWER(a, 409, NULL, "%zu", i);
		EXPECT_STR(errors_of(a), cases[i].errors, "%zu", i);
		snprintf(detail, sizeof(detail), "%s: there is one of 7",
		    field);
		EXPECT_STR(detail_of(a), detail, "%zu", i);
	}
	stile_client_free(c);
}

Test(wrong, another_failure_has_no_field)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;

	a = send_to(c, "POST", "/twice");
	EXPECT_ANSWER(a, 400, NULL, "the first stands");
	EXPECT_STR(errors_of(a), "", "the first stands");
	/* What is about us is for the log. */
	field = "title";
	status = 500;
	a = send_to(c, "POST", "/none");
	EXPECT_ANSWER(a, 500, NULL, "ours");
	EXPECT_STR(errors_of(a), "", "ours");
	cr_expect(strstr(body_of(a), "one of 7") == NULL, "%s", body_of(a));
	stile_client_free(c);
}

/* ---- one way to read both -------------------------------------------------- */

static int
show_wrong(struct stile_req *r)
{
	struct stile_violations	 all = stile_violations(r);
	struct stile_buf	*b = stile_buf_new(stile_req_arena(r), 1000);
	size_t			 i;

	for (i = 0; i < all.n; i++)
		stile_buf_printf(b, "%d %s %s: %s\n", (int)all.v[i].in,
		    all.v[i].where, all.v[i].code, all.v[i].detail);
	stile_buf_puts(b, stile_failed_detail(r));
	return stile_send_buf(r, stile_failed_status(r), "text/plain", b);
}

static const struct stile_error_handler	handlers[] = {
	{ 400, .whole_class = true, .fn = show_wrong }, { 0 }
};

static const struct stile_app	own = {
	.name = "t", .routes = routes, .errors = handlers,
};

Test(wrong, error_handler_reads_both)
{
	struct stile_client	*c = CLIENT(&own,);

	field = "title";
	status = 404;
	EXPECT_ANSWER(stile_client_json(c, "POST", "/wrapped",
	    "{\"note\":{\"count\":\"x\"}}"), 422, "5 /note/title required: "
	    "this is required\n5 /note/count type: an integer is expected\n"
	    "/note/title: this is required; and 1 more", "the check");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/wrapped",
	    "{\"note\":{\"title\":\"x\"}}"), 404, "5 /note/title taken: there "
	    "is one of 7\ntitle: there is one of 7", "the handler");
	field = "owner";
	EXPECT_ANSWER(stile_client_json(c, "POST", "/wrapped",
	    "{\"note\":{\"title\":\"x\"}}"), 404, "6 owner taken: there is "
	    "one of 7\nowner: there is one of 7", "no input");
	EXPECT_ANSWER(send_to(c, "POST", "/twice"), 400, "the first stands",
	    "none");
	stile_client_free(c);
}
