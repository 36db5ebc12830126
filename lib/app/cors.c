/* SPDX-License-Identifier: ISC */
/*
 * Cross-origin resource sharing, by the Fetch standard, section 3.2.  It only
 * tells the browser what a page may do; it keeps nobody else out.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/cache.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/str.h"
#include "app/cors.h"
#include "codec/field.h"
#include "http/req.h"
#include "base/banned.h"

#define LIST_MAX	8192

/* Always allowed, section 2.2.1 and 2.2.2. */
static const char	simple_methods[] = "GET HEAD POST";
static const char	simple_headers[] =
    "Accept Accept-Language Content-Language Content-Type";

static bool
is_any(const char *list)
{
	return list != NULL && strcmp(list, "*") == 0;
}

static bool
is_listed(const char *list, struct stile_str s, bool fold)
{
	struct stile_str	rest = stile_str(list), word;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 0 && (fold ? stile_str_caseeq(word, s) :
		    stile_str_eq(word, s)))
			return true;
	return false;
}

const char *
cors_wrong(const struct stile_cors *c)
{
	if (c->origins == NULL || *c->origins == '\0')
		return "cors without origins";
	if (c->credentials && (is_any(c->origins) || is_any(c->headers)))
		return "cors: credentials need origins and headers by name";
	return NULL;
}

static bool
origin_allowed(const struct stile_cors *c, const char *origin)
{
	return is_any(c->origins) || is_listed(c->origins, stile_str(origin),
	    false);
}

/* "PUT DELETE" as "GET, HEAD, POST, PUT, DELETE". */
static const char *
comma_list(struct stile_req *r, const char *first, const char *more)
{
	const char *const	 lists[] = { first, more };
	struct stile_str	 rest, word;
	struct stile_buf	*b;
	const char		*sep = "";
	size_t			 i;

	if ((b = stile_buf_new(r->arena, LIST_MAX)) == NULL)
		return NULL;
	for (i = 0; i < NELEM(lists); i++) {
		rest = stile_str(lists[i]);
		while (stile_str_cut(&rest, ' ', &word)) {
			if (word.len == 0)
				continue;
			stile_buf_puts(b, sep);
			stile_buf_str(b, word);
			sep = ", ";
		}
	}
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/*
 * The first asked-for header that is not allowed, or an empty string.  What is
 * given back in a header of ours has to be a name, and no more.
 */
static struct stile_str
refused_header(const struct stile_cors *c, const char *asked)
{
	struct stile_str	rest = stile_str(asked), word;

	while (stile_str_cut(&rest, ',', &word)) {
		word = stile_str_trim(word);
		if (word.len > 0 && !is_listed(simple_headers, word, true) &&
		    !(is_any(c->headers) ? stile__is_token(word) :
		    is_listed(c->headers, word, true)))
			return word;
	}
	return STR("");
}

static void
answer_preflight(struct stile_req *r, const struct stile_cors *c,
    const char *method, const char *asked)
{
	struct stile_str	refused;

	if (!origin_allowed(c, stile_header(r, "Origin"))) {
		stile_fail(r, 400, "this origin is not allowed");
		return;
	}
	if (!is_listed(simple_methods, stile_str(method), false) &&
	    !is_listed(c->methods, stile_str(method), false)) {
		stile_fail(r, 400, "the method %s is not allowed to other "
		    "origins", method);
		return;
	}
	if ((refused = refused_header(c, asked)).len > 0) {
		stile_fail(r, 400, "the header %.*s is not allowed to other "
		    "origins", STILE_STR_ARG(refused));
		return;
	}
	stile_header_set(r, "Access-Control-Allow-Methods",
	    comma_list(r, simple_methods, c->methods));
	/* With any allowed, the ones that are asked for. */
	stile_header_set(r, "Access-Control-Allow-Headers",
	    is_any(c->headers) && asked != NULL ? asked :
	    comma_list(r, simple_headers, is_any(c->headers) ? NULL :
	    c->headers));
	if (c->max_age_secs > 0)
		stile_header_set(r, "Access-Control-Max-Age",
		    stile_arena_printf(r->arena, "%" PRId64, c->max_age_secs));
	stile_send_empty(r, 204);
}

bool
cors_preflight(struct stile_req *r, const struct stile_cors *c)
{
	const char	*method;

	if (strcmp(stile_req_method(r), "OPTIONS") != 0 ||
	    stile_header(r, "Origin") == NULL ||
	    (method = stile_header(r, "Access-Control-Request-Method")) == NULL)
		return false;
	answer_preflight(r, c, method,
	    stile_header(r, "Access-Control-Request-Headers"));
	return true;
}

void
cors_answer(struct stile_req *r, const struct stile_cors *c)
{
	const char	*origin = stile_header(r, "Origin");
	const char	*expose;

	/* Also without an Origin: a cache must not mix the two up. */
	if (!is_any(c->origins))
		stile_vary(r, "Origin");
	if (origin == NULL || !origin_allowed(c, origin))
		return;
	stile_header_set(r, "Access-Control-Allow-Origin",
	    is_any(c->origins) ? "*" : origin);
	if (c->credentials)
		stile_header_set(r, "Access-Control-Allow-Credentials", "true");
	if (c->expose != NULL && (expose = comma_list(r, NULL,
	    c->expose)) != NULL)
		stile_header_set(r, "Access-Control-Expose-Headers", expose);
}
