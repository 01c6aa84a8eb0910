"""An artifact whose lines become the items of a loop."""

from hera.workflows import DAG, Artifact, NoneArchiveStrategy, Workflow, script


@script(outputs=Artifact(name="lines", path="/tmp/lines", archive=NoneArchiveStrategy()))
def writer():
    with open("/tmp/lines", "w") as file:
        file.writelines(f"{number}\n" for number in range(4))


@script(inputs=Artifact(name="lines", path="/tmp/lines"))
def fanout():
    import json

    with open("/tmp/lines") as file:
        print(json.dumps([line.strip() for line in file]))


@script()
def consumer(item: int):
    print(item)


with Workflow(generate_name="fanout-", entrypoint="main") as workflow:
    with DAG(name="main"):
        written = writer()
        split = fanout(arguments={"lines": written.get_artifact("lines")})
        each = consumer(with_param=split.result)
        written >> split >> each

EXAMPLES = [("four items", workflow, {"consumer": [f"{number}\n" for number in range(4)]})]
