#!/usr/bin/env python3
"""A very large artifact to S3 and back, as one stream (none) and as a tree (tar+gzip): the same bytes
come back, and memory does not grow with the size.

    long_stream.py [MEBIBYTES]

Default 20480, or $ARTREPO_TEST_LONG_MIB. Takes that much space in the server's directory, and once
more in TMPDIR.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

from support import World, digest, expect

MIB = 1 << 20
SIZE = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ARTREPO_TEST_LONG_MIB", "20480"))
SMALL = max(SIZE // 16, 64)
# What a run may take more than one of a sixteenth of the size.
GROWTH_KIB = 24 << 10
LIMIT_KIB = 256 << 10


def wait(process):
    """Exit code and the most memory that it had, in KiB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss


def blocks(mebibytes):
    """Bytes that do not compress, no two blocks the same."""
    block = bytearray(hashlib.shake_128(b"long").digest(MIB))
    for i in range(mebibytes):
        block[0:8] = i.to_bytes(8, "little")
        yield block


def stream(world, mebibytes):
    """put - and cat; the most memory of each."""
    sent = hashlib.blake2b()
    process = world.start("-q", "put", "-", "stream", stdin=subprocess.PIPE, stderr=sys.stderr, stdout=subprocess.DEVNULL)
    for block in blocks(mebibytes):
        sent.update(block)
        process.stdin.write(block)
    process.stdin.close()
    code, put_memory = wait(process)
    expect(code == 0, "put: exit code %d" % code)
    process = world.start("-q", "cat", "stream", stderr=sys.stderr)
    got = hashlib.blake2b()
    for data in iter(lambda: process.stdout.read(MIB), b""):
        got.update(data)
    process.stdout.close()
    code, cat_memory = wait(process)
    expect(code == 0 and got.digest() == sent.digest(), "cat: exit code %d, or other bytes" % code)
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
    process = world.start("-q", "put", source, "tree", stderr=sys.stderr, stdout=subprocess.DEVNULL)
    code, put_memory = wait(process)
    expect(code == 0, "put: exit code %d" % code)
    process = world.start("-q", "get", "tree", target, stderr=sys.stderr, stdout=subprocess.DEVNULL)
    code, get_memory = wait(process)
    expect(code == 0, "get: exit code %d" % code)
    wanted = digest(os.path.join(source, "0"))
    names = os.listdir(target)
    expect(sorted(names) == sorted(os.listdir(source)), "other names came back")
    expect(all(digest(os.path.join(target, name)) == wanted for name in names), "other bytes came back")
    world.ok("rm", "tree")
    shutil.rmtree(source)
    shutil.rmtree(target)
    return put_memory, get_memory


with World("s3", "long") as shared:
    for name, transfer in (("none", stream), ("tar+gzip", tree)):
        start = time.monotonic()
        small = transfer(shared, SMALL)
        large = transfer(shared, SIZE)
        print("%s: %d MiB and %d MiB in %.0f s; most memory of the save %d and %d KiB, of the load %d and %d KiB"
              % (name, SMALL, SIZE, time.monotonic() - start, small[0], large[0], small[1], large[1]), flush=True)
        for few, many in zip(small, large):
            expect(many <= few + GROWTH_KIB and many <= LIMIT_KIB, "%s: memory grows with the size" % name)
    expect(not shared.unfinished(), "something unfinished is left")
