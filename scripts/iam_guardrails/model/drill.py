"""A drill in values: what was tried, what was seen, how long it took, and whether it passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime

LIVE, OFFLINE = "live", "offline"
RUNNING, PASSED, FAILED = "running", "passed", "failed"
MOST_DAYS = 90
"""AWS Well-Architected Framework, sec_permissions_emergency_process: test the process at regular intervals."""


@frozen
class Rung:
    """An alarm that went into ALARM. seconds: from the entry to the change of state."""

    name: str
    seconds: float


@frozen
class Heard:
    """A message that arrived. way: "alarm" or "event rule".  name: the alarm's name, or the topic for an event rule.
    seconds: from the entry to its arrival."""

    way: str
    name: str
    topic_arn: str
    seconds: float


@frozen
class DrillRecord:
    """One drill.

    kind: LIVE or OFFLINE.  outcome: RUNNING (it was interrupted if it still says so later), PASSED or FAILED.
    simulated: it ran on the embedded AWS and proves plumbing only.  person: the ARN that entered.  expected_alarms,
    expected_ways: what the chain says must happen.  problems: sentences.  left_behind: commands that remove what the
    drill could not remove itself.  events_told, events_lost: of an offline drill.
    """

    id: str
    kind: str
    environment: str
    account_id: str
    started_at: datetime
    outcome: str = RUNNING
    simulated: bool = False
    ended_at: datetime | None = None
    person: str = ""
    role_arn: str = ""
    incident_id: str = ""
    region: str = ""
    expected_alarms: tuple[str, ...] = ()
    expected_ways: tuple[str, ...] = ()
    rung: tuple[Rung, ...] = ()
    heard: tuple[Heard, ...] = ()
    problems: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    events_told: int = 0
    events_lost: int = 0


@frozen
class Message:
    """A message that a subscription received. text: its body, as SNS sent it on.  alarm_name: "" where an event rule
    sent it."""

    topic_arn: str
    text: str
    alarm_name: str = ""


class EntryRefused(Exception):
    """AWS refused the AssumeRole; the message is AWS's reason."""


def last_passed(records: tuple[DrillRecord, ...], simulated: bool = False) -> DrillRecord | None:
    """The latest live drill that passed; drills on the embedded AWS count only where `simulated` says so."""
    good = [item for item in records if item.kind == LIVE and item.outcome == PASSED and item.simulated is simulated]
    return max(good, key=lambda item: item.started_at, default=None)
