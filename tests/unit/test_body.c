/* SPDX-License-Identifier: ISC */
/* lib/http/body.c: whole or not at all, and never over the limit. */
#include "unit.h"

#define LIMIT	100

static const char	text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void
begin(struct unit *u, const char *length, bool body_ends, const char *in,
    size_t n, size_t chunk)
{
	unit_begin(u);
	u->limits.max.body = LIMIT;
	u->io.body_ends = body_ends;
	unit_body(u, in, n, chunk);
	stile__req_init(&u->r, VARS("REQUEST_METHOD=POST", "PATH_INFO=/",
	    length));
}

/* With 36 bytes to read, which end by themselves */
static const struct length_case {
	const char	*var;
	bool		 body_ends;
	int		 status;
	size_t		 len;
	const char	*detail;
} lengths[] = {
	{ "CONTENT_LENGTH=36",	false, 0, 36, NULL },
	{ "CONTENT_LENGTH=36",	true, 0, 36, NULL },
	{ "CONTENT_LENGTH=10",	false, 0, 10, NULL },
	{ "CONTENT_LENGTH=036",	false, 0, 36, NULL },
	{ "CONTENT_LENGTH=0",	false, 0, 0, NULL },
	{ "CONTENT_LENGTH=0",	true, 0, 0, NULL },
	{ "X=",			false, 0, 0, NULL },
	{ "CONTENT_LENGTH=",	false, 0, 0, NULL },
	{ "CONTENT_LENGTH=-1",	false, 0, 0, NULL },
	{ "X=",			true, 0, 36, NULL },
	{ "CONTENT_LENGTH=",	true, 0, 36, NULL },
	{ "CONTENT_LENGTH=-1",	true, 0, 36, NULL },
	{ "HTTP_TRANSFER_ENCODING=chunked", false, 0, 36, NULL },
	/* A header of that name is not the length. */
	{ "HTTP_CONTENT_LENGTH=5", false, 0, 0, NULL },
	{ "CONTENT_LENGTH=-5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=-99999999999999999999", true, 400, 0,
	    "not a length" },
	{ "CONTENT_LENGTH=x",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=5x",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH= 5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=+5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=5, 5", true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=0x5",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=1e1",	true, 400, 0, "not a length" },
	{ "CONTENT_LENGTH=101",	true, 413, 0, "at most 100 bytes" },
	{ "CONTENT_LENGTH=9223372036854775807", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=9223372036854775808", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=18446744073709551615", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=18446744073709551621", true, 413, 0, "at most 100" },
	{ "CONTENT_LENGTH=99999999999999999999999", true, 413, 0,
	    "at most 100" },
	{ "CONTENT_LENGTH=37",	true, 400, 0, "ended after 36 of 37" },
	{ "CONTENT_LENGTH=100",	false, 400, 0, "ended after 36 of 100" },
};

static void
check_length(const struct length_case *c, size_t chunk)
{
	struct unit		u;
	struct stile_str	body;

	begin(&u, c->var, c->body_ends, text, 36, chunk);
	body = stile_body(&u.r);
	cr_assert_eq(stile_failed_status(&u.r), c->status, "%s, %zu: %d",
	    c->var, chunk, stile_failed_status(&u.r));
	cr_assert_eq(body.len, c->len, "%s, %zu", c->var, chunk);
	cr_assert_arr_eq(body.p, text, c->len, "%s, %zu", c->var, chunk);
	cr_assert_eq(body.p[body.len], '\0', "%s", c->var);
	if (c->detail == NULL) {
		cr_assert(stile_body(&u.r).p == body.p, "read once");
	} else
		cr_assert(strstr(stile_failed_detail(&u.r), c->detail) != NULL,
		    "%s: %s", c->var, stile_failed_detail(&u.r));
	if (c->detail != NULL && strstr(c->detail, "ended") == NULL)
		cr_assert_eq(u.fake.reads, 0, "%s: not one byte", c->var);
	unit_end(&u);
}

Test(body, lengths_in_chunks_of_every_size)
{
	size_t	i, chunk;

	for (i = 0; i < NELEM(lengths); i++)
		for (chunk = 0; chunk <= 37; chunk++)
			check_length(&lengths[i], chunk);
}

/* At the limit and one past it, in every chunk size; cut nowhere. */
Test(body, unknown_length_at_the_limit)
{
	char			in[LIMIT + 2];
	struct unit		u;
	struct stile_str	body;
	size_t			n, chunk;

	memset(in, 'x', sizeof(in));
	for (n = LIMIT - 1; n <= LIMIT + 2; n++)
		for (chunk = 1; chunk <= n + 1; chunk++) {
			begin(&u, "X=", true, in, n, chunk);
			body = stile_body(&u.r);
			cr_assert_eq(stile_failed_status(&u.r),
			    n <= LIMIT ? 0 : 413, "%zu by %zu", n, chunk);
			cr_assert_eq(body.len, n <= LIMIT ? n : 0);
			unit_end(&u);
		}
}

Test(body, a_route_may_have_a_limit_of_its_own)
{
	struct unit	u;

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	u.r.max.body = 35;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 413);
	cr_expect_eq(u.fake.reads, 0);
	unit_end(&u);

	begin(&u, "X=", true, text, 36, 7);
	u.r.max.body = 0;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 413);
	unit_end(&u);

	begin(&u, "CONTENT_LENGTH=0", true, "", 0, 0);
	u.r.max.body = 0;
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);
}

/* Whole, it would be taken for what it is not; piece by piece it may be. */
Test(body, content_coding)
{
	static const struct {
		const char	*coding;
		int		 status;
	} cases[] = {
		{ "X=", 0 }, { "HTTP_CONTENT_ENCODING=", 0 },
		{ "HTTP_CONTENT_ENCODING=identity", 0 },
		{ "HTTP_CONTENT_ENCODING=Identity", 0 },
		{ "HTTP_CONTENT_ENCODING=gzip", 415 },
		{ "HTTP_CONTENT_ENCODING=identity, br", 415 },
	};
	struct unit	u;
	char		p[8];
	size_t		i;
	int		whole;

	for (i = 0; i < 2 * NELEM(cases); i++) {
		whole = i % 2 == 0;
		unit_begin(&u);
		unit_body(&u, "abc", 3, 0);
		stile__req_init(&u.r, VARS("REQUEST_METHOD=POST",
		    "PATH_INFO=/", "CONTENT_LENGTH=3", cases[i / 2].coding));
		if (whole)
			cr_expect_eq(stile_body(&u.r).len,
			    cases[i / 2].status == 0 ? 3 : 0);
		else
			cr_expect_eq(stile_read(&u.r, p, sizeof(p)), 3);
		cr_expect_eq(stile_failed_status(&u.r), whole ?
		    cases[i / 2].status : 0, "%s", cases[i / 2].coding);
		unit_end(&u);
	}
}

/* The peer goes away after n bytes, or stops sending. */
static void
check_broken(enum stile_err how, int status)
{
	struct unit	u;
	size_t		n, chunk;
	int		known;

	for (known = 0; known < 2; known++)
		for (n = 0; n < 36; n++)
			for (chunk = 1; chunk <= n + 1; chunk++) {
				begin(&u, known ? "CONTENT_LENGTH=36" : "X=",
				    true, text, n, chunk);
				u.fake.broken = how;
				cr_assert_eq(stile_body(&u.r).len, 0);
				cr_assert_eq(stile_failed_status(&u.r),
				    status);
				unit_end(&u);
			}
}

Test(body, an_error_is_no_end)
{
	check_broken(STILE_EGONE, 400);
	check_broken(STILE_EIO, 400);
	check_broken(STILE_ETIME, 408);
}

/* The peer keeps its connection, and sends nothing more. */
Test(body, too_slow)
{
	struct unit	u;
	int		known;

	for (known = 0; known < 2; known++) {
		begin(&u, known ? "CONTENT_LENGTH=36" : "X=", true, text, 5, 3);
		u.fake.broken = STILE_ETIME;
		cr_assert_eq(stile_body(&u.r).len, 0);
		cr_assert_eq(stile_failed_status(&u.r), 408, "%d: %d", known,
		    stile_failed_status(&u.r));
		EXPECT_STR(stile_failed_detail(&u.r),
		    "the body did not arrive in time", "%d", known);
		unit_end(&u);
	}
}

Test(body, large)
{
	size_t		 n = 300000, i, chunk;
	char		*in = malloc(n);
	struct unit	 u;

	for (i = 0; i < n; i++)
		in[i] = (char)(i * 7 + i / 256);
	for (chunk = 0; chunk < 40000; chunk = chunk * 3 + 1000) {
		begin(&u, "X=", true, in, n, chunk);
		u.r.max.body = n;
		cr_assert_eq(stile_body(&u.r).len, n);
		cr_expect_eq(memcmp(stile_body(&u.r).p, in, n), 0);
		unit_end(&u);
	}
	free(in);
}

Test(body, not_after_a_failure)
{
	struct unit	u;

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	stile_fail(&u.r, 401, "who are you");
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(u.fake.reads, 0);
	cr_expect_eq(stile_failed_status(&u.r), 401);
	unit_end(&u);
}

/* ---- piece by piece -------------------------------------------------- */

/* All of it, a number of bytes at a time; what came, and the last result. */
static long
read_by(struct unit *u, size_t n, char *out, size_t *len)
{
	long	k;

	*len = 0;
	while ((k = stile_read(&u->r, out + *len, n)) > 0)
		*len += (size_t)k;
	return k;
}

/* The table of lengths again: the same bytes, and the same failures. */
Test(body, read_in_pieces_of_every_size)
{
	const struct length_case	*c;
	struct unit			 u;
	char				 out[100];
	size_t				 i, n, len, chunk;
	long				 rc;

	for (i = 0; i < NELEM(lengths); i++)
		for (n = 1; n <= 37; n++)
			for (chunk = 0; chunk <= 37; chunk += 9) {
				c = &lengths[i];
				begin(&u, c->var, c->body_ends, text, 36,
				    chunk);
				rc = read_by(&u, n, out, &len);
				cr_assert_eq(rc, c->status == 0 ? STILE_OK :
				    STILE_EFAILED, "%s by %zu", c->var, n);
				cr_assert_eq(stile_failed_status(&u.r),
				    c->status, "%s by %zu", c->var, n);
				if (c->status == 0)
					cr_assert_eq(len, c->len, "%s by %zu",
					    c->var, n);
				cr_assert_arr_eq(out, text, len);
				unit_end(&u);
			}
}

Test(body, read_stops_at_the_limit)
{
	char		in[LIMIT + 2], out[2 * LIMIT];
	struct unit	u;
	size_t		n, len, by;
	long		rc;

	memset(in, 'x', sizeof(in));
	for (n = LIMIT - 1; n <= LIMIT + 2; n++)
		for (by = 1; by <= n; by++) {
			begin(&u, "X=", true, in, n, 0);
			rc = read_by(&u, by, out, &len);
			cr_assert_eq(rc, n <= LIMIT ? STILE_OK : STILE_EFAILED);
			cr_assert_eq(stile_failed_status(&u.r),
			    n <= LIMIT ? 0 : 413, "%zu by %zu", n, by);
			cr_assert_leq(len, LIMIT, "%zu by %zu", n, by);
			unit_end(&u);
		}
}

Test(body, read_again_at_the_end)
{
	struct unit	u;
	char		out[100];
	int		i;

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	cr_expect_eq(stile_read(&u.r, out, 0), 0, "nothing was asked for");
	cr_expect_eq(stile_read(&u.r, out, sizeof(out)), 36);
	for (i = 0; i < 3; i++)
		cr_expect_eq(stile_read(&u.r, out, sizeof(out)), 0);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);
}

/* What has been read is gone; to ask for the whole of it is a bug. */
Test(body, read_and_the_whole_do_not_mix)
{
	struct unit	u;
	char		out[10];

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	cr_expect_eq(stile_read(&u.r, out, 1), 1);
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	EXPECT_STR(u.r.failure.cause.detail, "stile_body after stile_read",
	    "in the log");
	cr_expect_eq(stile_read(&u.r, out, 1), STILE_EFAILED, "failed");
	unit_end(&u);

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	cr_expect_eq(stile_body(&u.r).len, 36);
	cr_expect_eq(stile_read(&u.r, out, 1), STILE_EFAILED);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	EXPECT_STR(u.r.failure.cause.detail, "stile_read after stile_body",
	    "in the log");
	unit_end(&u);

	begin(&u, "CONTENT_LENGTH=36", true, text, 36, 0);
	stile_fail(&u.r, 401, "who are you");
	cr_expect_eq(stile_read(&u.r, out, 1), STILE_EFAILED);
	cr_expect_eq(u.fake.reads, 0);
	unit_end(&u);
}

/* ---- the answer has begun --------------------------------------------------- */

static unsigned	times_done;

static void
count_done(void *arg)
{
	(void)arg;
	times_done++;
}

static void
begin_answer(struct unit *u)
{
	times_done = 0;
	begin(u, "CONTENT_LENGTH=36", true, text, 36, 0);
	u->io.body_done = count_done;
}

Test(body, unread_when_the_answer_begins)
{
	struct unit	u;
	char		out[10];

	begin_answer(&u);
	stile_send_text(&u.r, 200, "early");
	cr_expect_eq(times_done, 0, "the handler may still read");
	stile__res_write(&u.r);
	cr_expect_eq(times_done, 1);
	unit_end(&u);

	begin_answer(&u);
	stile_begin_stream(&u.r, 200, "a/b");
	cr_expect_eq(times_done, 1);
	cr_expect_eq(stile_read(&u.r, out, 1), STILE_EFAILED);
	EXPECT_STR(u.r.failure.cause.detail, "the body is read too late: "
	    "the answer has begun", "in the log");
	unit_end(&u);

	begin_answer(&u);
	stile_begin_stream(&u.r, 200, "a/b");
	cr_expect_eq(stile_body(&u.r).len, 0);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	cr_expect_eq(u.fake.reads, 0);
	unit_end(&u);
}

Test(body, a_stream_may_be_made_from_it)
{
	struct unit	u;
	char		out[10];

	begin_answer(&u);
	cr_expect_eq(stile_read(&u.r, out, 10), 10);
	stile_begin_stream(&u.r, 200, "a/b");
	cr_expect_eq(times_done, 0, "more is to be read");
	cr_expect_eq(stile_read(&u.r, out, 10), 10);
	cr_expect_eq(memcmp(out, text + 10, 10), 0);
	unit_end(&u);

	begin_answer(&u);
	cr_expect_eq(stile_body(&u.r).len, 36);
	stile_begin_stream(&u.r, 200, "a/b");
	cr_expect_eq(times_done, 1);
	cr_expect_eq(stile_body(&u.r).len, 36, "what was read stays");
	unit_end(&u);
}
