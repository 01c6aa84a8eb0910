"""The artifacts that the two executors exchange, and what loading them must give."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace

import trees

RUN = f"partner-{os.urandom(4).hex()}"  # below it are all keys: tests share their store

# ---- stores ----


def s3_location():
    environment = os.environ
    return {
        "endpoint": environment["ARTREPO_TEST_S3_ENDPOINT"],
        "bucket": environment["ARTREPO_TEST_S3_BUCKET"],
        "region": environment["ARTREPO_TEST_S3_REGION"],
        "insecure": True,
        "accessKeySecret": {"name": "s3", "key": "accesskey"},
        "secretKeySecret": {"name": "s3", "key": "secretkey"},
    }


def gcs_location():
    return {"bucket": os.environ["ARTREPO_TEST_GCS_BUCKET"]}


def store_location(store):
    return {"s3": s3_location, "gcs": gcs_location}[store]()


def write_secrets(directory):
    trees.write(f"{directory}/s3/accesskey", os.environb.get(b"ARTREPO_TEST_S3_ACCESS_KEY", b""))
    trees.write(f"{directory}/s3/secretkey", os.environb.get(b"ARTREPO_TEST_S3_SECRET_KEY", b""))


# ---- artifacts ----


@dataclass
class Case:
    """An output artifact, and what loading it must give."""

    name: str
    path: str
    archive: dict | None = None
    location: dict | None = None  # of its own
    load_archive: dict | None = None  # the input's strategy, where it is not the output's
    load_path: str = ""  # the input's path
    load: dict = field(default_factory=dict)  # more of the input: mode, recurseMode
    more: dict = field(default_factory=dict)  # more of the output
    becomes: str = ""  # another tree than path
    stored_as: str = ""  # the tree that is in the store, where links become copies
    not_by_reference: str = ""  # the store on which the reference does not save it

    @property
    def strategy(self):
        return next(iter(self.archive or {"tar": {}}))

    def output(self):
        artifact = {"name": self.name, "path": self.path}
        if self.archive:
            artifact["archive"] = self.archive
        return artifact | (self.location or {}) | self.more

    def input(self, location):
        artifact = {"name": self.name, "path": self.load_path or f"/in/{self.name}"} | self.load
        archive = self.archive if self.load_archive is None else self.load_archive
        if archive:
            artifact["archive"] = archive
        return artifact | location


def key_of(prefix, name):
    return f"{RUN}/{prefix}/{name}"


def tar(level=None):
    return {"tar": {} if level is None else {"compressionLevel": level}}


NONE, ZIP, DETECT = {"none": {}}, {"zip": {}}, {}


def cases_of(store, prefix, saver):
    """The cases, for outputs that SAVER saves below PREFIX."""
    odd = key_of(prefix, "own key/a+b&c=d%20/gr\u00fc\u00dfe.tgz")
    own = {store: store_location(store) | {"key": key_of(prefix, "own/location.tgz")}}
    copies = "/data/copied-links" if store == "gcs" else ""
    cases = [
        Case("tar-default", "/data/mixed"),
        Case("tar-detected", "/data/mixed", tar(), load_archive=DETECT),
        *(Case(f"tar-level-{n}", "/data/mixed", tar(n)) for n in (-1, 0, 1, 9)),
        Case("tar-file", "/data/page.html"),
        Case("tar-empty-file", "/data/empty", tar()),
        Case("tar-empty-directory", "/data/hollow"),
        Case("tar-link", "/data/link-to-page", becomes="/data/page.html"),
        Case("tar-slash", "/data/mixed/", tar(1)),
        Case("tar-mode", "/data/mixed", tar(1), load={"mode": 0o711}),
        Case("tar-mode-below", "/data/bundle", load={"mode": 0o750, "recurseMode": True}),
        Case("tar-key", "/data/bundle", location={store: {"key": key_of(prefix, "own/key.tgz")}}),
        Case("tar-location", "/data/bundle", location=own),
        Case("tar-odd-key", "/data/page.html", location={store: {"key": odd}}),
        Case("tar-all-fields", "/data/page.html", more=ALL_FIELDS),
        Case("tar-on-volume", "/data/volume/mixed", load_path="/data/volume/in/tar"),
        Case("tar-of-input", "/data/given/below"),
        Case("tar-of-no-input", "/data/not-given"),
        Case("none-file", "/data/page.html", NONE),
        Case("none-file-detected", "/data/script.js", NONE, load_archive=DETECT),
        # VersityGW sends two answers to the way in which the reference uploads nothing.
        Case("none-empty-file", "/data/empty", NONE, not_by_reference="s3"),
        Case("none-empty-files", "/data/empties", NONE, not_by_reference="s3"),
        Case("none-large", "/data/large", NONE),
        Case("none-directory", "/data/bundle", NONE),
        # On GCS what a link leads to is uploaded; the reference fails where that is no file.
        Case("none-links", "/data/mixed-links", NONE, not_by_reference="gcs", stored_as=copies),
        Case("none-links-to-files", "/data/file-links", NONE, stored_as=copies),
        Case("none-on-volume", "/data/volume/text.txt", NONE, load_path="/data/volume/in/none"),
        Case("none-tgz", "/data/ball.tgz", NONE),
        Case("none-tar", "/data/ball.tar", NONE, load_archive=DETECT, becomes="/data/ball"),
        Case("zip-directory", "/data/mixed", ZIP),
        Case("zip-on-volume", "/data/volume/mixed", ZIP, load_path="/data/volume/in/zip"),
        Case("page.html", "/data/page.html", ZIP),  # by any other name the reference fails
    ]
    if saver == "reference":
        cases = [case for case in cases if case.not_by_reference != store]
    return cases


LOG, LOG_TEXT = "main-logs", b"a line of the log\n"
RAW = {"name": "raw", "path": "/in/raw", "raw": {"data": "raw\n"}, "mode": 0o640}

# Of an output: the report has them as the template had them.
ALL_FIELDS = {
    "optional": True,
    "mode": 0o600,
    "recurseMode": True,
    "globalName": "global",
    "archiveLogs": True,
    "artifactGC": {"strategy": "OnWorkflowDeletion", "serviceAccountName": "cleaner"},
}

# Outputs that are not there, and inputs that were not supplied.
MISSING_OUTPUTS = [{"name": "left-out", "path": "/data/left-out", "optional": True}]
MISSING_INPUTS = [
    {"name": "not-supplied", "path": "/in/not-supplied", "optional": True},
    {"name": "not-found", "path": "/in/not-found", "optional": True},
]


def make_data(root):
    """/data of the main container, and what the wait container sees of its volumes."""
    data = f"{root}/data"
    trees.make_mixed(f"{data}/mixed")
    trees.make_bundle(f"{data}/bundle")
    trees.make_bundle(f"{data}/mixed-links")
    os.symlink("index.html", f"{data}/mixed-links/link")
    os.symlink("sub", f"{data}/mixed-links/link-to-directory")
    trees.make_bundle(f"{data}/file-links")
    os.symlink("index.html", f"{data}/file-links/link")
    trees.make_bundle(f"{data}/copied-links")
    shutil.copyfile(f"{data}/copied-links/index.html", f"{data}/copied-links/link")
    trees.directory(f"{data}/hollow")
    trees.write(f"{data}/page.html", b"<p>a page</p>\n")
    os.symlink("page.html", f"{data}/link-to-page")
    trees.write(f"{data}/empty")
    trees.write(f"{data}/empties/sub/empty")
    trees.write(f"{data}/empties/empty")
    trees.write(f"{data}/script.js", b"true;\n")
    trees.write(f"{data}/not-given", b"made by the main container")
    trees.write(f"{data}/large", trees.random_bytes(17 << 20))  # several parts
    trees.make_bundle(f"{data}/ball")
    for archive in ("ball.tgz", "ball.tar"):  # both are compressed: names are not looked at
        subprocess.run(["tar", "-czf", f"{data}/{archive}", "-C", data, "ball"], check=True)
    for path in ("volume/mixed", "given/below"):
        os.makedirs(os.path.dirname(f"{data}/{path}"))
        subprocess.run(["cp", "-a", f"{data}/mixed", f"{data}/{path}"], check=True)
    trees.write(f"{data}/volume/text.txt", b"text\n")
    os.makedirs(f"{root}/mainctrfs/data")
    for shared in ("volume", "given"):
        subprocess.run(["cp", "-a", f"{data}/{shared}", f"{root}/mainctrfs/data"], check=True)


# ---- what must come of it ----


def expected_tree(case, saver, loader, root):
    tree = trees.describe(root + (case.becomes or case.stored_as or case.path).rstrip("/"))
    strategy = "tar" if case.becomes else case.strategy
    if strategy == "tar":
        tree = trees.through_tar(tree)
    elif strategy == "none":
        ours = loader == "artctl"
        tree = trees.through_objects(tree, 0o644 if ours else None, 0o755 if ours else None)
    else:
        tree = through_zip(case, tree, saver, loader)
    return with_mode(tree, case.load)


def through_zip(case, tree, saver, loader):
    if saver == "reference" and case.path == "/data/page.html":
        # Named by its whole path in /tmp; the one top entry (tmp) becomes the artifact.
        path = f"argo/outputs/artifacts/{case.name}"
        tree = {path: tree["."], "argo/outputs/artifacts": trees.Entry("directory")}
        tree |= {path: trees.Entry("directory") for path in (".", "argo", "argo/outputs")}
    if saver == "reference":
        # Out of the base image everything comes as a tar.
        on_volume = case.path.startswith("/data/volume/")
        return trees.zipped_by_reference(tree if on_volume else trees.through_tar(tree))
    if loader == "reference":
        return trees.unzipped_by_reference(tree)
    return trees.through_zip(tree)


def with_mode(tree, load):
    def entry(path, e):
        if e.kind == "link" or "mode" not in load or not (path == "." or load.get("recurseMode")):
            return e
        return replace(e, mode=load["mode"])

    return {path: entry(path, e) for path, e in tree.items()}
