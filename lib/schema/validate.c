/* SPDX-License-Identifier: ISC */
/*
 * Checking any value by its schema.  Everything that is wrong is said, not
 * only the first; so most functions go on after a complaint, and what is half
 * filled by then is never handed out.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/str.h"
#include "codec/json.h"
#include "schema/schema.h"
#include "base/banned.h"

/* ---- JSON ------------------------------------------------------------- */

static bool
check_null(struct stile_validation *v, const struct stile_schema *row,
    enum stile_validate mode, void *base, struct stile_value *ret)
{
	const bool	nullable = stile__schema_nullable(row);

	*ret = stile_null();
	/* In a patch it takes away what need not be there, and what has a
	 * default has that again. */
	if (mode == STILE_VALIDATE_PATCH && !nullable && row->absent != NULL)
		return stile__check_absent(v, row, STILE_VALIDATE_WHOLE, base,
		    ret);
	if (nullable || (mode == STILE_VALIDATE_PATCH && !row->required))
		return stile__place_none(v, row, ret, base);
	/* A patch of null would take all of it away. */
	if (mode == STILE_VALIDATE_PATCH && v->where != NULL)
		return stile__wrong(v, "null", "this cannot be taken away");
	return stile__wrong(v, "null", "%s is expected, not null",
	    stile__schema_type(stile__schema_of(row)->type)->a);
}

/* Where the members of an object go: into the struct that is there. */
static void *
struct_at(const struct stile_schema *row, void *base)
{
	return base != NULL && row->at.kind == STILE_KIND_STRUCT ?
	    (char *)base + row->at.offset : NULL;
}

static bool
check_value(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j, enum stile_validate mode, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);

	switch (s->type) {
	case STILE_OBJECT:
		return stile__check_object(v, s, j, mode, struct_at(row, base),
		    NULL);
	case STILE_ONE_OF:
		return stile__check_one_of(v, s, j, mode, struct_at(row, base),
		    NULL);
	case STILE_MAP:
		return stile__check_map(v, s, j, mode);
	case STILE_ANY:
		*ret = stile__json_value(j);
		return stile__check_own(v, s, ret);
	default:
		return stile__decode_json(v, s, j, ret) &&
		    stile__limit(v, s, ret) && stile__check_own(v, s, ret);
	}
}

/* The types that are not one value of JSON to decode.c. */
static json_type
container(enum stile_schema_type type)
{
	switch (type) {
	case STILE_OBJECT:
	case STILE_ONE_OF:
	case STILE_MAP:
		return json_type_object;
	case STILE_ARRAY:
		return json_type_array;
	default:
		return json_type_null;
	}
}

bool
stile__check_json(struct stile_validation *v, const struct stile_schema *row,
    struct json_object *j, enum stile_validate mode, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const json_type			 expected = container(s->type);

	if (j == NULL)
		return check_null(v, row, mode, base, ret);
	*ret = stile_json_value(j);
	if (expected != json_type_null && !json_object_is_type(j, expected))
		return stile__wrong_type(v, s);
	if (s->type == STILE_ARRAY)
		return stile__check_array(v, row, j, base, ret);
	return check_value(v, row, j, mode, base, ret) &&
	    stile__place(v, row, row->at, ret, base);
}

/* ---- texts ------------------------------------------------------------ */

bool
stile__check_text(struct stile_validation *v, const struct stile_schema *row,
    struct stile_str text, void *base, struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);

	*ret = (struct stile_value){ .type = STILE_ABSENT };
	return stile__decode_text(v, s, text, ret) &&
	    stile__limit(v, s, ret) && stile__check_own(v, s, ret) &&
	    stile__place(v, row, row->at, ret, base);
}

/* An input that nobody filled in, which a form sends as "". */
static bool
is_unfilled(const struct stile_schema *s, struct stile_str text)
{
	if (text.len > 0)
		return false;
	return (s->type != STILE_STRING && s->type != STILE_ANY) ||
	    (s->choices != NULL && stile__schema_choice(s, text) < 0);
}

bool
stile__check_texts(struct stile_validation *v, const struct stile_schema *row,
    const struct stile_str *texts, size_t n, void *base,
    struct stile_value *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const bool			 list = s->type == STILE_ARRAY;

	if (n == 0 || (n == 1 && is_unfilled(list ?
	    stile__schema_of(stile__items_of(s)) : s, texts[0])))
		return stile__check_absent(v, row, STILE_VALIDATE_WHOLE, base,
		    ret);
	if (list)
		return stile__check_list(v, row, texts, n, base, ret);
	if (n == 1)
		return stile__check_text(v, row, texts[0], base, ret);
	*ret = (struct stile_value){ .type = STILE_ABSENT };
	return stile__wrong(v, "repeated", "this is given more than once");
}

/* ---- for everyone ----------------------------------------------------- */

enum stile_err
stile_validate(struct stile_arena *a, const struct stile_schema *s,
    struct json_object *j, enum stile_validate mode, void *ret,
    struct stile_violations *wrong, struct stile_error *e)
{
	struct stile_validation	v = { .arena = a, .in = STILE_IN_BODY };
	struct stile_schema	row = stile__whole_row(s);
	struct stile_value	value;
	bool			ok;

	ok = stile__check_json(&v, &row, j, mode, ret, &value);
	if (wrong != NULL)
		*wrong = (struct stile_violations){ v.nwrong, v.wrong };
	if (v.nomem)
		return stile__error_nomem(e);
	if (v.nwrong == 0 && ok)
		return STILE_OK;
	return stile_error_set(e, STILE_ERANGE, 422, "%s: %s",
	    v.nwrong > 0 && *v.wrong->where != '\0' ? v.wrong->where :
	    row.name != NULL ? row.name : "value",
	    v.nwrong > 0 ? v.wrong->detail : "not as declared");
}
