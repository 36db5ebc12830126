/* SPDX-License-Identifier: ISC */
/*
 * The client in memory: a request becomes CGI variables, and the bytes of the
 * answer are read back, so that a test sees what a web server would.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/client.h"
#include "stile/enc.h"
#include "stile/migrate.h"
#include "stile/num.h"
#include "stile/str.h"
#include "stile/table.h"
#include "codec/json.h"
#include "guard/jwt.h"
#include "guard/throttle.h"
#include "gate/gate.h"
#include "base/banned.h"

#define VARS_MAX	2048
#define ANSWER_MAX	((size_t)1 << 31)
#define HEADERS_MAX	512

struct stile_client {
	const struct stile_site	*site;
	struct stile_site	*own;		/* freed with us, or NULL */
	struct stile_arena	*arena;
	struct stile_table	*headers;
	struct runner		 w;
	void			(*watch)(void *arg, const struct stile_answer *);
	void			*watch_arg;
};

struct stile_answer {
	int			 status;
	struct stile_table	*headers;
	struct stile_str	 body;
	struct json_object	*json;
	bool			 cut;
};

/* What goes in and comes out of one request. */
struct exchange {
	struct stile_client	*c;
	char			*vars[VARS_MAX + 1];
	size_t			 nvars;
	bool			 failed;
	struct stile_str	 in;		/* what is left of the body */
	struct stile_buf	*out;
};

static long
client_read(void *arg, void *p, size_t n)
{
	struct exchange	*x = arg;

	if (n > x->in.len)
		n = x->in.len;
	if (n > 0)
		memcpy(p, x->in.p, n);
	x->in.p += n;
	x->in.len -= n;
	return (long)n;
}

static enum stile_err
client_write(void *arg, const void *p, size_t n)
{
	struct exchange	*x = arg;

	stile_buf_write(x->out, p, n);
	return stile_buf_err(x->out);
}

static const struct stile_io client_io = {
	.name = "memory",
	.body_ends = true,
	.read = client_read,
	.write = client_write,
};

static void
put_var(struct exchange *x, const char *name, struct stile_str value)
{
	char	*s;

	s = stile_arena_printf(x->c->arena, "%s=%.*s", name,
	    STILE_STR_ARG(value));
	if (s == NULL || x->nvars == VARS_MAX)
		x->failed = true;
	else
		x->vars[x->nvars++] = s;
}

/* "If-Match" goes over as HTTP_IF_MATCH. */
static void
put_header(struct exchange *x, struct stile_str name, struct stile_str value)
{
	char	*var, *c;

	var = stile_arena_printf(x->c->arena, "HTTP_%.*s", STILE_STR_ARG(name));
	if (var == NULL) {
		x->failed = true;
		return;
	}
	for (c = var; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	/* Two that have no prefix in CGI, RFC 3875, section 4.1.18. */
	if (strcmp(var, "HTTP_CONTENT_TYPE") == 0 ||
	    strcmp(var, "HTTP_CONTENT_LENGTH") == 0)
		var += 5;
	put_var(x, var, value);
}

/* The path as a server hands it over; what does not decode goes raw. */
static void
put_target(struct exchange *x, const char *target)
{
	struct stile_str	path = { target, strcspn(target, "?") };
	char			*decoded;
	size_t			 n;

	put_var(x, "REQUEST_URI", stile_str(target));
	put_var(x, "QUERY_STRING", stile_str(target[path.len] == '?' ?
	    target + path.len + 1 : ""));
	decoded = memchr(path.p, '%', path.len) == NULL ? NULL :
	    stile_dec_percent(x->c->arena, path, &n);
	if (decoded != NULL && memchr(decoded, '\0', n) == NULL)
		path = (struct stile_str){ decoded, n };
	put_var(x, "PATH_INFO", path);
}

static void
put_request(struct exchange *x, const char *method, const char *target,
    const char *type, size_t n)
{
	struct stile_str	name, value;
	char			length[24];
	size_t			i;

	put_var(x, "GATEWAY_INTERFACE", STR("CGI/1.1"));
	put_var(x, "SERVER_PROTOCOL", STR("HTTP/1.1"));
	put_var(x, "SERVER_NAME", STR("localhost"));
	put_var(x, "REMOTE_ADDR", STR("127.0.0.1"));
	put_var(x, "SCRIPT_NAME", STR(""));
	put_var(x, "REQUEST_METHOD", stile_str(method));
	put_target(x, target);
	if (n > 0 || type != NULL) {
		snprintf(length, sizeof(length), "%zu", n);
		put_var(x, "CONTENT_LENGTH", stile_str(length));
	}
	if (type != NULL)
		put_var(x, "CONTENT_TYPE", stile_str(type));
	if (stile_table_get(x->c->headers, "Host") == NULL)
		put_var(x, "HTTP_HOST", STR("localhost"));
	for (i = 0; stile_table_at(x->c->headers, i, &name, &value); i++)
		put_header(x, name, value);
}

static bool
read_field(struct stile_answer *a, struct stile_str line)
{
	struct stile_str	name, code;
	int64_t			status;

	if (!stile_str_cut(&line, ':', &name) || line.p == NULL)
		return false;
	line = stile_str_trim(line);
	if (!stile_str_caseeq(name, STR("Status")))
		return stile_table_add(a->headers, name, line) == STILE_OK;
	code = line;
	if (code.len > 3)
		code.len = 3;
	if (stile_num_int(code, 100, 599, &status) != STILE_OK)
		return false;
	a->status = (int)status;
	return true;
}

static void
read_json(struct stile_client *c, struct stile_answer *a)
{
	const char		*type;
	struct json_object	*j;

	type = stile_table_get(a->headers, "Content-Type");
	if (type == NULL || strstr(type, "json") == NULL ||
	    stile_json_parse(a->body, UINT_MAX, &j, NULL) != STILE_OK)
		return;
	if (stile_arena_defer(c->arena, stile__json_put, j) == STILE_OK)
		a->json = j;
}

/* RFC 3875, section 6; status 0 is an answer that is none. */
static struct stile_answer *
read_answer(struct stile_client *c, struct stile_str all)
{
	struct stile_answer	*a;
	struct stile_str	 line;

	if ((a = stile_arena_alloc(c->arena, 1, sizeof(*a))) == NULL ||
	    (a->headers = stile_table_new(c->arena, STILE_NOCASE,
	    HEADERS_MAX)) == NULL)
		return NULL;
	a->status = 200;
	while (stile_str_cut(&all, '\n', &line)) {
		if (line.len == 0 || line.p[line.len - 1] != '\r')
			break;
		line.len--;
		if (line.len == 0) {
			a->body = all.p != NULL ? all : STR("");
			read_json(c, a);
			return a;
		}
		if (!read_field(a, line))
			break;
	}
	a->status = 0;
	return a;
}

const struct stile_answer *
stile_client_send(struct stile_client *c, const char *method,
    const char *target, const char *type, const void *body, size_t n)
{
	struct stile_answer	*a;
	struct exchange		*x;
	bool			 whole;

	if ((x = stile_arena_alloc(c->arena, 1, sizeof(*x))) == NULL ||
	    (x->out = stile_buf_new(c->arena, ANSWER_MAX)) == NULL)
		return NULL;
	x->c = c;
	x->in = (struct stile_str){ body, n };
	put_request(x, method, target, type, n);
	if (x->failed)
		return NULL;
	whole = runner_run(&c->w, x->vars, &client_io, x);
	if ((a = read_answer(c, stile_buf_view(x->out))) == NULL)
		return NULL;
	a->cut = !whole;
	if (c->watch != NULL)
		c->watch(c->watch_arg, a);
	return a;
}

const struct stile_answer *
stile_client_get(struct stile_client *c, const char *target)
{
	return stile_client_send(c, "GET", target, NULL, NULL, 0);
}

const struct stile_answer *
stile_client_json(struct stile_client *c, const char *method,
    const char *target, const char *json)
{
	return stile_client_send(c, method, target, "application/json", json,
	    strlen(json));
}

enum stile_err
stile_client_header(struct stile_client *c, const char *name,
    const char *value)
{
	if (value != NULL)
		return stile_table_set(c->headers, stile_str(name),
		    stile_str(value));
	stile_table_remove(c->headers, name);
	return STILE_OK;
}

int
stile_answer_status(const struct stile_answer *a)
{
	return a->status;
}

const char *
stile_answer_header(const struct stile_answer *a, const char *name)
{
	return stile_table_get(a->headers, name);
}

bool
stile_answer_header_at(const struct stile_answer *a, size_t i,
    struct stile_str *name, struct stile_str *value)
{
	return stile_table_at(a->headers, i, name, value);
}

struct stile_str
stile_answer_body(const struct stile_answer *a)
{
	return a->body;
}

bool
stile_answer_cut(const struct stile_answer *a)
{
	return a->cut;
}

struct json_object *
stile_answer_json(const struct stile_answer *a)
{
	return a->json;
}

/* On a site that is there, with what is set up in its own arena. */
struct stile_client *
client_on(const struct stile_site *site, struct stile_error *e)
{
	struct stile_client	*c;

	if ((c = stile__malloc(sizeof(*c))) == NULL)
		goto nomem;
	*c = (struct stile_client){ .site = site };
	if (runner_init(&c->w, site) != STILE_OK)
		goto nomem;
	if ((c->arena = stile_arena_new(0)) == NULL ||
	    (c->headers = stile_table_new(c->arena, STILE_NOCASE,
	    VARS_MAX)) == NULL)
		goto nomem;
	return c;
nomem:
	stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	stile_client_free(c);
	return NULL;
}

const struct stile_site *
client_site(const struct stile_client *c)
{
	return c->site;
}

enum stile_err
client_forget(struct stile_client *c)
{
	stile_arena_reset(c->arena);
	c->headers = stile_table_new(c->arena, STILE_NOCASE, VARS_MAX);
	return c->headers != NULL ? STILE_OK : STILE_ENOMEM;
}

void
client_watch(struct stile_client *c, void (*fn)(void *arg,
    const struct stile_answer *), void *arg)
{
	c->watch = fn;
	c->watch_arg = arg;
}

void
stile_client_free(struct stile_client *c)
{
	if (c == NULL)
		return;
	runner_release(&c->w);
	stile_arena_free(c->arena);
	site_free(c->own);
	free(c);
}

static enum stile_err
migrate_app(void *arg, const struct stile_app *app, struct stile_error *e)
{
	return stile_migrate(arg, app->name, app->migrations, NULL, NULL, e);
}

static enum stile_err
set_all(struct conf *conf, const char *const *settings, struct stile_error *e)
{
	const char	*eq;
	char		*name;
	enum stile_err	 rc;

	for (; settings != NULL && *settings != NULL; settings++) {
		if ((eq = strchr(*settings, '=')) == NULL)
			return stile_error_set(e, STILE_EINVAL, 0,
			    "%s: name=value is expected", *settings);
		name = stile_arena_dup(conf->arena, (struct stile_str){
		    *settings, (size_t)(eq - *settings) });
		if (name == NULL)
			return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		rc = conf_set(conf, name, eq + 1, CONF_FLAG, "client", e);
		if (rc != STILE_OK)
			return rc;
	}
	return STILE_OK;
}

/* Quiet and in memory, unless the caller says otherwise. */
static struct stile_site *
new_site(const struct stile_app *app, const char *const *settings,
    struct stile_error *e)
{
	struct stile_arena	*a;
	struct stile_site	*site;
	struct conf		*conf;

	if ((a = stile_arena_new(0)) == NULL) {
		stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		return NULL;
	}
	if (conf_new(a, app, &conf, e) == STILE_OK &&
	    conf_set(conf, "db", "sqlite::memory:", CONF_DEFAULT, "client",
	    e) == STILE_OK &&
	    conf_set(conf, "log_level", "quiet", CONF_DEFAULT, "client",
	    e) == STILE_OK &&
	    set_all(conf, settings, e) == STILE_OK &&
	    site_new(a, app, conf, 2, &site, e) == STILE_OK)
		return site;
	stile_arena_free(a);
	return NULL;
}

struct stile_client *
stile_client_new(const struct stile_app *app, const char *const *settings,
    struct stile_error *e)
{
	struct stile_client	*c;
	struct stile_site	*site;

	if ((site = new_site(app, settings, e)) == NULL)
		return NULL;
	if ((c = client_on(site, e)) == NULL) {
		site_free(site);
		return NULL;
	}
	c->own = site;
	if ((site->throttle = stile__throttle_new()) == NULL) {
		stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		stile_client_free(c);
		return NULL;
	}
	if (stile__jwt_ready(site->jwt, site->log, e) != STILE_OK) {
		stile_client_free(c);
		return NULL;
	}
	if (site->dsn != NULL && (stile_db_open(site->dsn, STILE_DB_CREATE,
	    c->w.db.how.busy_ms, &c->w.db.db, e) != STILE_OK ||
	    site_migrations(site, migrate_app, c->w.db.db, e) != STILE_OK)) {
		stile_client_free(c);
		return NULL;
	}
	return c;
}
