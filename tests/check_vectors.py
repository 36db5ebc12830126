# SPDX-License-Identifier: ISC
"""Nothing in the vectors of other projects is passed over in silence.

tests/conf/vectors.txt says of every group of cases how many are played; what
is left out has a reason.  Here the list is compared with the folder, and with
the unit tests: each group that is played is claimed by one of them, which then
compares how many cases it has played with the list.
"""

import collections
import glob
import json
import os
import sys

top = os.environ.get("top_srcdir", ".")
folder = os.path.join(top, "../shared/vectors")

# A folder and files that hold no cases.
NO_CASES = {
    "README.md": "says what the others are",
    "json-schema": "is a folder; tests name its files",
    "run_vectors.py": "plays the cases: tests/e2e/vectors.py",
}

# Two files have cases of several kinds in one group.
KIND = {"django_validators.json": "validator",
        "werkzeug_multipart.json": "mimetype"}

count = 0


def ok(good, name, *details):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    for line in () if good else details:
        print("# " + str(line))


def groups(name):
    """{"file group": cases}"""
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        cases = json.load(f)
    if isinstance(cases, list):
        return {name + " -": len(cases)}
    cases = cases["cases"]
    if isinstance(cases, list):
        return {name + " cases": len(cases)}
    found = collections.Counter()
    for group, members in cases.items():
        for case in members:
            found["%s %s" % (name, (case[KIND[name]] or "(none)")
                             if name in KIND else group)] += 1
    return found


def read_list():
    """{"file group": (cases, left out, reason)}, and what is there twice"""
    found, twice = {}, []
    with open(os.path.join(top, "tests/conf/vectors.txt")) as f:
        for line in f:
            if line.startswith("#"):
                continue
            name, group, cases, left, *reason = line.split(None, 4)
            key = "%s %s" % (name, group)
            if key in found:
                twice.append(key)
            found[key] = int(cases), int(left), "".join(reason).strip()
    return found, twice


def unclaimed(listed):
    """Groups that are played, but that no test names with their file."""
    sources = []
    for path in glob.glob(os.path.join(top, "tests/unit/test_*.c")):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        if "vectors_played(" in source:
            sources.append(source)
    for key, (cases, left, _) in listed.items():
        literals = ['"%s"' % word for word in key.split()]
        if left < cases and not any(
                all(word in source for word in literals)
                for source in sources):
            yield key


def check():
    there, known = {}, set(NO_CASES)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            there.update(groups(name))
            known.add(name)
    ok(set(os.listdir(folder)) == known, "every file is known",
       *set(os.listdir(folder)) ^ known)
    listed, twice = read_list()
    ok(not twice, "no group is listed twice", *twice)
    ok(not there.keys() - listed.keys(), "every group is listed",
       *there.keys() - listed.keys())
    ok(not listed.keys() - there.keys(), "every listed group is there",
       *listed.keys() - there.keys())
    wrong = ["%s: %d cases, not %d" % (key, n, listed[key][0])
             for key, n in there.items()
             if key in listed and listed[key][0] != n]
    ok(not wrong, "with as many cases", *wrong)
    bare = [key for key, (cases, left, reason) in listed.items()
            if left > cases or (left > 0) != (reason != "")]
    ok(not bare, "what is left out has a reason", *bare)
    names = list(unclaimed(listed))
    ok(not names, "a test plays every other group", *names)


if os.path.exists(folder):
    check()
elif os.environ.get("STILE_TEST_STRICT"):
    ok(False, folder + " is missing")
else:
    print("1..0 # SKIP %s is missing" % folder)
    sys.exit()
print("1..%d" % count)
