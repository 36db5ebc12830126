# SPDX-License-Identifier: ISC
"""A PostgreSQL of one's own: with pg.Server() as s: ... s.dsn ...

It is in a temporary folder, on a Unix socket only unless an interface is given,
does not wait for the disk, and ends with the test, whichever way that ends.
"""

import glob
import ipaddress
import os
import pwd
import shutil
import signal

import e2e

SUPERUSER = "stile"


def bindir():
    """Where the server's programs are; None after a skip."""
    if not os.path.exists(e2e.builddir + "/lib/.libs/postgresql.so"):
        e2e.skip("PostgreSQL", "its module is not built")
        return None
    for path in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        if os.access(path + "/postgres", os.X_OK):
            return path
    path = shutil.which("postgres")
    if path:
        return os.path.dirname(os.path.realpath(path))
    e2e.skip("PostgreSQL", "postgres was not found")
    return None


def unprivileged():
    """What runs a program as another one than root, which it refuses; and who
    that is."""
    if os.getuid() != 0:
        return [], pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", "--reuid", str(user.pw_uid), "--regid",
                str(user.pw_gid), "--clear-groups", "--pdeathsig",
                "KILL"], user
    raise AssertionError("there is no user to run PostgreSQL as")


def folder(name):
    """A new folder that the unprivileged user can write."""
    path = e2e.fresh(name)
    os.mkdir(path, 0o700)
    user = unprivileged()[1]
    os.chown(path, user.pw_uid, user.pw_gid)
    return path


class Server:
    def __init__(self, *settings, port=5432, interface=None, **env):
        """interface: an address to listen on as well, and how long the part is
        that all who may come from there share: "10.0.0.20/24"."""
        self.bin = bindir()
        self.prefix = unprivileged()[0]
        self.dir = folder("pg")
        os.chmod(self.dir, 0o711)       # for the socket in it
        self.data = self.dir + "/data"
        self.settings = settings
        self.port = port
        self.env = env
        status, out, err = e2e.command(
            *self.prefix, self.bin + "/initdb", "-D", self.data, "-A",
            "trust", "-N", "-U", SUPERUSER, "--no-locale", "-E", "UTF8",
            cwd="/")
        if status != 0:
            raise AssertionError("initdb: " + out + err)
        if interface:
            self.let_in(ipaddress.ip_interface(interface))
        self.start()

    def let_in(self, interface):
        self.settings += ("listen_addresses=%s" % interface.ip,)
        with open(self.data + "/pg_hba.conf", "a") as f:
            f.write("host all all %s trust\n" % interface.network)

    def start(self):
        argv = self.prefix + [
            self.bin + "/postgres", "-D", self.data, "-k", self.dir,
            "-p", str(self.port), "-c", "listen_addresses=", "-c", "fsync=off",
            "-c", "max_connections=40", "-c", "unix_socket_permissions=0777"]
        for setting in self.settings:
            argv += ["-c", setting]
        # SIGINT: it disconnects everyone, and ends at once.
        self.process = e2e.Process("postgres", argv, stop_by=signal.SIGINT,
                                   cwd="/", env=e2e.environment(**self.env))
        e2e.wait_for("PostgreSQL to start", self.ready)

    def ready(self):
        if not self.process.alive():
            raise AssertionError("postgres: " + self.process.log())
        return e2e.command(self.bin + "/pg_isready", "-q", "-h", self.dir,
                           "-p", str(self.port), "-d", "postgres")[0] == 0

    def restart(self):
        self.process.stop()
        self.start()

    def conninfo(self, dbname="postgres"):
        return "host=%s port=%d user=%s dbname=%s" % (
            self.dir, self.port, SUPERUSER, dbname)

    @property
    def dsn(self):
        return "postgresql:" + self.conninfo()

    def sql(self, text, dbname="postgres"):
        """What psql prints of it."""
        status, out, err = e2e.command(
            self.bin + "/psql", "-X", "-A", "-t", "-q", "-v",
            "ON_ERROR_STOP=1", "-d", self.conninfo(dbname), "-c", text)
        if status != 0:
            raise AssertionError("%s: %s" % (text, err))
        return out.strip()

    def stop(self):
        if self.process.alive():
            self.process.stop()

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.stop()


class Pooler:
    """pgbouncer in front of a server, in the mode of transactions."""

    def __init__(self, server, connections=3):
        program = e2e.need("PGBOUNCER", "pgbouncer")
        prefix = unprivileged()[0]
        self.dir = folder("pgbouncer")
        os.chmod(self.dir, 0o711)
        path = self.dir + "/ini"
        with open(path, "w") as f:
            f.write("[databases]\n"
                    "postgres = host=%s user=%s\n"
                    "[pgbouncer]\n"
                    "listen_addr =\n"
                    "unix_socket_dir = %s\n"
                    "auth_type = any\n"
                    "pool_mode = transaction\n"
                    "default_pool_size = %d\n"
                    "max_client_conn = 100\n"
                    % (server.dir, SUPERUSER, self.dir, connections))
        os.chmod(path, 0o644)
        self.process = e2e.Process("pgbouncer", prefix + [program, path],
                                   stop_by=signal.SIGINT, want=None, cwd="/")
        e2e.wait_for("pgbouncer to start", lambda: os.path.exists(
            self.dir + "/.s.PGSQL.6432"))
        self.dsn = ("postgresql:host=%s port=6432 user=%s dbname=postgres "
                    "prepare=no" % (self.dir, SUPERUSER))
