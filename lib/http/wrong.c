/* SPDX-License-Identifier: ISC */
/*
 * What is wrong with a request, place by place: found by the check of what its
 * route declares, or by a handler or the database later.  A problem lists it,
 * and an error handler reads it, in the same way.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/input.h"
#include "stile/json.h"
#include "stile/str.h"
#include "http/input.h"
#include "base/banned.h"

#define ERRORS_MAX	(512 * 1024)	/* bytes: escapes take six for one */

static const char *const	places[] = {
	[STILE_IN_QUERY] = "query", [STILE_IN_PATH] = "path",
	[STILE_IN_FORM] = "form", [STILE_IN_HEADER] = "header",
	[STILE_IN_COOKIE] = "cookie", [STILE_IN_BODY] = "body",
	[STILE_IN_NONE] = NULL,
};

/* How its place is called, in a member beside the place. */
static const char *
name_of(enum stile_in in)
{
	return in == STILE_IN_BODY ? "pointer" : in == STILE_IN_NONE ?
	    "field" : "parameter";
}

static void
write_one(struct stile_buf *b, const struct stile_violation *w)
{
	const struct stile_value	v[] = {
		stile_text("in"), stile_text(places[w->in]),
		stile_text(name_of(w->in)), stile_text(w->where),
		stile_text("code"), stile_text(w->code),
		stile_text("detail"), stile_text(w->detail),
	};
	const size_t			skip = w->in == STILE_IN_NONE ? 2 : 0;

	stile_json_write_object(b, (struct stile_args){
	    .n = NELEM(v) - skip, .v = v + skip });
}

const char *
stile__errors_json(struct stile_req *r, const struct stile_violation *v,
    size_t n)
{
	struct stile_buf	*b;
	size_t			 i;

	if ((b = stile_buf_new(r->arena, ERRORS_MAX)) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		stile_buf_putc(b, i > 0 ? ',' : '[');
		write_one(b, &v[i]);
	}
	stile_buf_putc(b, ']');
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}

/* ---- a field, where it is in the input -------------------------------- */

static bool
is_member(const struct members *body, const char *name)
{
	size_t	i;

	for (i = 0; i < body->n; i++)
		if (strcmp(body->properties[i].name, name) == 0)
			return true;
	return false;
}

/* The object that is all of the body but a name around it, or NULL. */
static const struct stile_schema *
wrapped(const struct members *body)
{
	const struct stile_schema	*s;

	if (body->n != 1)
		return NULL;
	s = stile__schema_of(body->properties);
	return s->type == STILE_OBJECT && s->properties != NULL ? s : NULL;
}

static const char *
find_in_body(struct stile_req *r, const struct req_input *in, const char *name)
{
	const struct stile_schema	*s;

	if (is_member(&in->body, name))
		return in->json == NULL ? name :
		    stile_arena_printf(r->arena, "/%s", name);
	if ((s = wrapped(&in->body)) == NULL ||
	    stile__property(s, stile_str(name)) == NULL)
		return NULL;
	return stile_arena_printf(r->arena, "/%s/%s",
	    in->body.properties->name, name);
}

static void
find_place(struct stile_req *r, const char *name, struct stile_violation *w)
{
	const struct req_input	*in = r->input;
	const char		*where;
	size_t			 i;

	w->in = STILE_IN_NONE;
	w->where = name;
	if (in == NULL)
		return;
	if ((where = find_in_body(r, in, name)) != NULL) {
		w->in = in->json == NULL ? STILE_IN_FORM : STILE_IN_BODY;
		w->where = where;
		return;
	}
	for (i = 0; i < in->params.n; i++)
		if (strcmp(in->params.properties[i].name, name) == 0)
			w->in = in->params.properties[i].in;
}

int
stile__fail_field(struct stile_req *r, const char *name, const char *code,
    const char *detail)
{
	struct stile_violation	*w;
	const char		*errors;

	/* Without memory, the sentence has to do. */
	if (r->failure.status >= 500 || (w = stile_arena_alloc(r->arena, 1,
	    sizeof(*w))) == NULL || (name = stile_arena_strdup(r->arena,
	    name)) == NULL)
		return STILE_EFAILED;
	w->code = code;
	if ((w->detail = stile_arena_strdup(r->arena, detail)) == NULL)
		return STILE_EFAILED;
	find_place(r, name, w);
	if ((errors = stile__errors_json(r, w, 1)) == NULL)
		return STILE_EFAILED;
	r->failure.wrong = w;
	return stile_fail_member(r, "errors",
	    stile_json_text(stile_str(errors)));
}

int
stile_fail_field(struct stile_req *r, int status, const char *name,
    const char *code, const char *fmt, ...)
{
	char	detail[sizeof(r->failure.cause.detail)];
	va_list	ap;

	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	stile_fail(r, status, "%s: %s", name, detail);
	return stile__fail_field(r, name, code, detail);
}

/* ---- for error handlers ------------------------------------------------- */

struct stile_violations
stile_violations(const struct stile_req *r)
{
	const struct req_failure	*f;

	f = r->failure.status != 0 ? &r->failure : &r->shown;
	if (f->wrong != NULL)
		return (struct stile_violations){ 1, f->wrong };
	if (r->input == NULL)
		return (struct stile_violations){ 0, NULL };
	return (struct stile_violations){ r->input->v.nwrong,
	    r->input->v.wrong };
}
