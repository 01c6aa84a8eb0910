#!/usr/bin/env python3
"""Archives that try to get out, or that lie about what is in them."""
import os
import struct

from making import *
from world import World, tame

REFUSED, DAMAGED, EITHER = (6,), (1,), (1, 6)
TAR = ["--archive", "tar"]
ZIP = ["--archive", "zip"]
world = World()
outside = os.fsencode(world.path("outside"))
escape = b"../" * 40 + outside[1:]


def tar(subject, case, data, codes, message=None, check=tame):
    """The same in every wrapping that is unpacked, with and without being told what it is."""
    data += END
    world.archive(subject, case, data, TAR, codes, message, check)
    world.archive(subject, case + ", gzip, found out", gz(data), [], codes, message, check)
    world.archive(subject, case + ", zstd", zstd_raw(data), TAR, codes, message, check)


def zip_(subject, case, data, codes, message=None, check=tame):
    world.archive(subject, case, data, ZIP, codes, message, check)


# ---- names ----

NAMES = {"parent": b"../f", "parent's parent": b"../../outside/f", "inner climb": b"a/../../f",
         "climb behind a dot": b"./../f", "doubled slashes": b"a//..//..//f",
         "to a victim": b"../victim", "far up": escape + b"/f", "only dots": b"..",
         "trailing": b"a/../..", "directory": b"../d/", "three and two": b".../../../f"}
for case, name in NAMES.items():
    if len(name) > 100:
        tar("name leads out", case, pax((b"path", name)) + entry(b"x", b"evil"), REFUSED, "illegal file path")
        tar("name leads out", case + " by GNU", gnu_long(name) + entry(b"x", b"evil"), REFUSED, "illegal file path")
    else:
        kind = DIRECTORY if name.endswith(b"/") else FILE
        tar("name leads out", case, entry(name, b"" if kind == DIRECTORY else b"evil", kind), REFUSED, "illegal file path")
        tar("name leads out", case + " by pax", pax((b"path", name)) + entry(b"x", b"evil"), REFUSED, "illegal file path")
    tar("name leads out", case + " behind a good one", entry(b"good", b"data") + pax((b"path", name)) + entry(b"x", b"evil"), REFUSED)
    zip_("name leads out", case, zipped((name.decode(), 0o100644, b"evil")), REFUSED)


def holds(name):
    """An absolute name is taken as one below the destination, as by the executor."""
    def check(destination):
        for directory, _, files in os.walk(destination):
            if name in files:
                return tame(destination)
        return None if os.path.isfile(destination) else f"{name} is not below the destination"
    return check


tar("absolute name stays below", "file", entry(outside[:80] + b"/abs", b"data"), (0,), check=holds("abs"))
tar("absolute name stays below", "slashes", entry(b"////tmp/abs", b"data"), (0,), check=holds("abs"))
zip_("absolute name stays below", "file", zipped((outside.decode() + "/abs", 0o100644, b"data")), (0,), check=holds("abs"))

LONG = {"100 KB in one": b"n" * 100000, "100 KB of components": b"n/" * 50000, "256 bytes": b"n" * 256,
        "5000 bytes of components": b"ab/" * 1700, "1 MB": b"n" * 1000000}
for case, name in LONG.items():
    tar("name too long", case + " by pax", pax((b"path", name)) + entry(b"x"), EITHER)
    tar("name too long", case + " by GNU", gnu_long(name) + entry(b"x"), EITHER)
    tar("name too long", case + ", of a link", pax((b"linkpath", name)) + entry(b"x", kind=SYMBOLIC), EITHER)
    tar("name too long", case + ", of a hard link", entry(b"f") + pax((b"linkpath", name)) + entry(b"x", kind=HARD), EITHER)
    if len(name) < 65536:
        zip_("name too long", case, zipped((name.decode(), 0o100644, b"x")), EITHER)
deep = pax((b"path", b"d/" * 2040 + b"f")) + entry(b"x")
for case, data, codes in (("alone", deep, (0, 1)), ("behind a good one", entry(b"f") + deep, (0, 1)), ("and then damaged", deep + b"junk" * 200, EITHER),
                          ("and deeper by links", deep + b"".join(pax((b"linkpath", b"l%d/" % i + b"d/" * 2035)) + entry(b"l%d" % (i + 1), kind=SYMBOLIC, link=b"x") +
                           pax((b"path", b"l%d/" % (i + 1) + b"d/" * 2035 + b"f")) + entry(b"x") for i in range(3)) + b"junk" * 200, EITHER)):
    world.archive("very deep", case, data + END, TAR, codes)
world.archive("very deep", "with a mode for all", pax((b"path", b"d/" * 1500 + b"f")) + entry(b"x") + END, TAR + ["--mode", "750", "--recurse-mode"], (0,))

# ---- links ----

TARGETS = {"absolute": outside + b"/victim", "root": b"/", "parent": b"..", "sibling above": b"../outside/victim",
           "far up": escape, "itself": b".", "empty": b"", "inside and out": b"d/../../../x"}
for case, target in TARGETS.items():
    linked = pax((b"linkpath", target)) + entry(b"l", kind=SYMBOLIC, link=target[:100])
    tar("symbolic link leads out", case, entry(b"f", b"x") + linked, EITHER)
    if target:
        zip_("symbolic link leads out", case, zipped(("f", 0o100644, b"x"), ("l", 0o120777, target)), EITHER)
tar("write through a link", "absolute", entry(b"l", kind=SYMBOLIC, link=outside[:100]) + entry(b"l/f", b"evil"), EITHER)
tar("write through a link", "two links", entry(b"a", kind=DIRECTORY) + entry(b"a/b", kind=SYMBOLIC, link=b"..") +
    entry(b"c", kind=SYMBOLIC, link=b"a/b/..") + entry(b"c/outside/f", b"evil"), EITHER)
tar("write through a link", "chain", entry(b"d", kind=DIRECTORY) + entry(b"d/e", kind=DIRECTORY) +
    entry(b"l1", kind=SYMBOLIC, link=b"d/e") + entry(b"d/l2", kind=SYMBOLIC, link=b"../l1/../..") +
    entry(b"d/l2/f", b"evil"), EITHER)
tar("write through a link", "replaced directory", entry(b"d", kind=DIRECTORY) + entry(b"d", kind=SYMBOLIC, link=b"..") +
    entry(b"d/f", b"evil"), EITHER)
tar("write through a link", "file is a link", entry(b"l", kind=SYMBOLIC, link=b"../outside/victim") + entry(b"l", b"evil"), EITHER)
tar("write through a link", "to itself", entry(b"x") + entry(b"l", kind=SYMBOLIC, link=b"l") + entry(b"l/f", b"evil"), EITHER)
zip_("write through a link", "zip", zipped(("l", 0o120777, outside), ("l/f", 0o100644, b"evil")), EITHER)
zip_("write through a link", "zip, parent", zipped(("l", 0o120777, b".."), ("l/f", 0o100644, b"evil")), EITHER)

for case, target in {"parent": b"../outside/victim", "absolute": outside + b"/victim", "missing": b"nothing",
                     "far up": escape + b"/victim", "directory": b"d", "itself": b"h", "root": b"."}.items():
    linked = pax((b"linkpath", target)) + entry(b"h", kind=HARD, link=target[:100])
    tar("hard link leads out", case, entry(b"d", kind=DIRECTORY) + linked, EITHER)
tar("hard link leads out", "to a link", entry(b"d", kind=DIRECTORY) + entry(b"s", kind=SYMBOLIC, link=b"d") +
    entry(b"h", kind=HARD, link=b"s"), EITHER)
tar("hard link leads out", "through a link", entry(b"d", kind=DIRECTORY) + entry(b"d/f", b"x") +
    entry(b"s", kind=SYMBOLIC, link=b"d") + entry(b"h", kind=HARD, link=b"s/f"), EITHER)
tar("hard link leads out", "with data", entry(b"h", b"evil", kind=HARD, link=outside[:90] + b"/victim"), EITHER)

# ---- kinds and modes ----

for case, kind in {"character device": CHARACTER, "block device": BLOCK, "fifo": FIFO,
                   "contiguous file": b"7", "multi-volume": b"M", "volume label": b"V", "unknown": b"Z"}.items():
    special = entry(b"special", kind=kind)
    tar("devices and odd kinds", case, entry(b"f", b"x") + entry(b"g", b"x") + special, (0, 1))
    tar("devices and odd kinds", case + " alone", special, (0, 1))
    zip_mode = {CHARACTER: 0o020666, BLOCK: 0o060666, FIFO: 0o010666}.get(kind)
    if zip_mode:
        zip_("devices and odd kinds", case, zipped(("f", 0o100644, b"x"), ("special", zip_mode, b"")), (0, 1))
for mode in (0o4755, 0o2755, 0o1777, 0o7777, 0o6000, 0o177777):
    tar("set-id and sticky bits go", oct(mode), entry(b"f", b"x", mode=mode) + entry(b"d", kind=DIRECTORY, mode=mode), (0,))
    zip_("set-id and sticky bits go", oct(mode), zipped(("f", 0o100000 | mode & 0o7777, b"x"), ("d/", 0o40000 | mode & 0o7777, b"")), (0,))
tar("one name twice", "file, then directory", entry(b"x", b"1") + entry(b"x/", kind=DIRECTORY), EITHER)
tar("one name twice", "directory, then file", entry(b"x/", kind=DIRECTORY) + entry(b"x", b"1"), EITHER)
tar("one name twice", "file below a file", entry(b"x", b"1") + entry(b"x/y", b"1"), EITHER)

# ---- sizes ----

SIZES = {"negative, base-256": base256(-1), "very negative": base256(-(1 << 62)), "least": base256(-(1 << 63)),
         "largest of 64 bits": base256((1 << 63) - 1), "overflows 64 bits": base256(1 << 80),
         "all ones": b"\xff" * 12, "8 GiB in octal": b"77777777777\0", "octal without an end": b"777777777777",
         "a sign": b"-0000000005\0", "1 TiB": base256(1 << 40), "no digits": b"xyzxyzxyzxy\0", "spaces in it": b"12 34 56 78\0"}
for case, size in SIZES.items():
    world.archive("tar sizes that lie", case, header(b"f", size=size) + padded(b"data") + END, TAR, (0, 1, 6), check=tame)
    world.archive("tar sizes that lie", case + ", gzip", gz(header(b"f", size=size) + padded(b"data") + END), [], (0, 1, 6), check=tame)
    world.archive("tar sizes that lie", case + ", of a link", header(b"f", SYMBOLIC, size=size, link=b"g") + entry(b"g") + END, TAR, (0, 1, 6), check=tame)
    world.archive("tar sizes that lie", case + ", of a pax header", header(b"p", b"x", size=size) + entry(b"g") + END, TAR, EITHER)
    world.archive("tar sizes that lie", case + ", of a GNU name", header(b"p", b"L", size=size) + entry(b"g") + END, TAR, (0, 1, 6), check=tame)
    world.archive("tar sizes that lie", case + ", as a time", header(b"f", mtime=size) + entry(b"g") + END, TAR, (0, 1, 6), check=tame)
for case, check in {"wrong checksum": b"000000\0 ", "negative checksum": b"-00001\0 ", "no checksum": b" " * 8}.items():
    world.archive("tar sizes that lie", case, header(b"f", checksum=check) + END, TAR, DAMAGED)

# ---- pax records ----

PAX = {"size beyond the end": (record(b"size", b"999999999999"), EITHER), "negative size": (record(b"size", b"-1"), EITHER),
       "size no number": (record(b"size", b"many"), (0, 1)), "size overflows": (record(b"size", b"9" * 40), EITHER),
       "size of another": (record(b"size", b"1"), (0, 1)),
       "length beyond the header": (b"999 path=x\n", DAMAGED), "length too short": (b"3 path=x\n", DAMAGED),
       "length 0": (b"0 path=x\n", DAMAGED), "no length": (b"path=x\n", DAMAGED), "negative length": (b"-9 path=x\n", DAMAGED),
       "length overflows": (b"9" * 30 + b" path=x\n", DAMAGED), "no equals": (b"7 path\n", DAMAGED), "no line feed": (b"9 path=xy", DAMAGED),
       "no key": (record(b"", b"x"), (0, 1)), "empty path": (record(b"path", b""), (0, 1)), "NUL in the path": (record(b"path", b"a\0b"), (0, 1, 6)),
       "path of control characters": (record(b"path", b"\n\r\x1b[31m\x07"), (0, 1)), "path no UTF-8": (record(b"path", b"\xff\xfe\xc0\x80"), (0, 1)),
       "time overflows": (record(b"mtime", b"9" * 40 + b"." + b"9" * 40), (0, 1)), "negative time": (record(b"mtime", b"-9223372036854775809"), (0, 1)),
       "odd character set": (record(b"hdrcharset", b"EVIL") + record(b"path", b"x"), (0, 1)),
       "10,000 records": (record(b"comment", b"c") * 10000, (0, 1)), "1 MB of a value": (record(b"comment", b"c" * (1 << 20)), (0, 1)),
       "100 extended attributes": (b"".join(record(b"SCHILY.xattr.user.%d" % i, b"v") for i in range(100)), (0, 1)),
       "an access list": (record(b"SCHILY.acl.access", b"user::rwx,group::rwx,other::rwx"), (0, 1)),
       "a device": (record(b"SCHILY.devmajor", b"1") + record(b"SCHILY.devminor", b"3"), (0, 1))}
for case, (records, codes) in PAX.items():
    for kind, name in ((b"x", "entry"), (b"g", "all")):
        world.archive("pax records that lie", f"{case}, of {name}", pax(records, kind=kind) + entry(b"f", b"data") + END,
                      TAR, tuple(set(codes) | ({0} if kind == b"g" else set())), check=tame)
world.archive("pax records that lie", "only a pax header", pax((b"path", b"x")) + END, TAR, (0, 1))
world.archive("pax records that lie", "pax of pax", pax((b"path", b"x")) * 50 + entry(b"f") + END, TAR, (0, 1), check=tame)
world.archive("pax records that lie", "GNU name of GNU name", gnu_long(b"x") * 50 + entry(b"f") + END, TAR, (0, 1), check=tame)

SPARSE = {"8 EiB": ("9223372036854775807", "0,5,9223372036854775807,0"), "negative": ("-5", "0,5"), "holes overlap": ("100", "0,5,2,5,1,5"),
          "map beyond the size": ("10", "0,5,1000,5"), "odd map": ("100", "0"), "empty map": ("100", ""), "no numbers": ("x", "y,z"),
          "map overflows": ("100", "18446744073709551615,5"), "data beyond the entry": ("100", "0,100000")}
for case, (size, chart) in SPARSE.items():
    world.archive("sparse files that lie", case, pax((b"GNU.sparse.size", size.encode()), (b"GNU.sparse.map", chart.encode())) +
                  entry(b"s", b"12345") + END, TAR, (0, 1, 6), check=tame)
    world.archive("sparse files that lie", case + ", with a limit", pax((b"GNU.sparse.size", size.encode()), (b"GNU.sparse.map", chart.encode())) +
                  entry(b"s", b"12345") + END, TAR + ["--max-bytes", "1M"], (0, 1, 6), check=tame)
for case, chart in {"huge count": b"99999999999\n", "no count": b"\n", "letters": b"a\nb\n", "count of ten, none there": b"10\n"}.items():
    sparse = pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"../s"), (b"GNU.sparse.realsize", b"2000"))
    world.archive("sparse files that lie", "map in the data, " + case, sparse + entry(b"s", chart.ljust(512, b"\0") + b"x") + END, TAR, EITHER)

# ---- zip ----

good = zipped(("f", 0o100644, b"data " * 20), ("d/g", 0o100644, b"more"))
end = good.rfind(b"PK\5\6")
directory = good.find(b"PK\1\2")


def patched(at, value, form):
    return good[:at] + struct.pack(form, value) + good[at + struct.calcsize(form):]


ZIPS = {"entries counted wrong": patched(end + 10, 999, "<H"), "directory beyond the end": patched(end + 16, 0xfffffff0, "<I"),
        "directory's size": patched(end + 12, 0xfffffff0, "<I"), "local offset": patched(directory + 42, 0x7fffffff, "<I"),
        "size": patched(directory + 24, 0x7fffffff, "<I"), "packed size": patched(directory + 20, 0x7fffffff, "<I"),
        "name's length": patched(directory + 28, 0xffff, "<H"), "extra's length": patched(directory + 30, 0xffff, "<H"),
        "method": patched(directory + 10, 99, "<H"), "encrypted": patched(directory + 8, 1, "<H"),
        "both encrypted": patched(6, 1, "<H"), "local name's length": patched(26, 0xffff, "<H"), "local extra": patched(28, 0xffff, "<H"),
        "checksum": patched(directory + 16, 0xdeadbeef, "<I"), "comment beyond the end": patched(end + 20, 0xffff, "<H"),
        "directory over itself": patched(end + 16, end, "<I"), "nothing but an end": b"PK\5\6" + bytes(18),
        "end counts, nothing is there": b"PK\5\6" + b"\xff" * 18, "zip64 end nowhere": good[:end] + b"PK\6\7" + b"\xff" * 16 + good[end:]}
for case, data in ZIPS.items():
    zip_("zip fields that lie", case, data, (0, 1, 6))
for at in range(0, len(good), 3):
    zip_("zip fields that lie", f"byte {at} flipped", good[:at] + bytes([good[at] ^ 0xff]) + good[at + 1:], (0, 1, 6))

# ---- what is no archive at all ----

for case, data in {"empty": b"", "zeroes": bytes(5000), "text": b"just text\n" * 100, "gzip of nothing": gz(b""), "gzip of text": gz(b"text"),
                   "gzip of gzip": gz(gz(entry(b"f") + END)), "random": bytes((i * 7919 >> 3) & 255 for i in range(5000)),
                   "gzip's magic": b"\x1f\x8b", "zstd's magic": b"\x28\xb5\x2f\xfd", "zip's magic": b"PK\3\4"}.items():
    world.archive("no archive", case + " as tar", data, TAR, (0, 1), check=tame)
    world.archive("no archive", case + " as zip", data, ZIP, (0, 1), check=tame)
    world.archive("no archive", case + ", looked at", data, [], (0, 1), check=tame)

world.end()
