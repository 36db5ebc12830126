# SPDX-License-Identifier: ISC
"""The same program behind every server: the same requests, the same answers.

SETUPS says how the program is run, REQUESTS what is asked, and each of them is
a line for each of the others.  The configurations are those that the program
prints.  Where a server cannot do otherwise, DIFFERENCES says what and why.

The variable SETUPS is a pattern for some of them: SETUPS=lighttpd.
"""

import glob
import io
import os
import re
import socket
from collections import namedtuple

import e2e
import web
from e2e import eq, ok
from web import Apache, Caddy, H2o, Lighttpd, Nginx

MIB = 1024 * 1024
PROGRAM = web.portable(e2e.PROBE)


# ---- what is asked ----------------------------------------------------------

# want is compared with the answer: status; body, as bytes, or members of JSON;
# headers, where None is "not there" and a list is all of that name.
# "PREFIX" in it is the path below which the program lives.
Request = namedtuple("Request", "name method target headers body want")


def request(name, target, method="GET", headers=(), body=None, **want):
    want.setdefault("status", 200)
    return Request(name, method, target, headers, body, want)


def seen(name, target, verb="GET", headers=(), body=None, **members):
    """What the program says that it has seen."""
    return request(name, target, verb, headers, body, json=members)


BASIC = ("Authorization", "Basic dXNlcjpzZWNyZXQ=")
BEARER = ("Authorization", "Bearer abc.DEF-123")
BIG = bytes(range(251)) * (MIB // 251 + 1)
PROBLEM = {"Content-Type": "application/problem+json"}

PATHS = (
    request("the root", "/", body_is=b"the root"),
    seen("a path", "/seen/a/b", rest="a/b", link="PREFIX/seen/a/b"),
    seen("a slash at the end", "/seen/a/", rest="a/", link="PREFIX/seen/a/"),
    seen("two slashes", "//seen//a///b", rest="a/b"),
    seen("dots", "/x/../seen/./a", rest="a"),
    seen("encoded dots", "/x/%2e%2E/seen/%2e/a", rest="a"),
    seen("a space", "/seen/a%20b", rest="a b", link="PREFIX/seen/a%20b"),
    seen("a plus sign", "/seen/a+b", rest="a+b"),
    seen("UTF-8", "/seen/%C3%A4/%E2%82%AC", rest="\u00e4/\u20ac",
         link="PREFIX/seen/%C3%A4/%E2%82%AC"),
    seen("letters that are encoded", "/%73een/%61", rest="a"),
    request("%2F", "/segment/a%2Fb", body_is=b"a/b"),
    request("%252F", "/segment/a%252Fb", body_is=b"a%2Fb"),
    request("%3F and %23", "/segment/a%3Fb%23c", body_is=b"a?b#c"),
    request("%25 and %5C", "/segment/a%25b%5Cc", body_is=b"a%b\\c"),
    request("a semicolon", "/segment/a;b=c,d", body_is=b"a;b=c,d"),
    request("not UTF-8", "/seen/%ff", status=400),
    request("a NUL", "/seen/a%00b", status=400),
    request("a link to the folder", "/folder/", body_is=b"PREFIX/folder/"),
    request("a slash is missing", "/folder?a=b&c=%2F", status=308,
            headers_are={"Location": "PREFIX/folder/?a=b&c=%2F"}),
    *(request(str(status), "/redirect/%d" % status, status=status,
              body_is=b"", headers_are={"Location": "PREFIX/folder/"})
      for status in (301, 302, 303, 307, 308)),
    request("303 to a POST", "/redirect/303", "POST", body=b"x", status=303,
            body_is=b"", headers_are={"Location": "PREFIX/folder/"}),
    request("201", "/created", "POST", body=b"x", status=201,
            body_is=b"created", headers_are={"Location": "PREFIX/folder/"}),
)

REQUESTS = PATHS + (
    # ---- the query
    seen("an empty query", "/seen/a?", rest="a", query=""),
    seen("a query", "/seen/a?x=%2F%26&y=a+b&&z", query="x=%2F%26&y=a+b&&z"),
    seen("UTF-8 in a query", "/seen/a?%C3%A4", query="%C3%A4"),
    # RFC 3875, 4.4: a CGI program gets these as arguments.
    seen("a query of words", "/seen/a?serve+--help", query="serve+--help"),
    seen("a second question mark", "/seen/a?b?c", query="b?c"),

    # ---- who asks
    seen("the client's address", "/seen/a", peer="127.0.0.1"),
    seen("HTTP", "/seen/a", scheme="http"),
    request("Host", "/header/Host", body_is=b"localhost"),
    request("Basic", "/login", headers=[BASIC],
            json={"user": "user", "password": "secret"}),
    request("Bearer", "/login", headers=[BEARER],
            json={"token": "abc.DEF-123"}),
    request("401", "/login", status=401, headers_are={
        **PROBLEM, "WWW-Authenticate": 'Basic realm="probe"'}),
    seen("no REMOTE_USER", "/seen/a", headers=[
        BASIC, ("Remote-User", "admin"), ("Remote_User", "admin"),
        ("Variable-REMOTE_USER", "admin")], user=""),
    request("no HTTP_PROXY", "/var/HTTP_PROXY", headers=[
        ("Proxy", "http://evil/")], status=404),
    request("Proxy", "/header/Proxy", headers=[
        ("Proxy", "http://evil/")], status=404),

    # ---- headers
    request("a header", "/header/X-Some", headers=[
        ("X-Some", 'a, b; c="d" \xc3\xa4')],
            body_is=b'a, b; c="d" \xc3\xa4'),
    request("a header twice", "/header/X-Twice", headers=[
        ("X-Twice", "1"), ("X-Twice", "2")], body_is=b"1, 2"),
    request("a cookie", "/header/Cookie", headers=[("Cookie", "a=1; b=2")],
            body_is=b"a=1; b=2"),
    request("Cookie twice", "/header/Cookie", headers=[
        ("Cookie", "a=1"), ("Cookie", "b=2")], body_is=b"a=1; b=2"),
    request("answered twice", "/twice", headers_are={
        "Set-Cookie": ["a=1", "b=2"], "X-Twice": ["one", "two"]}),

    # ---- bodies
    seen("no body", "/seen/a", "POST", length=0),
    seen("an empty body", "/seen/a", "POST", body=b"", length=0),
    seen("no body, and a type", "/seen/a", "POST", headers=[
        ("Content-Type", "text/plain")], length=0),
    request("a body", "/echo", "POST", body=b"\0\r\n\xff",
            body_is=b"\0\r\n\xff"),
    request("a body of 1 MiB", "/echo", "POST", body=BIG[:MIB],
            body_is=BIG[:MIB]),
    request("a byte more", "/echo", "POST", body=BIG[:MIB + 1], status=413),

    request("a body that is not read", "/nothing", "POST", body=BIG[:MIB],
            status=404, headers_are=PROBLEM),
    request("a body that is not read, and a large answer", "/big?n=%d" % MIB,
            "POST", body=BIG[:MIB], body_is=BIG[:MIB]),

    # ---- methods
    *(seen(method, "/seen/a", method, body=b"x", method=method, length=1)
      for method in ("PUT", "PATCH", "DELETE")),
    request("HEAD", "/page", "HEAD", body_is=b"",
            headers_are={"Content-Length": "6", "ETag": '"one"'}),
    request("OPTIONS", "/page", "OPTIONS", status=204, body_is=b"",
            headers_are={"Allow": "GET, HEAD, OPTIONS"}),
    request("405", "/page", "DELETE", status=405, headers_are={
        **PROBLEM, "Allow": "GET, HEAD, OPTIONS"}),

    # ---- answers
    request("a length", "/page", body_is=b"a page", headers_are={
        "Content-Length": "6", "ETag": '"one"', "Status": None,
        "Content-Type": "text/plain; charset=utf-8"}),
    request("an answer of 1 MiB", "/big?n=%d" % MIB, body_is=BIG[:MIB]),
    request("404", "/nothing", status=404, headers_are=PROBLEM,
            json={"detail": "there is nothing at this path"}),
    *(request(str(status), "/status/%d" % status, status=status,
              body_is=b"as asked for")
      for status in (202, 203, 403, 404, 410, 418, 429, 500, 502, 503)),
    request("204", "/empty", status=204, body_is=b"", headers_are={
        "Content-Type": None, "Content-Length": None}),
    request("304", "/page", headers=[("If-None-Match", '"one"')], status=304,
            body_is=b"", headers_are={"ETag": '"one"'}),
    request("not 304", "/page", headers=[("If-None-Match", '"two"')],
            body_is=b"a page"),
)

HTTPS_REQUESTS = (
    seen("https", "/seen/a", scheme="https"),
    request("a body of 1 MiB", "/echo", "POST", body=BIG[:MIB],
            body_is=BIG[:MIB]),
    request("a redirect", "/redirect/303", status=303,
            headers_are={"Location": "PREFIX/folder/"}),
)


def with_prefix(value, prefix):
    """The same, with PREFIX filled in."""
    if isinstance(value, bytes):
        return value.replace(b"PREFIX", prefix.encode())
    if isinstance(value, str):
        return value.replace("PREFIX", prefix)
    if isinstance(value, dict):
        return {k: with_prefix(v, prefix) for k, v in value.items()}
    return value


def all_of(answer, name):
    return [v for n, v in answer.headers if n.lower() == name.lower()]


def wrong(answer, want):
    """What of the answer is not as wanted, in words; empty if all is."""
    found = []
    if answer.status not in (want["status"] if isinstance(
            want["status"], tuple) else (want["status"],)):
        found.append("status %d" % answer.status)
    if "body_is" in want and answer.body != want["body_is"]:
        found.append("body %d bytes: %r" % (len(answer.body),
                                            answer.body[:200]))
    for name, value in want.get("headers_are", {}).items():
        got = all_of(answer, name)
        if got != ([] if value is None else
                   value if isinstance(value, list) else [value]):
            found.append("%s: %r" % (name, got))
    if want.get("json") and not found:
        got = answer.json()
        found += ["%s: %r" % (name, got.get(name))
                  for name, value in want["json"].items()
                  if got.get(name) != value]
    return found


def ask(setup, server, r):
    want = with_prefix({**r.want, **difference(setup, r.name)}, setup.prefix)
    c = server.http()
    answer = c.request(r.method, setup.prefix + r.target, r.body, r.headers)
    found = wrong(answer, want)
    ok(not found, "%s: %s" % (setup.name, r.name), *found, answer)
    c.close()


# ---- what a table cannot say ------------------------------------------------

def chunked(setup, server):
    for size in (0, 5, 1000000):    # H2O's limit counts the chunks' heads
        c = server.http()
        c.send(b"POST %s/echo HTTP/1.1\r\nHost: localhost\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n" % setup.prefix.encode() +
               b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                        [BIG[i:min(i + 30000, size)]
                         for i in range(0, size, 30000)]) + b"0\r\n\r\n")
        answer = c.answer()
        eq((answer.status, answer.body == BIG[:size]), (200, True),
           "%s: %d bytes in chunks" % (setup.name, size))
        c.close()


def expect(setup, server):
    """A client that waits for the server's word before it sends."""
    c = server.http()
    c.send(b"POST %s/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
           b"Expect: 100-continue\r\n\r\n" % setup.prefix.encode())
    interim = c.answer()
    c.send(b"hello")
    answer = c.answer()
    eq((interim.status, answer.status, answer.body), (100, 200, b"hello"),
       setup.name + ": Expect: 100-continue")
    c.close()


def read_on(c, got, until):
    """All that arrives, to the end or until there is something in it."""
    try:
        while until is None or until not in got:
            part = c.f.read1(65536)
            if not part:
                break
            got += part
    except ConnectionResetError:
        pass
    return got


def streamed(setup, server, path):
    """What arrives before the program goes on; and the whole answer, or None
    if it ends before it should."""
    go_on = e2e.fresh("go.on")
    c = server.http()
    c.send(b"GET %s%s?until=%s HTTP/1.1\r\nHost: localhost\r\n"
           b"Connection: close\r\n\r\n" %
           (setup.prefix.encode(), path, go_on.encode()))
    first = read_on(c, b"", b"first\n")
    with open(go_on, "w"):
        pass
    everything = read_on(c, first, None)
    c.f = io.BytesIO(everything)
    try:
        answer = c.answer()
    except (EOFError, ValueError):
        answer = None
    c.close()
    return first, answer


def stream(setup, server):
    first, answer = streamed(setup, server, b"/stream")
    ok(b"first\n" in first and b"second" not in first,
       setup.name + ": the first line of a stream is there at once", first)
    eq(answer and answer.body, b"first\nsecond\n",
       setup.name + ": and then all of it")


def cut(setup, server):
    name = "an answer that was cut can be told"
    want = difference(setup, name).get("body_is")
    first, answer = streamed(setup, server, b"/cut")
    ok(b"first\n" in first and (answer is None if want is None else
                                answer and answer.body.startswith(want)),
       "%s: %s" % (setup.name, name), first, answer)


def port_of_host(setup, server):
    """A check of Origin needs the port."""
    c = server.http()
    c.send(b"GET %s/header/Host HTTP/1.1\r\nHost: localhost:4711\r\n\r\n" %
           setup.prefix.encode())
    answer = c.answer()
    eq((answer.status, answer.body), (200, b"localhost:4711"),
       setup.name + ": Host has its port")
    c.close()


SPECIAL = chunked, expect, stream, cut, port_of_host


# ---- where a server differs, and why ----------------------------------------

# The set-ups' names as a pattern, and the request's; what is wanted then, and
# the reason, which stile-deploy(7) gives as well.
DIFFERENCES = (
    ("Apache.*", "a NUL", {"status": 404},
     "Apache says so of a path that no file's name could be"),
    ("Apache.*|Caddy.*", "Cookie twice", {"body_is": b"a=1, b=2"},
     "they join repeated headers by a comma, which no client sends of Cookie"),
    ("H2O.*", "Cookie twice", {"body_is": b"a=1;b=2"},
     "H2O joins cookies without the blank"),
    ("Apache.*", "answered twice", {"headers_are": {
        "Set-Cookie": ["a=1", "b=2"], "X-Twice": "one, two"}},
     "Apache joins repeated headers of an answer but Set-Cookie"),
    ("Caddy.*", "dots", {"status": 400, "json": {}},
     "Caddy leaves dots in the path, which the program refuses"),
    ("Caddy.*", "encoded dots", {"status": 400, "json": {}},
     "Caddy leaves dots in the path, which the program refuses"),
    ("lighttpd.*", "no body", {"status": 411, "json": {}},
     "lighttpd wants a length for POST, even if it is 0"),
    ("lighttpd.*", "no body, and a type", {"status": 411, "json": {}},
     "lighttpd wants a length for POST, even if it is 0"),
    (".*fcgiwrap|.*cgid|.*mod_cgi", "an answer that was cut can be told",
     {"body_is": b"first\n"},
     "the end of a CGI program is the end of its answer"),
    ("Apache mod_fcgid", "an answer that was cut can be told",
     {"body_is": b"first\n<!DOCTYPE"},
     "mod_fcgid sends its own page of an error behind what there was"),
    ("Caddy.*|H2O.*", "an answer that was cut can be told",
     {"body_is": b"first\n"},
     "they end the answer as if that had been all"),
)


def difference(setup, name):
    for setups, request, want, reason in DIFFERENCES:
        if request == name and re.fullmatch(setups, setup.name):
            return want
    return {}


# ---- how the program is run -------------------------------------------------

def bound(kind, path):
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(path)
    os.chmod(path, 0o660)
    return s


class App:
    """The program on a socket of its own; or none, for others start it."""

    def __init__(self, how, settings=(), **env):
        self.how = how
        self.settings = settings
        self.env = env
        self.listen = "unix:%s/sock" % web.folder("app")
        if how == "tcp":
            self.listen = "tcp:127.0.0.1:%d" % e2e.free_port()
        self.start()

    def start(self):
        sock = self.listen.partition(":")[2]
        argv = {
            "unix": [PROGRAM, "serve", "--listen", self.listen,
                     *self.settings],
            "tcp": [PROGRAM, "serve", "--listen", self.listen],
            "spawn-fcgi": [os.environ.get("SPAWN_FCGI") or "spawn-fcgi", "-n",
                           "-s", sock, "-M", "0660", "--", PROGRAM],
            "systemd": ["/bin/sh", "-c", "exec 3<&0 </dev/null; "
                        "LISTEN_PID=$$ LISTEN_FDS=1 exec $0 serve",
                        PROGRAM],
            "fcgiwrap": [os.environ.get("FCGIWRAP") or "fcgiwrap", "-s",
                         self.listen],
        }.get(self.how)
        self.server = None
        if self.how == "fcgiwrap":
            self.server = e2e.Process("fcgiwrap", argv, want=None, **web.AS)
            e2e.wait_for("fcgiwrap", lambda: os.path.exists(sock))
        elif argv:
            stdin = bound(socket.SOCK_STREAM, sock) \
                if self.how == "systemd" else None
            if stdin:
                stdin.listen(16)
            self.server = e2e.Server(
                e2e.PROBE, sock=sock, argv=argv, wait=False,
                stdin=stdin or -3, env=e2e.environment(
                    PROBE_LOG_FORMAT="json", **self.env))
            self.server.wait_serving()
            if self.how != "tcp":
                self.server.let_nginx_in()


# listen has to be replaced by the test, everything else is as it was printed.
SERVER = "server {\n\tlisten\t80;\t# @listen\n%s}\n"
UPSTREAM = "upstream probe {\n\tserver %s;\n\tkeepalive 4;\n}\n"


def not_kept(text, app):
    return e2e.edited(text, [(r"(fastcgi_keep_conn\s+)on", r"\1off"),
                             (r"\tkeepalive.*\n", "")])


def location(text, app):
    return UPSTREAM % app.listen + SERVER % text


def fcgiwrap(text, app):
    return SERVER % e2e.edited(text, [
        (r"unix:.*(;.*# @fcgiwrap)", app.listen + r"\1")])


def edits(*pairs):
    """The printed text, with what the manual says for a path below a site."""
    return lambda text, app: e2e.edited(text, pairs)


# web: the server; command: what prints its site; app: how the program is run,
# None if the web server does it; prefix: where; site: what is done to the text
# that was printed; kept: whether connections to the program stay open; https:
# whether it is tried with that as well.
Setup = namedtuple("Setup", "name web command app prefix settings site kept "
                   "https", defaults=(None, "", (), None, None, False))
BELOW = ("--prefix", "/api")

SETUPS = (
    Setup("nginx", Nginx, ["nginx"], "unix", kept=True, https=True),
    Setup("nginx, not kept", Nginx, ["nginx"], "unix", site=not_kept,
          kept=False),
    Setup("nginx, TCP", Nginx, ["nginx"], "tcp"),
    Setup("nginx, spawn-fcgi", Nginx, ["nginx"], "spawn-fcgi"),
    Setup("nginx, systemd's socket", Nginx, ["nginx"], "systemd"),
    Setup("nginx, fcgiwrap", Nginx, ["nginx", "--cgi"], "fcgiwrap",
          site=fcgiwrap, https=True),
    Setup("nginx below /api", Nginx, ["nginx", "--location", *BELOW], "unix",
          "/api", site=location),

    Setup("Apache mod_proxy_fcgi", Apache, ["apache"], "unix", kept=True,
          https=True),
    Setup("Apache mod_proxy_fcgi, TCP", Apache, ["apache"], "tcp"),
    Setup("Apache mod_proxy_fcgi below /api", Apache, ["apache"], "unix",
          "/api", BELOW, edits(
              (r'ProxyPass\t"/" "(.*)/"', r'ProxyPass "/api/" "\1/api/"'),
              (r'<Location "/">', '<Location "/api/">'))),
    Setup("Apache mod_fcgid", Apache, ["apache", "--fcgid"], https=True),
    Setup("Apache mod_fcgid below /api", Apache, ["apache", "--fcgid"], None,
          "/api", site=edits((r'ScriptAlias\t"/"', 'ScriptAlias "/api/"'),
                             (r'<Location "/">', '<Location "/api/">'))),
    Setup("Apache mod_cgid", Apache, ["apache", "--cgi"], https=True),
    Setup("Apache mod_cgid below /api", Apache, ["apache", "--cgi"], None,
          "/api", site=edits((r'ScriptAlias\t"/"', 'ScriptAlias "/api/"'),
                             (r'<Location "/">', '<Location "/api/">'))),

    Setup("lighttpd mod_fastcgi", Lighttpd, ["lighttpd"], "unix", kept=False,
          https=True),
    Setup("lighttpd mod_fastcgi, TCP", Lighttpd, ["lighttpd"], "tcp"),
    Setup("lighttpd mod_fastcgi below /api", Lighttpd, ["lighttpd"], "unix",
          "/api", site=edits((r'"/" => \(\(', r'"/api" => (('))),
    Setup("lighttpd mod_fastcgi, bin-path", Lighttpd, ["lighttpd", "--spawn"]),
    Setup("lighttpd mod_cgi", Lighttpd, ["lighttpd", "--cgi"], https=True),
    Setup("lighttpd mod_cgi below /api", Lighttpd, ["lighttpd", "--cgi"], None,
          "/api", site=edits((r'"/" => "', r'"/api/" => "'))),

    Setup("Caddy", Caddy, ["caddy"], "unix", kept=False, https=True),
    Setup("Caddy, TCP", Caddy, ["caddy"], "tcp"),
    Setup("Caddy below /api", Caddy, ["caddy"], "unix", "/api", BELOW,
          edits((r"reverse_proxy (unix)", r"reverse_proxy /api/* \1"))),

    Setup("H2O", H2o, ["h2o"], "unix", kept=True, https=True),
    Setup("H2O, TCP", H2o, ["h2o"], "tcp"),
    Setup("H2O below /api", H2o, ["h2o"], "unix", "/api", BELOW, edits(
        (r"(?m)^( +)/:$", r"\1/api:"))),
)


def site(setup, app):
    text = web.printed(PROGRAM, *setup.command, "--listen", app.listen)
    return setup.site(text, app) if setup.site else text


def kept(setup, server, app):
    """Whether a connection to the program outlives its request."""
    if not setup.kept:
        e2e.wait_for("the end of all connections",
                     lambda: not app.server.connections())
    eq(bool(app.server.connections()), setup.kept,
       "%s: connections are %skept" % (setup.name, "" if setup.kept else
                                       "not "))


def restart(setup, server, app):
    """While the program is away the server says so; then it is there again."""
    def statuses():
        # Several times: each process of the server finds out by itself.
        return {e2e.ask(server.port, "GET", "/page").status
                for i in range(20)}
    app.server.stop()
    got = statuses()
    ok(got <= {502, 503}, setup.name + ": the program is away", got)
    app.start()
    if setup.web is Lighttpd:       # it looks again after a second or two
        e2e.wait_for("lighttpd to look again", lambda: statuses() == {200})
    eq(statuses(), {200}, setup.name + ": and is asked again at once")


def nothing_left(name):
    """No process of the program, whoever started it."""
    def running():
        found = []
        for exe in glob.glob("/proc/[0-9]*/exe"):
            try:
                if os.readlink(exe) == PROGRAM:
                    found.append(exe)
            except OSError:
                pass
        return found
    try:
        e2e.wait_for("the program to end", lambda: not running())
        ok(True, name + ": no process is left")
    except AssertionError:
        eq(running(), [], name + ": no process is left")


def everything(setup):
    """A test for e2e.run: all the requests, or those about the path."""
    def test():
        app = App(setup.app, setup.settings)
        server = setup.web(site(setup, app))
        for r in PATHS if setup.prefix else REQUESTS:
            ask(setup, server, r)
        for special in () if setup.prefix else SPECIAL:
            special(setup, server)
        if setup.kept is not None:
            kept(setup, server, app)
        if setup.app in ("unix", "tcp") and not setup.prefix:
            restart(setup, server, app)
        server.stop()
        if app.server:
            app.server.stop()
        nothing_left(setup.name)
        # What a program says that the server has started.
        said = server.log() + server.errors()
        ok(not re.search("Sanitizer|runtime error|Can't open file", said),
           setup.name + ": no sanitizer report", said[-4000:])
    test.__name__ = setup.name
    return test


def https():
    tls = web.certificate()
    for setup in SETUPS:
        if setup.https:
            app = App(setup.app)
            server = setup.web(site(setup, app), tls)
            for r in HTTPS_REQUESTS:
                ask(setup, server, r)
            server.stop()
            if app.server:
                app.server.stop()


def files():
    """The program says which file, and the web server sends it."""
    for server, header in ((Nginx, "x-accel-redirect"),
                           (Lighttpd, "x-sendfile")):
        folder = web.folder("files")
        with open(folder + "/a file", "w") as f:
            f.write("its content")
        settings = ("--send-file", header, "--send-file-map",
                    folder + "=/x-accel")
        setup = Setup(header, server, [server.program, *settings], "unix",
                      settings=settings)
        app = App(setup.app, settings)
        s = setup.web(site(setup, app))
        answer = e2e.ask(s.port, "GET", "/file?path=%s/a%%20file" % folder)
        eq((answer.status, answer.body), (200, b"its content"),
           header + ": a file")
        eq((app.server.requests(1)[-1]["bytes"],
            answer["X-Accel-Redirect"], answer["X-Sendfile"]),
           (0, None, None), header + ": is not sent by the program")
        other = web.folder("other") + "/file"
        with open(other, "w") as f:
            f.write("no business of its")
        answer = e2e.ask(s.port, "GET", "/file?path=" + other)
        ok(b"business" not in answer.body,
           header + ": no file of another folder", answer)
        answer = e2e.ask(s.port, "GET", "/x-accel/a%20file")
        ok(b"content" not in answer.body, header +
           ": no way around the program", answer)


# ---- systemd ----------------------------------------------------------------

def notifies():
    """What a service of Type=notify and with WatchdogSec has to say."""
    path = e2e.fresh("notify")
    systemd = bound(socket.SOCK_DGRAM, path)
    systemd.settimeout(e2e.PATIENCE)
    app = App("systemd", NOTIFY_SOCKET=path, WATCHDOG_USEC="20000")
    eq(systemd.recv(100), b"READY=1", "systemd: it says that it serves")
    eq([systemd.recv(100) for i in range(3)], [b"WATCHDOG=1"] * 3,
       "systemd: and that it lives")
    app.server.signal(15)
    said = b"WATCHDOG=1"
    while said == b"WATCHDOG=1":
        said = systemd.recv(100)
    eq(said, b"STOPPING=1", "systemd: and that it ends")


def units():
    analyze = e2e.need("SYSTEMD_ANALYZE", "systemd-analyze")
    if not analyze:
        return
    folder = e2e.fresh("units")
    os.mkdir(folder)
    paths = []
    for kind, command in (("service", []), ("socket", ["--socket"])):
        paths.append("%s/probe.%s" % (folder, kind))
        with open(paths[-1], "w") as f:
            f.write(web.printed(PROGRAM, "systemd", *command))
    status, out, err = e2e.command(analyze, "verify", *paths)
    eq((status, out, err), (0, "", ""), "systemd-analyze verify")
    # Debian has no Litestream, so another program stands for it.
    paths.append(folder + "/notes-litestream.service")
    with open(os.path.join(e2e.srcdir, "nginx-conf", "systemd",
                           "litestream.service")) as f:
        unit = f.read()
    ok("\nExecStart=/usr/bin/litestream " in unit, "litestream's unit", unit)
    with open(paths[-1], "w") as f:
        f.write(unit.replace("/usr/bin/litestream", "/bin/true"))
    status, out, err = e2e.command(analyze, "verify", paths[-1])
    eq((status, out, err), (0, "", ""), "systemd-analyze verify: litestream")
    # From 0 to 100; a service without a word about rights has 96.
    status, out, err = e2e.command(analyze, "security", "--offline=true",
                                   "--threshold=10", paths[0])
    ok(status == 0, "systemd-analyze security", out[-300:], err)


# A server that is not there is skipped once, with all its set-ups.
there = {w for w in dict.fromkeys(setup.web for setup in SETUPS)
         if e2e.need(w.variable, w.program)}
e2e.run(*(everything(setup) for setup in SETUPS if setup.web in there
          and re.search(os.environ.get("SETUPS", ""), setup.name)),
        https, files, notifies, units)
