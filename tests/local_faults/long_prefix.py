#!/usr/bin/env python3
"""Very many objects below one prefix: saved as a directory, listed, loaded and removed.

    long_prefix.py [OBJECTS]

Default 200000, or $ARTREPO_TEST_LONG_OBJECTS.
"""

import os
import subprocess
import sys
import time

from support import World, digest, expect, memory_of

COUNT = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ARTREPO_TEST_LONG_OBJECTS", "200000"))
LIMIT_KIB = 256 << 10


def timed(world, what, *arguments, output=subprocess.DEVNULL):
    start = time.monotonic()
    memory = memory_of(world.start_measured(*arguments, stdout=output, stderr=sys.stderr), what)
    print("%s: %.0f s, most memory %d KiB" % (what, time.monotonic() - start, memory), flush=True)
    expect(memory < LIMIT_KIB, what + ": too much memory")


with World("s3", "prefix") as shared:
    source, target = shared.path("many"), shared.path("back")
    os.makedirs(source)
    names = ["%07d" % (i * 7919 % COUNT if COUNT % 7919 else i) for i in range(COUNT)]
    for name in names:
        with open(os.path.join(source, name), "w") as file:
            file.write(name)
    timed(shared, "save", "-q", "put", "--archive", "none", source, "many/objects")
    listing = shared.path("listing")
    with open(listing, "wb") as file:
        timed(shared, "list", "ls", "many/objects/", output=file)
    with open(listing) as file:
        expect([line.strip() for line in file] == ["many/objects/" + name for name in sorted(names)], "other keys are listed")
    timed(shared, "load", "-q", "get", "--archive", "none", "many/objects", target)
    expect(digest(source) == digest(target), "other files came back")
    timed(shared, "remove", "-q", "rm", "-R", "many/objects/")
    code, _, _ = shared.run("ls", "many/objects/")
    expect(code == 3, "something is left below the prefix")
    print("%d objects" % COUNT)
