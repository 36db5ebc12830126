/* SPDX-License-Identifier: ISC */
/* lib/gate/fcgi_head.c: what has arrived, at each byte of it. */
#include "unit.h"

#include "stile/arena.h"
#include "gate/fcgi_head.h"

#define ROOM	(512 * 1024)

/* The lengths at which their encodings change. */
static const size_t	lengths[] = { 0, 1, 126, 127, 128, 129, 255, 256,
	65535 };

static unsigned char	data[ROOM];
static size_t		n;

/* ---- making records ----------------------------------------------------- */

static void
put(const void *p, size_t len)
{
	cr_assert_leq(len, ROOM - n);
	if (len > 0)
		memcpy(data + n, p, len);
	n += len;
}

static void
put_record(unsigned type, unsigned id, const void *p, size_t len, size_t pad)
{
	static const char	zeros[255];
	unsigned char		head[FCGI_HEADER_LEN];

	fcgi_header(head, type, id, len);
	head[6] = (unsigned char)pad;
	put(head, sizeof(head));
	put(p, len);
	put(zeros, pad);
}

static void
put_begin(unsigned role, unsigned flags, unsigned id)
{
	unsigned char	body[8] = { (unsigned char)(role >> 8),
	    (unsigned char)role, (unsigned char)flags };

	put_record(FCGI_BEGIN_REQUEST, id, body, sizeof(body), 0);
}

static size_t
put_length(unsigned char *p, size_t len, bool wide)
{
	if (!wide && len < 128) {
		p[0] = (unsigned char)len;
		return 1;
	}
	p[0] = (unsigned char)(len >> 24 | 0x80);
	p[1] = (unsigned char)(len >> 16);
	p[2] = (unsigned char)(len >> 8);
	p[3] = (unsigned char)len;
	return 4;
}

/* A pair of x's and y's; returns its size. */
static size_t
make_pair(unsigned char *p, size_t name, size_t value, bool wide)
{
	size_t	k;

	k = put_length(p, name, wide);
	k += put_length(p + k, value, wide);
	memset(p + k, 'x', name);
	memset(p + k + name, 'y', value);
	return k + name + value;
}

/* Content in records of at most size bytes, without the empty one. */
static void
put_stream(unsigned type, const unsigned char *p, size_t len, size_t size)
{
	size_t	k;

	for (; len > 0; p += k, len -= k) {
		k = len < size ? len : size;
		put_record(type, 1, p, k, 0);
	}
}

static void
begin(void)
{
	n = 0;
	put_begin(FCGI_RESPONDER, FCGI_KEEP_CONN, 1);
}

static void
end(void)
{
	put_record(FCGI_PARAMS, 1, NULL, 0, 0);
}

/* ---- looking at them ---------------------------------------------------- */

static const char *
name_of(enum fcgi_state s)
{
	static const char *const	names[] = {
		[FCGI_PART] = "part", [FCGI_REQUEST] = "request",
		[FCGI_MANAGEMENT] = "management", [FCGI_STRAY] = "stray",
		[FCGI_BAD] = "bad",
	};

	return names[s];
}

/* In memory of exactly its size, so that ASan sees any step beyond. */
static enum fcgi_state
look(size_t len, struct fcgi_head *h)
{
	unsigned char	*p = malloc(len + 1);
	enum fcgi_state	 s;

	if (p == NULL)
		cr_assert(false, "no memory");
	memcpy(p + 1, data, len);
	s = fcgi_head_parse(p + 1, len, h);
	free(p);
	return s;
}

#define EXPECT_STATE(len, want, ...)	do {				\
	struct fcgi_head	h_;					\
	enum fcgi_state		got_ = look((len), &h_);		\
	char			name_[200];				\
									\
	snprintf(name_, sizeof(name_), __VA_ARGS__);			\
	cr_expect_eq(got_, (want), "%s: %s, not %s", name_,		\
	    name_of(got_), name_of(want));				\
} while (0)

/* Not whole before byte len, and this from there on; nothing in between. */
static void
expect_from(size_t len, enum fcgi_state want, const char *name)
{
	size_t	i;

	for (i = 0; i < len; i++)
		EXPECT_STATE(i, FCGI_PART, "%s, %zu of %zu bytes", name, i,
		    len);
	for (; i <= n; i++)
		EXPECT_STATE(i, want, "%s, %zu of %zu bytes", name, i, len);
}

/* ---- requests ----------------------------------------------------------- */

Test(fcgi_head, a_request)
{
	static const struct { unsigned role, flags, id; } cases[] = {
		{ FCGI_RESPONDER, 0, 1 },
		{ FCGI_RESPONDER, FCGI_KEEP_CONN, 1 },
		{ FCGI_RESPONDER, 0xFE, 1 },
		{ FCGI_RESPONDER, 0xFF, 1 },
		{ FCGI_AUTHORIZER, 0, 255 },
		{ FCGI_FILTER, 0, 256 },
		{ 0, 0, 65535 },
		{ 65535, 1, 65535 },
	};
	struct fcgi_head	h;
	size_t			i, len;

	for (i = 0; i < NELEM(cases); i++) {
		n = 0;
		put_begin(cases[i].role, cases[i].flags, cases[i].id);
		put_record(FCGI_PARAMS, cases[i].id, "\1\2abc", 5, 0);
		put_record(FCGI_PARAMS, cases[i].id, NULL, 0, 0);
		len = n;
		put_record(FCGI_STDIN, cases[i].id, "body", 4, 0);
		cr_assert_eq(look(n, &h), FCGI_REQUEST, "%zu", i);
		cr_expect_eq(h.len, len, "%zu: %zu", i, h.len);
		cr_expect_eq(h.type, FCGI_BEGIN_REQUEST);
		cr_expect_eq(h.id, cases[i].id);
		cr_expect_eq(h.role, cases[i].role);
		cr_expect_eq(h.keep, (cases[i].flags & 1) != 0);
		expect_from(len, FCGI_REQUEST, "a request");
	}
}

/* Whatever its records look like, it is whole with the empty one's padding. */
Test(fcgi_head, cut_at_every_byte)
{
	unsigned char	pairs[2000];
	size_t		i, k = 0, len;

	k += make_pair(pairs + k, 0, 0, false);
	k += make_pair(pairs + k, 0, 0, true);
	k += make_pair(pairs + k, 3, 127, false);
	k += make_pair(pairs + k, 3, 128, false);
	k += make_pair(pairs + k, 300, 3, true);

	begin();
	end();
	expect_from(n, FCGI_REQUEST, "no parameters");
	for (i = 1; i < 20; i++) {
		begin();
		put_stream(FCGI_PARAMS, pairs, k, i);
		end();
		expect_from(n, FCGI_REQUEST, "small records");
	}
	begin();
	put_record(FCGI_PARAMS, 1, pairs, k / 2, 1);
	put_record(FCGI_PARAMS, 1, pairs + k / 2, k - k / 2, 255);
	end();
	len = n;
	put_record(FCGI_STDIN, 1, "x", 1, 3);
	expect_from(len, FCGI_REQUEST, "padding");
}

/* Two records, wherever the first ends; and a third in between. */
Test(fcgi_head, parameters_in_two_records)
{
	unsigned char		pairs[1000];
	struct fcgi_head	h;
	size_t			i, k = 0;

	k += make_pair(pairs + k, 0, 5, false);
	k += make_pair(pairs + k, 5, 200, false);
	k += make_pair(pairs + k, 130, 2, true);
	k += make_pair(pairs + k, 1, 0, true);
	for (i = 1; i < k; i++) {
		begin();
		put_record(FCGI_PARAMS, 1, pairs, i, i % 9);
		put_record(FCGI_PARAMS, 1, pairs + i, k - i, 0);
		end();
		EXPECT_STATE(n, FCGI_REQUEST, "split at %zu", i);
		EXPECT_STATE(n - 1, FCGI_PART, "split at %zu, cut", i);
		cr_assert_eq(look(n, &h), FCGI_REQUEST);
		cr_assert_eq(h.len, n);
		cr_expect_eq(h.npairs, 4, "split at %zu", i);
		if (i + 1 == k)
			break;
		begin();
		put_record(FCGI_PARAMS, 1, pairs, i, 0);
		put_record(FCGI_PARAMS, 1, pairs + i, 1, 0);
		put_record(FCGI_PARAMS, 1, pairs + i + 1, k - i - 1, 0);
		end();
		EXPECT_STATE(n, FCGI_REQUEST, "one byte at %zu", i);
		cr_assert_eq(look(n, &h), FCGI_REQUEST);
		cr_expect_eq(h.npairs, 4, "one byte at %zu", i);
	}
}

Test(fcgi_head, lengths_of_names_and_values)
{
	static unsigned char	pairs[3 * 65536];
	struct stile_str	s, name, value;
	size_t			a, b, k;
	int			wide;
	bool			bad;

	for (a = 0; a < NELEM(lengths); a++)
		for (b = 0; b < NELEM(lengths); b++)
			for (wide = 0; wide < 2; wide++) {
				k = make_pair(pairs, lengths[a], lengths[b],
				    wide != 0);
				begin();
				put_stream(FCGI_PARAMS, pairs, k, 65535);
				end();
				EXPECT_STATE(n, FCGI_REQUEST, "%zu and %zu",
				    lengths[a], lengths[b]);
				EXPECT_STATE(n - 1, FCGI_PART, "%zu and %zu",
				    lengths[a], lengths[b]);
				s = (struct stile_str){ (char *)pairs, k };
				bad = false;
				cr_assert(fcgi_pair(&s, &name, &value, &bad));
				cr_expect(!bad && s.len == 0);
				cr_expect_eq(name.len, lengths[a]);
				cr_expect_eq(value.len, lengths[b]);
				cr_expect(name.len == 0 ||
				    (name.p[0] == 'x' &&
				    name.p[name.len - 1] == 'x'));
				cr_expect(value.len == 0 ||
				    (value.p[0] == 'y' &&
				    value.p[value.len - 1] == 'y'));
			}
}

/* One byte too few or too many for what a length claims. */
Test(fcgi_head, lengths_that_claim_too_much)
{
	static unsigned char	pairs[3 * 65536];
	static const struct { const char *name, *p; size_t len; } cases[] = {
		{ "a length alone", "\1", 1 },
		{ "two lengths alone", "\1\1", 2 },
		{ "a wide length, cut", "\x80\0\0", 3 },
		{ "a wide length alone", "\x80\0\0\1", 4 },
		{ "the second length, cut", "\0\x80\0\0", 4 },
		{ "2 GiB of a name", "\xFF\xFF\xFF\xFF\0x", 6 },
		{ "2 GiB of a value", "\1\xFF\xFF\xFF\xFFxy", 7 },
		{ "4 GiB of both", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx", 9 },
		{ "a sum of 2^32", "\xFF\xFF\xFF\xFF\x80\0\0\1", 8 },
	};
	size_t	a, b, k;

	for (a = 0; a < NELEM(cases); a++) {
		begin();
		put_record(FCGI_PARAMS, 1, cases[a].p, cases[a].len, 0);
		EXPECT_STATE(n, FCGI_PART, "%s, so far", cases[a].name);
		end();
		EXPECT_STATE(n - 1, FCGI_PART, "%s, so far", cases[a].name);
		EXPECT_STATE(n, FCGI_BAD, "%s", cases[a].name);
	}
	for (a = 0; a < NELEM(lengths); a++)
		for (b = 0; b < NELEM(lengths); b++) {
			k = make_pair(pairs, lengths[a], lengths[b], false);
			begin();
			put_stream(FCGI_PARAMS, pairs, k - 1, 65535);
			end();
			EXPECT_STATE(n, FCGI_BAD, "%zu and %zu: short",
			    lengths[a], lengths[b]);
			pairs[k] = 0;
			begin();
			put_stream(FCGI_PARAMS, pairs, k + 1, 65535);
			end();
			EXPECT_STATE(n, FCGI_BAD, "%zu and %zu: one more",
			    lengths[a], lengths[b]);
		}
}

/* ---- other records ------------------------------------------------------ */

static bool
is_stray(unsigned type)
{
	return type == FCGI_ABORT_REQUEST || type == FCGI_PARAMS ||
	    type == FCGI_STDIN || type == FCGI_DATA;
}

Test(fcgi_head, the_first_record_of_every_type)
{
	struct fcgi_head	h;
	unsigned		type;
	size_t			len;

	for (type = 0; type < 256; type++) {
		n = 0;
		put_record(type, 0, "content", 7, 5);
		len = n;
		put("more", 4);
		expect_from(len, FCGI_MANAGEMENT, "of no request");
		cr_assert_eq(look(n, &h), FCGI_MANAGEMENT);
		cr_expect(h.type == type && h.id == 0 && h.len == len);
		cr_expect_eq(h.content.len, 7);

		n = 0;
		put_record(type, 300, "content", 7, 5);
		len = n;
		put("more", 4);
		if (is_stray(type)) {
			expect_from(len, FCGI_STRAY, "of a request");
			cr_assert_eq(look(n, &h), FCGI_STRAY);
			cr_expect(h.type == type && h.id == 300 &&
			    h.len == len);
		} else
			expect_from(FCGI_HEADER_LEN, FCGI_BAD, "of a request");
	}
}

Test(fcgi_head, management_content)
{
	static unsigned char	big[65535];
	struct fcgi_head	h;

	n = 0;
	put_record(FCGI_GET_VALUES, 0, "\1\2abc", 5, 3);
	cr_assert_eq(fcgi_head_parse(data, n, &h), FCGI_MANAGEMENT);
	cr_expect(h.content.p == (const char *)data + 8 && h.content.len == 5);
	n = 0;
	put_record(FCGI_GET_VALUES, 0, NULL, 0, 0);
	cr_assert_eq(fcgi_head_parse(data, n, &h), FCGI_MANAGEMENT);
	cr_expect_eq(h.content.len, 0);
	n = 0;
	put_record(FCGI_GET_VALUES, 0, big, sizeof(big), 255);
	EXPECT_STATE(n - 1, FCGI_PART, "the largest there is, cut");
	cr_assert_eq(look(n, &h), FCGI_MANAGEMENT);
	cr_expect_eq(h.len, 8 + 65535 + 255);
	cr_expect_eq(h.content.len, 65535);
}

/* The first byte says enough, of the first record as of the next ones. */
Test(fcgi_head, versions)
{
	unsigned	v;
	size_t		second, third;

	for (v = 0; v < 256; v++) {
		if (v == FCGI_VERSION_1)
			continue;
		begin();
		second = n;
		put_record(FCGI_PARAMS, 1, "\0\0", 2, 0);
		third = n;
		end();
		data[0] = (unsigned char)v;
		expect_from(1, FCGI_BAD, "version of the first");
		data[0] = FCGI_VERSION_1;
		data[second] = (unsigned char)v;
		expect_from(second + 1, FCGI_BAD, "version of the second");
		data[second] = FCGI_VERSION_1;
		data[third] = (unsigned char)v;
		expect_from(third + 1, FCGI_BAD, "version of the third");
	}
}

Test(fcgi_head, the_body_of_begin_request)
{
	static const unsigned char	zeros[300];
	size_t				len;

	for (len = 0; len < 300; len++) {
		n = 0;
		put_record(FCGI_BEGIN_REQUEST, 1, zeros, len, 0);
		if (len == 8)
			EXPECT_STATE(n, FCGI_PART, "8 bytes");
		else
			EXPECT_STATE(8, FCGI_BAD, "%zu bytes", len);
	}
}

/* After BEGIN_REQUEST nothing but PARAMS of the same request. */
Test(fcgi_head, the_second_record)
{
	unsigned	type;
	size_t		second;

	for (type = 0; type < 256; type++) {
		if (type == FCGI_PARAMS)
			continue;
		begin();
		second = n;
		put_record(type, 1, NULL, 0, 0);
		expect_from(second + 8, FCGI_BAD, "another type");
	}
	begin();
	second = n;
	put_record(FCGI_PARAMS, 2, NULL, 0, 0);
	expect_from(second + 8, FCGI_BAD, "another request");
	begin();
	put_record(FCGI_PARAMS, 0, NULL, 0, 0);
	expect_from(second + 8, FCGI_BAD, "no request");
	begin();
	put_record(FCGI_PARAMS, 257, NULL, 0, 0);
	expect_from(second + 8, FCGI_BAD, "the same low byte");
	begin();
	put_record(FCGI_PARAMS, 1, "\0\0", 2, 0);
	second = n;
	put_begin(FCGI_RESPONDER, 0, 1);
	expect_from(second + 8, FCGI_BAD, "BEGIN_REQUEST once more");
}

/* ---- what becomes of the parameters -------------------------------------- */

/* In one piece of memory each, whatever the records were. */
Test(fcgi_head, vars)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct fcgi_head	 h;
	static char		 stream[] = "\1\1Ab\0\0\3\0XYZ\1\200\0\0\3Bcde";
	size_t			 cut, len = sizeof(stream) - 1;
	char			**v;

	for (cut = 1; cut < len; cut++) {
		begin();
		put_record(FCGI_PARAMS, 1, stream, cut, cut % 9);
		put_record(FCGI_PARAMS, 1, stream + cut, len - cut, 0);
		end();
		cr_assert_eq(fcgi_head_parse(data, n, &h), FCGI_REQUEST);
		cr_expect_eq(h.npairs, 4, "cut at %zu: %zu", cut, h.npairs);
		cr_assert((v = fcgi_vars(a, data, &h)) != NULL);
		EXPECT_STR(v[0], "A=b", "cut at %zu", cut);
		EXPECT_STR(v[1], "=", "cut at %zu", cut);
		EXPECT_STR(v[2], "XYZ=", "cut at %zu", cut);
		EXPECT_STR(v[3], "B=cde", "cut at %zu", cut);
		EXPECT_STR(v[4], "FCGI_ROLE=RESPONDER", "cut at %zu", cut);
		cr_expect(v[5] == NULL, "cut at %zu", cut);
	}
	stile_arena_free(a);
}

Test(fcgi_head, vars_without_memory)
{
	struct stile_arena	*a = stile_arena_new(1);
	struct fcgi_head	 h;
	size_t			 i;

	begin();
	for (i = 0; i < 1000; i++)
		put_record(FCGI_PARAMS, 1, "\0\0", 2, 0);
	end();
	cr_assert_eq(fcgi_head_parse(data, n, &h), FCGI_REQUEST);
	cr_expect_eq(h.npairs, 1000);
	cr_expect(fcgi_vars(a, data, &h) == NULL);
	stile_arena_free(a);
}

/* ---- pairs -------------------------------------------------------------- */

Test(fcgi_head, pairs)
{
	static const char	text[] = "\1\2abc" "\0\0" "\3\0xyz"
	    "\x80\0\0\1\1pq" "\1\x80\0\0\2pqr";
	static const char *const want[][2] = {
		{ "a", "bc" }, { "", "" }, { "xyz", "" }, { "p", "q" },
		{ "p", "qr" },
	};
	struct stile_str	s = { text, sizeof(text) - 1 }, name, value;
	bool			bad = false;
	size_t			i;

	for (i = 0; i < NELEM(want); i++) {
		cr_assert(fcgi_pair(&s, &name, &value, &bad), "%zu", i);
		cr_expect(view_is(name, want[i][0]), "%zu", i);
		cr_expect(view_is(value, want[i][1]), "%zu", i);
	}
	cr_expect(!fcgi_pair(&s, &name, &value, &bad));
	cr_expect(!bad, "the end is no mistake");
	cr_expect_eq(s.len, 0);
}

/* Each beginning of a list: whole pairs, then the end or a mistake. */
static void
cut_pairs(struct stile_str s)
{
	static const size_t	ends[] = { 0, 5, 7, 12, 19, 27 };
	struct stile_str	name, value;
	size_t			len = s.len, found = 0, i;
	bool			bad = false;

	while (fcgi_pair(&s, &name, &value, &bad))
		found++;
	for (i = 0; i < NELEM(ends) && ends[i] <= len; i++)
		;
	cr_expect_eq(found, i - 1, "%zu pairs in %zu bytes", found, len);
	cr_expect_eq(bad, ends[i - 1] != len, "%zu bytes", len);
	cr_expect_eq(s.len, len - ends[i - 1], "what is left stays");
}

Test(fcgi_head, cut_pairs)
{
	static const char	text[] = "\1\2abc" "\0\0" "\3\0xyz"
	    "\x80\0\0\1\1pq" "\1\x80\0\0\2pqr";

	each_prefix((struct stile_str){ text, sizeof(text) - 1 }, cut_pairs);
}

Test(fcgi_head, pairs_that_claim_too_much)
{
	static const struct { const char *p; size_t len; } cases[] = {
		{ "\1\1a", 3 }, { "\2\0a", 3 }, { "\0\2a", 3 },
		{ "\xFF\xFF\xFF\xFF\0a", 6 }, { "\0\xFF\xFF\xFF\xFF" "a", 6 },
		{ "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "a", 9 },
		{ "\x80\0\0\0\x80\0\0\1", 8 },
	};
	struct stile_str	s, name, value;
	size_t			i;
	bool			bad;

	for (i = 0; i < NELEM(cases); i++) {
		s = (struct stile_str){ cases[i].p, cases[i].len };
		bad = false;
		cr_expect(!fcgi_pair(&s, &name, &value, &bad), "%zu", i);
		cr_expect(bad, "%zu", i);
	}
}

Test(fcgi_head, header)
{
	static const struct { unsigned type, id; size_t len; } cases[] = {
		{ 0, 0, 0 }, { 1, 1, 8 }, { 255, 65535, 65535 },
		{ 6, 256, 255 }, { 6, 255, 256 },
	};
	unsigned char	h[FCGI_HEADER_LEN];
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		memset(h, 0xAA, sizeof(h));
		fcgi_header(h, cases[i].type, cases[i].id, cases[i].len);
		cr_expect_eq(h[0], 1);
		cr_expect_eq(h[1], cases[i].type);
		cr_expect_eq(h[2] * 256u + h[3], cases[i].id);
		cr_expect_eq(h[4] * 256u + h[5], cases[i].len);
		cr_expect(h[6] == 0 && h[7] == 0);
	}
}
