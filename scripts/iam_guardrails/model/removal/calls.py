"""Which calls of IAM take a role, user, password or key away, in the order IAM asks for, and which give it back.

Sources: IAM API Reference, DeleteRole and DeleteUser (what must be gone before), UpdateAccessKey, CreateRole; IAM User
Guide, id_roles_manage_delete and id_users_remove; reference_identifiers (a role or user made again has another id).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.removal.held import Held, Key, Role, User
from iam_guardrails.model.removal.target import KEY, PASSWORD, Target
from iam_guardrails.model.value import field, frozen


@frozen
class Call:
    """One call of IAM. operation: as the API names it.  given: its parameters; an id of a key as `ref_of` has it."""

    operation: str
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """For a person: the operation and what it is about."""
        about = [str(value) for name, value in self.given.items() if name in _SHOWN]
        return f"{self.operation} {' '.join(about)}".rstrip()


_SHOWN = ("RoleName", "UserName", "PolicyArn", "PolicyName", "InstanceProfileName", "GroupName", "AccessKeyId",
          "Status", "SerialNumber", "SSHPublicKeyId", "CertificateId", "ServiceSpecificCredentialId")  # fmt: skip


def removal(target: Target, now: Held, for_good: bool) -> tuple[Call, ...]:
    """The calls that are left to do. for_good: also those that nothing undoes; () where only such are left."""
    if isinstance(now, Role):
        return tuple(_role_away(now))
    if target.kind == PASSWORD:
        return (Call("DeleteLoginProfile", {"UserName": now.name}),) if for_good and now.has_password else ()
    if target.kind == KEY:
        return tuple(_key_away(now, target.key, for_good))
    if lost(target, now) and not for_good:
        return tuple(_off(now.name, key) for key in now.keys if key.active)
    return tuple(_user_away(now))


def lost(target: Target, now: Held) -> tuple[str, ...]:
    """What nothing gives back once it is removed, a clause each."""
    if isinstance(now, Role):
        return ()
    if target.kind == PASSWORD:
        return ("the password",)
    if target.kind == KEY:
        return tuple(f"access key {key.ref}" for key in now.keys if key.ref == target.key and not key.active)
    found = ["the password"] if now.has_password else []
    found += [f"access key {key.ref}" for key in now.keys]
    found += [f"MFA device {serial.rpartition('/')[2]}" for serial in now.mfa]
    return (*found, *(f"the credential for {key.service}" for key in now.service_credentials))


def _off(name: str, key: Key, status: str = "Inactive") -> Call:
    return Call("UpdateAccessKey", {"UserName": name, "AccessKeyId": key.ref, "Status": status})


def _key_away(now: User, ref: str, for_good: bool) -> Iterator[Call]:
    """A key is made inactive first; it is deleted by a later run only, since nothing gives a deleted key back."""
    for key in now.keys:
        if key.ref == ref and key.active:
            yield _off(now.name, key)
        elif key.ref == ref and for_good:
            yield Call("DeleteAccessKey", {"UserName": now.name, "AccessKeyId": key.ref})


def _role_away(now: Role) -> Iterator[Call]:
    named = {"RoleName": now.name}
    for profile in now.profiles:
        yield Call("RemoveRoleFromInstanceProfile", {"InstanceProfileName": profile, **named})
    for arn in now.attached:
        yield Call("DetachRolePolicy", {**named, "PolicyArn": arn})
    for policy in now.inline:
        yield Call("DeleteRolePolicy", {**named, "PolicyName": policy})
    yield Call("DeleteRole", named)


def _user_away(now: User) -> Iterator[Call]:
    named = {"UserName": now.name}
    for key in now.keys:
        if key.active:
            yield _off(now.name, key)  # if a later call is refused, the user can no longer use it
    if now.has_password:
        yield Call("DeleteLoginProfile", named)
    for key in now.keys:
        yield Call("DeleteAccessKey", {**named, "AccessKeyId": key.ref})
    for serial in now.mfa:
        yield Call("DeactivateMFADevice", {**named, "SerialNumber": serial})
        if serial.startswith("arn:") and ":mfa/" in serial:
            yield Call("DeleteVirtualMFADevice", {"SerialNumber": serial})
    for one in now.ssh_keys:
        yield Call("DeleteSSHPublicKey", {**named, "SSHPublicKeyId": one.id})
    for one in now.certificates:
        yield Call("DeleteSigningCertificate", {**named, "CertificateId": one.id})
    for key in now.service_credentials:
        yield Call("DeleteServiceSpecificCredential", {**named, "ServiceSpecificCredentialId": key.ref})
    for group in now.groups:
        yield Call("RemoveUserFromGroup", {**named, "GroupName": group})
    for arn in now.attached:
        yield Call("DetachUserPolicy", {**named, "PolicyArn": arn})
    for policy in now.inline:
        yield Call("DeleteUserPolicy", {**named, "PolicyName": policy})
    yield Call("DeleteUser", named)


def restoring(before: Held, now: Held | None) -> tuple[Call, ...]:
    """The calls that make of what is there now (None: nothing) what was there before, as far as IAM can."""
    if isinstance(before, Role):
        return tuple(_role_back(before, now if isinstance(now, Role) else None))
    return tuple(_user_back(before, now if isinstance(now, User) else None))


def _role_back(before: Role, now: Role | None) -> Iterator[Call]:
    named = {"RoleName": before.name}
    if now is None:
        boundary = {"PermissionsBoundary": before.boundary} if before.boundary else {}
        yield Call("CreateRole", {
            **named, "Path": before.path, "AssumeRolePolicyDocument": _text(before.trust),
            "Description": before.description, "MaxSessionDuration": before.max_session_seconds,
            "Tags": _tags(before.tags), **boundary,
        })  # fmt: skip
    yield from _policies_back("Role", named, before, now)
    for profile in before.profiles:
        if now is None or profile not in now.profiles:
            yield Call("AddRoleToInstanceProfile", {"InstanceProfileName": profile, **named})


def _user_back(before: User, now: User | None) -> Iterator[Call]:
    named = {"UserName": before.name}
    if now is None:
        boundary = {"PermissionsBoundary": before.boundary} if before.boundary else {}
        yield Call("CreateUser", {**named, "Path": before.path, "Tags": _tags(before.tags), **boundary})
    yield from _policies_back("User", named, before, now)
    for group in before.groups:
        if now is None or group not in now.groups:
            yield Call("AddUserToGroup", {**named, "GroupName": group})
    there = {key.ref: key for key in now.keys} if now else {}
    for key in before.keys:
        if key.active and key.ref in there and not there[key.ref].active:
            yield _off(before.name, key, "Active")
    yield from _uploads_back(named, before, now)


def _uploads_back(named: Mapping[str, str], before: User, now: User | None) -> Iterator[Call]:
    """What was uploaded is uploaded again; it is active then, so that what was not stays away."""
    for name, operation, field_name in (("ssh_keys", "UploadSSHPublicKey", "SSHPublicKeyBody"),
                                        ("certificates", "UploadSigningCertificate", "CertificateBody")):  # fmt: skip
        there = {one.body.strip() for one in getattr(now, name)} if now else set()
        for one in getattr(before, name):
            if one.active and one.body.strip() not in there:
                yield Call(operation, {**named, field_name: one.body})


def _policies_back(kind: str, named: Mapping[str, str], before: Held, now: Held | None) -> Iterator[Call]:
    for policy, document in before.inline.items():
        if now is None or now.inline.get(policy) != document:
            yield Call(f"Put{kind}Policy", {**named, "PolicyName": policy, "PolicyDocument": _text(document)})
    for arn in before.attached:
        if now is None or arn not in now.attached:
            yield Call(f"Attach{kind}Policy", {**named, "PolicyArn": arn})


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
