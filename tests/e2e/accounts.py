# SPDX-License-Identifier: ISC
"""Users, sessions, roles and tokens behind nginx, with two workers, over a file
of SQLite and over PostgreSQL; and what people do to them who should not."""

import base64
import concurrent.futures
import statistics
import time
import urllib.parse

import e2e
import pg
from e2e import eq, ok

APP = "tests/e2e/accounts_app"
CHEAP = ("--password-memory", "8192", "--password-passes", "1")
GOOD = "zufällig gewählt 7"
SAME = [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost")]
MIB = 1024 * 1024


class Site:
    """The application behind nginx; its client has no cookie by itself.  With
    so many threads, that eight logins at a time fit into one worker."""

    def __init__(self, *options, dsn=None, threads=9):
        self.dsn = dsn or "sqlite:" + e2e.fresh("db")
        eq(e2e.command(e2e.program(APP), "migrate", "--db", self.dsn)[0], 0,
           "migrate")
        self.server = e2e.Server(APP, "--db", self.dsn, "--workers", "2",
                                 "--threads", str(threads), *options)
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock))
        self.port = self.nginx.port

    def ask(self, method, target, fields=None, headers=SAME, cookie=None):
        headers = list(headers)
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields).encode()
            headers.append(("Content-Type",
                            "application/x-www-form-urlencoded"))
        if cookie:
            headers.append(("Cookie", cookie))
        return e2e.ask(self.port, method, target, body, headers)

    def register(self, name, password=GOOD):
        return self.ask("POST", "/register", {"name": name,
                                              "password": password})

    def log_in(self, name="ann", password=GOOD, **more):
        return self.ask("POST", "/in", {"name": name, "password": password},
                        **more)

    def session(self, name="ann", **more):
        return cookie_of(self.log_in(name, **more))

    def who(self, cookie):
        return self.ask("GET", "/who", cookie=cookie).json()["name"]

    def user(self, *args):
        status, out, err = e2e.command(e2e.program(APP), "user", *args, "--db",
                                       self.dsn, *CHEAP)
        eq((status, out), (0, ""), "user " + " ".join(args) + err[:0])

    def stop(self):
        self.nginx.stop()
        self.server.stop()


def cookie_of(answer):
    field = answer["Set-Cookie"]
    return field.split(";")[0] if field else None


def together(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(c) for c in calls]]


# ---- over each engine --------------------------------------------------------

def walk(site, name):
    """What anybody does, one after the other, through both workers."""
    eq(site.register("ann").status, 201, name + ": register")
    eq(site.register("ANN").status, 409, name + ": a name is taken once")
    eq(site.log_in(password="not this one").status, 401, name + ": refused")
    mine = site.session()
    ok(mine and mine.startswith("session="), name + ": a session", mine)
    eq([site.who(mine) for _ in range(8)], ["ann"] * 8,
       name + ": each worker knows who it is")
    eq(site.ask("GET", "/read", cookie=mine).status, 403, name + ": no role")
    site.user("grant", "ann", "reader")
    eq(site.ask("GET", "/read", cookie=mine).status, 200, name + ": a role")
    eq(site.ask("POST", "/write", cookie=mine).status, 403,
       name + ": and no more")
    token = site.ask("POST", "/token", {"scopes": "notes.read"},
                     cookie=mine).body.decode()
    bearer = [("Authorization", "Bearer " + token)]
    eq(site.ask("GET", "/read", headers=bearer).status, 200,
       name + ": a token")
    site.user("grant", "ann", "editor")
    eq(site.ask("POST", "/write", cookie=mine).status, 200,
       name + ": an editor")
    eq(site.ask("POST", "/write", headers=bearer).status, 403,
       name + ": not by a token that is for less")
    site.user("disable", "ann")
    eq((site.who(mine), site.ask("GET", "/read", headers=bearer).status,
        site.log_in().status), (None, 401, 401), name + ": locked out")
    site.user("enable", "ann")
    eq((site.who(mine), site.ask("GET", "/read", headers=bearer).status,
        site.log_in().status), (None, 200, 204), name + ": let in again")


def races(site, name):
    mine = site.session()
    answers = together(*[lambda: site.ask("POST", "/out", cookie=mine),
                         lambda: site.ask("POST", "/count", cookie=mine)] * 8)
    ok({a.status for a in answers} <= {200, 204}, name +
       ": logouts and changes of one session at a time", answers)
    eq(site.who(mine), None, name + ": it is over whoever was first")

    before = site.session()
    cookies = [cookie_of(a) for a in together(
        *[lambda: site.log_in(cookie=before)] * 8)]
    ok(None not in cookies and len(set(cookies)) == 8, name +
       ": each of eight logins at a time has its own session", cookies)
    eq([site.who(c) for c in cookies], ["ann"] * 8, name + ": that works")
    eq(site.who(before), None, name + ": and the one of before does not")

    answers = together(*[lambda: site.log_in(cookie=cookies[0]),
                         lambda: site.ask("POST", "/out",
                                          cookie=cookies[0])] * 4)
    ok({a.status for a in answers} == {204}, name +
       ": logins and logouts at a time", answers)
    eq(site.who(cookies[0]), None, name + ": the old name is void")
    eq(site.ask("POST", "/end-all", cookie=cookies[1]).status, 204,
       name + ": end all")
    eq([site.who(c) for c in cookies], [None] * 8, name + ": all have ended")


# Over at last, or nobody's and not used for too long; and two that are neither.
ROWS = """INSERT INTO stile_session (id, user_id, created, seen, expires, data,
    address, agent) VALUES
    (%s'01', 1, 5, 1, 1, '{}', '', ''), (%s'02', NULL, 5, 1, 1, '{}', '', ''),
    (%s'03', NULL, 5, 1, 99999999999, '{}', '', ''),
    (%s'04', 1, 5, 1, 99999999999, '{}', '', ''),
    (%s'05', NULL, 5, 99999999999, 99999999999, '{}', '', '')"""


def cleared(site, name, sql, blob):
    """By one in 64 sessions that begin; a thousand of them are patient."""
    sql(ROWS.replace("%s", blob))
    for _ in range(1000):
        site.ask("GET", "/csrf")
        if int(sql("SELECT count(*) FROM stile_session WHERE created = 5 AND "
                   "(expires = 1 OR (user_id IS NULL AND seen = 1))")) == 0:
            break
    eq(int(sql("SELECT count(*) FROM stile_session WHERE created = 5")), 2,
       name + ": what is over is cleared, and nothing else")


def engine(name, dsn, sql, blob):
    site = Site(*CHEAP, dsn=dsn)
    walk(site, name)
    races(site, name)
    cleared(site, name, sql, blob)
    site.stop()


def sqlite():
    path = e2e.fresh("db")

    def sql(text):
        with e2e.open_db(path) as db:
            rows = db.execute(text).fetchall()
            db.commit()
            return rows[0][0] if rows else None

    engine("sqlite", "sqlite:" + path, sql, "x")


def postgresql():
    if pg.bindir():
        with pg.Server() as server:
            engine("postgresql", server.dsn,
                   lambda text: server.sql(text.replace("b'", "'\\x")), "b")


# ---- what others do ------------------------------------------------------------

# As browsers send them with a form of another site, of a neighbour below the
# same domain, of a sandboxed frame, of an old one without Fetch Metadata.
FORGED = {
    "another site": [("Sec-Fetch-Site", "cross-site"),
                     ("Sec-Fetch-Mode", "navigate"),
                     ("Sec-Fetch-Dest", "document"),
                     ("Origin", "https://evil.example")],
    "a subdomain": [("Sec-Fetch-Site", "same-site"),
                    ("Origin", "http://sub.localhost")],
    "a sandbox": [("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
    "an old browser": [("Origin", "http://sub.localhost"),
                       ("Referer", "http://sub.localhost/")],
    "another port": [("Origin", "http://localhost:81")],
    "nobody says": [],
}


def forged():
    site = Site(*CHEAP)
    site.register("ann")
    mine = site.session()
    for name, headers in FORGED.items():
        a = site.ask("POST", "/rename", {"name": "eve"}, headers=headers,
                     cookie=mine)
        eq((a.status, a.is_problem()), (403, True), name + ": refused")
        if headers:
            a = site.log_in(headers=headers)
            eq((a.status, cookie_of(a)), (403, None), name + ": no login")
    eq(site.who(mine), "ann", "nothing was changed")
    a = site.ask("GET", "/csrf", cookie=mine)
    eq(site.ask("POST", "/count", {"csrf_token": a.body.decode()}, headers=[],
                cookie=mine).status, 200, "with the token of a form: taken")
    eq(site.ask("POST", "/count", {"csrf_token": a.body.decode()},
                headers=FORGED["another site"], cookie=mine).status, 403,
       "the token does not speak for another site's page")

    stolen = mine
    eq(site.ask("POST", "/out", cookie=mine).status, 204, "logout")
    eq(site.who(stolen), None, "a stolen cookie is worth nothing after it")
    eq(site.ask("POST", "/rename", {"name": "eve"}, cookie=stolen).status,
       401, "nor is it for a change")

    for bad in ("a\r\nSet-Cookie: x=y", "a\nb", "a\0b", "\x85", "\u2028",
                "a\u202eb", " a", ""):
        ok(site.register(bad).status in (400, 422),
           "a name as %r is refused" % bad)
    mine = site.session()
    for good in ("Ärger & Söhne", "x\"; Path=/", "<b>", "%0d%0aX: y"):
        eq(site.ask("POST", "/rename", {"name": good}, cookie=mine).status,
           204, "a name as %r is one" % good)
        a = site.ask("GET", "/name", cookie=mine)
        ok(a.status == 204 and a["X"] is None and a["X-Name"].encode(
            "latin-1").decode() == good, "and harms no header", a.headers)
    site.stop()


# What a link to the login may say of where to go on, and where that leads.
NEXT = {
    "/notes?a=b&c=d": "/notes?a=b&c=d", "/": "/", "/caf\xe9": "/caf%C3%A9",
    "": "/", "notes": "/", "//evil.example": "/", "///evil.example": "/",
    "https://evil.example/": "/", "HTTPS:evil.example": "/",
    "javascript:alert(1)": "/", "\\\\evil.example": "/",
    "/\\evil.example": "/%5Cevil.example",
    "/\t/evil.example": "/%09/evil.example",
    "/a\r\nSet-Cookie: x=y": "/a%0D%0ASet-Cookie:%20x=y",
}


def going_on():
    site = Site(*CHEAP)
    site.register("ann")
    for asked, place in NEXT.items():
        a = site.ask("POST", "/account/login", {
            "login": "ann", "password": GOOD, "next": asked})
        eq((a.status, a["Location"], a["Set-Cookie"].split("=")[0]),
           (303, place, "session"), "next %r: goes on on this host" % asked)
    a = site.ask("POST", "/account/login", {
        "login": "ann", "password": "not this one", "next": "/notes"})
    eq((a.status, a["Location"]), (401, None), "and nowhere without a login")
    a = site.ask("POST", "/account/login", {"login": "ann", "password": GOOD})
    eq((a.status, a.json()["name"]), (200, "ann"), "without next: the user")
    site.stop()


def basic():
    """As "curl -u" does, without a cookie."""
    def by(user, password, method="GET", path="/who", more=()):
        text = base64.b64encode(("%s:%s" % (user, password)).encode())
        return site.ask(method, path, headers=[
            ("Authorization", "Basic " + text.decode()), *more])

    site = Site(*CHEAP, "--basic-realm", "notes")
    site.register("ann")
    a = site.ask("POST", "/token", headers=[])
    eq((a.status, a["WWW-Authenticate"]),
       (401, 'Basic realm="notes", charset="UTF-8", Bearer'), "it is asked for")
    a = by("ann", GOOD)
    eq((a.json()["name"], cookie_of(a)), ("ann", None), "by a password")
    eq(by("ann", GOOD + "x").status, 401, "by a wrong one")
    eq(by("ann", GOOD, "POST", "/rename", FORGED["another site"]).status, 403,
       "not for a page of another site")
    token = site.ask("POST", "/token", {"scopes": "notes.read"},
                     cookie=site.session()).body.decode()
    site.user("grant", "ann", "editor")
    eq([by(name, token, path="/read").status for name in ("ann", "ben")],
       [200, 401], "by a token of one's own")
    eq(by("ann", token, "POST", "/write").status, 403, "which is for less")
    site.stop()


def long_password():
    site = Site(*CHEAP, "--body-max", str(2 * MIB))
    site.register("ann")
    a = site.log_in(password="x" * (MIB - 100))
    eq(a.status, 401, "a password of nearly 1 MiB is just wrong")
    a = site.ask("POST", "/register", {"name": "b", "password": "x" * 1025})
    eq(a.status, 422, "and none can be chosen that is so long")
    eq(site.log_in().status, 204, "the right one is right")
    site.stop()


def known_or_unknown():
    """With a wide margin: who knows no name learns none by waiting."""
    site = Site("--password-passes", "2", "--login-limit", "0")
    site.register("ann")
    times = {"ann": [], "nobody": []}
    statuses = set()
    for _ in range(40):
        for name, list_ in times.items():
            start = time.monotonic()
            statuses.add(site.log_in(name, "not this one").status)
            list_.append(time.monotonic() - start)
    a, b = (statistics.median(list_) for list_ in times.values())
    e2e.diag("medians: %.2f and %.2f ms" % (a * 1000, b * 1000))
    eq(statuses, {401}, "all are refused")
    ok(0.5 < a / b < 2, "as fast with a user as without", a, b)
    site.stop()


# ---- too often ----------------------------------------------------------------

def guessing():
    """From however many addresses: it is slow, and locks out nobody."""
    site = Site("--login-limit", "5", "--secrets", "k" * 32)
    site.register("ann")
    device = [value.split(";")[0] for name, value in site.log_in().headers
              if name.lower() == "set-cookie" and value.startswith("device=")]
    eq(len(device), 1, "a browser is known after a login")
    statuses = [site.log_in("ann", "not this one").status for _ in range(20)]
    eq((statuses[0], statuses[-1], set(statuses)), (401, 429, {401, 429}),
       "strangers may try a few times")
    eq(site.log_in("ann", cookie=device[0]).status, 204,
       "and her own browser lets her in")
    site.stop()


# ---- as the web server says ---------------------------------------------------------

def remote_user():
    """Through CGI, with what only the web server can say."""
    dsn = "sqlite:" + e2e.fresh("db")
    e2e.command(e2e.program(APP), "migrate", "--db", dsn)

    def cgi(method, path, on, **more):
        env = dict(GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD=method,
                   PATH_INFO=path, REQUEST_URI=path, SCRIPT_NAME="",
                   SERVER_NAME="localhost", SERVER_PROTOCOL="HTTP/1.1",
                   HTTP_HOST="localhost", REMOTE_ADDR="127.0.0.1",
                   ACCOUNTS_DB=dsn, ACCOUNTS_REMOTE_USER=on, **more)
        status, out, err = e2e.command(e2e.program(APP), env=env)
        return out

    with e2e.open_db(dsn.split(":", 1)[1]) as db:
        db.execute("INSERT INTO stile_user (name, name_key, password, created)"
                   " VALUES ('Ann', 'ann', '', 0)")
        db.commit()
    ok('"name":"Ann"' in cgi("GET", "/who", "yes", REMOTE_USER="ANN"),
       "REMOTE_USER says who asks")
    for name, out in {
            "where it is off": cgi("GET", "/who", "no", REMOTE_USER="ann"),
            "a header": cgi("GET", "/who", "yes", HTTP_REMOTE_USER="ann"),
            "an unknown one": cgi("GET", "/who", "yes", REMOTE_USER="ben"),
            "an empty one": cgi("GET", "/who", "yes", REMOTE_USER="")}.items():
        ok('"name":null' in out, "REMOTE_USER: " + name + ": nobody", out)
    for name, more, status in (
            ("another site", {"HTTP_ORIGIN": "https://evil.example"}, "403"),
            ("nobody says", {}, "403"),
            ("this site", {"HTTP_ORIGIN": "http://localhost"}, "200")):
        out = cgi("POST", "/who", "yes", REMOTE_USER="ann", **more)
        if status == "200":
            ok('"name":"Ann"' in out, "REMOTE_USER, " + name, out)
        else:
            ok(out.startswith("Status: 403 "), "REMOTE_USER, " + name, out)


e2e.run(sqlite, postgresql, forged, going_on, basic, long_password,
        known_or_unknown, guessing, remote_user)
