/* SPDX-License-Identifier: ISC */
/*
 * Sessions as handlers have them.
 *
 * A name that comes from outside is never taken over: an unknown one is as if
 * there were none, and what is written then has a new one.  So nobody can give
 * a name to a victim and wait until it is worth something.
 */
#include "base/priv.h"

#include <json-c/json.h>
#include <sodium.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/conf.h"
#include "stile/cookie.h"
#include "stile/json.h"
#include "stile/req.h"
#include "stile/str.h"
#include "base/clock.h"
#include "codec/json.h"
#include "data/db.h"
#include "guard/session.h"
#include "guard/slow.h"
#include "http/req.h"
#include "base/banned.h"

#define CLOSED		"_closed"	/* its cookie has no end */
#define TOUCH_MIN	60		/* seconds */

int64_t
session_now(void)
{
	return stile_now_ms() / 1000;
}

int64_t
session_idle(struct stile_req *r)
{
	return stile_conf_int(r, "session_idle");
}

int64_t
session_max(struct stile_req *r)
{
	return stile_conf_int(r, "session_max");
}

/* ---- the cookie ------------------------------------------------------ */

/* Over TLS a name that no other host and no plain answer can set (RFC 6265bis,
 * section 4.1.3.2). */
static const char *
cookie_name(struct stile_req *r)
{
	const char	*name = stile_conf(r, "session_cookie");

	if (strcmp(stile_req_scheme(r), "https") != 0)
		return name;
	if ((name = stile_arena_printf(r->arena, "__Host-%s", name)) == NULL) {
		stile__fail_nomem(r);
		return "";
	}
	return name;
}

struct stile_str
stile__cookie_name_wrong(const char *name)
{
	static const char	ok[] = "abcdefghijklmnopqrstuvwxyz0123456789-_"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*name != '\0' && name[strspn(name, ok)] == '\0')
		return (struct stile_str){ NULL, 0 };
	return stile_str(name);
}

static const struct session_store *
store_of(struct stile_req *r)
{
	return strcmp(stile_conf(r, "session_store"), "cookie") == 0 ?
	    &session_cookie : &session_db;
}

/* ---- reading ----------------------------------------------------------- */

static void
fresh(struct stile_req *r, struct session *s)
{
	*s = (struct session){ .created = session_now() };
	s->seen = s->created;
	s->expires = s->created + session_max(r);
	s->renamed = true;
}

bool
session_read_data(struct stile_req *r, struct session *s,
    struct stile_str json)
{
	struct stile_error	e = { 0 };

	/* As deep as it may have been, and a list or an object around it. */
	if (stile_json_parse(json, UINT_MAX, &s->data, &e) != STILE_OK) {
		e.status = 500;
		stile_fail_error(r, &e);
		return false;
	}
	if (stile_arena_defer(r->arena, stile__json_put, s->data) ==
	    STILE_OK)
		return true;
	stile__fail_nomem(r);
	return false;
}

/* It begins no transaction: that another one writes is no reason to wait. */
static bool
load(struct stile_req *r, const char *cookie, struct session *s)
{
	bool	was = stile__db_aside(r, true);
	bool	ok = store_of(r)->load(r, cookie, s);

	stile__db_aside(r, was);
	return ok;
}

struct session *
session_of(struct stile_req *r)
{
	const char	*cookie;
	struct session	*s;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (r->session != NULL && !r->session->forgotten)
		return r->session;
	if (sodium_init() < 0) {
		stile_fail(r, 500, "libsodium cannot be used here");
		return NULL;
	}
	if ((s = stile_arena_alloc(r->arena, 1, sizeof(*s))) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	cookie = stile_cookie(r, cookie_name(r));
	fresh(r, s);
	if (stile_failed(r) != STILE_OK ||
	    (cookie != NULL && !load(r, cookie, s)))
		return NULL;
	if (!s->found || s->expires <= session_now() ||
	    s->seen + session_idle(r) <= session_now())
		fresh(r, s);
	if (stile_failed(r) != STILE_OK)
		return NULL;
	r->session = s;
	/* While a failure is shown, there is nothing left to refuse. */
	if (s->found && r->shown.status == 0)
		stile__csrf_guard(r);
	return stile_failed(r) == STILE_OK ? s : NULL;
}

struct session *
session_to_change(struct stile_req *r)
{
	struct session	*s = session_of(r);

	if (s == NULL || !r->res.head_sent)
		return s;
	stile_fail(r, 500, "a session cannot change once the answer has "
	    "begun");
	return NULL;
}

void
stile__session_forget(struct stile_req *r)
{
	if (r->session == NULL || !r->session->changed)
		return;
	r->session->forgotten = true;
	r->identity = NULL;
}

/* ---- values -------------------------------------------------------------- */

struct json_object *
session_data(struct stile_req *r, struct session *s)
{
	if (s->data != NULL)
		return s->data;
	if ((s->data = json_object_new_object()) == NULL ||
	    stile_arena_defer(r->arena, stile__json_put, s->data) !=
	    STILE_OK) {
		s->data = NULL;
		stile__fail_nomem(r);
	}
	return s->data;
}

struct stile_value
stile_session_get(struct stile_req *r, const char *name)
{
	static const struct stile_value	none = { .type = STILE_ABSENT };
	struct session			*s = session_of(r);
	struct json_object		*j;

	if (s == NULL || s->data == NULL ||
	    !json_object_object_get_ex(s->data, name, &j))
		return none;
	return stile__json_value(j);
}

static struct json_object *
to_json(struct stile_req *r, struct stile_value v)
{
	struct stile_buf	*b = stile_buf_new(r->arena, SESSION_MAX);
	struct stile_error	 e = { 0 };
	struct json_object	*j = NULL;

	if (b == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	stile_json_write(b, v);
	if (stile_buf_err(b) == STILE_ETOOBIG)
		stile_fail(r, 500, "a session has %d bytes at most",
		    SESSION_MAX);
	else if (stile_buf_err(b) == STILE_ENOMEM)
		stile__fail_nomem(r);
	else if (stile_buf_err(b) != STILE_OK)
		stile_fail(r, 500, "a session cannot keep this value: %s",
		    stile_err_name(stile_buf_err(b)));
	else if (stile_json_parse(stile_buf_view(b), 0, &j, &e) != STILE_OK) {
		e.status = 500;
		stile_fail_error(r, &e);
	}
	return j;
}

int
stile_session_set(struct stile_req *r, const char *name, struct stile_value v)
{
	struct session		*s = session_to_change(r);
	struct json_object	*data, *j;

	if (s == NULL || (data = session_data(r, s)) == NULL)
		return STILE_EFAILED;
	s->changed = true;
	if (v.type == STILE_ABSENT) {
		json_object_object_del(data, name);
		return STILE_OK;
	}
	j = to_json(r, v);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (json_object_object_add(data, name, j) == 0)
		return STILE_OK;
	json_object_put(j);
	return stile__fail_nomem(r);
}

/* ---- whose it is ------------------------------------------------------------ */

int64_t
stile_session_user(struct stile_req *r)
{
	struct session	*s = session_of(r);

	return s != NULL ? s->user : 0;
}

int
stile_session_rotate(struct stile_req *r)
{
	struct session	*s = session_to_change(r);

	if (s == NULL)
		return STILE_EFAILED;
	s->renamed = s->changed = true;
	return STILE_OK;
}

/* What nobody put there goes on; what another user did does not. */
int
stile_session_login(struct stile_req *r, int64_t user)
{
	struct session	*s = session_to_change(r);

	if (s == NULL)
		return STILE_EFAILED;
	/* Nor does another site log a browser in as somebody of its choice. */
	stile__csrf_guard_login(r);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (s->user != 0 && s->user != user)
		s->data = NULL;
	/* A token from before was perhaps somebody else's page's. */
	if (s->data != NULL) {
		json_object_object_del(s->data, SESSION_CSRF);
		json_object_object_del(s->data, CLOSED);
	}
	/* Who asks is another one now. */
	r->identity = NULL;
	s->user = user;
	s->logged_in = true;
	s->ended = false;
	s->created = session_now();
	s->expires = s->created + session_max(r);
	return stile_session_rotate(r);
}

int
stile_session_logout(struct stile_req *r)
{
	struct session	*s = session_to_change(r);

	if (s == NULL)
		return STILE_EFAILED;
	r->identity = NULL;
	s->ended = s->changed = true;
	s->user = 0;
	s->data = NULL;
	return STILE_OK;
}

int
stile_session_last(struct stile_req *r, int64_t seconds)
{
	struct session		*s = session_of(r);
	struct stile_value	 closed = { .type = STILE_ABSENT };
	int64_t			 last;

	if (s == NULL)
		return STILE_EFAILED;
	last = s->created + session_max(r);
	if (seconds <= 0)
		closed = stile_bool(true);
	else if (session_now() < last - seconds)
		last = session_now() + seconds;
	s->expires = last;
	if (stile_session_set(r, CLOSED, closed) != STILE_OK)
		return STILE_EFAILED;
	/* The cookie says it again. */
	return stile_session_rotate(r);
}

/* ---- writing --------------------------------------------------------------------- */

static void
put_cookie(struct stile_req *r, const struct session *s, const char *value)
{
	bool	closed = s->data != NULL &&
		    json_object_object_get_ex(s->data, CLOSED, NULL);
	const struct stile_cookie	c = {
		.name = cookie_name(r), .value = value,
		.max_age = closed ? 0 : s->expires - session_now(),
	};

	/* Nothing between may keep what is for one browser. */
	stile_header_set(r, "Cache-Control", "no-store");
	if (value != NULL)
		stile_cookie_set(r, &c);
	else
		stile_cookie_remove(r, &c);
}

/* How often it is noted that it is in use: not with every request. */
static bool
is_stale(struct stile_req *r, const struct session *s)
{
	int64_t	idle = session_idle(r);
	int64_t	every = idle / 100;

	/* And where that is short, before it is over. */
	if (every < TOUCH_MIN)
		every = idle / 4 < TOUCH_MIN ? idle / 4 : TOUCH_MIN;
	return s->found && session_now() - s->seen >= every;
}

void
stile__session_save(struct stile_req *r)
{
	struct session	*s = r->session;
	const char	*cookie = NULL;

	if (s == NULL)
		return;
	/* Another browser may get another answer. */
	stile_vary(r, "Cookie");
	if (r->res.status >= 500 || s->forgotten ||
	    (!s->changed && !is_stale(r, s)))
		return;
	/* What never was need not end. */
	if (s->ended && !s->found)
		return;
	s->seen = session_now();
	if (!store_of(r)->save(r, s, &cookie))
		return;
	if (s->ended || cookie != NULL)
		put_cookie(r, s, s->ended ? NULL : cookie);
	if (s->device != 0 && !s->ended)
		stile__login_device(r, s->device);
}
