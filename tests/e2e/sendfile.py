# SPDX-License-Identifier: ISC
"""Files that the web server sends: X-Accel-Redirect, X-Sendfile; and our own.

Whoever sends it, each name leads to its file and to no other one.
"""

import gzip
import os
import re
import signal
import urllib.parse

import e2e
from e2e import eq, ok
from streams import APP, unchunked, whole_connection

APACHE_MODULES = "/usr/lib/apache2/modules"
FILE_TIME = 1700000000  # Tue, 14 Nov 2023 22:13:20 GMT
FILE_DATE = "Tue, 14 Nov 2023 22:13:20 GMT"

NAMES = [
    "plain.txt", "two words.txt", "100%.txt", "50%25.txt", "%2e%2e", "%00",
    "what?.txt", "?a=b", "a#b.txt", "käse.txt", "日本語.txt", "e\u0301.txt",
    'qu"ote.txt', "it's.txt", "a+b.txt", "a;b,c.txt", "back\\slash.txt",
    "..two.txt", "...", "a..", "~", "a&b=c.txt", "a:b.txt", "<b>.html",
    "sub/deep er/x%y.txt", "a\nb.txt", "a\rb.txt", "a\tb.txt", "\x7f.txt",
    " blank ", "{x}.txt", "$uri.txt", "x" * 255,
]


def quote(name):
    return urllib.parse.quote(name, safe="/")


def make_folder():
    """A folder with a file of each name, and a secret beside it."""
    top = e2e.fresh("files")
    folder = os.path.join(top, "shown")
    os.makedirs(folder)
    with open(os.path.join(top, "secret"), "wb") as f:
        f.write(b"the secret")
    for name in NAMES:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content(name))
        os.utime(path, (FILE_TIME, FILE_TIME))
    os.symlink("plain.txt", os.path.join(folder, "link.txt"))
    return folder


def content(name):
    return (b"this is %s\n" % name.encode()) * 50


def each_name(who, port, route, server, ours):
    """Each leads to its file, and the program sends those that are ours."""
    for name in NAMES:
        a = e2e.ask(port, "GET", route + quote(name))
        ok(a.status == 200 and a.body == content(name), "%s: %r" % (who, name),
           a)
    log = server.requests(len(NAMES))
    eq([name for name, line in zip(NAMES, log) if line["bytes"]], ours,
       who + ": those that the program sent")


def refusals(port, server):
    """What leads out of the folder, however it is said."""
    for path in ("/file/none", "/file/sub", "/file/link.txt", "/file/",
                 "/file/../secret", "/file/%2e%2e/secret",
                 "/file/sub/..%2f..%2fsecret", "/file/%2e%2e%2fsecret",
                 "/file/plain.txt/", "/file/sub//x"):
        a = e2e.ask(port, "GET", path)
        ok(a.status == 404 and a.is_problem(), path + ": 404", a)
    for path in "../secret", "sub/../../secret", "./plain.txt", "sub/..":
        a = e2e.fcgi_ask(server.sock, "GET", "/file/" + path)
        ok(a.status == 400 and a.is_problem() and
           not a["X-Accel-Redirect"] and not a["X-Sendfile"],
           "FastCGI: %s: 400" % path, a)


# ---- by the program ----------------------------------------------------------

def by_itself():
    folder = make_folder()
    server = e2e.Server(APP, "--folder", folder)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    each_name("self", nginx.port, "/file/", server, NAMES)
    refusals(nginx.port, server)
    a = e2e.ask(nginx.port, "GET", "/download/plain.txt")
    eq((a["X-Accel-Redirect"], a["X-Sendfile"], a["Last-Modified"]),
       (None, None, FILE_DATE), "nothing is for a web server")


# ---- by nginx -----------------------------------------------------------------

def by_nginx():
    folder = make_folder()
    server = e2e.Server(APP, "--folder", folder, "--send-file",
                        "x-accel-redirect", "--send-file-map",
                        folder + "=/x-accel")
    nginx = e2e.Nginx(e2e.site_conf(server.sock, [
        (r"/srv/notes/files", folder)]))
    each_name("nginx", nginx.port, "/file/", server, [])
    refusals(nginx.port, server)
    for path in ("/x-accel/plain.txt", "/x-accel/", "/x-accel",
                 "/x-accel/../x-accel/plain.txt", "//x-accel/plain.txt",
                 "/%78-accel/plain.txt", "/x-accel/sub/"):
        a = e2e.ask(nginx.port, "GET", path)
        ok(a.status == 404, path + ": not for others", a)
    a = e2e.ask(nginx.port, "GET", "/outside?path=../secret")
    ok(a.status == 500 and a.is_problem(), "outside of send_file_map: 500", a)
    ok("send_file_map" in server.failed("/outside")["cause"], "the log says why")
    nginx_headers(nginx.port)
    nginx_parts(nginx.port)


def nginx_headers(port):
    c = e2e.Http(port)
    a = c.get("/download/k%C3%A4se.txt")
    ok(re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', a["ETag"]), "nginx's ETag", a)
    eq((a["Content-Type"], a["Content-Disposition"], a["Cache-Control"],
        a["Last-Modified"]),
       ("text/plain; charset=utf-8", "attachment; filename=\"k__se.txt\"; "
        "filename*=UTF-8''k%C3%A4se.txt", "max-age=60", FILE_DATE),
       "type, name, age and date")
    eq((a["X-Content-Type-Options"], "Cookie" in ", ".join(
        v for n, v in a.headers if n == "Vary")),
       ("nosniff", True), "headers that nginx.conf lists")
    eq((a["X-Own"], a["X-Accel-Redirect"]), (None, None), "no other ones")
    a = c.get("/file/%3Cb%3E.html")
    ok("frame-ancestors" in (a["Content-Security-Policy"] or "") and
       a["Referrer-Policy"] and a["X-Content-Type-Options"] == "nosniff",
       "a page has its security headers", a)
    c.close()


def nginx_parts(port):
    name = "/file/k%C3%A4se.txt"
    data = content("käse.txt")
    c = e2e.Http(port)
    etag = c.get(name)["ETag"]
    for fields, status, body in (
            ({"If_None_Match": etag}, 304, b""),
            ({"If_None_Match": '"x"'}, 200, data),
            ({"If_Modified_Since": FILE_DATE}, 304, b""),
            ({"If_Match": etag}, 200, data),
            ({"Range": "bytes=5-9"}, 206, data[5:10]),
            ({"Range": "bytes=-7"}, 206, data[-7:]),
            ({"Range": "bytes=5-9", "If_Range": etag}, 206, data[5:10]),
            ({"Range": "bytes=5-9", "If_Range": '"x"'}, 200, data)):
        a = c.get(name, **fields)
        eq((a.status, a.body), (status, body), "nginx: %s" % fields)
        if status == 206:
            ok(re.match(r"bytes \d+-\d+/%d$" % len(data),
                        a["Content-Range"]), "its place", a)
    a = c.get(name, Range="bytes=99999-")
    eq((a.status, a["Content-Range"]), (416, "bytes */%d" % len(data)),
       "nginx: 416")
    a = c.request("HEAD", name)
    eq((a.status, a["Content-Length"]), (200, str(len(data))), "nginx: HEAD")
    # After this one nginx closes the connection.
    eq(e2e.ask(port, "GET", name, headers=[("If-Match", '"x"')]).status, 412,
       "nginx: 412")
    a = c.get(name, Accept_Encoding="gzip")
    eq((a["Content-Encoding"], gzip.decompress(a.body), a["ETag"]),
       ("gzip", data, "W/" + etag), "nginx: gzip, and a weak ETag")
    a = c.get(name, If_None_Match="W/" + etag, Accept_Encoding="gzip")
    eq(a.status, 304, "nginx: which it knows again")
    c.close()


# ---- by Apache and lighttpd -----------------------------------------------------

LIGHTTPD_CONF = """
server.bind = "127.0.0.1"
server.port = %(port)d
server.document-root = "%(dir)s"
server.errorlog = "%(dir)s/error.log"
server.pid-file = "%(dir)s/pid"
server.modules = ( "mod_fastcgi" )
server.http-parseopts = ( "url-ctrls-reject" => "disable" )
fastcgi.server = ( "/" => ((
	"socket" => "%(sock)s",
	"check-local" => "disable",
	"fix-root-scriptname" => "enable",
	"x-sendfile" => "enable",
	"x-sendfile-docroot" => ( "%(folder)s/" )
)) )
"""

APACHE_CONF = """
ServerRoot %(dir)s
ServerName localhost
Listen 127.0.0.1:%(port)d
PidFile %(dir)s/pid
ErrorLog %(dir)s/error.log
DefaultRuntimeDir %(dir)s
Mutex file:%(dir)s default
%(user)s
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_fcgi_module %(modules)s/mod_proxy_fcgi.so
LoadModule xsendfile_module %(modules)s/mod_xsendfile.so
DocumentRoot %(dir)s
ProxyPass / "unix:%(sock)s|fcgi://localhost/"
XSendFile on
XSendFilePath %(folder)s
"""


class WebServer(e2e.Process):
    """Another one than nginx, on a free port, of a text for it."""

    def __init__(self, name, argv, text, **more):
        for attempt in range(10):
            self.port = e2e.free_port()
            self.dir = e2e.fresh(name)
            os.mkdir(self.dir)
            os.chmod(self.dir, 0o755)
            conf = os.path.join(self.dir, "conf")
            with open(conf, "w") as f:
                f.write(text % dict(more, port=self.port, dir=self.dir))
            super().__init__(name, [*argv, "-f", conf], stop_by=signal.SIGINT)
            # It is written when the port is bound.
            pid = os.path.join(self.dir, "pid")
            e2e.wait_for(name + " to listen", lambda: not self.alive() or
                         os.path.exists(pid) and os.path.getsize(pid) > 0)
            if self.alive():
                return
            self.want = None
            self.wait()
        raise AssertionError(name + " does not start: " + self.log())


def by_x_sendfile(name, argv, text, **more):
    folder = make_folder()
    server = e2e.Server(APP, "--folder", folder, "--send-file", "x-sendfile")
    web = WebServer(name, argv, text, sock=server.sock, folder=folder, **more)
    # What the two read in different ways, or not at all.
    each_name(name, web.port, "/outside?path=", server, [
        n for n in NAMES if re.search(r"[%\x00-\x1f\x7f]| $", n)])
    c = e2e.Http(web.port)
    path = "/outside?path=plain.txt"
    data = content("plain.txt")
    a = c.get(path)
    eq((a["Content-Type"], a["Content-Length"], a["Last-Modified"],
        a["X-Sendfile"]), ("text/plain; charset=utf-8", str(len(data)),
                           FILE_DATE, None), name + ": headers")
    a = c.get(path, Range="bytes=5-9")
    eq((a.status, a.body, a["Content-Range"]),
       (206, data[5:10], "bytes 5-9/%d" % len(data)), name + ": a range")
    a = c.get(path, If_Modified_Since=FILE_DATE)
    eq((a.status, a.body), (304, b""), name + ": 304")
    a = c.request("HEAD", path)
    eq((a.status, a["Content-Length"]), (200, str(len(data))), name + ": HEAD")
    a = c.get("/outside?path=none")
    ok(a.status == 404 and a.is_problem(), name + ": 404 is the program's", a)
    a = c.get("/outside?path=../secret")
    ok(a.status >= 400 and b"secret" not in a.body,
       name + ": nothing from beside the folder", a)
    c.close()
    head, body = whole_connection(web.port, "/lines?n=100000&then=fail")
    ok(head.startswith(b"HTTP/1.1 200 ") and not unchunked(body)[1],
       name + ": a stream that was cut has no last chunk", head, body[-20:])


def by_lighttpd():
    by_x_sendfile("lighttpd", [lighttpd, "-D"], LIGHTTPD_CONF)


def by_apache():
    by_x_sendfile(
        "apache2", [apache, "-X"], APACHE_CONF, modules=APACHE_MODULES,
        user="" if os.getuid() else "User www-data\nGroup www-data")


if __name__ == "__main__":
    lighttpd = e2e.need("LIGHTTPD", "lighttpd")
    apache = e2e.need("APACHE2", "apache2")
    e2e.run(*([by_itself, by_nginx] if e2e.need("NGINX", "nginx") else []),
            *([by_lighttpd] if lighttpd else []),
            *([by_apache] if apache else []))
