# SPDX-License-Identifier: ISC
"""What has to be there before the benchmark runs: packages and programs."""

import os
import subprocess
import sys

import e2e

HERE = os.path.dirname(os.path.abspath(__file__))


def die(text):
    sys.exit("run: " + text)


# ---- packages ----------------------------------------------------------------

def installed(package):
    p = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}",
                        package], stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, text=True)
    return p.stdout == "installed"


POLICY = "/usr/sbin/policy-rc.d"


def install(packages):
    """With apt-get, as root, and without starting what services they bring."""
    missing = sorted({p for p in packages if not installed(p)})
    if not missing:
        return
    print("installing: " + " ".join(missing), flush=True)
    if os.getuid() != 0:
        die("apt-get install --no-install-recommends %s: only root can" %
            " ".join(missing))
    ours = not os.path.exists(POLICY)
    if ours:
        with open(POLICY, "w") as f:
            f.write("#!/bin/sh\nexit 101\n")
        os.chmod(POLICY, 0o755)
    try:
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for argv in (["update"], ["install", "-y", "--no-install-recommends",
                                  *missing]):
            if subprocess.run(["apt-get", "-q", *argv], env=env,
                              stdin=subprocess.DEVNULL).returncode != 0:
                die("apt-get %s failed" % argv[0])
    finally:
        if ours:
            os.unlink(POLICY)


# ---- programs ----------------------------------------------------------------

def make(*argv, **popen):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, **popen)
    if p.returncode != 0:
        die("%s failed:\n%s" % (" ".join(argv), p.stdout[-4000:]))


def build():
    """In the build folder of $top_builddir, else in one below _build/."""
    if "top_builddir" not in os.environ:
        e2e.srcdir = os.path.dirname(os.path.dirname(HERE))
        e2e.builddir = os.path.join(e2e.srcdir, "_build/bench")
    if not os.path.exists(os.path.join(e2e.srcdir, "configure")):
        make("./autogen.sh", cwd=e2e.srcdir)
    os.makedirs(e2e.builddir, exist_ok=True)
    if not os.path.exists(os.path.join(e2e.builddir, "Makefile")):
        make(os.path.join(e2e.srcdir, "configure"), "-q", cwd=e2e.builddir)
    with open(os.path.join(e2e.builddir, "Makefile")) as f:
        if "\nSAN_CFLAGS = \n" not in f.read():
            die(e2e.builddir + " was configured with sanitizers")
    with open(os.path.join(e2e.builddir, "config.h")) as f:
        if "#define STILE_ARENA_DEBUG 1" in f.read():
            die(e2e.builddir + " was configured with --enable-arena-debug")
    os.environ.setdefault("STILE_MODULES",
                          os.path.join(e2e.builddir, "lib/.libs"))
    for target in ("all", "bench"):
        make("make", "-j%d" % os.cpu_count(), target, cwd=e2e.builddir)


def build_go(source):
    """With Debian's packages only: no module is looked for anywhere else."""
    target = e2e.fresh("go-app")
    make("go", "build", "-tags", "libsqlite3", "-o", target, source,
         env=dict(os.environ, GO111MODULE="off", GOFLAGS="", GOPROXY="off",
                  GOPATH="/usr/share/gocode", GOCACHE=target + ".cache"))
    return target
