# SPDX-License-Identifier: ISC
"""Who tries tokens: through nginx, at both workers, beside one who has a good
one."""

import socket
import time
import urllib.parse

import e2e
from e2e import eq, ok

APP = "tests/e2e/accounts_app"
GOOD = "zufällig gewählt 7"
LIMIT, TRIES = 20, 200
ALPHABET = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            "0123456789-_")
OTHER = "127.0.0.2"             # another address of a client


class At(e2e.Http):
    """A client of nginx that has a certain address."""

    def __init__(self, port, address="127.0.0.1"):
        self.s = socket.create_connection(("127.0.0.1", port), e2e.PATIENCE,
                                          source_address=(address, 0))
        self.f = self.s.makefile("rb")

    def bring(self, token, path="/read"):
        return self.request("GET", path, headers=[
            ("Authorization", "Bearer " + token)])


def site():
    db = e2e.fresh("db")
    dsn = "sqlite:" + db
    eq(e2e.command(e2e.program(APP), "migrate", "--db", dsn)[0], 0, "migrate")
    server = e2e.Server(APP, "--db", dsn, "--workers", "2", "--token-limit",
                        str(LIMIT), "--password-memory", "8192",
                        "--password-passes", "1")
    return db, server, e2e.Nginx(e2e.site_conf(server.sock))


def token_of(port):
    """Of a user who may read, by whoever has logged in."""
    ask = At(port)
    fields = urllib.parse.urlencode({"name": "ann", "password": GOOD,
                                     "scopes": "*"}).encode()
    headers = [("Sec-Fetch-Site", "same-origin"),
               ("Content-Type", "application/x-www-form-urlencoded")]
    ask.request("POST", "/register", fields, headers)
    a = ask.request("POST", "/in", fields, headers)
    headers.append(("Cookie", a["Set-Cookie"].split(";")[0]))
    return ask.request("POST", "/token", fields, headers).body.decode()


def rows(db, sql):
    with e2e.open_db(db) as other:
        return other.execute(sql).fetchall()


def guesses(token):
    """As near as one can get: all but the last letter is right."""
    for i in range(TRIES):
        yield token[:-2] + ALPHABET[i // 64] + ALPHABET[i % 64]


def guessing():
    db, server, nginx = site()
    token = token_of(nginx.port)
    e2e.command(e2e.program(APP), "user", "grant", "ann", "reader", "--db",
                "sqlite:" + db)
    guesser, another = At(nginx.port), At(nginx.port, OTHER)
    eq(guesser.bring(token).status, 200, "a good one is let in")
    before = rows(db, "SELECT * FROM stile_token")

    start = time.monotonic()
    answers = [guesser.bring(guess) for guess in guesses(token)
               if guess != token]
    # What may be tried comes back bit by bit.
    most = LIMIT + (time.monotonic() - start) * LIMIT / 60 + 1
    looked = [a for a in answers if a.status == 401]
    eq({a.status for a in answers}, {401, 429}, "none of them is let in")
    eq({a.status for a in answers[:LIMIT]}, {401}, "some are looked at")
    ok(len(looked) <= most, "and no more than that", len(looked), most)
    eq({(a["WWW-Authenticate"], a.body) for a in looked},
       {('Bearer error="invalid_token"', looked[0].body)},
       "which are all told the same")
    late = [a for a in answers if a.status == 429]
    ok(all(a.is_problem() and 1 <= int(a["Retry-After"]) <= 60 and
           a["RateLimit-Policy"] == '"token";q=%d;w=60' % LIMIT and
           a["RateLimit"].startswith('"token";r=0;t=') for a in late),
       "the others, when to come back", late[:3])

    eq(another.bring(token).status, 200, "a good one from another address")
    eq(another.bring("stile_guess").status, 401, "a wrong one from there")
    eq(guesser.bring(token).status, 200, "and a good one from the guesser's")
    ok(guesser.bring("stile_guess").status in (401, 429),
       "which gives back nothing")
    eq(At(nginx.port).request("GET", "/who").status, 200,
       "who brings none is not meant")

    eq(rows(db, "SELECT id, hash, expires FROM stile_token"),
       [(row[0], row[2], row[6]) for row in before], "nothing was written")
    eq(rows(db, "SELECT count(*) FROM stile_throttle"), [(0,)],
       "nor counted in the database")
    nginx.stop()
    server.stop()
    ok(token not in server.log() and token[:-2] not in server.log(),
       "no token is in the log")


e2e.run(guessing)
