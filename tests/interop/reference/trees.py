"""Trees to archive, and what an archive strategy makes of a tree on the way there and back."""

import hashlib
import os
import random
import stat
from dataclasses import dataclass, replace

OLD = 1_000_000_000  # an mtime, in seconds


@dataclass(frozen=True)
class Entry:
    """One file as tests compare it. None: whatever it is, it is right."""

    kind: str  # file, directory, link, other
    content: str = ""  # a file's SHA-256, or the target of a link
    mode: int | None = None
    mtime: int | None = None


def describe(top):
    """What is at TOP and below it, by relative path ("." is TOP itself)."""
    found = {}
    if not os.path.lexists(top):
        return found
    paths = [top]
    for directory, directories, files in os.walk(top):
        paths += [os.path.join(directory, name) for name in directories + files]
    for path in paths:
        found[os.path.relpath(path, top)] = describe_one(path)
    return found


def describe_one(path):
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return Entry("link", os.readlink(path))
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        return Entry("directory", mode=mode)
    if not stat.S_ISREG(status.st_mode):
        return Entry("other", mode=mode)
    with open(path, "rb") as file:
        # An archive holds whole seconds, the nearest ones.
        seconds = (status.st_mtime_ns + 500_000_000) // 1_000_000_000
        return Entry("file", sha256(file.read()), mode, seconds)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def differences(expected, found):
    """Lines that say where FOUND is not as EXPECTED."""
    lines = []
    for path in sorted(expected.keys() | found.keys()):
        wanted, got = expected.get(path), found.get(path)
        if wanted is None:
            lines.append(f"{path!r}: is there, and should not: {got}")
        elif got is None:
            lines.append(f"{path!r}: missing: {wanted}")
        elif not fits(wanted, got):
            lines.append(f"{path!r}: {got} instead of {wanted}")
    return lines


def fits(wanted, got):
    return (
        (wanted.kind, wanted.content) == (got.kind, got.content)
        and wanted.mode in (None, got.mode)
        and wanted.mtime in (None, got.mtime)
    )


# ---- what becomes of a tree ----


def change(tree, entry_function):
    changed = {path: entry_function(entry) for path, entry in tree.items()}
    return {path: entry for path, entry in changed.items() if entry is not None}


def without_empty_directories(tree):
    """A store or zip that keeps files alone makes the directories that they need."""
    needed = {"."}
    for path in (p for p, e in tree.items() if e.kind != "directory"):
        while path:
            path = os.path.dirname(path)
            needed.add(path)
    return {p: e for p, e in tree.items() if e.kind != "directory" or p in needed}


def through_tar(tree):
    """Directories made while unarchiving are 0755, whatever they were; files keep their bits for
    user, group and others; what is no file, directory or link is gone."""

    def entry(e):
        if e.kind == "directory":
            return replace(e, mode=0o755)
        if e.kind == "file":
            return replace(e, mode=e.mode & 0o777)
        return e if e.kind == "link" else None

    return change(tree, entry)


def through_objects(tree, file_mode, directory_mode):
    """Files as objects: modes, times, links and empty directories are lost."""

    def entry(e):
        if e.kind not in ("file", "directory"):
            return None
        return replace(e, mode=file_mode if e.kind == "file" else directory_mode, mtime=None)

    return without_empty_directories(change(tree, entry))


def through_zip(tree):
    """As through_tar; the times are those of the format, which cuts off what tar rounds."""
    return change(through_tar(tree), lambda e: replace(e, mtime=None))


def zipped_by_reference(tree):
    """Contents alone, and an empty file for whatever has none."""

    def entry(e):
        if e.kind in ("link", "other"):
            return Entry("file", sha256(b""))
        return replace(e, mode=None, mtime=None)

    return without_empty_directories(change(tree, entry))


def unzipped_by_reference(tree):
    """Contents alone, and for a link a file that holds its target."""

    def entry(e):
        if e.kind == "link":
            return Entry("file", sha256(os.fsencode(e.content)))
        return replace(e, mode=None, mtime=None)

    return change(through_zip(tree), entry)


# ---- trees ----


def write(path, content=b"", mode=0o644, mtime=OLD):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)
    os.utime(path, (mtime, mtime))


def directory(path, mode=0o755):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def random_bytes(size):
    return random.Random(size).randbytes(size)


def make_mixed(top):
    """All that a tar archive can hold, and that both sides keep."""
    write(f"{top}/plain.txt", b"plain\n", mtime=OLD + 0.75)
    write(f"{top}/run.sh", b"#!/bin/sh\n", 0o755)
    write(f"{top}/secret", b"secret", 0o600)
    write(f"{top}/read-only", b"read", 0o444)
    write(f"{top}/for everyone", b"all", 0o666)
    write(f"{top}/set-user-id", b"id", 0o4755)
    write(f"{top}/before the epoch", b"old", mtime=-100_000)
    os.mkfifo(f"{top}/pipe")
    write(f"{top}/empty")
    write(f"{top}/random", random_bytes(700_001))
    write(f"{top}/zeros", bytes(2_000_000))
    write(f"{top}/block", random_bytes(512))
    write(f"{top}/sub/deep/deeper/file", b"deep")
    directory(f"{top}/hollow/inner")
    directory(f"{top}/closed", 0o700)
    write(f"{top}/closed/file", b"closed", mtime=1)
    os.link(f"{top}/plain.txt", f"{top}/plain-again.txt")
    os.symlink("plain.txt", f"{top}/link")
    os.symlink("sub/deep", f"{top}/link-to-directory")
    os.symlink("../plain.txt", f"{top}/sub/up")
    os.symlink("nowhere", f"{top}/broken")
    os.symlink("t" * 150, f"{top}/long-target")
    write(f"{top}/with space", b"space")
    write(f"{top}/gr\u00fc\u00dfe \u6587\u4ef6 \U0001f600.txt", "grüße".encode())
    os.symlink("gr\u00fc\u00dfe \u6587\u4ef6 \U0001f600.txt", f"{top}/link-to-\u00fc")
    write(f"{top}/" + os.fsdecode(b"no utf-8 \xff\xfe"), b"bytes")
    write(f"{top}/-dash", b"dash")
    write(f"{top}/quote'\"\\$(x)`", b"quote")
    write(f"{top}/{'n' * 200}", b"long name")
    write(f"{top}/{'/'.join(['d' * 90] * 4)}/{'f' * 101}", b"long path")


def make_bundle(top):
    """Files alone, by names that every store takes."""
    write(f"{top}/index.html", b"<p>page</p>\n")
    write(f"{top}/run.sh", b"#!/bin/sh\n", 0o755)
    write(f"{top}/random", random_bytes(300_000))
    write(f"{top}/sub/deep/file", b"deep")
    write(f"{top}/with space/a b", b"space")
    write(f"{top}/gr\u00fc\u00dfe/\u6587\u4ef6.txt", b"unicode")
    write(f"{top}/percent%20/plus+and&more=#1", b"signs")
    write(f"{top}/{'n' * 100}", b"long name")
