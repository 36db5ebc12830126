# SPDX-License-Identifier: ISC
"""The commands "migrate" and "db": what they do to a real database."""

import glob
import json
import os
import pty
import resource
import select
import signal
import sqlite3
import subprocess
import threading

import e2e
import pg
from e2e import Fcgi, eq, ok

SHELF = "tests/e2e/dump_app"
TOGETHER = 10           # processes that start at once

# Rows that are hard to move; what SQLite takes and the columns mean.
HARD = """
INSERT INTO author (id, name, best) VALUES (1, 'A', NULL), (5, 'B', 7),
    (9223372036854775800, char(0x1F600) || char(10, 34, 92, 9), NULL);
INSERT INTO author (id, name) VALUES (9223372036854775806, 'gone');
DELETE FROM author WHERE name = 'gone';
INSERT INTO book (id, author, part_of, title, cover, extra, bought, is_read,
    weight, pages) VALUES
    (-9223372036854775808, 5, 7, '', x'', '{"a":  [1e2, "\\u00e9"]}', 0, 1,
     0.1, 9223372036854775806),
    (7, 5, 7, 'other words', x'00ff0a27', 'null', -62135596800000, 0,
     -1.5e-300, -9223372036854775808),
    (8, 1, 7, 'the same words', NULL, NULL, 253402300799999, NULL,
     1.7976931348623157e308, NULL),
    (9, 1, NULL, 'x', NULL, '[]', 1763856000123, 0, 9e999, 0);
INSERT INTO alias VALUES (1, 'z'), (5, 'Z'), (1, 'a'), (5, 'ä');
DELETE FROM change;
INSERT INTO change VALUES (3), (NULL), (1);
"""


def notes(db, *argv, **popen):
    return e2e.command(e2e.program(e2e.NOTES), *argv, "--db", "sqlite:" + db,
                       **popen)


def shelf(db, *argv, **popen):
    dsn = db if db.startswith("postgresql:") else "sqlite:" + db
    return e2e.command(e2e.program(SHELF), *argv, "--db", dsn, **popen)


def new_shelf(db=None, rows=""):
    db = db or e2e.fresh("db")
    for to in ("1", "library:1"):
        status, out, err = shelf(db, "migrate", "--to", to)
        if status != 0:
            raise AssertionError("migrate: %d: %s" % (status, err))
    if rows:
        with e2e.open_db(db) as c:
            c.executescript(rows)
    return db


def dump_of(db):
    status, out, err = shelf(db, "db", "dump")
    if status != 0 or err:
        raise AssertionError("db dump: %d: %s" % (status, err))
    return out


def load_into(db, text, *options):
    path = e2e.fresh("dump")
    with open(path, "w", newline="\n") as f:
        f.write(text)
    return shelf(db, "db", "load", path, *options)


def failed(name, got, want, *words):
    status, out, err = got
    ok(status == want and out == "" and e2e.one_line(err) and
       all(w in err for w in words), name, status, out, err)


# ---- migrations -------------------------------------------------------------

def migrate_together(dsn, check):
    """Ten at once, two kinds of them: each migration is applied once."""
    argv = [e2e.program(e2e.NOTES), "migrate", "--db", dsn]
    started = [subprocess.Popen(argv, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE,
                                env=e2e.environment())
               for i in range(TOGETHER)]
    ended = [p.communicate(timeout=e2e.PATIENCE) for p in started]
    eq([p.returncode for p in started], [0] * TOGETHER,
       check + ": ten commands at once all end well")
    lines = b"".join(out for out, err in ended).decode().splitlines()
    eq(sorted(line.split(":")[0] for line in lines if "applied" in line),
       ["notes 0001_note", "notes 0002_note_version"],
       check + ": and each migration is applied once")


def serve_together(dsn, check):
    socks = [e2e.fresh("sock") for i in range(TOGETHER)]
    servers = [e2e.Server(argv=[
        e2e.program(e2e.NOTES), "serve", "--migrate", "--listen",
        "unix:" + sock, "--log-format", "json", "--workers", "1", "--db", dsn],
        db="none", sock=sock, wait=False) for sock in socks]
    for server in servers:
        server.wait_serving()
    applied = [line["name"] for server in servers for line in server.lines()
               if line.get("msg") == "migrated"]
    eq(sorted(applied), ["0001_note", "0002_note_version"],
       check + ": ten servers at once apply each migration once")
    a = e2e.fcgi_ask(socks[0], "POST", "/notes", b'{"title":"x"}')
    eq(a.status, 201, check + ": one of them takes a note")
    a = e2e.fcgi_ask(socks[-1], "GET", "/notes")
    eq(len(a.json()), 1, check + ": another one has it")
    for server in servers:
        eq(server.stop(), 0, check + ": it stops")


def together():
    migrate_together("sqlite:" + e2e.fresh("db"), "sqlite")
    serve_together("sqlite:" + e2e.fresh("db"), "sqlite")


def reload():
    """With --migrate, what a reload finds pending is applied as well."""
    server = e2e.Server(e2e.NOTES, "--migrate")

    def said(msg):
        return [line for line in server.lines() if line.get("msg") == msg]
    eq(said("migrated"), [], "nothing was pending")
    notes(server.db, "migrate", "--to", "1")
    server.signal(signal.SIGHUP)
    e2e.wait_for("the reload", lambda: len(said("serving")) == 2 or
                 not server.alive())
    status, out, err = notes(server.db, "migrate", "--status")
    ok(": pending" not in out and out.count(": applied") == 2,
       "applied at a reload", status, out, err)
    eq(e2e.fcgi_ask(server.sock, "POST", "/notes", b'{"title":"x"}').status,
       201, "and it serves")


def serve_refuses():
    """What --migrate cannot do, or was not told to do."""
    path = e2e.new_db()
    notes(path, "migrate", "--to", "1")
    sock = e2e.fresh("sock")
    failed("pending, without --migrate: no server",
           notes(path, "serve", "--listen", "unix:" + sock), 65, "pending")
    with e2e.open_db(path) as c:
        c.execute("UPDATE stile_migration SET sql = 'other'")
    failed("changed, with --migrate: no server",
           notes(path, "serve", "--migrate", "--listen", "unix:" + sock), 65,
           "0001_note", "changed")
    ok(not os.path.exists(sock), "no socket is made")


def tables(db):
    with e2e.open_db(db) as c:
        return {name for name, in c.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'")}


def down():
    db = new_shelf()
    ok({"book", "card"} <= tables(db), "two applications' tables are there")
    status, out, err = shelf(db, "migrate", "--to", "library:0", "-n")
    eq((status, out), (0, "library 0001_card: to be undone\t-\n"),
       "--dry-run tells what would be undone")
    ok("card" in tables(db), "and undoes nothing")
    status, out, err = shelf(db, "migrate", "--to", "library:0")
    ok(status == 0 and out.startswith("library 0001_card: undone\t"),
       "the mounted one's is undone", status, out, err)
    ok("card" not in tables(db) and "book" in tables(db),
       "and only that", tables(db))
    status, out, err = shelf(db, "migrate", "--to", "0")
    eq(tables(db) & {"book", "author", "alias", "word"}, set(),
       "without a name it is the program's own")
    status, out, err = shelf(db, "migrate", "-n")
    eq([line.split(":")[0] for line in out.splitlines()],
       ["shelf 0001_shelf", "shelf 0002_slow", "library 0001_card"],
       "all are pending again")
    failed("a number that is none", shelf(db, "migrate", "--to", "9"), 65,
           "shelf has no migration 9")
    new_shelf(db)
    with e2e.open_db(db) as c:
        c.execute("UPDATE stile_migration SET sql = sql || ' '")
    failed("a changed one is not undone", shelf(db, "migrate", "--to", "0"),
           65, "0001_shelf", "changed")
    ok("book" in tables(db), "its tables are still there")


# ---- progress ---------------------------------------------------------------

def on_terminal(*argv, until=None, then=None):
    """Standard error is a terminal: what came over it, and the status."""
    main, terminal = pty.openpty()
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=terminal,
                         env=e2e.environment())
    os.close(terminal)
    seen = b""
    while True:
        ready, _, _ = select.select([main], [], [], e2e.PATIENCE)
        if not ready:
            p.kill()
            raise AssertionError("nothing more came after %r" % seen)
        try:
            data = os.read(main, 4096)
        except OSError:         # the other end is closed
            break
        if not data:
            break
        seen += data
        if until and until in seen and then:
            then()
            then = None
    os.close(main)
    out = p.communicate(timeout=e2e.PATIENCE)[0]
    return seen, out.decode(), p.returncode


def progress():
    db = new_shelf()
    seen, out, status = on_terminal(e2e.program(SHELF), "migrate", "--db",
                                    "sqlite:" + db)
    ok(status == 0 and b"0002_slow: 1 s" in seen,
       "a long migration is seen on a terminal", status, seen)
    ok(seen.endswith(b"\r\x1b[K"), "and its line is taken away", seen)
    ok(out.startswith("shelf 0002_slow: applied\t"), "standard output is as "
       "ever", out)
    lock = e2e.Lock(db)
    seen, out, status = on_terminal(
        e2e.program(SHELF), "db", "vacuum", "--db", "sqlite:" + db,
        "--db-busy-ms", "60000", until=b"db vacuum: 1 s", then=lock.release)
    ok(status == 0 and b"db vacuum: 1 s" in seen, "so is a long command",
       status, seen)
    status, out, err = shelf(db, "migrate", "--to", "1")
    eq((status, err), (0, ""), "nothing of it in a pipe")


# ---- backup -----------------------------------------------------------------

class Writer(threading.Thread):
    """Adds notes, one after another, until it is told to end."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock = sock
        self.done = 0           # as many were acknowledged
        self.bad = None
        self.ending = threading.Event()

    def run(self):
        c = Fcgi(self.sock)
        while not self.ending.is_set():
            a = c.request("POST", "/notes", b'{"title":"%d"}' % self.done)
            if a.status != 201:
                self.bad = a
                break
            self.done += 1

    def end(self):
        self.ending.set()
        self.join(e2e.PATIENCE)


def while_it_serves():
    server = e2e.Server(e2e.NOTES)
    with e2e.open_db(server.db) as c:
        # Enough pages that it takes more than one step.
        c.execute("CREATE TABLE ballast AS WITH RECURSIVE i(n) AS (SELECT 1 "
                  "UNION ALL SELECT n + 1 FROM i WHERE n < 20000) "
                  "SELECT randomblob(1000) AS b FROM i")
    writer = Writer(server.sock)
    writer.start()
    for command in ("backup", "vacuum", "backup"):
        e2e.wait_for("some notes", lambda n=writer.done:
                     writer.done > n + 5 or writer.bad)
        before = writer.done
        path = e2e.fresh("backup")
        status, out, err = notes(server.db, "db", command, path)
        after = writer.done
        eq((status, out, err), (0, "", ""), command + " under writes")
        eq(os.stat(path).st_mode & 0o777, 0o600, "its owner's alone")
        with e2e.open_db(path) as c:
            eq(c.execute("PRAGMA integrity_check").fetchall(), [("ok",)],
               "it is whole")
            rows = c.execute("SELECT id, title FROM note ORDER BY id")
            rows = rows.fetchall()
        eq(rows, [(i + 1, str(i)) for i in range(len(rows))],
           "it has the first notes, without a gap")
        ok(before <= len(rows) <= after + 1, "all that were there before, "
           "none that came after", before, len(rows), after)
    writer.end()
    ok(writer.bad is None and writer.done > 20, "writing went on", writer.bad,
       writer.done)
    eq(server.stop(), 0, "the server stops")
    other = e2e.Server(e2e.NOTES, db=path)
    eq(len(other.rows()), len(rows), "a backup serves")


def backup_fails():
    db = e2e.new_db()
    path = e2e.fresh("backup")
    with open(path, "w") as f:
        f.write("precious")
    failed("what is there is not written over", notes(db, "db", "backup",
           path), 74, path, "File exists")
    with open(path) as f:
        eq(f.read(), "precious", "it is as it was")
    eq(notes(db, "db", "backup", "--force", path), (0, "", ""),
       "with --force it is replaced")
    with e2e.open_db(path) as c:
        eq(c.execute("SELECT count(*) FROM note").fetchone(), (0,),
           "by the backup")
    failed("no such folder", notes(db, "db", "backup", "/none/x"), 74,
           "/none/x", "No such file")
    failed("no database", notes(db + "x", "db", "backup", path + "x"), 65,
           db + "x", "no such file")
    ok(not os.path.exists(path + "x"), "nothing is made of nothing")

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
    failed("no room", notes(db, "db", "backup", path + "y",
                            preexec_fn=little_room), 74)
    eq(glob.glob(path + "y*"), [], "nothing of it is left")


# ---- check, vacuum, shell ---------------------------------------------------

def check():
    db = new_shelf(rows=HARD)
    status, out, err = shelf(db, "db", "check")
    ok(status == 65 and out == "1 migration is pending\n" and
       "1 problem\n" in err, "a pending migration is a problem", status, out,
       err)
    shelf(db, "migrate")
    status, out, err = shelf(db, "db", "check")
    eq((status, out, err),
       (0, "file, references and migrations: no problem\n", ""),
       "all is well")
    with e2e.open_db(db) as c:
        c.execute("INSERT INTO alias VALUES (77, 'nobody')")
        c.execute("INSERT INTO book (id, author, title) VALUES (50, 78, '')")
    status, out, err = shelf(db, "db", "check")
    ok(status == 65 and sorted(out.splitlines()) == [
        "table alias: refers to a row of author that is not there",
        "table book, row 50: refers to a row of author that is not there"] and
       "2 problems" in err, "rows that refer to nothing", status, out, err)
    db = e2e.new_db()
    with e2e.open_db(db) as c:
        c.execute("CREATE INDEX i ON note (title)")
        c.executemany("INSERT INTO note (title) VALUES (?)",
                      (("t%d" % i * 20,) for i in range(2000)))
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = c.execute("SELECT rootpage FROM sqlite_schema WHERE "
                         "name = 'i'").fetchone()[0]
        size = c.execute("PRAGMA page_size").fetchone()[0]
    with open(db, "r+b") as f:
        f.seek((page - 1) * size + 100)
        f.write(b"\xff" * (size - 100))
    status, out, err = notes(db, "db", "check")
    ok(status == 65 and (out or "malformed" in err), "a damaged index",
       status, out[:500], err)


def vacuum():
    db = e2e.new_db()
    with e2e.open_db(db) as c:
        c.execute("CREATE TABLE ballast AS SELECT randomblob(3000000) AS b")
        c.execute("DROP TABLE ballast")
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = os.path.getsize(db)
    path = e2e.fresh("small")
    eq(notes(db, "db", "vacuum", path), (0, "", ""), "vacuum FILE")
    ok(before > 3000000 > 100000 > os.path.getsize(path),
       "a copy without what was deleted", before)
    failed("not over a file", notes(db, "db", "vacuum", path), 74, "exists")
    eq(notes(db, "db", "vacuum"), (0, "", ""), "vacuum")
    ok(os.path.getsize(db) < 100000, "the space is given back")


def shell():
    db = e2e.new_db()
    if e2e.need("SQLITE3", "sqlite3"):
        def sqlite(sql):
            return e2e.command(e2e.program(e2e.NOTES), "db", "shell", "--db",
                               "sqlite:" + db, "--", "-readonly", sql)
        status, out, err = sqlite("SELECT name FROM stile_migration")
        eq((status, out), (0, "0001_note\n0002_note_version\n"),
           "sqlite3 on the right file")
        status, out, err = sqlite("DELETE FROM stile_migration")
        ok(status != 0 and "readonly" in err, "with arguments", status, err)
    failed("no sqlite3", notes(db, "db", "shell", env={"PATH": "/none"}), 70,
           "package sqlite3")
    failed("no psql", e2e.command(
        e2e.program(e2e.NOTES), "db", "shell", "--db",
        "postgresql:host=/none", env={"PATH": "/none"}), 70,
        "package postgresql-client")
    failed("no database", notes(db + "x", "db", "shell"), 65, db + "x")
    ok(not os.path.exists(db + "x"), "none is made")


# ---- dump and load ----------------------------------------------------------

def there_and_back():
    one = new_shelf(rows=HARD)
    text = dump_of(one)
    lines = [json.loads(line) for line in text.splitlines()]
    eq([line["table"] for line in lines if isinstance(line, dict) and
        "table" in line], ["book", "author", "alias", "card", "change"],
       "tables, but those that are made from others")
    eq(lines[-1], {"rows": 14}, "the last line counts the rows")
    author = next(line for line in lines if isinstance(line, dict) and
                  line.get("table") == "author")
    eq(author["last"], {"id": 9223372036854775806}, "the last number given")
    ok([7, 5, 7, "other words", {"blob": "AP8KJw=="}, {"json": "null"},
        {"time": "0001-01-01T00:00:00.000Z"}, False, -1.5e-300,
        -9223372036854775808] in lines, "a row", text)

    two = new_shelf()
    eq(load_into(two, text), (0, "", ""), "it is loaded")
    eq(dump_of(two), text, "and dumped again, to the byte")
    with e2e.open_db(two) as c:
        eq(c.execute("SELECT rowid FROM word WHERE word MATCH 'same'")
           .fetchall(), [(8,)], "the index of words is there")
        eq(c.execute("SELECT count(*) FROM change").fetchone(), (3,),
           "no trigger has fired")
        eq(c.execute("SELECT pages, next_page FROM book WHERE id = 7")
           .fetchone(), (-2 ** 63, -2 ** 63 + 1), "columns are generated")
        eq(c.execute("INSERT INTO author (name) VALUES ('new') RETURNING id")
           .fetchone(), (2 ** 63 - 1,), "no number is given twice")
        eq(c.execute("PRAGMA foreign_key_check").fetchall(), [],
           "all references are right")
    failed("not into rows", load_into(two, text), 74, "has rows already")
    eq(load_into(two, text, "--replace"), (0, "", ""), "with --replace it is")
    eq(dump_of(two), text, "the same again")
    with open(e2e.fresh("dump"), "w+") as f:
        f.write(text)
        f.seek(0)
        p = subprocess.run([e2e.program(SHELF), "db", "load", "-r", "--db",
                            "sqlite:" + two], stdin=f, capture_output=True,
                           env=e2e.environment(), timeout=e2e.PATIENCE)
        eq((p.returncode, p.stderr), (0, b""), "from standard input")
    eq(dump_of(two), text, "the same again")


def load_fails():
    text = dump_of(new_shelf(rows=HARD))
    lines = text.splitlines(True)
    db = new_shelf(rows="INSERT INTO card VALUES (5)")
    before = dump_of(db)

    def broken(name, changed, *words):
        failed(name, load_into(db, "".join(changed), "-r"), 65, *words)
        eq(dump_of(db), before, name + ": what was there is there")
    at = next(i for i, line in enumerate(lines) if '"other words"' in line)
    broken("a broken line", lines[:at] + ["[1,\n"] + lines[at:],
           "line %d: table book: json: byte 4" % (at + 1))
    broken("a wrong table", lines[:1] + [lines[1].replace("book", "shoe")] +
           lines[2:], "line 2: there is no table shoe")
    broken("a virtual one", lines[:1] + [
        '{"table":"word","columns":["title"]}\n'] + lines[1:],
        "line 2: there is no table word")
    broken("a generated column", lines[:1] +
           [lines[1].replace("pages", "next_page")] + lines[2:],
           "line 2: table book: the table has no column next_page")
    broken("a wrong value", lines[:at] +
           [lines[at].replace("0001-01-01T", "0001-13-01T")] + lines[at + 1:],
           "line %d: table book: column bought: not a value" % (at + 1))
    broken("a row twice", lines[:at + 1] + lines[at:],
           "line %d: table book" % (at + 2), "UNIQUE")
    broken("a parent that is missing", [
        line for line in lines if not line.startswith('[1,"A"')][:-1] +
        ['{"rows":13}\n'], "refers to a row of table author that is not "
        "there")
    broken("a line that is missing", lines[:at] + lines[at + 1:],
           "line %d: the dump had 14 rows, and 13 have come" %
           (len(lines) - 1))
    broken("its end is missing", lines[:-1], "line %d: table change: the dump "
           "ends before" % len(lines))
    broken("another schema", [lines[0].replace("0001_shelf", "0001_other")] +
           lines[1:], "line 1: other migrations are applied here",
           "0001_other", "0001_shelf")
    broken("something else", ["%PDF-1.7\n"], "line 1: json: byte 1")
    broken("nothing", [], "line 1: the dump ends")
    failed("a missing file", shelf(db, "db", "load", "/none/dump"), 74,
           "/none/dump")
    failed("a missing database", shelf(db + "x", "db", "load", "/dev/null"),
           65, db + "x")
    with open("/dev/full", "w") as full:
        p = subprocess.run([e2e.program(SHELF), "db", "dump", "--db",
                            "sqlite:" + db], stdout=full, timeout=e2e.PATIENCE,
                           stderr=subprocess.PIPE, env=e2e.environment())
    ok(p.returncode == 74 and b"No space left" in p.stderr, "a full disk: the "
       "dump fails", p)

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))
    big = new_shelf()
    rows = ['[%d]\n' % i for i in range(100000)]
    status, out, err = load_into_limited(
        big, "".join(lines[:1] + ['{"table":"card","columns":["n"]}\n'] +
                     rows + ['{"rows":100000}\n']), little_room)
    ok(status in (65, 74) and e2e.one_line(err), "no room: the load fails",
       status, err)
    with e2e.open_db(big) as c:
        eq(c.execute("SELECT count(*) FROM card").fetchone(), (0,),
           "and leaves nothing")


def load_into_limited(db, text, limit):
    path = e2e.fresh("dump")
    with open(path, "w") as f:
        f.write(text)
    return shelf(db, "db", "load", path, preexec_fn=limit)


def memory_of(argv, stdout):
    """The most that a command had in memory, in kB, and its status."""
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout,
                         env=e2e.environment(
                             ASAN_OPTIONS="quarantine_size_mb=1:"
                             "log_path=%s/san" % e2e.tmp))
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss, p.returncode


def large():
    """Many rows need no more memory than few."""
    used = {}
    for rows in (100, 40000):
        db, copy, path = new_shelf(), new_shelf(), e2e.fresh("dump")
        with e2e.open_db(db) as c:
            c.execute("WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1"
                      " FROM i WHERE n < ?) INSERT INTO author (id, name)"
                      " SELECT n, hex(randomblob(500)) FROM i", (rows,))
        with open(path, "wb") as f:
            dumped, status = memory_of([e2e.program(SHELF), "db", "dump",
                                        "--db", "sqlite:" + db], f)
        eq(status, 0, "%d rows are dumped" % rows)
        loaded, status = memory_of([e2e.program(SHELF), "db", "load", path,
                                    "--db", "sqlite:" + copy], None)
        eq(status, 0, "and loaded")
        used[rows] = dumped, loaded
        with open(path) as f:
            ok(f.read() == dump_of(copy), "all of them")
    ok(all(many < few + 20000 for few, many in zip(used[100], used[40000])),
       "40 MB of them take less than 20 MB more memory", used)


# ---- PostgreSQL -------------------------------------------------------------

def postgresql():
    if pg is None:
        return e2e.skip("PostgreSQL", "its engine is not here")
    if not pg.bindir():
        return None
    with pg.Server() as server:
        for n in range(3):
            server.sql("CREATE DATABASE d%d" % n)
        d = ["postgresql:" + server.conninfo("d%d" % n) for n in range(3)]
        migrate_together(d[0], "postgresql")
        eq(server.sql("SELECT count(*) FROM stile_migration", "d0"), "2",
           "postgresql: both are noted")
        e2e.command(e2e.program(e2e.NOTES), "migrate", "--to", "0", "--db",
                    d[0])
        eq(server.sql("SELECT to_regclass('note') IS NULL", "d0"), "t",
           "postgresql: and undone")
        serve_together(d[0], "postgresql")
        pg_moves(server, d[1])
        pg_commands(server, d[1])
        pg_refuses(server, d[2])


def pg_moves(server, dsn):
    """SQLite to PostgreSQL and back, to the byte."""
    text = dump_of(new_shelf(rows=HARD))
    new_shelf(dsn)
    before = server.sql("SELECT conname, condeferrable, condeferred FROM "
                        "pg_constraint ORDER BY 1", "d1")
    eq(load_into(dsn, text), (0, "", ""), "postgresql: it is loaded")
    moved = dump_of(dsn)
    eq(moved.splitlines()[0],
       text.splitlines()[0].replace("sqlite", "postgresql"),
       "postgresql: the same migrations")
    eq(moved.splitlines()[1:], text.splitlines()[1:],
       "postgresql: the same rows")
    back = new_shelf()
    eq(load_into(back, moved), (0, "", ""), "and back")
    eq(dump_of(back), text, "to the byte")
    eq(server.sql("SELECT title, cover, weight, pages, bought AT TIME ZONE "
                  "'UTC', next_page FROM book WHERE id = 7", "d1"),
       "other words|\\x00ff0a27|-1.5e-300|-9223372036854775808|"
       "0001-01-01 00:00:00|-9223372036854775807",
       "postgresql: a row as it should be")
    eq(server.sql("SELECT count(*) FROM change", "d1"), "3",
       "postgresql: no trigger has fired")
    eq(server.sql("SELECT conname, condeferrable, condeferred FROM "
                  "pg_constraint ORDER BY 1", "d1"), before,
       "postgresql: constraints are as they were")
    server.sql("INSERT INTO book (id, author, title) VALUES (70, 1, 'x')",
               "d1")
    eq(server.sql("SELECT count(*) FROM change WHERE book = 70", "d1"), "1",
       "postgresql: triggers are as they were")
    eq(server.sql("INSERT INTO author (name) VALUES ('new') RETURNING id",
                  "d1"), str(2 ** 63 - 1),
       "postgresql: no number is given twice")
    failed("postgresql: not into rows", load_into(dsn, text), 74,
           "has rows already")
    eq(load_into(dsn, text, "--replace"), (0, "", ""),
       "postgresql: with --replace it is")
    eq(dump_of(dsn), moved, "postgresql: the same again")
    lines = text.splitlines(True)
    at = next(i for i, line in enumerate(lines) if '"other words"' in line)
    for name, changed, words in (
            ("a wrong type", lines[:at] + [lines[at].replace(
                ",false,", ',"maybe",')] + lines[at + 1:],
             ("line %d: table book" % (at + 1), "maybe")),
            ("a NUL", lines[:at] + [lines[at].replace(
                "other words", "\\u0000")] + lines[at + 1:],
             ("line %d: table book: column title: a text with a NUL" %
              (at + 1),)),
            ("a parent that is missing", [
                line for line in lines if not line.startswith('[1,"A"')][:-1] +
             ['{"rows":13}\n'], ("foreign key",)),
            ("its end is missing", lines[:-1],
             ("line %d" % len(lines), "ends before its last line"))):
        failed("postgresql: " + name, load_into(dsn, "".join(changed), "-r"),
               65, *words)
        eq(dump_of(dsn), moved, "postgresql: " + name + ": what was there is")
    # More than is fetched at once, and values that have no other name there.
    server.sql("INSERT INTO card SELECT n FROM generate_series(1, 1234) n",
               "d1")
    server.sql("UPDATE book SET weight = 'NaN' WHERE id = 7", "d1")
    many = dump_of(dsn)
    ok('{"number":"NaN"}' in many and many.count("\n[") == 14 + 1234,
       "postgresql: many rows", many[:300])


def pg_refuses(server, dsn):
    new_shelf(dsn)
    server.sql("INSERT INTO author (name) VALUES ('x'); INSERT INTO book "
               "(id, author, title, bought) VALUES (1, 1, 'x', "
               "'2026-01-01 00:00:00.000001Z')", "d2")
    for when in ("", "infinity", "2026-01-01 00:00:00.0005Z",
                 "0044-03-15 12:00:00Z BC", "12026-01-01 00:00:00Z"):
        if when:
            server.sql("UPDATE book SET bought = '%s'" % when, "d2")
        status, out, err = shelf(dsn, "db", "dump")
        ok(status == 65 and "table book, column bought: a time that is not in "
           "whole milliseconds" in err and e2e.one_line(err),
           "postgresql: a time that would be lost: " + when, status, err)
    server.sql("UPDATE book SET bought = '2026-01-01 00:00:00.001Z'", "d2")
    ok('{"time":"2026-01-01T00:00:00.001Z"}' in dump_of(dsn),
       "postgresql: milliseconds are kept")


def pg_commands(server, dsn):
    failed("postgresql: backup", shelf(dsn, "db", "backup", "/none/x"), 65,
           "pg_dump")
    failed("postgresql: vacuum FILE", shelf(dsn, "db", "vacuum", "/none/x"),
           65, "pg_dump")
    eq(shelf(dsn, "db", "vacuum"), (0, "", ""), "postgresql: vacuum")
    shelf(dsn, "migrate")
    eq(shelf(dsn, "db", "check"),
       (0, "migrations, indexes and constraints: no problem\n", ""),
       "postgresql: check")
    server.sql("ALTER TABLE alias ADD CONSTRAINT late CHECK (name <> 'q') "
               "NOT VALID", "d1")
    server.sql("CREATE INDEX broken ON alias (name)", "d1")
    server.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
               "'broken'::regclass", "d1")
    status, out, err = shelf(dsn, "db", "check")
    eq((status, out), (65, "index broken of table alias is not valid\n"
                       "constraint late of table alias was never checked\n"),
       "postgresql: check finds what is not valid")
    status, out, err = e2e.command(
        e2e.program(SHELF), "db", "shell", "--db", dsn, "--", "-Atc",
        "SELECT current_database()")
    eq((status, out), (0, "d1\n"), "postgresql: psql on the right one")


e2e.run(together, reload, serve_refuses, down, progress, while_it_serves,
        backup_fails, check, vacuum, shell, there_and_back, load_fails, large,
        postgresql)
