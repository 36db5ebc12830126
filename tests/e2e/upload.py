# SPDX-License-Identifier: ISC
"""A large upload and a large download do not take memory of the program.

tests/bench/upload does the same with a gigabyte.
"""

import hashlib
import os
import socket
import time

import e2e
from e2e import eq, ok

APP = "tests/conf/conformance"
MIB = 1024 * 1024
GROWTH_MAX = 2 * MIB

HEAD = (b'--x\r\nContent-Disposition: form-data; name="file"; '
        b'filename="zeros"\r\n\r\n')
TAIL = b"\r\n--x--\r\n"


class Bench:
    """The application behind nginx, with a folder for its uploads."""

    def __init__(self):
        self.folder = e2e.fresh("uploads")
        os.mkdir(self.folder)
        # Freed memory that ASan keeps back would count as growth.
        self.server = e2e.Server(
            APP, "--upload-dir", self.folder, env=e2e.environment(
                ASAN_OPTIONS="quarantine_size_mb=0:"
                "thread_local_quarantine_size_kb=0:log_path=%s/san" %
                e2e.tmp))
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock, [
            (r"client_max_body_size[^;]*;", "client_max_body_size 9g;")]))

    def peak(self):
        """Bytes of memory that it has had at most."""
        with open("/proc/%d/status" % self.server.pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def upload(self, size):
        """(answer, SHA-256 of what was sent)"""
        block = os.urandom(MIB)
        digest = hashlib.sha256()
        c = e2e.Http(self.nginx.port)
        c.s.settimeout(600)
        c.send(b"POST /bench/upload HTTP/1.1\r\nHost: localhost\r\n"
               b"Content-Type: multipart/form-data; boundary=x\r\n"
               b"Content-Length: %d\r\n\r\n" %
               (len(HEAD) + size + len(TAIL)) + HEAD)
        while size > 0:
            block = block[:size]
            digest.update(block)
            c.send(block)
            size -= len(block)
        c.send(TAIL)
        answer = c.answer()
        c.close()
        return answer, digest.hexdigest()

    def download(self, size):
        """Bytes that arrived as the body."""
        s = socket.create_connection(("127.0.0.1", self.nginx.port), 600)
        # HTTP/1.0: no chunks, the end of the connection is the end.
        s.sendall(b"GET /bench/download?size=%d HTTP/1.0\r\n"
                  b"Host: localhost\r\n\r\n" % size)
        with s, s.makefile("rb") as f:
            while f.readline() not in (b"\r\n", b""):
                pass
            got = 0
            while True:
                data = f.read(MIB)
                if not data:
                    return got
                got += len(data)


def measure(what, *args):
    """(result, seconds, bytes before, bytes after)"""
    before = what.__self__.peak()
    start = time.monotonic()
    result = what(*args)
    return (result, time.monotonic() - start, before,
            what.__self__.peak())


def small(before, after):
    ok(after - before < GROWTH_MAX, "and takes less than %d KiB" %
       (GROWTH_MAX // 1024), "%d KiB" % ((after - before) // 1024))


def upload():
    bench = Bench()
    eq(bench.upload(1000)[0].json()["size"], 1000, "a first one")
    (a, digest), _, before, after = measure(bench.upload, 16 * MIB)
    eq((a.status, a.json()), (200, {"size": 16 * MIB, "sha256": digest}),
       "16 MiB arrive")
    small(before, after)
    eq(os.listdir(bench.folder), [], "and nothing of them stays behind")


def download():
    bench = Bench()
    eq(bench.download(1000), 1000, "a first one")
    got, _, before, after = measure(bench.download, 16 * MIB)
    eq(got, 16 * MIB, "16 MiB are sent")
    small(before, after)


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx"):
        e2e.run(upload, download)
    e2e.run()
