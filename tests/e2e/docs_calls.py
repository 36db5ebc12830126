# SPDX-License-Identifier: ISC
"""What the reference page sends and what it makes of the answer; that a shell
gets the same with its lines for curl; and that keys alone will do.
"""

import json
import os

import docs_page
import e2e
from e2e import eq, ok

ENTER, TAB = "\ue007", "\ue004"


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


def styles(s):
    """Parameters, as the specification's own table has them."""
    s.open("/styles/docs")
    for name, (place, style, explode, *wants), kind, want in \
            docs_page.styled():
        s.run("for (const e of document.querySelectorAll('.op')) e.open = 0;"
              "location.hash = args[0]; while (!opened()?.querySelector("
              "'form') || decodeURIComponent(location.hash) != args[0])"
              "await soon();", "#" + name)
        line = s.curl().replace("'", "").replace(" \\\n ", "")
        url = s.url + "/" + name
        eq(line, {"path": "curl %s/%s", "query": "curl %s?%s",
                  "header": "curl %s -H color: %s",
                  "cookie": "curl %s -b %s"}[place] % (url, want),
           "%s: %s, %s, explode %s" % (kind, place, style, explode))


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


def notes(s):
    """The page of an application whose document is made of its tables."""
    dsn = "sqlite:" + e2e.fresh("db")
    eq(e2e.command(e2e.program("apps/notes/notes"), "migrate", "--db",
                   dsn)[0], 0, "notes: migrate")
    s = docs_page.Site(s.b, e2e.Server("apps/notes/notes", "--db", dsn))
    s.open("/docs#postNotes")
    eq([t.split()[:2] for t in s.text("details.op > summary") if " " in t],
       [["GET", "/notes"], ["POST", "/notes"], ["GET", "/notes/{id}"],
        ["PUT", "/notes/{id}"], ["DELETE", "/notes/{id}"],
        ["PATCH", "/notes/{id}"]], "notes: its operations")
    got = s.send({"Body": '{"title": "By hand", "done": true}'})
    eq((got["status"][:3], json.loads(got["body"])["title"]),
       ("201", "By hand"), "notes: one is added by the form")
    got = s.send({"Body": '{"title": "", "size": 1}'})
    eq((got["status"][:3], sorted(
        e["code"] for e in json.loads(got["body"])["errors"])),
       ("422", ["too_short", "unknown"]), "notes: all that is wrong is said")


docs_page.run(calls, commands, styles, keyboard, notes)
