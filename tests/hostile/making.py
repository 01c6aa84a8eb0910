"""Archives that say what no honest program would write."""
import gzip
import io
import struct
import tarfile
import zipfile
import zlib

tarfile.RECORDSIZE = 512  # no more zeroes at the end than there must be
FILE, HARD, SYMBOLIC, CHARACTER, BLOCK, DIRECTORY, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"


def octal(value, size):
    return b"%0*o\0" % (size - 1, value) if isinstance(value, int) else value.ljust(size, b"\0")


def header(name, kind=FILE, size=0, link=b"", mode=0o644, mtime=1000000000, checksum=None):
    """Fields may be bytes, to be taken as they are."""
    block = bytearray(512)
    block[0:100] = name[:100].ljust(100, b"\0")
    block[100:108] = octal(mode, 8)
    block[108:116] = block[116:124] = octal(0, 8)
    block[124:136] = octal(size, 12)
    block[136:148] = octal(mtime, 12)
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157:257] = link[:100].ljust(100, b"\0")
    block[257:265] = b"ustar\00000"
    block[148:156] = b"%06o\0 " % sum(block) if checksum is None else checksum
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def entry(name, data=b"", kind=FILE, **more):
    more.setdefault("size", len(data))
    return header(name, kind, **more) + padded(data)


def record(key, value):
    rest = len(key) + len(value) + 3
    total = rest + 1
    while len(str(total)) + rest != total:
        total += 1
    return b"%d %s=%s\n" % (total, key, value)


def pax(*records, kind=b"x"):
    """RECORDS are pairs, or bytes that are taken as they are."""
    data = b"".join(one if isinstance(one, bytes) else record(*one) for one in records)
    return entry(b"PaxHeaders/x", data, kind)


def gnu_long(text, kind=b"L"):
    return entry(b"././@LongLink", text + b"\0", kind)


END = bytes(1024)


def base256(value, size=12):
    number = value.to_bytes(size, "big", signed=True)
    return bytes([number[0] | 0x80]) + number[1:]


def gz(data, level=6):
    return gzip.compress(data, level, mtime=0)


def zstd_raw(data, window=None):
    """One frame; the window is 2^WINDOW, or the frame's size."""
    if window is None:
        out = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data))
    else:
        out = b"\x28\xb5\x2f\xfd\x00" + bytes([(window - 10) << 3])
    parts = [data[at:at + 100000] for at in range(0, len(data), 100000)] or [b""]
    for i, part in enumerate(parts):
        out += struct.pack("<I", len(part) << 3 | (i + 1 == len(parts)))[:3] + part
    return out


def zstd_zeroes(size):
    """A frame of SIZE zeroes in blocks of one repeated byte: 4 bytes for each 128 KiB."""
    out = bytearray(b"\x28\xb5\x2f\xfd\x00\x38")  # a window of 128 KiB
    while size > 0:
        part = min(size, 128 << 10)
        size -= part
        out += struct.pack("<I", part << 3 | 1 << 1 | (size == 0))[:3] + b"\0"
    return bytes(out)


def zip_info(name, mode=0o100644, system=3):
    info = zipfile.ZipInfo(name, (2001, 9, 9, 1, 46, 40))
    info.create_system, info.external_attr = system, mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def zipped(*entries):
    """ENTRIES are (name, mode, data)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, data in entries:
            archive.writestr(zip_info(name, mode), data)
    return out.getvalue()


def zip_overlapping(count, size):
    """COUNT entries that all have the same data, SIZE zeroes: bytes are quoted again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(size)) + packer.flush()
    check = zlib.crc32(bytes(size))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, check, len(packed), size, 1, 0) + b"0"
    out = local + packed
    directory = b""
    for i in range(count):
        name = b"%05d" % i
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 0x314, 20, 0, 8, 0, 0, check, len(packed),
                                 size, len(name), 0, 0, 0, 0, 0o100644 << 16, 0) + name
    return out + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, min(count, 65535),
                                         min(count, 65535), len(directory), len(out), 0)


def honest_tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
