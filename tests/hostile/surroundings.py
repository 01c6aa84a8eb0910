#!/usr/bin/env python3
"""What artctl is started in: descriptors that are closed, output that is full, limits, places that are not there."""
import json
import os
import pty
import resource
import signal
import stat
import subprocess
import termios
import threading

from making import *
from world import SANITIZED, World

world = World()
DATA = b"the data of an object\n" * 3
world.write("repository.yaml", f"fs: {{root: {world.path('store')}}}\n".encode())
world.write("cwd/file", DATA)
world.store("object", DATA)
world.store("archive", gz(entry(b"d/f", DATA) + entry(b"d/g", b"x") + END))


def run(arguments, closed=(), limits=(), directory=None, before=lambda: None, **redirected):
    """(exit code, standard output, standard error) of artctl without the descriptors CLOSED."""
    def prepare():
        world.limit()
        for kind, value in limits:
            resource.setrlimit(kind, (value, value))
        before()
        for descriptor in closed:
            os.close(descriptor)

    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **redirected}
    done = subprocess.run([world.artctl, "-r", world.path("repository.yaml")] + arguments, timeout=600,
                          cwd=directory or world.path("cwd"), env=world.environment, preexec_fn=prepare, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def check(subject, case, good, what):
    world.counts[subject] = world.counts.get(subject, 0) + 1
    if not good:
        world.fail(subject, case, what)


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return str(error)


def leftovers():
    return [name for place in (world.work, world.path("store"), world.path("cwd"))
            for name in os.listdir(place) if name.startswith(".artrepo-")]


# ---- descriptors that are closed: what is printed must not get into files ----

CLOSED = [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)]
for closed in CLOSED:
    for talk in ([], ["-v", "-v"], ["--json", "-v", "-v"]):
        case = f"{closed}, {talk}"
        result = run(talk + ["get", "--archive", "none", "object", world.destination], closed)
        check("closed, get", case, content(world.destination) == DATA and result[0] in (0, 1), f"{content(world.destination)!r} {result}")
        world.clear()
        result = run(talk + ["get", "archive", world.destination], closed)
        found = [content(os.path.join(world.destination, name)) for name in ("f", "g")]
        check("closed, get of an archive", case, found == [DATA, b"x"] and result[0] in (0, 1), f"{found} {result}")
        world.clear()
        result = run(talk + ["put", "--archive", "none", "file", "new"], closed)
        check("closed, put", case, content(world.path("store/new")) == DATA and result[0] in (0, 1), f"{content(world.path('store/new'))!r} {result}")
        os.unlink(world.path("store/new"))
        result = run(talk + ["put", "-", "stream"], closed)
        there = os.path.exists(world.path("store/stream"))
        check("closed, put of standard input", case, there != (0 in closed), str(result))
        if there:
            check("closed, put of standard input", case, content(world.path("store/stream")) == b"", content(world.path("store/stream")))
            os.unlink(world.path("store/stream"))
    result = run(["cat", "object"], closed)
    check("closed, cat", str(closed), result[0] == (1 if 1 in closed else 0), str(result))
    check("closed, leftovers", str(closed), leftovers() == [], str(leftovers()))
result = run(["get", "object", "-"], (1,))
check("closed, cat", "get to -", result[0] == 1 and b"Bad file descriptor" in result[2], str(result))

# ---- output that is full ----

with open("/dev/full", "wb") as full:
    for arguments in (["ls"], ["ls", "--json"], ["stat", "object"], ["cat", "object"], ["config"], ["version"], ["put", "file", "other"]):
        result = run(arguments, stdout=full)
        check("full", str(arguments), result[0] == 1 and b"standard output" in result[2], str(result))
os.unlink(world.path("store/other"))

# ---- a limit on the size of files ----

with open(world.path("cwd/large"), "wb") as file:
    file.write(os.urandom(300000))
world.store("large", content(world.path("cwd/large")))
world.store("large-archive", gz(entry(b"d/f", content(world.path("cwd/large"))) + entry(b"d/g", b"x") + END))
SMALL = [(resource.RLIMIT_FSIZE, 100000)]
for case, arguments in {"put": ["put", "--archive", "none", "large", "new"], "put of a tar": ["put", "large", "new"],
                        "get": ["get", "large", world.destination], "get of an archive": ["get", "large-archive", world.destination]}.items():
    result = run(arguments, limits=SMALL)
    check("file size", case, result[0] == 1 and b"File too large" in result[2], str(result))
    check("file size", case + ", leftovers", leftovers() == [] and not os.path.exists(world.destination) and
          not os.path.exists(world.path("store/new")), f"{leftovers()} {os.listdir(world.work)}")
world.clear()

# ---- few descriptors ----

for count in range(3, 20):
    for arguments in (["get", "archive", world.destination], ["put", "--archive", "none", "file", "new"]):
        result = run(arguments, limits=[] if SANITIZED else [(resource.RLIMIT_NOFILE, count)])
        check("descriptors", f"{count}, {arguments[0]}", result[0] in (0, 1, 127) and leftovers() == [], str(result) + str(leftovers()))
        world.clear()

# ---- a place that is not there is no artifact that is missing ----


def vanish():
    os.rmdir(os.getcwd())


for strategy in ([], ["--archive", "none"], ["--archive", "tar"], ["--max-bytes", "1M"]):
    for optional in ([], ["--optional"]):
        case = f"{strategy}, {optional}"
        name = "archive" if strategy in ([], ["--archive", "tar"]) else "object"
        os.makedirs(world.path("cwd/gone"), exist_ok=True)
        result = run(["-q", "get", *strategy, *optional, name, "relative"], directory=world.path("cwd/gone"), before=vanish)
        check("no place", case + ", the directory is gone", result[0] == 1 and b"cannot" in result[2], str(result))
        result = run(["-q", "get", *strategy, *optional, name, "/proc/artrepo/destination"])
        check("no place", case + ", none can be made", result[0] == 1 and b"cannot" in result[2], str(result))
        result = run(["-q", "get", *strategy, *optional, name, "/proc/destination"])
        check("no place", case + ", no file can be made", result[0] == 1 and b"cannot" in result[2], str(result))
        result = run(["-q", "get", *strategy, *optional, "no-such-object", world.destination])
        check("no place", case + ", the object is missing", result[0] == (0 if optional else 3), str(result))

# ---- the umask ----

for mask in (0o777, 0o077, 0):
    result = run(["get", "archive", world.destination], before=lambda: os.umask(mask))
    modes = [stat.S_IMODE(os.lstat(os.path.join(world.destination, name)).st_mode) for name in ("", "f")] if result[0] == 0 else None
    # Who is not root cannot even make the temporary directory with the first.
    check("umask", oct(mask), modes == [0o755, 0o644] or (mask == 0o777 and os.geteuid() != 0 and result[0] in (1, 4)), f"{modes} {result}")
    world.clear()

# ---- a terminal obeys nothing of what is printed ----

EVIL = b"a\x1b[2J\xc2\x9b2J\x07\xc2\x80\x7fb"
world.store(EVIL.decode(), DATA)
world.store("odd", gz(entry(EVIL, DATA) + entry(EVIL + b"2", kind=FIFO) + END))
world.write("odd.yaml", b'fs: {root: "/\\e[2J\\x9b2J"}\n')


def on_a_terminal(arguments):
    """What artctl writes to a terminal that is its standard output and standard error."""
    main, other = pty.openpty()
    attributes = termios.tcgetattr(other)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(other, termios.TCSANOW, attributes)
    seen = []

    def read():
        try:
            while data := os.read(main, 4096):
                seen.append(data)
        except OSError:
            pass  # it was closed at the other end

    reading = threading.Thread(target=read)
    reading.start()
    code = run(arguments, stdout=other, stderr=other)[0]
    os.close(other)
    reading.join()
    os.close(main)
    return code, b"".join(seen)


for arguments in (["ls"], ["ls", "-l"], ["stat", EVIL], ["-r", world.path("odd.yaml"), "config"], ["-r", world.path("odd.yaml"), "cat", "x"],
                  ["explain", "odd"], ["-v", "-v", "get", "odd", world.destination], ["get", EVIL, "/proc/" + EVIL.decode()],
                  ["cat", EVIL + b"/none"], ["--json", "ls"], ["--json", "stat", EVIL], ["--json", "get", EVIL, "/proc/" + EVIL.decode()],
                  ["--json", "explain", "odd"], ["-v", "-v", "--log-format", "json", "get", "odd", world.destination]):
    result = on_a_terminal(arguments)
    own = result[1].replace(b"\r\x1b[K", b"")  # of the line that shows the progress
    check("terminal", str(arguments), b"2J" in own and not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160
          for c in own.decode("utf-8", "replace")), str(result))
world.clear()
listed = run(["--json", "ls"])[1]
check("terminal", "--json says what it is", EVIL.decode() in [json.loads(line)["key"] for line in listed.splitlines()], str(listed))

# ---- nobody reads what is printed ----

reader, writer = os.pipe()
os.close(reader)
for arguments in (["ls"], ["cat", "object"], ["config"]):
    result = run(arguments, stdout=writer, before=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    check("broken pipe", str(arguments), result[0] in (141, -signal.SIGPIPE), str(result))
os.close(writer)
world.end()
