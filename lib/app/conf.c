/* SPDX-License-Identifier: ISC */
/*
 * Settings from one table: each is a flag, an environment variable, a line of
 * a file and a default, in this order of precedence.  A value is checked where
 * it is set, and remembers where that was.
 */
#include "base/priv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

#include "stile/app.h"
#include "stile/arena.h"
#include "stile/num.h"
#include "stile/str.h"
#include "app/conf.h"
#include "app/router.h"
#include "guard/hash.h"
#include "guard/jwt.h"
#include "guard/session.h"
#include "guard/sign.h"
#include "guard/user.h"
#include "http/proxy.h"
#include "http/req.h"
#include "app/site.h"
#include "base/banned.h"

#define LINE_MAX_BYTES	4096

static const struct stile_setting library[] = {
	{ "listen", STILE_TEXT, "", 0, 0, NULL, false,
	  "where serve listens: unix:PATH or tcp:HOST:PORT, or several" },
	{ "socket_mode", STILE_TEXT, "0660", 0, 0, NULL, false,
	  "permissions of a Unix socket, in octal" },
	{ "peers", STILE_TEXT, "127.0.0.1 ::1", 0, 0, NULL, false,
	  "addresses, or networks such as 10.0.0.0/8, that may use TCP" },
	{ "socket_owner", STILE_TEXT, "", 0, 0, NULL, false,
	  "user whom a Unix socket belongs to" },
	{ "socket_group", STILE_TEXT, "", 0, 0, NULL, false,
	  "group that a Unix socket belongs to" },
	{ "socket_public", STILE_BOOL, "no", 0, 0, NULL, false,
	  "let everyone on this machine connect, as any user" },
	{ "workers", STILE_INT, "0", 0, 256, NULL, false,
	  "processes; 0: one for each processor" },
	{ "threads", STILE_INT, "4", 1, 256, NULL, false,
	  "requests handled at the same time in each worker" },
	{ "connections", STILE_INT, "8192", 1, 1000000, NULL, false,
	  "connections held at the same time in each worker" },
	{ "max_requests", STILE_INT, "0", 0, 1LL << 40, NULL, false,
	  "requests after which a worker is replaced; 0: never" },
	{ "worker_memory_max", STILE_INT, "0", 0, 1LL << 40, NULL, false,
	  "bytes of a worker over which it is replaced; 0: none" },
	{ "handler_timeout", STILE_INT, "30", 1, 86400, NULL, false,
	  "seconds for a handler, not counting the peer's" },
	{ "read_timeout", STILE_INT, "60", 1, 86400, NULL, false,
	  "seconds in which a whole request has to arrive" },
	{ "write_timeout", STILE_INT, "300", 1, 86400, NULL, false,
	  "seconds in which a whole answer has to be taken" },
	{ "wait_max", STILE_INT, "1000", 1, 3600000, NULL, false,
	  "milliseconds a request may wait for a thread; then 503" },
	{ "io_timeout", STILE_INT, "30", 1, 3600, NULL, false,
	  "seconds that a peer may keep a read or a write waiting" },
	{ "stop_timeout", STILE_INT, "30", 1, 3600, NULL, false,
	  "seconds for what is in flight when serve is stopped" },
	{ "hosts", STILE_TEXT, "localhost .localhost 127.0.0.1 [::1]", 0, 0,
	  NULL, false,
	  "names that Host may have; .example.org with all below, * for any" },
	{ "proxies", STILE_TEXT, "", 0, 0, NULL, false,
	  "addresses, or unix:, whose X-Forwarded-* and Forwarded count" },
	{ "prefix", STILE_TEXT, "", 0, 0, NULL, false,
	  "path below which the application lives, where no server says it" },
	{ "db", STILE_TEXT, "", 0, 0, NULL, false,
	  "data source: sqlite:PATH, or postgresql:NAME=VALUE..." },
	{ "db_synchronous", STILE_TEXT, "normal", 0, 0, "normal full", false,
	  "full: answer a change only once it is on the disk (SQLite)" },
	{ "db_group_commit", STILE_BOOL, "yes", 0, 0, NULL, false,
	  "where it is full, commits that arrive together share a sync" },
	{ "db_busy_ms", STILE_INT, "5000", 0, 600000, NULL, false,
	  "milliseconds to wait for another writer" },
	{ "body_max", STILE_INT, "1048576", 0, 1LL << 40, NULL, false,
	  "bytes of a request body" },
	{ "memory_max", STILE_INT, "67108864", 65536, 1LL << 40, NULL, false,
	  "bytes of memory that one request may take" },
	{ "url_max", STILE_INT, "8192", 64, 65536, NULL, false,
	  "bytes of a URL" },
	{ "headers_max", STILE_INT, "100", 1, 10000, NULL, false,
	  "headers of a request" },
	{ "header_bytes_max", STILE_INT, "32768", 1024, 1048576, NULL, false,
	  "bytes of all headers of a request" },
	{ "params_max", STILE_INT, "1000", 1, 100000, NULL, false,
	  "parameters of a query or a form" },
	{ "field_bytes_max", STILE_INT, "524288", 1, 1LL << 30, NULL, false,
	  "bytes of all fields of a multipart form" },
	{ "parts_max", STILE_INT, "1000", 1, 100000, NULL, false,
	  "fields and files of a multipart form" },
	{ "part_header_max", STILE_INT, "16384", 64, 1048576, NULL, false,
	  "bytes of the header of a part of a multipart form" },
	{ "part_name_max", STILE_INT, "256", 1, 65536, NULL, false,
	  "bytes of the name of a part of a multipart form" },
	{ "files_max", STILE_INT, "100", 0, 100000, NULL, false,
	  "files of a multipart form" },
	{ "file_max", STILE_INT, "1099511627776", 0, 1LL << 40, NULL, false,
	  "bytes of one file of a multipart form" },
	{ "upload_dir", STILE_TEXT, "/tmp", 0, 0, NULL, false,
	  "folder for the files of a form while a request lasts" },
	{ "json_depth", STILE_INT, "32", 1, 256, NULL, false,
	  "levels of a JSON body" },
	{ "send_file", STILE_TEXT, "self", 0, 0,
	  "self x-accel-redirect x-sendfile", false,
	  "who sends files: the program, or the web server" },
	{ "send_file_map", STILE_TEXT, "", 0, 0, NULL, false,
	  "FOLDER=/NAME: where nginx has the files, for x-accel-redirect" },
	{ "security_headers", STILE_BOOL, "yes", 0, 0, NULL, false,
	  "nosniff, a content security policy and so on, for HTML" },
	{ "secrets", STILE_TEXT, "", 0, 0, NULL, true,
	  "keys to sign and seal with, the newest first" },
	{ "password_passes", STILE_INT, "2", 1, HASH_PASSES_MAX, NULL, false,
	  "passes over its memory of the hash of a password" },
	{ "password_memory", STILE_INT, "19922944", 8192, HASH_MEMORY_MAX,
	  NULL, false, "bytes of memory of the hash of a password" },
	{ "password_check", STILE_TEXT, "strong", 0, 0, "strong length", false,
	  "what is asked of a new password; length: nothing but that" },
	{ "password_parallel", STILE_INT, "2", 1, 256, NULL, false,
	  "passwords that are hashed at the same time in each worker" },
	{ "login_limit", STILE_INT, "10", 0, 1000000, NULL, false,
	  "logins that may fail in 10 minutes for an account; 0: any number" },
	{ "token_limit", STILE_INT, "60", 0, 1000000, NULL, false,
	  "wrong tokens of an address in a minute, then 429; 0: any number" },
	{ "mail_command", STILE_TEXT, "", 0, 0, NULL, false,
	  "what sends mail from its input: /usr/sbin/sendmail -t -i" },
	{ "mail_dir", STILE_TEXT, "", 0, 0, NULL, false,
	  "folder that mail is put into in its place, for tests" },
	{ "mail_from", STILE_TEXT, "", 0, 0, NULL, false,
	  "address that mail comes from" },
	{ "account_register", STILE_BOOL, "yes", 0, 0, NULL, false,
	  "whether anybody can register" },
	{ "account_url", STILE_TEXT, "", 0, 0, NULL, false,
	  "where links of mails begin; where the accounts are mounted" },
	{ "token_prefix", STILE_TEXT, "stile", 0, 0, NULL, false,
	  "how API tokens begin, in front of a '_', for scanners" },
	{ "basic_realm", STILE_TEXT, "", 0, 0, NULL, false,
	  "realm of HTTP Basic, by which users may come then" },
	{ "token_scheme", STILE_TEXT, "Bearer", 0, 0, NULL, false,
	  "the scheme of Authorization that API tokens are brought with" },
	{ "remote_user", STILE_BOOL, "no", 0, 0, NULL, false,
	  "whether the web server's REMOTE_USER says who asks" },
	{ "jwt_keys", STILE_TEXT, "", 0, 0, NULL, false,
	  "file of an identity provider's keys (JWK Set) for its tokens" },
	{ "jwt_issuer", STILE_TEXT, "", 0, 0, NULL, false,
	  "the provider, as its tokens have it in iss" },
	{ "jwt_audience", STILE_TEXT, "", 0, 0, NULL, false,
	  "this service, as tokens for it have it in aud" },
	{ "jwt_algorithms", STILE_TEXT, "RS256 ES256 EdDSA", 0, 0, NULL, false,
	  "how tokens may be signed; HS256 is another one" },
	{ "jwt_skew", STILE_INT, "60", 0, 600, NULL, false,
	  "seconds that the provider's clock may differ" },
	{ "jwt_user", STILE_TEXT, "sub", 0, 0, NULL, false,
	  "claim that has a user's name" },
	{ "jwt_scope", STILE_TEXT, "scope", 0, 0, NULL, false,
	  "claim that has a token's permissions; empty: all of its user's" },
	{ "session_store", STILE_TEXT, "db", 0, 0, "db cookie", false,
	  "where sessions are kept: the database, or their sealed cookies" },
	{ "session_cookie", STILE_TEXT, "session", 0, 0, NULL, false,
	  "name of their cookie; over TLS with __Host- in front" },
	{ "session_idle", STILE_INT, "604800", 60, 1LL << 32, NULL, false,
	  "seconds without a request after which a session ends" },
	{ "session_max", STILE_INT, "2592000", 60, 1LL << 32, NULL, false,
	  "seconds after its login in which a session ends at last" },
	{ "trusted_origins", STILE_TEXT, "", 0, 0, NULL, false,
	  "https://HOST of other sites whose pages may change things here" },
	{ "log", STILE_TEXT, "stderr", 0, 0, NULL, false,
	  "where the log of serve goes: stderr, syslog or a file" },
	{ "access_log", STILE_TEXT, "same", 0, 0, NULL, false,
	  "where its requests are listed: same, off, stderr, syslog, a file" },
	{ "access_format", STILE_TEXT, "same", 0, 0, "same text json combined",
	  false, "as log_format, or the combined format of web servers" },
	{ "log_level", STILE_TEXT, "info", 0, 0,
	  "debug info warn error quiet", false, "least level that is logged" },
	{ "log_format", STILE_TEXT, "text", 0, 0, "text json", false,
	  "key=value pairs, or JSON lines" },
	{ 0 }
};

/* Those of them that are lists, which are wrong by their first wrong entry. */
static const struct {
	const char		*name;
	struct stile_str	(*wrong)(const char *list);
	const char		*expected;
} lists[] = {
	{ "basic_realm", stile__realm_wrong,
	  "ASCII without a quote, a backslash and controls" },
	{ "hosts", stile__hosts_wrong,
	  "a name or an address without a port, .example.org or *" },
	{ "jwt_algorithms", stile__jwt_algorithms_wrong,
	  "RS256, ES256, EdDSA or HS256" },
	{ "peers", stile__networks_wrong,
	  "an address or a network such as 10.0.0.0/8" },
	{ "proxies", stile__proxies_wrong,
	  "an address, a network such as 10.0.0.0/8 or unix:" },
	{ "secrets", stile__secrets_wrong,
	  "a key of 32 characters or more" },
	{ "session_cookie", stile__cookie_name_wrong,
	  "letters, digits, '-' and '_'" },
	{ "token_prefix", stile__cookie_name_wrong,
	  "letters, digits, '-' and '_'" },
	{ "token_scheme", stile__cookie_name_wrong,
	  "letters, digits, '-' and '_'" },
	{ "trusted_origins", stile__origins_wrong,
	  "https://HOST or https://HOST:PORT, as browsers send it," },
};

/* The least that a table's reader has to know. */
static size_t
count(const struct stile_setting *s)
{
	size_t	n = 0;

	while (s != NULL && s[n].name != NULL)
		n++;
	return n;
}

static bool
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') &&
		    (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

static struct conf_value *
find(const struct conf *c, const char *name)
{
	size_t	i;

	for (i = 0; i < c->n; i++)
		if (same_name(c->v[i].setting->name, name))
			return &c->v[i];
	return NULL;
}

const struct conf_value *
conf_find(const struct conf *c, const char *name)
{
	return find(c, name);
}

const char *
conf_text(const struct conf *c, const char *name)
{
	return find(c, name)->text;
}

int64_t
conf_int(const struct conf *c, const char *name)
{
	return find(c, name)->num;
}

static enum stile_err
check_list(const struct stile_setting *s, const char *text, const char *where,
    struct stile_error *e)
{
	struct stile_str	entry;
	size_t			i;

	for (i = 0; i < NELEM(lists); i++) {
		if (strcmp(lists[i].name, s->name) != 0 ||
		    (entry = lists[i].wrong(text)).p == NULL)
			continue;
		return stile_error_set(e, STILE_EINVAL, 0,
		    "%s: %s: %s is expected, not '%.*s'", where, s->name,
		    lists[i].expected, STILE_STR_ARG(s->secret ?
		    STR("(hidden)") : entry));
	}
	return STILE_OK;
}

/* Check the text and get its number. */
static enum stile_err
parse(const struct stile_setting *s, const char *text, int64_t *num,
    const char *where, struct stile_error *e)
{
	const char	*shown = s->secret ? "(hidden)" : text;
	int64_t		 min = s->min, max = s->max;
	bool		 on;

	if (min == 0 && max == 0) {
		min = INT64_MIN;
		max = INT64_MAX;
	}
	if (s->type == STILE_INT &&
	    stile_num_int(stile_str(text), min, max, num) != STILE_OK)
		return stile_error_set(e, STILE_EINVAL, 0, "%s: %s: an integer "
		    "from %" PRId64 " to %" PRId64 " is expected, not '%s'",
		    where, s->name, min, max, shown);
	if (s->type == STILE_BOOL && stile__parse_bool(text, &on) == STILE_OK)
		*num = on;
	else if (s->type == STILE_BOOL)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "%s: %s: yes or no is expected, not '%s'", where, s->name,
		    shown);
	if (s->choices != NULL && !stile__has_word(s->choices, text))
		return stile_error_set(e, STILE_EINVAL, 0,
		    "%s: %s: one of %s is expected, not '%s'", where, s->name,
		    s->choices, shown);
	return check_list(s, text, where, e);
}

/* A row with a name and a default alone: that default, for one of ours. */
static bool
is_default(const struct conf_value *old, const struct stile_setting *s)
{
	return s->type == 0 && s->min == 0 && s->max == 0 &&
	    s->choices == NULL && !s->secret && s->help == NULL &&
	    old->setting >= library &&
	    old->setting < library + NELEM(library);
}

static enum stile_err
add_table(struct conf *c, const struct stile_setting *s, struct stile_error *e)
{
	struct conf_value	*v;

	for (; s != NULL && s->name != NULL; s++) {
		if ((v = find(c, s->name)) != NULL && is_default(v, s)) {
			/* The outermost application has been here. */
			if (v->text != v->setting->absent)
				continue;
			v->text = s->absent;
			if (parse(v->setting, v->text, &v->num, "default",
			    e) != STILE_OK)
				return STILE_EINVAL;
			continue;
		}
		if (v != NULL)
			return stile_error_set(e, STILE_EINVAL, 0,
			    "the setting %s is declared twice", s->name);
		v = &c->v[c->n++];
		*v = (struct conf_value){ .setting = s, .where = "default",
		    .text = s->absent != NULL ? s->absent : "" };
		if (parse(s, v->text, &v->num, "default", e) != STILE_OK)
			return STILE_EINVAL;
	}
	return STILE_OK;
}

/* Settings of an application and of what is mounted in it, each table once. */
static size_t
count_app(const struct stile_app *app, unsigned depth)
{
	const struct stile_mount	*m;
	const struct stile_app *const	*used = app->uses;
	size_t				 n = count(app->settings);

	for (; used != NULL && *used != NULL && depth > 0; used++)
		n += count_app(*used, depth - 1);
	for (m = app->mounts; m != NULL && m->app != NULL && depth > 0; m++)
		n += count_app(m->app, depth - 1);
	return n;
}

static enum stile_err
add_app(struct conf *c, const struct stile_app *app, unsigned depth,
    struct stile_error *e)
{
	const struct stile_mount	*m;
	const struct stile_app *const	*used = app->uses;
	const struct conf_value		*old;
	enum stile_err			 rc;

	old = app->settings != NULL && app->settings->name != NULL ?
	    find(c, app->settings->name) : NULL;
	/* It may be mounted twice. */
	if ((old == NULL || old->setting != app->settings) &&
	    (rc = add_table(c, app->settings, e)) != STILE_OK)
		return rc;
	for (; used != NULL && *used != NULL && depth > 0; used++)
		if ((rc = add_app(c, *used, depth - 1, e)) != STILE_OK)
			return rc;
	for (m = app->mounts; m != NULL && m->app != NULL && depth > 0; m++)
		if ((rc = add_app(c, m->app, depth - 1, e)) != STILE_OK)
			return rc;
	return STILE_OK;
}

enum stile_err
conf_new(struct stile_arena *a, const struct stile_app *app, struct conf **ret,
    struct stile_error *e)
{
	struct conf	*c;
	enum stile_err	 rc;

	if ((c = stile_arena_alloc(a, 1, sizeof(*c))) == NULL ||
	    (c->v = stile_arena_alloc(a, count(library) +
	    count_app(app, MOUNTS_MAX), sizeof(*c->v))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	c->arena = a;
	c->app = app->name;
	if ((rc = add_table(c, library, e)) != STILE_OK ||
	    (rc = add_app(c, app, MOUNTS_MAX, e)) != STILE_OK)
		return rc;
	*ret = c;
	return STILE_OK;
}

enum stile_err
conf_set(struct conf *c, const char *name, const char *value,
    enum conf_source source, const char *where, struct stile_error *e)
{
	struct conf_value	*v;
	enum stile_err		 rc;
	int64_t			 num = 0;

	if ((v = find(c, name)) == NULL)
		return stile_error_set(e, STILE_ENOTFOUND, 0,
		    "%s: there is no setting '%s'", where, name);
	if ((rc = parse(v->setting, value, &num, where, e)) != STILE_OK)
		return rc;
	if (source < v->source)
		return STILE_OK;
	v->text = stile_arena_strdup(c->arena, value);
	v->where = stile_arena_strdup(c->arena, where);
	if (v->text == NULL || v->where == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	v->source = source;
	v->num = num;
	return STILE_OK;
}

/* "# comment", "" or "name = value". */
static enum stile_err
read_line(struct conf *c, char *line, const char *where, struct stile_error *e)
{
	struct stile_str	rest = stile_str(line), name;
	char			*n, *v;

	rest = stile_str_trim(rest);
	if (rest.len == 0 || rest.p[0] == '#')
		return STILE_OK;
	if (!stile_str_cut(&rest, '=', &name) || rest.p == NULL)
		return stile_error_set(e, STILE_ESYNTAX, 0,
		    "%s: name = value is expected", where);
	n = stile_arena_dup(c->arena, stile_str_trim(name));
	v = stile_arena_dup(c->arena, stile_str_trim(rest));
	if (n == NULL || v == NULL)
		return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
	return conf_set(c, n, v, CONF_FILE, where, e);
}

enum stile_err
conf_file(struct conf *c, const char *path, struct stile_error *e)
{
	char		 line[LINE_MAX_BYTES], *where, *end;
	enum stile_err	 rc = STILE_OK;
	FILE		*f;
	size_t		 n;
	int		 no;

	if ((f = fopen(path, "re")) == NULL)
		return stile_error_set(e, STILE_EIO, 0, "%s: %s", path,
		    strerror(errno));
	for (no = 1; rc == STILE_OK && fgets(line, sizeof(line), f) != NULL;
	    no++) {
		where = stile_arena_printf(c->arena, "%s:%d", path, no);
		if (where == NULL)
			rc = stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		else if ((end = strchr(line, '\n')) == NULL && !feof(f))
			rc = stile_error_set(e, STILE_ETOOBIG, 0,
			    "%s: more than %d bytes", where,
			    LINE_MAX_BYTES - 2);
		else {
			if (end != NULL)
				*end = '\0';
			if ((n = strlen(line)) > 0 && line[n - 1] == '\r')
				line[n - 1] = '\0';
			rc = read_line(c, line, where, e);
		}
	}
	if (rc == STILE_OK && ferror(f))
		rc = stile_error_set(e, STILE_EIO, 0, "%s: cannot be read",
		    path);
	fclose(f);
	return rc;
}

/* NOTES_DB is db of the application notes; other variables are not ours. */
static struct conf_value *
env_setting(const struct conf *c, struct stile_str var)
{
	const char	*name;
	size_t		 i, k, n = strlen(c->app);

	if (var.len <= n || var.p[n] != '_')
		return NULL;
	for (k = 0; k < n; k++)
		if (var.p[k] != toupper((unsigned char)c->app[k]))
			return NULL;
	for (i = 0; i < c->n; i++) {
		name = c->v[i].setting->name;
		if (stile_str_caseeq(stile_str(name), (struct stile_str){
		    var.p + n + 1, var.len - n - 1 }))
			return &c->v[i];
	}
	return NULL;
}

enum stile_err
conf_environ(struct conf *c, char *const *env, struct stile_error *e)
{
	struct conf_value	*v;
	struct stile_str	 name;
	enum stile_err		 rc;
	const char		*eq;
	char			*where;

	for (; *env != NULL; env++) {
		if ((eq = strchr(*env, '=')) == NULL)
			continue;
		name = (struct stile_str){ *env, (size_t)(eq - *env) };
		if ((v = env_setting(c, name)) == NULL)
			continue;
		if ((where = stile_arena_printf(c->arena, "environment %.*s",
		    STILE_STR_ARG(name))) == NULL)
			return stile_error_set(e, STILE_ENOMEM, 0, "no memory");
		rc = conf_set(c, v->setting->name, eq + 1, CONF_ENV, where, e);
		if (rc != STILE_OK)
			return rc;
	}
	return STILE_OK;
}

/* For a handler: a name that is not in the table is a bug of it. */
static const struct conf_value *
of_request(struct stile_req *r, const char *name, enum stile_type type)
{
	const struct conf_value	*v = conf_find(r->site->conf, name);

	if (v != NULL && (type == STILE_TEXT || v->setting->type == type))
		return v;
	stile_fail(r, 500, "there is no setting '%s' of type %s", name,
	    stile_type_name(type));
	return NULL;
}

const char *
stile_conf(struct stile_req *r, const char *name)
{
	const struct conf_value	*v = of_request(r, name, STILE_TEXT);

	return v != NULL ? v->text : "";
}

int64_t
stile_conf_int(struct stile_req *r, const char *name)
{
	const struct conf_value	*v = of_request(r, name, STILE_INT);

	return v != NULL ? v->num : 0;
}

bool
stile_conf_bool(struct stile_req *r, const char *name)
{
	const struct conf_value	*v = of_request(r, name, STILE_BOOL);

	return v != NULL && v->num != 0;
}
