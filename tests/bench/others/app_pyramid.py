# SPDX-License-Identifier: ISC
"""Pyramid, with a connection to SQLite for each thread: for tests/bench/run."""

import os
import sqlite3
import threading

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound

local = threading.local()


def hello(request):
    return {"message": "Hello, World!"}


def note(request):
    if not hasattr(local, "db"):
        local.db = sqlite3.connect(os.environ["BENCH_DB"])
    row = local.db.execute("SELECT id, text FROM note WHERE id = ?",
                           (int(request.matchdict["number"]),)).fetchone()
    if row is None:
        raise HTTPNotFound()
    return {"id": row[0], "text": row[1]}


with Configurator() as config:
    config.add_route("hello", "/")
    config.add_route("note", r"/note/{number:\d+}")
    config.add_view(hello, route_name="hello", renderer="json")
    config.add_view(note, route_name="note", renderer="json")
    app = config.make_wsgi_app()
