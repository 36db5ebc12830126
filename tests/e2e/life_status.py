# SPDX-License-Identifier: ISC
"""What a server says of itself, against what is known of it."""

import os
import re
import shutil

import e2e
import life
import pg
from e2e import Fcgi, eq, ok


def wait_busy(s, text):
    """With the one that asks."""
    e2e.wait_for(text, lambda: s.status()[0]["busy"] == text)
    ok(True, text + " are busy")


# ---- APP status ----------------------------------------------------------------

def status():
    s = life.Life("--workers", "2", "--threads", "1", "--wait-max", "60000",
                  "--stop-timeout", "1", want=70)
    pair = s.connect_to_two()
    idle = [s.connect() for i in range(10)]
    before = int(s.status()[0]["requests"])
    for i in range(40):
        pair[i % 2].request("GET", "/self")
    for i in range(20):
        pair[i % 2].request("GET", "/sleep?ms=20")
    for i in range(4):
        e2e.fcgi_ask(s.sock, "GET", "/none")
    e2e.fcgi_ask(s.sock, "GET", "/sql?n=0")

    def settled():
        """Those that were closed here are so there, too."""
        nonlocal out
        code, out, err = e2e.command(e2e.program(life.APP), "status",
                                     "--listen", "unix:" + s.sock)
        if (code, err) != (0, ""):
            raise AssertionError("status: %d: %s" % (code, err))
        return life.parse_status(out)[0]["connections"] == "13"
    out = ""
    e2e.wait_for("13 connections, with the one that asks", settled)
    values, workers = life.parse_status(out)
    ok(re.match(r"life, up \d+ s\n", out), "the name", out)
    eq((values["workers"], int(values["requests"]) - before,
        values["server error"], values["cut"], values["refused"],
        values["crashes"]), ("2", 65, "0", "0", "0", "0"),
       "requests of all workers")
    eq(values["connections"], "13", "connections, with the one that asks")
    eq({w["pid"] for w in workers}, set(s.workers()), "each worker")
    eq({w["state"] for w in workers}, {"serving"}, "its state")
    eq(sum(int(w["connections"]) for w in workers), 13, "its connections")
    ok(all(int(w["requests"]) >= 30 for w in workers) and
       sum(int(w["requests"]) for w in workers) == int(values["requests"]),
       "its requests", workers)
    e2e.wait_for("memory", lambda: all(
        int(w["memory"].split()[0]) > 1000 for w in s.status()[1]))
    ok(True, "its memory, once it has looked")
    # At least 20 took 20 ms and more.
    found = re.match(r"p50 (\d+) us, p99 (\d+) us$", values["latency"])
    ok(found and 0 < int(found[1]) < int(found[2]) and
       int(found[2]) >= 20000, "latencies", values)
    # A thread may have answered, but not be done.
    wait_busy(s, "1 of 2 threads")
    pair[0].send(e2e.request("GET", "/sleep?ms=600000"))
    pair[0].wait_taken()
    wait_busy(s, "2 of 2 threads")
    del idle


def status_errors():
    program = e2e.program(life.APP)
    for address, status, words in (
            ("unix:" + e2e.fresh("none"), 74, "No such file"),
            ("tcp:127.0.0.1:1", 74, "refused"),
            ("nonsense", 74, "nonsense"), ("", 64, "--listen")):
        code, out, err = e2e.command(program, "status", "--listen", address)
        ok(code == status and out == "" and e2e.one_line(err) and
           words in err, "status of '%s': one line" % address, code, err)
    s = life.Life()
    code, out, err = e2e.command(
        program, "status", "--listen", "tcp:127.0.0.1:1 unix:" + s.sock)
    ok(code == 74, "the first address is asked", code, out, err)


# ---- health --------------------------------------------------------------------

def health():
    s = life.Life("--workers", "1", "--threads", "1", "--db-busy-ms", "100")
    c = Fcgi(s.sock)
    a = c.request("GET", "/health")
    eq((a.status, a.json(), a["Cache-Control"]),
       (200, {"status": "ok"}, "no-store"), "health")
    a = c.request("GET", "/ready")
    eq((a.status, a.json(), a["Cache-Control"]),
       (200, {"status": "ready"}, "no-store"), "ready")

    def unready(name):
        a = c.request("GET", "/ready")
        ok(a.status == 503 and a.is_problem() and
           s.db.encode() not in a.body, name + ": not ready, 503", a)
        eq(c.request("GET", "/health").status, 200, name + ": but healthy")
    aside = s.db + ".aside"
    os.rename(s.db, aside)
    unready("the database is moved away")
    with open(s.db, "w") as f:
        f.write("Not a database, but some text. " * 100)
    unready("a text is in its place")
    os.unlink(s.db)
    shutil.copy(aside, s.db)
    unready("another database is in its place")
    os.rename(aside, s.db)
    eq(c.request("GET", "/ready").status, 200, "it is back: ready")
    s.stop()
    # Before the first request has opened it.
    s = life.Life("--workers", "1", "--threads", "1")
    c = Fcgi(s.sock)
    os.rename(s.db, aside)
    unready("never opened, and gone")
    os.rename(aside, s.db)
    eq(c.request("GET", "/ready").status, 200, "and back")


def health_postgresql():
    if not pg.bindir():
        return
    with pg.Server() as db:
        status, out, err = e2e.command(e2e.program(life.APP), "migrate",
                                       "--db", db.dsn)
        eq((status, err), (0, ""), "PostgreSQL: migrated")
        s = e2e.Server(life.APP, "--threads", "1", "--db", db.dsn)
        c = Fcgi(s.sock)
        for i in range(2):
            a = c.request("GET", "/ready")
            eq((a.status, a.json()), (200, {"status": "ready"}),
               "PostgreSQL: ready")
        db.stop()
        for i in range(2):
            a = c.request("GET", "/ready")
            ok(a.status == 503 and a.is_problem() and
               db.dir.encode() not in a.body, "it is away: not ready, 503", a)
        eq(c.request("GET", "/health").status, 200, "but healthy")
        db.start()
        eq(c.request("GET", "/ready").status, 200, "it is back: ready")
        eq(s.stop(), 0, "it ends well")


# ---- metrics -------------------------------------------------------------------

def parse_metrics(text):
    """{name with labels: value}, by the text format's rules."""
    values, types, last = {}, {}, None
    if not text.endswith("\n"):
        raise AssertionError("no line feed at the end")
    for line in text.splitlines():
        found = re.fullmatch(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)",
                             line)
        if found:
            kind, last, rest = found.groups()
            if kind == "TYPE":
                if last in types or rest not in ("counter", "gauge",
                                                 "histogram"):
                    raise AssertionError("wrong or twice: " + line)
                types[last] = rest
            continue
        found = re.fullmatch(
            r"([a-zA-Z_:][a-zA-Z0-9_:]*)"
            r'(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? '
            r"(\d+(?:\.\d+)?)", line)
        if not found:
            raise AssertionError("neither a sample nor a comment: " + line)
        name, labels, value = found.groups()
        family = re.sub("_(bucket|sum|count)$", "", name) \
            if types.get(last) == "histogram" else name
        if family != last or name + (labels or "") in values:
            raise AssertionError("out of its place, or twice: " + line)
        values[name + (labels or "")] = float(value)
    return values, types


def metrics():
    s = life.Life("--workers", "2", "--threads", "1", "--wait-max", "60000")
    pair = s.connect_to_two()

    def measure():
        a = pair[0].request("GET", "/metrics")
        if (a.status, a["Content-Type"]) != (
                200, "text/plain; version=0.0.4; charset=utf-8"):
            raise AssertionError(a)
        return parse_metrics(a.body.decode())
    before, types = measure()
    for path, status, n in (("/self", 200, 30), ("/none", 404, 7),
                            ("/sql", 405, 3), ("/items", 201, 5),
                            ("/sleep?ms=2000000", 400, 2),
                            ("/sleep?ms=30", 200, 8)):
        for i in range(n):
            post = path in ("/sql", "/items")
            a = pair[i % 2].request("POST" if post else "GET", path,
                                    b'{"key":"x"}' if post else b"")
            if a.status != status:
                raise AssertionError(a)
    values, again = measure()
    ok(types == again and set(before) == set(values),
       "well formed, and each time the same names", before, values)
    eq(values['stile_info{app="life",version="1.0"}'], 1, "the application")

    def grown(name):
        return values[name] - before[name]
    # With one for the numbers before.
    eq([grown('stile_requests_total{class="%dxx"}' % i)
        for i in range(1, 6)], [0, 44, 0, 12, 0],
       "requests by class, of both workers")
    eq((values["stile_workers"], values["stile_threads"],
        values["stile_connections"]), (2, 2, 2),
       "workers, threads, connections")
    e2e.wait_for("one busy thread",
                 lambda: measure()[0]["stile_threads_busy"] == 1)
    eq([values[name] for name in (
        "stile_requests_refused_total", "stile_requests_cut_total",
        "stile_log_dropped_total", "stile_worker_crashes_total")],
       [0, 0, 0, 0], "nothing bad has happened")
    name = "stile_request_duration_seconds"
    buckets = [(float(re.search('"(.*)"', key)[1]), grown(key))
               for key in values if key.startswith(name + "_bucket")]
    ok(buckets == sorted(buckets) and
       [n for le, n in buckets] == sorted(n for le, n in buckets),
       "the buckets rise", buckets)
    eq((buckets[-1], grown(name + "_count")), ((float("inf"), 56), 56),
       "all requests have a duration")
    ok(grown(name + "_sum") >= 8 * 0.03 and
       all(n <= 48 for le, n in buckets if le < 0.03),
       "eight took 30 ms", buckets)
    eq({types[name] for name in types if name.endswith("_total")},
       {"counter"}, "what only grows is a counter")

    big = Fcgi(s.sock)
    big.send(e2e.request("GET", "/stream"))
    big.record()
    big.close()
    e2e.wait_for("the cut", lambda: measure()[0][
        "stile_requests_cut_total"] == 1)
    ok(True, "an answer that was cut is counted")


def left_open():
    """A transaction that a handler forgets is undone, logged, and counted."""
    s = life.Life()
    c = Fcgi(s.sock)
    for i in range(2):
        eq(c.request("POST", "/left").status, 204, "a transaction is left")
    eq(len(s.wait_said("a transaction was left open and is rolled back", 2)),
       2, "each is in the log")
    values = parse_metrics(c.request("GET", "/metrics").body.decode())[0]
    eq(values["stile_transactions_left_open_total"], 2, "and counted")
    eq(s.rows("SELECT count(*) FROM item WHERE key = 'left'"), [(0,)],
       "nothing of it stays")
    eq(s.stop(), 0, "it ends well")


e2e.run(status, status_errors, health, health_postgresql, metrics, left_open)
