# SPDX-License-Identifier: ISC
"""Behind proxies: a client, an outer nginx, an inner one, and the program.

Every place has an address of its own, so that what the program takes for the
client can be told from everyone else on the way.
"""

import os
import socket
import ssl
import subprocess

import e2e
from e2e import eq, ok

APP = "apps/httpbin/httpbin"

CLIENT = "127.0.0.2"        # nobody's proxy
OUTER = "127.0.0.3"         # the outer nginx, as the inner one sees it
EDGE = "127.0.0.4"          # stands for one more proxy, before the outer one

# What the outer nginx tells the inner one depends on where it was asked.
X_FORWARDED = "127.0.0.1"   # X-Forwarded-For, -Proto and -Host
FORWARDED = "127.0.0.5"     # Forwarded, in place of these
TLS = "127.0.0.6"           # as the first, over TLS
SILENT = "127.0.0.7"        # nothing, and it passes on what it gets

CONF = """
%(user)s
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path b;
	fastcgi_temp_path f;
	proxy_temp_path p;
	scgi_temp_path s;
	uwsgi_temp_path u;

	map $http_forwarded $before {
		""	"";
		default	"$http_forwarded, ";
	}

	%(bind)s
	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	proxy_set_header X-Forwarded-Proto $scheme;
	proxy_set_header X-Forwarded-Host $http_host;

	server {
		listen 127.0.0.1:%(port)d;
		location / { proxy_pass %(to)s; }
	}
	server {
		listen 127.0.0.5:%(port)d;
		proxy_set_header X-Forwarded-For "";
		proxy_set_header Forwarded
		    '${before}for=$remote_addr;proto=$scheme;host="$http_host"';
		location / { proxy_pass %(to)s; }
	}
	server {
		listen 127.0.0.6:%(port)d ssl;
		ssl_certificate %(pem)s;
		ssl_certificate_key %(pem)s;
		location / { proxy_pass %(to)s; }
	}
	server {
		listen 127.0.0.7:%(port)d;
		proxy_set_header X-Forwarded-For $http_x_forwarded_for;
		location / { proxy_pass %(to)s; }
	}
}
"""

EVIL = [("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"), ("Forwarded",
         "for=203.0.113.66;proto=https;host=evil.example"),
        ("X-Real-IP", "203.0.113.66"), ("Proxy", "http://evil.example")]


def certificate():
    path = e2e.fresh("pem")
    subprocess.run([
        e2e.need("OPENSSL", "openssl"), "req", "-x509", "-newkey", "ec",
        "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", path, "-out", path + ".crt"],
        check=True, capture_output=True, timeout=e2e.PATIENCE)
    with open(path, "a") as f, open(path + ".crt") as more:
        f.write(more.read())
    return path


class Chain:
    """Both nginx and the program, which gets the options."""

    def __init__(self, *options, app=APP, unix=False):
        self.server = e2e.Server(app, *options)
        sock = e2e.fresh("inner.sock")
        edits = [(r"(server_name\s)", r"listen unix:%s; \1" % sock)]
        self.inner = e2e.Nginx(e2e.site_conf(self.server.sock, edits))
        pem = certificate()
        self.outer = e2e.Nginx(lambda port: CONF % {
            "user": "" if os.getuid() else "user www-data;", "port": port,
            "bind": "" if unix else "proxy_bind %s;" % OUTER, "pem": pem,
            "to": "http://unix:%s:" % sock if unix else
            "http://127.0.0.1:%d" % self.inner.port})

    def get(self, target, *headers, via=X_FORWARDED, by=CLIENT,
            host="localhost"):
        """Ask the outer nginx at its address via, from the address by."""
        return get(self.outer.port, target, *headers, via=via, by=by,
                   host=host)

    def sees(self, name, want, *headers, target="/get", **where):
        """The program's idea of client and URL, and what it has logged."""
        a = self.get(target, *headers, **where)
        got = (a.json()["origin"], a.json()["url"]) if a.status == 200 else a
        n = len(self.server.requests())
        eq(got, want, name)
        eq(self.server.requests(n)[-1]["peer"], want[0], name + ", logged")


def get(port, target, *headers, via="127.0.0.1", by=CLIENT, host="localhost"):
    c = e2e.Http.__new__(e2e.Http)
    c.s = socket.create_connection((via, port), e2e.PATIENCE, (by, 0))
    if via == TLS:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        c.s = context.wrap_socket(c.s)
    c.f = c.s.makefile("rb")
    hosts = host if isinstance(host, (list, tuple)) else [host]
    lines = ["GET %s HTTP/1.%d" % (target, host is not None)]
    lines += ["Host: " + h for h in hosts if h is not None]
    lines += ["%s: %s" % pair for pair in headers]
    c.send("\r\n".join(lines + ["Connection: close", "", ""]).encode())
    try:
        return c.answer()
    finally:
        c.close()


# ---- whose word counts ------------------------------------------------------

def two_proxies():
    c = Chain("--proxies", OUTER, "--hosts", "www.example")
    host = "www.example:8443"
    for via, name in ((X_FORWARDED, "X-Forwarded-*"),
                      (FORWARDED, "Forwarded")):
        c.sees(name, (CLIENT, "http://www.example:8443/get?a=%20b"), via=via,
               host=host, target="/get?a=%20b")
        c.sees(name + ", and what the client has invented",
               (CLIENT, "http://www.example/get"), *EVIL, via=via,
               host="www.example")
    c.sees("over TLS", (CLIENT, "https://www.example:8443/get"), via=TLS,
           host=host)
    c.sees("over TLS, and what the client has invented",
           (CLIENT, "https://www.example/get"), *EVIL, via=TLS,
           host="www.example")

    a = c.get("/get", ("X-Forwarded-For", "203.0.113.66"),
              ("X_Forwarded_For", "203.0.113.67"), host="www.example")
    eq((a.json()["origin"], a.json()["headers"]["X-Forwarded-For"]),
       (CLIENT, "203.0.113.66, " + CLIENT),
       "the header itself stays as it came, without the one with underscores")

    # The inner nginx itself is not served under this name, nor under its own.
    for host in "evil.example", "www.example.evil.example", "127.0.0.1":
        for via in X_FORWARDED, FORWARDED, TLS:
            a = c.get("/get", via=via, host=host)
            ok(a.status == 400 and a.is_problem(),
               "%s by way of %s: 400" % (host, via), a)
    eq(get(c.inner.port, "/get", host="www.example").status, 200,
       "the inner nginx, asked for a name that is served")


def several_hops():
    """From the right, past all that is trusted, to the first that is not."""
    c = Chain("--proxies", OUTER + " 127.0.0.4/31 2001:db8:1::/48 unix:")
    http, https = "http://localhost/get", "https://localhost/get"
    for said, want in {
            "203.0.113.1": "203.0.113.1",
            "192.0.2.9, 203.0.113.1": "203.0.113.1",
            "127.0.0.4, 203.0.113.1": "203.0.113.1",
            "203.0.113.1, 127.0.0.5": "203.0.113.1",
            "192.0.2.9, 203.0.113.1,127.0.0.4 ,\t127.0.0.5": "203.0.113.1",
            "203.0.113.1:4711": "203.0.113.1",
            "2001:db8::17": "2001:db8::17",
            "[2001:db8::17]:4711": "2001:db8::17",
            "2001:db8::17, 2001:db8:1:2::3": "2001:db8::17",
            "2001:db8::17, [2001:db8:1::4]:80": "2001:db8::17",
            "203.0.113.1, unix:": "203.0.113.1",
            "127.0.0.5, 127.0.0.4": "127.0.0.5",
            # what is no address hides the one that said so
            "203.0.113.1, unknown": OUTER, "<script>": OUTER,
            "203.0.113.1, ": OUTER, "203.0.113.1 203.0.113.2": OUTER,
    }.items():
        # at the end of it the outer nginx adds the edge
        c.sees("X-Forwarded-For: " + said, (want, http),
               ("X-Forwarded-For", said), by=EDGE)
    c.sees("X-Forwarded-For in two lines", ("203.0.113.1", http),
           ("X-Forwarded-For", "192.0.2.9"),
           ("X-Forwarded-For", "203.0.113.1"), by=EDGE)
    c.sees("the same from a client", (CLIENT, http),
           ("X-Forwarded-For", "203.0.113.1, " + EDGE))

    for said, want in {
            'for=203.0.113.1;proto=https': ("203.0.113.1", https),
            'for=192.0.2.9, for=203.0.113.1;proto=https':
            ("203.0.113.1", https),
            'for="[2001:db8::17]:4711";proto=https': ("2001:db8::17", https),
            'FOR="[2001:db8::17]:_x" ; Proto="HTTPS";by=_y':
            ("2001:db8::17", https),
            'for=203.0.113.1;proto=http;host="a.localhost:81", for=127.0.0.5;'
            'proto=https': ("203.0.113.1", "http://a.localhost:81/get"),
            'for=203.0.113.1;proto=https, for="[2001:db8:1::4]:80"':
            ("203.0.113.1", https),
            'for=203.0.113.1, for="unix:"': ("203.0.113.1", http),
            'for=192.0.2.9;by=", for=203.0.113.1;proto=https':
            ("203.0.113.1", https),
            'for=203.0.113.1;by="_a, for=192.0.2.9;proto=https"':
            ("203.0.113.1", http),
            'for=203.0.113.1, for=unknown;proto=https': (OUTER, https),
            'for=203.0.113.1, for=_hidden': (OUTER, http),
            'for=203.0.113.1, "': (OUTER, http),
    }.items():
        c.sees("Forwarded: " + said, want, ("Forwarded", said), by=EDGE,
               via=FORWARDED)
    c.sees("Forwarded in two lines", ("203.0.113.1", "https://a.localhost/get"),
           ("Forwarded", "for=192.0.2.9;proto=http"), ("Forwarded",
           "for=203.0.113.1;proto=https;host=a.localhost"), by=EDGE,
           via=SILENT)
    c.sees("Forwarded from a client", (CLIENT, http),
           ("Forwarded", "for=203.0.113.1;proto=https, for=" + EDGE),
           via=FORWARDED)


def not_trusted():
    c = Chain()
    c.sees("without the setting the outer nginx is the client",
           (OUTER, "http://127.0.0.1:%d/get" % c.inner.port), *EVIL)
    a = c.get("/get", *EVIL, via=TLS)
    eq((a.json()["origin"], a.json()["url"].split(":")[0]), (OUTER, "http"),
       "also over TLS")
    c = Chain("--proxies", EDGE + " 10.0.0.0/8", "--hosts",
              "localhost 127.0.0.1")
    c.sees("with others in it too",
           (OUTER, "http://127.0.0.1:%d/get" % c.inner.port), *EVIL)
    for name, by in (("a client", CLIENT), ("the outer nginx's host", OUTER)):
        a = get(c.inner.port, "/get", *EVIL, by=by)
        eq((a.json()["origin"], a.json()["url"]), (by, "http://localhost/get"),
           name + " at the inner nginx itself")
        ok("Proxy" not in a.json()["headers"], "Proxy is no header", a)
    a = get(c.inner.port, "/get", *EVIL, by=EDGE)
    eq(a.status, 400, "who is trusted is held to what he says")

    probe = Chain("--proxies", OUTER, app=e2e.PROBE)
    for via in X_FORWARDED, SILENT:
        a = probe.get("/var/HTTP_PROXY", *EVIL[-1:], via=via)
        eq(a.status, 404, "HTTP_PROXY does not arrive, by way of " + via)


def unix_socket():
    """The outer nginx on the same machine: REMOTE_ADDR is unix:."""
    for proxies, by, https, http in (
            ("unix:", CLIENT, "https://www.example/get",
             "http://www.example/get"),
            ("127.0.0.3 ::/0", "unix:", "http://localhost/get",
             "http://localhost/get")):
        c = Chain("--proxies", proxies, "--hosts", "www.example localhost",
                  unix=True)
        for via, url in ((X_FORWARDED, http), (FORWARDED, http),
                         (TLS, https)):
            c.sees("proxies=%s by way of %s" % (proxies, via), (by, url),
                   *EVIL, via=via, host="www.example")
        c.sees("proxies=%s, a client that says it comes from there" %
               proxies, (by, http), ("X-Forwarded-For", "203.0.113.66, unix:"),
               host="www.example")
        a = get(c.inner.port, "/get", *EVIL)
        eq((a.json()["origin"], a.json()["url"]),
           (CLIENT, "http://localhost/get"), "past the socket: not trusted")


def hsts():
    """For a year HTTPS only: said over HTTPS, or nobody could come back."""
    name = "Strict-Transport-Security"
    c = Chain("--proxies", OUTER)
    for via, want in ((TLS, "max-age=31536000"), (X_FORWARDED, None),
                      (FORWARDED, None)):
        for target, status in (("/html", 200), ("/nowhere", 404)):
            a = c.get(target, ("Accept", "text/html"), *EVIL, via=via)
            eq((a.status, a["Content-Type"], a[name]),
               (status, "text/html; charset=utf-8", want),
               "%s by way of %s" % (target, via))
    eq(get(c.inner.port, "/html", *EVIL)[name], None, "the inner one itself")
    a = c.get("/html", ("X-Forwarded-Proto", "https"), by=EDGE)
    eq(a[name], None, "the outer one says http, whoever says https before it")
    a = Chain().get("/html", via=TLS)
    eq((a.status, a[name]), (200, None), "TLS at a proxy that is not trusted")


# ---- which hosts are served -------------------------------------------------

SERVED = {
    # hosts: served as they are sent; then not served; then not a host
    "www.example": (
        ["www.example", "WWW.Example", "www.example.", "www.example:80",
         "www.example:65535", "www.example:", "WWW.EXAMPLE.:8080"],
        ["example", "a.www.example", "www.example.evil", "wwwxexample",
         "www-example", "127.0.0.1", "localhost", "[::1]"],
        ["www.example:65536", "www.example:x", "www.example:80:80",
         ".www.example", "www..example", "www.example..", "..", ":80",
         "www.example/x", "www.example#", "x@www.example", "www.example, x",
         "www.example x", 'www.exa"mple', "www.example\\", "<x>", "%77ww",
         "w\u00fcw.example", "[www.example]"]),
    ".example.org [2001:db8::1] 192.0.2.1": (
        ["example.org", "a.example.org", "A.B.Example.ORG.:1",
         "[2001:db8::1]", "[2001:DB8::1]:443", "192.0.2.1", "192.0.2.1:81"],
        ["evilexample.org", "example.org.evil", "org",
         "[2001:db8::2]", "192.0.2.11", "192.0.2.1.example", "localhost"],
        ["2001:db8::1", "[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]443",
         "[::g]", "[]", "[192.0.2.1]"]),
    "*": (
        ["anything.at.all", "[2001:db8::9]:1", "10.0.0.1", "under_score"],
        [], ["a..b", "a b", "[:::]", "a@b", "a:70000"]),
}


def refused(a, says):
    return a.status == 400 and a.is_problem() and says in a.json()["detail"]


def hosts():
    for setting, (served, others, none) in SERVED.items():
        server = e2e.Server(APP, "--hosts", setting, "--proxies", OUTER)
        nginx = e2e.Nginx(e2e.site_conf(server.sock))
        for host in served:
            a = get(nginx.port, "/get?x", host=host)
            eq((a.status, a.json().get("url")),
               (200, "http://%s/get?x" % host), "%s: %s" % (setting, host))
            a = get(nginx.port, "/absolute-redirect/2", host=host)
            eq((a.status, a["Location"]),
               (302, "http://%s/absolute-redirect/1" % host),
               "%s: %s leads there" % (setting, host))
            a = get(nginx.port, "/get", ("X-Forwarded-Host", host),
                    ("X-Forwarded-Proto", "https"), host="backend", by=OUTER)
            eq((a.status, a.json().get("url")), (200, "https://%s/get" % host),
               "%s: %s, forwarded" % (setting, host))
        for host in others + none:
            # Some of them nginx refuses itself, with a page of its own.
            for target in "/get", "/absolute-redirect/2", "/nowhere":
                a = get(nginx.port, target, host=host)
                ok(a.status == 400 and a["Location"] is None,
                   "%s: %s: 400 for %s" % (setting, host, target), a)
            # The program itself, whatever the web server lets through.
            says = "setting hosts" if host in others else \
                "a name or an address is expected"
            c = e2e.Fcgi(server.sock)
            a = c.request("GET", "/get", HTTP_HOST=host)
            ok(refused(a, says), "%s: %s: a problem" % (setting, host), a)
            a = c.request("GET", "/get", HTTP_HOST=served[0],
                          HTTP_X_FORWARDED_HOST=host.replace(",", ";"),
                          REMOTE_ADDR=OUTER)
            ok(refused(a, says), "%s: %s, forwarded: a problem" %
               (setting, host), a)
            c.close()


def odd_hosts():
    """None, none that can be read, and two of them."""
    server = e2e.Server(APP, "--hosts", "www.example")
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    a = get(nginx.port, "/get", host=None)
    eq((a.status, a.json()["url"]), (200, "http://notes.example.org/get"),
       "HTTP/1.0 without one: the server's name")
    n = len(server.requests(1))
    for hosts in ["", ["www.example", "www.example"],
                  ["www.example", "evil.example"],
                  ["evil.example", "www.example"], []]:
        eq(get(nginx.port, "/get", host=hosts).status, 400,
           "Host %r: 400" % (hosts,))
    a = get(nginx.port, "http://evil.example/get", host="www.example")
    eq(a.status, 400, "another one in the request line: 400")
    a = get(nginx.port, "http://www.example/get", host="www.example:81")
    eq((a.status, a.json()["url"]), (200, "http://www.example:81/get"),
       "the same one in the request line")
    eq(len(server.requests(n + 1)), n + 1, "all these nginx refuses itself")

    c = e2e.Fcgi(server.sock)
    pairs = [pair for pair in e2e.params("GET", "/get").items()
             if pair[0] != "HTTP_HOST"]
    for hosts, status in ((["www.example"] * 2, 400), ([""], 200), ([], 200),
                          (["www.example", "evil.example"], 400),
                          (["www.example", ""], 400)):
        more = [("HTTP_HOST", host) for host in hosts]
        c.send(e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pairs(
            pairs + more + [("SERVER_NAME", "server.example")])) +
            e2e.record(e2e.STDIN))
        a = c.answer()
        if status == 200:
            eq((a.status, a.json()["url"]),
               (200, "http://server.example/get"),
               "Host %r: the server's name" % hosts)
        else:
            ok(refused(a, "a name or an address is expected"),
               "Host %r: a problem" % hosts, a)
    c.close()


# ---- the settings themselves ------------------------------------------------

def settings():
    """A wrong entry is an error at start, whichever way it was set."""
    sock = e2e.fresh("sock")
    serve = [e2e.program(APP), "serve", "--listen", "unix:" + sock]
    for name, value, entry in (
            ("hosts", "www.example www.example:80", "www.example:80"),
            ("hosts", "", ""), ("hosts", "a.example, b.example", "a.example,"),
            ("hosts", "*.example", "*.example"), ("hosts", "::1", "::1"),
            ("proxies", "127.0.0.1 10.0.0.0/33", "10.0.0.0/33"),
            ("proxies", "127.0.0.1,10.0.0.1", "127.0.0.1,10.0.0.1"),
            ("proxies", "localhost", "localhost"),
            ("proxies", "unix:/run/nginx.sock", "unix:/run/nginx.sock")):
        file = e2e.fresh("conf")
        with open(file, "w") as f:
            f.write("threads = 2\n%s = %s\n" % (name, value))
        variable = "HTTPBIN_" + name.upper()
        for where, want, got in (
                ("--" + name, 64, e2e.command(*serve, "--" + name, value)),
                (file + ":2", 78, e2e.command(*serve, "--config", file)),
                ("environment " + variable, 78,
                 e2e.command(*serve, env={variable: value})),
                ("environment " + variable, 78,
                 e2e.command(serve[0], env={
                     variable: value, "GATEWAY_INTERFACE": "CGI/1.1",
                     "REQUEST_METHOD": "GET"}))):
            status, out, err = got
            ok(status == want and e2e.one_line(err) and
               err.startswith("httpbin: %s: %s: " % (where, name)) and
               err.endswith(" is expected, not '%s'\n" % entry),
               "%s = %s by %s: %d" % (name, value, where.replace(
                   file, "a file"), want), got)
    ok(not os.path.exists(sock), "no socket was made")


e2e.run(two_proxies, several_hops, not_trusted, unix_socket, hsts, hosts,
        odd_hosts, settings)
