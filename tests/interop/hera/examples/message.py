"""A file handed from one node to the next: the first example of Hera's page on artifacts."""

from hera.workflows import (
    DAG,
    Artifact,
    NoneArchiveStrategy,
    Resources,
    Steps,
    TarArchiveStrategy,
    Workflow,
    ZipArchiveStrategy,
    script,
)

PRINTED = {"consumer": ["['Hello, world!']\n"]}


def write_message():
    with open("/tmp/file", "w") as file:
        file.write("Hello, world!")


def print_message():
    with open("/tmp/file") as file:
        print(file.readlines())


def message(kind, archive, **consumer_settings):
    writer = script(
        name="writer", outputs=Artifact(name="out-art", path="/tmp/file", archive=archive)
    )(write_message)
    consumer = script(
        name="consumer", inputs=Artifact(name="in-art", path="/tmp/file"), **consumer_settings
    )(print_message)
    with Workflow(generate_name="artifact-", entrypoint="main") as workflow:
        with kind(name="main"):
            written = writer()
            read = consumer(arguments=written.get_artifact("out-art").with_name("in-art"))
            if kind is DAG:
                written >> read
    return workflow


ARCHIVES = {
    "none": NoneArchiveStrategy(),
    "the default": None,
    "tar": TarArchiveStrategy(),
    **{f"tar at level {n}": TarArchiveStrategy(compression_level=n) for n in (0, 1, 9)},
    "zip": ZipArchiveStrategy(),
}

# An init container that is given more memory: nothing to those who run none.
PATCH = '{"initContainers": [{"name": "init", "resources": {"requests": {"memory": "2Gi"}}}]}'

EXAMPLES = [
    *((f"steps, {name}", message(Steps, archive), PRINTED) for name, archive in ARCHIVES.items()),
    ("a DAG, none", message(DAG, NoneArchiveStrategy()), PRINTED),
    (
        "large artifacts in the init container",
        message(
            Steps,
            NoneArchiveStrategy(),
            resources=Resources(memory_request="2Gi"),
            pod_spec_patch=PATCH,
        ),
        PRINTED,
    ),
]
