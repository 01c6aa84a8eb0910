#!/usr/bin/env python3
"""Two processes at once: saving under the same key, loading to the same destination.

    together.py fs|s3

Whoever reads sees one of the two, whole, at any time; afterwards one of the two is there, and
nothing unfinished.
"""

import os
import shutil
import sys

from support import LONG, World, digest, expect, make_tree, temporaries

ROUNDS = 100 if LONG else 8


def end(process):
    _, error = process.communicate(timeout=120)
    return process.returncode, error.decode()


def save_together(world):
    trees = [world.path("tree1"), world.path("tree2")]
    for i, tree in enumerate(trees):
        make_tree(tree, i, files=12)
    known = [digest(tree) for tree in trees]
    reads = 0
    world.ok("-q", "put", trees[0], "another/key")  # which makes the bucket
    for _ in range(ROUNDS):
        writers = [world.start("-q", "put", tree, "same/key") for tree in trees]
        while any(writer.poll() is None for writer in writers):
            out = world.path("read")
            shutil.rmtree(out, ignore_errors=True)
            code, _, error = world.run("-q", "get", "same/key", out)
            expect(code in (0, 3) or "changed" in error or "replaced" in error,
                   "reading meanwhile: %d: %s" % (code, error))
            expect(code != 0 or digest(out) in known, "a reader saw a mixture")
            reads += code == 0
        for writer in writers:
            code, error = end(writer)
            expect(code == 0, "a writer failed: " + error)
        shutil.rmtree(world.path("read"), ignore_errors=True)
        world.ok("-q", "get", "same/key", world.path("read"))
        expect(digest(world.path("read")) in known, "the object is a mixture")
        expect(not world.unfinished(), "left behind: %s" % world.unfinished())
    print("two savers: %d rounds, %d reads meanwhile" % (ROUNDS, reads))


def load_together(world):
    trees = [world.path("tree1"), world.path("tree2")]
    for i, tree in enumerate(trees):
        world.ok("-q", "put", tree, "load/%d" % i)
    known = [digest(tree) for tree in trees]
    refused = 0
    for _ in range(ROUNDS):
        shutil.rmtree(world.path("out"), ignore_errors=True)
        os.makedirs(world.path("out"))
        readers = [world.start("-q", "get", "load/%d" % i, world.path("out", "it")) for i in (0, 1)]
        ends = [end(reader) for reader in readers]
        good = [i for i, (code, _) in enumerate(ends) if code == 0]
        expect(good, "neither came through: %s" % ends)
        for code, error in ends:
            # A directory that is not empty is never replaced.
            expect(code == 0 or "not empty" in error, "exit code %d: %s" % (code, error))
            refused += code != 0
        expect(digest(world.path("out", "it")) in [known[i] for i in good], "a mixture")
        expect(not temporaries(world.path("out")), "left behind")
        expect(os.listdir(world.path("out")) == ["it"], "something else is there")
    print("two loaders: %d rounds, %d refused, since the other one was faster" % (ROUNDS, refused))


def load_files_together(world):
    names = [world.path("tree1", "file-0"), world.path("tree2", "file-0")]
    for i, name in enumerate(names):
        world.ok("-q", "put", "--archive", "none", name, "file/%d" % i)
    known = [digest(name) for name in names]
    for _ in range(ROUNDS):
        readers = [world.start("-q", "get", "file/%d" % i, world.path("out", "f")) for i in (0, 1)]
        for code, error in [end(reader) for reader in readers]:
            expect(code == 0, "exit code %d: %s" % (code, error))
        expect(digest(world.path("out", "f")) in known, "a mixture")
        expect(not temporaries(world.path("out")), "left behind")
    print("two loaders of files: %d rounds" % ROUNDS)


with World(sys.argv[1], "together") as shared:
    save_together(shared)
    load_together(shared)
    load_files_together(shared)
