"""Runs an example workflow, written with Hera, with artctl as the executor's init and wait.

    harness.py EXAMPLE STORE ARTCTL WORK_DIRECTORY     STORE: fs, s3 or gcs

EXAMPLE is a module in examples/. It offers EXAMPLES: workflows, and what their nodes must print.
Each is rendered to YAML, as it would be submitted, and then run from that.
"""

import importlib
import json
import os
import sys

import yaml

from argo import Run, WorkflowError
from pod import HERE, Pods

EXAMPLES = os.path.join(HERE, "examples")
KEY_FORMAT = "{{workflow.name}}/{{pod.name}}"


class Store:
    """An artifact repository of KIND, as files for artctl."""

    def __init__(self, kind, work):
        self.kind = kind
        self.repository, self.secrets = f"{work}/repository.yaml", f"{work}/secrets"
        location = getattr(self, f"{kind}_location")(work) | {"keyFormat": KEY_FORMAT}
        with open(self.repository, "w") as file:
            json.dump({kind: location}, file)

    def fs_location(self, work):
        return {"root": f"{work}/store"}

    def gcs_location(self, _):
        return {"bucket": os.environ["ARTREPO_TEST_GCS_BUCKET"]}

    def s3_location(self, _):
        os.makedirs(f"{self.secrets}/s3")
        for key in ("accesskey", "secretkey"):
            variable = {"accesskey": "ACCESS_KEY", "secretkey": "SECRET_KEY"}[key]
            with open(f"{self.secrets}/s3/{key}", "w") as file:
                file.write(os.environ[f"ARTREPO_TEST_S3_{variable}"])
        return {
            "endpoint": os.environ["ARTREPO_TEST_S3_ENDPOINT"],
            "bucket": os.environ["ARTREPO_TEST_S3_BUCKET"],
            "region": os.environ["ARTREPO_TEST_S3_REGION"],
            "insecure": True,
            "accessKeySecret": {"name": "s3", "key": "accesskey"},
            "secretKeySecret": {"name": "s3", "key": "secretkey"},
        }


def run_example(number, workflow, expected, artctl, store, work):
    """What is wrong with what the nodes printed, as lines."""
    text = workflow.to_yaml()
    with open(f"{work}/workflow-{number}.yaml", "w") as file:
        file.write(text)
    rendered = yaml.safe_load(text)
    # Unique, since the runs of a suite share their store.
    name = f"{rendered['metadata']['generateName']}{number}{os.urandom(3).hex()}"
    pods = Pods(artctl, store, EXAMPLES, f"{work}/run-{number}", name)
    try:
        Run(rendered, name, pods.start).run()
    except WorkflowError as error:
        return [str(error)]
    return [
        f"{node} printed {pods.printed.get(node)!r} instead of {texts!r}"
        for node, texts in expected.items()
        if pods.printed.get(node) != texts
    ]


def main():
    os.umask(0o022)
    example, kind, artctl, work = sys.argv[1:]
    sys.path.insert(0, EXAMPLES)
    store = Store(kind, work)
    failed = 0
    examples = importlib.import_module(example).EXAMPLES
    for number, (what, workflow, expected) in enumerate(examples, start=1):
        if callable(expected):  # it depends on the store
            expected = expected(kind)
        lines = run_example(number, workflow, expected, artctl, store, work)
        print(f"{'FAILED' if lines else 'ok'}: {example}: {what}", *lines, sep="\n    ")
        failed += bool(lines)
    if failed:
        sys.exit(f"{failed} of {len(examples)} workflows failed")


main()
