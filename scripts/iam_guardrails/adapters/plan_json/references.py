"""Where an expression leads: from the references the configuration names to resource instances.

A plan holds no expression text, only the names an expression mentions. That is enough to say which resource
an unknown value must come from, as long as only one can be meant:
- module inputs and outputs, `each.value`, arguments that merely repeat a reference are followed to their end;
- what is known already cannot be where the unknown comes from, it can only choose ("chooser");
- what a plan does not show (a `local`, a computed attribute) is opaque, and then nothing is claimed.
"""

from __future__ import annotations

import re
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Graph, Json, Key, Node, Scope, index_key
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.value import frozen

INDEX = r'(\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?'
RESOURCE = Expression(rf"(data\.)?([\w-]+)\.([\w-]+){INDEX}(?:\.(.+))?")
MODULE = Expression(rf"module\.([\w-]+){INDEX}(?:\.([\w-]+).*)?")
SOURCE_OF = {  # computed attributes that only repeat an argument
    ("aws_kms_alias", "target_key_arn"): "target_key_id",
    ("aws_kms_alias", "arn"): "target_key_id",
    ("aws_kms_alias", "id"): "target_key_id",
    ("data.aws_kms_alias", "target_key_arn"): "name",
    ("data.aws_kms_key", "arn"): "key_id",
    ("aws_iam_role_policy", "id"): "role",
    ("aws_sns_topic_policy", "id"): "arn",
    ("terraform_data", "output"): "input",
}
IDENTITY = frozenset({"arn", "id", "name", "key_id", "target_key_arn", "target_key_id", "bucket"})
DEPTH = 24


@frozen
class Lead:
    """Where an expression leads.

    targets: resources the unknown may come from.  known: fitting resources mentioned by what is known of
    them (in a set they stand beside the unknown ones).  opaque: references a plan does not show.
    chooser: something else is mentioned that may decide which of them is meant.
    """

    targets: tuple[Node, ...] = ()
    known: tuple[Node, ...] = ()
    opaque: tuple[str, ...] = ()
    chooser: bool = False


@frozen
class Place:
    """Where an expression stands: module instance, the block whose `each` it sees, and that block's key."""

    scope: Scope
    block: Json
    key: Key


def leaves(references: list[str]) -> list[str]:
    """The references as written: Terraform lists each one followed by its own prefixes."""
    kept: list[str] = []
    for item in references:
        if not (kept and kept[-1].startswith(item) and kept[-1][len(item) : len(item) + 1] in (".", "[")):
            kept.append(item)
    return kept


def references_in(expression: Any) -> list[str]:
    """The references of an expression, or of all expressions in a nested block, without their prefixes."""
    if isinstance(expression, list):
        return [name for item in expression for name in references_in(item)]
    if not isinstance(expression, dict):
        return []
    own = expression.get("references")
    if isinstance(own, list):
        return leaves(own)
    return [name for item in expression.values() for name in references_in(item)]


def lead(graph: Graph, place: Place, expression: Any, types: frozenset[str], depth: int = 0) -> Lead:
    """Follow an expression to instances of the resource `types` ("data.…" for data sources)."""
    names = references_in(expression)
    keyed = "each.key" in names or "count.index" in names
    by_key = keyed and not any(name.startswith("each.value") for name in names)
    found = [_one(graph, place, name, types, by_key, depth) for name in names]
    return _merge(found)


def _merge(found: list[Lead]) -> Lead:
    targets = {node.address: node for item in found for node in item.targets}
    known = {node.address: node for item in found for node in item.known}
    opaque = dict.fromkeys(name for item in found for name in item.opaque)
    return Lead(tuple(targets.values()), tuple(known.values()), tuple(opaque), any(item.chooser for item in found))


def _one(graph: Graph, place: Place, name: str, types: frozenset[str], by_key: bool, depth: int) -> Lead:
    if depth > DEPTH:
        return Lead(opaque=(name,))
    start = name.partition(".")[0]
    if start in ("count", "path", "terraform", "self") or name == "each.key":
        return Lead(chooser=not by_key)
    if start == "local":
        return Lead(opaque=(name,))
    if start == "each":
        return _each(graph, place, types, depth)
    if start == "var":
        return _variable(graph, place.scope, name, types, depth)
    if start == "module":
        return _module(graph, place, name, types, by_key, depth)
    return _resource(graph, place, name, types, by_key, depth)


def _each(graph: Graph, place: Place, types: frozenset[str], depth: int) -> Lead:
    """`each.value`: what the block's `for_each` leads to; of a resource's instances the one with our key."""
    outer = Place(place.scope, {}, None)
    found = lead(graph, outer, place.block.get("for_each_expression"), types, depth + 1)
    same = tuple(node for node in found.targets if node.key == place.key and node.key is not None)
    if len(same) == 1 and not found.opaque:
        return Lead(targets=same)
    return Lead(found.targets, found.known, found.opaque, chooser=len(found.targets) != 1)


def _variable(graph: Graph, scope: Scope, name: str, types: frozenset[str], depth: int) -> Lead:
    if scope.parent is None:
        return Lead(chooser=True)
    given = (scope.call.get("expressions") or {}).get(name.split(".")[1].partition("[")[0])
    if given is None or "constant_value" in given:
        return Lead(chooser=True)
    found = lead(graph, Place(scope.parent, scope.call, scope.key), given, types, depth + 1)
    return found if found.targets or found.opaque or found.known else Lead(chooser=True)


def _module(graph: Graph, place: Place, name: str, types: frozenset[str], by_key: bool, depth: int) -> Lead:
    match = MODULE.fullmatch(name)
    if match is None:
        return Lead(opaque=(name,))
    call, index, output = match.groups()
    missed = False
    if index:
        only = graph.child(place.scope, call, index_key(index[1:-1]))
        scopes = [only] if only else []
    else:
        scopes = graph.children(place.scope, call)
        same = [item for item in scopes if item.key == place.key]
        missed = by_key and len(scopes) > 1 and not same
        scopes = same if by_key and same else scopes
    merged = _merge([_output(graph, scope, output, types, depth) for scope in scopes])
    several = output is None and len(merged.targets) > len(scopes)
    return Lead(merged.targets, merged.known, merged.opaque, merged.chooser or several or missed)


def _output(graph: Graph, scope: Scope, output: str | None, types: frozenset[str], depth: int) -> Lead:
    outputs = scope.config.get("outputs") or {}
    place = Place(scope, {}, None)
    if output is not None:
        return lead(graph, place, (outputs.get(output) or {}).get("expression"), types, depth + 1)
    found = [lead(graph, place, item.get("expression"), types, depth + 1) for item in outputs.values()]
    return Lead(_merge(found).targets)  # an index hides which output is meant: those that lead to a fitting resource


def _resource(graph: Graph, place: Place, name: str, types: frozenset[str], by_key: bool, depth: int) -> Lead:
    match = RESOURCE.fullmatch(name)
    if match is None:
        return Lead(opaque=(name,))
    data, kind, label, index, attribute = match.groups()
    nodes = graph.instances(place.scope, "data" if data else "managed", kind, label)
    missed = False
    if index:
        key = index_key(index[1:-1])
        nodes = [node for node in nodes if node.key == key]
    elif len(nodes) > 1 and by_key:
        same = [node for node in nodes if node.key == place.key]
        nodes, missed = same or nodes, not same
    if not nodes:
        return Lead(chooser=True)
    found = _merge([_attribute(graph, node, attribute, types, depth) for node in nodes])
    return Lead(found.targets, found.known, found.opaque, found.chooser or missed)


def _attribute(graph: Graph, node: Node, attribute: str | None, types: frozenset[str], depth: int) -> Lead:
    kind = f"data.{node.type}" if node.mode == "data" else node.type
    name = re.split(r"[.\[]", attribute, maxsplit=1)[0] if attribute else None
    if name is not None and node.values.get(name) is not None and not node.unknown.get(name):
        return Lead(known=(node,)) if kind in types and name in IDENTITY else Lead(chooser=True)
    if kind in types:
        return Lead(targets=(node,))
    source = SOURCE_OF.get((kind, name or "arn"), name)
    given = node.expressions.get(source) if source else None
    if given is None:
        return Lead(opaque=(f"{node.address}.{name}" if name else node.address,))
    return lead(graph, Place(node.scope, node.config, node.key), given, types, depth + 1)


def place_of(node: Node) -> Place:
    """The place of a resource's own expressions."""
    return Place(node.scope, node.config, node.key)
