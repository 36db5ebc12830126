# SPDX-License-Identifier: ISC
"""The same tests over SQLite and PostgreSQL, also behind a pooler."""

import glob
import os
import subprocess

import e2e
import pg
from e2e import eq, ok

ENGINES = "tests/e2e/engines"


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


def restart():
    if not pg.bindir():
        return
    with pg.Server() as server:
        p = subprocess.Popen(
            [e2e.program(ENGINES), "restart", server.dsn],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1, env=e2e.environment(),
            preexec_fn=e2e._die_with_parent(9))

        def ask():
            p.stdin.write("\n")
            p.stdin.flush()
            return p.stdout.readline().strip()

        eq(p.stdout.readline().strip(), "200", "before: 200")
        eq(ask(), "200", "again: 200")
        server.restart()
        eq(ask(), "200", "after a restart: 200")
        server.stop()
        eq(ask(), "503", "without a server: 503")
        eq(ask(), "503", "still: 503")
        server.start()
        eq(ask(), "200", "it is there again: 200")
        p.stdin.close()
        eq(p.wait(e2e.PATIENCE), 0, "it ends")


e2e.run(sqlite, postgresql, language, restart)
