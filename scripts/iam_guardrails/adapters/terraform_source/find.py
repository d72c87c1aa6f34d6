"""Where in the repository's text a policy stands: from the plan's resources to a file and a block.

Source: Terraform documentation, "JSON Output Format" (a plan names resources and module calls, but no files).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.plan_json.graph import Graph, Node, Scope
from iam_guardrails.adapters.terraform_source.blocks import Block, read_blocks
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.statements import Refused
from iam_guardrails.model.iam.tightening.subjects import Subject
from iam_guardrails.model.value import frozen


@frozen
class Found:
    """A policy in the text. block: what holds the argument `policy`: the resource, or its block inline_policy."""

    address: str
    folder: Path
    path: Path
    text: str
    block: Block


@frozen
class Home:
    """A plan's resource that makes a policy. inline: whether it is a block inline_policy of the role's."""

    node: Node
    inline: bool = False


def home_of(graph: Graph, subject: Subject) -> Home | None:
    """The resource of the plan that makes the policy; None where the plan has none. Raises Refused."""
    found = [Home(node) for node in _resources(graph, subject)]
    if subject.kind == "inline" and not found:
        name = subject.holders[0].rpartition("/")[2]
        found = [Home(node, inline=True) for node in graph.of("aws_iam_role") if node.values.get("name") == name
                 and any(one.get("name") == subject.name for one in _blocks(node))]  # fmt: skip
    if len(found) > 1:
        raise Refused(f"{found[0].node.address} and {found[1].node.address} both make it")
    return found[0] if found else None


def _resources(graph: Graph, subject: Subject) -> Iterator[Node]:
    if subject.kind == "managed":
        path = subject.arn.partition(":policy")[2]
        for node in graph.of("aws_iam_policy"):
            arn = node.values.get("arn")
            named = f"{node.values.get('path') or '/'}{node.values.get('name')}" == path
            if arn == subject.arn or (arn is None and named):
                yield node
    elif subject.kind == "inline":
        role = subject.holders[0].rpartition("/")[2]
        for node in graph.of("aws_iam_role_policy"):
            if node.values.get("name") == subject.name and node.values.get("role") == role:
                yield node


def _blocks(node: Node) -> list[Mapping[str, Any]]:
    listed = node.values.get("inline_policy")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def locate(graph: Graph, home: Home, name: str, root: Path) -> Found:
    """The text of the resource. Raises Refused where it is not one block of this repository's for one policy."""
    node = home.node
    _refuse_several(graph, node, root)
    folder = folder_of(node.scope, root)
    path, text, block = find_block(folder, "resource", node.type, node.name)
    if home.inline:
        mine = [one for one in block.named("inline_policy") if _says(text, one, "name", f'"{name}"')]
        if len(mine) != 1:
            raise Refused("its block inline_policy is not written out with that name")
        block = mine[0]
    return Found(node.address, folder, path, text, block)


def _says(text: str, block: Block, name: str, expression: str) -> bool:
    told = block.argument(name)
    return told is not None and text[told.value_start : told.value_end] == expression


def _refuse_several(graph: Graph, node: Node, root: Path) -> None:
    scope: Scope | None = node.scope
    keyed = node.key is not None
    while scope is not None:
        keyed, scope = keyed or scope.key is not None, scope.parent
    if keyed:
        raise Refused("it is made by count or for_each, so that one text stands for several policies")
    folder = folder_of(node.scope, root)
    others = [one.address for one in graph.of(node.type) if one.name == node.name and one.address != node.address
              and folder_of(one.scope, root) == folder]  # fmt: skip
    if others:
        raise Refused(f"its module is called several times: the text makes {others[0]} too")


def folder_of(scope: Scope, root: Path) -> Path:
    """The folder of a module instance's text. Raises Refused where it is not of this repository."""
    steps: list[str] = []
    while scope.parent is not None:
        steps.append(str(scope.call.get("source", "")))
        scope = scope.parent
    folder = root
    for step in reversed(steps):
        if not step.startswith(("./", "../")):
            raise Refused(f"its module comes from {step or 'elsewhere'}, not from this repository")
        folder = folder / step
    return folder.resolve()


def find_block(folder: Path, kind: str, *labels: str) -> tuple[Path, str, Block]:
    """The one block with that type and these labels in a folder's .tf files. Raises Refused."""
    for path in sorted(folder.glob("*.tf")):
        text = read_text(path, "Terraform's text")
        if not all(label in text for label in labels):
            continue
        try:
            blocks = read_blocks(text)
        except SourceError as error:
            raise Refused(f"{path.name} is not understood: {error}") from None
        for block in blocks:
            if block.type == kind and block.labels == labels:
                return path, text, block
    raise Refused(f"no .tf file in {folder.name} has the block {kind} {' '.join(labels)}")
