"""Runs one template as its pod would: artifacts in, the main container, artifacts out.

Each pod has a directory as its file system (`artctl --root`). The scripts of the examples name
absolute paths, in /tmp and elsewhere; they find there what is in that directory, because they run
in a root made of it (../private_root.bash). Their text stays as it is: a harness that rewrote the
paths in it would have to understand it, and could not reach those in Hera's own runner.
"""

import json
import os
import shutil
import subprocess
import sys

from argo import Outputs, WorkflowError

HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE_ROOT = os.path.join(os.path.dirname(HERE), "private_root.bash")
SCRIPT = "/argo/staging/script"


class Pods:
    """Starts the pods of one workflow."""

    def __init__(self, artctl, store, examples, work, workflow_name):
        self.artctl, self.store, self.examples, self.work = artctl, store, examples, work
        self.workflow_name = workflow_name
        self.printed = {}  # by the node's name, what each of its pods printed
        self.count = 0
        os.makedirs(f"{work}/volumes")

    def start(self, template, node):
        self.count += 1
        pod = f"{self.workflow_name}-{template['name']}-{self.count}"
        root = f"{self.work}/pods/{pod}"
        os.makedirs(f"{root}/tmp")
        mounts = volume_mounts(template)
        for mount in mounts:
            self.attach(mount, root)
        self.run_artctl("load", template, root, pod)
        text = self.run_main(template, root)
        self.printed.setdefault(node, []).append(text)
        report = self.run_artctl("save", template, root, pod)
        outputs = Outputs(result=text.removesuffix("\n"))
        outputs.artifacts = self.artifacts(report, template, pod)
        for parameter in template.get("outputs", {}).get("parameters", []):
            with open(root + parameter["valueFrom"]["path"]) as file:
                outputs.parameters[parameter["name"]] = file.read().removesuffix("\n")
        for mount in mounts:
            shutil.move(root + mount["mountPath"], f"{self.work}/volumes/{mount['name']}")
        return outputs

    def attach(self, mount, root):
        """A volume is in one pod after the other."""
        volume = f"{self.work}/volumes/{mount['name']}"
        os.makedirs(volume, exist_ok=True)
        os.makedirs(os.path.dirname(root + mount["mountPath"]), exist_ok=True)
        shutil.move(volume, root + mount["mountPath"])

    def run_artctl(self, action, template, root, pod):
        command = [self.artctl, action, "--template", "-", "--root", root]
        command += ["-r", self.store.repository, "--secrets-dir", self.store.secrets]
        command += ["--workflow", self.workflow_name, "--pod", pod]
        result = subprocess.run(command, input=json.dumps(template), capture_output=True, text=True)
        if result.returncode != 0:
            raise WorkflowError(f"{' '.join(command)}: {result.returncode}\n{result.stderr}")
        return result.stdout

    def artifacts(self, report, template, pod):
        """The artifacts of REPORT, once it is seen to be what Argo reports."""
        reported = json.loads(report)["outputs"].get("artifacts", [])
        declared = {a["name"]: a for a in template.get("outputs", {}).get("artifacts", [])}
        for artifact in reported:
            expected = declared[artifact["name"]]
            key = f"{self.workflow_name}/{pod}/{file_name(expected)}"
            expected = expected | {self.store.kind: {"key": key}}
            if artifact != expected:
                raise WorkflowError(f"reported {artifact} instead of {expected}")
        missing = [n for n in declared if n not in {a["name"] for a in reported}]
        if any(not declared[name].get("optional") for name in missing):
            raise WorkflowError(f"not reported: {missing}")
        return {artifact["name"]: artifact for artifact in reported}

    def run_main(self, template, root):
        container = template.get("script") or template["container"]
        command = container.get("command", []) + container.get("args", [])
        if "script" in template:
            os.makedirs(os.path.dirname(root + SCRIPT))
            with open(root + SCRIPT, "w") as file:
                file.write(container["source"])
            command = command + [SCRIPT]
        private = ["bash", PRIVATE_ROOT, root]
        for directory in {self.examples, sys.prefix, os.path.realpath(sys.base_prefix)}:
            private += ["--keep", directory]
        for place in used_places(template):
            private += ["--path", place]
        result = subprocess.run(
            private + ["--", *command],
            env=self.environment(container),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise WorkflowError(f"{template['name']}: {result.returncode}\n{result.stderr}")
        return result.stdout

    def environment(self, container):
        own = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
        path = f"{sys.prefix}/bin:{os.environ['PATH']}"
        python = {"PYTHONPATH": self.examples, "PYTHONDONTWRITEBYTECODE": "1"}
        return os.environ | {"PATH": path} | python | own


def volume_mounts(template):
    container = template.get("script") or template["container"]
    return container.get("volumeMounts", [])


def file_name(artifact):
    strategy = next(iter(artifact.get("archive", {"tar": {}})))
    if strategy == "none":
        return os.path.basename(artifact["path"])
    return artifact["name"] + {"tar": ".tgz", "zip": ".zip"}[strategy]


def used_places(template):
    """Where the main container's own files lie: the first two components of each path."""
    paths = [SCRIPT, "/tmp/hera-outputs"]
    paths += [mount["mountPath"] for mount in volume_mounts(template)]
    for side in ("inputs", "outputs"):
        paths += [a["path"] for a in template.get(side, {}).get("artifacts", [])]
    return sorted({"/argo" if p == SCRIPT else "/".join(p.split("/")[:3]) for p in paths})
