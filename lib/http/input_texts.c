/* SPDX-License-Identifier: ISC */
/*
 * Parameters and the fields of forms as a table declares them: each row finds
 * its texts, one or for an array any number, and no name is left over.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/cookie.h"
#include "stile/str.h"
#include "stile/table.h"
#include "stile/upload.h"
#include "http/input.h"
#include "base/banned.h"

/* ---- the texts of a parameter ---------------------------------------- */

struct texts {
	struct stile_str	*v;
	size_t			 n;
};

static bool
add_text(struct stile_req *r, struct texts *t, size_t room,
    struct stile_str text)
{
	if (t->v == NULL && (t->v = stile_arena_alloc(r->arena, room,
	    sizeof(*t->v))) == NULL) {
		stile__fail_nomem(r);
		return false;
	}
	t->v[t->n++] = text;
	return true;
}

static bool
find_in_table(struct stile_req *r, const struct stile_table *table,
    const char *name, struct texts *t)
{
	struct stile_str	n, value;
	size_t			i;

	for (i = 0; table != NULL && stile_table_at(table, i, &n, &value); i++)
		if (stile_str_eq(n, stile_str(name)) && !add_text(r, t,
		    stile_table_count(table), value))
			return false;
	return true;
}

static size_t
count_commas(const char *s)
{
	size_t	n = 0;

	while ((s = strchr(s, ',')) != NULL) {
		n++;
		s++;
	}
	return n;
}

/* A list of them is one field with commas, and nothing between two of them is
 * nothing (RFC 9110, section 5.6.1). */
static bool
find_in_header(struct stile_req *r, const struct stile_schema *p,
    struct texts *t)
{
	const char		*field = stile_header(r, p->name);
	struct stile_str	 rest = stile_str(field), item;
	const char		*copy;

	if (field == NULL)
		return true;
	if (stile__schema_of(p)->type != STILE_ARRAY)
		return add_text(r, t, 1, rest);
	while (stile_str_cut(&rest, ',', &item)) {
		if ((item = stile_str_trim(item)).len == 0)
			continue;
		if ((copy = stile_arena_dup(r->arena, item)) == NULL) {
			stile__fail_nomem(r);
			return false;
		}
		if (!add_text(r, t, count_commas(field) + 1, stile_str(copy)))
			return false;
	}
	return true;
}

static bool
find_in_path(struct stile_req *r, const char *name, struct texts *t)
{
	size_t	i;

	for (i = 0; i < r->nparams; i++)
		if (stile_str_eq(r->params[i].name, stile_str(name)))
			return add_text(r, t, 1, stile_str(r->params[i].text));
	stile_fail(r, 500, "the route has no {%s}", name);
	return false;
}

/* Each value of a parameter; false with the request failed. */
static bool
find_texts(struct stile_req *r, const struct stile_schema *p,
    enum stile_in in, struct texts *t)
{
	*t = (struct texts){ NULL, 0 };
	switch (in) {
	case STILE_IN_PATH:
		return find_in_path(r, p->name, t);
	case STILE_IN_HEADER:
		return find_in_header(r, p, t);
	case STILE_IN_COOKIE:
		return find_in_table(r, stile_cookie_table(r), p->name, t);
	case STILE_IN_FORM:
		return find_in_table(r, stile_form_table(r), p->name, t);
	default:
		return find_in_table(r, stile_query_table(r), p->name, t);
	}
}

/* ---- files ------------------------------------------------------------ */

/* What a file has to be, of a property that is one or has several; or NULL. */
static const struct stile_schema *
file_of(const struct stile_schema *p)
{
	const struct stile_schema	*s = stile__schema_of(p);

	if (s->type == STILE_ARRAY)
		s = stile__schema_of(stile__items_of(s));
	return s->type == STILE_FILE ? s : NULL;
}

/* A file's value is its size; what is in it stays where it is. */
static size_t
check_sizes(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *p, struct stile_value *size)
{
	struct stile_upload	*u;
	size_t			 i, n = 0;

	for (i = 0; (u = stile_upload_at(r, i)) != NULL; i++) {
		if (strcmp(stile_upload_field(u), p->name) != 0)
			continue;
		n++;
		*size = stile_int(stile_upload_size(u));
		stile__limit_count(v, file_of(p), (size_t)size->u.i);
	}
	return n;
}

/* In place of a file there may be a text, or "" where none was chosen. */
static bool
has_text(struct stile_req *r, const char *name)
{
	const char	*text;

	text = stile_table_get(stile_form_table(r), name);
	return text != NULL && *text != '\0';
}

static void
check_files(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *p, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(p);
	struct stile_value		 size = stile_int(0);
	size_t				 n;

	n = stile__may_set(v, p) ? check_sizes(r, v, p, &size) : 0;
	*ret = size;
	if (stile_failed(r) != STILE_OK)
		return;
	if (n == 0 && has_text(r, p->name))
		stile__wrong_type(v, file_of(p));
	else if (n == 0)
		stile__check_absent(v, p, STILE_VALIDATE_WHOLE, NULL, ret);
	else if (s->type == STILE_ARRAY)
		stile__limit_count(v, s, n);
	else if (n > 1)
		stile__wrong(v, "repeated", "this is given more than once");
}

/* ---- rows ------------------------------------------------------------- */

static void
check_row(struct stile_req *r, struct stile_validation *v,
    const struct stile_schema *p, enum stile_in in, void *base,
    struct stile_value *ret)
{
	struct texts	t;

	if (file_of(p) != NULL)
		check_files(r, v, p, ret);
	else if (find_texts(r, p, in, &t))
		stile__check_texts(v, p, t.v, stile__may_set(v, p) ? t.n : 0,
		    base, ret);
}

static const struct stile_schema *
find_row(const struct texts_of *of, enum stile_in in, struct stile_str name)
{
	const struct stile_schema	*p;

	for (p = of->s->properties; p != NULL && p->name != NULL; p++)
		if ((of->form || p->in == in) &&
		    stile_str_eq(stile_str(p->name), name))
			return p;
	return NULL;
}

static bool
is_paging(struct stile_str name)
{
	static const char *const	names[] = {
		"limit", "offset", "after", "before"
	};
	size_t				i;

	for (i = 0; i < NELEM(names); i++)
		if (stile_str_eq(stile_str(names[i]), name))
			return true;
	return false;
}

/* One name that was sent; a file has a property of its own kind. */
static void
check_name(struct stile_validation *v, const struct texts_of *of,
    enum stile_in in, struct stile_str name, bool file)
{
	const struct stile_schema	*p = find_row(of, in, name);

	if (p != NULL && stile__may_set(v, p) &&
	    (!file || file_of(p) != NULL))
		return;
	if (!of->paging || !is_paging(name))
		stile__wrong_name(v, p, name.p, of->form ? "field" :
		    "parameter");
}

/* Names that the declaration does not have. */
static void
refuse_names(struct stile_req *r, struct stile_validation *v,
    const struct texts_of *of)
{
	const enum stile_in	 in = of->form ? STILE_IN_FORM : STILE_IN_QUERY;
	const struct stile_table *t;
	struct stile_upload	*u;
	struct stile_str	 name;
	size_t			 i;

	v->in = in;
	t = of->form ? stile_form_table(r) : stile_query_table(r);
	for (i = 0; t != NULL && stile_table_at(t, i, &name, NULL); i++)
		check_name(v, of, in, name, false);
	for (i = 0; of->form && (u = stile_upload_at(r, i)) != NULL; i++)
		check_name(v, of, in, stile_str(stile_upload_field(u)), true);
}

void
stile__check_table(struct stile_req *r, struct stile_validation *v,
    const struct texts_of *of, struct members *m, void *base)
{
	const struct stile_schema	*p;
	struct where			 where = { .up = NULL };
	size_t				 i, before = v->nwrong;

	if (!stile__members_init(v, of->s, m))
		return;
	for (i = 0; i < m->n; i++) {
		p = &m->properties[i];
		where.name = p->name;
		v->where = &where;
		v->in = of->form ? STILE_IN_FORM : p->in;
		check_row(r, v, p, v->in, base, &m->v[i]);
		v->where = NULL;
		if (stile_failed(r) != STILE_OK)
			return;
	}
	if (of->s->unknown == STILE_UNKNOWN_REFUSED)
		refuse_names(r, v, of);
	/* The place of each is in its row. */
	v->in = of->form ? STILE_IN_FORM : STILE_IN_QUERY;
	if (v->nwrong == before)
		stile__check_whole(v, of->s, m, &(struct stile_value){
		    .type = STILE_ABSENT });
}
