# SPDX-License-Identifier: ISC
"""Few threads, many connections."""

import json
import threading

import e2e
from e2e import Fcgi, eq, ok

PARKED = 300
ROUNDS = 10


def parked():
    """Each connection is kept, and each has its turn, over and over."""
    server = e2e.Server(e2e.NOTES, "--threads", "4")
    e2e.fcgi_ask(server.sock, "POST", "/notes", b'{"title":"x"}')
    connections = [Fcgi(server.sock) for i in range(PARKED)]
    lanes = [connections[i::10] for i in range(10)]
    answers = []

    def work(lane):
        for i in range(ROUNDS):
            for c in lane:
                try:
                    answers.append(c.request("GET", "/notes/1").status)
                except Exception as e:
                    answers.append(repr(e))
    together([lambda lane=lane: work(lane) for lane in lanes])
    eq((len(answers), set(answers)), (PARKED * ROUNDS, {200}),
       "%d requests over %d connections, 10 at a time" %
       (PARKED * ROUNDS, PARKED))
    eq(len(server.connections()), PARKED, "all of them are kept")

    # All at once: each sends before any is read.
    for c in connections:
        c.send(e2e.request("GET", "/notes/1"))
    eq({c.answer().status for c in connections}, {200},
       "%d requests at once" % PARKED)
    for c in connections:
        c.close()
    e2e.wait_for("the connections to end", lambda: not server.connections())
    ok(True, "they end when their peers close")


def behind_nginx():
    if not e2e.need("NGINX", "nginx"):
        return
    server = e2e.Server(e2e.NOTES, "--threads", "4")
    nginx = e2e.Nginx(e2e.site_conf(server.sock, [
        (r"keepalive\t16", "keepalive\t300")]))
    clients = [e2e.Http(nginx.port) for i in range(PARKED)]
    statuses = []
    for i in range(ROUNDS):
        for c in clients:
            c.send(b"GET /notes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        statuses += [c.answer().status for c in clients]
    eq((len(statuses), set(statuses)), (PARKED * ROUNDS, {200}),
       "nginx: %d requests, %d at once" % (PARKED * ROUNDS, PARKED))


def full():
    """Over the limit of connections the later ones wait for a place."""
    server = e2e.Server(e2e.NOTES, "--workers", "1", "--connections", "5",
                        "--threads", "2")
    first = [Fcgi(server.sock) for i in range(5)]
    for c in first:
        c.request("GET", "/notes")
    later = [Fcgi(server.sock) for i in range(3)]
    for c in later:
        c.send(e2e.request("GET", "/notes"))
    eq({c.request("GET", "/notes").status for c in first}, {200},
       "those that are in go on")
    ok(all(c.silent() for c in later), "the later ones wait")
    first[0].close()
    first[1].close()
    eq([c.answer().status for c in later[:2]], [200, 200],
       "two that close make room for two")
    ok(later[2].silent(), "and not for a third")
    later[0].close()
    eq(later[2].answer().status, 200, "until one more has closed")
    for c in first[2:] + later[1:]:
        c.close()

    many = [Fcgi(server.sock) for i in range(60)]
    for i, c in enumerate(many):
        c.send(e2e.request("GET", "/notes", keep=i % 2 == 0))
    statuses = []
    for c in many:
        statuses.append(c.answer().status)
        c.close()
    eq((len(statuses), set(statuses)), (60, {200}), "60 that do not stay")


def writers():
    """Writes from all sides: none is lost, none is done twice."""
    server = e2e.Server(e2e.NOTES, "--threads", "4")
    found = []

    def work(lane):
        c = Fcgi(server.sock)
        for i in range(25):
            title = "%d-%d" % (lane, i)
            a = c.request("POST", "/notes", {"title": title})
            found.append((a.status, a.json().get("title") == title,
                          a["Location"]))
            if i % 5 == 4:
                c.request("PATCH", a["Location"], {"done": True})
        c.close()
    together([lambda lane=lane: work(lane) for lane in range(8)])
    eq({f[:2] for f in found}, {(201, True)}, "8 writers, 200 notes: all 201")
    eq(len({f[2] for f in found}), 200, "each with an id of its own")
    rows = server.rows()
    eq((len(rows), sum(row[3] for row in rows)), (200, 40), "all are stored")
    eq(json.loads(e2e.fcgi_ask(server.sock, "GET",
                               "/notes?limit=1&offset=199").body)[0]["id"],
       200, "and listed")


def together(jobs):
    """Run each in a thread; an exception in one is the test's."""
    errors = []

    def guarded(job):
        try:
            job()
        except Exception as e:
            errors.append(e)
    threads = [threading.Thread(target=guarded, args=(job,), daemon=True)
               for job in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join(2 * e2e.PATIENCE)
        if t.is_alive():
            raise AssertionError("a client is stuck")
    if errors:
        raise errors[0]


e2e.run(parked, behind_nginx, full, writers)
