/* SPDX-License-Identifier: ISC */
/* Keywords of JSON Schema, 2020-12, of what has no other schemas inside. */
#include "base/priv.h"

#include <inttypes.h>
#include <math.h>

#include <json-c/json.h>

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "codec/json.h"
#include "schema/document.h"
#include "base/banned.h"

/* ---- members -------------------------------------------------------- */

void
stile__key_text(struct stile_buf *b, const char *name, const char *text)
{
	if (text == NULL)
		return;
	stile__json_key(b, name);
	stile_json_write_str(b, stile_str(text));
}

void
stile__key_true(struct stile_buf *b, const char *name, bool is)
{
	if (!is)
		return;
	stile__json_key(b, name);
	stile_buf_puts(b, "true");
}

void
stile__key_int(struct stile_buf *b, const char *name, int64_t i)
{
	stile__json_key(b, name);
	stile_buf_printf(b, "%" PRId64, i);
}

/* 5 and not 5.0, where it is the same. */
static void
key_double(struct stile_buf *b, const char *name, double d)
{
	if (d == floor(d) && fabs(d) < 0x1p53) {
		stile__key_int(b, name, (int64_t)d);
		return;
	}
	stile__json_key(b, name);
	stile_json_write(b, stile_double(d));
}

/* ---- texts as a form has them --------------------------------------- */

static bool
write_tree(struct stile_buf *b, const char *text)
{
	struct json_object	*j = NULL;
	enum stile_err		 rc;

	if ((rc = stile_json_parse(stile_str(text), 0, &j, NULL)) == STILE_OK)
		stile_json_write(b, stile_json_value(j));
	else if (rc == STILE_ENOMEM)
		stile__buf_fail(b, rc);
	json_object_put(j);
	return rc == STILE_OK || rc == STILE_ENOMEM;
}

void
stile__schema_write_text(struct stile_buf *b, const struct stile_schema *row,
    const char *text)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const struct schema_type	*t = stile__schema_type(s->type);
	struct stile_value		 v;

	if (!stile__schema_is_text(s->type) && t->parse != NULL &&
	    t->parse(stile__buf_arena(b), stile_str(text), &v) == STILE_OK)
		stile_json_write(b, v);
	else if (stile__schema_is_text(s->type) || t->parse != NULL ||
	    !write_tree(b, text))
		stile_json_write_str(b, stile_str(text));
}

/* ---- bounds --------------------------------------------------------- */

/* What the bounds of a type are called. */
static const struct {
	enum stile_schema_type	type;
	const char		*min, *max;
} bounds[] = {
	{ STILE_ARRAY,	"minItems",		"maxItems" },
	{ STILE_MAP,	"minProperties",	"maxProperties" },
	{ STILE_FILE,	"minLength",		"maxLength" },
};

/* Four characters stand for three bytes. */
static int64_t
base64_len(int64_t n)
{
	return n > INT64_MAX / 4 ? INT64_MAX : (n + 2) / 3 * 4;
}

void
stile__schema_put_count(struct stile_buf *b, const struct stile_schema *s)
{
	const char	*min = "minLength", *max = "maxLength";
	bool		 coded = s->type == STILE_BINARY;
	size_t		 i;

	for (i = 0; i < NELEM(bounds); i++)
		if (bounds[i].type == s->type) {
			min = bounds[i].min;
			max = bounds[i].max;
		}
	if (stile__has_min(s->min, s->max) && s->min > 0)
		stile__key_int(b, min, coded ? base64_len(s->min) : s->min);
	if (stile__has_max(s->min, s->max))
		stile__key_int(b, max, coded ? base64_len(s->max) : s->max);
}

static const char *
low_name(const struct stile_schema *s)
{
	return s->exclusive_min ? "exclusiveMinimum" : "minimum";
}

static const char *
high_name(const struct stile_schema *s)
{
	return s->exclusive_max ? "exclusiveMaximum" : "maximum";
}

static void
put_range(struct stile_buf *b, const struct stile_schema *s)
{
	if (s->type == STILE_INTEGER) {
		if (stile__has_min(s->min, s->max))
			stile__key_int(b, low_name(s), s->min);
		if (stile__has_max(s->min, s->max))
			stile__key_int(b, high_name(s), s->max);
	} else {
		if (stile__has_low(s->low, s->high))
			key_double(b, low_name(s), s->low);
		if (stile__has_high(s->low, s->high))
			key_double(b, high_name(s), s->high);
	}
	if (s->multiple_of > 0)
		key_double(b, "multipleOf", s->multiple_of);
}

static void
put_choices(struct stile_buf *b, const struct stile_schema *s, bool null)
{
	size_t	i;

	if (s->choices == NULL)
		return;
	stile__json_key(b, "enum");
	stile_buf_putc(b, '[');
	for (i = 0; s->choices[i] != NULL; i++) {
		stile__json_next(b);
		stile_json_write_str(b, stile_str(s->choices[i]));
	}
	stile_buf_puts(b, null ? ",null]" : "]");
}

/* A slug is no format that others know, and may have a pattern as well. */
static void
put_pattern(struct stile_buf *b, const struct stile_schema *s)
{
	static const char	slug[] = "^[A-Za-z0-9_-]+$";

	if (s->type != STILE_SLUG || s->pattern == NULL) {
		stile__key_text(b, "pattern", s->type == STILE_SLUG ? slug :
		    s->pattern);
		return;
	}
	stile__key_text(b, "pattern", s->pattern);
	stile__json_key(b, "allOf");
	stile_buf_printf(b, "[{\"pattern\":\"%s\"}]", slug);
}

/* ---- types ---------------------------------------------------------- */

void
stile__schema_put_type(struct stile_buf *b, const struct stile_schema *s,
    bool null)
{
	const struct schema_type	*t = stile__schema_type(s->type);

	if (t->json == NULL)
		return;
	stile__json_key(b, "type");
	stile_buf_printf(b, null ? "[\"%s\",\"null\"]" : "\"%s\"", t->json);
	stile__key_text(b, "format", t->format);
}

void
stile__schema_put_scalar(struct schema_doc *d, const struct stile_schema *s,
    bool null)
{
	struct stile_buf	*b = d->b;

	/* To OpenAPI, bytes as they are have no type (section 4.8.14). */
	if (s->type != STILE_FILE || !d->openapi)
		stile__schema_put_type(b, s, null);
	switch (s->type) {
	case STILE_INTEGER:
	case STILE_NUMBER:
		put_range(b, s);
		break;
	case STILE_FILE:
		stile__key_text(b, "contentMediaType",
		    "application/octet-stream");
		stile__schema_put_count(b, s);
		break;
	case STILE_BINARY:
		stile__key_text(b, "contentEncoding", "base64");
		stile__schema_put_count(b, s);
		break;
	default:
		/* Of what else is text, the text itself is bounded. */
		if (stile__schema_type(s->type)->is == NULL)
			break;
		stile__schema_put_count(b, s);
		put_choices(b, s, null);
		put_pattern(b, s);
		break;
	}
}
