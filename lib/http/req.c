/* SPDX-License-Identifier: ISC */
/*
 * Request: from CGI variables (RFC 3875, section 4.1) to something that can be
 * asked.  The variables are views into the gate's memory; nothing is copied
 * but what has to be joined.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "codec/field.h"
#include "http/proxy.h"
#include "http/req.h"
#include "base/banned.h"

#define METHOD_MAX	32

#define NAME(n)	[V_##n] = STILE_STR_INIT(#n)
static const struct stile_str known_names[V__MAX] = {
	NAME(CONTENT_LENGTH), NAME(CONTENT_TYPE), NAME(DOCUMENT_URI),
	NAME(HTTPS), NAME(PATH_INFO), NAME(QUERY_STRING), NAME(REDIRECT_URI),
	NAME(REMOTE_ADDR), NAME(REQUEST_ID), NAME(REQUEST_METHOD),
	NAME(REQUEST_SCHEME), NAME(REQUEST_URI), NAME(SCRIPT_NAME),
	NAME(SERVER_NAME),
};
#undef NAME

static bool
is_header(const struct req_var *v)
{
	return v->name.len > 5 && memcmp(v->name.p, "HTTP_", 5) == 0;
}

/* HTTP_PROXY would come from a Proxy header, and look like a setting. */
static bool
is_hidden(struct stile_str name)
{
	return stile_str_eq(name, STR("HTTP_PROXY"));
}

/* The last one stands, as with the web servers that repeat them. */
static void
note_known(struct stile_req *r, const struct req_var *v)
{
	size_t	i;

	for (i = 0; i < V__MAX; i++)
		if (v->name.len == known_names[i].len &&
		    memcmp(v->name.p, known_names[i].p, v->name.len) == 0) {
			r->known[i] = v->value;
			return;
		}
}

static void
read_vars(struct stile_req *r, char *const *vars)
{
	const char	*eq;
	struct req_var	*v;
	size_t		 n, headers = 0, bytes = 0;

	for (n = 0; vars[n] != NULL; n++)
		;
	if ((r->vars = stile_arena_alloc(r->arena, n, sizeof(*v))) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	for (; *vars != NULL; vars++) {
		if ((eq = strchr(*vars, '=')) == NULL)
			continue;
		v = &r->vars[r->nvars];
		v->name = (struct stile_str){ *vars, (size_t)(eq - *vars) };
		v->value = eq + 1;
		if (is_header(v)) {
			if (is_hidden(v->name))
				continue;
			headers++;
			bytes += v->name.len + strlen(v->value);
		} else
			note_known(r, v);
		r->nvars++;
	}
	if (headers > r->limits->headers)
		stile_fail(r, 431, "headers_max: at most %zu headers are "
		    "accepted", r->limits->headers);
	else if (bytes > r->limits->header_bytes)
		stile_fail(r, 431, "header_bytes_max: headers of at most %zu "
		    "bytes together are accepted", r->limits->header_bytes);
}

static const char *
known_or(const struct stile_req *r, enum req_known v, const char *absent)
{
	return r->known[v] != NULL ? r->known[v] : absent;
}

/* The web server's own id, when it could not spoil a log line. */
static void
choose_id(struct stile_req *r)
{
	const char	*id = known_or(r, V_REQUEST_ID, "");
	size_t		 n = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");

	if (n > 0 && n <= 64 && id[n] == '\0')
		r->id = id;
}

static const char *
server_scheme(const struct stile_req *r)
{
	const char	*https = known_or(r, V_HTTPS, "");

	if (r->known[V_REQUEST_SCHEME] != NULL)
		return strcmp(r->known[V_REQUEST_SCHEME], "https") == 0 ?
		    "https" : "http";
	return stile_str_caseeq(stile_str(https), STR("on")) ||
	    strcmp(https, "1") == 0 ? "https" : "http";
}

/* nginx says "" for a header that was not there. */
static const char *
non_empty(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

void
stile__req_init(struct stile_req *r, char *const *vars)
{
	const char	*method;

	read_vars(r, vars);
	r->path = r->prefix = "";
	r->max = r->limits->max;
	r->scheme = server_scheme(r);
	r->peer = known_or(r, V_REMOTE_ADDR, "");
	r->host = non_empty(stile_header(r, "Host"));
	choose_id(r);
	method = stile_req_method(r);
	if (strlen(method) > METHOD_MAX || !stile__is_token(stile_str(method)))
		stile_fail(r, 400, "the method is not a token");
	if (strlen(known_or(r, V_REQUEST_URI, "")) > r->limits->url ||
	    strlen(stile_req_query(r)) > r->limits->url)
		stile_fail(r, 414, "url_max: a URL of at most %zu bytes is "
		    "accepted", r->limits->url);
	if (stile_failed(r) == STILE_OK)
		stile__req_path(r);
	if (stile_failed(r) == STILE_OK)
		stile__req_origin(r);
}

#define TAKE(m)	do { if (l->m != 0) r->max.m = l->m; } while (0)

void
stile__req_limit(struct stile_req *r, const struct stile_limits *l)
{
	TAKE(body);
	TAKE(params);
	TAKE(field_bytes);
	TAKE(parts);
	TAKE(part_header);
	TAKE(part_name);
	TAKE(files);
	TAKE(file);
}

#undef TAKE

struct stile_arena *
stile_req_arena(struct stile_req *r)
{
	return r->arena;
}

const char *
stile_req_id(const struct stile_req *r)
{
	return r->id;
}

const char *
stile_req_method(const struct stile_req *r)
{
	return known_or(r, V_REQUEST_METHOD, "");
}

const char *
stile_req_path(const struct stile_req *r)
{
	return r->path;
}

const char *
stile_req_prefix(const struct stile_req *r)
{
	return r->prefix;
}

const char *
stile_req_query(const struct stile_req *r)
{
	return known_or(r, V_QUERY_STRING, "");
}

const char *
stile_req_scheme(const struct stile_req *r)
{
	return r->scheme;
}

const char *
stile_req_peer(const struct stile_req *r)
{
	return r->peer;
}

const char *
stile_req_var(const struct stile_req *r, const char *name)
{
	struct stile_str	s = stile_str(name);
	size_t			i;

	for (i = r->nvars; i-- > 0;)
		if (!is_header(&r->vars[i]) &&
		    stile_str_eq(r->vars[i].name, s))
			return r->vars[i].value;
	return NULL;
}

/* If-Match is HTTP_IF_MATCH. */
static bool
names_header(struct stile_str var, const char *name)
{
	size_t	i;
	int	c;

	/* Most differ in the first letter. */
	if (ascii_lower((unsigned char)var.p[5]) !=
	    ascii_lower((unsigned char)*name))
		return false;
	for (i = 5; i < var.len; i++, name++) {
		c = *name == '-' ? '_' : ascii_lower((unsigned char)*name);
		if (*name == '\0' || ascii_lower((unsigned char)var.p[i]) != c)
			return false;
	}
	return *name == '\0';
}

/* RFC 9110, section 5.2; cookies come apart again at "; " (RFC 6265, 5.4). */
static const char *
join(struct stile_req *r, const char *name, size_t first)
{
	const char	 *sep = strcasecmp(name, "Cookie") == 0 ? "; " : ", ";
	struct stile_buf *b;
	size_t		  i;

	if ((b = stile_buf_new(r->arena,
	    r->limits->header_bytes * 3)) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	for (i = first; i < r->nvars; i++) {
		if (!is_header(&r->vars[i]) ||
		    !names_header(r->vars[i].name, name))
			continue;
		if (i > first)
			stile_buf_puts(b, sep);
		stile_buf_puts(b, r->vars[i].value);
	}
	if (stile_buf_err(b) != STILE_OK) {
		stile__fail_nomem(r);
		return NULL;
	}
	return stile_buf_view(b).p;
}

const char *
stile_header(struct stile_req *r, const char *name)
{
	size_t	i, first = 0, n = 0;

	if (strcasecmp(name, "Content-Type") == 0)
		return non_empty(r->known[V_CONTENT_TYPE]);
	if (strcasecmp(name, "Content-Length") == 0)
		return non_empty(r->known[V_CONTENT_LENGTH]);
	for (i = 0; i < r->nvars; i++)
		if (is_header(&r->vars[i]) &&
		    names_header(r->vars[i].name, name) && n++ == 0)
			first = i;
	if (n == 0)
		return NULL;
	return n == 1 ? r->vars[first].value : join(r, name, first);
}

const char *
stile_req_host(const struct stile_req *r)
{
	return r->host != NULL ? r->host : known_or(r, V_SERVER_NAME, "");
}

bool
stile__req_wants_html(struct stile_req *r)
{
	struct stile_str	accept = stile_str(stile_header(r, "Accept"));
	int			json, problem;

	json = stile__accept_quality(accept, STR("application/json"));
	problem = stile__accept_quality(accept,
	    STR("application/problem+json"));
	return stile__accept_quality(accept, STR("text/html")) >
	    (json > problem ? json : problem);
}

enum stile_err
stile_req_set(struct stile_req *r, const void *key, void *value,
    void (*release)(void *))
{
	struct req_slot	*s;

	if (release != NULL &&
	    stile_arena_defer(r->arena, release, value) != STILE_OK) {
		stile__fail_nomem(r);
		return STILE_ENOMEM;
	}
	if ((s = stile_arena_alloc(r->arena, 1, sizeof(*s))) == NULL) {
		stile__fail_nomem(r);
		return STILE_ENOMEM;
	}
	*s = (struct req_slot){ .next = r->slots, .key = key, .value = value };
	r->slots = s;
	return STILE_OK;
}

void *
stile_req_get(const struct stile_req *r, const void *key)
{
	const struct req_slot	*s;

	for (s = r->slots; s != NULL; s = s->next)
		if (s->key == key)
			return s->value;
	return NULL;
}

void
stile_req_log(struct stile_req *r, enum stile_level level, const char *msg,
    struct stile_args args)
{
	struct stile_value	v[2 + 32];
	size_t			n = args.n < 32 ? args.n : 32;

	if (!stile_log_on(r->log, level))
		return;
	v[0] = stile_text("id");
	v[1] = stile_text(r->id);
	if (n > 0)
		memcpy(v + 2, args.v, n * sizeof(*v));
	stile_log(r->log, level, msg, (struct stile_args){ .n = n + 2, .v = v });
}

bool
stile__is_safe(const char *method)
{
	static const char *const	safe[] = { "GET", "HEAD", "OPTIONS" };
	size_t				i;

	for (i = 0; i < NELEM(safe); i++)
		if (strcmp(method, safe[i]) == 0)
			return true;
	return false;
}
