/* SPDX-License-Identifier: ISC */
/*
 * Matching: a path goes down the tree segment by segment.  A match costs what
 * the path is long and not what the tables are; parameters are tried after the
 * literal child, the narrower converter first.
 *
 * Methods belong to the match: where a path is there for another method only,
 * the search goes on, and what it passed becomes the Allow header.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "app/tree.h"
#include "base/banned.h"

/* One search through the tree. */
struct search {
	const struct router	*rt;
	struct stile_arena	*arena;
	const char		*method;
	const struct stile_str	*segs;
	size_t			 nsegs;
	bool			 slash;
	bool			 any_method;
	bool			 nomem;
	struct match		*m;
};

static void
allow(struct match *m, const char *method)
{
	size_t	i;

	for (i = 0; i < m->nallow; i++)
		if (strcmp(m->allow[i], method) == 0)
			return;
	if (m->nallow < ALLOW_MAX)
		m->allow[m->nallow++] = method;
}

/* Of the routes that end here: this method, else GET for HEAD, else any. */
static const struct route *
pick(struct search *s, const struct route *routes)
{
	const struct route	*get = NULL, *any = NULL, *r;

	for (r = routes; r != NULL; r = r->next) {
		if (s->any_method || strcmp(r->row->method, s->method) == 0)
			return r;
		if (strcmp(r->row->method, "*") == 0) {
			any = r;
			continue;
		}
		allow(s->m, r->row->method);
		if (strcmp(r->row->method, "GET") == 0) {
			allow(s->m, "HEAD");
			if (strcmp(s->method, "HEAD") == 0)
				get = r;
		}
	}
	return get != NULL ? get : any;
}

static bool
ends_here(struct search *s, size_t node, bool slash)
{
	s->m->route = pick(s, s->rt->nodes[node].routes[slash]);
	return s->m->route != NULL;
}

static bool	search(struct search *, size_t node, size_t i);

static void
keep_param(struct search *s, size_t k, struct stile_str text,
    struct stile_value v)
{
	s->m->params[k].text = text.p;
	s->m->params[k].name.len = text.len;
	s->m->params[k].value = v;
	s->m->nparams = k + 1;
}

/* The segments from i on, joined, with the slash at the end. */
static bool
join_rest(struct search *s, size_t i, struct stile_str *ret)
{
	struct stile_buf	*b;
	const char		*sep = "";

	if ((b = stile_buf_new(s->arena, SIZE_MAX)) == NULL)
		return false;
	for (; i < s->nsegs; i++, sep = "/") {
		stile_buf_puts(b, sep);
		stile_buf_str(b, s->segs[i]);
	}
	stile_buf_puts(b, s->slash ? "/" : "");
	*ret = stile_buf_view(b);
	return stile_buf_err(b) == STILE_OK;
}

/* {rest:path} is this text; the search goes on at segment i. */
static bool
take_span(struct search *s, const struct edge *ed, struct stile_str text,
    size_t i)
{
	struct stile_value	v;
	size_t			used = s->m->nparams;

	if (!ed->part->conv->public.parse(text, &v))
		return false;
	keep_param(s, used, text, v);
	if (search(s, ed->to, i))
		return true;
	s->m->nparams = used;
	return false;
}

/*
 * Patterns that go on after {rest:path} come first, with the longest text that
 * leaves them enough (no pattern goes on for long); then what takes all, and a
 * slash at the end with it where no pattern ends in one.
 */
static bool
search_span(struct search *s, const struct edge *ed, size_t i)
{
	struct stile_str	all, text;
	size_t			used = s->m->nparams, n = s->nsegs;

	if (!join_rest(s, i, &all)) {
		s->nomem = true;
		return false;
	}
	text = all;
	text.len -= s->slash;
	while (--n > i && s->nsegs - n < PARTS_MAX) {
		text.len -= s->segs[n].len + 1;
		if (take_span(s, ed, text, n))
			return true;
	}
	text.len = all.len - s->slash;
	if (take_span(s, ed, text, s->nsegs))
		return true;
	if (s->slash) {
		keep_param(s, used, all, stile_text_str(all));
		if (ends_here(s, ed->to, false))
			return true;
		s->m->nparams = used;
	}
	return false;
}

static bool
search(struct search *s, size_t node, size_t i)
{
	const struct edge	*ed;
	const struct literal	*l;
	struct stile_str	 inner;
	struct stile_value	 v;
	size_t			 used = s->m->nparams;

	if (i == s->nsegs)
		return ends_here(s, node, s->slash);
	l = literal_place(s->rt, node, s->segs[i]);
	if (l->seg.p != NULL && search(s, l->to, i + 1))
		return true;
	for (ed = s->rt->nodes[node].edges; ed != NULL; ed = ed->next) {
		if (ed->part->conv->spans) {
			if (search_span(s, ed, i))
				return true;
			continue;
		}
		if (!part_match(ed->part, s->segs[i], &inner, &v))
			continue;
		keep_param(s, used, inner, v);
		if (search(s, ed->to, i + 1))
			return true;
		s->m->nparams = used;
	}
	return false;
}

/* Copies that end in NUL, under the names that the route gives them. */
static bool
name_params(struct match *m, struct stile_arena *a)
{
	const struct pattern	*p = &m->route->pattern;
	struct req_param	*param = m->params;
	char			*text, *c;
	size_t			 i;

	for (i = 0; i < p->n; i++) {
		if (p->parts[i].conv == NULL)
			continue;
		text = stile_arena_dup(a, (struct stile_str){ param->text,
		    param->name.len });
		if (text == NULL)
			return false;
		if (strcmp(p->parts[i].conv->public.name, "uuid") == 0)
			for (c = text; *c != '\0'; c++)
				*c = (char)ascii_lower(*c);
		if (param->value.type == STILE_TEXT)
			param->value = stile_text(text);
		param->text = text;
		param->name = p->parts[i].name;
		param++;
	}
	return true;
}

void
router_match(const struct router *rt, struct stile_arena *a, const char *method,
    const struct stile_str *segs, size_t nsegs, bool slash, struct match *ret)
{
	struct search	s = { .rt = rt, .arena = a, .method = method,
	    .segs = segs, .nsegs = nsegs, .slash = slash, .m = ret };

	ret->kind = MATCH_NONE;
	ret->nallow = ret->nparams = 0;
	/* The root is its slash and nothing else. */
	if (nsegs == 0)
		s.slash = true;
	if (search(&s, 0, 0))
		ret->kind = name_params(ret, a) ? MATCH_ROUTE : MATCH_NOMEM;
	else if (ret->nallow > 0)
		ret->kind = MATCH_METHODS;
	else if (!s.slash) {
		s.slash = s.any_method = true;
		if (search(&s, 0, 0) && ret->route->pattern.slash)
			ret->kind = MATCH_SLASH;
	}
	/* What was not looked at could have been it. */
	if (s.nomem)
		ret->kind = MATCH_NOMEM;
}

/* How many segments the prefix has, if the path is below it, else 0. */
static size_t
below(const char *prefix, const struct stile_str *segs, size_t nsegs)
{
	struct stile_str	rest = stile_str(prefix), seg;
	size_t			n = 0;

	while (stile_str_cut(&rest, '/', &seg)) {
		if (seg.len == 0)
			continue;
		if (n == nsegs || !stile_str_eq(segs[n], seg))
			return 0;
		n++;
	}
	return n;
}

const struct scope *
router_scope(const struct router *rt, const struct stile_str *segs,
    size_t nsegs)
{
	const struct scope	*best = rt->scopes[0];
	size_t			 i, n, most = 0;

	for (i = 1; i < rt->nscopes; i++)
		if ((n = below(rt->scopes[i]->prefix, segs, nsegs)) > most) {
			best = rt->scopes[i];
			most = n;
		}
	return best;
}
