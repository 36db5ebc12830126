/* SPDX-License-Identifier: ISC */
/* lib/http/stream.c: bodies that are written while they are made; events. */
#include "answer.h"

#include "stile/stream.h"

#define NAME_X	"X-Hook"

/* ---- an application with a stream of each kind -------------------------- */

static unsigned	hooks_after, hooks_done, calls;
static bool	head_was_sent;		/* when the hook after was called */

static int
hook_after(struct stile_req *r)
{
	hooks_after++;
	head_was_sent = r->res.head_sent;
	if (strcmp(stile_req_query(r), "hook-fails") == 0)
		return stile_fail(r, 409, "the hook says no");
	return stile_header_set(r, NAME_X, "was here");
}

static int
hook_done(struct stile_req *r)
{
	(void)r;
	hooks_done++;
	return STILE_OK;
}

static int
write_words(struct stile_req *r, void *arg)
{
	const char	*word = arg;

	calls++;
	stile_write(r, word, strlen(word));
	stile_write(r, "", 0);
	return stile_write(r, "\0!", 2);
}

static int
fails_with_a_cause(struct stile_req *r, void *arg)
{
	(void)arg;
	stile_write(r, "half", 4);
	return stile_fail(r, 404, "the rest is not there");
}

static int
fails_without(struct stile_req *r, void *arg)
{
	(void)arg;
	stile_write(r, "half", 4);
	return -1;
}

/* It says that all is well, but the request knows better. */
static int
fails_in_silence(struct stile_req *r, void *arg)
{
	(void)arg;
	stile_write(r, "half", 4);
	stile_fail(r, 500, "lost");
	return STILE_OK;
}

static int
by_function(struct stile_req *r)
{
	static char	hello[] = "hello";

	stile_header_set(r, "X-Own", "1");
	return stile_send_stream(r, 200, "text/x-words", write_words, hello);
}

static int
by_failing_function(struct stile_req *r)
{
	const char	*how = stile_path(r, "how");

	return stile_send_stream(r, 200, "a/b",
	    strcmp(how, "cause") == 0 ? fails_with_a_cause :
	    strcmp(how, "code") == 0 ? fails_without :
	    strcmp(how, "silence") == 0 ? fails_in_silence : NULL, NULL);
}

static int
by_hand(struct stile_req *r)
{
	calls++;
	if (stile_begin_stream(r, 201, "text/x-hand") != STILE_OK)
		return STILE_EFAILED;
	stile_write(r, "one ", 4);
	stile_flush(r);
	/* Too late for a header, and without harm. */
	stile_header_set(r, "X-Late", "1");
	return stile_write(r, "two", 3);
}

static int
by_hand_and_fails(struct stile_req *r)
{
	if (strcmp(stile_path(r, "when"), "before") == 0)
		return stile_fail(r, 404, "nothing to stream");
	stile_begin_stream(r, 200, "a/b");
	stile_write(r, "half", 4);
	if (strcmp(stile_path(r, "when"), "code") == 0)
		return -1;
	return stile_fail(r, 500, "lost");
}

static int
twice(struct stile_req *r)
{
	if (strcmp(stile_path(r, "what"), "text") == 0)
		stile_send_text(r, 200, "first");
	else
		stile_begin_stream(r, 200, "a/b");
	return stile_begin_stream(r, 200, "a/b");
}

static int
text_in_a_stream(struct stile_req *r)
{
	stile_begin_stream(r, 200, "a/b");
	stile_write(r, "half", 4);
	return stile_send_text(r, 200, "whole");
}

static int
bad_status(struct stile_req *r)
{
	return stile_begin_stream(r, 100, "a/b");
}

static int
without_a_stream(struct stile_req *r)
{
	return stile_write(r, "lost", 4);
}

static int
after_a_text(struct stile_req *r)
{
	stile_send_text(r, 200, "text");
	return stile_write(r, "lost", 4);
}

static int
with_an_etag(struct stile_req *r)
{
	calls++;
	stile_header_set(r, "ETag", "\"1\"");
	if (strcmp(stile_path(r, "how"), "hand") != 0) {
		static char	hello[] = "hello";

		return stile_send_stream(r, 200, "a/b", write_words, hello);
	}
	if (stile_begin_stream(r, 200, "a/b") != STILE_OK)
		return STILE_EFAILED;
	return stile_write(r, "body", 4);
}

static int
empty(struct stile_req *r)
{
	return stile_begin_stream(r, 204, NULL);
}

static int
huge_head(struct stile_req *r)
{
	static char	big[40000];

	memset(big, 'x', sizeof(big) - 1);
	stile_header_set(r, "X-A", big);
	stile_header_set(r, "X-B", big);
	stile_begin_stream(r, 200, "a/b");
	return stile_write(r, "secret", 6);
}

static int
fails_to_the_handler(struct stile_req *r)
{
	return stile_fail(r, 410, "gone");
}

/* A page for errors that is a stream itself. */
static int
stream_an_error(struct stile_req *r)
{
	stile_begin_stream(r, stile_failed_status(r), "text/x-error");
	stile_write(r, "sorry", 5);
	return strcmp(stile_req_query(r), "again") == 0 ?
	    stile_fail(r, 500, "and again") : STILE_OK;
}

static int
stream_before(struct stile_req *r)
{
	if (strcmp(stile_req_path(r), "/before") != 0)
		return STILE_OK;
	stile_begin_stream(r, 200, "a/b");
	return stile_write(r, "from a hook", 11);
}

static int
late_write(struct stile_req *r)
{
	if (strcmp(stile_req_path(r), "/text") == 0)
		stile_write(r, "more than its length", 20);
	return STILE_OK;
}

static int
text(struct stile_req *r)
{
	return stile_send_text(r, 200, "text");
}

static int
events(struct stile_req *r)
{
	struct stile_event	ev = { .id = "1", .event = "tick",
		.data = "a\nb", .retry_ms = 500 };

	stile_begin_events(r);
	stile_event_comment(r, "hi");
	return stile_event(r, &ev);
}

static int
bad_event(struct stile_req *r)
{
	struct stile_event	ev = { .id = "1\ndata: forged", .data = "x" };

	stile_begin_events(r);
	return stile_event(r, &ev);
}

static const struct stile_hook hooks[] = {
	{ STILE_BEFORE, stream_before },
	{ STILE_AFTER, hook_after },
	{ STILE_DONE, late_write },
	{ STILE_DONE, hook_done },
	{ 0 }
};
static const struct stile_error_handler errors[] = {
	{ 410, .fn = stream_an_error },
	{ 0 }
};
static const struct stile_route routes[] = {
	ROUTE("GET", "/function", by_function),
	ROUTE("GET", "/function/{how}", by_failing_function),
	ROUTE("GET", "/hand", by_hand),
	ROUTE("GET", "/hand/{when}", by_hand_and_fails),
	ROUTE("GET", "/twice/{what}", twice),
	ROUTE("GET", "/text-in-a-stream", text_in_a_stream),
	ROUTE("GET", "/bad-status", bad_status),
	ROUTE("GET", "/none", without_a_stream),
	ROUTE("GET", "/after-a-text", after_a_text),
	ROUTE("GET", "/etag/{how}", with_an_etag),
	ROUTE("GET", "/empty", empty),
	ROUTE("GET", "/huge-head", huge_head),
	ROUTE("GET", "/error", fails_to_the_handler),
	ROUTE("GET", "/before", text),
	ROUTE("GET", "/text", text),
	ROUTE("GET", "/events", events),
	ROUTE("GET", "/bad-event", bad_event),
	{ 0 }
};
static const struct stile_cors cors = { .origins = "*" };
static const struct stile_app app = {
	.name = "streams", .routes = routes, .hooks = hooks, .errors = errors,
	.cors = &cors,
};

static struct stile_client *
begin(void)
{
	hooks_after = hooks_done = calls = 0;
	head_was_sent = false;
	return CLIENT(&app);
}

Test(stream, a_function_writes_it)
{
	struct stile_client		*c = begin();
	const struct stile_answer	*a;

	a = stile_client_get(c, "/function");
	EXPECT_ANSWER(a, 200, NULL, "function");
	cr_expect(body_equals(a, "hello\0!", 7));
	cr_expect(!stile_answer_cut(a));
	EXPECT_HEADER(a, "Content-Type", "text/x-words", "type");
	EXPECT_HEADER(a, "Content-Length", NULL, "length");
	EXPECT_HEADER(a, "X-Accel-Buffering", "no", "buffering");
	EXPECT_HEADER(a, "X-Own", "1", "own");
	EXPECT_HEADER(a, NAME_X, "was here", "hook");
	cr_expect_eq(hooks_after, 1);
	cr_expect_eq(hooks_done, 1);
	cr_expect(!head_was_sent);

	a = send_to(c, "HEAD", "/function");
	EXPECT_ANSWER(a, 200, "", "HEAD");
	EXPECT_HEADER(a, "Content-Type", "text/x-words", "HEAD");
	EXPECT_HEADER(a, NAME_X, "was here", "HEAD");
	cr_expect_eq(calls, 1, "it is not even called");
	stile_client_free(c);
}

Test(stream, the_handler_writes_it)
{
	struct stile_client		*c = begin();
	const struct stile_answer	*a;

	a = stile_client_get(c, "/hand");
	EXPECT_ANSWER(a, 201, "one two", "hand");
	cr_expect(!stile_answer_cut(a));
	EXPECT_HEADER(a, "Content-Type", "text/x-hand", "hand");
	EXPECT_HEADER(a, "Content-Length", NULL, "length");
	EXPECT_HEADER(a, "X-Accel-Buffering", "no", "buffering");
	EXPECT_HEADER(a, NAME_X, "was here", "hook");
	EXPECT_HEADER(a, "X-Late", NULL, "late");
	cr_expect_eq(hooks_after, 1);
	cr_expect_eq(hooks_done, 1);
	cr_expect(!head_was_sent);

	a = send_to(c, "HEAD", "/hand");
	EXPECT_ANSWER(a, 201, "", "HEAD");
	cr_expect(!stile_answer_cut(a));
	cr_expect_eq(calls, 2);
	EXPECT_ANSWER(stile_client_get(c, "/before"), 200, "from a hook",
	    "a hook before");
	a = stile_client_get(c, "/empty");
	EXPECT_ANSWER(a, 204, "", "204");
	cr_expect(!stile_answer_cut(a));
	stile_client_free(c);
}

/* What fails before the head is an answer, and what fails after it a cut. */
Test(stream, failures)
{
	static const struct {
		const char	*target;
		int		 status;
		const char	*body;		/* NULL: a problem */
		bool		 cut;
	} cases[] = {
		{ "/function/cause",	200,	"half",		true },
		{ "/function/code",	200,	"half",		true },
		{ "/function/silence",	200,	"half",		true },
		{ "/function/null",	500,	NULL,		false },
		{ "/hand/before",	404,	NULL,		false },
		{ "/hand/after",	200,	"half",		true },
		{ "/hand/code",		200,	"half",		true },
		{ "/hand?hook-fails",	409,	NULL,		false },
		{ "/function?hook-fails", 409,	NULL,		false },
		{ "/twice/text",	500,	NULL,		false },
		{ "/twice/stream",	200,	"",		true },
		{ "/text-in-a-stream",	200,	"half",		true },
		{ "/bad-status",	500,	NULL,		false },
		{ "/none",		500,	NULL,		false },
		{ "/after-a-text",	500,	NULL,		false },
		{ "/huge-head",		503,	"",		false },
		{ "/error",		410,	"sorry",	false },
		{ "/error?again",	410,	"sorry",	true },
		{ "/bad-event",		200,	": \n\n",	true },
		{ "/text",		200,	"text",		false },
	};
	struct stile_client		*c = begin();
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		hooks_after = hooks_done = 0;
		a = get_with(c, cases[i].target, "Origin", "https://a.example");
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%s",
		    cases[i].target);
		cr_expect_eq(stile_answer_cut(a), cases[i].cut, "%s",
		    cases[i].target);
		if (cases[i].body == NULL) {
			EXPECT_HEADER(a, "Content-Type",
			    "application/problem+json", "%s", cases[i].target);
			EXPECT_HEADER(a, "X-Accel-Buffering", NULL, "%s",
			    cases[i].target);
		}
		if (strcmp(cases[i].target, "/huge-head") != 0)
			EXPECT_HEADER(a, "Access-Control-Allow-Origin", "*",
			    "%s", cases[i].target);
		cr_expect_eq(hooks_after, 1, "%s: %u", cases[i].target,
		    hooks_after);
		cr_expect_eq(hooks_done, 1, "%s: %u", cases[i].target,
		    hooks_done);
	}
	stile_client_free(c);
}

/* The validators of a stream count like any other's. */
Test(stream, conditions)
{
	static const struct {
		const char	*target, *name, *value;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/etag/hand", "If-None-Match", "\"0\"", 200, "body" },
		{ "/etag/hand", "If-None-Match", "\"1\"", 304, "" },
		{ "/etag/hand", "If-Match", "\"0\"", 412, NULL },
		{ "/etag/hand", "Range", "bytes=0-1", 200, "body" },
		{ "/etag/function", "If-None-Match", "\"1\"", 304, "" },
		{ "/etag/function", "If-Match", "\"0\"", 412, NULL },
	};
	struct stile_client		*c = begin();
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		hooks_after = 0;
		a = get_with(c, cases[i].target, cases[i].name, cases[i].value);
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%zu", i);
		cr_expect(!stile_answer_cut(a), "%zu", i);
		EXPECT_HEADER(a, "ETag", cases[i].status == 412 ? NULL :
		    "\"1\"", "%zu", i);
		cr_expect_eq(hooks_after, 1, "%zu", i);
	}
	stile_client_free(c);
}

/* ---- events ------------------------------------------------------------- */

Test(stream, events_have_headers_and_lines)
{
	struct stile_client		*c = begin();
	const struct stile_answer	*a;

	a = stile_client_get(c, "/events");
	EXPECT_ANSWER(a, 200, ": \n\n: hi\n\nid: 1\nevent: tick\n"
	    "retry: 500\ndata: a\ndata: b\n\n", "events");
	EXPECT_HEADER(a, "Content-Type", "text/event-stream", "type");
	EXPECT_HEADER(a, "Cache-Control", "no-store", "cache");
	EXPECT_HEADER(a, "X-Accel-Buffering", "no", "buffering");
	EXPECT_ANSWER(send_to(c, "HEAD", "/events"), 200, "", "HEAD");
	stile_client_free(c);
}

Test(stream, the_handler_may_let_nginx_buffer)
{
	struct unit	u;

	BEGIN(&u, "X=");
	stile_header_set(&u.r, "x-accel-buffering", "yes");
	stile_begin_stream(&u.r, 200, "a/b");
	cr_expect(strstr(u.fake.out, "x-accel-buffering: yes\r\n") != NULL);
	cr_expect(strstr(u.fake.out, "no\r\n") == NULL);
	unit_end(&u);
}

/* What one event adds to a stream. */
static const char *
event_text(struct unit *u, const struct stile_event *ev)
{
	stile_begin_events(&u->r);
	u->fake.out_len = 0;
	u->fake.out[0] = '\0';
	stile_event(&u->r, ev);
	return u->fake.out;
}

Test(stream, event_fields)
{
	static const struct {
		struct stile_event	 ev;
		const char		*want;	/* NULL: refused */
	} cases[] = {
		{ { .data = "x" },		"data: x\n\n" },
		{ { .data = "" },		"data: \n\n" },
		{ { .data = "a\nb" },		"data: a\ndata: b\n\n" },
		{ { .data = "a\rb" },		"data: a\ndata: b\n\n" },
		{ { .data = "a\r\nb" },		"data: a\ndata: b\n\n" },
		{ { .data = "a\n\nb" },	"data: a\ndata: \ndata: b\n\n" },
		{ { .data = "a\n\rb" },	"data: a\ndata: \ndata: b\n\n" },
		{ { .data = "a\r\r\nb" }, "data: a\ndata: \ndata: b\n\n" },
		{ { .data = "a\n" },		"data: a\ndata: \n\n" },
		{ { .data = "\r" },		"data: \ndata: \n\n" },
		/* What would be a field of its own is data. */
		{ { .data = "a\nevent: evil\n\nid: 9" }, "data: a\n"
		    "data: event: evil\ndata: \ndata: id: 9\n\n" },
		{ { .data = " a: b" },		"data:  a: b\n\n" },
		{ { .data = "\xC3\xBC" },	"data: \xC3\xBC\n\n" },
		{ { .id = "7", .data = "x" },	"id: 7\ndata: x\n\n" },
		{ { .id = "", .data = "x" },	"id: \ndata: x\n\n" },
		{ { .event = "e", .data = "x" }, "event: e\ndata: x\n\n" },
		{ { .retry_ms = 3000 },		"retry: 3000\n\n" },
		{ { .retry_ms = INT64_MAX }, "retry: 9223372036854775807\n\n" },
		{ { .retry_ms = -1, .data = "x" }, "data: x\n\n" },
		{ { .id = "a\nb" }, NULL }, { { .id = "a\rb" }, NULL },
		{ { .id = "\r\n" }, NULL }, { { .id = "a\n" }, NULL },
		{ { .event = "a\nb" }, NULL }, { { .event = "\r" }, NULL },
	};
	struct unit	u;
	const char	*got;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		got = event_text(&u, &cases[i].ev);
		EXPECT_STR(got, cases[i].want != NULL ? cases[i].want : "",
		    "%zu", i);
		cr_expect_eq(stile_failed_status(&u.r),
		    cases[i].want != NULL ? 0 : 500, "%zu", i);
		unit_end(&u);
	}
}

Test(stream, comments)
{
	static const char *const cases[][2] = {
		{ "ping", ": ping\n\n" }, { "", ": \n\n" },
		{ "a\nb\rc\r\nd", ": a\n: b\n: c\n: d\n\n" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "X=");
		stile_begin_events(&u.r);
		u.fake.out_len = 0;
		cr_expect_eq(stile_event_comment(&u.r, cases[i][0]), STILE_OK);
		EXPECT_STR(u.fake.out, cases[i][1], "%zu", i);
		unit_end(&u);
	}
}

/* 1 MiB is as much as one event takes; and many take no more than that. */
Test(stream, large_events)
{
	struct stile_event	 ev = { .data = "x" };
	struct unit		 u;
	char			*big;
	int			 i;

	cr_assert((big = malloc(1024 * 1024 + 1)) != NULL);
	memset(big, 'x', 1024 * 1024);
	big[1024 * 1024] = '\0';
	BEGIN(&u, "X=");
	stile_begin_events(&u.r);
	ev.data = big;
	cr_expect_eq(stile_event(&u.r, &ev), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	unit_end(&u);

	unit_begin(&u);
	stile_arena_free(u.r.arena);
	u.r.arena = stile_arena_new(256 * 1024);
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "PATH_INFO=/"));
	big[10000] = '\0';
	stile_begin_events(&u.r);
	for (i = 0; i < 1000; i++) {
		u.fake.out_len = 0;
		if (stile_event(&u.r, &ev) != STILE_OK)
			break;
	}
	cr_expect_eq(i, 1000, "event %d: %s", i, u.r.failure.cause.detail);
	unit_end(&u);
	free(big);
}

/* ---- the gate under it -------------------------------------------------- */

static unsigned	flushes;
static bool	is_gone, flush_fails;

static enum stile_err
count_flush(void *arg)
{
	(void)arg;
	flushes++;
	return flush_fails ? STILE_EGONE : STILE_OK;
}

static bool
say_gone(void *arg)
{
	(void)arg;
	return is_gone;
}

static void
begin_unit(struct unit *u)
{
	flushes = 0;
	is_gone = flush_fails = false;
	BEGIN(u, "X=");
	u->io.flush = count_flush;
	u->io.gone = say_gone;
}

Test(stream, flushing)
{
	struct stile_event	ev = { .data = "x" };
	struct unit		u;

	begin_unit(&u);
	cr_expect_eq(stile_flush(&u.r), STILE_OK, "nothing to flush yet");
	cr_expect_eq(flushes, 0);
	stile_begin_stream(&u.r, 200, "a/b");
	stile_write(&u.r, "x", 1);
	cr_expect_eq(flushes, 0, "a write alone may wait");
	stile_flush(&u.r);
	cr_expect_eq(flushes, 1);
	unit_end(&u);

	begin_unit(&u);
	stile_begin_events(&u.r);
	cr_expect_eq(flushes, 1, "the head of events goes out at once");
	stile_event(&u.r, &ev);
	stile_event_comment(&u.r, "");
	cr_expect_eq(flushes, 3);
	flush_fails = true;
	cr_expect_eq(stile_event(&u.r, &ev), STILE_EFAILED);
	cr_expect(u.r.res.cut);
	cr_expect_eq(stile_flush(&u.r), STILE_EFAILED);
	cr_expect_eq(flushes, 4, "no more after the first failure");
	unit_end(&u);
}

Test(stream, the_client_is_gone)
{
	struct unit	u;
	size_t		n;

	begin_unit(&u);
	cr_expect(!stile_client_gone(&u.r));
	stile_begin_stream(&u.r, 200, "a/b");
	is_gone = true;
	cr_expect(stile_client_gone(&u.r));
	u.io.gone = NULL;
	cr_expect(!stile_client_gone(&u.r), "never known");
	u.fake.room = u.fake.out_len + 1;
	cr_expect_eq(stile_write(&u.r, "xy", 2), STILE_EFAILED);
	cr_expect(stile_client_gone(&u.r), "a write has shown it");
	n = u.fake.out_len;
	u.fake.room += 100;
	cr_expect_eq(stile_write(&u.r, "x", 1), STILE_EFAILED);
	cr_expect_eq(u.fake.out_len, n, "nothing behind a gap");
	cr_expect_eq(u.r.res.sent, 0);
	unit_end(&u);

	/* The head itself. */
	begin_unit(&u);
	u.fake.room = 10;
	cr_expect_eq(stile_begin_stream(&u.r, 200, "a/b"), STILE_EFAILED);
	cr_expect(u.r.res.cut);
	unit_end(&u);
}

Test(stream, survives_every_allocation_failure)
{
	static const char *const targets[] = {
		"/function", "/hand", "/events", "/error", "/etag/hand",
	};
	struct stile_client	*c = begin();
	size_t			 i;

	for (i = 0; i < NELEM(targets); i++)
		torture_get(c, targets[i]);
	stile_client_free(c);
}
