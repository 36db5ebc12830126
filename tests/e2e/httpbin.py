# SPDX-License-Identifier: ISC
"""Every route of apps/httpbin behind nginx, asked by curl and by node's fetch.

The last test counts: a route that none of the others has asked for fails.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import time

import e2e
from e2e import eq, ok

APP = "apps/httpbin/httpbin"
MIB = 1024 * 1024

CURL = os.environ.get("CURL") or "curl"
NODE = os.environ.get("NODE") or "node"

asked = set()           # (method, route) that were answered by their handler


class Bench:
    """httpbin behind an nginx that lets 9 MiB through."""

    def __init__(self, unbuffered=False):
        self.unbuffered = unbuffered
        self.server = e2e.Server(APP)
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock, [
            (r"client_max_body_size[^;]*;", "client_max_body_size 9m;"),
            # one worker, so that connections to the program are used again
            (r"worker_processes[^;]*;", "worker_processes 1;"),
            (r"fastcgi_keep_conn[^;]*;", r"\g<0> fastcgi_request_buffering " +
             ("off;" if unbuffered else "on;"))]))
        self.port = self.nginx.port
        self.url = "http://127.0.0.1:%d" % self.port

    def curl(self, target, *options):
        """The answer; after redirects, .heads has each of them."""
        head, body = e2e.fresh("head"), e2e.fresh("body")
        status, out, err = e2e.command(
            CURL, "-q", "-sS", "--noproxy", "*", "--max-time", "60",
            "--path-as-is", "-D", head, "-o", body, *options,
            self.url + target)
        if status != 0:
            raise AssertionError("curl %s: %d: %s" % (target, status, err))
        heads = []
        with open(head, encoding="latin-1", newline="") as f:
            for text in f.read().split("\r\n\r\n")[:-1]:
                first, *lines = text.split("\r\n")
                heads.append(e2e.Answer(int(first.split()[1]), [
                    tuple(re.split(r": *", line, maxsplit=1))
                    for line in lines], b""))
        answer = heads[-1]
        answer.heads = heads
        if os.path.exists(body):
            with open(body, "rb") as f:
                answer.body = f.read()
        for path in head, body:
            if os.path.exists(path):
                os.unlink(path)
        return answer

    def json(self, target, *options):
        return self.curl(target, *options).json()

    def done(self):
        """Its log says which routes were asked for."""
        for line in self.server.requests():
            if "route" in line and line["status"] != 405:
                method = line["method"]
                asked.add(("GET" if method == "HEAD" else method,
                           line["route"]))
        bad = [line for line in self.server.requests()
               if line["status"] >= 500 and
               not line["path"].startswith("/status/")]
        eq(bad, [], "nothing was answered with 5xx")


def problem(answer, status, name):
    return ok(answer.status == status and answer.is_problem(), name, answer)


def subset(got, want, name):
    """What is wanted is there; there may be more."""
    return eq({k: got.get(k, "(none)") for k in want}, want, name)


def header(name, value):
    return "-H", "%s: %s" % (name, value)


def values(answer, name):
    return [v for n, v in answer.headers if n.lower() == name.lower()]


# As a browser sends a form with a field for a file.
NOT_CHOSEN = (*header("Content-Type", "multipart/form-data; boundary=b"),
              "--data-binary",
              "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"
              "y\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; "
              "filename=\"\"\r\nContent-Type: application/octet-stream"
              "\r\n\r\n\r\n--b--\r\n")


def temporary(name, data):
    path = e2e.fresh(name)
    with open(path, "wb") as f:
        f.write(data)
    return path


# ---- what was sent ----------------------------------------------------------

def says_back():
    b = Bench()
    host = "127.0.0.1:%d" % b.port
    a = b.curl("/get?a=1&a=2&a=3&b=%C3%A9+x&c", *header("X-Some", "1, 2"))
    eq(a["Content-Type"], "application/json", "get is JSON")
    j = a.json()
    eq(sorted(j), ["args", "headers", "origin", "url"], "of four members")
    eq(j["args"], {"a": ["1", "2", "3"], "b": "\u00e9 x", "c": ""},
       "args: a list for what came again, decoded")
    subset(j["headers"], {"Host": host, "Accept": "*/*", "X-Some": "1, 2"},
           "headers")
    ok(j["headers"]["User-Agent"].startswith("curl/"), "User-Agent", j)
    eq(j["origin"], "127.0.0.1", "origin")
    eq(j["url"], b.url + "/get?a=1&a=2&a=3&b=%C3%A9+x&c", "url, as sent")
    j = b.json("/headers", *header("X-Twice", "a"), *header("X-Twice", "b"))
    eq(sorted(j), ["headers"], "headers are all of /headers")
    eq(j["headers"]["X-Twice"], "a, b", "which come joined")
    eq(b.json("/ip"), {"origin": "127.0.0.1"}, "ip")
    eq(b.json("/user-agent", "-A", "me/1"), {"user-agent": "me/1"},
       "user-agent")
    eq(b.json("/user-agent", *header("User-Agent", "")[:1], "User-Agent:"),
       {"user-agent": None}, "user-agent, without one")
    b.done()


def bodies():
    b = Bench()
    for method in "POST", "PUT", "PATCH", "DELETE":
        path = "/" + method.lower()
        j = b.json(path + "?q=1", "-X", method, "-d", "x=1&x=2&y=%26+z")
        subset(j, {"args": {"q": "1"}, "data": "", "files": {}, "json": None,
                   "form": {"x": ["1", "2"], "y": "& z"}},
               "%s of a form" % method)
        j = b.json(path, "-X", method, *header(
            "Content-Type", "application/json"), "-d", '{"a": [1, null]}')
        subset(j, {"data": '{"a": [1, null]}', "files": {}, "form": {},
                   "json": {"a": [1, None]}}, "%s of JSON" % method)
        eq(b.json(path, "-X", method)["data"], "", "%s of nothing" % method)
    j = b.json("/post", *header("Content-Type", "text/plain"), "-d", "{\"a")
    subset(j, {"data": "{\"a", "json": None}, "POST of what is not JSON")
    j = b.json("/post", *header(
        "Content-Type", "Application/X-WWW-Form-URLencoded"), "-d", "a=b")
    subset(j, {"form": {"a": "b"}, "data": ""}, "a type in another case")
    one, two = temporary("one", b"1\n"), temporary("two", b"2\xc3\xa9")
    j = b.json("/post", "-F", "x=1", "-F", "x=2", "-F",
               "f=@%s;filename=a.txt" % one, "-F", "f=@" + two,
               "-F", "g=@" + two)
    subset(j, {"form": {"x": ["1", "2"]}, "data": "", "json": None,
               "files": {"f": ["1\n", "2\u00e9"], "g": "2\u00e9"}},
           "POST of a multipart form with files")
    j = b.json("/post", "-F", "f=@%s;type=image/x-own" %
               temporary("bytes", b"\xff\x00"))
    eq(j["files"], {"f": "data:image/x-own;base64,/wA="},
       "a file that is not text")
    j = b.json("/post", *NOT_CHOSEN)
    subset(j, {"form": {"x": "y"}, "files": {"f": ""}},
           "a field in which no file was chosen")
    for data in b"\xff", b"ok \xc3", b"\0\x80" * 1000:
        url = ";base64," + base64.b64encode(data).decode()
        path = temporary("bytes", data)
        j = b.json("/post", *header("Content-Type", "text/plain"),
                   "--data-binary", "@" + path)
        subset(j, {"data": "data:application/octet-stream" + url,
                   "json": None}, "POST of %d bytes, not UTF-8" % len(data))
        j = b.json("/post", "-F", "f=@%s;type=image/x-own" % path, "-F",
                   "g=@" + path, "-F", "x=\u00e9")
        subset(j, {"files": {"f": "data:image/x-own" + url,
                             "g": "data:application/octet-stream" + url},
                   "form": {"x": "\u00e9"}, "data": ""}, "and in a file")
    problem(b.curl("/post", *header(
        "Content-Type", "multipart/form-data; boundary=x"), "-d", "y"), 400,
        "a multipart form without an end is refused")
    big = temporary("big", b"x" * (MIB + 1))
    problem(b.curl("/post", *header("Content-Type", "text/plain"),
                   "--data-binary", "@" + big), 413, "a body that is too long")
    problem(b.curl("/get", "-d", "x"), 405, "POST of what is only read")
    b.done()


def anything():
    b = Bench()
    for method in "GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW":
        j = b.json("/anything?a=b", "-X", method)
        subset(j, {"method": method, "args": {"a": "b"},
                   "url": b.url + "/anything?a=b"}, "anything by " + method)
    j = b.json("/anything/a/b%2Fc/", "-F", "x=y")
    subset(j, {"method": "POST", "form": {"x": "y"},
               "url": b.url + "/anything/a/b%2Fc/"}, "anything below it")
    b.done()


def uploads():
    b = Bench()
    data = os.urandom(3 * MIB)
    path = temporary("random", data)
    a = b.curl("/upload", "-F", "note=hi", "-F",
               "f=@%s;filename=ra\u00efn dom.bin;type=image/x-own" % path,
               "-F", "g=@%s;filename=e" % temporary("empty", b""))
    j = a.json()
    eq(j["form"], {"note": "hi"}, "the field of an upload")
    eq(j["files"][0], {
        "name": "f", "filename": "ra\u00efn dom.bin", "type": "image/x-own",
        "size": 3 * MIB, "sha256": hashlib.sha256(data).hexdigest()},
       "3 MiB are uploaded whole")
    subset(j["files"][1], {
        "name": "g", "filename": "e", "size": 0,
        "sha256": hashlib.sha256(b"").hexdigest()}, "and an empty file")
    eq(b.json("/upload", "-d", "a=b"), {"files": [], "form": {"a": "b"}},
       "a form without files")
    eq(b.json("/upload", *NOT_CHOSEN), {"files": [], "form": {"x": "y"}},
       "and one in which none was chosen")
    problem(b.curl("/upload", *header("Content-Type", "text/plain"),
                   "-d", "x"), 415, "what is no form is refused")
    b.done()


# ---- answers as asked for ---------------------------------------------------

def statuses():
    b = Bench()
    for code in 200, 201, 204, 304, 400, 404, 418, 429, 500, 503, 599:
        eq(b.curl("/status/%d" % code).status, code, "status %d" % code)
    ok(b"teapot" in b.curl("/status/418").body, "which may be a teapot's")
    for method in "POST", "PUT", "PATCH", "DELETE":
        eq(b.curl("/status/402", "-X", method, "-d", "x").status, 402,
           "status of " + method)
    a = b.curl("/status/401")
    eq((a.status, a["WWW-Authenticate"]),
       (401, 'Basic realm="Fake Realm"'), "status 401 asks for a password")
    ok(b.curl("/status/407")["Proxy-Authenticate"], "and so does 407")
    for code in 301, 302, 303, 307, 308:
        a = b.curl("/status/%d" % code)
        eq((a.status, a["Location"]), (code, "/redirect/1"),
           "status %d leads on" % code)
    eq(b.curl("/status/303", "-L").status, 200, "to an end")
    c = e2e.Http(b.port)
    got = [c.get("/status/200:3,404:1").status for i in range(400)]
    c.close()
    # Outside once in more than 10^9 runs.
    ok(set(got) == {200, 404} and 40 < got.count(404) < 160,
       "statuses with weights", got.count(404))
    for codes in "99", "600", "x", "200:", "200:x", "200,", "200:0", "101":
        problem(b.curl("/status/" + codes), 422, "status of %s" % codes)
    b.done()


def redirects():
    b = Bench()
    for kind in "redirect", "relative-redirect", "absolute-redirect":
        a = b.curl("/%s/5" % kind, "-L")
        eq([h.status for h in a.heads], [302] * 5 + [200],
           "five redirects: " + kind)
        eq(a.json()["url"], b.url + "/get", "and then the end")
        problem(b.curl("/%s/0" % kind), 422, "none")
        problem(b.curl("/%s/101" % kind), 422, "too many")
    eq(b.curl("/absolute-redirect/2")["Location"],
       b.url + "/absolute-redirect/1", "an absolute one")
    a = b.curl("/redirect-to?url=%2Fget%3Fa%3Db", "-L")
    eq(a.json()["args"], {"a": "b"}, "redirect-to leads there")
    for code in 301, 302, 303, 307, 308:
        a = b.curl("/redirect-to?url=http://example.org/&status_code=%d" %
                   code, "-X", "POST")
        eq((a.status, a["Location"]), (code, "http://example.org/"),
           "with %d, elsewhere" % code)
    a = b.curl("/redirect-to?url=/post&status_code=307", "-L", "-d", "k=v")
    eq(a.json()["form"], {"k": "v"}, "307 keeps the body")
    for query in ("", "?url=%0D%0AX:1", "?url=/&status_code=399",
                  "?url=/&status_code=300", "?url=/&status_code=200"):
        problem(b.curl("/redirect-to" + query), 422,
                "redirect-to refuses %s" % (query or "nothing"))
    b.done()


def response_headers():
    b = Bench()
    for method in "GET", "POST":
        a = b.curl("/response-headers?X-A=1&x-b=%C3%A9&X-A=2", "-X", method)
        eq((values(a, "X-A"), a["x-b"]), (["1", "2"], "\xc3\xa9"),
           "headers that were asked for by " + method)
        eq(a.json(), {"X-A": ["1", "2"], "x-b": "\u00e9"}, "and the body")
    a = b.curl("/response-headers?Content-Type=text/html&content-length=1"
               "&Status=500&X-Accel-Redirect=/get&X-Sendfile=/etc/passwd"
               "&Transfer-Encoding=x&Location=/get")
    ok(a.status == 200 and len(a.json()) == 7 and a["Location"] is None and
       a["Content-Type"] == "application/json", "but no others", a)
    for query in "a%20b=c", "X-A=%0D%0AX-B:1", "=x", "X-A=a%0Ab":
        problem(b.curl("/response-headers?" + query), 400,
                "what is no header: " + query)
    b.done()


def cookies():
    b = Bench()
    jar = e2e.fresh("jar")
    with_jar = ("-b", jar, "-c", jar, "-L")
    eq(b.json("/cookies"), {"cookies": {}}, "no cookies")
    a = b.curl("/cookies/set?a=1&b=2", *with_jar)
    eq([h.status for h in a.heads], [302, 200], "set leads to the list")
    eq(a.json(), {"cookies": {"a": "1", "b": "2"}}, "which has them")
    for line in values(a.heads[0], "Set-Cookie"):
        ok("Path=/" in line and "HttpOnly" in line, "a cookie's attributes",
           line)
    eq(b.json("/cookies/set/c/3", *with_jar),
       {"cookies": {"a": "1", "b": "2", "c": "3"}}, "and one more")
    eq(b.json("/cookies", *with_jar)["cookies"]["c"], "3", "they stay")
    eq(b.json("/cookies/delete?a=&c", *with_jar), {"cookies": {"b": "2"}},
       "two are deleted")
    eq(b.json("/cookies", "-b", "x=1; y=\"z\"; x=2")["cookies"]["x"],
       ["1", "2"], "the same name twice")
    for target in ("/cookies/set/a%20b/1", "/cookies/set/a/1%3B2",
                   "/cookies/set/caf%C3%A9/1"):
        problem(b.curl(target), 422, "what is no cookie: " + target)
    for target in "/cookies/set?a=%0D%0AX:1", "/cookies/delete?a%3Bb":
        problem(b.curl(target), 400, "what is no cookie: " + target)
    b.done()


def auth():
    b = Bench()
    for path, refused in (("/basic-auth/me/p%C3%A4ss", 401),
                          ("/hidden-basic-auth/me/p%C3%A4ss", 404)):
        a = b.curl(path, "-u", "me:p\u00e4ss")
        eq((a.status, a.json()), (200, {"authenticated": True, "user": "me"}),
           path)
        for more in ((), ("-u", "me:wrong"), ("-u", "you:p\u00e4ss"),
                     header("Authorization", "Basic !"),
                     header("Authorization", "Bearer x")):
            a = b.curl(path, *more)
            eq((a.status, a["WWW-Authenticate"]),
               (refused, 'Basic realm="Fake Realm"' if refused == 401
                else None), "%s with %s" % (path, " ".join(more) or "nothing"))
    eq(b.json("/bearer", *header("Authorization", "bearer a.b-c_d~+/==")),
       {"authenticated": True, "token": "a.b-c_d~+/=="}, "bearer")
    for more in ((), ("-u", "a:b"), header("Authorization", "Bearer a b")):
        a = b.curl("/bearer", *more)
        eq((a.status, a["WWW-Authenticate"]), (401, "Bearer"),
           "bearer with %s" % (" ".join(more) or "nothing"))
    b.done()


# ---- caching and ranges -----------------------------------------------------

def caching():
    b = Bench()
    a = b.curl("/etag/v1")
    eq((a.status, a["ETag"]), (200, '"v1"'), "etag")
    for field, value, want in (
            ("If-None-Match", '"v1"', 304), ("If-None-Match", "*", 304),
            ("If-None-Match", 'W/"x", W/"v1"', 304),
            ("If-None-Match", '"v2"', 200), ("If-Match", '"v1"', 200),
            ("If-Match", '"a", "v1"', 200), ("If-Match", "*", 200),
            # nginx.conf takes the W/ off that gzip has put there
            ("If-Match", 'W/"v1"', 200), ("If-Match", '"v2"', 412),
            ("If-Match", 'W/"v2"', 412), ("If-Match", '"v2", W/"v1"', 412)):
        a = b.curl("/etag/v1", *header(field, value))
        eq((a.status, a["ETag"] if want != 412 else None),
           (want, '"v1"' if want != 412 else None),
           "%s: %s" % (field, value))
        ok(want != 304 or a.body == b"", "without a body", a)
    for etag in "a%22b", "a%20b", "a%0Ab":
        problem(b.curl("/etag/" + etag), 422, "no etag: " + etag)
    a = b.curl("/cache")
    ok(a.status == 200 and a["ETag"] and a["Last-Modified"], "cache", a)
    eq(a.json()["url"], b.url + "/cache", "and what it says")
    for field in "If-None-Match", "If-Modified-Since":
        eq(b.curl("/cache", *header(field, a["ETag"])).status, 304,
           "cache with " + field)
    eq(b.curl("/cache/90")["Cache-Control"], "public, max-age=90",
       "cache for a time")
    b.done()


def ranges():
    b = Bench()
    alphabet = (b"abcdefghijklmnopqrstuvwxyz" * 4)[:100]
    a = b.curl("/range/100")
    eq((a.status, a.body, a["ETag"], a["Accept-Ranges"]),
       (200, alphabet, '"range100"', "bytes"), "all of it")

    def part(value, first, last, name, *more):
        a = b.curl("/range/100", *header("Range", value), *more)
        eq((a.status, a["Content-Range"], a.body),
           (206, "bytes %d-%d/100" % (first, last),
            alphabet[first:last + 1]), name)
    part("bytes=0-9", 0, 9, "the beginning")
    part("bytes=90-", 90, 99, "from a place on")
    part("bytes=-7", 93, 99, "the end")
    part("bytes=50-1000", 50, 99, "beyond the end")
    part("bytes=-1000", 0, 99, "a longer end than there is")
    part("bytes=3-4", 3, 4, "If-Range that holds",
         *header("If-Range", '"range100"'))
    for value in '"other"', 'W/"range100"', "Sun, 06 Nov 1994 08:49:37 GMT":
        a = b.curl("/range/100", *header("Range", "bytes=3-4"),
                   *header("If-Range", value))
        eq((a.status, a.body), (200, alphabet), "If-Range: " + value)
    a = b.curl("/range/100", *header("Range", "bytes=0-1,10-11,-2"))
    m = re.match(r"multipart/byteranges; boundary=(\S+)$", a["Content-Type"])
    if ok(a.status == 206 and m, "several", a):
        parts = a.body.split(b"--" + m.group(1).encode())
        eq([p.partition(b"\r\n\r\n")[2] for p in parts[1:-1]],
           [b"ab\r\n", b"kl\r\n", alphabet[98:] + b"\r\n"], "their bytes")
        eq([re.search(rb"Content-Range: (.*)\r", p).group(1)
            for p in parts[1:-1]],
           [b"bytes 0-1/100", b"bytes 10-11/100", b"bytes 98-99/100"],
           "their places")
        eq(parts[-1], b"--\r\n", "and an end")
    for value in "bytes=100-", "bytes=-0", "bytes=9-1":
        a = b.curl("/range/100", *header("Range", value))
        ok(a.status == 416 and a["Content-Range"] == "bytes */100",
           "out of it: " + value, a)
    for value in "lines=1-2", "bytes=x":
        a = b.curl("/range/100", *header("Range", value))
        eq((a.status, len(a.body)), (200, 100), "no range: " + value)
    eq(b.curl("/range/0").body, b"", "of nothing")
    eq(len(b.curl("/range/999999999").body), 100 * 1024, "no more than this")
    b.done()


# ---- bytes and streams ------------------------------------------------------

def streams():
    b = Bench()
    a = b.curl("/bytes/1000?seed=5")
    eq((a.status, len(a.body), a["Content-Type"]),
       (200, 1000, "application/octet-stream"), "bytes")
    ok(a.body == b.curl("/bytes/1000?seed=5").body, "the same for a seed")
    ok(a.body != b.curl("/bytes/1000?seed=6").body, "others for another")
    ok(b.curl("/bytes/64").body != b.curl("/bytes/64").body,
       "and without one")
    ok(len(set(a.body)) > 200, "which are of all kinds")
    eq(b.curl("/bytes/0").body, b"", "no bytes")
    problem(b.curl("/bytes/9?seed=x"), 422, "a seed that is none")
    a = b.curl("/stream-bytes/30000?seed=5&chunk_size=1000")
    eq((a["Transfer-Encoding"], len(a.body)), ("chunked", 30000),
       "bytes as a stream")
    eq(a.body[:1000], b.curl("/bytes/1000?seed=5").body, "the same ones")
    problem(b.curl("/stream-bytes/9?chunk_size=0"), 422, "chunks of nothing")
    a = b.curl("/stream/7?x=y")
    lines = a.body.split(b"\n")
    eq((len(lines), lines[-1]), (8, b""), "seven lines")
    got = [json.loads(line) for line in lines[:-1]]
    eq([j["id"] for j in got], list(range(7)), "of JSON")
    subset(got[6], {"args": {"x": "y"}, "origin": "127.0.0.1",
                    "url": b.url + "/stream/7?x=y"}, "that say what was sent")
    eq(b.curl("/stream/0").body, b"", "no lines")
    eq(b.curl("/stream/1000").body.count(b"\n"), 100, "no more than these")
    b.done()


def times():
    b = Bench()
    c = e2e.Http(b.port)
    start = time.monotonic()
    c.send(b"GET /drip?numbytes=5&duration=1&delay=0&code=203 HTTP/1.0\r\n\r\n")
    pieces, data = [], b""
    while True:
        got = c.s.recv(65536)
        if not got:
            break
        data += got
        pieces.append(time.monotonic() - start)
    c.close()
    ok(data.startswith(b"HTTP/1.1 203 ") and data.endswith(b"\r\n\r\n*****"),
       "drip arrives", data)
    ok(len(pieces) >= 3 and pieces[-1] - pieces[0] > 0.4,
       "in pieces", pieces)
    ok(pieces[-1] > 0.7, "in its time", pieces)
    for query in "numbytes=0", "code=99", "duration=-1", "delay=x":
        problem(b.curl("/drip?" + query), 422, "drip refuses " + query)
    for method in "GET", "POST":
        start = time.monotonic()
        j = b.json("/delay/1", "-X", method, "-d", "a=b")
        ok(time.monotonic() - start >= 1, "delay of " + method)
        subset(j, {"form": {"a": "b"}, "url": b.url + "/delay/1"},
               "and what was sent")
    b.done()


# ---- pages ------------------------------------------------------------------

HTML = ("/", "/html", "/encoding/utf8", "/forms/post", "/links/3/0")
IMAGES = (("png", "image/png", b"\x89PNG\r\n\x1a\n"),
          ("jpeg", "image/jpeg", b"\xff\xd8\xff"),
          ("svg", "image/svg+xml", b"<svg "), ("webp", "image/webp", b"RIFF"))


def pages():
    b = Bench()
    for path in HTML:
        a = b.curl(path)
        ok(a.status == 200 and a["Content-Type"] == "text/html; charset=utf-8"
           and a.body.startswith(b"<!DOCTYPE html>") and
           a.body.rstrip().endswith(b"</html>"), path, a)
        eq(a["X-Content-Type-Options"], "nosniff", "is not to be guessed at")
        ok("frame-ancestors 'self'" in (a["Content-Security-Policy"] or ""),
           "is framed by nobody else", a)
        ok(a["Referrer-Policy"], "and keeps its address to itself", a)
    ok("\U0001f600" in b.curl("/encoding/utf8").body.decode(), "is UTF-8")
    for name in "custname", "custtel", "custemail", "size", "topping":
        ok(b'name="%s"' % name.encode() in b.curl("/forms/post").body,
           "the form asks for " + name)
    eq(b.curl("/json").json()["slideshow"]["title"], "Sample Slide Show",
       "json")
    a = b.curl("/xml")
    ok(a["Content-Type"] == "application/xml" and
       a.body.startswith(b"<?xml") and b"</slideshow>" in a.body, "xml", a)
    eq(b.curl("/robots.txt").body, b"User-agent: *\nDisallow: /deny\n",
       "robots.txt")
    a = b.curl("/deny")
    eq((a["Content-Type"], a["Content-Security-Policy"]),
       ("text/plain; charset=utf-8", None), "deny is plain text")
    page = b.curl("/links/5/2").body.decode()
    eq(re.findall(r"href='([^']*)'", page),
       ["/links/5/%d" % i for i in (0, 1, 3, 4)], "links, but to itself")
    eq(b.curl("/links/0/0").body.count(b"href"), 0, "no links")
    for text in "", "hi", "caf\u00e9 \U0001f600", "???>>>":
        coded = base64.urlsafe_b64encode(text.encode()).decode()
        for path in {coded, coded.rstrip("=")} - {""}:
            eq(b.curl("/base64/" + path).body.decode(), text,
               "base64 of " + path)
    for path in "a", "a+b", "!!":
        problem(b.curl("/base64/" + path), 400, "no base64url: " + path)
    uuids = {b.json("/uuid")["uuid"] for i in range(5)}
    ok(len(uuids) == 5 and all(re.fullmatch(
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
        "[0-9a-f]{12}", u) for u in uuids), "uuid of version 4", uuids)
    problem(b.curl("/nowhere"), 404, "a path that is not there")
    b.done()


def images():
    b = Bench()
    for name, media_type, start in IMAGES:
        a = b.curl("/image/" + name)
        ok(a.status == 200 and a["Content-Type"] == media_type and
           a.body.startswith(start), "image/" + name, a)
        a = b.curl("/image", *header("Accept", media_type))
        eq((a.status, a["Content-Type"]), (200, media_type),
           "an image that is " + media_type)
        ok("Accept" in a["Vary"], "which may differ", a)
    for accept, want in (
            ("image/*", "image/png"), ("*/*", "image/png"),
            ("image/png;q=0.1, image/webp;q=0.5, */*;q=0", "image/webp"),
            ("image/png;q=0, image/*", "image/jpeg")):
        eq(b.curl("/image", *header("Accept", accept))["Content-Type"], want,
           "an image for " + accept)
    for accept in "image/gif", "text/css", "*/*;q=0":
        a = b.curl("/image", *header("Accept", accept))
        problem(a, 406, "no image for " + accept)
        ok("Accept" in a["Vary"] and "image/webp" in a.json()["detail"],
           "and it is said which there are", a)
    b.done()


# ---- what holds everywhere --------------------------------------------------

def head():
    """HEAD has the head of GET, and no body after it."""
    b = Bench()
    c = e2e.Http(b.port)
    for path in (*HTML, "/get", "/headers", "/ip", "/json", "/xml", "/deny",
                 "/etag/x", "/cache/1", "/range/26", "/bytes/9?seed=1",
                 "/image/png", "/base64/aGk", "/response-headers?X-A=1",
                 "/redirect/2", "/cookies", "/cookies/set?a=b", "/nowhere",
                 "/basic-auth/a/b", "/bearer", "/status/418", "/uuid",
                 "/stream/2", "/stream-bytes/9", "/user-agent"):
        def heads(a):
            return (a.status, [h for h in a.headers if h[0] not in (
                "Date", "Transfer-Encoding", "Connection")])
        got, want = c.request("HEAD", path), c.get(path)
        eq(heads(got), heads(want), "HEAD of " + path)
    c.close()
    b.done()


def cors():
    b = Bench()
    a = b.curl("/get", *header("Origin", "https://example.org"))
    eq((a.status, a["Access-Control-Allow-Origin"]), (200, "*"),
       "a page of another origin may read it")
    eq(b.curl("/nowhere", *header("Origin", "https://example.org"))[
        "Access-Control-Allow-Origin"], "*", "even what failed")
    for method in "PUT", "PATCH", "DELETE":
        a = b.curl("/" + method.lower(), "-X", "OPTIONS", *header(
            "Origin", "https://example.org"), *header(
            "Access-Control-Request-Method", method), *header(
            "Access-Control-Request-Headers", "x-one, content-type"))
        ok(a.status == 204 and a["Access-Control-Allow-Origin"] == "*" and
           method in a["Access-Control-Allow-Methods"].split(", ") and
           {"x-one", "content-type"} <= set(
               a["Access-Control-Allow-Headers"].split(", ")) and
           a["Access-Control-Max-Age"] == "3600", "preflight of " + method, a)
    a = b.curl("/put", "-X", "OPTIONS", *header(
        "Origin", "https://example.org"), *header(
        "Access-Control-Request-Method", "BREW"))
    ok(a.status >= 400 or "BREW" not in
       (a["Access-Control-Allow-Methods"] or ""), "but not of any method", a)
    b.done()


def compression():
    b = Bench()
    accept = header("Accept-Encoding", "gzip")
    path = "/etag/v1?long=" + "x" * 1000
    plain = b.curl(path)
    eq((plain["ETag"], plain["Content-Encoding"]), ('"v1"', None),
       "without gzip the ETag is strong")
    a = b.curl(path, *accept)
    eq((a["Content-Encoding"], a["ETag"]), ("gzip", 'W/"v1"'),
       "with gzip it is weak")
    ok("Accept-Encoding" in (a["Vary"] or ""), "and Vary says so", a)
    ok(len(a.body) < len(plain.body), "it is shorter", len(a.body))
    eq(b.curl(path, "--compressed").json()["args"], plain.json()["args"],
       "and the same")
    a = b.curl(path, *accept, *header("If-None-Match", a["ETag"]))
    eq((a.status, a.body), (304, b""), "the weak one is known again")
    eq(b.curl("/stream/20", "--compressed").body.count(b"\n"), 20,
       "a stream comes through gzip")
    a = b.curl("/forms/post", *accept)
    ok(a["Content-Encoding"] == "gzip" and a["Content-Security-Policy"],
       "a page keeps its headers", a)
    ok(b.curl("/image/png", *accept)["Content-Encoding"] is None,
       "an image is sent as it is")
    b.done()


def early(b, c, method, path, body, want):
    """An answer that needs no body, and one on the same connections."""
    # Unbuffered, nginx may close the client's connection after such an
    # answer; the one to the program is the one that counts.
    if b.unbuffered:
        c = e2e.Http(b.port)
    a = c.request(method, path, body, [("Content-Type", "text/plain")])
    if b.unbuffered:
        c.close()
        c = e2e.Http(b.port)
    after = c.get("/get?n=%d" % len(body))
    ok(a.status == want and after.status == 200 and
       after.json()["args"] == {"n": str(len(body))},
       "%s %s with %d bytes%s, then a GET" %
       (method, path, len(body), ", unbuffered" if b.unbuffered else ""),
       a, after)
    if b.unbuffered:
        c.close()


def unread_body():
    """What an early answer leaves unread is nobody's next request."""
    evil = (b"GET /status/599 HTTP/1.1\r\nHost: localhost\r\n\r\n" +
            e2e.request("GET", "/status/599"))
    for unbuffered in False, True:
        b = Bench(unbuffered)
        c = None if unbuffered else e2e.Http(b.port)
        for n in 1, 100, 70000, 900000, 2 * MIB:
            body = (evil * (n // len(evil) + 1))[:n]
            for method, path, want in (
                    ("GET", "/basic-auth/a/b", 401), ("GET", "/bearer", 401),
                    ("POST", "/status/401", 401), ("POST", "/nowhere", 404),
                    ("GET", "/hidden-basic-auth/a/b", 404),
                    ("POST", "/get", 405), ("PUT", "/status/413", 413)):
                early(b, c, method, path, body, want)
            if n > MIB:
                early(b, c, "POST", "/post", body, 413)
        ok(not any(line["path"] == "/status/599"
                   for line in b.server.requests()),
           "no body became a request")
        if c:
            c.close()
        b.done()


def fetch():
    if e2e.command(NODE, "-p", "typeof fetch")[1] != "function\n":
        e2e.skip("fetch", "node is older than version 18")
        return
    b = Bench()
    p = subprocess.run(
        [NODE, os.path.join(e2e.srcdir, "tests/e2e/httpbin_fetch.mjs"),
         b.url], stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        env={k: v for k, v in os.environ.items()
             if not k.lower().endswith("_proxy")})
    for line in p.stdout.decode().splitlines():
        name, got, want = json.loads(line)
        eq(got, want, "fetch: " + name)
    ok(p.returncode == 0, "node came to its end", p.stderr.decode()[-2000:])
    b.done()


def every_route():
    status, out, err = e2e.command(e2e.program(APP), "routes")
    routes = [tuple(line.split()[:2]) for line in out.splitlines()]
    ok(status == 0 and len(routes) > 40, "the table of routes", out, err)
    any_method = {route for _, route in asked}
    eq([r for r in routes if r not in asked and
        not (r[0] == "*" and r[1] in any_method)], [], "each was asked for")


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx") and e2e.need("CURL", "curl"):
        e2e.run(says_back, bodies, anything, uploads, statuses, redirects,
                response_headers, cookies, auth, caching, ranges, streams,
                times, pages, images, head, cors, compression, unread_body,
                *([fetch] if e2e.need("NODE", "node") else []), every_route)
    e2e.run()
