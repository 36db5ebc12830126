/* SPDX-License-Identifier: ISC */
#include "base/priv.h"

#include "stile/arena.h"
#include "gate/fcgi_head.h"
#include "base/banned.h"

#define BEGIN_LEN	8

/*
 * Where the pairs of a stream stand between two of its records, which may end
 * anywhere, also within a length.
 */
struct pairs {
	unsigned char	length[8];	/* as far as it has come */
	size_t		nlength;
	size_t		skip;		/* bytes of name and value to come */
	size_t		n;		/* whose lengths are known */
};

static size_t
big_endian(const unsigned char *p, size_t n)
{
	size_t	v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

void
fcgi_header(unsigned char out[FCGI_HEADER_LEN], unsigned type, unsigned id,
    size_t len)
{
	memcpy(out, (unsigned char[]){ FCGI_VERSION_1, (unsigned char)type,
	    (unsigned char)(id >> 8), (unsigned char)id,
	    (unsigned char)(len >> 8), (unsigned char)len, 0, 0 },
	    FCGI_HEADER_LEN);
}

enum fcgi_state
fcgi_record_parse(const unsigned char *p, size_t n, struct fcgi_record *ret)
{
	if (n > 0 && p[0] != FCGI_VERSION_1)
		return FCGI_BAD;
	if (n < FCGI_HEADER_LEN)
		return FCGI_PART;
	ret->type = p[1];
	ret->id = (unsigned)big_endian(p + 2, 2);
	ret->len = big_endian(p + 4, 2);
	ret->content = p + FCGI_HEADER_LEN;
	ret->whole = FCGI_HEADER_LEN + ret->len + p[6];
	return FCGI_REQUEST;
}

/* Bytes of a length, by its first one. */
static size_t
width(unsigned char first)
{
	return (first & 0x80) != 0 ? 4 : 1;
}

static size_t
length_at(const unsigned char *p)
{
	return width(*p) == 4 ? big_endian(p, 4) & 0x7FFFFFFF : *p;
}

/* False while both lengths of a pair are not there yet. */
static bool
lengths(const unsigned char *p, size_t n, size_t *name, size_t *value,
    size_t *used)
{
	size_t	w;

	if (n >= 2 && (p[0] | p[1]) < 0x80) {
		*name = p[0];
		*value = p[1];
		*used = 2;
		return true;
	}
	if (n < 1 || n < (w = width(p[0])) + 1 || n < w + width(p[w]))
		return false;
	*name = length_at(p);
	*value = length_at(p + w);
	*used = w + width(p[w]);
	return true;
}

bool
fcgi_pair(struct stile_str *s, struct stile_str *name, struct stile_str *value,
    bool *bad)
{
	size_t	n, v, used;

	if (s->len == 0)
		return false;
	if (!lengths((const unsigned char *)s->p, s->len, &n, &v, &used) ||
	    n > s->len - used || v > s->len - used - n) {
		*bad = true;
		return false;
	}
	*name = (struct stile_str){ s->p + used, n };
	*value = (struct stile_str){ s->p + used + n, v };
	s->p += used + n + v;
	s->len -= used + n + v;
	return true;
}

/* Lengths add up to what can be there at all, or the stream is no good. */
static void
walk(struct pairs *ps, const unsigned char *p, size_t n)
{
	size_t	k, name, value, used;

	while (n > 0) {
		if (ps->skip > 0) {
			k = ps->skip < n ? ps->skip : n;
			ps->skip -= k;
			p += k;
			n -= k;
			continue;
		}
		/* Nearly all are short, and lie in one piece. */
		if (ps->nlength == 0 && n >= 2 && (p[0] | p[1]) < 0x80) {
			ps->skip = (size_t)p[0] + p[1];
			ps->n++;
			p += 2;
			n -= 2;
			continue;
		}
		ps->length[ps->nlength++] = *p++;
		n--;
		if (lengths(ps->length, ps->nlength, &name, &value, &used)) {
			ps->skip = name + value;
			ps->nlength = 0;
			ps->n++;
		}
	}
}

/* The PARAMS records after BEGIN_REQUEST, up to the empty one. */
static enum fcgi_state
parse_params(const unsigned char *p, size_t n, struct fcgi_head *h)
{
	struct pairs	 ps = { .skip = 0 };
	struct fcgi_record	 rec;
	enum fcgi_state	 state;

	for (;;) {
		state = fcgi_record_parse(p + h->len, n - h->len, &rec);
		if (state != FCGI_REQUEST)
			return state;
		if (rec.type != FCGI_PARAMS || rec.id != h->id)
			return FCGI_BAD;
		if (rec.whole > n - h->len)
			return FCGI_PART;
		h->len += rec.whole;
		if (rec.len == 0)
			break;
		walk(&ps, rec.content, rec.len);
	}
	h->npairs = ps.n;
	return ps.skip == 0 && ps.nlength == 0 ? FCGI_REQUEST : FCGI_BAD;
}

enum fcgi_state
fcgi_head_parse(const unsigned char *p, size_t n, struct fcgi_head *ret)
{
	struct fcgi_record	rec;
	enum fcgi_state	state;
	bool		stray;

	*ret = (struct fcgi_head){ .len = 0 };
	if ((state = fcgi_record_parse(p, n, &rec)) != FCGI_REQUEST)
		return state;
	ret->type = rec.type;
	ret->id = rec.id;
	stray = rec.type == FCGI_ABORT_REQUEST || rec.type == FCGI_PARAMS ||
	    rec.type == FCGI_STDIN || rec.type == FCGI_DATA;
	if (rec.id != 0 && !stray &&
	    (rec.type != FCGI_BEGIN_REQUEST || rec.len != BEGIN_LEN))
		return FCGI_BAD;
	if (rec.whole > n)
		return FCGI_PART;
	ret->len = rec.whole;
	if (rec.id != 0 && stray)
		return FCGI_STRAY;
	if (rec.id == 0) {
		ret->content = (struct stile_str){
		    (const char *)rec.content, rec.len };
		return FCGI_MANAGEMENT;
	}
	ret->role = (unsigned)big_endian(rec.content, 2);
	ret->keep = (rec.content[2] & FCGI_KEEP_CONN) != 0;
	return parse_params(p, n, ret);
}

/* The contents of its PARAMS records in one piece, at p. */
static size_t
join_params(unsigned char *p, const struct fcgi_head *h)
{
	struct fcgi_record	rec;
	size_t			at, n = 0;

	for (at = 0; at < h->len; at += rec.whole) {
		fcgi_record_parse(p + at, h->len - at, &rec);
		if (rec.type != FCGI_PARAMS)
			continue;
		memmove(p + n, rec.content, rec.len);
		n += rec.len;
	}
	return n;
}

/* As libfcgi has it, which many programs ask. */
static char *
role_var(const struct fcgi_head *h)
{
	static char	responder[] = "FCGI_ROLE=RESPONDER";
	static char	authorizer[] = "FCGI_ROLE=AUTHORIZER";

	return h->role == FCGI_AUTHORIZER ? authorizer : responder;
}

char **
fcgi_vars(struct stile_arena *a, unsigned char *p, const struct fcgi_head *h)
{
	struct stile_str	s = { (char *)p, 0 }, name, value;
	char			**vars, *to = (char *)p;
	bool			bad = false;
	size_t			i;

	s.len = join_params(p, h);
	vars = stile_arena_alloc(a, h->npairs + 2, sizeof(*vars));
	if (vars == NULL)
		return NULL;
	/* A pair's two lengths have the room for '=' and NUL. */
	for (i = 0; fcgi_pair(&s, &name, &value, &bad); i++) {
		vars[i] = memmove(to, name.p, name.len);
		to += name.len;
		*to++ = '=';
		memmove(to, value.p, value.len);
		to += value.len;
		*to++ = '\0';
	}
	vars[i++] = role_var(h);
	vars[i] = NULL;
	return vars;
}
