# SPDX-License-Identifier: ISC
"""What the end-to-end tests share: TAP, servers, nginx, two raw clients.

A test is a function; run() calls each in turn and prints TAP.  Everything that
is started lives in one temporary folder and ends with the script, whichever
way it ends.  A sanitizer's report or a wrong exit status of any server is a
failed test of its own.

Waiting is polling with a bound (wait_for): nothing here sleeps in the hope
that something has happened by then.  The bound is generous, for it is only
ever reached by a failure.
"""

import atexit
import ctypes
import fcntl
import glob
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import traceback

PATIENCE = 60           # seconds for what takes milliseconds
SCRIPT_MAX = 600        # seconds for a whole script

srcdir = os.path.abspath(os.environ.get("top_srcdir", "."))
builddir = os.path.abspath(os.environ.get("top_builddir", srcdir))
strict = bool(os.environ.get("STILE_TEST_STRICT"))


# ---- TAP --------------------------------------------------------------------

_n = 0


def _line(good, name, more=""):
    global _n
    _n += 1
    print("%s %d - %s%s" % ("ok" if good else "not ok", _n, name, more),
          flush=True)


def diag(*lines):
    for text in lines:
        for line in str(text).splitlines():
            print("# " + line[:400], flush=True)


def ok(good, name, *why):
    """Test that good is true; why is printed when it is not."""
    _line(bool(good), name)
    if not good:
        diag(*why)
    return bool(good)


def eq(got, want, name):
    return ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))


def skip(name, reason):
    """What cannot run; with STILE_TEST_STRICT=1 that is a failure."""
    if strict:
        _line(False, "%s: %s" % (name, reason))
    else:
        _line(True, name, " # SKIP " + reason)


def need(variable, program):
    """The program configure found, or one on PATH; None after a skip."""
    path = os.environ.get(variable) or shutil.which(
        program, path=os.environ.get("PATH", "") +
        ":/usr/local/sbin:/usr/sbin:/sbin")
    if not path:
        skip(program, program + " was not found")
    return path


def run(*tests):
    """Call the tests, clean up, end the process."""
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda number, frame: sys.exit(128 + number))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SCRIPT_MAX)
    for test in tests:
        try:
            test()
        except Exception:
            _line(False, test.__name__ + " came to its end")
            diag(traceback.format_exc())
        finally:
            _stop_all(test.__name__)
    # TAP says what failed; an exit status would count it twice.
    print("1..%d" % _n, flush=True)
    sys.exit(0)


def _too_long(number, frame):
    print("Bail out! not done after %d seconds" % SCRIPT_MAX, flush=True)
    sys.exit(1)


def wait_for(what, condition, seconds=PATIENCE):
    """Poll until condition() is true, and return what it returned."""
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what))
        time.sleep(0.005)


# ---- processes --------------------------------------------------------------

# A Unix socket's path has to be short.
tmp = tempfile.mkdtemp(prefix="e2e.", dir=os.environ.get("TMPDIR") or "/tmp")
if len(tmp) > 60:
    os.rmdir(tmp)
    tmp = tempfile.mkdtemp(prefix="e2e.", dir="/tmp")
os.chmod(tmp, 0o711)            # nginx's workers pass through

_running = []
_serial = 0
_libc = ctypes.CDLL(None, use_errno=True)
_is_root = os.getuid() == 0


def _remove_tmp():
    try:
        _stop_all("exit")
    finally:
        if not os.environ.get("STILE_TEST_KEEP"):
            shutil.rmtree(tmp, ignore_errors=True)


atexit.register(_remove_tmp)


def fresh(name):
    """A new path in the temporary folder."""
    global _serial
    _serial += 1
    return os.path.join(tmp, "%d.%s" % (_serial, name))


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("CONDUIT_", "NOTES_", "PROBE_", "ANSWERS_",
                                "LISTEN_", "MAKE"))
           and k not in ("MFLAGS", "GATEWAY_INTERFACE", "REQUEST_METHOD")}
    for name, first in (("ASAN_OPTIONS", "detect_stack_use_after_return=1:"),
                        ("UBSAN_OPTIONS", "print_stacktrace=1:")):
        old = env.get(name, "")
        env[name] = "%s%slog_path=%s/san" % (first, old and old + ":", tmp)
    env.update(more)
    return env


def _die_with_parent(sig):
    """For the child: even a killed test leaves nothing behind."""
    parent = os.getpid()

    def child():
        _libc.prctl(1, sig, 0, 0, 0)    # PR_SET_PDEATHSIG
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if os.getppid() != parent:
            os._exit(1)
    return child


class Process:
    """A program in a session of its own, with its output in a file."""

    def __init__(self, name, argv, want=0, stop_by=signal.SIGTERM,
                 orphan_sig=signal.SIGKILL, **popen):
        self.name = name
        self.want = want        # exit status that is right; None: any
        self.stop_by = stop_by
        self.log_path = fresh(name + ".log")
        popen.setdefault("env", environment())
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(
                argv, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_die_with_parent(orphan_sig),
                stdin=popen.pop("stdin", subprocess.DEVNULL), **popen)
        self.pid = self.popen.pid
        _running.append(self)

    def alive(self):
        return self.popen.poll() is None

    def log(self):
        with open(self.log_path, "r", errors="replace") as f:
            return f.read()

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self):
        """The exit status, once it has ended by itself."""
        try:
            return self.popen.wait(PATIENCE)
        finally:
            self._gone()

    def stop(self):
        """End it, and return its exit status."""
        if self.alive():
            self.signal(self.stop_by)
        return self.wait()

    def kill(self):
        self.popen.kill()
        self.want = None
        self.wait()

    def _gone(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()
        if self in _running:
            _running.remove(self)


def _stop_all(where):
    """What a test left running; and what its servers have to say."""
    for p in reversed(list(_running)):
        try:
            status = p.stop()
            if isinstance(p, Server) and not p.may_crash:
                crashed = [line for line in p.lines()
                           if line.get("msg") in CRASHES]
                if crashed:
                    ok(False, "%s: no worker of %s crashes" % (where, p.name),
                       crashed)
            if p.want is not None and status != p.want:
                ok(False, "%s: %s ends with %d" % (where, p.name, p.want),
                   "status %s" % status, p.log()[-4000:])
        except Exception as e:
            ok(False, "%s: %s can be stopped" % (where, p.name), e)
    for path in glob.glob(tmp + "/san.*"):
        with open(path, errors="replace") as f:
            ok(False, where + ": no sanitizer report",
               "\n".join(f.read().splitlines()[:40]))
        os.unlink(path)
    # Beside ASan, UBSan has no log_path of its own.
    for path in glob.glob(tmp + "/*.log"):
        with open(path, errors="replace") as f:
            text = f.read()
        if "runtime error: " in text:
            ok(False, where + ": no sanitizer report", text[-4000:])
        if not _running:
            os.unlink(path)


def program(name):
    """An executable of the build: "apps/notes/notes"."""
    path = os.path.join(builddir, name)
    if not os.access(path, os.X_OK):
        raise AssertionError(path + " is not built")
    return path


NOTES = "apps/notes/notes"
PROBE = "tests/e2e/probe"


def command(*argv, **popen):
    """Run to its end: (exit status, standard output, standard error)."""
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=PATIENCE, env=environment(
                           **popen.pop("env", {})), **popen)
    return (p.returncode, p.stdout.decode(errors="replace"),
            p.stderr.decode(errors="replace"))


def one_line(text):
    return text.count("\n") == 1 and text.endswith("\n")


def new_db(path=None):
    """A migrated database for notes."""
    path = path or fresh("db")
    status, out, err = command(program(NOTES), "migrate", "--db",
                               "sqlite:" + path)
    if status != 0:
        raise AssertionError("migrate: %d: %s%s" % (status, out, err))
    return path


CRASHES = ("a worker crashed", "a worker ended", "a worker is killed")


class Server(Process):
    """An application that serves on a Unix socket of its own."""

    def __init__(self, app=NOTES, *options, db=None, sock=None, argv=None,
                 wait=True, prefix=(), want=0, may_crash=False, **popen):
        name = os.path.basename(app)
        self._parsed, self._lines = 0, []
        self.may_crash = may_crash
        self.sock = sock or fresh("sock")
        self.db = db
        if app == NOTES and db is None:
            self.db = new_db()
        if argv is None:
            # One worker, whose log is in the order of its requests.
            argv = [program(app), "serve", "--listen", "unix:" + self.sock,
                    "--log-format", "json", "--workers", "1", *options]
            if self.db:
                argv += ["--db", "sqlite:" + self.db]
        super().__init__(name, [*prefix, *argv], want=want, **popen)
        if wait:
            self.wait_serving()
            self.let_nginx_in()

    def wait_serving(self):
        def serving():
            if not self.alive():
                raise AssertionError("%s ended at once: %s" %
                                     (self.name, self.log()))
            return any(line.get("msg") == "serving" for line in self.lines())
        wait_for(self.name + " to serve", serving)

    def let_nginx_in(self):
        if _is_root:
            shutil.chown(self.sock, group="www-data")

    def lines(self):
        """Its log, parsed; a line that is still being written is left out."""
        with open(self.log_path, "rb") as f:
            f.seek(self._parsed)
            more = f.read()
        more = more[:more.rfind(b"\n") + 1]
        self._parsed += len(more)
        for line in more.splitlines():
            try:
                self._lines.append(json.loads(line))
            except ValueError:
                pass
        return list(self._lines)

    def requests(self, at_least=0):
        """What it has logged.  A line leaves a while after its answer, so the
        program is asked how many there will be."""
        if self.alive() and os.path.exists(self.sock):
            c = Fcgi(self.sock)
            at_least = max(at_least, c.counted())
            c.close()

        def logged():
            found = [line for line in self.lines()
                     if line.get("msg") == "request"]
            return (found,) if len(found) >= at_least else None
        return wait_for("%d requests in the log" % at_least, logged)[0]

    def failed(self, path=None, number=1):
        """The so manieth that it logged with a cause, once there is one."""
        def logged():
            found = [r for r in self.requests() if "cause" in r and
                     path in (None, r["path"])]
            return found[number - 1] if len(found) >= number else None
        return wait_for("a failure in the log", logged)

    def processes(self):
        """The supervisor and its workers, by pid."""
        try:
            with open("/proc/%d/task/%d/children" %
                      (self.pid, self.pid)) as f:
                return [self.pid] + [int(pid) for pid in f.read().split()]
        except FileNotFoundError:
            return []

    def workers(self):
        return self.processes()[1:]

    def connections(self):
        """The connected sockets it holds, by inode: the same while kept."""
        held = set()
        for pid in self.processes():
            try:
                for fd in os.listdir("/proc/%d/fd" % pid):
                    held.add(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
            except FileNotFoundError:
                continue
        with open("/proc/net/unix") as f:
            # Accepted ones have the listening one's path; __SO_ACCEPTCON
            # marks that one itself.
            return {field[6] for field in map(str.split, f)
                    if field[-1] == self.sock and field[3] == "00000000" and
                    "socket:[%s]" % field[6] in held}

    def rows(self, sql="SELECT id, title, body, done FROM note ORDER BY id"):
        with open_db(self.db) as db:
            return db.execute(sql).fetchall()


class open_db:
    """A second user of the database."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=PATIENCE,
                                  isolation_level=None)

    def __enter__(self):
        return self.db

    def __exit__(self, *exc):
        self.db.close()


class Lock:
    """Keeps every writer of a database waiting until it is released."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=PATIENCE,
                                  isolation_level=None)
        self.db.execute("BEGIN IMMEDIATE")

    def release(self):
        self.db.execute("ROLLBACK")
        self.db.close()


# ---- nginx ------------------------------------------------------------------

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def edited(text, edits):
    """Each (pattern, replacement) has to be there."""
    for pattern, to in edits:
        text, n = re.subn(pattern, to, text)
        if n == 0:
            raise AssertionError("nginx.conf has no " + pattern)
    return text


def conf(name):
    with open(os.path.join(srcdir, "nginx-conf", name)) as f:
        return f.read()


def site_conf(sock, edits=()):
    """nginx-conf/nginx.conf with its site, in one text, for a socket; a
    function of the port."""
    text = conf("nginx.conf").replace("include\t\tsite.conf;",
                                      conf("site.conf"))
    text = edited(text, [
        (r"unix:[^;]*(;.*# @socket)", "unix:" + sock + r"\1"), *edits])
    if _is_root:
        text = edited(text, [(r"(?m)^#(user.*# @user)", r"\1")])
    return lambda port: edited(text, [
        (r"\S*(;.*# @listen)", r"127.0.0.1:%d\1" % port)])


class Nginx(Process):
    """A private nginx on a free port; conf makes its text from the port."""

    def __init__(self, conf):
        for attempt in range(10):
            self.port = free_port()
            if self._start(conf(self.port)):
                return
        raise AssertionError("nginx found no free port: " + self.errors())

    def _start(self, text):
        self.dir = fresh("nginx")
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o711)
        shutil.copy(os.path.join(srcdir, "nginx-conf/stile_params"), self.dir)
        path = os.path.join(self.dir, "nginx.conf")
        with open(path, "w") as f:
            f.write(text)
        super().__init__("nginx", [
            os.environ.get("NGINX") or need("NGINX", "nginx"),
            "-p", self.dir, "-c", path, "-e", self.dir + "/error.log",
            "-g", "daemon off;"], orphan_sig=signal.SIGTERM)
        # It writes this file when it has bound its port.
        wait_for("nginx to listen", lambda: not self.alive() or
                 os.path.exists(self.dir + "/nginx.pid"))
        if self.alive():
            return True
        self.want = None
        self.wait()
        if "Address already in use" not in self.errors():
            raise AssertionError("nginx ended: %s%s" %
                                 (self.log(), self.errors()))
        return False

    def errors(self):
        try:
            with open(self.dir + "/error.log", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""


# ---- HTTP, as raw as a test needs it -----------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers          # [(name, value)]
        self.body = body

    def __getitem__(self, name):
        """A header, or None."""
        for n, value in self.headers:
            if n.lower() == name.lower():
                return value
        return None

    def json(self):
        return json.loads(self.body)

    def is_problem(self):
        return (self["Content-Type"] == "application/problem+json" and
                self.json()["status"] == self.status)

    def __repr__(self):
        return "%s %s %r" % (self.status, self.headers, self.body[:300])


class Http:
    """One connection to nginx.  Bytes that nobody asked for are an error."""

    host = "localhost"

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data)

    def answer(self, method="GET"):
        line = self.f.readline()
        if not line:
            raise EOFError("the connection was closed before an answer")
        status = int(line.split()[1])
        headers = self._headers()
        answer = Answer(status, headers, b"")
        if method == "HEAD" or status in (204, 304) or status < 200:
            return answer
        if (answer["Transfer-Encoding"] or "") == "chunked":
            answer.body = self._chunks()
        elif answer["Content-Length"] is not None:
            answer.body = self._exactly(int(answer["Content-Length"]))
        else:
            answer.body = self.f.read()
        return answer

    def request(self, method, target, body=None, headers=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = [("Content-Type", "application/json"), *headers]
        head = ["%s %s HTTP/1.1" % (method, target), "Host: " + self.host]
        head += ["%s: %s" % pair for pair in headers]
        if body is not None:
            head.append("Content-Length: %d" % len(body))
        try:
            self.send("\r\n".join(head + ["", ""]).encode("latin-1") +
                      (body or b""))
        except (BrokenPipeError, ConnectionResetError):
            pass                # it may have answered before the end
        return self.answer(method)

    def get(self, target, **headers):
        return self.request("GET", target, headers=[
            (name.replace("_", "-"), value)
            for name, value in headers.items()])

    def close(self):
        self.f.close()
        self.s.close()

    def _headers(self):
        found = []
        while True:
            line = self.f.readline()
            if not line.endswith(b"\r\n"):
                raise EOFError("the head of an answer was cut")
            if line == b"\r\n":
                return found
            name, value = line.decode("latin-1").split(":", 1)
            found.append((name, value.strip()))

    def _exactly(self, n):
        data = self.f.read(n)
        if len(data) < n:
            raise EOFError("%d of %d bytes of a body" % (len(data), n))
        return data

    def _chunks(self):
        found = b""
        while True:
            n = int(self.f.readline(), 16)
            found += self._exactly(n)
            self._exactly(2)
            if n == 0:
                return found


def ask(port, method, target, body=None, headers=()):
    """One request on a connection of its own."""
    c = Http(port)
    try:
        return c.request(method, target, body, headers)
    finally:
        c.close()


# ---- FastCGI, made by hand ----------------------------------------------------

(BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES,
 GET_VALUES_RESULT, UNKNOWN_TYPE) = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3


def record(kind, data=b"", rid=1, pad=0):
    return struct.pack(">BBHHBx", 1, kind, rid, len(data), pad) + data + \
        bytes(pad)


def length(n, wide=False):
    return bytes([n]) if n < 128 and not wide else \
        struct.pack(">I", n | 0x80000000)


def pair(name, value, wide=False):
    if isinstance(name, str):
        name = name.encode()
    if isinstance(value, str):
        value = value.encode()
    return length(len(name), wide) + length(len(value), wide) + name + value


def pairs(params):
    return b"".join(pair(name, value) for name, value in
                    (params.items() if isinstance(params, dict) else params))


def begin(role=RESPONDER, keep=True, rid=1):
    return record(BEGIN, struct.pack(">HB5x", role, keep), rid)


def stream(kind, data, rid=1, size=0xFFF8):
    """Records of at most size bytes, and the empty one at the end."""
    return b"".join(record(kind, data[i:i + size], rid)
                    for i in range(0, len(data), size)) + record(kind, rid=rid)


def params(method, path, body=b"", **more):
    """What nginx passes on, for a path that is not encoded."""
    found = {
        "QUERY_STRING": path.partition("?")[2], "REQUEST_METHOD": method,
        "CONTENT_TYPE": "application/json" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "REQUEST_URI": path, "DOCUMENT_URI": path.partition("?")[0],
        "SCRIPT_NAME": "", "PATH_INFO": path.partition("?")[0],
        "SERVER_PROTOCOL": "HTTP/1.1", "GATEWAY_INTERFACE": "CGI/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
    }
    found.update(more)
    return {name: value for name, value in found.items() if value is not None}


def request(method, path, body=b"", keep=True, rid=1, **more):
    """A whole request, as records."""
    return (begin(keep=keep, rid=rid) +
            stream(PARAMS, pairs(params(method, path, body, **more)), rid) +
            stream(STDIN, body, rid))


def cgi_answer(out):
    head, sep, body = out.partition(b"\r\n\r\n")
    if not sep:
        raise AssertionError("no head in %r" % out[:200])
    headers = [tuple(line.decode("latin-1").split(": ", 1))
               for line in head.split(b"\r\n")]
    answer = Answer(200, headers, body)
    if answer["Status"]:
        answer.status = int(answer["Status"].split()[0])
    return answer


class Fcgi:
    """One connection to a server's socket."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(PATIENCE)
        self.s.connect(path)
        self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data)

    def record(self):
        """(kind, request id, content), or None at the end."""
        head = self.f.read(8)
        if not head:
            return None
        if len(head) < 8:
            raise EOFError("a record's header was cut")
        version, kind, rid, n, pad = struct.unpack(">BBHHBx", head)
        if version != 1:
            raise AssertionError("not a record: %r" % head)
        data = self.f.read(n + pad)
        if len(data) < n + pad:
            raise EOFError("a record was cut")
        return kind, rid, data[:n]

    def answer(self, rid=1):
        out = b""
        while True:
            got = self.record()
            if got is None:
                raise EOFError("closed after %d bytes of an answer" % len(out))
            kind, of, data = got
            if of != rid:
                raise AssertionError("an answer to %d, not %d" % (of, rid))
            if kind == STDOUT:
                out += data
            elif kind == END:
                answer = cgi_answer(out)
                answer.protocol_status = data[4]
                return answer

    def request(self, method, path, body=b"", **more):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send(request(method, path, body, **more))
        return self.answer(more.get("rid", 1))

    def counted(self):
        """Requests that the server has answered."""
        self.send(record(GET_VALUES, pair("STILE_STATUS", ""), rid=0))
        text = self.record()[2].decode(errors="replace")
        return int(re.search(r"(?m)^requests +(\d+)$", text).group(1))

    def at_end(self):
        """The other side closes, and has nothing more to say."""
        try:
            return self.f.read(1) == b""
        except ConnectionResetError:
            return True

    def silent(self):
        """Nothing has arrived so far."""
        self.s.setblocking(False)
        try:
            self.s.recv(1, socket.MSG_PEEK)
            return False
        except BlockingIOError:
            return True
        finally:
            self.s.settimeout(PATIENCE)

    def taken(self):
        """The server has read all that was sent."""
        left = fcntl.ioctl(self.s, 0x5411, struct.pack("i", 0))  # SIOCOUTQ
        return struct.unpack("i", left)[0] == 0

    def wait_taken(self):
        wait_for("the server to read", self.taken)

    def close(self):
        self.f.close()
        self.s.close()


def fcgi_ask(sock, method, path, body=b"", **more):
    c = Fcgi(sock)
    try:
        return c.request(method, path, body, **more)
    finally:
        c.close()
