"""Roles, users and policies from one paged GetAccountAuthorizationDetails, plus the few facts it leaves out.

Source: IAM API Reference, GetAccountAuthorizationDetails (RoleDetail holds neither MaxSessionDuration nor
Description; UserDetail holds neither keys nor MFA devices); ListRoles (its roles lack only their boundary, tags and
last use).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.adapters.aws.credentials import Credentials
from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Group, ManagedPolicy, NamedPolicy, OidcProvider, PasswordPolicy, Role, User
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
Seen = dict[int, PolicyDocument]  # see adapters.aws.reading.document
_NOT_ASKED = Unknown("iam:ListRoles did not name it, so that nobody knows its session length")


def authorization_details(reading: Reading, region: str) -> dict[str, list[Any]]:
    """Users, groups, roles and policies, raw, all pages joined, times as ISO 8601 text. Raises Refused."""
    merged: dict[str, list[Any]] = {name: [] for name in LISTS}
    for page in reading.all_pages("iam", region, "GetAccountAuthorizationDetails", MaxItems=1000):
        for name, items in merged.items():
            items += plain(page.get(name, []))
    return merged


def plain(value: Any) -> Any:
    """A value as boto3 hands it over, with each time as ISO 8601 text in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def session_lengths(
    reading: Reading, region: str, names: Iterable[str], every: Iterable[str] = ()
) -> dict[str, int | Unknown]:
    """MaxSessionDuration by role name; Unknown where the call was refused.

    names: of the roles that are asked for by themselves, one call each.  every: of all, for which a list is read.
    """
    found = _listed_lengths(reading, region, tuple(every))
    for name in names:
        role = of(reading.detail("iam", region, "GetRole", RoleName=name), "Role", {})
        found[name] = of(role, "MaxSessionDuration", 3600)
    return found


def _listed_lengths(reading: Reading, region: str, every: tuple[str, ...]) -> dict[str, int | Unknown]:
    """As ListRoles tells them, 1000 roles a call."""
    if not every:
        return {}
    try:
        listed = reading.pages("iam", region, "ListRoles", "Roles", MaxItems=1000)
    except Refused as refusal:
        return dict.fromkeys(every, Unknown(refusal.reason))
    return {item["RoleName"]: item["MaxSessionDuration"] for item in listed if "MaxSessionDuration" in item}


def roles(
    raw: Iterable[Mapping[str, Any]], seconds: Mapping[str, int | Unknown], not_asked: Unknown = _NOT_ASKED
) -> list[Role]:
    """Every role; `seconds` by name is what was asked about their session length."""
    seen = Seen()
    return [_role(item, seconds.get(item["RoleName"], not_asked), seen) for item in raw]


def _role(item: Mapping[str, Any], seconds: int | Unknown, seen: Seen) -> Role:
    name, arn = str(item["RoleName"]), str(item["Arn"])
    return Role(
        address=arn,
        name=name,
        arn=arn,
        trust=document(item["AssumeRolePolicyDocument"], f"the trust policy of {name}", seen),
        path=item.get("Path", "/"),
        max_session_seconds=seconds,
        boundary_arn=_boundary(item),
        inline_policies=_inline(arn, item.get("RolePolicyList", ()), seen),
        attached_policy_arns=_attached(item),
        tags={tag["Key"]: tag["Value"] for tag in item.get("Tags", ())},
        unique_id=item.get("RoleId", ""),
        last_used_at=_time(item.get("RoleLastUsed", {}).get("LastUsedDate")),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def users(raw: Iterable[Mapping[str, Any]], known: Credentials) -> list[User]:
    """Every user, with what the credential report and the device lists say of it."""
    seen = Seen()
    return [
        User(
            address=item["Arn"],
            name=item["UserName"],
            arn=item["Arn"],
            path=item.get("Path", "/"),
            boundary_arn=_boundary(item),
            inline_policies=_inline(item["Arn"], item.get("UserPolicyList", ()), seen),
            attached_policy_arns=_attached(item),
            group_names=tuple(sorted(item.get("GroupList", ()))),
            has_console_password=known.has_console_password(item["UserName"]),
            mfa_kinds=known.mfa_kinds.get(item["UserName"]),
            tags=tuple(sorted((tag["Key"], tag["Value"]) for tag in item.get("Tags", ()))),
            unique_id=item.get("UserId", ""),
        )
        for item in raw
    ]


def groups(raw: Iterable[Mapping[str, Any]]) -> list[Group]:
    """Every group, with its policies; who is in it stands with the users."""
    seen: Seen = {}
    return [
        Group(item["Arn"], item["GroupName"], item["Arn"], _inline(item["Arn"], item.get("GroupPolicyList", ()), seen),
              _attached(item)) for item in raw
    ]  # fmt: skip


def _inline(arn: str, raw: Iterable[Mapping[str, Any]], seen: Seen) -> tuple[NamedPolicy, ...]:
    return tuple(
        NamedPolicy(
            name=item["PolicyName"],
            document=document(item["PolicyDocument"], f"the inline policy {item['PolicyName']} of {arn}", seen),
            address=f"{arn}/{item['PolicyName']}",
        )
        for item in raw
    )


def _attached(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(policy["PolicyArn"] for policy in item.get("AttachedManagedPolicies", ())))


def _boundary(item: Mapping[str, Any]) -> str | None:
    arn: str | None = item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn


def managed_policies(raw: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[ManagedPolicy]:
    """Customer-managed policies, and those of AWS that something uses."""
    used: set[str | None] = set()
    for kind in ("UserDetailList", "GroupDetailList", "RoleDetailList"):
        for item in raw.get(kind, ()):
            used.update((*_attached(item), _boundary(item)))
    return [_managed(item) for item in raw.get("Policies", ()) if not _of_aws(item["Arn"]) or item["Arn"] in used]


def _of_aws(arn: str) -> bool:
    return arn.split(":")[4] == "aws"


def _managed(item: Mapping[str, Any]) -> ManagedPolicy:
    arn = str(item["Arn"])
    name = str(item.get("PolicyName") or arn.rpartition("/")[2])
    versions = item.get("PolicyVersionList", ())
    default = [version for version in versions if version.get("IsDefaultVersion")]
    found = (
        document(default[0]["Document"], f"the policy {name}")
        if default
        else Unknown(f"AWS listed no default version of the policy {name}")
    )
    return ManagedPolicy(address=arn, name=name, arn=arn, document=found, aws_managed=_of_aws(arn))


def password_policies(reading: Reading, region: str) -> list[PasswordPolicy]:
    """The password policy, if the account has one."""
    try:
        found = reading.ask("iam", region, "GetAccountPasswordPolicy")["PasswordPolicy"]
    except Refused as refusal:
        if refusal.code == "NoSuchEntity":
            return []
        raise
    return [
        PasswordPolicy(
            address="account/password-policy",
            minimum_length=found.get("MinimumPasswordLength", 6),
            reuse_prevention=found.get("PasswordReusePrevention"),
            max_age_days=found.get("MaxPasswordAge") if found.get("ExpirePasswords", True) else None,
            requires_symbols=found.get("RequireSymbols", False),
            requires_numbers=found.get("RequireNumbers", False),
            requires_upper=found.get("RequireUppercaseCharacters", False),
            requires_lower=found.get("RequireLowercaseCharacters", False),
        )
    ]


def oidc_providers(reading: Reading, region: str) -> list[OidcProvider]:
    """The OIDC providers with their audiences."""
    listed = reading.ask("iam", region, "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
    found = []
    for item in listed:
        arn = item["Arn"]
        answer = reading.detail("iam", region, "GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
        audiences = answer if isinstance(answer, Unknown) else tuple(sorted((answer or {}).get("ClientIDList", ())))
        prints = None if isinstance(answer, Unknown) else tuple(sorted((answer or {}).get("ThumbprintList", ())))
        url = arn.partition(":oidc-provider/")[2]  # the ARN ends in the issuer, without https://
        found.append(OidcProvider(arn, arn, f"https://{url}", audiences, prints))
    return found
