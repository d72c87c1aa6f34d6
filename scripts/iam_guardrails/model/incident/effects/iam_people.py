"""IAM: roles and what they trust, users, groups, keys, passwords, MFA devices, instance profiles, providers.

Sources: IAM API Reference (the calls named here); AWS CLI Command Reference, iam.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.harm import (
    GIVES,
    MAY_GIVE,
    Harm,
    denies,
    of_document,
    putting_back,
    smaller_now,
)
from iam_guardrails.model.incident.effects.iam_policies import boundary_of, document_of
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Ask, Call, Kind, Names, Remade, State
from iam_guardrails.model.incident.effects.reading import (
    asked,
    at,
    exists,
    member,
    of,
    settings,
    written_document,
    written_value,
)
from iam_guardrails.model.incident.effects.state import THERE, Whole, document
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.step import FIX_IAM
from iam_guardrails.model.unknown import Unknown

_GONE = ("NoSuchEntity",)


_OTHER_ID = (
    "it has another unique id, so that policies which named the old one as principal do not name this one; look at them"
)
"""AWS IAM User Guide, reference_policies_elements_principal: an ARN that is saved as principal becomes a unique id."""


def _thing(what: str, parameter: str, dash: str, kept: str, remade: Remade) -> Iterator[Call]:
    """A thing that is created and deleted by its name."""
    small = parameter[:1].lower() + parameter[1:]
    kind = Kind(
        dash, f"the {dash.replace('-', ' ')} {{{parameter}}} exists",
        ("iam", f"Get{what}", {parameter: f"{{{parameter}}}"}),
        exists(), _GONE, is_global=True, away=f"aws iam delete-{dash} --{dash}-name {{{parameter}}}",
        before=of(kept, "name", parameter, lambda thing, names: THERE) if kept else None, remade=remade,
        terraform=((f"aws_iam_{dash.replace('-', '_')}", {"name": parameter}),), part=(kept, parameter, "arn"),
        harm=putting_back(MAY_GIVE, *((FIX_IAM,) if what == "User" else ())),
    )  # fmt: skip
    yield Call(f"iam:Create{what}", kind, ADDS, {parameter: small}, fresh=True)
    yield Call(f"iam:Delete{what}", kind, REMOVES, {parameter: small})


def _principal(item: Mapping[str, Any]) -> dict[str, Any]:
    """What making a role or a user again can change; their policies, keys and groups are things of their own."""
    return {
        "boundary": (item.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        "tags": {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}, "arn": item.get("Arn"),
    }  # fmt: skip


def _role(found: Mapping[str, Any]) -> State:
    item = found.get("Role") or {}
    return _principal(item) | {
        "trust": document(item.get("AssumeRolePolicyDocument")), "session length": item.get("MaxSessionDuration"),
    }  # fmt: skip


def _principal_before(thing: Any, names: Names) -> Any:
    tags = dict(thing.tags) if thing.tags is not None else Unknown("it was made by an earlier version")
    return Whole({"boundary": thing.boundary_arn, "tags": tags, "arn": thing.arn})


def _role_before(thing: Any, names: Names) -> State:
    told = {"trust": document(thing.trust), "session length": thing.max_session_seconds}
    return Whole({**_principal_before(thing, names), **told})


_ROLE, _USER, _GROUP = {"RoleName": "roleName"}, {"UserName": "userName"}, {"GroupName": "groupName"}
_ROLE_RESOURCE = (("aws_iam_role", {"name": "RoleName"}),)
TRUST = Kind(
    "trust", "the role {RoleName} trusts whom it trusts now", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.AssumeRolePolicyDocument", as_document=True), _GONE, is_global=True,
    before=of("roles", "name", "RoleName", lambda thing, names: document(thing.trust)),
    back="aws iam update-assume-role-policy --role-name {RoleName} --policy-document {value}",
    terraform=_ROLE_RESOURCE, part=("roles", "RoleName", "trust"), harm=of_document(),
)  # fmt: skip
LENGTH = Kind(
    "session-length", "the longest session of the role {RoleName}", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.MaxSessionDuration"), _GONE, is_global=True,
    before=of("roles", "name", "RoleName", lambda thing, names: thing.max_session_seconds),
    back="aws iam update-role --role-name {RoleName} --max-session-duration {value}",
    terraform=_ROLE_RESOURCE, part=("roles", "RoleName", "max_session_seconds"),
    harm=smaller_now("makes sessions longer again", FIX_IAM),
)  # fmt: skip
DESCRIPTION = Kind(
    "role-description", "the description of the role {RoleName}", ("iam", "GetRole", {"RoleName": "{RoleName}"}),
    at("Role.Description", ""), _GONE, terraform=_ROLE_RESOURCE, is_global=True,
    # and not update-role, which sets the longest session back to an hour where it is not told (API reference)
    back="aws iam update-role-description --role-name {RoleName} --description {value}",
)  # fmt: skip
_REMADE_ROLE = Remade(
    _OTHER_ID, content=asked("GetRole", {"RoleName": "{RoleName}"}, _role),
    before=of("roles", "name", "RoleName", _role_before),
    parts={"trust": TRUST, "session length": LENGTH, "boundary": boundary_of("Role")},
)  # fmt: skip
_REMADE_USER = Remade(
    _OTHER_ID, content=asked("GetUser", {"UserName": "{UserName}"}, lambda found: _principal(found.get("User") or {})),
    before=of("users", "name", "UserName", _principal_before), parts={"boundary": boundary_of("User")},
)  # fmt: skip
_REMADE_GROUP = Remade(
    content=asked("GetGroup", {"GroupName": "{GroupName}"},
                  lambda found: {"arn": (found.get("Group") or {}).get("Arn")}),
    before=of("groups", "name", "GroupName", lambda thing, names: Whole({"arn": thing.arn})),
)  # fmt: skip


def _membership_harm(names: Names, now: State, target: State, before: Account | None, ask: Ask | None) -> Harm | None:
    """Being in a group again gives its rights; of one that denies something, being out of it gave some."""
    if now is not None or target is None:
        return None
    own = [item for item in before.groups if item.name == names["GroupName"]] if before else []
    if not own:
        return Harm(MAY_GIVE)  # whether it denies anything, nobody knows
    told = [policy.document for item in own for policy in item.inline_policies]
    told += [document_of(str(arn), before, ask) for item in own for arn in item.attached_policy_arns]
    return Harm(GIVES, (FIX_IAM,), mixed=any(isinstance(one, Unknown) or denies(one) for one in told))


MEMBERSHIP = Kind(
    "membership", "the user {UserName} is in the group {GroupName}",
    ("iam", "ListGroupsForUser", {"UserName": "{UserName}"}), member("Groups", "GroupName", "GroupName"), _GONE,
    before=of("users", "name", "UserName", lambda thing, names: THERE if names["GroupName"] in thing.group_names
              else None),
    away="aws iam remove-user-from-group --user-name {UserName} --group-name {GroupName}",
    back="aws iam add-user-to-group --user-name {UserName} --group-name {GroupName}",
    terraform=(("aws_iam_user_group_membership", {"user": "UserName", "groups": "GroupName"}),
               ("aws_iam_group_membership", {"group": "GroupName", "users": "UserName"})),
    part=("users", "UserName", "group_names"), is_global=True, whole=True, harm=_membership_harm,
)  # fmt: skip
IN_PROFILE = Kind(
    "role-in-instance-profile", "the instance profile {InstanceProfileName} holds the role {RoleName}",
    ("iam", "GetInstanceProfile", {"InstanceProfileName": "{InstanceProfileName}"}),
    member("InstanceProfile.Roles", "RoleName", "RoleName"), _GONE, is_global=True, whole=True,
    away="aws iam remove-role-from-instance-profile --instance-profile-name {InstanceProfileName} --role-name"
    " {RoleName}",
    back="aws iam add-role-to-instance-profile --instance-profile-name {InstanceProfileName} --role-name {RoleName}",
    terraform=(("aws_iam_instance_profile", {"name": "InstanceProfileName", "role": "RoleName"}),),
    harm=putting_back(GIVES, FIX_IAM),
)  # fmt: skip
_IN_PROFILE = {"InstanceProfileName": "instanceProfileName", "RoleName": "roleName"}


SAML = Kind(
    "saml-provider", "the SAML provider {Arn} exists", ("iam", "GetSAMLProvider", {"SAMLProviderArn": "{Arn}"}),
    exists(), _GONE, away="aws iam delete-saml-provider --saml-provider-arn {Arn}", is_global=True,
    terraform=(("aws_iam_saml_provider", {"arn": "Arn"}),), harm=putting_back(MAY_GIVE, FIX_IAM),
    remade=Remade("captures do not hold its metadata, so that nobody can tell whose people it lets in"),
)  # fmt: skip
_SAML_SETTINGS = ("SAMLMetadataDocument", "AssertionEncryptionMode", "PrivateKeyList")


def _saml_written(write: Write, names: Names) -> State:
    """What a call set of a SAML provider; of a key that it added or removed, that nobody can tell."""
    document_ = write.value("sAMLMetadataDocument|samlMetadataDocument")
    told = {"SAMLMetadataDocument": document_, "AssertionEncryptionMode": write.value("assertionEncryptionMode")}
    found = {name: value for name, value in told.items() if value is not None}
    if write.value("addPrivateKey|removePrivateKey") is not None:
        found["PrivateKeyList"] = Unknown("CloudTrail does not record which key was added or removed")
    return found or Unknown("CloudTrail does not record what was set")


SAML_SETTINGS = Kind(
    "saml-settings", "the SAML provider {Arn} has the metadata and keys it has now",
    ("iam", "GetSAMLProvider", {"SAMLProviderArn": "{Arn}"}), settings("", _SAML_SETTINGS), _GONE, is_global=True,
    terraform=(("aws_iam_saml_provider", {"arn": "Arn", "saml_metadata_document": ""}),),
    earlier="the identity provider's own metadata or Terraform may tell",
    by_hand="IAM keeps no earlier metadata and captures do not hold it: whoever runs the identity provider exports it"
    " again, and aws iam update-saml-provider sets it, or Terraform where it declares it",
)  # fmt: skip

CALLS: tuple[Call, ...] = (
    *_thing("Role", "RoleName", "role", "roles", _REMADE_ROLE),
    *_thing("User", "UserName", "user", "users", _REMADE_USER),
    *_thing("Group", "GroupName", "group", "groups", _REMADE_GROUP),
    *_thing("InstanceProfile", "InstanceProfileName", "instance-profile", "",
            Remade("it has another unique id, so that instances which used the old one do not use this one")),
    Call("iam:UpdateAssumeRolePolicy", TRUST, SETS, _ROLE, written_document("policyDocument")),
    Call("iam:UpdateRole", LENGTH, SETS, _ROLE, written_value("maxSessionDuration"), when="maxSessionDuration"),
    Call("iam:UpdateRole", DESCRIPTION, SETS, _ROLE, written_value("description"), when="description"),
    Call("iam:UpdateRoleDescription", DESCRIPTION, SETS, _ROLE, written_value("description")),
    Call("iam:AddUserToGroup", MEMBERSHIP, ADDS, _USER | _GROUP),
    Call("iam:RemoveUserFromGroup", MEMBERSHIP, REMOVES, _USER | _GROUP),
    Call("iam:AddRoleToInstanceProfile", IN_PROFILE, ADDS, _IN_PROFILE, fresh=True),
    Call("iam:RemoveRoleFromInstanceProfile", IN_PROFILE, REMOVES, _IN_PROFILE),
    Call("iam:CreateSAMLProvider", SAML, ADDS, {"Arn": "response:sAMLProviderArn"}, fresh=True),
    Call("iam:UpdateSAMLProvider", SAML_SETTINGS, SETS, {"Arn": "sAMLProviderArn"}, _saml_written),
    Call("iam:DeleteSAMLProvider", SAML, REMOVES, {"Arn": "sAMLProviderArn"}),
)  # fmt: skip
