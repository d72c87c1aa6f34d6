"""What a removal or a rollback is going to do, and what it did, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from iam_guardrails.reports.escaping import shown

if TYPE_CHECKING:
    from iam_guardrails.model.removal.plan import Back, Plan
    from iam_guardrails.model.removal.record import Removal
    from iam_guardrails.model.review.calling import Calling
    from iam_guardrails.model.review.latest import Later
    from iam_guardrails.model.review.signed import SignedReview

ANOTHER_ID = (
    "a role or user that is made again has another unique id: policies elsewhere that named the old one must be written"
    " anew"
)


def as_plan(planned: Plan, review: SignedReview, later: Sequence[Later] = ()) -> str:
    """What is going to be removed, with each call, and what is not, with the reason.

    later: what `review` wanted removed, and another one, decided later, did not.
    """
    lines = [f"{review.name}, signed by {review.signed_by} at {review.signed_at:%Y-%m-%d %H:%M} UTC"]
    if planned.open:
        lines.append(f"goes on with the record {planned.open.begun.id}")
    for one in planned.ready:
        lines.append(f"remove  {one.target.item}  {one.target.kind} {one.target.name}")
        lines += [f"        {call.text}" for call in one.calls]
        if one.loses:
            lines.append(f"        nothing gives back {', '.join(one.loses)}")
        if one.stays:
            lines.append(f"        no more than that: {one.stays}")
    for left in planned.left:
        word = "gone" if left.gone else "stays"
        lines.append(f"{word:<7} {left.target.item}  {left.target.kind} {left.target.name}: {left.reason}")
    for item in planned.others:
        lines.append(f"stays   {item.id}  {item.title}: not removed by calls; {item.remedy or 'see the review'}")
    for said in later:
        lines.append(f"stays   {said.item.id}  {said.item.title}: {said.review} decided {said.decision.choice} later")
    if not (planned.ready or planned.left or planned.others or later):
        lines.append("nothing was decided to be removed")
    return _text(lines)


def as_removed(record: Removal, planned: Plan, refused: Sequence[str], path: str, calling: Calling) -> str:
    """What became of it, where the record lies, and how it is undone."""
    whole = sum(not one.stays for one in planned.ready) - len(refused)
    lines = [f"refused: {text}" for text in refused]
    lines.append(f"{max(whole, 0)} of {len(planned.ready) + len(planned.refused)} removed; the record is {path}")
    if record.is_open:
        lines.append("something is left: the same command goes on with this record")
    lines.append(f"to undo it: {calling.review(record.begun.environment, '', 'rollback', record.begun.id)}")
    return _text([*lines, "next: commit the record"])


def as_back(planned: Sequence[Back]) -> str:
    """What is going to be given back, with each call."""
    return _text(list(_back(planned)) or ["the record holds nothing to give back"])


def _back(planned: Sequence[Back]) -> Iterator[str]:
    for one in planned:
        name = f"{one.kept.target.kind} {one.kept.target.name}"
        if one.stranger:
            yield f"stays   {name}: {one.stranger}"
        elif one.calls:
            yield f"restore {name}"
            yield from (f"        {call.text}" for call in one.calls)
        else:
            yield f"restore {name}: no call gives anything more back"


def as_given_back(record: Removal, left: Sequence[str]) -> str:
    """What became of a rollback."""
    if left:
        return _text([*(f"not as it was: {text}" for text in left), "the same command tries again"])
    return _text([f"{record.begun.id} is rolled back: everything is as it was", ANOTHER_ID])


def as_list(removals: Sequence[Removal], environment: str) -> str:
    """The removals there are, a line each."""
    lines = [f"{one.begun.id}  {len(one.kept)} of {one.begun.review}, {_state(one)}" for one in removals]
    return _text(lines or [f"nothing was removed in {environment}"])


def _state(one: Removal) -> str:
    if one.is_rolled_back:
        return "rolled back"
    return "not finished" if one.is_open else "rolled back in part" if one.of("rollback begun") else "removed"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{shown(line)}\n" for line in lines)
