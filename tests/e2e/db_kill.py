# SPDX-License-Identifier: ISC
"""Killed at any moment, under load: what was acknowledged is there.

KILLS=N kills it so many times (200)."""

import os
import random
import signal
import threading
import time

import e2e
from e2e import Fcgi, Server, eq, ok

KILLS = int(os.environ.get("KILLS", "200"))
WRITERS = 8
OPTIONS = ("--workers", "2", "--threads", "4", "--db-synchronous", "full")


class Writers:
    """Clients that make one note after the other, and remember each answer."""

    def __init__(self, sock):
        self.sock = sock
        self.acknowledged = []
        self.wrong = []
        self.asked = 0
        self.go = threading.Event()
        self.stopped = False
        self.threads = [threading.Thread(target=self._work, args=(i,))
                        for i in range(WRITERS)]
        for t in self.threads:
            t.start()

    def _work(self, number):
        n = 0
        while not self.stopped:
            self.go.wait()
            try:
                c = Fcgi(self.sock)
                while self.go.is_set() and not self.stopped:
                    n += 1
                    self.asked += 1
                    title = "%d-%d" % (number, n)
                    a = c.request("POST", "/notes", {"title": title})
                    if a.status == 201:
                        self.acknowledged.append(title)
                    else:
                        self.wrong.append(a.status)
            except (OSError, EOFError):
                time.sleep(0.001)       # it is dead; the next one is not

    def end(self):
        self.stopped = True
        self.go.set()
        for t in self.threads:
            t.join()


def missing(server, writers):
    there = {row[0] for row in server.rows("SELECT title FROM note")}
    return [t for t in writers.acknowledged if t not in there]


def all_at_once():
    db, sock = e2e.new_db(), e2e.fresh("sock")
    rand = random.Random(1)
    writers = Writers(sock)
    lost = []
    try:
        for i in range(KILLS):
            if os.path.exists(sock):
                os.unlink(sock)
            server = Server(e2e.NOTES, *OPTIONS, db=db, sock=sock)
            before = len(writers.acknowledged)
            writers.go.set()
            want = before + rand.randint(1, 30)
            e2e.wait_for("commits",
                         lambda: len(writers.acknowledged) >= want)
            time.sleep(rand.uniform(0, 0.002))
            os.killpg(server.pid, signal.SIGKILL)
            server.want = None
            server.wait()
            writers.go.clear()
            if i % 20 == 19:
                lost += missing(server, writers)
    finally:
        writers.end()
    lost += missing(server, writers)
    eq(lost, [], "%d kills: what was acknowledged is there" % KILLS)
    ok(len(writers.acknowledged) > KILLS, "there was a load",
       "%d acknowledged" % len(writers.acknowledged))
    ok(len(writers.acknowledged) < writers.asked, "some were cut off")
    eq(writers.wrong, [], "no other answer was given")
    with e2e.open_db(db) as c:
        eq(c.execute("PRAGMA integrity_check").fetchall(), [("ok",)],
           "the database is whole")


def one_worker():
    """Its commits, and its place in the queue, do not hold up the others."""
    server = Server(e2e.NOTES, *OPTIONS, may_crash=True)
    writers = Writers(server.sock)
    try:
        writers.go.set()
        for i in range(5):
            n = len(writers.acknowledged)
            e2e.wait_for("commits", lambda: len(writers.acknowledged) > n + 20)
            pid = e2e.wait_for("workers", server.workers)[0]
            os.kill(pid, signal.SIGKILL)
        n = len(writers.acknowledged)
        e2e.wait_for("commits", lambda: len(writers.acknowledged) > n + 50)
    finally:
        writers.end()
    eq(missing(server, writers), [], "what was acknowledged is there")
    eq(writers.wrong, [], "no other answer was given")
    eq(server.stop(), 0, "it ends well")


e2e.run(all_at_once, one_worker)
