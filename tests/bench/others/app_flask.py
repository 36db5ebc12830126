# SPDX-License-Identifier: ISC
"""Flask, with a connection to SQLite for each thread: for tests/bench/run."""

import os
import sqlite3
import threading

from flask import Flask, abort, jsonify

app = Flask(__name__)
local = threading.local()


@app.get("/")
def hello():
    return jsonify(message="Hello, World!")


@app.get("/note/<int:number>")
def note(number):
    if not hasattr(local, "db"):
        local.db = sqlite3.connect(os.environ["BENCH_DB"])
    row = local.db.execute("SELECT id, text FROM note WHERE id = ?",
                           (number,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(id=row[0], text=row[1])
