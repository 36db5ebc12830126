# SPDX-License-Identifier: ISC
"""./quickstart: starts an example, says what to try, stops without a trace.

It runs in a copy of what it needs, on the build that is there, and with a
dpkg-query of ours that finds every package: a test installs nothing.
"""

import glob
import json
import os
import re
import shutil
import signal
import socket
import stat

import e2e
from e2e import eq, ok

DPKG_QUERY = """#!/bin/sh
shift 3
for p; do echo "$p installed"; done
"""
REFUSE = "#!/bin/sh\necho 'not in a test' >&2\nexit 1\n"


def tools(name, **scripts):
    """A folder for PATH."""
    folder = e2e.fresh(name)
    os.mkdir(folder)
    for program, text in scripts.items():
        path = os.path.join(folder, program.replace("_", "-"))
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
    return folder


def copy():
    to = e2e.fresh("source")
    os.makedirs(to + "/_build")
    for pattern in ("quickstart", "configure", "configure.ac", "Makefile.am",
                    "Makefile.in", "*/Makefile.inc", "nginx-conf/nginx.conf"):
        for path in glob.glob(os.path.join(e2e.srcdir, pattern)):
            name = os.path.join(to, os.path.relpath(path, e2e.srcdir))
            os.makedirs(os.path.dirname(name), exist_ok=True)
            shutil.copy2(path, name)
    os.utime(to + "/Makefile.in")       # newer than what it is made from
    os.symlink(e2e.builddir, to + "/_build/run")
    return to


def path_with(folder):
    return folder + ":" + os.environ.get("PATH", "/usr/bin:/bin")


class Quickstart(e2e.Process):
    def __init__(self, source, *args, path=None):
        for attempt in range(5):
            self.port = e2e.free_port()
            super().__init__(
                "quickstart", [source + "/quickstart", "--port",
                               str(self.port), *args],
                env=e2e.environment(PATH=path, TMPDIR=e2e.tmp,
                                    no_proxy="127.0.0.1"))
            e2e.wait_for("quickstart", lambda: not self.alive() or
                         "Ctrl-C stops it.\n" in self.log(), 300)
            if self.alive():
                break
            self.want = None
            self.wait()
            if "--port" not in self.log():
                raise AssertionError("quickstart ended: " + self.log())
        self.folder = os.path.dirname(
            re.search(r"logs\s+(\S+)/\w+.log", self.log()).group(1) + "/x")

    def left(self):
        """Processes that have its folder on their command lines."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as f:
                    if self.folder.encode() in f.read():
                        found.append(path)
            except OSError:
                pass
        return found


def example():
    source, curl = copy(), e2e.need("CURL", "curl")
    path = path_with(tools("bin", dpkg_query=DPKG_QUERY, apt_get=REFUSE))
    if not curl:
        return
    q = Quickstart(source, path=path)
    log = q.log()
    url = "http://127.0.0.1:%d/notes" % q.port
    ok("API        %s\n" % url in log, "it prints the URL", log)
    ok(not re.search("error:|warning|failed", log, re.I), "and no error", log)
    lines = re.findall(r"^ +(curl .*)$", log, re.M)
    eq(len(lines), 3, "three lines to try")
    got = [e2e.command("/bin/sh", "-c", line, env={
        "PATH": path, "no_proxy": "127.0.0.1"}) for line in lines]
    eq([g[0] for g in got], [0, 0, 0], "each of them works")
    note = {"id": 1, "title": "Buy milk", "body": "", "done": False}
    eq(json.loads(got[0][1]), note, "the first makes a note")
    eq(json.loads(got[1][1]), [note], "the second lists it")
    ok(got[2][1].startswith("HTTP/1.1 200 OK\r\n") and
       got[2][1].endswith(json.dumps(note, separators=(",", ":"))),
       "the third shows it with its headers", got[2][1])

    folder = q.folder
    eq(stat.S_IMODE(os.stat(folder).st_mode) & 0o066, 0,
       "its folder is nobody else's to read")
    for name in ("notes.log", "error.log"):
        ok(os.path.exists(os.path.join(folder, name)), name + " is there")
    ok(len(q.left()) >= 2, "nginx and notes run")

    # A second one on the same port.
    status, out, err = e2e.command(
        source + "/quickstart", "--port", str(q.port),
        env={"PATH": path, "TMPDIR": e2e.tmp})
    ok(status == 1 and "--port" in err and e2e.one_line(err),
       "a taken port: the error names --port", status, out, err)
    eq(e2e.ask(q.port, "GET", "/notes").status, 200, "the first one runs on")

    q.signal(signal.SIGTERM)
    eq(q.wait(), 0, "SIGTERM: exit status")
    eq(q.left(), [], "no process is left")
    ok(not os.path.exists(folder), "nor its folder")
    ok("stopping" in q.log(), "it says so")

    data = e2e.fresh("data")
    q = Quickstart(source, "--dir", data, path=path)
    e2e.ask(q.port, "POST", "/notes", {"title": "kept"})
    # As Ctrl-C does it: to the whole group.
    os.killpg(q.pid, signal.SIGINT)
    eq(q.wait(), 0, "SIGINT: exit status")
    eq(q.left(), [], "no process is left")
    q = Quickstart(source, "--dir=" + data, path=path)
    eq(e2e.ask(q.port, "GET", "/notes").json()[0]["title"], "kept",
       "--dir keeps the database")
    q.signal(signal.SIGTERM)
    eq(q.wait(), 0, "SIGTERM: exit status")
    ok(os.path.exists(data + "/notes.db"), "it is still there")


def conduit():
    source, curl = copy(), e2e.need("CURL", "curl")
    path = path_with(tools("bin", dpkg_query=DPKG_QUERY, apt_get=REFUSE))
    if not curl:
        return
    data = e2e.fresh("data")
    q = Quickstart(source, "conduit", "--dir", data, path=path)
    log = q.log()
    url = "http://127.0.0.1:%d/api" % q.port
    ok("API        %s/articles\n" % url in log, "conduit: the URL", log)
    ok("notes" not in log, "conduit: nothing of notes", log)
    lines = re.findall(r"^ +((?:curl|TOKEN=).*)$", log, re.M)
    eq(len(lines), 3, "conduit: three lines to try")
    # As they are printed, in one shell.
    status, out, err = e2e.command(
        "/bin/sh", "-c", "%s; echo; %s; echo; %s; echo; echo $TOKEN" %
        tuple(lines), env={"PATH": path, "no_proxy": "127.0.0.1"})
    registered, said, written, token, end = out.split("\n")
    user = json.loads(registered)["user"]
    eq((user["username"], user["email"]), ("jake", "jake@example.org"),
       "conduit: the first registers")
    eq(said, "", "conduit: the second logs in, and keeps the token")
    article = json.loads(written)["article"]
    eq((article["title"], article["author"]["username"]),
       ("How to train your dragon", "jake"), "conduit: the third writes")
    a = e2e.ask(q.port, "GET", "/api/user", headers=[
        ("Authorization", "Token " + token)])
    eq((a.status, a.json()["user"]["username"]), (200, "jake"),
       "conduit: the token is jake's")
    ok(token != user["token"], "conduit: that of the login")
    ok(os.path.exists(os.path.join(q.folder, "conduit.log")),
       "conduit.log is there")
    q.signal(signal.SIGTERM)
    eq(q.wait(), 0, "conduit: SIGTERM: exit status")
    eq(q.left(), [], "conduit: no process is left")
    eq(sorted(name.split("-")[0] for name in os.listdir(data))[0],
       "conduit.db", "conduit: its database is kept")


def refusals():
    source = copy()
    run = source + "/quickstart"
    path = path_with(tools("bin", dpkg_query=DPKG_QUERY, apt_get=REFUSE))
    status, out, err = e2e.command(run, "--help")
    ok(status == 0 and out.startswith("usage: ") and not err and
       "notes" in out and "conduit" in out, "--help", out)
    for args in (["--port"], ["--port", "x"], ["--port", "0"],
                 ["--port=65536"], ["--prot", "1"], ["nothing"], ["world"],
                 ["conduit", "x"]):
        status, out, err = e2e.command(run, *args, env={"PATH": path})
        ok(status == 64 and e2e.one_line(err) and "--help" in err,
           " ".join(args) + ": exit status 64, one line", status, err)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = str(s.getsockname()[1])
        status, out, err = e2e.command(run, "--port", port,
                                       env={"PATH": path})
        ok(status == 1 and port in err and "--port" in err and
           e2e.one_line(err), "another program's port: the error names --port",
           status, err)

    # Neither root nor sudo.
    path = path_with(tools("bin", dpkg_query="#!/bin/sh\n", sudo=REFUSE,
                           id="#!/bin/sh\necho 1000\n", apt_get=REFUSE))
    status, out, err = e2e.command(run, "--port", str(e2e.free_port()),
                                   env={"PATH": path})
    ok(status == 69 and "apt-get install" in err and "libfcgi-dev" in err,
       "packages missing, and no root: it says what to install", status, err)


e2e.need("NGINX", "nginx") or e2e.run()
e2e.run(example, conduit, refusals)
