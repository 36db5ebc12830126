/* SPDX-License-Identifier: ISC */
/* Keywords that say nothing, or that no value can satisfy. */
#include "base/priv.h"

#include <inttypes.h>
#include <math.h>

#include "stile/str.h"
#include "schema/check.h"
#include "schema/pattern.h"
#include "schema/schema.h"
#include "base/banned.h"

/* ---- what a type has no use for ----------------------------------------- */

enum {
	BOUNDS = 1 << 0, REALS = 1 << 1, EXCLUSIVE = 1 << 2, MULTIPLE = 1 << 3,
	PATTERN = 1 << 4, CHOICES = 1 << 5, UNIQUE = 1 << 6, TRIM = 1 << 7,
	CASES = 1 << 8, PROPERTIES = 1 << 9, UNKNOWN = 1 << 10, ITEMS = 1 << 11,
	ONE_OF = 1 << 12, TAG = 1 << 13, SIZE = 1 << 14, CHECK = 1 << 15
};

#define OF_TEXT	(PATTERN | CHOICES | TRIM | CASES)

/* A length of what has a fixed form is rather meant as a day or a time. */
static const struct {
	const char	*a;
	unsigned	 has;
} uses[] = {
	[STILE_ANY] = { "any value", 0 },
	[STILE_STRING] = { "a string", BOUNDS | OF_TEXT },
	[STILE_INTEGER] = { "an integer", BOUNDS | EXCLUSIVE | MULTIPLE },
	[STILE_NUMBER] = { "a number", REALS | EXCLUSIVE | MULTIPLE },
	[STILE_BOOLEAN] = { "a boolean", 0 },
	[STILE_OBJECT] = { "an object", PROPERTIES | UNKNOWN | SIZE },
	[STILE_ARRAY] = { "an array", BOUNDS | ITEMS | UNIQUE },
	[STILE_MAP] = { "a map", BOUNDS | ITEMS },
	[STILE_ONE_OF] = { "one of several", ONE_OF | TAG | SIZE },
	[STILE_DATE] = { "a date", OF_TEXT },
	[STILE_DATE_TIME] = { "a time", TRIM },
	[STILE_TIME_OF_DAY] = { "a time of day", OF_TEXT },
	[STILE_DURATION] = { "a duration", OF_TEXT },
	[STILE_EMAIL] = { "an e-mail address", BOUNDS | OF_TEXT },
	[STILE_URI] = { "a URI", BOUNDS | OF_TEXT },
	[STILE_UUID] = { "a UUID", OF_TEXT },
	[STILE_SLUG] = { "a slug", BOUNDS | OF_TEXT },
	[STILE_BINARY] = { "bytes", BOUNDS | TRIM },
	[STILE_FILE] = { "a file", BOUNDS },
};

static const struct {
	unsigned	 bit;
	const char	*name;
} keywords[] = {
	{ BOUNDS, ".min and .max" }, { REALS, ".low and .high" },
	{ EXCLUSIVE, ".exclusive_min and .exclusive_max" },
	{ MULTIPLE, ".multiple_of" }, { PATTERN, ".pattern" },
	{ CHOICES, ".choices" }, { UNIQUE, ".unique" }, { TRIM, ".trim" },
	{ CASES, ".lower and .upper" }, { PROPERTIES, ".properties" },
	{ UNKNOWN, ".unknown" }, { ITEMS, ".items" }, { ONE_OF, ".one_of" },
	{ TAG, ".discriminator" }, { SIZE, ".size" }, { CHECK, ".check" },
};

static unsigned
keywords_of(const struct stile_schema *s)
{
	return (s->min != 0 || s->max != 0 ? BOUNDS : 0u) |
	    (s->low != 0 || s->high != 0 ? REALS : 0u) |
	    (s->exclusive_min || s->exclusive_max ? EXCLUSIVE : 0u) |
	    (s->multiple_of != 0 ? MULTIPLE : 0u) |
	    (s->pattern != NULL ? PATTERN : 0u) |
	    (s->choices != NULL ? CHOICES : 0u) | (s->unique ? UNIQUE : 0u) |
	    (s->trim ? TRIM : 0u) | (s->lower || s->upper ? CASES : 0u) |
	    (s->properties != NULL ? PROPERTIES : 0u) |
	    (s->unknown != STILE_UNKNOWN_REFUSED ? UNKNOWN : 0u) |
	    (s->items != NULL ? ITEMS : 0u) |
	    (s->one_of != NULL ? ONE_OF : 0u) |
	    (s->discriminator != NULL ? TAG : 0u) |
	    (s->size != 0 ? SIZE : 0u) | (s->check != NULL ? CHECK : 0u);
}

static void
check_uses(struct schema_check *c, const struct stile_schema *s)
{
	unsigned	idle;
	size_t		i;

	idle = keywords_of(s) & ~(uses[s->type].has | CHECK);
	for (i = 0; i < NELEM(keywords); i++)
		if ((idle & keywords[i].bit) != 0)
			stile__schema_found(c, "%s say nothing of %s",
			    keywords[i].name, uses[s->type].a);
}

/* A row that refers to a schema is as that one is. */
static void
check_reference(struct schema_check *c, const struct stile_schema *row)
{
	unsigned	idle = keywords_of(row);
	size_t		i;

	if (row->type != STILE_ANY)
		stile__schema_found(c, "a type beside .ref does not count");
	for (i = 0; i < NELEM(keywords); i++)
		if ((idle & keywords[i].bit) != 0)
			stile__schema_found(c, "%s beside .ref do not count",
			    keywords[i].name);
}

/* ---- bounds that leave nothing --------------------------------------------- */

static void
check_exclusive(struct schema_check *c, const struct stile_schema *s,
    bool min, bool max)
{
	if (s->exclusive_min && !min)
		stile__schema_found(c, ".exclusive_min without a bound");
	if (s->exclusive_max && !max)
		stile__schema_found(c, ".exclusive_max without a bound");
}

/* Whether a whole number from low to high is a multiple of m, which is whole. */
static bool
has_multiple(int64_t low, int64_t high, int64_t m)
{
	int64_t	over = low % m;

	if (over == 0)
		return true;
	/* Up to the next one. */
	over = over < 0 ? -over : m - over;
	return high - low < 0 || high - low >= over;
}

static void
check_integer(struct schema_check *c, const struct stile_schema *s)
{
	const bool	min = stile__has_min(s->min, s->max);
	const bool	max = stile__has_max(s->min, s->max);
	int64_t		low = s->min, high = s->max;

	check_exclusive(c, s, min, max);
	if (!min || !max)
		return;
	if (low > high) {
		stile__schema_found(c, ".min %" PRId64 " is above .max %"
		    PRId64, low, high);
		return;
	}
	if (low == high ? s->exclusive_min || s->exclusive_max :
	    low == high - 1 && s->exclusive_min && s->exclusive_max) {
		stile__schema_found(c, "no integer is between %" PRId64
		    " and %" PRId64, low, high);
		return;
	}
	low += s->exclusive_min;
	high -= s->exclusive_max;
	/* Over so many, there is one. */
	if (s->multiple_of >= 1 && s->multiple_of < 0x1p53 &&
	    s->multiple_of == floor(s->multiple_of) &&
	    (uint64_t)high - (uint64_t)low < (uint64_t)s->multiple_of &&
	    !has_multiple(low, high, (int64_t)s->multiple_of))
		stile__schema_found(c, "no multiple of %.0f is between %"
		    PRId64 " and %" PRId64, s->multiple_of, low, high);
}

static void
check_number(struct schema_check *c, const struct stile_schema *s)
{
	const bool	low = stile__has_low(s->low, s->high);
	const bool	high = stile__has_high(s->low, s->high);
	double		m;

	check_exclusive(c, s, low, high);
	if (isnan(s->low) || isnan(s->high)) {
		stile__schema_found(c, "a bound is not a number");
		return;
	}
	if (!low || !high)
		return;
	if (s->low > s->high)
		stile__schema_found(c, ".low %g is above .high %g", s->low,
		    s->high);
	else if (s->low >= s->high && (s->exclusive_min || s->exclusive_max))
		stile__schema_found(c, "no number is between %g and %g",
		    s->low, s->high);
	else if (s->multiple_of > 0) {
		m = ceil(s->low / s->multiple_of) * s->multiple_of;
		if (s->exclusive_min && m <= s->low)
			m += s->multiple_of;
		if (m > s->high || (s->exclusive_max && m >= s->high))
			stile__schema_found(c, "no multiple of %g is between "
			    "%g and %g", s->multiple_of, s->low, s->high);
	}
}

/* Characters, bytes, items, members. */
static void
check_count(struct schema_check *c, const struct stile_schema *s)
{
	if (s->min < 0 || s->max < 0)
		stile__schema_found(c, "a count below 0 as a bound");
	else if (stile__has_max(s->min, s->max) && s->min > s->max)
		stile__schema_found(c, ".min %" PRId64 " is above .max %"
		    PRId64, s->min, s->max);
}

static void
check_bounds(struct schema_check *c, const struct stile_schema *s)
{
	if (s->multiple_of < 0 || !isfinite(s->multiple_of))
		stile__schema_found(c, ".multiple_of is %g", s->multiple_of);
	else if (s->type == STILE_INTEGER)
		check_integer(c, s);
	else if (s->type == STILE_NUMBER)
		check_number(c, s);
	else if ((uses[s->type].has & BOUNDS) != 0)
		check_count(c, s);
}

/* ---- texts -------------------------------------------------------------------- */

static bool
may_all(void *arg, const char *need)
{
	(void)arg;
	(void)need;
	return true;
}

/* A value of its own, as a request would have it; what is wrong with it. */
static const char *
refusal(struct schema_check *c, const struct stile_schema *s, const char *text,
    enum side side)
{
	struct stile_validation	v = { .arena = c->arena, .side = side,
				    .may = may_all };
	struct stile_schema	row = { .name = "", .absent = text, .ref = s };
	struct stile_value	value;
	bool			scalar;

	scalar = stile__schema_type(s->type)->is != NULL ||
	    stile__schema_type(s->type)->parse != NULL;
	if (scalar ? stile__decode_text(&v, s, stile_str(text), &value) &&
	    stile__limit(&v, s, &value) :
	    stile__check_absent(&v, &row, STILE_VALIDATE_WHOLE, NULL, &value))
		return NULL;
	if (v.nomem)
		c->nomem = true;
	return v.nwrong > 0 ? v.wrong[0].detail : NULL;
}

static void
check_choices(struct schema_check *c, const struct stile_schema *s)
{
	const char	*const *p, *const *q, *why;

	if (s->choices[0] == NULL)
		stile__schema_found(c, "none of no choices can be taken");
	for (p = s->choices; *p != NULL; p++) {
		for (q = s->choices; q != p; q++)
			if (strcmp(*p, *q) == 0)
				stile__schema_found(c, "the choice %s is there "
				    "twice", *p);
		if ((why = refusal(c, s, *p, SIDE_INPUT)) != NULL)
			stile__schema_found(c, "the choice %s cannot be taken: "
			    "%s", *p, why);
	}
}

/* False where no text can be held against it. */
static bool
check_pattern(struct schema_check *c, const struct stile_schema *s)
{
	struct stile_error	e = { .code = STILE_OK };

	switch (stile__pattern_check(s->pattern, &e)) {
	case STILE_OK:
		return true;
	case STILE_ENOMEM:
		c->nomem = true;
		return false;
	default:
		stile__schema_harm(c, ".pattern: %s", e.detail);
		return false;
	}
}

/* Defaults and examples, which a row may have beside what it refers to. */
static void
check_samples(struct schema_check *c, const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);
	const char			*why;

	if (s->type == STILE_FILE)
		return;
	if (row->absent != NULL &&
	    (why = refusal(c, s, row->absent, SIDE_INPUT)) != NULL)
		stile__schema_harm(c, ".absent '%s': %s", row->absent, why);
	if (row->example != NULL &&
	    (why = refusal(c, s, row->example, SIDE_BOTH)) != NULL)
		stile__schema_found(c, ".example '%s': %s", row->example, why);
}

/* ---- all of a row --------------------------------------------------------------- */

void
stile__schema_check_keywords(struct schema_check *c,
    const struct stile_schema *row)
{
	if (row->required && row->read_only)
		stile__schema_found(c, "required, and nobody may set it");
	if (row->read_only && row->write_only)
		stile__schema_found(c, "neither in input nor in output");
	if (row->read_only && row->absent != NULL)
		stile__schema_found(c, "a default of what nobody may set");
	if (row->ref != NULL) {
		check_reference(c, row);
		check_samples(c, row);
		return;
	}
	if ((size_t)row->type >= NELEM(uses)) {
		stile__schema_harm(c, "there is no type %d", (int)row->type);
		return;
	}
	check_uses(c, row);
	if (row->lower && row->upper)
		stile__schema_found(c, "made lower case and upper case");
	check_bounds(c, row);
	if (row->pattern != NULL && !check_pattern(c, row))
		return;
	if (row->choices != NULL)
		check_choices(c, row);
	/* What is inside is looked at where it is; a circle would not end. */
	check_samples(c, row);
}
