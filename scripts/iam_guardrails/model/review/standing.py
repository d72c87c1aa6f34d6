"""How the reviews of environments stand: signed, due, overdue, in progress, and what was promised in them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import date

from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.period import NEVER, OVERDUE, Due
from iam_guardrails.model.review.review import CADENCES, Decision
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.value import frozen

EXPIRING_DAYS = 14
REMOVAL_OPEN, EXPIRING, EXPIRED = "to remove", "ends soon", "ended"


@frozen
class Standing:
    """One cadence of one environment. last: the review signed last.  due: of the next one.

    draft_open, draft_all: how many questions a draft has, and of these open ones; None where there is no draft.
    captured_at: of the draft.  problem: why nothing is known, "" where something is.  draft: its file, where that is
    what cannot be read.
    """

    environment: str
    cadence: str
    last: SignedReview | None
    due: Due
    draft_open: int | None = None
    draft_all: int | None = None
    problem: str = ""
    draft: str = ""

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been signed by now; one that was never signed should."""
        return not self.problem and self.due.state in (NEVER, OVERDUE)


@frozen
class Promise:
    """What a signed review left to be done. kind: REMOVAL_OPEN, EXPIRING or EXPIRED.  review, cadence: its own."""

    environment: str
    review: str
    kind: str
    title: str
    subject: str
    decision: Decision
    cadence: str = ""


@frozen
class Status:
    """Everything, by environment."""

    standings: tuple[Standing, ...]
    promises: tuple[Promise, ...]


def merged(found: Iterable[Status]) -> Status:
    """Several environments in one."""
    several = list(found)
    return Status(
        tuple(one for status in several for one in status.standings),
        tuple(one for status in several for one in status.promises),
    )


def exit_code(status: Status) -> int:
    """1 something is overdue or never signed, 2 something is not known, 0 neither."""
    if any(one.is_overdue for one in status.standings):
        return 1
    return 2 if any(one.problem for one in status.standings) else 0


def next_step(status: Status, calling: Calling = Calling()) -> str:  # noqa: B008 - frozen
    """The one thing to do next, as a command; a comment behind it says by when."""
    for one in status.standings:
        if one.problem:
            if not one.due.state:
                return calling.other("records", "verify", one.environment)
            return f"rm {shlex.quote(one.draft)} && {calling.review(one.environment, one.cadence)}"
    waiting = [one for one in status.standings if one.draft_all is not None]
    for one in sorted(waiting, key=lambda item: not item.is_overdue):
        how = ("decide",) if one.draft_open else ("sign", "--as", "NAME")
        return calling.review(one.environment, one.cadence, *how)
    late = [one for one in status.standings if one.is_overdue]
    if late:
        first = min(late, key=lambda item: (item.due.by or date.max, CADENCES.index(item.cadence)))
        return calling.review(first.environment, first.cadence)
    for promise in status.promises:
        if promise.kind != EXPIRING:
            action = "remove" if promise.kind == REMOVAL_OPEN else ""
            return calling.review(promise.environment, promise.cadence, action)
    coming = min((one for one in status.standings if one.due.by), key=lambda item: str(item.due.by), default=None)
    if coming is None:
        return "nothing: there is no environment"
    return f"{calling.review(coming.environment, coming.cadence)}  # by {coming.due.by}"
