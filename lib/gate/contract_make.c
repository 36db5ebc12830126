/* SPDX-License-Identifier: ISC */
/* Inputs that fit what a route declares, at the bounds of it rather than far
 * from them. */
#include "base/priv.h"

#include <math.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "base/banned.h"

#define NODES_MAX	300
#define ITEMS_MAX	300	/* of an array, unless it has to have more */
#define TRIES		12

/* ---- dice: splitmix64 ----------------------------------------------------- */

uint64_t
contract_roll(struct dice *d)
{
	uint64_t	z = d->x += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

size_t
contract_below(struct dice *d, size_t n)
{
	return n == 0 ? 0 : (size_t)(contract_roll(d) % n);
}

bool
contract_one_in(struct dice *d, size_t n)
{
	return contract_below(d, n) == 0;
}

/* ---- trees ------------------------------------------------------------------ */

void
contract_add(struct node *up, struct node *n)
{
	struct node	**at;

	for (at = &up->first; *at != NULL; at = &(*at)->next)
		continue;
	*at = n;
	n->up = up;
	n->next = NULL;
}

size_t
contract_count(const struct node *n)
{
	const struct node	*p;
	size_t			 count = 0;

	for (p = n->first; p != NULL; p = p->next)
		count++;
	return count;
}

struct node *
contract_copy(struct stile_arena *a, const struct node *n)
{
	struct node		*copy, *child;
	const struct node	*p;

	if ((copy = stile_arena_alloc(a, 1, sizeof(*copy))) == NULL)
		return NULL;
	*copy = *n;
	copy->up = copy->first = copy->next = NULL;
	for (p = n->first; p != NULL; p = p->next) {
		if ((child = contract_copy(a, p)) == NULL)
			return NULL;
		contract_add(copy, child);
	}
	return copy;
}

static struct node *
new_node(struct maker *m, const struct stile_schema *row)
{
	struct node	*n;

	m->nodes++;
	if ((n = stile_arena_alloc(m->c->arena, 1, sizeof(*n))) == NULL) {
		m->c->nomem = true;
		return NULL;
	}
	n->row = row;
	return n;
}

/* ---- scalars ------------------------------------------------------------------ */

/* Whether the library itself would take it: for texts, whose rules are many. */
bool
contract_fits(struct contract *c, const struct stile_schema *s,
    struct stile_value v)
{
	struct stile_validation	 validation = { .arena = c->arena };
	struct stile_value	 value = v;

	if (v.type == STILE_TEXT && !stile__decode_text(&validation, s, v.u.s,
	    &value))
		return false;
	return stile__limit(&validation, s, &value);
}

static bool
fits_int(const struct stile_schema *s, int64_t low, int64_t high, int64_t i)
{
	if (i < low || i > high)
		return false;
	if (s->multiple_of >= 1 && s->multiple_of < 0x1p53 &&
	    s->multiple_of == floor(s->multiple_of))
		return i % (int64_t)s->multiple_of == 0;
	return s->multiple_of <= 0 || fmod((double)i, s->multiple_of) == 0;
}

/* The first that is not below; there is room for one. */
static int64_t
next_multiple(int64_t i, int64_t step)
{
	int64_t	over = i % step;

	return over > 0 ? i + step - over : i - over;
}

static bool
make_int(struct maker *m, const struct stile_schema *row, int64_t *ret)
{
	const struct stile_schema	*s = stile__schema_of(row);
	int64_t		low = INT64_MIN, high = INT64_MAX, step = 1, i, k;
	int		tries;

	if (stile__has_min(s->min, s->max))
		low = s->min + s->exclusive_min;
	if (stile__has_max(s->min, s->max))
		high = s->max - s->exclusive_max;
	if (row->at.kind == STILE_KIND_INT && low < INT_MIN)
		low = INT_MIN;
	if (row->at.kind == STILE_KIND_INT && high > INT_MAX)
		high = INT_MAX;
	if (m->alphabet == ALPHABET_PATH && low < 0)
		low = 0;
	if (s->multiple_of >= 1 && s->multiple_of < 0x1p53)
		step = (int64_t)s->multiple_of;
	for (tries = 0; tries < 4 * TRIES; tries++) {
		const int64_t	starts[] = { low, high, 0, 1, -1, 42,
				    low / 2 + high / 2 };

		i = starts[contract_below(m->dice, NELEM(starts))];
		k = (int64_t)contract_below(m->dice, 3);
		if (i == low && low <= INT64_MAX - 4 * step)
			i = next_multiple(i, step) + k * step;
		else if (i == high && high >= INT64_MIN + 4 * step)
			i = -next_multiple(-i, step) - k * step;
		else
			i -= i % step;
		if (fits_int(s, low, high, i)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool
make_double(struct maker *m, const struct stile_schema *s, double *ret)
{
	const bool	has_low = stile__has_low(s->low, s->high);
	const bool	has_high = stile__has_high(s->low, s->high);
	const double	low = has_low ? s->low : -1e300;
	const double	high = has_high ? s->high : 1e300;
	const double	starts[] = { low, high, low / 2 + high / 2, 0, 0.5,
			    -1.25, 1, 1e15 };
	double		d;
	int		tries;

	for (tries = 0; tries < 4 * TRIES; tries++) {
		d = starts[contract_below(m->dice, NELEM(starts))];
		if (s->multiple_of > 0) {
			if (fabs(d) > 1e9 * s->multiple_of)
				d = s->multiple_of;
			d = (tries % 2 == 0 ? ceil(d / s->multiple_of) :
			    floor(d / s->multiple_of)) * s->multiple_of;
		}
		if (d < low || d > high || (s->exclusive_min && d <= low) ||
		    (s->exclusive_max && d >= high))
			continue;
		*ret = d;
		return true;
	}
	return false;
}

struct node *
contract_scalar(struct maker *m, const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct node			*n;
	const char			*text;
	int64_t				 i;
	double				 d;

	if ((n = new_node(m, row)) == NULL)
		return NULL;
	switch (s->type) {
	case STILE_INTEGER:
		if (!make_int(m, row, &i))
			return NULL;
		n->v = stile_int(i);
		return n;
	case STILE_NUMBER:
		if (!make_double(m, s, &d))
			return NULL;
		n->v = stile_double(d);
		return n;
	case STILE_BOOLEAN:
		n->v = stile_bool(contract_one_in(m->dice, 2));
		return n;
	default:
		if ((text = contract_text(m, row)) == NULL)
			return NULL;
		n->v = stile_text(text);
		return n;
	}
}

/* ---- what has others inside ------------------------------------------------------ */

static size_t
make_size(struct maker *m, const struct stile_schema *s, unsigned depth)
{
	const int64_t	min = s->min > 0 ? s->min : 0;
	const int64_t	max = stile__has_max(s->min, s->max) ? s->max :
			    min + 3;
	int64_t		n;

	if (depth >= m->depth_max || m->nodes > NODES_MAX || m->fill == FEW)
		return (size_t)min;
	switch (contract_below(m->dice, 4)) {
	case 0:
		n = min;
		break;
	case 1:
		n = min + 1;
		break;
	case 2:
		n = max < ITEMS_MAX ? max : min + 2;
		break;
	default:
		n = min + (int64_t)contract_below(m->dice, 4);
		break;
	}
	return (size_t)(n > max ? max : n);
}

static bool
same(struct contract *c, const struct node *a, const struct node *b)
{
	struct stile_buf	*x = stile_buf_new(c->arena, SIZE_MAX);
	struct stile_buf	*y = stile_buf_new(c->arena, SIZE_MAX);

	if (x == NULL || y == NULL)
		return true;
	contract_write(x, a);
	contract_write(y, b);
	return stile_str_eq(stile_buf_view(x), stile_buf_view(y));
}

static bool
is_new(struct contract *c, const struct node *array, const struct node *n)
{
	const struct node	*p;

	for (p = array->first; p != NULL; p = p->next)
		if (same(c, p, n))
			return false;
	return true;
}

static struct node *
make_array(struct maker *m, const struct stile_schema *row, unsigned depth)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	const struct stile_schema		*s = stile__schema_of(row);
	const struct stile_schema		*items;
	struct node				*n = new_node(m, row), *item;
	size_t					 i, k, size;

	if (n == NULL)
		return NULL;
	n->kind = NODE_ARRAY;
	items = s->items != NULL ? s->items : &any;
	size = make_size(m, s, depth);
	for (i = 0; i < size; i++) {
		for (k = 0; k < TRIES; k++) {
			item = contract_make(m, items, depth + 1, false);
			if (item == NULL || !s->unique ||
			    is_new(m->c, n, item))
				break;
			item = NULL;
		}
		if (item == NULL)
			break;
		contract_add(n, item);
	}
	return i < size && (int64_t)i < s->min ? NULL : n;
}

static struct node *
make_map(struct maker *m, const struct stile_schema *row, unsigned depth,
    bool patch)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	static const char *const		names[] = { "a", "\xC3\xA9", "x/y",
	    "~", "", "two words", "\xF0\x9F\x98\x80", "id" };
	const struct stile_schema		*s = stile__schema_of(row);
	struct node				*n = new_node(m, row), *item;
	size_t					 i, size;

	if (n == NULL)
		return NULL;
	n->kind = NODE_OBJECT;
	n->patch = patch;
	size = make_size(m, s, depth);
	for (i = 0; i < size; i++) {
		item = contract_make(m, s->items != NULL ? s->items : &any,
		    depth + 1, patch);
		if (item == NULL)
			return NULL;
		item->name = i < NELEM(names) ? names[i] :
		    stile_arena_printf(m->c->arena, "n%zu", i);
		contract_add(n, item);
	}
	return n;
}

static bool
has_to_be(const struct stile_schema *p, bool patch)
{
	return p->required && p->absent == NULL && !patch;
}

static bool
is_wanted(struct maker *m, unsigned depth)
{
	if (depth >= m->depth_max || m->nodes > NODES_MAX || m->fill == FEW)
		return false;
	return m->fill == ALL || contract_one_in(m->dice, 2);
}

/* Where nobody is made, who may is not known, and no one does. */
static bool
may_set(const struct maker *m, const struct stile_schema *p)
{
	return p->need == NULL || stile__has_word(m->in->permissions, p->need);
}

static bool
add_members(struct maker *m, struct node *n, const struct stile_schema *s,
    unsigned depth, bool patch, const char *tag)
{
	const struct stile_schema	*p;
	struct node			*member;

	for (p = s->properties; p != NULL && p->name != NULL; p++) {
		if (p->read_only || !may_set(m, p) ||
		    (tag != NULL && strcmp(p->name, tag) == 0))
			continue;
		if (!has_to_be(p, patch) && !is_wanted(m, depth))
			continue;
		member = contract_make(m, p, depth + 1, patch);
		if (member == NULL && has_to_be(p, patch))
			return false;
		if (member == NULL)
			continue;
		member->name = p->name;
		contract_add(n, member);
	}
	return true;
}

static struct node *
make_object(struct maker *m, const struct stile_schema *row,
    const struct stile_schema *s, unsigned depth, bool patch, const char *tag,
    const char *tag_value)
{
	struct node	*n = new_node(m, row), *member;

	if (n == NULL)
		return NULL;
	n->kind = NODE_OBJECT;
	n->patch = patch;
	if (tag != NULL) {
		if ((member = new_node(m, NULL)) == NULL)
			return NULL;
		member->v = stile_text(tag_value);
		member->name = tag;
		member->tag = true;
		contract_add(n, member);
	}
	return add_members(m, n, s, depth, patch, tag) ? n : NULL;
}

/* Deep down, the first that can be made. */
static struct node *
make_one_of(struct maker *m, const struct stile_schema *row, unsigned depth,
    bool patch)
{
	const struct stile_schema	*s = stile__schema_of(row), *one;
	struct node			*n = NULL;
	size_t				 count = 0, i, first;

	while (s->one_of[count] != NULL)
		count++;
	first = contract_below(m->dice, count);
	for (i = 0; i < count && n == NULL; i++) {
		one = s->one_of[(first + i) % count];
		if (depth <= m->depth_max + count)
			n = make_object(m, row, stile__schema_of(one), depth,
			    patch, s->discriminator, one->name);
	}
	return n;
}

/* Anything: small, of each type. */
static struct node *
make_any(struct maker *m, const struct stile_schema *row, unsigned depth)
{
	static const struct stile_schema	text = { .type = STILE_STRING };
	static const struct stile_schema	any = { .type = STILE_ANY };
	struct node				*n, *item;
	size_t					 what;

	what = contract_below(m->dice, depth < m->depth_max ? 7 : 5);
	if (what == 0)
		n = contract_scalar(m, &text);
	else
		n = new_node(m, row);
	if (n == NULL)
		return NULL;
	n->row = row;
	switch (what) {
	case 1:
		n->v = stile_int((int64_t)contract_roll(m->dice));
		break;
	case 2:
		n->v = stile_double(1.5);
		break;
	case 3:
		n->v = stile_bool(true);
		break;
	case 4:
		n->v = stile_null();
		break;
	case 5:
	case 6:
		n->kind = what == 5 ? NODE_ARRAY : NODE_OBJECT;
		if ((item = contract_make(m, &any, depth + 1, false)) == NULL)
			return NULL;
		item->name = "any";
		contract_add(n, item);
		break;
	default:
		break;
	}
	return n;
}

/* In a form only, which is then of several parts. */
static struct node *
make_file(struct maker *m, const struct stile_schema *row)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct node			*n = new_node(m, row);
	size_t				 size = make_size(m, s, 0);
	char				*p;

	if (n == NULL || m->alphabet != ALPHABET_QUERY ||
	    (p = stile_arena_alloc(m->c->arena, size + 1, 1)) == NULL)
		return NULL;
	memset(p, 'x', size);
	n->v = stile_text(p);
	return n;
}

struct node *
contract_make(struct maker *m, const struct stile_schema *row, unsigned depth,
    bool patch)
{
	const struct stile_schema	*s = stile__schema_of(row);
	struct node			*n;

	/* What does not end by then is not made. */
	if (depth > m->depth_max + 40)
		return NULL;
	if (m->alphabet == ALPHABET_JSON && stile__schema_nullable(row) &&
	    s->type != STILE_ANY && contract_one_in(m->dice, 6)) {
		if ((n = new_node(m, row)) != NULL)
			n->v = stile_null();
		return n;
	}
	switch (s->type) {
	case STILE_OBJECT:
		return make_object(m, row, s, depth, patch, NULL, NULL);
	case STILE_ONE_OF:
		return make_one_of(m, row, depth, patch);
	case STILE_MAP:
		return make_map(m, row, depth, patch);
	case STILE_ARRAY:
		if ((n = make_array(m, row, depth)) != NULL)
			n->patch = patch;
		return n;
	case STILE_ANY:
		return make_any(m, row, depth);
	case STILE_FILE:
		return make_file(m, row);
	default:
		n = contract_scalar(m, row);
		if (n != NULL)
			n->patch = patch;
		return n;
	}
}

/* ---- a whole input ------------------------------------------------------------------ */

static enum alphabet
alphabet_of(enum stile_in in)
{
	switch (in) {
	case STILE_IN_PATH:
		return ALPHABET_PATH;
	case STILE_IN_HEADER:
	case STILE_IN_COOKIE:
		return ALPHABET_TOKEN;
	case STILE_IN_BODY:
		return ALPHABET_JSON;
	default:
		return ALPHABET_QUERY;
	}
}

static const char *
known_value(struct contract *c, const char *name, struct dice *d)
{
	size_t	i, n;

	for (i = 0; i < c->nknown; i++) {
		if (strcmp(c->known[i].name, name) != 0)
			continue;
		n = c->known[i].n;
		return c->known[i].text[contract_below(d,
		    n < CONTRACT_KNOWN ? n : CONTRACT_KNOWN)];
	}
	return NULL;
}

static const struct part *
find_part(const struct plan *plan, const char *name)
{
	const struct pattern	*p = &plan->route->pattern;
	size_t			 i;

	for (i = 0; i < p->n; i++)
		if (p->parts[i].conv != NULL &&
		    stile_str_eq(p->parts[i].name, stile_str(name)))
			return &p->parts[i];
	return NULL;
}

static bool
is_of_path(const struct part *part, const char *text)
{
	struct stile_value	v;

	return *text != '\0' && strcmp(text, ".") != 0 &&
	    strcmp(text, "..") != 0 &&
	    (part->conv->spans || strchr(text, '/') == NULL) &&
	    part->conv->public.parse(stile_str(text), &v);
}

/* Something that is there, mostly; else what fits. */
static struct node *
make_of_path(struct maker *m, const struct stile_schema *row)
{
	const struct part	*part = find_part(m->plan, row->name);
	const char		*text = known_value(m->c, row->name, m->dice);
	struct node		*n;
	int			 tries;

	if (part == NULL)
		return NULL;
	if (text != NULL && !contract_one_in(m->dice, 8)) {
		if ((n = new_node(m, row)) == NULL)
			return NULL;
		n->v = stile_text(text);
		return n;
	}
	for (tries = 0; tries < TRIES; tries++) {
		n = contract_make(m, row, 1, false);
		if (n == NULL || n->kind != NODE_SCALAR)
			return NULL;
		text = contract_as_text(m->c, n);
		if (text != NULL && is_of_path(part, text))
			return n;
	}
	text = row->example != NULL ? row->example : text;
	if (text == NULL || !is_of_path(part, text))
		return NULL;
	n->v = stile_text(text);
	return n;
}

static bool
make_params(struct maker *m, struct input *in)
{
	const struct stile_schema	*p;
	struct node			*n;
	bool				 needed;

	for (p = m->plan->params.properties; p->name != NULL; p++) {
		m->alphabet = alphabet_of(p->in);
		needed = p->in == STILE_IN_PATH || (may_set(m, p) &&
		    has_to_be(p, false));
		if (p->read_only || (!needed && (!may_set(m, p) ||
		    !is_wanted(m, 1))))
			continue;
		n = p->in == STILE_IN_PATH ? make_of_path(m, p) :
		    contract_make(m, p, 1, false);
		if (n == NULL && needed)
			return false;
		/* An empty list is one that is not there. */
		if (n == NULL || (n->kind == NODE_ARRAY && n->first == NULL))
			continue;
		n->name = p->name;
		contract_add(in->params, n);
	}
	return true;
}

bool
contract_input(struct contract *c, const struct plan *plan, struct dice *d,
    struct input *in)
{
	struct maker	m = { .c = c, .plan = plan, .in = in, .dice = d };

	m.fill = contract_one_in(d, 5) ? FEW : contract_one_in(d, 3) ? ALL :
	    SOME;
	/* As deep as JSON may be, with room for what has to be inside. */
	m.depth_max = contract_one_in(d, 16) &&
	    c->site->limits.json_depth > 14 ?
	    c->site->limits.json_depth - 10 : 4;
	if ((in->params = new_node(&m, &plan->params)) == NULL)
		return false;
	in->params->kind = NODE_OBJECT;
	if (!make_params(&m, in))
		return false;
	if (plan->body == NULL)
		return true;
	in->form = plan->route->row->body_type == STILE_BODY_FORM ||
	    (plan->route->row->body_type == STILE_BODY_JSON_OR_FORM &&
	    contract_one_in(d, 2));
	m.alphabet = in->form ? ALPHABET_QUERY : ALPHABET_JSON;
	in->body = contract_make(&m, plan->body, 1, plan->patch && !in->form);
	return in->body != NULL;
}
