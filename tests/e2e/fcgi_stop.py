# SPDX-License-Identifier: ISC
"""Stopping and starting: what is in flight is answered, sockets are tidy.

A request is kept in flight by holding the database's write lock.
"""

import os
import signal
import socket
import stat

import e2e
from e2e import Fcgi, eq, ok

NOTE = b'{"title":"in flight"}'


def stopping(server):
    e2e.wait_for("the server to stop", lambda: any(
        line["msg"] == "stopping" for line in server.lines()))


def park(server):
    """A connection that has had a request answered, and is kept."""
    c = Fcgi(server.sock)
    if c.request("GET", "/notes?limit=1").status != 200:
        raise AssertionError("GET failed")
    return c


def send_post(c):
    c.send(e2e.request("POST", "/notes", NOTE))


def in_flight(number):
    """More requests than threads, while others idle, when the signal comes."""
    name = number.name
    server = e2e.Server(e2e.NOTES, "--threads", "2", "--db-busy-ms", "60000")
    idle = [park(server) for i in range(5)]
    parked = [park(server) for i in range(6)]
    lock = e2e.Lock(server.db)
    for c in parked[:2]:
        send_post(c)
        c.wait_taken()
    # Both threads are waiting now.  These wait for a thread, and the last
    # two have not even been accepted.
    rest = parked[2:] + [Fcgi(server.sock) for i in range(2)]
    for c in rest:
        send_post(c)

    server.signal(number)
    stopping(server)
    ok(all(c.silent() for c in parked + rest), name + ": nothing is cut off")
    ok(server.alive(), name + ": it waits for what is in flight")
    lock.release()
    eq([c.answer().status for c in parked[:2]], [201, 201],
       name + ": what is in flight is answered")
    statuses = []
    for c in rest:
        try:
            statuses.append(c.answer().status)
        except (EOFError, OSError) as e:
            statuses.append(repr(e))
    eq(statuses, [201] * 6, name + ": and what had arrived")
    ok(all(c.at_end() for c in parked + rest),
       name + ": then the connections end")
    ok(all(c.at_end() for c in idle), name + ": and the idle ones")
    eq(server.wait(), 0, name + ": exit status")
    ok(not os.path.exists(server.sock), name + ": the socket is removed")
    eq(len(server.rows()), 8, name + ": all was stored")
    eq([line["msg"] for line in server.lines()][-1], "stopped",
       name + ": its last word")


def terminated():
    in_flight(signal.SIGTERM)


def interrupted():
    in_flight(signal.SIGINT)


def behind_nginx():
    if not e2e.need("NGINX", "nginx"):
        return
    server = e2e.Server(e2e.NOTES, "--db-busy-ms", "60000")
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    lock = e2e.Lock(server.db)
    clients = [e2e.Http(nginx.port) for i in range(4)]
    for c in clients:
        c.send(b"POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
               b"application/json\r\nContent-Length: %d\r\n\r\n%s" %
               (len(NOTE), NOTE))
    e2e.wait_for("nginx to connect", lambda: len(server.connections()) == 4)
    server.signal(signal.SIGTERM)
    stopping(server)
    lock.release()
    eq([c.answer().status for c in clients], [201] * 4,
       "nginx: what is in flight is answered")
    eq(server.wait(), 0, "nginx: exit status")
    eq(clients[0].get("/notes").status, 502, "nginx: without it, 502")
    server = e2e.Server(e2e.NOTES, sock=server.sock, db=server.db)
    eq(len(e2e.ask(nginx.port, "GET", "/notes").json()), 4,
       "nginx: with a new one it goes on")


def early():
    """A signal that comes before it serves, or twice."""
    server = e2e.Server(e2e.NOTES, wait=False)
    e2e.wait_for("the socket", lambda: os.path.exists(server.sock))
    server.signal(signal.SIGTERM)
    eq(server.wait(), 0, "a SIGTERM as soon as the socket is there")
    ok(not os.path.exists(server.sock), "the socket is removed")

    server = e2e.Server(e2e.NOTES)
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE):
        server.signal(number)
    eq(e2e.fcgi_ask(server.sock, "GET", "/notes").status, 200,
       "SIGHUP, SIGUSR1 and SIGPIPE do not end it")
    server.signal(signal.SIGTERM)
    server.signal(signal.SIGTERM)
    eq(server.wait(), 0, "SIGTERM twice")


def given_up():
    """Half a request, and one that takes too long."""
    server = e2e.Server(e2e.NOTES, "--io-timeout", "1")
    c = Fcgi(server.sock)
    c.send(e2e.request("GET", "/notes")[:40])
    server.signal(signal.SIGTERM)
    eq(server.wait(), 0, "half a request does not hold it")
    ok(c.at_end(), "and is dropped")

    server = e2e.Server(e2e.NOTES, "--stop-timeout", "1", "--db-busy-ms",
                        "60000", want=70)
    lock = e2e.Lock(server.db)
    c = Fcgi(server.sock)
    send_post(c)
    c.wait_taken()
    server.signal(signal.SIGTERM)
    eq(server.wait(), 70, "past stop_timeout the exit status says so")
    ok("requests in flight were given up" in
       [line["msg"] for line in server.lines()], "and the log")
    ok(not os.path.exists(server.sock), "the socket is removed")
    lock.release()
    eq(server.rows(), [], "what was given up is not stored")


def refused(name, sock, db, want=74):
    server = e2e.Server(e2e.NOTES, sock=sock, db=db, wait=False, want=None)
    status = server.wait()
    ok(status == want and e2e.one_line(server.log()) and sock in server.log(),
       name + ": refused with one clear line", status, server.log())


def sockets():
    server = e2e.Server(e2e.NOTES)
    mode = stat.S_IMODE(os.stat(server.sock).st_mode)
    eq(mode, 0o660, "a socket has mode 0660")
    c = park(server)
    refused("a second server", server.sock, server.db)
    eq(c.request("GET", "/notes").status, 200,
       "the first one keeps its connections")
    eq(e2e.fcgi_ask(server.sock, "GET", "/notes").status, 200,
       "and takes new ones")
    refused("a second server on another database", server.sock, e2e.new_db())
    bad = e2e.Server(e2e.NOTES, sock=server.sock, db=e2e.fresh("none"),
                     wait=False, want=65)
    eq(bad.wait(), 65, "a second server without a database")
    eq(e2e.fcgi_ask(server.sock, "GET", "/notes").status, 200,
       "the first one is still there")

    server.kill()
    ok(os.path.exists(server.sock), "a killed server leaves its socket")
    server = e2e.Server(e2e.NOTES, sock=server.sock, db=server.db)
    eq(e2e.fcgi_ask(server.sock, "GET", "/notes").status, 200,
       "the next one replaces it")
    eq(server.stop(), 0, "and stops")

    path = e2e.fresh("file")
    with open(path, "w") as f:
        f.write("precious")
    refused("a file", path, server.db)
    with open(path) as f:
        eq(f.read(), "precious", "the file stays")
    link = e2e.fresh("link")
    os.symlink(path, link)
    refused("a link to a file", link, server.db)
    ok(os.path.islink(link), "the link stays")
    refused("no such folder", e2e.fresh("none") + "/sock", server.db)
    path = "/tmp/" + "x" * 103
    refused("too long a path", path, server.db, want=78)

    # Not ours any more: another server's socket at the path stays.
    server = e2e.Server(e2e.NOTES, db=server.db)
    os.unlink(server.sock)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(server.sock)
        other.listen()
        eq(server.stop(), 0, "a server whose path was taken stops")
        ok(os.path.exists(server.sock), "the other one's socket stays")


e2e.run(terminated, interrupted, behind_nginx, early, given_up, sockets)
