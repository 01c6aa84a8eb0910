"""Hera's own runner: functions with annotated artifacts, which it loads and writes itself."""

from pathlib import Path
from typing import Annotated, Dict, List, Optional, Tuple

from hera.workflows import (
    Artifact,
    ArtifactLoader,
    NoneArchiveStrategy,
    Parameter,
    Steps,
    Workflow,
    ZipArchiveStrategy,
    script,
)


@script(constructor="runner")
def greet() -> Annotated[str, Artifact(name="greeting", archive=NoneArchiveStrategy())]:
    return "Hello, world!"


@script(constructor="runner")
def show(greeting: Annotated[str, Artifact(loader=ArtifactLoader.file)]):
    print(greeting)


with Workflow(generate_name="runner-", entrypoint="main") as hello:
    with Steps(name="main"):
        show(arguments={"greeting": greet().get_artifact("greeting")})


@script(constructor="runner")
def count(number: Annotated[int, Parameter(name="number")]) -> Tuple[
    Annotated[Dict[str, int], Artifact(name="numbers")],
    Annotated[List[int], Artifact(name="list", path="/tmp/own/list", archive=ZipArchiveStrategy())],
    Annotated[int, Parameter(name="next")],
]:
    return {"number": number}, list(range(number)), number + 1


@script(constructor="runner")
def write_file(
    page: Annotated[
        Path,
        Artifact(name="page", output=True, path="/tmp/made/page", archive=NoneArchiveStrategy()),
    ],
):
    page.write_text("a page\n")


@script(constructor="runner")
def load_all(
    as_path: Annotated[Path, Artifact(name="as-path")],
    as_text: Annotated[str, Artifact(name="as-text", loader=ArtifactLoader.file)],
    as_value: Annotated[Dict[str, int], Artifact(name="as-value", loader=ArtifactLoader.json)],
    as_list: Annotated[List[int], Artifact(name="as-list", loader=ArtifactLoader.json)],
    page: Annotated[str, Artifact(name="page", path="/tmp/pages/page", loader=ArtifactLoader.file)],
    following: Annotated[int, Parameter(name="following")],
    nothing: Annotated[
        Optional[Dict], Artifact(name="nothing", loader=ArtifactLoader.json, optional=True)
    ] = None,
):
    assert as_path.read_text() == as_text
    print(as_path, as_text, as_value, as_list, page.strip(), following, nothing, sep="\n")


with Workflow(generate_name="loaders-", entrypoint="main") as loaders:
    with Steps(name="main"):
        counted = count(arguments={"number": 3})
        written = write_file()
        load_all(
            arguments={
                "as-path": counted.get_artifact("numbers"),
                "as-text": counted.get_artifact("numbers"),
                "as-value": counted.get_artifact("numbers"),
                "as-list": counted.get_artifact("list"),
                "page": written.get_artifact("page"),
                "following": counted.get_parameter("next"),
            }
        )

LOADED = """\
/tmp/hera-inputs/artifacts/as-path
{"number": 3}
{'number': 3}
[0, 1, 2]
a page
4
None
"""

EXAMPLES = [
    ("a text", hello, {"show": ["Hello, world!\n"]}),
    ("loaders", loaders, {"load-all": [LOADED]}),
]
