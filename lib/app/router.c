/* SPDX-License-Identifier: ISC */
/*
 * Router: the tables of an application, and of all that is mounted in it, as a
 * tree of path segments.  Literal children are found in one hash table, edges
 * with a parameter stand in the order of trial.  What no request could tell
 * apart is refused here, and names are sorted for stile_url().
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "app/cors.h"
#include "app/tree.h"
#include "codec/field.h"
#include "base/banned.h"

#define PATTERN_MAX	4096	/* bytes of a pattern with its prefixes */
#define NAME_MAX_BYTES	256	/* of a name with those of its mounts */

static enum stile_err
nomem(struct stile_error *e)
{
	return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
}

/* Room for one more in an array of the arena, which doubles. */
static void *
room(struct router *rt, void *v, size_t n, size_t size)
{
	if (n != 0 && (n & (n - 1)) != 0)
		return v;
	return stile__arena_grow(rt->arena, v, n * size,
	    (n == 0 ? 1 : n * 2) * size);
}

static bool
add_node(struct router *rt, size_t *ret)
{
	struct node	*v;

	if ((v = room(rt, rt->nodes, rt->nnodes, sizeof(*v))) == NULL)
		return false;
	rt->nodes = v;
	v[rt->nnodes] = (struct node){ .edges = NULL };
	*ret = rt->nnodes++;
	return true;
}

/* At most half full. */
static bool
grow_literals(struct router *rt)
{
	struct literal	*old = rt->literals;
	size_t		 i, n = rt->literals != NULL ? rt->mask + 1 : 0;
	size_t		 size = n != 0 ? n * 2 : 64;

	if (n != 0 && rt->nliterals < n / 2)
		return true;
	rt->literals = stile_arena_alloc(rt->arena, size, sizeof(*old));
	if (rt->literals == NULL)
		return false;
	rt->mask = size - 1;
	for (i = 0; i < n; i++)
		if (old[i].seg.p != NULL)
			*literal_place(rt, old[i].from, old[i].seg) = old[i];
	return true;
}

static bool
literal_child(struct router *rt, size_t from, struct stile_str seg, size_t *ret)
{
	struct literal	*l;

	if (!grow_literals(rt))
		return false;
	l = literal_place(rt, from, seg);
	if (l->seg.p == NULL) {
		l->seg = seg;
		l->from = from;
		if (!add_node(rt, &l->to))
			return false;
		rt->nliterals++;
	}
	*ret = l->to;
	return true;
}

/* Below 0 if a is tried before b: more of it literal, then the narrower. */
static int
compare_parts(const struct part *a, const struct part *b)
{
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len > b->prefix.len ? -1 : 1;
	if (a->suffix.len != b->suffix.len)
		return a->suffix.len > b->suffix.len ? -1 : 1;
	return a->conv->rank - b->conv->rank;
}

static bool
same_part(const struct part *a, const struct part *b)
{
	return a->conv == b->conv && stile_str_eq(a->prefix, b->prefix) &&
	    stile_str_eq(a->suffix, b->suffix);
}

static bool
param_child(struct router *rt, size_t from, const struct part *part,
    size_t *ret)
{
	struct edge	**at = &rt->nodes[from].edges, *ed;

	for (; *at != NULL; at = &(*at)->next) {
		if (same_part((*at)->part, part)) {
			*ret = (*at)->to;
			return true;
		}
		if (compare_parts(part, (*at)->part) < 0)
			break;
	}
	/* Equal ranks may stand further on. */
	for (ed = *at; ed != NULL; ed = ed->next)
		if (same_part(ed->part, part)) {
			*ret = ed->to;
			return true;
		}
	if ((ed = stile_arena_alloc(rt->arena, 1, sizeof(*ed))) == NULL)
		return false;
	ed->part = part;
	ed->next = *at;
	*at = ed;
	/* Adding a node may move them all. */
	return add_node(rt, &ed->to) && (*ret = ed->to, true);
}

static enum stile_err
insert(struct router *rt, struct route *route, struct stile_error *e)
{
	struct pattern	*p = &route->pattern;
	struct route	**at;
	size_t		 i, node = 0;
	bool		 ok;

	for (i = 0; i < p->n; i++) {
		ok = p->parts[i].conv == NULL ?
		    literal_child(rt, node, p->parts[i].prefix, &node) :
		    param_child(rt, node, &p->parts[i], &node);
		if (!ok)
			return nomem(e);
	}
	for (at = &rt->nodes[node].routes[p->slash]; *at != NULL;
	    at = &(*at)->next)
		;
	*at = route;
	return STILE_OK;
}

static bool
is_method(const char *s)
{
	return strcmp(s, "*") == 0 || stile__is_token(stile_str(s));
}

static enum stile_err
add_route(struct router *rt, const struct scope *scope,
    const struct stile_route *row, struct stile_error *e)
{
	struct route	*route, **v;
	const char	*path;
	enum stile_err	 rc;

	if (row->path == NULL || row->handler == NULL ||
	    !is_method(row->method))
		return stile_error_set(e, STILE_EINVAL, 0,
		    "route %s %s of %s: a method, a path and a handler are "
		    "expected", row->method, row->path != NULL ? row->path :
		    "(no path)", scope->app->name);
	/* Not "/blogx" from the prefix "/blog" and "x". */
	if (row->path[0] != '/')
		return stile_error_set(e, STILE_ESYNTAX, 0, "'%s': a path that "
		    "begins with one slash is expected", row->path);
	if ((route = stile_arena_alloc(rt->arena, 1, sizeof(*route))) == NULL ||
	    (v = room(rt, rt->routes, rt->nroutes, sizeof(*v))) == NULL ||
	    (path = stile_arena_printf(rt->arena, "%s%s", scope->prefix,
	    row->path)) == NULL)
		return nomem(e);
	rt->routes = v;
	if (strlen(path) > PATTERN_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 0,
		    "%.60s...: a pattern of more than %d bytes", path,
		    PATTERN_MAX);
	route->row = row;
	route->scope = scope;
	rc = pattern_parse(rt->arena, &rt->convs, path, &route->pattern, e);
	if (rc != STILE_OK)
		return rc;
	rt->routes[rt->nroutes++] = route;
	return insert(rt, route, e);
}

static enum stile_err
add_app(struct router *rt, const struct stile_app *app,
    const struct scope *parent, const char *prefix, unsigned depth,
    struct stile_error *e)
{
	const struct stile_app *const	*used;
	const struct stile_mount	*m;
	const struct stile_route	*row;
	struct scope			*scope, **v;
	enum stile_err			 rc;

	if (depth > MOUNTS_MAX)
		return stile_error_set(e, STILE_EINVAL, 0, "%s: mounted more "
		    "than %d deep, or in itself", app->name, MOUNTS_MAX);
	if (app->cors != NULL && cors_wrong(app->cors) != NULL)
		return stile_error_set(e, STILE_EINVAL, 0, "%s: %s", app->name,
		    cors_wrong(app->cors));
	if ((scope = stile_arena_alloc(rt->arena, 1, sizeof(*scope))) == NULL ||
	    (v = room(rt, rt->scopes, rt->nscopes, sizeof(*v))) == NULL)
		return nomem(e);
	rt->scopes = v;
	rt->scopes[rt->nscopes++] = scope;
	scope->app = app;
	scope->parent = parent;
	scope->prefix = parent == NULL ? "" : stile_arena_printf(rt->arena,
	    "%s%s", parent->prefix, prefix);
	scope->names = parent == NULL ? "" : stile_arena_printf(rt->arena,
	    "%s%s:", parent->names, app->name);
	if (scope->prefix == NULL || scope->names == NULL)
		return nomem(e);
	if ((rc = convs_add(rt->arena, &rt->convs, app->converters,
	    e)) != STILE_OK)
		return rc;
	for (row = app->routes; row != NULL && row->method != NULL; row++)
		if ((rc = add_route(rt, scope, row, e)) != STILE_OK)
			return rc;
	for (used = app->uses; used != NULL && *used != NULL; used++) {
		if ((rc = add_app(rt, *used, scope, "", depth + 1, e)) !=
		    STILE_OK)
			return rc;
	}
	for (m = app->mounts; m != NULL && m->app != NULL; m++) {
		if (m->prefix == NULL || m->prefix[0] != '/' ||
		    m->prefix[strlen(m->prefix) - 1] == '/' ||
		    strpbrk(m->prefix, "{}") != NULL)
			return stile_error_set(e, STILE_EINVAL, 0,
			    "mount of %s: a prefix such as \"/blog\" is "
			    "expected", m->app->name);
		rc = add_app(rt, m->app, scope, m->prefix, depth + 1, e);
		if (rc != STILE_OK)
			return rc;
	}
	return STILE_OK;
}

/* What two routes have in common when no request can tell them apart. */
struct signature {
	const char		*text;
	const struct route	*route;
};

static const char *
sign(struct router *rt, const struct route *route)
{
	const struct pattern	*p = &route->pattern;
	struct stile_buf	*b;
	size_t			 i;

	if ((b = stile_buf_new(rt->arena, 2 * PATTERN_MAX)) == NULL)
		return NULL;
	stile_buf_printf(b, "%s ", route->row->method);
	for (i = 0; i < p->n; i++) {
		stile_buf_putc(b, '/');
		stile_buf_str(b, p->parts[i].prefix);
		if (p->parts[i].conv == NULL)
			continue;
		stile_buf_printf(b, "{%d}", p->parts[i].conv->rank);
		stile_buf_str(b, p->parts[i].suffix);
	}
	stile_buf_puts(b, p->slash ? "/" : "");
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

static int
compare_signatures(const void *a, const void *b)
{
	return strcmp(((const struct signature *)a)->text,
	    ((const struct signature *)b)->text);
}

static enum stile_err
check_ambiguity(struct router *rt, struct stile_error *e)
{
	struct signature	*v;
	size_t			 i;

	v = stile_arena_alloc(rt->arena, rt->nroutes, sizeof(*v));
	if (v == NULL)
		return nomem(e);
	for (i = 0; i < rt->nroutes; i++) {
		v[i].route = rt->routes[i];
		if ((v[i].text = sign(rt, rt->routes[i])) == NULL)
			return nomem(e);
	}
	if (rt->nroutes > 1)
		qsort(v, rt->nroutes, sizeof(*v), compare_signatures);
	for (i = 1; i < rt->nroutes; i++)
		if (strcmp(v[i - 1].text, v[i].text) == 0)
			return stile_error_set(e, STILE_EINVAL, 0,
			    "the same requests match %s %s (%s) and %s %s (%s)",
			    v[i - 1].route->row->method,
			    v[i - 1].route->pattern.text,
			    v[i - 1].route->scope->app->name,
			    v[i].route->row->method, v[i].route->pattern.text,
			    v[i].route->scope->app->name);
	return STILE_OK;
}

static int
compare_names(const void *a, const void *b)
{
	const struct named	*x = a, *y = b;
	int			 c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

/* Methods of one path may, and the places of an application mounted twice. */
static bool
may_share_name(const struct route *a, const struct route *b)
{
	if (a->scope != b->scope)
		return a->scope->app == b->scope->app;
	return strcmp(a->pattern.text, b->pattern.text) == 0;
}

/* Sort the names for stile_url(); two paths must not share one. */
static enum stile_err
index_names(struct router *rt, struct stile_error *e)
{
	const struct route	*r;
	struct named		*v;
	size_t			 i;

	v = stile_arena_alloc(rt->arena, rt->nroutes, sizeof(*v));
	if (v == NULL)
		return nomem(e);
	rt->names = v;
	for (i = 0; i < rt->nroutes; i++) {
		if ((r = rt->routes[i])->row->name == NULL)
			continue;
		v[rt->nnames].route = r;
		v[rt->nnames].i = i;
		v[rt->nnames].name = stile_arena_printf(rt->arena, "%s%s",
		    r->scope->names, r->row->name);
		if (v[rt->nnames++].name == NULL)
			return nomem(e);
	}
	if (rt->nnames > 1)
		qsort(v, rt->nnames, sizeof(*v), compare_names);
	for (i = 1; i < rt->nnames; i++)
		if (strcmp(v[i - 1].name, v[i].name) == 0 &&
		    !may_share_name(v[i - 1].route, v[i].route))
			return stile_error_set(e, STILE_EINVAL, 0,
			    "%s and %s have the same name %s",
			    v[i - 1].route->pattern.text,
			    v[i].route->pattern.text, v[i].name);
	return STILE_OK;
}

enum stile_err
router_new(struct stile_arena *a, const struct stile_app *app,
    struct router **ret, struct stile_error *e)
{
	struct router	*rt;
	enum stile_err	 rc;
	size_t		 root;

	if ((rt = stile_arena_alloc(a, 1, sizeof(*rt))) == NULL)
		return nomem(e);
	rt->arena = a;
	if (!add_node(rt, &root) || !grow_literals(rt))
		return nomem(e);
	if ((rc = convs_new(a, &rt->convs, e)) != STILE_OK ||
	    (rc = add_app(rt, app, NULL, "", 0, e)) != STILE_OK ||
	    (rc = check_ambiguity(rt, e)) != STILE_OK ||
	    (rc = index_names(rt, e)) != STILE_OK)
		return rc;
	*ret = rt;
	return STILE_OK;
}

static bool
is_inside(const struct scope *s, const struct scope *outer)
{
	while (s != NULL && s != outer)
		s = s->parent;
	return s != NULL;
}

/* The first of this whole name that is inside the scope. */
static const struct route *
find_name(const struct router *rt, const struct scope *from, const char *full)
{
	size_t	low = 0, high = rt->nnames, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(rt->names[mid].name, full) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < rt->nnames && strcmp(rt->names[low].name, full) == 0;
	    low++)
		if (is_inside(rt->names[low].route->scope, from))
			return rt->names[low].route;
	return NULL;
}

/* As seen from the scope, else from the ones around it. */
const struct route *
router_named(const struct router *rt, const struct scope *from,
    const char *name)
{
	const struct route	*hit = NULL;
	char			 full[NAME_MAX_BYTES];
	int			 n;

	for (; from != NULL && hit == NULL; from = from->parent) {
		n = snprintf(full, sizeof(full), "%s%s", from->names, name);
		if (n > 0 && (size_t)n < sizeof(full))
			hit = find_name(rt, from, full);
	}
	return hit;
}

const struct route *
router_at(const struct router *rt, size_t i)
{
	return i < rt->nroutes ? rt->routes[i] : NULL;
}

size_t
router_count(const struct router *rt)
{
	return rt->nroutes;
}

const struct scope *
router_scope_at(const struct router *rt, size_t i)
{
	return i < rt->nscopes ? rt->scopes[i] : NULL;
}

/* ---- failures ----------------------------------------------------------- */

const struct stile_error_handler *
app_error_handler(const struct stile_app *app, int status)
{
	const struct stile_error_handler	*h, *of_class = NULL;

	for (h = app->errors; h != NULL && h->fn != NULL; h++) {
		if (!h->whole_class && h->status == status)
			return h;
		if (h->whole_class && h->status / 100 == status / 100)
			of_class = h;
	}
	return of_class;
}

const struct stile_error_handler *
scope_error_handler(const struct scope *s, int status)
{
	const struct stile_error_handler	*h = NULL;

	for (; s != NULL && h == NULL; s = s->parent)
		h = app_error_handler(s->app, status);
	return h;
}
