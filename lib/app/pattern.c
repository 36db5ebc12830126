/* SPDX-License-Identifier: ISC */
/*
 * Patterns of paths, and the converters for their parameters: {name} is a
 * non-empty segment, {name:int} a number, and so on.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/num.h"
#include "stile/str.h"
#include "app/pattern.h"
#include "base/banned.h"

#define RANK_OWN	3

/* Digits only: an id is not negative, and "+1" is no number in a path. */
static bool
parse_int(struct stile_str s, struct stile_value *ret)
{
	int64_t	v;

	if (s.len == 0 || s.p[0] == '-' ||
	    stile_num_int(s, 0, INT64_MAX, &v) != STILE_OK)
		return false;
	*ret = stile_int(v);
	return true;
}

static bool
parse_uuid(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return stile__is_uuid(s);
}

static bool
parse_slug(struct stile_str s, struct stile_value *ret)
{
	size_t	i;
	int	c;

	for (i = 0; i < s.len; i++) {
		c = ascii_lower(s.p[i]);
		if (!ascii_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	*ret = stile_text_str(s);
	return s.len > 0;
}

static bool
parse_str(struct stile_str s, struct stile_value *ret)
{
	if (s.len == 0 || memchr(s.p, '/', s.len) != NULL)
		return false;
	*ret = stile_text_str(s);
	return true;
}

static bool
parse_path(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return s.len > 0;
}

static const struct conv library[] = {
	{ { "int",  parse_int  }, 1, false },
	{ { "uuid", parse_uuid }, 2, false },
	{ { "slug", parse_slug }, 4, false },
	{ { "str",  parse_str  }, 5, false },
	{ { "path", parse_path }, 6, true },
};

static const struct conv *
find_conv(const struct convs *cs, struct stile_str name)
{
	size_t	i;

	for (i = 0; i < cs->n; i++)
		if (stile_str_eq(stile_str(cs->v[i].public.name), name))
			return &cs->v[i];
	return NULL;
}

enum stile_err
convs_new(struct stile_arena *a, struct convs *cs, struct stile_error *e)
{
	if ((cs->v = stile_arena_alloc(a, 1, sizeof(library))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	memcpy(cs->v, library, sizeof(library));
	cs->n = NELEM(library);
	return STILE_OK;
}

enum stile_err
convs_add(struct stile_arena *a, struct convs *cs,
    const struct stile_converter *own, struct stile_error *e)
{
	const struct conv	*old;
	struct conv		*v;

	for (; own != NULL && own->name != NULL; own++) {
		old = find_conv(cs, stile_str(own->name));
		/* The same one comes again with an app mounted twice. */
		if (old != NULL && old->public.parse == own->parse)
			continue;
		if (old != NULL || own->parse == NULL)
			return stile_error_set(e, STILE_EINVAL, 0,
			    "converter %s: %s", own->name, old != NULL ?
			    "the name is taken" : "it has no function");
		v = stile__arena_grow(a, cs->v, cs->n * sizeof(*v),
		    (cs->n + 1) * sizeof(*v));
		if (v == NULL)
			return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		v[cs->n++] = (struct conv){ *own, RANK_OWN, false };
		cs->v = v;
	}
	return STILE_OK;
}

static bool
is_name(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (!ascii_digit(s.p[i]) && s.p[i] != '_' &&
		    !(ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'z'))
			return false;
	return s.len > 0 && !ascii_digit(s.p[0]);
}

static enum stile_err
parse_part(const struct convs *cs, struct stile_str seg, struct part *ret,
    const char *text, struct stile_error *e)
{
	struct stile_str	rest = seg, inner, conv;

	*ret = (struct part){ .prefix = seg };
	if (memchr(seg.p, '{', seg.len) == NULL &&
	    memchr(seg.p, '}', seg.len) == NULL)
		return STILE_OK;
	stile_str_cut(&rest, '{', &ret->prefix);
	if (rest.p == NULL || !stile_str_cut(&rest, '}', &inner) ||
	    rest.p == NULL || memchr(rest.p, '{', rest.len) != NULL ||
	    memchr(rest.p, '}', rest.len) != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: one {name} or {name:converter} a segment is expected",
		    text);
	ret->suffix = rest;
	stile_str_cut(&inner, ':', &ret->name);
	conv = inner.p != NULL ? inner : STR("str");
	if (!is_name(ret->name))
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: '%.*s' is not a name", text, STILE_STR_ARG(ret->name));
	if ((ret->conv = find_conv(cs, conv)) == NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: there is no converter '%.*s'", text,
		    STILE_STR_ARG(conv));
	if (ret->conv->spans && (ret->prefix.len > 0 || ret->suffix.len > 0))
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: {%.*s:path} stands alone in its segment", text,
		    STILE_STR_ARG(ret->name));
	return STILE_OK;
}

/* A name once, a path once: more would make matching slow. */
static enum stile_err
check(const struct pattern *p, struct stile_error *e)
{
	size_t	i, k, spans = 0;

	for (i = 0; i < p->n; i++) {
		if (p->parts[i].conv == NULL)
			continue;
		spans += p->parts[i].conv->spans;
		for (k = 0; k < i; k++)
			if (p->parts[k].conv != NULL && stile_str_eq(
			    p->parts[k].name, p->parts[i].name))
				return stile_error_set(e, STILE_ESYNTAX, 0,
				    "%s: {%.*s} is there twice", p->text,
				    STILE_STR_ARG(p->parts[i].name));
	}
	if (spans > 1)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: more than one path parameter", p->text);
	return STILE_OK;
}

enum stile_err
pattern_parse(struct stile_arena *a, const struct convs *cs, const char *text,
    struct pattern *ret, struct stile_error *e)
{
	struct stile_str	rest = stile_str(text), seg, piece;
	struct pattern		p = { .text = text };
	enum stile_err		rc;
	size_t			n = 0;

	if (text[0] != '/' || strstr(text, "//") != NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "'%s': a path that begins with one slash is expected",
		    text);
	if (!stile_utf8_valid(rest))
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "'%s': not UTF-8", text);
	p.slash = rest.p[rest.len - 1] == '/';
	for (seg = rest; stile_str_cut(&seg, '/', &piece);)
		n += piece.len > 0;
	if (n > PARTS_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 0,
		    "%s: more than %d segments", text, PARTS_MAX);
	p.parts = stile_arena_alloc(a, n, sizeof(*p.parts));
	if (p.parts == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	while (stile_str_cut(&rest, '/', &seg)) {
		if (seg.len == 0)
			continue;
		rc = parse_part(cs, seg, &p.parts[p.n], text, e);
		if (rc != STILE_OK)
			return rc;
		p.nparams += p.parts[p.n++].conv != NULL;
	}
	if ((rc = check(&p, e)) != STILE_OK)
		return rc;
	*ret = p;
	return STILE_OK;
}

bool
part_match(const struct part *p, struct stile_str seg, struct stile_str *inner,
    struct stile_value *v)
{
	size_t	pre = p->prefix.len, suf = p->suffix.len;

	if (seg.len < pre + suf || memcmp(seg.p, p->prefix.p, pre) != 0 ||
	    memcmp(seg.p + seg.len - suf, p->suffix.p, suf) != 0)
		return false;
	*inner = (struct stile_str){ seg.p + pre, seg.len - pre - suf };
	return p->conv->public.parse(*inner, v);
}
