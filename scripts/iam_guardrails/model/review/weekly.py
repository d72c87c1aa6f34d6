"""What the weekly review looks at beside CloudTrail: alarms that fired, and commits that were merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.review.declared import Declared
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime


KEPT_DAYS = 30
"""How long CloudWatch keeps the history of an alarm (CloudWatch API Reference, DescribeAlarmHistory)."""


@frozen
class Told:
    """An action that an alarm took. arn: of the topic.  failure: "" where CloudWatch says that it was executed."""

    at: datetime
    arn: str
    failure: str = ""


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
        """Whether one action at least was executed."""
        return any(not one.failure for one in self.told)


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
