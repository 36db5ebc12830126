# SPDX-License-Identifier: ISC
"""A database that is missing, wrong, locked, read-only or full."""

import glob
import os
import resource
import time

import e2e
from e2e import Fcgi, eq, ok

NOTE = b'{"title":"x"}'
BIG = b'{"title":"big","body":"%s"}' % (b"x" * 60000)


def unprivileged():
    """What makes even root heed a file's mode; None where nothing does."""
    if os.getuid() != 0:
        return ()
    setpriv = e2e.need("SETPRIV", "setpriv")
    if not setpriv:
        return None
    # Root without capabilities: the build may be in a folder of root's alone.
    drop = (setpriv, "--bounding-set=-all", "--inh-caps=-all")
    path = e2e.fresh("probe")
    open(path, "w").close()
    os.chmod(path, 0o400)
    if e2e.command(*drop, "test", "-w", path)[0] != 0:
        return drop
    e2e.skip("read-only files", "capabilities cannot be dropped here")
    return None


def refused(name, words, db, prefix=()):
    server = e2e.Server(e2e.NOTES, db=db, wait=False, want=None,
                        prefix=prefix)
    status = server.wait()
    log = server.log()
    ok(status == 65 and e2e.one_line(log) and all(w in log for w in words),
       name + ": exit status 65 and one clear line", status, log)
    ok(not os.path.exists(server.sock), name + ": no socket is left")


def at_start():
    missing = e2e.fresh("db")
    refused("no database", [missing, "migrate"], missing)
    ok(not os.path.exists(missing), "none is made by the way")
    refused("no folder", [missing + "/x"], missing + "/x")
    refused("a folder", [e2e.tmp], e2e.tmp)

    path = e2e.fresh("db")
    with open(path, "wb") as f:
        f.write(b"This is a text, and it is long enough.\n" * 200)
    refused("not a database", [path, "not a database"], path)
    open(path, "wb").close()
    refused("an empty file", [path, "migrate"], path)

    path = e2e.new_db()
    with e2e.open_db(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("DELETE FROM stile_migration")
    refused("a pending migration", [path, "pending", "migrate"], path)
    path = e2e.new_db()
    with e2e.open_db(path) as db:
        db.execute("UPDATE stile_migration SET sql = sql || ' '")
    refused("a changed migration", ["0001_note", "changed"], path)
    path = e2e.new_db()
    with e2e.open_db(path) as db:
        db.execute("INSERT INTO stile_migration SELECT owner, version + 1, "
                   "'9999_new', sql, applied_ms FROM stile_migration "
                   "ORDER BY version DESC LIMIT 1")
    refused("a newer program's database", ["9999_new"], path)

    path = e2e.new_db()
    with open(path, "r+b") as f:
        f.truncate(5000)
    server = e2e.Server(e2e.NOTES, db=path, wait=False, want=None)
    e2e.wait_for("it to end or to serve", lambda: not server.alive() or
                 "serving" in server.log())
    if server.alive():
        a = e2e.fcgi_ask(server.sock, "GET", "/notes")
        eq(a.status, 500, "a truncated database: 500")
    else:
        eq(server.wait(), 65, "a truncated database: refused")


def read_only():
    drop = unprivileged()
    if drop is None:
        return
    path = e2e.new_db()
    os.chmod(path, 0o400)
    refused("a read-only file", [path, "read-only"], path, drop)

    # After the start: the first request of a thread opens the file.
    os.chmod(path, 0o600)
    server = e2e.Server(e2e.NOTES, "--threads", "1", db=path, prefix=drop)
    os.chmod(path, 0o400)
    a = e2e.fcgi_ask(server.sock, "POST", "/notes", NOTE)
    ok(a.status == 500 and a.is_problem() and path.encode() not in a.body,
       "read-only after the start: 500, and no path is told", a)
    ok(path in server.requests(1)[0]["cause"], "the log has it", server.log())
    # SQLite has given the files beside it the same mode.
    for name in glob.glob(path + "*"):
        os.chmod(name, 0o600)
    eq(e2e.fcgi_ask(server.sock, "POST", "/notes", NOTE).status, 201,
       "writable again: 201")
    eq(len(server.rows()), 1, "and stored")


def locked():
    server = e2e.Server(e2e.NOTES, "--db-busy-ms", "300", "--threads", "2")
    c = Fcgi(server.sock)
    c.request("POST", "/notes", b'{"title":"before"}')
    lock = e2e.Lock(server.db)
    start = time.monotonic()
    for method, path in (("POST", "/notes"), ("PUT", "/notes/1"),
                         ("PATCH", "/notes/1"), ("DELETE", "/notes/1")):
        a = c.request(method, path, NOTE if method != "DELETE" else b"")
        ok(a.status == 503 and a.is_problem() and a["Retry-After"] == "1" and
           a["Location"] is None,
           "locked, %s: 503 and Retry-After" % method, a)
    took = time.monotonic() - start
    ok(4 * 0.25 < took < 4 * 0.3 + 10, "each after db_busy_ms", took)
    a = c.request("GET", "/notes/1")
    eq((a.status, a.json()["title"]), (200, "before"), "locked, GET: 200")
    lock.release()
    eq(c.request("POST", "/notes", b'{"title":"after"}').status, 201,
       "unlocked: 201")
    eq([row[1] for row in server.rows()], ["before", "after"],
       "nothing was lost, and nothing was done late")

    # A lock that is released in time is not noticed.
    server.stop()
    server = e2e.Server(e2e.NOTES, "--db-busy-ms", "60000", "--threads", "4",
                        db=server.db)
    lock = e2e.Lock(server.db)
    waiting = [Fcgi(server.sock) for i in range(4)]
    for c in waiting:
        c.send(e2e.request("POST", "/notes", NOTE))
        c.wait_taken()
    ok(all(c.silent() for c in waiting), "writers wait for a lock")
    lock.release()
    eq([c.answer().status for c in waiting], [201] * 4, "and then write")
    eq(len(server.rows()), 6, "all of them")


def full():
    """No room: a limit of the size of files stands for a full disk."""
    server = e2e.Server(e2e.NOTES, "--workers", "1", "--threads", "1")
    c = Fcgi(server.sock)
    eq(c.request("POST", "/notes", NOTE).status, 201, "there is room")
    [worker] = server.workers()
    soft, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (300000, hard))
    good = 1
    for i in range(50):
        a = c.request("POST", "/notes", BIG)
        if a.status != 201:
            break
        good += 1
    ok(a.status in (500, 507) and a.is_problem(), "no more room: 507 or 500",
       a)
    eq(c.request("GET", "/notes/1").status, 200, "reading goes on")
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (soft, hard))
    eq(c.request("POST", "/notes", NOTE).status, 201, "room again: 201")
    eq(len(server.rows()), good + 1, "all that was answered 201 is there")
    eq(server.stop(), 0, "it stops")
    with e2e.open_db(server.db) as db:
        eq(db.execute("PRAGMA integrity_check").fetchone()[0], "ok",
           "the database is whole")


def killed():
    """What was answered before a SIGKILL is there after it."""
    server = e2e.Server(e2e.NOTES)
    c = Fcgi(server.sock)
    for i in range(20):
        c.request("POST", "/notes", b'{"title":"%d"}' % i)
    server.kill()
    server = e2e.Server(e2e.NOTES, db=server.db)
    a = e2e.fcgi_ask(server.sock, "GET", "/notes?limit=100")
    eq([n["title"] for n in a.json()], [str(i) for i in range(20)],
       "what was answered before a SIGKILL is there after it")
    # A copy taken with SQLite's own means while it serves is whole.
    copy = e2e.fresh("copy")
    with e2e.open_db(server.db) as db:
        db.execute("VACUUM INTO ?", (copy,))
    other = e2e.Server(e2e.NOTES, db=copy)
    eq(len(other.rows()), 20, "a copy made by VACUUM INTO serves")


e2e.run(at_start, read_only, locked, full, killed)
