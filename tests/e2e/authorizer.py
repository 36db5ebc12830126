# SPDX-License-Identifier: ISC
"""The program as a FastCGI authorizer: asked by hand, and by lighttpd."""

import os
import shutil

import e2e
import web
from e2e import Fcgi, eq, ok

TOKEN = {"HTTP_AUTHORIZATION": "Bearer sesame"}
BEARER = [("Authorization", "Bearer sesame")]


def question(uri, method="GET", keep=False, **more):
    """As specification, 6.3, has it: no path but the URI's, and no body."""
    return e2e.begin(e2e.AUTHORIZER, keep) + e2e.stream(
        e2e.PARAMS, e2e.pairs(e2e.params(
            method, uri, CONTENT_LENGTH=None, PATH_INFO=None,
            SCRIPT_NAME=None, DOCUMENT_URI=None, **more)))


def by_hand():
    server = e2e.Server(e2e.PROBE)

    def ask(uri, method="GET", **more):
        c = Fcgi(server.sock)
        c.send(question(uri, method, **more))
        answer = c.answer()
        c.s.shutdown(1)
        ok(c.at_end(), "the connection ends with the answer")
        c.close()
        return answer

    for method in "GET", "HEAD", "POST", "PUT", "DELETE":
        a = ask("/private/a", method, **TOKEN)
        eq((a.status, a["Variable-REMOTE_USER"], a["Variable-REST"]),
           (200, "ali", "a"), method + ": let through, with variables")
    a = ask("/private/a")
    ok(a.status == 401 and a.is_problem() and
       a["WWW-Authenticate"] == "Bearer", "401 without a token", a)
    a = ask("/private/a", HTTP_AUTHORIZATION="Bearer other")
    ok(a.status == 403 and a.is_problem() and
       a["Variable-REMOTE_USER"] is None, "403 with another one", a)
    eq(ask("/public/a", **TOKEN).status, 404, "404 where no route is")

    # They are about the file, and not about the permission.
    for name, value in (("RANGE", "bytes=0-1"), ("IF_NONE_MATCH", "*"),
                        ("IF_NONE_MATCH", '"permission"'),
                        ("IF_MATCH", '"other"')):
        eq(ask("/private/a", **TOKEN, **{"HTTP_" + name: value}).status, 200,
           "%s: %s changes nothing" % (name, value))
    # The length of a body that is not here.
    eq(ask("/private/a", "POST", HTTP_CONTENT_LENGTH="1000000000",
           HTTP_TRANSFER_ENCODING="chunked", **TOKEN).status, 200,
       "nor does a body")

    # The path is what the web server made of it, or nothing.
    for uri, status in (("/x/../private/a", 400), ("/x/%2e%2e/private/a", 400),
                        ("/private/..%2fa", 400), ("/private%2Fa", 200),
                        ("//private//a", 200), ("/private/%00", 400)):
        eq(ask(uri, **TOKEN).status, status, "%s: %d" % (uri, status))
    eq(ask("/private%2Fx/../a", REDIRECT_URI="/private/a?b", **TOKEN).status,
       200, "REDIRECT_URI is the path")
    eq(ask("/private/a", REDIRECT_URI="/a", **TOKEN).status, 404,
       "whatever was asked for")

    # A web server that keeps connections is not left waiting either.
    c = Fcgi(server.sock)
    c.send(question("/private/a", keep=True, **TOKEN))
    eq(c.answer().status, 200, "asked to keep the connection")
    c.s.shutdown(1)
    ok(c.at_end(), "it ends all the same: a body might follow")
    c.close()


def lighttpd():
    """It guards a folder, in which a CGI program shows the variables."""
    program = web.portable(e2e.PROBE)
    files = web.folder("files")
    for name in "private/page", "private/b/page", "public":
        path = os.path.join(files, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write("the file " + name)
    os.chmod(files + "/private", 0o755)
    os.chmod(files + "/private/b", 0o755)
    shutil.copy(program, files + "/private/cgi")

    app = e2e.Server(e2e.PROBE)
    site = web.printed(program, "lighttpd", "--authorizer", "--listen",
                       "unix:" + app.sock)
    server = web.Lighttpd(e2e.edited(site, [("/srv/probe/files", files)]) + """
server.modules += ( "mod_cgi" )
cgi.assign = ( "/private/cgi" => "" )
mimetype.assign = ( "" => "text/plain" )
""")

    def ask(target, method="GET", headers=BEARER, body=None):
        c = server.http()
        answer = c.request(method, target, body, headers)
        c.close()
        return answer

    a = ask("/private/page")
    eq((a.status, a.body), (200, b"the file private/page"), "with a token")
    ok(a["Variable-REMOTE_USER"] is None and a["ETag"] != '"permission"',
       "what the program says stays with the web server", a)
    a = ask("/private/page", headers=[])
    ok(a.status == 401 and a.is_problem() and
       a["WWW-Authenticate"] == "Bearer", "without: the program's answer", a)
    a = ask("/private/page", headers=[("Authorization", "Bearer x")])
    ok(a.status == 403 and a.is_problem(), "with another one: its 403", a)
    eq(ask("/public").status, 404, "what no route allows is not there")
    a = ask("/private/page", "HEAD")
    eq((a.status, a["Content-Length"]), (200, "21"), "HEAD")
    a = ask("/private/page", headers=[*BEARER, ("Range", "bytes=4-7")])
    eq((a.status, a.body), (206, b"file"), "a range of the file")
    etag = ask("/private/page")["ETag"]
    a = ask("/private/page", headers=[*BEARER, ("If-None-Match", etag)])
    eq((a.status, a.body), (304, b""), "the file is as it was")

    eq(ask("/private/cgi/var/REMOTE_USER").body, b"ali", "REMOTE_USER")
    eq(ask("/private/cgi/var/REST").body, b"cgi/var/REST", "a variable")
    a = ask("/private/cgi/echo", "POST", body=b"x" * 100000)
    eq((a.status, a.body), (200, b"x" * 100000), "a body goes to what is "
       "allowed")

    # However it is written: what lighttpd opens is what is asked about.
    for target in ("/private/./page", "//private//page", "/x/../private/page",
                   "/private%2Fpage", "/private/%70age", "/x%2F../private/page",
                   "/public%2F..%2Fprivate/page", "/private/b/..%2fpage"):
        a, b = ask(target), ask(target, headers=[])
        eq((a.status, a.body, b.status),
           (200, b"the file private/page", 401), target + ": the same file")
    for target in ("/private%2F../public", "/private/../public",
                   "/private/..%2Fpublic", "/private/x/..%2f..%2fpublic"):
        eq(ask(target).status, 404, target + ": not the same file")


if e2e.need("LIGHTTPD", "lighttpd"):
    e2e.run(by_hand, lighttpd)
e2e.run(by_hand)
