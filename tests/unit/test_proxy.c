/* SPDX-License-Identifier: ISC */
/* lib/http/proxy.c: which hosts are served, and whose word counts. */
#include "answer.h"

#include "stile/table.h"
#include "gate/gate.h"
#include "http/proxy.h"

/* ---- an application that says who asks ---------------------------------- */

static int
who(struct stile_req *r)
{
	char	*s;

	s = stile_arena_printf(stile_req_arena(r), "%s %s %s",
	    stile_req_peer(r), stile_req_scheme(r), stile_req_host(r));
	if (s == NULL)
		return stile_fail(r, 503, "no memory");
	return stile_send_text(r, 200, s);
}

static int
show_proxy(struct stile_req *r)
{
	const char	*header = stile_header(r, "Proxy");
	const char	*var = stile_req_var(r, "HTTP_PROXY");

	return stile_send_object(r, 200, STILE_ARGS(
	    "header", stile_bool(header != NULL),
	    "var", stile_bool(var != NULL)));
}

static const struct stile_route routes[] = {
	ROUTE("GET", "/who", who),
	ROUTE("GET", "/proxy", show_proxy),
	{ 0 }
};
static const struct stile_app app = { .name = "proxies", .routes = routes };

/* ---- hosts -------------------------------------------------------------- */

/* Setting, Host, whether it is served; a setting of NULL is the default. */
Test(proxy, hosts)
{
	static const struct {
		const char	*setting, *host;
		bool		 ok;
	} cases[] = {
		{ NULL, "localhost",		true },
		{ NULL, "LocalHost",		true },
		{ NULL, "localhost:8080",	true },
		{ NULL, "localhost.",		true },
		{ NULL, "LOCALHOST.:8080",	true },
		{ NULL, "a.localhost",		true },
		{ NULL, "a.b.localhost:1",	true },
		{ NULL, "127.0.0.1",		true },
		{ NULL, "127.0.0.1:8080",	true },
		{ NULL, "[::1]",		true },
		{ NULL, "[::1]:8080",		true },
		{ NULL, "evil",			false },
		{ NULL, "example.org",		false },
		{ NULL, "localhost.evil",	false },
		{ NULL, "evillocalhost",	false },
		{ NULL, "a.evillocalhost",	false },
		{ NULL, "127.0.0.2",		false },
		{ NULL, "::1",			false },
		{ NULL, "[::2]",		false },
		{ NULL, "[::1",			false },
		{ NULL, "[::1]x",		false },
		{ NULL, "[::1]8080",		false },
		/* Not a host at all. */
		{ NULL, "a@evil",		false },
		{ NULL, "localhost@evil",	false },
		{ NULL, "evil@localhost",	false },
		{ NULL, "localhost/",		false },
		{ NULL, "localhost/path",	false },
		{ NULL, "localhost?x",		false },
		{ NULL, "localhost#x",		false },
		{ NULL, "localhost\\x",		false },
		{ NULL, "localhost, evil",	false },
		{ NULL, "localhost evil",	false },
		{ NULL, "local\thost",		false },
		{ NULL, "http://localhost",	false },
		{ NULL, "localhost%00",		false },
		{ NULL, "l\xC3\xB6" "calhost",	false },
		{ NULL, "localhost..",		false },
		{ NULL, ".",			false },
		{ NULL, ".localhost",		false },
		{ NULL, "a..localhost",		false },
		{ NULL, "..localhost",		false },
		{ NULL, ":80",			false },
		{ NULL, ":",			false },
		/* Ports. */
		{ NULL, "localhost:",		true },
		{ NULL, "localhost:0",		true },
		{ NULL, "localhost:65535",	true },
		{ NULL, "localhost:65536",	false },
		{ NULL, "localhost:99999999999999999999", false },
		{ NULL, "localhost:-1",		false },
		{ NULL, "localhost:+1",		false },
		{ NULL, "localhost:x",		false },
		{ NULL, "localhost:80x",	false },
		{ NULL, "localhost: 80",	false },
		{ NULL, "localhost:80:80",	false },
		{ NULL, "localhost:80@evil",	false },
		{ "example.org", "example.org",	true },
		{ "example.org", "EXAMPLE.ORG.:443", true },
		{ "EXAMPLE.org", "example.ORG",	true },
		{ "example.org", "www.example.org", false },
		{ "example.org", "localhost",	false },
		{ ".example.org", "example.org", true },
		{ ".example.org", "www.example.org", true },
		{ ".example.org", "a.b.example.org", true },
		{ ".example.org", "evilexample.org", false },
		{ ".example.org", "example.org.evil", false },
		{ "  a.example   b.example ", "b.example", true },
		{ "a.example b.example", "a.example b.example", false },
		{ "[2001:db8::1]", "[2001:DB8::1]:443", true },
		{ "my_host", "my_host",		true },
		{ "*", "anything.at.all",	true },
		{ "*", "[::2]:5",		true },
		{ "*", "a@evil",		false },
		{ "*", "a:99999",		false },
		{ "*", "a..b",			false },
		{ "*", ".",			false },
		{ "*", "[::1",			false },
		{ "*", "[]",			false },
		{ "*", "[:::]",			false },
		{ "*", "[::g]",			false },
		{ "*", "[1.2.3.4]",		false },
		{ "*", "[fe80::1%25lo]",	false },
		{ "*", "[::1].",		false },
		{ "*", "[::ffff:1.2.3.4]:80",	true },
		{ "x *", "anything.at.all",	true },
	};
	struct stile_client		*c;
	const struct stile_answer	*a;
	char				 setting[200];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(setting, sizeof(setting), "hosts=%s",
		    cases[i].setting != NULL ? cases[i].setting : "");
		c = cases[i].setting != NULL ? CLIENT(&app, setting,) :
		    CLIENT(&app);
		a = get_with(c, "/who", "Host", cases[i].host);
		EXPECT_ANSWER(a, cases[i].ok ? 200 : 400, NULL, "%s in '%s'",
		    cases[i].host, cases[i].setting != NULL ?
		    cases[i].setting : "(default)");
		if (cases[i].ok)
			EXPECT_STR(strrchr(body_of(a), ' ') + 1, cases[i].host,
			    "as it was sent");
		stile_client_free(c);
	}
}

static const struct req_trust	local = { "", "localhost" };

/* The request of these variables, as far as it gets. */
static void
begin(struct unit *u, const struct req_trust *trust, char *const *vars)
{
	unit_begin(u);
	u->r.trust = trust;
	stile__req_init(&u->r, vars);
}

/* HTTP/1.0 has none, and nginx says an empty one. */
Test(proxy, no_host)
{
	struct unit	u;

	begin(&u, &local, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
	    "SERVER_NAME=server.example"));
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	EXPECT_STR(stile_req_host(&u.r), "server.example", "none");
	unit_end(&u);
	begin(&u, &local, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
	    "HTTP_HOST=", "SERVER_NAME=server.example"));
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	EXPECT_STR(stile_req_host(&u.r), "server.example", "empty");
	unit_end(&u);
	/* Two would be a list. */
	begin(&u, &local, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
	    "HTTP_HOST=localhost", "HTTP_HOST=localhost"));
	cr_expect_eq(stile_failed_status(&u.r), 400);
	unit_end(&u);
}

Test(proxy, long_hosts)
{
	struct unit	u;
	char		var[400] = "HTTP_HOST=";
	struct req_trust any = { "", "*" };
	size_t		n;

	for (n = 254; n <= 257; n++) {
		memset(var + 10, 'a', n);
		var[10 + n] = '\0';
		begin(&u, &any, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
		    var));
		cr_expect_eq(stile_failed_status(&u.r), n <= 255 ? 0 : 400,
		    "%zu", n);
		unit_end(&u);
	}
}

/* What is refused says so, and no handler has run. */
Test(proxy, refused_hosts_are_problems)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;

	a = get_with(c, "/who", "Host", "evil.example");
	EXPECT_ANSWER(a, 400, NULL, "evil");
	EXPECT_HEADER(a, "Content-Type", "application/problem+json", "evil");
	cr_expect(strstr(body_of(a), "evil") == NULL, "it is not repeated");
	a = get_with(c, "/nowhere", "Host", "a@b");
	EXPECT_ANSWER(a, 400, NULL, "before the route");
	stile_client_free(c);
}

/* ---- proxies ------------------------------------------------------------ */

#define TRUSTED	"127.0.0.1 10.0.0.0/8 2001:db8::/32"

/* Peer, then up to three headers; then what becomes of it. */
Test(proxy, forwarded)
{
	static const struct {
		const char	*name, *peer, *h[3];
		const char	*who, *scheme, *host;
	} cases[] = {
		{ "nothing is forwarded", "10.1.2.3", { "X=" },
		    "10.1.2.3", "http", "localhost" },
		{ "the client", "10.1.2.3",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
		{ "not trusted", "192.0.2.9",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1",
		    "HTTP_X_FORWARDED_PROTO=https",
		    "HTTP_X_FORWARDED_HOST=a.localhost" },
		    "192.0.2.9", "http", "localhost" },
		{ "not trusted either", "11.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;proto=https;"
		    "host=a.localhost" },
		    "11.0.0.1", "http", "localhost" },
		{ "no peer at all", "", { "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "", "http", "localhost" },
		{ "a Unix socket that is not listed", "unix:",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "unix:", "http", "localhost" },
		{ "two proxies", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1, 10.9.9.9" },
		    "192.0.2.1", "http", "localhost" },
		{ "what the client sent before", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=1.1.1.1, 127.0.0.1, 192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
		{ "the same through two", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=1.1.1.1,192.0.2.1,10.9.9.9" },
		    "192.0.2.1", "http", "localhost" },
		{ "several fields are one list", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=1.1.1.1",
		    "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
		{ "proxies only", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=10.0.0.1, 10.0.0.2" },
		    "10.0.0.1", "http", "localhost" },
		{ "no address", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=unknown" },
		    "127.0.0.1", "http", "localhost" },
		{ "no address, and one before", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1, garbage" },
		    "127.0.0.1", "http", "localhost" },
		{ "empty", "127.0.0.1", { "HTTP_X_FORWARDED_FOR=" },
		    "127.0.0.1", "http", "localhost" },
		{ "ends in a comma", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1," },
		    "127.0.0.1", "http", "localhost" },
		{ "script", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=<script>" },
		    "127.0.0.1", "http", "localhost" },
		{ "a port", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1:4711" },
		    "192.0.2.1", "http", "localhost" },
		{ "IPv6", "2001:db8::5",
		    { "HTTP_X_FORWARDED_FOR=2a00::1" },
		    "2a00::1", "http", "localhost" },
		{ "IPv6 in brackets", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=[2a00::1]" },
		    "2a00::1", "http", "localhost" },
		{ "IPv6 with a port", "127.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=[2a00::1]:4711" },
		    "2a00::1", "http", "localhost" },
		{ "IPv6 proxies", "2001:db8::5",
		    { "HTTP_X_FORWARDED_FOR=2a00::1, [2001:db8:ffff::1]:80" },
		    "2a00::1", "http", "localhost" },
		{ "IPv4 in IPv6", "::ffff:10.0.0.1",
		    { "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
		{ "scheme and host", "127.0.0.1",
		    { "HTTP_X_FORWARDED_PROTO=https",
		    "HTTP_X_FORWARDED_HOST=a.localhost:444" },
		    "127.0.0.1", "https", "a.localhost:444" },
		{ "the scheme that the last proxy says", "127.0.0.1",
		    { "HTTP_X_FORWARDED_PROTO=https, http" },
		    "127.0.0.1", "http", "localhost" },
		{ "in any case", "127.0.0.1",
		    { "HTTP_X_FORWARDED_PROTO=HTTPS" },
		    "127.0.0.1", "https", "localhost" },
		{ "http where the server says https", "127.0.0.1",
		    { "HTTPS=on", "HTTP_X_FORWARDED_PROTO=http" },
		    "127.0.0.1", "http", "localhost" },
		{ "another scheme", "127.0.0.1",
		    { "HTTP_X_FORWARDED_PROTO=gopher" },
		    "127.0.0.1", "http", "localhost" },
		{ "the host that the last proxy says", "127.0.0.1",
		    { "HTTP_X_FORWARDED_HOST=evil, a.localhost" },
		    "127.0.0.1", "http", "a.localhost" },
		/* RFC 7239 */
		{ "Forwarded", "127.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;proto=https;"
		    "host=a.localhost" },
		    "192.0.2.1", "https", "a.localhost" },
		{ "quoted", "127.0.0.1",
		    { "HTTP_FORWARDED=For=\"[2a00::1]:4711\" ; "
		    "PROTO=\"https\"; Host=\"a.localhost:80\"" },
		    "2a00::1", "https", "a.localhost:80" },
		{ "Forwarded by two", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;proto=http, "
		    "for=192.0.2.1;proto=https, for=10.0.0.1;proto=http" },
		    "192.0.2.1", "https", "localhost" },
		{ "Forwarded by two, who say a part each", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;host=evil, "
		    "for=192.0.2.1;proto=https, "
		    "for=10.0.0.1;proto=http;host=a.localhost" },
		    "192.0.2.1", "https", "a.localhost" },
		{ "the nearer one hides the client", "127.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;proto=https, proto=http" },
		    "127.0.0.1", "http", "localhost" },
		{ "Forwarded in two fields", "127.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;proto=https",
		    "HTTP_FORWARDED=for=10.0.0.1" },
		    "192.0.2.1", "https", "localhost" },
		{ "hidden", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1, for=_hidden;proto=https" },
		    "127.0.0.1", "https", "localhost" },
		{ "unknown", "127.0.0.1",
		    { "HTTP_FORWARDED=for=unknown;proto=https" },
		    "127.0.0.1", "https", "localhost" },
		{ "Forwarded without for", "127.0.0.1",
		    { "HTTP_FORWARDED=proto=https" },
		    "127.0.0.1", "https", "localhost" },
		{ "garbage", "127.0.0.1", { "HTTP_FORWARDED=;;,=,\"" },
		    "127.0.0.1", "http", "localhost" },
		/* Quotes hide commas, and what a client sent hides nothing. */
		{ "a comma in quotes", "127.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;by=\"x, for=1.1.1.1;y\"" },
		    "192.0.2.1", "http", "localhost" },
		{ "a quote in quotes", "127.0.0.1",
		    { "HTTP_FORWARDED=for=192.0.2.1;by=\"\\\", for=1.1.1.1\"" },
		    "192.0.2.1", "http", "localhost" },
		{ "a backslash in quotes", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;by=\"\\\\\", "
		    "for=192.0.2.1;by=\"\\\\\"" },
		    "192.0.2.1", "http", "localhost" },
		{ "a quote left open by the client", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;by=\", for=192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
		{ "the same before a proxy that quotes", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;by=\", "
		    "for=\"[2a00::1]:4711\";proto=https" },
		    "2a00::1", "https", "localhost" },
		{ "a quote left open by the proxy", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1, for=192.0.2.1;by=x\"" },
		    "127.0.0.1", "http", "localhost" },
		/* Else a client could say it past a proxy that writes the
		 * other kind. */
		{ "both kinds", "127.0.0.1",
		    { "HTTP_FORWARDED=for=1.1.1.1;proto=https;host=a.localhost",
		    "HTTP_X_FORWARDED_FOR=192.0.2.1" },
		    "192.0.2.1", "http", "localhost" },
	};
	static const struct req_trust	trust = { TRUSTED,
		"localhost .localhost" };
	struct unit			u;
	char				peer[100];
	size_t				i, k;

	for (i = 0; i < NELEM(cases); i++) {
		const char	*vars[8] = { "REQUEST_METHOD=GET",
			"PATH_INFO=/", "HTTP_HOST=localhost", peer };

		snprintf(peer, sizeof(peer), "REMOTE_ADDR=%s", cases[i].peer);
		for (k = 0; k < 3 && cases[i].h[k] != NULL; k++)
			vars[4 + k] = cases[i].h[k];
		begin(&u, &trust, (char *const *)vars);
		cr_expect_eq(stile_failed(&u.r), STILE_OK, "%s: %s",
		    cases[i].name, u.r.failure.cause.detail);
		EXPECT_STR(stile_req_peer(&u.r), cases[i].who, "%s",
		    cases[i].name);
		EXPECT_STR(stile_req_scheme(&u.r), cases[i].scheme, "%s",
		    cases[i].name);
		EXPECT_STR(stile_req_host(&u.r), cases[i].host, "%s",
		    cases[i].name);
		unit_end(&u);
	}
}

/* nginx calls a peer on a Unix socket by this name, and so it forwards it. */
Test(proxy, unix_sockets)
{
	static const struct {
		const char	*proxies, *peer, *forwarded, *who;
	} cases[] = {
		{ "unix:", "unix:", "X_FORWARDED_FOR=192.0.2.1", "192.0.2.1" },
		{ "unix:", "unix:", "FORWARDED=for=192.0.2.1", "192.0.2.1" },
		{ "unix:", "unix:", "X_FORWARDED_FOR=1.1.1.1, 192.0.2.1, unix:",
		    "192.0.2.1" },
		{ "10.0.0.1 unix:", "10.0.0.1",
		    "X_FORWARDED_FOR=192.0.2.1, unix:", "192.0.2.1" },
		{ "10.0.0.1 unix:", "10.0.0.1",
		    "FORWARDED=for=192.0.2.1, for=\"unix:\"", "192.0.2.1" },
		{ "unix: 10.0.0.1", "unix:",
		    "X_FORWARDED_FOR=192.0.2.1, 10.0.0.1", "192.0.2.1" },
		{ "unix:", "unix:", "X_FORWARDED_FOR=unix:", "unix:" },
		{ "unix:", "unix:", "X=", "unix:" },
		/* Nobody else is meant by it, nor it by anything else. */
		{ "unix:", "10.0.0.1", "X_FORWARDED_FOR=192.0.2.1",
		    "10.0.0.1" },
		{ "unix:", "unix:x", "X_FORWARDED_FOR=192.0.2.1", "unix:x" },
		{ "unix:", "unix", "X_FORWARDED_FOR=192.0.2.1", "unix" },
		{ "unix:", "", "X_FORWARDED_FOR=192.0.2.1", "" },
		{ "0.0.0.0/0 ::/0", "unix:", "X_FORWARDED_FOR=192.0.2.1",
		    "unix:" },
		{ "10.0.0.1", "10.0.0.1", "X_FORWARDED_FOR=192.0.2.1, unix:",
		    "10.0.0.1" },
	};
	struct unit	 u;
	struct req_trust trust = { NULL, "*" };
	char		 peer[100], forwarded[100];
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++) {
		trust.proxies = cases[i].proxies;
		snprintf(peer, sizeof(peer), "REMOTE_ADDR=%s", cases[i].peer);
		snprintf(forwarded, sizeof(forwarded), "HTTP_%s",
		    cases[i].forwarded);
		begin(&u, &trust, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
		    peer, forwarded));
		EXPECT_STR(stile_req_peer(&u.r), cases[i].who, "%s of %s by %s",
		    cases[i].forwarded, cases[i].peer, cases[i].proxies);
		unit_end(&u);
	}
}

/* What a proxy forwards is checked as the Host itself. */
Test(proxy, forwarded_hosts_are_checked)
{
	static const char *const hosts[] = { "evil", "a@localhost",
		"localhost/x", "localhost:99999", "local\"host",
		"\"localhost\"", "localhost, \"localhost\"" };
	struct stile_client	*c = CLIENT(&app, "proxies=127.0.0.1",);
	size_t			 i;

	for (i = 0; i < NELEM(hosts); i++)
		EXPECT_ANSWER(get_with(c, "/who", "X-Forwarded-Host",
		    hosts[i]), 400, NULL, "%s", hosts[i]);
	/* The name by which the proxy knows us need not be one of ours. */
	stile_client_header(c, "Host", "backend.internal");
	EXPECT_ANSWER(get_with(c, "/who", "X-Forwarded-Host", "localhost:81"),
	    200, "127.0.0.1 http localhost:81", "behind the proxy");
	EXPECT_ANSWER(stile_client_get(c, "/who"), 400, NULL, "without it");
	stile_client_free(c);
}

/* Nobody is believed unless a setting says so. */
Test(proxy, by_default_nobody_counts)
{
	struct stile_client	*c = CLIENT(&app);

	stile_client_header(c, "X-Forwarded-For", "192.0.2.1");
	stile_client_header(c, "X-Forwarded-Proto", "https");
	stile_client_header(c, "X-Forwarded-Host", "a.localhost");
	stile_client_header(c, "Forwarded", "for=192.0.2.1;proto=https");
	EXPECT_ANSWER(stile_client_get(c, "/who"), 200,
	    "127.0.0.1 http localhost", "default");
	stile_client_free(c);
}

Test(proxy, networks)
{
	static const struct {
		const char	*proxies, *peer;
		bool		 trusted;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "9.255.255.255", false },
		{ "10.128.0.0/9", "10.128.0.1", true },
		{ "10.128.0.0/9", "10.127.255.255", false },
		{ "192.0.2.128/31", "192.0.2.129", true },
		{ "192.0.2.128/31", "192.0.2.130", false },
		{ "192.0.2.1/32", "192.0.2.1", true },
		{ "192.0.2.1/32", "192.0.2.2", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "203.0.113.9", false },
		{ "::/0", "::ffff:203.0.113.9", false },
		{ "::ffff:0:0/96", "203.0.113.9", true },
		{ "::ffff:0:0/95", "203.0.113.9", false },
		{ "::ffff:0:0/95", "::fffe:1:1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1", "2001:0DB8:0::1", true },
		{ "2001:db8::1/128", "2001:db8::2", false },
		{ "::ffff:10.0.0.0/104", "10.1.1.1", true },
		{ "  10.0.0.1   10.0.0.2 ", "10.0.0.2", true },
		/* The bits behind the network's do not count. */
		{ "10.1.2.3/8", "10.9.9.9", true },
		{ "10.0.0.1", "10.0.0.10", false },
		{ "10.0.0.1", "localhost", false },
	};
	struct unit	 u;
	struct req_trust trust = { NULL, "*" };
	char		 peer[100];
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++) {
		trust.proxies = cases[i].proxies;
		snprintf(peer, sizeof(peer), "REMOTE_ADDR=%s", cases[i].peer);
		begin(&u, &trust, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
		    peer, "HTTP_X_FORWARDED_PROTO=https"));
		EXPECT_STR(stile_req_scheme(&u.r), cases[i].trusted ?
		    "https" : "http", "%s in %s", cases[i].peer,
		    cases[i].proxies);
		unit_end(&u);
	}
}

Test(proxy, wrong_settings_are_refused)
{
	/* The setting, and the entry of it that is wrong. */
	static const struct {
		const char	*setting, *entry;
	} cases[] = {
		{ "proxies=localhost", "localhost" },
		{ "proxies=10.0.0", "10.0.0" },
		{ "proxies=10.0.0.0/33", "10.0.0.0/33" },
		{ "proxies=10.0.0.0/-1", "10.0.0.0/-1" },
		{ "proxies=10.0.0.0/", "10.0.0.0/" },
		{ "proxies=10.0.0.0/x", "10.0.0.0/x" },
		{ "proxies=/8", "/8" },
		{ "proxies=10.0.0.0/8/8", "10.0.0.0/8/8" },
		{ "proxies=256.0.0.1", "256.0.0.1" },
		{ "proxies=2001:db8::/129", "2001:db8::/129" },
		{ "proxies=[::1]", "[::1]" },
		{ "proxies=::1,::2", "::1,::2" },
		{ "proxies=127.0.0.1, 10.0.0.1", "127.0.0.1," },
		{ "proxies=127.0.0.1 proxy", "proxy" },
		{ "proxies=  ::1  10.0.0.0/33 proxy", "10.0.0.0/33" },
		{ "proxies=*", "*" },
		{ "proxies=10.0.0.*", "10.0.0.*" },
		{ "proxies=127.0.0.1:80", "127.0.0.1:80" },
		{ "proxies=::ffff:", "::ffff:" },
		{ "proxies=unix", "unix" },
		{ "proxies=unix:/run/x.sock", "unix:/run/x.sock" },
		{ "proxies=unix:/8", "unix:/8" },
		{ "proxies=Unix:", "Unix:" },
		{ "proxies=1111111111111111111111111111111111111111111111",
		    "1111111111111111111111111111111111111111111111" },
		{ "hosts=", "" },
		{ "hosts=  ", "" },
		{ "hosts=example.org:80", "example.org:80" },
		{ "hosts=example.org:", "example.org:" },
		{ "hosts=.example.org:80", ".example.org:80" },
		{ "hosts=localhost example.org:80 b:1", "example.org:80" },
		{ "hosts=*:80", "*:80" },
		{ "hosts=[::1]:80", "[::1]:80" },
		{ "hosts=::1", "::1" },
		{ "hosts=[::1", "[::1" },
		{ "hosts=[::g]", "[::g]" },
		{ "hosts=.[::1]", ".[::1]" },
		{ "hosts=a.example, b.example", "a.example," },
		{ "hosts=a.example,b.example", "a.example,b.example" },
		{ "hosts=*.example.org", "*.example.org" },
		{ "hosts=**", "**" },
		{ "hosts=.", "." },
		{ "hosts=..", ".." },
		{ "hosts=..example.org", "..example.org" },
		{ "hosts=a..b", "a..b" },
		{ "hosts=example.org.", "example.org." },
		{ "hosts=http://example.org", "http://example.org" },
		{ "hosts=example.org/", "example.org/" },
		{ "hosts=user@example.org", "user@example.org" },
		{ "hosts=\"example.org\"", "\"example.org\"" },
		{ "hosts=b\xC3\xBC.example", "b\xC3\xBC.example" },
		{ "hosts=a\texample", "a\texample" },
	};
	struct stile_client	*c;
	struct stile_error	 e;
	char			 says[200];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		c = stile_client_new(&app, (const char *const []){
		    cases[i].setting, NULL }, &e);
		cr_expect(c == NULL, "%s", cases[i].setting);
		cr_expect_eq(e.code, STILE_EINVAL);
		snprintf(says, sizeof(says), "client: %.*s: ",
		    (int)strcspn(cases[i].setting, "="), cases[i].setting);
		cr_expect(strncmp(e.detail, says, strlen(says)) == 0, "%s",
		    e.detail);
		snprintf(says, sizeof(says), " is expected, not '%s'",
		    cases[i].entry);
		cr_expect(strlen(e.detail) > strlen(says) && strcmp(e.detail +
		    strlen(e.detail) - strlen(says), says) == 0, "%s: %s",
		    cases[i].setting, e.detail);
		stile_client_free(c);
	}
}

/* One that is too long for the message is named by its beginning. */
Test(proxy, long_entries)
{
	char			setting[10000] = "hosts=localhost ";
	struct stile_error	e = { 0 };

	memset(setting + 16, 'a', sizeof(setting) - 17);
	cr_expect(stile_client_new(&app, (const char *const []){ setting,
	    NULL }, &e) == NULL);
	cr_expect(strstr(e.detail, " is expected, not 'aaaa") != NULL, "%s",
	    e.detail);
}

/* It is a header that programs take for their own setting. */
Test(proxy, the_header_proxy_is_not_there)
{
	struct stile_client	*c = CLIENT(&app);
	struct unit		 u;

	EXPECT_ANSWER(get_with(c, "/proxy", "Proxy", "http://evil"), 200,
	    "{\"header\":false,\"var\":false}", "client");
	stile_client_free(c);
	BEGIN(&u, "HTTP_PROXY=http://evil", "HTTP_PROXY_X=1");
	cr_expect(stile_header(&u.r, "Proxy") == NULL);
	cr_expect(stile_req_var(&u.r, "HTTP_PROXY") == NULL);
	EXPECT_STR(stile_header(&u.r, "Proxy-X"), "1", "another one");
	cr_expect_eq(stile_table_count(stile_header_table(&u.r)), 1);
	unit_end(&u);
}

static int
show_environment(struct stile_req *r)
{
	return stile_send_text(r, 200, getenv("HTTP_PROXY") != NULL ?
	    "there" : "gone");
}

/* As CGI it is a variable of the process, and of all that it starts. */
Test(proxy, nor_is_its_variable)
{
	static const struct stile_route	rows[] = {
		ROUTE("GET", "/", show_environment), { 0 }
	};
	static const struct stile_app	cgi = { .name = "cgi",
		.routes = rows };
	struct stile_arena		*a = stile_arena_new(0);
	struct stile_site		*site;
	struct conf			*conf;
	char				 out[1000];
	ssize_t				 n;
	int				 fds[2];

	cr_assert(a != NULL && conf_new(a, &cgi, &conf, NULL) == STILE_OK);
	cr_assert_eq(conf_set(conf, "log_level", "quiet", CONF_FLAG, "test",
	    NULL), STILE_OK);
	cr_assert_eq(site_new(a, &cgi, conf, 2, &site, NULL), STILE_OK);
	setenv("HTTP_PROXY", "http://evil", 1);
	setenv("REQUEST_METHOD", "GET", 1);
	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	cr_expect_eq(cgi_serve(site), 0);
	site_free(site);
	n = read(fds[0], out, sizeof(out) - 1);
	cr_assert_gt(n, 0);
	out[n] = '\0';
	cr_expect(strstr(out, "\r\n\r\ngone") != NULL, "%s", out);
}

Test(proxy, survives_every_allocation_failure)
{
	struct stile_client	*c = CLIENT(&app, "proxies=127.0.0.1",);

	stile_client_header(c, "X-Forwarded-For", "192.0.2.1, 127.0.0.1");
	stile_client_header(c, "X-Forwarded-Host", "a.localhost");
	stile_client_header(c, "X-Forwarded-Proto", "https");
	torture_get(c, "/who");
	stile_client_header(c, "X-Forwarded-For", NULL);
	stile_client_header(c, "Forwarded",
	    "for=\"[2001:db8::1]:1\";host=a.localhost");
	torture_get(c, "/who");
	stile_client_free(c);
}
