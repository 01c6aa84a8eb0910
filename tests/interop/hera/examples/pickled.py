"""A pickled value, read into a variable that has the name of the input."""

from hera.workflows import DAG, Artifact, Workflow, script


@script(outputs=Artifact(name="result", path="/tmp/result"))
def produce():
    import pickle

    with open("/tmp/result", "wb") as file:
        pickle.dump({"text": "a value"}, file)


@script(inputs=Artifact(name="i", path="/tmp/i"))
def consume(i):
    import pickle

    with open("/tmp/i", "rb") as file:
        i = pickle.load(file)
    print(i)


with Workflow(generate_name="pickled-", entrypoint="main") as workflow:
    with DAG(name="main"):
        produced = produce()
        consumed = consume(arguments={"i": produced.get_artifact("result")})
        produced >> consumed

EXAMPLES = [("a value", workflow, {"consume": ["{'text': 'a value'}\n"]})]
