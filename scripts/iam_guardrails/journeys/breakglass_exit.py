"""exit: no session of the role that was issued until now may do anything any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.iam.evaluate import Policies
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.incident.entry import Caller, issued_at
from iam_guardrails.model.incident.incident import DONE, Incident
from iam_guardrails.model.incident.revoking import (
    AHEAD,
    REPLACE,
    STAYS,
    Plan,
    command_of,
    document_of,
    is_far_ahead,
    moment,
    plan_of,
    refused_now,
)
from iam_guardrails.model.incident.session import Ended
from iam_guardrails.model.incident.step import ENTERED, EXITED, Entered, Exited
from iam_guardrails.model.problem import Problem

READS, PAUSE_SECONDS = 6, 2.0
NOT_A_POLICY = parse({"Statement": [{"Sid": "unreadable", "Effect": "Deny", "Action": "none:None", "Resource": "*"}]})
"""Stands for a document under that name that cannot be read: it is no revocation, so it is replaced."""
Say = Callable[[str], None]


class Revoker(Protocol):
    """Another identity than the role's own, which may write the role's inline policy."""

    def caller(self) -> Caller:
        """Who it is. Raises Problem."""

    def read(self, role_name: str) -> str | None:
        """The text of the role's AWSRevokeOlderSessions, None where there is none. Raises Problem."""

    def write(self, role_name: str, document: str) -> None:
        """Write it. Raises Problem."""


def roles_of(incident: Incident, expected: Expected) -> tuple[str, ...]:
    """ARNs of the roles that were entered; every break-glass role where the record knows of no entry."""
    entered = tuple(dict.fromkeys(item.role_arn for item in incident.contents(ENTERED, Entered)))
    start = f"arn:{expected.partition}:iam::{expected.account_id}:role/"
    return entered or tuple(start + name for name in expected.role_names)


def end_sessions(
    incident: Incident, expected: Expected, revoker: Revoker, profile: str | None, anew: bool,
    now: Callable[[], datetime], wait: Callable[[float], None], tell: Say,
) -> tuple[Ended, ...]:  # fmt: skip
    """Revoke every session of every role of the incident. profile: of --as-profile.  anew: also where the known
    entries are covered already.

    What cannot be done stands in the answer, with the command that does it.
    """
    if incident.state == DONE:
        tell(f"{incident.id} is closed already; its sessions are revoked all the same")
    arns = roles_of(incident, expected)
    if not incident.of(ENTERED):
        tell("the record knows of no entry; the sessions are revoked all the same, in case there was one without it")
    try:
        caller = _checked(revoker, expected)
    except Problem as problem:
        return tuple(_not_done(arn, "", str(problem), now(), profile) for arn in arns)
    entries = incident.contents(ENTERED, Entered)
    task = _Task(revoker, caller, profile, anew, now, wait, tell)
    return tuple(task.end(arn, [item for item in entries if item.role_arn == arn]) for arn in arns)


def news(incident: Incident, ended: Iterable[Ended]) -> tuple[Exited, ...]:
    """The steps that the record does not hold yet: a repeated exit that changed nothing adds nothing."""
    last = {item.role_arn: item for item in incident.contents(EXITED, Exited)}
    entered_since = max((item.number for item in incident.of(ENTERED)), default=0)
    exited_last = max((item.number for item in incident.of(EXITED)), default=0)

    def known(item: Exited) -> bool:
        before = last.get(item.role_arn)
        same = before is not None and item.issued_before is not None and before.issued_before == item.issued_before
        return same and exited_last > entered_since

    return tuple(item.step for item in ended if not known(item.step))


class _Task:
    def __init__(
        self, revoker: Revoker, caller: Caller, profile: str | None, anew: bool,
        now: Callable[[], datetime], wait: Callable[[float], None], tell: Say,
    ) -> None:  # fmt: skip
        self._revoker, self._caller, self._profile, self._anew = revoker, caller, profile, anew
        self._now, self._wait, self._tell = now, wait, tell

    def end(self, role_arn: str, entries: Sequence[Entered]) -> Ended:
        name = role_arn.rpartition("/")[2]
        at = self._caller.at or self._now()
        try:
            text = self._revoker.read(name)
            existing = None if text is None else _parsed(text)
            plan = plan_of(existing, at, [issued_at(item) for item in entries], self._anew)
            if plan.action == REPLACE:
                self._tell(f"{REVOCATION_NAME} of {name} is no revocation; it is replaced, and its text is kept")
            if plan.action != STAYS:
                self._tell(f"writing {REVOCATION_NAME} to {name}")
                self._revoker.write(name, json.dumps(document_of(plan.before)))
            found = existing if plan.action == STAYS else self._read_back(name, plan)
        except Problem as problem:
            return _not_done(role_arn, self._caller.arn, str(problem), at, self._profile)
        refused = _refused(found, entries)
        if len(refused) < len(entries) or found is None:
            why = "the policy was written, but it does not refuse a session that was recorded"
            return _not_done(role_arn, self._caller.arn, why, at, self._profile)
        step = Exited(role_arn, plan.before, self._caller.arn)
        replaced = text or "" if plan.action == REPLACE else ""
        return Ended(step, plan.action == STAYS, replaced, refused, is_far_ahead(plan.before, at))

    def _read_back(self, name: str, plan: Plan) -> PolicyDocument:
        """The policy as AWS tells it again. Raises Problem where it tells another for too long."""
        for turn in range(READS):
            if turn:
                self._wait(PAUSE_SECONDS)
            text = self._revoker.read(name)
            document = None if text is None else _parsed(text)
            before = revoked_before(document) if document is not None else None
            if document is not None and before is not None and moment(before) == plan.before:
                return document
        raise Problem(f"AWS took {REVOCATION_NAME} for {name}, but still tells another; repeat in a minute")


def _refused(document: PolicyDocument | None, entries: Iterable[Entered]) -> tuple[str, ...]:
    if document is None:
        return ()
    policies = Policies(identity=(document,))
    return tuple(item.session_arn for item in entries if refused_now(policies, item.session_arn, issued_at(item)))


def _checked(revoker: Revoker, expected: Expected) -> Caller:
    caller = revoker.caller()
    if caller.account_id != expected.account_id:
        raise Problem(f"the credentials belong to account {caller.account_id} ({caller.arn}), not to"
                      f" {expected.account_id}")  # fmt: skip
    if caller.role_name in expected.role_names:
        raise Problem(f"the credentials are a session of {caller.role_name} itself, which may not write to itself")
    return caller


def _not_done(role_arn: str, by: str, why: str, at: datetime, profile: str | None) -> Ended:
    before = (at.astimezone(UTC) + AHEAD).replace(microsecond=0)
    command = command_of(role_arn.rpartition("/")[2], before, profile or "PROFILE")
    return Ended(Exited(role_arn, None, by, why, command))


def _parsed(text: str) -> PolicyDocument:
    try:
        return parse(text)
    except (PolicyError, ValueError):
        return NOT_A_POLICY


__all__ = ["Ended", "Revoker", "end_sessions", "news", "refused_now", "roles_of"]
