/* SPDX-License-Identifier: ISC */
/*
 * The answer: kept in memory until the handler and its hooks are through, then
 * written in CGI's format (RFC 3875, section 6).  Nothing is sent before, so a
 * failure can always still become the answer.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "stile/table.h"
#include "codec/json.h"
#include "http/req.h"
#include "base/banned.h"

#define HEADERS_MAX	128
#define HEAD_MAX	(64 * 1024)
#define JSON_MAX	(64 * 1024 * 1024)

/* RFC 9110, section 15, and those of RFC 6585. */
static const struct {
	int		 status;
	const char	*phrase;
} phrases[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" }, { 205, "Reset Content" },
	{ 206, "Partial Content" }, { 300, "Multiple Choices" },
	{ 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" },
	{ 304, "Not Modified" }, { 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" }, { 400, "Bad Request" },
	{ 401, "Unauthorized" }, { 402, "Payment Required" },
	{ 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
	{ 411, "Length Required" }, { 412, "Precondition Failed" },
	{ 413, "Content Too Large" }, { 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" }, { 418, "I'm a teapot" },
	{ 421, "Misdirected Request" }, { 422, "Unprocessable Content" },
	{ 423, "Locked" }, { 424, "Failed Dependency" },
	{ 425, "Too Early" }, { 426, "Upgrade Required" },
	{ 428, "Precondition Required" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" }, { 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
	{ 511, "Network Authentication Required" },
};

const char *
stile_status_phrase(int status)
{
	size_t	i;

	for (i = 0; i < NELEM(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

int
stile_status(const struct stile_req *r)
{
	return r->res.status;
}

/* What would end the field or its line early is refused (CR, LF, controls). */
static bool
is_field_value(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7F)
			return false;
	return true;
}

/* What the answer itself decides: twice, they would contradict it. */
static bool
is_ours(const char *name)
{
	static const char *const names[] = {
		"Connection", "Content-Length", "Content-Type", "Status",
		"Transfer-Encoding",
	};
	size_t	i;

	for (i = 0; i < NELEM(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

int
stile__put_header(struct stile_req *r, struct stile_table **t, const char *name,
    const char *value, bool replace)
{
	enum stile_err	rc;

	if (is_ours(name))
		return stile_fail(r, 500, "header %s: the library sends it",
		    name);
	if (value == NULL || !stile__is_token(name) || !is_field_value(value))
		return stile_fail(r, 500, "header %s: not a field value",
		    stile__is_token(name) ? name : "name");
	if (*t == NULL && (*t = stile_table_new(r->arena, STILE_NOCASE,
	    HEADERS_MAX)) == NULL)
		return stile__fail_nomem(r);
	rc = (replace ? stile_table_set : stile_table_add)(*t, stile_str(name),
	    stile_str(value));
	if (rc == STILE_ETOOBIG)
		return stile_fail(r, 500, "more than %d headers", HEADERS_MAX);
	return rc == STILE_OK ? STILE_OK : stile__fail_nomem(r);
}

int
stile_header_set(struct stile_req *r, const char *name, const char *value)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	return stile__put_header(r, &r->res.headers, name, value, true);
}

int
stile_header_add(struct stile_req *r, const char *name, const char *value)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	return stile__put_header(r, &r->res.headers, name, value, false);
}

void
stile_header_remove(struct stile_req *r, const char *name)
{
	if (r->res.headers != NULL)
		stile_table_remove(r->res.headers, name);
}

/* Every sender ends here.  A second answer is a bug, and is made visible. */
static int
answer(struct stile_req *r, int status, const char *type, struct stile_str body)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (r->res.status != 0)
		return stile_fail(r, 500, "answered twice: %d, then %d",
		    r->res.status, status);
	if (status < 200 || status > 599)
		return stile_fail(r, 500, "%d is not a status to send", status);
	if (type != NULL && !is_field_value(type))
		return stile_fail(r, 500, "the type is not a field value");
	r->res.status = status;
	r->res.type = type;
	r->res.body = body;
	return STILE_OK;
}

int
stile_send(struct stile_req *r, int status, const char *type, const void *p,
    size_t n)
{
	struct stile_str	body = { p, n };

	if ((body.p = stile_arena_dup(r->arena, body)) == NULL)
		return stile__fail_nomem(r);
	return answer(r, status, type, body);
}

int
stile_send_text(struct stile_req *r, int status, const char *s)
{
	return stile_send(r, status, "text/plain; charset=utf-8", s, strlen(s));
}

int
stile_send_html(struct stile_req *r, int status, const char *s)
{
	return stile_send(r, status, "text/html; charset=utf-8", s, strlen(s));
}

int
stile_send_empty(struct stile_req *r, int status)
{
	return answer(r, status, NULL, STR(""));
}

int
stile_send_buf(struct stile_req *r, int status, const char *type,
    const struct stile_buf *b)
{
	switch (stile_buf_err(b)) {
	case STILE_OK:
		return answer(r, status, type, stile_buf_view(b));
	case STILE_ETOOBIG:
		return stile_fail(r, 500, "the answer is over its buffer's limit");
	default:
		return stile__fail_nomem(r);
	}
}

int
stile_send_json(struct stile_req *r, int status, struct json_object *j)
{
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK) {
		json_object_put(j);
		return STILE_EFAILED;
	}
	if ((b = stile_buf_new(r->arena, JSON_MAX)) != NULL)
		stile_json_write(b, stile_json_value(j));
	json_object_put(j);
	if (b == NULL)
		return stile__fail_nomem(r);
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_object(struct stile_req *r, int status, struct stile_args args)
{
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((b = stile_buf_new(r->arena, JSON_MAX)) == NULL)
		return stile__fail_nomem(r);
	stile_json_write_object(b, args);
	return stile_send_buf(r, status, "application/json", b);
}

/*
 * A path on this host: "//host" and "/\host" would lead elsewhere, and so would
 * "/<tab>/host", since browsers take tabs out.
 */
static bool
is_local(const char *s)
{
	return s[0] == '/' && s[1] != '/' && s[1] != '\\' &&
	    strpbrk(s, "\t\n\r ") == NULL;
}

int
stile_redirect(struct stile_req *r, int status, const char *location)
{
	if (location == NULL || !is_local(location))
		return stile_fail(r, 500, "a redirect that leaves this host");
	if (status != 301 && status != 302 && status != 303 && status != 307 &&
	    status != 308)
		return stile_fail(r, 500, "%d is not a redirect", status);
	if (stile_header_set(r, "Location", location) != STILE_OK)
		return STILE_EFAILED;
	return stile_send_empty(r, status);
}

static void
write_head(struct stile_req *r, struct stile_buf *b)
{
	struct stile_str	name, value;
	size_t			i;

	stile_buf_printf(b, "Status: %d %s\r\n", r->res.status,
	    stile_status_phrase(r->res.status));
	if (r->res.type != NULL)
		stile_buf_printf(b, "Content-Type: %s\r\n", r->res.type);
	if (r->res.status != 204 && r->res.status != 304)
		stile_buf_printf(b, "Content-Length: %zu\r\n", r->res.body.len);
	for (i = 0; r->res.headers != NULL &&
	    stile_table_at(r->res.headers, i, &name, &value); i++) {
		stile_buf_str(b, name);
		stile_buf_write(b, ": ", 2);
		stile_buf_str(b, value);
		stile_buf_write(b, "\r\n", 2);
	}
	stile_buf_write(b, "\r\n", 2);
}

static bool
has_body(const struct stile_req *r)
{
	return r->res.body.len > 0 && r->res.status != 204 &&
	    r->res.status != 304 && strcmp(stile_req_method(r), "HEAD") != 0;
}

long
stile__res_write(struct stile_req *r)
{
	/* What is left to say when there is no memory for a head. */
	static const char	 bare[] = "Status: 503 Service Unavailable\r\n"
	    "Content-Length: 0\r\n\r\n";
	struct stile_buf	*b;
	struct stile_str	 head;
	enum stile_err		 rc;

	if ((b = stile_buf_new(r->arena, HEAD_MAX)) != NULL)
		write_head(r, b);
	if (b == NULL || stile_buf_err(b) != STILE_OK) {
		r->res.status = 503;
		rc = r->io->write(r->io_arg, bare, sizeof(bare) - 1);
		return rc == STILE_OK ? 0 : rc;
	}
	head = stile_buf_view(b);
	if ((rc = r->io->write(r->io_arg, head.p, head.len)) != STILE_OK)
		return rc;
	if (!has_body(r))
		return 0;
	rc = r->io->write(r->io_arg, r->res.body.p, r->res.body.len);
	return rc == STILE_OK ? (long)r->res.body.len : rc;
}
