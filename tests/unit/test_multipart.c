/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/multipart.c.  Every body goes in whole, byte by byte, and in two
 * pieces: a short one cut at each place, a long one at each place near a
 * delimiter.  What comes out must be the same.
 */
#include "unit.h"

#include "stile/multipart.h"

#define MAX_PARTS	1000
#define SPLIT_BYTES	2048	/* bodies up to here are cut everywhere */
#define NEAR_BYTES	120	/* a delimiter and the headers behind it */

#define TYPE		"multipart/form-data; boundary=b"
#define HEAD(name)	"Content-Disposition: form-data; name=" name "\r\n"

struct part {
	struct stile_str	 name, filename, type, charset;
	struct stile_buf	*data;
	bool			 ended;
};

/* One body on its way through the parser. */
struct run {
	struct stile_arena	*arena;
	struct stile_multipart	*m;
	struct part		*parts;
	size_t			 n;
	long			 calls;		/* of the sink */
	long			 fail_at;	/* 0: never */
	enum stile_err		 fail_with;
	enum stile_err		 rc;
	struct stile_error	 e;
};

/* ---- a sink that keeps everything --------------------------------------- */

static enum stile_err
called(struct run *r, struct stile_error *e)
{
	if (++r->calls != r->fail_at)
		return STILE_OK;
	/* One cause is the sink's own, another is left to the parser. */
	if (r->fail_with == STILE_EFULL)
		stile_error_set(e, STILE_EFULL, 507, "disk full");
	return r->fail_with;
}

static struct stile_str
keep(struct run *r, struct stile_str s)
{
	if (s.p != NULL && (s.p = stile_arena_dup(r->arena, s)) == NULL)
		cr_assert(false, "no memory");
	return s;
}

static enum stile_err
on_begin(void *arg, const struct stile_part *part, struct stile_error *e)
{
	struct run	*r = arg;
	struct part	*p;

	cr_assert_lt(r->n, MAX_PARTS);
	cr_assert(r->n == 0 || r->parts[r->n - 1].ended);
	p = &r->parts[r->n++];
	p->name = keep(r, part->name);
	p->filename = keep(r, part->filename);
	p->type = keep(r, part->type);
	p->charset = keep(r, part->charset);
	if ((p->data = stile_buf_new(r->arena, 1 << 24)) == NULL)
		cr_assert(false, "no memory");
	return called(r, e);
}

static enum stile_err
on_data(void *arg, const void *p, size_t n, struct stile_error *e)
{
	struct run	*r = arg;

	cr_assert(r->n > 0 && !r->parts[r->n - 1].ended);
	cr_assert_gt(n, 0);
	stile_buf_write(r->parts[r->n - 1].data, p, n);
	cr_assert_eq(stile_buf_err(r->parts[r->n - 1].data), STILE_OK);
	return called(r, e);
}

static enum stile_err
on_end(void *arg, struct stile_error *e)
{
	struct run	*r = arg;

	cr_assert(r->n > 0 && !r->parts[r->n - 1].ended);
	r->parts[r->n - 1].ended = true;
	return called(r, e);
}

static const struct stile_multipart_sink sink = { on_begin, on_data, on_end };

/* ---- runs --------------------------------------------------------------- */

static void
run_new(struct run *r, const char *type,
    const struct stile_multipart_limits *limits)
{
	memset(r, 0, sizeof(*r));
	r->arena = stile_arena_new(0);
	r->parts = calloc(MAX_PARTS, sizeof(*r->parts));
	if (r->arena == NULL || r->parts == NULL)
		cr_assert(false, "no memory");
	r->rc = stile_multipart_new(r->arena, stile_str(type), limits, &sink,
	    r, &r->m, &r->e);
	cr_assert_eq(r->rc, r->e.code);
}

/* A copy that is gone afterwards: ASan sees each look outside of it. */
static void
run_feed(struct run *r, const char *p, size_t n)
{
	char	*copy;

	if (r->rc != STILE_OK)
		return;
	if ((copy = malloc(n + 1)) == NULL)
		cr_assert(false, "no memory");
	if (n > 0)
		memcpy(copy + 1, p, n);
	r->rc = stile_multipart_feed(r->m, copy + 1, n, &r->e);
	free(copy);
}

static void
run_end(struct run *r)
{
	if (r->rc == STILE_OK)
		r->rc = stile_multipart_end(r->m, &r->e);
	cr_assert_eq(r->rc, r->e.code);
	if (r->rc == STILE_OK)
		cr_assert(r->n == 0 || r->parts[r->n - 1].ended);
	else
		cr_assert(r->e.status >= 400 && r->e.detail[0] != '\0');
}

static void
run_free(struct run *r)
{
	stile_arena_free(r->arena);
	free(r->parts);
}

/* In pieces: the first of that many bytes, the others of step bytes. */
static void
run_pieces(struct run *r, const char *type,
    const struct stile_multipart_limits *limits, struct stile_str body,
    size_t first, size_t step)
{
	size_t	n = first < body.len ? first : body.len;

	run_new(r, type, limits);
	run_feed(r, body.p, n);
	for (; n < body.len; n += step) {
		if (step > body.len - n)
			step = body.len - n;
		run_feed(r, body.p + n, step);
	}
	run_end(r);
}

static bool
same(const struct run *a, const struct run *b)
{
	const struct part	*p, *q;
	size_t			 i;

	if (a->rc != b->rc || a->n != b->n || a->e.status != b->e.status ||
	    strcmp(a->e.detail, b->e.detail) != 0)
		return false;
	for (i = 0; i < a->n; i++) {
		p = &a->parts[i];
		q = &b->parts[i];
		if (!stile_str_eq(p->name, q->name) ||
		    !stile_str_eq(p->filename, q->filename) ||
		    (p->filename.p == NULL) != (q->filename.p == NULL) ||
		    !stile_str_eq(p->type, q->type) ||
		    !stile_str_eq(p->charset, q->charset) ||
		    !stile_str_eq(stile_buf_view(p->data),
		    stile_buf_view(q->data)) || p->ended != q->ended)
			return false;
	}
	return true;
}

/* Whether the place i is right before a "\n--", or not far behind one. */
static bool
is_near_delimiter(struct stile_str body, size_t i)
{
	size_t	at = i > NEAR_BYTES ? i - NEAR_BYTES : 0;

	for (; at < i + 2 && at + 3 <= body.len; at++)
		if (memcmp(body.p + at, "\n--", 3) == 0)
			return true;
	return i < NEAR_BYTES;
}

/* *r is the run in one piece; the others only have to be like it. */
static void
run_all(struct run *r, const char *id, const char *type,
    const struct stile_multipart_limits *limits, struct stile_str body)
{
	static const size_t	steps[] = { 1, 2, 7, 61, 4096 };
	struct run		other;
	size_t			i;

	run_pieces(r, type, limits, body, body.len, 1);
	for (i = 0; i < NELEM(steps); i++) {
		run_pieces(&other, type, limits, body, 0, steps[i]);
		cr_expect(same(r, &other), "%s: in pieces of %zu: %s", id,
		    steps[i], other.e.detail);
		run_free(&other);
	}
	for (i = 1; i < body.len; i++) {
		if (body.len > SPLIT_BYTES && !is_near_delimiter(body, i))
			continue;
		run_pieces(&other, type, limits, body, i, body.len);
		cr_expect(same(r, &other), "%s: cut at %zu: %s", id, i,
		    other.e.detail);
		run_free(&other);
	}
}

/* "name=data" for a field, "name<file:type:charset>=data" for a file. */
static const char *
show(struct run *r)
{
	struct stile_buf	*b = stile_buf_new(r->arena, 1 << 20);
	const struct part	*p;
	size_t			 i;

	for (i = 0; i < r->n; i++) {
		p = &r->parts[i];
		stile_buf_printf(b, "%s%.*s", i > 0 ? " " : "",
		    STILE_STR_ARG(p->name));
		if (p->filename.p != NULL)
			stile_buf_printf(b, "<%.*s:%.*s:%.*s>",
			    STILE_STR_ARG(p->filename),
			    STILE_STR_ARG(p->type),
			    STILE_STR_ARG(p->charset));
		stile_buf_puts(b, "=");
		stile_buf_str(b, stile_buf_view(p->data));
	}
	return stile_buf_view(b).p;
}

/* ---- what is accepted --------------------------------------------------- */

Test(multipart, accepted)
{
	static const struct {
		const char	*body, *want;
	} cases[] = {
		{ "--b--",				"" },
		{ "--b--\r\n",				"" },
		{ "\r\n--b-- \t \r\nx\r\n--b\r\ny",	"" },
		{ "--b\r\n" HEAD("a") "\r\n1\r\n--b--",	"a=1" },
		{ "--b \t \r\n" HEAD("a") "\r\n1\r\n--b--", "a=1" },
		{ "--b\r\n" HEAD("a") "\r\n\r\n--b--",	"a=" },
		/* No data and not even its line end. */
		{ "--b\r\n" HEAD("a") "\r\n--b--",	"a=" },
		{ "--b\r\n" HEAD("a") "\r\n--b\r\n" HEAD("c")
		    "\r\n--c\r\n--b--", "a= c=--c" },
		/* Nearly delimiters. */
		{ "--b\r\n" HEAD("a") "\r\n-\r\n-\r\n--b--", "a=-\r\n-" },
		{ "--b\r\n" HEAD("a") "\r\n\r\n\r\n--b--", "a=\r\n" },
		{ "--b\r\n" HEAD("a") "\r\n\r\n\r\r\n-\r--\r\n--b--",
		    "a=\r\n\r\r\n-\r--" },
		{ "--b\r\n" HEAD("a") "\r\n\n--b\r--b--b\r\n--b--",
		    "a=\n--b\r--b--b" },
		/* In front of the first, where a line has to begin. */
		{ "x\r\n--b\r\n" HEAD("a") "\r\n1\r\n--b--", "a=1" },
		{ "x--b\r\n" HEAD("a") "\r\n1\r\n--b--", "" },
		{ "-\r\r\n--b\r\n" HEAD("a") "\r\n1\r\n--b--", "a=1" },
		/* Headers. */
		{ "--b\r\n" HEAD("a;filename=f") "Content-Type: text/plain;"
		    " charset=\"UTF-8\"\r\nX-a:\r\n\r\n1\r\n--b--",
		    "a<f:text/plain:UTF-8>=1" },
		{ "--b\r\ncontent-type: a/b\r\nCONTENT-DISPOSITION:form-data;"
		    "name=a;filename=f\r\n\r\n1\r\n--b--", "a<f:a/b:>=1" },
		{ "--b\r\n" HEAD("a;filename=f") "Content-Type: \r\n\r\n1\r\n"
		    "--b--", "a<f::>=1" },
		{ "--b\r\nContent-Disposition:\r\n form-data;\r\n\tname=\"a\r\n"
		    " b\"\r\n\r\n1\r\n--b--", "a b=1" },
		/* One in another (RFC 7578, section 4.3) is its data. */
		{ "--b\r\n" HEAD("a") "Content-Type: multipart/mixed; "
		    "boundary=c\r\n\r\n--c\r\n" HEAD("d") "\r\n1\r\n--c--\r\n"
		    "--b--", "a=--c\r\n" HEAD("d") "\r\n1\r\n--c--" },
		{ "--b\r\n" HEAD("a") "Content-Type: multipart/mixed; "
		    "boundary=-b\r\n\r\n---b\r\n\r\n---b--\r\n--b--",
		    "a=---b\r\n\r\n---b--" },
		/* Nobody decodes it. */
		{ "--b\r\n" HEAD("a") "Content-Transfer-Encoding: base64\r\n"
		    "\r\nMQ==\r\n--b--", "a=MQ==" },
	};
	struct run	r;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		run_all(&r, cases[i].body, TYPE, NULL,
		    stile_str(cases[i].body));
		cr_expect_eq(r.rc, STILE_OK, "%s: %s", cases[i].body,
		    r.e.detail);
		EXPECT_STR(show(&r), cases[i].want, "case %zu", i);
		run_free(&r);
	}
}

Test(multipart, any_bytes_are_data)
{
	struct run		 r;
	struct stile_buf	*b;
	struct stile_str	 got;
	int			 i;

	run_new(&r, TYPE, NULL);
	b = stile_buf_new(r.arena, 2000);
	stile_buf_puts(b, "--b\r\n" HEAD("a") "\r\n");
	for (i = 0; i < 512; i++)
		stile_buf_putc(b, (char)i);
	stile_buf_puts(b, "\r\n--b--");
	run_feed(&r, stile_buf_view(b).p, stile_buf_view(b).len);
	run_end(&r);
	got = stile_buf_view(r.parts[0].data);
	cr_assert_eq(got.len, 512);
	for (i = 0; i < 512; i++)
		cr_expect_eq((unsigned char)got.p[i], i & 0xFF);
	run_free(&r);
}

/* The worst case for a search: nearly a delimiter, over and over. */
Test(multipart, near_delimiters_are_data)
{
	static const char	 near[] = "\r\n--boundar";
	const size_t		 total = 1 << 20;
	struct run		 r;
	struct stile_str	 got;
	size_t			 i, n;

	run_new(&r, "multipart/form-data; boundary=boundary", NULL);
	run_feed(&r, STR("--boundary\r\n" HEAD("a") "\r\n").p,
	    STR("--boundary\r\n" HEAD("a") "\r\n").len);
	for (n = 0; n < total; n++)
		if (stile_multipart_feed(r.m, &near[n % (sizeof(near) - 1)], 1,
		    &r.e) != STILE_OK)
			break;
	cr_expect_eq(n, total);
	run_feed(&r, STR("\r\n--boundary--").p, STR("\r\n--boundary--").len);
	run_end(&r);
	cr_expect_eq(r.rc, STILE_OK, "%s", r.e.detail);
	got = stile_buf_view(r.parts[0].data);
	cr_assert_eq(got.len, total);
	for (i = 0; i < total; i++)
		if (got.p[i] != near[i % (sizeof(near) - 1)])
			break;
	cr_expect_eq(i, total);
	run_free(&r);
}

/* ---- what is refused ---------------------------------------------------- */

Test(multipart, refused)
{
	static const struct {
		struct stile_str	 body;
		const char		*detail;
	} cases[] = {
#define BODY(s)	STILE_STR_INIT(s)
		{ BODY(""), "part 0: the body ends" },
		{ BODY("--b"), "part 0: the body ends" },
		{ BODY("--b-"), "part 0: the body ends" },
		{ BODY("--b--\r"), "part 0: the body ends" },
		{ BODY("--b\r\n"), "part 1: the body ends" },
		{ BODY("--b\n" HEAD("a")), "something after a boundary" },
		{ BODY("--bx"), "part 0: something after a boundary" },
		{ BODY("--b-x"), "something after a boundary" },
		{ BODY("--b --"), "something after a boundary" },
		{ BODY("--b--x"), "something after a boundary" },
		{ BODY("--b--\n"), "something after a boundary" },
		{ BODY("--b\rx"), "something after a boundary" },
		{ BODY("--b\r\n" HEAD("a") "\r\n1\r\n--bb\r\n--b--"),
		    "part 1: something after a boundary" },
		{ BODY("--b\r\n" HEAD("a") "\r\n1\r\n"),
		    "part 1: the body ends" },
		{ BODY("--b\r\n" HEAD("a") "\r\n1--b--"),
		    "part 1: the body ends" },
		{ BODY("--b\r\n" HEAD("a") "\r\n1\n--b--"),
		    "part 1: the body ends" },
		{ BODY("--b\r\n" HEAD("a") "\r\n1\r\n--b\r\n--b--"),
		    "part 2: the body ends" },
		/* In another, of which the boundary begins with ours. */
		{ BODY("--b\r\n" HEAD("a") "Content-Type: multipart/mixed; "
		    "boundary=bc\r\n\r\n1\r\n--bc\r\n\r\n\r\n--bc--\r\n--b--"),
		    "part 1: something after a boundary" },
		{ BODY("--b\r\n\r\n1\r\n--b--"),
		    "part 1: no Content-Disposition" },
		{ BODY("--b\r\nX: y\r\n\r\n"), "no Content-Disposition" },
		{ BODY("--b\r\nContent-Disposition: x\r\n\r\n"),
		    "not form-data" },
		{ BODY("--b\r\n" HEAD("\"a") "\r\n"), "malformed" },
		{ BODY("--b\r\n" HEAD("a") HEAD("a") "\r\n"),
		    "a header field twice" },
		{ BODY("--b\r\n" HEAD("a") "Content-Type: a/b\r\n"
		    "content-type: a/b\r\n\r\n"),
		    "a header field twice" },
		{ BODY("--b\r\nX\r\n\r\n"), "malformed header line" },
		{ BODY("--b\r\n: x\r\n\r\n"), "malformed header line" },
		{ BODY("--b\r\nX : x\r\n\r\n"), "malformed header line" },
		{ BODY("--b\r\n X: x\r\n\r\n"), "malformed header line" },
		{ BODY("--b\r\n" HEAD("a") "X\xC3: x\r\n\r\n"),
		    "malformed header line" },
		{ BODY("--b\r\n" HEAD("a") "X: a\nY: b\r\n\r\n"),
		    "a bare LF or a NUL" },
		{ BODY("--b\r\n\n"), "a bare LF or a NUL" },
		{ BODY("--b\r\n" HEAD("\"a\0b\"") "\r\n"),
		    "a bare LF or a NUL" },
		{ BODY("--b\r\n" HEAD("\"a\nb\"") "\r\n"),
		    "a bare LF or a NUL" },
		{ BODY("--b\r\n" HEAD("\"a\rb\"") "\r\n"),
		    "a bare CR in the header" },
		{ BODY("--b\r\n" HEAD("\"a\r\nb\"") "\r\n1\r\n--b--"),
		    "malformed header line" },
		{ BODY("--b\r\n" HEAD("\"a\r\nX: y\"") "\r\n1\r\n--b--"),
		    "a part's Content-Disposition: malformed" },
		{ BODY("--b\r\n" HEAD("a") "\rx"),
		    "a bare CR in the header" },
		{ BODY("--b\r\n" HEAD("a") "Content-Type: a b\r\n\r\n"),
		    "a malformed Content-Type" },
		{ BODY("--b\r\n" HEAD("a") "Content-Type: a/\xC3\r\n\r\n"),
		    "a malformed Content-Type" },
		{ BODY("--b\r\n" HEAD("a") "Content-Type: a/b;charset=\"x y\""
		    "\r\n\r\n"), "a malformed Content-Type" },
#undef BODY
	};
	struct run	r;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		run_all(&r, cases[i].detail, TYPE, NULL, cases[i].body);
		cr_expect_eq(r.rc, STILE_ESYNTAX, "%s", cases[i].body.p);
		cr_expect_eq(r.e.status, 400);
		cr_expect(strstr(r.e.detail, cases[i].detail) != NULL,
		    "%s: %s", cases[i].body.p, r.e.detail);
		run_free(&r);
	}
}

Test(multipart, content_types)
{
	static const struct {
		const char	*type;
		int		 status;	/* 0: accepted */
	} cases[] = {
		{ "multipart/form-data; boundary=b",		0 },
		{ "Multipart/Form-Data;Boundary=\"b\"",		0 },
		{ "multipart/form-data; charset=x; boundary=b",	0 },
		{ "multipart/form-data; boundary=b; charset=x",	0 },
		{ "multipart/form-data; boundary=\"0aZ '()+_,-./:=?\"",	0 },
		{ "multipart/form-data; boundary="
		    "1234567890123456789012345678901234567890"
		    "123456789012345678901234567890",		0 },
		{ "multipart/form-data; boundary="
		    "1234567890123456789012345678901234567890"
		    "1234567890123456789012345678901",		400 },
		{ "multipart/form-data",			400 },
		{ "multipart/form-data; boundary",		400 },
		{ "multipart/form-data; boundary=",		400 },
		{ "multipart/form-data; boundary=\"\"",		400 },
		{ "multipart/form-data; boundary=\" \"",	400 },
		{ "multipart/form-data; boundary=\"b \"",	400 },
		{ "multipart/form-data; boundary=b\\b",		400 },
		{ "multipart/form-data; boundary=\"b",		400 },
		{ "multipart/form-data; boundary=\xC3\xA4",	400 },
		{ "multipart/mixed; boundary=b",		415 },
		{ "multipart/form-data2; boundary=b",		415 },
		{ "",						415 },
		{ NULL,						415 },
	};
	struct run	r;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		run_new(&r, cases[i].type, NULL);
		cr_expect_eq(r.e.status, cases[i].status, "%s: %s",
		    cases[i].type, r.e.detail);
		cr_expect_eq(r.m != NULL, cases[i].status == 0);
		run_free(&r);
	}
}

/* ---- limits ------------------------------------------------------------- */

#define FIELD(name)	"--b\r\n" HEAD(name) "\r\n1\r\n"

Test(multipart, limits)
{
	/* A header of 46 bytes: two lines of 41 and 4, and one between. */
	static const char	body[] = FIELD("abcd") "--b\r\n" HEAD("abcd")
				    "X: y\r\n\r\n2\r\n--b--";
	static const struct {
		struct stile_multipart_limits	 limits;
		int				 status;
		const char			*detail;
	} cases[] = {
		{ { 2, 46, 4 },	0,	"" },
		{ { 1, 46, 4 },	413,	"parts_max: at most 1 parts are "
		    "accepted" },
		{ { 2, 45, 4 },	413,	"part_header_max: a part's header of "
		    "at most 45 bytes is accepted" },
		{ { 2, 46, 3 },	413,	"part_name_max: a part's name of at "
		    "most 3 bytes is accepted" },
	};
	struct run	r;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		run_all(&r, cases[i].detail, TYPE, &cases[i].limits,
		    STR(body));
		cr_expect_eq(r.rc, cases[i].status == 0 ? STILE_OK :
		    STILE_ETOOBIG);
		cr_expect_eq(r.e.status, cases[i].status);
		EXPECT_STR(r.e.detail, cases[i].detail, "%zu", i);
		cr_expect_leq(r.n, 2);
		run_free(&r);
	}
}

static void
feed_times(struct run *r, const char *s, size_t times)
{
	while (times-- > 0)
		run_feed(r, s, strlen(s));
}

Test(multipart, default_limits)
{
	struct run	r;

	run_new(&r, TYPE, NULL);
	feed_times(&r, FIELD("a"), 1000);
	cr_expect_eq(r.n, 1000);
	feed_times(&r, FIELD("a"), 1);
	cr_expect_eq(r.e.status, 413);
	run_free(&r);

	run_new(&r, TYPE, NULL);
	feed_times(&r, "--b\r\nX:", 1);
	feed_times(&r, "x", 16382);
	cr_expect_eq(r.rc, STILE_OK);
	feed_times(&r, "x", 1);
	cr_expect_eq(r.e.status, 413);
	run_free(&r);

	run_new(&r, TYPE, NULL);
	feed_times(&r, "--b\r\nContent-Disposition: form-data; name=", 1);
	feed_times(&r, "x", 256);
	feed_times(&r, "\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; "
	    "name=", 1);
	feed_times(&r, "x", 257);
	cr_expect_eq(r.rc, STILE_OK);
	feed_times(&r, "\r\n\r\n", 1);
	cr_expect_eq(r.e.status, 413);
	cr_expect_eq(r.n, 1);
	run_free(&r);
}

/* ---- failures ----------------------------------------------------------- */

/* Each call of the sink may fail; nothing is called after that. */
Test(multipart, a_failure_of_the_sink_sticks)
{
	static const enum stile_err	 codes[] = { STILE_EFULL, STILE_EIO };
	struct stile_str		 body;
	struct stile_error		 e;
	struct run			 r;
	size_t				 i;
	long				 k;

	body = STR(FIELD("a") FIELD("c") "--b--");
	for (i = 0; i < NELEM(codes); i++) {
		for (k = 1; k <= 6; k++) {
			run_new(&r, TYPE, NULL);
			r.fail_at = k;
			r.fail_with = codes[i];
			run_feed(&r, body.p, body.len);
			cr_expect_eq(r.rc, codes[i]);
			cr_expect_eq(r.calls, k);
			cr_expect_eq(r.e.status,
			    codes[i] == STILE_EFULL ? 507 : 500);
			memset(&e, 0, sizeof(e));
			cr_expect_eq(stile_multipart_feed(r.m, body.p,
			    body.len, &e), codes[i]);
			EXPECT_STR(e.detail, r.e.detail, "call %ld", k);
			cr_expect_eq(stile_multipart_end(r.m, NULL), codes[i]);
			cr_expect_eq(r.calls, k);
			run_free(&r);
		}
	}
}

Test(multipart, an_earlier_cause_stays)
{
	struct stile_error	e = { .code = STILE_EIO, .status = 500,
				    .detail = "earlier" };
	struct run		r;

	run_new(&r, TYPE, NULL);
	cr_expect_eq(stile_multipart_end(r.m, &e), STILE_ESYNTAX);
	EXPECT_STR(e.detail, "earlier", "detail");
	cr_expect_eq(stile_multipart_feed(r.m, NULL, 0, NULL), STILE_ESYNTAX);
	run_free(&r);
}

static enum stile_err
take_begin(void *arg, const struct stile_part *p, struct stile_error *e)
{
	(void)p;
	(void)e;
	++*(int *)arg;
	return STILE_OK;
}

static enum stile_err
take_data(void *arg, const void *p, size_t n, struct stile_error *e)
{
	(void)arg;
	(void)p;
	(void)n;
	(void)e;
	return STILE_OK;
}

static enum stile_err
take_end(void *arg, struct stile_error *e)
{
	(void)arg;
	(void)e;
	return STILE_OK;
}

static const struct stile_multipart_sink taker = {
	take_begin, take_data, take_end
};

/* Memory is taken for headers; with data, not one allocation is tried. */
Test(multipart, data_is_not_kept)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_str	 s = STR(FIELD("a"));
	struct stile_multipart	*m;
	struct stile_error	 e = { 0 };
	int			 parts = 0, i;

	if (stile_multipart_new(a, STR(TYPE), NULL, &taker, &parts, &m,
	    &e) != STILE_OK || stile_multipart_feed(m, s.p, s.len, &e) !=
	    STILE_OK || stile_multipart_feed(m, s.p, s.len - 2, &e) != STILE_OK)
		cr_assert(false, "%s", e.detail);
	stile__fail_after = 1;
	for (i = 0; i < 100000; i++)
		if (stile_multipart_feed(m, "\r\n-", 3, &e) != STILE_OK)
			break;
	cr_expect_eq(i, 100000, "%s", e.detail);
	cr_expect_eq(stile__fail_after, 1);
	stile__fail_after = 0;
	cr_expect_eq(parts, 2);
	stile_arena_free(a);
}

static enum stile_err
scenario(void)
{
	static const char	 head[] = FIELD("n") "--b\r\n"
				    HEAD("n; filename=");
	static const char	 tail[] = "\r\n\r\n1\r\n--b--";
	struct stile_multipart	*m = NULL;
	struct stile_error	 e = { 0 };
	struct stile_arena	*a;
	enum stile_err		 rc;
	char			 name[8000];
	int			 parts = 0;

	memset(name, '\xFF', sizeof(name));
	if ((a = stile_arena_new(0)) == NULL)
		return STILE_ENOMEM;
	rc = stile_multipart_new(a, STR(TYPE), NULL, &taker, &parts, &m, &e);
	if (rc != STILE_OK)
		cr_expect(m == NULL);
	if (rc == STILE_OK)
		/* without the line end */
		rc = stile_multipart_feed(m, head, sizeof(head) - 3, &e);
	if (rc == STILE_OK)
		rc = stile_multipart_feed(m, name, sizeof(name), &e);
	if (rc == STILE_OK)
		rc = stile_multipart_feed(m, tail, sizeof(tail) - 1, &e);
	if (rc == STILE_OK)
		rc = stile_multipart_end(m, &e);
	cr_expect_eq(rc, e.code);
	if (rc == STILE_OK)
		cr_expect_eq(parts, 2);
	else
		cr_expect_eq(e.status, 503, "%s", e.detail);
	stile_arena_free(a);
	return rc;
}

Test(multipart, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 3);
}

/* ---- what other projects test with -------------------------------------- */

struct exception {
	const char	*id;
	const char	*why;
};

#define DISPOSITION	"RFC 7578, 4.2: the disposition is form-data"
#define NO_NAME		"RFC 7578, 4.2: a part has a name"
#define CUT		"a quote inside of quotes would cut the name"
#define NUL		"a NUL in a name"
#define LINE_ENDS	"RFC 2046: lines end in CRLF, and neither LF nor CR"
#define BACKSLASH	"RFC 2046, 5.1.1: no backslash in a boundary"
#define CHARSET		"the charset is the application's business"
#define REPAIRED	"what is not UTF-8 becomes U+FFFD"
#define PREFIX		"RFC 2046, 5.1.1: a line that starts with the " \
			"delimiter is one"
#define BODY_LIMIT	"a limit of the whole body, which is not ours"
#define NOT_EMPTY	"malformed is an error, not an empty form"

/* Where we differ from what most of five parsers do, on purpose. */
static const struct exception corpus_exceptions[] = {
	{ "python-multipart/almost_match_boundary_without_CR", PREFIX },
	{ "python-multipart/almost_match_boundary_without_final_hyphen",
	    PREFIX },
	{ "formidable/encoding/beta-sticker-1.png.http", BACKSLASH },
	{ "formidable/encoding/binaryfile.tar.gz.http", BACKSLASH },
	{ "formidable/encoding/blank.gif.http", BACKSLASH },
	{ "formidable/encoding/menu_separator.png.http", BACKSLASH },
	{ "formidable/special-chars-in-filename/osx-firefox-3.6.http", CUT },
	{ "formidable/special-chars-in-filename/xp-ie-7.http", CUT },
	{ "formidable/special-chars-in-filename/xp-ie-8.http", CUT },
	{ "rack/filename_with_unescaped_quotes", CUT },
	{ "rack/content_type_and_unknown_charset", CHARSET },
	{ "rack/multiple_encodings", CHARSET },
	{ "rack/filename_and_modification_param", DISPOSITION },
	{ "rack/filename_with_encoded_words", DISPOSITION },
	{ "rack/filename_with_escaped_quotes_and_modification_param",
	    DISPOSITION },
	{ "rack/filename_with_null_byte", DISPOSITION },
	{ "rack/filename_with_single_quote", DISPOSITION },
	{ "rack/filename_and_no_name", NO_NAME },
	{ "rack/invalid_character", REPAIRED },
	{ "rack/none", "filename=\"\" is a file, one that nobody chose" },
	{ "busboy/Empty content-type and empty content-disposition",
	    DISPOSITION },
	{ "busboy/Oversized part header", "a header of 64 KiB" },
	{ "wpt/02", NUL },
	{ "wpt/04", NUL },
	{ "wpt/25", REPAIRED },
};

/* The id is the number in the file. */
static const struct exception werkzeug_exceptions[] = {
	{ "3",	DISPOSITION },
	{ "4",	BODY_LIMIT },
	{ "5",	DISPOSITION },
	{ "6",	DISPOSITION },
	{ "9",	NOT_EMPTY },
	{ "16",	LINE_ENDS },
	{ "17",	NOT_EMPTY },
	{ "21",	LINE_ENDS },
	{ "22",	LINE_ENDS },
	{ "25",	"RFC 7578, 4.2: no filename*0" },
	{ "41",	NOT_EMPTY },
};

static bool
is_exception(const struct exception *x, size_t n, const char *id)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strcmp(x[i].id, id) == 0)
			return true;
	return false;
}

static const char *
member(struct json_object *j, const char *name)
{
	return json_object_get_string(json_object_object_get(j, name));
}

static struct stile_str
member_str(struct json_object *j, const char *name)
{
	struct json_object	*v = json_object_object_get(j, name);

	return (struct stile_str){ json_object_get_string(v),
	    v != NULL ? (size_t)json_object_get_string_len(v) : 0 };
}

static void
put_base64(struct stile_buf *b, struct stile_str s)
{
	static const char	set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t		v = 0;
	int			bits = 0;
	size_t			i;

	for (i = 0; i < s.len && s.p[i] != '='; i++) {
		v = v << 6 | (uint32_t)(strchr(set, s.p[i]) - set);
		if ((bits += 6) >= 8)
			stile_buf_putc(b, (char)(v >> (bits -= 8)));
	}
}

/* What a sender escapes a receiver may leave: undo it on both sides. */
static void
put_name(struct stile_buf *b, struct stile_str s)
{
	static const char *const	escapes[] = { "%22", "%0A", "%0D" };
	size_t				i, k;

	for (i = 0; i < s.len; i++) {
		for (k = 0; k < 3; k++)
			if (s.len - i >= 3 &&
			    strncasecmp(s.p + i, escapes[k], 3) == 0)
				break;
		stile_buf_putc(b, k < 3 ? "\"\n\r"[k] : s.p[i]);
		i += k < 3 ? 2 : 0;
	}
}

/* One part in a form that can be sorted and compared. */
static struct stile_str
key(struct stile_arena *a, bool file, struct stile_str name,
    struct stile_str filename, struct stile_str data, bool base64)
{
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);
	size_t			 i;

	if (b == NULL)
		cr_assert(false, "no memory");
	if (file && filename.len == 0 && data.len == 0)
		return stile_buf_view(b);
	for (i = filename.len; i > 0; i--)
		if (filename.p[i - 1] == '/' || filename.p[i - 1] == '\\')
			break;
	stile_buf_puts(b, file ? "file " : "field ");
	put_name(b, name);
	stile_buf_putc(b, '|');
	put_name(b, (struct stile_str){ filename.p + i, filename.len - i });
	stile_buf_putc(b, '|');
	if (base64)
		put_base64(b, data);
	else
		stile_buf_str(b, data);
	cr_assert_eq(stile_buf_err(b), STILE_OK);
	return stile_buf_view(b);
}

static int
by_bytes(const void *x, const void *y)
{
	const struct stile_str	*a = x, *b = y;
	int			 c;

	c = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);
	return c != 0 ? c : a->len < b->len ? -1 : a->len > b->len;
}

static bool
same_sets(struct stile_str *a, size_t n, struct stile_str *b, size_t m)
{
	size_t	i = 0, k = 0;

	qsort(a, n, sizeof(*a), by_bytes);
	qsort(b, m, sizeof(*b), by_bytes);
	/* What does not count is empty, and comes first. */
	while (i < n && a[i].len == 0)
		i++;
	while (k < m && b[k].len == 0)
		k++;
	if (n - i != m - k)
		return false;
	for (; i < n; i++, k++)
		if (!stile_str_eq(a[i], b[k]))
			return false;
	return true;
}

static bool
as_expected(struct run *r, struct json_object *want)
{
	struct stile_str	 got[MAX_PARTS], exp[MAX_PARTS];
	struct json_object	*j;
	struct part		*p;
	size_t			 i, n;

	if (json_object_is_type(want, json_type_string))
		return r->rc != STILE_OK && r->e.status < 500;
	if (r->rc != STILE_OK)
		return false;
	for (i = 0; i < r->n; i++) {
		p = &r->parts[i];
		got[i] = key(r->arena, p->filename.p != NULL, p->name,
		    p->filename, stile_buf_view(p->data), false);
	}
	n = json_object_array_length(want);
	for (i = 0; i < n; i++) {
		j = json_object_array_get_idx(want, i);
		exp[i] = key(r->arena, strcmp(member(j, "kind"), "file") == 0,
		    member_str(j, "name"), member_str(j, "filename"),
		    member_str(j, "data_b64"), true);
	}
	return same_sets(got, r->n, exp, n);
}

Test(multipart, corpus)
{
	struct json_object	*all = vectors("multipart_corpus.json"), *c;
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*body;
	struct run		 r;
	const char		*id, *level;
	size_t			 i, n, musts = 0, exceptions = 0;
	bool			 differs, excepted;

	n = json_object_array_length(all);
	for (i = 0; i < n; i++) {
		c = json_object_array_get_idx(all, i);
		id = member(c, "id");
		level = member(c, "level");
		body = stile_buf_new(a, 1 << 20);
		put_base64(body, member_str(c, "body_b64"));
		run_all(&r, id, member(c, "content_type"), NULL,
		    stile_buf_view(body));
		differs = !as_expected(&r,
		    json_object_object_get(c, "expect"));
		excepted = is_exception(corpus_exceptions,
		    NELEM(corpus_exceptions), id);
		cr_expect_eq(differs, excepted, "%s (%s): %s", id, level,
		    r.e.detail);
		exceptions += excepted;
		if (strcmp(level, "must") == 0) {
			cr_expect_not(excepted, "%s", id);
			musts++;
		}
		run_free(&r);
		stile_arena_reset(a);
	}
	cr_expect_geq(musts, 83);
	cr_expect_eq(exceptions, NELEM(corpus_exceptions));
	vectors_played("multipart_corpus.json", "-", n);
	stile_arena_free(a);
	json_object_put(all);
}

/* The content of the files is in the corpus; here it is their size. */
static bool
as_werkzeug(struct run *r, struct json_object *result)
{
	struct json_object	*fields, *files, *f, *type;
	size_t			 i, nfield = 0, nfile = 0;
	struct part		*p;

	if (result == NULL)
		return r->rc == STILE_ETOOBIG;
	if (r->rc != STILE_OK)
		return false;
	fields = json_object_object_get(result, "fields");
	files = json_object_object_get(result, "files");
	if (r->n != json_object_array_length(fields) +
	    json_object_array_length(files))
		return false;
	for (i = 0; i < r->n; i++) {
		p = &r->parts[i];
		if (p->filename.p == NULL) {
			f = json_object_array_get_idx(fields, nfield++);
			if (!view_is(p->name, json_object_get_string(
			    json_object_array_get_idx(f, 0))) ||
			    !view_is(stile_buf_view(p->data),
			    json_object_get_string(
			    json_object_array_get_idx(f, 1))))
				return false;
			continue;
		}
		f = json_object_array_get_idx(files, nfile++);
		type = json_object_object_get(f, "content_type");
		if (!view_is(p->name, member(f, "field")) ||
		    !view_is(p->filename, member(f, "filename")) ||
		    strncmp(type != NULL ? json_object_get_string(type) : "",
		    p->type.p, p->type.len) != 0 ||
		    stile_buf_view(p->data).len != (size_t)
		    json_object_get_int64(json_object_object_get(f, "size")))
			return false;
	}
	return true;
}

static void
werkzeug_case(struct stile_arena *a, struct json_object *c, const char *id,
    bool excepted)
{
	struct stile_multipart_limits	 limits = { 0 };
	struct stile_buf		*body, *type;
	struct json_object		*b, *boundary;
	struct run			 r;

	body = stile_buf_new(a, 1 << 20);
	type = stile_buf_new(a, 200);
	b = json_object_object_get(c, "body");
	if (member(b, "bytes") != NULL)
		stile_buf_str(body, member_str(b, "bytes"));
	else
		put_base64(body, member_str(b, "bytes_b64"));
	stile_buf_puts(type, "multipart/form-data");
	boundary = json_object_object_get(json_object_object_get(c,
	    "options"), "boundary");
	if (boundary != NULL)
		stile_buf_printf(type, "; boundary=%s",
		    json_object_get_string(boundary));
	limits.parts = (size_t)json_object_get_int64(json_object_object_get(
	    json_object_object_get(c, "limits"), "max_form_parts"));
	run_all(&r, id, stile_buf_view(type).p, &limits,
	    stile_buf_view(body));
	cr_expect_eq(!as_werkzeug(&r, json_object_object_get(c, "result")),
	    excepted, "%s (%s): %s", id, member(c, "test"), r.e.detail);
	run_free(&r);
}

Test(multipart, werkzeug)
{
	struct json_object	*all = vectors("werkzeug_multipart.json");
	struct json_object	*cases, *c;
	struct stile_arena	*a = stile_arena_new(0);
	char			 id[24];
	size_t			 i, n, ours = 0, exceptions = 0;
	bool			 excepted;

	cases = json_object_object_get(json_object_object_get(all, "cases"),
	    "form.parse");
	n = json_object_array_length(cases);
	for (i = 0; i < n; i++) {
		c = json_object_array_get_idx(cases, i);
		if (strcmp(member(c, "mimetype"), "multipart/form-data") != 0)
			continue;
		snprintf(id, sizeof(id), "%zu", i);
		excepted = is_exception(werkzeug_exceptions,
		    NELEM(werkzeug_exceptions), id);
		werkzeug_case(a, c, id, excepted);
		ours++;
		exceptions += excepted;
		stile_arena_reset(a);
	}
	cr_expect_eq(exceptions, NELEM(werkzeug_exceptions));
	vectors_played("werkzeug_multipart.json", "multipart/form-data", ours);
	stile_arena_free(a);
	json_object_put(all);
}
