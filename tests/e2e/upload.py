# SPDX-License-Identifier: ISC
"""A large upload and a large download do not take memory of the program, and
what is over a limit is refused, after which the connection is as good as new.

tests/bench/upload does the first with a gigabyte.
"""

import base64
import hashlib
import os
import socket
import time

import e2e
from e2e import eq, ok

APP = "tests/conf/conformance"
MIB = 1024 * 1024
GROWTH_MAX = 2 * MIB

HEAD = (b'--x\r\nContent-Disposition: form-data; name="file"; '
        b'filename="zeros"\r\n\r\n')
TAIL = b"\r\n--x--\r\n"


class Bench:
    """The application behind nginx, with a folder for its uploads."""

    def __init__(self, *settings, unbuffered=False):
        self.folder = e2e.fresh("uploads")
        os.mkdir(self.folder)
        # Freed memory that ASan keeps back would count as growth.
        self.server = e2e.Server(
            APP, "--upload-dir", self.folder, *settings, env=e2e.environment(
                ASAN_OPTIONS="quarantine_size_mb=0:"
                "thread_local_quarantine_size_kb=0:log_path=%s/san" %
                e2e.tmp))
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock, [
            (r"client_max_body_size[^;]*;", "client_max_body_size 9g;"),
            # one worker, so that connections to the program are used again
            (r"worker_processes[^;]*;", "worker_processes 1;"),
            (r"fastcgi_keep_conn[^;]*;", r"\g<0> fastcgi_request_buffering " +
             ("off;" if unbuffered else "on;"))]))

    def peak(self):
        """Bytes of memory that it has had at most."""
        [worker] = self.server.workers()
        with open("/proc/%d/status" % worker) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def upload(self, size):
        """(answer, SHA-256 of what was sent)"""
        block = os.urandom(MIB)
        digest = hashlib.sha256()
        c = e2e.Http(self.nginx.port)
        c.s.settimeout(600)
        c.send(b"POST /bench/upload HTTP/1.1\r\nHost: localhost\r\n"
               b"Content-Type: multipart/form-data; boundary=x\r\n"
               b"Content-Length: %d\r\n\r\n" %
               (len(HEAD) + size + len(TAIL)) + HEAD)
        while size > 0:
            block = block[:size]
            digest.update(block)
            c.send(block)
            size -= len(block)
        c.send(TAIL)
        answer = c.answer()
        c.close()
        return answer, digest.hexdigest()

    def download(self, size):
        """Bytes that arrived as the body."""
        s = socket.create_connection(("127.0.0.1", self.nginx.port), 600)
        # HTTP/1.0: no chunks, the end of the connection is the end.
        s.sendall(b"GET /bench/download?size=%d HTTP/1.0\r\n"
                  b"Host: localhost\r\n\r\n" % size)
        with s, s.makefile("rb") as f:
            while f.readline() not in (b"\r\n", b""):
                pass
            got = 0
            while True:
                data = f.read(MIB)
                if not data:
                    return got
                got += len(data)


def measure(what, *args):
    """(result, seconds, bytes before, bytes after)"""
    before = what.__self__.peak()
    start = time.monotonic()
    result = what(*args)
    return (result, time.monotonic() - start, before,
            what.__self__.peak())


def small(before, after):
    ok(after - before < GROWTH_MAX, "and takes less than %d KiB" %
       (GROWTH_MAX // 1024), "%d KiB" % ((after - before) // 1024))


def upload():
    bench = Bench()
    eq(bench.upload(1000)[0].json()["size"], 1000, "a first one")
    (a, digest), _, before, after = measure(bench.upload, 16 * MIB)
    eq((a.status, a.json()), (200, {"size": 16 * MIB, "sha256": digest}),
       "16 MiB arrive")
    small(before, after)
    eq(os.listdir(bench.folder), [], "and nothing of them stays behind")


def download():
    bench = Bench()
    eq(bench.download(1000), 1000, "a first one")
    got, _, before, after = measure(bench.download, 16 * MIB)
    eq(got, 16 * MIB, "16 MiB are sent")
    small(before, after)


# ---- limits -----------------------------------------------------------------

MULTIPART = ("Content-Type", "multipart/form-data; boundary=x")
URLENCODED = ("Content-Type", "application/x-www-form-urlencoded")

SETTINGS = ("--url-max", "64", "--headers-max", "20", "--header-bytes-max",
            "1024", "--body-max", "5000", "--params-max", "3",
            "--field-bytes-max", "100", "--parts-max", "5",
            "--part-header-max", "100", "--part-name-max", "10",
            "--files-max", "3", "--file-max", "1000")


def field(size=1, name="a"):
    """(header, data)"""
    return ('Content-Disposition: form-data; name="%s"' % name, b"v" * size)


def file(size=1, name="f"):
    head, data = field(size, name)
    return head + '; filename="x"', data


def padded(part, size):
    """The part with a header of so many bytes; a line's end counts as one."""
    head, data = part
    return head + "\r\nX: " + "p" * (size - len(head) - 4), data


def form(parts, before=0):
    """The body, with so many bytes in front of its first part."""
    return b"p" * before + b"".join(
        b"\r\n--x\r\n" + head.encode() + b"\r\n\r\n" + data
        for head, data in parts) + TAIL


# limit, parts that are at it and parts that are one over it, fields first
FORMS = (
    ("params_max", [field()] * 3, [field()] * 4),
    ("field_bytes_max", [field(99), field(1)], [field(99), field(2)]),
    ("parts_max", [field()] * 3 + [file()] * 2, [field()] * 3 + [file()] * 3),
    ("part_header_max", [padded(file(), 100)], [padded(file(), 101)]),
    ("part_name_max", [field(name="n" * 10)], [field(name="n" * 11)]),
    ("files_max", [file()] * 3, [file()] * 4),
    ("file_max", [file(1000)], [file(1001)]),
)

# path, header, body, status, limit
OTHERS = (
    ("POST", "/conf/form", URLENCODED, b"a&b&c&d", 413, "params_max"),
    ("GET", "/conf/query?a&b&c&d", ("X", "y"), None, 414, "params_max"),
    ("GET", "/conf/cookies", ("Cookie", "a=1; b=2; c=3; d=4"), None, 431,
     "params_max"),
    ("GET", "/conf/query?" + "q" * 60, ("X", "y"), None, 414, "url_max"),
    ("GET", "/conf/query?q", ("X", "y" * 1024), None, 431,
     "header_bytes_max"),
)


class Client:
    """Requests on one connection, each with a good one behind it.

    Where nginx passes a body on at once, it may close the client's connection
    after an early answer, but not that to the program.
    """

    def __init__(self, b, unbuffered):
        self.port = b.nginx.port
        self.unbuffered = unbuffered
        self.c = e2e.Http(self.port)
        self.n = 0

    def request(self, *args):
        answer = self.c.request(*args)
        if self.unbuffered:
            self.c.close()
            self.c = e2e.Http(self.port)
        self.n += 1
        after = self.c.get("/conf/query?n=%d" % self.n)
        return answer, after.status == 200 and \
            after.json() == [["n", str(self.n)]]

    def form(self, parts, before=0, path="/conf/multipart"):
        return self.request("POST", path, form(parts, before), [MULTIPART])


def refused(answer, good, status, limit, name):
    ok(answer.status == status and answer.is_problem() and
       answer.json()["detail"].startswith(limit + ": ") and good,
       name + ", then a good request", answer)


def accepted(answer, good, parts, name):
    """Each part has arrived."""
    want = [("file" if "filename" in head else "field", data)
            for head, data in parts]
    ok(answer.status == 200 and want == [
        (part["kind"], base64.b64decode(part["data_b64"]))
        for part in answer.json()] and good, name, answer)


def limits():
    for unbuffered in False, True:
        how = ", unbuffered" if unbuffered else ""
        b = Bench(*SETTINGS, unbuffered=unbuffered)
        c = Client(b, unbuffered)
        for limit, at, over in FORMS:
            accepted(*c.form(at), at, limit + ": at the limit" + how)
            refused(*c.form(over), 413, limit, limit + ": over it" + how)
        rest = 5000 - len(form([field()]))
        accepted(*c.form([field()], rest), [field()],
                 "body_max: at the limit" + how)
        refused(*c.form([field()], rest + 1), 413, "body_max",
                "body_max: over it" + how)
        for method, path, header, body, status, limit in OTHERS:
            refused(*c.request(method, path, body, [header]), status, limit,
                    "%s: %s %s%s" % (limit, method, path.split("?")[0], how))
        refused(*c.request("GET", "/conf/query?q", None,
                           [("X-%d" % i, "y") for i in range(20)]), 431,
                "headers_max", "headers_max" + how)
        answer, good = c.form([file(name="file")], 100000, "/bench/upload")
        ok(answer.status == 200 and answer.json()["size"] == 1 and good,
           "a route may have more than body_max" + how, answer)
        eq(os.listdir(b.folder), [], "nothing stays behind" + how)
        ok(not [r for r in b.server.requests() if r["status"] >= 500],
           "nothing was our fault" + how)


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx"):
        e2e.run(upload, download, limits)
    e2e.run()
