# SPDX-License-Identifier: ISC
"""Who takes part in the benchmark, and how each of them is set up.

All of them answer the same JSON at "/", and those with a database also one row
of it at "/note/500"; those of WORLD answer what apps/world does, from a copy of
the same file, with the same SQL.  They stand behind the same nginx, each under a name of
its own, with the connections to it kept, as "keepalive" of nginx wants it.

Only ours write a line for each request, as they do by default.
What is set beyond a program's defaults, and why:

  canned      one thread, which is all it needs
  libfcgi     64 threads: each kept connection has one to itself, and two nginx
              workers may keep 32 each
  bare        as many processes and threads as hello has by its defaults; a
              connection that is not kept is closed at once
  linger      the same, but it closes connections as libfcgi does by itself,
              which waits for the peer to close first; in nokeep only, as no
              other section closes any
  hello, row, log into a file, a line for each request as by default
  world
  go          nothing; database/sql with prepared statements
  php         opcache without looking for changes; a static pool of 64
              children, for the reason that libfcgi has 64 threads (8 children
              and a new connection for each request were slower, and took more
              processor time); PDO with a persistent connection
  flask,      gunicorn with 2 workers, one for each processor, of 4 threads,
  pyramid,    and connections that are kept for 75 s.  Flask opens SQLite for
  django      each request, as its documentation does, and so does Django by
              default; Pyramid keeps a connection for each thread.  Django's
              ORM is used as it is meant to be, and its middleware left out,
              which an API like this does not need.

SQLite has its write-ahead log and "synchronous = NORMAL" for all, as the
library has by itself.
"""

import html
import json
import os
import re
import shutil
import socket

import e2e
import prepare

OTHERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "others")
PYTHON = "/usr/bin/python3"     # Debian's, which has Debian's packages
BACKLOG = 1024
HELLO = {"message": "Hello, World!"}
NOTE = {"id": 500, "text": "note number 500"}



# ---- what is right ------------------------------------------------------------

def is_json(want):
    return lambda kind, body: (kind == "application/json" and
                               json.loads(body) == want)


def is_plaintext(kind, body):
    return (kind.lower() == "text/plain; charset=utf-8" and
            body == b"Hello, World!")


def is_world(one):
    return set(one) == {"id", "randomNumber"} and all(
        1 <= n <= 10000 for n in one.values())


def is_one(kind, body):
    return kind == "application/json" and is_world(json.loads(body))


def are_twenty(kind, body):
    found = json.loads(body)
    return (kind == "application/json" and len(found) == 20 and
            all(map(is_world, found)))


def are_fortunes(kind, body):
    """However it is escaped, and whatever the lines are."""
    rows = [html.unescape(text) for text in re.findall(
        r"<tr>\s*<td>\d+</td>\s*<td>(.*?)</td>\s*</tr>", body.decode())]
    return (kind.lower() == "text/html; charset=utf-8" and
            b"<script" not in body and len(rows) == 13 and
            rows == sorted(rows, key=str.encode) and
            "Additional fortune added at request time." in rows)


ONE = {"/": is_json(HELLO)}
BOTH = {"/": is_json(HELLO), "/note/500": is_json(NOTE)}
WORLD = {
    "/json": is_json(HELLO),
    "/plaintext": is_plaintext,
    "/db": is_one,
    "/queries?queries=20": are_twenty,
    "/updates?queries=20": are_twenty,
    "/fortunes": are_fortunes,
}
ALL_OF_IT = {**BOTH, **WORLD}


class Contestant:
    """A program that answers; it runs once, whatever is asked of it."""

    def __init__(self, name, label, start, targets, packages=(), http=False,
                 ours=False):
        self.name = name
        self.label = label
        self.start = start          # (contestant, database) -> Process
        self.targets = targets      # path -> whether (type, body) is right
        self.packages = packages    # of Debian, beyond what the build needs
        self.http = http            # else FastCGI
        self.ours = ours
        self.sock = self.process = None

    def missing(self):
        return [p for p in self.packages if not prepare.installed(p)]

    def run(self, db):
        self.sock = e2e.fresh("sock")
        self.process = self.start(self, db)

    def server(self, port, name, keep):
        """Its part of nginx.conf."""
        return SERVER.format(
            port=port, name=name, sock=self.sock,
            kept="keepalive 32; keepalive_requests 1000000000;"
            if keep else "",
            location=(HTTP if self.http else FASTCGI).format(
                name=name, keep="on" if keep else "off", others=OTHERS))


# ---- nginx -------------------------------------------------------------------

NGINX = """
{user}
worker_processes auto;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path tmp-body;
    fastcgi_temp_path tmp-fastcgi;
    proxy_temp_path tmp-proxy;
    scgi_temp_path tmp-scgi;
    uwsgi_temp_path tmp-uwsgi;
    server {{ listen 127.0.0.1:{port} default_server reuseport; return 404; }}
{servers}
}}
"""

SERVER = """
    upstream {name} {{ server unix:{sock}; {kept} }}
    server {{
        listen 127.0.0.1:{port};
        server_name {name}.localhost;
        location / {{ {location} }}
    }}
"""

FASTCGI = """
            include stile_params;
            fastcgi_param SCRIPT_NAME "";
            fastcgi_param PATH_INFO $uri;
            fastcgi_param SCRIPT_FILENAME {others}/app.php;
            fastcgi_keep_conn {keep};
            fastcgi_pass {name};
"""

HTTP = """
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_pass http://{name};
"""


def nginx(servers):
    """Started for [(contestant, name, keep)]."""
    user = "user www-data;" if os.getuid() == 0 else ""
    return e2e.Nginx(lambda port: NGINX.format(
        user=user, port=port, servers="".join(
            c.server(port, name, keep) for c, name, keep in servers)))


# ---- starting ----------------------------------------------------------------

def listening(path):
    """A socket for a FastCGI program to have as its standard input."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, 0o660)
    s.listen(BACKLOG)
    if os.getuid() == 0:
        shutil.chown(path, group="www-data")
    return s


def fastcgi(*argv, **env):
    """argv[0] is a program of the build; "{db}" in env is put in."""
    def start(contestant, db):
        with listening(contestant.sock) as sock:
            return e2e.Process(
                contestant.name, [built(argv[0]), *argv[1:]], stdin=sock,
                want=None, stop_by=9, env=e2e.environment(**{
                    name: value.format(db=db)
                    for name, value in env.items()}))
    return start


def built(name):
    return e2e.program(name if "/" in name else "tests/bench/" + name)


def threads_of_hello():
    """(processes, threads) of ours, by its defaults."""
    found = dict(re.findall(r"(?m)^(\w+) = (\d+)", e2e.command(
        built("apps/hello/hello"), "config")[1]))
    return int(found.get("workers", 1)) or os.cpu_count(), \
        int(found["threads"])


def bare(*more):
    def start(contestant, db):
        return fastcgi("fcgi_epoll", *map(str, threads_of_hello()),
                       *more)(contestant, db)
    return start


def start_world(contestant, db):
    dsn = db if ":" in db else "sqlite:" + db
    return fastcgi("apps/world/world", WORLD_DB=dsn)(contestant, db)


def start_go(contestant, db):
    program = prepare.build_go(os.path.join(OTHERS, "app.go"))
    return fastcgi(program, BENCH_DB="{db}")(contestant, db)


def wait_socket(process, path):
    def there():
        if not process.alive():
            raise AssertionError("%s ended: %s" % (process.name,
                                                   process.log()))
        return os.path.exists(path)
    e2e.wait_for(process.name + "'s socket", there)
    return process


PHP_FPM = """
[global]
daemonize = no
error_log = /dev/stderr
[bench]
{user}
listen = {sock}
listen.mode = 0666
pm = static
pm.max_children = 64
chdir = {dir}
catch_workers_output = yes
env[BENCH_DB] = {db}
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.validate_timestamps] = 0
"""


def start_php(contestant, db):
    conf = e2e.fresh("php-fpm.conf")
    with open(conf, "w") as f:
        f.write(PHP_FPM.format(
            user="user = root" if os.getuid() == 0 else "",
            sock=contestant.sock, dir=OTHERS, db=db))
    found = sorted(os.listdir("/etc/php"))[-1]
    argv = ["/usr/sbin/php-fpm" + found, "-F", "-y", conf]
    if os.getuid() == 0:
        argv.append("-R")
    return wait_socket(e2e.Process(contestant.name, argv, want=None),
                       contestant.sock)


def gunicorn(module, **env):
    def start(contestant, db):
        process = e2e.Process(contestant.name, [
            PYTHON, "-B", "-m", "gunicorn", "--workers", "2",
            "--worker-class", "gthread", "--threads", "4",
            "--keep-alive", "75", "--bind", "unix:" + contestant.sock,
            "--umask", "0", "--chdir", OTHERS,
            module + ":app"], want=None,
            env=e2e.environment(BENCH_DB=db, **env))
        return wait_socket(process, contestant.sock)
    return start


# ---- the table ---------------------------------------------------------------

GO = ("golang-go", "golang-github-mattn-go-sqlite3-dev")
PHP = ("php-fpm", "php-sqlite3")

ALL = [
    Contestant("canned", "canned answer, nothing parsed",
               fastcgi("canned"), ONE),
    Contestant("libfcgi", "libfcgi's own loop, 64 threads",
               fastcgi("fcgi_loop", "64"), ONE),
    Contestant("bare", "libfcgi under epoll, bare handler", bare(), ONE),
    Contestant("linger", "the same, closing as libfcgi does", bare("linger"),
               ONE),
    Contestant("hello", "stile", fastcgi("apps/hello/hello"), ONE, ours=True),
    Contestant("row", "stile", fastcgi("row", ROW_DB="sqlite:{db}"),
               {"/note/500": is_json(NOTE)}, ours=True),
    Contestant("world", "stile", start_world, WORLD, ours=True),
    Contestant("go", "Go net/http/fcgi", start_go, ALL_OF_IT, GO),
    Contestant("php", "PHP-FPM, opcache", start_php, BOTH, PHP),
    Contestant("flask", "Flask, gunicorn", gunicorn("app_flask"), ALL_OF_IT,
               ("python3-flask", "gunicorn"), http=True),
    Contestant("pyramid", "Pyramid, gunicorn", gunicorn("app_pyramid"), BOTH,
               ("python3-pyramid", "gunicorn"), http=True),
    Contestant("django", "Django, gunicorn", gunicorn("app_django"), ALL_OF_IT,
               ("python3-django", "gunicorn"), http=True),
]

