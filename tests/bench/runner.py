"""Runs commands beside each other and says how they compare.

A case is one piece of work that several commands do. Its commands run in turn, A B C A B C ..., so
that what else happens on the machine meets all of them alike. The first round is a warm-up, in
which each command's result is compared with what it should be; a wrong one ends the run. Times are
medians of the rounds after it. A command that took longer than SLOW seconds keeps its warm-up as a
run and gets three in all.

The CPU time of a pipeline is that of all its processes, the peak memory that of its largest process.
"""

import argparse
import json
import os
import platform
import re
import shutil
import stat
import statistics
import subprocess
import sys
import tempfile
import time

SLOW = 2.0
RUNS_OF_SLOW = 3


class Wrong(Exception):
    """A command failed or its result is not what it should be."""


class Command:
    """LABEL names it in tables. SCRIPT is a pipeline for bash. PREPARE and CHECK are called, not
    timed, before each run and after the first one; SIZE gives the bytes it has made. CREDIT is
    taken off its time: what the work itself does not need."""

    def __init__(self, label, script, prepare=None, check=None, size=None, credit=0.0):
        self.label, self.script = label, script
        self.prepare, self.check, self.size, self.credit = prepare, check, size, credit
        self.walls, self.cpus, self.peak, self.bytes = [], [], 0, None
        self.slow = False

    def run(self):
        if self.prepare:
            self.prepare()
        wall, cpu, peak = measure(self.label, self.script)
        self.peak = max(self.peak, peak)
        return wall, cpu

    def warm_up(self, keep_slow):
        wall, cpu = self.run()
        if self.check:
            self.check()
        if self.size:
            self.bytes = self.size()
        self.slow = wall > SLOW
        if keep_slow and self.slow:
            self.walls.append(wall)
            self.cpus.append(cpu)

    def wants_run(self, runs):
        return len(self.walls) < (min(runs, RUNS_OF_SLOW) if self.slow else runs)

    def add_run(self):
        wall, cpu = self.run()
        self.walls.append(wall)
        self.cpus.append(cpu)

    @property
    def wall(self):
        return max(statistics.median(self.walls) - self.credit, 1e-6)

    def facts(self):
        return {
            "label": self.label,
            "runs": len(self.walls),
            "seconds": round(self.wall, 4),
            "seconds_minimum": round(min(self.walls) - self.credit, 4),
            "seconds_maximum": round(max(self.walls) - self.credit, 4),
            "seconds_credited": round(self.credit, 4),
            "cpu_seconds": round(statistics.median(self.cpus), 4),
            "peak_mib": round(self.peak / 1024, 1),
            "bytes": self.bytes,
        }


class Case:
    """The first command is ours. BARS: (label of a peer, how many times faster we have to be, and
    whether our size must not exceed the peer's)."""

    def __init__(self, name, data, input_bytes, commands, bars=()):
        self.name, self.data, self.input_bytes = name, data, input_bytes
        self.commands, self.bars = commands, bars

    def run(self, runs):
        for command in self.commands:
            command.warm_up(keep_slow=True)
        while any(command.wants_run(runs) for command in self.commands):
            for command in self.commands:
                if command.wants_run(runs):
                    command.add_run()

    def judged_bars(self):
        ours = self.commands[0]
        for label, required, size_matters in self.bars:
            peer = next(command for command in self.commands if command.label == label)
            ratio = peer.wall / ours.wall
            yield {"against": label, "quantity": "times faster", "required": required,
                   "measured": round(ratio, 2), "met": ratio >= required}
            if size_matters:
                ratio = ours.bytes / peer.bytes
                yield {"against": label, "quantity": "size ratio", "required": 1.0,
                       "measured": round(ratio, 4), "met": ratio <= 1.0}

    def facts(self):
        ours = self.commands[0]
        commands = []
        for command in self.commands:
            facts = command.facts()
            facts["time_to_ours"] = round(command.wall / ours.wall, 3)
            if command.bytes and ours.bytes:
                facts["size_to_ours"] = round(command.bytes / ours.bytes, 4)
            if self.input_bytes:
                facts["mb_per_second"] = round(self.input_bytes / 1e6 / command.wall, 1)
            commands.append(facts)
        return {"case": self.name, "data": self.data, "input_bytes": self.input_bytes,
                "commands": commands, "bars": list(self.judged_bars())}


def measure(label, script):
    """Wall seconds, CPU seconds and peak KiB of SCRIPT."""
    with tempfile.NamedTemporaryFile("r", prefix="artrepo-peak.") as peak:
        started = time.perf_counter()
        # What the kernel tells of a process includes what its parent had when it was started:
        # time(1) has little, and Python much.
        process = subprocess.Popen(
            ["/usr/bin/time", "-f", "%M", "-o", peak.name, "bash", "-c",
             "set -e -o pipefail; " + script],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        if process.returncode != 0:
            raise Wrong(f"{label}: exit code {process.returncode}: {script}\n"
                        f"{complaint.decode(errors='replace')[-2000:]}")
        return wall, usage.ru_utime + usage.ru_stime, int(peak.read())


# ---- what cases are made of ----

def remove(path):
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
    elif os.path.isdir(path):
        subprocess.run(["rm", "-rf", path], check=True)


def fresh(*paths):
    """A prepare function that leaves none of PATHS."""
    return lambda: [remove(path) for path in paths]


def empty_directory(path):
    def prepare():
        remove(path)
        os.makedirs(path)
    return prepare


def same_as(expected, actual):
    """A check function: the same names, contents and link targets, then ACTUAL is removed."""
    def check():
        result = subprocess.run(["diff", "-r", "-q", "--no-dereference", expected, actual],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Wrong(f"{actual} is not what {expected} is:\n{result.stdout[:2000]}"
                        f"{result.stderr[:2000]}")
        remove(actual)
    return check


def size_of(path):
    return lambda: os.path.getsize(path)


def tree_bytes(path):
    """Bytes in the files below PATH, and how many files there are; or those of one file."""
    if os.path.isfile(path):
        return os.path.getsize(path), 1
    total = count = 0
    for directory, _, names in os.walk(path):
        for name in names:
            status = os.lstat(os.path.join(directory, name))
            if not os.path.islink(os.path.join(directory, name)):
                total += status.st_size
                count += 1
    return total, count


# ---- the data: trees that any Linux machine has, copied into memory ----

def copy_tree(source, destination):
    """Without what makes the archivers do different work or refuse to: devices and sockets, a
    second name of a file (tar stores it once, the others twice) and links that lead outside."""
    os.makedirs(destination)
    subprocess.run(f"tar -C '{source}' -cf - . | tar -C '{destination}' --no-same-owner -xf -",
                   shell=True, check=True)
    seen = set()
    for directory, _, names in os.walk(destination):
        for name in names:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode) and status.st_ino not in seen:
                seen.add(status.st_ino)
            elif not stat.S_ISLNK(status.st_mode):
                os.unlink(path)
    for directory, directories, names in os.walk(destination):
        for path in (os.path.join(directory, name) for name in names + directories):
            if os.path.islink(path) and not leads_inside(path, destination):
                os.unlink(path)


def leads_inside(link, tree):
    target = os.readlink(link)
    reached = os.path.realpath(link)
    return not os.path.isabs(target) and os.path.exists(link) and reached.startswith(tree + "/")


def go_tree(destination):
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True)
    copy_tree(os.path.join(root.stdout.strip(), "src"), destination)


def library_tree(destination):
    copy_tree("/usr/lib/x86_64-linux-gnu", destination)


def random_file(destination, size):
    with open(destination, "wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 1 << 20)))


# ---- running and reporting ----

def arguments(description, extra=None):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command")
    parser.add_argument("--only", default="", metavar="REGEX",
                        help="only cases whose 'name, data' matches")
    parser.add_argument("--json", metavar="FILE", help="writes all figures there, too")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a bar is missed")
    if extra:
        extra(parser)
    return parser.parse_args()


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        found = re.search(r"model name\s*:\s*(.*)", file.read())
    if found:
        model = found.group(1)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": model, "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory, 1), "kernel": platform.release(),
            "load_at_start": round(os.getloadavg()[0], 2)}


def version_of(script):
    """The first line of what a program says of its version."""
    result = subprocess.run(["bash", "-c", script + " 2>&1 | head -n 1"], capture_output=True,
                            text=True, check=False)
    return result.stdout.strip()


def print_table(heads, rows):
    """Markdown that can be read as it is: all columns but the first aligned to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [heads] + rows) for i in range(len(heads))]

    def line(row):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width)
                                             for cell, width in zip(row[1:], widths[1:])]
        return "| " + " | ".join(cells) + " |"
    print(line(heads))
    print("| " + " | ".join(["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]])
          + " |")
    for row in rows:
        print(line(row))


def print_case(facts):
    print(f"\n## {facts['case']}, {facts['data']}\n")
    rows = []
    for row in facts["commands"]:
        rows.append([row["label"], row["runs"], f"{row['seconds']:.3f}",
                     f"{row['seconds_minimum']:.3f}-{row['seconds_maximum']:.3f}",
                     f"{row['cpu_seconds']:.2f}", f"{row['peak_mib']:.0f}",
                     f"{row['mb_per_second']:.0f}" if "mb_per_second" in row else "",
                     f"{row['bytes']:,}" if row["bytes"] else "",
                     f"{row['time_to_ours']:.2f}",
                     f"{row['size_to_ours']:.3f}" if "size_to_ours" in row else ""])
    print_table(["command", "runs", "seconds", "from-to", "CPU s", "peak MiB", "MB/s", "bytes",
                 "time/ours", "size/ours"], rows)
    print()
    for bar in facts["bars"]:
        print(f"{verdict(bar)}: {bar['quantity']} against {bar['against']}: {bar['measured']} "
              f"({demand(bar)})")
    sys.stdout.flush()


def verdict(bar):
    return "met" if bar["met"] else "MISSED"


def demand(bar):
    return ("at least " if bar["quantity"] == "times faster" else "at most ") + str(bar["required"])


def selected(options, name, data):
    return re.search(options.only, f"{name}, {data}") is not None


def run_cases(options, cases, versions):
    """CASES makes one case after the other, so that only one's files are there at a time."""
    facts = {"machine": machine(), "versions": versions, "runs": options.runs, "cases": []}
    print(f"{facts['machine']['processor']}, {facts['machine']['cores']} cores, "
          f"{facts['machine']['memory_gib']} GiB, Linux {facts['machine']['kernel']}, load "
          f"{facts['machine']['load_at_start']} at the start")
    for name, version in versions.items():
        print(f"{name}: {version}")
    started = time.monotonic()
    try:
        for case in cases:
            case.run(options.runs)
            facts["cases"].append(case.facts())
            print_case(facts["cases"][-1])
    except Wrong as wrong:
        print(f"\nFAILED: {wrong}", file=sys.stderr)
        return 1
    facts["took_seconds"] = round(time.monotonic() - started)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1)
            file.write("\n")
    missed = summary(facts)
    return 1 if options.strict and missed else 0


def summary(facts):
    rows = [[f"{case['case']}, {case['data'].split(':')[0]}", bar["against"], bar["quantity"],
             demand(bar), bar["measured"], verdict(bar)]
            for case in facts["cases"] for bar in case["bars"]]
    missed = sum(row[-1] != "met" for row in rows)
    print(f"\n## {len(rows) - missed} of {len(rows)} bars met, in {facts['took_seconds']} s\n")
    if rows:
        print_table(["work", "against", "quantity", "required", "measured", ""], rows)
    return missed


def scratch(*names):
    return os.path.join(os.environ["BENCH_SCRATCH"], *names)


def program(variable):
    return os.environ[variable]


def free_bytes(path):
    return shutil.disk_usage(path).free
