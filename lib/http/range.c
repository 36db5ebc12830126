/* SPDX-License-Identifier: ISC */
/*
 * Parts of an answer: one range as it is, several as multipart/byteranges
 * (RFC 9110, sections 14 and 15.3.7), of bodies in memory and of files.
 */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/arena.h"
#include "stile/str.h"
#include "codec/range.h"
#include "http/req.h"
#include "base/banned.h"

static int
put_content_range(struct stile_req *r, const struct stile__range *range,
    int64_t size, bool failed)
{
	char	s[STILE__CONTENT_RANGE_SIZE];

	stile__content_range(range, size, s);
	return failed ? stile_fail_header(r, "Content-Range", s) :
	    stile_header_set(r, "Content-Range", s);
}

static void
one_range(struct stile_req *r, const struct stile__range *range)
{
	struct req_body	*body = &r->res.body;

	put_content_range(r, range, body->length, false);
	body->offset = range->first;
	body->length = range->last - range->first + 1;
	r->res.status = 206;
}

/* The lines before a part. */
static struct stile_str
part_head(struct stile_req *r, const char *boundary,
    const struct stile__range *range, int64_t size)
{
	char	 s[STILE__CONTENT_RANGE_SIZE];
	char	*head;

	stile__content_range(range, size, s);
	head = stile_arena_printf(r->arena, "\r\n--%s\r\nContent-Type: %s\r\n"
	    "Content-Range: %s\r\n\r\n", boundary, r->res.type != NULL ?
	    r->res.type : "application/octet-stream", s);
	return stile_str(head);
}

static void
several_ranges(struct stile_req *r, const struct stile__ranges *ranges)
{
	struct req_body		*body = &r->res.body;
	struct req_piece	*v;
	const char		*boundary, *type;
	int64_t			 total = 0;
	size_t			 i;

	/* The request's id is in no content by accident. */
	boundary = stile_arena_printf(r->arena, "stile-%s", r->id);
	v = stile_arena_alloc(r->arena, ranges->n + 1, sizeof(*v));
	if (boundary == NULL || v == NULL)
		goto nomem;
	for (i = 0; i < ranges->n; i++) {
		v[i].head = part_head(r, boundary, &ranges->v[i], body->length);
		v[i].offset = ranges->v[i].first;
		v[i].length = ranges->v[i].last - ranges->v[i].first + 1;
		if (v[i].head.p == NULL)
			goto nomem;
		total += (int64_t)v[i].head.len + v[i].length;
	}
	v[i].head = stile_str(stile_arena_printf(r->arena, "\r\n--%s--\r\n",
	    boundary));
	type = stile_arena_printf(r->arena,
	    "multipart/byteranges; boundary=%s", boundary);
	if (v[i].head.p == NULL || type == NULL)
		goto nomem;
	body->pieces = v;
	body->npieces = ranges->n + 1;
	body->length = total + (int64_t)v[i].head.len;
	r->res.type = type;
	r->res.status = 206;
	return;
nomem:
	stile__fail_nomem(r);
}

void
stile__res_ranges(struct stile_req *r, const char *field)
{
	struct req_body		*body = &r->res.body;
	struct stile__ranges	 ranges;

	if (field == NULL || body->kind == BODY_STREAM)
		return;
	switch (stile__range_parse(stile_str(field), body->length, &ranges)) {
	case STILE__RANGE_IGNORE:
		break;
	case STILE__RANGE_UNSATISFIABLE:
		stile_fail(r, 416, "the content has %" PRId64 " bytes",
		    body->length);
		put_content_range(r, NULL, body->length, true);
		break;
	case STILE__RANGE_SEND:
		if (ranges.n == 1)
			one_range(r, &ranges.v[0]);
		else
			several_ranges(r, &ranges);
		break;
	}
}
