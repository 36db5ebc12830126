/* SPDX-License-Identifier: ISC */
/*
 * Parameters by name, as text and typed: of the path, the query, a form, the
 * headers and the cookies.  A typed getter gives a value in its bounds, or
 * fails the request and gives something harmless.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/cookie.h"
#include "stile/date.h"
#include "stile/num.h"
#include "stile/param.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/urlencoded.h"
#include "http/req.h"
#include "base/banned.h"

static const struct req_param *
find_param(struct stile_req *r, const char *name)
{
	struct stile_str	s = stile_str(name);
	size_t			i;

	for (i = 0; i < r->nparams; i++)
		if (stile_str_eq(r->params[i].name, s))
			return &r->params[i];
	stile_fail(r, 500, "the route has no {%s}", name);
	return NULL;
}

const char *
stile_path(struct stile_req *r, const char *name)
{
	const struct req_param	*p = find_param(r, name);

	return p != NULL ? p->text : "";
}

int64_t
stile_path_int(struct stile_req *r, const char *name)
{
	const struct req_param	*p;

	if ((p = find_param(r, name)) == NULL)
		return 0;
	if (p->value.type != STILE_INT) {
		stile_fail(r, 500, "{%s} is not an integer", name);
		return 0;
	}
	return p->value.u.i;
}

const struct stile_table *
stile_query_table(struct stile_req *r)
{
	struct stile_error	e = { 0 };

	if (r->query == NULL && stile_urlencoded_parse(r->arena,
	    stile_str(stile_req_query(r)), r->max.params, &r->query,
	    &e) != STILE_OK) {
		/* It is the URL that is too long, and not a body. */
		if (e.code == STILE_ETOOBIG)
			e.status = 414;
		stile_fail_error(r, &e);
	}
	return r->query;
}

const char *
stile_query(struct stile_req *r, const char *name)
{
	const struct stile_table	*t = stile_query_table(r);

	return t != NULL ? stile_table_get(t, name) : NULL;
}

int64_t
stile_query_int(struct stile_req *r, const char *name, int64_t min, int64_t max,
    int64_t absent)
{
	return stile_param_int(r, STILE_IN_QUERY, name, min, max, absent);
}

const char *
stile_form(struct stile_req *r, const char *name)
{
	const struct stile_table	*t = stile_form_table(r);

	return t != NULL ? stile_table_get(t, name) : NULL;
}

const struct stile_table *
stile_cookie_table(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	const char		*field;

	if (r->cookies != NULL || stile_failed(r) != STILE_OK)
		return r->cookies;
	field = stile_header(r, "Cookie");
	if (stile_cookie_parse(r->arena, stile_str(field != NULL ? field : ""),
	    r->max.params, &r->cookies, &e) != STILE_OK)
		stile_fail_error(r, &e);
	return r->cookies;
}

const char *
stile_cookie(struct stile_req *r, const char *name)
{
	const struct stile_table	*t = stile_cookie_table(r);

	return t != NULL ? stile_table_get(t, name) : NULL;
}

const char *
stile_param(struct stile_req *r, enum stile_in in, const char *name)
{
	static const char *(*const getters[])(struct stile_req *,
	    const char *) = {
		[STILE_IN_PATH] = stile_path, [STILE_IN_QUERY] = stile_query,
		[STILE_IN_FORM] = stile_form, [STILE_IN_HEADER] = stile_header,
		[STILE_IN_COOKIE] = stile_cookie,
	};

	return (size_t)in < NELEM(getters) ? getters[in](r, name) : NULL;
}

/* Every way in which a parameter can be wrong ends here. */
static void
wrong(struct stile_req *r, const char *name, const char *expected)
{
	if (stile_failed(r) != STILE_OK)
		return;
	stile_fail(r, 400, "%s: %s is expected", name, expected);
	stile_fail_member(r, "parameter",
	    stile_text(stile_arena_strdup(r->arena, name)));
}

int64_t
stile_param_int(struct stile_req *r, enum stile_in in, const char *name,
    int64_t min, int64_t max, int64_t absent)
{
	const char	*text = stile_param(r, in, name);
	char		 expected[80];
	int64_t		 v = min;

	if (text == NULL)
		return absent;
	if (stile_num_int(stile_str(text), min, max, &v) != STILE_OK) {
		snprintf(expected, sizeof(expected), "an integer from %" PRId64
		    " to %" PRId64, min, max);
		wrong(r, name, expected);
	}
	return v;
}

double
stile_param_double(struct stile_req *r, enum stile_in in, const char *name,
    double min, double max, double absent)
{
	const char	*text = stile_param(r, in, name);
	char		 low[STILE__DOUBLE_SIZE], high[STILE__DOUBLE_SIZE];
	char		 expected[100];
	double		 v = min;

	if (text == NULL)
		return absent;
	if (stile_num_double(stile_str(text), &v) == STILE_OK && v >= min &&
	    v <= max)
		return v;
	stile__print_exact(min, low);
	stile__print_exact(max, high);
	snprintf(expected, sizeof(expected), "a number from %s to %s", low,
	    high);
	wrong(r, name, expected);
	return min;
}

bool
stile_param_bool(struct stile_req *r, enum stile_in in, const char *name,
    bool absent)
{
	const char	*text = stile_param(r, in, name);
	bool		 v = absent;

	if (text != NULL && stile__parse_bool(text, &v) != STILE_OK)
		wrong(r, name, "true or false");
	return v;
}

int64_t
stile_param_day(struct stile_req *r, enum stile_in in, const char *name,
    int64_t absent)
{
	const char	*text = stile_param(r, in, name);
	int64_t		 v = absent;

	if (text != NULL && stile_day_parse(stile_str(text), &v) != STILE_OK)
		wrong(r, name, "a date such as 2026-11-22");
	return v;
}

int64_t
stile_param_time(struct stile_req *r, enum stile_in in, const char *name,
    int64_t absent)
{
	const char	*text = stile_param(r, in, name);
	int64_t		 v = absent;

	if (text != NULL &&
	    stile_timestamp_parse(stile_str(text), &v) != STILE_OK)
		wrong(r, name, "a time such as 2026-11-22T10:00:00Z");
	return v;
}

const char *
stile_param_uuid(struct stile_req *r, enum stile_in in, const char *name)
{
	const char	*text = stile_param(r, in, name);
	char		*uuid, *c;

	if (text == NULL)
		return NULL;
	if (!stile__is_uuid(stile_str(text))) {
		wrong(r, name, "a UUID");
		return NULL;
	}
	if ((uuid = stile_arena_strdup(r->arena, text)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (c = uuid; *c != '\0'; c++)
		*c = (char)ascii_lower(*c);
	return uuid;
}

int
stile_param_choice(struct stile_req *r, enum stile_in in, const char *name,
    const char *choices, int absent)
{
	const char		*text = stile_param(r, in, name);
	struct stile_str	 rest = stile_str(choices), word;
	char			 expected[120];
	int			 i;

	if (text == NULL)
		return absent;
	for (i = 0; stile_str_cut(&rest, ' ', &word); i++)
		if (stile_str_eq(word, stile_str(text)))
			return i;
	snprintf(expected, sizeof(expected), "one of %s", choices);
	wrong(r, name, expected);
	return absent;
}
