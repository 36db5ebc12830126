# SPDX-License-Identifier: ISC
"""What Chromium makes of our headers, pages, cookies and events.

It is driven over WebDriver, finds no hosts but this machine's, and is started
once, for all tests.
"""

import json
import time
import traceback
import urllib.parse

import chromium
import e2e
from e2e import eq, ok

APP = "tests/e2e/browser_app"


class Site:
    """One program behind two nginx: three origins, of two sites."""

    def __init__(self):
        sock = e2e.fresh("sock")
        one, two = (e2e.Nginx(e2e.site_conf(sock)).port for i in range(2))
        self.port = two
        self.page = "http://localhost:%d" % one     # is allowed to use /api
        self.api = "http://localhost:%d" % two      # same site, other origin
        self.other = "http://127.0.0.1:%d" % two    # neither; not allowed
        # One thread: what is logged is in order.
        self.server = e2e.Server(
            APP, "--threads", "1", sock=sock, env=e2e.environment(
                BROWSER_ORIGINS="https://app.example " + self.page))
        self.known = 0

    def seen(self):
        """The requests since it was asked the last time."""
        end = "/end/%d" % self.known
        e2e.ask(self.port, "GET", end)
        lines = e2e.wait_for("the log's end", lambda: [
            i for i, line in enumerate(self.server.requests())
            if line["path"] == end])
        new = self.server.requests()[self.known:lines[0]]
        self.known = lines[0] + 1
        return [line["method"] + " " + line["path"] for line in new
                if line["path"] != "/favicon.ico"]

    def raw(self, target, method="GET", **headers):
        return e2e.ask(self.port, method, target, headers=[
            (name.replace("_", "-"), value)
            for name, value in headers.items()])


# ---- other origins ----------------------------------------------------------

def simple(b, site):
    b.open(site.page + "/blank")
    site.seen()
    a = b.fetch(site.api + "/api/thing")
    eq((a.status, json.loads(a.body)), (200, {
        "method": "GET", "origin": site.page, "token": None, "cookie": None}),
       "a page of a listed origin reads what it asks for")
    eq((a["X-Total"], a["X-Hidden"]), ("42", None),
       "and the header that is exposed, not the other")
    eq(site.seen(), ["GET /api/thing"], "without a preflight")
    a = b.fetch(site.api + "/api/nowhere")
    eq((a.status, json.loads(a.body)["status"]), (404, 404),
       "it reads failures too")
    eq(b.fetch(site.api + "/cookies"), None, "what has no cors it does not")
    eq(site.seen(), ["GET /api/nowhere", "GET /cookies"], "but it was asked")
    b.console()


def preflights(b, site):
    thing = site.api + "/api/thing"
    token = {"X-Token": "t"}
    b.open(site.page + "/blank")
    site.seen()
    a = b.fetch(thing, "PUT", token)
    eq(json.loads(a.body), {"method": "PUT", "origin": site.page,
                            "token": "t", "cookie": None},
       "PUT with a header of its own")
    eq(b.fetch(site.api + "/any/thing", "PUT").status, 200, "and another")
    site.asked_at = time.monotonic()
    eq(site.seen(), ["OPTIONS /api/thing", "PUT /api/thing",
                     "OPTIONS /any/thing", "PUT /any/thing"],
       "are asked about")
    for method, headers in (("PUT", token), ("PUT", {}), ("DELETE", token),
                            ("POST", {"Content-Type": "application/json"})):
        a = b.fetch(thing, method, headers)
        eq((a.status, json.loads(a.body)["method"], site.seen()),
           (200, method, [method + " /api/thing"]),
           "%s with %s: the answer to that is kept" % (method, headers))
    a = b.fetch(site.api + "/api/refused", "PUT", token)
    eq((a.status, json.loads(a.body)["detail"]),
       (409, "the thing is another one by now"), "a failure behind one")
    eq(site.seen(), ["OPTIONS /api/refused", "PUT /api/refused"],
       "another URL is asked about")

    for method, headers in (("PATCH", {}), ("PUT", {"X-Other": "1"}),
                            ("GET", {"X-Other": "1"})):
        eq(b.fetch(thing, method, headers), None,
           "%s with %s: the browser refuses" % (method, headers))
        eq(site.seen(), ["OPTIONS /api/thing"], "and it is not sent")
    ok(all("CORS" in line or "ERR_FAILED" in line or "status of 4" in line
           for line in b.console()), "the console says why")


def other_origins(b, site):
    b.open(site.other + "/blank")
    site.seen()
    eq(b.fetch(site.api + "/api/thing"), None, "an origin that is not listed")
    eq(b.fetch(site.api + "/api/thing", cookies="include"), None,
       "nor with cookies")
    eq(site.seen(), ["GET /api/thing"] * 2, "but it was asked")
    eq(b.fetch(site.api + "/api/thing", "DELETE"), None, "DELETE from there")
    eq(site.seen(), ["OPTIONS /api/thing"], "is not even sent")

    a = b.fetch(site.api + "/any/thing")
    eq((a.status, json.loads(a.body)["origin"], a["X-Total"]),
       (200, site.other, None), "* is for it too")
    a = b.fetch(site.api + "/any/thing", "PUT", {
        "X-Anything": "1", "Authorization": "Bearer x", "X-Token": "t"})
    eq(json.loads(a.body)["token"], "t", "with any header")
    eq(site.seen(), ["GET /any/thing", "OPTIONS /any/thing", "PUT /any/thing"],
       "which is asked about")
    eq(b.fetch(site.api + "/any/thing", cookies="include"), None,
       "but not with cookies")
    # A frame with an origin of its own, which is said as null.
    got = b.run("""
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        frame.srcdoc = `<script>
            const ask = async path => {
                try {
                    return await (await fetch(path)).json();
                } catch (e) {
                    return e.name;
                }
            };
            (async () => parent.postMessage([
                await ask("${args[0]}/any/thing"),
                await ask("${args[0]}/api/thing")], "*"))();
            </` + `script>`;
        const got = new Promise(done => onmessage = e => done(e.data));
        document.body.append(frame);
        return await got;""", site.api)
    eq((got[0].get("origin"), got[1]), ("null", "TypeError"),
       "the origin null is one of any, and not listed")
    b.console()


def headers_for_origins(b, site):
    """What the browser was told, word by word."""
    def access(a):
        return {name[15:]: value for name, value in a.headers
                if name.startswith("Access-Control-")}

    allowed = {"Allow-Origin": site.page, "Allow-Credentials": "true",
               "Expose-Headers": "X-Total"}
    a = site.raw("/api/thing", Origin=site.page)
    eq((access(a), a["Vary"]), (allowed, "Origin"), "a listed origin")
    for origin in (site.other, site.api, "null", site.page + "0", "*",
                   site.page.upper(), site.page + "/",
                   "https://app.example " + site.page):
        a = site.raw("/api/thing", Origin=origin)
        eq((a.status, access(a), a["Vary"]), (200, {}, "Origin"),
           origin + ": nothing is allowed")
    a = site.raw("/api/thing")
    eq((access(a), a["Vary"]), ({}, "Origin"), "no origin")
    a = site.raw("/any/thing", Origin=site.other)
    eq((access(a), a["Vary"]), ({"Allow-Origin": "*"}, None), "any origin")
    a = site.raw("/api/thing", "OPTIONS", Origin=site.page,
                 Access_Control_Request_Method="PUT",
                 Access_Control_Request_Headers="x-token")
    eq((a.status, access(a)), (204, dict(allowed, **{
        "Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
        "Allow-Headers": "Accept, Accept-Language, Content-Language, "
        "Content-Type, X-Token", "Max-Age": "600"})), "a preflight")


def credentials(b, site):
    thing = site.api + "/api/thing"
    b.open(site.page + "/blank")
    eq(b.fetch("/cookies/set", "POST").status, 204, "cookies of the site")
    a = b.fetch(thing)
    eq(json.loads(a.body)["cookie"], None, "without credentials: no cookie")
    a = b.fetch(thing, cookies="include")
    eq((json.loads(a.body)["cookie"], a["X-Total"]), ("1", "42"),
       "with them: the cookie, and the answer")
    a = b.fetch(thing, "PUT", {"X-Token": "t"}, cookies="include")
    eq(json.loads(a.body), {"method": "PUT", "origin": site.page,
                            "token": "t", "cookie": "1"}, "also with PUT")
    eq(b.fetch("/cookies/remove", "POST").status, 204, "removed again")


def caches(b, site):
    """An answer that was kept for one origin is not another's."""
    b.open(site.api + "/blank")
    site.seen()
    for i in range(2):
        eq(b.fetch(site.api + "/api/cached").body, "cached", "from the origin")
    eq(site.seen(), ["GET /api/cached"], "is kept")
    b.open(site.page + "/blank")
    site.seen()
    a = b.fetch(site.api + "/api/cached")
    eq((a and a.body, site.seen()), ("cached", ["GET /api/cached"]),
       "from another one it is asked for again")


def max_age(b, site):
    """Past the 5 seconds for which a browser keeps a preflight by itself."""
    b.open(site.page + "/blank")
    site.seen()
    e2e.wait_for("5 seconds to pass",
                 lambda: time.monotonic() > site.asked_at + 5.5)
    for path, want in (("/api/thing", ["PUT /api/thing"]),
                       ("/any/thing", ["OPTIONS /any/thing",
                                       "PUT /any/thing"])):
        eq(b.fetch(site.api + path, "PUT").status, 200, "PUT " + path)
        eq(site.seen(), want, path + ": as long as max_age_secs says")


# ---- pages ------------------------------------------------------------------

INJECTED = """<script>ran.push("inline")</script>
<script nonce="">ran.push("empty nonce")</script>
<script nonce="00000000000000000000000000000000">ran.push("guess")</script>
<script nonce="%(old)s">ran.push("old nonce")</script>
<script src="/script?type=text/javascript"></script>
<script src="data:text/javascript,ran.push('data')"></script>
<img src="data:," onerror="ran.push('attribute')" alt="">
<svg onload="ran.push('svg')"></svg>
<style>p { color: red !important }</style>
<p style="color: red">Another paragraph.</p>
<base href="http://evil.example/">
<object data="/blank"></object>
<a id="link" href="javascript:ran.push('link')">A link</a>
"""


def page(site, path, text=""):
    return site.page + path + "?" + urllib.parse.urlencode({"text": text})


def policy(b, site):
    b.console()
    b.open(site.page + "/page")
    state = """
        return {ran, refused: [...new Set(refused)].sort(),
            color: getComputedStyle(document.querySelector("p")).color,
            nonce: document.querySelector("script").nonce,
            title: document.title, base: document.baseURI,
            sniffed: typeof sniffed}"""
    own = b.run(state)
    old = own.pop("nonce")
    eq(own, {"ran": ["own"], "refused": [], "color": "rgb(1, 2, 3)",
             "title": "A page", "base": site.page + "/page",
             "sniffed": "undefined"}, "a page with its own script and style")
    eq(b.console(), [], "nothing to say about it")
    ok(len(old) == 32, "it has a nonce", old)

    text = INJECTED % {"old": old}
    b.open(page(site, "/page", text))
    b.run("""const before = refused.length;
        document.getElementById("link").click();
        while (refused.length == before)
            await new Promise(done => setTimeout(done));""")
    got = b.run(state)
    ok(got.pop("nonce") != old, "another one for the next page")
    eq(got["ran"], ["own"], "of what got into it nothing runs")
    eq(got["sniffed"], "undefined", "nor does a file of this origin")
    eq(got["color"], "rgb(1, 2, 3)", "nor has it a style")
    ok(got["base"].startswith(site.page), "nor does it move the links", got)
    eq(got["refused"], ["base-uri", "object-src", "script-src-attr",
                        "script-src-elem", "style-src-attr",
                        "style-src-elem"], "all of it is refused")
    ok(b.console(), "the console says so")

    # The same where nothing is said against it: the test can see a difference.
    b.open(page(site, "/bare", text))
    every = {"own", "inline", "empty nonce", "guess", "old nonce", "data",
             "attribute", "svg", "link"}
    b.run("""document.getElementById("link").click();
        while (ran.length < args[0])
            await new Promise(done => setTimeout(done));""", len(every))
    got = b.run(state)
    eq((set(got["ran"]), got["refused"], got["color"], got["base"]),
       (every, [], "rgb(255, 0, 0)", "http://evil.example/"),
       "a page without the policy")
    b.console()


def forms(b, site):
    """They go to this origin only."""
    submit = """
        const form = document.createElement("form");
        form.action = args[0];
        document.body.append(form);
        const said = new Promise(done => addEventListener(
            "securitypolicyviolation", e => done(e.effectiveDirective)));
        form.submit();
        return await said;"""
    b.open(site.page + "/page")
    site.seen()
    eq(b.run(submit, site.other + "/blank"), "form-action",
       "a form that would go elsewhere")
    eq(site.seen(), [], "goes nowhere")
    b.run("""const form = document.createElement("form");
        form.action = "/blank";
        document.body.append(form);
        form.submit();""")
    e2e.wait_for("the form to get there", lambda: b.ask(
        "GET", "/url").startswith(site.page + "/blank"))
    ok("GET /blank" in site.seen(), "one that stays here does")
    b.console()


def frames(b, site):
    """A page that is loaded in a frame tells its parent."""
    frame = """
        const frame = document.createElement("iframe");
        const told = [];
        addEventListener("message", e => told.push(e.data));
        frame.src = args[0];
        const loaded = new Promise(done => frame.onload = done);
        document.body.append(frame);
        await loaded;
        // what it said before it was loaded has arrived before this
        const echo = new Promise(done =>
            addEventListener("message", e => e.data == "end" && done()));
        postMessage("end", "*");
        await echo;
        return told;"""
    for parent, path, want in (
            (site.page, "/page", ["/page", "end"]),
            (site.other, "/page", ["end"]),
            (site.api, "/page", ["end"]),
            (site.other, "/bare", ["/bare", "end"]),
            (site.other, "/number?n=x", ["end"])):
        b.open(parent + "/blank")
        b.console()
        eq(b.run(frame, site.page + path), want,
           "%s in a frame of %s" % (path, "its own origin" if parent ==
                                    site.page else "another origin"))
        said = [line for line in b.console() if "frame-ancestors" in line]
        eq(bool(said), parent != site.page and path != "/bare",
           "the console says so if it is refused")


def types(b, site):
    """A page is no script, whatever is in it."""
    load = """
        const script = document.createElement("script");
        script.src = args[0];
        const ended = new Promise(done => {
            script.onload = () => done("ran");
            script.onerror = () => done("refused");
        });
        document.body.append(script);
        return [await ended, typeof sniffed];"""
    for kind, want in (("text/html", ["refused", "undefined"]),
                       ("text/html; charset=utf-8", ["refused", "undefined"]),
                       ("text/javascript", ["ran", "boolean"])):
        b.open(site.page + "/blank")
        b.console()
        eq(b.run(load, "/script?" + urllib.parse.urlencode({"type": kind})),
           want, "a script of the type " + kind)
        eq(any("MIME type" in line for line in b.console()),
           want[0] == "refused", "the console says why")


def errors(b, site):
    """The page of a failure, with what the client sent in its text."""
    said = '<img src=x onerror="document.title = 1"><script>document.title' \
        ' = 2</script>&lt;"\''
    b.console()
    b.open(site.page + "/number?" + urllib.parse.urlencode({"n": said}))
    got = b.run("""return [document.title, document.body.children.length,
        document.querySelector("h1").textContent,
        document.querySelector("p").textContent, document.compatMode,
        document.characterSet, document.contentType]""")
    eq(got, ["422 Unprocessable Content", 2, "422 Unprocessable Content",
             "n: a number is expected, not '%s'" % said, "CSS1Compat",
             "UTF-8", "text/html"], "it is shown, and is no markup")
    eq([line for line in b.console() if "status of 422" not in line and
        "favicon" not in line], [], "nothing to say about it")


# ---- cookies ----------------------------------------------------------------

def cookies(b, site):
    every = {"plain", "script", "strict", "none", "kept", "__Host-id",
             "__Secure-id", "__Http-id", "__Host-Http-id"}
    b.open(site.page + "/blank")
    b.console()
    eq(b.fetch("/cookies/set", "POST").status, 204, "cookies are set")
    have = b.cookies()
    eq(set(have), every, "the browser has those of this path")
    eq({(c["httpOnly"], c["secure"], c["path"], c["domain"], c["sameSite"],
         "expiry" in c) for c in (have["plain"], have["kept"])},
       {(True, False, "/", "localhost", "Lax", False),
        (True, False, "/", "localhost", "Lax", True)},
       "HttpOnly, for this host, SameSite=Lax")
    eq([have[name]["sameSite"] for name in ("strict", "none")],
       ["Strict", "None"], "or as they say")
    eq([(have[name]["secure"], have[name]["httpOnly"])
        for name in sorted(every) if name.startswith("__") or name == "none"],
       [(True, True)] * 5, "Secure ones, over HTTP on this machine")
    eq(b.run("return document.cookie"), "script=1",
       "a script sees the one that lets it")

    def sent(url):
        return set(b.run("return (await (await fetch(args[0], "
                         "{credentials: 'include'})).text()).trim()",
                         url).split())

    eq(sent("/cookies"), every, "all are sent")
    eq(sent(site.api + "/api/cookies"), every | {"below"},
       "to another port of the host too, and one more below its path")

    # Another site: 127.0.0.1 is not localhost.
    b.open(site.other + "/blank")
    body = "return document.body.innerText.trim()"
    go = "location = args[0]"
    b.run(go, site.page + "/cookies")
    e2e.wait_for("the page", lambda: b.ask("GET", "/url").startswith(
        site.page))
    eq(set(b.run(body).split()), every - {"strict"},
       "a link from another site: all but the strict one")
    b.open(site.other + "/bare")
    b.run("""
        const form = document.createElement("form");
        form.method = "POST";
        form.action = args[0];
        document.body.append(form);
        form.submit();""", site.page + "/cookies")
    e2e.wait_for("the page", lambda: b.ask("GET", "/url").startswith(
        site.page))
    eq(set(b.run(body).split()), {"none"},
       "a form of another site: only what is for all sites")
    b.open(site.page + "/cookies")
    eq(set(b.run(body).split()), every, "typed in: all")

    b.open(site.page + "/blank")
    eq(b.fetch("/cookies/remove", "POST").status, 204, "they are removed")
    eq(set(b.cookies()), set(), "and gone")
    eq(sent(site.api + "/api/cookies"), set(), "also below the path")
    b.console()


# ---- events -----------------------------------------------------------------

def events(b, site):
    """The end of a stream, a stream that breaks, and no more of it."""
    listen = """
        const source = new EventSource(args[0], {withCredentials: args[1]});
        const got = [];
        const note = e => got.push([e.type, e.lastEventId, e.data, e.origin]);
        source.onmessage = note;
        source.addEventListener("second", note);
        await new Promise(done => source.onerror = () =>
            source.readyState == EventSource.CLOSED && done());
        return got;"""
    for origin, path, credentials in (
            (site.api, "/api/events", False), (site.page, "/api/events", False),
            (site.page, "/api/events", True)):
        b.open(origin + "/blank")
        site.seen()
        got = b.run(listen, site.api + path, credentials)
        want = [["second" if n == 2 else "message", str(n),
                 "%d\nafter \u00ab%s\u00bb" % (n, after), site.api]
                for n, after in ((1, ""), (2, ""), (3, ""), (4, 3), (5, 4),
                                 (6, 4), (7, 4))]
        name = "events from %s, credentials %s" % (
            "its own origin" if origin == site.api else "another one",
            credentials)
        eq(got, want, name)
        eq(site.seen(), ["GET /api/events"] * 4, "it came back for them")
    b.open(site.other + "/blank")
    site.seen()
    eq(b.run(listen, site.api + "/api/events", False), [],
       "events from an origin that is not listed")
    eq(site.seen(), ["GET /api/events"], "it does not come back")
    b.console()


def browser():
    b = chromium.start()
    if not b:
        return
    site = Site()
    for test in (simple, preflights, other_origins, headers_for_origins,
                 credentials, caches, policy, forms, frames, types, errors,
                 cookies, events, max_age):
        try:
            test(b, site)
        except Exception:
            ok(False, test.__name__ + " came to its end",
               traceback.format_exc())


e2e.run(browser)
