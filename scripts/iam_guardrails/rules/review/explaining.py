"""What of the merged commits makes each change of IAM, where each commit counts only as long as it is what is merged.

What commits change of one resource is put together: the way to a call is from any state that may have been applied to
the state that was merged when the call was made. So a commit that a later one took back explains nothing that is done
after that. Each of them makes a call once: who makes it a second time does it for another reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from iam_guardrails.model.review.declared import ADDED, ANY, CHANGED, REMOVED, Declared, matches
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.review.comparing import POLICY
from iam_guardrails.rules.review.iam_ways import WAYS
from iam_guardrails.rules.review.merged import Made, made

BEFORE, AFTER = timedelta(days=7), timedelta(days=1)
"""How long before a change a commit may have been merged, and how long after it."""
IN_FLIGHT = timedelta(hours=2)
"""How long the apply of a commit may still run after a later one was merged."""
MANY = "[*]"
"""Stands in the address of a resource of which the text does not tell how many there are."""
Things = Mapping[str, Mapping[str, datetime]]
"""When each thing was made, by the parameter that names it, e.g. {"roleName": {"app": …}}."""


@frozen
class Explained:
    """commit: that makes a change by `made`; None where none does.  why: what speaks against one that seems to, a
    clause each.  unclear: whether that is a doubt only."""

    commit: Commit | None = None
    made: Made | None = None
    why: tuple[str, ...] = ()
    unclear: bool = False


@frozen
class _Step:
    commit: Commit
    declared: Declared


@frozen
class _Way:
    """A way to a call. step: the commit it begins with.  token: what is used up by it."""

    step: _Step
    made: Made
    token: tuple[str, ...]


class Explaining:
    """Takes the changes in the order of their time, and says of each what of the commits makes it.

    things: of the account, as it is now.  since: where the changes begin, None where that is not told: who made a call
    before that is not known.
    """

    def __init__(self, commits: Iterable[Commit], things: Things, since: datetime | None) -> None:
        self._steps: dict[str, dict[str, list[_Step]]] = {}
        for commit in sorted(commits, key=lambda one: one.at):
            for one in commit.declared:
                self._steps.setdefault(one.type, {}).setdefault(one.address, []).append(_Step(commit, one))
        self._things, self._since = things, since
        self._used: dict[tuple[str, ...], Change] = {}

    def of(self, row: Change) -> Explained:
        """What makes a change; it is then used up."""
        at = datetime.fromisoformat(row.time)
        ways = sorted(self._ways(row, at), key=lambda way: (way.token in self._used, len(way.made.untold)))
        doubts: dict[str, bool] = {}
        for way in ways:
            doubt, unclear = self._against(way, row)
            if not doubt:
                self._used.setdefault(way.token, row)
                return Explained(way.step.commit, way.made)
            doubts[doubt] = unclear
        why = (*doubts, *self._replaced(row, at))
        return Explained(None, None, why, bool(doubts) and all(doubts.values()))

    def _ways(self, row: Change, at: datetime) -> Iterator[_Way]:
        for steps in self._near(row, at):
            for end in _current(steps, at):
                found = (list(_beginning(steps[begin : end + 1], row)) for begin in range(end, -1, -1))
                yield from next((ways for ways in found if ways), [])

    def _near(self, row: Change, at: datetime) -> Iterator[list[_Step]]:
        """By resource, what the commits that count at that time change of it, oldest first."""
        for kind in {way.type for way in WAYS.get(row.action, ())}:
            for steps in self._steps.get(kind, {}).values():
                near = [step for step in steps if at - BEFORE <= step.commit.at <= at + AFTER]
                if near:
                    yield near

    def _against(self, way: _Way, row: Change) -> tuple[str, bool]:
        """What speaks against it, "" for nothing, and whether that is a doubt only."""
        one, commit, once = way.made.one, way.step.commit, way.made.way.once
        told = f"commit {commit.id[:10]} {one.kind} {one.address}"
        before = self._used.get(way.token)
        if before is not None and (before.principal != row.principal or (once and MANY not in one.address)):
            return f"{told}, and {before.principal} made this call for it on {before.time}", not once
        open_ended = once or POLICY in way.made.untold
        if open_ended and self._since is not None and commit.at < self._since - IN_FLIGHT:
            return f"{told}, which was merged before the window: what it makes may have been made then", True
        called = {name.lower(): value for name, value in row.parameters.items()}
        for name, pattern in way.made.names.items():
            if self._several(name, pattern, called.get(name.lower(), ""), commit):
                return f"{told}, whose name its text tells in part ({pattern}): others of that name are older", True
        return "", False

    def _several(self, name: str, pattern: str, called: str, commit: Commit) -> bool:
        """Whether a name that is told in part is one of several, and of what is older than the commit."""
        things = self._things.get(name, {})
        if ANY not in pattern or called not in things or things[called] >= commit.at - AFTER:
            return False
        return sum(matches(pattern, each) for each in things) > 1

    def _replaced(self, row: Change, at: datetime) -> Iterator[str]:
        """The commits that make it, and that a later one, merged before the call, changed again."""
        for steps in self._near(row, at):
            for step, later in pairwise(steps):
                ways = (way for way in WAYS.get(row.action, ()) if way.type == step.declared.type)
                if later.commit.at < at - IN_FLIGHT and any(made(way, step.declared, row) for way in ways):
                    told = f"commit {step.commit.id[:10]} {step.declared.kind} {step.declared.address}"
                    yield f"{told}, and commit {later.commit.id[:10]}, which came before this, {later.declared.kind} it"


def _beginning(steps: Sequence[_Step], row: Change) -> Iterator[_Way]:
    """The ways to a call from before the first of some steps to after the last."""
    whole = composed([step.declared for step in steps])
    for way in WAYS.get(row.action, ()) if whole is not None else ():
        if whole and way.type == whole.type and (found := made(way, whole, row)) is not None:
            yield _Way(steps[0], found, (steps[0].commit.id, whole.address, row.action, *_pairs(found.names)))


def _current(steps: Sequence[_Step], at: datetime) -> Iterator[int]:
    """The steps that may be what is merged at a time: not those that another one followed well before it."""
    for index in range(len(steps)):
        follower = steps[index + 1] if index + 1 < len(steps) else None
        if follower is None or follower.commit.at > at - IN_FLIGHT:
            yield index


def _pairs(names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={text}" for name, text in sorted(names.items()))


def composed(steps: Sequence[Declared]) -> Declared | None:
    """What several changes of one resource, one after the other, make of it; None where nothing is left of them."""
    first, last = steps[0], steps[-1]
    if len(steps) == 1:
        return first
    if first.kind == ADDED:
        if last.kind == REMOVED:
            return None
        return Declared(last.address, last.type, ADDED, after=last.after, documents=last.documents)
    if last.kind == REMOVED:
        return Declared(last.address, last.type, REMOVED, before=first.before)
    differ = {name for step in steps for name in step.changed}
    differ |= {name for name in {*first.before, *last.after} if first.before.get(name) != last.after.get(name)}
    return Declared(
        last.address, last.type, CHANGED, first.before, last.after, tuple(sorted(differ)), last.documents
    )  # fmt: skip
