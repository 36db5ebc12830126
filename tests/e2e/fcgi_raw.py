# SPDX-License-Identifier: ISC
"""The socket as a web server sees it, right, odd, slow and hostile."""

import struct

import e2e
from e2e import Fcgi, eq, ok

PROBE = e2e.PROBE
LENGTHS = (0, 1, 126, 127, 128, 129, 255, 256, 65535)


def serves(server, name):
    """A new connection gets an answer, from the process there was."""
    a = e2e.fcgi_ask(server.sock, "GET", "/big?n=3")
    ok(a.status == 200 and a.body == b"\0\1\2" and server.alive(),
       name + ": it goes on", a, server.log()[-2000:])


def kept():
    server = e2e.Server(PROBE)
    c = Fcgi(server.sock)
    wrong = []
    for i in range(100):
        body = b"%d" % i * (i * 7 % 50)
        a = c.request("POST", "/echo", body, rid=i % 5 * 16000 + 1)
        if (a.status, a.body, a.protocol_status) != (200, body, 0):
            wrong.append((i, a))
    eq(wrong, [], "100 requests on one connection")
    eq(len(server.connections()), 1, "it is one")
    a = c.request("GET", "/big?n=5", keep=False)
    eq((a.status, a.body), (200, b"\0\1\2\3\4"), "the last one: keep off")
    ok(c.at_end(), "the server closes")
    ids = {r["id"] for r in server.requests(101)}
    eq(len(ids), 101, "each request has an id of its own")
    a = e2e.fcgi_ask(server.sock, "GET", "/big?n=0", REQUEST_ID="abc-1")
    eq(server.requests(102)[-1]["id"], "abc-1",
       "the web server's id is taken")


def sizes():
    """Answers around the sizes at which they are written differently."""
    server = e2e.Server(PROBE)
    c = Fcgi(server.sock)
    wrong = []
    pattern = bytes(range(251))
    for n in (0, 1, 7, 8, 8000, 8184, 8192, 16384, 65400, 65527, 65528, 65529,
              65535, 65536, 65537, 131056, 131057, 1048448, 1048576,
              10000000):
        a = c.request("GET", "/big?n=%d" % n)
        want = (pattern * (n // 251 + 1))[:n]
        if a.status != 200 or a.body != want or \
                a["Content-Length"] != str(n):
            wrong.append((n, a.status, len(a.body)))
    eq(wrong, [], "answers of all sizes, whole")
    a = c.request("HEAD", "/big?n=1000000")
    eq((a.body, a["Content-Length"]), (b"", "1000000"), "HEAD of a large one")

    # Nobody reads a large answer: the write ends, and the thread is free.
    slow = Fcgi(server.sock)
    slow.send(e2e.request("GET", "/big?n=10000000"))
    slow.wait_taken()
    slow.close()
    serves(server, "a reader that goes away")


def unread():
    server = e2e.Server(PROBE, "--workers", "1", "--threads", "1",
                        "--io-timeout", "1", "--wait-max", "60000")
    slow = Fcgi(server.sock)
    slow.send(e2e.request("GET", "/big?n=10000000"))
    serves(server, "an answer that nobody reads, one thread")
    slow.close()


def lengths():
    server = e2e.Server(PROBE)
    c = Fcgi(server.sock)

    def get(params):
        c.send(e2e.begin() + e2e.stream(e2e.PARAMS, params) +
               e2e.stream(e2e.STDIN, b""))
        return c.answer()

    after = e2e.params("GET", "/var/X")
    for n in LENGTHS:
        value = (b"0123456789" * (n // 10 + 1))[:n]
        for wide in ((False, True) if n < 128 else (False,)):
            a = get(e2e.pair("X", value, wide) + e2e.pairs(after))
            eq((a.status, a.body == value), (200, True),
               "a value of %d bytes%s" % (n, ", in 4 bytes" * wide))
            name = b"N" * n
            a = get(e2e.pair(name, "v", wide) + e2e.pairs(e2e.params(
                "GET", "/", REQUEST_URI=None, DOCUMENT_URI=None,
                PATH_INFO="/var/" + name.decode())))
            eq((a.status, a.body), (200, b"v") if n else (404, a.body),
               "a name of %d bytes%s" % (n, ", in 4 bytes" * wide))
    for n in LENGTHS:
        body = bytes(range(256)) * (n // 256 + 1)
        a = c.request("POST", "/echo", body[:n])
        eq((a.status, a.body == body[:n]), (200, True),
           "a body of %d bytes" % n)
    eq(len(server.connections()), 1, "all over one connection")


def split():
    server = e2e.Server(PROBE)
    c = Fcgi(server.sock)
    data = e2e.pairs({"REQUEST_METHOD": "GET", "PATH_INFO": "/var/X",
                      "REQUEST_URI": "/var/X", "X": "v" * 130})
    wrong = []
    for i in range(1, len(data)):
        c.send(e2e.begin() + e2e.record(e2e.PARAMS, data[:i], pad=i % 9) +
               e2e.stream(e2e.PARAMS, data[i:]) + e2e.record(e2e.STDIN))
        a = c.answer()
        if (a.status, a.body) != (200, b"v" * 130):
            wrong.append((i, a))
    eq(wrong, [], "parameters in two records, at each of %d places" %
       (len(data) - 1))
    c.send(e2e.begin() + e2e.stream(e2e.PARAMS, data, size=1) +
           e2e.record(e2e.STDIN))
    eq(c.answer().status, 200, "parameters in records of one byte")

    whole = e2e.request("POST", "/echo", b"body", X="v" * 130)
    head = len(whole) - len(e2e.stream(e2e.STDIN, b"body"))
    wrong = []
    for i in range(1, len(whole)):
        c.send(whole[:i])
        # A head is only looked at until all of it is there.
        if i > head:
            c.wait_taken()
        c.send(whole[i:])
        a = c.answer()
        if (a.status, a.body) != (200, b"body"):
            wrong.append((i, a))
    eq(wrong, [], "a request in two pieces, at each of %d places" %
       (len(whole) - 1))

    body = bytes(range(256)) * 40
    params = e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("POST", "/echo", body)))
    for size in (1, 2, 255, 256, 4096):
        c.send(e2e.begin() + params + e2e.stream(e2e.STDIN, body, size=size))
        ok(c.answer().body == body, "a body in records of %d" % size)
    eq(len(server.connections()), 1, "all over one connection")


def short():
    """A body that ends early is an error, never a shorter body."""
    server = e2e.Server(PROBE, "--body-max", "100000")
    c = Fcgi(server.sock)
    for said, sent in ((10, 9), (10, 0), (100000, 8192), (1, 0)):
        a = c.request("POST", "/echo", b"x" * sent, CONTENT_LENGTH=str(said))
        ok(a.status == 400 and a.is_problem(),
           "%d bytes of %d: 400" % (sent, said), a)
    for said, sent in ((9, 10), (0, 10), (8192, 50000)):
        a = c.request("POST", "/echo", b"x" * sent, CONTENT_LENGTH=str(said))
        eq((a.status, len(a.body)), (200, said),
           "%d bytes where %d were said: no more than that" % (sent, said))
    for said in ("-1", "", None):
        a = c.request("POST", "/echo", b"x" * 1000, CONTENT_LENGTH=said)
        eq((a.status, len(a.body)), (200, 1000),
           "CONTENT_LENGTH %r: all there is" % said)
        a = c.request("POST", "/echo", b"x" * 100001, CONTENT_LENGTH=said)
        eq(a.status, 413, "CONTENT_LENGTH %r: up to the limit" % said)
    for said in ("-2", "x", "1x", "0x10", " 1", "1.0", "+1",
                 "-99999999999999999999"):
        a = c.request("POST", "/echo", b"x", CONTENT_LENGTH=said)
        ok(a.status == 400 and a.is_problem(),
           "CONTENT_LENGTH %r: 400" % said, a)
    for said in ("100001", "9223372036854775807", "9223372036854775808",
                 "99999999999999999999"):
        a = c.request("POST", "/echo", b"x", CONTENT_LENGTH=said)
        ok(a.status == 413 and a.is_problem(),
           "CONTENT_LENGTH %s: 413" % said, a)
    for method in ("", "GE T", "G\nET", "x" * 33, "GET\x7f"):
        a = c.request(method, "/echo")
        eq(a.status, 400, "method %r: 400" % method)
    for path in ("echo", "*", "/../etc", "/a/./b", "/\xff"):
        a = c.request("GET", path, PATH_INFO=path.encode("latin-1"))
        eq(a.status, 400, "path %r: 400" % path)
    eq(c.request("GET", "/%00", PATH_INFO="/").status, 400,
       "a NUL in the URI: 400")
    eq(c.request("OPTIONS", "*").status, 400, "OPTIONS *: 400")
    eq(len(server.connections()), 1, "all over one connection")


def gone():
    """A peer that closes at every byte of a request."""
    server = e2e.Server(e2e.NOTES, "--threads", "2")
    data = e2e.request("POST", "/notes", b'{"title":"whole"}')
    for i in range(len(data) + 1):
        c = Fcgi(server.sock)
        c.send(data[:i])
        c.close()
    eq(e2e.fcgi_ask(server.sock, "GET", "/notes").status, 200,
       "closed at each of %d bytes: it goes on" % len(data))
    e2e.wait_for("the connections to end",
                 lambda: not server.connections())
    # All of the body but not its end record: it may count as whole.
    ok(1 <= len(server.rows()) <= 9, "what was whole is stored",
       server.rows())
    eq({row[1] for row in server.rows()}, {"whole"}, "and nothing else")


def slow():
    """Half a request and silence do not stop the others."""
    server = e2e.Server(PROBE, "--workers", "1", "--threads", "2",
                        "--io-timeout", "1", "--read-timeout", "1",
                        "--wait-max", "60000")
    data = e2e.request("POST", "/echo", b"x" * 50000)
    half = Fcgi(server.sock)
    half.send(data[:300])
    c = Fcgi(server.sock)
    wrong = [i for i in range(50)
             if c.request("GET", "/big?n=9").status != 200]
    eq(wrong, [], "50 requests beside half a request")
    # More than threads, each at another place of the head and the body.
    more = [Fcgi(server.sock) for i in range(3)]
    for i, other in enumerate(more):
        other.send(data[:(5, 600, 40000)[i]])
    serves(server, "more of them than threads: after the time-out")
    for other in [half, *more]:
        try:
            while other.record() is not None:
                pass
        except (EOFError, OSError):
            pass
        other.close()
    eq([r for r in server.requests() if r["path"] == "/echo" and
        r["status"] == 200], [], "none of them was taken for whole")
    serves(server, "when they have timed out")


def authorizer():
    """The role has parameters and an answer; no body, nor its end."""
    server = e2e.Server(PROBE, "--io-timeout", "3600", "--read-timeout",
                        "3600", "--workers", "1", "--threads", "1")
    params = e2e.stream(e2e.PARAMS, e2e.pairs(e2e.params(
        "GET", "/var/FCGI_ROLE", CONTENT_LENGTH=None)))
    end = e2e.record(e2e.STDIN)
    for keep in (False, True):
        c = Fcgi(server.sock)
        c.send(e2e.begin(e2e.AUTHORIZER, keep) + params)
        a = c.answer()
        eq((a.status, a.body, a.protocol_status), (200, b"AUTHORIZER", 0),
           "an authorizer, keep %s: it is answered" % keep)
        if keep:
            c.send(end)
            eq(c.request("GET", "/big?n=2").body, b"\0\1",
               "and an end that comes late is skipped")
        else:
            ok(c.at_end(), "and closed")
        c.close()

    c = Fcgi(server.sock)
    for i in range(3):
        c.send(e2e.begin(e2e.AUTHORIZER) + params + end)
        a = c.answer()
        eq((a.status, a.body), (200, b"AUTHORIZER"), "with an end: the same")
    eq(c.request("GET", "/var/FCGI_ROLE").body, b"RESPONDER",
       "and the connection is kept")
    c.send(e2e.begin(e2e.AUTHORIZER) + e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("POST", "/echo", CONTENT_LENGTH=None))))
    eq(c.answer().body, b"", "what would read a body has none")
    c.close()
    c = Fcgi(server.sock)
    c.send(e2e.begin(e2e.AUTHORIZER) + e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("POST", "/echo", CONTENT_LENGTH="4"))))
    a = c.answer()
    ok(a.status == 400 and a.is_problem(), "one that was promised: 400", a)
    c.close()


def output(c):
    """What is left of an answer."""
    found = b""
    while True:
        kind, rid, data = c.record()
        if kind == e2e.END:
            return found
        found += data


def aborted():
    """ABORT_REQUEST, wherever it comes: the next request is right."""
    server = e2e.Server(PROBE, "--io-timeout", "3600", "--read-timeout",
                        "3600", "--workers", "1", "--threads", "1",
                        "--wait-max", "60000")
    abort = e2e.record(e2e.ABORT)
    get = e2e.request("GET", "/big?n=2")
    post = e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pairs(e2e.params(
        "POST", "/echo", b"x" * 50000)))

    c = Fcgi(server.sock)
    c.send(e2e.begin() + abort)
    ok(c.at_end(), "aborted before the parameters are there: closed")
    c.close()
    serves(server, "after it")
    for n in (0, 1, 8000, 40000):
        c = Fcgi(server.sock)
        c.send(post + (e2e.record(e2e.STDIN, b"x" * n) if n else b""))
        if n:
            c.wait_taken()
        c.send(abort)
        a = c.answer()
        ok(a.status == 400 and a.is_problem(),
           "aborted after %d bytes of a body: no shorter body" % n, a)
        ok(c.at_end(), "and the connection ends")
        c.close()
        serves(server, "after it")

    c = Fcgi(server.sock)
    c.send(e2e.request("GET", "/drip"))
    c.record()
    c.send(abort)
    ok(output(c).endswith(b"gone\n"),
       "aborted in a stream: the handler sees that the client is gone")
    c.send(get)
    eq(c.answer().body, b"\0\1", "the next one on the same connection")
    c.send(e2e.request("GET", "/drip?n=20"))
    c.record()
    c.send(e2e.record(e2e.ABORT, rid=2) + e2e.record(e2e.STDIN, rid=1))
    ok(output(c).endswith(b"last\n"), "but not by another one's")
    c.send(get)
    eq(c.answer().body, b"\0\1", "and the next one")
    c.send(e2e.request("GET", "/drip"))
    c.record()
    c.close()
    serves(server, "a peer that leaves a stream")
    ok(server.requests()[-2]["bytes"] < 5000, "it was seen",
       server.requests()[-2])

    c = Fcgi(server.sock)
    c.send(get + abort)
    eq(c.answer().body, b"\0\1", "one that comes with its request")
    c.send(abort + abort)
    c.send(get)
    eq(c.answer().body, b"\0\1", "and some between two requests")
    c.close()


def management():
    """Records of no request: answered beside requests, at each cut."""
    server = e2e.Server(PROBE, "--connections", "77")
    get = e2e.request("GET", "/big?n=2")
    names = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS")
    known = dict(zip(names, ("77", "77", "0")))

    def values(wanted, pad=0):
        return e2e.record(e2e.GET_VALUES, e2e.pairs(
            [(name, "") for name in wanted]), rid=0, pad=pad)

    c = Fcgi(server.sock)
    for wanted in ((), names, names[::-1], names * 100, ("X", *names, ""),
                   ("fcgi_max_conns",)):
        c.send(values(wanted, len(wanted) % 8))
        eq(c.record(), (e2e.GET_VALUES_RESULT, 0, e2e.pairs(
            [(name, known[name]) for name in wanted if name in known])),
           "%d values" % len(wanted))
    c.send(values(("STILE_STATUS",)))
    kind, rid, data = c.record()
    ok((kind, rid) == (e2e.GET_VALUES_RESULT, 0) and
       b"STILE_STATUSprobe, up " in data, "the status", data)
    data = values(names)
    for i in range(1, len(data)):
        c.send(data[:i])
        c.send(data[i:] + get)
        if c.record()[0] != e2e.GET_VALUES_RESULT or \
                c.answer().body != b"\0\1":
            ok(False, "cut after %d bytes" % i)
    ok(True, "a record in two pieces, at each of %d places" % (len(data) - 1))
    for kind in (0, *range(e2e.UNKNOWN_TYPE, 256, 61), e2e.BEGIN, e2e.PARAMS):
        c.send(e2e.record(kind, b"x" * 65535, rid=0, pad=255))
        eq(c.record(), (e2e.UNKNOWN_TYPE, 0, bytes([kind]) + bytes(7)),
           "type %d of no request: unknown" % kind)
    c.send(get)
    eq(c.answer().body, b"\0\1", "and a request behind them all")
    eq(len(server.connections()), 1, "all over one connection")
    for name, data in (("cut", b"\5\0abc"), ("of 2 GiB", b"\xff" * 8)):
        c = Fcgi(server.sock)
        c.send(e2e.record(e2e.GET_VALUES, data, rid=0))
        ok(c.at_end(), "a name that is %s: closed" % name)
        serves(server, "a name that is " + name)


def in_the_body():
    """What is none of a body, in the middle of one."""
    server = e2e.Server(PROBE)
    post = e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pairs(e2e.params(
        "POST", "/echo", b"x" * 1000))) + e2e.record(e2e.STDIN, b"x" * 500)
    end = e2e.record(e2e.STDIN, b"x" * 500) + e2e.record(e2e.STDIN)
    one = e2e.pair("FCGI_MAX_CONNS", "")
    for name, data in {
            "a known value": e2e.record(e2e.GET_VALUES, one, rid=0),
            "more values than it has room for":
                e2e.record(e2e.GET_VALUES, one * 20, rid=0),
            "a value of 2 GiB":
                e2e.record(e2e.GET_VALUES, b"\0\xff\xff\xff\xff", rid=0),
            "two of 2 GiB":
                e2e.record(e2e.GET_VALUES, b"\xff" * 8, rid=0),
            "an unknown type": e2e.record(77, b"abcdefgh", rid=0),
            "a second request": e2e.begin(rid=2),
            "the same once more": e2e.begin(),
            "another's record": e2e.record(e2e.ABORT, rid=2),
            "another version": b"\2" + e2e.record(e2e.STDIN)[1:]}.items():
        c = Fcgi(server.sock)
        try:
            c.send(post + data + end)
            c.s.shutdown(1)
            while c.record() is not None:
                pass
        except (EOFError, OSError):
            pass
        c.close()
        serves(server, name + " in a body")
    eq([line for line in server.lines() if line["msg"] in e2e.CRASHES], [],
       "no worker ends")


def parameters():
    """64 KiB of them, and up to more than is looked at."""
    server = e2e.Server(PROBE)
    c = Fcgi(server.sock)
    after = e2e.pairs(e2e.params("GET", "/var/X"))
    for size in (1024, 65000, 65536, 70000, 131072):
        n = size // 1024
        data = b"".join(e2e.pair("N%03d" % i, "v" * 1000) for i in range(n))
        data += e2e.pair("X", "last %d" % n)
        for record in (65535, 4096, 1000):
            c.send(e2e.begin() + e2e.stream(e2e.PARAMS, data + after,
                                            size=record) +
                   e2e.record(e2e.STDIN))
            eq(c.answer().body, b"last %d" % n,
               "%d KiB of parameters, records of %d" % (n, record))
    eq(len(server.connections()), 1, "all over one connection")
    c = Fcgi(server.sock)
    try:
        c.send(e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pair(
            "X", "v" * 1000000)))
    except OSError:
        pass
    ok(c.at_end(), "a million bytes: closed")
    c.close()
    ok(any("too many bytes of parameters" in line["msg"]
           for line in server.lines()), "and the log says why")
    serves(server, "too many parameters")


def odd():
    """Records that no web server sends."""
    server = e2e.Server(PROBE)
    get = e2e.request("GET", "/big?n=2")
    params = e2e.stream(e2e.PARAMS, e2e.pairs(e2e.params("GET", "/big?n=2")))
    values = e2e.pairs({"FCGI_MAX_CONNS": "", "FCGI_MPXS_CONNS": "", "X": ""})
    end = e2e.record(e2e.STDIN)

    c = Fcgi(server.sock)
    c.send(e2e.record(e2e.PARAMS, b"junk", rid=9) +
           e2e.record(e2e.STDIN, b"junk", rid=9) + get)
    eq(c.answer().body, b"\0\1", "records of no request are skipped")
    c.close()

    c = Fcgi(server.sock)
    c.send(e2e.record(e2e.GET_VALUES, values, rid=0) + get)
    eq(c.record(), (e2e.GET_VALUES_RESULT, 0, e2e.pairs(
        {"FCGI_MAX_CONNS": "8192", "FCGI_MPXS_CONNS": "0"})),
       "GET_VALUES: what is known of them")
    eq(c.answer().body, b"\0\1", "and the request after it")
    c.send(e2e.record(77, b"abcdefgh", rid=0) + get)
    eq(c.record(), (e2e.UNKNOWN_TYPE, 0, bytes([77]) + bytes(7)),
       "a management record of a type that is none")
    eq(c.answer().body, b"\0\1", "and the request after it")
    c.send(e2e.begin(role=9) + params + end)
    eq(c.record(), (e2e.END, 1, b"\0\0\0\0\3\0\0\0"), "an unknown role")
    c.close()

    # Whatever is said to these: the next connection is right.
    hostile = {
        "GET_VALUES": e2e.record(e2e.GET_VALUES, values, rid=0) + get,
        "an unknown role": e2e.begin(role=9) + params + end,
        "role 0": e2e.begin(role=0) + params + end,
        "an authorizer": e2e.begin(role=e2e.AUTHORIZER) + params + end,
        "a filter": e2e.begin(role=e2e.FILTER) + params + end +
        e2e.record(e2e.DATA),
        "request id 0": e2e.request("GET", "/big", rid=0),
        "version 0": bytes(16),
        "version 2": b"\2" + get[1:],
        "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "junk": bytes(range(256)) * 64,
        "BEGIN_REQUEST too short": e2e.record(e2e.BEGIN, b"\0\1") + get,
        "BEGIN_REQUEST empty": e2e.record(e2e.BEGIN) + get,
        "BEGIN_REQUEST too long": e2e.record(e2e.BEGIN, bytes(100)) + get,
        "BEGIN_REQUEST twice": e2e.begin() + e2e.begin(rid=2) + params + end,
        "the same one twice": e2e.begin() + get,
        "ABORT_REQUEST": e2e.begin() + e2e.record(e2e.ABORT),
        "ABORT_REQUEST in the body": e2e.begin() + params +
        e2e.record(e2e.STDIN, b"x") + e2e.record(e2e.ABORT),
        "no PARAMS": e2e.begin() + end,
        "PARAMS empty": e2e.begin() + e2e.record(e2e.PARAMS) + end,
        "a body before PARAMS end": e2e.begin() +
        e2e.record(e2e.PARAMS, b"\1\1ab") + e2e.record(e2e.STDIN, b"x") + end,
        "a pair cut in its lengths": e2e.begin() +
        e2e.stream(e2e.PARAMS, b"\x80\0") + end,
        "a pair that ends early": e2e.begin() +
        e2e.stream(e2e.PARAMS, b"\5\5abc") + end,
        "a name of 2 GiB": e2e.begin() + e2e.stream(
            e2e.PARAMS, struct.pack(">II", 0xFFFFFFFF, 0x80000000)) + end,
        "a value of 1 GiB": e2e.begin() + e2e.stream(
            e2e.PARAMS, b"\1" + struct.pack(">I", 0xC0000000) + b"x") + end,
        "a NUL in a value": e2e.begin() + e2e.stream(
            e2e.PARAMS, e2e.pairs({**e2e.params("GET", "/big"),
                                   "X": "a\0b", "Y\0": "z"})) + end,
        "an equals sign in a name": e2e.begin() + e2e.stream(
            e2e.PARAMS, e2e.pairs({"A=B": "C", "=": "="})) + end,
        "DATA for a responder": e2e.begin() + params +
        e2e.record(e2e.DATA, b"x") + end,
        "an answer's records": e2e.record(e2e.STDOUT, b"x") +
        e2e.record(e2e.END, bytes(8)) + get,
        "5,000 parameters": e2e.begin() + e2e.stream(e2e.PARAMS, b"".join(
            e2e.pair("HTTP_X%d" % i, "v") for i in range(5000))) + end,
    }
    for name, data in hostile.items():
        c = Fcgi(server.sock)
        try:
            c.send(data)
            c.s.shutdown(1)
            while c.record() is not None:
                pass
        except (EOFError, OSError, AssertionError):
            pass
        c.close()
        serves(server, name)
    e2e.wait_for("the connections to end",
                 lambda: not server.connections())


def tcp():
    """Over TCP only the listed peers are heard."""
    def serve(*options):
        for attempt in range(10):
            port = e2e.free_port()
            server = e2e.Server(PROBE, argv=[
                e2e.program(PROBE), "serve", "--listen",
                "tcp:127.0.0.1:%d" % port, "--log-format", "json", *options],
                wait=False)
            try:
                server.wait_serving()
                return server, port
            except AssertionError:
                server.want = None
        raise AssertionError("no free port")

    def connect(port):
        c = Fcgi.__new__(Fcgi)
        c.s = e2e.socket.create_connection(("127.0.0.1", port), e2e.PATIENCE)
        c.f = c.s.makefile("rb")
        return c

    server, port = serve()
    c = connect(port)
    eq(c.request("GET", "/big?n=2").body, b"\0\1", "TCP: served")
    eq(c.request("GET", "/big?n=2").body, b"\0\1", "and kept")
    for n in LENGTHS:
        body = (bytes(range(256)) * (n // 256 + 1))[:n]
        a = c.request("POST", "/echo", body, X="v" * n)
        eq((a.status, a.body == body), (200, True),
           "TCP: %d bytes of a value and of a body" % n)
    c.send(e2e.record(e2e.GET_VALUES, e2e.pairs({"FCGI_MPXS_CONNS": ""}),
                      rid=0) + e2e.record(e2e.ABORT))
    eq(c.record(), (e2e.GET_VALUES_RESULT, 0, e2e.pairs(
        {"FCGI_MPXS_CONNS": "0"})), "TCP: a management record")
    data = e2e.request("POST", "/echo", b"body")
    for i in range(1, len(data), 7):
        c.send(data[:i])
        c.send(data[i:])
        if c.answer().body != b"body":
            ok(False, "TCP: a request in two pieces, cut after %d bytes" % i)
    c.close()
    c = connect(port)
    c.send(e2e.begin(e2e.AUTHORIZER) + e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("GET", "/var/FCGI_ROLE"))))
    eq(c.answer().body, b"AUTHORIZER", "TCP: an authorizer")
    c.close()
    c = connect(port)
    c.send(e2e.request("GET", "/drip"))
    c.record()
    c.send(e2e.record(e2e.ABORT))
    ok(output(c).endswith(b"gone\n"), "TCP: aborted in a stream")
    c.close()
    for i in range(len(data) + 1):
        c = connect(port)
        c.send(data[:i])
        c.close()
    c = connect(port)
    eq(c.request("GET", "/big?n=2").body, b"\0\1",
       "TCP: closed at each of %d bytes: it goes on" % len(data))
    c.close()
    eq({line["bytes"] for line in server.requests() if line["path"] == "/echo"
        and line["status"] == 200}, {4, *LENGTHS},
       "TCP: only whole bodies were served")
    server, port = serve("--peers", "192.0.2.1")
    c = connect(port)
    ok(c.at_end(), "a peer that is not listed is refused")
    c.close()
    ok(any("refused" in line["msg"] for line in server.lines()),
       "and the log says so")


e2e.run(kept, sizes, unread, lengths, split, short, gone, slow, authorizer,
        aborted, management, parameters, in_the_body, odd, tcp)
