/* SPDX-License-Identifier: ISC */
/*
 * conduit: the API of the RealWorld blog: people who write articles, comment
 * them, and follow each other.
 */
#include <string.h>

#include "conduit.h"

extern const struct stile_migration conduit_migrations[];

/* ---- what is somebody's -------------------------------------------------- */

struct owned
find_owned(struct stile_req *r, const char *what, const char *sql,
    struct stile_args args)
{
	static const struct stile_schema	columns[] = {
		STILE_COLUMN(struct owned, id),
		STILE_COLUMN(struct owned, author_id),
		{ 0 }
	};
	const struct owned			*row;

	row = stile_select_first(r, columns, sizeof(*row), sql, args);
	if (row != NULL)
		return *row;
	stile_fail_field(r, 404, what, "not_found", "not found");
	return (struct owned){ 0, 0 };
}

int64_t
own(struct stile_req *r, const char *what, struct owned row)
{
	if (row.author_id != stile_user_id(r))
		stile_fail_field(r, 403, what, "forbidden", "forbidden");
	return row.id;
}

/* ---- failures: {"errors": {"title": ["can't be blank"]}} ---------------- */

/* What is said of a code; and of what, where it is not of a field. */
static const struct word {
	const char	*code, *field, *text;
} words[] = {
	{ "required",		NULL,		"can't be blank" },
	{ "null",		NULL,		"can't be blank" },
	{ "too_short",		NULL,		"can't be blank" },
	{ "taken",		NULL,		"has already been taken" },
	{ "credentials",	"credentials",	"invalid" },
	{ "invalid_token",	"token",	"is invalid" },
	{ "login_needed",	"token",	"is missing" },
	{ 0 }
};

static const struct word *
word_of(const char *code)
{
	const struct word	*w = words;

	while (w->code != NULL && strcmp(w->code, code) != 0)
		w++;
	return w;
}

/* "/article/tagList/0" is of tagList, "limit" is a parameter. */
static struct stile_str
field_of(const char *where)
{
	struct stile_str	rest = stile_str(where), part, field = rest;
	int			depth;

	for (depth = 0; depth < 3 && stile_str_cut(&rest, '/', &part); depth++)
		if (part.len > 0)
			field = part;
	return field.len == 0 ? stile_str("request") :
	    stile_str_eq(field, stile_str("name")) ? stile_str("username") :
	    field;
}

/* Several of one field, which follow each other, are one list. */
static void
put_error(struct stile_buf *b, struct stile_str *last, struct stile_str field,
    const char *text)
{
	if (last->p != NULL && stile_str_eq(*last, field))
		stile_buf_putc(b, ',');
	else {
		stile_buf_puts(b, last->p == NULL ? "{\"errors\":{" : "],");
		stile_json_write_str(b, field);
		stile_buf_puts(b, ":[");
	}
	stile_json_write_str(b, stile_str(text));
	*last = field;
}

/* What no field is the cause of; of our own failures no more is said. */
static struct stile_violation
cause(struct stile_req *r)
{
	struct stile_value	code = stile_failed_member(r, "code");
	const struct word	*w;

	w = word_of(code.type == STILE_TEXT ? code.u.s.p : "");
	return (struct stile_violation){ .code = w->code != NULL ? w->code : "",
	    .where = w->field != NULL ? w->field : "request",
	    .detail = *stile_failed_detail(r) != '\0' ?
	    stile_failed_detail(r) :
	    stile_status_phrase(stile_failed_status(r)) };
}

static int
send_errors(struct stile_req *r)
{
	struct stile_violations		 wrong = stile_violations(r);
	const struct stile_violation	 other = cause(r);
	struct stile_buf		*b;
	struct stile_str		 last = { NULL, 0 };
	const struct word		*w;
	size_t				 i;

	if ((b = stile_buf_new(stile_req_arena(r), 65536)) == NULL)
		return stile_fail(r, 503, "no memory");
	if (wrong.n == 0)
		wrong = (struct stile_violations){ 1, &other };
	for (i = 0; i < wrong.n; i++) {
		w = word_of(wrong.v[i].code);
		put_error(b, &last, field_of(wrong.v[i].where),
		    w->text != NULL ? w->text : wrong.v[i].detail);
	}
	stile_buf_puts(b, "]}}");
	return stile_send_buf(r, stile_failed_status(r), "application/json",
	    b);
}

static const struct stile_schema	sentences = {
	.type = STILE_ARRAY, .min = 1,
	.items = &(const struct stile_schema){ .type = STILE_STRING },
};

static const struct stile_schema	errors_answer = {
	"Errors", STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "errors", STILE_MAP, .items = &sentences, .required = true,
	        .description = "What is wrong, by the field it is of." }),
};

static int
name_charset(struct stile_req *r)
{
	return stile_type_set(r, "application/json; charset=utf-8");
}

/* ---- the application ---------------------------------------------------- */

static const struct stile_app	users = {
	.name = "users", .routes = user_routes,
};
static const struct stile_app	articles = {
	.name = "articles", .routes = article_routes,
};
static const struct stile_app	comments = {
	.name = "comments", .routes = comment_routes,
};

static const struct stile_mount	mounts[] = {
	{ "/api", &users }, { "/api", &articles }, { "/api", &comments }, { 0 }
};

static const struct stile_route	routes[] = {
	{ "GET", "/openapi.json", stile_openapi, .hidden = true },
	{ "GET", "/docs", stile_docs, .hidden = true },
	{ 0 }
};

static const struct stile_hook	hooks[] = {
	{ STILE_AFTER, name_charset }, { 0 }
};

static const struct stile_error_handler	errors[] = {
	{ 400, .whole_class = true, .fn = send_errors,
	    .schema = &errors_answer },
	{ 500, .whole_class = true, .fn = send_errors,
	    .schema = &errors_answer }, { 0 }
};

/* Any page may call it: there are no cookies. */
static const struct stile_cors	cors = {
	.origins = "*", .methods = "PUT DELETE",
	.headers = "Authorization Content-Type",
};

static const struct stile_security	security[] = {
	{ "token", "apiKey", "Authorization", .in = STILE_IN_HEADER,
	    .description = "`Token X`, with the token of a login." },
	{ 0 }
};

/* Clients choose simple passwords here. */
static const struct stile_setting	settings[] = {
	{ .name = "password_check", .absent = "length" },
	{ .name = "token_scheme", .absent = "Token" }, { 0 }
};

static const struct stile_app	app = {
	.name = "conduit", .version = "1.0",
	.summary = "the RealWorld blog: articles, comments, people",
	.routes = routes, .mounts = mounts, .hooks = hooks, .errors = errors,
	.cors = &cors, .security = security, .settings = settings,
	.uses = STILE_USES(&stile_users), .migrations = conduit_migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
