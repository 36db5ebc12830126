/* SPDX-License-Identifier: ISC */
/*
 * Vectors made for other programs, played against tests/conf/ in memory, with
 * the same comparisons that ../shared/vectors/run_vectors.py makes through a
 * web server in tests/e2e/vectors.py: what differs here does not come from one.
 *
 * A case that fails and is not listed in tests/conf/differences.txt fails its
 * test, and so does a listed one that passes.  Where projects differ (the level
 * MAY), a case is asked for, and any answer but a fault of ours will do.
 */
#include "answer.h"

#include "stile/base64.h"
#include "stile/date.h"
#include "stile/enc.h"
#include "stile/json.h"

int	conformance_main(int argc, char **argv);
#define main	conformance_main
#include "../conf/conformance.c"
#undef main

#define DIFFERENCES_MAX	50

static struct difference {
	char	suite[32];
	char	id[200];
	bool	met;
} differences[DIFFERENCES_MAX];
static size_t			 ndifferences;

static struct stile_client	*c;
static struct stile_arena	*arena;
static size_t			 played, may_differ;

static void
read_differences(void)
{
	const char		*top = getenv("top_srcdir");
	struct difference	*d;
	char			 line[1000], *end, *id;
	FILE			*f;

	snprintf(line, sizeof(line), "%s/tests/conf/differences.txt",
	    top != NULL ? top : ".");
	if ((f = fopen(line, "r")) == NULL)
		cr_assert(false, "%s: %s", line, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#')
			continue;
		cr_assert_lt(ndifferences, DIFFERENCES_MAX);
		d = &differences[ndifferences++];
		id = strchr(line, ' ');
		end = id != NULL ? strchr(++id, ' ') : NULL;
		cr_assert(end != NULL, "suite, id and reason: %s", line);
		snprintf(d->suite, sizeof(d->suite), "%.*s",
		    (int)(id - 1 - line), line);
		snprintf(d->id, sizeof(d->id), "%.*s", (int)(end - id), id);
	}
	fclose(f);
}

static void
setup(void)
{
	read_differences();
	arena = stile_arena_new(0);
	c = CLIENT(&app, "body_max=16777216",);
	played = may_differ = 0;
}

static void
teardown(void)
{
	stile_client_free(c);
	stile_arena_free(arena);
}

TestSuite(conformance, .init = setup, .fini = teardown);

static bool
is_listed(const char *suite, const char *id)
{
	struct difference	*d;

	for (d = differences; d < differences + ndifferences; d++)
		if (strcmp(d->suite, suite) == 0 && strcmp(d->id, id) == 0)
			return d->met = true;
	return false;
}

/* The outcome of a case. */
static void
report(const char *suite, const char *id, bool must, bool ok,
    const struct stile_answer *a)
{
	played++;
	may_differ += !must && !ok;
	if (must)
		cr_expect_eq(ok, !is_listed(suite, id), "%s %s %s: %d: %.300s",
		    suite, id, ok ? "passes, but is listed" : "fails",
		    stile_answer_status(a), body_of(a));
}

/* At the end of a suite: each listed difference has come up. */
static void
expect_listed(const char *suite)
{
	struct difference	*d;

	for (d = differences; d < differences + ndifferences; d++)
		if (strcmp(d->suite, suite) == 0)
			cr_expect(d->met, "%s %s: no such case", suite, d->id);
}

/* ---- what is in a case --------------------------------------------------- */

static const char *
member(struct json_object *j, const char *name)
{
	struct json_object	*m = json_object_object_get(j, name);

	return json_object_is_type(m, json_type_string) ?
	    json_object_get_string(m) : NULL;
}

static struct stile_str
unbase64(const char *s)
{
	struct stile_str	v = { NULL, 0 };

	v.p = stile_base64_decode(arena, stile_str(s), STILE_BASE64_STD,
	    &v.len);
	cr_assert(v.p != NULL, "base64: %s", s);
	return v;
}

/* JSON's U+0080 to U+00FF stand for bytes. */
static const char *
latin1(struct json_object *j)
{
	const char	*p = json_object_get_string(j);
	char		*out, *to;

	to = out = stile_arena_alloc(arena, strlen(p) + 1, 1);
	cr_assert(out != NULL);
	for (; *p != '\0'; p++)
		if ((unsigned char)*p < 0x80)
			*to++ = *p;
		else {
			*to++ = (char)((p[0] & 3) << 6 | (p[1] & 0x3F));
			p++;
		}
	*to = '\0';
	return out;
}

static const struct stile_answer *
post(const char *target, const char *type, struct stile_str body)
{
	const struct stile_answer	*a;

	a = stile_client_send(c, "POST", target, type, body.p, body.len);
	cr_assert(a != NULL);
	return a;
}

/* A GET of path?a=x&b=y of names and values in turn, NULL for no value. */
static const struct stile_answer *
get(const char *path, ...)
{
	const struct stile_answer	*a;
	struct stile_buf		*b = stile_buf_new(arena, 8192);
	const char			*name, *value, *sep = "?";
	va_list				 ap;

	stile_buf_puts(b, path);
	va_start(ap, path);
	while ((name = va_arg(ap, const char *)) != NULL)
		if ((value = va_arg(ap, const char *)) != NULL) {
			stile_buf_printf(b, "%s%s=", sep, name);
			stile_enc_percent(b, stile_str(value));
			sep = "&";
		}
	va_end(ap);
	a = stile_client_get(c, stile_buf_view(b).p);
	cr_assert(a != NULL);
	return a;
}

static bool
is_ours(const struct stile_answer *a)
{
	int	status = stile_answer_status(a);

	return status == 200 || (status >= 400 && status < 500);
}

/* ---- multipart ----------------------------------------------------------- */

/* The three characters that senders escape; readers may leave them so. */
static char *
unescaped(const char *s)
{
	char	*out = stile_arena_strdup(arena, s), *to = out;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (strncasecmp(s, "%0D", 3) == 0)
			*to = '\r';
		else if (strncasecmp(s, "%0A", 3) == 0)
			*to = '\n';
		else if (strncmp(s, "%22", 3) == 0)
			*to = '"';
		else
			continue;
		s += 2;
	}
	*to = '\0';
	return out;
}

/* A part as one line; NULL for a field for a file that was left empty. */
static char *
part(struct json_object *j)
{
	const char	*filename = member(j, "filename");
	const char	*data = member(j, "data_b64");
	bool		 is_file = strcmp(member(j, "kind"), "file") == 0;
	char		*last = NULL, *s;

	if (is_file && (filename == NULL || *filename == '\0') && *data == '\0')
		return NULL;
	if (is_file) {
		s = stile_arena_strdup(arena, filename != NULL ? filename : "");
		for (last = s; *s != '\0'; s++)
			if (*s == '/' || *s == '\\')
				last = s + 1;
		last = unescaped(last);
	}
	return stile_arena_printf(arena, "%s\n%s\n%s\n%s",
	    is_file ? "file" : "field", unescaped(member(j, "name")),
	    last != NULL ? last : "", data);
}

/* How often a part is in a list. */
static size_t
count(struct json_object *list, const char *one)
{
	size_t	i, n = 0;
	char	*s;

	for (i = 0; i < json_object_array_length(list); i++)
		if ((s = part(json_object_array_get_idx(list, i))) != NULL)
			n += strcmp(s, one) == 0;
	return n;
}

/* The same parts in any order, each as often as in the other. */
static bool
same_parts(struct json_object *a, struct json_object *b)
{
	struct json_object	*lists[] = { a, b };
	size_t			 i, k;
	char			*s;

	if (!json_object_is_type(a, json_type_array))
		return false;
	for (k = 0; k < NELEM(lists); k++)
		for (i = 0; i < json_object_array_length(lists[k]); i++) {
			s = part(json_object_array_get_idx(lists[k], i));
			if (s != NULL && count(a, s) != count(b, s))
				return false;
		}
	return true;
}

Test(conformance, multipart)
{
	struct json_object		*all = vectors("multipart_corpus.json");
	struct json_object		*one, *want;
	const struct stile_answer	*a;
	const char			*id;
	size_t				 i, musts = 0;
	bool				 must, ok;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		id = member(one, "id");
		want = json_object_object_get(one, "expect");
		must = strcmp(member(one, "level"), "must") == 0;
		musts += must;
		a = post("/conf/multipart", member(one, "content_type"),
		    unbase64(member(one, "body_b64")));
		report("multipart-alive", id, true, is_ours(a), a);
		if (json_object_is_type(want, json_type_string))
			ok = stile_answer_status(a) >= 400 && is_ours(a);
		else
			ok = stile_answer_status(a) == 200 &&
			    same_parts(stile_answer_json(a), want);
		report("multipart", id, must, ok, a);
	}
	cr_expect_eq(played, 2 * i);
	expect_listed("multipart");
	cr_log_info("multipart: %zu cases, %zu of them must", i, musts);
	json_object_put(all);
}

/* ---- names and values ---------------------------------------------------- */

Test(conformance, urlencoded)
{
	static const char	 safe[] = "%&=+_*-.~!'();:@$,/?"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct json_object		*all = vectors("urlencoded.json"), *one;
	struct json_object		*want;
	struct stile_buf		*b = stile_buf_new(arena, 8192);
	const struct stile_answer	*a;
	const char			*in, *p;
	size_t				 i;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		in = member(one, "input");
		want = json_object_object_get(one, "output");
		a = post("/conf/form", "application/x-www-form-urlencoded",
		    stile_str(in));
		report("form", in, true, json_object_equal(
		    stile_answer_json(a), want), a);
		stile_buf_clear(b);
		stile_buf_puts(b, "/conf/query?");
		for (p = in; *p != '\0'; p++)
			stile_buf_printf(b, strchr(safe, *p) != NULL ? "%c" :
			    "%%%02X", (unsigned char)*p);
		a = stile_client_get(c, stile_buf_view(b).p);
		report("query", in, true, json_object_equal(
		    stile_answer_json(a), want), a);
	}
	cr_expect_eq(played, 2 * i);
	expect_listed("form");
	expect_listed("query");
	json_object_put(all);
}

Test(conformance, cookies)
{
	struct json_object		*all = vectors("cookie_header.json");
	struct json_object		*one, *pairs, *pair, *want;
	struct stile_buf		*b = stile_buf_new(arena, 1 << 20);
	const struct stile_answer	*a;
	size_t				 i, k;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		pairs = json_object_object_get(one, "expect");
		stile_buf_clear(b);
		for (k = 0; k < json_object_array_length(pairs); k++) {
			pair = json_object_array_get_idx(pairs, k);
			stile_buf_puts(b, k > 0 ? ",[" : "[[");
			stile_json_write_str(b, stile_str(latin1(
			    json_object_array_get_idx(pair, 0))));
			stile_buf_putc(b, ',');
			stile_json_write_str(b, stile_str(latin1(
			    json_object_array_get_idx(pair, 1))));
			stile_buf_putc(b, ']');
		}
		stile_buf_puts(b, k > 0 ? "]" : "[]");
		want = json_tokener_parse(stile_buf_view(b).p);
		a = get_with(c, "/conf/cookies", "Cookie", latin1(
		    json_object_object_get(one, "header_latin1")));
		report("cookies", member(one, "id"), true, json_object_equal(
		    stile_answer_json(a), want), a);
		json_object_put(want);
	}
	cr_expect_eq(played, i);
	expect_listed("cookies");
	json_object_put(all);
}

/* ---- JSON ---------------------------------------------------------------- */

/* As json-c reads the text that was sent, in its own way. */
static bool
is_written_again(const struct stile_answer *a, struct stile_str sent)
{
	struct json_tokener	*t = json_tokener_new();
	struct json_object	*j;
	bool			 same;

	if (stile_answer_status(a) != 200) {
		json_tokener_free(t);
		return false;
	}
	j = json_tokener_parse_ex(t, sent.p, (int)sent.len + 1);
	same = json_tokener_get_error(t) == json_tokener_success &&
	    json_object_equal(j, stile_answer_json(a));
	json_object_put(j);
	json_tokener_free(t);
	return same;
}

Test(conformance, json)
{
	struct json_object		*all = vectors("json_parsing.json");
	struct json_object		*cases, *one;
	const struct stile_answer	*a;
	struct stile_str		 text;
	const char			*name;
	size_t				 i;
	int				 status;

	cases = json_object_object_get(all, "cases");
	for (i = 0; i < json_object_array_length(cases); i++) {
		one = json_object_array_get_idx(cases, i);
		name = member(one, "name");
		text = unbase64(member(one, "b64"));
		a = post("/conf/json", "application/json", text);
		status = stile_answer_status(a);
		if (name[0] == 'y')
			report("json-y", name, true, is_written_again(a, text),
			    a);
		else if (name[0] == 'n')
			report("json-n", name, true, status == 400, a);
		else
			report("json-i", name, true, status == 200 ||
			    status == 400, a);
	}
	cr_expect_eq(played, i);
	expect_listed("json-y");
	expect_listed("json-n");
	expect_listed("json-i");
	json_object_put(all);
}

/* ---- conditions ---------------------------------------------------------- */

/* The form of RFC 9110: an entity-tag, several, "*", or a date. */
static bool
is_validator(const char *s)
{
	return *s == '*' || *s == '"' || strncmp(s, "W/\"", 3) == 0 ||
	    (strlen(s) > 5 && memcmp(s + 3, ", ", 2) == 0);
}

/* With Cache-Control it is the choice of one program. */
static bool
is_rfc(struct json_object *headers)
{
	json_object_object_foreach(headers, name, v) {
		if (strcmp(name, "cache-control") == 0 ||
		    (v != NULL && *json_object_get_string(v) != '\0' &&
		    !is_validator(json_object_get_string(v))))
			return false;
	}
	return true;
}

static void
set_headers(struct json_object *headers, bool set)
{
	json_object_object_foreach(headers, name, v)
		stile_client_header(c, name, set ? json_object_get_string(v) :
		    NULL);
}

Test(conformance, fresh)
{
	struct json_object		*all = vectors("fresh.json"), *one;
	struct json_object		*req, *res;
	const struct stile_answer	*a;
	const char			*etag, *id;
	size_t				 i, n304 = 0;
	int				 status;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		req = json_object_object_get(one, "req");
		res = json_object_object_get(one, "res");
		id = member(one, "test");
		if ((etag = member(res, "etag")) != NULL && *etag == '\0')
			etag = NULL;
		set_headers(req, true);
		a = get("/conf/fresh", "etag", etag, "lm",
		    member(res, "last-modified"), NULL);
		set_headers(req, false);
		status = stile_answer_status(a);
		report("fresh", id, is_rfc(req) && is_rfc(res),
		    status == (json_object_get_boolean(json_object_object_get(
		    one, "fresh")) ? 304 : 200), a);
		if (status != 304)
			continue;
		n304++;
		report("fresh-304", id, true, stile_answer_body(a).len == 0 &&
		    (etag == NULL || strcmp(stile_answer_header(a, "ETag"),
		    etag) == 0), a);
	}
	cr_expect_eq(played, i + n304);
	cr_expect_gt(n304, 0);
	expect_listed("fresh");
	expect_listed("fresh-304");
	json_object_put(all);
}

/*
 * The player has its dates in its code.  These are of the same kinds: what is
 * the document's second, one before and one after it, in the three forms of
 * RFC 9110, section 5.6.7; and what is no date, which is as good as none.
 */
Test(conformance, dates)
{
	static const char	modified[] = "Wed, 21 Oct 2015 07:28:00 GMT";
	static const struct {
		const char	*since;
		int		 status;
	} cases[] = {
		{ modified, 304 },
		{ "Wednesday, 21-Oct-15 07:28:00 GMT", 304 },
		{ "Wed Oct 21 07:28:00 2015", 304 },
		{ "Wed, 21 Oct 2015 07:28:01 GMT", 304 },
		{ "Wednesday, 21-Oct-15 07:28:01 GMT", 304 },
		{ "Wed Oct 21 07:28:01 2015", 304 },
		{ "Wed, 21 Oct 2015 07:27:59 GMT", 200 },
		{ "Wednesday, 21-Oct-15 07:27:59 GMT", 200 },
		{ "Wed Oct 21 07:27:59 2015", 200 },
		{ "Thu, 29 Feb 2024 23:59:60 GMT", 304 },
		{ "Fri, 31 Dec 9999 00:00:00 GMT", 304 },
		{ "Mon Jan  5 00:00:00 1970", 200 },
		{ "Wed, 30 Feb 2022 07:28:00 GMT", 200 },
		{ "Wed, 21 Oct 2015 24:28:00 GMT", 200 },
		{ "Wed, 21 Oct 2015 07:28:00 +0000", 200 },
		{ "Wed, 21 Oct 2015", 200 },
		{ "2015-10-21T07:28:00Z", 200 },
		{ "1445412480", 200 },
		{ "never", 200 },
	};
	static const struct {
		const char	*none_match, *since;
		int		 status;
	} both[] = {
		{ "\"v1\"", modified, 200 },
		{ "\"v2\"", "Thu, 01 Jan 1970 00:00:00 GMT", 304 },
		{ "\"v1\", \"v2\"", NULL, 304 },
		{ "W/\"v2\"", NULL, 304 },
		{ "*", NULL, 304 },
		{ "\"v2,v1\"", modified, 200 },
	};
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_client_header(c, "If-Modified-Since", cases[i].since);
		a = get("/conf/fresh", "lm", modified, NULL);
		report("dates", cases[i].since, true, stile_answer_status(a) ==
		    cases[i].status, a);
	}
	for (i = 0; i < NELEM(both); i++) {
		stile_client_header(c, "If-Modified-Since", both[i].since);
		stile_client_header(c, "If-None-Match", both[i].none_match);
		a = get("/conf/fresh", "lm", modified, "etag", "\"v2\"", NULL);
		report("inm-before-ims", both[i].none_match, true,
		    stile_answer_status(a) == both[i].status, a);
	}
	cr_expect_eq(played, NELEM(cases) + NELEM(both));
	expect_listed("dates");
	expect_listed("dates-invalid");
	expect_listed("inm-before-ims");
}

/* ---- ranges -------------------------------------------------------------- */

/* Bytes first to last of what /conf/range gives. */
static bool
is_span(const struct stile_answer *a, int first, int last)
{
	struct stile_str	body = stile_answer_body(a);
	size_t			i;

	if (body.len != (size_t)(last - first + 1))
		return false;
	for (i = 0; i < body.len; i++)
		if ((unsigned char)body.p[i] != ((size_t)first + i) % PERIOD)
			return false;
	return true;
}

static bool
has_header(const struct stile_answer *a, const char *name, const char *want)
{
	const char	*got = stile_answer_header(a, name);

	return got != NULL && strncmp(got, want, strlen(want)) == 0;
}

/* "bytes=" and elements that are all "1-2", "1-" or "-2". */
static bool
is_well_formed(const char *field)
{
	struct stile_str	rest = stile_str(field + 6), item;
	size_t			n, m;

	while (stile_str_cut(&rest, ',', &item)) {
		item = stile_str_trim(item);
		n = strspn(item.p, "0123456789");
		if (n >= item.len || item.p[n] != '-')
			return false;
		m = strspn(item.p + n + 1, "0123456789");
		if (n + 1 + m != item.len || n + m == 0)
			return false;
	}
	return true;
}

static bool
is_as_wanted(const struct stile_answer *a, struct json_object *want, int size)
{
	struct json_object	*list, *r;
	char			 text[100];
	int			 status = stile_answer_status(a), first, last;

	snprintf(text, sizeof(text), "bytes */%d", size);
	if (json_object_is_type(want, json_type_int))
		return json_object_get_int(want) == -1 ? status == 416 &&
		    has_header(a, "Content-Range", text) :
		    status == 200 || status == 416;
	list = json_object_object_get(want, "ranges");
	if (json_object_array_length(list) > 1)
		return (status == 200 && is_span(a, 0, size - 1)) ||
		    (status == 206 && has_header(a, "Content-Type",
		    "multipart/byteranges"));
	r = json_object_array_get_idx(list, 0);
	first = json_object_get_int(json_object_object_get(r, "start"));
	last = json_object_get_int(json_object_object_get(r, "end"));
	snprintf(text, sizeof(text), "bytes %d-%d/%d", first, last, size);
	return status == 206 && is_span(a, first, last) &&
	    has_header(a, "Content-Range", text);
}

Test(conformance, ranges)
{
	struct json_object		*all = vectors("range.json"), *one;
	struct json_object		*want;
	const struct stile_answer	*a;
	const char			*field;
	char				 size[24];
	int				 n;
	size_t				 i, others = 0;
	bool				 ignored;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		field = member(one, "range");
		n = json_object_get_int(json_object_object_get(one, "size"));
		/* Questions to a function, which no request can ask. */
		if (json_object_object_get(one, "opts") != NULL ||
		    field == NULL || n <= 0 || n > RANGE_MAX ||
		    strncmp(field, "bytes=", 6) != 0) {
			others++;
			continue;
		}
		snprintf(size, sizeof(size), "%d", n);
		want = json_object_object_get(one, "result");
		ignored = json_object_is_type(want, json_type_int) &&
		    json_object_get_int(want) == -2;
		stile_client_header(c, "Range", field);
		a = get("/conf/range", "size", size, NULL);
		report("range", field, ignored || is_well_formed(field),
		    is_as_wanted(a, want, n), a);
	}
	cr_expect_eq(played + others, i);
	expect_listed("range");
	cr_log_info("range: %zu cases, %zu are no requests", played, others);
	json_object_put(all);
}

/* ---- negotiation --------------------------------------------------------- */

Test(conformance, negotiation)
{
	struct json_object		*all = vectors("negotiate.json"), *one;
	struct json_object		*offers, *headers, *want, *got;
	struct stile_buf		*b = stile_buf_new(arena, 8192);
	const struct stile_answer	*a;
	char				 suite[40], *kind;
	size_t				 i, k, others = 0;

	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		offers = json_object_object_get(one, "available");
		if (json_object_object_get(one, "opts") != NULL ||
		    offers == NULL || json_object_array_length(offers) == 0) {
			others++;
			continue;
		}
		/* "charset" and "charsets" */
		snprintf(suite, sizeof(suite), "negotiate-%s",
		    member(one, "fn"));
		kind = suite + strlen("negotiate-");
		if (kind[strlen(kind) - 1] == 's')
			kind[strlen(kind) - 1] = '\0';
		stile_buf_clear(b);
		for (k = 0; k < json_object_array_length(offers); k++)
			stile_buf_printf(b, "%s%s", k > 0 ? "," : "",
			    json_object_get_string(
			    json_object_array_get_idx(offers, k)));
		headers = json_object_object_get(one, "headers");
		set_headers(headers, true);
		a = get("/conf/negotiate", "kind", kind, "available",
		    stile_buf_view(b).p, NULL);
		set_headers(headers, false);
		want = json_object_object_get(one, "result");
		if (json_object_is_type(want, json_type_array))
			want = json_object_array_length(want) > 0 ?
			    json_object_array_get_idx(want, 0) : NULL;
		got = json_object_object_get(stile_answer_json(a), "best");
		report(suite, json_object_to_json_string(headers),
		    strcmp(kind, "mediaType") == 0 ||
		    strcmp(kind, "encoding") == 0,
		    stile_answer_status(a) == 200 &&
		    json_object_equal(got, want), a);
	}
	cr_expect_eq(played + others, i);
	cr_expect_eq(may_differ, 0);
	expect_listed("negotiate-mediaType");
	expect_listed("negotiate-encoding");
	cr_log_info("negotiation: %zu cases, %zu are no requests", played,
	    others);
	json_object_put(all);
}
