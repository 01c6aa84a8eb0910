#!/usr/bin/env python3
"""A process that swaps directories for symbolic links while archives are extracted into them."""
import os
import threading
import time

from making import *
from world import LONG, SANITIZED, World

world = World()
ROUNDS = 100 if LONG else 2 if SANITIZED else 5
outside = world.path("outside/directory")


class Swapper(threading.Thread):
    """Looks for the temporary sibling of the destination, and swaps the directory d in it for a link
    that leads out, and back, as fast as it can."""

    def __init__(self):
        super().__init__()
        self.swaps = 0
        self.stopped = False

    def run(self):
        while not self.stopped:
            try:
                names = [n for n in os.listdir(world.work) if n.startswith(".artrepo-")]
            except FileNotFoundError:
                continue
            for name in names:
                self.swap(os.path.join(world.work, name))

    def swap(self, temporary):
        directory, aside = os.path.join(temporary, "d"), os.path.join(temporary, "aside")
        try:
            os.rename(directory, aside)
            os.symlink(outside, directory)
            self.swaps += 1
            os.unlink(directory)
            os.rename(aside, directory)
        except OSError:
            pass


def any_end(_):
    return None


files = b"".join(entry(b"d/f%d" % i, b"evil") for i in range(1500))
nested = b"".join(entry(b"d/e%d/f" % i, b"evil") for i in range(700))
links = b"".join(entry(b"d/f%d" % i, b"evil") + entry(b"d/h%d" % i, kind=HARD, link=b"d/f%d" % i) +
                 entry(b"d/s%d" % i, kind=SYMBOLIC, link=b"f%d" % i) for i in range(400))
directories = b"".join(entry(b"d/e%d/" % i, kind=DIRECTORY) for i in range(1500))
swaps = 0
for case, plain in {"files": files, "nested": nested, "links": links, "directories": directories}.items():
    data = gz(plain + END, 1)
    for i in range(ROUNDS):
        swapper = Swapper()
        swapper.start()
        world.store("object", data)
        # The loser of a race may see anything; what counts is that the world outside is the same.
        # What the swapper itself made in the temporary directory may keep it from being removed.
        world.counts["swapped during extraction"] = world.counts.get("swapped during extraction", 0) + 1
        before = world.look()
        code, _, complained, _ = world.run(world.get("object", []))
        swapper.stopped = True
        swapper.join()
        if code not in (0, 1, 3, 6):
            world.fail("swapped during extraction", f"{case} {i}", f"exit code {code}: {complained.decode()}")
        if world.look() != before:
            world.fail("swapped during extraction", f"{case} {i}", "the world outside changed")
        swaps += swapper.swaps
        world.clear()
print(f"{swaps} swaps")
if swaps < ROUNDS:
    world.fail("swapped during extraction", "all", f"only {swaps} swaps: the race was not run")
world.end()
