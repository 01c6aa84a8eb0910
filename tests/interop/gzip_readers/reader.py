"""Prints the SHA-256 of what Python's gzip and zlib modules make of a gzip file."""

import gzip
import hashlib
import sys
import zlib


def by_gzip(path):
    digest = hashlib.sha256()
    with gzip.open(path) as file:
        while chunk := file.read(65536):
            digest.update(chunk)
    return digest


def by_zlib(path, chunk_size):
    """As a program does that gets the file in pieces and expects a single member."""
    digest = hashlib.sha256()
    inflater = zlib.decompressobj(wbits=31)
    with open(path, "rb") as file:
        while chunk := file.read(chunk_size):
            digest.update(inflater.decompress(chunk))
    digest.update(inflater.flush())
    if not inflater.eof or inflater.unused_data:
        raise ValueError("zlib did not end where the file does")
    return digest


print(by_gzip(sys.argv[1]).hexdigest(), "python:gzip")
print(by_zlib(sys.argv[1], 65536).hexdigest(), "python:zlib")
print(by_zlib(sys.argv[1], 7).hexdigest(), "python:zlib-small-pieces")
