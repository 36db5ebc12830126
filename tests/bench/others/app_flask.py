# SPDX-License-Identifier: ISC
"""Flask, with SQLite as its documentation has it: for tests/bench/run."""

import os
import random
import sqlite3

from flask import Flask, abort, g, jsonify, render_template, request

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


# ---- the answers of apps/world -----------------------------------------------

FORTUNES = app.jinja_env.from_string(
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>{% for id, message in rows %}"
    "<tr><td>{{ id }}</td><td>{{ message }}</td></tr>{% endfor %}"
    "</table></body></html>")


def count():
    try:
        return min(max(int(request.args["queries"]), 1), 500)
    except (KeyError, ValueError):
        return 1


def read_world(number):
    row = get_db().execute("SELECT id, randomnumber FROM world WHERE id = ?",
                           (number,)).fetchone()
    return {"id": row[0], "randomNumber": row[1]}


@app.get("/json")
def json():
    return jsonify(message="Hello, World!")


@app.get("/plaintext")
def plaintext():
    return "Hello, World!", {"Content-Type": "text/plain; charset=utf-8"}


@app.get("/db")
def one():
    return jsonify(read_world(random.randint(1, 10000)))


@app.get("/queries")
def queries():
    return jsonify([read_world(random.randint(1, 10000))
                    for i in range(count())])


@app.get("/updates")
def updates():
    db = get_db()
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("BEGIN IMMEDIATE")
    worlds = [read_world(number) for number in
              sorted(random.randint(1, 10000) for i in range(count()))]
    for world in worlds:
        world["randomNumber"] = random.randint(1, 10000)
    db.executemany("UPDATE world SET randomnumber = :randomNumber"
                   " WHERE id = :id", worlds)
    db.commit()
    return jsonify(worlds)


@app.get("/fortunes")
def fortunes():
    rows = get_db().execute("SELECT id, message FROM fortune").fetchall()
    rows.append((0, "Additional fortune added at request time."))
    rows.sort(key=lambda row: row[1])
    return render_template(FORTUNES, rows=rows)
