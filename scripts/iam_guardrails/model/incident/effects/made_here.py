"""What belongs to a thing that a use made and that is gone again: its deletion, value and settings are gone with it.

Undoing any of these would only bring the thing back. Sessions of a role or a user that is gone are none of that: they
end by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.kind import State
from iam_guardrails.model.incident.effects.order import was_made
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED, Item
from iam_guardrails.model.incident.settle import SESSION
from iam_guardrails.model.value import changed


def gone_together(items: Sequence[Item], facts: Sequence[Fact], states: Mapping[str, State]) -> list[Item]:
    """The items, those of things that the use made and that are gone reverted. items, facts: the same, in one order.

    states: id of a fact -> its state now.
    """
    gone = [fact for fact, item in zip(facts, items, strict=True)
            if item.verdict == REVERTED and states[fact.id] is None and was_made(fact)]  # fmt: skip
    return [_with(item, fact, gone) for item, fact in zip(items, facts, strict=True)]


def _with(item: Item, fact: Fact, gone: Sequence[Fact]) -> Item:
    if item.verdict not in (OPEN, NOT_JUDGED) or item.kind == SESSION:
        return item
    holder = next((one for one in gone if one is not fact and _is_of(fact, one)), None)
    if holder is None:
        return item
    why = f"it is gone with what it belongs to, which this use made ({holder.id})"
    return changed(item, verdict=REVERTED, why=why, command="", harm="", may_stay=False)


def _is_of(fact: Fact, holder: Fact) -> bool:
    """Whether an object is of another: of the same service, and named by all of its names."""
    same = (fact.kind.looks[0], fact.account_id, fact.region) == (
        holder.kind.looks[0], holder.account_id, holder.region,
    )  # fmt: skip
    return same and holder.names.items() <= fact.names.items()
