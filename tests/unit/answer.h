/* SPDX-License-Identifier: ISC */
/* What the tests of answers share: headers, bytes, memory that runs out. */
#ifndef ANSWER_H
#define ANSWER_H

#include "app.h"

/* A row of an application's table. */
#define ROUTE(m, p, fn)	{ .method = (m), .path = (p), .handler = (fn) }

/* A header of an answer, NULL for none; then the case's name. */
#define EXPECT_HEADER(answer, name, want, ...)				\
	EXPECT_STR(stile_answer_header((answer), (name)), (want), __VA_ARGS__)

/* A request with one header more. */
static inline const struct stile_answer *
get_with(struct stile_client *c, const char *target, const char *name,
    const char *value)
{
	const struct stile_answer	*a;

	cr_assert_eq(stile_client_header(c, name, value), STILE_OK);
	a = stile_client_get(c, target);
	cr_assert_eq(stile_client_header(c, name, NULL), STILE_OK);
	cr_assert(a != NULL);
	return a;
}

/* The body against bytes, which may have NULs. */
static inline bool
body_equals(const struct stile_answer *a, const void *p, size_t n)
{
	return stile_str_eq(stile_answer_body(a),
	    (struct stile_str){ p, n });
}

/* Content-Length is what has come. */
static inline bool
length_is_true(const struct stile_answer *a)
{
	const char	*s = stile_answer_header(a, "Content-Length");
	char		 want[32];

	snprintf(want, sizeof(want), "%zu", stile_answer_body(a).len);
	return s != NULL && strcmp(s, want) == 0;
}

static inline size_t
count_headers(const struct stile_answer *a, const char *name)
{
	struct stile_str	s;
	size_t			i, n = 0;

	for (i = 0; stile_answer_header_at(a, i, &s, NULL); i++)
		n += stile_str_caseeq(s, stile_str(name));
	return n;
}

/*
 * The same request with the first, then the second, then the third allocation
 * failing, until none does: what comes back is the answer that it should be,
 * or says that it is not.
 */
static inline void
torture_get(struct stile_client *c, const char *target)
{
	const struct stile_answer	*good = stile_client_get(c, target), *a;
	long				 n;
	bool				 failed = true;

	cr_assert(good != NULL && !stile_answer_cut(good));
	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		stile__fail_after = n;
		a = stile_client_get(c, target);
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		if (a == NULL) {
			cr_expect(failed, "%s: %ld: no answer", target, n);
			continue;
		}
		if (failed && (stile_answer_cut(a) ||
		    stile_answer_status(a) >= 500 ||
		    stile_answer_status(a) == 0))
			continue;
		cr_expect_eq(stile_answer_status(a), stile_answer_status(good),
		    "%s: %ld: %d", target, n, stile_answer_status(a));
		/* A boundary has the request's id in it; and of a failure
		 * there may be less to say. */
		cr_expect(stile_answer_status(a) >= 400 ||
		    stile_answer_body(a).len == stile_answer_body(good).len,
		    "%s: %ld", target, n);
	}
#ifdef STILE_ARENA_DEBUG
	/* Else they share a few blocks. */
	cr_expect_gt(n, 10, "%s: %ld", target, n);
#endif
}
#endif
