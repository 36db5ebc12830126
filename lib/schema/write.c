/* SPDX-License-Identifier: ISC */
/* Structs and rows out, by the tables that describe them. */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/schema.h"
#include "base/banned.h"

#define DAY_MS	86400000

bool
stile__may_see(const struct viewer *viewer, const struct stile_schema *p)
{
	if (p->write_only)
		return false;
	return p->need == NULL || (viewer != NULL && viewer->may != NULL &&
	    viewer->may(viewer->arg, p->need));
}

static int64_t
clamp(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v < max ? v : max;
}

/* RFC 3339, appendix A, which has no hours and seconds without minutes; in
 * whole seconds. */
static void
write_duration(struct stile_buf *b, int64_t ms)
{
	const int64_t	sec = clamp(ms, INT64_MAX) / 1000;
	const int	m = (int)(sec / 60 % 60), s = (int)(sec % 60);

	stile_buf_puts(b, "\"PT");
	if (sec >= 3600)
		stile_buf_printf(b, "%" PRId64 "H", sec / 3600);
	if (m != 0 || (sec >= 3600 && s != 0))
		stile_buf_printf(b, "%dM", m);
	if (s != 0 || sec == 0)
		stile_buf_printf(b, "%dS", s);
	stile_buf_putc(b, '"');
}

static void
write_time_of_day(struct stile_buf *b, int64_t ms)
{
	const int	t = (int)clamp(ms, DAY_MS - 1);

	stile_buf_printf(b, "\"%02d:%02d:%02d", t / 3600000, t / 60000 % 60,
	    t / 1000 % 60);
	if (t % 1000 != 0)
		stile_buf_printf(b, ".%03d", t % 1000);
	stile_buf_puts(b, "Z\"");
}

/* A whole number that stands for something else in JSON. */
static bool
write_number(struct stile_buf *b, const struct stile_schema *s, int64_t i)
{
	char	stamp[STILE_TIMESTAMP_SIZE], day[STILE_DAY_SIZE];

	switch (s->type) {
	case STILE_BOOLEAN:
		stile_json_write(b, stile_bool(i != 0));
		return true;
	case STILE_DATE_TIME:
		stile_timestamp(i, stamp);
		stile_json_write_str(b, stile_str(stamp));
		return true;
	case STILE_DATE:
		stile_day(i, day);
		stile_json_write_str(b, stile_str(day));
		return true;
	case STILE_TIME_OF_DAY:
		write_time_of_day(b, i);
		return true;
	case STILE_DURATION:
		write_duration(b, i);
		return true;
	default:
		break;
	}
	if (!stile__schema_is_text(s->type) || s->choices == NULL || i < 0)
		return false;
	/* A position among the choices, of which there are not many. */
	for (size_t k = 0; s->choices[k] != NULL; k++)
		if ((int64_t)k == i) {
			stile_json_write_str(b, stile_str(s->choices[k]));
			return true;
		}
	return false;
}

void
stile__schema_write_value(struct stile_buf *b, const struct stile_schema *row,
    const struct stile_value *v)
{
	const struct stile_schema	*s = stile__schema_of(row);

	if (v->type == STILE_INT && write_number(b, s, v->u.i))
		return;
	if (v->type == STILE_INT && s->type == STILE_NUMBER)
		stile_json_write(b, stile_double((double)v->u.i));
	else if (v->type == STILE_TEXT && s->type == STILE_BINARY)
		stile_json_write(b, stile_blob(v->u.s.p, v->u.s.len));
	else
		stile__json_write(b, v);
}

/* The value that a member of a struct holds. */
static struct stile_value
member_value(struct stile_place at, const char *p)
{
	struct stile_value	 value;
	struct stile_str	 str;
	const char		*chars;
	double			 d;
	int64_t			 i;
	int			 n;
	bool			 flag;

	switch (at.kind) {
	case STILE_KIND_BOOL:
		memcpy(&flag, p, sizeof(flag));
		return stile_bool(flag);
	case STILE_KIND_INT:
		memcpy(&n, p, sizeof(n));
		return stile_int(n);
	case STILE_KIND_INT64:
		memcpy(&i, p, sizeof(i));
		return stile_int(i);
	case STILE_KIND_DOUBLE:
		memcpy(&d, p, sizeof(d));
		return stile_double(d);
	case STILE_KIND_CHARS:
		memcpy(&chars, p, sizeof(chars));
		return stile_text(chars);
	case STILE_KIND_STR:
		memcpy(&str, p, sizeof(str));
		return str.p != NULL ? stile_text_str(str) : stile_null();
	case STILE_KIND_VALUE:
		memcpy(&value, p, sizeof(value));
		return value;
	default:
		return stile_null();
	}
}

static void	write_at(struct stile_buf *, const struct stile_schema *row,
		    const struct viewer *, const char *base);

static void
write_array(struct stile_buf *b, const struct stile_schema *item,
    const struct viewer *viewer, const char *p, size_t n)
{
	const struct stile_schema	row = { .ref = item,
					    .at = stile__item_place(item) };
	const size_t			size = stile__item_size(item);
	size_t				i;

	stile_buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			stile_buf_putc(b, ',');
		write_at(b, &row, viewer, p + i * size);
	}
	stile_buf_putc(b, ']');
}

static void
write_member(struct stile_buf *b, const struct stile_schema *p,
    const struct viewer *viewer, const char *base, const char **sep)
{
	const struct stile_value	v = member_value(p->at,
					    base + p->at.offset);

	if (p->at.kind == 0 || v.type == STILE_ABSENT ||
	    !stile__may_see(viewer, p))
		return;
	stile_buf_puts(b, *sep);
	*sep = ",";
	stile_json_write_str(b, stile_str(p->name));
	stile_buf_putc(b, ':');
	write_at(b, p, viewer, base);
}

/* Which of several it is, by the member that all have in the same place. */
static const struct stile_schema *
which(const struct stile_schema *s, const char *base)
{
	const struct stile_schema	*p, *one;
	struct stile_value		 v;
	struct stile_str		 name;
	size_t				 i;

	for (i = 0; s->one_of[i] != NULL; i++) {
		one = stile__schema_of(s->one_of[i]);
		for (p = one->properties; p != NULL && p->name != NULL; p++) {
			if (p->at.kind == 0 ||
			    strcmp(p->name, s->discriminator) != 0)
				continue;
			v = member_value(p->at, base + p->at.offset);
			name = stile_str(s->one_of[i]->name);
			if ((v.type == STILE_TEXT && stile_str_eq(v.u.s,
			    name)) || (v.type == STILE_INT && v.u.i ==
			    stile__schema_choice(stile__schema_of(p), name)))
				return one;
		}
	}
	return NULL;
}

static void
write_struct(struct stile_buf *b, const struct stile_schema *s,
    const struct viewer *viewer, const char *base)
{
	const struct stile_schema	*p;
	const char			*sep = "";

	if (s->type == STILE_ONE_OF && (s = which(s, base)) == NULL) {
		stile_buf_puts(b, "null");
		return;
	}
	stile_buf_putc(b, '{');
	for (p = s->properties; p != NULL && p->name != NULL; p++)
		write_member(b, p, viewer, base, &sep);
	stile_buf_putc(b, '}');
}

/* What a row has in a struct. */
static void
write_at(struct stile_buf *b, const struct stile_schema *row,
    const struct viewer *viewer, const char *base)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const char			*at = base + row->at.offset;
	struct stile_items		 items;
	struct stile_value		 v;

	switch (row->at.kind) {
	case STILE_KIND_STRUCT:
		write_struct(b, s, viewer, at);
		break;
	case STILE_KIND_ITEMS:
		memcpy(&items, at, sizeof(items));
		write_array(b, stile__items_of(s), viewer, items.v, items.n);
		break;
	default:
		v = member_value(row->at, at);
		stile__schema_write_value(b, row, &v);
		break;
	}
}

void
stile__schema_write(struct stile_buf *b, const struct stile_schema *s,
    const struct viewer *viewer, const void *p)
{
	struct stile_schema	row = stile__whole_row(s);

	/* One thing needs no size. */
	if (row.at.kind == 0)
		row.at.kind = STILE_KIND_STRUCT;
	write_at(b, &row, viewer, p);
}

void
stile__schema_write_many(struct stile_buf *b, const struct stile_schema *s,
    const struct viewer *viewer, const void *p, size_t n)
{
	const size_t	size = stile__whole_size(s);
	size_t		i;

	stile_buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			stile_buf_putc(b, ',');
		stile__schema_write(b, s, viewer, (const char *)p + i * size);
	}
	stile_buf_putc(b, ']');
}

void
stile_schema_write(struct stile_buf *b, const struct stile_schema *s,
    const void *p)
{
	stile__schema_write(b, s, NULL, p);
}

void
stile_schema_write_many(struct stile_buf *b, const struct stile_schema *s,
    const void *p, size_t n)
{
	stile__schema_write_many(b, s, NULL, p, n);
}
