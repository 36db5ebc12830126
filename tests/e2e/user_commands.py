# SPDX-License-Identifier: ISC
"""The commands "user": what they do to the users of a real database, with a
password from standard input or from a terminal."""

import os
import pty
import select
import signal
import subprocess
import termios

import e2e
import pg
from e2e import eq, ok

APP = "tests/e2e/accounts_app"
CHEAP = ("--password-memory", "8192", "--password-passes", "1")
GOOD = "zufällig gewählt 7"


class Users:
    def __init__(self, dsn=None):
        self.dsn = dsn or "sqlite:" + e2e.fresh("db")
        eq(e2e.command(e2e.program(APP), "migrate", "--db", self.dsn)[0], 0,
           "migrate")

    def argv(self, *args):
        return [e2e.program(APP), "user", *args, "--db", self.dsn, *CHEAP,
                "--log-format", "json"]

    def run(self, *args, stdin=b""):
        p = subprocess.run(self.argv(*args), input=stdin, capture_output=True,
                           timeout=e2e.PATIENCE, env=e2e.environment())
        return p.returncode, p.stdout.decode(), p.stderr.decode()

    def list(self):
        status, out, err = self.run("list")
        eq((status, err), (0, ""), "list works")
        return [line.split("\t") for line in out.splitlines()]

    def request(self, method, path, body=None, header=None):
        argv = [e2e.program(APP), "request", method, path, "--db", self.dsn,
                *CHEAP, "-H", "Content-Type: application/x-www-form-urlencoded"]
        if body is not None:
            argv += ["-d", body]
        if header:
            argv += ["-H", header]
        status, out, err = e2e.command(*argv)
        eq(status, 0, method + " " + path + " is run" + err)
        return out

    def log_in(self, name, password):
        return int(self.request("POST", "/in", "name=%s&password=%s" % (
            name, password.replace(" ", "+")))[:3])


def refused(answer, status, text, name):
    ok(answer[0] == status and answer[1] == "" and text in answer[2] and
       answer[2].startswith("accounts: "), name, answer)


def without_password(dsn=None):
    """For those who come by a token: nobody gets in by typing something."""
    u = Users(dsn)
    status, out, err = u.run("add", "Eve", "--role", "reader",
                             "--no-password", stdin=GOOD.encode() + b"\n")
    eq((status, out), (0, "1\n"), "add without a password")
    eq((u.log_in("eve", GOOD), u.log_in("eve", "")), (401, 401),
       "and none is right")
    eq(u.list()[0][1:4], ["Eve", "-", "reader"], "the rest is there")
    refused(u.run("passwd", "eve", "--no-password"), 64, "--no-password",
            "passwd asks for one")
    eq(u.run("passwd", "eve", stdin=GOOD.encode() + b"\n")[0], 0,
       "it can be given later")
    eq(u.log_in("eve", GOOD), 204, "and is right then")


def each(dsn=None):
    u = Users(dsn)
    eq(u.list(), [], "there is nobody")
    status, out, err = u.run("add", "Ann", "--email", "ann@example.org",
                             "--role", "editor", "--role", "reader",
                             stdin=GOOD.encode() + b"\nand more\n")
    eq((status, out), (0, "1\n"), "add prints the id")
    ok('"event":"create"' in err and '"peer":"local"' in err and
       '"event":"grant"' in err and GOOD not in err,
       "add: the log says what was done, without the password", err)
    eq(u.list(), [["1", "Ann", "ann@example.org", "editor reader", "-",
                   "enabled"]], "list")
    eq(u.log_in("ann", GOOD), 204, "the password is the line that was given")
    ok(u.list()[0][4].startswith("20"), "list: the last login", u.list())

    # What is wrong is said, and nothing of it is done.
    for args, stdin, text in (
            (("add", "ann"), GOOD, "name: another one has this value"),
            (("add", "x@y"), GOOD, "name: "),
            (("add", "ben", "--email", "ben"), GOOD, "email: "),
            (("add", "ben", "--role", "king"), GOOD, "there is no role king"),
            (("add", "ben"), "short", "password: "),
            (("add", "ben"), "", "a password is expected"),
            (("add", "ben"), "x" * 1025, "1024 bytes at most"),
            (("add", "ben"), "nul\0in it", "no NUL"),
            (("passwd", "ben"), GOOD, "there is no user ben"),
            (("passwd", "ann"), "short", "password: "),
            (("grant", "ann", "king"), "", "there is no role king"),
            (("grant", "ben", "editor"), "", "there is no user ben"),
            (("disable", "ben"), "", "there is no user ben"),
            (("delete", "ben"), "", "there is no user ben")):
        refused(u.run(*args, stdin=stdin.encode()), 65, text,
                "refused: " + " ".join(args) + " < " + repr(stdin[:12]))
    eq(len(u.list()), 1, "nothing of that was done")
    for args in (("add",), ("add", "a", "b"), ("grant", "a"), ("list", "x")):
        eq(u.run(*args)[0], 64, "usage: " + " ".join(args))

    eq(u.run("revoke", "ann@example.org", "editor")[0], 0,
       "revoke, by address")
    eq(u.list()[0][3], "reader", "revoke")
    eq(u.run("grant", "ANN", "editor")[0], 0, "grant")
    eq(u.list()[0][3], "editor reader", "grant")

    eq(u.run("passwd", "ann", stdin=b"another one of 2\n")[0], 0, "passwd")
    eq(u.log_in("ann", GOOD), 401, "passwd: the old one is over")
    eq(u.log_in("ann", "another one of 2"), 204, "passwd: the new one holds")
    answer = u.request("POST", "/in", "name=ann&password=another+one+of+2")
    cookie = "Cookie: " + answer.split("Set-Cookie: ")[1].split(";")[0]
    ok('"name":"Ann"' in u.request("GET", "/who", header=cookie),
       "a session begins")
    eq(u.run("disable", "ann")[0], 0, "disable")
    eq(u.list()[0][5], "disabled", "disable: in the list")
    ok('"name":null' in u.request("GET", "/who", header=cookie),
       "disable: the session is over")
    eq(u.log_in("ann", "another one of 2"), 401, "disable: no login")
    eq(u.run("enable", "ann")[0], 0, "enable")
    eq(u.log_in("ann", "another one of 2"), 204, "enable: a login")
    ok('"name":null' in u.request("GET", "/who", header=cookie),
       "enable: the session of before stays over")
    eq(u.run("delete", "ann")[0], 0, "delete")
    eq(u.list(), [], "delete")


def sqlite():
    each()


def postgresql():
    if pg.bindir():
        with pg.Server() as server:
            each(server.dsn)


# ---- a terminal ----------------------------------------------------------------

class Terminal:
    """A command on a terminal of its own; output is what a screen shows."""

    def __init__(self, argv):
        self.fd, child = pty.openpty()
        self.slave = child
        self.shown = b""
        self.p = subprocess.Popen(argv, stdin=child, stdout=child,
                                  stderr=child, start_new_session=True,
                                  env=e2e.environment())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read(self):
        if select.select([self.fd], [], [], 0.05)[0]:
            self.shown += os.read(self.fd, 4096)
        return self.shown

    def answer(self, prompt, text):
        e2e.wait_for(prompt, lambda: self.read().endswith(prompt.encode()))
        quiet = not self.echoes()
        os.write(self.fd, text.encode() + b"\n")
        return quiet

    def end(self):
        e2e.wait_for("its end", lambda: (self.read(), self.p.poll())[1]
                     is not None)
        while select.select([self.fd], [], [], 0)[0]:
            self.shown += os.read(self.fd, 4096)
        return self.p.returncode

    def close(self):
        os.close(self.slave)
        os.close(self.fd)


def terminal():
    u = Users()
    t = Terminal(u.argv("add", "ann"))
    quiet = t.answer("Password: ", GOOD), t.answer("Again: ", GOOD)
    eq((t.end(), quiet), (0, (True, True)), "typed twice, without echo")
    ok(GOOD.encode() not in t.shown, "the screen does not show it", t.shown)
    ok(t.echoes(), "the terminal echoes again")
    t.close()
    eq(u.log_in("ann", GOOD), 204, "it is the one that was typed")

    t = Terminal(u.argv("add", "ben"))
    t.answer("Password: ", GOOD)
    t.answer("Again: ", GOOD + "x")
    eq(t.end(), 65, "two that differ are refused")
    ok(b"these are two passwords" in t.shown, "and it is said why", t.shown)
    ok(t.echoes(), "the terminal echoes again, refused")
    t.close()

    t = Terminal(u.argv("add", "ben"))
    e2e.wait_for("a prompt", lambda: t.read().endswith(b"Password: "))
    os.kill(t.p.pid, signal.SIGINT)
    eq(t.end(), -signal.SIGINT, "an interrupt ends it")
    ok(t.echoes(), "the terminal echoes again, interrupted")
    t.close()
    eq(len(u.list()), 1, "only the first one was made")


# ---- many, and none --------------------------------------------------------------

def many():
    u = Users()
    with e2e.open_db(u.dsn.split(":", 1)[1]) as db:
        db.execute("WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1"
                   " FROM k WHERE i < 1001) INSERT INTO stile_user (name,"
                   " name_key, password, created) SELECT 'u' || i, 'u' || i,"
                   " '', 0 FROM k")
        db.commit()
    eq([line[1] for line in u.list()], ["u%d" % i for i in range(1, 1002)],
       "all of many are listed, in their order")


def without_users():
    db = e2e.new_db()
    status, out, err = e2e.command(e2e.program(e2e.NOTES), "user", "list",
                                   "--db", "sqlite:" + db)
    eq((status, out), (78, ""), "an application without users has no list")
    ok("does not use stile_users" in err, "and it is said why", err)


def without_tables():
    for path, text in ((e2e.fresh("db"), "no such file"),
                       (e2e.fresh("db"), "migrations are pending; 'accounts "
                        "migrate' applies them")):
        if text[0] == "m":
            with e2e.open_db(path) as db:
                db.execute("CREATE TABLE x (a)")
                db.commit()
        status, out, err = e2e.command(e2e.program(APP), "user", "list",
                                       "--db", "sqlite:" + path)
        ok((status, out) == (65, "") and text in err, "without tables: " +
           text, status, out, err)


def routes():
    status, out, err = e2e.command(e2e.program(APP), "routes")
    eq([line.split()[:3] for line in out.splitlines()
        if line.split()[1] in ("/in", "/count", "/read")],
       [["POST", "/in", "anyone"], ["POST", "/count", "-"],
        ["GET", "/read", "notes.read"]], "routes: who may call what")


e2e.run(sqlite, postgresql, without_password, terminal, many, without_users,
        without_tables, routes)
