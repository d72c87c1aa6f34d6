"""A past for an account of this server: when its users and roles were made, and when they were last used.

AWS has no such call: everything here would else be as old as the server, and a review could not tell what is stale.
What is put in comes out again through IAM's own calls: RoleLastUsed, the credential report, last accessed data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import AccessKeyLastUsed, iam_backends

from iam_guardrails.emulator.state import memory

PATH = "/guardrails-past"
Told = Mapping[str, Any]


class PastError(ValueError):
    """What was put in is about something that is not there, or no past; the message says what."""


def put(content: Told) -> None:
    """Give the users and roles of one account a past.

    content: {"account_id", "partition", "roles": {name: Told}, "users": {name: Told}}.  Told: "created" and "used"
    (ISO 8601), "region", "services": {service: {action: time}}; of a user "used" is that of its password, and "keys"
    holds "created", "used", "region" and "service" for each of its access keys, the first one first.
    Errors: PastError; then nothing was changed but what came before it.
    """
    try:
        backend = iam_backends[str(content["account_id"])][str(content.get("partition", "aws"))]
        for name, told in content.get("roles", {}).items():
            _role(_found(backend.roles.values(), name), told)
            _services(backend, _found(backend.roles.values(), name).arn, told)
        for name, told in content.get("users", {}).items():
            _user(_found(backend.users.values(), name), told)
            _services(backend, _found(backend.users.values(), name).arn, told)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PastError(f"this is no past of an account: {error!r}") from error


def uses(account_id: str, arn: str) -> Iterable[tuple[str, str, str, str]]:
    """What a principal used before this server began: (service, action, ISO 8601, Region)."""
    told = memory(account_id).kind("iam", "past").get(arn, {})
    for service, actions in told.get("services", {}).items():
        for action, at in actions.items():
            yield service, action, at, told.get("region", "us-east-1")


def _found(things: Iterable[Any], name: str) -> Any:
    for thing in things:
        if thing.name == name:
            return thing
    raise PastError(f"there is no {name} in the account")


def _role(role: Any, told: Told) -> None:
    if "created" in told:
        role.create_date = _time(told["created"])
    if "used" in told:
        role.last_used, role.last_used_region = _time(told["used"]), told.get("region", "us-east-1")


def _user(user: Any, told: Told) -> None:
    if "created" in told:
        user.create_date = _time(told["created"])
    if "used" in told:
        user.password_last_used = _time(told["used"])
    for key, one in zip(user.access_keys, told.get("keys", ()), strict=True):
        key.create_date = _time(one["created"])
        if "used" in one:
            key.last_used = AccessKeyLastUsed(_time(one["used"]), one["service"], one["region"])


def _services(backend: Any, arn: str, told: Told) -> None:
    memory(backend.account_id).kind("iam", "past")[arn] = dict(told)


def _time(text: str) -> datetime:
    """As moto keeps times: UTC, and without saying so."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
