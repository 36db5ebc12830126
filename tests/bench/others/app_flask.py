# SPDX-License-Identifier: ISC
"""Flask, with SQLite as its documentation has it: for tests/bench/run."""

import os
import sqlite3

from flask import Flask, abort, g, jsonify

app = Flask(__name__)


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect(os.environ["BENCH_DB"])
    return g.db


@app.teardown_appcontext
def close_db(exception):
    db = g.pop("db", None)
    if db is not None:
        db.close()


@app.get("/")
def hello():
    return jsonify(message="Hello, World!")


@app.get("/note/<int:number>")
def note(number):
    row = get_db().execute("SELECT id, text FROM note WHERE id = ?",
                           (number,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(id=row[0], text=row[1])
