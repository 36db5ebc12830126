# SPDX-License-Identifier: ISC
"""The end, whoever asks for it; and what a service manager is told."""

import os
import signal
import socket
import time

import e2e
import life
from e2e import Fcgi, eq, ok


def busy(s, ms=500):
    """A request that is being handled."""
    c = Fcgi(s.sock)
    c.send(e2e.request("GET", "/sleep?ms=%d" % ms))
    c.wait_taken()
    return c


def drains(name, tell):
    s = life.Life("--workers", "2", "--threads", "2")
    idle = Fcgi(s.sock)
    idle.request("GET", "/self")
    requests = [busy(s) for i in range(3)]
    tell(s)
    eq([c.answer().status for c in requests], [200] * 3,
       name + ": what is in flight is answered")
    ok(all(c.at_end() for c in requests + [idle]),
       name + ": then the connections end")
    eq(s.wait(), 0, name + ": exit status")
    ok(not os.path.exists(s.sock), name + ": the socket is removed")


def signals():
    drains("SIGTERM", lambda s: s.signal(signal.SIGTERM))
    # Ctrl-C, and a service manager that means all of them.
    drains("SIGINT to all", lambda s: os.killpg(s.pid, signal.SIGINT))
    drains("SIGTERM to all", lambda s: os.killpg(s.pid, signal.SIGTERM))

    def often(s):
        for i in range(10):
            os.killpg(s.pid, (signal.SIGTERM, signal.SIGINT)[i % 2])
    drains("ten times", often)

    def between(s):
        s.signal(signal.SIGHUP)
        s.wait_said("reloading")
        s.signal(signal.SIGTERM)
    drains("while it reloads", between)

    def right_after(s):
        s.reload()
        s.signal(signal.SIGTERM)
    drains("right after a reload", right_after)


def given_up():
    """Whoever has not come to an end by stop_timeout is not waited for."""
    for path in ("/sleep?ms=600000", "/hang/loop"):
        s = life.Life("--workers", "2", "--stop-timeout", "1", want=70)
        c, other = Fcgi(s.sock), busy(s)
        c.send(e2e.request("GET", path))
        c.wait_taken()
        s.signal(signal.SIGTERM)
        eq(other.answer().status, 200, path + ": others are answered")
        ok(c.at_end(), path + ": it is given up")
        eq(s.wait(), 70, path + ": the exit status says so")
        eq(len(s.said("requests in flight were given up")), 1,
           path + ": and the log")
        ok(not os.path.exists(s.sock), path + ": the socket is removed")


def one_worker():
    """It is told to end, and the supervisor is not."""
    s = life.Life("--workers", "1", may_crash=True)
    c = busy(s)
    workers = s.workers()
    os.kill(workers[0], signal.SIGTERM)
    eq(c.answer().status, 200, "SIGTERM to a worker: it answers")
    line = s.wait_said("a worker ended")[0]
    eq((line["pid"], line["status"]), (workers[0], 0), "the log has its end")
    s.wait_workers(gone=workers)
    eq(e2e.fcgi_ask(s.sock, "GET", "/self").status, 200, "another serves")
    eq(s.stop(), 0, "it ends well")


def between_crashes():
    """While the next start is put off."""
    s = life.Life("--workers", "1", may_crash=True,
                  env=life.crash_environment())
    for i in range(4):
        c = Fcgi(s.sock)
        c.send(e2e.request("GET", "/crash"))
        c.at_end()
        s.wait_said("a worker crashed", i + 1)
    s.signal(signal.SIGTERM)
    eq(s.wait(), 0, "between two crashes: exit status")


# ---- sd_notify(3) ---------------------------------------------------------------

class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.s.bind(address)
        self.s.setblocking(False)
        self.got = []

    def told(self, skip_pings=True):
        """All that has come so far."""
        while True:
            try:
                self.got.append(self.s.recv(4096).decode())
            except BlockingIOError:
                break
        return [text for text in self.got
                if text != "WATCHDOG=1" or not skip_pings]

    def wait_told(self, n):
        e2e.wait_for("message %d" % n, lambda: len(self.told()) >= n)
        return self.told()

    def wait_pings(self, more):
        n = self.told(False).count("WATCHDOG=1")
        e2e.wait_for("%d pings" % more, lambda: self.told(False).count(
            "WATCHDOG=1") >= n + more)


def notified():
    path = life.program("v1")
    manager = Manager(e2e.fresh("notify"))
    s = life.Life(program=path, env=e2e.environment(
        NOTIFY_SOCKET=manager.s.getsockname(), WATCHDOG_USEC="100000"))
    eq(manager.wait_told(1), ["READY=1"], "READY")
    manager.wait_pings(3)
    before = time.monotonic_ns() // 1000
    ok(s.reload(), "a reload")
    told = manager.wait_told(3)
    after = time.monotonic_ns() // 1000
    name, sep, usec = told[1].partition("\nMONOTONIC_USEC=")
    ok(name == "RELOADING=1" and sep and before <= int(usec) <= after,
       "RELOADING, with the time", told, before, after)
    eq(told[2:], ["READY=1"], "then READY")
    manager.wait_pings(3)
    ok(True, "pings before and after")
    os.unlink(path)
    ok(not s.reload(), "a reload that is refused")
    told = manager.wait_told(5)
    ok(told[3].startswith("RELOADING=1\n") and told[4] == "READY=1",
       "RELOADING, then READY all the same", told)
    manager.wait_pings(1)
    s.signal(signal.SIGTERM)
    eq(s.wait(), 0, "the end")
    eq(manager.told()[5:], ["STOPPING=1"], "STOPPING")


def not_pinged():
    """A watchdog of another process; and a socket without a file."""
    manager = Manager("\0e2e-%d" % os.getpid())
    s = life.Life(env=e2e.environment(
        NOTIFY_SOCKET="@e2e-%d" % os.getpid(), WATCHDOG_USEC="1000",
        WATCHDOG_PID=str(os.getpid())))
    s.reload()
    eq(s.stop(), 0, "it starts, reloads and ends")
    told = manager.told(False)
    eq([text.partition("\n")[0] for text in told],
       ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"],
       "an abstract socket is told so, without a ping")
    # What nobody reads, or nobody can, is no reason to stop.
    s = life.Life(env=e2e.environment(NOTIFY_SOCKET=e2e.fresh("none")))
    eq(s.stop(), 0, "nobody is at the other end")


e2e.run(signals, given_up, one_worker, between_crashes, notified, not_pinged)
