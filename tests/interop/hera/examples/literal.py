"""An artifact whose content is in the workflow itself."""

from hera.workflows import Artifact, RawArtifact, Steps, Workflow, script


@script(inputs=Artifact(name="letter", path="/tmp/letters/letter", mode=0o440))
def reader():
    import os

    with open("/tmp/letters/letter") as file:
        print(file.read(), f"{os.stat('/tmp/letters/letter').st_mode & 0o777:o}")


with Workflow(generate_name="literal-", entrypoint="main") as workflow:
    with Steps(name="main"):
        reader(arguments=RawArtifact(name="letter", data="Dear all,\n\nüber.\n"))

EXAMPLES = [("a letter", workflow, {"reader": ["Dear all,\n\nüber.\n 440\n"]})]
