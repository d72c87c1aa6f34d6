"""What was taken away in a use and made again under an id that AWS gives anew: a subscription, a grant, a group.

Its old id never comes back, and the new one is what was put back, or something else: where a capture tells what the
old one was, they are compared; where none does, somebody has to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, Ask, Renewed, State
from iam_guardrails.model.incident.effects.state import agree
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED, Item
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def renewed(
    items: Sequence[Item], facts: Sequence[Fact], states: Mapping[str, State], before: Account | None,
    asking: Callable[[Fact], Ask],
) -> list[Item]:  # fmt: skip
    """The items, of each that is gone and the one that was made since in its place what both say together.

    states: id of a fact -> its state now.  before: the capture.  asking: further looks.
    """
    found = {item.id: item for item in items}
    taken = set[str]()
    for gone in facts:
        how = gone.kind.renewed
        if how is None or found[gone.id].verdict != OPEN or states[gone.id] is not None or not _ends(gone, REMOVES):
            continue
        then = how.before(before, gone.names) if how.before and before is not None else Unknown("no capture tells")
        for new in facts:
            if new.id in taken or found[new.id].verdict != OPEN or not _may_be(new, gone, states, how):
                continue
            now = how.now(new.names, asking(new)) if how.now else Unknown("nobody can compare them")
            same = agree(now, then)
            if same is False:
                continue
            taken.add(new.id)
            found[gone.id], found[new.id] = _told(found[gone.id], found[new.id], same)
            break
    return list(found.values())


def _may_be(new: Fact, gone: Fact, states: Mapping[str, State], how: Renewed) -> bool:
    """Whether the one may be what was made in place of the other: of the same kind and place, and not before it."""
    if (new.kind.name, new.account_id, new.region) != (gone.kind.name, gone.account_id, gone.region):
        return False
    there = states[new.id] is not None and not isinstance(states[new.id], Unknown)
    same = all(_end(new.names[name]) == _end(gone.names[name]) for name in how.same)
    later = new.steps[-1][0].seconds >= gone.steps[-1][0].seconds
    return new is not gone and there and same and later and _ends(new, ADDS)


def _ends(fact: Fact, how: str) -> bool:
    return fact.steps[-1][1].does == how


def _end(name: str) -> str:
    """Of an ARN the id at its end."""
    return name.rpartition("/")[2]


def _told(gone: Item, new: Item, same: bool | Unknown) -> tuple[Item, Item]:
    if same is True:
        why = "it was made again as it was, under another id: {}"
        verdict = REVERTED
    else:
        why = "nobody knows whether {} is the same under another id; say so where it is, else undo what was made"
        verdict = NOT_JUDGED
    return (changed(gone, verdict=verdict, why=why.format(new.id), command=""),
            changed(new, verdict=verdict, why=why.format(gone.id), command=""))  # fmt: skip
