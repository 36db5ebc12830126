# SPDX-License-Identifier: ISC
"""Three application machines behind one nginx, with one PostgreSQL, set up as
stile-scale(7) says: what is written there is what runs here.

Machines are network namespaces without names.  This process moves into one, with
a bridge, PostgreSQL and nginx; each host has one more.  All of it is seen by
nobody else, and is gone when the processes are, even if they are killed.
"""

import collections
import json
import os
import re
import shutil
import signal
import threading

import e2e
import life
import pg
from e2e import eq, ok

WEB = "10.0.0.10"
DATABASE = "10.0.0.20"
ADDRESSES = ["10.0.0.11", "10.0.0.12", "10.0.0.13"]
WRITERS = 6
UNLUCKY = (502, 503, 504)
CLONE_NEWNET = 0x40000000


# ---- machines ----------------------------------------------------------------

def own_network():
    """The calling thread's, and so that of all it starts."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def leave_network():
    if e2e._libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(e2e.ctypes.get_errno(), "unshare")


def new_network():
    """One that is there for as long as somebody has it open."""
    old = own_network()
    leave_network()
    new = own_network()
    e2e._libc.setns(old, CLONE_NEWNET)
    os.close(old)
    return new


def call(*argv):
    status, out, err = e2e.command(*argv)
    if status != 0:
        raise AssertionError("%s: %s%s" % (" ".join(argv), out, err))


def become_web():
    """This process is on the machine of nginx and PostgreSQL; None, or why it
    is not."""
    if os.getuid() != 0:
        return "only root makes networks"
    try:
        leave_network()
    except OSError as e:
        return "no network namespace: " + e.strerror
    try:
        call("ip", "link", "set", "lo", "up")
        call("ip", "link", "add", "bridge", "type", "bridge")
        for address in (WEB, DATABASE):
            call("ip", "addr", "add", address + "/24", "dev", "bridge")
        call("ip", "link", "set", "bridge", "up")
    except AssertionError as e:
        return str(e)


class Host:
    """A machine with a copy of the program's configuration."""

    def __init__(self, address):
        self.address = address
        self.network = "/proc/%d/fd/%d" % (os.getpid(), new_network())
        self.inside = ["nsenter", "--net=" + self.network]
        self.cable = "host" + address.rpartition(".")[2]
        call("ip", "link", "add", self.cable, "type", "veth", "peer", "name",
             "eth0", "netns", self.network)
        call("ip", "link", "set", self.cable, "master", "bridge")
        call(*self.inside, "ip", "addr", "add", address + "/24", "dev", "eth0")
        call(*self.inside, "ip", "link", "set", "eth0", "up")
        self.plug()
        self.conf = e2e.fresh("notes.conf")
        with open(self.conf, "w") as f:
            f.write(page_block("listen = ").replace(ADDRESSES[0], address))

    def plug(self):
        call("ip", "link", "set", self.cable, "up")

    def cut(self):
        call("ip", "link", "set", self.cable, "down")

    def start(self, *options):
        """Start it; wait_serving() then waits."""
        self.server = e2e.Server(prefix=self.inside, wait=False, argv=[
            e2e.program(e2e.NOTES), "serve", "--config", self.conf,
            "--workers", "2", "--log-format", "json", *options])

    def kill(self):
        self.server.want = None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()


# ---- what the page says ------------------------------------------------------

def page_block(start):
    """The example in stile-scale(7) that begins with this."""
    with open(os.path.join(e2e.srcdir, "man/stile-scale.7")) as f:
        return re.search(r"(?ms)^\.Bd [^\n]*\n(%s.*?)^\.Ed" % re.escape(start),
                         f.read()).group(1)


def nginx_conf(site):
    """The page's, with a port of choice and less patience; answers tell who was
    asked for them."""
    text = e2e.edited(e2e.conf("nginx.conf"), [
        (r"(?m)^#(user.*# @user)", r"\1"), (r"include\s+site.conf;", "@site@")])
    site = e2e.edited(site, [
        (r"(?s)upstream notes \{.*?\n\}\n", page_block("upstream")),
        (r"(?s)fastcgi_connect_timeout[^\n]*(.*)fastcgi_read_timeout[^\n]*",
         r"\1" + page_block("fastcgi_connect_timeout")),
        (r"fastcgi_read_timeout .*;", "fastcgi_read_timeout 4s;"),
        (r"(?m)^server \{", "server {\nadd_header Asked $upstream_addr always;"),
    ])
    return lambda port: text.replace("@site@", e2e.edited(site, [
        (r"\S*(;.*# @listen)", r"127.0.0.1:%d\1" % port)]))


class Http(e2e.Http):
    host = "notes.example.org"


class Service:
    """All of it, running."""

    def __init__(self):
        settings = page_block("listen = ")
        eq(re.findall(r"10[.\d]+\d", settings), [ADDRESSES[0], WEB, DATABASE],
           "the page's addresses")
        eq(re.findall(r"server (\S+):9000", page_block("upstream")), ADDRESSES,
           "and hosts")
        self.postgres = pg.Server(interface=DATABASE + "/24")
        self.postgres.sql("CREATE ROLE notes LOGIN")
        self.postgres.sql("CREATE DATABASE notes OWNER notes")
        self.hosts = [Host(address) for address in ADDRESSES]
        site = e2e.command(e2e.program(e2e.NOTES), "nginx", "--config",
                           self.hosts[0].conf)[1]
        self.acknowledged = []
        self.migrate_at_once()
        self.nginx = e2e.Nginx(nginx_conf(site))

    def migrate_at_once(self):
        for host in self.hosts:
            host.start("--migrate")
        for host in self.hosts:
            host.server.wait_serving()
        eq(self.sql("SELECT count(*), count(DISTINCT version)"
                    " FROM stile_migration"), "2|2",
           "three start together with --migrate: each is applied once")

    def sql(self, text):
        return self.postgres.sql(text, "notes")

    def ask(self, method, target, body=None):
        c = Http(self.nginx.port)
        try:
            return c.request(method, target, body)
        finally:
            c.close()

    def post(self, title, c=None):
        a = (c.request if c else self.ask)("POST", "/notes", {"title": title})
        if a.status == 201:
            self.acknowledged.append(title)
        return a

    def rows(self):
        """How often each title is there."""
        return collections.Counter(json.loads(self.sql(
            "SELECT coalesce(json_agg(title), '[]') FROM note")))


def asked(a):
    """The addresses of the hosts that nginx tried for an answer, in turn."""
    return re.findall(r"([\d.]+):9000", a["Asked"] or "")


class Load:
    """Clients that make one note after the other, and one that reads."""

    def __init__(self, service, name):
        self.service = service
        self.name = name
        self.posts = []
        self.reads = []
        self.lanes = life.Lanes()
        for i in range(WRITERS):
            self.lanes.start(self.writer(i))
        self.lanes.start(lambda n: self.reads.append(
            service.ask("GET", "/notes/1")))

    def writer(self, number):
        c = [Http(self.service.nginx.port)]

        def step(n):
            title = "%s %d-%d" % (self.name, number, n)
            a = self.service.post(title, c[0])
            self.posts.append(a)
            if a["Connection"] == "close":
                c[0].close()
                c[0] = Http(self.service.nginx.port)
        return step

    def wait_created(self, n, by):
        """Wait for so many more, each of the hosts having some of them."""
        start = len(self.posts)

        def there():
            if self.lanes.errors:
                raise AssertionError(self.lanes.errors)
            found = [a for a in self.posts[start:] if a.status == 201]
            return len(found) >= n and {h.address for h in by} <= {
                asked(a)[-1] for a in found}
        e2e.wait_for("%d notes by %d hosts" % (n, len(by)), there)

    def wait_given_up(self, host):
        """nginx has waited in vain for this one's answer to a POST."""
        e2e.wait_for("a gateway timeout", lambda: [
            a for a in self.posts if a.status == 504 and
            asked(a)[-1] == host.address])

    def reads_go_on(self):
        """Without it, whoever else is asked answers."""
        bad = [a for a in self.reads if a.status != 200]
        eq(bad[:3], [], self.name + ": reads go on")

    def end(self):
        self.lanes.end()
        eq(self.lanes.errors, [], self.name + ": every request has an answer")
        counts = collections.Counter(a.status for a in self.posts)
        e2e.diag("%s: %s" % (self.name, dict(counts)))
        failed = [a for a in self.posts if a.status != 201]
        ok(all(a.status in UNLUCKY for a in failed),
           self.name + ": a note is made, or the gateway says that it is not "
           "known", failed[:3])
        # Those under way, and one for each attempt that nginx makes later.
        ok(len(failed) <= 4 * WRITERS, self.name + ": most are made", counts)
        # 503: the host that is back has lost its connection to PostgreSQL.
        bad = [a for a in self.reads if a.status != 503 and
               (a.status != 200 or a.json()["title"] != "first")]
        eq(bad[:3], [], self.name + ": what is read is right")
        nothing_lost(self.service, self.name)


def nothing_lost(service, name):
    rows = service.rows()
    eq([t for t in service.acknowledged if rows[t] == 0], [],
       name + ": what was acknowledged is there")
    eq([t for t, n in rows.items() if n > 1], [], name + ": and only once")


def all_is_well(service, name):
    """Every host answers, and nothing but 201."""
    found = [service.post("%s, well %d" % (name, i)) for i in range(30)]
    eq(collections.Counter(a.status for a in found), {201: 30},
       name + ": all are made")
    eq(sorted({host for a in found for host in asked(a)}), ADDRESSES,
       name + ": by all hosts")
    ok(all(len(asked(a)) == 1 for a in found), name + ": at the first attempt")
    return found


# ---- the tests ---------------------------------------------------------------

def together(service):
    a = service.post("first")
    eq((a.status, a["Location"]), (201, "/notes/1"), "a note is made")
    found = all_is_well(service, "at first")
    # Whoever is asked has what any of them has made.
    readers = set()
    for a in [a for a in found for twice in range(2)]:
        got = service.ask("GET", a["Location"])
        readers.add((asked(a)[0], asked(got)[0]))
        if (got.status, got.body) != (200, a.body):
            eq((got.status, got.body), (200, a.body), a["Location"])
    ok(len(readers) > 3, "notes are read at other hosts", readers)
    nothing_lost(service, "at first")


def cut_off(service):
    """The cable is pulled out, and PostgreSQL gives the host up."""
    host, *others = service.hosts
    load = Load(service, "cut off")
    load.wait_created(50, service.hosts)
    host.cut()
    load.wait_given_up(host)
    load.wait_created(300, others)
    load.reads_go_on()
    gone = service.sql("SELECT count(pg_terminate_backend(pid)) FROM"
                       " pg_stat_activity WHERE client_addr = '%s'" %
                       host.address)
    ok(int(gone) > 0, "it had connections to PostgreSQL", gone)
    host.plug()
    load.wait_created(100, service.hosts)
    load.end()
    all_is_well(service, "plugged in")


def killed(service):
    host, *others = service.hosts[1:] + service.hosts[:1]
    load = Load(service, "killed")
    load.wait_created(50, service.hosts)
    host.kill()
    load.wait_created(300, others)
    load.reads_go_on()
    host.start("--migrate")
    host.server.wait_serving()
    load.wait_created(100, service.hosts)
    load.end()
    all_is_well(service, "started again")


class Locked:
    """No one reads or writes notes, until it is released."""

    def __init__(self, service):
        self.service = service
        self.process = e2e.Process("psql", [
            service.postgres.bin + "/psql", "-X", "-q", "-d",
            service.postgres.conninfo("notes"), "-c",
            "BEGIN; LOCK TABLE note; SELECT pg_sleep(60)"], want=None)
        e2e.wait_for("the lock", lambda: service.sql(
            "SELECT 1 FROM pg_locks WHERE granted AND relation ="
            " 'note'::regclass AND mode = 'AccessExclusiveLock'"))

    def waiting(self):
        """The host that waits for it."""
        address = e2e.wait_for("a host to wait", lambda: self.service.sql(
            "SELECT client_addr FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock'"))
        return next(h for h in self.service.hosts if h.address == address)

    def release(self):
        self.service.sql("SELECT pg_terminate_backend(pid) FROM"
                         " pg_stat_activity WHERE query LIKE '%LOCK TABLE%'"
                         " AND pid <> pg_backend_pid()")
        self.process.wait()


def dies_with(service, method, target, body):
    """(the host that dies with a request, the request's answer)"""
    found = []
    client = threading.Thread(target=lambda: found.append(
        service.ask(method, target, body)))
    lock = Locked(service)
    client.start()
    host = lock.waiting()
    host.kill()
    if method != "POST":
        e2e.wait_for("another host to wait", lambda: service.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE client_addr <> '%s'"
            " AND wait_event_type = 'Lock'" % host.address) != "0")
    else:
        client.join(e2e.PATIENCE)
    lock.release()
    client.join(e2e.PATIENCE)
    host.start()
    host.server.wait_serving()
    return host.address, found[0]


def asked_again(service):
    """What has been sent goes to another host, if that is the same as once."""
    first, a = dies_with(service, "POST", "/notes", {"title": "in its hands"})
    eq((a.status, asked(a)), (502, [first]), "a POST is not sent again")
    eq(service.rows()["in its hands"], 0, "and its note is not made")
    for method, target, body, status in (
            ("GET", "/notes/1", None, 200),
            ("PUT", "/notes/2", {"title": "put"}, 200),
            ("DELETE", "/notes/3", None, 204)):
        first, a = dies_with(service, method, target, body)
        eq((a.status, len(asked(a)), asked(a)[0]), (status, 2, first),
           "a %s is sent to another host" % method)
    eq(service.sql("SELECT id, title FROM note WHERE id <= 3 ORDER BY id"),
       "1|first\n2|put", "with what it is to do")


def scale_out():
    if not pg.bindir():
        return
    for program in ("ip", "nsenter"):
        if not shutil.which(program):
            return e2e.skip("three hosts", program + " was not found")
    why = become_web()
    if why:
        return e2e.skip("three hosts", why)
    service = Service()
    for test in (together, cut_off, killed, asked_again):
        test(service)


e2e.run(scale_out)
