/* SPDX-License-Identifier: ISC */
/*
 * The answer as it is being made: its headers, and what every sender ends in.
 * It is kept until the handler and its hooks are through; nothing is sent
 * before, so a failure can always still become the answer.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "stile/table.h"
#include "codec/field.h"
#include "http/req.h"
#include "base/banned.h"

#define HEADERS_MAX	128

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
	if (value == NULL || !stile__is_token(stile_str(name)) ||
	    !is_field_value(value))
		return stile_fail(r, 500, "header %s: not a field value",
		    stile__is_token(stile_str(name)) ? name : "name");
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

/* A second answer is a bug, and is made visible. */
int
stile__answer(struct stile_req *r, int status, const char *type,
    const struct req_body *body)
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
	r->res.body = *body;
	return STILE_OK;
}

/*
 * With 200, Location makes CGI's answer a redirect, and one to a path is not
 * told to the client but followed by the web server itself, past what it would
 * refuse to a client (RFC 3875, section 6.2.2).
 */
void
stile__res_check(struct stile_req *r)
{
	if (r->res.status == 200 && r->res.headers != NULL &&
	    stile_table_get(r->res.headers, "Location") != NULL)
		stile_fail(r, 500, "Location with 200: the web server would "
		    "take it for a redirect");
}

int
stile_type_set(struct stile_req *r, const char *type)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (type == NULL || !is_field_value(type))
		return stile_fail(r, 500, "the type is not a field value");
	if (r->res.status == 0 || r->res.head_sent)
		return stile_fail(r, 500, "the type %s comes too %s", type,
		    r->res.status == 0 ? "early" : "late");
	/* Without a body there is no type. */
	if (r->res.type != NULL)
		r->res.type = type;
	return STILE_OK;
}
