# SPDX-License-Identifier: ISC
"""Reloading: no request is lost, and what is wrong is not taken over.

The long form, with 100 reloads and 20 new programs under load:

    make check-life LIFE_RELOADS=100 LIFE_PROGRAMS=20
"""

import os
import signal

import e2e
import life
from e2e import Fcgi, eq, ok

RELOADS = int(os.environ.get("LIFE_RELOADS") or 10)
PROGRAMS = int(os.environ.get("LIFE_PROGRAMS") or 3)
REFUSED = "not reloaded: the server goes on as it was"


class Load:
    """Clients that store and read, through nginx and past it."""

    def __init__(self, server, nginx):
        self.lanes = life.Lanes()
        self.stored = []
        self.read = 0
        self.wrong = []
        for i in range(3):
            self.lanes.start(self.client(
                "http%d" % i, lambda: e2e.Http(nginx.port),
                {"headers": [("Content-Type", "application/json")]}))
        for i in range(2):
            self.lanes.start(self.client(
                "fcgi%d" % i, lambda: Fcgi(server.sock), {}))

    def client(self, lane, connect, more):
        """POST and GET in turn, on one connection while that is kept."""
        c = connect()

        def step(n):
            nonlocal c
            key = "%s-%d" % (lane, n)
            if n % 2 == 0:
                a = c.request("POST", "/items",
                              b'{"key":"%s"}' % key.encode(), **more)
                good = a.status == 201 and a.json() == {"key": key}
                self.stored.append(key)
            else:
                a = c.request("GET", "/self")
                good = a.status == 200 and "version" in a.json()
                self.read += 1
            if not good:
                self.wrong.append((key, a))
            # nginx ends one after 1000 requests.
            if a["Connection"] == "close":
                c.close()
                c = connect()
        return step

    def total(self):
        return len(self.stored) + self.read


def under_load():
    if not e2e.need("NGINX", "nginx"):
        return
    path = life.program("v0")
    server = life.Life("--workers", "2", program=path)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    load = Load(server, nginx)
    steps = ["reload"] * RELOADS
    for i in range(PROGRAMS):
        steps.insert((i + 1) * len(steps) // (PROGRAMS + 1), "v%d" % (i + 1))
    version, wrong = "v0", []
    for step in steps:
        old, asked = server.workers(), load.total()
        if step != "reload":
            version = step
            life.install(path, version)
        if not server.reload():
            raise AssertionError(server.said(REFUSED))
        server.wait_workers(gone=old)
        answers = [e2e.ask(nginx.port, "GET", "/self").json()["version"]
                   for i in range(3)]
        if answers != [version] * 3:
            wrong.append((step, version, answers))
        e2e.wait_for("requests after it", lambda: load.lanes.errors or
                     load.total() > asked + 10)
    load.lanes.end()
    eq(wrong, [], "%d reloads and %d new programs: the new one answers" %
       (RELOADS, PROGRAMS))
    eq(load.lanes.errors, [], "no request of %d is lost" % load.total())
    eq(load.wrong, [], "and none is answered wrongly")
    rows = [row[0] for row in server.rows("SELECT key FROM item")]
    ok(sorted(rows) == sorted(load.stored), "what was sent is stored, once",
       len(rows), len(load.stored))
    eq(server.stop(), 0, "it ends well")


SOON = 10       # seconds, for one that no other's event helps


def idle():
    """The only connection, which is asked nothing meanwhile."""
    server = life.Life("--workers", "4", "--threads", "2")
    c = Fcgi(server.sock)
    c.s.settimeout(SOON)
    lost = []
    for i in range(10):
        old = server.workers()
        try:
            c.request("GET", "/self")
            server.reload()
            server.wait_workers(gone=old)
            if c.request("GET", "/self").json()["pid"] in old:
                lost.append("an old worker answers")
        except (OSError, EOFError) as e:
            lost.append("reload %d: %r" % (i, e))
            break
    eq(lost, [], "an idle connection comes through 10 reloads")
    eq(server.stop(), 0, "it ends well")


def one_by_one():
    """Each on a connection of its own, which is the only one."""
    server = life.Life("--workers", "4", "--threads", "2")
    lanes = life.Lanes()

    def step(n):
        c = Fcgi(server.sock)
        c.s.settimeout(SOON)
        if c.request("GET", "/self", keep=n % 2 == 0).status != 200:
            raise AssertionError("no 200")
        c.close()
    lanes.start(step)
    for i in range(10):
        old = server.workers()
        server.reload()
        server.wait_workers(gone=old)
    lanes.end()
    eq(lanes.errors, [], "new connections come through 10 reloads")
    eq(server.stop(), 0, "it ends well")


class Bad:
    """A server that is told to reload what is no good, and goes on."""

    def __init__(self, path, *options, **more):
        self.path = path
        self.server = life.Life(*options, program=path, **more)
        self.kept = Fcgi(self.server.sock)
        self.workers = self.server.workers()
        self.want("v1")

    def version(self):
        return self.kept.request("GET", "/self").json()["version"]

    def want(self, version):
        if self.version() != version:
            raise AssertionError("%s answers" % self.version())

    def refused(self, name, reason):
        reloaded = self.server.reload()
        said = self.server.said(REFUSED)
        ok(not reloaded and reason in said[-1]["reason"],
           name + ": not reloaded, and the log says why", said)
        ok(self.version() == "v1" and self.server.workers() == self.workers,
           name + ": the old workers go on", self.server.workers())

    def reloads(self, name, version):
        ok(self.server.reload(), name, self.server.said(REFUSED))
        self.server.wait_workers(gone=self.workers)
        eq(self.version(), version, name + ": on the same connection")
        eq(self.server.stop(), 0, name + ": it ends well")


def programs():
    bad = Bad(life.program("v1"), env=life.crash_environment())
    os.chmod(bad.path, 0o644)
    bad.refused("a program that cannot be executed", "Permission denied")
    os.unlink(bad.path)
    bad.refused("none", "No such file")
    with open(bad.path, "w") as f:
        f.write("This is not a program.\n")
    os.chmod(bad.path, 0o755)
    bad.refused("a text", "Exec format error")
    os.unlink(bad.path)
    life.install(bad.path, "crashes")
    bad.refused("one that crashes at once", "Segmentation fault")
    life.install(bad.path, "ends")
    bad.refused("one that ends at once", "life: not today")
    life.install(bad.path, "migrates")
    bad.refused("a pending migration", "1 pending migration")
    e2e.command(bad.path, "migrate", "--db", "sqlite:" + bad.server.db)
    bad.reloads("once it is applied", "migrates")


def soon_replaced():
    """A program that is replaced before it has found out its own path."""
    path = life.program("goes")
    life.install(path + ".next", "v2")
    server = life.Life(program=path)
    old = server.workers()
    if ok(server.reload(), "the next program is there as soon as one starts",
          server.said(REFUSED)):
        server.wait_workers(gone=old)
    eq(e2e.fcgi_ask(server.sock, "GET", "/self").json()["version"], "v2",
       "it takes over")


def settings():
    conf = e2e.fresh("conf")

    def write(text):
        with open(conf, "w") as f:
            f.write(text)
    write("body_max = 10\n")
    bad = Bad(life.program("v1"), "--config", conf)
    eq(bad.kept.request("POST", "/echo", b"x" * 11).status, 413,
       "a setting of the file")
    write("body_max = ten\n")
    bad.refused("a wrong value", conf + ":1: body_max")
    write("body_max = 11\nbodymax = 12\n")
    bad.refused("an unknown setting", conf + ":2: there is no setting")
    os.unlink(conf)
    bad.refused("no file", conf)
    write("body_max = 11\n")
    bad.server.reload()
    bad.server.wait_workers(gone=bad.workers)
    eq([bad.kept.request("POST", "/echo", b"x" * n).status for n in (11, 12)],
       [200, 413], "the new value counts")


def trial_hangs():
    """It is given a time, and does not keep the server from stopping."""
    path = life.program("v1")
    server = life.Life(program=path)
    life.install(path, "waits")
    server.signal(signal.SIGHUP)
    server.wait_said("reloading")
    eq(e2e.fcgi_ask(server.sock, "GET", "/self").json()["version"], "v1",
       "a program that does not say whether it starts: the old one serves")
    children = e2e.wait_for("the trial", lambda: len(server.workers()) >
                            server.said("serving")[0]["workers"] and
                            server.workers())
    eq(server.stop(), 0, "it stops all the same")
    e2e.wait_for("the trial to end", lambda: not any(
        os.path.exists("/proc/%d" % pid) for pid in children))
    ok(True, "and leaves nothing behind")


def many_signals():
    """Each SIGHUP counts, but not each for itself."""
    server = life.Life()
    kept = Fcgi(server.sock)
    kept.request("GET", "/self")
    workers = server.workers()
    for i in range(20):
        server.signal(signal.SIGHUP)
    server.wait_said("serving", 2)
    server.wait_workers(gone=workers)
    eq(kept.request("GET", "/self").status, 200, "20 SIGHUP at once")
    eq(server.stop(), 0, "20 SIGHUP at once: it ends well")


def is_program(server, path):
    """It has been executed, and not only tried."""
    return os.path.samefile("/proc/%d/exe" % server.pid, path)


def postponed():
    """While new workers are awaited, a SIGHUP is for later."""
    path = life.program("v1")
    server = life.Life(program=path)
    kept = Fcgi(server.sock)
    kept.request("GET", "/self")
    life.install(path, "holds")
    with open(path + ".hold", "w"):
        server.signal(signal.SIGHUP)
    e2e.wait_for("the new program", lambda: is_program(server, path))
    e2e.wait_for("its worker", lambda: len(server.workers()) == 2)
    life.install(path, "v3")
    for i in range(2):
        server.signal(signal.SIGHUP)
    server.wait_said("to be reloaded once more after this")
    eq(kept.request("GET", "/self").json()["version"], "v1",
       "SIGHUP before the new workers are up: the old one serves")
    eq(len(server.said("reloading")), 1, "it is put off")
    os.unlink(path + ".hold")
    server.wait_said("serving", 3)
    eq(len(server.said("reloading")), 2, "and comes when they are")
    e2e.wait_for("version 3", lambda: kept.request(
        "GET", "/self").json()["version"] == "v3")
    eq(server.stop(), 0, "it ends well")


CHANGED = "a changed setting is ignored until the next start"


class Configured:
    """A server with a file of settings, all of which a reload may change."""

    def __init__(self, *lines, prefix=()):
        self.conf, self.sock = e2e.fresh("conf"), e2e.fresh("sock")
        self.write("listen = unix:" + self.sock, *lines)
        self.server = life.Life(sock=self.sock, prefix=prefix, argv=[
            e2e.program(life.APP), "serve", "--config", self.conf,
            "--log-format", "json", "--db", "sqlite:" + life.new_db()])

    def write(self, *lines):
        with open(self.conf, "w") as f:
            f.write("\n".join(lines) + "\n")


def not_all_up():
    """New workers that never come up do not keep a better file out."""
    c = Configured("workers = 1", prefix=("prlimit", "--nofile=24:24"))
    kept = Fcgi(c.sock)
    [old] = c.server.workers()
    c.write("listen = unix:" + c.sock, "workers = 30")
    c.server.signal(signal.SIGHUP)
    line = c.server.wait_said("a worker cannot be started")[0]
    eq(line["error"], "Too many open files", "there is no room for 30 workers")
    ok(old in c.server.workers(), "the old one stays")
    eq(kept.request("GET", "/self").status, 200, "and requests are answered")
    c.write("listen = unix:" + c.sock, "workers = 2")
    c.server.signal(signal.SIGHUP)
    c.server.wait_said("serving", 2)
    eq([line["workers"] for line in c.server.said("serving")], [1, 2],
       "SIGHUP with 2 of them: reloaded")
    c.server.wait_workers(gone=[old])
    eq(kept.request("GET", "/self").status, 200, "on the same connection")
    eq(c.server.stop(), 0, "it ends well")


def listen_changed():
    """It takes a new start, and the log says so."""
    c = Configured("workers = 1")
    other = e2e.fresh("sock")
    first = "unix:" + c.sock
    for second in ("unix:" + other, first + " unix:" + other, ""):
        c.write("workers = 1", "listen = " + second)
        n = len(c.server.said(CHANGED))
        c.server.reload()
        eq([(line["level"], line["setting"], line["value"], line["ignored"])
            for line in c.server.said(CHANGED)[n:]],
           [("warn", "listen", first, second)],
           "listen is another: the log names it")
        eq(c.server.said("serving")[-1]["listen"], first, "as it was")
        ok(not os.path.exists(other), "no other socket")
        eq(e2e.fcgi_ask(c.sock, "GET", "/self").status, 200, "it serves")
    c.write("workers = 1", "listen = " + first)
    c.server.reload()
    eq(len(c.server.said(CHANGED)), 3, "changed back: not a word")
    c.write("workers = 1", "listen = unix:" + other)
    c.server.reload()
    eq(c.server.stop(), 0, "it ends well")
    ok(not os.path.exists(c.sock), "its socket is removed all the same")


e2e.run(under_load, idle, one_by_one, programs, soon_replaced, settings,
        trial_hangs, many_signals, postponed, not_all_up, listen_changed)
