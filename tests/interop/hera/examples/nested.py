"""DAGs that take and give artifacts, around containers that read and write them."""

from hera.workflows import DAG, Artifact, Container, Workflow

with Workflow(generate_name="nested-", entrypoint="both") as workflow:
    say = Container(
        name="say",
        image="busybox",
        command=["sh", "-c"],
        args=["echo hello world | tee /tmp/hello.txt"],
        outputs=[Artifact(name="words", path="/tmp/hello.txt")],
    )
    show = Container(
        name="show",
        image="busybox",
        command=["sh", "-c"],
        args=["cat /tmp/message"],
        inputs=[Artifact(name="message", path="/tmp/message")],
    )
    lifted = Artifact(name="lifted", from_="{{tasks.say.outputs.artifacts.words}}")
    with DAG(name="make", outputs=[lifted]) as make:
        say()
    with DAG(name="use", inputs=[Artifact(name="given")]) as use:
        show(arguments=use.get_artifact("given").with_name("message"))
    with DAG(name="both"):
        made = make()
        used = use(arguments=made.get_artifact("lifted").with_name("given"))
        made >> used

EXAMPLES = [("two DAGs in a third", workflow, {"show": ["hello world\n"]})]
