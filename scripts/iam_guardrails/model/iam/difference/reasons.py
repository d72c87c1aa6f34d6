"""Why one request is allowed by one side and was not by the other: which statements say so, told by the evaluator."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.difference.subject import Held, Side
from iam_guardrails.model.iam.document import Condition, Statement
from iam_guardrails.model.iam.judge import Kind, statement_applies
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed


def shown(condition: Condition) -> str:
    """A condition as a reader sees it."""
    return f"{condition.operator} {condition.key} {' or '.join(condition.values) or '(nothing)'}"


def named(held: Held, statement: Statement) -> str:
    """A statement with its conditions and its policy."""
    with_them = f" (with {' and '.join(map(shown, statement.conditions))})" if statement.conditions else ""
    return f"{statement.label} of {held.name}{with_them}"


def allowing(side: Side, request: Request, kind: Kind) -> str:
    """The statements that allow the request."""
    return " and ".join(f"{item.label} of {held.name}" for held, item in _statements(side, "Allow")
                        if _applies(held, item, request, kind))  # fmt: skip


def denying(side: Side, request: Request, kind: Kind) -> tuple[tuple[str, tuple[Condition, ...]], ...]:
    """The statements that deny the request, each with its conditions."""
    return tuple((f"{item.label} of {held.name}", item.conditions)
                 for held, item in _statements(side, "Deny", boundary=True)
                 if _applies(held, item, request, kind))  # fmt: skip


def _joined(conditions: tuple[Condition, ...]) -> str:
    return " and ".join(map(shown, conditions))


def missing(side: Side, request: Request, kind: Kind) -> str:
    """Why the side does not allow the request, one clause."""
    stops = [f"{by} denies it{f' with {_joined(listed)}' if listed else ''}"
             for by, listed in denying(side, request, kind)]  # fmt: skip
    if stops:
        return " and ".join(stops)
    if any(_applies(held, item, request, kind) for held, item in _statements(side, "Allow")):
        name = side.boundary.name if side.boundary else "the boundary"
        return f"the permissions boundary {name} does not allow it"
    for held, item in _statements(side, "Allow"):
        if item.conditions and _applies(held, changed(item, conditions=()), request, kind):
            wanted = [shown(one) for one in item.conditions
                      if not _applies(held, changed(item, conditions=(one,)), request, kind)]  # fmt: skip
            return f"{item.label} of {held.name} allows it only with {' and '.join(wanted)}"
    return "nothing allows it"


def kept_limits(side: Side, request: Request, kind: Kind) -> tuple[str, ...]:
    """The Deny statements that are about the request but for their conditions, which keep a part of it out."""
    return tuple(
        f"{item.label} of {held.name} still denies it with {' and '.join(map(shown, item.conditions))}"
        for held, item in _statements(side, "Deny", boundary=True)
        if item.conditions and _applies(held, changed(item, conditions=()), request, kind)
    )


def _statements(side: Side, effect: str, *, boundary: bool = False) -> Iterator[tuple[Held, Statement]]:
    beside = (side.boundary,) if boundary and side.boundary else ()
    for held in (*side.policies, *beside):
        for item in held.document.statements if held.document else ():
            if item.effect == effect:
                yield held, item


def _applies(held: Held, item: Statement, request: Request, kind: Kind) -> bool:
    version = held.document.version if held.document else ""
    return statement_applies(item, request, kind, version) is True
