"""Which resource of Terraform's makes which call of IAM.

Source: AWS IAM API Reference (the parameters of each action, as CloudTrail records them: lower camel case); Terraform
AWS provider documentation, "aws_iam_role" and the other resources of IAM (arguments, and which of them replace it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.value import field, frozen

MAKES, TAKES, EDITS, EXCLUDES = "makes", "takes", "edits", "excludes"


@frozen
class Way:
    """A resource that makes a call.

    sign: MAKES where the call follows when the resource comes, TAKES when it goes, EDITS when it changes; EXCLUDES: the
    resource comes or changes, and its list (the last of keys) does not hold what the call takes away.  keys: parameter
    of the call -> argument.  changed: the arguments whose change leads to it, too; for EDITS () stands for any.
    document: (parameter, argument) that hold one policy, ("", "") for none.

    gives: parameter -> argument that it must be.  whole: what the call does not name, it sets to what AWS takes then.
    lacks: an argument that must be gone.  once: it makes something that no argument tells, such as a key, so that a
    second call makes another one.  untold: what of the call no text tells, "" for nothing.
    """

    type: str
    sign: str
    keys: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    document: tuple[str, str] = ("", "")
    gives: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    lacks: str = ""
    once: bool = False
    untold: str = ""


_TAGS = ("tags", "default_tags")
_TAGGED, _UNTAGGED = {"tags": "tags"}, {"tagKeys": "tags"}
_POLICY = ("policyDocument", "policy")
_BOUNDARY, _PATH = {"permissionsBoundary": "permissions_boundary"}, {"path": "path"}
_DESCRIPTION = {"description": "description"}
_ABOUT = {
    "Role": {**_PATH, **_DESCRIPTION, **_BOUNDARY, **_TAGGED, "maxSessionDuration": "max_session_duration"},
    "User": {**_PATH, **_BOUNDARY, **_TAGGED}, "Group": _PATH,
}  # fmt: skip
"""What the call that makes one tells beside its name."""
_EDITED = {
    "Role": {**_DESCRIPTION, "maxSessionDuration": "max_session_duration"},
    "User": {"newUserName": "name", "newPath": "path"}, "Group": {"newGroupName": "name", "newPath": "path"},
}  # fmt: skip
_PASSWORDS = {
    "minimumPasswordLength": "minimum_password_length", "requireSymbols": "require_symbols",
    "requireNumbers": "require_numbers", "requireUppercaseCharacters": "require_uppercase_characters",
    "requireLowercaseCharacters": "require_lowercase_characters", "maxPasswordAge": "max_password_age",
    "allowUsersToChangePassword": "allow_users_to_change_password", "hardExpiry": "hard_expiry",
    "passwordReusePrevention": "password_reuse_prevention",
}  # fmt: skip
_OIDC, _SAML, _PROFILE = "aws_iam_openid_connect_provider", "aws_iam_saml_provider", "aws_iam_instance_profile"
_LINKED = "aws_iam_service_linked_role"
_BY_OIDC = {"openIDConnectProviderArn": "arn"}


def _of_owners() -> Iterator[tuple[str, Way]]:
    """The calls that are alike for roles, users and groups."""
    for kind in ("Role", "User", "Group"):
        who, owner = kind.lower(), f"{kind.lower()}Name"
        type_, named, one = f"aws_iam_{who}", {owner: "name"}, {owner: who}
        trust = ("assumeRolePolicyDocument", "assume_role_policy") if kind == "Role" else ("", "")
        yield f"Create{kind}", Way(type_, MAKES, named, ("path",), trust, _ABOUT[kind], whole=True)
        yield f"Delete{kind}", Way(type_, TAKES, named, ("path",))
        yield f"Update{kind}", Way(type_, EDITS, named, tuple(_EDITED[kind].values()), gives=_EDITED[kind])
        yield from _of_attachments(kind, who, owner)
        for sign, word in ((MAKES, "Put"), (TAKES, "Delete")):
            document = _POLICY if sign == MAKES else ("", "")
            changed = ("policy",) if sign == MAKES else ()
            yield f"{word}{kind}Policy", Way(f"{type_}_policy", sign, {**one, "policyName": "name"}, changed, document)
            inside = {**named, "policyName": "inline_policy"}
            document = ("policyDocument", "inline_policy") if sign == MAKES else ("", "")
            yield f"{word}{kind}Policy", Way(type_, sign, inside, ("inline_policy",) if sign == MAKES else (), document)
        bounds = ("permissions_boundary",)
        yield f"Put{kind}PermissionsBoundary", Way(type_, EDITS, named, bounds, gives=_BOUNDARY, whole=True)
        yield f"Delete{kind}PermissionsBoundary", Way(type_, EDITS, named, bounds, lacks="permissions_boundary")
        exclusive = {owner: f"{who}_name", "policyName": "policy_names"}
        yield f"Delete{kind}Policy", Way(f"{type_}_policies_exclusive", EXCLUDES, exclusive)
        yield from _of_tags(kind, type_, named)
        for word in (f"Delete{kind}Policy", f"Detach{kind}Policy", f"Delete{kind}PermissionsBoundary"):
            yield word, Way(type_, TAKES, named, ("path",) if kind == "Role" else ())  # another path makes a role anew


def _of_tags(kind: str, type_: str, keys: Mapping[str, str]) -> Iterator[tuple[str, Way]]:
    yield f"Tag{kind}", Way(type_, MAKES, keys, _TAGS, gives=_TAGGED)
    yield f"Untag{kind}", Way(type_, MAKES, keys, _TAGS, gives=_UNTAGGED)


def _of_attachments(kind: str, who: str, owner: str) -> Iterator[tuple[str, Way]]:
    type_ = f"aws_iam_{who}"
    for sign, word in ((MAKES, "Attach"), (TAKES, "Detach")):
        action = f"{word}{kind}Policy"
        one = {owner: who, "policyArn": "policy_arn"}
        yield (
            action,
            Way(f"{type_}_policy_attachment", sign, one, ("policy_arn",)),
        )  # of a policy that is made anew, too
        yield action, Way("aws_iam_policy_attachment", sign, {owner: f"{who}s", "policyArn": "policy_arn"})
        yield action, Way(type_, sign, {owner: "name", "policyArn": "managed_policy_arns"})
    exclusive = {owner: f"{who}_name", "policyArn": "policy_arns"}
    yield f"Attach{kind}Policy", Way(f"{type_}_policy_attachments_exclusive", MAKES, exclusive)
    yield f"Detach{kind}Policy", Way(f"{type_}_policy_attachments_exclusive", EXCLUDES, exclusive)


def _of_users() -> Iterator[tuple[str, Way]]:
    """What belongs to a user, and goes with one."""
    mine = {"userName": "user"}
    status = {"status": "status"}
    for type_, word, gives in (
        ("aws_iam_access_key", "AccessKey", status), ("aws_iam_user_login_profile", "LoginProfile", {}),
        ("aws_iam_service_specific_credential", "ServiceSpecificCredential", status),
    ):  # fmt: skip
        service = {"serviceName": "service_name"} if word.startswith("Service") else {}
        yield f"Create{word}", Way(type_, MAKES, {**mine, **service}, once=True)
        yield f"Delete{word}", Way(type_, TAKES, mine)
        yield f"Update{word}", Way(type_, EDITS, mine, gives=gives, once=True, untold="which one it is")
        yield f"Delete{word}", Way("aws_iam_user", TAKES, {"userName": "name"})
    keys = {"userName": "username"}
    body = {"sSHPublicKeyBody": "public_key"}
    yield from (("UploadSSHPublicKey", Way("aws_iam_user_ssh_key", MAKES, keys, gives=body, once=True)),
                ("DeleteSSHPublicKey", Way("aws_iam_user_ssh_key", TAKES, keys)))  # fmt: skip
    for sign, action in ((MAKES, "AddUserToGroup"), (TAKES, "RemoveUserFromGroup")):
        yield action, Way("aws_iam_group_membership", sign, {"groupName": "group", "userName": "users"})
        yield action, Way("aws_iam_user_group_membership", sign, {"userName": "user", "groupName": "groups"})
    for action in ("RemoveUserFromGroup", "DeactivateMFADevice", "DeleteSSHPublicKey", "DeleteSigningCertificate"):
        yield action, Way("aws_iam_user", TAKES, {"userName": "name"})


def _of_others() -> Iterator[tuple[str, Way]]:
    """Policies, providers, instance profiles, and what an account has one of."""
    by_arn, by_name = {"policyArn": "arn"}, {"policyName": "name"}
    yield "CreatePolicy", Way("aws_iam_policy", MAKES, by_name, ("path", "description"), _POLICY,
                              {**_PATH, **_DESCRIPTION, **_TAGGED}, whole=True)  # fmt: skip
    yield "DeletePolicy", Way("aws_iam_policy", TAKES, by_arn, ("description",))
    yield "CreatePolicyVersion", Way("aws_iam_policy", EDITS, by_arn, ("policy",), _POLICY)
    yield "DeletePolicyVersion", Way("aws_iam_policy", EDITS, by_arn, ("policy", "description"))
    yield "DeletePolicyVersion", Way("aws_iam_policy", TAKES, by_arn)
    yield "UpdateAssumeRolePolicy", Way("aws_iam_role", EDITS, {"roleName": "name"}, ("assume_role_policy",),
                                        ("policyDocument", "assume_role_policy"))  # fmt: skip
    yield "UpdateRoleDescription", Way("aws_iam_role", EDITS, {"roleName": "name"}, ("description",),
                                       gives=_DESCRIPTION)  # fmt: skip
    prints, clients = {"thumbprintList": "thumbprint_list"}, {"clientIDList": "client_id_list"}
    yield "CreateOpenIDConnectProvider", Way(_OIDC, MAKES, {"url": "url"}, gives={**prints, **clients, **_TAGGED},
                                             whole=True)  # fmt: skip
    yield "DeleteOpenIDConnectProvider", Way(_OIDC, TAKES, _BY_OIDC)
    yield "UpdateOpenIDConnectProviderThumbprint", Way(_OIDC, EDITS, _BY_OIDC, ("thumbprint_list",), gives=prints)
    by_client = {**_BY_OIDC, "clientID": "client_id_list"}
    yield "AddClientIDToOpenIDConnectProvider", Way(_OIDC, MAKES, by_client)
    yield "RemoveClientIDFromOpenIDConnectProvider", Way(_OIDC, TAKES, by_client)
    by_saml, metadata = {"sAMLProviderArn": "arn"}, {"sAMLMetadataDocument": "saml_metadata_document"}
    yield "CreateSAMLProvider", Way(_SAML, MAKES, {"name": "name"}, gives={**metadata, **_TAGGED})
    yield "UpdateSAMLProvider", Way(_SAML, EDITS, by_saml, ("saml_metadata_document",), gives=metadata)
    yield "DeleteSAMLProvider", Way(_SAML, TAKES, by_saml)
    profile = {"instanceProfileName": "name"}
    for sign, words in ((MAKES, ("Create", "AddRoleTo")), (TAKES, ("Delete", "RemoveRoleFrom"))):
        gives = {**_PATH, **_TAGGED} if sign == MAKES else {}
        yield f"{words[0]}InstanceProfile", Way(_PROFILE, sign, profile, ("path",), gives=gives, whole=True)
        yield f"{words[1]}InstanceProfile", Way(_PROFILE, sign, {**profile, "roleName": "role"})
    for action, type_, keys in (("Policy", "aws_iam_policy", by_arn), ("InstanceProfile", _PROFILE, profile),
                                ("OpenIDConnectProvider", _OIDC, _BY_OIDC),
                                ("SAMLProvider", _SAML, by_saml)):  # fmt: skip
        yield from _of_tags(action, type_, keys)
    yield from _of_linked()
    yield from _of_accounts()


def _of_linked() -> Iterator[tuple[str, Way]]:
    """Roles that are linked to a service, whose names AWS gives."""
    named = {"roleName": "name"}
    yield "CreateServiceLinkedRole", Way(_LINKED, MAKES, {"aWSServiceName": "aws_service_name"})
    yield "DeleteServiceLinkedRole", Way(_LINKED, TAKES, named)
    yield from ((f"Update{word}", Way(_LINKED, EDITS, named, ("description",), gives=_EDITED["Role"]))
                for word in ("Role", "RoleDescription"))  # fmt: skip
    yield from _of_tags("Role", _LINKED, named)


def _of_accounts() -> Iterator[tuple[str, Way]]:
    passwords = "aws_iam_account_password_policy"
    yield "DeleteAccountPasswordPolicy", Way(passwords, TAKES)
    yield from (("UpdateAccountPasswordPolicy", Way(passwords, sign, gives=_PASSWORDS, whole=True))
                for sign in (MAKES, EDITS))  # fmt: skip
    for word, sign in (("Create", MAKES), ("Delete", TAKES)):
        yield f"{word}AccountAlias", Way("aws_iam_account_alias", sign, {"accountAlias": "account_alias"})
        yield f"{word}VirtualMFADevice", Way("aws_iam_virtual_mfa_device", sign,
                                             {"virtualMFADeviceName": "virtual_mfa_device_name"},
                                             once=sign == MAKES)  # fmt: skip
    for word, sign in (("Upload", MAKES), ("Delete", TAKES)):
        yield f"{word}ServerCertificate", Way("aws_iam_server_certificate", sign, {"serverCertificateName": "name"},
                                              untold="the certificate" if sign == MAKES else "")  # fmt: skip


def _table() -> dict[str, tuple[Way, ...]]:
    found: dict[str, list[Way]] = {}
    for part in (_of_owners(), _of_users(), _of_others()):
        for action, way in part:
            found.setdefault(f"iam:{action}", []).append(way)
    return {action: tuple(ways) for action, ways in found.items()}


WAYS: Mapping[str, tuple[Way, ...]] = _table()
"""Action -> the resources that make it. What is not there, no resource makes."""
