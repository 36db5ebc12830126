# SPDX-License-Identifier: ISC
"""The same tests over SQLite and PostgreSQL, also behind a pooler."""

import glob
import os
import subprocess

import e2e
import pg
from e2e import eq, ok

ENGINES = "tests/e2e/engines"


def write_search():
    """The migration of a full-text index, by the command that users have."""
    path = os.path.join(pg.folder("search"), "0004_doc_search")
    status, out, err = e2e.command(
        "sh", os.path.join(os.environ["top_srcdir"], "lib/data/stile-search"),
        path, "doc", "words")
    eq((status, out + err), (0, ""), "stile-search writes a migration")
    os.environ["DOC_SEARCH"] = path


def over(name, dsn, *more):
    """Run them all on one data source; each is a test of ours."""
    status, out, err = e2e.command(e2e.program(ENGINES), dsn, *more)
    why, count, done = [], 0, False
    for line in out.splitlines():
        good = line.startswith("ok ")
        if good or line.startswith("not ok "):
            ok(good, "%s: %s" % (name, line.split("ok ", 1)[1]), *why)
            why = []
            count += 1
        else:
            why.append(line)
            done = done or line.startswith("done ")
    ok(status == 0 and done and count > 10, name + ": came to its end", status,
       *why, err)


def sqlite():
    over("sqlite file", "sqlite:" + e2e.fresh("db"))
    over("sqlite memory", "sqlite::memory:")


def postgresql():
    if not pg.bindir():
        return
    with pg.Server() as server:
        over("postgresql", server.dsn)
        uri = "postgresql://%s@/postgres?host=%s&prepare=no" % (
            pg.SUPERUSER, server.dir.replace("/", "%2F"))
        over("postgresql, not prepared", uri, "pooled")
        pooler = pg.Pooler(server)
        over("postgresql, pooled", pooler.dsn, "pooled")
        # What was prepared on another connection is not there.
        status, out, err = e2e.command(
            e2e.program(ENGINES), pooler.dsn.replace(" prepare=no", ""),
            "pooled")
        ok("unsupported startup parameter" in out,
           "a pooler without prepare=no: refused", out, err)


def language():
    """Errors are known by their codes, not by their words."""
    if not pg.bindir():
        return
    locales = pg.folder("locales")
    os.chmod(locales, 0o755)
    status, out, err = e2e.command("localedef", "-i", "de_DE", "-f", "UTF-8",
                                   locales + "/de_DE.UTF-8")
    if not glob.glob("/usr/share/locale/de/LC_MESSAGES/postgres-*.mo"):
        e2e.skip("PostgreSQL in German", "its messages are not installed")
        return
    with pg.Server("lc_messages=de_DE.UTF-8", LOCPATH=locales) as server:
        try:
            server.sql("SELECT 1 FROM nowhere")
        except AssertionError as e:
            ok("existiert nicht" in str(e), "it speaks German", e, err)
        over("postgresql in German", server.dsn)


class Asking:
    """A program that sends one request at its start, and one each time."""

    def __init__(self, dsn):
        self.p = subprocess.Popen(
            [e2e.program(ENGINES), "restart", dsn], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1,
            env=e2e.environment(), preexec_fn=e2e._die_with_parent(9))
        self.first = self.line()

    def line(self):
        return self.p.stdout.readline().strip()

    def ask(self):
        self.p.stdin.write("\n")
        self.p.stdin.flush()
        return self.line()

    def end(self):
        self.p.stdin.close()
        return self.p.wait(e2e.PATIENCE)


def restart():
    if not pg.bindir():
        return
    with pg.Server() as server:
        client = Asking(server.dsn)
        eq(client.first, "200", "before: 200")
        eq(client.ask(), "200", "again: 200")
        server.restart()
        eq(client.ask(), "200", "after a restart: 200")
        server.stop()
        eq(client.ask(), "503", "without a server: 503")
        eq(client.ask(), "503", "still: 503")
        server.start()
        eq(client.ask(), "200", "it is there again: 200")
        eq(client.end(), 0, "it ends")


def certificate(folder, name):
    """For localhost, and readable for who runs the server: its path."""
    path = "%s/%s" % (folder, name)
    status, out, err = e2e.command(
        *pg.unprivileged()[0], e2e.need("OPENSSL", "openssl"), "req", "-x509",
        "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-subj", "/CN=localhost", "-days", "2", "-out", path + ".pem",
        "-keyout", path + ".key", cwd="/")
    if status != 0:
        raise AssertionError("openssl: " + err)
    return path


def tls():
    if not pg.bindir():
        return
    folder = pg.folder("tls")
    os.chmod(folder, 0o711)
    good, wrong = certificate(folder, "good"), certificate(folder, "wrong")
    with pg.Server("listen_addresses=127.0.0.1", "ssl=on",
                   "ssl_cert_file=%s.pem" % good,
                   "ssl_key_file=%s.key" % good,
                   port=e2e.free_port()) as server:
        dsn = ("postgresql:host=localhost hostaddr=127.0.0.1 port=%d user=%s "
               "dbname=postgres sslmode=verify-full sslrootcert=%%s.pem"
               % (server.port, pg.SUPERUSER))
        client = Asking(dsn % good)
        eq(client.first, "200", "TLS: 200")
        eq(server.sql("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity "
                      "USING (pid) WHERE ssl AND application_name = 'stile'"),
           "1", "TLS: it is encrypted")
        eq(client.end(), 0, "TLS: it ends")
        client = Asking(dsn % wrong)
        ok("Bail out" in client.first and "certificate" in client.first,
           "TLS: another certificate is refused", client.first)
        eq(client.end(), 1, "TLS: it ends with it")


e2e.run(write_search, sqlite, postgresql, language, restart, tls)
