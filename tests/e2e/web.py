# SPDX-License-Identifier: ISC
"""Web servers, each private and unprivileged, on a free port of 127.0.0.1.

A site is what a program has printed ("probe nginx"), and the rest is what
nginx-conf/ has around it.  Only the port is changed, and what has to be in a
folder of the test's own: in the lines that are marked for it.
"""

import os
import shutil
import socket
import ssl

import e2e

# Started by root, a server is www-data from the beginning; else it is us.
AS = {} if os.getuid() else {
    "user": "www-data", "group": "www-data", "extra_groups": []}


def folder(name):
    """A folder that the server may write to."""
    path = e2e.fresh(name)
    os.mkdir(path)
    if AS:
        shutil.chown(path, AS["user"], AS["group"])
    return path


def portable(name):
    """A copy of a program that any user can run: the build is not for all."""
    path = e2e.fresh("bin")
    os.mkdir(path)
    os.chmod(path, 0o755)
    return shutil.copy(e2e.program(name), path)


def printed(program, *args):
    """The configuration that a program prints for itself."""
    status, out, err = e2e.command(program, *args)
    if status != 0 or err:
        raise AssertionError("%s: %d: %s" % (" ".join(args), status, err))
    return out


def certificate():
    """A key and a certificate for localhost: their paths."""
    path = folder("tls")
    pair = path + "/cert.pem", path + "/key.pem"
    status, out, err = e2e.command(
        os.environ.get("OPENSSL") or "openssl", "req", "-x509", "-nodes",
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-subj", "/CN=localhost", "-days", "2", "-out", pair[0],
        "-keyout", pair[1])
    if status != 0:
        raise AssertionError("openssl: " + err)
    for name in pair if AS else ():
        shutil.chown(name, AS["user"], AS["group"])
    return pair


class Web(e2e.Process):
    """A server for one site; tls is a certificate and its key, or None."""

    variable = program = None
    edits = ()              # of the site: (pattern, function of self)

    def __init__(self, site, tls=None):
        self.tls = tls
        self.binary = os.environ.get(self.variable) or \
            e2e.need(self.variable, self.program)
        for attempt in range(10):
            self.port = e2e.free_port()
            self.dir = folder(self.program)
            self._write("site.conf", e2e.edited(site, [
                (pattern, to(self)) for pattern, to in self.edits]))
            self.prepare()
            self._check()
            super().__init__(self.program, self.argv(), want=None,
                             env=self.env(), cwd=self.dir, **AS)
            e2e.wait_for(self.program + " to listen",
                         lambda: not self.alive() or self._listens())
            if self.alive():
                return
            self.wait()
            if "in use" not in self.log() + self.errors():
                raise AssertionError("%s ended: %s%s" % (
                    self.program, self.log(), self.errors()))
        raise AssertionError(self.program + " found no free port")

    def prepare(self):
        """Write what it needs beside the site."""

    def env(self):
        return e2e.environment(dir=self.dir, site=self.dir + "/site.conf",
                               port=str(self.port), HOME=self.dir,
                               listen="127.0.0.1:%d" % self.port)

    def argv(self):
        raise NotImplementedError

    def check_argv(self):
        """To look at the configuration, and no more."""
        raise NotImplementedError

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def _check(self):
        status, out, err = e2e.command(*self.check_argv(), env=self.env(),
                                       cwd=self.dir, **AS)
        if status != 0:
            raise AssertionError("%s refuses its configuration: %s%s" %
                                 (self.program, out, err))

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def errors(self):
        try:
            with open(self.dir + "/error.log", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def http(self):
        return Https(self.port) if self.tls else e2e.Http(self.port)


class Https(e2e.Http):
    def __init__(self, port):
        super().__init__(port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.f.close()
        self.s = context.wrap_socket(self.s, server_hostname="localhost")
        self.f = self.s.makefile("rb")


class Nginx(Web):
    variable, program = "NGINX", "nginx"
    edits = [(r"(listen\s+)\S+(;.*# @listen)", lambda w:
              r"\g<1>127.0.0.1:%d%s\2" % (w.port, " ssl; ssl_certificate %s; "
                                          "ssl_certificate_key %s" % w.tls
                                          if w.tls else ""))]

    def prepare(self):
        self._write("nginx.conf", e2e.conf("nginx.conf"))

    def argv(self, *more):
        return [self.binary, "-p", self.dir, "-c", self.dir + "/nginx.conf",
                "-e", self.dir + "/error.log", "-g", "daemon off;", *more]

    def check_argv(self):
        return self.argv("-t")


class Apache(Web):
    variable, program = "APACHE", "apache2"
    edits = [(r"(<VirtualHost \*:)80>", lambda w: r"\g<1>%d>" % w.port)]

    def prepare(self):
        # The program's own answers stand above pages for errors.
        with open(self.dir + "/site.conf", "a") as f:
            for status in (401, 403, 404, 405, 413, 500, 502, 503):
                f.write("ErrorDocument %d \"Apache's\"\n" % status)
        for path in self.tls or ():
            shutil.copy(path, self.dir)
            if AS:
                shutil.chown(os.path.join(self.dir, os.path.basename(path)),
                             AS["user"], AS["group"])

    def argv(self, *more):
        return [self.binary, "-f", os.path.join(
            e2e.srcdir, "nginx-conf/apache/httpd.conf"), "-DFOREGROUND",
            *(["-DTLS"] if self.tls else []), *more]

    def check_argv(self):
        return self.argv("-t")


class Lighttpd(Web):
    variable, program = "LIGHTTPD", "lighttpd"

    def prepare(self):
        # A program that it starts has its socket in a folder of ours; and its
        # own answers stand above pages for errors.
        with open(self.dir + "/site.conf") as f:
            site = f.read().replace("/run/lighttpd/", self.dir + "/")
        site += 'server.error-handler-404 = "/page"\n'
        if self.tls:
            site += """
server.modules += ( "mod_openssl" )
ssl.engine = "enable"
ssl.pemfile = "%s"
ssl.privkey = "%s"
""" % self.tls
        self._write("site.conf", site)

    def argv(self):
        return [self.binary, "-D", "-f", self._conf()]

    def check_argv(self):
        return [self.binary, "-tt", "-f", self._conf()]

    def _conf(self):
        return os.path.join(e2e.srcdir, "nginx-conf/lighttpd/lighttpd.conf")


class Caddy(Web):
    variable, program = "CADDY", "caddy"
    edits = [(r"(?m)^(localhost) \{", lambda w: "%s://localhost:%d {\n"
              "\tbind 127.0.0.1%s" % ("https" if w.tls else "http", w.port,
                                      "\n\ttls %s %s" % w.tls if w.tls
                                      else ""))]

    def argv(self):
        return self._argv("run")

    def check_argv(self):
        return self._argv("validate")

    def _argv(self, command):
        return [self.binary, command, "--adapter", "caddyfile", "--config",
                os.path.join(e2e.srcdir, "nginx-conf/caddy/Caddyfile")]


class H2o(Web):
    variable, program = "H2O", "h2o"
    edits = [(r"(?m)^user: .*# @user\n", lambda w: ""),
             (r"\S+( *\t*# @pid)", lambda w: w.dir + r"/pid\1"),
             (r"\S+( *\t*# @log)", lambda w: w.dir + r"/error.log\1"),
             (r"port: 80\t.*# @listen", lambda w: "host: 127.0.0.1\n"
              "  port: %d%s" % (w.port, "\n  ssl:\n    certificate-file: %s\n"
                                "    key-file: %s" % w.tls if w.tls
                                else ""))]

    def argv(self, mode="worker"):
        return [self.binary, "-m", mode, "-c", self.dir + "/site.conf"]

    def check_argv(self):
        return self.argv("test")
