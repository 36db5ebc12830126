/* SPDX-License-Identifier: ISC */
/*
 * httpbin: says back what was sent, and answers as it is asked to.  Paths and
 * JSON shapes are those of the well-known service, so that its clients work.
 */
#define _GNU_SOURCE	/* arc4random(3), nanosleep(2) */

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include <stile.h>

#include "answers.h"
#include "pages.h"

#define BYTES_MAX	(100 * 1024)
#define COUNT_MAX	100
#define SECONDS_MAX	10

/* Text that may not be UTF-8 as a JSON string; what is NULL as null. */
static struct json_object *
text(const char *s)
{
	return s != NULL ? json_object_new_string(s) : NULL;
}

static void
put(struct json_object *o, const char *name, struct json_object *v)
{
	json_object_object_add(o, name, v);
}

/* A name that comes twice has a list of its values. */
static void
put_again(struct json_object *o, const char *name, struct json_object *v)
{
	struct json_object	*old, *list;

	if (!json_object_object_get_ex(o, name, &old)) {
		put(o, name, v);
		return;
	}
	if (!json_object_is_type(old, json_type_array)) {
		list = json_object_new_array();
		json_object_array_add(list, json_object_get(old));
		put(o, name, list);
		old = list;
	}
	json_object_array_add(old, v);
}

static struct json_object *
table(const struct stile_table *t)
{
	struct json_object	*o = json_object_new_object();
	struct stile_str	 name, value;
	size_t			 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++)
		put_again(o, name.p, text(value.p));
	return o;
}

/* ---- what was sent ---------------------------------------------------- */

static struct json_object *
describe(struct stile_req *r)
{
	struct json_object	*o = json_object_new_object();

	put(o, "args", table(stile_query_table(r)));
	put(o, "headers", table(stile_header_table(r)));
	put(o, "origin", text(stile_req_peer(r)));
	put(o, "url", text(stile_req_url(r)));
	return o;
}

static int
get(struct stile_req *r)
{
	return stile_send_json(r, 200, describe(r));
}

/* Text as it is; what is not UTF-8 as a data: URL of the type. */
static struct json_object *
content(struct stile_req *r, struct stile_str s, const char *type)
{
	struct stile_buf	*b;

	if (stile_utf8_valid(s))
		return json_object_new_string_len(s.p, (int)s.len);
	if ((b = stile_buf_new(stile_req_arena(r), SIZE_MAX)) == NULL)
		return NULL;
	stile_buf_printf(b, "data:%s;base64,", type);
	stile_base64_encode(b, s, STILE_BASE64_STD);
	s = stile_buf_view(b);
	return json_object_new_string_len(s.p, (int)s.len);
}

/*
 * A form's parts, as they arrive: all of them go back, a field in which no
 * file was chosen too.
 */
struct parts {
	struct stile_req	*r;
	struct json_object	*form, *files;
	bool			 is_file;	/* and these, of this part */
	const char		*name, *type;
	struct stile_buf	*data;
};

static enum stile_err
begin_part(void *arg, const struct stile_part *part, struct stile_error *e)
{
	struct parts		*p = arg;
	struct stile_arena	*a = stile_req_arena(p->r);

	p->is_file = part->filename.p != NULL;
	p->name = stile_arena_dup(a, part->name);
	p->type = stile_arena_dup(a, part->type.len > 0 ? part->type :
	    stile_str("application/octet-stream"));
	p->data = stile_buf_new(a, SIZE_MAX);
	if (p->name == NULL || p->type == NULL || p->data == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	return STILE_OK;
}

static enum stile_err
part_data(void *arg, const void *data, size_t n, struct stile_error *e)
{
	struct parts	*p = arg;

	stile_buf_write(p->data, data, n);
	if (stile_buf_err(p->data) != STILE_OK)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	return STILE_OK;
}

static enum stile_err
end_part(void *arg, struct stile_error *e)
{
	struct parts		*p = arg;
	struct stile_str	 s = stile_buf_view(p->data);

	(void)e;
	if (p->is_file)
		put_again(p->files, p->name, content(p->r, s, p->type));
	else
		put_again(p->form, p->name,
		    json_object_new_string_len(s.p, (int)s.len));
	return STILE_OK;
}

static void
put_parts(struct stile_req *r, struct json_object *o)
{
	static const struct stile_multipart_sink	sink = {
		begin_part, part_data, end_part
	};
	struct parts	p = { .r = r };

	put(o, "data", text(""));
	put(o, "form", p.form = json_object_new_object());
	put(o, "files", p.files = json_object_new_object());
	put(o, "json", NULL);
	stile_parts(r, &sink, &p);
}

static void
put_form(struct stile_req *r, struct json_object *o)
{
	put(o, "data", text(""));
	put(o, "form", table(stile_form_table(r)));
	put(o, "files", json_object_new_object());
	put(o, "json", NULL);
}

static void
put_data(struct stile_req *r, struct json_object *o)
{
	struct stile_str	 body = stile_body(r);
	struct json_object	*j = NULL;

	put(o, "data", content(r, body, "application/octet-stream"));
	put(o, "files", json_object_new_object());
	put(o, "form", json_object_new_object());
	if (body.len > 0 &&
	    stile_json_parse(body, 0, &j, NULL) != STILE_OK)
		j = NULL;
	put(o, "json", j);
}

static bool
is_type(struct stile_req *r, const char *want)
{
	const char	*type = stile_header(r, "Content-Type");

	return type != NULL && strncasecmp(type, want, strlen(want)) == 0;
}

static struct json_object *
describe_all(struct stile_req *r)
{
	struct json_object	*o = describe(r);

	if (is_type(r, "multipart/form-data"))
		put_parts(r, o);
	else if (is_type(r, "application/x-www-form-urlencoded"))
		put_form(r, o);
	else
		put_data(r, o);
	return o;
}

static int
post(struct stile_req *r)
{
	return stile_send_json(r, 200, describe_all(r));
}

static int
anything(struct stile_req *r)
{
	struct json_object	*o = describe_all(r);

	put(o, "method", text(stile_req_method(r)));
	return stile_send_json(r, 200, o);
}

static int
headers(struct stile_req *r)
{
	struct json_object	*o = json_object_new_object();

	put(o, "headers", table(stile_header_table(r)));
	return stile_send_json(r, 200, o);
}

static int
ip(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("origin", stile_req_peer(r)));
}

static int
user_agent(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("user-agent", stile_header(r, "User-Agent")));
}

/* Name, file name, type, size and digest of every file of a form. */
static int
upload(struct stile_req *r)
{
	struct json_object	*parts = json_object_new_array(), *o;
	struct stile_upload	*u;
	size_t			 i;

	for (i = 0; (u = stile_upload_at(r, i)) != NULL; i++) {
		o = json_object_new_object();
		put(o, "name", text(stile_upload_field(u)));
		put(o, "filename", text(stile_upload_filename(u)));
		put(o, "type", text(stile_upload_type(u)));
		put(o, "size", json_object_new_int64(stile_upload_size(u)));
		put(o, "sha256", text(stile_upload_sha256(r, u)));
		json_object_array_add(parts, o);
	}
	o = json_object_new_object();
	put(o, "files", parts);
	put(o, "form", table(stile_form_table(r)));
	return stile_send_json(r, 200, o);
}

/* ---- answers as asked for --------------------------------------------- */

/* "200" or "200:3,500:1": a status of a list with weights. */
static const struct stile_schema codes_rows[] = {
	{ "codes", STILE_STRING, .in = STILE_IN_PATH, .max = 500,
	    .pattern = "^[2-5][0-9]{2}(:[1-9][0-9]{0,2})?"
	    "(,[2-5][0-9]{2}(:[1-9][0-9]{0,2})?)*$",
	    .description = "A status, or several with weights.",
	    .example = "200:3,500:1" },
	{ 0 }
};

static const struct stile_schema codes_params = {
	.type = STILE_OBJECT, .properties = codes_rows,
	.unknown = STILE_UNKNOWN_IGNORED,
};

static int
choose_status(const char *codes)
{
	struct stile_str	rest = stile_str(codes), item, code;
	int64_t			v = 0, weight, total = 0, status = 0;

	while (stile_str_cut(&rest, ',', &item)) {
		stile_str_cut(&item, ':', &code);
		weight = 1;
		if (stile_num_int(code, 200, 599, &v) != STILE_OK ||
		    (item.p != NULL &&
		    stile_num_int(item, 1, 999, &weight) != STILE_OK))
			continue;
		total += weight;
		/* Each so far with the chance that its weight gives it. */
		if (arc4random_uniform((uint32_t)total) < weight)
			status = v;
	}
	return (int)status;
}

static int
status(struct stile_req *r)
{
	int	code = choose_status(stile_path(r, "codes"));

	if (code == 401)
		stile_header_set(r, "WWW-Authenticate",
		    "Basic realm=\"Fake Realm\"");
	if (code == 407)
		stile_header_set(r, "Proxy-Authenticate",
		    "Basic realm=\"Fake Realm\"");
	if (code == 301 || code == 302 || code == 303 || code == 307 ||
	    code == 308)
		return stile_redirect(r, code, stile_url(r, "redirect",
		    STILE_ARGS(1)));
	if (code == 418)
		return stile_send_text(r, code, teapot_text);
	return stile_send_empty(r, code);
}

static int
redirect_to_get(struct stile_req *r)
{
	return stile_redirect(r, 302, stile_url(r, "get", STILE_NOARGS));
}

static const struct stile_schema redirect_rows[] = {
	{ "n", STILE_INTEGER, .in = STILE_IN_PATH, .min = 1, .max = COUNT_MAX,
	    .description = "How many there are.", .example = "3" },
	{ 0 }
};

static const struct stile_schema redirect_params = {
	.type = STILE_OBJECT, .properties = redirect_rows,
	.unknown = STILE_UNKNOWN_IGNORED,
};

static int
redirect(struct stile_req *r)
{
	int64_t	n = stile_path_int(r, "n");

	if (n == 1)
		return redirect_to_get(r);
	return stile_redirect(r, 302,
	    stile_url(r, "relative-redirect", STILE_ARGS(n - 1)));
}

static int
absolute_redirect(struct stile_req *r)
{
	int64_t		 n = stile_path_int(r, "n");
	const char	*path;

	path = n == 1 ? stile_url(r, "get", STILE_NOARGS) :
	    stile_url(r, "absolute-redirect", STILE_ARGS(n - 1));
	return stile_redirect_insecure_anywhere(r, 302, stile_arena_printf(
	    stile_req_arena(r), "%s://%s%s", stile_req_scheme(r),
	    stile_req_host(r), path));
}

/* What a header can have as its value. */
static bool
is_value(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7F)
			return false;
	return true;
}

/* As RFC 9110, section 5.6.2 has it. */
static bool
is_token(const char *s)
{
	return *s != '\0' && s[strspn(s, "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

struct target {
	const char	*url;
	int		 status;	/* a position in redirects */
};

static const int	redirects[] = { 301, 302, 303, 307, 308 };

static const struct stile_schema target_rows[] = {
	{ "url", STILE_STRING, STILE_AT(struct target, url), .required = true,
	    .pattern = "^[^\\x00-\\x1F\\x7F]+$", .example = "/get" },
	{ "status_code", STILE_STRING, STILE_AT(struct target, status),
	    .choices = STILE_CHOICES("301", "302", "303", "307", "308"),
	    .absent = "302" },
	{ 0 }
};

static const struct stile_schema target_params = {
	.type = STILE_OBJECT, .properties = target_rows,
	.unknown = STILE_UNKNOWN_IGNORED, .size = sizeof(struct target),
};

static int
redirect_to(struct stile_req *r)
{
	const struct target	*t = stile_params(r);

	return stile_redirect_insecure_anywhere(r, redirects[t->status],
	    t->url);
}

/* What the library decides, or what would make the web server send another answer. */
static bool
is_not_ours(const char *name)
{
	static const char *const	names[] = {
		"Connection", "Content-Length", "Content-Type", "Location",
		"Status", "Transfer-Encoding", "X-LIGHTTPD-send-file",
		"X-Sendfile",
	};
	size_t				i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return strncasecmp(name, "X-Accel-", 8) == 0;
}

/* Each parameter as a header, and all of them as the body. */
static int
response_headers(struct stile_req *r)
{
	const struct stile_table	*t = stile_query_table(r);
	struct stile_str		 name, value;
	size_t				 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++) {
		if (!is_token(name.p) || !is_value(value.p))
			return stile_fail(r, 400, "parameter %zu is not a "
			    "header", i + 1);
		if (!is_not_ours(name.p))
			stile_header_add(r, name.p, value.p);
	}
	return stile_send_json(r, 200, table(t));
}

static int
delay(struct stile_req *r)
{
	struct timespec	ts = { (time_t)stile_path_int(r, "n"), 0 };

	if (ts.tv_sec > SECONDS_MAX)
		ts.tv_sec = SECONDS_MAX;
	nanosleep(&ts, NULL);
	return stile_send_json(r, 200, describe_all(r));
}

/* ---- cookies ---------------------------------------------------------- */

static int
cookies(struct stile_req *r)
{
	struct json_object	*o = json_object_new_object();

	put(o, "cookies", table(stile_cookie_table(r)));
	return stile_send_json(r, 200, o);
}

static int
back_to_cookies(struct stile_req *r)
{
	return stile_redirect(r, 302, stile_url(r, "cookies", STILE_NOARGS));
}

/* The client chose it, so it is the client's mistake. */
static void
put_cookie(struct stile_req *r, const struct stile_cookie *c)
{
	struct stile_error	 e = { .code = STILE_OK };
	struct stile_buf	*b;

	if ((b = stile_buf_new(stile_req_arena(r), STILE_COOKIE_MAX)) == NULL)
		stile_fail(r, 503, "no memory");
	else if (stile_cookie_write(b, c, &e) != STILE_OK)
		stile_fail(r, 400, "%s", e.detail);
	else
		stile_cookie_set(r, c);
}

/* RFC 6265, section 4.1.1 */
static const struct stile_schema cookie_rows[] = {
	{ "name", STILE_STRING, .in = STILE_IN_PATH, .max = 200,
	    .pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", .example = "flavour" },
	{ "value", STILE_STRING, .in = STILE_IN_PATH, .max = 2000,
	    .pattern = "^[!#-+./:<-\\[\\]-~0-9-]+$", .example = "oatmeal" },
	{ 0 }
};

static const struct stile_schema cookie_params = {
	.type = STILE_OBJECT, .properties = cookie_rows,
	.unknown = STILE_UNKNOWN_IGNORED,
};

static int
set_cookie(struct stile_req *r)
{
	put_cookie(r, &(struct stile_cookie){
	    .name = stile_path(r, "name"), .value = stile_path(r, "value") });
	return back_to_cookies(r);
}

static int
set_cookies(struct stile_req *r)
{
	const struct stile_table	*t = stile_query_table(r);
	struct stile_str		 name, value;
	size_t				 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, &value); i++)
		put_cookie(r, &(struct stile_cookie){ .name = name.p,
		    .value = value.p });
	return back_to_cookies(r);
}

static int
delete_cookies(struct stile_req *r)
{
	const struct stile_table	*t = stile_query_table(r);
	struct stile_str		 name;
	size_t				 i;

	for (i = 0; t != NULL && stile_table_at(t, i, &name, NULL); i++)
		put_cookie(r, &(struct stile_cookie){ .name = name.p,
		    .value = "", .max_age = -1 });
	return back_to_cookies(r);
}

/* ---- authentication --------------------------------------------------- */

static bool
is_authentic(struct stile_req *r)
{
	const char	*user, *password;

	return stile_auth_basic(r, &user, &password) &&
	    strcmp(user, stile_path(r, "user")) == 0 &&
	    strcmp(password, stile_path(r, "passwd")) == 0;
}

static int
welcome(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("authenticated",
	    stile_bool(true), "user", stile_path(r, "user")));
}

static int
basic_auth(struct stile_req *r)
{
	if (is_authentic(r))
		return welcome(r);
	stile_header_set(r, "WWW-Authenticate", "Basic realm=\"Fake Realm\"");
	return stile_send_empty(r, 401);
}

static int
hidden_basic_auth(struct stile_req *r)
{
	return is_authentic(r) ? welcome(r) : stile_send_empty(r, 404);
}

static int
bearer(struct stile_req *r)
{
	const char	*token = stile_auth_bearer(r);

	if (token != NULL)
		return stile_send_object(r, 200, STILE_ARGS("authenticated",
		    stile_bool(true), "token", token));
	stile_header_set(r, "WWW-Authenticate", "Bearer");
	return stile_send_empty(r, 401);
}

/* ---- caching and ranges ----------------------------------------------- */

static const struct stile_schema etag_rows[] = {
	{ "etag", STILE_STRING, .in = STILE_IN_PATH, .max = 500,
	    .pattern = "^[^\\x00-\\x20\"\\x7F]+$", .example = "v1",
	    .description = "Without blanks and quotes." },
	{ 0 }
};

static const struct stile_schema etag_params = {
	.type = STILE_OBJECT, .properties = etag_rows,
	.unknown = STILE_UNKNOWN_IGNORED,
};

static int
etag(struct stile_req *r)
{
	stile_etag(r, stile_path(r, "etag"));
	stile_preconditions(r);
	return stile_send_json(r, 200, describe(r));
}

/* Anything conditional is answered as if nothing had changed. */
static int
cache(struct stile_req *r)
{
	if (stile_header(r, "If-Modified-Since") != NULL ||
	    stile_header(r, "If-None-Match") != NULL)
		return stile_send_empty(r, 304);
	stile_last_modified(r, (int64_t)time(NULL));
	stile_etag(r, stile_req_id(r));
	return stile_send_json(r, 200, describe(r));
}

static int
cache_for(struct stile_req *r)
{
	stile_cache_control(r, stile_arena_printf(stile_req_arena(r),
	    "public, max-age=%" PRId64, stile_path_int(r, "n")));
	return stile_send_json(r, 200, describe(r));
}

static int64_t
byte_count(struct stile_req *r)
{
	int64_t	n = stile_path_int(r, "n");

	return n < BYTES_MAX ? n : BYTES_MAX;
}

static int
range(struct stile_req *r)
{
	size_t	i, n = (size_t)byte_count(r);
	char	*p;

	if ((p = stile_arena_alloc(stile_req_arena(r), n, 1)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < n; i++)
		p[i] = (char)('a' + i % 26);
	stile_header_set(r, "Accept-Ranges", "bytes");
	stile_etag(r, stile_arena_printf(stile_req_arena(r), "range%zu", n));
	return stile_send(r, 200, "application/octet-stream", p, n);
}

/* ---- bytes and streams ------------------------------------------------ */

struct random_bytes {
	struct stile_value	seed;	/* or absent */
	int			chunk;
};

static const struct stile_schema bytes_rows[] = {
	{ "seed", STILE_INTEGER, STILE_AT(struct random_bytes, seed),
	    .min = 0, .max = INT64_MAX,
	    .description = "The same makes the same bytes." },
	{ 0 }
};

static const struct stile_schema bytes_params = {
	.type = STILE_OBJECT, .properties = bytes_rows,
	.unknown = STILE_UNKNOWN_IGNORED, .size = sizeof(struct random_bytes),
};

static const struct stile_schema stream_bytes_rows[] = {
	{ "seed", .ref = &bytes_rows[0],
	    STILE_AT(struct random_bytes, seed) },
	{ "chunk_size", STILE_INTEGER, STILE_AT(struct random_bytes, chunk),
	    .min = 1, .max = BYTES_MAX, .absent = "10240" },
	{ 0 }
};

static const struct stile_schema stream_bytes_params = {
	.type = STILE_OBJECT, .properties = stream_bytes_rows,
	.unknown = STILE_UNKNOWN_IGNORED, .size = sizeof(struct random_bytes),
};

static void
fill(struct stile_req *r, unsigned char *p, size_t n)
{
	const struct random_bytes	*how = stile_params(r);
	uint64_t			 x;
	size_t				 i;

	x = (how->seed.type == STILE_INT ? (uint64_t)how->seed.u.i :
	    arc4random()) * 2 + 1;
	for (i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p[i] = (unsigned char)(x >> 56);
	}
}

static int
bytes(struct stile_req *r)
{
	size_t		 n = (size_t)byte_count(r);
	unsigned char	*p;

	if ((p = stile_arena_alloc(stile_req_arena(r), n, 1)) == NULL)
		return stile_fail(r, 503, "no memory");
	fill(r, p, n);
	return stile_send(r, 200, "application/octet-stream", p, n);
}

static int
write_bytes(struct stile_req *r, void *arg)
{
	const struct random_bytes	*how = stile_params(r);
	const size_t			 n = (size_t)byte_count(r);
	unsigned char			*p = arg;
	size_t				 i, k;

	for (i = 0; i < n; i += k) {
		k = (size_t)how->chunk;
		if (k > n - i)
			k = n - i;
		stile_write(r, p + i, k);
		stile_flush(r);
	}
	return stile_failed(r);
}

static int
stream_bytes(struct stile_req *r)
{
	size_t		 n = (size_t)byte_count(r);
	unsigned char	*p;

	if ((p = stile_arena_alloc(stile_req_arena(r), n, 1)) == NULL)
		return stile_fail(r, 503, "no memory");
	fill(r, p, n);
	return stile_send_stream(r, 200, "application/octet-stream",
	    write_bytes, p);
}

static int
write_lines(struct stile_req *r, void *arg)
{
	struct json_object	*o = arg;
	const char		*s;
	int64_t			 i, n = stile_path_int(r, "n");

	for (i = 0; i < n && i < COUNT_MAX; i++) {
		put(o, "id", json_object_new_int64(i));
		s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
		    JSON_C_TO_STRING_NOSLASHESCAPE);
		stile_write(r, s, strlen(s));
		stile_write(r, "\n", 1);
		stile_flush(r);
	}
	return stile_failed(r);
}

static void
release(void *o)
{
	json_object_put(o);
}

/* To HEAD, no line is written: the request's end gives the object back. */
static int
stream(struct stile_req *r)
{
	struct json_object	*o = describe(r);

	if (stile_arena_defer(stile_req_arena(r), release, o) != STILE_OK)
		return stile_fail(r, 503, "no memory");
	return stile_send_stream(r, 200, "application/json", write_lines, o);
}

struct drip {
	int	numbytes, duration, delay, code;	/* in seconds */
};

static const struct stile_schema drip_rows[] = {
	{ "numbytes", STILE_INTEGER, STILE_AT(struct drip, numbytes),
	    .min = 1, .max = BYTES_MAX, .absent = "10" },
	{ "duration", STILE_INTEGER, STILE_AT(struct drip, duration),
	    .min = 0, .max = SECONDS_MAX, .absent = "2",
	    .description = "Seconds from the first byte to the last." },
	{ "delay", STILE_INTEGER, STILE_AT(struct drip, delay),
	    .min = 0, .max = SECONDS_MAX, .absent = "2",
	    .description = "Seconds before the answer." },
	{ "code", STILE_INTEGER, STILE_AT(struct drip, code),
	    .min = 200, .max = 599, .absent = "200" },
	{ 0 }
};

static const struct stile_schema drip_params = {
	.type = STILE_OBJECT, .properties = drip_rows,
	.unknown = STILE_UNKNOWN_IGNORED, .size = sizeof(struct drip),
};

static int
drip(struct stile_req *r)
{
	const struct drip	*d = stile_params(r);
	int64_t			 ns = (int64_t)d->duration * 1000000000 /
				    d->numbytes;
	struct timespec		 first = { d->delay, 0 };
	struct timespec		 pause = { (time_t)(ns / 1000000000),
				    (long)(ns % 1000000000) };
	int			 i;

	nanosleep(&first, NULL);
	if (stile_begin_stream(r, d->code,
	    "application/octet-stream") != STILE_OK)
		return stile_failed(r);
	for (i = 0; i < d->numbytes && !stile_client_gone(r); i++) {
		stile_write(r, "*", 1);
		stile_flush(r);
		nanosleep(&pause, NULL);
	}
	return stile_failed(r);
}

/* ---- pages ------------------------------------------------------------ */

static int
links(struct stile_req *r)
{
	int64_t			 i, n = stile_path_int(r, "n");
	int64_t			 offset = stile_path_int(r, "offset");
	struct stile_buf	*b;

	if (n > 2 * COUNT_MAX)
		n = 2 * COUNT_MAX;
	if ((b = stile_buf_new(stile_req_arena(r), BYTES_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	stile_buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<title>Links</title></head><body>");
	for (i = 0; i < n; i++)
		if (i == offset)
			stile_buf_printf(b, "%" PRId64 " ", i);
		else
			stile_buf_printf(b, "<a href='%s'>%" PRId64 "</a> ",
			    stile_url(r, "links", STILE_ARGS(n, i)), i);
	stile_buf_puts(b, "</body></html>\n");
	return stile_send_buf(r, 200, "text/html; charset=utf-8", b);
}

static int
base64(struct stile_req *r)
{
	struct stile_str	 s = stile_str(stile_path(r, "value"));
	size_t			 n;
	char			*p;

	/* Filled up or not. */
	while (s.len > 0 && s.p[s.len - 1] == '=')
		s.len--;
	p = stile_base64_decode(stile_req_arena(r), s, STILE_BASE64_URL, &n);
	if (p == NULL)
		return stile_fail(r, 400, "value: base64url is expected");
	return stile_send(r, 200, "text/plain; charset=utf-8", p, n);
}

static int
uuid(struct stile_req *r)
{
	unsigned char	b[16];

	arc4random_buf(b, sizeof(b));
	/* Version 4, RFC 9562, section 5.4. */
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	return stile_send_object(r, 200, STILE_ARGS("uuid", stile_arena_printf(
	    stile_req_arena(r), "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
	    b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15])));
}

static int
send_page(struct stile_req *r, const char *path)
{
	const struct page	*p;

	for (p = pages; p->path != NULL; p++)
		if (strcmp(p->path, path) == 0)
			return stile_send(r, 200, p->type, p->p, p->n);
	return stile_fail(r, 404, "no such page");
}

/* A page that is always the same, by the route's own path. */
static int
page(struct stile_req *r)
{
	return send_page(r, stile_req_route(r));
}

/* The image that Accept likes best. */
static int
image(struct stile_req *r)
{
	static const char *const	routes[] = {
		"/image/png", "/image/jpeg", "/image/svg", "/image/webp",
	};
	static const struct stile_str	offers[] = {
		STILE_STR_INIT("image/png"), STILE_STR_INIT("image/jpeg"),
		STILE_STR_INIT("image/svg+xml"), STILE_STR_INIT("image/webp"),
	};

	return send_page(r, routes[stile_accept(r, STILE_ACCEPT_TYPE, offers,
	    4)]);
}

/* ---- routes ----------------------------------------------------------------- */

#define JSON(schema, text)						\
	STILE_RESPONSES({ 200, &(schema), .description = (text) })
#define BYTES_OF(media, text)						\
	STILE_RESPONSES({ 200, .description = (text), .type = (media) })
#define LEADS_ON							\
	STILE_RESPONSES({ 302, .description = "It leads on." })

static const struct stile_response	gives_request[] = {
	{ 200, &request_schema, .description = "What was sent." }, { 0 }
};
static const struct stile_response	gives_whole[] = {
	{ 200, &whole_schema, .description = "What was sent." }, { 0 }
};
static const struct stile_response	gives_anything[] = {
	{ 200, &anything_schema, .description = "What was sent." }, { 0 }
};
static const struct stile_response	gives_redirect[] = {
	{ 301, .description = "Moved for good." },
	{ 302, .description = "Found elsewhere." },
	{ 303, .description = "See elsewhere." },
	{ 307, .description = "Elsewhere, with the same method." },
	{ 308, .description = "Elsewhere for good, with the same method." },
	{ 0 }
};
static const struct stile_response	gives_image[] = {
	{ 200, .description = "As a PNG.", .type = "image/png" },
	{ 200, .description = "As a JPEG.", .type = "image/jpeg" },
	{ 200, .description = "As an SVG.", .type = "image/svg+xml" },
	{ 200, .description = "As a WebP.", .type = "image/webp" },
	{ 0 }
};

static const struct stile_route routes[] = {
	{ "GET", "/", page, .name = "index",
	    .summary = "What there is",
	    .responses = BYTES_OF("text/html", "A page.") },
	{ "GET", "/get", get, .name = "get",
	    .summary = "Say back a GET",
	    .responses = gives_request },
	{ "POST", "/post", post, .name = "post",
	    .summary = "Say back a POST",
	    .responses = gives_whole },
	{ "PUT", "/put", post, .name = "put",
	    .summary = "Say back a PUT",
	    .responses = gives_whole },
	{ "PATCH", "/patch", post, .name = "patch",
	    .summary = "Say back a PATCH",
	    .responses = gives_whole },
	{ "DELETE", "/delete", post, .name = "delete",
	    .summary = "Say back a DELETE",
	    .responses = gives_whole },
	{ "*", "/anything", anything, .name = "anything",
	    .summary = "Say back anything",
	    .responses = gives_anything },
	{ "*", "/anything/{rest:path}", anything, .name = "anything-at",
	    .summary = "Say back anything",
	    .responses = gives_anything },
	{ "GET", "/headers", headers, .name = "headers",
	    .summary = "Say back the headers",
	    .responses = JSON(headers_schema, "The headers.") },
	{ "GET", "/ip", ip, .name = "ip",
	    .summary = "Say where it came from",
	    .responses = JSON(origin_schema, "The address.") },
	{ "GET", "/user-agent", user_agent, .name = "user-agent",
	    .summary = "Say back the User-Agent",
	    .responses = JSON(user_agent_schema, "The User-Agent.") },
	{ "*", "/status/{codes}", status, .name = "status",
	    .summary = "Answer with a status",
	    .params = &codes_params },
	{ "GET", "/redirect/{n:int}", redirect, .name = "redirect",
	    .summary = "Redirect n times",
	    .params = &redirect_params, .responses = LEADS_ON },
	{ "GET", "/relative-redirect/{n:int}", redirect, .name = "relative-redirect",
	    .summary = "Redirect n times, by paths",
	    .params = &redirect_params, .responses = LEADS_ON },
	{ "GET", "/absolute-redirect/{n:int}", absolute_redirect,
	    .name = "absolute-redirect",
	    .summary = "Redirect n times, by URLs",
	    .params = &redirect_params, .responses = LEADS_ON },
	{ "*", "/redirect-to", redirect_to, .name = "redirect-to",
	    .summary = "Redirect to a URL",
	    .params = &target_params, .responses = gives_redirect },
	{ "GET", "/cookies", cookies, .name = "cookies",
	    .summary = "Say back the cookies",
	    .responses = JSON(cookies_schema, "The cookies.") },
	{ "GET", "/cookies/set", set_cookies, .name = "set-cookies",
	    .summary = "Set a cookie for each parameter",
	    .responses = LEADS_ON },
	{ "GET", "/cookies/set/{name}/{value}", set_cookie, .name = "set-cookie",
	    .summary = "Set a cookie",
	    .params = &cookie_params, .responses = LEADS_ON },
	{ "GET", "/cookies/delete", delete_cookies, .name = "delete-cookies",
	    .summary = "Delete a cookie for each parameter",
	    .responses = LEADS_ON },
	{ "GET", "/basic-auth/{user}/{passwd}", basic_auth, .name = "basic-auth",
	    .summary = "Ask for a password",
	    .responses = STILE_RESPONSES({ 200, &user_schema,
	    .description = "It is right." }, { 401,
	    .description = "It is not." }) },
	{ "GET", "/hidden-basic-auth/{user}/{passwd}", hidden_basic_auth,
	    .name = "hidden-basic-auth",
	    .summary = "Take a password without asking",
	    .responses = STILE_RESPONSES({ 200, &user_schema,
	    .description = "It is right." }, { 404,
	    .description = "It is not." }) },
	{ "GET", "/bearer", bearer, .name = "bearer",
	    .summary = "Ask for a token",
	    .responses = STILE_RESPONSES({ 200, &token_schema,
	    .description = "There is one." }, { 401,
	    .description = "There is none." }) },
	{ "GET", "/etag/{etag}", etag, .name = "etag",
	    .summary = "Answer with an entity tag",
	    .params = &etag_params, .responses = gives_request },
	{ "GET", "/cache", cache, .name = "cache",
	    .summary = "Answer 304 to anything conditional",
	    .responses = STILE_RESPONSES({ 200, &request_schema,
	    .description = "What was sent." }, { 304,
	    .description = "Nothing has changed." }) },
	{ "GET", "/cache/{n:int}", cache_for, .name = "cache-for",
	    .summary = "Be cached for n seconds",
	    .responses = gives_request },
	{ "GET", "/response-headers", response_headers, .name = "response-headers",
	    .summary = "Answer with each parameter as a header",
	    .responses = JSON(pairs_schema, "The headers.") },
	{ "POST", "/response-headers", response_headers, .name = "response-headers",
	    .summary = "Answer with each parameter as a header",
	    .responses = JSON(pairs_schema, "The headers.") },
	{ "GET", "/range/{n:int}", range, .name = "range",
	    .summary = "Send n bytes, or a range of them",
	    .responses = BYTES_OF("application/octet-stream", "The alphabet.") },
	{ "GET", "/bytes/{n:int}", bytes, .name = "bytes",
	    .summary = "Send n bytes",
	    .params = &bytes_params,
	    .responses = BYTES_OF("application/octet-stream", "Any bytes.") },
	{ "GET", "/stream/{n:int}", stream, .name = "stream",
	    .summary = "Send n lines of JSON",
	    .responses = BYTES_OF("application/json", "What was sent, line by line.") },
	{ "GET", "/stream-bytes/{n:int}", stream_bytes, .name = "stream-bytes",
	    .summary = "Send n bytes as a stream",
	    .params = &stream_bytes_params,
	    .responses = BYTES_OF("application/octet-stream", "Any bytes.") },
	{ "GET", "/drip", drip, .name = "drip",
	    .summary = "Send bytes slowly",
	    .params = &drip_params },
	{ "*", "/delay/{n:int}", delay, .name = "delay",
	    .summary = "Wait n seconds, at most 10",
	    .responses = gives_whole },
	{ "GET", "/links/{n:int}/{offset:int}", links, .name = "links",
	    .summary = "Send a page of n links",
	    .responses = BYTES_OF("text/html", "A page.") },
	{ "GET", "/base64/{value}", base64, .name = "base64",
	    .summary = "Decode base64url",
	    .responses = STILE_RESPONSES({ 200, .type = "text/plain",
	    .description = "What it stands for." }, { 400,
	    .description = "It is none." }) },
	{ "GET", "/uuid", uuid, .name = "uuid",
	    .summary = "Make a UUID",
	    .responses = JSON(uuid_schema, "A random one.") },
	{ "GET", "/json", page, .name = "json",
	    .summary = "Send JSON",
	    .responses = JSON(any_schema, "A document.") },
	{ "GET", "/html", page, .name = "html",
	    .summary = "Send HTML",
	    .responses = BYTES_OF("text/html", "A page.") },
	{ "GET", "/xml", page, .name = "xml",
	    .summary = "Send XML",
	    .responses = BYTES_OF("application/xml", "A document.") },
	{ "GET", "/robots.txt", page, .name = "robots",
	    .summary = "Send rules for robots",
	    .responses = BYTES_OF("text/plain", "The rules.") },
	{ "GET", "/deny", page, .name = "deny",
	    .summary = "Send what robots should not see",
	    .responses = BYTES_OF("text/plain", "A text.") },
	{ "GET", "/encoding/utf8", page, .name = "utf8",
	    .summary = "Send UTF-8",
	    .responses = BYTES_OF("text/html", "A page.") },
	{ "GET", "/forms/post", page, .name = "form",
	    .summary = "Send a form",
	    .responses = BYTES_OF("text/html", "A page.") },
	{ "GET", "/image", image, .name = "image",
	    .summary = "Send the image that Accept likes best",
	    .responses = gives_image },
	{ "GET", "/image/png", page, .name = "png",
	    .summary = "Send a PNG",
	    .responses = BYTES_OF("image/png", "An image.") },
	{ "GET", "/image/jpeg", page, .name = "jpeg",
	    .summary = "Send a JPEG",
	    .responses = BYTES_OF("image/jpeg", "An image.") },
	{ "GET", "/image/svg", page, .name = "svg",
	    .summary = "Send an SVG",
	    .responses = BYTES_OF("image/svg+xml", "An image.") },
	{ "GET", "/image/webp", page, .name = "webp",
	    .summary = "Send a WebP",
	    .responses = BYTES_OF("image/webp", "An image.") },
	{ "POST", "/upload", upload, .name = "upload",
	    .summary = "Say what files there are",
	    .responses = STILE_RESPONSES({ 200, &parts_schema,
	    .description = "The files." }, { 415,
	    .description = "It is no form." }),
	    .limits = { .body = (size_t)2 << 30 } },
	{ 0 }
};

/* Anyone's page may try it out. */
static const struct stile_cors cors = {
	.origins = "*", .methods = "PUT PATCH DELETE OPTIONS", .headers = "*",
	.max_age_secs = 3600,
};

static const struct stile_app app = {
	.name = "httpbin", .version = "1.0",
	.summary = "says back what was sent, and answers as it is asked to",
	.routes = routes, .cors = &cors,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
