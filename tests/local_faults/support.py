"""What the tests in Python share: a world of its own, artctl in it, trees and their digests."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
LONG = bool(os.environ.get("ARTREPO_TEST_LONG"))
ARTCTL = os.environ.get("ARTCTL") or shutil.which("artctl")


# Runs a program, and writes the most memory that it had (KiB) to the descriptor in front of it. What
# the kernel tells of a program includes what its parent had when it was started: this one has little.
MEASURE = """
import os, sys
report, program = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(report, False)
_, status, usage = os.wait4(os.posix_spawn(program[0], program, os.environ), 0)
os.write(report, b"%d" % usage.ru_maxrss)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""


def skip(why):
    print("skipped: " + why, file=sys.stderr)
    sys.exit(SKIPPED)


def fail(why):
    print("FAILED: " + why, file=sys.stderr)
    sys.exit(1)


def expect(condition, why):
    if not condition:
        fail(why)


class World:
    """A directory with a home, secrets and a repository file; removed at the end of `with`."""

    def __init__(self, store, name="local"):
        self.store = store
        self.name = "%s-%d" % (name, os.getpid())
        if store == "s3" and not os.environ.get("ARTREPO_TEST_S3_ENDPOINT"):
            skip("needs an S3 server: tests/run.sh starts one, or tests/servers/versitygw.sh")

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="artrepo-local.")
        for directory in ("home", "secrets/s", "repository"):
            os.makedirs(self.path(directory))
        self.environment = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("AWS_", "ARTCTL_", "EXECUTOR_RETRY_", "ARTIFACT_S3_"))
        }
        self.environment["HOME"] = self.path("home")
        self._configure()
        return self

    def __exit__(self, *_):
        if self.store == "s3":
            shutil.rmtree(self.bucket(), ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def bucket(self):
        return os.path.join(os.environ["ARTREPO_TEST_S3_DATA"], self.name)

    def _configure(self):
        if self.store == "fs":
            text = "fs:\n  root: %s\n" % self.path("repository")
        else:
            for name, variable in (("access", "ACCESS_KEY"), ("secret", "SECRET_KEY")):
                self.secret("s", name, os.environ["ARTREPO_TEST_S3_" + variable])
            # A bucket of its own, so that what is unfinished there is ours.
            text = (
                "s3:\n  endpoint: %s\n  bucket: %s\n  region: %s\n  insecure: true\n"
                "  createBucketIfNotPresent: {objectLocking: false}\n"
                "  accessKeySecret: {name: s, key: access}\n"
                "  secretKeySecret: {name: s, key: secret}\n"
                % (
                    os.environ["ARTREPO_TEST_S3_ENDPOINT"],
                    self.name,
                    os.environ["ARTREPO_TEST_S3_REGION"],
                )
            )
        with open(self.path("repository.yaml"), "w") as file:
            file.write(text)

    def secret(self, name, key, text, mode=0o600):
        os.makedirs(self.path("secrets", name), exist_ok=True)
        path = self.path("secrets", name, key)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def command(self, *arguments):
        return [ARTCTL, "-r", self.path("repository.yaml"), "--secrets-dir", self.path("secrets")] + list(arguments)

    def start(self, *arguments, descriptors=None, **options):
        """With a limit of DESCRIPTORS, where given."""
        limited = [] if descriptors is None else ["sh", "-c", 'ulimit -n "$0" && exec "$@"', str(descriptors)]
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(limited + self.command(*arguments), env=self.environment, **options)

    def start_measured(self, *arguments, **options):
        """For memory_of."""
        report, far_end = os.pipe()
        measure = [sys.executable, "-I", "-S", "-c", MEASURE, str(far_end)]
        process = subprocess.Popen(measure + self.command(*arguments), env=self.environment, pass_fds=[far_end], **options)
        os.close(far_end)
        process.report = report
        return process

    def run(self, *arguments, **options):
        """Returns (exit code, standard output, standard error)."""
        process = self.start(*arguments, **options)
        out, error = process.communicate(timeout=120)
        return process.returncode, out, error.decode("utf-8", "replace")

    def ok(self, *arguments, **options):
        code, out, error = self.run(*arguments, **options)
        expect(code == 0, "%s: exit code %d: %s" % (" ".join(arguments), code, error))
        return out

    def unfinished(self):
        """Temporary files of the fs repository, or unfinished uploads of the server."""
        if self.store == "fs":
            return temporaries(self.path("repository"))
        directory = os.path.join(self.bucket(), ".sgwtmp", "multipart")
        return [os.path.join(d, n) for d, _, names in os.walk(directory) for n in names]


def memory_of(process, what):
    """Waits for it; the most memory that it had, in KiB. A failure unless it went well."""
    code = process.wait()
    with open(process.report, "rb") as report:
        kib = report.read()
    expect(code == 0, "%s: exit code %d" % (what, code))
    return int(kib)


def temporaries(directory):
    return [
        os.path.join(parent, name)
        for parent, directories, files in os.walk(directory)
        for name in directories + files
        if name.startswith(".artrepo-")
    ]


def write_random(path, size, seed):
    """The same bytes for the same seed."""
    with open(path, "wb") as file:
        block = 1 << 16
        for i in range(0, size, block):
            data = hashlib.shake_128(b"%d %d" % (seed, i)).digest(min(block, size - i))
            file.write(data)


def make_tree(directory, seed, files=40, size=60000):
    os.makedirs(os.path.join(directory, "sub", "deeper"))
    for i in range(files):
        below = ("", "sub", "sub/deeper")[i % 3]
        write_random(os.path.join(directory, below, "file-%d" % i), size + i, seed * 1000 + i)


def digest(path):
    """Of a file or a tree; None when there is nothing."""
    if not os.path.lexists(path):
        return None
    total = hashlib.sha256()

    def add_file(name, file_path):
        total.update(name.encode() + b"\0")
        with open(file_path, "rb") as file:
            for data in iter(lambda: file.read(1 << 20), b""):
                total.update(data)

    if os.path.isfile(path):
        add_file("", path)
        return total.hexdigest()
    for parent, directories, files in os.walk(path):
        directories.sort()
        for name in sorted(files):
            full = os.path.join(parent, name)
            add_file(os.path.relpath(full, path), full)
    return total.hexdigest()
