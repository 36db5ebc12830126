/* SPDX-License-Identifier: ISC */
/*
 * conduit: the API of the RealWorld blog: people who write articles, comment
 * them, and follow each other.
 */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "conduit.h"

extern const struct stile_migration conduit_migrations[];

int64_t
me(struct stile_req *r)
{
	const struct stile_user	*u = stile_user(r);

	return u != NULL ? u->id : 0;
}

int64_t
now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* "Authorization: Token X".  Who brings a bad one is refused, not taken for
 * nobody, where nobody may ask, too. */
static int64_t
identify(struct stile_req *r)
{
	const char	*field = stile_header(r, "Authorization");
	int64_t		 id;

	if (field == NULL || strncasecmp(field, "Token ", 6) != 0)
		return 0;
	if ((id = stile_token_user(r, field + 6)) == 0)
		stile_require(r, STILE_ANY_USER);
	return id;
}

/* ---- failures: {"errors": {"title": ["can't be blank"]}} ---------------- */

int
refuse(struct stile_req *r, int status, const char *field, const char *what)
{
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	stile_fail(r, status, "%s", what);
	return stile_fail_member(r, "field", stile_text(field));
}

int
find_owned(struct stile_req *r, const char *what, struct owned *ret,
    const char *sql, struct stile_args args)
{
	static const struct stile_schema	columns[] = {
		STILE_COLUMN(struct owned, id),
		STILE_COLUMN(struct owned, author_id),
		{ 0 }
	};
	const struct owned			*found;
	size_t					 n;

	*ret = (struct owned){ 0, 0 };
	found = stile_select_all(r, columns, sizeof(*found), &n, sql, args);
	if (n == 0)
		return refuse(r, 404, what, "not found");
	*ret = *found;
	return STILE_OK;
}

int
must_own(struct stile_req *r, const char *what, const struct owned *row)
{
	return row->author_id == me(r) ? stile_failed(r) :
	    refuse(r, 403, what, "forbidden");
}

static const struct {
	const char	*code, *text;
} sentences[] = {
	{ "required",	"can't be blank" },
	{ "null",	"can't be blank" },
	{ "too_short",	"can't be blank" },
};

static const char *
sentence(const struct stile_violation *w)
{
	size_t	i;

	for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (strcmp(sentences[i].code, w->code) == 0)
			return sentences[i].text;
	return w->detail;
}

/* "/article/tagList/0" is of tagList, "limit" is a parameter. */
static struct stile_str
field_of(const char *where)
{
	struct stile_str	rest = stile_str(where), word;
	struct stile_str	field = stile_str("request");
	int			depth;

	for (depth = 0; depth < 3 && stile_str_cut(&rest, '/', &word); depth++)
		if (word.len > 0)
			field = word;
	return field;
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

/* "password: it is too short" says of what it is; here the name does. */
static const char *
without_field(const char *detail, const char *field)
{
	size_t	n = strlen(field);

	return strncmp(detail, field, n) == 0 &&
	    strncmp(detail + n, ": ", 2) == 0 ? detail + n + 2 : detail;
}

static bool
is_code(struct stile_req *r, const char *code)
{
	struct stile_value	v = stile_failed_member(r, "code");

	return v.type == STILE_TEXT && stile_str_eq(v.u.s, stile_str(code));
}

/* What is wrong where the input is right as such. */
static void
put_cause(struct stile_req *r, struct stile_buf *b)
{
	struct stile_value	field = stile_failed_member(r, "field");
	const char		*name = "request", *text;

	/* Of our own failures the answer says no more. */
	text = stile_failed_status(r) < 500 ? stile_failed_detail(r) :
	    stile_status_phrase(stile_failed_status(r));
	if (is_code(r, "credentials")) {
		name = "credentials";
		text = "invalid";
	} else if (stile_failed_status(r) == 401) {
		name = "token";
		text = is_code(r, "invalid_token") ? "is invalid" :
		    "is missing";
	} else if (field.type == STILE_TEXT) {
		name = strcmp(field.u.s.p, "name") == 0 ? "username" :
		    field.u.s.p;
		text = stile_failed_status(r) == 409 ?
		    "has already been taken" :
		    without_field(text, field.u.s.p);
	}
	put_error(b, &(struct stile_str){ NULL, 0 }, stile_str(name), text);
}

static int
send_errors(struct stile_req *r)
{
	struct stile_violations	 wrong = stile_violations(r);
	struct stile_buf	*b = stile_buf_new(stile_req_arena(r), 65536);
	struct stile_str	 last = { NULL, 0 };
	size_t			 i;

	if (b == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; i < wrong.n; i++)
		put_error(b, &last, field_of(wrong.v[i].where),
		    sentence(&wrong.v[i]));
	if (wrong.n == 0)
		put_cause(r, b);
	stile_buf_puts(b, "]}}");
	return stile_send_buf(r, stile_failed_status(r), "application/json",
	    b);
}

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
	{ 400, .whole_class = true, .fn = send_errors },
	{ 500, .whole_class = true, .fn = send_errors }, { 0 }
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
	{ .name = "password_check", .absent = "length" }, { 0 }
};

static const struct stile_app	app = {
	.name = "conduit", .version = "1.0",
	.summary = "the RealWorld blog: articles, comments, people",
	.routes = routes, .mounts = mounts, .hooks = hooks, .errors = errors,
	.cors = &cors, .security = security, .settings = settings,
	.uses = STILE_USES(&stile_users), .identify = identify,
	.migrations = conduit_migrations,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
