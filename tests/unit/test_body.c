/* SPDX-License-Identifier: ISC */
/* lib/http/body.c: whole or not at all, and never over the limit. */
#include "unit.h"

#include "stile/table.h"

#define LIMIT	100

static const char	text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void
begin(struct unit *u, const char *length, bool body_ends, const char *in,
    size_t n, size_t chunk)
{
	unit_begin(u);
	u->limits.body = LIMIT;
	u->io.body_ends = body_ends;
	unit_body(u, in, n, chunk);
	stile__req_init(&u->r, VARS("REQUEST_METHOD=POST", "PATH_INFO=/",
	    length));
}

/* With 36 bytes to read, which end by themselves */
static const struct length_case {
	const char	*var;
	bool		 body_ends;
	int		 status;
	size_t		 len;
	const char	*detail;
} lengths[] = {
	{ "CONTENT_LENGTH=36",	false, 0, 36, NULL },
	{ "CONTENT_LENGTH=36",	true, 0, 36, NULL },
	{ "CONTENT_LENGTH=10",	false, 0, 10, NULL },
	{ "CONTENT_LENGTH=036",	false, 0, 36, NULL },
	{ "CONTENT_LENGTH=0",	false, 0, 0, NULL },
	{ "CONTENT_LENGTH=0",	true, 0, 0, NULL },
	{ "X=",			false, 0, 0, NULL },
	{ "CONTENT_LENGTH=",	false, 0, 0, NULL },
	{ "CONTENT_LENGTH=-1",	false, 0, 0, NULL },
	{ "X=",			true, 0, 36, NULL },
	{ "CONTENT_LENGTH=",	true, 0, 36, NULL },
	{ "CONTENT_LENGTH=-1",	true, 0, 36, NULL },
	{ "HTTP_TRANSFER_ENCODING=chunked", false, 0, 36, NULL },
	/* A header of that name is not the length. */
	{ "HTTP_CONTENT_LENGTH=5", false, 0, 0, NULL },
	{ "CONTENT_LENGTH=-5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=-99999999999999999999", true, 400, 0,
	    "not a length" },
	{ "CONTENT_LENGTH=x",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=5x",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH= 5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=+5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=5, 5", true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=0x5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=1e1",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=101",	true, 413, 0, "at most 100 bytes" },
	{ "CONTENT_LENGTH=9223372036854775807", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=9223372036854775808", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=18446744073709551615", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=18446744073709551621", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=99999999999999999999999", true, 413, 0,
	    "at most 100" },
	{ "CONTENT_LENGTH=37",	true, 400, 0, "ended after 36 of 37" },
	{ "CONTENT_LENGTH=100",	false, 400, 0, "ended after 36 of 100" },
};

static void
check_length(const struct length_case *c, size_t chunk)
{
	struct unit		u;
	struct stile_str	body;

	begin(&u, c->var, c->body_ends, text, 36, chunk);
	body = stile_body(&u.r);
	cr_assert_eq(stile_failed_status(&u.r), c->status, "%s, %zu: %d",
	    c->var, chunk, stile_failed_status(&u.r));
	cr_assert_eq(body.len, c->len, "%s, %zu", c->var, chunk);
	cr_assert_arr_eq(body.p, text, c->len, "%s, %zu", c->var, chunk);
	cr_assert_eq(body.p[body.len], '\0', "%s", c->var);
	if (c->detail == NULL) {
		cr_assert(stile_body(&u.r).p == body.p, "read once");
	} else
		cr_assert(strstr(stile_failed_detail(&u.r), c->detail) != NULL,
		    "%s: %s", c->var, stile_failed_detail(&u.r));
	if (c->detail != NULL && strstr(c->detail, "ended") == NULL)
		cr_assert_eq(u.fake.reads, 0, "%s: not one byte", c->var);
	unit_end(&u);
}

Test(body, lengths_in_chunks_of_every_size)
{
	size_t	i, chunk;

	for (i = 0; i < NELEM(lengths); i++)
		for (chunk = 0; chunk <= 37; chunk++)
			check_length(&lengths[i], chunk);
}

/* At the limit and one past it, in every chunk size; cut nowhere. */
Test(body, unknown_length_at_the_limit)
{
	char			in[LIMIT + 2];
	struct unit		u;
	struct stile_str	body;
	size_t			n, chunk;

	memset(in, 'x', sizeof(in));
	for (n = LIMIT - 1; n <= LIMIT + 2; n++)
		for (chunk = 1; chunk <= n + 1; chunk++) {
			begin(&u, "X=", true, in, n, chunk);
			body = stile_body(&u.r);
			cr_assert_eq(stile_failed_status(&u.r),
			    n <= LIMIT ? 0 : 413, "%zu by %zu", n, chunk);
			cr_assert_eq(body.len, n <= LIMIT ? n : 0);
			unit_end(&u);
		}
}

Test(body, a_route_may_have_a_limit_of_its_own)
{
	struct unit	u;

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	u.r.body_max = 35;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 413);
	cr_expect_eq(u.fake.reads, 0);
	unit_end(&u);

	begin(&u, "X=", true, text, 36, 7);
	u.r.body_max = 0;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 413);
	unit_end(&u);

	begin(&u, "CONTENT_LENGTH=0", true, "", 0, 0);
	u.r.body_max = 0;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);
}

/* The peer goes away after n bytes. */
Test(body, an_error_is_no_end)
{
	struct unit	u;
	size_t		n, chunk;
	int		known;

	for (known = 0; known < 2; known++)
		for (n = 0; n < 36; n++)
			for (chunk = 1; chunk <= n + 1; chunk++) {
				begin(&u, known ? "CONTENT_LENGTH=36" : "X=",
				    true, text, n, chunk);
				u.fake.broken = true;
				cr_assert_eq(stile_body(&u.r).len, 0);
				cr_assert_eq(stile_failed_status(&u.r), 400);
				unit_end(&u);
			}
}

Test(body, large)
{
	size_t		 n = 300000, i, chunk;
	char		*in = malloc(n);
	struct unit	 u;

	for (i = 0; i < n; i++)
		in[i] = (char)(i * 7 + i / 256);
	for (chunk = 0; chunk < 40000; chunk = chunk * 3 + 1000) {
		begin(&u, "X=", true, in, n, chunk);
		u.r.body_max = n;
		cr_assert_eq(stile_body(&u.r).len, n);
		cr_expect_eq(memcmp(stile_body(&u.r).p, in, n), 0);
		unit_end(&u);
	}
	free(in);
}

Test(body, not_after_a_failure)
{
	struct unit	u;

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	stile_fail(&u.r, 401, "who are you");
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(u.fake.reads, 0);
	cr_expect_eq(stile_failed_status(&u.r), 401);
	unit_end(&u);
}

/* ---- as JSON and as a form ---------------------------------------------- */

static const struct type_case {
	const char	*type, *coding;
	int		 json, form;	/* status */
} types[] = {
	{ "CONTENT_TYPE=application/json", "X=", 0, 415 },
	{ "CONTENT_TYPE=Application/JSON; charset=UTF-8", "X=", 0, 415 },
	{ "CONTENT_TYPE=application/json;charset=\"utf-8\"", "X=", 0, 415 },
	{ "CONTENT_TYPE=application/problem+json", "X=", 0, 415 },
	{ "CONTENT_TYPE=application/json", "HTTP_CONTENT_ENCODING=identity", 0,
	    415 },
	{ "CONTENT_TYPE=application/json; charset=latin1", "X=", 415, 415 },
	{ "CONTENT_TYPE=application/json", "HTTP_CONTENT_ENCODING=gzip", 415,
	    415 },
	{ "CONTENT_TYPE=text/json", "X=", 415, 415 },
	{ "CONTENT_TYPE=application/jsonx", "X=", 415, 415 },
	{ "CONTENT_TYPE=+json", "X=", 415, 415 },
	{ "CONTENT_TYPE=application/x-www-form-urlencoded", "X=", 415, 0 },
	{ "CONTENT_TYPE=application/x-www-form-urlencoded; charset=utf-8",
	    "X=", 415, 0 },
	{ "CONTENT_TYPE=application/x-www-form-urlencoded; charset=latin-1",
	    "X=", 415, 415 },
	{ "CONTENT_TYPE=application/x-www-form-urlencoded",
	    "HTTP_CONTENT_ENCODING=br", 415, 415 },
	{ "CONTENT_TYPE=multipart/form-data; boundary=x", "X=", 415, 415 },
	{ "CONTENT_TYPE=", "X=", 415, 415 },
	{ "X=", "X=", 415, 415 },
};

Test(body, types)
{
	const struct type_case	*c;
	struct unit		 u;
	size_t			 i;

	for (i = 0; i < NELEM(types); i++) {
		c = &types[i];
		BEGIN(&u, c->type, c->coding, "CONTENT_LENGTH=2");
		unit_body(&u, "{}", 2, 0);
		cr_expect_eq(stile_json(&u.r) != NULL, c->json == 0, "%s",
		    c->type);
		cr_expect_eq(stile_failed_status(&u.r), c->json, "%s %s",
		    c->type, c->coding);
		if (c->json != 0)
			cr_expect_eq(u.fake.reads, 0, "%s", c->type);
		unit_end(&u);

		BEGIN(&u, c->type, c->coding, "CONTENT_LENGTH=2");
		unit_body(&u, "a=", 2, 0);
		cr_expect_eq(stile_form_table(&u.r) != NULL, c->form == 0,
		    "%s", c->type);
		cr_expect_eq(stile_failed_status(&u.r), c->form, "%s %s",
		    c->type, c->coding);
		unit_end(&u);
	}
}

#define JSON	"CONTENT_TYPE=application/json"
#define FORM	"CONTENT_TYPE=application/x-www-form-urlencoded"

Test(body, json)
{
	static const struct {
		const char	*length, *in;
		int		 status;
		const char	*detail;
	} cases[] = {
		{ "CONTENT_LENGTH=7", "{\"a\":1}", 0, "" },
		{ "CONTENT_LENGTH=6", "{\"a\":1}", 400,
		    "json: byte 7: ',' or '}' is expected" },
		{ "CONTENT_LENGTH=8", "{\"a\":1}", 400,
		    "the body ended after 7 of 8 bytes" },
		{ "CONTENT_LENGTH=0", "", 400,
		    "json: byte 1: a value is expected" },
		{ "CONTENT_LENGTH=9", "{\"a\":1}", 413,
		    "a body of at most 8 bytes is accepted" },
		{ "CONTENT_LENGTH=4", "[[[]]]", 400, NULL },
		{ "CONTENT_LENGTH=6", "[[[]]]", 400,
		    "json: byte 3: nested too deep" },
	};
	struct json_object	*j;
	struct unit		 u;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, JSON, cases[i].length);
		u.r.body_max = 8;
		u.limits.json_depth = 2;
		unit_body(&u, cases[i].in, strlen(cases[i].in), 3);
		j = stile_json(&u.r);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].status, "%zu",
		    i);
		cr_expect_eq(j != NULL, cases[i].status == 0, "%zu", i);
		if (cases[i].detail != NULL)
			EXPECT_STR(stile_failed_detail(&u.r), cases[i].detail,
			    "%zu", i);
		cr_expect(stile_json(&u.r) == j, "the same again");
		if (j != NULL)
			cr_expect_eq(stile_member_int(&u.r, j, "a", 0, 9), 1);
		unit_end(&u);
	}
}

/* The document null: no object, and no failure before it is asked. */
Test(body, json_null)
{
	struct unit	u;

	BEGIN(&u, JSON, "CONTENT_LENGTH=4");
	unit_body(&u, "null", 4, 0);
	cr_expect(stile_json(&u.r) == NULL);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	stile_member_text(&u.r, stile_json(&u.r), "a", 0, 9);
	cr_expect_eq(stile_failed_status(&u.r), 422);
	unit_end(&u);
}

Test(body, form)
{
	struct unit	u;

	BEGIN(&u, FORM, "CONTENT_LENGTH=11");
	unit_body(&u, "a=1&b=x+y&c", 11, 1);
	EXPECT_STR(stile_form(&u.r, "a"), "1", "a");
	EXPECT_STR(stile_form(&u.r, "b"), "x y", "b");
	EXPECT_STR(stile_form(&u.r, "c"), "", "c");
	EXPECT_STR(stile_form(&u.r, "d"), NULL, "d");
	cr_expect_eq(stile_table_count(stile_form_table(&u.r)), 3);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);

	BEGIN(&u, FORM, "CONTENT_LENGTH=7");
	u.limits.params = 3;
	unit_body(&u, "a&b&c&d", 7, 1);
	EXPECT_STR(stile_form(&u.r, "a"), NULL, "too many");
	cr_expect_eq(stile_failed_status(&u.r), 413);
	unit_end(&u);

	BEGIN(&u, FORM, "CONTENT_LENGTH=5");
	unit_body(&u, "a=%00", 5, 1);
	EXPECT_STR(stile_form(&u.r, "a"), NULL, "a NUL");
	cr_expect_eq(stile_failed_status(&u.r), 400);
	unit_end(&u);
}

/* Four ways to read one; ENOMEM where that is a 503. */
static enum stile_err
read_one(const char *type, const char *length)
{
	static char	 in[40000];
	struct unit	 u;
	enum stile_err	 rc = STILE_ENOMEM;
	bool		 json = strcmp(type, JSON) == 0;

	memset(in, ' ', sizeof(in));
	memcpy(in, json ? "[5]" : "a=5", 3);
	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	u.io.body_ends = true;
	unit_body(&u, in, sizeof(in), 999);
	stile__req_init(&u.r, VARS("REQUEST_METHOD=POST", "PATH_INFO=/", type,
	    length));
	if (json)
		stile_json(&u.r);
	else
		stile_form_table(&u.r);
	if (stile_failed(&u.r) == STILE_OK) {
		rc = STILE_OK;
		cr_expect(json ? stile_json(&u.r) != NULL :
		    *stile_form(&u.r, "a") == '5');
	} else
		cr_expect_eq(stile_failed_status(&u.r), 503);
out:
	unit_end(&u);
	return rc;
}

static enum stile_err
json_known(void)
{
	return read_one(JSON, "CONTENT_LENGTH=40000");
}

static enum stile_err
json_unknown(void)
{
	return read_one(JSON, "X=");
}

static enum stile_err
form_known(void)
{
	return read_one(FORM, "CONTENT_LENGTH=40000");
}

static enum stile_err
form_unknown(void)
{
	return read_one(FORM, "X=");
}

Test(body, survives_every_allocation_failure)
{
	cr_expect_gt(torture(json_known), 2);
	cr_expect_gt(torture(json_unknown), 3);
	cr_expect_gt(torture(form_known), 3);
	cr_expect_gt(torture(form_unknown), 4);
}
