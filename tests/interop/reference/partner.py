"""Argo's own executor and artctl as partners: what one saves the other loads to the same tree.

    partner.py STORE ARTCTL REFEXECUTOR WORK_DIRECTORY      STORE: s3 or gcs

Both get the same templates. Each saves below a key of its own; then each loads what either saved.
What must come of it is told by the source tree alone (cases.py), not by either program.
"""

import json
import os
import shutil
import subprocess
import sys

import trees
from cases import (
    LOG,
    LOG_TEXT,
    MISSING_INPUTS,
    MISSING_OUTPUTS,
    NONE,
    RAW,
    RUN,
    ZIP,
    cases_of,
    expected_tree,
    key_of,
    make_data,
    store_location,
    tar,
    write_secrets,
)

HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE_ROOT = os.path.join(os.path.dirname(HERE), "private_root.bash")
OWN_PATHS = ["/argo", "/mainctrfs", "/var/run/argo", "/tmp/argo", "/data"]
STAGED = "var/run/argo/outputs/artifacts"

failures = []


def check(name, lines):
    if lines:
        failures.append(name)
        print(f"FAILED: {name}", *lines[:12], sep="\n    ", file=sys.stderr)
    else:
        print(f"ok: {name}")


# ---- the two programs ----


class Side:
    """One of the two executors, over templates of one store."""

    def __init__(self, store, root, work):
        self.store, self.root, self.work = store, root, work

    def template(self, prefix, **parts):
        store = store_location(self.store) | {"key": f"{RUN}/{prefix}"}
        location = {self.store: store, "archiveLogs": True}
        volume = {"name": "work", "mountPath": "/data/volume"}
        container = {"image": "none", "volumeMounts": [volume]}
        return {"name": "main", "archiveLocation": location, "container": container} | parts

    def save_template(self, prefix, outputs):
        key = {self.store: {"key": key_of(prefix, "given")}}
        given = {"name": "given", "path": "/data/given"} | key
        not_given = {"name": "not-given", "path": "/data/not-given", "optional": True}
        inputs = {"artifacts": [given, not_given]}
        return self.template(prefix, inputs=inputs, outputs={"artifacts": outputs})

    def load_template(self, prefix, inputs):
        return self.template(prefix, inputs={"artifacts": inputs})


class Reference(Side):
    name = "reference"

    def __init__(self, program, *arguments):
        super().__init__(*arguments)
        self.program = program

    def run(self, action, template, staged=False):
        with open(f"{self.root}/argo/template.json", "w") as file:
            json.dump(template, file)
        shutil.rmtree(f"{self.root}/tmp/argo", ignore_errors=True)
        own_paths = [word for path in OWN_PATHS for word in ("--path", path)]
        return subprocess.run(
            ["bash", PRIVATE_ROOT, self.root, "--keep", os.path.dirname(self.program), *own_paths]
            + ["--", self.program, action, "/argo/template.json"],
            env=os.environ | {"REFEXECUTOR_STAGED": str(staged).lower()},
            capture_output=True,
            text=True,
        )

    def save(self, prefix, outputs, staged=False):
        return self.run("save", self.save_template(prefix, outputs), staged)

    def stage(self, outputs):
        return self.run("stage", self.save_template("unused", outputs))

    def load(self, prefix, inputs):
        """Where the inputs are afterwards: a directory by name, and volumes' directory."""
        result = self.run("load", self.load_template(prefix, inputs))
        return result, f"{self.root}/argo/inputs/artifacts", f"{self.root}/mainctrfs"


class Artctl(Side):
    name = "artctl"

    def __init__(self, program, *arguments):
        super().__init__(*arguments)
        self.program = program

    def run(self, action, template, *options):
        command = [self.program, action, "--template", "-", *options]
        if action != "stage":
            command += ["--secrets-dir", f"{self.root}/argo/secret"]
        return subprocess.run(command, input=json.dumps(template), capture_output=True, text=True)

    def save(self, prefix, outputs, staged=""):
        """Out of the whole file system of the pod, or, with STAGED, as the wait container."""
        roots = ["--root", self.root]
        if staged:
            roots = ["--outputs", f"{self.root}/{staged}", "--main", f"{self.root}/mainctrfs"]
        log = f"main={self.root}/var/run/argo/ctr/main/combined"
        return self.run("save", self.save_template(prefix, outputs), "--log", log, *roots)

    def stage(self, outputs, directory):
        template = self.save_template("unused", outputs)
        return self.run("stage", template, "--root", self.root, "--outputs", directory)

    def load(self, prefix, inputs):
        inputs_directory, main = f"{self.work}/inputs-of-{prefix}", f"{self.work}/main-of-{prefix}"
        os.makedirs(inputs_directory)
        os.makedirs(main)
        roots = ["--inputs", inputs_directory, "--main", main]
        result = self.run("load", self.load_template(prefix, inputs), *roots)
        return result, inputs_directory, main

    def load_to_root(self, prefix, inputs):
        root = f"{self.work}/root-of-{prefix}"
        os.makedirs(root)
        return self.run("load", self.load_template(prefix, inputs), "--root", root), root


def ran(result):
    """Lines of complaint about a run that had to succeed."""
    if result.returncode == 0:
        return []
    return [f"exit code {result.returncode}", *result.stderr.splitlines()]


def refuses(result, name):
    """Lines of complaint about a run that had to fail over the artifact NAME, and not crash."""
    if result.returncode in range(1, 126) and result.stderr:
        return []
    return [f"{name}: exit code {result.returncode}", *result.stderr.splitlines()]


# ---- the exchange ----


def artifacts_of(result):
    try:
        return json.loads(result.stdout)["outputs"]["artifacts"]
    except (ValueError, KeyError, TypeError):
        return []


def location_of(artifact, store):
    return {store: artifact[store]} if store in artifact else {}


def clear(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)


class Exchange:
    def __init__(self, store, artctl, refexecutor, work):
        self.store = store
        self.root = f"{work}/pod"
        make_data(self.root)
        write_secrets(f"{self.root}/argo/secret")
        trees.write(f"{self.root}/var/run/argo/ctr/main/combined", LOG_TEXT)
        trees.directory(f"{self.root}/tmp")
        self.reference = Reference(refexecutor, store, self.root, work)
        self.artctl = Artctl(artctl, store, self.root, work)
        self.reports = {}

    def outputs(self, prefix, saver):
        cases = cases_of(self.store, prefix, saver)
        return [case.output() for case in cases] + MISSING_OUTPUTS

    def save(self, side, prefix, **options):
        result = side.save(prefix, self.outputs(prefix, side.name), **options)
        check(f"{prefix}: {side.name} saves", ran(result))
        self.reports[prefix] = artifacts_of(result)

    def inputs(self, prefix, saver):
        saved = {artifact["name"]: artifact for artifact in self.reports[prefix]}
        inputs = [
            case.input(location_of(saved[case.name], self.store))
            for case in cases_of(self.store, prefix, saver)
            if case.name in saved
        ]
        log = {"name": LOG, "path": f"/in/{LOG}"} | location_of(saved.get(LOG, {}), self.store)
        not_found = {self.store: {"key": key_of(prefix, "no/such/key")}}
        return inputs + [log, RAW, MISSING_INPUTS[0], MISSING_INPUTS[1] | not_found]

    def load(self, side, prefix, saver):
        clear(f"{self.root}/argo/inputs/artifacts")
        shutil.rmtree(f"{self.root}/mainctrfs/data/volume/in", ignore_errors=True)
        result, inputs, main = side.load(prefix, self.inputs(prefix, saver))
        check(f"{prefix}: {side.name} loads", ran(result))
        cases = cases_of(self.store, prefix, saver)
        for case in cases:
            place = f"{main}{case.load_path}" if case.load_path else f"{inputs}/{case.name}"
            self.compare(case, prefix, saver, side.name, place)
        self.compare_file(f"{prefix}: the log by {side.name}", f"{inputs}/{LOG}", LOG_TEXT)
        self.compare_file(f"{prefix}: raw by {side.name}", f"{inputs}/raw", b"raw\n", 0o640)
        names = {case.name for case in cases if not case.load_path} | {LOG, RAW["name"]}
        check(f"{prefix}: {side.name} leaves nothing else", sorted(set(os.listdir(inputs)) - names))

    def compare_file(self, name, path, content, mode=None):
        expected = {".": trees.Entry("file", trees.sha256(content), mode)}
        check(name, trees.differences(expected, trees.describe(path)))

    def load_to_root(self, prefix, saver):
        result, root = self.artctl.load_to_root(prefix, self.inputs(prefix, saver))
        check(f"{prefix}: artctl loads to a root", ran(result))
        for case in cases_of(self.store, prefix, saver):
            place = root + (case.load_path or f"/in/{case.name}")
            self.compare(case, prefix, saver, "artctl", place, " below a root")

    def compare(self, case, prefix, saver, loader, place, where=""):
        expected = expected_tree(case, saver, loader, self.root)
        found = trees.describe(place)
        check(f"{prefix}: {case.name} by {loader}{where}", trees.differences(expected, found))

    def compare_reports(self, one, other):
        """Both report the same of the same template, but for the prefix of the keys."""
        mine = json.loads(json.dumps(self.reports[one]).replace(f"{one}/", f"{other}/"))
        names = {case.name for case in cases_of(self.store, "", "reference")} | {LOG}
        theirs = [a for a in self.reports[other] if a["name"] in names or "fails" in other]
        lines = [f"not in {other}: {a}" for a in mine if a not in theirs]
        lines += [f"not in {one}: {a}" for a in theirs if a not in mine]
        order = [[a["name"] for a in report] for report in (mine, theirs)]
        if not lines and order[0] != order[1]:
            lines = [f"in the order {order[0]}", f"in the order {order[1]}"]
        check(f"{one} and {other}: the same report", lines)

    def compare_failures(self):
        """A required output that is missing: the others are saved, and the exit code says so."""
        missing = {"name": "missing", "path": "/data/missing"}
        outputs = [{"name": "first", "path": "/data/page.html"}, missing]
        outputs += [{"name": "last", "path": "/data/empty", "archive": NONE}]
        for side, prefix, code in ((self.reference, "fails-r", 1), (self.artctl, "fails-a", 3)):
            result = side.save(prefix, outputs)
            self.reports[prefix] = artifacts_of(result)
            lines = [] if result.returncode == code else [f"exit code {result.returncode}"]
            names = [artifact["name"] for artifact in self.reports[prefix]]
            lines += [] if names == ["first", "last", "main-logs"] else [f"saved: {names}"]
            lines += [] if "missing" in result.stderr else [f"stderr: {result.stderr}"]
            check(f"{prefix}: {side.name} saves the others", lines)
        self.compare_reports("fails-r", "fails-a")

    def compare_refusals(self):
        """Inputs and outputs that neither takes."""
        nowhere = {self.store: {"key": "no/such/key"}}
        outside = {"name": "outside", "path": "/data/safe/../../outside"}
        refused = {
            "an input that was not supplied": [{"name": "needed", "path": "/in/needed"}],
            "an input that is not found": [{"name": "needed", "path": "/in/needed"} | nowhere],
            "an input that leaves its directory": [outside | nowhere],
            "a zip that is none": [self.plain_input("reference", ZIP)],
            "a tar that is none": [self.plain_input("reference", tar())],
        }
        for number, (name, inputs) in enumerate(refused.items()):
            for side in (self.reference, self.artctl):
                result, _, _ = side.load(f"refused-{number}", inputs)
                check(f"{name}: {side.name} refuses", refuses(result, inputs[0]["name"]))
        for side in (self.reference, self.artctl):
            result = side.save("refused", [outside])
            check(f"an output outside: {side.name} refuses", refuses(result, "outside"))

    def plain_input(self, prefix, archive):
        """A page as an input that is said to be an archive."""
        key = {self.store: {"key": key_of(prefix, "page.html")}}
        return {"name": "page", "path": "/in/page", "archive": archive} | key

    def exchange_staged(self):
        """One stages in the main container, the other saves in the wait container."""
        staged = f"{self.root}/{STAGED}"
        check("reference stages", ran(self.reference.stage(self.outputs("unused", "artctl"))))
        self.save(self.artctl, "staged-r", staged=STAGED)
        self.load(self.reference, "staged-r", "artctl")
        clear(staged)
        check("artctl stages", ran(self.artctl.stage(self.outputs("unused", "reference"), staged)))
        self.save_staged_by_artctl()
        self.load(self.artctl, "staged-a", "reference")

    def save_staged_by_artctl(self):
        """artctl does not tar what will be stored otherwise, and so leaves it to its own save: the
        reference, which wants an archive of everything, gets those from itself."""
        outputs = [case.output() for case in cases_of(self.store, "staged-a", "reference")]
        for output in outputs:
            if next(iter(output.get("archive", {"tar": {}}))) != "tar":
                self.reference.stage([output])
        self.save(self.reference, "staged-a", staged=True)

    def run(self):
        self.save(self.reference, "reference")
        self.save(self.artctl, "artctl")
        self.compare_reports("reference", "artctl")
        for saver in ("reference", "artctl"):
            self.load(self.reference, saver, saver)
            self.load(self.artctl, saver, saver)
            self.load_to_root(saver, saver)
        self.compare_failures()
        self.compare_refusals()
        self.exchange_staged()


def main():
    os.umask(0o022)
    Exchange(*sys.argv[1:]).run()
    if failures:
        sys.exit(f"{len(failures)} comparisons failed: {', '.join(failures)}")


if __name__ == "__main__":
    main()
