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
    """

    type: str
    sign: str
    keys: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    document: tuple[str, str] = ("", "")


_TAGS = ("tags", "default_tags")
_POLICY = ("policyDocument", "policy")
_OIDC, _SAML, _PROFILE = "aws_iam_openid_connect_provider", "aws_iam_saml_provider", "aws_iam_instance_profile"
_LINKED = "aws_iam_service_linked_role"
_BY_OIDC = {"openIDConnectProviderArn": "arn"}


def _of_owners() -> Iterator[tuple[str, Way]]:
    """The calls that are alike for roles, users and groups."""
    for kind in ("Role", "User", "Group"):
        who, owner = kind.lower(), f"{kind.lower()}Name"
        type_, named, one = f"aws_iam_{who}", {owner: "name"}, {owner: who}
        yield f"Create{kind}", Way(type_, MAKES, named, ("path",), ("assumeRolePolicyDocument", "assume_role_policy"))
        yield f"Delete{kind}", Way(type_, TAKES, named, ("path",))
        yield f"Update{kind}", Way(type_, EDITS, named, ("description", "max_session_duration", "name", "path"))
        yield from _of_attachments(kind, who, owner)
        for sign, word in ((MAKES, "Put"), (TAKES, "Delete")):
            document = _POLICY if sign == MAKES else ("", "")
            changed = ("policy",) if sign == MAKES else ()
            yield f"{word}{kind}Policy", Way(f"{type_}_policy", sign, {**one, "policyName": "name"}, changed, document)
            inside = {**named, "policyName": "inline_policy"}
            yield f"{word}{kind}Policy", Way(type_, sign, inside, ("inline_policy",) if sign == MAKES else ())
            yield f"{word}{kind}PermissionsBoundary", Way(type_, EDITS, named, ("permissions_boundary",))
        exclusive = {owner: f"{who}_name", "policyName": "policy_names"}
        yield f"Delete{kind}Policy", Way(f"{type_}_policies_exclusive", EXCLUDES, exclusive)
        for word in ("Tag", "Untag"):
            yield f"{word}{kind}", Way(type_, MAKES, named, _TAGS)
        for word in (f"Delete{kind}Policy", f"Detach{kind}Policy", f"Delete{kind}PermissionsBoundary"):
            yield word, Way(type_, TAKES, named)


def _of_attachments(kind: str, who: str, owner: str) -> Iterator[tuple[str, Way]]:
    type_ = f"aws_iam_{who}"
    for sign, word in ((MAKES, "Attach"), (TAKES, "Detach")):
        action = f"{word}{kind}Policy"
        yield action, Way(f"{type_}_policy_attachment", sign, {owner: who, "policyArn": "policy_arn"})
        yield action, Way("aws_iam_policy_attachment", sign, {owner: f"{who}s", "policyArn": "policy_arn"})
        yield action, Way(type_, sign, {owner: "name", "policyArn": "managed_policy_arns"})
    exclusive = {owner: f"{who}_name", "policyArn": "policy_arns"}
    yield f"Attach{kind}Policy", Way(f"{type_}_policy_attachments_exclusive", MAKES, exclusive)
    yield f"Detach{kind}Policy", Way(f"{type_}_policy_attachments_exclusive", EXCLUDES, exclusive)


def _of_users() -> Iterator[tuple[str, Way]]:
    """What belongs to a user, and goes with one."""
    mine = {"userName": "user"}
    for type_, made, taken, edited in (
        ("aws_iam_access_key", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"),
        ("aws_iam_user_login_profile", "CreateLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"),
        ("aws_iam_service_specific_credential", "CreateServiceSpecificCredential", "DeleteServiceSpecificCredential",
         "UpdateServiceSpecificCredential"),
    ):  # fmt: skip
        yield from ((made, Way(type_, MAKES, mine)), (taken, Way(type_, TAKES, mine)))
        yield edited, Way(type_, EDITS, mine)
        yield taken, Way("aws_iam_user", TAKES, {"userName": "name"})
    keys = {"userName": "username"}
    yield from (("UploadSSHPublicKey", Way("aws_iam_user_ssh_key", MAKES, keys)),
                ("DeleteSSHPublicKey", Way("aws_iam_user_ssh_key", TAKES, keys)))  # fmt: skip
    for sign, action in ((MAKES, "AddUserToGroup"), (TAKES, "RemoveUserFromGroup")):
        yield action, Way("aws_iam_group_membership", sign, {"groupName": "group", "userName": "users"})
        yield action, Way("aws_iam_user_group_membership", sign, {"userName": "user", "groupName": "groups"})
    for action in ("RemoveUserFromGroup", "DeactivateMFADevice", "DeleteSSHPublicKey", "DeleteSigningCertificate"):
        yield action, Way("aws_iam_user", TAKES, {"userName": "name"})


def _of_others() -> Iterator[tuple[str, Way]]:
    """Policies, providers, instance profiles, and what an account has one of."""
    by_arn, by_name = {"policyArn": "arn"}, {"policyName": "name"}
    yield "CreatePolicy", Way("aws_iam_policy", MAKES, by_name, ("path", "description"), _POLICY)
    yield "DeletePolicy", Way("aws_iam_policy", TAKES, by_arn, ("description",))
    yield "CreatePolicyVersion", Way("aws_iam_policy", EDITS, by_arn, ("policy",), _POLICY)
    yield "DeletePolicyVersion", Way("aws_iam_policy", EDITS, by_arn, ("policy", "description"))
    yield "DeletePolicyVersion", Way("aws_iam_policy", TAKES, by_arn)
    yield "UpdateAssumeRolePolicy", Way("aws_iam_role", EDITS, {"roleName": "name"}, ("assume_role_policy",),
                                        ("policyDocument", "assume_role_policy"))  # fmt: skip
    yield "UpdateRoleDescription", Way("aws_iam_role", EDITS, {"roleName": "name"}, ("description",))
    yield "CreateOpenIDConnectProvider", Way(_OIDC, MAKES, {"url": "url"})
    yield "DeleteOpenIDConnectProvider", Way(_OIDC, TAKES, _BY_OIDC)
    yield "UpdateOpenIDConnectProviderThumbprint", Way(_OIDC, EDITS, _BY_OIDC, ("thumbprint_list",))
    for action in ("AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"):
        yield action, Way(_OIDC, EDITS, _BY_OIDC, ("client_id_list",))
    yield "CreateSAMLProvider", Way(_SAML, MAKES, {"name": "name"})
    yield "UpdateSAMLProvider", Way(_SAML, EDITS, {"sAMLProviderArn": "arn"}, ("saml_metadata_document",))
    yield "DeleteSAMLProvider", Way(_SAML, TAKES, {"sAMLProviderArn": "arn"})
    profile = {"instanceProfileName": "name"}
    for sign, words in ((MAKES, ("Create", "AddRoleTo")), (TAKES, ("Delete", "RemoveRoleFrom"))):
        yield f"{words[0]}InstanceProfile", Way(_PROFILE, sign, profile, ("path",))
        yield f"{words[1]}InstanceProfile", Way(_PROFILE, sign, {**profile, "roleName": "role"})
    for action, type_, keys in (("Policy", "aws_iam_policy", by_arn), ("InstanceProfile", _PROFILE, profile),
                                ("OpenIDConnectProvider", _OIDC, _BY_OIDC),
                                ("SAMLProvider", _SAML, {"sAMLProviderArn": "arn"})):  # fmt: skip
        yield from ((f"{word}{action}", Way(type_, MAKES, keys, _TAGS)) for word in ("Tag", "Untag"))
    yield from _of_linked()
    yield from _of_accounts()


def _of_linked() -> Iterator[tuple[str, Way]]:
    """Roles that are linked to a service, whose names AWS gives."""
    named = {"roleName": "name"}
    yield "CreateServiceLinkedRole", Way(_LINKED, MAKES, {"aWSServiceName": "aws_service_name"})
    yield "DeleteServiceLinkedRole", Way(_LINKED, TAKES, named)
    yield from ((f"Update{word}", Way(_LINKED, EDITS, named, ("description",))) for word in ("Role", "RoleDescription"))
    yield from ((f"{word}Role", Way(_LINKED, MAKES, named, _TAGS)) for word in ("Tag", "Untag"))


def _of_accounts() -> Iterator[tuple[str, Way]]:
    for word, sign in (("Update", MAKES), ("Delete", TAKES)):
        yield f"{word}AccountPasswordPolicy", Way("aws_iam_account_password_policy", sign)
    yield "UpdateAccountPasswordPolicy", Way("aws_iam_account_password_policy", EDITS)
    for word, sign in (("Create", MAKES), ("Delete", TAKES)):
        yield f"{word}AccountAlias", Way("aws_iam_account_alias", sign, {"accountAlias": "account_alias"})
        yield f"{word}VirtualMFADevice", Way("aws_iam_virtual_mfa_device", sign,
                                             {"virtualMFADeviceName": "virtual_mfa_device_name"})  # fmt: skip
    for word, sign in (("Upload", MAKES), ("Delete", TAKES)):
        yield f"{word}ServerCertificate", Way("aws_iam_server_certificate", sign, {"serverCertificateName": "name"})


def _table() -> dict[str, tuple[Way, ...]]:
    found: dict[str, list[Way]] = {}
    for part in (_of_owners(), _of_users(), _of_others()):
        for action, way in part:
            found.setdefault(f"iam:{action}", []).append(way)
    return {action: tuple(ways) for action, ways in found.items()}


WAYS: Mapping[str, tuple[Way, ...]] = _table()
"""Action -> the resources that make it. What is not there, no resource makes."""
