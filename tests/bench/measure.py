# SPDX-License-Identifier: ISC
"""What is measured: load, processor time, memory; and what becomes of it."""

import http.client
import os
import re
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")


# ---- a tree of processes, from /proc -----------------------------------------

def _stat(pid):
    """(parent, seconds of processor time with those of children it buried)"""
    try:
        with open("/proc/%s/stat" % pid, "rb") as f:
            field = f.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(field[1]), sum(map(int, field[11:15])) / TICK


def tree(root):
    """The process and all below it: {pid: seconds}"""
    stats = {int(pid): _stat(pid) for pid in os.listdir("/proc")
             if pid.isdigit()}
    children = {}
    for pid, stat in stats.items():
        if stat:
            children.setdefault(stat[0], []).append(pid)
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if stats.get(pid):
            found[pid] = stats[pid][1]
            todo += children.get(pid, [])
    return found


def cpu(root):
    """Seconds of processor time that the tree has used so far."""
    return sum(tree(root).values())


def pss(root):
    """Bytes of memory of the tree; shared pages count by their share."""
    total = 0
    for pid in tree(root):
        with open("/proc/%d/smaps_rollup" % pid) as f:
            total += 1024 * int(re.search(r"(?m)^Pss: +(\d+)",
                                          f.read()).group(1))
    return total


def rss(root):
    """Bytes of memory of the tree; shared pages count in each process."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for pid in tree(root):
        with open("/proc/%d/statm" % pid) as f:
            total += page * int(f.read().split()[1])
    return total


def peak(root):
    """Bytes of resident memory that the tree's processes had at most."""
    total = 0
    for pid in tree(root):
        with open("/proc/%d/status" % pid) as f:
            total += 1024 * int(re.search(r"(?m)^VmHWM:\s+(\d+)",
                                          f.read()).group(1))
    return total


# ---- load --------------------------------------------------------------------

def get(port, host, path):
    """One request: (status, content type, body)"""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        c.request("GET", path, headers={"Host": host})
        answer = c.getresponse()
        return (answer.status, answer.getheader("Content-Type"),
                answer.read())
    finally:
        c.close()



class Sample:
    """One run of wrk against one contestant."""

    def __init__(self, requests, seconds, cpu_seconds, p50, p99):
        self.rate = requests / seconds
        self.cpu_us = cpu_seconds * 1e6 / requests
        self.p50_ms = p50 / 1000
        self.p99_ms = p99 / 1000


def load(url, host, root, seconds, connections=32, threads=1):
    """Requests for as long as that; anything but 2xx is an error."""
    before = cpu(root)
    out = subprocess.run(
        ["wrk", "-t%d" % threads, "-c%d" % connections, "-d%ds" % seconds,
         "-s", os.path.join(HERE, "report.lua"), "-H", "Host: " + host, url],
        stdout=subprocess.PIPE, check=True, text=True).stdout
    used = cpu(root) - before
    line = re.search(r"(?m)^result (.*)$", out)
    if not line:
        raise AssertionError("wrk said: " + out)
    got = {name: int(value) for name, value in
           (word.split("=") for word in line.group(1).split())}
    wrong = {name: got[name] for name in
             ("status", "connect", "read", "write", "timeout") if got[name]}
    if wrong or got["requests"] == 0:
        raise AssertionError("%s: %d requests, errors %r" %
                             (host, got["requests"], wrong))
    return Sample(got["requests"], got["us"] / 1e6, used,
                  got["p50"], got["p99"])


# ---- numbers -----------------------------------------------------------------

class Spread:
    """Several measurements of one thing: the median, and from where to where."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)
        self.low = min(self.values)
        self.high = max(self.values)

    def __truediv__(self, other):
        """Round by round, so that what slows a round down cancels out."""
        return Spread(a / b for a, b in zip(self.values, other.values))

    def text(self, form="%.2f"):
        return "%s (%s-%s)" % tuple(form % value for value in
                                    (self.median, self.low, self.high))
