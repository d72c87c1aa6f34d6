"""How the reviews of environments stand: signed, due, overdue, in progress, and what was promised in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

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
    captured_at: of the draft.  problem: why nothing is known, "" where something is.
    """

    environment: str
    cadence: str
    last: SignedReview | None
    due: Due
    draft_open: int | None = None
    draft_all: int | None = None
    problem: str = ""

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been signed by now; one that was never signed should."""
        return not self.problem and self.due.state in (NEVER, OVERDUE)


@frozen
class Promise:
    """What a signed review left to be done. kind: REMOVAL_OPEN, EXPIRING or EXPIRED.  review: its name."""

    environment: str
    review: str
    kind: str
    title: str
    subject: str
    decision: Decision


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


def next_step(status: Status, sandbox: bool = False) -> str:
    """The one thing to do next."""
    more = " --sandbox" if sandbox else ""
    for one in status.standings:
        if one.problem:
            if not one.due.state:
                return f"guardrails records verify {one.environment}{more}"
            return f"remove the draft, then: guardrails review {one.environment} --cadence {one.cadence}{more}"
    waiting = [one for one in status.standings if one.draft_all is not None]
    for one in sorted(waiting, key=lambda item: not item.is_overdue):
        word, tail = ("decide", "") if one.draft_open else ("sign", " --as NAME")
        return f"guardrails review {word} {one.environment} --cadence {one.cadence}{tail}{more}"
    late = [one for one in status.standings if one.is_overdue]
    if late:
        first = min(late, key=lambda item: (item.due.by or date.max, CADENCES.index(item.cadence)))
        return f"guardrails review {first.environment} --cadence {first.cadence}{more}"
    if any(one.kind != EXPIRING for one in status.promises):
        return (
            "carry out what was to be removed (guardrails review remove), and decide again about what was accepted"
            " until a day that is over"
        )
    coming = min((one for one in status.standings if one.due.by), key=lambda item: str(item.due.by), default=None)
    if coming is None:
        return "nothing: there is no environment"
    return f"guardrails review {coming.environment} --cadence {coming.cadence}{more}, by {coming.due.by}"
