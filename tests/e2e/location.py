# SPDX-License-Identifier: ISC
"""nginx-conf/location.conf: a program below /api/ of another site."""

import os

import e2e
from e2e import ask, eq, ok

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
	upstream notes { server unix:%(sock)s; keepalive 4; }
	server {
		listen 127.0.0.1:%(port)d;
		location / { return 404 "the site\\n"; }
		include %(location)s;
	}
}
"""


def start(app):
    server = e2e.Server(app)
    return server, e2e.Nginx(lambda port: CONF % {
        "user": "" if os.getuid() else "user www-data;", "port": port,
        "sock": server.sock, "location":
        os.path.join(e2e.srcdir, "nginx-conf/location.conf")})


def notes():
    server, nginx = start(e2e.NOTES)
    c = e2e.Http(nginx.port)
    a = c.request("POST", "/api/notes", {"title": "x"})
    eq((a.status, a["Location"]), (201, "/api/notes/1"),
       "Location has the prefix")
    eq(c.get(a["Location"]).json()["title"], "x", "and leads to it")
    eq(c.get("/api/notes").status, 200, "the list")
    for path in ("/api/./notes/1", "/api//notes/1", "//api/notes/1",
                 "/x/../api/notes/1", "/%61pi/notes/1", "/api/%6Eotes/%31",
                 "/api/x/%2e%2e/notes/1"):
        eq(c.get(path).status, 200, path + ": 200")
    for path in ("/api/", "/api/api/notes", "/api/notes/", "/api/notes%2F1",
                 "/api/notes%0A", "/api/notes/1%0a", "/api/%0a/notes"):
        a = c.get(path)
        ok(a.status == 404 and a.is_problem(),
           path + ": the program says 404", a)
    for path in ("/notes", "/apinotes", "/API/notes", "/api/../notes"):
        eq(c.get(path).body, b"the site\n", path + ": is the site's")
    a = c.get("/api")
    eq((a.status, a["Location"].endswith("/api/")), (301, True),
       "/api: nginx adds the slash")
    eq(c.request("DELETE", "/api/notes").status, 405, "405")
    a = ask(nginx.port, "POST", "/api/notes", b"x" * (1024 * 1024 + 1))
    eq(a.status, 413, "over 1 MiB: 413")
    eq(len(server.connections()), 1, "all over one connection to the program")


def slash():
    server, nginx = start(e2e.PROBE)
    c = e2e.Http(nginx.port)
    a = c.get("/api/folder/")
    eq((a.status, a.body), (200, b"/api/folder/"), "a link has the prefix")
    for method, query in (("GET", ""), ("GET", "?a=b&c=%2F"), ("POST", "?x")):
        a = c.request(method, "/api/folder" + query,
                      None if method == "GET" else b"x")
        eq((a.status, a["Location"]), (308, "/api/folder/" + query),
           "%s /api/folder%s: 308 keeps prefix and query" % (method, query))
    eq(c.get("/api/var/SCRIPT_NAME").body, b"/api", "SCRIPT_NAME")
    eq(c.get("/api/var/PATH_INFO").body, b"/var/PATH_INFO", "PATH_INFO")
    eq(c.get("/api/var/REMOTE_USER").status, 404, "no REMOTE_USER")
    a = c.request("GET", "/api/var/REMOTE_USER", headers=[
        ("Authorization", "Basic YWRtaW46eA=="), ("Remote-User", "admin"),
        ("Proxy", "http://evil")])
    eq(a.status, 404, "whatever the client sends")
    for name in ("HTTP_PROXY", "HTTP_HOST"):
        a = c.request("GET", "/api/var/" + name, headers=[("Proxy", "evil")])
        eq(a.status, 404, name + " is no variable")
    eq(c.get("/api/var/REQUEST_SCHEME").body, b"http", "REQUEST_SCHEME")


def whole_site():
    """The same questions to nginx.conf."""
    server = e2e.Server(e2e.PROBE)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    c = e2e.Http(nginx.port)
    eq(c.get("/folder/").body, b"/folder/", "nginx.conf: a link")
    eq(c.get("/folder?a=b")["Location"], "/folder/?a=b", "nginx.conf: 308")
    eq(c.get("/var/SCRIPT_NAME").body, b"", "nginx.conf: SCRIPT_NAME")
    eq(c.get("/var/REMOTE_USER").status, 404, "nginx.conf: no REMOTE_USER")
    a = c.request("GET", "/big?n=100000", headers=[
        ("Accept-Encoding", "gzip")])
    eq((a.status, len(a.body), a["Content-Encoding"]), (200, 100000, None),
       "nginx.conf: bytes are not compressed")
    a = c.request("GET", "/big?n=10000000")
    eq((a.status, len(a.body)), (200, 10000000), "nginx.conf: 10 MB")
    for host in ("localhost:%d" % nginx.port, "LOCALHOST", "localhost.",
                 "127.0.0.1", "[::1]:80"):
        s = e2e.Http(nginx.port)
        s.send(b"GET /folder/ HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode())
        eq(s.answer().status, 200, "nginx.conf: Host: " + host)
        s.close()
    for head in (b"GET http://one/folder/ HTTP/1.1\r\nHost: two\r\n\r\n",
                 b"GET /folder/ HTTP/1.1\r\n\r\n",
                 b"GET /folder/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
        s = e2e.Http(nginx.port)
        s.send(head)
        eq(s.answer().status, 400, "nginx.conf: %s: 400" % head[:40])
        s.close()
    s = e2e.Http(nginx.port)
    s.send(b"GET /folder/ HTTP/1.0\r\n\r\n")
    eq(s.answer().status, 200, "nginx.conf: HTTP/1.0 without Host")


if e2e.need("NGINX", "nginx"):
    e2e.run(notes, slash, whole_site)
e2e.run()
