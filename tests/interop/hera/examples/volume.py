"""Artifacts on a volume of the workflow, where the second node finds the first one's files."""

from typing import Annotated

from hera.workflows import (
    Artifact,
    ArtifactLoader,
    NoneArchiveStrategy,
    Parameter,
    RunnerScriptConstructor,
    Steps,
    Volume,
    Workflow,
    models,
    script,
)

MOUNT = models.VolumeMount(name="work", mount_path="/mnt/work")


@script(constructor=RunnerScriptConstructor(outputs_directory="/mnt/work"), volume_mounts=[MOUNT])
def successor(
    number: Annotated[int, Parameter(name="number")],
) -> Annotated[int, Artifact(name="successor", archive=NoneArchiveStrategy())]:
    return number + 1


@script(constructor=RunnerScriptConstructor(), volume_mounts=[MOUNT])
def show(
    number: Annotated[
        int,
        # The very file that the node before wrote: the input takes its place.
        Artifact(name="number", path="/mnt/work/artifacts/successor", loader=ArtifactLoader.json),
    ],
):
    print(number)


with Workflow(
    generate_name="volume-", entrypoint="main", volumes=[Volume(name="work", size="1Gi")]
) as workflow:
    with Steps(name="main"):
        counted = successor(arguments={"number": 3})
        show(arguments={"number": counted.get_artifact("successor")})

EXAMPLES = [("one volume in two pods", workflow, {"show": ["4\n"]})]
