"""Comparisons, `&&`, `||` and parentheses put together from left to right, without recursion.

Source: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events": the order
of operations is `()` before `&&` before `||`.
"""

from __future__ import annotations

from iam_guardrails.model.trail.tree import And, Node, Or


class Nesting:
    """Takes what a reader meets, in its order, and hands out the tree."""

    def __init__(self) -> None:
        self._levels: list[list[list[Node]]] = [[[]]]  # per open parenthesis: the arms of ||, each the parts of &&

    @property
    def depth(self) -> int:
        """How many parentheses are open."""
        return len(self._levels) - 1

    def open(self) -> None:
        """A parenthesis opens."""
        self._levels.append([[]])

    def close(self) -> None:
        """The innermost parenthesis closes; what was inside counts as one part."""
        self.add(_joined(self._levels.pop()))

    def add(self, node: Node) -> None:
        """A comparison; the next one follows after `&&`, unless `either` is called."""
        self._levels[-1][-1].append(node)

    def either(self) -> None:
        """An `||`: what follows is another arm."""
        self._levels[-1].append([])

    def finish(self) -> Node:
        """The tree, once every parenthesis is closed."""
        return _joined(self._levels[0])


def _joined(arms: list[list[Node]]) -> Node:
    nodes: list[Node] = [parts[0] if len(parts) == 1 else And(tuple(parts)) for parts in arms]
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))
