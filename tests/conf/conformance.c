/* SPDX-License-Identifier: ISC */
/*
 * conformance: gives back what it understood of a request, so that vectors
 * made for other programs can be played against this library; and two routes
 * with bodies that are far larger than memory should get.  Only the tests use
 * it.
 */
#include <json-c/json.h>
#include <stile.h>

#define ANSWER_MAX	(64 * 1024 * 1024)
#define RANGE_MAX	(1024 * 1024)
#define BENCH_MAX	INT64_C(0x200000000)
#define PERIOD		251		/* a length that no record has */
#define OFFERS_MAX	64

static struct stile_buf *
new_answer(struct stile_req *r)
{
	struct stile_buf	*b;

	b = stile_buf_new(stile_req_arena(r), ANSWER_MAX);
	if (b == NULL)
		stile_fail(r, 503, "no memory");
	return b;
}

/* Names and values as [["a","b"],...]; without a table the request failed. */
static int
send_pairs(struct stile_req *r, const struct stile_table *t)
{
	struct stile_str	 name, value;
	struct stile_buf	*b;
	size_t			 i;

	if (t == NULL || (b = new_answer(r)) == NULL)
		return stile_failed(r);
	stile_buf_putc(b, '[');
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		stile_buf_puts(b, i > 0 ? ",[" : "[");
		stile_json_write_str(b, name);
		stile_buf_putc(b, ',');
		stile_json_write_str(b, value);
		stile_buf_putc(b, ']');
	}
	stile_buf_putc(b, ']');
	return stile_send_buf(r, 200, "application/json", b);
}

static int
show_query(struct stile_req *r)
{
	return send_pairs(r, stile_query_table(r));
}

static int
show_form(struct stile_req *r)
{
	return send_pairs(r, stile_form_table(r));
}

static int
show_cookies(struct stile_req *r)
{
	return send_pairs(r, stile_cookie_table(r));
}

/* The whole of a file; NULL with the request failed. */
static char *
read_upload(struct stile_req *r, struct stile_upload *u)
{
	int64_t	 size = stile_upload_size(u), at = 0;
	long	 n = 1;
	char	*p;

	p = stile_arena_alloc(stile_req_arena(r), (size_t)size, 1);
	if (p == NULL)
		stile_fail(r, 503, "no memory");
	while (p != NULL && at < size && n > 0) {
		n = stile_upload_read(r, u, at, p + at, (size_t)(size - at));
		at += n;
	}
	return stile_failed(r) == STILE_OK ? p : NULL;
}

static void
put_file(struct stile_req *r, struct stile_buf *b, struct stile_upload *u)
{
	char	*p;

	if ((p = read_upload(r, u)) != NULL)
		stile_json_write_object(b, STILE_ARGS("kind", "file",
		    "name", stile_upload_field(u),
		    "filename", stile_upload_filename(u),
		    "data_b64", stile_blob(p, (size_t)stile_upload_size(u))));
}

static int
show_multipart(struct stile_req *r)
{
	const struct stile_table	*t = stile_form_table(r);
	struct stile_str		 name, value;
	struct stile_upload		*u;
	struct stile_buf		*b;
	size_t				 i;

	if (t == NULL || (b = new_answer(r)) == NULL)
		return stile_failed(r);
	stile_buf_putc(b, '[');
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		stile_buf_puts(b, i > 0 ? "," : "");
		stile_json_write_object(b, STILE_ARGS("kind", "field",
		    "name", name, "filename", stile_null(),
		    "data_b64", stile_blob(value.p, value.len)));
	}
	for (i = 0; (u = stile_upload_at(r, i)) != NULL; i++) {
		stile_buf_puts(b, i + stile_table_count(t) > 0 ? "," : "");
		put_file(r, b, u);
	}
	stile_buf_putc(b, ']');
	return stile_send_buf(r, 200, "application/json", b);
}

static int
show_json(struct stile_req *r)
{
	return stile_send_json(r, 200, json_object_get(stile_json(r)));
}

static int
show_fresh(struct stile_req *r)
{
	const char	*etag = stile_query(r, "etag");
	const char	*modified = stile_query(r, "lm");

	if (etag != NULL)
		stile_header_set(r, "ETag", etag);
	if (modified != NULL)
		stile_header_set(r, "Last-Modified", modified);
	return stile_send_text(r, 200, "fresh\n");
}

static int
show_range(struct stile_req *r)
{
	int64_t			 i, n;
	struct stile_buf	*b;

	n = stile_query_int(r, "size", 0, RANGE_MAX, 0);
	if ((b = new_answer(r)) == NULL)
		return stile_failed(r);
	for (i = 0; i < n; i++)
		stile_buf_putc(b, (char)(i % PERIOD));
	stile_header_set(r, "Accept-Ranges", "bytes");
	return stile_send_buf(r, 200, "application/octet-stream", b);
}

static int
negotiate(struct stile_req *r)
{
	static const struct {
		enum stile_accept_kind	 kind;
		const char		*header;
	} kinds[] = {
		{ STILE_ACCEPT_TYPE, "Accept" },
		{ STILE_ACCEPT_ENCODING, "Accept-Encoding" },
		{ STILE_ACCEPT_LANGUAGE, "Accept-Language" },
		{ STILE_ACCEPT_CHARSET, "Accept-Charset" },
	};
	struct stile_str	rest, offers[OFFERS_MAX];
	size_t			n = 0;
	int			kind, best;

	kind = stile_param_choice(r, STILE_IN_QUERY, "kind",
	    "mediaType encoding language charset", 0);
	rest = stile_str(stile_query(r, "available"));
	while (n < OFFERS_MAX && stile_str_cut(&rest, ',', &offers[n]))
		n++;
	best = stile_accept_best(kinds[kind].kind,
	    stile_str(stile_header(r, kinds[kind].header)), offers, n);
	return stile_send_object(r, 200, STILE_ARGS("best",
	    best >= 0 ? stile_text_str(offers[best]) : stile_null()));
}

/* ---- what is larger than memory ------------------------------------------- */

static int
bench_upload(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "file");

	if (u == NULL)
		return stile_fail(r, 400, "file: a file is expected");
	return stile_send_object(r, 200, STILE_ARGS(
	    "size", stile_upload_size(u), "sha256", stile_upload_sha256(r, u)));
}

static int
write_bytes(struct stile_req *r, void *arg)
{
	static const char	zeros[64 * 1024];
	int64_t			left = *(int64_t *)arg, n;

	for (; left > 0; left -= n) {
		n = left < (int64_t)sizeof(zeros) ? left :
		    (int64_t)sizeof(zeros);
		if (stile_write(r, zeros, (size_t)n) != STILE_OK)
			return stile_failed(r);
	}
	return STILE_OK;
}

static int
bench_download(struct stile_req *r)
{
	int64_t	*n;

	n = stile_arena_alloc(stile_req_arena(r), 1, sizeof(*n));
	if (n == NULL)
		return stile_fail(r, 503, "no memory");
	*n = stile_query_int(r, "size", 0, BENCH_MAX, 0);
	return stile_send_stream(r, 200, "application/octet-stream",
	    write_bytes, n);
}

static const struct stile_route routes[] = {
	{ "POST", "/conf/multipart", show_multipart, .name = "multipart" },
	{ "POST", "/conf/form",      show_form,      .name = "form" },
	{ "GET",  "/conf/query",     show_query,     .name = "query" },
	{ "GET",  "/conf/cookies",   show_cookies,   .name = "cookies" },
	{ "POST", "/conf/json",      show_json,      .name = "json" },
	{ "GET",  "/conf/fresh",     show_fresh,     .name = "fresh" },
	{ "GET",  "/conf/range",     show_range,     .name = "range" },
	{ "GET",  "/conf/negotiate", negotiate,      .name = "negotiate" },
	{ "POST", "/bench/upload",   bench_upload,
	  .limits = { .body = BENCH_MAX } },
	{ "GET",  "/bench/download", bench_download, .name = "download" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "conformance", .version = "1.0", .routes = routes,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
