"""Ending every session of a role: the policy, whether it must be written, and the command that writes it.

Source: AWS IAM User Guide, id_roles_use_revoke-sessions: the policy denies everything to tokens issued before a
moment; the console takes one 30 seconds ahead, so that it is everywhere by then (F1.23).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.iam.evaluate import EXPLICIT_DENY, Policies, Request, decide
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

AHEAD = timedelta(seconds=30)
FURTHEST = timedelta(minutes=5)
"""A moment further ahead than AHEAD and what two clocks may differ by was put there by no exit."""
DENIED_BY_ROLE = "explicit deny"
"""Stands for the text of a revocation that a session may not read, because a policy of its own role denies it."""
STAYS, WRITE, REPLACE = "stays", "write", "replace"
_SAMPLES = ("iam:ListRoles", "sts:AssumeRole", "s3:GetObject", "secretsmanager:GetSecretValue", "ec2:RunInstances")


@frozen
class Plan:
    """action: STAYS, WRITE, or REPLACE where something else stands under that name.  before: the moment."""

    action: str
    before: datetime


def document_of(before: datetime) -> dict[str, Any]:
    """The policy that AWS's console writes too."""
    condition = {"DateLessThan": {"aws:TokenIssueTime": before.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    statement = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def plan_of(existing: PolicyDocument | None, now: datetime, entries: Iterable[datetime], anew: bool) -> Plan:
    """What to do about a role. now: AWS's time.  entries: when the known sessions were issued, by AWS's clock.

    A revocation that covers every known entry stays, unless `anew`; one is only ever moved later, but for one further
    ahead than any exit puts it, which `anew` moves back to now. Where no entry is known, somebody may have entered
    without a record, so it is written.
    """
    wanted = (now + AHEAD).replace(microsecond=0)
    text = revoked_before(existing) if existing is not None else None
    there = moment(text) if text is not None else None
    if there is None:
        return Plan(WRITE if existing is None else REPLACE, wanted)
    known = tuple(entries)
    if is_far_ahead(there, now) and not anew:
        return Plan(STAYS, there)
    if wanted <= there <= now + FURTHEST or (known and not anew and there > max(known)):
        return Plan(STAYS, there)
    return Plan(WRITE, wanted)


def is_far_ahead(revoked_before: datetime, now: datetime) -> bool:
    """Whether a revocation's moment is further ahead than any exit puts it, so that nobody can use the role."""
    return revoked_before > now + FURTHEST


def dead_on_arrival(text: str | None, issued_at: datetime, end: str) -> str:
    """Why a session that was issued at `issued_at` is refused everything; "" where it is not, or nobody knows.

    text: of the role's AWSRevokeOlderSessions, or DENIED_BY_ROLE.  end: the command that moves it to now.
    """
    if text == DENIED_BY_ROLE:
        return (
            f"a policy of the role refuses this session what {REVOCATION_NAME} would refuse it: where everything is"
            f" refused, leave it, run {end}, and enter again half a minute later"
        )
    until = revocation_moment(text) if text else None
    if until is None or until <= issued_at:
        return ""
    what = f"{REVOCATION_NAME} of the role refuses everything to sessions issued before {until:%Y-%m-%d %H:%M:%S} UTC"
    return f"THIS SESSION IS REFUSED EVERYTHING: {what}. Leave it, run {end}, and enter again half a minute later"


def moment(text: str) -> datetime | None:
    """A time of a revocation (aware UTC), None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def revocation_moment(document: Any) -> datetime | None:
    """The moment before which a policy ends sessions; None where it is no revocation. document: read, or not yet."""
    if document is None or isinstance(document, Unknown):
        return None
    try:
        text = revoked_before(document if isinstance(document, PolicyDocument) else parse(document))
    except PolicyError:
        return None
    return moment(text) if text is not None else None


def command_of(role_name: str, before: datetime, profile: str = "PROFILE") -> str:
    """What anybody with the right can paste into a POSIX shell. IAM has no Region, so it names none."""
    words = (
        "aws", "iam", "put-role-policy", "--profile", profile, "--role-name", role_name,
        "--policy-name", REVOCATION_NAME, "--policy-document",
        json.dumps(document_of(before), separators=(",", ":")),
    )  # fmt: skip
    return shlex.join(words)


def refused_now(policies: Policies, principal_arn: str, issued_at: datetime) -> bool:
    """Whether a role's policies refuse, explicitly, whatever a session that was issued at `issued_at` asks for.

    principal_arn: the session's. Asked of our own evaluator, for calls of several services on any resource.
    """
    context = {"aws:TokenIssueTime": (issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),)}
    return all(
        decide(Request(principal_arn, action, "*", context, context_complete=False), policies).decision == EXPLICIT_DENY
        for action in _SAMPLES
    )
