# SPDX-License-Identifier: ISC
"""The reference page in Chromium, behind nginx: documents, and hands."""

import json
import os
import traceback

import chromium
import e2e
from e2e import ok

APP = "tests/e2e/docs_app"
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


COLORS = {"string": "blue", "array": ["blue", "black", "brown"],
          "object": {"R": 100, "G": 200, "B": 150}}

# OpenAPI 3.1, "Style Examples", and RFC 6570 for label: place, style, explode
# and what color then is as a text, as an array and as an object.
STYLES = (
    ("path", "matrix", False, ";color=blue", ";color=blue,black,brown",
     ";color=R,100,G,200,B,150"),
    ("path", "matrix", True, ";color=blue",
     ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ("path", "label", False, ".blue", ".blue,black,brown",
     ".R,100,G,200,B,150"),
    ("path", "label", True, ".blue", ".blue.black.brown",
     ".R=100.G=200.B=150"),
    ("path", None, None, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("path", "simple", True, "blue", "blue,black,brown",
     "R=100,G=200,B=150"),
    ("query", None, None, "color=blue", "color=blue&color=black&color=brown",
     "R=100&G=200&B=150"),
    ("query", "form", False, "color=blue", "color=blue,black,brown",
     "color=R,100,G,200,B,150"),
    ("query", "spaceDelimited", False, None, "color=blue%20black%20brown",
     "color=R%20100%20G%20200%20B%20150"),
    ("query", "pipeDelimited", False, None, "color=blue%7Cblack%7Cbrown",
     "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "deepObject", True, None, None,
     "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ("header", None, None, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("header", "simple", True, "blue", "blue,black,brown",
     "R=100,G=200,B=150"),
    ("cookie", "form", False, "color=blue", "color=blue,black,brown",
     "color=R,100,G,200,B,150"))


def styled():
    """(operation, place, what color is) for each of them."""
    for n, row in enumerate(STYLES):
        for kind, want in zip(COLORS, row[3:]):
            if want:
                yield "%s%d" % (kind, n), row, kind, want


def styles():
    doc = {"openapi": "3.1.0", "info": {"title": "Styles", "version": "1"},
           "paths": {}}
    for name, (place, style, explode, *wants), kind, want in styled():
        p = {"name": "color", "in": place, "required": place == "path",
             "example": COLORS[kind], "schema": {"type": kind}}
        if style:
            p.update(style=style, explode=explode)
        path = "/%s%s" % (name, "/{color}" if place == "path" else "")
        doc["paths"][path] = {"get": {"operationId": name, "parameters": [p],
                                      "responses": {}}}
    return doc


class Site:
    def __init__(self, browser, server=None):
        self.b = browser
        self.server = server or self.documents()
        self.nginx = e2e.Nginx(e2e.site_conf(self.server.sock))
        self.url = "http://localhost:%d" % self.nginx.port
        self.size(1280, 900)

    def documents(self):
        """The program that answers with whatever document is asked for."""
        folder = e2e.fresh("documents")
        os.mkdir(folder)
        for name, text in (("openapi", json.dumps(DOCUMENT)),
                           ("named", json.dumps(DOCUMENT)),
                           ("big", json.dumps(big())),
                           ("odd", json.dumps(odd())),
                           ("styles", json.dumps(styles())),
                           ("text", "<p>This is not it"),
                           ("other", json.dumps({"swagger": "2.0"}))):
            with open("%s/%s.json" % (folder, name), "w") as f:
                f.write(text)
        return e2e.Server(APP, env=e2e.environment(DOCS_DIR=folder))

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


def run(*tests):
    """Each with a program and an nginx of its own, in one browser."""
    def pages():
        b = chromium.start()
        for test in tests if b else ():
            try:
                test(Site(b))
            except Exception:
                ok(False, test.__name__ + " came to its end",
                   traceback.format_exc())
    e2e.run(pages)
