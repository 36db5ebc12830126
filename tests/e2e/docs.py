# SPDX-License-Identifier: ISC
"""The reference page in Chromium, behind nginx: what it shows of docs.json,
what it sends, and that everybody can use it.
"""

import json
import os
import traceback

import chromium
import e2e
from e2e import eq, ok

APP = "tests/e2e/docs_app"
ENTER, TAB = "\ue007", "\ue004"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

with open(os.path.join(e2e.srcdir, "tests/e2e/docs.json")) as f:
    DOCUMENT = json.load(f)


def big():
    """Five hundred operations, in fifty groups."""
    doc = {key: DOCUMENT[key] for key in ("openapi", "info", "components")}
    doc["paths"] = {"/things/%d/{id}" % i: {
        method: {"operationId": "%s%d" % (method, i),
                 "tags": ["g%d" % (i // 2)],
                 "parameters": [{"name": "id", "in": "path", "required": True,
                                 "schema": {"type": "integer"}}],
                 "requestBody": {"content": {"application/json": {
                     "schema": {"$ref": "#/components/schemas/Note"}}}},
                 "responses": {"200": {"description": "It"}}}
        for method in METHODS[:5]} for i in range(100)}
    return doc


def odd():
    """Of version 3, and nothing in it is what it should be."""
    return {"openapi": "3.1.0", "info": [], "tags": {}, "servers": "x",
            "security": 1, "components": {"schemas": {
                "A": {"$ref": "#/components/schemas/B"},
                "B": {"$ref": "#/components/schemas/A"},
                "C": {"allOf": [{"$ref": "#/components/schemas/C"}, 1, None]},
                "D": {"type": 5, "enum": 1, "required": {}, "properties": [],
                      "oneOf": {}, "items": True, "examples": 1},
                "E": {"$ref": "other.json#/X"}, "F": False, "G": None,
                "__proto__": {"type": "object", "properties": {
                    "__proto__": {"type": "string", "default": "x"}}},
                "H": {"$ref": "#/%"}}},
            "paths": {"/a": {"get": None, "put": 1, "post": {
                "operationId": 7, "tags": [None], "parameters": [
                    None, {}, {"name": 1, "in": "query"},
                    {"$ref": "#/components/parameters/none"},
                    {"name": "p", "in": "query", "schema":
                     {"$ref": "#/components/schemas/A"}}],
                "requestBody": {"content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/__proto__"}}}},
                "responses": {"200": None, "x": {"headers": [],
                                                 "content": 1}}}},
                "/b": None, "/c": {"$ref": "#/paths/~1c"}}}


class Site:
    def __init__(self, browser):
        self.b = browser
        folder = e2e.fresh("documents")
        os.mkdir(folder)
        for name, text in (("openapi", json.dumps(DOCUMENT)),
                           ("named", json.dumps(DOCUMENT)),
                           ("big", json.dumps(big())),
                           ("odd", json.dumps(odd())),
                           ("text", "<p>This is not it"),
                           ("other", json.dumps({"swagger": "2.0"}))):
            with open("%s/%s.json" % (folder, name), "w") as f:
                f.write(text)
        self.server = e2e.Server(APP, env=e2e.environment(DOCS_DIR=folder))
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock))
        self.url = "http://localhost:%d" % self.nginx.port
        self.size(1280, 900)

    def size(self, width, height):
        self.b.devtools("Emulation.setDeviceMetricsOverride", width=width,
                        height=height, deviceScaleFactor=1, mobile=False)

    def open(self, path="/docs"):
        """A page of its own, when it has come to its end."""
        self.b.open("data:,")
        self.b.open(self.url + path)
        self.run("""while (document.querySelector("[aria-busy]"))
            await soon();""")

    def run(self, code, *args):
        return self.b.run(HELP + code, *args)

    def text(self, selector):
        return self.run("""return [...document.querySelectorAll(args[0])]
            .filter(e => e.checkVisibility()).map(words)""", selector)

    def send(self, values=()):
        """Fill in the form of the open row and send it: the answer, shown."""
        self.fill(values)
        return self.run("""
            const form = opened().querySelector("form");
            form.requestSubmit();
            const place = form.querySelector(".answer");
            while (!place.firstChild || form.querySelector(".send").disabled)
                await soon();
            const at = s => place.querySelector(s);
            return {status: words(at(".status")),
                words: words(at(":scope > div > p")), headers:
                Object.fromEntries([...place.querySelectorAll("dt")].map(
                    e => [e.textContent, e.nextSibling.textContent])),
                body: at("pre")?.textContent, text: words(place),
                image: at("img") && await at("img").decode().then(
                    () => at("img").naturalWidth)};""")

    def fill(self, values):
        """Fields by their labels, as somebody sees them."""
        for label, value in dict(values).items():
            self.run("""
                const e = field(args[0]);
                e.value = args[1];
                if (e.value != args[1])
                    throw Error(args[0] + " cannot be " + args[1]);
                for (const kind of ["input", "change"])
                    e.dispatchEvent(new Event(kind, {bubbles: true}));""",
                     label, value)

    def curl(self):
        return self.run("return opened().querySelector('.curl pre')"
                        ".textContent")

    def shell(self, line, **popen):
        """What the line for curl gets when a shell runs it."""
        status, out, err = e2e.command("sh", "-c", line.replace(
            "curl", "%s -q -sS --noproxy '*' --max-time 30" % (
                os.environ.get("CURL") or "curl"), 1), **popen)
        if status != 0:
            raise AssertionError("%s: %d: %s" % (line, status, err))
        return out


HELP = """
    const soon = () => new Promise(done => setTimeout(done, 5));
    const words = e => e?.innerText.replace(/\\s+/g, " ").trim();
    const opened = () => document.querySelector("details.op[open]");
    const field = name => {
        const own = [...opened().querySelectorAll("form label")].find(
            e => words(e).startsWith(name));
        const e = own ? document.getElementById(own.htmlFor) :
            opened().querySelector(`form [aria-label="${name}"]`);
        if (!e)
            throw Error("no field " + name);
        return e;
    };
    const visible = e => e.getBoundingClientRect().bottom > 0 &&
        e.getBoundingClientRect().top < innerHeight;
"""


# ---- what is shown ----------------------------------------------------------

def all_operations(doc):
    """(method, path, summary), as sorted by hand from the document."""
    return [(method.upper(), path, item[method].get("summary", ""),
             item[method].get("tags", ["Operations"])[0])
            for path, item in doc["paths"].items()
            for method in METHODS if method in item]


def overview(s):
    s.open()
    want = all_operations(DOCUMENT)
    groups = ["notes", "other"] + [g for g in dict.fromkeys(
        row[3] for row in want) if g not in ("notes", "other")]
    shown = s.run("""
        return [...document.querySelectorAll("main > section")].map(part => [
            words(part.querySelector("h2")),
            [...part.querySelectorAll("details.op > summary")].map(e => [
                words(e.querySelector(".method")),
                words(e.querySelector(".path")),
                words(e.querySelector(".summary"))])])""")
    eq(shown[:-2], [[g, [list(row[:3]) for row in want if row[3] == g]]
                    for g in groups], "every operation, by its tag")
    eq(shown[-2], ["Webhooks", [["POST", "noteAdded", "We call you"]]],
       "and what calls back")
    eq([row[1] for row in shown[-1][1]],
       list(DOCUMENT["components"]["schemas"]), "every schema")
    eq(s.run("""return [...document.querySelectorAll("#nav a")].map(
        e => words(e))"""), [" ".join(row[:2]) for g, rows in shown[:-1]
                             for row in rows] +
       list(DOCUMENT["components"]["schemas"]), "the index has them all")
    eq(s.run("return [document.title, words(document.querySelector('h1'))]"),
       ["Notebook – API reference", "Notebook 2.4.1"], "title and version")
    eq(s.text("header .prose li"), ["keeps notes in order",
                                    "finds them again", "sends events"],
       "the description is a text")
    eq(s.run("""return [...document.querySelectorAll("header a")].map(
        a => a.getAttribute("href"))"""), [
            "https://example.com/events", s.url + "/openapi.json",
            "mailto:team@example.com", "https://example.com/isc",
            "https://example.com/handbook"], "links lead to safe places only")
    eq(s.text(".servers li"), [
        "Server /api This one", "Server https://elsewhere.example/v1 Another "
        "host", "Server /{where} With a variable"], "servers")
    eq(s.text("details.op:has(> summary .flag.old) .path")[:1],
       ["/notes/{id}"], "what is deprecated says so")


def heads(s, selector):
    """The lines of the rows below it, by name."""
    return s.run("""
        const found = {};
        for (const e of opened().querySelectorAll(args[0] + " .row > .head"))
            found[words(e.firstElementChild)] ??= words(e).slice(
                words(e.firstElementChild).length).trim();
        return found;""", selector)


def operation(s):
    s.open("/docs#listNotes")
    eq(heads(s, ".about > .rows"), {
        "limit": "integer int32 1 to 100 default 20",
        "order": "string default new", "done": "boolean deprecated",
        "tag": "array of string at most 5 items",
        "X-Trace": "string uuid"}, "parameters, those of the path too")
    eq(s.run("""return words([...opened().querySelectorAll(".row")].find(
        e => words(e).startsWith("order")).querySelector(".values"))"""),
       "One of new, old, title", "what it can be")
    eq(s.text("details.op[open] .about > p"), ["Authentication bearer or none"],
       "security")
    eq(s.text("details.op[open] h5")[:2], ["In the query", "Headers"],
       "by their places")
    eq(s.text("details.op[open] .reply > summary"),
       ["200 The notes", "default Why not"], "answers, referred to ones too")
    ok("X-Total integer at least 0 How many there are" in
       s.text("details.op[open] .reply .row"), "headers of an answer")
    eq(s.run("return opened().querySelector('.reply .values a').hash"),
       "#deleteNote", "and where it leads")

    s.open("/docs#addNote")
    eq(s.text("details.op[open] .about > p"),
       ["Authentication bearer (write) or key and login"], "scopes, and several")
    body = heads(s, ".about > .media")
    want = {
        "id": "Id integer int64 at least 1 required read only",
        "title": "string 1 to 50 characters required",
        "body": "string or null at most 1000 characters default null",
        "status": "string default open", "due": "string date-time",
        "secret": "string pattern ^\\w+$ write only",
        "weight": "number more than 0 less than 10 multiple of 0.5",
        "labels": "map of string at most 3 members",
        "replies": "array of Note", "shape": "Shape",
        "place": "array exactly 2 items", "old": "boolean deprecated",
        "lost": "Nowhere (not in this document)"}
    eq(body, want, "a schema of several parts, as one")
    ok("No other members." in s.text("details.op[open] .about > .media p"),
       "and no others")
    s.run("""for (let n = 0; n < 3; n++) {
        for (const e of opened().querySelectorAll(".media .part"))
            e.open = true;
        await soon();
        await soon();
    }""")
    more = heads(s, ".about > .media")
    eq({name: line for name, line in more.items() if name not in want},
       {"any name": "string", "kind": "string required",
        "radius": "number at least 0 required", "item 1": "number",
        "item 2": "number", "side": "number always 2 required"},
       "what is inside is there when it is opened")
    eq(s.run("""const e = [...opened().querySelectorAll(
        ".about > .media .row")].find(e => words(e).startsWith("replies"));
        return [e.querySelectorAll(".row").length,
            e.querySelector("a").hash]"""),
       [0, "#schema:Note"], "a schema inside itself is a link")
    ok("Told apart by kind: round is Circle, flat is Square" in
       s.text("details.op[open] .values"), "how choices are told apart")
    eq(json.loads(s.run("""return [...opened().querySelectorAll(
        ".reply .part")].at(-1).querySelector("pre").textContent""")),
       {"id": 7, "title": "From the document"}, "the document's own example")
    eq(s.text("#authentication"), [], "no stray ids")


def markup(s):
    """Texts that are HTML, in every place there is."""
    s.open()
    s.run("""for (let n = 0; n < 3; n++) {
        for (const e of document.querySelectorAll("details"))
            e.open = true;
        await soon();
        await soon();
    }""")
    ok(s.run("return document.querySelectorAll('.op-body').length") > 20,
       "all is open")
    eq(s.run("return [typeof ran, document.scripts.length, "
             "document.images.length, document.querySelectorAll("
             "'main b, [onclick], [onerror], a[href^=javascript]').length]"),
       ["undefined", 1, 0, 0], "no text is markup, and nothing ran")
    ok("<script>window.ran = 7</script>" in
       " ".join(s.text("details.op .prose")), "it is shown as it is")
    eq(s.b.console(), [], "the policy had nothing to refuse")
    origins = s.run("""return [...new Set(performance.getEntriesByType(
        "resource").map(e => new URL(e.name).origin))]""")
    eq(origins, [s.url], "no other host was asked for anything")
    # That the test could see a difference.
    eq(s.run("""try {
        document.body.insertAdjacentHTML("beforeend", "<b>");
        return "done";
    } catch (e) {
        return e.name;
    }"""), "TypeError", "the page could not, if it wanted to")
    eq(s.run("""try {
        await fetch("http://127.0.0.1:" + location.port + "/docs",
            {mode: "no-cors"});
        return "done";
    } catch (e) {
        return e.name;
    }"""), "TypeError", "nor could it call another origin")
    ok(len(s.b.console()) >= 2, "which the console says")


def finding(s):
    """The filter, and addresses."""
    s.open()
    paths = "details.op:not(#x) > summary .path"
    every = len(s.text(paths))
    s.run("""const e = document.getElementById("filter");
        e.value = "  ECHO say ";
        e.dispatchEvent(new Event("input"));""")
    eq((s.text(paths), s.text("#nav .path"), s.text("main > section > h2"),
        s.text("#count")), (["/echo/{rest}"] * 2, ["/echo/{rest}"] * 2,
                            ["other"], ["2 of %d" % every]),
       "rows with all the words, in the page and in the index")
    s.run("""const e = document.getElementById("filter");
        e.value = "nothing has this";
        e.dispatchEvent(new Event("input"));""")
    eq((s.text(paths), s.text("#count")), ([], ["0 of %d" % every]), "none")
    s.run("location.hash = '#deleteNote'; await soon(); await soon();")
    eq((len(s.text(paths)), s.text("#count")), (every, [""]),
       "an address brings all of them back")

    state = """return [words(opened()?.querySelector("summary .path")),
        document.activeElement == opened()?.firstChild,
        opened() && visible(opened().firstChild),
        words(document.querySelector("[aria-current]")),
        document.querySelectorAll("details.op[open]").length]"""
    for path, want in (
            ("/docs#deleteNote", ["/notes/{id}", True, True,
                                  "DELETE /notes/{id}", 1]),
            ("/docs#schema:Problem", ["Problem", True, True, "Problem", 1]),
            ("/docs#head%2Funtagged", ["/untagged", True, True,
                                       "HEAD /untagged", 1]),
            ("/docs#nothing", [None, False, None, None, 0]),
            ("/docs#%", [None, False, None, None, 0]),
            ("/named/about/docs#conflict", ["/conflict", True, True,
                                            "PUT /conflict", 1]),
            ("/named/in/docs#conflict", ["/conflict", True, True,
                                         "PUT /conflict", 1])):
        s.open(path)
        eq(s.run(state), want, path)
    s.open()
    s.run("""[...document.querySelectorAll("#nav a")].find(
        e => words(e) == "PUT /conflict").click();
        while (!opened()) await soon();""")
    eq(s.run(state), ["/conflict", True, True, "PUT /conflict", 1],
       "a click in the index")
    s.run("""opened().open = false;
        document.querySelector("details.op:has(h3) > summary").click();
        while (location.hash != "#listNotes") await soon();""")
    ok(True, "an opened row is the page's address")
    eq(s.b.console(), [], "nothing to say about it")


# ---- calls ------------------------------------------------------------------

def calls(s):
    s.open("/docs#addNote")
    made = s.run("return field('Body').value")
    eq(json.loads(made), {
        "title": "Buy milk", "body": None, "status": "open", "secret": "text",
        "due": "2026-01-31T12:00:00Z", "weight": 0.5,
        "labels": {"name": "text"}, "replies": [], "shape": {
            "kind": "round", "radius": 0}, "place": [0, 0]},
       "a body made from the schema, without read-only members")
    a = s.send()
    ok(a["status"].startswith("201 Created ") and
       a["status"].endswith(" ms, %d bytes" % len(made)), "POST: 201", a)
    eq((a["words"], a["headers"]["location"], json.loads(a["body"])),
       ("It is added", "/api/notes/3", json.loads(made)), "what came back")
    a = s.send({"Body": '{"title": ""}'})
    ok(a["status"].startswith("422 Unprocessable "), "POST: 422", a)
    eq((a["words"], json.loads(a["body"])["status"],
        a["headers"]["content-type"]), ("Why not", 422,
                                        "application/problem+json"),
       "the problem is shown")
    s.fill({"Body": '{"title": '})
    ok(s.text("details.op[open] .wrong")[0].startswith("Not JSON: "),
       "a body that is no JSON is told")
    ok(s.send()["status"].startswith("400 "), "and sent all the same")
    s.fill({"Body": "", "URL": "1"})
    ok("another origin" in "".join(s.text("details.op[open] .wrong")) and
       "https://elsewhere.example/v1/notes" in s.curl(),
       "another host's server is for curl only")

    s.open("/docs#listNotes")
    a = s.send({"limit": "2", "tag": "a b\nc", "done": "true"})
    eq(a["body"], """[
  {
    "id": 9007199254740993,
    "title": "<script>ran = true</script>",
    "tags": [],
    "more": {}
  },
  {
    "id": 2,
    "title": "say \\"a, b: [c]\\"",
    "size": 1.50
  }
]""", "JSON is laid out, and its numbers and texts are as they came")
    eq(s.server.requests()[-1]["path"], "/api/notes", "it was asked")
    eq(s.run("return [typeof ran, document.scripts.length]"),
       ["undefined", 1], "an answer is no markup either")

    s.open("/docs#deleteNote")
    s.fill({"id": ""})
    s.run("opened().querySelector('form').requestSubmit()")
    eq((s.text("details.op[open] .go .wrong"), s.run(
        "return document.activeElement == field('id')")),
       (["id is needed for the path"], True), "a part of the path is missing")
    s.fill({"id": ".."})
    s.run("opened().querySelector('form').requestSubmit()")
    eq(s.text("details.op[open] .go .wrong"),
       ["id: “..” is no path segment"], "or is none")
    a = s.send({"id": "5"})
    ok(a["status"].startswith("204 No Content ") and "No body." in a["text"],
       "DELETE: 204", a)
    s.open("/docs#conflict")
    a = s.send({"URL": "2"})
    ok(a["status"].startswith("409 Conflict "), "a server with a variable", a)
    a = s.send({"where": "nowhere"})
    ok(a["status"].startswith("404 Not Found "), "with another value", a)
    eq(a["words"], "Not documented.", "an answer that the document has not")
    s.open("/docs#getPicture")
    a = s.send()
    eq((a["image"], a["headers"]["content-type"]), (1, "image/png"),
       "a picture is shown")
    s.open("/docs#getEvents")
    eq(s.send()["body"], ": \n\ndata: one\n\ndata: two\n\n",
       "events are shown")
    s.open("/docs#trace%2Funtagged")
    ok("does not send TRACE" in "".join(s.text("details.op[open] .wrong")),
       "what a browser does not send is told")
    said = [line for line in s.b.console() if "status of 4" not in line]
    eq(said, [], "nothing else to say about it")
    s.open("/docs#listNotes")
    s.server.stop()
    a = s.send()
    ok(a["status"].startswith("502 "), "without a program: nginx's answer", a)
    s.nginx.stop()
    a = s.send()
    ok("No answer" in a["status"] and "cannot be reached" in a["status"],
       "without a server", a)
    s.b.console()


def commands(s):
    """The line for curl gets from a shell what the page gets."""
    nasty = "it's $HOME `id` \"\\n\" \\ !x %41 \u00e9\u2713 &a=b #c ?d @e;|*~"
    s.open("/docs#echoAll")
    forms = (
        {},
        {"rest": "a/b c?d", "q": nasty, "many": "a,b\nc d", "deep":
         '{"a": "x&y", "b": 3}', "X-Token": "it's", "X-List": "1\n2",
         "theme": "dark"},
        {"Content type": "application/json", "Body": '{"q": "%s"}' % "it's"},
        {"Content type": "text/plain", "Example": "1"},
        {"Body": nasty + "\n\n @file\n'"}, {"Body": "@/etc/passwd"},
        {"Body": ""},
        {"With": "1", "User": "us'er", "Password": "p:w '\"\u00e9"},
        {"With": "2", "X-Token": "", "Value": "k'ey"},
        {"With": "3", "Value": "a&b='c'"})
    for values in forms:
        a = s.send(values)
        ok(a["status"].startswith("200 OK"), "%s: 200" % values, a)
        page, curl = json.loads(a["body"]), json.loads(s.shell(s.curl()))
        # Cookies that were typed are curl's.
        page.pop("cookie"), curl.pop("cookie")
        eq(curl, page, "%s: curl has the same answer" % values)
        last = page
    eq(last["query"].split("&")[-1], "key=a%26b%3D%27c%27",
       "a key in the query")
    s.fill({"With": "2", "theme": "dark"})
    s.run("const e = [...opened().querySelectorAll('.secret')].at(-1);"
          "e.value = 'it\\'s'; e.dispatchEvent(new Event('input', "
          "{bubbles: true}));")
    eq(json.loads(s.shell(s.curl()))["cookie"], "theme=dark; session=it's",
       "curl sends the cookies")
    s.fill({"With": "1"})
    eq(json.loads(s.shell(s.curl()))["authorization"],
       json.loads(s.send()["body"])["authorization"], "user and password")
    eq(s.run("return [document.cookie, localStorage.length, "
             "sessionStorage.length]"), ["", 0, 0], "they are kept nowhere")
    s.open("/docs#echoAll")
    s.fill({"With": "1"})
    eq(s.run("return [field('User').value, field('Password').value]"),
       ["", ""], "and gone with the page")

    s.open("/docs#addNote")
    s.send({"Body": json.dumps({"title": nasty})})
    eq(json.loads(s.shell(s.curl())), {"title": nasty}, "POST")
    s.open("/docs#sendForm")
    folder = e2e.fresh("files")
    os.mkdir(folder)
    name = 'a "b"; c.txt'
    with open(os.path.join(folder, name), "w") as f:
        f.write("it's in the file")
    s.run("field('file').id = 'upload'")
    element = s.b.ask("POST", "/element", {"using": "css selector",
                                           "value": "#upload"})
    s.b.ask("POST", "/element/%s/value" % list(element.values())[0],
            {"text": os.path.join(folder, name)})
    a = s.send({"title": "@" + nasty, "words": "one\ntwo"})
    page = json.loads(a["body"])
    eq((page["fields"], page["content"], page["type"]),
       ("title=@%s;words=one;words=two;" % nasty, "it's in the file",
        "text/plain"), "a form with a file")
    eq(json.loads(s.shell(s.curl(), cwd=folder)), page, "the same by curl")
    a = s.send({"Content type": "application/x-www-form-urlencoded",
                "title": nasty})
    eq(json.loads(a["body"])["fields"], "title=%s;" % nasty, "a plain form")
    eq(json.loads(s.shell(s.curl())), json.loads(a["body"]), "by curl")
    eq(s.b.console(), [], "nothing to say about it")

    s.b.devtools("Browser.grantPermissions", origin=s.url,
                 permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    s.run("opened().querySelector('.curl button').click();"
          "while (!words(opened().querySelector('.copy [role=status]')))"
          "    await soon();")
    eq(s.run("return await navigator.clipboard.readText()"), s.curl(),
       "the line can be copied")


def keyboard(s):
    """One call from the top of the page, with keys only."""
    focus = """const e = document.activeElement, style = getComputedStyle(e);
        return [e.id || words(e).slice(0, 40), style.outlineStyle != "none" &&
            parseFloat(style.outlineWidth) >= 2 && visible(e)]"""
    s.open()
    s.b.keys(TAB)
    eq(s.run(focus), ["skip", True], "first of all, the index can be skipped")
    s.b.keys(ENTER)
    eq(s.run("return document.activeElement.id"), "content", "it is")

    seen = []

    def go(wanted):
        for n in range(100):
            s.b.keys(TAB)
            at = s.run(focus)
            seen.append(at)
            if s.run("return (%s)(document.activeElement)" % wanted):
                return
        raise AssertionError("%s is not in reach: %s" % (wanted, seen))

    go("e => e.matches('summary') && words(e).startsWith('GET /notes')")
    s.b.keys(ENTER)
    s.run("while (!opened()?.querySelector('form')) await soon();")
    go("e => e == field('limit')")
    s.b.keys("7")
    go("e => e == field('order')")
    s.b.keys("o")           # old
    go("e => e.matches('.curl button')")
    go("e => e.matches('.send')")
    s.b.keys(ENTER)
    s.run("while (!words(opened().querySelector('.status'))?.endsWith("
          "'bytes')) await soon();")
    eq(s.run("const e = opened().querySelector('.status');"
             "return [words(e).slice(0, 6), e.getAttribute('role')]"),
       ["200 OK", "status"], "the answer is said aloud")
    ok("limit=7&order=old" in s.curl(), "of what was typed")
    eq([at for at in seen if not at[1]], [], "the focus was always to be seen")
    eq(s.run("const e = opened(); document.activeElement.blur();"
             "e.querySelector('summary').focus(); return "
             "document.activeElement.matches('summary')"), True, "a row")
    s.b.keys(ENTER)
    eq(s.run("return opened() == null"), True, "closes again")


# ---- how it looks -----------------------------------------------------------

def looks(s):
    def media(**features):
        s.b.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-" + name.replace("_", "-"), "value": value}
            for name, value in features.items()])

    def colors():
        return s.run("""const of = name => getComputedStyle(
                document.body)[name].match(/\\d+/g).slice(0, 3).reduce(
                (a, b) => a + Number(b), 0) / 3;
            return [of("backgroundColor"), of("color")]""")

    s.open("/docs#addNote")
    s.send()
    media(color_scheme="light")
    back, text = colors()
    ok(back > 240 and text < 60, "light", (back, text))
    media(color_scheme="dark")
    back, text = colors()
    ok(back < 40 and text > 200, "dark", (back, text))
    moves = """return [...document.querySelectorAll("summary, nav a, button")]
        .some(e => getComputedStyle(e).transitionDuration != "0s")"""
    media(reduced_motion="reduce")
    eq(s.run(moves), False, "nothing moves where that is wished")
    media(reduced_motion="no-preference")
    eq(s.run(moves), True, "else it does")
    media()

    s.size(360, 740)
    for path in ("/docs", "/docs#addNote", "/docs#echoAll", "/docs#sendForm",
                 "/docs#authentication", "/docs#schema:Note",
                 "/docs#" + 25 * "long", "/text/docs"):
        s.open(path)
        s.run("""for (let n = 0; n < 2 && opened(); n++) {
                for (const e of opened().querySelectorAll("details"))
                    e.open = true;
                await soon();
                await soon();
            }""")
        if "#" in path and s.run("return Boolean(opened().querySelector("
                                 "'form'))"):
            s.send()
        e = s.run("const e = document.documentElement;"
                  "return [e.scrollWidth, e.clientWidth, innerWidth]")
        ok(e[0] <= e[1] <= e[2] == 360, path + " fits a phone", e)
    s.open()
    eq((s.text("#nav a"), s.text("#index > summary")), ([], ["Index"]),
       "there the index is folded")
    s.run("document.querySelector('#index > summary').click();"
          "[...document.querySelectorAll('#nav a')].find("
          "e => words(e) == 'PUT /conflict').click();"
          "while (!opened()) await soon();")
    eq((s.text("#nav a"), s.run("return visible(opened().firstChild)")),
       ([], True), "and folds when one is chosen")
    s.b.console()


def accessible(s):
    path = os.environ.get("STILE_AXE") or os.path.join(
        e2e.srcdir, "_build/npm/node_modules/axe-core/axe.min.js")
    if not os.path.exists(path):
        e2e.skip("axe-core", "it is not there: ./quickstart test installs it")
        return
    with open(path) as f:
        axe = f.read()
    for scheme in ("light", "dark"):
        s.b.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        for page in ("/docs", "/docs#addNote", "/docs#echoAll",
                     "/docs#authentication", "/text/docs"):
            s.open(page)
            if s.run("return Boolean(opened()?.querySelector('form'))"):
                s.send()
                s.run("""for (const e of opened().querySelectorAll("details"))
                    e.open = true;
                    await soon();
                    await soon();""")
            s.b.devtools("Runtime.evaluate", expression=axe)
            got = s.run("""const r = await axe.run();
                return [r.passes.length, r.violations.map(v => [v.impact, v.id,
                    v.nodes.slice(0, 3).map(n => n.html)])]""")
            eq(got[1], [], "axe-core finds nothing: %s, %s" % (scheme, page))
            ok(got[0] > 10, "and has looked", got[0])
    # That it finds what is there.
    s.run("document.querySelector('h1').style.color = '#ddd';"
          "document.querySelector('h1').style.background = '#eee'")
    eq(s.run("return (await axe.run()).violations.map(v => v.id)"),
       ["color-contrast"], "it sees bad contrast")
    s.b.devtools("Emulation.setEmulatedMedia", features=[])
    s.b.console()


def many(s):
    s.open("/big/docs")
    eq(len(s.text("details.op:has(.method)")), 500, "500 operations")
    count = "return document.querySelectorAll('*').length"
    before = s.run(count)
    ok(before < 500 * 20, "a few elements for each", before)
    eq(s.run("return document.querySelectorAll('.op-body, form').length"), 0,
       "and none is filled")
    s.run("location.hash = '#post77'; while (!opened()) await soon();")
    eq(s.run("return document.querySelectorAll('.op-body').length"), 1,
       "but the one that is open")
    ok(s.run(count) < before + 1000, "which is not large either")
    s.run("""const e = document.getElementById("filter");
        e.value = "put /things/42";
        e.dispatchEvent(new Event("input"));""")
    eq((s.text("details.op > summary .path"), s.text("#nav .path"),
        s.text("#count")), (["/things/42/{id}"], ["/things/42/{id}"],
                            ["1 of %d" % (500 + len(
                                DOCUMENT["components"]["schemas"]))]),
       "the filter finds one")
    eq(s.b.console(), [], "nothing to say about it")


# ---- what goes wrong --------------------------------------------------------

def failures(s):
    for path, want in (
            ("/alone/docs", "cannot be fetched: the answer was 404 Not "
             "Found."),
            ("/text/docs", "is not JSON: "),
            ("/other/docs", "is not an OpenAPI document of version 3: its "
             "member openapi is undefined.")):
        s.open(path)
        said = s.text("[role=alert] p")
        url = s.url + path.replace("docs", "openapi.json")
        ok(len(said) == 1 and said[0].startswith(
            "The OpenAPI document %s %s" % (url, want)), path + " says why",
           said)
    s.b.console()
    s.open("/odd/docs#7")
    s.run("""for (let n = 0; n < 3; n++) {
        for (const e of document.querySelectorAll("details"))
            e.open = true;
        await soon();
        await soon();
    }""")
    eq(s.text("[role=alert]"), [], "odd things in the document")
    eq(s.text("details.op > summary .path"),
       ["/a"] + list(odd()["components"]["schemas"]), "are no end of it")
    eq(s.b.console(), [], "nor errors")

    s.b.devtools("Emulation.setScriptExecutionDisabled", value=True)
    s.b.open("data:,")
    s.b.open(s.url + "/docs")
    body = s.b.ask("POST", "/element", {"using": "css selector",
                                        "value": "main"})
    text = s.b.ask("GET", "/element/%s/text" % list(body.values())[0])
    s.b.devtools("Emulation.setScriptExecutionDisabled", value=False)
    eq(text, "This page needs JavaScript. Without it there is the OpenAPI "
       "document.", "without scripts there is a sentence")


def caching(s):
    s.open()
    known = len(s.server.requests())
    s.open()
    eq([(line["path"], line["status"], line["bytes"])
        for line in s.server.requests()[known:]],
       [("/docs", 304, 0), ("/openapi.json", 304, 0)],
       "a second visit fetches nothing anew")


def docs():
    b = chromium.start()
    if not b:
        return
    for test in (overview, operation, markup, finding, calls, commands,
                 keyboard, looks, accessible, many, failures, caching):
        try:
            test(Site(b))
        except Exception:
            ok(False, test.__name__ + " came to its end",
               traceback.format_exc())


e2e.run(docs)
