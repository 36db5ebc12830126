/* SPDX-License-Identifier: ISC */
/* Arrays: of JSON, and of the texts that a parameter has. */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/json.h"
#include "schema/schema.h"
#include "base/banned.h"

/* Room for the items of an array, typed and as the struct has them. */
struct list {
	size_t			 n, size;
	struct stile_value	*values;	/* NULL: they are no scalars */
	char			*items;		/* NULL: no struct */
	struct stile_schema	 row;		/* of an item here */
};

static bool
list_init(struct stile_validation *v, struct list *l,
    const struct stile_schema *row, const void *base, size_t n)
{
	const struct stile_schema	*item;

	item = stile__items_of(stile__schema_of(row));
	*l = (struct list){ .n = n, .size = stile__item_size(item),
	    .row = *item };
	l->row.at = stile__item_place(item);
	if (stile__is_scalar(stile__schema_of(item)) &&
	    (l->values = stile_arena_alloc(v->arena, n + 1,
	    sizeof(*l->values))) == NULL)
		v->nomem = true;
	else if (base != NULL && row->at.kind == STILE_KIND_ITEMS &&
	    (l->items = stile_arena_alloc(v->arena, n + 1, l->size)) == NULL)
		v->nomem = true;
	return !v->nomem;
}

static void *
list_base(struct list *l, size_t i)
{
	return l->items != NULL ? l->items + i * l->size : NULL;
}

static bool
list_done(struct stile_validation *v, struct list *l,
    const struct stile_schema *row, void *base, struct stile_value *ret)
{
	const struct stile_items	items = { l->items, l->n };

	if (l->values != NULL)
		*ret = stile_list(l->values, l->n);
	if (!stile__check_own(v, stile__schema_of(row), ret))
		return false;
	if (l->items != NULL)
		memcpy((char *)base + row->at.offset, &items, sizeof(items));
	return stile__place(v, row, row->at, ret, base);
}

bool
stile__check_array(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j, void *base, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct where			 inside = { .up = v->where };
	struct stile_value		 unused;
	struct list			 l;
	size_t				 i, n = json_object_array_length(j);
	bool				 ok = true;

	*ret = stile_json_value(j);
	/* Of too many, none is looked at. */
	if (!stile__limit_count(v, s, n) || !list_init(v, &l, row, base, n))
		return false;
	for (i = 0; i < n && !stile__is_full(v); i++) {
		inside.index = i;
		v->where = &inside;
		v->parent = NULL;
		ok = stile__check_json(v, &l.row,
		    json_object_array_get_idx(j, i), STILE_VALIDATE_WHOLE,
		    list_base(&l, i), l.values != NULL ? &l.values[i] :
		    &unused) && ok;
		v->where = inside.up;
	}
	return ok && (!s->unique || stile__unique(v, j)) &&
	    list_done(v, &l, row, base, ret);
}

bool
stile__check_list(struct stile_validation *v, const struct stile_schema *row,
    const struct stile_str *texts, size_t n, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct stile_value		 unused;
	struct list			 l;
	size_t				 i;
	bool				 ok = true;

	*ret = (struct stile_value){ .type = STILE_ABSENT };
	if (!stile__limit_count(v, s, n) || !list_init(v, &l, row, base, n))
		return false;
	for (i = 0; i < n && !stile__is_full(v); i++)
		ok = stile__check_text(v, &l.row, texts[i], list_base(&l, i),
		    l.values != NULL ? &l.values[i] : &unused) && ok;
	return ok && (!s->unique || l.values == NULL ||
	    stile__unique_values(v, l.values, n)) &&
	    list_done(v, &l, row, base, ret);
}
