# SPDX-License-Identifier: ISC
"""Limits of time, of requests and of memory; and more than can be served."""

import threading
import time

import e2e
import life
from e2e import Fcgi, eq, ok

LEFT = "a worker is to be replaced"
GIVEN_UP = "requests in flight were given up"


def late():
    """Handlers that take too long and can be told so."""
    s = life.Life("--workers", "1", "--threads", "4", "--handler-timeout", "1",
                  "--wait-max", "60000")
    asked = {path: Fcgi(s.sock) for path in (
        "/sql?n=1000000000000", "/sleep?ms=600000", "/hang/read",
        "/deadline")}
    for path, c in asked.items():
        c.send(e2e.request("GET", path))
    a = asked.pop("/deadline").answer()
    ok(a.status == 200 and 0 < a.json()["first"] <= 1000,
       "stile_deadline() goes from handler_timeout to 0", a)
    for path, c in asked.items():
        a = c.answer()
        ok(a.status == 503 and a.is_problem(), path + " is ended: 503", a)
        eq(c.request("POST", "/items", {"key": path}).status, 201,
           path + ": the next request has its time")
    causes = {line["path"]: line["cause"] for line in s.requests(7)
              if line["status"] == 503}
    ok("interrupted" in causes["/sql"] and causes["/sleep"] == "woken" and
       causes["/hang/read"] == "woken", "the log says why", causes)
    a = c.request("GET", "/deadline?set=100")
    ok(a.status == 200 and a.json()["first"] <= 100,
       "stile_deadline() goes from what was set", a)
    a = c.request("GET", "/burn?ms=1100")
    eq(a.status, 200, "one that is late, and heeds nothing, answers all the "
       "same")
    eq(s.stop(), 0, "it ends well")


def hangs():
    """Handlers that do not return: others get another worker."""
    s = life.Life("--workers", "1", "--threads", "3", "--handler-timeout", "1",
                  "--stop-timeout", "1", "--wait-max", "60000")
    hanging = [Fcgi(s.sock) for i in range(2)]
    for c, path in zip(hanging, ("/hang/loop", "/hang/sleep")):
        c.send(e2e.request("GET", path))
        c.wait_taken()
    other = Fcgi(s.sock)
    pids = []

    def served_by_another():
        a = other.request("GET", "/self")
        pids.append(a.json()["pid"])
        return pids[-1] != pids[0]
    e2e.wait_for("another worker", served_by_another)
    ok(True, "its other connections are with another worker")
    eq([line["reason"] for line in s.said(LEFT)], ["a request hangs"],
       "the log says why")
    ok(all(c.at_end() for c in hanging), "what hangs is given up")
    s.wait_said(GIVEN_UP)
    s.wait_workers(gone=pids[:1])
    eq(other.request("GET", "/self").json()["pid"], pids[-1],
       "only then the old one is gone")
    eq(s.stop(), 0, "it ends well")


def ask_until_replaced(s, old, keep=True):
    """Ask one after the other; (requests, all answers as they should be)."""
    c = Fcgi(s.sock)
    n, good = 0, True

    def replaced():
        nonlocal c, n, good
        if not keep:
            c.close()
            c = Fcgi(s.sock)
        a = c.request("GET", "/self", keep=keep)
        good = good and a.status == 200
        n += 1
        return a.json()["pid"] != old
    e2e.wait_for("another worker", replaced)
    s.wait_workers(gone=[old])
    return n, good


def retired():
    for keep in (True, False):
        s = life.Life("--workers", "1", "--max-requests", "20")
        n, good = ask_until_replaced(s, s.workers()[0], keep)
        ok(good, "max_requests: all are answered")
        line = s.said(LEFT)[0]
        ok(line["reason"] == "max_requests" and 20 <= line["number"] <= n,
           "max_requests: the log says why", line, n)
        eq(s.stop(), 0, "max_requests: it ends well")

    limit = 256 << 20
    s = life.Life("--workers", "1", "--worker-memory-max", str(limit))
    old = s.workers()[0]        # it may go while there is more to come
    for i in range(5):
        e2e.fcgi_ask(s.sock, "GET", "/grow?bytes=%d" % (64 << 20))
    n, good = ask_until_replaced(s, old)
    line = s.said(LEFT)[0]
    ok(good and line["reason"] == "worker_memory_max" and
       line["number"] > limit, "worker_memory_max: the log says why", line)
    ok(int(e2e.wait_for("its size", lambda: int(
        s.status()[0]["memory"].split()[0]))) < limit >> 10,
       "worker_memory_max: the next one is small")
    eq(s.stop(), 0, "worker_memory_max: it ends well")


# ---- slow peers --------------------------------------------------------------

def post_head(path, n, **more):
    return e2e.begin() + e2e.stream(e2e.PARAMS, e2e.pairs(
        e2e.params("POST", path, b"x" * n, **more)))


def trickle(c, data):
    """Send it byte by byte in a thread, until somebody closes."""
    def send():
        try:
            for i in range(len(data)):
                c.send(data[i:i + 1])
                time.sleep(0.02)
        except OSError:
            pass
    threading.Thread(target=send, daemon=True).start()


def thread_is_free(s, name):
    """Of one thread; the bound is far from the limits that are not meant."""
    c = Fcgi(s.sock)
    c.s.settimeout(20)
    try:
        eq(c.request("GET", "/self").status, 200, name + ": others are served")
    except OSError as e:
        ok(False, name + ": others are served", e)
    c.close()


def slow(*options):
    return life.Life("--workers", "1", "--threads", "1", "--wait-max", "60000",
                     *options)


def slow_head():
    s = slow("--read-timeout", "1")
    head = post_head("/echo", 10)
    c = Fcgi(s.sock)
    c.send(head[:50])
    thread_is_free(s, "half a head")
    ok(c.at_end(), "half a head: the connection ends")
    c = Fcgi(s.sock)
    trickle(c, head)
    thread_is_free(s, "a head byte by byte")
    ok(c.at_end(), "a head byte by byte: the connection ends")
    eq(s.said("request")[-1]["path"], "/self", "none of it is a request")


def timed_out(c, name):
    a = c.answer()
    ok(a.status == 408 and a.is_problem(), name + ": 408", a)
    ok(c.at_end(), name + ": the connection ends")


def slow_body():
    part = e2e.record(e2e.STDIN, b"x" * 10)
    for option, path in (("--read-timeout", "/measure"),
                         ("--io-timeout", "/echo")):
        s = slow(option, "1")
        c = Fcgi(s.sock)
        c.send(post_head(path, 100) + part)
        a = c.answer()
        ok(a.status == 408 and a.is_problem(),
           option + ", half a body: 408", a)
        ok(c.at_end(), option + ", half a body: the connection ends")
        thread_is_free(s, option)
    s = slow("--read-timeout", "1")
    for path, status in (("/echo", 408), ("/none", 404)):
        c = Fcgi(s.sock)
        c.send(post_head(path, 100000))
        trickle(c, e2e.record(e2e.STDIN, b"x") * 10000)
        thread_is_free(s, "a body byte by byte, %d" % status)
        eq(c.answer().status, status, "a body byte by byte: %d" % status)
        c.close()
    c = Fcgi(s.sock)
    c.send(post_head("/echo", 100) + part + e2e.record(e2e.STDIN))
    a = c.answer()
    ok(a.status == 400 and "10 of 100" in a.json()["detail"],
       "a body that ends early is no body: 400", a)
    eq(c.request("GET", "/self").status, 200, "and the connection goes on")


def slow_body_through_nginx():
    if not e2e.need("NGINX", "nginx"):
        return
    s = slow("--read-timeout", "1")
    nginx = e2e.Nginx(e2e.site_conf(s.sock, [
        (r"(fastcgi_keep_conn\s+on;)", r"\1 fastcgi_request_buffering off;")]))
    c = e2e.Http(nginx.port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
           b"Content-Length: 100\r\n\r\n" + b"x" * 10)
    a = c.answer()
    ok(a.status == 408 and a.is_problem(), "through nginx: 408", a)
    eq(e2e.ask(nginx.port, "GET", "/self").status, 200,
       "through nginx: others are served")


def slow_reader():
    for option, path in (("--write-timeout", "/stream"),
                         ("--io-timeout", "/big")):
        s = slow(option, "1")
        c = Fcgi(s.sock)
        c.send(e2e.request("GET", path + "?n=16000000"))
        thread_is_free(s, option + ", nobody reads " + path)
        line = e2e.wait_for("its line in the log", lambda: [
            line for line in s.said("request") if line["path"] == path])[0]
        ok("cut" in line["cause"],
           option + ": the log says that it was cut", line)
        got = len(c.f.read())
        ok(0 < got < 16000000, option + ": what was sent has no end", got)
    # It takes some, but too slowly.
    s = slow("--write-timeout", "1")
    c = Fcgi(s.sock)
    c.send(e2e.request("GET", "/stream"))
    done = threading.Event()

    def sip():
        while not done.is_set():
            c.s.recv(4096)
            time.sleep(0.02)
    thread = threading.Thread(target=sip, daemon=True)
    thread.start()
    thread_is_free(s, "a reader that sips")
    done.set()
    thread.join()


# ---- more than can be served ------------------------------------------------

def overload():
    """Some are served, some are refused, nobody is forgotten."""
    s = life.Life("--workers", "1", "--threads", "2", "--wait-max", "200")
    clients = [Fcgi(s.sock) for i in range(12)]
    for c in clients:
        c.send(e2e.request("GET", "/sleep?ms=500"))
    answers = [c.answer() for c in clients]
    statuses = [a.status for a in answers]
    ok(set(statuses) == {200, 503} and statuses.count(200) >= 2,
       "12 requests of 500 ms, 2 threads, 200 ms to wait: some are refused",
       statuses)
    ok(all(a["Retry-After"] == "1" and a.is_problem() for a in answers
           if a.status == 503), "those with Retry-After", answers)
    eq([c.request("GET", "/self").status for c in clients], [200] * 12,
       "afterwards all are served, on the same connections")
    refused = statuses.count(503)
    eq(s.status()[0]["refused"], str(refused), "the status counts them")
    text = Fcgi(s.sock).request("GET", "/metrics").body.decode()
    ok("\nstile_requests_refused_total %d\n" % refused in text and
       '\nstile_requests_total{class="5xx"} %d\n' % refused in text and
       '\nstile_requests_total{class="2xx"} %d\n' % (24 - refused) in text,
       "and the metrics, with all others", text)


def all_blocked():
    """For as long as one looks, no thread comes back."""
    s = life.Life("--workers", "1", "--threads", "2", "--wait-max", "100",
                  "--stop-timeout", "1", want=70)
    blocked = [Fcgi(s.sock) for i in range(2)]
    for c in blocked:
        c.send(e2e.request("GET", "/sleep?ms=600000"))
        c.wait_taken()
    half = Fcgi(s.sock)
    half.send(post_head("/echo", 100) + e2e.record(e2e.STDIN, b"x" * 10))
    trickling = Fcgi(s.sock)
    trickling.send(post_head("/echo", 100000))
    trickle(trickling, e2e.record(e2e.STDIN, b"x") * 10000)
    kept = Fcgi(s.sock)
    answers = [kept.request("GET", "/self") for i in range(5)]
    answers += [e2e.fcgi_ask(s.sock, "GET", "/self") for i in range(5)]
    body = b'{"key":"%s"}' % (b"x" * 50000)
    answers.append(kept.request("POST", "/items", body))
    answers.append(kept.request("GET", "/slow-hook"))
    ok(all(a.status == 503 and a["Retry-After"] == "1" for a in answers),
       "all threads are blocked: 503", answers)
    for name, c in (("half a body", half), ("one byte by byte", trickling)):
        eq(c.answer().status, 503, name + ": 503, and nobody waits for it")
    values, [worker] = s.status()
    eq((values["busy"], values["refused"], worker["busy"]),
       ("2 of 2 threads", "14", "2 of 2"), "the status is told all the same")
    ok(all(c.silent() for c in blocked), "what blocks is not disturbed")
    eq(s.stop(), 70, "it stops all the same, and says what it gave up")


def overload_through_nginx():
    if not e2e.need("NGINX", "nginx"):
        return
    s = life.Life("--workers", "1", "--threads", "1", "--wait-max", "100",
                  "--stop-timeout", "1", want=70)
    nginx = e2e.Nginx(e2e.site_conf(s.sock))
    c = Fcgi(s.sock)
    c.send(e2e.request("GET", "/sleep?ms=600000"))
    c.wait_taken()
    h = e2e.Http(nginx.port)
    wrong = []
    for n in (0, 1000, 100000, 1000000):
        for i in range(5):
            a = h.request("POST", "/echo", b"x" * n)
            if a.status != 503 or a["Retry-After"] != "1":
                wrong.append((n, a))
    eq(wrong, [], "through nginx: 503, whatever the size of the body")
    s.stop()


e2e.run(late, hangs, retired, slow_head, slow_body, slow_body_through_nginx,
        slow_reader, overload, all_blocked, overload_through_nginx)
