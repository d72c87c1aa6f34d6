"""What is known of the use of a policy's holders, and how much a removal can rest on it.

Source for last accessed data: AWS IAM User Guide, access_policies_last-accessed (at least 400 days; four hours late;
attempts count, refused ones too; permissions policies only; iam:PassRole never; actions of some services only).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from iam_guardrails.model.iam.match import action_match, has_wildcard
from iam_guardrails.model.iam.tightening.observed import LAST_ACCESSED, Observed
from iam_guardrails.model.iam.tightening.unrecorded import Hidden, hidden_within
from iam_guardrails.model.value import field, frozen

Confidence = Literal["high", "medium", "low"]
HIGH: Confidence = "high"
MEDIUM: Confidence = "medium"
LOW: Confidence = "low"
LEVELS: tuple[Confidence, ...] = (HIGH, MEDIUM, LOW)
QUARTER_DAYS, TRACKED_DAYS = 90, 400
DAY = 86_400
EVERY_SERVICE = (
    "it covers every service, and only last accessed data (--last-accessed) tells which were used in ways that are not "
    "recorded"
)
NO_KEYS = "nobody's call of AWS KMS is in the source: the trail seems to leave them out"
UNSEEN_SERVICE = "IAM says that the service was used, but no call of it is recorded in the source"


@frozen
class LastAccessed:
    """What IAM says of one role. Times are seconds since 1970, None where nothing was accessed.

    services: IAM prefix -> last access.  actions: "service:Action" -> last access, of the actions that IAM tracks.
    made_at: when it was generated.
    """

    services: Mapping[str, int | None]
    actions: Mapping[str, int | None]
    made_at: int


@frozen
class Window:
    """The time that was looked at. gaps: what could not be read of it, and what else is missing in the source."""

    since: int
    until: int
    gaps: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """Whole days."""
        return max(self.until - self.since, 0) // DAY

    def __str__(self) -> str:
        return f"{day(self.since)} to {day(self.until)} ({self.days} days)"


@frozen
class Basis:
    """What holds for one policy: the use of all its holders together.

    requests: with the holder's ARN.  last_accessed: by holder, of those for whom there is a file.
    recorded: services whose data events the trail is known to record.  aggressive: whether what is not seen counts
    as unused.  with_keys: see observed.Gathered.  unmapped: see unmapped.py.
    """

    window: Window
    holders: tuple[str, ...]
    requests: Sequence[tuple[str, Observed]]
    services: frozenset[str] = frozenset()
    last_accessed: Mapping[str, LastAccessed] = field(default_factory=dict)
    recorded: frozenset[str] = frozenset()
    aggressive: bool = False
    with_keys: bool = True
    unmapped: Mapping[str, str] = field(default_factory=dict)

    def never_accessed(self, service: str) -> bool:
        """Whether IAM says of every holder that it has not accessed the service, as far as IAM looks back."""
        told = [self.last_accessed.get(holder) for holder in self.holders]
        return all(one is not None and service in one.services and one.services[service] is None for one in told)

    def unseen(self, service: str) -> bool:
        """Whether IAM saw the service used in the window, and the source holds no call of it."""
        if service in self.services:
            return False
        return any((one.services.get(service) or 0) >= self.window.since for one in self.last_accessed.values())

    def hidden(self, pattern: str) -> list[Hidden]:
        """What the Action element covers whose use would not have been seen, and that nothing else says is unused."""
        service = pattern.partition(":")[0].lower()
        if self.aggressive:
            return []
        if service == "kms" and not self.with_keys and not self.never_accessed(service):
            return [Hidden(pattern, NO_KEYS)]
        if service in self.unmapped:
            return [Hidden(pattern, self._other_name(service))]
        if self.unseen(service):
            return [Hidden(pattern, UNSEEN_SERVICE)]
        if has_wildcard(service) and any(holder not in self.last_accessed for holder in self.holders):
            return [Hidden(pattern, EVERY_SERVICE)]
        found = [item for item in hidden_within(pattern, self.recorded) if not self._told_unused(item)]
        if has_wildcard(service):
            found += [Hidden(f"{name}:*", self._other_name(name)) for name in sorted(self.unmapped)]
            found += [] if self.with_keys or self.never_accessed("kms") else [Hidden("kms:*", NO_KEYS)]
            found += [Hidden(f"{name}:*", UNSEEN_SERVICE) for name in self._unseen_services()]
        return found

    def _other_name(self, service: str) -> str:
        return f"{self.unmapped[service]} was called, and the role's policies allow it under no name that is known here"

    def _unseen_services(self) -> list[str]:
        return sorted({name for one in self.last_accessed.values() for name in one.services if self.unseen(name)})

    def _told_unused(self, item: Hidden) -> bool:
        """IAM counts data events as access to the service; of iam:PassRole it says nothing."""
        return item.pattern != "iam:PassRole" and self.never_accessed(item.service)

    def confidence(self, pattern: str) -> tuple[Confidence, str]:
        """How sure it is that what an Action element covers is unused, and what that rests on."""
        service, since = pattern.partition(":")[0].lower(), f"CloudTrail, {self.window}"
        if self.aggressive and any(not self._told_unused(item) for item in hidden_within(pattern, self.recorded)):
            return LOW, f"{since}; some of it would not have been recorded (--aggressive)"
        if self.never_accessed(service):
            return HIGH, f"{since}, and {LAST_ACCESSED}, {TRACKED_DAYS} days, service level"
        if not has_wildcard(pattern) and self._action_never(pattern):
            return HIGH, f"{since}, and {LAST_ACCESSED}, {TRACKED_DAYS} days, action level"
        if self.window.gaps:
            return LOW, f"{since}, with gaps; action level"
        if self.window.days < QUARTER_DAYS:
            return LOW, f"{since}, action level: shorter than {QUARTER_DAYS} days"
        return MEDIUM, f"{since}, action level"

    def _action_never(self, action: str) -> bool:
        told = [self.last_accessed.get(holder) for holder in self.holders]
        return all(one is not None and _tracked_unused(one, action) for one in told)


def _tracked_unused(told: LastAccessed, action: str) -> bool:
    found = [last for name, last in told.actions.items() if action_match(action, name)]
    return bool(found) and all(last is None for last in found)


def from_last_accessed(told: LastAccessed, window: Window) -> list[Observed]:
    """Actions that IAM saw in the window or after it, as requests on any resource; attempts count there."""
    return [Observed(action, "", LAST_ACCESSED, "", last, last) for action, last in sorted(told.actions.items())
            if last is not None and last >= window.since]  # fmt: skip


def day(seconds: int) -> str:
    """YYYY-MM-DD, UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
