"""Reading one resource: its values as the model wants them, known, followed to a target, or Unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.plan_json.names import arn_of, name_of
from iam_guardrails.adapters.plan_json.references import lead, place_of, references_in
from iam_guardrails.model.account import Text
from iam_guardrails.model.unknown import Unknown

AFTER_APPLY = "its value is known only after apply"
SENSITIVE = "its value is marked sensitive"
Block = Mapping[str, Any]


class Reading:
    """Reads values of the resources of one plan."""

    def __init__(self, graph: Graph, partition: str) -> None:
        self.graph = graph
        self.partition = partition

    def arn(self, node: Node) -> str:
        """The node's ARN or its stand-in."""
        return arn_of(node, self.partition)

    def value(self, node: Node, name: str, default: Any = None) -> Any:
        """One argument: its value; `default` where it is not set (AWS decides then); Unknown otherwise."""
        if holds(node.sensitive.get(name)):
            return Unknown(SENSITIVE)
        if holds(node.unknown.get(name)):
            if name not in node.expressions and node.unknown.get(name) is True:
                return default
            return self.unknown(node, name)
        found = node.values.get(name)
        return default if found is None else found

    def text(self, node: Node, name: str, default: str | None = None) -> Any:
        """As `value`, with the empty text read as not set."""
        found = self.value(node, name, default)
        return default if found == "" else found

    def unknown(self, node: Node, name: str, why: str = AFTER_APPLY) -> Unknown:
        """An Unknown that names the references the argument's expression mentions."""
        return Unknown(why, tuple(dict.fromkeys(references_in(node.expressions.get(name)))))

    def blocks(self, node: Node, name: str) -> list[Block] | Unknown:
        """Nested blocks with their known values; Unknown when nothing about them is known yet."""
        if holds(node.sensitive.get(name)):
            return Unknown(SENSITIVE)
        if node.unknown.get(name) is True:
            return self.unknown(node, name) if name in node.expressions else []
        found = node.values.get(name)
        return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []

    def targets(
        self, node: Node, expression: Any, types: Iterable[str], *, known: bool = False
    ) -> tuple[Node, ...] | Unknown:
        """All resources of `types` that an unknown expression stands for, when there is no doubt about them.

        `known`: count those it mentions by a known ARN or name too (an unknown set hides its known elements).
        """
        found = lead(self.graph, place_of(node), expression, frozenset(types))
        if found.opaque or not found.targets:
            return Unknown(AFTER_APPLY, found.opaque or tuple(dict.fromkeys(references_in(expression))))
        meant = (*found.targets, *found.known) if known else found.targets
        return _several(meant) if len(meant) > 1 and found.chooser else meant

    def target(self, node: Node, expression: Any, types: Iterable[str]) -> Node | Unknown:
        """The one resource an unknown expression stands for."""
        found = self.targets(node, expression, types)
        if isinstance(found, Unknown):
            return found
        return found[0] if len(found) == 1 else _several(found)

    def link(self, node: Node, name: str, *types: str) -> Text | None:
        """A link to another resource as its ARN: literal, followed, or Unknown; None where it is not set."""
        found = self.text(node, name)
        if not isinstance(found, Unknown):
            return found.removesuffix(":*") if isinstance(found, str) else None
        if found.reason == SENSITIVE:
            return found
        target = self.target(node, node.expressions.get(name), types)
        return self.arn(target) if isinstance(target, Node) else target

    def name(self, node: Node, name: str, *types: str, default: str | None = None) -> Any:
        """A link to another resource by its name: literal, followed, or Unknown."""
        found = self.text(node, name, default)
        if not isinstance(found, Unknown) or found.reason == SENSITIVE:
            return found
        target = self.target(node, node.expressions.get(name), types)
        return name_of(target) if isinstance(target, Node) else target

    def links(self, node: Node, name: str, *types: str) -> tuple[Text, ...] | Unknown:
        """Several links as ARNs, in a stable order; Unknown when not even their number can be told."""
        if holds(node.sensitive.get(name)):
            return Unknown(SENSITIVE)
        if name not in node.expressions and node.unknown.get(name) is True:
            return ()
        known = [item for item in node.values.get(name) or () if isinstance(item, str)]
        if not holds(node.unknown.get(name)):
            return tuple(sorted(known))
        targets = self.targets(node, node.expressions.get(name), types, known=True)
        if isinstance(targets, Unknown):
            return (*sorted(known), targets) if known else targets
        return tuple(sorted({*known, *(self.arn(item) for item in targets)}))


def _several(nodes: tuple[Node, ...]) -> Unknown:
    return Unknown("it is one of several resources, which one is known only after apply",
                   tuple(node.address for node in nodes))  # fmt: skip


def holds(mark: Any) -> bool:
    """Whether a mark of `after_unknown` or `sensitive_values` is true anywhere in it."""
    if isinstance(mark, Mapping):
        return any(holds(item) for item in mark.values())
    if isinstance(mark, list):
        return any(holds(item) for item in mark)
    return mark is True
