"""Artifacts that may be missing: an output that was not made, and an input that nobody gave."""

from hera.workflows import Artifact, NoneArchiveStrategy, Steps, Workflow, script


@script(
    outputs=[
        Artifact(name="made", path="/tmp/made", archive=NoneArchiveStrategy()),
        Artifact(name="not-made", path="/tmp/not-made", optional=True),
    ]
)
def writer():
    with open("/tmp/made", "w") as file:
        file.write("made")


@script(
    inputs=[
        Artifact(name="made", path="/tmp/in/made"),
        Artifact(name="not-made", path="/tmp/in/not-made", optional=True),
        Artifact(name="not-given", path="/tmp/in/not-given", optional=True),
    ]
)
def reader():
    import os

    print(os.listdir("/tmp/in"))


with Workflow(generate_name="optional-", entrypoint="main") as workflow:
    with Steps(name="main"):
        written = writer()
        missing = "{{steps.writer.outputs.artifacts.not-made}}"
        reader(
            arguments=[
                written.get_artifact("made"),
                Artifact(name="not-made", from_=missing, optional=True),
            ]
        )

EXAMPLES = [("a missing output and a missing input", workflow, {"reader": ["['made']\n"]})]
