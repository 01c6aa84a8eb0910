#!/usr/bin/env python3
"""Makes the inputs that the fuzzers start from: seeds.py DIRECTORY makes DIRECTORY/TARGET/NAME.

Archives are made here, since they are nothing to read; texts lie in seeds/TARGET. What earlier runs of a
fuzzer have found their way to lies in corpus/TARGET.tar.gz (see keep.sh).
"""
import gzip
import io
import os
import shutil
import struct
import sys
import tarfile
import zipfile
import zlib

tarfile.RECORDSIZE = 512  # no more zeroes at the end than there must be

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[1]


def write(target, name, data):
    os.makedirs(os.path.join(OUT, target), exist_ok=True)
    with open(os.path.join(OUT, target, name), "wb") as file:
        file.write(data)


# ---- tar ----


def member(name, kind=tarfile.REGTYPE, data=b"", link="", mode=0o644, **more):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode, info.mtime = kind, len(data), link, mode, 1000000000
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def tar(*members, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tars():
    sym, hard, folder = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
    yield "file", tar(member("f", data=b"some data"))
    yield "tree", tar(member("d", folder, mode=0o755), member("d/f", data=b"1" * 600),
                      member("d/l", sym, link="f"), member("d/h", hard, link="d/f"))
    yield "links", tar(member("a", folder), member("l", sym, link="a"), member("l/f", data=b"x"),
                       member("a/m", sym, link="../a/f"), member("a/up", sym, link="../l/../l"))
    yield "escapes", tar(member("../f", data=b"x"), member("/g", data=b"y"))
    yield "linked_escape", tar(member("l", sym, link="../.."), member("l/f", data=b"x"))
    yield "hard_escape", tar(member("h", hard, link="../victim"))
    yield "devices", tar(member("c", tarfile.CHRTYPE), member("p", tarfile.FIFOTYPE),
                         member("s", data=b"x", mode=0o6755))
    yield "twice", tar(member("f", data=b"1"), member("f", data=b"22"), member("f", folder))
    yield "pax", tar(member("ü" * 60, data=b"x", pax_headers={"comment": "c", "mtime": "1.5"}))
    yield "gnu", tar(member("long/" * 40 + "f", data=b"x"), member("s", sym, link="t" * 150),
                     form=tarfile.GNU_FORMAT)
    sparse = {"GNU.sparse.size": "100000", "GNU.sparse.map": "0,5,99995,5"}
    yield "sparse", tar(member("s", data=b"0123456789", pax_headers=sparse))
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
              "GNU.sparse.realsize": "2000"}
    chart = b"1\n1000\n5\n".ljust(512, b"\0")
    yield "sparse1", tar(member("x", data=chart + b"12345", pax_headers=sparse))


# ---- streams ----


def own_gzip(data, block=1024):
    """As docs/architecture.md describes it."""
    out = bytearray(b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0AR" +
                    struct.pack("<HBBH", 4, 1, block.bit_length() - 1, 0))
    for at in range(0, len(data), block):
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        piece = packer.compress(data[at:at + block]) + packer.flush(zlib.Z_FULL_FLUSH)
        size = len(piece)
        for i in range(7):
            out += bytes([(size >> (5 * i) & 31) << 3, 0, 0, 0xff, 0xff])
        out += piece
    out += b"\x03\0" + struct.pack("<II", zlib.crc32(data), len(data))
    return bytes(out)


def bgzf(data, block=700):
    out = b""
    for at in range(0, len(data) + 1, block):
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data[at:at + block]) + packer.flush()
        out += (b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" +
                struct.pack("<H", len(packed) + 25) + packed +
                struct.pack("<II", zlib.crc32(data[at:at + block]), len(data[at:at + block])))
    return out


def zstd_raw(data):
    """One frame of raw blocks, with its size."""
    out = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data))
    for at in range(0, len(data), 1000):
        part = data[at:at + 1000]
        last = at + 1000 >= len(data)
        out += struct.pack("<I", len(part) << 3 | last)[:3] + part
    return out


def compressed():
    plain = dict(tars())
    tree = plain["tree"]
    yield "gzip", gzip.compress(tree, 6, mtime=0)
    yield "gzip_stored", gzip.compress(plain["file"], 0, mtime=0)
    yield "gzip_twice", gzip.compress(tree[:1000], 6, mtime=0) + gzip.compress(tree[1000:], 6, mtime=0)
    yield "gzip_named", (b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x04\0abcdname\0comment\0" +
                         gzip.compress(tree, 6, mtime=0)[8:])
    yield "own", own_gzip(tree)
    yield "bgzf", bgzf(tree)
    yield "zstd", zstd_raw(tree)
    yield "zstd_twice", zstd_raw(tree[:1024]) + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstd_raw(tree[1024:])
    yield "plain", plain["file"]


# ---- zip ----


def zips():
    def make(fill, comment=b""):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            fill(archive)
            archive.comment = comment
        return out.getvalue()

    def info(name, mode=0o100644, system=3):
        one = zipfile.ZipInfo(name, (2001, 9, 9, 1, 46, 40))
        one.create_system, one.external_attr, one.compress_type = system, mode << 16, zipfile.ZIP_DEFLATED
        return one

    def tree(archive):
        archive.writestr(info("d/", 0o40755), b"")
        archive.writestr(info("d/f"), b"data " * 100)
        archive.writestr(info("d/l", 0o120777), b"f")
        archive.writestr(info("back\\slash", system=0), b"x")
        archive.writestr(info("de\u0301compose\u0301"), b"x")

    yield "tree", make(tree)
    yield "comment", make(tree, b"a comment PK\5\6 with the end's letters")
    yield "empty", make(lambda archive: None)
    yield "escapes", make(lambda archive: (archive.writestr(info("../f"), b"x"),
                                           archive.writestr(info("l", 0o120777), b"../..")))
    yield "set_id", make(lambda archive: archive.writestr(info("f", 0o106755), b"x"))

    def large(archive):
        with archive.open(info("f"), "w", force_zip64=True) as file:
            file.write(b"1234567890")
    yield "zip64", make(large)


# ---- what was found ----


def found():
    """(target, name, data)"""
    corpus = os.path.join(HERE, "corpus")
    for archive in sorted(os.listdir(corpus)) if os.path.isdir(corpus) else ():
        with tarfile.open(os.path.join(corpus, archive)) as inputs:
            for info in inputs:
                if info.isfile():
                    yield (archive.removesuffix(".tar.gz"), "found-" + os.path.basename(info.name),
                           inputs.extractfile(info).read())


# ---- all ----


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(os.path.join(HERE, "seeds"), OUT)
    for name, data in tars():
        write("extract_tar", name, b"\0" + data)
        write("extract_tar", name + "_gzip", b"\2" + data)
        write("extract_tar", name + "_zstd_pieces", b"\x0c" + data)
        write("detect", name, data[:512])
    for name, data in compressed():
        write("extract_compressed", name, b"\0" + data)
        write("extract_compressed", name + "_looked_at", b"\1" + data)
        write("extract_compressed", name + "_pieces", b"\3" + data)
        write("detect", name, data)
    for name, data in zips():
        write("extract_zip", name, b"\0" + data)
        write("extract_zip", name + "_stream", b"\1" + data)
        write("detect", "zip_" + name, data[:100])
    for target, name, data in found():
        write(target, name, data)


main()
