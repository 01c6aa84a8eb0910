#!/usr/bin/env python3
"""Saves to and loads from an S3 store while the connection is cut at random points.

    s3_cuts.py [--runs N] [--seed N] [--only RUN]

Each run moves a tar archive, a file, or a directory with one object for each file, in one direction,
through toxiproxy, which cuts connections after so many bytes, resets them after so many
milliseconds, or is gone for a while; and then it leaves off. A run ends in the right bytes, or in an
error that says what was tried, on what, and what happened. Afterwards there is no multipart upload
in the store, no object with other bytes than its file's, and no part of a file or temporary beside
the destination. The points come from the seed; --only repeats one run by its number.

Exit codes: 0 all well, 77 skipped (no Go to build the servers with), 1 something is wrong.
"""

import argparse
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

from servers import Server, Stuck, Toxiproxy

SKIPPED = 77
RUNS, SEED = 200, 20250610
LARGE_FILE = 11 << 20  # three parts
SMALL_FILES = 40
TIME_LIMIT = 60  # of one run
EXIT_CODES = {1, 5}  # an error, and one that may pass


class Wrong(Exception):
    pass


def need(name):
    value = os.environ.get(name, "")
    if not value:
        print(f"skipped: {name} is not set", file=sys.stderr)
        sys.exit(SKIPPED)
    return value


ARTCTL = need("ARTCTL")
PREFIX = f"cuts-{os.getpid()}"

# ---- the servers: our own, since nobody else's uploads may be among ours, and the proxy may have
# to be ended ----

class Store(Server):
    def __init__(self):
        super().__init__("versitygw", *(["/dev/shm"] if os.access("/dev/shm", os.W_OK) else []))
        self.bucket = self["S3_BUCKET"]
        self.data = os.path.join(self["S3_DATA"], self.bucket)

    def path(self, *names):
        return os.path.join(self.data, *names)

    def unfinished(self):
        """Its own directory of uploads: every file in it, and every directory of an upload."""
        found = set()
        for directory, below, names in os.walk(self.path(".sgwtmp")):
            found.update(os.path.join(directory, name) for name in names)
            if not below and os.path.relpath(directory, self.data).count("/") >= 3:
                found.add(directory)
        return found


class Proxy:
    def __init__(self, upstream):
        self.upstream = upstream
        self.start()

    def start(self):
        self.server = Toxiproxy()
        self.address = self.server.open(PREFIX, self.upstream)

    def close(self):
        self.server.close()

    def restart(self):
        self.close()
        self.start()

    def add(self, toxics):
        self.server.add(PREFIX, *toxics)

    def enable(self, enabled):
        self.server.enable(PREFIX, enabled)

    def heal(self):
        """While there are no connections: see Stuck. That cuts those that there are."""
        self.enable(False)
        for toxic in self.server.toxics(PREFIX):
            self.server.remove(PREFIX, toxic["name"])
        self.enable(True)


# ---- what is moved ----

def make_data(directory):
    generator = random.Random(SEED)
    tree = os.path.join(directory, "tree")
    for number in range(SMALL_FILES):
        folder = os.path.join(tree, f"d{number % 5}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"f{number}"), "wb") as file:
            file.write(generator.randbytes(generator.randrange(1, 400_000)))
    with open(os.path.join(directory, "large"), "wb") as file:
        file.write(generator.randbytes(LARGE_FILE))


def content(path):
    """{relative name: bytes} of a directory's files, or of one file."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return {"": file.read()}
    found = {}
    for directory, _, names in os.walk(path):
        for name in names:
            full = os.path.join(directory, name)
            with open(full, "rb") as file:
                found[os.path.relpath(full, path)] = file.read()
    return found


def archived(path):
    found = {}
    with tarfile.open(path) as archive:
        for entry in archive:
            if entry.isfile():
                name = entry.name.split("/", 1)
                found[name[1] if len(name) > 1 else ""] = archive.extractfile(entry).read()
    return found


# ---- one run ----


def appears(path):
    """The server may be busy still with a request that was cut off and sent again. It replaces an
    object by removing the old one first."""
    end = time.monotonic() + 20
    while not os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.01)
    return os.path.exists(path)


class Run:
    def __init__(self, number, seed, store, work, originals):
        self.number, self.store, self.work, self.originals = number, store, work, originals
        self.unfinished_before = set()
        self.stuck = False
        choice = random.Random(seed * 100_003 + number)
        self.kind = ("tar", "file", "directory")[number % 3]
        self.action = ("put", "get")[number // 3 % 2]
        self.steps = choice.choice((1, 2, 4, 5))
        self.heal_after = choice.uniform(0.01, 0.2)
        self.toxics, self.gone = [], False
        way = choice.random()
        if way < 0.75:
            for stream in choice.choice((("upstream",), ("downstream",),
                                         ("upstream", "downstream"))):
                size = int(10 ** choice.uniform(0, 7.1))  # from the first byte to the last
                self.toxics.append({"type": "limit_data", "stream": stream, "name": stream,
                                    "toxicity": choice.choice((0.3, 0.7, 1.0)),
                                    "attributes": {"bytes": size}})
        elif way < 0.9:
            self.toxics.append({"type": "reset_peer", "stream": choice.choice(
                ("upstream", "downstream")), "name": "reset",
                "attributes": {"timeout": choice.randrange(0, 60)}})
        else:
            self.gone = True

    @property
    def name(self):
        return f"run {self.number}: {self.action} {self.kind}"

    def source(self):
        return "large" if self.kind == "file" else "tree"

    def expected(self):
        return self.originals[self.source()]

    def command(self, key):
        target = f"s3://{self.store.bucket}/{key}"
        archive = [] if self.kind == "tar" else ["--archive", "none"]
        if self.action == "put":
            return [ARTCTL, "put", *archive, self.source(), target]
        return [ARTCTL, "get", *archive, target, os.path.join("out", "result")]

    def environment(self, address):
        return dict(os.environ, AWS_ENDPOINT_URL_S3=f"http://{address}",
                    AWS_ACCESS_KEY_ID=self.store["S3_ACCESS_KEY"],
                    AWS_SECRET_ACCESS_KEY=self.store["S3_SECRET_KEY"],
                    AWS_REGION=self.store["S3_REGION"],
                    EXECUTOR_RETRY_BACKOFF_STEPS=str(self.steps),
                    EXECUTOR_RETRY_BACKOFF_DURATION="10ms", EXECUTOR_RETRY_BACKOFF_FACTOR="2")

    def break_connections(self, proxy):
        """Until heal_after; returns the thread that heals."""
        proxy.add(self.toxics)
        self.stuck = False

        def heal():
            try:
                if self.gone:
                    time.sleep(self.heal_after / 3)
                    proxy.enable(False)
                time.sleep(self.heal_after)
                proxy.heal()
            except Stuck:
                self.stuck = True
        healer = threading.Thread(target=heal)
        healer.start()
        return healer

    def run(self, proxy):
        key = f"{PREFIX}/stored-{self.kind}" if self.action == "get" else f"{PREFIX}/{self.number}"
        shutil.rmtree(os.path.join(self.work, "out"), ignore_errors=True)
        os.mkdir(os.path.join(self.work, "out"))
        self.unfinished_before = self.store.unfinished()
        healer = self.break_connections(proxy)
        try:
            done = subprocess.run(self.command(key), cwd=self.work, capture_output=True, text=True,
                                  env=self.environment(proxy.address), timeout=TIME_LIMIT,
                                  check=False)
        except subprocess.TimeoutExpired:
            if self.stuck:
                raise Stuck from None
            raise Wrong(f"did not end within {TIME_LIMIT} s") from None
        finally:
            healer.join()
        if self.stuck:
            raise Stuck
        self.check_end(done)
        if self.action == "put":
            self.check_stored(key, done.returncode == 0)
        else:
            self.check_loaded(done.returncode == 0)
        self.check_uploads()
        shutil.rmtree(self.store.path(PREFIX, str(self.number)), ignore_errors=True)
        return ("error" if done.returncode else
                "right, after a retry" if "retrying" in done.stderr else "right")

    def dependably(self, proxy):
        for _ in range(3):
            try:
                return self.run(proxy)
            except Stuck:
                proxy.restart()
                self.forget()
        raise Wrong("toxiproxy does not answer")

    def forget(self):
        """What a run left that was not finished."""
        for path in self.store.unfinished() - self.unfinished_before:
            (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)
        shutil.rmtree(self.store.path(PREFIX, str(self.number)), ignore_errors=True)

    # ---- what must be so ----

    @staticmethod
    def check_end(done):
        if done.returncode == 0:
            return
        last = (done.stderr.strip().splitlines() or [""])[-1]
        if done.returncode not in EXIT_CODES:
            raise Wrong(f"exit code {done.returncode}: {done.stderr}")
        if not re.search(rf"^artctl (put|get): .*{PREFIX}.*127\.0\.0\.1:\d+.*\S{{3}}", last):
            raise Wrong(f"no clear error: {done.stderr!r}")

    def check_stored(self, key, succeeded):
        path = self.store.path(key)
        if succeeded and not appears(path):
            raise Wrong("it said that it was saved, and it was not")
        if not os.path.exists(path):
            return
        stored = archived(path) if self.kind == "tar" else content(path)
        if succeeded and stored != self.expected():
            raise Wrong("it said that it was saved, and the store has something else")
        for name, data in stored.items():
            if self.expected().get(name) != data:
                raise Wrong(f"the object {name!r} is not its file")
        if self.kind != "directory" and stored != self.expected():
            raise Wrong("the object in the store is not whole")
        if not os.path.isdir(path):
            os.unlink(path)

    def check_loaded(self, succeeded):
        left = os.listdir(os.path.join(self.work, "out"))
        if left != (["result"] if succeeded else []):
            raise Wrong(f"beside the destination there is {left}")
        if succeeded and content(os.path.join(self.work, "out", "result")) != self.expected():
            raise Wrong("it said that it was loaded, and it is something else")

    def check_uploads(self):
        """What was cut off is taken away when the server notices."""
        end = time.monotonic() + 20
        while left := self.store.unfinished() - self.unfinished_before:
            if time.monotonic() > end:
                raise Wrong(f"in the store there are left: {sorted(left)}")
            time.sleep(0.02)


def store_what_is_loaded(store, work, originals):
    """By the straight way."""
    for number, kind in enumerate(("tar", "file", "directory")):
        run = Run(number, 0, store, work, originals)
        assert run.kind == kind and run.action == "put"
        subprocess.run(run.command(f"{PREFIX}/stored-{kind}"), cwd=work, check=True,
                       capture_output=True, env=run.environment(store["S3_ENDPOINT"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    numbers = range(options.runs) if options.only is None else [options.only]
    outcomes = collections.Counter()
    failed = []
    started = time.monotonic()
    store = Store()
    work = tempfile.mkdtemp(prefix="artrepo-cuts-")
    proxy = None
    try:
        proxy = Proxy(store["S3_ENDPOINT"])
        make_data(work)
        originals = {name: content(os.path.join(work, name)) for name in ("large", "tree")}
        store_what_is_loaded(store, work, originals)
        for number in numbers:
            run = Run(number, options.seed, store, work, originals)
            try:
                outcomes[run.action, run.kind, run.dependably(proxy)] += 1
            except Wrong as wrong:
                failed.append(run.name)
                print(f"{run.name} (steps {run.steps}, {run.toxics or 'gone for a while'}): {wrong}",
                      file=sys.stderr)
    finally:
        if proxy:
            proxy.close()
        store.close()
        shutil.rmtree(work, ignore_errors=True)
    for (action, kind, outcome), count in sorted(outcomes.items()):
        print(f"{action} {kind:9} {count:4} {outcome}")
    print(f"seed {options.seed}: {sum(outcomes.values())} of {len(numbers)} runs as they must be, "
          f"in {time.monotonic() - started:.0f} s")
    if failed:
        print(f"FAILED: {', '.join(failed)}", file=sys.stderr)
        return 1
    totals = collections.Counter()
    for (_, _, outcome), count in outcomes.items():
        totals[outcome] += count
    if len(numbers) >= 100 and min(totals["error"], totals["right, after a retry"]) < 10:
        print("FAILED: the connections were hardly cut", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
