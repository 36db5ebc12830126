# SPDX-License-Identifier: ISC
"""Workers and supervisors that crash, or are killed."""

import os
import signal
import time

import e2e
import life
from e2e import Fcgi, eq, ok

CRASHED = "a worker crashed"


def server(*options, **more):
    return life.Life(*options, may_crash=True, env=life.crash_environment(),
                     **more)


def ends(c, path):
    """The connection ends, and there is no answer on it."""
    c.send(e2e.request("GET", path))
    return c.at_end()


def crash():
    log = e2e.fresh("access")
    s = server("--workers", "2", "--threads", "1", "--access-log", log)
    c, other = s.connect_to_two()
    ids = ["before-%d" % i for i in range(20)]
    for id in ids:
        c.request("GET", "/self", REQUEST_ID=id)
    ok(ends(c, "/crash"), "NULL is written to: an end without an answer")
    line = s.wait_said(CRASHED)[0]
    eq((line["pid"], line["signal"], line["name"]),
       (c.pid, signal.SIGSEGV, "Segmentation fault"), "the log says who died")
    a = other.request("GET", "/self")
    eq((a.status, a.json()["pid"]), (200, other.pid), "the other one serves")
    ok(other.pid in s.wait_workers(gone=[c.pid]),
       "the one is replaced, the other is not")
    with open(log) as f:
        text = f.read()
    eq([id for id in ids if "id=%s " % id not in text
        and '"id":"%s"' % id not in text], [],
       "what the dead one had for the access log is in it")

    c = s.connect()
    ok(ends(c, "/abort"), "abort(): an end")
    line = s.wait_said(CRASHED, 2)[1]
    eq((line["pid"], line["signal"]), (c.pid, signal.SIGABRT),
       "abort(): the log has it")
    pids = s.wait_workers(gone=[c.pid])
    c = s.connect()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    lines = s.wait_said(CRASHED, 4)[2:]
    eq({(line["pid"], line["signal"]) for line in lines},
       {(pid, signal.SIGKILL) for pid in pids}, "SIGKILL: the log has it")
    ok(c.at_end(), "SIGKILL: the connections end")
    s.wait_workers(gone=pids)
    eq(e2e.fcgi_ask(s.sock, "GET", "/self").status, 200, "it serves on")
    eq(s.status()[0]["crashes"], "4", "the status counts them")
    eq(s.stop(), 0, "it ends well")


def nothing_is_left():
    """What a crashed worker was at is not said of its successor."""
    s = server("--workers", "1", "--threads", "2")
    parked = [s.connect() for i in range(10)]
    parked[1].send(e2e.request("GET", "/sleep?ms=600000"))
    parked[1].wait_taken()
    ok(ends(parked[0], "/crash"), "a crash with ten connections, two busy")
    s.wait_workers(gone=[parked[0].pid])
    values, [worker] = s.status()
    eq((values["busy"], values["connections"], worker["busy"],
        worker["connections"]), ("1 of 2 threads", "1", "1 of 2", "1"),
       "the next one has only the one that asks")


def ended_from_outside():
    """As an administrator does who wants a core of it."""
    s = server("--workers", "1")
    for i, number in enumerate((signal.SIGSEGV, signal.SIGABRT)):
        c = s.connect()
        os.kill(c.pid, number)
        line = s.wait_said(CRASHED, i + 1)[i]
        eq((line["pid"], line["signal"]), (c.pid, number),
           "an idle one is sent signal %d: it ends" % number)
        s.wait_workers(gone=[c.pid])
    eq(s.stop(), 0, "it ends well")


def while_it_leaves():
    """A worker that is leaving crashes, with the old or the new program."""
    s = server("--workers", "1", "--threads", "2")
    old = s.connect()
    old.send(e2e.request("GET", "/sleep?ms=600000"))
    old.wait_taken()
    s.reload()
    e2e.wait_for("two of them", lambda: len(s.workers()) == 2)
    os.kill(old.pid, signal.SIGSEGV)
    line = s.wait_said(CRASHED)[0]
    eq((line["pid"], line["signal"]), (old.pid, signal.SIGSEGV),
       "a worker from before the reload crashes: the log has it")
    s.wait_workers(gone=[old.pid])
    eq(s.status()[0]["crashes"], "1", "and the status")


def loop():
    """Each one crashes as soon as it is there: ever fewer starts."""
    s = server("--workers", "1", "--threads", "1")
    end = time.monotonic() + 2
    crashes = 0
    while time.monotonic() < end:
        c = Fcgi(s.sock)
        if ends(c, "/crash"):
            crashes += 1
        c.close()
    ok(2 <= crashes <= 6, "a crash as soon as one serves: not many in 2 s",
       crashes)
    s.wait_said(CRASHED, crashes)
    eq(len(s.said(CRASHED)), crashes, "each is in the log")
    eq(e2e.fcgi_ask(s.sock, "GET", "/self").status, 200,
       "and when it is over, it serves")
    eq(s.stop(), 0, "it ends well")


def never_up():
    """Workers that cannot start end the first start, with a reason."""
    s = server("--log", e2e.fresh("none") + "/log", wait=False, want=74)
    eq(s.wait(), 74, "a log that cannot be opened: exit status 74")
    ok(e2e.one_line(s.log()), "and one line", s.log())


def supervisor():
    """SIGKILL leaves nobody to tell the workers, and they know."""
    s = server("--workers", "2", "--threads", "2")
    idle, busy = s.connect(), s.connect()
    workers = s.workers()
    busy.send(e2e.request("GET", "/sleep?ms=300"))
    busy.wait_taken()
    s.popen.kill()
    s.popen.wait()
    eq(busy.answer().status, 200, "what was in flight is answered")
    ok(idle.at_end(), "idle connections end")
    e2e.wait_for("the workers to end", lambda: not any(
        os.path.exists("/proc/%d" % pid) for pid in workers))
    ok(os.path.exists(s.sock), "its socket is left")
    s.kill()
    s = server(sock=s.sock, db=s.db)
    eq(e2e.fcgi_ask(s.sock, "GET", "/self").status, 200,
       "the next start takes its place")
    eq(s.stop(), 0, "it ends well")


def supervisor_hung():
    """The same while a request hangs: within stop_timeout."""
    s = server("--workers", "1", "--threads", "1", "--stop-timeout", "1")
    c = s.connect()
    c.send(e2e.request("GET", "/hang/loop"))
    c.wait_taken()
    [worker] = s.workers()
    s.popen.kill()
    s.popen.wait()
    ok(c.at_end(), "a request that hangs is given up")
    e2e.wait_for("the worker to end", lambda: not os.path.exists(
        "/proc/%d" % worker))
    s.kill()
    s = server(sock=s.sock, db=s.db)
    eq(e2e.fcgi_ask(s.sock, "GET", "/self").status, 200, "the next one serves")


e2e.run(crash, nothing_is_left, ended_from_outside, while_it_leaves, loop,
        never_up, supervisor, supervisor_hung)
