"""Every call whose effect somebody knows how to look at, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.incident.effects import (
    alarms,
    events,
    functions,
    iam_credentials,
    iam_people,
    iam_policies,
    iam_providers,
    iam_tags,
    logs,
    network,
    network_changes,
    queries,
    secrets,
    sessions,
    topics,
    trails,
    workload,
)
from iam_guardrails.model.incident.effects.kind import Call
from iam_guardrails.model.incident.effects.write import Write

ALL: tuple[Call, ...] = (
    *iam_policies.CALLS, *iam_people.CALLS, *iam_credentials.CALLS, *iam_providers.CALLS, *iam_tags.CALLS,
    *network.CALLS, *network_changes.CALLS, *secrets.CALLS, *alarms.CALLS, *logs.CALLS, *events.CALLS, *trails.CALLS,
    *topics.CALLS, *functions.CALLS, *workload.CALLS, *queries.CALLS, *sessions.CALLS,
)  # fmt: skip
WITHOUT_EFFECT: Mapping[str, str] = {
    "signin:SwitchRole": "a switch of role in the console",
    "signin:ExitRole": "a switch of role in the console", "signin:Logout": "a sign-out",
    "signin:RenewRole": "a sign-in kept alive; it ends with its session",
    "iam:GenerateCredentialReport": "a report", "iam:GenerateServiceLastAccessedDetails": "a report",
    "logs:StartQuery": "a query", "logs:StopQuery": "a query", "cloudtrail:StartQuery": "a query",
    "athena:StopQueryExecution": "a query that was stopped; the one that began it is judged",
}  # fmt: skip
"""Calls that CloudTrail calls writes and that leave nothing behind, and what they are."""
LEAVES: Mapping[str, str] = {"cloudtrail:StartQuery": "deliveryS3Uri"}
"""Of these the parameter with which they do leave something."""


def leaves_nothing(write: Write) -> bool:
    """Whether a write is of those that leave nothing behind."""
    return write.action in WITHOUT_EFFECT and not write.value(LEAVES.get(write.action, "="))


def calls_of(action: str) -> tuple[Call, ...]:
    """The rows of one action; none where nobody knows how to look at its effect."""
    return _BY_ACTION.get(action, ())


_BY_ACTION: dict[str, tuple[Call, ...]] = {}
for _call in ALL:
    _BY_ACTION[_call.action] = (*_BY_ACTION.get(_call.action, ()), _call)
