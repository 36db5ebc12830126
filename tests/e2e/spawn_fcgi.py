# SPDX-License-Identifier: ISC
"""Started on a socket that another program made."""

import os
import signal
import socket
import stat

import e2e
from e2e import Fcgi, eq, ok


def serves(name, server):
    c = Fcgi(server.sock)
    eq(c.request("POST", "/notes", b'{"title":"x"}').status, 201,
       name + ": it serves")
    eq(c.request("GET", "/notes/1").json()["title"], "x",
       name + ": and keeps the connection")
    return c


def ends(name, server, number=signal.SIGTERM):
    server.signal(number)
    eq(server.wait(), 0, name + ": exit status")
    ok(os.path.exists(server.sock),
       name + ": the socket is its maker's to remove")


def settings(db):
    return e2e.environment(NOTES_DB="sqlite:" + db, NOTES_LOG_FORMAT="json")


def spawned():
    spawn = e2e.need("SPAWN_FCGI", "spawn-fcgi")
    if not spawn:
        return
    for name, command in (("spawn-fcgi", []), ("with a command", ["serve"])):
        db, sock = e2e.new_db(), e2e.fresh("sock")
        server = e2e.Server(e2e.NOTES, db=db, sock=sock, env=settings(db),
                            argv=[spawn, "-n", "-s", sock, "-M", "0660", "--",
                                  e2e.program(e2e.NOTES), *command])
        serves(name, server)
        ends(name, server)

    # Its own default is a socket for everyone to write to.
    db, sock = e2e.new_db(), e2e.fresh("sock")
    server = e2e.Server(e2e.NOTES, db=db, sock=sock, env=settings(db),
                        argv=[spawn, "-n", "-s", sock, "-M", "0777", "--",
                              e2e.program(e2e.NOTES)], wait=False, want=None)
    status, log = server.wait(), server.log()
    ok(status == 78 and e2e.one_line(log) and sock in log and "0660" in log,
       "a socket for everyone: refused with one clear line", status, log)


def listening(path, mode=0o660):
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, mode)
    s.listen(16)
    return s


def activated(name, mode=0o660, pid="$$", count="1", command="", **more):
    """As systemd does it: on fd 3, with the process id in the environment."""
    db, sock = e2e.new_db(), e2e.fresh("sock")
    with listening(sock, mode) as s:
        os.set_inheritable(s.fileno(), True)
        return e2e.Server(
            e2e.NOTES, db=db, sock=sock, env=settings(db),
            argv=["/bin/sh", "-c", "exec 3<&%d %d<&-; LISTEN_PID=%s; "
                  "LISTEN_FDS=%s; export LISTEN_PID LISTEN_FDS; exec %s %s" %
                  (s.fileno(), s.fileno(), pid, count,
                   e2e.program(e2e.NOTES), command)]
            if s.fileno() != 3 else
            ["/bin/sh", "-c", "LISTEN_PID=%s; LISTEN_FDS=%s; "
             "export LISTEN_PID LISTEN_FDS; exec %s %s" %
             (pid, count, e2e.program(e2e.NOTES), command)],
            pass_fds=(s.fileno(),), **more)


def systemd():
    for name, command in (("LISTEN_FDS", ""), ("with a command", "serve"),
                          ("with settings", "serve --threads 2")):
        server = activated(name, command=command)
        serves(name, server)
        ends(name, server, signal.SIGINT if command else signal.SIGTERM)

    # Another process is meant: as if nothing had been passed.
    server = activated("LISTEN_PID", pid="1", wait=False, want=None)
    status, log = server.wait(), server.log()
    ok(status == 64 and "usage:" in log, "another LISTEN_PID: usage", status,
       log)
    server = activated("mode", mode=0o666, wait=False, want=None)
    status, log = server.wait(), server.log()
    ok(status == 78 and e2e.one_line(log) and server.sock in log,
       "a socket for everyone: refused with one clear line", status, log)


def plain():
    """No socket at all."""
    status, out, err = e2e.command(e2e.program(e2e.NOTES))
    ok(status == 64 and out == "" and "usage:" in err, "nothing: usage",
       status, out, err)
    status, out, err = e2e.command(e2e.program(e2e.NOTES), "serve", "--db",
                                   "sqlite:" + e2e.new_db())
    ok(status == 64 and "--listen" in err and e2e.one_line(err),
       "serve without --listen says so", status, err)
    status, out, err = e2e.command(
        e2e.program(e2e.NOTES), "serve", "--listen", "unix:" + e2e.fresh("s"),
        "--socket-mode", "0666", "--db", "sqlite:" + e2e.new_db())
    ok(status == 78 and "everyone" in err and e2e.one_line(err),
       "a socket for everyone is not made", status, err)
    server = e2e.Server(e2e.NOTES, "--socket-mode", "0600")
    eq(stat.S_IMODE(os.stat(server.sock).st_mode), 0o600,
       "--socket-mode 0600")


e2e.run(spawned, systemd, plain)
