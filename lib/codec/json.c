/* SPDX-License-Identifier: ISC */
/*
 * JSON in: json-c behind our rules.  json-c alone accepts 'a', NaN, leading
 * zeros and duplicate names, cuts names at a NUL, and clamps integers that do
 * not fit; so a scan after RFC 8259 goes first and json-c sees only what
 * passed it.
 *
 * Duplicates are found by counting: the scan counts the members in the text,
 * and a tree with fewer has lost one to its twin.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/num.h"
#include "stile/str.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "base/banned.h"

#define DEPTH_MAX	256	/* bits in struct scan */

struct scan {
	const char	*p;		/* the whole text */
	size_t		 n;
	size_t		 i;		/* next byte */
	size_t		 members;
	bool		 nul;		/* an escaped NUL has come by */
	unsigned	 depth;
	unsigned	 max_depth;
	unsigned char	 in_object[DEPTH_MAX / 8];	/* a bit a level */
	const char	*why;		/* what is wrong at i */
	enum stile_err	 code;
};

static bool
bad(struct scan *s, const char *why)
{
	s->why = why;
	s->code = STILE_ESYNTAX;
	return false;
}

static int
peek(const struct scan *s)
{
	return s->i < s->n ? (unsigned char)s->p[s->i] : -1;
}

static void
skip_space(struct scan *s)
{
	while (s->i < s->n && (s->p[s->i] == ' ' || s->p[s->i] == '\t' ||
	    s->p[s->i] == '\n' || s->p[s->i] == '\r'))
		s->i++;
}

static bool
scan_escape(struct scan *s)
{
	size_t	k;

	s->i++;
	switch (peek(s)) {
	case '"': case '\\': case '/': case 'b':
	case 'f': case 'n': case 'r': case 't':
		s->i++;
		return true;
	case 'u':
		for (k = 1; k <= 4; k++)
			if (s->i + k >= s->n || ascii_hex(s->p[s->i + k]) < 0)
				return bad(s, "a \\u without four hex digits");
		if (memcmp(s->p + s->i + 1, "0000", 4) == 0)
			s->nul = true;
		s->i += 5;
		return true;
	default:
		return bad(s, "an unknown escape");
	}
}

static bool
scan_string(struct scan *s)
{
	size_t	n;
	bool	ok;
	int	c;

	for (s->i++; (c = peek(s)) != '"';) {
		if (c == -1)
			return bad(s, "a string without end");
		if (c < 0x20)
			return bad(s, "a control character in a string");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		n = stile__utf8_step((struct stile_str){ s->p + s->i,
		    s->n - s->i }, &ok);
		if (!ok)
			return bad(s, "not UTF-8");
		s->i += n;
	}
	s->i++;
	return true;
}

static bool
scan_number(struct scan *s)
{
	struct stile_str	t = { s->p + s->i, 0 };
	enum stile_err		rc;
	int64_t			i;
	double			d;
	bool			whole = true;
	int			c;

	while (s->i + t.len < s->n) {
		c = (unsigned char)t.p[t.len];
		if (c == '.' || c == 'e' || c == 'E')
			whole = false;
		else if (!ascii_digit(c) && c != '-' && c != '+')
			break;
		t.len++;
	}
	if ((rc = stile_num_double(t, &d)) == STILE_OK && whole)
		rc = stile_num_int(t, INT64_MIN, INT64_MAX, &i);
	if (rc == STILE_OK) {
		s->i += t.len;
		return true;
	}
	bad(s, t.len == 0 ? "not a value" :
	    rc == STILE_ESYNTAX ? "not a number" :
	    whole ? "an integer outside 64 bits" : "a number out of range");
	s->code = rc;
	return false;
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t	n = strlen(word);

	if (s->n - s->i < n || memcmp(s->p + s->i, word, n) != 0)
		return bad(s, "not a value");
	s->i += n;
	return true;
}

static bool
in_object(const struct scan *s)
{
	unsigned	d = s->depth - 1;

	return s->depth > 0 && (s->in_object[d / 8] >> d % 8 & 1) != 0;
}

static bool
open_container(struct scan *s)
{
	unsigned	d = s->depth;
	unsigned char	bit = (unsigned char)(1u << d % 8);

	if (d >= s->max_depth) {
		bad(s, "nested too deep");
		s->code = STILE_ETOOBIG;
		return false;
	}
	if (s->p[s->i] == '{')
		s->in_object[d / 8] |= bit;
	else
		s->in_object[d / 8] &= (unsigned char)~bit;
	s->depth++;
	s->i++;
	return true;
}

static bool
scan_name(struct scan *s)
{
	size_t	start;

	skip_space(s);
	if (peek(s) != '"')
		return bad(s, "a member's name in double quotes is expected");
	start = s->i;
	s->nul = false;
	if (!scan_string(s))
		return false;
	/* To json-c a name is a C string: it would be cut there. */
	if (s->nul) {
		s->i = start;
		return bad(s, "a NUL in a member's name");
	}
	skip_space(s);
	if (peek(s) != ':')
		return bad(s, "':' is expected");
	s->i++;
	s->members++;
	return true;
}

static bool
scan_scalar(struct scan *s)
{
	switch (peek(s)) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	case -1:
		return bad(s, "a value is expected");
	default:
		return scan_number(s);
	}
}

/* After a value: leave the containers that end here; *more if one goes on. */
static bool
close_containers(struct scan *s, bool *more)
{
	for (*more = false; s->depth > 0; s->depth--) {
		skip_space(s);
		if (peek(s) == ',') {
			s->i++;
			*more = true;
			return true;
		}
		if (peek(s) != (in_object(s) ? '}' : ']'))
			return bad(s, in_object(s) ? "',' or '}' is expected" :
			    "',' or ']' is expected");
		s->i++;
	}
	return true;
}

static bool
scan_text(struct scan *s)
{
	bool	more, empty;
	int	c;

	do {
		if (in_object(s) && !scan_name(s))
			return false;
		for (empty = false;;) {
			skip_space(s);
			if ((c = peek(s)) != '{' && c != '[')
				break;
			if (!open_container(s))
				return false;
			skip_space(s);
			if (peek(s) == (c == '{' ? '}' : ']')) {
				empty = true;
				break;
			}
			if (c == '{' && !scan_name(s))
				return false;
		}
		if (!empty && !scan_scalar(s))
			return false;
		if (!close_containers(s, &more))
			return false;
	} while (more);
	skip_space(s);
	return s->i == s->n ? true : bad(s, "something after the value");
}

/* Members in the whole tree.  The recursion is as deep as the scan allowed. */
static size_t
count_members(struct json_object *j)
{
	size_t	i, n = 0;

	if (json_object_is_type(j, json_type_array)) {
		for (i = 0; i < json_object_array_length(j); i++)
			n += count_members(json_object_array_get_idx(j, i));
	} else if (json_object_is_type(j, json_type_object)) {
		json_object_object_foreach(j, key, value) {
			(void)key;
			n += 1 + count_members(value);
		}
	}
	return n;
}

static enum stile_err
build(const struct scan *s, struct json_object **ret, struct stile_error *e)
{
	struct json_tokener	*tok;
	struct json_object	*j;
	enum json_tokener_error	 err;

	/* One level more: json-c counts the scalar inside. */
	if ((tok = json_tokener_new_ex((int)s->max_depth + 1)) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "json: no memory");
	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	j = json_tokener_parse_ex(tok, s->p, (int)s->n);
	err = json_tokener_get_error(tok);
	/* A number at the very end could go on: the NUL says it does not. */
	if (err == json_tokener_continue) {
		j = json_tokener_parse_ex(tok, "", 1);
		err = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (err != json_tokener_success)
		return stile_error_set(e, STILE_ESYNTAX, 400, "json: %s",
		    json_tokener_error_desc(err));
	if (count_members(j) != s->members) {
		json_object_put(j);
		return stile_error_set(e, STILE_ESYNTAX, 400,
		    "json: an object has the same name twice");
	}
	*ret = j;
	return STILE_OK;
}

enum stile_err
stile_json_parse(struct stile_str text, unsigned max_depth,
    struct json_object **ret, struct stile_error *e)
{
	struct scan	s = { .p = text.p, .n = text.len };

	s.max_depth = max_depth == 0 ? 32 :
	    max_depth < DEPTH_MAX ? max_depth : DEPTH_MAX;
	if (text.len > INT_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 413,
		    "json: more than %d bytes", INT_MAX);
	if (!scan_text(&s))
		return stile_error_set(e, s.code, 400, "json: byte %zu: %s",
		    s.i + 1, s.why);
	return build(&s, ret, e);
}

void
stile__json_put(void *j)
{
	json_object_put(j);
}

struct stile_value
stile__json_value(struct json_object *j)
{
	switch (json_object_get_type(j)) {
	case json_type_null:
		return stile_null();
	case json_type_boolean:
		return stile_bool(json_object_get_boolean(j));
	case json_type_int:
		return stile_int(json_object_get_int64(j));
	case json_type_double:
		return stile_double(json_object_get_double(j));
	case json_type_string:
		return stile_text_str((struct stile_str){
		    json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) });
	default:
		return stile_json_value(j);
	}
}
