"""What a record of an incident says, step by step.

Sources: the procedure "IAM access review cadence and break-glass", section 4; AWS STS API Reference, AssumeRole; IAM
User Guide, id_roles_use_revoke-sessions (AWSRevokeOlderSessions).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.model.value import field, frozen

OPENED, BEFORE, EXTENDED, ENTERED, LEFT, EXITED = "opened", "before", "extended", "entered", "left", "exited"
EXAMINED, ACCEPTED, NOTED, CLOSED = "examined", "accepted", "noted", "closed"

ROTATE_SECRET, SAFE_MODE, ROLLBACK, FIX_IAM, OTHER = "rotate-secret", "safe-mode", "rollback", "fix-iam", "other"
PURPOSES = (ROTATE_SECRET, SAFE_MODE, ROLLBACK, FIX_IAM, OTHER)
MOST_MINUTES = 60
"""The role's longest session (the procedure's "1 hour"); STS takes no fewer than 15 minutes (F1.19)."""
LEAST_MINUTES = 15
IAM_USER, IDENTITY_CENTER = "iam-user", "identity-center"
SUBSHELL, COMMAND, CREDENTIAL_PROCESS, CONSOLE = "subshell", "command", "credential_process", "console"
ENDED, EXPIRED, KILLED = "ended", "expired", "killed"


@frozen
class Opened:
    """The declaration. region: where AWS is to be used.  person: who declares, as they are known in guardrails.toml.

    minutes: how long it is expected to take.  known: whether `person` is among the people who may enter.
    """

    incident_id: str
    environment: str
    account_id: str
    region: str
    person: str
    reason: str
    minutes: int
    purpose: str = OTHER
    ticket: str = ""
    known: bool = True
    simulated: bool = False


@frozen
class Before:
    """The state of IAM and the guardrails before anything was done; `file` lies beside the record, "" where there is
    none, and then `why_not` says why."""

    file: str = ""
    sha256: str = ""
    why_not: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


@frozen
class Extended:
    """More time than was declared: `minutes` from this step on."""

    minutes: int
    reason: str


@frozen
class Entered:
    """A session of the role. principal: who assumed it (ARN).  how: SUBSHELL, COMMAND, CREDENTIAL_PROCESS or CONSOLE.

    program: the program that was started, without its arguments.  expires_at: as AWS said.  clock_ahead_seconds: by
    how much this machine's clock is ahead of AWS's (negative: behind).  assumed_role_id: "AROA…:session name".
    """

    role_arn: str
    lane: str
    principal: str
    session_name: str
    session_arn: str
    assumed_role_id: str
    account_id: str
    region: str
    minutes: int
    expires_at: datetime
    how: str
    program: str = ""
    clock_ahead_seconds: int = 0


@frozen
class Left:
    """The child that had the credentials is gone. entry: the number of the step ENTERED it belongs to."""

    entry: int
    how: str
    exit_code: int
    seconds: int


@frozen
class Exited:
    """The end of every session issued before `issued_before`; None where it could not be written: `why_not`, and
    `command` does it. by: who wrote it (ARN).  files: what was kept beside the record, name to SHA-256."""

    role_arn: str
    issued_before: datetime | None = None
    by: str = ""
    why_not: str = ""
    command: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@frozen
class Noted:
    """A sentence somebody wants kept, at any time."""

    text: str


@frozen
class Accepted:
    """Something temporary that may stay. item: its id in the examination.  until: a day, ISO 8601.

    seen, writes: of the item then (model.incident.examined.Item): what stays is that state, after those calls.
    """

    item: str
    owner: str
    ticket: str
    until: str
    reason: str
    seen: str = ""
    writes: tuple[str, ...] = ()


@frozen
class Step:
    """One line of a record.

    number: 1, 2, …  at: by the clock of the machine that wrote it.  by: "user@host".  content: JSON values, those of
    the class that `kind` names where there is one.  previous: the hash of the line before ("" for the first).
    hash: SHA-256 over the line without it.
    """

    number: int
    at: datetime
    kind: str
    by: str
    content: Mapping[str, Any]
    previous: str
    hash: str
