# SPDX-License-Identifier: ISC
"""What one worker has counted holds with the others, and what holds longer."""

import os
import signal

import e2e
import life
from e2e import eq, ok


def tried(connections, key, n):
    """The statuses of so many tries, by the connections in turn."""
    return [connections[i % len(connections)].request(
        "GET", "/often/" + key).status for i in range(n)]


def workers():
    """All of a server count together; a reload begins anew."""
    s = life.Life("--workers", "2", "--threads", "1", "--wait-max", "60000")
    pair = s.connect_to_two()
    eq(tried(pair, "a", 14), 10 * [204] + 4 * [429], "ten times of both")
    eq(tried(pair, "b", 2), [204, 204], "another key")
    a = pair[0].request("GET", "/often/a")
    ok(a["RateLimit-Policy"] == '"often";q=10;w=3600' and
       a["RateLimit"].startswith('"often";r=0;t=') and
       3000 < int(a["Retry-After"]) <= 3600, "what is said", a)
    os.kill(pair[0].pid, signal.SIGKILL)
    s.wait_workers(gone=[pair[0].pid])
    pair = s.connect_to_two()
    eq(tried(pair, "a", 2), [429, 429], "also with one that has come since")
    ok(s.reload(), "it takes a reload")
    eq(tried([e2e.Fcgi(s.sock)], "a", 1), [204], "after which it is forgotten")
    eq(s.stop(), 0, "it ends well")


def cgi():
    """A process for each request: there is only the database."""
    env = dict(
        GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", SCRIPT_NAME="",
        PATH_INFO="/often/a", REQUEST_URI="/often/a", HTTP_HOST="localhost",
        SERVER_NAME="localhost", REMOTE_ADDR="127.0.0.1",
        LIFE_DB="sqlite:" + life.new_db())
    seen = []
    for i in range(12):
        status, out, err = e2e.command(e2e.program(life.APP), env=env)
        seen.append(e2e.cgi_answer(out.encode()).status)
    eq(seen, 10 * [204] + 2 * [429], "ten times")


e2e.run(workers, cgi)
