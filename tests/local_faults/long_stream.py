#!/usr/bin/env python3
"""A very large artifact to S3 and back, as one stream (none) and as a tree (tar+gzip): the same bytes
come back, and memory does not grow with the size.

    long_stream.py [MEBIBYTES]

Default 20480, or $ARTREPO_TEST_LONG_MIB. Takes twice that much space in TMPDIR: a server of its own
puts an object of its parts together there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))

from servers import Server
from support import World, digest, expect, memory_of

MIB = 1 << 20
SIZE = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ARTREPO_TEST_LONG_MIB", "20480"))
SMALL = max(SIZE // 16, 64)
# What a run may take more than one of a sixteenth of the size.
GROWTH_KIB = 24 << 10
LIMIT_KIB = 256 << 10


def blocks(mebibytes):
    """Bytes that do not compress, no two blocks the same."""
    block = bytearray(hashlib.shake_128(b"long").digest(MIB))
    for i in range(mebibytes):
        block[0:8] = i.to_bytes(8, "little")
        yield block


def stream(world, mebibytes):
    """put - and cat; the most memory of each."""
    sent = hashlib.blake2b()
    process = world.start_measured("-q", "put", "-", "stream", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    for block in blocks(mebibytes):
        sent.update(block)
        process.stdin.write(block)
    process.stdin.close()
    put_memory = memory_of(process, "put")
    process = world.start_measured("-q", "cat", "stream", stdout=subprocess.PIPE)
    got = hashlib.blake2b()
    for data in iter(lambda: process.stdout.read(MIB), b""):
        got.update(data)
    process.stdout.close()
    cat_memory = memory_of(process, "cat")
    expect(got.digest() == sent.digest(), "cat: other bytes")
    world.ok("rm", "stream")
    return put_memory, cat_memory


def make_linked_tree(path, mebibytes):
    """Files of 32 MiB that compress by half; hard links, which an archive holds as files of their own."""
    os.makedirs(path)
    first = os.path.join(path, "0")
    with open(first, "wb") as file:
        for i in range(512):
            file.write(hashlib.shake_128(b"tree %d" % i).digest(1 << 15) + b"text that compresses " * 1560 + b"12345678")
    for i in range(1, mebibytes // 32):
        os.link(first, os.path.join(path, str(i)))


def tree(world, mebibytes):
    source, target = world.path("tree"), world.path("target")
    make_linked_tree(source, mebibytes)
    put_memory = memory_of(world.start_measured("-q", "put", source, "tree", stdout=subprocess.DEVNULL), "put")
    get_memory = memory_of(world.start_measured("-q", "get", "tree", target, stdout=subprocess.DEVNULL), "get")
    wanted = digest(os.path.join(source, "0"))
    names = os.listdir(target)
    expect(sorted(names) == sorted(os.listdir(source)), "other names came back")
    expect(all(digest(os.path.join(target, name)) == wanted for name in names), "other bytes came back")
    world.ok("rm", "tree")
    shutil.rmtree(source)
    shutil.rmtree(target)
    return put_memory, get_memory


def main():
    with World("s3", "long") as world:
        for name, transfer in (("none", stream), ("tar+gzip", tree)):
            start = time.monotonic()
            small = transfer(world, SMALL)
            large = transfer(world, SIZE)
            print("%s: %d MiB and %d MiB in %.0f s; most memory of the save %d and %d KiB, of the load %d and %d KiB"
                  % (name, SMALL, SIZE, time.monotonic() - start, small[0], large[0], small[1], large[1]), flush=True)
            for few, many in zip(small, large):
                expect(many <= few + GROWTH_KIB and many <= LIMIT_KIB, "%s: memory grows with the size" % name)
        expect(not world.unfinished(), "something unfinished is left")


# One whose objects may have some thousand parts.
os.environ["ARTREPO_TEST_S3_SIDECAR"] = "1"
own = Server("versitygw")
os.environ.update(own.values)
try:
    main()
finally:
    own.close()
