"""Giving back what a removal took away, from its record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.journeys.review_remove import Access
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.calls import Call, restoring
from iam_guardrails.model.removal.held import Held, Role, differences
from iam_guardrails.model.removal.plan import Back
from iam_guardrails.model.removal.record import DONE, GIVEN_BACK, REFUSED, ROLLED_BACK, ROLLING, Kept, Removal
from iam_guardrails.model.value import frozen

_CLOCKS = timedelta(minutes=5)
"""How far the clocks of this machine and of AWS may differ."""


@frozen
class Outcome:
    """record: as it is now.  left: what is not as it was, or was refused, a sentence each."""

    record: Removal
    left: tuple[str, ...]


def look(access: Access, record: Removal) -> tuple[Back, ...]:
    """What a rollback is going to do. Raises Problem where something cannot be looked at."""
    return tuple(_back(access, record, kept) for kept in _each(record))


def _each(record: Removal) -> tuple[Kept, ...]:
    """Each role and user once, as it was when it was first written down: a user's password and key are two targets."""
    found: dict[str, Kept] = {}
    for kept in record.kept:
        found.setdefault(kept.before.arn, kept)
    return tuple(found.values())


def _back(access: Access, record: Removal, kept: Kept) -> Back:
    now = access.held(kept.target.kind, kept.target.name)
    if now is not None and not _is_it(record, kept, now):
        return Back(
            kept, (), f"there is another {kept.target.name} by now, made on {now.created_at:%Y-%m-%d %H:%M} UTC"
        )
    return Back(kept, restoring(kept.before, now))


def _is_it(record: Removal, kept: Kept, now: Held) -> bool:
    """Whether what is there is the old one, or the one that a rollback of this record made."""
    if now.created_at == kept.before.created_at:
        return True
    begun = next((step.at for step in record.steps if step.kind == ROLLING), None)
    alike = now.path == kept.before.path and (not isinstance(kept.before, Role) or _trust(now) == kept.before.trust)
    return begun is not None and now.created_at >= begun - _CLOCKS and alike


def _trust(now: Held) -> object:
    return now.trust if isinstance(now, Role) else None


def give_back(
    access: Access, records: RemovalRecords, record: Removal, planned: tuple[Back, ...], tell: Callable[[str], None]
) -> Outcome:
    """Make the calls, and look again. A rollback that was stopped goes on. Raises Problem."""
    if not record.of(ROLLING):
        record = records.append(record, ROLLING, {})
    left: list[str] = []
    for one in planned:
        name = f"{one.kept.target.kind} {one.kept.target.name}"
        if one.stranger:
            left.append(f"{name}: {one.stranger}")
            continue
        refused: list[str] = []
        for call in one.calls:
            record = _call(access, records, record, one.kept, call, tell, refused)
            if refused and call.operation.startswith("Create"):
                break
        now = access.held(one.kept.target.kind, one.kept.target.name)
        wrong = [*refused, *(differences(one.kept.before, now) if now else ("it is not there",))]
        left += [f"{name}: {text}" for text in wrong]
        record = records.append(record, GIVEN_BACK, {"item": one.kept.target.item, "left": wrong})
    if not left:
        record = records.append(record, ROLLED_BACK, {})
    return Outcome(record, tuple(left))


def _call(
    access: Access, records: RemovalRecords, record: Removal, kept: Kept, call: Call, tell: Callable[[str], None],
    refused: list[str],
) -> Removal:  # fmt: skip
    content = {"item": kept.target.item, "call": call.text}
    try:
        answer = access.do(call)
    except Problem as problem:
        refused.append(f"{call.text}: {problem}")
        tell(f"refused: {call.text}: {problem}")
        return records.append(record, REFUSED, {**content, "reason": str(problem)})
    tell(f"{call.text}: {answer}")
    return records.append(record, DONE, {**content, "answer": answer})
