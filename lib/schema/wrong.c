/* SPDX-License-Identifier: ISC */
/* Complaints: where, what code, what sentence; so many and no more. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "schema/schema.h"
#include "base/banned.h"

#define WHERE_MAX	256	/* bytes: names are the sender's */
#define DETAIL_MAX	300
#define MORE		", ..."

/* As much of a pointer as is kept, and a byte to see that there is more. */
struct pointer {
	char	text[WHERE_MAX + 1];
	size_t	n;
};

static bool
has_room(const struct pointer *p)
{
	return p->n < sizeof(p->text);
}

static void
put_char(struct pointer *p, char c)
{
	if (has_room(p))
		p->text[p->n++] = c;
}

/* RFC 6901, section 3: a name's '~' and '/' are escaped. */
static void
put_name(struct pointer *p, const char *name)
{
	for (; *name != '\0' && has_room(p); name++) {
		if (*name != '~' && *name != '/') {
			put_char(p, *name);
			continue;
		}
		put_char(p, '~');
		put_char(p, *name == '~' ? '0' : '1');
	}
}

static void
put_where(struct pointer *p, const struct where *w)
{
	char	digits[21];

	if (w == NULL)
		return;
	put_where(p, w->up);
	put_char(p, '/');
	snprintf(digits, sizeof(digits), "%zu", w->index);
	put_name(p, w->name != NULL ? w->name : digits);
}

/* A parameter's name, or where in the body it is. */
static const char *
where_text(struct stile_validation *v)
{
	struct pointer		p = { .n = 0 };
	struct stile_str	s;

	if (v->in != STILE_IN_BODY)
		return stile_arena_dup(v->arena, stile__utf8_cut(stile_str(
		    v->where != NULL ? v->where->name : ""), WHERE_MAX));
	put_where(&p, v->where);
	s = stile__utf8_cut((struct stile_str){ p.text, p.n }, WHERE_MAX);
	/* Nor half of an escape. */
	if (s.len < p.n && s.p[s.len - 1] == '~')
		s.len--;
	return stile_arena_dup(v->arena, s);
}

bool
stile__is_full(const struct stile_validation *v)
{
	return v->nwrong == VIOLATIONS_MAX || v->nomem;
}

static void
add(struct stile_validation *v, const char *code, const char *fmt, va_list ap)
{
	char			 detail[DETAIL_MAX];
	struct stile_violation	*w;

	if (stile__is_full(v))
		return;
	if (v->wrong == NULL)
		v->wrong = stile_arena_alloc(v->arena, VIOLATIONS_MAX,
		    sizeof(*v->wrong));
	if (v->wrong == NULL) {
		v->nomem = true;
		return;
	}
	vsnprintf(detail, sizeof(detail), fmt, ap);
	w = &v->wrong[v->nwrong];
	w->in = v->in;
	w->code = code;
	w->where = where_text(v);
	w->detail = stile_arena_dup(v->arena,
	    stile__utf8_cut(stile_str(detail), sizeof(detail) - 2));
	if (w->where == NULL || w->detail == NULL)
		v->nomem = true;
	else
		v->nwrong++;
}

bool
stile__wrong(struct stile_validation *v, const char *code, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	add(v, code, fmt, ap);
	va_end(ap);
	return false;
}

bool
stile__wrong_type(struct stile_validation *v, const struct stile_schema *s)
{
	return stile__wrong(v, "type", "%s is expected",
	    stile__schema_type(s->type)->a);
}

void
stile__list_choice(struct choices *list, const char *name)
{
	const char	*sep = list->n > 0 ? ", " : "";
	size_t		 room = sizeof(list->text) - list->n;

	if (strlen(sep) + strlen(name) + sizeof(MORE) <= room)
		list->n += (size_t)snprintf(list->text + list->n, room, "%s%s",
		    sep, name);
	else if (room >= sizeof(MORE)) {
		memcpy(list->text + list->n, MORE, sizeof(MORE));
		/* Full now, whatever comes. */
		list->n = sizeof(list->text);
	}
}

/* Parameters are in one table and in many places. */
static enum stile_in
place_of(const struct stile_validation *v, const char *name)
{
	const struct members	*m = v->members;
	size_t			 i;

	for (i = 0; v->in == STILE_IN_QUERY && m != NULL && i < m->n; i++)
		if (strcmp(m->properties[i].name, name) == 0)
			return m->properties[i].in;
	return v->in;
}

void
stile_wrong(struct stile_validation *v, const char *name, const char *code,
    const char *fmt, ...)
{
	const enum stile_in	 in = v->in;
	const struct where	*at = v->where;
	struct where		 inside = { at, name, 0 };
	va_list			 ap;

	if (name != NULL) {
		v->where = &inside;
		v->in = place_of(v, name);
	}
	va_start(ap, fmt);
	add(v, code, fmt, ap);
	va_end(ap);
	v->where = at;
	v->in = in;
}

struct stile_value
stile_checked(const struct stile_validation *v, const char *name)
{
	const struct members	*m = v->members;
	size_t			 i;

	for (i = 0; m != NULL && i < m->n; i++)
		if (strcmp(m->properties[i].name, name) == 0)
			return m->v[i];
	return (struct stile_value){ .type = STILE_ABSENT };
}
