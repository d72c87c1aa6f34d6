"""The calls of a removal or a rollback, put to a live account, or to the embedded AWS.

Source: IAM API Reference, common errors; IAM User Guide, troubleshoot_general_eventual-consistency (what was just made
may not be found for some seconds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.held import NO_SUCH, HeldReader
from iam_guardrails.adapters.aws.identities import check_account
from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.calls import Call
from iam_guardrails.model.removal.held import Role, User
from iam_guardrails.model.removal.target import ROLE

_TAKING = ("Delete", "Detach", "Remove", "Deactivate")
_WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0)
_IDS = ("AccessKeyId", "ServiceSpecificCredentialId")
GONE, THERE, MADE = "was gone already", "was there already", "done"


class Denied(Problem):
    """A call that AWS refused; the message is a clause, without what to do."""


class AwsAccess:
    """`journeys.review_remove.Access`: reads roles and users, and changes them."""

    def __init__(self, session: Session, account_id: str, region: str, wait: Callable[[float], None]) -> None:
        """session: signed in to the account by somebody who may change IAM. Raises AwsError where it is another's.

        wait: waits some seconds, where AWS does not know yet what was just made, or throttles.
        """
        self.caller = check_account(session, account_id, region)
        self._reading = Reading(session, account_id, wait=wait)
        self._reader = HeldReader(self._reading, region)
        self._region = region
        self._wait = wait

    def held(self, kind: str, name: str) -> Role | User | None:
        """The role or user as it is now, None where there is none. Raises Denied."""
        try:
            return self._reader.role(name) if kind == ROLE else self._reader.user(name)
        except Refused as refusal:
            raise Denied(refusal.reason) from None

    def do(self, call: Call) -> str:
        """Make one call; what became of it: MADE, or GONE or THERE where nothing was left to do. Raises Denied."""
        given = self._with_ids(call.given)
        taking = call.operation.startswith(_TAKING) or given.get("Status") == "Inactive"
        for seconds in (*(() if taking else _WAITS_SECONDS), None):
            try:
                self._reading.ask("iam", self._region, call.operation, **given)
                return MADE
            except Refused as refusal:
                if taking and refusal.code == NO_SUCH:
                    return GONE
                if not taking and refusal.code == "EntityAlreadyExists" and not call.operation.startswith("Create"):
                    return THERE
                if refusal.code != NO_SUCH or seconds is None:
                    raise Denied(refusal.reason) from None
                self._wait(seconds)
        raise AssertionError("the last attempt returns or raises")

    def _with_ids(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with the ids that a record does not hold."""
        found = dict(given)
        for name in _IDS:
            if name in found:
                identifier = self._reader.id_of(found[name])
                if identifier is None:
                    raise Denied(f"there is no {name} {found[name]}")
                found[name] = identifier
        return found
