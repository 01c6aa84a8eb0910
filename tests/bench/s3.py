"""Moves objects to and from an S3 store with artctl and its peers: many small files as an object
each, one large file in parts, and few small files through a connection that answers 20 ms late.

artctl runs with what it has by default and with --transfers as many as the peers have objects or
parts in flight; of small objects it takes several to a transfer. The reference has no such setting,
and s5cmd runs with its own default, too. What was put is compared in the store, what was got where
it lies. Not in the data are symbolic links and empty directories, which no object can hold, and
empty files, which minio-go (in the reference) cannot put into VersityGW dependably.
"""

import json
import os
import shutil
import sys
import urllib.request

from runner import (Case, Command, arguments, empty_directory, fresh, go_tree, program, random_file,
                    remove, run_cases, same_as, scratch, selected, tree_bytes, version_of)

ENDPOINT = os.environ["ARTREPO_TEST_S3_ENDPOINT"]
BUCKET = os.environ["ARTREPO_TEST_S3_BUCKET"]
LARGE_BYTES = 1_000_000_000
FEW_FILES = 500
S5CMD_WORKERS = 256  # its default
DELAY_MILLISECONDS = 20
BENCH_DIRECTORY = os.path.dirname(os.path.abspath(__file__))


def stored(key):
    return os.path.join(os.environ["ARTREPO_TEST_S3_DATA"], BUCKET, key)


# ---- what the peers are told ----

class Peers:
    """The scripts of all peers for one endpoint. KEY ends in / where it stands for a directory.
    CA: the certificate to trust when it speaks TLS."""

    def __init__(self, endpoint, in_flight, ca=None):
        self.endpoint, self.in_flight, self.ca = endpoint, in_flight, ca
        self.url = f"{'https' if ca else 'http'}://{endpoint}"
        self.environment = f"AWS_ENDPOINT_URL_S3={self.url}"
        # Without: checksums as trailers, which VersityGW 1.8 refuses from boto3 over TLS.
        self.environment += " AWS_REQUEST_CHECKSUM_CALCULATION=when_required"
        if ca:
            self.environment += f" AWS_CA_BUNDLE='{ca}'"
            self.write_repository()

    def write_repository(self):
        """artctl takes a CA from a repository file only."""
        os.makedirs(scratch("secrets", "store"), exist_ok=True)
        shutil.copy(self.ca, scratch("secrets", "store", "ca"))
        for name, variable in (("id", "AWS_ACCESS_KEY_ID"), ("key", "AWS_SECRET_ACCESS_KEY")):
            with open(scratch("secrets", "store", name), "w", encoding="ascii") as file:
                file.write(os.environ[variable])
        settings = {"endpoint": self.endpoint, "bucket": BUCKET, "region": os.environ["AWS_REGION"],
                    "caSecret": {"name": "store", "key": "ca"},
                    "accessKeySecret": {"name": "store", "key": "id"},
                    "secretKeySecret": {"name": "store", "key": "key"}}
        with open(scratch("repository.yaml"), "w", encoding="utf-8") as file:
            json.dump({"s3": settings}, file)

    def artctl(self, action, path, key, options=""):
        target = f"s3://{BUCKET}/{key.rstrip('/')}"
        words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        if self.ca:
            options += f" --secrets-dir '{scratch('secrets')}' -r '{scratch('repository.yaml')}'"
        return (f"{self.environment} '{program('ARTCTL')}' {action} -q --archive none {options} "
                f"{words}")

    def artctl_wide(self, action, path, key):
        return self.artctl(action, path, key, f"--transfers {self.in_flight}")

    def reference(self, action, path, key):
        verb = {"put": "save", "get": "load"}[action]
        return f"'{program('REFS3')}' {verb} {self.endpoint} {BUCKET} {key.rstrip('/')} '{path}'"

    def s5cmd(self, action, path, key, workers=None):
        target = f"s3://{BUCKET}/{key}"
        if key.endswith("/"):
            words = (f"'{path}/' {target}" if action == "put" else f"'{target}*' '{path}/'")
        else:
            words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        return (f"{self.environment} s5cmd --log error --endpoint-url {self.url} "
                f"--numworkers {workers or self.in_flight} "
                f"cp --concurrency {self.in_flight} {words}")

    def s5cmd_default(self, action, path, key):
        return self.s5cmd(action, path, key, S5CMD_WORKERS)

    def rclone(self, action, path, key):
        target = (f"':s3,provider=Other,env_auth,no_check_bucket,force_path_style,"
                  f"region={os.environ['ARTREPO_TEST_S3_REGION']},"
                  f"endpoint=\"{self.url}\":{BUCKET}/{key.rstrip('/')}'")
        words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        verb = "copy" if key.endswith("/") else "copyto"
        trust = f"--ca-cert '{self.ca}'" if self.ca else ""
        return (f"rclone --config '' {trust} --transfers {self.in_flight} "
                f"--checkers {self.in_flight} "
                f"--s3-upload-concurrency {self.in_flight} --multi-thread-streams "
                f"{self.in_flight} {verb} {words}")

    def boto3(self, action, path, key):
        return (f"{self.environment} '{program('BENCH_PYTHON')}' "
                f"'{BENCH_DIRECTORY}/boto3_transfer.py' {action} '{path}' {BUCKET} {key} "
                f"{self.in_flight}")

    def awscrt(self, action, path, key):
        return (f"{self.environment} '{program('BENCH_PYTHON')}' "
                f"'{BENCH_DIRECTORY}/awscrt_transfer.py' {action} '{path}' {BUCKET} {key}")

    def all(self, large):
        yield "artctl", self.artctl
        yield f"artctl --transfers {self.in_flight}", self.artctl_wide
        if not self.ca:
            yield "reference", self.reference
        yield "s5cmd", self.s5cmd
        if not large:
            yield f"s5cmd --numworkers {S5CMD_WORKERS}", self.s5cmd_default
        yield "rclone", self.rclone
        yield "boto3", self.boto3
        if large:
            yield "awscrt", self.awscrt


# ---- cases ----

def put_case(peers, data, title, name, large):
    commands = []
    for number, (label, script) in enumerate(peers.all(large)):
        key = f"put-{number}" + ("" if large else "/")
        commands.append(Command(label, script("put", data, key), prepare=fresh(stored(key)),
                                check=same_as(data, stored(key))))
    return Case(f"put {name}", title, tree_bytes(data)[0], commands)


def get_case(peers, data, title, name, large):
    """All get the same objects."""
    key = "stored" + ("" if large else "/")
    Command("artctl", peers.artctl("put", data, key)).run()
    commands = []
    for number, (label, script) in enumerate(peers.all(large)):
        out = scratch(f"out-{number}")
        makes_directory = not large and label.split()[0] in ("s5cmd", "rclone", "boto3")
        commands.append(Command(label, script("get", out, key),
                                prepare=(empty_directory if makes_directory else fresh)(out),
                                check=same_as(data, out)))
    return Case(f"get {name}", title, tree_bytes(data)[0], commands)


def keep_files_with_content(tree):
    for directory, _, names in os.walk(tree, topdown=False):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.islink(path) or os.path.getsize(path) == 0:
                os.unlink(path)
        if not os.listdir(directory):
            os.rmdir(directory)


def many_files(path):
    go_tree(path)
    keep_files_with_content(path)


def few_files(path):
    """The first ones of the tree."""
    many_files(path)
    kept = 0
    for directory, directories, names in os.walk(path):
        directories.sort()
        for name in sorted(names):
            file = os.path.join(directory, name)
            kept += 1
            if kept > FEW_FILES:
                os.unlink(file)
    keep_files_with_content(path)


def large_file(path):
    random_file(path, LARGE_BYTES)


def delayed_endpoint():
    """A toxiproxy in front of the store that passes each answer on late."""
    interface = "http://" + os.environ["ARTREPO_TEST_TOXIPROXY"]

    def post(path, body):
        request = urllib.request.Request(interface + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    proxy = post("/proxies", {"name": "store", "listen": "127.0.0.1:0", "upstream": ENDPOINT})
    post("/proxies/store/toxics", {"type": "latency", "stream": "downstream",
                                   "attributes": {"latency": DELAY_MILLISECONDS}})
    return proxy["listen"]


def all_cases(options):
    near = Peers(ENDPOINT, options.in_flight)
    tls = Peers(os.environ["ARTREPO_TEST_S3_TLS_ENDPOINT"], options.in_flight,
                os.environ["ARTREPO_TEST_S3_CA"])
    far = Peers(delayed_endpoint(), options.in_flight)
    for name, make, large, peers in (
            ("many small files", many_files, False, near),
            ("one large file", large_file, True, near),
            ("one large file over TLS", large_file, True, tls),
            (f"few small files, {DELAY_MILLISECONDS} ms away", few_files, False, far)):
        actions = [action for action in (put_case, get_case)
                   if selected(options, f"{action.__name__[:3]} {name}", "")]
        if not actions:
            continue
        data = scratch("data")
        make(data)
        size, files = tree_bytes(data)
        title = f"{files:,} file{'s' if files != 1 else ''}, {size / 1e6:.0f} MB"
        for action in actions:
            yield action(peers, data, title, name, large)
            for entry in os.listdir(stored("")):
                if not entry.startswith("."):  # the server's own
                    remove(stored(entry))
        remove(data)


def main():
    options = arguments(__doc__, lambda parser: parser.add_argument(
        "--in-flight", type=int, default=16, help="objects or parts in flight"))
    versions = {
        "artctl": version_of(f"'{program('ARTCTL')}' version"),
        "reference": "Argo Workflows " + os.path.basename(program("REFS3")).split("-")[1],
        "s5cmd": version_of("s5cmd version"),
        "rclone": version_of("rclone version"),
        "boto3": version_of(f"'{program('BENCH_PYTHON')}' -m pip list | grep -E '^(boto3|awscrt)' "
                            "| tr -s ' \\n' ' '"),
        "store": "VersityGW on 127.0.0.1, plain HTTP, data in " + scratch(),
    }
    return run_cases(options, all_cases(options), versions)


if __name__ == "__main__":
    sys.exit(main())
