/* SPDX-License-Identifier: ISC */
/*
 * Content negotiation: RFC 9110, section 12.5; for languages RFC 4647, basic
 * filtering (3.3.1) and lookup (3.4) together.
 *
 * Of the ranges that match an offer the most specific counts, of two alike the
 * first.  Of two offers with the same weight the one that is named more
 * precisely wins, then the one whose range stands first in the field, then our
 * own order.  Elements that cannot be read are left out, and a field without a
 * readable one is as good as none.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "codec/accept.h"
#include "codec/field.h"
#include "base/banned.h"

#define Q_MAX	1000

/* How specific a match is: any is below all others, 0 is none. */
enum {
	MATCH_ANY	= 1,
	MATCH_FAMILY	= 0x100000,	/* text/html by text/, en-US by en */
	MATCH_FALLBACK	= 0x200000,	/* en by en-US */
	MATCH_EXACT	= 0x300000,
	MATCH_PARAM	= 1		/* added for each parameter */
};

struct kind {
	bool	(*is_range)(struct stile_str name);
	int	(*match)(struct stile_str item, struct stile_str offer);
	int	 rank_max;	/* beyond this the order goes before it */
};

/* What a field says about an offer. */
struct liking {
	int	weight;
	int	match;
	size_t	place;		/* of the range in the field */
};

/* "0.5" is 500; what is not a quality value counts as 1000. */
static int
quality(struct stile_str item)
{
	struct stile_str	q;
	int			v, scale = 100;
	size_t			i;

	if (!stile__media_param(item, "q", &q) || q.len == 0 ||
	    (q.p[0] != '0' && q.p[0] != '1') || (q.len > 1 && q.p[1] != '.'))
		return Q_MAX;
	v = (q.p[0] - '0') * Q_MAX;
	for (i = 2; i < q.len && i < 5 && ascii_digit(q.p[i]); i++) {
		v += (q.p[i] - '0') * scale;
		scale /= 10;
	}
	return v < Q_MAX ? v : Q_MAX;
}

static bool
is_any(struct stile_str s)
{
	return s.len == 1 && s.p[0] == '*';
}

static bool
is_type_range(struct stile_str s)
{
	struct stile_str	type;

	stile_str_cut(&s, '/', &type);
	return stile__is_token(type) && stile__is_token(s) &&
	    (!is_any(type) || is_any(s));
}

/* The first parameter of that name. */
static bool
param(struct stile_str s, struct stile_str name, struct stile_str *ret)
{
	struct stile_str	type, key;

	stile__cut_unquoted(&s, ';', &type);
	while (stile__next_param(&s, &key, ret))
		if (stile_str_caseeq(key, name))
			return true;
	return false;
}

/* Values without regard to case and to backslashes, which only quote. */
static bool
same_value(struct stile_str a, struct stile_str b)
{
	size_t	i, k;

	for (i = k = 0; i < a.len && k < b.len; i++, k++) {
		if (a.p[i] == '\\' && i + 1 < a.len)
			i++;
		if (b.p[k] == '\\' && k + 1 < b.len)
			k++;
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[k]))
			return false;
	}
	return i == a.len && k == b.len;
}

/* Whether each parameter of the range, up to its weight, is the offer's too. */
static bool
match_params(struct stile_str item, struct stile_str offer, int *n)
{
	struct stile_str	rest = item, type, key, want, have;

	stile__cut_unquoted(&rest, ';', &type);
	for (*n = 0; stile__next_param(&rest, &key, &want); ++*n) {
		if (stile_str_caseeq(key, STR("q")))
			break;
		if (!param(item, key, &want) || !param(offer, key, &have) ||
		    !same_value(want, have))
			return false;
	}
	return true;
}

static int
match_type(struct stile_str item, struct stile_str offer)
{
	struct stile_str	range = stile__media_type(item), family;
	struct stile_str	type = stile__media_type(offer), rest = type;
	int			params;

	if (!match_params(item, offer, &params))
		return 0;
	if (stile_str_caseeq(range, type))
		return MATCH_EXACT + params * MATCH_PARAM;
	if (stile_str_eq(range, STR("*/*")))
		return MATCH_ANY + params * MATCH_PARAM;
	stile_str_cut(&rest, '/', &family);
	if (range.len == family.len + 2 && range.p[family.len + 1] == '*' &&
	    stile_str_caseeq((struct stile_str){ range.p, family.len + 1 },
	    (struct stile_str){ type.p, family.len + 1 }))
		return MATCH_FAMILY + params * MATCH_PARAM;
	return 0;
}

static int
match_token(struct stile_str item, struct stile_str offer)
{
	struct stile_str	name = stile__media_type(item);

	if (is_any(name))
		return MATCH_ANY;
	return stile_str_caseeq(name, offer) ? MATCH_EXACT : 0;
}

/* x-gzip and x-compress are old names (section 8.4.1). */
static struct stile_str
new_name(struct stile_str s)
{
	if (stile_str_caseeq(s, STR("x-gzip")) ||
	    stile_str_caseeq(s, STR("x-compress")))
		return (struct stile_str){ s.p + 2, s.len - 2 };
	return s;
}

static int
match_coding(struct stile_str item, struct stile_str offer)
{
	return match_token(new_name(stile__media_type(item)), new_name(offer));
}

/* language-range: 1*8ALPHA *("-" 1*8alphanum) / "*" */
static bool
is_language_range(struct stile_str s)
{
	struct stile_str	rest = s, tag;
	size_t			i;
	int			c;

	if (is_any(s))
		return true;
	while (stile_str_cut(&rest, '-', &tag)) {
		if (tag.len < 1 || tag.len > 8)
			return false;
		for (i = 0; i < tag.len; i++) {
			c = ascii_lower(tag.p[i]);
			if ((c < 'a' || c > 'z') &&
			    (tag.p == s.p || !ascii_digit(c)))
				return false;
		}
	}
	return s.len > 0;
}

/* Whether tag is general, or general and more: "en-US" and "en". */
static bool
extends(struct stile_str tag, struct stile_str general)
{
	return tag.len > general.len && tag.p[general.len] == '-' &&
	    stile_str_caseeq((struct stile_str){ tag.p, general.len },
	    general);
}

static int
match_language(struct stile_str item, struct stile_str offer)
{
	struct stile_str	range = stile__media_type(item);
	int			m;

	if ((m = match_token(range, offer)) != 0)
		return m;
	if (extends(offer, range))
		return MATCH_FAMILY + (int)range.len;
	/*
	 * Lookup cuts the range shorter and shorter, but never right after a
	 * subtag of one letter; and "not en-US" says nothing about "en".
	 */
	if (extends(range, offer) && quality(item) > 0 &&
	    (offer.len < 2 || offer.p[offer.len - 2] != '-'))
		return MATCH_FALLBACK + (int)offer.len;
	return 0;
}

static const struct kind	kinds[] = {
	[STILE_ACCEPT_TYPE] = { is_type_range, match_type, INT_MAX },
	[STILE_ACCEPT_CHARSET] = { stile__is_token, match_token, INT_MAX },
	[STILE_ACCEPT_ENCODING] = { stile__is_token, match_coding, INT_MAX },
	[STILE_ACCEPT_LANGUAGE] = { is_language_range, match_language,
	    MATCH_ANY + 1 },
};

/* The next element that can be read. */
static bool
next_item(const struct kind *k, struct stile_str *field,
    struct stile_str *item)
{
	while (stile__cut_unquoted(field, ',', item))
		if (k->is_range(stile__media_type(*item)))
			return true;
	return false;
}

static bool
is_offer(const struct kind *k, struct stile_str offer)
{
	struct stile_str	name = stile__media_type(offer), q;

	return k->is_range(name) && memchr(name.p, '*', name.len) == NULL &&
	    !stile__media_param(offer, "q", &q);
}

/* Of what the field says, the part that is most about the offer. */
static struct liking
ask(const struct kind *k, struct stile_str field, struct stile_str offer)
{
	struct liking		l = { 0, 0, 0 };
	struct stile_str	item;
	size_t			place;
	int			m;

	for (place = 0; next_item(k, &field, &item); place++) {
		if ((m = k->match(item, offer)) <= l.match)
			continue;
		l = (struct liking){ quality(item), m, place };
	}
	return l;
}

/*
 * Unless the field says otherwise, no coding at all is welcome too: after all
 * others, with the least weight that one of them has.
 */
static struct liking
ask_identity(const struct kind *k, struct stile_str field)
{
	struct liking		l = { Q_MAX, MATCH_EXACT, SIZE_MAX };
	struct stile_str	item;
	int			q;

	while (next_item(k, &field, &item))
		if ((q = quality(item)) > 0 && q < l.weight)
			l.weight = q;
	return l;
}

static struct liking
like(enum stile_accept_kind kind, struct stile_str field,
    struct stile_str offer)
{
	const struct kind	*k = &kinds[kind];
	struct stile_str	 rest = field, item;
	struct liking		 l = { 0, 0, 0 };
	bool			 identity;

	if (!is_offer(k, offer))
		return l;
	identity = kind == STILE_ACCEPT_ENCODING &&
	    stile_str_caseeq(offer, STR("identity"));
	if (!next_item(k, &rest, &item)) {
		if (kind != STILE_ACCEPT_ENCODING || identity)
			l.weight = Q_MAX;
		return l;
	}
	l = ask(k, field, offer);
	return l.match == 0 && identity ? ask_identity(k, field) : l;
}

/* Whether a goes before b, which stands first among the offers. */
static bool
better(enum stile_accept_kind kind, const struct liking *a,
    const struct liking *b)
{
	int	max = kinds[kind].rank_max;
	int	rank_a = a->match < max ? a->match : max;
	int	rank_b = b->match < max ? b->match : max;

	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (rank_a != rank_b)
		return rank_a > rank_b;
	if (a->place != b->place)
		return a->place < b->place;
	return a->match > b->match;
}

int
stile_accept_best(enum stile_accept_kind kind, struct stile_str field,
    const struct stile_str *offers, size_t n)
{
	struct liking	l, best = { 0, 0, 0 };
	size_t		i;
	int		at = -1;

	for (i = 0; i < n; i++) {
		l = like(kind, field, offers[i]);
		if (l.weight > 0 && (at == -1 || better(kind, &l, &best))) {
			best = l;
			at = (int)i;
		}
	}
	return at;
}

int
stile__accept_weight(enum stile_accept_kind kind, struct stile_str field,
    struct stile_str offer)
{
	return like(kind, field, offer).weight;
}

int
stile__accept_quality(struct stile_str accept, struct stile_str type)
{
	const struct kind	*k = &kinds[STILE_ACCEPT_TYPE];

	return is_offer(k, type) ? ask(k, accept, type).weight : 0;
}
