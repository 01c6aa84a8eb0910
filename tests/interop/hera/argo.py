"""As much of Argo's controller as the example workflows need: steps, DAGs, loops and references.

What it does with artifacts is what the controller does: an argument takes the place of the input,
which keeps its path and modes; a reference that is optional and leads nowhere is left out.
"""

import copy
import itertools
import json
import re
from dataclasses import dataclass, field

TAG = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


class WorkflowError(Exception):
    pass


@dataclass
class Outputs:
    """What a node leaves behind."""

    result: str = ""
    parameters: dict = field(default_factory=dict)
    artifacts: dict = field(default_factory=dict)  # as reported, by name

    def scope(self, prefix):
        yield f"{prefix}.outputs.result", self.result
        for name, value in self.parameters.items():
            yield f"{prefix}.outputs.parameters.{name}", value
        for name, artifact in self.artifacts.items():
            yield f"{prefix}.outputs.artifacts.{name}", artifact


def substitute(value, scope):
    """VALUE with its tags replaced, in every string of it; unknown ones stay."""
    if isinstance(value, str):
        return TAG.sub(lambda tag: text_of(scope.get(tag[1], tag[0])), value)
    if isinstance(value, list):
        return [substitute(item, scope) for item in value]
    if isinstance(value, dict):
        return {name: substitute(item, scope) for name, item in value.items()}
    return value


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


def resolve_artifact(artifact, scope):
    """The artifact that `from` refers to, by the argument's own name."""
    reference = TAG.fullmatch(artifact["from"])
    if not reference or reference[1] not in scope:
        raise WorkflowError(f"{artifact['from']} leads nowhere")
    resolved = copy.deepcopy(scope[reference[1]]) | {"name": artifact["name"]}
    if "subPath" in artifact:
        location = next(value for value in resolved.values() if "key" in value)
        location["key"] += f"/{substitute(artifact['subPath'], scope)}"
    return resolved


class Run:
    """One run of a workflow. START_POD(template, node) runs a leaf and returns its Outputs."""

    def __init__(self, workflow, name, start_pod):
        self.spec = workflow["spec"]
        self.templates = {template["name"]: template for template in self.spec["templates"]}
        self.start_pod = start_pod
        self.globals = {"workflow.name": name}

    def run(self):
        return self.node(self.spec["entrypoint"], self.spec.get("arguments", {}), "")

    def node(self, template_name, arguments, display_name):
        template = copy.deepcopy(self.templates[template_name])
        inputs = template.setdefault("inputs", {})
        scope = dict(self.globals)
        inputs["parameters"] = list(self.input_parameters(inputs, arguments))
        for parameter in inputs["parameters"]:
            scope[f"inputs.parameters.{parameter['name']}"] = parameter["value"]
        scope["inputs.parameters"] = json.dumps(inputs["parameters"])
        inputs["artifacts"] = list(self.input_artifacts(inputs, arguments))
        for artifact in inputs["artifacts"]:
            scope[f"inputs.artifacts.{artifact['name']}"] = artifact
        if "steps" in template:
            return self.group(template, "steps", template["steps"], scope)
        if "dag" in template:
            return self.group(template, "tasks", in_order(template["dag"]["tasks"]), scope)
        return self.start_pod(substitute(template, scope), display_name)

    def input_parameters(self, inputs, arguments):
        given = {p["name"]: p for p in arguments.get("parameters", [])}
        for parameter in inputs.get("parameters", []):
            value = given.get(parameter["name"], parameter).get("value", parameter.get("default"))
            if value is None:
                raise WorkflowError(f"no value for the parameter {parameter['name']}")
            yield parameter | {"value": text_of(value)}

    def input_artifacts(self, inputs, arguments):
        given = {a["name"]: a for a in arguments.get("artifacts", [])}
        for artifact in inputs.get("artifacts", []):
            argument = given.get(artifact["name"])
            if argument is None:
                if not artifact.get("optional"):
                    raise WorkflowError(f"no artifact was given for {artifact['name']}")
                yield artifact
                continue
            kept = ("path", "mode", "recurseMode")
            taken = {name: value for name, value in argument.items() if name not in kept}
            yield taken | {name: artifact[name] for name in kept if name in artifact}

    def group(self, template, kind, nodes, scope):
        """The steps or tasks of a template, one after the other."""
        for node in itertools.chain.from_iterable(n if isinstance(n, list) else [n] for n in nodes):
            scope.update(self.repeated(node, scope).scope(f"{kind}.{node['name']}"))
        outputs = Outputs()
        for artifact in template.get("outputs", {}).get("artifacts", []):
            outputs.artifacts[artifact["name"]] = resolve_artifact(artifact, scope)
        return outputs

    def repeated(self, node, scope):
        if "withParam" in node:
            items = json.loads(substitute(node["withParam"], scope))
        elif "withItems" in node:
            items = node["withItems"]
        else:
            return self.one(node, scope)
        outputs = [self.one(node, scope | {"item": item}) for item in items]
        return Outputs(result=json.dumps([output.result for output in outputs]))

    def one(self, node, scope):
        arguments = dict(node.get("arguments", {}))
        artifacts = []
        for artifact in arguments.get("artifacts", []):
            try:
                resolved = resolve_artifact(artifact, scope) if "from" in artifact else artifact
            except WorkflowError:
                if not artifact.get("optional"):
                    raise
            else:
                artifacts.append(resolved)
        arguments = substitute(arguments, scope) | {"artifacts": artifacts}
        return self.node(node["template"], arguments, node["name"])


def in_order(tasks):
    """The tasks, each after those that it depends on."""
    waiting, done, names = list(tasks), [], {task["name"] for task in tasks}
    while waiting:
        finished = {task["name"] for task in done}
        ready = [task for task in waiting if dependencies(task) & names <= finished]
        if not ready:
            raise WorkflowError("the tasks depend on each other in a circle")
        done += ready
        waiting = [task for task in waiting if task not in ready]
    return done


def dependencies(task):
    return set(task.get("dependencies", [])) | set(re.findall(r"[\w-]+", task.get("depends", "")))
