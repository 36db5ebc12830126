# SPDX-License-Identifier: ISC
"""Thousands of connections that are idle, with a few threads for all of them."""

import resource

import e2e
import life
from e2e import Fcgi, eq, ok

PARKED = 2000
AT_ONCE = 500           # that fit into the queue of a socket
THREADS = 4
EACH = 64 * 1024        # bytes of memory that one more may take, by far
SLACK = 64 * 1024 * 1024


def resident(s):
    """Bytes of all workers."""
    total = 0
    for pid in s.workers():
        with open("/proc/%d/statm" % pid) as f:
            total += int(f.read().split()[1]) * resource.getpagesize()
    return total


def ask_all(parked, pids, name):
    """One request on each, all before the first answer is read; and one after
    the other, the last first."""
    for i, c in enumerate(parked):
        c.send(e2e.request("POST", "/echo", b"number %d" % i))
    answers = [c.answer() for c in parked]
    eq([i for i, a in enumerate(answers)
        if (a.status, a.body) != (200, b"number %d" % i)], [],
       name + ": each gets its own answer")
    answers = [c.request("GET", "/self") for c in reversed(parked)]
    eq({(a.status, a.json()["pid"]) for a in answers},
       {(200, pid) for pid in pids}, name + ": and again, from the worker")


def connect(s, n):
    """So many, all of which were accepted."""
    held = []
    while len(held) < n:
        new = [Fcgi(s.sock) for i in range(min(AT_ONCE, n - len(held)))]
        for c in new:
            if c.request("GET", "/self").status != 200:
                raise AssertionError("no 200")
        held += new
    return held


def count(s):
    """All that are held; the kernel's list may leave one out while it changes,
    and so it is read again."""
    return max(len(s.connections()) for i in range(5))


def parked():
    # Ours is an end of each, and a new limit is for those started later.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = 2 * PARKED
    if hard != resource.RLIM_INFINITY and hard < need:
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, need))
    elif soft != resource.RLIM_INFINITY and soft < need:
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
    s = life.Life("--workers", "1", "--threads", str(THREADS), "--connections",
                  str(need), "--wait-max", "60000", "--access-log", "off")
    warm = connect(s, 100)
    ask_all(warm, s.workers(), "100 connections")
    before = resident(s)
    held = warm + connect(s, PARKED - len(warm))
    ask_all(held, s.workers(), "%d connections" % PARKED)
    eq(count(s), PARKED, "all of them are held")
    values, [worker] = s.status()
    eq((worker["connections"], values["refused"], values["cut"]),
       (str(PARKED + 1), "0", "0"), "and counted, with the one that asks")
    grown = resident(s) - before
    ok(grown < PARKED * EACH + SLACK, "memory stays in bounds", grown)

    old = s.workers()
    ok(s.reload(), "a reload")
    s.wait_workers(gone=old)
    ask_all(held, s.workers(), "after a reload")
    eq(count(s), PARKED, "after a reload: all of them are held")
    grown = resident(s) - before
    ok(grown < PARKED * EACH + SLACK, "after a reload: memory as well", grown)

    for c in held[:-1]:
        c.close()
    e2e.wait_for("the others to be gone", lambda: len(s.connections()) == 1)
    eq(held[-1].request("GET", "/self").status, 200, "one of them is left")
    eq(s.stop(), 0, "it ends well")
    ok(held[-1].at_end(), "and with it the last connection")


e2e.run(parked)
