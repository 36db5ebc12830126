/* SPDX-License-Identifier: ISC */
/*
 * Byte ranges: RFC 9110, sections 14.1.2, 14.2 and 14.4.
 *
 * Ranges that overlap or touch become one, in the place of the first, so an
 * answer never has more bytes than the resource.  A field with another unit,
 * with anything malformed, or with more than STILE__RANGES_MAX ranges is
 * ignored, as section 14.2 permits.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/str.h"
#include "codec/range.h"
#include "base/banned.h"

enum element {
	EL_MALFORMED,
	EL_WHOLE,		/* the end of nothing, which is all of it */
	EL_OUTSIDE,
	EL_RANGE
};

/* Digits off the front; what is too large is as large as can be. */
static bool
read_pos(struct stile_str *s, int64_t *ret)
{
	size_t	i;
	int64_t	v = 0;
	int	d;

	for (i = 0; i < s->len && ascii_digit(s->p[i]); i++) {
		d = s->p[i] - '0';
		v = v > (INT64_MAX - d) / 10 ? INT64_MAX : v * 10 + d;
	}
	*s = (struct stile_str){ s->p + i, s->len - i };
	*ret = v;
	return i > 0;
}

/* "-n": the last n bytes. */
static enum element
read_suffix(struct stile_str s, int64_t size, struct stile__range *ret)
{
	int64_t	n;

	if (!read_pos(&s, &n) || s.len != 0)
		return EL_MALFORMED;
	if (n == 0)
		return EL_OUTSIDE;
	if (size == 0)
		return EL_WHOLE;
	*ret = (struct stile__range){ n < size ? size - n : 0, size - 1 };
	return EL_RANGE;
}

/* "first-last" or "first-". */
static enum element
read_element(struct stile_str s, int64_t size, struct stile__range *ret)
{
	struct stile__range	r = { 0, INT64_MAX };

	if (s.p[0] == '-')
		return read_suffix((struct stile_str){ s.p + 1, s.len - 1 },
		    size, ret);
	if (!read_pos(&s, &r.first) || s.len == 0 || s.p[0] != '-')
		return EL_MALFORMED;
	s.p++;
	s.len--;
	if (s.len > 0 && (!read_pos(&s, &r.last) || s.len != 0))
		return EL_MALFORMED;
	if (r.first >= size || r.last < r.first)
		return EL_OUTSIDE;
	if (r.last >= size)
		r.last = size - 1;
	*ret = r;
	return EL_RANGE;
}

static bool
touch(const struct stile__range *a, const struct stile__range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

/* Put r in, together with all that it touches; there is room. */
static void
add(struct stile__ranges *l, struct stile__range r)
{
	struct stile__range	*v = l->v;
	size_t			 i, place = l->n;

	for (i = 0; i < l->n;) {
		if (!touch(&v[i], &r)) {
			i++;
			continue;
		}
		r.first = v[i].first < r.first ? v[i].first : r.first;
		r.last = v[i].last > r.last ? v[i].last : r.last;
		if (i < place)
			place = i;
		l->n--;
		memmove(&v[i], &v[i + 1], (l->n - i) * sizeof(*v));
		i = 0;		/* it may touch an earlier one by now */
	}
	memmove(&v[place + 1], &v[place], (l->n - place) * sizeof(*v));
	v[place] = r;
	l->n++;
}

enum stile__range_verdict
stile__range_parse(struct stile_str field, int64_t size,
    struct stile__ranges *ret)
{
	struct stile__ranges	l = { .n = 0 };
	struct stile__range	r;
	struct stile_str	el;
	enum element		what;
	size_t			n = 0;
	bool			whole = false;

	if (size < 0 || !stile_str_cut(&field, '=', &el) || field.p == NULL ||
	    !stile_str_caseeq(el, STR("bytes")))
		return STILE__RANGE_IGNORE;
	while (stile_str_cut(&field, ',', &el)) {
		if ((el = stile_str_trim(el)).len == 0)
			continue;
		what = read_element(el, size, &r);
		if (what == EL_MALFORMED || ++n > STILE__RANGES_MAX)
			return STILE__RANGE_IGNORE;
		if (what == EL_WHOLE)
			whole = true;
		if (what == EL_RANGE)
			add(&l, r);
	}
	if (n == 0 || whole)
		return STILE__RANGE_IGNORE;
	if (l.n == 0)
		return STILE__RANGE_UNSATISFIABLE;
	*ret = l;
	return STILE__RANGE_SEND;
}

void
stile__content_range(const struct stile__range *r, int64_t size,
    char out[STILE__CONTENT_RANGE_SIZE])
{
	if (r == NULL)
		snprintf(out, STILE__CONTENT_RANGE_SIZE, "bytes */%" PRId64,
		    size);
	else
		snprintf(out, STILE__CONTENT_RANGE_SIZE, "bytes %" PRId64
		    "-%" PRId64 "/%" PRId64, r->first, r->last, size);
}
