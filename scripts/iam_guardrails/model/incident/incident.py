"""An incident as its record tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from iam_guardrails.model.incident.contents import content_of, fit
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXITED, EXTENDED, LEFT, OPENED, Extended, Opened, Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

DECLARED, INSIDE, OUTSIDE, ENDED_STATE, DONE = "declared", "inside", "left", "exited", "closed"
"""States: nobody entered yet; a session may be alive; its child is gone; sessions are revoked; reviewed."""

T = TypeVar("T")


@frozen
class Incident:
    """opened: the declaration.  steps: every step, the first being OPENED."""

    opened: Opened
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        """e.g. "INC-20261128-1250-k7qf"."""
        return self.opened.incident_id

    @property
    def opened_at(self) -> datetime:
        """When it was declared."""
        return self.steps[0].at

    @property
    def state(self) -> str:
        """DECLARED, INSIDE, OUTSIDE, ENDED_STATE or DONE, by the steps that were taken."""
        state = DECLARED
        alive: set[int] = set()
        roles: dict[str, bool] = {}  # every role that was entered or exited: whether its sessions are ended
        for item in self.steps:
            role = str(item.content.get("role_arn", ""))
            if item.kind == ENTERED:
                alive.add(item.number)
                roles[role] = False
                state = INSIDE
            elif item.kind == LEFT:
                alive.discard(int(item.content.get("entry", 0)))
                if state == INSIDE and not alive:  # after an exit, the child's end changes nothing any more
                    state = OUTSIDE
            elif item.kind == EXITED:
                roles[role] = bool(item.content.get("issued_before")) or roles.get(role, False)
                if all(roles.values()):
                    alive.clear()
                    state = ENDED_STATE
                elif state == ENDED_STATE:  # one of several roles could not be exited
                    state = OUTSIDE
            elif item.kind == CLOSED:
                return DONE
        return state

    @property
    def is_open(self) -> bool:
        """Whether it is not closed yet."""
        return self.state != DONE

    @property
    def due_at(self) -> datetime:
        """Until when it was declared to last, with every extension."""
        return max(end for _, end in self.spans)

    @property
    def spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """The times that were declared: from the declaration, and from each extension. Raises Problem where one does
        not fit."""
        later = zip(self.of(EXTENDED), self.contents(EXTENDED, Extended), strict=True)
        told = [(self.opened_at, self.opened.minutes), *((item.at, extended.minutes) for item, extended in later)]
        return tuple((at, at + timedelta(minutes=minutes)) for at, minutes in told)

    @property
    def minutes(self) -> int:
        """The minutes of a session: as declared, or as the last extension says."""
        extended = self.contents(EXTENDED, Extended)
        return extended[-1].minutes if extended else self.opened.minutes

    def of(self, kind: str) -> tuple[Step, ...]:
        """The steps of one kind."""
        return tuple(item for item in self.steps if item.kind == kind)

    def contents(self, kind: str, form: type[T]) -> tuple[T, ...]:
        """What the steps of one kind say, typed. Raises Problem where one does not fit."""
        return tuple(content_of(item, form) for item in self.of(kind))

    def jumps(self) -> tuple[tuple[int, int], ...]:
        """Where the clock went back: (step number, seconds)."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return tuple((b.number, int((a.at - b.at).total_seconds())) for a, b in pairs if b.at < a.at)


def kept_files(incident: Incident) -> dict[str, str]:
    """The files beside a record that its steps speak of, name to SHA-256, as the last of them says."""
    found: dict[str, str] = {}
    for item in incident.steps:
        files = item.content.get("files")
        found |= {str(name): str(sha256) for name, sha256 in files.items()} if isinstance(files, Mapping) else {}
    return found


def incident_of(items: Sequence[Step], where: str) -> Incident:
    """The incident that steps tell of. where: the record, for messages.

    Raises Problem where the first is no declaration, or one does not hold what its kind should.
    """
    if not items or items[0].kind != OPENED:
        raise Problem(f"{where} does not begin with the declaration; `guardrails records verify` tells what is wrong")
    try:
        for item in items:
            fit(item)
    except Problem as problem:
        raise Problem(f"{where}: {problem}; `guardrails records verify` tells what is wrong") from None
    return Incident(content_of(items[0], Opened), tuple(items))
