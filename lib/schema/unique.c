/* SPDX-License-Identifier: ISC */
/*
 * Whether the items of an array differ.  Each is written in a form that is the
 * same for equal values; the forms are sorted, so that an array of any length
 * costs no square of it.
 */
#include "base/priv.h"

#include <math.h>

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "schema/schema.h"
#include "base/banned.h"

struct form {
	struct stile_str	text;
	size_t			index;
};

static void	put_form(struct stile_buf *, struct stile_arena *,
		    struct json_object *);

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_object(struct stile_buf *b, struct stile_arena *a, struct json_object *j)
{
	size_t		  n = (size_t)json_object_object_length(j), i = 0;
	const char	**names = stile_arena_alloc(a, n + 1, sizeof(*names));

	if (names == NULL) {
		/* The buffer says so in the end. */
		stile_buf_write(b, NULL, SIZE_MAX);
		return;
	}
	json_object_object_foreach(j, name, value) {
		(void)value;
		names[i++] = name;
	}
	qsort(names, n, sizeof(*names), compare_names);
	stile_buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		stile_json_write_str(b, stile_str(names[i]));
		put_form(b, a, json_object_object_get(j, names[i]));
	}
	stile_buf_putc(b, '}');
}

/* 1.0 is 1: JSON Schema compares values and not how they are written. */
static void
put_double(struct stile_buf *b, double d)
{
	if (d == floor(d) && fabs(d) < 0x1p63)
		stile_json_write(b, stile_int((int64_t)d));
	else
		stile_json_write(b, stile_double(d));
}

static void
put_form(struct stile_buf *b, struct stile_arena *a, struct json_object *j)
{
	size_t	i;

	switch (json_object_get_type(j)) {
	case json_type_object:
		put_object(b, a, j);
		break;
	case json_type_array:
		stile_buf_putc(b, '[');
		for (i = 0; i < json_object_array_length(j); i++)
			put_form(b, a, json_object_array_get_idx(j, i));
		stile_buf_putc(b, ']');
		break;
	case json_type_double:
		put_double(b, json_object_get_double(j));
		break;
	default:
		stile_json_write(b, stile_json_value(j));
		break;
	}
	stile_buf_putc(b, ',');
}

static int
compare_forms(const void *a, const void *b)
{
	const struct form	*x = a, *y = b;
	size_t			 n;
	int			 rc;

	n = x->text.len < y->text.len ? x->text.len : y->text.len;
	if ((rc = memcmp(x->text.p, y->text.p, n)) != 0)
		return rc;
	if (x->text.len != y->text.len)
		return x->text.len < y->text.len ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Items of either kind. */
struct items {
	struct json_object		*array;		/* or NULL */
	const struct stile_value	*values;
	size_t				 n;
};

static void
put_item(struct stile_buf *b, struct stile_arena *a, const struct items *items,
    size_t i)
{
	if (items->array != NULL)
		put_form(b, a, json_object_array_get_idx(items->array, i));
	else if (items->values[i].type == STILE_DOUBLE)
		put_double(b, items->values[i].u.d);
	else
		stile_json_write(b, items->values[i]);
}

/* All forms are in one buffer, which moves while it grows. */
static bool
write_forms(struct stile_arena *a, const struct items *items,
    struct form *forms)
{
	struct stile_buf	*b;
	struct stile_str	 all;
	size_t			 i;

	if ((b = stile_buf_new(a, SIZE_MAX - 1)) == NULL)
		return false;
	for (i = 0; i < items->n; i++) {
		forms[i].index = i;
		forms[i].text.len = stile_buf_view(b).len;
		put_item(b, a, items, i);
		forms[i].text.len = stile_buf_view(b).len - forms[i].text.len;
	}
	if (stile_buf_err(b) != STILE_OK)
		return false;
	all = stile_buf_view(b);
	for (i = 0; i < items->n; all.p += forms[i++].text.len)
		forms[i].text.p = all.p;
	return true;
}

static bool
are_unique(struct stile_validation *v, const struct items *items)
{
	struct form	*forms;
	size_t		 i;

	if (items->n < 2)
		return true;
	forms = stile_arena_alloc(v->arena, items->n, sizeof(*forms));
	if (forms == NULL || !write_forms(v->arena, items, forms)) {
		v->nomem = true;
		return false;
	}
	qsort(forms, items->n, sizeof(*forms), compare_forms);
	for (i = 1; i < items->n; i++)
		if (stile_str_eq(forms[i - 1].text, forms[i].text))
			return stile__wrong(v, "duplicate",
			    "items %zu and %zu are the same",
			    forms[i - 1].index, forms[i].index);
	return true;
}

bool
stile__unique(struct stile_validation *v, struct json_object *array)
{
	const struct items	items = { array, NULL,
				    json_object_array_length(array) };

	return are_unique(v, &items);
}

bool
stile__unique_values(struct stile_validation *v,
    const struct stile_value *values, size_t n)
{
	const struct items	items = { NULL, values, n };

	return are_unique(v, &items);
}
