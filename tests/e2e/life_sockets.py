# SPDX-License-Identifier: ISC
"""Where a server listens, who may connect, and whose sockets it takes."""

import grp
import os
import pwd
import socket
import stat
import sys

import e2e
import life
from e2e import Fcgi, eq, ok
from life import Tcp

# As systemd does it: descriptors from 3 on, and whom they are for.
LAUNCH = """
import fcntl, os, sys
fds = [fcntl.fcntl(int(n), fcntl.F_DUPFD, 100) for n in sys.argv[1].split(",")]
for i, fd in enumerate(fds):
    os.dup2(fd, 3 + i)
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(fds))
os.execv(sys.argv[2], sys.argv[2:])
"""


def answers(c):
    return c.request("GET", "/self").status == 200


def is_closed(c):
    """At once, whatever is asked."""
    try:
        c.send(e2e.request("GET", "/self"))
    except OSError:
        pass
    return c.at_end()


def free_ports():
    """One of IPv4, and one of IPv6."""
    with socket.socket(socket.AF_INET) as v4, \
            socket.socket(socket.AF_INET6) as v6:
        v4.bind(("127.0.0.1", 0))
        v6.bind(("::", 0))
        return v4.getsockname()[1], v6.getsockname()[1]


def server_on_tcp(addresses, *options):
    """(server, port of IPv4, port of IPv6); another may be faster."""
    for attempt in range(10):
        v4, v6 = free_ports()
        sock = e2e.fresh("sock")
        s = life.Life("--listen", "unix:%s %s" % (sock, addresses %
                      {"v4": v4, "v6": v6}), *options, sock=sock,
                      wait=False)
        e2e.wait_for("it to serve, or not", lambda: not s.alive() or
                     s.said("serving"))
        if s.alive():
            return s, v4, v6
        s.want = None
        if "in use" not in s.log():
            break
    raise AssertionError(s.log())


BOTH = "tcp:127.0.0.1:%(v4)d  tcp:[::1]:%(v6)d"


def several():
    s, v4, v6 = server_on_tcp(BOTH)
    kept = [Fcgi(s.sock), Tcp("127.0.0.1", v4), Tcp("::1", v6)]
    ok(all(answers(c) for c in kept),
       "a Unix socket, IPv4 and IPv6 at once: all serve")
    c = Tcp("127.0.0.1", v4, source="127.0.0.2")
    ok(is_closed(c), "an address that is not in peers: closed")
    eq(len(s.wait_said("connection refused: the peer is not in peers")), 1,
       "and the log has it")
    old = s.workers()
    ok(s.reload(), "they reload")
    s.wait_workers(gone=old)
    ok(all(answers(c) for c in kept), "all of them stay connected")
    ok(all(answers(c) for c in (Fcgi(s.sock), Tcp("127.0.0.1", v4),
                                Tcp("::1", v6))), "and take new ones")
    second = life.Life("--listen", "tcp:127.0.0.1:%d" % v4, db=s.db,
                       wait=False, want=74)
    eq(second.wait(), 74, "a port that is taken: exit status 74")
    ok(e2e.one_line(second.log()) and "in use" in second.log(),
       "and one line", second.log())
    eq(s.stop(), 0, "it ends well")
    ok(not os.path.exists(s.sock), "the Unix socket is removed")


def networks():
    for peers, allowed, refused in (
            ("127.0.0.0/8", ["127.0.0.1", "127.0.0.2", "127.255.0.1"],
             ["::1"]),
            ("127.0.0.2/31 ::1/128", ["127.0.0.2", "127.0.0.3", "::1"],
             ["127.0.0.1", "127.0.0.4"]),
            ("::/0", ["::1"], ["127.0.0.1"]),
            ("", [], ["127.0.0.1", "::1"])):
        s, v4, v6 = server_on_tcp(BOTH, "--peers", peers)

        def connect(who):
            if ":" in who:
                return Tcp("::1", v6, source=who)
            return Tcp("127.0.0.1", v4, source=who)
        eq([who for who in allowed if answers(connect(who))], allowed,
           "peers '%s': let in" % peers)
        eq([who for who in refused if is_closed(connect(who))], refused,
           "peers '%s': not let in" % peers)
        ok(answers(Fcgi(s.sock)), "peers '%s': a Unix socket is free of it" %
           peers)
        s.stop()
    # One socket for both: the peer of IPv4 is what it is.
    s, v4, v6 = server_on_tcp("tcp:[::]:%(v6)d", "--peers", "127.0.0.2")
    ok(answers(Tcp("127.0.0.1", v6, source="127.0.0.2")),
       "IPv4 over an IPv6 socket: let in by its address")
    ok(is_closed(Tcp("127.0.0.1", v6)) and is_closed(Tcp("::1", v6)),
       "IPv4 over an IPv6 socket: others are not")


def refused(name, words, *options, status=78):
    s = life.Life(*options, wait=False, want=None)
    got = s.wait()
    ok(got == status and e2e.one_line(s.log()) and
       all(w in s.log() for w in words),
       "%s: exit status %d and one line" % (name, status), got, s.log())
    ok(not os.path.exists(s.sock), name + ": no socket is left")


def wrong():
    for peers in ("localhost", "10.0.0.0/33", "unix:", "::1,127.0.0.1"):
        refused("peers %s" % peers, ["peers", peers], "--peers", peers,
                status=64)
    refused("socket_mode 0666", ["socket_mode", "socket_public"],
            "--socket-mode", "0666")
    refused("socket_mode 888", ["socket_mode", "octal"], "--socket-mode",
            "888")
    refused("no such user", ["socket_owner", "no-such-user"],
            "--socket-owner", "no-such-user")
    refused("no such group", ["socket_group", "no-such-group"],
            "--socket-group", "no-such-group")


def owner():
    """As root, somebody else; else oneself."""
    user = "www-data" if os.getuid() == 0 else \
        pwd.getpwuid(os.getuid()).pw_name
    uid, gid = pwd.getpwnam(user)[2:4]
    group = grp.getgrgid(gid).gr_name
    s = life.Life("--socket-owner", user, "--socket-group", group,
                  "--socket-mode", "0620", wait=False)
    s.wait_serving()
    st = os.stat(s.sock)
    eq((st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)), (uid, gid, 0o620),
       "socket_owner, socket_group and socket_mode")
    ok(answers(Fcgi(s.sock)), "it serves")
    s.stop()
    s = life.Life("--socket-mode", "0666", "--socket-public")
    eq(stat.S_IMODE(os.stat(s.sock).st_mode), 0o666, "socket_public")
    ok(answers(Fcgi(s.sock)), "socket_public: it serves")


# ---- inherited -----------------------------------------------------------------

def unix_socket(mode=0o660):
    path = e2e.fresh("sock")
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, mode)
    s.listen(100)
    return path, s


def tcp_socket(family, host):
    s = socket.socket(family)
    s.bind((host, 0))
    s.listen(100)
    return s.getsockname()[1], s


def launch(sockets, *args, **more):
    fds = [s.fileno() for s in sockets]
    s = life.Life(
        argv=[sys.executable, "-c", LAUNCH, ",".join(map(str, fds)),
              e2e.program(life.APP), *args], pass_fds=fds, wait=False, **more)
    for each in sockets:
        each.close()
    return s


def inherited():
    db = life.new_db()
    path, one = unix_socket()
    v4, two = tcp_socket(socket.AF_INET, "127.0.0.1")
    v6, three = tcp_socket(socket.AF_INET6, "::1")
    # By variables alone, as a unit of systemd may have it.
    s = launch([one, two, three], db=db, env=e2e.environment(
        LIFE_DB="sqlite:" + db, LIFE_LOG_FORMAT="json", LIFE_WORKERS="2"))
    s.wait_serving()
    kept = [Fcgi(path), Tcp("127.0.0.1", v4), Tcp("::1", v6)]
    ok(all(answers(c) for c in kept), "three inherited sockets: all serve")
    ok(is_closed(Tcp("127.0.0.1", v4, source="127.0.0.9")),
       "inherited: peers count")
    for i in range(2):
        old = s.workers()
        ok(s.reload(), "inherited: reload %d" % (i + 1))
        s.wait_workers(gone=old)
        ok(all(answers(c) for c in kept), "inherited: connections are kept")
        ok(all(answers(c) for c in (Fcgi(path), Tcp("127.0.0.1", v4),
                                    Tcp("::1", v6))),
           "inherited: and new ones are taken")
    eq(s.stop(), 0, "inherited: it ends well")
    ok(os.path.exists(path), "inherited: the path is not its to remove")

    path, one = unix_socket(0o666)
    s = launch([one], "serve", "--db", "sqlite:" + db, db=db, want=78)
    eq(s.wait(), 78, "inherited, open to everyone: exit status 78")
    ok(e2e.one_line(s.log()) and path in s.log(), "and one line", s.log())
    path, one = unix_socket(0o666)
    s = launch([one], "serve", "--db", "sqlite:" + db, "--socket-public",
               "--log-format", "json", db=db)
    s.wait_serving()
    ok(answers(Fcgi(path)), "inherited, open to everyone, socket_public")


e2e.run(several, networks, wrong, owner, inherited)
