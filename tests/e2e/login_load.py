# SPDX-License-Identifier: ISC
"""Ten thousand logins at the same time, and what becomes of everything else."""

import re
import resource
import select
import socket
import threading
import time
import urllib.parse

import e2e
from e2e import eq, ok

APP = "tests/e2e/accounts_app"
GOOD = "zufällig gewählt 7"
MIB = 1024 * 1024

MANY = 10000            # connections, open at the same time
MEMORY, PASSES, PARALLEL, WORKERS, THREADS = 32 * MIB, 1, 2, 2, 16
MORE = 64 * MIB         # for all that is no hash: 10000 connections, answers


def descriptors():
    """As many as there may be, for all that is started from now on, too."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def nginx_for(sock, to, files):
    """With room for two connections of each client in either worker, and none
    of them refused: over TCP, for a Unix socket whose queue is full (4096, or
    what net.core.somaxconn says) is an error at once, and 502."""
    conf = e2e.site_conf(sock, [
        (r"unix:%s(?=;)" % sock, to),
        (r"fastcgi_connect_timeout\s+5s", "fastcgi_connect_timeout 60s"),
        (r"worker_connections 1024;", "worker_connections %d;" % files),
        (r"(?m)^worker_processes 2;",
         "worker_processes 2;\nworker_rlimit_nofile %d;" % files)])
    return e2e.Nginx(lambda port: e2e.edited(conf(port), [
        (r"(?<=:%d)(;.*# @listen)" % port, r" backlog=4096 reuseport\1")]))


# ---- a client of many connections --------------------------------------------

class Login:
    """One of them: it has said all but the last byte when it is let go."""

    def __init__(self, number, port, password):
        body = urllib.parse.urlencode({"name": "ann",
                                       "password": password}).encode()
        self.out = (b"POST /in HTTP/1.1\r\nHost: localhost\r\n"
                    b"Sec-Fetch-Site: same-origin\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n"
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" %
                    (len(body), body[:-1]))
        self.last = body[-1:]
        self.got = b""
        self.s = socket.socket()
        self.s.setblocking(False)
        self.s.connect_ex(("127.0.0.1", port))

    def send(self):
        """Whether all of it has gone."""
        try:
            self.out = self.out[self.s.send(self.out):]
        except BlockingIOError:
            pass
        return not self.out

    def read(self):
        """Whether the answer has come to its end."""
        try:
            more = self.s.recv(65536)
        except BlockingIOError:
            return False
        self.got += more
        return not more

    def answer(self):
        head, _, body = self.got.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        return e2e.Answer(int(lines[0].split()[1]),
                          [tuple(line.split(": ", 1)) for line in lines[1:]],
                          body)


def each(logins, event, step, but=0):
    """Step each of them until it is done; returns those that are not, of which
    there may be so many."""
    waiting = {login.s.fileno(): login for login in logins}
    poll = select.epoll()
    for fd in waiting:
        poll.register(fd, event)
    end = time.monotonic() + 2 * e2e.PATIENCE
    while len(waiting) > but:
        for fd, _ in poll.poll(1, 1000):
            if step(waiting[fd]):
                poll.unregister(fd)
                del waiting[fd]
        if time.monotonic() > end:
            raise AssertionError("%d of %d are not done: %r" % (
                len(waiting), len(logins),
                next(iter(waiting.values())).got[:500]))
    poll.close()
    return list(waiting.values())


def all_at_once(port, n):
    """The answers to so many logins, every other one with a wrong password;
    none has said all that it wants before the last of them is connected."""
    logins = [Login(i, port, "not this one" if i % 2 else GOOD)
              for i in range(n)]
    each(logins, select.EPOLLOUT, Login.send)
    for login in logins:
        login.out = login.last
    each(logins, select.EPOLLOUT, Login.send)
    each(logins, select.EPOLLIN, Login.read)
    for login in logins:
        login.s.close()
    return [login.answer() for login in logins]


class Visitor(threading.Thread):
    """Who asks for a page, again and again, and wants no login."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.statuses = []
        self.enough = threading.Event()

    def run(self):
        while not self.enough.is_set():
            self.statuses.append(e2e.ask(self.port, "GET", "/who").status)

    def stop(self):
        self.enough.set()
        self.join()
        return self.statuses


# ---- the tests ----------------------------------------------------------------

def peak(server):
    """The most that the workers have held, each at its time."""
    total = 0
    for pid in server.workers():
        with open("/proc/%d/status" % pid) as f:
            total += 1024 * int(re.search(r"(?m)^VmHWM:\s+(\d+)",
                                          f.read()).group(1))
    return total


def serve(*options):
    """The server, and its address for TCP."""
    dsn = "sqlite:" + e2e.fresh("db")
    eq(e2e.command(e2e.program(APP), "migrate", "--db", dsn)[0], 0, "migrate")
    env = e2e.environment()
    # What was freed, and each thread's frames, are not what is counted here.
    env["ASAN_OPTIONS"] += (":quarantine_size_mb=1"
                            ":detect_stack_use_after_return=0")
    for attempt in range(10):
        sock, to = e2e.fresh("sock"), "127.0.0.1:%d" % e2e.free_port()
        server = e2e.Server(APP, "--listen", "unix:%s tcp:%s" % (sock, to),
                            "--db", dsn, "--login-limit", "0", *options,
                            sock=sock, wait=False, env=env)
        try:
            server.wait_serving()
            server.let_nginx_in()
            return server, to
        except AssertionError:
            server.want = None
    raise AssertionError("no free port")


def log_in(port, path="/in"):
    body = urllib.parse.urlencode({"name": "ann", "password": GOOD}).encode()
    return e2e.ask(port, "POST", path, body, [
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/x-www-form-urlencoded")])


def counted(answers):
    return {s: sum(a.status == s for a in answers)
            for s in sorted({a.status for a in answers})}


def is_told_to_wait(answer):
    return (answer.status == 429 and answer.is_problem() and
            answer["Retry-After"] == "2" and
            answer["RateLimit"] == '"passwords";r=0' and
            answer["RateLimit-Policy"] == '"passwords";q=%d;'
            'qu="concurrent-requests"' % (THREADS - 1))


def many():
    """wait_max is long: with the default, what a slow machine does not even
    read within a second is refused with 503, whatever it is."""
    files = descriptors()
    server, to = serve("--workers", str(WORKERS), "--threads", str(THREADS),
                       "--password-parallel", str(PARALLEL),
                       "--password-memory", str(MEMORY),
                       "--password-passes", str(PASSES),
                       "--wait-max", "600000")
    nginx = nginx_for(server.sock, to, files)
    eq(log_in(nginx.port, "/register").status, 201, "register")
    for _ in range(8):                  # each worker has hashed once
        log_in(nginx.port)
    processes, before = server.processes(), peak(server)
    # Each worker of nginx has two for each of its clients, which are half.
    most = min(MANY, files - 1000)
    visitor = Visitor(nginx.port)
    visitor.start()
    start = time.monotonic()
    answers = []
    while len(answers) < MANY:
        answers += all_at_once(nginx.port, min(most, MANY - len(answers)))
    took = time.monotonic() - start
    pages = visitor.stop()
    grown = peak(server) - before
    bound = MEMORY * PARALLEL * WORKERS + MORE
    count = counted(answers)
    e2e.diag("%d logins, %d at a time, in %.1f s: %s" % (
        len(answers), most, took, count))
    e2e.diag("%d pages meanwhile; %d MiB more, of %d" % (
        len(pages), grown // MIB, bound // MIB))
    ok(set(count) == {204, 401, 429}, "logged in, wrong, or told to wait",
       count, nginx.errors()[-2000:])
    waiting = [a for a in answers if a.status == 429]
    ok(all(map(is_told_to_wait, waiting)), "and for how long", *[
        a for a in waiting if not is_told_to_wait(a)][:3])
    ok(all(a["Set-Cookie"] for a in answers if a.status == 204),
       "who is in has a session")
    ok(pages and set(pages) == {200}, "pages are answered all the while",
       set(pages))
    ok(grown < bound, "memory is bounded", grown, bound)
    eq(server.processes(), processes, "the processes are the same")
    eq(log_in(nginx.port).status, 204, "then all is as before")
    nginx.stop()
    server.stop()


def no_place():
    """One worker, of whose two threads one hashes for seconds."""
    server, to = serve("--workers", "1", "--threads", "2",
                       "--password-parallel", "2", "--password-memory",
                       str(64 * MIB), "--password-passes", "32")
    nginx = nginx_for(server.sock, to, 1024)
    eq(log_in(nginx.port, "/register").status, 201, "register")
    logins = [Login(i, nginx.port, GOOD) for i in range(3)]
    for login in logins:
        login.out += login.last
    each(logins, select.EPOLLOUT, Login.send)
    last, = each(logins, select.EPOLLIN, Login.read, but=1)
    answers = [login.answer() for login in logins if login is not last]
    eq([a.status for a in answers], [429, 429], "there is one place")
    eq(answers[0]["RateLimit-Policy"],
       '"passwords";q=1;qu="concurrent-requests"', "as is said")
    eq(e2e.ask(nginx.port, "GET", "/who").status, 200, "a page is answered")
    ok(not last.read() and not last.got, "before the one who hashes is")
    each([last], select.EPOLLIN, Login.read)
    eq(last.answer().status, 204, "who is in then")
    nginx.stop()
    server.stop()


e2e.run(many, no_place)
