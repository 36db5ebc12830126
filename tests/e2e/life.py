# SPDX-License-Identifier: ISC
"""What the tests of a server's life share: life_app, copies of it, clients."""

import os
import signal
import socket
import threading

import e2e

APP = "tests/e2e/life_app"
MARK = b"life-version="
ROOM = 14


def new_db():
    path = e2e.fresh("db")
    status, out, err = e2e.command(e2e.program(APP), "migrate", "--db",
                                   "sqlite:" + path)
    if status != 0:
        raise AssertionError("migrate: %d: %s%s" % (status, out, err))
    return path


def crash_environment(**more):
    """A crash is wanted, and no report of a sanitizer about it."""
    env = e2e.environment(**more)
    env["ASAN_OPTIONS"] = "handle_segv=0:handle_abort=0:" + env["ASAN_OPTIONS"]
    return env


class Life(e2e.Server):
    """The application, from the build or from a copy of it."""

    def __init__(self, *options, program=APP, db=None, **more):
        super().__init__(program, *options, db=db or new_db(), **more)

    def said(self, msg):
        return [line for line in self.lines() if line["msg"] == msg]

    def wait_said(self, msg, n=1):
        """Wait until it has been in the log n times; all of them."""
        def found():
            lines = self.said(msg)
            return lines if len(lines) >= n else None
        return e2e.wait_for("%d times '%s' in the log" % (n, msg), found)

    def wait_answering(self):
        """For when the log cannot say that it serves."""
        def answers():
            try:
                return e2e.fcgi_ask(self.sock, "GET", "/health")
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        e2e.wait_for("an answer", answers)

    def reload(self):
        """SIGHUP; whether it has been followed."""
        msgs = ("serving", "not reloaded: the server goes on as it was")
        before = [len(self.said(msg)) for msg in msgs]

        def result():
            now = [len(self.said(msg)) for msg in msgs]
            return now if now != before else None
        self.signal(signal.SIGHUP)
        return e2e.wait_for("the reload", result)[0] > before[0]

    def wait_workers(self, gone=()):
        """Wait for as many as there shall be, and none of those."""
        want = self.said("serving")[-1]["workers"]

        def settled():
            pids = self.workers()
            return pids if len(pids) == want and not set(pids) & set(gone) \
                else None
        return e2e.wait_for("%d workers" % want, settled)

    def connect(self):
        """A connection that knows whose it is."""
        c = e2e.Fcgi(self.sock)
        c.pid = c.request("GET", "/self").json()["pid"]
        return c

    def connect_to_two(self):
        """One to each of two workers, which have one thread each."""
        first = self.connect()
        for i in range(100):
            first.send(e2e.request("GET", "/sleep?ms=50"))
            second = self.connect()
            first.answer()
            if second.pid != first.pid:
                return first, second
            second.close()
        raise AssertionError("all connections are with one worker")

    def status(self):
        """What the command "status" prints: {name: value}, [workers]."""
        code, out, err = e2e.command(
            e2e.program(APP), "status", "--listen", "unix:" + self.sock)
        if code != 0:
            raise AssertionError("status: %d: %s" % (code, err))
        return parse_status(out)


def parse_status(text):
    values, workers = {}, []
    for line in text.splitlines()[1:]:
        words = line.split("  ")
        if words[0].startswith("worker "):
            found = {"pid": int(words[0].split()[1]), "state": words[1]}
            for word in words[2:]:
                name, value = word.split(None, 1)
                found[name] = value
            workers.append(found)
        else:
            values[line[:13].strip()] = line[13:]
    return values, workers


def install(path, version):
    """A copy of the program that says it is of this version, at once."""
    with open(e2e.program(APP), "rb") as f:
        data = f.read()
    at = data.index(MARK) + len(MARK)
    end = version.encode() + b"\0"
    if len(end) > ROOM + 1 or data.count(MARK) != 1:
        raise AssertionError("no room for a version")
    new = path + ".new"
    with open(new, "wb") as f:
        f.write(data[:at] + end + data[at + len(end):])
    os.chmod(new, 0o755)
    os.rename(new, path)


def program(version):
    path = e2e.fresh("life")
    install(path, version)
    return path


class Lanes:
    """Clients that ask without a pause until they are told to end."""

    def __init__(self):
        self.ending = threading.Event()
        self.threads = []
        self.errors = []

    def start(self, step):
        """step(n) asks once, for the nth time."""
        def work():
            n = 0
            try:
                while not self.ending.is_set():
                    step(n)
                    n += 1
            except Exception as e:
                self.errors.append("request %d: %r" % (n, e))
        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(e2e.PATIENCE)
            if thread.is_alive():
                self.errors.append("a client is stuck")


class Tcp(e2e.Fcgi):
    """A connection over TCP, from an address of choice."""

    def __init__(self, host, port, source=None):
        self.s = socket.create_connection(
            (host, port), e2e.PATIENCE, (source, 0) if source else None)
        self.f = self.s.makefile("rb")
