/* SPDX-License-Identifier: ISC */
/*
 * Regular expressions of ECMA-262 (Pattern of section 22.2.1, with the flag
 * "u", as JSON Schema asks for) in the words of PCRE2, which means other things
 * by \s, \v, ".", "[[" or \p{Letter}.  What only Perl has is refused, so that a
 * pattern means the same to every reader of a schema.
 *
 * Compiling is in schema/pattern.c; the grammar of groups, names of groups and
 * ranges is left to PCRE2.
 *
 * What still differs: a lookbehind has to be of one length, a number of repeats
 * is at most 65535, a group's name has at most 32 characters and is there once.
 * A group in a repeat keeps what it matched in an earlier round.  Names of
 * scripts alone, and repeated lookaheads, are let through.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/str.h"
#include "schema/ecma.h"
#include "base/banned.h"

#define CODE_POINT_MAX	0x10ffff
#define REPEAT_MAX	65535		/* PCRE2's */

/* WhiteSpace and LineTerminator (12.2, 12.3), and everything else. */
#define SPACE	"\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}" \
	"\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACE "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}" \
	"\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}" \
	"\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}" \
	"\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"
#define NO_NEWLINE "[^\\n\\r\\x{2028}\\x{2029}]"

/* General categories: PCRE2 knows the short names only. */
static const struct category {
	const char	*name;
	const char	*code;
} categories[] = {
	{ "Cased_Letter", "L&" }, { "LC", "L&" },
	{ "Close_Punctuation", "Pe" }, { "Connector_Punctuation", "Pc" },
	{ "Control", "Cc" }, { "cntrl", "Cc" }, { "Currency_Symbol", "Sc" },
	{ "Dash_Punctuation", "Pd" }, { "Decimal_Number", "Nd" },
	{ "digit", "Nd" }, { "Enclosing_Mark", "Me" },
	{ "Final_Punctuation", "Pf" }, { "Format", "Cf" },
	{ "Initial_Punctuation", "Pi" }, { "Letter", "L" },
	{ "Letter_Number", "Nl" }, { "Line_Separator", "Zl" },
	{ "Lowercase_Letter", "Ll" }, { "Mark", "M" },
	{ "Combining_Mark", "M" }, { "Math_Symbol", "Sm" },
	{ "Modifier_Letter", "Lm" }, { "Modifier_Symbol", "Sk" },
	{ "Nonspacing_Mark", "Mn" }, { "Number", "N" },
	{ "Open_Punctuation", "Ps" }, { "Other", "C" },
	{ "Other_Letter", "Lo" }, { "Other_Number", "No" },
	{ "Other_Punctuation", "Po" }, { "Other_Symbol", "So" },
	{ "Paragraph_Separator", "Zp" }, { "Private_Use", "Co" },
	{ "Punctuation", "P" }, { "punct", "P" }, { "Separator", "Z" },
	{ "Space_Separator", "Zs" }, { "Spacing_Mark", "Mc" },
	{ "Surrogate", "Cs" }, { "Symbol", "S" },
	{ "Titlecase_Letter", "Lt" }, { "Unassigned", "Cn" },
	{ "Uppercase_Letter", "Lu" },
};

static const struct {
	const char	*name;
	const char	*code;
} keys[] = {
	{ "General_Category=", "" }, { "gc=", "" },
	{ "Script=", "sc:" }, { "sc=", "sc:" },
	{ "Script_Extensions=", "scx:" }, { "scx=", "scx:" },
};

/* Letters after a backslash that stand for one character. */
static const struct {
	char		 letter;
	const char	*code;
} controls[] = {
	{ 't', "\\x{9}" }, { 'n', "\\x{a}" }, { 'v', "\\x{b}" },
	{ 'f', "\\x{c}" }, { 'r', "\\x{d}" },
};

struct reader {
	const char		*start;
	const char		*p;
	struct stile_buf	*out;
	struct ecma		*ret;
	struct stile_error	*e;
};

/* What has been read: nothing that can be repeated, one character, or more. */
enum item { BAD = -1, NOTHING, ONE, SET };

static enum item
bad(struct reader *r, const char *why)
{
	stile_error_set(r->e, STILE_ESYNTAX, 500, "a pattern, at byte %zu: %s",
	    (size_t)(r->p - r->start), why);
	return BAD;
}

static void
put(struct reader *r, const char *s)
{
	stile_buf_puts(r->out, s);
}

static bool
has(const struct reader *r, const char *prefix)
{
	return strncmp(r->p, prefix, strlen(prefix)) == 0;
}

static bool
is_letter(int c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

/* ---- escapes ---------------------------------------------------------- */

/* At most max hexadecimal digits; how many there were. */
static size_t
hex(const char *p, size_t max, unsigned *ret)
{
	unsigned	v = 0;
	size_t		n;

	for (n = 0; n < max && ascii_hex(p[n]) >= 0; n++)
		v = v * 16 + (unsigned)ascii_hex(p[n]);
	*ret = v;
	return n;
}

/* "{1F600}", behind "\u" */
static enum item
braced(struct reader *r, unsigned *ret)
{
	const char	*p = r->p + 1;
	size_t		 n;

	while (*p == '0' && p[1] != '}')
		p++;
	n = hex(p, 6, ret);
	if (n == 0 || p[n] != '}' || *ret > CODE_POINT_MAX)
		return bad(r, "not a code point");
	r->p = p + n + 1;
	return ONE;
}

/* What follows "\u": four digits, twice for what has two surrogates. */
static enum item
code_point(struct reader *r)
{
	unsigned	v, low;

	if (*r->p == '{') {
		if (braced(r, &v) == BAD)
			return BAD;
	} else {
		if (hex(r->p, 4, &v) != 4)
			return bad(r, "four hexadecimal digits are missing");
		r->p += 4;
		if (v >= 0xd800 && v < 0xdc00 && has(r, "\\u") &&
		    hex(r->p + 2, 4, &low) == 4 &&
		    low >= 0xdc00 && low < 0xe000) {
			v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
			r->p += 6;
		}
	}
	if (v >= 0xd800 && v < 0xe000)
		return bad(r, "half a character, which is in no text");
	stile_buf_printf(r->out, "\\x{%x}", v);
	return ONE;
}

static void
put_property(struct reader *r, bool negated, struct stile_str name)
{
	const char	*key = "";
	size_t		 i;

	for (i = 0; i < NELEM(keys); i++)
		if (name.len > strlen(keys[i].name) &&
		    strncmp(name.p, keys[i].name, strlen(keys[i].name)) == 0) {
			key = keys[i].code;
			name.p += strlen(keys[i].name);
			name.len -= strlen(keys[i].name);
			break;
		}
	if (stile_str_eq(name, STR("Assigned"))) {
		negated = !negated;
		name = STR("Cn");
	}
	for (i = 0; *key == '\0' && i < NELEM(categories); i++)
		if (stile_str_eq(name, stile_str(categories[i].name))) {
			name = stile_str(categories[i].code);
			break;
		}
	stile_buf_printf(r->out, "\\%c{%s%.*s}", negated ? 'P' : 'p', key,
	    STILE_STR_ARG(name));
}

/* "{Name}" or "{Name=Value}", behind "\p" or "\P" */
static enum item
property(struct reader *r, bool negated)
{
	size_t	i = 1;

	while (*r->p == '{' && (ascii_digit(r->p[i]) || r->p[i] == '_' ||
	    r->p[i] == '=' || is_letter(r->p[i])))
		i++;
	if (*r->p != '{' || i == 1 || r->p[i] != '}')
		return bad(r, "a property's name in braces is missing");
	put_property(r, negated, (struct stile_str){ r->p + 1, i - 1 });
	r->p += i + 1;
	return SET;
}

/* Escapes that are the same in and outside of a class; after the backslash. */
static enum item
escape(struct reader *r)
{
	char		c = *r->p++;
	unsigned	v;
	size_t		i;

	for (i = 0; i < NELEM(controls); i++)
		if (controls[i].letter == c) {
			put(r, controls[i].code);
			return ONE;
		}
	if (c != '\0' && strchr("dDwW", c) != NULL) {
		stile_buf_printf(r->out, "\\%c", c);
		return SET;
	}
	if (c != '\0' && strchr("^$\\.*+?()[]{}|/", c) != NULL) {
		stile_buf_printf(r->out, "\\%c", c);
		return ONE;
	}
	if (c == 'p' || c == 'P')
		return property(r, c == 'P');
	if (c == 'u')
		return code_point(r);
	if (c == '0' && !ascii_digit(*r->p)) {
		put(r, "\\x{0}");
		return ONE;
	}
	if (c == 'x' && hex(r->p, 2, &v) == 2) {
		r->p += 2;
		stile_buf_printf(r->out, "\\x{%x}", v);
		return ONE;
	}
	if (c == 'c' && is_letter(*r->p)) {
		stile_buf_printf(r->out, "\\x{%x}", (unsigned)*r->p++ & 31);
		return ONE;
	}
	r->p--;
	return bad(r, "no such escape");
}

/* One character, with all its bytes. */
static enum item
literal(struct reader *r)
{
	do
		stile_buf_putc(r->out, *r->p++);
	while (((unsigned char)*r->p & 0xc0) == 0x80);
	return ONE;
}

/* ---- classes ---------------------------------------------------------- */

static enum item
class_item(struct reader *r)
{
	if (*r->p != '\\') {
		if (strchr("[-^", *r->p) != NULL)
			stile_buf_putc(r->out, '\\');
		return literal(r);
	}
	r->p++;
	switch (*r->p) {
	case 's':
	case 'S':
		put(r, *r->p++ == 's' ? SPACE : NO_SPACE);
		return SET;
	case 'b':
		r->p++;
		put(r, "\\x{8}");
		return ONE;
	case '-':
		r->p++;
		put(r, "\\-");
		return ONE;
	default:
		return escape(r);
	}
}

static enum item
class(struct reader *r)
{
	enum item	first, last;

	stile_buf_putc(r->out, *r->p++);
	if (*r->p == '^')
		stile_buf_putc(r->out, *r->p++);
	while (*r->p != ']') {
		if (*r->p == '\0')
			return bad(r, "the end of a class is missing");
		if ((first = class_item(r)) == BAD)
			return BAD;
		if (r->p[0] != '-' || r->p[1] == ']' || r->p[1] == '\0')
			continue;
		stile_buf_putc(r->out, *r->p++);
		if ((last = class_item(r)) == BAD)
			return BAD;
		if (first == SET || last == SET)
			return bad(r, "a range is between two characters");
	}
	stile_buf_putc(r->out, *r->p++);
	return SET;
}

/* ---- outside of classes ----------------------------------------------- */

/* "\k<name>", or a number from 1 on; after the backslash. */
static enum item
back_reference(struct reader *r)
{
	size_t	n;

	r->ret->backrefs = true;
	if (*r->p != 'k') {
		n = strspn(r->p, "0123456789");
		stile_buf_printf(r->out, "\\g{%.*s}", (int)n, r->p);
	} else {
		n = strcspn(r->p, ">");
		if (r->p[1] != '<' || r->p[n] != '>')
			return bad(r, "a group's name is missing");
		stile_buf_putc(r->out, '\\');
		stile_buf_write(r->out, r->p, ++n);
	}
	r->p += n;
	return SET;
}

static enum item
escape_outside(struct reader *r)
{
	char	c = *++r->p;

	switch (c) {
	case 's':
	case 'S':
		r->p++;
		stile_buf_printf(r->out, "[%s%s]", c == 'S' ? "^" : "", SPACE);
		return SET;
	case 'b':
	case 'B':
		r->p++;
		stile_buf_printf(r->out, "\\%c", c);
		return NOTHING;
	default:
		if (c == 'k' || (c >= '1' && c <= '9'))
			return back_reference(r);
		return escape(r);
	}
}

static enum item
group(struct reader *r)
{
	static const char *const	begins[] = {
		"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<", "("
	};
	size_t	i, n;

	for (i = 0; !has(r, begins[i]); i++)
		;
	if (has(r, "(?") && i == NELEM(begins) - 1)
		return bad(r, "no such kind of group");
	put(r, begins[i]);
	r->p += strlen(begins[i]);
	if (strcmp(begins[i], "(?<") == 0) {
		n = strcspn(r->p, ">");
		if (r->p[n] == '\0')
			return bad(r, "the end of a group's name is missing");
		stile_buf_write(r->out, r->p, ++n);
		r->p += n;
	}
	return NOTHING;
}

/* A number of at most REPEAT_MAX; more is over in any case. */
static size_t
number(struct reader *r, size_t *ret)
{
	size_t	n, v = 0;

	for (n = 0; ascii_digit(r->p[n]); n++)
		if (v <= REPEAT_MAX)
			v = v * 10 + (size_t)(r->p[n] - '0');
	stile_buf_write(r->out, r->p, n);
	r->p += n;
	*ret = v;
	return n;
}

/* "*", "+", "?", "{2}", "{2,}" or "{2,3}", and a "?" if it is to be lazy. */
static enum item
quantifier(struct reader *r, enum item before)
{
	size_t	min, max;
	bool	braces = *r->p == '{';

	if (before == NOTHING)
		return bad(r, "nothing to repeat");
	stile_buf_putc(r->out, *r->p++);
	if (braces) {
		if (number(r, &min) == 0)
			return bad(r, "not a number of repeats");
		if (*r->p == ',') {
			stile_buf_putc(r->out, *r->p++);
			number(r, &max);
		}
		if (*r->p != '}')
			return bad(r, "not a number of repeats");
		stile_buf_putc(r->out, *r->p++);
		if (min > r->ret->repeat)
			r->ret->repeat = min;
	}
	if (*r->p == '?')
		stile_buf_putc(r->out, *r->p++);
	return NOTHING;
}

static enum item
term(struct reader *r, enum item before)
{
	switch (*r->p) {
	case '\\':
		return escape_outside(r);
	case '[':
		return class(r);
	case '(':
		return group(r);
	case ']':
	case '}':
		return bad(r, "needs a backslash");
	case '*':
	case '+':
	case '?':
	case '{':
		return quantifier(r, before);
	case '.':
		r->p++;
		put(r, NO_NEWLINE);
		return SET;
	case '^':
	case '$':
	case '|':
		stile_buf_putc(r->out, *r->p++);
		return NOTHING;
	case ')':
		stile_buf_putc(r->out, *r->p++);
		return SET;
	default:
		return literal(r);
	}
}

enum stile_err
stile__ecma(const char *pattern, struct stile_buf *out, struct ecma *ret,
    struct stile_error *e)
{
	struct reader	r = { pattern, pattern, out, ret, e };
	enum item	before = NOTHING;

	ret->repeat = 0;
	ret->backrefs = false;
	do {
		ret->at = (size_t)(r.p - pattern);
		if (*r.p == '\0')
			break;
		if ((before = term(&r, before)) == BAD)
			return STILE_ESYNTAX;
	} while (stile_buf_view(out).len <= ret->stop);
	if (stile_buf_err(out) == STILE_ENOMEM)
		return stile__error_nomem(e);
	if (stile_buf_err(out) != STILE_OK)
		return stile_error_set(e, STILE_ETOOBIG, 500,
		    "a pattern is too long");
	return STILE_OK;
}
