/* SPDX-License-Identifier: ISC */
/*
 * Answers against what the route declares.  What is wrong begins with what does
 * not depend on the input, up to a colon, so that a smaller input can be seen to
 * do the same.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/input.h"
#include "stile/str.h"
#include "gate/contract.h"
#include "base/banned.h"

static const char	*say(struct contract *, const char *fmt, ...)
			    STILE_PRINTF(2, 3);

static const char *
say(struct contract *c, const char *fmt, ...)
{
	char		 line[600];
	const char	*s;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if ((s = stile_arena_strdup(c->arena, line)) == NULL)
		c->nomem = true;
	return s != NULL ? s : "no memory";
}

bool
contract_same(const char *a, const char *b)
{
	size_t	n = strcspn(a, ":");

	return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

/* ---- problems: RFC 9457, section 3.1 ----------------------------------------- */

struct problem_error {
	const char	*in, *pointer, *parameter;
};

struct problem {
	const char		*detail;
	int			 status;
	struct stile_items	 errors;
};

static const struct stile_schema	error_schema = {
	.type = STILE_OBJECT, .size = sizeof(struct problem_error),
	.unknown = STILE_UNKNOWN_KEPT,
	.properties = (const struct stile_schema[]){
		{ .name = "in", .type = STILE_STRING,
		  STILE_AT(struct problem_error, in) },
		{ .name = "pointer", .type = STILE_STRING,
		  STILE_AT(struct problem_error, pointer) },
		{ .name = "parameter", .type = STILE_STRING,
		  STILE_AT(struct problem_error, parameter) },
		{ .name = "code", .type = STILE_STRING, .required = true },
		{ .name = "detail", .type = STILE_STRING, .required = true },
		{ .name = NULL }
	},
};

static const struct stile_schema	problem_schema = {
	.name = "problem", .type = STILE_OBJECT, .size = sizeof(struct problem),
	.unknown = STILE_UNKNOWN_KEPT,
	.properties = (const struct stile_schema[]){
		{ .name = "type", .type = STILE_STRING, .required = true },
		{ .name = "title", .type = STILE_STRING, .required = true },
		{ .name = "status", .type = STILE_INTEGER, .required = true,
		  STILE_AT(struct problem, status) },
		{ .name = "detail", .type = STILE_STRING,
		  STILE_AT(struct problem, detail) },
		{ .name = "errors", .type = STILE_ARRAY, .items = &error_schema,
		  STILE_AT(struct problem, errors) },
		{ .name = NULL }
	},
};

static bool
is_type(const struct stile_answer *a, const char *want)
{
	const char	*type = stile_answer_header(a, "Content-Type");
	const size_t	 n = strcspn(want, "; ");

	return type != NULL && strncasecmp(type, want, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* What is wrong with it as a problem, or NULL with it taken apart. */
static const char *
read_problem(struct contract *c, const struct stile_answer *a,
    struct problem *ret)
{
	struct stile_error	e = { .code = STILE_OK };
	struct json_object	*j = stile_answer_json(a);

	*ret = (struct problem){ .detail = NULL };
	if (!is_type(a, "application/problem+json") || j == NULL)
		return say(c, "got %d, which is no application/problem+json",
		    stile_answer_status(a));
	if (stile_validate(c->arena, &problem_schema, j,
	    STILE_VALIDATE_WHOLE, ret, NULL, &e) != STILE_OK)
		return say(c, "got %d, with a problem that is none: %s",
		    stile_answer_status(a), e.detail);
	if (ret->status != stile_answer_status(a))
		return say(c, "got %d, with a problem that says: %d",
		    stile_answer_status(a), ret->status);
	return NULL;
}

/* ---- what is declared -------------------------------------------------------------- */

/* What any route may answer with, and needs not say. */
static bool
is_of_all(const struct plan *plan, const struct input *in, int status)
{
	const struct stile_route	*row = plan->route->row;

	static const int	of_all[] = { 400, 404, 405, 406, 408, 409, 412,
				    413, 414, 415, 416, 422, 429, 431 };
	size_t			i;

	for (i = 0; i < NELEM(of_all); i++)
		if (of_all[i] == status)
			return true;
	/* Who is known to be somebody has to be known to the route. */
	return (row->security != NULL || row->need != NULL) &&
	    (status == 403 || (status == 401 && (in == NULL ||
	    in->who == NULL)));
}

static bool
declares(const struct stile_route *row, int status)
{
	const struct stile_response	*p = row->responses;

	if (row->page != NULL && status == 200)
		return true;
	for (; p != NULL && p->status != 0; p++)
		if (p->status == status)
			return true;
	return false;
}

static bool
declares_any(const struct stile_route *row)
{
	return row->page != NULL ||
	    (row->responses != NULL && row->responses->status != 0);
}

/* What is wrong with the body by this schema; NULL: nothing. */
static const char *
judge_json(struct contract *c, const struct input *in,
    const struct stile_schema *s, const struct stile_answer *a)
{
	struct input		 asking = *in;
	const struct viewer	 viewer = { contract_may, &asking };
	struct stile_violations	 wrong = { 0, NULL };
	struct json_object	*j = stile_answer_json(a);

	if (j == NULL && !stile_str_eq(stile_answer_body(a), STR("null")))
		return say(c, "got %d, and a body that is not JSON",
		    stile_answer_status(a));
	if (stile__validate_output(c->arena, s, c->how->who != NULL ?
	    &viewer : NULL, j, &wrong) == STILE_OK)
		return NULL;
	if (wrong.n == 0) {
		c->nomem = true;
		return "no memory";
	}
	return say(c, "got %d, and a body that is not as declared: %s%s%s",
	    stile_answer_status(a), wrong.v[0].where,
	    *wrong.v[0].where != '\0' ? ": " : "", wrong.v[0].detail);
}

/* The rows with what is around them. */
static const char *
judge_page(struct contract *c, const struct input *in,
    const struct stile_page *page, const struct stile_answer *a)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	const struct stile_schema		items = { .type = STILE_ARRAY,
	    .items = page->as != NULL ? page->as : &any };
	const struct stile_schema		rows[] = {
		{ .name = "items", .ref = &items, .required = true },
		{ .name = "previous", .type = STILE_STRING, .nullable = true,
		  .required = true },
		{ .name = "next", .type = STILE_STRING, .nullable = true,
		  .required = true },
		{ .name = page->total ? "total" : NULL,
		  .type = STILE_INTEGER, .required = true },
		{ .name = NULL }
	};
	const struct stile_schema		whole = {
		.type = STILE_OBJECT, .properties = rows
	};

	if (!is_type(a, "application/json"))
		return say(c, "got %d, and not as application/json",
		    stile_answer_status(a));
	return judge_json(c, in, page->bare ? &items : &whole, a);
}

static const char *
judge_response(struct contract *c, const struct input *in,
    const struct stile_response *p, const struct stile_answer *a)
{
	const char	*type = p->type, *got;

	if (type == NULL && p->schema != NULL)
		type = "application/json";
	/* What the library says of a failure is declared by its status. */
	if (p->status >= 400 && p->schema == NULL && p->type == NULL)
		return NULL;
	if (type != NULL && !is_type(a, type)) {
		got = stile_answer_header(a, "Content-Type");
		return say(c, "got %d, and not as %s: %s", p->status, type,
		    got != NULL ? got : "no Content-Type");
	}
	return p->schema != NULL ? judge_json(c, in, p->schema, a) : NULL;
}

/* One of those with this status has to be it. */
static const char *
judge_declared(struct contract *c, const struct input *in,
    const struct stile_route *row, const struct stile_answer *a)
{
	const struct stile_response	*p = row->responses;
	const char			*wrong = NULL;
	const int			 status = stile_answer_status(a);

	if (row->page != NULL && status == 200 &&
	    (wrong = judge_page(c, in, row->page, a)) == NULL)
		return NULL;
	for (; p != NULL && p->status != 0; p++)
		if (p->status == status &&
		    (wrong = judge_response(c, in, p, a)) == NULL)
			return NULL;
	return wrong;
}

/* A failure, in the shape of the library or in the application's own. */
static const char *
judge_failure(struct contract *c, const struct plan *plan,
    const struct input *in, const struct stile_answer *a)
{
	const struct stile_error_handler	*h;
	const int				 status =
						    stile_answer_status(a);
	struct problem				 problem;

	if ((h = scope_error_handler(plan->route->scope, status)) == NULL)
		return read_problem(c, a, &problem);
	return h->schema != NULL ? judge_response(c, in,
	    &(struct stile_response){ .status = status, .schema = h->schema },
	    a) : NULL;
}

/* ---- what the input makes expected ----------------------------------------------- */

static const char *
place_name(enum stile_in in)
{
	static const char *const	names[] = {
		[STILE_IN_QUERY] = "query", [STILE_IN_PATH] = "path",
		[STILE_IN_FORM] = "form", [STILE_IN_HEADER] = "header",
		[STILE_IN_COOKIE] = "cookie", [STILE_IN_BODY] = "body",
	};

	return names[in];
}

#define WHERE_CUT	200	/* longer places are cut in what is said */

static bool
names_place(const struct problem *p, const struct input *in)
{
	const struct problem_error	*e = p->errors.v;
	const char			*at;
	size_t				 i;

	for (i = 0; i < p->errors.n; i++) {
		at = in->in == STILE_IN_BODY ? e[i].pointer : e[i].parameter;
		if (at == NULL || e[i].in == NULL ||
		    strcmp(e[i].in, place_name(in->in)) != 0)
			continue;
		if (strcmp(at, in->where) == 0 || (strlen(at) >= WHERE_CUT &&
		    strncmp(at, in->where, WHERE_CUT) == 0))
			return true;
	}
	return false;
}

static bool
is_refusal(int status)
{
	return status == 400 || status == 413 || status == 414 ||
	    status == 415 || status == 422 || status == 431;
}

static const char *
judge_broken(struct contract *c, const struct plan *plan,
    const struct input *in, const struct stile_answer *a)
{
	const int	status = stile_answer_status(a);
	struct problem	problem;
	const char	*wrong;

	if ((status == 401 || status == 403) && is_of_all(plan, in, status))
		return NULL;
	/* The pattern of a path refuses as well. */
	if (in->in == STILE_IN_PATH && status == 404)
		return NULL;
	if (!is_refusal(status))
		return say(c, "got %d, and 422 is expected: %s%s%s is %s",
		    status, place_name(in->in), in->where != NULL &&
		    *in->where != '\0' ? " " : "",
		    in->where != NULL ? in->where : "", in->how);
	if (status != 422 || in->where == NULL ||
	    declares(plan->route->row, 422))
		return NULL;
	if (scope_error_handler(plan->route->scope, status) != NULL)
		return judge_failure(c, plan, in, a);
	if ((wrong = read_problem(c, a, &problem)) != NULL)
		return wrong;
	if (names_place(&problem, in))
		return NULL;
	return say(c, "got 422, and its errors do not name the place: %s%s%s "
	    "is %s", place_name(in->in), *in->where != '\0' ? " " : "",
	    in->where, in->how);
}

static const char *
judge_fitting(struct contract *c, const struct plan *plan,
    const struct stile_answer *a)
{
	const int	status = stile_answer_status(a);
	struct problem	problem;

	if (!is_refusal(status) || declares(plan->route->row, status) ||
	    (plan->lenient && (status == 422 || status == 400)))
		return NULL;
	read_problem(c, a, &problem);
	return say(c, "got %d, and the input is as declared: %s", status,
	    problem.detail != NULL ? problem.detail : "");
}

/* What the route needs comes before what it is sent. */
static const char *
judge_refused(struct contract *c, const struct plan *plan,
    const struct input *in, const struct stile_answer *a)
{
	const int	status = stile_answer_status(a);

	if (status == 401)
		return judge_failure(c, plan, in, a);
	if (in->broken && status != 422 && (is_refusal(status) ||
	    status == 404))
		return NULL;
	return say(c, "got %d, and 401 is expected, as nobody asks", status);
}

const char *
contract_judge(struct contract *c, const struct plan *plan,
    const struct input *in, const struct stile_answer *a)
{
	const struct stile_route	*row = plan->route->row;
	const int			 status = stile_answer_status(a);
	const char			*wrong;

	if (status == 0 || stile_answer_cut(a))
		return "got an answer that is cut";
	if (status >= 500 && !declares(row, status))
		return say(c, "got %d, and no request may have that", status);
	if (in->refused)
		return judge_refused(c, plan, in, a);
	if ((wrong = in->broken ? judge_broken(c, plan, in, a) :
	    judge_fitting(c, plan, a)) != NULL)
		return wrong;
	if (declares(row, status))
		return judge_declared(c, in, row, a);
	if (declares_any(row) && !is_of_all(plan, in, status))
		return say(c, "got %d, which is not declared", status);
	if (is_of_all(plan, in, status) && status >= 400 &&
	    declares_any(row) && strcmp(in->method, "HEAD") != 0)
		return judge_failure(c, plan, in, a);
	return NULL;
}

const char *
contract_judge_head(struct contract *c, const struct stile_answer *a)
{
	const int	status = stile_answer_status(a);

	if (status == 0 || status == 405 || status >= 500)
		return say(c, "got %d to HEAD", status);
	if (stile_answer_body(a).len > 0)
		return say(c, "got %d to HEAD, with a body", status);
	return NULL;
}

/* RFC 9110, section 10.2.1 */
const char *
contract_judge_options(struct contract *c, const struct plan *plan,
    const struct stile_answer *a)
{
	const int		 status = stile_answer_status(a);
	struct stile_str	 rest = stile_str(stile_answer_header(a,
				    "Allow")), one;

	if (is_of_all(plan, NULL, status) && status != 405)
		return NULL;
	if (status == 0 || status >= 300)
		return say(c, "got %d to OPTIONS", status);
	while (stile_str_cut(&rest, ',', &one))
		if (stile_str_eq(stile_str_trim(one),
		    stile_str(plan->route->row->method)))
			return NULL;
	return say(c, "got an Allow without %s to OPTIONS",
	    plan->route->row->method);
}
