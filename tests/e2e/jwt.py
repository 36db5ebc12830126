# SPDX-License-Identifier: ISC
"""Tokens of an identity provider behind nginx, signed by the command openssl,
beside API tokens; its keys come and go while the application serves."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time

import e2e
from e2e import eq, ok

APP = "tests/e2e/accounts_app"
MODULE = os.path.join(e2e.builddir, "lib/.libs/jwt.so")
ISSUER, AUDIENCE = "https://id.example/realms/test", "notes"


# ---- a provider ----------------------------------------------------------------

def b64(data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args):
    p = subprocess.run([os.environ.get("OPENSSL") or "openssl", *args],
                       stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=e2e.PATIENCE)
    if p.returncode != 0:
        raise AssertionError("openssl %s: %s" % (args, p.stderr.decode()))
    return p.stdout


def raw_ecdsa(der):
    """r and s side by side, of SEQUENCE { INTEGER, INTEGER }."""
    out, at = b"", 2
    for _ in range(2):
        n = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + n], "big").to_bytes(32, "big")
        at += 2 + n
    return out


MAKE = {
    "RS256": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ES256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "EdDSA": ("-algorithm", "ED25519"),
}


class Key:
    """A key of the provider's: signs, and is known by its JWK."""

    def __init__(self, alg, kid):
        self.alg, self.kid = alg, kid
        if alg == "HS256":
            self.secret = os.urandom(32)
            return
        self.path = e2e.fresh("key.pem")
        openssl("genpkey", *MAKE[alg], "-out", self.path)

    def jwk(self):
        more = {"kid": self.kid, "use": "sig", "alg": self.alg}
        if self.alg == "HS256":
            return dict(more, kty="oct", k=b64(self.secret))
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        if self.alg == "EdDSA":
            return dict(more, kty="OKP", crv="Ed25519", x=b64(der[-32:]))
        if self.alg == "ES256":
            return dict(more, kty="EC", crv="P-256", x=b64(der[-64:-32]),
                        y=b64(der[-32:]))
        n = openssl("rsa", "-in", self.path, "-noout", "-modulus")
        return dict(more, kty="RSA", e="AQAB", n=b64(bytes.fromhex(
            n.decode().strip().partition("=")[2])))

    def sign(self, text):
        if self.alg == "HS256":
            return hmac.new(self.secret, text, hashlib.sha256).digest()
        path = e2e.fresh("text")
        with open(path, "wb") as f:
            f.write(text)
        if self.alg == "EdDSA":
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path,
                           "-in", path)
        out = openssl("dgst", "-sha256", "-sign", self.path, path)
        return raw_ecdsa(out) if self.alg == "ES256" else out

    def token(self, header=None, **claims):
        now = int(time.time())
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now,
                "exp": now + 300, "scope": "openid notes.read"}
        body.update(claims)
        body = {k: v for k, v in body.items() if v is not None}
        head = dict({"alg": self.alg, "kid": self.kid, "typ": "at+jwt"},
                    **(header or {}))
        text = "%s.%s" % (b64({k: v for k, v in head.items()
                               if v is not None}), b64(body))
        return "%s.%s" % (text, b64(self.sign(text.encode())))


def put_keys(path, *keys, text=None):
    with open(path + ".new", "w") as f:
        f.write(text if text is not None else
                json.dumps({"keys": [k.jwk() for k in keys]}))
    os.rename(path + ".new", path)


# ---- the application ---------------------------------------------------------------

def options(keys, *more):
    return ("--jwt-keys", keys, "--jwt-issuer", ISSUER, "--jwt-audience",
            AUDIENCE, *more)


def new_db():
    dsn = "sqlite:" + e2e.fresh("db")
    app = e2e.program(APP)
    eq(e2e.command(app, "migrate", "--db", dsn)[0], 0, "migrate")
    for args in (("add", "ann", "--role", "editor", "--no-password"),
                 ("add", "ben", "--no-password")):
        status, out, err = e2e.command(app, "user", *args, "--db", dsn)
        if status != 0:
            raise AssertionError("user %s: %s" % (args, err))
    return dsn


class Site:
    def __init__(self, keys, *more):
        self.dsn = new_db()
        self.server = e2e.Server(
            APP, "--db", self.dsn, "--workers", "2", "--threads", "4",
            *(options(keys, *more) if keys else more))
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock))

    def ask(self, token, method="GET", target="/read", headers=()):
        return e2e.ask(self.nginx.port, method, target, None,
                       [("Authorization", "Bearer " + token), *headers])

    def status(self, token, method="GET", target="/read", **more):
        return self.ask(token, method, target, **more).status

    def refused(self):
        """Why tokens were, by the log."""
        self.server.requests()
        return [line["cause"] for line in self.server.lines()
                if line["msg"] == "a token is refused"]

    def stop(self):
        self.nginx.stop()
        self.server.stop()


def is_built():
    if os.path.exists(MODULE):
        return bool(e2e.need("OPENSSL", "openssl") and
                    e2e.need("NGINX", "nginx"))
    e2e.skip("tokens of a provider", "the module is not built")
    return False


def loaded(server):
    """Which of its processes have the module and libcrypto."""
    found = set()
    for pid in server.processes():
        with open("/proc/%d/maps" % pid) as f:
            text = f.read()
        found |= {name for name in ("/jwt.so", "/libcrypto.so")
                  if name in text}
    return found


# ---- tests --------------------------------------------------------------------------

def both_kinds():
    keys = [Key(alg, alg.lower()) for alg in MAKE]
    path = e2e.fresh("keys.json")
    put_keys(path, *keys)
    site = Site(path)
    for key in keys:
        name = key.alg
        good = key.token()
        eq([site.status(good) for _ in range(6)], [200] * 6,
           name + ": each worker takes it")
        eq(site.ask(good, target="/who").json()["name"], "ann",
           name + ": whose it is")
        a = site.ask(good, "POST", "/write")
        eq((a.status, a["WWW-Authenticate"]),
           (403, 'Bearer error="insufficient_scope"'),
           name + ": and no more than its scope")
        eq(site.status(key.token(scope="notes.write"), "POST", "/write",
                       headers=[("Origin", "https://evil.example"),
                                ("Sec-Fetch-Site", "cross-site")]), 200,
           name + ": a change needs no more than the token")
        eq(site.status(key.token(sub="ben")), 403,
           name + ": nor more than the user may")
        eq(site.status(key.token(scope=None)), 403,
           name + ": for nothing without a scope")
        eq(site.status(key.token({"kid": None, "typ": "JWT"},
                                 aud=["x", AUDIENCE])), 200,
           name + ": without a kid, for several")
    status, out, err = e2e.command(
        e2e.program(APP), "request", "GET", "/read", "--db", site.dsn,
        *options(path), "--header", "Authorization: Bearer " +
        keys[0].token())
    ok(status == 0 and out.endswith("hello\n"), "the command request knows it",
       status, out, err)
    site.stop()


def beside_api_tokens():
    key = Key("EdDSA", "a")
    path = e2e.fresh("keys.json")
    put_keys(path, key)
    site = Site(path, "--jwt-scope", "", "--password-memory", "8192",
                "--password-passes", "1")
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    a = e2e.ask(site.nginx.port, "POST", "/token", b"scopes=notes.read",
                [("Authorization", "Bearer " + key.token()), *form])
    token = a.body.decode()
    ok(a.status == 200 and token.startswith("stile_"),
       "made by who brings a token of the provider", a)
    eq((site.status(token), site.status(token, "POST", "/write")),
       (200, 403), "an API token is what it was")
    eq(site.status(key.token(scope=None), "POST", "/write"), 200,
       "with no claim for scopes all that the user may")
    eq(site.status("stile_" + "x" * 43), 401, "an unknown one")
    status, out, err = e2e.command(e2e.program(APP), "user", "disable", "ann",
                                   "--db", site.dsn)
    eq((status, site.status(token), site.status(key.token())),
       (0, 401, 401), "both end with the user")
    site.stop()


def wrong(key, other):
    """(name, token, why) of what is refused."""
    now = int(time.time())
    good = key.token()
    head, body, sig = good.split(".")
    forged = b64({"alg": "none", "kid": key.kid}) + "." + body + "."
    yield "none", forged, "its alg 'none' is not one of jwt_algorithms"
    yield "none, with a signature", forged + sig, \
        "its alg 'none' is not one of jwt_algorithms"
    public = openssl("pkey", "-in", key.path, "-pubout")
    text = b64({"alg": "HS256", "kid": key.kid}) + "." + body
    yield "the public key as a secret", text + "." + b64(hmac.new(
        public, text.encode(), hashlib.sha256).digest()), \
        "no key for its alg has its kid '%s'" % key.kid
    yield "another's", other.token({"kid": key.kid}), "its signature is wrong"
    yield "an unknown key", other.token(), \
        "no key for its alg has its kid '%s'" % other.kid
    yield "other claims", "%s.%s.%s" % (head, b64(
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": now + 300,
         "scope": "*"}), sig), "its signature is wrong"
    yield "over", key.token(exp=now - 120), "it is over (exp)"
    yield "for ever", key.token(exp=None), "it has no exp"
    yield "in milliseconds", key.token(exp=(now + 300) * 1000), \
        "its exp is not a time in seconds"
    yield "later", key.token(nbf=now + 200), "its time has not come (nbf)"
    yield "for another", key.token(aud="other"), \
        "jwt_audience is not in its aud"
    yield "of another", key.token(iss="https://id.example"), \
        "its iss is not jwt_issuer"
    yield "of nobody here", key.token(sub="carl"), \
        "no user has the name in its sub"
    yield "with an extension", key.token({"crit": ["exp"]}), \
        "its header has crit"
    yield "an ID token's kind", key.token({"typ": "logout+jwt"}), \
        "its typ is 'logout+jwt', neither JWT nor at+jwt"
    yield "encrypted", ".".join([head, "", "", "", sig]), \
        "it does not have three parts"


def refused():
    key, other = Key("RS256", "a"), Key("RS256", "b")
    path = e2e.fresh("keys.json")
    put_keys(path, key, Key("HS256", "secret"))
    site = Site(path, "--jwt-algorithms", "RS256 HS256")
    eq(site.status(key.token()), 200, "a good one")
    bodies = set()
    for name, token, why in wrong(key, other):
        before = len(site.refused())
        a = site.ask(token)
        bodies.add(a.body)
        eq((a.status, a["WWW-Authenticate"]),
           (401, 'Bearer error="invalid_token"'), name + ": refused")
        causes = e2e.wait_for("a line in the log", lambda:
                              site.refused()[before:])
        eq(causes, [why], name + ": the log knows why")
    eq(len(bodies), 1, "whatever is wrong, the answer is the same")
    bad = key.token(aud="other")
    eq(e2e.wait_for("a limit", lambda: site.status(bad) == 429 and
                    site.ask(bad))["Retry-After"] is not None, True,
       "one that comes again and again is told to wait")
    eq(site.status(key.token()), 200, "which is not for one that is valid")
    ok(not any(part in site.server.log() for token in (key.token(),)
               for part in token.split(".")[2:]), "no token is in the log")
    site.stop()


def secret():
    key = Key("HS256", "s")
    path = e2e.fresh("keys.json")
    put_keys(path, key, Key("EdDSA", "e"))
    site = Site(path)
    eq(site.status(key.token()), 401, "HS256 only where it is named")
    site.stop()
    site = Site(path, "--jwt-algorithms", "HS256")
    eq(site.status(key.token()), 200, "HS256 where it is")
    site.stop()


def rotation():
    old, both, new = Key("ES256", "1"), Key("EdDSA", "2"), Key("RS256", "3")
    path = e2e.fresh("keys.json")
    put_keys(path, old, both)
    site = Site(path, "--token-limit", "0")
    first, stays, last = old.token(), both.token(), new.token()
    eq((site.status(first), site.status(stays), site.status(last)),
       (200, 200, 401), "before")
    ended, wrong = [], []

    def always():
        while not ended:
            a = site.ask(stays)
            if a.status != 200:
                wrong.append(a)

    def logged(text, number, token):
        """So many lines, one of each worker; requests go on meanwhile."""
        def enough():
            found = [line for line in site.server.lines() if
                     text in line["msg"]]
            return len(found) >= number and found
        return e2e.wait_for("'%s' in the log" % text, lambda: (
            site.status(token), enough())[1])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        lanes = [pool.submit(always) for _ in range(4)]
        try:
            put_keys(path, both, new)
            logged("there are new keys for tokens", 2, last)
            eq([site.status(last) for _ in range(8)], [200] * 8,
               "a new key is known at its first token")
            eq([site.status(first) for _ in range(8)], [401] * 8,
               "and an old one is not any more")
            put_keys(path, text='{"keys": [')
            lines = logged("the keys for tokens cannot be read", 2, first)
            eq(lines[0]["cause"], "json: byte 11: a value is expected",
               "a damaged file: the log says why")
            eq([site.status(last) for _ in range(8)], [200] * 8,
               "and the keys of before stay in use")
        finally:
            ended.append(True)
        for lane in lanes:
            lane.result()
    eq(wrong, [], "no token was refused by a change of other keys")
    eq(len(logged("the keys for tokens cannot be read", 2, first)), 2,
       "once for each worker")

    site.server.signal(signal.SIGHUP)
    said = e2e.wait_for("the reload to be refused", lambda: [
        line for line in site.server.lines()
        if line["msg"].startswith("not reloaded")])
    ok("jwt_keys: " + path in said[0]["reason"],
       "no reload with a damaged file", said)
    eq(site.status(last), 200, "and it serves as it was")
    put_keys(path, old)
    e2e.wait_for("the file to be good again", lambda:
                 (site.status(first), site.status(last)) == (200, 401))
    ok(True, "a good file is taken again")
    site.stop()


def start():
    key = Key("EdDSA", "a")
    path = e2e.fresh("keys.json")
    put_keys(path, key)
    dsn = new_db()

    def serve(*more, env=None):
        return e2e.command(e2e.program(APP), "serve", "--db", dsn, "--listen",
                           "unix:" + e2e.fresh("sock"), *more, env=env or {})

    none = e2e.fresh("none")
    damaged = e2e.fresh("damaged")
    put_keys(damaged, text="{}")
    for name, args, why in (
            ("no file", options(none), "jwt_keys: %s: No such file or "
             "directory" % none),
            ("no set", options(damaged), "jwt_keys: %s: a JWK Set is "
             "expected: {\"keys\": [...]}" % damaged),
            ("no issuer", ("--jwt-keys", path, "--jwt-audience", "x"),
             "jwt_issuer is needed where jwt_keys is set: the address of the "
             "provider, as its tokens have it in iss"),
            ("no audience", ("--jwt-keys", path, "--jwt-issuer", "x"),
             "jwt_audience is needed where jwt_keys is set: the name of this "
             "service, as tokens for it have it in aud")):
        eq(serve(*args), (78, "", "accounts: %s\n" % why), "start: " + name)
    status, out, err = serve(*options(path),
                             env={"STILE_MODULES": "/nonexistent"})
    ok(status == 78 and e2e.one_line(err) and "the module for jwt: " in err,
       "start: no module", status, err)

    server = e2e.Server(APP, "--db", dsn)
    eq(loaded(server), set(), "without the setting nothing is loaded")
    server.stop()
    server = e2e.Server(APP, "--db", dsn, *options(path))
    eq(loaded(server), {"/jwt.so", "/libcrypto.so"}, "with it both are")
    server.stop()

    def cgi(token, keys):
        return e2e.command(e2e.program(APP), env=dict(
            GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET",
            PATH_INFO="/read", REQUEST_URI="/read", SCRIPT_NAME="",
            SERVER_NAME="localhost", SERVER_PROTOCOL="HTTP/1.1",
            HTTP_HOST="localhost", REMOTE_ADDR="127.0.0.1", ACCOUNTS_DB=dsn,
            ACCOUNTS_JWT_KEYS=keys, ACCOUNTS_JWT_ISSUER=ISSUER,
            ACCOUNTS_JWT_AUDIENCE=AUDIENCE,
            HTTP_AUTHORIZATION="Bearer " + token))
    ok(cgi(key.token(), path)[1].endswith("hello"), "CGI: a good one")
    ok(cgi(key.token(iss="x"), path)[1].startswith("Status: 401"),
       "CGI: a bad one")
    status, out, err = cgi(key.token(), damaged)
    ok(out.startswith("Status: 500") and "a JWK Set is expected" in err and
       "JWK" not in out, "CGI: a damaged file is the log's", out, err)


if is_built():
    e2e.run(both_kinds, beside_api_tokens, refused, secret, rotation, start)
else:
    e2e.run()
