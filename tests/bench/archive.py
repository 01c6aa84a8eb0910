"""Makes and unpacks archives of three kinds of data with artctl and its peers.

Ours writes to and reads from a repository that is a directory, as all peers write and read a plain
file. Every archive is unpacked with gzip or zstd and tar and compared with its source; every
unpacked tree is compared with the source. The peers run with their own defaults but for the
threads, which are as many as there are processors. tar is told not to set owners, which neither
artctl nor the reference does.
"""

import os
import subprocess
import sys

from runner import (Case, Command, arguments, empty_directory, free_bytes, fresh,
                    go_tree, library_tree, measure, program, random_file, remove, run_cases,
                    same_as, scratch, selected, size_of, tree_bytes, version_of)

CORES = len(os.sched_getaffinity(0))
PIGZ = f"tar + pigz -p{CORES}"
RAPIDGZIP = f"rapidgzip -P{CORES} + tar"
ZSTD = f"tar + zstd -T{CORES} -3"
UNTAR = "tar --no-same-owner -xf -"
RANDOM_BYTES = 300_000_000


class Data:
    """A source below the scratch directory and what tables call it."""

    def __init__(self, name, path):
        self.path = path
        self.directory, self.base = os.path.split(path)
        self.bytes, files = tree_bytes(path)
        self.title = f"{name}: {files:,} file{'s' if files != 1 else ''}, " \
                     f"{self.bytes / 1e6:.0f} MB"

    @property
    def tar(self):
        return f"tar -C '{self.directory}' -cf - '{self.base}'"


def put(data, strategy, archive):
    return f"'{program('ARTCTL')}' put -q --archive {strategy} '{data.path}' 'file://{archive}'"


def get(strategy, archive, destination):
    return f"'{program('ARTCTL')}' get -q --archive {strategy} 'file://{archive}' '{destination}'"


def reference_pack(level, data, archive):
    return f"'{program('REFARCHIVE')}' pack {level} '{data.path}' '{archive}'"


# ---- making archives ----

def unpacks_to(data, archive, decompress):
    """A check: what tar and DECOMPRESS make of ARCHIVE is the data."""
    out = scratch("check")

    def check():
        empty_directory(out)()
        subprocess.run(f"set -o pipefail; {decompress} <'{archive}' | tar -C '{out}' -xf -",
                       shell=True, executable="/bin/bash", check=True)
        same_as(data.path, os.path.join(out, data.base))()
        remove(out)
    return check


def packing(label, script, data, archive, decompress="gzip -dc"):
    return Command(label, script, prepare=fresh(archive),
                   check=unpacks_to(data, archive, decompress), size=size_of(archive))


def make_tgz(data, level, peers, bars):
    """PEERS: those whose single thread would make the larger runs long are left out of them."""
    title = "default level" if level == "-1" else f"level {level}"
    strategy = "tar" if level == "-1" else f"tar:{level}"
    flag = "" if level == "-1" else f" -{level}"
    bsd = "" if level == "-1" else f" --options gzip:compression-level={level}"
    scripts = {
        "reference": lambda out: reference_pack(level, data, out),
        PIGZ: lambda out: f"{data.tar} | pigz -p{CORES}{flag} >'{out}'",
        "bsdtar": lambda out: f"bsdtar -C '{data.directory}' -czf '{out}'{bsd} '{data.base}'",
        "tar + igzip": lambda out: f"{data.tar} | igzip{flag} -c >'{out}'",
    }
    commands = [packing("artctl put", put(data, strategy, scratch("ours.tgz")), data,
                        scratch("ours.tgz"))]
    for number, label in enumerate(peers):
        out = scratch(f"peer{number}.tgz")
        commands.append(packing(label, scripts[label](out), data, out))
    return Case(f"make .tgz, {title}", data.title, data.bytes, commands, bars)


def make_zst(data):
    ours, peer = scratch("ours.tar.zst"), scratch("peer.tar.zst")
    return Case("make .tar.zst, level 3", data.title, data.bytes, [
        packing("artctl put", put(data, "zstd:3", ours), data, ours, "zstd -dc"),
        packing(ZSTD, f"{data.tar} | zstd -q -T{CORES} -3 -c >'{peer}'", data, peer, "zstd -dc"),
    ], bars=[(ZSTD, 1.0, False)])


# ---- unpacking ----

def unpacking(label, script, data, out, prepare):
    """SCRIPT makes OUT or, where a tar does it, OUT/base."""
    made = out if prepare is fresh else os.path.join(out, data.base)
    return Command(label, script, prepare=prepare(out), check=same_as(data.path, made))


def unpack_tgz(data, maker, archive, peers, bars):
    ours = scratch("out-ours")
    scripts = {
        "reference": lambda out: f"'{program('REFARCHIVE')}' unpack '{archive}' '{out}'",
        RAPIDGZIP: lambda out: f"rapidgzip -P{CORES} -d -c '{archive}' | {UNTAR} -C '{out}'",
        "pigz -dc + tar": lambda out: f"pigz -dc '{archive}' | {UNTAR} -C '{out}'",
        "igzip -dc + tar": lambda out: f"igzip -d -c '{archive}' | {UNTAR} -C '{out}'",
        "bsdtar": lambda out: f"bsdtar --no-same-owner -C '{out}' -xzf '{archive}'",
    }
    commands = [unpacking("artctl get", get("tar", archive, ours), data, ours, fresh)]
    for number, label in enumerate(peers):
        out = scratch(f"out-{number}")
        prepare = fresh if label == "reference" else empty_directory
        commands.append(unpacking(label, scripts[label](out), data, out, prepare))
    return Case(f"unpack a .tgz made by {maker}", data.title, data.bytes, commands, bars)


def unpack_zst(data, archive):
    ours, peer = scratch("out-ours"), scratch("out-0")
    return Case("unpack a .tar.zst", data.title, data.bytes, [
        unpacking("artctl get", get("zstd", archive, ours), data, ours, fresh),
        unpacking(ZSTD.replace(" -3", " -d"),
                  f"zstd -q -T{CORES} -dc '{archive}' | {UNTAR} -C '{peer}'", data, peer,
                  empty_directory),
    ], bars=[(ZSTD.replace(" -3", " -d"), 1.0, False)])


# ---- the runs ----

def tree_cases(data, large):
    """Makers of the cases of one tree, by name, so that a case that is not wanted costs nothing."""
    single = [] if large else ["bsdtar"]
    reference_tgz, our_tgz, our_zst = (scratch("reference.tgz"), scratch("our.tgz"),
                                       scratch("our.tar.zst"))

    def unpack_reference():
        measure("reference", reference_pack("1" if large else "-1", data, reference_tgz))
        return unpack_tgz(data, "the reference", reference_tgz,
                          ["reference", RAPIDGZIP, "pigz -dc + tar", "igzip -dc + tar"] + single,
                          [("reference", 2.0, False)])

    def unpack_ours():
        measure("artctl put", put(data, "tar", our_tgz))
        return unpack_tgz(data, "us", our_tgz,
                          ["reference", RAPIDGZIP, "pigz -dc + tar", "igzip -dc + tar"],
                          [("reference", 3.0, False), (RAPIDGZIP, 1.3, False)])

    def unpack_our_zst():
        measure("artctl put", put(data, "zstd:3", our_zst))
        return unpack_zst(data, our_zst)

    yield "make .tgz, default level", lambda: make_tgz(
        data, "-1", ["reference", PIGZ, "tar + igzip"] + single,
        [("reference", 6.0, True), (PIGZ, 2.0, False)])
    yield "make .tgz, level 1", lambda: make_tgz(
        data, "1", ["reference", PIGZ, "tar + igzip"] + single, [("reference", 6.0, True)])
    yield "unpack a .tgz made by the reference", unpack_reference
    yield "unpack a .tgz made by us", unpack_ours
    yield "make .tar.zst, level 3", lambda: make_zst(data)
    yield "unpack a .tar.zst", unpack_our_zst


def random_cases(data):
    yield "make .tgz, default level", lambda: make_tgz(
        data, "-1", ["reference", PIGZ, "tar + igzip"], [("reference", 15.0, False)])


def all_cases(options):
    """Each kind of data is made when its first case is wanted and removed after its last one."""
    kinds = [("Go's source tree", scratch("data", "go"), go_tree,
              lambda data: tree_cases(data, large=False)),
             ("random bytes", scratch("data", "random"),
              lambda path: random_file(path, RANDOM_BYTES), random_cases),
             ("/usr/lib/x86_64-linux-gnu", scratch("data", "libraries"), library_tree,
              lambda data: tree_cases(data, large=True))]
    os.makedirs(scratch("data"))
    for name, path, make, cases in kinds:
        make(path)
        data = Data(name, path)
        for case_name, case in cases(data):
            if selected(options, case_name, name):
                yield case()
        remove(path)
        for entry in os.listdir(scratch()):
            if entry != "data":
                remove(scratch(entry))


def versions():
    return {
        "artctl": version_of(f"'{program('ARTCTL')}' version"),
        "reference": "Argo Workflows " + os.path.basename(program("REFARCHIVE")).split("-")[1],
        "pigz": version_of("pigz --version"),
        "igzip": version_of("igzip --version"),
        "bsdtar": version_of("bsdtar --version"),
        "zstd": version_of("zstd --version"),
        "rapidgzip": version_of("rapidgzip --version"),
        "tar": version_of("tar --version"),
    }


def main():
    options = arguments(__doc__)
    if free_bytes(scratch()) < 5e9:
        print(f"less than 5 GB free in {scratch()}", file=sys.stderr)
        return 1
    return run_cases(options, all_cases(options), versions())


if __name__ == "__main__":
    sys.exit(main())
