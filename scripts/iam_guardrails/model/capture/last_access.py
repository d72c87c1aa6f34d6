"""When a principal last used what its policies allow.

Source: IAM API Reference, API_GetServiceLastAccessedDetails; IAM User Guide, access_policies_last-accessed (the
tracking period of 400 days, attempts that were denied count, about four hours until a use appears, resource policies
and boundaries are left out, iam:PassRole is never tracked, actions only of some services).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime

TRACKED_DAYS = 400
"""How far back AWS tells a use; "unused" is never more than "no use in these days"."""


@frozen
class ActionUse:
    """An action that was attempted. region: where it was last."""

    action: str
    last_used_at: datetime
    region: str = ""


@frozen
class ServiceUse:
    """A service that was used. service: its namespace, e.g. "s3".  actions: those whose last use AWS tells.
    unused_actions: those it tracks and saw no use of."""

    service: str
    last_used_at: datetime
    region: str = ""
    actions: tuple[ActionUse, ...] = ()
    unused_actions: tuple[str, ...] = ()


@frozen
class LastAccess:
    """One user or role. granularity: "ACTION_LEVEL".  job_at: when AWS made the answer.  unused: the services that
    its policies allow and that it did not use within TRACKED_DAYS."""

    principal_arn: str
    granularity: str
    job_at: datetime | None
    used: tuple[ServiceUse, ...] = ()
    unused: tuple[str, ...] = ()
