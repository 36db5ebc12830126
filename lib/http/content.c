/* SPDX-License-Identifier: ISC */
/*
 * The body by its type: forms and JSON.  Another type, another charset than
 * UTF-8, or a compressed body is 415 (RFC 9110, section 15.5.16).
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "stile/urlencoded.h"
#include "codec/field.h"
#include "codec/json.h"
#include "http/req.h"
#include "base/banned.h"

static bool
is_json(struct stile_str type)
{
	static const struct stile_str	suffix = STILE_STR_INIT("+json");

	return stile_str_caseeq(type, STR("application/json")) ||
	    (type.len > suffix.len && stile_str_caseeq((struct stile_str){
	    type.p + type.len - suffix.len, suffix.len }, suffix));
}

static bool
is_urlencoded(struct stile_str type)
{
	return stile_str_caseeq(type, STR("application/x-www-form-urlencoded"));
}

static bool
is_multipart(struct stile_str type)
{
	return stile_str_caseeq(type, STR("multipart/form-data"));
}

static bool
is_form(struct stile_str type)
{
	return is_urlencoded(type) || is_multipart(type);
}

bool
stile__is_form_body(const struct stile_req *r)
{
	return is_form(stile__media_type(
	    stile_str(r->known[V_CONTENT_TYPE])));
}

/* ASCII is a part of it, and some senders say so of all their fields. */
bool
stile__is_utf8(struct stile_str charset)
{
	return stile_str_caseeq(charset, STR("utf-8")) ||
	    stile_str_caseeq(charset, STR("us-ascii"));
}

/* The type, in UTF-8 and not compressed; else 415. */
static bool
check_type(struct stile_req *r, bool (*is)(struct stile_str),
    const char *expected)
{
	struct stile_str	type, charset;

	if (stile_failed(r) != STILE_OK)
		return false;
	type = stile_str(r->known[V_CONTENT_TYPE]);
	if (!is(stile__media_type(type))) {
		stile_fail(r, 415, "a body of type %s is expected", expected);
		return false;
	}
	if (stile__media_param(type, "charset", &charset) &&
	    !stile__is_utf8(charset)) {
		stile_fail(r, 415, "only the charset UTF-8 is accepted");
		return false;
	}
	return stile__check_coding(r);
}

static void
read_urlencoded(struct stile_req *r)
{
	struct stile_error	e = { 0 };
	struct stile_str	body = stile_body(r);

	if (stile_failed(r) == STILE_OK && stile_urlencoded_parse(r->arena,
	    body, r->max.params, &r->form, &e) != STILE_OK)
		stile_fail_error(r, &e);
}

const struct stile_table *
stile_form_table(struct stile_req *r)
{
	if (r->form != NULL || !check_type(r, is_form,
	    "application/x-www-form-urlencoded or multipart/form-data"))
		return r->form;
	if (is_multipart(stile__media_type(
	    stile_str(r->known[V_CONTENT_TYPE]))))
		stile__upload_read(r);
	else
		read_urlencoded(r);
	return r->form;
}

bool
stile__check_multipart(struct stile_req *r)
{
	return check_type(r, is_multipart, "multipart/form-data");
}

struct json_object *
stile_json(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	struct json_object	*j;
	struct stile_str	 body;

	if (r->json_read || !check_type(r, is_json, "application/json"))
		return r->json;
	r->json_read = true;
	body = stile_body(r);
	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (stile_json_parse(body, r->limits->json_depth, &j, &e) != STILE_OK) {
		stile_fail_error(r, &e);
		return NULL;
	}
	if (stile_arena_defer(r->arena, stile__json_put, j) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return r->json = j;
}
