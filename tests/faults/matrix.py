#!/usr/bin/env python3
"""The fault matrix: saves to and loads from each store while its network breaks in every known way.

    matrix.py [--store STORE] [--only CELL] [--jobs N] [--list] [--verbose]
    matrix.py --table | --check-table

A cell is STORE/VERB/FAULT/STRATEGY, such as s3/load/reset-in-answer/none: one run of artctl against
a real server, behind relay.py or toxiproxy, which break what matrix_faults.py says. What must come of
it stands in matrix_table.py, and is compared: the exit code, the words, how often was asked, what is
at the destination and in the store. Besides, whatever happens: a file at the destination is whole or
not there, no temporary file is left, no upload stays open, and the time is bounded. --only takes the
beginning of a cell's name. With ARTREPO_TEST_LONG set, cells run that take minutes.

Exit codes: 0 all well, 77 skipped (no server), 1 something is not as it must be.
"""

import argparse
import collections
import concurrent.futures
import io
import os
import random
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

import matrix_table
from matrix_faults import FAULTS
from matrix_stores import FIRST_TOKEN, SECOND_TOKEN, STORES, Process, make_certificates, remove_tree
from relay import Relay
from servers import Toxiproxy

SKIPPED = 77
LONG = bool(os.environ.get("ARTREPO_TEST_LONG"))
LONG_FAULTS = {"slow-for-long"}
# Seconds that a cell may take: its attempts, with the pauses between them, and stores that are slow
# to end what was begun.
TIME_LIMIT, STALLED_TIME_LIMIT, LONG_TIME_LIMIT = 30, 70, 400
POLICY = {"EXECUTOR_RETRY_BACKOFF_STEPS": str(matrix_table.ATTEMPTS),
          "EXECUTOR_RETRY_BACKOFF_DURATION": "100ms", "EXECUTOR_RETRY_BACKOFF_FACTOR": "2",
          "EXECUTOR_RETRY_BACKOFF_JITTER": "0"}
CLEARED = re.compile(r"^(AWS_|GOOGLE_|CLOUDSDK_|GCE_|STORAGE_|EXECUTOR_RETRY_|ARTIFACT_S3_|XDG_|"
                     r"SSL_CERT_|ARTCTL_|ARTREPO_STALL|TRANSIENT_ERROR_PATTERN|https?_proxy|"
                     r"HTTPS?_PROXY)")


class Wrong(Exception):
    pass


# ---- what is moved ----

def make_data(directory):
    """{(data set, strategy): content}; a directory for tar, a file for none."""
    generator = random.Random(20250610)
    sizes = {"usual": ([25_000] * 12, 9 << 20), "small": ([1200, 1500], 3000),
             "slow": ([40_000, 40_000], 80_000), "other": ([20_000] * 12, (9 << 20) - 5)}
    originals = {}
    for name, (files, size) in sizes.items():
        os.makedirs(os.path.join(directory, name, "tar", "below"))
        for number, length in enumerate(files):
            path = os.path.join(directory, name, "tar", "below" if number % 2 else "", f"f{number}")
            with open(path, "wb") as file:
                file.write(generator.randbytes(length))
        with open(os.path.join(directory, name, "none"), "wb") as file:
            file.write(generator.randbytes(size))
        for strategy in ("tar", "none"):
            originals[name, strategy] = content(os.path.join(directory, name, strategy))
    return originals


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


def stored_content(data, strategy):
    """The same of an object; None when it is no whole archive."""
    if strategy == "none":
        return {"": data}
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            return {entry.name.split("/", 1)[1]: archive.extractfile(entry).read()
                    for entry in archive if entry.isfile()}
    except (tarfile.TarError, OSError, EOFError, IndexError):
        return None


# ---- what the cells share ----

class World:
    def __init__(self, artctl):
        self.artctl = artctl
        self.directory = tempfile.mkdtemp(prefix="artrepo-matrix-")
        self.lock = threading.Lock()
        self.stores, self.toxiproxy = {}, None
        self.originals = make_data(os.path.join(self.directory, "data"))
        os.mkdir(os.path.join(self.directory, "tls"))
        self.certificates = make_certificates(os.path.join(self.directory, "tls"))
        self.ca = os.path.join(self.directory, "tls", "ca.pem")

    def open(self, cells):
        """The servers, and the objects that are loaded."""
        if any(FAULTS[cell.fault_name].toxics or FAULTS[cell.fault_name].gone for cell in cells):
            self.toxiproxy = Toxiproxy()
        for name in {cell.store_name for cell in cells}:
            self.stores[name] = STORES[name]()
        for name, store in self.stores.items():
            for data_set in ("usual", "small", "slow"):
                for strategy in ("tar", "none"):
                    self.put(store, data_set, strategy, f"loaded/{data_set}-{strategy}")

    def close(self):
        for store in self.stores.values():
            store.close()
        if self.toxiproxy:
            self.toxiproxy.close()
        remove_tree(self.directory)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not CLEARED.match(name)}
        return {**kept, "HOME": self.directory, **POLICY, **more}

    def put(self, store, data_set, strategy, key):
        """By the straight way."""
        options, url = store.target("http", store.address, key)
        subprocess.run([self.artctl, "put", *options, "--archive", strategy, strategy, url],
                       cwd=os.path.join(self.directory, "data", data_set), check=True,
                       capture_output=True,
                       env=self.environment(**store.environment("http", store.address)))

    def tls_context(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificates[certificate])
        return context


# ---- one cell ----

class Cell:
    def __init__(self, store, verb, fault, strategy, outcome):
        self.store_name, self.verb, self.fault_name, self.strategy = store, verb, fault, strategy
        self.outcome, self.fault = outcome, FAULTS[fault]
        self.name = f"{store}/{verb}/{fault}/{strategy}"
        self.data_set = self.fault.data_set or "usual"
        self.lock = threading.Lock()
        self.threads = []
        self.numbers = 0
        self.tokens = [FIRST_TOKEN, SECOND_TOKEN, SECOND_TOKEN]
        self.relay = self.process = self.proxy_name = self.ended = None

    # ---- the way to the store ----

    def script(self, head):
        fault = self.fault
        if self.store.is_data(self.verb, head) and fault.data:
            with self.lock:
                number = self.numbers
                self.numbers += 1
            return fault.data(self, number, head)
        return fault.other(self, head) if fault.other else None

    def open_way(self, world):
        """The scheme and the address that artctl is given."""
        fault = self.fault
        tls = world.tls_context(fault.certificate) if fault.certificate else None
        self.relay = Relay(self.store.address, self.script, self.store.host_of_upstream, tls,
                           fault.on_connect)
        address = self.relay.address
        if fault.toxics or fault.gone:
            self.proxy_name = self.name.replace("/", "-")
            address = world.toxiproxy.open(self.proxy_name, address)
            world.toxiproxy.add(self.proxy_name, *fault.toxics)
            if fault.gone:
                world.toxiproxy.enable(self.proxy_name, False)
        if fault.host:
            address = f"{fault.host}:{address.rsplit(':', 1)[1]}"
        return "https" if tls else "http", address

    def heal(self, world):
        world.toxiproxy.enable(self.proxy_name, True)

    # ---- artctl ----

    def command(self, world, scheme, address):
        """Its arguments and its environment."""
        environment = self.store.environment(scheme, address)
        options, url = self.store.target(scheme, address, self.key)
        if self.fault.expiring:
            secrets = os.path.join(self.work, "secrets")
            os.makedirs(secrets)
            environment, other = self.store.expiring(secrets, address)
            if other:
                options, url = other, f"/{self.key}"
        if self.fault.certificate:
            environment["SSL_CERT_FILE"] = world.ca
            environment["AWS_CA_BUNDLE"] = world.ca
        environment.update(self.fault.environment, TMPDIR=os.path.join(self.work, "tmp"))
        if self.verb == "save":
            environment.update(self.fault.save_environment)
        # By default get looks at what it gets; here the archive is meant to be one.
        if self.verb == "save":
            verb = ["put", *options, "--archive", self.strategy,
                    os.path.join(world.directory, "data", self.data_set, self.strategy), url]
        else:
            verb = ["get", *options, "--archive", self.strategy, url,
                    os.path.join(self.work, "out", "result")]
        return [world.artctl, *verb], world.environment(**environment)

    def run_artctl(self, world, arguments, environment):
        """(exit code, standard error, seconds)"""
        limit = LONG_TIME_LIMIT if self.fault_name in LONG_FAULTS else \
            STALLED_TIME_LIMIT if self.fault_name.startswith("stalled") else TIME_LIMIT
        said, started = [], time.monotonic()
        with subprocess.Popen(arguments, env=environment, cwd=self.work, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            timer = threading.Timer(limit, process.kill)
            timer.start()
            healed = not self.fault.heals
            for line in process.stderr:
                said.append(line)
                if not healed and "retrying" in line:
                    self.heal(world)
                    healed = True
            code = process.wait()
            timer.cancel()
        seconds = time.monotonic() - started
        if seconds >= limit:
            raise Wrong(f"did not end within {limit} s: {''.join(said)}")
        return code, "".join(said), seconds

    def put_other(self):
        self.world.put(self.store, "other", self.strategy, self.key)

    def run(self, world):
        self.world = world
        self.work = tempfile.mkdtemp(prefix=self.name.replace("/", "-") + ".", dir=world.directory)
        for name in ("out", "tmp"):
            os.mkdir(os.path.join(self.work, name))
        self.store = STORES[self.store_name]() if self.fault.own_server else \
            world.stores[self.store_name]
        self.key = f"loaded/{self.data_set}-{self.strategy}"
        if self.verb == "save" or self.fault.own_object:
            self.key = f"cells/{self.fault_name}-{self.verb}-{self.strategy}"
        if self.fault.own_object:
            world.put(self.store, self.data_set, self.strategy, self.key)
        try:
            if self.fault.own_server:
                self.process = Process(self.store.pid)
            self.ended = self.run_artctl(world, *self.command(world, *self.open_way(world)))
            for thread in self.threads:
                thread.join()
            self.check(world)
        finally:
            if self.proxy_name:
                threading.Thread(target=world.toxiproxy.call, daemon=True,
                                 args=("DELETE", f"/proxies/{self.proxy_name}")).start()
            if self.relay:
                self.relay.close()
            if self.process:
                self.process.close()
            if self.fault.own_server:
                self.store.close()
            remove_tree(self.work)

    # ---- what must be so ----

    def check(self, world):
        code, said, seconds = self.ended
        outcome = self.outcome
        last = (said.strip().splitlines() or [""])[-1]
        if code != outcome.exit:
            raise Wrong(f"exit code {code}: {said.strip()!r}")
        if code and not re.search(r"^artctl: .*|^artctl (put|get): ", last):
            raise Wrong(f"no clear error: {said!r}")
        if not re.search(outcome.words, last):
            raise Wrong(f"does not say {outcome.words!r}: {last!r}")
        if outcome.retried is not None and outcome.retried != ("retrying" in said):
            raise Wrong(f"{'no' if outcome.retried else 'a'} retry: {said!r}")
        self.check_asked()
        if seconds < self.fault.least_seconds:
            raise Wrong(f"took {seconds:.1f} s, and had to take {self.fault.least_seconds} s")
        if os.listdir(os.path.join(self.work, "tmp")):
            raise Wrong("left in the directory for temporary files: "
                        f"{os.listdir(os.path.join(self.work, 'tmp'))}")
        if self.verb == "load":
            self.check_loaded(world)
        else:
            self.check_stored(world)
            self.check_left()

    def check_asked(self):
        if self.outcome.asked is None:
            return
        least, most = self.outcome.asked if isinstance(self.outcome.asked, tuple) else \
            (self.outcome.asked, self.outcome.asked)
        broken = self.relay.broken()
        if not least <= broken <= most:
            raise Wrong(f"{broken} broken requests, not {least} to {most}: {self.relay.requests}")
        # A certificate is looked at before anything is asked.
        if self.fault.certificate and self.outcome.exit and self.relay.connections > 1:
            raise Wrong(f"{self.relay.connections} connections for one certificate")

    def compare(self, found, world):
        if found is None:
            state = "none"
        elif found == world.originals[self.data_set, self.strategy]:
            state = "right"
        else:
            state = "wrong"
        wanted = self.outcome.content
        if state != wanted and not (wanted == "either" and state in ("right", "none")):
            raise Wrong(f"what came of it is {state}, and must be {wanted}")

    def check_loaded(self, world):
        out = os.path.join(self.work, "out")
        names = os.listdir(out)
        if set(names) - {"result"}:
            raise Wrong(f"beside the destination there is {names}")
        self.compare(content(os.path.join(out, "result")) if names else None, world)

    def check_stored(self, world):
        if self.fault.own_server and not self.process.started and not self.store.data:
            return  # nobody is there to ask, and nothing to look at
        data = self.store.read(self.key)
        found = None if data is None else stored_content(data, self.strategy) or {}
        self.compare(found, world)

    def check_left(self):
        if self.outcome.left or (self.fault.own_server and self.store_name == "gcs"):
            return  # a fake that forgets all has no sessions either
        end = time.monotonic() + 5  # servers take a while to notice
        while left := self.store.left_open(self.key, self.relay):
            if time.monotonic() > end:
                raise Wrong(f"of the upload there is left: {left}")
            time.sleep(0.05)


# ---- all of them ----

def choose(options):
    cells = []
    for (store, verb, fault, strategy), outcome in matrix_table.expand().items():
        cell = Cell(store, verb, fault, strategy, outcome)
        if outcome.exists and (options.store in (None, store)) and \
                (cell.name + "/").startswith((options.only or "").rstrip("*")):
            cells.append(cell)
    # Those that wait come first, so that the others run meanwhile.
    waiting = re.compile("slow|stalled|retry-after|server-|unknown|cut-by")
    return sorted(cells, key=lambda cell: not waiting.search(cell.fault_name))


def run_all(world, cells, options):
    """[(cell, what is wrong or None, seconds)]"""
    def run(cell):
        started = time.monotonic()
        try:
            cell.run(world)
            wrong = None
        except Wrong as found:
            wrong = str(found)
        except Exception as error:  # of the test itself: it is told, too
            wrong = f"{type(error).__name__}: {error}"
        if options.verbose or wrong:
            print(f"{cell.name}: {wrong or cell.outcome.name}"
                  f"{'; ' + cell.ended[1].strip() if options.verbose and cell.ended else ''}",
                  file=sys.stderr, flush=True)
        return cell, wrong, time.monotonic() - started
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(run, cells))


def columns_of(cells, fault, verb):
    """What comes of it at each store; [] when there is no such cell."""
    columns = []
    for store in STORES:
        names = {strategy: cells[store, verb, fault, strategy].name
                 for strategy in ("tar", "none") if (store, verb, fault, strategy) in cells}
        if len(set(names.values())) > 1:
            columns.append("; ".join(f"{strategy}: {name}" for strategy, name in names.items()))
        else:
            columns += set(names.values())
    return columns


def markdown():
    """The table, as docs/reliability.md has it."""
    cells = matrix_table.expand()
    lines = ["| fault | of | s3 | gcs | http |", "| --- | --- | --- | --- | --- |"]
    for fault, settings in FAULTS.items():
        of = {verb: columns_of(cells, fault, verb) for verb in ("save", "load")}
        verbs = ["save, load"] if of["save"] == of["load"] else [verb for verb in of if of[verb]]
        for verb in verbs:
            columns = of[verb.split(",", maxsplit=1)[0]]
            lines.append(f"| {fault}: {settings.what} | {verb} | {' | '.join(columns)} |")
    return "\n".join(lines) + "\n"


def check_document():
    """Whether docs/reliability.md has that table."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                        "reliability.md")
    with open(path, encoding="utf-8") as file:
        if markdown() in file.read():
            return 0
    print("FAILED: the table in docs/reliability.md is not that of matrix.py --table",
          file=sys.stderr)
    return 1


def report(results, skipped, seconds):
    counts = collections.Counter()
    for cell, wrong, _ in results:
        counts[cell.store_name, cell.verb, "NOT AS IT MUST BE" if wrong else cell.outcome.name] += 1
    for (store, verb, outcome), count in sorted(counts.items()):
        print(f"{store:4} {verb:4} {count:4} {outcome}")
    if skipped:
        print(f"skipped: {len(skipped)} cells that take minutes (set ARTREPO_TEST_LONG=1): "
              f"{', '.join(sorted({cell.fault_name for cell in skipped}))}")
    failed = [cell.name for cell, wrong, _ in results if wrong]
    slowest = max(results, key=lambda result: result[2])
    print(f"{len(results) - len(failed)} of {len(results)} cells as they must be, in "
          f"{seconds:.0f} s; the slowest, {slowest[0].name}, took {slowest[2]:.0f} s")
    if failed:
        print("FAILED: " + " ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=sorted(STORES))
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--table", action="store_true", help="print it for docs/reliability.md")
    parser.add_argument("--check-table", action="store_true", help="compare it with that file")
    options = parser.parse_args()
    if options.table:
        print(markdown(), end="")
        return 0
    if options.check_table:
        return check_document()
    cells = choose(options)
    if not cells:
        parser.error("there is no such cell; --list names them")
    if options.list:
        for cell in sorted(cells, key=lambda cell: cell.name):
            print(f"{cell.name}: {cell.outcome.name}")
        return 0
    artctl = os.environ.get("ARTCTL") or shutil.which("artctl")
    if not artctl:
        print("skipped: set ARTCTL to the program", file=sys.stderr)
        return SKIPPED
    skipped = [] if LONG else [cell for cell in cells if cell.fault_name in LONG_FAULTS]
    cells = [cell for cell in cells if cell not in skipped]
    world = World(os.path.abspath(artctl))
    try:
        world.open(cells)
        started = time.monotonic()
        results = run_all(world, cells, options)
        seconds = time.monotonic() - started
        left = [path for store in world.stores.values() for path in store.left_at_end()]
    finally:
        world.close()
    if left:
        print(f"FAILED: uploads left in the store: {left}", file=sys.stderr)
    return report(results, skipped, seconds) or (1 if left else 0)


if __name__ == "__main__":
    sys.exit(main())
