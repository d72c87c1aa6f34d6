"""The difference of one subject: what it gained and lost, with the verdict on new access.

What cannot be read is never taken for nothing: a policy that is known on neither side, or on one only, makes the
answer "not judged", unless it is the very same on both and nothing that could matter changed around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from iam_guardrails.model.iam.difference.found import Found
from iam_guardrails.model.iam.difference.held_back import FULL, Open, lifted, named_alone, unweighed
from iam_guardrails.model.iam.difference.pieces import Pieces, grants_of
from iam_guardrails.model.iam.difference.ranks import ADMINISTRATOR, RANKS, Rank
from iam_guardrails.model.iam.difference.settled import assumed as taken_for_granted
from iam_guardrails.model.iam.difference.settled import settled
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.prove.effective import Grants, everything, new_access
from iam_guardrails.model.iam.prove.proof import PROVEN, REFUTED
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed, frozen

Verdict = Literal["no new access", "new access", "not judged"]
NONE: Verdict = "no new access"
SOME: Verdict = "new access"
UNSURE: Verdict = "not judged"


@frozen
class Change:
    """One piece of access that one side has and the other has not.

    unless: policies that cannot be read and may already grant it on the other side, or deny it on this one.
    """

    rank: Rank
    found: Found
    request: Request
    unless: tuple[str, ...] = ()


@frozen
class Difference:
    """What one subject gained and lost. not_judged, lost_open: what new, and what lost, access could not be judged."""

    subject: Subject
    gained: tuple[Change, ...] = ()
    lost: tuple[Change, ...] = ()
    not_judged: tuple[Open, ...] = ()
    lost_open: tuple[Open, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """On new access alone; what was lost does not count."""
        return SOME if self.gained else UNSURE if self.not_judged else NONE

    @property
    def rank(self) -> Rank | None:
        """The gravest rank of what was gained."""
        return min((item.rank for item in self.gained), key=RANKS.index, default=None)


def difference(subject: Subject) -> Difference:
    """Compare the two sides."""
    if subject.effect:
        return Difference(subject, not_judged=tuple(unweighed(subject)), lost_open=tuple(unweighed(subject, lost=True)))
    told, subject = subject, settled(subject)
    old, new, common = _aligned(subject.old, subject.new)
    gained, open_new, assumed = _grown(old, new, subject, common)
    lost, open_lost, more = _grown(new, old, subject, common, backwards=True)
    open_new += tuple(named_alone(old, new, subject)) if not gained else ()
    open_lost += tuple(named_alone(new, old, subject)) if not lost else ()
    return Difference(
        told, gained, lost, open_new, open_lost, tuple(dict.fromkeys((*taken_for_granted(told), *assumed, *more)))
    )


def _aligned(old: Side, new: Side) -> tuple[Side, Side, tuple[str, ...]]:
    """The sides without a boundary that neither shows and that is the same on both, and the name of that.

    It limits both alike, so that what is new with it is new without it.
    """
    one, other = old.boundary, new.boundary
    if one and other and one.document is None and other.document is None and one.same and one.same == other.same:
        return changed(old, boundary=None), changed(new, boundary=None), (one.name,)
    return old, new, ()


def _grown(
    old: Side, new: Side, subject: Subject, common: tuple[str, ...], *, backwards: bool = False
) -> tuple[tuple[Change, ...], tuple[Open, ...], tuple[str, ...]]:
    """(what NEW grants and OLD does not, what of that is open, assumptions). backwards: OLD is the later one."""
    others = "" if backwards else subject.others
    if not new.policies and not others:
        return (), (), ()
    unread_old, unread_new = _unread(old), _unread(new)
    shared = {held.same for held in unread_old if held.same} & {held.same for held in unread_new}
    unless = tuple(dict.fromkeys((*common, *(held.name for held in (*unread_new, *unread_old)))))
    known_old, known_new = _readable(old), _readable(new)
    differs = grants_of(known_old) != grants_of(known_new)
    pieces = Pieces(known_old, known_new, subject.kind, subject.arn)
    found = pieces.found() if differs else []
    changes = [Change(item.rank, item, item.request, unless) for item in found if item.request is not None]
    open_ones = [Open(_named(item), item.reason) for item in found if item.request is None]
    open_ones += _open_policies(old, new, shared, bool(changes), backwards)
    if differs and (shared or others):
        beside = [held for held in unread_new if held.same in shared]
        open_ones += lifted(known_old, known_new, beside, others, subject)
    if changes and subject.kind == "identity" and _administrator(known_old, known_new, subject.arn):
        changes = [changed(item, rank=ADMINISTRATOR) if _covers_all(item.found) else item for item in changes]
        if not any(item.rank == ADMINISTRATOR for item in changes):
            changes[0] = changed(changes[0], rank=ADMINISTRATOR)
    changes.sort(key=lambda item: RANKS.index(item.rank))
    return tuple(changes), tuple(open_ones), tuple(pieces.assumptions)


def _unread(side: Side) -> list[Held]:
    return [held for held in side.policies if held.document is None]


def _readable(side: Side) -> Side:
    """The side with what can be read of it; a boundary that cannot be read is left out."""
    boundary = side.boundary if side.boundary and side.boundary.document is not None else None
    return Side(tuple(held for held in side.policies if held.document is not None), boundary)


def _open_policies(old: Side, new: Side, shared: set[str], gained: bool, backwards: bool) -> Iterator[Open]:
    was, is_now = ("denies", "granted") if backwards else ("denied", "grants")
    for held in _unread(new):
        if held.same not in shared:
            yield Open(f"what {held.name} {is_now}", held.reason, held.remedy)
    for held in _unread(old):
        if held.same not in shared:
            yield Open(f"what {held.name} {was}", held.reason, held.remedy)
    if old.boundary and old.boundary.document is None:
        held = old.boundary
        yield Open(f"what the permissions boundary {held.name} {was}", held.reason, held.remedy)
    if gained and new.boundary and new.boundary.document is None:
        held = new.boundary
        yield Open(f"how far the permissions boundary {held.name} limits this", held.reason, held.remedy)


def _administrator(old: Side, new: Side, arn: str) -> bool:
    """Whether NEW grants everything, proven, and OLD does not, proven."""
    full, all_of_it = Grants((FULL,)), everything("identity")
    if new_access(grants_of(new), full, "identity", all_of_it, arn).verdict != PROVEN:
        return False
    return new_access(grants_of(old), full, "identity", all_of_it, arn).verdict == REFUTED


def _covers_all(found: Found) -> bool:
    spans = (*found.actions, *found.resources)
    return all(set(span.pattern) <= set("*:") for span in spans)


def _named(found: Found) -> str:
    actions = ", ".join(span.shown for span in found.actions)
    resources = ", ".join(span.shown for span in found.resources)
    return f"{actions}{f' on {resources}' if resources else ''} ({found.statement.label} of {found.held.name})"
