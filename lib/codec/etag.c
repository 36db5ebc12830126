/* SPDX-License-Identifier: ISC */
/*
 * Entity-tags and preconditions: RFC 9110, sections 8.8.3 and 13.
 *
 * A guard that cannot be read guards: a malformed If-Match fails, and so does
 * a malformed If-None-Match before a change.  For a GET it means "send it".
 * Dates that are not HTTP-dates are ignored, as the RFC demands.
 */
#include "base/priv.h"

#include "stile/date.h"
#include "stile/str.h"
#include "codec/etag.h"
#include "base/banned.h"

/* etagc: anything visible but the quote, and bytes above ASCII. */
static bool
is_etagc(unsigned char c)
{
	return c > 0x20 && c != '"' && c != 0x7F;
}

/* Take an entity-tag off the front; the opaque part keeps its quotes. */
static bool
read_etag(struct stile_str *s, struct stile_str *opaque, bool *weak)
{
	size_t	start, i;

	*weak = s->len >= 2 && memcmp(s->p, "W/", 2) == 0;
	start = *weak ? 2 : 0;
	if (start == s->len || s->p[start] != '"')
		return false;
	for (i = start + 1; i < s->len && is_etagc((unsigned char)s->p[i]); i++)
		;
	if (i == s->len || s->p[i] != '"')
		return false;
	i++;
	*opaque = (struct stile_str){ s->p + start, i - start };
	*s = (struct stile_str){ s->p + i, s->len - i };
	return true;
}

bool
stile__etag_valid(struct stile_str etag)
{
	struct stile_str	opaque;
	bool			weak;

	return read_etag(&etag, &opaque, &weak) && etag.len == 0;
}

/* Blanks, and with them the commas of empty elements; how many commas. */
static size_t
skip_commas(struct stile_str *s)
{
	size_t	n = 0;

	for (;; s->p++, s->len--) {
		*s = stile_str_trim(*s);
		if (s->len == 0 || s->p[0] != ',')
			return n;
		n++;
	}
}

enum stile__etag_found
stile__etag_find(struct stile_str list, struct stile_str etag,
    enum stile__etag_compare how)
{
	struct stile_str	mine = { NULL, 0 }, opaque;
	bool			my_weak = false, weak, found = false;
	size_t			n;

	if (etag.p != NULL && !read_etag(&etag, &mine, &my_weak))
		mine.p = NULL;
	skip_commas(&list);
	if (list.len == 0)
		return STILE__ETAG_MALFORMED;
	for (n = 1; list.len > 0; n = skip_commas(&list)) {
		if (n == 0 || !read_etag(&list, &opaque, &weak))
			return STILE__ETAG_MALFORMED;
		if (mine.p != NULL && stile_str_eq(opaque, mine) &&
		    (how == STILE__ETAG_WEAK || (!weak && !my_weak)))
			found = true;
	}
	return found ? STILE__ETAG_FOUND : STILE__ETAG_ABSENT;
}

/* If-Match and If-None-Match: what is asked for, or "*" for anything. */
static enum stile__etag_found
find(const struct stile__cond_in *in, struct stile_str field,
    enum stile__etag_compare how)
{
	if (!stile_str_eq(stile_str_trim(field), STR("*")))
		return stile__etag_find(field, in->exists ? in->etag :
		    (struct stile_str){ NULL, 0 }, how);
	return in->exists ? STILE__ETAG_FOUND : STILE__ETAG_ABSENT;
}

/*
 * The sign of Last-Modified against the field's date.  False where either is
 * missing: then the field does not count.
 */
static bool
compare_dates(const struct stile__cond_in *in, struct stile_str field,
    int *ret)
{
	int64_t	since;

	if (!in->exists || in->last_modified < 0 || field.p == NULL ||
	    stile_http_date_parse(stile_str_trim(field), in->now, &since) !=
	    STILE_OK)
		return false;
	*ret = (in->last_modified > since) - (in->last_modified < since);
	return true;
}

/*
 * Whether the part that the client has is of what is there now.  A date proves
 * it only when its second is over (section 8.8.2.2).
 */
static bool
range_applies(const struct stile__cond_in *in)
{
	struct stile_str	field = stile_str_trim(in->if_range);
	int			cmp;

	if (!in->range || in->if_range.p == NULL)
		return in->range;
	if (stile__etag_valid(field))
		return find(in, field, STILE__ETAG_STRONG) ==
		    STILE__ETAG_FOUND;
	return compare_dates(in, field, &cmp) && cmp == 0 &&
	    in->last_modified < in->now;
}

/* If-None-Match, or If-Modified-Since where there is no such field. */
static enum stile__cond
check_known(const struct stile__cond_in *in)
{
	enum stile__etag_found	found;
	int			cmp;

	if (in->if_none_match.p == NULL)
		return in->read && compare_dates(in, in->if_modified_since,
		    &cmp) && cmp <= 0 ? STILE__COND_NOT_MODIFIED :
		    STILE__COND_PROCEED;
	found = find(in, in->if_none_match, STILE__ETAG_WEAK);
	if (in->read)
		return found == STILE__ETAG_FOUND ? STILE__COND_NOT_MODIFIED :
		    STILE__COND_PROCEED;
	return found == STILE__ETAG_ABSENT ? STILE__COND_PROCEED :
	    STILE__COND_FAILED;
}

enum stile__cond
stile__conditions(const struct stile__cond_in *in, bool *ret_range)
{
	enum stile__cond	rc;
	int			cmp;

	*ret_range = false;
	if (in->if_match.p != NULL) {
		if (find(in, in->if_match, STILE__ETAG_STRONG) !=
		    STILE__ETAG_FOUND)
			return STILE__COND_FAILED;
	} else if (compare_dates(in, in->if_unmodified_since, &cmp) && cmp > 0)
		return STILE__COND_FAILED;
	if ((rc = check_known(in)) == STILE__COND_PROCEED)
		*ret_range = range_applies(in);
	return rc;
}
