# SPDX-License-Identifier: ISC
"""Logins: how many a second, in how much memory, and how a page fares that is
asked for meanwhile."""

import http.client
import os
import re
import subprocess
import threading
import time

import contestants
import e2e
import measure
from contestants import built

NAME, PASSWORD = "ann", "good-enough-9"
CONNECTIONS = (1, 8, 32, 1000)
PAGE_EACH, MEMORY_EACH = 0.02, 0.2      # seconds between two looks
MIB = 1024 * 1024


# ---- who takes part ------------------------------------------------------------

def check(name, status, log):
    if status != 0:
        raise AssertionError("%s: %s" % (name, log))


def start_ours(**settings):
    """With its defaults, but for any number of tries and the settings."""
    def start(contestant, db):
        dsn = "sqlite:" + db
        for argv, typed in ((("migrate",), ""),
                            (("user", "add", NAME), PASSWORD + "\n")):
            p = subprocess.run([built("login"), *argv, "--db", dsn],
                               input=typed, text=True, capture_output=True,
                               env=e2e.environment())
            check(contestant.name, p.returncode, p.stderr)
        return contestants.fastcgi("login", LOGIN_DB=dsn,
                                   LOGIN_LOGIN_LIMIT="0",
                                   **settings)(contestant, db)
    return start


def start_django(**env):
    def start(contestant, db):
        status, out, err = e2e.command(
            contestants.PYTHON, "-B",
            os.path.join(contestants.OTHERS, "app_django_login.py"),
            env=dict(BENCH_DB=db, BENCH_USER=NAME + ":" + PASSWORD, **env))
        check(contestant.name, status, err)
        return contestants.gunicorn("app_django_login", **env)(contestant, db)
    return start


DJANGO = ("python3-django", "gunicorn")
ARGON2 = "django.contrib.auth.hashers.Argon2PasswordHasher"


def everybody():
    """Anew for each load, so that none pays for the one before."""
    return [
        contestants.Contestant("stile", "stile", start_ours(),
                               contestants.ONE, ours=True),
        contestants.Contestant("stile-32", "stile, 32 threads",
                               start_ours(LOGIN_THREADS="32"),
                               contestants.ONE, ours=True),
        contestants.Contestant("django-pbkdf2", "Django, PBKDF2", start_django(),
                               contestants.ONE, DJANGO, http=True),
        contestants.Contestant("django-argon2", "Django, Argon2",
                               start_django(BENCH_HASHER=ARGON2),
                               contestants.ONE,
                               (*DJANGO, "python3-argon2"), http=True),
    ]


def most_memory(program):
    """Bytes of all hashes that its settings let be made at a time."""
    found = dict(re.findall(r"(?m)^(\w+) = (\d+)",
                            e2e.command(program, "config")[1]))
    workers = int(found["workers"]) or os.cpu_count()
    return (workers * int(found["password_parallel"]) *
            int(found["password_memory"]))


# ---- what is looked at meanwhile -------------------------------------------------

class Watcher(threading.Thread):
    """Looks again and again until it is told to stop, or its end is gone."""

    def __init__(self, look, pause):
        super().__init__(daemon=True)
        self.look = look
        self.pause = pause
        self.found = []
        self.enough = threading.Event()
        self.since = time.monotonic()

    def run(self):
        while not self.enough.is_set():
            self.since = time.monotonic()
            try:
                self.found.append(self.look(self.since))
            except (OSError, http.client.HTTPException):
                if self.enough.is_set():
                    return
                raise
            self.enough.wait(self.pause)

    def stop(self):
        """What was found; also if it still looks."""
        self.enough.set()
        self.join(0.1)
        return list(self.found)


def with_those_due(times):
    """Who waits does not ask again: but others would have meanwhile."""
    found = []
    for ms in times:
        while ms > 0:
            found.append(ms)
            ms -= PAGE_EACH * 1e3
    return sorted(found)


def page_watcher(port, host):
    """Milliseconds of each GET."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def look(start):
        c.request("GET", "/", headers={"Host": host})
        answer = c.getresponse()
        answer.read()
        if answer.status != 200:
            raise AssertionError("GET: %d" % answer.status)
        return (time.monotonic() - start) * 1e3
    return Watcher(look, PAGE_EACH)


def wrk(port, host, connections, seconds):
    out = subprocess.run(
        ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--timeout",
         "120s", "-s", os.path.join(measure.HERE, "login.lua"), "-H",
         "Host: " + host, "http://127.0.0.1:%d/login" % port,
         "name=%s&password=%s" % (NAME, PASSWORD)],
        stdout=subprocess.PIPE, check=True, text=True).stdout
    line = re.search(r"(?m)^result (.*)$", out)
    if not line:
        raise AssertionError("wrk said: " + out)
    return {name: int(value) for name, value in
            (word.split("=") for word in line.group(1).split())}


class Load:
    """What one of them made of so many connections."""

    def __init__(self, contestant, connections, seconds):
        contestant.run(e2e.fresh("db"))
        nginx = contestants.nginx([(contestant, contestant.name, True)])
        host = contestant.name + ".localhost"
        e2e.wait_for(host + " to answer", lambda: measure.get(
            nginx.port, host, "/")[0] == 200)
        pid = contestant.process.pid
        wrk(nginx.port, host, 1, 1)             # to warm up
        memory = Watcher(lambda start: measure.pss(pid), MEMORY_EACH)
        page = page_watcher(nginx.port, host)
        memory.start()
        page.start()
        got = wrk(nginx.port, host, connections, seconds)
        ended = time.monotonic()
        self.memory = max(memory.stop())
        times = page.stop()
        if page.is_alive():         # one has not been answered by now
            times.append((ended - page.since) * 1e3)
        times = with_those_due(times)
        self.rate = got["ok"] * 1e6 / got["us"]
        self.refused = got["refused"] * 1e6 / got["us"]
        self.wrong = sum(got[name] for name in
                         ("wrong", "connect", "read", "write", "timeout"))
        self.p50 = times[len(times) // 2]
        self.p99 = times[len(times) * 99 // 100]
        nginx.stop()
        contestant.process.kill()
