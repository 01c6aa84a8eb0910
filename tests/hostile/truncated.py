#!/usr/bin/env python3
"""Every beginning of a small archive of each kind: whole content, or an error and nothing."""
import os
import struct
import subprocess
import zlib

from making import *
from world import LONG, SANITIZED, World

world = World()
FILES = [("d/f", b"some data\n"), ("d/g", b"more data\n" * 30)]
WHOLE = dict(FILES)
plain = honest_tar(FILES)


def own(options):
    """As artctl itself writes it."""
    for name, data in FILES:
        os.makedirs(os.path.dirname(world.path("cwd/" + name)), exist_ok=True)
        world.write("cwd/" + name, data)
    target = world.path("store/own")
    subprocess.run([world.artctl, "-q", "put", "d", f"file://{target}"] + options, check=True,
                   cwd=world.path("cwd"), env=world.environment, stdout=subprocess.DEVNULL)
    with open(target, "rb") as file:
        return file.read()


def bgzf(data, block=800):
    out = b""
    for at in list(range(0, len(data), block)) + [len(data)]:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data[at:at + block]) + packer.flush()
        out += (b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(packed) + 25) + packed +
                struct.pack("<II", zlib.crc32(data[at:at + block]), len(data[at:at + block])))
    return out


def whole(destination):
    """The one top entry became the destination."""
    for name, data in FILES:
        path = os.path.join(destination, os.path.relpath(name, "d"))
        try:
            with open(path, "rb") as file:
                if file.read() != data:
                    return f"{name} has other content"
        except OSError as error:
            return str(error)
    return None


def bytes_of(data):
    def check(destination):
        with open(destination, "rb") as file:
            return None if file.read() == data else "kept as a file, but not with its bytes"
    return check


KINDS = {"tar": (plain, "tar"), "gzip": (gz(plain), "tar"), "gzip of two members": (gz(plain[:700]) + gz(plain[700:]), "tar"),
         "gzip, stored": (gz(plain, 0), "tar"), "own gzip": (own([]), "tar"), "own zstd": (own(["--archive", "zstd"]), "tar"),
         "BGZF": (bgzf(plain), "tar"), "zstd": (zstd_raw(plain), "tar"), "zip": (zipped(*((n, 0o100644, d) for n, d in FILES)), "zip"),
         "own zip": (own(["--archive", "zip"]), "zip")}
# A tar need not have an end: what is cut between two entries is a tar of the first one, for Go's reader
# and GNU tar, too.
BETWEEN_ENTRIES = {"tar": {1024}}

for kind, (data, strategy) in KINDS.items():
    options = ["--archive", strategy]
    world.archive("truncated", f"{kind}, whole", data, options, (0,), check=whole)
    # Large ones are cut at every byte when there is time, and around what has a meaning always.
    step = 1 if LONG else 1 + len(data) // (20 if SANITIZED else 100)
    edge = 8 if SANITIZED and not LONG else 30
    beginning, end = range(min(edge, len(data))), range(max(0, len(data) - edge), len(data))
    for size in sorted({*range(0, len(data), step), *beginning, *end}):
        if size in BETWEEN_ENTRIES.get(kind, ()):
            continue
        # Whole is, too, what lost nothing but zeroes, or the empty member of BGZF.
        enough = {"tar": len(plain.rstrip(b"\0")), "BGZF": len(data) - 28}.get(kind, len(data))
        codes = (0, 1) if size >= enough else (1,)
        world.archive("truncated", f"{kind}, {size} of {len(data)} bytes", data[:size], options, codes, check=whole)
    # Where nobody said what it is, it may also be kept as what it is: bytes.
    for size in range(0, len(data), step * 8):
        codes = (0, 1)
        world.archive("truncated, looked at", f"{kind}, {size} bytes", data[:size], [], codes,
                      check=bytes_of(data[:size]))
    for extra in (b"\0", b"junk", bytes(1000)):
        world.archive("junk behind the end", f"{kind}, {extra[:4]}", data + extra, options, (0, 1), check=whole)
world.end()
