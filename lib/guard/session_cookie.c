/* SPDX-License-Identifier: ISC */
/*
 * Sessions in the cookie itself, sealed: without a table, and so without a way
 * to end one that somebody has copied before its time is up.
 */
#include "base/priv.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/req.h"
#include "stile/sign.h"
#include "stile/str.h"
#include "guard/session.h"
#include "http/req.h"
#include "base/banned.h"

#define COOKIE_MAX	3800	/* bytes: with its name, browsers take 4096 */
#define PURPOSE		"stile session"

/* "[user, created, seen, expires, data]" */
static int64_t
number_at(const struct json_object *list, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(list, i));
}

static bool
load(struct stile_req *r, const char *cookie, struct session *s)
{
	struct stile_str	text;
	struct json_object	*list;

	text = stile_unseal(r, PURPOSE, NULL, cookie);
	if (stile_failed(r) != STILE_OK)
		return false;
	if (text.p == NULL)
		return true;
	if (!session_read_data(r, s, text))
		return false;
	list = s->data;
	s->found = true;
	s->renamed = false;
	s->user = number_at(list, 0);
	s->created = number_at(list, 1);
	s->seen = number_at(list, 2);
	s->expires = number_at(list, 3);
	s->data = json_object_array_get_idx(list, 4);
	return true;
}

static bool
save(struct stile_req *r, struct session *s, const char **cookie)
{
	struct stile_buf	*b;

	if (s->ended)
		return true;
	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	stile_json_write(b, STILE_LIST_OF(s->user, s->created, s->seen,
	    s->expires, s->data));
	if (stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return false;
	}
	*cookie = stile_seal(r, PURPOSE, NULL, stile_buf_view(b),
	    session_idle(r));
	if (*cookie == NULL)
		return false;
	if (strlen(*cookie) <= COOKIE_MAX)
		return true;
	stile_fail(r, 500, "a session in a cookie has %d bytes at most",
	    COOKIE_MAX);
	return false;
}

const struct session_store	session_cookie = { load, save };
