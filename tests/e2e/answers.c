/* SPDX-License-Identifier: ISC */
/* answers: of every kind, whole, cut or waiting; only the tests use it. */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <stile.h>

#define N_MAX		10000000
#define SMALL_MAX	100		/* bytes of a body */
#define POLL_MS		10

static const char	text_type[] = "text/plain; charset=utf-8";

/* ---- numbered lines, as a stream and from memory --------------------------- */

struct lines {
	int64_t					n;
	enum { END, FAIL, NEGATIVE, DIE }	then;
};

static size_t
put_line(char line[32], int64_t i)
{
	return (size_t)snprintf(line, 32, "line %" PRId64 "\n", i);
}

static int
write_lines(struct stile_req *r, void *arg)
{
	const struct lines	*l = arg;
	char			 line[32];
	int64_t			 i;

	for (i = 0; i < l->n; i++)
		if (stile_write(r, line, put_line(line, i)) != STILE_OK)
			return STILE_EFAILED;
	if (l->then == FAIL)
		return stile_fail(r, 500, "the source is gone");
	if (l->then == DIE)
		raise(SIGKILL);
	return l->then == NEGATIVE ? STILE_EIO : STILE_OK;
}

static struct lines *
query_lines(struct stile_req *r)
{
	struct lines	*l;

	if ((l = stile_arena_alloc(stile_req_arena(r), 1, sizeof(*l))) == NULL) {
		stile_fail(r, 503, "no memory");
		return NULL;
	}
	l->n = stile_query_int(r, "n", 0, N_MAX, 0);
	l->then = stile_param_choice(r, STILE_IN_QUERY, "then",
	    "end fail negative die", END);
	stile_etag_int(r, l->n);
	if (stile_query(r, "buffering") != NULL)
		stile_header_set(r, "X-Accel-Buffering",
		    stile_query(r, "buffering"));
	return l;
}

static int
query_status(struct stile_req *r)
{
	return (int)stile_query_int(r, "status", 200, 599, 200);
}

static int
send_lines(struct stile_req *r)
{
	struct lines	*l = query_lines(r);

	return stile_send_stream(r, query_status(r), text_type, write_lines, l);
}

static int
push_lines(struct stile_req *r)
{
	struct lines	*l = query_lines(r);

	if (stile_begin_stream(r, query_status(r), text_type) != STILE_OK)
		return STILE_EFAILED;
	return write_lines(r, l);
}

static int
send_memory(struct stile_req *r)
{
	struct lines		*l = query_lines(r);
	struct stile_buf	*b;
	char			 line[32];
	int64_t			 i;

	if ((b = stile_buf_new(stile_req_arena(r), N_MAX)) == NULL)
		return stile_fail(r, 503, "no memory");
	for (i = 0; l != NULL && i < l->n; i++)
		stile_buf_write(b, line, put_line(line, i));
	stile_header_set(r, "Accept-Ranges", "bytes");
	return stile_send_buf(r, query_status(r), text_type, b);
}

/* A change of those that GET shows. */
static int
change_memory(struct stile_req *r)
{
	query_lines(r);
	stile_preconditions(r);
	return stile_send_text(r, 200, "changed\n");
}

/* ---- files ----------------------------------------------------------------- */

static int
send_file(struct stile_req *r)
{
	return stile_send_file_under(r, stile_conf(r, "folder"),
	    stile_path(r, "path"), NULL);
}

static int
download(struct stile_req *r)
{
	struct stile_file	options = { .max_age_secs = 60 };

	options.download = stile_path(r, "path");
	stile_header_set(r, "X-Content-Type-Options", "nosniff");
	stile_header_set(r, "X-Own", "not for nginx");
	stile_vary(r, "Cookie");
	return stile_send_file_under(r, stile_conf(r, "folder"),
	    stile_path(r, "path"), &options);
}

/* By a path that the program made up, and did not look at. */
static int
send_outside(struct stile_req *r)
{
	const char	*path;

	path = stile_arena_printf(stile_req_arena(r), "%s/%s",
	    stile_conf(r, "folder"), stile_query(r, "path"));
	if (path == NULL)
		return stile_fail(r, 503, "no memory");
	return stile_send_file(r, path, NULL);
}

/* ---- events: each when the test says so ------------------------------------- */

static const struct stile_event events[] = {
	{ .data = "zero" },
	{ .id = "1", .event = "tick", .data = "two\nlines" },
	{ .data = "r\xC3\xA9sum\xC3\xA9", .retry_ms = 2500 },
	{ .data = "" },
	{ .data = " blank\r\ndata: x\rid: 9\n\nevent: y" },
	{ .id = "5" },
	{ .id = "", .data = "no id" },
};

static int
last_event(struct stile_req *r)
{
	struct stile_event	ev = { .event = "last" };

	ev.data = stile_header(r, "Last-Event-ID");
	return stile_event(r, &ev);
}

static int
bad_event(struct stile_req *r)
{
	struct stile_event	ev = { .id = "a\nb", .data = "never" };

	return stile_event(r, &ev);
}

/* Not to look whether the client is there, but to find out. */
static int
write_on(struct stile_req *r)
{
	while (stile_event_comment(r, "on and on") == STILE_OK)
		;
	return STILE_EFAILED;
}

static int
obey(struct stile_req *r, char c)
{
	if (c >= '0' && c < '0' + (char)(sizeof(events) / sizeof(events[0])))
		return stile_event(r, &events[c - '0']);
	switch (c) {
	case 'c':
		return stile_event_comment(r, "a comment\nof two lines");
	case 'l':
		return last_event(r);
	case 'b':
		return bad_event(r);
	case 'w':
		return write_on(r);
	default:
		return stile_fail(r, 500, "no such event");
	}
}

/* Whoever writes to the FIFO decides; "." is the end. */
static int
follow(struct stile_req *r, int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		c;

	while (!stile_client_gone(r)) {
		if (poll(&p, 1, POLL_MS) <= 0)
			continue;
		if (read(fd, &c, 1) != 1)
			return stile_fail(r, 500, "read");
		if (c == '.')
			break;
		if (obey(r, c) != STILE_OK)
			return STILE_EFAILED;
	}
	return stile_failed(r);
}

static int
send_events(struct stile_req *r)
{
	const char	*path;
	char		 first;
	int		 fd, rc;

	path = stile_arena_printf(stile_req_arena(r), "%s/%s",
	    stile_conf(r, "folder"), stile_path(r, "fifo"));
	/* For writing too: then it has no end. */
	if (path == NULL || (fd = open(path, O_RDWR)) < 0)
		return stile_fail(r, 404, "no such FIFO");
	/* To leave the rest of the body where it is. */
	if (stile_query(r, "begin") != NULL)
		stile_read(r, &first, 1);
	stile_begin_events(r);
	rc = follow(r, fd);
	close(fd);
	return rc;
}

/* ---- what is answered before the body is read ------------------------------- */

static int
refuse(struct stile_req *r)
{
	stile_fail(r, 401, "who are you?");
	return stile_fail_header(r, "WWW-Authenticate", "Bearer");
}

static int
echo(struct stile_req *r)
{
	struct stile_str	body = stile_body(r);

	return stile_send(r, 200, text_type, body.p, body.len);
}

static const struct stile_route routes[] = {
	{ "*",    "/lines",                send_lines,    .name = "lines" },
	{ "*",    "/push",                 push_lines,    .name = "push" },
	{ "GET",  "/memory",               send_memory,   .name = "memory" },
	{ "PUT",  "/memory",               change_memory, .name = "memory" },
	{ "GET",  "/file/{path:path}",     send_file,     .name = "file" },
	{ "GET",  "/download/{path:path}", download,      .name = "download" },
	{ "GET",  "/outside",              send_outside,  .name = "outside" },
	{ "*",    "/events/{fifo}",        send_events,   .name = "events" },
	{ "*",    "/private",              refuse,        .name = "private" },
	{ "POST", "/echo",                 echo,          .name = "echo" },
	{ "POST", "/small",                echo,          .limits = { .body = SMALL_MAX } },
	{ 0 }
};

static const struct stile_setting settings[] = {
	{ "folder", STILE_TEXT, .help = "of files and FIFOs" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "answers", .version = "1.0", .routes = routes,
	.settings = settings,
};

int
main(int argc, char **argv)
{
	return stile_main(&app, argc, argv);
}
