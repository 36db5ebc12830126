# SPDX-License-Identifier: ISC
"""Vectors made for other programs, played through nginx against tests/conf/.

A suite fails with a case that fails and is not listed in differences.txt, and
with a listed one that passes: the list says what we do, neither more nor less.
"""

import os
import subprocess
import sys

import e2e
from e2e import diag, ok

APP = "tests/conf/conformance"
SUITES = ("multipart", "urlencoded", "cookies", "json", "fresh", "dates",
          "range", "negotiate")
folder = os.path.join(e2e.srcdir, "../shared/vectors")


def differences():
    """{"suite id": reason}, as the player names them."""
    found = {}
    path = os.path.join(e2e.srcdir, "tests/conf/differences.txt")
    with open(path) as f:
        for line in f:
            if not line.startswith("#"):
                suite, name, reason = line.split(None, 2)
                found[suite + " " + name] = reason
    return found


def play(port, suite):
    """(lines of cases that failed, the count for each level)"""
    p = subprocess.run(
        [sys.executable, "-B", folder + "/run_vectors.py",
         "http://127.0.0.1:%d" % port, suite], capture_output=True,
        timeout=e2e.SCRIPT_MAX, stdin=subprocess.DEVNULL,
        env=e2e.environment())
    lines = p.stdout.decode(errors="replace").splitlines()
    if p.returncode not in (0, 1) or not lines or p.stderr:
        raise AssertionError("%s: %s" % (suite, p.stderr.decode()[-4000:]))
    failed = [line[10:] for line in lines if line.startswith("FAIL MUST ")]
    counts = [line for line in lines if " passed" in line]
    if failed == [] and p.returncode != 0 or counts[-1].startswith("0 "):
        raise AssertionError("%s: %s" % (suite, lines[-3:]))
    return failed, counts


def vectors():
    server = e2e.Server(APP, "--body-max", "16777216")
    nginx = e2e.Nginx(e2e.site_conf(server.sock, [
        (r"client_max_body_size[^;]*;", "client_max_body_size 16m;")]))
    listed = differences()
    for suite in SUITES:
        failed, counts = play(nginx.port, suite)
        wrong = [line for line in failed
                 if " ".join(line.split()[:2]) not in listed]
        for line in failed:
            listed.pop(" ".join(line.split()[:2]), None)
        ok(not wrong, suite, *wrong)
        diag(*counts[:-1])
    ok(not listed, "every listed difference is one", *listed)
    ok(not [r for r in server.requests() if r["status"] >= 500],
       "nothing was our fault",
       *[r for r in server.requests() if r["status"] >= 500])


if not os.path.exists(folder):
    e2e.skip("vectors", folder + " is missing")
elif e2e.need("NGINX", "nginx"):
    e2e.run(vectors)
e2e.run()
