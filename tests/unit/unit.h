/* SPDX-License-Identifier: ISC */
/* What the unit tests share: a gate in memory, prefixes, torture, vectors. */
#ifndef UNIT_H
#define UNIT_H

#include "base/priv.h"

#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/str.h"
#include "http/req.h"

/* Two C strings, either of them NULL for none; then the case's name. */
#define EXPECT_STR(got, want, ...)	do {				\
	const char	*got_ = (got), *want_ = (want);			\
	char		 name_[200];					\
									\
	snprintf(name_, sizeof(name_), __VA_ARGS__);			\
	cr_expect(got_ == want_ || (got_ != NULL && want_ != NULL &&	\
	    strcmp(got_, want_) == 0), "%s: \"%s\", not \"%s\"", name_,	\
	    got_ != NULL ? got_ : "(none)",				\
	    want_ != NULL ? want_ : "(none)");				\
} while (0)

/* A view against a C string, NULL for "no string". */
static inline bool
view_is(struct stile_str s, const char *want)
{
	if (want == NULL || s.p == NULL)
		return want == s.p;
	return stile_str_eq(s, stile_str(want));
}

/* ---- a request without a web server ------------------------------------- */

#define FAKE_OUT	(256 * 1024)

/* Where a body comes from and an answer goes to. */
struct fake {
	const char	*in;
	size_t		 in_len;
	size_t		 at;
	size_t		 chunk;		/* bytes a read, 0: all */
	enum stile_err	 broken;	/* instead of the end; or STILE_OK */
	unsigned	 reads;
	char		*out;		/* NUL-terminated */
	size_t		 out_len;
	size_t		 room;		/* bytes until writing fails */
};

struct unit {
	struct stile_req	 r;
	struct req_limits	 limits;
	struct stile_io		 io;
	struct fake		 fake;
};

static inline long
fake_read(void *arg, void *p, size_t n)
{
	struct fake	*f = arg;

	f->reads++;
	if (f->broken != STILE_OK && f->at == f->in_len)
		return f->broken;
	if (f->chunk != 0 && n > f->chunk)
		n = f->chunk;
	if (n > f->in_len - f->at)
		n = f->in_len - f->at;
	if (n > 0)
		memcpy(p, f->in + f->at, n);
	f->at += n;
	return (long)n;
}

static inline enum stile_err
fake_write(void *arg, const void *p, size_t n)
{
	struct fake	*f = arg;

	if (n > f->room - f->out_len)
		return STILE_EGONE;
	memcpy(f->out + f->out_len, p, n);
	f->out_len += n;
	f->out[f->out_len] = '\0';
	return STILE_OK;
}

/* All but the arena, which stays NULL where there is no memory. */
static inline void
unit_begin(struct unit *u)
{
	memset(u, 0, sizeof(*u));
	u->limits = (struct req_limits){ .url = 8192, .headers = 100,
	    .header_bytes = 32 * 1024, .json_depth = 32,
	    .max = { .body = 1024 * 1024, .params = 100 } };
	u->io = (struct stile_io){ .name = "memory", .read = fake_read,
	    .write = fake_write };
	u->fake.room = FAKE_OUT - 1;
	if ((u->fake.out = calloc(1, FAKE_OUT)) == NULL)
		cr_assert(false, "no memory");
	u->r.limits = &u->limits;
	u->r.io = &u->io;
	u->r.io_arg = &u->fake;
	u->r.id = "test-id";
	u->r.arena = stile_arena_new(0);
}

static inline void
unit_end(struct unit *u)
{
	stile_arena_free(u->r.arena);
	free(u->fake.out);
}

/* VARS("NAME=value", ...) for stile__req_init */
#define VARS(...)	((char *const *)(const char *const []){		\
	__VA_ARGS__, NULL })

/* A GET of /, and what the arguments add to it. */
#define BEGIN(u, ...)	do {						\
	unit_begin(u);							\
	stile__req_init(&(u)->r, VARS("REQUEST_METHOD=GET",		\
	    "SCRIPT_NAME=/", __VA_ARGS__));				\
} while (0)

static inline void
unit_body(struct unit *u, const char *p, size_t n, size_t chunk)
{
	u->fake.in = p;
	u->fake.in_len = n;
	u->fake.chunk = chunk;
}

/* The answer as it leaves, once: what was sent, or the failure. */
static inline const char *
unit_answer(struct unit *u)
{
	if (u->r.res.head_sent)
		return u->fake.out;
	if (stile_failed(&u->r) != STILE_OK) {
		stile__show_failure(&u->r);
		stile__problem(&u->r);
	}
	stile__res_write(&u->r);
	return u->fake.out;
}

/* ---- every prefix, every allocation ------------------------------------- */

/*
 * Call fn with each prefix of s, the last byte of which is the last byte of an
 * allocation: ASan sees any step beyond.
 */
static inline void
each_prefix(struct stile_str s, void (*fn)(struct stile_str))
{
	size_t	n;
	char	*p;

	for (n = 0; n <= s.len; n++) {
		if ((p = malloc(n + 1)) == NULL)
			cr_assert(false, "no memory");
		if (n > 0)
			memcpy(p + 1, s.p, n);
		fn((struct stile_str){ p + 1, n });
		free(p);
	}
}

/*
 * Let allocation 1, then 2, then 3 and so on fail until fn is through.  It has
 * to say so exactly when one has failed.  Returns how many there are.
 */
static inline long
torture(enum stile_err (*fn)(void))
{
	enum stile_err	rc;
	long		n;
	bool		failed;

	for (n = 1;; n++) {
		stile__fail_after = n;
		rc = fn();
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		cr_assert_eq(rc, failed ? STILE_ENOMEM : STILE_OK,
		    "allocation %ld: %s", n, stile_err_name(rc));
		if (!failed)
			return n - 1;
		cr_assert_lt(n, 10000);
	}
}

/* ---- what other projects test with -------------------------------------- */

/* A file of vectors; it may be missing, unless STILE_TEST_STRICT is set. */
static inline struct json_object *
vectors(const char *name)
{
	const char		*top = getenv("top_srcdir");
	const char		*strict = getenv("STILE_TEST_STRICT");
	struct json_object	*j;
	char			 path[4096];

	snprintf(path, sizeof(path), "%s/../shared/vectors/%s",
	    top != NULL ? top : ".", name);
	if (access(path, R_OK) == -1) {
		if (strict != NULL && *strict != '\0')
			cr_assert(false, "%s is missing", path);
		cr_skip_test("%s is missing", path);
	}
	j = json_object_from_file(path);
	cr_assert(j != NULL, "%s: %s", path, json_util_get_last_err());
	return j;
}

/*
 * Call fn with each prefix of each text that is anywhere in some vectors, which
 * are put; a very long one would take long.
 */
#define TEXT_MAX	1000

static inline size_t
each_text_in(struct json_object *j, void (*fn)(struct stile_str))
{
	struct stile_str	s;
	size_t			i, n = 0;

	if (json_object_is_type(j, json_type_string)) {
		s = (struct stile_str){ json_object_get_string(j),
		    (size_t)json_object_get_string_len(j) };
		if (s.len <= TEXT_MAX)
			each_prefix(s, fn);
		return s.len <= TEXT_MAX;
	}
	if (json_object_is_type(j, json_type_array))
		for (i = 0; i < json_object_array_length(j); i++)
			n += each_text_in(json_object_array_get_idx(j, i), fn);
	if (json_object_is_type(j, json_type_object)) {
		json_object_object_foreach(j, key, v) {
			/* Whose name a case has is no text of it. */
			if (strcmp(key, "test") != 0)
				n += each_text_in(v, fn);
		}
	}
	return n;
}

static inline void
each_text(struct json_object *j, void (*fn)(struct stile_str))
{
	cr_expect_gt(each_text_in(j, fn), 10);
	json_object_put(j);
}

/*
 * How many cases of a group a test has played, the group "-" being the whole
 * file: what tests/conf/vectors.txt does not leave out.
 */
static inline void
vectors_played(const char *file, const char *group, size_t n)
{
	const char	*top = getenv("top_srcdir");
	char		 line[1000], in[100], of[100];
	size_t		 cases, left_out;
	bool		 found = false;
	FILE		*f;

	snprintf(line, sizeof(line), "%s/tests/conf/vectors.txt",
	    top != NULL ? top : ".");
	f = fopen(line, "r");
	cr_assert(f != NULL, "%s cannot be read", line);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%99s %99s %zu %zu", in, of, &cases,
		    &left_out) == 4 && strcmp(in, file) == 0 &&
		    strcmp(of, group) == 0;
	fclose(f);
	cr_assert(found, "tests/conf/vectors.txt has no line \"%s %s\"", file,
	    group);
	cr_expect_eq(n + left_out, cases, "%s %s: %zu of %zu cases are played,"
	    " and %zu are listed as left out", file, group, n, cases, left_out);
}
/* Allocations that torture() has to meet: few are left in a plain arena. */
#ifdef STILE_ARENA_DEBUG
# define ALLOCATIONS(n)	(n)
#else
# define ALLOCATIONS(n)	0
#endif
#endif
