"""enter: one session of the break-glass role for one incident, checked before anybody gets its credentials."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.entrant import lane_of
from iam_guardrails.model.incident.entry import DENIED as ENTRY_DENIED
from iam_guardrails.model.incident.entry import (
    WRONG_CODE,
    Caller,
    Issued,
    Order,
    Refused,
    durations,
    flag_of,
    mismatches,
)
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.naming import session_name
from iam_guardrails.model.incident.session import Inside
from iam_guardrails.model.incident.step import IAM_USER
from iam_guardrails.model.problem import Problem

TRIES = 3


class Door(Protocol):
    """What AWS is asked on the way in."""

    def caller(self) -> Caller:
        """Who the owner's credentials are. Raises Problem."""

    def devices(self, user_name: str) -> tuple[str, ...] | None:
        """Serial numbers of a user's MFA devices; None where AWS does not tell."""

    def assume(self, order: Order, serial: str, code: str) -> Issued:
        """Assume the role. Raises Refused where AWS says no, another Problem where it does not answer."""

    def identity(self, issued: Issued, incident_id: str) -> Caller:
        """Who the new session is. Raises Problem."""


class Person(Protocol):
    """Who holds the MFA device."""

    def device(self, proposed: str) -> str:
        """The serial number of the device to use; `proposed` where nobody can be asked."""

    def code(self, serial: str, before: str) -> str:
        """The six digits the device shows. before: the code that AWS did not take, "". Raises Problem."""


class NotHandedOver(Problem):
    """A session was issued and is not what was asked for, or could not be checked; nobody got it."""


def order_of(
    incident: Incident, expected: Expected, role: tuple[str, str], caller: Caller, now: datetime
) -> Order:  # fmt: skip
    """What STS will be asked for. role: its name and ARN. Raises Problem where incident and guardrails.toml differ."""
    opened = incident.opened
    if (opened.account_id, opened.region) != (expected.account_id, expected.home_region):
        raise Problem(
            f"{incident.id} was declared for account {opened.account_id} in {opened.region}, but guardrails.toml now"
            f" says {expected.account_id} in {expected.home_region}: make them agree, or open a new incident"
        )
    seconds, allowed = durations(incident, now)
    return Order(
        incident.id, opened.environment, expected.account_id, expected.home_region, role[0], role[1],
        session_name(caller.name), seconds, allowed,
        f"guardrails breakglass exit {incident.id}{flag_of(incident)}",
    )  # fmt: skip


def enter(
    order: Order, caller: Caller, expected: Expected, door: Door, person: Person, now: Callable[[], datetime],
    steady: Callable[[], float], serial: str = "",
) -> Inside:  # fmt: skip
    """Assume the role and check account, role and Region with the new credentials.

    steady: a clock that nobody sets.  serial: the MFA device, "" to find it out. Raises Problem; NotHandedOver where
    a session was issued for nothing.
    """
    lane = lane_of(caller, expected)
    issued = _issued(order, caller, lane, door, person, serial)
    ahead, began = round((now() - issued.at).total_seconds()), steady()
    try:
        seen = door.identity(issued, order.incident_id)
    except Problem as problem:
        raise NotHandedOver(f"the new session could not be checked, so it is not handed over: {problem}") from None
    if wrong := mismatches(order, issued, seen):
        raise NotHandedOver(f"STOP: {'; '.join(wrong)}. Nothing was handed over; tell whoever looks after the account")
    lasts = int((issued.expires_at - issued.at).total_seconds())
    seconds = min(order.allowed_seconds, lasts)
    return Inside(order, issued, lane, caller.arn, caller.temporary, seconds, ahead, began)


def _issued(order: Order, caller: Caller, lane: str, door: Door, person: Person, serial: str) -> Issued:
    if lane != IAM_USER:
        return door.assume(order, "", "")
    if caller.temporary and not serial:  # GetSessionToken with MFA, or `aws login`: MFA is in it, or AWS says no
        try:
            return door.assume(order, "", "")
        except Refused as refusal:
            if refusal.kind != ENTRY_DENIED:
                raise
    device = serial or _device(caller, door, person)
    code = ""
    for left in reversed(range(TRIES)):
        code = person.code(device, code)
        try:
            return door.assume(order, device, code)
        except Refused as refusal:
            if refusal.kind != WRONG_CODE or not left:
                raise
    raise AssertionError("the last try returns or raises")


def _device(caller: Caller, door: Door, person: Person) -> str:
    partition = caller.arn.split(":")[1]
    proposed = f"arn:{partition}:iam::{caller.account_id}:mfa/{caller.name}"
    there = door.devices(caller.name)
    if there is None:
        return person.device(proposed)
    usable = [item for item in there if ":u2f/" not in item]
    if usable:
        return usable[0]
    kinds = "only security keys, and AWS takes none for a call" if there else "no MFA device"
    raise Problem(
        f"the user {caller.name} has {kinds}: a device that shows six digits is needed; let the other owner enter, or"
        " let an administrator add a device (README, Set up the owners)"
    )


__all__ = ["Door", "Inside", "NotHandedOver", "Person", "enter", "order_of"]
