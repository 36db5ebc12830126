/* SPDX-License-Identifier: ISC */
/* Bounds of a typed value: JSON Schema's section 6 of its validation. */
#include "base/priv.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "stile/str.h"
#include "schema/pattern.h"
#include "schema/schema.h"
#include "base/banned.h"

static const char *
at_least(const struct stile_schema *s)
{
	return s->exclusive_min ? "more than" : "at least";
}

static const char *
at_most(const struct stile_schema *s)
{
	return s->exclusive_max ? "less than" : "at most";
}

static bool
limit_multiple(struct stile_validation *v, const struct stile_schema *s,
    double d)
{
	char	m[STILE__DOUBLE_SIZE];
	double	q;

	if (s->multiple_of <= 0)
		return true;
	q = d / s->multiple_of;
	/* 0.3 is a multiple of 0.1, which no double says exactly. */
	if (isfinite(q) && fabs(q - nearbyint(q)) <=
	    4 * DBL_EPSILON * fmax(fabs(q), 1))
		return true;
	stile__print_exact(s->multiple_of, m);
	return stile__wrong(v, "multiple_of", "a multiple of %s is expected",
	    m);
}

static bool
limit_int(struct stile_validation *v, const struct stile_schema *s, int64_t i)
{
	if (stile__has_min(s->min, s->max) &&
	    (i < s->min || (s->exclusive_min && i == s->min)))
		return stile__wrong(v, "too_small", "%s %" PRId64
		    " is expected", at_least(s), s->min);
	if (stile__has_max(s->min, s->max) &&
	    (i > s->max || (s->exclusive_max && i == s->max)))
		return stile__wrong(v, "too_large", "%s %" PRId64
		    " is expected", at_most(s), s->max);
	/* Exactly, where both are whole. */
	if (s->multiple_of >= 1 && s->multiple_of < 0x1p53 &&
	    s->multiple_of == floor(s->multiple_of)) {
		if (i % (int64_t)s->multiple_of == 0)
			return true;
		return stile__wrong(v, "multiple_of",
		    "a multiple of %.0f is expected", s->multiple_of);
	}
	return limit_multiple(v, s, (double)i);
}

static bool
limit_double(struct stile_validation *v, const struct stile_schema *s,
    double d)
{
	char	bound[STILE__DOUBLE_SIZE];

	if (stile__has_low(s->low, s->high) &&
	    (d < s->low || (s->exclusive_min && d <= s->low))) {
		stile__print_exact(s->low, bound);
		return stile__wrong(v, "too_small", "%s %s is expected",
		    at_least(s), bound);
	}
	if (stile__has_high(s->low, s->high) &&
	    (d > s->high || (s->exclusive_max && d >= s->high))) {
		stile__print_exact(s->high, bound);
		return stile__wrong(v, "too_large", "%s %s is expected",
		    at_most(s), bound);
	}
	return limit_multiple(v, s, d);
}

/* What is counted, in words; the codes of too few and too many. */
static const struct unit {
	const char	*one, *many, *few_code, *many_code;
} units[] = {
	[STILE_STRING] = { "character", "characters", "too_short", "too_long" },
	[STILE_BINARY] = { "byte", "bytes", "too_short", "too_long" },
	[STILE_FILE] = { "byte", "bytes", "too_short", "too_long" },
	[STILE_ARRAY] = { "item", "items", "too_few", "too_many" },
	[STILE_MAP] = { "member", "members", "too_few", "too_many" },
};

static const struct unit *
unit_of(enum stile_schema_type type)
{
	return &units[(size_t)type < NELEM(units) && units[type].one != NULL ?
	    type : STILE_STRING];
}

bool
stile__limit_count(struct stile_validation *v, const struct stile_schema *s,
    size_t n)
{
	const struct unit	*u = unit_of(s->type);

	if (stile__has_min(s->min, s->max) && (int64_t)n < s->min)
		return stile__wrong(v, u->few_code, "at least %" PRId64
		    " %s expected, not %zu", s->min,
		    s->min == 1 ? u->one : u->many, n);
	if (stile__has_max(s->min, s->max) && (int64_t)n > s->max)
		return stile__wrong(v, u->many_code, "at most %" PRId64
		    " %s expected, not %zu", s->max,
		    s->max == 1 ? u->one : u->many, n);
	return true;
}

static bool
wrong_choice(struct stile_validation *v, const struct stile_schema *s)
{
	struct choices	list = { .n = 0 };
	size_t		i;

	for (i = 0; s->choices[i] != NULL; i++)
		stile__list_choice(&list, s->choices[i]);
	return stile__wrong(v, "choice", "one of %s is expected", list.text);
}

/* Where its bytes say that there are neither too few nor too many characters,
 * of which each has 1 to 4. */
static bool
is_long_enough(const struct stile_schema *s, size_t bytes)
{
	const int64_t	n = (int64_t)bytes;

	return (!stile__has_min(s->min, s->max) || (n + 3) / 4 >= s->min) &&
	    (!stile__has_max(s->min, s->max) || n <= s->max);
}

static bool
limit_text(struct stile_validation *v, const struct stile_schema *s,
    struct stile_str text)
{
	if (!is_long_enough(s, text.len) &&
	    !stile__limit_count(v, s, stile_utf8_length(text)))
		return false;
	if (s->choices != NULL && stile__schema_choice(s, text) < 0)
		return wrong_choice(v, s);
	if (s->pattern == NULL)
		return true;
	switch (stile__pattern_match(s->pattern, text)) {
	case 1:
		return true;
	case STILE_ENOMEM:
		v->nomem = true;
		return false;
	default:
		return stile__wrong(v, "pattern",
		    "text that fits %s is expected", s->pattern);
	}
}

bool
stile__limit(struct stile_validation *v, const struct stile_schema *s,
    const struct stile_value *value)
{
	switch (value->type) {
	case STILE_INT:
		return limit_int(v, s, value->u.i);
	case STILE_DOUBLE:
		return limit_double(v, s, value->u.d);
	case STILE_TEXT:
		return limit_text(v, s, value->u.s);
	case STILE_BLOB:
		return stile__limit_count(v, s, value->u.s.len);
	default:
		return true;
	}
}
