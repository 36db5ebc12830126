/* SPDX-License-Identifier: ISC */
/* lib/http/range.c: parts of answers, from memory and from files. */
#include "answer.h"

#include "stile/cache.h"
#include "stile/file.h"

#define SIZE_MAX_BYTES	(1024 * 1024)
#define PERIOD		251

/* ---- an application with bytes ------------------------------------------ */

static char	file[100];

/* Byte i is i mod 251. */
static int
bytes(struct stile_req *r)
{
	int64_t			 i, n;
	struct stile_buf	*b;

	n = stile_query_int(r, "size", 0, SIZE_MAX_BYTES, 1000);
	if ((b = stile_buf_new(stile_req_arena(r), SIZE_MAX_BYTES)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < n; i++)
		stile_buf_putc(b, (char)(i % PERIOD));
	if (stile_query(r, "no-ranges") == NULL)
		stile_header_set(r, "Accept-Ranges", "bytes");
	if (stile_query(r, "etag") != NULL)
		stile_etag(r, stile_query(r, "etag"));
	if (stile_query(r, "weak") != NULL)
		stile_etag_weak(r, stile_query(r, "weak"));
	if (stile_query(r, "lm") != NULL)
		stile_last_modified(r, stile_query_int(r, "lm", 0,
		    INT32_MAX, 0));
	return stile_send_buf(r, (int)stile_query_int(r, "status", 200, 599,
	    200), "application/x-bytes", b);
}

static int
from_file(struct stile_req *r)
{
	return stile_send_file(r, file, NULL);
}

static int
untyped(struct stile_req *r)
{
	stile_header_set(r, "Accept-Ranges", "bytes");
	return stile_send(r, 200, NULL, "0123456789", 10);
}

static const struct stile_route routes[] = {
	ROUTE("GET", "/bytes", bytes),
	ROUTE("POST", "/bytes", bytes),
	ROUTE("GET", "/file", from_file),
	ROUTE("GET", "/untyped", untyped),
	{ 0 }
};
static const struct stile_app app = { .name = "ranges", .routes = routes };

/* Bytes first to last of n are the ones that they should be. */
static bool
are_bytes(struct stile_str s, int64_t first, int64_t last)
{
	int64_t	i;

	if (s.len != (size_t)(last - first + 1))
		return false;
	for (i = first; i <= last; i++)
		if (s.p[i - first] != (char)(i % PERIOD))
			return false;
	return true;
}

static struct tmp	tmp;

static struct stile_client *
begin(void)
{
	static char	all[1000];
	size_t		i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (char)(i % PERIOD);
	tmp_make(&tmp);
	snprintf(file, sizeof(file), "%s/file.bin", tmp.dir);
	write_file(file, all, sizeof(all));
	return CLIENT(&app);
}

static void
end(struct stile_client *c)
{
	stile_client_free(c);
	tmp_remove(&tmp);
}

Test(range_answer, one_range)
{
	static const struct {
		const char	*field;
		int		 status;
		int		 first, last;
	} cases[] = {
		{ "bytes=0-0",		206, 0, 0 },
		{ "bytes=0-499",	206, 0, 499 },
		{ "bytes=500-999",	206, 500, 999 },
		{ "bytes=500-",		206, 500, 999 },
		{ "bytes=-1",		206, 999, 999 },
		{ "bytes=-1000",	206, 0, 999 },
		{ "bytes=-5000",	206, 0, 999 },
		{ "bytes=0-",		206, 0, 999 },
		{ "bytes=999-5000",	206, 999, 999 },
		{ "bytes=0-99999999999999999999999", 206, 0, 999 },
		{ "BYTES=1-2",		206, 1, 2 },
		/* Several that are one. */
		{ "bytes=0-9,10-19",	206, 0, 19 },
		{ "bytes=5-9,0-7",	206, 0, 9 },
		{ "bytes=0-,0-,0-,0-",	206, 0, 999 },
		{ "bytes=0-1,5000-",	206, 0, 1 },
		{ "bytes=1000-",	416, 0, 0 },
		{ "bytes=1000-1001,2000-", 416, 0, 0 },
		{ "bytes=5-4",		416, 0, 0 },
		{ "bytes=-0",		416, 0, 0 },
		{ "bytes=",		200, 0, 999 },
		{ "bytes",		200, 0, 999 },
		{ "",			200, 0, 999 },
		{ "bytes=a-b",		200, 0, 999 },
		{ "bytes=0-1,a",	200, 0, 999 },
		{ "bytes 0-1",		200, 0, 999 },
		{ "lines=0-1",		200, 0, 999 },
	};
	static const char *const	 targets[] = { "/bytes", "/file" };
	struct stile_client		*c = begin();
	const struct stile_answer	*a;
	char				 want[100];
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(targets); k++) {
			a = get_with(c, targets[k], "Range", cases[i].field);
			EXPECT_ANSWER(a, cases[i].status, NULL, "%s %s",
			    targets[k], cases[i].field);
			cr_expect(length_is_true(a), "%s", cases[i].field);
			snprintf(want, sizeof(want), "bytes %d-%d/1000",
			    cases[i].first, cases[i].last);
			EXPECT_HEADER(a, "Content-Range", cases[i].status ==
			    206 ? want : cases[i].status == 416 ?
			    "bytes */1000" : NULL, "%s %s", targets[k],
			    cases[i].field);
			if (cases[i].status == 416) {
				EXPECT_HEADER(a, "Content-Type",
				    "application/problem+json", "%zu", i);
				continue;
			}
			cr_expect(are_bytes(stile_answer_body(a),
			    cases[i].first, cases[i].last), "%s %s",
			    targets[k], cases[i].field);
			EXPECT_HEADER(a, "Content-Type", k == 0 ?
			    "application/x-bytes" : "application/octet-stream",
			    "%zu", i);
			EXPECT_HEADER(a, "Accept-Ranges", "bytes", "%zu", i);
		}
	end(c);
}

/* ---- several ------------------------------------------------------------ */

struct span {
	int	first, last;
};

/* Take s apart by RFC 9110, section 15.3.7.2, to the byte. */
static void
expect_parts(struct stile_str s, const char *boundary, const char *type,
    int size, const struct span *spans, size_t n)
{
	char	head[300];
	size_t	i, len;
	int	k;

	for (i = 0; i < n; i++) {
		k = snprintf(head, sizeof(head), "\r\n--%s\r\nContent-Type: "
		    "%s\r\nContent-Range: bytes %d-%d/%d\r\n\r\n", boundary,
		    type, spans[i].first, spans[i].last, size);
		len = (size_t)(spans[i].last - spans[i].first + 1);
		cr_assert(s.len >= (size_t)k + len, "part %zu", i);
		cr_assert(memcmp(s.p, head, (size_t)k) == 0, "part %zu: %.*s",
		    i, k, s.p);
		s.p += k;
		s.len -= (size_t)k;
		cr_expect(are_bytes((struct stile_str){ s.p, len },
		    spans[i].first, spans[i].last), "part %zu", i);
		s.p += len;
		s.len -= len;
	}
	snprintf(head, sizeof(head), "\r\n--%s--\r\n", boundary);
	cr_expect(stile_str_eq(s, stile_str(head)), "the end");
}

static const char *
boundary_of(const struct stile_answer *a)
{
	static const char	start[] = "multipart/byteranges; boundary=";
	const char		*type = stile_answer_header(a, "Content-Type");

	cr_assert(type != NULL && strncmp(type, start, strlen(start)) == 0,
	    "%s", type != NULL ? type : "(none)");
	return type + strlen(start);
}

Test(range_answer, several_ranges)
{
	static const struct {
		const char	*field;
		struct span	 spans[16];
		size_t		 n;
	} cases[] = {
		{ "bytes=0-0,2-2", { { 0, 0 }, { 2, 2 } }, 2 },
		{ "bytes=0-499,-1", { { 0, 499 }, { 999, 999 } }, 2 },
		{ "bytes=-1,0-0", { { 999, 999 }, { 0, 0 } }, 2 },
		{ "bytes=40-80,81-90,-1", { { 40, 90 }, { 999, 999 } }, 2 },
		{ "bytes=0-4,90-99,5-75,100-199,101-102",
		    { { 0, 75 }, { 90, 199 } }, 2 },
		{ "bytes= 0-0 ,\t2-2 , ", { { 0, 0 }, { 2, 2 } }, 2 },
		{ "bytes=0-0,2-2,5000-", { { 0, 0 }, { 2, 2 } }, 2 },
		{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,"
		    "20-20,22-22,24-24,26-26,28-28,30-30",
		    { { 0, 0 }, { 2, 2 }, { 4, 4 }, { 6, 6 }, { 8, 8 },
		    { 10, 10 }, { 12, 12 }, { 14, 14 }, { 16, 16 }, { 18, 18 },
		    { 20, 20 }, { 22, 22 }, { 24, 24 }, { 26, 26 }, { 28, 28 },
		    { 30, 30 } }, 16 },
	};
	static const char *const	 targets[] = { "/bytes", "/file" };
	struct stile_client		*c = begin();
	const struct stile_answer	*a;
	const char			*boundary;
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(targets); k++) {
			a = get_with(c, targets[k], "Range", cases[i].field);
			EXPECT_ANSWER(a, 206, NULL, "%s", cases[i].field);
			EXPECT_HEADER(a, "Content-Range", NULL, "%zu", i);
			cr_expect(length_is_true(a), "%zu", i);
			cr_expect(!stile_answer_cut(a), "%zu", i);
			boundary = boundary_of(a);
			cr_expect_lt(strlen(boundary), 71);
			expect_parts(stile_answer_body(a), boundary, k == 0 ?
			    "application/x-bytes" : "application/octet-stream",
			    1000, cases[i].spans, cases[i].n);
		}
	/* One more is more than is worth it. */
	a = get_with(c, "/bytes", "Range", "bytes=0-0,2-2,4-4,6-6,8-8,10-10,"
	    "12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,"
	    "32-32");
	EXPECT_ANSWER(a, 200, NULL, "too many");
	cr_expect(are_bytes(stile_answer_body(a), 0, 999));
	a = get_with(c, "/untyped", "Range", "bytes=0-0,2-2");
	EXPECT_ANSWER(a, 206, NULL, "untyped");
	cr_expect(length_is_true(a));
	cr_expect(strstr(body_of(a), "Content-Type: application/octet-stream")
	    != NULL);
	end(c);
}

/* ---- when a Range field counts ------------------------------------------ */

Test(range_answer, only_where_it_counts)
{
	static const struct {
		const char	*method, *target, *if_range;
		int		 status;
	} cases[] = {
		{ "GET", "/bytes", NULL, 206 },
		{ "GET", "/bytes?no-ranges", NULL, 200 },
		{ "POST", "/bytes", NULL, 200 },
		{ "HEAD", "/bytes", NULL, 200 },
		{ "GET", "/bytes?status=404", NULL, 404 },
		{ "GET", "/bytes?status=201", NULL, 201 },
		{ "GET", "/bytes?size=0", NULL, 416 },
		/* Section 13.1.5: a strong validator that is the same. */
		{ "GET", "/bytes?etag=a", "\"a\"", 206 },
		{ "GET", "/bytes?etag=a", "\"b\"", 200 },
		{ "GET", "/bytes?etag=a", "W/\"a\"", 200 },
		{ "GET", "/bytes?weak=a", "W/\"a\"", 200 },
		{ "GET", "/bytes?weak=a", "\"a\"", 200 },
		{ "GET", "/bytes?etag=a", "*", 200 },
		{ "GET", "/bytes?etag=a", "a", 200 },
		{ "GET", "/bytes?etag=a", "", 200 },
		{ "GET", "/bytes", "\"a\"", 200 },
		{ "GET", "/bytes?lm=784111777",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 206 },
		{ "GET", "/bytes?lm=784111777",
		    "Sun, 06 Nov 1994 08:49:38 GMT", 200 },
		{ "GET", "/bytes?lm=784111777",
		    "Sun, 06 Nov 1994 08:49:36 GMT", 200 },
		{ "GET", "/bytes?lm=784111777", "nonsense", 200 },
		{ "GET", "/bytes?etag=a",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 200 },
	};
	struct stile_client		*c = begin();
	const struct stile_answer	*a;
	size_t				 i;

	stile_client_header(c, "Range", "bytes=1-2");
	for (i = 0; i < NELEM(cases); i++) {
		stile_client_header(c, "If-Range", cases[i].if_range);
		a = send_to(c, cases[i].method, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%zu %s", i,
		    cases[i].target);
		if (strcmp(cases[i].method, "HEAD") == 0)
			EXPECT_HEADER(a, "Content-Length", "1000", "HEAD");
		else
			cr_expect(length_is_true(a), "%zu", i);
		EXPECT_HEADER(a, "Content-Range", cases[i].status == 206 ?
		    "bytes 1-2/1000" : cases[i].status == 416 ? "bytes */0" :
		    NULL, "%zu", i);
	}
	stile_client_header(c, "If-Range", NULL);
	/* The conditions come first. */
	EXPECT_ANSWER(get_with(c, "/bytes?etag=a", "If-None-Match", "\"a\""),
	    304, "", "304");
	EXPECT_ANSWER(get_with(c, "/bytes?etag=a", "If-Match", "\"b\""), 412,
	    NULL, "412");
	EXPECT_ANSWER(get_with(c, "/bytes?etag=a", "If-Match", "\"a\""), 206,
	    NULL, "206");
	/* A file has both validators. */
	a = send_to(c, "HEAD", "/file");
	stile_client_header(c, "If-Range", stile_answer_header(a, "ETag"));
	EXPECT_ANSWER(stile_client_get(c, "/file"), 206, NULL, "file");
	write_file(file, "changed it is", 13);
	EXPECT_ANSWER(stile_client_get(c, "/file"), 200, "changed it is",
	    "another file");
	end(c);
}

/* ---- what the library range-parser tests with --------------------------- */

/* A list with a malformed element is malformed: section 14.2 lets us ignore
 * it, where range-parser takes what is left. */
static const char *const differences[] = {
	"bytes=abc-def,500-999",
	"bytes=500-999,xyz-uvw",
	"bytes=abc-def,500-999,xyz-uvw",
	"bytes=100-200,x-",
	"bytes=x-,0-100,y-",
	"bytes=0-50,abc-def,100-150",
	"items=0-5",		/* and another unit is none of ours */
};

static bool
differs(const char *field)
{
	size_t	i;

	for (i = 0; i < NELEM(differences); i++)
		if (strcmp(differences[i], field) == 0)
			return true;
	return false;
}

/* Ranges that touch become one, as its option "combine" has it. */
static size_t
read_spans(struct json_object *result, struct span *v)
{
	struct json_object	*list = json_object_object_get(result,
				    "ranges"), *one;
	struct span		 s;
	size_t			 i, n = 0;

	for (i = 0; i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		s.first = json_object_get_int(json_object_object_get(one,
		    "start"));
		s.last = json_object_get_int(json_object_object_get(one,
		    "end"));
		if (n > 0 && v[n - 1].last + 1 == s.first)
			v[n - 1].last = s.last;
		else
			v[n++] = s;
	}
	return n;
}

static void
play(struct stile_client *c, struct json_object *one)
{
	const char			*field;
	struct json_object		*result;
	const struct stile_answer	*a;
	struct span			 spans[16];
	char				 s[100];
	size_t				 n;
	int				 size;

	field = json_object_get_string(json_object_object_get(one, "range"));
	size = json_object_get_int(json_object_object_get(one, "size"));
	result = json_object_object_get(one, "result");
	snprintf(s, sizeof(s), "/bytes?size=%d", size);
	a = get_with(c, s, "Range", field);
	cr_expect(length_is_true(a), "%s", field);
	if (differs(field) || (json_object_is_type(result, json_type_int) &&
	    json_object_get_int(result) == -2)) {
		EXPECT_ANSWER(a, 200, NULL, "%s", field);
		cr_expect(are_bytes(stile_answer_body(a), 0, size - 1), "%s",
		    field);
		return;
	}
	if (json_object_is_type(result, json_type_int)) {
		EXPECT_ANSWER(a, 416, NULL, "%s", field);
		snprintf(s, sizeof(s), "bytes */%d", size);
		EXPECT_HEADER(a, "Content-Range", s, "%s", field);
		return;
	}
	EXPECT_ANSWER(a, 206, NULL, "%s", field);
	n = read_spans(result, spans);
	if (n > 1) {
		expect_parts(stile_answer_body(a), boundary_of(a),
		    "application/x-bytes", size, spans, n);
		return;
	}
	snprintf(s, sizeof(s), "bytes %d-%d/%d", spans[0].first, spans[0].last,
	    size);
	EXPECT_HEADER(a, "Content-Range", s, "%s", field);
	cr_expect(are_bytes(stile_answer_body(a), spans[0].first,
	    spans[0].last), "%s", field);
}

Test(range_answer, vectors)
{
	struct json_object	*all = vectors("range.json"), *one;
	struct stile_client	*c = begin();
	size_t			 i, n = 0;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		n += differs(json_object_get_string(json_object_object_get(one,
		    "range")));
		play(c, one);
	}
	cr_log_info("range: %zu vectors, %zu differ on purpose", i, n);
	cr_expect_eq(i, 46);
	cr_expect_eq(n, NELEM(differences));
	end(c);
	json_object_put(all);
}

Test(range_answer, survives_every_allocation_failure)
{
	static const char *const fields[] = { "bytes=0-0", "bytes=0-0,2-2",
		"bytes=5000-" };
	struct stile_client	*c = begin();
	size_t			 i;

	for (i = 0; i < NELEM(fields); i++) {
		stile_client_header(c, "Range", fields[i]);
		torture_get(c, "/bytes?etag=a");
		torture_get(c, "/file");
	}
	end(c);
}
