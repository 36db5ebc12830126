/* SPDX-License-Identifier: ISC */
/* lib/http/content.c: the body by its type, or 415 before it is read. */
#include "form.h"

#include "stile/base64.h"

/* Which of the three readers takes such a body: JSON, a form, its parts. */
enum { READ_JSON = 1, READ_FORM = 2, READ_PARTS = 4 };

static const struct type_case {
	const char	*type, *coding, *body;
	int		 readers;
} types[] = {
	{ "application/json", "", "{}", READ_JSON },
	{ "Application/JSON; charset=UTF-8", "", "{}", READ_JSON },
	{ "application/json;charset=\"utf-8\"", "", "{}", READ_JSON },
	{ "application/json; charset=us-ascii", "", "{}", READ_JSON },
	{ "application/json; profile=x; charset=utf-8", "", "{}", READ_JSON },
	{ "application/problem+json", "", "{}", READ_JSON },
	{ "application/json", "identity", "{}", READ_JSON },
	{ "application/json", "Identity", "{}", READ_JSON },
	{ "application/json; charset=latin1", "", "{}", 0 },
	{ "application/json; charset=utf-16", "", "{}", 0 },
	{ "application/json; charset=utf8", "", "{}", 0 },
	{ "application/json; charset=", "", "{}", 0 },
	{ "application/json", "gzip", "{}", 0 },
	{ "application/json", "identity, gzip", "{}", 0 },
	{ "text/json", "", "{}", 0 },
	{ "application/jsonx", "", "{}", 0 },
	{ "application/json-seq", "", "{}", 0 },
	{ "+json", "", "{}", 0 },
	{ "application/x-www-form-urlencoded", "", "a=", READ_FORM },
	{ "APPLICATION/x-www-form-URLENCODED ; charset=utf-8", "", "a=",
	    READ_FORM },
	{ "application/x-www-form-urlencoded", "identity", "a=", READ_FORM },
	{ "application/x-www-form-urlencoded; charset=latin-1", "", "a=", 0 },
	{ "application/x-www-form-urlencoded", "br", "a=", 0 },
	{ "multipart/form-data; boundary=x", "", "--x--",
	    READ_FORM | READ_PARTS },
	{ "Multipart/Form-Data; boundary=\"x\"; charset=utf-8", "", "--x--",
	    READ_FORM | READ_PARTS },
	{ "multipart/form-data; boundary=x", "identity", "--x--",
	    READ_FORM | READ_PARTS },
	{ "multipart/form-data; boundary=x; charset=koi8-r", "", "--x--", 0 },
	{ "multipart/form-data; boundary=x", "deflate", "--x--", 0 },
	{ "multipart/mixed; boundary=x", "", "--x--", 0 },
	{ "multipart/form-data-x; boundary=x", "", "--x--", 0 },
	{ "text/plain", "", "a=", 0 },
	{ "", "", "", 0 },
};

static enum stile_err
no_part(void *arg, const struct stile_part *p, struct stile_error *e)
{
	(void)arg;
	(void)p;
	return stile_error_set(e, STILE_EINVAL, 0, "no part is expected");
}

static void
read_as(struct stile_req *r, int reader)
{
	static const struct stile_multipart_sink	sink = {
		.begin = no_part,
	};

	if (reader == READ_JSON)
		stile_json(r);
	else if (reader == READ_FORM)
		stile_form_table(r);
	else
		stile_parts(r, &sink, NULL);
}

static void
check_type_case(const struct type_case *c, int reader)
{
	struct unit	u;
	char		type[100], coding[60], length[40];
	int		status = (c->readers & reader) != 0 ? 0 : 415;

	snprintf(type, sizeof(type), "CONTENT_TYPE=%s", c->type);
	snprintf(coding, sizeof(coding), "%s=%s", c->coding[0] != '\0' ?
	    "HTTP_CONTENT_ENCODING" : "X", c->coding);
	snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu",
	    strlen(c->body));
	BEGIN(&u, type, coding, length);
	unit_body(&u, c->body, strlen(c->body), 0);
	read_as(&u.r, reader);
	cr_expect_eq(stile_failed_status(&u.r), status, "%s, %s as %d: %d",
	    type, coding, reader, stile_failed_status(&u.r));
	if (status != 0)
		cr_expect_eq(u.fake.reads, 0, "%s: not one byte", type);
	unit_end(&u);
}

Test(content, types)
{
	size_t	i;

	for (i = 0; i < NELEM(types); i++) {
		check_type_case(&types[i], READ_JSON);
		check_type_case(&types[i], READ_FORM);
		check_type_case(&types[i], READ_PARTS);
	}
}

/* A server says nothing where there is no type. */
Test(content, without_a_type)
{
	struct unit	u;
	int		reader;

	for (reader = READ_JSON; reader <= READ_PARTS; reader *= 2) {
		BEGIN(&u, "CONTENT_LENGTH=2");
		unit_body(&u, "{}", 2, 0);
		read_as(&u.r, reader);
		cr_expect_eq(stile_failed_status(&u.r), 415);
		unit_end(&u);
	}
}

Test(content, a_boundary_is_needed)
{
	static const char *const	types_without[] = {
		"CONTENT_TYPE=multipart/form-data",
		"CONTENT_TYPE=multipart/form-data; boundary=",
		"CONTENT_TYPE=multipart/form-data; boundary=\"a b \"",
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(types_without); i++) {
		BEGIN(&u, types_without[i], "CONTENT_LENGTH=5");
		unit_body(&u, "--x--", 5, 0);
		stile_form_table(&u.r);
		cr_expect_eq(stile_failed_status(&u.r), 400, "%s",
		    types_without[i]);
		cr_expect_eq(u.fake.reads, 0);
		unit_end(&u);
	}
}

#define JSON	"CONTENT_TYPE=application/json"
#define FORM	"CONTENT_TYPE=application/x-www-form-urlencoded"

Test(content, json)
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
		    "body_max: a body of at most 8 bytes is accepted" },
		{ "CONTENT_LENGTH=4", "[[[]]]", 400, NULL },
		{ "CONTENT_LENGTH=6", "[[[]]]", 400,
		    "json: byte 3: nested too deep" },
	};
	struct json_object	*j;
	struct unit		 u;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, JSON, cases[i].length);
		u.r.max.body = 8;
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
Test(content, json_null)
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

Test(content, form)
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

	BEGIN(&u, FORM, "CONTENT_LENGTH=6");
	unit_body(&u, "a=%FFx", 6, 1);
	EXPECT_STR(stile_form(&u.r, "a"), "\xEF\xBF\xBDx", "not UTF-8");
	unit_end(&u);

	BEGIN(&u, FORM, "CONTENT_LENGTH=7");
	u.r.max.params = 3;
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

/* ---- vectors: as one read gives it, so do many -------------------------- */

#define PIECES_MAX	24	/* bytes of the longest read */
#define BODY_MAX	2000	/* JSON that is longer would take long */

/* What a body is read as, in an arena of its own; then the failure. */
static const char *
as_read(struct stile_arena *a, const char *type, struct stile_str body,
    size_t chunk)
{
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);
	struct stile_str	 name, value;
	struct unit		 u;
	char			 length[40];
	size_t			 i;

	snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu", body.len);
	BEGIN(&u, type, length);
	unit_body(&u, body.p, body.len, chunk);
	if (strcmp(type, JSON) == 0)
		stile_buf_puts(b, json_object_to_json_string(stile_json(&u.r)));
	else
		for (i = 0; stile_form_table(&u.r) != NULL && stile_table_at(
		    stile_form_table(&u.r), i, &name, &value); i++)
			stile_buf_printf(b, "[%s][%s]", name.p, value.p);
	stile_buf_printf(b, "%d %s", stile_failed_status(&u.r),
	    stile_failed_detail(&u.r));
	cr_assert_eq(stile_buf_err(b), STILE_OK);
	unit_end(&u);
	return stile_buf_view(b).p;
}

static void
play_in_pieces(const char *type, struct stile_str body)
{
	struct stile_arena	*a = stile_arena_new(0);
	const char		*whole = as_read(a, type, body, 0);
	size_t			 chunk;

	for (chunk = 1; chunk <= PIECES_MAX && chunk <= body.len; chunk++)
		EXPECT_STR(as_read(a, type, body, chunk), whole, "%zu a read",
		    chunk);
	stile_arena_free(a);
}

Test(content, vectors_in_pieces)
{
	struct json_object	*all = vectors("urlencoded.json"), *cases;
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_str	 body;
	size_t			 i;

	for (i = 0; i < json_object_array_length(all); i++)
		play_in_pieces(FORM, stile_str(json_object_get_string(
		    json_object_object_get(json_object_array_get_idx(all, i),
		    "input"))));
	json_object_put(all);
	all = vectors("json_parsing.json");
	cases = json_object_object_get(all, "cases");
	for (i = 0; i < json_object_array_length(cases); i++) {
		body.p = stile_base64_decode(a, stile_str(
		    json_object_get_string(json_object_object_get(
		    json_object_array_get_idx(cases, i), "b64"))),
		    STILE_BASE64_STD, &body.len);
		cr_assert(body.p != NULL);
		if (body.len <= BODY_MAX)
			play_in_pieces(JSON, body);
	}
	json_object_put(all);
	stile_arena_free(a);
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

Test(content, survives_every_allocation_failure)
{
	cr_expect_gt(torture(json_known), 2);
	cr_expect_gt(torture(json_unknown), 3);
	cr_expect_gt(torture(form_known), 3);
	cr_expect_gt(torture(form_unknown), 4);
}
