# SPDX-License-Identifier: ISC
"""Conditions and ranges through nginx, compressed and not, byte for byte.

Answers from memory and of files are asked the same questions.  What nginx
compresses has a weak ETag, and is never a part of something.
"""

import gzip
import os
import re

import e2e
from e2e import eq, ok
from streams import CURL, Site, header, lines

N = 20000
TEXT = lines(N)
FILE_TIME = 1700000000
FILE_DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT"
LATER = "Tue, 14 Nov 2023 22:13:21 GMT"


class Thing:
    """Something to ask for, and what is true of it."""

    def __init__(self, name, path, data, compressed, dated):
        self.name, self.path, self.data = name, path, data
        self.compressed = compressed    # nginx does so with its type
        self.dated = dated              # it has a Last-Modified
        self.etag = None


def make_site():
    site = Site()
    random = os.urandom(100000)
    for name, data in (("f.txt", TEXT), ("f.bin", random), ("empty", b"")):
        os.utime(site.file(name, data), (FILE_TIME, FILE_TIME))
    site.things = [
        Thing("memory", "/memory?n=%d" % N, TEXT, True, False),
        Thing("text file", "/file/f.txt", TEXT, True, True),
        Thing("binary file", "/file/f.bin", random, False, True)]
    for thing in site.things:
        thing.etag = e2e.ask(site.port, "GET", thing.path)["ETag"]
    return site


ENCODINGS = (), (("Accept-Encoding", "gzip"),)


def each(site):
    """(name, thing, what a client may accept, a connection)"""
    c = e2e.Http(site.port)
    for thing in site.things:
        for accept in ENCODINGS:
            yield (thing.name + (", gzip" if accept else ""), thing,
                   list(accept), c)
    c.close()


def is_whole(thing, accept, answer):
    """200 with all of it, and the ETag that belongs to its coding."""
    zipped = bool(accept) and thing.compressed
    body = gzip.decompress(answer.body) if zipped else answer.body
    return (answer.status == 200 and body == thing.data and
            answer["Content-Encoding"] == ("gzip" if zipped else None) and
            answer["ETag"] == ("W/" if zipped else "") + thing.etag)


def wholes():
    site = make_site()
    for name, thing, accept, c in each(site):
        a = c.request("GET", thing.path, headers=accept)
        ok(is_whole(thing, accept, a), name + ": whole", a)
        ok(re.fullmatch(r'"[^"]+"', thing.etag), name + ": a strong ETag")
        eq(a["Last-Modified"], FILE_DATE if thing.dated else None,
           name + ": Last-Modified")
        eq(a["Vary"], "Accept-Encoding" if thing.compressed else None,
           name + ": Vary")
        zipped = a["Content-Encoding"] is not None
        eq((a["Accept-Ranges"], a["Content-Length"]), (None, None) if zipped
           else ("bytes", str(len(thing.data))), name + ": parts of it")


def conditions():
    site = make_site()
    for name, thing, accept, c in each(site):
        tag = thing.etag
        for fields, status in (
                ([("If-None-Match", tag)], 304),
                ([("If-None-Match", "W/" + tag)], 304),
                ([("If-None-Match", '"x", W/%s, "y"' % tag)], 304),
                ([("If-None-Match", "*")], 304),
                ([("If-None-Match", '"x"')], 200),
                ([("If-None-Match", tag[:-1] + 'x"')], 200),
                ([("If-Match", tag)], 200),
                ([("If-Match", '"x", ' + tag)], 200),
                ([("If-Match", "*")], 200),
                ([("If-Match", '"x"')], 412),
                ([("If-Match", '"x", W/' + tag)], 412),
                ([("If-Match", tag), ("If-None-Match", tag)], 304),
                ([("If-Match", '"x"'), ("If-None-Match", tag)], 412)) + ((
                ([("If-Modified-Since", FILE_DATE)], 304),
                ([("If-Modified-Since", LATER)], 304),
                ([("If-Modified-Since", EARLIER)], 200),
                ([("If-Modified-Since", "yesterday")], 200),
                ([("If-Unmodified-Since", FILE_DATE)], 200),
                ([("If-Unmodified-Since", EARLIER)], 412),
                # the tag is the better one
                ([("If-Modified-Since", FILE_DATE),
                  ("If-None-Match", '"x"')], 200),
                ([("If-Unmodified-Since", EARLIER), ("If-Match", tag)], 200),
                ) if thing.dated else ()):
            a = c.request("GET", thing.path, headers=accept + fields)
            says = "%s: %s: %d" % (name, fields, status)
            if status == 200:
                ok(is_whole(thing, accept, a), says, a)
            elif status == 304:
                ok(a.status == 304 and a["ETag"] == tag and
                   not a["Content-Length"] and not a["Content-Type"], says, a)
            else:
                ok(a.status == status and a.is_problem() and not a["ETag"],
                   says, a)


def parts(answer):
    """[(Content-Type, Content-Range, bytes)] of multipart/byteranges."""
    m = re.fullmatch(r"multipart/byteranges; boundary=(\S+)",
                     answer["Content-Type"])
    pieces = answer.body.split(b"\r\n--" + m.group(1).encode())
    if pieces[0] != b"" or pieces[-1] != b"--\r\n":
        raise AssertionError("not a multipart body: %r" % answer)
    found = []
    for piece in pieces[1:-1]:
        head, _, data = piece.partition(b"\r\n\r\n")
        found.append((*re.fullmatch(
            rb"\r\nContent-Type: (.*)\r\nContent-Range: (.*)",
            head).groups(), data))
    return found


def ranges():
    site = make_site()
    for name, thing, accept, c in each(site):
        data, size = thing.data, len(thing.data)

        def get(*fields):
            return c.request("GET", thing.path, headers=accept + list(fields))

        for value, first, last in (
                ("0-0", 0, 0), ("0-99", 0, 99), ("5000-", 5000, size - 1),
                ("-1", size - 1, size - 1), ("-50", size - 50, size - 1),
                ("-999999999", 0, size - 1), ("9-999999999", 9, size - 1),
                ("65535-65536", 65535, 65536), ("0-9,5-19", 0, 19),
                ("5-9,999999999-", 5, 9)):
            a = get(("Range", "bytes=" + value))
            ok(a.status == 206 and a.body == data[first:last + 1] and
               a["Content-Range"] == "bytes %d-%d/%d" % (first, last, size) and
               a["Content-Length"] == str(last + 1 - first) and
               a["ETag"] == thing.etag and a["Content-Encoding"] is None,
               "%s: bytes=%s" % (name, value), a)
        a = get(("Range", "bytes=0-9,70000-70099,-1"))
        ok(a.status == 206 and a["ETag"] == thing.etag and
           a["Content-Length"] == str(len(a.body)) and
           a["Content-Encoding"] is None, name + ": several", a)
        whole = c.get(thing.path)
        eq(parts(a), [
            (whole["Content-Type"].encode(), b"bytes %d-%d/%d" %
             (i, j, size), data[i:j + 1])
            for i, j in ((0, 9), (70000, 70099), (size - 1, size - 1))],
           name + ": each with its place")
        a = get(("Range", "bytes=%d-" % size))
        ok(a.status == 416 and a["Content-Range"] == "bytes */%d" % size and
           a.is_problem(), name + ": 416", a)
        for value in "lines=1-2", "bytes=x", "bytes=0-1,x", "bytes":
            a = get(("Range", value))
            ok(is_whole(thing, accept, a),
               "%s: %s is not understood" % (name, value), a)
        for value, status in (
                (thing.etag, 206), ("W/" + thing.etag, 200), ('"x"', 200),
                ("*", 200), *(((FILE_DATE, 206), (EARLIER, 200), (LATER, 200))
                              if thing.dated else ((FILE_DATE, 200),))):
            a = get(("Range", "bytes=10-19"), ("If-Range", value))
            ok(a.status == 206 and a.body == data[10:20] if status == 206
               else is_whole(thing, accept, a),
               "%s: If-Range: %s: %d" % (name, value, status), a)
        a = get(("Range", "bytes=0-9"), ("If-None-Match", thing.etag))
        eq(a.status, 304, name + ": a condition comes before the range")
        a = get(("Range", "bytes=0-9"), ("If-Match", '"x"'))
        eq(a.status, 412, name + ": also one that fails")
        a = c.request("HEAD", thing.path, headers=[("Range", "bytes=0-9")])
        eq((a.status, a["Content-Length"]), (200, str(size)),
           name + ": there are no ranges of a HEAD")
    c = e2e.Http(site.port)
    a = c.get("/file/empty", Range="bytes=0-")
    eq((a.status, a["Content-Range"]), (416, "bytes */0"), "nothing: 416")
    a = c.get("/lines?n=9", Range="bytes=0-1")
    eq((a.status, a.body), (200, lines(9)), "a stream has no ranges")
    c.close()


def change():
    """Who has read it compressed can change it, and nobody else's."""
    site = make_site()
    c = e2e.Http(site.port)
    path = "/memory?n=%d" % N
    a = c.get(path, Accept_Encoding="gzip")
    eq(a["ETag"], 'W/"%d"' % N, "read with gzip: a weak ETag")
    for value, status in ((a["ETag"], 200), ('"%d"' % N, 200), ("*", 200),
                          ('W/"1"', 412), ('"1"', 412),
                          ('"1", "%d"' % N, 200), ("W/x", 412)):
        a = c.request("PUT", path, b"x", [("If-Match", value)])
        eq((a.status, a.body if status == 200 else a.is_problem()),
           (status, b"changed\n" if status == 200 else True),
           "If-Match: %s: %d" % (value, status))
    for value, status in (('"%d"' % N, 412), ('W/"%d"' % N, 412), ("*", 412),
                          ('"1"', 200)):
        a = c.request("PUT", path, b"x", [("If-None-Match", value)])
        eq(a.status, status, "If-None-Match: %s: %d" % (value, status))
    c.close()


def resume():
    """curl -C - goes on where it was."""
    site = make_site()
    for thing in site.things:
        for have in 0, 1, 65536, len(thing.data) - 1:
            for accept in ENCODINGS:
                out = e2e.fresh("out")
                with open(out, "wb") as f:
                    f.write(thing.data[:have])
                status, _, err = e2e.command(
                    CURL, "-q", "-sS", "--noproxy", "*", "-C", "-", "-o", out,
                    *[arg for pair in accept for arg in ("-H", "%s: %s" % pair)
                      if have], "http://127.0.0.1:%d%s" %
                    (site.port, thing.path))
                with open(out, "rb") as f:
                    ok(status == 0 and f.read() == thing.data,
                       "%s: from byte %d%s" % (
                           thing.name, have, ", gzip" if accept else ""),
                       status, err)
    codes = {line["status"] for line in site.server.requests()
             if line["bytes"]}
    eq(codes, {200, 206}, "with ranges")


def old_client():
    """HTTP/1.0: no chunks, no compression; the end is that of the connection."""
    site = make_site()

    def get(path, **fields):
        c = e2e.Http(site.port)
        c.send("\r\n".join(["GET %s HTTP/1.0" % path] + [
            "%s: %s" % pair for pair in header(**fields)] + ["", ""]).encode())
        a = c.answer()
        eq(c.f.read(), b"", "%s: and then nothing" % path)
        c.close()
        return a

    for thing in site.things:
        for accept in "identity", "gzip":
            a = get(thing.path, Accept_Encoding=accept)
            ok(is_whole(thing, (), a) and a["Transfer-Encoding"] is None and
               a["Content-Length"] == str(len(thing.data)),
               "HTTP/1.0, %s: %s" % (accept, thing.name), a)
        a = get(thing.path, Range="bytes=7-9")
        eq((a.status, a.body), (206, thing.data[7:10]),
           "HTTP/1.0: a part of " + thing.name)
        a = get(thing.path, If_None_Match=thing.etag)
        eq((a.status, a.body), (304, b""), "HTTP/1.0: 304 of " + thing.name)
    for path in "/lines?n=1000", "/push?n=1000":
        a = get(path, Accept_Encoding="gzip")
        ok(a.status == 200 and a.body == lines(1000) and
           a["Transfer-Encoding"] is None, "HTTP/1.0: " + path, a)


if __name__ == "__main__":
    if e2e.need("NGINX", "nginx") and e2e.need("CURL", "curl"):
        e2e.run(wholes, conditions, ranges, change, resume, old_client)
    e2e.run()
