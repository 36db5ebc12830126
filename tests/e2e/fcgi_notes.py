# SPDX-License-Identifier: ISC
"""notes behind nginx: what a client gets for right and wrong requests."""

import e2e
from e2e import ask, eq, ok

MIB = 1024 * 1024


def start(*options, edits=()):
    server = e2e.Server(e2e.NOTES, *options)
    return server, e2e.Nginx(e2e.site_conf(server.sock, edits))


def allow(answer):
    return sorted((answer["Allow"] or "").split(", "))


def crud():
    server, nginx = start()
    c = e2e.Http(nginx.port)

    eq(c.get("/notes").body, b"[]", "an empty list")
    a = c.request("POST", "/notes", {"title": "Buy milk"})
    milk = {"id": 1, "title": "Buy milk", "body": "", "done": False}
    eq((a.status, a.json()), (201, milk), "POST answers the new note")
    eq(a["Location"], "/notes/1", "and says where it is")
    eq(a["Content-Type"], "application/json", "in JSON")
    a = c.get(a["Location"])
    eq((a.status, a.json()), (200, milk), "it is there")

    text = {"title": "h\u00e9 \u20ac \U0001f600", "body": "a\n\"b\"\\ \u0001",
            "done": True}
    a = c.request("POST", "/notes", text)
    eq(c.get("/notes/2").json(), {"id": 2, **text},
       "text comes back as it went in")
    eq(server.rows()[1], (2, text["title"], text["body"], 1),
       "and is stored like that")

    a = c.request("PUT", "/notes/1", {"title": "Milk", "done": True})
    milk = {"id": 1, "title": "Milk", "body": "", "done": True}
    eq((a.status, a.json()), (200, milk), "PUT replaces")
    a = c.request("PATCH", "/notes/1", {"body": "two"})
    milk["body"] = "two"
    eq((a.status, a.json()), (200, milk), "PATCH changes what it names")
    eq(c.request("PUT", "/notes/9", {"title": "x"}).status, 404,
       "PUT of what is not there: 404")
    eq([n["id"] for n in c.get("/notes").json()], [1, 2], "a list of both")

    a = c.request("DELETE", "/notes/1")
    eq((a.status, a.body, a["Content-Length"]), (204, b"", None),
       "DELETE: 204, no body")
    eq(c.request("DELETE", "/notes/1").status, 404, "a second time: 404")
    eq(c.get("/notes/1").status, 404, "it is gone")
    a = c.request("POST", "/notes", {"title": "new"})
    eq(a["Location"], "/notes/3", "an id is not used again")

    head = c.request("HEAD", "/notes")
    get = c.get("/notes")
    eq([h for h in head.headers if h[0] != "Date"],
       [h for h in get.headers if h[0] != "Date"], "HEAD has GET's headers")
    eq((get.status, len(get.body)), (200, int(get["Content-Length"])),
       "with the body's length")
    eq(c.request("HEAD", "/notes/99").status, 404, "HEAD of nothing: 404")


def paging():
    server, nginx = start()
    c = e2e.Http(nginx.port)
    for i in range(1, 26):
        c.request("POST", "/notes", {"title": "note %d" % i})

    def ids(query):
        return [n["id"] for n in c.get("/notes" + query).json()]
    eq(ids(""), list(range(1, 21)), "20 without a limit")
    eq(ids("?limit=10&offset=20"), [21, 22, 23, 24, 25], "the last page")
    eq(ids("?limit=100"), list(range(1, 26)), "all of them")
    eq(ids("?offset=25"), [], "past the end")
    eq(ids("?offset=9223372036854775807"), [], "far past the end")
    eq(ids("?limit=%31&x=y"), [1], "percent-encoded, beside another")
    for query in ("limit=0", "limit=101", "limit=abc", "limit=", "limit=1.5",
                  "offset=-1", "offset=9223372036854775808", "limit=+1",
                  "limit=1%00"):
        a = c.get("/notes?" + query)
        ok(a.status == 400 and a.is_problem(), query + ": 400", a)


def methods():
    server, nginx = start()
    c = e2e.Http(nginx.port)
    on_list = ["GET", "HEAD", "OPTIONS", "POST"]
    on_one = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"]

    a = c.request("OPTIONS", "/notes")
    eq((a.status, allow(a)), (204, on_list), "OPTIONS of the list")
    a = c.request("OPTIONS", "/notes/1")
    eq((a.status, allow(a)), (204, on_one), "OPTIONS of a note")
    eq(c.request("OPTIONS", "/nothing").status, 404, "OPTIONS of nothing: 404")
    a = c.request("DELETE", "/notes")
    eq((a.status, allow(a), a.is_problem()), (405, on_list, True),
       "DELETE of the list: 405 and Allow")
    a = c.request("POST", "/notes/1", {"title": "x"})
    eq((a.status, allow(a)), (405, on_one), "POST to a note: 405 and Allow")
    for method in ("FOO", "PROPFIND", "M-SEARCH"):
        a = c.request(method, "/notes")
        eq((a.status, allow(a)), (405, on_list), method + ": 405 and Allow")
    eq(c.request("FOO", "/nothing").status, 404, "FOO of nothing: 404")
    eq(len(server.connections()), 1, "all over one connection to the program")
    # These nginx answers itself, and closes.
    eq(ask(nginx.port, "get", "/notes").status, 400, "get: 400")
    eq(ask(nginx.port, "TRACE", "/notes").status, 405, "TRACE: 405")


def failures():
    server, nginx = start()
    c = e2e.Http(nginx.port)
    json = [("Content-Type", "application/json")]

    for path in ("/", "/notes/", "/nothing", "/notes/0x1", "/notes/abc",
                 "/notes/-1", "/notes/99", "/notes/1/2", "/NOTES",
                 "/notes/99999999999999999999", "/notes/%D9%A1",
                 "/notes%2F1", "/notes/1%2f", "/notes/%2e%2e"):
        a = c.get(path)
        ok(a.status == 404 and a.is_problem(), path + ": 404", a)
    c.request("POST", "/notes", {"title": "x"})
    for path in ("/notes/1", "/notes/001", "/note%73/%31", "//notes//1",
                 "/notes/./1", "/x/../notes/1", "/x/%2e%2e/notes/1",
                 "/notes/1?a=b", "/notes/1?%2F"):
        eq(c.get(path).status, 200, path + ": 200")
    for path in ("/notes/%ff", "/%c0%af", "/notes/%ed%a0%80"):
        a = c.get(path)
        ok(a.status == 400 and a.is_problem(), path + ": not UTF-8, 400", a)
    eq(ask(nginx.port, "GET", "/notes/%00").status, 400, "NUL: 400")
    eq(ask(nginx.port, "GET", "/../x").status, 400, "above the root: 400")
    eq(ask(nginx.port, "GET", "/notes/%zz").status, 400, "%zz: 400")

    for body in (b"{", b"", b"{'title':'x'}", b'{"title":"x",}',
                 b'{"title":"x"} x', b'{"title":"x","title":"y"}',
                 b'{"title":"\xff"}', b'{"title":NaN}', b"\xef\xbb\xbf{}",
                 b"[" * 100):
        a = c.request("POST", "/notes", body, json)
        ok(a.status == 400 and a.is_problem(), "%s: 400" % body[:30], a)
    for body in ({}, [], {"title": ""}, {"title": 5}, {"title": None},
                 {"title": "x" * 201}, {"title": "x", "body": 1},
                 {"title": "x", "body": "x" * 65537}, {"title": "a\0b"},
                 {"title": "x", "done": "yes"}, {"title": "x", "done": 1}):
        a = c.request("POST", "/notes", body)
        ok(a.status == 422 and a.is_problem(), "%.40s: 422" % body, a)
    a = c.request("POST", "/notes", {"title": "x", "done": "yes"})
    eq((a.json().get("errors"), a.json()["title"]),
       ([{"in": "body", "pointer": "/done", "code": "type",
          "detail": "true or false is expected"}], "Unprocessable Content"),
       "a problem says where")
    eq(c.request("POST", "/notes", {"title": "\u00e9" * 200}).status, 201,
       "200 characters of two bytes: 201")

    for headers in ([], [("Content-Type", "text/plain")],
                    [("Content-Type", "application/jsonx")],
                    [("Content-Type", "application/json; charset=latin-1")],
                    [*json, ("Content-Encoding", "gzip")]):
        a = c.request("POST", "/notes", b'{"title":"x"}', headers)
        ok(a.status == 415 and a.is_problem(), "%s: 415" % headers, a)
    for of in ("application/json; charset=UTF-8", "APPLICATION/JSON",
               "application/vnd.x+json"):
        a = c.request("POST", "/notes", b'{"title":"x"}',
                      [("Content-Type", of)])
        eq(a.status, 201, of + ": 201")

    page = c.get("/nothing", Accept="text/html,*/*;q=0.8")
    ok(page.status == 404 and b"<h1>404 Not Found</h1>" in page.body and
       page["Content-Type"] == "text/html; charset=utf-8",
       "a browser gets a page", page)
    for accept in ("*/*", "application/json, text/html;q=0.9", "image/png"):
        ok(c.get("/nothing", Accept=accept).is_problem(),
           "Accept %s gets a problem" % accept)
    eq(len(server.connections()), 1, "all over one connection to the program")
    eq([r for r in server.requests() if r["status"] >= 500], [],
       "nothing was the program's fault")


def limits():
    server, nginx = start("--body-max", "1000")
    c = e2e.Http(nginx.port)
    many = [("X-%d" % i, "v") for i in range(1000)]

    # large_client_header_buffers is 8k: nginx refuses these itself.  Debian's
    # also has a limit of 1,000 headers, in newer versions.
    eq(ask(nginx.port, "GET", "/notes?" + "x" * 65536).status, 414,
       "a query of 64 KiB: 414")
    eq(ask(nginx.port, "GET", "/notes", headers=[("X", "y" * 9000)]).status,
       400, "a header of 9 KB: nginx says 400")
    ok(ask(nginx.port, "GET", "/notes", headers=many).status in (400, 431),
       "1,000 headers: nginx says 400, or the program 431")
    a = c.request("GET", "/notes", headers=many[:900])
    ok(a.status == 431 and a.is_problem(), "900 headers: 431", a)
    eq(c.request("GET", "/notes", headers=many[:80]).status, 200,
       "80 headers: 200")
    eq(c.get("/notes").status, 200, "the connection is right afterwards")

    a = ask(nginx.port, "POST", "/big", b"x" * (MIB + 1))
    eq((a.status, a["Content-Type"]), (413, "text/html"),
       "a body of over 1 MiB: nginx says 413")
    for size in (1001, 9000, 65536, MIB):
        a = c.request("POST", "/notes", b"x" * size,
                      [("Content-Type", "application/json")])
        ok(a.status == 413 and a.is_problem(),
           "%d bytes where 1000 are allowed: 413" % size, a)
        eq(c.get("/notes").body, b"[]",
           "the connection is right afterwards")
    a = c.request("POST", "/notes", b'{"title":"x"}'.ljust(1000),
                  [("Content-Type", "application/json")])
    eq(a.status, 201, "1000 bytes: 201")
    eq([r for r in server.requests(11) if r["path"] == "/big"], [],
       "what was over 1 MiB, the program does not hear of")
    eq(len(server.connections()), 1, "all over one connection to the program")


def own_limits():
    """With nginx's opened wide, the program's own answer.

    All that nginx passes on has to fit into 64 KiB, or it says 500.
    """
    server, nginx = start(edits=[
        (r"large_client_header_buffers[^;]*;",
         "large_client_header_buffers 4 128k;"),
        (r"client_max_body_size[^;]*;", "client_max_body_size 20m;")])
    c = e2e.Http(nginx.port)
    a = c.get("/notes?" + "x" * 20000)
    ok(a.status == 414 and a.is_problem(), "a query of 20 KB: 414", a)
    a = c.get("/" + "x" * 9000)
    ok(a.status == 414 and a.is_problem(), "a path of 9 KB: 414", a)
    a = c.get("/notes", X="y" * 40000)
    ok(a.status == 431 and a.is_problem(), "a header of 40 KB: 431", a)
    a = c.request("POST", "/notes", b"x" * (MIB + 1),
                  [("Content-Type", "application/json")])
    ok(a.status == 413 and a.is_problem(), "a body of over 1 MiB: 413", a)
    eq(c.get("/notes").body, b"[]", "the connection is right afterwards")
    eq(len(server.connections()), 1, "all over one connection to the program")


def bodies():
    server, nginx = start()
    head = b"POST /notes HTTP/1.1\r\nHost: localhost\r\n" \
        b"Content-Type: application/json\r\n"

    c = e2e.Http(nginx.port)
    c.send(head + b"Transfer-Encoding: chunked\r\n\r\n"
           b"5\r\n{\"tit\r\nb;x=y\r\nle\":\"ch\"}  \r\n0\r\nT: x\r\n\r\n")
    a = c.answer()
    eq((a.status, a.json()["title"]), (201, "ch"), "chunked: 201")

    c.send(head + b"Expect: 100-continue\r\nContent-Length: 15\r\n\r\n")
    eq(c.answer().status, 100, "Expect: 100-continue is answered")
    c.send(b'{"title":"exp"}')
    a = c.answer()
    eq((a.status, a.json()["title"]), (201, "exp"), "and then the body: 201")

    big = {"title": "big", "body": "x" * 65536}
    a = c.request("POST", "/notes", big)
    eq((a.status, a.json()["body"]), (201, big["body"]), "64 KiB of body")

    n = len(server.requests(3))
    for length in (b"-1", b"-5", b"99999999999999999999", b"1x", b"0x10",
                   b"+5"):
        c = e2e.Http(nginx.port)
        c.send(head + b"Content-Length: " + length + b"\r\n\r\n")
        eq(c.answer().status, 400,
           "Content-Length: %s: nginx says 400" % length.decode())
        c.close()
    c = e2e.Http(nginx.port)
    c.send(head + b"Content-Length: 9223372036854775807\r\n\r\n")
    eq(c.answer().status, 413, "a huge one: nginx says 413")
    c.close()
    c = e2e.Http(nginx.port)
    c.send(head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
           b"0\r\n\r\n")
    eq(c.answer().status, 400, "a length and chunks: nginx says 400")
    c.close()

    c = e2e.Http(nginx.port)
    c.send(head + b'Content-Length: 1000\r\n\r\n{"title":"half"}')
    c.close()
    eq(ask(nginx.port, "GET", "/notes?limit=1").status, 200,
       "a client that goes away in the middle of its body")
    eq([row[1] for row in server.rows()], ["ch", "exp", "big"],
       "nothing else was stored")
    eq([r["method"] for r in server.requests(n + 1)[n:]], ["GET"],
       "the program heard of none of these")


if e2e.need("NGINX", "nginx"):
    e2e.run(crud, paging, methods, failures, limits, own_limits, bodies)
e2e.run()
