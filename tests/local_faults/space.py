#!/usr/bin/env python3
"""No space, no inodes, a quota, a read-only destination, no descriptors: a save or load ends well or
in one clear line, and leaves nothing behind.

    space.py fs|s3

Real file systems, in a mount namespace of this process: a tmpfs of every size from too small to large
enough. Quotas are real where tmpfs has them (Linux 6.6 and newer).
"""

import os
import shutil
import subprocess
import sys

from support import LONG, World, digest, expect, make_tree, skip, temporaries

STORE = sys.argv[1]
STEPS = 24 if LONG else 6


def enter_namespace():
    """Starts this script over in a mount namespace of its own."""
    if os.environ.get("TEST_IN_NAMESPACE"):
        return
    for options in (["--mount"], ["--map-root-user", "--mount"]):
        probe = ["unshare", *options, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True).returncode == 0:
            os.environ["TEST_IN_NAMESPACE"] = "1"
            os.execvp("unshare", ["unshare", *options, "python3", "-B", *sys.argv])
    skip("needs the right to mount a tmpfs in a namespace of its own")


def mount(path, options):
    os.makedirs(path, exist_ok=True)
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", path], capture_output=True, text=True
    )


def unmount(path):
    subprocess.run(["umount", path], check=True)


def one_line(error, words):
    expect(error.count("\n") == 1 and error.startswith("artctl"), "not one line: " + error)
    expect(any(word.lower() in error.lower() for word in words), "not said: %s in %s" % (words, error))


def left_in(path):
    return [os.path.join(d, n) for d, _, names in os.walk(path) for n in names]


class Cases:
    """What is done on a destination that has limits: each returns what it must be afterwards."""

    def __init__(self, world):
        self.world = world
        self.tree = world.path("tree")
        make_tree(self.tree, 1, files=12, size=50000)
        self.whole = digest(self.tree)
        for strategy in ("tar", "zip", "none", "zstd"):
            world.ok("-q", "put", "--archive", strategy, self.tree, "seed/" + strategy)

    def load(self, strategy, place):
        arguments = ["--archive", strategy] if strategy in ("zip", "none") else []
        return self.world.run("-q", "get", *arguments, "seed/" + strategy, os.path.join(place, "it"))

    def check_load(self, place, result, words, what):
        code, _, error = result
        found = digest(os.path.join(place, "it"))
        if code == 0:
            expect(found == self.whole, what + ": it says that it loaded")
            return True
        one_line(error, words)
        expect(found is None and os.listdir(place) == [], "%s: left: %s" % (what, os.listdir(place)))
        return False

    def save(self, place):
        """To an fs repository there."""
        with open(self.world.path("limited.yaml"), "w") as file:
            file.write("fs:\n  root: %s\n" % place)
        process = subprocess.run(
            [*self.world.command()[:1], "-r", self.world.path("limited.yaml"), "-q", "put",
             "--archive", "tar:0", self.tree, "a/key"],
            env=self.world.environment, capture_output=True, text=True,
        )
        return process.returncode, None, process.stderr

    def check_save(self, place, result, words, what):
        code, _, error = result
        if code == 0:
            expect(left_in(place), what + ": it says that it saved")
            return True
        one_line(error, words)
        expect(left_in(place) == [] and os.listdir(place) == [], "%s: left: %s" % (what, os.listdir(place)))
        return False


def sweep(cases, name, options_of, words, run, check):
    """Over limits from nearly nothing to enough."""
    place = cases.world.path("limited")
    failed = passed = 0
    for step in range(1, STEPS + 1):
        made = mount(place, options_of(step))
        if made.returncode != 0:
            print("%s: not here: %s" % (name, made.stderr.strip()))
            return
        good = check(place, run(place), words, "%s, step %d" % (name, step))
        failed, passed = failed + (not good), passed + good
        unmount(place)
    expect(failed and passed, "%s: the limits miss the point (%d failed, %d passed)" % (name, failed, passed))
    print("%s: %d limits, %d runs failed cleanly, %d went well" % (name, STEPS, failed, passed))


def sweeps(cases):
    space = lambda step: "mode=777,size=%dk" % (900 * step // STEPS)
    inodes = lambda step: "mode=777,nr_inodes=%d" % (2 + 24 * step // STEPS)
    quota = lambda step: "mode=777,usrquota,usrquota_block_hardlimit=%dk" % (900 * step // STEPS)
    full = ["no space left"]
    over = ["no space left", "quota"]
    for strategy in ("tar", "zip", "none", "zstd"):
        load = lambda place, strategy=strategy: cases.load(strategy, place)
        sweep(cases, "no space, load %s" % strategy, space, full, load, cases.check_load)
        sweep(cases, "no inodes, load %s" % strategy, inodes, full, load, cases.check_load)
    sweep(cases, "quota, load tar", quota, over, lambda p: cases.load("tar", p), cases.check_load)
    if STORE == "fs":
        sweep(cases, "no space, save", space, full, cases.save, cases.check_save)
        sweep(cases, "quota, save", quota, over, cases.save, cases.check_save)


def read_only(cases):
    place = cases.world.path("limited")
    words = ["Read-only file system"]
    mount(place, "mode=777")
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    count = 0
    for strategy in ("tar", "zip", "none", "zstd"):
        expect(not cases.check_load(place, cases.load(strategy, place), words, "read-only"), "it went well")
        count += 1
    if STORE == "fs":
        expect(not cases.check_save(place, cases.save(place), words, "read-only"), "it went well")
        count += 1
    unmount(place)
    print("read-only destination: %d cases" % count, flush=True)


def descriptors(cases):
    """From too few to enough."""
    place = cases.world.path("few")
    words = ["open files", "Too many", "resolve", "connection", "pipe", "cannot"]
    failed = passed = 0
    for limit in range(4, 40, 1 if LONG else 5):
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        world = cases.world
        for strategy in ("tar", "none"):
            code, _, error = world.run(
                "-q", "--retries", "0", "get", *(["--archive", "none"] if strategy == "none" else []), "seed/" + strategy,
                os.path.join(place, strategy), descriptors=limit)
            found = digest(os.path.join(place, strategy))
            expect(found == (cases.whole if code == 0 else None), "%d descriptors, load: %s" % (limit, error))
            expect(not temporaries(place), "%d descriptors: left behind" % limit)
            if code != 0:
                one_line(error, words)
            failed, passed = failed + (code != 0), passed + (code == 0)
        code, _, error = world.run("-q", "--retries", "0", "put", cases.tree, "few/key", descriptors=limit)
        there = world.run("stat", "few/key")[0]
        expect(there == (0 if code == 0 else 3), "%d descriptors, save: %s" % (limit, error))
        expect(not world.unfinished(), "%d descriptors: left in the store" % limit)
        if code != 0:
            one_line(error, words)
        else:
            world.ok("rm", "few/key")
        failed, passed = failed + (code != 0), passed + (code == 0)
    expect(failed and passed, "the limits miss the point")
    print("few descriptors: %d runs failed cleanly, %d went well" % (failed, passed))


enter_namespace()
with World(STORE, "space") as shared:
    everything = Cases(shared)
    sweeps(everything)
    read_only(everything)
    descriptors(everything)
