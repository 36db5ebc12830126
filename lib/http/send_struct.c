/* SPDX-License-Identifier: ISC */
/* Structs as answers, each as its schema says and who asks may see it. */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/input.h"
#include "stile/res.h"
#include "http/req.h"
#include "base/banned.h"

static bool
may(void *arg, const char *need)
{
	struct stile_req	*r = arg;

	return r->may_see != NULL && r->may_see(r, need);
}

struct viewer
stile__viewer(struct stile_req *r)
{
	return (struct viewer){ may, r };
}

int
stile_send_struct(struct stile_req *r, int status, const struct stile_schema *s,
    const void *p)
{
	const struct viewer	 viewer = stile__viewer(r);
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL)
		return stile__fail_nomem(r);
	stile__schema_write(b, s, &viewer, p);
	return stile_send_buf(r, status, "application/json", b);
}

int
stile_send_structs(struct stile_req *r, int status,
    const struct stile_schema *s, const void *p, size_t n)
{
	const struct viewer	 viewer = stile__viewer(r);
	struct stile_buf	*b;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	if (n > 1 && stile__whole_size(s) == 0)
		return stile_fail(r, 500, "the schema %s has no size",
		    s->name != NULL ? s->name : "");
	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL)
		return stile__fail_nomem(r);
	stile__schema_write_many(b, s, &viewer, p, n);
	return stile_send_buf(r, status, "application/json", b);
}
