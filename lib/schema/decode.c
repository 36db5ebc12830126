/* SPDX-License-Identifier: ISC */
/* One scalar: from JSON or text to a typed value, made as declared. */
#include "base/priv.h"

#include <math.h>

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/str.h"
#include "schema/schema.h"
#include "base/banned.h"

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct stile_str
trimmed(struct stile_str s)
{
	while (s.len > 0 && is_blank(*s.p)) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

static char
ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* RFC 9562, section 4: written in lower case. */
static bool
wants_lower(const struct stile_schema *s)
{
	return s->lower || s->type == STILE_UUID;
}

static bool
is_as_declared(const struct stile_schema *s, struct stile_str text)
{
	size_t	i;
	char	c;

	if (s->trim && trimmed(text).len != text.len)
		return false;
	if (!wants_lower(s) && !s->upper)
		return true;
	for (i = 0; i < text.len; i++) {
		c = text.p[i];
		if (c != (s->upper ? ascii_upper(c) : (char)ascii_lower(c)))
			return false;
	}
	return true;
}

/* A copy without the blanks around it and in the declared case, or NULL. */
static char *
normalised(struct stile_arena *a, const struct stile_schema *s,
    struct stile_str *text)
{
	size_t	i;
	char	*p;

	if (s->trim)
		*text = trimmed(*text);
	if ((p = stile_arena_dup(a, *text)) == NULL)
		return NULL;
	text->p = p;
	if (s->upper || wants_lower(s))
		for (i = 0; i < text->len; i++)
			p[i] = s->upper ? ascii_upper(p[i]) :
			    (char)ascii_lower(p[i]);
	return p;
}

static bool
out_of_memory(struct stile_validation *v)
{
	v->nomem = true;
	return false;
}

static enum stile_err
parse(struct stile_arena *a, const struct schema_type *t,
    struct stile_str text, struct stile_value *ret)
{
	if (t->parse != NULL)
		return t->parse(a, text, ret);
	*ret = stile_text_str(text);
	return t->is(text) ? STILE_OK : STILE_ESYNTAX;
}

/* Text, with a NUL behind it. */
static bool
decode(struct stile_validation *v, const struct stile_schema *s,
    struct stile_str text, struct stile_value *ret)
{
	const struct schema_type	*t = stile__schema_type(s->type);

	if (memchr(text.p, '\0', text.len) != NULL)
		return stile__wrong(v, "nul", "text without NUL is expected");
	switch (parse(v->arena, t, text, ret)) {
	case STILE_OK:
		return true;
	case STILE_ENOMEM:
		return out_of_memory(v);
	default:
		return stile__wrong(v, stile__schema_is_text(s->type) ?
		    "format" : "type", "%s is expected", t->a);
	}
}

bool
stile__decode_text(struct stile_validation *v, const struct stile_schema *s,
    struct stile_str text, struct stile_value *ret)
{
	/* A header may have any bytes. */
	if (!stile_utf8_valid(text))
		return stile__wrong(v, "format", "text in UTF-8 is expected");
	if (s->type == STILE_ANY) {
		*ret = stile_text_str(text);
		return true;
	}
	if (!stile__is_scalar(s))
		return stile__wrong_type(v, s);
	if (!is_as_declared(s, text) &&
	    normalised(v->arena, s, &text) == NULL)
		return out_of_memory(v);
	return decode(v, s, text, ret);
}

/* The tree gets it as it is declared, too. */
static bool
decode_string(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, struct stile_value *ret)
{
	struct stile_str	text = { json_object_get_string(j),
				    (size_t)json_object_get_string_len(j) };

	if (is_as_declared(s, text))
		return decode(v, s, text, ret);
	if (normalised(v->arena, s, &text) == NULL ||
	    json_object_set_string_len(j, text.p, (int)text.len) == 0)
		return out_of_memory(v);
	return decode(v, s, text, ret);
}

/* JSON Schema, section 4.2.1 of its core: 1.0 is an integer. */
static bool
whole(double d, struct stile_value *ret)
{
	if (d != floor(d) || d < -0x1p63 || d >= 0x1p63)
		return false;
	*ret = stile_int((int64_t)d);
	return true;
}

bool
stile__decode_json(struct stile_validation *v, const struct stile_schema *s,
    struct json_object *j, struct stile_value *ret)
{
	switch (json_object_get_type(j)) {
	case json_type_string:
		if (!stile__schema_is_text(s->type))
			break;
		return decode_string(v, s, j, ret);
	case json_type_int:
		if (s->type == STILE_INTEGER)
			*ret = stile_int(json_object_get_int64(j));
		else if (s->type == STILE_NUMBER)
			*ret = stile_double(
			    (double)json_object_get_int64(j));
		else
			break;
		return true;
	case json_type_double:
		if (s->type == STILE_INTEGER &&
		    whole(json_object_get_double(j), ret))
			return true;
		if (s->type != STILE_NUMBER)
			break;
		*ret = stile_double(json_object_get_double(j));
		return true;
	case json_type_boolean:
		if (s->type != STILE_BOOLEAN)
			break;
		*ret = stile_bool(json_object_get_boolean(j));
		return true;
	default:
		break;
	}
	return stile__wrong_type(v, s);
}
