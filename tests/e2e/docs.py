# SPDX-License-Identifier: ISC
"""What the reference page shows of docs.json, that nothing in there is markup,
and that everybody can use it: on a phone, in the dark, with 500 routes.
"""

import json
import os

import docs_page
import e2e
from docs_page import DOCUMENT, METHODS
from e2e import eq, ok


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
    eq(s.text("details.op[open] .about > p"),
       ["Authentication bearer or none"], "security")
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
       ["Authentication bearer (write) or key and login"],
       "scopes, and several")
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
       ["/a"] + list(docs_page.odd()["components"]["schemas"]),
       "are no end of it")
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


docs_page.run(overview, operation, markup, finding, looks, accessible, many,
              failures, caching)
