"""Values that are not known yet, and the one way to read them.

Terraform marks what only AWS can decide (`after_unknown`); the live reader marks what a call did not return.
A rule reads such a value through `known`, so that it ends as "not judged", never as a pass or an accusation.
"""

from __future__ import annotations

from typing import TypeVar

from iam_guardrails.model.remedies import how_to_know_of
from iam_guardrails.model.value import frozen

T = TypeVar("T")


@frozen
class Unknown:
    """A value that cannot be read yet.

    reason: one clause that completes "not judged, because …", e.g. "known only after apply".
    references: Terraform addresses the expression leads to, when the configuration names them.
    remedy: how to make it known, one clause in the imperative; "" where the reason and the references tell.
    """

    reason: str = "its value is known only after apply"
    references: tuple[str, ...] = ()
    remedy: str = ""


class NotKnown(Exception):
    """Raised by `known`; the engine turns it into one not-judged outcome for the subject at hand.

    remedy: how to make it known, one clause in the imperative; "" where the reason tells (model/remedies.py).
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def known(value: T | Unknown, what: str) -> T:
    """Return `value`, or raise NotKnown saying that `what` (a noun phrase) cannot be read and why."""
    if isinstance(value, Unknown):
        hint = f" (from {', '.join(value.references)})" if value.references else ""
        waits = bool(value.references) and "after apply" in value.reason
        remedy = value.remedy or (how_to_know_of(value.references) if waits else "")
        raise NotKnown(f"{what}: {value.reason}{hint}", remedy)
    return value
