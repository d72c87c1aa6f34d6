"""What others did since to an object that a use had put back as it was: it is theirs, and no command of the use's
undoes it."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.judge import before_of
from iam_guardrails.model.incident.effects.kind import SETS, State
from iam_guardrails.model.incident.effects.order import orders, told_before, was_made
from iam_guardrails.model.incident.effects.state import agree
from iam_guardrails.model.incident.examined import OPEN, REVERTED, Item
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def left_to_others(item: Item, fact: Fact, now: State, before: Account | None, theirs: Sequence[Fact]) -> Item:
    """The item, reverted where it is open only by what others did after the use had put it back; else as it is.

    theirs: the objects of others' calls.  before: the capture.
    """
    if item.verdict != OPEN or not _had_put_back(fact, before):
        return item
    last_at = fact.steps[-1][0].seconds
    for other in theirs:
        since = [step for step in other.steps if step[0].seconds > last_at]
        if _key(other) != _key(fact) or not since:
            continue
        last = [step for step in since if step[0].seconds == since[-1][0].seconds]
        made = [write for write, call in last if agree(now, call.state(write, fact.names)) is True]
        if made:
            why = f"{made[-1].action} by {made[-1].caller} at {made[-1].at}"
            return changed(item, verdict=REVERTED, command="",
                           why=f"this use had put it back as it was; as it is now it is not of this use ({why})"
                           )  # fmt: skip
    return item


def _had_put_back(fact: Fact, before: Account | None) -> bool:
    """Whether the last call of the use left it as it was before the first, whichever these were."""
    then = before_of(fact, before)
    then = told_before(fact) if isinstance(then, Unknown) else then
    if isinstance(then, Unknown):
        if not was_made(fact):
            return False
        then = None
    made_again = not fact.kind.whole and then is not None and any(call.does != SETS for _, call in fact.steps)
    last = [(one, *one.steps[-1]) for one in orders(fact)]
    return not made_again and all(agree(call.state(write, one.names), then) is True for one, write, call in last)


def _key(fact: Fact) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return fact.kind.name, fact.account_id, fact.region, tuple(sorted(fact.names.items()))
