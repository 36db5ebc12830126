/* SPDX-License-Identifier: ISC */
/*
 * Who is asking, and for which host: what the web server says, unless the
 * peer is a proxy of ours, whose X-Forwarded-* or Forwarded (RFC 7239) then
 * count.  Anyone can send those, so they are read from the right, where our
 * own proxies have written, and no further than these are trusted.
 */
#include "base/priv.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "stile/arena.h"
#include "stile/num.h"
#include "stile/str.h"
#include "codec/field.h"
#include "http/proxy.h"
#include "http/req.h"
#include "base/banned.h"

#define HOST_MAX	255

struct address {
	unsigned char	b[16];		/* IPv4 as ::ffff:a.b.c.d */
};

static const unsigned char	mapped[12] = { [10] = 0xFF, [11] = 0xFF };

static bool
parse_address(struct stile_str s, struct address *ret)
{
	char	z[INET6_ADDRSTRLEN];

	if (s.len >= sizeof(z) || s.len == 0)
		return false;
	memcpy(z, s.p, s.len);
	z[s.len] = '\0';
	if (inet_pton(AF_INET6, z, ret->b) == 1)
		return true;
	memcpy(ret->b, mapped, sizeof(mapped));
	return inet_pton(AF_INET, z, ret->b + 12) == 1;
}

/* "10.0.0.0/8" or an address */
static bool
parse_network(struct stile_str s, struct address *ret, int64_t *bits)
{
	struct stile_str	addr;
	int64_t			max;

	stile_str_cut(&s, '/', &addr);
	if (!parse_address(addr, ret))
		return false;
	max = memchr(addr.p, ':', addr.len) != NULL ? 128 : 32;
	*bits = max;
	if (s.p != NULL && stile_num_int(s, 0, max, bits) != STILE_OK)
		return false;
	*bits += 128 - max;
	return true;
}

/* No network of IPv6, such as ::/0, has those of IPv4 in it. */
static bool
in_network(const struct address *a, const struct address *net, int64_t bits)
{
	size_t	whole = (size_t)bits / 8;
	int	rest = (int)(bits % 8);

	if (whole < sizeof(mapped) &&
	    memcmp(a->b, mapped, sizeof(mapped)) == 0)
		return false;
	return memcmp(a->b, net->b, whole) == 0 && (rest == 0 ||
	    (a->b[whole] ^ net->b[whole]) >> (8 - rest) == 0);
}

/* What nginx calls every peer that came over a Unix socket. */
static bool
is_unix(struct stile_str s)
{
	return stile_str_eq(s, STR("unix:"));
}

static struct stile_str
first_wrong(const char *list, bool may_be_unix)
{
	struct stile_str	rest = stile_str(list), word;
	struct address		net;
	int64_t			bits;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 0 && !(may_be_unix && is_unix(word)) &&
		    !parse_network(word, &net, &bits))
			return word;
	return (struct stile_str){ NULL, 0 };
}

struct stile_str
stile__proxies_wrong(const char *list)
{
	return first_wrong(list, true);
}

struct stile_str
stile__networks_wrong(const char *list)
{
	return first_wrong(list, false);
}

bool
stile__in_networks(const char *list, struct stile_str who)
{
	struct stile_str	rest = stile_str(list), word;
	struct address		a, net;
	int64_t			bits;

	if (!parse_address(who, &a))
		return false;
	while (stile_str_cut(&rest, ' ', &word))
		if (parse_network(word, &net, &bits) &&
		    in_network(&a, &net, bits))
			return true;
	return false;
}

static bool
is_trusted(const struct stile_req *r, struct stile_str who)
{
	struct stile_str	rest = stile_str(r->trust->proxies), word;

	if (!is_unix(who))
		return stile__in_networks(r->trust->proxies, who);
	while (stile_str_cut(&rest, ' ', &word))
		if (is_unix(word))
			return true;
	return false;
}

/* The quote at i is of its string's text: an odd number of \ before it. */
static bool
is_escaped(const char *s, size_t i)
{
	size_t	n = 0;

	while (n < i && s[i - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

/*
 * Take the last item off a comma-separated list, which may have quotes.  What
 * our proxy has written at its end is read without a look at what stands before
 * it: there a client may have opened a quote and not closed it.
 */
static bool
cut_last(struct stile_str *list, bool quotes, struct stile_str *item)
{
	bool	quoted = false;
	size_t	i;

	if (list->p == NULL)
		return false;
	for (i = list->len; i > 0; i--) {
		if (!quoted && list->p[i - 1] == ',')
			break;
		if (quotes && list->p[i - 1] == '"' &&
		    !(quoted && is_escaped(list->p, i - 1)))
			quoted = !quoted;
	}
	*item = quoted ? STR("") : stile_str_trim((struct stile_str){
	    list->p + i, list->len - i });
	*list = i > 0 ? (struct stile_str){ list->p, i - 1 } :
	    (struct stile_str){ NULL, 0 };
	return true;
}

/* "[2001:db8::1]:4711", "192.0.2.1:80" and "192.0.2.1" */
static struct stile_str
without_port(struct stile_str s)
{
	const char	*p;

	if (is_unix(s))
		return s;
	if (s.len > 0 && s.p[0] == '[' &&
	    (p = memchr(s.p, ']', s.len)) != NULL)
		return (struct stile_str){ s.p + 1, (size_t)(p - s.p) - 1 };
	p = s.len > 0 ? memchr(s.p, ':', s.len) : NULL;
	if (p != NULL && memchr(p + 1, ':', s.len - (size_t)(p - s.p) - 1) ==
	    NULL)
		s.len = (size_t)(p - s.p);
	return s;
}

/* What the proxies say of one request. */
struct hop {
	struct stile_str	peer, proto, host;
};

/*
 * Each proxy adds an element; the client is in the last whose sender is none.
 * What this one does not say is as the proxies behind it have heard it.
 */
static bool
read_forwarded(struct stile_req *r, struct hop *hop)
{
	struct stile_str	list = stile_str(stile_header(r, "Forwarded"));
	struct stile_str	item;

	if (list.p == NULL)
		return false;
	while (cut_last(&list, true, &item)) {
		hop->peer = STR("");
		stile__param(item, "for", &hop->peer);
		stile__param(item, "proto", &hop->proto);
		stile__param(item, "host", &hop->host);
		hop->peer = without_port(hop->peer);
		if (!is_trusted(r, hop->peer))
			break;
	}
	return true;
}

static void
read_x_forwarded(struct stile_req *r, struct hop *hop)
{
	struct stile_str	list, item;

	list = stile_str(stile_header(r, "X-Forwarded-For"));
	while (cut_last(&list, false, &item)) {
		hop->peer = without_port(item);
		if (!is_trusted(r, hop->peer))
			break;
	}
	list = stile_str(stile_header(r, "X-Forwarded-Proto"));
	cut_last(&list, false, &hop->proto);
	list = stile_str(stile_header(r, "X-Forwarded-Host"));
	cut_last(&list, false, &hop->host);
}

static void
ask_proxies(struct stile_req *r)
{
	struct hop	hop = { .peer = { NULL, 0 } };
	struct address	a;

	/*
	 * A proxy that writes one kind passes the other on as the client sent
	 * it; nearly all that write Forwarded write the other too.
	 */
	if (stile_header(r, "X-Forwarded-For") != NULL ||
	    !read_forwarded(r, &hop))
		read_x_forwarded(r, &hop);
	if (parse_address(hop.peer, &a))
		r->peer = stile_arena_dup(r->arena, hop.peer);
	if (stile_str_caseeq(hop.proto, STR("https")))
		r->scheme = "https";
	else if (stile_str_caseeq(hop.proto, STR("http")))
		r->scheme = "http";
	if (hop.host.len > 0)
		r->host = stile_arena_dup(r->arena, hop.host);
	if (r->peer == NULL || (hop.host.len > 0 && r->host == NULL))
		stile__fail_nomem(r);
}

/* Labels of letters, digits, "-" and "_"; an IPv4 address is like one. */
static bool
is_name(struct stile_str s)
{
	size_t	i;

	for (i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '_' &&
		    (s.p[i] != '.' || i == 0 || s.p[i - 1] == '.'))
			return false;
	return s.len > 0;
}

/* "[::1]" */
static bool
is_ipv6(struct stile_str s)
{
	struct address	a;

	return s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']' &&
	    memchr(s.p, ':', s.len) != NULL &&
	    parse_address((struct stile_str){ s.p + 1, s.len - 2 }, &a);
}

/* RFC 9110, section 7.2: a name or an address, and perhaps a port. */
static bool
split_host(struct stile_str host, struct stile_str *name)
{
	const char	*end;
	int64_t		 port;

	if (host.len == 0 || host.len > HOST_MAX)
		return false;
	*name = host;
	end = memchr(host.p, host.p[0] == '[' ? ']' : ':', host.len);
	if (end != NULL)
		name->len = (size_t)(end - host.p) + (*end == ']');
	if (!is_name(*name) && !is_ipv6(*name))
		return false;
	host.p += name->len;
	host.len -= name->len;
	if (host.len > 0 && (host.p[0] != ':' || (host.len > 1 &&
	    stile_num_int((struct stile_str){ host.p + 1, host.len - 1 }, 0,
	    65535, &port) != STILE_OK)))
		return false;
	/* The dot of a complete name. */
	if (name->p[name->len - 1] == '.')
		name->len--;
	return true;
}

/* A port, or the dot at the end of a name, would never be met. */
static bool
is_host_entry(struct stile_str s)
{
	if (stile_str_eq(s, STR("*")) || is_ipv6(s))
		return true;
	if (s.len > 0 && s.p[0] == '.') {
		s.p++;
		s.len--;
	}
	return s.len <= HOST_MAX && is_name(s) && s.p[s.len - 1] != '.';
}

struct stile_str
stile__hosts_wrong(const char *list)
{
	struct stile_str	rest = stile_str(list), word;
	bool			any = false;

	while (stile_str_cut(&rest, ' ', &word)) {
		if (word.len > 0 && !is_host_entry(word))
			return word;
		any = any || word.len > 0;
	}
	return any ? (struct stile_str){ NULL, 0 } : STR("");
}

/* "example.org" is itself, ".example.org" also all below it. */
static bool
is_served(const char *hosts, struct stile_str name)
{
	struct stile_str	rest = stile_str(hosts), word, tail;

	while (stile_str_cut(&rest, ' ', &word)) {
		if (word.len == 0)
			continue;
		if (stile_str_eq(word, STR("*")) ||
		    stile_str_caseeq(word, name))
			return true;
		if (word.p[0] != '.')
			continue;
		if (name.len >= word.len) {
			tail = (struct stile_str){
			    name.p + name.len - word.len, word.len };
			if (stile_str_caseeq(tail, word))
				return true;
		}
		if (stile_str_caseeq((struct stile_str){ word.p + 1,
		    word.len - 1 }, name))
			return true;
	}
	return false;
}

void
stile__req_origin(struct stile_req *r)
{
	struct stile_str	name;

	if (r->trust == NULL)
		return;
	if (*r->trust->proxies != '\0' &&
	    is_trusted(r, stile_str(stile_req_peer(r))))
		ask_proxies(r);
	if (r->host == NULL || stile_failed(r) != STILE_OK)
		return;
	if (!split_host(stile_str(r->host), &name))
		stile_fail(r, 400, "Host: a name or an address is expected, "
		    "with or without a port");
	else if (!is_served(r->trust->hosts, name)) {
		stile_fail(r, 400, "this host is not served here; its name is "
		    "not in the setting hosts");
	}
}
