#!/usr/bin/env python3
"""Archives that cost more than they should: bombs, holes, many entries, and the settings against them."""
import struct

from making import *
from world import LONG, World, tame

REFUSED = (6,)
MIB = 1 << 20
world = World()


def archive(subject, case, data, options, codes, message=None, check=tame):
    world.archive(subject, case, data, options, codes, message, check)


def all_forms(subject, case, plain, options, codes, message=None):
    archive(subject, case + ", tar", plain, ["--archive", "tar"] + options, codes, message)
    archive(subject, case + ", gzip", gz(plain), options, codes, message)
    archive(subject, case + ", zstd", zstd_raw(plain), options, codes, message)


# ---- bytes ----

BYTES = "more than 1048576 bytes"
zeroes = entry(b"bomb", bytes(4 * MIB)) + END
many = b"".join(entry(b"f%d" % i, bytes(300000)) for i in range(8)) + END
for case, plain in {"one file": zeroes, "many files": many, "a lie in the header": header(b"f", size=base256(1 << 40)) + END}.items():
    all_forms("total bytes", case, plain, ["--max-bytes", "1M"], REFUSED, BYTES)
    all_forms("total bytes", case + " allowed", plain, ["--max-bytes", "4T"], (0, 1))
bomb_zip = zipped(("bomb", 0o100644, bytes(4 * MIB)))
archive("total bytes", "zip", bomb_zip, ["--archive", "zip", "--max-bytes", "1M"], REFUSED, BYTES)
archive("total bytes", "zip of overlapping entries", zip_overlapping(500, 100000), ["--archive", "zip", "--max-bytes", "1M"], REFUSED)
archive("total bytes", "no archive at all", bytes(2 * MIB), ["--max-bytes", "1M"], REFUSED)
archive("total bytes", "exactly as many", entry(b"f", bytes(MIB)) + END, ["--archive", "tar", "--max-bytes", "1M"], (0,))

# ---- entries ----

entries = b"".join(entry(b"f%d" % i) for i in range(1001)) + END
ENTRIES = "more than 1000 entries"
all_forms("entries", "files", entries, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "allowed", entries, ["--max-entries", "1001"], (0,))
all_forms("entries", "directories", b"".join(entry(b"d%d/" % i, kind=DIRECTORY) for i in range(1001)) + END, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "links", entry(b"f") + b"".join(entry(b"l%d" % i, kind=SYMBOLIC, link=b"f") for i in range(1000)) + END, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "hard links", entry(b"f") + b"".join(entry(b"l%d" % i, kind=HARD, link=b"f") for i in range(1000)) + END, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "devices", b"".join(entry(b"c%d" % i, kind=CHARACTER) for i in range(1001)) + END, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "one name again and again", entry(b"f") * 1001 + END, ["--max-entries", "1000"], REFUSED, ENTRIES)
all_forms("entries", "links in doubt", entry(b"d/", kind=DIRECTORY) + b"".join(pax((b"path", b"d/" + b"l" * 200 + b"%d" % i)) +
          entry(b"l", kind=SYMBOLIC, link=b"../d/../d/x") for i in range(6000)) + END, [], REFUSED, "too many symbolic links")
archive("entries", "zip", zipped(*((f"f{i}", 0o100644, b"") for i in range(1001))), ["--archive", "zip", "--max-entries", "1000"], REFUSED, ENTRIES)

# ---- ratio ----

RATIO = "more than 50 times its own size"
sixteen = entry(b"bomb", bytes(16 * MIB)) + END
archive("ratio", "gzip", gz(sixteen, 9), ["--max-ratio", "50"], REFUSED, RATIO)
archive("ratio", "gzip, a hundred members", gz(sixteen[:MIB], 9) + b"".join(gz(sixteen[i * MIB:(i + 1) * MIB], 9) for i in range(1, 17)),
        ["--max-ratio", "50"], REFUSED, RATIO)
archive("ratio", "zip", zipped(("bomb", 0o100644, bytes(16 * MIB))), ["--archive", "zip", "--max-ratio", "50"], REFUSED, RATIO)
archive("ratio", "zip of overlapping entries", zip_overlapping(500, 100000), ["--archive", "zip", "--max-ratio", "50"], REFUSED)
tar_of_zeroes = header(b"bomb", size=base256(64 * MIB)) + bytes(64 * MIB) + END
archive("ratio", "zstd of repeated bytes", zstd_raw(header(b"bomb", size=base256(64 * MIB))) + zstd_zeroes(64 * MIB + 1024),
        ["--archive", "tar", "--max-ratio", "50"], REFUSED, RATIO)
archive("ratio", "an honest one", gz(entry(b"f", bytes(range(256)) * 4000) + END), ["--max-ratio", "2000"], (0,))

# ---- what a stream asks for in memory ----

for window in (28, 31):
    archive("memory", f"zstd with a window of 2^{window}", zstd_raw(entry(b"f", b"x") + END, window), ["--archive", "tar"], (0, 1, 6))
archive("memory", "own gzip with blocks of 64 MiB", b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0AR\x04\0\x01\x1a\0\0" + bytes(5000), ["--archive", "tar"], (1,))
own = bytearray(b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0AR\x04\0\x01\x13\0\0")
own += b"".join(bytes([31 << 3 if i < 6 else 3 << 3, 0, 0, 0xff, 0xff]) for i in range(7))
archive("memory", "own gzip with a piece of 4 GiB", bytes(own) + bytes(5000), ["--archive", "tar"], (1,))
archive("memory", "pax header of 8 EiB", header(b"p", b"x", size=base256((1 << 63) - 1)) + END, ["--archive", "tar"], (1,))
archive("memory", "zip directory of 4 GiB", b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 65535, 65535, 0xfffffff0, 0, 0), ["--archive", "zip"], (1,))

# ---- holes ----

for size in ("1099511627776", "4611686018427387904"):
    hole = pax((b"GNU.sparse.size", size.encode()), (b"GNU.sparse.map", b"0,5," + size.encode() + b",0")) + entry(b"f", b"12345") + END
    all_forms("holes", f"{size} bytes", hole, ["--max-bytes", "1M"], REFUSED, BYTES)
    all_forms("holes", f"{size} bytes allowed", hole, [], (0, 1))

# ---- large ones, by time and memory ----

LARGE = 1_000_000 if LONG else 20_000


def stream_of_entries(count):
    import io
    import gzip
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for i in range(count):
            file.write(entry(b"d%d/f%d" % (i // 1000, i)))
        file.write(END)
    return out.getvalue()


data = stream_of_entries(LARGE)
archive("large", f"{LARGE} entries", data, [], (0,))
archive("large", f"{LARGE} entries, with a limit at the end", data, ["--max-entries", str(LARGE - 1)], REFUSED)
if LONG:
    size = 8 << 30
    archive("large", "8 GiB of zeroes", zstd_raw(header(b"bomb", size=base256(size))) + zstd_zeroes(size + 1024),
            ["--archive", "tar", "--max-bytes", "9G"], (0,))
    archive("large", "8 GiB of zeroes, refused", zstd_raw(header(b"bomb", size=base256(size))) + zstd_zeroes(size + 1024),
            ["--archive", "tar", "--max-ratio", "1000"], REFUSED)
world.end()
