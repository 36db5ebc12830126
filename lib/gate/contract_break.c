/* SPDX-License-Identifier: ISC */
/* Inputs with one mistake, so that it is known what has to be said of them. */
#include "base/priv.h"

#include <math.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "schema/pattern.h"
#include "base/banned.h"

#define TRIES		40
#define NODES_MAX	400
#define ITEMS_MAX	2000
#define LENGTH_MAX	70000
#define LENGTH_URL_MAX	1500

struct breaker {
	struct contract		*c;
	const struct plan	*plan;
	struct dice		*dice;
	struct input		*in;
	enum stile_in		 place;		/* of the node at hand */
	const char		*member;	/* of it that is wrong, or NULL */
};

static bool
is_text_place(const struct breaker *b)
{
	return b->place != STILE_IN_BODY;
}

static const struct stile_schema *
schema_of(const struct node *n)
{
	return n->row != NULL ? stile__schema_of(n->row) : NULL;
}

/* What a text may be that is not taken for one that is not there. */
static struct maker
maker_of(const struct breaker *b)
{
	return (struct maker){ .c = b->c, .plan = b->plan, .in = b->in,
	    .dice = b->dice,
	    .depth_max = 3, .alphabet = b->place == STILE_IN_BODY ?
	    ALPHABET_JSON : b->place == STILE_IN_HEADER ||
	    b->place == STILE_IN_COOKIE ? ALPHABET_TOKEN :
	    b->place == STILE_IN_PATH ? ALPHABET_PATH : ALPHABET_QUERY };
}

static bool
set(struct node *n, struct stile_value v)
{
	n->kind = NODE_SCALAR;
	n->first = NULL;
	n->v = v;
	return true;
}

static bool
set_text(struct node *n, const char *text)
{
	return text != NULL && set(n, stile_text(text));
}

/* ---- types ------------------------------------------------------------------ */

static bool
wrong_type(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);
	const struct schema_type	*t;

	if (s == NULL || s->type == STILE_ANY || n->tag)
		return false;
	t = stile__schema_type(s->type);
	if (is_text_place(b))
		return t->parse != NULL && !t->text && set_text(n, "x7x");
	if (stile__schema_is_text(s->type))
		return set(n, contract_one_in(b->dice, 2) ? stile_int(7) :
		    stile_bool(true));
	if (s->type == STILE_INTEGER && contract_one_in(b->dice, 2))
		return set(n, stile_double(0.5));
	if (s->type != STILE_OBJECT && contract_one_in(b->dice, 3)) {
		set(n, stile_null());
		n->kind = s->type == STILE_MAP || s->type == STILE_ONE_OF ?
		    NODE_ARRAY : NODE_OBJECT;
		return true;
	}
	return set_text(n, "7");
}

/* In a merge patch, null takes away what need not be there. */
static bool
null(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	if (is_text_place(b) || s == NULL || n->tag ||
	    stile__schema_nullable(n->row))
		return false;
	/* A member of a map goes away, too; but not the whole. */
	if (n->up != NULL && n->patch && (n->row->absent != NULL || !n->row->required ||
	    (n->up != NULL && schema_of(n->up) != NULL &&
	    schema_of(n->up)->type == STILE_MAP)))
		return false;
	return set(n, stile_null());
}

static bool
nul(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	if (is_text_place(b) || s == NULL || n->kind != NODE_SCALAR ||
	    s->type != STILE_STRING)
		return false;
	return set(n, stile_text_str(STR("a\0b")));
}

static bool
no_form(struct breaker *b, struct node *n)
{
	static const char *const	wrong[] = {
		[STILE_DATE] = "2026-02-30",
		[STILE_DATE_TIME] = "2026-11-22T25:00:00Z",
		[STILE_TIME_OF_DAY] = "10:61:00Z", [STILE_DURATION] = "1h",
		[STILE_EMAIL] = "nobody", [STILE_URI] = "nowhere",
		[STILE_UUID] = "f81d4fae-7dec-41d0-a765-00a0c91e6bf",
		[STILE_SLUG] = "a.b", [STILE_BINARY] = "*",
	};
	const struct stile_schema	*s = schema_of(n);

	(void)b;
	if (s == NULL || n->kind != NODE_SCALAR ||
	    (size_t)s->type >= NELEM(wrong) || wrong[s->type] == NULL)
		return false;
	return set_text(n, wrong[s->type]);
}

/* ---- bounds -------------------------------------------------------------------- */

static bool
too_small(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	(void)b;
	if (s == NULL || n->kind != NODE_SCALAR)
		return false;
	if (s->type == STILE_NUMBER && stile__has_low(s->low, s->high))
		return set(n, stile_double(s->exclusive_min ? s->low :
		    nextafter(s->low, -HUGE_VAL)));
	if (s->type != STILE_INTEGER || !stile__has_min(s->min, s->max))
		return false;
	return set(n, stile_int(s->exclusive_min ? s->min : s->min - 1));
}

static bool
too_large(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	(void)b;
	if (s == NULL || n->kind != NODE_SCALAR)
		return false;
	if (s->type == STILE_NUMBER && stile__has_high(s->low, s->high))
		return set(n, stile_double(s->exclusive_max ? s->high :
		    nextafter(s->high, HUGE_VAL)));
	if (s->type != STILE_INTEGER || !stile__has_max(s->min, s->max))
		return false;
	return set(n, stile_int(s->exclusive_max ? s->max : s->max + 1));
}

static bool
no_multiple(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	(void)b;
	if (s == NULL || n->kind != NODE_SCALAR || s->multiple_of <= 0)
		return false;
	if (s->type == STILE_NUMBER)
		return set(n, stile_double(n->v.u.d + s->multiple_of / 2));
	if (s->type != STILE_INTEGER || s->multiple_of <= 1 ||
	    n->v.type != STILE_INT || n->v.u.i == INT64_MAX)
		return false;
	return set(n, stile_int(n->v.u.i + 1));
}

static bool
is_string(const struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	return s != NULL && n->kind == NODE_SCALAR && s->type == STILE_STRING;
}

static bool
is_file(const struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	return s != NULL && n->kind == NODE_SCALAR && s->type == STILE_FILE;
}

static bool
set_bytes(struct breaker *b, struct node *n, int64_t size)
{
	char	*p;

	if (size < 0 || size > LENGTH_MAX || (p = stile_arena_alloc(
	    b->c->arena, (size_t)size + 1, 1)) == NULL)
		return false;
	memset(p, 'x', (size_t)size);
	return set_text(n, p);
}

static bool
too_short(struct breaker *b, struct node *n)
{
	struct maker	m = maker_of(b);
	int64_t		min;

	if (is_file(n))
		return set_bytes(b, n, schema_of(n)->min - 1);
	if (!is_string(n) || (min = schema_of(n)->min) < 1 || min > LENGTH_MAX)
		return false;
	/* An empty one is one that is not there, in some places. */
	if (min == 1 && b->place != STILE_IN_BODY &&
	    b->place != STILE_IN_QUERY && b->place != STILE_IN_FORM)
		return false;
	return set_text(n, contract_chars(&m, (size_t)min - 1, false));
}

static bool
too_long(struct breaker *b, struct node *n)
{
	struct maker	m = maker_of(b);
	int64_t		max;

	if (is_file(n) && schema_of(n)->max > 0)
		return set_bytes(b, n, schema_of(n)->max + 1);
	if (!is_string(n) || (max = schema_of(n)->max) < 1 ||
	    max > (is_text_place(b) ? LENGTH_URL_MAX : LENGTH_MAX) ||
	    (max > 2000 && !contract_one_in(b->dice, 8)))
		return false;
	return set_text(n, contract_chars(&m, (size_t)max + 1, false));
}

static bool
no_choice(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	(void)b;
	return s != NULL && n->kind == NODE_SCALAR && s->choices != NULL &&
	    stile__schema_choice(s, STR("no-choice")) < 0 &&
	    set_text(n, "no-choice");
}

static bool
no_pattern(struct breaker *b, struct node *n)
{
	static const char *const	texts[] = { "~", "0", "-", "a b", "zz9" };
	const struct stile_schema	*s = schema_of(n);
	const char			*text;

	if (s == NULL || n->kind != NODE_SCALAR || s->pattern == NULL)
		return false;
	text = texts[contract_below(b->dice, is_text_place(b) ? 3 : 5)];
	return stile__pattern_match(s->pattern, stile_str(text)) == 0 &&
	    set_text(n, text);
}

/* ---- how many -------------------------------------------------------------------- */

static bool
is_list(const struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	return s != NULL && ((n->kind == NODE_ARRAY &&
	    s->type == STILE_ARRAY) || (n->kind == NODE_OBJECT &&
	    s->type == STILE_MAP));
}

static bool
too_few(struct breaker *b, struct node *n)
{
	struct node	**at = &n->first;
	int64_t		  left;

	/* No text at all is a list that is not there. */
	if (!is_list(n) || (left = schema_of(n)->min) < 1 ||
	    (is_text_place(b) && left < 2))
		return false;
	for (; *at != NULL && left > 1; left--)
		at = &(*at)->next;
	*at = NULL;
	return true;
}

static struct node *
add_copy(struct breaker *b, struct node *n, size_t i)
{
	struct node	*copy = contract_copy(b->c->arena, n->first);

	if (copy == NULL)
		return NULL;
	if (n->kind == NODE_OBJECT &&
	    (copy->name = stile_arena_printf(b->c->arena, "more%zu", i)) ==
	    NULL)
		return NULL;
	contract_add(n, copy);
	return copy;
}

static bool
too_many(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);
	size_t				 i;

	if (!is_list(n) || n->first == NULL || s->max < 1 ||
	    s->max > (is_text_place(b) ? 50 : ITEMS_MAX))
		return false;
	for (i = contract_count(n); i <= (size_t)s->max; i++)
		if (add_copy(b, n, i) == NULL)
			return false;
	return true;
}

static bool
twice(struct breaker *b, struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	if (!is_list(n) || n->kind != NODE_ARRAY || !s->unique ||
	    n->first == NULL || (stile__has_max(s->min, s->max) &&
	    contract_count(n) >= (size_t)s->max))
		return false;
	return add_copy(b, n, 0) != NULL;
}

/* ---- members ----------------------------------------------------------------------- */

static struct node *
add_member(struct breaker *b, struct node *n, const char *name)
{
	struct node	*member;

	if ((member = stile_arena_alloc(b->c->arena, 1, sizeof(*member))) ==
	    NULL)
		return NULL;
	member->v = stile_text("7");
	member->name = b->member = name;
	member->fixed = true;
	contract_add(n, member);
	return member;
}

static bool
is_object(const struct node *n)
{
	const struct stile_schema	*s = schema_of(n);

	return s != NULL && n->kind == NODE_OBJECT &&
	    (s->type == STILE_OBJECT || s->type == STILE_ONE_OF);
}

/* The alternative that was made. */
static const struct stile_schema *
object_of(const struct node *n)
{
	const struct stile_schema	*s = schema_of(n);
	size_t				 i;

	for (i = 0; s->type == STILE_ONE_OF && s->one_of[i] != NULL; i++)
		if (stile_str_eq(stile_str(s->one_of[i]->name),
		    n->first->v.u.s))
			return stile__schema_of(s->one_of[i]);
	return s;
}

static bool
missing(struct breaker *b, struct node *n)
{
	struct node	**at;

	if (!is_object(n))
		return false;
	for (at = &n->first; *at != NULL; at = &(*at)->next) {
		if (((*at)->row == NULL && !(*at)->tag) ||
		    (!(*at)->tag && (n->patch || !(*at)->row->required ||
		    (*at)->row->absent != NULL ||
		    (*at)->row->in == STILE_IN_PATH)) ||
		    contract_one_in(b->dice, 3))
			continue;
		b->member = (*at)->name;
		if ((*at)->row != NULL && n == b->in->params)
			b->place = (*at)->row->in;
		*at = (*at)->next;
		return true;
	}
	return false;
}

static bool
unknown(struct breaker *b, struct node *n)
{
	if (!is_object(n) || object_of(n)->unknown != STILE_UNKNOWN_REFUSED)
		return false;
	if (n == b->in->params)
		b->place = STILE_IN_QUERY;
	return add_member(b, n, "no_such_name") != NULL;
}

static bool
read_only(struct breaker *b, struct node *n)
{
	const struct stile_schema	*p;

	if (!is_object(n) || n == b->in->params ||
	    object_of(n)->unknown != STILE_UNKNOWN_REFUSED)
		return false;
	for (p = object_of(n)->properties; p != NULL && p->name != NULL; p++)
		if (p->read_only)
			return add_member(b, n, p->name) != NULL;
	return false;
}

/* A right that the one who sends it has not. */
static bool
not_allowed(struct breaker *b, struct node *n)
{
	const struct stile_schema	*p;

	if (b->in->who == NULL || !is_object(n) || n == b->in->params ||
	    object_of(n)->unknown != STILE_UNKNOWN_REFUSED)
		return false;
	for (p = object_of(n)->properties; p != NULL && p->name != NULL; p++)
		if (p->need != NULL && !contract_may(b->in, p->need))
			return add_member(b, n, p->name) != NULL;
	return false;
}

static bool
no_alternative(struct breaker *b, struct node *n)
{
	if (!n->tag)
		return false;
	(void)b;
	return set_text(n, "no-alternative");
}

/* ---- one of them ---------------------------------------------------------------------- */

static const struct {
	const char	*how;
	bool		(*fn)(struct breaker *, struct node *);
} ways[] = {
	{ "of another type", wrong_type },
	{ "null", null },
	{ "with a NUL", nul },
	{ "not of its form", no_form },
	{ "too small", too_small },
	{ "too large", too_large },
	{ "no multiple", no_multiple },
	{ "too short", too_short },
	{ "too long", too_long },
	{ "none of the choices", no_choice },
	{ "not of the pattern", no_pattern },
	{ "too few", too_few },
	{ "too many", too_many },
	{ "with a duplicate", twice },
	{ "missing", missing },
	{ "unknown", unknown },
	{ "read only", read_only },
	{ "not allowed", not_allowed },
	{ "no alternative", no_alternative },
};

static void
collect(struct node *n, struct node **v, size_t *count)
{
	struct node	*p;

	if (*count < NODES_MAX)
		v[(*count)++] = n;
	for (p = n->first; p != NULL; p = p->next)
		collect(p, v, count);
}

/* RFC 6901; of parameters and forms, the name alone. */
static void
put_where(struct stile_buf *b, const struct node *n)
{
	const struct node	*p;
	const char		*s;
	size_t			 i = 0;

	if (n->up == NULL)
		return;
	put_where(b, n->up);
	stile_buf_putc(b, '/');
	if (n->up->kind == NODE_ARRAY) {
		for (p = n->up->first; p != n; p = p->next)
			i++;
		stile_buf_printf(b, "%zu", i);
		return;
	}
	for (s = n->name; *s != '\0'; s++)
		if (*s == '~' || *s == '/')
			stile_buf_puts(b, *s == '~' ? "~0" : "~1");
		else
			stile_buf_putc(b, *s);
}

static const char *
where_of(struct breaker *b, const struct node *n)
{
	struct stile_buf	*buf = stile_buf_new(b->c->arena, SIZE_MAX);

	if (is_text_place(b)) {
		if (b->member != NULL)
			return b->member;
		for (; n->up != NULL && n->up->up != NULL; n = n->up)
			continue;
		return n->name;
	}
	if (buf == NULL)
		return NULL;
	put_where(buf, n);
	if (b->member != NULL)
		stile_buf_printf(buf, "/%s", b->member);
	return stile_buf_view(buf).p;
}

static enum stile_in
place_of(const struct input *in, const struct node *n)
{
	for (; n->up != NULL; n = n->up)
		if (n->up == in->params && n->row != NULL)
			return n->row->in;
	if (n == in->params)
		return STILE_IN_QUERY;
	return in->form ? STILE_IN_FORM : STILE_IN_BODY;
}

/* Whether the route itself says something of it. */
static bool
is_declared(const struct breaker *b, const struct node *n)
{
	const struct stile_schema	*rows = b->plan->params.properties;
	size_t				 i;

	for (; n->up != NULL && n->up != b->in->params; n = n->up)
		continue;
	if (n == b->in->params)
		return b->plan->route->row->params != NULL;
	if (n->up != b->in->params || n->row == NULL)
		return true;
	i = (size_t)(n->row - rows);
	return i < b->plan->ndeclared ||
	    i >= b->plan->ndeclared + b->plan->npath;
}

static bool
break_node(struct breaker *b)
{
	struct node	*v[NODES_MAX], *n;
	size_t		 count = 0, i, way;

	collect(b->in->params, v, &count);
	if (b->in->body != NULL)
		collect(b->in->body, v, &count);
	for (i = 0; i < TRIES; i++) {
		n = v[contract_below(b->dice, count)];
		way = contract_below(b->dice, NELEM(ways));
		if (!is_declared(b, n))
			continue;
		b->place = place_of(b->in, n);
		b->member = NULL;
		if (!ways[way].fn(b, n))
			continue;
		b->in->broken = true;
		b->in->how = ways[way].how;
		b->in->in = b->place;
		b->in->where = where_of(b, n);
		for (; n != NULL; n = n->up)
			n->fixed = true;
		return b->in->where != NULL;
	}
	return false;
}

/* ---- a body that is none ------------------------------------------------------------------ */

static const char	deep[] =
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

static const struct {
	const char	*raw, *type, *how;
} bodies[] = {
	{ "", "application/json", "empty" },
	{ "{", "application/json", "half" },
	{ "{\"a\":1}}", "application/json", "more than JSON" },
	{ "{\"a\":1,\"a\":1}", "application/json", "with a name twice" },
	{ "\"\xFF\"", "application/json", "not UTF-8" },
	{ deep, "application/json", "too deep" },
	{ "a,b\r\n", "text/csv", "of another media type" },
};

static bool
break_body(struct breaker *b)
{
	size_t	i;

	i = b->in->form ? NELEM(bodies) - 1 : contract_below(b->dice,
	    NELEM(bodies));
	b->in->broken = true;
	b->in->raw = bodies[i].raw;
	b->in->type = bodies[i].type;
	b->in->how = bodies[i].how;
	b->in->in = STILE_IN_BODY;
	b->in->where = NULL;
	return true;
}

bool
contract_break(struct contract *c, const struct plan *plan, struct dice *d,
    struct input *in)
{
	struct breaker	b = { .c = c, .plan = plan, .dice = d, .in = in };

	if (in->body != NULL && contract_one_in(d, 10))
		return break_body(&b);
	return break_node(&b);
}
