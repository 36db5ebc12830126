/* SPDX-License-Identifier: ISC */
/* Complaints: where, what code, what sentence; so many and no more. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "schema/schema.h"
#include "base/banned.h"

#define WHERE_MAX	256	/* bytes: names are the sender's */
#define DETAIL_MAX	300

/* RFC 6901, section 3: a name's '~' and '/' are escaped. */
static void
put_name(struct stile_buf *b, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '~')
			stile_buf_puts(b, "~0");
		else if (*name == '/')
			stile_buf_puts(b, "~1");
		else
			stile_buf_putc(b, *name);
	}
}

static void
put_where(struct stile_buf *b, const struct where *w)
{
	if (w == NULL)
		return;
	put_where(b, w->up);
	stile_buf_putc(b, '/');
	if (w->name != NULL)
		put_name(b, w->name);
	else
		stile_buf_printf(b, "%zu", w->index);
}

/* At most so many bytes, and no half of a character. */
static struct stile_str
cut(struct stile_str s, size_t max)
{
	if (s.len <= max)
		return s;
	for (s.len = max; s.len > 0 && (s.p[s.len] & 0xC0) == 0x80; s.len--)
		continue;
	return s;
}

/* A parameter's name, or where in the body it is. */
static const char *
where_text(struct stile_validation *v)
{
	struct stile_buf	*b;
	struct stile_str	 s;

	if (v->in != STILE_IN_BODY)
		return v->where != NULL ? stile_arena_dup(v->arena,
		    cut(stile_str(v->where->name), WHERE_MAX)) : "";
	if ((b = stile_buf_new(v->arena, SIZE_MAX)) == NULL)
		return NULL;
	put_where(b, v->where);
	s = stile_buf_view(b);
	return stile_buf_err(b) == STILE_OK ?
	    stile_arena_dup(v->arena, cut(s, WHERE_MAX)) : NULL;
}

static void
add(struct stile_validation *v, const char *code, const char *fmt, va_list ap)
{
	char			 detail[DETAIL_MAX];
	struct stile_violation	*w;

	if (v->nwrong == VIOLATIONS_MAX || v->nomem)
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
	    cut(stile_str(detail), sizeof(detail) - 2));
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
stile_wrong(struct stile_validation *v, const char *name, const char *code,
    const char *fmt, ...)
{
	const struct where	*at = v->where;
	struct where		 inside = { at, name, 0 };
	va_list			 ap;

	if (name != NULL)
		v->where = &inside;
	va_start(ap, fmt);
	add(v, code, fmt, ap);
	va_end(ap);
	v->where = at;
}

struct stile_value
stile_checked(const struct stile_validation *v, const char *name)
{
	const struct members	*m = v->members;
	size_t			 i;

	for (i = 0; m != NULL && m->properties[i].name != NULL; i++)
		if (strcmp(m->properties[i].name, name) == 0)
			return m->v[i];
	return (struct stile_value){ .type = STILE_ABSENT };
}
