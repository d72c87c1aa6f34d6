"""How old a use is, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from iam_guardrails.model.capture.last_access import TRACKED_DAYS
from iam_guardrails.model.removal.target import GRACE_TAG
from iam_guardrails.model.review.answer import MAX_ACCEPT_DAYS
from iam_guardrails.model.review.basis import day
from iam_guardrails.model.value import changed, frozen

WINDOW_DAYS = 90
LONGEST_GRACE_DAYS = MAX_ACCEPT_DAYS
"""How far ahead a grace tag may reach: no farther than a person may accept something."""
STALE, USED, YOUNG, KEPT, UNKNOWN, LINKED, CLOSED = "stale", "used", "young", "kept", "unknown", "linked", "closed"
_SPANS = (30, 60, 90, 180, 365)

KEPT_BY = "it is for emergencies, and drills show that it works"


@frozen
class Aged:
    """A role, password or access key with its age. last: its last use.  created: of it.  why: a clause.  sure: how
    sure "unused" is.  since: what is said of it.  span: the row of the table it stands in.  grace: its tag, as it is.
    beyond: of how many days AWS tells no use, where one before them may have been; 0 where it tells all.
    """

    kind: str
    name: str
    arn: str
    state: str
    last: datetime | None = None
    created: datetime | None = None
    why: str = ""
    sure: str = ""
    since: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    remedy: str = ""
    days: int | None = None
    grace: str = ""
    beyond: int = 0

    @property
    def span(self) -> str:
        """Its row: a span of days, or why there is none."""
        told = {LINKED: "AWS's own, not judged by age", UNKNOWN: "not known", CLOSED: "cannot sign in"}
        if self.state in told:
            return told[self.state]
        if self.state == KEPT and self.days is None:
            return "kept"
        if self.days is None:
            never = f"no use within {self.beyond} days" if self.beyond else "never used"
            return "never used, new" if self.state == YOUNG else never
        low = 0
        for high in _SPANS:
            if self.days <= high:
                return f"{low:>3} to {high:>3} days"
            low = high + 1
        return f"over {_SPANS[-1]} days"


def aged(
    kind: str, name: str, arn: str, last: datetime | None, created: datetime | None, now: datetime,
    tags: Mapping[str, str], today: date, evidence: tuple[tuple[str, str], ...], tracked: int = 0,
) -> Aged:  # fmt: skip
    """Judge an age. now: when the account looked like that.  tags: of the role or user.  today: for the grace tag.

    tracked: for how many days AWS remembers a use, 0 for ever.
    """
    window = timedelta(days=WINDOW_DAYS)
    days = (now - last).days if last else None
    tag = tags.get(GRACE_TAG, "")
    older = created is None or now - created > timedelta(days=tracked)
    beyond = tracked if last is None and older else 0
    bare = Aged(kind, name, arn, USED, last, created, evidence=evidence, days=days, grace=tag, beyond=beyond)
    if last is not None and now - last <= window:
        return bare
    if last is None and created is None:
        return Aged(kind, name, arn, UNKNOWN, why="neither a use nor when it was made is told")
    if created is not None and now - created <= window:
        return changed(bare, state=YOUNG)
    until, why = _grace(tag, today)
    if until is not None:
        return changed(bare, state=KEPT, why=f"kept until {until} by its tag")
    since = f"was last used on {day(last)}, {days} days before" if last else _never(created, beyond)
    return changed(bare, state=STALE, why=why, sure=_sure(last), since=since)


def _grace(tag: str, today: date) -> tuple[date | None, str]:
    """Until when a tag keeps something; None where it does not, with the reason ("" without a tag)."""
    if not tag:
        return None, ""
    try:
        until = date.fromisoformat(tag)
    except ValueError:
        return None, f"its tag {GRACE_TAG} is {tag[:40]!r} and no day such as 2026-12-31, so it keeps nothing"
    if until < today:
        return None, f"its tag {GRACE_TAG} ended on {until}"
    if (until - today).days > LONGEST_GRACE_DAYS:
        last = today + timedelta(days=LONGEST_GRACE_DAYS)
        why = f"its tag {GRACE_TAG} says {until}, and {last} is the last day that a tag may say, so it keeps nothing"
        return None, why
    return until, ""


def _sure(last: datetime | None) -> str:
    if last is not None:
        return "high: AWS tells the day of the last use"
    return f"medium: AWS tells no use, and tracks {TRACKED_DAYS} days"


def _never(created: datetime | None, beyond: int) -> str:
    if beyond:
        made = f", and was made on {day(created)}" if created else ""
        return f"has no use within the {beyond} days that IAM tracks{made}"
    return f"was never used since it was made on {day(created)}" if created else "was never used"
