/* SPDX-License-Identifier: ISC */
/*
 * lib/codec/multipart.c and filename.c under libFuzzer.
 *
 * The first line of the input is the Content-Type, the rest the body.  It goes
 * in whole and in pieces, which must make no difference, under low limits and
 * under the usual ones.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_multipart -max_total_time=60 tests/fuzz/corpus/multipart
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/multipart.h"
#include "stile/str.h"
#include "fuzz.h"

#define LOG_BYTES	(1 << 20)

/* Everything that came out, in one string. */
struct run {
	struct stile_arena	*arena;
	struct stile_buf	*log;
	struct stile_error	 e;
	bool			 inside;	/* a part */
	size_t			 parts;
};

static void
check_display(struct run *r, struct stile_str filename)
{
	struct stile_str	s = stile_filename_display(r->arena, filename);
	size_t			i;

	require(s.p != NULL && s.len >= 1 && s.len <= 255);
	require(stile_utf8_valid(s));
	require(!stile_str_eq(s, STR(".")) && !stile_str_eq(s, STR("..")));
	for (i = 0; i < s.len; i++)
		require((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F &&
		    s.p[i] != '/' && s.p[i] != '\\');
}

static void
check_name(struct stile_str s)
{
	require(s.p != NULL && stile_utf8_valid(s));
	require(memchr(s.p, '\0', s.len) == NULL);
	require(memchr(s.p, '\r', s.len) == NULL);
	require(memchr(s.p, '\n', s.len) == NULL);
}

static enum stile_err
on_begin(void *arg, const struct stile_part *p, struct stile_error *e)
{
	struct run	*r = arg;

	(void)e;
	require(!r->inside);
	r->inside = true;
	r->parts++;
	check_name(p->name);
	check_name(p->type);
	check_name(p->charset);
	stile_buf_printf(r->log, "\n%zu %zu %zu %d ", p->name.len,
	    p->type.len, p->charset.len, p->filename.p != NULL);
	stile_buf_str(r->log, p->name);
	stile_buf_str(r->log, p->type);
	stile_buf_str(r->log, p->charset);
	if (p->filename.p != NULL) {
		check_name(p->filename);
		check_display(r, p->filename);
		stile_buf_str(r->log, p->filename);
	}
	stile_buf_puts(r->log, "\n");
	return STILE_OK;
}

static enum stile_err
on_data(void *arg, const void *p, size_t n, struct stile_error *e)
{
	struct run	*r = arg;

	(void)e;
	require(r->inside && n > 0);
	stile_buf_write(r->log, p, n);
	return STILE_OK;
}

static enum stile_err
on_end(void *arg, struct stile_error *e)
{
	struct run	*r = arg;

	(void)e;
	require(r->inside);
	r->inside = false;
	stile_buf_puts(r->log, ".");
	return STILE_OK;
}

/* Step 0: all at once. */
static void
run(struct run *r, struct stile_str type, struct stile_str body, size_t step,
    const struct stile_multipart_limits *limits)
{
	static const struct stile_multipart_sink	sink = {
		on_begin, on_data, on_end
	};
	struct stile_multipart	*m;
	enum stile_err		 rc;
	size_t			 n;

	memset(r, 0, sizeof(*r));
	r->arena = stile_arena_new(0);
	require(r->arena != NULL);
	r->log = stile_buf_new(r->arena, LOG_BYTES);
	require(r->log != NULL);
	rc = stile_multipart_new(r->arena, type, limits, &sink, r, &m, &r->e);
	while (rc == STILE_OK && body.len > 0) {
		n = step != 0 && step < body.len ? step : body.len;
		rc = stile_multipart_feed(m, body.p, n, &r->e);
		body.p += n;
		body.len -= n;
	}
	if (rc == STILE_OK)
		rc = stile_multipart_end(m, &r->e);
	require(rc == r->e.code);
	if (rc == STILE_OK)
		require(!r->inside);
	else
		require(r->e.status >= 400 && r->e.status < 500);
	if (limits != NULL)
		require(r->parts <= limits->parts);
}

static void
compare(const struct run *a, const struct run *b)
{
	require(a->e.code == b->e.code && a->e.status == b->e.status);
	require(strcmp(a->e.detail, b->e.detail) == 0);
	require(a->parts == b->parts && a->inside == b->inside);
	require(stile_str_eq(stile_buf_view(a->log), stile_buf_view(b->log)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stile_multipart_limits	low = { 2, 80, 8 };
	static const size_t	steps[] = { 1, 3, 16 };
	struct stile_str	body = { (const char *)data, size }, type;
	struct run		whole, other;
	size_t			i, k;

	if (size == 0 || size > LOG_BYTES / 4 ||
	    !stile_str_cut(&body, '\n', &type))
		return 0;
	for (k = 0; k < 2; k++) {
		run(&whole, type, body, 0, k == 0 ? NULL : &low);
		for (i = 0; i < NELEM(steps); i++) {
			run(&other, type, body, steps[i],
			    k == 0 ? NULL : &low);
			compare(&whole, &other);
			stile_arena_free(other.arena);
		}
		stile_arena_free(whole.arena);
	}
	return 0;
}
