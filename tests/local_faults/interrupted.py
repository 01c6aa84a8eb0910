#!/usr/bin/env python3
"""Processes that are interrupted (SIGINT, SIGTERM) or killed (SIGKILL) at any point of a save or load.

    interrupted.py fs|s3

The points are random, the same ones each time. Interrupted: exit code 130 or 143 (or 0, when it was
done already), nothing left behind. Killed: what is there is whole, or it is not there; the next run
works as if nothing had been. What a killed process cannot take away, a temporary file beside the
destination or an unfinished upload, is counted.
"""

import os
import random
import shutil
import signal
import sys
import time

from support import LONG, World, digest, expect, make_tree, temporaries

SERVER_SECONDS = 20  # what a server may take for a request whose sender is gone
SIZE = 1000000  # so that a fast machine has to work on it for some time, too
INTERRUPTS = 60 if LONG else 8  # of each kind and signal
KILLS = 250 if LONG else 16  # of each kind: saves and loads


def duration(world, arguments, clear):
    times = []
    for _ in range(3):
        clear()
        start = time.monotonic()
        world.ok(*arguments)
        times.append(time.monotonic() - start)
    clear()
    return sorted(times)[1]


class Save:
    """Saves one of two trees under a key that the other one may be under already."""

    name = "save"

    def __init__(self, world):
        self.world = world
        self.known = {}
        for i in (1, 2):
            tree = world.path("tree%d" % i)
            make_tree(tree, i, size=SIZE)
            self.known[digest(tree)] = tree

    def arguments(self, i):
        return ["-q", "put", "--archive", "tar:1", self.world.path("tree%d" % (1 + i % 2)), "key/of/tree"]

    def clear(self):
        code, _, error = self.world.run("rm", "key/of/tree")
        expect(code in (0, 3), "rm: " + error)

    def look(self):
        """The tree under the key, None, or a failure."""
        out = self.world.path("look")
        shutil.rmtree(out, ignore_errors=True)
        code, _, error = self.world.run("-q", "get", "key/of/tree", out)
        if code == 3:
            return None
        expect(code == 0, "what is in the repository cannot be loaded: " + error)
        found = self.known.get(digest(out))
        expect(found, "what is in the repository is neither of the two trees")
        return found

    def strays(self):
        return self.world.unfinished()


class Load:
    """Loads a tree to a destination where nothing is, or a file over another."""

    name = "load"

    def __init__(self, world):
        self.world = world
        self.source = world.path("source")
        make_tree(self.source, 3, size=SIZE)
        world.ok("-q", "put", self.source, "key/to/load")
        os.makedirs(world.path("out"))

    def arguments(self, _):
        return ["-q", "get", "key/to/load", self.world.path("out", "it")]

    def clear(self):
        shutil.rmtree(self.world.path("out", "it"), ignore_errors=True)

    def look(self):
        found = digest(self.world.path("out", "it"))
        expect(found in (None, digest(self.source)), "the destination is neither whole nor absent")
        return found

    def strays(self):
        return temporaries(self.world.path("out"))


def left_behind(task, is_waited_for=lambda _: True):
    """A server that makes an object of its parts goes on with it though nobody waits for it any more,
    has parts until it is done, and replaces the object, perhaps while it is read."""
    end = time.monotonic() + (SERVER_SECONDS if task.world.store == "s3" else 0)
    while any(map(is_waited_for, task.strays())) and time.monotonic() < end:
        time.sleep(0.05)
    return task.strays()


def remove(paths):
    for path in sorted(paths, reverse=True):
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.lexists(path):
            os.unlink(path)


def interrupt(task, number, wanted, seconds, chance):
    done = 0
    for i in range(INTERRUPTS):
        task.clear()
        process = task.world.start(*task.arguments(i))
        time.sleep(chance.uniform(0, seconds))
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
        code = process.returncode
        if code == -number:  # it came before the handlers
            code = wanted
        expect(code in (0, wanted), "exit code %d after signal %d: %s" % (code, number, error))
        left = left_behind(task)
        expect(not left, "left behind: %s" % left)
        found = task.look()
        expect(code != 0 or found, "it said that it was done, and nothing is there")
        done += code == 0
    expect(done < INTERRUPTS, "%s: signal %d never came before the end" % (task.name, number))
    print("%s: signal %d %d times, done before it came: %d" % (task.name, number, INTERRUPTS, done))


def kill(task, seconds, chance):
    strays = whole = 0
    task.clear()
    for i in range(KILLS):
        process = task.world.start(*task.arguments(i))
        time.sleep(chance.uniform(0, seconds * 1.1))
        process.kill()
        process.communicate(timeout=60)
        strays += len(left_behind(task, lambda path: ".inprogress" in path))
        found = task.look()
        whole += found is not None
        if i % 8 == 7:  # as if nothing had been
            task.clear()
            task.world.ok(*task.arguments(i))
            expect(task.look(), "nothing is there after a run that went well")
        if i % 2:
            remove(task.strays())
            task.clear()
    remove(task.strays())
    print("%s: killed %d times, whole %d, temporary things left %d" % (task.name, KILLS, whole, strays))


def main():
    store = sys.argv[1]
    chance = random.Random(8)
    # A shell ignores it for what it starts in the background, and what we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with World(store, "interrupted") as world:
        for task in (Save(world), Load(world)):
            seconds = duration(world, task.arguments(0), task.clear)
            interrupt(task, signal.SIGINT, 130, seconds, chance)
            interrupt(task, signal.SIGTERM, 143, seconds, chance)
            kill(task, seconds, chance)


main()
