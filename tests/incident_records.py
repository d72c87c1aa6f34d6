"""CloudTrail records and live answers for tests of closing an incident."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.chain import line_of, new_step, read_steps
from iam_guardrails.model.incident.effects.kind import Answer, Look
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.step import OPENED, Opened
from iam_guardrails.model.trail.facts import SESSION, Kept
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.unknown import Unknown

ACCOUNT, ROLE, INCIDENT = "333333333333", "prod-breakglass-admin", "INC-20261128-1150-k7qf"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/alex"
AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CLOCK = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
_SOURCES = {"cloudwatch": "monitoring"}
OF_USERS = ("sts:GetSessionToken", "sts:GetFederationToken", "signin:ConsoleLogin")
"""Calls that only a user makes."""
BY_BOB = {"userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/bob", "accountId": ACCOUNT,
                           "userName": "bob"}}  # fmt: skip


def record(
    action: str, request: Any, response: Any = None, *, seconds: int = 0, error: str = "", event: str = "",
    incident: str = INCIDENT, role: str = ROLE, account: str = ACCOUNT, region: str = "us-east-2", **more: Any,
) -> Record:  # fmt: skip
    """One call of a session. action: as a policy writes it.  event: CloudTrail's name where it differs."""
    service, name = action.split(":")
    entry = name.startswith("AssumeRole")
    content = {
        "eventVersion": "1.11", "eventSource": f"{_SOURCES.get(service, service)}.amazonaws.com",
        "eventName": event or name, "awsRegion": "us-east-1" if service == "iam" else region, "readOnly": entry,
        "eventTime": "2026-11-28T12:00:00Z", "sourceIPAddress": "198.51.100.7", "requestParameters": request,
        "responseElements": response, "recipientAccountId": account,
        "userIdentity": {
            "type": "AssumedRole", "arn": f"arn:aws:sts::{account}:assumed-role/{role}/alex", "accountId": account,
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{account}:role/{role}"},
                               "sourceIdentity": incident},
        },
    } | (BY_BOB if action in OF_USERS else {}) | more  # fmt: skip
    if error:
        content["errorCode"] = error
    event_id = f"event-{seconds:06}-{name}"
    return Record(Kept(event_id, int(AT.timestamp()) + seconds, SESSION, json.dumps(content).encode()))


def incident(
    purpose: str = "other", steps: Sequence[tuple[Any, ...]] = (), at: datetime = AT, reason: str = "webhook down",
) -> Incident:  # fmt: skip
    """A use, opened ten minutes before the first record. steps: kind, content, and how many seconds after `at`."""
    opened = Opened(INCIDENT, "prod", ACCOUNT, "us-east-2", "alex", reason, 30, purpose)
    made = [new_step((), at.replace(hour=11, minute=50), OPENED, "alex@laptop", opened)]
    for kind, content, *later in steps:
        when = at + timedelta(seconds=sum(later))
        made.append(new_step(made, when, kind, "alex@laptop", content))
    return incident_of(made, "test")


def forge(records: IncidentRecords, name: str, kind: str, content: Any) -> None:
    """Add a line of any content to a record that is there, and its head, as anybody can who reads how it is done."""
    steps, _ = read_steps(records.path(name).read_text())
    line = new_step(steps, steps[-1].at, kind, "x", content)
    with records.path(name).open("a") as file:
        file.write(f"{line_of(line)}\n")
    (records.folder / f"{name}.head.json").write_text(json.dumps({"lines": line.number, "hash": line.hash}))


class Fake:
    """The live account: answers by operation, or by operation and a value that is asked for ("GetPolicyVersion v2").

    None: no such thing; text: the call is refused for that reason.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers, self.asked = dict(answers), list[Look]()

    def __call__(self, look: Look) -> Answer:
        self.asked.append(look)
        refused = f"{look.service}:{look.operation} was refused (AccessDenied)"
        keys = (*(f"{look.operation} {value}" for value in look.given.values()), look.operation)
        found: Any = next((self.answers[key] for key in keys if key in self.answers), refused)
        return Unknown(found) if isinstance(found, str) else found
