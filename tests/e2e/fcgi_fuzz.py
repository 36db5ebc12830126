# SPDX-License-Identifier: ISC
"""Random and changed streams of FastCGI records, from a seed.

tests/e2e/fcgi_fuzz.c makes and sends them, and looks at what comes back; here
are the servers, and what has to be true of them afterwards: nobody crashed,
nothing is busy, no connection, thread or descriptor is left over.

    make fuzz-records RECORDS=1000000 FUZZ_SEED=7

is the long form.
"""

import os
import re
import time

import e2e
from e2e import eq, ok

SEED = os.environ.get("FUZZ_SEED") or "1"
LONG = int(os.environ.get("RECORDS") or 0)
SHORT = 40000
e2e.SCRIPT_MAX += LONG // 500


def fuzz(server, count, parallel):
    """Its line that sums up, as numbers; None if something was wrong."""
    p = e2e.Process("fcgi_fuzz", [
        e2e.program("tests/e2e/fcgi_fuzz"), server.sock, SEED, "0",
        str(count), str(parallel)], want=None)
    start = time.monotonic()
    p.popen.wait()
    status = p.wait()
    out = p.log()
    ok(status == 0, "%d streams, %d at a time: as they should be" %
       (count, parallel), out)
    e2e.diag("%d s: %s" % (time.monotonic() - start, out))
    found = dict(re.findall(r"(\w+) (\d+)", out))
    return {k: int(v) for k, v in found.items()} if status == 0 else None


def status(server):
    rc, out, err = e2e.command(e2e.program(e2e.PROBE), "status", "--listen",
                               "unix:" + server.sock)
    if rc != 0:
        raise AssertionError(err)
    return {k: int(v) for k, v in re.findall(
        r"^(\w[\w ]*?) +(\d+)", out, re.M)}


def threads_and_files(server):
    return [(len(os.listdir("/proc/%d/task" % pid)),
             len(os.listdir("/proc/%d/fd" % pid)))
            for pid in server.workers()]


def is_idle(server):
    """Nothing but the question itself."""
    s = status(server)
    return s["busy"] <= 1 and s["connections"] <= 1


def streams(name, count, parallel, *options):
    server = e2e.Server(e2e.PROBE, "--access-log", "off", *options)
    before = threads_and_files(server)
    found = fuzz(server, count, parallel)
    e2e.wait_for("the server to be idle", lambda: is_idle(server))
    after = status(server)
    crashes = [line for line in server.lines() if line["msg"] in e2e.CRASHES]
    eq(crashes, [], name + ": no worker crashed")
    eq(threads_and_files(server), before,
       name + ": as many threads and descriptors as before")
    eq(found and found["cut"], 0, name + ": no answer was cut")
    eq(after["crashes"], 0, name + ": the status knows")
    eq(after["server error"], 0, name + ": nothing was a server's error")
    a = e2e.fcgi_ask(server.sock, "POST", "/echo", b"the last one")
    eq((a.status, a.body), (200, b"the last one"), name + ": it goes on")


def one_by_one():
    streams("one by one", SHORT // 4, 1)


def many():
    streams("many", SHORT, 16)


def one_thread():
    """The next request is served by the thread that had the bad one."""
    streams("one thread", SHORT, 8, "--workers", "1", "--threads", "1",
            "--wait-max", "60000")


def long_form():
    streams("long", LONG, 16)


if LONG:
    e2e.run(long_form)
e2e.run(one_by_one, many, one_thread)
