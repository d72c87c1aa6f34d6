"""What the weekly review looks at beside CloudTrail: alarms that fired, and commits that were merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.review.declared import Declared
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime


KEPT_DAYS = 30
"""How long CloudWatch keeps the history of an alarm (CloudWatch API Reference, DescribeAlarmHistory)."""


_PEOPLE = ("sns", "ssm-incidents")


def tells_people(arn: str) -> bool:
    """Whether an action of an alarm tells somebody: a topic, or a response plan, which engages its contacts.

    The others work on machines, or write something down. Source: CloudWatch API Reference, PutMetricAlarm
    (AlarmActions); AWS Systems Manager Incident Manager User Guide, incident-creation.
    """
    return arn.count(":") > 2 and arn.split(":")[2] in _PEOPLE


@frozen
class Told:
    """An action that an alarm took. arn: of what it acts on.  failure: "" where it was executed."""

    at: datetime
    arn: str
    failure: str = ""

    @property
    def to_people(self) -> bool:
        """Whether it was to tell somebody."""
        return tells_people(self.arn)


@frozen
class Firing:
    """An alarm that went into ALARM, and the actions that followed until its next change of state."""

    name: str
    region: str
    at: datetime
    reason: str = ""
    told: tuple[Told, ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether one action at least that tells somebody was executed."""
        return any(one.to_people and not one.failure for one in self.told)

    @property
    def failed(self) -> tuple[Told, ...]:
        """The actions that were to tell somebody, and were not executed."""
        return tuple(one for one in self.told if one.to_people and one.failure)


@frozen
class Commit:
    """A commit that was merged and touches Terraform. text: its difference, of the files that decide what is deployed.

    declared: what it changes of what the environment declares of IAM.  unread: files that are not understood since.
    """

    id: str
    at: datetime
    subject: str
    text: str
    declared: tuple[Declared, ...] = ()
    unread: tuple[str, ...] = ()
