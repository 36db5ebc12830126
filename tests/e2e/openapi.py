# SPDX-License-Identifier: ISC
"""OpenAPI documents and JSON Schemas, as others understand them: validators,
and a client that is made of the document and calls notes behind nginx.
"""

import json
import os
import shutil
import subprocess

import e2e
from e2e import ask, eq, ok

APP = "tests/e2e/openapi_app"
NODE = os.environ.get("NODE") or "node"
FOLDER = os.path.join(e2e.srcdir, "tests/e2e")
MODULES = os.environ.get("STILE_NPM") or os.path.join(
    e2e.srcdir, "_build/npm/node_modules")
NAMES = ("Scalars", "Lists", "Node", "Home", "Pet")


def workplace(*files):
    """A folder where node finds the modules."""
    where = e2e.fresh("node")
    os.mkdir(where)
    os.symlink(MODULES, where + "/node_modules")
    with open(where + "/package.json", "w") as f:
        f.write('{"type": "module"}')
    for name in files:
        shutil.copy(os.path.join(FOLDER, name), where)
    return where


def node(where, *argv, given=None):
    env = {k: v for k, v in os.environ.items()
           if not k.lower().endswith("_proxy")}
    return subprocess.run([NODE, *argv], cwd=where, env=env, timeout=240,
                          input=given, capture_output=True)


def tests_of(p, what):
    """Those that a program has printed; it came to its end."""
    for line in p.stdout.decode().splitlines():
        name, got, want = json.loads(line)
        eq(got, want, what + ": " + name)
    ok(p.returncode == 0, what + " came to its end",
       p.stdout.decode()[-2000:], p.stderr.decode()[-2000:])


def document(app, *options):
    status, out, err = e2e.command(e2e.program(app), "openapi", *options)
    ok(status == 0, "%s openapi" % app, err)
    return out


def valid():
    where = workplace("openapi_lint.mjs")
    for name, app in ("notes.json", e2e.NOTES), ("all.json", APP):
        with open(where + "/" + name, "w") as f:
            f.write(document(app))
    tests_of(node(where, "openapi_lint.mjs", where + "/notes.json",
                  where + "/all.json"), "documents")


def whole(**members):
    return {"text": "abc", **members}


def patch(**members):
    return members


# Names of schemas; values, and whether they are right.
CASES = [("Scalars", whole(**{name: value}), good)
         for name, values in {
             "any": (True, [1, None, {"a": "b"}], None),
             "text": (False, "a", "abcdef", None, 1, ["ab"]),
             "color": (True, "red", None), "longer": (False, "ab", ""),
             "code": (True, "ABC1"), "count": (True, 3, 9, 6.0),
             "big": (True, 0, 9007199254740991),
             "below": (True, -4, 0), "ratio": (True, 0.6, 2, 1),
             "tenth": (True, 0.3, 1, None), "on": (True, True, False),
             "day": (True, "2024-02-29"),
             "at": (True, "2026-11-22T10:00:00.5+01:00"),
             "time": (True, "23:59:59Z"), "length": (True, "P1W", "PT5M"),
             "mail": (True, "a.b@example.org"),
             "link": (True, "urn:x:y", "https://a.example/b?c#d"),
             "uuid": (True, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
             "slug": (True, "a-b_C9"), "bytes": (True, "aGk=", "AAAAAA=="),
             "old": (True, "x")}.items()
         for good, value in [(values[0], v) for v in values[1:]]]
CASES += [("Scalars", whole(**{name: value}), False)
          for name, values in {
              "text": ("\U0001f600" * 6,), "color": ("blue", "", 1),
              "code": ("abc1", "ABCD"), "count": (0, 10, 4, "3", 3.5),
              "big": (-1,), "below": (-5, 1), "ratio": (0.5, 2.1, "1"),
              "tenth": (0.35,), "on": (1, "true", None),
              "day": ("2026-02-30", "x"), "at": ("2026-11-22", 5),
              "time": ("25:00:00Z", "10:00"), "length": ("1H", "P"),
              "mail": ("a", "a@@b.example"), "link": ("/a", "a b"),
              "uuid": ("6ba7b810",), "slug": ("-a", "a b", "Ab"),
              "bytes": ("", "AAAAAAAAAAAA"), "none": (1,)}.items()
          for value in values]
CASES += [
    ("Scalars", {}, False), ("Scalars", [], False),
    ("Scalars", whole(text="\U0001f600" * 5), True),
    ("Lists", {"words": ["a", "b"], "unknown": 1}, True),
    ("Lists", {"words": []}, False), ("Lists", {"words": ["a", "a"]}, False),
    ("Lists", {"words": ["abcd"]}, False),
    ("Lists", {"words": ["a", "b", "c", "d"]}, False),
    ("Lists", {"words": ["a"], "numbers": [1, 2]}, True),
    ("Lists", {"words": ["a"], "numbers": [1, "2"]}, False),
    ("Lists", {"words": ["a"], "numbers": {}}, False),
    ("Lists", {"words": ["a"], "map": {"a": 1, "b": 2}}, True),
    ("Lists", {"words": ["a"], "map": {}}, False),
    ("Lists", {"words": ["a"], "map": {"a": 1, "b": 2, "c": 3}}, False),
    ("Lists", {"words": ["a"], "map": {"a": "1"}}, False),
    ("Lists", {"words": ["a"], "free": {"a": [1], "b": None}}, True),
    ("Node", {"value": "a"}, True),
    ("Node", {"value": "a", "left": None, "else": 1}, True),
    ("Node", {"value": "a", "left": {"value": "b", "more": [
        {"value": "c"}]}}, True),
    ("Node", {"value": "a", "left": {"value": "b", "more": [
        {"value": "long"}]}}, False),
    ("Node", {"value": "a", "more": None}, False),
    ("Node", {"value": "a", "chain": {"next": {"next": {}}}}, True),
    ("Node", {"value": "a", "chain": {"next": {"next": {"x": 1}}}}, False),
    ("Pet", {"kind": "cat", "lives": 7}, True),
    ("Pet", {"kind": "cat", "lives": 10}, False),
    ("Pet", {"kind": "dog", "barks": True}, True),
    ("Pet", {"kind": "dog", "lives": 7}, False),
    ("Pet", {"kind": "bird"}, False), ("Pet", {"lives": 7}, False),
    ("Pet", {"kind": "cat"}, False), ("Pet", [], False),
    ("Home", {"pet": {"kind": "dog"}}, True),
    ("Home", {"pet": {"kind": "dog"}, "guest": None}, True),
    ("Home", {"pet": None}, False), ("Home", {}, False),
    ("Home", {"pet": {"kind": "dog"}, "cats": [{"lives": 1}]}, True),
    ("Home", {"pet": {"kind": "dog"}, "cats": [{"kind": "cat"}]}, False),
    ("Home", {"pet": {"kind": "dog"}, "place": {"lives": 0}}, True),
    ("Home", {"pet": {"kind": "dog"}, "place": {}}, False),
]
# Merge patches of them.
PATCHES = [
    ("Scalars", patch(), True), ("Scalars", patch(text=None), False),
    ("Scalars", patch(text="abcd", longer=None, on=None), True),
    ("Scalars", patch(count=None), True), ("Scalars", patch(count=4), False),
    ("Scalars", patch(none=1), False),
    ("Lists", {"map": {"a": None}}, True),
    ("Lists", {"words": ["a", None]}, False),
    ("Home", {"pet": {"kind": "cat"}}, True),
    ("Home", {"pet": {"lives": 1}}, False),
    ("Home", {"guest": None, "cats": None}, True),
    ("Home", {"cats": [{}]}, False), ("Home", {"place": {}}, True),
    ("Home", {"place": {"lives": None}}, False),
]


def component(doc, name):
    """A schema out of a document, with those that it refers to."""
    text = json.dumps({"$ref": "#/components/schemas/" + name,
                       "$defs": doc["components"]["schemas"]})
    schema = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    for s in schema["$defs"].values():
        s.pop("discriminator", None)
    return schema


def agree():
    program = e2e.program(APP)
    status, out, _ = e2e.command(program, "schema")
    eq((status, [n for n in NAMES if n in out.split()]), (0, list(NAMES)),
       "the names of the schemas")
    schemas = {}
    for name in out.split():
        status, text, err = e2e.command(program, "schema", name)
        schemas[name] = json.loads(text)
        eq((status, schemas[name]["$schema"]),
           (0, "https://json-schema.org/draft/2020-12/schema"),
           "schema %s is JSON Schema 2020-12" % name)
    doc = json.loads(document(APP))
    schemas.update({name + "Patch": component(doc, name + "Patch")
                    for name in ("Scalars", "Lists", "Home")})

    server = e2e.Server(APP)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    cases = [("POST", *c) for c in CASES] + [("PATCH", *c) for c in PATCHES]
    where = workplace("openapi_schemas.mjs")
    p = node(where, "openapi_schemas.mjs", given=json.dumps({
        "schemas": schemas, "cases": [
            (name + ("Patch" if method == "PATCH" else ""), value)
            for method, name, value, _ in cases]}).encode())
    lines = [json.loads(line) for line in p.stdout.decode().splitlines()]
    eq(lines[:len(schemas)], [[name, None] for name in schemas],
       "ajv compiles each, strictly")
    ok(p.returncode == 0, "ajv came to its end", p.stderr.decode()[-2000:])
    theirs = [good for _, good in lines[len(schemas):]]
    eq(len(theirs), len(cases), "ajv has looked at each case")
    client = e2e.Http(nginx.port)
    for (method, name, value, good), other in zip(cases, theirs):
        a = client.request(method, "/check/" + name, value)
        eq((a.status < 300, a.status == 422, other), (good, not good, good),
           "%s %s %s: ajv agrees" % (method, name, json.dumps(value)))


def served():
    server = e2e.Server(APP)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    clients = [e2e.Http(nginx.port) for _ in range(8)]
    for c in clients:
        c.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
    first = {c.answer().body for c in clients}
    a = ask(nginx.port, "GET", "/openapi.json")
    eq(first, {a.body}, "whoever asks first, at once, gets the same")
    eq((a.status, a["Content-Type"]), (200, "application/json"),
       "the document is served")
    eq(a.json(), json.loads(document(APP)), "the same as the command's")
    b = ask(nginx.port, "GET", "/openapi.json",
            headers=[("If-None-Match", a["ETag"])])
    eq((b.status, b.body), (304, b""), "and not again")
    listed = {(method.upper(), path) for path, item in a.json()["paths"]
              .items() for method in item}
    ok(not any("secret" in path or path in ("/docs", "/openapi.json")
               for _, path in listed), "nothing hidden is in it")
    out = document(APP, "--server", "https://example.org/api")
    eq(json.loads(out)["servers"], [{"url": "https://example.org/api"}],
       "--server")
    ok(out.startswith('{\n  "openapi": "3.1.1",\n'), "to read, too")
    out = document(APP, "--prefix", "/api")
    eq(json.loads(out)["servers"], [{"url": "/api"}], "below a prefix")
    status, out, err = e2e.command(e2e.program(APP), "schema", "None")
    ok(status == 64 and out == "" and "Scalars, " in err and
       "ScalarsPatch" not in err, "an unknown schema: what there is", err)


def client():
    where = workplace("openapi_client.ts")
    with open(where + "/notes.json", "w") as f:
        f.write(document(e2e.NOTES))
    p = node(where, "node_modules/openapi-typescript/bin/cli.js",
             "notes.json", "-o", "notes.ts")
    ok(p.returncode == 0, "types are made of the document",
       p.stderr.decode()[-2000:])
    with open(where + "/tsconfig.json", "w") as f:
        json.dump({"compilerOptions": {
            "strict": True, "module": "nodenext", "target": "es2022",
            "lib": ["es2022", "dom", "dom.iterable"], "types": [],
            "noUncheckedIndexedAccess": True},
            "files": ["openapi_client.ts", "process.d.ts"]}, f)
    with open(where + "/process.d.ts", "w") as f:
        f.write("declare const process: { argv: string[] };\n")
    p = node(where, "node_modules/typescript/bin/tsc", "-p", ".")
    ok(p.returncode == 0, "the client compiles with them",
       p.stdout.decode()[-2000:])
    server = e2e.Server(e2e.NOTES)
    nginx = e2e.Nginx(e2e.site_conf(server.sock))
    tests_of(node(where, "openapi_client.js",
                  "http://127.0.0.1:%d" % nginx.port), "client")


def installed():
    if os.path.isdir(MODULES):
        return True
    e2e.skip("validators and client",
             "they are not there: ./quickstart test installs them")
    return False


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx") and e2e.need("NODE", "node"):
        e2e.run(served, *([valid, agree, client] if installed() else []))
    e2e.run()
