/* SPDX-License-Identifier: ISC */
/*
 * lib/gate/fcgi_head.c under libFuzzer: it sees what a parser sees that takes
 * all records apart first, and has one stream of parameters before it looks at
 * a pair.  Fewer bytes never say more: until it is whole, it is a part.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_fcgi -max_total_time=60 tests/fuzz/corpus/fcgi
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "gate/fcgi_head.h"
#include "fuzz.h"

#define RECORDS_MAX	1024

struct record {
	unsigned	 type, id;
	const uint8_t	*content;
	size_t		 len, padding;
	size_t		 end;		/* offset */
	bool		 whole;
};

/* What the records of the input are, up to the first that is none. */
struct records {
	struct record	v[RECORDS_MAX];
	size_t		n;		/* with a whole header */
	bool		bad;		/* what comes after them is none */
};

static void
take_apart(const uint8_t *p, size_t n, struct records *rs)
{
	struct record	*r;
	size_t		 at = 0;

	rs->n = 0;
	rs->bad = false;
	while (at < n && rs->n < RECORDS_MAX) {
		if (p[at] != 1) {
			rs->bad = true;
			return;
		}
		if (n - at < 8)
			return;
		r = &rs->v[rs->n++];
		r->type = p[at + 1];
		r->id = p[at + 2] * 256u + p[at + 3];
		r->len = p[at + 4] * 256u + p[at + 5];
		r->content = p + at + 8;
		r->padding = p[at + 6];
		r->end = at + 8 + r->len + r->padding;
		r->whole = r->end <= n;
		at = r->end;
	}
}

/* A length at *at; false where it is cut. */
static bool
get_length(const uint8_t *p, size_t n, size_t *at, uint64_t *ret)
{
	if (*at == n)
		return false;
	if (p[*at] < 128) {
		*ret = p[(*at)++];
		return true;
	}
	if (n - *at < 4)
		return false;
	*ret = (uint64_t)(p[*at] - 128) * 16777216 + p[*at + 1] * 65536u +
	    p[*at + 2] * 256u + p[*at + 3];
	*at += 4;
	return true;
}

/* How many pairs a whole stream has, or -1. */
static long
count_pairs(const uint8_t *p, size_t n)
{
	uint64_t	name, value;
	size_t		at = 0;
	long		pairs = 0;

	while (at < n) {
		if (!get_length(p, n, &at, &name) ||
		    !get_length(p, n, &at, &value) || name + value > n - at)
			return -1;
		at += (size_t)(name + value);
		pairs++;
	}
	return pairs;
}

/* The records behind BEGIN_REQUEST. */
static enum fcgi_state
judge_request(const struct records *rs, struct fcgi_head *h)
{
	static uint8_t		 stream[1 << 16];
	const struct record	*r;
	size_t			 i, n = 0;

	h->role = rs->v[0].content[0] * 256u + rs->v[0].content[1];
	h->keep = rs->v[0].content[2] % 2 == 1;
	for (i = 1; i < rs->n; i++) {
		r = &rs->v[i];
		if (r->type != 4 || r->id != h->id)
			return FCGI_BAD;
		if (!r->whole)
			return FCGI_PART;
		h->len = r->end;
		if (r->len == 0)
			return count_pairs(stream, n) >= 0 ? FCGI_REQUEST :
			    FCGI_BAD;
		require(r->len <= sizeof(stream) - n);
		memcpy(stream + n, r->content, r->len);
		n += r->len;
	}
	return rs->bad ? FCGI_BAD : FCGI_PART;
}

static enum fcgi_state
judge(const struct records *rs, struct fcgi_head *h)
{
	const struct record	*r = &rs->v[0];

	if (rs->n == 0)
		return rs->bad ? FCGI_BAD : FCGI_PART;
	h->type = r->type;
	h->id = r->id;
	if (r->id != 0 && r->type != 1 && r->type != 2 && r->type != 4 &&
	    r->type != 5 && r->type != 8)
		return FCGI_BAD;
	if (r->id != 0 && r->type == 1 && r->len != 8)
		return FCGI_BAD;
	if (!r->whole)
		return FCGI_PART;
	h->len = r->end;
	if (r->id == 0)
		return FCGI_MANAGEMENT;
	return r->type == 1 ? judge_request(rs, h) : FCGI_STRAY;
}

/* The parameters as strings: as many as there are, each within its bytes. */
static void
check_vars(const uint8_t *data, const struct fcgi_head *h)
{
	struct stile_arena	*a = stile_arena_new(0);
	uint8_t			*p = malloc(h->len);
	char			**v, **first;

	require(a != NULL && p != NULL);
	memcpy(p, data, h->len);
	require((v = first = fcgi_vars(a, p, h)) != NULL);
	for (; strncmp(*v, "FCGI_ROLE=", 10) != 0 || v[1] != NULL; v++)
		require((uint8_t *)*v >= p &&
		    (uint8_t *)*v + strlen(*v) < p + h->len);
	require((size_t)(v - first) == h->npairs);
	free(p);
	stile_arena_free(a);
}

static void
check_pairs(struct stile_str s)
{
	struct stile_str	all = s, name, value;
	bool			bad = false;
	long			pairs = 0;

	while (fcgi_pair(&s, &name, &value, &bad)) {
		require(name.p >= all.p && value.p == name.p + name.len);
		require(s.p == value.p + value.len);
		require(s.len == all.len - (size_t)(s.p - all.p));
		pairs++;
	}
	require(bad == (count_pairs((const uint8_t *)all.p, all.len) < 0));
	require(bad || (s.len == 0 &&
	    pairs == count_pairs((const uint8_t *)all.p, all.len)));
}

static void
check_part(const uint8_t *p, size_t n)
{
	struct fcgi_head	h;

	require(fcgi_head_parse(p, n, &h) == FCGI_PART);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct records	 rs;
	struct fcgi_head	 h, want = { .len = 0 };
	enum fcgi_state		 state = fcgi_head_parse(data, size, &h);

	take_apart(data, size, &rs);
	require(state == judge(&rs, &want));
	if (state == FCGI_PART || state == FCGI_BAD)
		return 0;
	require(h.len == want.len && h.type == want.type && h.id == want.id);
	/* It ends there, and not before. */
	require(fcgi_head_parse(data, h.len, &want) == state);
	require(want.len == h.len);
	check_part(data, h.len - 1);
	check_part(data, h.len / 2);
	check_part(data, h.len / 3);
	if (state == FCGI_MANAGEMENT) {
		require(h.content.p == (const char *)rs.v[0].content);
		require(h.content.len == rs.v[0].len);
		check_pairs(h.content);
	}
	if (state == FCGI_REQUEST) {
		require(h.role == want.role && h.keep == want.keep);
		check_vars(data, &h);
	}
	return 0;
}
