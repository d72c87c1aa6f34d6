"""The tightening of a whole account, or of some roles: proposals, what is left alone, and what nobody can see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.tightening.evidence import (
    DAY,
    QUARTER_DAYS,
    TRACKED_DAYS,
    Window,
    day,
)
from iam_guardrails.model.iam.tightening.narrow import Pins
from iam_guardrails.model.iam.tightening.observed import Gathered, Seen
from iam_guardrails.model.iam.tightening.propose import TIGHTER, WITHHELD, Proposal, propose
from iam_guardrails.model.iam.tightening.subjects import Skipped, seconds, skipped, subjects
from iam_guardrails.model.iam.tightening.together import withheld_together
from iam_guardrails.model.iam.tightening.use import Asked, Use
from iam_guardrails.model.value import field, frozen

LATE_DAYS = 2
"""How much later than the source IAM may have seen a role used without a doubt about the source."""
TOLD_EACH = 200
Progress = Callable[[str], None]


@frozen
class Outcome:
    """unused: ARNs of roles of which no call was recorded, and which IAM saw no use of.  notes: what the proposals
    cannot know.  refused: role ARN -> actions that were refused to it.  lacking: what the source lacks of the account,
    its Regions and its days.
    """

    window: Window
    proposals: tuple[Proposal, ...]
    skipped: tuple[Skipped, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()

    def of(self, *states: str) -> tuple[Proposal, ...]:
        """The proposals in these states."""
        return tuple(item for item in self.proposals if item.state in states)

    @property
    def exit_code(self) -> int:
        """1 where something can be tightened or is unused, 2 where nothing is and something was not judged, else 0."""
        if self.of(TIGHTER) or self.unused:
            return 1
        return 2 if self.of(WITHHELD) or any(not item.judged for item in self.skipped) else 0


def left_alone(estate: Estate, asked: Asked) -> dict[str, Skipped]:
    """The roles that are never tightened by their use, or of which too little is known, by ARN."""
    found = (skipped(role, asked.breakglass, asked.window) for role in estate.roles)
    return {item.role_arn: item for item in found if item is not None}


def tighten(
    estate: Estate, asked: Asked, gathered: Gathered, pins: Mapping[tuple[str, ...], Pins] | None = None,
    progress: Progress = lambda text: None,
) -> Outcome:  # fmt: skip
    """Propose. gathered: what each role did that holds one of the policies.  pins: what must stay, by policy."""
    left, seen = left_alone(estate, asked), gathered.seen
    roles = [role for role in estate.roles if role.arn in asked.chosen]
    unseen = [role for role in roles if role.arn not in left and not seen[role.arn].last]
    left |= {item.role_arn: item for role in unseen if (item := _contradicted(role, asked.window)) is not None}
    unused = tuple(role.arn for role in unseen if role.arn not in left)
    use = Use(estate, asked, gathered)
    looked = [role.arn for role in roles if role.arn not in left and role.arn not in unused]
    proposals = []
    for number, subject in enumerate(subjects(estate, looked, left), 1):
        if not number % TOLD_EACH:
            progress(f"{number} policies looked at")
        kept = (pins or {}).get(subject.key, Pins())
        proposals.append(propose(subject, use.basis(subject), estate, kept))
    proven = withheld_together(estate, proposals, seen, roles)
    skips = tuple(item for arn, item in left.items() if arn in asked.chosen)
    refused = {arn: tuple(sorted(seen[arn].refused)) for arn in looked if seen[arn].refused}
    return Outcome(asked.window, proven, skips, unused, tuple(_notes(asked, roles, seen, looked)), refused)


def _contradicted(role: Principal, window: Window) -> Skipped | None:
    used = seconds(role.last_used_at)
    if used is None or not window.since <= used < window.until - LATE_DAYS * DAY:
        return None
    return Skipped(role.arn, f"IAM saw it used on {day(used)}, but the source holds no call of it: they are data "
                   "events, or of a Region or an account that the source lacks", False)  # fmt: skip


def _notes(asked: Asked, roles: Sequence[Principal], seen: Mapping[str, Seen], looked: Collection[str]) -> list[str]:
    """What the proposals cannot know, one sentence each."""
    window, found = asked.window, [*([asked.told] if asked.told else []), *asked.window.gaps]
    if window.days < QUARTER_DAYS:
        found.append(f"the window is {window.days} days, so a job that runs once a quarter may not be in it")
    elif window.days < TRACKED_DAYS:
        found.append(f"the window is {window.days} days, so a job that runs once a year may not be in it")
    without = [arn for arn in looked if arn not in asked.last_accessed]
    if without:
        found.append(f"there is no last accessed data (--last-accessed) of {len(without)} of {len(looked)} roles: only "
                     "calls that CloudTrail records count for them")  # fmt: skip
    if asked.aggressive:
        found.append("--aggressive: what CloudTrail does not show counts as unused, though it may be in use")
    elif asked.recorded:
        found.append(f"taken on trust that the trail records every data event of {', '.join(sorted(asked.recorded))}")
    for role in roles:
        used = seconds(role.last_used_at)
        if role.arn in looked and used is not None and seen[role.arn].last + LATE_DAYS * DAY < used < window.until:
            found.append(f"{role.name}: IAM saw it used on {day(used)}, the source last on {day(seen[role.arn].last)}")
    return found
