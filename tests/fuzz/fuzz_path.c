/* SPDX-License-Identifier: ISC */
/*
 * lib/http/path.c through stile__req_init(): whatever the web server says, a
 * path that is taken has no dots, and its URL leads back to it.
 *
 * The first line of the input has a "c" for CGI and an "m" for a program that
 * is mounted at /app; then come PATH_INFO, SCRIPT_NAME, REQUEST_URI and
 * DOCUMENT_URI, a line each, "-" where the variable is not set.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "http/req.h"
#include "fuzz.h"

/* One slash for a run of them. */
static void
put_squeezed(struct stile_buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (s[0] != '/' || s[1] != '/')
			stile_buf_putc(b, *s);
}

static void
check_segment(struct stile_str seg)
{
	struct stile_str	part;

	require(seg.len > 0 && memchr(seg.p, '\0', seg.len) == NULL);
	while (stile_str_cut(&seg, '/', &part))
		require(!stile_str_eq(part, STR(".")) &&
		    !stile_str_eq(part, STR("..")));
}

/* The segments are the path that the web server said. */
static void
check_segments(struct stile_req *r)
{
	struct stile_buf	*b = stile_buf_new(r->arena, SIZE_MAX);
	struct stile_buf	*said = stile_buf_new(r->arena, SIZE_MAX);
	size_t			 i;

	require(b != NULL && said != NULL);
	require(r->path[0] == '/' && stile_utf8_valid(stile_str(r->path)));
	for (i = 0; i < r->nsegs; i++) {
		check_segment(r->segs[i]);
		stile_buf_putc(b, '/');
		stile_buf_str(b, r->segs[i]);
	}
	if (r->slash || r->nsegs == 0)
		stile_buf_putc(b, '/');
	put_squeezed(said, r->path);
	require(stile_str_eq(stile_buf_view(b), stile_buf_view(said)));
}

/* Nothing in the URL needs to be quoted, and it says prefix and path. */
static void
check_url(struct stile_req *r)
{
	struct stile_buf	*said = stile_buf_new(r->arena, SIZE_MAX);
	struct stile_str	 decoded;
	const char		*url = stile__req_encoded_path(r);
	const char		*prefix;

	require(said != NULL && url != NULL);
	require(url[strspn(url, "/%-._~0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
	decoded.p = stile_dec_percent(r->arena, stile_str(url), &decoded.len);
	require(decoded.p != NULL);
	/* Whose last slash is the path's first. */
	prefix = stile_arena_printf(r->arena, "%s%s%s",
	    *r->prefix != '/' && *r->prefix != '\0' ? "/" : "", r->prefix,
	    r->path);
	require(prefix != NULL);
	put_squeezed(said, prefix);
	require(stile_str_eq(decoded, stile_buf_view(said)));
}

/* "NAME=value" for the next line, or nothing. */
static char *
next_var(struct stile_arena *a, const char *name, struct stile_str *rest)
{
	struct stile_str	line;
	char			*s;

	if (!stile_str_cut(rest, '\n', &line) ||
	    stile_str_eq(line, STR("-")))
		return stile_arena_printf(a, "X=");
	s = stile_arena_printf(a, "%s=%.*s", name, (int)line.len, line.p);
	require(s != NULL);
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct req_limits	limits = { .url = 8192, .headers = 100,
	    .header_bytes = 32 * 1024 };
	struct stile_io			io = { .name = "memory" };
	struct stile_req		r = { .limits = &limits, .io = &io,
	    .id = "test-id" };
	struct stile_str		rest = { (const char *)data, size };
	struct stile_str		line;
	char				*vars[6];

	if (size == 0 || !stile_str_cut(&rest, '\n', &line))
		return 0;
	require((r.arena = stile_arena_new(0)) != NULL);
	if (memchr(line.p, 'm', line.len) != NULL)
		r.mounted_at = "/app";
	io.script_is_prefix = memchr(line.p, 'c', line.len) != NULL;
	vars[0] = stile_arena_printf(r.arena, "REQUEST_METHOD=GET");
	vars[1] = next_var(r.arena, "PATH_INFO", &rest);
	vars[2] = next_var(r.arena, "SCRIPT_NAME", &rest);
	vars[3] = next_var(r.arena, "REQUEST_URI", &rest);
	vars[4] = next_var(r.arena, "DOCUMENT_URI", &rest);
	vars[5] = NULL;
	stile__req_init(&r, vars);
	if (stile_failed(&r) == STILE_OK) {
		check_segments(&r);
		check_url(&r);
	} else
		require(stile_failed_status(&r) == 400 ||
		    stile_failed_status(&r) == 414);
	stile_arena_free(r.arena);
	return 0;
}
