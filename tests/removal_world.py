"""IAM in memory, as strict as AWS about what must be gone before something is deleted; and a signed review of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.journeys.review_remove import Removing
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.calls import Call
from iam_guardrails.model.removal.held import Key, Role, Uploaded, User
from iam_guardrails.model.review.review import REMOVE, Review
from iam_guardrails.model.review.signed import SignedReview, sealed
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import stale, users
from tests.review_making import decision, review
from tests.review_world import IAM, basis_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OLD = datetime(2020, 1, 1, tzinfo=UTC)
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                                                 "Action": "sts:AssumeRole"}]}  # fmt: skip
CALLER = f"{IAM}:user/operator"


def role(name: str = "app", **more: Any) -> Role:
    return Role(**({"name": name, "arn": f"{IAM}:role/{name}", "path": "/", "created_at": OLD, "trust": TRUST} | more))


def user(name: str = "ann", **more: Any) -> User:
    return User(**({"name": name, "arn": f"{IAM}:user/{name}", "path": "/", "created_at": OLD} | more))


def key(number: int = 1, active: bool = True, **more: Any) -> Key:
    return Key(**({"ref": f"…KEY{number} of 2020-01-01T00:00:00Z", "active": active, "created_at": OLD} | more))


class Iam:
    """`journeys.review_remove.Access`. deny: operations that are refused.  die_after: calls until the process ends."""

    def __init__(self, *held: Role | User) -> None:
        self.caller = CALLER
        self.there: dict[str, Role | User] = {one.arn: one for one in held}
        self.deny: set[str] = set()
        self.die_after: int | None = None
        self.calls: list[str] = []
        self.clock = NOW

    def held(self, kind: str, name: str) -> Role | User | None:
        if "read" in self.deny:
            raise Problem("iam:GetRole was refused (AccessDenied)")
        return self.there.get(f"{IAM}:{'role' if kind == 'role' else 'user'}/{name}")

    def do(self, call: Call) -> str:
        if call.operation in self.deny:
            raise Problem(f"iam:{call.operation} was refused (AccessDenied)")
        if self.die_after is not None and len(self.calls) >= self.die_after:
            raise KeyboardInterrupt
        self.calls.append(call.text)
        given = dict(call.given)
        kind = "role" if "RoleName" in given else "user"
        if call.operation == "DeleteVirtualMFADevice":
            return "done"
        arn = f"{IAM}:{kind}/{given.get('RoleName') or given['UserName']}"
        self._do(call.operation, arn, given)
        return "done"

    def _do(self, operation: str, arn: str, given: dict[str, Any]) -> None:
        if operation in ("CreateRole", "CreateUser"):
            self._create(arn, given)
            return
        now = self.there.get(arn)
        if now is None:
            raise Problem("NoSuchEntity")
        if operation in ("DeleteRole", "DeleteUser"):
            left = [
                name
                for name in (
                    "inline",
                    "attached",
                    "profiles",
                    "groups",
                    "keys",
                    "mfa",
                    "has_password",
                    "ssh_keys",
                    "certificates",
                    "service_credentials",
                )
                if getattr(now, name, ())
            ]
            assert not left, f"DeleteConflict: {left}"
            del self.there[arn]
        else:
            self.there[arn] = changed(now, **dict(self._changes(operation, now, given)))

    def _create(self, arn: str, given: dict[str, Any]) -> None:
        assert arn not in self.there, "EntityAlreadyExists"
        tags = {one["Key"]: one["Value"] for one in given["Tags"]}
        more: dict[str, Any] = {"path": given["Path"], "tags": tags, "boundary": given.get("PermissionsBoundary"),
                                "created_at": self.clock}  # fmt: skip
        if ":role/" in arn:
            self.there[arn] = role(given["RoleName"], trust=json.loads(given["AssumeRolePolicyDocument"]),
                                   max_session_seconds=given["MaxSessionDuration"],
                                   description=given["Description"], **more)  # fmt: skip
        else:
            self.there[arn] = user(given["UserName"], **more)

    def _changes(self, operation: str, now: Any, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        if operation in ("DetachRolePolicy", "DetachUserPolicy"):
            yield "attached", _without(now.attached, given["PolicyArn"])
        elif operation in ("AttachRolePolicy", "AttachUserPolicy"):
            yield "attached", (*now.attached, given["PolicyArn"])
        elif operation in ("DeleteRolePolicy", "DeleteUserPolicy"):
            yield "inline", {name: one for name, one in now.inline.items() if name != given["PolicyName"]}
        elif operation in ("PutRolePolicy", "PutUserPolicy"):
            yield "inline", {**now.inline, given["PolicyName"]: json.loads(given["PolicyDocument"])}
        elif operation == "RemoveRoleFromInstanceProfile":
            yield "profiles", _without(now.profiles, given["InstanceProfileName"])
        elif operation == "AddRoleToInstanceProfile":
            yield "profiles", (*now.profiles, given["InstanceProfileName"])
        else:
            yield from _of_user(operation, now, given)


def _of_user(operation: str, now: User, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if operation == "UpdateAccessKey":
        wanted = given["Status"] == "Active"
        yield "keys", tuple(changed(one, active=wanted) if one.ref == given["AccessKeyId"] else one
                            for one in now.keys)  # fmt: skip
    elif operation == "DeleteAccessKey":
        assert not any(one.active for one in now.keys if one.ref == given["AccessKeyId"]), "an active key is deleted"
        yield "keys", tuple(one for one in now.keys if one.ref != given["AccessKeyId"])
    elif operation == "DeleteLoginProfile":
        yield "has_password", False
    elif operation == "DeactivateMFADevice":
        yield "mfa", _without(now.mfa, given["SerialNumber"])
    elif operation == "RemoveUserFromGroup":
        yield "groups", _without(now.groups, given["GroupName"])
    elif operation == "AddUserToGroup":
        yield "groups", (*now.groups, given["GroupName"])
    elif operation == "DeleteServiceSpecificCredential":
        ref = given["ServiceSpecificCredentialId"]
        yield "service_credentials", tuple(one for one in now.service_credentials if one.ref != ref)
    else:
        name, field = ("ssh_keys", "SSHPublicKey") if "SSH" in operation else ("certificates", "Certificate")
        listed = getattr(now, name)
        if operation.startswith("Upload"):
            yield name, (*listed, Uploaded(f"new{len(listed)}", True, given[f"{field}Body"]))
        else:
            yield name, tuple(one for one in listed if one.id != given[f"{field}Id"])


def _without(listed: tuple[str, ...], name: str) -> tuple[str, ...]:
    assert name in listed
    return tuple(one for one in listed if one != name)


def signed(world: dict[str, Any]) -> SignedReview:
    """A signed review in which everything stale, and every user that can sign in, is to be removed."""
    basis = basis_of(world)
    made: Review = review(stale.box(basis), users.box(basis), captured_at=NOW)
    made = changed(made, boxes=tuple(
        changed(box, items=tuple(changed(item, decision=decision(item, REMOVE)) for item in box.items))
        for box in made.boxes
    ))  # fmt: skip
    return sealed(SignedReview(1, made, "alex@example.com", "", NOW, "", "d", "", ""))


def removing(iam: Iam, folder: Path, for_good: bool = False, **more: Any) -> Removing:
    expected: Expected = decode(Expected, {"account_id": "333333333333", "home_region": "us-east-2",
                                           "role_names": ["prod-breakglass-admin"], **more}, "expected")  # fmt: skip
    ticks = iter(range(10_000))
    records = RemovalRecords(folder, lambda: NOW + timedelta(seconds=next(ticks)), "jane@host")
    return Removing(iam, expected, records, lambda text: None, for_good)
