"""A drill in values: what was tried, what was seen, how long it took, and whether it passed.

Sources: AWS STS API Reference, AssumeRole (SourceIdentity: 2 to 64 characters out of letters, digits and _+=,.@-); AWS
IAM User Guide, reference_policies_elements_condition_operators (StringLike).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

LIVE, OFFLINE = "live", "offline"
RUNNING, PASSED, FAILED, NOT_JUDGED = "running", "passed", "failed", "not judged"
MARK = "DRILL"
"""What an incident id must hold, so that whoever reads the alert or the trail knows a drill when they see one."""
LONGEST_SECONDS = 7200
"""The longest wait that `guardrails drill --wait` takes."""
MARGIN_SECONDS = 900
"""What a drill may take beside its wait: subscribing, entering, calls that are repeated, tidying up."""
MOST_DAYS = 90
"""AWS Well-Architected Framework, sec_permissions_emergency_process: test the process at regular intervals."""


@frozen
class Watched:
    """An alarm that a drill looks at, and the Region in which it is: names are unique in one Region only."""

    name: str
    region: str


@frozen
class Rung:
    """An alarm that went into ALARM. seconds: from the entry to the change of state."""

    name: str
    seconds: float
    region: str = ""


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

    kind: LIVE or OFFLINE.  outcome: RUNNING (it was killed if it still says so later), PASSED, FAILED, or NOT_JUDGED
    (offline, where of some events nothing certain can be said and of none that it is lost).  simulated: it ran on the
    embedded AWS and proves plumbing only.  person: the ARN that entered.  expected_alarms, expected_ways: what the
    chain says must happen; an alarm outside `region` is named with its own.  problems: sentences.  left_behind:
    commands that remove what the drill could not remove itself.  events_told, events_lost, events_undecided: of an
    offline drill.
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
    events_undecided: int = 0


@frozen
class Message:
    """A message that a subscription received. text: its body, as SNS sent it on.  alarm_name: "" where an event rule
    sent it."""

    topic_arn: str
    text: str
    alarm_name: str = ""


def region_of(topic_arn: str) -> str:
    """The Region of a topic, which is also that of the alarms and event rules that speak to it."""
    return [*topic_arn.split(":"), "", "", "", ""][3]


class EntryRefused(Exception):
    """AWS refused the AssumeRole; the message is AWS's reason."""


def of_role(records: Iterable[DrillRecord], account_id: str, role_name: str) -> tuple[DrillRecord, ...]:
    """The live drills of one role: of this account, and by the name that is unique in it whatever the path."""
    return tuple(
        item for item in records
        if item.kind == LIVE and item.account_id == account_id and item.role_arn.rpartition("/")[2] == role_name
    )  # fmt: skip


def last_passed(records: Iterable[DrillRecord], simulated: bool = False) -> DrillRecord | None:
    """The latest live drill that passed; drills on the embedded AWS count only where `simulated` says so."""
    good = [item for item in records if item.kind == LIVE and item.outcome == PASSED and item.simulated is simulated]
    return max(good, key=lambda item: item.started_at, default=None)


def is_over(drill_id: str, now: datetime, ended: Collection[str]) -> bool:
    """Whether a drill is surely over, so that what it left may be removed; somebody else's may be running.

    drill_id: in any case of letters.  ended: ids of drills that are known to have ended.
    """
    from datetime import UTC, datetime, timedelta

    name = drill_id.upper()
    if name in ended:
        return True
    if not re.fullmatch(r"DRILL-\d{8}T\d{6}Z", name, re.ASCII):
        return False
    try:
        started = datetime.strptime(name, "DRILL-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return now - started > timedelta(seconds=LONGEST_SECONDS + MARGIN_SECONDS)


def incident_id(pattern: str | None, stamp: str) -> str:
    """An incident id that the trust policy's pattern admits and that says DRILL, with as much of `stamp` as fits.

    Raises Problem where there is none: an id that says nothing looks like an incident, and one that does not fit
    the pattern is refused.
    """
    wanted = "INC-*" if pattern is None else pattern
    whole = f"{MARK}-{stamp}"
    for length in range(len(whole), len(MARK) - 1, -1):
        for made in _marked(wanted, whole[:length]):
            if re.fullmatch(r"[\w+=,.@-]{2,64}", made, re.ASCII) and glob_match(wanted, made):
                return made
    raise Problem(
        f'the incident id pattern "{pattern}" admits no incident id that says {MARK} within the 64 characters that STS'
        f" takes: set incident_id_pattern, in Terraform and in guardrails.toml, to one with a * or with {len(MARK)} ?"
        ' in a row, for example "INC-*"'
    )


def _marked(pattern: str, mark: str) -> Iterator[str]:
    """The pattern with `mark` in its first `*`, or over signs of its own that leave room for it."""
    if "*" in pattern:
        yield pattern.replace("*", mark, 1).replace("*", "").replace("?", "0")
    plain = pattern.replace("*", "")
    for start in range(len(plain) - len(mark) + 1):
        under = plain[start : start + len(mark)]
        if all(sign in ("?", letter) for sign, letter in zip(under, mark, strict=True)):
            yield f"{plain[:start]}{mark}{plain[start + len(mark) :]}".replace("?", "0")
