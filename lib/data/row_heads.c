/* SPDX-License-Identifier: ISC */
/*
 * What stands before the value of each column, made once for all rows: the name,
 * and the brackets of objects inside.  A column "author.name" is the member name
 * of the member author, if the schema has that; one member that is all of the
 * schema is put around the row.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "data/db.h"
#include "data/rows.h"
#include "http/req.h"
#include "base/banned.h"

#define GROUPS_MAX	16

struct maker {
	struct stile_req		*r;
	struct viewer			 viewer;
	struct stile_buf		*b;
	const struct stile_schema	*wrapper;	/* or NULL */
	const struct stile_schema	*s;		/* of the row, or NULL */
	const struct stile_schema	*group;		/* that is open */
	const struct stile_schema	*groups[GROUPS_MAX];
	size_t				 ngroups;
};

static bool
is_object(const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);

	return s->type == STILE_OBJECT && s->properties != NULL;
}

/* The one property, if it is an object that no column has as a whole. */
static const struct stile_schema *
wrapper_of(const struct viewer *viewer, const struct stile_schema *s,
    struct stile_stmt *st)
{
	const struct stile_schema	*p = s->properties;
	size_t				 i;

	if (p == NULL || p[0].name == NULL || p[1].name != NULL ||
	    !is_object(p) || !stile__may_see(viewer, p))
		return NULL;
	for (i = 0; i < stile_stmt_columns(st); i++)
		if (strcmp(stile_stmt_column(st, i), p->name) == 0)
			return NULL;
	return p;
}

/* What a column is, and in which object; false for one that is not sent. */
static bool
is_shown(const struct maker *m, const char *column,
    const struct stile_schema **group, const struct stile_schema **as)
{
	struct stile_str	rest = stile_str(column), first;

	*group = *as = NULL;
	if (m->s == NULL)
		return true;
	if ((*as = stile__property(m->s, rest)) != NULL)
		return stile__may_see(&m->viewer, *as);
	stile_str_cut(&rest, '.', &first);
	if (rest.p == NULL || (*group = stile__property(m->s, first)) == NULL ||
	    !is_object(*group) || !stile__may_see(&m->viewer, *group))
		return false;
	*as = stile__property(stile__schema_of(*group), rest);
	return *as != NULL && stile__may_see(&m->viewer, *as);
}

static void
put_name(struct maker *m, const char *name)
{
	stile_json_write_str(m->b, stile_str(name));
	stile_buf_putc(m->b, ':');
}

static void
put_start(struct maker *m)
{
	if (m->wrapper != NULL) {
		stile_buf_putc(m->b, '{');
		put_name(m, m->wrapper->name);
	}
	stile_buf_putc(m->b, '{');
}

static void
put_end(struct maker *m)
{
	stile_buf_puts(m->b, m->group != NULL ? "}}" : "}");
	if (m->wrapper != NULL)
		stile_buf_putc(m->b, '}');
}

/* An object is there once, with all of its columns. */
static bool
open_group(struct maker *m, const struct stile_schema *group)
{
	size_t	i;

	for (i = 0; i < m->ngroups; i++)
		if (m->groups[i] == group) {
			stile_fail(m->r, 500, "the columns of %s do not "
			    "follow each other", group->name);
			return false;
		}
	if (m->ngroups == GROUPS_MAX) {
		stile_fail(m->r, 500, "more than %d objects in a row",
		    GROUPS_MAX);
		return false;
	}
	m->groups[m->ngroups++] = group;
	put_name(m, group->name);
	stile_buf_putc(m->b, '{');
	return true;
}

static bool
put_head(struct maker *m, bool first, const struct stile_schema *group,
    const char *name)
{
	const struct stile_schema	*before = m->group;

	if (before != NULL && before != group)
		stile_buf_putc(m->b, '}');
	if (first)
		put_start(m);
	else
		stile_buf_putc(m->b, ',');
	m->group = group;
	if (group != NULL && group != before && !open_group(m, group))
		return false;
	put_name(m, name);
	return true;
}

static bool
put_heads(struct maker *m, struct stile_stmt *st, struct row_heads *ret)
{
	const struct stile_schema	*group;
	struct row_head			*h;
	const char			*name;
	size_t				 i, n = stile_stmt_columns(st);

	for (i = 0; i < n; i++) {
		h = &ret->v[ret->n];
		name = stile_stmt_column(st, i);
		if (!is_shown(m, name, &group, &h->as))
			continue;
		h->column = i;
		h->text.len = stile_buf_view(m->b).len;
		if (!put_head(m, ret->n == 0, group, group != NULL ?
		    h->as->name : name))
			return false;
		h->text.len = stile_buf_view(m->b).len - h->text.len;
		ret->n++;
	}
	ret->end.len = stile_buf_view(m->b).len;
	if (ret->n == 0)
		put_start(m);
	put_end(m);
	ret->end.len = stile_buf_view(m->b).len - ret->end.len;
	return true;
}

bool
stile__row_heads(struct stile_req *r, struct stile_stmt *st,
    const struct stile_schema *s, struct row_heads *ret)
{
	struct maker		 m = { .r = r, .viewer = stile__viewer(r) };
	struct stile_str	 all;
	size_t			 i;

	*ret = (struct row_heads){ .st = st };
	if (s != NULL) {
		m.s = stile__schema_of(s);
		if ((m.wrapper = wrapper_of(&m.viewer, m.s, st)) !=
		    NULL)
			m.s = stile__schema_of(m.wrapper);
	}
	m.b = stile_buf_new(r->arena, ROWS_BYTES_MAX);
	ret->v = stile_arena_alloc(r->arena, stile_stmt_columns(st) + 1,
	    sizeof(*ret->v));
	if (m.b == NULL || ret->v == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	if (!put_heads(&m, st, ret))
		return false;
	if (stile_buf_err(m.b) != STILE_OK) {
		stile__fail_nomem(r);
		return false;
	}
	/* Where it has stopped growing, it stays. */
	all = stile_buf_view(m.b);
	for (i = 0; i < ret->n; all.p += ret->v[i++].text.len)
		ret->v[i].text.p = all.p;
	ret->end.p = all.p;
	return true;
}

void
stile__row_write(struct stile_buf *b, const struct row_heads *heads)
{
	const struct stile_engine	*engine = heads->st->db->engine;
	const struct row_head		*h;
	size_t				 i;

	for (i = 0; i < heads->n; i++) {
		h = &heads->v[i];
		/* Made in its place: a copy takes longer than the rest. */
		const struct stile_value	v =
		    engine->value(heads->st->h, h->column);

		stile_buf_str(b, h->text);
		if (h->as != NULL)
			stile__schema_write_value(b, h->as, &v);
		else
			stile__json_write(b, &v);
	}
	stile_buf_str(b, heads->end);
}
