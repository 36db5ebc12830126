# SPDX-License-Identifier: ISC
"""Streams behind nginx: whole, cut midway, event by event, left by the client.

An answer that was cut must be seen as such by the client, and leave nothing to
the next request.  The application sends an event when the test writes a letter
to a FIFO, so that an event that has arrived has not waited for the next one.
"""

import os
import re
import subprocess
import threading

import e2e
from e2e import eq, ok

APP = "tests/e2e/answers"
CURL = os.environ.get("CURL") or "curl"
MIB = 1024 * 1024
CURL_PARTIAL = 18       # CURLE_PARTIAL_FILE


def lines(n):
    """What /lines?n= sends."""
    return b"".join(b"line %d\n" % i for i in range(n))


class Site:
    """The application behind nginx, with a folder of FIFOs and files."""

    def __init__(self, *options, edits=()):
        self.folder = e2e.fresh("folder")
        os.mkdir(self.folder)
        self.server = e2e.Server(APP, "--folder", self.folder, *options)
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock, [
            # one worker, so that connections to the program are used again
            (r"worker_processes[^;]*;", "worker_processes 1;"), *edits]))
        self.port = self.nginx.port

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def works(self, name):
        """The program goes on as if nothing had been."""
        a = e2e.ask(self.port, "GET", "/lines?n=1000")
        ok(a.status == 200 and a.body == lines(1000) and self.server.alive(),
           name + ": the next request is right", a)


def header(**fields):
    return [(name.replace("_", "-"), value) for name, value in fields.items()]


# ---- cut ---------------------------------------------------------------------

def unchunked(data):
    """(what the chunks hold, whether the last one is there)"""
    found = b""
    while True:
        size, sep, data = data.partition(b"\r\n")
        n = int(size, 16) if sep else 0
        found += data[:n]
        if not sep or len(data) < n + 2:
            return found, False
        if n == 0:
            return found, data == b"\r\n"
        data = data[n + 2:]


def whole_connection(port, target, *headers):
    """(head, body) of all that arrives until nginx closes the connection."""
    c = e2e.Http(port)
    c.send("\r\n".join(["GET %s HTTP/1.1" % target, "Host: localhost",
                        "Connection: close", *headers, "", ""]).encode())
    head, _, body = c.f.read().partition(b"\r\n\r\n")
    c.close()
    return head, body


def cut():
    site = Site()
    n = 100000
    failures = 0
    for path in "/lines", "/push":
        for then, cause in (("fail", "the source is gone"),
                            ("negative", "")):
            name = "%s, %s" % (path, then)
            head, body = whole_connection(
                site.port, "%s?n=%d&then=%s" % (path, n, then))
            got, end = unchunked(body)
            ok(head.startswith(b"HTTP/1.1 200 ") and
               b"Content-Length" not in head, name + ": it begins", head)
            ok(len(got) > n and lines(n).startswith(got),
               name + ": what arrives is right", len(got), got[-100:])
            ok(not end, name + ": there is no last chunk", body[-20:])
            failures += 1
            log = site.server.failed(number=failures)
            ok(log["status"] == 200 and log["level"] == "error" and
               cause in log["cause"], name + ": the log says why",
               log)
            site.works(name)
    status, out, err = e2e.command(
        CURL, "-q", "-sS", "--noproxy", "*", "-o", e2e.fresh("out"),
        "http://127.0.0.1:%d/lines?n=%d&then=fail" % (site.port, n))
    eq(status, CURL_PARTIAL, "curl says that it is partial")
    head, body = whole_connection(
        site.port, "/lines?n=%d&then=fail" % n, "Accept-Encoding: gzip")
    ok(b"Content-Encoding: gzip" in head and not unchunked(body)[1],
       "compressed: there is no last chunk", head, body[-20:])
    # Nothing of it had left the program.
    a = e2e.ask(site.port, "GET", "/lines?n=1&then=fail")
    eq(a.status, 502, "nothing was sent: nginx says 502")
    site.works("502")


def killed():
    """nginx takes a mere end for the answer's, unless it buffers it."""
    site = Site()
    site.server.want = None
    site.server.may_crash = True
    head, body = whole_connection(
        site.port, "/lines?n=100000&then=die&buffering=yes")
    got, end = unchunked(body)
    ok(head.startswith(b"HTTP/1.1 200 ") and len(got) > 100000 and
       lines(100000).startswith(got) and not end,
       "the program is killed: there is no last chunk", head, body[-20:])


def stalled():
    """nginx gives up before the program does, or would not tell."""
    def seconds(text, pattern):
        return int(re.search(r"(?m)^\s*" + pattern, text).group(1))

    nginx = e2e.conf("site.conf")
    config = e2e.command(e2e.program(APP), "config")[1]
    ok(seconds(nginx, r"send_timeout\s+(\d+)s;") <
       seconds(config, r"io_timeout = (\d+)"), "send_timeout < io_timeout")
    site = Site("--io-timeout", "3", edits=[
        (r"\bsend_timeout[^;]*;", "send_timeout 1s;")])
    c = e2e.Http(site.port)
    c.send(b"GET /lines?n=10000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    log = site.server.requests(1)[0]
    ok(log["cause"] == "the answer was cut: EGONE" and
       log["level"] == "info", "a client that does not read", log)
    try:
        a = c.answer()
        ok(False, "gets no end", a)
    except (EOFError, ValueError, ConnectionResetError):
        ok(True, "gets no end")
    c.close()
    site.works("stalled")


def shortened():
    """A file that somebody cuts, or replaces, while it is sent."""
    site = Site(edits=[
        # so that most of it is still to be read
        (r"fastcgi_keep_conn[^;]*;",
         r"\g<0> fastcgi_max_temp_file_size 0;")])
    data = os.urandom(MIB) * 32
    for name, accept in (("a.bin", "identity"), ("a.txt", "gzip")):
        path = site.file(name, data)
        c = e2e.Http(site.port)
        c.send(b"GET /file/%s HTTP/1.1\r\nHost: localhost\r\n"
               b"Connection: close\r\nAccept-Encoding: %s\r\n\r\n" %
               (name.encode(), accept.encode()))
        begin = c.f.read(1000)
        os.truncate(path, MIB)
        head, _, body = (begin + c.f.read()).partition(b"\r\n\r\n")
        c.close()
        if accept == "gzip":
            ok(b"Content-Encoding: gzip" in head and not unchunked(body)[1],
               "cut and compressed: there is no last chunk", head, body[-20:])
        else:
            ok(b"Content-Length: %d" % len(data) in head and
               len(body) < len(data) and data.startswith(body),
               "cut: less than the length arrives, and that is right", head,
               len(body))
        log = site.server.failed("/file/" + name)
        ok(log["cause"] == "the answer was cut: EIO" and
           log["level"] == "error", "the log says so", log)
        site.works(name)
    path = site.file("b.bin", data)
    c = e2e.Http(site.port)
    c.send(b"GET /file/b.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    c.f.peek(1)
    os.rename(site.file("new", b"new"), path)
    a = c.answer()
    ok(a.status == 200 and a.body == data, "replaced: the old one arrives", a)
    eq(c.get("/file/b.bin").body, b"new", "and then the new one")
    c.close()


# ---- events --------------------------------------------------------------------

class Events:
    """A stream of events as a client sees it: HTML, section 9.2.6."""

    def __init__(self, site, name, body=b"", query="", **fields):
        path = os.path.join(site.folder, name)
        if not os.path.exists(path):
            os.mkfifo(path)
        # For reading too: then there is always a reader.
        self.fifo = os.open(path, os.O_RDWR)
        self.c = e2e.Http(site.port)
        head = ["%s /events/%s?%s HTTP/1.1" %
                ("POST" if body else "GET", name, query),
                "Host: localhost", "Content-Length: %d" % len(body)]
        head += ["%s: %s" % pair for pair in header(**fields)]
        self.c.send("\r\n".join(head + ["", ""]).encode() + body)
        self.status = int(self.c.f.readline().split()[1])
        self.head = e2e.Answer(self.status, self.c._headers(), b"")
        self.data = b""
        self.id = ""
        self.retry = None
        if self.next() != ("message", "", "", [""]):
            raise AssertionError("a stream begins with an empty comment")

    def tell(self, letters):
        os.write(self.fifo, letters.encode())

    def line(self):
        """The next line, without its end; None at the end of the stream."""
        while b"\n" not in self.data:
            n = int(self.c.f.readline() or "-1", 16)
            if n < 0:
                raise EOFError("the stream was cut")
            self.data += self.c._exactly(n)
            self.c._exactly(2)
            if n == 0:
                return None
        line, _, self.data = self.data.partition(b"\n")
        return line.decode()

    def next(self):
        """(event, data, id, comments), None at the end."""
        event, data, comments = "message", [], []
        while True:
            line = self.line()
            if line is None:
                return None
            if not line:
                if data or comments:
                    return (event, "\n".join(data), self.id, comments)
                event = "message"
                continue
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "data":
                data.append(value)
            elif name == "event":
                event = value
            elif name == "id":
                self.id = value
            elif name == "retry":
                self.retry = int(value)
            elif name == "":
                comments.append(value)
            else:
                raise AssertionError("a field %r" % line)

    def close(self):
        self.c.close()
        os.close(self.fifo)


def events():
    site = Site()
    s = Events(site, "one", Accept_Encoding="gzip")
    eq((s.status, s.head["Content-Type"], s.head["Cache-Control"]),
       (200, "text/event-stream", "no-store"), "the head comes at once")
    eq((s.head["Content-Encoding"], s.head["X-Accel-Buffering"],
        s.head["Content-Length"]), (None, None, None),
       "neither compressed nor with what is for nginx")
    for letter, want in (
            ("0", ("message", "zero", "", [])),
            ("1", ("tick", "two\nlines", "1", [])),
            ("c", ("message", "", "1", ["a comment", "of two lines"])),
            ("2", ("message", "r\u00e9sum\u00e9", "1", [])),
            ("3", ("message", "", "1", [])),
            ("4", ("message", " blank\ndata: x\nid: 9\n\nevent: y", "1",
                   []))):
        s.tell(letter)
        eq(s.next(), want, "event %s arrives before the next is sent" % letter)
    eq(s.retry, 2500, "retry has come with its event")
    s.tell("50")
    eq(s.next(), ("message", "zero", "5", []), "an id without data is kept")
    s.tell("6")
    eq(s.next(), ("message", "no id", "", []), "and an empty one forgets it")
    s.tell(".")
    eq(s.next(), None, "the end of the handler is the end of the stream")
    a = s.c.get("/lines?n=10")
    eq((a.status, a.body), (200, lines(10)), "the connection goes on")
    s.close()

    s = Events(site, "one", Last_Event_ID="r\u00e9")
    s.tell("l")
    eq(s.next()[1], "r\u00e9", "what the browser says when it comes back")
    s.tell("b")
    try:
        s.next()
        ok(False, "a field with a line end cuts the stream")
    except EOFError:
        ok(True, "a field with a line end cuts the stream")
    s.close()
    log = site.server.requests(3)[-1]
    ok("line end" in log["cause"], "and the log says so", log)
    site.works("events")


# ---- clients that go away ------------------------------------------------------

def gone():
    # One thread: whoever does not give it back is found out.
    site = Site("--threads", "1")
    for name, letters, fields, cause in (
            ("one that looks", "0", {}, None),
            ("one that looks, with a body unread", "0",
             {"body": b"x" * 20000}, None),
            ("one that looks, with a body half read", "0",
             {"body": b"x" * 200000, "query": "begin"}, None),
            ("one that writes", "0w", {}, "the answer was cut: EGONE")):
        s = Events(site, "one", **fields)
        s.tell(letters)
        eq(s.next()[1], "zero", name + ": the client gets an event")
        if "w" in letters:
            eq(s.next()[3], ["on and on"], name + ": and comments")
        before = len(site.server.requests())
        s.close()
        log = site.server.requests(before + 1)[-1]
        ok(log["status"] == 200 and log["level"] == "info",
           name + ": that it went away is no error", log)
        eq(log.get("cause"), cause, name + ": the log")
        site.works(name)


# ---- answers without a body ----------------------------------------------------

def bodiless():
    """Each on one connection, on which the next answer has to begin."""
    site = Site()
    site.file("f.txt", lines(1000))
    c = e2e.Http(site.port)
    size = str(len(lines(1000)))
    etag = c.get("/file/f.txt")["ETag"]
    for path, length, tag in (("/lines?n=1000", None, '"1000"'),
                              ("/push?n=1000", None, '"1000"'),
                              ("/memory?n=1000", size, '"1000"'),
                              ("/file/f.txt", size, etag)):
        a = c.request("HEAD", path)
        ok((a.status, a["Content-Length"], a["ETag"]) == (200, length, tag) and
           a["Content-Type"] == "text/plain; charset=utf-8",
           "HEAD of " + path, a)
        eq(c.get(path).body, lines(1000), "and then its body")
        for method in "GET", "HEAD":
            a = c.request(method, path, headers=header(If_None_Match=tag))
            ok((a.status, a["ETag"]) == (304, tag) and
               not a["Content-Length"] and not a["Content-Type"],
               "304 of %s %s" % (method, path), a)
            eq(c.get("/lines?n=2").body, lines(2), "and the next one")
    for path in "/lines", "/push", "/memory":
        for method in "GET", "HEAD":
            a = c.request(method, path + "?n=1000&status=204")
            ok(a.status == 204 and not a["Content-Length"],
               "204 of %s %s" % (method, path), a)
            eq(c.get("/lines?n=2").body, lines(2), "and the next one")
    c.close()
    c = e2e.Fcgi(site.server.sock)
    for method, path, more in (
            ("HEAD", "/lines?n=1000", {}), ("HEAD", "/push?n=1000", {}),
            ("HEAD", "/memory?n=1000", {}), ("HEAD", "/file/f.txt", {}),
            ("GET", "/push?n=1000&status=204", {}),
            ("GET", "/lines?n=1000", {"HTTP_IF_NONE_MATCH": '"1000"'})):
        a = c.request(method, path, **more)
        b = c.request("GET", "/lines?n=3")
        eq((a.body, b.body), (b"", lines(3)),
           "FastCGI: %s %s: %d" % (method, path, a.status))
    c.close()


# ---- one after the other ---------------------------------------------------------

def early():
    """Answers that leave the body unread, among streams, on one connection."""
    evil = (b"GET /lines?n=599 HTTP/1.1\r\nHost: localhost\r\n\r\n" +
            e2e.request("GET", "/lines?n=599"))

    def body(n):
        return (evil * (n // len(evil) + 1))[:n]

    def plan():
        """(method, path, body, status, body of the answer or None)"""
        for i, n in enumerate((1, 99, 101, 8192, 70000, 1000000)):
            m = 6000 * i + 1        # lines: an answer like no other
            yield "POST", "/private", body(n), 401, None
            yield "GET", "/lines?n=%d" % m, None, 200, lines(m)
            yield "POST", "/nowhere", body(n), 404, None
            yield "POST", "/push?n=%d" % (m + 1), body(n), 200, lines(m + 1)
            yield ("POST", "/small", body(n), 413 if n > 100 else 200,
                   body(n) if n <= 100 else None)
            yield "HEAD", "/push?n=%d" % m, None, 200, b""
            yield "POST", "/echo", body(n), 200, body(n)
            yield "POST", "/lines?n=%d" % (m + 2), body(n), 200, lines(m + 2)
            yield "GET", "/memory?n=%d" % (m + 3), None, 200, lines(m + 3)
            yield "POST", "/memory", body(n), 405, None
            yield "GET", "/file/none", None, 404, None

    for unbuffered in False, True:
        site = Site("--body-max", "2000000", edits=[
            (r"client_max_body_size[^;]*;", "client_max_body_size 9m;"),
            (r"fastcgi_keep_conn[^;]*;", r"\g<0> fastcgi_request_buffering " +
             ("off;" if unbuffered else "on;"))])
        asked = list(plan())
        c = e2e.Http(site.port)
        sender = threading.Thread(target=lambda: [
            c.send(b"%s %s HTTP/1.1\r\nHost: localhost\r\n"
                   b"Content-Length: %d\r\n\r\n" %
                   (method.encode(), path.encode(), len(data or b"")) +
                   (data or b"")) for method, path, data, _, _ in asked])
        sender.start()
        for method, path, data, status, want in asked:
            a = c.answer(method)
            ok(a.status == status and (
                a.body == want if want is not None else a.is_problem()),
                "%s %s with %d bytes%s" % (method, path, len(data or b""),
                ", unbuffered" if unbuffered else ""), a)
        sender.join()
        c.close()
        log = [(line["method"], line["path"], line["status"])
               for line in site.server.requests(len(asked))]
        eq(log, [(method, path.partition("?")[0], status)
                 for method, path, _, status, _ in asked],
           "nothing else was run")


# ---- CGI ---------------------------------------------------------------------------

EXIT_IO = 74


def cgi_environment(method, path, **more):
    return {name: value for name, value in e2e.params(
        method, path, **more).items() if isinstance(value, str)}


def cgi():
    folder = e2e.fresh("folder")
    os.mkdir(folder)

    def start(method, path, **popen):
        return subprocess.Popen(
            [e2e.program(APP)], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=e2e.environment(
                ANSWERS_FOLDER=folder, **cgi_environment(method, path)),
            **{"stdout": subprocess.PIPE, **popen})

    def whole(*args, **popen):
        p = start(*args, **popen)
        out, err = p.communicate(timeout=e2e.PATIENCE)
        return p.returncode, out and e2e.cgi_answer(out), err.decode()

    for path in "/lines", "/push":
        status, a, err = whole("GET", path + "?n=5000")
        ok(status == 0 and a.status == 200 and a.body == lines(5000) and
           not err, path + ": whole", status, a, err)
        for then in "fail", "negative":
            status, a, err = whole("GET", "%s?n=5000&then=%s" % (path, then))
            ok(status == EXIT_IO and lines(5000).startswith(a.body) and
               a["Content-Length"] is None,
               "%s, %s: exit status 74" % (path, then), status, a, err)
            ok(e2e.one_line(err) and "cause=" in err,
               "and a line about it", err)
        status, a, err = whole("HEAD", path + "?n=5000&then=end")
        eq((status, a.status, a.body), (0, 200, b""), path + ": HEAD")
    status, a, err = whole("GET", "/memory?n=x")
    ok(status == 0 and a.status == 400 and a.is_problem(),
       "what fails before it begins is answered", status, a, err)

    data = os.urandom(MIB)
    path = os.path.join(folder, "f.bin")
    with open(path, "wb") as f:
        f.write(data)
    status, a, err = whole("GET", "/file/f.bin")
    eq((status, a.body), (0, data), "a file")
    p = start("GET", "/file/f.bin")
    begin = p.stdout.read(1000)
    os.truncate(path, 1000)
    a = e2e.cgi_answer(begin + p.stdout.read())
    err = p.communicate()[1]
    ok(p.returncode == EXIT_IO and data.startswith(a.body) and
       len(a.body) < int(a["Content-Length"]) == len(data),
       "a file that was cut: exit status 74", p.returncode, err)

    for path in "/lines?n=100000", "/memory?n=100000":
        p = start("GET", path)
        p.stdout.read(1000)
        p.stdout.close()
        err = p.stderr.read()
        p.stderr.close()
        eq(p.wait(e2e.PATIENCE), EXIT_IO, path + ": nobody reads on")
        with open("/dev/full", "wb") as full:
            status, _, err = whole("GET", path, stdout=full)
        ok(status == EXIT_IO and "EIO" in err, path + ": no room", status, err)


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx") and e2e.need("CURL", "curl"):
        e2e.run(cut, killed, stalled, shortened, events, gone, bodiless,
                early, cgi)
    e2e.run(cgi)
