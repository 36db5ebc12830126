# SPDX-License-Identifier: ISC
"""The logs: where they go, what is in them, and a disk that is stuck."""

import fcntl
import json
import os
import re
import select
import signal
import threading

import e2e
import life
from e2e import Fcgi, eq, ok

AGENT = b'a "quoted" \\ agent\n\x01\x7f\xc3\xa9 [GET /fake HTTP/1.1" 200'
DROPPED = "lines of the access log dropped"


def read(path):
    with open(path, "rb") as f:
        return f.read().decode("latin-1")


def whole_lines(path):
    text = read(path)
    if text and not text.endswith("\n"):
        raise AssertionError("half a line: %r" % text[-100:])
    return text.splitlines()


def hostile(c):
    """A request whose every field would like to be another line."""
    return c.request("GET", "/none?a=1", REQUEST_URI=b'/none"\n?a=1',
                     PATH_INFO=b'/none"\nlevel=fake', HTTP_USER_AGENT=AGENT,
                     HTTP_REFERER=b'"\n', REMOTE_USER=b'some"one',
                     REQUEST_ID="id-1")


def start(*options, **more):
    return life.Life("--workers", "1", "--threads", "2", *options, **more)


def serve(*options):
    """Some requests, a failure, a hostile one; and the end."""
    s = start(*options, "--handler-timeout", "1")
    c = Fcgi(s.sock)
    for i in range(3):
        c.request("GET", "/self", REQUEST_ID="r-%d" % i)
    eq(c.request("GET", "/hang/read", REQUEST_ID="r-bad").status, 503,
       "a failure")
    eq(hostile(c).status, 404, "and one that is hostile")
    eq(s.stop(), 0, "the end")
    return s


# ---- destinations and formats --------------------------------------------------

def requests_in(lines):
    return [line["id"] for line in lines if line["msg"] == "request"]


ALL = ["r-0", "r-1", "r-2", "r-bad", "id-1"]


def as_json():
    log, access = e2e.fresh("log"), e2e.fresh("access")
    s = start("--log", log, "--access-log", access, wait=False)
    s.wait_answering()
    c = Fcgi(s.sock)
    for i in range(3):
        c.request("GET", "/self", REQUEST_ID="r-%d" % i)
    hostile(c)
    eq(s.stop(), 0, "files: the end")
    eq(s.log(), "", "files: nothing goes elsewhere")
    eq([json.loads(line)["msg"] for line in whole_lines(log)],
       ["serving", "stopping", "stopped"], "files: events in the one")
    lines = [json.loads(line) for line in whole_lines(access)]
    eq(requests_in(lines)[-4:], ["r-0", "r-1", "r-2", "id-1"],
       "files: requests in the other")
    eq((lines[-1]["path"], lines[-1]["status"]),
       ('/none"\nlevel=fake', 404), "a hostile path is one value")
    ok(all(os.stat(path).st_mode & 0o777 == 0o640 for path in (log, access)),
       "files: for their owner to write and the group to read")


def same():
    s = serve()
    eq(requests_in(s.lines()), ALL, "same: requests among the events")
    eq([line["level"] for line in s.said("request")],
       ["info"] * 3 + ["error", "info"], "same: with their levels")
    s = serve("--access-log", "off")
    eq(requests_in(s.lines()), ["r-bad"], "off: only what failed")
    access = e2e.fresh("access")
    s = serve("--access-log", access)
    eq(requests_in(s.lines()), ["r-bad"],
       "a file: what failed is among the events")
    eq(requests_in(map(json.loads, whole_lines(access))), ALL,
       "a file: and in it with all others")
    s = serve("--access-log", "stderr", "--access-format", "text")
    text = [line for line in s.log().splitlines() if "msg=request" in line]
    eq(len(text), 5, "stderr, in another format")
    eq(requests_in(s.lines()), ["r-bad"], "stderr: what failed, as events are")
    s = start("--log-level", "error", "--handler-timeout", "1", wait=False)
    s.wait_answering()
    eq(e2e.fcgi_ask(s.sock, "GET", "/hang/read").status, 503, "a failure")
    s.stop()
    eq([(line["msg"], line["status"]) for line in s.lines()],
       [("request", 503)], "by level: only what failed")


def as_text():
    access = e2e.fresh("access")
    serve("--access-log", access, "--access-format", "text")
    pair = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ "=]+)(?: |$)')
    lines = []
    for line in whole_lines(access):
        found = pair.findall(line)
        eq("".join("%s=%s " % p for p in found).strip(), line,
           "text: pairs and nothing else")
        lines.append({name: json.loads(value) if value[0] == '"' else value
                      for name, value in found})
    eq(requests_in(lines), ALL, "text: all requests")
    eq(lines[4]["path"], '/none"\nlevel=fake', "text: a path is one value")


def combined():
    access = e2e.fresh("access")
    serve("--access-log", access, "--access-format", "combined")
    form = re.compile(r'(\S+) - (\S+) \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d '
                      r'\+0000)\] "([^"]*)" (\d{3}) (\d+) "([^"]*)" "([^"]*)"')
    found = [form.fullmatch(line) for line in whole_lines(access)]
    ok(len(found) == 5 and all(found), "combined: one line a request",
       read(access))
    eq([f[4] for f in found[:4]], ["GET /self HTTP/1.1"] * 3 +
       ["GET /hang/read HTTP/1.1"], "combined: the request")
    eq([f[5] for f in found], ["200"] * 3 + ["503", "404"],
       "combined: the status")

    def original(field):
        return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes.fromhex(
            m[1].decode()), field.encode("latin-1"))
    last = found[4]
    eq((last[1], original(last[2]), original(last[4]), original(last[7]),
        original(last[8])),
       ("127.0.0.1", b'some"one', b'GET /none"\n?a=1 HTTP/1.1', b'"\n',
        AGENT), "combined: what is hostile is escaped, and whole")
    ok(all(32 <= ord(c) < 127 for line in whole_lines(access) for c in line),
       "combined: nothing but ASCII")


def wrong():
    for options, words in (
            (("--log", e2e.fresh("none") + "/x"), "No such file"),
            (("--access-log", e2e.fresh("none") + "/x"), "No such file"),
            (("--access-log", e2e.tmp), "directory")):
        s = start(*options, wait=False, want=74)
        eq(s.wait(), 74, "%s that cannot be: exit status 74" % options[0])
        ok(e2e.one_line(s.log()) and words in s.log() and
           options[1] in s.log(), "one line says why", s.log())
    fifo = e2e.fresh("fifo")
    os.mkfifo(fifo)
    s = start("--access-log", fifo, wait=False, want=74)
    eq(s.wait(), 74, "a pipe that nobody reads: not waited for")


# ---- rotation --------------------------------------------------------------------

def reopened():
    folder = e2e.fresh("logs")
    os.mkdir(folder)
    log, access = folder + "/log", folder + "/access"
    s = life.Life("--workers", "2", "--threads", "2", "--log", log,
                  "--access-log", access, wait=False)
    s.wait_answering()
    lanes = life.Lanes()
    counts = [0, 0]

    def client(lane):
        c = Fcgi(s.sock)

        def step(n):
            c.request("GET", "/self", REQUEST_ID="%d-%d" % (lane, n))
            counts[lane] = n + 1
        return step
    for lane in range(2):
        lanes.start(client(lane))
    rotated = []
    for i in range(5):
        before = sum(counts)
        for path in (log, access):
            os.rename(path, "%s.%d" % (path, i))
        s.signal(signal.SIGUSR1)
        e2e.wait_for("lines in the new file", lambda: os.path.exists(access)
                     and os.path.getsize(access) > 0 and os.path.exists(log))
        e2e.wait_for("requests", lambda: sum(counts) > before + 20)
        rotated.append(whole_lines("%s.%d" % (access, i)))
    lanes.end()
    eq(lanes.errors, [], "clients notice nothing")
    # The folder is away: both go on where they are.
    os.rename(folder, folder + ".away")
    s.signal(signal.SIGUSR1)
    away = folder + ".away"
    e2e.wait_for("the complaint", lambda: "a log cannot be opened again" in
                 read(away + "/log"))
    ok(True, "what cannot be opened again is complained of, where it was")
    e2e.fcgi_ask(s.sock, "GET", "/self", REQUEST_ID="away")
    eq(s.stop(), 0, "it ends well")
    ids = []
    for name in sorted(os.listdir(away)):
        if name.startswith("access"):
            ids += [line["id"] for line in map(json.loads, whole_lines(
                away + "/" + name)) if line["path"] == "/self"]
    want = ["%d-%d" % (lane, n) for lane in range(2)
            for n in range(counts[lane])] + ["away"]
    ok(sorted(ids) == sorted(want),
       "%d lines over 6 files: each is there, once" % len(want),
       len(ids), len(set(ids)), set(want) ^ set(ids))


# ---- a disk that is stuck --------------------------------------------------------

class Pipe:
    """A small FIFO that has a reader, who does not read."""

    def __init__(self):
        self.path = e2e.fresh("fifo")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(self.fd, 1031, 4096)        # F_SETPIPE_SZ
        self.data = b""
        self.thread = None

    def read(self):
        """From now on, until all writers are gone."""
        def work():
            while True:
                select.select([self.fd], [], [])
                data = os.read(self.fd, 65536)
                if not data:
                    return
                self.data += data
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def lines(self):
        self.thread.join(e2e.PATIENCE)
        return self.data.decode().splitlines()


def flood(s, n=3000):
    """More lines than the pipe and the memory for them can hold."""
    c = Fcgi(s.sock)
    good = 0
    for i in range(n):
        good += c.request("GET", "/self", REQUEST_ID="x" * 200).status == 200
    return good


def stuck():
    pipe = Pipe()
    s = start("--access-log", pipe.path, may_crash=True,
              env=life.crash_environment())
    eq(flood(s), 3000, "nobody reads the log: 3000 requests are answered")
    dropped = e2e.wait_for("the count", lambda: int(
        s.status()[0]["log dropped"]))
    c = Fcgi(s.sock)
    metrics = c.request("GET", "/metrics").body.decode()
    ok("\nstile_log_dropped_total %d\n" % dropped in metrics,
       "what is dropped is in the status and the metrics", dropped)
    ok(s.wait_said(DROPPED)[0]["lines"] > 0, "and in the log")
    pipe.read()
    asked = 3001

    def goes_on():
        nonlocal asked
        c.request("GET", "/self", REQUEST_ID="after")
        asked += 1
        return b'"after"' in pipe.data
    e2e.wait_for("the log to go on", goes_on)
    eq(s.stop(), 0, "it ends well")
    lines = [json.loads(line) for line in pipe.lines()]
    lost = sum(line["lines"] for line in s.said(DROPPED))
    eq(len(lines) + lost, asked, "every line has come, or has been counted")


def stuck_at_the_end():
    pipe = Pipe()
    s = start("--access-log", pipe.path)
    flood(s)
    eq(s.stop(), 0, "it ends although nobody reads")
    pipe = Pipe()
    s = start("--access-log", pipe.path, may_crash=True,
              env=life.crash_environment())
    flood(s)
    old = s.workers()
    c = Fcgi(s.sock)
    c.send(e2e.request("GET", "/crash"))
    ok(c.at_end(), "a crash while nobody reads")
    s.wait_workers(gone=old)
    eq(flood(s, 10), 10, "another worker serves")
    old = s.workers()
    ok(s.reload(), "it reloads although nobody reads")
    s.wait_workers(gone=old)
    eq(flood(s, 10), 10, "the new one serves")
    eq(s.stop(), 0, "it ends although nobody reads")


def all_stuck():
    """Standard error itself: events, too, find no reader."""
    pipe = Pipe()
    s = start(may_crash=True, env=life.crash_environment(
        STILE_TEST_PIPE=pipe.path), wait=False, prefix=(
        "sh", "-c", 'exec "$@" 2>"$STILE_TEST_PIPE"', "sh"))
    s.wait_answering()
    eq(flood(s), 3000, "no log at all: 3000 requests are answered")
    for i in range(3):
        c = Fcgi(s.sock)
        c.send(e2e.request("GET", "/crash"))
        ok(c.at_end(), "no log at all: a crash")
    eq(flood(s, 10), 10, "no log at all: another worker serves")
    eq(s.stop(), 0, "no log at all: it ends")


e2e.run(as_json, same, as_text, combined, wrong, reopened, stuck,
        stuck_at_the_end, all_stuck)
