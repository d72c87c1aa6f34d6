"""IAM: roles and what they trust, users, groups, keys, passwords, MFA devices, instance profiles, providers.

Sources: IAM API Reference (the calls named here); AWS CLI Command Reference, iam.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import (
    always,
    at,
    exists,
    member,
    of,
    written_document,
    written_value,
)
from iam_guardrails.model.incident.effects.state import THERE, document
from iam_guardrails.model.unknown import Unknown

_GONE = ("NoSuchEntity",)


def _whole(what: str, parameter: str, dash: str, kept: str) -> Iterator[Call]:
    """A thing that is created and deleted by its name."""
    small = parameter[:1].lower() + parameter[1:]
    kind = Kind(
        dash, f"the {dash.replace('-', ' ')} {{{parameter}}} exists",
        ("iam", f"Get{what}", {parameter: f"{{{parameter}}}"}),
        exists(), _GONE, is_global=True, away=f"aws iam delete-{dash} --{dash}-name {{{parameter}}}",
        before=of(kept, "name", parameter, lambda thing, names: THERE) if kept else None,
        terraform=((f"aws_iam_{dash.replace('-', '_')}", {"name": parameter}),), part=(kept, parameter, "arn"),
    )  # fmt: skip
    yield Call(f"iam:Create{what}", kind, ADDS, {parameter: small}, fresh=True)
    yield Call(f"iam:Delete{what}", kind, REMOVES, {parameter: small})


_ROLE, _USER, _GROUP = {"RoleName": "roleName"}, {"UserName": "userName"}, {"GroupName": "groupName"}
_ROLE_RESOURCE = (("aws_iam_role", {"name": "RoleName"}),)
TRUST = Kind(
    "trust", "the role {RoleName} trusts whom it trusts now", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.AssumeRolePolicyDocument", as_document=True), _GONE, is_global=True,
    before=of("roles", "name", "RoleName", lambda thing, names: document(thing.trust)),
    back="aws iam update-assume-role-policy --role-name {RoleName} --policy-document {value}",
    terraform=_ROLE_RESOURCE, part=("roles", "RoleName", "trust"),
)  # fmt: skip
LENGTH = Kind(
    "session-length", "the longest session of the role {RoleName}", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.MaxSessionDuration"), _GONE, is_global=True,
    before=of("roles", "name", "RoleName", lambda thing, names: thing.max_session_seconds),
    back="aws iam update-role --role-name {RoleName} --max-session-duration {value}",
    terraform=_ROLE_RESOURCE, part=("roles", "RoleName", "max_session_seconds"),
)  # fmt: skip
DESCRIPTION = Kind(
    "role-description", "the description of the role {RoleName}", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.Description", ""), _GONE, terraform=_ROLE_RESOURCE, is_global=True,
    back="aws iam update-role --role-name {RoleName} --description {value}",
)  # fmt: skip


def _key_before(account: Account, names: Names) -> State:
    """Captures hold no more of a key than its last four characters; from the credential report not even these, and then
    it was as all of its user's keys were."""
    for place, why in account.refused.items():
        if place.partition("@")[0] in ("access_keys", "users"):
            return Unknown(f"the capture lacks access_keys: {why}")
    own = [key for key in account.access_keys if key.user_name == names["UserName"]]
    fitting = [key for key in own if names["AccessKeyId"].endswith(key.key_suffix or "?")]
    if any(not key.key_suffix for key in own):
        states = {key.active for key in own}
        if states in ({True}, {False}):
            return "Active" if own[0].active else "Inactive"
        return Unknown("the capture does not tell which of the user's keys that is")
    if not fitting:
        return None
    if len(fitting) > 1 or isinstance(fitting[0].active, Unknown):
        return Unknown("the capture does not tell which of the user's keys that is")
    return "Active" if fitting[0].active else "Inactive"


KEY = Kind(
    "access-key", "the user {UserName} has the access key {AccessKeyId}",
    ("iam", "ListAccessKeys", {"UserName": "{UserName}"}),
    member("AccessKeyMetadata", "AccessKeyId", "AccessKeyId", lambda item: item.get("Status")), _GONE,
    before=_key_before, is_global=True, part=("access_keys", "UserName", "active"),
    away="aws iam delete-access-key --user-name {UserName} --access-key-id {AccessKeyId}",
    back="aws iam update-access-key --user-name {UserName} --access-key-id {AccessKeyId} --status {value}",
    lasting="a deleted key cannot come back; whoever used it needs another way in",
)  # fmt: skip
_KEY = {"UserName": "userName", "AccessKeyId": "accessKeyId"}
_NEW_KEY = {"UserName": "userName|response:accessKey.userName", "AccessKeyId": "response:accessKey.accessKeyId"}
PASSWORD = Kind(
    "console-password", "the user {UserName} has a console password",
    ("iam", "GetLoginProfile", {"UserName": "{UserName}"}), exists(), _GONE, is_global=True,
    before=of("users", "name", "UserName", lambda thing, names: thing.has_console_password or None),
    away="aws iam delete-login-profile --user-name {UserName}", part=("users", "UserName", "has_console_password"),
)  # fmt: skip
NEW_PASSWORD = Kind(
    "changed-password", "the console password of the user {UserName} was changed", is_global=True,
    blind="no call tells whether a password is still the one that was set; have its owner set another",
)  # fmt: skip
MEMBERSHIP = Kind(
    "membership", "the user {UserName} is in the group {GroupName}",
    ("iam", "ListGroupsForUser", {"UserName": "{UserName}"}), member("Groups", "GroupName", "GroupName"), _GONE,
    before=of("users", "name", "UserName", lambda thing, names: THERE if names["GroupName"] in thing.group_names
              else None),
    away="aws iam remove-user-from-group --user-name {UserName} --group-name {GroupName}",
    back="aws iam add-user-to-group --user-name {UserName} --group-name {GroupName}",
    terraform=(("aws_iam_user_group_membership", {"user": "UserName", "groups": "GroupName"}),
               ("aws_iam_group_membership", {"group": "GroupName", "users": "UserName"})),
    part=("users", "UserName", "group_names"), is_global=True,
)  # fmt: skip
DEVICE = Kind(
    "mfa-device", "the user {UserName} has the MFA device {SerialNumber}",
    ("iam", "ListMFADevices", {"UserName": "{UserName}"}), member("MFADevices", "SerialNumber", "SerialNumber"), _GONE,
    away="aws iam deactivate-mfa-device --user-name {UserName} --serial-number {SerialNumber}",
    part=("users", "UserName", "mfa_kinds"), is_global=True,
)  # fmt: skip
VIRTUAL = Kind(
    "virtual-mfa-device", "the virtual MFA device {SerialNumber} exists", ("iam", "ListVirtualMFADevices", {}),
    member("VirtualMFADevices", "SerialNumber", "SerialNumber"), _GONE, is_global=True,
    away="aws iam delete-virtual-mfa-device --serial-number {SerialNumber}",
    lasting="a deleted device cannot come back; its owner registers another",
)  # fmt: skip
IN_PROFILE = Kind(
    "role-in-instance-profile", "the instance profile {InstanceProfileName} holds the role {RoleName}",
    ("iam", "GetInstanceProfile", {"InstanceProfileName": "{InstanceProfileName}"}),
    member("InstanceProfile.Roles", "RoleName", "RoleName"), _GONE, is_global=True,
    away="aws iam remove-role-from-instance-profile --instance-profile-name {InstanceProfileName} --role-name"
    " {RoleName}",
    back="aws iam add-role-to-instance-profile --instance-profile-name {InstanceProfileName} --role-name {RoleName}",
    terraform=(("aws_iam_instance_profile", {"name": "InstanceProfileName", "role": "RoleName"}),),
)  # fmt: skip
_IN_PROFILE = {"InstanceProfileName": "instanceProfileName", "RoleName": "roleName"}
OIDC = Kind(
    "oidc-provider", "the OIDC provider {Arn} exists",
    ("iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": "{Arn}"}), exists(), _GONE, is_global=True,
    before=of("oidc_providers", "arn", "Arn", lambda thing, names: THERE),
    away="aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {Arn}",
    terraform=(("aws_iam_openid_connect_provider", {"arn": "Arn"}),), part=("oidc_providers", "Arn", "arn"),
)  # fmt: skip
SAML = Kind(
    "saml-provider", "the SAML provider {Arn} exists", ("iam", "GetSAMLProvider", {"SAMLProviderArn": "{Arn}"}),
    exists(), _GONE, away="aws iam delete-saml-provider --saml-provider-arn {Arn}", is_global=True,
    terraform=(("aws_iam_saml_provider", {"arn": "Arn"}),),
)  # fmt: skip
_SERIAL: Any = {"UserName": "userName", "SerialNumber": "serialNumber"}

CALLS: tuple[Call, ...] = (
    *_whole("Role", "RoleName", "role", "roles"), *_whole("User", "UserName", "user", "users"),
    *_whole("Group", "GroupName", "group", ""),
    *_whole("InstanceProfile", "InstanceProfileName", "instance-profile", ""),
    Call("iam:UpdateAssumeRolePolicy", TRUST, SETS, _ROLE, written_document("policyDocument")),
    Call("iam:UpdateRole", LENGTH, SETS, _ROLE, written_value("maxSessionDuration"), when="maxSessionDuration"),
    Call("iam:UpdateRole", DESCRIPTION, SETS, _ROLE, written_value("description"), when="description"),
    Call("iam:UpdateRoleDescription", DESCRIPTION, SETS, _ROLE, written_value("description")),
    Call("iam:CreateAccessKey", KEY, ADDS, _NEW_KEY, always("Active"), fresh=True),
    Call("iam:UpdateAccessKey", KEY, SETS, _KEY, written_value("status")),
    Call("iam:DeleteAccessKey", KEY, REMOVES, _KEY),
    Call("iam:CreateLoginProfile", PASSWORD, ADDS, _USER, fresh=True),
    Call("iam:UpdateLoginProfile", NEW_PASSWORD, SETS, _USER),
    Call("iam:DeleteLoginProfile", PASSWORD, REMOVES, _USER),
    Call("iam:AddUserToGroup", MEMBERSHIP, ADDS, _USER | _GROUP),
    Call("iam:RemoveUserFromGroup", MEMBERSHIP, REMOVES, _USER | _GROUP),
    Call("iam:EnableMFADevice", DEVICE, ADDS, _SERIAL, fresh=True),
    Call("iam:DeactivateMFADevice", DEVICE, REMOVES, _SERIAL),
    Call("iam:CreateVirtualMFADevice", VIRTUAL, ADDS,
         {"SerialNumber": "response:virtualMFADevice.serialNumber"}, fresh=True),
    Call("iam:DeleteVirtualMFADevice", VIRTUAL, REMOVES, {"SerialNumber": "serialNumber"}),
    Call("iam:AddRoleToInstanceProfile", IN_PROFILE, ADDS, _IN_PROFILE, fresh=True),
    Call("iam:RemoveRoleFromInstanceProfile", IN_PROFILE, REMOVES, _IN_PROFILE),
    Call("iam:CreateOpenIDConnectProvider", OIDC, ADDS, {"Arn": "response:openIDConnectProviderArn"}, fresh=True),
    Call("iam:DeleteOpenIDConnectProvider", OIDC, REMOVES, {"Arn": "openIDConnectProviderArn"}),
    Call("iam:CreateSAMLProvider", SAML, ADDS, {"Arn": "response:sAMLProviderArn"}, fresh=True),
    Call("iam:DeleteSAMLProvider", SAML, REMOVES, {"Arn": "sAMLProviderArn"}),
)  # fmt: skip
