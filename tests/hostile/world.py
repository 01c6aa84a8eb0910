"""A world in which artctl meets hostile input: it runs in a directory, within bounds of time and
memory, and everything around what it was told to make is compared before and after.

    world = World()
    world.store("evil.tgz", data)
    world.refused("escape by name", "evil.tgz", ["--archive", "tar"], "illegal file path")
    world.end()
"""
import hashlib
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time

SANITIZED = os.environ.get("ARTREPO_SANITIZE", "") != ""
LONG = os.environ.get("ARTREPO_TEST_LONG", "") != ""
# What a case may take at most. The time is that of the processor: on a busy machine a case waits for
# one most of the time, which is nothing of its own. What waits for anything else hangs after a while.
# Sanitizers have their own ideas of memory.
SECONDS = 120 if SANITIZED else 60
HANGING_SECONDS = 600
RESIDENT_MIB = 400
ADDRESS_SPACE = 3 << 30


class World:
    def __init__(self):
        self.artctl = os.path.realpath(os.environ.get("ARTCTL") or shutil.which("artctl") or "")
        if not os.access(self.artctl, os.X_OK):
            sys.exit("set ARTCTL to the program")
        self.root = os.path.realpath(tempfile.mkdtemp(prefix="artrepo-hostile."))
        self.work = self.path("work")
        self.destination = os.path.join(self.work, "destination")
        for name in ("work", "store", "home", "outside", "outside/directory", "cwd"):
            os.mkdir(self.path(name))
        for name in ("outside/victim", "outside/directory/victim", "victim", "cwd/victim"):
            self.write(name, b"untouched")
            os.chmod(self.path(name), 0o640)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.path("home"), "LC_ALL": "C.UTF-8",
                            "TMPDIR": self.path("cwd"), "AWS_ACCESS_KEY_ID": "AK",
                            "AWS_SECRET_ACCESS_KEY": "SK", "AWS_EC2_METADATA_DISABLED": "true"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.counts = {}
        self.failures = 0
        self.largest_mib = self.longest = 0

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def store(self, name, data):
        self.write("store/" + name, data)

    # ---- comparing ----

    def look(self):
        """Everything but what artctl is told to make."""
        seen = {}
        for directory, directories, files in os.walk(self.root):
            if directory == self.root:
                directories.remove("work")
            for name in directories + files + ["."]:
                path = os.path.normpath(os.path.join(directory, name))
                status = os.lstat(path)
                content = None
                if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
                    with open(path, "rb") as file:
                        content = hashlib.sha256(file.read()).hexdigest()
                elif stat.S_ISLNK(status.st_mode):
                    content = os.readlink(path)
                changed = status.st_mtime_ns if content is not None else 0
                seen[path] = (status.st_mode, status.st_nlink, status.st_size, changed, content)
        return seen

    # ---- running ----

    def limit(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        if not SANITIZED:
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

    def start(self, arguments, standard_input=None):
        return subprocess.Popen([self.artctl] + arguments, cwd=self.path("cwd"),
                                env=self.environment, stdin=standard_input or subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=self.limit)

    def run(self, arguments, standard_input=None):
        """(exit code, standard output, standard error, peak MiB)"""
        begin = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen([self.artctl] + arguments, cwd=self.path("cwd"),
                                     env=self.environment, stdin=standard_input or subprocess.DEVNULL,
                                     stdout=out, stderr=err, preexec_fn=self.limit)
            code = mib = None
            while code is None:
                pid, status, usage = os.wait4(child.pid, os.WNOHANG)
                if pid != 0:
                    code, mib = os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024
                elif time.monotonic() - begin > HANGING_SECONDS:
                    child.kill()
                    _, _, usage = os.wait4(child.pid, 0)
                    code, mib = "none, it hangs:", usage.ru_maxrss / 1024
                else:
                    time.sleep(0.002)
            child.returncode = 0
            out.seek(0)
            err.seek(0)
            said, complained = out.read(), err.read()
        self.longest = max(self.longest, time.monotonic() - begin)
        self.largest_mib = max(self.largest_mib, mib)
        return code, said, complained, mib

    # ---- cases ----

    def fail(self, subject, case, what):
        self.failures += 1
        print(f"FAILED: {subject}: {case}: {what}", file=sys.stderr)

    def clear(self):
        for name in os.listdir(self.work):
            path = os.path.join(self.work, name)
            if os.path.isdir(path) and not os.path.islink(path):
                subprocess.run(["rm", "-rf", path], check=True)
            else:
                os.unlink(path)

    def judge(self, arguments, codes, message, check, standard_input):
        """What is wrong, or None."""
        code, said, complained, mib = self.run(arguments, standard_input)
        text = complained.decode("utf-8", "replace")
        if code not in codes:
            return f"exit code {code} instead of {codes}: {text[:2000]}"
        if mib > RESIDENT_MIB and not SANITIZED:
            return f"took {mib:.0f} MiB"
        if code == 0:
            return check(self.destination) if check is not None else None
        if os.listdir(self.work):
            return f"left behind {os.listdir(self.work)}"
        if said and not {"save", "ls"} & set(arguments[1:]):  # which say what they came to
            return f"printed a result although it failed: {said[:200]}"
        if not re.fullmatch(r"artctl[^\n]*: [^\n]+\n", text):
            return f"does not complain in one line: {text[:2000]!r}"
        if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text[:-1]):
            return f"control characters in {text!r}"
        if message is not None and not re.search(message, text):
            return f"does not say '{message}': {text[:2000]}"
        return None

    def case(self, subject, case, arguments, codes, message=None, check=None, standard_input=None):
        self.counts[subject] = self.counts.get(subject, 0) + 1
        self.clear()
        before = self.look()
        wrong = self.judge(arguments, codes, message, check, standard_input)
        after = self.look()
        if wrong is None and before != after:
            paths = [p for p in set(before) | set(after) if before.get(p) != after.get(p)]
            wrong = f"the world outside changed: {paths[:5]}"
        if wrong is not None:
            self.fail(subject, case, wrong)
        return wrong is None

    def get(self, name, options):
        return ["-q", "get", f"file://{self.path('store')}/{name}", self.destination] + options

    def archive(self, subject, case, data, options, codes, message=None, check=None):
        """DATA is in the store under a name of its own, and gets fetched."""
        self.store("object", data)
        return self.case(subject, case, self.get("object", options), codes, message, check)

    def end(self):
        self.clear()
        subprocess.run(["rm", "-rf", self.root], check=True)
        total = sum(self.counts.values())
        for subject, count in self.counts.items():
            print(f"{count:7} {subject}")
        print(f"{total:7} cases; the largest took {self.largest_mib:.0f} MiB, the longest "
              f"{self.longest:.1f} s; {self.failures} failed")
        sys.exit(1 if self.failures > 0 or total == 0 else 0)


def tame(destination):
    """For check: nothing but files, directories and links that stay, no set-id bits."""
    above = os.path.dirname(destination)
    sys.setrecursionlimit(100000)
    for directory, directories, files in os.walk(destination):
        for name in directories + files + ["."]:
            path = os.path.normpath(os.path.join(directory, name))
            mode = os.lstat(path).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                return f"{path} is a special file"
            if stat.S_ISLNK(mode):
                if not (os.path.realpath(path) + "/").startswith(above + "/"):
                    return f"{path} leads out"
            elif mode & 0o7000:
                return f"{path} has mode {mode:o}"
    return None
