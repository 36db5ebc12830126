# SPDX-License-Identifier: ISC
"""world behind nginx, by the rules that TechEmpower's benchmark has for each
of its answers; with every engine of databases the same."""

import collections
import html
import threading

import e2e
import pg
from e2e import ask, eq, ok

WORLD = "apps/world/world"
WORLDS = 10000
EXTRA = (0, "Additional fortune added at request time.")
PATHS = {
    "/json": "application/json",
    "/plaintext": "text/plain; charset=utf-8",
    "/db": "application/json",
    "/queries?queries=2": "application/json",
    "/updates?queries=2": "application/json",
    "/cached-queries?count=2": "application/json",
    "/fortunes": "text/html; charset=utf-8",
}

# What stands for N, encoded, and how many objects it asks for.
COUNTS = [
    ("1", 1), ("2", 2), ("20", 20), ("500", 500), ("007", 7),
    ("", 1), ("foo", 1), ("0", 1), ("-1", 1), ("1.5", 1), ("%205", 1),
    ("5%20", 1), ("+5", 1), ("%2B5", 1), ("0x10", 1), ("1e2", 1), ("--5", 1),
    ("-", 1), ("%EF%BC%95", 1), ("501", 500), ("1000000", 500),
    ("99999999999999999999", 500), ("-99999999999999999999", 1),
]


class Sqlite:
    def __init__(self):
        self.path = e2e.fresh("db")
        self.dsn = "sqlite:" + self.path

    def rows(self, sql):
        with e2e.open_db(self.path) as db:
            return db.execute(sql).fetchall()


class Postgresql:
    def __init__(self, server):
        self.server = server
        self.dsn = server.dsn

    def rows(self, sql):
        """Of two columns, the first of which is a number, as text."""
        found = [line.split("|") for line in
                 self.server.sql(sql).splitlines()]
        return [(int(a), int(b) if b.isdigit() else b) for a, b in found]


def worlds(db):
    return dict(db.rows("SELECT id, randomnumber FROM world"))


def start(db):
    status, out, err = e2e.command(e2e.program(WORLD), "migrate", "--db",
                                   db.dsn)
    if status != 0:
        raise AssertionError("migrate: %d: %s%s" % (status, out, err))
    server = e2e.Server(WORLD, "--db", db.dsn)
    return e2e.Nginx(e2e.site_conf(server.sock))


def is_world(one):
    return (isinstance(one, dict) and set(one) == {"id", "randomNumber"} and
            all(type(n) is int and 1 <= n <= WORLDS for n in one.values()))


def are_worlds(a, n):
    return (a.status == 200 and a["Content-Type"] == "application/json" and
            len(a.json()) == n and all(map(is_world, a.json())))


def pairs(a):
    return [(one["id"], one["randomNumber"]) for one in a.json()]


def looks_random(numbers):
    """So many of 1 to 10,000 that a wrong "no" will never be seen."""
    return (len(numbers) == 500 and len(set(numbers)) > 400 and
            min(numbers) < 1500 and max(numbers) > 8500 and
            numbers != sorted(numbers))


# ---- what does not depend on the database ------------------------------------

def headers(db):
    c = e2e.Http(start(db).port)
    for path, kind in PATHS.items():
        a = c.get(path)
        eq((a.status, a["Content-Type"]), (200, kind), path + ": its type")
        eq(int(a["Content-Length"] or -1), len(a.body), path + ": its length")
        ok(a["Server"] and a["Date"], path + ": Server and Date", a)
        ok(a["Transfer-Encoding"] is None, path + ": in one piece", a)
        a = c.request("HEAD", path)
        eq((a.status, a["Content-Type"], a.body), (200, kind, b""),
           path + ": HEAD")
        ok(int(a["Content-Length"]) > 0, path + ": HEAD says a length", a)
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            a = c.request(method, path)
            eq((a.status, sorted((a["Allow"] or "").split(", "))),
               (405, ["GET", "HEAD", "OPTIONS"]), "%s %s" % (method, path))
    for path in ("/", "/DB", "/db/", "/json/x", "/world"):
        eq(c.get(path).status, 404, path + ": 404")


def fixed(db):
    c = e2e.Http(start(db).port)
    eq(c.get("/json").json(), {"message": "Hello, World!"}, "/json")
    eq(c.get("/plaintext").body, b"Hello, World!", "/plaintext")
    eq(c.get("/plaintext?queries=foo").body, b"Hello, World!",
       "whatever the query says")


# ---- what comes out of it ----------------------------------------------------

def tables(db):
    start(db)
    found = worlds(db)
    eq(sorted(found), list(range(1, WORLDS + 1)), "10,000 ids, from 1")
    ok(all(1 <= n <= WORLDS for n in found.values()), "numbers in bounds")
    ok(len(set(found.values())) > WORLDS / 3, "of many kinds")
    eq([i for i, _ in fortunes_of(db)], list(range(1, 13)), "12 fortunes")


def counts(db):
    """N, wherever there is one."""
    c = e2e.Http(start(db).port)
    before = worlds(db)
    for path, name in (("/queries", "queries"), ("/cached-queries", "count"),
                       ("/updates", "queries")):
        for text, n in [("/", 1), ("/?", 1), ("/?other=7", 1), *(
                ("/?%s=%s" % (name, text), n) for text, n in COUNTS),
                ("/?%s=3&%s=7" % (name, name), 3),
                ("/?%s=&%s=7" % (name, name), 1),
                ("/?other=7&%s=2" % name, 2), ("/?" + name, 1),
                ("/?%s=7" % name.upper(), 1)]:
            target = path + text[1:]
            a = c.get(target)
            ok(are_worlds(a, n), "%s: %d" % (target, n), a)
            if path != "/updates":
                ok(all(before[i] == k for i, k in pairs(a)),
                   target + ": as they are stored", a)


def single(db):
    c = e2e.Http(start(db).port)
    stored = worlds(db)
    found = [c.get("/db") for i in range(500)]
    ok(all(a.status == 200 and is_world(a.json()) for a in found),
       "/db answers one object", found[0])
    found = [a.json() for a in found]
    ok(all(stored[one["id"]] == one["randomNumber"] for one in found),
       "which is stored like that")
    ok(looks_random([one["id"] for one in found]), "any of them")


def many(db):
    c = e2e.Http(start(db).port)
    for path in ("/queries?queries=500", "/cached-queries?count=500"):
        ids = [i for i, _ in pairs(c.get(path))]
        ok(looks_random(ids), path + ": any of them", ids)
        ok(ids != [i for i, _ in pairs(c.get(path))], path + ": and others")


def fortunes_of(db):
    return sorted(db.rows("SELECT id, message FROM fortune"))


def fortunes(db):
    c = e2e.Http(start(db).port)
    stored = fortunes_of(db)
    a = c.get("/fortunes")
    rows = "".join(
        "<tr><td>%d</td><td>%s</td></tr>" % (i, html.escape(text).replace(
            "&#x27;", "&#39;"))
        for i, text in sorted(stored + [EXTRA],
                              key=lambda one: one[1].encode()))
    eq(a.body.decode(), "<!DOCTYPE html><html><head><title>Fortunes</title>"
       "</head><body><table><tr><th>id</th><th>message</th></tr>" + rows +
       "</table></body></html>", "/fortunes: the page")
    ok(b"<td>&lt;script&gt;alert(&quot;" in a.body and
       b"<script" not in a.body, "a script is text", a.body)
    ok(dict(stored)[12].encode() in a.body and
       not dict(stored)[12].isascii(), "another script, too", a.body)
    ok(b"What&#39;s" in a.body, "and an apostrophe")
    eq(c.get("/fortunes").body, a.body, "the same a second time")
    eq(fortunes_of(db), stored, "nothing is stored")


def updates(db):
    c = e2e.Http(start(db).port)
    before = worlds(db)
    a = c.get("/updates?queries=500")
    ok(are_worlds(a, 500), "500 updates", a)
    after = worlds(db)
    # The last one holds where an id comes twice.
    changed = dict(pairs(a))
    eq({i: after[i] for i in changed}, changed, "all of them are stored")
    eq({i: n for i, n in after.items() if i not in changed},
       {i: n for i, n in before.items() if i not in changed},
       "and nothing else")
    ok(looks_random([n for _, n in pairs(a)]), "the numbers are random")
    ok(len(changed) > 400 and min(changed) < 1500 and max(changed) > 8500,
       "and so are the ids")
    same = [i for i, n in changed.items() if before[i] == n]
    ok(len(same) < 10, "and they are other ones", same)
    one = pairs(c.get("/updates"))
    eq([(i, worlds(db)[i]) for i, _ in one], one, "one without N")


def cached(db):
    """What was read once is answered, whatever has become of it."""
    c = e2e.Http(start(db).port)
    before = worlds(db)
    c.get("/cached-queries")
    for i in range(10):
        c.get("/updates?queries=500")
    after = worlds(db)
    found = pairs(c.get("/cached-queries?count=500"))
    eq([before[i] for i, _ in found], [n for _, n in found],
       "the cached ones stay as they were")
    ok(any(before[i] != after[i] for i, _ in found), "which is seen")
    a = c.get("/queries?queries=500")
    eq([after[i] for i, _ in pairs(a)], [n for _, n in pairs(a)],
       "those of the database do not")


def at_once(db):
    """Changes of many at the same time, none of which is lost."""
    port = start(db).port
    seen = collections.Counter()

    def client():
        c = e2e.Http(port)
        for i in range(10):
            for path, n in (("/updates?queries=100", 100),
                            ("/queries?queries=20", 20),
                            ("/cached-queries?count=20", 20)):
                seen[are_worlds(c.get(path), n)] += 1
        c.close()
    clients = [threading.Thread(target=client) for i in range(8)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    eq(seen, {True: 240}, "8 clients, and each gets all of its answers")
    a = ask(port, "GET", "/updates?queries=500")
    stored = worlds(db)
    ok(all(stored[i] == n for i, n in dict(pairs(a)).items()) and
       len(stored) == WORLDS, "and the table is whole")


def over(db):
    """All of it, each with a program and an nginx of its own."""
    e2e.diag(db.dsn)
    for test in (tables, headers, fixed, single, counts, many, fortunes,
                 updates, cached, at_once):
        test(db)


def sqlite():
    over(Sqlite())


def postgresql():
    if pg.bindir():
        with pg.Server() as server:
            over(Postgresql(server))


e2e.run(sqlite, postgresql)
