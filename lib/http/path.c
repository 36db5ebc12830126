/* SPDX-License-Identifier: ISC */
/*
 * The path: what the web server decided, whichever variable it says it in.
 *
 * Servers differ (PATH_INFO absent, SCRIPT_NAME the whole path, DOCUMENT_URI
 * nginx's own), and all of them hand over the path decoded, where an encoded
 * slash looks like a separator.  REQUEST_URI is raw: it only tells the two
 * apart, and only when it stands for the same path.
 */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/enc.h"
#include "stile/str.h"
#include "http/req.h"
#include "base/banned.h"

struct path {
	struct stile_str	*segs;
	size_t			 n;
	bool			 slash;
};

static bool
is_dots(struct stile_str s)
{
	return stile_str_eq(s, STR(".")) || stile_str_eq(s, STR(".."));
}

/* Split at '/', runs of it counting as one; at most a segment every 2 bytes. */
static bool
split(struct stile_arena *a, const char *s, struct path *p)
{
	struct stile_str	rest = stile_str(s), seg;

	*p = (struct path){ .slash = rest.len > 0 &&
	    s[rest.len - 1] == '/' };
	p->segs = stile_arena_alloc(a, rest.len / 2 + 1, sizeof(*p->segs));
	if (p->segs == NULL)
		return false;
	while (stile_str_cut(&rest, '/', &seg))
		if (seg.len > 0)
			p->segs[p->n++] = seg;
	return true;
}

/* "http://host/path?query" and "/path?query" are "/path". */
static struct stile_str
uri_path(const char *uri)
{
	const char	*p;

	if (*uri != '/' && (p = strstr(uri, "://")) != NULL)
		uri = (p = strchr(p + 3, '/')) != NULL ? p : "/";
	return (struct stile_str){ uri, strcspn(uri, "?#") };
}

/* Decode each segment of what decodes, then resolve the dots. */
static bool
split_uri(struct stile_arena *a, struct stile_str uri, struct path *p)
{
	struct stile_str	seg;
	char			*s;

	*p = (struct path){ .slash = uri.len > 0 && uri.p[uri.len - 1] == '/' };
	p->segs = stile_arena_alloc(a, uri.len / 2 + 1, sizeof(*p->segs));
	if (p->segs == NULL)
		return false;
	while (stile_str_cut(&uri, '/', &seg)) {
		if (seg.len == 0)
			continue;
		if ((s = stile_dec_percent(a, seg, &seg.len)) == NULL)
			return false;
		seg.p = s;
		if (!is_dots(seg))
			p->segs[p->n++] = seg;
		else if (seg.len == 2 && p->n > 0)
			p->n--;
		if (is_dots(seg) && uri.p == NULL)
			p->slash = true;
	}
	return true;
}

/* The next byte of the path that the segments make, or -1 at its end. */
static int
next_byte(const struct path *p, size_t *seg, size_t *off)
{
	int	c;

	if (*seg >= p->n) {
		c = *seg == p->n && (p->slash || p->n == 0) ? '/' : -1;
		*seg = p->n + 1;
		return c;
	}
	c = *off == 0 ? '/' : (unsigned char)p->segs[*seg].p[*off - 1];
	if (++*off > p->segs[*seg].len) {
		*off = 0;
		++*seg;
	}
	return c;
}

/*
 * Equal where a slash in a segment of the URI is as good as one between two,
 * and as %2F: Apache leaves that as it is (AllowEncodedSlashes NoDecode).
 */
static bool
reads_the_same(const struct path *uri, const struct path *p)
{
	size_t	useg = 0, uoff = 0, seg = 0, off = 0;
	int	c, d;

	do {
		c = next_byte(uri, &useg, &uoff);
		d = next_byte(p, &seg, &off);
		if (c == '/' && d == '%' && next_byte(p, &seg, &off) == '2' &&
		    ascii_lower(next_byte(p, &seg, &off)) == 'f')
			d = '/';
		if (c != d)
			return false;
	} while (c != -1);
	return true;
}

/* The path that the segments make, which is not longer than the server's. */
static const char *
spell(struct stile_req *r, const struct path *p)
{
	size_t	 seg = 0, off = 0, n = 0;
	int	 c;
	char	*s;

	if ((s = stile_arena_alloc(r->arena, strlen(r->path) + 1, 1)) == NULL)
		return NULL;
	while ((c = next_byte(p, &seg, &off)) != -1)
		s[n++] = (char)c;
	return s;
}

static bool
cut_prefix(struct path *p, const struct path *prefix)
{
	size_t	i;

	if (p->n < prefix->n)
		return false;
	for (i = 0; i < prefix->n; i++)
		if (!stile_str_eq(p->segs[i], prefix->segs[i]))
			return false;
	p->segs += i;
	p->n -= i;
	return true;
}

/* Whether each '%' has its two digits. */
static bool
decodes(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '%' && (s.len - i < 3 ||
		    ascii_hex(s.p[i + 1]) < 0 || ascii_hex(s.p[i + 2]) < 0))
			return false;
	return true;
}

static bool
has_encoded_slash(struct stile_str s)
{
	size_t	i;

	for (i = 0; i + 2 < s.len; i++)
		if (s.p[i] == '%' && s.p[i + 1] == '2' &&
		    ascii_lower(s.p[i + 2]) == 'f')
			return true;
	return false;
}

/* Use the URI's segments below the prefix where both are the same path. */
static void
mark_encoded_slashes(struct stile_req *r, struct path *p)
{
	struct stile_str	uri = uri_path(r->known[V_REQUEST_URI]);
	struct path		u, pre;

	/* An authorizer protects files: in their names each slash separates. */
	if (r->io->authorizes || !has_encoded_slash(uri) || !decodes(uri))
		return;
	if (!split_uri(r->arena, uri, &u) ||
	    !split(r->arena, r->prefix, &pre)) {
		stile__fail_nomem(r);
		return;
	}
	if (!cut_prefix(&u, &pre) || !reads_the_same(&u, p))
		return;
	*p = u;
	if ((r->path = spell(r, p)) == NULL) {
		r->path = "/";
		stile__fail_nomem(r);
	}
}

/* SCRIPT_NAME is PATH_INFO: the URI says whether that is there twice. */
static bool
script_is_path(struct stile_req *r, const char *script, const char *info)
{
	struct stile_str	uri;
	struct path		u, twice;
	const char		*s;

	if (strcmp(script, info) != 0)
		return false;
	if (r->known[V_REQUEST_URI] == NULL)
		return true;
	uri = uri_path(r->known[V_REQUEST_URI]);
	if (uri.len < 2 * strlen(info) || !decodes(uri))
		return true;
	s = stile_arena_printf(r->arena, "%s%s", script, info);
	if (s == NULL || !split(r->arena, s, &twice) ||
	    !split_uri(r->arena, uri, &u)) {
		stile__fail_nomem(r);
		return true;
	}
	return !reads_the_same(&u, &twice);
}

/*
 * An authorizer is told nothing else (FastCGI specification, 6.3).  lighttpd
 * has in REDIRECT_URI what it made of it.
 */
static void
choose_uri(struct stile_req *r)
{
	const char		*s = r->known[V_REDIRECT_URI];
	struct stile_str	 uri;
	size_t			 n;

	if (s == NULL)
		s = r->known[V_REQUEST_URI];
	if (s == NULL)
		s = "";
	r->prefix = "";
	r->path = "/";
	if (*s == '\0' && !r->io->authorizes)
		return;
	uri = uri_path(s);
	if (uri.len == 0 || !decodes(uri)) {
		stile_fail(r, 400, "the web server says no path");
		return;
	}
	if ((s = stile_dec_percent(r->arena, uri, &n)) == NULL) {
		stile__fail_nomem(r);
		return;
	}
	if (strlen(s) != n)
		stile_fail(r, 400, "a NUL in the path");
	else
		r->path = s;
}

static void
choose(struct stile_req *r)
{
	const char	*info = r->known[V_PATH_INFO];
	const char	*script = r->known[V_SCRIPT_NAME];
	size_t		 n;

	if (script == NULL)
		script = "";
	if (info != NULL && *info != '\0') {
		r->path = info;
		r->prefix = script_is_path(r, script, info) ? "" : script;
	} else if (r->io->script_is_prefix) {
		r->path = "/";
		r->prefix = script;
	} else if (r->known[V_DOCUMENT_URI] != NULL || *script != '\0') {
		r->path = r->known[V_DOCUMENT_URI] != NULL ?
		    r->known[V_DOCUMENT_URI] : script;
		r->prefix = "";
	} else
		choose_uri(r);
	if (r->mounted_at != NULL && *r->prefix == '\0') {
		n = strlen(r->mounted_at);
		if (strncmp(r->path, r->mounted_at, n) == 0 &&
		    (r->path[n] == '/' || r->path[n] == '\0')) {
			r->prefix = r->mounted_at;
			r->path += n;
		}
	}
	if (*r->path == '\0')
		r->path = "/";
	/* "/" as a prefix would double the slash. */
	if (strcmp(r->prefix, "/") == 0)
		r->prefix = "";
}

static bool
uri_has_nul(const char *uri)
{
	return strstr(uri, "%00") != NULL &&
	    strstr(uri, "%00") < uri + strcspn(uri, "?#");
}

void
stile__req_path(struct stile_req *r)
{
	const char	*uri = r->known[V_REQUEST_URI];
	struct path	 p;
	size_t		 i;

	choose(r);
	if (stile_failed(r) != STILE_OK)
		return;
	if (r->path[0] != '/') {
		stile_fail(r, 400, "the path does not begin with a slash");
		return;
	}
	if (uri != NULL && uri_has_nul(uri)) {
		stile_fail(r, 400, "a NUL in the path");
		return;
	}
	if (!stile_utf8_valid(stile_str(r->path))) {
		stile_fail(r, 400, "the path is not UTF-8");
		return;
	}
	if (!split(r->arena, r->path, &p)) {
		stile__fail_nomem(r);
		return;
	}
	for (i = 0; i < p.n; i++)
		if (is_dots(p.segs[i])) {
			stile_fail(r, 400, "a dot segment in the path");
			return;
		}
	if (uri != NULL)
		mark_encoded_slashes(r, &p);
	r->segs = p.segs;
	r->nsegs = p.n;
	r->slash = p.slash;
}

void
stile__put_prefix(const struct stile_req *r, struct stile_buf *b)
{
	struct stile_str	rest = stile_str(r->prefix), seg;

	while (stile_str_cut(&rest, '/', &seg))
		if (seg.len > 0) {
			stile_buf_putc(b, '/');
			stile_enc_percent(b, seg);
		}
}

const char *
stile__req_encoded_path(struct stile_req *r)
{
	struct stile_buf	*b;
	size_t			 i;

	if ((b = stile_buf_new(r->arena, SIZE_MAX)) == NULL)
		return NULL;
	stile__put_prefix(r, b);
	for (i = 0; i < r->nsegs; i++) {
		stile_buf_putc(b, '/');
		stile_enc_percent(b, r->segs[i]);
	}
	if (r->slash || r->nsegs == 0)
		stile_buf_putc(b, '/');
	return stile_buf_err(b) == STILE_OK ? stile_buf_view(b).p : NULL;
}
