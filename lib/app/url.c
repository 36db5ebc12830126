/* SPDX-License-Identifier: ISC */
/* URLs from the names of routes: the way back from a path to its parameters. */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "app/router.h"
#include "app/site.h"
#include "base/banned.h"

#define URL_MAX	8192

static struct stile_str
as_text(struct stile_req *r, const struct stile_value *v)
{
	if (v->type == STILE_INT)
		return stile_str(stile_arena_printf(r->arena, "%" PRId64,
		    v->u.i));
	if (v->type == STILE_TEXT)
		return v->u.s;
	return (struct stile_str){ NULL, 0 };
}

static bool
are_dots(struct stile_str s)
{
	while (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	return s.len == 0;
}

/* Whether it comes back as itself: what servers resolve does not. */
static bool
is_segment(const struct part *part, struct stile_str s)
{
	if (part->prefix.len + s.len + part->suffix.len <= 2 &&
	    are_dots(part->prefix) && are_dots(s) && are_dots(part->suffix))
		return false;
	return s.len > 0 && memchr(s.p, '\0', s.len) == NULL &&
	    stile_utf8_valid(s);
}

/* Whether the URL would lead back to the value; last: nothing follows it. */
static bool
is_linkable(const struct part *part, struct stile_str s, bool last)
{
	struct stile_str	piece;

	if (!part->conv->spans)
		return is_segment(part, s);
	while (stile_str_cut(&s, '/', &piece))
		/* One slash at the end is part of the path. */
		if (!is_segment(part, piece) &&
		    (piece.len > 0 || s.p != NULL || !last))
			return false;
	return true;
}

/* Slashes stay where the parameter may hold them. */
static void
put_value(struct stile_buf *b, const struct part *part, struct stile_str s)
{
	struct stile_str	piece;
	const char		*sep = "";

	if (!part->conv->spans) {
		stile_enc_percent(b, s);
		return;
	}
	while (stile_str_cut(&s, '/', &piece)) {
		stile_buf_puts(b, sep);
		stile_enc_percent(b, piece);
		sep = "/";
	}
}

/* A value that its own route would not match must not become a link. */
static bool
put_part(struct stile_req *r, struct stile_buf *b, const struct part *part,
    const struct stile_value *v, bool last)
{
	struct stile_value	parsed;
	struct stile_str	s;

	stile_enc_percent(b, part->prefix);
	if (part->conv == NULL)
		return true;
	s = as_text(r, v);
	if (s.p == NULL || !part->conv->public.parse(s, &parsed) ||
	    !is_linkable(part, s, last)) {
		stile_fail(r, 500, "stile_url: {%.*s} cannot be '%.*s'",
		    STILE_STR_ARG(part->name), STILE_STR_ARG(s));
		return false;
	}
	put_value(b, part, s);
	stile_enc_percent(b, part->suffix);
	return true;
}

const char *
stile_url(struct stile_req *r, const char *name, struct stile_args args)
{
	const struct route	*route;
	const struct pattern	*p;
	const struct scope	*from;
	struct stile_buf	*b;
	size_t			 i, k = 0;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	from = r->route != NULL ? r->route->scope :
	    router_scope_at(r->site->router, 0);
	if ((route = router_named(r->site->router, from, name)) == NULL) {
		stile_fail(r, 500, "stile_url: no route is called %s", name);
		return NULL;
	}
	p = &route->pattern;
	if (args.n != p->nparams) {
		stile_fail(r, 500, "stile_url: %s has %zu parameters, not %zu",
		    p->text, p->nparams, args.n);
		return NULL;
	}
	if ((b = stile_buf_new(r->arena, URL_MAX)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	stile__put_prefix(r, b);
	for (i = 0; i < p->n; i++) {
		stile_buf_putc(b, '/');
		if (!put_part(r, b, &p->parts[i], args.v + k,
		    i + 1 == p->n && !p->slash))
			return NULL;
		k += p->parts[i].conv != NULL;
	}
	stile_buf_puts(b, p->slash ? "/" : "");
	if (stile_buf_err(b) != STILE_OK) {
		stile_fail(r, 500, "stile_url: more than %d bytes", URL_MAX);
		return NULL;
	}
	return stile_buf_view(b).p;
}
