/* SPDX-License-Identifier: ISC */
/*
 * One request, from its variables to its log line: match, hooks before,
 * handler, failure to answer, hooks after, write, hooks done.
 *
 * Hooks go from the application inwards to the route on the way in, and back
 * outwards on the way out.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "app/cors.h"
#include "app/secure.h"
#include "app/site.h"
#include "base/clock.h"
#include "guard/mail.h"
#include "guard/session.h"
#include "guard/user.h"
#include "base/banned.h"

#define DEPTH_MAX	16	/* scopes inside one another */

struct run {
	struct runner		*w;
	struct stile_req	*r;
	struct match		 match;
	const struct scope	*scopes[DEPTH_MAX];	/* outermost first */
	size_t			 nscopes;
	bool			 prepared;	/* the hooks after have run */
	bool			 refused;	/* nothing of an application runs */
};

static void
find_scopes(struct run *run, const struct scope *s)
{
	const struct scope	*p;
	size_t			 i, n = 0;

	for (p = s; p != NULL && n < DEPTH_MAX; p = p->parent)
		n++;
	for (i = n, p = s; i > 0; p = p->parent)
		run->scopes[--i] = p;
	run->nscopes = n;
}

static enum stile_tx
route_tx(const struct stile_req *r, enum stile_tx tx)
{
	if (tx != STILE_TX_AUTO)
		return tx;
	return stile__is_safe(stile_req_method(r)) ? STILE_TX_READ :
	    STILE_TX_WRITE;
}

/* Who asks and what they may do: the innermost application decides. */
static void
find_guards(struct run *run)
{
	const struct stile_app	*app;
	size_t			 i;

	run->r->roles = run->r->site->app->roles;
	for (i = 0; i < run->nscopes; i++) {
		app = run->scopes[i]->app;
		if (app->may != NULL)
			run->r->may = app->may;
		if (app->identify != NULL)
			run->r->identify = app->identify;
	}
}

static void
find_route(struct run *run)
{
	struct stile_req	*r = run->r;
	const struct router	*rt = r->site->router;

	stile__db_request(r->db, STILE_TX_NONE);

	if (stile_failed(r) != STILE_OK) {
		run->match.kind = MATCH_NONE;
		find_scopes(run, router_scope_at(rt, 0));
		find_guards(run);
		return;
	}
	router_match(rt, r->arena, stile_req_method(r), r->segs, r->nsegs,
	    r->slash, &run->match);
	if (run->match.kind != MATCH_ROUTE) {
		find_scopes(run, router_scope(rt, r->segs, r->nsegs));
		find_guards(run);
		return;
	}
	r->route = run->match.route;
	r->params = run->match.params;
	r->nparams = run->match.nparams;
	stile__req_limit(r, &r->route->row->limits);
	stile__db_request(r->db, route_tx(r, r->route->row->tx));
	find_scopes(run, r->route->scope);
	find_guards(run);
}

/* A handler says what it did twice over; the request knows best. */
static void
call(struct stile_req *r, stile_handler fn, bool must_answer)
{
	int	rc = fn(r);

	if (stile_failed(r) != STILE_OK)
		return;
	if (rc < 0)
		stile_fail(r, 500, "a handler returned %s without a cause",
		    stile_err_name((enum stile_err)rc));
	else if (must_answer && r->res.status == 0)
		stile_fail(r, 500, "the handler gave no answer");
}

static bool
goes_on(const struct run *run, enum stile_phase phase)
{
	if (run->refused)
		return false;
	if (phase == STILE_DONE)
		return true;
	if (stile_failed(run->r) != STILE_OK)
		return false;
	return phase == STILE_AFTER || run->r->res.status == 0;
}

static void
call_hooks(struct run *run, const struct stile_hook *h, enum stile_phase phase)
{
	for (; h != NULL && h->fn != NULL && goes_on(run, phase); h++)
		if (h->phase == phase)
			call(run->r, h->fn, false);
}

static const struct stile_hook *
route_hooks(const struct run *run)
{
	return run->r->route != NULL ? run->r->route->row->hooks : NULL;
}

static void
hooks_inwards(struct run *run, enum stile_phase phase)
{
	size_t	i;

	for (i = 0; i < run->nscopes; i++)
		call_hooks(run, run->scopes[i]->app->hooks, phase);
	call_hooks(run, route_hooks(run), phase);
}

static void
hooks_outwards(struct run *run, enum stile_phase phase)
{
	size_t	i;

	call_hooks(run, route_hooks(run), phase);
	for (i = run->nscopes; i-- > 0;)
		call_hooks(run, run->scopes[i]->app->hooks, phase);
}

/* "GET, HEAD, OPTIONS", RFC 9110, section 10.2.1 */
static const char *
allowed(struct run *run)
{
	const struct match	*m = &run->match;
	struct stile_buf	*b;
	size_t			 i;
	bool			 options = false;

	if ((b = stile_buf_new(run->r->arena, 1024)) == NULL)
		return "OPTIONS";
	for (i = 0; i < m->nallow; i++) {
		stile_buf_printf(b, "%s%s", i > 0 ? ", " : "", m->allow[i]);
		options = options || strcmp(m->allow[i], "OPTIONS") == 0;
	}
	if (!options)
		stile_buf_puts(b, ", OPTIONS");
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : "OPTIONS";
}

/* The same path with a slash: relative to this host, query kept. */
static void
add_slash(struct stile_req *r)
{
	const char	*query = stile_req_query(r), *path, *location = NULL;

	if ((path = stile__req_encoded_path(r)) != NULL)
		location = stile_arena_printf(r->arena, "%s/%s%s", path,
		    *query != '\0' ? "?" : "", query);
	if (location != NULL)
		stile_redirect(r, 308, location);
	else
		stile__fail_nomem(r);
}

static bool
declares_input(const struct stile_route *row)
{
	return row->params != NULL || row->body != NULL;
}

static void
dispatch(struct run *run)
{
	struct stile_req	*r = run->r;

	switch (run->match.kind) {
	case MATCH_ROUTE:
		if (r->route->row->need != NULL)
			stile_require(r, r->route->row->need);
		if (stile_failed(r) == STILE_OK &&
		    declares_input(r->route->row))
			stile__input_check(r, r->route->row);
		if (stile_failed(r) == STILE_OK)
			call(r, r->route->row->handler, true);
		return;
	case MATCH_METHODS:
		if (strcmp(stile_req_method(r), "OPTIONS") == 0) {
			stile_header_set(r, "Allow", allowed(run));
			stile_send_empty(r, 204);
			return;
		}
		stile_fail(r, 405, "this path does not take %s",
		    stile_req_method(r));
		stile_fail_header(r, "Allow", allowed(run));
		return;
	case MATCH_SLASH:
		add_slash(r);
		return;
	case MATCH_NONE:
		stile_fail(r, 404, "there is nothing at this path");
		return;
	case MATCH_NOMEM:
		stile__fail_nomem(r);
		return;
	}
}

/* The inner before the outer. */
static stile_handler
error_handler(const struct run *run, int status)
{
	const struct stile_error_handler	*h;
	size_t					 i;

	for (i = run->nscopes; i-- > 0;)
		if ((h = app_error_handler(run->scopes[i]->app, status)) !=
		    NULL)
			return h->fn;
	return NULL;
}

/* With what it did to accounts, if it did. */
static void
end_tx(struct stile_req *r, bool commit)
{
	stile__audit_end(r, stile__db_end(r, commit) == STILE_OK && commit);
}

/* The application's own page where it has one that works, else the problem. */
static void
answer_failure(struct run *run)
{
	struct stile_req	*r = run->r;
	struct req_failure	 first = r->failure;
	stile_handler		 fn;

	end_tx(r, false);
	stile__session_forget(r);
	stile__show_failure(r);
	fn = run->refused ? NULL : error_handler(run, first.status);
	if (fn != NULL) {
		call(r, fn, true);
		/* Of a stream that it has begun, there is no way back. */
		if (stile_failed(r) == STILE_OK || r->res.head_sent)
			return;
		stile_req_log(r, STILE_ERROR, "error handler failed",
		    STILE_ARGS("cause",
		    (const char *)r->failure.cause.detail));
		r->failure = first;
		stile__show_failure(r);
	}
	stile__problem(r);
}

/* The innermost declaration stands. */
static const struct stile_cors *
scope_cors(const struct run *run)
{
	size_t	i;

	for (i = run->nscopes; i-- > 0;)
		if (run->scopes[i]->app->cors != NULL)
			return run->scopes[i]->app->cors;
	return NULL;
}

/* A browser's question comes before anything of the application. */
static bool
preflight(struct run *run)
{
	const struct stile_cors	*cors = scope_cors(run);

	return cors != NULL && cors_preflight(run->r, cors);
}

/* What the site says of every answer. */
static void
put_headers(struct run *run)
{
	const struct stile_cors	*cors = scope_cors(run);

	if (cors != NULL)
		cors_answer(run->r, cors);
	if (run->r->site->security_headers)
		secure_answer(run->r);
}

/*
 * The last that can still change an answer.  A stream that fails in here gets
 * here again, as a problem that has the site's headers too.
 */
static void
before_send(struct stile_req *r)
{
	if (!r->run->prepared) {
		r->run->prepared = true;
		hooks_outwards(r->run, STILE_AFTER);
		if (stile_failed(r) == STILE_OK)
			end_tx(r, r->res.status < 400);
		if (stile_failed(r) == STILE_OK)
			stile__session_save(r);
		if (stile_failed(r) == STILE_OK)
			stile__token_save(r);
		if (stile_failed(r) == STILE_OK)
			stile__res_conditions(r);
	}
	if (stile_failed(r) == STILE_OK)
		stile__res_check(r);
	if (stile_failed(r) == STILE_OK)
		put_headers(r->run);
}

static void
answer(struct run *run)
{
	struct stile_req	*r = run->r;

	if (stile_failed(r) == STILE_OK && !preflight(run))
		hooks_inwards(run, STILE_BEFORE);
	if (stile_failed(r) == STILE_OK && r->res.status == 0)
		dispatch(run);
	if (stile_failed(r) != STILE_OK && !r->res.head_sent)
		answer_failure(run);
	/* A stream has gone through its hooks, and cannot turn back. */
	if (r->res.head_sent)
		return;
	before_send(r);
	if (stile_failed(r) != STILE_OK) {
		end_tx(r, false);
		stile__show_failure(r);
		stile__problem(r);
		put_headers(run);
	}
}

/* splitmix64: ids need to differ, not to be secret. */
static void
next_id(struct runner *w, char out[17])
{
	static const char	hex[] = "0123456789abcdef";
	uint64_t		z = w->ids += 0x9E3779B97F4A7C15u;
	int			i;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	z ^= z >> 31;
	for (i = 16; i-- > 0; z >>= 4)
		out[i] = hex[z & 15];
	out[16] = '\0';
}

/* From here on the handler's time runs. */
static void
start_clock(struct req_clock *c, int64_t now)
{
	c->deadline = now + c->limit_us;
	c->turn++;
	stile__clock_in_time(c);
	c->phase = REQ_HANDLING;
}

/* What the site says of each request, before anything is known of it. */
static void
init(struct stile_req *r, struct runner *w, char id[17])
{
	const struct stile_site	*site = w->site;

	*r = (struct stile_req){
		.arena = w->arena, .log = site->log, .limits = &site->limits,
		.files = &site->files, .trust = &site->trust,
		.clock = &w->clock, .db = &w->db, .site = site,
		.throttle = site->throttle, .jwt = site->jwt,
		.mounted_at = site->prefix,
		.may_see = stile_may,
	};
	next_id(w, id);
	r->id = id;
}

static void
clean(struct runner *w, struct stile_req *r)
{
	if (!stile__db_settle(&w->db)) {
		stile_req_log(r, STILE_WARN,
		    "a transaction was left open and is rolled back",
		    STILE_NOARGS);
		if (w->slot != NULL)
			board_count_left_open(w->slot);
	}
	stile_arena_reset(w->arena);
	w->clock.phase = REQ_IDLE;
}

/* Nothing stays behind but numbers. */
static void
settle(struct runner *w, struct stile_req *r, int64_t us)
{
	access_write(r, us);
	if (w->slot != NULL)
		board_count(w->slot, r->res.status, r->res.cut, us);
	clean(w, r);
}

static void
refuse(struct stile_req *r)
{
	stile_fail(r, 503, "no thread was free in time");
	stile_fail_header(r, "Retry-After", "1");
}

static bool
run_one(struct runner *w, char *const *vars, const struct stile_io *io,
    void *io_arg, bool refused)
{
	int64_t			 start = stile__mono_us();
	struct stile_req	 r;
	struct run		 run = { .w = w, .r = &r, .refused = refused };
	char			 id[17];
	bool			 whole;

	start_clock(&w->clock, start);
	init(&r, w, id);
	r.io = io;
	r.io_arg = io_arg;
	r.run = &run;
	r.before_send = before_send;
	stile__req_init(&r, vars);
	if (refused)
		refuse(&r);
	find_route(&run);
	answer(&run);
	stile__res_write(&r);
	hooks_outwards(&run, STILE_DONE);
	stile__mail_release(&r, r.res.status < 400);
	whole = !r.res.cut;
	settle(w, &r, stile__mono_us() - start);
	if (refused && w->slot != NULL)
		board_count_refused(w->slot);
	return whole;
}

bool
runner_run(struct runner *w, char *const *vars, const struct stile_io *io,
    void *io_arg)
{
	return run_one(w, vars, io, io_arg, false);
}

bool
runner_refuse(struct runner *w, char *const *vars, const struct stile_io *io,
    void *io_arg)
{
	return run_one(w, vars, io, io_arg, true);
}

/* What the client would not be told, the one at the terminal is. */
static enum stile_err
copy_failure(const struct req_failure *f, struct stile_error *e)
{
	const char	*detail = stile__public_detail(f);

	if (f->status == 0)
		return STILE_OK;
	*e = f->cause;
	e->status = f->status;
	if (f->cause.code == STILE_EUNIQUE && f->wrong != NULL)
		snprintf(e->detail, sizeof(e->detail), "%s: %s",
		    f->wrong->where, detail);
	else if (*detail != '\0' && detail != f->cause.detail)
		snprintf(e->detail, sizeof(e->detail), "%s", detail);
	return e->code;
}

enum stile_err
runner_call(struct runner *w, int (*fn)(struct stile_req *, void *), void *arg,
    struct stile_error *e)
{
	static const struct stile_io nobody = { .name = "command" };
	char			 method[] = "REQUEST_METHOD=POST";
	char			 peer[] = "REMOTE_ADDR=local";
	char	*const		 vars[] = { method, peer, NULL };
	struct stile_req	 r;
	char			 id[17];
	enum stile_err		 rc;

	start_clock(&w->clock, stile__mono_us());
	init(&r, w, id);
	r.io = &nobody;
	stile__req_init(&r, vars);
	/* That it is below no prefix is nothing to it. */
	r.failure = (struct req_failure){ .status = 0 };
	r.roles = w->site->app->roles;
	stile__db_request(&w->db, STILE_TX_WRITE);
	fn(&r, arg);
	end_tx(&r, stile_failed(&r) == STILE_OK);
	rc = copy_failure(&r.failure, e);
	clean(w, &r);
	return rc;
}

const char *
stile_req_route(const struct stile_req *r)
{
	return r->route != NULL ? r->route->pattern.text : "";
}
