# SPDX-License-Identifier: ISC
"""A body that is made of FastCGI records must never become a request.

nginx keeps its connections to the program.  What a program leaves unread of a
body is the first thing it reads as the next request's records, and the sender
of the body chooses them: any method, any REMOTE_USER.  So every path that
answers before it has read the body is tried with such bodies, of sizes around
those at which the program, libfcgi or nginx read and write.

This test was proved able to fail: with a drain() in lib/gate/fcgi.c that only
returned true, 132 of its tests failed.  Behind nginx the forged DELETE had
run, and note 1 was gone.
"""

import e2e
from e2e import Fcgi, eq, ok

DRAIN_MAX = 8 * 1024 * 1024     # as in lib/gate/fcgi.c
BODY_MAX = 1000
PRECIOUS = {"title": "precious", "body": "x" * 100, "done": True}
JSON = [("Content-Type", "application/json")]
TEXT = [("Content-Type", "text/plain")]

# What is answered without a look at the body: method, path, type, status.
EARLY = [
    ("POST", "/nothing", JSON, 404),
    ("PUT", "/notes", JSON, 405),
    ("DELETE", "/notes", JSON, 405),
    ("POST", "/notes", TEXT, 415),
    ("POST", "/notes", JSON, 413),
    ("GET", "/notes/%ff", JSON, 400),
]
SIZES = [700, 8000, 8192, 9000, 16384, 32768, 40000, 65536, 70000, 131072,
         1000000]


def padded(kind, data):
    """One record, of a multiple of 8 bytes."""
    return e2e.record(kind, data, pad=-len(data) % 8)


def forged():
    """Two requests, as the web server would send them."""
    body = b'{"title":"forged"}'
    found = b""
    for method, path, body in (("DELETE", "/notes/1", b""),
                               ("POST", "/notes", body)):
        found += e2e.begin() + padded(e2e.PARAMS, e2e.pairs(e2e.params(
            method, path, body, REMOTE_USER="admin", AUTH_TYPE="Basic")))
        found += e2e.record(e2e.PARAMS)
        found += (padded(e2e.STDIN, body) if body else b"")
        found += e2e.record(e2e.STDIN)
    return found


def crafted(size, odd=False):
    """The forged requests behind and between records that count for nothing.

    A reader takes up wherever the last read has ended, a multiple of 8 bytes
    from the beginning.  Such a place holds the header of a record of no
    request, whose content is 8 bytes: the next such header.  So the reader
    takes each second one, and odd decides which.
    """
    idle = e2e.record(e2e.STDIN, bytes(8), 0x7777)[:8]
    block = forged() + idle * 64
    room = max(0, size - len(forged())) // 8
    lead = min(1024, room) // 2 * 2 - odd
    blocks = (room - lead) * 8 // len(block)
    body = idle * lead + block * blocks
    rest = (room - len(body) // 8) // 2 * 2
    return (body + idle * rest + forged() + idle * 4)[:size]


class Watch:
    """The database and the log hold what was asked for, and nothing else."""

    def __init__(self, server):
        self.server = server
        self.want = [("POST", "/notes", 201)]
        a = e2e.fcgi_ask(server.sock, "POST", "/notes",
                         b'{"title":"precious","body":"%s","done":true}' %
                         (b"x" * 100))
        if a.status != 201:
            raise AssertionError(a)

    def expect(self, *requests):
        self.want += requests

    def check(self, name):
        eq(self.server.rows(), [(1, "precious", "x" * 100, 1)],
           name + ": nothing was stored or deleted")
        got = [(r["method"], r["path"], r["status"])
               for r in self.server.requests(len(self.want))]
        ok(got == self.want, name + ": nothing else was run",
           *[r for r in got if r not in self.want][:3])
        self.want = got


def is_precious(answer):
    return answer.status == 200 and answer.json() == {"id": 1, **PRECIOUS}


def aligned():
    """The test itself: its bodies are what they claim to be."""
    eq(len(forged()) % 8, 0, "the forged requests keep the alignment")
    eq([len(crafted(n)) for n in SIZES], SIZES, "bodies have their sizes")
    ok(all(forged() in crafted(n) for n in SIZES),
       "each has the forged requests in it")


def through_nginx():
    server = e2e.Server(e2e.NOTES, "--body-max", str(BODY_MAX))
    nginx = e2e.Nginx(e2e.site_conf(server.sock, [
        (r"client_max_body_size[^;]*;", "client_max_body_size 20m;")]))
    watch = Watch(server)
    c = e2e.Http(nginx.port)
    ok(is_precious(c.get("/notes/1")), "the first request")
    watch.expect(("GET", "/notes/1", 200))
    e2e.wait_for("others to end", lambda: len(server.connections()) == 1)
    kept = server.connections()

    for method, path, headers, status in EARLY:
        for size in SIZES:
            if status == 413 and size <= BODY_MAX:
                continue
            name = "%s %s: %d, %d bytes" % (method, path, status, size)
            for odd in (False, True):
                a = c.request(method, path, crafted(size, odd), headers)
                b = c.get("/notes/1")
                eq((a.status, is_precious(b)), (status, True),
                   name + (", odd" if odd else ""))
                watch.expect((method, path.replace("%ff", "\ufffd"), status),
                             ("GET", "/notes/1", 200))
        watch.check("%s %s: %d" % (method, path, status))
    eq(server.connections(), kept, "all that was over the same connection")

    for size in (DRAIN_MAX - 1, DRAIN_MAX, DRAIN_MAX + 100000):
        a = c.request("POST", "/nothing", crafted(size), JSON)
        b = c.get("/notes/1")
        eq((a.status, is_precious(b)), (404, True),
           "%d bytes, where the program gives up reading" % size)
        watch.expect(("POST", "/nothing", 404), ("GET", "/notes/1", 200))
    watch.check("over the bound")


def by_hand():
    """The same without nginx, where the pieces can be chosen."""
    server = e2e.Server(e2e.NOTES, "--body-max", str(BODY_MAX))
    watch = Watch(server)

    c = Fcgi(server.sock)
    for cut in (1, 7, 8, 9, 4096, 8000, 8192, 8193, 16384, 30000):
        for odd in (False, True):
            data = e2e.request("POST", "/nothing", crafted(40000, odd))
            c.send(data[:cut])
            # Of the head nothing is taken until all of it is there.
            if cut > 1000:
                c.wait_taken()
            c.send(data[cut:])
            a = c.answer()
            b = c.request("GET", "/notes/1")
            eq((a.status, is_precious(b)), (404, True),
               "cut after %d bytes%s" % (cut, ", odd" if odd else ""))
            watch.expect(("POST", "/nothing", 404), ("GET", "/notes/1", 200))
    watch.check("cut")

    # The end record comes late.
    data = e2e.request("POST", "/nothing", crafted(9000))
    c.send(data[:-8])
    c.wait_taken()
    ok(c.silent(), "no answer's end before the body's")
    c.send(data[-8:])
    eq(c.answer().status, 404, "the end record alone")
    ok(is_precious(c.request("GET", "/notes/1")), "and the next request")
    watch.expect(("POST", "/nothing", 404), ("GET", "/notes/1", 200))

    # More than CONTENT_LENGTH says: the rest is no request either.
    body = b'{"title":"x"}'
    data = (e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("PATCH", "/notes/9", body))) +
        e2e.stream(e2e.STDIN, body + crafted(20000)))
    c.send(data)
    eq(c.answer().status, 404, "a body longer than its CONTENT_LENGTH")
    ok(is_precious(c.request("GET", "/notes/1")), "and the next request")
    watch.expect(("PATCH", "/notes/9", 404), ("GET", "/notes/1", 200))
    watch.check("by hand")

    # Up to the bound the connection is kept, from there on closed.
    c.send(e2e.request("POST", "/nothing", crafted(DRAIN_MAX - 1)))
    eq(c.answer().status, 404, "one byte under the bound")
    ok(is_precious(c.request("GET", "/notes/1")), "the connection is kept")
    watch.expect(("POST", "/nothing", 404), ("GET", "/notes/1", 200))
    for size in (DRAIN_MAX, DRAIN_MAX + 1, DRAIN_MAX + 300000):
        c = Fcgi(server.sock)
        try:
            c.send(e2e.request("POST", "/nothing", crafted(size)))
        except (BrokenPipeError, ConnectionResetError):
            pass
        eq(c.answer().status, 404, "%d bytes" % size)
        c.s.shutdown(1)
        ok(c.at_end(), "the connection is closed")
        c.close()
        watch.expect(("POST", "/nothing", 404))
    ok(is_precious(e2e.fcgi_ask(server.sock, "GET", "/notes/1")),
       "on another one, all is right")
    watch.expect(("GET", "/notes/1", 200))
    watch.check("over the bound")


if e2e.need("NGINX", "nginx"):
    e2e.run(aligned, through_nginx, by_hand)
e2e.run(aligned, by_hand)
