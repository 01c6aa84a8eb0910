"""Puts trees as .tgz into an S3 store and gets them back, with artctl and with the reference.

The reference does what the Argo executor does: it packs into a temporary file, uploads that and
removes it, and downloads into a temporary file, unpacks that and removes it; temporary files lie in
memory here. The reference runs as two programs, one for the archive and one for the store; what one
of them takes to start is measured and taken off its time, as if it were one.
"""

import os
import subprocess
import sys
import time

from runner import (Case, Command, arguments, fresh, go_tree, library_tree, measure, program,
                    remove, run_cases, same_as, scratch, selected, size_of, tree_bytes, version_of)

ENDPOINT = os.environ["ARTREPO_TEST_S3_ENDPOINT"]
BUCKET = os.environ["ARTREPO_TEST_S3_BUCKET"]
REFERENCE = "reference, staged"


def start_of_reference():
    """Seconds until refs3 has found that it has nothing to do: the least of a few."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([program("REFS3")], stderr=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - started)
    return min(times)


def artctl(words):
    return f"'{program('ARTCTL')}' {words}"


def refs3(action, key, path):
    return f"'{program('REFS3')}' {action} {ENDPOINT} {BUCKET} {key} '{path}'"


def reference_put(tree, key, staging):
    return (f"'{program('REFARCHIVE')}' pack -1 '{tree}' '{staging}'; "
            f"{refs3('save', key, staging)}; rm '{staging}'")


def reference_get(key, destination, staging):
    return (f"{refs3('load', key, staging)}; "
            f"'{program('REFARCHIVE')}' unpack '{staging}' '{destination}'; rm '{staging}'")


def object_file(key):
    """Where the store keeps the object: gone before each run, as the peers overwrite alike then."""
    return os.path.join(os.environ["ARTREPO_TEST_S3_DATA"], BUCKET, key)


def comes_back(tree, key):
    """A check: artctl and the reference both find the tree in what is stored under KEY."""
    def check():
        out, staging = scratch("check"), scratch("check.tgz")
        measure("artctl get", artctl(f"get -q s3://{BUCKET}/{key} '{out}'"))
        same_as(tree, out)()
        measure("reference", reference_get(key, out, staging))
        same_as(tree, out)()
    return check


def put_case(tree, title, start):
    commands = []
    for label, key, script, credit in (
            ("artctl put", "ours.tgz", artctl(f"put -q '{tree}' s3://{BUCKET}/ours.tgz"), 0.0),
            (REFERENCE, "reference.tgz",
             reference_put(tree, "reference.tgz", scratch("staging.tgz")), start)):
        commands.append(Command(label, script, prepare=fresh(object_file(key)),
                                check=comes_back(tree, key), size=size_of(object_file(key)),
                                credit=credit))
    return Case("put a tree", title, tree_bytes(tree)[0], commands, bars=[(REFERENCE, 5.0, False)])


def get_case(tree, title, maker, start):
    """Both get the same object, made by MAKER."""
    key = f"{maker}.tgz"
    ours, theirs = scratch("out-ours"), scratch("out-theirs")
    commands = [
        Command("artctl get", artctl(f"get -q s3://{BUCKET}/{key} '{ours}'"), prepare=fresh(ours),
                check=same_as(tree, ours)),
        Command(REFERENCE, reference_get(key, theirs, scratch("staging.tgz")),
                prepare=fresh(theirs), check=same_as(tree, theirs), credit=start),
    ]
    name = "get what we put" if maker == "ours" else "get what the reference put"
    return Case(name, title, tree_bytes(tree)[0], commands, bars=[(REFERENCE, 2.0, False)])


def make_objects(tree):
    if not os.path.exists(object_file("ours.tgz")):
        measure("artctl put", artctl(f"put -q '{tree}' s3://{BUCKET}/ours.tgz"))
    if not os.path.exists(object_file("reference.tgz")):
        measure("reference", reference_put(tree, "reference.tgz", scratch("staging.tgz")))


def all_cases(options, start):
    for name, make in (("Go's source tree", go_tree), ("/usr/lib/x86_64-linux-gnu", library_tree)):
        cases = [case for case in ("put", "ours", "reference")
                 if selected(options, {"put": "put a tree", "ours": "get what we put",
                                       "reference": "get what the reference put"}[case], name)]
        if not cases:
            continue
        tree = scratch("tree")
        make(tree)
        size, files = tree_bytes(tree)
        title = f"{name}: {files:,} files, {size / 1e6:.0f} MB"
        for case in cases:
            if case == "put":
                yield put_case(tree, title, start)
            else:
                make_objects(tree)
                yield get_case(tree, title, case, start)
        for path in tree, object_file("ours.tgz"), object_file("reference.tgz"):
            remove(path)


def main():
    options = arguments(__doc__)
    start = start_of_reference()
    print(f"one start of the reference: {start:.3f} s")
    versions = {
        "artctl": version_of(f"'{program('ARTCTL')}' version"),
        "reference": "Argo Workflows " + os.path.basename(program("REFS3")).split("-")[1],
        "store": "VersityGW on 127.0.0.1, plain HTTP, data in " + scratch(),
    }
    return run_cases(options, all_cases(options, start), versions)


if __name__ == "__main__":
    sys.exit(main())
