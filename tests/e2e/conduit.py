# SPDX-License-Identifier: ISC
"""conduit behind nginx, by the RealWorld's specification: what each operation
answers, to whom and in which words, with every engine of databases."""

import collections
import json
import re
import threading
import urllib.parse

import e2e
import pg
from e2e import eq, ok

CONDUIT = "apps/conduit/conduit"
JSON = "application/json; charset=utf-8"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PASSWORD = "sesame, open"

BLANK = ["can't be blank"]
MISSING = {"token": ["is missing"]}
INVALID = {"token": ["is invalid"]}
NO_ARTICLE = {"article": ["not found"]}
NO_COMMENT = {"comment": ["not found"]}
NO_PROFILE = {"profile": ["not found"]}
NOT_MINE = {"article": ["forbidden"]}

# ---- what answers look like -------------------------------------------------

TEXT = lambda v: isinstance(v, str)
FULL = lambda v: isinstance(v, str) and v != ""
TEXT_OR_NULL = lambda v: v is None or isinstance(v, str)
BOOL = lambda v: isinstance(v, bool)
COUNT = lambda v: type(v) is int and v >= 0
WHEN = lambda v: isinstance(v, str) and TIME.fullmatch(v)
TAGS = lambda v: (isinstance(v, list) and all(map(FULL, v)) and v == sorted(
    v, key=str.encode))

USER = {"email": FULL, "token": FULL, "username": FULL, "bio": TEXT_OR_NULL,
        "image": TEXT_OR_NULL}
PROFILE = {"username": FULL, "bio": TEXT_OR_NULL, "image": TEXT_OR_NULL,
           "following": BOOL}
SUMMARY = {"slug": FULL, "title": FULL, "description": TEXT, "tagList": TAGS,
           "createdAt": WHEN, "updatedAt": WHEN, "favorited": BOOL,
           "favoritesCount": COUNT, "author": PROFILE}
ARTICLE = {**SUMMARY, "body": TEXT}
COMMENT = {"id": COUNT, "createdAt": WHEN, "updatedAt": WHEN, "body": TEXT,
           "author": PROFILE}


def fits(value, shape):
    """Those members and no others, each of its type."""
    if callable(shape):
        return bool(shape(value))
    if isinstance(shape, list):
        return isinstance(value, list) and all(
            fits(one, shape[0]) for one in value)
    return (isinstance(value, dict) and set(value) == set(shape) and
            all(fits(value[name], shape[name]) for name in shape))


# ---- asking -----------------------------------------------------------------

class Client:
    """Somebody, or nobody, on one connection."""

    def __init__(self, port, token=None, **who):
        self.port = port
        self.http = e2e.Http(port)
        self.token = token
        self.__dict__.update(who)

    def ask(self, method, path, body=None, headers=(), token=None):
        token = token or self.token
        if token:
            headers = [("Authorization", "Token " + token), *headers]
        try:
            a = self.http.request(method, "/api" + path, body, headers)
        except EOFError:        # nginx closes after so many
            self.http = e2e.Http(self.port)
            a = self.http.request(method, "/api" + path, body, headers)
        if (a["Connection"] or "").lower() == "close":
            self.http = e2e.Http(self.port)
        if a.body and a["Content-Type"] != JSON:
            ok(False, "%s %s: its type" % (method, path), a)
        return a

    def sends(self, status, method, path, body=None, **more):
        """The answer's JSON; a failed test if it has another status."""
        a = self.ask(method, path, body, **more)
        if a.status != status:
            raise AssertionError("%s %s: %d, not %d: %r" % (
                method, path, a.status, status, a))
        return a.json() if a.body else None

    def refused(self, status, errors, name, method, path, body=None, **more):
        a = self.ask(method, path, body, **more)
        eq((a.status, a["Content-Type"], a.json() if a.body else None),
           (status, JSON, {"errors": errors}), name)
        return a

    def account(self):
        return self.sends(200, "GET", "/user")["user"]

    def follow(self, other):
        return self.sends(200, "POST", "/profiles/%s/follow" % quoted(
            other.name))["profile"]

    def write(self, title="A title", description="About", body="Text",
              **more):
        return self.sends(201, "POST", "/articles", {"article": {
            "title": title, "description": description, "body": body,
            **more}})["article"]

    def article(self, slug):
        return self.sends(200, "GET", "/articles/" + slug)["article"]

    def change(self, slug, **members):
        return self.sends(200, "PUT", "/articles/" + slug,
                          {"article": members})["article"]

    def favorite(self, slug):
        return self.sends(200, "POST", "/articles/%s/favorite" % slug)[
            "article"]

    def comment(self, slug, body="Well said"):
        return self.sends(201, "POST", "/articles/%s/comments" % slug,
                          {"comment": {"body": body}})["comment"]

    def comments(self, slug):
        return self.sends(200, "GET", "/articles/%s/comments" % slug)[
            "comments"]

    def list(self, path="/articles", **query):
        return self.sends(200, "GET", "%s?%s" % (
            path, urllib.parse.urlencode(query)))

    def slugs(self, **query):
        return [one["slug"] for one in self.list(**query)["articles"]]


def quoted(text):
    return urllib.parse.quote(text, safe="")


_people = 0


class Site:
    """The program with its database and an nginx."""

    def __init__(self, db):
        self.db = db
        status, out, err = self.command("migrate")
        if status != 0:
            raise AssertionError("migrate: %d: %s%s" % (status, out, err))
        self.server = e2e.Server(CONDUIT, "--db", db.dsn, "--password-memory",
                                 "8192")
        self.port = e2e.Nginx(e2e.site_conf(self.server.sock)).port
        self.nobody = Client(self.port)

    def command(self, *argv):
        return e2e.command(e2e.program(CONDUIT), *argv, "--db", self.db.dsn)

    def register(self, name=None, password=PASSWORD):
        """Somebody new, logged in."""
        global _people
        _people += 1
        name = name or "jake%d" % _people
        email = "jake%d@example.org" % _people
        user = self.nobody.sends(201, "POST", "/users", {"user": {
            "username": name, "email": email, "password": password}})["user"]
        return Client(self.port, user["token"], name=name, email=email)


class Sqlite:
    name = "sqlite"

    def __init__(self):
        self.path = e2e.fresh("db")
        self.dsn = "sqlite:" + self.path

    def exec(self, sql):
        with e2e.open_db(self.path) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute(sql)

    def number(self, sql):
        with e2e.open_db(self.path) as db:
            return db.execute(sql).fetchone()[0]

    def lock(self):
        return e2e.Lock(self.path)


class Postgresql:
    name = "postgresql"

    def __init__(self, server):
        self.server = server
        server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.dsn = server.dsn

    def exec(self, sql):
        self.server.sql(sql)

    def number(self, sql):
        return int(self.server.sql(sql))

    def lock(self):
        """Its writers lock rows alone."""
        return self

    def release(self):
        pass


# ---- users ------------------------------------------------------------------

def registering(s):
    c = s.nobody
    a = c.ask("POST", "/users", {"user": {
        "username": "Jacob", "email": "jacob@example.org",
        "password": PASSWORD}})
    eq((a.status, a["Content-Type"]), (201, JSON), "register: 201")
    ok(fits(a.json(), {"user": USER}), "register: the user", a)
    user = a.json()["user"]
    eq({**user, "token": ""}, {
        "username": "Jacob", "email": "jacob@example.org", "bio": None,
        "image": None, "token": ""}, "register: as it was sent")
    ok(PASSWORD not in str(a), "register: without the password", a)
    eq(Client(s.port, user["token"]).account(), user,
       "its token is good at once")
    for field in ("username", "email", "password"):
        for what, value in (("blank", ""), ("absent", None), ("null", None)):
            body = {"username": "Ann", "email": "ann@example.org",
                    "password": PASSWORD, field: value}
            if what == "absent":
                del body[field]
            c.refused(422, {field: BLANK}, "register: %s %s" % (what, field),
                      "POST", "/users", {"user": body})
    for field in ("username", "email"):
        c.refused(422, {field: BLANK}, "register: %s of spaces" % field,
                  "POST", "/users", {"user": {
                      "username": "Ann", "email": "ann@example.org",
                      "password": PASSWORD, field: "  "}})
    c.refused(422, {"username": BLANK, "email": BLANK, "password": BLANK},
              "register: all that is wrong", "POST", "/users", {"user": {
                  "username": "", "email": "", "password": ""}})
    taken = {"username": "Jacob", "email": "other@example.org",
             "password": PASSWORD}
    c.refused(409, {"username": ["has already been taken"]},
              "register: a name that is taken", "POST", "/users",
              {"user": taken})
    c.refused(409, {"email": ["has already been taken"]},
              "register: an address that is taken", "POST", "/users",
              {"user": {**taken, "username": "Other",
                        "email": "jacob@example.org"}})
    c.refused(409, {"username": ["has already been taken"]},
              "register: in another case", "POST", "/users",
              {"user": {**taken, "username": "JACOB"}})
    for field, value in (("email", "no address"), ("email", "a@b@c"),
                         ("password", "1234567"), ("username", "a\nb"),
                         ("password", "龍" * 1000),
                         ("username", "a@b"), ("username", "x" * 65),
                         ("username", 7), ("email", ["a@example.org"]),
                         ("password", True)):
        a = c.ask("POST", "/users", {"user": {
            **taken, "username": "Other", field: value}})
        ok(a.status == 422 and list(a.json()) == ["errors"] and
           list(a.json()["errors"]) == [field] and
           fits(a.json()["errors"][field], [FULL]),
           "register: %s %.20r" % (field, value), a)
    ok(s.db.number("SELECT count(*) FROM stile_user WHERE name = 'Other'") ==
       0, "who was refused is not there")


def logging_in(s):
    one = s.register()
    c = s.nobody
    a = c.ask("POST", "/users/login", {"user": {
        "email": one.email, "password": PASSWORD}})
    ok(a.status == 200 and fits(a.json(), {"user": USER}), "log in", a)
    token = a.json()["user"]["token"]
    ok(token != one.token, "log in: a token of its own")
    eq(Client(s.port, token).account()["username"], one.name,
       "log in: which is good")
    eq(one.account()["username"], one.name, "and so is the one before")
    wrong = {"credentials": ["invalid"]}
    c.refused(401, wrong, "log in: wrong password", "POST", "/users/login",
              {"user": {"email": one.email, "password": "sesame, shut"}})
    c.refused(401, wrong, "log in: unknown address", "POST", "/users/login",
              {"user": {"email": "nobody@example.org",
                        "password": PASSWORD}})
    for field in ("email", "password"):
        for value in ("", None):
            c.refused(422, {field: BLANK}, "log in: %s %r" % (field, value),
                      "POST", "/users/login", {"user": {
                          "email": one.email, "password": PASSWORD,
                          field: value}})
        body = {"email": one.email, "password": PASSWORD}
        del body[field]
        c.refused(422, {field: BLANK}, "log in: without " + field, "POST",
                  "/users/login", {"user": body})
    a = c.ask("POST", "/users/login", {"user": {
        "email": one.email, "password": PASSWORD}},
        headers=[("Authorization", "Token old")])
    eq(a.status, 200, "log in: with a token that is none")


def tokens(s):
    """Who asks is known by the header, in that one form."""
    one = s.register()
    user = one.account()
    eq(user["token"], one.token, "the user's token is the one that was sent")
    for method, path in (
            ("GET", "/user"), ("PUT", "/user"), ("GET", "/articles/feed"),
            ("POST", "/profiles/no-one/follow"),
            ("DELETE", "/profiles/no-one/follow"), ("POST", "/articles"),
            ("PUT", "/articles/no-such"), ("DELETE", "/articles/no-such"),
            ("POST", "/articles/no-such/comments"),
            ("DELETE", "/articles/no-such/comments/1"),
            ("POST", "/articles/no-such/favorite"),
            ("DELETE", "/articles/no-such/favorite")):
        body = {} if method == "PUT" or path == "/articles" else None
        s.nobody.refused(401, MISSING, "%s %s: no token" % (method, path),
                         method, path, body)
        s.nobody.refused(401, INVALID, "%s %s: a wrong one" % (method, path),
                         method, path, body, token="wrong")
    for value in ("", "Token", "Token ", one.token, "Basic " + one.token,
                  "Tokens " + one.token):
        a = s.nobody.ask("GET", "/user", headers=[("Authorization", value)])
        ok(a.status == 401 and a.json()["errors"] in (
            {"token": ["is missing"]}, {"token": ["is invalid"]}),
           "Authorization: " + value, a)
    a = s.nobody.ask("GET", "/user",
                     headers=[("Authorization", "token " + one.token)])
    eq((a.status, a.json()), (200, {"user": user}), "in lower case")
    for token in (one.token[:-1], one.token + "x", "x" * 4000,
                  "' OR 1=1 --", one.token + "%00"):
        s.nobody.refused(401, INVALID, "token %.20s" % token, "GET", "/user",
                         token=token)
    # Where nobody needs to be known, a wrong token is still wrong.
    article = one.write()
    for path in ("/articles", "/articles/" + article["slug"],
                 "/profiles/" + one.name,
                 "/articles/%s/comments" % article["slug"]):
        s.nobody.refused(401, INVALID, path + ": a wrong token", "GET", path,
                         token="wrong")
        eq(s.nobody.ask("GET", path).status, 200, path + ": none")


def forgotten(s):
    """Who is deleted has no token any more, and leaves nothing behind."""
    one, two = s.register(), s.register()
    mine, other = one.write("Mine"), two.write("Other")
    one.comment(other["slug"])
    two.comment(mine["slug"])
    one.favorite(other["slug"])
    two.favorite(mine["slug"])
    one.follow(two)
    two.follow(one)
    s.db.exec("DELETE FROM stile_user WHERE name = '%s'" % one.name)
    one.refused(401, INVALID, "a deleted user's token", "GET", "/user")
    two.refused(404, NO_PROFILE, "and profile", "GET",
                "/profiles/" + one.name)
    two.refused(404, NO_ARTICLE, "and article", "GET",
                "/articles/" + mine["slug"])
    eq(two.article(other["slug"])["favoritesCount"], 0, "and favorites")
    eq(two.comments(other["slug"]), [], "and comments")
    eq(two.list("/articles/feed"), {"articles": [], "articlesCount": 0},
       "and nobody's feed has them")
    s.db.exec("UPDATE stile_user SET disabled = 1 WHERE name = '%s'" %
              two.name)
    eq(two.ask("GET", "/user").status, 401, "a disabled user's token")


def changing_users(s):
    one, other = s.register(), s.register()
    put = lambda **members: one.ask("PUT", "/user", {"user": members})
    before = one.account()
    eq((put().status, one.account()), (200, before), "PUT user: nothing")
    a = put(bio="I like to skateboard", image="https://example.org/a.jpg")
    eq((a.status, a["Content-Type"], a.json()), (200, JSON, {"user": {
        **before, "bio": "I like to skateboard",
        "image": "https://example.org/a.jpg"}}), "PUT user: bio and image")
    ok(fits(a.json(), {"user": USER}), "PUT user: the user", a)
    eq(put(bio="Other").json()["user"]["image"], "https://example.org/a.jpg",
       "PUT user: what is absent stays")
    for field in ("bio", "image"):
        for value in ("", None):
            put(**{field: "something"})
            user = put(**{field: value}).json()["user"]
            eq((user[field], one.account()[field]), (None, None),
               "PUT user: %s %r is null" % (field, value))
    for field in ("email", "username", "password"):
        for value in ("", None):
            one.refused(422, {field: BLANK},
                        "PUT user: %s %r" % (field, value), "PUT", "/user",
                        {"user": {field: value}})
    for field, value in (("email", "none"), ("username", "a@b"),
                         ("password", "1234567"), ("bio", 5),
                         ("image", ["x"]), ("email", 1), ("username", {})):
        a = put(**{field: value})
        ok(a.status == 422 and list(a.json()["errors"]) == [field],
           "PUT user: %s %r" % (field, value), a)
    one.refused(409, {"username": ["has already been taken"]},
                "PUT user: a name that is taken", "PUT", "/user",
                {"user": {"username": other.name}})
    one.refused(409, {"email": ["has already been taken"]},
                "PUT user: an address that is taken", "PUT", "/user",
                {"user": {"email": other.email}})
    a = put(bio="half", email=other.email)
    eq((a.status, one.account()["bio"]), (409, None),
       "PUT user: all of it or nothing")
    eq(one.account(), before, "and nothing of all that is stored")
    eq(put(username=one.name, email=one.email).status, 200,
       "PUT user: one's own name again")
    slug = one.write()["slug"]
    a = put(username="Renamed", email="renamed@example.org", unknown=1)
    eq((a.status, a.json()["user"]["username"], a.json()["user"]["email"]),
       (200, "Renamed", "renamed@example.org"), "PUT user: name and address")
    eq(one.account(), a.json()["user"], "with the same token")
    eq(s.nobody.article(slug)["author"]["username"], "Renamed",
       "whose articles follow")
    s.nobody.refused(404, NO_PROFILE, "the old name is nobody's", "GET",
                     "/profiles/" + one.name)
    log_in = lambda password: s.nobody.ask("POST", "/users/login", {"user": {
        "email": "renamed@example.org", "password": password}}).status
    eq(put(password="open, sesame").status, 200, "PUT user: password")
    eq((log_in("open, sesame"), log_in(PASSWORD)), (200, 401),
       "the new one is good, the old one is not")
    eq(one.ask("GET", "/user").status, 200, "tokens stay good")


# ---- profiles ---------------------------------------------------------------

def profiles(s):
    one, two, c = s.register(), s.register(), s.nobody
    two.sends(200, "PUT", "/user", {"user": {
        "bio": "I work", "image": "https://example.org/b.png"}})
    plain = {"profile": {"username": two.name, "bio": "I work",
                         "image": "https://example.org/b.png",
                         "following": False}}
    followed = {"profile": {**plain["profile"], "following": True}}
    path = "/profiles/" + two.name
    a = c.ask("GET", path)
    eq((a.status, a["Content-Type"], a.json()), (200, JSON, plain),
       "a profile")
    eq(one.sends(200, "GET", path), plain, "to somebody who does not follow")
    eq(c.sends(200, "GET", "/profiles/" + one.name)["profile"],
       {"username": one.name, "bio": None, "image": None,
        "following": False}, "one that says nothing")
    for i in range(2):
        eq(one.sends(200, "POST", path + "/follow"), followed,
           "follow, time %d" % (i + 1))
    eq(one.sends(200, "GET", path), followed, "to who follows")
    eq(c.sends(200, "GET", path), plain, "not to others")
    eq(two.sends(200, "GET", path), plain, "nor to oneself")
    for i in range(2):
        eq(one.sends(200, "DELETE", path + "/follow"), plain,
           "unfollow, time %d" % (i + 1))
    for method, more in (("GET", ""), ("POST", "/follow"),
                         ("DELETE", "/follow")):
        one.refused(404, NO_PROFILE, method + " nobody" + more, method,
                    "/profiles/no-one" + more)
    for name in (two.email, "%FF%FE", "a%0Ab", "x" * 3000,
                 "'%20OR%201=1"):
        a = one.ask("GET", "/profiles/" + name)
        ok(a.status in (400, 404) and list(a.json()) == ["errors"],
           "profile %.20s" % name, a)
    zoe = s.register("Zoë Ça")
    for name in ("Zoë Ça", "zoë ça", "Zoe\u0308 C\u0327a"):
        eq(c.sends(200, "GET", "/profiles/" + quoted(name))["profile"][
            "username"], zoe.name, "profile %a" % name)


# ---- articles ---------------------------------------------------------------

def writing(s):
    one = s.register()
    a = one.ask("POST", "/articles", {"article": {
        "title": "How to train your dragon", "description": "Ever wonder?",
        "body": "You have to believe", "tagList": ["reactjs", "angularjs",
                                                   "dragons"]}})
    eq((a.status, a["Content-Type"]), (201, JSON), "write: 201")
    ok(fits(a.json(), {"article": ARTICLE}), "write: the article", a)
    article = a.json()["article"]
    eq({**article, "slug": "", "createdAt": ""}, {
        "slug": "", "title": "How to train your dragon",
        "description": "Ever wonder?", "body": "You have to believe",
        "tagList": ["angularjs", "dragons", "reactjs"], "createdAt": "",
        "updatedAt": article["createdAt"], "favorited": False,
        "favoritesCount": 0, "author": {
            "username": one.name, "bio": None, "image": None,
            "following": False}}, "write: as it was sent, tags sorted")
    ok(article["slug"].startswith("how-to-train-your-dragon"),
       "write: a slug of its title", article["slug"])
    eq(s.nobody.article(article["slug"]), article, "it can be read")
    for title, slug in (
            ("Zu großer Drache: 龍", "zu-gro"), ("龍", ""), ("?!", ""),
            ("  trimmed  ", "trimmed"), ("a/b?c#d%2Fe", "a-b-c-d-2fe"),
            ("x" * 500, "x" * 80), ("<b>\"'&", "b")):
        got = one.write(title, "d\u0301", "\U0001F409\t\n\\\"\u2028")
        ok(re.fullmatch(r"[a-z0-9-]+", got["slug"]) and
           got["slug"].startswith(slug), "slug of %.20a" % title, got)
        eq(one.article(got["slug"])["title"], title.strip(), "its title")
        eq((got["description"], got["body"]),
           ("d\u0301", "\U0001F409\t\n\\\"\u2028".strip(" ")),
           "and text, whatever it is made of")
    same = [one.write("The same")["slug"] for i in range(3)]
    eq(len(set(same)), 3, "equal titles, different slugs")
    ok(one.write("feed")["slug"] != "feed", "a title that is a path")


def blank_articles(s):
    one = s.register()
    whole = {"title": "T", "description": "D", "body": "B"}
    for field in whole:
        for value in ("", None, " \t\n"):
            one.refused(422, {field: BLANK}, "write: %s %r" % (field, value),
                        "POST", "/articles",
                        {"article": {**whole, field: value}})
        rest = {k: v for k, v in whole.items() if k != field}
        one.refused(422, {field: BLANK}, "write: without " + field, "POST",
                    "/articles", {"article": rest})
        for value in (7, [], {}, True):
            a = one.ask("POST", "/articles",
                        {"article": {**whole, field: value}})
            ok(a.status == 422 and list(a.json()["errors"]) == [field],
               "write: %s %r" % (field, value), a)
    one.refused(422, {name: BLANK for name in whole}, "write: nothing",
                "POST", "/articles", {"article": {}})
    a = one.ask("POST", "/articles", {})
    ok(a.status == 422 and list(a.json()["errors"]) == ["article"],
       "write: not even that", a)
    a = one.ask("POST", "/articles", {"article": {**whole,
                                                  "title": "x" * 501}})
    ok(a.status == 422 and list(a.json()["errors"]) == ["title"],
       "write: too long", a)
    eq(one.write("x", body="y" * 500000)["body"], "y" * 500000,
       "write: as long as can be")
    eq(one.sends(201, "POST", "/articles", {"article": {
        **whole, "slug": "mine", "favoritesCount": 7, "author": "x"}})[
            "article"]["favoritesCount"], 0, "write: nothing else counts")


def tag_lists(s):
    one = s.register()
    eq(one.write()["tagList"], [], "tagList absent")
    eq(one.write(tagList=[])["tagList"], [], "tagList []")
    tags = ["ü b", "b", " a ", "b", "龍", "B", "\"q\"", "\\", "🐉", "a b"]
    article = one.write(tagList=tags)
    want = ["\"q\"", "B", "\\", "a", "a b", "b", "ü b", "龍", "🐉"]
    eq(article["tagList"], want, "sorted, trimmed, each once")
    for tag in want:
        eq(s.nobody.slugs(tag=tag), [article["slug"]], "tag=%a" % tag)
    known = s.nobody.sends(200, "GET", "/tags")
    ok(fits(known, {"tags": TAGS}) and set(want) <= set(known["tags"]) and
       len(known["tags"]) == len(set(known["tags"])), "tags", known)
    slug = article["slug"]
    eq(one.change(slug, body="x")["tagList"], want, "PUT without tagList")
    for what, value in (("null", None), ("a string", "a"), ("{}", {}),
                        ("a number in it", ["a", 1]),
                        ("null in it", [None]), ("a blank in it", [" "]),
                        ("a long one in it", ["x" * 101]),
                        ("many", ["t%d" % i for i in range(101)])):
        a = one.ask("PUT", "/articles/" + slug,
                    {"article": {"tagList": value}})
        ok(a.status == 422 and list(a.json()["errors"]) == ["tagList"],
           "PUT with tagList %s" % what, a)
    one.refused(422, {"tagList": BLANK * 2, "body": BLANK},
                "one list of each field", "PUT", "/articles/" + slug,
                {"article": {"tagList": ["", "a", ""], "body": ""}})
    eq(one.article(slug)["tagList"], want, "and nothing is changed by it")
    eq(one.change(slug, tagList=["new", "b"])["tagList"], ["b", "new"],
       "PUT with tagList")
    eq((s.nobody.slugs(tag="new"), s.nobody.slugs(tag="龍")), ([slug], []),
       "what is found by it follows")
    eq((one.change(slug, tagList=[])["tagList"], one.article(slug)["tagList"]),
       ([], []), "PUT with tagList []")
    ok("new" not in s.nobody.sends(200, "GET", "/tags")["tags"],
       "a tag that is not in use is gone")
    hundred = ["t%02d" % i for i in range(100)]
    eq(one.write(tagList=hundred[::-1])["tagList"], hundred, "100 tags")
    long = ["x" * 98 + "%02d" % i for i in range(100)]
    eq(one.write(tagList=long)["tagList"], long, "of 100 characters")
    wide = ["龍" * 98 + "%02d" % i for i in range(100)]
    eq(one.write(tagList=wide)["tagList"], wide, "of 100 wide ones")


def changing_articles(s):
    one, two = s.register(), s.register()
    first = one.write("Before", "D", "B", tagList=["x"])
    slug = first["slug"]
    a = one.ask("PUT", "/articles/" + slug, {"article": {"body": "New"}})
    eq((a.status, a["Content-Type"]), (200, JSON), "PUT article: 200")
    ok(fits(a.json(), {"article": ARTICLE}), "PUT article: the article", a)
    got = a.json()["article"]
    eq({**got, "updatedAt": ""}, {**first, "body": "New", "updatedAt": ""},
       "PUT article: the rest stays, createdAt too")
    ok(got["updatedAt"] > first["updatedAt"], "updatedAt changes", got)
    moved = one.change(slug, title="After all")
    ok(moved["slug"] != slug and moved["slug"].startswith("after-all") and
       moved["title"] == "After all", "a new title, a new slug", moved)
    one.refused(404, NO_ARTICLE, "the old one is gone", "GET",
                "/articles/" + slug)
    slug = moved["slug"]
    eq(one.change(slug, title="After all")["slug"], slug,
       "the same title, the same slug")
    last = one.change(slug, title="T", description="D2", body="B2")
    eq((last["title"], last["description"], last["body"]), ("T", "D2", "B2"),
       "all at once")
    slug = last["slug"]
    eq(one.change(slug)["title"], "T", "nothing at all")
    for field in ("title", "description", "body"):
        for value in ("", None, " "):
            one.refused(422, {field: BLANK},
                        "PUT article: %s %r" % (field, value), "PUT",
                        "/articles/" + slug, {"article": {field: value}})
    before = one.article(slug)
    two.refused(403, NOT_MINE, "PUT another's", "PUT", "/articles/" + slug,
                {"article": {"body": "x", "title": "y", "tagList": []}})
    two.refused(403, NOT_MINE, "DELETE another's", "DELETE",
                "/articles/" + slug)
    eq(one.article(slug), before, "which stays as it was")
    two.refused(404, NO_ARTICLE, "PUT what is not there", "PUT",
                "/articles/no-such", {"article": {"body": "x"}})
    two.refused(404, NO_ARTICLE, "DELETE what is not there", "DELETE",
                "/articles/no-such")


def deleting(s):
    one, two = s.register(), s.register()
    slug = one.write(tagList=["only here"])["slug"]
    comment = two.comment(slug)
    two.favorite(slug)
    a = one.ask("DELETE", "/articles/" + slug)
    eq((a.status, a.body, a["Content-Type"]), (204, b"", None),
       "DELETE article: 204, no body, no type")
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/comments"),
                         ("DELETE", "/comments/%d" % comment["id"]),
                         ("POST", "/favorite")):
        one.refused(404, NO_ARTICLE, "then %s %s" % (method, path), method,
                    "/articles/" + slug + path)
    ok("only here" not in s.nobody.sends(200, "GET", "/tags")["tags"],
       "its tags are gone")
    eq(s.nobody.list(favorited=two.name), {"articles": [],
                                           "articlesCount": 0},
       "and what liked it")
    eq(s.db.number("SELECT count(*) FROM comment WHERE id = %d" %
                   comment["id"]), 0, "and the comments")


# ---- lists ------------------------------------------------------------------

def lists(s):
    one, two, three = s.register(), s.register(), s.register()
    tag = "lists of " + one.name
    made = [one.write("List %d" % i, tagList=[tag] + ["odd"] * (i % 2))[
        "slug"] for i in range(5)]
    other = two.write("Another", tagList=[tag])["slug"]
    newest = [other, *reversed(made)]
    c = s.nobody
    a = c.ask("GET", "/articles?tag=" + quoted(tag))
    ok(a.status == 200 and a["Content-Type"] == JSON and fits(
        a.json(), {"articles": [SUMMARY], "articlesCount": COUNT}),
       "a list, without bodies", a)
    eq([one["slug"] for one in a.json()["articles"]], newest, "newest first")
    eq(a.json()["articlesCount"], 6, "and how many")
    eq(c.slugs()[:6], newest, "among all others")
    one_of = {k: v for k, v in c.article(other).items() if k != "body"}
    eq(a.json()["articles"][0], one_of, "the same as alone, but for the body")
    # Two of one instant: the later one is the newer one all the same.
    s.db.exec("UPDATE article SET created = 1500000000123 WHERE slug IN "
              "('%s')" % "', '".join(newest))
    eq(c.slugs(tag=tag), newest, "newest first in one millisecond, too")
    eq(c.article(other)["createdAt"], "2017-07-14T02:40:00.123Z",
       "a time, to the millisecond")
    two.favorite(made[0])
    three.favorite(made[0])
    two.favorite(made[1])
    two.favorite(other)
    for query, want in (
            ({"author": one.name}, newest[1:]), ({"author": two.name},
                                                 [other]),
            ({"favorited": two.name}, [other, made[1], made[0]]),
            ({"favorited": three.name}, [made[0]]),
            ({"favorited": two.name, "author": one.name},
             [made[1], made[0]]),
            ({"tag": "odd", "author": one.name}, [made[3], made[1]]),
            ({"tag": "odd", "favorited": two.name}, [made[1]]),
            ({"tag": tag, "author": two.name, "favorited": two.name},
             [other]),
            ({"tag": tag, "author": two.name, "favorited": three.name}, []),
            # Names are compared as at logins; addresses say nothing.
            ({"author": one.name.upper()}, newest[1:]),
            ({"favorited": three.name.title()}, [made[0]]),
            ({"author": one.email}, []), ({"favorited": two.email}, []),
            ({"tag": tag.upper()}, []),
            ({"tag": "none"}, []), ({"author": "none"}, []),
            ({"favorited": "none"}, []), ({"tag": ""}, []),
            ({"author": ""}, []), ({"tag": "' OR '1'='1"}, []),
            ({"tag": "o%"}, [])):
        got = c.list(**query)
        eq(([a["slug"] for a in got["articles"]], got["articlesCount"]),
           (want, len(want)), "list by " + str(query))
    for query, want in (({"limit": 2}, newest[:2]),
                        ({"limit": 2, "offset": 2}, newest[2:4]),
                        ({"offset": 5}, newest[5:]), ({"offset": 6}, []),
                        ({"offset": 10 ** 18}, []), ({"limit": 100}, newest),
                        ({"limit": 1, "offset": 0}, newest[:1])):
        got = c.list(tag=tag, **query)
        eq(([a["slug"] for a in got["articles"]], got["articlesCount"]),
           (want, 6), "page " + str(query))
    for name in ("limit", "offset"):
        for value in ("x", "-1", "1.5", "99999999999999999999", "0x1"):
            a = c.ask("GET", "/articles?%s=%s" % (name, value))
            ok(a.status == 422 and list(a.json()["errors"]) == [name],
               "%s=%s" % (name, value), a)
    eq(c.ask("GET", "/articles?limit=0").status, 422, "limit=0")
    for query in ("other=1&limit=1", "limit=1&offset="):
        eq(len(c.sends(200, "GET", "/articles?" + query)["articles"]), 1,
           query)


def paging(s):
    one = s.register()
    slugs = [one.write("Page %d" % i)["slug"] for i in range(105)][::-1]
    got = one.list(author=one.name)
    eq((len(got["articles"]), got["articlesCount"]), (20, 105),
       "20 of them without a limit")
    found, offset = [], 0
    while True:
        page = one.slugs(author=one.name, limit=25, offset=offset)
        found += page
        offset += 25
        if not page:
            break
    eq((found, offset), (slugs, 150), "each once on the pages of 105")
    eq(one.slugs(author=one.name, limit=100), slugs[:100], "100 at once")


def feeds(s):
    me, one, two, three = (s.register() for i in range(4))
    eq(me.list("/articles/feed"), {"articles": [], "articlesCount": 0},
       "a feed of nobody")
    a1 = one.write("One 1")["slug"]
    b1 = two.write("Two 1")["slug"]
    three.write("Three 1")
    me.write("Mine")
    me.follow(one)
    me.follow(two)
    two.follow(three)
    a2 = one.write("One 2")["slug"]
    a = me.ask("GET", "/articles/feed")
    ok(a.status == 200 and fits(a.json(), {
        "articles": [SUMMARY], "articlesCount": COUNT}),
       "the feed, without bodies", a)
    eq([one["slug"] for one in a.json()["articles"]], [a2, b1, a1],
       "of those one follows, newest first")
    ok(all(one["author"]["following"] for one in a.json()["articles"]),
       "all of whom one follows", a)
    for query, want in (({"limit": 1}, [a2]),
                        ({"limit": 1, "offset": 1}, [b1]),
                        ({"offset": 2}, [a1])):
        got = me.list("/articles/feed", **query)
        eq(([one["slug"] for one in got["articles"]], got["articlesCount"]),
           (want, 3), "page of the feed " + str(query))
    me.sends(200, "DELETE", "/profiles/%s/follow" % one.name)
    eq([one["slug"] for one in me.list("/articles/feed")["articles"]], [b1],
       "unfollowed: not in it any more")
    eq(me.ask("GET", "/articles/feed?limit=0").status, 422, "limit=0")


def views(s):
    """What is seen depends on who looks."""
    one, fan = s.register(), s.register()
    slug = one.write()["slug"]
    fan.follow(one)
    fan.favorite(slug)
    fan.comment(slug)
    one.comment(slug)
    for who, follows, likes in ((fan, True, True), (one, False, False),
                                (s.nobody, False, False)):
        for got in (who.article(slug), who.list(author=one.name)[
                "articles"][0]):
            eq((got["author"]["following"], got["favorited"],
                got["favoritesCount"]), (follows, likes, 1),
               "following %s, favorited %s" % (follows, likes))
        eq([one["author"]["following"] for one in who.comments(slug)],
           [follows, False], "of comments, too")


def favorites(s):
    one, two, c = s.register(), s.register(), s.nobody
    slug = one.write()["slug"]
    path = "/articles/%s/favorite" % slug
    for i in range(2):
        a = two.ask("POST", path)
        ok(a.status == 200 and fits(a.json(), {"article": ARTICLE}),
           "favorite, time %d" % (i + 1), a)
        got = a.json()["article"]
        eq((got["favorited"], got["favoritesCount"], got["slug"]),
           (True, 1, slug), "which counts once")
    got = one.favorite(slug)
    eq((got["favorited"], got["favoritesCount"]), (True, 2), "and another's")
    for i in range(2):
        a = two.ask("DELETE", path)
        ok(a.status == 200 and fits(a.json(), {"article": ARTICLE}),
           "unfavorite, time %d" % (i + 1), a)
        got = a.json()["article"]
        eq((got["favorited"], got["favoritesCount"]), (False, 1),
           "the other's stays")
    for method in ("POST", "DELETE"):
        two.refused(404, NO_ARTICLE, method + " of no article", method,
                    "/articles/no-such/favorite")
    eq(c.article(slug)["updatedAt"], c.article(slug)["createdAt"],
       "that is no change of the article")


def at_once(s):
    """Of many at the same time, none is lost, and none counts twice."""
    people = [s.register() for i in range(8)]
    slug = people[0].write()["slug"]
    seen = collections.Counter()

    def fan(who):
        for path in ("/articles/%s/favorite" % slug,
                     "/profiles/%s/follow" % people[0].name):
            for i in range(4):
                seen[who.ask("POST", path).status] += 1
        seen[who.ask("POST", "/articles/%s/comments" % slug, {
            "comment": {"body": who.name}}).status] += 1
    # Each person twice: with two clients.
    clients = people + [Client(s.port, one.token, name=one.name)
                        for one in people]
    threads = [threading.Thread(target=fan, args=(one,)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    eq(seen, {200: 128, 201: 16}, "16 clients, and each gets its answers")
    eq(people[0].article(slug)["favoritesCount"], 8, "8 people liked it")
    eq(collections.Counter(one["body"] for one in people[0].comments(slug)),
       {one.name: 2 for one in people}, "and said so")
    names = collections.Counter()

    def register():
        names[Client(s.port).ask("POST", "/users", {"user": {
            "username": "racer", "email": "racer@example.org",
            "password": PASSWORD}}).status] += 1
    threads = [threading.Thread(target=register) for i in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    eq(names, {201: 1, 409: 3}, "a name is one's who was first")


# ---- comments ---------------------------------------------------------------

def comments(s):
    one, two, c = s.register(), s.register(), s.nobody
    slug, other = one.write()["slug"], one.write()["slug"]
    path = "/articles/%s/comments" % slug
    eq(c.sends(200, "GET", path), {"comments": []}, "none")
    a = two.ask("POST", path, {"comment": {"body": "His name was my name"}})
    eq((a.status, a["Content-Type"]), (201, JSON), "comment: 201")
    ok(fits(a.json(), {"comment": COMMENT}), "comment: it", a)
    first = a.json()["comment"]
    eq({**first, "id": 0, "createdAt": ""}, {
        "id": 0, "createdAt": "", "updatedAt": first["createdAt"],
        "body": "His name was my name", "author": {
            "username": two.name, "bio": None, "image": None,
            "following": False}}, "comment: as it was sent")
    second = one.comment(slug, "“Well” 🐉\n\"said\"")
    eq(second["body"], "“Well” 🐉\n\"said\"", "whatever it is made of")
    eq(c.sends(200, "GET", path), {"comments": [second, first]},
       "newest first")
    eq(c.comments(other), [], "another article's are its own")
    for value in ("", None, " "):
        two.refused(422, {"body": BLANK}, "comment: body %r" % value, "POST",
                    path, {"comment": {"body": value}})
    two.refused(422, {"body": BLANK}, "comment: without body", "POST", path,
                {"comment": {}})
    for body in ({}, {"comment": None}, {"comment": []}, {"comment": "x"}):
        a = two.ask("POST", path, body)
        ok(a.status == 422 and list(a.json()["errors"]) == ["comment"],
           "comment: %r" % body, a)
    a = two.ask("POST", path, {"comment": {"body": "x" * 10001}})
    ok(a.status == 422 and list(a.json()["errors"]) == ["body"],
       "comment: too long", a)
    for method, body in (("GET", None), ("POST", {"comment": {"body": "x"}})):
        two.refused(404, NO_ARTICLE, "%s of no article" % method, method,
                    "/articles/no-such/comments", body)
    one_path = "%s/%d" % (path, first["id"])
    one.refused(403, {"comment": ["forbidden"]}, "DELETE another's comment",
                "DELETE", one_path)
    two.refused(404, NO_ARTICLE, "the article before the comment", "DELETE",
                "/articles/no-such/comments/%d" % first["id"])
    two.refused(404, NO_COMMENT, "a comment of another article", "DELETE",
                "/articles/%s/comments/%d" % (other, first["id"]))
    for number in ("0", "999999999"):
        two.refused(404, NO_COMMENT, "comment " + number, "DELETE",
                    "%s/%s" % (path, number))
    for number in ("-1", "x", "1x", "99999999999999999999"):
        a = two.ask("DELETE", "%s/%s" % (path, number))
        ok(a.status == 404 and list(a.json()) == ["errors"],
           "comment " + number, a)
    eq(c.sends(200, "GET", path), {"comments": [second, first]},
       "all are there still")
    a = two.ask("DELETE", one_path)
    eq((a.status, a.body, a["Content-Type"]), (204, b"", None),
       "DELETE comment: 204, no body, no type")
    two.refused(404, NO_COMMENT, "a second time", "DELETE", one_path)
    eq(c.sends(200, "GET", path), {"comments": [second]}, "the other stays")


# ---- what is no request of a client -----------------------------------------

def bad_bodies(s):
    one = s.register()
    slug = one.write()["slug"]
    as_json = [("Content-Type", "application/json")]
    paths = (("POST", "/users"), ("POST", "/users/login"), ("PUT", "/user"),
             ("POST", "/articles"), ("PUT", "/articles/" + slug),
             ("POST", "/articles/%s/comments" % slug))
    for method, path in paths:
        for body, statuses in (
                (b"{", (400,)), (b"", (400, 422)), (b"nonsense", (400,)),
                (b"[" * 100000, (400,)), (b"\xff\xfe", (400,)),
                (b'{"a":1,"a":2}', (400, 422)), (b"[]", (422,)),
                (b"7", (422,)), (b"null", (422,)), (b'"x"', (422,)),
                (b"{}", (422,)), (b"[" * 500 + b"]" * 500, (400, 422)),
                (b'{"user":[],"article":[],"comment":[]}', (422,)),
                (b'{"user":"x","article":7,"comment":true}', (422,))):
            a = one.ask(method, path, body, headers=as_json)
            ok(a.status in statuses and list(a.json()) == ["errors"] and
               a.json()["errors"] and all(fits(v, [FULL]) for v in
                                          a.json()["errors"].values()),
               "%s %s: %.20r" % (method, path.replace(slug, "slug"), body), a)
    for kind, body in (("text/plain", b"{}"),
                       ("application/x-www-form-urlencoded", b"user=x")):
        a = one.ask("POST", "/users", body, headers=[("Content-Type", kind)])
        ok(a.status == 415 and list(a.json()) == ["errors"], kind, a)
    # SQL has no text with a NUL in it.
    for field in ("title", "description", "body"):
        a = one.ask("POST", "/articles", {"article": {
            "title": "t", "description": "d", "body": "b",
            field: "a\0b"}})
        ok(a.status == 422 and list(a.json()["errors"]) == [field],
           "NUL in " + field, a)
    a = one.ask("POST", "/articles", {"article": {
        "title": "t", "description": "d", "body": "b", "tagList": ["a\0b"]}})
    ok(a.status == 422 and list(a.json()["errors"]) == ["tagList"],
       "NUL in a tag", a)
    for field in ("username", "email", "password", "bio", "image"):
        a = one.ask("PUT", "/user", {"user": {field: "longer\0than8"}})
        ok(a.status == 422 and list(a.json()["errors"]) == [field],
           "NUL in " + field, a)
    a = one.ask("POST", "/articles/%s/comments" % slug,
                {"comment": {"body": "a\0b"}})
    ok(a.status == 422 and list(a.json()["errors"]) == ["body"],
       "NUL in a comment", a)
    for query in ("tag=a%00b", "author=%00", "favorited=%FF", "tag=%ZZ"):
        a = one.ask("GET", "/articles?" + query)
        ok(a.status in (400, 422) and list(a.json()) == ["errors"] or
           a.status == 200 and a.json()["articles"] == [], query, a)
    for field, value in (("bio", "x" * 10001), ("image", "x" * 2001),
                         ("password", "x" * 5000), ("username", "x" * 5000),
                         ("email", "x" * 5000 + "@example.org")):
        a = one.ask("PUT", "/user", {"user": {field: value}})
        ok(a.status == 422 and list(a.json()["errors"]) == [field],
           "too long: " + field, a)
    eq(one.article(slug)["title"], "A title", "and all is well")


def routes(s):
    one, c = s.register(), s.nobody
    for path in ("/", "/user/x", "/article", "/articles/a/b/c", "/users/x/y",
                 "/profiles", "/tags/x", "/Articles"):
        a = c.ask("GET", path)
        ok(a.status == 404 and a["Content-Type"] == JSON and
           list(a.json()) == ["errors"], path + ": 404", a)
    a = e2e.ask(s.port, "GET", "/")
    ok(a.status == 404 and a["Content-Type"] == JSON and
       list(a.json()) == ["errors"], "outside of /api: 404", a)
    for method, path, allow in (
            ("GET", "/users", "POST"), ("DELETE", "/user", "GET HEAD PUT"),
            ("PATCH", "/articles/x", "DELETE GET HEAD PUT"),
            ("PUT", "/articles", "GET HEAD POST"),
            ("POST", "/tags", "GET HEAD"),
            ("PUT", "/articles/x/favorite", "DELETE POST"),
            ("GET", "/profiles/x/follow", "DELETE POST")):
        a = one.ask(method, path)
        ok(a.status == 405 and a["Content-Type"] == JSON and
           list(a.json()) == ["errors"], "%s %s: 405" % (method, path), a)
        eq(sorted((a["Allow"] or "").split(", ")),
           sorted(allow.split() + ["OPTIONS"]), "and what is allowed")
    a = c.ask("GET", "/articles/no-such", headers=[
        ("Accept", "text/html,*/*;q=0.1"), ("Accept-Encoding", "gzip")])
    eq((a.status, a.json()), (404, {"errors": NO_ARTICLE}),
       "JSON for a browser, too")
    a = one.ask("POST", "/articles", json.dumps({"article": {
        "title": "t", "description": "d", "body": "b"}}).encode(),
        headers=[("Content-Type", "application/json;charset=UTF-8")])
    eq(a.status, 201, "a body with a charset")
    a = c.ask("HEAD", "/tags")
    eq((a.status, a["Content-Type"], a.body), (200, JSON, b""), "HEAD")
    for slug in ("%FF", "%0A", "x" * 3000, "..%2F", "'%20OR%201=1"):
        a = c.ask("GET", "/articles/" + slug)
        ok(a.status in (400, 404) and list(a.json()) == ["errors"],
           "slug %.20s" % slug, a)


def cross_origin(s):
    one, c = s.register(), s.nobody
    origin = ("Origin", "https://app.example")
    for method, path, headers in (
            ("POST", "/users", "content-type"),
            ("PUT", "/user", "authorization,content-type"),
            ("DELETE", "/articles/x", "authorization"),
            ("GET", "/articles", "authorization")):
        a = c.ask("OPTIONS", path, headers=[
            origin, ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", headers)])
        eq((a.status, a.body, a["Access-Control-Allow-Origin"]),
           (204, b"", "*"), "preflight of %s %s" % (method, path))
        ok({method} <= set(re.split(r"[, ]+", a[
            "Access-Control-Allow-Methods"] or "")) | {"GET", "POST", "HEAD"},
           "it allows the method", a)
        ok(set(headers.split(",")) <= set(re.split(r"[, ]+", (a[
            "Access-Control-Allow-Headers"] or "").lower())),
           "and the headers", a)
    for status, method, path in ((200, "GET", "/tags"), (401, "GET", "/user"),
                                 (404, "GET", "/nothing"),
                                 (405, "POST", "/tags"),
                                 (400, "POST", "/users")):
        a = c.ask(method, path, b"{" if status == 400 else None, headers=[
            origin, ("Content-Type", "application/json")])
        eq((a.status, a["Access-Control-Allow-Origin"]), (status, "*"),
           "%d can be read by any page" % status)
    eq(one.ask("GET", "/user", headers=[origin])["Access-Control-Allow-"
                                                 "Credentials"], None,
       "without cookies")


def refused_without_waiting(s):
    """What is refused has no need of the lock that another writer has."""
    one = s.register()
    slug = one.write()["slug"]
    lock = s.db.lock()
    try:
        one.refused(422, {"title": BLANK, "description": BLANK,
                          "body": BLANK}, "locked: a bad body", "POST",
                    "/articles", {"article": {}})
        one.refused(401, INVALID, "locked: a bad token", "POST", "/articles",
                    {"article": {}}, token="wrong")
        s.nobody.refused(401, MISSING, "locked: no token", "POST",
                         "/articles", {"article": {}})
        eq(s.nobody.article(slug)["slug"], slug, "locked: reading goes on")
    finally:
        lock.release()
    one.comment(slug)


# ---- the whole --------------------------------------------------------------

def migrations(db):
    """Down, and up again, with what was there gone and the people left."""
    s = Site(db)
    one = s.register()
    one.write(tagList=["x"])
    status, out, err = s.command("migrate", "--to", "0")
    eq((status, err), (0, ""), "migrate --to 0")
    a = one.ask("GET", "/articles")
    eq((a.status, a["Content-Type"]), (500, JSON), "without tables: an error")
    eq(a.json()["errors"], {"request": ["Internal Server Error"]},
       "which says nothing of tables")
    status, out, err = s.command("migrate")
    eq((status, err), (0, ""), "migrate")
    eq(one.list(), {"articles": [], "articlesCount": 0}, "empty again")
    one.write(tagList=["x"])
    eq(one.list()["articlesCount"], 1, "and of use")


def over(db_of):
    s = Site(db_of())
    e2e.diag(s.db.dsn)
    for test in (registering, logging_in, tokens, forgotten, changing_users,
                 profiles, writing, blank_articles, tag_lists,
                 changing_articles, deleting, lists, paging, feeds, views,
                 favorites, at_once, comments, bad_bodies, routes,
                 cross_origin, refused_without_waiting):
        try:
            test(s)
        except (AssertionError, EOFError, ValueError, KeyError) as e:
            ok(False, "%s: %s" % (s.db.name, test.__name__),
               repr(e))
    crashed = [line for line in s.server.lines()
               if line.get("level") == "error"]
    eq(crashed, [], s.db.name + ": no error in the log")
    migrations(db_of())


def sqlite():
    over(Sqlite)


def postgresql():
    if pg.bindir():
        with pg.Server() as server:
            over(lambda: Postgresql(server))


e2e.run(sqlite, postgresql)
