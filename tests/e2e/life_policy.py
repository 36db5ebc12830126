# SPDX-License-Identifier: ISC
"""How the kernel shares the processors among workers and others."""

import os
import subprocess

import e2e
import life
from e2e import Fcgi, eq, ok


def policies(pid):
    """Those of its threads."""
    return {os.sched_getscheduler(int(tid))
            for tid in os.listdir("/proc/%d/task" % pid)}


def served(s):
    eq(Fcgi(s.sock).request("GET", "/self").status, 200, "it serves")
    pids = s.workers()
    ok(len(pids) == 2 and s.popen.pid not in pids, "two workers", pids)
    return pids


def by_itself():
    s = life.Life("--workers", "2")
    for pid in served(s):
        eq(policies(pid), {os.SCHED_BATCH}, "a worker does not push in")
    eq(policies(s.popen.pid), {os.SCHED_OTHER},
       "its supervisor is like others")
    eq(s.stop(), 0, "it ends well")


def as_told():
    """What an administrator has chosen is left alone."""
    chrt = e2e.need("CHRT", "chrt")
    if not chrt:
        return
    prefix = (chrt, "--rr", "1")
    if subprocess.run((*prefix, "true"),
                      stderr=subprocess.DEVNULL).returncode != 0:
        return e2e.skip("another policy", "this user may not choose one")
    s = life.Life("--workers", "2", prefix=prefix)
    for pid in served(s):
        eq(policies(pid), {os.SCHED_RR}, "a worker's policy stays")
    eq(s.stop(), 0, "it ends well")


e2e.run(by_itself, as_told)
