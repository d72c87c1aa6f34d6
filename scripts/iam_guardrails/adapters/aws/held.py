"""Roles and users read one by one, with all that is needed to make them again.

Source: IAM API Reference, GetRole, GetUser and the lists of what hangs on them; every list is read to its last page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.removal.held import Key, Role, Uploaded, User, ref_of

NO_SUCH = "NoSuchEntity"


class HeldReader:
    """Reads with one session. Each method raises Refused where a call is: half a record would restore half."""

    def __init__(self, reading: Reading, region: str) -> None:
        """reading: of the account.  region: whose endpoint of IAM is asked."""
        self._reading = reading
        self._region = region
        self._ids: dict[str, str] = {}

    def role(self, name: str) -> Role | None:
        """The role, None where there is none."""
        found = self._one("GetRole", "Role", RoleName=name)
        if found is None:
            return None
        named = {"RoleName": name}
        inline = {one: self._ask("GetRolePolicy", **named, PolicyName=one)["PolicyDocument"]
                  for one in self._list("ListRolePolicies", "PolicyNames", **named)}  # fmt: skip
        profiles = self._list("ListInstanceProfilesForRole", "InstanceProfiles", **named)
        return Role(
            name, found["Arn"], found["Path"], found["CreateDate"], found["AssumeRolePolicyDocument"],
            found.get("MaxSessionDuration", 3600), found.get("Description", ""), _boundary(found),
            self._tags("ListRoleTags", **named), inline, self._attached("ListAttachedRolePolicies", **named),
            tuple(one["InstanceProfileName"] for one in profiles), found.get("RoleLastUsed", {}).get("LastUsedDate"),
        )  # fmt: skip

    def user(self, name: str) -> User | None:
        """The user, None where there is none."""
        found = self._one("GetUser", "User", UserName=name)
        if found is None:
            return None
        named = {"UserName": name}
        inline = {one: self._ask("GetUserPolicy", **named, PolicyName=one)["PolicyDocument"]
                  for one in self._list("ListUserPolicies", "PolicyNames", **named)}  # fmt: skip
        password = self._one("GetLoginProfile", "LoginProfile", **named)
        return User(
            name, found["Arn"], found["Path"], found["CreateDate"], _boundary(found),
            self._tags("ListUserTags", **named), inline, self._attached("ListAttachedUserPolicies", **named),
            tuple(one["GroupName"] for one in self._list("ListGroupsForUser", "Groups", **named)),
            tuple(self._key(one) for one in self._list("ListAccessKeys", "AccessKeyMetadata", **named)),
            password is not None, found.get("PasswordLastUsed"),
            tuple(one["SerialNumber"] for one in self._list("ListMFADevices", "MFADevices", **named)),
            self._ssh_keys(name), self._certificates(name), self._service_credentials(name),
        )  # fmt: skip

    def id_of(self, ref: str) -> str | None:
        """The id of a key or credential that was read, by what a record calls it."""
        return self._ids.get(ref)

    def _key(self, one: Mapping[str, Any]) -> Key:
        used = self._ask("GetAccessKeyLastUsed", AccessKeyId=one["AccessKeyId"]).get("AccessKeyLastUsed", {})
        return Key(self._ref(one["AccessKeyId"], one), one["Status"] == "Active", one["CreateDate"],
                   used.get("LastUsedDate"))  # fmt: skip

    def _ref(self, key_id: str, one: Mapping[str, Any]) -> str:
        ref = ref_of(key_id, one["CreateDate"])
        self._ids[ref] = key_id
        return ref

    def _ssh_keys(self, name: str) -> tuple[Uploaded, ...]:
        ids = [one["SSHPublicKeyId"] for one in self._list("ListSSHPublicKeys", "SSHPublicKeys", UserName=name)]
        read = [self._ask("GetSSHPublicKey", UserName=name, SSHPublicKeyId=one, Encoding="SSH")["SSHPublicKey"]
                for one in ids]  # fmt: skip
        return tuple(Uploaded(one["SSHPublicKeyId"], one["Status"] == "Active", one["SSHPublicKeyBody"])
                     for one in read)  # fmt: skip

    def _certificates(self, name: str) -> tuple[Uploaded, ...]:
        listed = self._list("ListSigningCertificates", "Certificates", UserName=name)
        return tuple(Uploaded(one["CertificateId"], one["Status"] == "Active", one["CertificateBody"])
                     for one in listed)  # fmt: skip

    def _service_credentials(self, name: str) -> tuple[Key, ...]:
        listed = self._list("ListServiceSpecificCredentials", "ServiceSpecificCredentials", UserName=name)
        return tuple(
            Key(self._ref(one["ServiceSpecificCredentialId"], one), one["Status"] == "Active", one["CreateDate"],
                service=one["ServiceName"])
            for one in listed
        )  # fmt: skip

    def _tags(self, operation: str, **named: str) -> dict[str, str]:
        return {one["Key"]: one["Value"] for one in self._list(operation, "Tags", **named)}

    def _attached(self, operation: str, **named: str) -> tuple[str, ...]:
        return tuple(one["PolicyArn"] for one in self._list(operation, "AttachedPolicies", **named))

    def _ask(self, operation: str, **given: Any) -> dict[str, Any]:
        return self._reading.ask("iam", self._region, operation, **given)

    def _list(self, operation: str, key: str, **given: Any) -> list[Any]:
        return self._reading.pages("iam", self._region, operation, key, **given)

    def _one(self, operation: str, key: str, **given: Any) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._ask(operation, **given)[key]
        except Refused as refusal:
            if refusal.code == NO_SUCH:
                return None
            raise
        return found


def _boundary(found: Mapping[str, Any]) -> str | None:
    arn: str | None = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn
