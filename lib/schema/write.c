/* SPDX-License-Identifier: ISC */
/* Structs and rows out, by the tables that describe them. */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/date.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/schema.h"
#include "base/banned.h"

bool
stile__may_see(const struct viewer *viewer, const struct stile_schema *p)
{
	if (p->write_only)
		return false;
	return p->need == NULL || (viewer != NULL && viewer->may != NULL &&
	    viewer->may(viewer->arg, p->need));
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

static void
write_items(struct stile_buf *b, const struct stile_schema *s,
    const struct viewer *viewer, const char *p)
{
	struct stile_schema	row = { .name = "" };
	struct stile_items	items;
	struct stile_value	v;
	size_t			i, size;

	memcpy(&items, p, sizeof(items));
	row.ref = s->items;
	row.at = stile__item_place(s->items);
	size = stile__item_size(s->items);
	stile_buf_putc(b, '[');
	for (i = 0, p = items.v; i < items.n; i++, p += size) {
		if (i > 0)
			stile_buf_putc(b, ',');
		if (row.at.kind == STILE_KIND_STRUCT) {
			stile__schema_write_struct(b, s->items, viewer, p);
			continue;
		}
		v = member_value(row.at, p);
		stile__schema_write_value(b, &row, &v);
	}
	stile_buf_putc(b, ']');
}

static void
write_member(struct stile_buf *b, const struct stile_schema *p,
    const struct viewer *viewer, const char *base, const char **sep)
{
	const struct stile_schema	*s = stile__schema_of(p);
	const char			*at = base + p->at.offset;
	struct stile_value		 v;

	if (p->at.kind == 0 || !stile__may_see(viewer, p))
		return;
	v = member_value(p->at, at);
	if (v.type == STILE_ABSENT)
		return;
	stile_buf_puts(b, *sep);
	*sep = ",";
	stile_json_write_str(b, stile_str(p->name));
	stile_buf_putc(b, ':');
	if (p->at.kind == STILE_KIND_STRUCT)
		stile__schema_write_struct(b, s, viewer, at);
	else if (p->at.kind == STILE_KIND_ITEMS)
		write_items(b, s, viewer, at);
	else
		stile__schema_write_value(b, p, &v);
}

void
stile__schema_write_struct(struct stile_buf *b, const struct stile_schema *row,
    const struct viewer *viewer, const void *base)
{
	const struct stile_schema	*s = stile__schema_of(row), *p;
	const char			*sep = "";

	stile_buf_putc(b, '{');
	for (p = s->properties; p != NULL && p->name != NULL; p++)
		write_member(b, p, viewer, base, &sep);
	stile_buf_putc(b, '}');
}

void
stile_schema_write(struct stile_buf *b, const struct stile_schema *s,
    const void *p)
{
	stile__schema_write_struct(b, s, NULL, p);
}

void
stile_schema_write_many(struct stile_buf *b, const struct stile_schema *s,
    const void *p, size_t n)
{
	const char	*at = p;
	size_t		 i;

	stile_buf_putc(b, '[');
	for (i = 0; i < n; i++, at += s->size) {
		if (i > 0)
			stile_buf_putc(b, ',');
		stile__schema_write_struct(b, s, NULL, at);
	}
	stile_buf_putc(b, ']');
}
