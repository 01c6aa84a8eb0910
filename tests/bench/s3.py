"""Moves objects to and from an S3 store with artctl and its peers: many small files as an object
each, one large file in parts, and few small files through a connection that answers 20 ms late.

artctl runs with what it has by default and, as all peers, with the same number of objects or parts
in flight. The reference has no such setting. What was put is compared in the store, what was got
where it lies. Symbolic links and empty directories, which no object can hold, are not in the data.
"""

import json
import os
import sys
import urllib.request

from runner import (Case, Command, arguments, empty_directory, fresh, go_tree, program, random_file,
                    remove, run_cases, same_as, scratch, selected, tree_bytes, version_of)

ENDPOINT = os.environ["ARTREPO_TEST_S3_ENDPOINT"]
BUCKET = os.environ["ARTREPO_TEST_S3_BUCKET"]
LARGE_BYTES = 1_000_000_000
FEW_FILES = 500
DELAY_MILLISECONDS = 20
BENCH_DIRECTORY = os.path.dirname(os.path.abspath(__file__))


def stored(key):
    return os.path.join(os.environ["ARTREPO_TEST_S3_DATA"], BUCKET, key)


# ---- what the peers are told ----

class Peers:
    """The scripts of all peers for one endpoint. KEY ends in / where it stands for a directory."""

    def __init__(self, endpoint, in_flight):
        self.endpoint, self.in_flight = endpoint, in_flight
        self.url = f"AWS_ENDPOINT_URL_S3=http://{endpoint} AWS_ENDPOINT_URL=http://{endpoint} "

    def artctl(self, action, path, key, options=""):
        target = f"s3://{BUCKET}/{key.rstrip('/')}"
        words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        return f"{self.url} '{program('ARTCTL')}' {action} -q --archive none {options} {words}"

    def artctl_wide(self, action, path, key):
        return self.artctl(action, path, key, f"--transfers {self.in_flight}")

    def reference(self, action, path, key):
        verb = {"put": "save", "get": "load"}[action]
        return f"'{program('REFS3')}' {verb} {self.endpoint} {BUCKET} {key.rstrip('/')} '{path}'"

    def s5cmd(self, action, path, key):
        target = f"s3://{BUCKET}/{key}"
        if key.endswith("/"):
            words = (f"'{path}/' {target}" if action == "put" else f"'{target}*' '{path}/'")
        else:
            words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        return (f"s5cmd --log error --endpoint-url http://{self.endpoint} "
                f"--numworkers {self.in_flight} cp --concurrency {self.in_flight} {words}")

    def rclone(self, action, path, key):
        target = (f"':s3,provider=Other,env_auth,no_check_bucket,force_path_style,"
                  f"region={os.environ['ARTREPO_TEST_S3_REGION']},"
                  f"endpoint=\"http://{self.endpoint}\":{BUCKET}/{key.rstrip('/')}'")
        words = f"'{path}' {target}" if action == "put" else f"{target} '{path}'"
        verb = "copy" if key.endswith("/") else "copyto"
        return (f"rclone --config '' --transfers {self.in_flight} --checkers {self.in_flight} "
                f"--s3-upload-concurrency {self.in_flight} --multi-thread-streams "
                f"{self.in_flight} {verb} {words}")

    def boto3(self, action, path, key, kind="classic"):
        return (f"{self.url} '{program('BENCH_PYTHON')}' '{BENCH_DIRECTORY}/boto3_transfer.py' "
                f"{action} '{path}' {BUCKET} {key} {kind} {self.in_flight}")

    def boto3_crt(self, action, path, key):
        return self.boto3(action, path, key, "crt")

    def all(self, large):
        yield "artctl", self.artctl
        yield f"artctl, {self.in_flight} in flight", self.artctl_wide
        yield "reference", self.reference
        yield "s5cmd", self.s5cmd
        yield "rclone", self.rclone
        yield ("boto3 + awscrt", self.boto3_crt) if large else ("boto3", self.boto3)


# ---- cases ----

def put_case(peers, data, title, name, large):
    commands = []
    for number, (label, script) in enumerate(peers.all(large)):
        key = f"put-{number}" + ("" if large else "/")
        commands.append(Command(label, script("put", data, key), prepare=fresh(stored(key)),
                                check=same_as(data, stored(key))))
    return Case(f"put {name}", title, tree_bytes(data)[0], commands)


def get_case(peers, data, title, name, large):
    """All get what the reference has put."""
    key = "stored" + ("" if large else "/")
    Command("reference", peers.reference("put", data, key), prepare=fresh(stored(key))).run()
    commands = []
    for number, (label, script) in enumerate(peers.all(large)):
        out = scratch(f"out-{number}")
        makes_directory = label in ("s5cmd", "rclone", "boto3") and not large
        commands.append(Command(label, script("get", out, key),
                                prepare=(empty_directory if makes_directory else fresh)(out),
                                check=same_as(data, out)))
    return Case(f"get {name}", title, tree_bytes(data)[0], commands)


def remove_links_and_empty_directories(tree):
    for directory, _, names in os.walk(tree, topdown=False):
        for name in names:
            if os.path.islink(os.path.join(directory, name)):
                os.unlink(os.path.join(directory, name))
        if not os.listdir(directory):
            os.rmdir(directory)


def many_files(path):
    go_tree(path)
    remove_links_and_empty_directories(path)


def few_files(path):
    """The first ones of the tree that are not empty."""
    many_files(path)
    kept = 0
    for directory, directories, names in os.walk(path):
        directories.sort()
        for name in sorted(names):
            file = os.path.join(directory, name)
            if kept < FEW_FILES and os.path.getsize(file) > 0:
                kept += 1
            else:
                os.unlink(file)
    remove_links_and_empty_directories(path)


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
    near, far = Peers(ENDPOINT, options.in_flight), None
    for name, make, large, late in (
            ("many small files", many_files, False, False),
            ("one large file", lambda path: random_file(path, LARGE_BYTES), True, False),
            ("few small files, 20 ms away", few_files, False, True)):
        actions = [action for action in (put_case, get_case)
                   if selected(options, f"{action.__name__[:3]} {name}", "")]
        if not actions:
            continue
        if late and far is None:
            far = Peers(delayed_endpoint(), options.in_flight)
        data = scratch("data")
        make(data)
        size, files = tree_bytes(data)
        title = f"{files:,} file{'s' if files != 1 else ''}, {size / 1e6:.0f} MB"
        for action in actions:
            yield action(far if late else near, data, title, name, large)
            for entry in os.listdir(scratch()):
                if entry.startswith("out-"):
                    remove(scratch(entry))
            for entry in os.listdir(stored("")):
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
